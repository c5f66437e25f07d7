from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.stages.impact.forecast_purchases import (
    Fitted,
    Holdout,
    degenerate,
    fit,
    hold_out,
    is_off,
    known_until,
    mean_spend,
)
from cxlens.stats.repeat_purchases import BuyingRates, Spending
from cxlens.study.purchases import Purchases


def purchases(rows: list[tuple[str, int, float]]) -> Purchases:
    frame = pd.DataFrame(rows, columns=["who", "day", "paid"])
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["day"], unit="D")
    return Purchases(frame, customer="who", time="day", value="paid")


def test_histories_until_a_day() -> None:
    read = purchases([("a", 0, 5.0), ("a", 10, 2.0), ("a", 30, 4.0), ("b", 12, 3.0), ("c", 40, 1.0)])
    known = known_until(read, read.counts.first + 30)
    rows = sorted(np.column_stack([*known.histories[:3], known.spent]).tolist())
    assert rows == [[0, 0, 18, 0], [2, 30, 30, 3]]


def test_holdout_counts_those_known_before() -> None:
    rows = [(f"c{k}", day, 1.0) for k in range(30) for day in range(k, 300, 10 + k)]
    past = hold_out(purchases([*rows, ("new", 290, 1.0), ("c0", 299, 1.0)]), 60)
    assert past.steps["came"].iloc[-1] == past.came.sum()
    assert past.steps["forecast"].iloc[-1] == pytest.approx(past.forecast.sum())
    assert past.steps["day"].tolist()[0] == 0
    assert past.came.sum() == sum(day > 239 for _, day, _ in rows) + 1
    assert len(past.customer) == 30


def test_off_means_clearly_by_more_than_a_twentieth() -> None:
    came = np.random.default_rng(1).poisson(1.0, 400).astype(float)
    every = np.ones(400, bool)
    none = np.zeros(400)
    past = Holdout(np.arange(400, dtype=np.int32), np.ones(400), came, none, pd.DataFrame())
    assert not is_off(past, every, 0.95)
    more = past._replace(came=came + 0.5)
    assert is_off(more, every, 0.95)
    assert not is_off(more._replace(came=np.full(400, 1.04)), every, 0.95)
    assert not is_off(more, np.arange(400) < 3, 0.95)
    assert not is_off(more, np.arange(400) < 1, 0.95)
    learnt_from_few = more._replace(pull=np.where(np.arange(400) < 4, 100.0, 0.0))
    assert not is_off(learnt_from_few, every, 0.95)


def test_a_degenerate_fit_is_named() -> None:
    assert degenerate(Fitted(BuyingRates(0.8, 69.0, 0.0034, 6.8, 0.0), None)) == (
        "The fit is degenerate (a = 0.0034): by it hardly anybody ever stops buying, which so short a record cannot "
        "tell."
    )
    assert degenerate(Fitted(BuyingRates(0.8, 69.0, 0.5, 2e5, 0.0), None)).startswith("The fit is degenerate")
    assert degenerate(Fitted(BuyingRates(2e4, 69.0, 0.5, 2.0, 0.0), None)) == (
        "The fit is degenerate: a parameter lies at an edge, so these purchases do not tell customers apart."
    )
    sound = BuyingRates(0.24, 4.4, 0.79, 2.4, 0.0)
    assert degenerate(Fitted(sound, Spending(2.0, 3.0, 4.0, 0.0))) == ""
    assert degenerate(Fitted(sound, Spending(2.0, 0.9, 4.0, 0.0))) == (
        "The fit of spending is degenerate (q = 0.9): it has no mean."
    )


def test_spend_without_a_mean_is_the_plain_one() -> None:
    known = known_until(purchases([("a", 0, 5.0), ("a", 10, 2.0), ("b", 12, 3.0)]), 30_000)
    assert mean_spend(known, Spending(2.0, 0.9, 4.0, 0.0)).tolist() == [2, 2]


def test_without_values_or_repeats_there_is_no_spending() -> None:
    known = known_until(purchases([("a", 0, 5.0), ("b", 12, 3.0)]), 30_000)
    assert fit(known, valued=True).spending is None
