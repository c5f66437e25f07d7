"""The quick way from a large file to Moments and counts: small whole numbers come out of DuckDB and are summed as such.

It does for scores alone what :func:`cxlens.engine.design.design_rows` and ``batch_moments`` do, and what
:func:`cxlens.engine.tallies.tally` does. What a design is belongs to :mod:`cxlens.engine.design`, what an entry means
to :mod:`cxlens.engine.entries`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.batches import in_turn
from cxlens.engine.design import Column, Design, left_out
from cxlens.engine.entries import read_scores
from cxlens.engine.exact import exact_frame
from cxlens.engine.labels import NOT_STATED, Cell, combined, in_words, numbered
from cxlens.engine.roles import Codes
from cxlens.engine.tables import OnDisk
from cxlens.stats.moments import Moments

if TYPE_CHECKING:
    from pyarrow import RecordBatch

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
States = NDArray[np.uint8]
BATCH = 500_000  # rows a batch: hundreds for each segment and block; no power of two, which would crowd the cache
AT_ONCE = 32_768  # rows summed at once, so that what they need stays in cache
MOST_STATES = 2**8 - 2  # scores of all columns together that the quick way numbers
EMPTY = -(2**15)  # stands for an empty cell among the entries
EXACT = 2**24  # below it float32 counts without error
KINDS = 5  # of sums over entries: rows, then weights to the power of one to four


class _Meaning(NamedTuple):
    """What the entries of a column mean, the empty cell first: a score, NaN where there is none, or "not used"."""

    entries: Floats
    scores: Floats
    unused: Bools


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


class _Counted(NamedTuple):
    """A column whose entries are counted: its k scores and the state of each entry, of which there are ``width``."""

    name: str
    scores: Floats
    lookup: States
    width: int


class _Counts(NamedTuple):
    """The words of each cell, and an array for each column: (1 or 5, cells, k + 2)."""

    cells: list[Cell]
    sums: list[Floats]


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
    return _are_small_and_whole(source, groups)


def can_count(source: OnDisk) -> bool:
    """Whether every score and outcome is one column of small whole numbers, and all rows are meant."""
    if source.conditions:
        return False
    groups = list(source.roles.touchpoints)
    for outcome, _ in source.roles.outcomes:
        groups.append((outcome,))
    return _are_small_and_whole(source, groups)


def _is_whole(column: Column) -> bool:
    """Whether a column has whole numbers where the scores are: the score itself, or its square around one."""
    if column.kind == "square":
        middle = float(column.given[0])
        return middle.is_integer()
    return column.kind == "score"


def _are_small_and_whole(source: OnDisk, groups: Iterable[tuple[str, ...]]) -> bool:
    """Whether every group of columns is one column whose entries are known to be few small whole numbers.

    Scores are numbered over all columns together, in eight bits, beside the states "not used" and "blank".
    """
    groups = list(groups)
    if not all(len(group) == 1 and group[0] in source.entries for group in groups):
        return False
    if source.roles.own:  # the same entry may be another score in another column
        return sum(len(source.entries[group[0]]) for group in groups) <= MOST_STATES
    entries = {entry for group in groups for entry in source.entries[group[0]]}
    return len(entries) <= MOST_STATES


def stream(
    source: OnDisk,
    design: Design,
    names: tuple[str, ...],
    by: str | None,
    blocks: int,
) -> tuple[Moments, Counter[str]] | None:
    """What :func:`cxlens.engine.moments.moments` gives, for designs that :func:`can_stream`; None without rows."""
    plan = _plan(source, design, names, blocks)
    labels = {"by": by, "unit": design.unit}
    reader = _reader(source, _columns(source, design), labels)

    def summed(batch: RecordBatch, start: int) -> tuple[Moments, Counter[str]]:
        return _batch_moments(batch, plan, start)

    total: Moments | None = None
    dropped = Counter[str]()
    for sums, dropped_here in in_turn(reader, summed):
        total = sums if total is None else total + sums
        dropped.update(dropped_here)
    if total is None:
        return None
    if design.in_points:
        # The outcome was summed in hundreds; its square, in its row and in its column, becomes points both times.
        total.products[:, :, -1] *= 100
        total.products[..., -1] *= 100
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
    answered = _meaning(source, outcome, outcome_codes)
    answers = _distinct_scores([answered])
    asked = [_meaning(source, column, source.roles.codes_of(column)) for column in touchpoints]
    scores = _distinct_scores(asked)
    lookups = [_lookup(meaning, scores) for meaning in asked]
    lookups.append(_lookup(answered, answers))
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


def _meaning(source: OnDisk, column: str, codes: Codes | None) -> _Meaning:
    """What each entry that the file was found to hold in a column means."""
    entries = np.array([np.nan, *source.entries[column]])
    scores, unused = read_scores(pd.Series(entries), "score", column, codes)
    return _Meaning(entries, scores, unused)


def _distinct_scores(meanings: Sequence[_Meaning]) -> Floats:
    """The scores that columns hold, in order."""
    scores = np.concatenate([meaning.scores for meaning in meanings])
    is_blank = np.isnan(scores)
    return np.unique(scores[~is_blank])


def _lookup(meaning: _Meaning, known: Floats) -> States:
    """(2**16,) the state of each entry; of one that came after the file was checked, blank."""
    unused = len(known)
    blank = unused + 1
    has_score = ~np.isnan(meaning.scores)
    places = np.searchsorted(known, np.nan_to_num(meaning.scores))
    states = np.where(has_score, places, blank)
    states = np.where(meaning.unused, unused, states)
    entries = np.nan_to_num(meaning.entries, nan=EMPTY)
    entries_as_places = entries.astype(np.int16).view(np.uint16)
    lookup = np.full(2**16, blank, np.uint8)
    lookup[entries_as_places] = states
    return lookup


def _reader(
    source: OnDisk,
    columns: Sequence[str],
    labels: Mapping[str, str | None],
) -> Any:
    """Batches of the columns needed, by number or job; scores as whole numbers of 16 bits."""
    table = source.table()
    weight = source.roles.weight
    chosen: dict[str, Any] = {}
    for number, name in enumerate(columns):
        entries = table[name]
        if entries.type().is_floating():
            entries = entries.isnan().ifelse(None, entries)
        chosen[str(number)] = entries.cast("int16")
    if weight:
        chosen["weight"] = table[weight].cast("float64")
    for job, label in labels.items():
        if label:
            chosen[job] = table[label]
    return source.files.batches(table.select(**chosen), BATCH)


def _weights(batch: RecordBatch) -> Floats | None:
    """(n,) the weights of a batch; None without weights."""
    if "weight" not in batch.schema.names:
        return None
    weights = batch.column("weight")
    return np.asarray(weights.to_numpy())


def _states(batch: RecordBatch, number: int, lookup: States) -> States:
    """(n,) the state of each entry of a column."""
    entries = batch.column(str(number))
    whole = entries.fill_null(EMPTY).to_numpy()
    states = np.take(lookup, whole.view(np.uint16))
    return np.asarray(states)


def _label(batch: RecordBatch, job: str) -> tuple[Array, Array]:
    """The number of each row's word, and the words, sorted, of a label column."""
    labels = batch.column(job).dictionary_encode()
    stated = in_words(labels.dictionary.to_pandas())
    words = np.array([*stated, NOT_STATED], object)
    distinct, places = np.unique(words, return_inverse=True)
    codes = labels.indices.fill_null(len(stated))
    return places[codes.to_numpy()], distinct


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
    cell, cells = _label(batch, "by")
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
    states = [_states(batch, number, lookup) for number, lookup in enumerate(plan.lookups)]
    weights = _weights(batch)
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


def count_entries(
    source: OnDisk,
    by: Sequence[str],
) -> tuple[list[Cell], list[tuple[Floats, Floats]]]:
    """How often each entry of each touchpoint, then of each outcome, occurs by cell: where :func:`can_count`.

    Returns the words of each cell, and for each column its scores (k,) and five (cells, k + 2) arrays: rows, and the
    sums of weights to the power of one to four; after the scores come not used, and blank. Rows of weight 0 do not
    count.
    """
    columns = _counted_columns(source)
    counts = _all_counts(source, columns, by)
    of_any_entry = counts.sums[0].any(axis=(0, 2))  # none where all weights are 0
    places = np.flatnonzero(of_any_entry)
    cells = [counts.cells[place] for place in places]
    entries = []
    for column, sums in zip(columns, counts.sums, strict=True):
        entries.append((column.scores, _of_every_kind(sums[:, places])))
    return cells, entries


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
    reader = _reader(source, _columns(source, design), labels)

    def counted(batch: RecordBatch, _: int) -> _Counts:
        return _taking_part(batch, list(labels), plan, scored)

    counts = _of_all_batches(in_turn(reader, counted), [np.zeros((1, 0, scored + 1))])
    return counts.cells, counts.sums[0][0].astype(np.int64)


def _taking_part(
    batch: RecordBatch,
    by: Sequence[str],
    plan: _Plan,
    scored: int,
) -> _Counts:
    """The cells of a batch, and (1, cells, p + 1) how many of those who take part scored each of p touchpoints; all."""
    states = [_states(batch, number, lookup) for number, lookup in enumerate(plan.lookups)]
    keep, _ = _takes_part(plan, states, _weights(batch))
    labels = [_label(batch, job) for job in by]
    cell, cells = combined(labels, batch.num_rows)
    sums = np.zeros((1, len(cells), scored + 1))
    for touchpoint, column in enumerate(states[:scored]):
        scored_it = keep & (column < plan.unused)
        sums[0, :, touchpoint] = np.bincount(cell, scored_it, len(cells))
    sums[0, :, -1] = np.bincount(cell, keep, len(cells))
    return _Counts(cells, [sums])


def _counted_columns(source: OnDisk) -> list[_Counted]:
    """The touchpoints, then the outcomes."""
    roles = source.roles
    columns = []
    for group in roles.touchpoints:
        column = _counted(source, group[0], roles.codes_of(group[0]))
        columns.append(column)
    for outcome, codes in roles.outcomes:
        column = _counted(source, outcome, codes)
        columns.append(column)
    return columns


def _counted(source: OnDisk, name: str, codes: Codes | None) -> _Counted:
    """Look up what each entry of a column means that is to be counted."""
    meaning = _meaning(source, name, codes)
    scores = _distinct_scores([meaning])
    return _Counted(
        name=name,
        scores=scores,
        lookup=_lookup(meaning, scores),
        width=len(scores) + 2,
    )


def _all_counts(
    source: OnDisk,
    columns: list[_Counted],
    by: Sequence[str],
) -> _Counts:
    """The cells of the whole file in the order in which they come up, and the sums over its batches."""
    labels = {f"by{number}": label for number, label in enumerate(by)}
    names = [column.name for column in columns]
    reader = _reader(source, names, labels)

    def counted(batch: RecordBatch, _: int) -> _Counts:
        return _counts(batch, list(labels), columns)

    kinds = 1 if source.roles.weight is None else KINDS
    nothing = [np.zeros((kinds, 0, column.width)) for column in columns]
    return _of_all_batches(in_turn(reader, counted), nothing)


def _of_all_batches(batches: Iterable[_Counts], totals: list[Floats]) -> _Counts:
    """Counts added up over batches, to totals of no cell yet; the cells in the order in which they come up."""
    places: dict[Cell, int] = {}
    for counts in batches:
        for cell in counts.cells:
            places.setdefault(cell, len(places))
        here = [places[cell] for cell in counts.cells]
        for number, sums in enumerate(counts.sums):
            total = _widened(totals[number], len(places))
            total[:, here] += sums
            totals[number] = total
    return _Counts(list(places), totals)


def _widened(sums: Floats, cells: int) -> Floats:
    """The same sums with room for more cells."""
    kinds, known, width = sums.shape
    new = np.zeros((kinds, cells - known, width))
    return np.concatenate([sums, new], axis=1)


def _of_every_kind(sums: Floats) -> Floats:
    """Rows and powers of weights by cell and state: all are the number of rows where there are no weights."""
    if len(sums) == KINDS:
        return sums
    return np.concatenate([sums] * KINDS)


def _counts(
    batch: RecordBatch,
    by: Sequence[str],
    columns: Sequence[_Counted],
) -> _Counts:
    """The cells of a batch, and for each column rows, of weight above 0 where there are weights, and sums of these."""
    labels = [_label(batch, job) for job in by]
    cell, cells = combined(labels, batch.num_rows)
    weights = _weights(batch)
    kinds: list[Array | None] = [None]
    if weights is not None:
        squares = weights**2
        kinds = [weights > 0, weights, squares, squares * weights, squares**2]
    widths = {column.width for column in columns}
    first_bin = {width: cell * width for width in widths}
    sums = []
    for number, column in enumerate(columns):
        width = column.width
        states = _states(batch, number, column.lookup)
        bins = first_bin[width] + states
        by_kind = [np.bincount(bins, kind, len(cells) * width) for kind in kinds]
        by_cell = np.stack(by_kind).reshape(-1, len(cells), width)
        sums.append(by_cell.astype(np.float64))
    return _Counts(cells, sums)
