"""How charts look: what each helper draws, where it draws it, and that texts keep apart and stay inside."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from cxlens.common import style
from cxlens.common.style import BLUE, GREY, INK, ORANGE, Dot

PRICE = "Price ($) 50% of $20"
LONG = "Waiting for the service desk in the main hall: hold; wait. No. 3 > 4"


def axes(width: float = 8, height: float = 5) -> Axes:
    return Figure(figsize=(width, height)).subplots()


def marks(ax: Axes) -> dict[float, Line2D]:
    """The marks of rows of dots, by row."""
    return {line.get_ydata()[0]: line for line in ax.lines if line.get_marker() not in {"None", None}}


def said(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def seen(ax: Axes) -> list[Text]:
    return [text for text in ax.findobj(Text) if text.get_visible() and text.get_text().strip()]


def boxes(texts: list[Text]) -> list[object]:
    return [Text.get_window_extent(text).padded(-1) for text in texts if text.get_text()]


def apart(texts: list[Text]) -> bool:
    return not any(one.overlaps(other) for one, other in combinations(boxes(texts), 2))


def everything(ax: Axes) -> list[Axes]:
    """Every helper that draws a text, each with a name that could be read as mathematics."""
    panels = style.add_panels(ax, [PRICE, "b"], 2, "sharex")
    style.name_rows(ax, [PRICE, "b"], panels[0])
    for panel in panels:
        style.tidy(panel)
        style.draw_dots(panel, [Dot(1, 0, 2, flag=PRICE), Dot(np.nan, np.nan, np.nan, note=PRICE)])
    style.say(ax, PRICE, (0.5, 0.5))
    ax.text(0.2, 0.2, PRICE)  # what a chart writes itself
    style.finish(ax, PRICE, PRICE, PRICE, PRICE)
    style.label_ends(ax, [(0.1, PRICE, BLUE)])
    return panels


def test_no_text_is_read_as_mathematics():
    ax = axes()
    everything(ax)
    ax.figure.draw_without_rendering()
    written = [text for text in ax.figure.findobj(Text) if "$" in text.get_text()]
    assert len(written) >= 12
    assert [text.get_text() for text in written if text.get_parse_math()] == []
    assert {" ".join(text.get_text().split()) for text in written} == {PRICE, f"– {PRICE}"}


@pytest.mark.parametrize("draw", [
    lambda ax: style.say(ax, PRICE, (0, 0)),
    lambda ax: style.name_rows(ax, [PRICE], ax),
    lambda ax: style.head_panel(ax, PRICE),
    lambda ax: style.add_panels(ax, [PRICE], 1, "sharex"),
    lambda ax: style.draw_rows(ax, [PRICE], {"": [Dot(1, 0, 2, flag=PRICE)]}, {PRICE: [PRICE]}),
    lambda ax: style.label_ends(ax, [(0, PRICE, BLUE)]),
])  # fmt: skip
def test_each_helper_writes_plainly_by_itself(draw):
    ax = axes()
    draw(ax)
    written = [text for text in ax.figure.findobj(Text) if "$" in text.get_text()]
    assert written
    assert not any(text.get_parse_math() for text in written)


def test_all_words_are_those_given_wrapped_to_the_width():
    ax = axes()
    style.finish(ax, LONG * 3, LONG * 2, LONG * 4, LONG)
    subtitle = ax.texts[0].get_text()
    written = (ax.get_title("left"), subtitle, ax.get_xlabel(), ax.get_ylabel())
    assert [" ".join(text.split()) for text in written] == [LONG * 3, LONG * 2, LONG * 4, LONG]
    assert "\n" in written[0]


def test_headings_start_at_the_left_edge_and_title_and_subtitle_keep_apart():
    ax = axes()
    style.name_rows(ax, [LONG], ax)
    style.finish(ax, LONG * 3, LONG * 2, "x")
    heading = next(text for text in ax.get_children() if isinstance(text, Text) and text.get_text().startswith(LONG[:9])
                   and text.get_fontweight() == "bold")  # fmt: skip
    assert 0 < heading.get_window_extent().x0 < 10 < ax.get_window_extent().x0
    assert apart([heading, ax.texts[0]])
    assert heading.get_window_extent().y0 > ax.texts[0].get_window_extent().y1
    assert heading.get_window_extent().y1 < ax.figure.bbox.y1


def test_charts_beside_one_another_keep_to_their_halves():
    left, right = Figure(figsize=(14, 5)).subplots(1, 2)
    for ax in (left, right):
        ax.set(xticks=[0, 1], xlim=(0, 1))
        style.name_rows(ax, [LONG, "b"], ax)
        style.finish(ax, LONG * 3, LONG, LONG, LONG)
    left.figure.draw_without_rendering()
    middle = left.figure.bbox.x1 / 2
    right_ends = [text.get_window_extent().x1 for text in seen(left)]
    left_ends = [text.get_window_extent().x0 for text in seen(right)]
    assert max(right_ends) < middle < min(left_ends)


def test_rows_shrink_into_an_axes_that_is_too_small():
    ax = axes()
    style.name_rows(ax, [f"{LONG} {k}" for k in range(40)], ax)
    ax.set_ylim(39.5, -0.5)
    style.finish(ax, "t", "s", "x")
    ax.figure.draw_without_rendering()
    assert apart(ax.get_yticklabels())


def test_a_chart_without_axes_gets_as_high_as_its_rows():
    ax = style.new_axes()
    style.set_height(ax, 144)
    assert ax.figure.get_size_inches().tolist() == [8, style.HEADING + 2]
    style.set_height(ax, 720)  # what has a height keeps it
    assert ax.figure.get_figheight() == style.HEADING + 2
    plt.close(ax.figure)


@pytest.mark.parametrize("upright", [False, True])
def test_a_mark_stands_on_its_interval(upright):
    ax = axes()
    style.draw_mark(ax, Dot(2, 1, 4, ORANGE, "D", filled=False), 7, upright=upright)
    (line,) = ax.lines
    along, across = (line.get_ydata(), line.get_xdata()) if upright else (line.get_xdata(), line.get_ydata())
    assert list(along) == [1, 2, 4]
    assert list(across) == [7, 7, 7]
    assert (line.get_color(), line.get_marker(), line.get_markevery()) == (ORANGE, "D", [1])
    assert line.get_markerfacecolor() == "white"
    assert not line.get_clip_on()
    style.draw_mark(ax, Dot(2, 1, 4, ORANGE), 7)
    assert ax.lines[1].get_markerfacecolor() == ORANGE


def test_rows_of_dots_are_figures_standards_flags_and_reasons():
    ax = axes()
    dots = [
        Dot(2, 1, 4, BLUE, "^", flag="low"),
        Dot(np.nan, np.nan, np.nan, note="fewer than 5"),
        Dot(3, np.nan, np.nan, GREY, standard=5),
    ]
    style.draw_dots(ax, dots)
    assert {row: (line.get_marker(), line.get_color()) for row, line in marks(ax).items()} == {
        0: ("^", BLUE),
        2: ("o", GREY),
    }
    strokes = {line.get_ydata()[0]: line for line in ax.lines if line.get_marker() == "None"}
    assert list(strokes[1.7].get_xdata()) == [5, 5]
    assert (strokes[1.7].get_color(), list(strokes[1.7].get_ydata())) == (INK, [1.7, 2.3])
    assert said(ax) == ["low", "– fewer than 5"]
    flags = {text.get_text(): text.xy for text in ax.texts}
    assert flags["low"] == (4, 0)  # after the interval
    assert ax.get_ylim() == (2.5, -0.5)  # the first on top


def test_columns_of_text_stand_beside_the_rows_of_one_panel_only():
    columns = {"n": ["10", "2,000"], "empty": ["", ""], "share": ["5 %", ""]}
    dots = [Dot(1, 0, 2), Dot(2, 1, 3)]
    ax = axes()
    assert style.draw_rows(ax, ["a", "b"], {"": dots}, columns) == [ax]
    assert said(ax) == ["n", "10", "2,000", "share", "5 %"]
    rights = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert rights["n"] == rights["10"] == rights["2,000"] < rights["share"] == rights["5 %"]
    panels = style.draw_rows(axes(), ["a", "b"], {"one": dots, "two": dots[:1]}, columns)
    assert [panel.get_title("left") for panel in panels] == ["one", "two"]
    assert [len(marks(panel)) for panel in panels] == [2, 1]
    assert "share" not in [text for panel in panels for text in said(panel)]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["a", "b"]


def phone() -> Axes:
    return Figure(figsize=(3.55, style.FLAT), dpi=110).subplots()


def test_on_a_phone_columns_leave_room_for_the_marks_and_words_below_go_across():
    columns = {"standard": ["meets 3.8"] * 8, "used by": ["98 %"] * 8, "n": ["2,000"] * 8}
    ax = phone()
    style.draw_rows(ax, [f"{LONG} {k}" for k in range(8)], {"": [Dot(k, k - 1, k + 1) for k in range(8)]}, columns)
    style.finish(ax, LONG, "Mean, n = 2,000", f"Mean score of users (1 to 5). {LONG}")
    assert {"standard", "meets 3.8"} <= set(said(ax))
    assert "used by" not in said(ax)  # the table has it
    assert ax.bbox.width > 0.4 * ax.figure.bbox.width
    ax.figure.draw_without_rendering()
    label = Text.get_window_extent(ax.xaxis.label)
    assert label.x0 < ax.bbox.x0
    inside = ax.figure.bbox.padded(1)
    assert all(inside.contains(*corner) for text in seen(ax) for corner in Text.get_window_extent(text).get_points())
    assert apart(seen(ax))


def test_on_a_phone_panels_stand_below_one_another_each_with_the_names_of_its_rows():
    names = [f"Touchpoint {k}" for k in range(6)]
    ax = phone()
    panels = style.draw_rows(ax, names, {who: [Dot(k, k - 1, k + 1) for k in range(6)] for who in ("one", "two")}, {})
    style.finish(ax, LONG, "Mean, n = 2,000", "Mean score of users")
    ax.figure.draw_without_rendering()
    one, two = (panel.get_window_extent() for panel in panels)
    assert one.x0 == pytest.approx(two.x0)
    assert two.y1 < one.y0
    for panel in panels:
        assert [label.get_text() for label in panel.get_yticklabels()] == names
        assert [line.get_xdata()[1] for line in marks(panel).values()] == list(range(6))
        assert apart(list(panel.get_yticklabels()))


def test_panels_fill_their_grid_row_by_row():
    ax = axes(8, 8)
    panels = style.add_panels(ax, ["a", "b", "c"], 2, "sharey")
    style.settle(ax)
    ax.figure.draw_without_rendering()
    first, second, third = (panel.get_window_extent() for panel in panels)
    assert first.x1 < second.x0
    assert first.y0 == pytest.approx(second.y0)
    assert third.y1 < first.y0
    assert third.x0 == pytest.approx(first.x0)
    panels[0].set_ylim(3, 4)
    assert panels[2].get_ylim() == (3, 4)


def test_a_panel_for_each_of_the_first_six_segments():
    table = pd.DataFrame({"segment": list("hgfedcba"), "n": range(8)})
    tables, words = style.parts(table, "hall")
    assert {name: rows["n"].tolist() for name, rows in tables.items()} == {name: [k] for k, name in enumerate("hgfedc")}
    assert words == " by hall, and 2 more in the table"
    assert style.parts(table.head(6), ("hall", "who"))[1] == " by hall and who"
    many = pd.DataFrame({"segment": list("abcdefghi")})
    compares = "cx.compare_places(survey, 'hall') compares so many"
    assert style.parts(many, "hall")[1] == f" by hall, and 3 more in the table; {compares}"
    assert style.parts(many, "year", time="year")[1] == " by year, and 3 more in the table"
    assert style.parts(many, ("hall", "who"))[1] == " by hall and who, and 3 more in the table"
    whole, words = style.parts(table, None)
    assert (list(whole), words) == ([""], "")
    assert whole[""] is table


def test_of_several_waves_the_last_is_drawn():
    table = pd.DataFrame({"segment": ["a", "b"] * 2, "wave": [2024, 2024, 2025, 2025], "n": range(4)})
    tables, words = style.parts(table, "hall")
    assert {name: rows["n"].tolist() for name, rows in tables.items()} == {"a": [2], "b": [3]}
    assert words == " by hall; wave 2025"


def test_labels_at_the_ends_keep_apart_in_the_order_of_their_values():
    ax = axes()
    ax.set_ylim(0, 1)
    style.label_ends(ax, [(0.52, "high", BLUE), (0.5, "low", ORANGE), (0.51, "middle\nof them", GREY)])
    looks = {text.get_text(): (text.get_color(), text.xy[1]) for text in ax.texts}
    assert looks == {"low": (ORANGE, 0.5), "middle\nof them": (GREY, 0.51), "high": (BLUE, 0.52)}
    assert apart(ax.texts)
    bottoms = {text.get_text(): text.get_window_extent().y0 for text in ax.texts}
    assert bottoms["low"] < bottoms["middle\nof them"] < bottoms["high"]


def test_names_are_wrapped_never_cut():
    assert style.wrap(LONG, 20).replace("\n", " ") == LONG
    assert max(map(len, style.wrap(LONG, 20).splitlines())) <= 20
    assert style.wrap("", 20) == " "
    assert style.lines(style.wrap("one two", 4)) == 2


def test_what_stands_below_the_finding():
    assert style.about(2746, 0.95) == "n = 2,746, intervals 95 %"
    assert style.about(2746, None) == "n = 2,746"


@pytest.mark.parametrize(("grid", "hidden", "lines"), [("x", "left", "x"), ("y", "bottom", "y"), ("", "bottom", "")])
def test_no_box_and_lines_along_one_direction(grid, hidden, lines):
    ax = axes()
    style.tidy(ax, grid=grid)
    assert {name for name, spine in ax.spines.items() if not spine.get_visible()} == {"top", "right", hidden}
    shown = {axis.axis_name for axis in (ax.xaxis, ax.yaxis) if axis.get_gridlines()[0].get_visible()}
    assert shown == set(lines)


def test_a_finished_picture_held_still_is_drawn_the_same():
    pictures = []
    for held in (False, True):
        ax = axes()
        canvas = FigureCanvasAgg(ax.figure)
        everything(ax)
        if held:
            style.hold_still(ax.figure)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba()))
    np.testing.assert_array_equal(*pictures)


def test_labels_held_stand_where_those_that_move_would():
    places = []
    for held in (False, True):
        ax = axes()
        ax.set(xlabel="along", ylabel=LONG)
        ax.xaxis.set_label_position("top")
        ax.yaxis.set_label_position("right")
        FigureCanvasAgg(ax.figure).draw()
        if held:
            style._hold_labels(ax)
        ax.set_position((0.3, 0.3, 0.4, 0.4))
        ax.figure.canvas.draw()
        places += [axis.label.get_window_extent().get_points() for axis in (ax.xaxis, ax.yaxis)]
    np.testing.assert_allclose(places[:2], places[2:], atol=1e-6)


def test_a_dot_without_standard_and_flag_is_its_mark_alone():
    ax = axes()
    style.draw_dots(ax, [Dot(1, 0, 2)])
    assert len(ax.lines) == 1
    assert not ax.texts


@pytest.mark.parametrize(("words", "size"), [(8, 11.0), (12, 9.0), (30, 9.0)])
def test_a_title_of_long_names_gets_smaller_to_take_two_lines(words, size):
    ax = axes(4.2, 4)
    style.finish(ax, "reading " * words + "on", "measured", "across")
    assert ax.title.get_fontsize() == 12  # the title in the middle, which nobody uses
    (title,) = [text for text in seen(ax) if text.get_text().startswith("reading")]
    assert title.get_fontsize() == size
    assert " ".join(title.get_text().split()) == "reading " * words + "on"
    assert style.lines(title.get_text()) == 2 or words == 30


def test_a_word_is_not_broken_at_its_hyphen():
    assert style.wrap("Long-term parking Wi-Fi", 12) == "Long-term\nparking\nWi-Fi"


@pytest.mark.parametrize(("inches", "share"), [(3.1, 0.75), (6.5, 0.9)])
def test_a_flag_stands_in_its_own_panel_and_no_tick_beside_the_next(inches, share):
    figure = style.Headless(figsize=(inches, style.FLAT))
    ax = figure.subplots()
    flagged = [Dot(18.0, 16.0, 20.0, flag="▲")] * 4
    panels = style.draw_rows(ax, list("abcd"), dict.fromkeys(("one", "two", "three"), flagged), {})
    panels[0].set_xlim(left=0)  # as a chart does once its rows are there
    style.finish(ax, "A finding", "", "Points")
    figure.draw_without_rendering()
    for panel, following in pairwise(panels):
        edge = following.get_window_extent().x0
        assert all(text.get_window_extent().x1 < edge for text in panel.texts)
    ticks = panels[0].get_xticks()
    assert ticks[0] == 0
    assert len(ticks) > 1
    assert ticks[-1] <= share * panels[0].get_xlim()[1]


def test_heads_of_panels_and_words_below_take_nothing_from_the_rows_of_a_page():
    heights = []
    for words in ("Points", "Importance: points of the differences that a touchpoint explains. " * 3):
        figure = style.Headless(figsize=(3.1, style.FLAT))
        ax = figure.subplots()
        who = {f"{name} to the town (n = 337)": [Dot(1, 0, 2)] * 4 for name in ("going", "coming", "staying")}
        names = ["Signs", "Getting there and parking", "Shops", "Getting there and parking"]
        panels = style.draw_rows(ax, names, who, {})
        style.finish(ax, "A finding", "", words)
        figure.draw_without_rendering()
        assert apart(list(panels[0].get_yticklabels()))
        assert figure.bbox.padded(1).contains(*ax.xaxis.label.get_window_extent().p0)
        heights.append(panels[0].get_window_extent().height)
    assert heights[0] == pytest.approx(heights[1], abs=2)
