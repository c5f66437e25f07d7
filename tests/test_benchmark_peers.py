"""The parts of benchmarks/peers.py that need no peer: the data, the comparison, the table. Nothing is timed."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

FILE = Path(__file__).parent.parent / "benchmarks" / "peers.py"


@pytest.fixture(scope="module")
def peers():
    spec = importlib.util.spec_from_file_location("benchmark_peers", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_answers_are_seeded(peers):
    for once, again, other in zip(peers.answers(6), peers.answers(6), peers.answers(6, seed=2)):
        np.testing.assert_array_equal(once, again)
        assert not np.array_equal(once, other)


@pytest.mark.parametrize("players", [6, 10, 15])
def test_the_answers_are_scores_that_correlate_and_explain_the_outcome(peers, players):
    scores, outcome = peers.answers(players)
    assert scores.shape == (1000, players)
    assert outcome.shape == (1000,)
    assert set(np.unique(scores)) == {1, 2, 3, 4, 5}
    between = np.corrcoef(scores.T)[np.triu_indices(players, 1)]
    assert between.min() > 0.1
    design = np.column_stack([np.ones(1000), scores])
    residual = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    assert 1 - residual.var() / outcome.var() == pytest.approx(0.4, abs=0.06)


def test_the_figures_of_cxlens_are_those_of_least_squares(peers):
    scores, outcome = peers.answers(6)
    job, figures = peers.cxlens(pd.DataFrame(scores, columns=list("abcdef")).assign(outcome=outcome))
    found = figures(job())
    centred = scores - scores.mean(axis=0)
    coef = np.linalg.lstsq(centred, outcome - outcome.mean(), rcond=None)[0]
    assert found["R2"] == pytest.approx([(centred @ coef).var() / outcome.var()], abs=1e-9)
    assert sum(found["LMG"]) == pytest.approx(found["R2"][0], abs=1e-9)
    spread = np.abs(centred).mean(axis=0)
    assert found["abs(coef) × mean absolute deviation"] == pytest.approx(np.abs(coef) * spread, abs=1e-9)


def test_shuffling_loses_twice_the_squared_standardised_coefficient_on_average(peers):
    scores, outcome = peers.answers(6)
    model = LinearRegression().fit(scores, outcome)
    found = permutation_importance(model, scores, outcome, n_repeats=200, random_state=0)
    expected = 2 * model.coef_**2 * scores.var(axis=0) / outcome.var()
    error = found.importances.std(axis=1, ddof=1) / np.sqrt(200)
    assert np.all(np.abs(found.importances_mean - expected) <= 4 * error)


def test_every_peer_is_pinned(peers):
    pinned = {name for name, tool in peers.TOOLS.items() if tool.pins}
    assert pinned == {"dominance-analysis", "key-driver-analysis", "scikit-learn", "shap"}
    assert all("==" in pin for name in pinned for pin in peers.TOOLS[name].pins)


def test_the_difference_is_told_for_shared_figures_only(peers):
    ours = {"LMG": [0.1, 0.2], "R2": [0.3]}
    assert peers.difference(ours, {"LMG": [0.1, 0.2 + 4e-8]}) == "LMG same to 4e-08"
    assert peers.difference(ours, {"LMG": [0.1, 0.25], "R2": [0.3]}) == "LMG DIFFERS by 5e-02; R2 same to 0e+00"
    assert peers.difference(ours, {"R2 lost to shuffling": [0.7, 0.1]}) == ""


def test_the_table_holds_medians_ratios_and_reasons(peers):
    def got(*seconds, **figures):
        return [{"seconds": value, "figures": figures} for value in seconds]

    runs = {
        ("cxlens, estimates", 6): got(0.02, 0.5, 0.01, LMG=[0.25]),
        ("cxlens, estimates", 10): "no | memory",
        ("cxlens, 1,000 resamples", 6): got(0.1, 0.1, 0.1, LMG=[0.25]),
        ("cxlens, 1,000 resamples", 10): got(2.0),
        ("dominance-analysis", 6): got(1.0, 30.0, 25.0, LMG=[0.25]),
        ("dominance-analysis", 10): "more than 120 s",
        ("shap", 10): got(0.5, LMG=[0.1]),
    }
    assert peers.table(runs).splitlines() == [
        "| tool | drivers | ms | over cxlens, estimates | over cxlens, 1,000 resamples | the same figures? |",
        "|---|---|---|---|---|---|",
        "| cxlens, estimates | 6 | 20.0 | 1 | 0.2 |  |",
        "| cxlens, estimates | 10 | no / memory | | | |",
        "| cxlens, 1,000 resamples | 6 | 100.0 | 5 | 1 |  |",
        "| cxlens, 1,000 resamples | 10 | 2,000.0 |  | 1 |  |",
        "| dominance-analysis | 6 | 25,000.0 | 1,250 | 250 | LMG same to 0e+00 |",
        "| dominance-analysis | 10 | more than 120 s | | | |",
        "| shap | 10 | 500.0 |  | 0.25 |  |",
    ]


def test_a_command_that_fails_is_told_by_its_last_line(peers):
    code = "import sys; print('first', file=sys.stderr); sys.exit('no such peer')"
    with pytest.raises(RuntimeError) as error:
        peers.attempt([sys.executable, "-c", code], 10)
    assert str(error.value) == "no such peer"


def test_a_peer_that_cannot_be_installed_does_not_stop_the_others(peers, monkeypatch, tmp_path):
    def environment(name):
        if name == "shap":
            raise RuntimeError("ERROR: No matching distribution found for shap")
        return Path(name)

    def run(name, python, file):
        if file.name == "15.npz":
            raise RuntimeError("more than 120 s")
        return {"seconds": 1.0, "figures": {}}

    monkeypatch.setattr(peers, "environment", environment)
    monkeypatch.setattr(peers, "run", run)
    runs = peers.rounds(tmp_path)
    assert runs["shap", 6] == "ERROR: No matching distribution found for shap"
    assert runs["scikit-learn", 6] == [{"seconds": 1.0, "figures": {}}] * 3
    assert runs["scikit-learn", 15] == "more than 120 s"
