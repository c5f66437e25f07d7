"""The picture of journeys: what it shows, and that it can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.style import BLUE, FLAT, GREY, INK, ORANGE, Headless
from cxlens.common.values import number
from cxlens.stages.journeys.charts import paths_chart
from cxlens.study.journeys import END
from tests.stages.texts import texts_of


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
    return cx.paths(log(12), min_n=1)


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


def test_each_cell_says_the_per_cent_of_all_journeys_that_are_there(result):
    ax = paths_chart(result, Figure(figsize=(8, 5)).subplots())
    order = [*result.drop_off["touchpoint"], END]
    wanted = {
        (step, row): f"{100 * result.steps.loc[name, step]:.0f}"
        for row, name in enumerate(order)
        for step in range(1, 13)
        if result.steps.loc[name, step] >= 0.005
    }
    shown = {text.get_position(): text.get_text() for text in ax.texts if text.get_text().isdigit()}
    assert shown == wanted
    assert [" ".join(label.get_text().split()) for label in ax.get_yticklabels()] == [*order[:-1], "ended before"]
    assert ax.get_ylim() == (12.5, -0.5)
    assert list(ax.get_xticks()) == list(range(1, 13))


def test_cells_are_blue_and_those_that_ended_before_grey_the_darker_the_more(result):
    ax = paths_chart(result, Figure(figsize=(8, 5)).subplots())
    met, ended = ax.collections
    shares = result.steps.loc[[*result.drop_off["touchpoint"], END], :12].to_numpy()
    assert np.array_equal(met.get_array(), shares[:-1])
    assert np.array_equal(ended.get_array(), shares[-1:])
    assert met.get_clim() == ended.get_clim() == (0, 1)
    assert [to_hex(mesh.cmap(1.0)).upper() for mesh in (met, ended)] == [BLUE, GREY]
    assert [to_hex(mesh.cmap(0.0)).upper() for mesh in (met, ended)] == ["#FFFFFF", "#FFFFFF"]
    assert met.get_coordinates()[0, 0].tolist() == [0.5, -0.5]
    assert ended.get_coordinates()[-1, -1].tolist() == [12.5, 12.5]


def test_figures_are_white_on_dark_cells_only():
    rows = [(who, nr, met) for who in range(10) for nr, met in enumerate("ab" if who < 7 else "cb")]
    events = pd.DataFrame(rows, columns=["who", "nr", "met"])
    ax = paths_chart(
        cx.paths(cx.JourneyLog(events, customer="who", touchpoint="met", order="nr"), min_n=1), Figure().subplots()
    )
    colours = {text.get_text(): text.get_color() for text in ax.texts if text.get_text().isdigit()}
    assert colours == {"70": INK, "30": INK, "100": "white"}


def test_beside_it_stands_where_journeys_end(result):
    ax = paths_chart(result, Figure(figsize=(8, 5)).subplots())
    (side,) = ax.child_axes
    assert side.get_title("left") == "Drop-off"
    assert " ".join(side.get_xlabel().split()) == "% of those that reach it that end there without bought"
    assert side.get_ylim() == ax.get_ylim()
    assert side.get_xlim()[0] == 0
    drawn = [line for line in side.lines if line.get_marker() not in {"None", None}]
    wanted = (100 * result.drop_off[["low", "share", "high"]]).to_numpy().tolist()
    assert [list(line.get_xdata()) for line in drawn] == wanted
    assert [line.get_ydata()[0] for line in drawn] == list(range(12))


def test_without_an_outcome_every_end_counts():
    events = pd.DataFrame({"who": [1, 1, 2], "nr": [1, 2, 1], "met": ["a", "b", "a"]})
    ax = paths_chart(
        cx.paths(cx.JourneyLog(events, customer="who", touchpoint="met", order="nr"), min_n=1), Figure().subplots()
    )
    assert " ".join(ax.child_axes[0].get_xlabel().split()) == "% of those that reach it that end there"


def test_it_says_how_much_of_the_log_is_shown():
    result = cx.paths(log(50))
    ax = paths_chart(result, Figure(figsize=(8, 12)).subplots())
    names = [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]
    most = set(result.drop_off.nlargest(40, "reached")["touchpoint"])
    assert names == [*[name for name in result.drop_off["touchpoint"] if name in most], "ended before"]
    subtitle = next(text for text in ax.texts if text.get_text().startswith("n = "))
    assert " ".join(subtitle.get_text().split()) == (
        f"n = 300 journeys: first 12 of {len(result.steps.columns)} steps, 40 of 50 touchpoints; drop-off with 95 % "
        "intervals"
    )
    assert " ".join(ax.get_title("left").split()) == result.finding.title


def test_what_is_hidden_is_drawn_as_nothing():
    words = ["ab", "a", "ba", "b", "aa", "bb"]
    rows = [(who, nr, met) for who, word in enumerate(words) for nr, met in enumerate(word)]
    events = pd.DataFrame(rows, columns=["who", "nr", "met"])
    hidden = cx.paths(cx.JourneyLog(events, customer="who", touchpoint="met", order="nr"))
    ax = paths_chart(hidden, Figure().subplots())
    assert not [text for text in ax.texts if text.get_text().isdigit() and text.get_text() != "0"]
    assert not [line for line in ax.child_axes[0].lines if line.get_marker() == "D"]


def test_no_drop_off_is_no_warning():
    rows = [(who, nr, met, ok) for who, ok in (("a", 1), ("b", 0)) for nr, met in enumerate(["Web", "Gate"])]
    events = pd.DataFrame(rows, columns=["who", "nr", "met", "ok"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="ok")
    side = paths_chart(cx.paths(log, min_n=1), Figure().subplots()).child_axes[0]
    marks = {line.get_ydata()[0]: line for line in side.lines if line.get_marker() not in {"None", None}}
    looks = {mark.get_xdata()[1]: (mark.get_marker(), mark.get_color()) for mark in marks.values()}
    assert looks == {0: ("o", GREY), 50: ("D", ORANGE)}


def test_a_picture_is_a_png_with_alternative_text(result):
    data, text = charts.picture(result)
    assert data.startswith(b"\x89PNG")
    assert str(result) in text


def test_on_a_phone_there_are_fewer_steps_and_the_drop_off_is_written():
    result = cx.paths(log(5))
    ax = paths_chart(result, Headless(figsize=(3.1, FLAT)).subplots())
    assert ax.child_axes == []
    assert list(ax.get_xticks()) == list(range(1, min(len(result.steps.columns), 7) + 1))
    figures = [text for text in ax.texts if isinstance(text, Annotation) and text.xyann == (6, 0)]
    ends = [number(100 * share, 0) for share in result.drop_off["share"]]
    assert [text.get_text() for text in figures] == ends
    is_lost = (result.drop_off["share"] > 0) & ~result.drop_off["intended"].astype(bool)
    assert [text.get_color() for text in figures] == [ORANGE if lost else GREY for lost in is_lost]
    assert set(is_lost) == {True, False}
    what = "% of those that reach it that end there without bought, open journeys aside"
    assert ax.figure.subtitle.endswith(f"; right: {what}")
