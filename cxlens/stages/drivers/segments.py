"""Stage 3: which groups of customers have different drivers, found by a tree.

The verb :func:`find_segments` and its result. The test and the search for the best split are in
:mod:`cxlens.stats.instability`; what drives the outcome within a group that is known already is asked of
:func:`cxlens.drivers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, few, left_out_in_words, number, plural, told_counts
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.moments import moments
from cxlens.errors import (
    ValuesError,
    check_kind,
    check_option,
    listing,
)
from cxlens.stages.drivers.ask import Asked as Question
from cxlens.stages.drivers.ask import ask
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.sides import clearest_slope, ordinal_p
from cxlens.stages.drivers.split_columns import (
    Column,
    Levels,
    LevelSums,
    cells_of,
    columns_of,
    level_sums,
    reading_by,
    segment_at,
    words_of_levels,
)
from cxlens.stats.importance import MOST_PLAYERS, lmg
from cxlens.stats.instability import (
    Masks,
    Scores,
    all_splits,
    cuts,
    gains,
    instability_p,
    least_p,
    main_order,
    scores,
)
from cxlens.stats.moments import Moments
from cxlens.stats.regression import independent, sweep_out
from cxlens.study.asked import lowest_is_best
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Missing = Literal["indicator", "drop"]
MOST_FREE = 10  # values of text of which every grouping in two is looked at: 511
EVERYONE = "all"
YES = 1.0  # how a yes is read
FEW_CLUSTERS = "too few clusters"
ONLY_HAPPIER = "levels differ, slopes not"
FOUND = "segment found"
NOTHING = "No column clearly divides customers by what matters"
CHOSEN = "Chosen on these answers, so slopes are likely less far apart"


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
    """What one column says at a node: the p-value, the least it could be, and the best split.

    ``sides`` are the levels on both sides, ``first`` (l,) says which lie on the first.
    """

    column: Column
    p: float
    least_p: float
    sides: tuple[tuple[str, ...], tuple[str, ...]]
    first: NDArray[np.bool_]
    sums: LevelSums


class Search(NamedTuple):
    """What was looked for at a node: the best candidate with its corrected p-values, and whether it is a split.

    ``p_ordinal`` is that on the ordinal scale, NaN where it was not asked; ``ended`` says why there is no split.
    """

    best: Candidate | None
    p: float
    p_ordinal: float
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
        ``ended`` (why it was not split), ``p_ordinal``: the same of its best split on the ordinal scale (NaN where the
        outcome has more than 11 answers, or no split was in question), ``differs``: the touchpoint whose slope differs
        most between the two sides, with ``slope`` on the first and ``slope_others`` on the second, ``slope_clear``:
        whether that is clear by itself, ``leader`` (the most important touchpoint) and its ``importance`` (LMG, points
        of R2 among the rows of the node).
    importance
        ``node`` by touchpoint: the importance of all of them.
    segments
        The leaves, for ``survey.where``; none where nothing was split.
    dropped
        How many rows were left out, by reason; "fewer than 5" where they are few.
    min_n
        Rows that each side of a split has at least.
    """

    table: pd.DataFrame
    importance: pd.DataFrame
    segments: tuple[Segment, ...]
    dropped: dict[str, int | str]
    survey: Survey
    columns: tuple[str, ...]
    outcome: str
    alpha: float
    max_depth: int
    min_n: int
    missing: Missing

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"groups": self.table, "importance": self.importance}

    @property
    def n(self) -> int:
        """Rows used."""
        return int(self.table["n"].iloc[0])

    @property
    def finding(self) -> Finding:
        """Where the first split is, and which slope differs most."""
        n = count(self.n)
        root = self.table.iloc[0]
        if root["leaf"]:
            lead = self._nothing_found()
            return Finding(lead, n=n, short=NOTHING if lead.startswith(NOTHING) else "")
        first = self.table.iloc[1]
        segments = len(self.segments)
        return Finding(
            f"{first['segment']} differs from the rest in what matters, most in {root['differs']}:",
            figure=f"{number(root['slope'], self._digits)} against {number(root['slope_others'], self._digits)}",
            certainty=(
                f"{self._unit} per {self._point}, {_p_words(root['p_value'])} for the whole search, "
                f"{plural(segments, 'segment')} in all"
            ),
            more=[*self._about_slope(root), CHOSEN],
            n=n,
            short=f"{first['segment']} differs from the rest in what matters",
        )

    def _about_slope(self, root: pd.Series[Any]) -> list[str]:
        """That no single slope is clear, where many small differences made the split."""
        if root["slope_clear"]:
            return []
        return ["No single slope is clear by itself: many small differences add up"]

    @property
    def _digits(self) -> int:
        return 2 if self._unit == "points" else 1

    @property
    def _unit(self) -> str:
        if self.survey.outcomes[self.outcome] == "binary":
            return "percentage points"
        return "NPS points" if self._is_nps else "points"

    @property
    def _is_nps(self) -> bool:
        return self.survey.outcomes[self.outcome] == "nps"

    @property
    def _point(self) -> str:
        return "point better" if lowest_is_best(self.survey.scale) else "rating point"

    def by_segment(self) -> Survey:
        """The same answers with the column "segment found", marked as chosen on these very answers.

        So ``cx.drivers(tree.by_segment(), by="segment found")`` shows what matters in each segment, and neither it nor
        its contrasts have p-values or intervals of differences: segments that were searched for differ by more than
        those of new answers will.

        Raises
        ------
        ValuesError
            When nothing was split, or the rows are on disk.

        Examples
        --------
        >>> import cxlens as cx
        >>> tree = cx.find_segments(cx.datasets.load_airport().survey(), ["purpose"], max_depth=1)
        >>> cx.drivers(tree.by_segment(), by="segment found", n_boot=0).segments
        ('purpose: business', 'purpose: leisure, visiting friends')
        """
        if not self.segments:
            raise ValuesError(
                "no segment was found, so there is nothing to tell apart. Ask drivers(survey) of everyone."
            )
        return self.survey.told_apart(FOUND, self.segments)

    def _nothing_found(self) -> str:
        root = self.table.iloc[0]
        p = root["p_value"]
        corrected = f"after correction for {plural(len(self.columns), 'column')}"
        if pd.isna(p):
            return f"No column has two groups of {count(self.min_n)} answers or more, so none was tested"
        if root["ended"] == FEW_CLUSTERS:
            return "Too few clusters to find segments, however much they differ"
        if root["ended"] == ONLY_HAPPIER:
            return (
                f"{NOTHING}: groups of {root['column']} differ in points "
                f"({_p_words(p)}), not on the ordinal scale ({_p_words(root['p_ordinal'])}). Some are only happier, "
                "and near the end of a scale this makes slopes differ"
            )
        return f"{NOTHING} (smallest {_p_words(p)} {corrected})"

    @property
    def note(self) -> str:
        """How the tree was grown, and what was left out."""
        reasons = listing(
            f"{n if isinstance(n, str) else count(n)} with {reason}" for reason, n in self.dropped.items()
        )
        left_out = f"Left out: {reasons}" if reasons else "No answer was left out"
        return (
            f"{left_out}. Split where p is below {self.alpha:g}, "
            f"groups of {count(self.min_n)} or more, depth up to {self.max_depth}. The p-values hold for the whole "
            "tree; figures within the segments found do not know that they were searched for. To compare segments, "
            "drivers(tree.by_segment(), by='segment found'); they have no p-values."
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
        Segment columns, the wave or the channel: where to look. Numbers are ordered, so that a split is a cut; more
        than 30 are cut at their deciles. Text is not ordered, so any values may go together. Rows without a label are a
        group of their own.
    outcome
        The outcome to explain; the survey's first by default. Of a yes or no the share of a yes is, in percentage
        points; ordered answers count as they are numbered. Slopes of both are compared by proportional odds, too.
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
        When a column or the outcome is unknown, a column cannot be split on, or there are too few answers.

    Notes
    -----
    Model-based recursive partitioning: Zeileis, Hothorn and Hornik (2008). At each node and for each column: a score
    test that all levels share the coefficients, where constant, usage flags and other controls differ freely; its
    covariance is from 200 blocks of respondents (or clusters), so unequal spread does no harm. Text: one test of all
    levels, those of fewer than ``min_n / 2`` rows joined; numbers: a test of each cut, Bonferroni over cuts. Then
    Bonferroni over columns and, at depth d, over 2**d nodes, which keeps the chance of any false split in the tree
    below ``alpha``. The split is the one that lowers the residual sum of squares most; text of more than 10 values is
    put in order first, along the first principal component of the scores of its values, and then cut.

    Those who are only happier have smaller slopes in points near the end of a scale. So where the outcome has up to 11
    different answers (NPS has three) a split has to pass a second test, with the same correction: that both sides share
    their slopes in a proportional-odds model (McCullagh 1980) with levels and controls of their own. Of more than
    100,000 rows it looks at a sample.

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
    outcome = survey.check_outcome(outcome)
    _check_growth(alpha, max_depth)
    columns_to_split = columns_of(survey, columns)
    sums, _, dropped = _sums(survey, outcome, missing)
    if len(sums.columns) > MOST_PLAYERS:
        raise ValuesError(
            f"{len(sums.columns)} touchpoints are too many for find_segments, which looks at every subset of them: "
            f"{MOST_PLAYERS} is the most. Name fewer in Survey(..., touchpoints=[...])."
        )
    min_n = _smallest_side(survey, sums, dropped, min_n)
    asked = Asked(survey, outcome, missing, columns_to_split, alpha, max_depth, min_n)
    nodes: list[Node] = []
    _grow(asked, {}, 0, 0, nodes)
    return SegmentTree(
        table=_table(nodes),
        importance=_importance_table(nodes, sums.columns),
        segments=tuple(node.segment for node in nodes if node.segment and node.row["leaf"]),
        dropped=told_counts(dropped),
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


def _check_growth(alpha: float, max_depth: int) -> None:
    if not isinstance(alpha, (int, float)) or not 0 < alpha < 1:
        raise ValuesError(f"alpha must be a share between 0 and 1, such as 0.05; you gave {alpha!r}.")
    if not isinstance(max_depth, int) or max_depth < 1:
        raise ValuesError(f"max_depth must be a whole number, 1 or more; you gave {max_depth!r}.")


def _sums(survey: Survey, outcome: str, missing: Missing) -> tuple[Moments, int, Counter[str]]:
    """The sums over all answers, how many of their columns are no touchpoints, and how many rows were left out."""
    asked = _asked_of(survey, outcome, missing)
    sums, dropped = moments(survey.source, asked.design, asked.names)
    return sums, asked.design.k, dropped


def _smallest_side(survey: Survey, sums: Moments, dropped: Counter[str], min_n: int | None) -> int:
    """Rows that a side of a split has at least; refuses what leaves nothing to split."""
    used = int(sums.rows.sum())
    products = sums.products.sum(axis=(0, 1))[:-1, :-1]
    coefficients = int(independent(products).sum())
    fewest = 2 * coefficients
    usual = 10 * coefficients
    if min_n is None:
        min_n = usual
    elif not isinstance(min_n, int) or min_n < fewest:
        raise ValuesError(
            f"min_n={min_n!r} is too small a group: the model has {coefficients} coefficients, so {fewest} rows is "
            f"the least. {usual} is usual."
        )
    if used < 2 * min_n or not used:
        left_out = left_out_in_words(dropped, used)
        raise ValuesError(
            f"too few complete answers to look for segments: {few(used)} of {count(survey.n)} can be used"
            f"{left_out}, two groups of {count(min_n)} are needed. "
            f"Name fewer touchpoints, or give a smaller min_n, {fewest} or more."
        )
    return min_n


def _grow(asked: Asked, levels: Levels, parent: int, depth: int, nodes: list[Node]) -> None:
    """Add a node, and all below it, to the nodes; ``levels`` says which levels of which columns it holds."""
    segment = segment_at(asked.columns, levels) if levels else None
    answers = asked.survey.where(segment) if segment else asked.survey
    sums, k, _ = _sums(answers, asked.outcome, asked.missing)
    search = _search(asked, answers, int(sums.rows.sum()), depth)
    importance = _importance(sums, k)
    row = {
        "parent": parent,
        "depth": depth,
        "segment": segment.name if segment else EVERYONE,
        **_row_of_search(search, int(sums.rows.sum())),
        **_row_of_slope(search, sums.columns, asked.alpha),
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
        return Search(None, np.nan, np.nan, None, "deepest level")
    if n < 2 * asked.min_n:
        return Search(None, np.nan, np.nan, None, "too few rows")
    tested = [_test_column(asked, answers, column) for column in asked.columns]
    candidates = [candidate for candidate in tested if candidate]
    if not candidates:
        return Search(None, np.nan, np.nan, None, "no two groups large enough")
    corrected = len(asked.columns) * 2**depth
    in_order = sorted(candidates, key=lambda candidate: candidate.p)
    best = in_order[0]
    p = min(1.0, best.p * corrected)
    if min(candidate.least_p for candidate in candidates) * corrected >= asked.alpha:
        return Search(best, p, np.nan, None, FEW_CLUSTERS)
    if p >= asked.alpha:
        return Search(best, p, np.nan, None, "no clear difference")
    return _confirmed(asked, answers, in_order, corrected)


def _confirmed(asked: Asked, answers: Survey, candidates: Sequence[Candidate], corrected: int) -> Search:
    """The first candidate that holds on the ordinal scale, too, where that is to be asked."""
    best = candidates[0]
    refused = np.nan
    for candidate in candidates:
        p = candidate.p * corrected
        if p >= asked.alpha:
            break
        p_ordinal = _ordinal_p(asked, answers, candidate)
        if p_ordinal is None:
            return Search(candidate, p, np.nan, candidate, "")
        p_ordinal = min(1.0, p_ordinal * corrected)
        if p_ordinal < asked.alpha:
            return Search(candidate, p, p_ordinal, candidate, "")
        if candidate is best:
            refused = p_ordinal
    return Search(best, best.p * corrected, refused, None, ONLY_HAPPIER)


def _ordinal_p(asked: Asked, answers: Survey, candidate: Candidate) -> float | None:
    """The p-value of a split on the ordinal scale; None where that is not to be asked."""
    column = candidate.column
    first, second = (cells_of(column, side) for side in candidate.sides)
    reading = reading_by(answers, _question(asked, answers), column)
    p = ordinal_p(reading, candidate.sums.k, first, [*first, *second])
    if p is not None and np.isnan(p):
        return 1.0
    return p


def _question(asked: Asked, answers: Survey) -> Question:
    """The regression that is asked of the answers of a node."""
    return _asked_of(answers, asked.outcome, asked.missing)


def _asked_of(survey: Survey, outcome: str, missing: Missing) -> Question:
    """The regression of an outcome; a yes counts 100, so that slopes are percentage points."""
    question = ask(survey, outcome=outcome, missing=missing, method="relative weights")
    if question.kind != "binary":
        return question
    return question._replace(design=question.design._replace(top=YES))


def _test_column(asked: Asked, answers: Survey, column: Column) -> Candidate | None:
    return _test(level_sums(answers, _question(asked, answers), column), column, asked.min_n)


def _importance(sums: Moments, k: int) -> Floats:
    """(p,) points of R2 that each touchpoint explains at a node."""
    stack = sums.totals()
    total = sweep_out(stack, 1)[-1, -1]
    shared = lmg(sweep_out(stack, k), np.where(total > 0, total, np.inf))[:, 0]
    return np.maximum(shared, 0.0)


def _row_of_search(search: Search, n: int) -> dict[str, Any]:
    """What was looked for at a node, and what was found."""
    sides = [] if search.split is None else [words_of_levels(search.split.column, side) for side in search.split.sides]
    return {
        "n": n,
        "column": search.best.column.name if search.best else "",
        "p_value": search.p,
        "split": " | ".join(sides),
        "leaf": search.split is None,
        "ended": search.ended,
        "p_ordinal": search.p_ordinal,
    }


def _row_of_slope(search: Search, touchpoints: Sequence[str], alpha: float) -> dict[str, Any]:
    """Which slope differs most between the two sides of a split."""
    nothing = {"differs": "", "slope": np.nan, "slope_others": np.nan, "slope_clear": False}
    if search.split is None:
        return nothing
    sums = search.split.sums
    first = search.split.first
    sides = (first, ~first)
    products = np.stack([sums.products[side].sum(axis=0) for side in sides])
    rows = np.array([sums.rows[side].sum() for side in sides])
    slope = clearest_slope(products, rows, sums.k, alpha)
    if slope is None:
        return nothing
    return {
        "differs": touchpoints[slope.place],
        "slope": slope.first,
        "slope_others": slope.second,
        "slope_clear": slope.clear,
    }


def _row_of_leader(touchpoints: Sequence[str], importance: Floats) -> dict[str, Any]:
    """The most important touchpoint of a node; none where nothing is explained."""
    leader = int(importance.argmax())
    return {
        "leader": touchpoints[leader] if importance[leader] > 0 else "",
        "importance": importance[leader],
    }


def _test(sums: LevelSums, column: Column, min_n: int) -> Candidate | None:
    """Test one column at a node and find its best split; none where no split leaves enough rows on both sides."""
    levels = sums.levels
    rows = sums.rows
    cells = scores(sums.products, rows, sums.k)
    splits = _splits(column, levels, cells)
    splits = splits[_are_large(splits, rows, min_n)]
    splits = splits[_are_discreet(splits, sums.hidden)]
    if not len(splits):
        return None
    if column.ordered:
        tests = [np.stack([side, ~side]) for side in splits]
    else:
        large = rows >= min_n / 2
        groups = np.vstack([np.eye(len(levels), dtype=bool)[large], ~large])
        tests = [groups[groups @ rows >= min_n / 2]]
    p = len(tests) * min(_p(cells, groups) for groups in tests)
    least = len(tests) * min(_least_p(sums, groups) for groups in tests)
    first = splits[gains(cells, splits).argmax()]
    if not column.ordered and first.sum() > (~first).sum():
        first = ~first  # the side that is named in fewer words
    sides = (tuple(levels[first]), tuple(levels[~first]))
    return Candidate(column, p, least, sides, first, sums)


def _least_p(sums: LevelSums, groups: Masks) -> float:
    """The smallest p-value that so many blocks, or clusters, can give; 0 where nothing can be compared."""
    by_block = sums.products[:, :, 0, 0] > 0
    units = np.array([by_block[group].any(axis=0).sum() for group in groups])
    touchpoints = sums.products.shape[-1] - sums.k - 1
    return float(np.nan_to_num(least_p(units, touchpoints)))


def _are_large(splits: Masks, rows: NDArray[np.int64], min_n: int) -> NDArray[np.bool_]:
    """(s,) whether both sides of each split have so many of the rows of the levels (c,)."""
    return np.asarray(np.minimum(splits @ rows, ~splits @ rows) >= min_n)


def _are_discreet(splits: Masks, rows_hidden: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(s,) whether both sides of each split hold none of the rows of hidden values (l,), or 5 or more."""
    sides = np.stack([splits @ rows_hidden, ~splits @ rows_hidden])
    return np.asarray(((sides == 0) | (sides >= SMALLEST)).all(axis=0))


def _p(cells: Scores, groups: Masks) -> float:
    """The p-value; 1 where nothing can be compared."""
    return float(np.nan_to_num(instability_p(cells, groups), nan=1.0))


def _splits(column: Column, levels: NDArray[Any], cells: Scores) -> Masks:
    """The ways to part the levels in two; those without a label may go with either end of an order, or alone."""
    c = len(levels)
    if not column.ordered:
        if c <= MOST_FREE:
            return all_splits(c)
        return cuts(main_order(cells))
    order = np.arange(c)
    if NOT_STATED not in levels:
        return cuts(order)
    return np.vstack([cuts(order), cuts(np.roll(order, 1))[1:]])


def _p_words(p: float) -> str:
    """``p < 0.01`` or ``p = 0.03``."""
    return "p < 0.01" if p < 0.01 else f"p = {number(p)}"
