"""Looks at drivers: figures by hand, quadrants counted over the draws, and every text whole."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.common.finding import Item
from cxlens.common.result import View
from cxlens.engine import tables
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers import other_answers
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.opportunity import opportunity_score

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
NAMES = ("Web", "Desk", "Gate", "Food")
QUADRANTS = ["low priority", "possible overkill", "concentrate here", "keep up the good work"]


def answers(n: int = 300, seed: int = 1) -> pd.DataFrame:
    """Simulated answers: everyone meets Web and Desk, seven of ten the Gate, half the Food; 6 is not used."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, 1)) * 0.6 + rng.normal(size=(n, 4)) * 0.9 + np.array([4.0, 3.0, 3.4, 2.8])
    scores = np.clip(np.round(base), 1, 5).astype(int)
    used = np.column_stack([np.ones((n, 2), bool), rng.random((n, 2)) < [0.7, 0.5]])
    y = 2 + np.where(used, scores, 0) @ np.array([0.2, 0.8, 0.5, 0.1]) + rng.normal(size=n)
    frame = pd.DataFrame(np.where(used, scores, 6), columns=list(NAMES))
    frame["y"] = y
    frame["nps"] = np.clip(np.round(y + 1), 0, 10).astype(int)
    frame["good"] = (y > np.median(y)).astype(int)
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["who"] = rng.choice(["business", "leisure"], n)
    frame["id"] = rng.integers(0, 60, n)
    for name, strength in zip(NAMES, (3.0, 1.0, 2.0, 4.0), strict=True):
        frame[f"felt {name}"] = rng.choice([-1, 1], n) * (strength + rng.choice([0, 0.5], n))
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    roles = {"touchpoints": NAMES, "outcome": "y", "scale": SCALE, "segments": ["who"], **roles}
    return cx.Survey(answers() if frame is None else frame, **roles)


def felt(*names: str) -> dict[str, str]:
    return {name: f"felt {name}" for name in names or NAMES}


def stated(n: int = 80, **roles) -> cx.Survey:
    """Simulated statements of importance on a scale of 7."""
    frame = pd.DataFrame(np.random.default_rng(5).integers(3, 8, (n, 2)), columns=["Desk", "Web"]).assign(o=range(n))
    return cx.Survey(frame, **{"touchpoints": ["Desk", "Web"], "outcome": "o", "scale": cx.Scale(1, 7), **roles})


def by_name(view: View, column: str) -> pd.Series:
    return view.table.set_index("touchpoint")[column]


def users(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.loc[frame[name] != 6, name]


def fitted_by_hand(frame: pd.DataFrame, y: np.ndarray) -> tuple[np.ndarray, pd.Series, np.ndarray]:
    """Least squares with a column for the use of each touchpoint: the design, its coefficients, use."""
    scores, used = frame[list(NAMES)].to_numpy(float), (frame[list(NAMES)] != 6).to_numpy()
    design = np.column_stack([np.ones(len(frame)), used[:, 2:], np.where(used, scores, 0)])
    coef = np.linalg.lstsq(design, y, rcond=None)[0]
    return design, pd.Series(coef[3:], NAMES), used


@pytest.fixture(scope="module")
def found() -> Drivers:
    return cx.drivers(survey(), n_boot=200)


@pytest.fixture(scope="module")
def bare() -> Drivers:
    return cx.drivers(survey(), n_boot=0)


@pytest.fixture(scope="module")
def parts() -> Drivers:
    return cx.drivers(survey(), by="who", n_boot=100)


@pytest.fixture(scope="module")
def grouped() -> Drivers:
    return cx.drivers(survey(emotion=felt()), groups={"Hall": ["Web", "Desk"]}, n_boot=50)


@pytest.fixture(scope="module")
def fitted() -> Drivers:
    return cx.drivers(survey(outcome={"good": "binary"}), n_boot=50)


@pytest.fixture(scope="module")
def scaleless() -> Drivers:
    return cx.drivers(survey(answers().replace(6, 5), scale=None), n_boot=0)


def four(drivers: Drivers) -> list[View]:
    return [drivers.performance(), drivers.value_added(), drivers.opportunity(), drivers.moments_of_truth()]


# Importance-performance map


def test_the_map_shows_means_of_users_and_importance_with_the_intervals_of_the_drivers(found):
    view, own = found.performance(), found.table.set_index("touchpoint")
    assert list(view.table["touchpoint"]) == list(found.table["touchpoint"])
    for name in ("n", "importance", "importance_low", "importance_high"):
        assert by_name(view, name).to_dict() == pytest.approx(own[name].to_dict())
    frame = answers()
    assert by_name(view, "mean").to_dict() == pytest.approx({name: users(frame, name).mean() for name in NAMES})
    drawn = found.draws.shares[:, 0] @ found.levels / found.draws.shares[:, 0].sum(axis=-1)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert by_name(view, "mean_low")[list(NAMES)].tolist() == pytest.approx(low)
    assert by_name(view, "mean_high")[list(NAMES)].tolist() == pytest.approx(high)


@pytest.mark.parametrize("cross", ["means", "middle"])
def test_quadrants_are_counted_over_the_draws(found, cross):
    view = found.performance(cross=cross)
    counts = {name: dict.fromkeys(QUADRANTS, 0) for name in NAMES}
    for shares, importance in zip(found.draws.shares[:, 0], found.draws.importance[:, 0], strict=True):
        means = [(own * found.levels).sum() / own.sum() for own in shares]
        rated = 3 if cross == "middle" else sum(means) / 4
        for name, mean, size in zip(NAMES, means, importance, strict=True):
            row = ("low priority", "possible overkill") if size <= sum(importance) / 4 else QUADRANTS[2:]
            counts[name][row[int(mean >= rated)]] += 1
    for name, row in view.table.set_index("touchpoint").iterrows():
        assert row["quadrant"] == max(counts[name], key=counts[name].get)
        assert row["p_quadrant"] == pytest.approx(max(counts[name].values()) / 200)
        assert row["p_concentrate"] == pytest.approx(counts[name]["concentrate here"] / 200)


def test_cross_hairs_lie_at_the_means_or_the_middle(found):
    cross = found.performance().parts["cross-hairs"]
    middle = found.performance(cross="middle").parts["cross-hairs"]
    frame = answers()
    assert cross["mean"].tolist() == pytest.approx([np.mean([users(frame, name).mean() for name in NAMES])])
    assert cross["importance"].tolist() == pytest.approx([found.table["importance"].mean()])
    assert middle["mean"].tolist() == [3]
    assert middle["importance"].tolist() == cross["importance"].tolist()


def test_without_resamples_the_quadrant_is_that_of_the_figures(bare):
    view = bare.performance()
    mean, size = by_name(view, "mean"), by_name(view, "importance")
    at = 2 * (size > size.mean()) + (mean >= mean.mean())
    assert by_name(view, "quadrant").to_dict() == {name: QUADRANTS[at[name]] for name in NAMES}
    assert view.table[["p_quadrant", "p_concentrate", "mean_low", "importance_high"]].isna().all(axis=None)
    assert str(view) == "Concentrate here: Desk (rated 2.99). n = 300."
    assert view.note == (
        "Ratings are parted at the mean of the means; importance at its mean. No resamples, so no intervals from them."
    )


def test_the_map_in_words(found, parts):
    view = found.performance(cross="middle")
    row = found.performance().table.set_index("touchpoint").loc["Desk"]
    assert str(found.performance()) == (
        f"Concentrate here: Desk (rated 2.99 [{row['mean_low']:.2f}, {row['mean_high']:.2f}], "
        f"in {100 * row['p_concentrate']:.0f} % of resamples). n = 300."
    )
    assert found.performance().finding.items == [
        Item("Desk", "rated 2.99", f"[{row['mean_low']:.2f}, {row['mean_high']:.2f}]",
             f"in {100 * row['p_concentrate']:.0f} % of resamples")
    ]  # fmt: skip
    alone = cx.drivers(survey(touchpoints=["Web"]), n_boot=0).performance()
    assert str(alone) == "No touchpoint is both important and rated low. n = 300."
    assert view.note == (
        "Ratings are parted at the middle of the scale, 3; importance at its mean. Intervals: 95 %, from 200 resamples."
    )
    assert [item.name for item in parts.performance().finding.items] == ["Desk for business", "Desk for leisure"]
    assert parts.performance().finding.items[0].figure.startswith("rated ")


def test_weights_count_in_means(found):
    frame = answers()
    view = cx.drivers(survey(weight="w"), n_boot=0).performance()
    for name in NAMES:
        used = frame[name] != 6
        assert by_name(view, "mean")[name] == pytest.approx(np.average(frame[name][used], weights=frame["w"][used]))


# Value added


@pytest.mark.parametrize(("outcome", "points"), [("interval", "y"), ("nps", "nps")])
def test_value_added_by_hand_sums_to_the_gap_the_model_explains(outcome, points):
    frame = answers()
    y = frame["y"] if outcome == "interval" else 100.0 * (frame["nps"] > 8) - 100.0 * (frame["nps"] < 7)
    design, coef, used = fitted_by_hand(frame, y.to_numpy(float))
    view = cx.drivers(survey(outcome={points: outcome}), n_boot=0).value_added()
    want = {name: coef[name] * (users(frame, name).mean() - 3) * (frame[name] != 6).mean() for name in NAMES}
    value = by_name(view, "value")
    assert value[list(NAMES)].to_dict() == pytest.approx(want)
    at_the_middle = design.copy()
    at_the_middle[:, 3:] = np.where(used, 3, 0)
    gap = ((design - at_the_middle) @ np.linalg.lstsq(design, y, rcond=None)[0]).mean()
    assert value["all together"] == pytest.approx(gap)
    assert view.table["touchpoint"].tolist() == [*sorted(NAMES, key=want.get, reverse=True), "all together"]
    assert by_name(view, "reach")["Food"] == pytest.approx((frame["Food"] != 6).mean())
    assert by_name(view, "coef")[list(NAMES)].to_dict() == pytest.approx(coef.to_dict())
    assert by_name(view, "reference")[list(NAMES)].tolist() == [3] * 4
    assert by_name(view, "n")["all together"] == 300


@given(st.lists(st.floats(1, 5), min_size=4, max_size=4))
def test_values_add_up_whatever_the_reference(scores):
    view = cx.drivers(SMALL, n_boot=0).value_added(dict(zip(NAMES, scores, strict=True)))
    value = by_name(view, "value")
    assert value["all together"] == pytest.approx(value[list(NAMES)].sum())


SMALL = survey(answers(40))


def test_the_interval_of_a_value_is_that_of_its_draws(found):
    view, draws = found.value_added({"Desk": 4, "Food": 2.5}), found.draws
    mean = draws.shares[:, 0] @ found.levels / draws.shares[:, 0].sum(axis=-1)
    drawn = draws.coef[:, 0] * (mean - np.array([np.nan, 4, np.nan, 2.5])) * draws.shares[:, 0].sum(axis=-1)
    for name, own in {"Desk": drawn[:, 1], "all together": drawn[:, 1] + drawn[:, 3]}.items():
        low, high = np.quantile(own, [0.025, 0.975])
        assert by_name(view, "value_low")[name] == pytest.approx(low)
        assert by_name(view, "value_high")[name] == pytest.approx(high)
    assert by_name(view, "value")[["Web", "Gate"]].isna().all()
    assert view.note == (
        "Value: coefficient x (mean - reference) x reach. Left out, without a reference: Web, Gate. "
        "Intervals: 95 %, from 200 resamples."
    )


def test_value_added_in_words(bare, parts):
    value = by_name(bare.value_added(), "value")
    nps = cx.drivers(survey(outcome={"nps": "nps"}), n_boot=0).value_added({"Web": 3})
    first = parts.value_added({"Desk": 4}).table.query("segment == 'business' and touchpoint == 'all together'").iloc[0]
    assert str(bare.value_added()) == (
        f"Value for y against the middle of the scale (3), in points: all together ({value['all together']:+.2f}), "
        f"{value.index[0]} ({value.iloc[0]:+.2f}), {value.index[3]} ({value.iloc[3]:+.2f}). "
        "An association, not yet an effect. n = 300."
    )
    total = f"{nps.table['value'].iloc[-1]:+.1f}"
    assert nps.finding.lead == "Value for nps against the scores given, in NPS points"
    assert nps.finding.items == [Item("all together", total), Item("Web", total)]
    assert nps.finding.caution == "An association, not yet an effect"
    by_segment = parts.value_added({"Desk": 4}).finding.items
    assert [item.name for item in by_segment] == ["all together for business", "all together for leisure"]
    assert by_segment[0].figure == f"{first['value']:+.2f}"
    assert by_segment[0].interval == f"[{first['value_low']:.2f}, {first['value_high']:.2f}]"


def test_with_by_each_segment_has_its_values_and_its_sum(parts):
    frame, table = answers(), parts.value_added().table
    assert table["segment"].tolist() == ["business"] * 5 + ["leisure"] * 5
    for segment, own in table.groupby("segment"):
        some = frame[frame["who"] == segment]
        coef = fitted_by_hand(some, some["y"].to_numpy())[1]
        want = {name: coef[name] * (users(some, name).mean() - 3) * (some[name] != 6).mean() for name in NAMES}
        value = own.set_index("touchpoint")["value"]
        assert value[list(NAMES)].to_dict() == pytest.approx(want)
        assert value["all together"] == pytest.approx(sum(want.values()))
        assert own["touchpoint"].iloc[-1] == "all together"
        assert own["n"].iloc[-1] == len(some)


def test_standards_of_a_map_are_a_reference(bare):
    place = cx.TouchpointMap(
        [
            cx.Touchpoint("Desk", stage="a", standards=[cx.Standard("mean", 4), cx.Standard("mean", 2)]),
            cx.Touchpoint("Food", stage="a", standards=[cx.Standard("top_box", 0.5)]),
            cx.Touchpoint("Lounge", stage="a", standards=[cx.Standard("mean", 3)]),
        ],
        cx.Lifecycle(["a"]),
    )
    view = bare.value_added(place)
    pd.testing.assert_frame_equal(view.table, bare.value_added({"Desk": 4}).table)
    assert str(view).startswith("Value for y against the standards, in points: ")


def test_a_competitor_is_a_reference_with_an_error_of_its_own(found, bare):
    frame = answers(120, seed=8)
    other = survey(frame[["Desk", "Web", "y", "w"]], touchpoints=["Web", "Desk"], segments=[], weight="w")
    means = {name: np.average(frame[name], weights=frame["w"]) for name in ("Web", "Desk")}
    view = found.value_added(other)
    assert by_name(view, "reference")[["Web", "Desk"]].to_dict() == pytest.approx(means)
    pd.testing.assert_frame_equal(bare.value_added(other).table, bare.value_added(means).table)
    exact = found.value_added(means)
    wider = by_name(view, "value_high") - by_name(view, "value_low")
    assert (wider > by_name(exact, "value_high") - by_name(exact, "value_low"))[["Desk", "all together"]].all()
    assert str(view).startswith("Value for y against the means of the other survey, in points: ")
    assert "Left out, without a reference: Gate, Food." in view.note


def test_the_error_of_a_competitors_means_is_that_of_sampling(found):
    frame = answers(120, seed=8)
    drawn = cx.drivers(found.survey, n_boot=2000).record
    for roles, error in (({}, frame["Desk"].std(ddof=0) / np.sqrt(120)), ({"respondent": "id"}, None)):
        other = survey(frame, touchpoints=["Desk"], segments=[], **roles)
        point, draws = other_answers.means_elsewhere(drawn, other, lambda scores: scores)
        sums = frame.groupby("id")["Desk"].agg(["sum", "count"])
        residual = sums["sum"] - sums["count"] * frame["Desk"].mean()
        assert point[0, 0, 1] == pytest.approx(frame["Desk"].mean())
        assert draws[:, 0, 1].std() == pytest.approx(error or np.sqrt((residual**2).sum()) / 120, rel=0.06)
        assert np.isnan(draws[:, 0, [0, 2, 3]]).all()


def test_a_large_competitor_is_taken_as_exact(found, monkeypatch):
    monkeypatch.setattr(other_answers, "IN_MEMORY", 100)
    other = survey(answers(120, seed=8))
    means = {name: users(answers(120, seed=8), name).mean() for name in NAMES}
    pd.testing.assert_frame_equal(found.value_added(other).table, found.value_added(means).table)


def test_touchpoints_that_fewer_than_five_of_a_competitors_customers_scored_have_no_reference(found):
    frame = answers(60, seed=8)
    frame.loc[4:, "Food"] = 6
    view = found.value_added(survey(frame))
    assert np.isnan(by_name(view, "value")["Food"])
    assert "Left out, without a reference: Food." in view.note


def test_a_competitor_with_another_scale_is_warned_of(bare):
    with pytest.warns(UserWarning, match="scores here are from") as caught:
        view = bare.value_added(stated())
    assert [str(one.message) for one in caught] == [
        "scores here are from 1 to 5, those of the reference survey from 1 to 7; the means are compared as they are. "
        "Bring both to one scale first."
    ]
    assert by_name(view, "value").notna().sum() == 3
    assert caught[0].filename == __file__  # where it was asked


def test_numbers_of_numpy_are_scores(bare):
    view = bare.value_added({"Desk": np.int64(4), "Web": np.float32(3.5)})
    assert by_name(view, "reference").dropna().to_dict() == {"Desk": 4, "Web": 3.5}


MISSING = (
    "the reference has no score for any touchpoint here. Give {touchpoint: score}, or a map with "
    "Touchpoint(..., standards=[cx.Standard('mean', 4)])."
)


@pytest.mark.parametrize(
    ("reference", "kind", "text"),
    [
        (
            {"Dsk": 3},
            OptionError,
            "touchpoint 'Dsk' is not known here. Did you mean 'Desk'? Touchpoints: Web, Desk, Gate, Food.",
        ),
        ({"Desk": "high"}, ValuesError, "the reference of 'Desk' is 'high'. Give a score from 1 to 5."),
        ({"Desk": float("nan")}, ValuesError, "the reference of 'Desk' is nan. Give a score from 1 to 5."),
        ({"Desk": 7}, ValuesError, "the reference of 'Desk' is 7. Give a score from 1 to 5."),
        ({}, ValuesError, MISSING),
        (cx.TouchpointMap([cx.Touchpoint("Desk", stage="a")], cx.Lifecycle(["a"])), ValuesError, MISSING),
        (3, OptionError, "reference takes {touchpoint: score}, a TouchpointMap or a Survey, not a int."),
    ],
)
def test_a_reference_that_is_none_is_refused(bare, reference, kind, text):
    with pytest.raises(kind) as error:
        bare.value_added(reference)
    assert str(error.value) == text


def test_a_survey_about_other_touchpoints_is_no_reference(bare):
    other = survey(answers(20).rename(columns={"Web": "Site"}), touchpoints=["Site"])
    with pytest.raises(ValuesError) as error:
        bare.value_added(other)
    assert str(error.value) == (
        "the other survey has none of the touchpoints Web, Desk, Gate, Food. It has: Site. "
        "Name its columns alike: touchpoints={name: column}."
    )


def test_log_odds_are_no_value(fitted):
    assert fitted.unit == "log odds"
    with pytest.raises(ValuesError) as error:
        fitted.value_added()
    assert str(error.value) == (
        "value_added needs coefficients in points; those of binary outcome 'good' are log odds. "
        "Explain an outcome of kind interval or nps: cx.drivers(survey, outcome=...)."
    )


# Opportunity


def test_opportunity_scores_are_those_published(shared):
    cases = json.loads((shared / "reference" / "measures.json").read_text())["opportunity_score"]["value"]
    found = opportunity_score([case["imp"] for case in cases], [case["sat"] for case in cases])
    assert found.tolist() == pytest.approx([case["score"] for case in cases])


@given(st.floats(0, 10), st.floats(0, 10))
def test_an_opportunity_lies_between_importance_and_twice_it(importance, satisfaction):
    score = float(opportunity_score(importance, satisfaction))
    assert importance <= score <= 2 * importance
    assert score == importance or satisfaction < importance


def test_derived_opportunity_by_hand(found):
    frame, view = answers(), found.opportunity()
    size = found.table.set_index("touchpoint")["importance"]
    importance = (10 * size / size.max()).to_dict()
    satisfaction = {name: 10 * (users(frame, name) >= 4).mean() for name in NAMES}
    assert by_name(view, "importance").to_dict() == pytest.approx(importance)
    assert by_name(view, "satisfaction").to_dict() == pytest.approx(satisfaction)
    want = {name: importance[name] + max(importance[name] - satisfaction[name], 0) for name in NAMES}
    assert by_name(view, "score").to_dict() == pytest.approx(want)
    assert view.table["score"].is_monotonic_decreasing
    assert by_name(view, "class")["Desk"] == "extremely under-served"
    assert set(by_name(view, "class").drop("Desk")) == {"not under-served"}
    draws = found.draws
    pleased = 10 * draws.shares[:, 0, :, 3:].sum(axis=-1) / draws.shares[:, 0].sum(axis=-1)
    matter = 10 * draws.importance[:, 0] / draws.importance[:, 0].max(axis=1, keepdims=True)
    drawn = matter + np.maximum(matter - pleased, 0)
    assert by_name(view, "score_low")[list(NAMES)].tolist() == pytest.approx(np.quantile(drawn, 0.025, axis=0))
    assert by_name(view, "score_high")[list(NAMES)].tolist() == pytest.approx(np.quantile(drawn, 0.975, axis=0))


def test_stated_opportunity_by_hand(found, bare):
    frame, other = answers(), stated()
    view = found.opportunity(other)
    importance = {name: 10 * (other.table[name] >= 6).mean() for name in ("Web", "Desk")}
    assert by_name(view, "importance").dropna().to_dict() == pytest.approx(importance)
    satisfaction = {name: 10 * (users(frame, name) >= 4).mean() for name in NAMES}
    assert by_name(view, "satisfaction").to_dict() == pytest.approx(satisfaction)
    want = {name: importance[name] + max(importance[name] - satisfaction[name], 0) for name in importance}
    assert by_name(view, "score").dropna().to_dict() == pytest.approx(want)
    assert by_name(view, "class").dropna().to_dict() == {"Desk": "served right", "Web": "over-served"}
    assert (by_name(view, "score_low")["Desk"] < want["Desk"]) & (want["Desk"] < by_name(view, "score_high")["Desk"])
    assert view.note == (
        "Satisfaction is ten times the share of users in the top box. So is stated importance. "
        "Left out, without stated importance: Gate, Food. Intervals: 95 %, from 200 resamples."
    )
    finding = bare.opportunity(other).finding
    assert finding.lead == "Largest opportunity, by stated importance"
    assert finding.items == [Item("Desk", f"served right, score {want['Desk']:.1f}")]


def test_classes_begin_above_their_bands(bare):
    shares = np.array([1.0, 0.8, 0.6, 0.4])
    frame = pd.DataFrame({name: [7] * round(10 * s) + [1] * round(10 - 10 * s) for name, s in zip(NAMES, shares)})
    other = cx.Survey(frame.assign(o=range(10)), touchpoints=NAMES, outcome="o", scale=cx.Scale(1, 7))
    table = bare.opportunity(other).table.set_index("touchpoint").loc[list(NAMES)]
    for name, importance in zip(NAMES, 10 * shares, strict=True):
        score, satisfied = table.loc[name, "score"], table.loc[name, "satisfaction"]
        words = "over-served" if satisfied > importance else "served right"
        words = "under-served" if score > 10 else words
        words = "strongly under-served" if score > 12 else words
        assert table.loc[name, "class"] == ("extremely under-served" if score > 15 else words)
        assert table.loc[name, "importance"] == pytest.approx(importance)


def test_opportunity_in_words(bare, parts):
    score = by_name(bare.opportunity(), "score")["Desk"]
    assert str(bare.opportunity()) == (
        f"Largest opportunity, by derived importance: Desk (extremely under-served, score {score:.1f}). n = 300."
    )
    assert bare.opportunity().note == (
        "Satisfaction is ten times the share of users in the top box. Importance is derived, the largest set to 10: "
        "read scores as a ranking, classes with care. No resamples, so no intervals from them."
    )
    assert [item.name for item in parts.opportunity().finding.items] == ["Desk for business", "Desk for leisure"]


def test_what_is_no_statement_of_importance_is_refused(bare):
    with pytest.raises(OptionError) as error:
        bare.opportunity({"Desk": 9})
    assert str(error.value) == (
        "stated importance works on a Survey, not on a dict. "
        "Make one: cx.Survey(data, touchpoints=[...], outcome='column')."
    )
    with pytest.raises(ValuesError) as error:
        bare.opportunity(stated(scale=None))
    assert str(error.value) == (
        "the top box of stated importance needs the scale of the scores, and the survey names none. "
        "Give Survey(..., scale=cx.Scale(1, 5))."
    )


# Moments of truth


def percentile_ranks(values: list[float]) -> list[float]:
    return [(sum(b < a for b in values) + 0.5 * sum(b == a for b in values)) / len(values) for a in values]


def test_the_index_by_hand(found):
    frame, view = answers(), found.moments_of_truth()
    reach = [(frame[name] != 6).mean() for name in NAMES]
    emotion = [(users(frame, name) - 3).abs().mean() / 2 for name in NAMES]
    effect = [abs(fitted_by_hand(frame, frame["y"].to_numpy())[1][name]) for name in NAMES]
    for column, values in (("reach", reach), ("emotion", emotion), ("effect", effect)):
        assert by_name(view, column)[list(NAMES)].tolist() == pytest.approx(values)
    ranks = [percentile_ranks(np.round(values, 9).tolist()) for values in (reach, emotion, effect)]
    want = 100 * np.prod(ranks, axis=0) ** (1 / 3)
    assert by_name(view, "index")[list(NAMES)].tolist() == pytest.approx(want)
    assert view.table["index"].is_monotonic_decreasing
    draws, drawn = found.draws, []
    for shares, coef in zip(draws.shares[:, 0], draws.coef[:, 0], strict=True):
        reach = shares.sum(axis=-1)
        three = [reach.round(9), shares @ (np.abs(found.levels - 3) / 2) / reach, np.abs(coef)]
        drawn.append(100 * np.prod([percentile_ranks(list(values)) for values in three], axis=0) ** (1 / 3))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert by_name(view, "index_low")[list(NAMES)].tolist() == pytest.approx(low)
    assert by_name(view, "index_high")[list(NAMES)].tolist() == pytest.approx(high)


def test_a_moment_of_truth_has_an_effect_clearly_above_the_median(found, bare):
    own = found.table.set_index("touchpoint")
    for view in (found.moments_of_truth(), bare.moments_of_truth()):
        table = view.table.set_index("touchpoint")
        for name in NAMES:
            ends = sorted([abs(own.loc[name, "coef_low"]), abs(own.loc[name, "coef_high"])])
            near = 0 if own.loc[name, "coef_low"] <= 0 <= own.loc[name, "coef_high"] else ends[0]
            assert table.loc[name, "effect_low"] == pytest.approx(near)
            assert table.loc[name, "effect_high"] == pytest.approx(ends[1])
            assert table.loc[name, "moment_of_truth"] == (near > own["coef"].abs().median())
        assert table.index[table["moment_of_truth"].eq(True)].tolist() == ["Gate", "Desk"]


def test_the_sign_of_an_effect_is_set_aside():
    frame = answers()
    up, down = (cx.drivers(survey(frame.assign(y=sign * frame["y"])), n_boot=0) for sign in (1, -1))
    pd.testing.assert_frame_equal(up.moments_of_truth().table, down.moments_of_truth().table)


@pytest.mark.parametrize("by", [None, "who"])
def test_emotion_is_the_size_of_its_columns(by):
    frame, made = answers(), survey(emotion=felt(), weight="w")
    table = cx.drivers(made, by=by, n_boot=0).moments_of_truth().table
    for row in table.to_dict("records"):
        some = frame[frame["who"] == row["segment"]] if by else frame
        want = np.average(some[f"felt {row['touchpoint']}"].abs(), weights=some["w"])
        assert row["emotion"] == pytest.approx(want)


def test_moments_of_truth_in_words(bare, found, parts):
    index = by_name(bare.moments_of_truth(), "index")
    assert str(bare.moments_of_truth()) == (
        f"Moments of truth: Gate (index {index['Gate']:.0f}), Desk (index {index['Desk']:.0f}). n = 300."
    )
    how = "Index (ours): geometric mean of the percentile ranks of reach, emotion and effect, times 100. "
    assert bare.moments_of_truth().note == (
        f"{how}Emotion: how far scores lie from the middle of the scale. "
        "Effects have the intervals of the drivers. No resamples, so no intervals from them."
    )
    row = found.moments_of_truth().table.set_index("touchpoint").loc["Gate"]
    assert str(found.moments_of_truth()).startswith(
        f"Moments of truth: Gate (index {row['index']:.0f} [{row['index_low']:.0f}, {row['index_high']:.0f}]), Desk ("
    )
    first = dict(
        parts.moments_of_truth().table.query("moment_of_truth == True").groupby("segment")["touchpoint"].first()
    )
    names = [item.name for item in parts.moments_of_truth().finding.items]
    assert names == [f"{first[segment]} for {segment}" for segment in ("business", "leisure")]
    told = cx.drivers(survey(emotion=felt()), n_boot=0).moments_of_truth()
    assert "Emotion: mean size of the survey's emotion columns, taken as exact." in told.note
    for columns, words in ((felt("Web", "Desk"), "Gate, Food lack a"), (felt("Web", "Desk", "Gate"), "Food lacks a")):
        view = cx.drivers(survey(emotion=columns), n_boot=0).moments_of_truth()
        assert f"from the middle of the scale; {words} column of it. " in view.note
        assert view.table.equals(bare.moments_of_truth().table)


def test_no_effect_above_the_median_is_said():
    frame = answers(60).assign(y=np.random.default_rng(3).normal(size=60))
    assert str(cx.drivers(survey(frame), n_boot=0).moments_of_truth()) == (
        "No touchpoint has an effect clearly above the median. n = 60."
    )


def test_moments_of_truth_of_a_fitted_outcome_have_effects_in_log_odds_and_no_interval_of_the_index(fitted):
    view = fitted.moments_of_truth()
    own = fitted.table.set_index("touchpoint")["coef"].abs()
    assert by_name(view, "effect").to_dict() == pytest.approx(own.to_dict())
    assert by_name(view, "effect_low").notna().all()
    assert view.table[["index_low", "index_high"]].isna().all(axis=None)
    assert view.note.endswith("Effects have the intervals of the drivers; the index has none.")
    assert str(view).startswith("Moments of truth: Gate (index ")


def test_an_effect_without_an_interval_is_no_moment_of_truth():
    found = cx.drivers(survey(), blanks="impute", n_boot=0)
    view = found.moments_of_truth()
    assert [*view.table["moment_of_truth"]] == [None] * 4
    first = view.table.iloc[0]
    assert str(view) == (
        f"Highest index of reach, emotion and effect: {first['touchpoint']} (index {first['index']:.0f}). n = 300."
    )


def test_an_emotion_column_of_text_is_refused():
    frame = answers().assign(**{"felt Gate": ["", None, "2", *["calm"] * 297]})
    found = cx.drivers(survey(frame, emotion=felt()), n_boot=0)
    with pytest.raises(ValuesError) as error:
        found.moments_of_truth()
    assert str(error.value) == (
        "emotion column 'felt Gate' holds 'calm'. How strong a feeling is takes numbers, such as 1 (calm) to 5."
    )


# What all have in common


def test_groups_have_no_figure_and_the_note_says_so(grouped):
    for view in four(grouped):
        row = view.table.set_index("touchpoint").loc["Hall"]
        figure = {"performance": "mean", "value added": "value", "opportunity": "score"}.get(view.kind, "index")
        assert np.isnan(row[figure])
        assert "Without a figure, or fewer than 5 scores: Hall." in view.note
        assert view.table[figure].notna().sum() == (3 if figure == "value" else 2)
    assert pd.isna(by_name(grouped.performance(), "quadrant")["Hall"])
    assert pd.isna(by_name(grouped.opportunity(), "class")["Hall"])
    assert by_name(grouped.moments_of_truth(), "moment_of_truth")["Hall"] is None
    assert "taken as exact" in grouped.moments_of_truth().note
    assert by_name(grouped.moments_of_truth(), "emotion")["Food"] == pytest.approx(answers()["felt Food"].abs().mean())
    cross = grouped.performance().parts["cross-hairs"].iloc[0]
    own = grouped.table.set_index("touchpoint")["importance"]
    assert cross["importance"] == pytest.approx(own[["Gate", "Food"]].mean())


def test_with_nothing_but_a_group_nothing_is_known():
    views = four(cx.drivers(survey(), groups={"All": NAMES}, n_boot=20))
    assert [str(view) for view in views] == [
        "No touchpoint is both important and rated low. n = 300.",
        "Value for y against the middle of the scale (3), in points: none is known. "
        "An association, not yet an effect. n = 300.",
        "No opportunity is known. n = 300.",
        "No index is known. n = 300.",
    ]


@pytest.mark.parametrize("n_boot", [0, 20])
def test_cells_of_fewer_than_five_scores_are_blank(n_boot):
    frame = answers()
    few = frame.index[frame["who"] == "business"][4:]
    frame.loc[few, "Food"] = 6
    frame.loc[frame.index[frame["who"] == "business"][:4], "Food"] = [1, 2, 4, 5]
    for view in four(cx.drivers(survey(frame), by="who", n_boot=n_boot)):
        figure = {"performance": "mean", "value added": "value", "opportunity": "score"}.get(view.kind, "index")
        own = view.table.set_index(["segment", "touchpoint"])
        assert own.loc[("business", "Food"), "n"] == 4
        assert np.isnan(own.loc[("business", "Food"), figure])
        assert own.loc[("leisure", "Food"), figure] > -np.inf
        assert view.note.endswith("Without a figure, or fewer than 5 scores: Food in business.")


def test_the_same_seed_gives_the_same_views(found):
    for view, again in zip(four(found), four(cx.drivers(survey(), n_boot=200)), strict=True):
        pd.testing.assert_frame_equal(view.table, again.table)
        assert (view.sentence, view.note) == (again.sentence, again.note)
        assert repr(view) == view.sentence
        assert "<table>" in view._repr_html_()
    other = survey(answers(50, seed=8))
    pd.testing.assert_frame_equal(found.value_added(other).table, found.value_added(other).table)


def test_means_of_a_survey_that_names_no_scale_are_compared_without_a_warning(bare):
    assert by_name(bare.value_added(stated(scale=None)), "value").notna().sum() == 3


def test_a_survey_on_disk_gives_the_same_figures(tmp_path, monkeypatch, bare):
    frame = answers()
    frame.to_parquet(tmp_path / "answers.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 100)
    made = survey(tmp_path / "answers.parquet", emotion=felt())
    assert not isinstance(made.source, tables.InMemory)
    told = cx.drivers(survey(emotion=felt()), n_boot=0)
    for view, other in zip(four(cx.drivers(made, n_boot=0)), four(told), strict=True):
        same = [name for name in view.table if name not in {"effect_low", "effect_high", "moment_of_truth"}]
        pd.testing.assert_frame_equal(view.table[same], other.table[same])
    pd.testing.assert_frame_equal(bare.value_added(made).table, bare.value_added(survey()).table)


@pytest.mark.parametrize("look", ["performance", "value_added", "opportunity", "moments_of_truth"])
def test_views_are_of_drivers_with_levels(look):
    measured = answers(1500, seed=2)
    measured["Desk"] += np.random.default_rng(0).random(len(measured))
    found = cx.drivers(survey(measured, scale=None, segments=[]), n_boot=0)
    with pytest.raises(ValuesError) as error:
        getattr(found, look)()
    assert str(error.value) == (
        "the scores take more than 1,000 different values, so how many gave each is not known. "
        "Round them to the steps of a scale."
    )


def test_a_cross_that_is_none_is_refused(bare):
    with pytest.raises(OptionError) as error:
        bare.performance(cross="mean")
    assert str(error.value) == "cross='mean' is not an option. Did you mean 'means'? Options: 'means', 'middle'."


@pytest.mark.parametrize(
    ("look", "what", "instead"),
    [
        (lambda found: found.performance(cross="middle"), "cross='middle'", ", or cross='means'"),
        (lambda found: found.value_added(), "the middle, as reference,", ", or reference={touchpoint: score}"),
        (lambda found: found.opportunity(), "the top box", ""),
        (
            lambda found: found.moments_of_truth(),
            "strength of feeling, read from scores,",
            ", or its columns: Survey(..., emotion={touchpoint: column})",
        ),
    ],
)
def test_without_a_scale_some_questions_have_no_answer(scaleless, look, what, instead):
    with pytest.raises(ValuesError) as error:
        look(scaleless)
    assert str(error.value) == (
        f"{what} needs the scale of the scores, and the survey names none. "
        f"Give Survey(..., scale=cx.Scale(1, 5)){instead}."
    )


def test_without_a_scale_the_others_work(scaleless):
    assert scaleless.performance().table["quadrant"].notna().all()
    assert scaleless.value_added({"Desk": 30}).table["value"].notna().sum() == 2
    with pytest.raises(ValuesError) as error:
        scaleless.value_added({"Desk": "3"})
    assert str(error.value) == "the reference of 'Desk' is '3'. Give a score, such as 4."
