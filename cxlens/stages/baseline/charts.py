"""The scorecard, and the list of all pictures of the stage. Nothing is computed here: figures come from the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.style import SPACE, Dot
from cxlens.common.values import count, number, percent, signed
from cxlens.stages.baseline.aggregated import leading
from cxlens.stages.baseline.baseline import Baseline
from cxlens.stages.baseline.compare_charts import competitors_chart, consistency_chart, employees_chart, pitfalls_chart
from cxlens.stages.baseline.journey_chart import journey_chart
from cxlens.stages.baseline.journey_lanes import FEELS
from cxlens.stages.baseline.journey_map import JourneyMap
from cxlens.stages.baseline.map_chart import Sight, map_chart, sight_chart, standing
from cxlens.stages.baseline.not_covered_chart import not_covered_chart
from cxlens.stages.baseline.place_charts import (
    best_practice_chart,
    change_chart,
    change_funnel_chart,
    funnel_chart,
    heat_map_chart,
    places_chart,
)
from cxlens.stages.baseline.standards_chart import standards_chart
from cxlens.stages.baseline.verdict_charts import blind_spots_chart, named_rows, verdicts_chart
from cxlens.stages.baseline.words_charts import comments_chart, emotion_chart, response_bias_chart
from cxlens.study.touchpoints import TouchpointMap

Row = dict[Any, Any]


def baseline_chart(result: Baseline, ax: Axes | None = None) -> Axes:
    """Draw the scorecard: a dot and interval for each touchpoint, the worst on top.

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
    tables, more = style.parts(result.table, result.by, result.survey.named, result.survey.time)
    first_table = next(iter(tables.values()))
    lead = leading(result.survey)
    worst_first = _worst_first(first_table, result)
    order = worst_first[result.per].tolist()
    rows = {segment: _in_order(table, result.per, order) for segment, table in tables.items()}
    dots = {segment: _score_dots(segment_rows, result) for segment, segment_rows in rows.items()}
    first_rows = next(iter(rows.values()))
    style.draw_rows(
        ax,
        order,
        dots,
        _columns(first_rows, result.level),
    )
    about = style.about(result.survey.n, result.level)
    drawn = _drawn(result, tables)
    style.finish(
        ax,
        drawn.finding.title,
        f"{lead.word}{more}, {about}",
        x=_axis(result),
    )
    return ax


def _in_order(table: pd.DataFrame, per: str, order: list[str]) -> list[Row]:
    return table.set_index(per).loc[order].to_dict("records")


def _columns(rows: list[Row], level: float) -> dict[str, list[str]]:
    """The text beside each row: its standard, who used it, and the scores."""
    used_by: list[str] = ["" if pd.isna(row["reach"]) else percent(row["reach"]) for row in rows]
    columns: dict[str, list[str]] = {
        "standard": [standing(row, level)[-1] for row in rows],
        "used by": used_by,
        "n": ["" if pd.isna(row["n"]) else count(row["n"]) for row in rows],
    }
    if not any(row["reach"] < 1 for row in rows):  # nobody said "not used", so nobody knows who used what
        del columns["used by"]
    return columns


def _score_dots(rows: list[Row], result: Baseline) -> list[Dot]:
    return [_score_dot(row, result) for row in rows]


def _score_dot(row: Row, result: Baseline) -> Dot:
    """The mean, with its standard where that is one of means; panels have no room for notes."""
    colour, marker, filled, _ = standing(row, result.level)
    lead = leading(result.survey)
    return Dot(
        row[lead.column],
        row[lead.low],
        row[lead.high],
        colour,
        marker,
        filled,
        note=row["note"] if result.by is None else "",
        standard=row["standard"] if row["metric"] == lead.column else np.nan,
    )


def _drawn(result: Baseline, tables: Mapping[str, pd.DataFrame]) -> Baseline:
    """The part of a result that is drawn: of several waves the last."""
    if "wave" not in result.table:
        return result
    drawn = pd.concat(tables.values()).index
    return replace(result, record=replace(result.record, table=result.record.table.loc[drawn]))


def _axis(result: Baseline) -> str:
    """What the figures are, and how they are marked."""
    table = result.table
    scale = result.survey.scale
    lead = leading(result.survey)
    words = lead.axis
    if scale and lead.column == "mean":
        words += f" ({scale.ends})"
    if table["standard"].notna().any():
        words += f". Upright line: standard; ◆{SPACE}clearly below it, ○{SPACE}about there"
    if result.by and table[lead.column].isna().any():
        words += f". –: {reason(result.min_n)}"
    return words


def _worst_first(table: pd.DataFrame, result: Baseline) -> pd.DataFrame:
    """The rows from the worst to the best; what has no figure comes last."""
    lead = leading(result.survey)
    return table.sort_values(lead.column, ascending=lead.ascending, kind="stable", na_position="last")


def _drawn_figures(result: Baseline) -> pd.DataFrame:
    """What is drawn, as a table of touchpoints and means."""
    lead = leading(result.survey)
    table = _worst_first(result.table, result)
    return table.assign(mean=table[lead.column]).rename(columns={result.per: "touchpoint"})


def _stages_of(touchpoint_map: TouchpointMap) -> pd.DataFrame:
    """A row a stage, with the names of its touchpoints."""
    names: dict[str, list[str]] = {stage: [] for stage in touchpoint_map.lifecycle.names}
    for touchpoint in touchpoint_map:
        names[touchpoint.stage].append(touchpoint.name)
    lists = [", ".join(touchpoints) or "no touchpoint" for touchpoints in names.values()]
    return pd.DataFrame({"stage": [f"{stage}:" for stage in names], "touchpoints": lists})


def _stages_of_sight(sight: Sight) -> pd.DataFrame:
    return _stages_of(sight.touchpoint_map)


def _agreement_of(view: View) -> pd.DataFrame:
    """Groups of channels with their agreement; with separate samples, touchpoints with their effect size."""
    if "group" in view.table:
        return view.table
    return view.table.rename(columns={"touchpoint": "group", "epsilon2": "icc"})


def _ratings_of_journey(journey: JourneyMap) -> pd.DataFrame:
    """The ratings on a journey map, those below their standard first."""
    felt = journey.table[journey.table["lane"] == FEELS].dropna(subset="mean")
    return felt.sort_values("mean", kind="stable")


JOURNEY = "Journey map by stage, with what people do, feel, say and need"
JOURNEY_WIDTH = 9.5  # inches: as wide as a notebook shows without making it smaller
WHOLE_MAP = "Map of touchpoints by stage and channel"
SEEN_MAP = "Map of touchpoints by stage and lane"
CHARTS = {
    "Baseline": Chart(baseline_chart, "Scorecard of touchpoints", "touchpoint", "mean", number, _drawn_figures),
    "TouchpointMap": Chart(map_chart, WHOLE_MAP, "stage", "touchpoints", str, _stages_of),
    "JourneyMap": Chart(journey_chart, JOURNEY, "touchpoint", "mean", number, _ratings_of_journey, JOURNEY_WIDTH),
    "Sight": Chart(sight_chart, SEEN_MAP, "stage", "touchpoints", str, _stages_of_sight),
    "blind spots": Chart(blind_spots_chart, "Blind spots, the worst first", "what", "kind", str),
    "not covered": Chart(not_covered_chart, "What no initiative takes care of", "what", "why", str),
    "verdicts": Chart(verdicts_chart, "Verdicts by touchpoint", "touchpoint", "verdict", str, named_rows),
    "standards": Chart(standards_chart, "Standards by wave", "touchpoint", "value", number),
    "competitors": Chart(competitors_chart, "Differences to competitors", "touchpoint", "difference", signed),
    "employees": Chart(employees_chart, "Customers less employees", "touchpoint", "difference", signed),
    "consistency": Chart(consistency_chart, "Consistency between channels", "group", "icc", number, _agreement_of),
    "pitfalls": Chart(pitfalls_chart, "Pitfalls", "figure", "value", number),
    "response bias": Chart(response_bias_chart, "Respondents against the customer base", "value", "share", number),
    "emotion": Chart(emotion_chart, "Strength of feeling", "touchpoint", "strength", number),
    "Places": Chart(places_chart, "Places, the best on top", "place", "value", number),
    "funnel": Chart(funnel_chart, "Funnel of places", "place", "mean", number),
    "heat map": Chart(heat_map_chart, "Map of places and measures", "place", "away", signed),
    "best practice": Chart(best_practice_chart, "Places to visit first", "place", "away", signed),
    "funnel of changes": Chart(change_funnel_chart, "Changes by place", "place", "change", signed),
    "change by place": Chart(change_chart, "Changes by place", "place", "value", signed),
    "comments": Chart(comments_chart, "Words of low and high scores", "term", "log_odds", signed),
}
