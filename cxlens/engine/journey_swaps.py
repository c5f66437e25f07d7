"""Journeys that might have been: those of two people who swap how they go on.

Two journeys that swap what comes after the same step leave who is where at each step as it is; two that swap after the
same touchpoint, at whatever step, leave what follows what. What that keeps from being worked out does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cxlens.engine.journeys import Ints, SortedEvents, codes_of, variants

Way = tuple[int, ...]  # the touchpoints of a journey in order, then what became of it, below 0


class Ways(NamedTuple):
    """Some ways that journeys took, how many took each, and the place of each among the distinct journeys."""

    ways: list[Way]
    n: Ints
    variant: Ints


def ways_of(events: SortedEvents, fate: Ints, journeys: Ints) -> Ways:
    """The ways that some journeys took, each once; ``fate`` (journeys,) is what became of each of all, below 0."""
    of = variants(events).of
    kind = of * (1 - fate.min()) - fate
    _, first = np.unique(kind[journeys], return_index=True)
    chosen = journeys[np.sort(first)]
    n = np.bincount(kind)
    return Ways(
        ways=[(*codes_of(events, journey).tolist(), int(fate[journey])) for journey in chosen.tolist()],
        n=n[kind[chosen]],
        variant=of[chosen],
    )


def swapped(ways: Sequence[Way], most: int) -> list[Way]:
    """Ways that come of two that swap: each once, none of those that there are, so many for each way or a few more."""
    there = set(ways)
    found: dict[Way, None] = {}
    for place, way in enumerate(ways):
        enough = len(found) + most
        for partner in (*ways[place + 1 :], *ways[:place]):
            swaps = (*_swaps(way, partner), *_swaps(partner, way))
            found |= dict.fromkeys(other for other in swaps if other not in there)
            if len(found) >= enough:
                break
    return list(found)


def _swaps(way: Way, other: Way) -> Iterator[Way]:
    """One way up to a step, then the other one: from the same step on, or from where it leaves the same touchpoint."""
    for step in range(1, len(way)):
        here = way[step - 1]
        if step < len(other):
            yield way[:step] + other[step:]
        for later, touchpoint in enumerate(other[:-1], start=1):
            if touchpoint == here and later != step:
                yield way[:step] + other[later:]
