from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.stages.impact.forecast_purchases import (
    Fitted,
    Forecast,
    Holdout,
    degenerate,
    fit,
    forecast,
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


def test_an_interval_has_the_errors_of_rates_and_of_what_comes() -> None:
    found = Forecast(np.array([2.0, 6.0]), np.array([3.0, 4.0]), np.array([5.0, 7.0]))
    half = 1.959964 * np.sqrt(25 + 12)
    assert found.ends(np.ones(2, bool), 0.95) == pytest.approx((max(8 - half, 0), 8 + half))
    part = 1.959964 * np.sqrt(0.75**2 * 25 + 7)
    assert found.ends(np.array([False, True]), 0.95) == pytest.approx((max(6 - part, 0), 6 + part))


@pytest.mark.simulation
def test_what_comes_lies_in_the_interval() -> None:
    # 100 shops of 400 customers: 93 of 100.
    inside = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        rows = []
        for who in range(200):
            day, rate, stops = rng.uniform(0, 100), rng.gamma(2, 0.01), rng.beta(1, 6)
            while day < 300:
                rows.append((f"c{who}", int(day), 1.0))
                if rng.random() < stops:
                    break
                day += rng.exponential(1 / rate)
        read = purchases(rows)
        until = read.counts.last - 80
        known = known_until(read, until)
        found = forecast(fit(known, valued=False).buying, known, 80)
        low, high = found.ends(np.ones(len(found.expected), bool), 0.95)
        later = read.bought.day > until
        inside.append(low <= np.isin(read.bought.customer[later], known.customer).sum() <= high)
    assert np.mean(inside) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 16)
