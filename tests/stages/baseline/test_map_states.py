"""What a map knows of its touchpoints: state, pain points, what matters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.stages.baseline.map_chart import states_of
from cxlens.stages.baseline.map_states import state_of

LIFECYCLE = cx.Lifecycle(["s"])
NAMES = ["good", "near", "bad", "bad but no matter", "free"]


@pytest.fixture(scope="module")
def survey() -> cx.Survey:
    """Simulated: the outcome follows "good" and "bad" alone."""
    rng = np.random.default_rng(11)
    n = 1500
    means = [4.3, 3.48, 2.4, 2.4, 3.5]
    frame = pd.DataFrame({k: np.clip(np.round(rng.normal(m, 1, n)), 1, 5) for k, m in zip(NAMES, means, strict=True)})
    frame["y"] = frame["good"] + 2 * frame["bad"] + rng.normal(0, 2, n)
    frame["who"] = rng.choice(["a", "b"], n)
    return cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5), segments=["who"])


@pytest.fixture(scope="module")
def whole() -> cx.TouchpointMap:
    targets = dict.fromkeys(NAMES[:4], 3.5)
    places = [
        cx.Touchpoint(name, stage="s", standards=[cx.Standard("mean", targets[name])] if name in targets else [])
        for name in [*NAMES, "not asked"]
    ]
    return cx.TouchpointMap(places, cx.Lifecycle(["s"]))


def test_states_are_as_planted(survey, whole) -> None:
    scores, weights = cx.baseline(survey, whole), cx.drivers(survey, n_boot=20)
    found = states_of(whole, scores, weights)
    assert found["touchpoint"].tolist() == [*NAMES, "not asked"]
    assert found["state"].tolist() == ["meets", "about", "below", "below", "no standard", "no data"]
    assert found["pain_point"].tolist() == [False, False, True, True, False, False]
    assert found["matters"].tolist() == [True, False, True, False, False, False]
    assert found.loc[found["moment_of_truth"], "touchpoint"].tolist() == ["good", "bad"]
    own = scores.table.set_index("touchpoint")
    assert found["mean"][:5].tolist() == own.loc[NAMES, "mean"].tolist()
    assert found["p_met"][:4].tolist() == own.loc[NAMES[:4], "p_met"].tolist()
    weighed = weights.table.set_index("touchpoint")
    assert found["importance"][:5].tolist() == weighed.loc[NAMES, "importance"].tolist()


def test_without_scores_there_is_no_state(whole) -> None:
    found = states_of(whole)
    assert found["state"].tolist() == [None] * 6
    assert not found[["pain_point", "matters", "moment_of_truth"]].to_numpy().any()
    assert found[["mean", "importance"]].isna().to_numpy().all()


def test_without_a_scale_there_are_no_moments_of_truth(survey, whole) -> None:
    frame = pd.DataFrame({"good": [1, 2, 3, 4, 5] * 20, "y": [1, 2, 3, 4, 4] * 20})
    bare = cx.drivers(cx.Survey(frame, touchpoints=["good"], outcome="y"), n_boot=0)
    found = states_of(whole, importance=bare)
    assert not found["moment_of_truth"].any()
    assert found["matters"].tolist() == [True] + [False] * 5


@given(st.floats(1, 5), st.floats(1, 5), st.floats(0, 1), st.floats(0.5, 0.99))
def test_a_state_is_below_only_where_that_is_clear(mean, target, q_value, level) -> None:
    row = {"mean": mean, "standard": target, "gap": mean - target, "q_value": q_value}
    state = state_of(row, level)
    is_clear = q_value < 1 - level
    assert (state == "below") == (is_clear and mean < target)
    assert (state == "meets") == (is_clear and mean >= target)
    assert state_of({**row, "mean": np.nan}, level) == "no data"
    assert state_of({**row, "standard": np.nan}, level) == "no standard"


@pytest.mark.simulation
def test_where_all_are_at_their_standard_hardly_any_is_called_below_or_above() -> None:
    """Each mark at an error rate of its own would call one of twelve below in 46 of 100 surveys."""
    names = [f"place {number}" for number in range(12)]
    standard = [cx.Standard("mean", 3.5)]  # the true mean of the answers below
    places = cx.TouchpointMap([cx.Touchpoint(name, stage="s", standards=standard) for name in names], LIFECYCLE)
    rng = np.random.default_rng(5)
    runs, called = 100, 0
    for _ in range(runs):
        answers = pd.DataFrame(rng.choice([1, 2, 3, 4, 5], (300, 12), p=[0.1, 0.1, 0.2, 0.4, 0.2]), columns=names)
        survey = cx.Survey(answers.assign(y=3), touchpoints=names, outcome={"y": "interval"}, scale=cx.Scale(1, 5))
        states = states_of(places, cx.baseline(survey, places))["state"]
        called += states.isin(["below", "meets"]).any()
    assert called <= runs * (0.05 + 3 * np.sqrt(0.05 * 0.95 / runs))
    assert called > 0  # the rule can be passed at all


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            lambda survey: {"performance": cx.baseline(survey, by="who")},
            "performance is by 'who', and a map shows one figure a touchpoint. Give "
            "cx.baseline(survey, touchpoint_map) without by=.",
        ),
        (
            lambda survey: {"importance": cx.drivers(survey, by="who", n_boot=0)},
            "importance is by 'who', and a map shows one figure a touchpoint. Give cx.drivers(survey) without by=.",
        ),
        (
            lambda survey: {"performance": survey},
            "performance takes a Baseline, not a Survey. Make one: cx.baseline(survey, touchpoint_map).",
        ),
        (
            lambda survey: {"importance": cx.baseline(survey)},
            "importance takes a Drivers, not a Baseline. Make one: cx.drivers(survey).",
        ),
    ],
)
def test_what_is_refused(asked, message, survey, whole) -> None:
    with pytest.raises(cx.CxlensError) as error:
        states_of(whole, **asked(survey))
    assert str(error.value) == message
