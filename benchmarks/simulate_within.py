"""Is a touchpoint called a mark of good places, or a place told apart by a slope, where there is nothing of the kind?

``python benchmarks/simulate_within.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs, each with a seed of its own. Places have 5 to 178 answers, 34 in the median. Scores are 1 to 5 and pile up at the
top; places differ in them by a standard deviation of 0.3, and scores of a guest go together (0.3). The first half of
the touchpoints have an effect, alike within and between places; places differ in the outcome for reasons of their own.
Outcomes: a figure, the points of an NPS question, or yes or no.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.common.result import View

RUNS = 400
LEVEL = 3.9  # of scores before they are rounded and cut off
OF_PLACES, OF_GUESTS, MOOD, EFFECT, NOISE = 0.3, 0.9, 0.3, 0.6, 1.5  # standard deviations; the effect for a point
FEWEST, MOST, MEDIAN, SIGMA = 5, 178, 34, 0.75


class Case(NamedTuple):
    """How many places and touchpoints, which outcome; by how much slopes differ, and what the mood of a guest adds."""

    places: int
    touchpoints: int
    outcome: str = "interval"
    slopes: float = 0.0
    clustered: bool = False
    mood: float = 0.0


NULL = {
    "10 places": Case(10, 4),
    "20 places": Case(20, 4),
    "40 places": Case(40, 6),
    "40 places, NPS": Case(40, 6, "nps"),
    "40 places, yes or no": Case(40, 6, "binary"),
    "40 places, slopes differ": Case(40, 6, slopes=0.3),
    "40 places, families answer alike": Case(40, 6, clustered=True),
    "40 places, mood colours all": Case(40, 6, mood=0.5),
    "100 places": Case(100, 6),
}
MARKS = [  # what a place rated a point higher has more than its guests' scores say
    ("10 places", 2.0),
    ("20 places", 1.0),
    ("20 places", 2.0),
    ("40 places", 1.0),
    ("40 places", 2.0),
    ("100 places", 1.0),
]
STEEPER = (1.0, 2.0)  # what a point goes with more at one place of 100 answers


def answers(case: Case, seed: int, mark: float = 0.0, steeper: float = 0.0) -> cx.Survey:
    """Simulated answers; the last touchpoint is a mark of good places, and the first is steeper at the first place."""
    rng = np.random.default_rng([seed, case.places, case.touchpoints])
    k, p = case.places, case.touchpoints
    sizes = np.clip(np.round(MEDIAN * np.exp(SIGMA * rng.standard_normal(k))), FEWEST, MOST).astype(int)
    if steeper:
        sizes[0] = 100
    place = np.repeat(np.arange(k), sizes)
    n = len(place)
    family = np.arange(n) // 3 if case.clustered else np.arange(n)
    quality = OF_PLACES * rng.standard_normal((k, p))
    mood = rng.standard_normal(n)[family]
    own = rng.standard_normal((n, p))
    felt = LEVEL + quality[place] + OF_GUESTS * (np.sqrt(MOOD) * mood[:, None] + np.sqrt(1 - MOOD) * own)
    scores = np.clip(np.round(felt), 1, 5)
    effect = np.where(np.arange(p) < p // 2, EFFECT, 0.0) + case.slopes * rng.standard_normal((k, p))
    effect[0, 0] += steeper
    of_place = 0.4 * rng.standard_normal(k) + mark * quality[:, -1]
    noise = case.mood * mood + NOISE * rng.standard_normal(n)[family]
    y = 7 + ((scores - LEVEL) * effect[place]).sum(axis=1) + of_place[place] + noise
    if case.outcome != "interval":
        y = np.clip(np.round(y), 0, 10)
    if case.outcome == "binary":
        y = (y >= 8).astype(int)
    names = [f"t{j}" for j in range(p)]
    frame = pd.DataFrame(scores, columns=names).assign(place=[f"p{one:03d}" for one in place], family=family, y=y)
    cluster = "family" if case.clustered else None
    return cx.Survey(
        frame, touchpoints=names, outcome={"y": case.outcome}, segments=["place"], scale=cx.Scale(1, 5), cluster=cluster
    )


def found(case: Case, seed: int, mark: float = 0.0, steeper: float = 0.0) -> View:
    """Slopes within and between places."""
    return cx.drivers(answers(case, seed, mark, steeper), n_boot=0, method="relative weights").within("place")


def claims(case: Case, seed: int) -> list[float]:
    """What is claimed where there is nothing: a mark, also of what is clear within, a place with a slope of its own.

    Last the share of intervals of the difference between both slopes that hold its truth, 0.
    """
    view = found(case, seed)
    table = view.table
    holds = (table["difference_low"] <= 0) & (table["difference_high"] >= 0)
    return [
        float((table["kind"] == "mark of good places").any()),
        float(table["kind"].isin(["mark of good places", "clear within, more between"]).any()),
        float(view.parts["places"]["position"].isin(["more", "less"]).any()),
        float(holds.mean()),
    ]


def named(case: Case, seed: int, mark: float) -> list[bool]:
    """Whether the mark is named, and any other touchpoint."""
    view = found(case, seed, mark=mark)
    marks = view.table.loc[view.table["kind"] == "mark of good places", "touchpoint"].tolist()
    last = f"t{case.touchpoints - 1}"
    return [last in marks, bool(set(marks) - {last})]


def steep(case: Case, seed: int, steeper: float) -> list[bool]:
    """Whether the place where a point goes with more is named, and any other place or touchpoint."""
    places = found(case, seed, steeper=steeper).parts["places"]
    clear = places[places["position"].isin(["more", "less"])]
    is_it = (clear["touchpoint"] == "t0") & (clear["place"] == "p000") & (clear["position"] == "more")
    return [bool(is_it.any()), bool((~is_it).any())]


def row(name: str, drawn: Sequence[Sequence[float]], *before: str) -> str:
    """A row of a table: shares in per cent with their Monte Carlo errors."""
    shares = 100 * np.mean(drawn, axis=0)
    errors = 100 * np.std(drawn, axis=0) / np.sqrt(len(drawn))
    told = [f"{share:.1f} +- {error:.1f}" for share, error in zip(shares, errors, strict=True)]
    return f"| {' | '.join([name, *before, *told, str(len(drawn))])} |"


def main(share: float = 1.0) -> None:
    """Print the tables."""
    runs = range(max(round(share * RUNS), 4))
    print("| places differ in their level only | a mark | more between | a place | 0 in the interval | runs |")
    print("|---|---|---|---|---|---|")
    for name, case in NULL.items():
        print(row(name, [claims(case, seed) for seed in runs]))
    some = runs[: max(len(runs) // 2, 4)]
    print("\n| one is a mark | by | it is named | another is | runs |")
    print("|---|---|---|---|---|")
    for name, mark in MARKS:
        print(row(name, [named(NULL[name], seed, mark) for seed in some], f"{mark:g}"))
    print("\n| a point goes with more at one place | by | it is named | another is | runs |")
    print("|---|---|---|---|---|")
    for steeper in STEEPER:
        print(row("40 places", [steep(NULL["40 places"], seed, steeper) for seed in some], f"{steeper:g}"))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
