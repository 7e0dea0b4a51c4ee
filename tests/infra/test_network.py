"""The network: its addresses, its ways out, and who gets into it."""

import json
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import network, subnets
from infra.parsing import SettingsError
from infra.policies.jobs import pipeline_jobs
from infra.rehearsal.rules import ec2
from tests.infra.planned import one, settings_of, statements

BLOCKS = st.builds(
    lambda length, value: IPv4Network((int(IPv4Network("10.0.0.0/8")[0]) + (value << (32 - length)), length)),
    st.integers(subnets.SHORTEST, subnets.LONGEST),
    st.integers(0, 2**8 - 1),
)


@given(BLOCKS, st.integers(1, 3))
def test_subnets_lie_in_the_block_apart_from_each_other_and_big_enough(block, count):
    blocks = [IPv4Network(cidr) for zone in subnets.zones(str(block), count) for cidr in (zone.private, zone.public)]
    assert len(blocks) == 2 * count
    assert all(found.subnet_of(block) and found.prefixlen <= 28 for found in blocks)
    assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)


def test_another_zone_moves_no_subnet():
    assert subnets.zones("10.0.0.0/16", 3)[:2] == subnets.zones("10.0.0.0/16", 2)


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [
        ("10.0.0.5/16", "is an address within a block, expected the block itself: 10.0.0.0/16"),
        ("10.0.0.0/8", "has 16777216 addresses, expected a block of /16 to /24"),
        ("10.0.0.0/25", "has 128 addresses"),
        ("10.0.0.0", "expected the block itself: 10.0.0.0/32"),
        ("10.0.0.0/255.255.0.0", "expected a private IPv4 block of /16 to /24, such as 10.0.0.0/16"),
        ("8.8.0.0/16", "is not private, expected a block within 10.0.0.0/8, 172.16.0.0/12"),
        ("172.17.128.0/20", "overlaps 172.17.0.0/16, which services of AWS use themselves"),
        ("10.0.0.0/33", "is no IPv4 block, expected one such as 10.0.0.0/16"),
        ("10.0.0.256/24", "is no IPv4 block"),
        ("///", "is no IPv4 block"),
        ("fd00::/16", "expected a private IPv4 block"),
        ("10.0.0.0/16; rm", "expected a private IPv4 block"),
        ("\u0661\u0660.0.0.0/16", "expected a private IPv4 block"),
    ],
)
def test_a_block_that_cannot_be_is_refused_with_the_reason(cidr, expected):
    with pytest.raises(SettingsError) as caught:
        settings_of(network={"cidr": cidr})
    assert "mlops-demo:network.cidr is " in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"zones": 4}, "network.zones is 4, expected 2 to 3"),
        ({"nat": "two"}, "network.nat is 'two', expected none (AWS"),
        ({"vpc": "vpc-1"}, "network.vpc is not a setting"),
        (
            {"nat": "none"},
            "network.nat is 'none', expected one or per-zone: jobs in the network could not reach MLflow",
        ),
        ("yes", "network is 'yes', expected"),
    ],
)
def test_what_cannot_be_of_a_network_is_refused(network, expected):
    with pytest.raises(SettingsError) as caught:
        settings_of(network=network)
    assert expected in str(caught.value)


def test_dev_has_no_network(dev):
    assert not [entry for entry in dev.resources if entry.type.startswith(("aws:ec2", "aws:vpc"))]
    request = json.loads(one(dev, "aws:scheduler/schedule:Schedule", "watch-job-schedule").inputs["target"]["input"])
    assert "NetworkConfig" not in request
    assert "VpcConfig" not in one(dev, "aws:sagemaker/pipeline:Pipeline").inputs["pipelineDefinition"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "gateways", "public"),
    [({}, 1, 1), ({"nat": "per-zone"}, 2, 2), ({"nat": "per-zone", "zones": 3}, 3, 3)],
)
def test_every_private_subnet_has_a_way_out_by_nat_and_s3_without_it(planned, settings, gateways, public):
    program = planned(network=settings)
    zones = settings.get("zones", 2)
    assert len(program.of_type("aws:ec2/natGateway:NatGateway")) == gateways
    assert len(program.of_type("aws:ec2/subnet:Subnet")) == zones + public
    routes = [entry for entry in program.of_type("aws:ec2/route:Route") if "private" in entry.name]
    assert len(routes) == zones
    assert len({route.inputs["natGatewayId"] for route in routes}) == gateways
    storage = one(program, "aws:ec2/vpcEndpoint:VpcEndpoint")
    assert (storage.inputs["vpcEndpointType"], len(storage.inputs["routeTableIds"])) == ("Gateway", zones)
    in_zones = {entry.inputs["availabilityZone"] for entry in program.of_type("aws:ec2/subnet:Subnet")}
    assert in_zones == {f"eu-west-1{end}" for end in "abc"[:zones]}


def test_flow_logs_are_encrypted_and_the_key_lets_their_group_use_it(prod):
    group = one(prod, "aws:cloudwatch/logGroup:LogGroup", "net-flows")
    log = one(prod, "aws:ec2/flowLog:FlowLog")
    assert log.inputs["logDestination"].endswith(group.inputs["name"])
    key = one(prod, "aws:kms/key:Key")
    assert group.inputs["kmsKeyId"].endswith(f"{key.name}-0000000")
    (logs,) = [entry for entry in statements(key) if "logs.eu-west-1.amazonaws.com" in str(entry["Principal"])]
    pattern = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert pattern.partition("log-group:*")[2].rstrip("*") in group.inputs["name"]


def networks(program, job):
    """The VpcConfig of each request by which a job is started."""
    if job == "watch":
        target = one(program, "aws:scheduler/schedule:Schedule", "watch-job-schedule").inputs["target"]
        return [json.loads(target["input"])["NetworkConfig"]["VpcConfig"]]
    jobs = list(pipeline_jobs(one(program, "aws:sagemaker/pipeline:Pipeline")))
    assert len(jobs) > 4
    return [(request if kind == "Training" else request["NetworkConfig"])["VpcConfig"] for _name, kind, request in jobs]


@pytest.mark.parametrize("job", ["train", "watch"])
def test_jobs_run_in_the_private_subnets_and_may_connect_themselves_there_alone(prod, job):
    vpc, *others = networks(prod, job)
    assert others == [vpc] * len(others)
    private = {entry.name for entry in prod.of_type("aws:ec2/subnet:Subnet") if "private" in entry.name}
    assert {id_.removesuffix("-0000000") for id_ in vpc["Subnets"]} == private
    role = statements(one(prod, "aws:iam/rolePolicy:RolePolicy", f"{job}-job-role-policy"))
    (within,) = [entry for entry in role if entry["Action"] == ["ec2:CreateNetworkInterface"]]
    named = {arn.split(":")[5].partition("/")[2] for arn in within["Resource"]}
    assert named == {*vpc["Subnets"], *vpc["SecurityGroupIds"]}


def test_no_port_of_answers_is_one_that_people_administer_by():
    assert all(not first <= port <= last for first, last in network.REPLIES for port in (22, 3389))


def test_ec2_takes_what_is_said_of_each_group_and_of_each_rule(prod):
    groups = prod.of_type("aws:ec2/securityGroup:SecurityGroup")
    rules = [
        entry
        for kind in ("Ingress", "Egress")
        for entry in prod.of_type(f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule")
    ]
    assert len(groups) > 4
    assert len(rules) > 8
    said = {entry.name: entry.inputs["description"] for entry in (*groups, *rules)}
    assert [name for name, text in said.items() if not ec2.OF_PEERS.fullmatch(text)] == []
