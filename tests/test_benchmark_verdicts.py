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
    shares = recovered.set_index("case")["share"]
    sure = shares.drop(["an under-performer that does not", "an over-deliverer"])
    assert (sure >= 0.9 - 3 * np.sqrt(0.9 * 0.1 / RUNS)).all()
    assert shares["an under-performer that does not"] >= 0.5  # whether it matters is left open in the others
    assert shares["an over-deliverer"] >= 0.1  # a hint that needs a clear distance, and an effect that is clearly small
    wrong = found[found["case"].str.startswith("fine: ") & (found["kind"] == "wrong")]
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


@pytest.mark.simulation
def test_equal_effects_are_no_moments_of_truth_and_a_large_one_is():
    assert sum(sim.flags(3, 600, 0.2)) == 0  # by the estimates' median alone 2 of 3 had a flag
    assert sum(sim.flags(1, 2_000, 0.1, 0.4)) == 1


@pytest.mark.simulation
def test_verdicts_are_right_about_as_often_as_they_say():
    found = sim.right(3).set_index("verdict")
    assert found.loc["keep", "right"] == 1
    assert found.loc[["fix", "keep"], "said"].min() >= 0.8
    assert found.loc["undecided", "given"] > 0
    assert found.loc["fix", "right"] >= 0.75


def test_what_is_mixed_is_what_is_said_of_it():
    frames = [sim.mixed(seed, n=2_000)[0].table for seed in range(3)]
    means = np.mean([frame.iloc[:, :8].mean() for frame in frames], axis=0)
    np.testing.assert_allclose(means, [3.65] * 4 + [3.95] * 4, atol=0.03)
    slopes = np.linalg.lstsq(np.c_[np.ones(2_000), frames[0].iloc[:, :8]], frames[0]["y"], rcond=None)[0][1:]
    np.testing.assert_allclose(slopes, [0.2, 0] * 4, atol=0.1)
    one = sim.alike(0, 4_000, 0.1, 0.4, low=0.4).table
    slopes = np.linalg.lstsq(np.c_[np.ones(4_000), one.iloc[:, :12]], one["y"], rcond=None)[0][1:]
    np.testing.assert_allclose(slopes, [0.4, *[0.1] * 11], atol=0.08)
