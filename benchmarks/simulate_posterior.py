"""Do probabilities, forecasts and first places hold what they say, whatever the truth is? By simulation.

``python benchmarks/simulate_posterior.py [RUNS] [PART ...]`` prints the tables of benchmarks/README.md: RUNS (100)
studies of each truth. Parts: plans, removals, levels, first; all of them by default. ``plans`` draws the picture.

Scores are felt with a common part (35 % of the variance, unless said), cut into 1 to 5. The outcome is linear in the
scores as recorded, with noise of 1.2, in halves. What an initiative lifts and takes is drawn from its own range.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import cxlens as cx

HERE = Path(__file__).parent
RUNS, DRAWS = 100, 300
SCALE = cx.Scale(1, 5, not_used=[6])
CUTS = (-1.5, -0.8, 0.0, 0.9)
SKEWED = (-2.2, -1.8, -1.2, -0.4)
BINS = ((0.4, 0.6), (0.6, 0.8), (0.8, 1.01))
PARTS = ("plans", "removals", "levels", "first")


class Truth(NamedTuple):
    """A world: how effects come about, how many answer, and how scores lie."""

    effects: Callable[[np.random.Generator], np.ndarray]
    n: int = 600
    cuts: tuple[float, ...] = CUTS
    common: float = 0.35
    halo: float = 0.0


def _spread(p: int) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda rng: rng.normal(0.12, 0.06, p)


def _fixed(*effects: float) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda _: np.array(effects)


NOTHING = _fixed(*[0.0] * 10)
TRUTHS = {
    "none, 150": Truth(NOTHING, 150),
    "none, 600": Truth(NOTHING),
    "none, 2,000": Truth(NOTHING, 2000),
    "none, halo in the outcome": Truth(NOTHING, halo=0.8),
    "one huge": Truth(_fixed(1.0, *[0.0] * 9)),
    "one huge, nine of 0.05": Truth(_fixed(1.0, *[0.05] * 9)),
    "three of ten": Truth(_fixed(0.35, 0.25, 0.15, *[0.0] * 7)),
    "equal": Truth(_fixed(*[0.12] * 10)),
    "normal, 150": Truth(_spread(10), 150),
    "normal": Truth(_spread(10)),
    "normal, 2,000": Truth(_spread(10), 2000),
    "skewed": Truth(_spread(10), cuts=SKEWED),
    "skewed, correlated 0.7": Truth(_spread(10), cuts=SKEWED, common=0.7),
    "three touchpoints": Truth(_spread(3)),
}


SHOWN = ("one huge", "one huge, nine of 0.05", "three of ten", "equal", "normal", "skewed, correlated 0.7")


def felt(n: int, p: int, common: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Feelings (n, p), and the part (n,) that they have in common."""
    mood = rng.normal(size=n)
    own = rng.normal(size=(n, p))
    return np.sqrt(1 - common) * own + np.sqrt(common) * mood[:, None], mood


def recorded(feelings: np.ndarray, cuts: tuple[float, ...] = CUTS) -> np.ndarray:
    """Scores from 1 to 5."""
    return 1.0 + sum((feelings > cut).astype(float) for cut in cuts)


def drivers_of(
    x: np.ndarray, y: np.ndarray, seed: int, draws: int | None = None, scale: cx.Scale | None = SCALE
) -> cx.drivers:
    """The drivers of simulated answers; forecasts do not depend on how importance is shared."""
    names = [f"t{j}" for j in range(x.shape[1])]
    frame = pd.DataFrame(x, columns=names).assign(y=y)
    survey = cx.Survey(frame, touchpoints=names, outcome="y", scale=scale)
    return cx.drivers(survey, n_boot=DRAWS if draws is None else draws, seed=seed, method="relative weights")


def listed(p: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """An initiative a touchpoint, and what each truly lifts and takes."""
    names = [f"t{j}" for j in range(p)]
    plan = pd.DataFrame({"name": names, "touchpoints": names, "owner": ""})
    true = []
    for what, low, high in (("lift", 0.1, 0.6), ("effort", 1.0, 10.0)):
        ends = np.sort(rng.uniform(low, high, (p, 3)), axis=1)
        plan[[f"{what}_low", f"{what}_likely", f"{what}_high"]] = ends
        true.append(rng.triangular(*ends.T))
    return plan, true[0], true[1]


def study(truth: Truth, seed: int) -> pd.DataFrame:
    """A row a touchpoint: probability said, whether it is a quick win, true and forecast change by +0.5."""
    rng = np.random.default_rng([seed, truth.n])
    effects = truth.effects(rng)
    p = len(effects)
    feelings, mood = felt(truth.n, p, truth.common, rng)
    x = recorded(feelings, truth.cuts)
    noise = 1.2 * rng.normal(size=truth.n)
    y = np.round(2 * (x @ effects + truth.halo * mood + noise)) / 2
    found = drivers_of(x, y, seed)
    plan, lift, effort = listed(p, rng)
    wins = cx.quick_wins(found, plan, seed=seed)
    table = wins.table.set_index("initiative").loc[plan["name"]].reset_index()
    room = (x < 5).mean(axis=0)
    benefit = effects * lift * room
    least = max(0.01, 0.25 / np.sqrt(truth.n)) * y.std()
    cut = max(least, (effects * plan["lift_likely"].to_numpy() * room).mean())
    is_big = (benefit >= cut) & (benefit > 0)
    rows = pd.DataFrame({"study": seed, "said": table["p_quick_win"]})
    rows["was"] = is_big & (effort <= plan["effort_likely"].mean())
    rows["true"] = effects * 0.5 * room
    forecasts = [cx.what_if(found, {name: 0.5}).table.iloc[0] for name in plan["name"]]
    for column in ("change", "low", "high"):
        rows[column] = [forecast[column] for forecast in forecasts]
    rows["leads"] = found.estimate.coef[0, 0] == found.estimate.coef[0, 0].max()
    return rows


def plans(runs: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """The studies of each truth."""
    for name, truth in TRUTHS.items():
        yield name, pd.concat([study(truth, seed) for seed in range(runs)], ignore_index=True)


def percent(hits: pd.Series, groups: pd.Series | None = None) -> str:
    """A share with its Monte Carlo error, over studies where initiatives of one hang together."""
    if not len(hits):
        return "-"
    share = hits.mean()
    apart = hits - share
    sums = apart.groupby(groups).sum() if groups is not None else apart
    error = np.sqrt((sums**2).sum()) / len(hits)
    return f"{100 * share:.0f} ± {100 * error:.0f}"


def told(rows: pd.DataFrame) -> list[str]:
    """What is said of one truth: three bins, the best of each list, and forecasts of +0.5."""
    cells = []
    for low, high in BINS:
        part = rows[(rows["said"] >= low) & (rows["said"] < high)]
        was = percent(part["was"].astype(float), part["study"])
        cells.append(f"{100 * part['said'].mean():.0f} / {was} ({len(part)})" if len(part) else "-")
    best = rows.loc[rows.groupby("study")["said"].idxmax()]
    cells.append(f"{100 * (best['said'] >= 0.5).mean():.0f} / {100 * (best['said'] >= 0.8).mean():.0f}")
    cells.append(f"{100 * best['said'].mean():.0f} / {100 * best['was'].mean():.0f}")
    holds = (rows["low"] <= rows["true"]) & (rows["true"] <= rows["high"])
    excludes = (rows["low"] > 0) | (rows["high"] < 0)
    leads = rows["leads"]
    cells.append(percent(holds[leads].astype(float)))
    cells.append(percent(excludes[leads].astype(float)))
    cells.append(percent(holds.astype(float), rows["study"]))
    return cells


def table_of_plans(runs: int) -> dict[str, pd.DataFrame]:
    """Print the table of plans, a truth at a time."""
    heads = ["effects", *(f"said {low:g} to {min(high, 1):g} / were" for low, high in BINS)]
    heads += ["best of a list >= 0.5 / 0.8", "best: said / was"]
    heads += ["what_if of the leader holds", "excludes 0", "of all holds"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    made = {}
    for name, rows in plans(runs):
        made[name] = rows
        print(f"| {name} | {' | '.join(told(rows))} |", flush=True)
    return made


def removal(kind: str, seed: int, n: int = 600) -> tuple[float, bool, bool]:
    """Probability of closing a touchpoint that 80 % use, beside four fixes; whether it is first, and a quick win."""
    rng = np.random.default_rng([seed, 7])
    worth = {"none": 0.0, "helps": -0.4, "hurts": 0.4}.get(kind, 0.0)
    if kind == "half none":
        worth = rng.choice([0.0, rng.normal(0, 0.3)])
    feelings, _ = felt(n, 10, 0.35, rng)
    x = recorded(feelings)
    effects = rng.normal(0.12, 0.06, 10)
    effects[0] = 0.0
    used = rng.random(n) < 0.8
    y = np.round(2 * (x @ effects + worth * used + 1.2 * rng.normal(size=n))) / 2
    x[~used, 0] = 6
    plan, lift, effort = listed(5, rng)
    ends = ["lift_low", "lift_likely", "lift_high"]
    likely = plan["lift_likely"].to_numpy().copy()
    plan.loc[0, ends] = np.nan
    plan["kind"] = ["remove", *["fix"] * 4]
    wins = cx.quick_wins(drivers_of(x, y, seed), plan, seed=seed)
    table = wins.table.set_index("initiative")
    room = (x[:, :5] < 5).mean(axis=0)
    benefit, at_likely = effects[:5] * lift * room, effects[:5] * likely * room
    benefit[0] = at_likely[0] = -0.8 * worth
    cut = max(0.01 * y.std(), 0.25 * y.std() / np.sqrt(n), at_likely.mean())
    is_one = benefit[0] >= cut and benefit[0] > 0 and effort[0] <= plan["effort_likely"].mean()
    return float(table["p_quick_win"]["t0"]), wins.table["initiative"].iloc[0] == "t0", bool(is_one)


def table_of_removals(runs: int) -> None:
    """Print how often closing a touchpoint is said to be a quick win."""
    heads = ["worth of use", "said >= 0.5", "said >= 0.8", "first of the list", "said", "was"]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for kind in ("none", "half none", "helps", "hurts"):
        said, first, was = np.array([removal(kind, seed) for seed in range(runs)], float).T
        cells = [percent(pd.Series(hits, dtype=float)) for hits in (said >= 0.5, said >= 0.8, first)]
        print(f"| {kind} | {' | '.join(cells)} | {100 * said.mean():.0f} | {100 * was.mean():.0f} |", flush=True)


LEVELS = np.arange(1.0, 6)
SHAPES = {
    "line": 0.4 * (LEVELS - 3),
    "weak kink": np.where(LEVELS < 3, 0.45, 0.25) * (LEVELS - 3),
    "strong kink": np.where(LEVELS < 3, 0.8, 0.1) * (LEVELS - 3),
    "reward": np.where(LEVELS < 3, 0.1, 0.8) * (LEVELS - 3),
    "quadratic": -0.15 * (5 - LEVELS) ** 2,
    "top box": 1.0 * (LEVELS == 5),
}
LINES = (0.3, 0.2, 0.1, 0.25, 0.15, 0.2, 0.1, 0.3, 0.05, 0.2, 0.15)


def bent(shape: str, n: int, p: int, seed: int) -> tuple[bool, bool]:
    """Whether the interval of +0.5 holds the truth of one bent touchpoint among lines: as estimated, and shrunk."""
    from cxlens.stages.drivers.levels import between, levels_of

    rng = np.random.default_rng([seed, n, p])
    x = recorded(felt(n, p, 0.35, rng)[0])
    lines = np.array(LINES[: p - 1])
    y = SHAPES[shape][x[:, 0].astype(int) - 1] + x[:, 1:] @ lines + 1.2 * rng.normal(size=n)
    found = drivers_of(x, y, seed)
    shares = (recorded(rng.normal(size=200_000)) == LEVELS[:, None]).mean(axis=1)
    truth = 0.5 * (shares[:-1] * np.diff(SHAPES[shape])).sum()
    record = found.record
    worth = levels_of(record, record.asked).worth[:, 0, 0]
    moved = np.minimum(record.levels + 0.5, 5)
    raw = (record.estimates.figures.shares[:, 0, 0] * (between(record.levels, worth, moved) - worth)).sum(axis=1)
    low, high = np.percentile(raw[1:], [2.5, 97.5])
    row = cx.what_if(found, {"t0": 0.5}).table.iloc[0]
    return low <= truth <= high, row["low"] <= truth <= row["high"]


def table_of_levels(runs: int) -> None:
    """Print how often intervals of a bent effect hold the truth, as estimated and shrunk."""
    heads = ["shape", *(f"n = {n:,}, {p} touchpoints" for n in (300, 1000) for p in (5, 12))]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for shape in SHAPES:
        cells = []
        for n in (300, 1000):
            for p in (5, 12):
                held = np.array([bent(shape, n, p, seed) for seed in range(runs)], float)
                raw, shrunken = (percent(pd.Series(hits)) for hits in held.T)
                cells.append(f"{raw}, {shrunken}")
        print(f"| {shape} | {' | '.join(cells)} |", flush=True)


DRIVERS = {
    "equal": lambda rng: np.full(12, 0.1 + 0.0 * rng.random()),
    "one of double effect": lambda _: np.array([0.2, *[0.1] * 11]),
    "random": lambda rng: np.maximum(0.1 * rng.normal(1, 0.5, 12), 0),
}


def leader(kind: str, n: int, seed: int) -> tuple[float, float, bool]:
    """Of the first of twelve drivers: P(first) said, share of resamples in which it is first, whether it truly is."""
    rng = np.random.default_rng([seed, n, 12])
    effects = DRIVERS[kind](rng)
    feelings, _ = felt(n, 12, 0.4, rng)
    y = feelings @ effects + rng.normal(size=n)
    found = drivers_of(feelings, y, seed, 200, scale=None)
    first = found.record.estimates.figures.importance[:, 0]
    raw = (first[1:].argmax(axis=1) == first[0].argmax()).mean()
    true = rng.permutation(12)[0] if kind == "equal" else effects.argmax()
    return float(found.fit["p_first"].iloc[0]), float(raw), bool(first[0].argmax() == true)


def table_of_leaders(runs: int) -> None:
    """Print how sure first places are said to be, and how often they are right."""
    heads = ["drivers", "n", "said", "share of resamples", "was", ">= 0.8 (right)"]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for kind in DRIVERS:
        for n in (80, 300, 1000):
            said, raw, was = np.array([leader(kind, n, seed) for seed in range(runs)], float).T
            sure = said >= 0.8
            right = f" ({100 * was[sure].mean():.0f})" if sure.any() else ""
            cells = [f"{100 * said.mean():.0f}", f"{100 * raw.mean():.0f}", percent(pd.Series(was))]
            print(f"| {kind} | {n:,} | {' | '.join(cells)} | {percent(pd.Series(sure * 1.0))}{right} |", flush=True)


def picture(made: dict[str, pd.DataFrame], path: Path) -> None:
    """Said against true, one panel a truth."""
    from matplotlib.figure import Figure

    from cxlens.common.style import BLUE, GREY

    shown = [name for name in SHOWN if name in made]
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    panels = list(figure.subplots(2, 3, sharex=True, sharey=True).flat)
    for spare in panels[len(shown) :]:
        spare.set_visible(False)
    for ax, name in zip(panels, shown, strict=False):
        rows = made[name]
        fifth = np.minimum((rows["said"] * 5).astype(int), 4)
        parts = [part for _, part in rows.groupby(fifth) if len(part) >= 20]
        said = [part["said"].mean() for part in parts]
        were = [part["was"].mean() for part in parts]
        errors = [2 * np.sqrt(max(p * (1 - p), 0.01) / len(part)) for p, part in zip(were, parts, strict=True)]
        ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
        ax.errorbar(said, were, errors, fmt="o-", color=BLUE, markersize=5)
        ax.set(title=name, xlim=(0, 1), ylim=(0, 1))
        ax.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("probability said")
    figure.supylabel("share that were quick wins")
    figure.suptitle("Probabilities of quick wins by truth (simulated; bars: two Monte Carlo errors)")
    figure.savefig(path, dpi=110)


def main(runs: int, parts: tuple[str, ...]) -> None:
    """Print the tables and draw the picture."""
    if "plans" in parts:
        picture(table_of_plans(runs), HERE / "reliability.png")
    if "removals" in parts:
        table_of_removals(runs)
    if "levels" in parts:
        table_of_levels(runs)
    if "first" in parts:
        table_of_leaders(runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS, tuple(sys.argv[2:]) or PARTS)
