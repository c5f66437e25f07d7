"""Who goes where from step to step: a side of the ways customers take.

Counting is done in :mod:`cxlens.engine.journey_flow`, the picture is drawn in :mod:`.flow_chart`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import closest_percent, count, plural
from cxlens.engine.journey_flow import START, Flows, anchored, flows
from cxlens.errors import ValuesError, check_count, check_known
from cxlens.stages.journeys.by_customer import shares_of_all
from cxlens.stages.journeys.groups import NAMED, clearly_first, span
from cxlens.study.journeys import END, JourneyLog

Counts = NDArray[np.int64]
GOES_ON = "(may go on)"


class Asked(NamedTuple):
    """Of what flows were asked for, and how."""

    log: JourneyLog
    steps: int
    named: int
    anchor: str | None
    ends: tuple[str, ...]
    min_n: int
    left_out: int = 0  # flows of a smaller share than is drawn


class Counted(NamedTuple):
    """Flows between ``names``, the rarest touchpoints pooled under the last one, and whose they are.

    ``journeys`` are those of each customer; ``is_dated`` says whether some may go on.
    """

    names: list[str]
    flows: Flows
    journeys: Counts
    is_dated: bool

    @property
    def n_journeys(self) -> int:
        """Of how many journeys the flows are."""
        return int(self.journeys.sum())


def flow(
    log: JourneyLog,
    *,
    steps: int,
    named: int,
    anchor: str | None,
    ends: tuple[str, ...],
    min_n: int,
) -> View:
    """Count who goes where from step to step.

    See :meth:`cxlens.stages.journeys.paths.Paths.flow`.
    """
    asked = Asked(log, steps, named, anchor, ends, min_n)
    check_asked(asked)
    return told(counted_anew(asked), asked)


def check_asked(asked: Asked) -> None:
    """Refuse what cannot be asked for."""
    check_count("steps", asked.steps, "steps")
    check_count("named", asked.named, "touchpoints")
    if asked.anchor is not None:
        check_known("anchor: touchpoint", [asked.anchor], asked.log.touchpoints, "Touchpoints")


def told(counted: Counted, asked: Asked) -> View:
    """What is told of flows: rounded, and none of few people."""
    min_n = asked.min_n
    if len(counted.journeys) < min_n:
        raise ValuesError(
            f"Fewer than {min_n} {_who(counted)} meet {asked.anchor!r}, which are hidden to protect people: nothing is "
            "left to show. Choose another anchor."
        )
    table = _table(counted, _rounded(counted, min_n))

    def again(other: JourneyLog) -> View:
        return flow(
            other,
            steps=asked.steps,
            named=asked.named,
            anchor=asked.anchor,
            ends=asked.ends,
            min_n=min_n,
        )

    finding = _finding(between_two(table, asked.log.touchpoints), counted.n_journeys, asked.anchor)
    return View("journeys/flow", table, finding, _note(counted, asked.anchor, min_n), asked, again=again)


def of_share(view: View, least: float) -> View:
    """The same view without flows of a smaller share; its record tells how many they are."""
    is_drawn = view.table["share"] >= least
    if is_drawn.all():
        return view
    record = view.record._replace(left_out=int((~is_drawn).sum()))
    return replace(view, table=view.table[is_drawn].reset_index(drop=True), record=record)


def counted_anew(asked: Asked) -> Counted:
    """The flows of the journeys to be shown."""
    log = asked.log
    events = log.rows()
    is_open = log.open_journeys(asked.ends)
    some = anchored(events, START if asked.anchor is None else log.touchpoints.index(asked.anchor))
    names, pools = pooled(log.touchpoints, some.reached, asked.named)
    return Counted(
        names=names,
        flows=flows(events, some, asked.steps, pools, asked.min_n, is_open),
        journeys=np.bincount(some.owners(events)),
        is_dated=is_open is not None,
    )


def pooled(touchpoints: Sequence[str], reached: Counts, named: int) -> tuple[list[str], Counts]:
    """The names of the touchpoints that most journeys meet, all others being one; and the place there of each."""
    met_most = np.sort(np.argsort(-reached, kind="stable")[:named])
    names = [touchpoints[code] for code in met_most]
    others = np.setdiff1d(np.flatnonzero(reached), met_most)
    pools = np.full(len(touchpoints), len(names))
    pools[met_most] = np.arange(len(names))
    if len(others):
        names.append(f"({plural(len(others), 'other touchpoint')})")
    return names, pools


def _rounded(counted: Counted, min_n: int) -> Counts:
    """Numbers of journeys to be told: multiples of a unit, 0 where it is nearer or where few people are counted.

    Who is where at each step, and what follows what, is told exactly by other tables; with their differences even a
    large flow would tell of a small one. A multiple of twice as many people as may be told leaves each in the dark.
    """
    n = counted.flows.n
    if min_n <= 1:
        return n
    unit = rounding_unit(counted.n_journeys, len(counted.journeys), min_n)
    rounded = np.minimum(np.rint(n / unit) * unit, counted.n_journeys)
    return np.where(counted.flows.people >= min_n, rounded, 0).astype(np.int64)


def rounding_unit(journeys: int, customers: int, min_n: int) -> int:
    """Journeys of which told numbers are multiples: those of twice ``min_n`` customers, and at least 1 in 100."""
    return max(int(np.ceil(2 * min_n * journeys / customers)), journeys // 100)


def _table(counted: Counted, numbers: Counts) -> pd.DataFrame:
    """One row a flow, step by step in the order of the touchpoints, ends last."""
    names, ways = counted.names, counted.flows
    scale = numbers / ways.n
    low, high = shares_of_all(numbers, ways.squares * scale**2, ways.with_all * scale, counted.journeys)
    origins = np.array(names, object)
    targets = np.array([*names, GOES_ON, END], object)  # OPEN and EDGE count from the end
    in_order = np.where(ways.target < 0, len(names) - ways.target, ways.target)
    table = pd.DataFrame(
        {
            "step": ways.step,
            "touchpoint": origins[ways.origin],
            "next": targets[ways.target],
            "share": numbers / counted.n_journeys,
            "low": low,
            "high": high,
        }
    )
    rows = np.lexsort([in_order, ways.origin, ways.step])
    in_rows = table.iloc[rows]
    return in_rows[in_rows["share"] > 0].reset_index(drop=True)


def between_two(ways: pd.DataFrame, touchpoints: Sequence[str]) -> pd.DataFrame:
    """The flows from a touchpoint to another: not to an end, neither from nor to those that are pooled."""
    return ways[ways["touchpoint"].isin(touchpoints) & ways["next"].isin(touchpoints)]


def _finding(ways: pd.DataFrame, n: int, anchor: str | None) -> Finding:
    """The widest way from a touchpoint to the next, or those that may be."""
    if ways.empty and anchor is not None:
        return Finding(f"After {anchor}, no touchpoint is met by enough people to be told")
    if ways.empty:
        return Finding("No way from a touchpoint to the next is that of enough people to be told")
    level, is_clear = clearly_first(ways.assign(n=n))
    widest = level.iloc[0]
    if is_clear:
        return Finding(
            lead=f"The widest way leads from {widest['touchpoint']} (step {widest['step']}) to {widest['next']}:",
            figure=f"{closest_percent(widest['share'])} of {plural(n, 'journey')}",
            interval=span(widest),
            certainty="clearly most",
        )
    items = [
        Item(
            f"{way['touchpoint']} (step {way['step']}) to {way['next']}",
            closest_percent(way["share"]),
            span(way),
        )
        for _, way in level.head(NAMED).iterrows()
    ]
    return Finding(
        "The widest ways, with no clear first",
        items=items,
        more=[f"{count(len(level))} ways may be first"],
        n=plural(n, "journey"),
    )


def _note(counted: Counted, anchor: str | None, min_n: int) -> str:
    """What shares are of, how they are rounded, and what is missing."""
    whole = "all journeys" if anchor is None else f"the journeys that meet {anchor}, from their first meeting on"
    goes_on = f" {GOES_ON}: the last event so far of a journey that is still open." if counted.is_dated else ""
    rounded = ""
    if min_n > 1:
        unit = plural(rounding_unit(counted.n_journeys, len(counted.journeys), min_n), "journey")
        rounded = f" Rounded to {unit}, so that nobody can be worked out; flows nearer to none are missing."
    return f"share: of {whole}; intervals 95 %, by customer where these have several journeys.{goes_on}{rounded}"


def _who(counted: Counted) -> str:
    """What counts are hidden by: people, who are journeys where each has one."""
    return "journeys" if counted.n_journeys == len(counted.journeys) else "customers"
