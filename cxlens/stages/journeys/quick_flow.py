"""Flows for a widget: counted once a segment, or once an anchor, so that an answer only pools and rounds.

What flows tell belongs to :mod:`.flow`, which answers, too, what the counts do not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from threading import RLock, Thread
from time import monotonic, sleep
from typing import Any

import numpy as np

from cxlens.common.result import View
from cxlens.engine.journey_cube import FlowCube, flow_cube
from cxlens.engine.journey_flow import START
from cxlens.errors import CxlensError
from cxlens.stages.journeys.flow import Asked, Counted, check_asked, counted_anew, pooled, told
from cxlens.study.controls import part_of
from cxlens.study.journeys import JourneyLog

SEGMENTS = 20  # that are counted before anybody asks
AHEAD = "flows counted ahead"  # a thread
PAUSE = 3.0  # seconds in which nothing is counted ahead, once somebody asks: longer than an answer takes
STEPS = 10  # from each anchor on; more are counted anew
TOUCHPOINTS = 40  # each an anchor; where there are more, each anchor is counted when it is asked for


class QuickFlows:
    """The journeys of each segment, and the counts that answers follow from, kept once they are made."""

    def __init__(self, log: JourneyLog, ends: tuple[str, ...]) -> None:
        self._log = log
        self._ends = ends
        self._parts: dict[Any, JourneyLog] = {}
        self._cubes: dict[JourneyLog, FlowCube] = {}
        self._anew: dict[Asked, Counted] = {}
        self._lock = RLock()  # nothing is counted twice
        self._asked_at = -PAUSE

    def count_ahead(self, segments: Iterable[Any], asked: Asked) -> Thread:
        """Count segments in the background, so that each is there when it is chosen."""
        thread = Thread(target=self._count, args=[list(segments), asked], name=AHEAD, daemon=True)
        thread.start()
        return thread

    def _count(self, segments: list[Any], asked: Asked) -> None:
        """Count segments one after the other."""
        for segment in segments:
            with suppress(CxlensError):
                self._let_go_first()
                part = self._part(segment)
                self._let_go_first()
                self.count(asked._replace(log=part, ends=self.ends(part)))

    def _let_go_first(self) -> None:
        """Wait while somebody waits for an answer."""
        while monotonic() < self._asked_at + PAUSE:
            sleep(PAUSE / 30)

    def count(self, asked: Asked) -> None:
        """Count what is asked for: flows from every anchor on, or those alone."""
        if is_quick(asked.log):
            self.cube(asked.log)
        else:
            check_asked(asked)
            self.counted(asked)

    def part(self, segment: Any) -> JourneyLog:
        """The journeys of everyone, or of the segment that a control names: somebody asks."""
        self._asked_at = monotonic()
        return self._part(segment)

    def _part(self, segment: Any) -> JourneyLog:
        """The same, kept."""
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

    def counted(self, asked: Asked) -> Counted:
        """Flows of ten steps of what counts of every anchor do not tell, kept for when they are asked for again."""
        whole = asked._replace(steps=STEPS)
        if whole not in self._anew:
            with self._lock:
                if whole not in self._anew:
                    self._anew[whole] = counted_anew(whole)
        counted = self._anew[whole]
        return counted._replace(flows=counted.flows.first(asked.steps))

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
        asked = Asked(log, steps, named, anchor, ends, min_n)
        check_asked(asked)
        if steps > STEPS:
            return told(counted_anew(asked), asked)
        counted = self._pooled(asked) if is_quick(log) else self.counted(asked)
        return told(counted, asked)

    def _pooled(self, asked: Asked) -> Counted:
        """Flows from counts of every anchor."""
        log = asked.log
        cube = self.cube(log)
        place = START if asked.anchor is None else log.touchpoints.index(asked.anchor)
        names, pools = pooled(log.touchpoints, cube.reached[place], asked.named)
        return Counted(
            names=names,
            flows=cube.flows(place, asked.steps, pools),
            journeys=np.ones(cube.journeys[place], np.int64),
            is_dated=log.open_journeys(asked.ends) is not None,
        )


def is_quick(log: JourneyLog) -> bool:
    """Whether counts of all anchors answer: each customer has one journey, and touchpoints are few enough.

    Elsewhere the squares of a customer's own numbers, or the touchpoints that are told apart, differ by what is asked.
    """
    return log.n == log.n_customers and len(log.touchpoints) <= TOUCHPOINTS
