"""Credit for conversions: do intervals hold the truth, and is a lead or a difference told where there is none?

``python benchmarks/simulate_credit.py [SHARE]`` prints the table of benchmarks/README.md, with SHARE (1) of its runs,
each with a seed of its own. Customers meet touchpoints one after the other, from each to the next by chances of the
log; the true credit is that of 100,000 customers. For claims all touchpoints are alike, and both groups.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

import cxlens as cx

RUNS = 1_000
RULES = ("first", "last", "linear", "markov", "shapley")
SIZES = (60, 200, 800)  # customers
MANY = 100_000
MEETS = np.array([[0.3, 0.1, 0.1], [0.2, 0.2, 0.1], [0.1, 0.3, 0.1]])  # from each of three touchpoints to each
BUYS = np.array([0.1, 0.2, 0.4])  # chance to convert after each, as the way ends
BEGINS = np.array([0.6, 0.3, 0.1])


class Told(NamedTuple):
    """For each rule: the share of intervals that hold the truth, whether a lead is clear, whether groups differ."""

    held: list[float]
    leads: list[bool]
    differs: list[bool]


def journeys(n: int, seed: int, *, alike: bool = False) -> cx.JourneyLog:
    """A log of customers; ``alike``: from anywhere to anywhere with the same chances."""
    rng = np.random.default_rng(seed)
    meets, begins, buys = MEETS, BEGINS, BUYS
    if alike:
        meets, begins, buys = np.full((3, 3), 0.2), np.full(3, 1 / 3), np.full(3, 0.3)
    steps = [rng.choice(3, n, p=begins)]
    while (steps[-1] >= 0).any():
        u = rng.random(n)
        at = steps[-1]
        following = (u[:, None] > meets[at].cumsum(axis=1)).sum(axis=1)
        steps.append(np.where((at < 0) | (following > 2), -1, following))
    met = np.column_stack(steps)
    last = met[np.arange(n), (met >= 0).sum(axis=1) - 1]
    bought = rng.random(n) < buys[last]
    who, nr = np.nonzero(met >= 0)
    group = rng.integers(0, 2, n)
    events = pd.DataFrame({"who": who, "nr": nr, "met": np.array(list("abc"))[met[who, nr]], "group": group[who]})
    events["bought"] = bought[who].astype(int)
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="bought", segments=["group"])


def shares(log: cx.JourneyLog, n_boot: int) -> pd.DataFrame:
    """Share and interval of each rule and touchpoint."""
    table = cx.attribution(log, order=1, n_boot=n_boot, min_n=1).table
    return table.set_index(["rule", "touchpoint"]).sort_index()


def told(n: int, seed: int, truth: pd.Series, n_boot: int = 200) -> Told:
    """What is told of one log, and of one in which nothing differs."""
    found = shares(journeys(n, seed), n_boot)
    inside = (found["low"] <= truth) & (truth <= found["high"])
    null = journeys(n, seed, alike=True)
    tops = {top.rule: top.is_clear for top in cx.attribution(null, order=1, n_boot=n_boot, min_n=1).tops}
    groups = cx.attribution(null, order=1, n_boot=n_boot, min_n=1, by="group").differences
    clear = (groups["q_value"] < 0.05).groupby(groups["rule"]).any()
    return Told(
        held=inside.groupby("rule").mean().loc[list(RULES)].tolist(),
        leads=[tops[rule] for rule in RULES],
        differs=[bool(clear.get(rule, False)) for rule in RULES],
    )


def share(made: list[float]) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    figures = np.asarray(made, float)
    return f"{100 * figures.mean():.1f} +- {100 * figures.std() / np.sqrt(len(figures)):.1f}"


def main(part: float) -> None:
    """The table."""
    runs = max(int(RUNS * part), 4)
    truth = shares(journeys(MANY, 0), 2)["share"]
    print("| customers | rule | interval held | a clear lead where none is | groups told to differ where none do |")
    print("|---|---|---|---|---|")
    for n in SIZES:
        made = [told(n, 1 + seed, truth) for seed in range(runs)]
        for place, rule in enumerate(RULES):
            columns = " | ".join(share([run[k][place] for run in made]) for k in range(3))
            print(f"| {n} | {rule} | {columns} |", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
