"""Is a place that is called poor a poor one, and do values, ranks and shares hold the truth?

``python benchmarks/simulate_places.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs, each with a seed of its own. Places have 5 to 178 answers (median 34) of standard deviation 1; true values of
places are normal with the spread said. Scores of the second table go from 1 to 5.
"""

from __future__ import annotations

import sys

import numpy as np

from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.random_intercepts import Groups, differ_p, draw, ranks, shrink, spread_between
from cxlens.stats.sums import Scores

RUNS = 400
PLACES = (10, 40, 200)
SPREADS = (0.0, 0.05, 0.1, 0.25, 0.5)
KINDS = {"piled up": (0.01, 0.01, 0.03, 0.15, 0.80), "spread out": (0.1, 0.2, 0.3, 0.25, 0.15)}
LEVEL = 0.95
DRAWS = 1_000


def sizes(places: int, rng: np.random.Generator) -> np.ndarray:
    """(places,) numbers of answers."""
    n = np.exp(rng.normal(np.log(34), 0.9, places))
    return np.clip(np.round(n), 5, 178).astype(int)


def held(places: int, spread: float, seed: int) -> tuple[float, ...]:
    """What a run holds: intervals of values and ranks (shares of places), of the spread; squared errors, the last."""
    rng = np.random.default_rng([seed, places, int(1000 * spread)])
    n = sizes(places, rng)
    truth = rng.normal(0, spread, places)
    df = int(n.sum()) - places
    within = rng.chisquare(df) / df
    groups = Groups(truth + rng.normal(0, 1 / np.sqrt(n)), within / n, df)
    between = spread_between(groups, LEVEL)
    found = shrink(groups, between, LEVEL)
    standing = ranks(draw(groups, DRAWS, rng), LEVEL)
    true_rank = np.argsort(np.argsort(-truth)) + 1
    values = (found.low <= truth) & (truth <= found.high)
    ranked = (standing.low <= true_rank) & (true_rank <= standing.high)
    return (
        float(values.mean()),
        float(ranked.mean()) if spread else np.nan,
        float(between.low <= spread**2 <= between.high),
        float(((groups.mean - truth) ** 2).mean()),
        float(((found.value - truth) ** 2).mean()),
        float(np.argmin(groups.mean) == np.argmin(truth)) if spread else np.nan,
    )


def said_of_nothing(places: int, kind: str, seed: int) -> tuple[bool, bool]:
    """Whether any place is called clearly off, and whether places are said to differ, though all are alike."""
    rng = np.random.default_rng([seed, places])
    n = sizes(places, rng)
    counts = rng.multinomial(n, KINDS[kind])
    values = np.arange(1.0, 6)
    means = counts @ values / n
    scores = Scores(values, counts.sum(axis=0).astype(float))
    p = np.array([scores.extreme(mean, size) for mean, size in zip(means, n, strict=True)])
    squares = (counts @ values**2 - n * means**2).sum()
    df = int(n.sum()) - places
    groups = Groups(means, squares / df / n, df)
    tails = scores.kurtosis * (1 / n).sum()
    is_any = (benjamini_hochberg(p) < 1 - LEVEL).any()
    return bool(is_any), bool(differ_p(groups, tails) < 1 - LEVEL)


def share(made: list[float]) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    error = np.std(made) / np.sqrt(len(made))
    return f"{100 * np.mean(made):.1f} +- {100 * error:.1f}"


def of_truth(runs: int) -> None:
    """What intervals hold, and how far values are off."""
    heads = [
        "places, spread",
        "values held",
        "ranks held",
        "spread held",
        "error, plain",
        "error, value",
        "last is last",
    ]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for places in PLACES:
        for spread in SPREADS:
            made = np.array([held(places, spread, seed) for seed in range(runs)])
            shares = [share(column.tolist()) if spread or k != 1 else "" for k, column in enumerate(made.T[:3])]
            errors = [f"{np.sqrt(column.mean()):.3f}" for column in made.T[3:5]]
            last = share(made.T[5].tolist()) if spread else ""
            print(f"| {places}, {spread:g} | {' | '.join([*shares, *errors, last])} |", flush=True)


def of_nothing(runs: int) -> None:
    """How often something is said where all places are alike."""
    print("\n| places, scores | any place clearly off | places said to differ |\n|---|---|---|")
    for places in PLACES:
        for kind in KINDS:
            made = np.array([said_of_nothing(places, kind, seed) for seed in range(runs)], float)
            cells = [share(column.tolist()) for column in made.T]
            print(f"| {places}, {kind} | {' | '.join(cells)} |", flush=True)


def main(part: float) -> None:
    """Print all tables."""
    runs = max(int(RUNS * part), 2)
    of_truth(runs)
    of_nothing(2 * runs)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
