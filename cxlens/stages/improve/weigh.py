"""Segments that count by what their customers bring, not by how many they are.

Only the weights: what a customer of a segment brings is measured in stage 5 (:func:`cxlens.profit`) and comes as a
plain table, or is what the segments of the study state (:mod:`cxlens.stages.improve.stated_profit`); what an initiative
does to the outcome of a segment is the business of :mod:`cxlens.stages.improve.candidates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.errors import OptionError, ValuesError, check_known, listing
from cxlens.files.tables import given_number
from cxlens.stages.drivers.record import Fit
from cxlens.stages.improve.stated_profit import costs_are_stated, stated_profits

Floats = NDArray[np.float64]
COLUMNS = ("segment", "profit")
STATED = "profit"  # the word for what the segments of the study state


def profits_of(fit: Fit, weigh: Any) -> dict[str, float]:
    """``{segment: profit of a customer}``, of a mapping, of a table, or as the segments of the study state it."""
    if isinstance(weigh, str) and weigh == STATED:
        return stated_profits(fit)
    if isinstance(weigh, pd.DataFrame):
        check_known("weigh: column", COLUMNS, list(weigh.columns), "Columns")
        weigh = dict(zip(weigh["segment"], weigh["profit"], strict=True))
    if not isinstance(weigh, Mapping):
        raise OptionError(
            f"weigh={weigh!r} is no profit by segment. Give weigh='profit' for what the study's segments state, "
            "weigh=cx.profit(study).weights, or {segment: profit}."
        )
    return {str(segment): given_number(f"weigh: profit of {segment!r}", profit) for segment, profit in weigh.items()}


def check_weigh(fit: Fit, weigh: Any, money: object) -> None:
    """Refuse profits that are none, that name other segments than the drivers, or that count twice."""
    if weigh is None:
        return
    if money is not None:
        raise OptionError("money= already counts what a segment is worth. Leave out weigh=, or money=.")
    if fit.by is None:
        raise OptionError(
            "weigh= tells segments apart, and the drivers hold everyone together. Call cx.drivers(survey, by=column)."
        )
    profits = profits_of(fit, weigh)
    check_known("weigh: segment", profits, fit.segments, "Segments of the drivers")
    lacking = [segment for segment in fit.segments if segment not in profits]
    if lacking:
        raise ValuesError(f"weigh says nothing of {listing(map(repr, lacking))}. Give the profit of each segment.")
    if not any(profits[segment] > 0 for segment in fit.segments):
        raise ValuesError("weigh: no segment has a profit above 0, so nothing could count. Leave out weigh=.")


def by_profit(fit: Fit, weights: Floats, weigh: Any) -> Floats:
    """(c,) what each segment counts: its share of the respondents times the profit of one; the sum stays as it was.

    Who loses money counts nothing.
    """
    profits = profits_of(fit, weigh)
    each = np.maximum([profits[segment] for segment in fit.segments], 0.0)
    counted = weights * (each / each.max())
    return np.asarray(counted * (weights.sum() / counted.sum()))


def told_weigh(fit: Fit, weigh: Any) -> str:
    """What counts, in a sentence; "" where people do."""
    if weigh is None:
        return ""
    profits = profits_of(fit, weigh)
    losing = [segment for segment in fit.segments if profits[segment] <= 0]
    nothing = f" Without profit, so not counted: {listing(losing)}." if losing else ""
    counted = "Segments count by what their customers bring, not by their number; rank by people beside."
    return f"{counted}{nothing}{_where_from(fit, weigh)}"


def _where_from(fit: Fit, weigh: Any) -> str:
    """That profit is as the study states it; nothing of profits that were given."""
    if not isinstance(weigh, str):
        return ""
    if costs_are_stated(fit):
        return " Profit: value less cost to serve as the study states them, not measured."
    return " Profit: value as the study states it, not measured; it states no cost to serve."
