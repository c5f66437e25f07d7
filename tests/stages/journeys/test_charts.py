"""The picture of journeys: what it shows, and that it can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.style import GREY, ORANGE
from cxlens.stages.journeys.charts import paths_chart


def log(p: int, n: int = 300) -> cx.JourneyLog:
    rng = np.random.default_rng(3)
    names = [f"A rather long name of stop {k}" for k in range(p)]
    rows = []
    for who in range(n):
        for step, k in enumerate(sorted(rng.choice(p, min(p, int(rng.integers(2, 16))), replace=False))):
            rows.append((who, names[k], step, who % 3 == 0))
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "bought"])
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="bought")


@pytest.fixture(scope="module")
def result() -> object:
    return cx.paths(log(12))


def texts_of(ax) -> list[Text]:
    found = []
    for own in [ax, *ax.child_axes]:
        found += [child for child in own.get_children() if isinstance(child, Text)]
        found += [own.xaxis.label, own.yaxis.label, *own.get_xticklabels()]
        box = own.get_window_extent().padded(3)
        sizes = [(label, label.get_window_extent()) for label in own.get_yticklabels()]
        found += [label for label, size in sizes if box.y0 <= (size.y0 + size.y1) / 2 <= box.y1]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def said(ax) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in texts_of(ax))


def test_a_chart_draws_on_the_axes_it_is_given(result):
    before = plt.get_fignums()
    ax = Figure(figsize=(8, 5), layout="constrained").subplots()
    assert paths_chart(result, ax) is ax
    assert plt.get_fignums() == before
    assert len(ax.get_title(loc="left")) > 10
    assert len(ax.get_xlabel()) > 10


def test_labels_keep_apart():
    ax = paths_chart(cx.paths(log(40)))
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    plt.close(ax.get_figure())
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_the_step_matrix_shows_per_cent_and_where_journeys_end(result):
    ax = paths_chart(result, Figure(figsize=(8, 5)).subplots())
    shown = [int(text.get_text()) for text in ax.texts if text.get_text().isdigit()]
    wanted = 100 * result.steps.loc[:, :12].to_numpy()
    assert sorted(shown) == sorted(round(value) for value in wanted.ravel() if value >= 0.5)
    assert len(ax.child_axes) == 1
    assert "end there without bought" in said(ax)


def test_no_drop_off_is_no_warning():
    rows = [(who, nr, met, ok) for who, ok in (("a", 1), ("b", 0)) for nr, met in enumerate(["Web", "Gate"])]
    events = pd.DataFrame(rows, columns=["who", "nr", "met", "ok"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="ok")
    side = paths_chart(cx.paths(log), Figure().subplots()).child_axes[0]
    marks = {line.get_ydata()[0]: line for line in side.lines if line.get_marker() not in {"None", None}}
    looks = {mark.get_xdata()[1]: (mark.get_marker(), mark.get_color()) for mark in marks.values()}
    assert looks == {0: ("o", GREY), 50: ("D", ORANGE)}


def test_a_picture_is_a_png_with_alternative_text(result):
    data, text = charts.picture(result)
    assert data.startswith(b"\x89PNG")
    assert str(result) in text
