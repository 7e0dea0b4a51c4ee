"""Whatever settings the program takes, it is made on the mock AWS and leaves nothing behind."""

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings

from infra import offline, stackfiles
from infra.parsing import SettingsError
from infra.rehearsal.apply import Cloud
from infra.rehearsal.destroy import destroy
from infra.rehearsal.environment import aws_variables, environment
from tests.infra.any_settings import well_formed
from tests.rehearsal.stack import stack

pytestmark = pytest.mark.slow


@settings(
    deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, max_examples=12, phases=[Phase.generate]
)
@given(values=well_formed())
def test_any_program_is_made_and_unmade(aws, before, tmp_path, values):
    root = stack(tmp_path, "example", "any", values)
    try:
        stackfiles.settings(root, "any")
    except SettingsError:
        reject()
    cloud = Cloud(aws)
    with environment(aws_variables(aws.endpoint, aws.region)):
        try:
            offline.run(root, "any", mocks=cloud)
        finally:
            left = destroy(cloud.resources, aws, before=before)
    assert not left, str(left)
