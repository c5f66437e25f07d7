"""Outcomes that stand for the brand beside employees' own satisfaction and rivals' lines, in one table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cxlens as cx


def answers(seed: int, waves: int = 4, lift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 150 * waves
    year = np.repeat(np.arange(2022, 2022 + waves), 150)
    frame = pd.DataFrame({"year": year, "who": rng.choice(["a", "b"], n)})
    frame["desk"] = np.clip(np.round(rng.normal(3.6, 0.9, n)), 1, 5)
    frame["recommend"] = np.clip(np.round(rng.normal(8 + lift * (year > 2022), 2, n)), 0, 10)
    frame["prefer"] = (rng.random(n) < 0.4).astype(int)
    frame["job"] = np.clip(np.round(rng.normal(3.4, 0.9, n)), 1, 5)
    return frame


def survey(seed: int = 0, outcome: dict[str, str] | None = None, **other: object) -> cx.Survey:
    return cx.Survey(
        answers(seed, **{name: other.pop(name) for name in ("waves", "lift") if name in other}),
        touchpoints=["desk"],
        outcome=outcome or {"recommend": "nps", "prefer": "binary"},
        scale=cx.Scale(1, 5),
        segments=["who"],
        **{"time": "year", **other},
    )


OURS = survey(4)
RIVAL = survey(1, {"recommend": "nps"}, lift=-3)
STAFF = survey(2, {"job": "interval"}, waves=3)


@pytest.fixture(scope="module")
def result():
    return cx.monitor(OURS, metric=["recommend", "prefer"], employees=STAFF, competitors={"Neighbour": RIVAL})


def test_one_row_a_wave_metric_and_whose(result):
    lines = result.table.groupby(["metric", "whose"], sort=False).size().to_dict()
    assert lines == {
        ("recommend", "ours"): 4,
        ("prefer", "ours"): 4,
        ("recommend", "Neighbour"): 4,
        ("job", "employees"): 3,
    }
    assert result.table.columns[:3].tolist() == ["metric", "whose", "wave"]
    assert result.metrics == ("recommend", "prefer", "job")


@pytest.mark.parametrize(
    ("whose", "metric", "answers_of"),
    [("ours", "recommend", OURS), ("Neighbour", "recommend", RIVAL), ("employees", "job", STAFF)],
)
def test_each_line_is_that_of_its_own_survey(result, whose, metric, answers_of):
    rows = result.table.query("whose == @whose and metric == @metric").reset_index(drop=True)
    alone = cx.monitor(answers_of, metric=metric).table
    names = [name for name in alone if name != "q_value"]
    assert_frame_equal(rows[names], alone[names])


def test_all_lines_share_one_error_rate(result):
    p_values = result.table["p_value"].dropna()
    assert (result.table.loc[p_values.index, "q_value"] >= p_values).all()
    series = result.followed.series
    assert [one.whose for one in series] == ["ours", "ours", "Neighbour", "employees"]
    assert result.alerts().table["whose"].tolist() == ["ours", "ours", "Neighbour", "employees"]


def test_the_sentence_names_whose_line_changed(result, faults):
    assert result.sentence.startswith(
        "1 of 4 lines changed clearly between the first and the last wave: NPS, Neighbour (-"
    )
    assert faults(str(result)) == []


def test_one_metric_and_no_others_stay_as_they_were():
    table = cx.monitor(OURS).table
    assert table.columns[0] == "wave"
    assert cx.monitor(OURS, metric=["recommend"]).metrics == ("recommend",)


def test_only_keeps_whose_line_it_is(result):
    shown = result.only("recommend")
    assert shown.table["whose"].unique().tolist() == ["ours", "Neighbour"]
    assert str(shown).startswith("1 of 2 lines changed clearly")


def test_employees_are_followed_by_the_metric_asked_for_if_they_have_it():
    shared = cx.monitor(OURS, metric=["desk", "job"], employees=STAFF)
    assert shared.table.groupby("whose")["metric"].unique().map(list).to_dict() == {
        "ours": ["desk"],
        "employees": ["desk", "job"],
    }


def test_widgets_ask_for_the_same_others(result):
    explorer = result.explore()
    assert explorer.params == {
        "metric": "recommend",
        "by": None,
        "level": 0.95,
        "employees": STAFF,
        "competitors": {"Neighbour": RIVAL},
    }
    assert list(explorer.controls["by"].options) == [("Everyone", "")]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"competitors": [RIVAL]},
            "competitors: {'name': survey} is expected, not a list.",
        ),
        (
            {"competitors": {"ours": RIVAL}},
            "competitors: no competitor can be called 'ours' in this table. Give another name.",
        ),
        (
            {"competitors": {"Neighbour": "rival.csv"}},
            "Neighbour: a Survey is expected, not 'rival.csv'. Make one: cx.Survey(...).",
        ),
        (
            {"competitors": {"Neighbour": None}},
            "Neighbour: a Survey is expected, not None. Make one: cx.Survey(...).",
        ),
        (
            {"competitors": {" ": RIVAL}},
            "competitors: ' ' is no name. Give one as text: {'name': survey}.",
        ),
        ({"metric": {"prefer"}}, "metric is a set, which has no order. Give a list."),
        (
            {"employees": STAFF, "by": "who"},
            "by='who' follows our own answers. Leave it out, or leave employees and competitors out.",
        ),
        (
            {"employees": survey(2, time=None)},
            "employees: this survey names no time column. Name it: Survey(..., time='column').",
        ),
        (
            {"metric": "prefer", "competitors": {"Neighbour": RIVAL}},
            "metric 'prefer' is not known here. Touchpoints and outcomes: desk, recommend.",
        ),
        (
            {"metric": ["recommend", "recommend"], "employees": STAFF},
            "metric: 'recommend' is there twice. Name each metric once.",
        ),
    ],
)
def test_what_cannot_be_followed_together_is_refused(asked, message):
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(OURS, **asked)
    assert str(error.value).startswith(message)
