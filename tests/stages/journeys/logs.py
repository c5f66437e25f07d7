"""Logs from words: each letter a touchpoint, each word a customer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlens.study.journeys import JourneyLog


def log_of(*words: str, buys: str = "!", **columns: Any) -> JourneyLog:
    """A log of one customer a word; the letter that ``buys`` is the outcome, other columns are by customer.

    A column ``value`` is what the last event is worth; others are segments.
    """
    rows = [(who, letter, step) for who, word in enumerate(words) for step, letter in enumerate(word)]
    events = pd.DataFrame(rows, columns=["who", "met", "nr"])
    events["bought"] = (events["met"] == buys).astype(int)
    for name, values in columns.items():
        events[name] = [values[who] for who in events["who"]]
    if "value" in columns:
        events["value"] = events["value"].where(events["bought"] == 1, 0.0)
    return JourneyLog(
        events,
        customer="who",
        touchpoint="met",
        order="nr",
        outcome="bought",
        value="value" if "value" in columns else None,
        segments=[name for name in columns if name != "value"],
    )
