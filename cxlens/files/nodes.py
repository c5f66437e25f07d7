"""TOML with a place for every fault: each value knows the table, the key and the line where it stands.

msgspec builds the records; what a file may say is said by the annotations of their fields, which belong to the records.
"""

from __future__ import annotations

import datetime as dt
import glob
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import inspect

from cxlens.errors import CxlensError, FileError, check_option, did_you_mean, listing
from cxlens.files.places import is_pattern
from cxlens.files.tables import read_text
from cxlens.files.toml_faults import advice, found, syntax_fault
from cxlens.files.toml_words import in_toml

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
UNANSWERED = "answer the question above"  # what a proposal says where only the owner of the answers can tell
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
        """``study.toml: [survey] scale.low (line 12): text``, with lines of Python as lines of TOML."""
        text = in_toml(text)
        if not self.at:
            return FileError(f"{self.file}: {text}")
        table, *inner = self.at
        steps = [str(step + 1) if isinstance(step, int) else step for step in inner]
        label = f"[{table}] {'.'.join(steps)}".strip()
        return FileError(f"{self.file}: {label} (line {self._line()}): {text}")

    def _line(self) -> int:
        """The line of the value, or of the nearest around it that has one."""
        known = self.at
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)

    def unexpected(self, words: str) -> FileError:
        """What to say of a value that is of another kind than those in words."""
        key = str(self.at[-1]) if self.at else ""
        more = advice(key, self.value, words, is_head=len(self.at) == 1)
        return self.fail(f"expected {words}, found {found(self.value)}.{more}")

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
        text = str(error)
        place = self
        where = _WHERE.search(text)
        if where:
            for key, index in _STEP.findall(where[1]):
                place = place.child(key or int(index))
        refusal = error.__cause__
        if refusal is not None:
            return place.fail(str(refusal))
        expected = _EXPECTED.match(text)
        if expected is None:
            return place.fail(text)
        kind = expected[1]
        return place.unexpected(WORDS.get(kind, kind))

    def child(self, key: str | int) -> Node:
        """What stands under a key, or at a place in a list."""
        if isinstance(key, str) and key not in self.value:
            raise self.fail(f"key {key!r} is missing. Add it.")
        at = (*self.at, key)
        return Node(self.file, self.lines, at, self.value[key])

    def table(self) -> dict[str, Node]:
        """The values of a table by key."""
        return {key: self.child(key) for key in self.build(dict)}

    def list(self) -> list[Node]:
        """The values of a list."""
        length = len(self.build(list))
        return [self.child(k) for k in range(length)]

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse a key that is not among those allowed."""
        allowed = tuple(allowed)
        for key, child in self.table().items():
            if key in allowed:
                continue
            hint = did_you_mean(key, allowed)
            keys = listing(allowed, 30)
            raise child.fail(f"unknown key.{hint} Keys: {keys}.")


def read_nodes(path: Path) -> Node:
    """The whole of a TOML file."""
    return parse_nodes(path, read_text(path, "study.toml"))


def parse_nodes(path: Path, text: str) -> Node:
    """The whole of a TOML text that stands, or is to stand, in a file."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path} is not valid TOML: {syntax_fault(str(error), text)}") from error
    except ValueError as error:  # Python reads no number of more than 4,300 digits
        raise FileError(f"{path} is not valid TOML: a whole number has thousands of digits.") from error
    except RecursionError as error:
        raise FileError(f"{path} is not valid TOML: its brackets are nested hundreds deep.") from error
    return Node(path, _line_numbers(text), (), data)


def read_by(reader: Callable[[Node], Any]) -> msgspec.Meta:
    """For ``Annotated[kind, read_by(reader)]``: a field that a file says otherwise than its record holds it."""
    return msgspec.Meta(extra={"reader": reader})


def read_path(node: Node) -> Path:
    """A file that is there, looked for from the folder of the file that names it."""
    name = node.build(str)
    try:
        path = (node.file.parent / name).resolve()
        is_there = path.exists()
    except (OSError, ValueError) as error:  # a name that is too long, or holds a NUL sign
        raise node.fail(f"{name[:60]!r} is no name of a file. Give the path from the folder of the study.") from error
    if not is_there:
        raise node.fail(f"the file {name!r} is not there. It is looked for from the folder of the study.")
    return path


def read_files(node: Node) -> Any:
    """A file, a pattern of files, a list of files, or the file of each wave: ``{"2024" = "a.csv", "2025" = "b.csv"}``.

    What a pattern fits is looked for when the answers are read, so that a file that is added is seen.
    """
    if isinstance(node.value, str) and is_pattern(node.file.parent / node.value):
        folder = glob.escape(str(node.file.parent.resolve()))
        return Path(folder, node.value)
    if isinstance(node.value, list):
        return tuple(read_path(child) for child in node.list())
    if isinstance(node.value, dict):
        return {wave: read_path(child) for wave, child in node.table().items()}
    return read_path(node)


def read_date(node: Node) -> str:
    """A date, or text that says when."""
    value = node.value
    if type(value) not in (str, dt.date):
        raise node.unexpected("a date or text")
    return str(value)


def read_values(node: Node) -> Any:
    """A value or a tuple of values; NaN stands for an empty cell."""
    if not isinstance(node.value, list):
        return node.value
    values = []
    for value in node.value:
        is_empty = isinstance(value, float) and math.isnan(value)
        values.append(None if is_empty else value)
    return tuple(values)


def read_texts(node: Node) -> dict[str, str]:
    """A table of texts under names of any kind."""
    return {name: child.build(str) for name, child in node.table().items()}


def read_columns(node: Node) -> dict[str, Any]:
    """For each name a column, or a table of dimension = column; a list of columns names each by its column."""
    if isinstance(node.value, list):
        return {child.build(str): child.value for child in node.list()}
    columns: dict[str, Any] = {}
    for name, column in node.table().items():
        has_dimensions = isinstance(column.value, dict)
        columns[name] = read_texts(column) if has_dimensions else column.build(str)
    return columns


def read_by_column(node: Node) -> dict[str, Any]:
    """For each column a value, or a table of them."""
    return {name: child.value for name, child in node.table().items()}


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
    low = node.value.get("from")
    high = node.value.get("to")
    return low, high


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
    hints = get_type_hints(kind.cls, include_extras=True)
    prepared = {}
    for field in kind.fields:
        key = keys[field.name]
        if key not in node.value and not field.required:
            continue
        child = node.child(key)
        if child.value == UNANSWERED:
            raise child.fail("the question above this line is not answered yet. An answer to copy stands there, too.")
        hint = hints[field.name]
        words = _words_of(field.type, hint, child.value)
        if words is not None:
            _check_word(child, key, words)
        if key == field.name:
            prepared[field.name] = _prepared(child, field.type)
        else:
            prepared[field.name] = child.build(hint)  # msgspec would tell a fault by the name of the field
    return prepared


def _words_of(kind: inspect.Type, hint: Any, value: Any) -> Any:
    """The ``Literal`` that a value has to be of; where ``""`` or nothing will do, too, the one that names its words."""
    match kind:
        case inspect.LiteralType():
            return hint
        case inspect.UnionType(types=(inspect.LiteralType(), inspect.LiteralType())) if value != "":
            return get_args(hint)[0]
        case inspect.UnionType(types=(inspect.LiteralType(), inspect.NoneType())):
            return get_args(hint)[0]
    return None


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
        header = _HEADER.fullmatch(row)
        if header:
            names = tuple(name.strip(" \"'") for name in header[1].split("."))
            if row.startswith("[["):
                counts[names] = counts.get(names, -1) + 1
            here = _with_counts(names, counts)
            lines.setdefault(here, number)
            lines.setdefault(names, number)
            continue
        key = _KEY.match(row)
        if key:
            lines.setdefault((*here, key[2]), number)
    return lines


def _with_counts(names: tuple[str, ...], counts: Mapping[_Path, int]) -> _Path:
    """The names of a header as a path: behind the name of a list, the place in it."""
    path: _Path = ()
    for size, name in enumerate(names, 1):
        path = (*path, name)
        list_name = names[:size]
        if list_name in counts:
            path = (*path, counts[list_name])
    return path
