"""Sides of compared places: the funnel, and the map of places and touchpoints.

Figures come from the record of :mod:`cxlens.stages.baseline.place_record`; its pictures are in
:mod:`cxlens.stages.baseline.place_charts`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, percent, plural
from cxlens.errors import OptionError
from cxlens.stages.baseline.place_record import ABOVE, BELOW, Compared
from cxlens.stages.baseline.place_scores import PlaceScores
from cxlens.stats.funnel import LEVELS, limits
from cxlens.study.asked import as_asked
from cxlens.study.metrics import find_metric
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
INNER, OUTER = (percent(level, 1) if level > 0.99 else percent(level) for level in LEVELS)


def funnel(record: Compared) -> View:
    """Means beside limits for so many answers: see :meth:`cxlens.stages.baseline.places.Places.funnel`."""
    scores = record.scores[0]
    shown = scores.shown
    everyone = np.array(record.names, object)
    means = scores.mean[shown]
    usual = float(record.shares["usual"].iloc[0])
    inner, outer = (limits(scores.centre, scores.variance[shown], usual, level) for level in LEVELS)
    outside = outside_of(means, inner, outer)
    columns = {
        "place": everyone[shown],
        "n": scores.n[shown],
        "mean": means,
        "limit_low": inner[0],
        "limit_high": inner[1],
        "far_low": outer[0],
        "far_high": outer[1],
        "outside": outside,
    }
    read = pd.DataFrame(columns).astype({"n": "Int64"}).sort_values("n", kind="stable", ignore_index=True)
    table = as_asked(read, record.measured.scale, ("mean", "limit_low", "limit_high"), ("", "far_low", "far_high"))
    note = (
        f"Limits are {INNER} and {OUTER} around the mean of all answers. They allow for how places usually differ "
        "beyond chance (additive over-dispersion); one place in 20 lies outside the inner ones by chance alone."
    )

    def again(survey: Survey) -> View:
        return funnel(record.again(survey))

    return View(
        "baseline/funnel",
        table,
        _of_funnel(record, table),
        note,
        record,
        again=again,
        level=record.level,
    )


def outside_of(means: Floats, inner: tuple[Floats, Floats], outer: tuple[Floats, Floats]) -> NDArray[np.str_]:
    """(k,) which limits each mean lies outside of, in words; "" of those inside."""
    return np.select([_is_outside(means, outer), _is_outside(means, inner)], [OUTER, INNER], "")


def _is_outside(means: Floats, ends: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """Which means lie outside their limits."""
    low, high = ends
    return np.asarray((means < low) | (means > high))


def _of_funnel(record: Compared, table: pd.DataFrame) -> Finding:
    """Which places lie outside the outer limits."""
    outside = table[table["outside"] == OUTER]
    metric = record.measured
    n = count(table["n"].sum())
    among = plural(len(table), "place")
    if outside.empty:
        return Finding(f"None of {among} lies outside the {OUTER} limits of {metric.label}", n=n)
    items = []
    for row in outside.to_dict("records"):
        items.append(Item(str(row["place"]), metric.words(row["mean"])))
    verb = "lies" if len(items) == 1 else "lie"
    return Finding(f"{len(items)} of {among} {verb} outside the {OUTER} limits of {metric.label}", items=items, n=n)


def heat_map(record: Compared) -> View:
    """Places and metrics: see :meth:`cxlens.stages.baseline.places.Places.heat_map`."""
    if len(record.metrics) < 2:
        raise OptionError("heat_map needs two metrics or more. Name them: cx.compare_places(survey, by, metric=[...]).")
    table = record.table[["place", "metric", "n", "value", "position"]].copy()
    table["away"] = np.nan
    for scores in record.scores:
        rows = table["metric"] == scores.metric.name
        table.loc[rows, "away"] = _away(scores, table.loc[rows, "value"])
    note = "Coloured: clearly off the mean of all; white: not clear. Colours count standard deviations of an answer."

    def again(survey: Survey) -> View:
        return heat_map(record.again(survey))

    return View(
        "baseline/heat map",
        table,
        _of_map(record, table),
        note,
        record,
        again=again,
        level=record.level,
    )


def _away(scores: PlaceScores, values: pd.Series[float]) -> pd.Series[float]:
    """How far values lie off the mean of all, in standard deviations of an answer, above 0 for the better."""
    mean, _, _ = scores.metric.asked(*[scores.centre] * 3)
    better = -1 if scores.metric.lowest_is_best else 1
    spread = float(np.sqrt(scores.within)) or np.nan
    return better * (values - mean) / spread


def _of_map(record: Compared, table: pd.DataFrame) -> Finding:
    """The places that are clearly low most often."""
    low = table[table["position"] == BELOW]
    high = table[table["position"] == ABOVE]
    n = count(record.table.groupby("metric")["n"].sum().max())
    measures = plural(len(record.metrics), "measure")
    if low.empty:
        return Finding(f"No place is clearly below the mean of all in any of {measures}", n=n)
    often = low.groupby("place", sort=False).size().sort_values(ascending=False, kind="stable")
    items = [Item(str(place), f"{times} of {measures}") for place, times in often.items()]
    more = [f"Clearly above it in some: {plural(high['place'].nunique(), 'place')}"]
    return Finding("Clearly below the mean of all", items=items, more=more, n=n)


def label_of(record: Compared, name: str) -> str:
    """What a metric is called in a picture."""
    return find_metric(record.survey, name).shown
