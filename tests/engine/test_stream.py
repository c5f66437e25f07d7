"""The quick pass over a Parquet file: held against the general one, sum by sum."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.engine import moments as engine
from cxlens.engine import stream as quick
from cxlens.engine.moments import BLOCKS, Column, Design, moments
from cxlens.engine.stream import can_stream, stream
from cxlens.engine.tables import Codes, OnDisk, Roles

NAMES = ("web", "call", "shop")
SUMS = ("products", "rows", "squares", "scored", "counts")


def players(*places: int) -> tuple[tuple[Column, ...], ...]:
    return tuple((Column("score", (place,)),) for place in places)


def answers(n: int = 4000) -> pd.DataFrame:
    """Scores with codes and gaps, outcomes with gaps, segments with gaps, weights with zeros; simulated."""
    rng = np.random.default_rng(3)
    shares = [0.03, 0.1, 0.17, 0.2, 0.2, 0.2, 0.1]
    frame = pd.DataFrame({name: rng.choice([0, 1, 2, 3, 4, 5, 6], n, p=shares) for name in NAMES}).astype("Int8")
    frame.loc[rng.random(n) < 0.04, "call"] = pd.NA
    frame["nps"] = pd.array(rng.integers(0, 11, n), dtype="Int64")
    frame.loc[rng.random(n) < 0.05, "nps"] = pd.NA
    frame["mood"] = np.where(rng.random(n) < 0.05, np.nan, rng.normal(size=n))
    frame["weight"] = rng.choice([0.0, 0.5, 1.0, 1.7], n)
    frame["area"] = rng.choice(["North", "South", "NA", None], n)
    frame["year"] = rng.choice([2023.0, 2024.0, np.nan], n)
    frame["group"] = rng.choice(["a", "b"], n)
    frame["who"] = np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, n // 3, n))
    return frame


def opened(path: Path, *, weight: str | None = None, codes: Codes | None = Codes(1, 5, (6,), (0,))) -> OnDisk:  # noqa: B008
    labels = dict.fromkeys(("area", "year", "group", "who"), "segment")
    outcomes = (("nps", Codes(0, 10)), ("mood", None))
    return OnDisk(path, Roles(tuple((name,) for name in NAMES), codes, outcomes, weight, labels))


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("stream") / "answers.parquet"
    answers().to_parquet(file, index=False)
    return file


DESIGNS = {
    "everyone": Design(0, True, players(0, 1, 2), flagged=(0, 1, 2)),
    "users of all": Design(0, True, players(0, 1, 2), flagged=(0, 1, 2), missing="drop"),
    "controls": Design(0, True, players(0, 2), controls=(1,), flagged=(0, 2, 1)),
    "groups": Design(0, True, ((Column("score", (2,)), Column("score", (0,))), *players(1)), flagged=(0, 1, 2)),
    "ids": Design(0, True, players(0, 1, 2), flagged=(0, 1, 2), unit="who"),
    "text ids": Design(0, True, players(0, 1, 2), flagged=(0, 1, 2), unit="area"),
    "fractions": Design(1, False, players(0, 1, 2), flagged=(0, 1, 2)),
}


@pytest.mark.parametrize("by", [None, "area", "year"])
@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("name", DESIGNS)
def test_equals_the_general_pass(name, weight, by, path, monkeypatch):
    source, design = opened(path, weight=weight), DESIGNS[name]
    names = tuple(NAMES[place] for place in design.scored)
    monkeypatch.setattr(quick, "BATCH", 700)
    monkeypatch.setattr(quick, "CACHED", 50)
    made, dropped = stream(source, design, names, by, BLOCKS)
    monkeypatch.setattr(engine, "can_stream", lambda *_: False)
    known, left = moments(source, design, names, by)
    assert (made.columns, made.cells) == (known.columns, known.cells)
    assert_array_equal(made.levels, known.levels)
    for sums in SUMS:
        assert_allclose(getattr(made, sums), getattr(known, sums), rtol=1e-10, atol=1e-10, err_msg=sums)
    assert +dropped == +Counter(left)


def test_an_empty_cell_may_say_not_used(path, monkeypatch):
    source = opened(path, codes=Codes(1, 5, (6, None), (0,)))
    made, dropped = moments(source, DESIGNS["everyone"], NAMES, None)
    monkeypatch.setattr(engine, "can_stream", lambda *_: False)
    known, left = moments(source, DESIGNS["everyone"], NAMES, None)
    assert_allclose(made.totals(), known.totals())
    assert +dropped == +left


def test_single_precision_is_exact_where_it_is_used(path):
    made, _ = stream(opened(path), DESIGNS["everyone"], NAMES, None, BLOCKS)
    assert_array_equal(made.products, np.round(made.products))


def test_what_needs_the_general_pass(path):
    source, plain = opened(path), DESIGNS["everyone"]
    assert can_stream(source, plain)
    assert not can_stream(source, plain._replace(factors=(("group", ("a", "b")),)))
    assert not can_stream(source, plain._replace(players=((Column("low", (0,), (2,)),),)))
    assert not can_stream(source.where({"group": "a"}), plain)
    assert not can_stream(opened(path, codes=None), plain)
    assert not can_stream(opened(path, codes=Codes(1, 5, ("none",), (0,))), plain)
    assert not can_stream(opened(path, codes=Codes(1, 500)), plain)
    several = Roles((("web", "call"), ("shop",)), source.roles.codes, source.roles.outcomes, None, source.roles.labels)
    assert not can_stream(OnDisk(path, several), plain._replace(players=players(0, 1), flagged=(0, 1)))


def test_nobody_takes_part(path, tmp_path):
    file = tmp_path / "none.parquet"
    answers(50).assign(nps=pd.array([None] * 50, dtype="Int64")).to_parquet(file, index=False)
    made, dropped = moments(opened(file), DESIGNS["everyone"], NAMES, "area")
    assert made.cells == ()
    assert +dropped == Counter({"no outcome": 50})
