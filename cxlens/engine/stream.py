"""The quick way from a large file to Moments and counts: small whole numbers come out of DuckDB and are summed as such.

It does for scores alone what :func:`cxlens.engine.design.design_rows` and ``batch_moments`` do, and what
:func:`cxlens.engine.tallies.tally` does. What a design is belongs to :mod:`cxlens.engine.design`, what an entry means
to :mod:`cxlens.engine.tables`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.batches import in_turn
from cxlens.engine.design import Column, Design, left_out
from cxlens.engine.labels import NOT_STATED, combined, in_words, numbered
from cxlens.engine.tables import OnDisk, read_scores
from cxlens.stats.moments import Moments

if TYPE_CHECKING:
    import pyarrow

Floats = NDArray[np.float64]
States = NDArray[np.uint8]
BATCH = 500_000  # rows a batch: hundreds for each segment and block; no power of two, which would crowd the cache
AT_ONCE = 32_768  # rows summed at once, so that what they need stays in cache
EMPTY = -(2**15)  # stands for an empty cell among the entries
EXACT = 2**24  # below it float32 counts without error


class _Plan(NamedTuple):
    """What is read: columns of touchpoints, those scored before those that are controls; last the outcome.

    Each has a row of ``tables`` (columns, 2**16) that says the state of an entry. For touchpoints that is the place of
    its score in ``scores``, after which come not used, and blank; for the outcome the same in ``answers``, where points
    of 100 are in hundreds. ``flags`` and ``players`` say by number which columns make those of the regression, players
    with what each state counts.
    """

    names: tuple[str, ...]
    drop: bool
    tables: States
    scores: Floats
    answers: Floats
    flags: list[int]
    players: list[tuple[int, Floats]]
    blocks: int


def can_stream(source: OnDisk, design: Design) -> bool:
    """Whether everything asked for is made of scores of one column of small whole numbers, and all rows are meant."""
    groups = [source.roles.touchpoints[place] for place in _touched(design)]
    groups.append((source.roles.outcomes[design.outcome][0],))
    plain = bool(design.players) and not design.factors and not source.conditions
    whole = all(map(_whole, design.player_columns))
    return plain and whole and all(len(group) == 1 and group[0] in source.entries for group in groups)


def _whole(column: Column) -> bool:
    """Whether a column has whole numbers where the scores are: the score itself, or its square around one."""
    return column.kind == "score" or (column.kind == "square" and float(column.given[0]).is_integer())


def stream(
    source: OnDisk, design: Design, names: tuple[str, ...], by: str | None, blocks: int
) -> tuple[Moments, Counter[str]] | None:
    """What :func:`cxlens.engine.moments.moments` gives, for designs that :func:`can_stream`; None without rows."""
    total, dropped = None, Counter[str]()
    columns = [source.roles.touchpoints[place][0] for place in _touched(design)]
    columns.append(source.roles.outcomes[design.outcome][0])
    reader = _selected(source, columns, {"by": by, "unit": design.unit}).to_pyarrow_batches(chunk_size=BATCH)
    plan = _plan(source, design, columns, names, blocks)
    for sums, few in in_turn(reader, lambda batch, start: _batch(batch, plan, start)):
        total = sums if total is None else total + sums
        dropped.update(few)
    if total is not None and design.in_points:
        total.products[:, :, -1] *= 100
        total.products[..., -1] *= 100
    return None if total is None else (total, dropped)


def can_count(source: OnDisk) -> bool:
    """Whether every score and outcome is one column of small whole numbers, and all rows are meant."""
    groups = [*source.roles.touchpoints, *((name,) for name, _ in source.roles.outcomes)]
    return not source.conditions and all(len(group) == 1 and group[0] in source.entries for group in groups)


def count_entries(source: OnDisk, by: Sequence[str]) -> tuple[list[tuple[str, ...]], list[tuple[Floats, Floats]]]:
    """How often each entry of each touchpoint, then of each outcome, occurs by cell: where :func:`can_count`.

    Returns the words of each cell, and for each column its scores (k,) and three (cells, k + 2) arrays: rows, sum of
    weights, sum of squared weights; after the scores come not used, and blank. Rows of weight 0 do not count.
    """
    columns = [group[0] for group in source.roles.touchpoints] + [name for name, _ in source.roles.outcomes]
    codes = [*[source.roles.codes] * len(source.roles.touchpoints), *(own for _, own in source.roles.outcomes)]
    values, tables = [], []
    for name, own in zip(columns, codes, strict=True):
        entries = [np.nan, *source.entries[name]]
        said = read_scores(pd.Series(entries), "score", name, own)
        values.append(np.unique(said[0][~np.isnan(said[0])]))
        tables.append(_table(entries, values[-1], said))
    weighted = source.roles.weight is not None
    known: dict[tuple[str, ...], int] = {}
    totals = [np.zeros((3 if weighted else 1, 0, len(own) + 2)) for own in values]
    chosen = _selected(source, columns, {f"by{k}": name for k, name in enumerate(by)})
    reader = chosen.to_pyarrow_batches(chunk_size=BATCH)
    for names, sums in in_turn(reader, lambda batch, _: _counts(batch, len(by), tables, [len(own) for own in values])):
        place = np.array([known.setdefault(name, len(known)) for name in names], np.int64)
        for at, counts in enumerate(sums):
            grown = np.zeros((len(counts), max(len(known) - totals[at].shape[1], 0), counts.shape[-1]))
            totals[at] = np.concatenate([totals[at], grown], axis=1)
            totals[at][:, place] += counts
    there: NDArray[np.bool_] = np.asarray(totals[0].any(axis=(0, 2)))  # not where all weights are 0
    whole = [np.concatenate([own, own, own]) if len(own) == 1 else own for own in totals]
    return [name for name in known if there[known[name]]], [
        (own, sums[:, there]) for own, sums in zip(values, whole, strict=True)
    ]


def _counts(
    batch: pyarrow.RecordBatch, by: int, tables: Sequence[States], sizes: Sequence[int]
) -> tuple[list[tuple[str, ...]], list[Floats]]:
    """The cells of a batch, and for each column (1 or 3, cells, k + 2) rows; with weights (w > 0) their sums too."""
    cell, names = combined([_label(batch.column(f"by{k}")) for k in range(by)], batch.num_rows)
    w = batch.column("weight").to_numpy() if "weight" in batch.schema.names else None
    first = {k: cell * (k + 2) for k in set(sizes)}
    made = []
    for at, (table, k) in enumerate(zip(tables, sizes, strict=True)):
        key, bins = first[k] + _states(batch.column(str(at)), table), len(names) * (k + 2)
        sums = [np.bincount(key, None if w is None else w > 0, bins)]
        sums += [] if w is None else [np.bincount(key, w**power, bins) for power in (1, 2)]
        made.append(np.stack(sums).reshape(-1, len(names), k + 2).astype(np.float64))
    return names, made


def _label(column: pyarrow.Array) -> tuple[NDArray[Any], NDArray[Any]]:
    """The number of each row's word, and the words, sorted, of a label column."""
    labels = column.dictionary_encode()
    words = np.array([*in_words(labels.dictionary.to_pandas()), NOT_STATED], object)
    distinct, place = np.unique(words, return_inverse=True)
    return place[labels.indices.fill_null(len(words) - 1).to_numpy()], distinct


def _touched(design: Design) -> list[int]:
    """Touchpoints that are scored, then other controls."""
    return list(dict.fromkeys((*design.scored, *design.controls)))


def _plan(source: OnDisk, design: Design, columns: list[str], names: tuple[str, ...], blocks: int) -> _Plan:
    """Look up what each entry of each column means, the empty cell first."""
    touched = _touched(design)
    codes = [*[source.roles.codes] * len(touched), source.roles.outcomes[design.outcome][1]]
    entries = [[np.nan, *source.entries[name]] for name in columns]
    about = zip(entries, columns, codes, strict=True)
    said = [read_scores(pd.Series(own), "score", name, code) for own, name, code in about]
    *asked, answers = (found[~np.isnan(found)] for found, _ in said)
    scores, answers = np.unique(np.concatenate(asked)), np.unique(answers)
    known = [*[scores] * len(touched), answers]
    tables = np.stack([_table(*column) for column in zip(entries, known, said, strict=True)])
    answers = design.counted(answers) / (100 if design.in_points else 1)
    flags = [touched.index(place) for place in design.flags]
    players = [(touched.index(place), _counted_as(Column("score"), scores)) for place in design.controls]
    players += [(touched.index(column.at[0]), _counted_as(column, scores)) for column in design.player_columns]
    return _Plan(names, design.missing == "drop", tables, scores, answers, flags, players, blocks)


def _counted_as(column: Column, scores: Floats) -> Floats:
    """What each state counts in a column: the scores or their squares, then 0 for not used and for blank."""
    values = (scores - column.given[0]) ** 2 if column.kind == "square" else scores
    return np.append(values, [0.0, 0.0])


def _table(entries: list[float], known: Floats, said: tuple[Floats, NDArray[np.bool_]]) -> States:
    """(2**16,) the state of each entry; of one that came after the file was checked, blank."""
    table = np.full(2**16, len(known) + 1, np.uint8)
    at = np.nan_to_num(entries, nan=EMPTY).astype(np.int16).view(np.uint16)
    scored = np.where(np.isnan(said[0]), len(known) + 1, np.searchsorted(known, np.nan_to_num(said[0])))
    table[at] = np.where(said[1], len(known), scored)
    return table


def _selected(source: OnDisk, columns: list[str], labels: Mapping[str, str | None]) -> Any:
    """The columns needed, by number or job; scores as whole numbers of 16 bits."""
    table, chosen = source.table(), {}
    for at, name in enumerate(columns):
        own = table[name]
        own = own.isnan().ifelse(None, own) if own.type().is_floating() else own
        chosen[str(at)] = own.cast("int16")
    chosen |= {"weight": table[source.roles.weight].cast("float64")} if source.roles.weight else {}
    return table.select(**chosen, **{job: table[name] for job, name in labels.items() if name})


def _batch(batch: pyarrow.RecordBatch, plan: _Plan, start: int) -> tuple[Moments, Counter[str]]:
    """Sort the rows that take part by segment and block, and sum them, some at a time so that they stay in cache."""
    states = [_states(batch.column(str(at)), table) for at, table in enumerate(plan.tables)]
    w = batch.column("weight").to_numpy() if "weight" in batch.schema.names else None
    keep, dropped = _takes_part(plan, states, w)
    cells, key = _keys(batch, plan.blocks, start)
    order = np.argsort(key, kind="stable")
    order = order if keep.all() else order[keep[order]]
    states, key, w = [own[order] for own in states], key[order], None if w is None else w[order]
    shape, size, q = (len(cells), plan.blocks), len(cells) * plan.blocks, 2 + len(plan.flags) + len(plan.players)
    products, (told, counts) = np.zeros((size, q, q)), np.zeros((2, size, len(plan.names), len(plan.scores) + 2))
    edges = np.flatnonzero(np.diff(key, prepend=-1, append=-1))  # none where nobody takes part
    for first, last in pairwise(np.unique([*np.searchsorted(edges, range(0, len(key), AT_ONCE)), len(edges) - 1])):
        some = slice(edges[first], edges[last])
        own, weights = [state[some] for state in states], None if w is None else w[some]
        _add_products(products, plan, own, weights, key[some], edges[first : last + 1] - some.start)
        _add_counts(told, own, key[some])
        if weights is not None:
            _add_counts(counts, own, key[some], weights)
    n = np.bincount(key, minlength=size)
    there, levels = n.reshape(shape).any(axis=1), told[:, :, :-2].any(axis=(0, 1))

    def laid_out(values: NDArray[Any], kind: type[np.number[Any]] = np.float64) -> Any:
        return values.reshape(*shape, *values.shape[1:])[there].astype(kind)

    return Moments(
        plan.names,
        tuple(cells[there]),
        laid_out(products),
        laid_out(n, np.int64),
        laid_out(told[:, :, :-2].sum(axis=-1), np.int64),
        plan.scores[levels],
        laid_out((told if w is None else counts)[:, :, :-2][:, :, levels]),
    ), dropped


def _states(entries: pyarrow.Array, table: States) -> States:
    """(n,) the state of each entry of a column."""
    return np.asarray(np.take(table, entries.fill_null(EMPTY).to_numpy().view(np.uint16)))


def _takes_part(plan: _Plan, states: list[States], w: Floats | None) -> tuple[NDArray[np.bool_], Counter[str]]:
    """As :func:`cxlens.engine.design.takes_part`: blank is the last state of all, not used the one before."""
    worst, unused = np.maximum.reduce(states[:-1]), len(plan.scores)
    reasons = {"no outcome": states[-1] >= len(plan.answers), "a touchpoint left blank": worst > unused}
    reasons |= {"a touchpoint not used": worst == unused} if plan.drop else {}
    return left_out(reasons | ({} if w is None else {"weight 0": w == 0}))


def _keys(batch: pyarrow.RecordBatch, blocks: int, start: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Names of the segments, and (n,) a number for each row's segment and block."""
    block, jobs = np.arange(start, start + batch.num_rows) % blocks, batch.schema.names
    if "unit" in jobs:
        block = numbered(batch.column("unit").to_pandas(), start) % np.uint64(blocks)
    if "by" not in jobs:
        return np.array([""], object), block.astype(np.int16)
    cell, cells = _label(batch.column("by"))
    kind = np.int16 if len(cells) * blocks < 2**15 else np.int64  # the former are sorted by radix
    first = (np.arange(len(cells)) * blocks).astype(kind)
    return cells, first[cell] + block.astype(kind)


def _add_products(
    products: Floats, plan: _Plan, states: list[States], w: Floats | None, key: NDArray[Any], edges: NDArray[np.int64]
) -> None:
    """Put sums of w z z' at the (q, q) of each key; in float32, twice as fast, where that is exact."""
    values = np.concatenate([[1.0], plan.answers, *(counted for _, counted in plan.players)])
    largest = np.abs(values).max() ** 2 * np.diff(edges).max()
    kind = np.float32 if w is None and largest < EXACT else np.float64
    z = np.ones((products.shape[-1], len(key)), kind)
    for row, at in enumerate(plan.flags, 1):
        z[row] = states[at] < len(plan.scores)
    for row, (at, counted) in enumerate(plan.players, 1 + len(plan.flags)):
        np.take(counted.astype(kind), states[at], out=z[row], mode="clip")
    np.take(plan.answers.astype(kind), states[-1], out=z[-1], mode="clip")
    for start, end in pairwise(edges.tolist()):
        part = z[:, start:end]
        products[key[start]] = part @ (part if w is None else part * w[start:end]).T


def _add_counts(counts: Floats, states: list[States], key: NDArray[Any], w: Floats | None = None) -> None:
    """Add the rows, or their weights, to each key, touchpoint and state; keys are sorted."""
    own, k = counts[key[0] : int(key[-1]) + 1], counts.shape[-1]
    base = (key - key[0]).astype(np.int64) * k
    for j in range(counts.shape[1]):
        own[:, j] += np.bincount(base + states[j], w, len(own) * k).reshape(-1, k)
