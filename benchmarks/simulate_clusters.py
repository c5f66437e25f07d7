"""Do errors of few clusters, of answers piled up at the top and of blanks say more than there is?

``python benchmarks/simulate_clusters.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs, each with a seed of its own. In clusters no touchpoint has an effect, but scores and outcome differ by cluster.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.baseline.score import Answers, means, net_promoters, shares
from cxlens.stages.drivers.dropped import difference_of_dropped
from cxlens.stages.drivers.fit import of_players
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.likelihood import fit_likelihood
from cxlens.stats.permutation import permutation_p
from cxlens.stats.regression import fit_rows

CLUSTERS = {"5 of 60": 5, "8 of 60": 8, "12 of 40": 12, "20 of 40": 20, "40 of 20": 40}
UNEQUAL = {"20 unequal": 20, "40 unequal": 40}
TOUCHPOINTS = (6, 12, 24)
YES_NO = ("8 of 60", "20 of 40", "40 of 20", "20 unequal")
RUNS = {"clusters": 200, "yes": 200, "coverage": 1_000, "top": 100, "blanks": 100}


def sizes_of(name: str, rng: np.random.Generator) -> np.ndarray:
    """How many answers each cluster has."""
    if name in UNEQUAL:
        shares_of_clusters = rng.dirichlet(np.full(UNEQUAL[name], 0.7))
        return np.maximum(np.round(800 * shares_of_clusters), 1).astype(int)
    return np.full(CLUSTERS[name], int(name.split(" of ")[1]))


def clustered(name: str, touchpoints: int, seed: int, effect: float = 0.0) -> tuple[np.ndarray, float]:
    """p-values of the touchpoints, of which the first may have an effect, and the fewest degrees of freedom."""
    rng = np.random.default_rng([seed, touchpoints])
    group = np.repeat(np.arange(len(sizes := sizes_of(name, rng))), sizes)
    n, g = len(group), len(sizes)
    halo = 0.5 * rng.normal(size=(n, 1))
    level = 0.7 * rng.normal(size=(g, touchpoints))
    x = np.clip(np.round(3.4 + 0.8 * rng.normal(size=(n, touchpoints)) + halo + level[group]), 1, 5)
    y = np.round(6 + effect * x[:, 0] + 1.2 * rng.normal(size=n) + 0.6 * rng.normal(size=g)[group])
    fit = fit_rows(np.column_stack([np.ones(n), x]), y, np.ones(n), group)
    return fit.p_values[1:], float(np.nanmin(fit.df))


def clustered_yes(name: str, touchpoints: int, seed: int, effect: float = 0.0) -> tuple[np.ndarray, float]:
    """The same of a yes/no outcome, by logit."""
    rng = np.random.default_rng([seed, touchpoints, 2])
    group = np.repeat(np.arange(len(sizes := sizes_of(name, rng))), sizes)
    n, g = len(group), len(sizes)
    halo = 0.5 * rng.normal(size=(n, 1))
    level = 0.7 * rng.normal(size=(g, touchpoints))
    x = np.clip(np.round(3.4 + 0.8 * rng.normal(size=(n, touchpoints)) + halo + level[group]), 1, 5)
    latent = effect * (x[:, 0] - 3.4) + rng.normal(size=g)[group]
    yes = (latent + rng.logistic(size=n) > 0).astype(np.int64)
    fit = of_players(fit_likelihood(x, yes, np.ones(n), group), 0)
    return fit.p_values, float(np.nanmin(fit.df))


def covered(seed: int) -> list[bool]:
    """Whether the intervals of mean, top box and NPS of fifteen unequal clusters hold the truth."""
    rng = np.random.default_rng([seed, 15])
    sizes = np.maximum(np.round(rng.dirichlet(np.full(15, 0.7)) * 600), 2).astype(int)
    unit = np.repeat(np.arange(15), sizes)
    latent = rng.normal(size=len(unit)) + 0.6 * rng.normal(size=15)[unit]
    spread = np.hypot(1, 0.6)
    one = np.ones(len(unit))
    x = np.where(latent > 0.3 * spread, 10.0, np.where(latent < -0.8 * spread, 5.0, 8.0))
    rows = Answers(1, np.zeros(len(unit), int), one.astype(int), latent, one.astype(int), *[one] * 4, unit)
    answers = Answers(1, rows.cell, rows.state, x, rows.n, *[one] * 4, unit)
    top, low = 0.38208857781104733, 0.21185539858339664
    figures = [(means(rows, None, 0.95), 0.0), (shares(answers, x > 9, 0.95), top)]
    figures.append((net_promoters(answers, 0.95), 100 * (top - low)))
    return [bool(figure.low[0] < truth < figure.high[0]) for figure, truth in figures]


def at_the_top(kind: str, n: int, seed: int, effect: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """p-values of twelve touchpoints by HC3 and by permutation: four in five scores are 5, the outcome is skewed."""
    rng = np.random.default_rng([seed, n])
    chance = rng.random((n, 12))
    lower = np.where(chance < 0.97, 4, 1) if kind == "few ones" else rng.integers(1, 5, (n, 12))
    x = np.column_stack([np.ones(n), np.where(chance < 0.8, 5, lower)])
    y = np.where(rng.random(n) < 0.75, 100.0, np.where(rng.random(n) < 0.6, 0.0, -100.0)) + effect * x[:, 1]
    ones = np.ones(n)
    fit = fit_rows(x, y, ones)
    columns = [np.array([j]) for j in np.flatnonzero(fit.used)[1:]]
    p = np.full(12, np.nan)
    p[fit.used[1:]] = permutation_p(x[:, fit.used], y, ones, _places(columns, fit.used), rng, draws=399)
    return fit.p_values[1:], p


def _places(columns: list[np.ndarray], used: np.ndarray) -> list[np.ndarray]:
    """The places of columns among those in use."""
    place = np.cumsum(used) - 1
    return [place[column] for column in columns]


def blanks(slope: float, seed: int) -> bool:
    """Whether dropped answers are told to have another outcome, where skipping depends on it by so much."""
    rng = np.random.default_rng([seed, 400])
    scores = np.clip(np.rint(3.4 + rng.normal(size=(400, 3))), 1, 5)
    y = 2 + scores @ np.array([0.5, 0.4, 0.3]) + rng.normal(size=400)
    chance = 0.2 / (0.2 + 0.8 * np.exp(slope * (y - y.mean()) / y.std()))
    frame = pd.DataFrame(np.where((rng.random(400) < chance)[:, None] & (np.arange(3) == 1), 0, scores).astype(int))
    frame.columns = ["a", "b", "c"]
    survey = cx.Survey(frame.assign(y=y), touchpoints=["a", "b", "c"], outcome="y", scale=cx.Scale(1, 5, blank=[0]))
    return difference_of_dropped(cx.drivers(survey, n_boot=0).record) != 0


def share(made: list[bool] | np.ndarray) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    made = np.asarray(made, float)
    return f"{100 * made.mean():.1f} +- {100 * made.std() / np.sqrt(len(made)):.1f}"


def any_clear(p: np.ndarray) -> bool:
    """Whether any q is below 0.05; none is known where clusters are too few."""
    return bool((benjamini_hochberg(p) < 0.05).any())


def of_clusters(runs: int) -> None:
    """How often touchpoints without effect are called clear, by clusters and touchpoints."""
    print("| clusters | touchpoints | fewest df | p < 0.05 | any q < 0.05 | effect of 0.4 found |")
    print("|---|---|---|---|---|---|")
    for name in (*CLUSTERS, *UNEQUAL):
        for touchpoints in TOUCHPOINTS:
            print_alarms(clustered, name, touchpoints, runs, 0.4)


def of_yes(runs: int) -> None:
    """The same of a yes/no outcome."""
    print("\n| clusters, yes or no | touchpoints | fewest df | p < 0.05 | any q < 0.05 | effect of 0.8 found |")
    print("|---|---|---|---|---|---|")
    for name in YES_NO:
        for touchpoints in TOUCHPOINTS[:2]:
            print_alarms(clustered_yes, name, touchpoints, runs, 0.8)


def print_alarms(draw: Callable[..., tuple[Any, float]], name: str, touchpoints: int, runs: int, effect: float) -> None:
    """A row: the alarms where nothing has an effect, and how often a first touchpoint with one is found."""
    drawn = [draw(name, touchpoints, seed) for seed in range(runs)]
    power = [draw(name, touchpoints, seed, effect)[0][0] < 0.05 for seed in range(runs // 2)]
    flagged = [np.mean(p < 0.05) for p, _ in drawn]
    df = np.median([fewest for _, fewest in drawn])
    found = share([any_clear(p) for p, _ in drawn])
    print(f"| {name} | {touchpoints} | {df:.1f} | {share(flagged)} | {found} | {share(power)} |", flush=True)


def of_figures(runs: int) -> None:
    """How often intervals of the baseline hold the truth."""
    inside = np.array([covered(seed) for seed in range(runs)])
    print("\n| 15 unequal clusters | mean | top box | NPS |\n|---|---|---|---|")
    print(f"| held by the interval | {' | '.join(share(figure) for figure in inside.T)} |", flush=True)


def of_the_top(runs: int) -> None:
    """How often any of twelve touchpoints without effect is called clear, by HC3 and by permutation."""
    print("\n| scores below 5 | answers | any q < 0.05, HC3 | by permutation | effect found |\n|---|---|---|---|---|")
    for kind in ("few ones", "even"):
        for n in (80, 150, 250):
            both = [at_the_top(kind, n, seed) for seed in range(runs)]
            power = [at_the_top(kind, n, seed, 25.0)[1][0] < 0.05 for seed in range(max(runs // 4, 2))]
            robust, moved = (share([any_clear(p) for p in ps]) for ps in zip(*both, strict=True))
            print(f"| {kind} | {n} | {robust} | {moved} | {share(power)} |", flush=True)


def of_blanks(runs: int) -> None:
    """How often dropped answers are told to have another outcome."""
    print("\n| skipping depends on the outcome | told |\n|---|---|")
    for name, slope in {"not at all": 0.0, "some": 0.5, "much": 1.0}.items():
        print(f"| {name} | {share([blanks(slope, seed) for seed in range(runs)])} |", flush=True)


def main(part: float) -> None:
    """All tables."""
    for name, table in (
        ("clusters", of_clusters),
        ("yes", of_yes),
        ("coverage", of_figures),
        ("top", of_the_top),
        ("blanks", of_blanks),
    ):
        table(max(int(RUNS[name] * part), 4))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
