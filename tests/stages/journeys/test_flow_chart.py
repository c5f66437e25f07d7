"""The picture of flows: bands as wide as their shares, side by side, and what is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE, DARK, GREY, LIGHT, Headless
from cxlens.stages.journeys.flow import of_share
from cxlens.stages.journeys.flow_chart import flow_chart
from tests.stages.journeys.test_flow import log_of


def drawn(routes: list[str], width: float = 8, **asked: object) -> tuple[pd.DataFrame, object]:
    view = cx.paths(log_of(routes), min_n=1).flow(**asked)
    return view.table, flow_chart(view, Figure(figsize=(width, 5)).subplots())


ROUTES = ["ABC"] * 60 + ["AC"] * 30 + ["BC"] * 10


def test_a_band_for_each_flow_is_as_wide_as_its_share():
    table, ax = drawn(ROUTES)
    heights = []
    for band in ax.collections:
        corners = band.get_paths()[0].vertices
        left = corners[np.isclose(corners[:, 0], corners[:, 0].min())]
        heights.append(np.ptp(left[:, 1]))
    assert sorted(heights) == pytest.approx(sorted(table["share"]))


def test_the_widest_band_between_two_touchpoints_is_blue():
    _, ax = drawn(ROUTES)
    colours = [to_hex(band.get_facecolor()[0]).upper() for band in ax.collections]
    assert sorted(colours) == sorted([BLUE] + [GREY] * (len(colours) - 1))
    blue = ax.collections[colours.index(BLUE)].get_paths()[0].vertices
    assert 1 < blue[:, 0].min() < blue[:, 0].max() < 2
    assert np.ptp(blue[:, 1]) == pytest.approx(0.6)


def test_bars_are_as_high_as_what_is_told_of_them_and_ends_are_pale():
    _, ax = drawn(ROUTES)
    bars = {(round(bar.get_x() + bar.get_width() / 2), round(bar.get_height(), 6)): bar for bar in ax.patches}
    assert sorted(bars) == [(1, 0.1), (1, 0.9), (2, 0.4), (2, 0.6), (3, 0.4), (3, 0.6), (4, 0.6)]
    assert to_hex(bars[3, 0.4].get_facecolor()).upper() == LIGHT
    assert to_hex(bars[3, 0.6].get_facecolor()).upper() == DARK


def test_names_stand_where_there_is_room_and_the_others_are_counted():
    long_name = "A name that takes three lines at the least"
    view = cx.paths(log_of([["A", "B"]] * 195 + [["A", long_name]] * 5), min_n=1).flow()
    ax = flow_chart(view, Figure(figsize=(8, 5)).subplots())
    said = " | ".join(text.get_text() for text in ax.texts)
    assert said.startswith("A 100\xa0% | ")
    assert "B 98\xa0%" in said
    assert "three lines" not in said
    assert "grey: context, blue: the widest; 1 low bar without a name" in " ".join(said.split())


def test_a_phone_shows_two_steps():
    _, ax = drawn(["ABCD"] * 9, width=3.5)
    assert len(ax.collections) == 2
    assert list(ax.get_xticks()) == [1, 2, 3]


def test_on_a_phone_a_name_ends_before_the_next_bar():
    view = cx.paths(log_of([["Getting there and parking", "Booking website", "Gate"]] * 9), min_n=1).flow()
    figure = Headless(figsize=(3.1, 4))
    ax = flow_chart(view, figure.subplots())
    figure.draw_without_rendering()
    bars = sorted(bar.get_window_extent().x0 for bar in ax.patches)
    names = [text.get_window_extent() for text in ax.texts if "100" in text.get_text()]
    first, second = sorted(names, key=lambda box: box.x0)[:2]
    assert first.x1 < bars[1]
    assert second.x1 < bars[2]


def test_flows_in_words():
    view = cx.paths(log_of(ROUTES), min_n=1).flow()
    assert alt_text(view).startswith(
        "Flows from step to step. The widest ways, with no clear first: A (step 1) to B (60 % [50 %, 69 %]), B (step "
        "2) to C ("
    )
    assert " A (step 1) to B 60 % [0.50, 0.69]" in alt_text(view)


def test_forty_touchpoints_can_be_drawn():
    rng = np.random.default_rng(0)
    names = [f"A rather long name of stop {number}" for number in range(40)]
    routes = [rng.permutation(names)[:8].tolist() for _ in range(300)]
    ax = flow_chart(cx.paths(log_of(routes)).flow())
    assert ax.get_title(loc="left")
    plt.close(ax.get_figure())


def test_the_subtitle_says_how_many_flows_are_left_out():
    view = cx.paths(log_of(ROUTES), min_n=1).flow()
    ax = flow_chart(of_share(view, 0.2), Figure(figsize=(8, 5)).subplots())
    said = " ".join(text.get_text() for text in ax.texts)
    assert "blue: the widest; 1 flow of a smaller share left out" in " ".join(said.split())
    assert len(ax.collections) == len(view.table) - 1


def test_no_flow_is_left_out_that_is_as_large():
    view = cx.paths(log_of(ROUTES), min_n=1).flow()
    assert of_share(view, 0.1) is view
    everything = of_share(view, 1.0)
    assert everything.table.empty
    assert flow_chart(everything, Figure(figsize=(8, 5)).subplots()).collections[:] == []


def test_bands_that_come_to_a_touchpoint_lie_side_by_side():
    _, ax = drawn(["AC"] * 60 + ["BC"] * 40, steps=1)
    ends = []
    for band in ax.collections:
        corners = band.get_paths()[0].vertices
        right = corners[np.isclose(corners[:, 0], corners[:, 0].max())]
        ends.append((right[:, 1].min(), right[:, 1].max()))
    assert sorted(ends) == [pytest.approx((0, 0.6)), pytest.approx((0.6, 1))]
