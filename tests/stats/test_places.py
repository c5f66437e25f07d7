"""Effects told from places and waves: against t tests of changes and of gaps, and against simulated swings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cxlens.stats.inference import wider
from cxlens.stats.places import Effect, PlaceRows, by_places, by_waves, swing_that_explains


def rows(
    places: int,
    waves: int,
    n: int,
    seed: int,
    *,
    treated: int = 1,
    swing: float = 0.1,
    weighted: bool = False,
) -> PlaceRows:
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), waves * n)
    wave = np.tile(np.repeat(np.arange(waves), n), places)
    y = rng.normal(size=len(place)) + swing * rng.normal(size=(places, waves))[place, wave]
    w = rng.lognormal(0, 0.5, len(y)) if weighted else np.ones(len(y))
    return PlaceRows(y, w, place, wave, np.arange(places) < treated, np.arange(waves) >= waves // 2)


def means(data: PlaceRows) -> np.ndarray:
    return data.by_cell(data.w * data.y) / data.by_cell(data.w)


@pytest.mark.parametrize("treated", [1, 3])
def test_places_are_judged_by_a_t_test_of_their_changes(treated: int) -> None:
    data = rows(8, 2, 30, 1, treated=treated)
    changes = np.diff(means(data), axis=1)[:, 0]
    effect = by_places(data)
    test = stats.ttest_ind(changes[:treated], changes[treated:])
    assert effect.estimate == pytest.approx(changes[:treated].mean() - changes[treated:].mean())
    assert effect.df == 6
    if treated > 1:
        assert effect.estimate / effect.between == pytest.approx(test.statistic)
    else:
        spread = changes[1:].std(ddof=1) * np.sqrt(1 + 1 / 7)
        assert effect.between == pytest.approx(spread * np.sqrt(6 / 6))


def test_waves_are_judged_by_a_t_test_of_the_gaps() -> None:
    data = rows(2, 8, 25, 2)
    gaps = means(data)[0] - means(data)[1]
    effect = by_waves(data)
    test = stats.ttest_ind(gaps[4:], gaps[:4])
    assert (effect.estimate, effect.df) == (pytest.approx(gaps[4:].mean() - gaps[:4].mean()), 6)
    assert effect.estimate / effect.between == pytest.approx(test.statistic)


@pytest.mark.parametrize("judge", [by_places, by_waves])
def test_sampling_is_that_of_the_means_of_cells(judge) -> None:
    data = rows(6, 6, 40, 3, treated=2)
    cell = data.place * 6 + data.wave
    variances = np.array([data.y[cell == k].var(ddof=1) / 40 for k in range(36)]).reshape(6, 6)
    lever = np.where(data.treated[:, None], 1 / 2, 1 / 4) / 3
    assert judge(data).sampling == pytest.approx(np.sqrt((lever**2 * variances).sum()))


def test_a_different_mix_of_waves_is_no_effect() -> None:
    """All places rise from wave to wave, and the treated place has few answers of the first."""
    place = np.repeat(np.arange(6), 40)
    wave = np.tile(np.repeat([0, 1, 2], [10, 20, 10]), 6)
    wave[:40] = np.repeat([0, 1, 2], [2, 28, 10])
    data = PlaceRows(
        y=wave * 1.0 + np.tile([-0.5, 0.5], 120),
        w=np.ones(240),
        place=place,
        wave=wave,
        treated=np.arange(6) < 1,
        late=np.array([False, False, True]),
    )
    assert by_places(data).estimate == pytest.approx(0)


@settings(max_examples=10)
@given(st.integers(0, 1_000), st.sampled_from([by_places, by_waves]))
def test_the_order_of_rows_and_the_size_of_weights_do_not_matter(seed: int, judge) -> None:
    data = rows(5, 6, 7, seed, treated=2, weighted=True)
    mixed = np.random.default_rng(seed).permutation(len(data.y))
    other = data._replace(y=data.y[mixed], w=3 * data.w[mixed], place=data.place[mixed], wave=data.wave[mixed])
    assert judge(other)[:5] == pytest.approx(judge(data)[:5])
    turned = data._replace(treated=~data.treated)
    if judge is by_waves:
        assert judge(turned).estimate == pytest.approx(-judge(data).estimate)


def test_one_answer_a_cell_leaves_no_error_of_sampling() -> None:
    effect = by_places(rows(30, 2, 1, 4, treated=10))
    assert effect.sampling == 0
    assert effect.between > 0


def test_the_wider_of_both_counts() -> None:
    effect = Effect(1.0, 0.5, 4.0, 0.3, 1e9)
    low, high, p_value = wider(1.0, (0.5, 0.3), (4.0, 1e9), 0.95)
    half = stats.t.ppf(0.975, 4) * 0.5
    assert (low, high) == pytest.approx((1 - half, 1 + half))
    assert p_value == pytest.approx(2 * stats.t.sf(2, effect.df))
    assert wider(1.0, (0.01, 0.3), (4.0, 1e9), 0.95)[1] == pytest.approx(1 + stats.norm.ppf(0.975) * 0.3)
    assert np.isnan(wider(1.0, (0.0, np.nan), (4.0, 1.0), 0.95)).all()


def test_a_swing_that_explains() -> None:
    """INFERENCE's example: +0.27 with a sampling error of 0.06 is what places that swing by 0.06 bring about."""
    assert swing_that_explains(0.27, 0.0612, 1.96, (1, 1, 1, 1)) == pytest.approx(0.0617, abs=1e-3)
    assert swing_that_explains(0.1, 0.06, 1.96, (1, 1, 1, 1)) == 0


@pytest.mark.simulation
@pytest.mark.parametrize(("places", "waves", "treated"), [(6, 2, 1), (2, 6, 1), (12, 2, 2)])
def test_swings_of_places_are_seldom_called_an_effect(places: int, waves: int, treated: int) -> None:
    """Answers alone called 10 to 27 of 100 an effect."""
    judge = by_places if places >= 5 else by_waves
    alarms = []
    for seed in range(150):
        effect = judge(rows(places, waves, 100, seed, treated=treated, swing=0.1))
        errors = (effect.between, effect.sampling)
        alarms.append(wider(effect.estimate, errors, (effect.df, effect.sampling_df), 0.95)[2] < 0.05)
    assert np.mean(alarms) <= 0.09


@pytest.mark.parametrize("judge", [by_places, by_waves])
def test_sampling_is_that_of_whatever_cells_move_the_estimate(judge) -> None:
    """Cells are of uneven sizes, and one has one answer: it has the spread within the others."""
    shape = (6, 4)
    sizes = np.random.default_rng(5).integers(3, 40, shape)
    sizes[0, 1] = 1
    place, wave = (np.repeat(at.ravel(), sizes.ravel()) for at in np.indices(shape))
    y = np.random.default_rng(6).normal(size=sizes.sum())
    data = PlaceRows(y, np.ones(len(y)), place, wave, np.arange(6) < 2, np.arange(4) >= 2)
    effect = judge(data)
    alone = ((y - means(data)[place, wave]) ** 2).sum() / (sizes - 1).sum()
    variances, freedom = [], []
    for at in np.ndindex(shape):
        here = (place == at[0]) & (wave == at[1])
        lever = judge(data._replace(y=y + here)).estimate - effect.estimate
        is_alone = sizes[at] == 1
        variances.append(lever**2 * (alone if is_alone else y[here].var(ddof=1) / sizes[at]))
        freedom.append((sizes - 1).sum() if is_alone else sizes[at] - 1)
    assert effect.sampling == pytest.approx(np.sqrt(sum(variances)))
    assert effect.sampling_df == pytest.approx(sum(variances) ** 2 / (np.square(variances) / freedom).sum())
