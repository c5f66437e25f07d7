from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.inline import PHONE
from cxlens.common.style import BLUE, FLAT, GREY, LIGHT, ORANGE, Headless
from cxlens.stages.impact.charts import impact_chart, monitor_chart
from cxlens.stages.impact.monitor import Monitor
from tests.stages.texts import said, texts_of

WIFI = "Wireless network in the halls and at the gates"


def survey(n: int = 900) -> cx.Survey:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"year": rng.integers(2021, 2026, n), "hall": rng.integers(1, 3, n)})
    frame["who"] = rng.choice(["business", "leisure", "crew", "families"], n)
    lift = 0.9 * ((frame["year"] >= 2024) & (frame["hall"] == 2))
    frame[WIFI] = np.clip(np.round(3.3 + lift + rng.normal(size=n)), 1, 5)
    frame["rec"] = np.clip(np.round(7.5 + rng.normal(0, 1.5, n)), 0, 10)
    frame["back"] = (rng.random(n) < 0.7).astype(int)
    return cx.Survey(
        frame,
        touchpoints=[WIFI],
        outcome={"rec": "nps", "back": "binary"},
        scale=cx.Scale(1, 5),
        segments=["who", "hall"],
        time="year",
    )


@pytest.fixture(scope="module")
def results() -> dict[str, object]:
    data = survey()
    halves = {"metric": WIFI, "before": [2021, 2022, 2023], "after": [2024, 2025]}
    return {
        "impact": cx.before_after(data, adjust=["who"], **halves),
        "impact did": cx.difference_in_differences(data, metric=WIFI, before=2023, after=2024, treated={"hall": 2}),
        "monitor": cx.monitor(data, metric=WIFI),
        "monitor nps": cx.monitor(data),
        "monitor binary": cx.monitor(data, metric="back"),
        "monitor by": cx.monitor(data, metric=WIFI, by="who"),
    }


CHARTS = {
    "impact": impact_chart,
    "monitor": monitor_chart,
}
KINDS = ["impact", "impact did", "monitor", "monitor by"]


def chart_of(kind: str):
    return CHARTS[kind.split()[0]]


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_draws_on_the_axes_it_is_given(kind, results):
    before = plt.get_fignums()
    ax = Figure(figsize=(8, 5), layout="constrained").subplots()
    assert chart_of(kind)(results[kind], ax) is ax
    assert plt.get_fignums() == before
    assert len(ax.get_title(loc="left")) > 10
    assert len(ax.get_xlabel()) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_labels_keep_apart(kind, results):
    ax = chart_of(kind)(results[kind])
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    plt.close(ax.get_figure())
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def marks(ax) -> dict[float, Line2D]:
    """What stands upright on its interval, by its place across."""
    upright = [line for line in ax.lines if line.get_marker() not in {"None", None}]
    return {line.get_xdata()[0]: line for line in upright}


def look(line: Line2D) -> tuple[str, str, bool]:
    return line.get_color(), line.get_marker(), line.get_markerfacecolor() != "white"


def label_at(ax, x: float) -> str:
    return next(text.get_text() for text in ax.texts if text.xy[0] == x and text.get_text())


def ends_of(ax) -> dict[str, tuple[float, str]]:
    """The direct labels at the right: where they stand, and their colour."""
    return {text.get_text(): (text.xy[1], text.get_color()) for text in ax.texts if text.xy[0] == 1}


def test_before_and_after_are_two_means_on_their_intervals(results):
    result = results["impact"]
    ax = impact_chart(result, Figure().subplots())
    drawn = marks(ax)
    cells = result.cells.set_index("period")
    assert list(drawn) == [0, 1]
    for x, period in ((0, "before"), (1, "after")):
        assert list(drawn[x].get_ydata()) == cells.loc[period, ["low", "mean", "high"]].tolist()
        assert look(drawn[x]) == (BLUE, "o", True)
    line = ax.lines[0]
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([0, 1], cells["mean"].tolist())
    assert not [line for line in ax.lines if line.get_linestyle() == "--"]
    (row,) = result.table[result.table["quantity"] == "change"].to_dict("records")
    words = f"{cells.loc['after', 'mean']:.2f}\nchange +{row['estimate']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
    assert ends_of(ax) == {words: (cells.loc["after", "mean"], BLUE)}


def test_before_and_after_stand_apart_on_a_phone(results):
    ax = impact_chart(results["impact"], Headless(figsize=(PHONE, FLAT)).subplots())
    first, second = (label.get_window_extent() for label in ax.get_xticklabels())
    assert first.x1 < second.x0


def test_before_and_after_says_what_was_measured_when(results):
    ax = impact_chart(results["impact"], Figure().subplots())
    assert [" ".join(label.get_text().split()) for label in ax.get_xticklabels()] == [
        "before: 2021, 2022 and 2023",
        "after: 2024 and 2025",
    ]
    assert " ".join(ax.get_ylabel().split()) == f"{WIFI} satisfaction, mean score (1 to 5)"
    assert ax.get_xlabel() == "Period (year)"
    assert " ".join(ax.get_title("left").split()) == results["impact"].finding.title
    assert f"{WIFI} satisfaction, n = 900, intervals 95 %. Before and after only." in said(ax)
    (dotted,) = [line for line in ax.lines if line.get_linestyle() == ":"]
    assert list(dotted.get_xdata()) == [0.5, 0.5]


def test_the_treated_are_blue_the_others_grey_squares(results):
    result = results["impact did"]
    ax = impact_chart(result, Figure().subplots())
    cells = result.cells.set_index(["group", "period"])
    drawn = marks(ax)
    places = {
        ("treated", "before"): -0.02,
        ("control", "before"): 0.02,
        ("control", "after"): 1.02,
    }
    for place, x in places.items():
        assert list(drawn[x].get_ydata()) == cells.loc[place, ["low", "mean", "high"]].tolist()
    assert look(drawn[-0.02]) == (BLUE, "o", True)
    assert look(drawn[0.02]) == look(drawn[1.02]) == (GREY, "s", True)
    treated, control = cells.loc[("treated", "after"), "mean"], cells.loc[("control", "after"), "mean"]
    effect = f"effect +{result.estimate:.2f} [{result.low:.2f}, {result.high:.2f}]"
    assert ends_of(ax) == {
        f"hall = 2: {treated:.2f}\n{effect}": (treated, BLUE),
        f"the others: {control:.2f}": (control, GREY),
        "had it changed like the others": (treated - result.estimate, BLUE),
    }
    assert "Assumes parallel trends." in said(ax)


def test_the_counterfactual_is_dashed_and_ends_below_by_the_effect(results):
    result = results["impact did"]
    ax = impact_chart(result, Figure().subplots())
    (dashed,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    cells = result.cells.set_index(["group", "period"])["mean"]
    without = cells["treated", "after"] - result.estimate
    assert result.estimate > 0
    assert list(dashed.get_ydata()) == [cells["treated", "before"], without]
    assert (list(dashed.get_xdata()), dashed.get_color()) == ([-0.02, 0.98], BLUE)
    (open_mark,) = [line for line in ax.lines if look(line) == (BLUE, "o", False)]
    assert (open_mark.get_xdata()[0], list(open_mark.get_ydata())) == (0.98, [without] * 3)


def series(**columns: list[float]) -> Monitor:
    """A made-up series of four waves: up clearly, down clearly, up by chance."""
    table = pd.DataFrame({"wave": [2021, 2022, 2023, 2024], "n": [50, 60, 70, 80]}).astype({"n": "Int64"})
    made = {
        "value": [3.0, 4.0, 2.0, 2.5],
        "low": [2.5, 3.6, 1.9, 2.3],
        "high": [3.2, 4.1, 2.4, 2.8],
        "change": [np.nan, 1.0, -2.0, 0.5],
        "change_low": [np.nan, 0.5, -2.5, -0.5],
        "change_high": [np.nan, 1.5, -1.5, 1.5],
        "p_value": [np.nan, 0.01, 0.02, 0.04],
        "q_value": [np.nan, 0.02, 0.03, 0.06],
    }
    source = cx.monitor(survey(), metric=WIFI)
    return dataclasses.replace(source, table=table.assign(**(made | columns)))


def test_clear_steps_are_triangles_with_words_up_is_blue_down_is_orange():
    result = series()
    ax = monitor_chart(result, Figure().subplots())
    drawn = marks(ax)
    assert {x: look(line)[:2] for x, line in drawn.items()} == {
        0: (BLUE, "o"),
        1: (BLUE, "^"),
        2: (ORANGE, "v"),
        3: (BLUE, "o"),
    }
    for x, line in drawn.items():
        assert list(line.get_ydata()) == result.table.loc[x, ["low", "value", "high"]].tolist()
    labels = {text.xy: (text.get_text(), text.get_color()) for text in ax.texts if text.xy[0] in range(4)}
    assert labels == {
        (0, 3.2): ("3.00", BLUE),
        (1, 4.1): ("(+1.00)", BLUE),
        (2, 2.4): ("(-2.00)", ORANGE),
        (3, 2.8): ("2.50", BLUE),
    }
    thread = ax.lines[0]
    assert (list(thread.get_xdata()), list(thread.get_ydata())) == ([0, 1, 2, 3], [3, 4, 2, 2.5])
    assert thread.get_color() == LIGHT


def test_a_clear_last_step_says_value_and_change_on_its_mark_where_there_is_no_interval():
    result = series(q_value=[np.nan, 0.5, 0.5, 0.01], high=[np.nan] * 4, low=[np.nan] * 4)
    ax = monitor_chart(result, Figure().subplots())
    texts = {text.xy: text.get_text() for text in ax.texts}
    assert texts[3, 2.5] == "2.50\n(+0.50)"


def test_waves_are_named_below_as_many_as_fit():
    ax = monitor_chart(series(), Figure().subplots())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2021", "2022", "2023", "2024"]
    table = series().table
    long = pd.concat([table.assign(wave=table["wave"] + 4 * k) for k in range(5)], ignore_index=True)
    ax = monitor_chart(dataclasses.replace(series(), table=long), Figure().subplots())
    assert [label.get_text() for label in ax.get_xticklabels()] == [str(year) for year in range(2021, 2041, 3)]
    assert list(ax.get_xticks()) == list(range(0, 20, 3))


def test_each_segment_has_a_panel_with_all_its_waves(results):
    result = results["monitor by"]
    ax = monitor_chart(result, Figure(figsize=(8, 6)).subplots())
    assert [panel.get_title("left") for panel in ax.child_axes] == ["business", "crew", "families", "leisure"]
    for panel, (_, rows) in zip(ax.child_axes, result.table.groupby("segment"), strict=True):
        assert [line.get_ydata()[1] for line in marks(panel).values()] == rows["value"].tolist()
        assert panel.get_xticks().tolist() == list(range(rows["wave"].nunique()))
        (series,) = [line for line in panel.lines if line.get_color() == LIGHT]
        assert series.get_ydata().tolist() == rows["value"].tolist()
        assert panel.get_ylim() == ax.child_axes[0].get_ylim()
    subtitle = " ".join(ax.texts[0].get_text().split())
    assert subtitle == (f"{WIFI} satisfaction by year and who, n = 900, intervals 95 %. Marked: steps with q < 0.05.")
    assert ax.get_xlabel() == "Wave (year)"
    inner = [panel.yaxis.get_tick_params()["labelleft"] for panel in ax.child_axes]
    assert inner == [True, False, False, True]


def test_a_wave_is_not_named_twice_on_its_axis():
    frame = pd.DataFrame({"Wi-Fi": [3, 4, 5, 4] * 20, "y": [1, 2, 3, 4] * 20, "wave": [1, 2] * 40})
    waves = cx.Survey(frame, touchpoints=["Wi-Fi"], outcome="y", scale=cx.Scale(1, 5), time="wave")
    assert monitor_chart(cx.monitor(waves), Figure().subplots()).get_xlabel() == "Wave"


def test_segments_beyond_six_are_counted_whatever_their_column_is_called(results):
    result = results["monitor by"]
    one = result.table[result.table["segment"] == "crew"]
    table = pd.concat([one.assign(segment=f"group {k}") for k in range(8)], ignore_index=True)
    ax = monitor_chart(dataclasses.replace(result, table=table, by="sold by hall"), Figure(figsize=(8, 6)).subplots())
    assert len(ax.child_axes) == 6
    assert "by year and sold by hall, and 2 more in the table, n = " in " ".join(ax.texts[0].get_text().split())


def test_units_stand_on_the_axis(results):
    ylabels = {
        kind: monitor_chart(results[kind], Figure().subplots()).get_ylabel()
        for kind in ("monitor", "monitor nps", "monitor binary")
    }
    assert " ".join(ylabels["monitor"].split()) == f"{WIFI} satisfaction, mean score (1 to 5)"
    assert ylabels["monitor nps"] == "NPS points (-100 to 100)"
    assert ylabels["monitor binary"] == "back, % of answers"


def test_shares_read_as_per_cent_and_means_as_they_are(results):
    shares = monitor_chart(results["monitor binary"], Figure().subplots()).yaxis.get_major_formatter()
    means = monitor_chart(results["monitor"], Figure().subplots()).yaxis.get_major_formatter()
    assert shares(0.8).startswith("80")
    assert shares(0.8).endswith("%")
    assert "%" not in means(3.5)


def test_the_scale_on_the_axis_is_that_of_the_outcome():
    frame = pd.DataFrame({"web": [1, 2, 3, 4] * 10, "mood": [1, 9] * 20, "year": [2024, 2025] * 20})
    scales = {"mood": cx.Scale(0, 10)}
    data = cx.Survey(
        frame,
        touchpoints=["web"],
        outcome={"mood": "interval"},
        scale=cx.Scale(1, 5),
        outcome_scale=scales,
        time="year",
    )
    ax = monitor_chart(cx.monitor(data), Figure().subplots())
    assert ax.get_ylabel() == "Mood, mean score (0 to 10)"


def test_a_hidden_wave_is_marked(results):
    frame = results["monitor"].table.copy()
    frame.loc[4, ["value", "low", "high", "change", "q_value"]] = np.nan
    frame.loc[4, "n"] = pd.NA
    ax = monitor_chart(dataclasses.replace(results["monitor"], table=frame), Figure().subplots())
    assert list(marks(ax)) == [0, 1, 2, 3]
    (blank,) = [text for text in ax.texts if text.get_text() == "hidden"]
    assert blank.xy[0] == 4
    assert label_at(ax, 3).startswith(f"{frame['value'].iloc[3]:.2f}")  # the last that is shown


@pytest.mark.parametrize("kind", ["impact did", "monitor"])
def test_a_picture_is_a_png_with_alternative_text(kind, results):
    data, text = charts.picture(results[kind])
    assert data.startswith(b"\x89PNG")
    assert str(results[kind]) in text
