"""Best practice: which places are clearly better at something than the others, and are visited first.

Which places are clearly off the mean of all is told by :mod:`cxlens.stages.baseline.place_record`; what it would bring
if all were like the best is forecast by :func:`cxlens.what_if`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, percent, plural
from cxlens.errors import listing
from cxlens.stages.baseline.place_record import ABOVE, Compared
from cxlens.stages.baseline.place_scores import PlaceScores
from cxlens.study.metrics import find_metric
from cxlens.study.survey import Survey

COLUMNS = ["metric", "place", "n", "raw", "value", "low", "high", "mean", "away", "away_low", "away_high", "q_value"]
ENDS = {"away": "value", "away_low": "low", "away_high": "high"}


def best_practice(record: Compared) -> View:
    """Places to visit first: see :meth:`cxlens.stages.baseline.places.Places.best_practice`."""
    tables = [_clearly_better(record, scores) for scores in record.scores]
    table = pd.concat(tables, ignore_index=True)

    def again(survey: Survey) -> View:
        return best_practice(record.again(survey))

    return View(
        "baseline/best practice",
        table,
        _finding(record, table),
        _note(record),
        record,
        again=again,
        level=record.level,
    )


def _clearly_better(record: Compared, scores: PlaceScores) -> pd.DataFrame:
    """The places clearly above the mean of all by a metric, the best first."""
    metric = scores.metric
    is_row = (record.table["metric"] == metric.name) & (record.table["position"] == ABOVE)
    rows = record.table[is_row].copy()
    mean, _, _ = metric.asked(*[scores.centre] * 3)
    better = -1 if metric.lowest_is_best else 1
    spread = float(np.sqrt(scores.within)) or np.nan
    rows["mean"] = mean
    for away, value in ENDS.items():
        rows[away] = better * (rows[value] - mean) / spread
    if metric.lowest_is_best:
        rows[["away_low", "away_high"]] = rows[["away_high", "away_low"]].to_numpy()
    return rows[COLUMNS]


def _finding(record: Compared, table: pd.DataFrame) -> Finding:
    """Whom to visit first for what; nobody where no place is clearly better."""
    n = count(record.table.groupby("metric")["n"].sum().max())
    mix = " for the same mix of customers" if record.adjust else ""
    if table.empty:
        lead = f"No place is clearly better than the others{mix} in any of {plural(len(record.metrics), 'measure')}"
        return Finding(f"{lead}: none to visit first", n=n)
    first = table.groupby("metric", sort=False).head(1)
    items = [_item(record, row) for row in first.to_dict("records")]
    more = []
    silent = [name for name in record.metrics if name not in set(first["metric"])]
    if silent:
        more.append(f"No place is clearly better in {listing(_labels(record, silent))}")
    return Finding(f"Clearly better than the others{mix}, to be visited first", items=items, more=more, n=n)


def _item(record: Compared, row: dict[Any, Any]) -> Item:
    """A place, what it is good at, and how good."""
    metric = find_metric(record.survey, row["metric"])
    low = metric.words(row["low"], sign=False)
    high = metric.words(row["high"], sign=False)
    of_all = f"mean of all {metric.words(row['mean'])}"
    return Item(f"{row['place']} for {metric.shown}", metric.words(row["value"]), f"[{low}, {high}]", of_all)


def _labels(record: Compared, names: list[str]) -> list[str]:
    """What metrics are called."""
    return [find_metric(record.survey, name).shown for name in names]


def _note(record: Compared) -> str:
    """What is compared, and that guests may differ where it was not adjusted for."""
    level = f"Intervals: {percent(record.level)}, luck taken off."
    if not record.adjust:
        return f"{level} Guests may differ from place to place: cx.compare_places(..., adjust=[...]) takes that off."
    mix = listing([record.survey.named(column) for column in record.adjust])
    return f"{level} For the same mix of {mix} everywhere; what else differs between places is not known."
