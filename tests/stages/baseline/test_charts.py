"""The scorecard as marks, and the alternative texts of a baseline and its sides: which rows they tell first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures
from cxlens.common.finding import Finding
from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE, GREY, ORANGE, SPACE
from cxlens.common.values import interval, number
from cxlens.stages.baseline.baseline import Baseline
from cxlens.stages.baseline.charts import CHARTS, baseline_chart
from tests.stages.baseline.marks import (
    NAMES,
    TOLD,
    Mark,
    column,
    marks,
    names,
    on_one_line,
    read_as_mathematics,
    record,
    said_at,
    title,
    uprights,
    view,
    words,
)

SCORES = {
    "touchpoint": [*NAMES, "Not asked"],
    "stage": "wait",
    "n": pd.array([1200, 60, 50, 40, pd.NA], "Int64"),
    "reach": [0.5, 1.0, np.nan, 0.25, np.nan],
    "mean": [4.0, 2.0, 3.0, 3.5, np.nan],
    "low": [3.9, 1.8, 2.9, 3.2, np.nan],
    "high": [4.1, 2.2, 3.1, 3.8, np.nan],
    "top_box": [0.7, 0.1, 0.4, 0.5, np.nan],
    "metric": ["mean", "mean", "top_box", None, None],
    "standard": [3.5, 3.0, 0.8, np.nan, np.nan],
    "gap": [0.5, -1.0, -0.4, np.nan, np.nan],
    "p_met": [0.95, 0.01, 0.4, np.nan, np.nan],
    "q_value": [0.04, 0.02, 0.8, np.nan, np.nan],
    "note": ["", "", "", "", "not in the survey"],
}


class Told(Baseline):
    """A scorecard whose finding is known: which waves it is made of, so that a test sees whether they are drawn."""

    __slots__ = ()

    @property
    def finding(self) -> Finding:
        waves = self.table["wave"].unique() if "wave" in self.table else ["all"]
        return replace(TOLD, lead=f"{TOLD.lead}, waves {', '.join(waves)};")


def scores(table: pd.DataFrame | dict, **asked: object) -> Told:
    return Told(replace(record(), table=pd.DataFrame(table), **asked))


def test_the_scorecard_marks_each_mean_against_its_standard_the_lowest_on_top():
    ax = baseline_chart(scores(SCORES))
    assert names(ax) == [NAMES[1], NAMES[2], NAMES[3], NAMES[0], "Not asked"]
    assert marks(ax) == [
        Mark(1.8, 2.0, 2.2, 0, ORANGE, "D", True),  # below with a probability of 99 %
        Mark(2.9, 3.0, 3.1, 1, BLUE, "o", False),  # neither is told at 90 %
        Mark(3.2, 3.5, 3.8, 2, GREY, "o", True),  # it has no standard
        Mark(3.9, 4.0, 4.1, 3, BLUE, "o", True),  # met with a probability of 95 %
    ]
    assert column(ax, "standard") == ["below 3", "about 80 % top box", "", "meets 3.5", ""]
    assert column(ax, "used by") == ["100 %", "", "25 %", "50 %", ""]
    assert column(ax, "n") == ["60", "50", "40", "1,200", ""]
    assert said_at(ax)["– not in the survey"][1] == 4
    assert title(ax) == on_one_line(scores(SCORES).finding.title)
    assert "Mean, n = 40, intervals 90 %" in words(ax)


def test_a_standard_of_the_top_box_is_not_drawn_among_means():
    drawn = [(x, y) for x, y in uprights(baseline_chart(scores(SCORES))) if not np.isnan(x)]
    assert drawn == [(3.0, 0), (3.5, 3)]


def test_the_axis_says_what_the_marks_mean():
    ax = baseline_chart(scores(SCORES))
    key = f"Upright line: standard; ◆{SPACE}clearly below it, ○{SPACE}about there"
    assert on_one_line(ax.get_xlabel()) == on_one_line(f"Mean score of users (1 to 5). {key}")
    free = pd.DataFrame(SCORES).assign(standard=np.nan)
    assert baseline_chart(scores(free)).get_xlabel() == "Mean score of users (1 to 5)"


def by_segment(*waves: str) -> pd.DataFrame:
    table = pd.DataFrame(SCORES).head(4)
    tables = []
    for k, wave in enumerate(waves or ("",)):
        for segment, more in (("No. 3 > 4", 0.0), ("old; calm", 0.5)):
            tables.append(table.assign(segment=segment, wave=wave, mean=table["mean"] + more + 0.01 * k))
    found = pd.concat(tables, ignore_index=True)
    return found if waves else found.drop(columns="wave")


def test_each_segment_has_a_panel_in_the_order_of_the_first_and_no_room_for_notes():
    table = by_segment()
    table.loc[5, ["mean", "low", "high"]] = np.nan
    table.loc[5, "note"] = "fewer than 5 answers"
    ax = baseline_chart(scores(table, by="who"))
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["No. 3 > 4", "old; calm"]
    values = [[mark.value for mark in marks(panel)] for panel in ax.child_axes]
    assert values == [[2.0, 3.0, 3.5, 4.0], [3.5, 4.0, 4.5]]
    assert names(ax.child_axes[0]) == [NAMES[1], NAMES[2], NAMES[3], NAMES[0]]
    assert said_at(ax.child_axes[1])["–"][1] == 0
    assert "–: fewer than 5 answers, or hidden to protect people" in on_one_line(ax.get_xlabel())
    assert "Mean by who, n = 40, intervals 90 %" in words(ax)


def test_of_several_waves_the_last_is_drawn_and_told():
    ax = baseline_chart(scores(by_segment("2024", "2025: II"), by=("who", "wave")))
    values = [[mark.value for mark in marks(panel)] for panel in ax.child_axes]
    assert values == [[2.01, 3.01, 3.51, 4.01], [2.51, 3.51, 4.01, 4.51]]
    assert "Mean by who and wave; wave 2025: II, n = 40, intervals 90 %" in words(ax)
    assert title(ax).startswith(f"{TOLD.lead}, waves 2025: II;")


TABLES = {
    "competitors": {"competitor": "No. 1", "mean_competitor": 1.0, "difference": 0.5, "difference_low": 0.2,
                    "difference_high": 0.8, "position": "ahead"},
    "employees": {"mean_employees": 3.0, "low_employees": 2.0, "high_employees": 4.0, "q_value": 0.5,
                  "difference": 0.5},
    "emotion": {"strength": 3.0, "strength_low": 2.0, "strength_high": 4.0, "strong_and_low": 0.5,
                "strong_and_low_low": 0.4, "strong_and_low_high": 0.6, "q_value": 0.5},
    "verdicts": {"verdict": "check overlap", "partner": NAMES[3], "certainty": 0.5, "importance": 0.1, "rule": "",
                 "evidence": NAMES[3], "need": ""},
    "blind spots": {"kind": "too few answers", "what": NAMES, "lever": False, "more": 3.0, "more_answers": 4.0,
                    "next": NAMES[3]},
    "comments": {"term": NAMES, "log_odds": -1.0, "low": -2.0, "high": -0.5, "side": "low", "q_value": 0.01},
    "response bias": {"column": NAMES[3], "value": NAMES, "share": 0.5, "low": 0.4, "high": 0.6, "base": 0.4,
                      "difference": 0.1, "q_value": 0.5},
    "pitfalls": {"pitfall": "whipsaw", "figure": NAMES, "value": 0.5, "low": 0.4, "high": 0.6, "reference": 0.3,
                 "verdict": "seen"},
    "consistency": {"group": NAMES, "icc": 0.5, "low": 0.4, "high": 0.6},
    "standards": {"metric": NAMES[3], "unit": NAMES[3], "wave": NAMES[3], "value": 3.0, "target": 3.0, "gap": 0.0,
                  "better": "higher", "q_value": 0.5},
}  # fmt: skip
PARTS = {"position": {"segment": [""]}, "means": {}, "coverage": {"n": [40]}, "raking": {"n": [40]}}


@pytest.mark.parametrize("side", TABLES)
def test_names_with_two_dollars_are_no_mathematics(side):
    table = pd.DataFrame(SCORES).head(4).assign(touchpoint=NAMES, segment=NAMES[3], **TABLES[side])
    made = view(side, table.drop(columns="segment"), latest=table, **PARTS)
    ax = CHARTS[side].draw(made)
    assert read_as_mathematics(ax) == []
    rows = [name for panel in [ax, *ax.child_axes] for name in names(panel)]
    assert any(NAMES[3] in text for text in [*rows, *words(ax)])
    assert title(ax) == TOLD.title
    image, alt = pictures.picture(made)
    assert image.startswith(b"\x89PNG")
    assert TOLD.sentence in alt


def test_a_scorecard_of_awkward_names_is_drawn_in_panels_too():
    assert read_as_mathematics(baseline_chart(scores(SCORES))) == []
    assert read_as_mathematics(baseline_chart(scores(by_segment(), by="who"))) == []


@pytest.fixture(scope="module")
def airport():
    study = cx.datasets.load_airport()
    return cx.baseline(study.survey(), study.map(), per="stage"), cx.baseline(study.survey(), study.map())


def rows_of(text: str, sentence: object) -> list[str]:
    """What stands behind the finding, a row each."""
    _, found, rows = text.partition(f"{sentence} ")
    assert found
    return rows.removesuffix(".").split("; ")


def test_stages_are_told_the_lowest_first(airport):
    by_stage, _ = airport
    lowest = by_stage.table.sort_values("mean").iloc[0]
    told = rows_of(alt_text(by_stage), by_stage)
    assert told[0] == f"{lowest['stage']} {number(lowest['mean'])} {interval(lowest['low'], lowest['high'])}"
    assert len(told) == 5


def test_a_map_is_told_by_stage():
    whole = cx.datasets.load_airport().map()
    told = rows_of(alt_text(whole), whole)
    assert told[0] == "Planning: Booking website"
    assert [row.split(":")[0] for row in told] == list(whole.lifecycle.names[:5])


def test_channels_are_told_by_their_agreement_where_the_same_people_rated_all(airport):
    made = airport[1].consistency({"Bags": ["Bag drop", "Baggage claim"]})
    row = made.table.iloc[0]
    assert rows_of(alt_text(made), made) == [f"Bags {number(row['icc'])} {interval(row['low'], row['high'])}"]


def test_separate_samples_are_told_by_their_effect_size():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"web": rng.integers(1, 6, 300), "nps": rng.integers(0, 11, 300)})
    frame["channel"] = np.repeat(["app", "desk", "phone"], 100)
    frame.loc[frame["channel"] == "app", "web"] = 5
    survey = cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5), channel="channel")
    made = cx.baseline(survey).consistency()
    assert rows_of(alt_text(made), made) == [f"web {number(made.table['epsilon2'].iloc[0])}"]
    assert made.table["epsilon2"].iloc[0] > 0.2


FIGURES = {
    "Baseline": "mean",
    "verdicts": "verdict",
    "standards": "value",
    "competitors": "difference",
    "employees": "difference",
    "consistency": "icc",
    "pitfalls": "value",
    "response bias": "share",
    "emotion": "strength",
    "comments": "log_odds",
}


@pytest.mark.parametrize("side", FIGURES)
def test_alternative_texts_tell_the_figure_that_is_drawn(side):
    assert CHARTS[side].value == FIGURES[side]


def test_the_lowest_score_is_told_first():
    table = CHARTS["Baseline"].rows(scores(SCORES))
    assert table["touchpoint"].tolist() == [NAMES[1], NAMES[2], NAMES[3], NAMES[0], "Not asked"]
