"""docs/policies.md lists the rules and their exceptions: its tables are made from the code here, and compared."""

from pathlib import Path

import pytest

from infra.policies import delivery, iam, images, network, trust
from infra.policies.rule import Rule
from infra.policies.rules import SUBJECTS
from infra.policies.unruled import UNRULED
from infra.source import ROOT

PAGE = (ROOT / "docs" / "policies.md").read_text()


def row(rule: Rule) -> str:
    level = "mandatory" if rule.mandatory else "advisory"
    return f"| `{rule.name}` | {rule.description} | {', '.join(rule.ids) or 'ours'} | {level} |"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_s_table_holds_its_rules_and_no_others(subject: str):
    right = [row(rule) for rule in SUBJECTS[subject]]
    section = PAGE.partition(f"\n### {subject}\n")[2].partition("\n#")[0]
    listed = [line for line in section.splitlines() if line.startswith("| `")]
    assert listed == right, f"docs/policies.md, {subject}: put this in place of the rows:\n" + "\n".join(right)


def test_every_exception_is_listed_with_its_reason():
    actions = {action: why for action, (why, _) in iam.ANY_RESOURCE.items()}
    passed = {**iam.PASSED_BY_PREFIX, **trust.OWN_ROLES}
    for what, why in [
        *actions.items(),
        *iam.PATTERNS.items(),
        *images.PRIVILEGED.items(),
        *passed.items(),
        *delivery.RETRUSTS.items(),
        *network.LET_OUT.items(),
    ]:
        assert f"`{what}`" in PAGE
        assert why in PAGE


def test_every_type_without_a_rule_is_listed_with_its_reason():
    right = [f"| `{type_}` | {why} |" for type_, why in UNRULED.items()]
    section = PAGE.partition("\n## Types without a rule\n")[2]
    assert [line for line in section.splitlines() if line.startswith("| `")] == right, "\n".join(right)


def test_the_pack_is_where_the_page_says():
    assert "`pulumi preview --policy-pack infra/policies`" in PAGE
    assert Path(ROOT / "infra" / "policies" / "PulumiPolicy.yaml").is_file()
