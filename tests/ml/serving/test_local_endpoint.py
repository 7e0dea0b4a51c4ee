"""The local endpoint with real server processes, under real concurrent clients."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import boto3
import httpx
import pytest
from botocore.config import Config

from ml.serving.endpoint import LocalEndpoint
from ml.serving.policy import RolloutPolicy
from ml.serving.variant import DeploymentError
from tests.ml.serving.load import INVOKED, Bucket, Load, delivered_once
from tests.ml.serving.small_models import ROW, save

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def start(tmp_path, bucket) -> Iterator:
    """Starts an endpoint with a champion; the policy is given by its keys."""
    started = []

    def start(**policy) -> LocalEndpoint:
        endpoint = LocalEndpoint("parcels", RolloutPolicy.from_dict(policy), tmp_path / "run", put=bucket.__setitem__)
        started.append(endpoint)
        return endpoint.start(*save(tmp_path))

    yield start
    for endpoint in started:
        endpoint.stop()


@pytest.fixture
def challenger(tmp_path):
    return save(tmp_path, bias=-2.0)


def test_sagemakers_own_client_works_against_it(start, bucket):
    endpoint = start()
    client = boto3.client(
        "sagemaker-runtime",
        endpoint_url=endpoint.url,
        region_name="eu-west-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    send = {"EndpointName": "parcels", "ContentType": "application/json"}
    answer = client.invoke_endpoint(
        **send,
        Body=json.dumps({"instances": [ROW]}),
        InferenceId="mine",
        CustomAttributes="event_time=2013-02-03T04:05:06+00:00",
    )
    assert answer["InvokedProductionVariant"] == "champion"
    assert json.loads(answer["Body"].read())["prediction_ids"] == ["mine"]
    endpoint.deliver()
    [line] = bucket.lines()
    assert line["event_time"] == "2013-02-03T04:05:06+00:00"
    with pytest.raises(client.exceptions.ModelError) as caught:
        client.invoke_endpoint(**send, Body=b'{"instances": [{"weight": "x"}]}')
    assert caught.value.response["OriginalStatusCode"] == 400
    assert json.loads(caught.value.response["OriginalMessage"])["error"]["field"] == "weight"
    with pytest.raises(client.exceptions.ClientError, match="expected /endpoints/parcels/invocations"):
        client.invoke_endpoint(**{**send, "EndpointName": "other"}, Body=b"{}")
    client.close()


def test_promotion_under_load_loses_no_request(start, bucket, challenger):
    endpoint = start(strategy="linear", percent=[10, 50])
    with Load(endpoint) as load:
        endpoint.deploy_challenger(*challenger)
        assert endpoint.weights == {"champion": 90, "challenger": 10}
        assert endpoint.words() == "answers 10 % of the requests, step 1 of 2"
        load.more(200)
        endpoint.deliver()
        assert endpoint.next_step()
        assert endpoint.weights == {"champion": 50, "challenger": 50}
        assert endpoint.words() == "answers 50 % of the requests, step 2 of 2"
        assert not endpoint.next_step()
        load.more(100)
        old = endpoint.processes["champion"]
        endpoint.promote()
        assert not old.running
        assert endpoint.weights == {"champion": 100}
        assert endpoint.releases == {"champion": challenger[1]}
        load.more(100)
    assert len({prediction for _, _, prediction in load.answers.values()}) == 2
    delivered_once(endpoint, bucket, load)


def test_rolling_back_under_load_loses_no_request(start, bucket, challenger):
    endpoint = start(percent=50)
    with Load(endpoint) as load:
        endpoint.deploy_challenger(*challenger)
        load.more(100)
        endpoint.roll_back()
        load.more(50)
        assert len(endpoint.processes) == 1
    assert Counter(variant for _, variant, _ in load.answers.values())["challenger"] >= 40
    delivered_once(endpoint, bucket, load)


def test_killing_the_challenger_under_load_loses_no_request(start, bucket, challenger):
    endpoint = start(percent=50)
    with Load(endpoint) as load:
        endpoint.deploy_challenger(*challenger)
        load.more(200)
        os.kill(endpoint.processes["challenger"].pid, signal.SIGKILL)
        load.more(200)
        _, sample = endpoint.samples()
        assert sample.errors > 10
        endpoint.roll_back()
        load.more(50)
    delivered_once(endpoint, bucket, load)


def test_shares_are_exact_and_samples_hold_what_the_judge_needs(start, challenger):
    endpoint = start(percent=10)
    with httpx.Client() as client:
        url = f"{endpoint.url}/endpoints/parcels/invocations"
        client.post(url, json={"instances": [ROW]})
        endpoint.deploy_challenger(*challenger)
        variants = Counter(client.post(url, json={"instances": [ROW]}).headers[INVOKED] for _ in range(200))
        target = {"X-Amzn-SageMaker-Target-Variant": "challenger"}
        assert client.post(url, json={"instances": [ROW]}, headers=target).headers[INVOKED] == "challenger"
    assert variants == {"champion": 180, "challenger": 20}
    for sample, requests in zip(endpoint.samples(), (180, 21), strict=True):
        assert (sample.requests, sample.errors) == (requests, 0)
        assert len(sample.latencies_ms) == len(sample.scores) == requests


def test_a_shadow_gets_copies_and_answers_nobody(start, bucket, challenger):
    endpoint = start(strategy="shadow")
    with httpx.Client() as client:
        url = f"{endpoint.url}/endpoints/parcels/invocations"
        endpoint.deploy_challenger(*challenger)
        answers = [client.post(url, json={"instances": [ROW]}) for _ in range(50)]
        deadline = time.monotonic() + 20
        while len(bucket.lines()) < 100 and time.monotonic() < deadline:
            endpoint.deliver()
            time.sleep(0.05)
        assert {answer.headers[INVOKED] for answer in answers} == {"champion"}
        assert len({answer.json()["predictions"][0] for answer in answers}) == 1
        assert Counter(line["variant"] for line in bucket.lines()) == {"champion": 50, "challenger": 50}
        os.kill(endpoint.processes["challenger"].pid, signal.SIGKILL)
        assert {client.post(url, json={"instances": [ROW]}).status_code for _ in range(20)} == {200}


def test_a_session_keeps_its_variant(start, challenger):
    endpoint = start(strategy="a-b", percent=[50])
    endpoint.deploy_challenger(*challenger)
    with httpx.Client() as client:
        url = f"{endpoint.url}/endpoints/parcels/invocations"

        def variant(session: int) -> str:
            headers = {"X-Amzn-SageMaker-Session-Id": f"session {session}"}
            return client.post(url, json={"instances": [ROW]}, headers=headers).headers[INVOKED]

        first = [variant(session) for session in range(30)]
        assert first == [variant(session) for session in range(30)]
    assert 5 < first.count("challenger") < 25


def test_a_challenger_that_refuses_its_bundle_leaves_the_champion_as_it_was(start, bucket, challenger):
    endpoint = start()
    path, sha256 = challenger
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    with Load(endpoint) as load:
        with pytest.raises(DeploymentError, match=r"challenger .* refused its bundle: .*sha256"):
            endpoint.deploy_challenger(path, sha256)
        load.more(50)
        assert endpoint.weights == {"champion": 100}
        with pytest.raises(DeploymentError, match="has no challenger"):
            endpoint.promote()
    delivered_once(endpoint, bucket, load)


def test_when_nobody_answers_the_caller_is_told(start):
    endpoint = start()
    os.kill(endpoint.processes["champion"].pid, signal.SIGKILL)
    answer = httpx.post(f"{endpoint.url}/endpoints/parcels/invocations", json={"instances": [ROW]})
    assert answer.status_code == 503
    assert answer.headers["x-amzn-errortype"] == "ServiceUnavailable"
    assert answer.json()["error"] == {"field": "endpoint", "message": "has no variant that answers"}


def test_a_variant_that_hangs_is_stood_in_for(start, bucket, challenger):
    endpoint = start(percent=50)
    endpoint.deploy_challenger(*challenger)
    endpoint._variants["challenger"].upstream.timeout = 0.5
    hanging = endpoint.processes["challenger"]
    os.kill(hanging.pid, signal.SIGSTOP)
    with Load(endpoint, clients=2) as load:
        load.more(5)
    os.kill(hanging.pid, signal.SIGCONT)
    assert {variant for _, variant, _ in load.answers.values()} == {"champion"}
    delivered_once(endpoint, bucket, load)
