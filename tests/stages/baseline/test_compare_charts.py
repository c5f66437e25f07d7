"""Pictures of comparisons: they say the finding, mark what is clear, and labels keep apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import style
from cxlens.stages.baseline.compare_charts import competitors_chart, consistency_chart, employees_chart, pitfalls_chart
from tests.stages.baseline.test_rivals import NAMES, simulated


@pytest.fixture(scope="module")
def base() -> cx.baseline:
    rivals = {"One": simulated(500, 1, {"t0": 0.6}), "Two": simulated(400, 2)}
    return cx.baseline(simulated(900, 0), competitors=rivals, employees=simulated(60, 3, {"t1": 0.9}))


def texts(ax) -> str:
    words = [text.get_text() for axes in (ax, *ax.child_axes) for text in axes.texts]
    return " ".join([ax.get_title(loc="left"), ax.get_xlabel(), *words]).replace("\n", " ")


def colours(ax) -> list[str]:
    return [line.get_color() for axes in (ax, *ax.child_axes) for line in axes.lines]


def test_each_competitor_has_a_panel_and_what_is_behind_is_orange(base):
    ax = competitors_chart(base.competitors())
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["One", "Two"]
    assert style.ORANGE in colours(ax)
    assert "behind in 1 of 16 comparisons" in texts(ax)


def test_with_drivers_importance_goes_up(base):
    view = base.competitors(drivers=cx.drivers(base.survey, n_boot=20))
    ax = competitors_chart(view)
    assert "Behind where it matters: t0" in texts(ax)
    ax.figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in ax.texts if text.get_text() in NAMES]  # without its line
    assert boxes
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_segments_are_panels_too(base):
    made = cx.baseline(base.survey, by="who", competitors=base.rivals).competitors()
    assert [panel.get_title(loc="left") for panel in competitors_chart(made).child_axes][:2] == ["One, a", "Two, a"]


def test_employees_stand_beside_customers(base):
    ax = employees_chart(base.employees())
    assert ax.get_title(loc="left").startswith("Employees think t1 is rated better than it is")
    assert sum(line.get_marker() == "s" for line in ax.lines) == len(NAMES)
    assert "employees n = " in texts(ax)


def test_channels_and_groups(base):
    frame = base.survey.table.assign(way=np.where(np.arange(900) % 2, "site", "branch"))
    frame["t3"] = np.where(frame["way"] == "branch", 1, frame["t3"])
    made = cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5), channel="way")
    ax = consistency_chart(cx.baseline(made).consistency())
    assert "t3: lowest in branch, highest in site" in texts(ax)
    assert style.ORANGE in colours(ax)
    ax = consistency_chart(base.consistency({"Both": ["t0", "t1"], "All": NAMES}))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Both", "All"]


def test_pitfalls_show_what_they_are_held_against(base):
    ax = pitfalls_chart(base.pitfalls(base={"promoters": 0.01}))
    said = texts(ax)
    assert "cannot be told" in said
    assert ax.get_xlim() == (0, 100)


@pytest.mark.parametrize("kind", ["competitors", "employees"])
def test_many_touchpoints_of_long_names_fit(kind):
    names = [f"The {k}. touchpoint of a very long name that goes on and on" for k in range(40)]
    ours, theirs = simulated(200, 0, names=names), simulated(100, 1, names=names)
    view = getattr(cx.baseline(ours, competitors={"Other": theirs}, employees=theirs), kind)()
    ax = (competitors_chart if kind == "competitors" else employees_chart)(view)
    ax.figure.canvas.draw()
    boxes = [tick.get_window_extent() for tick in ax.get_yticklabels()]
    tops = pd.Series([box.y1 for box in boxes]).sort_values()
    assert len(boxes) == 40
    assert tops.diff().min() > 0
