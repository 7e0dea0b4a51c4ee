"""A request's body: whether it is taken, and by which parser."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from ml.serving.errors import DisconnectedError, RequestError, quote
from ml.serving.payload import Record, from_csv, from_json

Headers = dict[bytes, bytes]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

MAX_BODY = 6 * 1024 * 1024


@lru_cache(maxsize=64)
def parser(content_type: bytes, content_encoding: bytes | None) -> Callable[[bytes, Any], list[Record]]:
    """The parser of a body. Raises RequestError for a type or an encoding that has none."""
    if content_encoding is not None and content_encoding.strip().lower() != b"identity":
        raise RequestError("content-encoding", f"is {quote(content_encoding.decode('latin-1'))}, expected none", 415)
    media, *parameters = content_type.decode("latin-1").lower().replace(" ", "").split(";")
    charsets = {parameter[8:].strip('"') for parameter in parameters if parameter.startswith("charset=")}
    if not charsets <= {"utf-8", "utf8", "us-ascii"}:
        raise RequestError("content-type", f"is {quote(content_type.decode('latin-1'))}, expected UTF-8", 415)
    if media == "application/json":
        return from_json
    if media == "text/csv":
        return from_csv
    raise RequestError("content-type", f"is {quote(media)}, expected application/json or text/csv", 415)


async def read_body(headers: Headers, receive: Receive) -> bytes:
    """The request's body. How long it may take is the connection's matter (`connection.py`)."""
    length = headers.get(b"content-length")
    if length is not None and len(length) > 6 and length.isdigit() and int(length) > MAX_BODY:
        raise _too_large()
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body") and len(message["body"]) <= MAX_BODY:
        return message["body"]
    parts, size = [], 0
    while message["type"] == "http.request":
        parts.append(message["body"])
        size += len(message["body"])
        if size > MAX_BODY:
            raise _too_large()
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
    raise DisconnectedError


def _too_large() -> RequestError:
    return RequestError("body", f"is too large, expected at most {MAX_BODY} bytes", 413)
