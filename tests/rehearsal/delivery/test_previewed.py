"""All that a preview asks AWS beside the state, asked under the preview role: nothing of it is refused."""

from typing import Any

import pytest
import yaml
from pulumi.runtime.mocks import MockCallArgs

from infra import offline
from infra.rehearsal import dynamic
from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.invokes import INVOKES
from infra.rehearsal.request import plain
from tests.rehearsal.delivery.conftest import PROJECT, Delivered

pytestmark = pytest.mark.slow


class Previewed(offline.Cloud):
    """The program as a preview runs it: nothing is made, and what it looks up is asked of AWS."""

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws.region)
        self.aws, self.asked = aws, set()

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        self.asked.add(args.token.rpartition(":")[2])
        return INVOKES[args.token](plain(args.args), self.aws)


LAMBDA = {"serving": {"mode": "lambda"}, "rollout": {"strategy": "all-at-once"}}
STACKS = {
    "dev": ("dev", {}, {"getCallerIdentity"}, "Converged"),
    "prod": ("prod", {}, {"getCallerIdentity", "getAvailabilityZones"}, "Converged"),
    "prod on lambda": ("prod", LAMBDA, {"getCallerIdentity", "getAvailabilityZones"}, "Shifted"),
}
"""An environment, what is set in it, what it must look up at least, and what must look in its diff."""


@pytest.mark.parametrize("what", STACKS)
def test_a_preview_may_ask_what_it_asks(delivered: Delivered, what: str):
    env, settings, lookups, looking = STACKS[what]
    path = delivered.folder / f"Pulumi.{env}.yaml"
    written = yaml.safe_load(path.read_text())
    written["config"] |= {f"{PROJECT}:{key}": value for key, value in settings.items()}
    path.write_text(yaml.safe_dump(written))
    cloud, _ = delivered.apply(env, delivered.aws)
    previewer, diffed = delivered.acting(env, "preview"), set()
    delivered.aws.refusals()
    with environment(aws_variables(previewer.endpoint, previewer.region, previewer.credentials)):
        preview = Previewed(previewer)
        offline.run(delivered.folder, env, mocks=preview, preview=True)
        for made in [made for made in cloud.resources if made.type.startswith(dynamic.PREFIX)]:
            props = {**made.inputs, **made.outputs}
            assert not dynamic.provider(made.inputs).diff(made.id, props, props).changes, made.name
            diffed.add(made.type.rpartition(":")[2])
    assert lookups <= preview.asked
    assert looking in diffed
    assert delivered.aws.refusals() == []
