"""Are drivers as sure as they say? Coverage and false positives, by simulation.

``python benchmarks/simulate_drivers.py [RUNS]`` prints the tables of benchmarks/README.md: RUNS (1,000) runs of what
is cheap, fewer of the rest. Six touchpoints whose scores correlate by 0.4, and outcomes whose mean is linear in
the scores as recorded: so an effect of 0 is a coefficient of exactly 0. ``normal``: scores and outcome are. ``scores``:
both are answers on 1 to 5. ``nps``: scores on 1 to 5, and detractors, passives, promoters.

Each function returns (runs, k): shares of each run, since what one run says hangs together. What runs thousands of
times is taken from ``cxlens.stats``; the tests show that ``cx.drivers`` says the same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stats.adjusted import Size
from cxlens.stats.bootstrap import multiplicities, resample
from cxlens.stats.games import game_of, importance
from cxlens.stats.importance import lmg
from cxlens.stats.importance_interval import importance_interval, widening
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import nps_points
from cxlens.stats.regression import fit_rows, sweep_out

RUNS, DRAWS = 1_000, 1_000
OUTCOMES = ["normal", "scores", "nps"]
NAMES = [f"touchpoint {k}" for k in range(1, 7)]
REAL, HALF, NONE = np.array([[6, 5, 4, 3, 2, 1], [3, 2, 1, 0, 0, 0], [0] * 6])
CORRELATION = np.full((6, 6), 0.4) + 0.6 * np.eye(6)
R2 = 0.4  # of the model with the effects REAL
STEPS, SLOPE = {"scores": 4, "nps": 2}, {"scores": 0.77, "nps": 1.0}  # make it so


def felt(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 6) what customers felt: a satisfaction with everything, the halo, and one with each touchpoint."""
    return np.sqrt(0.4) * rng.normal(size=(n, 1)) + np.sqrt(0.6) * rng.normal(size=(n, 6))


def recorded(feeling: np.ndarray) -> np.ndarray:
    """The same on a scale from 1 to 5."""
    return np.clip(np.round(3.4 + 1.8 * feeling), 1, 5)


def answered(outcome: str, x: np.ndarray, effects: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) the outcome to scores (n, 6): its mean is linear in them. NPS answers are 5, 8 and 10."""
    if outcome == "normal":
        return x @ standardised(effects) + np.sqrt(1 - R2) * rng.normal(size=len(x))
    share = 0.5 + SLOPE[outcome] * (x - 3) @ effects / (4 * max(effects.sum(), 1))
    steps = rng.binomial(STEPS[outcome], share)
    return np.array([5.0, 8.0, 10.0])[steps] if outcome == "nps" else steps + 1.0


def standardised(effects: np.ndarray) -> np.ndarray:
    """Coefficients by which normal scores explain R2 of an outcome of variance 1."""
    return effects * np.sqrt(R2 / max(effects @ CORRELATION @ effects, 1))


def sample(outcome: str, n: int, effects: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, 6) and outcome (n,) of one sample."""
    x = felt(n, rng) if outcome == "normal" else recorded(felt(n, rng))
    return x, answered(outcome, x, effects, rng)


def survey(x: np.ndarray, y: np.ndarray, outcome: str, segments: np.ndarray | None = None) -> cx.Survey:
    """The same as a survey; 6 is "not used" where scores are on 1 to 5, NaN is blank."""
    frame = pd.DataFrame(x, columns=NAMES).assign(outcome=y, segment="all" if segments is None else segments)
    scale = None if outcome == "normal" else cx.Scale(1, 5, not_used=[6])
    kind = "nps" if outcome == "nps" else "interval"
    return cx.Survey(frame, touchpoints=NAMES, outcome={"outcome": kind}, scale=scale, segments=["segment"])


def columns(x: np.ndarray, y: np.ndarray, outcome: str) -> np.ndarray:
    """(n, 8) the model's columns: 1, the scores, the outcome as coded."""
    return np.column_stack([np.ones(len(y)), x, nps_points(y) if outcome == "nps" else y])


def importance_ends(z: np.ndarray, seed: int) -> np.ndarray:
    """(2, 6) ends of the 95 % intervals of importance, as ``cx.drivers(survey, seed=seed)`` has them."""
    i, j = np.triu_indices(8)
    counts = multiplicities(len(z), DRAWS, np.random.default_rng(seed))
    drawn = resample(counts, np.arange(len(z)), iter([(slice(None), z[:, i] * z[:, j])]))
    stack = np.empty((8, 8, 1 + DRAWS))
    stack[i, j] = stack[j, i] = np.vstack([(z.T @ z)[i, j], drawn]).T
    found = importance(game_of(stack, 1, (1,) * 6), "lmg", seed)
    wider = widening(Size(len(z), len(z), 1, 6))
    return np.array(importance_interval(found.shares[:, 0], found.shares[:, 1:].T, found.spread, wider, 0.95))


@lru_cache
def true_importance(outcome: str) -> np.ndarray:
    """(6,) importance in the population: of normal scores from its covariance, else from 4 million answers."""
    if outcome == "normal":
        beta = standardised(REAL)
        return lmg(np.block([[CORRELATION, (CORRELATION @ beta)[:, None]], [CORRELATION @ beta, 1.0]])[:, :, None])[
            :, 0
        ]
    rng, products = np.random.default_rng(1), np.zeros((8, 8))
    for _ in range(16):
        z = columns(*sample(outcome, 250_000, REAL, rng), outcome)
        products += z.T @ z
    return lmg(sweep_out(products[:, :, None], 1))[:, 0]


def coverage(outcome: str, n: int, runs: int) -> np.ndarray:
    """(runs, 6) whether the interval of each touchpoint, strongest first, holds its true importance."""
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, 1])
        low, high = importance_ends(columns(*sample(outcome, n, REAL, rng), outcome), seed)
        found.append((low <= true_importance(outcome)) & (true_importance(outcome) <= high))
    return np.array(found)


def p_values(z: np.ndarray) -> np.ndarray:
    """(6,) p-values of the noise test, as ``cx.drivers`` has them."""
    fit = fit_rows(z[:, :-1], z[:, -1], np.ones(len(z)))
    return wald_p(fit.coef, np.sqrt(np.diag(fit.cov)), fit.df)[1:]


def noise(outcome: str, n: int, runs: int) -> np.ndarray:
    """(runs, 4) without effects: zeros with p < 0.05, any with q < 0.05; with three: the first, zeros among these."""
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, 2])
        none, half = (p_values(columns(*sample(outcome, n, effects, rng), outcome)) for effects in (NONE, HALF))
        real = benjamini_hochberg(half) < 0.05
        discovered = [(none < 0.05).mean(), (benjamini_hochberg(none) < 0.05).any()]
        found.append([*discovered, (half[3:] < 0.05).mean(), real[3:].sum() / max(real.sum(), 1)])
    return np.array(found)


def segments(outcome: str, runs: int, n: int = 1_000) -> np.ndarray:
    """(runs, 1) three equal segments: any contrast of coefficients with an adjusted p < 0.05."""
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, 3])
        asked = survey(*sample(outcome, n, REAL, rng), outcome, rng.choice(["a", "b", "c"], n))
        table = cx.drivers(asked, by="segment", n_boot=0, seed=seed).contrasts
        found.append([(table["p_value"] < 0.05).any()])
    return np.array(found)


def missing(outcome: str, case: str, runs: int, n: int = 500, n_boot: int = 0, **options: object) -> np.ndarray:
    """(runs, 1) zeros among HALF with p < 0.05 where 30 % of the scores of each touchpoint are missing at random.

    Cases: ``"blank"``; ``"not used"``: the outcome follows the scores of users.
    """
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, 4])
        x, gone = recorded(felt(n, rng)), rng.random((n, 6)) < 0.3
        y = answered(outcome, np.where(gone, 3, x) if case == "not used" else x, HALF, rng)
        asked = survey(np.where(gone, np.nan if case == "blank" else 6, x), y, outcome)
        table = cx.drivers(asked, n_boot=n_boot, seed=seed, **options).table.set_index("touchpoint")
        found.append([(table.loc[NAMES[3:], "p_value"] < 0.05).mean()])
    return np.array(found)


def halo(outcome: str, n: int, runs: int) -> np.ndarray:
    """(runs, 2) whether p < 0.05 for a touchpoint that moved nobody, first from the scores as felt, then as recorded.

    Here the outcome follows what was felt. The halo makes each touchpoint speak for the others, as far as their
    recorded scores do not say all that was felt.
    """
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, 5])
        x = felt(n, rng)
        y = answered("normal", x, np.array([5, 4, 3, 2, 1, 0]), rng)
        y = y if outcome == "normal" else recorded(y) if outcome == "scores" else 100.0 * ((y > 0.3) - 1.0 * (y < -0.5))
        found.append([p_values(columns(scores, y, "scores"))[5] < 0.05 for scores in (x, recorded(x))])
    return np.array(found)


CASES = [  # 30 % missing: what is printed, the case, options of cx.drivers, runs as a share of RUNS
    ("not used, outcome follows users' scores: default", "not used", {}, 1.0),
    ("blank: default, rows left out", "blank", {}, 1.0),
    ('blank: `blanks="impute"`, 20 resamples', "blank", {"blanks": "impute", "n_boot": 20}, 0.1),
]


def error(found: np.ndarray) -> np.ndarray:
    """(k,) Monte Carlo error of the means over runs."""
    return found.std(axis=0, ddof=1) / np.sqrt(len(found))


def table(head: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Print a Markdown table, row by row; arrays of shares (runs, k) as percent with their Monte Carlo errors."""
    print("\n| " + " | ".join(head.split(", ")) + " |\n" + "|---" * len(head.split(", ")) + "|")
    for *cells, found in rows:
        shares = zip(100 * found.mean(axis=0), 100 * error(found), strict=True)
        print("| " + " | ".join([*map(str, cells), *(f"{mean:.1f} ± {wrong:.1f}" for mean, wrong in shares)]) + " |")


def main(runs: int) -> None:
    """Print every table."""
    both = [(outcome, n) for outcome in OUTCOMES for n in (300, 1_000)]
    table("outcome, n, strongest, 2nd, 3rd, 4th, 5th, weakest", ((*one, coverage(*one, runs)) for one in both))
    table("outcome, n, no effects: p < 0.05, any q < 0.05, three effects: zeros with p < 0.05, zeros among q < 0.05",
          ((*one, noise(*one, 2 * runs)) for one in both))  # fmt: skip
    table("outcome, any p < 0.05",
          ((outcome, segments(outcome, 2 * runs // 5)) for outcome in OUTCOMES))  # fmt: skip
    table("30 % missing, outcome, runs, zeros with p < 0.05",
          ((name, outcome, int(share * runs), missing(outcome, case, int(share * runs), **options))
           for name, case, options, share in CASES for outcome in OUTCOMES[1:]))  # fmt: skip
    table("outcome, n, from scores as felt, from scores as recorded",
          ((one, n, halo(one, n, runs)) for one in OUTCOMES for n in (500, 1_000, 5_000, 20_000)))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
