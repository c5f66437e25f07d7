"""Moments of a Parquet file in one quick pass: DuckDB recodes, NumPy multiplies small whole numbers.

The same sums as :func:`cxlens.engine.moments.moments` makes of any table, for files of whole-number scores. What a
score, a blank or "not used" is, is said in :mod:`cxlens.engine.tables`; no statistics here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cxlens.engine.tables import Codes, OnDisk, Rows
from cxlens.engine.tallies import hashed, segment_of
from cxlens.stats.moments import Moments

if TYPE_CHECKING:
    import ibis

    from cxlens.engine.moments import Design

Floats = NDArray[np.float64]
BATCH = 500_000  # rows read at once: enough for each segment and block to have a slice worth a product
CACHED = 5_000  # rows laid out at once: what fits the cache
UNUSED, EMPTY = -128, -127  # stand for "not used" and for an empty cell in a column of small whole numbers
EXACT = 2**24  # whole numbers up to here are exact in single precision
REASONS = ("none", "no outcome", "a touchpoint left blank", "a touchpoint not used", "weight 0")


def can_stream(source: OnDisk, design: Design) -> bool:
    """Whether a design is made of single whole-number scores of all rows."""
    roles, table = source.roles, source.ibis_table()
    column, outcome = roles.outcomes[design.outcome]
    groups = [roles.touchpoints[place] for place in (*design.scored, *design.controls)]
    plain = {part.kind for columns in design.players for part in columns} == {"score"}
    codes = [code for one in (roles.codes, outcome) if one for code in (*one.not_used, *one.blank)]
    return (
        plain
        and not (design.factors or source.conditions)
        and roles.codes is not None
        and max(abs(roles.codes.low), abs(roles.codes.high)) <= 100
        and all(len(group) == 1 and table[group[0]].type().is_integer() for group in groups)
        and table[column].type().is_numeric()
        and not any(isinstance(code, str) for code in codes)
    )


def stream(
    source: OnDisk, design: Design, names: tuple[str, ...], by: str | None, blocks: int
) -> tuple[Moments, Counter[str]]:
    """Weighted cross-products and level counts by segment and block, and how many rows were left out, by reason."""
    table, cells = _small(source, design, by)
    codes, dropped, start = source.roles.codes or Codes(0, 0), Counter[str](), 0
    levels, most = np.arange(np.ceil(codes.low), codes.high + 1), max(codes.low**2, codes.high**2, 1)
    keys, wide, q = len(cells) * blocks, len(levels) + 1, design.k + sum(design.widths) + 1
    products, counts = np.zeros((keys, q, q)), np.zeros((len(design.scored), keys, wide))
    rows, squares, scored = np.zeros(keys, np.int64), np.zeros(keys), np.zeros((len(design.scored), keys), np.int64)
    for batch in _ahead(table):
        facts, reason = _facts(source, design, batch)
        found = np.bincount(reason, minlength=len(REASONS)).tolist()
        dropped.update(dict(zip(REASONS[1:], found[1:], strict=True)))
        units = np.arange(start, start + len(reason), dtype=np.uint64)
        units = units if design.unit is None else hashed(pd.Series(batch["unit"]), units)
        start += len(reason)
        key = (batch["cell"] * blocks + (units % np.uint64(blocks)).astype(np.int32)).astype(
            np.uint16 if keys < 2**16 else np.int64
        )
        order = np.argsort(key, kind="stable")
        order = order[reason[order] == 0] if reason.any() else order
        key, w = key[order].astype(np.int64), batch["w"][order] if "w" in batch else None
        scores = {place: column[order] for place, column in facts.items()}
        sizes = np.bincount(key, minlength=keys)
        y = batch["y"][order]
        made = np.float32 if w is None and y.dtype == np.int8 and most * sizes.max() < EXACT else np.float64
        with threadpool_limits(1, "blas"):  # products this small are slower on more
            _add_products(products, design, scores, y, w, sizes, made)
        rows += sizes
        squares += sizes if w is None else np.bincount(key, w**2, keys)
        base = key * wide + (1 - int(levels[0]))
        for j, place in enumerate(design.scored):
            at = base + np.maximum(scores[place], int(levels[0]) - 1)  # not used: one below the lowest score
            times = np.bincount(at, minlength=keys * wide).reshape(keys, wide)
            scored[j] += times[:, 1:].sum(axis=1)
            counts[j] += times if w is None else np.bincount(at, w, times.size).reshape(keys, wide)
    if design.nps:
        products[:, -1] *= 100
        products[:, :, -1] *= 100
    whole = Moments(
        names,
        cells,
        products.reshape(len(cells), blocks, q, q),
        rows.reshape(-1, blocks),
        squares.reshape(-1, blocks),
        np.moveaxis(scored.reshape(-1, len(cells), blocks), 0, -1),
        levels,
        np.moveaxis(counts[:, :, 1:].reshape(-1, len(cells), blocks, len(levels)), 0, -2),
    )
    return _taking_part(whole), dropped


def _small(source: OnDisk, design: Design, by: str | None) -> tuple[ibis.Table, tuple[str, ...]]:
    """Columns "s0", "s1" ... by place (raw codes), "y", "missing" (no answer), "cell", "w"; and names of the cells."""
    import ibis

    table, roles = source.ibis_table(), source.roles
    column, codes = roles.outcomes[design.outcome]
    places = (*design.scored, *design.controls)
    chosen = {f"s{place}": table[roles.touchpoints[place][0]].fill_null(EMPTY).cast("int8") for place in places}
    y = table[column]
    missing = y.isnull() | (y.isnan() if y.type().is_floating() else False)
    chosen["missing"] = missing | y.isin(codes.blank) if codes and codes.blank else missing
    points = ibis.cases((y >= 9, 1), (y <= 6, -1), else_=0).cast("int8") if design.nps else y.cast("float64")
    chosen["y"] = points.fill_null(0)
    values = source.distinct(by) if by else []
    inside = [(table[by] == value, k) for k, value in enumerate(values)]
    chosen["cell"] = ibis.cases(*inside, else_=len(values)).cast("int32") if inside else ibis.literal(0).cast("int32")
    if roles.weight:
        chosen["w"] = table[roles.weight].cast("float64")
    if design.unit:
        chosen["unit"] = table[design.unit]
    frame, empty = pd.DataFrame({by or "": pd.Series([*values, None], dtype=object)}), np.empty((len(values) + 1, 0))
    named = Rows(empty, empty.astype(bool), empty, np.ones(len(frame)), frame)
    return table.select(**chosen), tuple(segment_of(named, by).tolist())


def _facts(
    source: OnDisk, design: Design, batch: dict[str, NDArray[Any]]
) -> tuple[dict[int, NDArray[np.int8]], NDArray[np.int8]]:
    """Scores by place, ``UNUSED`` where not used, and the number of the reason why a row is left out (0: it is not)."""
    not_used, blank = source.roles.codes[2:4] if source.roles.codes else ((), ())
    absent = [EMPTY if code is None else code for code in not_used]
    gone = [code for code in (*blank, EMPTY) if code not in absent]
    facts, blanks, unused = {}, np.zeros(len(batch["y"]), bool), np.zeros(len(batch["y"]), bool)
    for place in dict.fromkeys((*design.scored, *design.controls)):
        score = batch[f"s{place}"]
        for code in gone:
            blanks |= score == code
        out = np.zeros(len(score), bool)
        for code in absent:
            out |= score == code
        unused |= out
        facts[place] = np.where(out, np.int8(UNUSED), score) if absent else score
    reason = np.zeros(len(blanks), np.int8)
    if "w" in batch:
        reason[batch["w"] == 0] = 4
    if design.missing == "drop":
        reason[unused] = 3
    reason[blanks] = 2
    reason[batch["missing"]] = 1
    return facts, reason


def _ahead(table: ibis.Table) -> Iterator[dict[str, NDArray[Any]]]:
    """Batches of columns; the next one is read while one is worked on."""
    reader = iter(table.to_pyarrow_batches(chunk_size=BATCH))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, reader, None)
        while (batch := waiting.result()) is not None:
            waiting = pool.submit(next, reader, None)
            yield {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}


def _add_products(
    products: Floats, design: Design, scores: dict[int, NDArray[Any]], y: NDArray[Any], w: Floats | None,
    sizes: NDArray[np.int64], made: type[np.floating[Any]],
) -> None:  # fmt: skip
    """Lay out rows sorted by key and add the cross-products of each key's slice."""
    ends, players = np.cumsum(sizes), [column.at[0] for columns in design.players for column in columns]
    buffer = np.ones((products.shape[1], CACHED + int(sizes.max(initial=0))), made)
    first = 0
    while first < len(sizes):
        begin = ends[first] - sizes[first]
        last = max(int(np.searchsorted(ends, begin + CACHED, side="right")), first + 1)
        part, z = slice(begin, ends[last - 1]), buffer[:, : ends[last - 1] - begin]
        used = {place: column[part] != UNUSED for place, column in scores.items() if design.missing != "drop"}
        for row, place in enumerate(design.flags, 1):
            z[row] = used[place]
        for row, place in enumerate([*design.controls, *players], 1 + len(design.flags)):
            if place in used:
                np.multiply(scores[place][part], used[place], out=z[row], casting="unsafe")
            else:
                z[row] = scores[place][part]
        z[-1] = y[part]
        other = z if w is None else z * w[part]
        for key in range(first, last):
            own = slice(ends[key] - sizes[key] - begin, ends[key] - begin)
            products[key] += z[:, own] @ other[:, own].T
        first = last


def _taking_part(sums: Moments) -> Moments:
    """Without the cells nobody is in and the levels nobody gave, cells in order."""
    cells = [k for k in np.argsort(np.array(sums.cells, dtype=object)) if sums.rows[k].any()]
    levels = sums.counts[cells].any(axis=(0, 1, 2))
    names = tuple(sums.cells[k] for k in cells)
    products, rows, squares = sums.products[cells], sums.rows[cells], sums.squares[cells]
    counts = sums.counts[cells][..., levels]
    return Moments(sums.columns, names, products, rows, squares, sums.scored[cells], sums.levels[levels], counts)
