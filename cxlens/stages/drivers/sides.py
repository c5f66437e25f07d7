"""Two sides of a split of the answers: which slope differs most, and whether slopes differ on the ordinal scale.

Where to split is searched for by :mod:`cxlens.stages.drivers.segments`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.answers import Reading
from cxlens.engine.batches import listed
from cxlens.engine.design import DesignRows, design_rows
from cxlens.engine.tables import Rows
from cxlens.stats.ordinal_stability import same_slopes_p
from cxlens.stats.regression import coefficients
from cxlens.stats.sign_flips import compare, differences_of_blocks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHORT = 11  # different answers to an outcome up to which its scale is short, so that many may be at its ends
MOST_ROWS = 100_000  # looked at on the ordinal scale; of more a sample
SEED = 0


class Slope(NamedTuple):
    """The slope that differs most between two sides: its place, its value on either side, and whether it is clear.

    ``clear``: by itself, as if the split had not been searched for.
    """

    place: int
    first: float
    second: float
    clear: bool


def clearest_slope(products: Floats, rows: Ints, k: int, alpha: float) -> Slope | None:
    """Which slope differs most, in units of its error; None where none can be told.

    Parameters
    ----------
    products
        (2, b, q, q) cross-products of both sides by block, the outcome last.
    rows
        (2,) rows of both sides.
    k
        Columns before those whose slopes are compared.
    alpha
        The p-value below which one slope is clear by itself.
    """
    own = np.arange(products.shape[-1] - 1) < k
    found = compare(differences_of_blocks(products, rows, own), 1 - alpha, np.random.default_rng(SEED))
    half = found.high[0] - found.difference[0]
    if np.isnan(half).all():
        return None
    place = int(np.nanargmax(np.abs(found.difference[0]) / half))
    totals = np.moveaxis(products.sum(axis=1), 0, -1)
    first, second = coefficients(totals)[k + place]
    return Slope(place, float(first), float(second), bool(found.p[0, place] < alpha))


def ordinal_p(reading: Reading, k: int, first: Collection[str], both: Collection[str]) -> float | None:
    """p-value of "both sides share their slopes" on the ordinal scale; None where the outcome's scale is not short.

    Parameters
    ----------
    reading
        The answers by the column that is split.
    k
        Columns before those whose slopes are compared.
    first, both
        The words of the column on the first side, and on either.
    """
    batches = _sample(reading, both)
    z = np.concatenate([batch.z for batch in batches])
    outcome = z[:, -1]
    if len(np.unique(outcome)) > SHORT:
        return None
    segments = np.concatenate([batch.segments for batch in batches])
    _, units = np.unique(np.concatenate([batch.units for batch in batches]), return_inverse=True)
    return same_slopes_p(
        x=z[:, k:-1],
        own=z[:, 1:k],
        outcome=outcome,
        side=np.isin(segments, list(first)),
        weights=np.concatenate([batch.weights for batch in batches]),
        units=units,
        rng=np.random.default_rng(SEED),
    )


def _sample(reading: Reading, words: Collection[str]) -> Sequence[DesignRows]:
    """The rows of these words, or a sample of them where they are many."""
    share = min(1.0, MOST_ROWS / max(reading.source.n, 1))
    design = reading.design
    by = reading.by

    def chosen(rows: Rows) -> list[DesignRows]:
        part = design_rows(rows, design, by)
        is_wanted = np.isin(part.segments, list(words))
        if share < 1:
            rng = np.random.default_rng([SEED, rows.start])
            is_wanted &= rng.random(len(is_wanted)) < share
        return [part.take(is_wanted)]

    return reading.source.folded(chosen, listed)
