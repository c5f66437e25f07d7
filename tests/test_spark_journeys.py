"""Journeys of events that Spark holds: the log and its figures are those of a file of the same events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import cxlens as cx
from cxlens.engine.spark import SparkRows
from cxlens.engine.stored_journeys import StoredEvents
from cxlens.errors import CxlensError
from cxlens.study import event_store, journeys

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # pyspark's to its workers
JOBS: dict[str, Any] = {
    "customer": "customer.id",
    "touchpoint": "met",
    "time": "at",
    "outcome": "bought",
    "value": "paid",
    "segments": ["country"],
    "gap": "2 days",
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Events to the microsecond, in no order, of customers who buy now and then."""
    rng = np.random.default_rng(3)
    n = 4000
    customer = rng.integers(0, 400, n)
    microseconds = rng.integers(0, 30 * 24 * 3600 * 10**6, n)
    return pd.DataFrame(
        {
            "customer.id": customer,
            "met": rng.choice(["web", "call", "shop", "bill"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "at": (pd.Timestamp("2024-03-01") + pd.to_timedelta(microseconds, unit="us")).as_unit("us"),
            "bought": rng.integers(0, 2, n),
            "paid": np.where(rng.random(n) < 0.3, np.nan, rng.uniform(1, 90, n).round(2)),
            "country": np.where(customer % 3 == 0, "AT", "CH"),
            "remark": "not asked for",
        }
    )


@pytest.fixture(scope="module")
def logs(spark: Any, frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> tuple[cx.JourneyLog, ...]:
    """The log of a file and that of Spark, both kept in DuckDB."""
    path = tmp_path_factory.mktemp("journeys") / "events.parquet"
    frame.to_parquet(path, index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_store, "LARGE", 1000)
        return cx.JourneyLog(path, **JOBS), cx.JourneyLog(in_spark(spark, frame), **JOBS)


def in_spark(spark: Any, frame: pd.DataFrame) -> Any:
    """The events in Spark, in two partitions, with their order."""
    return spark.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))


def test_every_event_and_every_journey_is_that_of_the_file(logs: tuple[cx.JourneyLog, ...]) -> None:
    in_file, there = logs
    assert isinstance(there._events, StoredEvents)
    assert repr(there) == repr(in_file)
    pd.testing.assert_frame_equal(there.table, in_file.table)


def test_figures_are_those_of_the_file(logs: tuple[cx.JourneyLog, ...]) -> None:
    expected, found = map(cx.paths, logs)
    assert str(found) == str(expected)
    assert found.tables.keys() == expected.tables.keys()
    for name, table in found.tables.items():  # counts, and medians of microseconds
        pd.testing.assert_frame_equal(table, expected.tables[name], rtol=0, atol=0)
    expected, found = (cx.funnel(log, ["web", "shop"]) for log in logs)
    pd.testing.assert_frame_equal(found.table, expected.table)
    expected, found = map(cx.attribution, logs)
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_only_the_columns_named_come(spark: Any, frame: pd.DataFrame) -> None:
    rows = SparkRows.of(in_spark(spark, frame), ["met", "paid", "nowhere"])
    assert rows.schema.names == ["met", "paid"]
    brought = rows.to_pyarrow()
    assert brought.column("met").to_pylist() == frame["met"].tolist()
    assert brought.column("paid").null_count == frame["paid"].isna().sum() > 0


def test_few_events_are_sorted_in_memory(spark: Any, frame: pd.DataFrame) -> None:
    found = cx.JourneyLog(in_spark(spark, frame), **JOBS)
    assert len(frame) < journeys.LARGE
    assert not isinstance(found._events, StoredEvents)
    expected = cx.JourneyLog(frame, **JOBS)
    pd.testing.assert_frame_equal(found.table, expected.table)


@pytest.mark.parametrize("wrong", ["a missing column", "an empty touchpoint", "no rows"])
def test_what_is_refused_is_refused_in_the_same_words(spark: Any, frame: pd.DataFrame, wrong: str) -> None:
    few = frame.head(20)
    if wrong == "a missing column":
        few = few.drop(columns="met")
    if wrong == "an empty touchpoint":
        few = few.assign(met=few["met"].where(few.index != 3))
    given = in_spark(spark, few)
    if wrong == "no rows":
        few = few.head(0)
        given = given.limit(0)
    assert refused(given) == refused(few)


def refused(events: Any) -> tuple[type, str]:
    with pytest.raises(CxlensError) as error:
        cx.JourneyLog(events, **JOBS)
    return type(error.value), str(error.value)
