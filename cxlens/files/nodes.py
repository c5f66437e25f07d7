"""TOML with a place for every fault: each value knows the table, the key and the line where it stands.

What a file may say belongs to those who read it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlens.errors import FileError, did_you_mean, listing
from cxlens.files.tables import read_text

_HEADER = re.compile(r"\[+([^\[\]]+)\]+\s*(?:#.*)?")
_KEY = re.compile(r"""(["']?)(.+?)\1\s*=""")
_Path = tuple[str | int, ...]


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
        table, *keys = self.at
        inner = ".".join(map(_as_written, keys))
        label = f"[{table}] {inner}".strip()
        return FileError(f"{self.file}: {label} (line {self._line()}): {text}")

    def _line(self) -> int:
        """The line of the value, or of the nearest value around it that has one."""
        around = self.at
        while around and around not in self.lines:
            around = around[:-1]
        return self.lines.get(around, 1)

    def expect(self, words: str, *kinds: type) -> Any:
        """The value, when it is of one of those kinds."""
        kind = type(self.value)
        if kind not in kinds:
            names = {"dict": "a table", "list": "a list"}
            what = names.get(kind.__name__, repr(self.value))
            raise self.fail(f"expected {words}, found {what}.")
        return self.value

    def child(self, key: str | int) -> Node:
        """What stands under a key, or at a place in a list."""
        if isinstance(key, str) and key not in self.value:
            raise self.fail(f"key {key!r} is missing. Add it.")
        return Node(
            file=self.file,
            lines=self.lines,
            at=(*self.at, key),
            value=self.value[key],
        )

    def table(self) -> dict[str, Node]:
        """The values of a table by key."""
        keys = self.expect("a table", dict)
        return {key: self.child(key) for key in keys}

    def list(self) -> list[Node]:
        """The values of a list."""
        values = self.expect("a list", list)
        return [self.child(place) for place in range(len(values))]

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse a key that is not among those allowed."""
        allowed = tuple(allowed)
        for key, child in self.table().items():
            if key not in allowed:
                meant = did_you_mean(key, allowed)
                raise child.fail(f"unknown key.{meant} Keys: {listing(allowed, 30)}.")


def _as_written(key: str | int) -> str:
    """A key, or a place in a list counted from 1."""
    return str(key + 1) if isinstance(key, int) else key


def read_nodes(path: Path) -> Node:
    """The whole of a TOML file."""
    text = read_text(path, "study.toml")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path} is not valid TOML: {error}.") from error
    return Node(
        file=path,
        lines=_line_numbers(text),
        at=(),
        value=data,
    )


def _line_numbers(text: str) -> dict[_Path, int]:
    """The line of each table and key, known by their look; a value inside another has no line of its own."""
    lines: dict[_Path, int] = {}
    lists: dict[_Path, int] = {}
    table: _Path = ()
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        header = _HEADER.fullmatch(line)
        key = _KEY.match(line)
        if header:
            names = tuple(part.strip(" \"'") for part in header[1].split("."))
            if line.startswith("[["):
                lists[names] = lists.get(names, -1) + 1
            table = _place_of(names, lists)
            lines.setdefault(table, number)
            lines.setdefault(names, number)
        elif key:
            lines.setdefault((*table, key[2]), number)
    return lines


def _place_of(names: tuple[str, ...], lists: Mapping[_Path, int]) -> _Path:
    """Where the table of a header stands: after the name of a list of tables comes the place of the last one so far."""
    place: _Path = ()
    for size, name in enumerate(names, 1):
        place = (*place, name)
        if names[:size] in lists:
            place = (*place, lists[names[:size]])
    return place
