"""The importance-performance map: what matters and is rated low.

What importance and its resamples rest on belongs to :mod:`cxlens.stages.drivers.record`; the picture is in
:mod:`cxlens.stages.drivers.performance_chart`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import in_hundred, number
from cxlens.errors import check_option
from cxlens.stages.drivers.fit import Figures
from cxlens.stages.drivers.leaders import shrunken_importance
from cxlens.stages.drivers.looks import (
    NOTHING,
    UNDECIDED,
    average_of_users,
    check_levels,
    finding_of,
    interval_columns,
    note_of,
    q_values,
    rows_of,
    scale_of,
    span,
)
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stages.drivers.tables import importance_ends
from cxlens.stats.inference import benjamini_hochberg
from cxlens.study.asked import as_asked, asked, lowest_is_best

Floats = NDArray[np.float64]
Cross = Literal["means", "middle"]
CONCENTRATE = "concentrate here"
LIKELY = 0.5  # probability above which a quadrant is named
QUADRANTS = (
    "low priority",
    "possible overkill",
    CONCENTRATE,
    "keep up the good work",
)  # 2 x important + well rated


class Places(NamedTuple):
    """Where touchpoints stand on the map: (d, c, p) mean score and importance of those that have both.

    ``across`` and ``up`` (d, c, 1) are the mean and the importance at which the cross-hairs lie.
    """

    mean: Floats
    importance: Floats
    across: Floats
    up: Floats


def performance(record: Fit, *, cross: Cross = "means") -> View:
    """Importance-performance map: what matters and is rated low.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.performance`.
    """
    check_levels(record)
    check_option("cross", cross, Cross)
    middle = scale_of(record.survey, "cross='middle'", ", or cross='means'").middle if cross == "middle" else None
    places = _places(record, record.estimate, middle)
    drawn = _places(record, _shrunk(record, record.draws), middle) if record.draws else None
    known = ~np.isnan(places.mean[0])
    table = _table(record, places, drawn)
    cross_hairs = pd.DataFrame({"segment": record.segments})
    cross_hairs["mean"] = asked(places.across[0, :, 0], record.survey.scale)
    cross_hairs["importance"] = places.up[0, :, 0]
    where = "the mean of the means" if middle is None else f"the middle of the scale, {middle:g}"
    return View(
        chart="drivers/performance",
        table=table,
        finding=_finding(record, table),
        note=note_of(
            record,
            known,
            f"Ratings are parted at {where}; importance at its mean. A quadrant is named where its probability is over "
            f"{number(LIKELY, 1)}, by importances drawn together; the finding tells only what is clear, allowing for "
            "all.",
        ),
        record=record,
        parts={"cross-hairs": cross_hairs},
        again=Again(performance, record, {"cross": cross}),
    )


def _places(record: Fit, figures: Figures, middle: float | None) -> Places:
    """The map of an estimate, or of each resample; the cross-hairs at ``middle``, or at the mean of the means."""
    mean = average_of_users(record, figures, record.levels) + 0 * figures.importance
    importance = figures.importance + 0 * mean
    across = _mean_of_known(mean) if middle is None else np.full((*mean.shape[:2], 1), middle)
    return Places(mean, importance, across, _mean_of_known(importance))


def _shrunk(record: Fit, draws: Figures) -> Figures:
    """The same with the importances of each segment drawn together: the luckiest of many is not the most important."""
    return draws._replace(importance=shrunken_importance(record))


def _mean_of_known(values: Floats) -> Floats:
    """Mean along the last axis, which is kept; NaN are left out."""
    known = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    return np.asarray(np.nansum(values, axis=-1, keepdims=True) / np.where(known, known, np.nan))


def _table(record: Fit, places: Places, drawn: Places | None) -> pd.DataFrame:
    """Mean, importance and quadrant of each touchpoint, with how often it is there in the resamples."""
    known = ~np.isnan(places.mean[0])
    shares = _shares_of_quadrants(drawn or places)
    likeliest = np.array(QUADRANTS, object)[shares.argmax(axis=-1)]
    likeliest = np.where(shares.max(axis=-1) > LIKELY, likeliest, UNDECIDED)
    resampled = np.where(known[..., None] & (drawn is not None), shares, np.nan)
    columns = {
        **interval_columns("mean", places.mean, drawn.mean if drawn else None, record.level),
        **_importance_columns(record),
        "quadrant": np.where(known, likeliest, NOTHING),
        "p_quadrant": resampled.max(axis=-1),
        "p_concentrate": resampled[..., QUADRANTS.index(CONCENTRATE)],
        "q_value": q_values(record),
    }
    table = rows_of(record, columns, "importance")
    return as_asked(table, record.survey.scale, ("mean", "mean_low", "mean_high"))


def _importance_columns(record: Fit) -> dict[str, Floats]:
    """Importance (c, p) with the ends of its interval: those of the drivers."""
    ends = [importance_ends(record, s) for s in range(len(record.segments))]
    low, high = np.stack(ends, axis=1)
    return {"importance": record.estimate.importance[0], "importance_low": low, "importance_high": high}


def _shares_of_quadrants(places: Places) -> Floats:
    """(c, p, 4) the share of draws in which a touchpoint is in each quadrant."""
    important = places.importance > places.up
    well_rated = places.mean >= places.across
    quadrant = 2 * important + well_rated
    hits = (quadrant[..., None] == np.arange(len(QUADRANTS))) & ~np.isnan(places.mean)[..., None]
    draws_known = hits.sum(axis=(0, -1))
    return np.asarray(hits.sum(axis=0) / np.maximum(draws_known, 1)[..., None])


def to_concentrate(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The rows that are clearly important and rated low, allowing for all, and clearly linked with the outcome.

    Where nothing was drawn again, those in that quadrant.
    """
    is_linked = table["q_value"] < 1 - level
    not_there = benjamini_hochberg(1 - table["p_concentrate"])
    is_there = np.isnan(not_there) | (not_there < 1 - level)
    return table[(table["quadrant"] == CONCENTRATE) & is_linked & is_there]


def _finding(record: Fit, table: pd.DataFrame) -> Finding:
    """The touchpoints to concentrate on, the surest first."""
    surest_first = to_concentrate(table, record.level).sort_values("p_concentrate", ascending=False, kind="stable")

    def item(row: Any) -> Item:
        often = ""
        if record.draws:
            often = f"in {in_hundred(row['p_concentrate'])} of 100 redraws"
        return Item(
            row["touchpoint"],
            f"rated {number(row['mean'])}",
            span(row, "mean", 2),
            often,
        )

    rated = "badly" if lowest_is_best(record.survey.scale) else "low"
    none = f"No touchpoint is clearly both important and rated {rated}"
    return finding_of(record, "Concentrate here", surest_first, item, none)
