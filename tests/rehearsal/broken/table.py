"""Every case."""

from tests.rehearsal.broken import governing, hosting, jobs, metrics, notifying, policies, storage, tracking

_MODULES = (governing, hosting, jobs, metrics, notifying, policies, storage, tracking)
CASES = [case for module in _MODULES for case in module.CASES]
