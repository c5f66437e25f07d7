"""The picture of a tree of segments."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.stages.drivers.segment_chart import segments_chart, tree_marks


@pytest.fixture(scope="module")
def tree():
    """Two simulated kinds of customers: one is moved by the web, the other by the call."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.integers(1, 6, (800, 3)), columns=["web", "call", "shop"])
    frame["kind"] = rng.choice(["old", "new"], 800)
    moved = np.where(frame["kind"] == "new", frame["web"], frame["call"])
    frame["y"] = moved + rng.normal(size=800) * 0.5
    survey = cx.Survey(frame, touchpoints=["web", "call", "shop"], outcome="y", segments=["kind"])
    return cx.find_segments(survey, ["kind"])


def words_of(ax) -> str:
    return " ".join(text.get_text() for text in ax.texts)


def test_it_draws_on_the_axes_given_and_says_the_finding(tree):
    ax = Figure(figsize=(8, 5)).subplots()
    assert segments_chart(tree, ax) is ax
    assert " ".join(ax.get_title(loc="left").split()) == tree.finding.title


def test_each_group_is_named_with_its_answers_and_its_first_touchpoint(tree):
    words = words_of(segments_chart(tree, Figure(figsize=(8, 5)).subplots()))
    assert [segment.name for segment in tree.segments] == ["kind: new", "kind: old"]
    for name, row in zip(("new", "old"), tree.table[tree.table["leaf"]].to_dict("records"), strict=True):
        assert name in words
        assert f"{row['n']:,}" in words
        assert row["leader"] in words


def test_nodes_stand_below_the_one_they_were_split_from(tree):
    marks = tree_marks(tree)
    assert [(node.name, node.depth, node.above) for node in marks.nodes] == [
        ("All", 0, None), ("kind: new", 1, 0.0), ("kind: old", 1, 0.0),
    ]  # fmt: skip
    places = [node.y for node in marks.nodes]
    assert places == [0, pytest.approx(2.4), pytest.approx(2.4 + 3 + 0.8)]
    assert marks.rows == pytest.approx(2.4 + 2 * (3 + 0.8))
    top, new, _ = marks.nodes
    assert top.note == "n = 800; split by kind, p under 0.001"
    assert new.note == f"n = {tree.table['n'].iloc[1]}; {tree.table['ended'].iloc[1]}"


def test_bars_are_the_importance_of_the_leaf_in_points_the_first_in_blue(tree):
    marks = tree_marks(tree)
    for node, first in zip((2, 3), (0, 3), strict=True):
        leading = tree.importance.loc[node].sort_values(ascending=False)
        bars = marks.bars[first : first + 3]
        assert [bar.touchpoint for bar in bars] == leading.index.tolist()
        assert [bar.value for bar in bars] == pytest.approx((100 * leading).tolist())
        assert [bar.colour for bar in bars] == ["#0072B2", "#555555", "#555555"]
        assert [bar.y for bar in bars] == pytest.approx([marks.nodes[node - 1].y + k for k in range(3)])


def test_long_names_come_out_whole_and_keep_apart():
    rng = np.random.default_rng(5)
    names = [
        "Reception: asking for a late check-out, by phone (after 22:00)",
        "App: changing the date of a stay that was booked with a partner",
    ]
    frame = pd.DataFrame(rng.integers(1, 6, (800, 2)), columns=names)
    frame["kind"] = rng.choice(
        ["business with colleagues from other countries", "a stay with the family in summer"], 800
    )
    moved = np.where(frame["kind"].str.startswith("b"), frame[names[0]], frame[names[1]])
    frame["y"] = moved + rng.normal(size=800) * 0.5
    survey = cx.Survey(frame, touchpoints=names, outcome="y", segments=["kind"])
    ax = segments_chart(cx.find_segments(survey, ["kind"]))
    words = " ".join(words_of(ax).split())
    assert [words.count(name) for name in names] == [2, 2]
    assert all(words.count(f"kind: {kind}") == 1 for kind in frame["kind"].unique())
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent().padded(-1) for text in ax.texts if text.get_text()]
    assert not [True for k, box in enumerate(boxes) for other in boxes[k + 1 :] if box.overlaps(other)]


def test_bars_are_drawn_from_zero_to_their_value(tree):
    ax = segments_chart(tree, Figure(figsize=(8, 5)).subplots())
    drawn = [(*line.get_xdata(), line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o"]
    assert drawn == [(0, bar.value, bar.y) for bar in tree_marks(tree).bars]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_on_a_phone_names_of_groups_stand_above_those_of_touchpoints(tree):
    ax = segments_chart(tree, Figure(figsize=(3.9, 0.5)).subplots())
    ax.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text).padded(-1) for text in ax.texts if text.get_text()]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    marks = tree_marks(tree, narrow=True)
    assert all(bar.y > node.y for node, bar in zip(marks.nodes[1:], marks.bars[::3], strict=True))
