"""What the verbs of journeys and their sides take on millions of events, one after the other in one process.

``python benchmarks/journey_sides.py [EVENTS]`` uses the events of ``flow_widget.py``. What one side fetched the next
ones have, so that the order matters. With ``ends_at`` of an order customers have several journeys.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flow_widget import timed, with_kinds
from journeys import EVENTS

import cxlens as cx


def main(events: int = EVENTS) -> None:
    """Print the tables."""
    path = with_kinds(events)
    for ends in ((), ("Order",)):
        print(f"\n| {events:,} events, ends_at={ends} | seconds | processor seconds |\n| --- | --: | --: |", flush=True)
        measure(path, ends)


def measure(path: Path, ends: tuple[str, ...]) -> None:
    """Print a row a side."""
    roles = {"customer": "customer", "touchpoint": "touchpoint", "time": "time", "outcome": "outcome"}
    log = timed("`cx.JourneyLog`", lambda: cx.JourneyLog(path, **roles, segments=["kind"], ends_at=ends))
    plan = cx.Journey("Order", ["Advert", "Web", "Order", "Delivery"])
    paths = timed("`cx.paths`", lambda: cx.paths(log, plan=plan))
    timed("`.where`", lambda: log.where({"kind": "kind 1"}))
    timed("`.flow`", paths.flow)
    timed("`.times`", paths.times)
    timed("`.follows`", paths.follows)
    timed("`.rework`", paths.rework)
    timed("`.around`", lambda: paths.around("Web"))
    timed("`.planned`", paths.planned)
    timed("`cx.funnel`", lambda: cx.funnel(log, ["Web", "Order", "Delivery"]))
    timed("`cx.attribution`", lambda: cx.attribution(log))


if __name__ == "__main__":
    main(*[int(given) for given in sys.argv[1:]])
