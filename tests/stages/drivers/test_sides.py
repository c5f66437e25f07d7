"""Two sides of a split: which slope differs most, and samples for the ordinal scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine.answers import Reading
from cxlens.engine.moments import moments
from cxlens.stages.drivers import sides
from cxlens.stages.drivers.ask import ask


def reading(y_digits: int = 0, n: int = 400, seed: int = 0) -> tuple[Reading, int]:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 3)), columns=list("abc"))
    frame["side"] = rng.choice(["left", "right"], n)
    felt = frame["a"] + frame["b"] * (frame["side"] == "left") + rng.normal(size=n)
    frame["y"] = felt.round(y_digits) if y_digits else felt.round().clip(0, 10)
    survey = cx.Survey(frame, touchpoints=list("abc"), outcome="y", scale=cx.Scale(1, 5), segments=["side"])
    asked = ask(survey)
    return Reading(survey.source, asked.design, asked.names, "side"), asked.design.k


def test_the_slope_that_differs_most_is_named_with_both_values():
    asked, k = reading()
    sums, _ = moments(asked.source, asked.design, asked.names, "side")
    slope = sides.clearest_slope(sums.products, sums.rows.sum(axis=1), k, 0.05)
    assert slope.place == 1
    assert slope.clear
    assert (slope.first, slope.second) == pytest.approx((1.0, 0.0), abs=0.2)


def test_where_nothing_is_left_no_slope_is_named():
    asked, k = reading()
    sums, _ = moments(asked.source, asked.design, asked.names, "side")
    nothing = np.zeros_like(sums.products)
    assert sides.clearest_slope(nothing, sums.rows.sum(axis=1), k, 0.05) is None


def test_an_outcome_of_many_answers_is_not_looked_at_on_the_ordinal_scale():
    asked, k = reading(y_digits=3)
    assert sides.ordinal_p(asked, k, ["left"], ["left", "right"]) is None


def test_of_many_rows_a_sample_is_looked_at(monkeypatch):
    asked, k = reading(n=2000)
    everyone = sides.ordinal_p(asked, k, ["left"], ["left", "right"])
    monkeypatch.setattr(sides, "MOST_ROWS", 500)
    assert 400 < sum(len(part.z) for part in sides._sample(asked, ["left", "right"])) < 600
    assert everyone == sides.ordinal_p(asked, k, ["left"], ["left", "right"]) == 0.001  # none of 999
