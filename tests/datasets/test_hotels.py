"""The simulated hotels: made again from their seed, five exports of the same guests, one truth; forty to compare."""

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
    exports = ("guests.csv", "three_headers.csv", "form.csv", "colleague.xlsx", "truth.csv")
    for name in (*exports, "chain.csv", "chain_truth.csv", "chain_drivers.csv"):
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


@pytest.fixture(scope="module")
def forty() -> cx.Survey:
    return cx.datasets.load_chain().survey()


def true_values(metric: str, year: int) -> pd.DataFrame:
    truth = cx.datasets.chain_truth()
    return truth[(truth["metric"] == metric) & (truth["year"] == year)].set_index("hotel")


def test_the_chain_is_a_study_of_forty_hotels_of_all_sizes(forty):
    study = cx.datasets.load_chain()
    assert study.simulated
    assert "Simulated" in study.about
    assert (forty.waves, forty.segments) == ([2024, 2025], ("hotel", "purpose"))
    sizes = forty.table.groupby(["hotel", "year"]).size()
    assert len(sizes) == 80
    assert (sizes.min(), sizes.max(), sizes.median(), sizes.sum()) == (5, 176, 61.5, 5838)


def test_the_scores_of_the_chain_are_those_that_were_put_in(forty):
    for year in (2024, 2025):
        rows = forty.table[forty.table["year"] == year]
        for name in forty.touchpoints:
            by_hotel = rows.groupby("hotel")[name].agg(["mean", "count", "std"])
            error = rows[name].std() / np.sqrt(by_hotel["count"])
            away = (by_hotel["mean"] - true_values(name, year)["own_mix"]) / error
            assert 0.75 < away.std() < 1.25, (year, name)
            assert abs(away.mean()) < 4 / np.sqrt(40), (year, name)
    spread = true_values("Booking", 2024)["value"].std()
    assert 0.15 < spread < 0.25  # 0.25 before rounding, which keeps scores from going over 5


def test_the_hotel_that_looks_poor_by_its_mix_is_not_poor(forty):
    of_all = true_values("recommend", 2025)
    assert abs(of_all["value"]["Hotel 17"] - of_all["value"].mean()) < 2
    assert of_all["own_mix"]["Hotel 17"] < of_all["own_mix"].mean() - 15
    raw = cx.compare_places(forty, "hotel", wave=2025).table.set_index("place")
    adjusted = cx.compare_places(forty, "hotel", wave=2025, adjust=["purpose"]).table.set_index("place")
    assert (raw["position"]["Hotel 17"], adjusted["position"]["Hotel 17"]) == ("below", "not clear")


def test_two_hotels_were_renovated_and_one_of_them_was_among_the_poorest(forty):
    truth = cx.datasets.chain_truth()
    lifted = truth[truth["lift"] != 0]
    assert set(lifted["hotel"]) == {"Hotel 08", "Hotel 23"}
    assert set(lifted["metric"]) == {"Room comfort", "recommend"}
    assert set(lifted["year"]) == {2025}
    comfort = forty.table[forty.table["year"] == 2024].groupby("hotel")["Room comfort"].mean()
    assert "Hotel 08" in comfort.nsmallest(10).index
    assert "Hotel 23" not in comfort.nsmallest(10).index
    change = cx.datasets.load_chain().changes[0]
    effect = cx.difference_in_differences(forty, metric="Room comfort", before=2024, after=2025, treated=change.segment)
    true = lifted[lifted["metric"] == "Room comfort"]["lift"].mean()
    assert effect.low < true < effect.high
    assert effect.low > 0


def test_a_lever_within_hotels_is_no_mark_of_good_ones_and_the_other_way_round(forty):
    truth = cx.datasets.chain_truth("drivers").set_index("touchpoint")
    assert truth.loc["Check-in", ["effect", "between", "of_quality"]].tolist() == [0.6, 0, 0]
    assert truth.loc["Check-out", ["effect", "between", "of_quality"]].tolist() == [0, 0.25, 1]
    columns = [*forty.touchpoints, "recommend"]
    rows = forty.table[["hotel", "year", *columns]].dropna(subset=["Check-in", "Check-out", "Room comfort"])
    means = rows.groupby(["hotel", "year"])[columns].transform("mean")
    within = (rows[columns] - means).fillna(0.0)
    slopes, *_ = np.linalg.lstsq(within[list(forty.touchpoints)], within["recommend"], rcond=None)
    found = dict(zip(forty.touchpoints, slopes, strict=True))
    assert found["Check-in"] > 0.4
    assert abs(found["Check-out"]) < 0.1
    of_hotels = true_values("recommend", 2025)["value"]
    assert of_hotels.corr(true_values("Check-out", 2025)["value"]) > 0.8
    assert true_values("Check-in", 2025)["value"].std() < 0.1


def test_the_truth_of_the_chain_is_about_hotels_or_drivers():
    with pytest.raises(cx.CxlensError) as error:
        cx.datasets.chain_truth("guests")
    assert str(error.value) == "about='guests' is not an option. Options: 'hotels', 'drivers'."


def test_the_readme_says_what_is_simulated_and_names_every_file():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "## hotels: simulated" in text
    assert {path.name for path in HOTELS.iterdir()} <= set(text.replace("`", " ").split())
