"""The samples that ship: whole, made again from their seed, and with the truth to be found in them."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import cxlens as cx
from cxlens.datasets import samples
from cxlens.errors import FileError, OptionError
from cxlens.stats.regression import fit_rows
from cxlens.study.study import Study

PURPOSES = ["business", "leisure", "visiting friends"]
FOLDER = samples.sample_folder()


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_airport", FOLDER / "make_airport.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def study() -> Study:
    return samples.load_airport()


@pytest.fixture(scope="module")
def answers(study: Study) -> pd.DataFrame:
    return study.survey().table


def test_making_the_airport_again_gives_the_files_that_ship(recipe, tmp_path):
    recipe.write(tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == [
        "comments.csv", "employees.csv", "events.csv", "halls.csv", "impact_truth.csv", "neighbour.csv",
        "purchases.csv", "survey.csv", "truth.csv",
    ]  # fmt: skip
    assert [name for name in made if (tmp_path / name).read_bytes() != (FOLDER / "airport" / name).read_bytes()] == []


def test_the_recipe_and_the_study_name_the_same_touchpoints(recipe, study):
    assert dict(study.survey_plan.touchpoints) == recipe.COLUMNS
    stages = {spec.name: spec.stage for spec in recipe.TOUCHPOINTS}
    assert stages == {touchpoint.name: touchpoint.stage for touchpoint in study.map()}
    assert set(recipe.NEXT) == set(recipe.COLUMNS)


def test_the_study_is_whole(study):
    assert study.simulated
    assert "Simulated" in study.about
    assert set(study.table["part"]) == {
        "objectives", "personas", "units", "systems", "methods", "targets", "segments", "survey", "map", "initiatives",
        "roadmap", "events", "changes", "planned_journeys", "competitors", "employees", "purchases", "promises",
        "comments",
    }  # fmt: skip
    gaps = study.map().gaps()
    assert gaps.loc[gaps["gap"] == "stage", "stage"].tolist() == ["When plans change"]
    survey = study.survey()
    assert [survey.where(segment).n for segment in study.segments] == [1502, 2072, 1426]


def test_the_answers_look_like_a_survey(answers, study):
    survey = study.survey()
    rows = survey.rows()
    assert (survey.n, len(survey.touchpoints)) == (5000, 12)
    assert answers["wave"].value_counts().to_dict() == dict.fromkeys([2022, 2023, 2024, 2025], 1250)
    assert ((np.nanmean(rows.scores, axis=0) > 3.3) & (np.nanmean(rows.scores, axis=0) < 4.4)).all()
    likely = answers["recommend"]
    assert 10 < 100 * ((likely >= 9).mean() - (likely <= 6).mean()) < 40
    blank = np.isnan(rows.scores) & ~rows.unused
    assert 0.03 <= blank.any(axis=1).mean() <= 0.05
    reach = 1 - rows.unused.mean(axis=0)
    assert 0.35 < reach.min() < 0.5
    assert 0.95 < reach.max() < 0.99
    correlations = pd.DataFrame(rows.scores).corr().to_numpy()[np.triu_indices(12, 1)]
    assert correlations.min() > 0.3
    assert correlations.max() < 0.5


def test_weights_bring_back_the_shares_of_the_purposes(answers):
    shares = answers.groupby("purpose")["weight"].sum() / answers["weight"].sum()
    assert shares.to_dict() == pytest.approx({"business": 0.38, "leisure": 0.36, "visiting friends": 0.26}, abs=1e-4)
    assert answers["purpose"].eq("business").mean() < 0.33


@pytest.mark.parametrize(("outcome", "column"), [("recommend", "importance"), ("overall", "importance_overall")])
def test_drivers_finds_the_true_drivers(study, outcome, column):
    found = cx.drivers(study.survey(), outcome=outcome, by="purpose", n_boot=0)
    both = found.table.merge(samples.airport_truth(), on=["segment", "touchpoint"], suffixes=("", "_true"))
    assert len(both) == 3 * 12
    for purpose, rows in both.groupby("segment"):
        true = rows["importance_true" if column == "importance" else column]
        assert spearmanr(rows["importance"], true).statistic >= 0.9, purpose


def test_the_purposes_have_drivers_of_their_own():
    truth = samples.airport_truth()
    first = {
        purpose: truth[truth["segment"] == purpose].nlargest(3, "importance")["touchpoint"].tolist()
        for purpose in PURPOSES
    }
    assert first == {
        "business": ["Security", "Wi-Fi", "Boarding"],
        "leisure": ["Restaurants", "Check-in", "Shops"],
        "visiting friends": ["Getting there and parking", "Baggage claim", "Bag drop"],
    }


def test_the_wifi_renewal_can_be_found(answers):
    """Difference in differences with HC3 errors: the planted 0.45 lies in the interval, none does not."""
    wifi = answers.dropna(subset="Wi-Fi")
    treated, after = (wifi["terminal"] == "Terminal 2").to_numpy(float), (wifi["wave"] >= 2024).to_numpy(float)
    x = np.column_stack([np.ones(len(wifi)), treated, after, treated * after])
    fit = fit_rows(x, wifi["Wi-Fi"].to_numpy(), wifi["weight"].to_numpy())
    half = 1.96 * np.sqrt(fit.cov[3, 3])
    assert fit.coef[3] - half < 0.45 < fit.coef[3] + half
    assert fit.coef[3] - half > 0.2


def test_the_initiatives_are_complete(study):
    table = study.initiatives()
    assert len(table) == 12
    assert table["cost_likely"].notna().all()
    assert [len(names) for names in table["touchpoints"]].count(2) == 1
    plan = study.roadmap_plan
    assert {team for teams in table["teams"] for team in teams} == set(plan.capacity)
    assert all(amount <= plan.capacity[team] for teams in table["teams"] for team, amount in teams.items())
    assert table["accountable"].str.startswith("Head of").all()
    assert table[["responsible", "consulted", "informed", "teams"]].map(len).gt(0).all(axis=None)
    assert table.loc[table["must_do"], "cost_high"].sum() < plan.budget
    assert table["kind"].value_counts().to_dict() == {"fix": 10, "add": 1, "remove": 1}
    assert table.loc[table["to_standard"], "name"].tolist() == ["Wi-Fi renewal in terminals 1 and 3"]
    assert [one.metric for one in study.map()["Wi-Fi"].standards] == ["mean"]
    closed = table.loc[table["kind"] == "remove", "touchpoints"].explode()
    assert closed.tolist() == ["Booking website"]
    by_name = table.set_index("name")
    assert by_name.loc["New security lanes with scanners", "prerequisites"] == ("Second security queue at peak hours",)
    assert by_name.loc["Kerb marshals at peak hours", "exclusions"] == ("Parking guidance and kerb lanes",)


def test_the_event_log_has_ways_drop_outs_and_loops(study):
    log = study.journeys()
    events = pd.read_csv(FOLDER / "airport" / "events.csv")
    assert (log.n, log.n_events) == (1500, 10268)
    last = events.groupby("customer")["touchpoint"].last()
    boarded = events.groupby("customer")["boarded"].max()
    assert set(last[boarded == 0]) == {"Security", "Check-in"}
    assert (last[boarded == 0] == "Security").mean() > 0.6
    assert not events.duplicated(["customer", "time"]).any()
    assert pd.to_datetime(events["time"]).is_monotonic_increasing
    ways = events.groupby("customer")["touchpoint"].agg(" > ".join)
    assert ways.str.contains("Shops > Restaurants > Shops").sum() > 10


def test_smiles_are_those_of_their_touchpoints(study, recipe):
    events = pd.read_csv(FOLDER / "airport" / "events.csv")
    means = events.groupby("touchpoint")["smile"].agg(["mean", "count"]).dropna()
    assert set(means.index) == set(recipe.SMILES)
    visits = events["touchpoint"].value_counts()
    assert means["count"].div(visits[means.index]).between(0.33, 0.47).all()
    for touchpoint, felt in recipe.SMILES.items():
        assert abs(means.loc[touchpoint, "mean"] - felt) < 0.15  # a scale that ends at 5 holds the best back
    assert set(events["smile"].dropna()) == {1, 2, 3, 4, 5}
    assert study.events_plan.score == "smile"


@pytest.mark.parametrize(("name", "most"), [("survey.csv", 600), ("events.csv", 700), ("purchases.csv", 400)])
def test_the_files_are_small(name, most):
    assert (FOLDER / "airport" / name).stat().st_size < most * 1000


def _bought(answers: pd.DataFrame) -> pd.DataFrame:
    """Those of 2024 who buy: NPS class, purpose, and what they bought before and in the year after their answer."""
    purchases = pd.read_csv(FOLDER / "airport" / "purchases.csv", parse_dates=["date"])
    asked = answers[answers["wave"] == 2024].set_index("respondent")
    people = asked.loc[asked.index.intersection(purchases["customer"])].copy()
    likely = people["recommend"]
    people["nps_class"] = np.select([likely >= 9, likely >= 7], ["promoters", "passives"], "detractors")
    after = purchases[purchases["date"] > "2024-12-31"].groupby("customer")
    people["spend"] = after["amount"].sum().reindex(people.index, fill_value=0.0)
    people["last"] = after["date"].max().reindex(people.index)
    return people


def test_purchases_are_those_of_respondents_and_of_some_others(answers):
    purchases = pd.read_csv(FOLDER / "airport" / "purchases.csv")
    waves = answers.set_index("respondent")["wave"].reindex(purchases["customer"].unique())
    assert waves.fillna(0).value_counts().to_dict() == {2024: 676, 2025: 225, 0: 60}
    late = purchases.loc[purchases["date"] > "2024-12-31", "customer"]
    assert set(waves[late].dropna()) == {2024.0, 2025.0}
    assert purchases["date"].agg(["min", "max"]).tolist() == ["2023-07-02", "2025-12-30"]
    assert purchases["amount"].min() >= 1


def test_what_was_put_into_the_purchases_can_be_found(answers):
    """Within three standard errors: who still buys in the last two months, and what a year brings."""
    people = _bought(answers)
    stays = (people["last"] >= "2025-11-01").groupby(people["nps_class"]).agg(["mean", "size"])
    truth = samples.airport_truth("stays").set_index("of")["truth"]
    error = np.sqrt(truth * (1 - truth) / stays["size"])
    assert ((stays["mean"] - truth).abs() < 3 * error).all()
    spend = people.groupby("purpose")["spend"].agg(["mean", "sem"])
    truth = samples.airport_truth("spend").set_index("of")["truth"]
    assert ((spend["mean"] - truth).abs() < 3 * spend["sem"]).all()
    assert (samples.airport_truth("value").set_index("of")["truth"] > truth).all()


def test_halls_mislead_whoever_looks_at_one_side_only():
    """Before and after tells twice the effect, after alone none; two halls against six the planted one."""
    answers = pd.read_csv(FOLDER / "airport" / "halls.csv")
    late, seated = answers["quarter"] >= "2024-Q1", answers["started"].notna()
    means = answers["waiting"].groupby([seated, late]).mean()
    truth = samples.airport_truth("seats").set_index("of")["truth"]["waiting"]
    before_after = means[True, True] - means[True, False]
    assert before_after > 2 * truth
    assert abs(means[True, True] - means[False, True]) < 0.05
    assert before_after - (means[False, True] - means[False, False]) == pytest.approx(truth, abs=0.03)
    assert answers.groupby("quarter")["hall"].value_counts().eq(30).all()


def test_what_is_no_truth_of_the_airport():
    with pytest.raises(OptionError) as refused:
        samples.airport_truth("stay")
    assert str(refused.value) == (
        "about='stay' is not an option. Did you mean 'stays'? Options: 'drivers', 'stays', 'value', 'spend', 'seats'."
    )


def test_cdnow():
    frame = samples.load_cdnow()
    assert frame.columns.tolist() == ["customer", "frequency", "recency", "T", "monetary_value"]
    assert frame["customer"].tolist() == list(range(1, 2358))
    assert frame["frequency"].sum() == 2457
    assert not frame.isna().any(axis=None)
    once = frame["frequency"] == 0
    assert (frame.loc[once, ["recency", "monetary_value"]] == 0).all(axis=None)
    assert (frame["recency"] <= frame["T"]).all()
    assert frame["T"].agg(["min", "max"]).tolist() == [27.0, 38.86]


def test_cdnow_is_the_file_of_the_package(shared):
    source = pd.read_csv(shared / "reference" / "cdnow_customers_summary_with_transactions.csv")
    np.testing.assert_array_equal(samples.load_cdnow(), source)


def test_cdnow_carries_its_notice():
    notice = (FOLDER / "cdnow" / "LICENSE-lifetimes.txt").read_text(encoding="utf-8")
    assert notice.startswith("The MIT License (MIT)")
    assert "Copyright (c) 2015, Cameron Davidson-Pilon" in notice
    assert "lifetimes" in (FOLDER / "cdnow" / "README.md").read_text(encoding="utf-8")


def test_the_readme_says_what_is_simulated():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "## airport: simulated" in text
    assert {path.name for path in (FOLDER / "airport").iterdir()} <= set(text.replace("`", " ").split())


def test_samples_are_found_beside_an_installed_package(tmp_path):
    home = tmp_path / "cxlens" / "datasets"
    (home / "samples").mkdir(parents=True)
    assert samples._folder(home) == home / "samples"


def test_absent_samples_are_refused(tmp_path):
    home = tmp_path / "cxlens" / "datasets"
    with pytest.raises(FileError) as error:
        samples._folder(home)
    assert str(error.value) == (
        f"the samples are neither in {home / 'samples'} nor in {tmp_path / 'data' / 'samples'}. "
        "Install the package anew, or use a full checkout."
    )


def test_names_are_loaded_when_first_used():
    assert dir(cx.datasets) == sorted(cx.datasets.__all__)
    assert all(getattr(cx.datasets, name).__doc__ for name in cx.datasets.__all__)
    with pytest.raises(AttributeError) as error:
        cx.datasets.load_airprot  # noqa: B018  (reading the attribute is what is tested)
    assert str(error.value) == "module 'cxlens.datasets' has no attribute 'load_airprot'"
