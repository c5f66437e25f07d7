"""What came of a change: the result of every design, in figures and in words.

How it is measured is the business of the designs: :mod:`cxlens.stages.impact.designs`,
:mod:`cxlens.stages.impact.interrupted` and :mod:`cxlens.stages.impact.staggered`. Pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.html import card
from cxlens.common.result import Result
from cxlens.common.values import TOO_FEW, count, number, plural, wave_words
from cxlens.errors import check_known, listing
from cxlens.stages.impact.adjust import ADJUSTED, WHO_ANSWERED
from cxlens.stages.impact.followed import OURS
from cxlens.stages.impact.ladder import JudgedBy
from cxlens.stages.impact.periods import Line, join_waves
from cxlens.stages.impact.rivals import MORE, Against
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.reassigned import Reassigned
from cxlens.study.metrics import Figure, Metric, find_metric
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey

BEFORE_AFTER = "before and after"
DIFFERENCES = "difference in differences"
INTERRUPTED = "interrupted time series"
Controls = Literal["all", "matched"]
STAGGERED = "staggered starts"
CHANGE, EFFECT, LEVEL_CHANGE, SLOPE_CHANGE = "change", "effect", "level change", "slope change"
CLAIMS = (CHANGE, EFFECT, LEVEL_CHANGE, SLOPE_CHANGE)  # what is tested for its own sake, at one error rate
WHOSE = "whose"
SERIES = 3  # waves from which on a change is told wave by wave
PLACEBO = "before the change (should be near 0)"
SIDES = {"treated": "where done", "control": "elsewhere"}  # of the answers, in words
UNITS = {"nps": " NPS points", "binary": " percentage points"}
COLUMNS = ["quantity", "n", "estimate", "low", "high", "p_value"]
BY_WAVE = ["wave", "period", "n", "mean", "counterfactual", "without_low", "without_high", "effect", "low", "high"]


def no_waves() -> pd.DataFrame:
    """No figure by wave."""
    return pd.DataFrame(columns=BY_WAVE)


@misfits_told
@dataclass(frozen=True, eq=False, repr=False)
class Impact(Result):
    """What changed, and how surely; made by the verbs of every design.

    :func:`cxlens.before_after`, :func:`cxlens.difference_in_differences` and :func:`cxlens.interrupted_time_series`.

    Attributes
    ----------
    design : str
        "before and after", "difference in differences", "staggered starts" or "interrupted time series".
    metric, unit : str
        What was measured, and what changes are counted in: "NPS points", "share" (0 to 1), "scale points", or what a
        log tells in: "money", "touches" or "purchases". Of several metrics the first.
    estimate, low, high, p_value : float
        The row of ``table`` that answers the question: "change", "effect" or "level change"; of several metrics for the
        first. No p-value where answers alone judge an effect.
    table : DataFrame
        One row an estimate (and ``metric``, when several are given): ``quantity``, ``n``, ``estimate``, ``low``,
        ``high``, ``p_value`` and ``q_value`` (Benjamini-Hochberg over all that is tested for its own sake, of all
        metrics; blank elsewhere). With competitors, ``whose`` it is: "ours" or the name of one, whose rows are "rival's
        change"; "rivals' change", the mean of several; and "more than rivals", ours less theirs, whose ``q_value`` is
        over those of all metrics. Quantities are "change", "change, adjusted", "who answered", and "change, adjusted to
        the mix after" where that has the other sign; or "treated change", "control change" and "effect"; or "level
        change", "slope change" (a wave), "mean effect" (of all waves after) and "slope before"; and "before the change
        (should be near 0)".
    cells : DataFrame
        One row a group and period: ``group`` ("all", "treated", "control"), ``period`` ("before", "after"),
        ``waves`` (text), ``n``, ``mean``, ``low``, ``high``. The mean of an NPS outcome is the NPS in points. Where the
        lowest score is the best, means are as asked, and an ``estimate`` above 0 is for the better.
    by_wave : DataFrame
        One row a wave (and ``metric``): ``wave``, ``period``, ``n`` and ``mean`` of those with the change, the
        ``counterfactual`` (where they would be without it), between ``without_low`` and ``without_high`` where a line
        tells it, and the ``effect`` in that wave with ``low`` and ``high``. Before the change it should be near 0; of
        staggered starts ``wave`` counts waves from the start. No rows of a before and after.
    note : str
        What was left out, what an effect is judged by, and from how many clusters the answers are, with the degrees of
        freedom of the estimate: below 4 there is no ``p_value``, and nothing is clear. May be empty.
    survey, before, after, adjust, treated, started, season, figure, level
        The inputs; ``before`` and ``after`` as tuples of waves, ``treated`` as a segment (or None).
    metrics : tuple
        What is measured; ``metric`` is the first.
    judged_by : str
        What an effect is judged by: the changes of "places", the swings of "waves", "clusters" in which some are
        treated and some not, or "answers" alone, which tell no effect from a swing. Empty without others.
    p_permutation : float
        Where places judge, the share of all ways to choose as many places that show as much; NaN elsewhere. Never below
        one way in all.
    matched : tuple of str
        The places compared with, where they were chosen (``controls="matched"``); of several metrics for the first.
    swing : float
        How much places would have to differ from wave to wave (an sd) to explain an effect that answers alone judge;
        NaN elsewhere.
    competitors : mapping
        Their surveys, by name.
    against : Against or None
        What they say (:class:`cxlens.stages.impact.rivals.Against`): ``cells`` and ``by_wave`` are their means, with
        ``whose``.
    mix : str
        Whose mix of kinds an adjusted change has, in words; empty without ``adjust``.
    """

    design: str
    metric: str
    unit: str
    estimate: float
    low: float
    high: float
    p_value: float
    table: pd.DataFrame
    cells: pd.DataFrame
    note: str
    survey: Survey
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    adjust: tuple[str, ...]
    treated: Segment | None
    level: float
    judged_by: JudgedBy = ""
    swing: float = np.nan
    mix: str = ""
    started: str | None = None
    season: int | None = None
    figure: Figure = "mean"
    by_wave: pd.DataFrame = field(default_factory=no_waves)
    q_value: float = np.nan
    matched: tuple[str, ...] = ()
    reassigned: Reassigned | None = None
    each: tuple[Impact, ...] = ()
    competitors: Mapping[str, Survey] = field(default_factory=dict)
    against: Against | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        tables = {
            "figures": self.table,
            "means": self.cells,
            "by wave": self.by_wave,
        }
        return {name: table for name, table in tables.items() if len(table)}

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured; the first is ``metric``."""
        return tuple(part.metric for part in self.each) or (self.metric,)

    @property
    def p_permutation(self) -> float:
        """The share of ways to choose as many places that show as much; NaN where places do not judge."""
        return self.reassigned.p_value if self.reassigned else np.nan

    @property
    def is_series(self) -> bool:
        """Whether there are waves enough to tell it wave by wave."""
        return len(self.by_wave) >= SERIES

    @property
    def measured(self) -> Metric:
        """The metric; the first of several."""
        return find_metric(self.survey, self.metric, self.figure)

    def only(self, metric: str) -> Impact:
        """What came of one of several metrics; q-values stay those of all of them.

        Raises
        ------
        OptionError
            When it is not among them.
        """
        check_known("metric", [metric], self.metrics, "Metrics")
        parts = self.each or (self,)
        return parts[self.metrics.index(metric)]

    @cached_property
    def finding(self) -> Finding:
        """What happened, how much and how surely, what the design supposes; how much of it is who answered."""
        if self.each:
            return _of_several(self)
        metric = self.measured
        who = "" if self.treated is None else f" among {self.treated.name}"
        return Finding(
            lead=f"{metric.label}{who} {self._verb(metric)}",
            figure=self._figure(metric),
            interval=self._ends(metric),
            unit="" if self._has_others else self._when,
            certainty=self._certainty(metric),
            more=self._more(metric),
            n=self._numbers(),
        )

    @property
    def _when(self) -> str:
        """The periods compared, or the wave of the change; a title has no room for them beside who was treated."""
        if self.design == INTERRUPTED:
            return f"with the change in {wave_words(self.after[0])}"
        if self.design == STAGGERED:
            return "from each start on"
        return f"from {join_waves(self.before)} to {join_waves(self.after)}"

    @property
    def _clear(self) -> bool:
        is_told = self.q_value < 1 - self.level
        return (self.low > 0 or self.high < 0) and is_told

    @property
    def _has_others(self) -> bool:
        """Whether it is told against those without the change."""
        return self.design in {DIFFERENCES, STAGGERED}

    @property
    def _too_few(self) -> bool:
        """Whether clusters are too few to tell: the estimate has an interval, but no test."""
        no_test = np.isnan(self.p_value) and not np.isnan(self.low)
        return bool(no_test) and self.judged_by != "answers"

    @property
    def _sign(self) -> int:
        """-1 where a clear fall is told by its size."""
        if self._clear and self.high < 0:
            return -1
        return 1

    def _verb(self, metric: Metric) -> str:
        """What the metric did."""
        if not self._has_others:
            if not self._clear:
                return "did not clearly change:"
            rose, fell = metric.verbs
            return f"{fell if self._sign < 0 else rose} by"
        improved = metric.lowest_is_best
        if not self._clear:
            return f"did not clearly {'improve' if improved else 'gain'} more than elsewhere:"
        more = "less" if self._sign < 0 else "more"
        return f"{'improved' if improved else 'gained'} {more} than elsewhere, by"

    def _figure(self, metric: Metric) -> str:
        """How much it did; a clear fall is told by its size."""
        estimate = metric.steps(self._sign * self.estimate, sign=not self._clear)
        return f"{estimate}{UNITS.get(metric.kind, '')}"

    def _ends(self, metric: Metric) -> str:
        """The interval of the figure."""
        low, high = sorted((self._sign * self.low, self._sign * self.high))
        return f"[{metric.steps(low)}, {metric.steps(high)}]"

    def _certainty(self, metric: Metric) -> str:
        """How clear it is, and what the design takes for granted; how both differed earlier."""
        clear = "clearly, " if self._clear else ""
        if self.design == BEFORE_AFTER:
            return f"{clear}other causes possible"
        if self.design == INTERRUPTED:
            return f"{clear}if nothing else came then and the line would have gone on"
        gap = ""
        for line in self._lines(PLACEBO):
            gap = f"; earlier gap {metric.steps(line['estimate'], sign=True)}"
        who = "all" if self.design == STAGGERED else "both"
        return f"{clear}{self._when}, if {who} would move alike{gap}"

    def _more(self, metric: Metric) -> list[str]:
        """What else is to be known: too few to tell, what a place's own swings explain, who answered."""
        told = [TOO_FEW] if self._too_few else []
        told += self._slope(metric)
        if not np.isnan(self.swing):
            swing = metric.steps(self.swing)
            told.append(
                "Sampling error alone: so few places may swing by themselves, and an sd of "
                f"{swing} a place and wave would explain it"
            )
        told += self._by_choice()
        for line in self._lines(PLACEBO):
            if line["p_value"] < 1 - self.level:
                told.append("They already parted before the change, which speaks against it")
        if self.mix:
            told.append(self._composition(metric))
        if self.against is not None:
            told.append(f"{_of_rivals(metric, self.against)}{self._own(metric, self.against)}")
        return told

    @property
    def is_own(self) -> bool:
        """Whether a change is clear, and clearly more than that of rivals together, and of each of them."""
        if self.against is None or not self._clear:
            return False
        is_told = any(line["q_value"] < 1 - self.level for line in self._lines(MORE))
        return is_told and self.against.is_exceeded(int(np.sign(self.estimate)))

    def _own(self, metric: Metric, against: Against) -> str:
        """Whether a clear change is the organisation's own."""
        if not self._clear:
            return ""
        ours = "that where it was done" if self._has_others else "ours"
        if self.is_own:
            return f"; {ours} clearly differs"
        sign = int(np.sign(self.estimate))
        if against.is_exceeded(sign) and not np.isnan(against.swing):
            swing = metric.steps(against.swing)
            return f"; {ours} differs, which an sd of {swing} a company and wave would explain"
        as_much = against.as_much(sign)
        named = ""
        if len(against.each) > 1 and as_much is not None:
            named = f", {as_much.name} by {metric.steps(as_much.change[0], sign=True)}"
        return f"{named}; {ours} is not clearly more, so it is not clearly our own"

    def _by_choice(self) -> list[str]:
        """That other places would show as much too often for a clear effect, or that so few cannot tell."""
        if not self._clear or self.reassigned is None or self.p_permutation < 1 - self.level:
            return []
        ways, as_large, _ = self.reassigned
        if as_large == 1:
            return [f"Of only {ways} ways to choose as many places 1 shows as much: p = {number(1 / ways, 2)} by these"]
        return [f"Yet {count(as_large)} of {count(ways)} ways to choose as many places show as much"]

    def _slope(self, metric: Metric) -> list[str]:
        """Whether the line rises otherwise since the change."""
        told = []
        for line in self._lines(SLOPE_CHANGE):
            ends = f"[{metric.steps(line['low'])}, {metric.steps(line['high'])}]"
            clear = "clearly changed" if line["q_value"] < 1 - self.level else "did not clearly change"
            slope = metric.steps(line["estimate"], sign=True)
            told.append(f"Its slope {clear}: {slope} {ends}{metric.better} a wave")
        return told

    def _lines(self, quantity: str) -> list[dict[str, Any]]:
        """The lines of the table that tell a quantity: one, or none."""
        lines = self.table[self.table["quantity"] == quantity]
        return [{str(name): value for name, value in line.items()} for line in lines.to_dict("records")]

    def _composition(self, metric: Metric) -> str:
        """How much of the change the same kinds of customers had, and how much is who answered."""
        words = []
        for quantity, told in ((ADJUSTED, self.mix), (WHO_ANSWERED, "who answered")):
            for line in self._lines(quantity):
                ends = f"[{metric.steps(line['low'])}, {metric.steps(line['high'])}]"
                figure = metric.steps(line["estimate"], sign=True)
                if not np.isnan(line["estimate"]):
                    words.append(f"{told}: {figure} {ends}")
        if not words:
            return "No kind of customer has enough answers both times; name fewer columns"
        composition = "; ".join(words)
        return composition[:1].upper() + composition[1:]

    def _numbers(self) -> str:
        """How many answers each period, or each group, has."""
        cell = "group" if self._has_others else "period"
        n = self.cells.groupby(cell, sort=False)["n"].sum()
        return " and ".join(f"{count(answers)} {SIDES.get(str(name), name)}" for name, answers in n.items())

    def _repr_html_(self) -> str:
        note = f"Intervals: {100 * self.level:g} %. {self.note}"
        return card(self.sentence, self.table, note.strip())


def _of_rivals(metric: Metric, against: Against) -> str:
    """``Rivals changed by +0.10 [0.02, 0.18] in the same time``; one of them by name."""
    who = against.each[0].name if len(against.each) == 1 else "Rivals"
    change, low, high, _ = against.change
    ends = f"[{metric.steps(low)}, {metric.steps(high)}]"
    return f"{who} changed by {metric.steps(change, sign=True)} {ends}{metric.better} in the same time"


def table_of(lines: Sequence[Line]) -> pd.DataFrame:
    """Estimates as a table, with the q-values of what is tested for its own sake."""
    table = pd.DataFrame(lines, columns=COLUMNS)
    return with_q([table])[0]


def beside(impact: Impact, competitors: Mapping[str, Survey], against: Against | None) -> Impact:
    """The same with what rivals say of it, where any does."""
    if against is None:
        return impact
    ours = impact.table[COLUMNS].copy()
    ours.insert(0, WHOSE, OURS)
    theirs = pd.DataFrame(against.lines, columns=[WHOSE, *COLUMNS])
    return replace(
        impact,
        table=with_q([pd.concat([ours, theirs], ignore_index=True)])[0],
        note=" ".join(filter(None, [impact.note, against.note])),
        competitors=competitors,
        against=against,
    )


def with_q(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Tables with q-values over the claims of all of them; over what is more than rivals' apart, as a second step."""
    q_values = np.full(sum(map(len, tables)), np.nan)
    for family in (CLAIMS, (MORE,)):
        p_values = [table["p_value"].where(table["quantity"].isin(family)).to_numpy(float) for table in tables]
        q_values = np.fmax(q_values, benjamini_hochberg(np.concatenate(p_values)))
    ends = np.cumsum([len(table) for table in tables])
    parts = np.split(q_values, ends[:-1])
    return [table.assign(q_value=q_value) for table, q_value in zip(tables, parts, strict=True)]


def for_each(metrics: Sequence[Metric], measure: Callable[[Metric], Impact]) -> Impact:
    """What came of one metric; or of several, at one error rate."""
    return together([measure(metric) for metric in metrics])


def together(results: Sequence[Impact]) -> Impact:
    """What came of one metric; or of each of several, at one error rate."""
    if len(results) == 1:
        return results[0]
    tables = with_q([result.table for result in results])
    each = tuple(
        replace(result, table=table, q_value=main_q(table)) for result, table in zip(results, tables, strict=True)
    )
    first = each[0]
    notes = dict.fromkeys(part.note for part in each)
    return replace(
        first,
        table=_joined(each, "table"),
        cells=_joined(each, "cells"),
        by_wave=_joined(each, "by_wave"),
        note=" ".join(filter(None, notes)),
        each=each,
    )


def main_q(table: pd.DataFrame) -> float:
    """The q-value of the row that answers the question."""
    is_main = table["quantity"].isin([CHANGE, EFFECT, LEVEL_CHANGE])
    return float(table.loc[is_main, "q_value"].iloc[0])


def _joined(each: Sequence[Impact], name: str) -> pd.DataFrame:
    """A table of every metric, one below the other."""
    tables = []
    for part in each:
        table: pd.DataFrame = getattr(part, name).copy()
        table.insert(0, "metric", part.metric)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _of_several(result: Impact) -> Finding:
    """How many metrics changed clearly, and by how much each of these."""
    clear = [part for part in result.each if part._clear]
    clear.sort(key=lambda part: part.p_value)
    what = "changed level clearly" if result.design == INTERRUPTED else "changed clearly"
    if result._has_others:
        what = "gained clearly more or less than elsewhere"
    compared = int(result.table.loc[result.table["quantity"].isin(CLAIMS), "q_value"].notna().sum())
    measures = f"{len(result.each)} measures"
    largest = max(result.each, key=lambda part: part.cells["n"].sum())
    told = f"{len(clear)} of {measures}" if clear else f"Not one of {measures}"
    if not compared:
        return Finding(
            f"Too little is known to tell whether any of {measures} {what} {result._when}", n=largest._numbers()
        )
    items = []
    for part in clear:
        metric = part.measured
        figure = f"{metric.steps(part.estimate, sign=True)}{metric.better}"
        items.append(Item(metric.label, figure, f"[{metric.steps(part.low)}, {metric.steps(part.high)}]"))
    shared = [part.measured.label for part in clear if part.against is not None and not part.is_own]
    more = [f"Not clearly more than rivals', so not clearly our own: {listing(shared)}"] if shared else []
    return Finding(
        f"{told} {what} {result._when}",
        items=items,
        certainty=f"allowing for {plural(compared, 'comparison')}",
        more=more,
        n=largest._numbers(),
    )
