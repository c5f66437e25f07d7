"""The picture of routes: a box for each step, the share of each route, and what is left."""

from __future__ import annotations

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.stages.journeys.routes_chart import routes_chart
from tests.stages.journeys.test_flow import log_of

ROUTES = ["ABC"] * 9 + ["AB"] * 6 + ["BCA"] * 2 + ["CAB"] * 3


def boxes(ax) -> list[tuple[int, int]]:
    return [(round(box.get_y() + 0.4), round(box.get_x() + box.get_width() / 2)) for box in ax.patches]


def test_a_box_for_each_step_of_each_route():
    ax = routes_chart(cx.paths(log_of(ROUTES)).routes(), Figure(figsize=(8, 5)).subplots())
    assert boxes(ax) == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    words = [text.get_text() for text in ax.texts]
    assert words[:6] == ["A", "B", "C", "A", "B", "other (2 routes)"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["45 %", "30 %", "25 %"]


def test_no_line_for_others_where_there_are_none():
    ax = routes_chart(cx.paths(log_of(["AB"] * 9)).routes(), Figure(figsize=(8, 5)).subplots())
    assert [text.get_text() for text in ax.texts][:2] == ["A", "B"]
    assert len(ax.get_yticklabels()) == 1


def test_seven_steps_fit():
    ax = routes_chart(cx.paths(log_of(["ABCDEFGHI"] * 9)).routes(), Figure(figsize=(8, 5)).subplots())
    assert len(ax.patches) == 7
    said = " ".join(" ".join(text.get_text() for text in ax.texts).split())
    assert "n = 9 journeys; first 7 of 9 steps" in said


def test_a_phone_has_words():
    ax = routes_chart(cx.paths(log_of(ROUTES)).routes(), Figure(figsize=(3.5, 5)).subplots())
    assert not ax.patches
    assert [text.get_text() for text in ax.texts][:3] == ["A > B > C", "A > B", "other (2 routes)"]


def test_where_no_route_is_told():
    ax = routes_chart(cx.paths(log_of(["AB"] * 3 + ["BA"] * 3)).routes())
    assert not ax.patches
    plt.close(ax.get_figure())
