import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.rehearsal.front.app import Front
from infra.rehearsal.front.call import Call, read
from infra.rehearsal.front.errors import ApiError
from tests.rehearsal.front.conftest import boto
from tests.rehearsal.serving import serving


class Recorded:
    """A layer that keeps the calls it sees, and answers or refuses what it is told to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, Any] = {}

    def __call__(self, call: Call) -> Any:
        self.calls.append(call)
        answer = self.answers.get(call.name)
        if isinstance(answer, ApiError):
            raise answer
        return answer


@pytest.fixture(scope="module")
def front():
    recorded = Recorded()
    with serving(recorded) as url:
        boto(url, "s3").create_bucket(Bucket="there", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield recorded, url


@pytest.fixture
def client(front):
    return lambda service: boto(front[1], service)


CALLS = [
    ("s3", "create_bucket", {"Bucket": "a-bucket", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
    ("s3", "put_object", {"Bucket": "there", "Key": "a/b c+d.txt", "Body": b"text", "IfNoneMatch": "*"}),
    ("s3", "list_objects_v2", {"Bucket": "there", "Prefix": "a/"}),
    ("sts", "get_caller_identity", {}),
    ("iam", "list_roles", {"PathPrefix": "/x/"}),
    ("kms", "create_key", {"Description": "a key", "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.5}]}),
    ("scheduler", "list_schedules", {"NamePrefix": "x"}),
    ("sns", "create_topic", {"Name": "topic", "Attributes": {"KmsMasterKeyId": "k"}}),
    ("events", "put_events", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}"}]}),
]


@pytest.mark.parametrize(("service", "method", "request_"), CALLS, ids=[f"{s}.{m}" for s, m, _ in CALLS])
def test_the_front_reads_what_boto3_sent_in_each_protocol(front, client, service, method, request_):
    recorded, _url = front
    recorded.calls.clear()
    boto = client(service)
    getattr(boto, method)(**request_)
    [call] = recorded.calls
    assert (call.service, call.operation) == (service, boto.meta.method_to_api_mapping[method])
    assert (call.access_key, call.region) == ("AKIDEXAMPLE", "eu-west-1")
    for name, value in request_.items():
        assert call.parameters[name] == value


@pytest.mark.parametrize("service", ["s3", "sagemaker", "iam", "scheduler"])
def test_a_refusal_arrives_as_the_services_own_error(front, client, service):
    recorded, _url = front
    method, request = {
        "s3": ("get_object", {"Bucket": "a-bucket", "Key": "k"}),
        "sagemaker": ("list_models", {}),
        "iam": ("list_roles", {}),
        "scheduler": ("list_schedules", {}),
    }[service]
    boto = client(service)
    name = f"{service}:{boto.meta.method_to_api_mapping[method]}"
    recorded.answers = {name: ApiError("AccessDenied", "no statement allows it", 403)}
    with pytest.raises(ClientError, match=r"\(AccessDenied\).*no statement allows it") as error:
        getattr(boto, method)(**request)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    recorded.answers = {}


def test_a_layers_answer_is_what_boto3_returns(front, client):
    recorded, _url = front
    recorded.answers = {"sagemaker:UpdateEndpoint": {"EndpointArn": "arn:aws:sagemaker:eu-west-1:1:endpoint/e"}}
    answer = client("sagemaker").update_endpoint(EndpointName="e", EndpointConfigName="c")
    assert answer["EndpointArn"].endswith("endpoint/e")
    recorded.answers = {}


def test_what_the_model_of_an_answer_does_not_know_stays_here_and_so_does_none(front, client):
    recorded, _url = front
    kept = {"EndpointName": "e", "FailureReason": None, "done": lambda: None}
    recorded.answers = {"sagemaker:DescribeEndpoint": kept}
    answer = client("sagemaker").describe_endpoint(EndpointName="e")
    assert answer.keys() - {"ResponseMetadata"} == {"EndpointName"}
    recorded.answers = {}


def test_an_unsigned_request_is_refused_and_moto_is_not_asked():
    asked = []
    front = Front(lambda environ, _start: asked.append(environ) or [], [])
    started = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/bucket/key", "wsgi.input": io.BytesIO(), "HTTP_HOST": "x"}
    body = b"".join(front(environ, lambda status, _headers: started.append(status)))
    assert (started, asked) == (["403 Forbidden"], [])
    assert json.loads(body)["__type"] == "MissingAuthenticationTokenException"


def test_motos_own_pages_are_no_calls():
    assert read({"REQUEST_METHOD": "GET", "PATH_INFO": "/moto-api/", "wsgi.input": io.BytesIO()}) is None
