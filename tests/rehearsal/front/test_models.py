import importlib
import pkgutil
from collections import Counter

import pytest
from moto.core.utils import get_service_model

from infra.rehearsal.front import models
from infra.rehearsal.front.models.table import MODELS, OPERATIONS

MODULES = [
    importlib.import_module(f"{models.__name__}.{found.name}") for found in pkgutil.iter_modules(models.__path__)
]


def test_every_model_is_in_the_table_and_no_operation_is_answered_twice():
    assert {module for module in MODULES if hasattr(module, "SOURCES") and hasattr(module, "OPERATIONS")} == set(MODELS)
    counted = Counter(name for model in MODELS for name in model.OPERATIONS)
    assert max(counted.values()) == 1
    assert counted.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__.rpartition(".")[2])
def test_a_model_names_its_sources_and_answers_real_operations(model):
    assert all(source.startswith("https://") for source in model.SOURCES)
    assert any(source.startswith("https://docs.aws.amazon.com/") for source in model.SOURCES)
    for name in model.OPERATIONS:
        service, _, operation = name.partition(":")
        assert operation in get_service_model(service).operation_names
