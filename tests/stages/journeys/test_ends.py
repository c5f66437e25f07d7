"""Which journeys may go on, touchpoint by touchpoint, and when one has clearly more ends than another."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

import cxlens as cx
from cxlens.stages.journeys.ends import is_clearly_more


def two_kinds(n: int = 400, days: float = 400.0) -> cx.JourneyLog:
    """After Web people come back within two days or never, after Order all do, within 60 days."""
    rng = np.random.default_rng(0)
    begin = rng.uniform(0, days, n)
    leaves = rng.random(n) < 0.5
    order = np.where(leaves, np.inf, begin + rng.uniform(0, 2, n))
    parcel = order + rng.uniform(0, 60, n)
    at = np.concatenate([begin, order, parcel])
    met = np.repeat(["Web", "Order", "Parcel"], n)
    events = pd.DataFrame({"who": np.tile(np.arange(n), 3), "met": met})[at < days]
    events["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(at[at < days], unit="D")
    return cx.JourneyLog(events, customer="who", touchpoint="met", time="at")


def test_each_touchpoint_has_silences_of_its_own():
    log = two_kinds()
    open_ones = log.open_journeys(["Parcel"])
    last = log.table.groupby("customer", sort=False)["touchpoint"].last()
    silence = log.rows().silence / 86_400
    at_web = (last == "Web").to_numpy()
    assert not open_ones[at_web & (silence > 2)].any()
    assert open_ones[at_web & (silence < 1)].all()
    assert open_ones[(last == "Order").to_numpy()].all()
    assert not open_ones[(last == "Parcel").to_numpy()].any()


def test_the_sign_test_is_that_of_scipy():
    for most, other in [(5, 0), (6, 0), (12, 5), (13, 4), (93, 37), (40, 40)]:
        p = stats.binomtest(most, most + other).pvalue
        assert is_clearly_more(most, other) == (p < 0.05)
