"""What earlier promises tell of lifts: how much of them came out, from a plain table with stated columns.

The table is that of :func:`cxlens.kept`, or one like it; the arithmetic is in :mod:`cxlens.stats.realised`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.values import interval, number, plural
from cxlens.errors import ColumnError, OptionError, ValuesError, listing
from cxlens.stats.intervals import normal_quantile
from cxlens.stats.realised import FEWEST_PROMISES, Realised, realised

NEEDED = ("metric", "measure", "segment", "date", "now", "forecast", "low", "high", "level", "measured")
NUMBERS = ("now", "forecast", "low", "high", "level", "measured")


def realised_lifts(track_record: Any, outcome: str) -> Realised:
    """The share of a lift that comes out, from earlier promises.

    Parameters
    ----------
    track_record
        One row a promise, with the columns of :attr:`cxlens.stages.impact.kept.Kept.table`: ``metric``, ``measure``,
        ``segment``, ``date``, ``now``, ``forecast``, ``low``, ``high``, ``level``, and ``measured`` (NaN where that
        cannot be told). Mean ratings of everyone count, other than the outcome's, each once: as measured last.
    outcome
        What the drivers explain, whose gains are no lifts.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When it is no such table, or tells the gains of fewer than five.
    """
    table = _checked(track_record)
    is_lift = (table["measure"] == "mean") & (table["segment"].fillna("") == "") & (table["metric"] != outcome)
    rows = table[is_lift & table["measured"].notna()]
    rows = rows[rows["forecast"] != rows["now"]].drop_duplicates(["metric", "now"], keep="last")
    if len(rows) < FEWEST_PROMISES:
        raise ValuesError(
            f"track_record tells the gains of {plural(len(rows), 'mean rating')} of everyone, and it takes "
            f"{FEWEST_PROMISES} to know how lifts come out. Add earlier promises, or leave it out."
        )
    half = (rows["high"] - rows["low"]) / 2
    z = [normal_quantile(level) for level in rows["level"]]
    return realised(
        (rows["forecast"] - rows["now"]).to_numpy(float),
        (rows["measured"] - rows["now"]).to_numpy(float),
        half.to_numpy(float) / np.array(z),
    )


def _checked(track_record: Any) -> pd.DataFrame:
    """A table with the columns that are needed, and numbers where they are due."""
    if not isinstance(track_record, pd.DataFrame):
        given = type(track_record).__name__
        raise OptionError(
            f"track_record must be a table of promises and what was measured; you gave {given}. "
            "Give cx.kept(forecasts, survey).table."
        )
    lacking = [name for name in NEEDED if name not in track_record]
    if lacking:
        raise ColumnError(f"track_record has no column {listing(lacking)}. Give cx.kept(forecasts, survey).table.")
    table = track_record.copy()
    for name in NUMBERS:
        table[name] = pd.to_numeric(table[name], errors="coerce").astype(float)
    told = table[table["measured"].notna()]
    bad = ~(told["high"] > told["low"]) | ~told["level"].between(0, 1, inclusive="neither")
    if bad.any():
        row = told[bad].iloc[0]
        raise ValuesError(
            f"track_record: the promise of {row['metric']!r} at {row['date']!r} goes from {row['low']:g} to "
            f"{row['high']:g} at level {row['level']:g}. Give low below high, and a level such as 0.95."
        )
    return table


def told_realised(found: Realised | None, level: float) -> str:
    """``Lifts count 0.62 [0.21, 1.03] of what is promised, as 8 earlier promises came out``; "" without a record."""
    if found is None:
        return ""
    ends = interval(*found.interval(level))
    promises = plural(found.promises, "earlier promise")
    return f"Lifts count {number(found.share)} {ends} of what is promised, as {promises} came out"
