"""Are segments said to differ where they do not, and where they do? Real answers with permuted labels, and simulated.

``python benchmarks/simulate_segments.py [RUNS]`` prints the tables of benchmarks/README.md. Permuted: the San Francisco
airport survey of 2017, if ``CXLENS_TEST_DATA`` has it. Simulated: scores 1 to 5 with a common halo, and an outcome of 1
to 5, or an NPS question of 0 to 10.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import cxlens as cx

RUNS = 200
SHIFTS = (0.0, 0.3, 0.5, 0.7)  # standard deviations
DIFFERS = "What matters differs"
LABELS = ["purpose", "age", "boarding_area"]
COMMON = [
    "Artwork and exhibitions",
    "Restaurants",
    "Shops",
    "Signs and directions",
    "Escalators, elevators and walkways",
    "Screens and monitors",
    "Wi-Fi",
    "Boarding area cleanliness",
    "Restroom cleanliness",
    "Feeling safe",
    "Finding the way around",
    "Security checkpoint",
]
PURPOSES = [1001, 641, 513, 85, 53, 53, 52]
FACULTIES = [458, 372, 280, 214, 190, 150, 120, 98, 83, 74, 61, 53, 26]
Floats = NDArray[np.float64]


def sfo() -> cx.Survey | None:
    """The real answers about the twelve touchpoints that most people met; None where the files are not at hand."""
    folder = Path(os.environ.get("CXLENS_TEST_DATA", "../shared")) / "sfo"
    if not folder.is_dir():
        return None
    return cx.datasets.load_sfo(2017, data_home=folder).survey()


def with_label(survey: cx.Survey, touchpoints: list[str], label: NDArray[np.object_]) -> cx.Survey:
    """The same answers, with one label beside them."""
    rows = survey.only(touchpoints).source.rows
    coded = np.where(rows.unused, 6, np.nan_to_num(rows.scores))
    frame = pd.DataFrame(coded, columns=touchpoints)
    frame["recommend"] = rows.outcomes[:, list(survey.outcomes).index("recommend")]
    frame["label"] = label
    return cx.Survey(
        frame,
        touchpoints=touchpoints,
        outcome={"recommend": "nps"},
        scale=cx.Scale(1, 5, not_used=[6], blank=[0]),
        segments=["label"],
    )


def permuted(survey: cx.Survey, column: str, seed: int) -> bool:
    """Whether what matters is said to differ by a label that was shuffled."""
    label = survey.source.rows.labels[column].to_numpy(object)
    shuffled = np.random.default_rng(seed).permutation(label)
    return says_differs(with_label(survey, COMMON, shuffled))


def says_differs(survey: cx.Survey) -> bool:
    """What the finding says."""
    return cx.drivers(survey, by="label", n_boot=0).finding.lead.startswith(DIFFERS)


def simulated(sizes: list[int], touchpoints: int, kind: str, raised: float, seed: int) -> cx.Survey:
    """Segments of these sizes with the same slopes, but for the first touchpoint of the first, raised by so much."""
    rng = np.random.default_rng(seed)
    n = sum(sizes)
    segment = np.repeat(np.arange(len(sizes)), sizes)
    mood = rng.standard_normal((n, 1))
    scores = np.clip(np.rint(3.6 + 0.5 * mood + 0.85 * rng.standard_normal((n, touchpoints))), 1, 5)
    slopes = np.full((n, touchpoints), 1.2 / touchpoints)
    slopes[segment == 0, 0] += raised
    if kind == "nps":
        felt = 7.6 + 1.6 * ((slopes * (scores - 3.6)).sum(axis=1) + 0.8 * rng.standard_normal(n))
        outcome = np.clip(np.rint(felt), 0, 10)
    else:
        felt = 3.0 + (slopes * (scores - 3.6)).sum(axis=1) + 0.7 * rng.standard_normal(n)
        outcome = np.clip(np.rint(felt), 1, 5)
    names = [f"t{j}" for j in range(touchpoints)]
    frame = pd.DataFrame(scores, columns=names).assign(y=outcome, label=[f"s{s}" for s in segment])
    return cx.Survey(
        frame, touchpoints=names, outcome={"y": kind}, scale=cx.Scale(1, 5), outcome_scale=None, segments=["label"]
    )


DESIGNS = {  # name: sizes, touchpoints, outcome, raised by
    "2 x 300, 4 touchpoints": ([300] * 2, 4, "interval", 0.0),
    "3 x 200, 13 touchpoints": ([200] * 3, 13, "interval", 0.0),
    "6 sizes of purposes, 13 touchpoints": (PURPOSES[:6], 13, "nps", 0.0),
    "13 sizes of faculties, 4 touchpoints": (FACULTIES, 4, "interval", 0.0),
    "13 sizes of faculties, 4 touchpoints, NPS": (FACULTIES, 4, "nps", 0.0),
    "3 x 900, 13 touchpoints, one slope +0.30": ([900] * 3, 13, "interval", 0.3),
    "3 x 900, 13 touchpoints, NPS, one slope +0.30": ([900] * 3, 13, "nps", 0.3),
}


def happier(shift: float, kind: str, seed: int) -> cx.Survey:
    """Two groups with the same latent slopes; one is happier by ``shift`` of a standard deviation, near the ceiling."""
    rng = np.random.default_rng(seed)
    n = 1_000
    is_happier = rng.random(n) < 0.5
    scores = np.clip(np.rint(3.6 + 0.5 * rng.standard_normal((n, 1)) + 0.85 * rng.standard_normal((n, 4))), 1, 5)
    felt = 8 + (scores - 3.6) @ [0.8, 0.6, 0.4, 0.2] + 1.2 * rng.standard_normal(n)
    felt += shift * 1.7 * is_happier
    frame = pd.DataFrame(scores, columns=list("abcd"))
    frame["y"] = np.clip(np.rint(felt), 0, 10)
    frame["label"] = np.where(is_happier, "a", "b")
    return cx.Survey(frame, touchpoints=list("abcd"), outcome={"y": kind}, scale=cx.Scale(1, 5), segments=["label"])


def splits(survey: cx.Survey) -> bool:
    """Whether a tree splits the answers."""
    return bool(cx.find_segments(survey, ["label"], max_depth=1).segments)


def share(claim: Callable[[int], bool], runs: int) -> str:
    """How often a claim is made, in per cent with its Monte Carlo error."""
    rate = float(np.mean([claim(seed) for seed in range(runs)]))
    error = np.sqrt(rate * (1 - rate) / runs)
    return f"{100 * rate:.1f} ± {100 * error:.1f}"


def main(runs: int) -> None:
    """Print how often segments are said to differ."""
    print("| what matters differs, said of | per cent |\n|---|---|")
    real = sfo()
    if real is not None:
        for column in LABELS:
            said = share(partial(permuted, real, column), runs)
            print(f"| SFO 2017, {column}, permuted | {said} |", flush=True)
    for name, design in DESIGNS.items():
        said = share(lambda seed, design=design: says_differs(simulated(*design, seed)), runs)
        print(f"| {name} | {said} |", flush=True)
    print("\n| outcome | a group is happier by | it is split off, per cent |\n|---|---|---|")
    for kind, shift in product(("interval", "nps"), SHIFTS):
        split_off = share(lambda seed, kind=kind, shift=shift: splits(happier(shift, kind, seed)), runs)
        print(f"| {kind} | {shift} sd | {split_off} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
