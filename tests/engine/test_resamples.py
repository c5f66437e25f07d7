"""Resamples: drawn once, by unit; cross-products in each of them are those of the rows drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
import cxlens.engine.answers as answers_module
import cxlens.engine.resamples as resamples_module
from cxlens.engine.answers import collect, with_imputed
from cxlens.engine.design import design_rows
from cxlens.engine.resamples import IMPUTATIONS, Resamples, draw, products, products_beside
from cxlens.stages.drivers.ask import ask

DRAWS = 6


def answers(n: int = 90, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 2)), columns=["a", "b"])
    frame["y"] = frame["a"] + rng.normal(size=n)
    frame["who"] = rng.choice(["one", "two"], n)
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["flight"] = rng.integers(0, 20, n)
    return frame


def survey(frame=None, **roles) -> cx.Survey:
    roles = {"touchpoints": ["a", "b"], "outcome": "y", "segments": ["who"], **roles}
    scale = cx.Scale(1, 5, blank=[0])
    return cx.Survey(answers() if frame is None else frame, scale=scale, **roles)


def drawn_of(made: cx.Survey, **options):
    reading = ask(made, **options).reading(made)
    data = collect(reading)
    return reading, data, draw(reading, data, DRAWS, 3)


def test_units_that_were_not_resampled_are_refused():
    resamples = Resamples(np.array([2, 5, 9], np.uint64), np.ones((1, 3), np.uint16), 0)
    assert resamples.places(np.array([9, 2, 2], np.uint64)).tolist() == [2, 0, 0]
    for unknown in (1, 4, 10):
        with pytest.raises(ValueError, match="rows of units that were not resampled"):
            resamples.places(np.array([2, unknown], np.uint64))


def test_each_resample_has_as_many_units_as_there_are():
    _, data, resamples = drawn_of(survey(cluster="flight"))
    assert len(resamples.units) == len(np.unique(data.rows_at_hand.units)) == 20
    assert resamples.counts.shape == (DRAWS, 20)
    assert (resamples.counts.sum(axis=1) == 20).all()


@pytest.mark.parametrize("by", [None, "who"])
def test_many_units_are_drawn_by_blocks_that_chance_makes(by, monkeypatch):
    monkeypatch.setattr(resamples_module, "MOST_UNITS", 50)
    monkeypatch.setattr(resamples_module, "BLOCKS", 30)
    made = survey(weight="w")
    reading, data, resamples = drawn_of(made, by=by)
    assert resamples.counts.shape == (DRAWS, 30)
    assert (resamples.counts.sum(axis=1) == 30).all()
    assert np.bincount(resamples.blocks).tolist() == [3] * 30
    assert (resamples.blocks != np.arange(90) % 30).any()
    part = data.rows_at_hand
    times = np.vstack([np.ones(len(part.z)), resamples.counts[:, resamples.places(part.units)]])
    found = products(reading, data, resamples)
    for cell, name in enumerate(data.sums.cells):
        rows = part.take(part.segments == name)
        weights = times[:, part.segments == name] * rows.weights
        np.testing.assert_allclose(found.stacks[cell], np.einsum("ni,nj,dn->ijd", rows.z, rows.z, weights), atol=1e-9)
    few = drawn_of(survey(cluster="flight"))[2]
    assert few.blocks is None


def test_blocks_are_as_uncertain_as_the_answers_they_are_made_of(monkeypatch):
    made = survey(answers(1200, seed=4))
    one_by_one = cx.drivers(made, n_boot=400).draws.importance[:, 0].std(axis=0)
    monkeypatch.setattr(resamples_module, "MOST_UNITS", 1000)
    monkeypatch.setattr(resamples_module, "BLOCKS", 300)
    by_block = cx.drivers(made, n_boot=400).draws.importance[:, 0].std(axis=0)
    np.testing.assert_allclose(by_block / one_by_one, 1, atol=0.2)  # each within 7 % of its own by chance


def test_the_seed_repeats_and_another_does_not():
    reading, data, one = drawn_of(survey())
    np.testing.assert_array_equal(draw(reading, data, DRAWS, 3).counts, one.counts)
    assert (draw(reading, data, DRAWS, 4).counts != one.counts).any()


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}, {"cluster": "flight", "weight": "w"}])
def test_products_are_those_of_the_rows_drawn(roles):
    reading, data, resamples = drawn_of(survey(**roles), by="who")
    made = products(reading, data, resamples)
    part = data.rows_at_hand
    times = np.vstack([np.ones(len(part.z)), resamples.counts[:, resamples.places(part.units)]])
    for cell, segment in enumerate(data.sums.cells):
        inside = part.segments == segment
        z = part.z[inside]
        for d in range(1 + DRAWS):
            weights = (times[d] * part.weights)[inside]
            np.testing.assert_allclose(made.stacks[cell][:, :, d], (z.T * weights) @ z, atol=1e-9)
            at_five = [weights[part.scores[inside][:, j] == 5].sum() / weights.sum() for j in range(2)]
            np.testing.assert_allclose(made.shares[cell][d, :, -1], at_five)


def test_products_of_some_pairs_are_those_of_all_and_the_others_0():
    reading, data, resamples = drawn_of(survey(weight="w"), by="who")
    whole = products(reading, data, resamples, levels=False)
    pairs = (np.array([0, 1]), np.array([2, 3]))
    some = products(reading, data, resamples, levels=False, pairs=pairs)
    for stack, of_all in zip(some.stacks, whole.stacks, strict=True):
        wanted = np.zeros(stack.shape[:2], bool)
        wanted[pairs] = wanted[pairs[::-1]] = True
        np.testing.assert_allclose(stack, np.where(wanted[:, :, None], of_all, 0), atol=1e-9)


def test_without_levels_there_are_no_shares():
    reading, data, resamples = drawn_of(survey())
    made = products(reading, data, resamples, levels=False)
    assert made.shares[0].shape == (1 + DRAWS, 2, 0)
    np.testing.assert_allclose(made.stacks[0], products(reading, data, resamples).stacks[0])


def test_without_draws_there_is_the_estimate_alone():
    reading, data, _ = drawn_of(survey())
    made = products(reading, data, draw(reading, data, 0, 3))
    np.testing.assert_allclose(made.stacks[0][:, :, 0], data.sums.totals()[:, :, 0])
    assert made.stacks[0].shape[2] == 1


def test_many_rows_are_drawn_by_block(monkeypatch):
    monkeypatch.setattr(answers_module, "IN_MEMORY", 10)
    reading, data, resamples = drawn_of(survey())
    blocks = data.sums.products.shape[1]
    assert resamples.units.tolist() == list(range(blocks))
    stack = products(reading, data, resamples).stacks[0]
    for d in range(DRAWS):
        want = np.einsum("b,bij->ij", resamples.counts[d], data.sums.products[0])
        np.testing.assert_allclose(stack[:, :, 1 + d], want)


def with_blanks() -> pd.DataFrame:
    frame = answers()
    frame.loc[::7, "b"] = 0
    return frame


def test_the_same_resamples_give_the_same_imputations_whatever_is_asked():
    made = survey(with_blanks())
    reading, data, resamples = drawn_of(made, blanks="impute")
    one, two = (products(reading, data, resamples).stacks[0] for _ in range(2))
    np.testing.assert_array_equal(one, two)
    by_segment = ask(made, blanks="impute", by="who").reading(made)
    parts = products(by_segment, collect(by_segment), resamples).stacks
    np.testing.assert_allclose(np.sum(parts, axis=0), one)


def test_the_first_of_the_imputed_products_averages_several():
    made = survey(with_blanks())
    reading, data, resamples = drawn_of(made, blanks="impute")
    rng = np.random.default_rng(resamples.seed)
    totals = []
    for _ in range(IMPUTATIONS):
        z = design_rows(with_imputed(reading.rows, reading.design, rng), reading.design, None).z
        totals.append(z.T @ z)
    stack = products(reading, data, resamples).stacks[0]
    np.testing.assert_allclose(stack[:, :, 0], np.mean(totals, axis=0))
    spread = np.std(totals, axis=0)[0, 2]
    assert 0 < spread < 20


@pytest.mark.parametrize("by", [None, "who"])
@pytest.mark.parametrize("options", [{}, {"blanks": "impute"}], ids=str)
@pytest.mark.parametrize("most_units", [10_000, 50])
def test_products_of_some_columns_with_all_are_those_of_all_with_all(by, options, most_units, monkeypatch):
    monkeypatch.setattr(resamples_module, "MOST_UNITS", most_units)
    frame = answers()
    frame.loc[::3, "b"] = 0
    scale = cx.Scale(1, 5, blank=[0]) if options else cx.Scale(1, 5, not_used=[0])
    made = cx.Survey(frame, touchpoints=["a", "b"], outcome="y", segments=["who"], weight="w", scale=scale)
    reading, data, resamples = drawn_of(made, by=by, **options)
    whole = products(reading, data, resamples).stacks
    columns = np.array([1, len(whole[0]) - 2])
    beside = products_beside(reading, data, resamples, columns)
    assert len(beside) == len(whole)
    for some, stack in zip(beside, whole, strict=True):
        np.testing.assert_allclose(some, stack[columns], rtol=1e-12)
