"""Staggered starts: against published figures, by hand, and how often intervals hold the truth."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from cxlens.stats.inference import wider
from cxlens.stats.places import PlaceRows, by_places
from cxlens.stats.staggered import Panel, average_effect, effect_since


def counties(shared) -> Panel:
    frame = pd.read_csv(shared / "reference/mpdta.csv")
    mean = frame.pivot(index="countyreal", columns="year", values="lemp")
    first = frame.groupby("countyreal")["first_treat"].first().reindex(mean.index)
    start = np.where(first == 0, mean.shape[1], first - mean.columns[0]).astype(np.int64)
    return Panel(mean.to_numpy(), np.zeros(mean.shape), start)


def test_callaway_and_sant_anna_are_reproduced(shared) -> None:
    known = json.loads((shared / "reference/measures.json").read_text())["did_staggered_mpdta"]["value"]
    panel = counties(shared)
    effect = average_effect(panel)
    assert effect.estimate == pytest.approx(known["simple"], abs=1e-9)
    assert effect.estimate == pytest.approx(-0.0400, abs=5e-5)
    by_time = {since: effect_since(panel, since).estimate for since in range(-3, 4)}
    assert by_time == pytest.approx({int(since): value for since, value in known["event"].items()}, abs=1e-9)
    assert np.mean([by_time[since] for since in range(4)]) == pytest.approx(-0.0772, abs=5e-5)
    assert 0.0123 < effect.between < 0.02  # printed, groups apart: 0.0123; one spread for all places is wider here


def test_one_start_is_the_change_of_places() -> None:
    rng = np.random.default_rng(1)
    mean = rng.normal(size=(7, 2))
    panel = Panel(mean, np.zeros((7, 2)), np.array([1, 1, 2, 2, 2, 2, 2]))
    place, wave = np.repeat(np.arange(7), 2), np.tile([0, 1], 7)
    rows = PlaceRows(mean.ravel(), np.ones(14), place, wave, np.arange(7) < 2, np.array([False, True]))
    expected = by_places(rows)
    found = average_effect(panel)
    assert (found.estimate, found.between, found.df) == pytest.approx((expected.estimate, expected.between, 5))


def test_no_place_is_there_long_after_its_start() -> None:
    panel = Panel(np.zeros((5, 4)), np.zeros((5, 4)), np.array([1, 2, 4, 4, 4]))
    assert effect_since(panel, 3) is None
    assert effect_since(panel, 2) is not None


@pytest.mark.simulation
def test_two_treated_of_twelve_are_covered_whatever_carries_over() -> None:
    rng = np.random.default_rng(2)
    start = np.array([2, 4, *[6] * 10])
    for carry in (0.0, 0.6):
        inside = []
        for _ in range(300):
            swings = rng.normal(size=(12, 26))
            for wave in range(1, 26):
                swings[:, wave] += carry * swings[:, wave - 1]
            mean = swings[:, 20:] + 0.5 * (np.arange(6) >= start[:, None])
            effect = average_effect(Panel(mean, np.full(mean.shape, 0.01), start))
            low, high, _ = wider(effect.estimate, [effect.between, effect.sampling], [effect.df, np.inf], 0.95)
            inside.append(low <= 0.5 <= high)
        assert np.mean(inside) >= 0.92
