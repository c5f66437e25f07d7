"""Flows for a widget: counted once a segment, so that an answer only pools and rounds.

What flows tell belongs to :mod:`.flow`, which answers, too, what the counts do not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from threading import RLock, Thread
from typing import Any

import numpy as np

from cxlens.common.result import View
from cxlens.engine.journey_cube import START, FlowCube, flow_cube
from cxlens.errors import CxlensError
from cxlens.stages.journeys.flow import Asked, Counted, check_asked, flow, pooled, told
from cxlens.study.controls import part_of
from cxlens.study.journeys import JourneyLog

SEGMENTS = 20  # that are counted before anybody asks
AHEAD = "flows counted ahead"  # a thread
STEPS = 10  # from each anchor on; more are counted anew
TOUCHPOINTS = 40  # each an anchor; where there are more, all is counted anew


class QuickFlows:
    """The journeys of each segment, and the counts that answers follow from, kept once they are made."""

    def __init__(self, log: JourneyLog, ends: tuple[str, ...]) -> None:
        self._log = log
        self._ends = ends
        self._parts: dict[Any, JourneyLog] = {}
        self._cubes: dict[JourneyLog, FlowCube] = {}
        self._lock = RLock()  # nothing is counted twice

    def count_ahead(self, segments: Iterable[Any]) -> Thread:
        """Count segments in the background, so that each is there when it is chosen."""
        thread = Thread(target=self._count, args=[list(segments)], name=AHEAD, daemon=True)
        thread.start()
        return thread

    def _count(self, segments: list[Any]) -> None:
        """Count segments one after the other."""
        for segment in segments:
            with suppress(CxlensError):
                self.cube(self.part(segment))

    def part(self, segment: Any) -> JourneyLog:
        """The journeys of everyone, or of the segment that a control names."""
        if segment not in self._parts:
            with self._lock:
                if segment not in self._parts:
                    self._parts[segment] = part_of(self._log, segment)
        return self._parts[segment]

    def ends(self, log: JourneyLog) -> tuple[str, ...]:
        """The named ends that anybody met."""
        return tuple(name for name in self._ends if name in log.touchpoints)

    def cube(self, log: JourneyLog) -> FlowCube:
        """The counts of a part."""
        if log not in self._cubes:
            with self._lock:
                if log not in self._cubes:
                    self._cubes[log] = flow_cube(log.rows(), STEPS, log.open_journeys(self.ends(log)))
        return self._cubes[log]

    def flow(
        self,
        log: JourneyLog,
        *,
        steps: int,
        named: int,
        anchor: str | None,
        ends: tuple[str, ...],
        min_n: int,
    ) -> View:
        """The same as :func:`cxlens.stages.journeys.flow.flow`, from counts where they hold what is asked for."""
        if steps > STEPS or not is_quick(log):
            return flow(log, steps=steps, named=named, anchor=anchor, ends=ends, min_n=min_n)
        asked = Asked(log, steps, named, anchor, ends, min_n)
        check_asked(asked)
        cube = self.cube(log)
        place = START if anchor is None else log.touchpoints.index(anchor)
        names, pools = pooled(log.touchpoints, cube.reached[place], named)
        ways = cube.flows(place, steps, pools)
        counted = Counted(
            names=names,
            flows=ways,
            people=ways.n,
            journeys=np.ones(cube.journeys[place], np.int64),
            is_dated=log.open_journeys(ends) is not None,
        )
        return told(counted, asked)


def is_quick(log: JourneyLog) -> bool:
    """Whether counts answer for a log: each customer has one journey, and touchpoints are few enough."""
    return log.n == log.n_customers and len(log.touchpoints) <= TOUCHPOINTS
