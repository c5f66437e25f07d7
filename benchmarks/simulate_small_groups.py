"""Do a small group beside a large one, few waves and raked weights say more than there is?

``python benchmarks/simulate_small_groups.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of
their runs, each with a seed of its own. Scores are 1 to 5 and pile up at the top; touchpoints share a halo of 0.36, but
for the trends, whose touchpoints are independent.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import special

import cxlens as cx
from cxlens.stages.baseline.bias import response_bias
from cxlens.stats.ranks import rank_correlation, true_correlation

SIXTY = (0.03, 0.04, 0.08, 0.25, 0.60)  # 60 % fives
EIGHTY = (0.01, 0.01, 0.03, 0.15, 0.80)
PLAIN = (0.05, 0.1, 0.2, 0.4, 0.25)
HALO = 0.36
RUNS = 400


def scores(n: int, k: int, rng: np.random.Generator, shares: Sequence[float], halo: float = HALO) -> np.ndarray:
    """(n, k) scores with these shares, which go together by the halo."""
    mood = rng.standard_normal((n, 1))
    latent = np.sqrt(halo) * mood + np.sqrt(1 - halo) * rng.standard_normal((n, k))
    return 1 + np.searchsorted(special.ndtri(np.cumsum(shares)[:-1]), latent)


def survey(
    values: np.ndarray, better: float = 0.0, rng: np.random.Generator | None = None, **columns: object
) -> cx.Survey:
    """A survey of scores; the first touchpoint has so much higher a chance of the best score."""
    values = values.copy()
    if better and rng is not None:
        values[rng.random(len(values)) < better, 0] = 5
    names = [f"t{place}" for place in range(values.shape[1])]
    frame = pd.DataFrame(values, columns=names).assign(y=1, **columns)
    roles = {"time": "wave"} if "wave" in columns else {}
    segments = ["g"] if "g" in columns else []
    return cx.Survey(frame, touchpoints=names, outcome="y", scale=cx.Scale(1, 5), segments=segments, **roles)


def trends(waves: Sequence[int], segments: int, k: int, shares: Sequence[float]) -> Callable[..., bool]:
    """Whether any trend is clear, of k touchpoints in each of some segments."""

    def claimed(seed: int, better: float = 0.0) -> bool:
        rng = np.random.default_rng([seed, sum(waves), segments, k])
        n = sum(waves) * segments
        values = scores(n, k, rng, shares, halo=0.0)
        wave = np.tile(np.repeat(np.arange(len(waves)), waves), segments)
        late = rng.random(n) < better * wave / (len(waves) - 1)
        values[late, 0] = 5
        made = survey(values, wave=wave, g=np.repeat([f"s{place}" for place in range(segments)], sum(waves)))
        table = cx.baseline(made, by="g").table
        return bool("trend_q" in table and (table["trend_q"] < 0.05).any())

    return claimed


def rivals(ours: int, theirs: Sequence[int], parts: Sequence[float] = ()) -> Callable[..., bool]:
    """Whether any of eight touchpoints is called better or worse than a rival's; by segment where there are parts."""

    def claimed(seed: int, better: float = 0.0) -> bool:
        rng = np.random.default_rng([seed, ours, sum(theirs)])

        def answers(n: int, lift: float = 0.0) -> cx.Survey:
            groups = {"g": rng.choice(["a", "b", "c"][: len(parts)], n, p=parts)} if parts else {}
            return survey(scores(n, 8, rng, SIXTY), lift, rng, **groups)

        others = {f"r{place}": answers(n, better if place == 0 else 0.0) for place, n in enumerate(theirs)}
        view = cx.baseline(answers(ours), by="g" if parts else None, competitors=others).competitors()
        return bool((view.table["q_value"] < 0.05).any())

    return claimed


def staff(n: int) -> Callable[..., bool]:
    """Whether staff are said to rate any of eight touchpoints higher or lower than 600 customers."""

    def claimed(seed: int, better: float = 0.0) -> bool:
        rng = np.random.default_rng([seed, n, 8])
        own = survey(scores(n, 8, rng, SIXTY), better, rng)
        view = cx.baseline(survey(scores(600, 8, rng, SIXTY)), employees=own).employees()
        return bool((view.table["q_value"] < 0.05).any())

    return claimed


def series(waves: Sequence[int], metrics: int, nps: bool = False) -> Callable[..., bool]:
    """Whether any step of a metric, or of several, is clear."""

    def claimed(seed: int, better: float = 0.0) -> bool:
        rng = np.random.default_rng([seed, sum(waves), metrics])
        values = scores(sum(waves), metrics, rng, EIGHTY)
        wave = np.repeat(np.arange(len(waves)), waves)
        late = (wave == len(waves) - 1) & (rng.random(len(wave)) < better)
        values[late, 0] = 1
        made = survey(values, wave=wave)
        names = list(made.touchpoints)
        if nps:
            frame = pd.DataFrame({"t0": 3, "y": np.array([3, 7, 8, 9, 10])[values[:, 0] - 1], "wave": wave})
            made = cx.Survey(frame, touchpoints=["t0"], outcome={"y": "nps"}, time="wave")
            names = ["y"]
        result = cx.monitor(made, metric=names if len(names) > 1 else names[0])
        return bool((result.table["q_value"] < 0.05).any())

    return claimed


# What is said, how often it was said before (of 100 studies without anything), the study, and what is planted.
CLAIMS: dict[str, tuple[str, Callable[..., bool], float]] = {
    "trend, 6 touchpoints, waves of 400 and 15": ("42", trends((400, 15), 1, 6, EIGHTY), 0),
    "trend, 4 segments x 6, waves of 100 and 10": ("88", trends((100, 10), 4, 6, EIGHTY), 0),
    "the same, 100 and 20": ("43", trends((100, 20), 4, 6, EIGHTY), 0),
    "the same, 100 and 40": ("10", trends((100, 40), 4, 6, EIGHTY), 0),
    "the same, 250 and 30": ("45", trends((250, 30), 4, 6, EIGHTY), 0),
    "the same, plain scores, 100 and 10": ("37", trends((100, 10), 4, 6, PLAIN), 0),
    "the same, plain scores, 100 and 20": ("18", trends((100, 20), 4, 6, PLAIN), 0),
    "trend, 6 segments x 12, waves of 100 and 10": ("100", trends((100, 10), 6, 12, EIGHTY), 0),
    "the same, 200 and 20": ("97", trends((200, 20), 6, 12, EIGHTY), 0),
    "the same, 50 and 50": ("3", trends((50, 50), 6, 12, EIGHTY), 0),
    "trend, 6 touchpoints, waves of 300, 300, 300, 30": ("-", trends((300, 300, 300, 30), 1, 6, PLAIN), 0.4),
    "trend, 6 touchpoints, eight waves of 60": ("-", trends((60,) * 8, 1, 6, PLAIN), 0.4),
    "competitors, 600 and three of 30": ("29", rivals(600, (30, 30, 30)), 0.9),
    "competitors, 600 and three of 10": ("41", rivals(600, (10, 10, 10)), 0.9),
    "competitors, 600 and 400, 60, 20": ("20", rivals(600, (400, 60, 20)), 0.3),
    "competitors by segment (70/20/10 %), 600 and 200, 60, 60": (
        "32",
        rivals(600, (200, 60, 60), (0.7, 0.2, 0.1)),
        0.6,
    ),
    "competitors by segment, 200 and three of 100": ("7", rivals(200, (100, 100, 100), (0.7, 0.2, 0.1)), 0.6),
    "employees, 600 and 10": ("24", staff(10), 0.9),
    "employees, 600 and 20": ("32", staff(20), 0.9),
    "employees, 600 and 60": ("5", staff(60), 0.6),
    "monitor, waves of 300, 300, 15, 300, 15": ("21", series((300, 300, 15, 300, 15), 1), 0.4),
    "monitor, eight waves of 30": ("-", series((30,) * 8, 1), 0.3),
    "monitor, NPS, eight waves of 30": ("-", series((30,) * 8, 1, nps=True), 0.5),
    "monitor, seven metrics, eight waves of 100": ("32.5", series((100,) * 8, 7), 0.2),
}

CASES = {
    "margins explain the score": ((1, 1, 1), (3, 4, 5), (0.8, 0.8, 0.8), False),
    "the same, who answers 1 : 0.5 : 0.25": ((1, 0.5, 0.25), (3, 4, 5), (0.8, 0.8, 0.8), False),
    "margins unrelated": ((1, 1, 1), (4, 4, 4), (0.94, 0.94, 0.94), False),
    "the reluctant are polarised": ((1, 0.5, 0.25), (4, 4, 4), (0.5, 0.5, 1.6), True),
    "polarised, means differ, too": ((1, 0.5, 0.25), (4, 4, 3.7), (0.5, 0.5, 1.6), True),
}
BEFORE = dict(zip(CASES, ("99.5", "99.3", "94.5", "86.9", "87.7"), strict=True))
ORDERS = [(1, 12, 0.2), (1, 12, 0.1), (0.8, 12, 0.2), (0.5, 12, 0.2), (0.8, 8, 0.2), (0, 12, 0.2)]
BASE = {"g": {"a": 0.5, "b": 0.3, "c": 0.2}, "h": {"u": 0.5, "v": 0.5}}


def answers_of(case: str, rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Answers of three groups, of which some answer less."""
    willing, means, spreads, polarised = CASES[case]
    chance = np.array([0.5, 0.3, 0.2]) * willing
    group = rng.choice(3, n, p=chance / chance.sum())
    noise = rng.choice([-1.0, 1.0], n) if polarised else rng.standard_normal(n)
    y = np.array(means)[group] + np.array(spreads)[group] * noise
    return pd.DataFrame({"y": y, "t": y, "g": np.array(list("abc"))[group], "h": rng.choice(["u", "v"], n)})


def raked(case: str, n: int, seed: int) -> tuple[bool, bool, bool]:
    """Whether the truth is in the interval that knows of the margins, in that of the same weights; and any alarm."""
    frame = answers_of(case, np.random.default_rng([seed, n]), n)
    truth = np.dot([0.5, 0.3, 0.2], CASES[case][1])
    roles = {"touchpoints": ["t"], "outcome": "y", "segments": ["g", "h"]}
    known = cx.Survey(frame, margins=BASE, **roles)
    weights = cx.Survey(frame.assign(w=known.rows().weights), weight="w", **roles)
    rows = [cx.baseline(made).table.iloc[0] for made in (known, weights)]
    inside = [bool(row["low"] < truth < row["high"]) for row in rows]
    alarm = (response_bias(cx.Survey(frame, **roles), BASE).table["q_value"] < 0.05).any()
    return inside[0], inside[1], bool(alarm)


def ranks(truth: float, spread: float, touchpoints: int, seed: int) -> tuple[float, bool, bool]:
    """The rank correlation of what 600 customers and 20 staff say; whether its interval reaches 0.95, and the truth."""
    rng = np.random.default_rng([seed, touchpoints])
    errors = [np.full(touchpoints, 0.9 / np.sqrt(n)) for n in (600, 20)]
    x = spread * rng.standard_normal(touchpoints)
    y = truth * x + np.sqrt(1 - truth**2) * spread * rng.standard_normal(touchpoints)
    seen = [side + error * rng.standard_normal(touchpoints) for side, error in zip((x, y), errors, strict=True)]
    low, high = true_correlation(*seen, *errors, 0.95)
    of_ranks = 6 / np.pi * np.arcsin(truth / 2)
    return rank_correlation(*seen), high > 0.95, low - 1e-9 <= of_ranks <= high + 1e-9


def share(made: Sequence[bool]) -> str:
    """A share of runs in percent, with its Monte Carlo error."""
    of_runs = np.asarray(made, float)
    return f"{100 * of_runs.mean():.1f} +- {100 * of_runs.std() / np.sqrt(len(of_runs)):.1f}"


def of_claims(runs: int) -> None:
    """How often each claim is made where there is nothing, and where there is something."""
    print("| claim (any q < 0.05) | before | nothing there | runs | something there |\n|---|---|---|---|---|")
    for name, (before, claimed, planted) in CLAIMS.items():
        alarms = share([claimed(seed) for seed in range(runs)])
        found = share([claimed(seed, planted) for seed in range(max(runs // 4, 4))]) if planted else "-"
        print(f"| {name} | {before} | {alarms} | {runs} | {found} |", flush=True)


def of_raking(runs: int) -> None:
    """How often intervals of raked means hold the truth."""
    print("\n| case | answers | before | interval knows the margins | same weights | runs | any q of response bias |")
    print("|---|---|---|---|---|---|---|")
    for case in CASES:
        for n in (400, 1_000):
            inside = np.array([raked(case, n, seed) for seed in range(runs)])
            known, plain, alarm = (share(column) for column in inside.T)
            before = BEFORE[case] if n == 400 else "-"
            print(f"| {case} | {n} | {before} | {known} | {plain} | {runs} | {alarm} |", flush=True)


def of_ranks(runs: int) -> None:
    """What 20 staff tell of the order of touchpoints."""
    print("\n| true correlation | touchpoints, spread | mean measured | reaches 0.95 | holds the truth | runs |")
    print("|---|---|---|---|---|---|")
    for truth, touchpoints, spread in (
        (1, 12, 0.2),
        (1, 12, 0.1),
        (0.8, 12, 0.2),
        (0.5, 12, 0.2),
        (0.8, 8, 0.2),
        (0, 12, 0.2),
    ):
        found = [ranks(truth, spread, touchpoints, seed) for seed in range(runs)]
        measured, reaches, holds = zip(*found, strict=True)
        said = f"{np.mean(measured):.2f} | {share(reaches)} | {share(holds)}"
        print(f"| {truth:g} | {touchpoints}, {spread:g} | {said} | {runs} |", flush=True)


def main(part: float) -> None:
    """All tables."""
    runs = max(int(RUNS * part), 4)
    of_claims(runs)
    of_raking(runs)
    of_ranks(runs)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
