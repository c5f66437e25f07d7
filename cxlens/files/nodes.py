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
        known = self.at
        while known and known not in self.lines:
            known = known[:-1]
        inner = ".".join(str(part + 1) if isinstance(part, int) else part for part in self.at[1:])
        label = f"[{self.at[0]}] {inner}".strip()
        return FileError(f"{self.file}: {label} (line {self.lines.get(known, 1)}): {text}")

    def expect(self, words: str, *kinds: type) -> Any:
        """The value, when it is of one of those kinds."""
        if type(self.value) not in kinds:
            what = {"dict": "a table", "list": "a list"}.get(type(self.value).__name__, repr(self.value))
            raise self.fail(f"expected {words}, found {what}.")
        return self.value

    def child(self, key: str | int) -> Node:
        """What stands under a key, or at a place in a list."""
        if isinstance(key, str) and key not in self.value:
            raise self.fail(f"key {key!r} is missing. Add it.")
        return Node(self.file, self.lines, (*self.at, key), self.value[key])

    def table(self) -> dict[str, Node]:
        """The values of a table by key."""
        return {key: self.child(key) for key in self.expect("a table", dict)}

    def list(self) -> list[Node]:
        """The values of a list."""
        return [self.child(k) for k in range(len(self.expect("a list", list)))]

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse a key that is not among those allowed."""
        allowed = tuple(allowed)
        for key, child in self.table().items():
            if key not in allowed:
                raise child.fail(f"unknown key.{did_you_mean(key, allowed)} Keys: {listing(allowed, 30)}.")


def read_nodes(path: Path) -> Node:
    """The whole of a TOML file."""
    text = read_text(path, "study.toml")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path} is not valid TOML: {error}.") from error
    return Node(path, _line_numbers(text), (), data)


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
