"""How values read as text: numbers, intervals, shares, waves. HTML is made in :mod:`cxlens.common.html`."""

from __future__ import annotations

from typing import Any

import pandas as pd


def count(n: float) -> str:
    """A number of people or things: ``2,746``."""
    return f"{round(n):,}"


def few(n: float, least: int = 5) -> str:
    """A number of people that tells of none too few: ``fewer than 5``, ``2,746``."""
    return f"fewer than {least}" if 0 < n < least else count(n)


def number(value: float, digits: int = 2) -> str:
    """A figure with a fixed number of decimals, without a negative zero; ``–`` where there is none."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:,.{digits}f}"
    if text.startswith("-") and _is_zero(text):
        return text[1:]
    return text


def _is_zero(text: str) -> bool:
    """Whether nothing but zeros is left of a figure that was rounded."""
    return float(text.replace(",", "")) == 0


def percent(share: float, digits: int = 0) -> str:
    """A proportion as a percentage: ``39 %``; ``–`` where there is none."""
    if pd.isna(share):
        return "–"
    points = number(100 * share, digits)
    return f"{points} %"


def probability(p: float) -> str:
    """A probability that never claims certainty: ``0.81``, ``over 0.99``, ``under 0.01``."""
    if p > 0.99:
        return "over 0.99"
    if p < 0.01:
        return "under 0.01"
    return number(p)


def plural(n: int, thing: str) -> str:
    """A number of things in words: ``1 touchpoint``, ``12 touchpoints``."""
    ending = "" if n == 1 else "s"
    return f"{count(n)} {thing}{ending}"


def interval(low: float, high: float, digits: int = 2) -> str:
    """An interval in square brackets: ``[3.57, 3.68]``."""
    ends = (number(low, digits), number(high, digits))
    return "[{}, {}]".format(*ends)


def signed(value: float, digits: int = 2) -> str:
    """A change with its sign: ``+2.1``."""
    text = number(value, digits)
    if value > 0 and not _is_zero(text):
        return f"+{text}"
    return text


def wave_words(wave: Any) -> str:
    """A wave as text: whole numbers without decimals, days without a time."""
    if isinstance(wave, float) and wave.is_integer():
        return str(int(wave))
    if isinstance(wave, pd.Timestamp) and wave == wave.normalize():
        return wave.date().isoformat()
    return str(wave)
