"""The pictures of blind spots and verdicts: what they show, and that it can be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.style import BLUE, DARK, GREY, ORANGE, SPACE
from cxlens.stages.baseline.verdict_charts import KEPT_THOUGH_BELOW, MARKS, MOST, blind_spots_chart, verdicts_chart
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
    title,
    uprights,
    view,
    words,
)

SPOTS = {
    "kind": ["need without touchpoint", "need without touchpoint", "too few answers", "too few answers",
             "segment not heard", "touchpoint without data"],
    "what": ["sit; rest (a while)", "eat", NAMES[0], NAMES[3], "who = No. 3 > 4", NAMES[1]],
    "stage": ["wait", "board", "wait", "wait", "", "wait"],
    "lever": [True, False, False, True, False, False],
    "n": pd.array([pd.NA, pd.NA, 20, pd.NA, 8, 0], "Int64"),
    "more": pd.array([pd.NA, pd.NA, 10, 1200, 22, 50], "Int64"),
    "more_answers": pd.array([pd.NA, pd.NA, 25, pd.NA, 22, pd.NA], "Int64"),
    "next": ["add a touchpoint", "let one serve it", "collect", "collect", "hear", "ask"],
}  # fmt: skip
JUDGED = {
    "touchpoint": ["Fix; it", "A copy", "Too good", "Open", "Few", NAMES[3], "Kept", "", ""],
    "stage": "wait: here",
    "need": ["", "", "", "", "", "", "", "sit; rest (key need)", ""],
    "verdict": ["fix", "check overlap", "above standard", "undecided", "not judged", "keep", "keep", "add", "add"],
    "rule": [
        "below",
        "candidate",
        "above",
        "open",
        "too few answers",
        *KEPT_THOUGH_BELOW,
        "nothing serves; it",
        "no touchpoint",
    ],
    "evidence": "the figures",
    "certainty": [0.999, 0.9, 0.8, np.nan, np.nan, 0.7, np.nan, np.nan, np.nan],
    "n": pd.array([1000, 90, 80, 75, 7, 70, 60, pd.NA, pd.NA], "Int64"),
    "mean": [2.0, 3.0, 4.5, 3.1, 3.2, 2.5, 3.6, np.nan, np.nan],
    "low": [1.8, 2.9, 4.3, 2.8, 2.2, 2.4, 3.4, np.nan, np.nan],
    "high": [2.2, 3.1, 4.7, 3.4, 4.2, 2.6, 3.8, np.nan, np.nan],
    "metric": ["mean", "mean", "top_box", "mean", None, "mean", "mean", None, None],
    "standard": [3.0, 2.5, 0.8, 3.0, np.nan, 3.5, 4.0, np.nan, np.nan],
    "importance": [0.1, 0.2, np.nan, 0.1, np.nan, 0.1, 0.1, np.nan, np.nan],
    "partner": ["", "St. Mary's desk; No. 3", "", "", "", "", "", "", ""],
}


def test_blind_spots_have_bars_for_what_is_missing_and_words_for_what_to_do():
    ax = blind_spots_chart(view("blind spots", SPOTS))
    assert names(ax) == [
        "Need without touchpoint", "◆ sit; rest (a while) (wait)", "eat (board)", "Too few answers", NAMES[0],
        f"◆ {NAMES[3]}", "Segment not heard", "who = No. 3 > 4", "Touchpoint without data", NAMES[1],
    ]  # fmt: skip
    bars = [
        (bar.get_width(), bar.get_y() + bar.get_height() / 2, to_hex(bar.get_facecolor()).upper(), bar.get_hatch())
        for bar in ax.patches
    ]
    assert bars == [(10, 4, GREY, "//"), (1200, 5, GREY, "//"), (22, 7, GREY, "//"), (50, 9, BLUE, "")]
    where = said_at(ax)
    assert where["add a touchpoint"] == (0, 1)
    assert where["10, from 25 answers"] == (10, 4)
    assert where["1,200"] == (1200, 5)
    assert where["22"] == (22, 7)
    assert "–" not in where
    assert ax.get_xlim() == (0, 1.3 * 1200)
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == ["Need without touchpoint", "Too few answers", "Segment not heard", "Touchpoint without data"]
    assert title(ax) == TOLD.title
    assert "Blind spots, n = 40, intervals 90 %" in words(ax)
    key = on_one_line(f"Filled: there are none yet; hatched: there are some. ◆{SPACE}moves customers on")
    assert words(ax)[-1] == f"Scores still needed. {key}"


def test_where_answers_do_not_help_there_is_no_scale():
    ax = blind_spots_chart(view("blind spots", pd.DataFrame(SPOTS).head(2)))
    assert list(ax.get_xticks()) == []
    assert words(ax)[-1] == on_one_line(f"◆{SPACE}moves customers on")


@pytest.mark.parametrize(("width", "said"), [(8.0, "add a touchpoint, or let one serve it"), (3.1, "add a touchpoint")])
def test_a_phone_says_the_first_way_only(width, said):
    asked = pd.DataFrame(SPOTS).assign(next="add a touchpoint, or let one serve it")
    ax = blind_spots_chart(view("blind spots", asked), Figure(figsize=(width, 4)).subplots())
    assert said in {on_one_line(text.get_text()) for text in ax.texts}


def test_without_blind_spots_it_says_so():
    ax = blind_spots_chart(view("blind spots", pd.DataFrame(SPOTS).head(0)))
    assert title(ax) == TOLD.title
    assert not ax.axison
    assert not ax.lines + list(ax.patches)
    assert words(ax)[0].startswith(
        "Looked for: stages and needs without a touchpoint, touchpoints that are off the map"
    )


def test_each_verdict_is_marked_in_its_own_way():
    ax = verdicts_chart(view("verdicts", JUDGED))
    assert names(ax) == [
        "Fix", "Fix; it", "Check overlap", "A copy", "Above standard", "Too good", "Undecided", "Open", "Not judged",
        "Few", "Keep", NAMES[3], "Kept", "Add", "sit; rest (key need) (wait: here)", "wait: here",
    ]  # fmt: skip
    assert marks(ax) == [
        Mark(1.8, 2.0, 2.2, 1, ORANGE, "v", True),
        Mark(2.9, 3.0, 3.1, 3, DARK, "X", True),
        Mark(4.3, 4.5, 4.7, 5, BLUE, "^", True),
        Mark(2.8, 3.1, 3.4, 7, DARK, "D", False),
        Mark(2.2, 3.2, 4.2, 9, GREY, "s", False),
        Mark(2.4, 2.5, 2.6, 11, GREY, "o", True),
        Mark(3.4, 3.6, 3.8, 12, GREY, "o", True),
    ]
    assert len(set(looks(marks(ax)))) == len(MARKS)
    assert [(x, y) for x, y in uprights(ax) if x == x] == [
        (3.0, 1),
        (2.5, 3),
        (3.0, 7),
        (3.5, 11),
        (4.0, 12),
    ]  # of means alone
    assert column(ax, "certainty") == ["", "over 0.99", "", "0.90", "", "0.80", *[""] * 5, "0.70", *[""] * 4]
    assert column(ax, "n")[1:12:2] == ["1,000", "90", "80", "75", "7", "70"]
    assert title(ax) == TOLD.title
    assert "Verdicts, n = 40, intervals 90 %" in words(ax)
    assert ax.get_xlabel() == "Mean score of users (1 to 5). Upright line: standard"


def test_a_verdict_says_beside_whom_to_look_why_it_is_kept_and_what_to_add():
    where = said_at(verdicts_chart(view("verdicts", JUDGED)))
    assert where["with St. Mary's desk; No. 3"] == (3.1, 3)
    assert where["it matters little"] == (2.6, 11)
    assert where["nobody can control it"] == (3.8, 12)
    assert where["– nothing serves; it"][1] == 14
    assert where["– no touchpoint"][1] == 15
    assert "–" not in where


def test_a_touchpoint_without_a_mean_tells_its_evidence():
    table = pd.DataFrame(JUDGED).assign(mean=np.nan, evidence="2 more scores; St. Mary's")
    ax = verdicts_chart(view("verdicts", table))
    assert marks(ax) == []
    assert words(ax).count("– 2 more scores; St. Mary's") == 7


def test_importance_that_is_not_known_is_said_so():
    table = pd.DataFrame(JUDGED).assign(importance=np.nan)
    assert "Verdicts, n = 40, intervals 90 %. Importance is not known" in words(verdicts_chart(view("verdicts", table)))


def simulated(p: int, n: int = 300) -> tuple[cx.Survey, cx.TouchpointMap]:
    """Simulated answers about touchpoints whose names are long; few met the second, and two are copies."""
    rng = np.random.default_rng(0)
    long = [f"Waiting for the service desk {i} on the upper level" for i in range(p)]
    scores = np.clip(np.round(3.8 + rng.normal(size=(n, p)) + 0.6 * rng.normal(size=(n, 1))), 1, 5).astype(int)
    scores[:, 3] = scores[:, 2]
    frame = pd.DataFrame(scores, columns=long)
    frame["y"] = scores[:, 0] + scores[:, 2] + rng.normal(size=n)
    frame.loc[9:, long[1]] = 6
    frame["who"] = ["crew"] * 8 + ["guest"] * (n - 8)
    survey = cx.Survey(frame, touchpoints=long, outcome="y", scale=cx.Scale(1, 5, not_used=[6]), segments=["who"])
    wait = cx.Stage("wait", ["sit down", "know how long it takes (lever)"])
    standards = [[cx.Standard("mean", 4.4 if k == 0 else 3.0)] for k in range(p)]
    points = [cx.Touchpoint(name, stage="wait", needs=["sit down"], standards=standard)
              for name, standard in zip(long, standards, strict=True)]  # fmt: skip
    return survey, cx.TouchpointMap([*points, cx.Touchpoint("Flyer", stage="wait")], cx.Lifecycle([wait, "leave"]))


def boxes(ax: Axes) -> list[tuple[Text, object]]:
    ax.get_figure().draw_without_rendering()
    texts = [text for text in (*ax.texts, *ax.get_yticklabels(), ax.title, ax._left_title) if text.get_text().strip()]
    return [(text, text.get_window_extent()) for text in texts]


def test_what_the_sides_find_is_drawn():
    survey, places = simulated(6)
    base = cx.baseline(survey, places)
    blind, judged = base.blind_spots(), base.verdicts(cx.drivers(survey, n_boot=50))
    ax = blind_spots_chart(blind, Figure(figsize=(8, 6)).subplots())
    assert names(ax) == [
        "Need without touchpoint", "◆ know how long it takes (wait)", "Stage without touchpoint", "leave",
        "Touchpoint without data", "Flyer", "Segment not heard", "who = crew", "Too few answers",
        "Waiting for the service desk 1 on the upper level",
    ]  # fmt: skip
    assert [bar.get_width() for bar in ax.patches] == blind.table["more"].dropna().tolist()
    ax = verdicts_chart(judged, Figure(figsize=(8, 6)).subplots())
    known = judged.table.dropna(subset="mean")
    assert looks(marks(ax)) == [MARKS[verdict] for verdict in known["verdict"]]
    assert [mark.value for mark in marks(ax)] == known["mean"].tolist()
    assert title(ax) == on_one_line(judged.finding.title)


def test_a_segment_whose_size_is_hidden_is_drawn():
    survey, places = simulated(6)
    frame = survey.table.assign(who=["crew"] * 3 + ["guest"] * 297)
    hidden = cx.Survey(frame, touchpoints=survey.touchpoints, outcome="y", scale=cx.Scale(1, 5), segments=["who"])
    ax = blind_spots_chart(cx.baseline(hidden, places).blind_spots())
    row = names(ax).index("who = crew")
    (bar,) = [bar for bar in ax.patches if round(bar.get_y() + 0.25) == row]
    assert (to_hex(bar.get_facecolor()).upper(), bar.get_hatch()) == (GREY, "//")  # there are some


def test_rules_of_what_is_kept_are_those_of_the_verdicts():
    survey, places = simulated(6)
    high = [cx.Touchpoint(place.name, stage="wait", standards=[cx.Standard("mean", 4.6)]) for place in places]
    judged = cx.baseline(survey, cx.TouchpointMap(high, places.lifecycle)).verdicts(cx.drivers(survey, n_boot=50))
    kept = judged.table[(judged.table["verdict"] == "keep") & judged.table["rule"].str.startswith("clearly below")]
    assert len(kept)
    assert set(kept["rule"]) <= set(KEPT_THOUGH_BELOW)


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
