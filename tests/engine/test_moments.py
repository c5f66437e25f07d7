from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.engine import moments as engine
from cxlens.engine import tables
from cxlens.engine.design import Design, design_rows
from cxlens.engine.moments import BLOCKS, batch_moments, features, moments
from cxlens.engine.roles import Roles
from cxlens.engine.tables import OnDisk, open_table
from cxlens.stats.bootstrap import multiplicities, resample
from cxlens.stats.importance import lmg
from cxlens.stats.moments import Moments
from cxlens.stats.regression import coefficients, fit_rows, fit_units, sweep_out
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey
from tests.engine.answered import NAMES, PURPOSES, ROLES, answers, scores

DESIGNS = {
    "indicator": Design(0, True, scores(0, 1, 2), flagged=(0, 1, 2)),
    "drop": Design(0, False, scores(0, 1, 2), missing="drop"),
    "controls": Design(
        0, True, scores(0, 2), controls=(1,), flagged=(0, 2, 1), factors=(("purpose", PURPOSES),), unit="customer"
    ),
}
PLAYERS = {"indicator": NAMES, "drop": NAMES, "controls": ("web", "shop")}
SUMS = ("products", "rows", "scored", "counts")


def sums_of(frame: pd.DataFrame, design: Design, players: tuple[str, ...], by: str | None) -> Moments:
    return moments(open_table(frame, ROLES), design, players, by)[0]


def cell_of(sums: Moments, cell: str) -> int:
    return sums.cells.index(cell)


def assert_same_totals(one: Moments, two: Moments) -> None:
    """Equal but for the blocks, which go by row number where rows have no ids."""
    assert (one.columns, one.cells) == (two.columns, two.cells)
    assert_array_equal(one.levels, two.levels)
    for name in SUMS:
        assert_allclose(getattr(one, name).sum(axis=1), getattr(two, name).sum(axis=1), rtol=1e-10, atol=1e-10)


def assert_same(one: Moments, two: Moments) -> None:
    assert_same_totals(one, two)
    for name in SUMS:
        assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-10, atol=1e-10)


SEEDS, SIZES = st.integers(0, 10_000), st.integers(1, 60)
NAMES_OF_DESIGNS, BY = st.sampled_from(sorted(DESIGNS)), st.sampled_from([None, "area"])


@settings(max_examples=30)
@given(NAMES_OF_DESIGNS, BY, SEEDS, SIZES)
def test_row_order_does_not_matter(name: str, by: str | None, seed: int, n: int) -> None:
    frame = answers(seed, n)
    shuffled = frame.sample(frac=1, random_state=seed)
    one, two = (sums_of(some, DESIGNS[name], PLAYERS[name], by) for some in (frame, shuffled))
    assert_same_totals(one, two)


@settings(max_examples=30)
@given(NAMES_OF_DESIGNS, BY, SEEDS, SIZES, st.integers(5, 70))
def test_chunking_does_not_matter(name: str, by: str | None, seed: int, n: int, size: int) -> None:
    source = open_table(answers(seed, n), ROLES)
    whole, dropped = moments(source, DESIGNS[name], PLAYERS[name], by)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "BATCH", size)
        chunked, again = moments(source, DESIGNS[name], PLAYERS[name], by)
    assert_same(chunked, whole)
    assert again == dropped


@settings(max_examples=30)
@given(NAMES_OF_DESIGNS, SEEDS, SIZES)
def test_segments_add_up_to_the_whole(name: str, seed: int, n: int) -> None:
    frame = answers(seed, n)
    parts = sums_of(frame, DESIGNS[name], PLAYERS[name], "area")
    whole = sums_of(frame, DESIGNS[name], PLAYERS[name], None)
    assert whole.cells == (("",) if parts.cells else ())  # none where nobody takes part
    assert_array_equal(parts.levels, whole.levels)
    for sums in SUMS:
        assert_allclose(getattr(parts, sums).sum(axis=0), getattr(whole, sums).sum(axis=0), rtol=1e-10, atol=1e-10)


@settings(max_examples=15)
@given(NAMES_OF_DESIGNS, SEEDS, st.integers(10, 60))
def test_a_segment_is_the_table_of_its_rows(name: str, seed: int, n: int) -> None:
    frame = answers(seed, n)
    parts = sums_of(frame, DESIGNS[name], PLAYERS[name], "area")
    for area in ("NA", "North", "not stated"):
        own = frame[frame["area"].fillna("not stated") == area]
        if area in parts.cells:
            alone = sums_of(own, DESIGNS[name], PLAYERS[name], "area")
            assert alone.cells == (area,)
            assert_allclose(alone.totals()[:, :, 0], parts.totals()[:, :, cell_of(parts, area)], rtol=1e-10)


@settings(max_examples=20)
@given(SEEDS, SIZES, st.integers(1, 59))
def test_tables_add_up_to_the_table_of_both(seed: int, n: int, cut: int) -> None:
    frame = answers(seed, n + cut)
    design, players = DESIGNS["controls"], PLAYERS["controls"]
    rows = open_table(frame, ROLES).rows
    parts = [batch_moments(design_rows(rows.take(some), design, "area"), players) for some in halves(cut)]
    whole = batch_moments(design_rows(rows, design, "area"), players)
    assert_same(parts[0] + parts[1], whole)
    assert_same(parts[1] + parts[0], whole)


def halves(cut: int) -> list[slice]:
    return [slice(0, cut), slice(cut, None)]


@pytest.mark.parametrize("by", [None, "area"])
@pytest.mark.parametrize("name", DESIGNS)
def test_duckdb_and_pandas_agree(name: str, by: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frame = answers(7, 3000)
    whole, dropped = moments(open_table(frame, ROLES), DESIGNS[name], PLAYERS[name], by)
    frame.to_parquet(tmp_path / "answers.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 700)
    source = open_table(tmp_path / "answers.parquet", ROLES)
    assert isinstance(source, OnDisk)
    stored, again = moments(source, DESIGNS[name], PLAYERS[name], by)
    assert_same(stored, whole)
    assert again == dropped
    assert dropped["no outcome"] > 0
    assert dropped["weight 0"] > 0


def test_surveys_on_disk_and_in_memory_agree(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frame = answers(8, 2000)
    jobs: dict[str, Any] = {
        "touchpoints": list(NAMES),
        "outcome": {"nps": "nps"},
        "scale": Scale(1, 5, not_used=[6], blank=[0]),
        "segments": ["area", "purpose"],
        "respondent": "customer",
        "weight": "weight",
    }
    inside = Survey(frame, **jobs)
    frame.to_parquet(tmp_path / "answers.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    outside = Survey(tmp_path / "answers.parquet", **jobs)
    assert isinstance(outside.source, OnDisk)
    design = Design(0, True, scores(0, 1, 2), unit="customer")
    one, two = (moments(survey.source, design, NAMES, "purpose")[0] for survey in (inside, outside))
    assert_same(one, two)
    assert_array_equal(inside.rows().scores, outside.rows().scores)


def test_a_selection_on_disk_may_leave_batches_without_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frame = answers(9, 300).sort_values("purpose")
    frame.to_parquet(tmp_path / "answers.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 50)
    source = open_table(tmp_path / "answers.parquet", ROLES).where({"purpose": "leisure"})
    assert 0 in [len(rows) for rows in source.batches()]
    expected = sums_of(frame[frame["purpose"] == "leisure"], DESIGNS["indicator"], NAMES, "area")
    assert_same_totals(moments(source, DESIGNS["indicator"], NAMES, "area")[0], expected)


def test_a_source_without_rows() -> None:
    source = open_table(answers(0, 5).iloc[:0], ROLES)
    with pytest.raises(ValueError, match=r"^a source without rows has no moments$"):
        moments(source, DESIGNS["indicator"], NAMES)


def test_rows_of_a_unit_share_their_block() -> None:
    frame = answers(3, 400)
    rows = open_table(frame, ROLES).rows
    part = design_rows(rows, DESIGNS["controls"], None)
    sums = batch_moments(part, PLAYERS["controls"])
    blocks = part.units % BLOCKS
    for block in np.unique(blocks):
        z, w = part.z[blocks == block], part.weights[blocks == block]
        assert_allclose(sums.products[0, int(block)], (z.T * w) @ z, rtol=1e-10, atol=1e-10)
    assert sums.rows.sum() == len(part.z)


def test_counts_say_who_scored_what() -> None:
    part = design_rows(open_table(answers(4, 300), ROLES).rows, DESIGNS["indicator"], "area")
    sums = batch_moments(part, NAMES)
    assert sums.levels.tolist() == [1, 2, 3, 4, 5]
    for cell, area in enumerate(sums.cells):
        own = part.segments == area
        for j in range(3):
            scored = ~np.isnan(part.scores[own, j])
            assert sums.scored[cell, :, j].sum() == scored.sum()
            for at, level in enumerate(sums.levels):
                weight = part.weights[own][part.scores[own, j] == level].sum()
                assert sums.counts[cell, :, j, at].sum() == pytest.approx(weight)
            reach = part.weights[own][scored].sum() / part.weights[own].sum()
            assert sums.level_shares()[cell, j].sum() == pytest.approx(reach)


@pytest.mark.parametrize("size", [10_000, 1_001, 600])
def test_scores_of_too_many_values_are_not_counted_however_they_come(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    frame = answers(5, 1_200).assign(web=rng.uniform(1, 5, 1_200), call=3, shop=3, weight=1.0, nps=8.0)
    monkeypatch.setattr(tables, "BATCH", size)
    sums = sums_of(frame, DESIGNS["indicator"], NAMES, None)
    assert sums.uncounted
    assert sums.scored.sum() == 3 * 1_200
    assert sums.products[0, :, 0, 4].sum() == pytest.approx(frame["web"].sum())


def test_features_resample_to_the_moments_of_the_resampled_rows() -> None:
    part = design_rows(open_table(answers(6, 250), ROLES).rows, DESIGNS["controls"], None)
    sums = batch_moments(part, PLAYERS["controls"])
    ids, units = np.unique(part.units, return_inverse=True)
    counts = multiplicities(len(ids), 3, np.random.default_rng(0))
    drawn = resample(counts, units, features(part, sums.levels, size=64))
    i, j = np.triu_indices(part.z.shape[1])
    for draw, times in enumerate(counts):
        w = part.weights * times[units]
        assert_allclose(drawn[draw, : len(i)], ((part.z.T * w) @ part.z)[i, j], rtol=1e-10, atol=1e-9)
        at = (part.scores[:, :, None] == sums.levels) * w[:, None, None]
        assert_allclose(drawn[draw, len(i) :], at.sum(axis=0).ravel(), rtol=1e-10, atol=1e-9)
    once = resample(np.ones((1, len(ids)), np.uint16), units, features(part, sums.levels))
    assert_allclose(once[0, : len(i)], sums.totals()[i, j, 0], rtol=1e-10, atol=1e-9)


def test_moments_give_the_regression_of_the_rows() -> None:
    part = design_rows(open_table(answers(10, 800), ROLES).rows, DESIGNS["controls"], None)
    sums = batch_moments(part, PLAYERS["controls"])
    from_rows = fit_rows(part.z[:, :-1], part.z[:, -1], part.weights, (part.units % BLOCKS).astype(np.int64))
    from_blocks = fit_units(sums.products[0], int(sums.rows.sum()))
    assert_allclose(from_blocks.coef, from_rows.coef, rtol=1e-8)
    assert_allclose(from_blocks.cov, from_rows.cov, rtol=1e-7, atol=1e-12)
    assert_allclose(from_blocks.df, from_rows.df, rtol=1e-7)
    assert_allclose(coefficients(sums.totals())[:, 0], from_rows.coef, rtol=1e-7)


@pytest.mark.parametrize("name", ["swiss", "swiss_weighted", "swiss_always", "attitude", "mtcars_3"])
def test_tables_to_importance_equals_relaimpo(name: str) -> None:
    reference = json.loads((Path(__file__).parents[1] / "reference" / "importance.json").read_text())
    case = reference["cases"][name]
    regressors = list(case["lmg"])
    controls = [case["always"]] if "always" in case else []
    roles = Roles(
        tuple((column,) for column in [*regressors, *controls]),
        None,
        ((case["outcome"], None),),
        case.get("weight"),
        {},
    )
    design = Design(0, False, scores(*range(len(regressors))), tuple(range(len(regressors), len(roles.touchpoints))))
    source = open_table(pd.DataFrame(reference["tables"][case["table"]]), roles)
    stack = moments(source, design, tuple(regressors))[0].totals()
    found = lmg(sweep_out(stack, design.k), sweep_out(stack, 1)[-1, -1])
    assert_allclose(found[:, 0], list(case["lmg"].values()), rtol=0, atol=1e-9)


def test_blocks_are_as_many_as_said() -> None:
    sums = sums_of(answers(11, 50), DESIGNS["indicator"], NAMES, None)
    assert sums.products.shape == (1, engine.BLOCKS, 8, 8)
    assert sums.counts.shape == (1, engine.BLOCKS, 3, len(sums.levels))
