"""Touchpoints rolled up: to the stage, phase, channel or process that a map says.

The map itself is in :mod:`cxlens.study.touchpoints`, the log that is rolled up in :mod:`cxlens.study.journeys`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cxlens.common.values import count, plural
from cxlens.errors import OptionError, did_you_mean, listing
from cxlens.study.touchpoints import TouchpointMap

Level = Literal["stage", "phase", "channel", "process"]
SAID_IN = {
    "phase": "Stage(..., phase=...)",
    "channel": "Touchpoint(..., channel=...)",
    "process": "Touchpoint(..., process=...)",
}
SHOWN = 12  # names in a message


def places_of(names: Sequence[str], touchpoint_map: TouchpointMap, level: Level) -> list[str]:
    """The stage, phase, channel or process of each touchpoint.

    Raises
    ------
    OptionError
        When the map does not have a touchpoint, or says nothing of it on this level.
    """
    known = touchpoint_map.names
    unknown = sorted(name for name in names if name not in known)
    if unknown:
        raise _not_in_map(unknown, touchpoint_map)
    table = touchpoint_map.table.set_index("touchpoint")
    if level == "phase":
        phases = {stage.name: stage.phase or "" for stage in touchpoint_map.lifecycle}
        table["phase"] = table["stage"].map(phases)
    places = [str(table.at[name, level]) for name in names]
    silent = [name for name, place in zip(names, places, strict=True) if not place]
    if silent:
        met = f"{count(len(silent))} of {plural(len(names), 'touchpoint')}"
        raise OptionError(
            f"the map names no {level} for {met} of the log: {listing(map(repr, silent), SHOWN)}. "
            f"Name it in {SAID_IN[level]}."
        )
    return places


def _not_in_map(unknown: Sequence[str], touchpoint_map: TouchpointMap) -> OptionError:
    """What to say of touchpoints that a map does not have: each with the nearest one that it has."""
    each = []
    for name in unknown:
        nearest = did_you_mean(name, touchpoint_map.names).removeprefix(" Did you mean ").removesuffix("?")
        each.append(f"{name!r} (nearest: {nearest})" if nearest else f"{name!r} (none is near)")
    are = "touchpoint of the log is" if len(unknown) == 1 else "touchpoints of the log are"
    return OptionError(
        f"{count(len(unknown))} {are} not in the map: {listing(each, SHOWN)}. Write the names alike, or add them to "
        "the map."
    )


def places_in_words(n: int, level: str) -> str:
    """``1 process``, ``3 processes``, ``12 touchpoints``."""
    if level == "process" and n != 1:
        return f"{count(n)} processes"
    return plural(n, level)
