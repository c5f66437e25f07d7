"""Opportunity scores: what matters to customers and does not satisfy them.

Derived importance belongs to :mod:`cxlens.stages.drivers.record`, stated importance is read by
:mod:`cxlens.stages.drivers.other_answers`; the picture is in :mod:`cxlens.stages.drivers.charts`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import number
from cxlens.errors import check_kind
from cxlens.stages.drivers.fit import Figures
from cxlens.stages.drivers.looks import (
    NOTHING,
    UNDECIDED,
    average_of_users,
    check_levels,
    finding_of,
    interval_columns,
    left_out_without,
    note_of,
    rows_of,
    scale_of,
    span,
)
from cxlens.stages.drivers.other_answers import Means, means_elsewhere, without_interval
from cxlens.stages.drivers.record import Again, Fit
from cxlens.study.scale import check_box
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
BANDS = {
    10: "under-served",
    12: "strongly under-served",
    15: "extremely under-served",
}  # scores above these


def opportunity_score(importance: ArrayLike, satisfaction: ArrayLike) -> Floats:
    """Ulwick's opportunity score I + max(I - S, 0), from importance and satisfaction of 0 to 10; 0 to 20.

    Ulwick (2002), Harvard Business Review 80(1).

    Examples
    --------
    >>> float(opportunity_score(9, 3))
    15.0
    """
    importance = np.asarray(importance, float)
    satisfaction = np.asarray(satisfaction, float)
    return np.asarray(importance + np.maximum(importance - satisfaction, 0))


class Needs(NamedTuple):
    """(d, c, p) how important each touchpoint is, and how satisfied its users are, from 0 to 10."""

    importance: Floats
    satisfaction: Floats

    @property
    def score(self) -> Floats:
        """(d, c, p) the opportunity scores."""
        return opportunity_score(self.importance, self.satisfaction)


def opportunity(record: Fit, stated: Survey | None = None) -> View:
    """Opportunity scores: what matters to customers and does not satisfy them.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.opportunity`.
    """
    check_levels(record)
    scale = scale_of(record.survey, "the top box")
    check_box(scale, "opportunity has")
    top = scale.top_from
    statements = None if stated is None else _stated_importance(record, stated)
    needs = _needs(
        record,
        record.estimate,
        top,
        statements.estimate if statements else None,
    )
    drawn = (
        _needs(
            record,
            record.draws,
            top,
            statements.draws if statements else None,
        )
        if record.draws
        else None
    )
    table = _table(record, needs, drawn, is_stated=statements is not None)
    known = ~np.isnan(needs.score[0])
    how = "A class holds for the whole interval. Satisfaction is ten times the share of users in the top box."
    if statements is None:
        how += " Importance is derived, the largest set to 10: read scores as a ranking, classes with care."
    else:
        known |= np.isnan(statements.by_touchpoint)
        without = left_out_without(record, statements.by_touchpoint, "stated importance")
        sentences = [how, "So is stated importance.", without, without_interval(record, statements)]
        how = " ".join(filter(None, sentences))
    return View(
        chart="drivers/opportunity",
        table=table,
        finding=_finding(record, table, "derived" if statements is None else "stated"),
        note=note_of(record, known, how),
        record=record,
        again=Again(opportunity, record, {"stated": stated}),
    )


def _stated_importance(record: Fit, stated: Survey) -> Means:
    """Ten times the share that chose the top box of importance."""
    check_kind(
        "stated importance",
        stated,
        Survey,
        "cx.Survey(data, touchpoints=[...], outcome='column')",
    )
    scale = scale_of(stated, "the top box of stated importance")
    check_box(scale, "stated importance has")
    top = scale.top_from
    return means_elsewhere(record, stated, lambda scores: np.where(scores >= top, 10.0, 0.0))


def _needs(record: Fit, figures: Figures, top: float, stated: Floats | None) -> Needs:
    """Importance as stated (d, 1, p), or else as derived, and satisfaction: the share of users in the top box."""
    satisfaction = average_of_users(record, figures, np.where(record.levels >= top, 10.0, 0.0))
    if stated is not None:
        return Needs(stated + np.zeros(figures.importance.shape), satisfaction)
    most = np.fmax.reduce(figures.importance, axis=-1)[..., None]
    return Needs(
        10 * figures.importance / np.where(most > 0, most, np.nan),
        satisfaction,
    )


def _table(record: Fit, needs: Needs, drawn: Needs | None, *, is_stated: bool) -> pd.DataFrame:
    """One row a touchpoint: what its opportunity is made of, and how large it is."""
    columns: dict[str, Any] = {
        "importance": needs.importance[0],
        "satisfaction": needs.satisfaction[0],
    }
    columns |= interval_columns("score", needs.score, drawn.score if drawn else None, record.level)
    ends = columns["score_low"], columns["score_high"]
    columns["class"] = _classes(needs, *ends, _over_served(record, needs, drawn, is_stated=is_stated))
    return rows_of(record, columns, "score")


def _classes(needs: Needs, low: Floats, high: Floats, not_under: NDArray[np.object_]) -> NDArray[np.object_]:
    """(c, p) how a touchpoint is served: the class that its whole interval lies in, else undecided."""
    bands = list(BANDS)
    lowest = np.searchsorted(bands, low)
    is_decided = lowest == np.searchsorted(bands, high)
    names = np.array(["", *BANDS.values()], object)[np.minimum(lowest, len(bands))]
    classes = np.where(lowest == 0, not_under, names)
    decided = np.where(is_decided & ~np.isnan(low), classes, UNDECIDED)
    return np.where(np.isnan(needs.score[0]), NOTHING, decided)


def _over_served(record: Fit, needs: Needs, drawn: Needs | None, *, is_stated: bool) -> NDArray[np.object_]:
    """(c, p) what is not under-served: only importance that is stated tells well served from served too well."""
    served = np.full(needs.score[0].shape, "not under-served", object)
    if not is_stated or drawn is None:
        return served
    beyond = interval_columns(
        "by", needs.satisfaction - needs.importance, drawn.satisfaction - drawn.importance, record.level
    )
    served[beyond["by_low"] > 0] = "over-served"
    served[beyond["by_high"] <= 0] = "served right"
    return served


def _finding(record: Fit, table: pd.DataFrame, kind: str) -> Finding:
    """What is clearly under-served, the largest opportunity first."""
    under_served = table[table["score_low"] > min(BANDS)]

    def item(row: Any) -> Item:
        words = "under-served or more" if row["class"] == UNDECIDED else row["class"]
        return Item(
            row["touchpoint"],
            f"{words}, score {number(row['score'], 1)}",
            span(row, "score", 1),
        )

    return finding_of(
        record,
        f"Under-served, by {kind} importance",
        under_served,
        item,
        "No touchpoint is clearly under-served" if table["score"].notna().any() else "No opportunity is known",
    )
