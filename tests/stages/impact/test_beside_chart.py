"""Lines of others beside ours: each with its mark and its name at the end, all waves in the order of time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common.style import BLUE, GREY
from cxlens.stages.impact.charts import monitor_chart


def survey(years: list[int], mean: float) -> cx.Survey:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"desk": np.clip(np.round(rng.normal(mean, 0.9, 60 * len(years))), 1, 5), "y": 4})
    frame["year"] = np.repeat(years, 60)
    return cx.Survey(frame, touchpoints=["desk"], outcome="y", scale=cx.Scale(1, 5), time="year")


def test_lines_end_with_whose_they_are_and_waves_are_in_order():
    rivals = {"Neighbour": survey([2021, 2023], 4.2), "Third": survey([2022], 2.5)}
    result = cx.monitor(survey([2022, 2023, 2024], 3.4), metric="desk", competitors=rivals)
    ax = Figure(figsize=(8, 4), dpi=110).subplots()
    assert monitor_chart(result, ax) is ax
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2021", "2022", "2023", "2024"]
    lines = [line for line in ax.lines if line.get_marker() in {"s", "D"}]
    assert [list(line.get_xdata()) for line in lines] == [[0, 2], [1]]
    values = result.table.query("whose == 'Neighbour'")["value"].tolist()
    assert list(lines[0].get_ydata()) == values
    ends = {text.get_text(): text.get_color() for text in ax.texts if ": " in text.get_text()}
    ours = result.table.query("whose == 'ours'")["value"].iloc[-1]
    assert ends[f"ours: {ours:.2f}"] == BLUE
    assert ends[f"Neighbour: {values[-1]:.2f}"] == GREY


def test_who_has_not_the_metric_is_no_line():
    other = survey([2022, 2023], 3.0)
    staff = cx.Survey(other.table.rename(columns={"desk": "job"}), touchpoints=["job"], outcome="y", time="year")
    result = cx.monitor(survey([2022, 2023], 3.4), metric="desk", employees=staff)
    ax = Figure(figsize=(8, 4), dpi=110).subplots()
    monitor_chart(result, ax)
    assert [line for line in ax.lines if line.get_marker() == "s"] == []
    assert result.only("desk").table["whose"].unique().tolist() == ["ours"]
