"""Those dropped for a blank are compared with those analysed, and a difference is told only where it is clear."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.stages.drivers.dropped import _compared, difference_of_dropped

SCALE = cx.Scale(1, 5, blank=[0])


def answers(n: int, dropped: int, lower: float, seed: int = 0) -> pd.DataFrame:
    """Answers of which the first are blank, with an outcome that is so much lower."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 2)), columns=["web", "call"])
    frame["y"] = frame["web"] + rng.normal(size=n)
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["flight"] = rng.integers(0, 40, n)
    frame.loc[: dropped - 1, "call"] = 0
    frame.loc[: dropped - 1, "y"] -= lower
    return frame


def difference(frame: pd.DataFrame, **roles: str) -> float:
    made = cx.Survey(frame, touchpoints=["web", "call"], outcome="y", scale=SCALE, **roles)
    return difference_of_dropped(cx.drivers(made, n_boot=0).record)


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}, {"cluster": "flight"}, {"cluster": "flight", "weight": "w"}])
@pytest.mark.parametrize("dropped", [30, 250])
def test_a_clear_difference_is_told_with_weights_and_clusters(roles: dict[str, str], dropped: int) -> None:
    frame = answers(600, dropped, 2.0)
    w = frame["w"] if "weight" in roles else pd.Series(1.0, frame.index)
    is_blank = frame["call"] == 0
    means = [np.average(frame.loc[side, "y"], weights=w[side]) for side in (is_blank, ~is_blank)]
    assert difference(frame, **roles) == pytest.approx(means[0] - means[1])


def test_nothing_is_told_of_fewer_than_five_or_of_those_without_an_outcome() -> None:
    assert difference(answers(300, 5, 5.0)) < -3
    assert difference(answers(300, 4, 5.0)) == 0
    frame = answers(300, 8, 5.0)
    frame.loc[:3, "y"] = np.nan  # four are left who have one
    assert difference(frame) == 0
    assert "Left out for a blank" not in str(
        cx.drivers(cx.Survey(answers(30, 4, 5.0), touchpoints=["web", "call"], outcome="y", scale=SCALE), n_boot=0)
    )


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}, {"cluster": "flight"}])
def test_answers_on_disk_are_compared_by_blocks(tmp_path, monkeypatch, roles) -> None:
    frame = answers(1500, 400, 2.0)
    inside = difference(frame, **roles)
    alike = answers(1500, 400, 0.0)
    few = answers(1500, 199, 2.0)
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 400)
    found = []
    for name, made in {"lower": frame, "alike": alike, "few": few}.items():
        made.to_parquet(tmp_path / f"{name}.parquet")
        roles_of = {"touchpoints": ["web", "call"], "outcome": "y", "scale": SCALE} | roles
        survey = cx.Survey(tmp_path / f"{name}.parquet", **roles_of)
        found.append(difference_of_dropped(cx.drivers(survey, n_boot=0).record))
    assert found == [pytest.approx(inside), 0, 0]


def test_few_dropped_from_many_at_the_top_are_seldom_told_apart() -> None:
    rng, said = np.random.default_rng(1), []
    for _ in range(60):
        y = np.where(rng.random(200) < 0.85, 5.0, rng.integers(1, 5, 200))
        dropped = np.arange(200) < 12
        _, p_value = _compared(y, np.ones(200), dropped, np.arange(200))
        said.append(p_value < 0.05)
    assert np.mean(said) < 0.09


def test_the_larger_side_is_thinned_where_it_is_many() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=30_000)
    dropped = np.arange(30_000) < 20
    y[dropped] -= 1.5
    found, p_value = _compared(y, np.ones(30_000), dropped, np.arange(30_000))
    assert found == pytest.approx(-1.5, abs=0.7)
    assert p_value < 0.01
