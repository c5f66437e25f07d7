"""Quantiles of what journeys take, in touches or in time, as far as they may be told.

Which journeys are measured, and what is said of them, belongs to :mod:`cxlens.stages.journeys.times`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.common.values import number
from cxlens.stats.quantiles import NOTHING, quantiles_of
from cxlens.study.moments import LONGEST_FIRST

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
LEVEL = 0.95
SHARES = {"q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
FIGURES = ("q25", "median", "low", "high", "q75", "q95")
TOUCHES = "touches"
ENOUGH = 2  # of a unit in the median: a median of 30 hours is told in hours


class Measure(NamedTuple):
    """What journeys take: its name and unit, and a value for each of some journeys."""

    name: str
    unit: str
    journey: Counts
    values: Floats


def unit_of(seconds: Floats) -> str:
    """The longest unit of which a median is two or more: ``days``, ``hours``, ``minutes`` or ``seconds``."""
    if not len(seconds):
        return "seconds"
    middle = float(np.median(seconds))
    for unit, length in LONGEST_FIRST.items():
        if middle >= ENOUGH * length:
            return f"{unit}s"
    return "seconds"


def in_unit(seconds: Floats, unit: str) -> Floats:
    """Seconds in days, hours, minutes or seconds."""
    return np.asarray(seconds / LONGEST_FIRST[unit.removesuffix("s")])


def quantiles(values: Floats, owner: Counts, min_n: int) -> dict[str, float]:
    """``q25``, ``median``, ``low`` and ``high`` (its interval), ``q75`` and ``q95`` of values.

    A quantile is NaN where fewer than ``min_n`` customers lie on either side of it, or on it: it would tell of a few.
    ``owner`` is the customer of each value, in order.
    """
    unit = _unit(owner)
    figures = quantiles_of(values, list(SHARES.values()), LEVEL, unit)
    told = {}
    for name, figure in zip(SHARES, figures, strict=True):
        below = _customers(owner, values <= figure.value)
        above = _customers(owner, values >= figure.value)
        is_told = min(below, above) >= min_n
        told[name] = figure if is_told else NOTHING
    return {
        "q25": told["q25"].value,
        "median": told["median"].value,
        "low": told["median"].low,
        "high": told["median"].high,
        "q75": told["q75"].value,
        "q95": told["q95"].value,
    }


def median_in(seconds: Floats, owner: Counts, min_n: int) -> tuple[str, float]:
    """The unit and the median of times; nothing and NaN where there are none."""
    if not len(seconds) or np.isnan(seconds).any():
        return "", np.nan
    unit = unit_of(seconds)
    told = quantiles(in_unit(seconds, unit), owner, min_n)
    return unit, told["median"]


def _unit(owner: Counts) -> Counts | None:
    """The customers of values numbered without holes; None where each has one."""
    is_other = owner[1:] != owner[:-1]
    number_of = np.cumsum(np.append(0, is_other))
    return None if is_other.all() else number_of


def _customers(owner: Counts, which: NDArray[np.bool_]) -> int:
    """How many customers have any of some values."""
    own = owner[which]
    return int(np.count_nonzero(own[1:] != own[:-1])) + bool(len(own))


def in_words(value: float, unit: str) -> str:
    """``5 touches``, ``1.5 days``."""
    if unit == TOUCHES:
        return f"{value:g} touch" if value == 1 else f"{value:g} touches"
    digits = 0 if value >= 100 else 1
    return f"{number(value, digits)} {unit}"


def interval_in_words(row: Any) -> str:
    """``[4, 6]``; nothing where there is none."""
    if np.isnan(row["low"]):
        return ""
    digits = 0 if row["unit"] == TOUCHES else 1
    return f"[{number(row['low'], digits)}, {number(row['high'], digits)}]"
