"""Value added: figures by hand, sums, references of every kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.common.finding import Item
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers.value_added import _clear_ends


@pytest.mark.parametrize(("outcome", "points"), [("interval", "y"), ("nps", "nps")])
def test_value_added_by_hand_sums_to_the_gap_the_model_explains(looks, outcome, points):
    frame = looks.answers()
    y = frame["y"] if outcome == "interval" else 100.0 * (frame["nps"] > 8) - 100.0 * (frame["nps"] < 7)
    design, coef, used = looks.fitted_by_hand(frame, y.to_numpy(float))
    view = cx.drivers(looks.survey(outcome={points: outcome}), n_boot=0).value_added()
    want = {
        name: coef[name] * (looks.users(frame, name).mean() - 3) * (frame[name] != 6).mean() for name in looks.NAMES
    }
    value = looks.by_name(view, "value")
    assert value[list(looks.NAMES)].to_dict() == pytest.approx(want)
    at_the_middle = design.copy()
    at_the_middle[:, 3:] = np.where(used, 3, 0)
    gap = ((design - at_the_middle) @ np.linalg.lstsq(design, y, rcond=None)[0]).mean()
    assert value["all together"] == pytest.approx(gap)
    assert view.table["touchpoint"].tolist() == [*sorted(looks.NAMES, key=want.get, reverse=True), "all together"]
    assert looks.by_name(view, "reach")["Food"] == pytest.approx((frame["Food"] != 6).mean())
    assert looks.by_name(view, "coef")[list(looks.NAMES)].to_dict() == pytest.approx(coef.to_dict())
    assert looks.by_name(view, "reference")[list(looks.NAMES)].tolist() == [3] * 4
    assert looks.by_name(view, "n")["all together"] == 300


@pytest.fixture(scope="module")
def of_few(looks):
    return cx.drivers(looks.SMALL, n_boot=0)


@given(st.lists(st.floats(1, 5), min_size=4, max_size=4))
def test_values_add_up_whatever_the_reference(looks, of_few, scores):
    view = of_few.value_added(dict(zip(looks.NAMES, scores, strict=True)))
    value = looks.by_name(view, "value")
    assert value["all together"] == pytest.approx(value[list(looks.NAMES)].sum())


def test_the_interval_of_a_value_is_that_of_its_draws(looks, found):
    view, draws = found.value_added({"Desk": 4, "Food": 2.5}), found.draws
    mean = draws.shares[:, 0] @ found.levels / draws.shares[:, 0].sum(axis=-1)
    drawn = draws.coef[:, 0] * (mean - np.array([np.nan, 4, np.nan, 2.5])) * draws.shares[:, 0].sum(axis=-1)
    for name, own in {"Desk": drawn[:, 1], "all together": drawn[:, 1] + drawn[:, 3]}.items():
        low, high = np.quantile(own, [0.025, 0.975])
        assert looks.by_name(view, "value_low")[name] == pytest.approx(low)
        assert looks.by_name(view, "value_high")[name] == pytest.approx(high)
    assert looks.by_name(view, "value")[["Web", "Gate"]].isna().all()
    assert view.note == (
        "Value: coefficient x (mean - reference) x reach. Left out, without a reference: Web, Gate. "
        "Intervals: 95 %, from 200 redraws."
    )


def test_value_added_in_words(looks, bare, parts):
    value = looks.by_name(bare.value_added(), "value")
    nps = cx.drivers(looks.survey(outcome={"nps": "nps"}), n_boot=0).value_added({"Web": 3})
    first = parts.value_added({"Desk": 4}).table.query("segment == 'business' and touchpoint == 'all together'").iloc[0]
    assert str(bare.value_added()) == (
        f"Value for y against the middle of the scale (3), in points: all together ({value['all together']:+.2f}). "
        f"Most, with no clear first: {value.index[0]} ({value.iloc[0]:+.2f}); "
        f"least, with no clear last: {value.index[3]} ({value.iloc[3]:+.2f}). "
        "A link in the answers, not yet a proven effect. n = 300."
    )
    total = f"{nps.table['value'].iloc[-1]:+.1f}"
    assert nps.finding.lead == "Value for NPS against the scores given, in NPS points"
    assert nps.finding.items == [Item("all together", total)]
    assert nps.finding.more == [f"Most: Web ({total})"]
    assert nps.finding.caution == "A link in the answers, not yet a proven effect"
    by_segment = parts.value_added({"Desk": 4}).finding.items
    assert [item.name for item in by_segment] == ["all together for business", "all together for leisure"]
    assert by_segment[0].figure == f"{first['value']:+.2f}"
    assert by_segment[0].interval == f"[{first['value_low']:.2f}, {first['value_high']:.2f}]"


def test_with_by_each_segment_has_its_values_and_its_sum(looks, parts):
    frame, table = looks.answers(), parts.value_added().table
    assert table["segment"].tolist() == ["business"] * 5 + ["leisure"] * 5
    for segment, own in table.groupby("segment"):
        some = frame[frame["who"] == segment]
        coef = looks.fitted_by_hand(some, some["y"].to_numpy())[1]
        want = {
            name: coef[name] * (looks.users(some, name).mean() - 3) * (some[name] != 6).mean() for name in looks.NAMES
        }
        value = own.set_index("touchpoint")["value"]
        assert value[list(looks.NAMES)].to_dict() == pytest.approx(want)
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


def test_a_competitor_is_a_reference_with_an_error_of_its_own(looks, found, bare):
    frame = looks.answers(120, seed=8)
    other = looks.survey(frame[["Desk", "Web", "y", "w"]], touchpoints=["Web", "Desk"], segments=[], weight="w")
    means = {name: np.average(frame[name], weights=frame["w"]) for name in ("Web", "Desk")}
    view = found.value_added(other)
    assert looks.by_name(view, "reference")[["Web", "Desk"]].to_dict() == pytest.approx(means)
    pd.testing.assert_frame_equal(bare.value_added(other).table, bare.value_added(means).table)
    exact = found.value_added(means)
    wider = looks.by_name(view, "value_high") - looks.by_name(view, "value_low")
    assert (wider > looks.by_name(exact, "value_high") - looks.by_name(exact, "value_low"))[
        ["Desk", "all together"]
    ].all()
    assert str(view).startswith("Value for y against the means of the other survey, in points: ")
    assert "Left out, without a reference: Gate, Food." in view.note


def test_a_competitor_with_another_scale_is_warned_of(looks, bare):
    with pytest.warns(UserWarning, match="scores here are from") as caught:
        view = bare.value_added(looks.stated())
    assert [str(one.message) for one in caught] == [
        "scores here are from 1 to 5, those of the reference survey from 1 to 7; the means are compared as they are. "
        "Bring both to one scale first."
    ]
    assert looks.by_name(view, "value").notna().sum() == 3
    assert caught[0].filename == __file__  # where it was asked


def test_numbers_of_numpy_are_scores(looks, bare):
    view = bare.value_added({"Desk": np.int64(4), "Web": np.float32(3.5)})
    assert looks.by_name(view, "reference").dropna().to_dict() == {"Desk": 4, "Web": 3.5}


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


def test_what_leaves_the_answers_is_said(looks, found):
    frame = looks.answers()
    assert (looks.users(frame, "Web") <= 1).mean() < 0.05 < (looks.users(frame, "Food") <= 1).mean()
    view = found.value_added({"Web": 1, "Food": 1})
    assert view.finding.more[1:] == ["Outside of the answers: hardly any user rated Web at the reference or beyond"]
    assert len(found.value_added({"Web": 3, "Food": 4}).finding.more) == 1
    low = looks.survey(frame.assign(y=frame["y"].clip(4.5, 7)), outcome_scale=cx.Scale(4.5, 7))
    worst = cx.drivers(low, n_boot=0).value_added(dict.fromkeys(looks.NAMES, 1))
    total = worst.table["value"].iloc[-1]
    assert low.table["y"].mean() - total < 4.5
    assert worst.finding.more[-1] == (
        "Outside of the answers: with all at the reference y would leave its range of 4.5 to 7"
    )


def test_value_of_a_yes_or_no_is_predicted_at_the_reference(fitted, looks):
    view = fitted.value_added({"Desk": 4, "Gate": 2})
    frame = looks.answers()
    used = (frame[list(looks.NAMES)] != 6).astype(float).add_prefix("used ")[["used Gate", "used Food"]]
    design = sm.add_constant(pd.concat([used, frame[list(looks.NAMES)].replace(6, 0)], axis=1))
    model = sm.GLM(frame["good"], design, sm.families.Binomial()).fit(tol=1e-14)

    def now_less(**scores: int) -> float:
        there = design.assign(**{name: np.where(frame[name] == 6, 0, score) for name, score in scores.items()})
        return 100 * (model.fittedvalues.mean() - model.predict(there).mean())

    values = looks.by_name(view, "value")
    assert values["Desk"] == pytest.approx(now_less(Desk=4), rel=1e-6)
    assert values["Gate"] == pytest.approx(now_less(Gate=2), rel=1e-6)
    assert values["all together"] == pytest.approx(now_less(Desk=4, Gate=2), rel=1e-6)
    assert "Value for good against the scores given, in percentage points: all together" in str(view.finding)
    assert "Chances do not add up: all together is predicted for all at once." in view.note


def test_most_and_least_are_clear_only_where_redraws_show_it():
    value = np.array([[[3.0, 1.0, np.nan, -2.0, 2.0]]])
    drawn = np.repeat(value, 100, axis=0)
    assert _clear_ends(value, drawn) == (True, True)
    drawn[:3, 0, 0] = 0.5  # behind the second in 3 of 100
    assert _clear_ends(value, drawn) == (False, True)
    drawn[:3, 0, 3] = 1.5
    assert _clear_ends(value, drawn) == (False, False)
    assert _clear_ends(value, None) == (False, False)
    assert _clear_ends(value[..., [0, 4]], drawn[..., [0, 4]]) == (False, False)


@pytest.mark.simulation
def test_where_touchpoints_add_the_same_most_is_seldom_clear():
    """5 of 100 are due for each end of two; of four alike it is less."""
    said = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.integers(1, 6, (250, 4)), columns=list("abcd"))
        frame["y"] = frame.sum(axis=1) / 4 + rng.normal(0, 1, 250)
        survey = cx.Survey(frame, touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5))
        (ends,) = cx.drivers(survey, n_boot=100).value_added(dict.fromkeys("abcd", 1)).finding.more[:1]
        said.append("learly" in ends)
    assert np.mean(said) <= 0.1
