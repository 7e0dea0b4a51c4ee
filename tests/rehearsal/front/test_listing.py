from datetime import datetime

from infra.rehearsal.front.models.listing import after, before


def test_after_takes_the_moment_itself_and_before_does_not():
    moment = datetime(2026, 1, 1)
    assert after("at")({"at": moment}, moment)
    assert not before("at")({"at": moment}, moment)
