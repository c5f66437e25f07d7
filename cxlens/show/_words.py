"""Figures of a report in words: rounded for readers, with their interval and unit.

What `cxlens.model.text` says of a single number is used, not repeated; HTML does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cxlens.analysis.improve import QuickWins
from cxlens.model.text import count, interval, number, percent, signed

FEW = 5  # smaller counts are not shown


def each(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, each with its columns as attributes."""
    return iter(table.itertuples())


def small(n: int, share: str) -> tuple[str, str]:
    """A count with its share; counts from 1 to 4 are hidden, and so is the share that would give them away."""
    return (f"under {FEW}", "–") if 0 < n < FEW else (count(n), share)


def figure(measure: str, value: float, low: float, high: float) -> str:
    """A measure of the baseline with its interval: NPS in points, shares in percent, means with two decimals."""
    if measure.casefold() == "nps":
        return f"{signed(value, 0)} {interval(low, high, 0)}"
    if measure in {"top box", "share"}:
        return f"{percent(value)} [{percent(low)}, {percent(high)}]"
    return f"{number(value)} {interval(low, high)}"


def step(value: float, unit: str) -> str:
    """A change with its sign, in the unit of an `Impact`."""
    if unit == "share":
        return f"{signed(100 * value, 1)} %"
    return signed(value, 1 if unit == "NPS points" else 2)


def between(low: float, high: float) -> str:
    """An interval after a blank, nothing where there is none."""
    return "" if pd.isna(low) else f" {interval(low, high, 1)}"


def forecast(row: Any, wins: QuickWins) -> str:
    """The benefit of an initiative with its interval, rounded as `QuickWins.findings` does."""
    digits = 1 if wins.drivers.unit == "NPS points" else 2
    return f"{signed(row.benefit, digits)} {interval(row.benefit_low, row.benefit_high, digits)}"


def effort(row: Any, wins: QuickWins) -> str:
    """The range of an initiative's effort, with its unit."""
    return f"{row.effort_low:g} to {row.effort_high:g} {wins.effort_unit}"


def unit(wins: QuickWins) -> str:
    """What benefits are counted in."""
    return wins.drivers.unit if wins.drivers.unit == "NPS points" else f"points of {plain(wins.drivers.outcome)}"


def target(value: float | None) -> str:
    """A figure to reach as it was given."""
    return "–" if value is None or pd.isna(value) else f"{value:g}"


def metric_words(metric: str) -> str:
    """What a target is about."""
    return {"mean": "mean rating", "top_box": "share of high scores"}.get(metric, capital(plain(metric)))


def plain(name: str) -> str:
    """A column's name as words."""
    return str(name).replace("_", " ")


def capital(text: str) -> str:
    """The text with a capital in front."""
    return text[:1].upper() + text[1:]
