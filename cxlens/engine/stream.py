"""The quick way from a large file to Moments: small whole numbers come out of DuckDB and are summed as such.

It does for scores alone what :func:`cxlens.engine.design.design_rows` and ``batch_moments`` do. What a design is
belongs to :mod:`cxlens.engine.design`, what an entry means to :mod:`cxlens.engine.entry_states`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.design import Column, Design, left_out
from cxlens.engine.entry_counts import Counts, added_up
from cxlens.engine.entry_states import (
    States,
    are_small_and_whole,
    distinct_scores,
    folded,
    label_in,
    lookup_of,
    meaning_of,
    states_in,
    weights_in,
)
from cxlens.engine.exact import exact_frame
from cxlens.engine.labels import Cell, combined, numbered
from cxlens.engine.tables import OnDisk
from cxlens.stats.moments import Moments

if TYPE_CHECKING:
    from pyarrow import RecordBatch

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Collected = tuple[Moments, Counter[str]] | None  # and how many rows are left out, by reason; None without rows
AT_ONCE = 32_768  # rows summed at once, so that what they need stays in cache
EXACT = 2**24  # below it float32 counts without error


class _Regressor(NamedTuple):
    """A column of the regression: the number of the column that is read for it, and what each of its states counts."""

    number: int
    values: Floats


class _Plan(NamedTuple):
    """What is read: columns of touchpoints, those scored before those that are controls; last the outcome.

    Each has a row of ``lookups`` (columns, 2**16) that says the state of an entry. For touchpoints that is the place of
    its score in ``scores``, after which come not used, and blank; for the outcome the same in ``answers``, where points
    of 100 are in hundreds. The regression has usage flags of the columns with the numbers ``flags``, then
    ``regressors``: controls and players.
    """

    names: tuple[str, ...]
    drop: bool
    lookups: States
    scores: Floats
    answers: Floats
    flags: list[int]
    regressors: list[_Regressor]
    blocks: int

    @property
    def unused(self) -> int:
        """The state of a touchpoint that was not used."""
        return len(self.scores)

    @property
    def states(self) -> int:
        """How many states a touchpoint may have: its scores, not used, and blank."""
        return len(self.scores) + 2

    @property
    def q(self) -> int:
        """Columns of the regression: the constant, flags, regressors, the outcome."""
        regressors = len(self.flags) + len(self.regressors)
        return 1 + regressors + 1


class _SortedRows(NamedTuple):
    """Rows that take part, n of them, sorted by key.

    ``states`` holds (n,) states of each column, ``key`` (n,) the number of each row's segment and block, ``edges`` the
    row at which each key begins, and n; without rows there are none.
    """

    states: list[States]
    weights: Floats | None
    key: Array
    edges: Ints


class _Sums(NamedTuple):
    """Sums by key: (size, q, q) of w z z'; (size, p, k + 2) of rows and of weights by touchpoint and state."""

    products: Floats
    rows: Floats
    weights: Floats


def can_stream(source: OnDisk, design: Design) -> bool:
    """Whether everything asked for is made of scores of one column of small whole numbers, and all rows are meant."""
    if source.conditions or design.factors:
        return False
    if not design.players:
        return False
    if not all(map(_is_whole, design.player_columns)):
        return False
    groups = [source.roles.touchpoints[place] for place in _touched(design)]
    outcome, _ = source.roles.outcomes[design.outcome]
    groups.append((outcome,))
    return are_small_and_whole(source, groups)


def _is_whole(column: Column) -> bool:
    """Whether a column has whole numbers where the scores are: the score itself, or its square around one."""
    if column.kind == "square":
        middle = float(column.given[0])
        return middle.is_integer()
    return column.kind == "score"


def stream(
    source: OnDisk,
    design: Design,
    names: tuple[str, ...],
    by: str | None,
    blocks: int,
) -> Collected:
    """What :func:`cxlens.engine.moments.moments` gives, for designs that :func:`can_stream`; None without rows."""
    plan = _plan(source, design, names, blocks)
    labels = {"by": by, "unit": design.unit}

    def summed(batch: RecordBatch, start: int) -> Collected:
        return _batch_moments(batch, plan, start)

    sums = folded(source, _columns(source, design), labels, summed, added_sums)
    if sums is None:
        return None
    total, _ = sums
    if design.in_points:
        # The outcome was summed in hundreds; its square, in its row and in its column, becomes points both times.
        total.products[:, :, -1] *= 100
        total.products[..., -1] *= 100
    return sums


def added_sums(batches: Iterable[Collected]) -> Collected:
    """The sums over several batches, those without rows aside."""
    total: Moments | None = None
    dropped = Counter[str]()
    for sums in batches:
        if sums is None:
            continue
        moments, dropped_here = sums
        total = moments if total is None else total + moments
        dropped.update(dropped_here)
    if total is None:
        return None
    return total, dropped


def _touched(design: Design) -> list[int]:
    """Touchpoints that are scored, then other controls."""
    places = (*design.scored, *design.controls)
    return list(dict.fromkeys(places))


def _columns(source: OnDisk, design: Design) -> list[str]:
    """Names of the columns that are read: one a touchpoint, last the outcome."""
    roles = source.roles
    columns = [roles.touchpoints[place][0] for place in _touched(design)]
    outcome, _ = roles.outcomes[design.outcome]
    return [*columns, outcome]


def _plan(
    source: OnDisk,
    design: Design,
    names: tuple[str, ...],
    blocks: int,
) -> _Plan:
    """Look up what each entry of each column means."""
    *touchpoints, outcome = _columns(source, design)
    _, outcome_codes = source.roles.outcomes[design.outcome]
    answered = meaning_of(source, outcome, outcome_codes)
    answers = distinct_scores([answered])
    asked = [meaning_of(source, column, source.roles.codes_of(column)) for column in touchpoints]
    scores = distinct_scores(asked)
    lookups = [lookup_of(meaning, scores) for meaning in asked]
    lookups.append(lookup_of(answered, answers))
    touched = _touched(design)
    counted = design.counted(answers)
    return _Plan(
        names=names,
        drop=design.missing == "drop",
        lookups=np.stack(lookups),
        scores=scores,
        answers=counted / 100 if design.in_points else counted,
        flags=[touched.index(place) for place in design.flags],
        regressors=_regressors(design, scores),
        blocks=blocks,
    )


def _regressors(design: Design, scores: Floats) -> list[_Regressor]:
    """The controls, then the columns of the players."""
    controls = [Column("score", (place,)) for place in design.controls]
    touched = _touched(design)
    regressors = []
    for column in (*controls, *design.player_columns):
        number = touched.index(column.at[0])
        values = _counted_as(column, scores)
        regressors.append(_Regressor(number, values))
    return regressors


def _counted_as(column: Column, scores: Floats) -> Floats:
    """What each state counts in a column: the scores or their squares, then 0 for not used and for blank."""
    values = scores
    if column.kind == "square":
        middle = column.given[0]
        values = (scores - middle) ** 2
    return np.append(values, [0.0, 0.0])


def _batch_moments(
    batch: RecordBatch,
    plan: _Plan,
    start: int,
) -> tuple[Moments, Counter[str]]:
    """Moments of the rows of a batch that take part, and how many do not, by reason."""
    cells, key = _keys(batch, plan.blocks, start)
    rows, dropped = _sorted_rows(batch, plan, key)
    size = len(cells) * plan.blocks
    sums = _summed(rows, plan, size)
    moments = _as_moments(sums, rows.key, plan, cells)
    return moments, dropped


def _keys(
    batch: RecordBatch,
    blocks: int,
    start: int,
) -> tuple[Array, Array]:
    """Names of the segments, and (n,) a number for each row's segment and block."""
    block = _block_of_rows(batch, blocks, start)
    if "by" not in batch.schema.names:
        cells = np.array([""], object)
        return cells, block.astype(np.int16)
    cell, cells = label_in(batch, "by")
    size = len(cells) * blocks
    kind = np.int16 if size < 2**15 else np.int64  # the former are sorted by radix
    first_of_cell = np.arange(0, size, blocks).astype(kind)
    return cells, first_of_cell[cell] + block.astype(kind)


def _block_of_rows(
    batch: RecordBatch,
    blocks: int,
    start: int,
) -> Array:
    """(n,) the block of each row: that of its unit, or by its number."""
    if "unit" in batch.schema.names:
        ids = exact_frame(batch.select(["unit"]))["unit"]
        return numbered(ids, start) % np.uint64(blocks)
    rows = np.arange(start, start + batch.num_rows)
    return rows % blocks


def _sorted_rows(
    batch: RecordBatch,
    plan: _Plan,
    key: Array,
) -> tuple[_SortedRows, Counter[str]]:
    """The rows that take part, sorted by key, and how many do not, by reason."""
    states = [states_in(batch, number, lookup) for number, lookup in enumerate(plan.lookups)]
    weights = weights_in(batch)
    keep, dropped = _takes_part(plan, states, weights)
    order = np.argsort(key, kind="stable")
    if not keep.all():
        order = order[keep[order]]
    sorted_key = key[order]
    changes = np.diff(sorted_key, prepend=-1, append=-1)
    rows = _SortedRows(
        states=[column[order] for column in states],
        weights=None if weights is None else weights[order],
        key=sorted_key,
        edges=np.flatnonzero(changes),
    )
    return rows, dropped


def _takes_part(
    plan: _Plan,
    states: list[States],
    weights: Floats | None,
) -> tuple[Bools, Counter[str]]:
    """As :func:`cxlens.engine.design.takes_part`: blank is the last state of all, not used the one before."""
    *asked, answered = states
    worst = np.maximum.reduce(asked)
    reasons = {
        "no outcome": answered >= len(plan.answers),
        "a touchpoint left blank": worst > plan.unused,
    }
    if plan.drop:
        reasons["a touchpoint not used"] = worst == plan.unused
    if weights is not None:
        reasons["weight 0"] = weights == 0
    return left_out(reasons)


def _summed(rows: _SortedRows, plan: _Plan, size: int) -> _Sums:
    """Sum the rows by key, some at a time so that they stay in cache."""
    products = np.zeros((size, plan.q, plan.q))
    row_counts = np.zeros((size, len(plan.names), plan.states))
    weight_sums = row_counts
    if rows.weights is not None:
        weight_sums = np.zeros_like(row_counts)
    for some in _some_at_a_time(rows):
        _add_products(products, plan, some)
        _add_counts(row_counts, some)
        if some.weights is not None:
            _add_counts(weight_sums, some, some.weights)
    return _Sums(products, row_counts, weight_sums)


def _some_at_a_time(rows: _SortedRows) -> Iterator[_SortedRows]:
    """The rows of as many whole keys as make about ``AT_ONCE`` of them."""
    edges = rows.edges
    targets = range(0, len(rows.key), AT_ONCE)
    begins = np.searchsorted(edges, targets)
    steps = np.unique([*begins, len(edges) - 1])
    for first, last in pairwise(steps):
        start = edges[first]
        some = slice(start, edges[last])
        yield _SortedRows(
            states=[column[some] for column in rows.states],
            weights=None if rows.weights is None else rows.weights[some],
            key=rows.key[some],
            edges=edges[first : last + 1] - start,
        )


def _add_products(products: Floats, plan: _Plan, rows: _SortedRows) -> None:
    """Put sums of w z z' at the (q, q) of each key."""
    z = _design_values(plan, rows)
    edges = rows.edges.tolist()
    for start, end in pairwise(edges):
        z_of_key = z[:, start:end]
        weighted = z_of_key
        if rows.weights is not None:
            weighted = z_of_key * rows.weights[start:end]
        key = rows.key[start]
        products[key] = z_of_key @ weighted.T


def _design_values(plan: _Plan, rows: _SortedRows) -> Array:
    """(q, n) the columns of the regression: 1, usage flags, controls and players, the outcome."""
    kind = _precision(plan, rows)
    *asked, answered = rows.states
    z = np.ones((plan.q, len(rows.key)), kind)
    for column, number in enumerate(plan.flags, 1):
        z[column] = asked[number] < plan.unused
    first_regressor = 1 + len(plan.flags)
    for column, regressor in enumerate(plan.regressors, first_regressor):
        values = regressor.values.astype(kind)
        states = asked[regressor.number]
        np.take(values, states, out=z[column], mode="clip")
    answers = plan.answers.astype(kind)
    np.take(answers, answered, out=z[-1], mode="clip")
    return z


def _precision(plan: _Plan, rows: _SortedRows) -> type[np.floating[Any]]:
    """The type to sum in: float32, twice as fast, where that is exact."""
    regressors = [regressor.values for regressor in plan.regressors]
    values = np.concatenate([[1.0], plan.answers, *regressors])
    most_rows = np.diff(rows.edges).max()
    largest_sum = np.abs(values).max() ** 2 * most_rows
    is_whole = bool((values % 1 == 0).all())
    if rows.weights is None and is_whole and largest_sum < EXACT:
        return np.float32
    return np.float64


def _add_counts(
    counts: Floats,
    rows: _SortedRows,
    weights: Floats | None = None,
) -> None:
    """Add the rows, or their weights, to each key, touchpoint and state."""
    touchpoints, width = counts.shape[1:]
    first_key = rows.key[0]
    end_of_keys = int(rows.key[-1]) + 1
    counts_here = counts[first_key:end_of_keys]
    first_bin = (rows.key - first_key).astype(np.int64) * width
    for touchpoint in range(touchpoints):
        bins = first_bin + rows.states[touchpoint]
        sums = np.bincount(bins, weights, len(counts_here) * width)
        counts_here[:, touchpoint] += sums.reshape(-1, width)


def _as_moments(
    sums: _Sums,
    key: Array,
    plan: _Plan,
    cells: Array,
) -> Moments:
    """Sums by key laid out by segment and block; segments in which nobody takes part are left out."""
    shape = (len(cells), plan.blocks)
    rows = np.bincount(key, minlength=len(cells) * plan.blocks)
    occurs = rows.reshape(shape).any(axis=1)
    scored = sums.rows[:, :, :-2]
    is_given = scored.any(axis=(0, 1))
    weights = sums.weights[:, :, :-2]

    def laid_out(values: Array, kind: type[np.number[Any]]) -> Any:
        by_block = values.reshape(*shape, *values.shape[1:])
        return by_block[occurs].astype(kind)

    return Moments(
        columns=plan.names,
        cells=tuple(cells[occurs]),
        products=laid_out(sums.products, np.float64),
        rows=laid_out(rows, np.int64),
        scored=laid_out(scored.sum(axis=-1), np.int64),
        levels=plan.scores[is_given],
        counts=laid_out(weights[:, :, is_given], np.float64),
    )


def count_taking_part(
    source: OnDisk,
    design: Design,
    by: Sequence[str],
) -> tuple[list[Cell], Ints]:
    """Rows that take part in a regression, by label columns: where :func:`can_stream`.

    Returns the words of each cell, and (cells, p + 1) how many scored each touchpoint that is scored; last, all rows.
    """
    plan = _plan(source, design, (), 1)
    scored = len(design.scored)
    labels = {f"by{number}": label for number, label in enumerate(by)}

    def counted(batch: RecordBatch, _: int) -> Counts:
        return _taking_part(batch, list(labels), plan, scored)

    nothing = [np.zeros((1, 0, scored + 1))]

    def added(batches: Iterable[Counts]) -> Counts:
        return added_up(batches, nothing)

    counts = folded(source, _columns(source, design), labels, counted, added)
    return counts.cells, counts.sums[0][0].astype(np.int64)


def _taking_part(
    batch: RecordBatch,
    by: Sequence[str],
    plan: _Plan,
    scored: int,
) -> Counts:
    """The cells of a batch, and (1, cells, p + 1) how many of those who take part scored each of p touchpoints; all."""
    states = [states_in(batch, number, lookup) for number, lookup in enumerate(plan.lookups)]
    keep, _ = _takes_part(plan, states, weights_in(batch))
    labels = [label_in(batch, job) for job in by]
    cell, cells = combined(labels, batch.num_rows)
    sums = np.zeros((1, len(cells), scored + 1))
    for touchpoint, column in enumerate(states[:scored]):
        scored_it = keep & (column < plan.unused)
        sums[0, :, touchpoint] = np.bincount(cell, scored_it, len(cells))
    sums[0, :, -1] = np.bincount(cell, keep, len(cells))
    return Counts(cells, [sums])
