"""Sign flips: differences against separate regressions, agreement of p and interval, levels and power."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from cxlens.stats.sign_flips import (
    Differences,
    compare,
    differences_of_blocks,
    differences_of_rows,
    fewest_units,
    joint_p,
)


def sample(n: int = 400, p: int = 3, groups: int = 3, seed: int = 0):
    """Columns (constant, flag, p slopes, outcome), weights and groups; the flag's column is 0 where it is 0."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    x = rng.normal(3, 1, (n, p))
    flag = (rng.random(n) < 0.8).astype(float)
    x[:, 0] *= flag
    y = x.sum(axis=1) + rng.normal(size=n) * (1 + group)
    z = np.column_stack([np.ones(n), flag, x, y])
    return z, rng.uniform(0.5, 2, n), group, np.array([True, True, *[False] * p])


def test_two_groups_differ_by_their_own_regressions():
    z, weights, group, own = sample(groups=2)
    found = differences_of_rows(z, weights, group, own, np.arange(len(z)))
    slopes = [sm.WLS(z[group == g, -1], z[group == g, :-1], weights[group == g]).fit().params[2:] for g in (0, 1)]
    np.testing.assert_allclose(found.difference[0], slopes[0] - slopes[1], atol=1e-10)
    np.testing.assert_allclose(found.difference[1], -found.difference[0], atol=1e-10)


def test_others_have_constant_and_flags_of_their_own():
    z, weights, group, own = sample()
    found = differences_of_rows(z, weights, group, own, np.arange(len(z)))
    rest = group != 0
    of_group = [np.where((group == g)[:, None], z[:, :2], 0) for g in (1, 2)]
    columns = np.column_stack([*of_group, z[:, 2:-1]])[rest]
    others = sm.WLS(z[rest, -1], columns, weights[rest]).fit().params[4:]
    alone = sm.WLS(z[~rest, -1], z[~rest, :-1], weights[~rest]).fit().params[2:]
    np.testing.assert_allclose(found.difference[0], alone - others, atol=1e-10)


def test_the_error_of_a_difference_is_that_of_robust_regressions():
    z, weights, group, own = sample(n=4000, groups=2)
    found = differences_of_rows(z, weights, group, own, np.arange(len(z)))
    errors = []
    for g in (0, 1):
        rows = group == g
        errors.append(sm.WLS(z[rows, -1], z[rows, :-1], weights[rows]).fit(cov_type="HC3").bse[2:])
    expected = np.hypot(*errors)
    np.testing.assert_allclose(np.sqrt((found.influence**2).sum(axis=0))[0], expected, rtol=0.03)


def test_blocks_say_what_rows_say():
    z, weights, group, own = sample(n=3000)
    products = np.zeros((3, 200, z.shape[1], z.shape[1]))
    np.add.at(products, (group, np.arange(len(z)) % 200), np.einsum("ni,nj,n->nij", z, z, weights))
    rows = differences_of_rows(z, weights, group, own, np.arange(len(z)))
    blocks = differences_of_blocks(products, np.bincount(group), own)
    np.testing.assert_allclose(blocks.difference, rows.difference, atol=1e-10)
    np.testing.assert_allclose(
        np.sqrt((blocks.influence**2).sum(axis=0)), np.sqrt((rows.influence**2).sum(axis=0)), rtol=0.25
    )


def test_rows_of_a_unit_are_flipped_together():
    z, weights, group, own = sample()
    units = np.arange(len(z)) // 4
    found = differences_of_rows(z, weights, group, own, units)
    alone = differences_of_rows(z, weights, group, own, np.arange(len(z)))
    np.testing.assert_allclose(found.influence[5], alone.influence[20:24].sum(axis=0), atol=1e-12)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_an_interval_holds_0_exactly_where_p_is_not_below(level):
    for seed in range(20):
        z, weights, group, own = sample(n=120, seed=seed)
        z[group == 0, -1] += 0.5 * z[group == 0, 3]
        found = compare(differences_of_rows(z, weights, group, own, np.arange(len(z))), level, np.random.default_rng(0))
        excludes_0 = (found.low > 0) | (found.high < 0)
        assert (excludes_0 == (found.p < round(1 - level, 12))).all()


def test_no_column_is_compared_that_a_group_does_not_have():
    z, weights, group, own = sample()
    z[group == 1, 3] = 2.0  # all of a group gave the same score
    found = compare(differences_of_rows(z, weights, group, own, np.arange(len(z))), 0.95, np.random.default_rng(0))
    assert np.isnan([figure[1, 1] for figure in found]).all()
    assert np.isfinite([figure[0] for figure in found]).all()


def test_where_nothing_is_left_nothing_is_told():
    z, weights, group, own = sample()
    z[:, -1] = z[:, 2]
    found = compare(differences_of_rows(z, weights, group, own, np.arange(len(z))), 0.95, np.random.default_rng(0))
    assert np.isnan(found.p).all()
    assert np.abs(found.difference).max() < 1e-9
    assert np.isnan(joint_p(np.zeros((50, 2)), np.random.default_rng(0)))


def test_few_units_cannot_tell_anything():
    assert [fewest_units(level) for level in (0.95, 0.9, 0.99)] == [6, 5, 8]
    rng = np.random.default_rng(0)
    for units in (5, 6):
        influence = np.ones((units, 1, 1)) + 0.01 * rng.random((units, 1, 1))
        p = compare(Differences(influence.sum(axis=0), influence), 0.95, rng).p
        assert p.item() == pytest.approx(2 / 2**units, abs=0.025)


@pytest.mark.simulation
def test_levels_and_power():
    """400 samples in which nothing differs, and one slope raised in 100."""
    told = {0.0: [], 1.5: []}
    joint = []
    for raised, runs in ((0.0, 400), (1.5, 100)):
        for seed in range(runs):
            z, weights, group, own = sample(n=200, seed=seed)
            z[group == 0, -1] += raised * z[group == 0, 3]
            found = differences_of_rows(z, weights, group, own, np.arange(len(z)))
            rng = np.random.default_rng(seed)
            told[raised].append(np.nanmin(compare(found, 0.95, rng, 199).p) < 0.05)
            if not raised:
                joint.append(joint_p(found.influence[:, :2].reshape(len(z), -1), rng, 199) < 0.05)
    three_errors = 3 * np.sqrt(0.05 * 0.95 / 400)
    assert np.mean(told[0.0]) == pytest.approx(0.05, abs=three_errors)
    assert np.mean(joint) == pytest.approx(0.05, abs=three_errors)
    assert np.mean(told[1.5]) > 0.9
