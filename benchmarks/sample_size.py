"""Do the answers that ``sample_size`` asks for keep its promise? Simulated answers on 1 to 5, 0 to 10, and regressions.

``python benchmarks/sample_size.py [RUNS]``. Each case takes the n asked for, then makes so many samples of that size
and asks the interval or the test that cxlens reports. *longer arm*: the mean of the longer arms of the intervals
over the margin promised. *coverage*: how many intervals hold the truth. *power*: how many tests find what is there.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd

from cxlens.stages.plan.sample_size import sample_size
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import mean_interval, nps_difference, nps_interval, wilson
from cxlens.stats.regression import fit_rows

RUNS = 10_000
SCORES, P = np.arange(1, 6), np.array([0.05, 0.1, 0.2, 0.4, 0.25])
MEAN, SD = P @ SCORES, math.sqrt(P @ (SCORES - P @ SCORES) ** 2)
Rng = np.random.Generator


def asked(**options: object) -> int:
    """The scores that are asked for."""
    return int(sample_size(**options).table["scores"].iloc[0])


def means(n: int, runs: int, rng: Rng, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of so many samples of scores on 1 to 5."""
    counts = rng.multinomial(n, P, runs)
    mean = counts @ SCORES / n
    return mean + shift, (counts @ SCORES**2 / n - mean**2) * n / (n - 1)


def margin_of_means(runs: int, rng: Rng) -> list[tuple]:
    """Student's interval of a mean."""
    n = asked(margin=0.1, sd=SD)
    low, high = mean_interval(*means(n, runs, rng), n)
    return widths("mean, margin 0.1", n, 0.1, low, high, MEAN, (low + high) / 2)


def margin_with_weights(runs: int, rng: Rng) -> list[tuple]:
    """Half of the answers weigh 0.5, half 1.5: a design effect of 1.25."""
    n = asked(margin=0.1, sd=SD, design_effect=1.25)
    n += n % 2
    (light, v0), (heavy, v1) = means(n // 2, runs, rng), means(n // 2, runs, rng)
    mean = 0.25 * light + 0.75 * heavy
    spread = 0.25 * (v0 + (light - mean) ** 2) + 0.75 * (v1 + (heavy - mean) ** 2)
    low, high = mean_interval(mean, spread, n / 1.25)
    return widths("mean, margin 0.1, design effect 1.25", n, 0.1, low, high, MEAN, mean)


def margin_of_shares(runs: int, rng: Rng) -> list[tuple]:
    """Wilson's interval of a share."""
    n = asked(measure="csat", margin=0.03, share=0.8)
    hits = rng.binomial(n, 0.8, runs)
    low, high = wilson(hits, n)
    return widths("share of 0.8, margin 0.03", n, 0.03, low, high, 0.8, hits / n)


def margin_of_nps(runs: int, rng: Rng) -> list[tuple]:
    """Adjusted Wald interval of the NPS."""
    n = asked(measure="nps", margin=5, promoters=0.5, detractors=0.2)
    counts = rng.multinomial(n, [0.2, 0.3, 0.5], runs).T
    low, high = nps_interval(*counts)
    return widths("NPS of 30, margin 5", n, 5, low, high, 30, 100 * (counts[2] - counts[0]) / n)


def widths(
    name: str, n: int, margin: float, low: np.ndarray, high: np.ndarray, truth: float, estimate: np.ndarray
) -> list[tuple]:
    """Longer arm over what was promised, and coverage."""
    half = np.maximum(estimate - low, high - estimate) / margin
    held = (low <= truth) & (truth <= high)
    error = math.sqrt(0.95 * 0.05 / len(held))
    return [
        (f"{name}: longer arm", n, 1.0, half.mean(), half.std() / math.sqrt(len(half))),
        (f"{name}: coverage", n, 0.95, held.mean(), error),
    ]


def power_of_means(runs: int, rng: Rng) -> list[tuple]:
    """Welch's t test of two waves that differ by 0.2."""
    n = asked(difference=0.2, sd=SD)
    (m0, v0), (m1, v1) = means(n, runs, rng), means(n, runs, rng, 0.2)
    df = (v0 + v1) ** 2 * (n - 1) / (v0**2 + v1**2)
    return powers("mean, difference 0.2", n, wald_p(m1 - m0, np.sqrt((v0 + v1) / n), df))


def power_of_shares(runs: int, rng: Rng) -> list[tuple]:
    """Pooled z test of two shares."""
    n = asked(measure="csat", difference=0.05, share=0.8)
    one, two = rng.binomial(n, 0.8, runs) / n, rng.binomial(n, 0.85, runs) / n
    middle = (one + two) / 2
    return powers("share of 0.8, difference 0.05", n, wald_p(two - one, np.sqrt(2 * middle * (1 - middle) / n), np.inf))


def power_of_nps(runs: int, rng: Rng) -> list[tuple]:
    """Rocks's test of two NPS."""
    n = asked(measure="nps", difference=8, promoters=0.5, detractors=0.2)
    one, two = rng.multinomial(n, [0.2, 0.3, 0.5], runs), rng.multinomial(n, [0.16, 0.3, 0.54], runs)
    p = np.array([nps_difference(tuple(a), tuple(b))[3] for a, b in zip(one, two, strict=True)])
    return powers("NPS of 30, difference 8", n, p)


def power_of_drivers(effect: float, runs: int, rng: Rng) -> list[tuple]:
    """The one of six drivers that has an effect, by the robust (HC3) test of :func:`cxlens.drivers`, q below 0.05."""
    drivers = 6
    cov = np.full((drivers, drivers), 0.3) + 0.7 * np.eye(drivers)
    own = 1 / np.linalg.inv(cov)[0, 0]  # variance of the first driver that the others leave
    b = np.zeros(drivers)
    b[0] = math.sqrt(effect / own)
    r2 = b[0] ** 2
    n = asked(measure="driver", effect=effect, drivers=drivers, r2=r2)
    root, noise = np.linalg.cholesky(cov), math.sqrt(1 - r2)
    p = np.empty(runs)
    for k in range(runs):
        x = rng.normal(size=(n, drivers)) @ root.T
        y = x @ b + noise * rng.normal(size=n)
        fit = fit_rows(np.column_stack([np.ones(n), x]), y, np.ones(n))
        all_p = wald_p(fit.coef[1:], fit.errors[1:], fit.df[1:])
        p[k] = benjamini_hochberg(all_p)[0]
    return powers(f"one driver of six, adds {effect:g} to R2, q below 0.05", n, p)


def powers(name: str, n: int, p: np.ndarray) -> list[tuple]:
    """Share of the tests that find it."""
    return [(f"{name}: power", n, 0.8, float(np.mean(p < 0.05)), math.sqrt(0.8 * 0.2 / len(p)))]


CASES: list[Callable[[int, Rng], list[tuple]]] = [
    margin_of_means, margin_with_weights, margin_of_shares, margin_of_nps, power_of_means,
    power_of_shares, power_of_nps, lambda runs, rng: power_of_drivers(0.02, runs, rng),
    lambda runs, rng: power_of_drivers(0.05, runs, rng),
]  # fmt: skip


def simulate(runs: int) -> pd.DataFrame:
    """A row a promise: ``promise``, ``n``, ``promised``, ``is`` and its Monte Carlo ``error``."""
    rows = [row for k, case in enumerate(CASES) for row in case(runs, np.random.default_rng(k))]
    return pd.DataFrame(rows, columns=["promise", "n", "promised", "is", "error"])


def main(runs: int) -> None:
    """Print the table as markdown."""
    print("| promise | n asked for | promised | is | Monte Carlo error |\n|---|---|---|---|---|")
    for promise, n, promised, found, error in simulate(runs).itertuples(index=False):
        print(f"| {promise} | {n} | {promised:.3f} | {found:.4f} | {error:.4f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
