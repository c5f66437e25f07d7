"""A twentieth of the simulations of verdicts, so that what benchmarks/README.md says of them stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_verdicts.py"
SPEC = importlib.util.spec_from_file_location("simulate_verdicts", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)
RUNS = sim.RUNS // 20


@pytest.mark.simulation
def test_what_is_planted_is_recovered_and_what_is_fine_is_left_alone():
    found = sim.run(RUNS)
    recovered = found[found["kind"] == "recovered"]
    assert len(recovered) == len(sim.CASES)
    assert recovered["share"].mean() >= 0.9
    assert (recovered["share"] >= 0.9 - 3 * np.sqrt(0.9 * 0.1 / RUNS)).all()
    wrong = found[found["case"].str.startswith("fine: ")]
    assert (wrong["share"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)).all()


def test_scores_and_use_are_what_is_said_of_them():
    frames = [sim.answers(seed, "scores").table for seed in range(10)]
    for name, (_, _, mean, _, reach) in sim.PLAN.items():
        assert np.mean([frame[name].mean() for frame in frames]) == pytest.approx(mean, abs=0.04)
        assert np.mean([frame[name].notna().mean() for frame in frames]) == pytest.approx(reach, abs=0.04)
    both = frames[0][["phone", "chat"]].corr().iloc[0, 1]
    assert 0.8 < both < 0.96
    apart = frames[0][["website", "app"]].corr().iloc[0, 1]
    assert 0.3 < apart < 0.4
