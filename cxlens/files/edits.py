"""TOML as people keep it: a text changes only where what it says changes; comments, blank lines and order stay.

What a table means does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, Comment, InlineTable, Item, Null, Table, Whitespace

BLOCKS = 2  # so deep a table has a header of its own; deeper ones stand between braces
WIDE = 100  # characters: a longer list has a line for each entry
Tables = dict[str, Any]
_Body = list[tuple[Any, Item]]  # what stands in a table: keys with their values, and comments and blanks without a key


class Ordered(dict[str, Any]):
    """A table whose keys are names in an order that counts."""

    __hash__ = None  # as of every dict

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict):
            return False
        return list(self.items()) == list(other.items())

    def __ne__(self, other: object) -> bool:
        return not self == other


@dataclass(frozen=True, slots=True)
class _Line:
    """A place in the body of a table."""

    body: _Body
    place: int

    @property
    def entry(self) -> Item:
        """What stands there."""
        _, entry = self.body[self.place]
        return entry

    def cut(self) -> str:
        """Take out what stands there, as text."""
        text = self.entry.as_string()
        self.body[self.place] = (None, Null())
        return text


def fresh(tables: Tables) -> str:
    """Tables as the text of a new file."""
    document = tomlkit.document()
    _change(document, {}, tables, 1)
    text = tomlkit.dumps(document)
    return text.lstrip("\n")


def edited(text: str, old: Tables, new: Tables) -> str:
    """The text of a file that said `old`, changed to say `new`; a comment right above a header goes with its table."""
    newline = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n").removesuffix("\n") + "\n"
    document = tomlkit.parse(text)
    comments = _cut_comments(document.body)
    _change(document, old, new, 1)
    # Only now: tomlkit would take blanks in a comment for the indent of keys that are added.
    for table, comment in comments:
        table.trivia.indent = comment + table.trivia.indent
    text = tomlkit.dumps(document)
    return text.replace("\n", newline)


def _cut_comments(body: _Body) -> list[tuple[Table, str]]:
    """Take out, for each table, the comment and the blank lines right above its header.

    tomlkit has them at the end of the table above, with which they would go.
    """
    comments = []
    above: list[_Line] = []
    for line in list(_lines(body)):
        if isinstance(line, _Line):
            above.append(line)
            continue
        comments.append((line, _cut_end(above)))
        above = []
    return comments


def _lines(body: _Body) -> Iterator[Table | _Line]:
    """All that has a line of its own, in order: tables by their header, and places of keys, comments and blanks."""
    for place, (_, entry) in enumerate(body):
        if isinstance(entry, AoT):
            for table in entry.body:
                yield table
                yield from _lines(table.value.body)
        elif isinstance(entry, Table):
            if not entry.is_super_table():
                yield entry
            yield from _lines(entry.value.body)
        else:
            yield _Line(body, place)


def _cut_end(lines: list[_Line]) -> str:
    """Take out the comment at the end of lines, with the blank lines before it."""
    text = ""
    for kind in (Comment, Whitespace):
        while lines and isinstance(lines[-1].entry, kind):
            line = lines.pop()
            text = line.cut() + text
    return text


def _change(table: MutableMapping[str, Any], old: Tables, new: Tables, depth: int) -> None:
    """Change a table that said `old` to say `new`; `depth` is that of its entries."""
    for key in old:
        if key not in new and key in table:
            del table[key]
    plain_first = sorted(new, key=lambda key: _has_header(new[key], depth))
    for key in plain_first:
        is_same = key in old and old[key] == new[key]
        if not is_same:
            _change_entry(table, key, old.get(key), new[key], depth)
    if isinstance(new, Ordered):
        _put_in_order(table, list(new))


def _has_header(value: Any, depth: int) -> bool:
    """Whether a value stands in a new file as a table, or tables, with headers."""
    if depth > BLOCKS:
        return False
    return isinstance(value, dict) or _are_tables(value)


def _are_tables(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(entry, dict) for entry in value)


def _change_entry(
    table: MutableMapping[str, Any],
    key: str,
    old: Any,
    new: Any,
    depth: int,
) -> None:
    """Change what stands under a key, or put it there."""
    current = table.get(key)
    if isinstance(current, MutableMapping) and isinstance(new, dict):
        said = old if isinstance(old, dict) else dict(current)
        _change(current, said, new, depth + 1)
        return
    if isinstance(current, AoT) and isinstance(old, list) and _are_tables(new):
        _change_tables(current, old, new, depth)
        return
    if isinstance(current, Array) and isinstance(new, list) and _stands_as(current, old):
        _change_array(current, old, new, depth)
        return
    if _has_header(new, depth):
        table.pop(key, None)  # a table cannot stand among the plain keys where the old value was
    table[key] = _item(new, depth)


def _put_in_order(table: MutableMapping[str, Any], names: list[str]) -> None:
    """Put the entries of a table in the order of names."""
    if list(table) == names:
        return
    entries = {name: table[name] for name in names}
    for name, entry in entries.items():
        del table[name]
        table[name] = entry


def _change_tables(current: AoT, old: list[Tables], new: list[Tables], depth: int) -> None:
    """Change a list of tables, each with a header; a table of the same name is changed, not replaced."""
    standing = list(current.body)
    places = _origins(current.unwrap(), old)
    tables = []
    for entry, origin in zip(new, _origins(old, new), strict=True):
        place = None if origin is None else places[origin]
        if origin is None or place is None:
            tables.append(_item(entry, depth))
            continue
        table = standing[place]
        if old[origin] != entry:
            _change(table, old[origin], entry, depth + 1)
        tables.append(table)
    del current[:]
    for table in tables:
        current.append(table)


def _origins(old: list[Tables], new: list[Tables]) -> list[int | None]:
    """For each new table the place of the old one that it comes from: equal, else of the same name; None for none."""
    origins: list[int | None] = [None] * len(new)
    free = list(range(len(old)))
    sameness: list[Callable[[Tables, Tables], bool]] = [_are_equal, _are_namesakes]
    for is_same in sameness:
        for k, entry in enumerate(new):
            if origins[k] is not None:
                continue
            likes = [place for place in free if is_same(old[place], entry)]
            if likes:
                nearest = likes[0]
                origins[k] = nearest
                free.remove(nearest)
    return origins


def _are_equal(one: Tables, other: Tables) -> bool:
    return one == other


def _are_namesakes(one: Tables, other: Tables) -> bool:
    return _name(one) == _name(other)


def _name(entry: Any) -> str:
    """What an entry of a list is known by: the first value of a table, which is its name, or the value."""
    if isinstance(entry, dict):
        entry = next(iter(entry.values()), None)
    return repr(entry)


def _names(entries: list[Any]) -> list[str]:
    return [_name(entry) for entry in entries]


def _stands_as(current: Array, old: Any) -> bool:
    """Whether a list between brackets has the entries it is said to have, in their order."""
    if not isinstance(old, list):
        return False
    return _names(current.unwrap()) == _names(old)


def _change_array(current: Array, old: list[Any], new: list[Any], depth: int) -> None:
    """Change a list between brackets, from its end, entry by entry: comments beside the others stay."""
    matcher = SequenceMatcher(a=_names(old), b=_names(new), autojunk=False)
    for _, start, end, new_start, new_end in reversed(matcher.get_opcodes()):
        before = old[start:end]
        after = new[new_start:new_end]
        in_both = min(len(before), len(after))
        for place in reversed(range(start + in_both, end)):
            del current[place]
        for k in range(in_both, len(after)):
            item = _item(after[k], depth + 1)
            current.insert(start + k, item)
        for k in range(in_both):
            place = start + k
            _change_item(current, place, before[k], after[k], depth)


def _change_item(
    current: Array,
    place: int,
    old: Any,
    new: Any,
    depth: int,
) -> None:
    """Change one entry of a list between brackets."""
    if old == new:
        return
    entry = current[place]
    is_table = isinstance(old, dict) and isinstance(new, dict)
    if is_table and isinstance(entry, InlineTable):
        _change(entry, old, new, depth + 2)
    else:
        current[place] = _item(new, depth + 1)


def _item(value: Any, depth: int) -> Any:
    """A value as it stands in a new file at some depth."""
    if isinstance(value, dict):
        return _table(value, depth)
    if _has_header(value, depth):
        tables = tomlkit.aot()
        for entry in value:
            tables.append(_table(entry, depth))
        return tables
    if isinstance(value, list):
        return _array(value, depth)
    return tomlkit.item(value)


def _table(entries: Tables, depth: int) -> Table | InlineTable:
    """A table under a header, or between braces."""
    if depth > BLOCKS:
        inline = tomlkit.inline_table()
        _change(inline, {}, entries, depth + 1)
        return inline
    table = tomlkit.table()
    table.trivia.indent = "\n"
    _change(table, {}, entries, depth + 1)
    return table


def _array(values: list[Any], depth: int) -> Array:
    """A list between brackets; tables in it stand between braces."""
    inner = max(depth, BLOCKS) + 1
    array = tomlkit.array()
    for value in values:
        array.append(_item(value, inner))
    is_wide = len(array.as_string()) > WIDE
    array.multiline(is_wide)
    return array
