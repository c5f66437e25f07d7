"""Do weighted figures, effects on few places and adjusted changes say more than there is?

``python benchmarks/simulate_changes.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs, each with a seed of its own. Weighted: groups answer 9 : 1 and are of equal size in the population. Effects:
places swing from wave to wave by a shock of their own. Adjusted: the mix of kinds shifts between two periods.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.stages.baseline.cells import weighted_figure
from cxlens.stages.impact.adjust import COVERED
from cxlens.stages.impact.ladder import Places, Sides, judged
from cxlens.stats.inference import wider
from cxlens.stats.intervals import nps_points
from cxlens.stats.standardised import Kinds, standardise
from cxlens.study.metrics import Sample, change_of

RUNS = {"weighted": 1_000, "places": 500, "kinds": 1_000}
LEVEL = 0.95
OFTEN, SELDOM = 0.5 / 0.9, 5.0  # weights of those who answer nine times as often, and of the others


class Case(NamedTuple):
    """Answers from 0 to 10 of those who answer often and seldom, and how likely each is."""

    often: dict[int, float]
    seldom: dict[int, float]

    @property
    def truths(self) -> tuple[float, float, float]:
        """Mean, share of 9 and 10, and NPS of the population."""
        likely = [(answer, p / 2) for group in self for answer, p in group.items()]
        mean = sum(answer * p for answer, p in likely)
        top = sum(p for answer, p in likely if answer >= 9)
        low = sum(p for answer, p in likely if answer <= 6)
        return mean, top, 100 * (top - low)


SPREAD = {1: 0.2, 4: 0.2, 7: 0.2, 9: 0.2, 10: 0.2}
AT_ODDS = {1: 0.25, 2: 0.25, 9: 0.25, 10: 0.25}
OF_ONE_MIND = {7: 0.1, 8: 0.8, 9: 0.1}
CASES = {
    "no relation": Case(SPREAD, SPREAD),
    "those who answer seldom are at odds": Case(OF_ONE_MIND, AT_ODDS),
    "they are of one mind": Case(AT_ODDS, OF_ONE_MIND),
    "they are happier": Case({4: 0.3, 6: 0.4, 8: 0.3}, {6: 0.3, 8: 0.4, 10: 0.3}),
    "few are at the top": Case({4: 0.3, 7: 0.68, 9: 0.02}, {4: 0.3, 7: 0.68, 9: 0.02}),
}
SIZES = (100, 400, 1_000)
DESIGNS = [  # treated places, all places, waves
    (1, 2, 2),
    (1, 2, 6),
    (1, 4, 6),
    (1, 6, 2),
    (1, 6, 6),
    (2, 6, 2),
    (2, 6, 6),
    (2, 12, 2),
    (2, 12, 6),
    (3, 20, 2),
    (6, 12, 2),
    (6, 12, 6),
    (20, 40, 2),
]
SHOCKS = {"none": (0.0, 0.0), "0.05": (0.05, 0.0), "0.10": (0.1, 0.0), "0.10, carried over by 0.6": (0.1, 0.6)}
EFFECT = 0.3
KINDS = (2, 4, 12)


def drawn(case: Case, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Answers of n people, and their weights."""
    is_often = rng.random(n) < 0.9
    by_group = [rng.choice(list(group), n, p=list(group.values())) for group in case]
    return np.where(is_often, *by_group).astype(float), np.where(is_often, OFTEN, SELDOM)


def covered(name: str, n: int, seed: int) -> list[bool]:
    """Whether the intervals of mean, top box and NPS hold the truth."""
    case = CASES[name]
    x, w = drawn(case, n, np.random.default_rng([seed, n]))
    figures = [
        weighted_figure(x, w, "mean", LEVEL),
        weighted_figure((x >= 9) * 1.0, w, "share", LEVEL),
        weighted_figure(x, w, "NPS", LEVEL),
    ]
    return [low <= truth <= high for (_, low, high), truth in zip(figures, case.truths, strict=True)]


def changed(name: str, lifted: float, seed: int) -> list[bool]:
    """Whether mean and NPS are said to change between two samples of 400, of which some of the later say 10 instead."""
    rng = np.random.default_rng([seed, 2])
    x, w = (np.concatenate(both) for both in zip(*(drawn(CASES[name], 400, rng) for _ in range(2)), strict=True))
    late = np.arange(800) >= 400
    y = np.where(late & (rng.random(800) < lifted), 10.0, x)
    told = []
    for kind, values in (("interval", y), ("nps", nps_points(y))):
        sample = Sample(values, w, None, pd.DataFrame(index=range(800)))
        told.append(change_of(sample, late, kind, LEVEL)[3] < 0.05)
    return told


def sides(design: tuple[int, int, int], shock: tuple[float, float], effect: float, seed: int) -> Sides:
    """Answers of places that swing from wave to wave, the treated ones lifted by an effect."""
    treated, places, waves = design
    size, carry = shock
    rng = np.random.default_rng([seed, *design])
    n = 200 if waves == 2 else 100
    swings = rng.normal(size=(places, waves + 20))
    for wave in range(1, waves + 20):
        swings[:, wave] = carry * swings[:, wave - 1] + np.sqrt(1 - carry**2) * swings[:, wave]
    place = np.repeat(np.arange(places), waves * n)
    wave = np.tile(np.repeat(np.arange(waves), n), places)
    late = wave >= waves // 2
    inside = place < treated
    y = rng.normal(size=len(place)) + size * swings[place, 20 + wave] + effect * (inside & late)
    sample = Sample(y, np.ones(len(y)), None, pd.DataFrame(index=range(len(y))))
    return Sides(sample, pd.Series(wave), late, inside, Places(place, "values", np.zeros(len(y), bool)))


def effects(design: tuple[int, int, int], shock: tuple[float, float], seed: int) -> tuple[str, bool, bool, bool]:
    """What judges; whether an effect is clear where there is none, and where there is one; whether it is covered."""
    nothing = judged(sides(design, shock, 0.0, seed), LEVEL)
    something = judged(sides(design, shock, EFFECT, seed), LEVEL)
    _, low, high, p_value = something.estimate
    return something.by, nothing.estimate[3] < 0.05, p_value < 0.05, low <= EFFECT <= high


def same_kinds(kinds: int, n: int, step: float, seed: int) -> tuple[bool, float, bool, float]:
    """Whether both parts hold the truth, whether the change is clear, and the share of the mix before that is covered.

    Who answered is told only where that is 95 % or more; NaN elsewhere.
    The first half of the kinds goes from half to nine in ten of the answers; kind k changes by ``step`` k / kinds.
    """
    rng = np.random.default_rng([seed, kinds, n])
    half = kinds // 2
    before = np.full(kinds, 1 / kinds)
    after = np.repeat([0.9 / half, 0.1 / half], half)
    kind = np.r_[rng.choice(kinds, n, p=before), rng.choice(kinds, n, p=after)]
    late = np.repeat([False, True], n)
    steps = step * np.arange(kinds) / kinds
    levels = np.linspace(0, 1, kinds)
    y = 3 + levels[kind] + steps[kind] * late + rng.normal(size=2 * n)
    counts = [np.bincount(kind[late == period], minlength=kinds) for period in (False, True)]
    takes_part = np.minimum(*counts) >= 5
    number = np.where(takes_part, np.cumsum(takes_part) - 1, -1)[kind]
    change, rest = standardise(Kinds(y, rng.lognormal(0, 0.4, 2 * n), late, number))
    truth = before @ steps
    whole = after @ (levels + steps) - before @ levels
    spans = [wider(part.value, [part.error], [part.df], LEVEL) for part in (change, rest)]
    inside = [low <= aim <= high for (low, high, _), aim in zip(spans, (truth, whole - truth), strict=True)]
    covered_mix = float(counts[0][takes_part].sum() / n)
    is_told = covered_mix >= COVERED
    return inside[0], inside[1] if is_told else np.nan, spans[0][2] < 0.05, covered_mix


def share(made: list[bool] | np.ndarray) -> str:
    """A share of runs in percent, with its Monte Carlo error; of those that tell it, if any do."""
    made = np.asarray(made, float)
    made = made[~np.isnan(made)]
    if not len(made):
        return "not told"
    return f"{100 * made.mean():.1f} +- {100 * made.std() / np.sqrt(len(made)):.1f}"


def of_weights(runs: int) -> None:
    """How often weighted intervals hold the truth, and changes are found where there are none, and where there are."""
    print("| weights | answers | mean | top box | NPS |\n|---|---|---|---|---|")
    for name in CASES:
        for n in SIZES:
            inside = np.array([covered(name, n, seed) for seed in range(runs)])
            print(f"| {name} | {n:,} | {' | '.join(share(figure) for figure in inside.T)} |", flush=True)
    print("\n| weights, two samples of 400 | mean: no change | one in five says 10 | NPS: no change | the same |")
    print("|---|---|---|---|---|")
    for name in CASES:
        none, some = (np.array([changed(name, lift, seed) for seed in range(runs)]).T for lift in (0.0, 0.2))
        told = [share(figure) for pair in zip(none, some, strict=True) for figure in pair]
        print(f"| {name} | {' | '.join(told)} |", flush=True)


def of_places(runs: int) -> None:
    """How often an effect is told where there is none, and where there is one, by places, waves and shocks."""
    print(
        "\n| treated of places, waves | shock | judged by | told without an effect | with 0.3 | 0.3 in the interval |"
    )
    print("|---|---|---|---|---|---|")
    for treated, places, waves in DESIGNS:
        for name, shock in SHOCKS.items():
            if shock[1] and waves == 2:
                continue
            made = [effects((treated, places, waves), shock, seed) for seed in range(runs)]
            by, *columns = zip(*made, strict=True)
            told = " | ".join(share(list(column)) for column in columns)
            print(f"| {treated} of {places}, {waves} | {name} | {by[0]} | {told} |", flush=True)


def of_kinds(runs: int) -> None:
    """How often the parts of a change hold the truth, and the change of the same kinds is clear."""
    print("\n| kinds | answers a period | same kinds held | who answered held | clear: no change | 0.6 | mix covered |")
    print("|---|---|---|---|---|---|---|")
    for kinds in KINDS:
        for n in SIZES:
            some = [same_kinds(kinds, n, 0.6, seed) for seed in range(runs)]
            none = [same_kinds(kinds, n, 0.0, seed)[2] for seed in range(runs)]
            held, rest, clear, mix = (list(column) for column in zip(*some, strict=True))
            told = " | ".join(map(share, (held, rest, none, clear)))
            print(f"| {kinds} | {n:,} | {told} | {100 * np.mean(mix):.0f} |", flush=True)


def main(part: float) -> None:
    """All tables."""
    for name, table in (("weighted", of_weights), ("places", of_places), ("kinds", of_kinds)):
        table(max(int(RUNS[name] * part), 4))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
