"""Which rung judges an effect, and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlens.stages.impact.ladder import Judged, Places, Sides, judged
from cxlens.study.metrics import Sample


def sides(places: int, waves: int, n: int = 20, *, kind: Any = "values", treated: int = 1, seed: int = 0) -> Sides:
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), waves * n)
    wave = np.tile(np.repeat(np.arange(waves), n), places)
    size = len(place)
    sample = Sample(rng.normal(size=size) + 2 * (wave == -1), np.ones(size), None, pd.DataFrame(index=range(size)))
    hidden = np.zeros(size, bool)
    return Sides(sample, pd.Series(wave), wave >= waves // 2, place < treated, Places(place, kind, hidden))


def without(given: Sides, which: np.ndarray) -> Sides:
    places = given.places
    return Sides(
        given.sample.take(~which),
        given.when[~which],
        given.late[~which],
        given.inside[~which],
        Places(places.of_answer[~which], places.kind, places.hidden[~which]),
    )


@pytest.mark.parametrize(
    ("places", "waves", "by", "basis"),
    [
        (
            6,
            2,
            "places",
            "Judged by the changes of 1 place where it was done and 5 others, 4 degrees of freedom. Of all 6 ways to "
            "choose 1 of these 6 places, 2 show as much: p = 0.333.",
        ),
        (4, 6, "waves", "Judged by the 6 waves; assumes that waves swing independently."),
        (
            4,
            2,
            "answers",
            "The interval is of sampling alone: 1 place where it was done and 3 others cannot tell an effect from the "
            "ordinary swings of places, so there is no p-value.",
        ),
    ],
)
def test_the_highest_rung_that_holds_judges(places: int, waves: int, by: str, basis: str) -> None:
    found = judged(sides(places, waves), 0.95)
    assert (found.by, found.basis) == (by, basis)
    assert np.isnan(found.estimate[3]) == (by == "answers")


def test_treatment_that_differs_within_clusters_is_judged_by_them() -> None:
    given = sides(4, 2, kind="crossed")
    unit = np.arange(len(given.when)) % 10
    found = judged(given._replace(sample=given.sample._replace(unit=unit)), 0.95)
    assert (found.by, found.basis) == ("clusters", "")


def test_clusters_that_balance_are_no_surer_than_answers() -> None:
    """Each cluster has an answer above the mean and one as far below it, so that clusters hardly differ."""
    given = sides(4, 2)
    little = 0.01 * np.random.default_rng(1).normal(size=len(given.when))
    half = np.abs(given.sample.value[::2])
    balanced = np.column_stack([half, -half]).ravel()
    unit = np.arange(len(half)).repeat(2)
    for effect in (0.3, 0.9):
        value = balanced + little + effect * (given.inside & given.late)
        alone = judged(given._replace(sample=given.sample._replace(value=value)), 0.95)
        crossed = given._replace(
            sample=given.sample._replace(value=value, unit=unit), places=given.places._replace(kind="crossed")
        )
        found = judged(crossed, 0.95)
        assert found.estimate[:3] == pytest.approx(alone.estimate[:3])
        low, high = found.estimate[1:3]
        assert (low > 0 or high < 0) == (found.estimate[3] < 0.05) == (effect > 0.5)


@pytest.mark.parametrize("places", [6, 2])
def test_who_answers_twice_counts_once(places: int) -> None:
    """Neither places nor waves differ, so that answers alone make the interval: each is there twice."""
    given = sides(places, 6)
    value = np.tile([1.0, 1.0, -1.0, -1.0], places * 30)
    once, twice = (
        judged(given._replace(sample=given.sample._replace(value=value, unit=unit)), 0.95)
        for unit in (None, np.arange(len(value) // 2).repeat(2))
    )
    assert once.by == twice.by == ("places" if places == 6 else "waves")
    assert twice.estimate[2] == pytest.approx(np.sqrt(2) * once.estimate[2])


def test_a_place_of_few_in_one_period_is_not_told_by_its_change() -> None:
    given = sides(7, 2)
    first = np.tile(np.arange(20), 14) < 3
    for is_short in (given.late, ~given.late):
        few = without(given, (given.places.of_answer == 6) & is_short & ~first)
        assert judged(few, 0.95).cells == (1, 5, 1, 1)


def test_places_without_both_periods_take_no_part() -> None:
    given = sides(7, 2)
    found = judged(without(given, (given.places.of_answer == 6) & given.late), 0.95)
    assert found.cells == (1, 5, 1, 1)
    assert found.basis.endswith("Places with no or few answers in a period are left out.")
    alone = judged(without(given, given.places.of_answer == 6), 0.95)
    assert found.estimate == pytest.approx(alone.estimate)


def test_a_place_of_few_is_not_told_by_its_change() -> None:
    """Each place counts alike, so that with the pooled change the change of a small one could be worked out."""
    given = sides(7, 2)
    first = np.tile(np.arange(20), 14) < 3
    few = without(given, (given.places.of_answer == 6) & ~first)
    assert judged(few, 0.95).estimate == pytest.approx(
        judged(without(given, given.places.of_answer == 6), 0.95).estimate
    )
    hidden = given._replace(places=given.places._replace(hidden=given.places.of_answer == 6))
    assert judged(hidden, 0.95).cells == (1, 5, 1, 1)
    all_small = sides(40, 2, 1, treated=20)  # together they are many
    assert judged(all_small, 0.95).cells == (20, 20, 1, 1)


def test_a_place_that_leaves_takes_a_wave_and_another_place_with_it() -> None:
    """Without the hidden place wave 0 has no treated, and without wave 0 the last place has nothing before."""
    given = sides(8, 4, treated=2)
    place, wave = given.places.of_answer, given.when.to_numpy()
    given = given._replace(places=given.places._replace(hidden=place == 0))
    few = without(given, ((place == 1) & (wave == 0)) | ((place == 7) & (wave == 1)))
    found = judged(few, 0.95)
    assert (found.by, found.cells) == ("places", (1, 5, 2, 1))
    assert np.isfinite(found.estimate).all()


def test_waves_that_only_one_side_has_do_not_count() -> None:
    given = sides(6, 4)
    found = judged(without(given, given.inside & (given.when == 1).to_numpy()), 0.95)
    assert found.cells == (1, 5, 2, 1)


def test_the_swing_is_told_only_where_sampling_does_not_do() -> None:
    given = sides(2, 2, 200)
    assert np.isnan(judged(given, 0.95).swing)
    lifted = given.sample.value + 1.0 * (given.inside & given.late)
    found = judged(given._replace(sample=given.sample._replace(value=lifted)), 0.95)
    assert 0.1 < found.swing < 0.5


def test_nothing_to_compare_is_blank() -> None:
    given = sides(2, 2)
    apart = without(given, given.inside == given.late)
    assert np.isnan(judged(apart, 0.95).estimate).all()
    assert Judged((0, 0, 0, 0), 1.0, "clusters", (0, 0, 0, 0)).basis == ""
