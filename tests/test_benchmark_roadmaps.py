"""A part of the simulations of road maps, so that what benchmarks/README.md says of them stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_roadmaps.py"
SPEC = importlib.util.spec_from_file_location("simulate_roadmaps", FILE)
roadmaps = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(roadmaps)
roadmaps.POPULATION = 50_000


@pytest.mark.simulation
def test_nothing_is_chosen_where_nothing_is_worth_it():
    found = roadmaps.studies("all zero", 1, resolves=0)
    assert (found["chosen"] == 0).all()
    assert (found["best"] == 0).all()
    assert found["width"].min() > 0.2  # of 600 answers with a spread of 1.5, twice: 0.34 would be due


@pytest.mark.simulation
def test_the_huge_one_is_chosen_and_brings_what_is_forecast():
    found = roadmaps.studies("one huge, nine zero", 1, resolves=0)
    assert (found["true"] > 0.15).all()
    assert 0.75 < found["forecast"].mean() / found["true"].mean() < 1.25
    assert (found["low"] <= found["true"]).all()
    assert np.concatenate(found["level"].to_list()).mean() >= 0.75
    assert np.concatenate(found["measured"].to_list()).mean() >= 0.75


@pytest.mark.simulation
def test_means_keep_a_budget_more_often_than_likely_costs_and_certainty_as_often_as_asked():
    found = roadmaps.budgets(1).set_index("how")
    assert found.loc["likely costs", "was"] < found.loc["means", "was"] < found.loc["certainty 0.9", "was"]
    assert found.loc["certainty 0.9", "least"] >= 0.9 - 3 * np.sqrt(0.9 * 0.1 / 2000)
    assert found.loc["certainty 0.9", "worth"] <= found.loc["means", "worth"]
    np.testing.assert_allclose(found["said"], found["was"], atol=0.05)


def test_the_tables_count_over_studies(capsys):
    row = {
        "chosen": 2, "forecast": 0.2, "low": 0.1, "high": 0.3, "true": 0.25, "best": 0.3,
        "said": np.array([0.1, 0.7]), "was": np.array([False, True]),
        "level": np.array([True, True]), "measured": np.array([True, False]), "width": 0.4,
    }  # fmt: skip
    missed = row | {"true": 0.35, "width": 0.3, "chosen": 2}
    none = row | {"chosen": 0}
    frame = pd.DataFrame([row] * 3 + [missed] * 3 + [none] * 2)
    roadmaps.tables({"two": frame, "none": pd.DataFrame([none] * 4)})
    lines = capsys.readouterr().out.splitlines()
    assert "| two | 8 | 25.0 ± 15.3 | 1.5 | 0.200 | 0.300 ± 0.022 | 0.67 | 50.0 ± 20.4 |" in lines
    assert "| none | 4 | 100.0 ± 0.0 | 0.0 | | | | |" in lines
    assert "| two | 100.0 ± 0.0 | 50.0 ± 0.0 | 0.30 |" in lines
    assert "| two | 10 / 0 (8) | - | 70 / 100 (8) | - |" in lines
