"""`python -m tests.benchmarks.stack PORT`: uvicorn with httptools and uvloop, answering every request the same."""

import sys

import uvicorn

BODY = b'{"predictions":[0.25],"prediction_ids":["a1b2c3d4e5f6a7b8c9d0-1f"]}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def constant(scope, receive, send) -> None:
    """The least that an ASGI app can do: take the body, answer the same."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(
        constant, port=int(sys.argv[1]), http="httptools", loop="uvloop", ws="none", access_log=False, lifespan="off"
    )
