"""Did it work? A metric before and after a change, alone or against a group without it.

What a metric is and how two samples are compared comes from :mod:`cxlens.study.metrics`, which answers are compared
from :mod:`cxlens.stages.impact.periods`, and what an effect is judged by from :mod:`cxlens.stages.impact.ladder`.
Series of waves, forecasts and pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.engine.labels import in_words
from cxlens.errors import OptionError, ValuesError, check_known, check_level, check_option, listing
from cxlens.stages.impact.adjust import adjusted_lines
from cxlens.stages.impact.against_periods import against_periods
from cxlens.stages.impact.by_wave import effects_by_wave
from cxlens.stages.impact.ladder import Judged, Places, Sides, judged
from cxlens.stages.impact.matched import with_matched
from cxlens.stages.impact.measured import (
    BEFORE_AFTER,
    CHANGE,
    DIFFERENCES,
    EFFECT,
    PLACEBO,
    Controls,
    Impact,
    beside,
    for_each,
    main_q,
    no_waves,
    table_of,
)
from cxlens.stages.impact.periods import Compared, Line, Question, ask, compare, earlier_waves, is_hidden, metrics_of
from cxlens.stages.impact.rivals import checked_rivals
from cxlens.stages.impact.staggered import staggered_starts
from cxlens.stages.impact.steps import change_between, shape_is_known
from cxlens.study.metrics import (
    Figure,
    Metric,
    about_clusters,
    clustered_coefficient,
    coefficient,
)
from cxlens.study.segments import Segment, check_columns
from cxlens.study.survey import Survey
from cxlens.study.words import check_no_codes

Bools = NDArray[np.bool_]


@misfits_told
def before_after(
    survey: Survey,
    *,
    metric: str | Sequence[str],
    before: Any,
    after: Any,
    adjust: Sequence[str] = (),
    competitors: Mapping[str, Survey] | None = None,
    figure: Figure = "mean",
    level: float = 0.95,
) -> Impact:
    """Compare a metric after a change with the same metric before it.

    Parameters
    ----------
    survey
        Answers, or :class:`cxlens.Aggregates`, with a ``time`` column.
    metric
        A touchpoint or an outcome, or a list of them, which share one error rate. NPS outcomes are counted in points,
        binary ones as a share; effort, spend or whether somebody stayed are outcome columns, too.
    before, after
        Waves: a value of the time column, or a list of values.
    adjust
        Segment or channel columns. The change is then also given as if the same kinds of customers had
        answered both times; the rest of the change is "who answered". An empty entry is a kind of its own.
    competitors
        ``{name: survey}`` of competitors' customers, as :func:`cxlens.monitor` takes them: what the metric did there in
        the same time, and whether ours did clearly more. Where it did not, the change is not clearly our own.
    figure
        "mean", or "top box": the share of the best scores, as the scale has them.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, a name or wave is unknown, a wave is in both periods or before is later than
        after, or a period has fewer than 5 answers (or a single cluster), or parts waves that other tables hide.

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

    "more than rivals": ours less the mean change of competitors, each counting alike, judged as the effect on one place
    beside others (:func:`cxlens.difference_in_differences`): by their changes from four competitors on, by the waves
    where there are three or more on each side, else by sampling error alone, without p-value. The change is clearly our
    own only where this is clear and it clearly exceeds that of each competitor, too.

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
    metrics = metrics_of("before_after", survey, metric, figure)
    columns = (adjust,) if isinstance(adjust, str) else tuple(adjust)
    allowed = [name for name in (*survey.segments, survey.channel) if name]
    check_known("adjust column", columns, allowed, "Segments")
    rivals = checked_rivals(competitors, metrics)

    def measure(one: Metric) -> Impact:
        question = ask(survey, one, before, after, level)
        return _before_after(question._replace(adjust=columns, competitors=rivals))

    return for_each(metrics, measure)


def _before_after(question: Question) -> Impact:
    """What one metric did."""
    survey = question.survey
    level = question.level
    compared = compare(question)
    sample = compared.sample
    kind = question.metric.kind
    shape_known = shape_is_known(survey, kind)
    change = change_between(sample, compared.late, kind, level, shape_known=shape_known)
    df = clustered_coefficient([np.ones(sample.size), compared.late], sample, level)[1]
    lines: list[Line] = [(CHANGE, sample.size, *change)]
    mix = ""
    if question.adjust:
        adjusted, mix = adjusted_lines(question, compared)
        lines += adjusted
    impact = _impact(question, BEFORE_AFTER, lines[0], lines, compared, df, mix=mix)
    return beside(impact, question.competitors, against_periods(question, compared, change))


@misfits_told
def difference_in_differences(
    survey: Survey,
    *,
    metric: str | Sequence[str],
    before: Any = None,
    after: Any = None,
    treated: Segment | Mapping[str, Any] | None = None,
    started: str | None = None,
    competitors: Mapping[str, Survey] | None = None,
    controls: Controls = "all",
    figure: Figure = "mean",
    level: float = 0.95,
) -> Impact:
    """Compare the change of those who got something new with the change of those who did not.

    Parameters
    ----------
    survey
        Answers, or :class:`cxlens.Aggregates`, with a ``time`` column.
    metric
        A touchpoint or an outcome, or a list of them, which share one error rate. NPS outcomes are counted in points,
        binary ones as a share; effort, spend or whether somebody stayed are outcome columns, too.
    before, after
        Waves: a value of the time column, or a list of values.
    treated
        Who got it: a :class:`~cxlens.Segment` or ``{column: value | [values] | (low, high)}``. Everyone else is
        the control; answers whose column is empty are left out.
    started
        A segment column with the wave in which the place of an answer started; empty where it never did. Others that
        start by the last wave compared are no control, and the treated that start with another wave than the first
        after say nothing of this change: both are left out, and named in ``note``. Alone, without ``before``,
        ``after`` and ``treated``, it says all there is to know of staggered starts; places are then the survey's
        ``cluster``.
    competitors
        ``{name: survey}`` of competitors' customers, as :func:`cxlens.monitor` takes them: what the metric did there in
        the same time, and whether it did clearly more where the change was. Not with staggered starts.
    controls
        "all", or "matched": of the other places only those nearest to the treated before the change, in level and,
        where there are two waves or more, in trend: three for each, and so many that there are five places in all.
        They are named in ``note`` and ``matched``. ``treated`` then names places by one column.
    figure
        "mean", or "top box": the share of the best scores, as the scale has them.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, a name or wave is unknown, a wave is in both periods or before is later than
        after, other places are too few to choose from, nobody is treated or nobody is not, or a group has fewer than 5
        answers (or a single cluster) in a period, or parts answers that other tables hide, so that a second question
        could tell of few.

    Notes
    -----
    It is an effect if both groups would have changed alike otherwise, and as sure as places are steady: a place moves a
    little from wave to wave, whatever the number of answers. Places are the clusters named, where each is treated or
    not, else the values of the columns that say who is treated. The interval is the wider of one between places or
    waves and that of sampling alone (Donald and Lang 2007, Review of Economics and Statistics 89):

    1. Five places or more, any number of them treated: the mean change of the treated places less that of the others, t
       on places - 2. Every place counts alike. Beside it stands how many of all ways to choose as many places show as
       much (of more than 10,000 ways, so many drawn): had the treated been drawn at random, that share is a p-value
       without any distribution (Fisher 1935; Rosenbaum 2002), else it says how unusual they are (a placebo in space:
       Abadie, Diamond and Hainmueller 2010, JASA 105). It cannot be smaller than one way: of 2 of 8 places 1 in 28.
       Where it is not below 1 - ``level``, a clear effect says so.
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
    the order named. The row is left out where a cell is too small. By wave: the same estimate of that wave alone
    against all waves before; of one before against the others before.

    Matched places are chosen by what they scored up to the last wave before, each weighed by how places differ, so that
    all pairs together lie nearest (Rosenbaum 1989, JASA 84). That helps where places were treated because they scored
    low, of which some comes back by itself, at their like as well: ``note`` says how alike they stood, since the
    very lowest have no like. Where they are low for good, and others alike only by luck, those come back alone: with
    few answers a place, compare with all of them, too.

    Staggered starts: what each place gained since the last wave before its own start, less what those that never start
    gained in the same time (group-time effects of Callaway and Sant'Anna 2021, Journal of Econometrics 225), averaged
    over places and waves; t on places less groups of one start, from how places of a group differ, or sampling alone
    where that is wider. Regression on dummies of places and waves would take those that started earlier for controls
    (Goodman-Bacon 2021, same volume).

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
    metrics = metrics_of("difference_in_differences", survey, metric, figure)
    check_level(level)
    check_known("started column", [started] if started else [], survey.segments, "Segments")
    rivals = checked_rivals(competitors, metrics)
    check_option("controls", controls, Controls)
    if treated is None and before is None and after is None and started is not None:
        _refuse_rivals(rivals)
        _refuse_matched(controls)
        return for_each(metrics, lambda one: staggered_starts(survey, one, str(started), level))
    if treated is None or before is None or after is None:
        raise _lacking({"before": before, "after": after, "treated": treated})
    group = _group(survey, treated)
    columns = (*survey.segments, survey.channel, survey.cluster)
    check_columns(group, columns, survey.made_with("segments=[...]"))
    check_no_codes(group.name, group.where, survey.words.labels)

    def measure(one: Metric) -> Impact:
        question = ask(survey, one, before, after, level)
        told = question._replace(treated=group, started=started, competitors=rivals)
        return _differences(told, controls)

    return for_each(metrics, measure)


def _lacking(periods: Mapping[str, Any]) -> OptionError:
    """What to say where not all is given that two groups in two periods take."""
    lacking = [f"{name}=" for name, value in periods.items() if value is None]
    return OptionError(
        f"difference_in_differences needs before=, after= and treated=; not given: {listing(lacking)}. Where "
        "places started at different times, give started= alone, the column with the wave in which each started."
    )


def _refuse_rivals(rivals: Mapping[str, Survey]) -> None:
    """No competitor stands beside staggered starts."""
    if rivals:
        raise OptionError(
            "started= alone holds each place against its own last wave before, which no competitor has. Leave "
            "competitors= out, or give before=, after= and treated=."
        )


def _refuse_matched(controls: Controls) -> None:
    """No places are chosen beside staggered starts, which have those that never start."""
    if controls == "matched":
        raise OptionError(
            "started= alone compares with all places that never start. Leave controls= out, or give before=, after= "
            "and treated=."
        )


def _differences(question: Question, controls: Controls) -> Impact:
    """What one metric did more than elsewhere."""
    level = question.level
    matched = ""
    if controls == "matched":
        question, matched = with_matched(question)
    compared = compare(question)
    compared = compared._replace(note=f"{compared.note} {matched}".strip())
    sides = _sides_of(question, compared)
    found = judged(sides, level)
    effect: Line = (EFFECT, compared.sample.size, *found.estimate)
    treated = _change_line("treated change", compared, compared.inside, level)
    lines = [
        treated,
        _change_line("control change", compared, ~compared.inside, level),
        effect,
        *_placebo(question),
    ]
    by_wave = effects_by_wave(question, sides)
    impact = _impact(question, DIFFERENCES, effect, lines, compared, found.df, found, by_wave=by_wave)
    ours = compared._replace(sample=sides.sample.take(compared.inside), late=compared.late[compared.inside])
    return beside(impact, question.competitors, against_periods(question, ours, treated[2:]))


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


def _sides_of(question: Question, compared: Compared) -> Sides:
    """The answers, when they are of, and of which places."""
    sample = compared.sample
    return Sides(
        sample,
        sample.labels[question.survey.time],
        compared.late,
        compared.inside,
        _places(question, compared),
    )


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
    early = earlier_waves(question)
    if len(early) < 2:
        return []
    sooner = question._replace(before=early[:-1], after=early[-1:], asked_after=tuple(question.after))
    with suppress(ValuesError):  # no row where answers are too few
        compared = compare(sooner)
        found = judged(_sides_of(sooner, compared), question.level)
        return [(PLACEBO, compared.sample.size, *found.estimate)]
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
    by_wave: pd.DataFrame | None = None,
) -> Impact:
    """The result, of which ``main`` is the line that answers the question, with ``df`` degrees of freedom."""
    _, _, estimate, low, high, p_value = main
    clusters = ""
    if effect is None or effect.by == "clusters":
        clusters = about_clusters(question.survey, compared.sample, df)
    basis = effect.basis if effect else ""
    table = table_of(lines)
    return Impact(
        design=design,
        metric=question.metric.name,
        unit=question.metric.unit,
        estimate=estimate,
        low=low,
        high=high,
        p_value=p_value,
        table=table,
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
        figure=question.metric.figure,
        matched=question.only or (),
        reassigned=effect.reassigned if effect else None,
        by_wave=no_waves() if by_wave is None else by_wave,
        q_value=main_q(table),
    )
