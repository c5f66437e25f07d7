"""Segments that count by what their customers bring, not by how many they are.

Only the weights: what a customer of a segment brings is measured in stage 5 (:func:`cxlens.profit`) and comes as a
plain table, or is what the segments of the study state (:mod:`cxlens.stages.improve.stated_profit`); what an initiative
does to the outcome of a segment is the business of :mod:`cxlens.stages.improve.candidates`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.errors import OptionError, ValuesError, check_known, check_level, listing
from cxlens.files.tables import given_number
from cxlens.stages.drivers.record import Fit
from cxlens.stages.improve.stated_profit import costs_are_stated, stated_profits
from cxlens.stats.intervals import normal_quantile

Floats = NDArray[np.float64]
COLUMNS = ("segment", "profit")
LOW, HIGH, LEVEL = "low", "high", "level"
USUAL_LEVEL = 0.95  # of ends that do not say theirs
STATED = "profit"  # the word for what the segments of the study state
OWN_DRAWS = 2  # of the seed: lifts and efforts are drawn as without it


class Earned(NamedTuple):
    """What a customer of a segment brings: likely, and between which ends at which level; both the same where sure."""

    profit: float
    low: float
    high: float
    level: float = USUAL_LEVEL


def earned_of(fit: Fit, weigh: Any) -> dict[str, Earned]:
    """``{segment: what a customer brings}``, of a mapping, of a table, or as the segments of the study state it."""
    if isinstance(weigh, pd.DataFrame):
        return _of_table(weigh)
    if isinstance(weigh, str) and weigh == STATED:
        weigh = stated_profits(fit)
    if not isinstance(weigh, Mapping):
        raise OptionError(
            f"weigh={weigh!r} is no profit by segment. Give weigh='profit' for what the study's segments state, "
            "weigh=cx.profit(study).weights, or {segment: profit}."
        )
    profits = {str(segment): _number_of("profit", segment, profit) for segment, profit in weigh.items()}
    return {segment: Earned(profit, profit, profit) for segment, profit in profits.items()}


def _number_of(what: str, segment: Any, given: Any) -> float:
    """A figure of a segment, which has to be a number."""
    return given_number(f"weigh: {what} of {segment!r}", given)


def _of_table(table: pd.DataFrame) -> dict[str, Earned]:
    """A row a segment, with its ends where the table has such."""
    check_known("weigh: column", COLUMNS, list(table.columns), "Columns")
    ends = [end for end in (LOW, HIGH) if end in table]
    if len(ends) == 1:
        raise ValuesError(
            f"weigh has {ends[0]!r} alone. Give both ends of what a customer brings, low and high, or neither."
        )
    earned: dict[str, Earned] = {}
    for row in table.to_dict("records"):
        segment = str(row["segment"])
        if segment in earned:
            raise ValuesError(f"weigh names {segment!r} twice. Give one profit for each segment.")
        earned[segment] = _of_row(segment, row, has_ends=bool(ends))
    return earned


def _of_row(segment: str, row: Mapping[Hashable, Any], *, has_ends: bool) -> Earned:
    """What a customer of a segment brings, checked."""
    profit = _number_of("profit", segment, row["profit"])
    if not has_ends:
        return Earned(profit, profit, profit)
    low = _number_of(LOW, segment, row[LOW])
    high = _number_of(HIGH, segment, row[HIGH])
    level = row.get(LEVEL, USUAL_LEVEL)
    check_level(level)
    if not low <= profit <= high:
        raise ValuesError(
            f"weigh: the profit of {segment!r}, {profit:g}, does not lie between its ends, {low:g} and {high:g}. Give "
            "low <= profit <= high."
        )
    return Earned(profit, low, high, level)


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
    earned = earned_of(fit, weigh)
    check_known("weigh: segment", earned, fit.segments, "Segments of the drivers")
    lacking = [segment for segment in fit.segments if segment not in earned]
    if lacking:
        raise ValuesError(f"weigh says nothing of {listing(map(repr, lacking))}. Give the profit of each segment.")
    if not any(earned[segment].profit > 0 for segment in fit.segments):
        raise ValuesError("weigh: no segment has a profit above 0, so nothing could count. Leave out weigh=.")


def by_profit(fit: Fit, weights: Floats, weigh: Any, draws: int, seed: int) -> Floats:
    """(1 + draws, c) what each segment counts: its share of the respondents times the profit of one, the likely first.

    The sum stays as it was. Who loses money counts nothing; where nobody brings any, nothing counts. A profit that is
    known by an interval is drawn anew each time, so that half of the draws lie on either side of it and as many as the
    level says between its ends.
    """
    earned = earned_of(fit, weigh)
    likely, low, high, level = np.array([earned[segment] for segment in fit.segments], float).T
    rng = np.random.default_rng([seed, OWN_DRAWS])
    apart = rng.normal(size=(draws, len(likely))) / np.array([normal_quantile(each) for each in level])
    drawn = likely + apart * np.where(apart > 0, high - likely, likely - low)
    each = np.maximum(np.vstack([likely, drawn]), 0.0)
    counted = weights * (each / each.max())
    sums = counted.sum(axis=1, keepdims=True)
    shares = np.divide(weights.sum(), sums, out=np.zeros_like(sums), where=sums > 0)
    return np.asarray(counted * shares)


def told_weigh(fit: Fit, weigh: Any) -> str:
    """What counts, in a sentence; "" where people do."""
    if weigh is None:
        return ""
    earned = earned_of(fit, weigh)
    losing = [segment for segment in fit.segments if earned[segment].profit <= 0]
    nothing = f" Without profit, so not counted: {listing(losing)}." if losing else ""
    counted = "Segments count by what their customers bring, not by their number; rank by people beside."
    is_drawn = any(one.low < one.high for one in earned.values())
    drawn = " What they bring is drawn from its interval in each redraw." if is_drawn else ""
    return f"{counted}{nothing}{drawn}{_where_from(fit, weigh)}"


def _where_from(fit: Fit, weigh: Any) -> str:
    """That profit is as the study states it; nothing of profits that were given."""
    if not isinstance(weigh, str):
        return ""
    if costs_are_stated(fit):
        return " Profit: value less cost to serve as the study states them, not measured."
    return " Profit: value as the study states it, not measured; it states no cost to serve."
