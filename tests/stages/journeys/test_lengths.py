from __future__ import annotations

import numpy as np
import pytest

from cxlens.stages.journeys.lengths import in_unit, in_words, interval_in_words, median_in, quantiles, unit_of

DAY = 86_400.0


@pytest.mark.parametrize(
    ("seconds", "unit"), [(0, "seconds"), (119, "seconds"), (120, "minutes"), (7_200, "hours"), (2 * DAY, "days")]
)
def test_units_of_which_the_median_is_two_or_more(seconds: float, unit: str) -> None:
    assert unit_of(np.array([seconds])) == unit
    assert unit_of(np.zeros(0)) == "seconds"
    assert in_unit(np.array([2 * DAY]), "days").tolist() == [2]


def test_a_quantile_that_tells_of_a_few_is_blank() -> None:
    values = np.arange(1.0, 61.0)
    told = quantiles(values, np.arange(60), 5)
    assert told["median"] == 30.5
    assert told["q25"] == 15.75
    assert np.isnan(told["q95"])  # three lie above it
    assert quantiles(values, np.arange(60), 1)["q95"] == pytest.approx(57.05)
    of_one = quantiles(values, np.zeros(60, int), 5)
    assert np.isnan(list(of_one.values())).all()


def test_customers_with_several_journeys_tell_less() -> None:
    values = np.random.default_rng(3).exponential(size=40)
    alone = quantiles(values, np.arange(40), 1)
    together = quantiles(np.repeat(values, 5), np.repeat(np.arange(40), 5), 1)
    assert together["high"] - together["low"] > 0.9 * (alone["high"] - alone["low"])


def test_words() -> None:
    assert in_words(1, "touches") == "1 touch"
    assert in_words(5.5, "touches") == "5.5 touches"
    assert in_words(1.25, "days") == "1.2 days"
    assert in_words(312.4, "hours") == "312 hours"
    assert interval_in_words({"low": 1.0, "high": 2.0, "unit": "touches"}) == "[1, 2]"
    assert interval_in_words({"low": 1.0, "high": 2.25, "unit": "days"}) == "[1.0, 2.2]"
    assert interval_in_words({"low": np.nan, "high": np.nan, "unit": "days"}) == ""


def test_medians_of_times() -> None:
    assert median_in(np.full(12, DAY * 3), np.arange(12), 5) == ("days", 3)
    assert median_in(np.zeros(0), np.zeros(0, int), 5)[0] == ""
    assert median_in(np.array([np.nan]), np.zeros(1, int), 5)[0] == ""
