"""How long customers are silent at most after each touchpoint before they come back: a number a touchpoint.

The rule is that of :mod:`cxlens.stats.silence`; which journeys are open then does not belong here.
"""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

import numpy as np

from cxlens.engine.journeys import EDGE, Bools, Floats, Ints, SortedEvents, waits
from cxlens.engine.stored_journeys import StoredEvents
from cxlens.stats.silence import first_to_count, longest_wait, longest_wait_of_counts

CLASSES = 8  # of lengths, from one to twice as long
CLASSES_OF_LENGTH = f"""
    SELECT code, floor({CLASSES} * log2({{gap}} + 1))::BIGINT AS class, count(*) AS n
    FROM events
    WHERE next <> {EDGE}
    GROUP BY ALL
"""  # noqa: S608  numbers of ours
LONGEST = f"""
    SELECT code, {{gap}} AS seconds, count(*) AS n
    FROM events JOIN bounds ON place = code
    WHERE next <> {EDGE} AND {{gap}} >= least
    GROUP BY ALL
"""  # noqa: S608


class _Silences(NamedTuple):
    """So many (``n``) silences of so many ``seconds`` after a touchpoint, each as often as it stands here."""

    code: Ints
    seconds: Floats
    n: Ints

    def of(self, which: Bools) -> _Silences:
        """Some of them."""
        return _Silences(self.code[which], self.seconds[which], self.n[which])


@singledispatch
def longest_waits(events: SortedEvents, is_over: Bools) -> Floats:
    """(touchpoints,) the seconds of silence after each from which hardly anybody comes back.

    Those of all where too few tell of one; infinite where too few tell of all. What comes after the end of a journey
    that ``is_over`` (journeys,) flags is no silence.
    """
    is_last = events.following == EDGE
    counts = ~(is_last & is_over[events.journey])
    silences = waits(events)[counts]
    returned = events.following[counts] != EDGE
    codes = events.code[counts]
    by_code = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes, minlength=events.n_touchpoints)
    first_places = np.cumsum(sizes)[:-1]
    longest = np.array([longest_wait(silences[places], returned[places]) for places in np.split(by_code, first_places)])
    if np.isnan(longest).any():
        longest = np.where(np.isnan(longest), longest_wait(silences, returned), longest)
    return np.where(np.isnan(longest), np.inf, longest)


@longest_waits.register
def _stored_longest_waits(events: StoredEvents, is_over: Bools) -> Floats:
    """The same in DuckDB: silences are counted in classes of length, then only the longest, one by one."""
    goes_on = ~is_over
    code = events.last_code[goes_on].astype(np.int64)
    went_on = _Silences(code, events.silence[goes_on], np.ones_like(code))
    k = events.n_touchpoints
    longest = _by_group(events, went_on, np.arange(k))
    if np.isnan(longest).any():
        of_all = _by_group(events, went_on, np.zeros(k, np.int64))
        longest = np.where(np.isnan(longest), of_all, longest)
    return np.where(np.isnan(longest), np.inf, longest)


def _by_group(events: StoredEvents, went_on: _Silences, group: Ints) -> Floats:
    """(groups,) the longest silence after touchpoints of each ``group`` (touchpoints,); NaN where too few tell."""
    first = _first_classes(events, went_on, group)
    least = 2.0 ** (first / CLASSES) - 1  # seconds
    ended = _at_least(events, least[group])
    went_on = went_on.of(went_on.seconds >= least[group[went_on.code]])
    ended_of = group[ended.code]
    went_on_of = group[went_on.code]
    longest = np.empty(len(first))
    for place in range(len(first)):
        longest[place] = _longest(
            ended.of(ended_of == place),
            went_on.of(went_on_of == place),
        )
    return longest


def _first_classes(events: StoredEvents, went_on: _Silences, group: Ints) -> Ints:
    """(groups,) the class of length of each from which on silences tell."""
    ended = events.kept("silences", lambda: _by_class(events))
    class_of_end = np.floor(CLASSES * np.log2(went_on.seconds + 1)).astype(np.int64)
    last_class = max(
        class_of_end.max(initial=0),
        ended["class"].max(initial=0),
    )
    shape = (
        int(group.max()) + 1,
        int(last_class) + 1,
    )
    ended_by_class = np.zeros(shape, np.int64)
    ended_of = group[ended["code"]]
    np.add.at(ended_by_class, (ended_of, ended["class"]), ended["n"])
    went_on_by_class = np.zeros(shape, np.int64)
    went_on_of = group[went_on.code]
    np.add.at(went_on_by_class, (went_on_of, class_of_end), went_on.n)
    both = zip(ended_by_class, went_on_by_class, strict=True)
    return np.array([first_to_count(*of_group) for of_group in both])


def _by_class(events: StoredEvents) -> dict[str, Ints]:
    """How many silences of each class of length ended, by touchpoint."""
    gap = f"gap / {events.per_second}"
    query = CLASSES_OF_LENGTH.format(gap=gap)
    return events.select(query)


def _at_least(events: StoredEvents, least: Floats) -> _Silences:
    """The silences that ended after at least so many seconds, by touchpoint (touchpoints,)."""
    import pyarrow

    codes = np.arange(events.n_codes)
    bounds = pyarrow.table({"place": codes, "least": np.append(least, np.inf)[events.renumbered(codes)]})
    silences = events.select(LONGEST.format(gap=f"gap / {events.per_second}"), {"bounds": bounds})
    return _Silences(silences["code"], silences["seconds"], silences["n"])


def _longest(ended: _Silences, went_on: _Silences) -> float:
    """The longest silence of some that ended and some that went on."""
    seconds = np.append(ended.seconds, went_on.seconds)
    lengths, place = np.unique(seconds, return_inverse=True)
    ended_n = np.zeros(len(lengths), np.int64)
    np.add.at(ended_n, place[: len(ended.n)], ended.n)
    went_on_n = np.bincount(place[len(ended.n) :], minlength=len(lengths))
    return longest_wait_of_counts(lengths, ended_n, went_on_n)
