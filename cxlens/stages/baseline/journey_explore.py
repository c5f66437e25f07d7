"""The widget of a journey map: figures for a segment, and what is not asked for pale. Nothing is computed here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ipywidgets import Checkbox, Layout, Widget

from cxlens.common.explorer import ALL, Explorer, dropdown
from cxlens.stages.baseline.journey_lanes import HURTS
from cxlens.stages.baseline.journey_map import JourneyMap
from cxlens.stages.baseline.map_part import names_of, part_of_map
from cxlens.study.controls import part_of, survey_segments
from cxlens.study.survey import Survey

FILTERS = ("channel", "owner")


def explore_journey(result: JourneyMap) -> Explorer:
    """The journey map for everyone or a segment, with the touchpoints of one channel or owner, or the pain points.

    Parameters
    ----------
    result
        As :meth:`cxlens.TouchpointMap.explore` makes it.

    Returns
    -------
    Explorer
        Controls ``segment`` (where there are answers), which asks :meth:`JourneyMap.again`, and ``channel``, ``owner``
        and ``pain``, which make all else pale: a gap stays one of the whole map.
    """
    places = result.given.touchpoint_map
    table = places.table
    controls: dict[str, Widget] = {}
    if result.given.performance is not None:
        controls["segment"] = dropdown("Figures for", survey_segments(result.given.performance.survey), ALL)
    controls["channel"] = names_of("Channel", table["channel"])
    controls["owner"] = names_of("Owner", table["owner"])
    controls["pain"] = Checkbox(False, description="Only pain points", indent=False, layout=Layout(width="auto"))

    def answers(said: dict[str, Any]) -> Survey | None:
        if result.given.performance is None:
            return None
        part: Survey = part_of(result.given.performance.survey, said["segment"])
        return part

    return Explorer(
        result.again,
        result,
        controls,
        data=answers,
        params=lambda _: {},
        seen=_seen,
        redraw=[*FILTERS, "pain"],
    )


def _seen(journey: JourneyMap, said: dict[str, Any]) -> JourneyMap:
    """The journey map with what is not asked for made pale."""
    only = None
    if said["pain"]:
        hurts = journey.table[journey.table["lane"] == HURTS]
        only = set(hurts["touchpoint"])
    filters = {name: said[name] or None for name in FILTERS}
    if only is None and not any(filters.values()):
        return journey
    part = part_of_map(journey.given.touchpoint_map, only=only, **filters)
    return replace(journey, shown=part.names)
