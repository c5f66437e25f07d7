"""Stage 5: was it what we promised? Each forecast beside what was measured.

The verb :func:`kept` and its result. Forecasts are made by :mod:`cxlens.stages.improve.roadmap` and read by
:mod:`cxlens.stages.improve.forecasts`; what is measured is that of :mod:`cxlens.stages.impact.monitor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result
from cxlens.common.values import count, number, percent, plural, signed, wave_words
from cxlens.errors import OptionError, ValuesError, check_kind, listing
from cxlens.stages.impact.monitor import monitor
from cxlens.stages.improve.forecasts import as_forecasts
from cxlens.stats.clustered_share import clustered_share
from cxlens.study.metrics import EDGES, Metric, Sample, find_metric, level_of, read_sample, waves_of
from cxlens.study.same_time import wave_at
from cxlens.study.survey import Survey

Row = Mapping[Any, Any]  # a promise
Line = dict[str, Any]
IN, BELOW, ABOVE, UNTOLD = "in", "out, below", "out, above", "cannot be told"
KINDS = {"NPS": ("nps",), "mean": ("touchpoint", "interval", "ordinal"), "top box": ("binary",)}
PROMISE = ["metric", "measure", "segment", "date", "plan", "now", "forecast", "low", "high", "level"]
COLUMNS = [*PROMISE, "wave", "n", "measured", "measured_low", "measured_high", "kept", "why"]


class Calibration(NamedTuple):
    """How many promises held what was measured: of how many told, in how many waves; the share with its interval."""

    held: int
    told: int
    waves: int
    share: float
    low: float
    high: float


@misfits_told
@dataclass(frozen=True, eq=False, repr=False)
class Kept(Result):
    """Promises beside what was measured; made by :func:`kept`.

    Attributes
    ----------
    table : DataFrame
        One row a promise: ``metric``, ``measure``, ``segment``, ``date``, ``plan``, ``now`` and ``forecast`` as
        promised, with ``low`` and ``high``, between which a survey was to measure it (moved apart where fewer answers
        came than were planned), at ``level``; the ``wave`` of that date, its ``n`` answers, ``measured`` with
        ``measured_low`` and ``measured_high``; ``kept`` ("in", "out, below", "out, above" or "cannot be told"), and
        ``why``.
    calibration : Calibration
        How many of the promises that can be told held what was measured: ``held``, ``told``, ``waves`` they are of,
        ``share`` with ``low`` and ``high``. Promises of one wave swing together, so waves count: with fewer than five
        of them as though each counted once.
    survey
        What was measured.
    promised
        The forecasts, as :func:`cxlens.read_forecasts` gives them.
    level
        That of the promises, and of the intervals here.
    """

    table: pd.DataFrame
    calibration: Calibration
    survey: Survey
    promised: pd.DataFrame
    level: float

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"promises": self.table}

    @cached_property
    def finding(self) -> Finding:
        """How many promises held what was measured, whether that is fewer than promised, and what missed most."""
        found = self.calibration
        n = count(self.survey.n)
        of_all = plural(len(self.table), "promise")
        if not found.told:
            reasons = dict.fromkeys(self.table["why"])
            lead = f"It cannot be told of any of {of_all} whether it was kept"
            if len(self.table) == 1:
                lead = "It cannot be told whether the promise was kept"
            return Finding(lead, certainty=listing(reasons, 2), n=n)
        ends = f"[{percent(found.low)}, {percent(found.high)}]"
        certainty = f"{self._verdict()} the {percent(self.level)} they were made for"
        more = [f"They are of {plural(found.waves, 'wave')}, which counts once where promises swing together"]
        if found.waves > 1:
            more = [f"They are of {plural(found.waves, 'wave')}, in each of which promises swing together"]
        left = len(self.table) - found.told
        if left:
            more.append(f"For {left} of {of_all} it cannot be told")
        return Finding(
            f"{count(found.held)} of {count(found.told)} promises held what was measured:",
            percent(found.share),
            ends,
            certainty=certainty,
            more=[*self._missed(), *more],
            n=n,
        )

    def _verdict(self) -> str:
        """Whether the share is clearly off the level."""
        found = self.calibration
        if found.high < self.level:
            return "clearly fewer than"
        if found.low > self.level:
            return "clearly more than"
        return "not clearly off"

    def _missed(self) -> list[str]:
        """The promises that missed by most, in widths of their own."""
        rows = self.table[self.table["kept"].isin([BELOW, ABOVE])]
        if rows.empty:
            return []
        off = widths_off(rows)["measured"].abs()
        order = off.sort_values(ascending=False, kind="stable").index
        items = []
        for row in rows.loc[order].to_dict("records"):
            items.append(Item(name_of(self.survey, row), _told(row)).whole)
        verb = "Missed" if len(items) == 1 else "Missed, furthest first"
        return [f"{verb}: {listing(items, 2)}"]

    @property
    def note(self) -> str:
        """What a promise is, and what in and out mean."""
        return (
            f"Intervals: {percent(self.level)}. A promise is the interval in which a later survey measures, so "
            f"{percent(1 - self.level)} are missed by chance alone even where all is as forecast. Swings of a whole "
            "wave, such as weather, are in no promise."
        )


@misfits_told
def kept(forecasts: str | Path | pd.DataFrame, survey: Survey) -> Kept:
    """Hold what was promised against what was measured.

    Parameters
    ----------
    forecasts
        The path of a file that a road map wrote, or a frame as :func:`cxlens.read_forecasts` gives it. All of one
        level.
    survey
        The later answers, with a ``time`` column. A promise belongs to the wave of its date: of the same words, of the
        same month, quarter or year in other words, or the only wave in that time. A promised "top box" is the share of
        the best scores, of any touchpoint or outcome whose scale has a top box; of a binary outcome, its share.

    Returns
    -------
    Kept

    Raises
    ------
    ColumnError, FileError, OptionError, ValuesError
        When forecasts cannot be read, one is there twice, they are of several levels, or the survey has no waves. What
        cannot be told of a single promise (no such wave, another unit, too few answers) stands in its row.

    Notes
    -----
    The share of promises that held has the exact interval of Clopper and Pearson on the number that they are worth,
    given that those of one wave swing together (Korn and Graubard 1998).

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> promised = pd.DataFrame({"metric": ["web"], "measure": "mean", "segment": "", "date": "2025", "now": 3.0,
    ...                          "forecast": 3.4, "low": 3.2, "high": 3.6, "level": 0.95, "plan": "A"})
    >>> answers = pd.DataFrame({"web": [3, 4] * 40, "y": 4, "year": 2025})
    >>> survey = cx.Survey(answers, touchpoints=["web"], outcome="y", time="year")
    >>> cx.kept(promised, survey).table[["metric", "low", "high", "measured", "kept"]]
      metric  low  high  measured kept
    0    web  3.2   3.6       3.5   in
    """
    check_kind("kept", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column', time='column')")
    promised = as_forecasts(forecasts)
    level = _one_level(promised)
    waves = waves_of(survey)
    source = _Source(survey, level)
    lines = [_line(source, waves, row) for row in promised.to_dict("records")]
    table = pd.DataFrame(lines, columns=COLUMNS).astype({"n": "Int64"})
    return Kept(table, _calibration(table, level), survey, promised, level)


def _one_level(promised: pd.DataFrame) -> float:
    """The level of all promises."""
    if promised.empty:
        raise ValuesError("there are no forecasts to hold against the survey. Give a frame with a row for each.")
    levels = sorted(promised["level"].unique())
    if len(levels) > 1:
        told = listing(f"{level:g}" for level in levels)
        raise ValuesError(
            f"the forecasts have levels {told}, so no one share of them is due. Judge them apart: "
            f"cx.kept(forecasts[forecasts['level'] == {levels[0]:g}], survey)."
        )
    return float(levels[0])


class _Source:
    """What the survey measured, asked once for each metric, measure and column."""

    def __init__(self, survey: Survey, level: float) -> None:
        self.survey = survey
        self.level = level
        self._tables: dict[tuple[str, str | None], pd.DataFrame | str] = {}

    def standing(self, metric: Metric, by: str | None) -> pd.DataFrame | str:
        """Each wave (and segment) of a metric, or why there is none."""
        key = (metric.name, by)
        if key not in self._tables:
            try:
                self._tables[key] = monitor(self.survey, metric=metric.name, by=by, level=self.level).table
            except ValuesError:
                self._tables[key] = "too few answers"
        return self._tables[key]

    def columns_of(self, segment: str) -> list[str]:
        """The columns that know a segment of that name."""
        keys = [column for column in self.survey.keys if column != self.survey.time]
        return [column for column in keys if segment in map(wave_words, self.survey.source.distinct(column))]

    def cell(self, metric: Metric, by: str | None, segment: str, wave: Any) -> Sample:
        """The answers of a wave and segment."""
        sample = read_sample(self.survey, metric, [by] if by else [])
        inside = sample.labels[self.survey.time].isin([wave])
        if by:
            inside &= sample.labels[by].map(wave_words) == segment
        return sample.take(inside)


def _line(source: _Source, waves: list[Any], row: Row) -> Line:
    """A promise with what was measured, or with why that cannot be told."""
    line: Line = {name: row[name] for name in PROMISE}
    line |= {"wave": None, "n": pd.NA, "kept": UNTOLD, "why": ""}
    line |= dict.fromkeys(["measured", "measured_low", "measured_high"], np.nan)
    wave, why = wave_at(row["date"], waves)
    if why:
        return line | {"why": why}
    line["wave"] = wave
    metric, why = _metric(source.survey, row)
    if metric is None:
        return line | {"why": why}
    by, why = _column(source, row["segment"])
    if why:
        return line | {"why": why}
    table = source.standing(metric, by)
    if isinstance(table, str):
        return line | {"why": table}
    standing = _row_of(table, row["segment"], wave)
    if standing is None or pd.isna(standing["value"]):
        return line | {"why": "too few answers in that wave"}
    found = (standing["value"], standing["low"], standing["high"])
    if metric.box:
        cell = source.cell(metric, by, row["segment"], wave)
        found = level_of(cell, metric.kind, source.level)
    line |= dict(zip(["measured", "measured_low", "measured_high"], found, strict=True))
    line["n"] = standing["n"]
    return _judged(line, row)


def _metric(survey: Survey, row: Row) -> tuple[Metric | None, str]:
    """The metric of a promise in the survey, where it is there in the same unit; else why not."""
    name = row["metric"]
    try:
        metric = find_metric(survey, name)
    except OptionError:
        return None, f"{name} is no touchpoint or outcome of this survey"
    measure = row["measure"]
    if measure == "top box" and metric.kind != "binary":
        try:
            metric = find_metric(survey, name, "top box")
        except (OptionError, ValuesError):
            return None, f"promised as top box, but here {name} has none"
    elif metric.kind not in KINDS[measure]:
        return None, f"promised as {measure}, but here {name} is counted in {metric.unit}"
    ends = EDGES.get(metric.kind)
    if ends is None and metric.scale is not None:
        ends = (metric.scale.low, metric.scale.high)
    promised = [row[name] for name in ("now", "forecast", "low", "high")]
    if ends is not None and not ends[0] <= min(promised) <= max(promised) <= ends[1]:
        told = f"{min(promised):g} to {max(promised):g}"
        return None, f"another unit: the promise goes from {told}, this survey from {ends[0]:g} to {ends[1]:g}"
    return metric, ""


def _column(source: _Source, segment: str) -> tuple[str | None, str]:
    """The column of a segment; none for everyone; else why it cannot be told."""
    if not segment:
        return None, ""
    columns = source.columns_of(segment)
    if not columns:
        return None, f"no segment of this survey is called {segment}"
    if len(columns) > 1:
        return None, f"{segment} stands in {listing(columns)}"
    return columns[0], ""


def _row_of(table: pd.DataFrame, segment: str, wave: Any) -> Row | None:
    """The wave, and segment, of a monitor."""
    rows = table[table["wave"].isin([wave])]
    if segment:
        rows = rows[rows["segment"] == segment]
    return None if rows.empty else rows.iloc[0].to_dict()


def _judged(line: Line, row: Row) -> Line:
    """Whether what was measured lies in the promise, which is wider where fewer answers came than were planned."""
    line = line | _widened(line, row)
    if line["measured"] < line["low"]:
        line["kept"] = BELOW
    elif line["measured"] > line["high"]:
        line["kept"] = ABOVE
    else:
        line["kept"] = IN
    return line


def _widened(line: Line, row: Row) -> Line:
    """The ends of a promise for as many answers as came: the error of the sample grows, not that of the forecast."""
    fewer = row["n"] / float(line["n"])
    if not (fewer > 1 and row["true_low"] <= row["true_high"]):
        return {}
    forecast = row["forecast"]
    ends = {}
    for end, true in (("low", row["true_low"]), ("high", row["true_high"])):
        promised = row[end] - forecast
        of_level = true - forecast
        of_sample = max(promised**2 - of_level**2, 0.0)
        reach = np.sqrt(of_level**2 + of_sample * fewer)
        ends[end] = forecast + np.sign(promised) * reach
    why = f"moved apart: {count(line['n'])} answers came, {count(row['n'])} were planned"
    return {**ends, "why": why}


def _calibration(table: pd.DataFrame, level: float) -> Calibration:
    """How many of the promises that can be told held."""
    told = table[table["kept"] != UNTOLD]
    if told.empty:
        return Calibration(0, 0, 0, np.nan, np.nan, np.nan)
    held = (told["kept"] == IN).to_numpy()
    wave, names = pd.factorize(told["wave"].map(wave_words))
    low, high = clustered_share(held, wave, level)
    return Calibration(int(held.sum()), len(told), len(names), float(held.mean()), low, high)


def widths_off(table: pd.DataFrame) -> pd.DataFrame:
    """How far ``measured``, ``measured_low`` and ``measured_high`` lie from the forecast, in half widths of a promise.

    -1 is the low end of the promise, 1 the high end.
    """
    forecast = table["forecast"]
    up = table["high"] - forecast
    down = forecast - table["low"]
    columns = {}
    for name in ("measured", "measured_low", "measured_high"):
        off = table[name] - forecast
        width = up.where(off > 0, down)
        columns[name] = off / width.where(width > 0)
    return pd.DataFrame(columns)


def name_of(survey: Survey, row: Row) -> str:
    """What a promise is about: metric, segment, date."""
    named = survey.named(row["metric"])
    return ", ".join(filter(None, [named, row["segment"], row["date"]]))


def _told(row: Row) -> str:
    """``3.41 measured, 3.60 to 4.00 promised``."""
    low, high, measured = (figure(row, row[name]) for name in ("low", "high", "measured"))
    return f"{measured} measured, {low} to {high} promised"


def figure(row: Row, value: float) -> str:
    """A level in the unit of its promise: ``+12``, ``81 %``, ``3.41``."""
    if row["measure"] == "NPS":
        return signed(value, 0)
    if row["measure"] == "top box":
        return percent(value)
    return number(value)
