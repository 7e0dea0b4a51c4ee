"""moto's server behind the front: `python -m infra.rehearsal.moto --port N`."""

import argparse
import os
from collections.abc import Mapping, Sequence

from moto import backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sagemaker.models import FakeEndpointConfig
from werkzeug.serving import run_simple

from infra.rehearsal.aws import ASK, EVENTS, REFUSED, USED
from infra.rehearsal.front.account import Account
from infra.rehearsal.front.app import Front, Layer, Page
from infra.rehearsal.front.authority import Authority
from infra.rehearsal.front.bucket_logging import BucketLogging
from infra.rehearsal.front.bucket_policies import BucketPolicies
from infra.rehearsal.front.conditional_writes import ConditionalWrites
from infra.rehearsal.front.event_log import EventLog
from infra.rehearsal.front.models import table as models
from infra.rehearsal.front.requests import Requests


class RequestHandler(MotoRequestHandler):
    """A connection, and a thread, for each client instead of for each request; no line for what was answered."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def front(url: str) -> Front:
    """moto behind all that corrects it, answering at the URL. Every call passes the layers in their order."""
    account = Account()
    authority = Authority(account)
    buckets: list[Layer] = [BucketPolicies(account), BucketLogging(account), ConditionalWrites(account)]
    events = EventLog(account)
    layers: list[Layer] = [authority, Requests(url), *buckets, events, models.layer()]
    pages = {ASK: authority.ask, USED: authority.statements_used, REFUSED: authority.refusals, EVENTS: events.since}
    return application(layers, pages)


def application(layers: Sequence[Layer], pages: Mapping[str, Page] | None = None) -> Front:
    """moto behind a front of these layers."""
    # moto's list of instance types is years old; `requests` holds them to botocore's.
    FakeEndpointConfig.validate_instance_type = lambda _config, _instance_type: None  # ty: ignore[invalid-assignment]
    # The program starts no machine: moto would make its list of images anew for each region and account.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    modules = tuple(backends.list_of_moto_modules())
    # A look into the package's folder, a hundred files each time.
    backends.list_of_moto_modules = lambda: modules  # ty: ignore[invalid-assignment]
    return Front(DomainDispatcherApplication(create_backend_app), layers, pages)


def main() -> None:
    parser = argparse.ArgumentParser(description="The mock AWS of the rehearsal, on loopback.")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    # Where moto's services call one another.
    os.environ["MOTO_PORT"] = str(port)
    run_simple("127.0.0.1", port, front(f"http://127.0.0.1:{port}"), threaded=True, request_handler=RequestHandler)


if __name__ == "__main__":
    main()
