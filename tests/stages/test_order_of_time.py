"""One order of time for every verb and picture: waves in words give what the same waves in numbers give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.values import wave_words

N = 1200
NUMBERS = np.arange(N) % 12 + 1
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
FORMS: dict[str, list[Any]] = {
    "counted": [f"W{k}" for k in range(1, 13)],
    "months": [f"{month} 2024" for month in MONTHS],
    "quarters": [f"Q{k % 4 + 1} {2022 + k // 4}" for k in range(12)],
    "day first": [f"13/{k:02}/2024" for k in range(1, 13)],
    "dates": list(pd.date_range("2023-09-01", periods=12, freq="MS")),
    "business years": [f"{2000 + k}/{k + 1:02}" for k in range(12)],
}
WORDS: dict[str, Any] = {"ordered categories": ["first", "2nd", *"zyxwvutsrq"]} | FORMS


def answers(waves: list[Any] | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    web = np.clip(np.round(rng.normal(2 + NUMBERS / 6, 1)), 1, 5)
    overall = np.clip(web + rng.integers(-1, 2, N), 1, 5)
    frame = pd.DataFrame({"web": web, "call": rng.integers(1, 6, N), "all": overall, "area": rng.choice(["N", "S"], N)})
    frame["felt"] = rng.integers(1, 6, N)
    if waves is None:
        return frame.assign(wave=NUMBERS)
    chosen = pd.Series(waves, dtype=None if isinstance(waves[0], pd.Timestamp) else "object").iloc[NUMBERS - 1]
    frame["wave"] = chosen.array
    if waves is WORDS["ordered categories"]:
        frame["wave"] = pd.Categorical(frame["wave"], waves, ordered=True)
    return frame


def survey(frame: Any, **options: Any) -> cx.Survey:
    given: dict[str, Any] = {"touchpoints": ["web", "call"], "outcome": "all", "time": "wave", "segments": ["area"]}
    return cx.Survey(frame, **(given | {"scale": cx.Scale(1, 5), "emotion": {"web": "felt"}} | options))


@cache
def of_form(form: str) -> cx.Survey:
    return survey(answers(WORDS[form]))


def difference(made: cx.Survey) -> pd.DataFrame:
    before, after = made.waves[8:10], made.waves[10]
    treated = {"area": "N"}
    return cx.difference_in_differences(made, metric="web", before=before, after=after, treated=treated).table


VERBS: dict[str, Callable[[cx.Survey], pd.DataFrame]] = {
    "baseline": lambda made: cx.baseline(made).table,
    "baseline by wave": lambda made: cx.baseline(made, by="wave").table.drop(columns="segment"),
    "baseline by area and wave": lambda made: cx.baseline(made, by=("area", "wave")).table.drop(columns="wave"),
    "pitfalls": lambda made: cx.baseline(made).pitfalls().table,
    "emotion by wave": lambda made: cx.baseline(made, by="wave").emotion().table.drop(columns="segment"),
    "drivers by wave": lambda made: cx.drivers(made, by="wave", n_boot=0).table.drop(columns="segment"),
    "monitor": lambda made: cx.monitor(made).table.drop(columns="wave"),
    "monitor by area": lambda made: cx.monitor(made, by="area").table.drop(columns="wave"),
    "first to last": lambda made: cx.monitor(made).overall.drop(columns=["first", "last"]),
    "before and after": lambda made: (
        cx.before_after(made, metric="web", before=made.waves[0], after=made.waves[9]).table
    ),
    "difference in differences": difference,
}


@cache
def expected_of(verb: str) -> pd.DataFrame:
    """What the same waves in numbers give."""
    return VERBS[verb](survey(answers()))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("form", WORDS)
def test_every_verb_has_the_order_of_time(form: str, verb: str) -> None:
    made = of_form(form)
    assert made.waves == WORDS[form]
    columns = VERBS[verb](made)
    expected = expected_of(verb)
    if verb == "drivers by wave":  # numbers are sorted as text there
        columns, expected = (table.sort_values(list(table), ignore_index=True) for table in (columns, expected))
    pd.testing.assert_frame_equal(columns, expected)


@pytest.mark.parametrize("form", FORMS)
def test_waves_stand_in_order_in_tables(form: str) -> None:
    made = of_form(form)
    names = [wave_words(wave) for wave in FORMS[form]]
    for table in (cx.baseline(made, by="wave").table, cx.drivers(made, by="wave", n_boot=0).table):
        assert table["segment"].unique().tolist() == names
    monitor = cx.monitor(made)
    assert monitor.table["wave"].tolist() == FORMS[form]
    ticks = monitor.plot().get_xticklabels()
    told = [tick.get_text().replace("\n", " ") for tick in ticks]
    assert told[0] == names[0][: len(told[0])]
    assert made.where(cx.Segment("late", {"wave": FORMS[form][9:]})).waves == FORMS[form][9:]


def test_waves_may_be_named_by_their_words() -> None:
    numbers = survey(answers())
    given = {"metric": "web", "before": ["2", "1"], "after": "10"}
    named = cx.before_after(numbers, **given)
    assert (named.before, named.after) == ((1, 2), (10,))
    dates = survey(answers(FORMS["dates"]))
    told = cx.before_after(dates, metric="web", before="2023-09-01", after="2024-08-01")
    assert str(told).startswith("Web satisfaction rose by ")
    assert "from 2023-09-01 to 2024-08-01" in str(told)
    as_dates = cx.before_after(dates, metric="web", before=dt.date(2023, 9, 1), after=dt.date(2024, 8, 1))
    assert str(as_dates) == str(told)


def test_days_of_few_answers_ask_for_a_period() -> None:
    days = pd.date_range("2024-01-01", periods=N).array
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(survey(answers().assign(wave=days)))
    assert str(error.value) == (
        "metric 'all' has fewer than 5 answers in every wave. Join dates: Survey(..., period='month'), or choose "
        "another metric."
    )
    by_year = cx.monitor(survey(answers().assign(wave=days), period="year")).table
    assert by_year["wave"].tolist() == ["2024", "2025", "2026", "2027"]


def test_no_waves_at_all() -> None:
    for nothing in (None, "", pd.NaT):
        empty = survey(answers().assign(wave=nothing))
        for asked in (cx.monitor, lambda made: cx.before_after(made, metric="web", before=1, after=2)):
            with pytest.raises(cx.CxlensError) as error:
                asked(empty)
            assert str(error.value) == (
                "time column 'wave' is empty, so there are no waves. Fill it, or name another: "
                "Survey(..., time='column')."
            )
        assert "trend" not in cx.baseline(empty).table


def test_waves_of_unknown_order() -> None:
    made = survey(answers().assign(wave=np.where(NUMBERS > 6, "post", "pre")))
    said = (
        "the waves of 'wave' cannot be put in order of time: post, pre. Write them as dates, as numbers or counted "
        '("W1", "Q1 2024", "Jan 2024"), or say their order: '
        "data['wave'] = pd.Categorical(data['wave'], [first, ..., last], ordered=True)."
    )
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(made)
    assert str(error.value) == said
    rated = cx.baseline(made)
    assert "trend" not in rated.table
    assert f"No trend: {said}" in rated.note
    assert cx.baseline(made, by="wave").table["segment"].unique().tolist() == ["post", "pre"]
    assert cx.before_after(made, metric="web", before="pre", after="post").estimate > 0
    assert len(cx.before_after(made, metric="web", before="pre", after="post").explore().controls) > 0


def test_answers_without_a_wave_are_counted_in_notes() -> None:
    undated = answers(FORMS["counted"])
    undated.loc[:19, "wave"] = None
    made = survey(undated, segments=[])
    assert "20 answers without a wave are left out." in cx.monitor(made).note
    assert "20 answers without a wave are left out." in cx.baseline(made).note
    few = answers(FORMS["counted"])
    few.loc[:2, "wave"] = None
    note = cx.monitor(survey(few, segments=[])).note
    assert "Answers without a wave are left out: fewer than 5 answers, or hidden to protect people." in note


def test_blank_waves_are_counted_in_the_note() -> None:
    frame = answers()
    small = frame[(frame["wave"] < 11) | (frame.index < 36)]
    assert "Blank waves: 2 of 12." in cx.monitor(survey(small, segments=[])).note


def test_codes_of_a_csv_file_are_segments_as_they_are_written(tmp_path: Path) -> None:
    codes = np.array(["02134", "00501", "10001", "94105"])[NUMBERS % 4]
    shops = np.array(["1E5", "100000", "77"])[NUMBERS % 3]
    frame = answers().assign(zip=codes, shop=shops)
    frame.to_csv(tmp_path / "a.csv", index=False)
    for data in (frame, tmp_path / "a.csv"):
        made = survey(data, segments=["zip", "shop"])
        assert set(cx.baseline(made, by="zip").table["segment"]) == set(codes)
        assert set(cx.baseline(made, by="shop").table["segment"]) == set(shops)
    assert made.waves == list(range(1, 13))
