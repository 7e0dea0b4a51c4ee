"""Every case."""

from tests.rehearsal.broken import governing, hosting, jobs, metrics, notifying, policies, storage

CASES = [case for module in (governing, hosting, jobs, metrics, notifying, policies, storage) for case in module.CASES]
