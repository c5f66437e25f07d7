"""The picture of profit by segment: what is drawn, and what its words say."""

from __future__ import annotations

import pytest

import cxlens as cx
from cxlens.common.pictures import alt_text, picture
from cxlens.common.style import ORANGE
from cxlens.stages.impact.profit_chart import _dot, profit_chart

STUDY = cx.Study(
    "Shop",
    segments=[
        cx.Segment("Work", {"kind": "work"}, value=300, cost_to_serve=60),
        cx.Segment("Fun", {"kind": "fun"}, value=10, cost_to_serve=20.5),
    ],
)


def test_what_is_drawn():
    ax = profit_chart(cx.profit(STUDY))
    assert ax.get_title(loc="left") == "Work brings the most profit, 240 a customer a year"
    assert ax.get_xlabel() == "Profit, money a customer a year. Upright line: Work"
    words = [text.get_text() for text in ax.texts]
    assert {"profit", "value", "cost", "240", "300"} <= set(words)
    assert "Value less cost to serve, as the study states" in words


def test_a_loss_is_marked_by_form_and_colour():
    rows = cx.profit(STUDY).table.to_dict("records")
    assert (_dot(rows[1], 240).colour, _dot(rows[1], 240).marker) == (ORANGE, "D")
    assert _dot(rows[0], 240).marker == "o"


def test_the_words_beside_the_picture_name_each_segment_once():
    assert alt_text(cx.profit(STUDY)) == (
        "Profit by segment. Work brings the most profit, 240 a customer a year; as the study states. "
        "Work 240.00 [240.00, 240.00]; Fun -10.50 [-10.50, -10.50]."
    )


@pytest.mark.parametrize("width", [3.55, 7.3, 11.6])
def test_it_is_drawn_at_any_width(width):
    image, _ = picture(cx.profit(STUDY), width=width)
    assert image.startswith(b"\x89PNG")


def test_the_widget_asks_the_verb():
    explorer = cx.profit(STUDY).explore()
    assert explorer.params["benchmark"] == "Work"
    explorer.controls["benchmark"].value = "Fun"
    assert explorer.result.benchmark == "Fun"
