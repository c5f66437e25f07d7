"""The picture of the importance-performance map: its marks, its cross-hairs, its names."""

from __future__ import annotations

import dataclasses
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.result import View
from cxlens.stages.drivers.performance_chart import MapMark, map_marks
from tests.stages.drivers.long_names import survey_of


@pytest.fixture(scope="module")
def view() -> View:
    return cx.drivers(survey_of(10), n_boot=50).performance()


def marks(ax: Axes) -> list[tuple[float, float, str, str]]:
    """(x, y, marker, colour) of each mark; that of a row is the middle of its interval's three points."""
    found = []
    for line in ax.lines:
        if line.get_marker() not in {"None", None, ""}:
            x, y, colour = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float), line.get_color()
            places = line.get_markevery() or range(len(x))
            found += [(x[k], y[k], line.get_marker(), to_hex(colour).upper()) for k in places]
    return found


def said(ax: Axes) -> str:
    return " | ".join(" ".join(text.get_text().split()) for text in [*ax.texts, ax.xaxis.label])


def test_the_map_marks_what_to_concentrate_on_and_shows_the_cross_hairs(view):
    ax = view.plot(ax=Figure(figsize=(8, 6)).subplots())
    here = view.table[view.table["quadrant"] == "concentrate here"]
    blue = sorted((x, y) for x, y, marker, colour in marks(ax) if (marker, colour) == ("D", "#0072B2"))
    np.testing.assert_allclose(blue, sorted(zip(here["mean"], 100 * here["importance"], strict=True)))
    cut = view.parts["cross-hairs"].iloc[0]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [dashed[0].get_xdata()[0], dashed[1].get_ydata()[0]] == pytest.approx([cut["mean"], 100 * cut["importance"]])
    text = said(ax)
    for quadrant in ("Concentrate here", "Keep up the good work", "Low priority", "Possible overkill"):
        assert quadrant in text
    for row in here[here["p_concentrate"] > 0.5].to_dict("records"):
        assert f"{row['touchpoint']}, {100 * row['p_concentrate']:.0f} %" in text


def test_a_map_with_more_dots_than_names_says_so():
    view = cx.drivers(survey_of(24), n_boot=20, method="relative weights").performance()
    again = view.table.assign(touchpoint=view.table["touchpoint"] + " again")
    many = dataclasses.replace(view, table=pd.concat([view.table, again], ignore_index=True))
    texts = [said(one.plot(ax=Figure(figsize=(8, 6)).subplots())) for one in (view, many)]
    told = [re.search(r"(\d+) of (\d+) named; all: in the table", text) for text in texts]
    assert told[1]
    for text, one, words in zip(texts, (view, many), told, strict=True):
        names = sum(name.split(" again")[0] in text for name in one.table["touchpoint"].unique())
        assert (words is None) == (names == len(one.table))
    assert int(told[1][2]) == 48
    assert int(told[1][1]) <= 25


@pytest.fixture(scope="module")
def by_group() -> View:
    return cx.drivers(survey_of(16), by="who", n_boot=20, method="relative weights").performance()


@pytest.mark.parametrize("width", [3.5, 8])
def test_a_name_stands_in_the_quadrant_of_its_mark_and_how_many_have_one_is_said(by_group, width):
    ax = by_group.plot(ax=Figure(figsize=(width, 0.5)).subplots())
    ax.figure.draw_without_rendering()
    marks_of = map_marks(by_group)
    assert len(marks_of) > 1
    for panel, (segment, segment_marks) in zip(ax.child_axes, marks_of.items(), strict=True):
        upright, lying = (line for line in panel.lines if line.get_linestyle() == "--")
        cut, level = upright.get_xdata()[0], lying.get_ydata()[0]
        places = {mark.label: (mark.mean, mark.importance) for mark in segment_marks}
        named = 0
        for text in panel.texts:
            words = " ".join(text.get_text().split())
            if words in places:
                named += 1
                box = Text.get_window_extent(text)
                x, y = panel.transData.inverted().transform(((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
                assert ((x > cut), (y > level)) == ((places[words][0] > cut), (places[words][1] > level)), words
        wanted = segment if named == len(places) else f"{segment} ({named} of {len(places)} named; all: in the table)"
        assert " ".join(panel.get_title("left").split()) == wanted


def test_panels_stand_below_one_another_on_a_phone(by_group):
    ax = by_group.plot(ax=Figure(figsize=(3.5, 0.5)).subplots())
    assert len({round(panel.get_position().x0, 6) for panel in ax.child_axes}) == 1


def test_a_map_without_a_dot_can_be_drawn():
    few = survey_of(4)
    view = cx.drivers(few, groups={"All": few.touchpoints}, n_boot=0).performance()
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    assert marks(ax) == []
    assert ax.get_title("left") == "No touchpoint is clearly both important and rated low"


MARK = {
    "touchpoint": "Desk", "mean": 3.0, "mean_low": 2.5, "mean_high": 3.75, "importance": 0.25, "importance_low": 0.125,
    "importance_high": 0.5, "quadrant": "concentrate here", "p_concentrate": 0.8,
}  # fmt: skip


def one_mark(view: View, **changes) -> MapMark:
    (mark,) = map_marks(dataclasses.replace(view, table=pd.DataFrame([{**MARK, **changes}])))[""]
    return mark


def test_a_mark_is_rating_across_and_points_up_each_with_its_interval(view):
    mark = one_mark(view)
    assert (mark.mean, mark.mean_low, mark.mean_high) == (3.0, 2.5, 3.75)
    assert (mark.importance, mark.importance_low, mark.importance_high) == (25, 12.5, 50)
    assert (mark.colour, mark.marker, mark.label) == ("#0072B2", "D", "Desk, 80 %")


@pytest.mark.parametrize("quadrant", ["low priority", "possible overkill", "keep up the good work"])
def test_what_is_elsewhere_is_a_grey_circle(view, quadrant):
    mark = one_mark(view, quadrant=quadrant, p_concentrate=0.5)
    assert (mark.colour, mark.marker, mark.label, mark.undecided) == ("#6B6B6B", "o", "Desk", False)


def test_what_is_undecided_is_open(view):
    assert one_mark(view, quadrant="undecided", p_concentrate=0.4).undecided
    table = pd.DataFrame([MARK, MARK | {"touchpoint": "Gate", "quadrant": "undecided", "p_concentrate": 0.4}])
    ax = dataclasses.replace(view, table=table).plot(ax=Figure(figsize=(8, 6)).subplots())
    faces = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() in {"o", "D"}]
    assert faces == ["white", "#0072B2"]
    assert "open: quadrant undecided" in said(ax)


def test_what_is_not_known_has_no_mark(view):
    blank = dataclasses.replace(view, table=pd.DataFrame([{**MARK, "quadrant": None}]))
    assert map_marks(blank) == {"": []}


def test_those_to_concentrate_on_are_named_first(view):
    order = [mark.touchpoint for mark in map_marks(view)[""]]
    table = view.table.sort_values(["p_concentrate", "importance"], ascending=False)
    assert order == table["touchpoint"].tolist()


def test_intervals_are_drawn_across_and_up(view):
    ax = view.plot(ax=Figure(figsize=(8, 6)).subplots())
    ends = [path.vertices for lines in ax.collections for path in lines.get_paths()]
    across = {(*two[:, 0], two[0, 1]) for two in ends if two[0, 1] == two[1, 1]}
    up = {(two[0, 0], *two[:, 1]) for two in ends if two[0, 0] == two[1, 0]}
    for mark in map_marks(view)[""]:
        assert (mark.mean_low, mark.mean_high, mark.importance) in across
        assert (mark.mean, mark.importance_low, mark.importance_high) in up


def test_quadrants_are_named_in_their_corners(view):
    ax = view.plot(ax=Figure(figsize=(8, 6)).subplots())
    corners = {text.get_text(): (text.xy, text.get_color()) for text in ax.texts}
    assert corners["Low priority"] == ((0, 0), "#6B6B6B")
    assert corners["Possible overkill"] == ((1, 0), "#6B6B6B")
    assert corners["Concentrate here"] == ((0, 1), "#0072B2")
    assert corners["Keep up the good work"] == ((1, 1), "#6B6B6B")


@pytest.fixture(scope="module")
def crowded() -> View:
    return cx.drivers(survey_of(23), by="who", n_boot=20, method="relative weights").performance()


@pytest.mark.parametrize("width", [4.2, 8])
def test_what_to_concentrate_on_has_its_name_among_many(crowded, width):
    ax = crowded.plot(ax=Figure(figsize=(width, 0.5)).subplots())
    ax.figure.draw_without_rendering()
    for panel, segment_marks in zip(ax.child_axes, map_marks(crowded).values(), strict=True):
        texts = [text for text in panel.texts if text.get_text()]
        named = {" ".join(text.get_text().split()) for text in texts}
        wanted = {mark.label for mark in segment_marks if mark.concentrate}
        assert len(wanted - named) <= (width < 5)  # on a phone one of three in one spot may have no room
        boxes = [Text.get_window_extent(text).padded(-1) for text in texts]
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
        dots = [panel.transData.transform((mark.mean, mark.importance)) for mark in segment_marks]
        assert not any(box.contains(*dot) for box in boxes for dot in dots)


def test_those_of_importance_matter_and_those_below_the_line_do_not(view):
    assert one_mark(view).matters(50)
    assert one_mark(view, quadrant="keep up the good work").matters(20)
    assert not one_mark(view, quadrant="low priority").matters(30)
