"""Are forecasts and quick wins as sure as they say? Coverage and reliability, by simulation.

``python benchmarks/simulate_plans.py [RUNS]`` prints the tables of benchmarks/README.md and draws its picture: RUNS
(500) forecasts of each kind, and RUNS studies of each spread of effects.

Forecasts: the answers of ``simulate_drivers.py``, whose outcome has a mean that is linear in the scores as recorded, so
the true change is known. The second touchpoint is used by 60 %.

Quick wins: ten touchpoints with true effects drawn anew in each study. Their spread is told in standard errors of the
estimates, since that is what decides how much can be known. What an initiative truly lifts and takes is drawn from its
own range.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

import cxlens as cx

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("simulate_drivers", HERE / "simulate_drivers.py")
answers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(answers)

RUNS, DRAWS, POPULATION = 500, 500, 400_000
SCALE = cx.Scale(1, 5, not_used=[6])
GOAL = 3.8  # the standard of the third touchpoint
PLACES = cx.TouchpointMap(
    [cx.Touchpoint(answers.NAMES[2], stage="all", standards=[cx.Standard("mean", GOAL)])],
    cx.Lifecycle([cx.Stage("all")]),
)
CHANGES = dict(zip(answers.NAMES, [0.5, ("ceiling", 0.3), "standard"], strict=False))
SPREADS = (0.5, 1.0, 3.0)
P, N, CUT = 10, 600, 5.0  # touchpoints, answers, weeks that are easy
BINS = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


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


def study(spread: float, seed: int, as_estimated: bool = True) -> pd.DataFrame:
    """The initiatives of one simulated study: whether it is a quick win, and p_quick_win, raw if asked."""
    rng = np.random.default_rng([seed, int(10 * spread)])
    feeling = np.sqrt(0.3) * rng.normal(size=(N, 1)) + np.sqrt(0.7) * rng.normal(size=(N, P))
    x = answers.recorded(feeling)
    errors = np.sqrt(np.diag(np.linalg.inv(np.cov(x, rowvar=False))) / N)  # of effects, where the noise is 1
    mean = 2 * max(spread, 1.0) * errors.mean()
    effects = rng.normal(mean, spread * errors.mean(), P)
    frame = pd.DataFrame(x, columns=[f"t{k}" for k in range(P)]).assign(y=x @ effects + rng.normal(size=N))
    survey = cx.Survey(frame, touchpoints=list(frame.columns[:-1]), outcome="y", scale=SCALE)
    ranges = {}
    for what, low, high in (("lift", 0.1, 0.6), ("effort", 1.0, 10.0)):
        ranges[what] = np.sort(rng.uniform(low, high, (P, 3)), axis=1)
    lift, effort = (rng.triangular(*ranges[what].T) for what in ("lift", "effort"))
    everyone = answers.recorded(rng.normal(size=POPULATION // 4))
    benefit = effects * np.array([(np.minimum(everyone + by, 5) - everyone).mean() for by in lift])
    cut = mean * 0.35 * (everyone < 5).mean()
    plan = pd.DataFrame({"name": frame.columns[:-1], "touchpoints": frame.columns[:-1], "owner": ""})
    for what, values in ranges.items():
        plan[[f"{what}_low", f"{what}_likely", f"{what}_high"]] = values
    drivers = cx.drivers(survey, n_boot=DRAWS, seed=seed)
    asked = {"benefit_cut": cut, "effort_cut": CUT, "seed": seed}
    shrunk = cx.quick_wins(drivers, plan, **asked)
    table = shrunk.table.set_index("initiative")[["p_quick_win"]]
    if as_estimated:
        with mock.patch("cxlens.stages.improve.candidates.shrunk", lambda found, _: found):
            raw = cx.quick_wins(drivers, plan, **asked)
        table["p_raw"] = raw.table.set_index("initiative")["p_quick_win"]
    table["is_one"] = pd.Series((benefit >= cut) & (benefit > 0) & (effort <= CUT), index=plan["name"])
    return table.assign(spread=spread, study=seed)


def studies(runs: int, as_estimated: bool = True) -> pd.DataFrame:
    """Initiatives of ``runs`` studies of each spread."""
    made = [study(spread, seed, as_estimated) for spread in SPREADS for seed in range(runs)]
    return pd.concat(made, ignore_index=True)


def reliability(found: pd.DataFrame, column: str) -> pd.DataFrame:
    """By spread and fifth of the probability: ``n``, ``said`` (mean probability), ``were`` quick wins, ``error``.

    The error is over studies, since the initiatives of one study hang together.
    """
    rows = []
    for spread, own in found.groupby("spread"):
        fifth = np.minimum(np.searchsorted(BINS, own[column], side="right"), len(BINS) - 1)
        for k, part in own.groupby(fifth):
            apart = (part["is_one"] - part["is_one"].mean()).groupby(part["study"]).sum()
            error = np.sqrt((apart**2).sum()) / len(part)
            rows.append([spread, BINS[k - 1], len(part), part[column].mean(), part["is_one"].mean(), error])
    return pd.DataFrame(rows, columns=["spread", "from", "n", "said", "were", "error"])


def picture(shrunk: pd.DataFrame, raw: pd.DataFrame, path: Path) -> None:
    """Said against true, one panel a spread."""
    from matplotlib.figure import Figure

    from cxlens.common.style import BLUE, DARK, GREY

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for ax, spread in zip(figure.subplots(1, len(SPREADS), sharey=True), SPREADS, strict=True):
        ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
        for table, colour, marker, name in ((raw, DARK, "s", "as estimated"), (shrunk, BLUE, "o", "shrunk")):
            own = table[table["spread"] == spread]
            ax.errorbar(own["said"], own["were"], 2 * own["error"], fmt=f"{marker}-", color=colour, markersize=5)
            if spread == SPREADS[0]:
                ax.text(0.55, 0.2 if marker == "o" else 0.1, f"{'●' if marker == 'o' else '■'} {name}", color=colour)
        ax.set(title=f"spread {spread:g} standard errors", xlim=(0, 1), ylim=(0, 1), xlabel="probability said")
        ax.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("share that were quick wins")
    figure.suptitle("Probabilities of quick wins hold what they say (simulated; bars: two Monte Carlo errors)")
    figure.savefig(path, dpi=110)


def main(runs: int) -> None:
    """Print the tables and draw the picture."""
    heads = ["outcome", "n", "changed by 0.5", "30 % to the ceiling", "to the standard", "all together"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for outcome in ("scores", "nps"):
        for n in (300, 1000):
            held = forecasts(outcome, n, runs)
            error = np.sqrt(held.mean(axis=0) * (1 - held.mean(axis=0)) / runs)
            cells = [f"{100 * p:.1f} ± {100 * e:.1f}" for p, e in zip(held.mean(axis=0), error, strict=True)]
            print(f"| {outcome} | {n} | {' | '.join(cells)} |", flush=True)
    found = studies(runs)
    tables = {word: reliability(found, column) for word, column in (("shrunk", "p_quick_win"), ("raw", "p_raw"))}
    print("\n| effects | spread | said | initiatives | mean said | were quick wins |\n|---|---|---|---|---|---|")
    for word, table in tables.items():
        for row in table.itertuples():
            said = f"{row._2:.1f} to {row._2 + 0.2:.1f}"
            were = f"{100 * row.were:.0f} ± {100 * row.error:.0f}"
            print(f"| {word} | {row.spread:g} | {said} | {row.n:,} | {100 * row.said:.0f} | {were} |")
    picture(tables["shrunk"], tables["raw"], HERE / "reliability.png")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
