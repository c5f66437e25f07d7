"""Did it work? A metric before and after a change, alone or against a group without it.

What a metric is and how two samples are compared comes from :mod:`cxlens.study.metrics`, which answers are compared
from :mod:`cxlens.stages.impact.periods`, and what an effect is judged by from :mod:`cxlens.stages.impact.ladder`.
Series of waves, forecasts and pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.html import card
from cxlens.common.result import Result
from cxlens.common.values import TOO_FEW, count
from cxlens.engine.labels import in_words
from cxlens.errors import ValuesError, check_known, listing
from cxlens.stages.impact.adjust import ADJUSTED, WHO_ANSWERED, adjusted_lines
from cxlens.stages.impact.ladder import Judged, JudgedBy, Places, Sides, judged
from cxlens.stages.impact.periods import Compared, Line, Question, ask, compare, is_hidden, join_waves
from cxlens.stages.impact.steps import change_between, shape_is_known
from cxlens.study.dated import no_order
from cxlens.study.metrics import (
    Metric,
    about_clusters,
    clustered_coefficient,
    coefficient,
    find_metric,
    waves_of,
)
from cxlens.study.segments import Segment, check_columns
from cxlens.study.survey import Survey
from cxlens.study.words import check_no_codes

Bools = NDArray[np.bool_]
PLACEBO = "before the change (should be near 0)"
SIDES = {"treated": "where done", "control": "elsewhere"}  # of the answers, in words
UNITS = {"nps": " NPS points", "binary": " percentage points"}


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Impact(Result):
    """What changed, and how surely; made by :func:`before_after` and :func:`difference_in_differences`.

    Attributes
    ----------
    design : str
        "before and after" or "difference in differences".
    metric, unit : str
        What was measured, and what changes are counted in: "NPS points", "share" (0 to 1) or "scale points".
    estimate, low, high, p_value : float
        The change, or the effect: the first row of ``table`` of a before and after, the last but for the
        placebo of a difference in differences. No p-value where answers alone judge an effect.
    table : DataFrame
        One row an estimate: ``quantity``, ``n``, ``estimate``, ``low``, ``high``, ``p_value``. Quantities are
        "change", "change, adjusted", "who answered", and "change, adjusted to the mix after" where that has the
        other sign; or "treated change", "control change", "effect" and "before the change (should be near 0)".
    cells : DataFrame
        One row a group and period: ``group`` ("all", "treated", "control"), ``period`` ("before", "after"),
        ``waves`` (text), ``n``, ``mean``, ``low``, ``high``. The mean of an NPS outcome is the NPS in points. Where the
        lowest score is the best, means are as asked, and an ``estimate`` above 0 is for the better.
    note : str
        What was left out, what an effect is judged by, and from how many clusters the answers are, with the degrees of
        freedom of the estimate: below 4 there is no ``p_value``, and nothing is clear. May be empty.
    survey, before, after, adjust, treated, started, level
        The inputs; ``before`` and ``after`` as tuples of waves, ``treated`` as a segment (or None).
    judged_by : str
        What an effect is judged by: the changes of "places", the swings of "waves", "clusters" in which some are
        treated and some not, or "answers" alone, which tell no effect from a swing. Empty without others.
    swing : float
        How much places would have to differ from wave to wave (an sd) to explain an effect that answers alone judge;
        NaN elsewhere.
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

    @property
    def finding(self) -> Finding:
        """What happened, how much and how surely, what the design supposes; how much of it is who answered."""
        metric = find_metric(self.survey, self.metric)
        who = "" if self.treated is None else f" among {self.treated.name}"
        return Finding(
            lead=f"{metric.label}{who} {self._verb(metric)}",
            figure=self._figure(metric),
            interval=self._ends(metric),
            unit="" if self.treated else self._when,
            certainty=self._certainty(metric),
            more=self._more(metric),
            n=self._numbers(),
        )

    @property
    def _when(self) -> str:
        """The periods compared; a title has no room for them beside who was treated."""
        return f"from {join_waves(self.before)} to {join_waves(self.after)}"

    @property
    def _clear(self) -> bool:
        has_test = not np.isnan(self.p_value)
        return (self.low > 0 or self.high < 0) and has_test

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
        if self.treated is None:
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
        if self.treated is None:
            return f"{clear}other causes possible"
        gap = ""
        for line in self._lines(PLACEBO):
            gap = f"; earlier gap {metric.steps(line['estimate'], sign=True)}"
        return f"{clear}{self._when}, if both would move alike{gap}"

    def _more(self, metric: Metric) -> list[str]:
        """What else is to be known: too few to tell, what a place's own swings explain, who answered."""
        told = [TOO_FEW] if self._too_few else []
        if not np.isnan(self.swing):
            swing = metric.steps(self.swing)
            told.append(
                "Sampling error alone: so few places may swing by themselves, and an sd of "
                f"{swing} a place and wave would explain it"
            )
        for line in self._lines(PLACEBO):
            if line["p_value"] < 1 - self.level:
                told.append("They already parted before the change, which speaks against it")
        if self.mix:
            told.append(self._composition(metric))
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
            return "No kind of customer has answers enough both times; name fewer columns"
        composition = "; ".join(words)
        return composition[:1].upper() + composition[1:]

    def _numbers(self) -> str:
        """How many answers each period, or each group, has."""
        cell = "period" if self.treated is None else "group"
        n = self.cells.groupby(cell, sort=False)["n"].sum()
        return " and ".join(f"{count(answers)} {SIDES.get(str(name), name)}" for name, answers in n.items())

    def _repr_html_(self) -> str:
        note = f"Intervals: {100 * self.level:g} %. {self.note}"
        return card(self.sentence, self.table, note.strip())


@misfits_told
def before_after(
    survey: Survey, *, metric: str, before: Any, after: Any, adjust: Sequence[str] = (), level: float = 0.95
) -> Impact:
    """Compare a metric after a change with the same metric before it.

    Parameters
    ----------
    survey
        Answers, or :class:`cxlens.Aggregates`, with a ``time`` column.
    metric
        A touchpoint or an outcome. NPS outcomes are counted in points, binary ones as a share.
    before, after
        Waves: a value of the time column, or a list of values.
    adjust
        Segment or channel columns. The change is then also given as if the same kinds of customers had
        answered both times; the rest of the change is "who answered". An empty entry is a kind of its own.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, a name or wave is unknown, a wave is in both periods or before is later than
        after, or a period has fewer than 5 answers (or a single cluster).

    Notes
    -----
    The change is a difference of weighted means, with the intervals of :func:`cxlens.stages.impact.monitor.monitor`,
    and as there by people who change places where a period has few answers.
    Adjusted: the change of each kind (each combination of the columns) times its share before (direct
    standardisation; Kitagawa 1955); "who answered" is the rest of the change. Both have intervals from influence
    values, with Satterthwaite's degrees of freedom, or by leaving each cluster out, or each respondent, where ids
    repeat; clusters with fewer than 4 degrees of freedom leave no p-value. Kinds with fewer than 5 answers in a period,
    or that other tables hide, take no part: where the rest make up less than 95 % of those before, "who answered" is
    blank, since the change is of those kinds alone. Where the mix after would turn the sign, its change is a line, too.
    Nothing here excludes other causes.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"wifi": [2, 3, 4] * 20 + [3, 4, 5] * 20, "overall": 4,
    ...                         "year": [2013] * 60 + [2014] * 60})
    >>> survey = cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="year")
    >>> print(cx.before_after(survey, metric="wifi", before=2013, after=2014))  # doctest: +NORMALIZE_WHITESPACE
    Wifi satisfaction rose by 1.00 [0.71, 1.29] from 2013 to 2014; clearly, other causes possible. n = 60 before and 60
    after.
    """
    question = ask("before_after", survey, metric, before, after, level)
    columns = (adjust,) if isinstance(adjust, str) else tuple(adjust)
    allowed = [name for name in (*survey.segments, survey.channel) if name]
    check_known("adjust column", columns, allowed, "Segments")
    question = question._replace(adjust=columns)
    compared = compare(question)
    sample = compared.sample
    kind = question.metric.kind
    shape_known = shape_is_known(survey, kind)
    change = change_between(sample, compared.late, kind, level, shape_known=shape_known)
    df = clustered_coefficient([np.ones(sample.size), compared.late], sample, level)[1]
    lines: list[Line] = [("change", sample.size, *change)]
    mix = ""
    if columns:
        adjusted, mix = adjusted_lines(question, compared)
        lines += adjusted
    return _impact(question, "before and after", lines[0], lines, compared, df, mix=mix)


@misfits_told
def difference_in_differences(
    survey: Survey,
    *,
    metric: str,
    before: Any,
    after: Any,
    treated: Segment | Mapping[str, Any],
    started: str | None = None,
    level: float = 0.95,
) -> Impact:
    """Compare the change of those who got something new with the change of those who did not.

    Parameters
    ----------
    survey
        Answers, or :class:`cxlens.Aggregates`, with a ``time`` column.
    metric
        A touchpoint or an outcome. NPS outcomes are counted in points, binary ones as a share.
    before, after
        Waves: a value of the time column, or a list of values.
    treated
        Who got it: a :class:`~cxlens.Segment` or ``{column: value | [values] | (low, high)}``. Everyone else is
        the control; answers whose column is empty are left out.
    started
        A segment column with the wave in which the place of an answer started; empty where it never did. Others that
        start by the last wave compared are no control, and the treated that start with another wave than the first
        after say nothing of this change: both are left out, and named in ``note``.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, a name or wave is unknown, a wave is in both periods or before is later than
        after, nobody is treated or nobody is not, or a group has fewer than 5 answers (or a single cluster) in a
        period.

    Notes
    -----
    It is an effect if both groups would have changed alike otherwise, and as sure as places are steady: a place moves a
    little from wave to wave, whatever the number of answers. Places are the clusters named, where each is treated or
    not, else the values of the columns that say who is treated. The interval is the wider of one between places or
    waves and that of sampling alone (Donald and Lang 2007, Review of Economics and Statistics 89):

    1. Five places or more, any number of them treated: the mean change of the treated places less that of the others, t
       on places - 2. Every place counts alike.
    2. Fewer places, three waves or more on each side: the mean gap between both groups in the waves after less that
       before, t on waves - 2.
    3. Else sampling alone, without p-value, and nothing is clear: ``swing`` says how much places would have to move
       from wave to wave to explain it. Weighted regression on a dummy for each wave, "treated" and "treated and after",
       whose coefficient is the effect; HC3 errors, by respondent where ids repeat.

    Where some of a cluster are treated and some are not: that regression, each cluster left out in turn (CR3, with Bell
    and McCaffrey's degrees of freedom). With one wave before and one after the effect is the treated change minus the
    control change (Card and Krueger 1994, American Economic Review 84); with more, a different mix of waves in the two
    groups does not count as an effect. The two changes are those of pooled means. Groups that share no wave have a
    blank effect. As a check, where there are two or more waves before: the same estimate as if the change had come with
    the last of them. Waves before are those named and all earlier ones; where their order is not known those named, in
    the order named. The row is left out where a cell is too small.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> scores = [2, 3, 4] * 10 + [3, 4, 5] * 10 + [2, 3, 4] * 20
    >>> answers = pd.DataFrame({"wifi": scores, "overall": 4, "hall": ["A"] * 60 + ["B"] * 60,
    ...                         "year": ([2013] * 30 + [2014] * 30) * 2})
    >>> survey = cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="year", segments=["hall"])
    >>> result = cx.difference_in_differences(survey, metric="wifi", before=2013, after=2014, treated={"hall": "A"})
    >>> result.table[["quantity", "n", "estimate"]].round(2)
             quantity    n  estimate
    0  treated change   60       1.0
    1  control change   60       0.0
    2          effect  120       1.0
    """
    question = ask("difference_in_differences", survey, metric, before, after, level)
    group = _group(survey, treated)
    columns = (*survey.segments, survey.channel, survey.cluster)
    check_columns(group, [name for name in columns if name])
    check_no_codes(group.name, group.where, survey.words.labels)
    check_known("started column", [started] if started else [], survey.segments, "Segments")
    question = question._replace(treated=group, started=started)
    compared = compare(question)
    found = _effect(question, compared)
    effect: Line = ("effect", compared.sample.size, *found.estimate)
    lines = [
        _change_line("treated change", compared, compared.inside, level),
        _change_line("control change", compared, ~compared.inside, level),
        effect,
        *_placebo(question),
    ]
    return _impact(question, "difference in differences", effect, lines, compared, found.df, found)


def _group(survey: Survey, treated: Segment | Mapping[str, Any]) -> Segment:
    """Who was treated, as a segment; conditions without a name are named by what they say."""
    if isinstance(treated, Segment):
        return treated
    conditions = Segment("treated", treated).table.itertuples(index=False, name=None)
    return Segment(listing(f"{survey.named(column)} {condition}" for column, condition in conditions), treated)


def _change_line(name: str, compared: Compared, which: Bools, level: float) -> Line:
    """The change of one group alone, of pooled means."""
    group = compared.sample.take(which)
    constant = np.ones(group.size)
    change = coefficient([constant, compared.late[which]], group, level)
    return (name, group.size, *change)


def _effect(question: Question, compared: Compared) -> Judged:
    """The effect, and what it is judged by."""
    sample = compared.sample
    told = Sides(
        sample,
        sample.labels[question.survey.time],
        compared.late,
        compared.inside,
        _places(question, compared),
    )
    return judged(told, question.level)


def _places(question: Question, compared: Compared) -> Places:
    """Clusters, where each is treated or not and some of both answered both times; else values of the columns."""
    sample = compared.sample
    group = question.treated
    hidden = np.zeros(sample.size, bool)
    if question.survey.cluster and sample.unit is not None:
        answered = pd.DataFrame({"unit": sample.unit, "inside": compared.inside, "late": compared.late})
        by_unit = answered.groupby("unit").nunique()
        if (by_unit["inside"] > 1).any():
            return Places(sample.unit, "crossed", hidden)
        both_times = answered["unit"].map(by_unit["late"]) > 1
        if answered.loc[both_times, "inside"].nunique() > 1:
            return Places(sample.unit, "clusters", hidden)
    columns = list(group.where) if group else []
    words = sample.labels[columns].apply(in_words)
    numbers = np.asarray(words.groupby(columns, sort=False).ngroup(), np.int64)
    return Places(numbers, "values", is_hidden(question, sample, columns))


def _placebo(question: Question) -> list[Line]:
    """The same estimate as if the change had come with the last wave before it, where there are two or more."""
    early = question.before
    if not no_order(question.survey):
        waves = waves_of(question.survey)
        last = max(map(waves.index, question.before))
        early = waves[: last + 1]
    if len(early) < 2:
        return []
    sooner = question._replace(before=early[:-1], after=early[-1:], asked_after=tuple(question.after))
    with suppress(ValuesError):  # no row where answers are too few
        compared = compare(sooner)
        return [(PLACEBO, compared.sample.size, *_effect(sooner, compared).estimate)]
    return []


def _impact(
    question: Question,
    design: str,
    main: Line,
    lines: list[Line],
    compared: Compared,
    df: float,
    effect: Judged | None = None,
    mix: str = "",
) -> Impact:
    """The result, of which ``main`` is the line that answers the question, with ``df`` degrees of freedom."""
    _, _, estimate, low, high, p_value = main
    clusters = ""
    if effect is None or effect.by == "clusters":
        clusters = about_clusters(question.survey, compared.sample, df)
    basis = effect.basis if effect else ""
    return Impact(
        design=design,
        metric=question.metric.name,
        unit=question.metric.unit,
        estimate=estimate,
        low=low,
        high=high,
        p_value=p_value,
        table=pd.DataFrame(lines, columns=["quantity", "n", "estimate", "low", "high", "p_value"]),
        cells=compared.cells,
        note=" ".join(filter(None, [compared.note, basis, clusters])),
        survey=question.survey,
        before=tuple(question.before),
        after=tuple(question.after),
        adjust=question.adjust,
        treated=question.treated,
        level=question.level,
        judged_by=effect.by if effect else "",
        swing=effect.swing if effect else np.nan,
        mix=mix,
        started=question.started,
    )
