"""The picture of what follows what: arcs on to the right, back to the left, as thick as they are common."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE, GREY
from cxlens.stages.journeys.graph_chart import THICK, THIN, graph_chart
from tests.stages.journeys.test_flow import log_of


@pytest.fixture
def ax():
    view = cx.paths(log_of(["ABC"] * 40 + ["AB"] * 60 + ["ABAC"] * 10 + ["AA"] * 20), min_n=1).graph()
    return graph_chart(view, Figure(figsize=(8, 5)).subplots())


def test_arcs_lead_from_row_to_row(ax):
    ends = [(round(line.get_ydata()[0]), round(line.get_ydata()[-1])) for line in ax.lines]
    names = [label.get_text() for label in ax.get_yticklabels()]
    ways = [(names[start], names[end]) for start, end in ends]
    assert ways == [("A", "B"), ("B", "C"), ("A", "A"), ("A", "C"), ("B", "A")]


def test_on_is_to_the_right_and_back_to_the_left(ax):
    swings = [line.get_xdata()[np.abs(line.get_xdata()).argmax()] for line in ax.lines]
    assert [swing > 0 for swing in swings] == [True, True, True, True, False]
    assert ax.get_xlim()[0] < min(swings)


def test_the_commoner_the_thicker_and_the_commonest_is_blue(ax):
    widths = [line.get_linewidth() for line in ax.lines]
    assert widths == pytest.approx([max(THICK * n / 110, THIN) for n in (110, 40, 20, 10, 10)])
    assert [to_hex(line.get_color()).upper() for line in ax.lines] == [BLUE, GREY, GREY, GREY, GREY]


def test_what_is_drawn_is_said(ax):
    said = " ".join(" ".join(text.get_text() for text in ax.texts).split())
    assert "n = 130 journeys; the 5 commonest of 5 transitions, as thick as they are common" in said


def test_in_words():
    view = cx.paths(log_of(["AB"] * 9)).graph()
    assert alt_text(view) == (
        "Graph of what follows what. "
        "The commonest transition: after A, B comes next 9 times (100 % of its departures). A to B 9."
    )


def test_nothing_to_draw():
    ax = graph_chart(cx.paths(log_of(["A"] * 9)).graph())
    assert not ax.lines
    plt.close(ax.get_figure())
