"""The quick way from a large file to Moments: small whole numbers come out of DuckDB, and are summed as such.

It does what :func:`cxlens.engine.moments.design_rows` and ``batch_moments`` do, for scores alone. What a design is
belongs to :mod:`cxlens.engine.moments`, what an entry means to :mod:`cxlens.engine.tables`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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
AT_ONCE = 32_768  # rows summed at once, so that what they need stays in cache
EXACT = 2**24  # below it float32 counts without error


class _Coded(NamedTuple):
    """A column of scores, and (2**16,) the state of each of its entries."""

    name: str
    state: States


class _Plan(NamedTuple):
    """What is read. The state of a touchpoint is the place of its score in ``scores``; then come not used, and blank.

    ``touchpoints`` are those scored, then other controls; ``flags`` and ``columns`` of the design are places in them.
    The state of the outcome is a place in ``answers``, as the regression takes them but for NPS points: in hundreds.
    """

    design: Design
    names: tuple[str, ...]
    touchpoints: tuple[_Coded, ...]
    scores: Floats
    outcome: _Coded
    answers: Floats
    flags: tuple[int, ...]
    columns: tuple[int, ...]
    weight: str | None
    by: str | None
    blocks: int

    @property
    def q(self) -> int:
        """Columns of the regression: the constant and the outcome, too."""
        return 2 + len(self.flags) + len(self.columns)

    @property
    def largest(self) -> float:
        """The largest number in any column."""
        return float(max([1.0, *np.abs(self.scores), *np.abs(self.answers)]))


class _Rows(NamedTuple):
    """States of the touchpoints and of the outcome, and weights if there are any, of the same rows."""

    touchpoints: list[States]
    outcome: States
    weights: Floats | None

    def take(self, at: NDArray[np.int64] | slice) -> _Rows:
        """The rows at these places."""
        weights = None if self.weights is None else self.weights[at]
        return _Rows([states[at] for states in self.touchpoints], self.outcome[at], weights)


def can_stream(source: OnDisk, design: Design) -> bool:
    """Whether everything asked for is a score of one column of small whole numbers, and all rows are meant."""
    kinds = {column.kind for player in design.players for column in player}
    groups = [source.roles.touchpoints[place] for place in (*design.scored, *design.controls)]
    columns = [*(name for group in groups for name in group), source.roles.outcomes[design.outcome][0]]
    plain = kinds == {"score"} and not design.factors and not source.conditions
    return plain and all(len(group) == 1 for group in groups) and all(name in source.entries for name in columns)


def stream(
    source: OnDisk, design: Design, names: tuple[str, ...], by: str | None, blocks: int
) -> tuple[Moments, Counter[str]] | None:
    """What :func:`cxlens.engine.moments.moments` gives, for designs that :func:`can_stream`; None without rows."""
    plan, total, dropped = _plan(source, design, names, by, blocks), None, Counter[str]()
    for sums, left_out in _each(_selected(source, plan).to_pyarrow_batches(chunk_size=BATCH), plan):
        total = sums if total is None else total + sums
        dropped.update(left_out)
    if total is not None and design.nps:
        total.products[:, :, -1] *= 100
        total.products[..., -1] *= 100
    return None if total is None else (total, dropped)


def _each(reader: pyarrow.RecordBatchReader, plan: _Plan) -> Iterator[tuple[Moments, Counter[str]]]:
    """The sums of each batch in turn; two are summed while the next is read."""
    start, waiting = 0, deque[Future[tuple[Moments, Counter[str]]]]()
    with ThreadPoolExecutor(2) as pool, threadpool_limits(1, user_api="blas"):  # its threads disturb small products
        for batch in reader:
            waiting.append(pool.submit(_batch, batch, plan, start))
            start += batch.num_rows
            if len(waiting) > 2:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _plan(source: OnDisk, design: Design, names: tuple[str, ...], by: str | None, blocks: int) -> _Plan:
    """Look up what each entry of each column means."""
    roles, places = source.roles, tuple(dict.fromkeys((*design.scored, *design.controls)))
    read = {roles.touchpoints[place][0]: roles.codes for place in places}
    found = {name: _meaning(source, name, "touchpoint", codes) for name, codes in read.items()}
    scores = np.unique(np.concatenate([said[~np.isnan(said)] for said, _ in found.values()]))
    touchpoints = tuple(_coded(source, name, scores, *both) for name, both in found.items())
    column, codes = roles.outcomes[design.outcome]
    said, unused = _meaning(source, column, "outcome", codes)
    answers = np.unique(said[~np.isnan(said)])
    outcome = _coded(source, column, answers, said, np.zeros_like(unused))
    answers = nps_points(answers) / 100 if design.nps else answers
    of_players = (column.at[0] for player in design.players for column in player)
    flags, columns = (tuple(map(places.index, some)) for some in (design.flags, (*design.controls, *of_players)))
    return _Plan(design, names, touchpoints, scores, outcome, answers, flags, columns, roles.weight, by, blocks)


def _meaning(source: OnDisk, name: str, job: str, codes: Codes | None) -> tuple[Floats, NDArray[np.bool_]]:
    """The score of each entry of a column, and whether it says not used; the empty cell first."""
    return read_scores(pd.Series([np.nan, *source.entries[name]]), job, name, codes)


def _coded(source: OnDisk, name: str, scores: Floats, said: Floats, unused: NDArray[np.bool_]) -> _Coded:
    """The state of each entry; of what was not there when the file was checked, blank."""
    state = np.full(2**16, len(scores) + 1, np.uint8)
    entries = np.array([EMPTY, *source.entries[name]]).astype(np.int16).view(np.uint16)
    rated = np.searchsorted(scores, np.nan_to_num(said))
    state[entries] = np.where(unused, len(scores), np.where(np.isnan(said), len(scores) + 1, rated))
    return _Coded(name, state)


def _selected(source: OnDisk, plan: _Plan) -> Any:
    """The columns needed, by job; scores as whole numbers of 16 bits."""
    table, columns = source.table(), {}
    for job, coded in (*enumerate(plan.touchpoints), ("outcome", plan.outcome)):
        column = table[coded.name]
        column = column.isnan().ifelse(None, column) if column.type().is_floating() else column
        columns[str(job)] = column.cast("int16")
    columns |= {"weight": table[plan.weight].cast("float64")} if plan.weight else {}
    columns |= {job: table[name] for job, name in (("by", plan.by), ("unit", plan.design.unit)) if name}
    return table.select(**columns)


def _batch(batch: pyarrow.RecordBatch, plan: _Plan, start: int) -> tuple[Moments, Counter[str]]:
    """Sort the rows that take part by segment and block, and sum them, some at a time so that they stay in cache."""
    touchpoints = [_states(batch.column(str(job)), coded) for job, coded in enumerate(plan.touchpoints)]
    weights = batch.column("weight").to_numpy() if plan.weight else None
    rows = _Rows(touchpoints, _states(batch.column("outcome"), plan.outcome), weights)
    keep, dropped = _takes_part(plan, rows)
    cells, key = _keys(batch, plan, start)
    order = np.argsort(key, kind="stable")
    order = order if keep.all() else order[keep[order]]
    rows, key, p, k = rows.take(order), key[order], len(plan.names), len(plan.scores) + 2
    size, shape = len(cells) * plan.blocks, (len(cells), plan.blocks)
    products, told, sums = (np.zeros((size, *wide)) for wide in ((plan.q, plan.q), (p, k), (p, k)))
    edges = np.flatnonzero(np.diff(key, prepend=-1, append=-1))  # none where nobody takes part
    exact = rows.weights is None and plan.largest**2 * np.diff(edges).max(initial=0) < EXACT
    cuts = np.unique([*np.searchsorted(edges, np.arange(0, len(key), AT_ONCE)), max(len(edges) - 1, 0)])
    for first, last in pairwise(cuts.tolist()):
        some = slice(edges[first], edges[last])
        _add_products(products, plan, rows.take(some), key[some], edges[first : last + 1] - edges[first], exact)
        _add_counts(told, sums, rows.take(some), key[some])
    n = np.bincount(key, minlength=size)
    squares = n if rows.weights is None else np.bincount(key, rows.weights**2, size)
    there, levels = n.reshape(shape).any(axis=1), told[:, :, :-2].any(axis=(0, 1))
    counts = (told if rows.weights is None else sums)[:, :, :-2][:, :, levels]

    def laid_out(values: NDArray[Any]) -> Any:
        return values.reshape(*shape, *values.shape[1:])[there]

    return Moments(
        plan.names,
        tuple(cells[there]),
        laid_out(products),
        laid_out(n),
        laid_out(squares.astype(np.float64)),
        laid_out(told[:, :, :-2].sum(axis=-1).astype(np.int64)),
        plan.scores[levels],
        laid_out(counts),
    ), dropped


def _states(entries: pyarrow.Array, coded: _Coded) -> States:
    """(n,) the state of each entry of a column."""
    return np.asarray(np.take(coded.state, entries.fill_null(EMPTY).to_numpy().view(np.uint16)))


def _takes_part(plan: _Plan, rows: _Rows) -> tuple[NDArray[np.bool_], Counter[str]]:
    """As :func:`cxlens.engine.moments.takes_part`: blank is the last state of all, not used the one before."""
    worst, unused = np.maximum.reduce(rows.touchpoints), len(plan.scores)
    reasons = {"no outcome": rows.outcome >= len(plan.answers), "a touchpoint left blank": worst > unused}
    reasons |= {"a touchpoint not used": worst == unused} if plan.design.missing == "drop" else {}
    reasons |= {} if rows.weights is None else {"weight 0": rows.weights == 0}
    keep, dropped = np.ones(len(worst), bool), Counter[str]()
    for reason, bad in reasons.items():
        dropped[reason] += int((keep & bad).sum())
        keep &= ~bad
    return keep, dropped


def _keys(batch: pyarrow.RecordBatch, plan: _Plan, start: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Names of the segments, and (n,) a number for each row's segment and block."""
    block = np.arange(start, start + batch.num_rows) % plan.blocks
    if plan.design.unit:
        block = numbered(batch.column("unit").to_pandas(), start) % np.uint64(plan.blocks)
    if not plan.by:
        return np.array([""], object), block.astype(np.int16)
    labels = batch.column("by").dictionary_encode()
    words = np.array([*in_words(labels.dictionary.to_pandas()), NOT_STATED], object)
    cells, cell = np.unique(words, return_inverse=True)
    kind = np.int16 if len(cells) * plan.blocks < 2**15 else np.int64  # the former are sorted by radix
    first = (cell * plan.blocks).astype(kind)
    return cells, first[labels.indices.fill_null(len(words) - 1).to_numpy()] + block.astype(kind)


def _add_products(
    products: Floats, plan: _Plan, rows: _Rows, key: NDArray[Any], edges: NDArray[np.int64], exact: bool
) -> None:
    """Put sums of w z z' at the (q, q) of each key; in float32, twice as fast, where that is ``exact``."""
    kind = np.float32 if exact else np.float64
    z = np.ones((plan.q, len(key)), kind)
    for row, at in enumerate(plan.flags, 1):
        z[row] = rows.touchpoints[at] < len(plan.scores)
    values = np.append(plan.scores, [0, 0]).astype(kind)
    for row, at in enumerate(plan.columns, 1 + len(plan.flags)):
        np.take(values, rows.touchpoints[at], out=z[row], mode="clip")
    np.take(plan.answers.astype(kind), rows.outcome, out=z[-1], mode="clip")
    for start, end in pairwise(edges.tolist()):
        part = z[:, start:end]
        products[key[start]] = part @ (part if rows.weights is None else part * rows.weights[start:end]).T


def _add_counts(told: Floats, sums: Floats, rows: _Rows, key: NDArray[Any]) -> None:
    """Add the rows, and the sums of weights, in each state (key, touchpoint, state); keys are sorted."""
    k, own = told.shape[-1], slice(key[0], key[-1] + 1)
    base, shape = (key - key[0]).astype(np.int64) * k, (-1, k)
    size = (int(key[-1]) - int(key[0]) + 1) * k
    for j in range(told.shape[1]):
        at = base + rows.touchpoints[j]
        told[own, j] += np.bincount(at, minlength=size).reshape(shape)
        if rows.weights is not None:
            sums[own, j] += np.bincount(at, rows.weights, size).reshape(shape)
