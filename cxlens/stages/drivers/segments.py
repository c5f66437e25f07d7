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

from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, number, plural
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.moments import moments
from cxlens.errors import OptionError, ValuesError, check_kind, check_option, listing
from cxlens.stages.drivers.ask import ask
from cxlens.stats.importance import lmg
from cxlens.stats.instability import Masks, Scores, all_splits, cuts, gains, instability_p, main_order, scores
from cxlens.stats.moments import Moments
from cxlens.stats.regression import independent, sweep_out
from cxlens.study.segments import Segment, as_names
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Missing = Literal["indicator", "drop"]
MOST_VALUES = 30  # values of a column; more are names or measurements, not groups
MOST_FREE = 10  # values of text of which every grouping in two is looked at: 511
EVERYONE = "all"


class Column(NamedTuple):
    """A column to split on: the raw values of each level by its name, in order, and whether the order means something.

    Rows without a label are the last level.
    """

    name: str
    values: Mapping[str, list[Any]]
    ordered: bool


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


class Node(NamedTuple):
    """A row of the table, the importance of each touchpoint, and the segment; everyone is none."""

    row: dict[str, Any]
    importance: Floats
    segment: Segment | None


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
        return Finding(lead, certainty=f"{segments} segments in all" if segments > 2 else "no further split", n=n)

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
        left = listing(f"{count(n)} with {reason}" for reason, n in self.dropped.items())
        return (
            f"{f'Left out: {left}' if left else 'No answer was left out'}. Split where p is below {self.alpha:g}, "
            f"groups of {count(self.min_n)} or more, depth up to {self.max_depth}. The p-values hold for the whole "
            "tree; figures within the segments found do not know that they were searched for."
        )


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
    check_kind("find_segments", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    outcome = survey.check_outcome(outcome)
    check_option("missing", missing, Missing)
    kind = survey.outcomes[outcome]
    if kind not in {"interval", "nps"}:
        others = [name for name, what in survey.outcomes.items() if what in {"interval", "nps"}]
        raise OptionError(
            f"outcome {outcome!r} is {kind}; find_segments explains outcomes of kind interval and nps. "
            f"Such outcomes here: {listing(others) or 'none'}."
        )
    _check_growth(alpha, max_depth)
    found = _columns(survey, columns)
    sums, _, dropped = _sums(survey, outcome, missing, found[0].name)
    min_n = _smallest_side(survey, sums, dropped, min_n)
    asked = Asked(survey, outcome, missing, found, alpha, max_depth, min_n)
    nodes: list[Node] = []
    _grow(asked, {}, 0, 0, nodes)
    numbered = pd.RangeIndex(1, len(nodes) + 1, name="node")
    return SegmentTree(
        table=pd.DataFrame([{"node": node, **one.row} for node, one in zip(numbered, nodes, strict=True)]),
        importance=pd.DataFrame([one.importance for one in nodes], index=numbered, columns=list(sums.columns)),
        segments=tuple(one.segment for one in nodes if one.segment and one.row["leaf"]),
        dropped={reason: n for reason, n in dropped.items() if n},
        survey=survey,
        columns=tuple(column.name for column in found),
        outcome=outcome,
        alpha=alpha,
        max_depth=max_depth,
        min_n=min_n,
        missing=missing,
    )


def _check_growth(alpha: float, max_depth: int) -> None:
    if not isinstance(alpha, (int, float)) or not 0 < alpha < 1:
        raise ValuesError(
            f"alpha={alpha!r} is not a level of significance. Give a share between 0 and 1, such as 0.05."
        )
    if not isinstance(max_depth, int) or max_depth < 1:
        raise ValuesError(f"max_depth={max_depth!r} is no depth of a tree. Give a whole number, 1 or more.")


def _columns(survey: Survey, columns: Sequence[str]) -> tuple[Column, ...]:
    """The columns to split on with their levels; refuses those that cannot tell groups apart."""
    found = []
    for name in dict.fromkeys(as_names(columns)):
        survey.check_by(name)
        values: dict[str, list[Any]] = {}
        for value in survey.source.distinct(name):  # named as the engine names its cells
            whole = isinstance(value, float) and value.is_integer()
            values.setdefault(str(int(value) if whole else value) or NOT_STATED, []).append(value)
        empty = [*values.pop(NOT_STATED, []), None, np.nan]
        if len(values) < 2:
            raise ValuesError(
                f"column {name!r} has {plural(len(values), 'value')}{f' ({listing(values)})' if values else ''}, "
                "so there are no groups to compare. Leave it out."
            )
        if len(values) > MOST_VALUES:
            raise ValuesError(
                f"column {name!r} has {count(len(values))} values; {MOST_VALUES} is the most. "
                "Join them to fewer groups first, such as regions or age bands."
            )
        ordered = not any(isinstance(value, (str, bool)) for group in values.values() for value in group)
        found.append(Column(name, {**values, NOT_STATED: empty}, ordered))
    if not found:
        raise ValuesError("there is no column to split on. Name segment columns of the survey, such as ['purpose'].")
    return tuple(found)


def _sums(survey: Survey, outcome: str, missing: Missing, by: str | None) -> tuple[Moments, int, Counter[str]]:
    """The sums by level of a column, how many of their columns are no touchpoints, and how many rows were left out."""
    asked = ask(survey, outcome=outcome, missing=missing)
    sums, dropped = moments(survey.source, asked.design, asked.names, by)
    return sums, asked.design.k, dropped


def _smallest_side(survey: Survey, sums: Moments, dropped: Counter[str], min_n: int | None) -> int:
    """Rows that a side of a split has at least; refuses what leaves nothing to split."""
    used, coefs = int(sums.rows.sum()), int(independent(sums.products.sum(axis=(0, 1))[:-1, :-1]).sum())
    fewest = 2 * coefs
    if min_n is not None and (not isinstance(min_n, int) or min_n < fewest):
        raise ValuesError(
            f"min_n={min_n!r} is too small a group: the model has {coefs} coefficients, so {fewest} rows is the least. "
            f"{10 * coefs} is usual."
        )
    smallest = 10 * coefs if min_n is None else min_n
    if used < 2 * smallest or not used:
        left = listing(f"{count(n)} with {reason}" for reason, n in dropped.items() if n)
        raise ValuesError(
            f"too few complete answers to look for segments: {count(used)} of {count(survey.n)} can be used"
            f"{f' (left out: {left})' if left else ''}, two groups of {count(smallest)} are needed. "
            f"Name fewer touchpoints, or give a smaller min_n, {fewest} or more."
        )
    return smallest


def _grow(asked: Asked, kept: dict[str, tuple[str, ...]], parent: int, depth: int, nodes: list[Node]) -> None:
    """Add a node, and all below it, to the nodes; ``kept`` says which levels of which columns it holds."""
    segment = _segment(asked, kept) if kept else None
    part = asked.survey.where(segment) if segment else asked.survey
    sums, k, _ = _sums(part, asked.outcome, asked.missing, None)
    n = int(sums.rows.sum())
    tested: list[Candidate] = []
    ended = "deepest level" if depth == asked.max_depth else "too few rows" if n < 2 * asked.min_n else ""
    if not ended:
        tests = (_test(*_sums(part, asked.outcome, asked.missing, column.name)[:2], column, asked.min_n)
                 for column in asked.columns)  # fmt: skip
        tested = [test for test in tests if test]
        ended = "" if tested else "no two groups large enough"
    best = min(tested, key=lambda test: test.p, default=None)
    p = min(1.0, best.p * len(asked.columns) * 2**depth) if best else np.nan
    split = best if best and p < asked.alpha else None
    ended = ended or ("" if split else "no clear difference")
    stack = sums.totals()
    total = sweep_out(stack, 1)[-1, -1]
    shared = lmg(sweep_out(stack, k), np.where(total > 0, total, np.inf))[:, 0]
    importance = np.maximum(shared, 0.0)
    leader = int(importance.argmax())
    row = {
        "parent": parent,
        "depth": depth,
        "segment": segment.name if segment else EVERYONE,
        "n": n,
        "column": best.column.name if best else "",
        "p_value": p,
        "split": " | ".join(_words(split.column, side) for side in split.sides) if split else "",
        "leaf": split is None,
        "ended": ended,
        "leader": sums.columns[leader] if importance[leader] > 0 else "",
        "importance": importance[leader],
    }
    nodes.append(Node(row, importance, segment))
    node = len(nodes)
    if split:
        for side in split.sides:
            _grow(asked, {**kept, split.column.name: side}, node, depth + 1, nodes)


def _test(sums: Moments, k: int, column: Column, min_n: int) -> Candidate | None:
    """Test one column at a node and find its best split; none where no split leaves enough rows on both sides."""
    levels = np.array([name for name in column.values if name in sums.cells], dtype=object)
    at = [sums.cells.index(name) for name in levels]
    rows = sums.rows[at].sum(axis=1)
    cells = scores(sums.products[at], rows, k)
    splits = _splits(column, levels, cells)
    splits = splits[np.minimum(splits @ rows, ~splits @ rows) >= min_n]
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


def _segment(asked: Asked, kept: dict[str, tuple[str, ...]]) -> Segment:
    """The customers at these levels, named in words."""
    columns = {column.name: column for column in asked.columns}
    where = {name: _condition(columns[name], levels) for name, levels in kept.items()}
    said = ((name, _words(columns[name], levels), isinstance(where[name], tuple)) for name, levels in kept.items())
    return Segment("; ".join(f"{name}{'' if ranged else ':'} {words}" for name, words, ranged in said), where)


def _condition(column: Column, levels: tuple[str, ...]) -> Any:
    """The condition of a segment that holds these levels: a range of numbers, a value or a list."""
    values = [value for name in levels for value in column.values[name]]
    if not column.ordered or NOT_STATED in levels or len(values) == 1:
        return values[0] if len(values) == 1 else values
    low, high = _ends(column, levels)
    return (values[0] if low or not high else None, values[-1] if high else None)


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
    words = (
        f"{numbers[0]} to {numbers[-1]}" if low and high else f"up to {numbers[-1]}" if high else f"from {numbers[0]}"
    )
    return listing([words, *levels[len(numbers) :]])
