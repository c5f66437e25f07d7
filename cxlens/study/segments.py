"""Segments: named groups of customers, written as data and never as code.

Finding segments in data is a verb and does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import check_in_order, misfits_told
from cxlens.common.html import card
from cxlens.engine.tables import matches
from cxlens.errors import ValuesError, did_you_mean, listing
from cxlens.files.nodes import Number, read_by, read_conditions
from cxlens.files.tables import given_number
from cxlens.study.lifecycle import settle


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Segment:
    """A group of customers: a name and the conditions that all have to hold.

    Parameters
    ----------
    name
        What people call the group.
    where
        ``{column: condition}``. A condition is one value, a list of values, or a tuple ``(low, high)``:
        a range that includes both ends; ``None`` as an end leaves it open.
    value
        What a customer of the group is worth a year, in money.
    cost_to_serve
        What serving one costs a year, in money.

    Raises
    ------
    ValuesError
        When there is no condition, a range is none, or money is no number: a text such as ``"10"`` is none.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Segment("Business", {"purpose": "business", "trips": (4, None)})
    Business: purpose = business, trips from 4
    """

    name: str
    where: Annotated[Mapping[str, Any], read_by(read_conditions)]
    _: KW_ONLY
    value: Number | None = None
    cost_to_serve: Number | None = None

    def __post_init__(self) -> None:
        if not self.where:
            raise ValuesError(
                f"segment {self.name!r} has no condition. Give where={{column: value}}, {{column: [values]}} "
                "or {column: (low, high)}."
            )
        for what in ("value", "cost_to_serve"):
            if getattr(self, what) is not None:
                given_number(f"segment {self.name!r}: {what}", getattr(self, what))
        conditions = {
            column: _checked_condition(self.name, column, condition) for column, condition in self.where.items()
        }
        settle(self, {"where": MappingProxyType(conditions)})

    def mask(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows of a frame belong to the segment: a boolean array, one entry a row.

        Raises
        ------
        ValuesError
            When the frame lacks a column that a condition names, or a range is asked of text.
        """
        check_columns(self, list(frame.columns))
        try:
            return matches(frame, self.where)
        except TypeError as error:
            raise not_comparable(self) from error

    @property
    def table(self) -> pd.DataFrame:
        """The conditions: columns ``column`` and ``condition``."""
        conditions = [(column, _in_words(condition)) for column, condition in self.where.items()]
        return pd.DataFrame(conditions, columns=["column", "condition"])

    @property
    def conditions(self) -> str:
        """The conditions in words: ``purpose = business, trips from 4``."""
        return listing(f"{column} {_in_words(condition)}" for column, condition in self.where.items())

    def __repr__(self) -> str:
        return f"{self.name}: {self.conditions}"

    def _repr_html_(self) -> str:
        return card(repr(self))


def as_segment(given: Segment | Mapping[str, Any], role: str) -> Segment:
    """A segment; conditions without a name, known by their role, are named by what they say: ``seg = a``."""
    if isinstance(given, Segment):
        return given
    conditions = Segment(role, given).conditions
    return Segment(conditions, given)


def as_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names as a tuple; a text is one name, not a list of letters."""
    if isinstance(names, str):
        return (names,)
    return tuple(names)


def names_in_order(thing: str, names: Iterable[str]) -> tuple[str, ...]:
    """The same where their order counts: a set is refused."""
    check_in_order(thing, names)
    return as_names(names)


def check_columns(
    segment: Segment,
    labels: Iterable[str | None],
    naming: str = "Survey(..., segments=[...])",
) -> None:
    """Refuse a segment whose condition names a column that is not among the labels; None is no label."""
    columns = [name for name in labels if name is not None]
    for column in segment.where:
        if column not in columns:
            raise ValuesError(
                f"segment {segment.name!r} asks for column {column!r}, which is not among the survey's segments."
                f"{did_you_mean(column, columns)} Segments: {listing(columns, 30) or 'none'}. "
                f"Name the column in {naming}."
            )


def not_comparable(segment: Segment) -> ValuesError:
    """What to say where a range of numbers is asked of text, or the other way round."""
    return ValuesError(
        f"segment {segment.name!r} ({segment.conditions}) compares numbers with text. "
        "A range needs ends of the column's own kind; a choice among words is a list."
    )


def _checked_condition(segment: str, column: str, condition: Any) -> Any:
    """A condition as it is kept, a copy where it can change; a range that is none is refused."""
    if isinstance(condition, tuple):
        if len(condition) != 2:
            raise ValuesError(
                f"segment {segment!r}: the condition on {column!r} is a tuple of {len(condition)}. "
                "A range is (low, high), with None for an open end; a choice of values is a list."
            )
        if condition == (None, None):
            raise ValuesError(
                f"segment {segment!r}: the range of {column!r} is open at both ends, so it holds for everyone. "
                "Give one end."
            )
        return condition
    if isinstance(condition, (list, set, frozenset)):
        return list(condition)
    return condition


def _in_words(condition: Any) -> str:
    """``from 4``, ``up to 4``, ``from 1 to 4``, ``= a, b`` or ``= a``."""
    if isinstance(condition, tuple):
        low, high = condition
        if high is None:
            return f"from {low}"
        if low is None:
            return f"up to {high}"
        return f"from {low} to {high}"
    if isinstance(condition, list):
        return f"= {listing(condition)}"
    return f"= {condition}"


def sorted_values(values: Iterable[Any]) -> list[Any]:
    """Numbers before texts."""
    return sorted(values, key=lambda value: (isinstance(value, str), value))
