"""Did it work? A metric before and after a change, alone or against a group without it.

What a metric is and how two samples are compared comes from :mod:`cxlens.stages.impact.monitor`. Series of waves,
forecasts and pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.html import card
from cxlens.common.result import Result
from cxlens.common.values import TOO_FEW, count, plural, wave_words
from cxlens.engine.labels import in_words
from cxlens.errors import ValuesError, check_kind, check_known, check_level, listing
from cxlens.study.dated import no_order
from cxlens.study.metrics import (
    MIN_N,
    Estimate,
    Metric,
    Sample,
    about_clusters,
    change_of,
    clustered_coefficient,
    coefficient,
    find_metric,
    level_of,
    read_sample,
    waves_of,
)
from cxlens.study.segments import Segment, check_columns
from cxlens.study.survey import Survey
from cxlens.study.words import check_no_codes

Bools = NDArray[np.bool_]
Line = tuple[str, int, float, float, float, float]
PART, N = "(part)", "(n)"
PLACEBO = "before the change (should be near 0)"
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
        placebo of a difference in differences.
    table : DataFrame
        One row an estimate: ``quantity``, ``n``, ``estimate``, ``low``, ``high``, ``p_value``. Quantities are
        "change", "change, adjusted", "who answered"; or "treated change", "control change", "effect" and
        "before the change (should be near 0)".
    cells : DataFrame
        One row a group and period: ``group`` ("all", "treated", "control"), ``period`` ("before", "after"),
        ``waves`` (text), ``n``, ``mean``, ``low``, ``high``. The mean of an NPS outcome is the NPS in points. Where the
        lowest score is the best, means are as asked, and an ``estimate`` above 0 is for the better.
    note : str
        What was left out, and from how many clusters the answers are, with the degrees of freedom of the estimate:
        below 4 there is no ``p_value``, and nothing is clear. May be empty.
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

    @property
    def finding(self) -> Finding:
        """What happened, how much and how surely; how much of it is who answered, and what the design supposes."""
        metric = find_metric(self.survey, self.metric)
        who = "" if self.treated is None else f" among {self.treated.name}"
        return Finding(
            lead=f"{metric.label}{who} {self._verb(metric)}",
            figure=self._figure(metric),
            interval=self._ends(metric),
            unit=self._circumstances,
            certainty=self._composition(metric),
            more=[TOO_FEW] if self._too_few else [],
            n=self._numbers(),
            caution=self._caution(),
        )

    @property
    def _clear(self) -> bool:
        return (self.low > 0 or self.high < 0) and not self._too_few

    @property
    def _too_few(self) -> bool:
        """Whether clusters are too few to tell: the estimate has an interval, but no test."""
        return bool(np.isnan(self.p_value) and not np.isnan(self.low))

    @property
    def _sign(self) -> int:
        """-1 where a clear fall is told by its size."""
        return -1 if self._clear and self.high < 0 else 1

    def _verb(self, metric: Metric) -> str:
        """What the metric did."""
        against = "" if self.treated is None else " against the others"
        if not self._clear:
            return f"did not change clearly{against}:"
        rose, fell = (f"{verb} by" for verb in metric.verbs)
        if self.treated is not None and not metric.lowest_is_best:
            rose, fell = "gained", "lost"
        return fell if self._sign < 0 else rose

    def _figure(self, metric: Metric) -> str:
        """How much it did; a clear fall is told by its size."""
        estimate = metric.steps(self._sign * self.estimate, sign=not self._clear)
        return f"{estimate}{UNITS.get(metric.kind, '')}"

    def _ends(self, metric: Metric) -> str:
        """The interval of the figure."""
        low, high = sorted((self._sign * self.low, self._sign * self.high))
        return f"[{metric.steps(low)}, {metric.steps(high)}]"

    @property
    def _circumstances(self) -> str:
        """Against whom a clear change is told, and between which waves."""
        when = f"from {_join(self.before)} to {_join(self.after)}"
        if self.treated is not None and self._clear:
            return f"against the others {when}"
        return when

    def _composition(self, metric: Metric) -> str:
        """How much of the change is who answered, where that was asked."""
        is_composition = self.table["quantity"] == "who answered"
        composition = self.table.loc[is_composition, "estimate"]
        if composition.empty:
            return ""
        part = self._sign * composition.iloc[0]
        return f"{metric.steps(part)} of it is who answered"

    def _caution(self) -> str:
        """What the design takes for granted, and whether that looks doubtful."""
        if self.treated is None:
            return "Before and after only: other causes are not excluded"
        caution = "Difference in differences: assumes that both would else have changed alike (parallel trends)"
        placebo = self.table[self.table["quantity"] == PLACEBO]
        clear = placebo["p_value"] < 1 - self.level
        if clear.any():
            return f"{caution}. They already parted before the change, which speaks against it"
        return caution

    def _numbers(self) -> str:
        """How many answers each period, or each group, has."""
        cell = "period" if self.treated is None else "group"
        n = self.cells.groupby(cell, sort=False)["n"].sum()
        return " and ".join(f"{count(answers)} {name}" for name, answers in n.items())

    def _repr_html_(self) -> str:
        note = f"Intervals: {100 * self.level:g} %. {self.note}"
        return card(self.sentence, self.table, note.strip())


class _Question(NamedTuple):
    """What both verbs ask, checked."""

    survey: Survey
    metric: Metric
    before: list[Any]
    after: list[Any]
    level: float
    adjust: tuple[str, ...] = ()
    treated: Segment | None = None


class _Compared(NamedTuple):
    """Answers of both periods, which are after, which are in the group, the mean of each cell, and what to note."""

    sample: Sample
    late: Bools
    inside: Bools
    cells: pd.DataFrame
    note: str


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
        When there is no time column, a name or wave is unknown, a wave is in both periods, or a period has fewer
        than 5 answers (or a single cluster).

    Notes
    -----
    The change is a difference of weighted means, with the intervals of :func:`cxlens.stages.impact.monitor.monitor`.
    Adjusted: weighted regression of the metric on "after" and a dummy for each value of each column, HC3 errors
    (MacKinnon and White 1985), or each cluster left out in turn (CR3, with Bell and McCaffrey's degrees of freedom), or
    each respondent, where ids repeat; blank where no kind of customer answered both times. Clusters with fewer than 4
    degrees of freedom leave no p-value. "Who answered" is the first less the second, given without an interval.
    Nothing here excludes other causes.

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
    question = _ask("before_after", survey, metric, before, after, level)
    columns = (adjust,) if isinstance(adjust, str) else tuple(adjust)
    allowed = [name for name in (*survey.segments, survey.channel) if name]
    check_known("adjust column", columns, allowed, "Segments")
    question = question._replace(adjust=columns)
    compared = _compare(question)
    sample = compared.sample
    change = change_of(sample, compared.late, question.metric.kind, level)
    df = clustered_coefficient([np.ones(sample.size), compared.late], sample, level)[1]
    lines: list[Line] = [("change", sample.size, *change)]
    if columns:
        labels = sample.labels[list(columns)].astype("category")
        kinds = pd.get_dummies(labels, dummy_na=True)
        constant = np.ones(sample.size)
        adjusted = coefficient([constant, kinds, compared.late], sample, level)
        composition = change[0] - adjusted[0]
        lines.append(("change, adjusted", sample.size, *adjusted))
        lines.append(("who answered", sample.size, composition, np.nan, np.nan, np.nan))
    return _impact(question, "before and after", lines[0], lines, compared, df)


@misfits_told
def difference_in_differences(
    survey: Survey, *, metric: str, before: Any, after: Any, treated: Segment | Mapping[str, Any], level: float = 0.95
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
    coefficient is the effect; HC3 errors, or with clusters or repeated respondents each left out in turn (CR3): where
    only one cluster is treated, that leaves nothing to judge by, and no interval. With one wave before and one
    after it is the treated change minus the control change (Card and Krueger 1994, American Economic Review 84);
    with more, a different mix of waves in the two groups does not count as an effect. The two changes are those of
    pooled means. Groups that share no wave have a blank effect.
    It is an effect if both groups would have changed alike otherwise. As a check, where there are two or more
    waves before: the same estimate as if the change had come with the last of them. Waves before are those
    named and all earlier ones; where their order is not known those named, in the order named. The row is left out
    where a cell is too small.

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
    question = _ask("difference_in_differences", survey, metric, before, after, level)
    group = _group(survey, treated)
    columns = (*survey.segments, survey.channel, survey.cluster)
    check_columns(group, [name for name in columns if name])
    check_no_codes(group.name, group.where, survey.words.labels)
    question = question._replace(treated=group)
    compared = _compare(question)
    estimate, df = _effect(question, compared)
    effect: Line = ("effect", compared.sample.size, *estimate)
    lines = [
        _change_line("treated change", compared, compared.inside, level),
        _change_line("control change", compared, ~compared.inside, level),
        effect,
        *_placebo(question),
    ]
    return _impact(question, "difference in differences", effect, lines, compared, df)


def _group(survey: Survey, treated: Segment | Mapping[str, Any]) -> Segment:
    """Who was treated, as a segment; conditions without a name are named by what they say."""
    if isinstance(treated, Segment):
        return treated
    conditions = Segment("treated", treated).table.itertuples(index=False, name=None)
    return Segment(listing(f"{survey.named(column)} {condition}" for column, condition in conditions), treated)


def _ask(verb: str, survey: Survey, metric: str, before: Any, after: Any, level: float) -> _Question:
    """Check what was asked before any work."""
    check_kind(verb, survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    measured = find_metric(survey, metric)
    waves = _known_waves(survey)
    check_level(level)
    earlier = _period("before", before, waves, survey)
    later = _period("after", after, waves, survey)
    for wave in earlier:
        if wave in later:
            raise ValuesError(f"wave {wave_words(wave)!r} is both before and after. Give each wave to one of them.")
    return _Question(survey, measured, earlier, later, level)


def _known_waves(survey: Survey) -> list[Any]:
    """The waves in the order of time; as they come where it is not known, since what comes before is said."""
    if no_order(survey):
        return survey.source.distinct(str(survey.time))
    return waves_of(survey)


def _is_among(wave: Any, waves: list[Any]) -> bool:
    """Whether a value is one of the waves; a missing one, which equals nothing, is none."""
    return wave is not pd.NA and wave in waves


def _period(name: str, value: Any, waves: list[Any], survey: Survey) -> list[Any]:
    """The waves of a period, in the order of time, else in that named; ``value`` is one of them or several."""
    several = isinstance(value, Iterable) and not isinstance(value, str)
    asked = list(value) if several else [value]
    by_word = {wave_words(wave): wave for wave in waves}
    asked = [wave if _is_among(wave, waves) else by_word.get(wave_words(wave), wave) for wave in asked]
    for wave in asked:
        if not _is_among(wave, waves):
            known = listing(map(wave_words, waves))
            raise ValuesError(
                f"{name}={wave_words(wave)!r} is no wave of this survey. Waves in {survey.time!r}: {known}."
            )
    if no_order(survey):
        return asked
    return [wave for wave in waves if wave in asked]


def _compare(question: _Question) -> _Compared:
    """The answers of both periods, and the mean of each cell.

    Answers of unknown group are left out, and every cell has to hold enough.
    """
    time = question.survey.time
    group = question.treated
    columns = [*question.adjust, *(group.where if group else ())]
    sample = read_sample(question.survey, question.metric, columns)
    waves = [*question.before, *question.after]
    sample = sample.take(sample.labels[time].isin(waves))
    note = ""
    inside = np.ones(sample.size, bool)
    if group is not None:
        stated = sample.labels[columns].notna()
        is_known = stated.all(axis=1).to_numpy(bool)
        if not is_known.all():
            unknown = int((~is_known).sum())
            note = f"Left out: {plural(unknown, 'answer')} without a group."
        sample = sample.take(is_known)
        inside = group.mask(sample.labels)
        _check_sides(question, group, inside, columns[0])
    late = sample.labels[time].isin(question.after).to_numpy(bool)
    cells = _cells(question, sample, late, inside)
    _check_discreet(question)
    notes = [note, *question.survey.about_scales()]
    return _Compared(sample, late, inside, cells, " ".join(filter(None, notes)))


def _check_sides(question: _Question, group: Segment, inside: Bools, column: str) -> None:
    """Some are treated and some are not."""
    if inside.any() and not inside.all():
        return
    share = "all" if inside.any() else "none"
    share = f"{share} of the answers compared"
    values = listing(question.survey.source.distinct(column))
    raise ValuesError(
        f"treated {group.name!r} holds {share}; both treated and others are needed. Values of {column!r}: {values}."
    )


def _check_discreet(question: _Question) -> None:
    """Refuse groups or periods that would tell of few answers: less what other tables show, few would be left.

    What is hidden of all answers by wave (and by the columns of the group) is 5 answers or more, or none, in each part
    of the answers: a group in a period, and the rest.
    """
    survey = question.survey
    columns = list(question.treated.where) if question.treated else []
    time = str(survey.time)
    sample = read_sample(survey, question.metric, columns)
    words = sample.labels[list(dict.fromkeys([*columns, time]))].apply(in_words)
    counted = words.copy()
    counted[PART] = _parts(question, sample)
    counted[N] = 1
    item = question.metric.item(survey)
    for by in ([time], columns, [*columns, time]):
        if not by:
            continue
        by_part = counted.groupby([*dict.fromkeys(by), PART])[[N]].sum().reset_index()
        cells = by_part.groupby(list(dict.fromkeys(by)))[[N]].sum().reset_index()
        keys = cells.drop(columns=N)
        hidden = survey.hidden(keys, cells[[N]].to_numpy(np.int64), [item], MIN_N)[:, 0]
        of_hidden = by_part.merge(keys[hidden])
        if (of_hidden.groupby(PART)[N].sum() < MIN_N).any():
            raise _too_telling(question.treated, keys[hidden])


def _parts(question: _Question, sample: Sample) -> NDArray[np.int64]:
    """The part of each answer: its period, or none; and whether it is of the group, of others, or that is not known."""
    when = sample.labels[question.survey.time]
    period = np.select([when.isin(question.before), when.isin(question.after)], [1, 2], 0)
    if question.treated is None:
        return period
    is_known = sample.labels[list(question.treated.where)].notna().all(axis=1)
    side = np.select([~is_known, question.treated.mask(sample.labels)], [2, 1], 0)
    return np.asarray(3 * period + side)


def _too_telling(group: Segment | None, hidden: pd.DataFrame) -> ValuesError:
    """Which cells are hidden elsewhere, and what to do about it."""
    what = f"treated {group.name!r}" if group else "these waves"
    return ValuesError(
        f"{what}: this would tell what fewer than {MIN_N} answers say, since other tables show those beside them. "
        f"Hidden there: {_values_of(hidden)}. Keep them together on one side, or leave them out: "
        "survey.where(cx.Segment(...))."
    )


def _values_of(cells: pd.DataFrame) -> str:
    """The values of some cells, as words."""
    values = cells.itertuples(index=False, name=None)
    return "; ".join(", ".join(map(repr, value)) for value in values)


def _cells(question: _Question, sample: Sample, late: Bools, inside: Bools) -> pd.DataFrame:
    """The mean of each group in each period."""
    groups = {"all": inside}
    if question.treated is not None:
        groups = {"treated": inside, "control": ~inside}
    periods = [
        ("before", question.before, ~late),
        ("after", question.after, late),
    ]
    lines = []
    for group, in_group in groups.items():
        for period, waves, in_period in periods:
            cell = sample.take(in_group & in_period)
            if not cell.enough:
                raise _too_few(question.metric, cell, f"{group}, {period}")
            standing = question.metric.asked(*level_of(cell, question.metric.kind, question.level))
            lines.append((group, period, _join(waves), cell.size, *standing))
    return pd.DataFrame(lines, columns=["group", "period", "waves", "n", "mean", "low", "high"])


def _too_few(metric: Metric, cell: Sample, name: str) -> ValuesError:
    lack = f"fewer than {MIN_N} answers" if cell.size < MIN_N else "answers of one cluster only"
    return ValuesError(f"{metric.name!r} has {lack} in the cell '{name}'. Choose other waves, or a wider group.")


def _change_line(name: str, compared: _Compared, which: Bools, level: float) -> Line:
    """The change of one group alone, of pooled means."""
    group = compared.sample.take(which)
    constant = np.ones(group.size)
    change = coefficient([constant, compared.late[which]], group, level)
    return (name, group.size, *change)


def _effect(question: _Question, compared: _Compared) -> tuple[Estimate, float]:
    """Coefficient of treated-and-after beside a dummy for each wave, and its degrees of freedom."""
    sample = compared.sample
    waves = pd.get_dummies(sample.labels[question.survey.time])
    treated_and_after = compared.inside & compared.late
    return clustered_coefficient([waves, compared.inside, treated_and_after], sample, question.level)


def _placebo(question: _Question) -> list[Line]:
    """The same estimate as if the change had come with the last wave before it, where there are two or more."""
    early = question.before
    if not no_order(question.survey):
        waves = waves_of(question.survey)
        last = max(map(waves.index, question.before))
        early = waves[: last + 1]
    if len(early) < 2:
        return []
    sooner = question._replace(before=early[:-1], after=early[-1:])
    with suppress(ValuesError):  # no row where answers are too few
        compared = _compare(sooner)
        estimate, _ = _effect(sooner, compared)
        return [(PLACEBO, compared.sample.size, *estimate)]
    return []


def _impact(question: _Question, design: str, main: Line, lines: list[Line], compared: _Compared, df: float) -> Impact:
    """The result, of which ``main`` is the line that answers the question, with ``df`` degrees of freedom."""
    _, _, estimate, low, high, p_value = main
    clusters = about_clusters(question.survey, compared.sample, df)
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
        note=" ".join(filter(None, [compared.note, clusters])),
        survey=question.survey,
        before=tuple(question.before),
        after=tuple(question.after),
        adjust=question.adjust,
        treated=question.treated,
        level=question.level,
    )


def _join(waves: Iterable[Any]) -> str:
    words = [wave_words(wave) for wave in waves]
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} and {words[-1]}"
