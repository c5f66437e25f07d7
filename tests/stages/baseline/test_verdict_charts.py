"""The pictures of blind spots and verdicts: what they show, and that it can be read."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.stages.baseline.verdict_charts import MARKS, MOST, blind_spots_chart, verdicts_chart


def simulated(p: int, n: int = 300) -> tuple[cx.Survey, cx.TouchpointMap]:
    """Simulated answers about touchpoints whose names are long; few met the second, and two are copies."""
    rng = np.random.default_rng(0)
    names = [f"Waiting for the service desk {i} on the upper level" for i in range(p)]
    scores = np.clip(np.round(3.8 + rng.normal(size=(n, p)) + 0.6 * rng.normal(size=(n, 1))), 1, 5).astype(int)
    scores[:, 3] = scores[:, 2]
    frame = pd.DataFrame(scores, columns=names)
    frame["y"] = scores[:, 0] + scores[:, 2] + rng.normal(size=n)
    frame.loc[9:, names[1]] = 6
    frame["who"] = ["crew"] * 8 + ["guest"] * (n - 8)
    survey = cx.Survey(frame, touchpoints=names, outcome="y", scale=cx.Scale(1, 5, not_used=[6]), segments=["who"])
    wait = cx.Stage("wait", ["sit down", "know how long it takes (lever)"])
    standards = [[cx.Standard("mean", 4.4 if k == 0 else 3.0)] for k in range(p)]
    points = [cx.Touchpoint(name, stage="wait", needs=["sit down"], standards=standard)
              for name, standard in zip(names, standards, strict=True)]  # fmt: skip
    return survey, cx.TouchpointMap([*points, cx.Touchpoint("Flyer", stage="wait")], cx.Lifecycle([wait, "leave"]))


@pytest.fixture(scope="module")
def made():
    survey, places = simulated(6)
    base = cx.baseline(survey, places)
    return base.blind_spots(), base.verdicts(cx.drivers(survey, n_boot=50))


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def names(ax: Axes) -> list[str]:
    return [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]


def boxes(ax: Axes) -> list[tuple[Text, object]]:
    ax.get_figure().draw_without_rendering()
    texts = [text for text in (*ax.texts, *ax.get_yticklabels(), ax.title, ax._left_title) if text.get_text().strip()]
    return [(text, text.get_window_extent()) for text in texts]


def test_blind_spots_are_grouped_with_bars_for_what_is_missing(made):
    ax = blind_spots_chart(made[0], Figure(figsize=(8, 6)).subplots())
    table = made[0].table
    assert names(ax) == [
        "Need without touchpoint", "◆\N{NO-BREAK SPACE}know how long it takes (wait)", "Stage without touchpoint",
        "leave", "Touchpoint without data", "Flyer", "Segment not heard", "who = crew", "Too few answers",
        "Waiting for the service desk 1 on the upper level",
    ]  # fmt: skip
    more = table["more"].dropna().astype(float).tolist()
    assert [bar.get_width() for bar in ax.patches] == more
    assert [bar.get_hatch() or "" for bar in ax.patches] == ["", "//", "//"]
    few = table.iloc[-1]
    assert f"{few['more']}, from {few['more_answers']:,} answers" in words(ax)
    assert "add a touchpoint, or let one serve it" in words(ax)
    assert ax._left_title.get_text().replace("\n", " ").startswith('5 blind spots. The worst: the need "know how long')


def test_without_blind_spots_it_says_so():
    survey, _ = simulated(6)
    good = cx.Survey(survey.table.drop(columns="who"), touchpoints=list(survey.touchpoints[2:]), outcome="y")
    ax = blind_spots_chart(cx.baseline(good).blind_spots())
    assert ax._left_title.get_text() == "No blind spot is found among 4 touchpoints"
    assert names(ax) == ["None"]


def test_verdicts_are_grouped_with_scores_and_standards(made):
    ax = verdicts_chart(made[1], Figure(figsize=(8, 6)).subplots())
    table = made[1].table
    groups = [group.capitalize() for group in table["verdict"].unique()]
    assert [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == "bold"] == groups
    assert groups[0] == "Fix"
    drawn = [line for line in ax.lines if line.get_marker() not in {"None", None, ""}]
    assert [line.get_marker() for line in drawn] == [MARKS[v][1] for v in table.loc[table["mean"].notna(), "verdict"]]
    np.testing.assert_allclose([line.get_xdata()[1] for line in drawn], table["mean"].dropna())
    assert "– no touchpoint of the stage serves the need" in words(ax)
    assert "–" not in words(ax)
    assert "certainty" in words(ax)


def test_every_verdict_has_a_mark_of_its_own():
    looks = [(marker, filled) for _, marker, filled in MARKS.values()]
    assert len(set(looks)) == len(looks)


def test_what_is_redundant_or_below_says_more(made):
    table = made[1].table
    pair = table[table["verdict"] == "merge or retire"].iloc[0]
    assert f"with {pair['partner']}" in words(verdicts_chart(made[1]))
    low = table.assign(
        rule=table["rule"].where(table["verdict"] != "keep", "below its standard, but it carries little")
    )
    assert "it carries little" in words(verdicts_chart(dataclasses.replace(made[1], table=low)))


def test_importance_that_is_not_known_is_said_so():
    ax = verdicts_chart(cx.baseline(*simulated(6)).verdicts())
    assert any(text.endswith("Importance is not known") for text in words(ax))


@pytest.mark.parametrize("chart", ["blind spots", "verdicts"])
@pytest.mark.parametrize("p", [6, 45])
def test_nothing_overlaps_and_all_is_inside(chart, p):
    survey, places = simulated(p)
    base = cx.baseline(survey, places)
    if chart == "blind spots":
        ax = blind_spots_chart(base.blind_spots(margin=0.05))
    else:
        ax = verdicts_chart(base.verdicts(cx.drivers(survey, method="relative weights", n_boot=20)))
    found, whole = boxes(ax), ax.get_figure().bbox
    for k, (one, box) in enumerate(found):
        assert min(box.x0 - whole.x0, whole.x1 - box.x1) > -1, one.get_text()
        for other, its in found[k + 1 :]:
            shared = min(box.x1, its.x1) - max(box.x0, its.x0), min(box.y1, its.y1) - max(box.y0, its.y0)
            assert min(shared) < 2, (one.get_text(), other.get_text())
    if p > MOST:
        assert any(f"first {MOST} of " in text for text in words(ax))
