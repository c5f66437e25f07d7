"""How large an effect has to be: against plain simulation of the same design, and known power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from cxlens.stats.design_power import found, needed_of_places, needed_of_series, swing_of_places
from cxlens.stats.inference import wider
from cxlens.stats.places import PlaceRows, by_places, by_waves


@pytest.mark.parametrize(("treated", "places", "waves"), [(2, 8, (2, 2)), (1, 2, (4, 3))])
def test_chances_are_those_of_the_design_itself(treated: int, places: int, waves: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    inside = np.arange(places) < treated
    swing = swing_of_places(np.zeros((places, 9)), np.zeros((places, 9)), 4_000, rng)
    swing = swing._replace(squares=np.full(4_000, 0.01))
    variance = np.full(places, 0.004)
    needed = needed_of_places(variance, inside, waves, swing, 0.95, rng)
    late = np.repeat([False, True], waves)
    judge = by_places if places >= 5 else by_waves
    place, wave = np.repeat(np.arange(places), len(late)), np.tile(np.arange(len(late)), places)
    told = []
    for _ in range(300):
        mean = rng.normal(0, np.sqrt(0.014), (places, len(late))) + 0.35 * (inside[:, None] & late)
        spread = np.sqrt(0.004 * 2 / 2)  # of two answers, whose mean has the sampling variance 0.004
        y = np.concatenate([(mean + spread).ravel(), (mean - spread).ravel()])
        rows = PlaceRows(y, np.ones(len(y)), np.tile(place, 2), np.tile(wave, 2), inside, late)
        effect = judge(rows)
        low, _, _ = wider(effect.estimate, [effect.between, effect.sampling], [effect.df, np.inf], 0.95)
        told.append(low > 0)
    chance = float(found(needed, np.array([0.35]))[0])
    assert chance == pytest.approx(np.mean(told), abs=3 * np.sqrt(0.25 / 300))


def test_few_places_and_waves_find_nothing() -> None:
    rng = np.random.default_rng(2)
    swing = swing_of_places(np.zeros((2, 2)), np.ones((2, 2)), 10, rng)
    assert needed_of_places(np.ones(2), np.array([True, False]), (2, 2), swing, 0.95, rng) is None


def test_swings_are_found_beyond_sampling() -> None:
    rng = np.random.default_rng(3)
    mean = rng.normal(0, np.hypot(0.3, 0.1), (30, 20)) + rng.normal(size=(30, 1)) + rng.normal(size=20)
    swing = swing_of_places(mean, np.full((30, 20), 0.01), 1_000, rng)
    assert swing.sd == pytest.approx(0.3, abs=0.03)
    assert np.sqrt(np.median(swing.squares)) == pytest.approx(0.3, abs=0.03)
    assert swing_of_places(mean[:1], mean[:1] ** 2, 5, rng).df == 0


def test_a_series_takes_what_the_noncentral_t_says_where_nothing_carries_over() -> None:
    rng = np.random.default_rng(4)
    mean = rng.normal(0, 0.1, 200)
    needed, sd = needed_of_series(mean, np.arange(200.0), 100, 0.0, 0.95, 200, rng)
    since = np.arange(-200.0, 100.0)
    late = (since >= 0) * 1.0
    columns = np.column_stack([np.ones(300), since, late, late * since])
    error = sd * np.sqrt(np.linalg.inv(columns.T @ columns)[2, 2])
    expected = error * (special.stdtrit(296, 0.975) + special.ndtri(0.8))
    assert float(np.quantile(needed, 0.8)) == pytest.approx(expected, rel=0.25)
