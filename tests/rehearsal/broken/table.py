"""Every case."""

from tests.rehearsal.broken import hosting, jobs, metrics, notifying, policies, storage

CASES = [case for module in (hosting, jobs, metrics, notifying, policies, storage) for case in module.CASES]
