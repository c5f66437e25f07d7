"""Segments that count by what their customers bring, not by how many they are.

Only the weights: what a customer of a segment brings is measured in stage 5 (:func:`cxlens.profit`) and comes as a
plain table; what an initiative does to the outcome of a segment is the business of
:mod:`cxlens.stages.improve.candidates`.
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

Floats = NDArray[np.float64]
COLUMNS = ("segment", "profit")


def profits_of(weigh: Any) -> dict[str, float]:
    """``{segment: profit of a customer}``, of a mapping or of a table with the columns ``segment`` and ``profit``."""
    if isinstance(weigh, pd.DataFrame):
        check_known("weigh: column", COLUMNS, list(weigh.columns), "Columns")
        weigh = dict(zip(weigh["segment"], weigh["profit"], strict=True))
    if not isinstance(weigh, Mapping):
        raise OptionError(
            f"weigh={weigh!r} is no profit by segment. Give weigh=cx.profit(study).weights, or {{segment: profit}}."
        )
    return {str(segment): given_number(f"weigh: profit of {segment!r}", profit) for segment, profit in weigh.items()}


def check_weigh(fit: Fit, weigh: Any, money: object) -> None:
    """Refuse profits that are none, that name other segments than the drivers, or that count twice."""
    if weigh is None:
        return
    profits = profits_of(weigh)
    if money is not None:
        raise OptionError("money= already counts what a segment is worth. Leave out weigh=, or money=.")
    if fit.by is None:
        raise OptionError(
            "weigh= tells segments apart, and the drivers hold everyone together. Call cx.drivers(survey, by=column)."
        )
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
    profits = profits_of(weigh)
    each = np.maximum([profits[segment] for segment in fit.segments], 0.0)
    counted = weights * (each / each.max())
    return np.asarray(counted * (weights.sum() / counted.sum()))


def told_weigh(fit: Fit, weigh: Any) -> str:
    """What counts, in a sentence; "" where people do."""
    if weigh is None:
        return ""
    profits = profits_of(weigh)
    losing = [segment for segment in fit.segments if profits[segment] <= 0]
    nothing = f" Without profit, so not counted: {listing(losing)}." if losing else ""
    return f"Segments count by what their customers bring, not by their number; rank by people beside.{nothing}"
