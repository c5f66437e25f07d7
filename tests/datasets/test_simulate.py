"""The simulator: what comes out is what was put in, and what cannot be simulated is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from cxlens.datasets import Intervention, SegmentSpec, TouchpointSpec, simulate_survey
from cxlens.errors import OptionError, ValuesError

TWO = (TouchpointSpec("Web", "before", 4.0, 0.6, 0.9), TouchpointSpec("Call", "after", 3.2, 0.2, 0.4))
ONE = (SegmentSpec("x"),)


def rated(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.loc[frame[name].between(1, 5), name]


def test_the_same_seed_gives_the_same_answers():
    first, second, other = (simulate_survey(n=300, seed=seed)[0] for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(other)


@given(
    n=st.integers(1, 60),
    halo=st.floats(0, 1),
    blank=st.floats(0, 1),
    reach=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_answers_are_codes_of_their_scales(n, halo, blank, reach, seed):
    points = [TouchpointSpec("Web", reach=reach), TouchpointSpec("Call", mean=2.5)]
    frame, _ = simulate_survey(n=n, touchpoints=points, halo=halo, blank=blank, segments=ONE, seed=seed)
    assert frame["respondent"].tolist() == list(range(1, n + 1))
    assert frame[["Web", "Call"]].isin(range(7)).all(axis=None)
    assert frame["overall"].between(1, 5).all()
    assert frame["recommend"].between(0, 10).all()
    assert (frame[["Web", "Call"]] == 0).sum(axis=1).max() <= 1
    assert frame["weight"].mean() == pytest.approx(1)
    assert not frame.isna().any(axis=None)


def test_means_reach_and_blanks_are_those_asked_for():
    groups = SegmentSpec("all", reach={"Call": 0.3}, shift=0.1), SegmentSpec("other")
    frame, truth = simulate_survey(n=100_000, touchpoints=TWO, segments=groups, blank=0.1, seed=1)
    mine = frame["segment"] == "all"
    for segment, web, call, reach in ((mine, 4.1, 3.3, 0.3), (~mine, 4.0, 3.2, 0.4)):
        own = frame[segment]
        assert rated(own, "Web").mean() == pytest.approx(web, abs=0.02)
        assert rated(own, "Call").mean() == pytest.approx(call, abs=0.03)
        assert (own["Call"].between(1, 5).sum() / (own["Call"] != 0).sum()) == pytest.approx(reach, abs=0.01)
    assert (frame[["Web", "Call"]] == 0).any(axis=1).mean() == pytest.approx(0.1, abs=0.005)
    assert truth.effects.columns.tolist() == ["segment", "stage", "touchpoint", "effect", "reach"]
    assert truth.effects["reach"].tolist() == [0.9, 0.3, 0.9, 0.4]


def test_scores_correlate_as_the_halo_says():
    points = [TouchpointSpec(name, mean=3) for name in "abcd"]
    for halo in (0.0, 0.4):
        frame, _ = simulate_survey(n=50_000, touchpoints=points, segments=ONE, halo=halo, blank=0, seed=2)
        correlations = frame[list("abcd")].corr().to_numpy()[np.triu_indices(4, 1)]
        assert correlations == pytest.approx(np.full(6, halo), abs=0.06)  # rounding takes a little away


def test_effects_are_those_put_in():
    """The mean of each outcome, given the recorded scores, is that of a rounded normal around the linear model."""
    points = [TouchpointSpec("Web", mean=3, effect=0.5), TouchpointSpec("Call", mean=3.6, effect=-0.2, reach=0.6)]
    frame, _ = simulate_survey(n=100_000, touchpoints=points, segments=ONE, noise=1.0, blank=0, seed=3)
    used = frame["Call"] != 6
    felt = 0.5 * (frame["Web"] - 3) - 0.2 * used * (frame["Call"] - 3.6)
    for outcome, start, step, low, high in (("recommend", 8.2, 1.0, 0, 10), ("overall", 4.0, 0.4, 1, 5)):
        cuts = np.arange(low, high) + 0.5
        expected = low + ndtr((start + step * felt.to_numpy()[:, None] - cuts) / step).sum(axis=1)
        rest = (frame[outcome] - expected).groupby([frame["Web"], frame["Call"]]).agg(["mean", "sem", "size"])
        rest = rest[rest["size"] > 100]
        assert len(rest) > 20
        assert (rest["mean"] / rest["sem"]).abs().max() < 4


def test_weights_repair_the_shares():
    groups = SegmentSpec("busy", 0.5, response=0.5), SegmentSpec("free", 0.5)
    frame, _ = simulate_survey(n=20_000, touchpoints=TWO, segments=groups, seed=4)
    busy = frame["segment"] == "busy"
    assert busy.mean() == pytest.approx(1 / 3, abs=0.01)
    assert frame.loc[busy, "weight"].sum() / frame["weight"].sum() == pytest.approx(0.5, abs=1e-9)
    assert frame["weight"].nunique() == 2


def test_a_lift_is_points_of_the_recorded_mean():
    """Near the ceiling too: the mean before rounding is moved as far as it takes."""
    done = Intervention("Web", 3, 0.4, "North")
    frame, truth = simulate_survey(
        n=200_000,
        touchpoints=TWO,
        segments=ONE,
        groups={"North": 0.5, "South": 0.5},
        intervention=done,
        trend=0.05,
        blank=0,
        seed=5,
    )
    means = frame[frame["Web"] != 6].groupby(["group", frame["wave"] >= 3])["Web"].mean().unstack()
    change = means[True] - means[False]
    assert change["North"] - change["South"] == pytest.approx(0.4, abs=0.02)
    assert change["South"] == pytest.approx(0.1, abs=0.015)
    assert truth.intervention.to_dict("records") == [{"touchpoint": "Web", "wave": 3, "group": "North", "lift": 0.4}]
    assert str(truth) == "Simulated: known effects of 2 touchpoints in 1 segment; Web +0.40 from 3 in North."


def test_everyone_gets_an_intervention_without_a_group():
    done = Intervention("Web", 2, 0.3)
    frame, truth = simulate_survey(
        n=40_000, touchpoints=TWO, segments=ONE, waves=[1, 2], intervention=done, blank=0, seed=6
    )
    means = frame[frame["Web"] != 6].groupby("wave")["Web"].mean()
    assert means[2] - means[1] == pytest.approx(0.3, abs=0.03)
    assert truth.intervention["group"].tolist() == [""]


def test_true_importance():
    points = [TouchpointSpec("Web", effect=0.8), TouchpointSpec("Call", effect=0.4), TouchpointSpec("Bill", effect=0)]
    groups = SegmentSpec("one"), SegmentSpec("half", reach={"Web": 0.5})
    _, truth = simulate_survey(n=10, touchpoints=points, segments=groups, halo=0)
    table = truth.importance.pivot(index="touchpoint", columns="segment", values="importance")
    assert table.columns.tolist() == ["All", "half", "one"]
    assert (table.loc["Web"] > table.loc["Call"]).all()
    assert table.loc["Bill"].to_numpy() == pytest.approx(np.zeros(3), abs=2e-4)  # no halo, no effect: no importance
    # Half the users: about half of what Web explains, against what Call explains.
    web, call = table.loc["Web"], table.loc["Call"]
    assert web["half"] / call["half"] == pytest.approx(0.5 * web["one"] / call["one"], rel=0.15)
    overall = truth.importance["importance_overall"]
    assert overall.between(0, 1).all()


def test_true_importance_is_kept_and_cannot_be_spoilt():
    _, truth = simulate_survey(n=10, touchpoints=TWO, segments=ONE, seed=8)
    table = truth.importance
    table["importance"] = -1.0
    assert (truth.importance["importance"] > 0).all()


def test_truth_shows_itself():
    _, truth = simulate_survey(n=10)
    assert str(truth) == "Simulated: known effects of 6 touchpoints in 2 segments."
    assert "Simulated: known effects" in truth._repr_html_()
    assert truth.table is truth.effects


def test_inputs_are_not_changed():
    effects = {"Web": 0.9}
    shares = {"A": 2.0, "B": 2.0}
    simulate_survey(n=10, touchpoints=TWO, segments=[SegmentSpec("x", effects=effects)], groups=shares)
    assert (effects, shares) == ({"Web": 0.9}, {"A": 2.0, "B": 2.0})


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"n": 0}, ValuesError, "n=0 is no number of answers. Give 1 or more."),
        ({"halo": 1.2}, ValuesError, "halo=1.2 is not a share. Give a number from 0 to 1."),
        ({"blank": -0.1}, ValuesError, "blank=-0.1 is not a share. Give a number from 0 to 1."),
        ({"noise": -1}, ValuesError, "noise=-1 is negative. Give a standard deviation, 0 or more."),
        ({"waves": []}, ValuesError, "there is no wave. Give at least one."),
        ({"waves": [1, 1]}, ValuesError, "wave 1 is there twice. Name each wave once."),
        (
            {"touchpoints": [TouchpointSpec("Web"), TouchpointSpec("Web")]},
            ValuesError,
            "touchpoint 'Web' is there twice. Name each touchpoint once.",
        ),
        (
            {"touchpoints": [TouchpointSpec("wave")]},
            ValuesError,
            "touchpoint 'wave' has the name of another column of the answers. Rename it.",
        ),
        (
            {"segments": [SegmentSpec("x", effects={"Wbe": 1.0})]},
            OptionError,
            "segment 'x': touchpoint 'Wbe' is not known here. Did you mean 'Web'? Touchpoints: Web, Call.",
        ),
        (
            {"segments": [SegmentSpec("x", response=0)]},
            ValuesError,
            "segment 'x': response is 0. Give a number above 0.",
        ),
        (
            {"segments": [SegmentSpec("x", share=-1)]},
            ValuesError,
            "segment 'x': share is -1. Give a number above 0.",
        ),
        ({"groups": {"A": 0}}, ValuesError, "group 'A': share is 0. Give a number above 0."),
        (
            {"segments": [SegmentSpec("x", reach={"Call": 1.5})]},
            ValuesError,
            "segment 'x': reach of 'Call' is 1.5. Give a share from 0 to 1.",
        ),
        (
            {"intervention": Intervention("Cal", 2, 0.1)},
            OptionError,
            "intervention: touchpoint 'Cal' is not known here. Did you mean 'Call'? Touchpoints: Web, Call.",
        ),
        (
            {"intervention": Intervention("Call", 9, 0.1)},
            OptionError,
            "intervention: wave 9 is not known here. Waves: 1, 2, 3, 4.",
        ),
        (
            {"intervention": Intervention("Call", 2, 0.1, "C")},
            OptionError,
            "intervention: group 'C' is not known here. Groups: A, B.",
        ),
        (
            {"intervention": Intervention("Web", 2, 0.9)},
            ValuesError,
            "touchpoint 'Web': its mean runs from 4 to 4.9 with shift, trend and lift. Keep it from 1.2 to 4.8.",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(options, kind, message):
    with pytest.raises(kind) as error:
        simulate_survey(**{"touchpoints": TWO, "segments": ONE, **options})
    assert str(error.value) == message


@pytest.mark.parametrize("seed", [-1, 1.5, None])
def test_a_seed_is_a_whole_number_of_0_or_more(seed):
    with pytest.raises(ValuesError) as error:
        simulate_survey(n=10, seed=seed)
    told = f"seed must be a whole number of 0 or more; you gave {seed!r}."
    assert str(error.value) == f"{told} The same seed gives the same figures again."
