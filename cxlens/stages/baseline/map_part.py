"""Which touchpoints of a map are asked for: what the lists of its widgets narrow. A gap stays one of the whole map."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import pandas as pd
from ipywidgets import Widget

from cxlens.common.explorer import ALL, dropdown
from cxlens.errors import ValuesError, listing
from cxlens.study.touchpoints import Touchpoint, TouchpointMap


class MapPart(NamedTuple):
    """What the controls ask for, on the whole map: what is not asked for is no gap.

    Attributes
    ----------
    touchpoint_map
        The whole map.
    names
        The touchpoints asked for; the others are shown pale.
    """

    touchpoint_map: TouchpointMap
    names: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """The rows of the touchpoints asked for: see :attr:`cxlens.TouchpointMap.table`."""
        table = self.touchpoint_map.table
        return table[table["touchpoint"].isin(self.names)]

    def gaps(self) -> pd.DataFrame:
        """The gaps of the whole map: see :meth:`cxlens.TouchpointMap.gaps`."""
        return self.touchpoint_map.gaps()


def part_of_map(
    touchpoint_map: TouchpointMap,
    *,
    stage: str | None = None,
    channel: str | None = None,
    owner: str | None = None,
    only: Collection[str] | None = None,
) -> MapPart:
    """Which touchpoints of a map are on one stage, use one channel, belong to one owner.

    Parameters
    ----------
    touchpoint_map
        The map. It is not changed.
    stage
        Keep this stage only; all without it.
    channel, owner
        Keep the touchpoints of this channel and owner; all without them.
    only
        Keep touchpoints of these names, such as the pain points; all without it.

    Returns
    -------
    MapPart
        The whole map, with the names of what is kept. Its gaps stay those of the whole map: what is left out serves
        its needs all the same.

    Raises
    ------
    ValuesError
        When no touchpoint is left.

    Examples
    --------
    >>> import cxlens as cx
    >>> from cxlens.stages.baseline.map_part import part_of_map
    >>> whole = cx.TouchpointMap([cx.Touchpoint("Signs", stage="arrive", channel="site"),
    ...                           cx.Touchpoint("Gate", stage="board")], cx.Lifecycle(["arrive", "board"]))
    >>> part_of_map(whole, stage="board").names
    ('Gate',)
    """
    here = [place for place in touchpoint_map if stage in (None, place.stage)]
    if only is not None:
        here = [place for place in here if place.name in only]
    shown = [place for place in here if channel in (None, place.channel) and owner in (None, place.owner)]
    if not shown:
        asked = [f"uses channel {channel!r}"] if channel is not None else []
        asked += [f"belongs to {owner!r}"] if owner is not None else []
        which = "touchpoint" if only is None else "pain point"
        where = "on the map" if stage is None else f"on stage {stage!r}"
        asking = f"no {which} {where} {' and '.join(asked)}".strip()
        there = listing(map(_with_channel_and_owner, here), 5)
        raise ValuesError(f"{asking}. There: {there}." if there else f"{asking}.")
    return MapPart(touchpoint_map, tuple(place.name for place in shown))


def _with_channel_and_owner(place: Touchpoint) -> str:
    """``Gate (site, Operations)``."""
    known = [words for words in (place.channel, place.owner) if words]
    return f"{place.name} ({', '.join(known) or 'no channel, no owner'})"


def names_of(what: str, names: Iterable[str]) -> Widget:
    """A list of stages, channels or owners to choose one from, all of them first."""
    different = dict.fromkeys(name for name in names if name)
    return dropdown(what, [(f"All {what.lower()}s", ALL), *((name, name) for name in different)], ALL)
