"""Five runs of each simulation, so that what benchmarks/README.md says of trees of segments stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

RUNS = 5
FILE = Path(__file__).parent.parent / "benchmarks" / "segments.py"


@pytest.mark.simulation
def test_planted_segments_are_found_and_nothing_else():
    spec = importlib.util.spec_from_file_location("planted_segments", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.run(RUNS)
    planted = found["at_least"] < 0.95
    for part, share in ((found[planted], 0.90), (found[~planted], 0.95)):
        runs = RUNS * len(
            part
        )  # cases of one kind hang together by their seeds, so one error of all would be too small
        assert part["right"].mean() >= share - 3 * np.sqrt(share * (1 - share) / runs * 2)
        assert (part["right"] >= share - 3 * np.sqrt(share * (1 - share) / RUNS)).all()
