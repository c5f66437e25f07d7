"""Stage 2: how well each touchpoint serves.

The verb :func:`baseline` and its result. Figures are made in :mod:`cxlens.stages.baseline.score`, the other sides of a
baseline in modules of their own; what matters most is a question for drivers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, interval, number, percent, plural, probability
from cxlens.engine.labels import NOT_STATED, in_words, natural
from cxlens.engine.tallies import SCORED, Tally
from cxlens.errors import OptionError, ValuesError, check_kind, check_level, check_option, listing
from cxlens.files.tables import write_sheets
from cxlens.stages.baseline.score import Answers, Figures, answers, counted, means, net_promoters, shares, trends
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.suppression import NOBODY, hidden_cells
from cxlens.study.segments import Segment
from cxlens.study.survey import Scale, Survey
from cxlens.study.touchpoints import SURVEY_METRICS, Standard, Touchpoint, TouchpointMap

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

    from cxlens.common.result import View
    from cxlens.stages.drivers.drivers import Drivers

Per = Literal["touchpoint", "stage", "process", "channel"]
FEW = 30  # fewer answers than this are flagged
ALIKE = "all answers alike, so no interval"
HIDDEN = "hidden, so that the other cannot be worked out"
WAVES = 200  # more values than this in the time column are dates, not waves: no trend
EFFORT = ("effort", "ease")  # the dimension that asks how easy it was
ABOUT = [
    "n: scores. reach: users among those who told us. top_box: share of high scores. unhappy: share of low scores.",
    "low and high, or a name that ends in them: the interval. q_value: below 0.05, chance alone hardly explains it.",
    "p_met: probability that the true figure meets the standard. trend: points a wave.",
    "bad_moments: unhappy contacts a month. cost_per_good: money for each contact with a high score.",
]
CARD = ["segment", "wave", "touchpoint", "stage", "process", "channel", "n", "reach", "mean", "low", "high", "top_box",
        "unhappy", "nps", "ces", "standard", "p_met", "q_value", "trend", "trend_q", "note"]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Baseline:
    """How well each touchpoint serves: the result of :func:`baseline`.

    Attributes
    ----------
    table
        One row a touchpoint, or stage, process, channel (and segment, and wave). Every figure has its interval in
        columns that end in ``_low`` and ``_high``; that of the mean is ``low`` and ``high``.

        ``segment`` and ``wave`` (with ``by``); ``touchpoint`` (or what ``per`` says); ``stage``; ``n`` scores;
        ``reach`` (users among those who told us); ``mean`` of the users; ``top_box`` (share of high scores, CSAT);
        ``unhappy`` (share of low ones); ``nps`` in points, where scores run from 0 to 10; ``ces``, the mean of the
        dimension called "effort" or "ease"; ``metric`` and ``standard`` of the touchpoint's first score standard,
        ``gap`` to it, ``p_met`` (probability that the true figure meets it), ``p_value`` (two-sided, of no gap) and
        ``q_value`` (Benjamini-Hochberg over the table); ``trend`` in points a wave with ``trend_p`` and ``trend_q``
        (where the survey has waves and ``by`` does not name them); ``bad_moments`` a month (volume x unhappy) and
        ``cost_per_good`` contact (money over top box), of all customers; ``note``.

        Cells of fewer than ``min_n`` answers are blank, and as many more as keep them from being worked out.
    outcomes
        One row a measure of an outcome (and segment, and wave): ``outcome``, ``measure`` ("NPS", "mean", "top box" or
        "share"), ``n``, ``value``, ``low``, ``high``.
    by, per
        What was asked.
    rivals, staff
        Surveys of competitors' customers, by name, and of employees: see :meth:`competitors` and :meth:`employees`.
    """

    table: pd.DataFrame
    outcomes: pd.DataFrame
    survey: Survey
    touchpoint_map: TouchpointMap | None
    by: str | tuple[str, ...] | None
    per: Per
    rivals: Mapping[str, Survey]
    staff: Survey | None
    min_n: int
    level: float

    def __str__(self) -> str:
        shown = self.table.dropna(subset="mean")
        if shown.empty:
            return f"No {self.per} has {self.min_n} answers or more: {plural(self.survey.n, 'answer')} in all."
        firm = shown[shown["n"] >= FEW]  # a cell of few answers leads only where there are no others
        row = (shown if firm.empty else firm).sort_values("mean", kind="stable").iloc[0]
        scale = self.survey.scale
        of = f" of {scale.high:g}" if scale else ""
        where = "".join(f" in {row[name]}" for name in ("segment", "wave") if name in row)
        told = "" if pd.isna(row["reach"]) else f" ({percent(row['reach'])} used it)"
        standard = ""
        if pd.notna(row["gap"]):
            side, p = ("below", 1 - row["p_met"]) if row["gap"] < 0 else ("at or above", row["p_met"])
            target = f"{side} the standard {row['standard']:g}"
            if row["metric"] == "top_box":
                target = f"top box {percent(row['top_box'])}, {side} the standard {percent(row['standard'])}"
            standard = f"; {target}{'' if pd.isna(p) else f' (probability {probability(p)})'}"
        return (
            f"Rated lowest: {row[self.per]}{where}, {number(row['mean'])}{of} {interval(row['low'], row['high'])}, "
            f"n = {count(row['n'])}{told}{standard}."
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        shown = self.table[[name for name in CARD if name in self.table]].dropna(axis="columns", how="all")
        return card(str(self), shown, f"{self.note} All columns: .table.")

    @property
    def note(self) -> str:
        """How to read the table."""
        weighted = " Figures are weighted, n is not." if self.survey.weight else ""
        off = (
            [] if self.touchpoint_map is None else [n for n in self.survey.touchpoints if n not in self.touchpoint_map]
        )
        lost = f" Not on the map, so without standard: {listing(off)}." if off else ""
        bare = "" if self.survey.scale else " No scale is given, so every number counts as a score."
        grouped = f" Each answer counts with its mean over the {self.per}." if self.per != "touchpoint" else ""
        return (
            f"Intervals: {percent(self.level)}. Means and top boxes are among users. "
            f"Cells of fewer than {self.min_n} answers are blank.{weighted}{grouped}{lost}{bare}"
        )

    def where(self, segment: Segment) -> Baseline:
        """The same for the answers of one segment, also of competitors.

        Raises
        ------
        ValuesError
            When the segment names a column that is not among the labels, or no answer belongs to it.
        """
        rivals = {}
        for name, rival in self.rivals.items():
            try:
                rivals[name] = rival.where(segment)
            except ValuesError as error:
                raise ValuesError(f"competitor {name!r}: {error}") from error
        return baseline(
            self.survey.where(segment),
            self.touchpoint_map,
            by=self.by,
            per=self.per,
            competitors=rivals,
            employees=self.staff,
            min_n=self.min_n,
            level=self.level,
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The scorecard: a dot and interval for each touchpoint, its standard marked."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """The scorecard with controls for segment column and measure."""
        return port.widget_of(self)

    # The other sides of a baseline. They build on it, so they are imported when asked for.

    def blind_spots(self, *, margin: float | None = None, segments: Sequence[Segment] = ()) -> View:
        """Where we are blind, and how many answers are lacking: see :mod:`cxlens.stages.baseline.blind_spots`."""
        from cxlens.stages.baseline.blind_spots import blind_spots

        return blind_spots(self, margin=margin, segments=segments)

    def response_bias(self, margins: Mapping[str, Mapping[Any, float]]) -> View:
        """Respondents against the customer base, and raking weights: see :mod:`cxlens.stages.baseline.bias`."""
        from cxlens.stages.baseline.bias import response_bias

        view = response_bias(self.survey, margins, level=self.level, min_n=self.min_n)
        return replace(view, record=self, options={"margins": margins})

    def verdicts(self, drivers: Drivers | None = None) -> View:
        """Add, fix, merge or retire, keep, over-delivers: see :mod:`cxlens.stages.baseline.verdicts`."""
        from cxlens.stages.baseline.verdicts import verdicts

        return replace(verdicts(self, drivers, level=self.level), options={"drivers": drivers})

    def standards(self, measurements: str | Path | pd.DataFrame | None = None) -> View:
        """Whether each standard of the map is kept, wave by wave: see :mod:`cxlens.stages.baseline.standards`."""
        from cxlens.stages.baseline.standards import standards

        if self.touchpoint_map is None:
            raise OptionError("standards stand on a map. Give cx.baseline(survey, touchpoint_map).")
        view = standards(self.touchpoint_map, measurements, survey=self.survey, level=self.level, min_n=self.min_n)
        return replace(view, record=self, options={"measurements": measurements})

    def consistency(self, groups: Mapping[str, Sequence[str]] | None = None) -> View:
        """The same question in several channels: see :mod:`cxlens.stages.baseline.consistency`."""
        from cxlens.stages.baseline.consistency import consistency

        return consistency(self, groups)

    def competitors(self, *, drivers: Drivers | None = None) -> View:
        """Our scores against each competitor's: see :mod:`cxlens.stages.baseline.rivals`."""
        from cxlens.stages.baseline.rivals import competitors

        return competitors(self, drivers=drivers)

    def employees(
        self, *, drivers: Drivers | None = None, stated: Survey | Mapping[str, float] | None = None, k: int = 5
    ) -> View:
        """What employees or a workshop think beside what customers say: see :mod:`cxlens.stages.baseline.staff`."""
        from cxlens.stages.baseline.staff import employees

        return employees(self, drivers=drivers, stated=stated, k=k)

    def emotion(self) -> View:
        """How strongly customers feel at each touchpoint: see :mod:`cxlens.stages.baseline.emotion`."""
        from cxlens.stages.baseline.comparison import grouping
        from cxlens.stages.baseline.emotion import emotion

        view = emotion(self.survey, self.touchpoint_map, by=grouping(self), level=self.level, min_n=self.min_n)
        return replace(view, record=self)

    def comments(
        self,
        *,
        touchpoint: str | None = None,
        codebook: Mapping[str, Sequence[Any]] | str | Path | None = None,
        top: int = 10,
        stopwords: Sequence[str] | None = None,
        seed: int = 0,
    ) -> View:
        """Words that go with low and high scores, and themes: see :mod:`cxlens.stages.baseline.comments`."""
        from cxlens.stages.baseline.comments import comments

        options: dict[str, Any] = {"touchpoint": touchpoint, "codebook": codebook, "top": top}
        options |= {"stopwords": stopwords, "seed": seed}
        return replace(comments(self.survey, min_n=self.min_n, **options), record=self, options=options)

    def pitfalls(
        self,
        *,
        drivers: Drivers | None = None,
        initiatives: pd.DataFrame | None = None,
        base: Mapping[str, float] | None = None,
    ) -> View:
        """Advocates only, front door only, whipsaw: see :mod:`cxlens.stages.baseline.pitfalls`."""
        from cxlens.stages.baseline.pitfalls import pitfalls

        return pitfalls(self, drivers=drivers, initiatives=initiatives, base=base)

    def to_excel(self, path: str | Path) -> None:
        """Write the scorecard, the outcomes and a sheet on how to read them as an Excel workbook.

        Text from the data stays text: nothing in the file is a formula. Needs the extra ``office``.

        Parameters
        ----------
        path
            The file to write, such as ``scorecard.xlsx``. It appears whole or not at all.

        Raises
        ------
        FileError, CxlensError
            When the file cannot be written there, or XlsxWriter is not installed.
        """
        about = pd.DataFrame({"about": [str(self), self.note, *ABOUT]})
        write_sheets(path, {"scorecard": self.table, "outcomes": self.outcomes, "how to read": about})


def baseline(
    survey: Survey,
    touchpoint_map: TouchpointMap | None = None,
    *,
    by: str | Sequence[str] | None = None,
    per: Per = "touchpoint",
    competitors: Mapping[str, Survey] | None = None,
    employees: Survey | None = None,
    min_n: int = 5,
    level: float = 0.95,
) -> Baseline:
    """Score every touchpoint: how many meet it, how they rate it, how far it is from its standard.

    Parameters
    ----------
    survey
        The answers.
    touchpoint_map
        Where each touchpoint stands in the lifecycle, and its standards, volume and cost. Touchpoints that are on the
        map but not in the survey are listed without figures.
    by
        A segment, wave or channel column, or several: the same figures for each of their values. Of several the
        survey's time column becomes ``wave``, the others together ``segment``.
    per
        A row for each touchpoint, or for each stage, process or channel of the map: an answer then counts with the
        mean of its scores there.
    competitors
        The same questions put to customers of others, by name.
    employees
        The same questions put to employees or other stakeholders: how do they think customers are served?
    min_n
        Cells of fewer answers are left blank.
    level
        Confidence level of the intervals.

    Returns
    -------
    Baseline

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When ``by`` is not a segment of the survey, an argument is of another kind, or ``level`` or ``min_n`` is
        out of range.

    Notes
    -----
    Means have Student's interval, shares Wilson's (1927), the NPS the adjusted Wald interval (Rocks 2016), all on
    the effective number of answers. With clusters, or respondents who answered more than once: cluster-robust
    (CR1), as in :func:`cxlens.stages.impact.monitor.monitor`; beyond 100,000 answers over 200 blocks of clusters. Where
    all clusters agree, shares and the NPS have the interval of one answer a cluster; a single cluster has none.
    ``p_met`` reads the same distributions as a probability: a share is tested with the spread it would have at the
    standard, as Wilson's interval does. A trend is the slope of the scores on the number of the
    wave, with HC1 or, where ids repeat, CR1 errors.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> result = cx.baseline(study.survey(), study.map())
    >>> result.table.columns[:4].tolist()
    ['touchpoint', 'stage', 'n', 'reach']
    >>> cx.baseline(study.survey(), study.map(), by=["purpose", "wave"], per="process").table.columns[:4].tolist()
    ['segment', 'wave', 'process', 'n']
    """
    check_kind("baseline", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    if not isinstance(touchpoint_map, TouchpointMap | None):
        groups = f" For groups give by={touchpoint_map!r}." if isinstance(touchpoint_map, str) else ""
        raise OptionError(f"touchpoint_map takes a TouchpointMap, not a {type(touchpoint_map).__name__}.{groups}")
    named = (by,) if isinstance(by, str) else tuple(by or ())
    for name in named:
        survey.check_by(name)
        if named.count(name) > 1:
            raise OptionError(f"by: column {name!r} is there twice. Name each column once.")
    check_option("per", per, Per)
    check_level(level)
    if not (isinstance(min_n, Real) and min_n >= 1):
        raise ValuesError(f"min_n={min_n!r} hides nothing and means nothing. Give 1 or more; 5 is usual.")
    if not isinstance(competitors, Mapping | None):
        raise OptionError(f"competitors: {{'name': survey}} is expected, not a {type(competitors).__name__}.")
    for role, one in [*(competitors or {}).items(), ("employees", employees)]:
        if not isinstance(one, Survey | None):
            raise OptionError(f"{role}: a Survey is expected, not a {type(one).__name__}. Make one: cx.Survey(...).")
    asked = survey if per == "touchpoint" else survey.grouped(_groups(survey, touchpoint_map, per))
    found = _Counted(asked, touchpoint_map if per == "touchpoint" else None, named, per, min_n, level)
    kept = by if isinstance(by, str) else named or None
    rivals = dict(competitors or {})
    return Baseline(_table(found), _outcomes(found), survey, touchpoint_map, kept, per, rivals, employees, min_n, level)


def _groups(survey: Survey, touchpoint_map: TouchpointMap | None, per: Per) -> dict[str, list[str]]:
    """The touchpoints of each stage, process or channel, in the order of the map."""
    groups: dict[str, list[str]] = {}
    for place in touchpoint_map or ():
        if (name := getattr(place, per)) and place.name in survey.touchpoints:
            groups.setdefault(name, []).append(place.name)
    if touchpoint_map is not None and per == "stage":
        groups = {name: groups[name] for name in touchpoint_map.lifecycle.names if name in groups}
    if not groups:
        raise OptionError(
            f"per={per!r} needs a touchpoint map that names the {per} of touchpoints in the survey. "
            "Give cx.baseline(survey, touchpoint_map, ...)."
        )
    return groups


class _Counted:
    """A survey counted, and which of the counts belong to which row of the table.

    Rows of the table are cells of ``by`` times items; ``found`` is counted by wave as well, for the trend.
    """

    def __init__(
        self, survey: Survey, places: TouchpointMap | None, by: tuple[str, ...], per: Per, min_n: int, level: float
    ) -> None:
        self.survey, self.by, self.per, self.min_n, self.level = survey, by, per, min_n, level
        self.places = {place.name: place for place in places or ()}
        time = survey.time if survey.time and survey.time not in by else None
        waves = set(in_words(pd.Series(survey.source.distinct(time)))) - {NOT_STATED} if time else ()
        self.time = time if 1 < len(waves) <= WAVES else None
        self.found: Tally = counted(survey, [*by, *([self.time] if self.time else [])])
        everyone = pd.DataFrame({"": [""] * max(len(self.found.cells), 1)})
        keys = self.found.cells[list(by)] if by else everyone
        self.cells = keys.drop_duplicates(ignore_index=True)
        self.cell = keys.groupby(list(keys), sort=False).ngroup().to_numpy()  # that of the table, of each counted
        self.labels = self._labels()

    def _labels(self) -> pd.DataFrame:
        """``segment`` and ``wave`` of each cell: alone, a column is the segment, whatever it is."""
        if len(self.by) < 2:
            return self.cells.set_axis(["segment"], axis="columns") if self.by else pd.DataFrame(index=[0])
        groups = [name for name in self.by if name != self.survey.time]
        words = [self.cells[name].tolist() for name in groups]
        labels = pd.DataFrame({"segment": list(map(", ".join, zip(*words, strict=True)))})
        return labels if len(groups) == len(self.by) else labels.assign(wave=self.cells[str(self.survey.time)])

    def rows(self, first: int, size: int) -> Answers:
        """The answers about ``size`` items from the first on; their cells are those of the table times the items."""
        return answers(self.found, self._number(first, size), len(self.cells) * size)

    def _number(self, first: int, size: int) -> NDArray[np.int64]:
        item = self.found.table["item"].to_numpy() - first
        cell = self.cell[self.found.table["cell"].to_numpy()] * size + item
        return np.where((item >= 0) & (item < size), cell, -1)

    def wave_numbers(self, size: int) -> NDArray[np.float64]:
        """The number of the wave of each of the :meth:`rows` about the first items; NaN where it is not stated."""
        wave = self.found.cells[str(self.time)].replace(NOT_STATED, np.nan)
        order = {name: k for k, name in enumerate(sorted(wave.dropna().unique(), key=natural))}
        numbers = wave.map(order).to_numpy(float)[self.found.table["cell"].to_numpy()]
        return np.asarray(numbers[self._number(0, size) >= 0])

    def hidden(self, n: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which cells (cells, items) to hide besides the small ones, so that none can be worked out.

        Of several columns the totals of each are known from the table by that column alone.
        """
        small, also = (n > 0) & (n < self.min_n), np.zeros(n.shape, bool)
        row, others = pd.factorize(self.cells.iloc[:, 0])[0] if len(self.by) else 0 * n[:, 0], list(self.by[1:])
        column = self.cells.groupby(others, sort=False).ngroup().to_numpy() if others else row * 0
        for item in np.flatnonzero(small.any(axis=0)):
            square = np.full((row.max() + 1, column.max() + 1), NOBODY)
            square[row, column] = np.where(n[:, item] > 0, n[:, item], NOBODY)
            also[:, item] = hidden_cells(square, self.min_n)[row, column]
        return also & ~small


def _table(c: _Counted) -> pd.DataFrame:
    """The scorecard."""
    p, cells = len(c.survey.touchpoints), len(c.cells)
    rows = c.rows(0, p)
    n = rows.scored.total(rows.scored.n).astype(np.int64)
    small, also = n < c.min_n, c.hidden(n.reshape(cells, p)).ravel()
    names = list(dict.fromkeys((*c.survey.touchpoints, *c.places)))
    told = _Laid(cells, p, len(names), small | also)
    few = f"fewer than {FEW} answers"
    why = [n == 0, small, also & (n < FEW), also, n < FEW]
    notes = np.select(why, ["no answers", f"fewer than {c.min_n} answers", f"{few}; {HIDDEN}", HIDDEN, few], "")
    table = pd.DataFrame({name: np.repeat(c.labels[name].to_numpy(), len(names)) for name in c.labels})
    table[c.per] = np.tile(np.array(names, object), cells)
    if c.per == "touchpoint":
        table["stage"] = [place.stage if (place := c.places.get(name)) else None for name in names] * cells
    table["n"] = pd.Series(told.spread(n.astype(float))).astype("Int64")
    figures = _figures(c, rows)
    alike = (n > 1) & np.isnan(figures["mean"].error) & ~small & ~also
    notes = np.where(alike, [f"{note}; {ALIKE}".removeprefix("; ") for note in notes], notes)
    for name, figure in figures.items():
        table = pd.concat([table, told.columns(name, figure)], axis="columns")
    table = pd.concat([table, _standards(c, names, figures, told), *_trend(c, rows, told)], axis="columns")
    volume, cost = (
        np.array([_known(c, name, what) for name in names] * cells) for what in ("volume", "cost_per_contact")
    )
    if c.by not in ((), (c.survey.time,)):  # volume and cost are those of all customers
        volume, cost = volume * np.nan, cost * np.nan
    for end in ("", "_low", "_high"):
        table[f"bad_moments{end}"] = volume / 12 * table[f"unhappy{end}"]
    for end, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        table[f"cost_per_good{end}"] = cost / table[f"top_box{other}"].where(table[f"top_box{other}"] > 0)
    table["note"] = told.spread_words(notes)
    return table


class _Laid(NamedTuple):
    """How figures of cells and scored items become rows of the table, which also lists items that were not asked."""

    cells: int
    p: int
    items: int
    blank: NDArray[np.bool_]

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A figure for every row; NaN where it is to be blank or there is none."""
        full = np.full((self.cells, self.items), np.nan)
        full[:, : self.p] = np.where(self.blank, np.nan, values).reshape(self.cells, self.p)
        return full.ravel()

    def spread_words(self, words: NDArray[Any]) -> NDArray[Any]:
        """The note of every row."""
        full = np.full((self.cells, self.items), "not in the survey", object)
        full[:, : self.p] = words.reshape(self.cells, self.p)
        return full.ravel()

    def columns(self, name: str, figure: Figures) -> pd.DataFrame:
        """A figure and its interval."""
        ends = ("low", "high") if name == "mean" else (f"{name}_low", f"{name}_high")
        given = zip((name, *ends), figure[:3], strict=True)
        return pd.DataFrame({column: self.spread(values) for column, values in given})


def _figures(c: _Counted, rows: Answers) -> dict[str, Figures]:
    """Every figure of a touchpoint that answers alone give, in the order of the columns."""
    scale, scored, told, level = c.survey.scale, rows.scored, rows.told, c.level
    found = {"reach": shares(told, told.state == SCORED, level), "mean": means(scored, scale, level)}
    nothing = Figures(*[np.full(rows.m, np.nan)] * 5)
    found |= {"top_box": nothing, "unhappy": nothing}
    if scale:
        found["top_box"] = shares(scored, scored.x >= scale.top_from, level)
        found["unhappy"] = shares(scored, scored.x <= scale.unhappy_to, level)
    if scale and (scale.low, scale.high) == (0, 10):
        found["nps"] = net_promoters(scored, level)
    asked = [full for own in c.survey.dimensions.values() for full, what in own.items() if what.casefold() in EFFORT]
    if asked and c.per == "touchpoint":
        found["ces"] = _effort(c, asked)
    return found


def _effort(c: _Counted, asked: list[str]) -> Figures:
    """The mean of the dimension that asks how easy it was, for the touchpoints that have one."""
    apart = c.survey.by_dimension().only(asked)
    owner = {full: name for name, own in c.survey.dimensions.items() for full in own}
    place, p = [c.survey.touchpoints.index(owner[full]) for full in asked], len(c.survey.touchpoints)
    found = counted(apart, c.by)
    item, cell = found.table["item"].to_numpy(), found.table["cell"].to_numpy()
    rows = answers(found, np.where(item < len(asked), cell * p + np.append(place, 0)[np.minimum(item, len(asked))], -1),
                   len(c.cells) * p).scored  # fmt: skip
    few = rows.total(rows.n) < c.min_n
    return Figures(*[np.where(few, np.nan, values) for values in means(rows, c.survey.scale, c.level)[:5]])


def _standards(c: _Counted, names: list[str], figures: dict[str, Figures], told: _Laid) -> pd.DataFrame:
    """Each figure against the first standard of its touchpoint."""
    chosen = [_score_standard(c.places.get(name)) for name in names]
    target = np.array([one.target if one else np.nan for one in chosen] * told.cells)
    metric = np.array([one.metric if one else None for one in chosen] * told.cells, object)
    gap, p = np.full((2, len(metric)), np.nan)
    for name in SURVEY_METRICS:
        own, figure = metric == name, figures[name]
        goal = np.array([one.target if one else np.nan for one in chosen[: told.p]] * told.cells)
        gap = np.where(own, told.spread(figure.value) - target, gap)
        p = np.where(own, told.spread(1 - figure.below(goal)), p)
    both = 2 * np.minimum(p, 1 - p)
    columns = {"metric": metric, "standard": target, "gap": gap, "p_met": p, "p_value": both}
    return pd.DataFrame(columns | {"q_value": benjamini_hochberg(both)})


def _trend(c: _Counted, rows: Answers, told: _Laid) -> list[pd.DataFrame]:
    """Slopes over the waves, where there are any."""
    if c.time is None:
        return []
    number = c.wave_numbers(len(c.survey.touchpoints))
    used = (rows.state == SCORED) & ~np.isnan(number)
    found = trends(rows.where(used), number[used], c.level)
    p = told.spread(wald_p(found.value, found.error, found.df))
    frame = told.columns("trend", found)
    return [frame.assign(trend_p=p, trend_q=benjamini_hochberg(p))]


def _known(c: _Counted, name: str, what: str) -> float:
    """What the map says of a touchpoint, as a number."""
    value = getattr(c.places.get(name), what, None)
    return np.nan if value is None else float(value)


def _outcomes(c: _Counted) -> pd.DataFrame:
    """Every measure of every outcome."""
    first, parts = len(c.survey.touchpoints), []
    for k, (name, kind) in enumerate(c.survey.outcomes.items()):
        rows, scale = c.rows(first + k, 1).scored, c.survey.outcome_scales.get(name)
        n = rows.total(rows.n).astype(np.int64)
        blank = (n < c.min_n) | c.hidden(n[:, None])[:, 0]
        measures = {"nps": ["NPS"], "binary": ["share"]}.get(kind, ["mean", "top box"] if scale else ["mean"])
        for measure in measures:
            figure = _measure(measure, rows, scale, c.level)
            shown = [np.where(blank, np.nan, values) for values in (n, *figure[:3])]
            line = dict(zip(("n", "value", "low", "high"), shown, strict=True))
            parts.append(c.labels.assign(outcome=name, measure=measure, **line))
    table = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    return table.astype({"n": "Int64"})


def _measure(measure: str, rows: Answers, scale: Scale | None, level: float) -> Figures:
    if measure == "NPS":
        return net_promoters(rows, level)
    if measure == "mean":
        return means(rows, scale, level)
    return shares(rows, rows.x >= (scale.top_from if scale and measure == "top box" else 1), level)


def _score_standard(place: Touchpoint | None) -> Standard | None:
    """The first standard of a touchpoint that a survey can measure."""
    return next((one for one in (place.standards if place else ()) if one.metric in SURVEY_METRICS), None)
