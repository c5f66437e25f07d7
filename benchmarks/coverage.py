"""Do the intervals of importance hold the truth? Samples of 5,000 answers made like the shipped airport, simulated.

``python benchmarks/coverage.py [RUNS]``. Each run takes a seed of its own, 200 resamples and 36 intervals (12
touchpoints in 3 segments). The error of the mean is over runs, since the intervals of one run hang together.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np

import cxlens as cx

RUNS = 30
MAKE = Path(__file__).parent.parent / "data" / "samples" / "make_airport.py"


def coverage(runs: int) -> np.ndarray:
    """Share of the intervals of importance that hold the truth, by run; and of zero effects with p below 0.05."""
    spec = importlib.util.spec_from_file_location("make_airport", MAKE)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    plan, truth = cx.datasets.load_airport().survey_plan, cx.datasets.airport_truth()
    found = []
    for seed in range(runs):
        answers, _ = recipe.survey(seed)
        survey = cx.Survey(
            answers,
            touchpoints=plan.touchpoints,
            outcome={"recommend": "nps"},
            scale=plan.scale,
            segments=["purpose"],
            weight="weight",
        )
        table = cx.drivers(survey, by="purpose", n_boot=200, seed=seed).table
        both = table.merge(truth, on=["segment", "touchpoint"], suffixes=("", "_true"))
        inside = both["importance_true"].between(both["importance_low"], both["importance_high"]).mean()
        found.append((inside, (both.loc[both["effect"] == 0, "p_value"] < 0.05).mean()))
    return np.array(found)


def main(runs: int) -> None:
    """Print both shares with their Monte Carlo error as a markdown table."""
    found = coverage(runs)
    error = found.std(axis=0, ddof=1) / np.sqrt(runs)
    print("| figure | should be | is | Monte Carlo error | fewest in a run |\n|---|---|---|---|---|")
    for name, goal, k in (
        ("95 % intervals that hold the true importance", 95, 0),
        ("zero effects with p < 0.05", 5, 1),
    ):
        print(f"| {name} | {goal} % | {100 * found[:, k].mean():.1f} % | {100 * error[k]:.1f} | "
              f"{100 * found[:, k].min():.0f} % |")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
