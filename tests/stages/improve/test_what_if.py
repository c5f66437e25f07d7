"""What if: forecasts worked out by hand, inside the scale, and adding up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.improve.response import effect, response, shift_to

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
COLUMNS = ["touchpoint", "raised_by", "lift", "change", "low", "high", "now", "then"]
GOALS = "'standard', 'best segment', 'best competitor', 'best quarter of places', 'ceiling'"


def answers(n: int = 300, seed: int = 2) -> pd.DataFrame:
    """Simulated answers: touchpoint b is met by half, the outcome follows a and b."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 3)), columns=list("abc"))
    frame["y"] = 10 + 1.0 * frame["a"] + 0.5 * frame["b"] - 0.2 * frame["c"] + rng.normal(size=n)
    frame.loc[rng.random(n) < 0.5, "b"] = 6
    frame["group"] = rng.choice(["one", "two"], n, p=[0.7, 0.3])
    return frame


def found(frame: pd.DataFrame | None = None, n_boot: int = 0, by: str | None = None, **roles) -> cx.drivers:
    roles = {"touchpoints": list("abc"), "outcome": "y", "scale": SCALE, "segments": ["group"], **roles}
    return cx.drivers(cx.Survey(answers() if frame is None else frame, **roles), n_boot=n_boot, by=by)


DRIVERS = found(n_boot=100)
WIDE = found(answers().assign(a=lambda frame: frame["a"] + 50), touchpoints=["a", "c"], scale=cx.Scale(0, 100))


def change(result: cx.what_if, name: str) -> float:
    return float(result.table.set_index("touchpoint").loc[name, "change"])


def test_ceiling_and_reach_by_hand():
    # Eight answers: two did not meet a, one is at the ceiling, one half-way below it.
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 4, 5, 6, 6], "y": [1.0, 3, 2, 5, 4, 5.5, 3, 4]})
    result = found(frame, touchpoints=["a"], segments=[])
    x, y = frame["a"].iloc[:6].to_numpy(float), frame["y"].iloc[:6].to_numpy()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()  # usage has its own constant
    assert result.table.loc[0, "coef"] == pytest.approx(slope)
    up = cx.what_if(result, {"a": 1.5})
    lift = (1.5 + 1.5 + 1.5 + 1 + 1 + 0 + 0 + 0) / 8
    assert up.table["touchpoint"].tolist() == ["a", "all together"]
    assert up.table.loc[0, "lift"] == pytest.approx(lift)
    assert up.table["change"].tolist() == pytest.approx([slope * lift] * 2)
    down = cx.what_if(result, {"a": -1})
    assert down.table.loc[0, "lift"] == pytest.approx(-(0 + 1 + 1 + 1 + 1 + 1 + 0 + 0) / 8)


def test_columns():
    assert cx.what_if(DRIVERS, {"a": 0.5, "c": -1}).table.columns.tolist() == COLUMNS
    table = cx.what_if(found(by="group"), {"a": 0.5}).table
    assert table.columns.tolist() == ["segment", *COLUMNS]
    assert table["segment"].tolist() == ["one", "one", "two", "two"]
    assert table["touchpoint"].tolist() == ["a", "all together"] * 2
    assert table["low"].isna().all()
    assert table.loc[[0, 2], ["now", "then"]].isna().all(axis=None)
    assert table.loc[[1, 3], ["raised_by", "lift"]].isna().all(axis=None)


def test_several_changes_add_up_and_so_does_each_resample():
    both = cx.what_if(DRIVERS, {"a": 0.5, "b": 1})
    apart = change(cx.what_if(DRIVERS, {"a": 0.5}), "a") + change(cx.what_if(DRIVERS, {"b": 1}), "b")
    assert change(both, "all together") == pytest.approx(apart)
    assert both.table["change"].iloc[:2].sum() == pytest.approx(apart)
    answer = response(DRIVERS.record)
    size = np.ones_like(answer.outcome)
    draws = (effect(answer, "a", 0.5 * size) + effect(answer, "b", size))[1:]
    last = both.table.iloc[-1]
    np.testing.assert_allclose(np.quantile(draws, [0.025, 0.975]), [last["low"], last["high"]])


def test_the_interval_holds_the_estimate():
    table = cx.what_if(DRIVERS, {"a": 0.5, "b": 1, "c": 1}).table
    assert ((table["low"] < table["change"]) & (table["change"] < table["high"])).all()


def test_reach_halves_the_change():
    # b has half the coefficient of a and is met by half: a quarter of the change.
    large = found(answers(20_000))
    result = cx.what_if(large, {"a": 0.5, "b": 0.5})
    assert change(result, "b") / change(result, "a") == pytest.approx(0.25, abs=0.03)


def test_each_segment_has_a_forecast_of_its_own():
    whole = cx.what_if(found(by="group"), {"a": 0.5}).table
    for segment in ("one", "two"):
        alone = cx.what_if(found(answers().query("group == @segment")), {"a": 0.5}).table
        own = whole[whole["segment"] == segment].drop(columns="segment").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone)


@given(st.floats(-1.9, 1.9), st.sampled_from("abc"))
def test_no_score_ever_leaves_the_scale(by, name):
    shares = DRIVERS.estimate.shares[0, 0, DRIVERS.touchpoints.index(name)]
    lift = cx.what_if(DRIVERS, {name: by}).table.loc[0, "lift"]
    mean = shares @ DRIVERS.levels
    assert shares.sum() * 1 - 1e-9 <= mean + lift <= shares.sum() * 5 + 1e-9
    assert abs(lift) <= abs(by) * shares.sum() + 1e-9
    assert lift * by >= 0


@given(st.sampled_from([-1.0, 1.0]), st.floats(0, 1))
def test_between_two_levels_it_is_a_straight_line(by, times):
    assert change(cx.what_if(WIDE, {"a": by * times}), "a") == pytest.approx(
        times * change(cx.what_if(WIDE, {"a": by}), "a"), abs=1e-9
    )


def test_without_a_scale_the_scores_seen_are_its_ends():
    result = found(answers().assign(b=3), touchpoints=["a"], scale=None)
    left = 5 - answers()["a"].mean()
    with pytest.raises(ValuesError) as error:
        cx.what_if(result, {"a": 100})
    assert str(error.value) == (
        f"'a' cannot change by +100: its mean is {left:.2f} points from the best end of its scale. "
        f"Give {left:.2f} or less, or 'ceiling'."
    )
    assert cx.what_if(result, {"a": "ceiling"}).table.loc[0, "lift"] == pytest.approx(left)


def test_a_mean_cannot_change_by_more_than_its_scale_leaves():
    mean = answers()["a"].mean()
    for by in (round(5 - mean, 2), round(1 - mean, 2)):  # what the message allows is allowed
        cx.what_if(DRIVERS, {"a": by})
    with pytest.raises(ValuesError) as error:
        cx.what_if(DRIVERS, {"b": 0.5, "a": -3})
    assert str(error.value) == (
        f"'a' cannot change by -3: its mean is {mean - 1:.2f} points from the worst end of its scale. "
        f"Give {1 - mean:.2f} or more."
    )
    by_group = answers().groupby("group")["a"].mean()
    furthest = 5 - by_group.min()
    with pytest.raises(ValuesError, match=f"its mean is {furthest:.2f} points from the best end"):
        cx.what_if(found(by="group"), {"a": round(furthest, 2) + 0.01})


def test_of_a_scale_whose_lowest_answer_is_the_best_it_is_what_is_left_to_the_lowest():
    turned = found(scale=cx.Scale(1, 5, best="low"), frame=answers().replace({"b": {6: 3}}))
    left = answers()["a"].mean() - 1
    with pytest.raises(ValuesError, match=f"its mean is {left:.2f} points from the best end"):
        cx.what_if(turned, {"a": 5})


def test_a_touchpoint_without_a_coefficient_in_one_segment_adds_nothing_there():
    frame = answers()
    frame.loc[frame["group"] == "two", "c"] = 3
    result = cx.what_if(found(frame, n_boot=50, by="group"), {"a": 0.5, "c": 0.5})
    two = result.table[result.table["segment"] == "two"].set_index("touchpoint")
    assert two.loc["c", ["change", "low", "high"]].isna().all()
    assert two.loc["all together", "change"] == two.loc["a", "change"]
    assert two.loc["all together", "low"] == two.loc["a", "low"]


def test_inputs_stay_as_they_are():
    changes = {"a": 1}
    result = cx.what_if(DRIVERS, changes)
    changes["b"] = 2
    assert result.changes == {"a": 1.0}
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.changes = {}


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {},
            ValuesError,
            "no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.",
        ),
        (
            ["a"],
            ValuesError,
            "no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.",
        ),
        (
            {"A": 0.5},
            OptionError,
            "touchpoint 'A' is not known here. Did you mean 'a'? Touchpoints: a, b, c.",
        ),
        (
            {"a": float("nan")},
            ValuesError,
            f"the change of 'a' is nan. Give score points, such as 0.5, or a goal: {GOALS}.",
        ),
        (
            {"a": "standrd"},
            OptionError,
            f"'standrd' is no goal for 'a'. Did you mean 'standard'? Goals: {GOALS}.",
        ),
        (
            {"a": "0.5"},
            OptionError,
            "the change of 'a' is the text '0.5'. Write points without quotes: 0.5.",
        ),
        (
            {"a": None},
            ValuesError,
            f"the change of 'a' is None. Give score points, such as 0.5, or a goal: {GOALS}.",
        ),
        (
            {"a": (0.5, 0.5)},
            ValuesError,
            f"the change of 'a' is (0.5, 0.5). Give score points, such as 0.5, or a goal: {GOALS}.",
        ),
        (
            {"a": ("ceiling", 1.5)},
            ValuesError,
            "the change of 'a' goes 1.5 of the way. Give a share above 0, up to 1.",
        ),
        (
            {"a": "standard"},
            OptionError,
            "touchpoint 'a' has no standard for its mean score; there is no map: give touchpoint_map=.",
        ),
        (
            {"a": "best segment"},
            OptionError,
            "the goal of 'a' is the best segment, and the drivers have one only. "
            "Call drivers(..., by=column) with two segments or more.",
        ),
        (
            {"a": "best competitor"},
            OptionError,
            "the goal of 'a' is the best competitor, and none has a touchpoint of that name. "
            "Give competitors={name: Survey} whose touchpoints have the same names.",
        ),
        (
            {"a": ("competitor", "B")},
            OptionError,
            "the goal of 'a' is competitor 'B', and none is given. Give competitors=.",
        ),
        (
            {"a": ("competitor",)},
            OptionError,
            "the change of 'a' is ('competitor',). Say which competitor: ('competitor', 'name').",
        ),
        (
            {"a": ("competitor", 0.5)},
            OptionError,
            "the change of 'a' is ('competitor', 0.5). Say which competitor: ('competitor', 'name').",
        ),
        (
            {"a": ("competitor", "B", 2)},
            ValuesError,
            "the change of 'a' goes 2 of the way. Give a share above 0, up to 1.",
        ),
    ],
)
def test_changes_that_are_refused(changes, kind, message):
    with pytest.raises(kind) as error:
        cx.what_if(DRIVERS, changes)
    assert str(error.value) == message


def test_a_touchpoint_without_a_coefficient_is_refused():
    result = found(answers().assign(c=3))
    with pytest.raises(ValuesError) as error:
        cx.what_if(result, {"a": 1, "c": 1})
    assert str(error.value) == (
        "touchpoint 'c' has no coefficient: all who used it gave the same score. "
        "Nothing can be forecast for it: leave it out."
    )


def test_what_is_no_touchpoint_is_refused():
    made = cx.Survey(answers(), touchpoints=list("abc"), outcome="y", scale=SCALE, segments=["group"])
    result = cx.drivers(made, groups={"front": ["a", "b"]}, factors=["group"], interactions=[("a", "b")], n_boot=5)
    for name in ("front", "group", "a × b"):
        with pytest.raises(ValuesError) as error:
            cx.what_if(result, {name: 0.5})
        assert str(error.value) == (
            f"'{name}' is a group, factor or product, and only touchpoints can be forecast: c. "
            "Name one of them, or call drivers without it."
        )
    with pytest.raises(OptionError) as unknown:
        cx.what_if(result, {"a": 0.5})
    assert str(unknown.value) == "touchpoint 'a' is not known here. Touchpoints: c."
    only = cx.drivers(made, groups={"all": ["a", "b", "c"]}, n_boot=0)
    with pytest.raises(ValuesError) as error:
        cx.what_if(only, {"all": 0.5})
    assert str(error.value) == (
        "'all' is a group, factor or product, and only touchpoints can be forecast: none. "
        "Name one of them, or call drivers without it."
    )


def test_a_group_of_one_is_a_touchpoint():
    made = cx.Survey(answers().assign(c=3), touchpoints=list("abc"), outcome="y", scale=SCALE)
    result = cx.drivers(made, groups={"desk": ["b"], "door": ["c"]}, n_boot=0)
    assert change(cx.what_if(result, {"desk": 0.5}), "desk") == pytest.approx(
        change(cx.what_if(cx.drivers(made, n_boot=0), {"b": 0.5}), "b")
    )
    with pytest.raises(ValuesError) as error:
        cx.what_if(result, {"door": 1})
    assert str(error.value) == (
        "touchpoint 'door' has no coefficient: all who used it gave the same score. "
        "Nothing can be forecast for it: leave it out."
    )


def yes_or_no(kind: str = "binary") -> cx.Drivers:
    frame = answers().assign(stays=lambda frame: (frame["y"] > 14).astype(int))
    frame["stays"] = np.where(np.arange(300) % 9 == 0, 1 - frame["stays"], frame["stays"])
    if kind == "ordinal":
        frame["stays"] += (frame["y"] + np.random.default_rng(3).normal(size=300) > 16) + 1
    return found(frame, n_boot=100, outcome={"stays": kind})


def test_yes_or_no_is_forecast_in_percentage_points():
    forecast = cx.what_if(yes_or_no(), {"a": 0.5})
    change, low, high = forecast.table.loc[1, ["change", "low", "high"]]
    assert str(forecast.finding) == (
        f"If a rose by 0.5, the share of yes in stays is forecast to rise by {change:.1f} [{low:.1f}, {high:.1f}] "
        "percentage points. "
        "A link in the answers, not yet a proven effect. n = 300."
    )
    assert 0 < low < change < high
    assert "Averaged predictions of the model: the others stay as they are." in forecast.note
    assert cx.what_if(yes_or_no(), {"a": -1.5, "b": -1.5}).table["then"].iloc[-1] >= 0


def test_ordered_answers_are_forecast_as_their_top_box():
    forecast = cx.what_if(yes_or_no("ordinal"), {"a": 0.5})
    assert forecast.measured == "the top box of stays"
    assert "Top box: the share of answers from 3 on." in forecast.note
    assert cx.what_if(yes_or_no("ordinal"), {"a": 0.5}, measure="mean").response.unit == "points"


@pytest.mark.parametrize(
    ("kind", "measure", "ways"),
    [("binary", "mean", "'top box'"), ("ordinal", "NPS", "'mean' or 'top box'")],
)
def test_a_measure_that_such_outcomes_do_not_have_is_refused(kind: str, measure: str, ways: str):
    with pytest.raises(OptionError) as error:
        cx.what_if(yes_or_no(kind), {"a": 0.5}, measure=measure)
    assert str(error.value) == (
        f"measure={measure!r} does not go with 'stays', which is {kind}. Leave it out, or choose {ways}."
    )


def test_what_if_works_on_drivers():
    with pytest.raises(OptionError) as error:
        cx.what_if(answers(), {"a": 0.5})
    assert str(error.value) == "what_if works on a Drivers, not on a DataFrame. Make one: cx.drivers(survey)."


def test_measurements_have_no_known_ceiling():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(1500, 2)), columns=["a", "y"])
    result = cx.drivers(cx.Survey(frame, touchpoints=["a"], outcome="y"), n_boot=0)
    with pytest.raises(ValuesError) as error:
        cx.what_if(result, {"a": 1})
    assert str(error.value) == (
        "the scores take more than 1,000 different values, so their room to the ceiling is not known. "
        "Round them to the steps of a scale."
    )


def test_sentences():
    result = cx.what_if(DRIVERS, {"a": 0.25, "b": -1})
    assert str(result) == repr(result)
    assert str(result) == (
        "If a rose by 0.25 and b fell by 1, y is forecast to change by -0.01 [-0.07, 0.04] points; not clear. "
        "A link in the answers, not yet a proven effect. n = 300."
    )
    assert str(cx.what_if(found(), {"a": 0.25})) == (
        "If a rose by 0.25, y is forecast to change by +0.19 points. "
        "A link in the answers, not yet a proven effect. n = 300."
    )
    assert str(cx.what_if(found(n_boot=50, by="group"), {"a": 0.25})) == (
        "If a rose by 0.25, y is forecast to change, in points: one (+0.19 [0.16, 0.21]), two (+0.20 [0.16, 0.26]). "
        "A link in the answers, not yet a proven effect. n = 300."
    )
    nps = answers().assign(y=lambda frame: np.clip((frame["y"] - 6).round(), 0, 10))
    assert str(cx.what_if(found(nps, outcome={"y": "nps"}), {"a": 1})) == (
        "If a rose by 1, NPS is forecast to change by +32.4 NPS points. "
        "A link in the answers, not yet a proven effect. n = 300."
    )


def test_the_finding_in_parts():
    finding = cx.what_if(DRIVERS, {"a": 0.25, "b": -1}).finding
    assert (finding.lead, finding.unit) == ("If a rose by 0.25 and b fell by 1, y is forecast to change by", "points")
    assert (finding.figure, finding.interval) == ("-0.01", "[-0.07, 0.04]")
    assert (finding.caution, finding.n) == ("A link in the answers, not yet a proven effect", "300")
    assert finding.title == "If a rose by 0.25 and b fell by 1, y is forecast to change by -0.01 points"
    bare = cx.what_if(found(), {"a": 0.25}).finding
    assert (bare.figure, bare.interval) == ("+0.19", "")
    rich = cx.what_if(DRIVERS, {"a": 0.25}, money=cx.RetentionLink(1000, 50, 0.01))
    assert rich.finding.more == [rich.earned]
    assert rich.sentence.count("in money a year. A link in the answers") == 1


def test_each_segment_is_an_item_with_its_own_change():
    result = cx.what_if(found(n_boot=50, by="group"), {"a": 0.25})
    whole = result.table[result.table["touchpoint"] == "all together"].set_index("segment")
    assert [item.name for item in result.finding.items] == ["one", "two"]
    for item in result.finding.items:
        row = whole.loc[item.name]
        assert item.figure == f"+{row['change']:.2f}"
        assert item.interval == f"[{row['low']:.2f}, {row['high']:.2f}]"
    assert result.finding.title == "If a rose by 0.25, y is forecast to change, in points: one (+0.19), two (+0.20)"


def test_html_is_escaped():
    frame = answers().rename(columns={"a": "<b>x</b>"})
    page = cx.what_if(found(frame, touchpoints=["<b>x</b>", "b"]), {"<b>x</b>": 1})._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt; rose by 1" in page
    assert "<b>" not in page


def test_goals_lift_the_mean_of_users_to_where_they_lie():
    places = cx.TouchpointMap(
        [
            cx.Touchpoint(
                "a", stage="s", standards=[cx.Standard("waiting", 3, unit="minutes"), cx.Standard("mean", 3.5)]
            )
        ],
        cx.Lifecycle([cx.Stage("s")]),
    )
    result = cx.what_if(DRIVERS, {"a": "standard", "b": ("ceiling", 0.25)}, touchpoint_map=places)
    means = DRIVERS.table.set_index("touchpoint")["mean"]
    reach = DRIVERS.estimate.shares[0, 0].sum(axis=-1)
    lift = result.table["lift"].to_numpy()
    assert lift[0] == pytest.approx(3.5 - means["a"])
    assert lift[1] == pytest.approx(reach[1] * 0.25 * (5 - means["b"]))
    assert str(result).startswith(
        "If a rose to the standard and b rose 25 % of the way to the ceiling, y is forecast to rise by "
    )
    # In each resample the mean is lifted from where it lies there, so the standard is met in all of them.
    answer = response(DRIVERS.record)
    shift = shift_to(answer, "a", np.full_like(answer.outcome, 3.5))
    ends = np.quantile(effect(answer, "a", shift)[1:, 0], [0.025, 0.975])
    np.testing.assert_allclose(result.table.loc[0, ["low", "high"]].astype(float), ends, rtol=1e-9)
    # A goal never lowers a mean.
    low = cx.TouchpointMap(
        [cx.Touchpoint("a", stage="s", standards=[cx.Standard("mean", 1.5)])], cx.Lifecycle([cx.Stage("s")])
    )
    assert cx.what_if(DRIVERS, {"a": "standard"}, touchpoint_map=low).table["change"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("places", "message"),
    [
        (
            [cx.Touchpoint("a", stage="s")],
            "touchpoint 'a' has no standard for its mean score; add 'mean = 4' to the map.",
        ),
        (
            [cx.Touchpoint("call", stage="s"), cx.Touchpoint("web", stage="s")],
            "touchpoint 'a', named so in the survey, is not on the map. On the map: call, web.",
        ),
        (
            [cx.Touchpoint("a", stage="s", standards=[cx.Standard("mean", 80)])],
            "the standard of 'a' is a mean of 80, and scores run from 1 to 5. Mend the standard in the map.",
        ),
    ],
)
def test_standards_that_cannot_be_met_are_refused(places, message):
    with pytest.raises((OptionError, ValuesError)) as error:
        cx.what_if(DRIVERS, {"a": "standard"}, touchpoint_map=cx.TouchpointMap(places, cx.Lifecycle([cx.Stage("s")])))
    assert str(error.value) == message


def test_the_best_segment_stays_and_the_others_follow():
    frame = answers()
    frame.loc[frame["group"] == "two", "a"] = np.minimum(frame["a"] + 1, 5)
    drivers = found(frame, n_boot=50, by="group")
    table = cx.what_if(drivers, {"a": "best segment"}).table
    rows = table[table["touchpoint"] == "a"].set_index("segment")
    means = frame.groupby("group")["a"].mean()
    assert rows.loc["one", "lift"] == pytest.approx(means["two"] - means["one"], abs=0.03)
    assert rows.loc["one", "lift"] < means["two"] - means["one"]  # the best is lucky, too
    assert rows.loc["two", ["lift", "change", "low"]].tolist() == [0.0] * 3
    assert rows.loc["two", "high"] < 0.05 * rows.loc["one", "high"]


def rival(scores: list[float], **roles) -> dict[str, cx.Survey]:
    frame = pd.DataFrame({"a": scores, "y": np.arange(len(scores)), "branch": "north"})
    return {"Rival": cx.Survey(frame, touchpoints=["a"], outcome="y", scale=SCALE, **roles)}


@pytest.mark.parametrize(
    "rivals", [rival([4] * 20), rival([3, 4, 5, 4] * 5, cluster="branch")], ids=["all alike", "one cluster"]
)
def test_a_competitor_whose_error_is_not_known_is_not_taken_as_exact(rivals):
    link = cx.RetentionLink(1000, 10, 0.01)
    result = cx.what_if(DRIVERS, {"a": "best competitor", "b": 0.5}, competitors=rivals, money=link)
    first, second, whole = result.table.to_dict("records")
    assert first["lift"] == pytest.approx(4 - answers()["a"].mean())
    assert first["change"] + second["change"] == pytest.approx(whole["change"])
    assert np.isnan([first["low"], first["high"], whole["low"], whole["high"], *result.money[1:]]).all()
    assert second["low"] < second["change"] < second["high"]
    assert result.note == (
        "Intervals: 95 %, from the redraws of the drivers. No interval for a, and for all together: scores of the "
        "best competitor are all alike, or from one cluster, so the error of their mean is not known. No score and no "
        "forecast leaves its scale, so means move by less: see lift."
    )
    assert "[" not in str(result)


def test_a_competitor_near_the_end_of_the_scale_keeps_its_whole_error():
    scores = [5.0] * 27 + [1.0] * 3
    result = cx.what_if(DRIVERS, {"a": "best competitor"}, competitors=rival(scores))
    wider = special.stdtrit(29, 0.975) / 1.96
    assert result.marks["a"].error == pytest.approx(wider * np.std(scores, ddof=1) / np.sqrt(30), rel=0.01)
    sure = cx.what_if(DRIVERS, {"a": 4.6 - answers()["a"].mean()}).note
    assert "No interval" not in sure
    assert "No interval" not in result.note


def test_the_best_competitor_is_uncertain_too():
    rivals = {
        name: cx.Survey(answers(200, seed).assign(a=a), touchpoints=["a"], outcome="y", scale=SCALE)
        for name, seed, a in (("near", 5, [4, 5] * 100), ("far", 6, [3, 4] * 100))
    }
    result = cx.what_if(DRIVERS, {"a": "best competitor"}, competitors=rivals)
    first = result.table.iloc[0]
    assert first["lift"] == pytest.approx(4.5 - answers()["a"].mean(), abs=0.01)
    assert first["lift"] < 4.5 - answers()["a"].mean()
    named = cx.what_if(DRIVERS, {"a": ("competitor", "near")}, competitors=rivals)
    assert named.table["lift"].iloc[0] == pytest.approx(4.5 - answers()["a"].mean())
    assert str(named).startswith("If a rose to near, y is forecast to rise by ")
    known = (4.5 - DRIVERS.draws.shares[:, 0, 0] @ DRIVERS.levels) * DRIVERS.draws.coef[:, 0, 0]
    assert first["high"] - first["low"] > np.ptp(np.quantile(known, [0.025, 0.975]))
    few = {"few": cx.Survey(answers(4), touchpoints=["a"], outcome="y", scale=SCALE)}
    with pytest.raises(ValuesError) as error:
        cx.what_if(DRIVERS, {"a": "best competitor"}, competitors=few)
    assert str(error.value) == "no competitor has 5 scores or more of 'a'. Choose another goal for it."
    other = {"other": cx.Survey(answers(), touchpoints=["a"], outcome="y", scale=cx.Scale(1, 7))}
    with pytest.raises(ValuesError) as error:
        cx.what_if(DRIVERS, {"a": "best competitor"}, competitors=other)
    assert str(error.value) == (
        "competitor 'other' is rated from 1 to 7, we from 1 to 5. Bring the scores to one scale first."
    )


def test_the_outcome_never_leaves_its_scale():
    frame = answers().assign(y=lambda frame: np.clip((frame["y"] - 8).round(), 0, 10))
    nps = found(frame, outcome={"y": "nps"}, n_boot=100)
    table = cx.what_if(nps, dict.fromkeys("ab", "ceiling") | {"c": -1.9}).table
    last = table.iloc[-1]
    assert last["then"] <= 100
    assert (table[["change", "high"]] <= 100 - last["now"] + 1e-9).all(axis=None)
    assert last["now"] == pytest.approx(100 * ((frame["y"] >= 9).mean() - (frame["y"] <= 6).mean()))
    small = found(frame, outcome_scale=cx.Scale(0, 10))
    top = cx.what_if(small, dict.fromkeys("ab", "ceiling") | {"c": -1.9}, measure="top box").table.iloc[-1]
    assert top["now"] == pytest.approx(100 * (frame["y"] >= 9).mean())
    assert top["then"] <= 100
    # Where a straight line would promise more than there is, the forecast stops at the end of the scale.
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"a": rng.choice([1, 2], 400)})
    frame["y"] = np.clip(3 + 4 * (frame["a"] - 1) + rng.integers(-1, 2, 400), 0, 10)
    steep = found(frame, touchpoints=["a"], segments=[], outcome_scale=cx.Scale(0, 10), n_boot=50)
    table = cx.what_if(steep, {"a": "ceiling"}).table
    assert table["change"].tolist() == pytest.approx([10 - frame["y"].mean()] * 2)
    assert table.iloc[-1]["then"] == 10


def test_an_outcome_can_be_counted_in_other_ways():
    frame = answers().assign(y=lambda frame: np.clip((frame["y"] - 8).round(), 0, 10))
    drivers = found(frame, outcome={"y": "nps"})
    for measure, counted in (("mean", frame["y"]), ("top box", 100.0 * (frame["y"] >= 9))):
        by_hand = found(frame.assign(y=counted))
        mine, theirs = (
            cx.what_if(d, {"a": 0.25}, measure=m).table.drop(columns=["now", "then"])
            for d, m in ((drivers, measure), (by_hand, None))
        )
        pd.testing.assert_frame_equal(mine, theirs)
    assert str(cx.what_if(drivers, {"a": 0.25}, measure="top box")).startswith(
        "If a rose by 0.25, the top box of y is forecast to change by "
    )
    with pytest.raises(OptionError) as error:
        cx.what_if(DRIVERS, {"a": 0.25}, measure="top box")
    assert str(error.value) == (
        "measure='top box' needs a scale of 'y'. Give it: cx.Survey(..., outcome_scale=cx.Scale(low, high))."
    )
    with pytest.raises(OptionError) as error:
        cx.what_if(found(outcome_scale=cx.Scale(0, 20)), {"a": 0.25}, measure="NPS")
    assert str(error.value) == (
        "measure='NPS' needs the scale 0 to 10 of 'y'. Give it: cx.Survey(..., outcome_scale=cx.Scale(0, 10))."
    )
    with pytest.raises(OptionError) as error:
        cx.what_if(DRIVERS, {"a": 0.25}, measure="median")
    assert (
        str(error.value) == "measure='median' is not an option. Did you mean 'mean'? Options: 'mean', 'top box', 'NPS'."
    )


def test_money_is_customers_times_value_times_retention():
    drivers = found(n_boot=100, by="group")
    link = cx.RetentionLink({"one": 1000, "two": 500}, {"one": 20, "two": 30}, (0.01, 0.02, 0.04))
    result = cx.what_if(drivers, {"a": 0.5}, money=link)
    last = result.table[result.table["touchpoint"] == "all together"].set_index("segment")
    by_hand = last["change"] * pd.Series({"one": 1000 * 20 * 0.02, "two": 500 * 30 * 0.02})
    np.testing.assert_allclose(last["money"], by_hand)
    assert result.money[0] == pytest.approx(by_hand.sum())
    assert result.money[1] < result.money[0] < result.money[2]
    assert f"that is +{by_hand.sum():,.0f} [" in str(result)
    sure = cx.RetentionLink({"one": 1000, "two": 500}, {"one": 20, "two": 30}, 0.02)
    exact = cx.what_if(drivers, {"a": 0.5}, money=sure)
    assert exact.money[2] - exact.money[1] < result.money[2] - result.money[1]
    with pytest.raises(ValuesError) as error:
        cx.what_if(drivers, {"a": 0.5}, money=cx.RetentionLink({"one": 1}, {"one": 1}, 0.02))
    assert str(error.value) == (
        "money: nothing is said of 'two'. The retention link has to name the segments of the drivers: one, two."
    )
    with pytest.raises(ValuesError) as error:
        cx.what_if(DRIVERS, {"a": 0.5}, money=link)
    assert str(error.value) == (
        "money is told by segment, and the drivers hold everyone together. Give numbers alone, "
        "RetentionLink(customers=40_000, value=250, ...), or call drivers(..., by=column)."
    )
    more = cx.RetentionLink({"one": 1, "two": 1, "tow": 9}, {"one": 1, "two": 1, "tow": 9}, 0.02)
    with pytest.raises(ValuesError) as error:
        cx.what_if(drivers, {"a": 0.5}, money=more)
    assert str(error.value) == (
        "money: the drivers have no segment 'tow'. "
        "The retention link has to name the segments of the drivers: one, two."
    )
    with pytest.raises(OptionError) as error:
        cx.what_if(DRIVERS, {"a": 0.5}, competitors={"Rival": 3})
    assert str(error.value) == (
        "competitor 'Rival' works on a Survey, not on a int. "
        "Make one: cx.Survey(data, touchpoints=[...], outcome='column')."
    )
    alone = cx.what_if(DRIVERS, {"a": 0.5}, money=cx.RetentionLink(1500, 20, 0.02))
    assert (
        alone.earned
        == f"By the assumed link to retention that is {alone.money[0]:+,.0f} [{alone.money[1]:,.0f}, "
        + (f"{alone.money[2]:,.0f}] in money a year")
    )
    assert cx.what_if(DRIVERS, {"a": 0.5}).earned == ""
    assert alone.money[0] == pytest.approx(change(alone, "all together") * 1500 * 20 * 0.02)


def test_low_and_high_scores_may_count_differently():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(1, 6, (3000, 2)), columns=["a", "b"])
    frame["y"] = 2.0 * np.minimum(frame["a"] - 3, 0) + 0.5 * (frame["b"] - 3) + rng.normal(size=3000)
    survey = cx.Survey(frame, touchpoints=["a", "b"], outcome="y", scale=cx.Scale(1, 5))
    result = cx.what_if(cx.drivers(survey, n_boot=200), {"a": 1, "b": 1})
    # Simulated: two points for each step up to 3, nothing above; a straight line would promise one each.
    truth = np.array([2.0 * (frame["a"] < 3).mean(), 0.5 * (frame["b"] < 5).mean()])
    table = result.table.iloc[:2]
    assert (table["low"].to_numpy() < truth).all()
    assert (truth < table["high"].to_numpy()).all()
    high_half = cx.what_if(result.drivers, {"a": 0.5}).table.iloc[0]
    assert high_half["low"] < truth[0] / 2 < high_half["high"]
    high = cx.what_if(result.drivers, {"a": ("ceiling", 1.0)}).table.iloc[0]
    assert high["low"] < 2.0 * (3 - np.minimum(frame["a"], 3)).mean() < high["high"]


def test_a_named_competitor_has_the_touchpoint():
    other = {"B": cx.Survey(answers(), touchpoints=["b"], outcome="y", scale=SCALE)}
    with pytest.raises(OptionError) as error:
        cx.what_if(DRIVERS, {"a": ("competitor", "C")}, competitors=other)
    assert str(error.value) == "competitor 'C' is not known here. Competitors: B."
    with pytest.raises(OptionError) as error:
        cx.what_if(DRIVERS, {"a": ("competitor", "B")}, competitors=other)
    assert str(error.value) == (
        "competitor 'B' has no touchpoint 'a'. It has: b. Name its columns alike: touchpoints={name: column}."
    )


def test_what_fewer_than_five_said_is_not_told():
    frame = answers(600)
    frame.loc[::4, "group"] = "three"
    two = np.flatnonzero(frame["group"] == "two")
    frame["b"] = frame["b"].replace(6, 3)
    frame.loc[two[3:], "b"] = 6
    drivers = found(frame, n_boot=50, by="group")
    assert pd.isna(drivers.of("two").set_index("touchpoint").loc["b", "n"])
    for by in (("ceiling", 1.0), "best segment"):
        rows = cx.what_if(drivers, {"b": by, "a": 0.5}).table.set_index(["segment", "touchpoint"])
        for hidden in ("two", "three"):  # three would tell of two
            assert rows.loc[(hidden, "b"), ["raised_by", "lift", "change", "low", "high"]].isna().all()
        assert rows.loc[("two", "all together"), "change"] == rows.loc[("two", "a"), "change"]
        assert not rows.loc[("one", "b"), ["raised_by", "lift", "change"]].isna().any()
    with pytest.raises(ValuesError) as error:
        cx.what_if(found(frame.loc[two], n_boot=0), {"b": 0.5})
    assert str(error.value) == (
        "touchpoint 'b' has no coefficient: fewer than 5 answers. Nothing can be forecast for it: leave it out."
    )


# Touchpoints of different scales


def on_two_scales(web: tuple[float, float], **scales: cx.Scale) -> cx.Survey:
    """Web, asked from 1 to 5 and handed over on other ends, and call from 0 to 10."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"web": rng.integers(1, 6, 400), "call": rng.integers(0, 11, 400)})
    frame["y"] = np.clip(np.round(1 + frame["web"] + 0.4 * frame["call"] + rng.normal(size=400)), 0, 10)
    low, high = web
    frame["web"] = low + (frame["web"] - 1) * (high - low) / 4
    scale = {"web": cx.Scale(low, high), "call": cx.Scale(0, 10)}
    return cx.Survey(frame, touchpoints=["web", "call"], outcome="y", scale=scale, outcome_scale=cx.Scale(0, 10))


def test_a_change_is_in_points_of_the_touchpoints_own_scale():
    of_five = cx.what_if(cx.drivers(on_two_scales((1, 5)), n_boot=50, seed=1), {"web": 0.5, "call": 1})
    of_ten = cx.what_if(cx.drivers(on_two_scales((0, 10)), n_boot=50, seed=1), {"web": 1.25, "call": 1})
    outcome = ["change", "low", "high", "now", "then"]
    pd.testing.assert_frame_equal(of_five.table[outcome], of_ten.table[outcome])
    assert of_five.table["raised_by"].tolist() == pytest.approx([0.5, 1, np.nan], nan_ok=True)
    assert of_five.table["lift"][0] == pytest.approx(of_ten.table["lift"][0] / 2.5)
    assert str(of_five).startswith(
        "If web rose by 0.5 points of its 1 to 5 and call rose by 1 points of its 0 to 10, y is forecast"
    )
    assert str(of_ten).startswith("If web rose by 1.25 and call rose by 1, y is forecast")
    assert of_five.note.endswith("Lifts and changes of a touchpoint are points of its own scale.")
    assert "own scale" not in of_ten.note


def test_a_goal_on_different_scales_is_where_it_was_asked():
    stage = cx.Lifecycle([cx.Stage("Use")])

    def to_standard(survey: cx.Survey, target: float) -> pd.DataFrame:
        place = cx.Touchpoint("web", stage="Use", standards=[cx.Standard("mean", target)])
        drivers = cx.drivers(survey, n_boot=0)
        return cx.what_if(drivers, {"web": "standard"}, touchpoint_map=cx.TouchpointMap([place], stage)).table

    of_five, of_ten = to_standard(on_two_scales((1, 5)), 4), to_standard(on_two_scales((0, 10)), 7.5)
    pd.testing.assert_series_equal(of_five["change"], of_ten["change"])
    assert of_five["raised_by"][0] == pytest.approx(of_ten["raised_by"][0] / 2.5)
    with pytest.raises(ValuesError) as error:
        to_standard(on_two_scales((1, 5)), 75)
    assert str(error.value) == (
        "the standard of 'web' is a mean of 75, and scores run from 1 to 5. Mend the standard in the map."
    )


def test_sliders_reach_as_far_as_the_touchpoints_own_scale_has_room():
    result = cx.what_if(cx.drivers(on_two_scales((1, 5)), n_boot=0), {"web": 0.5})
    controls = result.explore().controls
    assert {name: control.max for name, control in controls.items()} == {"web": 1.9, "call": 4.9}


def test_lifts_of_initiatives_are_points_of_the_touchpoints_own_scale():
    found_wins = []
    for ends, lift in (((1, 5), 0.4), ((0, 10), 1.0)):
        drivers = cx.drivers(on_two_scales(ends), n_boot=50, seed=1)
        row = {"name": "New pages", "touchpoints": ["web"], "lift_low": lift / 2, "lift_likely": lift}
        row |= {"lift_high": 2 * lift, "effort_low": 1, "effort_likely": 2, "effort_high": 3, "owner": "IT"}
        other = row | {"name": "More staff", "touchpoints": ["call"], "lift_low": 1, "lift_likely": 1, "lift_high": 1}
        found_wins.append(cx.quick_wins(drivers, pd.DataFrame([row, other])))
    of_five, of_ten = found_wins
    pd.testing.assert_frame_equal(of_five.table, of_ten.table)
    assert of_five.note.endswith("Lifts and changes of a touchpoint are points of its own scale.")
    pd.testing.assert_frame_equal(of_five.resolve_first(), of_ten.resolve_first())


# What it says besides


def test_now_is_the_figure_of_the_answers_used_and_a_fifth_left_out_is_said():
    frame = answers()
    frame.loc[frame.index[:100], "a"] = 0
    roles = {"scale": cx.Scale(1, 5, not_used=[6], blank=[0])}
    result = cx.what_if(found(frame, n_boot=20, **roles), {"a": 0.5})
    n = result.drivers.n
    assert n == 200
    assert result.table["now"].iloc[-1] == pytest.approx(frame["y"].iloc[100:].mean())
    assert "Now is the figure of the 200 answers used." in result.note
    assert "Left out: 33 % of the answers (100 with a touchpoint left blank)" in result.finding.more
    whole = cx.what_if(DRIVERS, {"a": 0.5})
    assert "Now is" not in whole.note
    assert whole.finding.more == []


def test_beyond_the_answers_is_said():
    frame = answers()
    frame["a"] = frame["a"].clip(1, 4)
    drivers = found(frame, n_boot=20)
    told = "Beyond the answers: hardly anybody scored a outside 1 to 4"
    assert told in cx.what_if(drivers, {"a": 0.5}).finding.more
    assert told not in cx.what_if(drivers, {"a": -0.5}).finding.more or frame["a"].min() == 1
    assert cx.what_if(drivers, {"b": 0.5}).finding.more == []


def test_a_common_mood_is_spoken_of():
    rng = np.random.default_rng(5)
    frame = answers()
    mood = rng.normal(size=(300, 1))
    scores = np.clip(np.round(3 + mood + rng.normal(size=(300, 3))), 1, 5)
    frame[["a", "b", "c"]] = scores
    note = cx.what_if(found(frame, n_boot=20), {"a": 0.5}).note
    assert "Ratings correlate by 0." in note
