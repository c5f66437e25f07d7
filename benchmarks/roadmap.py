"""How near to the best is a road map of 60 initiatives and 8 periods after 10 seconds? Ten simulated lists.

``python benchmarks/roadmap.py [SEEDS]``. Benefits, costs and lifts are lognormal, one initiative in ten does harm, and
durations are 1 to 4 periods. Each initiative takes 1 to 3 units of each of 1 to 3 of four teams. Money and each team
suffice for half of all there is to do. 30 prerequisites, 10 exclusions, 2 must-dos, three tenths of the benefit
within half the time. 12 touchpoints; each initiative lifts 1 to 3 of them, and the gain of each touchpoint levels off.
"""

from __future__ import annotations

import sys
from time import perf_counter

import numpy as np
import pandas as pd

from cxlens.stats.schedule import Problem, Shared, schedule

M, T, TEAMS, TOUCHPOINTS, PREREQUISITES, EXCLUSIONS = 60, 8, 4, 12, 30, 10
SEEDS, SECONDS, LONG, TARGET = 10, 10.0, 300.0, 0.05


def simulated(seed: int) -> Problem:
    """One list of initiatives with everything that limits it."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0, 0.8, M) * np.where(rng.random(M) < 0.1, -1, 1)
    costs, durations = np.round(rng.lognormal(3, 0.7, M)), rng.integers(1, 5, M)
    order = rng.random((M, TEAMS)).argsort(axis=1)  # those of the first places take part
    needs = rng.integers(1, 4, (M, TEAMS)) * (order < rng.integers(1, 4, (M, 1)))
    load = (needs * durations[:, None]).sum(axis=0) / T
    pairs = [(int(i), int(p)) for i, p in (np.sort(rng.choice(M, 2, replace=False))[::-1] for _ in range(200))]
    pairs = list(dict.fromkeys(pairs))[: PREREQUISITES + EXCLUSIONS]
    prerequisites, exclusions = pairs[:PREREQUISITES], pairs[PREREQUISITES:]
    must = np.zeros(M, bool)
    must[np.setdiff1d(np.arange(M), [i for i, _ in prerequisites])[:2]] = True  # they come first, so they fit
    touched = [rng.choice(TOUCHPOINTS, rng.integers(1, 4), replace=False) for _ in range(M)]
    return Problem(
        values,
        costs,
        durations,
        budget=np.full(T, np.round(0.5 * costs.sum() / T)),
        needs=needs.astype(float),
        capacity=np.round(0.5 * load)[:, None] * np.ones(T),
        prerequisites=prerequisites,
        exclusions=exclusions,
        must=must,
        short_term=(0.3, T // 2),
        decay=0.95,
        shared=[_touchpoint(q, values, touched) for q in range(TOUCHPOINTS)],
    )


def _touchpoint(q: int, values: np.ndarray, touched: list[np.ndarray]) -> Shared:
    """Those that lift touchpoint q share ``most * (1 - exp(-lift / most))``, drawn as eight lines."""
    members = np.array([i for i in range(M) if q in touched[i]])
    lifts = values[members] / [len(touched[i]) for i in members]
    most = 0.6 * lifts[lifts > 0].sum()
    grid = np.linspace(0, 1.5 * most, 9)
    gains = most * (1 - np.exp(-grid / most))
    slopes = np.diff(gains) / np.diff(grid)
    return Shared(members, lifts, slopes, gains[:-1] - slopes * grid[:-1])


def run(seeds: range = range(SEEDS), seconds: float = SECONDS, long: float = LONG) -> pd.DataFrame:
    """One row a seed. Where the gap is above the target, a long run tells more about the optimum."""
    rows = []
    for seed in seeds:
        problem, start = simulated(seed), perf_counter()
        found = schedule(problem, time_limit=seconds)
        row = {"list": seed, "seconds": perf_counter() - start, "chosen": int((found.starts >= 0).sum())}
        row |= {"worth": found.objective, "bound": found.bound, "gap": found.gap}
        if found.gap > TARGET:
            more = schedule(problem, time_limit=long)
            row |= {"long_worth": more.objective, "long_bound": more.bound}
        print(row, file=sys.stderr, flush=True)
        rows.append(row)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    table = run(range(int(sys.argv[1]) if sys.argv[1:] else SEEDS)).reindex(
        columns=["list", "seconds", "chosen", "worth", "bound", "gap", "long_worth", "long_bound"]
    )
    print(f"| list | seconds | chosen | worth | bound | gap | worth after {LONG:g} s | bound after {LONG:g} s |")
    print("|---|---|---|---|---|---|---|---|")
    for row in table.itertuples():
        longer = [f"{value:.2f}" if value == value else "" for value in (row.long_worth, row.long_bound)]  # NaN: none
        print(
            f"| {row.list} | {row.seconds:.1f} | {row.chosen} | {row.worth:.2f} | {row.bound:.2f} | "
            f"{100 * row.gap:.1f} % | {' | '.join(longer)} |"
        )
