"""What is asked of a survey, as a design, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.engine.design import Column
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.stages.drivers import record
from cxlens.stages.drivers.ask import ask

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
KINDS = {"y": "interval", "nps": "nps", "stays": "binary", "likes": "ordinal"}


def answers(n: int = 120, seed: int = 1) -> pd.DataFrame:
    """Simulated answers on a scale of 5: 6 for not used in c; outcomes of every kind."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(np.clip(np.round(3.4 + rng.normal(size=(n, 4))), 1, 5).astype(int), columns=list("abcd"))
    frame["y"] = frame @ [0.6, 0.4, 0.2, 0.0] + rng.normal(size=n)
    frame["nps"] = np.clip(np.round(frame["y"] + 4), 0, 10).astype(int)
    frame["stays"] = (frame["y"] + rng.normal(size=n) > 4).astype(int)
    frame["likes"] = pd.qcut(frame["y"] + rng.normal(size=n), 3, labels=False)
    frame["group"] = rng.choice(["one", "two", "three"], n)
    frame["area"] = rng.choice([1, 2], n)
    frame["same"] = "x"
    frame["many"] = np.arange(n)
    frame.loc[rng.random(n) < 0.2, "c"] = 6
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    segments = ["group", "area", "same", "many"]
    roles = {"touchpoints": list("abcd"), "outcome": KINDS, "scale": SCALE, "segments": segments, **roles}
    return cx.Survey(answers() if frame is None else frame, **roles)


def score(place: int) -> Column:
    return Column("score", (place,))


# The design


def test_every_touchpoint_is_a_player_and_its_use_a_control_where_not_all_used_it():
    asked = ask(survey())
    assert asked.names == ("a", "b", "c", "d")
    assert asked.single == (0, 1, 2, 3)
    assert asked.design.players == tuple((score(place),) for place in range(4))
    assert asked.design.flagged == (2,)
    assert asked.design.k == 2
    assert (asked.kind, asked.outcome, asked.by, asked.method, asked.blanks) == ("interval", "y", None, "lmg", "drop")
    assert not asked.fitted


def test_players_come_in_order_touchpoints_groups_factors_products():
    frame = answers()
    asked = ask(
        survey(frame), groups={"two": ["d", "b"]}, factors=["group", "area"], interactions=[("a", "c")], by="same"
    )
    assert asked.names == ("a", "c", "two", "group", "area", "a × c")
    assert asked.design.players[2] == (score(3), score(1))
    assert asked.design.players[3] == (Column("level", (), ("group", "three")), Column("level", (), ("group", "two")))
    assert asked.design.players[4] == (Column("level", (), ("area", 2)),)
    product = asked.design.players[5][0]
    assert (product.kind, product.at) == ("product", (0, 2))
    assert product.given == pytest.approx((frame["a"].mean(), frame.loc[frame["c"] < 6, "c"].mean()))
    assert asked.design.widths == (1, 1, 2, 2, 1, 1)
    assert asked.single == (0, 1, -1, -1, -1, -1)
    assert asked.design.scored == (0, 2, 3, 1)


def test_no_player_has_the_name_of_the_row_of_totals():
    name = "all together"
    text = (
        "'all together' is the name of the row of totals. Give the touchpoint, group or factor another name, such as "
        "'All in all': in Survey(..., touchpoints={'All in all': column}), or in groups=."
    )
    with pytest.raises(ValuesError) as error:
        ask(survey(), groups={name: ["a", "b"]})
    assert str(error.value) == text
    renamed = survey(touchpoints={name: "a", "b": "b"})
    with pytest.raises(ValuesError) as error:
        cx.drivers(renamed, n_boot=0)
    assert str(error.value) == text
    assert ask(renamed, groups={"b with it": [name, "b"]}).names == ("b with it",)


def test_a_group_of_one_is_a_touchpoint_and_may_bear_its_name():
    assert ask(survey(), groups={"one": ["b"]}).single == (0, 1, 2, 3)
    assert ask(survey(), groups={"a": ["a", "b"]}).names == ("c", "d", "a")


def test_covariates_are_touchpoints_or_label_columns():
    asked = ask(survey(), covariates=["d", "group"])
    assert asked.names == ("a", "b", "c")
    assert asked.design.controls == (3,)
    assert asked.design.factors == (("group", ("one", "three", "two")),)
    assert ask(survey(), covariates="group").design == ask(survey(), covariates=["group"]).design
    assert ask(survey(), factors="group").design == ask(survey(), factors=["group"]).design


def test_a_covariate_in_a_product_has_one_flag():
    asked = ask(survey(), covariates=["c"], interactions=[("a", "c")])
    assert asked.design.flagged == (2,)
    assert asked.design.k == 3


def test_clusters_stay_together_before_respondents():
    frame = answers().assign(id=range(120))
    assert ask(survey(frame, respondent="id")).design.unit == "id"
    assert ask(survey(frame, respondent="id", cluster="group", segments=[])).design.unit == "group"


@pytest.mark.parametrize(("outcome", "fitted"), [("y", False), ("nps", False), ("stays", True), ("likes", True)])
def test_binary_and_ordinal_outcomes_are_fitted(outcome, fitted):
    asked = ask(survey(), outcome=outcome)
    assert asked.fitted == fitted
    assert asked.design.nps == (outcome == "nps")


# What is refused


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"groups": {"front": ["a", "z"]}},
            OptionError,
            "group 'front': touchpoint 'z' is not known here. Touchpoints: a, b, c, d.",
        ),
        (
            {"groups": {"front": ["a", "a"]}},
            ValuesError,
            "touchpoint 'a' is in group 'front' twice. A touchpoint belongs to one group, once.",
        ),
        (
            {"groups": {"front": ["a", "b"], "back": ["b", "c"]}},
            ValuesError,
            "touchpoint 'b' is in groups 'front' and 'back'. A touchpoint belongs to one group, once.",
        ),
        (
            {"groups": {"c": ["a", "b"]}},
            ValuesError,
            "group 'c' has the name of a touchpoint outside it. Give the group another name.",
        ),
        (
            {"groups": {"front": ["a", "d"]}, "covariates": ["d"]},
            ValuesError,
            "group 'front': touchpoint 'd' is a covariate, too. Name it in one place.",
        ),
        (
            {"groups": {"front": []}},
            ValuesError,
            "group 'front' is given []. Give a list of touchpoints: [name, ...].",
        ),
        (
            {"groups": {"front": "ab"}},
            ValuesError,
            "group 'front' is given 'ab'. Give a list of touchpoints: [name, ...].",
        ),
        (
            {"groups": ["a", "b"]},
            ValuesError,
            "groups=['a', 'b'] names no groups. Give {name: [touchpoint, ...]}.",
        ),
        (
            {"factors": ["grup"]},
            ColumnError,
            "factor 'grup' is no free segment column of this survey. Factors: group, area, same, many.",
        ),
        (
            {"factors": ["group", "group"]},
            ColumnError,
            "factor 'group' is no free segment column of this survey. Factors: area, same, many.",
        ),
        (
            {"factors": ["group"], "by": "group"},
            ColumnError,
            "factor 'group' is no free segment column of this survey. Factors: area, same, many.",
        ),
        (
            {"factors": ["group"], "covariates": ["group"]},
            ColumnError,
            "factor 'group' is no free segment column of this survey. Factors: area, same, many.",
        ),
        (
            {"factors": ["same"]},
            ValuesError,
            "factor 'same' has 1 values; 2 to 50 are possible. Join values, or leave it out.",
        ),
        (
            {"factors": ["many"]},
            ValuesError,
            "factor 'many' has 120 values; 2 to 50 are possible. Join values, or leave it out.",
        ),
        (
            {"interactions": ["ab"]},
            ValuesError,
            "interaction 'ab' is no pair. Give two touchpoints: interactions=[('web', 'call')].",
        ),
        (
            {"interactions": ("a", "b")},
            ValuesError,
            "interaction 'a' is no pair. Give two touchpoints: interactions=[('web', 'call')].",
        ),
        (
            {"interactions": [("a", "b", "c")]},
            ValuesError,
            "interaction ('a', 'b', 'c') is no pair. Give two touchpoints: interactions=[('web', 'call')].",
        ),
        (
            {"interactions": [("a", "a")]},
            ValuesError,
            "interaction ('a', 'a') is no pair. Give two touchpoints: interactions=[('web', 'call')].",
        ),
        (
            {"interactions": [("a", "A")]},
            OptionError,
            "interaction: touchpoint 'A' is not known here. Did you mean 'a'? Touchpoints: a, b, c, d.",
        ),
        (
            {"interactions": [("a", "b"), ["b", "a"]]},
            ValuesError,
            "interaction ['b', 'a'] is named twice. Name each pair once.",
        ),
        (
            {"method": "LMG"},
            OptionError,
            "method='LMG' is not an option. Did you mean 'lmg'? Options: 'lmg', 'relative weights', 'sampling'.",
        ),
        (
            {"blanks": "fill"},
            OptionError,
            "blanks='fill' is not an option. Options: 'drop', 'impute'.",
        ),
        (
            {"outcome": "stays", "method": "sampling"},
            OptionError,
            "method='sampling' explains outcomes of kind interval and nps; 'stays' is binary. "
            "Choose method='lmg' or method='relative weights'.",
        ),
        (
            {"blanks": "impute", "outcome": "likes"},
            OptionError,
            "blanks='impute' explains outcomes of kind interval and nps; 'likes' is ordinal. Choose blanks='drop'.",
        ),
        (
            {"covariates": list("abcd"), "factors": ["group"]},
            ValuesError,
            "no touchpoint is left to share the importance. Name fewer covariates.",
        ),
    ],
)
def test_what_is_refused(options, kind, message):
    with pytest.raises(kind) as error:
        cx.drivers(survey(), **options)
    assert str(error.value) == message


def test_a_survey_without_segments_has_no_factors():
    with pytest.raises(ColumnError) as error:
        ask(survey(segments=[]), factors=["group"])
    assert str(error.value) == "factor 'group' is no free segment column of this survey. Factors: none."


def many(players: int) -> cx.Survey:
    frame = pd.DataFrame(np.ones((30, players)), columns=[f"t{j}" for j in range(players)])
    frame = frame.assign(y=range(30), stays=[0, 1] * 15)
    return cx.Survey(frame, touchpoints=list(frame)[:players], outcome={"y": "interval", "stays": "binary"})


def test_too_many_players_for_every_subset():
    with pytest.raises(ValuesError) as error:
        ask(many(26), method="lmg")
    assert str(error.value) == (
        "26 players are to share the importance of interval outcome 'y'; exact importance takes at "
        "most 25, since each one more doubles its time. "
        "Join touchpoints in groups={name: [touchpoint, ...]}, name fewer in Survey(...), or choose "
        "method='relative weights' or method='sampling'."
    )
    with pytest.raises(ValuesError) as error:
        ask(many(16), outcome="stays")
    assert str(error.value) == (
        "16 players are to share the importance of binary outcome 'stays'; exact importance takes at "
        "most 15, since each one more doubles its time. "
        "Join touchpoints in groups={name: [touchpoint, ...]}, name fewer in Survey(...), or choose "
        "method='relative weights'."
    )
    assert len(ask(many(26), groups={"pair": ["t0", "t1"]}).names) == 25
    assert len(ask(many(26), method="sampling").names) == 26
    assert [ask(many(players)).method for players in (25, 26)] == ["lmg", "relative weights"]
    assert ask(many(2)).method == ask(many(2), outcome="stays").method == "lmg"
    assert len(ask(many(16), outcome="stays", method="relative weights").names) == 16
    assert len(ask(many(15), outcome="stays").names) == 15


def test_imputing_needs_rows_in_memory(tmp_path, monkeypatch):
    answers().to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    with pytest.raises(ValuesError) as error:
        cx.drivers(survey(tmp_path / "a.parquet"), blanks="impute")
    assert str(error.value) == (
        "blanks='impute' needs the rows in memory, and this survey is on disk. Take a sample of it, or a segment."
    )


@pytest.mark.parametrize("outcome", ["stays", "likes"])
def test_rows_on_disk_are_fitted_all_where_they_are_few(outcome, tmp_path, monkeypatch):
    frame = answers(300)
    frame.to_parquet(tmp_path / "a.parquet")
    held = cx.drivers(survey(frame), outcome=outcome, n_boot=20)
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    streamed = cx.drivers(survey(tmp_path / "a.parquet"), outcome=outcome, n_boot=20)
    pd.testing.assert_frame_equal(streamed.table, held.table)
    assert str(streamed.finding) == str(held.finding)


def test_of_more_rows_on_disk_a_seeded_sample_is_fitted_and_said_to_be_one(tmp_path, monkeypatch):
    answers(300).to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(record, "IN_MEMORY", 200)
    made = survey(tmp_path / "a.parquet")
    found = cx.drivers(made, outcome="stays", n_boot=5)
    assert found.n == 200
    assert "From a sample of 200 of the 300 answers" in str(found.finding)
    assert "From a sample of 200 of the 300 answers, drawn by the seed." in found.note
    assert cx.drivers(made, outcome="stays", n_boot=5).table.equals(found.table)
    assert cx.what_if(found, {"a": 0.5}).response.unit == "percentage points"
    split = cx.drivers(made, outcome="stays", by="area", n_boot=0)
    assert "From a sample of 200 of the 300 answers" in str(split.finding)


def test_on_disk_the_answers_say_whose_use_is_a_control(tmp_path, monkeypatch):
    answers().to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    assert ask(survey(tmp_path / "a.parquet")).design.flagged == ask(survey()).design.flagged == (2,)
    answers().assign(c=3).to_parquet(tmp_path / "b.parquet")
    assert ask(survey(tmp_path / "b.parquet")).design.flagged == ()


# Separation, and outcomes with nothing to explain


def test_an_outcome_that_a_touchpoint_tells_is_refused():
    frame = answers()
    frame["stays"] = (frame["a"] > 3).astype(int)
    with pytest.raises(ValuesError) as error:
        cx.drivers(survey(frame), outcome="stays", n_boot=0)
    text = (
        "the outcome is separated by {0}: it tells the answer of {1} respondents without error, so its coefficient "
        "has no limit. Leave it out, join it with another touchpoint, or declare the outcome 'interval', which is "
        "fitted by least squares."
    )
    assert str(error.value) == text.format("'a'", 120)
    frame["stays"] = np.where(frame["group"] == "one", frame["a"] > 3, answers()["stays"])
    with pytest.raises(ValuesError) as error:
        cx.drivers(survey(frame), outcome="stays", by="group", n_boot=0)
    assert str(error.value) == text.format("'a in one'", (frame["group"] == "one").sum())


def test_a_binary_outcome_of_one_value_has_nothing_to_explain():
    with pytest.raises(ValuesError) as error:
        cx.drivers(survey(answers().assign(stays=1)), outcome="stays", n_boot=0)
    assert str(error.value) == (
        "outcome 'stays' cannot be explained: everyone gave the same outcome. 120 of 120 answers can be used. "
        "Choose another outcome, grouping or cluster, or keep more answers."
    )


def test_a_segment_with_one_binary_outcome_is_listed():
    frame = answers()
    frame.loc[frame["group"] == "two", "stays"] = 1
    result = cx.drivers(survey(frame), outcome="stays", by="group", n_boot=0)
    assert result.segments == ("one", "three")
    assert result.unusable.to_dict("records") == [
        {"segment": "two", "touchpoint": "all", "reason": "everyone gave the same outcome"}
    ]


@pytest.mark.parametrize("outcome", ["y", "stays"])
def test_fewer_rows_than_players_need(outcome):
    with pytest.raises(ValuesError) as error:
        cx.drivers(survey(answers(6).assign(c=3, stays=[0, 1] * 3)), outcome=outcome, factors=["group"], n_boot=0)
    assert str(error.value) == (
        "too few complete answers: 6 of 6 can be used. Name fewer touchpoints, or touchpoints that more people rated."
    )
