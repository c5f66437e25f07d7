"""TOML with a place for every fault: each value knows the table, the key and the line where it stands.

msgspec builds the records; what a file may say is said by the annotations of their fields, which belong to the records.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec
from msgspec import inspect

from cxlens.errors import CxlensError, FileError, check_option, did_you_mean, listing
from cxlens.files.tables import read_text

_HEADER = re.compile(r"\[+([^\[\]]+)\]+\s*(?:#.*)?")
_KEY = re.compile(r"""(["']?)(.+?)\1\s*=""")
_WHERE = re.compile(r" - at `\$(.*)`$")  # how msgspec ends a message: the way from the value to the fault
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_EXPECTED = re.compile(r"Expected `(.+?)(?: \| null)?`")
WORDS = {  # kinds of values as msgspec calls them
    "str": "text",
    "bool": "true or false",
    "int": "a whole number",
    "int | float": "a number",
    "array": "a list",
    "Iterable": "a list",
    "object": "a table",
}
Number = int | float  # 5 stays 5, also where it is written again
_Path = tuple[str | int, ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file, and where it stands."""

    file: Path
    lines: Mapping[_Path, int]
    at: _Path
    value: Any

    def fail(self, text: str) -> FileError:
        """``study.toml: [survey] scale.low (line 12): text``."""
        if not self.at:
            return FileError(f"{self.file}: {text}")
        known = self.at
        while known and known not in self.lines:
            known = known[:-1]
        inner = ".".join(str(part + 1) if isinstance(part, int) else part for part in self.at[1:])
        label = f"[{self.at[0]}] {inner}".strip()
        return FileError(f"{self.file}: {label} (line {self.lines.get(known, 1)}): {text}")

    def unexpected(self, words: str) -> FileError:
        """What to say of a value that is of another kind than those in words."""
        found = {"dict": "a table", "list": "a list"}.get(type(self.value).__name__, repr(self.value))
        return self.fail(f"expected {words}, found {found}.")

    def build(self, kind: type[_T]) -> _T:
        """The value as what it describes: a record, with those inside it, or a plain kind such as ``str``.

        Raises
        ------
        FileError
            With the place: when a key is missing or unknown, a value is of another kind than its field, or a record
            refuses what it is given.
        """
        prepared = _prepared(self, inspect.type_info(kind))
        try:
            return msgspec.convert(prepared, kind)
        except msgspec.ValidationError as error:
            raise self._placed(error) from error

    def _placed(self, error: msgspec.ValidationError) -> FileError:
        """What msgspec refuses, in our words and with the place."""
        place = self
        where = _WHERE.search(str(error))
        for key, index in _STEP.findall(where[1] if where else ""):
            place = place.child(key or int(index))
        expected = _EXPECTED.match(str(error))
        if isinstance(error.__cause__, CxlensError) or not expected:
            return place.fail(str(error.__cause__ or error))
        return place.unexpected(WORDS.get(expected[1], expected[1]))

    def child(self, key: str | int) -> Node:
        """What stands under a key, or at a place in a list."""
        if isinstance(key, str) and key not in self.value:
            raise self.fail(f"key {key!r} is missing. Add it.")
        return Node(self.file, self.lines, (*self.at, key), self.value[key])

    def table(self) -> dict[str, Node]:
        """The values of a table by key."""
        return {key: self.child(key) for key in self.build(dict)}

    def list(self) -> list[Node]:
        """The values of a list."""
        return [self.child(k) for k in range(len(self.build(list)))]

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse a key that is not among those allowed."""
        allowed = tuple(allowed)
        for key, child in self.table().items():
            if key not in allowed:
                raise child.fail(f"unknown key.{did_you_mean(key, allowed)} Keys: {listing(allowed, 30)}.")


def read_nodes(path: Path) -> Node:
    """The whole of a TOML file."""
    return parse_nodes(path, read_text(path, "study.toml"))


def parse_nodes(path: Path, text: str) -> Node:
    """The whole of a TOML text that stands, or is to stand, in a file."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path} is not valid TOML: {error}.") from error
    return Node(path, _line_numbers(text), (), data)


def read_by(reader: Callable[[Node], Any]) -> msgspec.Meta:
    """For ``Annotated[kind, read_by(reader)]``: a field that a file says otherwise than its record holds it."""
    return msgspec.Meta(extra={"reader": reader})


def read_path(node: Node) -> Path:
    """A file that is there, looked for from the folder of the file that names it."""
    path = (node.file.parent / node.build(str)).resolve()
    if not path.exists():
        raise node.fail(f"the file {node.value!r} is not there. It is looked for from the folder of the study.")
    return path


def read_date(node: Node) -> str:
    """A date, or text that says when."""
    if type(node.value) not in (str, dt.date):
        raise node.unexpected("a date or text")
    return str(node.value)


def read_values(node: Node) -> Any:
    """A value or a tuple of values; NaN stands for an empty cell."""
    if isinstance(node.value, list):
        is_empty = [isinstance(item, float) and math.isnan(item) for item in node.value]
        return tuple(None if empty else item for empty, item in zip(is_empty, node.value, strict=True))
    return node.value


def read_texts(node: Node) -> dict[str, str]:
    """A table of texts under names of any kind."""
    return {name: child.build(str) for name, child in node.table().items()}


def read_columns(node: Node) -> dict[str, Any]:
    """For each name a column, or a table of dimension = column."""
    columns: dict[str, Any] = {}
    for name, column in node.table().items():
        has_dimensions = isinstance(column.value, dict)
        columns[name] = read_texts(column) if has_dimensions else column.build(str)
    return columns


def read_conditions(node: Node) -> dict[str, Any]:
    """What each column has to hold: a value, a list of values, or a range as a tuple."""
    return {column: _condition(child) for column, child in node.table().items()}


def key_of(field: Field[Any]) -> str:
    """The key under which a field of a record stands in a file."""
    key: str = field.metadata.get("key", field.name)
    return key


def _condition(node: Node) -> Any:
    """A range is a table of from and to, either of which may be left out."""
    if not isinstance(node.value, dict):
        return node.value
    node.only(("from", "to"))
    return node.value.get("from"), node.value.get("to")


def _prepared(node: Node, kind: inspect.Type) -> Any:
    """The value as msgspec can take it: what readers make of it is read, and keys are the names of fields."""
    match kind:
        case inspect.Metadata(extra={"reader": reader}):
            return reader(node)
        case inspect.UnionType(types=(some, inspect.NoneType())):
            return _prepared(node, some)
        case inspect.VarTupleType(item_type=item) if isinstance(node.value, list):
            return [_prepared(child, item) for child in node.list()]
        case inspect.DataclassType() if isinstance(node.value, dict):
            return _prepared_record(node, kind)
    return node.value


def _prepared_record(node: Node, kind: inspect.DataclassType) -> dict[str, Any]:
    """The table of a record, which msgspec alone would not ask for keys that it does not know."""
    keys = {field.name: key_of(field) for field in fields(kind.cls)}
    node.only(keys.values())
    hints = get_type_hints(kind.cls)
    prepared = {}
    for field in kind.fields:
        key = keys[field.name]
        if key not in node.value and not field.required:
            continue
        child = node.child(key)
        if isinstance(field.type, inspect.LiteralType):
            _check_word(child, key, hints[field.name])
        prepared[field.name] = _prepared(child, field.type)
    return prepared


def _check_word(node: Node, key: str, words: Any) -> None:
    """Refuse a word that is none of the options; msgspec would not say which there are."""
    try:
        check_option(key, node.value, words)
    except CxlensError as error:
        raise node.fail(str(error)) from error


def _line_numbers(text: str) -> dict[_Path, int]:
    """The line of each table and key, known by their look; a value inside another has no line of its own."""
    lines: dict[_Path, int] = {}
    counts: dict[_Path, int] = {}
    here: _Path = ()
    for number, row in enumerate(text.split("\n"), 1):
        row = row.strip()
        if header := _HEADER.fullmatch(row):
            names = tuple(part.strip(" \"'") for part in header[1].split("."))
            if row.startswith("[["):
                counts[names] = counts.get(names, -1) + 1
            here = ()
            for size, name in enumerate(names, 1):
                here = (*here, name, counts[names[:size]]) if names[:size] in counts else (*here, name)
            lines.setdefault(here, number)
            lines.setdefault(names, number)
        elif key := _KEY.match(row):
            lines.setdefault((*here, key[2]), number)
    return lines
