"""`python -m tests.rehearsal.server.routes`: every route of MLflow's server with basic authentication, as JSON."""

import json
import re
from collections.abc import Iterator
from typing import Any

PLACES = re.compile(r"<(?:[^:>]+:)?[^>]+>|\{[^}]+\}")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Method and path, with something in the place of what a path leaves open."""
    for part in app.routes:
        if hasattr(part, "original_router"):
            start = part.include_context.prefix
            found = [(route.methods, start + route.path) for route in part.original_router.routes]
        else:
            found = [(rule.methods, rule.rule) for rule in part.app.app.url_map.iter_rules()]
        for methods, path in found:
            yield from ((method, PLACES.sub("x", path)) for method in METHODS if method in methods)


if __name__ == "__main__":
    from mlflow.server.auth import create_app

    print(json.dumps(sorted(set(routes(create_app())))))  # noqa: T201
