"""The simulated hotel chain: made again from its seed, five exports of the same guests, one truth."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import cxlens as cx

FOLDER = cx.datasets.sample_folder()
HOTELS = FOLDER / "hotels"
EMPTY = cx.Scale(1, 5, not_used=[None])
FEW = {
    "three_headers.csv": EMPTY,
    "form.csv": EMPTY,
    "colleague.xlsx": EMPTY,
    "panel.sav": None,
}  # the small exports, and what their owner answers


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_hotels", FOLDER / "make_hotels.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def meant(recipe) -> tuple[pd.DataFrame, object]:
    return recipe.guests()


def test_making_the_hotels_again_gives_the_files_that_ship(recipe, tmp_path):
    recipe.write(tmp_path)
    for name in ("guests.csv", "three_headers.csv", "form.csv", "colleague.xlsx", "truth.csv"):
        assert (tmp_path / name).read_bytes() == (HOTELS / name).read_bytes(), name
    made, made_meta = pyreadstat.read_sav(tmp_path / "panel.sav", user_missing=True)
    ships, ships_meta = pyreadstat.read_sav(HOTELS / "panel.sav", user_missing=True)  # its head holds the time of day
    pd.testing.assert_frame_equal(made, ships)
    assert made_meta.variable_value_labels == ships_meta.variable_value_labels
    assert made_meta.missing_ranges == ships_meta.missing_ranges


@pytest.mark.parametrize("name", list(FEW))
def test_every_export_gives_the_same_first_figure_in_two_lines(name, recipe, meant):
    answers, _ = meant
    few = recipe.panel(answers)
    suggestion = cx.suggest(HOTELS / name)
    scale = FEW[name]
    survey = suggestion.survey() if scale is None else suggestion.survey(scale=scale)
    card = cx.baseline(survey)

    asked = [question.argument for question in suggestion.questions]
    assert asked == ([] if scale is None else ["scale"])
    table = card.table.set_index("touchpoint")
    assert set(table.index) == {point.name for point in recipe.TOUCHPOINTS}
    used = few["Room comfort"].between(1, 5)
    mean = np.average(few["Room comfort"][used], weights=few["Weight"][used])
    assert table.loc["Room comfort", "mean"] == pytest.approx(mean, abs=1e-12)
    spa = few["Spa"].between(1, 5)
    assert table.loc["Spa", "n"] == spa.sum()
    points = np.select([few["Recommend"] >= 9, few["Recommend"] <= 6], [100, -100], 0)
    nps = card.outcomes.query("measure == 'NPS'")["value"].iloc[0]
    assert nps == pytest.approx(np.average(points, weights=few["Weight"]), abs=1e-9)


def test_the_messy_export_is_read_as_it_was_meant(recipe, meant):
    answers, _ = meant
    suggestion = cx.suggest(HOTELS / "guests.csv")
    assert [question.argument for question in suggestion.questions] == ["scale"]
    survey = suggestion.survey(scale=cx.Scale(1, 5, not_used=["N/A"], blank=["-"]))
    rows = survey.rows()
    names = [point.name for point in recipe.TOUCHPOINTS]
    scores = answers[names].where(answers[names].isin(range(1, 6))).to_numpy(float)
    np.testing.assert_array_equal(rows.scores, scores)
    np.testing.assert_array_equal(rows.unused, (answers[names] == 6).to_numpy())
    np.testing.assert_array_equal(rows.outcomes[:, 0], answers["Recommend"])
    np.testing.assert_allclose(rows.weights, answers["Weight"], rtol=1e-6)
    assert survey.segments == ("Hotel", "Purpose")
    assert sorted(survey.table["Hotel"].unique()) == [f"{place:02}" for place in range(1, 13)]
    assert survey.waves == [f"{year} Q{quarter}" for year in recipe.YEARS for quarter in range(1, 5)]


def test_the_drivers_that_were_put_in_are_found(recipe):
    truth = pd.read_csv(HOTELS / "truth.csv")
    survey = cx.suggest(HOTELS / "guests.csv").survey(scale=cx.Scale(1, 5, not_used=["N/A"], blank=["-"]))
    found = cx.drivers(survey, n_boot=0).table.set_index("touchpoint")["importance"]
    true = truth[truth["segment"] == "All"].set_index("touchpoint")["importance"]
    assert true.idxmax() == "Room comfort"
    assert found.idxmax() == "Room comfort"
    assert found.corr(true, method="spearman") > 0.9
