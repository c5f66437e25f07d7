"""Rows that stand for many: every figure of every verb is that of the table with its rows repeated."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import cxlens as cx
from cxlens.common.result import Result
from cxlens.errors import ColumnError, OptionError

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
KINDS = {"nps": "nps", "overall": "interval", "again": "binary", "grade": "ordinal"}


def table_of_counts(patterns: int = 220, seed: int = 3) -> pd.DataFrame:
    """Patterns of answers with the number of people who gave them, none among them."""
    rng = np.random.default_rng(seed)
    web, call = rng.integers(1, 6, (2, patterns))
    felt = (web + call) / 2 + rng.normal(0, 1, patterns)
    frame = pd.DataFrame(
        {
            "web": np.where(rng.random(patterns) < 0.1, 6, web),
            "call": np.where(rng.random(patterns) < 0.05, 0, call),
            "nps": np.clip(np.round(2 * felt), 0, 10),
            "overall": np.clip(np.round(felt), 1, 5),
            "again": (felt > 3).astype(int),
            "grade": np.clip(np.round(felt), 1, 3),
            "purpose": rng.choice(["work", "play"], patterns),
            "channel": rng.choice(["app", "desk"], patterns),
            "wave": rng.choice([2023, 2024, 2025], patterns),
            "home": rng.integers(0, 40, patterns),
            "w": rng.uniform(0.5, 2, patterns).round(2),
            "said": rng.choice(["slow queue", "friendly staff", "", "queue again"], patterns),
            "people": rng.integers(0, 6, patterns),
        }
    )
    few = (frame["purpose"] == "work") & (frame["wave"] == 2025)
    frame.loc[few, "people"] = [3, *[0] * (few.sum() - 1)]
    return frame


COUNTS = table_of_counts()
ANSWERS = COUNTS.loc[COUNTS.index.repeat(COUNTS["people"])]


def both(counts: pd.DataFrame = COUNTS, **roles: Any) -> tuple[cx.Survey, cx.Survey]:
    """The survey of a table of counts, and that of the same people one by one."""
    said = {
        "touchpoints": ["web", "call"], "outcome": KINDS, "scale": SCALE, "segments": ["purpose"],
        "time": "wave", "channel": "channel", "comments": {"web": "said"},
    }  # fmt: skip
    one_by_one = counts.loc[counts.index.repeat(counts["people"])]
    arguments = said | roles
    return cx.Survey(counts, **arguments, count="people"), cx.Survey(one_by_one, **arguments)


@cache
def both_of(**roles: str) -> tuple[cx.Survey, cx.Survey]:
    """Both of all people, read once for all verbs."""
    return both(**roles)


def assert_same(seen: Result, expected: Result) -> None:
    """Every sentence and table is the same, to the last digit."""
    assert str(seen) == str(expected)
    tables = {field.name: getattr(seen, field.name) for field in dataclasses.fields(seen)}
    for name, value in tables.items():
        if isinstance(value, pd.DataFrame):
            assert_frame_equal(value, getattr(expected, name), rtol=1e-12)
    assert seen.note == expected.note if hasattr(seen, "note") else True
    for name, part in getattr(seen, "parts", {}).items():
        assert_frame_equal(part, expected.parts[name], rtol=1e-12)


VERBS: dict[str, Callable[[cx.Survey], Result]] = {
    "baseline": cx.baseline,
    "baseline by purpose": lambda survey: cx.baseline(survey, by="purpose"),
    "baseline by purpose and wave": lambda survey: cx.baseline(survey, by=("purpose", "wave")),
    "ols": lambda survey: cx.drivers(survey, outcome="overall", by="purpose", n_boot=20),
    "nps": lambda survey: cx.drivers(survey, n_boot=20),
    "drop": lambda survey: cx.drivers(survey, missing="drop", n_boot=20),
    "impute": lambda survey: cx.drivers(survey, blanks="impute", n_boot=5),
    "logit": lambda survey: cx.drivers(survey, outcome="again", n_boot=5),
    "ordinal": lambda survey: cx.drivers(survey, outcome="grade", n_boot=5),
    "find_segments": lambda survey: cx.find_segments(survey, ["purpose", "channel"], outcome="overall"),
    "monitor": lambda survey: cx.monitor(survey),
    "monitor by purpose": lambda survey: cx.monitor(survey, metric="web", by="purpose"),
    "before_after": lambda survey: cx.before_after(survey, metric="nps", before=2023, after=2024, adjust=["purpose"]),
    "difference_in_differences": lambda survey: cx.difference_in_differences(
        survey, metric="overall", before=2023, after=2024, treated={"channel": "app"}
    ),
    "response_bias": lambda survey: cx.baseline(survey).response_bias({"purpose": {"work": 0.6, "play": 0.4}}),
    "blind_spots": lambda survey: cx.baseline(survey).blind_spots(),
    "consistency": lambda survey: cx.baseline(survey).consistency(),
    "comments": lambda survey: cx.baseline(survey).comments(),
    "sample_size": lambda survey: cx.sample_size(survey, measure="nps", margin=3),
    "sample_size by": lambda survey: cx.sample_size(survey, measure="mean", margin=0.1, by="purpose"),
    "what_if": lambda survey: cx.what_if(cx.drivers(survey, outcome="overall", n_boot=20), {"web": 0.3}),
    "dominance": lambda survey: cx.drivers(survey, outcome="overall", n_boot=20).dominance(),
    "shape": lambda survey: cx.drivers(survey, outcome="overall", n_boot=20).shape(),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_counts_people_not_rows(verb: str) -> None:
    seen, expected = both_of()
    assert seen.n == len(ANSWERS)
    assert_same(VERBS[verb](seen), VERBS[verb](expected))


@pytest.mark.parametrize("roles", [{"weight": "w"}, {"cluster": "home"}, {"weight": "w", "cluster": "home"}], ids=str)
@pytest.mark.parametrize("verb", ["baseline by purpose", "ols", "logit", "monitor", "before_after", "sample_size"])
def test_so_it_does_with_weights_and_clusters(verb: str, roles: dict[str, str]) -> None:
    seen, expected = both_of(**roles)
    assert_same(VERBS[verb](seen), VERBS[verb](expected))


@given(people=st.lists(st.integers(0, 4), min_size=12, max_size=12), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_any_counts_are_rows_repeated(people: list[int], seed: int) -> None:
    counts = table_of_counts(12, seed).assign(people=[*people[:-1], 6])
    seen, expected = both(counts, time=None, outcome="overall")
    assert_same(cx.baseline(seen, by="purpose"), cx.baseline(expected, by="purpose"))
    assert_frame_equal(seen.table, expected.table)


def test_small_cells_are_counted_in_people() -> None:
    seen, _ = both()
    cells = cx.monitor(seen, metric="overall", by="purpose").table.set_index(["segment", "wave"])
    assert pd.isna(cells.loc[("work", 2025), "n"])


def test_segments_of_counts_are_counted() -> None:
    seen, expected = both()
    work = cx.Segment("work", {"purpose": "work"})
    assert seen.where(work).n == expected.where(work).n
    assert repr(seen) == repr(expected)
    assert "Count: people." in seen._repr_html_()
    assert "Count:" not in expected._repr_html_()


# What cxlens was given before


def test_a_table_of_counts_is_its_people(shared: Path) -> None:
    counts = pd.read_csv(shared / "cases" / "28_frequency_table.csv")
    roles = {"touchpoints": ["web", "call"], "outcome": {"overall": "ordinal"}, "scale": cx.Scale(1, 5)}
    survey = cx.Survey(counts, **roles, count="people")
    row = cx.baseline(survey).table.iloc[0]
    assert [row["n"], *row[["mean", "low", "high"]].astype(float).round(2)] == [400, 2.92, 2.79, 3.06]
    coef = cx.drivers(survey, n_boot=0).table.set_index("touchpoint")["coef"]
    assert coef[["web", "call"]].round(3).tolist() == [1.284, 0.759]  # OrderedModel of statsmodels on single answers


def test_a_cross_table_of_nps_and_shop_is_its_people() -> None:
    answers = {"shop": ["A", "A", "B", "B"], "web": [2, 5, 3, 4], "nps": [3, 9, 6, 10], "n": [40, 60, 7, 3]}
    counts = pd.DataFrame(answers)
    survey = cx.Survey(counts, touchpoints=["web"], outcome={"nps": "nps"}, segments=["shop"], count="n")
    assert survey.n == 110
    outcomes = cx.baseline(survey, by="shop").outcomes
    assert outcomes["n"].tolist() == [100, 10]
    assert outcomes["value"].round(6).tolist() == [20, -40]


def test_a_census_is_not_one_person_a_row() -> None:
    counts = pd.DataFrame({"web": [1, 2, 3, 4, 5], "overall": [2, 2, 3, 4, 4], "n": [1000, 3000, 9000, 7000, 5000]})
    survey = cx.Survey(counts, touchpoints=["web"], outcome="overall", count="n")
    row = cx.baseline(survey).table.iloc[0]
    scores = np.repeat(counts["web"], counts["n"])
    half = 1.959964 * scores.std() / np.sqrt(len(scores))
    assert row["n"] == 25_000
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half, rel=1e-3)


# Which columns may say so


FAULTS: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"respondent": "home"},
        OptionError,
        "a row that stands for many is not one respondent: give count='people' or respondent='home', not both. "
        "Answers that belong together, such as those of a household, go to cluster=.",
    ),
    (
        {"weight": "people"},
        ColumnError,
        "count column 'people' is also the weight. Counts come in a column of their own.",
    ),
    (
        {"touchpoints": ["web", "people"]},
        ColumnError,
        "count column 'people' is also a touchpoint. Counts come in a column of their own.",
    ),
    (
        {"outcome": "people"},
        ColumnError,
        "count column 'people' is also an outcome. Counts come in a column of their own.",
    ),
    (
        {"segments": ["people"]},
        ColumnError,
        "count column 'people' is also named for segment. Counts come in a column of their own.",
    ),
]


@pytest.mark.parametrize(("roles", "kind", "message"), FAULTS)
def test_counts_of_two_jobs(roles: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as error:
        both(**roles)
    assert type(error.value) is kind
    assert str(error.value) == message


def test_a_study_file_names_the_counts(tmp_path: Path) -> None:
    COUNTS.to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "Counts"\n[survey]\ndata = "answers.csv"\ncount = "people"\n'
        '[survey.touchpoints]\nweb = "web"\n[survey.outcomes]\noverall = "interval"\n',
        encoding="utf-8",
    )
    study = cx.Study.from_toml(tmp_path / "study.toml")
    assert study.survey().n == len(ANSWERS)


# Weights that look like counts


ASKED = (
    "weight column 'people' holds whole numbers, and no two rows are alike. If they say how many people a row stands "
    "for, say count='people' instead of weight='people': as weights, n counts rows, and intervals are those of so few "
    "answers."
)


def weighted(frame: pd.DataFrame, **roles: Any) -> list[str]:
    """What is warned of when a column is named as the weight."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cx.Survey(frame, **{"touchpoints": ["web"], "outcome": "overall", "weight": "people"} | roles)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


def pairs(people: object, rows: int = 25) -> pd.DataFrame:
    """All pairs of two answers from 1 to 5."""
    web, overall = np.divmod(np.arange(rows), 5)
    return pd.DataFrame({"web": web + 1, "overall": overall + 1, "people": people, "id": np.arange(rows)})


def test_weights_that_look_like_counts_raise_the_question() -> None:
    assert weighted(pairs(range(1, 26))) == [ASKED]
    assert weighted(pairs(range(1000, 1025))) == [ASKED]  # every cell is listed, all of them large
    assert weighted(pairs([0.0, 1.0, *[3.0] * 23])) == [ASKED]


def test_so_does_a_long_table_of_rare_patterns() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 8, (60, 6)), columns=list("abcdef")).drop_duplicates()
    frame = frame.assign(overall=3, people=np.where(np.arange(len(frame)) < 50, 1, 2))
    assert weighted(frame, touchpoints=list("abcdef")) == [ASKED]


def test_ordinary_weights_raise_no_question() -> None:
    assert weighted(pairs(np.linspace(0.4, 2.5, 25))) == []
    assert weighted(pairs(1)) == []
    assert weighted(pairs([0, *[1] * 24])) == []
    assert weighted(pairs(range(1, 10), rows=9)) == []  # too few rows to tell
    alike = pd.concat([pairs(range(1, 26)), pairs(range(1, 26))])
    assert weighted(alike) == []
    assert weighted(pairs(range(1, 26)), respondent="id") == []
    assert weighted(pairs(range(1, 26)), weight=None, count="people") == []


def test_weights_that_add_up_to_a_population_raise_no_question() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.integers(1, 6, (300, 8)), columns=list("abcdefgh")).drop_duplicates()
    frame = frame.assign(overall=3, people=rng.integers(180, 950, len(frame)))
    assert weighted(frame, touchpoints=list("abcdefgh")) == []


def test_the_airport_survey_raises_no_question() -> None:
    cx.datasets.load_airport()
