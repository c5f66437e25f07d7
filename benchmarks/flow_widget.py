"""The widget of flows: what opening it takes, and an answer to each control, beside flows counted anew.

``python benchmarks/flow_widget.py [EVENTS]`` uses the simulated events of ``journeys.py`` with three kinds of customers
drawn at random. Seconds are the machine's: its load is printed beside them.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from journeys import EVENTS, FOLDER, write_events

import cxlens as cx
from cxlens.common import pictures
from cxlens.stages.journeys.quick_flow import AHEAD, QuickFlows


def with_kinds(events: int) -> Path:
    """The file, written the first time."""
    path = FOLDER / f"{events}-kinds.parquet"
    if not path.exists():
        plain = write_events(FOLDER / f"{events}.parquet", events)
        query = f"SELECT *, 'kind ' || hash(customer) % 3 AS kind FROM '{plain}'"  # noqa: S608  our path
        duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def timed(step: str, work: Callable[[], Any]) -> Any:
    """Do some work, and print what it took."""
    began, worked = time.perf_counter(), time.process_time()
    made = work()
    print(f"| {step} | {time.perf_counter() - began:.3f} | {time.process_time() - worked:.3f} |", flush=True)
    return made


def wait_for_counts() -> None:
    """Until the segments are counted that are counted ahead."""
    for thread in threading.enumerate():
        if thread.name == AHEAD:
            thread.join()


def log_of(path: Path, ends: tuple[str, ...] = ()) -> cx.JourneyLog:
    """The events; with ends of journeys customers have several."""
    return cx.JourneyLog(
        path,
        customer="customer",
        touchpoint="touchpoint",
        time="time",
        outcome="outcome",
        segments=["kind"],
        ends_at=ends,
    )


def choose_what_is_not_counted(log: cx.JourneyLog) -> None:
    """Print what it takes to answer about a segment, then about another anchor, of which nothing is there yet."""
    words = "several journeys a customer" if log.n > log.n_customers else "one journey a customer"
    log.open_journeys(())
    quick = QuickFlows(log, ())
    asked = {"steps": 6, "named": 8, "ends": (), "min_n": 5}
    kind = ("kind", "kind 1")
    timed(f"{words}: a segment not counted yet", lambda: quick.flow(quick.part(kind), anchor=None, **asked))
    timed(f"{words}: its next anchor", lambda: quick.flow(quick.part(kind), anchor="Web", **asked))


def main(events: int = EVENTS) -> None:
    """Print the table."""
    path = with_kinds(events)
    print(f"load {os.getloadavg()[0]:.1f}\n\n| {events:,} events | seconds | processor seconds |\n| --- | --: | --: |")
    log = log_of(path)
    paths = timed("`cx.paths(log)`", lambda: cx.paths(log))
    view = timed("`.flow()`", paths.flow)
    timed('`.flow(anchor="Web")`', lambda: paths.flow(anchor="Web"))
    timed("the picture alone", lambda: pictures.picture(view))
    explorer = timed("`.explore()`, counts and picture", view.explore)
    timed("segments, in the background", wait_for_counts)
    choices = [
        ("anchor", "Web"),
        ("steps", 10),
        ("named", 4),
        ("least", 5),
        ("segment", ("kind", "kind 1")),
        ("anchor", "Shop"),
        ("segment", ("kind", "kind 2")),
        ("segment", ("kind", "kind 1")),
    ]
    for name, value in choices:
        words = f"{name}: {value[1] if isinstance(value, tuple) else value}"
        timed(f"{words}, with picture", lambda: setattr(explorer.controls[name], "value", value))  # noqa: B023  called at once
        quick = explorer._verb
        timed(f"{words}, the answer alone", lambda: quick(explorer.data, **explorer.params))  # noqa: B023
    choose_what_is_not_counted(log)
    choose_what_is_not_counted(log_of(path, ("Order",)))
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"\nload {os.getloadavg()[0]:.1f}, peak memory {gigabytes:.2f} GB")


if __name__ == "__main__":
    main(*[int(given) for given in sys.argv[1:]])
