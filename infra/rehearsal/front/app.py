"""The WSGI app in front of moto: layers that let a call pass, answer it, or refuse it."""

import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from moto.core.serialize import XFormedAttributePicker, get_serializer_class

from infra.rehearsal.front.call import Call, read
from infra.rehearsal.front.errors import ApiError

Layer = Callable[[Call], Mapping[str, Any] | None]
"""Raises ApiError, returns the operation's output by the names of botocore's model, or None to let the call pass.

Members of an output that are None, or that the model does not know, are not sent.
"""
Page = Callable[[Any], Any]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Front:
    """Asks each layer in turn; what none of them answers or refuses goes to moto."""

    def __init__(self, moto: Wsgi, layers: Sequence[Layer], pages: Mapping[str, Page] | None = None) -> None:
        """
        Args:
            pages: what the rehearsal itself asks, by path: JSON in, JSON out.
        """
        self._moto, self._layers, self._pages = moto, layers, pages or {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if page := self._pages.get(environ.get("PATH_INFO", "")):
            question = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"null")
            body = json.dumps(page(question)).encode()
            return _respond(start_response, 200, {"Content-Type": "application/json"}, body)
        call = None
        try:
            call = read(environ)
            if call is None:
                return self._moto(environ, start_response)
            for layer in self._layers:
                answer = layer(call)
                if answer is not None:
                    return _respond(start_response, *_serialized(call, answer))
        except ApiError as refused:
            return _respond(start_response, *_refusal(call, refused))
        return self._moto(environ, start_response)


def _serialized(call: Call, answer: Mapping[str, Any] | Exception) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body in the protocol of the call."""
    with warnings.catch_warnings():
        # AccessDenied and other errors of every service are in no service's model.
        warnings.simplefilter("ignore")
        # An output may hold moto's own records: their attributes are found as moto finds them.
        serializer = get_serializer_class(call.service, call.protocol)(
            call.model, value_picker=XFormedAttributePicker()
        )
        response = serializer.serialize(answer)
    body = response["body"]
    return response["status_code"], dict(response["headers"]), body.encode() if isinstance(body, str) else body


def _refusal(call: Call | None, refused: ApiError) -> tuple[int, dict[str, str], bytes]:
    if call is None:
        body = {"__type": refused.code, "message": refused.message}
        return refused.status, {"Content-Type": "application/json"}, json.dumps(body).encode()
    _status, headers, body = _serialized(call, refused)
    return refused.status, headers, body


def _respond(
    start_response: Callable[..., Any], status: int, headers: Mapping[str, str], body: bytes
) -> Iterable[bytes]:
    phrase = HTTPStatus(status).phrase
    start_response(f"{status} {phrase}", [*headers.items(), ("Content-Length", str(len(body)))])
    return [body]
