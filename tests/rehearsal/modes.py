"""The modes of serving, each with what its settings say beside the mode."""

from typing import Any

MODES: dict[str, dict[str, Any]] = {
    "serverless": {},
    "real-time": {"instances": 10},
    "async": {"instances": 10},
    "lambda": {},
}
