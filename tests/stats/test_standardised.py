"""Changes of the same kinds: against the arithmetic of cells, Welch's test, and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.inference import wider
from cxlens.stats.standardised import Kinds, Part, standardise

MIX = np.array([0.1, 0.2, 0.3, 0.4])


def drawn(n: int, seed: int, units: int = 0) -> Kinds:
    """Kinds equal before, 1 : 2 : 3 : 4 after; kind k changes by 0.2 k."""
    rng = np.random.default_rng(seed)
    kind = np.r_[rng.integers(0, 4, n), rng.choice(4, n, p=MIX)]
    late = np.repeat([False, True], n)
    y = 3 + 0.3 * kind + 0.2 * kind * late + rng.normal(size=2 * n)
    unit = None
    if units:
        unit = rng.integers(0, units, 2 * n)
        y = y + 0.4 * rng.normal(size=units)[unit]
    return Kinds(y, rng.lognormal(0, 0.4, 2 * n), late, kind, unit)


def ends(part: Part) -> tuple[float, float, float]:
    return wider(part.value, [part.error], [part.df], 0.95)


@pytest.mark.parametrize("after", [False, True])
def test_the_change_is_the_arithmetic_of_cells(after: bool) -> None:
    data = drawn(300, 1)
    means = np.array([[np.average(data.y[at], weights=data.w[at]) for at in cells(data, late)] for late in (0, 1)])
    weight = np.array([data.w[at].sum() for at in cells(data, after)])
    change, rest = standardise(data, after=after)
    assert change.value == pytest.approx(weight @ (means[1] - means[0]) / weight.sum())
    whole = [np.average(data.y[data.late == late], weights=data.w[data.late == late]) for late in (False, True)]
    assert change.value + rest.value == pytest.approx(whole[1] - whole[0])


def cells(data: Kinds, late: bool | int) -> list[np.ndarray]:
    return [(data.kind == k) & (data.late == bool(late)) for k in range(4)]


def test_one_kind_is_welchs_test_and_leaves_nothing_to_who_answered() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=100)
    late = np.arange(100) >= 40
    change, rest = standardise(Kinds(y, np.ones(100), late, np.zeros(100, int)))
    test = stats.ttest_ind(y[late], y[~late], equal_var=False)
    assert change.value / change.error == pytest.approx(test.statistic)
    assert change.df == pytest.approx(test.df)
    assert (rest.value, rest.error) == pytest.approx((0, 0), abs=1e-12)


def test_kinds_that_take_no_part_are_who_answered() -> None:
    data = drawn(300, 3)
    left = np.where(data.kind == 3, -1, data.kind)
    change, rest = standardise(data._replace(kind=left))
    among = data.kind < 3
    only, _ = standardise(Kinds(data.y[among], data.w[among], data.late[among], data.kind[among]))
    assert change == pytest.approx(only)
    whole = [np.average(data.y[data.late == late], weights=data.w[data.late == late]) for late in (False, True)]
    assert change.value + rest.value == pytest.approx(whole[1] - whole[0])


def test_clusters_widen() -> None:
    data = drawn(400, 4, units=20)
    alone, _ = standardise(data._replace(unit=None))
    by_cluster, _ = standardise(data)
    assert by_cluster.value == alone.value
    assert by_cluster.df < 20
    each_once = data._replace(unit=np.arange(800))
    assert standardise(each_once)[0].error == pytest.approx(alone.error, rel=0.03)


@pytest.mark.simulation
def test_both_parts_are_covered() -> None:
    inside = []
    for seed in range(200):
        parts = standardise(drawn(400, seed))
        truths = (0.3, 0.5 * (MIX @ np.arange(4) - 1.5))
        spans = [ends(part) for part in parts]
        inside.append([low <= truth <= high for (low, high, _), truth in zip(spans, truths, strict=True)])
    assert np.all(np.mean(inside, axis=0) > 0.9)


def test_the_rest_is_what_is_left_of_each_answer() -> None:
    """Weights of an answer move the rest as its influence says: here where kinds hardly vary within."""
    data = drawn(2_000, 6)
    truth = 3 + 0.3 * data.kind + 0.2 * data.kind * data.late
    flat = data._replace(y=truth, w=np.ones(len(truth)))
    _, rest = standardise(flat)
    moved = []
    rng = np.random.default_rng(7)
    for _ in range(400):
        again = np.r_[rng.integers(0, 2_000, 2_000), rng.integers(2_000, 4_000, 2_000)]
        of_again = Kinds(truth[again], flat.w, flat.late, flat.kind[again])
        moved.append(standardise(of_again)[1].value)
    assert rest.error == pytest.approx(np.std(moved), rel=0.12)
