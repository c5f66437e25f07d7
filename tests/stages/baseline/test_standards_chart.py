"""The picture of standards: a panel a metric, the target marked, words that keep apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.stages.baseline.standards import standards
from cxlens.stages.baseline.standards_chart import standards_chart


def view_of(count: int):
    """Simulated: waiting times that miss, keep, or lie about their standard; one that nobody measured."""
    held = [
        cx.Standard("waiting time", 10, unit="minutes", better="lower"),
        cx.Standard("accuracy", 0.9, unit="share", better="higher"),
    ]
    names = [f"Waiting at the desk {k} in the great hall of the north" if k % 2 else f"Desk {k}" for k in range(count)]
    places = [cx.Touchpoint(name, stage="s", standards=held) for name in names]
    rows = [
        (name, "waiting time", wave, 60, [14, 6, 10.1][k % 3] + wave % 2, 3)
        for k, name in enumerate(names[:-1])
        for wave in (2024, 2025)
    ]
    measured = pd.DataFrame(rows, columns=["touchpoint", "metric", "wave", "n", "value", "sd"])
    return standards(cx.TouchpointMap(places, cx.Lifecycle(["s"])), measured)


def texts_of(ax) -> list[Text]:
    found = []
    for own in [ax, *ax.child_axes]:
        found += [child for child in own.get_children() if isinstance(child, Text)]
        found += [own.xaxis.label, *own.get_xticklabels(), *own.get_yticklabels()]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("count", [2, 4, 20])
def test_labels_keep_apart(count) -> None:
    figure = Figure(figsize=(800 / 110, 0.5), dpi=110)
    ax = standards_chart(view_of(count), figure.subplots())
    figure.draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []
    assert all(box.x0 > -1 and box.x1 < figure.bbox.x1 + 1 for _, box in boxes)


def test_the_chart_shows_the_last_wave_and_its_target() -> None:
    view = view_of(4)
    own = Figure(figsize=(8, 6)).subplots()
    ax = standards_chart(view, own)
    assert ax is own
    waits, rights = ax.child_axes
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["Waiting time (minutes)", "Accuracy (share)"]
    dots = [line for line in waits.lines if len(line.get_xdata()) == 3]
    assert [dot.get_xdata()[1] for dot in dots] == pytest.approx([15, 7, 11.1])
    assert [(dot.get_marker(), dot.get_color()) for dot in dots] == [("D", ORANGE), ("o", BLUE), ("D", ORANGE)]
    targets = [line.get_xdata() for line in waits.lines if len(line.get_xdata()) == 2]
    assert np.unique(np.concatenate(targets)).tolist() == [10]
    earlier = [list(line.get_xdata()) for line in waits.lines if line.get_markersize() == 3.5]
    assert earlier == [[14], [6], [10.1], []]
    words = " ".join(" ".join(text.get_text().split()) for text in texts_of(ax))
    assert "at most 10, n = 60, 2025" in words
    assert words.count("not measured") == 5
    assert ax.get_title(loc="left").startswith("Clearly missed: Desk 0 (waiting time), Desk 2 (waiting time)")
    assert not [line for line in rights.lines if len(line.get_xdata()) == 3]


def test_what_is_not_clear_is_grey_and_hollow() -> None:
    held = cx.Standard("waiting time", 10, unit="minutes", better="lower")
    whole = cx.TouchpointMap([cx.Touchpoint("Desk", stage="s", standards=[held])], cx.Lifecycle(["s"]))
    row = pd.DataFrame({"touchpoint": ["Desk"], "metric": "waiting time", "n": 40, "value": 10.1, "sd": 4})
    ax = standards_chart(standards(whole, row), Figure().subplots())
    dot = next(line for line in ax.child_axes[0].lines if len(line.get_xdata()) == 3)
    assert (dot.get_color(), dot.get_markerfacecolor()) == (GREY, "white")
    assert ax.get_title(loc="left") == "1 of 1 standard is measured. None is clearly missed"
