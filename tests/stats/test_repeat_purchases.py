from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cxlens.datasets import load_cdnow
from cxlens.stats.repeat_purchases import (
    BuyingRates,
    Histories,
    Spending,
    chance_alive,
    fit_buying,
    fit_spending,
    histories,
    margin_multiple,
    pull_of_each,
    purchases_of_a_newcomer,
    purchases_to_come,
    simulated_purchases,
    value_of_a_purchase,
)

CDNOW = BuyingRates(0.2426, 4.4135, 0.7929, 2.4258, -9582.43)


@pytest.fixture(scope="module")
def quoted(shared: Path) -> dict:
    return json.loads((shared / "reference" / "measures.json").read_text())


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return load_cdnow()


@pytest.fixture(scope="module")
def fitted(cdnow: pd.DataFrame) -> BuyingRates:
    return fit_buying(histories(cdnow["frequency"], cdnow["recency"], cdnow["T"]))


def one(repeats: float, last: float, followed: float) -> Histories:
    return Histories(*np.array([[repeats], [last], [followed], [1.0]]))


def simulated(rates: BuyingRates, customers: int, followed: float, span: float, rng: np.random.Generator) -> np.ndarray:
    """Repeat purchases, time of the last and purchases in the span that follows, of each customer: (customers, 3)."""
    rows = np.zeros((customers, 3))
    rate = rng.gamma(rates.r, 1 / rates.alpha, customers)
    stops = rng.beta(rates.a, rates.b, customers)
    for i in range(customers):
        now = 0.0
        while True:
            now += rng.exponential(1 / rate[i])
            if now > followed + span:
                break
            if now <= followed:
                rows[i, :2] = rows[i, 0] + 1, now
            else:
                rows[i, 2] += 1
            if rng.random() < stops[i]:
                break
    return rows


def test_published_figures_of_cdnow(fitted: BuyingRates) -> None:
    assert_allclose(fitted, CDNOW, rtol=1e-4)


def test_fit_and_forecasts_equal_the_reference(fitted: BuyingRates, quoted: dict) -> None:
    expected = quoted["clv_bgnbd_cdnow"]["value"]
    assert_allclose(fitted, [expected[name] for name in ("r", "alpha", "a", "b", "loglik")], rtol=1e-5)
    assert purchases_of_a_newcomer(fitted, 39) == pytest.approx(expected["EX39"], rel=1e-5)
    assert purchases_to_come(fitted, one(2, 30.43, 38.86), 39)[0] == pytest.approx(expected["EY39_id1"], rel=1e-5)
    assert chance_alive(fitted, one(2, 30.43, 38.86))[0] == pytest.approx(expected["palive_id1"], rel=1e-5)
    assert chance_alive(fitted, one(1, 1.71, 38.86))[0] == pytest.approx(expected["palive_id2"], rel=1e-5)


def test_spending_equals_the_reference(quoted: dict, shared: Path) -> None:
    rows = pd.read_csv(shared / "reference" / "cdnow_customers_summary_with_transactions.csv")
    rows = rows[rows["x"] > 0]
    found = fit_spending(rows["x"], rows["zbar"])
    expected = quoted["clv_gammagamma_cdnow"]["value"]
    assert_allclose(found, [expected[name] for name in ("p", "q", "v", "loglik")], rtol=2e-4)
    assert value_of_a_purchase(found, 2, 22.35) == pytest.approx(expected["EM_x2_z2235"], rel=1e-4)
    assert value_of_a_purchase(found, 1, 11.77) == pytest.approx(expected["EM_x1_z1177"], rel=1e-4)
    assert value_of_a_purchase(found, 0, 0) == pytest.approx(expected["EM_pop"], rel=1e-4)


def test_parameters_do_not_depend_on_the_unit_of_time(cdnow: pd.DataFrame, fitted: BuyingRates) -> None:
    in_days = fit_buying(histories(cdnow["frequency"], 7 * cdnow["recency"], 7 * cdnow["T"]))
    assert_allclose([in_days.r, in_days.alpha / 7, in_days.a, in_days.b], fitted[:4], rtol=1e-4)


def test_forecast_is_what_simulated_customers_buy() -> None:
    rates = BuyingRates(0.8, 6.0, 0.9, 3.0, 0.0)
    rows = simulated(rates, 20_000, 30, 20, np.random.default_rng(5))
    done = Histories(rows[:, 0], rows[:, 1], np.full(len(rows), 30.0), np.ones(len(rows)))
    expected = purchases_to_come(rates, done, 20)
    error = rows[:, 2].std() / np.sqrt(len(rows))
    assert expected.mean() == pytest.approx(rows[:, 2].mean(), abs=3 * error)
    often = rows[:, 0] >= 3
    error = rows[often, 2].std() / np.sqrt(often.sum())
    assert expected[often].mean() == pytest.approx(rows[often, 2].mean(), abs=3 * error)


def test_at_a_of_one_the_forecast_has_no_gap() -> None:
    at, beside = (purchases_to_come(BuyingRates(0.5, 5.0, a, 2.0, 0.0), one(3, 10, 12), 10)[0] for a in (1.0, 1.001))
    assert at == pytest.approx(beside, rel=1e-3)


def test_a_customer_who_never_stops_buys_at_the_rate_seen() -> None:
    rates = BuyingRates(1.0, 2.0, 1e-9, 1.0, 0.0)
    assert purchases_to_come(rates, one(4, 9, 10), 6)[0] == pytest.approx(6 * 5 / 12, rel=1e-6)


def test_no_mean_where_spending_has_none() -> None:
    assert value_of_a_purchase(Spending(2.0, 0.8, 10.0, 0.0), 0, 0) == np.inf


def test_multiple_equals_gupta_and_lehmann(quoted: dict) -> None:
    for case, expected in quoted["clv_gupta_lehmann_multiple"]["value"].items():
        r, i = (float(part.split("=")[1]) for part in case.split(","))
        assert margin_multiple(r, i) == pytest.approx(expected, rel=1e-12)


def test_pull_is_how_a_customer_moves_the_forecast_of_all() -> None:
    rows = simulated(BuyingRates(0.8, 6.0, 0.9, 3.0, 0.0), 600, 30, 20, np.random.default_rng(2))
    columns = [rows[:, 0], rows[:, 1], np.full(len(rows), 30.0)]
    done = Histories(*columns, np.ones(len(rows)))
    fitted = fit_buying(histories(*columns))
    pull = pull_of_each(fitted, done, 20)
    moved = []
    for who in range(12):
        rest = np.arange(len(rows)) != who
        without = fit_buying(histories(*(column[rest] for column in columns)))
        moved.append((purchases_to_come(fitted, done, 20) - purchases_to_come(without, done, 20)).sum())
    assert np.corrcoef(moved, pull[:12])[0, 1] > 0.95
    assert np.std(moved) == pytest.approx(np.std(pull[:12]), rel=0.3)


def test_simulated_futures_are_on_average_what_is_expected() -> None:
    kinds = Histories(np.array([0.0, 2, 7]), np.array([0.0, 20, 35]), np.array([38.0, 30, 36]), np.ones(3))
    rng = np.random.default_rng(3)
    many = Histories(*(np.repeat(column, 40_000) for column in kinds))
    made = simulated_purchases(CDNOW, many, 30, rng).reshape(3, -1)
    error = made.std(axis=1) / np.sqrt(made.shape[1])
    assert (np.abs(made.mean(axis=1) - purchases_to_come(CDNOW, kinds, 30)) < 4 * error).all()
    assert (made == made.round()).all()
