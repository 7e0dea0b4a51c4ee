import pytest

from ml.wiring import Wiring, WiringError

ENVIRON = {name: f"value of {name}" for name in Wiring.variables()}


def test_a_wiring_reads_what_it_writes():
    wiring = Wiring.from_env(ENVIRON)
    assert wiring.raw_bucket == "value of MLOPS_RAW_BUCKET"
    assert wiring.to_env() == ENVIRON


def test_every_missing_or_empty_variable_is_named_with_where_it_comes_from():
    environ = {**ENVIRON, "MLOPS_RAW_BUCKET": ""}
    del environ["MLOPS_TRACKING_URI"]
    with pytest.raises(WiringError, match=r"not set: MLOPS_RAW_BUCKET, MLOPS_TRACKING_URI.*output `wiring`"):
        Wiring.from_env(environ)
