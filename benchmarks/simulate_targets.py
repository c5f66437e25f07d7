"""How often is a target called reached that will be missed? By simulation.

``python benchmarks/simulate_targets.py [RUNS]`` prints the table of benchmarks/README.md: RUNS (100) studies of each
kind, made as in ``simulate_roadmaps.py``. What initiatives truly lift is drawn from their own ranges, so the level at
the end of the plan is known. Each study is asked for three targets: one that is missed by a hair, which is the hardest
case, and two that lie a tenth and two tenths of the outcome's standard deviation above it.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.improve.outlook import LIKELY, MISSED, OPEN, REACHED, UNLIKELY

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("simulate_roadmaps", HERE / "simulate_roadmaps.py")
roadmaps = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(roadmaps)

RUNS = 100
TRUTHS = ("one huge, nine zero", "all 0.12", "normal, sd 0.12")
ABOVE = (1e-6, 0.1, 0.2)  # standard deviations of the outcome
WORDS = (REACHED, LIKELY, OPEN, UNLIKELY, MISSED)


def study(truth: str, seed: int) -> list[str]:
    """What is said of each target of one simulated study."""
    rng = np.random.default_rng([seed, 77, list(roadmaps.TRUTHS).index(truth)])
    effects = roadmaps.TRUTHS[truth](rng)
    x, mood = roadmaps.scores(roadmaps.N, rng)
    y = roadmaps.outcome(x, mood, effects, 0.0, rng)
    survey = cx.Survey(
        pd.DataFrame(x, columns=roadmaps.NAMES).assign(y=y),
        touchpoints=roadmaps.NAMES,
        outcome="y",
        scale=cx.Scale(1, 5),
    )
    drivers = cx.drivers(survey, method="relative weights", n_boot=roadmaps.DRAWS, seed=seed)
    wins = cx.quick_wins(drivers, roadmaps.initiatives(), seed=seed)
    plan = cx.roadmap(wins, periods=2, budget=roadmaps.BUDGET, resolves=0)
    everyone, _ = roadmaps.scores(roadmaps.POPULATION, rng)
    chosen = plan.table.loc[plan.table["selected"], "initiative"]
    lifts = rng.triangular(*roadmaps.LIFT, roadmaps.P) * np.isin(roadmaps.NAMES, chosen)
    level = 5 + roadmaps.raised(everyone, lifts).mean(axis=0) @ effects
    targets = [level + above * y.std() for above in ABOVE]
    return [plan.outlook(target).table["verdict"].iloc[-1] for target in targets]


def shares(truth: str, runs: int) -> pd.DataFrame:
    """(3, 5) how often each word is said of each target, all of which are missed."""
    said = pd.DataFrame([study(truth, seed) for seed in range(runs)])
    return pd.DataFrame({word: (said == word).mean() for word in WORDS})


def main(runs: int) -> None:
    """Print the table."""
    heads = ["effects", "missed by, sd", "studies", *WORDS]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for truth in TRUTHS:
        found = shares(truth, runs)
        for above, row in zip(ABOVE, found.to_numpy(), strict=True):
            error = np.sqrt(row * (1 - row) / runs)
            cells = [f"{100 * p:.0f} ± {100 * e:.0f}" for p, e in zip(row, error, strict=True)]
            print(f"| {truth} | {above:.1f} | {runs} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
