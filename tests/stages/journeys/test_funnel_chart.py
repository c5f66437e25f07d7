"""The picture of a funnel: which figures it draws, and that it can be read."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures
from tests.stages.journeys.lived import words
from tests.stages.journeys.test_charts import log
from tests.stages.journeys.test_ways_chart import marks
from tests.stages.texts import said, texts_of


def test_a_row_a_stage_with_its_share():
    result = cx.funnel(words(*["abc"] * 20, *["ab"] * 10, *["a"] * 10), ["a", "b", "c"])
    ax = result.plot(ax=Figure(figsize=(8, 4)).subplots())
    assert [at for at, _ in marks(ax)] == (100 * result.table[["low", "share", "high"]]).to_numpy().tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1 a", "2 b", "3 c"]
    words_said = said(ax)
    assert "% of those that enter at a" in words_said
    assert "of the one before" in words_said
    assert "n = 40 journeys; 95 % intervals" in words_said
    assert ax.get_xlim() == (0, 100)


def test_a_panel_a_segment():
    result = cx.funnel(words(*["ab"] * 40, *["a"] * 40, kind=["x", "y"] * 40), ["a", "b"], by="kind")
    ax = result.plot(ax=Figure(figsize=(8, 4)).subplots())
    assert [panel.get_title("left") for panel in ax.child_axes] == ["x", "y"]
    assert "n = 80 journeys by kind" in said(ax)


def test_what_is_hidden_says_so():
    result = cx.funnel(words(*["abc"] * 20, *["ab"] * 3, *["a"] * 10), ["a", "b", "c"])
    ax = result.plot(ax=Figure(figsize=(8, 4)).subplots())
    assert "– hidden to protect people" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("width", [800, 390])
def test_labels_keep_apart_with_forty_stages(width):
    result = cx.funnel(log(40), log(40).touchpoints)
    figure = Figure(figsize=(width / 110, 0.5), dpi=110)
    ax = result.plot(ax=figure.subplots())
    figure.draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_alternative_text():
    result = cx.funnel(words(*["ab"] * 20, *["a"] * 20), ["a", "b"])
    assert "a 100 %; b 50 %." in pictures.alt_text(result)
