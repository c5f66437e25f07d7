"""Pictures of comparisons: which column is drawn, what is marked how, and that labels keep apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.style import BLUE, DARK, GREY, ORANGE
from cxlens.stages.baseline.compare_charts import competitors_chart, consistency_chart, employees_chart, pitfalls_chart
from cxlens.stages.baseline.pitfalls import NOT_SEEN, SEEN, UNKNOWN
from tests.stages.baseline.marks import (
    NAMES,
    TOLD,
    Mark,
    column,
    looks,
    marks,
    names,
    on_one_line,
    said_at,
    spots,
    title,
    uprights,
    view,
    words,
)
from tests.stages.baseline.test_rivals import NAMES as SIMULATED
from tests.stages.baseline.test_rivals import simulated

AHEAD, BEHIND, LEVEL = (BLUE, "o", True), (ORANGE, "D", True), (GREY, "o", False)
DIFFERENCES = {
    "touchpoint": NAMES,
    "competitor": "No. 1; A",
    "mean": [4.5, 3.0, 3.5, np.nan],
    "mean_competitor": [4.0, 3.6, 3.4, 2.0],
    "difference": [0.5, -0.6, 0.1, np.nan],
    "difference_low": [0.2, -0.9, -0.2, np.nan],
    "difference_high": [0.8, -0.3, 0.4, np.nan],
    "q_value": [0.01, 0.04, 0.6, np.nan],
    "position": ["ahead", "behind", "level", ""],
    "note": ["", "", "", "ours: not asked"],
}
PLACES = {
    "segment": "",
    "touchpoint": NAMES,
    "best": "No. 1; A",
    "difference": [0.5, -0.6, 0.1, np.nan],
    "difference_low": [0.2, -0.9, -0.2, np.nan],
    "difference_high": [0.8, -0.3, 0.4, np.nan],
    "q_value": [0.01, 0.04, 0.6, np.nan],
}
WEIGHTS = {
    "importance": [0.1, 0.2, 0.05, 0.3],
    "importance_low": [0.08, 0.15, 0.01, 0.2],
    "importance_high": [0.12, 0.25, 0.09, 0.4],
}
OVERLAP = {"correlation": [-0.4], "behind_where_it_matters": [f"{NAMES[1]}, {NAMES[3]}"]}


def competitors(**weights):
    return view("competitors", DIFFERENCES, position={**PLACES, **weights}, overlap=OVERLAP)


def test_the_difference_to_a_competitor_is_marked_by_our_position():
    ax = competitors_chart(competitors())
    assert names(ax) == list(NAMES)
    assert marks(ax) == [
        Mark(0.2, 0.5, 0.8, 0, *AHEAD),
        Mark(-0.9, -0.6, -0.3, 1, *BEHIND),
        Mark(-0.2, 0.1, 0.4, 2, *LEVEL),
    ]
    assert column(ax, "ours") == ["4.50", "3.00", "3.50", "–"]
    assert column(ax, "theirs") == ["4.00", "3.60", "3.40", "2.00"]
    assert said_at(ax)["– ours: not asked"][1] == 3
    assert [line.get_xdata() for line in ax.lines if line.get_color() == GREY and line.get_zorder() == 0] == [[0, 0]]
    assert title(ax) == TOLD.title
    assert "Difference to No. 1; A, n = 40, intervals 90 %" in words(ax)
    assert "◆ clearly behind (q < 0.05), ● ahead, ○ not clear" in words(ax)[-1]


def test_each_competitor_in_each_segment_has_a_panel_and_the_rest_is_counted():
    frame = pd.DataFrame(DIFFERENCES)
    tables = [
        frame.assign(competitor=who, segment=segment, difference=frame["difference"] + 2 * k)
        for k, (who, segment) in enumerate(
            [("One; A", "x"), ("Two", "x"), ("One; A", "y"), *[(f"{k}", "z") for k in range(4)]]
        )
    ]
    ax = competitors_chart(view("competitors", pd.concat(tables), position=PLACES, overlap=OVERLAP))
    heads = [panel.get_title(loc="left") for panel in ax.child_axes]
    assert heads == ["One; A, x", "Two, x", "One; A, y", "0, z", "1, z", "2, z"]
    assert [[mark.value for mark in marks(panel)] for panel in ax.child_axes][2] == [4.5, 3.4, 4.1]
    assert "Difference to each competitor, n = 40, intervals 90 %; 1 more in the table" in words(ax)


def test_with_importance_the_difference_goes_across_and_importance_up():
    ax = competitors_chart(competitors(**WEIGHTS))
    assert spots(ax) == [
        Mark(0.5, 0.5, 0.5, 10, *AHEAD),
        Mark(-0.6, -0.6, -0.6, 20, *BEHIND),
        Mark(0.1, 0.1, 0.1, 5, *LEVEL),
    ]
    spans = [np.round(lines.get_segments()[0], 9).tolist() for lines in ax.collections]
    assert spans[:4] == [
        [[0.2, 10], [0.8, 10]],
        [[0.5, 8], [0.5, 12]],
        [[-0.9, 20], [-0.3, 20]],
        [[-0.6, 15], [-0.6, 25]],
    ]
    assert ax.get_ylim()[0] == 0
    assert [line.get_xdata() for line in ax.lines if line.get_linestyle() == "--"] == [[0, 0]]
    assert said_at(ax)[NAMES[1]] == (-0.6, 20)
    assert title(ax) == f"Behind No. 1; A where it matters: {NAMES[1]}, {NAMES[3]}"
    about = "Difference to No. 1; A and importance, n = 40, intervals 90 %. Rank correlation -0.40."
    assert f"{about}" in words(ax)
    assert on_one_line(ax.get_xlabel()).endswith("left is behind. ◆ clearly behind, ● ahead, ○ not clear")
    assert ax.get_ylabel().startswith("Importance")


def test_what_is_behind_nowhere_is_said_so_and_several_best_are_not_named():
    some = {**PLACES, **WEIGHTS, "best": ["No. 1; A", "Two", "Two", "Two"]}
    nowhere = {"correlation": [np.nan], "behind_where_it_matters": [""]}
    ax = competitors_chart(view("competitors", DIFFERENCES, position=some, overlap=nowhere))
    assert title(ax) == "Nowhere clearly behind the best competitor where it matters"
    about = "Difference to the best competitor and importance, n = 40, intervals 90 %."
    assert f"{about}" in words(ax)


@pytest.mark.parametrize("weights", [{"importance": np.nan}, {**WEIGHTS, "segment": ["a", "a", "b", "b"]}])
def test_without_importance_or_with_segments_differences_are_drawn(weights):
    assert names(competitors_chart(competitors(**weights))) == list(NAMES)


def test_employees_stand_above_customers():
    table = {
        "touchpoint": NAMES,
        "n": pd.array([1200, 50, pd.NA, 60], "Int64"),
        "mean": [4.0, 3.0, np.nan, 2.0],
        "low": [3.9, 2.8, np.nan, 1.5],
        "high": [4.1, 3.2, np.nan, 2.5],
        "mean_employees": [4.8, 3.1, 3.6, np.nan],
        "low_employees": [4.6, 2.7, 3.3, np.nan],
        "high_employees": [5.0, 3.5, 3.9, np.nan],
        "q_value": [0.001, 0.5, np.nan, np.nan],
        "note": ["", "", "customers: hidden", "employees: no answers"],
    }
    ax = employees_chart(view("employees", table))
    customers = [mark for mark in marks(ax) if mark.marker != "s"]
    assert customers == [
        Mark(3.9, 4.0, 4.1, 0, ORANGE, "D", True),
        Mark(2.8, 3.0, 3.2, 1, BLUE, "o", True),
        Mark(1.5, 2.0, 2.5, 3, BLUE, "o", True),
    ]
    employees = [mark for mark in marks(ax) if mark.marker == "s"]
    assert employees == [
        Mark(4.6, 4.8, 5.0, -0.22, DARK, "s", False),
        Mark(2.7, 3.1, 3.5, 0.78, DARK, "s", False),
        Mark(3.3, 3.6, 3.9, 1.78, DARK, "s", False),
    ]
    assert column(ax, "customers") == ["4.00", "3.00", "–", "2.00"]
    assert column(ax, "employees") == ["4.80", "3.10", "3.60", "–"]
    assert column(ax, "n") == ["1,200", "50", "–", "60"]
    assert said_at(ax)["– customers: hidden"][1] == 2
    assert title(ax) == TOLD.title
    assert "Mean scores by customers and employees, n = 40, intervals 90 %; employees n = 40" in words(ax)


def test_groups_of_channels_show_their_agreement():
    table = {
        "group": ["Bags: in; out", "Desk ($)"],
        "n": pd.array([30, pd.NA], "Int64"),
        "icc": [0.4, np.nan],
        "low": [0.1, np.nan],
        "high": [0.7, np.nan],
        "note": ["", "fewer than 5 rated all"],
    }
    ax = consistency_chart(view("consistency", table, means={}))
    assert names(ax) == ["Bags: in; out", "Desk ($)"]
    assert marks(ax) == [Mark(0.1, 0.4, 0.7, 0, BLUE, "o", True)]
    assert column(ax, "n") == ["30", "–"]
    assert said_at(ax)["– fewer than 5 rated all"][1] == 1
    assert title(ax) == TOLD.title
    assert "Consistency, n = 40, intervals 90 %" in words(ax)


def test_channels_run_from_the_lowest_to_the_highest_which_are_named():
    table = {"touchpoint": NAMES[:3], "channels": [3, 2, 1], "q_value": [0.01, 0.3, np.nan]}
    means = {
        "touchpoint": [NAMES[0]] * 3 + [NAMES[1]] * 2,
        "channel": ["web; app", "desk", "No. 3", "desk", "web; app"],
        "mean": [4.0, 2.0, 3.0, 3.5, 3.0],
    }
    ax = consistency_chart(view("consistency", table, means=means))
    assert names(ax) == list(NAMES[:2])
    assert sorted(spots(ax)) == [
        Mark(2.0, 2.0, 2.0, 0, ORANGE, "D", True),
        Mark(3.0, 3.0, 3.0, 0, "#FFFFFF", "o", False),
        Mark(3.0, 3.0, 3.0, 1, GREY, "o", True),
        Mark(3.5, 3.5, 3.5, 1, GREY, "o", True),
        Mark(4.0, 4.0, 4.0, 0, ORANGE, "D", True),
    ]
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert [(list(line.get_xdata()), line.get_color()) for line in lines] == [([2, 4], ORANGE), ([3, 3.5], GREY)]
    sides = [(text.get_text(), tuple(text.xy), text.get_ha()) for text in ax.texts if text.xyann[0] in (-6, 6)]
    assert sides == [
        ("desk", (2, 0), "right"),
        ("web; app", (4, 0), "left"),
        ("web; app", (3, 1), "right"),
        ("desk", (3.5, 1), "left"),
    ]
    assert ax.get_ylim() == (1.5, -0.5)


def test_pitfalls_show_what_they_are_held_against():
    table = {
        "pitfall": ["advocates only", "whipsaw", "front door only"],
        "figure": ["promoters; of all", "steps: 3 > 4", "initiatives ($) of $20"],
        "value": [0.6, 0.25, np.nan],
        "low": [0.5, 0.1, np.nan],
        "high": [0.7, 0.4, np.nan],
        "reference": [0.3, 0.35, 0.2],
        "verdict": [SEEN, NOT_SEEN, UNKNOWN],
    }
    ax = pitfalls_chart(view("pitfalls", table))
    assert names(ax) == [
        "Advocates only: promoters; of all",
        "Whipsaw: steps: 3 > 4",
        "Front door only: initiatives ($) of $20",
    ]
    assert marks(ax) == [Mark(50, 60, 70, 0, ORANGE, "D", True), Mark(10, 25, 40, 1, BLUE, "o", True)]
    assert uprights(ax) == [(30, 0), (35, 1)]
    assert column(ax, "figure") == ["60 %", "25 %", "–"]
    assert column(ax, "against") == ["30 %", "35 %", "20 %"]
    assert said_at(ax)[f"– {UNKNOWN}"][1] == 2
    assert ax.get_xlim() == (0, 100)
    assert title(ax) == TOLD.title
    assert "Shares, n = 40, intervals 90 %" in words(ax)


@pytest.fixture(scope="module")
def base():
    rivals = {"One": simulated(500, 1, {"t0": 0.6}), "Two": simulated(400, 2)}
    return cx.baseline(simulated(900, 0), competitors=rivals, employees=simulated(60, 3, {"t1": 0.9}))


def test_what_the_sides_find_is_drawn(base):
    found = base.competitors()
    ax = competitors_chart(found)
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["One", "Two"]
    behind = [looks(marks(panel)).count(BEHIND) for panel in ax.child_axes]
    assert sum(behind) == (found.table["position"] == "behind").sum() == 1
    staff = base.employees()
    assert looks(marks(employees_chart(staff))).count((ORANGE, "D", True)) == (staff.table["q_value"] < 0.05).sum() > 0
    assert title(employees_chart(staff)) == on_one_line(staff.finding.title)


def test_names_of_a_position_keep_apart(base):
    ax = competitors_chart(base.competitors(drivers=cx.drivers(base.survey, n_boot=20)))
    assert title(ax) == "Behind the best competitor where it matters: t0"
    ax.figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in ax.texts if text.get_text() in SIMULATED]  # without its line
    assert boxes
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_long_names_of_a_position_are_all_there():
    long = [f"Reception {k}: asking for a late check-out, by phone (after 22:00)" for k in range(5)]
    ours, theirs = simulated(300, 0, names=long), simulated(300, 1, names=long)
    found = cx.baseline(ours, competitors={"Other": theirs}).competitors(drivers=cx.drivers(ours, n_boot=20))
    shown = {on_one_line(text.get_text()) for text in competitors_chart(found).texts}
    assert set(long) <= shown


@pytest.mark.parametrize("kind", ["competitors", "employees"])
def test_many_touchpoints_of_long_names_fit(kind):
    long = [f"The {k}. touchpoint of a very long name that goes on and on" for k in range(40)]
    ours, theirs = simulated(200, 0, names=long), simulated(100, 1, names=long)
    made = getattr(cx.baseline(ours, competitors={"Other": theirs}, employees=theirs), kind)()
    ax = (competitors_chart if kind == "competitors" else employees_chart)(made)
    ax.figure.canvas.draw()
    boxes = [tick.get_window_extent() for tick in ax.get_yticklabels()]
    tops = pd.Series([box.y1 for box in boxes]).sort_values()
    assert len(boxes) == 40
    assert tops.diff().min() > 0
