"""Alerts: which series stand off their earlier waves, by how much, since when, and how surely.

The record :class:`Followed` and the side :func:`alerts` of a :class:`cxlens.stages.impact.monitor.Monitor`. Charts and
limits are made in :mod:`cxlens.stats.control`, from means of waves; answers are not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, percent, plural, wave_words
from cxlens.errors import listing
from cxlens.stages.impact.steps import WaveMeans
from cxlens.stats.control import NOT_OFFERED, UNKNOWN, Course, Shift, Wave, course
from cxlens.stats.waves import FEW_ANSWERS, FEWEST_OF_LIMITS
from cxlens.study.metrics import EDGES, UNITS, Metric
from cxlens.study.spacing import wave_numbers
from cxlens.study.survey import Survey

Line = dict[str, Any]  # a row of a table, by column
UNJUDGED = "not judged"


class Watched(NamedTuple):
    """A series: whose it is, its waves in order, how many answers, the means of those that have enough, the spread."""

    metric: Metric
    whose: str
    segment: str
    waves: list[Any]
    n: int
    means: WaveMeans
    spread: float

    @property
    def half_a_point(self) -> float:
        """An eighth of the range; half a standard deviation of the answers where that is not known."""
        return self.metric.half_a_point(self.spread)

    @property
    def is_told_now(self) -> bool:
        """Whether the last wave has answers enough."""
        last = len(self.waves) - 1
        return self.means.when[-1:] == [last]

    @property
    def name(self) -> str:
        """Whose, which metric, which segment, in words."""
        return ", ".join(filter(None, [self.metric.label, self.whose, self.segment]))

    def words(self, size: float, *, sign: bool = False) -> str:
        """A shift with its unit: ``0.31 points``, ``12.0 NPS points``, ``8.1 percentage points``."""
        units = {"nps": "NPS points", "binary": "percentage points"}
        unit = units.get(self.metric.kind, UNITS.get(self.metric.name, "points"))
        return f"{self.metric.steps(size, sign=sign)} {unit}"


class Followed(NamedTuple):
    """All series of a monitor, which share one rate of false alarms; and what else was asked of it."""

    survey: Survey
    by: str | None
    level: float
    series: tuple[Watched, ...]
    options: dict[str, Any]

    @property
    def rate(self) -> float:
        """How often a wave in which nothing changes has any alert."""
        return 1 - self.level

    @property
    def each(self) -> float:
        """The same of one series."""
        return self.rate / len(self.series)


class _Judged(NamedTuple):
    """A series beside its charts."""

    series: Watched
    course: Course
    shift: Shift | None

    @property
    def last(self) -> Wave:
        """Its last wave."""
        return self.course.waves[-1]

    @property
    def is_alert(self) -> bool:
        """Whether the last wave stands off."""
        return self.shift is not None

    @property
    def since(self) -> Any:
        """The wave in which the shift began; None without one."""
        return None if self.shift is None else self.wave(self.shift.since)

    @property
    def size(self) -> tuple[float, float, float]:
        """The shift with its interval; without an alert that of the last wave alone, and no interval."""
        if self.shift is None:
            apart = float(self.course.mean[-1] - self.last.centre)
            return apart, np.nan, np.nan
        return self.shift.size, self.shift.low, self.shift.high

    def wave(self, place: int) -> Any:
        """A wave of those with answers enough."""
        return self.series.waves[self.series.means.when[place]]


def alerts(followed: Followed, again: Callable[[Any], View]) -> View:
    """Which series stand off now: see :meth:`cxlens.stages.impact.monitor.Monitor.alerts`."""
    judged = [_judged(series, followed) for series in followed.series]
    has_segments = followed.by is not None
    has_others = any(series.whose for series in followed.series)
    unsaid = [name for name, said in (("whose", has_others), ("segment", has_segments)) if not said]
    lines = [_line(one, followed) for one in judged]
    table = pd.DataFrame(lines).drop(columns=unsaid).astype({"past": "Int64", "returned": "Int64"})
    history = [line for one in judged for line in _history(one)]
    waves = pd.DataFrame(history, columns=list(HISTORY)).drop(columns=unsaid)
    return View(
        "impact/alerts",
        table,
        _finding(judged, followed),
        _note(followed),
        followed,
        parts={"waves": waves},
        again=again,
        level=followed.level,
    )


def _judged(series: Watched, followed: Followed) -> _Judged:
    """A series beside its charts; the shift only where its last wave is the last of the survey, and an alert."""
    found = course(
        np.array(series.means.mean),
        np.array(series.means.variance),
        rate=followed.each,
        worth_seeing=series.half_a_point,
        when=wave_numbers(series.waves)[series.means.when],
    )
    shift = None
    if series.is_told_now and found.waves[-1].is_alert:
        shift = found.shift(followed.level)
    return _Judged(series, found, shift)


def _state(one: _Judged) -> tuple[str, str]:
    """Whether there is an alert, and why it cannot be told."""
    series = one.series
    if not series.is_told_now:
        return UNJUDGED, f"fewer than {FEW_ANSWERS} answers in {wave_words(series.waves[-1])}"
    if np.isnan(one.last.centre):
        return UNJUDGED, f"fewer than {FEWEST_OF_LIMITS} earlier waves of {FEW_ANSWERS} answers, or all alike"
    if one.last.state == NOT_OFFERED:
        seen = series.words(one.last.seen)
        return NOT_OFFERED, f"only a shift of {seen} would be seen, more than {series.words(series.half_a_point)}"
    return one.last.state, ""


def _line(one: _Judged, followed: Followed) -> Line:
    """A row of the table."""
    series = one.series
    metric = series.metric
    state, why = _state(one)
    last = one.last if state != UNJUDGED else UNKNOWN
    value = np.nan
    size, low, high = np.nan, np.nan, np.nan
    if state != UNJUDGED:
        value = one.course.mean[-1]
        size, low, high = one.size
    usual, limit_low, limit_high = _asked(metric, last)
    past, returned = one.course.past
    return {
        "metric": metric.name,
        "whose": series.whose,
        "segment": series.segment,
        "wave": series.waves[-1],
        "alert": state,
        "since": one.since,
        "value": metric.asked(value, value, value)[0],
        "usual": usual,
        "shift": size,
        "shift_low": low,
        "shift_high": high,
        "limit_low": limit_low,
        "limit_high": limit_high,
        "p_adjusted": np.minimum(last.p_value * len(followed.series), 1.0),
        "seen": last.seen,
        "half_a_point": series.half_a_point,
        "past": past,
        "returned": returned,
        "why": why,
    }


HISTORY = ("metric", "whose", "segment", "wave", "value", "usual", "limit_low", "limit_high", "alert")


def _history(one: _Judged) -> Iterator[Line]:
    """A row for each wave that has answers enough."""
    metric = one.series.metric
    for place, (mean, wave) in enumerate(zip(one.course.mean, one.course.waves, strict=True)):
        usual, low, high = _asked(metric, wave)
        values = (
            metric.name,
            one.series.whose,
            one.series.segment,
            one.wave(place),
            metric.asked(mean, mean, mean)[0],
            usual,
            low,
            high,
            wave.is_alert,
        )
        yield dict(zip(HISTORY, values, strict=True))


def _asked(metric: Metric, wave: Wave) -> tuple[float, float, float]:
    """Centre and limits as they are shown, cut off where the scale ends."""
    ends = EDGES.get(metric.kind, (-np.inf, np.inf))
    low, high = np.clip([wave.low, wave.high], *ends)
    return metric.asked(wave.centre, float(low), float(high))


def _finding(judged: list[_Judged], followed: Followed) -> Finding:
    """Which series stand off, how often any would without a change, and what would be seen."""
    states = [_state(one)[0] for one in judged]
    n = count(max(series.n for series in followed.series))
    offered = [one for one, state in zip(judged, states, strict=True) if state not in (UNJUDGED, NOT_OFFERED)]
    of_all = plural(len(judged), "series").removesuffix("s") if len(judged) > 1 else "1 series"
    if not offered:
        reasons = dict.fromkeys(_state(one)[1] for one in judged)
        return Finding(f"No alerts yet for {of_all}", certainty=listing(reasons, 2), n=n)
    found = sorted((one for one in offered if one.is_alert), key=lambda one: one.last.p_value)
    certainty = f"a wave in which nothing changes has any alert in {100 * followed.rate:.3g} of 100"
    more = [*_seen(offered), *_past(judged), *_not_offered(states)]
    if not found:
        return Finding(f"No alert in {of_all}", certainty=certainty, more=more, n=n)
    verb = "stands" if len(found) == 1 else "stand"
    lead = f"{len(found)} of {of_all} {verb} off earlier waves"
    items = [_item(one) for one in found]
    return Finding(lead, items=items, certainty=certainty, more=more, n=n)


def _item(one: _Judged) -> Item:
    """A series with its shift and since when."""
    series = one.series
    size, low, high = one.size
    ends = f"[{series.metric.steps(low)}, {series.metric.steps(high)}]"
    better = " better" if series.metric.lowest_is_best else ""
    figure = f"{series.words(size, sign=True)}{better}"
    return Item(series.name, figure, ends, f"since {wave_words(one.since)}")


def _seen(offered: list[_Judged]) -> list[str]:
    """Which shift of one wave would be seen four times in five, by unit."""
    by_unit: dict[str, list[_Judged]] = {}
    for one in offered:
        by_unit.setdefault(one.series.metric.unit, []).append(one)
    ranges = []
    for same in by_unit.values():
        same = sorted(same, key=lambda one: one.last.seen)
        least, most = (one.series.metric.steps(one.last.seen) for one in (same[0], same[-1]))
        largest = same[-1].series.words(same[-1].last.seen)
        ranges.append(largest if least == most else f"{least} to {largest}")
    return [f"Seen four times in five: a shift of {listing(ranges)}"]


def _past(judged: list[_Judged]) -> list[str]:
    """How many earlier alerts the next wave took back."""
    pairs = [one.course.past for one in judged]
    began = sum(pair[0] for pair in pairs)
    returned = sum(pair[1] for pair in pairs)
    if not began:
        return []
    taken_back = {0: "none was", 1: "1 was"}.get(returned, f"{returned} were")
    return [f"Of {plural(began, 'earlier alert')} {taken_back} followed by a return in the next wave"]


def _not_offered(states: list[str]) -> list[str]:
    """For how many series nothing under half a point would be seen."""
    left = states.count(NOT_OFFERED)
    if not left:
        return []
    return [f"For {left} no alert is offered: a shift of half a point would be missed"]


def _note(followed: Followed) -> str:
    """What an alert is, what half a point is, and what is not seen."""
    series = plural(len(followed.series), "series").removesuffix("s") if len(followed.series) > 1 else "the series"
    return (
        f"Intervals: {percent(followed.level)}. An alert: the last wave lies outside limits from the earlier ones "
        f"(five of {FEW_ANSWERS} answers or more), so wide that a wave in which nothing changes has an alert in any of "
        f"{series} in {100 * followed.rate:.3g} of 100. Half a point is of a scale from 1 to 5: an eighth of the range "
        "of any other (25 NPS points, 12.5 percentage points), half a standard deviation where the range is not "
        "known. A shift was picked for its size, so it is rather smaller than it looks."
    )
