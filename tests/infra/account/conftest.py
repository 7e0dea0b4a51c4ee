"""The account project, planned once with what `make bootstrap` would have found out."""

import pytest

from infra import offline
from infra.account import settings
from infra.offline import Program
from tests.rehearsal.delivery.conftest import project


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return offline.run(project(tmp_path_factory.mktemp("account") / "project") / settings.FOLDER, "account")
