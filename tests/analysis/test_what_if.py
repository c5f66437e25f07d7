"""What if: forecasts worked out by hand, inside the scale, and adding up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import OptionError, ValuesError

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
COLUMNS = ["touchpoint", "raised_by", "lift", "change", "low", "high"]


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
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 4, 5, 6, 6], "y": [1.0, 3, 2, 5, 4, 6, 3, 4]})
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
    assert table.loc[[1, 3], ["raised_by", "lift"]].isna().all(axis=None)


def test_several_changes_add_up_and_so_does_each_resample():
    both = cx.what_if(DRIVERS, {"a": 0.5, "b": 1})
    apart = change(cx.what_if(DRIVERS, {"a": 0.5}), "a") + change(cx.what_if(DRIVERS, {"b": 1}), "b")
    assert change(both, "all together") == pytest.approx(apart)
    assert both.table["change"].iloc[:2].sum() == pytest.approx(apart)
    level = np.arange(1, 6)
    draws = sum(
        (np.minimum(level + by, 5) - level) @ DRIVERS.draws.shares[:, 0, j].T * DRIVERS.draws.coef[:, 0, j]
        for j, by in ((0, 0.5), (1, 1.0))
    )
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


@given(st.floats(-20, 20), st.sampled_from("abc"))
def test_no_score_ever_leaves_the_scale(by, name):
    shares = DRIVERS.estimate.shares[0, 0, DRIVERS.touchpoints.index(name)]
    lift = cx.what_if(DRIVERS, {name: by}).table.loc[0, "lift"]
    mean = shares @ DRIVERS.levels
    assert shares.sum() * 1 - 1e-9 <= mean + lift <= shares.sum() * 5 + 1e-9
    assert abs(lift) <= abs(by) * shares.sum() + 1e-9
    assert lift * by >= 0


@given(st.floats(-2, 2), st.floats(-3, 3))
def test_far_from_the_ends_of_the_scale_it_is_a_straight_line(by, times):
    assert change(cx.what_if(WIDE, {"a": by * times}), "a") == pytest.approx(
        times * change(cx.what_if(WIDE, {"a": by}), "a"), abs=1e-9
    )


def test_without_a_scale_the_scores_seen_are_its_ends():
    result = found(answers().assign(b=3), touchpoints=["a"], scale=None)
    assert cx.what_if(result, {"a": 100}).table.loc[0, "lift"] == pytest.approx((5 - answers()["a"]).mean())


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
            {"A": 0.5},
            OptionError,
            "touchpoint 'A' is not known here. Did you mean 'a'? Touchpoints: a, b, c.",
        ),
        (
            {"a": float("nan")},
            ValuesError,
            "the change of 'a' is nan. Give score points, such as 0.5.",
        ),
        ({"a": "up"}, ValuesError, "the change of 'a' is 'up'. Give score points, such as 0.5."),
        ({"a": None}, ValuesError, "the change of 'a' is None. Give score points, such as 0.5."),
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


def test_fitted_outcomes_are_not_forecast():
    frame = answers().assign(stays=lambda frame: (frame["y"] > 14).astype(int))
    frame["stays"] = np.where(np.arange(300) % 9 == 0, 1 - frame["stays"], frame["stays"])
    result = found(frame, outcome={"stays": "binary"})
    with pytest.raises(ValuesError) as error:
        cx.what_if(result, {"a": 0.5})
    assert str(error.value) == (
        "what_if and quick_wins forecast outcomes of kind interval and nps; 'stays' is binary. "
        "Call drivers with another outcome."
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
        "With a +0.25, b -1, y would change by 0.00 [-0.04, 0.05] points. An association, not yet an effect. n = 300."
    )
    assert str(cx.what_if(found(), {"a": 0.25})) == (
        "With a +0.25, y would change by +0.19 points. An association, not yet an effect. n = 300."
    )
    assert str(cx.what_if(found(n_boot=50, by="group"), {"a": 0.25})) == (
        "With a +0.25, y would change by +0.19 [0.17, 0.22] points for one, +0.19 [0.16, 0.23] for two. "
        "An association, not yet an effect. n = 300."
    )
    nps = answers().assign(y=lambda frame: np.clip((frame["y"] - 6).round(), 0, 10))
    assert str(cx.what_if(found(nps, outcome={"y": "nps"}), {"a": 1})) == (
        "With a +1, y would change by +32.0 NPS points. An association, not yet an effect. n = 300."
    )


def test_html_is_escaped():
    frame = answers().rename(columns={"a": "<b>x</b>"})
    page = cx.what_if(found(frame, touchpoints=["<b>x</b>", "b"]), {"<b>x</b>": 1})._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt; +1" in page
    assert "<b>" not in page
