"""Which design can measure a change with these answers: the ladder, rung by rung, and why not a higher one.

Each rung asks the verb of its design; what that refuses is the reason. How a design measures belongs to its verb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import plural, wave_words
from cxlens.errors import CxlensError, OptionError, check_kind, check_known, listing
from cxlens.stages.impact.designs import before_after, difference_in_differences
from cxlens.stages.impact.interrupted import interrupted_time_series
from cxlens.stages.impact.measured import Impact
from cxlens.stages.impact.periods import join_waves, one_wave
from cxlens.stages.impact.wave_series import series_of
from cxlens.stats.series import FEWEST
from cxlens.stats.waves import FEWEST_OF_LIMITS
from cxlens.study.changes import Change, as_change
from cxlens.study.metrics import MIN_N, Sample, find_metric, read_sample, waves_of
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey

Counts = NDArray[np.int64]
Bools = NDArray[np.bool_]
RANDOMISED, STAGGERED, DIFFERENCES = "randomised", "staggered", "difference in differences"
INTERRUPTED, CONTROL_CHART, BEFORE_AFTER = "interrupted time series", "control chart", "before and after"
LADDER = "ladder"
MEASURED = (RANDOMISED, DIFFERENCES, INTERRUPTED, BEFORE_AFTER)  # what a group and a first wave are enough for
NOT_CAUSAL = "not causal: whatever else came then counts as the change"
SUPPOSES = {
    RANDOMISED: "lots decided who got it, so nothing else parts the two",
    STAGGERED: "if those that never started show how the others would have moved",
    DIFFERENCES: "if both would move alike without it",
    INTERRUPTED: "if nothing else came then and the line would have gone on",
    CONTROL_CHART: "shows whether a wave is out of the ordinary, not why",
    BEFORE_AFTER: NOT_CAUSAL,
}
NO_LOTS = "nobody said that lots decided who gets it"
NO_STARTS = "no column says when each place started"
NOBODY_ELSE = "all got it, so there is nobody to compare with"
TO_BE_SAID = {
    NO_LOTS: 'design="randomised"',
    NO_STARTS: "started=",
    NOBODY_ELSE: "where=",
}  # of a change, where that is so all the same: for those who type, not for those who read a report


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WhichDesign(Result):
    """Where answers stand on the ladder of designs; made by :func:`which_design`.

    Attributes
    ----------
    table : DataFrame
        One row a rung, the strongest first: ``design``, ``possible`` (bool), ``why`` (what it supposes, or what is
        lacking) and ``call`` (what to type; empty where it is not possible).
    survey, change
        The inputs; ``change`` as a :class:`cxlens.study.changes.Change`.
    when
        The first wave with the change anywhere.
    """

    table: pd.DataFrame
    survey: Survey
    change: Change
    when: Any

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"designs": self.table}

    @property
    def possible(self) -> list[str]:
        """The designs that these answers allow, the strongest first."""
        return [str(design) for design in self.table.loc[self.table["possible"], "design"]]

    @property
    def best(self) -> str:
        """The strongest of them; "" where there is none."""
        return next(iter(self.possible), "")

    @property
    def call(self) -> str:
        """What to type for it; "" where there is none."""
        return "" if not self.best else str(self._row(self.best)["call"])

    def _row(self, design: str) -> dict[str, Any]:
        """The row of a rung."""
        rows = self.table[self.table["design"] == design].to_dict("records")
        return {str(name): value for name, value in rows[0].items()}

    @property
    def finding(self) -> Finding:
        """The best design and what it supposes; why the others above it are not possible."""
        if not self.best:
            reasons = list(dict.fromkeys(self.table["why"].iloc[2:]))
            return Finding(f"No design can measure {self.change.name} with these answers", more=_as_sentences(reasons))
        above = self.table.iloc[: self.table["design"].tolist().index(self.best)]
        reasons = [f"{row['design']}: {row['why']}" for row in above.to_dict("records")]
        why = str(self._row(self.best)["why"])
        return Finding(
            f"The strongest design for {self.change.name} is",
            self.best,
            certainty=why,
            more=["No " + reason for reason in reasons[::-1]],
        )

    @property
    def note(self) -> str:
        """What to type."""
        return f"Type: {self.call}" if self.call else ""

    def __str__(self) -> str:
        """The ladder, a line a rung."""
        lines = [self.finding.title + "."]
        for row in self.table.to_dict("records"):
            mark = "yes" if row["possible"] else "no"
            hint = TO_BE_SAID.get(row["why"])
            why = f"{row['why']} ({hint})" if hint else row["why"]
            lines.append(f"  {mark:<4}{row['design']}: {why}.")
        if self.call:
            lines.append(f"Type: {self.call}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def _as_sentences(reasons: list[str]) -> list[str]:
    """Reasons as sentences."""
    return [reason[:1].upper() + reason[1:] for reason in reasons]


class _Facts(NamedTuple):
    """What is asked of one of the metrics: its first wave, and answers by wave of those who got it and others."""

    survey: Survey
    change: Change
    metrics: list[str]
    metric: str
    waves: list[Any]
    when: Any
    inside: Counts
    outside: Counts

    @property
    def group(self) -> Segment | None:
        """Who got it."""
        return self.change.segment

    @property
    def treated(self) -> Survey:
        """The answers of those who got it."""
        return self.survey if self.group is None else self.survey.where(self.group)

    @property
    def before(self) -> list[Any]:
        """The waves before the change."""
        return self.waves[: self.waves.index(self.when)]

    @property
    def after(self) -> list[Any]:
        """The waves from the change on."""
        return self.waves[self.waves.index(self.when) :]


@misfits_told
def which_design(survey: Survey, change: Change | Mapping[str, Any]) -> WhichDesign:
    """Say which design can measure a change with these answers, and what the stronger ones lack.

    Parameters
    ----------
    survey
        Answers with a ``time`` column.
    change
        ``{"when": first wave with it, "where": {column: value}, "metrics": [...]}``; ``where`` is left out where all
        got it; a design is possible where all metrics allow it. ``"design": "randomised"`` says that lots decided;
        ``"started": column`` that places started one after the other. Or a :class:`cxlens.study.changes.Change`, as
        ``[[changes]]`` of a study gives it.

    Returns
    -------
    WhichDesign
        Printed, it is the ladder: randomised, staggered starts with places that never start, difference in
        differences, interrupted time series, control chart, before and after.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, or a name or wave is unknown.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"wifi": [2, 3, 4] * 40, "overall": 4, "year": [2024] * 60 + [2025] * 60})
    >>> survey = cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="year")
    >>> print(cx.which_design(survey, {"when": 2025, "metrics": ["wifi"]}))
    The strongest design for the change is before and after.
      no  randomised: nobody said that lots decided who gets it (design="randomised").
      no  staggered: no column says when each place started (started=).
      no  difference in differences: all got it, so there is nobody to compare with (where=).
      no  interrupted time series: 2 waves are too few: 8 on each side are needed, with 1 before and 1 after.
      no  control chart: its limits take 5 waves before the change, and 1 can be told.
      yes before and after: not causal: whatever else came then counts as the change.
    Type: cx.before_after(survey, metric='wifi', before=[2024], after=[2025])
    """
    check_kind("which_design", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    asked = as_change(change)
    of_metrics = _of_metrics(survey, asked)
    first = of_metrics[0]
    apart = {facts.metric: _differences(facts) for facts in of_metrics}
    rows = []
    for design, lacks, call in _rungs(apart):
        lack = _lack_of_any(of_metrics, lacks)
        why = lack or SUPPOSES[design] + _weakness(apart.values(), design)
        rows.append((design, not lack, why, "" if lack else call(first)))
    table = pd.DataFrame(rows, columns=["design", "possible", "why", "call"])
    return WhichDesign(table, survey, asked, first.when)


class Chosen(NamedTuple):
    """The design that measures a change, "" where none does; with others to compare with, what it measured."""

    design: str
    impact: Impact | None


def chosen_design(survey: Survey, change: Change, metric: str) -> Chosen:
    """The design that a change asks for, where one metric allows it, else the strongest that it allows.

    Those are tried in this order, so that designs which are not asked are not measured.
    """
    (facts,) = _of_metrics(survey, replace(change, metrics=(metric,)))
    apart = {facts.metric: _differences(facts)}
    asked_first = sorted(_rungs(apart), key=lambda rung: rung.design != change.design)
    design = next((rung.design for rung in asked_first if not rung.lacks(facts)), "")
    found = apart[facts.metric]
    return Chosen(design, None if isinstance(found, str) else found)


class _Rung(NamedTuple):
    """A design, what it lacks of a metric ("" if nothing), and what to type for it."""

    design: str
    lacks: Callable[[_Facts], str]
    call: Callable[[_Facts], str]


def _rungs(apart: Mapping[str, Impact | str]) -> list[_Rung]:
    """The ladder, the strongest design first; ``apart`` has the difference in differences of each metric."""

    def no_differences(facts: _Facts) -> str:
        found = apart[facts.metric]
        return found if isinstance(found, str) else ""

    return [
        _Rung(RANDOMISED, lambda facts: _no_lots(facts) or no_differences(facts), _call_of_differences),
        _Rung(STAGGERED, _no_starts, _call_of_starts),
        _Rung(DIFFERENCES, no_differences, _call_of_differences),
        _Rung(INTERRUPTED, _no_series, _call_of_series),
        _Rung(CONTROL_CHART, _no_limits, _call_of_chart),
        _Rung(BEFORE_AFTER, _no_periods, _call_of_periods),
    ]


def _of_metrics(survey: Survey, asked: Change) -> list[_Facts]:
    """What is asked of each metric of a change."""
    names = [find_metric(survey, name).name for name in asked.metrics or [None]]
    return [_facts(survey, asked, names, metric) for metric in names]


def _lack_of_any(of_metrics: list[_Facts], lacks: Callable[[_Facts], str]) -> str:
    """What is lacking for a design; of which metric, where others lack nothing or something else."""
    found = {facts.metric: lacks(facts) for facts in of_metrics}
    if len(set(found.values())) == 1:
        return found[of_metrics[0].metric]
    survey = of_metrics[0].survey
    return "; ".join(f"{survey.named(metric)}: {lack}" for metric, lack in found.items() if lack)


def measure(
    survey: Survey, *, design: str, metric: str, when: Any, where: Mapping[str, Any] | None = None, level: float = 0.95
) -> Impact:
    """What came of a change by one of the designs; for controls that choose it.

    Raises
    ------
    OptionError
        When the design measures nothing.
    """
    facts = _facts(survey, Change("the change", when=when, where=where, metrics=(metric,)), [metric], metric)
    periods: dict[str, Any] = {"metric": metric, "before": facts.before, "after": facts.after, "level": level}
    if design in (RANDOMISED, DIFFERENCES) and where is not None:
        return difference_in_differences(survey, treated=where, **periods)
    if design == INTERRUPTED:
        return interrupted_time_series(facts.treated, metric=metric, started=facts.when, level=level)
    if design == BEFORE_AFTER:
        return before_after(facts.treated, **periods)
    raise OptionError(f"design={design!r} needs other answers than a wave and a group. cx.which_design says which.")


def measured_or_ladder(survey: Survey, *, change: Change, design: str, metric: str, when: Any) -> Impact | WhichDesign:
    """What came of a change by a design, or the ladder; for controls that choose among them."""
    if design == LADDER:
        return which_design(survey, replace(change, when=when, metrics=(metric,)))
    return measure(survey, design=design, metric=metric, when=when, where=change.where)


def _facts(survey: Survey, change: Change, metrics: list[str], metric: str) -> _Facts:
    """What is asked, checked; answers of one of the metrics by wave."""
    waves = waves_of(survey)
    columns = _columns_of(survey, change)
    sample = read_sample(survey, find_metric(survey, metric), columns)
    of_answer = np.asarray(sample.labels[survey.time].map(waves.index), np.int64)
    inside, known = _sides(change, sample)
    if change.when is None:
        when = _first_start(survey, sample.labels[change.started], waves)
    else:
        when = one_wave("when", change.when, waves, survey)
    return _Facts(
        survey,
        change,
        metrics,
        metric,
        waves,
        when,
        np.bincount(of_answer[inside], minlength=len(waves)),
        np.bincount(of_answer[~inside & known], minlength=len(waves)),
    )


def _columns_of(survey: Survey, change: Change) -> list[str]:
    """The columns that a change names, all of them known."""
    started = [change.started] if change.started else []
    columns = [*(change.where or ()), *started]
    allowed = [name for name in (*survey.segments, survey.channel, survey.cluster) if name]
    check_known(f"change {change.name!r}: column", columns, allowed, "Segments")
    return columns


def _sides(change: Change, sample: Sample) -> tuple[Bools, Bools]:
    """(n,) which answers are of those who got it, and of which that is known."""
    group = change.segment
    if group is None:
        everybody = np.ones(sample.size, bool)
        return everybody, everybody
    known = sample.labels[list(group.where)].notna().all(axis=1)
    return group.mask(sample.labels), known.to_numpy(bool)


def _first_start(survey: Survey, starts: pd.Series[Any], waves: list[Any]) -> Any:
    """The first wave in which any place started."""
    by_word = {wave_words(wave): place for place, wave in enumerate(waves)}
    words = starts.mask(starts == "").dropna().map(wave_words).unique()
    places = [by_word[word] for word in words if word in by_word]
    if not places:
        raise OptionError(
            f"started: the column holds no wave of this survey. Waves in {survey.time!r}: {listing(by_word)}."
        )
    return waves[min(places)]


def _named(facts: _Facts) -> str:
    """Who got it: ``boarding area E``."""
    where = facts.change.where
    if where is None:
        return "answers"
    named = []
    for column, condition in where.items():
        name = facts.survey.named(column).replace("_", " ")
        values = condition if isinstance(condition, (list, set, frozenset)) else [condition]
        is_range = isinstance(condition, tuple)
        words = Segment("group", {column: condition}).table["condition"].iloc[0]
        named.append(f"{name} {words if is_range else ' or '.join(map(wave_words, values))}")
    return ", ".join(named)


def _no_waves_of(facts: _Facts, n: Counts, who: str) -> str:
    """What is lacking of a group before or after the change: ``2013 has no boarding area E``."""
    if not facts.before:
        return f"{wave_words(facts.when)} is the first wave, so nothing was measured before the change"
    at = len(facts.before)
    for waves, answers in ((facts.before, n[:at]), (facts.after, n[at:])):
        if answers.sum() == 0:
            return f"{join_waves(waves)} {'has' if len(waves) == 1 else 'have'} no {who}"
        if answers.sum() < MIN_N:
            return f"fewer than {MIN_N} answers of {who} in {join_waves(waves)}"
    return ""


def _no_lots(facts: _Facts) -> str:
    """Whether nobody said that lots decided."""
    if facts.change.design == RANDOMISED:
        return ""
    return NO_LOTS


def _no_starts(facts: _Facts) -> str:
    """What is lacking for staggered starts."""
    started = facts.change.started
    if started is None:
        return NO_STARTS
    return _refused(lambda: difference_in_differences(facts.survey, metric=facts.metric, started=started))


def _differences(facts: _Facts) -> Impact | str:
    """The difference in differences, or what is lacking for one."""
    where = facts.change.where
    if where is None:
        return NOBODY_ELSE
    lack = _no_waves_of(facts, facts.inside, _named(facts)) or _no_waves_of(facts, facts.outside, "others")
    if lack:
        return lack
    try:
        return difference_in_differences(
            facts.survey,
            metric=facts.metric,
            before=facts.before,
            after=facts.after,
            treated=where,
            started=facts.change.started,
        )
    except CxlensError as error:
        return _reason(error)


def _no_series(facts: _Facts) -> str:
    """What is lacking for an interrupted time series."""
    before, after = _told(facts)
    if min(before, after) >= FEWEST:
        return _refused(lambda: interrupted_time_series(facts.treated, metric=facts.metric, started=facts.when))
    waves = plural(before + after, "wave")
    are = "is" if before + after == 1 else "are"
    return f"{waves} {are} too few: {FEWEST} on each side are needed, with {before} before and {after} after"


def _told(facts: _Facts) -> tuple[int, int]:
    """How many waves before and after the change can be told, of those who got it."""
    series = series_of(facts.treated, find_metric(facts.survey, facts.metric))
    is_before = [wave in facts.before for wave in series.waves]
    return sum(is_before), len(is_before) - sum(is_before)


def _no_limits(facts: _Facts) -> str:
    """What is lacking for a control chart."""
    before, after = _told(facts)
    if before < FEWEST_OF_LIMITS:
        return f"its limits take {FEWEST_OF_LIMITS} waves before the change, and {before} can be told"
    return "" if after else "no wave after the change can be told"


def _no_periods(facts: _Facts) -> str:
    """What is lacking for before and after."""
    lack = _no_waves_of(facts, facts.inside, _named(facts))
    return lack or _refused(
        lambda: before_after(facts.treated, metric=facts.metric, before=facts.before, after=facts.after)
    )


def _refused(attempt: Callable[[], Impact]) -> str:
    """Why a verb refuses; nothing where it does not."""
    try:
        attempt()
    except CxlensError as error:
        return _reason(error)
    return ""


def _reason(error: CxlensError) -> str:
    """What an error says, as part of a sentence."""
    return str(error).rstrip(".")


def _weakness(apart: Iterable[Impact | str], design: str) -> str:
    """What a design that is possible cannot tell."""
    if design not in (RANDOMISED, DIFFERENCES):
        return ""
    if all(isinstance(found, str) or found.judged_by != "answers" for found in apart):
        return ""
    return "; places and waves are too few to tell an effect from their swings: 5 places, or 3 waves on each side"


def _typed(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, (str, int, float)):
        return repr(value)
    return repr(wave_words(value))


def _typed_waves(waves: list[Any]) -> str:
    return f"[{', '.join(map(_typed, waves))}]"


def _typed_metric(facts: _Facts) -> str:
    """One metric, or several."""
    names = facts.metrics
    return repr(names[0]) if len(names) == 1 else repr(names)


def _typed_survey(facts: _Facts) -> str:
    """The answers of those who got it."""
    group = facts.group
    if group is None:
        return "survey"
    return f"survey.where(cx.Segment({group.name!r}, {_typed_where(group)}))"


def _typed_where(group: Segment) -> str:
    """The conditions of a group."""
    conditions = [f"{column!r}: {condition!r}" for column, condition in group.where.items()]
    return f"{{{', '.join(conditions)}}}"


def _typed_periods(facts: _Facts) -> str:
    return f"metric={_typed_metric(facts)}, before={_typed_waves(facts.before)}, after={_typed_waves(facts.after)}"


def _call_of_differences(facts: _Facts) -> str:
    """What to type for a difference in differences."""
    if facts.group is None:
        return ""
    started = f", started={facts.change.started!r}" if facts.change.started else ""
    treated = _typed_where(facts.group)
    return f"cx.difference_in_differences(survey, {_typed_periods(facts)}, treated={treated}{started})"


def _call_of_starts(facts: _Facts) -> str:
    """What to type for staggered starts."""
    return f"cx.difference_in_differences(survey, metric={_typed_metric(facts)}, started={facts.change.started!r})"


def _call_of_series(facts: _Facts) -> str:
    """What to type for an interrupted time series."""
    started = _typed(facts.when)
    return f"cx.interrupted_time_series({_typed_survey(facts)}, metric={_typed_metric(facts)}, started={started})"


def _call_of_chart(facts: _Facts) -> str:
    """What to type for a control chart."""
    return f"cx.monitor({_typed_survey(facts)}, metric={_typed_metric(facts)})"


def _call_of_periods(facts: _Facts) -> str:
    """What to type for before and after."""
    return f"cx.before_after({_typed_survey(facts)}, {_typed_periods(facts)})"
