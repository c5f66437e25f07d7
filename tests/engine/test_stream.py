from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import cxlens as cx
from cxlens.engine import entry_states, tables
from cxlens.engine import stream as quick
from cxlens.engine.design import Column, Design
from cxlens.engine.moments import BLOCKS, moments
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.stream import can_stream
from cxlens.engine.tables import OnDisk, open_table
from cxlens.stages.drivers.ask import ask

NAMES = ("web", "call", "shop")
SUMS = ("levels", "products", "rows", "scored", "counts")
CODES = Codes(1, 5, (6,), (0, 99))
SHARES = [0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.05, 0.05]
LABELS = dict.fromkeys(("area", "customer", "year"), "segment")


def roles(weight: str | None = None, codes: Codes | None = CODES) -> Roles:
    return Roles(
        tuple((name,) for name in NAMES), codes, (("spend", None), ("nps", Codes(0, 10, (), (11,)))), weight, LABELS
    )


def scores(*places: int) -> tuple[tuple[Column, ...], ...]:
    return tuple((Column("score", (place,)),) for place in places)


def squares(middle: float, *places: int) -> tuple[tuple[Column, ...], ...]:
    return tuple((Column("square", (place,), (float(middle),)),) for place in places)


DESIGNS = {
    "indicator": Design(1, True, scores(0, 1, 2), flagged=(0, 1, 2)),
    "drop": Design(1, False, scores(2, 0), missing="drop"),
    "partly flagged": Design(1, True, scores(0, 1), flagged=(1,)),
    "group": Design(1, True, ((Column("score", (2,)), Column("score", (0,))),), (1,), flagged=(0, 1)),
    "squares": Design(1, True, (*scores(0, 1, 2), *squares(0, 0, 1, 2)), flagged=(0, 1, 2)),
    "squares around the middle": Design(1, False, (*scores(0, 1), *squares(3, 0, 1)), (2,), flagged=(1, 2)),
    "customers": Design(1, False, scores(1, 2), (0,), flagged=(2,), unit="customer"),
}


def answers(seed: int, n: int) -> pd.DataFrame:
    """Whole numbers with "not used" (6), blanks (0, 99, empty), columns of several types, and segments with gaps."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.choice([1, 2, 3, 4, 5, 6, 0, 99], n, p=SHARES) for name in NAMES})
    gap = rng.random((4, n)) < 0.08
    frame["call"] = frame["call"].where(~gap[0])  # whole numbers in a column of floats
    frame["shop"] = frame["shop"].astype("Int8").mask(gap[1])
    frame["nps"] = rng.integers(0, 12, n)
    frame["spend"] = rng.random(n)
    frame["weight"] = rng.choice([0.0, 0.25, 1.0, 1.7], n)
    frame.loc[0, "weight"] = 1.0
    frame["area"] = np.where(gap[2], None, rng.choice(["NA", "North", "South"], n))
    frame["year"] = pd.Series(rng.integers(2020, 2023, n)).where(~gap[3])
    frame["customer"] = pd.Series(rng.integers(0, max(1, n // 3), n)).where(~gap[2])
    return frame


def stored(frame: Any, folder: str | Path, some: Roles) -> OnDisk:
    path = Path(folder) / "answers.parquet"
    frame.write_parquet(path) if isinstance(frame, pl.DataFrame) else frame.to_parquet(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "IN_MEMORY", 0)
        source = open_table(path, some)
    assert isinstance(source, OnDisk)
    return source


def both_ways(source: OnDisk, design: Design, by: str | None) -> list[Any]:
    """What the quick way and the general way find: the latter knows nothing of entries."""
    names = tuple(NAMES[place] for place in design.scored)
    return [moments(some, design, names, by) for some in (source, replace(source, entries={}))]


def assert_same(found: list[Any]) -> None:
    (one, left_out), (two, dropped) = found
    assert (one.columns, one.cells, left_out) == (two.columns, two.cells, dropped)
    for name in SUMS:
        assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-10, atol=1e-10)
        assert getattr(one, name).dtype == getattr(two, name).dtype


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(sorted(DESIGNS)),
    st.sampled_from([None, "area", "year"]),
    st.sampled_from([None, "weight"]),
    st.integers(0, 10_000),
    st.integers(1, 300),
    st.integers(20, 200),
)
def test_block_by_block_the_quick_way_finds_what_the_general_way_finds(
    name: str, by: str | None, weight: str | None, seed: int, n: int, size: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        source = stored(answers(seed, n), folder, roles(weight))
        patch.setattr(entry_states, "BATCH", size)
        patch.setattr(quick, "AT_ONCE", 50)
        assert n < 30 or can_stream(source, DESIGNS[name])  # a column of gaps alone has no type
        assert_same(both_ways(source, DESIGNS[name], by))


@pytest.mark.parametrize("name", ["group", "squares"])
@pytest.mark.parametrize("exact", [1, 2**24])
def test_sums_are_exact_in_both_precisions(
    exact: int, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(quick, "EXACT", exact)
    one, two = (sums for sums, _ in both_ways(stored(answers(1, 9_000), tmp_path, roles()), DESIGNS[name], "area"))
    assert_array_equal(one.products, two.products)
    assert_array_equal(one.counts, two.counts)


def test_any_number_of_segments(tmp_path: Path) -> None:
    frame = answers(2, 3_000).assign(area=[f"area {row % 250}" for row in range(3_000)])
    found = both_ways(stored(frame, tmp_path, roles()), DESIGNS["indicator"], "area")
    assert 250 * BLOCKS > 2**15
    assert_same(found)


def test_gaps_that_are_no_numbers(tmp_path: Path) -> None:
    frame = pl.DataFrame(answers(3, 500)).with_columns(web=pl.Series([float("nan"), 1.0, 2.0, 6.0, 5.0] * 100))
    source = stored(frame, tmp_path, roles())
    assert frame["web"].null_count() == 0
    assert can_stream(source, DESIGNS["indicator"])
    assert_same(both_ways(source, DESIGNS["indicator"], "area"))


def test_without_a_scale_and_with_empty_cells_as_not_used(tmp_path: Path) -> None:
    for codes in (None, Codes(-5, 99, (None,), (0,))):
        frame = answers(4, 700)
        if codes is None:  # 99 among 0 to 6 would be asked about
            frame = frame.replace(dict.fromkeys(NAMES, 99), 9)
        source = stored(frame, tmp_path, roles(codes=codes))
        assert can_stream(source, DESIGNS["indicator"])
        assert_same(both_ways(source, DESIGNS["indicator"], "area"))


def test_nobody_takes_part(tmp_path: Path) -> None:
    source = stored(answers(5, 60).assign(web=0), tmp_path, roles())
    found = both_ways(source, DESIGNS["indicator"], "area")
    assert_same(found)
    assert found[0][0].cells == ()


def test_what_takes_the_general_way(tmp_path: Path) -> None:
    source, plain = stored(answers(6, 100), tmp_path, roles()), DESIGNS["indicator"]
    assert can_stream(source, plain)
    assert not can_stream(source.where({"area": "North"}), plain)
    assert not can_stream(source, plain._replace(outcome=0))  # spend: not whole
    assert not can_stream(source, plain._replace(factors=(("area", ("North", "South")),)))
    assert not can_stream(source, plain._replace(players=(*plain.players, *squares(2.5, 0))))
    two = roles()._replace(touchpoints=(("web", "call"), ("shop",)))
    assert not can_stream(stored(answers(6, 100), tmp_path, two), plain._replace(players=scores(0, 1)))
    words = answers(6, 100).assign(web="3")
    assert not can_stream(stored(words, tmp_path, roles()), plain)


def test_use_is_a_control_where_somebody_did_not_use_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frame = answers(7, 400).assign(web=3, nps=8)
    frame.to_parquet(tmp_path / "answers.parquet")
    about: dict[str, Any] = {"touchpoints": list(NAMES), "outcome": {"nps": "nps"}}
    about["scale"] = cx.Scale(1, 5, not_used=[6], blank=[0, 99])
    inside = cx.Survey(frame, **about)
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    outside = cx.Survey(tmp_path / "answers.parquet", **about)
    assert isinstance(outside.source, OnDisk)
    assert ask(inside).design == ask(outside).design
    assert ask(outside).design.flagged == (1, 2)


def test_more_scores_than_can_be_numbered_go_the_general_way(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"web": rng.integers(1, 201, 3000), "call": rng.integers(201, 401, 3000)})
    frame["y"] = rng.integers(0, 11, 3000)
    frame.to_parquet(tmp_path / "answers.parquet")
    columns = {"touchpoints": ["web", "call"], "outcome": "y"}
    on_disk = cx.drivers(cx.Survey(tmp_path / "answers.parquet", **columns), n_boot=0)
    in_memory = cx.drivers(cx.Survey(frame, **columns), n_boot=0)
    figures = ["n", "coef", "importance"]
    assert_allclose(on_disk.table[figures].astype(float), in_memory.table[figures].astype(float), rtol=1e-9)
