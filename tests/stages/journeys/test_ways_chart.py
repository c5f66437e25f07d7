"""Dots of journeys: which columns are drawn, and that they can be read."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures
from cxlens.common.style import BLUE, GREY
from cxlens.stages.journeys.paths import Paths
from tests.stages.journeys.lived import words
from tests.stages.journeys.test_charts import log
from tests.stages.texts import texts_of


def two_kinds() -> Paths:
    journeys = ["ab"] * 30 + ["abcabc"] * 25
    return cx.paths(words(*journeys, bought=[1, 0] * 27 + [1], kind=["x"] * 30 + ["y"] * 25))


def marks(ax) -> list[tuple[list[float], str]]:
    return [
        ([float(x) for x in line.get_xdata()], line.get_color())
        for line in ax.lines
        if line.get_marker() not in {"None", None}
    ]


def test_each_measure_has_a_panel_and_each_segment_a_row():
    view = two_kinds().times(by="kind")
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    assert [panel.get_title("left") for panel in ax.child_axes] == view.table["measure"].unique().tolist()
    for panel, (_, rows) in zip(ax.child_axes, view.table.groupby("measure", sort=False), strict=True):
        drawn = [at for at, _ in marks(panel)]
        assert drawn == rows[["low", "median", "high"]].to_numpy().tolist()
        assert panel.get_xlabel() == "touches"
    assert [label.get_text() for label in ax.child_axes[0].get_yticklabels()] == ["x", "y"]
    assert ax.get_title("left").replace("\n", " ") == view.finding.title
    plt.close("all")


def test_what_is_met_again_is_blue_and_what_is_not_grey():
    view = cx.paths(words(*["aba"] * 30, *["abc"] * 30)).rework()
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    wanted = (100 * view.table[["low", "share", "high"]]).to_numpy().tolist()
    assert [at for at, _ in marks(ax)] == wanted
    assert [colour for _, colour in marks(ax)] == [BLUE if share > 0 else GREY for share in view.table["share"]]
    shown = [text.get_text() for text in ax.texts]
    assert "extra touches" in shown
    assert "until the last" not in shown  # no clock


@pytest.mark.parametrize("width", [800, 390])
@pytest.mark.parametrize("side", ["times", "rework"])
def test_labels_keep_apart_with_forty_touchpoints(side, width):
    figure = Figure(figsize=(width / 110, 0.5), dpi=110)
    ax = getattr(cx.paths(log(40)), side)().plot(ax=figure.subplots())
    figure.draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_alternative_texts_tell_the_figures():
    text = pictures.alt_text(two_kinds().times(by="kind"))
    assert "x: touches until the outcome, touches: 2 [2.00, 2.00]" in text
    text = pictures.alt_text(cx.paths(words(*["aba"] * 30, *["abc"] * 30)).rework())
    assert "(any) 50 %; a 50 %." in text


def test_hidden_rows_say_so():
    ax = cx.paths(words(*["ab"] * 20, *["aba"] * 3)).rework().plot(ax=Figure().subplots())
    assert "– hidden to protect people, or met by none" in [text.get_text() for text in ax.texts]
    assert isinstance(ax.get_title("left"), str)


def test_more_segments_than_fit_are_said():
    kinds = [f"kind {nr:02}" for nr in range(14) for _ in range(6)]
    view = cx.paths(words(*["ab"] * 84, kind=kinds)).times(by="kind")
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    subtitle = " ".join(text.get_text() for text in ax.texts).replace("\n", " ")
    assert subtitle.endswith("; first 12 segments")
    assert len(marks(ax.child_axes[0])) == 12
    assert pd.Series(view.table["segment"]).nunique() == 14
