"""The picture of a tree of segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.stages.drivers.segment_chart import segments_chart


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
    assert ax.get_title(loc="left").startswith("What matters")


def test_each_group_is_named_with_its_answers_and_its_first_touchpoint(tree):
    words = words_of(segments_chart(tree, Figure(figsize=(8, 5)).subplots()))
    assert [segment.name for segment in tree.segments] == ["kind: new", "kind: old"]
    for name, row in zip(("new", "old"), tree.table[tree.table["leaf"]].to_dict("records"), strict=True):
        assert name in words
        assert f"{row['n']:,}" in words
        assert row["leader"] in words
