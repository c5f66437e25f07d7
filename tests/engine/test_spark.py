"""Tables of Spark beside the same rows in a file: the sums are the same, and what is refused is refused alike.

Started once for all tests, which takes most of their time. Verbs over Spark are compared in tests/test_spark_verbs.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.engine import spark as spark_tables
from cxlens.engine import tables
from cxlens.engine.answers import Reading, kinds_of
from cxlens.engine.design import Design
from cxlens.engine.moments import moments
from cxlens.engine.readers import as_frame
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.samples import sampled, together
from cxlens.engine.spark import SparkTable, is_spark, told_of_spark
from cxlens.engine.tables import InMemory, OnDisk
from cxlens.engine.tallies import tally
from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.files.answers import open_answers
from tests.engine.answered import NAMES, ROLES, answers, scores
from tests.engine.opened import ONE, frame_of, to_parquet

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # pyspark's to its workers
N = 20_000
DESIGNS = {
    "quick": Design(0, True, scores(0, 1, 2), flagged=(0, 1, 2), unit="customer"),
    "general": Design(0, True, scores(0, 1), factors=(("purpose", ("business", "leisure")),), unit="customer"),
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    ids = np.random.default_rng(8).integers(0, N // 3, N)
    return answers(8, N).assign(customer=ids.astype(float))  # who has none is put into a block by the row's number


@pytest.fixture(scope="module")
def path(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spark") / "answers.parquet"
    frame.to_parquet(path, index=False)
    return path


@pytest.fixture(scope="module")
def two(spark: Any, frame: pd.DataFrame, path: Path) -> tuple[OnDisk, OnDisk]:
    """The same answers in a file, and in two partitions of Spark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "IN_MEMORY", 0)
        in_file = open_answers(path, ROLES).source
        there = open_answers(in_spark(spark, frame), ROLES).source
    assert isinstance(in_file, OnDisk)
    assert isinstance(there, OnDisk)
    assert isinstance(there.files, SparkTable)
    return in_file, there


def in_spark(spark: Any, frame: pd.DataFrame) -> Any:
    return spark.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))


def test_what_is_no_table_of_spark() -> None:
    assert not is_spark(pd.DataFrame())
    assert not is_spark("answers.parquet")


def test_the_entries_of_columns_are_found_as_in_a_file(two: tuple[OnDisk, OnDisk]) -> None:
    in_file, there = two
    assert there.n == in_file.n == N
    assert there.entries.keys() == in_file.entries.keys()
    for column, entries in there.entries.items():
        assert_array_equal(entries, in_file.entries[column])
    assert there.unused == in_file.unused
    assert there.told == in_file.told
    for column in ("area", "customer"):
        assert there.distinct(column) == in_file.distinct(column)
        assert there.missing(column) == in_file.missing(column)
        assert there.repeats(column) == in_file.repeats(column)
        assert there.most_rows(column) == in_file.most_rows(column)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("by", [None, "area"])
def test_moments_are_those_of_the_file(two: tuple[OnDisk, OnDisk], design: str, by: str | None) -> None:
    asked = DESIGNS[design]
    names = NAMES[: len(asked.scored)]
    (expected, left_out), (found, also_left_out) = (moments(source, asked, names, by) for source in two)
    assert found.cells == expected.cells
    assert also_left_out == left_out
    assert_array_equal(found.rows, expected.rows)
    assert_array_equal(found.scored, expected.scored)
    assert_array_equal(found.levels, expected.levels)
    assert_allclose(found.products, expected.products, rtol=1e-10, atol=1e-10)  # of hundreds; some cancel out
    assert_allclose(found.counts, expected.counts, rtol=1e-10)


def test_without_ids_rows_are_spread_over_blocks_and_the_sums_are_the_same(two: tuple[OnDisk, OnDisk]) -> None:
    design = DESIGNS["quick"]._replace(unit=None)
    (expected, _), (found, _) = (moments(source, design, NAMES, "area") for source in two)
    assert_allclose(found.products.sum(axis=1), expected.products.sum(axis=1), rtol=1e-10)
    of_blocks = found.rows.sum(axis=0)
    assert of_blocks.min() > 0.6 * of_blocks.mean()


@pytest.mark.parametrize("unit", [None, "customer"])
def test_tallies_are_those_of_the_file(two: tuple[OnDisk, OnDisk], unit: str | None) -> None:
    expected, found = (tally(source, 3, 1, ["area", "purpose"], unit=unit, blocks=50) for source in two)
    pd.testing.assert_frame_equal(found.cells, expected.cells)
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-10)


@pytest.mark.parametrize("conditions", [{}, {"purpose": "leisure"}])
def test_kinds_of_people_are_those_of_the_file(two: tuple[OnDisk, OnDisk], conditions: dict[str, str]) -> None:
    tables_of_kinds = []
    for source in two:
        part = source.where(conditions) if conditions else source
        kinds, counts = kinds_of(Reading(part, DESIGNS["quick"], NAMES), ["area", "purpose"])
        table = pd.concat([kinds, pd.DataFrame(counts)], axis=1)
        tables_of_kinds.append(table.sort_values(["area", "purpose"], ignore_index=True))
    expected, found = tables_of_kinds
    pd.testing.assert_frame_equal(found, expected)


def test_a_sample_has_so_many_rows_each_once_and_a_seed_of_its_own(two: tuple[OnDisk, OnDisk]) -> None:
    _, there = two
    first, again, other = (sampled(there, 500, seed).rows for seed in (1, 1, 2))
    assert len(first) == len(other) == 500
    pd.testing.assert_frame_equal(first.labels, again.labels)
    assert not first.labels.equals(other.labels)
    assert len(sampled(there, 2 * N, 1).rows) == N


def test_a_sample_is_of_all_rows_alike(two: tuple[OnDisk, OnDisk], frame: pd.DataFrame) -> None:
    _, there = two
    share = (sampled(there, 5000, 3).rows.labels["purpose"] == "leisure").mean()
    assert_allclose(share, (frame["purpose"] == "leisure").mean(), atol=3 * np.sqrt(0.25 / 5000))


def test_few_rows_come_and_many_do_not(two: tuple[OnDisk, OnDisk], monkeypatch: pytest.MonkeyPatch) -> None:
    in_file, there = two
    few = {"customer": 7.0}
    expected, found = (together(list(source.where(few).batches())) for source in two)
    assert_array_equal(found.scores, expected.scores)
    picked = [list(source.picked("customer", [7.0, 8.0])) for source in (in_file, there)]
    assert sum(map(len, picked[1])) == sum(map(len, picked[0])) > 0
    monkeypatch.setattr(spark_tables, "MOST_ROWS", 100)
    with pytest.raises(ValuesError) as error:
        list(there.batches())
    assert str(error.value) == (
        "this needs every answer by itself, and there are more than 100 in Spark. Take a sample: "
        "survey.sampled(100, seed=1); or a segment: survey.where(...)."
    )


def test_a_small_table_is_read_as_a_small_file_is(spark: Any, frame: pd.DataFrame) -> None:
    few = frame.head(50)
    source = open_answers(in_spark(spark, few), ROLES).source
    assert isinstance(source, InMemory)
    expected = open_answers(few, ROLES).source
    assert isinstance(expected, InMemory)
    assert_array_equal(source.rows.scores, expected.rows.scores)
    assert_array_equal(source.rows.weights, expected.rows.weights)


FAULTS: dict[str, dict[str, Any]] = {
    "a code that nobody named": {"web": [1, 2, 99]},
    "text among scores": {"web": ["1", "2", "gut"]},
    "several columns at once": {"web": [1, 2, 77], "nps": [9, 8, 88]},
    "another question": {"nps": [1, 2, 3]},
    "a missing column": {"nps": None},
    "a negative weight": {"w": [1.0, -2.0, 1.0]},
    "weights of 0": {"w": [0.0, 0.0, 0.0]},
}


@pytest.mark.parametrize("wrong", FAULTS)
def test_what_is_refused_in_a_file_is_refused_in_the_same_words(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    frame = frame_of(w=[1.0, 1.0, 1.0])
    for column, entries in FAULTS[wrong].items():
        frame = frame.drop(columns=column) if entries is None else frame.assign(**{column: entries})
    roles = ONE._replace(outcomes=(("nps", Codes(0, 10, kind="nps")),), weight="w")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    assert refused(in_spark(spark, frame), roles) == refused(to_parquet(frame, tmp_path), roles)


def refused(data: Any, roles: Roles) -> tuple[type, str]:
    with pytest.raises(CxlensError) as error:
        open_answers(data, roles)
    return type(error.value), str(error.value)


def test_nan_is_an_empty_cell_and_moments_have_no_zone(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    when = pd.to_datetime(["2024-01-31 23:30", "2024-02-01 00:30", "2024-02-01 01:30"])
    table = pa.table(
        {
            "web": pa.array([1.0, float("nan"), 3.0]),
            "nps": [9, 8, 7],
            "when": pa.array(when, pa.timestamp("us", tz="UTC")),
        }
    )
    roles = ONE._replace(labels={"when": "time"})
    there = spark.createDataFrame(table)
    assert str(there.schema["when"].dataType) == "TimestampType()"
    source = open_answers(there, roles).source
    assert isinstance(source, OnDisk)
    rows = together(list(source.batches()))
    assert_array_equal(rows.scores[:, 0], [1, np.nan, 3])
    assert not rows.unused.any()
    assert rows.labels["when"].tolist() == list(when)
    by_month = replace(source, period=("when", "month"))
    assert by_month.distinct("when") == ["2024-01", "2024-02"]


def test_answers_in_words_are_told_the_most_frequent_first(spark: Any) -> None:
    frame = frame_of(nps=["yes", "no", "no"]).loc[[0, 1, 2, 1]].assign(nps=["yes", "maybe", "no", "no"])
    roles = ONE._replace(outcomes=(("nps", Codes(0, 1, kind="binary", positive="yes")),))
    assert open_answers(in_spark(spark, frame), roles).notes == ("nps: yes counts as 1; as 0: no, maybe.",)


def test_another_time_zone_is_refused(spark: Any) -> None:
    with in_zone(spark, "Europe/Berlin"), pytest.raises(ValuesError) as error:
        open_answers(in_spark(spark, frame_of()), ONE)
    assert str(error.value) == (
        "the Spark session is in the time zone 'Europe/Berlin', so days would begin at other hours than elsewhere. "
        "Set it to UTC first: spark.conf.set('spark.sql.session.timeZone', 'UTC')."
    )


@contextmanager
def in_zone(spark: Any, zone: str) -> Iterator[None]:
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", zone)
    yield
    spark.conf.set("spark.sql.session.timeZone", before)


def test_the_session_stays_as_it_was(spark: Any) -> None:
    before = spark.conf.get("spark.sql.mapKeyDedupPolicy")
    assert before == "EXCEPTION"
    open_answers(in_spark(spark, frame_of()), ONE)
    assert spark.conf.get("spark.sql.mapKeyDedupPolicy") == before


def test_names_that_capitals_alone_tell_apart_are_refused(spark: Any) -> None:
    frame = frame_of(Web=[1, 1, 1])
    with pytest.raises(FileError) as error:
        open_answers(in_spark(spark, frame), ONE)
    assert str(error.value) == (
        "the Spark table's columns 'web' and 'Web' differ by capital letters only, which Spark cannot tell apart. "
        "Rename one of them."
    )


def test_names_with_signs_of_sql(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    name = "1. Web `site`, 'all'"
    frame = frame_of().rename(columns={"web": name})
    source = open_answers(in_spark(spark, frame), ONE._replace(touchpoints=((name,),))).source
    assert_array_equal(together(list(source.batches())).scores[:, 0], [1, 2, 3])


def test_other_doors_say_that_they_take_no_table_of_spark(spark: Any) -> None:
    with pytest.raises(ValuesError) as error:
        as_frame(in_spark(spark, frame_of()))
    assert str(error.value) == (
        "a table of Spark can be given to Survey and to JourneyLog only. Give its rows, if they are few: "
        "spark_df.toPandas(); or the path of a file."
    )


def test_what_spark_says_is_told_as_one_error(spark: Any) -> None:
    from pyspark.errors import PySparkException

    with pytest.raises(FileError) as error, told_of_spark():
        raise PySparkException("Job aborted due to stage failure.\nTask 0 failed")
    assert str(error.value) == (
        "the Spark table cannot be read: Job aborted due to stage failure. Try it by itself: spark_df.count()."
    )
    with pytest.raises(FileError) as error, told_of_spark():
        raise PySparkException("worker\nModuleNotFoundError: No module named 'cxlens'\n")
    assert str(error.value) == (
        "Spark's workers have no module 'cxlens'. Install cxlens where they run; on this machine say "
        "os.environ['PYSPARK_PYTHON'] = sys.executable before the session starts."
    )


def test_sums_of_many_partitions_are_added_up_before_they_come(
    spark: Any, frame: pd.DataFrame, two: tuple[OnDisk, OnDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(spark_tables, "TOGETHER", 2)
    there = open_answers(in_spark(spark, frame).repartition(5), ROLES).source
    assert isinstance(there, OnDisk)
    assert isinstance(there.files, SparkTable)
    assert (there.files.n, there.files.parts) == (N, 5)
    (expected, _), (found, _) = (moments(source, DESIGNS["quick"], NAMES, "area") for source in (two[0], there))
    assert_allclose(found.products, expected.products, rtol=1e-10, atol=1e-10)


def test_what_a_worker_refuses_comes_back_as_it_is(two: tuple[OnDisk, OnDisk]) -> None:
    _, there = two

    def refuses(rows: Any) -> int:
        raise ValuesError("no such thing")

    with pytest.raises(ValuesError, match=r"^no such thing$"):
        there.folded(refuses, sum)
