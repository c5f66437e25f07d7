"""How often is a change called the organisation's own that rivals have, too, and how often one that none of them has?

``python benchmarks/simulate_rivals.py [SHARE]`` prints the tables of benchmarks/README.md, with SHARE (1) of their
runs. Organisations swing by an sd from wave to wave, 300 answers each; all go up by the same, or one rival goes up as
much as ours, or ours alone.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd

from cxlens.stages.impact.against_periods import Answers, beside_ours
from cxlens.stages.impact.against_series import Start, told_of_series
from cxlens.stages.impact.periods import Compared, Question
from cxlens.stages.impact.wave_series import Series
from cxlens.study.metrics import Metric, Sample

RUNS = 2_000
LEVEL = 0.95
ANSWERS = 300
COMMON, OWN = 0.5, 0.5
METRIC = Metric("desk", "interval", 0)
SURVEY = SimpleNamespace(time="wave")
CASES = ("all went up", "one rival, too", "ours alone")
DESIGNS = ((1, 2), (5, 2), (8, 2), (1, 6), (3, 6))  # rivals, waves
SWINGS = (0.0, 0.05, 0.2)
HEAD = "| rivals | waves | swing | case | clear | called our own | difference held |\n|---|---|---|---|---|---|---|"


def rises(case: str, rivals: int) -> np.ndarray:
    """(1 + rivals,) by how much each goes up, ours first."""
    rise = np.full(1 + rivals, COMMON if case == "all went up" else 0.0)
    rise[0] = OWN
    if case == "one rival, too":
        rise[1] = OWN
    return rise


def answers(name: str, rise: float, waves: int, swing: float, rng: np.random.Generator) -> Answers:
    """The answers of an organisation."""
    wave = np.repeat(np.arange(waves), ANSWERS)
    late = wave >= waves // 2
    values = rise * late + swing * rng.normal(size=waves)[wave] + rng.normal(size=len(wave))
    sample = Sample(values, np.ones(len(wave)), None, pd.DataFrame({"wave": wave}))
    half = waves // 2
    question = Question(SURVEY, METRIC, list(range(half)), list(range(half, waves)), LEVEL)
    return Answers(name, question, Compared(sample, late, np.ones(len(wave), bool), pd.DataFrame(), ""))


def periods(case: str, rivals: int, waves: int, swing: float, seed: int) -> tuple[bool, bool, bool]:
    """Whether our change is clear, is called our own, and whether the interval of ours less theirs holds the truth."""
    rng = np.random.default_rng([seed, rivals, waves, CASES.index(case)])
    rise = rises(case, rivals)
    ours, *theirs = (answers(f"R{place}", rise[place], waves, swing, rng) for place in range(1 + rivals))
    change = ours.change
    found = beside_ours(ours, theirs, change)
    return told(change, found.more, found.is_exceeded(1), rise)


def series(case: str, rivals: int, waves: int, swing: float, seed: int) -> tuple[bool, bool, bool]:
    """The same of an interrupted series."""
    rng = np.random.default_rng([seed, rivals, waves, CASES.index(case)])
    rise = rises(case, rivals)
    when = np.arange(waves, dtype=float)
    late = when >= waves // 2
    spread = np.hypot(swing, ANSWERS**-0.5)
    made = []
    for step in rise:
        mean = step * late + spread * rng.normal(size=waves)
        made.append(Series(list(range(waves)), when, [], mean, np.full(waves, 1 / ANSWERS), 0))
    start = Start(waves // 2, waves / 2, None, LEVEL)
    ours, *theirs = made
    found = told_of_series([f"R{place}" for place in range(rivals)], ours, theirs, start)
    return told(start.step(ours), found.more, found.is_exceeded(1), rise)


def told(change: tuple, more: tuple, is_exceeded: bool, rise: np.ndarray) -> tuple[bool, bool, bool]:
    """What is said of a change: clear, our own; and whether what is more than rivals' is held."""
    is_clear = change[1] > 0 and change[3] < 0.05
    truth = rise[0] - rise[1:].mean()
    return is_clear, is_clear and more[3] < 0.05 and is_exceeded, more[1] <= truth <= more[2]


def share(hits: np.ndarray) -> str:
    """A share in percent with its Monte Carlo error."""
    p = hits.mean()
    return f"{100 * p:.1f} +- {100 * np.sqrt(p * (1 - p) / len(hits)):.1f}"


def main(part: float) -> None:
    """Both tables."""
    runs = max(int(RUNS * part), 8)
    print(HEAD)
    for rivals, waves in DESIGNS:
        for swing in SWINGS:
            for case in CASES:
                made = np.array([periods(case, rivals, waves, swing, seed) for seed in range(runs)])
                print(f"| {rivals} | {waves} | {swing} | {case} | {' | '.join(map(share, made.T))} |", flush=True)
    print(f"\n{HEAD}")
    for rivals in (1, 3):
        for case in CASES:
            made = np.array([series(case, rivals, 20, 0.1, seed) for seed in range(runs // 4)])
            print(f"| {rivals} | 20 | 0.1 | {case} | {' | '.join(map(share, made.T))} |", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
