"""Does find_segments find what is planted, and nothing where nothing is? Simulated answers of 1,000 customers each.

``python benchmarks/segments.py [RUNS]``. Six touchpoints, scores 1 to 5 with a common halo, 4 columns to look at: one
that may tell two segments (40 and 60 %) apart, and three of chance alone (2 and 5 values of text, 6 of a number).
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.datasets import SegmentSpec, TouchpointSpec

RUNS, N = 200, 1_000
NAMES = ["Website", "Shop", "Delivery", "Product", "Help line", "Bill"]
POINTS = [TouchpointSpec(name, mean=3.6 + 0.1 * k, effect=0.4, reach=0.95 - 0.1 * (k % 3))
          for k, name in enumerate(NAMES)]  # fmt: skip
MANY, FEW = (dict(zip(NAMES, effects, strict=True)) for effects in ([0.9, 0.8, 0.6] + [0.1] * 3, [0.1] * 3 + [0.8] * 3))
DIFFERENT = [SegmentSpec("first", 0.4, MANY), SegmentSpec("second", 0.6, FEW)]
SAME = [SegmentSpec("first", 0.4), SegmentSpec("second", 0.6)]
HAPPIER = [SegmentSpec("first", 0.4, reach={"Website": 0.5, "Bill": 0.6}, shift=0.2), SegmentSpec("second", 0.6)]
# What each segment may say in the column that tells them apart: a number to be cut, or text to be sorted.
NUMBER = {"first": [1, 2], "second": [3, 4, 5, 6]}
TEXT = {"first": ["b", "d"], "second": ["a", "c", "e"]}
CASES = [  # name, segments, their labels, outcome, whether there is something to be found
    ("two segments, a cut of numbers, nps", DIFFERENT, NUMBER, "recommend", True),
    ("two segments, a cut of numbers, scores 1 to 5", DIFFERENT, NUMBER, "overall", True),
    ("two segments, five texts in two, nps", DIFFERENT, TEXT, "recommend", True),
    ("two segments, five texts in two, scores 1 to 5", DIFFERENT, TEXT, "overall", True),
    ("nothing planted, nps", SAME, NUMBER, "recommend", False),
    ("nothing planted, scores 1 to 5", SAME, TEXT, "overall", False),
    ("only happier and other touchpoints used, nps", HAPPIER, NUMBER, "recommend", False),
    ("only happier and other touchpoints used, scores 1 to 5", HAPPIER, TEXT, "overall", False),
]


def answers(segments: list[SegmentSpec], labels: dict[str, list[int | str]], seed: int) -> cx.Survey:
    """One simulated survey, with the column ``kind`` that tells the segments apart and three of chance."""
    frame, _ = cx.datasets.simulate_survey(n=N, touchpoints=POINTS, segments=segments, blank=0.0, seed=seed)
    rng = np.random.default_rng([seed, 1])
    frame["kind"] = [labels[name][rng.integers(len(labels[name]))] for name in frame["segment"]]
    frame["region"], frame["years"] = rng.choice([*"nesw", "abroad"], N), rng.integers(1, 7, N)
    return cx.Survey(
        frame,
        touchpoints=NAMES,
        outcome={"recommend": "nps", "overall": "interval"},
        scale=cx.Scale(1, 5, not_used=[6], blank=[0]),
        segments=["kind", "region", "group", "years"],
    )


def as_it_should(tree: object, labels: dict[str, list[int | str]], planted: bool) -> bool:
    """Whether the tree is right: exactly the two segments planted, or no split where there is none."""
    if not planted:
        return not tree.segments
    values = pd.DataFrame({"kind": [value for group in labels.values() for value in group]})
    found = [set(values["kind"][one.mask(values)]) for one in tree.segments if list(one.where) == ["kind"]]
    return len(tree.segments) == 2 and all(set(group) in found for group in labels.values())


def run(runs: int = RUNS, seed: int = 0) -> pd.DataFrame:
    """Share of right trees by case, with its Monte Carlo error; ``runs`` samples each, seeds from ``seed`` on."""
    columns = ["kind", "region", "group", "years"]
    rows = []
    for name, segments, labels, outcome, planted in CASES:
        right = [
            as_it_should(cx.find_segments(answers(segments, labels, one), columns, outcome=outcome), labels, planted)
            for one in range(seed, seed + runs)
        ]
        share = float(np.mean(right))
        rows.append((name, 0.90 if planted else 0.95, share, np.sqrt(share * (1 - share) / runs)))
    return pd.DataFrame(rows, columns=["case", "at_least", "right", "error"])


if __name__ == "__main__":
    print("| case | right trees, at least | right | Monte Carlo error |\n|---|---|---|---|")
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS).itertuples():
        print(f"| {row.case} | {row.at_least:.0%} | {row.right:.1%} | {100 * row.error:.1f} |")
