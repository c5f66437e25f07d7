"""Columns that answers may be split by: their levels, sums by level, and levels in words.

Which column and which split are the best is found by :mod:`cxlens.stages.drivers.segments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import count, plural
from cxlens.engine.answers import Reading
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.engine.moments import moments
from cxlens.engine.tables import InMemory, Rows
from cxlens.errors import ValuesError, listing
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.study.segments import Segment, as_names
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Levels = Mapping[str, tuple[str, ...]]  # of columns
MOST_VALUES = 30  # values of a column; more are names, or measurements that are cut at quantiles first
GROUPS = 10  # of a measurement
HIDDEN_MARK = "\x01"  # behind the name of a level: those of its values that a table hides


class Column(NamedTuple):
    """A column to split on: the raw values of each level by its name, in order, and whether the order means something.

    Rows without a label are the last level. ``hidden`` are the words of values that a table by the column hides: a side
    of a split holds none of them, or 5 rows of them or more, or the rows of the others would tell of a few.
    ``cut``: levels are ranges of many numbers.
    """

    name: str
    values: Mapping[str, list[Any]]
    ordered: bool
    hidden: frozenset[str]
    cut: bool = False

    def words_of(self, level: str) -> list[str]:
        """The words of the values of a level, as cells of sums are named; each once."""
        if level == NOT_STATED:
            return [NOT_STATED]
        return list(dict.fromkeys(map(_level_name, self.values[level])))


class LevelSums(NamedTuple):
    """Of the l levels of a column that occur: names, (l, b, q, q) cross-products, rows and rows of hidden values (l,).

    ``k`` of the q columns are no touchpoints.
    """

    levels: NDArray[Any]
    products: Floats
    rows: NDArray[np.int64]
    hidden: NDArray[np.int64]
    k: int


def columns_of(survey: Survey, columns: Sequence[str]) -> tuple[Column, ...]:
    """The columns to split on with their levels; refuses those that cannot tell groups apart."""
    names = dict.fromkeys(as_names(columns))
    if not names:
        raise ValuesError("Give the segment columns to look at, such as ['purpose']; you gave none.")
    return tuple(_column(survey, name) for name in names)


def _column(survey: Survey, name: str) -> Column:
    """A column to split on, its levels named as the engine names its cells."""
    survey.check_by(name)
    values: dict[str, list[Any]] = {}
    for value in survey.source.distinct(name):
        values.setdefault(_level_name(value), []).append(value)
    not_stated = [*values.pop(NOT_STATED, []), None, np.nan]
    if len(values) < 2:
        which = f" ({listing(values)})" if values else ""
        raise ValuesError(
            f"column {name!r} has {plural(len(values), 'value')}{which}, "
            "so there are no groups to compare. Leave it out."
        )
    every_value = [value for level in values.values() for value in level]
    ordered = not any(isinstance(value, (str, bool)) for value in every_value)
    is_cut = len(values) > MOST_VALUES
    if is_cut:
        values = _cut_at_quantiles(survey, name, every_value, ordered)
    hidden = frozenset(survey.hidden_values(name, SMALLEST))
    return Column(name, {**values, NOT_STATED: not_stated}, ordered, hidden, is_cut)


def _cut_at_quantiles(
    survey: Survey,
    name: str,
    values: list[Any],
    ordered: bool,
) -> dict[str, list[Any]]:
    """Groups of about as many rows each, of a column with many numbers; other columns are refused."""
    source = survey.source
    if not ordered or not isinstance(source, InMemory):
        where = ", and the answers are on disk" if ordered else ""
        raise ValuesError(
            f"column {name!r} has {count(len(values))} values{where}; {MOST_VALUES} is the most. "
            "Join them to fewer groups first, such as regions or age bands."
        )
    labels = source.rows.labels[name].dropna()
    values = sorted(values)
    rows = labels.value_counts().reindex(values, fill_value=0).to_numpy()
    middle = np.cumsum(rows) - rows / 2
    quantile = GROUPS * middle / rows.sum()
    group = np.floor(quantile).astype(int)
    groups: dict[int, list[Any]] = {}
    for value, own in zip(values, group.tolist(), strict=True):
        groups.setdefault(own, []).append(value)
    return {_range_name(members): members for members in groups.values()}


def _range_name(values: Sequence[Any]) -> str:
    """``18 to 24``; a single value by its own name."""
    first = _level_name(values[0])
    last = _level_name(values[-1])
    if first == last:
        return first
    return f"{first} to {last}"


def _level_name(value: Any) -> str:
    """``2`` for 2.0; nothing is "not stated"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) or NOT_STATED


def reading_by(survey: Survey, question: Asked, column: Column) -> Reading:
    """What is to be read of answers by a column; its many numbers become the names of their levels."""
    source = survey.source
    if column.cut and isinstance(source, InMemory):
        source = replace(source, rows=_with_levels(source.rows, column))
    return Reading(source, question.design, question.names, column.name)


def _with_levels(rows: Rows, column: Column) -> Rows:
    """The rows with the level of each value in its place; of hidden values with a mark, so that they are counted."""
    level_of = {}
    for level in column.values:
        if level == NOT_STATED:
            continue
        for word in column.words_of(level):
            mark = HIDDEN_MARK if word in column.hidden else ""
            level_of[word] = level + mark
    words = pd.Series(in_words(rows.labels[column.name]))
    levels = words.map(level_of).astype(object)
    levels = levels.set_axis(rows.labels.index)
    labels = rows.labels.assign(**{column.name: levels})
    return replace(rows, labels=labels)


def cells_of(column: Column, levels: Iterable[str]) -> list[str]:
    """What the cells of sums are called that levels have: their words; of a column that is cut their own names."""
    cells: list[str] = []
    for level in levels:
        if column.cut and level != NOT_STATED:
            cells += [level, level + HIDDEN_MARK]
        else:
            cells += column.words_of(level)
    return cells


def level_sums(survey: Survey, question: Asked, column: Column) -> LevelSums:
    """The sums by level of a column."""
    reading = reading_by(survey, question, column)
    sums, _ = moments(
        reading.source,
        reading.design,
        reading.names,
        reading.by,
    )
    number = {cell: place for place, cell in enumerate(sums.cells)}
    rows_of_cells = sums.rows.sum(axis=1)
    is_hidden = np.array([_is_hidden(column, cell) for cell in sums.cells])
    levels = []
    for level in column.values:
        if number.keys() & set(cells_of(column, [level])):
            levels.append(level)
    products = []
    rows = []
    hidden = []
    for level in levels:
        cells = cells_of(column, [level])
        places = [number[cell] for cell in cells if cell in number]
        products.append(sums.products[places].sum(axis=0))
        rows.append(rows_of_cells[places].sum())
        of_hidden = rows_of_cells[places][is_hidden[places]]
        hidden.append(of_hidden.sum())
    return LevelSums(
        levels=np.array(levels, dtype=object),
        products=np.stack(products),
        rows=np.array(rows, np.int64),
        hidden=np.array(hidden, np.int64),
        k=reading.design.k,
    )


def _is_hidden(column: Column, cell: str) -> bool:
    """Whether a cell is of values that a table by the column hides."""
    return cell in column.hidden or cell.endswith(HIDDEN_MARK)


def segment_at(columns_to_split: Sequence[Column], levels: Levels) -> Segment:
    """The customers at these levels, named in words."""
    columns = {column.name: column for column in columns_to_split}
    where = {}
    words = []
    for name, of_column in levels.items():
        where[name] = _condition(columns[name], of_column)
        is_range = isinstance(where[name], tuple)
        colon = "" if is_range else ":"
        level_words = words_of_levels(columns[name], of_column)
        words.append(f"{name}{colon} {level_words}")
    return Segment("; ".join(words), where)


def _condition(column: Column, levels: tuple[str, ...]) -> Any:
    """The condition of a segment that holds these levels: a range of numbers, a value or a list."""
    values = [value for name in levels for value in column.values[name]]
    if len(values) == 1:
        return values[0]
    if not column.ordered or NOT_STATED in levels:
        return values
    low, high = _ends(column, levels)
    return (
        values[0] if low or not high else None,
        values[-1] if high else None,
    )


def _ends(column: Column, levels: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether values lie below, and above, these levels of an ordered column."""
    stated = [name for name in column.values if name != NOT_STATED]
    is_below = levels[0] != stated[0]
    is_above = levels[-1] != stated[-1]
    return is_below, is_above


def words_of_levels(column: Column, levels: tuple[str, ...]) -> str:
    """Levels in words: ``business``, ``leisure, local``, ``up to 3``, ``2 to 3``, ``from 4, not stated``."""
    numbers = tuple(name for name in levels if name != NOT_STATED)
    values = [value for name in numbers for value in column.values[name]]
    if not column.ordered or len(values) < 2:
        return listing(levels)
    low, high = _ends(column, numbers)
    first = _level_name(values[0])
    last = _level_name(values[-1])
    if low and high:
        words = f"{first} to {last}"
    elif high:
        words = f"up to {last}"
    else:
        words = f"from {first}"
    return listing([words, *levels[len(numbers) :]])
