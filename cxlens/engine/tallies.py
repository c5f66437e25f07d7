"""Tallies: how often each score was given, by cell. Small tables from which every scorecard follows.

One GROUP BY over the rows, added up over batches. Intervals and words do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.entry_counts import can_count, count_entries
from cxlens.engine.labels import Cell, combined, in_words, natural, units_of
from cxlens.engine.tables import OnDisk, Rows, Source

SCORED, UNUSED, BLANK = range(3)  # the states of an answer
KEYS = ["cell", "item", "state", "value"]
POWERS = ["w", "w2", "w3", "w4"]
SUMS = ["n", *POWERS]
Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Tally(NamedTuple):
    """Counts of answers.

    Attributes
    ----------
    cells
        One row a cell, in order: a column of text for each label column asked for.
    table
        ``cell`` and ``item`` (their numbers), ``state``, ``value`` (NaN unless scored), ``n`` rows, ``w`` sum of
        weights, ``w2`` to ``w4`` sums of their powers, which errors need; with units also ``unit``, a number.
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
    order: Mapping[str, Sequence[str]] | None = None,
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
    order
        For label columns that are not sorted as people count: their words in order. Others come after these.
    blocks
        Join the units at random to so many blocks, which keeps the table small.
    """
    if isinstance(source, OnDisk) and unit is None and can_count(source):
        cells, table = _tally_entries(source, items, outcomes, by)
    else:
        cells, table = _tally_batches(source, items, outcomes, by, unit, blocks)
    places = [_places_of(order, name) for name in by]
    in_order_of = sorted(range(len(cells)), key=lambda number: _by_words(cells[number], places))
    place = np.empty(len(cells), np.int64)
    place[in_order_of] = np.arange(len(cells))
    table["cell"] = place[table["cell"]]
    table = table.sort_values(_keys(unit), kind="stable", ignore_index=True)
    in_order = pd.DataFrame(
        [cells[number] for number in in_order_of],
        columns=list(by),
        index=range(len(cells)),
    )
    return Tally(in_order, table)


def answers_by_cell(counted: Tally, items: int) -> Ints:
    """(cells, items + 1) how many scored each item in each cell of a tally; last, how many rows the cell has."""
    table = counted.table
    scored = table[table["state"] == SCORED]
    counts = np.zeros((len(counted.cells), items + 1), np.int64)
    np.add.at(counts, (scored["cell"], scored["item"]), scored["n"])
    of_first = table[table["item"] == 0]  # each row is scored, not used or blank
    np.add.at(counts[:, items], of_first["cell"], of_first["n"])
    return counts


def answers_by_kind(source: Source, items: int, outcomes: int, by: Sequence[str]) -> tuple[pd.DataFrame, Ints]:
    """Kinds of rows, by label columns in words, and (kinds, items + outcomes + 1) counts as :func:`answers_by_cell`.

    On disk each combination of words is a kind; in memory each row is one, which saves finding those alike.
    """
    if isinstance(source, OnDisk):
        counted = tally(source, items, outcomes, by)
        return counted.cells, answers_by_cell(counted, items + outcomes)
    kinds = [pd.DataFrame(columns=list(by), dtype=object)]
    counts = [np.zeros((0, items + outcomes + 1), np.int64)]
    for batch in source.batches():
        rows = batch.take(batch.weights > 0)
        kinds.append(pd.DataFrame({name: in_words(rows.labels[name]) for name in by}, index=range(len(rows))))
        answers = np.column_stack([rows.scores, rows.outcomes, np.zeros(len(rows))])
        counts.append((~np.isnan(answers)).astype(np.int64))
    return pd.concat(kinds, ignore_index=True), np.concatenate(counts)


def _places_of(order: Mapping[str, Sequence[str]] | None, name: str) -> dict[str, float]:
    """The place of each word of a column whose words have an order of their own."""
    words = (order or {}).get(name, ())
    return {word: float(place) for place, word in enumerate(words)}


def _by_words(cell: Cell, places: Sequence[Mapping[str, float]]) -> list[tuple[bool, float, str]]:
    """The key that sorts cells: by the order of the words, where they have one, else as people count."""
    keys = []
    for word, places_of_words in zip(cell, places, strict=True):
        last = (True, 0.0, word)
        place = places_of_words.get(word)
        known = last if place is None else (False, place, "")
        keys.append(known if places_of_words else natural(word))
    return keys


def _keys(unit: str | None) -> list[str]:
    """The columns by which answers are counted."""
    return [*KEYS, "unit"] if unit else KEYS


def _tally_entries(
    source: OnDisk,
    items: int,
    outcomes: int,
    by: Sequence[str],
) -> tuple[list[Cell], pd.DataFrame]:
    """From counts of the entries of each column."""
    cells, columns = count_entries(source, by)
    first_outcome = len(columns) - outcomes
    wanted = columns[:items] + columns[first_outcome:]
    tables = []
    for item, (scores, sums) in enumerate(wanted):
        table = _table_of_entries(scores, sums)
        tables.append(table.assign(item=item))
    table = pd.concat(tables, ignore_index=True)
    return cells, table[[*KEYS, *SUMS]]


def _table_of_entries(scores: Floats, sums: Floats) -> pd.DataFrame:
    """A line for each cell and entry that occurs, of (5, cells, k + 2) sums of one column."""
    cell, entry = np.nonzero(sums[0])
    states, values = _states_and_values(scores)
    n, *powers = sums[:, cell, entry]
    return pd.DataFrame(
        {
            "cell": cell,
            "state": states[entry],
            "value": values[entry],
            "n": n.astype(np.int64),
            **dict(zip(POWERS, powers, strict=True)),
        }
    )


def _states_and_values(scores: Floats) -> tuple[Ints, Floats]:
    """State and value of each score, then of not used and of blank."""
    scored = [SCORED] * len(scores)
    states = np.array([*scored, UNUSED, BLANK])
    return states, np.append(scores, [np.nan, np.nan])


_Part = tuple[list[Cell], pd.DataFrame]  # cells, and a table of counts by their numbers


class _Groups(NamedTuple):
    """Rows that are counted together: the group of each row, the cell and the unit of each group."""

    of_rows: Ints
    cells: Ints
    units: Array


def _tally_batches(
    source: Source,
    items: int,
    outcomes: int,
    by: Sequence[str],
    unit: str | None,
    blocks: int | None,
) -> tuple[list[Cell], pd.DataFrame]:
    """Batch by batch, for any values."""
    most_units = np.uint64(blocks or 2**64 - 1)

    def tallied(batch: Rows) -> _Part:
        has_weight = batch.weights > 0
        rows = batch.take(has_weight)
        units = np.zeros(len(rows), np.uint64)
        if unit:
            units = units_of(batch, unit)[has_weight] % most_units
        labels = [pd.factorize(in_words(rows.labels[name])) for name in by]
        of_rows, cells = combined(labels, len(rows))
        groups = _grouped(of_rows, units)
        return cells, pd.concat(_tally_rows(rows, groups, items, outcomes))

    keys = _keys(unit)

    def added(parts: Iterable[_Part]) -> _Part:
        return _added(parts, keys)

    return source.folded(tallied, added)


def _added(parts: Iterable[_Part], keys: list[str]) -> _Part:
    """Tables of several batches as one; a cell that has no number yet gets the next one."""
    numbers: dict[Cell, int] = {}
    tables = []
    for cells, table in parts:
        for cell in cells:
            numbers.setdefault(cell, len(numbers))
        number_of = np.array([numbers[cell] for cell in cells], np.int64)
        tables.append(table.assign(cell=number_of[table["cell"]]))
    by_key = pd.concat(tables).groupby(keys, dropna=False, sort=False, as_index=False)
    return list(numbers), by_key[SUMS].sum()


def _grouped(cells: Ints, units: Array) -> _Groups:
    """Group rows by cell and unit."""
    unit, distinct_units = pd.factorize(units)
    n_units = max(len(distinct_units), 1)
    group, pairs = pd.factorize(cells * n_units + unit)
    return _Groups(
        of_rows=group,
        cells=pairs // n_units,
        units=distinct_units[pairs % n_units],
    )


def _tally_rows(
    rows: Rows,
    groups: _Groups,
    items: int,
    outcomes: int,
) -> list[pd.DataFrame]:
    """A table for each touchpoint, then for each outcome."""
    never_unused = np.zeros(len(rows), bool)
    columns = [(rows.scores[:, place], rows.unused[:, place]) for place in range(items)]
    columns += [(rows.outcomes[:, place], never_unused) for place in range(outcomes)]
    tables = []
    for item, (scores, unused) in enumerate(columns):
        tables.append(_tally_column(item, groups, scores, unused, rows.weights))
    return tables


def _tally_column(
    item: int,
    groups: _Groups,
    scores: Floats,
    unused: NDArray[np.bool_],
    weights: Floats,
) -> pd.DataFrame:
    """The table of a column, with a row for each pair of group and value; made at once, as there are many."""
    codes, distinct = pd.factorize(scores)
    states, values = _states_and_values(distinct)
    width = len(values)
    without_score = np.where(unused, width - 2, width - 1)
    entries = np.where(codes >= 0, codes, without_score)
    pair, pairs = pd.factorize(groups.of_rows * width + entries)
    group, entry = np.divmod(pairs, width)
    return pd.DataFrame(
        {
            "state": states[entry],
            "value": values[entry],
            "n": np.bincount(pair),
            **_powers(pair, weights),
            "cell": groups.cells[group],
            "item": item,
            "unit": groups.units[group],
        }
    )


def _powers(pair: Ints, weights: Floats) -> dict[str, Floats]:
    """The sums of the powers of the weights by pair."""
    power = np.ones_like(weights)
    sums = {}
    for name in POWERS:
        power = power * weights
        sums[name] = np.bincount(pair, power).astype(np.float64)
    return sums


def describe(source: Source, items: Sequence[str]) -> pd.DataFrame:
    """A line a touchpoint: ``touchpoint``, ``n``, ``reach``, ``mean``, ``blank``, ``distinct`` scores."""
    table = tally(source, len(items), 0).table
    lines = []
    for item, name in enumerate(items):
        counts = table[table["item"] == item]
        lines.append({"touchpoint": name, **_description(counts)})
    return pd.DataFrame(lines)


def _description(counts: pd.DataFrame) -> dict[str, Any]:
    """What is told of one touchpoint; shares and means by weight, counts of rows."""
    scored = counts[counts["state"] == SCORED]
    blank = counts[counts["state"] == BLANK]
    answered = counts.loc[counts["state"] != BLANK, "w"].sum()
    weight = scored["w"].sum()
    total = (scored["w"] * scored["value"]).sum()
    return {
        "n": int(scored["n"].sum()),
        "reach": weight / answered if answered else np.nan,
        "mean": total / weight if weight else np.nan,
        "blank": int(blank["n"].sum()),
        "distinct": len(scored),
    }
