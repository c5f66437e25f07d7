"""Do forecasts hold the true change? Coverage of ``what_if``, by simulation.

``python benchmarks/simulate_plans.py [RUNS]`` prints the table of benchmarks/README.md: RUNS (500) forecasts of each
kind. The answers are those of ``simulate_drivers.py``, whose outcome has a mean that is linear in the scores as
recorded, so the true change is known. The second touchpoint is used by 60 %. Other truths, and quick wins, are in
``simulate_posterior.py``.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np

import cxlens as cx

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("simulate_drivers", HERE / "simulate_drivers.py")
answers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(answers)

RUNS, DRAWS, POPULATION = 500, 500, 400_000
GOAL = 3.8  # the standard of the third touchpoint
PLACES = cx.TouchpointMap(
    [cx.Touchpoint(answers.NAMES[2], stage="all", standards=[cx.Standard("mean", GOAL)])],
    cx.Lifecycle([cx.Stage("all")]),
)
CHANGES = dict(zip(answers.NAMES, [0.5, ("ceiling", 0.3), "standard"], strict=False))


def sample(outcome: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, 6), 6 where not used, and outcome (n,)."""
    x = answers.recorded(answers.felt(n, rng))
    unused = rng.random(n) > 0.6
    x[unused, 1] = 3  # who did not use it gains and loses nothing by it
    y = answers.answered(outcome, x, answers.REAL, rng)
    x[unused, 1] = 6
    return x, y


def true_changes(outcome: str) -> np.ndarray:
    """(4,) what each change does to the mean outcome of everyone, and all of them."""
    x, _ = sample(outcome, POPULATION, np.random.default_rng(99))
    used = x[:, 1] < 6
    lifts = np.array(
        [
            (np.minimum(x[:, 0] + 0.5, 5) - x[:, 0]).mean(),
            0.3 * (5 - x[used, 1]).sum() / len(x),
            GOAL - x[:, 2].mean(),
        ]
    )
    share = answers.SLOPE[outcome] * answers.REAL[:3] / (4 * answers.REAL.sum())
    alone = lifts * share * {"nps": 200, "scores": 4}[outcome]
    return np.append(alone, alone.sum())


def forecasts(outcome: str, n: int, runs: int) -> np.ndarray:
    """(runs, 4) whether the interval of each change, and of all together, holds the truth."""
    truth, held = true_changes(outcome), []
    for run in range(runs):
        survey = answers.survey(*sample(outcome, n, np.random.default_rng([run, n])), outcome)
        found = cx.what_if(cx.drivers(survey, n_boot=DRAWS, seed=run), CHANGES, touchpoint_map=PLACES).table
        held.append((found["low"] <= truth) & (truth <= found["high"]))
    return np.array(held)


def main(runs: int) -> None:
    """Print the table."""
    heads = ["outcome", "n", "changed by 0.5", "30 % to the ceiling", "to the standard", "all together"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for outcome in ("scores", "nps"):
        for n in (300, 1000):
            held = forecasts(outcome, n, runs)
            error = np.sqrt(held.mean(axis=0) * (1 - held.mean(axis=0)) / runs)
            cells = [f"{100 * p:.1f} ± {100 * e:.1f}" for p, e in zip(held.mean(axis=0), error, strict=True)]
            print(f"| {outcome} | {n} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
