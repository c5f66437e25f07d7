"""Widgets of impact and monitor: which controls they have, and what each means for the verb."""

from __future__ import annotations

from typing import Any

from cxlens.common.explorer import ALL, Explorer, dropdown
from cxlens.common.values import wave_words
from cxlens.errors import listing
from cxlens.stages.impact.designs import Impact, before_after, difference_in_differences
from cxlens.stages.impact.monitor import Monitor, monitor
from cxlens.study.controls import groupings, metrics


def explore_impact(result: Impact) -> Explorer:
    """Before against after, for any metric and any waves.

    Parameters
    ----------
    result
        From :func:`cxlens.before_after` or :func:`cxlens.difference_in_differences`; who was treated, what is
        adjusted for, and the level stay as they were.

    Returns
    -------
    Explorer
        Controls ``metric``, ``before`` and ``after`` (tuples of waves). Asks the verb that made the result,
        ``before_after(explorer.data, **explorer.params)`` or its sister.
    """
    survey = result.survey
    fixed: dict[str, Any] = {"level": result.level}
    fixed |= {"adjust": result.adjust} if result.treated is None else {"treated": result.treated}
    waves = [(wave,) for wave in (survey.source.distinct(survey.time) if survey.time else ())]
    controls = {"metric": dropdown("Measure", metrics(survey), result.metric)}
    for period, given in (("before", result.before), ("after", result.after)):
        options = [(listing(map(wave_words, group)), group) for group in dict.fromkeys([*waves, given])]
        controls[period] = dropdown(period.capitalize(), options, given)
    return Explorer(
        before_after if result.treated is None else difference_in_differences,
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {**said, **fixed},
    )


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


EXPLORERS = {"Impact": explore_impact, "Monitor": explore_monitor}
