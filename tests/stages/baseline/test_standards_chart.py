"""The picture of standards: a panel a metric, the target marked, words that keep apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.style import BLUE, GREY, LIGHT, ORANGE
from cxlens.engine.labels import NOT_STATED
from cxlens.stages.baseline.standards import standards
from cxlens.stages.baseline.standards_chart import standards_chart
from tests.stages.baseline.marks import (
    NAMES,
    TOLD,
    Mark,
    marks,
    names,
    on_one_line,
    said_at,
    title,
    uprights,
    view,
    words,
)

LATEST = {
    "touchpoint": [NAMES[0], NAMES[1], NAMES[2], NAMES[3], NAMES[0], NAMES[0]],
    "metric": ["NPS_wait; $", "NPS_wait; $", "NPS_wait; $", "NPS_wait; $", "top_box", "mean"],
    "unit": ["No. of $", "No. of $", "No. of $", "No. of $", "", ""],
    "wave": ["2025: II", "2025: II", "2025: II", "", "", ""],
    "n": pd.array([1200, 60, 50, pd.NA, 40, 40], "Int64"),
    "value": [14.0, 6.0, 10.5, np.nan, 0.7, 4.1],
    "low": [13.0, 5.0, 9.0, np.nan, 0.6, 3.9],
    "high": [15.0, 7.0, 12.0, np.nan, 0.8, 4.3],
    "target": [10.0, 10.0, 10.0, 1234.5, 0.985, 4.0],
    "better": ["lower", "lower", None, "lower", "higher", "higher"],
    "gap": [-4.0, 4.0, np.nan, np.nan, -0.1, 0.1],
    "q_value": [0.001, 0.01, np.nan, np.nan, 0.2, 0.06],
    "note": ["", "", "", "not measured", "", ""],
}


def made(*earlier: tuple[str, float, str]):
    latest = pd.DataFrame(LATEST)
    rows = [latest.head(1).assign(wave=wave, value=value, target=target) for wave, value, target in earlier]
    return view("standards", pd.concat([*rows, latest], ignore_index=True), latest=latest)


def test_each_metric_has_a_panel_with_marks_and_targets() -> None:
    ax = standards_chart(made())
    waits, boxes, means = ax.child_axes
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == [
        "NPS_wait; $ (No. of $)",
        "Top box (share of high scores)",
        "Mean score",
    ]
    assert names(waits) == list(NAMES)
    assert marks(waits) == [
        Mark(13, 14, 15, 0, ORANGE, "D", True),
        Mark(5, 6, 7, 1, BLUE, "o", True),
        Mark(9, 10.5, 12, 2, GREY, "o", False),
    ]
    assert marks(boxes) == [Mark(0.6, 0.7, 0.8, 0, GREY, "o", False)]
    assert marks(means) == [Mark(3.9, 4.1, 4.3, 0, GREY, "o", False)]
    assert uprights(waits) == [(10, 0), (10, 1), (10, 2)]
    where = said_at(waits)
    assert where["at most 10, n = 1,200, 2025: II"] == (1, 0)
    assert where["10, n = 50, 2025: II"] == (1, 2)  # which side is better is not said
    assert where["at most 1,234.5"] == (1, 3)
    assert where["– not measured"][1] == 3
    assert where.keys() >= {"at most 10, n = 60, 2025: II"}
    assert "at least 0.985, n = 40" in said_at(boxes)
    assert title(ax) == TOLD.title
    assert "Last wave of each standard, intervals 90 %. Small and pale: earlier waves" in words(ax)
    assert ax.get_xlabel() == "│ target; ◆ clearly missed, ● clearly met (q < 0.05); ○ neither"


def test_earlier_waves_of_the_same_standard_are_small_and_pale() -> None:
    view = made(("2023", 20.0, 10.0), ("2024", 18.0, 10.0), ("2024", 7.0, 99.0), (NOT_STATED, 3.0, 10.0))
    panel = standards_chart(view).child_axes[0]
    pale = [line for line in panel.lines if line.get_markersize() == 3.5]
    assert [list(line.get_xdata()) for line in pale] == [[20, 18], [], [], []]
    assert {line.get_color() for line in pale} == {LIGHT}
    assert list(pale[0].get_ydata()) == [0, 0]


def test_a_panel_is_as_high_as_its_rows() -> None:
    waits, boxes, _ = (panel.get_window_extent() for panel in standards_chart(made()).child_axes)
    assert waits.height == pytest.approx(4 * boxes.height)
    assert waits.y0 > boxes.y1
    assert waits.x0 == boxes.x0


def measured(count: int):
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
    ax = standards_chart(measured(count), figure.subplots())
    figure.draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []
    assert all(box.x0 > -1 and box.x1 < figure.bbox.x1 + 1 for _, box in boxes)


def test_what_was_measured_is_drawn_on_the_axes_given() -> None:
    view = measured(4)
    given = Figure(figsize=(8, 6)).subplots()
    ax = standards_chart(view, given)
    assert ax is given
    waits, rights = ax.child_axes
    assert [(mark.value, mark.marker) for mark in marks(waits)] == [(15, "D"), (7, "o"), (pytest.approx(11.1), "D")]
    assert marks(rights) == []
    assert words(ax).count("– not measured") == 5
    assert len(rights.get_xticks()) == 0 < len(waits.get_xticks())
    assert title(ax) == on_one_line(view.finding.title)


def test_a_survey_tells_the_level_of_its_scores() -> None:
    study = cx.datasets.load_airport()
    ax = standards_chart(cx.baseline(study.survey(), study.map(), level=0.8).standards())
    assert "Last wave of each standard, intervals 80 %. Small and pale: earlier waves" in words(ax)
