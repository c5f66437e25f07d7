"""The customer base that answers are held against: shares by value of a segment column, checked.

What the comparison says is the business of :mod:`cxlens.stages.baseline.bias`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.labels import in_words
from cxlens.errors import ColumnError, ValuesError, did_you_mean, listing
from cxlens.study.survey import Survey

ROUNDING = 1e-6  # by which shares may miss the sum of 1
SHOWN = 30  # values that a message names


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
    def silent(self) -> dict[str, float]:
        """Customers of whom nobody answered, by value."""
        return {value: share for value, share in self.base.items() if value not in self.heard and share > 0}


def checked_shares(survey: Survey, margins: Mapping[str, Mapping[Any, float]]) -> dict[str, dict[str, float]]:
    """The customer base as shares by value in words.

    Raises
    ------
    ColumnError, ValuesError
        For columns that are no segment, and shares that are negative or do not sum to 1.
    """
    if not isinstance(margins, Mapping) or not margins:
        raise ValuesError(
            "response_bias needs the customer base. Give margins={'purpose': {'business': 0.3, 'leisure': 0.7}}."
        )
    allowed = survey.keys
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
