"""How respondents came to their answer: what they met within a window before it, in which order, how long it took.

The window is found in :mod:`cxlens.study.behaviour`; which of it goes with the outcome is the question of the stage
``drivers``.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.errors import ColumnError
from cxlens.study.journeys import JourneyLog
from cxlens.study.moments import ticks_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NOTHING = "nothing met"
TAKEN = ("met_again", "met_before")
YES_NO = ("no", "yes")
HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
SPANS = (0.0, HOUR, DAY, WEEK)  # the most seconds of each band but the last
SPAN_WORDS = ("none", "up to an hour", "up to a day", "up to a week", "over a week")


class Spell(Protocol):
    """For each answer the events from ``start`` up to, but not including, ``stop``, where that ``is_known``."""

    @property
    def start(self) -> Ints:
        """(answers,) the first event."""

    @property
    def stop(self) -> Ints:
        """(answers,) the event after the last one."""

    @property
    def is_known(self) -> Flags:
        """(answers,) whether the log tells all of it."""

    def sums(self, values: Floats) -> Floats:
        """(answers,) the sum of the events' values; NaN where it is not known."""


def way_features(log: JourneyLog, window: Spell) -> dict[str, Any]:
    """Segment columns of the way to each answer, by name; blank where the log does not tell all of the window.

    ``met_<touchpoint>`` ("no", "yes"), ``met_again`` (any touchpoint more than once), ``first_met`` and ``last_met``
    (touchpoints, or "nothing met"), ``way_took`` (from the first event to the last) and ``longest_wait`` (between two
    of them), both in bands.

    Raises
    ------
    ColumnError
        ``touchpoint 'again' would make a column 'met_again', which means something else here. Give it another ...``
    """
    _check_names(log)
    events = log.rows()
    n = window.stop - window.start
    columns: dict[str, Any] = {}
    distinct = np.zeros(len(n))
    for code, name in enumerate(log.touchpoints):
        is_here = events.code == code
        met = np.sign(window.sums(is_here.astype(np.float64)))
        distinct += met
        columns[f"met_{name}"] = _in_words(met, YES_NO)
    again = np.sign(n - distinct)
    columns["met_again"] = _in_words(again, YES_NO)
    names = (*log.touchpoints, NOTHING)
    columns["first_met"] = _in_words(_code_at(events.code, window, window.start), names)
    columns["last_met"] = _in_words(_code_at(events.code, window, window.stop - 1), names)
    seconds = _seconds(log)
    took, longest = _times(seconds, window)
    for column, spans in (("way_took", took), ("longest_wait", longest)):
        columns[column] = _in_words(np.searchsorted(SPANS, spans) + 0 * spans, SPAN_WORDS)
    return columns


def _check_names(log: JourneyLog) -> None:
    """Refuse touchpoints whose columns have names that stand for something else."""
    for name in log.touchpoints:
        if f"met_{name}" in TAKEN:
            raise ColumnError(
                f"touchpoint {name!r} would make a column 'met_{name}', which means something else here. Give it "
                "another name, or roll the log up: log.by(touchpoint_map, 'stage')."
            )


def way_names(columns: list[str], within: str) -> dict[str, str]:
    """What people call these columns."""
    words = {
        "met_again": f"met anything again in the {within} before",
        "first_met": f"first met in the {within} before",
        "last_met": f"last met in the {within} before",
        "way_took": f"from first to last in the {within} before",
        "longest_wait": f"longest wait in the {within} before",
    }
    for column in columns:
        words.setdefault(column, f"met {column.removeprefix('met_')} in the {within} before")
    return {column: words[column] for column in columns}


def _in_words(codes: Floats, words: tuple[str, ...]) -> Any:
    """Codes as words, those that occur, in order; blank where they are NaN."""
    is_blank = np.isnan(codes)
    whole = np.where(is_blank, -1, codes).astype(np.int64)
    kind = pd.CategoricalDtype(list(words), ordered=True)
    entries = pd.Categorical.from_codes(whole, dtype=kind)
    return entries.remove_unused_categories()


def _code_at(code: NDArray[np.int32], window: Spell, place: Ints) -> Floats:
    """(answers,) the touchpoint of an event of the window; the number of touchpoints where it is empty, NaN unknown."""
    nothing = int(code.max()) + 1
    is_empty = window.stop <= window.start
    inside = np.where(is_empty, 0, place)
    found = np.where(is_empty, nothing, code[inside])
    return np.where(window.is_known, found, np.nan)


def _seconds(log: JourneyLog) -> Floats:
    """(events,) seconds since the first event of the log."""
    ticks, per_second = ticks_of(pd.DatetimeIndex(log.detail("time")))
    return np.asarray((ticks - ticks.min()) / per_second)


def _times(seconds: Floats, window: Spell) -> tuple[Floats, Floats]:
    """(answers,) seconds from the first event of the window to its last, and between the two farthest apart in a row.

    0 where there are fewer than two, NaN where that is not known.
    """
    has_two = window.stop - window.start >= 2
    first = np.where(has_two, window.start, 0)
    last = np.where(has_two, window.stop - 1, 0)
    gaps = np.append(np.diff(seconds), [0.0, 0.0])
    until = np.maximum(last, first + 1)
    edges = np.column_stack([first, until])
    took = seconds[last] - seconds[first]
    longest = np.maximum.reduceat(gaps, edges.ravel())[::2]
    unknown = np.where(window.is_known, 0.0, np.nan)
    return (
        np.where(has_two, took, 0.0) + unknown,
        np.where(has_two, longest, 0.0) + unknown,
    )
