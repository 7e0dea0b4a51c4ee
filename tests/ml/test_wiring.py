from dataclasses import asdict

import pytest

from ml.wiring import Wiring, WiringError, variable

ENVIRON = {name: f"value of {name}" for name in Wiring.variables()}


def test_each_field_is_read_from_its_variable():
    wiring = Wiring.from_env(ENVIRON)
    assert wiring.raw_bucket == "value of MLOPS_RAW_BUCKET"
    assert {variable(field): value for field, value in asdict(wiring).items()} == ENVIRON


def test_every_missing_or_empty_variable_is_named_with_where_it_comes_from():
    environ = {**ENVIRON, "MLOPS_RAW_BUCKET": ""}
    del environ["MLOPS_TRACKING_URI"]
    with pytest.raises(WiringError, match=r"not set: MLOPS_RAW_BUCKET, MLOPS_TRACKING_URI.*output `wiring`"):
        Wiring.from_env(environ)
