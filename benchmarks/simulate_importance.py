"""Do the intervals of importance hold the truth, that of a driver of nothing too? By simulation.

``python benchmarks/simulate_importance.py [RUNS]`` prints the table of benchmarks/README.md. Scores are 1 to 5 and
skewed, the outcome is an NPS question. A third of the touchpoints is *real*: correlated by 0.4, with effects from 1 to
0.4. A third is *weak*: without an effect of its own, but correlated with those, so that its importance is above zero. A
third is *zero*: noise, whose importance is exactly zero. The truth is taken from half a million answers.

Each function returns (runs, ...) shares of a run, since what one run says hangs together.
"""

from __future__ import annotations

import sys
from functools import lru_cache

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stats.adjusted import Size
from cxlens.stats.bootstrap import multiplicities, percentile_interval, resample
from cxlens.stats.games import game_of, importance
from cxlens.stats.importance import lmg
from cxlens.stats.importance_interval import importance_interval, widening
from cxlens.stats.regression import sweep_out

RUNS, DRAWS, LEVEL = 200, 1_000, 0.95
CASES = [(p, n) for p in (6, 12) for n in (150, 300, 1_000)]
KINDS = ["real", "weak", "zero"]
SKEWED = [-1.6, -1.0, -0.4, 0.5]  # where a latent score turns from one answer to the next
DETRACTORS, PASSIVES = 0.3, 0.3  # shares, about


def sample(p: int, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, p), a third of each kind, and answers (n,) of 5, 8 or 10."""
    third = p // 3
    latent = rng.normal(size=(n, p))
    latent[:, : 2 * third] = np.sqrt(0.4) * rng.normal(size=(n, 1)) + np.sqrt(0.6) * latent[:, : 2 * third]
    x = np.digitize(latent, SKEWED) + 1.0
    effects = np.linspace(1, 0.4, third) / np.sqrt(third)
    feeling = x[:, :third] @ effects + 1.5 * rng.normal(size=n)
    return x, np.array([5.0, 8.0, 10.0])[np.digitize(feeling, _thresholds(p))]


@lru_cache
def _thresholds(p: int) -> tuple[float, float]:
    """The feelings from which on people are passives, and promoters."""
    rng, third = np.random.default_rng(1), p // 3
    latent = np.sqrt(0.4) * rng.normal(size=(200_000, 1)) + np.sqrt(0.6) * rng.normal(size=(200_000, third))
    effects = np.linspace(1, 0.4, third) / np.sqrt(third)
    feeling = (np.digitize(latent, SKEWED) + 1.0) @ effects + 1.5 * rng.normal(size=200_000)
    low, high = np.quantile(feeling, [DETRACTORS, DETRACTORS + PASSIVES])
    return float(low), float(high)


def survey(x: np.ndarray, y: np.ndarray) -> cx.Survey:
    """The same as a survey."""
    frame = pd.DataFrame(x, columns=names(x.shape[1])).assign(outcome=y)
    return cx.Survey(
        frame, touchpoints=names(x.shape[1]), outcome={"outcome": "nps"}, scale=cx.Scale(1, 5, not_used=[6])
    )


def names(p: int) -> list[str]:
    """Of p touchpoints."""
    return [f"touchpoint {k}" for k in range(1, p + 1)]


def columns(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n, p + 2) the model's columns: 1, the scores, the outcome as coded."""
    return np.column_stack([np.ones(len(y)), x, np.select([y < 7, y < 9], [-100, 0], 100)])


@lru_cache
def true_importance(p: int) -> np.ndarray:
    """(p,) importance in the population: from half a million answers, and exactly 0 of noise."""
    rng, products = np.random.default_rng(2), np.zeros((p + 2, p + 2))
    for _ in range(5):
        z = columns(*sample(p, 100_000, rng))
        products += z.T @ z
    truth = lmg(sweep_out(products[:, :, None], 1))[:, 0]
    truth[2 * (p // 3) :] = 0.0
    return truth


def intervals(z: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(2, p) ends as ``cx.drivers(survey, seed=seed)`` has them, and those of the percentile interval."""
    q = z.shape[1]
    i, j = np.triu_indices(q)
    counts = multiplicities(len(z), DRAWS, np.random.default_rng(seed))
    drawn = resample(counts, np.arange(len(z)), iter([(slice(None), z[:, i] * z[:, j])]))
    stack = np.empty((q, q, 1 + DRAWS))
    stack[i, j] = stack[j, i] = np.vstack([(z.T @ z)[i, j], drawn]).T
    found = importance(game_of(stack, 1, (1,) * (q - 2)), "lmg", seed)
    estimate, draws = found.shares[:, 0], found.shares[:, 1:].T
    wider = widening(Size(len(z), len(z), 1, q - 2))
    ends = importance_interval(estimate, draws, found.spread, wider, LEVEL)
    return np.array(ends), np.array(percentile_interval(draws, LEVEL))


def coverage(p: int, n: int, runs: int) -> np.ndarray:
    """(runs, 3, 4) shares of each kind: held, missed below the low end, above the high end, held by percentiles."""
    found, truth = [], true_importance(p)
    for seed in range(runs):
        x, y = sample(p, n, np.random.default_rng([seed, n, p]))
        (low, high), (first, last) = intervals(columns(x, y), seed)
        rows = [(low <= truth) & (truth <= high), truth < low, truth > high, (first <= truth) & (truth <= last)]
        found.append(np.array(rows).reshape(4, 3, p // 3).mean(axis=2).T)
    return np.array(found)


def error(found: np.ndarray) -> np.ndarray:
    """The Monte Carlo error of each mean over runs."""
    return found.std(axis=0, ddof=1) / np.sqrt(len(found))


def main(runs: int) -> None:
    """Print the table."""
    print("| touchpoints | n | kind | truth | interval holds it, % | missed low / high, % | percentiles hold it, % |")
    print("|---|---|---|---|---|---|---|")
    for p, n in CASES:
        found = 100 * coverage(p, n, runs)
        truth = 100 * true_importance(p).reshape(3, -1).mean(axis=1)
        for kind, name in enumerate(KINDS):
            held, below, above, percentile = found[:, kind].mean(axis=0)
            wrong = error(found[:, kind])[0]
            print(f"| {p} | {n} | {name} | {truth[kind]:.2f} | {held:.1f} ± {wrong:.1f} | {below:.1f} / {above:.1f} | "
                  f"{percentile:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
