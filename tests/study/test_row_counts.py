"""Counts that nobody named beside the answers: asked about, or shown the door of tables of means and shares."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.files.answers import read_table
from cxlens.study import row_counts
from cxlens.study.row_counts import counts_in, list_combinations, refuse_fractions, small_table

WEB, CALL = (digits + 1 for digits in np.divmod(np.arange(25), 5))
PEOPLE = np.arange(25) % 7 + 1
CELLS = pd.DataFrame({"web": WEB, "call": CALL, "anzahl": PEOPLE})
SHOPS = pd.DataFrame(
    {"shop": ["A", "B", "C"], "year": 2025, "n": [80, 70, 75], "web": [64.3, 50.5, 61.0], "call": [41.5, 39.0, 52.3]}
)
ASKED = (
    "column 'anzahl' is not used, and looks like the number of answers that a row stands for: each row counts as one "
    "answer. If a row is a combination of scores, say count='anzahl'; if not, drop the column."
)
REFUSED = (
    "'web', 'call' hold fractions beside counts in 'n', as a table of means or shares does, not one of answers. "
    "For means: cx.Aggregates(data, n='n', mean={'web': 'web', 'call': 'call'}, sd=..., unit=..., time=...); for "
    "shares: cx.Aggregates(data, n='n', shares={'top box': {'web': 'web', 'call': 'call'}}, unit=..., time=...). If "
    "each row is one answer, drop 'n'."
)


def asked(data: Any, **roles: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cx.Survey(data, **{"touchpoints": ["web"], "outcome": "call"} | roles)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


def saved(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


def test_a_table_of_counts_is_asked_about(tmp_path: Path) -> None:
    assert asked(CELLS) == [ASKED]
    assert asked(saved(CELLS, tmp_path / "cells.csv")) == [ASKED]
    assert asked(CELLS.rename(columns={"anzahl": "Cases"})) == [ASKED.replace("anzahl", "Cases")]


def test_nothing_is_asked_of_answers() -> None:
    assert asked(CELLS, count="anzahl") == []
    assert asked(CELLS.assign(id=range(25))) == []  # people with ids
    assert asked(pd.concat([CELLS, CELLS])) == []  # two rows are alike
    assert asked(CELLS.assign(anzahl=1)) == []
    assert asked(CELLS.rename(columns={"anzahl": "visits"})) == []


@pytest.mark.parametrize("scale", [None, cx.Scale(1, 5), cx.Scale(0, 100)])
@pytest.mark.parametrize("form", ["frame", "points", "commas"])
def test_figures_called_by_touchpoints_are_shown_their_door(form: str, scale: Any, tmp_path: Path) -> None:
    data: Any = SHOPS
    if form == "points":
        data = saved(SHOPS, tmp_path / "shops.csv")
    elif form == "commas":
        data = tmp_path / "shops.csv"
        SHOPS.to_csv(data, index=False, sep=";", decimal=",")
    for call in (lambda: cx.Survey(data, touchpoints=["web", "call"], outcome="year", scale=scale), cx.suggest):
        with pytest.raises(ValuesError) as error:
            call(data) if call is cx.suggest else call()
        assert str(error.value) == REFUSED


def test_the_call_that_is_shown_gives_the_shares_of_all_answers() -> None:
    named = {"web": "web", "call": "call"}
    table = cx.Aggregates(SHOPS, n="n", shares={"top box": named}, unit="shop", time="year")
    answers = np.rint(SHOPS["web"] * SHOPS["n"] / 100).sum()
    assert cx.baseline(table).table["top_box"].iloc[0] == pytest.approx(answers / SHOPS["n"].sum())


def test_suggest_asks_about_counts_and_reads_them() -> None:
    suggestion = cx.suggest(CELLS.assign(nps=np.arange(25) % 11))
    (question,) = suggestion.questions
    assert str(question) == (
        "Does 'anzahl' say how many answers a row stands for? If not: count=False. Answer with count='anzahl', "
        "or count=False"
    )
    survey = suggestion.survey(count="anzahl")
    assert survey.n == PEOPLE.sum()
    assert cx.baseline(survey).table["mean"].iloc[0] == pytest.approx(np.average(WEB, weights=PEOPLE))
    with pytest.warns(UserWarning, match="^column 'anzahl' is not used"):
        assert suggestion.survey(count=False).n == 25


def test_what_tells_counts() -> None:
    assert counts_in(CELLS, ["web"]) == "anzahl"
    assert counts_in(CELLS, ["anzahl"]) is None
    assert counts_in(CELLS[["anzahl"]], []) is None
    refuse_fractions(SHOPS.drop(columns="call"))  # one column of fractions may be a weight


def test_large_tables_are_not_looked_at(tmp_path: Path) -> None:
    long = pd.DataFrame({"web": np.ones(5_000, int)})
    assert small_table(long) is None
    assert small_table(saved(long.assign(text="x" * 100), tmp_path / "long.csv")) is None
    assert small_table([1, 2]) is None


# Where there is nothing to find


def answers_of(n: int, touchpoints: int, rng: np.random.Generator) -> pd.DataFrame:
    """Ordinary answers, which go together as those of people do."""
    felt = rng.normal(0, 1, n)
    rows = {}
    for place in range(touchpoints):
        rows[f"t{place}"] = np.clip(np.round(3.7 + 0.6 * felt + rng.normal(0, 0.9, n)), 1, 5)
    rows["nps"] = np.clip(np.round(7.5 + 1.5 * felt + rng.normal(0, 1.5, n)), 0, 10)
    rows["region"] = rng.choice(["north", "south", "east"], n)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("n", [30, 300])
def test_how_often_people_come_is_seldom_taken_for_counts(n: int) -> None:
    taken = dict.fromkeys(["frequency", "cases", "adults"], 0)
    for seed in range(50):
        rng = np.random.default_rng(seed)
        rows = answers_of(n, 6, rng)
        frequency = rng.integers(1, 6, n)
        cases = rng.poisson(0.8, n)
        adults = rng.choice([1, 2, 3, 4], n, p=[0.4, 0.45, 0.1, 0.05])
        taken["frequency"] += counts_in(rows.assign(frequency=frequency), ["t0"]) is not None
        taken["cases"] += counts_in(rows.assign(cases=cases, t0=rows["t0"] / 2), ["t0"]) is not None
        taken["adults"] += list_combinations(rows.astype(str), pd.Series(adults))
    assert max(taken.values()) <= 2  # of 50


@pytest.mark.parametrize(("touchpoints", "people"), [(1, 200), (1, 5_000), (3, 200), (3, 2_000), (6, 1_000)])
def test_counts_of_the_same_answers_are_found(touchpoints: int, people: int) -> None:
    rows = answers_of(people, touchpoints, np.random.default_rng(touchpoints))
    cells = rows.groupby(list(rows), as_index=False).size().rename(columns={"size": "n"})
    assert counts_in(cells, ["t0"]) == "n"


def test_what_tells_combinations() -> None:
    grid = CELLS[["web", "call"]]
    assert list_combinations(grid, pd.Series([0, *range(5, 29)]))  # chance would make rows alike
    assert not list_combinations(pd.concat([grid, grid.head(1)]), pd.Series([1] * 26))
    rare = pd.DataFrame({"said": range(6), "where": list("aabbcc")})
    assert list_combinations(rare.head(0), pd.Series([], dtype=int)) is False
    wide = rare.assign(when=range(6))
    assert list_combinations(wide, pd.Series([1, 1, 1, 1, 2, 9]))
    assert not list_combinations(wide, pd.Series([1, 1, 1, 2, 2, 9]))  # most were given more than once
    assert not list_combinations(wide, pd.Series([0, 1, 1, 1, 1, 9]))  # nobody lists what was never said


def test_one_answer_has_no_fraction() -> None:
    shops = SHOPS.assign(n=[1, 70, 75], web=[64.3, 50.5, 61.0])
    assert counts_in(shops, ["web", "call"]) is None
    assert counts_in(shops.assign(web=[64, 50.5, 61.0], call=[41, 39.0, 52.3]), ["web", "call"]) == "n"


def test_a_small_file_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def counting(data: Any, *arguments: Any) -> Any:
        looked.append(data)
        return read_table(data, *arguments)

    monkeypatch.setattr(row_counts, "read_table", counting)
    path = saved(pd.concat([CELLS.drop(columns="anzahl")] * 2), tmp_path / "answers.csv")
    assert asked(path) == []
    assert looked == [path]
