"""Sides of journeys and funnels: are segments told apart that do not differ, and do intervals hold the truth?

``python benchmarks/simulate_ways.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of its runs,
each with a seed of its own. All segments are drawn alike; customers have one journey, or four with habits of their own.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.journeys.paths import Paths

RUNS = 1_000
STOPS = np.array(["Web", "Shop", "Call", "Mail", "Order"])
KINDS = np.array(["x", "y", "z"])
SIZES = ((150, 1), (400, 1), (100, 4))  # customers, journeys of each
DAYS = 100  # from one journey to the next
TRUTH = 0.5  # of journeys on the web an order follows
PLAN = cx.Journey("Order", ["Web", "Shop", "Order"])


class Told(NamedTuple):
    """What is said of one log: whether each side tells segments apart, and whether intervals hold the truth."""

    times: bool
    follows: bool
    rework: bool
    around: bool
    funnel: bool
    planned: bool
    first: bool
    deviating: bool
    conversion_held: bool
    window_held: bool


def events_of(customers: int, each: int, seed: int) -> pd.DataFrame:
    """Journeys that begin on the web, then some stops, then an order in half of them; a score at each."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(KINDS, customers)
    habit = rng.beta(1, 1, customers) if each > 1 else np.full(customers, TRUTH)
    rows = []
    for who in range(customers):
        mood = rng.normal()
        for journey in range(each):
            middle = rng.choice(STOPS[1:4], rng.integers(1, 5)).tolist()
            met = ["Web", *middle, *(["Order"] if rng.random() < habit[who] else [])]
            hours = rng.exponential(20, len(met)).cumsum()
            for nr, (name, hour) in enumerate(zip(met, hours, strict=True)):
                rows.append((who, kind[who], name, 24 * DAYS * journey + hour, nr, 3 + mood + rng.normal()))
    frame = pd.DataFrame(rows, columns=["who", "kind", "met", "hour", "nr", "felt"])
    last = pd.DataFrame({"who": [customers], "kind": None, "met": "Mail", "hour": 24.0 * DAYS * each, "nr": 0})
    return pd.concat([frame, last], ignore_index=True)


def told(customers: int, each: int, seed: int) -> Told:
    """What is told of one log."""
    events = events_of(customers, each, seed)
    events["at"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(events["hour"].round(3), unit="h")
    log = cx.JourneyLog(
        events, customer="who", touchpoint="met", time="at", gap="30 days", segments=["kind"], score="felt"
    )
    ways = cx.paths(log, plan=PLAN, min_n=1)
    by = {
        "times": ways.times("kind"),
        "follows": ways.follows("kind"),
        "rework": ways.rework(by="kind"),
        "around": ways.around("Shop", by="kind"),
        "planned": ways.planned("kind"),
    }
    funnel = cx.funnel(log, ["Web", "Order"], by="kind", min_n=1)
    of_all = cx.funnel(log, ["Web", "Order"], min_n=1).table.iloc[0]
    windowed = cx.funnel(log, ["Web", "Order"], min_n=1, window="25 days").table.iloc[0]
    return Told(
        **{name: bool(view.finding.items) for name, view in by.items()},
        funnel=bool(funnel.finding.items),
        first=_false_first(ways),
        deviating=bool(ways.planned().finding.caution),
        conversion_held=bool(of_all["next_low"] <= TRUTH <= of_all["next_high"]),
        window_held=bool(windowed["next_low"] <= TRUTH <= windowed["next_high"]),
    )


def _false_first(ways: Paths) -> bool:
    """Whether one of the three middle stops, which are alike, is clearly met again most."""
    table = ways.rework().table
    middle = table[table["touchpoint"].isin(STOPS[1:4])].sort_values("share", ascending=False)
    return bool(middle["low"].iloc[0] > middle["high"].iloc[1])


def share(made: list[bool]) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    flags = np.asarray(made, float)
    return f"{100 * flags.mean():.1f} +- {100 * flags.std() / np.sqrt(len(flags)):.1f}"


def main(part: float) -> None:
    """The table."""
    runs = max(int(RUNS * part), 4)
    print(f"| customers, journeys each | {' | '.join(name.replace('_', ' ') for name in Told._fields)} |")
    print("|---" * (len(Told._fields) + 1) + "|")
    for customers, each in SIZES:
        made = zip(*(told(customers, each, seed) for seed in range(runs)), strict=True)
        columns = " | ".join(share(list(column)) for column in made)
        print(f"| {customers}, {each} | {columns} |", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
