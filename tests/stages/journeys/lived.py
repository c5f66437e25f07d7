"""Journeys as plain lists, for tests: logs from words, and what a log holds told journey by journey."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from cxlens.engine.journeys import SortedEvents
from cxlens.study.journeys import JourneyLog

START = pd.Timestamp("2026-01-01")
Lived = list[tuple[int, list[tuple[int, int]]]]  # journeys: whose, and (code, second) of each event


class Small(NamedTuple):
    """A log of Hypothesis: events with times and flags of the outcome, cut at touchpoint 0 or nowhere."""

    events: list[tuple[int, int, int, bool]]
    ends: bool


def small_logs(largest: int = 4, most: int = 40) -> st.SearchStrategy[Small]:
    """Events (customer, touchpoint, minute, outcome) of a few customers, with and without several journeys of each."""
    event = st.tuples(st.integers(0, 4), st.integers(0, largest), st.integers(0, 60), st.booleans())
    return st.builds(Small, st.lists(event, min_size=1, max_size=most), st.booleans())


def frame_of(small: Small) -> pd.DataFrame:
    """The events of a small log as a table."""
    frame = pd.DataFrame(small.events, columns=["who", "met", "minute", "got"])
    frame["at"] = START + pd.to_timedelta(frame["minute"], unit="min")
    return frame.assign(
        met="t" + frame["met"].astype(str),
        who="c" + frame["who"].astype(str),
        nr=range(len(frame)),
        kind=np.where(frame["who"] % 2, "odd", "even"),
    )


def log_of(small: Small, **options: Any) -> JourneyLog:
    """A small log."""
    frame = frame_of(small)
    cuts: dict[str, Any] = {"ends_at": ["t0"]} if small.ends and (frame["met"] == "t0").any() else {}
    return JourneyLog(
        frame,
        customer="who",
        touchpoint="met",
        time="at",
        order="nr",
        outcome="got",
        segments=["kind"],
        **cuts,
        **options,
    )


def lived(events: SortedEvents) -> list[list[int]]:
    """The touchpoint codes of each journey."""
    journeys: list[list[int]] = [[] for _ in range(events.n_journeys)]
    for journey, code in zip(events.journey.tolist(), events.code.tolist(), strict=True):
        journeys[journey].append(code)
    return journeys


def words(*journeys: str, **columns: Any) -> JourneyLog:
    """A log from words: each letter of a word is a touchpoint, each word a customer; no clock."""
    rows = [(who, letter, step) for who, word in enumerate(journeys) for step, letter in enumerate(word)]
    events = pd.DataFrame(rows, columns=["who", "met", "nr"])
    for name, values in columns.items():
        events[name] = [values[who] for who in events["who"]]
    return JourneyLog(
        events,
        customer="who",
        touchpoint="met",
        order="nr",
        outcome="bought" if "bought" in columns else None,
        segments=[name for name in columns if name != "bought"],
    )
