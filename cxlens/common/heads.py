"""Tables for readers of workbooks: what the head of a column says, and how its values are shown.

The heads stand in ``heads.toml``. Which tables a result has is its own business, how a workbook is written that of
:mod:`cxlens.files.workbook`.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cxlens.files.workbook import Column

TEXT, WAVE, COUNT, SHARE, FIGURE = "text", "wave", "count", "share", "figure"
NUMBER, RATING, OUTCOME, MONEY = "number", "rating", "outcome", "money"
TIMES_100 = ("hundred", "points")  # of a proportion, what readers see is 100 times it
MEASURES = (RATING, FIGURE, NUMBER, OUTCOME, MONEY, SHARE, "points")  # what an interval can be of
FORMATS = {  # of Excel
    COUNT: "#,##0",
    SHARE: "0.0%",
    "hundred": '[>99]"over 99";[<1]"under 1";0',
    "points": "0.0",
    "chance": '[<0.001]"under 0.001";0.000',
}
WHOLE, TWO, PLAIN = "#,##0", "#,##0.00", "0"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LARGE = 1000  # figures from which on decimals are not shown
ENDS = {"low": ", low", "high": ", high"}
SHARES = ("share", "top box", "top_box")  # measures and units that are proportions


class Units(NamedTuple):
    """What the heads of a result speak of.

    ``unit`` of changes of the outcome, ``effort`` the unit of work, ``currency`` of costs, and what ``figures`` without
    a column of their measure are, such as "share".
    """

    unit: str = "points of the outcome"
    effort: str = "as listed"
    currency: str = "currency not stated"
    figures: str = ""


GENERAL = Units()


class Entry(NamedTuple):
    """What is known of a column: its head, and the form of its values."""

    head: str
    form: str


def columns_of(frame: pd.DataFrame, units: Units = GENERAL, table: str = "") -> list[Column]:
    """A table as columns of a sheet: heads in words, numbers as they are shown.

    Parameters
    ----------
    frame
        The table; its index is left out.
    units
        What heads speak of.
    table
        Its name in ``tables`` of its result, for heads of its own.
    """
    columns = []
    names = [str(name) for name in frame.columns]
    for place in range(len(names)):
        entry = _entry(names, place, table, units)
        values = list(frame.iloc[:, place].astype(object))
        if entry.form in TIMES_100:
            values = [value if pd.isna(value) else 100 * value for value in values]
        if entry.form == WAVE:
            values = list(map(_day_if_one, values))
        columns.append(Column(entry.head, values, _formats(entry.form, values, frame, units)))
    return columns


def is_known(name: str) -> bool:
    """Whether a column has a head of its own, or is the end of an interval of one that has."""
    base, _, end = name.rpartition("_")
    return name in _heads() or (end in ENDS and base in _heads()) or name.isdigit()


def _entry(names: Sequence[str], place: int, table: str, units: Units) -> Entry:
    """What is known of a column of a table; one of which nothing is known is named by the data."""
    name = names[place]
    entry = _known(names, place, {**_heads(), **_heads_of(table)})
    if entry is None:
        return Entry(name, FIGURE)
    return entry._replace(head=entry.head.format(**units._asdict()))


def _known(names: Sequence[str], place: int, known: Mapping[str, Entry]) -> Entry | None:
    """What is known of a column; ends of an interval are shown as what it is of."""
    name = names[place]
    if name in ENDS:
        before = [known[other].form for other in names[:place] if other in known and other not in ENDS]
        forms = [form for form in before if form in MEASURES]
        return Entry(known[name].head, forms[-1] if forms else NUMBER)
    if name in known:
        return known[name]
    base, _, end = name.rpartition("_")
    if end in ENDS and base in known:
        return Entry(known[base].head + ENDS[end], known[base].form)
    return None


@cache
def _read() -> Mapping[str, Any]:
    """The heads as they are written down."""
    text = Path(__file__).with_name("heads.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _heads() -> dict[str, Entry]:
    """What is known of columns of any table."""
    heads = {}
    for form, group in _read().items():
        if form != "of":
            heads.update({name: Entry(head, form) for name, head in group.items()})
    return heads


def _heads_of(table: str) -> dict[str, Entry]:
    """What is known of the columns of one table."""
    return {name: Entry(head, _heads()[name].form) for name, head in _read()["of"].get(table, {}).items()}


def _formats(form: str, values: Sequence[Any], frame: pd.DataFrame, units: Units) -> list[str]:
    """How Excel shows each value of a column."""
    if form in FORMATS:
        return [FORMATS[form]] * len(values)
    general = _general(form, values)
    if form != FIGURE:
        return [general] * len(values)
    kinds = _kinds(frame, units)
    return [FORMATS[SHARE] if kind in SHARES else general for kind in kinds]


def _kinds(frame: pd.DataFrame, units: Units) -> list[str]:
    """What the figures of each row are, where a table tells."""
    for name in ("measure", "unit", "metric"):
        if name in frame and frame[name].isin(SHARES).any():
            return [str(kind) for kind in frame[name]]
    return [units.figures] * len(frame)


def _general(form: str, values: Sequence[Any]) -> str:
    """How Excel shows numbers of a column, by their size."""
    numbers = [float(value) for value in values if isinstance(value, (int, float)) and not pd.isna(value)]
    is_whole = all(value.is_integer() for value in numbers)
    largest = max(map(abs, numbers), default=0)
    if form == WAVE:
        return PLAIN if is_whole else TWO
    if form == RATING and largest < LARGE:
        return TWO
    return WHOLE if is_whole or largest >= LARGE else TWO


def _day_if_one(value: Any) -> Any:
    """A day that is written as a text, such as 2026-12-31, as a day."""
    if isinstance(value, str) and DAY.fullmatch(value):
        with suppress(ValueError):
            return dt.date.fromisoformat(value)
    return value
