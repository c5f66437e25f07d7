"""Labels of spots in a chart that cover nothing: each gets the nearest free place, with a line where that is far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from cxlens.common.style import GREY, INK, SMALL, wrap

DISTANCES = (9, 16, 26, 40, 58, 80, 110, 150)  # points from a spot to its label, as they are tried
NEAR = 20  # points up to which a label needs no line to its spot
ANGLES = np.radians(range(0, 360, 15))  # directions from a spot to its label, as they are tried


def repel(
    ax: Axes,
    spots: Sequence[tuple[float, float]],
    texts: Sequence[str],
    blocked: list[Bbox],
    frames: Sequence[Bbox] = (),
    narrower: Sequence[int] = (),
) -> int:
    """Label the first spots inside an Axes so that no label covers another, any spot or what is blocked.

    The first labels get the best places, with a thin line where they had to move far; one that finds none is left out.
    ``frames``: the part of the Axes that the label of each spot has to stay in; ``narrower``: letters of a line of a
    label that finds no place as it is. Gives back how many are labelled.
    """
    named = 0
    centres: NDArray[np.float64] = ax.transData.transform(spots)
    taken = [*blocked]
    for x, y in centres:
        taken.append(Bbox.from_bounds(x - 5, y - 5, 10, 10))
    frames = frames or [ax.bbox] * len(spots)
    for spot, centre, text, frame in zip(spots, centres, texts, frames, strict=False):
        label = _label_with_line(ax, text, spot)
        place = _free_place(ax, label, centre, taken, frame)
        words = text.split()
        for letters in narrower:
            if place is None:
                label.set_text(wrap(" ".join(words), max(letters, *map(len, words))))
                place = _free_place(ax, label, centre, taken, frame)
        if place is None:
            label.remove()
            continue
        label.set_position((place.right, place.up))
        if place.distance < NEAR and label.arrow_patch:
            label.arrow_patch.set_visible(False)
        taken.append(place.box.padded(1))
        named += 1
    return named


class _Place(NamedTuple):
    """Where a label may stand: its box in pixels, how far from its spot, right and up of it, in points."""

    box: Bbox
    distance: float
    right: float
    up: float


def _label_with_line(ax: Axes, text: str, spot: tuple[float, float]) -> Annotation:
    """A label on its spot, with a thin line from one to the other when it moves."""
    line = {
        "arrowstyle": "-",
        "color": GREY,
        "linewidth": 0.6,
        "shrinkB": 4,
    }
    return ax.annotate(
        text,
        spot,
        (0, 0),
        textcoords="offset points",
        size=SMALL,
        color=INK,
        ha="center",
        va="center",
        arrowprops=line,
        parse_math=False,
    )


def _free_place(
    ax: Axes,
    label: Annotation,
    centre: NDArray[np.float64],
    taken: Sequence[Bbox],
    frame: Bbox,
) -> _Place | None:
    """The nearest place around a spot inside a frame where nothing stands; None where there is none."""
    scale = ax.figure.dpi / 72
    size = Text.get_window_extent(label)
    half = np.array([size.width, size.height]) / 2
    distances = np.repeat(DISTANCES, len(ANGLES))
    angles = np.tile(ANGLES, len(DISTANCES))
    towards = np.column_stack([np.cos(angles), np.sin(angles)])
    moves = towards * (distances[:, None] * scale + half)
    low = centre + moves - half
    high = low + 2 * half
    inside = (low > frame.min).all(axis=1) & (high < frame.max).all(axis=1)
    is_free = inside & ~_overlap_any(low, high, taken)
    if not is_free.any():
        return None
    nearest = int(np.argmax(is_free))
    right, up = moves[nearest] / scale
    box = Bbox([low[nearest], high[nearest]])
    return _Place(box, distances[nearest], right, up)


def _overlap_any(low: NDArray[np.float64], high: NDArray[np.float64], taken: Sequence[Bbox]) -> NDArray[np.bool_]:
    """(p,) whether boxes, of the corners (p, 2), overlap any of those taken."""
    corners = np.array([box.get_points() for box in taken]).reshape(-1, 2, 2)
    others = np.sort(corners, axis=1)
    starts_before = np.all(low[:, None] <= others[:, 1], axis=2)
    ends_after = np.all(high[:, None] >= others[:, 0], axis=2)
    overlaps: NDArray[np.bool_] = np.any(starts_before & ends_after, axis=1)
    return overlaps
