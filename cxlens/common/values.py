"""How values read as text: numbers, intervals, shares, waves. HTML is made in :mod:`cxlens.common.html`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlens.stats.clusters import FEWEST

CLEAR = 0.05  # p- or q-value below which something is called clear
TOO_FEW = "Too few clusters to tell"
LEAST = 5  # people: a smaller number of them is not told
LEAST_SHOWN = 0.0005  # a figure that three decimals tell from 0


def count(n: float) -> str:
    """A number of people or things: ``2,746``."""
    return f"{round(n):,}"


def few(n: float, least: int = LEAST) -> str:
    """A number of people that tells of none too few: ``fewer than 5``, ``2,746``."""
    if 0 < n < least:
        return f"fewer than {least}"
    return count(n)


def told_counts(counts: Mapping[str, int], least: int = LEAST) -> dict[str, int | str]:
    """Numbers of people by what they are; "fewer than 5" where they are few, and nothing of nobody.

    Examples
    --------
    >>> told_counts({"no outcome": 12, "a touchpoint left blank": 3, "weight 0": 0})
    {'no outcome': 12, 'a touchpoint left blank': 'fewer than 5'}
    """
    return {name: n if n >= least else few(n, least) for name, n in counts.items() if n}


def left_out_in_words(counts: Mapping[str, int], left: int) -> str:
    """`` (left out: 97 with no outcome)``, where so many are left of all; no numbers where those left are few.

    Examples
    --------
    >>> left_out_in_words({"no outcome": 90, "weight 0": 0}, left=10)
    ' (left out: 90 with no outcome)'
    >>> left_out_in_words({"no outcome": 97}, left=3)
    ' (left out: no outcome)'
    """
    reasons = {reason: n for reason, n in counts.items() if n}
    if not reasons:
        return ""
    if 0 < left < LEAST:
        return f" (left out: {', '.join(reasons)})"
    told = [f"{few(n)} with {reason}" for reason, n in reasons.items()]
    return f" (left out: {', '.join(told)})"


def number(value: float, digits: int = 2) -> str:
    """A figure with a fixed number of decimals, without a negative zero; ``–`` where there is none."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:,.{digits}f}"
    if text.startswith("-") and _is_zero(text):
        return text[1:]
    return text


def tabled(value: float) -> str:
    """A figure as a table shows it: three decimals, none from a thousand on; one just above 0 is not written as 0."""
    if 0 < value < LEAST_SHOWN:
        return "< 0.001"
    return number(value, 0 if abs(value) >= 1000 else 3)


def _is_zero(text: str) -> bool:
    """Whether nothing but zeros is left of a figure that was rounded."""
    return float(text.replace(",", "")) == 0


def percent(share: float, digits: int = 0) -> str:
    """A proportion as a percentage: ``39 %``; ``–`` where there is none."""
    if pd.isna(share):
        return "–"
    points = number(100 * share, digits)
    return f"{points} %"


def closest_percent(share: float, digits: int = 0) -> str:
    """The same with as many decimals more as it takes not to read 0 % or 100 % where it is neither: ``99.96 %``."""
    while 0 < share < 1 and percent(share, digits) in (percent(0, digits), percent(1, digits)):
        digits += 1
    return percent(share, digits)


def probability(p: float) -> str:
    """A probability that never claims certainty: ``0.81``, ``over 0.99``, ``under 0.01``."""
    if p > 0.99:
        return "over 0.99"
    if p < 0.01:
        return "under 0.01"
    return number(p)


def in_hundred(p: float) -> str:
    """A probability as a number of 100, ``96``; it is 100 or 0 only if exactly so, else ``over 99`` or ``under 1``."""
    if 0.99 < p < 1:
        return "over 99"
    if 0 < p < 0.01:
        return "under 1"
    return f"{100 * p:.0f}"


def chance_in_hundred(p: float) -> str:
    """A chance that is worked out, not counted, as a number of 100; it is never 100 or 0, since no figure is sure."""
    return in_hundred(np.clip(p, 1e-9, 1 - 1e-9))


def plural(n: int, thing: str) -> str:
    """A number of things in words: ``1 touchpoint``, ``12 touchpoints``."""
    ending = "" if n == 1 else "s"
    return f"{count(n)} {thing}{ending}"


def clusters_in_words(g: int, freedom: ArrayLike, thing: str = "cluster") -> str:
    """How much clusters can tell, by the fewest degrees of freedom: ``8 clusters, 5.7 degrees of freedom``.

    Where all or some are below 4, that these are too few.
    """
    known = np.nan_to_num(np.atleast_1d(np.asarray(freedom, float)))
    is_told = thing != "respondent" or g >= LEAST
    units = plural(g, thing) if is_told else f"{few(g)} {thing}s"
    told = f"{units}, {number(known.min(), 1)} degrees of freedom"
    if known.min() >= FEWEST:
        return told
    if known.max() < FEWEST:
        return f"{told}: too few {thing}s to tell"
    return f"{told}: where they are below {FEWEST:g}, too few {thing}s to tell"


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


def date_words(date: Any) -> str:
    """A day as people write it, ``31 Dec 2026``; anything else as it was given."""
    with suppress(ValueError):
        day = dt.date.fromisoformat(str(date))
        return f"{day.day} {day:%b %Y}"
    return str(date)
