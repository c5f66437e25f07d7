"""Does a baseline claim what is not there? Simulated studies in which nothing differs.

``python benchmarks/simulate_claims.py [RUNS]`` prints the table of benchmarks/README.md: RUNS (1,000) studies of each
kind, with seeds of their own. Scores are 1 to 5 with a common halo, the outcome is an NPS question with 40 % promoters.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import cxlens as cx

RUNS = 1_000
PROMOTERS = 0.4
WAYS = ["branch", "phone", "site"]


def answers(n: int, touchpoints: int, seed: list[int]) -> cx.Survey:
    """One simulated survey: no touchpoint, channel or group of customers differs from another."""
    rng = np.random.default_rng(seed)
    mood = rng.standard_normal((n, 1))
    scores = np.clip(np.rint(3.4 + 0.5 * mood + 0.8 * rng.standard_normal((n, touchpoints))), 1, 5).astype(int)
    frame = pd.DataFrame(scores, columns=[f"t{k}" for k in range(touchpoints)])
    names = list(frame)
    frame["way"] = rng.choice(WAYS, n)
    frame["nps"] = rng.choice([10, 8, 3], n, p=[PROMOTERS, 0.3, 0.3])
    return cx.Survey(frame, touchpoints=names, outcome={"nps": "nps"}, scale=cx.Scale(1, 5), channel="way")


def of_competitors(seed: int) -> bool:
    """Whether any of eight touchpoints is called better or worse than a competitor's, with 60 answers each."""
    rivals = {"Other": answers(60, 8, [seed, 1])}
    view = cx.baseline(answers(60, 8, [seed, 0]), competitors=rivals).competitors()
    return bool((view.table["q_value"] < 0.05).any())


def of_channels(seed: int) -> bool:
    """Whether any of three touchpoints is said to differ by channel, with 90 answers in three channels."""
    view = cx.baseline(answers(90, 3, [seed, 2])).consistency()
    return bool((view.table["q_value"] < 0.05).any())


def of_advocates(seed: int) -> bool:
    """Whether promoters are said to answer too often, with 200 answers."""
    view = cx.baseline(answers(200, 4, [seed, 3])).pitfalls(base={"promoters": PROMOTERS})
    checks = view.table.set_index("pitfall")
    return checks.loc["advocates only", "verdict"] == "found"


def of_dominance(seed: int) -> bool:
    """Whether any of eight touchpoints that matter alike is said to dominate others, with 300 answers."""
    rng = np.random.default_rng([seed, 4])
    survey = answers(300, 8, [seed, 5])
    pleased = 0.3 * survey.table[list(survey.touchpoints)].sum(axis=1)
    frame = survey.table.assign(overall=pleased + rng.normal(0, 1.5, 300))
    alike = cx.Survey(frame, touchpoints=survey.touchpoints, outcome="overall", scale=cx.Scale(1, 5))
    view = cx.drivers(alike, n_boot=200, seed=seed).dominance()
    return " none of " not in view.finding.short


CLAIMS = {
    "a touchpoint is better or worse than a competitor's": of_competitors,
    "a touchpoint differs by channel": of_channels,
    "mostly promoters answer": of_advocates,
    "a touchpoint dominates others": of_dominance,
}


def main(runs: int) -> None:
    """Print how often each claim is made."""
    print("| claim | studies with it, at most | is | Monte Carlo error |\n|---|---|---|---|")
    for claim, is_made in CLAIMS.items():
        share = np.mean([is_made(seed) for seed in range(runs)])
        error = np.sqrt(share * (1 - share) / runs)
        print(f"| {claim} | 5 % | {100 * share:.1f} % | {100 * error:.1f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
