"""Columns to split on: levels, deciles, sums by level, hidden values, words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.errors import ValuesError
from cxlens.stages.drivers.ask import ask
from cxlens.stages.drivers.split_columns import columns_of, level_sums, words_of_levels


def frame(n: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    made = pd.DataFrame(rng.integers(1, 6, (n, 2)), columns=["web", "call"])
    made["y"] = made["web"] + rng.normal(size=n)
    made["age"] = np.where(rng.random(n) < 0.05, np.nan, rng.integers(18, 70, n))
    made.loc[made["age"] == 40, "age"] = 41
    made.loc[:2, "age"] = 40  # a value of three people
    return made


def survey(data=None) -> cx.Survey:
    given = frame() if data is None else data
    return cx.Survey(given, touchpoints=["web", "call"], outcome="y", scale=cx.Scale(1, 5), segments=["age"])


def test_many_numbers_become_ten_groups_of_about_as_many():
    made = survey()
    (column,) = columns_of(made, ["age"])
    sums = level_sums(made, ask(made), column)
    assert column.cut
    assert len(column.values) == 11  # and those who do not say
    assert sums.rows.sum() == 500
    assert np.ptp(sums.rows[:-1]) < 30
    ages = frame()["age"]
    for level, n in zip(sums.levels[:-1], sums.rows[:-1], strict=True):
        low, high = map(int, level.split(" to "))
        assert n == ages.between(low, high).sum()
    assert sums.rows[-1] == ages.isna().sum()


def test_rows_of_hidden_values_are_counted():
    made = survey()
    (column,) = columns_of(made, ["age"])
    assert "40" in column.hidden
    sums = level_sums(made, ask(made), column)
    ages = frame()["age"]
    for level, hidden in zip(sums.levels[:-1], sums.hidden[:-1], strict=True):
        low, high = map(int, level.split(" to "))
        inside = ages[ages.between(low, high)].astype(int).astype(str)
        assert hidden == inside.isin(column.hidden).sum()


def test_ranges_in_words():
    made = survey()
    (column,) = columns_of(made, ["age"])
    names = [name for name in column.values if " to " in name]
    assert words_of_levels(column, tuple(names[:2])) == f"up to {names[1].split(' to ')[1]}"
    assert words_of_levels(column, tuple(names[5:])) == f"from {names[5].split(' to ')[0]}"
    assert words_of_levels(column, tuple(names[2:4])) == f"{names[2].split(' to ')[0]} to {names[3].split(' to ')[1]}"


def test_on_disk_many_numbers_are_refused(tmp_path, monkeypatch):
    frame().to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 100)
    made = survey(str(tmp_path / "a.parquet"))
    with pytest.raises(ValuesError) as error:
        columns_of(made, ["age"])
    assert str(error.value) == (
        "column 'age' has 52 values, and the answers are on disk; 30 is the most. "
        "Join them to fewer groups first, such as regions or age bands."
    )
