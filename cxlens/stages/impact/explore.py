"""Widgets of impact and monitor: which controls they have, and what each means for the verb.

Nothing is computed here: figures come from :mod:`cxlens.stages.impact.designs` and
:mod:`cxlens.stages.impact.monitor`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cxlens.common.explorer import ALL, Explorer, Options, dropdown
from cxlens.common.result import View
from cxlens.common.values import wave_words
from cxlens.stages.impact.designs import before_after, difference_in_differences
from cxlens.stages.impact.interrupted import interrupted_time_series
from cxlens.stages.impact.kept import Kept, kept
from cxlens.stages.impact.measured import INTERRUPTED, STAGGERED, Impact
from cxlens.stages.impact.monitor import Monitor, monitor
from cxlens.stages.impact.periods import join_waves
from cxlens.stages.impact.profit_chart import explore_profit
from cxlens.stages.impact.retention_explore import explore_cohorts, explore_retention
from cxlens.stages.impact.value_explore import explore_value
from cxlens.stages.impact.which_design import LADDER, MEASURED, WhichDesign, measured_or_ladder
from cxlens.study.controls import groupings, metrics
from cxlens.study.dated import no_order
from cxlens.study.metrics import metrics_asked
from cxlens.study.survey import Survey


def explore_impact(result: Impact) -> Explorer:
    """Before against after, for any metric and any waves.

    Parameters
    ----------
    result
        From :func:`cxlens.before_after` or :func:`cxlens.difference_in_differences`; who was treated, which column
        says when others started, whether places are matched, what is adjusted for, and the level stay as they were.

    Returns
    -------
    Explorer
        Controls ``metric``, ``before`` and ``after`` (tuples of waves). Asks the verb that made the result,
        ``before_after(explorer.data, **explorer.params)`` or its sister. Of an interrupted series: ``metric``,
        ``started`` and ``season``; of staggered starts ``metric``.
    """
    result = result.only(result.metric)
    if result.design in (INTERRUPTED, STAGGERED):
        return _explore_waves(result)
    survey = result.survey
    verb: Callable[..., Impact]
    fixed: dict[str, Any] = {"level": result.level, "figure": result.figure, **_rivals(result)}
    if result.treated is None:
        verb = before_after
        fixed["adjust"] = result.adjust
    else:
        verb = difference_in_differences
        fixed["treated"] = result.treated
        if result.started:
            fixed["started"] = result.started
        if result.matched:
            fixed["controls"] = "matched"
    controls = {
        "metric": dropdown("Measure", metrics(survey), result.metric),
        "before": dropdown("Before", _periods(survey, result.before), result.before),
        "after": dropdown("After", _periods(survey, result.after), result.after),
    }
    return Explorer(
        verb,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {**said, **fixed},
    )


def _explore_waves(result: Impact) -> Explorer:
    """A series with the date of its change, or staggered starts."""
    survey = result.survey
    fixed: dict[str, Any] = {"level": result.level, "figure": result.figure, **_rivals(result)}
    controls = {"metric": dropdown("Measure", metrics(survey), result.metric)}
    verb: Callable[..., Impact] = difference_in_differences
    if result.design == INTERRUPTED:
        verb = interrupted_time_series
        dates = [(wave_words(wave), wave) for wave in survey.waves]
        controls["started"] = dropdown("Change came with", dates, result.after[0])
        controls["season"] = dropdown("Season", _seasons(result.season), result.season or 0)
    else:
        fixed["started"] = result.started

    def asked(said: dict[str, Any]) -> dict[str, Any]:
        season = {"season": said["season"] or None} if "season" in said else {}
        return {**said, **season, **fixed}

    return Explorer(verb, result, controls, data=lambda _: survey, params=asked)


def _rivals(result: Impact) -> dict[str, Any]:
    """The competitors who stand beside, where there are any."""
    return {"competitors": result.competitors} if result.competitors else {}


def _seasons(given: int | None) -> Options:
    """No season, quarters, months, and what was asked for."""
    options: Options = [("No season", 0), ("4 waves", 4), ("12 waves", 12)]
    if given and given not in (4, 12):
        options.append((f"{given} waves", given))
    return options


def explore_ladder(result: WhichDesign) -> Explorer:
    """A change measured by any design these answers allow, with any first wave; or the ladder itself.

    Parameters
    ----------
    result
        From :func:`cxlens.which_design`; who got it stays as it was.

    Returns
    -------
    Explorer
        Controls ``design``, ``metric`` and ``when``. Asks ``measured_or_ladder(explorer.data, **explorer.params)``.
    """
    survey = result.survey
    change = result.change
    names = [metric.name for metric in metrics_asked(survey, change.metrics or None)]
    designs: Options = [("The ladder", LADDER)]
    for design in result.possible:
        if design in MEASURED:
            designs.append((f"{design[:1].upper()}{design[1:]}", design))
    dates = [(wave_words(wave), wave) for wave in survey.waves]
    controls = {
        "design": dropdown("Design", designs, LADDER),
        "metric": dropdown("Measure", metrics(survey), names[0]),
        "when": dropdown("Change came with", dates, result.when),
    }
    return Explorer(
        measured_or_ladder,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {**said, "change": change},
    )


def _periods(survey: Survey, given: tuple[Any, ...]) -> Options:
    """Each wave alone, and the waves that were asked for."""
    waves = survey.source.distinct(str(survey.time)) if no_order(survey) else survey.waves
    periods = [(wave,) for wave in waves]
    if given not in periods:
        periods.append(given)
    return [(join_waves(period), period) for period in periods]


def explore_monitor(result: Monitor) -> Explorer:
    """Any metric over the waves, for everyone or by group.

    Parameters
    ----------
    result
        From :func:`cxlens.monitor`.

    Returns
    -------
    Explorer
        Controls ``metric`` and ``by``. Asks ``monitor(explorer.data, **explorer.params)``.
    """
    survey = result.survey
    columns = [option for option in groupings(survey) if option[1] != survey.time]
    controls = {
        "metric": dropdown("Measure", metrics(survey), result.metric),
        "by": dropdown("By", columns[:1] if result.others else columns, result.by or ALL),
    }
    return Explorer(
        monitor,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {**result.options, "metric": said["metric"], "by": said["by"] or None},
    )


def explore_alerts(result: View) -> Explorer:
    """The monitor wall: all series, or those of one metric, for everyone or by group.

    Parameters
    ----------
    result
        From :meth:`cxlens.stages.impact.monitor.Monitor.alerts`.

    Returns
    -------
    Explorer
        Controls ``metric`` (all that were followed, or one of the survey's) and ``by``. Asks ``watch(explorer.data,
        **explorer.params)``: :func:`cxlens.monitor` and its alerts.
    """
    survey = result.survey
    followed = tuple(dict.fromkeys(result.table["metric"]))
    fixed = result.record.options
    columns = [option for option in groupings(survey) if option[1] != survey.time]
    choices: Options = [(_all_of(survey, followed), followed)]
    choices += [(words, (name,)) for words, name in metrics(survey) if (name,) != followed]
    controls = {
        "metric": dropdown("Measure", choices, followed),
        "by": dropdown("By", columns, result.record.by or ALL),
    }
    return Explorer(
        watch,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {**fixed, "metric": list(said["metric"]), "by": said["by"] or None},
    )


def _all_of(survey: Survey, followed: tuple[str, ...]) -> str:
    """All metrics that were followed, in words; of one its name."""
    if len(followed) == 1:
        return survey.named(followed[0])
    return f"All {len(followed)}"


def watch(
    survey: Survey,
    *,
    metric: list[str],
    by: str | None,
    employees: Survey | None,
    competitors: Mapping[str, Survey] | None,
    level: float,
) -> View:
    """The alerts of a monitor."""
    result = monitor(survey, metric=metric, by=by, employees=employees, competitors=competitors, level=level)
    return result.alerts()


def explore_kept(result: Kept) -> Explorer:
    """All promises, or those that were missed, kept, or cannot be told.

    Parameters
    ----------
    result
        From :func:`cxlens.kept`.

    Returns
    -------
    Explorer
        Control ``show`` chooses the rows that are drawn. Asks ``kept(explorer.data, **explorer.params)``.
    """
    states = dict.fromkeys(result.table["kept"])
    choices: Options = [("All promises", ALL)]
    choices += [(state, state) for state in states]
    return Explorer(
        kept,
        result,
        {"show": dropdown("Show", choices, ALL)},
        data=lambda _: result.promised,
        params=lambda _: {"survey": result.survey},
        seen=_only_some,
        redraw=["show"],
    )


def _only_some(result: Kept, said: dict[str, Any]) -> Kept:
    """The rows that are to be seen; the finding stays that of all."""
    if said["show"] == ALL:
        return result
    rows = result.table[result.table["kept"] == said["show"]]
    return replace(result, table=rows.reset_index(drop=True))


EXPLORERS = {
    "Impact": explore_impact,
    "WhichDesign": explore_ladder,
    "Monitor": explore_monitor,
    "alerts": explore_alerts,
    "Kept": explore_kept,
    "Retention": explore_retention,
    "cohorts": explore_cohorts,
    "LifetimeValue": explore_value,
    "Profit": explore_profit,
}
