"""What `pulumi --policy-pack infra/policies` runs: it serves the rules until Pulumi stops it."""

import sys
from pathlib import Path

from pulumi_policy import PolicyPack

# Pulumi puts the pack's folder on the path, and the rules are found from the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.policies.pack import NAME, policies

if __name__ == "__main__":
    PolicyPack(NAME, policies())
