"""The picture of a plan held against journeys: which figures it draws, and that it can be read."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures
from cxlens.common.style import BLUE, GREY
from tests.stages.journeys.lived import words
from tests.stages.journeys.test_charts import log
from tests.stages.journeys.test_ways_chart import marks
from tests.stages.texts import said, texts_of


def test_a_row_a_step_grey_where_fewer_than_half_reach_it():
    view = cx.paths(words(*["abc"] * 8, *["ab"] * 22), plan=cx.Journey("Visit", ["a", "b", "c"])).planned()
    ax = view.plot(ax=Figure(figsize=(8, 4)).subplots())
    assert [at for at, _ in marks(ax)] == (100 * view.table[["low", "share", "high"]]).to_numpy().tolist()
    assert [colour for _, colour in marks(ax)] == [BLUE, BLUE, GREY]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1 a", "2 b", "3 c"]
    shown = said(ax)
    assert "in order" in shown
    assert "73 %" in shown  # leave at b
    assert ax.get_xlim() == (0, 100)


def test_what_is_hidden_says_so():
    view = cx.paths(words(*["abc"] * 20, *["ab"] * 3), plan=cx.Journey("Visit", ["a", "b", "c"])).planned()
    ax = view.plot(ax=Figure(figsize=(8, 4)).subplots())
    assert "– hidden to protect people" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("width", [800, 390])
def test_labels_keep_apart_with_forty_steps(width):
    events = log(40)
    view = cx.paths(events, plan=cx.Journey("Long", events.touchpoints)).planned()
    figure = Figure(figsize=(width / 110, 0.5), dpi=110)
    ax = view.plot(ax=figure.subplots())
    figure.draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_alternative_text():
    view = cx.paths(words(*["ab"] * 20, *["a"] * 20), plan=cx.Journey("Way", ["a", "b"])).planned()
    assert "a 100 %; b 50 %." in pictures.alt_text(view)
