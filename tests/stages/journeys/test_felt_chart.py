"""The picture of feelings: what it marks, and that it can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.stages.journeys.felt_chart import felt_chart
from tests.stages.texts import texts_of


def view(touchpoints: int = 3, **options: object) -> object:
    rng = np.random.default_rng(1)
    rows = [(who, f"Stop {k}", 3 + k / 5 + rng.normal()) for who in range(30) for k in range(touchpoints)]
    events = pd.DataFrame(rows, columns=["who", "met", "felt"]).assign(nr=range(len(rows)))
    events["kind"] = np.where(events["who"] % 2, "x", "y")
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", score="felt", segments=["kind"])
    return cx.paths(log).felt(**options)


def test_touchpoints_are_joined_from_top_to_bottom() -> None:
    shown = view()
    ax = felt_chart(shown, Figure(figsize=(8, 4)).subplots())
    *dots, curve = ax.lines
    assert [list(dot.get_xdata()) for dot in dots] == shown.table[["low", "mean", "high"]].to_numpy().tolist()
    assert list(curve.get_xdata()) == shown.table["mean"].tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Stop 0", "Stop 1", "Stop 2"]
    assert [text.get_text() for text in ax.texts if "%" in text.get_text()][:3] == ["100 %"] * 3


def test_steps_are_a_curve_with_a_band() -> None:
    shown = view(along="step")
    ax = felt_chart(shown, Figure(figsize=(8, 4)).subplots())
    (curve,) = ax.lines
    assert list(curve.get_xdata()) == [1, 2, 3]
    assert list(curve.get_ydata()) == shown.table["mean"].tolist()
    (band,) = ax.collections
    corners = band.get_paths()[0].vertices
    assert corners[:, 1].max() == pytest.approx(shown.table["high"].max())
    assert ax.get_xlabel() == "Step of the journey"


def test_groups_have_a_panel_or_a_curve_each() -> None:
    by_touchpoint = felt_chart(view(by="kind"), Figure(figsize=(8, 4)).subplots())
    assert [panel.get_title("left") for panel in by_touchpoint.child_axes] == ["x", "y"]
    by_step = felt_chart(view(by="kind", along="step"), Figure(figsize=(8, 4)).subplots())
    assert {text.get_text() for text in by_step.texts} >= {"x", "y"}
    assert len(by_step.collections) == 2


def test_forty_of_many_are_shown_and_it_is_said() -> None:
    ax = felt_chart(view(45))
    assert len(ax.get_yticks()) == 40
    words = " ".join(" ".join(text.get_text().split()) for text in ax.texts)
    assert "5 touchpoints met less often are in the table" in words
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    plt.close(ax.get_figure())
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_alternative_text_tells_the_lowest_first() -> None:
    assert "Stop 0" in alt_text(view()).split("n = 90 scores. ")[1].split(";")[0]
    assert "step 1" in alt_text(view(along="step")).split("n = 90 scores. ")[1].split(";")[0]
