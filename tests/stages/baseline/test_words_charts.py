"""What the pictures of emotion, comments and response bias show. All data here are simulated."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

import cxlens as cx
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.stages.baseline.bias import response_bias
from cxlens.stages.baseline.comments import comments
from cxlens.stages.baseline.emotion import emotion
from cxlens.stages.baseline.words_charts import comments_chart, emotion_chart, response_bias_chart


def simulated(many=3, n=600):
    rng = np.random.default_rng(0)
    names = [f"A touchpoint with a rather long name, number {k}" for k in range(many)]
    score = rng.integers(1, 6, (n, many))
    columns = {"nps": rng.integers(0, 11, n), "who": rng.choice(["new", "old"], n, p=[0.8, 0.2])}
    for k, name in enumerate(names):
        columns |= {name: score[:, k], f"{name} felt": np.clip(6 - score[:, k] + rng.integers(-1, 2, n), 1, 5)}
        columns[f"{name} said"] = [
            f"{'queue' if s < 3 else 'friendly'} {rng.choice(['gate', 'hall'])}" for s in score[:, k]
        ]
    frame = pd.DataFrame(columns)
    roles = {
        role: {name: f"{name} {column}" for name in names}
        for role, column in (("emotion", "felt"), ("comments", "said"))
    }
    return cx.Survey(frame, touchpoints=names, outcome={"nps": "nps"}, scale=cx.Scale(1, 5), segments=["who"], **roles)


def texts(ax):
    return [text.get_text() for text in ax.texts if isinstance(text, Annotation)]


def heading(ax):
    return " ".join(ax.get_title(loc="left").split())


def marks(ax):
    """Middle, colour and marker of each interval."""
    lines = [line for line in ax.lines if line.get_marker() not in {"None", ""}]
    return [(line.get_xdata()[1], to_hex(line.get_color()).upper(), line.get_marker()) for line in lines]


def test_emotion_is_a_line_with_a_band_in_the_order_of_the_table():
    view = emotion(simulated())
    ax = emotion_chart(view)
    assert heading(ax) == view.sentence.partition(". ")[0]
    assert "Strength of feeling, n = 1,800 answers, intervals 95 %" in texts(ax)
    line = next(line for line in ax.lines if len(line.get_xdata()) == 3 and line.get_marker() == "None")
    np.testing.assert_allclose(line.get_xdata(), view.table["strength"])
    assert len(ax.collections) == 1  # the band
    assert [value for value, *_ in marks(ax)] == view.table["strength"].tolist()


def test_segments_get_a_panel_each_and_many_touchpoints_fit():
    assert len(emotion_chart(emotion(simulated(), by="who")).child_axes) == 2
    ax = emotion_chart(emotion(simulated(40, 100)))
    ax.figure.canvas.draw()
    labels = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in pairwise(labels))


def test_comments_diverge_by_side_colour_and_mark():
    survey = simulated(1)
    view = comments(survey)
    ax = comments_chart(view)
    assert heading(ax) == view.sentence.partition(". ")[0]
    for value, colour, marker in marks(ax):
        assert (colour, marker) == ((ORANGE, "<") if value < 0 else (BLUE, ">"))
    assert set(view.table["term"]) <= set(texts(ax))
    assert {label.get_text() for label in ax.texts if label.get_ha() == "right"} <= set(
        view.table.loc[view.table["side"] == "low", "term"]
    )


def test_at_most_six_touchpoints_get_a_panel():
    assert len(comments_chart(comments(simulated(2))).child_axes) == 2
    assert len(comments_chart(comments(simulated(8))).child_axes) == 6


def test_codes_are_drawn_as_themes():
    survey = simulated(1)
    table = survey.table.assign(said=["1;2", "2", "3", "1"] * 150)
    name = survey.touchpoints[0]
    coded = cx.Survey(table, touchpoints=[name], outcome={"nps": "nps"}, scale=cx.Scale(1, 5), comments={name: "said"})
    view = comments(coded, codebook={"rare": [3], "often": [1, 2], "never": [4]})
    ax = comments_chart(view)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["often", "rare", "never"]
    themes = view.parts["themes"].set_index("theme")["unhappy"]
    assert [value for value, *_ in marks(ax)] == [themes["often"], themes["rare"]]
    assert "– no comments" in texts(ax)
    assert isinstance(comments_chart(comments(coded)), Axes)  # nothing to draw, and it says so


def test_response_bias_shows_answers_against_customers():
    view = response_bias(simulated(), {"who": {"new": 0.5, "old": 0.4, "lost": 0.1}})
    ax = response_bias_chart(view)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["who", "new", "lost", "old"]
    assert [(colour, marker) for _, colour, marker in marks(ax)] == [(BLUE, ">"), (GREY, "o"), (ORANGE, "<")]
    assert "not heard" in texts(ax)
    bases = [
        line.get_xdata()[0]
        for line in ax.lines
        if line.get_marker() == "None" and line.get_xdata()[0] == line.get_xdata()[1]
    ]
    assert bases == [0.5, 0.1, 0.4]


@pytest.mark.parametrize("chart", [emotion_chart, comments_chart, response_bias_chart])
def test_a_given_axes_is_drawn_on_and_given_back(chart):
    survey = simulated(1)
    views = {emotion_chart: emotion, comments_chart: comments,
             response_bias_chart: lambda s: response_bias(s, {"who": {"new": 1, "old": 3}})}  # fmt: skip
    ax = plt.subplots()[1]
    assert chart(views[chart](survey), ax) is ax
