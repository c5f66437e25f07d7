"""Labels of spots: what they cover (nothing), where they may stand, and that texts are read plainly."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cxlens.common.labels import repel

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
