"""Tallies: how often each score was given, by cell. Small tables from which every scorecard follows.

One GROUP BY over the rows, added up over batches. Intervals and words do not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlens.engine.tables import Rows, Source

NOT_STATED = "not stated"  # the cell of rows whose segment is empty
KEYS = ["segment", "item", "state", "value"]


def tally(
    source: Source,
    items: Sequence[str],
    outcomes: Sequence[str],
    by: str | None = None,
    *,
    unit: str | None = None,
    blocks: int | None = None,
) -> pd.DataFrame:
    """Count answers by segment, item and value; those of weight 0 are left out.

    Parameters
    ----------
    source
        Where the rows are.
    items, outcomes
        Names of the touchpoints and of the outcomes, in the order of the arrays.
    by
        A label column; its values become ``segment`` (text). Without it there is one segment, "".
    unit
        A label column with the ids of clusters or respondents: counts are then by its values, too.
    blocks
        Join the units at random to so many blocks, which keeps the table small.

    Returns
    -------
    DataFrame
        ``segment``, ``item``, ``state`` ("scored", "unused" or "blank"), ``value`` (NaN unless scored),
        ``n`` rows, ``w`` sum of weights, ``w2`` sum of squared weights; with ``unit`` also ``unit``, a number.
    """
    parts, keys = [], [*KEYS, "unit"] if unit else KEYS
    for batch in source.batches():
        units = units_of(batch, unit)[batch.weights > 0] % np.uint64(blocks or 2**64 - 1) if unit else None
        rows = batch.take(batch.weights > 0)
        segments, names = pd.factorize(segment_of(rows, by))
        inside, ids = (segments * 0, np.zeros(1, np.uint64)) if units is None else pd.factorize(units)
        cells, pairs = pd.factorize(segments * max(len(ids), 1) + inside)
        columns = [(name, rows.scores[:, j], rows.unused[:, j]) for j, name in enumerate(items)]
        columns += [(name, rows.outcomes[:, k], np.zeros(len(rows), bool)) for k, name in enumerate(outcomes)]
        for name, scores, unused in columns:
            sums = _tally_column(cells, scores, unused, rows.weights)
            pair = pairs[sums.pop("cell")]
            sums["segment"], sums["item"], sums["unit"] = names[pair // len(ids)], name, ids[pair % len(ids)]
            parts.append(sums)
    return pd.concat(parts).groupby(keys, dropna=False, sort=True, as_index=False)[["n", "w", "w2"]].sum()


def units_of(rows: Rows, column: str) -> np.ndarray:
    """A number for each row's cluster or respondent; one of its own where the id is empty."""
    return numbered(rows.labels[column], rows.start)


def numbered(ids: pd.Series[Any], start: int) -> np.ndarray:
    """A number for each id, that of the row where it is empty; ``start`` is the number of the first row.

    Whole numbers and the same with gaps, which pandas holds as fractions, are hashed alike.
    """
    own = np.arange(start, start + len(ids), dtype=np.uint64)
    if pd.api.types.is_numeric_dtype(ids):
        values = ids.to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isnan(values), own, pd.util.hash_array(values))
    names = in_words(ids)
    return np.where(names == NOT_STATED, own, pd.util.hash_array(names))


def segment_of(rows: Rows, by: str | None) -> np.ndarray:
    """The segment of each row as text; "not stated" where it is empty."""
    return np.full(len(rows), "", dtype=object) if by is None else in_words(rows.labels[by])


def in_words(labels: pd.Series[Any]) -> np.ndarray:
    """Each label as text; "not stated" where it is empty.

    Each value is put in words by itself (2.0 as "2": one gap makes a column of whole numbers one of floats), so
    that a batch names its segments as the whole table would.
    """
    codes, values = pd.factorize(labels)
    names = [str(int(v) if isinstance(v, float) and v.is_integer() else v) or NOT_STATED for v in values.tolist()]
    return np.array([*names, NOT_STATED], dtype=object)[codes]


def describe(source: Source, items: Sequence[str]) -> pd.DataFrame:
    """A line a touchpoint: ``touchpoint``, ``n``, ``reach``, ``mean``, ``blank``, ``distinct`` scores."""
    table = tally(source, items, [])
    lines = []
    for name in items:
        own = table[table["item"] == name]
        scored = own[own["state"] == "scored"]
        told = own.loc[own["state"] != "blank", "w"].sum()
        weight = scored["w"].sum()
        lines.append(
            {
                "touchpoint": name,
                "n": int(scored["n"].sum()),
                "reach": weight / told if told else np.nan,
                "mean": (scored["w"] * scored["value"]).sum() / weight if weight else np.nan,
                "blank": int(own.loc[own["state"] == "blank", "n"].sum()),
                "distinct": len(scored),
            }
        )
    return pd.DataFrame(lines)


def _tally_column(cells: np.ndarray, scores: np.ndarray, unused: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """``cell``, ``state``, ``value``, ``n``, ``w``, ``w2`` of one column: a count for each pair of cell and value."""
    codes, values = pd.factorize(scores)
    k = len(values)
    key, found = pd.factorize(cells * (k + 2) + np.where(codes >= 0, codes, np.where(unused, k, k + 1)))
    cell, entry = np.divmod(found, k + 2)
    sums = pd.DataFrame({"cell": cell, "state": np.array(["scored"] * k + ["unused", "blank"], dtype=object)[entry]})
    sums["value"] = np.append(values, [np.nan, np.nan])[entry]
    sums["n"] = np.bincount(key)
    sums["w"] = np.bincount(key, weights)
    sums["w2"] = np.bincount(key, weights**2)
    return sums
