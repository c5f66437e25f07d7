"""Purchases: who bought on which day, and for how much.

Rows are read and checked here, once, whatever they come from. Sorting is done in :mod:`cxlens.engine.purchases`; who
has left and what a customer is worth is the question of the stages, and does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, InitVar, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.html import card
from cxlens.common.values import LEAST, count, few, number, plural
from cxlens.engine.entries import refuse_spans
from cxlens.engine.exact import check_digits
from cxlens.engine.labels import in_words
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.purchases import Bought, Columns, Counts, bought, can_stay_on_disk
from cxlens.engine.roles import check_jobs
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.files.answers import EMPTY_WORDS, read_table
from cxlens.files.cells import Column
from cxlens.files.money import amount_of, money_number
from cxlens.files.places import files_of, kind_of
from cxlens.study.dates import read_dates
from cxlens.study.identity import check_look_alikes, check_unknown, warn_of_one_for_many
from cxlens.study.journeys import JourneyLog
from cxlens.study.lifecycle import settle
from cxlens.study.segments import as_names
from cxlens.study.waves import check_times, two_readings

THING = "purchase file"
TAKEN = ("first", "last", "purchases", "spent")  # columns of the table of customers


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Purchases:
    """Who bought on which day, checked and sorted once.

    All rows of one customer on one day are one purchase, since a till may write a line for each article. Days are those
    of the times as they stand; with time zones, those of UTC.

    Parameters
    ----------
    rows
        One row a purchase, or an article of it: whatever :class:`cxlens.Survey` takes. Parquet files stay on disk.
    customer, time
        Columns that say who bought when. Ids are compared as text: "007" is not 7, and 17850.0 is "17850". Times are
        read as those of :class:`cxlens.JourneyLog`.
    value
        A column of plain numbers: what was paid. A row of 0 or less (a return, a gift) is no purchase: it is left out,
        and told with its sum, so that what was spent is before returns. Blank rows are left out, too. Without it every
        row is a purchase.
    unknown
        Customers that stand for nobody, such as ``["NA", 0]``. Their rows, and rows with an empty id, are left out, and
        told: many purchases of nobody in particular would read as one customer who never leaves.
    segments
        Columns that describe the customer: what the first purchase says counts.

    Attributes
    ----------
    bought : Bought
        The sorted days, customers as numbers.
    counts : Counts
        How many rows were read and left out; the first and the last day of all rows.

    Raises
    ------
    ColumnError, OptionError, ValuesError, FileError
        When a column is missing, entries are not what their column should hold, no purchase is left, or the file
        cannot be read.

    Warns
    -----
    UserWarning
        When one customer has far more rows than the next, or ids look alike; not of Parquet files that stay on disk.

    Examples
    --------
    >>> import pandas as pd
    >>> till = pd.DataFrame({"who": ["1", "2", "3", "4", "5", "007"] * 2, "when": "2024-01-03", "paid": [5, 2.5] * 6})
    >>> Purchases(till, customer="who", time="when", value="paid", unknown=["007"])  # doctest: +NORMALIZE_WHITESPACE
    5 customers bought on 5 days in all, 2024-01-03 to 2024-01-03, for 40.00. Left out of 12 rows: fewer than 5 of
    unknown customers.
    """

    rows: InitVar[Any]
    _: KW_ONLY
    customer: str
    time: str
    value: str | None = None
    unknown: Sequence[Any] = ()
    segments: Sequence[str] = ()
    bought: Bought = field(init=False)
    counts: Counts = field(init=False)

    def __post_init__(self, rows: Any) -> None:
        settle(self, {"segments": as_names(self.segments), "unknown": check_unknown(self.unknown)})
        for column in self.segments:
            if column in TAKEN:
                raise OptionError(
                    f"segment column {column!r} has the name of a column of the table of customers. "
                    f"Rename it; taken are: {listing(TAKEN)}."
                )
        columns = Columns(self.customer, self.time, self.value, tuple(self.segments), tuple(self.unknown))
        counts, listed = bought(_data(rows, columns), columns)
        settle(self, {"bought": listed, "counts": counts})
        if not len(listed.day):
            raise ValuesError(f"no purchase is left. {self.left_out} Check customer=, value= and unknown=.")

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.bought.segments)

    @property
    def table(self) -> pd.DataFrame:
        """One row a customer, in no order that tells who: ``first`` and ``last`` day, ``purchases`` (days), ``spent``.

        The segment columns follow. ``spent`` is 0 without ``value``.
        """
        customer, day, spent, segments = self.bought
        starts = np.flatnonzero(np.diff(customer, prepend=-1))
        ends = np.append(starts[1:], len(day))
        figures = {
            "first": day[starts].astype("M8[D]").astype("M8[s]"),
            "last": day[ends - 1].astype("M8[D]").astype("M8[s]"),
            "purchases": ends - starts,
            "spent": np.add.reduceat(spent, starts),
        }
        return pd.concat([pd.DataFrame(figures), segments], axis=1)

    @property
    def span(self) -> tuple[np.datetime64, np.datetime64]:
        """The first and the last day of the record, rows of nobody and returns included."""
        first, last = np.array([self.counts.first, self.counts.last]).astype("M8[D]")
        return first, last

    @property
    def left_out(self) -> str:
        """What was left out and why, in words; "" where nothing was."""
        _, of_nobody, blank, not_positive, taken_back, *_ = self.counts
        sum_of_these = f" ({number(taken_back)})" if not_positive >= LEAST else ""
        told = {
            "of unknown customers": of_nobody,
            f"without a number in {self.value!r}": blank,
            f"of 0 or less{sum_of_these}": not_positive,
        }
        words = [f"{few(n)} {why}" for why, n in told.items() if n]
        if not words:
            return ""
        return f"Left out of {plural(self.counts.rows, 'row')}: {'; '.join(words)}."

    def __repr__(self) -> str:
        first, last = self.span
        if self.n < LEAST:
            return f"Fewer than {LEAST} customers bought, {first} to {last}. {self.left_out}".strip()
        spent = f", for {number(float(self.bought.spent.sum()))}" if self.value else ""
        days = count(len(self.bought.day))
        text = f"{count(self.n)} customers bought on {days} days in all, {first} to {last}{spent}."
        return f"{text} {self.left_out}".strip()

    def _repr_html_(self) -> str:
        return card(str(self), pd.DataFrame(self.counts._asdict(), index=[0]).iloc[:, :1])


def as_purchases(data: Any, verb: str, columns: Columns) -> Purchases:
    """Purchases of a path, a frame or a :class:`cxlens.JourneyLog`; those that are some already stay.

    Parameters
    ----------
    data
        What the verb was given.
    verb
        What messages call it.
    columns
        As the verb was given them; "" or None where one is not named.

    Raises
    ------
    OptionError
        When columns of a table are not named, or are named for what knows its own.
    """
    if isinstance(data, (Purchases, JourneyLog)):
        given = [f"{name}=" for name, column in columns._asdict().items() if column]
        if given:
            raise OptionError(f"{verb}: a {type(data).__name__} knows its columns. Leave out {listing(given)}.")
        return data if isinstance(data, Purchases) else _of_log(data, verb)
    missing = [f"{name}=" for name in ("customer", "time") if not getattr(columns, name)]
    if missing:
        raise OptionError(
            f"{verb} needs to know who bought when. Name the columns: {listing(missing)} "
            "(and value=, a column of what was paid)."
        )
    return Purchases(data, **columns._asdict())


def _of_log(log: JourneyLog, verb: str) -> Purchases:
    """The events of a log that have a value; without values those that end an episode with the outcome."""
    table = log.table
    if "time" not in table or table["time"].isna().all():
        raise OptionError(
            f"{verb} needs the times of purchases, which this log does not keep. "
            "Give the events themselves: a path or a frame, with customer= and time=."
        )
    if log.value:
        events = table[table["value"].notna()]
        return Purchases(events, customer="customer", time="time", value="value", segments=log.segments)
    if not log.outcome:
        raise OptionError(
            f"{verb}: nothing in this log says which events are purchases. "
            "Name a column: JourneyLog(..., value=) or JourneyLog(..., outcome=)."
        )
    whose = ["customer", "episode"] if "episode" in table else ["customer"]
    converted = table[table["outcome"].astype(bool)]
    ends = converted.groupby(whose, sort=False).tail(1)
    return Purchases(ends, customer="customer", time="time", segments=log.segments)


def _data(rows: Any, columns: Columns) -> pd.DataFrame | ParquetFiles:
    """Files that stay on disk, or a frame with ids as text, times and numbers."""
    if isinstance(rows, (str, Path)):
        paths = files_of(rows, THING)
        if kind_of(paths, THING) == "parquet":
            files = ParquetFiles.at(paths, THING)
            if can_stay_on_disk(files, columns):
                return files
    return _checked(read_table(rows, _wanted(columns), THING).frame, columns)


def _wanted(columns: Columns) -> dict[str, Column]:
    """What each column of a file of text is wanted as; "NA" is an id, only an empty cell is none."""
    wanted = {columns.customer: Column("text", ("",)), columns.time: Column("text", EMPTY_WORDS)}
    if columns.value:
        wanted[columns.value] = Column("number", EMPTY_WORDS)
    for name in columns.segments:
        wanted.setdefault(name, Column("label"))
    return wanted


def _checked(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The columns asked for, each as what it should hold."""
    roles = [("customer", columns.customer), ("time", columns.time)]
    if columns.value:
        roles.append(("value", columns.value))
    roles += [("segment", name) for name in columns.segments]
    check_jobs(roles, list(frame.columns))
    if not len(frame):
        raise ValuesError("the purchases have no rows. Check the filter or the file they come from.")
    frame = frame.reset_index(drop=True)
    checked = {
        columns.customer: _ids(frame[columns.customer], columns.unknown),
        columns.time: _moments(frame[columns.time]),
    }
    if columns.value:
        checked[columns.value] = _amounts(frame[columns.value])
    for name in columns.segments:
        checked[name] = _labels(frame[name])
    return pd.DataFrame(checked)


def _ids(values: pd.Series[Any], unknown: Sequence[str]) -> pd.Series[Any]:
    """Ids as text, None where there is none; told is one that has far more rows than the next."""
    column = str(values.name)
    check_digits("customer", column, values)
    check_look_alikes("customer", column, values.dropna().unique(), is_id=True)
    words = _words(values)
    rows = words[~words.isin(unknown)].value_counts()
    largest = [(str(name), int(n)) for name, n in rows.head(2).items()]
    warn_of_one_for_many("customer", column, largest, len(rows))
    return words


def _labels(values: pd.Series[Any]) -> pd.Series[Any]:
    """Labels as text, None where there is none."""
    check_look_alikes("segment", str(values.name), values.dropna().unique())
    return _words(values)


def _words(values: pd.Series[Any]) -> pd.Series[Any]:
    """Entries as text, None where there is none."""
    words = pd.Series(in_words(values), dtype=object)
    return words.mask(values.isna().to_numpy(bool), None)


def _moments(values: pd.Series[Any]) -> pd.Series[Any]:
    """Times without a zone; those with one in UTC."""
    column = str(values.name)
    check_times(values, column)
    if pd.api.types.is_datetime64_any_dtype(values):
        times = pd.to_datetime(values, utc=True)
    elif pd.api.types.is_numeric_dtype(values):  # pandas would read 20260105 as nanoseconds since 1970
        times = pd.Series(pd.NaT, values.index, dtype="datetime64[us, UTC]")
    else:
        times = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)
        if times.isna().all():
            times = _as_people_write(values)
    _refuse(values, times.isna(), "time", "date", "Write dates as 2024-05-31; correct these rows, or drop them.")
    return times.dt.tz_localize(None).astype("datetime64[us]")


def _as_people_write(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts such as "26/03/2026 13:00" as times; refused where nothing tells the day from the month."""
    words = list(dict.fromkeys(entry for entry in values if isinstance(entry, str)))
    dates = read_dates(words) if words else None
    if dates is None or dates.grain != "day":
        return pd.Series(pd.NaT, values.index, dtype="datetime64[us, UTC]")
    if dates.others is not None:
        raise two_readings(words, dates, repr(values.name))
    by_word = dict(zip(words, dates.moments, strict=True))
    return pd.to_datetime(values.map(by_word), utc=True)


def _amounts(values: pd.Series[Any]) -> pd.Series[Any]:
    """What was paid, NaN where that is blank; text is refused, since it may hold any currency."""
    column = str(values.name)
    refuse_spans(values, "value", column)
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = values.notna() & ~np.isfinite(numbers)
    _refuse(values, wrong, "value", "plain number", _advice(values[wrong]))
    return numbers


def _advice(wrong: pd.Series[Any]) -> str:
    """How to write the first of some amounts that can be read."""
    for entry in wrong:
        with suppress(ValuesError):
            amount = amount_of(entry)
            plain = money_number("value", amount, amount.currency)
            if np.isfinite(plain):
                return f"Write {plain:.2f} for {entry!r}, all in one currency."
    return "Correct them, or leave the cells empty."


def _refuse(values: pd.Series[Any], wrong: pd.Series[bool], role: str, expected: str, advice: str) -> None:
    """Refuse a column for the entries that a mask marks."""
    places = np.flatnonzero(wrong)
    if not len(places):
        return
    entries = [f"row {place + 1:,} ({_shown(values.iloc[place])})" for place in places[:5]]
    more = f" and {len(places) - 5:,} more" if len(places) > 5 else ""
    raise ValuesError(
        f"{role} column {values.name!r} has no {expected} in {len(places):,} of {plural(len(values), 'row')}: "
        f"{', '.join(entries)}{more}. Rows are counted from 1, a header aside. {advice}"
    )


def _shown(entry: Any) -> str:
    """An entry in a message."""
    if pd.isna(entry):
        return "empty"
    return repr(entry) if isinstance(entry, str) else str(entry)
