"""Dominance between touchpoints: held against domir, against invariants, and in words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import cxlens as cx

BIRTH = ["age", "lwt", "smoke", "ptl", "ht", "ui"]
CASES = {
    "swiss": {"rest": ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]},
    "swiss_groups": {
        "rest": ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"],
        "groups": {"work": ["Agriculture", "Examination", "Education"]},
    },
    "swiss_always": {
        "rest": ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"],
        "covariates": ["Catholic"],
    },
    "attitude": {"rest": ["complaints", "privileges", "learning", "raises", "critical", "advance"]},
    "mtcars_3": {"rest": ["am", "vs", "cyl"], "outcome": "mpg"},
    "mtcars_logit_mcfadden": {"rest": ["mpg", "carb", "gear"], "outcome": {"vs": "binary"}},
    "birthwt_logit_mcfadden": {"rest": BIRTH, "outcome": {"low": "binary"}},
    "birthwt_logit_factor": {
        "rest": ["age", "lwt", "smoke", "ht", "ui"], "outcome": {"low": "binary"}, "factors": ["racef"],
    },
    "housing_polr_mcfadden": {"rest": ["Cont"], "outcome": {"Sat": "ordinal"}, "factors": ["Infl", "Type"]},
}  # fmt: skip


def drivers_of(shared, name: str) -> cx.drivers:
    """The drivers of a data set of ``reference/drivers.json``, as domir was asked."""
    roles = dict(CASES[name])
    frame = pd.read_csv(shared / "reference" / f"{name.split('_')[0]}.csv").rename(columns={"race": "racef"})
    if name.startswith("housing"):
        frame["Sat"] = frame["Sat"].map({"Low": 0, "Medium": 1, "High": 2})
        frame["Cont"] = frame["Cont"].map({"Low": 0, "High": 1})
    survey = cx.Survey(
        frame,
        touchpoints=roles.pop("rest"),
        outcome=roles.pop("outcome", frame.columns[0]),
        segments=roles.get("factors", []),
        weight="Freq" if "Freq" in frame else None,
    )
    return cx.drivers(survey, n_boot=0, **roles)


def simulated(p: int, n: int = 300, seed: int = 0) -> cx.Survey:
    """Simulated answers with a halo and falling effects."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(p)])
    frame["y"] = x @ np.linspace(1, 0, p) + 2 * rng.normal(size=n)
    frame["late"] = (frame["y"] > 1).astype(int)
    frame["who"] = rng.choice(["one", "two"], n)
    names = [f"t{i}" for i in range(p)]
    return cx.Survey(frame, touchpoints=names, outcome={"y": "interval", "late": "binary"}, segments=["who"])


@pytest.mark.filterwarnings("ignore:weight column:UserWarning")  # the reference took counts as weights
@pytest.mark.parametrize("name", CASES)
def test_dominance_equals_domir(shared, name):
    numbers = json.loads((shared / "reference" / "drivers.json").read_text())[name]["domir"]
    near = 1e-9 if "mcfadden" not in name and "logit" not in name else 1e-6
    found = drivers_of(shared, name)
    view = found.dominance()
    pairs = view.table.set_index(["touchpoint", "over"])
    for one, row in numbers["complete_prop"].items():
        for other, share in row.items():
            a, b = one.removesuffix("_>"), other.removeprefix(">_")
            if a != b:
                assert pairs.loc[(a, b), "complete"] == pytest.approx(share, abs=1e-12)
                gap = numbers["general"][a] - numbers["general"][b]
                assert pairs.loc[(a, b), "difference"] == pytest.approx(gap, abs=2 * near)
                ahead = np.array(numbers["conditional"][a]) > numbers["conditional"][b]
                assert pairs.loc[(a, b), "conditional"] == pytest.approx(ahead.mean())
    gains = view.parts["conditional"]
    assert sorted(gains["touchpoint"].unique()) == sorted(numbers["conditional"])
    for one, own in gains.groupby("touchpoint"):
        assert own["gain"].tolist() == pytest.approx(numbers["conditional"][one], abs=near)
        assert own["gain"].mean() == pytest.approx(numbers["general"][one], abs=near)


def test_the_readme_of_domir(shared):
    numbers = json.loads((shared / "reference" / "drivers.json").read_text())["published_domir_readme_mtcars"]
    pairs = drivers_of(shared, "mtcars_3").dominance().table.set_index(["touchpoint", "over"])["complete"]
    expected = {(a, b): share for a, row in numbers["complete_prop_row_gt_col"].items() for b, share in row.items()}
    assert pairs.to_dict() == pytest.approx(expected)


def test_resamples_say_how_surely():
    found = cx.drivers(simulated(5), n_boot=60)
    view = found.dominance()
    pairs = view.table.set_index(["touchpoint", "over"])
    back = pairs.swaplevel().loc[pairs.index]
    assert pairs["difference"].to_numpy() == pytest.approx(-back["difference"].to_numpy())
    assert pairs["low"].to_numpy() == pytest.approx(-back["high"].to_numpy())
    assert (pairs["p_general"] + back["p_general"]).to_numpy() == pytest.approx(1)
    assert (pairs["p_complete"] <= pairs["p_conditional"]).all()
    assert (pairs["p_conditional"] <= pairs["p_general"]).all()
    assert view.table["touchpoint"].drop_duplicates().tolist() == found.table["touchpoint"].tolist()
    draws = found.draws.importance[:, 0]
    assert pairs.loc[("t0", "t4"), "p_general"] == (draws[:, 0] > draws[:, 4]).mean()


def test_known_truth_is_found():
    pairs = cx.drivers(simulated(4, n=2000), n_boot=60).dominance().table.set_index(["touchpoint", "over"])
    assert pairs.loc[("t0", "t3"), ["complete", "conditional", "p_complete", "p_conditional"]].tolist() == [1] * 4


def test_no_resamples_no_certainty():
    table = cx.drivers(simulated(3), n_boot=0).dominance().table
    assert table[["low", "high", "p_general", "p_complete", "p_conditional"]].isna().all().all()
    assert table["complete"].notna().all()


def test_segments_have_pairs_of_their_own():
    survey = simulated(3)
    view = cx.drivers(survey, by="who", n_boot=0).dominance()
    alone = cx.drivers(survey.where(cx.Segment("one", {"who": "one"})), n_boot=0).dominance()
    own = view.table[view.table["segment"] == "one"].drop(columns="segment")
    pd.testing.assert_frame_equal(own.reset_index(drop=True), alone.table)
    assert view.parts["conditional"].columns.tolist() == ["segment", "touchpoint", "size", "gain"]
    assert view.finding.lead == "Which touchpoint dominates which, by who"
    for item, segment in zip(view.finding.items, ("one", "two"), strict=True):
        top = view.table[view.table["segment"] == segment].iloc[0]
        assert item.name == f"{top['touchpoint']} for {segment}"
        assert item.figure == f"{100 * top['difference']:.1f} points of R² ahead"
        assert (item.interval, item.certainty) == ("", "")


def test_fitted_outcomes_are_compared_in_resamples():
    view = cx.drivers(simulated(3), outcome="late", n_boot=20).dominance()
    assert view.table["p_complete"].between(0, 1).all()


def test_fitted_relative_weights_compare_importance_alone():
    view = cx.drivers(simulated(3), outcome="late", method="relative weights", n_boot=20).dominance()
    assert view.table["complete"].isna().all()
    assert view.table["p_general"].notna().all()
    assert view.note == (
        "Relative weights of a fitted outcome: importance is compared, submodels are not. "
        "No answer was left out. Importance by relative weights. "
        "Intervals of importance and rank: 95 %, from 20 redraws of the answers. "
        "A link in the answers, not yet a proven effect."
    )


def test_more_than_ten_players_use_fewer_resamples(monkeypatch):
    monkeypatch.setattr("cxlens.stages.drivers.dominance.SOME", 10)
    view = cx.drivers(simulated(11), n_boot=20).dominance()
    assert "Submodels were looked at in 10 redraws. Clearly: in 95 of 100 redraws, and " in view.note
    assert (view.table["p_complete"] * 10 % 1).to_numpy() == pytest.approx(0)


def test_more_than_fifteen_players_are_not_compared_in_resamples():
    view = cx.drivers(simulated(16), method="relative weights", n_boot=10).dominance()
    assert view.table["complete"].notna().all()
    assert view.table["p_complete"].isna().all()
    assert "Submodels were looked at in no redraw, as there are more than 15 players." in view.note


def test_more_than_twenty_players_are_compared_by_importance_alone():
    view = cx.drivers(simulated(21), method="relative weights", n_boot=10).dominance()
    assert view.table[["complete", "conditional", "p_complete", "p_conditional"]].isna().all().all()
    assert view.table["p_general"].notna().all()
    assert view.parts["conditional"].empty
    assert "Importance alone is compared: 21 players have too many submodels (20 is the most)." in view.note
    assert " points of R² ahead of " in str(view)


def test_what_the_view_says(shared):
    view = drivers_of(shared, "attitude").dominance()
    assert str(view) == (
        "complaints completely dominates all 5 others; it is 21.5 points of R² ahead of learning, the next. n = 30."
    )
    assert view.note == (
        "Complete dominance: adding more R² to every set of the others. No answer was left out. "
        "A link in the answers, not yet a proven effect."
    )


@pytest.mark.parametrize(
    ("p", "n", "whom"),
    [(3, 60, "1 of 2 others"), (3, 3000, "all 2 others"), (8, 60, "none of 7 others")],
)
def test_dominance_is_said_only_where_redraws_show_it_too(p, n, whom):
    told = cx.drivers(simulated(p, n), n_boot=100).dominance()
    first = told.table["touchpoint"].iloc[0]
    assert told.finding.lead == f"{first} clearly and completely dominates {whom}; it is"


@pytest.mark.parametrize("level", [0.5, 0.95])
@pytest.mark.parametrize(
    ("p", "n", "seed", "whom"),
    [(3, 150, 2, "none of 2 others"), (4, 100, 0, "2 of 3 others")],
)
def test_dominance_is_claimed_as_seldom_whatever_the_level_of_intervals(p, n, seed, whom, level):
    """Of the first two, and of all three, redraws show it; but chance brings some pair as far ahead."""
    told = cx.drivers(simulated(p, n, seed), n_boot=100, level=level).dominance()
    first = told.table["touchpoint"].iloc[0]
    assert told.finding.short == f"{first} clearly and completely dominates {whom}"


def test_clearly_is_explained_where_redraws_tell_it():
    clearly = " Clearly: in 95 of 100 redraws, and further ahead than chance brings any of all pairs. "
    assert clearly in cx.drivers(simulated(3), n_boot=20).dominance().note
    assert clearly not in cx.drivers(simulated(3), n_boot=0).dominance().note


def test_a_lone_touchpoint():
    view = cx.drivers(simulated(3).only(["t0"]), n_boot=4).dominance()
    assert str(view) == "t0 is the only touchpoint, so nothing is compared. n = 300."
    assert view.table.empty
