"""Who goes where from step to step: a side of the ways customers take.

Counting is done in :mod:`cxlens.engine.journey_flow`, the picture is drawn in :mod:`.flow_chart`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import closest_percent, plural
from cxlens.engine import journeys as engine
from cxlens.engine.journey_flow import Flows, flows, from_first, meet
from cxlens.errors import ValuesError, check_known
from cxlens.stages.journeys.by_customer import shares_of_all
from cxlens.study.journeys import END, JourneyLog

Flags = NDArray[np.bool_]
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


class _Part(NamedTuple):
    """Journeys, or those that meet an anchor from there on, with the rarest touchpoints pooled under one name."""

    events: engine.SortedEvents
    is_open: Flags | None
    names: list[str]


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
    _check_number("steps", steps)
    _check_number("touchpoints", named, option="named")
    if anchor is not None:
        check_known("anchor: touchpoint", [anchor], log.touchpoints, "Touchpoints")
    part = _part(log, named, anchor, ends)
    if part.events.n_customers < min_n:
        raise ValuesError(
            f"Fewer than {min_n} {_who(part.events)} meet {anchor!r}, which are hidden to protect people: nothing is "
            "left to show. Choose another anchor."
        )
    counted = flows(part.events, steps, part.is_open)
    table = _table(part, counted, _rounded(part, counted, steps, min_n))

    asked = Asked(log, steps, named, anchor, ends, min_n)

    def again(other: JourneyLog) -> View:
        return flow(other, steps=steps, named=named, anchor=anchor, ends=ends, min_n=min_n)

    finding = _finding(between_two(table, log.touchpoints), part.events.n_journeys)
    return View("journeys/flow", table, finding, _note(part, anchor, min_n), asked, again=again)


def _check_number(things: str, number: object, option: str = "") -> None:
    """Refuse what is no number of things to show."""
    if not isinstance(number, int | np.integer) or number < 1:
        name = option or things
        raise ValuesError(f"{name}={number!r} is not a number of {things}. Give a whole number of 1 or more.")


def _part(log: JourneyLog, named: int, anchor: str | None, ends: tuple[str, ...]) -> _Part:
    """The journeys to be shown, and the names of their touchpoints."""
    events = log.rows()
    is_open = log.open_journeys(ends)
    if anchor is not None:
        code = log.touchpoints.index(anchor)
        meets = meet(events, code)
        events = from_first(events, code)
        is_open = None if is_open is None else is_open[meets]
    reached = np.bincount(events.code[events.first], minlength=len(log.touchpoints))
    met_most = np.sort(np.argsort(-reached, kind="stable")[:named])
    names = [log.touchpoints[code] for code in met_most]
    others = np.setdiff1d(np.flatnonzero(reached), met_most)
    pools = np.full(len(log.touchpoints), len(names))
    pools[met_most] = np.arange(len(names))
    if len(others):
        names.append(f"({plural(len(others), 'other touchpoint')})")
    return _Part(engine.rename(events, pools), is_open, names)


def _rounded(part: _Part, counted: Flows, steps: int, min_n: int) -> Counts:
    """Numbers of journeys to be told: multiples of a unit, 0 where it is nearer or where few people are counted.

    Who is where at each step, and what follows what, is told exactly by other tables; with their differences even a
    large flow would tell of a small one. A multiple of twice as many people as may be told leaves each in the dark.
    """
    if min_n <= 1:
        return counted.n
    one_of_each = engine.is_counted(part.events, min_n, part.is_open)
    is_open = None if part.is_open is None else part.is_open[one_of_each]
    of_people = flows(engine.take_journeys(part.events, one_of_each), steps, is_open)
    keys = ["step", "origin", "target"]
    cells = pd.DataFrame(counted._asdict())[keys]
    people = pd.DataFrame(of_people._asdict())[[*keys, "n"]]
    of_cell = cells.merge(people, "left", keys)["n"].fillna(0)
    unit = _unit(part.events, min_n)
    rounded = np.minimum(np.rint(counted.n / unit) * unit, part.events.n_journeys)
    return np.where(of_cell >= min_n, rounded, 0).astype(np.int64)


def _unit(events: engine.SortedEvents, min_n: int) -> int:
    """Journeys of which told numbers are multiples: those of twice ``min_n`` customers, and at least 1 in 100."""
    journeys_each = events.n_journeys / events.n_customers
    return max(int(np.ceil(2 * min_n * journeys_each)), events.n_journeys // 100)


def _table(part: _Part, counted: Flows, told: Counts) -> pd.DataFrame:
    """One row a flow, step by step in the order of the touchpoints, ends last."""
    journeys = np.bincount(part.events.owner)
    scale = told / counted.n
    low, high = shares_of_all(told, counted.squares * scale**2, counted.with_all * scale, journeys)
    origins = np.array(part.names, object)
    targets = np.array([*part.names, GOES_ON, END], object)  # OPEN and EDGE count from the end
    in_order = np.where(counted.target < 0, len(part.names) - counted.target, counted.target)
    table = pd.DataFrame(
        {
            "step": counted.step,
            "touchpoint": origins[counted.origin],
            "next": targets[counted.target],
            "share": told / part.events.n_journeys,
            "low": low,
            "high": high,
        }
    )
    rows = np.lexsort([in_order, counted.origin, counted.step])
    in_rows = table.iloc[rows]
    return in_rows[in_rows["share"] > 0].reset_index(drop=True)


def between_two(ways: pd.DataFrame, touchpoints: Sequence[str]) -> pd.DataFrame:
    """The flows from a touchpoint to another: not to an end, neither from nor to those that are pooled."""
    return ways[ways["touchpoint"].isin(touchpoints) & ways["next"].isin(touchpoints)]


def _finding(ways: pd.DataFrame, n: int) -> Finding:
    """The widest way from a touchpoint to the next."""
    if ways.empty:
        return Finding("No way from a touchpoint to the next is that of enough people to be told")
    widest = ways.nlargest(1, "share").iloc[0]
    low, high = closest_percent(widest["low"]), closest_percent(widest["high"])
    return Finding(
        lead=f"The widest way leads from {widest['touchpoint']} (step {widest['step']}) to {widest['next']}:",
        figure=f"{closest_percent(widest['share'])} of {plural(n, 'journey')}",
        interval=f"[{low}, {high}]",
    )


def _note(part: _Part, anchor: str | None, min_n: int) -> str:
    """What shares are of, how they are rounded, and what is missing."""
    whole = "all journeys" if anchor is None else f"the journeys that meet {anchor}, from their first meeting on"
    goes_on = "" if part.is_open is None else f" {GOES_ON}: the last event so far of a journey that is still open."
    rounded = ""
    if min_n > 1:
        unit = plural(_unit(part.events, min_n), "journey")
        rounded = f" Rounded to {unit}, so that nobody can be worked out; flows nearer to none are missing."
    return f"share: of {whole}; intervals 95 %, by customer where these have several journeys.{goes_on}{rounded}"


def _who(events: engine.SortedEvents) -> str:
    """What counts are hidden by: people, who are journeys where each has one."""
    return "journeys" if events.n_journeys == events.n_customers else "customers"
