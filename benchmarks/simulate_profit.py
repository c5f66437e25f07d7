"""Does profit by segment cover what customers bring, and is a segment called first where none is?

``python benchmarks/simulate_profit.py [SHARE]`` prints the table of benchmarks/README.md, with SHARE (1) of the
studies, each with a seed of its own. Customers spend a skewed amount a year (gamma, or a lognormal of the same mean
with a longer tail), and some have left and spend nothing; serving one costs 20.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.impact.profit import Profit
from cxlens.study.parts import PurchasesPlan

COST = 20.0
STUDIES = 400
STAY = 0.7  # the share that has not left


class Case(NamedTuple):
    """What customers of each segment spend on average, how many there are of each, and how their spending is spread."""

    means: Sequence[float]
    sizes: Sequence[int]
    tail: str = "gamma"


CASES = {
    "2 segments alike, 40 and 40 customers": Case((100, 100), (40, 40)),
    "3 segments alike, 60 each": Case((100, 100, 100), (60, 60, 60)),
    "3 segments alike, 300, 60 and 30": Case((100, 100, 100), (300, 60, 30)),
    "3 segments alike, 60 each, long tails": Case((100, 100, 100), (60, 60, 60), "lognormal"),
    "the first brings a half more, 200 each": Case((150, 100, 100), (200, 200, 200)),
}


def spending(case: Case, place: int, rng: np.random.Generator) -> np.ndarray:
    """What each customer of a segment spent in the year: mean as the case says, 0 for those who left."""
    n = case.sizes[place]
    mean = case.means[place] / STAY
    if case.tail == "gamma":
        amounts = rng.gamma(1.5, mean / 1.5, n)
    else:
        amounts = rng.lognormal(np.log(mean) - 0.5, 1.0, n)
    return amounts * (rng.random(n) < STAY)


def profit_of(case: Case, seed: int) -> Profit:
    """Profit by segment of a simulated year of purchases."""
    rng = np.random.default_rng([seed, len(case.sizes), sum(case.sizes)])
    rows = []
    for place in range(len(case.sizes)):
        for number, amount in enumerate(spending(case, place, rng)):
            rows.append((f"{place} {number}", "2023-01-01", 1.0, f"s{place}"))
            if amount > 0:
                rows.append((f"{place} {number}", "2025-06-01", amount, f"s{place}"))
    rows.append(("the last of all", "2025-12-31", 1.0, "other"))
    frame = pd.DataFrame(rows, columns=["who", "day", "paid", "kind"])
    segments = [cx.Segment(f"S{k}", {"kind": f"s{k}"}, cost_to_serve=COST) for k in range(len(case.sizes))]
    plan = PurchasesPlan(frame, customer="who", time="day", value="paid", segments=["kind"])
    return cx.profit(cx.Study("Simulated", segments=segments, purchases_plan=plan))


def judged(case: Case, seed: int) -> tuple[float, bool]:
    """The share of intervals of profit that hold the truth, and whether a segment is clearly first."""
    result = profit_of(case, seed)
    table = result.table.set_index("segment")
    held = []
    for place, mean in enumerate(case.means):
        row = table.loc[f"S{place}"]
        held.append(row["profit_low"] <= mean - COST <= row["profit_high"])
    return float(np.mean(held)), bool(result.first_clear)


def main(share: float = 1.0) -> None:
    """Print the table."""
    studies = max(1, round(share * STUDIES))
    print("| customers spend | intervals of profit that cover, of 100 | a segment clearly first, in 100 | studies |")
    print("|---|---|---|---|")
    for name, case in CASES.items():
        found = np.array([judged(case, seed) for seed in range(studies)], float)
        mean = 100 * found.mean(axis=0)
        error = 100 * found.std(axis=0) / np.sqrt(studies)
        cells = [f"{value:.1f} +- {wrong:.1f}" for value, wrong in zip(mean, error, strict=True)]
        print(f"| {name} | {cells[0]} | {cells[1]} | {studies} |")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
