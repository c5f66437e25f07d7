"""The widgets of journeys: which controls they have, and what each means for the verb.

Nothing is counted here: figures come from :mod:`cxlens.stages.journeys.paths`.
"""

from __future__ import annotations

from typing import Any, get_args

from ipywidgets import BoundedIntText, Widget

from cxlens.common.explorer import ALL, Explorer, dropdown, text_style
from cxlens.common.result import View
from cxlens.stages.journeys.attribution_explore import explore_attribution
from cxlens.stages.journeys.flow import Asked, of_share
from cxlens.stages.journeys.funnel import Funnel, funnel
from cxlens.stages.journeys.funnel_steps import Counting
from cxlens.stages.journeys.paths import Paths, paths
from cxlens.stages.journeys.quick_flow import SEGMENTS, STEPS, QuickFlows
from cxlens.study.controls import part_of, segment_options
from cxlens.study.journeys import JourneyLog
from cxlens.study.segments import sorted_values


def explore_paths(result: Paths) -> Explorer:
    """The ways customers take, for everyone or one segment.

    Parameters
    ----------
    result
        From :func:`cxlens.paths`.

    Returns
    -------
    Explorer
        Controls ``top`` (how many paths are listed) and ``segment``. Asks ``paths(explorer.data,
        **explorer.params)``, where ``data`` holds the journeys of the segment.
    """
    log = result.log
    top = BoundedIntText(
        result.top,
        min=1,
        max=max(result.top, result.n_variants),
        description="Paths listed",
        **text_style(),
    )
    controls = {
        "top": top,
        "segment": _segments(log),
    }
    return Explorer(
        paths,
        result,
        controls,
        data=lambda said: part_of(log, said["segment"]),
        params=lambda said: {
            **_plan(result, said["segment"]),
            "ends": _met(result, said["segment"]),
            "top": said["top"],
            "min_n": result.min_n,
        },
    )


def explore_flow(view: View) -> Explorer:
    """Who goes where from step to step, for everyone or one segment, from the start or from a touchpoint on.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.flow`.

    Returns
    -------
    Explorer
        Controls ``segment``, ``anchor`` ("" for the start of the journey), ``steps`` (10 at most), ``named`` (how many
        touchpoints are told apart) and ``least`` (percent: flows of a smaller share are not drawn). Answers as
        ``cx.paths(data, ends=, min_n=).flow(steps=, named=, anchor=)`` does, where ``data`` holds the journeys of the
        segment. Answers follow from counts of ten steps that are made once a segment: for everyone before the widget is
        shown, for the first 20 segments in the background then, for others when they are chosen. Where customers have
        several journeys, or there are more than 40 touchpoints, they are made once an anchor and number of touchpoints,
        too.
    """
    asked: Asked = view.record
    log = asked.log
    quick = QuickFlows(log, asked.ends)
    segments = _segments(log)
    quick.count(asked)
    quick.count_ahead([value for _, value in segments.options][:SEGMENTS], asked)
    anchors = [("Start of the journey", ALL), *((name, name) for name in log.touchpoints)]
    controls = {
        "segment": segments,
        "anchor": dropdown("From", anchors, asked.anchor or ALL),
        "steps": _number("Steps", asked.steps, most=STEPS),
        "named": _number("Touchpoints", asked.named, most=len(log.touchpoints)),
        "least": BoundedIntText(0, min=0, max=100, description="Smallest share, %", **text_style()),
    }
    return Explorer(
        quick.flow,
        view,
        controls,
        data=lambda said: quick.part(said["segment"]),
        params=lambda said: {
            "steps": said["steps"],
            "named": said["named"],
            "anchor": said["anchor"] or None,
            "ends": quick.ends(quick.part(said["segment"])),
            "min_n": asked.min_n,
        },
        seen=lambda answer, said: of_share(answer, said["least"] / 100),
        redraw=["least"],
    )


def explore_funnel(result: Funnel) -> Explorer:
    """Who reaches which stage, for everyone or one segment, by journeys or by customers.

    Parameters
    ----------
    result
        From :func:`cxlens.funnel`.

    Returns
    -------
    Explorer
        Controls ``segment`` and ``counting``. Asks ``funnel(explorer.data, **explorer.params)``, where ``data`` holds
        the journeys of the segment.
    """
    log = result.log
    counting = [(word.capitalize(), word) for word in get_args(Counting)]
    controls = {
        "segment": _segments(log),
        "counting": dropdown("Count", counting, result.counting),
    }
    return Explorer(
        funnel,
        result,
        controls,
        data=lambda said: part_of(log, said["segment"]),
        params=lambda said: {
            "stages": result.stages,
            "window": result.window,
            "counting": said["counting"],
            "by": result.by,
            "min_n": result.min_n,
        },
    )


def explore_side(view: View) -> Explorer:
    """A side of the ways customers take, for everyone or one segment: asks ``view.again(data)``.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.graph` or another side that knows its log.

    Returns
    -------
    Explorer
        Control ``segment``.
    """
    log: JourneyLog = view.record
    again = view.again
    return Explorer(
        lambda journeys: again(journeys) if again else view,
        view,
        {"segment": _segments(log)},
        data=lambda said: part_of(log, said["segment"]),
        params=lambda _: {},
    )


def _segments(log: JourneyLog) -> Widget:
    """A list of everyone and each segment."""
    values = {}
    for column in log.segments:
        distinct = log.customers[column].dropna().unique()
        values[column] = sorted_values(distinct.tolist())
    return dropdown("Segment", segment_options(values), ALL)


def _number(description: str, value: int, most: int) -> Widget:
    """A box for a whole number."""
    return BoundedIntText(value, min=1, max=max(value, most), description=description, **text_style())


def _plan(result: Paths, segment: Any) -> dict[str, Any]:
    """The plan, where the segment met all of it."""
    if result.plan is None:
        return {}
    met = part_of(result.log, segment).touchpoints
    return {"plan": result.plan} if set(result.plan.touchpoints) <= set(met) else {}


def _met(result: Paths, segment: Any) -> tuple[str, ...]:
    """The named ends that anybody of the segment met."""
    if not result.ends:
        return ()
    met = part_of(result.log, segment).touchpoints
    return tuple(name for name in result.ends if name in met)


SIDES = ("around", "follows", "graph", "planned", "rework", "routes", "times")
EXPLORERS = {
    "Attribution": explore_attribution,
    "Funnel": explore_funnel,
    "Paths": explore_paths,
    "cost": explore_side,
    "felt": explore_side,
    "flow": explore_flow,
    **dict.fromkeys(SIDES, explore_side),
}
