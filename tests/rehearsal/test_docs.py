"""docs/rehearsal.md says what the rehearsal does: its tables are made from the code here, and compared."""

import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from infra import offline
from infra.certificate import CertificateProvider
from infra.converged import ConvergedProvider
from infra.fleet import FleetProvider
from infra.password import PasswordProvider
from infra.rehearsal import builds, checks, dynamic, rehearse
from infra.rehearsal.entry import How
from infra.rehearsal.front import models
from infra.rehearsal.front.models.table import MODELS
from infra.rehearsal.iam import implied
from infra.rehearsal.iam.passing import passed_roles
from infra.rehearsal.moto import front
from infra.rehearsal.table import ENTRIES
from infra.retained import RetainedProvider
from infra.shifted import ShiftedProvider
from tests.infra.planned import SHIPPED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rehearsal.md").read_text()
URL = re.compile(r"https://[^\s\"',)]+")
ELSEWHERE = {
    "what the endpoint runs": (How.MOTO, dynamic.said(ConvergedProvider)),
    "what the endpoint's instances are": (How.MOTO, dynamic.said(FleetProvider)),
    "what the endpoint leaves behind": (How.MOTO, dynamic.said(RetainedProvider)),
    "the version that a function's alias is on": (How.MOTO, dynamic.said(ShiftedProvider)),
    "the tracking server's certificate": (How.MOTO, dynamic.said(CertificateProvider)),
    "the tracking server's passwords": (How.MOTO, dynamic.said(PasswordProvider)),
    "the image's build": (How.REPLACED, builds.REPLACED),
    "a tracking server by URL": (How.REPLACED, rehearse.NOT_ASKED),
}
"""What is rehearsed without a row in the table of resource types."""


def name_of(token: str) -> str:
    """`aws:s3/bucket:Bucket` as programs write it."""
    return f"`{token.split(':')[1].split('/')[0]}.{token.rpartition(':')[2]}`"


def resources() -> list[str]:
    alike: dict[tuple[How, str], list[str]] = {}
    for token, entry in ENTRIES.items():
        alike.setdefault((entry.how, entry.note), []).append(name_of(token))
    for name, said in ELSEWHERE.items():
        alike.setdefault(said, []).append(name)
    order = list(How)
    rows = sorted(alike.items(), key=lambda row: (order.index(row[0][0]), bool(row[0][1]), row[1]))
    return [row(", ".join(names), how, note or "-") for (how, note), names in rows]


def permissions() -> list[str]:
    return [
        row(link_to(rule), first(rule), links(URL.findall(inspect.getsource(rule)) or URL.findall(source_of(rule))))
        for rule in (passed_roles, *implied.RULES)
    ]


def modelled() -> list[str]:
    return [
        row(
            ", ".join(map(link_to, [model, *parts(model)])),
            " ".join((model.__doc__ or "").split()),
            links(model.SOURCES),
        )
        for model in MODELS
    ]


def parts(model: ModuleType) -> list[ModuleType]:
    """The modules that a model is split into."""
    return [
        value
        for value in vars(model).values()
        if inspect.ismodule(value) and hasattr(value, "SOURCES") and value not in MODELS
    ]


def rules() -> list[str]:
    return [row(link_to(module), first(module), len(rules_of(module))) for module in checks._MODULES]


def rules_of(module: ModuleType) -> set[Callable[..., object]]:
    tables = [getattr(module, name, {}) for name in ("RULES", "ASKING")]
    return {rule for table in tables for listed in table.values() for rule in listed}


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def link_to(what: ModuleType | FunctionType) -> str:
    path = Path(inspect.getsourcefile(what) or "").relative_to(ROOT)
    name = what.__name__.rpartition(".")[2] if inspect.ismodule(what) else f"{path.stem}.{what.__name__}"
    return f"[`{name}`](../{path})"


def source_of(rule: FunctionType) -> str:
    return inspect.getsource(inspect.getmodule(rule) or rule)


def first(what: ModuleType | FunctionType) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((inspect.getdoc(what) or "").split("\n\n")[0].split())


def links(urls: Iterable[str]) -> str:
    """Each page once, called by the last part of its address."""
    return ", ".join(f"[{name}]({url})" for name, url in {label(url): url for url in urls}.items())


def label(url: str) -> str:
    owner_and_rest = url.removeprefix("https://github.com/").split("/")
    if url.startswith("https://github.com/") and owner_and_rest[2] in {"issues", "pull"}:
        return f"{owner_and_rest[1]}#{owner_and_rest[3]}"
    return url.rpartition("/")[2].partition("#")[0].removeprefix("API_").removesuffix(".html")


@pytest.mark.parametrize("table", [resources, permissions, modelled, rules])
def test_a_table_of_the_page_is_what_the_code_says(table: Callable[[], list[str]]):
    right = table()
    assert len(right) > 5
    missing = [line for line in right if line not in PAGE.splitlines()]
    assert not missing, "docs/rehearsal.md: put this in place of the table's rows:\n" + "\n".join(right)
    assert "\n".join(right) in PAGE, "docs/rehearsal.md has rows too many, or in another order:\n" + "\n".join(right)


def test_every_module_of_a_model_is_in_the_page():
    with_sources = [
        found.name
        for found in pkgutil.iter_modules(models.__path__)
        if "\nSOURCES = " in (Path(models.__path__[0]) / f"{found.name}.py").read_text()
    ]
    assert len(with_sources) > len(MODELS)
    assert [name for name in with_sources if f"front/models/{name}.py)" not in PAGE] == []


def test_every_layer_in_front_of_moto_is_in_the_page():
    layers = front("http://127.0.0.1:9")._layers
    assert len(layers) > 3
    modules = [inspect.getmodule(layer if inspect.isfunction(layer) else type(layer)) for layer in layers]
    assert [module for module in modules if module and link_to(module).partition("(")[2] not in PAGE] == []


@pytest.mark.slow
def test_every_resource_of_the_shipped_programs_is_in_the_page(shipped):
    types = {
        entry.type
        for env in SHIPPED
        for entry in offline.run(shipped, env).resources
        if not entry.type.startswith(("mlops:", "pulumi:"))
    }
    assert len(types) > 30
    made = {type_ for type_ in types if not type_.startswith(dynamic.PREFIX)}
    assert [type_ for type_ in sorted(made) if name_of(type_) not in PAGE] == []
    assert len(types - made) == 6, "ELSEWHERE names six dynamic resources: say how the others are rehearsed"


def test_every_link_of_the_page_leads_somewhere():
    paths = re.findall(r"\]\((?!https:)([^)#]+)", PAGE)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / "docs" / path).exists()] == []
