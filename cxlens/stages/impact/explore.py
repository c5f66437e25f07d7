"""Widgets of impact and monitor: which controls they have, and what each means for the verb.

Nothing is computed here: figures come from :mod:`cxlens.stages.impact.designs` and
:mod:`cxlens.stages.impact.monitor`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cxlens.common.explorer import ALL, Explorer, Options, dropdown
from cxlens.common.values import wave_words
from cxlens.errors import listing
from cxlens.stages.impact.designs import Impact, before_after, difference_in_differences
from cxlens.stages.impact.monitor import Monitor, monitor
from cxlens.stages.impact.profit_chart import explore_profit
from cxlens.study.controls import groupings, metrics
from cxlens.study.dated import no_order
from cxlens.study.survey import Survey


def explore_impact(result: Impact) -> Explorer:
    """Before against after, for any metric and any waves.

    Parameters
    ----------
    result
        From :func:`cxlens.before_after` or :func:`cxlens.difference_in_differences`; who was treated, which column
        says when others started, what is adjusted for, and the level stay as they were.

    Returns
    -------
    Explorer
        Controls ``metric``, ``before`` and ``after`` (tuples of waves). Asks the verb that made the result,
        ``before_after(explorer.data, **explorer.params)`` or its sister.
    """
    survey = result.survey
    verb: Callable[..., Impact]
    fixed: dict[str, Any] = {"level": result.level}
    if result.treated is None:
        verb = before_after
        fixed["adjust"] = result.adjust
    else:
        verb = difference_in_differences
        fixed["treated"] = result.treated
        if result.started:
            fixed["started"] = result.started
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


def _periods(survey: Survey, given: tuple[Any, ...]) -> Options:
    """Each wave alone, and the waves that were asked for."""
    waves = survey.source.distinct(str(survey.time)) if no_order(survey) else survey.waves
    periods = [(wave,) for wave in waves]
    if given not in periods:
        periods.append(given)
    return [(listing(map(wave_words, period)), period) for period in periods]


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
        "by": dropdown("By", columns, result.by or ALL),
    }
    return Explorer(
        monitor,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {"metric": said["metric"], "by": said["by"] or None, "level": result.level},
    )


EXPLORERS = {"Impact": explore_impact, "Monitor": explore_monitor, "Profit": explore_profit}
