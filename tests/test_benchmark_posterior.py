"""A part of the simulations of plans and first places, so that what benchmarks/README.md says of them stays true."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_posterior.py"
SPEC = importlib.util.spec_from_file_location("simulate_posterior", FILE)
world = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = world
SPEC.loader.exec_module(world)


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(world, "DRAWS", 100)


def studies(name: str, runs: int) -> pd.DataFrame:
    return pd.concat([world.study(world.TRUTHS[name], seed) for seed in range(runs)], ignore_index=True)


@pytest.mark.simulation
def test_with_nothing_to_find_no_forecast_and_no_quick_win_is_sure():
    rows = studies("none, 600", 4)
    assert rows["said"].max() < 0.8
    assert rows.groupby("study")["said"].mean().max() < 0.2
    leads = rows[rows["leads"]]
    assert ((leads["low"] > 0) | (leads["high"] < 0)).sum() <= 1


@pytest.mark.simulation
def test_one_huge_effect_is_left_alone_and_the_others_are_not():
    rows = studies("one huge", 3)
    huge = rows["true"] > 0
    assert rows.loc[huge, "change"].to_numpy() == pytest.approx(rows.loc[huge, "true"].to_numpy(), rel=0.15)
    assert rows.loc[~huge, "said"].max() < 0.5


@pytest.mark.simulation
def test_a_removal_without_effect_is_no_quick_win():
    assert max(world.removal("none", seed)[0] for seed in range(2)) < 0.8


@pytest.mark.simulation
def test_where_only_the_top_score_counts_the_interval_holds_the_truth():
    held = [world.bent("top box", 300, 5, seed) for seed in range(4)]
    assert np.mean(held) >= 0.75  # a straight line holds it in one of six


@pytest.mark.simulation
def test_among_equal_drivers_none_is_said_to_be_the_first():
    said = [world.leader("equal", 300, seed)[0] for seed in range(3)]
    assert np.mean(said) < 0.45


def test_the_table_says_what_the_studies_say():
    rows = pd.DataFrame({
        "study": [0, 0, 1, 1],
        "said": [0.7, 0.1, 0.5, 0.9],
        "was": [True, False, False, True],
        "true": [0.1, 0.0, 0.0, 0.2],
        "low": [0.05, -0.1, 0.1, 0.1],
        "high": [0.2, 0.1, 0.2, 0.3],
        "leads": [True, False, True, False],
    })  # fmt: skip
    cells = world.told(rows)
    assert cells[:3] == ["50 / 0 ± 0 (1)", "70 / 100 ± 0 (1)", "90 / 100 ± 0 (1)"]
    assert cells[3:5] == ["100 / 50", "80 / 100"]
    assert cells[5:] == ["50 ± 35", "100 ± 0", "75 ± 18"]


def test_the_picture_is_drawn(tmp_path):
    rng = np.random.default_rng(0)
    said = rng.random(400)
    rows = pd.DataFrame({"said": said, "was": rng.random(400) < said})
    world.picture(dict.fromkeys(world.TRUTHS, rows), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 10_000
