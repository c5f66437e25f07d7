"""The customer base that answers are held against: shares by value of a segment column, checked; weights that meet it.

What the comparison says is the business of :mod:`cxlens.stages.baseline.bias`; a survey with ``margins=`` is weighted
by them throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import percent
from cxlens.engine.labels import in_words
from cxlens.errors import ColumnError, ValuesError, did_you_mean, listing
from cxlens.stats.calibration import combined
from cxlens.stats.raking import Raked, rake

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ROUNDING = 1e-6  # by which shares may miss the sum of 1
SHOWN = 30  # values that a message names
FEWEST = 30  # answers of a value that is weighted by itself
BOUND = 5.0  # times the mean that a weight may grow
NOTED = 0.005  # by which a share is off before it is told
JOINED = "(joined)"  # the values of a column that are weighted together


class Margin(NamedTuple):
    """A column in words, the customer base by value, and the values of it that answered."""

    column: str
    words: NDArray[Any]
    base: dict[str, float]
    heard: list[str]

    @property
    def codes(self) -> NDArray[np.intp]:
        """The place of each answer's value among those heard, -1 where the margin does not know it."""
        return pd.Index(self.heard).get_indexer(pd.Index(self.words))

    @property
    def target(self) -> Floats:
        """The shares of the values heard, which sum to 1."""
        shares = np.array([self.base[value] for value in self.heard])
        return np.asarray(shares / shares.sum())

    @property
    def silent(self) -> dict[str, float]:
        """Customers of whom nobody answered, by value."""
        return {value: share for value, share in self.base.items() if value not in self.heard and share > 0}


def checked_shares(
    allowed: Sequence[str], margins: Mapping[str, Mapping[Any, float]], whose: str
) -> dict[str, dict[str, float]]:
    """The customer base as shares by value in words.

    Parameters
    ----------
    allowed
        The segments of the survey.
    margins
        ``{segment column: {value: share}}``.
    whose
        Who asks, for messages.

    Raises
    ------
    ColumnError, ValuesError
        For columns that are no segment, and shares that are negative or do not sum to 1.
    """
    if not isinstance(margins, Mapping) or not margins:
        raise ValuesError(
            f"{whose} needs the customer base. Give margins={{'purpose': {{'business': 0.3, 'leisure': 0.7}}}}."
        )
    shares = {}
    for column, given in margins.items():
        if column not in allowed:
            raise ColumnError(
                f"margins: {column!r} is not a segment of this survey.{did_you_mean(column, allowed)} "
                f"Segments: {listing(allowed) or 'none'}. Name the column in Survey(..., segments=[...])."
            )
        shares[column] = _shares(column, given)
    return shares


def _shares(column: str, given: Mapping[Any, float]) -> dict[str, float]:
    """The shares of one column; whole numbers of which one is above 1 are numbers of customers."""
    if not isinstance(given, Mapping) or not given:
        raise ValuesError(f"margins: {column!r} has no shares. Give {{value: share of the customers}}.")
    base = {_in_words(value): share for value, share in given.items()}
    numbers = pd.to_numeric(pd.Series(base), errors="coerce").to_numpy(float)
    for value, number in zip(base, numbers, strict=True):
        if not number >= 0:
            raise ValuesError(f"margins: {column!r} has {base[value]!r} for {value!r}. Shares are 0 or more.")
    total = numbers.sum()
    customers = (numbers % 1 == 0).all() and numbers.max() > 1
    if not customers and abs(total - 1) > ROUNDING:
        raise ValuesError(
            f"margins: the shares of {column!r} sum to {total:.6g}, not to 1. "
            "Give every value's share, or numbers of customers."
        )
    return dict(zip(base, numbers / total, strict=True))


def _in_words(value: Any) -> str:
    return str(in_words(pd.Series([value]))[0])


def margin_of(column: str, words: NDArray[Any], base: dict[str, float], weighs: NDArray[np.bool_]) -> Margin:
    """Tell the values that answered from those not heard.

    Parameters
    ----------
    column
        Its name.
    words, weighs
        (n,) the value of each answer in words, and whether it has a weight.
    base
        The share of customers by value.

    Raises
    ------
    ValuesError
        For what looks misspelt, and where no answer has any of the values.
    """
    answered = sorted(set(words[weighs]))
    unknown = [value for value in answered if value not in base]
    known = f"Values: {listing(answered, SHOWN)}."
    for value in base:
        near = "" if value in answered else did_you_mean(value, unknown)
        if near:
            raise ValuesError(f"margins: no answer has {value!r} in {column!r}.{near} {known}")
    heard = [value for value in base if value in answered]
    if not sum(base[value] for value in heard) > 0:
        raise ValuesError(f"margins: no answer has any of the values of {column!r}. {known}")
    return Margin(column, words, base, heard)


class Weighed(NamedTuple):
    """Raked weights, what each answer was weighted by, and what is to be said of it.

    Attributes
    ----------
    raked
        The weights.
    combination, design
        (n,) and (s, p): see :func:`cxlens.stats.calibration.combined`.
    margins
        As they were weighed, their values joined; with fewer than two values where that leaves nothing to weigh by.
    notes
        Values that were joined, columns that could not be met, shares that are not reached.
    """

    raked: Raked
    combination: NDArray[np.int64]
    design: Floats
    margins: tuple[Margin, ...]
    notes: tuple[str, ...]

    @property
    def used(self) -> int:
        """How many margins the weights meet."""
        usable = [margin for margin in self.margins if len(margin.heard) > 1]
        return len(usable)


def weigh(margins: Sequence[Margin], hidden: Sequence[Sequence[str]], weights: Floats) -> Weighed:
    """The weights that meet the shares of all values that answered, as nearly as bounded weights can.

    Values of fewer than 30 answers are joined, and so are those that are ``hidden``: weights of their own would tell of
    them. Weights grow by no more than five times the mean.
    """
    weighs = weights > 0
    joined = []
    notes = []
    for margin, values in zip(margins, hidden, strict=True):
        as_weighed = _joined(margin, values, weighs)
        joined.append(as_weighed)
        notes.append(_about_joined(margin, as_weighed))
    usable = [margin for margin in joined if len(margin.heard) > 1]
    raked = Raked(weights / weights.mean(), 0, 0.0)
    combination = np.zeros(len(weights), np.int64)
    design = np.ones((1, 1))
    if usable:
        codes = [margin.codes for margin in usable]
        targets = [margin.target for margin in usable]
        names = [repr(margin.column) for margin in usable]
        raked = rake(codes, targets, weights, names=names, bound=BOUND)
        widths = [len(target) for target in targets]
        combination, design = combined(codes, widths)
    for margin in usable:
        notes.append(_about_bound(margin, raked.weights))
    return Weighed(
        raked,
        combination,
        design,
        tuple(joined),
        tuple(filter(None, notes)),
    )


def _joined(margin: Margin, hidden: Sequence[str], weighs: Flags) -> Margin:
    """The margin with its few and hidden values as one, or without those that the base does not know.

    Weights raked to shares of one's own choice would tell what each hidden value says, and how many they are.
    """
    heard = [value for value in margin.heard if value not in hidden]
    alone, together = _apart(margin, heard, hidden, weighs)
    if len(together) < 2 and not hidden:
        return margin
    base = {value: margin.base[value] for value in alone}
    if together:
        base[JOINED] = sum(margin.base[value] for value in together)
    is_joined = np.isin(margin.words, together)
    words = np.where(is_joined, JOINED, margin.words)
    silent = {value: share for value, share in margin.base.items() if value not in margin.heard}
    return margin._replace(
        base=base | silent,
        heard=list(base),
        words=words,
    )


def _apart(margin: Margin, heard: Sequence[str], hidden: Sequence[str], weighs: Flags) -> tuple[list[str], list[str]]:
    """The values that are weighted by themselves, and those that are joined: few, hidden, and as many as they need."""
    answered = pd.Series(margin.words[weighs])
    sizes = answered.value_counts()
    few = [value for value in heard if sizes[value] < FEWEST and margin.base[value] > 0]
    if set(hidden) <= set(margin.base):
        few += [value for value in margin.heard if value in hidden]
    rest = [value for value in heard if value not in few]
    by_size = sorted(rest, key=sizes.__getitem__)
    while few and by_size and sizes[few].sum() < FEWEST:
        smallest = by_size.pop(0)
        few.append(smallest)
    return [value for value in rest if value in by_size], few


def _about_joined(before: Margin, after: Margin) -> str:
    """Which values are weighted as one, or that a column is not weighted by at all."""
    if len(after.heard) < 2 <= len(before.heard):
        return f"Not weighted by {before.column}: fewer than two of its values have {FEWEST} answers."
    if JOINED not in after.heard:
        return ""
    values = [value for value in before.heard if value not in after.heard]
    return f"Weighted as one, for few answers: {listing(values)} ({before.column})."


def _about_bound(margin: Margin, weights: Floats) -> str:
    """Which value does not reach its share, since weights end."""
    target = margin.target
    codes = margin.codes
    known = codes >= 0
    sums = np.bincount(codes[known], weights[known], len(target))
    shares = sums / sums.sum()
    short = int(np.argmax(target - shares))
    if target[short] - shares[short] < NOTED:
        return ""
    value = margin.heard[short]
    reached = f"{percent(shares[short])} of its {percent(target[short])}"
    return f"Weights end at {BOUND:g} times the mean: {value} ({margin.column}) reaches {reached}."
