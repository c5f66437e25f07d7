"""The labels of a survey at its door."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.engine.tables import OnDisk

N = 400
IDS = np.arange(123_456_789_012_345_000, 123_456_789_012_345_000 + N)
ANSWERS = pd.DataFrame(
    {
        "web": np.arange(N) % 5 + 1,
        "all": np.arange(N) // 2 % 5 + 1,
        "day": pd.to_datetime("2023-11-01") + pd.to_timedelta(np.arange(N) // 2, unit="D"),
        "who": ["NA" if k % 4 == 0 else f"p{k}" for k in range(N)],
        "code": np.arange(N) % 4,
    }
)


def survey(data: Any, **options: Any) -> cx.Survey:
    return cx.Survey(data, touchpoints=["web"], outcome="all", **options)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The answers in a file that is read in batches."""
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    ANSWERS.to_parquet(tmp_path / "a.parquet", index=False)
    return tmp_path / "a.parquet"


def refusal(data: Any, **options: Any) -> str:
    with pytest.raises(cx.CxlensError) as error:
        survey(data, **options)
    return str(error.value)


@pytest.mark.parametrize(
    ("period", "waves"),
    [
        ("month", ["2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]),
        ("quarter", ["2023 Q4", "2024 Q1", "2024 Q2"]),
        ("year", ["2023", "2024"]),
    ],
)
def test_dated_answers_by_period(period: Any, waves: list[str], stored: Path) -> None:
    made = [survey(data, time="day", period=period) for data in (ANSWERS, ANSWERS.astype({"day": str}), stored)]
    assert isinstance(made[2].source, OnDisk)
    assert made[0].period == period
    tables_of_waves = [cx.monitor(each).table for each in made]
    for each, table in zip(made, tables_of_waves, strict=True):
        assert each.waves == waves
        assert table["wave"].tolist() == waves
        pd.testing.assert_frame_equal(table, tables_of_waves[0])
    by_month = ANSWERS.groupby(ANSWERS["day"].dt.to_period(period[0].upper()))["all"].mean()
    np.testing.assert_allclose(tables_of_waves[0]["value"], by_month)


ORDER = ["pre", "during", "post"]
CATEGORIES: dict[str, Any] = {
    "pandas": lambda frame, _: frame,
    "Arrow": lambda frame, _: pa.Table.from_pandas(frame),
    "Parquet": lambda frame, path: frame.to_parquet(path) or path,
    "polars": lambda frame, _: pl.from_pandas(frame.astype({"when": str})).cast({"when": pl.Enum(ORDER)}),
}


@pytest.mark.parametrize("form", CATEGORIES)
def test_ordered_categories_keep_their_order(form: str, tmp_path: Path) -> None:
    when = pd.Categorical(["post", "pre"] * (N // 2), ORDER, ordered=True)
    made = survey(CATEGORIES[form](ANSWERS.assign(when=when), tmp_path / "a.parquet"), time="when")
    assert made.waves == ["pre", "post"]
    assert cx.monitor(made).table["wave"].tolist() == ["pre", "post"]
    assert made.where(cx.Segment("all of it", {"when": ["post", "pre"]})).waves == ["pre", "post"]
    unordered = ANSWERS.assign(when=pd.Categorical(when.astype(str), ORDER))
    with pytest.raises(cx.CxlensError, match="cannot be put in order of time"):
        cx.monitor(survey(unordered, time="when"))


def test_ids_that_stand_for_nobody_count_one_by_one(stored: Path) -> None:
    named = ANSWERS.assign(who=[None if name == "NA" else name for name in ANSWERS["who"]])
    expected = cx.baseline(survey(named, respondent="who")).table
    for data in (ANSWERS, stored):
        made = survey(data, respondent="who", unknown=["NA"])
        assert made.unknown == ("NA",)
        pd.testing.assert_frame_equal(cx.baseline(made).table, expected)
        with pytest.warns(
            UserWarning, match=r"respondent column 'who': 'NA' stands in 100 rows, the next id in 1\."
        ) as told:
            as_one = survey(data, respondent="who")
        assert __file__ in [warning.filename for warning in told]
        assert as_one.source.repeats("who")  # an id that reads "NA" is an id


def test_numbers_may_stand_for_nobody(stored: Path) -> None:
    for data in (ANSWERS, stored):
        made = survey(data, cluster="code", unknown=[0])
        assert made.source.missing("code") == N // 4
        assert made.source.distinct("code") == [1, 2, 3]


def test_unknown_ids_need_ids() -> None:
    assert refusal(ANSWERS, unknown=["NA"]) == (
        "unknown= names ids that stand for nobody, but the survey has no ids. "
        "Name their column: Survey(..., respondent='column') or cluster='column'."
    )
    assert refusal(ANSWERS, respondent="who", unknown="NA") == "unknown='NA' is one value. Give a list: unknown=['NA']."


def test_ids_of_18_digits_are_one_person_each(tmp_path: Path) -> None:
    frame = ANSWERS.assign(who=IDS)
    frame.to_csv(tmp_path / "a.csv", index=False)
    expected = cx.monitor(survey(ANSWERS, time="day", period="year")).table
    for data in (frame, tmp_path / "a.csv", pa.Table.from_pandas(frame)):
        made = survey(data, time="day", period="year", respondent="who")
        pd.testing.assert_frame_equal(cx.monitor(made).table, expected)
    assert refusal(frame.astype({"who": float}), respondent="who") == (
        "respondent column 'who' holds numbers of 16 digits or more as fractions, which have lost their last "
        "digits. Read the column as text: pd.read_csv(path, dtype={'who': str})."
    )


@pytest.mark.parametrize("role", ["segments", "channel", "time"])
def test_labels_that_look_alike_are_refused(role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = ANSWERS.assign(area=["W1", "w1 "] * (N // 2))
    given = {role: ["area"] if role == "segments" else "area"}
    said = (
        f"{role.removesuffix('s')} column 'area' holds entries that look alike: 'W1' and 'w1 '. If they are one, write "
        "them alike, such as by data['area'] = data['area'].str.strip().str.capitalize() (a file is read by "
        "data = cx.read_answers(path)); if not, give them names that differ."
    )
    assert refusal(frame, **given).replace("'w1 ' and 'W1'", "'W1' and 'w1 '") == said
    frame.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    assert refusal(tmp_path / "a.parquet", **given).replace("'w1 ' and 'W1'", "'W1' and 'w1 '") == said


def test_ids_with_blanks_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = ANSWERS.assign(who=["p1", "p1 ", *(f"x{k} " for k in range(N - 2))])
    said = (
        "respondent column 'who' holds entries that look alike: 'p1' and 'p1 '. If they are one, write them alike, "
        "such as by data['who'] = data['who'].str.strip() (a file is read by data = cx.read_answers(path)); if not, "
        "give them names that differ."
    )
    assert refusal(frame, respondent="who") == said
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    frame.to_parquet(tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet", respondent="who") == said
    frame[1:].to_parquet(tmp_path / "a.parquet")
    assert survey(tmp_path / "a.parquet", respondent="who").n == N - 1


def test_text_that_is_free_may_look_alike() -> None:
    frame = ANSWERS.assign(said=["good", "Good"] * (N // 2))
    assert survey(frame, comments={"web": "said"}).n == N


def test_lists_are_no_labels() -> None:
    frame = ANSWERS.assign(area=[["a", "b"]] * N)
    assert refusal(frame, segments=["area"]) == (
        "segment column 'area' holds several choices in a cell, such as ['a', 'b']. Give each choice a column of its "
        "own: frame['area'].str.join('|').str.get_dummies()."
    )


def test_dates_in_a_large_file_are_dates(stored: Path) -> None:
    ANSWERS.assign(day=ANSWERS["day"].dt.tz_localize("UTC")).to_parquet(stored)
    assert refusal(stored, time="day", period="month") == (
        "period='month' of a large Parquet file needs dates without a time zone in 'day', which holds "
        "timestamp('UTC', 6). Write it as dates, or give a frame."
    )


def test_times_in_a_large_file_are_checked(stored: Path) -> None:
    ANSWERS.assign(day=pd.to_timedelta(ANSWERS["web"], unit="min")).to_parquet(stored)
    assert refusal(stored, time="day") == (
        "time column 'day' holds durations: they say how long, not when. Give dates or waves."
    )
    ANSWERS.assign(day=["2024-01-05T08:00Z", "2024-01-05T09:00"] * (N // 2)).to_parquet(stored)
    assert refusal(stored, time="day") == (
        "time column 'day' mixes times with a time zone (2024-01-05T08:00Z) and without (2024-01-05T09:00), so their "
        "order is not known. Give all of them a zone, or none."
    )
    ANSWERS.assign(who=IDS.astype(float)).to_parquet(stored)
    assert refusal(stored, cluster="who") == (
        "cluster column 'who' holds numbers of 16 digits or more as fractions, which have lost their last "
        "digits. Read the column as text: pd.read_csv(path, dtype={'who': str})."
    )


def test_durations_and_periods_say_no_wave() -> None:
    waits = ANSWERS.assign(day=pd.to_timedelta(ANSWERS["web"], unit="min"))
    assert refusal(waits, time="day") == (
        "time column 'day' holds durations: they say how long, not when. Give dates or waves."
    )
    months = ANSWERS.assign(day=ANSWERS["day"].dt.to_period("M"))
    assert refusal(months, time="day") == (
        "time column 'day' holds periods of time. Turn them into dates: data['day'].dt.to_timestamp()."
    )


def test_mixed_time_zones_are_refused() -> None:
    mixed = [dt.datetime(2024, 1, 5), dt.datetime(2024, 1, 6, tzinfo=dt.UTC)]
    said = refusal(ANSWERS.assign(day=pd.Series(mixed * (N // 2), dtype=object)), time="day")
    assert said == (
        "time column 'day' mixes times with a time zone (2024-01-06 00:00:00+00:00) and without (2024-01-05 00:00:00), "
        "so their order is not known. Give all of them a zone, or none."
    )
