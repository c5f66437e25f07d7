"""Labels of spots in a chart that cover nothing: each gets the nearest free place, with a line where that is far."""

from __future__ import annotations

import re
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
BESIDE = 40  # points up to which a label may stand of a spot that matters less: a longer line is hard to follow
STEPS = np.linspace(0.1, 1, 24)[:, None]  # places on a line that are looked at, in shares of its length
BREAKS = re.compile(r"[ \n]+")
ANGLES = np.radians(range(0, 360, 15))  # directions from a spot to its label, as they are tried


def repel(
    ax: Axes,
    spots: Sequence[tuple[float, float]],
    texts: Sequence[str],
    blocked: list[Bbox],
    frames: Sequence[Bbox] = (),
    narrower: Sequence[int] = (),
    matters: Sequence[bool] = (),
    avoided: Sequence[Bbox] = (),
) -> int:
    """Label the first spots inside an Axes so that no label covers another, any spot or what is blocked.

    No line to a label crosses another, a label or a spot.

    The first labels get the best places, with a thin line where they had to move far; one that finds none is left out.
    ``frames``: the part of the Axes that the label of each spot has to stay in; ``narrower``: letters of a line of a
    label that finds no place as it is; ``matters``: which spots may have a label far off, all of them unless said;
    ``avoided``: where only the label of one that matters and finds no other place may stand, such as on an interval.
    Gives back how many are labelled.
    """
    named = 0
    centres: NDArray[np.float64] = ax.transData.transform(spots)
    around_spots = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in centres]
    taken = _Taken([*blocked, *around_spots], around_spots, [])
    frames = frames or [ax.bbox] * len(spots)
    everywhere = matters or [True] * len(spots)
    for spot, centre, text, frame, is_far in zip(spots, centres, texts, frames, everywhere, strict=False):
        label = _label_with_line(ax, text, spot)
        around = _Around(centre, frame, DISTANCES[-1] if is_far else BESIDE)
        forms = _forms(text, narrower)
        place = _first_place(ax, label, forms, around, taken, avoided)
        if place is None and is_far:
            place = _first_place(ax, label, forms, around, taken, [])
        if place is None:
            label.remove()
            continue
        _put(label, place)
        taken.add(place, centre)
        named += 1
    return named


def _put(label: Annotation, place: _Place) -> None:
    """A label at its place, without a line where that is near."""
    label.set_position((place.right, place.up))
    if place.distance < NEAR and label.arrow_patch:
        label.arrow_patch.set_visible(False)


class _Around(NamedTuple):
    """Where a label is looked a place for: around a spot, inside a frame, at most so many points away."""

    centre: NDArray[np.float64]
    frame: Bbox
    most: float


def _first_place(
    ax: Axes,
    label: Annotation,
    forms: Sequence[str],
    around: _Around,
    taken: _Taken,
    avoided: Sequence[Bbox],
) -> _Place | None:
    """The place of a label in the first of its forms that finds one, which it then has."""
    for form in forms:
        label.set_text(form)
        place = _free_place(ax, label, around, taken, avoided)
        if place is not None:
            return place
    return None


def _forms(text: str, narrower: Sequence[int]) -> list[str]:
    """A label as it is, and in lines of so many letters; a space that does not break holds its words together."""
    words = BREAKS.split(text)
    return [text, *(wrap(" ".join(words), max(letters, *map(len, words))) for letters in narrower)]


class _Place(NamedTuple):
    """Where a label may stand: its box in pixels, how far from its spot, right and up of it, in points."""

    box: Bbox
    distance: float
    right: float
    up: float

    @property
    def middle(self) -> NDArray[np.float64]:
        """The middle of its box, where its line starts."""
        return np.asarray(self.box.get_points().mean(axis=0))


class _Taken(NamedTuple):
    """Boxes that no label may stand on; those of spots and labels, and the lines, that no line to a label may cross."""

    by_anything: list[Bbox]
    by_words: list[Bbox]
    lines: list[NDArray[np.float64]]

    def add(self, place: _Place, centre: NDArray[np.float64]) -> None:
        """Take the place of a label, and its line where it has one."""
        box = place.box.padded(1)
        self.by_words.append(box)
        self.by_anything.append(box)
        if place.distance >= NEAR:
            self.lines.append(np.array([centre, place.middle]))
            self.by_anything.extend(Bbox([spot, spot]).padded(4) for spot in _on_line(centre, place.middle))

    def crossed_by(self, centre: NDArray[np.float64], end: NDArray[np.float64]) -> bool:
        """Whether a line from a spot crosses a label, another line or another spot."""
        others = [box for box in self.by_words if not box.contains(*centre)]
        on_line = _on_line(centre, end)
        if others and _overlap_any(on_line, on_line, others).any():
            return True
        line = np.array([centre, end])
        return any(_cross(line, other) and _cross(other, line) for other in self.lines)


def _cross(line: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether the ends of the other line lie on two sides of a line."""
    across, up = line[1] - line[0]
    right, above = (other - line[0]).T
    sides = across * above - up * right
    return bool(sides[0] * sides[1] <= 0)


def _on_line(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """(s, 2) places on a line."""
    return np.asarray(start + STEPS * (end - start))


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
    around: _Around,
    taken: _Taken,
    avoided: Sequence[Bbox],
) -> _Place | None:
    """The nearest place around a spot inside a frame where nothing stands; None where there is none."""
    centre, frame, most = around
    scale = ax.figure.dpi / 72
    size = Text.get_window_extent(label)
    half = np.array([size.width, size.height]) / 2
    distances, towards = _directions()
    moves = towards * (distances[:, None] * scale + half)
    low = centre + moves - half
    high = low + 2 * half
    inside = (low > frame.min).all(axis=1) & (high < frame.max).all(axis=1)
    is_free = inside & (distances <= most) & ~_overlap_any(low, high, [*taken.by_anything, *avoided])
    for place in np.flatnonzero(is_free).tolist():
        end = centre + moves[place]
        if distances[place] < NEAR or not taken.crossed_by(centre, end):
            right, up = moves[place] / scale
            box = Bbox([low[place], high[place]])
            return _Place(box, distances[place], right, up)
    return None


def _directions() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(p,) how far from a spot the places are that are tried, the nearest first, and (p, 2) in which direction."""
    distances = np.repeat(np.asarray(DISTANCES, np.float64), len(ANGLES))
    angles = np.tile(ANGLES, len(DISTANCES))
    return distances, np.column_stack([np.cos(angles), np.sin(angles)])


def _overlap_any(low: NDArray[np.float64], high: NDArray[np.float64], taken: Sequence[Bbox]) -> NDArray[np.bool_]:
    """(p,) whether boxes, of the corners (p, 2), overlap any of those taken."""
    corners = np.array([box.get_points() for box in taken]).reshape(-1, 2, 2)
    others = np.sort(corners, axis=1)
    starts_before = np.all(low[:, None] <= others[:, 1], axis=2)
    ends_after = np.all(high[:, None] >= others[:, 0], axis=2)
    overlaps: NDArray[np.bool_] = np.any(starts_before & ends_after, axis=1)
    return overlaps
