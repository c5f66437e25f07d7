"""Stage 2: how well each touchpoint serves.

The verb :func:`baseline` and its result. Figures are made in :mod:`cxlens.stages.baseline.score`, the other sides of a
baseline in modules of their own; what matters most is a question for drivers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, plural, probability
from cxlens.errors import OptionError, ValuesError, check_kind, check_level, check_option
from cxlens.files.tables import write_sheets
from cxlens.stages.baseline.bias import response_bias
from cxlens.stages.baseline.blind_spots import blind_spots
from cxlens.stages.baseline.comments import comments
from cxlens.stages.baseline.comparison import grouping
from cxlens.stages.baseline.consistency import consistency
from cxlens.stages.baseline.emotion import emotion
from cxlens.stages.baseline.pitfalls import pitfalls
from cxlens.stages.baseline.record import FEW, Per, Scorecard, scorecard, segment_of_record
from cxlens.stages.baseline.rivals import competitors
from cxlens.stages.baseline.staff import employees
from cxlens.stages.baseline.standards import standards
from cxlens.stages.baseline.verdicts import verdicts
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

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

    record: Scorecard

    @property
    def table(self) -> pd.DataFrame:
        """The scorecard: see the attributes."""
        return self.record.table

    @property
    def outcomes(self) -> pd.DataFrame:
        """The outcomes: see the attributes."""
        return self.record.outcomes

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.record.survey

    @property
    def touchpoint_map(self) -> TouchpointMap | None:
        """Where the touchpoints stand."""
        return self.record.touchpoint_map

    @property
    def by(self) -> str | tuple[str, ...] | None:
        """The columns whose values are told apart."""
        return self.record.by

    @property
    def per(self) -> Per:
        """What has a row: touchpoint, stage, process or channel."""
        return self.record.per

    @property
    def min_n(self) -> int:
        """Answers below which a cell is blank."""
        return self.record.min_n

    @property
    def level(self) -> float:
        """The confidence level of the intervals."""
        return self.record.level

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
        return self.record.note

    def where(self, segment: Segment) -> Baseline:
        """The same for the answers of one segment, also of competitors.

        Raises
        ------
        ValuesError
            When the segment names a column that is not among the labels, or no answer belongs to it.
        """
        return Baseline(segment_of_record(self.record, segment))

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The scorecard: a dot and interval for each touchpoint, its standard marked."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """The scorecard with controls for segment column and measure."""
        return port.widget_of(self)

    def blind_spots(self, *, margin: float | None = None, segments: Sequence[Segment] = ()) -> View:
        """Where we are blind, and how many answers are lacking: see :mod:`cxlens.stages.baseline.blind_spots`."""
        return blind_spots(self.record, margin=margin, segments=segments)

    def response_bias(self, margins: Mapping[str, Mapping[Any, float]]) -> View:
        """Respondents against the customer base, and raking weights: see :mod:`cxlens.stages.baseline.bias`."""
        view = response_bias(self.survey, margins, level=self.level, min_n=self.min_n)
        return replace(view, record=self.record, options={"margins": margins})

    def verdicts(self, drivers: Drivers | None = None) -> View:
        """Add, fix, merge or retire, keep, over-delivers: see :mod:`cxlens.stages.baseline.verdicts`."""
        return replace(verdicts(self.record, drivers, level=self.level), options={"drivers": drivers})

    def standards(self, measurements: str | Path | pd.DataFrame | None = None) -> View:
        """Whether each standard of the map is kept, wave by wave: see :mod:`cxlens.stages.baseline.standards`."""
        if self.touchpoint_map is None:
            raise OptionError("standards stand on a map. Give cx.baseline(survey, touchpoint_map).")
        view = standards(self.touchpoint_map, measurements, survey=self.survey, level=self.level, min_n=self.min_n)
        return replace(view, record=self.record, options={"measurements": measurements})

    def consistency(self, groups: Mapping[str, Sequence[str]] | None = None) -> View:
        """The same question in several channels: see :mod:`cxlens.stages.baseline.consistency`."""
        return consistency(self.record, groups)

    def competitors(self, *, drivers: Drivers | None = None) -> View:
        """Our scores against each competitor's: see :mod:`cxlens.stages.baseline.rivals`."""
        return competitors(self.record, drivers=drivers)

    def employees(
        self, *, drivers: Drivers | None = None, stated: Survey | Mapping[str, float] | None = None, k: int = 5
    ) -> View:
        """What employees or a workshop think beside what customers say: see :mod:`cxlens.stages.baseline.staff`."""
        return employees(self.record, drivers=drivers, stated=stated, k=k)

    def emotion(self) -> View:
        """How strongly customers feel at each touchpoint: see :mod:`cxlens.stages.baseline.emotion`."""
        view = emotion(self.survey, self.touchpoint_map, by=grouping(self.record), level=self.level, min_n=self.min_n)
        return replace(view, record=self.record)

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
        options: dict[str, Any] = {"touchpoint": touchpoint, "codebook": codebook, "top": top}
        options |= {"stopwords": stopwords, "seed": seed}
        return replace(comments(self.survey, min_n=self.min_n, **options), record=self.record, options=options)

    def pitfalls(
        self,
        *,
        drivers: Drivers | None = None,
        initiatives: pd.DataFrame | None = None,
        base: Mapping[str, float] | None = None,
    ) -> View:
        """Advocates only, front door only, whipsaw: see :mod:`cxlens.stages.baseline.pitfalls`."""
        return pitfalls(self.record, drivers=drivers, initiatives=initiatives, base=base)

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
    columns = by if isinstance(by, str) else named or None
    return Baseline(
        scorecard(
            survey,
            touchpoint_map,
            by=columns,
            per=per,
            rivals=competitors,
            staff=employees,
            min_n=min_n,
            level=level,
        )
    )
