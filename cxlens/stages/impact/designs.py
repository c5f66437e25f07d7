"""Did it work? A metric before and after a change, alone or against a group without it.

What a metric is and how two samples are compared comes from :mod:`cxlens.stages.impact.monitor`. Series of waves,
forecasts and pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, plural, wave_words
from cxlens.errors import ValuesError, check_kind, check_known, check_level, listing
from cxlens.stages.impact.monitor import (
    MIN_N,
    Estimate,
    Metric,
    Sample,
    change_of,
    coefficient,
    find_metric,
    level_of,
    read_sample,
    waves_of,
)
from cxlens.study.segments import Segment, check_columns
from cxlens.study.survey import Survey

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

Bools = NDArray[np.bool_]
Line = tuple[str, int, float, float, float, float]
PLACEBO = "before the change (should be near 0)"
UNITS = {"nps": " NPS points", "binary": " percentage points"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Impact:
    """What changed, and how surely; made by :func:`before_after` and :func:`difference_in_differences`.

    Attributes
    ----------
    design : str
        "before and after" or "difference in differences".
    metric, unit : str
        What was measured, and what changes are counted in: "NPS points", "share" (0 to 1) or "scale points".
    estimate, low, high, p_value : float
        The change, or the effect: the first row of ``table`` of a before and after, the last but for the
        placebo of a difference in differences.
    table : DataFrame
        One row an estimate: ``quantity``, ``n``, ``estimate``, ``low``, ``high``, ``p_value``. Quantities are
        "change", "change, adjusted", "who answered"; or "treated change", "control change", "effect" and
        "before the change (should be near 0)".
    cells : DataFrame
        One row a group and period: ``group`` ("all", "treated", "control"), ``period`` ("before", "after"),
        ``waves`` (text), ``n``, ``mean``, ``low``, ``high``. The mean of an NPS outcome is the NPS in points.
    note : str
        What was left out; may be empty.
    survey, before, after, adjust, treated, level
        The inputs; ``before`` and ``after`` as tuples of waves, ``treated`` as a segment (or None).
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

    def __str__(self) -> str:
        metric, rows = find_metric(self.survey, self.metric), self.table.set_index("quantity").to_dict("index")
        clear, sign = self.low > 0 or self.high < 0, -1 if self.high < 0 else 1
        low, high = sorted((sign * self.low, sign * self.high))
        span = f"[{metric.steps(low)}, {metric.steps(high)}]"
        size = f"{metric.steps(sign * self.estimate, sign=not clear)}{UNITS.get(metric.kind, '')} {span}"
        if self.treated is None:
            who, verbs, against, by = "", ("rose by", "fell by"), "", "period"
            caution = "Before and after only: other causes are not excluded."
        else:
            who, verbs, against, by = f" among {self.treated.name}", ("gained", "lost"), " against the others", "group"
            caution = "Difference in differences: assumes that both would else have changed alike (parallel trends)."
        change = f"{verbs[sign < 0]} {size}{against}" if clear else f"did not change clearly{against}: {size}"
        when = f"from {_join(self.before)} to {_join(self.after)}"
        part = ""
        if "who answered" in rows:
            part = f"; {metric.steps(sign * rows['who answered']['estimate'])} of it is who answered"
        if PLACEBO in rows and (rows[PLACEBO]["low"] > 0 or rows[PLACEBO]["high"] < 0):
            caution += " They already parted before the change, which speaks against it."
        n = self.cells.groupby(by, sort=False)["n"].sum()
        numbers = " and ".join(f"{count(answers)} {cell}" for cell, answers in n.items())
        return f"{metric.label}{who} {change} {when}{part}. {caution} n = {numbers}."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table, f"Intervals: {100 * self.level:g} %. {self.note}".strip())

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the change on an Axes, and return it."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """The widget: the same figures with controls."""
        return port.widget_of(self)


class _Question(NamedTuple):
    """What both verbs ask, checked."""

    survey: Survey
    metric: Metric
    before: list[Any]
    after: list[Any]
    level: float
    adjust: tuple[str, ...] = ()
    treated: Segment | None = None


def before_after(
    survey: Survey, *, metric: str, before: Any, after: Any, adjust: Sequence[str] = (), level: float = 0.95
) -> Impact:
    """Compare a metric after a change with the same metric before it.

    Parameters
    ----------
    survey
        Answers with a ``time`` column.
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
        When there is no time column, a name or wave is unknown, a wave is in both periods, or a period has fewer
        than 5 answers (or a single cluster).

    Notes
    -----
    The change is a difference of weighted means, with the intervals of :func:`cxlens.stages.impact.monitor.monitor`.
    Adjusted: weighted regression of the metric on "after" and a dummy for each value of each column, HC3 errors
    (MacKinnon and White 1985), or CR1 by cluster (rough below 20 clusters) or by respondent, where ids
    repeat; blank where no kind of customer answered both times. "Who answered" is the first less the second,
    given without an interval. Nothing here excludes other causes.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"wifi": [2, 3, 4] * 20 + [3, 4, 5] * 20, "overall": 4,
    ...                         "year": [2013] * 60 + [2014] * 60})
    >>> survey = cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="year")
    >>> print(cx.before_after(survey, metric="wifi", before=2013, after=2014))  # doctest: +NORMALIZE_WHITESPACE
    Wifi satisfaction rose by 1.00 [0.70, 1.30] from 2013 to 2014. Before and after only: other causes are not
    excluded. n = 60 before and 60 after.
    """
    asked = _ask("before_after", survey, metric, before, after, level)
    adjust = (adjust,) if isinstance(adjust, str) else tuple(adjust)
    allowed = [name for name in (*survey.segments, survey.channel) if name]
    check_known("adjust column", adjust, allowed, "Segments")
    asked = asked._replace(adjust=adjust)
    data, late, _, cells, note = _compare(asked)
    change = change_of(data, late, asked.metric.kind, level)
    lines: list[Line] = [("change", data.size, *change)]
    if adjust:
        kinds = pd.get_dummies(data.labels[list(adjust)].astype("category"), dummy_na=True)
        same = coefficient([np.ones(data.size), kinds, late], data, level)
        lines.append(("change, adjusted", data.size, *same))
        lines.append(("who answered", data.size, change[0] - same[0], np.nan, np.nan, np.nan))
    return _impact(asked, lines, cells, note)


def difference_in_differences(
    survey: Survey, *, metric: str, before: Any, after: Any, treated: Segment | Mapping[str, Any], level: float = 0.95
) -> Impact:
    """Compare the change of those who got something new with the change of those who did not.

    Parameters
    ----------
    survey
        Answers with a ``time`` column.
    metric
        A touchpoint or an outcome. NPS outcomes are counted in points, binary ones as a share.
    before, after
        Waves: a value of the time column, or a list of values.
    treated
        Who got it: a :class:`~cxlens.Segment` or ``{column: value | [values] | (low, high)}``. Everyone else is
        the control; answers whose column is empty are left out.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, a name or wave is unknown, a wave is in both periods, nobody is treated or
        nobody is not, or a group has fewer than 5 answers (or a single cluster) in a period.

    Notes
    -----
    Weighted regression of the metric on a dummy for each wave, "treated" and "treated and after", whose
    coefficient is the effect; HC3 errors, or CR1 by cluster or repeated respondent. With one wave before and one
    after it is the treated change minus the control change (Card and Krueger 1994, American Economic Review 84);
    with more, a different mix of waves in the two groups does not count as an effect. The two changes are those of
    pooled means. Groups that share no wave have a blank effect.
    It is an effect if both groups would have changed alike otherwise. As a check, where there are two or more
    waves before: the same estimate as if the change had come with the last of them. Waves before are those
    named and, where waves are numbers or dates, all earlier ones. The row is left out where a cell is too small.

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
    asked = _ask("difference_in_differences", survey, metric, before, after, level)
    group = treated if isinstance(treated, Segment) else Segment(Segment("treated", treated).conditions, treated)
    check_columns(group, [name for name in (*survey.segments, survey.channel, survey.cluster) if name])
    asked = asked._replace(treated=group)
    data, late, inside, cells, note = _compare(asked)
    lines: list[Line] = []
    for name, own in (("treated", inside), ("control", ~inside)):
        part = data.take(own)
        lines.append((f"{name} change", part.size, *coefficient([np.ones(part.size), late[own]], part, level)))
    lines.append(("effect", data.size, *_effect(asked, data, late, inside)))
    early = asked.before
    if not any(isinstance(wave, str) for wave in early):  # text ("pre", "post") need not sort by time
        early = [wave for wave in waves_of(survey) if wave <= max(early)]
    if len(early) > 1:
        sooner = asked._replace(before=early[:-1], after=early[-1:])
        with suppress(ValuesError):  # no row where answers are too few
            past, late, inside, *_ = _compare(sooner)
            lines.append((PLACEBO, past.size, *_effect(sooner, past, late, inside)))
    return _impact(asked, lines, cells, note)


def _ask(verb: str, survey: Survey, metric: str, before: Any, after: Any, level: float) -> _Question:
    """Check what was asked before any work."""
    check_kind(verb, survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    found, waves = find_metric(survey, metric), waves_of(survey)
    check_level(level)
    periods = []
    for word, value in (("before", before), ("after", after)):
        values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
        for one in values:
            if one not in waves:
                raise ValuesError(
                    f"{word}={wave_words(one)!r} is no wave of this survey. "
                    f"Waves in {survey.time!r}: {listing(map(wave_words, waves))}."
                )
        periods.append([wave for wave in waves if wave in values])
    first, last = periods
    for wave in first:
        if wave in last:
            raise ValuesError(f"wave {wave_words(wave)!r} is both before and after. Give each wave to one of them.")
    return _Question(survey, found, first, last, level)


def _compare(asked: _Question) -> tuple[Sample, Bools, Bools, pd.DataFrame, str]:
    """Answers of both periods, which are after, which are in the group, the mean of each cell, and what to note.

    Answers of unknown group are left out, and every cell has to hold enough.
    """
    survey, time, group = asked.survey, asked.survey.time, asked.treated
    columns = [*asked.adjust, *(group.where if group else ())]
    data, note = read_sample(survey, asked.metric, columns), ""
    data = data.take(data.labels[time].isin([*asked.before, *asked.after]))
    groups = {"all": np.ones(data.size, bool)}
    if group is not None:
        known = data.labels[columns].notna().all(axis=1).to_numpy(bool)
        note = "" if known.all() else f"Left out: {plural(int((~known).sum()), 'answer')} without a group."
        data = data.take(known)
        inside = group.mask(data.labels)
        groups = {"treated": inside, "control": ~inside}
        if inside.all() or not inside.any():
            share = f"{count(inside.sum())} of the {count(data.size)} answers compared"
            raise ValuesError(
                f"treated {group.name!r} holds {share}; both treated and others are needed. "
                f"Values of {columns[0]!r}: {listing(survey.source.distinct(columns[0]))}."
            )
    late = data.labels[time].isin(asked.after).to_numpy(bool)
    lines = []
    for name, own in groups.items():
        for period, waves, when in (("before", asked.before, ~late), ("after", asked.after, late)):
            cell = data.take(own & when)
            if not cell.enough:
                raise ValuesError(
                    f"{asked.metric.name!r} has {plural(cell.size, 'answer')} in the cell '{name}, {period}'; at least "
                    f"{MIN_N} are needed, not all of one cluster. Choose other waves, or a wider group."
                )
            lines.append((name, period, _join(waves), cell.size, *level_of(cell, asked.metric.kind, asked.level)))
    cells = pd.DataFrame(lines, columns=["group", "period", "waves", "n", "mean", "low", "high"])
    return data, late, next(iter(groups.values())), cells, note


def _effect(asked: _Question, data: Sample, late: Bools, inside: Bools) -> Estimate:
    """Coefficient of treated-and-after beside a dummy for each wave."""
    waves = pd.get_dummies(data.labels[asked.survey.time])
    return coefficient([waves, inside, inside & late], data, asked.level)


def _impact(asked: _Question, lines: list[Line], cells: pd.DataFrame, note: str) -> Impact:
    design, main = ("difference in differences", lines[2]) if asked.treated else ("before and after", lines[0])
    table = pd.DataFrame(lines, columns=["quantity", "n", "estimate", "low", "high", "p_value"])
    return Impact(
        design, asked.metric.name, asked.metric.unit, *main[2:], table, cells, note,
        asked.survey, tuple(asked.before), tuple(asked.after), asked.adjust, asked.treated, asked.level,
    )  # fmt: skip


def _join(waves: Iterable[Any]) -> str:
    words = [wave_words(wave) for wave in waves]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
