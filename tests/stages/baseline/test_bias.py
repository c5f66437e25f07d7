"""Respondents against the customer base. All answers here are simulated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import ColumnError, ValuesError
from cxlens.stages.baseline.bias import response_bias
from cxlens.stats.intervals import wilson

BASE = {"purpose": {"business": 0.5, "leisure": 0.5}, "sex": {"f": 0.5, "m": 0.5}}


def simulated(n=4000, seed=1):
    """Leisure answers three times as often as business and is happier: the truth is (4 + 3) / 2 among customers."""
    rng = np.random.default_rng(seed)
    purpose = rng.choice(["business", "leisure"], n, p=[0.25, 0.75])
    score = np.clip(np.where(purpose == "leisure", 4, 3) + rng.integers(-1, 2, n), 1, 5)
    return pd.DataFrame({"web": score, "nps": 2 * score, "again": score >= 4, "purpose": purpose,
                         "sex": rng.choice(["f", "m"], n), "year": 2024.0})  # fmt: skip


def surveyed(frame, **roles):
    outcome = {"nps": "nps", "again": "binary"}
    return cx.Survey(frame, touchpoints=["web"], outcome=outcome, segments=["purpose", "sex", "year"], **roles)


@pytest.fixture(scope="module")
def view():
    return response_bias(surveyed(simulated()), BASE)


def test_the_truth_of_the_customer_base_is_found_again(view):
    web = view.parts["effect"].iloc[0]
    assert (web["item"], web["measure"], web["n"]) == ("web", "mean", 4000)
    assert web["value"] == pytest.approx(3.75, abs=0.05)
    assert web["low"] < 3.5 < web["high"]
    assert web["difference"] == pytest.approx(web["raked"] - web["value"])
    assert view.parts["effect"]["measure"].tolist() == ["mean", "NPS", "share"]


def test_shares_tests_and_weights_are_those_of_their_formulas(view):
    frame = simulated()
    row = view.table.iloc[0]
    n = int((frame["purpose"] == "business").sum())
    assert (row["column"], row["value"], row["n"], row["base"]) == ("purpose", "business", n, 0.5)
    assert (row["low"], row["high"]) == pytest.approx(tuple(map(float, wilson(n, 4000))))
    assert row["p_value"] == pytest.approx(stats.chisquare([n, 4000 - n]).pvalue)
    weights = view.parts["weights"]["weight"]
    assert weights.mean() == pytest.approx(1)
    assert row["weight"] == pytest.approx(weights[frame["purpose"] == "business"].mean())
    for column, base in BASE.items():
        raked = weights.groupby(frame[column]).sum() / 4000
        np.testing.assert_allclose(raked.to_numpy(), list(base.values()), atol=1e-8)


def test_the_sentence_says_who_is_heard_and_what_it_does(view):
    effect, raking = view.parts["effect"].iloc[1], view.parts["raking"].iloc[0]
    row = view.table.iloc[0]
    assert view.finding.title == (
        f"business (purpose): {100 * row['share']:.0f} % of the answers and 50 % of customers"
    )
    assert str(view) == (
        f"business (purpose): {100 * row['share']:.0f} % of the answers and 50 % of customers; raked to 2 margins, the "
        f"NPS is {effect['raked']:.1f} instead of {effect['value']:.1f} ({effect['difference']:.1f} "
        f"[{effect['difference_low']:.1f}, {effect['difference_high']:.1f}]). "
        f"Effective n {raking['effective_n']:,.0f} of "
        f"4,000 (design effect {raking['design_effect']:.2f})."
    )
    assert view.note == (
        "Share of the answers against the customer base, n = 4,000, intervals 95 %. "
        "Weights repair what the margins measure, and nothing else."
    )


def test_a_survey_with_the_weights_has_the_margins_and_is_left_as_it_is():
    frame = simulated()
    first = response_bias(surveyed(frame), BASE)
    weighted = surveyed(frame.assign(w=first.parts["weights"]["weight"].to_numpy()), weight="w")
    again = response_bias(weighted, BASE)
    np.testing.assert_allclose(again.table["share"], again.table["base"], atol=1e-8)
    np.testing.assert_allclose(again.parts["weights"]["weight"], first.parts["weights"]["weight"], rtol=1e-8)
    np.testing.assert_allclose(again.parts["effect"]["difference"], 0, atol=1e-8)
    assert str(again).startswith(
        "No clear difference between answers and customers in purpose, sex; raked to 2 margins"
    )


def test_numbers_of_customers_and_values_that_are_numbers_are_read():
    survey = surveyed(simulated())
    counts = response_bias(survey, {"purpose": {"business": 500, "leisure": 500}, "year": {2024: 7}})
    np.testing.assert_allclose(counts.table["base"], [0.5, 0.5, 1])
    assert counts.table["value"].tolist() == ["business", "leisure", "2024"]
    assert counts.table["p_value"].isna().tolist() == [False, False, True]  # a share of 1 cannot differ


def test_who_is_not_heard_and_who_is_not_known_is_said():
    frame = simulated(400)
    frame.loc[:9, "purpose"] = "crew"
    view = response_bias(surveyed(frame), {"purpose": {"business": 0.4, "leisure": 0.4, "medical": 0.2}})
    table = view.table.set_index("value")
    assert table.loc["medical", ["n", "share", "difference", "note"]].tolist() == [
        0, 0, -0.2, "not heard: no weight can speak for them"]  # fmt: skip
    assert table.loc["crew", ["n", "note"]].tolist() == [10, "not in the margins: not weighted by it"]
    weights = view.parts["weights"]["weight"].groupby(frame["purpose"]).sum()
    assert weights["business"] == pytest.approx(weights["leisure"])
    assert (
        "Not heard: 20 % of customers (purpose: medical). 2.5 % of the answers have a purpose that the margins do not "
        "know." in view.note
    )


def test_a_small_group_cannot_be_worked_out():
    frame = simulated(400)
    frame.loc[:2, "purpose"] = "crew"
    view = response_bias(surveyed(frame), {"purpose": {"business": 0.4, "leisure": 0.5, "crew": 0.1}})
    hidden = view.table["note"] != ""
    assert view.table.loc[hidden, ["value", "note"]].to_numpy().tolist() == [
        ["business", "fewer than 5 answers, or hidden to protect people; far from its share"],
        ["crew", "fewer than 5 answers, or hidden to protect people; far from its share"],
    ]
    shown = ["n", "share", "low", "high", "difference", "p_value", "q_value", "weight"]
    assert view.table.loc[hidden, shown].isna().all(axis=None)
    assert 400 - view.table["n"].sum() >= 10  # what total and the rest give away is two groups together


def test_customers_who_are_none_weigh_nothing():
    frame = simulated(400).assign(web=lambda f: f["web"].where(f["purpose"] == "leisure"))
    view = response_bias(surveyed(frame), {"purpose": {"business": 1, "leisure": 0}})
    assert view.parts["weights"]["weight"][frame["purpose"] == "leisure"].eq(0).all()
    effect = view.parts["effect"].set_index("item")
    assert effect.loc["web"].drop("measure").isna().all()
    nps = frame.loc[frame["purpose"] == "business", "nps"]
    assert effect.loc["nps", "raked"] == pytest.approx(100 * ((nps >= 9).mean() - (nps <= 6).mean()))


def test_a_figure_of_few_scores_is_blank():
    frame = simulated(400).astype({"web": float})
    frame.loc[4:, "web"] = np.nan
    effect = response_bias(surveyed(frame), BASE).parts["effect"]
    assert effect.iloc[0, 2:].isna().all()


@pytest.mark.parametrize(
    ("margins", "error", "text"),
    [
        (
            {},
            ValuesError,
            "response_bias needs the customer base. Give margins={'purpose': {'business': 0.3, 'leisure': 0.7}}.",
        ),
        (
            {"purpos": {"business": 1}},
            ColumnError,
            "margins: 'purpos' is not a segment of this survey. Did you mean 'purpose'? Segments: purpose, sex, year. "
            "Name the column in Survey(..., segments=[...]).",
        ),
        ({"purpose": {}}, ValuesError, "margins: 'purpose' has no shares. Give {value: share of the customers}."),
        (
            {"purpose": {"business": "half", "leisure": 0.5}},
            ValuesError,
            "margins: 'purpose' has 'half' for 'business'. Shares are 0 or more.",
        ),
        (
            {"purpose": {"business": -0.5, "leisure": 1.5}},
            ValuesError,
            "margins: 'purpose' has -0.5 for 'business'. Shares are 0 or more.",
        ),
        (
            {"purpose": {"business": 0.5, "leisure": 0.4}},
            ValuesError,
            "margins: the shares of 'purpose' sum to 0.9, not to 1. Give every value's share, or numbers of customers.",
        ),
        (
            {"purpose": {"buisness": 0.5, "leisure": 0.5}},
            ValuesError,
            "margins: no answer has 'buisness' in 'purpose'. Did you mean 'business'? Values: business, leisure.",
        ),
        (
            {"purpose": {"north": 0.5, "south": 0.5}},
            ValuesError,
            "margins: no answer has any of the values of 'purpose'. Values: business, leisure.",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(margins, error, text):
    with pytest.raises(error) as e:
        response_bias(surveyed(simulated(50)), margins)
    assert str(e.value) == text


def test_margins_that_contradict_each_other_are_named():
    frame = simulated(400).assign(sex=lambda f: f["purpose"].map({"business": "f", "leisure": "m"}))
    with pytest.raises(ValuesError) as e:
        response_bias(surveyed(frame), {"purpose": BASE["purpose"], "sex": {"f": 0.2, "m": 0.8}})
    assert str(e.value) == (
        "the margins contradict each other in these rows: after 1000 rounds a share of margin 'purpose' is off by "
        "0.3. Merge categories that hardly meet, or use fewer margins."
    )


def test_the_same_is_asked_of_other_answers(view):
    part = surveyed(simulated(500, 2))
    pd.testing.assert_frame_equal(view.again(part).table, response_bias(part, BASE).table)
    of_baseline = cx.baseline(surveyed(simulated()), level=0.8).response_bias(BASE)
    again = of_baseline.again(part)
    pd.testing.assert_frame_equal(again.table, response_bias(part, BASE, level=0.8).table)
    assert again.record.survey is part


def test_what_is_few_is_said_by_the_baseline():
    frame = simulated(400)
    frame.loc[:7, "purpose"] = "crew"
    margins = {"purpose": {"business": 0.4, "leisure": 0.5, "crew": 0.1}}
    base = cx.baseline(surveyed(frame), min_n=10)
    assert base.response_bias(margins).table["note"].tolist()[2] == (
        "fewer than 10 answers, or hidden to protect people; far from its share"
    )
    assert response_bias(surveyed(frame), margins).table["note"].tolist() == [""] * 3


def test_answers_without_weight_are_not_heard():
    frame = simulated(400).assign(w=lambda own: (own["purpose"] != "leisure") * 1.0)
    lines = response_bias(surveyed(frame, weight="w"), {"purpose": {"business": 0.5, "leisure": 0.5}}).table
    assert lines["note"].tolist() == ["", "not heard: no weight can speak for them"]
    assert lines["n"].tolist() == [(frame["w"] > 0).sum(), 0]


@pytest.mark.parametrize("known", [True, False])
def test_shares_of_ones_own_choice_tell_nothing_of_a_hidden_group(known):
    """Weights raked to one group alone would give its means, and a share without it how many it is."""
    frame = simulated(400)
    frame["purpose"] = ["leisure"] * 300 + ["business"] * 91 + ["other"] * 6 + ["crew"] * 3
    margins = {"leisure": 0.001, "business": 0.001, "crew": 0.997, "other": 0.001}
    if not known:
        margins = {"leisure": 0.5, "business": 0.4, "other": 0.1}
    view = response_bias(surveyed(frame), {"purpose": margins})
    weights = view.parts["weights"]["weight"]
    assert weights[391:397].nunique() == 1
    assert set(weights[391:397]) == set(weights[397:])  # one weight for both
    table = view.table.set_index("value")
    assert table.loc[["crew", "other"], ["n", "share", "weight"]].isna().all(axis=None)
    together = 400 if known else 391
    assert table.loc["leisure", "share"] == pytest.approx(300 / together)


def test_raked_figures_allow_for_those_who_answer_again():
    frame = simulated(500).assign(who=np.arange(500))
    again = pd.concat([frame] * 4, ignore_index=True)
    figures = [response_bias(surveyed(again, **roles), BASE).parts["effect"] for roles in ({}, {"respondent": "who"})]
    naive, known = (table["high"] - table["low"] for table in figures)
    assert (known / naive).between(1.6, 2.4).all()
    assert figures[0]["raked"].tolist() == pytest.approx(figures[1]["raked"].tolist(), rel=0.01)


def of_two(a: int, b: int, **roles) -> cx.Survey:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"kind": ["a"] * a + ["b"] * b, "nps": rng.integers(0, 11, a + b), "web": 3})
    return cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, segments=["kind"], **roles)


HALF = {"kind": {"a": 0.5, "b": 0.5}}


@pytest.mark.parametrize("few", [1, 4])
def test_a_hidden_group_far_from_its_share_is_said_and_not_worked_out(few):
    """Value and raked value were two equations for two means: that of the hidden group came out exactly."""
    view = response_bias(of_two(800, few), HALF)
    assert view.finding.lead in {f"{name} (kind) is hidden, and far from its share of customers" for name in "ab"}
    assert view.finding.certainty == "nothing to weight by"
    assert view.table["note"].str.endswith("to protect people; far from its share").all()
    assert view.table[["n", "share", "difference", "p_value", "q_value", "weight"]].isna().all(axis=None)
    assert view.parts["effect"]["difference"].abs().max() < 1e-9
    assert view.parts["weights"]["weight"].eq(1).all()
    assert "Not weighted by kind: fewer than two of its values have 30 answers." in view.note


def test_values_of_few_answers_are_weighted_as_one():
    frame = simulated(400)
    frame["purpose"] = ["leisure"] * 200 + ["business"] * 160 + ["crew"] * 25 + ["other"] * 15
    margins = {"purpose": {"leisure": 0.4, "business": 0.3, "crew": 0.1, "other": 0.2}}
    view = response_bias(surveyed(frame), margins)
    weights = view.parts["weights"]["weight"].groupby(frame["purpose"])
    assert weights.nunique().tolist() == [1] * 4
    assert weights.first()["crew"] == weights.first()["other"] == pytest.approx(0.3 * 400 / 40)
    assert "Weighted as one, for few answers: crew, other (purpose)." in view.note


def test_weights_end_at_five_times_the_mean_and_that_is_said():
    view = response_bias(of_two(960, 40), HALF)
    weights = view.parts["weights"]["weight"]
    assert weights.max() == pytest.approx(5)
    assert "Weights end at 5 times the mean: b (kind) reaches 20 % of its 50 %." in view.note


def test_clusters_widen_shares_and_what_raking_does():
    plain = of_two(300, 100)
    frame = plain.table
    frame["house"] = np.arange(len(frame)) // 20
    clustered = cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, segments=["kind"], cluster="house")
    naive, known = (response_bias(survey, HALF) for survey in (plain, clustered))
    width = [(view.table["high"] - view.table["low"]).iloc[0] for view in (naive, known)]
    assert width[1] > 2 * width[0]
    assert known.table["p_value"].iloc[0] > 100 * naive.table["p_value"].iloc[0]


def test_what_raking_does_is_held_by_its_interval():
    """Business and leisure differ by one point: half of leisure's surplus of a quarter comes off."""
    inside = []
    for seed in range(12):
        effect = response_bias(surveyed(simulated(400, seed)), {"purpose": BASE["purpose"]}).parts["effect"].iloc[0]
        inside.append(effect["difference_low"] < -0.25 < effect["difference_high"])
    assert sum(inside) >= 10


def test_what_the_margins_tell_is_certain_once_raked():
    """All of a kind say the same: the raked mean is that of the base, and only the mean as it is varies."""
    frame = simulated(400)
    frame["web"] = np.where(frame["purpose"] == "leisure", 4, 3)
    effect = response_bias(surveyed(frame), {"purpose": BASE["purpose"]}).parts["effect"].iloc[0]
    low, high = stats.ttest_1samp(frame["web"], 0).confidence_interval()
    assert effect["raked"] == pytest.approx(3.5)
    assert (effect["difference_low"], effect["difference_high"]) == pytest.approx((3.5 - high, 3.5 - low))
