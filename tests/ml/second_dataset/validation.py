"""The contracts of the raw tables."""

import pandera.polars as pa
import polars as pl

from ml.contract import Contract
from ml.dataset import STATIONS, TABLES

UTC = pl.Datetime("us", "UTC")
CONTRACTS = {
    "slots": Contract(
        keys=TABLES["slots"].keys,
        time=TABLES["slots"].time,
        columns={
            "prediction_id": pa.Column(pl.String),
            "event_time": pa.Column(UTC),
            "station": pa.Column(pl.String, pa.Check.isin(STATIONS)),
        },
    ),
    "counts": Contract(
        keys=TABLES["counts"].keys,
        time=TABLES["counts"].time,
        columns={
            "prediction_id": pa.Column(pl.String),
            "counted_at": pa.Column(UTC),
            "rides": pa.Column(pl.Float64, pa.Check.in_range(0, 1_000, error="from 0 to 1000")),
        },
    ),
}
