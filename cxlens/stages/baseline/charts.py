"""The scorecard, and the list of all pictures of the stage. Nothing is computed here: figures come from the results."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.result import View
from cxlens.common.style import SPACE, Dot
from cxlens.common.values import count, number, percent, signed
from cxlens.stages.baseline.baseline import Baseline
from cxlens.stages.baseline.compare_charts import competitors_chart, consistency_chart, employees_chart, pitfalls_chart
from cxlens.stages.baseline.map_chart import Sight, map_chart, standing
from cxlens.stages.baseline.standards_chart import standards_chart
from cxlens.stages.baseline.verdict_charts import blind_spots_chart, verdicts_chart
from cxlens.stages.baseline.words_charts import comments_chart, emotion_chart, response_bias_chart
from cxlens.study.touchpoints import TouchpointMap


def baseline_chart(result: Baseline, ax: Axes | None = None) -> Axes:
    """Draw the scorecard: a dot and interval for each touchpoint, the lowest on top.

    Parameters
    ----------
    result
        From :func:`cxlens.baseline`. With ``by``: a panel for each of the first six segments, in the same order.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. A small upright line is the standard; an orange diamond is clearly below it.
    """
    ax = ax or style.new_axes()
    tables, more = style.parts(result.table, result.by)
    order = next(iter(tables.values())).sort_values("mean", kind="stable", na_position="last")[result.per].tolist()
    rows = {name: own.set_index(result.per).loc[order].to_dict("records") for name, own in tables.items()}
    first_rows = next(iter(rows.values()))
    columns = {
        "standard": [standing(row, result.level)[3] for row in first_rows],
        "used by": ["" if pd.isna(row["reach"]) else percent(row["reach"]) for row in first_rows],
        "n": ["" if pd.isna(row["n"]) else count(row["n"]) for row in first_rows],
    }
    dots = {name: [_score_dot(row, result) for row in own] for name, own in rows.items()}
    style.draw_rows(ax, order, dots, columns)
    scale, table = result.survey.scale, result.table
    words = "Mean score of users" + (f" ({scale.low:g} to {scale.high:g})" if scale else "")
    if table["standard"].notna().any():
        words += f". Upright line: standard; ◆{SPACE}clearly below it, ○{SPACE}about there"
    if result.by and table["mean"].isna().any():
        words += f". –: fewer than {result.min_n} answers"
    said = str(
        result
        if "wave" not in table
        else replace(result, record=replace(result.record, table=pd.concat(tables.values())))
    )  # of what is drawn
    title = re.sub(r", n = [\d,]+( \([\d ]+% used it\))?| \(probability [^)]*\)", "", said).removesuffix(".")
    style.finish(ax, title, f"Mean{more}, {style.about(result.survey.n, result.level)}", x=words)
    return ax


def _score_dot(row: dict[Any, Any], result: Baseline) -> Dot:
    """The mean, with its standard where that is one of means; panels have no room for notes."""
    standard = row["standard"] if row["metric"] == "mean" else np.nan
    note = row["note"] if result.by is None else ""
    return Dot(row["mean"], row["low"], row["high"], *standing(row, result.level)[:3], note, standard)


def sight_chart(sight: Sight, ax: Axes | None = None) -> Axes:
    """Draw a map with what is to be seen on it."""
    return map_chart(sight.touchpoint_map, ax, sight.performance, sight.importance, sight.lanes)


def _lowest_first(result: Baseline) -> pd.DataFrame:
    rows = result.table.sort_values("mean", kind="stable")
    return rows.rename(columns={result.per: "touchpoint"})


def _stages_of(touchpoint_map: TouchpointMap) -> pd.DataFrame:
    """A row a stage, with the names of its touchpoints."""
    names: dict[str, list[str]] = {stage: [] for stage in touchpoint_map.lifecycle.names}
    for touchpoint in touchpoint_map:
        names[touchpoint.stage].append(touchpoint.name)
    rows = [(f"{stage}:", ", ".join(found) or "no touchpoint") for stage, found in names.items()]
    return pd.DataFrame(rows, columns=["stage", "touchpoints"])


def _agreement_of(view: View) -> pd.DataFrame:
    """Groups of channels with their agreement; with separate samples, touchpoints with their effect size."""
    if "group" in view.table:
        return view.table
    return view.table.rename(columns={"touchpoint": "group", "epsilon2": "icc"})


CHARTS = {
    "Baseline": Chart(baseline_chart, "Scorecard of touchpoints", "touchpoint", "mean", number, _lowest_first),
    "TouchpointMap": Chart(
        map_chart, "Map of touchpoints by stage and channel", "stage", "touchpoints", str, _stages_of
    ),
    "Sight": Chart(
        sight_chart,
        "Map of touchpoints by stage and lane",
        "stage",
        "touchpoints",
        str,
        lambda sight: _stages_of(sight.touchpoint_map),
    ),
    "blind spots": Chart(blind_spots_chart, "Blind spots, the worst first", "what", "kind", str),
    "verdicts": Chart(verdicts_chart, "Verdicts by touchpoint", "touchpoint", "verdict", str),
    "standards": Chart(standards_chart, "Standards by wave", "touchpoint", "value", number),
    "competitors": Chart(competitors_chart, "Differences to competitors", "touchpoint", "difference", signed),
    "employees": Chart(employees_chart, "Customers less employees", "touchpoint", "difference", signed),
    "consistency": Chart(consistency_chart, "Consistency between channels", "group", "icc", number, _agreement_of),
    "pitfalls": Chart(pitfalls_chart, "Pitfalls", "figure", "value", number),
    "response bias": Chart(response_bias_chart, "Respondents against the customer base", "value", "share", number),
    "emotion": Chart(emotion_chart, "Strength of feeling", "touchpoint", "strength", number),
    "comments": Chart(comments_chart, "Words of low and high scores", "term", "log_odds", signed),
}
