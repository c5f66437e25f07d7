"""Heat maps of journeys: which cells are drawn, and that they can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures
from tests.stages.journeys.lived import words
from tests.stages.journeys.test_charts import log
from tests.stages.texts import said, texts_of


def test_a_row_comes_first_and_a_column_later():
    view = cx.paths(words(*["abc"] * 10, *["ac"] * 10)).follows()
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    (cells,) = ax.collections
    assert cells.get_array().tolist() == [[0, 0.5, 1], [0, 0, 1], [0, 0, 0]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1 a", "2 b", "3 c"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3"]
    assert sorted(text.get_text() for text in ax.texts if text.get_text().isdigit()) == ["100", "100", "50"]
    assert "darkest 100 %" in said(ax)


def test_what_is_hidden_is_pale_and_has_a_dash():
    view = cx.paths(words(*["ab"] * 20, *["ac"] * 3)).follows()
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    dashes = [text for text in ax.texts if text.get_text() == "–"]
    assert len(dashes) == view.table["share"].isna().sum() > 0
    assert "pale: hidden to protect people" in said(ax)


def test_around_the_anchor():
    view = cx.paths(words(*["abc"] * 10, *["b"] * 10)).around("b", before=1, after=2)
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    blue, grey = ax.collections
    assert blue.get_array().tolist() == [[0.5, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.5, 0]]
    assert grey.get_array().tolist() == [[0.5, 0, 0, 0], [0, 0, 0.5, 1], [0, 0, 0, 0]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["-1", "0", "+1", "+2"]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["a", "b", "c", "not begun", "ended before", "may go on"]


@pytest.mark.parametrize("width", [800, 390])
@pytest.mark.parametrize("side", ["follows", "around"])
def test_labels_keep_apart_with_forty_touchpoints(side, width):
    result = cx.paths(log(40))
    view = result.follows() if side == "follows" else result.around(result.log.touchpoints[20])
    figure = Figure(figsize=(width / 110, 0.5), dpi=110)
    ax = view.plot(ax=figure.subplots())
    figure.draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_alternative_texts_tell_the_largest_cells():
    result = cx.paths(words(*["abc"] * 10, *["ac"] * 10))
    assert "c after a 100 %; c after b 100 %; b after a 50 %" in pictures.alt_text(result.follows())
    assert "a at step -1 100 %" in pictures.alt_text(result.around("b", before=1, after=1))
    assert np.isfinite(result.follows().table["share"]).all()
