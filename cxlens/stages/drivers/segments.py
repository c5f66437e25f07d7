"""Stage 3: which groups of customers have different drivers, found by a tree.

The verb :func:`find_segments` and its result. The test and the search for the best split are in
:mod:`cxlens.stats.instability`; what drives the outcome within a group that is known already is asked of
:func:`cxlens.drivers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, few, number, plural
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.moments import moments
from cxlens.errors import (
    OptionError,
    ValuesError,
    check_kind,
    check_option,
    listing,
)
from cxlens.stages.drivers.ask import ask
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stats.importance import lmg
from cxlens.stats.instability import (
    Masks,
    Scores,
    all_splits,
    cuts,
    gains,
    instability_p,
    main_order,
    scores,
)
from cxlens.stats.moments import Moments
from cxlens.stats.regression import independent, sweep_out
from cxlens.study.segments import Segment, as_names
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Missing = Literal["indicator", "drop"]
Levels = Mapping[str, tuple[str, ...]]  # of columns
MOST_VALUES = 30  # values of a column; more are names or measurements, not groups
MOST_FREE = 10  # values of text of which every grouping in two is looked at: 511
EVERYONE = "all"


class Column(NamedTuple):
    """A column to split on: the raw values of each level by its name, in order, and whether the order means something.

    Rows without a label are the last level. ``hidden`` are the levels that a table by the column hides: a side of a
    split holds none of them, or 5 rows of them or more, or the rows of the others would tell of a few.
    """

    name: str
    values: Mapping[str, list[Any]]
    ordered: bool
    hidden: tuple[str, ...]


class Asked(NamedTuple):
    """What a tree is grown from, and when it stops."""

    survey: Survey
    outcome: str
    missing: Missing
    columns: tuple[Column, ...]
    alpha: float
    max_depth: int
    min_n: int


class Candidate(NamedTuple):
    """What one column says at a node: the p-value, and the levels on both sides of its best split."""

    column: Column
    p: float
    sides: tuple[tuple[str, ...], tuple[str, ...]]


class Search(NamedTuple):
    """What was looked for at a node: the best candidate with its corrected p-value, and whether it is a split.

    ``ended`` says why there is none.
    """

    best: Candidate | None
    p: float
    split: Candidate | None
    ended: str


class Node(NamedTuple):
    """A row of the table, the importance of each touchpoint, and the segment; everyone is none."""

    row: dict[str, Any]
    importance: Floats
    segment: Segment | None


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SegmentTree(Result):
    """Groups of customers with different drivers: the result of :func:`find_segments`.

    Attributes
    ----------
    table
        One row a node, each followed by those below it: ``node``, ``parent`` (0 for the first), ``depth``,
        ``segment`` in words, ``n`` rows used, ``column`` whose groups differ most, ``p_value`` of that (corrected for
        the number of columns, and of nodes that a tree may have at this depth), ``split`` in words, ``leaf``,
        ``ended`` (why it was not split), ``leader`` (the most important touchpoint) and its ``importance`` (LMG,
        points of R2 among the rows of the node).
    importance
        ``node`` by touchpoint: the importance of all of them.
    segments
        The leaves, for ``survey.where``; none where nothing was split.
    dropped
        How many rows were left out, by reason.
    min_n
        Rows that each side of a split has at least.
    """

    table: pd.DataFrame
    importance: pd.DataFrame
    segments: tuple[Segment, ...]
    dropped: dict[str, int]
    survey: Survey
    columns: tuple[str, ...]
    outcome: str
    alpha: float
    max_depth: int
    min_n: int
    missing: Missing

    @property
    def n(self) -> int:
        """Rows used."""
        return int(self.table["n"].iloc[0])

    @property
    def finding(self) -> Finding:
        """Where the first split is, and what matters most on either side of it."""
        n = count(self.n)
        if self.table["leaf"].iloc[0]:
            return Finding(self._nothing_found(), n=n)
        first, second = (row for row in self.table.itertuples() if row.parent == 1)
        segments = len(self.segments)
        lead = (
            f"What matters differs most between {first.segment} and the others: {self._leader(first)} there, "
            f"{self._leader(second)} among the others"
        )
        return Finding(
            lead,
            certainty=f"{segments} segments in all" if segments > 2 else "no further split",
            n=n,
        )

    def _nothing_found(self) -> str:
        p = self.table["p_value"].iloc[0]
        if pd.isna(p):
            return f"No column has two groups of {count(self.min_n)} answers or more, so none was tested"
        return (
            f"No column tells apart customers with different drivers (smallest p {number(p)} after correction for "
            f"{plural(len(self.columns), 'column')})"
        )

    def _leader(self, node: Any) -> str:
        shared = self.importance.loc[node.node].sum()
        points = f"{number(100 * node.importance, 0)} of {number(100 * shared, 0)} points"
        return f"{node.leader or 'nothing'} explains {points}"

    @property
    def note(self) -> str:
        """How the tree was grown, and what was left out."""
        reasons = listing(f"{few(n)} with {reason}" for reason, n in self.dropped.items())
        left_out = f"Left out: {reasons}" if reasons else "No answer was left out"
        return (
            f"{left_out}. Split where p is below {self.alpha:g}, "
            f"groups of {count(self.min_n)} or more, depth up to {self.max_depth}. The p-values hold for the whole "
            "tree; figures within the segments found do not know that they were searched for."
        )


@misfits_told
def find_segments(
    survey: Survey,
    columns: Sequence[str],
    *,
    outcome: str | None = None,
    alpha: float = 0.05,
    max_depth: int = 3,
    min_n: int | None = None,
    missing: Missing = "indicator",
) -> SegmentTree:
    """Find groups of customers to whom different touchpoints matter.

    Splits the answers in two where the coefficients of the touchpoints differ most, then each part again, as long as
    a test says that they do differ. A group that is merely more satisfied, or that uses other touchpoints, is no
    reason to split.

    Parameters
    ----------
    survey
        The answers.
    columns
        Segment columns, the wave or the channel: where to look. Numbers are ordered, so that a split is a cut; text is
        not, so any values may go together. Rows without a label are a group of their own.
    outcome
        The outcome to explain, of kind interval or nps; the survey's first by default.
    alpha
        The most that the chance may be of a tree with any split for which there is no reason.
    max_depth
        How many splits may follow one another.
    min_n
        Rows that each side of a split has at least; by default 10 for each coefficient of the model.
    missing
        What to do with "not used", as in :func:`cxlens.drivers`.

    Returns
    -------
    SegmentTree

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When a column is unknown or cannot be split on, the outcome is of another kind, or there are too few answers.

    Notes
    -----
    Model-based recursive partitioning: Zeileis, Hothorn and Hornik (2008). At each node and for each column: a score
    test that all levels share the coefficients, where constant, usage flags and other controls differ freely; its
    covariance is from 200 blocks of respondents (or clusters), so unequal spread does no harm. Text: one test of all
    levels, those of fewer than ``min_n / 2`` rows joined; numbers: a test of each cut, Bonferroni over cuts. Then
    Bonferroni over columns and, at depth d, over 2**d nodes, which keeps the chance of any false split in the tree
    below ``alpha``. The split is the one that lowers the residual sum of squares most; text of more than 10 values is
    put in order first, along the first principal component of the scores of its values, and then cut.

    Blocks go by cluster, else respondent, else row number, so without an id the p-values depend a little on the order
    of the rows. Answers of one respondent or cluster in different groups are taken as independent of each other.

    Examples
    --------
    >>> import cxlens as cx
    >>> survey = cx.datasets.load_airport().survey()
    >>> tree = cx.find_segments(survey, ["residence", "purpose"], max_depth=1)
    >>> [segment.name for segment in tree.segments]
    ['purpose: business', 'purpose: leisure, visiting friends']
    >>> survey.where(tree.segments[0]).n
    1502
    """
    check_kind(
        "find_segments",
        survey,
        Survey,
        "cx.Survey(data, touchpoints=[...], outcome='column')",
    )
    check_option("missing", missing, Missing)
    outcome = _outcome(survey, outcome)
    _check_growth(alpha, max_depth)
    columns_to_split = _columns(survey, columns)
    sums, _, dropped = _sums(survey, outcome, missing, columns_to_split[0].name)
    min_n = _smallest_side(survey, sums, dropped, min_n)
    asked = Asked(survey, outcome, missing, columns_to_split, alpha, max_depth, min_n)
    nodes: list[Node] = []
    _grow(asked, {}, 0, 0, nodes)
    return SegmentTree(
        table=_table(nodes),
        importance=_importance_table(nodes, sums.columns),
        segments=tuple(node.segment for node in nodes if node.segment and node.row["leaf"]),
        dropped={reason: n for reason, n in dropped.items() if n},
        survey=survey,
        columns=tuple(column.name for column in columns_to_split),
        outcome=outcome,
        alpha=alpha,
        max_depth=max_depth,
        min_n=min_n,
        missing=missing,
    )


def _table(nodes: Sequence[Node]) -> pd.DataFrame:
    """One row a node, numbered from 1."""
    return pd.DataFrame([{"node": number, **node.row} for number, node in enumerate(nodes, 1)])


def _importance_table(nodes: Sequence[Node], touchpoints: Sequence[str]) -> pd.DataFrame:
    """Node by touchpoint."""
    numbered = pd.RangeIndex(1, len(nodes) + 1, name="node")
    return pd.DataFrame(
        [node.importance for node in nodes],
        index=numbered,
        columns=list(touchpoints),
    )


def _outcome(survey: Survey, outcome: str | None) -> str:
    """The outcome, of a kind that can be explained."""
    outcome = survey.check_outcome(outcome)
    kinds = {"interval", "nps"}
    if survey.outcomes[outcome] not in kinds:
        others = [name for name, kind in survey.outcomes.items() if kind in kinds]
        raise OptionError(
            f"outcome {outcome!r} is {survey.outcomes[outcome]}; find_segments explains outcomes of kind interval and "
            f"nps. Such outcomes here: {listing(others) or 'none'}."
        )
    return outcome


def _check_growth(alpha: float, max_depth: int) -> None:
    if not isinstance(alpha, (int, float)) or not 0 < alpha < 1:
        raise ValuesError(
            f"alpha={alpha!r} is not a level of significance. Give a share between 0 and 1, such as 0.05."
        )
    if not isinstance(max_depth, int) or max_depth < 1:
        raise ValuesError(f"max_depth={max_depth!r} is no depth of a tree. Give a whole number, 1 or more.")


def _columns(survey: Survey, columns: Sequence[str]) -> tuple[Column, ...]:
    """The columns to split on with their levels; refuses those that cannot tell groups apart."""
    names = dict.fromkeys(as_names(columns))
    if not names:
        raise ValuesError("there is no column to split on. Name segment columns of the survey, such as ['purpose'].")
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
    if len(values) > MOST_VALUES:
        raise ValuesError(
            f"column {name!r} has {count(len(values))} values; {MOST_VALUES} is the most. "
            "Join them to fewer groups first, such as regions or age bands."
        )
    every_value = [value for level in values.values() for value in level]
    ordered = not any(isinstance(value, (str, bool)) for value in every_value)
    hidden = survey.hidden_values(name, SMALLEST)
    return Column(name, {**values, NOT_STATED: not_stated}, ordered, tuple(hidden))


def _level_name(value: Any) -> str:
    """``2`` for 2.0; nothing is "not stated"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) or NOT_STATED


def _sums(survey: Survey, outcome: str, missing: Missing, by: str | None) -> tuple[Moments, int, Counter[str]]:
    """The sums by level of a column, how many of their columns are no touchpoints, and how many rows were left out."""
    asked = ask(survey, outcome=outcome, missing=missing)
    sums, dropped = moments(survey.source, asked.design, asked.names, by)
    return sums, asked.design.k, dropped


def _smallest_side(survey: Survey, sums: Moments, dropped: Counter[str], min_n: int | None) -> int:
    """Rows that a side of a split has at least; refuses what leaves nothing to split."""
    used = int(sums.rows.sum())
    products = sums.products.sum(axis=(0, 1))[:-1, :-1]
    coefficients = int(independent(products).sum())
    fewest, usual = 2 * coefficients, 10 * coefficients
    if min_n is None:
        min_n = usual
    elif not isinstance(min_n, int) or min_n < fewest:
        raise ValuesError(
            f"min_n={min_n!r} is too small a group: the model has {coefficients} coefficients, so {fewest} rows is "
            f"the least. {usual} is usual."
        )
    if used < 2 * min_n or not used:
        reasons = listing(f"{few(n)} with {reason}" for reason, n in dropped.items() if n)
        left_out = f" (left out: {reasons})" if reasons else ""
        raise ValuesError(
            f"too few complete answers to look for segments: {count(used)} of {count(survey.n)} can be used"
            f"{left_out}, two groups of {count(min_n)} are needed. "
            f"Name fewer touchpoints, or give a smaller min_n, {fewest} or more."
        )
    return min_n


def _grow(asked: Asked, levels: Levels, parent: int, depth: int, nodes: list[Node]) -> None:
    """Add a node, and all below it, to the nodes; ``levels`` says which levels of which columns it holds."""
    segment = _segment(asked, levels) if levels else None
    answers = asked.survey.where(segment) if segment else asked.survey
    sums, k, _ = _sums(answers, asked.outcome, asked.missing, None)
    search = _search(asked, answers, int(sums.rows.sum()), depth)
    importance = _importance(sums, k)
    row = {
        "parent": parent,
        "depth": depth,
        "segment": segment.name if segment else EVERYONE,
        **_row_of_search(search, int(sums.rows.sum())),
        **_row_of_leader(sums.columns, importance),
    }
    nodes.append(Node(row, importance, segment))
    node = len(nodes)
    if search.split:
        for side in search.split.sides:
            below = {**levels, search.split.column.name: side}
            _grow(asked, below, node, depth + 1, nodes)


def _search(asked: Asked, answers: Survey, n: int, depth: int) -> Search:
    """Look for the split of a node; where there is none, say why."""
    if depth == asked.max_depth:
        return Search(None, np.nan, None, "deepest level")
    if n < 2 * asked.min_n:
        return Search(None, np.nan, None, "too few rows")
    tested = [_test_column(asked, answers, column) for column in asked.columns]
    candidates = [candidate for candidate in tested if candidate]
    if not candidates:
        return Search(None, np.nan, None, "no two groups large enough")
    best = min(candidates, key=lambda candidate: candidate.p)
    p = min(1.0, best.p * len(asked.columns) * 2**depth)
    if p < asked.alpha:
        return Search(best, p, best, "")
    return Search(best, p, None, "no clear difference")


def _test_column(asked: Asked, answers: Survey, column: Column) -> Candidate | None:
    sums, k, _ = _sums(answers, asked.outcome, asked.missing, column.name)
    return _test(sums, k, column, asked.min_n)


def _importance(sums: Moments, k: int) -> Floats:
    """(p,) points of R2 that each touchpoint explains at a node."""
    stack = sums.totals()
    total = sweep_out(stack, 1)[-1, -1]
    shared = lmg(sweep_out(stack, k), np.where(total > 0, total, np.inf))[:, 0]
    return np.maximum(shared, 0.0)


def _row_of_search(search: Search, n: int) -> dict[str, Any]:
    """What was looked for at a node, and what was found."""
    sides = [] if search.split is None else [_words(search.split.column, side) for side in search.split.sides]
    return {
        "n": n,
        "column": search.best.column.name if search.best else "",
        "p_value": search.p,
        "split": " | ".join(sides),
        "leaf": search.split is None,
        "ended": search.ended,
    }


def _row_of_leader(touchpoints: Sequence[str], importance: Floats) -> dict[str, Any]:
    """The most important touchpoint of a node; none where nothing is explained."""
    leader = int(importance.argmax())
    return {
        "leader": touchpoints[leader] if importance[leader] > 0 else "",
        "importance": importance[leader],
    }


def _test(sums: Moments, k: int, column: Column, min_n: int) -> Candidate | None:
    """Test one column at a node and find its best split; none where no split leaves enough rows on both sides."""
    levels = np.array([name for name in column.values if name in sums.cells], dtype=object)
    at = [sums.cells.index(name) for name in levels]
    rows = sums.rows[at].sum(axis=1)
    cells = scores(sums.products[at], rows, k)
    splits = _splits(column, levels, cells)
    splits = splits[_are_large(splits, rows, min_n)]
    splits = splits[_are_discreet(splits, rows, column, levels)]
    if not len(splits):
        return None
    if column.ordered:
        p = len(splits) * min(_p(cells, np.stack([side, ~side])) for side in splits)
    else:
        large = rows >= min_n / 2
        groups = np.vstack([np.eye(len(levels), dtype=bool)[large], ~large])
        p = _p(cells, groups[groups @ rows >= min_n / 2])
    first = splits[gains(cells, splits).argmax()]
    if not column.ordered and first.sum() > (~first).sum():
        first = ~first  # the side that is named in fewer words
    return Candidate(column, p, (tuple(levels[first]), tuple(levels[~first])))


def _are_large(splits: Masks, rows: NDArray[np.int64], min_n: int) -> NDArray[np.bool_]:
    """(s,) whether both sides of each split have so many of the rows of the levels (c,)."""
    return np.asarray(np.minimum(splits @ rows, ~splits @ rows) >= min_n)


def _are_discreet(splits: Masks, rows: NDArray[np.int64], column: Column, levels: NDArray[Any]) -> NDArray[np.bool_]:
    """(s,) whether both sides of each split hold none of the rows of hidden levels, or 5 or more."""
    rows_hidden = np.where(np.isin(levels, column.hidden), rows, 0)
    sides = np.stack([splits @ rows_hidden, ~splits @ rows_hidden])
    return np.asarray(((sides == 0) | (sides >= SMALLEST)).all(axis=0))


def _p(cells: Scores, groups: Masks) -> float:
    """The p-value; 1 where nothing can be compared."""
    return float(np.nan_to_num(instability_p(cells, groups), nan=1.0))


def _splits(column: Column, levels: NDArray[Any], cells: Scores) -> Masks:
    """The ways to part the levels in two; those without a label may go with either end of an order, or alone."""
    c = len(levels)
    if not column.ordered:
        return all_splits(c) if c <= MOST_FREE else cuts(main_order(cells))
    order = np.arange(c)
    if NOT_STATED not in levels:
        return cuts(order)
    return np.vstack([cuts(order), cuts(np.roll(order, 1))[1:]])


def _segment(asked: Asked, levels: Levels) -> Segment:
    """The customers at these levels, named in words."""
    columns = {column.name: column for column in asked.columns}
    where = {name: _condition(columns[name], of_column) for name, of_column in levels.items()}
    words = []
    for name, of_column in levels.items():
        is_range = isinstance(where[name], tuple)
        colon = "" if is_range else ":"
        words.append(f"{name}{colon} {_words(columns[name], of_column)}")
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
    return levels[0] != stated[0], levels[-1] != stated[-1]


def _words(column: Column, levels: tuple[str, ...]) -> str:
    """Levels in words: ``business``, ``leisure, local``, ``up to 3``, ``2 to 3``, ``from 4, not stated``."""
    numbers = tuple(name for name in levels if name != NOT_STATED)
    if not column.ordered or len(numbers) < 2:
        return listing(levels)
    low, high = _ends(column, numbers)
    if low and high:
        words = f"{numbers[0]} to {numbers[-1]}"
    elif high:
        words = f"up to {numbers[-1]}"
    else:
        words = f"from {numbers[0]}"
    return listing([words, *levels[len(numbers) :]])
