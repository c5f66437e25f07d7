"""The pictures of dominance and of dimensions: what they show, and that it can be read."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.result import View
from cxlens.stages.drivers.dominance_chart import dimensions_chart, dominance_chart


def simulated(p: int, n: int = 200) -> cx.Survey:
    """Simulated answers about touchpoints whose names are long."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    names = [f"Waiting for the service desk {i}" for i in range(p)]
    frame = pd.DataFrame(x, columns=names)
    frame["y"] = x @ np.linspace(1, 0, p) + 2 * rng.normal(size=n)
    frame["who"] = rng.choice(["one", "two"], n)
    return cx.Survey(frame, touchpoints=names, outcome="y", segments=["who"])


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


@pytest.mark.parametrize("p", [2, 12, 20])
def test_the_matrix_can_be_read(p):
    view = cx.drivers(simulated(p), n_boot=4 if p < 13 else 0).dominance()
    ax = dominance_chart(view)
    assert overlaps(ax) == []
    numbers = [text for text in ax.texts if text.get_text().isdigit()]
    assert len(numbers) == p * (p - 1)
    assert min(text.get_fontsize() for text in numbers) >= 6
    assert ax.figure.get_figwidth() == 8


def test_the_matrix_shows_the_table():
    view = cx.drivers(simulated(3), n_boot=10).dominance()
    order = view.table["touchpoint"].unique().tolist()
    ax = dominance_chart(view)
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"{i}. {n}" for i, n in enumerate(order, 1)]
    shown = {text.get_position(): text for text in ax.texts}
    for row in view.table.itertuples():
        text = shown[order.index(row.over), order.index(row.touchpoint)]
        assert text.get_text() == f"{100 * row.complete:.0f}"
        assert (text.get_fontweight() == "bold") == (row.complete == 1 and row.p_complete >= 0.95)
    assert ax.get_title(loc="left").replace("\n", " ") == str(view).split(" n = ")[0].removesuffix(".")


def test_only_all_subsets_are_a_hundred():
    view = cx.drivers(simulated(2), n_boot=0).dominance()
    table = view.table.assign(complete=[0.9996, 0.0004])
    ax = dominance_chart(dataclasses.replace(view, table=table))
    assert sorted(text.get_text() for text in ax.texts if text.get_text().isdigit()) == ["1", "99"]


def test_the_matrix_falls_back_on_importance():
    ax = dominance_chart(cx.drivers(simulated(21), method="relative weights", n_boot=4).dominance())
    assert ax.get_xlabel().startswith("Share of resamples, in %")
    assert overlaps(ax) == []


def test_a_matrix_for_each_segment():
    ax = dominance_chart(cx.drivers(simulated(4), by="who", n_boot=0).dominance())
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["one", "two"]
    assert ax.get_title(loc="left") == "Which touchpoint dominates which, by who"
    assert overlaps(ax) == []


def test_a_lone_touchpoint_has_an_empty_matrix():
    ax = dominance_chart(cx.drivers(simulated(1), n_boot=0).dominance())
    assert not [text for text in ax.texts if text.get_text().isdigit()]


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


def test_pictures_are_drawn_where_they_are_asked_to():
    _, ax = plt.subplots()
    assert dimensions_chart(desk_and_gate(n_boot=0), ax) is ax
    _, ax = plt.subplots()
    assert dominance_chart(cx.drivers(simulated(3), n_boot=0).dominance(), ax) is ax
