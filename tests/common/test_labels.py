"""Labels of spots: what they cover (nothing), where they may stand, and that texts are read plainly."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cxlens.common.labels import repel
from cxlens.common.style import GREY, INK

PRICE = "Price ($) 50% of $20"


def axes(width: float = 8, height: float = 5) -> Axes:
    return Figure(figsize=(width, height)).subplots()


def boxes(texts: list[Text]) -> list[Bbox]:
    return [Text.get_window_extent(text).padded(-1) for text in texts]


def apart(texts: list[Text]) -> bool:
    return not any(one.overlaps(other) for one, other in combinations(boxes(texts), 2))


def test_a_label_is_read_plainly():
    ax = axes()
    repel(ax, [(0.5, 0.5)], [PRICE], [])
    assert [(text.get_text(), text.get_parse_math()) for text in ax.texts] == [(PRICE, False)]


def test_labels_around_spots_cover_nothing_and_the_last_are_left_out():
    ax = axes(4, 3)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    rng = np.random.default_rng(1)
    spots = [tuple(spot) for spot in rng.uniform(0.4, 0.6, (40, 2))]
    names = [f"name number {k}" for k in range(40)]
    blocked = [Bbox.from_bounds(*ax.transData.transform((0, 0.8)), 400, 60)]
    repel(ax, spots, names, blocked)
    shown = [text.get_text() for text in ax.texts]
    assert "name number 0" in shown
    assert 3 < len(shown) < 40
    ax.figure.draw_without_rendering()
    assert apart(ax.texts)
    assert len(blocked) == 1  # what is given stays as it is
    frame = ax.get_window_extent()
    for box in boxes(list(ax.texts)):
        assert frame.x0 < box.x0
        assert box.x1 < frame.x1
        assert not box.overlaps(blocked[0])


def test_a_label_stays_in_its_frame_narrower_where_it_has_to_be_and_those_labelled_are_counted():
    ax = axes(4, 3)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    left = Bbox.from_extents(ax.bbox.x0, ax.bbox.y0, ax.bbox.x0 + 75, ax.bbox.y1)
    nowhere = Bbox.from_extents(ax.bbox.x0, ax.bbox.y0, ax.bbox.x0 + 5, ax.bbox.y0 + 5)
    spots = [(0.1, 0.5), (0.9, 0.5)]
    assert repel(ax, spots, ["a name of many words", "none"], [], [left, nowhere], [9]) == 1
    (label,) = ax.texts
    ax.figure.draw_without_rendering()
    assert label.get_text() == "a name of\nmany\nwords"
    box = Text.get_window_extent(label)
    assert left.x0 < box.x0
    assert box.x1 < left.x1


def test_a_label_far_from_its_spot_has_a_line():
    ax = axes()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    repel(ax, [(0.5, 0.5)], ["near"], [])
    x, y = ax.transData.transform((0.5, 0.5))
    repel(ax, [(0.5, 0.5)], ["far"], [Bbox.from_bounds(x - 60, y - 60, 120, 120)])
    lines = {text.get_text(): text.arrow_patch.get_visible() for text in ax.texts}
    assert lines == {"near": False, "far": True}
    assert {text.get_color() for text in ax.texts} == {INK}
    assert {text.arrow_patch.get_edgecolor() for text in ax.texts} == {to_rgba(GREY)}


def lines_of(ax: Axes, spots: dict[str, tuple[float, float]]) -> dict[str, np.ndarray]:
    """The ends, in pixels, of each line that is seen, from its spot to the middle of its label."""
    found = {}
    for text in ax.texts:
        if text.arrow_patch.get_visible():
            box = Text.get_window_extent(text)
            name = text.get_text().replace("\n", " ")
            found[name] = np.array([ax.transData.transform(spots[name]), box.get_points().mean(axis=0)])
    return found


def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    return float(np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])))


def cross(one: np.ndarray, other: np.ndarray) -> bool:
    apart = side(*one, other[0]) != side(*one, other[1])
    return apart and side(*other, one[0]) != side(*other, one[1])


@pytest.mark.parametrize("seed", range(6))
def test_no_line_crosses_another_or_a_label(seed):
    ax = axes(5, 4)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    spots = np.random.default_rng(seed).uniform(0.3, 0.7, (25, 2))
    named = {f"name number {k}": tuple(spot) for k, spot in enumerate(spots)}
    repel(ax, list(named.values()), list(named), [], narrower=[6])
    ax.figure.draw_without_rendering()
    seen = lines_of(ax, named)
    assert seen
    assert not any(cross(one, other) for one, other in combinations(seen.values(), 2))
    boxes_of = {text.get_text().replace("\n", " "): Text.get_window_extent(text).padded(-1) for text in ax.texts}
    for name, ends in seen.items():
        on_line = ends[0] + np.linspace(0, 1, 200)[:, None] * (ends[1] - ends[0])
        for other, box in boxes_of.items():
            assert name == other or not any(box.contains(*spot) for spot in on_line)


def test_what_matters_less_is_labelled_close_by_or_not_at_all():
    ax = axes()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    x, y = ax.transData.transform((0.5, 0.5))
    around = [Bbox.from_bounds(x - 120, y - 120, 240, 240)]
    assert repel(ax, [(0.5, 0.5)], ["name"], around, matters=[False]) == 0
    assert repel(ax, [(0.5, 0.5)], ["name"], around, matters=[True]) == 1


def test_only_what_matters_stands_on_what_is_avoided():
    ax = axes()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    everywhere = [ax.bbox]
    assert repel(ax, [(0.5, 0.5)], ["name"], [], matters=[False], avoided=everywhere) == 0
    assert repel(ax, [(0.5, 0.5)], ["name"], [], matters=[True], avoided=everywhere) == 1


def test_a_space_that_does_not_break_holds_words_together():
    ax = axes(4, 3)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    slim = Bbox.from_extents(ax.bbox.x0, ax.bbox.y0, ax.bbox.x0 + 60, ax.bbox.y1)
    repel(ax, [(0.05, 0.5)], ["some name, 53\N{NO-BREAK SPACE}%"], [], [slim], [6])
    (label,) = ax.texts
    assert label.get_text() == "some\nname,\n53\N{NO-BREAK SPACE}%"
    repel(ax, [(0.05, 0.5)], ["some name, 53\N{NO-BREAK SPACE}%"], [], [slim], [3])
    assert ax.texts[1].get_text() == label.get_text()  # no word is parted


def test_a_short_line_may_leave_its_own_spot():
    ax = axes()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    x, y = ax.transData.transform((0.5, 0.5))
    repel(ax, [(0.5, 0.5)], ["o"], [Bbox.from_bounds(x - 28, y - 28, 56, 56)])
    (label,) = ax.texts
    assert label.arrow_patch.get_visible()
    assert np.hypot(*label.xyann) < 40
