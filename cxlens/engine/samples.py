"""A seeded sample of answers on disk, held in memory, for methods that need the rows themselves.

Whether a sample is asked for, and how many rows it has, does not belong here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.batches import listed
from cxlens.engine.spark import SparkTable
from cxlens.engine.tables import InMemory, OnDisk, Rows

Floats = NDArray[np.float64]
SURE = 6  # standard errors by which more are drawn than are wanted


def sampled(
    source: OnDisk,
    size: int,
    seed: int,
) -> InMemory:
    """Rows drawn without replacement, each with the same chance, in the order of the file; all where they are fewer."""
    if isinstance(source.files, SparkTable):
        return InMemory(_drawn(source, size, seed), told=source.told)
    n = source.n
    rng = np.random.default_rng(seed)
    chosen = np.arange(n)
    if size < n:
        chosen = np.sort(rng.choice(n, size, replace=False))
    parts = []
    start = 0
    for rows in source.batches():
        end = start + len(rows)
        first, last = np.searchsorted(chosen, [start, end])
        parts.append(rows.take(chosen[first:last] - start))
        start = end
    return InMemory(
        together(parts),
        told=source.told,
    )


def _drawn(source: OnDisk, size: int, seed: int) -> Rows:
    """The same of rows that Spark holds: those of the smallest random numbers, of which few more are brought here."""
    share = (size + SURE * np.sqrt(size)) / max(source.n, 1)

    def under_share(rows: Rows) -> list[tuple[Rows, Floats]]:
        number = np.random.default_rng([seed, rows.start]).random(len(rows))
        chosen = number < share
        return [(rows.take(chosen), number[chosen])]

    parts = source.folded(under_share, listed)
    rows = together([part for part, _ in parts])
    number = np.concatenate([number for _, number in parts])
    if len(rows) <= size:
        return rows
    largest = np.partition(number, size - 1)[size - 1]
    return rows.take(number <= largest)


def together(parts: list[Rows]) -> Rows:
    """Several batches of rows as one."""
    if len(parts) == 1:
        return parts[0]
    return Rows(
        scores=np.concatenate([part.scores for part in parts]),
        unused=np.concatenate([part.unused for part in parts]),
        outcomes=np.concatenate([part.outcomes for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        labels=pd.concat([part.labels for part in parts], ignore_index=True),
    )
