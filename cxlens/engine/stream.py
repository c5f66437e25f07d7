"""The quick way from a large file to Moments: small whole numbers come out of DuckDB, and are summed as such.

It does what :func:`cxlens.engine.moments.design_rows` and ``batch_moments`` do, for scores alone. What a design is
belongs to :mod:`cxlens.engine.moments`, what an entry means to :mod:`cxlens.engine.tables`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cxlens.engine.tables import Codes, OnDisk, read_scores
from cxlens.engine.tallies import NOT_STATED, in_words, numbered
from cxlens.stats.intervals import nps_points
from cxlens.stats.moments import Moments

if TYPE_CHECKING:
    import pyarrow

    from cxlens.engine.moments import Design

Floats = NDArray[np.float64]
States = NDArray[np.uint8]
BATCH = 500_000  # rows a batch: hundreds for each segment and block; no power of two, which would crowd the cache
EMPTY = -(2**15)  # stands for an empty cell among the entries
EXACT = 2**24  # below it float32 counts without error


class _Coded(NamedTuple):
    """A score column: ``state`` (2**16,) of each entry is the place of its score in ``scores``, which is sorted.

    After the scores come two more states: not used, and blank.
    """

    name: str
    state: States
    scores: Floats


class _Plan(NamedTuple):
    """What is read: the touchpoints at ``places`` (those scored, then controls) and the rest, ready to be summed."""

    design: Design
    names: tuple[str, ...]
    places: tuple[int, ...]
    touchpoints: tuple[_Coded, ...]
    outcome: _Coded
    weight: str | None
    by: str | None
    blocks: int


def can_stream(source: OnDisk, design: Design) -> bool:
    """Whether everything asked for is a score of one column of small whole numbers, and all rows are meant."""
    kinds = {column.kind for player in design.players for column in player}
    groups = [source.roles.touchpoints[place] for place in (*design.scored, *design.controls)]
    columns = [*(name for group in groups for name in group), source.roles.outcomes[design.outcome][0]]
    plain = kinds == {"score"} and not design.factors and not source.conditions
    return plain and all(len(group) == 1 for group in groups) and all(name in source.entries for name in columns)


def stream(
    source: OnDisk, design: Design, names: tuple[str, ...], by: str | None, blocks: int
) -> Iterator[tuple[Moments, Counter[str]]]:
    """Moments of each batch and the rows left out by reason; the next batch is read meanwhile.

    For designs that :func:`can_stream`; arguments as in :func:`cxlens.engine.moments.moments`.
    """
    plan = _plan(source, design, names, by, blocks)
    reader, start = iter(_selected(source, plan).to_pyarrow_batches(chunk_size=BATCH)), 0
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(next, reader, None)
        while (batch := ahead.result()) is not None:
            ahead = pool.submit(next, reader, None)
            yield _batch(batch, plan, start)
            start += batch.num_rows


def _plan(source: OnDisk, design: Design, names: tuple[str, ...], by: str | None, blocks: int) -> _Plan:
    """Look up what each entry of each column means; touchpoints share one list of scores."""
    roles, places = source.roles, tuple(dict.fromkeys((*design.scored, *design.controls)))
    read = [_read(source, roles.touchpoints[place][0], "touchpoint", roles.codes) for place in places]
    scores = np.unique(np.concatenate([found[~np.isnan(found)] for found, _ in read]))
    touchpoints = [_coded(source, roles.touchpoints[place][0], scores, *both) for place, both in zip(places, read)]
    column, codes = roles.outcomes[design.outcome]
    found, unused = _read(source, column, "outcome", codes)
    outcome = _coded(source, column, np.unique(found[~np.isnan(found)]), found, unused & False)
    return _Plan(design, names, places, tuple(touchpoints), outcome, roles.weight, by, blocks)


def _read(source: OnDisk, column: str, job: str, codes: Codes | None) -> tuple[Floats, NDArray[np.bool_]]:
    """What each entry of a column means, the empty cell first."""
    return read_scores(pd.Series([np.nan, *source.entries[column]]), job, column, codes)


def _coded(source: OnDisk, column: str, scores: Floats, found: Floats, unused: NDArray[np.bool_]) -> _Coded:
    state = np.full(2**16, len(scores) + 1, np.uint8)
    entries = np.array([EMPTY, *source.entries[column]]).astype(np.int16).view(np.uint16)
    rated = np.searchsorted(scores, np.nan_to_num(found))
    state[entries] = np.where(unused, len(scores), np.where(np.isnan(found), len(scores) + 1, rated))
    return _Coded(column, state, scores)


def _selected(source: OnDisk, plan: _Plan) -> Any:
    """The columns needed, scores as whole numbers of 16 bits."""
    table, columns = source.table(), {}
    for coded in (*plan.touchpoints, plan.outcome):
        column = table[coded.name]
        column = column.nullif(float("nan")) if column.type().is_floating() else column
        columns[coded.name] = column.cast("int16")
    columns |= {plan.weight: table[plan.weight].cast("float64")} if plan.weight else {}
    columns |= {name: table[name] for name in (plan.by, plan.design.unit) if name and name not in columns}
    return table.select(**columns)


def _batch(batch: pyarrow.RecordBatch, plan: _Plan, start: int) -> tuple[Moments, Counter[str]]:
    """Rows that take part, sorted by segment and block, so that each is a slice of every column."""
    states = [_states(batch, coded) for coded in plan.touchpoints]
    outcome, weights = _states(batch, plan.outcome), None
    if plan.weight:
        weights = batch.column(plan.weight).to_numpy(zero_copy_only=False)
    keep, dropped = _takes_part(plan, states, outcome, weights)
    cells, key = _keys(batch, plan, start)
    order = np.argsort(key, kind="stable")
    order = order if keep.all() else order[keep[order]]
    states, outcome, key = [state[order] for state in states], outcome[order], key[order]
    weights = None if weights is None else weights[order]
    c, b, size = len(cells), plan.blocks, len(cells) * plan.blocks
    products = _products(plan, states, outcome, weights, key, size).reshape(c, b, -1)
    rows, squares = np.bincount(key, minlength=size), np.bincount(key, None if weights is None else weights**2, size)
    scored, levels, counts = _counts(plan, states, weights, key, size)
    there = rows.reshape(c, b).any(axis=1)
    q, p = int(np.sqrt(products.shape[-1])), len(plan.names)
    sums = Moments(
        plan.names,
        tuple(cells[there]),
        products.reshape(c, b, q, q)[there],
        rows.reshape(c, b)[there],
        squares.reshape(c, b)[there].astype(np.float64),
        scored.reshape(c, b, p)[there],
        levels,
        counts.reshape(c, b, p, len(levels))[there],
    )
    return sums, dropped


def _states(batch: pyarrow.RecordBatch, coded: _Coded) -> States:
    """(n,) the state of each entry of a column."""
    entries = batch.column(coded.name).fill_null(EMPTY).to_numpy()
    return np.take(coded.state, entries.view(np.uint16))


def _takes_part(
    plan: _Plan, states: list[States], outcome: States, weights: Floats | None
) -> tuple[NDArray[np.bool_], Counter[str]]:
    """As :func:`cxlens.engine.moments.takes_part`: blank is the last state of all, not used the one before."""
    worst, unused = np.maximum.reduce(states), len(plan.touchpoints[0].scores)
    reasons = {"no outcome": outcome >= len(plan.outcome.scores), "a touchpoint left blank": worst > unused}
    reasons |= {"a touchpoint not used": worst == unused} if plan.design.missing == "drop" else {}
    reasons |= {} if weights is None else {"weight 0": weights == 0}
    keep, dropped = np.ones(len(outcome), bool), Counter[str]()
    for reason, bad in reasons.items():
        dropped[reason] += int((keep & bad).sum())
        keep &= ~bad
    return keep, dropped


def _keys(batch: pyarrow.RecordBatch, plan: _Plan, start: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Names of the segments, and (n,) a number for each row's segment and block."""
    units, cells, cell = np.arange(start, start + batch.num_rows, dtype=np.uint64), np.array([""], object), np.zeros(1)
    if plan.design.unit:
        units = numbered(batch.column(plan.design.unit).to_pandas(), start)
    if plan.by:
        labels = batch.column(plan.by).dictionary_encode()
        words = [*in_words(labels.dictionary.to_pandas()), NOT_STATED]
        cells, cell = np.unique(np.array(words, object), return_inverse=True)
        cell = cell[labels.indices.fill_null(len(words) - 1).to_numpy()]
    small = np.int16 if len(cells) * plan.blocks < 2**15 else np.int64  # the former are sorted by radix
    return cells, cell.astype(small) * small(plan.blocks) + (units % np.uint64(plan.blocks)).astype(small)


def _products(
    plan: _Plan, states: list[States], outcome: States, weights: Floats | None, key: NDArray[Any], size: int
) -> Floats:
    """(size, q, q) sums of w z z'; in float32 where that is exact, NPS points counted in hundreds."""
    design, scores, answers = plan.design, plan.touchpoints[0].scores, plan.outcome.scores
    answers = nps_points(answers) / 100 if design.nps else answers
    edges = np.flatnonzero(np.diff(key, prepend=-1, append=-1))
    largest = max(1.0, *np.abs(scores), *np.abs(answers)) ** 2 * np.diff(edges).max(initial=0)
    kind = np.float32 if weights is None and largest < EXACT else np.float64
    values = np.concatenate([scores, np.zeros(2)]).astype(kind)
    columns = [*design.controls, *(column.at[0] for player in design.players for column in player)]
    z = np.ones((2 + len(design.flags) + len(columns), len(key)), kind)
    for row, place in enumerate(design.flags, 1):
        z[row] = states[plan.places.index(place)] < len(scores)
    for row, place in enumerate(columns, 1 + len(design.flags)):
        np.take(values, states[plan.places.index(place)], out=z[row], mode="clip")
    z[-1] = np.append(answers, [0, 0])[outcome]
    products = np.zeros((size, len(z), len(z)))
    with threadpool_limits(1, user_api="blas"):  # threads that share products this small wait for each other
        for start, end in pairwise(edges.tolist()):
            part = z[:, start:end]
            products[key[start]] = part @ (part if weights is None else part * weights[start:end]).T
    if design.nps:
        products[:, -1] *= 100
        products[:, :, -1] *= 100
    return products


def _counts(
    plan: _Plan, states: list[States], weights: Floats | None, key: NDArray[Any], size: int
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """(size, p) rows with a score, the scores that occur, and (size, p, l) the sum of weights at each."""
    scores, k = plan.touchpoints[0].scores, len(plan.touchpoints[0].scores) + 2
    rows, sums = np.zeros((2, size, len(plan.names), k))
    base = key.astype(np.int64) * k
    for j in range(len(plan.names)):
        at = base + states[j]
        rows[:, j] = np.bincount(at, minlength=size * k).reshape(size, k)
        if weights is not None:
            sums[:, j] = np.bincount(at, weights, size * k).reshape(size, k)
    told = rows[:, :, :-2]
    there = told.any(axis=(0, 1))
    counts = told if weights is None else sums[:, :, :-2]
    return told.sum(axis=-1).astype(np.int64), scores[there], counts[:, :, there]
