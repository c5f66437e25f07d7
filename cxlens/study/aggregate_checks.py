"""What an aggregated table cannot say: gaps, figures out of range, two rows about the same, totals beside their parts.

Only the lines are looked at; how they are read belongs to :mod:`cxlens.study.aggregate_files`.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from cxlens.engine.counts import MOST
from cxlens.errors import ValuesError
from cxlens.study.aggregate_files import SHARES, TOUCHPOINT
from cxlens.study.scale import Scale

ROUNDED = 0.006  # figures are told to two digits, shares to one in a hundred
EXACT = 1e-6  # by how much a figure may pass a limit through rounding in its last digits


def check_lines(lines: pd.DataFrame, keys: list[str], time: str | None, scale: Scale | None) -> None:
    """Refuse lines that cannot be.

    Parameters
    ----------
    lines
        One row a unit, wave and touchpoint.
    keys, time
        The columns of units and wave, and which of them is the wave.
    scale
        That of the means.

    Raises
    ------
    ValuesError
        The first line at fault is named by its labels.
    """
    measures = lines.columns.difference([*keys, TOUCHPOINT, "n"])
    for measure in measures:
        is_gap = lines[measure].isna()
        if measure == "sd":
            is_gap &= lines["n"] > 1
        _refuse(lines, is_gap, keys, f"has answers but no {measure}. Fill it in, or leave n empty there")
    if "mean" in measures:
        _check_means(lines, keys, scale)
    else:
        _check_shares(lines, keys, scale)
    is_twice = lines.duplicated([*keys, TOUCHPOINT])
    _refuse(lines, is_twice, keys, "is there twice. Name what tells such rows apart: unit=, time= or touchpoint=")
    _check_totals(lines, keys, time)
    total = lines.groupby(TOUCHPOINT)["n"].sum().max()
    if total > MOST:
        raise ValuesError(
            f"the aggregated table stands for {total:,} answers; it may stand for {MOST:,}. "
            "Take fewer units or waves at a time."
        )


def _check_means(lines: pd.DataFrame, keys: list[str], scale: Scale | None) -> None:
    """Refuse spreads below 0, means off the scale, and spreads that no answers on it can have."""
    spread = lines.get("sd", pd.Series(0.0, lines.index))
    _refuse(lines, spread < 0, keys, "has an sd below 0. An sd is 0 or more")
    if scale is None:
        return
    to_low = lines["mean"] - scale.low
    to_high = scale.high - lines["mean"]
    is_off = (to_low < -EXACT) | (to_high < -EXACT)
    _refuse(lines, is_off, keys, f"has a mean outside the scale {scale.low:g} to {scale.high:g}. Correct it or scale=")
    of_sample = lines["n"] / (lines["n"] - 1).clip(1)
    widest = np.sqrt(to_low.clip(0) * to_high.clip(0) * of_sample)
    room = ROUNDED * (scale.high - scale.low)
    is_wide = spread > widest + room
    _refuse(lines, is_wide, keys, "has an sd that no answers on this scale with this mean can have. Correct it")


def _check_shares(lines: pd.DataFrame, keys: list[str], scale: Scale | None) -> None:
    """Refuse shares below 0 or, together, above 1; and a scale, which they have themselves."""
    if scale is not None:
        raise ValuesError("scale= goes with mean=: shares have their scale themselves. Leave it out.")
    shares = lines[lines.columns.intersection(SHARES)]
    together = shares.sum(axis=1)
    is_off = (shares < 0).any(axis=1) | (together > 1 + 2 * ROUNDED)
    _refuse(lines, is_off, keys, "has shares below 0, or above 100 % together. Correct them")


def _refuse(lines: pd.DataFrame, which: pd.Series[Any], keys: list[str], fault: str) -> None:
    """Refuse the first line with a fault, named by its labels."""
    if not which.any():
        return
    line = lines[which].iloc[0]
    labels = ", ".join(f"{key} {line[key]}" for key in keys)
    where = f" ({labels})" if labels else ""
    raise ValuesError(f"the row of {line[TOUCHPOINT]!r}{where} {fault}.")


def _check_totals(lines: pd.DataFrame, keys: list[str], time: str | None) -> None:
    """Refuse a unit that sums the others up in every wave, or a wave that does in every unit: they count twice."""
    units = [key for key in keys if key != time]
    waves = [key for key in keys if key == time]
    for summed, apart in ((units, waves), (waves, units)):
        if summed:
            _check_sums(lines, summed, [*apart, TOUCHPOINT])


def _check_sums(lines: pd.DataFrame, summed: list[str], apart: list[str]) -> None:
    """Refuse values of some columns that sum up the others in each group of other columns."""
    totals = set()
    for _, cells in lines.groupby(apart, dropna=False):
        totals.add(_total_of(cells, summed))
    total = totals.pop()
    if total is None or totals:
        return
    name = ", ".join(map(str, total))
    raise ValuesError(
        f"the rows of {name!r} sum up the others: their answers would count twice. Leave them out: "
        f"data[data[{summed[0]!r}] != {total[0]!r}]."
    )


def _total_of(cells: pd.DataFrame, units: list[str]) -> tuple[Hashable, ...] | None:
    """The unit whose n and figure are those of all others together; None where there is none."""
    by_size = cells.sort_values("n")
    largest = by_size.iloc[-1]
    others = by_size.iloc[:-1]
    if len(others) < 2 or others["n"].sum() != largest["n"]:
        return None
    measures = cells.columns.intersection(["mean", *SHARES])
    pooled = np.average(others[measures], axis=0, weights=others["n"])
    away = np.abs(pooled - largest[measures].to_numpy(float))
    if (away > ROUNDED).any():
        return None
    return tuple(largest[units])
