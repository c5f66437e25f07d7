"""Event logs in XES, the XML form of IEEE 1849: one row an event, its columns called as pm4py calls them.

An attribute of an event is a column of its own name (``concept:name``), one of its trace a column behind ``case:``
(``case:concept:name``). Attributes of attributes, lists, and what a log says of itself are left out. Document types are
refused, and with them entities that grow without end. What the columns mean does not belong here.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import pandas as pd

from cxlens.errors import FileError

CASE = "concept:name"
OF_CASE = "case:"
STANDARD = ("case:concept:name", "concept:name", "time:timestamp")  # columns that a log without events has, too
LARGEST = 2**63  # whole numbers of this size and more stay text
TRUE, FALSE = "true", "false"
NAMESPACE = " "  # what expat puts between the namespace of a tag and its name
Attributes = dict[str, Any]


def read_xes(path: Path, thing: str) -> pd.DataFrame:
    """The events of a log (.xes, .xes.gz), in the order of the file.

    Parameters
    ----------
    path
        The file.
    thing
        What messages call it: "event file".

    Returns
    -------
    DataFrame
        Texts, ids and dates as text (dates in ISO 8601 form), int and float as numbers, boolean as bool.

    Raises
    ------
    FileError
        When the file is no event log or is broken, has a document type, a trace has no name, or a value is not what its
        tag says.
    """
    log = _Log(f"{thing} '{path}'")
    is_packed = path.suffix.lower() == ".gz"
    try:
        with gzip.open(path) if is_packed else path.open("rb") as file:
            log.read(file)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise FileError(f"{log.name}, line {error.lineno}: {reason}. It is broken XML; export it again.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{log.name} cannot be read: {error}. Save it again, or unpack it first.") from error
    return log.frame()


class _Log:
    """What was read so far, column by column: filled up with None where an event or a trace says nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._of_events: dict[str, list[Any]] = {}
        self._of_traces: dict[str, list[Any]] = {}
        self._events = 0
        self._sizes: list[int] = []
        self._tags: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator=NAMESPACE)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type

    def read(self, file: Any) -> None:
        """Read a file to its end."""
        self._parser.ParseFile(file)

    def frame(self) -> pd.DataFrame:
        """All events, the attributes of their traces first."""
        traces, events = len(self._sizes), self._events
        columns: dict[str, Any] = {name: [] for name in STANDARD} if not events else {}
        for name, values in self._of_traces.items():
            columns[f"{OF_CASE}{name}"] = _column(values, traces).repeat(self._sizes)
        for name, values in self._of_events.items():
            columns[name] = _column(values, events)
        return pd.DataFrame(columns)

    def _start(self, tag: str, attributes: Attributes) -> None:
        """A tag begins: a trace, an event, or what is said of one."""
        tag = tag.rpartition(NAMESPACE)[2]
        self._tags.append(tag)
        if len(self._tags) == 1 and tag != "log":
            raise FileError(
                f"{self.name} is XML, but no event log: it begins with <{tag}>, not <log>. Export it as XES."
            )
        if self._tags == ["log", "trace"]:
            self._sizes.append(0)
        elif self._tags == ["log", "trace", "event"]:
            self._events += 1
            self._sizes[-1] += 1
        elif self._tags[:-1] == ["log", "trace"]:
            self._keep(self._of_traces, len(self._sizes), tag, attributes)
        elif self._tags[:-1] == ["log", "trace", "event"]:
            self._keep(self._of_events, self._events, tag, attributes)

    def _end(self, _: str) -> None:
        """A tag ends; a trace must have told its name by then."""
        if self._tags == ["log", "trace"]:
            place = len(self._sizes)
            if len(self._of_traces.get(CASE, [])) < place:
                raise FileError(
                    f"{self.name}, line {self._line}: trace {place:,} has no {CASE}, so that nobody knows whose events "
                    "these are. Give each trace one."
                )
        self._tags.pop()

    def _keep(self, columns: dict[str, list[Any]], place: int, tag: str, attributes: Attributes) -> None:
        """Write down what is said of the event or trace at a place, counted from 1; said twice, the last one counts."""
        if "key" not in attributes or "value" not in attributes:
            return
        column = columns.setdefault(attributes["key"], [])
        column.extend([None] * (place - len(column)))
        column[-1] = self._value(tag, attributes)

    def _value(self, tag: str, attributes: Attributes) -> Any:
        """A value as its tag says it is."""
        text = attributes["value"]
        try:
            if tag == "int":
                number = int(text)
                return number if abs(number) < LARGEST else text
            if tag == "float":
                return float(text)
        except ValueError:
            raise self._wrong(tag, attributes) from None
        if tag == "boolean":
            word = text.strip().lower()
            if word not in (TRUE, FALSE):
                raise self._wrong(tag, attributes)
            return word == TRUE
        return text

    def _wrong(self, tag: str, attributes: Attributes) -> FileError:
        """A value that is not what its tag says."""
        return FileError(
            f"{self.name}, line {self._line}: {attributes['key']} is {attributes['value']!r}, which is no {tag}. "
            "Correct it."
        )

    @property
    def _line(self) -> int:
        """The line that is being read."""
        return self._parser.CurrentLineNumber

    def _refuse_document_type(self, *_: Any) -> None:
        """Entities stand in document types, and may grow to any size; a log needs none."""
        raise FileError(
            f"{self.name}, line {self._line}: it has a document type (<!DOCTYPE>), which no event log needs and which "
            "may hide harm. Take it out if you know where the file comes from."
        )


def _column(values: list[Any], n: int) -> Any:
    """Values of n events or traces as an array that pandas keeps as what they are; texts stay objects."""
    filled = [*values, *[None] * (n - len(values))]
    kinds = {type(value) for value in filled}
    if kinds == {bool}:
        return np.array(filled, bool)
    if kinds <= {int, type(None)}:
        return np.array(filled, np.int64) if kinds == {int} else pd.array(filled, dtype="Int64")
    if kinds <= {float, type(None)}:
        return np.array(filled, np.float64)
    whole = np.empty(n, object)
    whole[:] = filled
    return whole
