"""Do road maps bring what they forecast, choose nothing where nothing is worth it, and keep their promises and budgets?

``python benchmarks/simulate_roadmaps.py [RUNS]`` prints the tables of benchmarks/README.md: RUNS (80) studies of each.
Ten touchpoints on a scale of 1 to 5, 600 answers, an initiative for each; the budget of two periods is enough for four.
What an initiative truly lifts is drawn from its own range. The mean of the outcome is linear in the scores,
so what a plan truly brings is known; a later survey of 600 other people is drawn as well. With halo, the outcome holds
a part of the mood that all scores share, which no touchpoint brings.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stats.chance import Chances, p_within, period_costs, schedule_surely
from cxlens.stats.schedule import Problem, schedule

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("simulate_drivers", HERE / "simulate_drivers.py")
answers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(answers)

RUNS, DRAWS, P, N, POPULATION = 80, 300, 10, 600, 200_000
NOISE, HALO = 1.5, 0.8
LIFT, COST, BUDGET, CERTAINTY = (0.2, 0.4, 0.6), (7, 10, 16), 25.0, 0.9
NAMES = [f"t{k}" for k in range(P)]
TRUTHS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "all zero": lambda _: np.zeros(P),
    "one huge, nine zero": lambda _: np.r_[0.8, np.zeros(P - 1)],
    "all 0.12": lambda _: np.full(P, 0.12),
    "normal, sd 0.12": lambda rng: rng.normal(0.05, 0.12, P),
    "normal, with halo": lambda rng: rng.normal(0.05, 0.12, P),
}


def scores(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, P), and the mood (n,) that they share."""
    mood = rng.normal(size=(n, 1))
    own = rng.normal(size=(n, P))
    return answers.recorded(np.sqrt(0.3) * mood + np.sqrt(0.7) * own), mood[:, 0]


def outcome(x: np.ndarray, mood: np.ndarray, effects: np.ndarray, halo: float, rng: np.random.Generator) -> np.ndarray:
    """The outcome (n,)."""
    return 5 + x @ effects + halo * mood + NOISE * rng.normal(size=len(x))


def raised(x: np.ndarray, lifts: np.ndarray) -> np.ndarray:
    """Scores after the lifts, inside the scale."""
    return np.minimum(x + lifts, 5)


def study(truth: str, seed: int, resolves: int = 20, n: int = N) -> dict[str, object]:
    """One simulated study: its plan beside the truth."""
    rng = np.random.default_rng([seed, list(TRUTHS).index(truth)])
    effects = TRUTHS[truth](rng)
    halo = HALO if "halo" in truth else 0.0
    x, mood = scores(n, rng)
    frame = pd.DataFrame(x, columns=NAMES).assign(y=outcome(x, mood, effects, halo, rng))
    survey = cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5))
    drivers = cx.drivers(survey, method="relative weights", n_boot=DRAWS, seed=seed)
    plan = cx.roadmap(cx.quick_wins(drivers, initiatives(), seed=seed), periods=2, budget=BUDGET, resolves=resolves)
    everyone, _ = scores(POPULATION, rng)
    lifts = rng.triangular(*LIFT, P)
    gains = effects * (raised(everyone, lifts) - everyone).mean(axis=0)
    table = plan.table.set_index("initiative").loc[NAMES]
    best = set(np.argsort(-gains)[:4]) & set(np.flatnonzero(gains >= plan.record.least))
    last = plan.periods_table.iloc[-1]
    found = {
        "chosen": int(table["selected"].sum()),
        "forecast": last["benefit"],
        "low": last["benefit_low"],
        "high": last["benefit_high"],
        "true": float(gains[table["selected"]].sum()),
        "best": float(sum(gains[k] for k in best)),
        "said": table["p_selected"].to_numpy(),
        "was": np.isin(np.arange(P), list(best)),
    }
    return found | kept(plan, effects, halo, lifts, everyone, rng, n)


def kept(
    plan: cx.roadmap,
    effects: np.ndarray,
    halo: float,
    lifts: np.ndarray,
    everyone: np.ndarray,
    rng: np.random.Generator,
    n: int,
) -> dict[str, object]:
    """Whether promises hold the level there will be, and what a later survey of as many people measures."""
    later, mood = scores(n, rng)
    promised = plan.forecasts()
    level, measured, width = [], [], []
    for period in promised["date"].unique():
        ended = plan.table.loc[plan.table["end"].between("period 1", period), "initiative"]
        by = lifts * np.isin(NAMES, ended)
        then = raised(later, by)
        truly = raised(everyone, by).mean(axis=0)
        means = dict(zip(NAMES, zip(truly, then.mean(axis=0), strict=True), strict=True))
        means["y"] = (5 + truly @ effects, outcome(then, mood, effects, halo, rng).mean())
        for row in promised[promised["date"] == period].itertuples():
            true, seen = means[row.metric]
            level.append(row.true_low <= true <= row.true_high)
            measured.append(row.low <= seen <= row.high)
            width.append(row.high - row.low)
    return {"level": np.array(level), "measured": np.array(measured), "width": min(width)}


def initiatives() -> pd.DataFrame:
    """One for each touchpoint."""
    rows = pd.DataFrame({"name": NAMES, "touchpoints": NAMES, "owner": ""})
    for what, values in {"lift": LIFT, "effort": (1, 2, 3), "cost": COST}.items():
        for end, value in zip(("low", "likely", "high"), values, strict=True):
            rows[f"{what}_{end}"] = value
    return rows


def studies(truth: str, runs: int, resolves: int = 20, n: int = N) -> pd.DataFrame:
    """A row a study."""
    return pd.DataFrame([study(truth, seed, resolves, n) for seed in range(runs)])


def budgets(runs: int) -> pd.DataFrame:
    """Plans made with likely costs, with means, and to be kept with certainty: how often a period is within budget.

    Ten initiatives of half to one and a half times 7, 10 and 16, four periods, a budget of 25 each. ``said``, ``was``:
    of all periods that cost something, share of draws within, and of 2,000 true costs; ``every``: share of these that
    stay within the budget of every period.
    """
    rows = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        low, likely, high = np.outer(COST, rng.uniform(0.5, 1.5, P))
        problem = Problem(
            values=rng.uniform(0.5, 2, P),
            costs=likely,
            durations=rng.integers(1, 3, P),
            budget=np.full(4, BUDGET),
            needs=np.zeros((P, 0)),
            capacity=np.zeros((0, 4)),
            prerequisites=[],
            exclusions=[],
            must=np.zeros(P, bool),
        )
        chances = Chances(CERTAINTY, low, likely, high, np.zeros((1, P)), seed)
        true = rng.triangular(low, likely, high, (2000, P))
        with_means = problem._replace(costs=(low + likely + high) / 3)
        plans = {
            "likely costs": schedule(problem),
            "means": schedule(with_means),
            f"certainty {CERTAINTY:g}": schedule_surely(with_means, chances),
        }
        for how, plan in plans.items():
            spent = period_costs(problem, plan.starts, true)
            said = p_within(problem, period_costs(problem, plan.starts, chances.costs(fresh=True)))
            costly = spent.any(axis=0)
            within = p_within(problem, spent)
            row = {"how": how, "said": said[costly].mean(), "was": within[costly].mean(), "least": within.min()}
            rows.append({**row, "every": (spent <= BUDGET).all(axis=1).mean(), "worth": plan.objective})
    return pd.DataFrame(rows)


def percent(values: np.ndarray) -> str:
    """A share in percent, with its Monte Carlo error over studies."""
    return f"{100 * np.mean(values):.1f} ± {100 * np.std(values) / np.sqrt(len(values)):.1f}"


def plan_line(truth: str, found: pd.DataFrame) -> str:
    """Of the studies with a plan: what it forecasts, what it truly brings, and whether its interval holds that."""
    nothing = percent(found["chosen"] == 0)
    some = found[found["chosen"] > 0]
    if len(some) < 5:
        return f"| {truth} | {len(found)} | {nothing} | {found['chosen'].mean():.1f} | | | | |"
    ratio = some["forecast"].mean() / some["true"].mean() if some["true"].mean() else np.nan
    held = (some["low"] <= some["true"]) & (some["true"] <= some["high"])
    return (
        f"| {truth} | {len(found)} | {nothing} | {found['chosen'].mean():.1f} | {some['forecast'].mean():.3f} | "
        f"{some['true'].mean():.3f} ± {some['true'].std() / np.sqrt(len(some)):.3f} | {ratio:.2f} | {percent(held)} |"
    )


def promise_line(truth: str, found: pd.DataFrame) -> str:
    """Whether the later level, and what a later survey measures, lies in what was promised, over studies."""
    level = np.array([held.mean() for held in found["level"]])
    measured = np.array([held.mean() for held in found["measured"]])
    return f"| {truth} | {percent(level)} | {percent(measured)} | {found['width'].min():.2f} |"


def chosen_line(truth: str, found: pd.DataFrame) -> str:
    """Said and was of p_selected, by what was said."""
    said, was = np.concatenate(found["said"].to_list()), np.concatenate(found["was"].to_list())
    cells = []
    for low, high in ((0.0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        inside = (said >= low - 1e-9) & (said < high - 1e-9)
        n = inside.sum()
        cells.append(f"{100 * said[inside].mean():.0f} / {100 * was[inside].mean():.0f} ({n})" if n else "-")
    return f"| {truth} | {' | '.join(cells)} |"


def tables(found: dict[str, pd.DataFrame]) -> None:
    """Print what benchmarks/README.md shows of the studies."""
    print("| effects | studies | nothing chosen | chosen | forecast | truth | forecast / truth | interval holds it |")
    print("|---|---|---|---|---|---|---|---|")
    for truth, rows in found.items():
        print(plan_line(truth, rows))
    print("\n| effects | later level inside | later measurement inside | smallest width |\n|---|---|---|---|")
    for truth, rows in found.items():
        print(promise_line(truth, rows))
    print("\n| effects | said under 0.4 | 0.4 to 0.6 | 0.6 to 0.8 | 0.8 and more |\n|---|---|---|---|---|")
    for truth, rows in found.items():
        print(chosen_line(truth, rows))


def main(runs: int) -> None:
    """Print all tables."""
    tables({truth: studies(truth, runs) for truth in TRUTHS})
    print("\n| planned with | a period within budget, said | was | every period, was | worth |\n|---|---|---|---|---|")
    for how, rows in budgets(runs).groupby("how", sort=False):
        cells = [percent(rows[column]) for column in ("said", "was", "every")]
        print(f"| {how} | {' | '.join(cells)} | {rows['worth'].mean():.2f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
