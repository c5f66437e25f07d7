"""Where journeys go and end: is a stop told to be first where none is, and do intervals of shares hold the truth?

``python benchmarks/simulate_episodes.py [SHARE]`` prints the table of benchmarks/README.md, with SHARE (1) of its runs,
each with a seed of its own. Each journey begins on the web and ends there, or at one of three other touchpoints: all
four are as likely over all customers, and each customer has habits. Where customers have one journey each these show
in nothing.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.journeys.ends import is_clearly_more
from cxlens.stats.intervals import wilson

RUNS = 1_000
STOPS = ("Web", "Shop", "Call", "Mail")
HABITS = {"none": 1e6, "some": 1.0, "strong": 0.2}  # concentration of each customer's own chances
SIZES = ((200, 1), (50, 4), (200, 2), (200, 8))  # customers, journeys of each
DAYS = 100  # from one journey to the next


class Told(NamedTuple):
    """Whether a stop is told to be clearly first, and whether the share that ends on the web is in its interval.

    Then whether the share of departures from the web that go to the shop is (``move``). Each as :func:`cxlens.paths`
    says it, then as it would be if journeys were no customer's.
    """

    clear: bool
    clear_by_journeys: bool
    held: bool
    held_by_journeys: bool
    move_held: bool
    move_held_by_journeys: bool


def journeys(customers: int, each: int, habit: str, seed: int) -> cx.JourneyLog:
    """Events of customers with habits, the last of all long after the others, so that no journey is open."""
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(len(STOPS), HABITS[habit]), customers)
    chosen = (rng.random((customers, each, 1)) > chances.cumsum(axis=1)[:, None, :-1]).sum(axis=2)
    who, nr = np.indices(chosen.shape).reshape(2, -1)
    first = pd.DataFrame({"who": who, "met": STOPS[0], "day": DAYS * nr})
    second = pd.DataFrame({"who": who, "met": np.array(STOPS)[chosen.ravel()], "day": DAYS * nr + 1})
    watcher = pd.DataFrame({"who": [customers], "met": "Mail", "day": DAYS * each})
    events = pd.concat([first, second[second["met"] != STOPS[0]], watcher], ignore_index=True)
    events["at"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(events["day"], unit="D")
    return cx.JourneyLog(events, customer="who", touchpoint="met", time="at", gap="30 days")


def told(customers: int, each: int, habit: str, seed: int) -> Told:
    """What is told of one log."""
    result = cx.paths(journeys(customers, each, habit, seed), min_n=1)
    ends = result.drop_off.set_index("touchpoint")
    most, second = ends["ended"].astype(int).nlargest(2)
    web = ends.loc["Web"]
    by_journeys = wilson(int(web["ended"]), int(web["reached"] - web["open"]))
    moves = result.table.set_index(["touchpoint", "next"])
    departures = int(moves.loc["Web", "n"].sum())
    move = moves.loc[("Web", "Shop")]
    return Told(
        clear=result.finding.certainty == "clearly most",
        clear_by_journeys=bool(is_clearly_more(most, second)),
        held=holds(web["low"], web["high"]),
        held_by_journeys=holds(*by_journeys),
        move_held=holds(move["low"], move["high"]),
        move_held_by_journeys=holds(*wilson(int(move["n"]), departures)),
    )


def held_to_and_fro(habit: str, seed: int) -> bool:
    """Whether a transition's interval holds its share where each of 200 customers has one journey, to and fro.

    Each leaves the web eight times, to the shop or to a call by a habit of their own, and comes back.
    """
    rng = np.random.default_rng(seed)
    chances = rng.beta(HABITS[habit], HABITS[habit], (200, 1))
    met = np.full((200, 16), "Web", "<U4")
    met[:, 1::2] = np.where(rng.random((200, 8)) < chances, "Shop", "Call")
    who, nr = np.indices(met.shape).reshape(2, -1)
    events = pd.DataFrame({"who": who, "met": met.ravel(), "nr": nr})
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    move = cx.paths(log, min_n=1).table.set_index(["touchpoint", "next"]).loc[("Web", "Shop")]
    return bool(move["low"] <= 1 / 2 <= move["high"])


def holds(low: float, high: float) -> bool:
    """Whether an interval holds the share of each of the stops."""
    return bool(low <= 1 / len(STOPS) <= high)


def share(made: list[bool]) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    flags = np.asarray(made, float)
    return f"{100 * flags.mean():.1f} +- {100 * flags.std() / np.sqrt(len(flags)):.1f}"


def main(part: float) -> None:
    """The table."""
    runs = max(int(RUNS * part), 4)
    heads = ("a clear first", "drop-off held", "transition held")
    print(f"| habits | customers, journeys each | {' | '.join(f'{head} | by journeys' for head in heads)} |")
    print("|---" * (2 + len(Told._fields)) + "|")
    for habit in HABITS:
        for customers, each in SIZES:
            made = zip(*(told(customers, each, habit, seed) for seed in range(runs)), strict=True)
            columns = " | ".join(share(list(column)) for column in made)
            print(f"| {habit} | {customers}, {each} | {columns} |", flush=True)
    print("\n| habits, one journey to and fro | transition held |\n|---|---|")
    for habit in HABITS:
        print(f"| {habit} | {share([held_to_and_fro(habit, seed) for seed in range(runs)])} |", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
