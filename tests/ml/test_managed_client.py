"""MLflow's client as it asks a managed app: SageMaker's plugin knows the address and signs, in the version locked."""

import re
from importlib.metadata import version
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from infra.rehearsal.front.models import mlflow_apps
from infra.source import ROOT
from ml.wiring import NO_ACCESS, Wiring
from tests.ml import managed_app
from tests.ml.managed_app import APP

pytestmark = pytest.mark.slow


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[requests.PreparedRequest]:
    """What goes to the network, which answers that there is nothing."""
    found: list[requests.PreparedRequest] = []

    def send(_self: object, request: requests.PreparedRequest, **_more: object) -> requests.Response:
        found.append(request)
        answer = requests.Response()
        answer.status_code, answer._content, answer.request, answer.url = 200, b"{}", request, str(request.url)
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", send)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return found


def test_the_registry_asks_the_region_s_service_and_signs_for_it(asked, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    from ml.registry import Registry

    wiring = Wiring.from_env(
        dict.fromkeys(Wiring.variables(), "flights") | {"MLOPS_TRACKING_URI": APP, "MLOPS_TRACKING_ACCESS": NO_ACCESS}
    )
    registry = Registry(wiring)
    assert registry.client.search_experiments() == []
    assert registry.client.search_model_versions("name='flights'") == []
    paths = [urlsplit(str(request.url)).path for request in asked]
    assert any(path.endswith("/experiments/search") for path in paths)
    assert any(path.endswith("/model-versions/search") for path in paths)
    for request in asked:
        assert re.fullmatch(
            r"(.+\.)?sagemaker\.eu-west-1\.(amazonaws\.com|api\.aws|app\.aws)", urlsplit(str(request.url)).netloc
        )
        signed = request.headers["Authorization"]
        signed = signed if isinstance(signed, str) else signed.decode()
        assert re.match(r"AWS4-HMAC-SHA256 Credential=testing/\d{8}/eu-west-1/sagemaker/aws4_request", signed)


def test_client_and_the_stack_s_own_server_are_of_one_version():
    locks = {name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("train", "tracking")}
    client = re.search(r"^mlflow-skinny==(\S+)", locks["train"], re.MULTILINE)
    server = re.search(r"^mlflow==(\S+)", locks["tracking"], re.MULTILINE)
    assert client
    assert server
    assert client[1] == server[1] == version("mlflow")


def test_the_versions_that_the_page_names_are_those_that_are_tested():
    page = (ROOT / "docs" / "tracking.md").read_text()
    client, app = version("mlflow").rpartition(".")[0], managed_app.version()
    assert f"The client, MLflow {client}, is" in page
    assert f"The managed app was seen to run {app} " in page
    assert set(re.findall(r"\b3\.\d+(?:\.\d+)?\b", page)) == {client, app}
    assert app == mlflow_apps.VERSION
