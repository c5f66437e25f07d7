"""Do forecasts and tests of a yes/no outcome hold what they say? Simulated surveys whose truth is known.

``python benchmarks/simulate_yes_no.py [SCALE]`` prints the table of benchmarks/README.md, with seeds of its own; SCALE
(1) multiplies the number of surveys. Scores are 1 to 5 with a common halo; a yes follows a logit of them.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

import cxlens as cx
from cxlens.stats import likelihood
from cxlens.stats.inference import wald_p
from cxlens.stats.likelihood import fit_likelihood

EFFECTS = np.array([0.8, 0.5, 0.3, 0.2, 0.0, 0.0])  # log odds of a score point
NAMES = [f"t{j}" for j in range(len(EFFECTS))]
ZERO = EFFECTS == 0
NOBODY = 6
PEOPLE = 200_000  # of whom the truth is told


def scores(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 6) scores from 1 to 5 with a common halo."""
    mood = rng.standard_normal((n, 1))
    return np.clip(np.rint(3.5 + 0.5 * mood + 0.9 * rng.standard_normal((n, len(EFFECTS)))), 1, 5)


def chance(x: np.ndarray) -> np.ndarray:
    """(n,) chance of a yes."""
    return expit((x - 3.5) @ EFFECTS)


@cache
def truths() -> np.ndarray:
    """(6,) percentage points of yes that half a point more of each touchpoint brings."""
    x = scores(PEOPLE, np.random.default_rng(0))
    changes = []
    for j in range(len(EFFECTS)):
        moved = x.copy()
        moved[:, j] = np.minimum(x[:, j] + 0.5, 5)
        changes.append(100 * (chance(moved) - chance(x)).mean())
    return np.array(changes)


def surveyed(x: np.ndarray, yes: np.ndarray) -> cx.Survey:
    """The answers as a survey."""
    frame = pd.DataFrame(x.astype(int), columns=NAMES).assign(stays=yes.astype(int))
    return cx.Survey(
        frame,
        touchpoints=NAMES,
        outcome={"stays": "binary"},
        scale=cx.Scale(1, 5, not_used=[NOBODY]),
    )


def covered(n: int, seed: int) -> np.ndarray:
    """(6,) whether the interval of what half a point more brings holds the truth."""
    rng = np.random.default_rng([n, seed, 1])
    x = scores(n, rng)
    survey = surveyed(x, rng.random(n) < chance(x))
    found = cx.drivers(survey, method="relative weights", n_boot=200)
    rows = cx.what_if(found, dict.fromkeys(NAMES, 0.5)).table.iloc[:-1]
    truth = truths()
    return ((rows["low"] <= truth) & (truth <= rows["high"])).to_numpy()


def alarms(n: int, seed: int) -> np.ndarray:
    """(2, 2) p below 0.05 of the touchpoints without effect: with errors by leaving out, and by the plain sandwich."""
    rng = np.random.default_rng([n, seed, 2])
    x = scores(n, rng)
    yes = (rng.random(n) < chance(x)).astype(int)
    found = []
    for leaving_out in (likelihood.LEAVING_OUT, 0):
        usual, likelihood.LEAVING_OUT = likelihood.LEAVING_OUT, leaving_out
        fit = fit_likelihood(x, yes, np.ones(n))
        likelihood.LEAVING_OUT = usual
        p = wald_p(fit.coef, np.sqrt(np.diag(fit.cov)), fit.df)
        found.append(p[ZERO] < 0.05)
    return np.array(found)


def alarms_with_flags(n: int, k: int, seed: int) -> np.ndarray:
    """(2,) p below 0.05 of touchpoints without effect, where k did not use each of three others and mostly said no."""
    rng = np.random.default_rng([n, k, seed, 3])
    x = scores(n, rng)
    linear = (x - 3.5) @ EFFECTS
    for j in range(3):
        without = rng.choice(n, k, replace=False)
        linear[without] += -2.5 - (x[without, j] - 3.5) * EFFECTS[j]
        x[without, j] = NOBODY
    found = cx.drivers(surveyed(x, rng.random(n) < expit(linear)), method="relative weights", n_boot=0)
    p = found.table.set_index("touchpoint")["p_value"]
    return (p[np.array(NAMES)[ZERO]] < 0.05).to_numpy()


def row(what: str, shares: list[np.ndarray]) -> str:
    """A line of the table: share of all surveys and touchpoints, with the Monte Carlo error over surveys."""
    by_survey = np.array([np.mean(one) for one in shares])
    error = by_survey.std(ddof=1) / np.sqrt(len(by_survey))
    return f"| {what} | {len(by_survey)} | {100 * by_survey.mean():.1f} ± {100 * error:.1f} |"


def main(scale: float) -> None:
    """Print the table."""
    print("| | surveys | % |")
    print("|---|---|---|")
    for n in (300, 1000):
        holds = [covered(n, seed) for seed in range(max(int(100 * scale), 2))]
        print(row(f"n = {n:,}: interval of what_if, +0.5, holds the truth, effects", [one[~ZERO] for one in holds]))
        print(row(f"n = {n:,}: the same, no effects", [one[ZERO] for one in holds]))
    for n in (150, 300):
        made = [alarms(n, seed) for seed in range(max(int(1000 * scale), 2))]
        print(row(f"n = {n}: p < 0.05 without effect", [one[0] for one in made]))
        print(row(f"n = {n}: the same with the plain sandwich", [one[1] for one in made]))
    for k in (3, 10):
        made = [alarms_with_flags(300, k, seed) for seed in range(max(int(300 * scale), 2))]
        print(row(f"n = 300, three touchpoints that {k} did not use: p < 0.05 without effect", made))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
