"""Which journeys may go on, where a customer has several."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx


def test_a_journey_is_over_after_a_silence_longer_than_the_gap():
    frame = pd.DataFrame({"who": ["a", "b"], "met": "Web", "at": pd.to_datetime(["2026-01-01", "2026-03-01"])})
    roles = {"customer": "who", "touchpoint": "met", "time": "at"}
    assert cx.JourneyLog(frame, **roles).episodes["open"].tolist() == [True, True]
    assert cx.JourneyLog(frame, **roles, gap="30 days").episodes["open"].tolist() == [False, True]
    without = cx.JourneyLog(frame.assign(nr=1), customer="who", touchpoint="met", order="nr")
    assert without.open_journeys() is None
    assert list(without.episodes.columns) == ["customer", "episode", "n"]


def test_those_marked_open_are_mostly_those_that_go_on():
    """Customers order every ten days or so until they leave for good; a second log knows what came later."""
    rng = np.random.default_rng(4)
    begin = rng.uniform(0, 300, 400)
    waits = rng.exponential(10, (400, 60))
    leaves = rng.geometric(0.1, 400)
    at = begin[:, None] + np.cumsum(waits, axis=1)
    at[np.arange(60) >= leaves[:, None]] = np.inf
    who, _ = np.nonzero(np.isfinite(at))
    days = at[np.isfinite(at)]
    met = np.where(rng.random(len(days)) < 0.3, "Order", "Web")
    events = pd.DataFrame({"who": who, "met": met, "at": pd.Timestamp("2026-01-01") + pd.to_timedelta(days, unit="D")})
    known = events[days < 300]
    episodes = cx.JourneyLog(known, customer="who", touchpoint="met", time="at", ends_at="Order").episodes
    last = episodes.groupby("customer").tail(1)
    assert not episodes.drop(last.index)["open"].any()
    ended = last.set_index("customer")["end"].map(known.set_index("at")["met"]).eq("Order")
    assert not last.set_index("customer")["open"][ended].any()
    comes_back = set(events.loc[days >= 300, "who"])
    waiting = last[~ended.to_numpy()]
    came = waiting["customer"].isin(comes_back)
    assert waiting.loc[came, "open"].mean() > 0.9
    assert waiting.loc[~came, "open"].mean() < 0.4
