"""Tallies: how often each score was given, by cell. Small tables from which every scorecard follows.

One GROUP BY over the rows, added up over batches. Intervals and words do not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.engine.labels import combined, in_words, natural, units_of
from cxlens.engine.stream import can_count, count_entries
from cxlens.engine.tables import OnDisk, Source

SCORED, UNUSED, BLANK = range(3)  # the states of an answer
KEYS = ["cell", "item", "state", "value"]


class Tally(NamedTuple):
    """Counts of answers.

    Attributes
    ----------
    cells
        One row a cell, in order: a column of text for each label column asked for.
    table
        ``cell`` and ``item`` (their numbers), ``state``, ``value`` (NaN unless scored), ``n`` rows, ``w`` sum of
        weights, ``w2`` sum of squared weights; with units also ``unit``, a number.
    """

    cells: pd.DataFrame
    table: pd.DataFrame


def tally(
    source: Source,
    items: int,
    outcomes: int,
    by: Sequence[str] = (),
    *,
    unit: str | None = None,
    blocks: int | None = None,
) -> Tally:
    """Count answers by cell, item and value; those of weight 0 are left out.

    Parameters
    ----------
    source
        Where the rows are.
    items, outcomes
        How many touchpoints and outcomes the source has; their numbers, in this order, are those of the items.
    by
        Label columns; each combination of their values that occurs is a cell. Without them there is one cell.
    unit
        A label column with the ids of clusters or respondents: counts are then by its values, too.
    blocks
        Join the units at random to so many blocks, which keeps the table small.
    """
    if isinstance(source, OnDisk) and unit is None and can_count(source):
        names, table = _quick(source, items, outcomes, by)
    else:
        names, table = _slow(source, items, outcomes, by, unit, blocks)
    order = sorted(range(len(names)), key=lambda k: [natural(word) for word in names[k]])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    table["cell"] = place[table["cell"]]
    table = table.sort_values([*KEYS, "unit"] if unit else KEYS, kind="stable", ignore_index=True)
    return Tally(pd.DataFrame([names[k] for k in order], columns=list(by), index=range(len(order))), table)


def _quick(source: OnDisk, items: int, outcomes: int, by: Sequence[str]) -> tuple[list[tuple[str, ...]], pd.DataFrame]:
    """From counts of the entries of each column."""
    names, columns = count_entries(source, by)
    columns = columns[:items] + columns[len(columns) - outcomes :]
    parts = []
    for item, (values, counts) in enumerate(columns):
        cell, entry = np.nonzero(counts[0])
        k = len(values)
        part = {"cell": cell, "item": item, "state": np.where(entry < k, SCORED, np.where(entry == k, UNUSED, BLANK))}
        part["value"] = np.append(values, [np.nan, np.nan])[entry]
        part |= {name: sums[cell, entry] for name, sums in zip(("n", "w", "w2"), counts, strict=True)}
        parts.append(pd.DataFrame(part).astype({"n": np.int64}))
    return names, pd.concat(parts, ignore_index=True)


def _slow(
    source: Source, items: int, outcomes: int, by: Sequence[str], unit: str | None, blocks: int | None
) -> tuple[list[tuple[str, ...]], pd.DataFrame]:
    """Batch by batch, for any values."""
    known: dict[tuple[str, ...], int] = {}
    parts, keys = [], [*KEYS, "unit"] if unit else KEYS
    for batch in source.batches():
        units = units_of(batch, unit)[batch.weights > 0] % np.uint64(blocks or 2**64 - 1) if unit else None
        rows = batch.take(batch.weights > 0)
        own, names = combined([pd.factorize(in_words(rows.labels[name])) for name in by], len(rows))
        segments = np.array([known.setdefault(name, len(known)) for name in names], np.int64)[own]
        inside, ids = (segments * 0, np.zeros(1, np.uint64)) if units is None else pd.factorize(units)
        cells, pairs = pd.factorize(segments * max(len(ids), 1) + inside)
        columns = [(rows.scores[:, j], rows.unused[:, j]) for j in range(items)]
        columns += [(rows.outcomes[:, k], np.zeros(len(rows), bool)) for k in range(outcomes)]
        for item, (scores, unused) in enumerate(columns):
            sums = _tally_column(cells, scores, unused, rows.weights)
            pair = pairs[sums.pop("cell")]
            sums["cell"], sums["item"], sums["unit"] = pair // len(ids), item, ids[pair % len(ids)]
            parts.append(sums)
    table = pd.concat(parts).groupby(keys, dropna=False, sort=False, as_index=False)[["n", "w", "w2"]].sum()
    return list(known), table


def describe(source: Source, items: Sequence[str]) -> pd.DataFrame:
    """A line a touchpoint: ``touchpoint``, ``n``, ``reach``, ``mean``, ``blank``, ``distinct`` scores."""
    table = tally(source, len(items), 0).table
    lines = []
    for item, name in enumerate(items):
        own = table[table["item"] == item]
        scored = own[own["state"] == SCORED]
        told = own.loc[own["state"] != BLANK, "w"].sum()
        weight = scored["w"].sum()
        lines.append(
            {
                "touchpoint": name,
                "n": int(scored["n"].sum()),
                "reach": weight / told if told else np.nan,
                "mean": (scored["w"] * scored["value"]).sum() / weight if weight else np.nan,
                "blank": int(own.loc[own["state"] == BLANK, "n"].sum()),
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
    sums = pd.DataFrame({"cell": cell, "state": np.array([SCORED] * k + [UNUSED, BLANK])[entry]})
    sums["value"] = np.append(values, [np.nan, np.nan])[entry]
    sums["n"] = np.bincount(key)
    sums["w"] = np.bincount(key, weights)
    sums["w2"] = np.bincount(key, weights**2)
    return sums
