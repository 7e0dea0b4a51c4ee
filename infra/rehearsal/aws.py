"""The AWS API of the rehearsal: clients of one endpoint, and refusals that say which call was refused."""

import json
import threading
import urllib.request
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.rehearsal.credentials import ADMIN, Credentials
from infra.rehearsal.environment import environment
from infra.rehearsal.request import parameters

ASK = "/rehearsal/ask"
"""The front's page that says whether a caller may do something."""
USED = "/rehearsal/used"
"""The front's page that lists the statements of policies that let something through so far."""
EVENTS = "/rehearsal/events"
"""The front's page that lists the events put since it was last read, each with the names of the rules it matches."""
REFUSED = "/rehearsal/refused"
"""The front's page that lists what policies refused since it was last read."""
GONE = ("NotFound", "NoSuch", "DoesNotExist", "could not find", "does not exist", "not found")


class RefusedError(Exception):
    """An API call that was refused; `missing` where what it was about is not there."""

    def __init__(self, call: str, message: str, missing: bool = False) -> None:
        super().__init__(f"{call}: {message}")
        self.call, self.missing = call, missing


class Aws:
    """The services behind one endpoint URL, in one region, as one caller reaches them."""

    def __init__(
        self, endpoint: str, region: str, credentials: Credentials = ADMIN, session: boto3.Session | None = None
    ) -> None:
        self.endpoint, self.region, self.credentials = endpoint, region, credentials
        self.unplaced: list[str] = []
        """Inputs that `send` found no place for; whoever creates a resource takes them out and says so."""
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        if session is None:
            # A profile or a setting of the user's own must not be read.
            with environment(credentials.variables):
                session = boto3.Session(region_name=region)
        self._session = session

    @cached_property
    def account(self) -> str:
        """The account's number."""
        return self.call("sts", "GetCallerIdentity")["Account"]

    def acting(self, credentials: Credentials) -> "Aws":
        """The same services for another caller."""
        # A session of its own would read the models of all services anew.
        return Aws(self.endpoint, self.region, credentials, self._session)

    def ask(self, action: str, on: str, when: Mapping[str, str] | None = None) -> None:
        """Asks whether the caller may do what no call here does. Raises RefusedError with the reason."""
        caller = {"access_key": self.credentials.access_key, "region": self.region}
        question = {**caller, "action": action, "resource": on, "context": when or {}}
        if reason := self.page(ASK, question):
            raise RefusedError(action, f"AccessDenied: {reason}")

    def statements_used(self) -> set[tuple[str, int]]:
        """The statements that let something through so far: the policy's name and the place in it, from 0."""
        return {(policy, index) for policy, index in self.page(USED)}

    def refusals(self) -> list[str]:
        """Why requests were refused since somebody last looked."""
        return self.page(REFUSED)

    def page(self, path: str, question: Any = None) -> Any:
        """What the front itself answers at one of its paths."""
        request = urllib.request.Request(f"{self.endpoint}{path}", json.dumps(question).encode())  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                # A refusal is what we came for: no retries.
                config = Config(retries={"max_attempts": 1}, proxies={}, parameter_validation=True)
                self._clients[service] = self._session.client(
                    service,
                    endpoint_url=self.endpoint,
                    config=config,
                    aws_access_key_id=self.credentials.access_key,
                    aws_secret_access_key=self.credentials.secret_key,
                    aws_session_token=self.credentials.token,
                )
            return self._clients[service]

    def call(self, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
        """One API call by the name that AWS gives it. Raises RefusedError naming it."""
        call = f"{service}:{operation}"
        try:
            return self.client(service)._make_api_call(operation, request)
        except ClientError as error:
            code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
            missing = any(word.lower() in f"{code} {message}".lower() for word in GONE)
            raise RefusedError(call, f"{code}: {message}", missing) from error
        except BotoCoreError as error:
            raise RefusedError(call, str(error)) from error

    def send(
        self, service: str, operation: str, inputs: Mapping[str, Any], rename: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The call whose parameters are the inputs, by name; what has no place in it goes to `unplaced`."""
        return self.call(service, operation, **self._request(service, operation, inputs, rename))

    def _request(
        self, service: str, operation: str, inputs: Mapping[str, Any], rename: Mapping[str, str] | None
    ) -> dict[str, Any]:
        request, unplaced = parameters(self._shape(service, operation), inputs, rename)
        self.unplaced += unplaced
        return request

    def _shape(self, service: str, operation: str) -> Any:
        return self.client(service).meta.service_model.operation_model(operation).input_shape

    def pages(self, service: str, operation: str, key: str, **request: Any) -> list[Any]:
        """All items of a listing, page by page where the API has pages."""
        client = self.client(service)
        method = next(name for name, known in client.meta.method_to_api_mapping.items() if known == operation)
        if not client.can_paginate(method):
            return self.call(service, operation, **request).get(key) or []
        return [item for page in client.get_paginator(method).paginate(**request) for item in page.get(key) or []]

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
