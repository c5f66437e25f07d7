"""What the pictures of emotion, comments and response bias show. All data here are made up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import cxlens as cx
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.stages.baseline.words_charts import comments_chart, emotion_chart, response_bias_chart
from tests.stages.baseline.marks import (
    NAMES,
    TOLD,
    Mark,
    column,
    looks,
    marks,
    names,
    said_at,
    title,
    uprights,
    view,
    words,
)

FELT = {
    "touchpoint": NAMES,
    "n": pd.array([10, 20, 30, pd.NA], "Int64"),
    "strength": [3.0, 4.0, 2.0, np.nan],
    "strength_low": [2.5, 3.5, 1.5, np.nan],
    "strength_high": [3.5, 4.5, 2.5, np.nan],
    "mean": [4.1, 2.2, 3.3, np.nan],
    "strong_and_low": [0.1, 0.4, 0.2, np.nan],
    "strong_and_low_low": [0.05, 0.25, 0.1, np.nan],
    "strong_and_low_high": [0.3, 0.6, 0.4, np.nan],
    "q_value": [0.9, 0.01, 0.5, np.nan],
    "note": ["", "", "", "fewer than 5 answers"],
}
TERMS = {
    "touchpoint": NAMES[0],
    "term": ["slow queue", "friendly", "late", "gate"],
    "log_odds": [-2.0, 1.5, -0.5, 0.4],
    "low": [-3.0, 1.0, -1.5, -0.2],
    "high": [-1.0, 2.0, 0.5, 1.0],
    "q_value": [0.01, 0.02, 0.3, 0.2],
    "side": ["low", "high", "low", "high"],
}
THEMES = {
    "touchpoint": NAMES[0],
    "theme": ["queues; waiting", "staff", "never named"],
    "n": pd.array([12, 30, pd.NA], "Int64"),
    "mean": [2.5, 4.0, np.nan],
    "low": [2.0, 3.8, np.nan],
    "high": [3.0, 4.2, np.nan],
    "unhappy": [0.6, 0.1, np.nan],
    "unhappy_low": [0.4, 0.05, np.nan],
    "unhappy_high": [0.8, 0.2, np.nan],
    "note": ["", "", "no comments"],
}
SHARES = {
    "column": ["who", "who", "who", "who", "way: in; out", "who"],
    "value": ["new", "No. 3 > 4", "lost", "few", "web", "not in the base"],
    "n": pd.array([70, 20, 0, pd.NA, 5, 7], "Int64"),
    "share": [0.7, 0.2, 0.0, np.nan, 0.5, np.nan],
    "low": [0.6, 0.1, np.nan, np.nan, 0.3, np.nan],
    "high": [0.8, 0.3, np.nan, np.nan, 0.7, np.nan],
    "base": [0.5, 0.35, 0.1, 0.05, 0.45, np.nan],
    "difference": [0.2, -0.15, -0.1, np.nan, 0.05, np.nan],
    "q_value": [0.01, 0.02, np.nan, np.nan, 0.8, np.nan],
    "note": ["", "", "not heard: no weight can speak for them", "fewer than 5 answers", "", "not in the margins"],
}


def test_emotion_marks_where_bad_moments_are_felt_strongly_more_often_than_usual():
    ax = emotion_chart(view("emotion", FELT))
    assert names(ax) == list(NAMES)
    assert marks(ax) == [
        Mark(2.5, 3, 3.5, 0, BLUE, "o", True),
        Mark(3.5, 4, 4.5, 1, ORANGE, "D", True),  # 25 % at least, and the median touchpoint has 20 %
        Mark(1.5, 2, 2.5, 2, BLUE, "o", True),
    ]
    assert column(ax, "score") == ["4.10", "2.20", "3.30", "–"]
    assert column(ax, "strong and low") == ["10 %", "40 %", "20 %", "–"]
    assert "stage" not in words(ax)
    assert said_at(ax)["– fewer than 5 answers"][1] == 3
    assert title(ax) == TOLD.title
    assert "Strength of feeling, n = 60, intervals 90 %" in words(ax)


def test_emotion_is_a_line_with_a_band_in_the_order_of_the_table():
    ax = emotion_chart(view("emotion", {**FELT, "stage": ["wait", "wait", "board", "board"]}))
    (line,) = [line for line in ax.lines if len(line.get_xdata()) == 4]
    np.testing.assert_array_equal(line.get_xdata(), FELT["strength"])
    np.testing.assert_array_equal(line.get_ydata(), range(4))
    corners = ax.collections[0].get_paths()[0].vertices
    assert {tuple(corner) for corner in corners} == {(x, y) for end in ("strength_low", "strength_high")
                                                     for y, x in enumerate(FELT[end][:3])}  # fmt: skip
    assert column(ax, "stage") == ["wait", "wait", "board", "board"]


def test_segments_get_a_panel_each_and_what_is_clear_is_marked():
    frame = pd.DataFrame(FELT)
    calm = frame.assign(segment="old; calm", q_value=0.05)
    ax = emotion_chart(view("emotion", pd.concat([frame.assign(segment="new"), calm])))
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["new", "old; calm"]
    colours = [[mark.colour for mark in marks(panel)] for panel in ax.child_axes]
    assert colours == [[BLUE, ORANGE, BLUE], [BLUE] * 3]
    assert "Strength of feeling by segment, n = 120, intervals 90 %" in words(ax)


def test_comments_diverge_by_side_colour_and_mark():
    ax = comments_chart(view("comments", TERMS, coverage={"n": pd.array([40, pd.NA, 30], "Int64")}))
    assert marks(ax) == [
        Mark(-3, -2, -1, 0, ORANGE, "<", True),
        Mark(-1.5, -0.5, 0.5, 1, ORANGE, "<", False),
        Mark(-0.2, 0.4, 1, 2, BLUE, ">", False),
        Mark(1, 1.5, 2, 3, BLUE, ">", True),
    ]
    sides = {text.get_text(): (text.xy[0], text.get_ha(), text.xyann[0]) for text in ax.texts}
    assert sides["slow queue"] == (-3, "right", -4)
    assert sides["late"] == (-1.5, "right", -4)
    assert sides["friendly"] == (2, "left", 4)
    assert [line.get_xdata() for line in ax.lines if line.get_color() == GREY] == [[0, 0]]
    assert ax.get_xlim() == pytest.approx((-5.1, 5.1))
    assert title(ax) == TOLD.title
    assert "Words and pairs in comments, n = 70, intervals 95 %" in words(ax)  # that level, whatever the baseline's


def test_at_most_six_touchpoints_get_a_panel():
    frame = pd.DataFrame(TERMS)
    table = pd.concat([frame.assign(touchpoint=f"No. {k}; desk") for k in range(8)])
    ax = comments_chart(view("comments", table, coverage={"n": [40]}))
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == [f"No. {k}; desk" for k in range(6)]
    assert all(len(marks(panel)) == 4 for panel in ax.child_axes)


def test_themes_stand_where_comments_are_codes_the_most_named_on_top():
    ax = comments_chart(view("comments", pd.DataFrame(columns=list(TERMS)), themes=THEMES, coverage={"n": [40]}))
    assert names(ax) == ["staff", "queues; waiting", "never named"]
    assert marks(ax) == [Mark(0.05, 0.1, 0.2, 0, BLUE, "o", True), Mark(0.4, 0.6, 0.8, 1, BLUE, "o", True)]
    assert column(ax, "comments") == ["30", "12", "–"]
    assert column(ax, "score") == ["4.00", "2.50", "–"]
    assert said_at(ax)["– no comments"][1] == 2
    assert ax.xaxis.get_major_formatter()(0.4, 0) == "40 %"
    assert ax.get_xlim()[0] == 0
    assert "Themes in comments, n = 40, intervals 95 %" in words(ax)


def test_themes_of_several_touchpoints_are_in_the_order_of_the_first():
    second = pd.DataFrame(THEMES).assign(touchpoint=NAMES[1], unhappy=[0.5, 0.3, np.nan])[::-1]
    themes = pd.concat([pd.DataFrame(THEMES), second])
    ax = comments_chart(view("comments", pd.DataFrame(columns=list(TERMS)), themes=themes, coverage={"n": [40]}))
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == list(NAMES[:2])
    assert [mark.value for mark in marks(ax.child_axes[1])] == [0.3, 0.5]


def test_where_nothing_can_be_drawn_it_is_said():
    ax = comments_chart(view("comments", pd.DataFrame(columns=list(TERMS)), coverage={"n": [40]}))
    assert ax.get_xlabel() == "No word, pair or theme to draw"
    assert title(ax) == TOLD.title
    assert marks(ax) == []


def test_response_bias_shows_answers_against_customers():
    ax = response_bias_chart(view("response bias", SHARES, raking={"n": [40]}))
    assert names(ax) == ["who", "new", "lost", "No. 3 > 4", "few", "way: in; out", "web"]
    found = marks(ax)
    assert looks(found) == [(BLUE, ">", True), (GREY, "o", True), (ORANGE, "<", True), (GREY, "o", True)]
    assert [(mark.value, mark.y) for mark in found] == [(0.7, 1), (0, 2), (0.2, 3), (0.5, 6)]
    assert found[0] == Mark(0.6, 0.7, 0.8, 1, BLUE, ">", True)
    assert uprights(ax) == [(0.5, 1), (0.1, 2), (0.35, 3), (0.05, 4), (0.45, 6)]
    where = said_at(ax)
    assert where["+20.0 points"] == (0.8, 1)
    assert where["-15.0 points"] == (0.35, 3)  # beyond the line of customers
    assert where["not heard"] == (0.1, 2)
    assert where["– fewer than 5 answers"] == (0.05, 4)
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == ["who", "way: in; out"]
    assert ax.get_xlim()[0] == 0
    assert title(ax) == TOLD.title
    assert "Share of the answers against the customer base, n = 40, intervals 90 %" in words(ax)


def simulated(many=3, n=600):
    rng = np.random.default_rng(0)
    touchpoints = [f"A touchpoint with a rather long name, number {k}" for k in range(many)]
    score = rng.integers(1, 6, (n, many))
    columns = {"nps": rng.integers(0, 11, n), "who": rng.choice(["new", "old"], n, p=[0.8, 0.2])}
    for k, name in enumerate(touchpoints):
        columns |= {name: score[:, k], f"{name} felt": np.clip(6 - score[:, k] + rng.integers(-1, 2, n), 1, 5)}
        columns[f"{name} said"] = [
            f"{'queue' if s < 3 else 'friendly'} {rng.choice(['gate', 'hall'])}" for s in score[:, k]
        ]
    frame = pd.DataFrame(columns)
    roles = {
        role: {name: f"{name} {column}" for name in touchpoints}
        for role, column in (("emotion", "felt"), ("comments", "said"))
    }
    return cx.Survey(
        frame, touchpoints=touchpoints, outcome={"nps": "nps"}, scale=cx.Scale(1, 5), segments=["who"], **roles
    )


def test_many_touchpoints_fit():
    ax = emotion_chart(cx.baseline(simulated(40, 100)).emotion())
    ax.figure.canvas.draw()
    labels = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in pairwise(labels))


def test_what_the_sides_find_is_drawn_on_the_axes_given():
    base = cx.baseline(simulated(2), by="who")
    ax = plt.subplots()[1]
    felt = base.emotion()
    assert emotion_chart(felt, ax) is ax
    assert "Strength of feeling by who, n = 1,200, intervals 95 %" in words(ax)
    said = base.comments()
    ax = plt.subplots()[1]
    assert comments_chart(said, ax) is ax
    first = marks(ax.child_axes[0])
    assert {(mark.colour, mark.marker) for mark in first if mark.value < 0} == {(ORANGE, "<")}
    assert {(mark.colour, mark.marker) for mark in first if mark.value > 0} == {(BLUE, ">")}
    bias = base.response_bias({"who": {"new": 0.5, "old": 0.4, "lost": 0.1}})
    ax = plt.subplots()[1]
    assert response_bias_chart(bias, ax) is ax
    assert names(ax) == ["who", "new", "lost", "old"]
    assert "not heard" in words(ax)
    assert isinstance(ax, Axes)
