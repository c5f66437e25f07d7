"""The picture of dimensions: rows of dots, each dimension below its touchpoint."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.result import View
from cxlens.stages.drivers.dimensions_chart import dimension_dots, dimensions_chart, row_order

BLUE, DARK, GREY = "#0072B2", "#555555", "#6B6B6B"


def desk_and_gate(**options) -> View:
    """Dimensions of simulated answers: two touchpoints with dimensions, one without."""
    rng = np.random.default_rng(0)
    names = ["speed", "courtesy", "wait", "boarding", "web"]
    frame = pd.DataFrame(rng.normal(size=(300, 5)) + rng.normal(size=(300, 1)), columns=names)
    frame["y"] = 2 * frame["speed"] + frame["wait"] + frame["web"] + rng.normal(size=300)
    frame["who"] = rng.choice(["one", "two"], 300)
    touchpoints = {
        "Desk": {"speed": "speed", "courtesy": "courtesy"},
        "The gate in the north wing of the hall": {"wait": "wait", "the way they call for boarding here": "boarding"},
        "Web": "web",
    }
    return cx.drivers(cx.Survey(frame, touchpoints=touchpoints, outcome="y", segments=["who"]), **options).dimensions()


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    """Pairs of texts that cover one another."""
    ax.figure.canvas.draw()
    texts = [text for text in ax.figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent().padded(-1)) for text in texts]
    return [(a, b) for i, (a, box) in enumerate(boxes) for b, other in boxes[i + 1 :] if box.overlaps(other)]


def test_dimensions_stand_below_their_touchpoint():
    view = desk_and_gate(n_boot=20)
    ax = dimensions_chart(view)
    names = [label.get_text().replace("\n   ", "") for label in ax.get_yticklabels()]
    assert [name.replace("\n", " ") for name in names] == [
        "Desk", "    speed", "    courtesy",
        "The gate in the north wing of the hall", "    wait", "    the way they call for boarding here", "Web",
    ]  # fmt: skip
    assert overlaps(ax) == []
    marks = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 3]
    wholes, parts = view.parts["touchpoints"], view.table
    assert marks[0][1] == pytest.approx(100 * wholes["importance"].iloc[0])
    assert list(marks[1]) == pytest.approx(
        [100 * parts.loc[0, name] for name in ("importance_low", "importance", "importance_high")]
    )
    assert ax.get_title(loc="left").startswith("Of the ")


def test_dimensions_by_segment():
    ax = dimensions_chart(desk_and_gate(by="who", n_boot=0))
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["one", "two"]
    assert overlaps(ax) == []


def test_rows_are_touchpoints_with_their_dimensions_below_where_they_have_several():
    assert row_order(desk_and_gate(n_boot=0)) == [
        ("Desk", ""),
        ("Desk", "speed"),
        ("Desk", "courtesy"),
        ("The gate in the north wing of the hall", ""),
        ("The gate in the north wing of the hall", "wait"),
        ("The gate in the north wing of the hall", "the way they call for boarding here"),
        ("Web", ""),
    ]


def test_marks_are_importance_in_points_with_the_interval_from_low_to_high():
    view = desk_and_gate(n_boot=20)
    dots = dimension_dots(view)[""]
    wholes = view.parts["touchpoints"].set_index("touchpoint")
    dimensions = view.table.set_index(["touchpoint", "dimension"])
    for (touchpoint, dimension), dot in zip(row_order(view), dots, strict=True):
        row = dimensions.loc[(touchpoint, dimension)] if dimension else wholes.loc[touchpoint]
        want = [100 * row[name] for name in ("importance_low", "importance", "importance_high")]
        assert [dot.low, dot.value, dot.high] == pytest.approx(want)
        assert dot.filled == (row["q_value"] < 0.05)
        assert dot.colour == (GREY if not dot.filled else DARK if dimension else BLUE)
    assert {dot.colour for dot in dots} == {BLUE, DARK, GREY}


def test_names_with_signs_of_mathematics_stay_whole():
    view = desk_and_gate(n_boot=0)
    names = {"Desk": "Price ($) 50% of $20", "Web": "St. Mary's desk"}
    table = view.table.assign(touchpoint=view.table["touchpoint"].replace(names))
    wholes = view.parts["touchpoints"]
    wholes = wholes.assign(touchpoint=wholes["touchpoint"].replace(names))
    renamed = dataclasses.replace(view, table=table, parts={**view.parts, "touchpoints": wholes})
    ax = dimensions_chart(renamed, Figure(figsize=(8, 5)).subplots())
    labels = {label.get_text(): label for label in ax.get_yticklabels()}
    assert {"Price ($) 50% of $20", "St. Mary's desk"} <= set(labels)
    assert not any(label.get_parse_math() for label in labels.values())


def test_it_is_drawn_where_it_is_asked_to():
    _, ax = plt.subplots()
    assert dimensions_chart(desk_and_gate(n_boot=0), ax) is ax
