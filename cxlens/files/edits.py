"""TOML as people keep it: a text changes only where what it says changes; comments, blank lines and order stay.

What a table means does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, Comment, InlineTable, Item, Null, Table, Whitespace

BLOCKS = 2  # so deep a table has a header of its own; deeper ones stand between braces
WIDE = 100  # characters: a longer list has a line for each entry
Tables = dict[str, Any]
_Body = list[tuple[Any, Item]]  # what stands in a table: keys and values; lines without a key are there, too


class Ordered(dict[str, Any]):
    """A table whose keys are names in an order that counts."""

    __hash__ = None  # as of every dict

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and list(self.items()) == list(other.items())


def fresh(tables: Tables) -> str:
    """Tables as the text of a new file."""
    document = tomlkit.document()
    _change(document, {}, tables, 1)
    return tomlkit.dumps(document).lstrip("\n")


def edited(text: str, old: Tables, new: Tables) -> str:
    """The text of a file that said `old`, changed to say `new`; a comment right above a header goes with its table."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").removesuffix("\n") + "\n"
    document = tomlkit.parse(lines)
    _give_comments(document.body)
    _change(document, old, new, 1)
    return tomlkit.dumps(document).replace("\n", newline)


def _give_comments(body: _Body) -> None:
    """Let each table have the comment and the blank lines right above its header.

    tomlkit has them at the end of the table above, where they would go when that table goes.
    """
    above: list[tuple[_Body, int]] = []
    for line in list(_lines(body)):
        if isinstance(line, Table):
            line.trivia.indent = _cut(above) + line.trivia.indent
            above = []
        else:
            above.append(line)


def _lines(body: _Body) -> Iterator[Table | tuple[_Body, int]]:
    """All that has a line of its own, in order: tables with a header, and the places of keys and comments."""
    for place, (_, entry) in enumerate(body):
        if not isinstance(entry, (AoT, Table)):
            yield body, place
            continue
        for table in entry.body if isinstance(entry, AoT) else [entry]:
            if not table.is_super_table():
                yield table
            yield from _lines(table.value.body)


def _cut(above: list[tuple[_Body, int]]) -> str:
    """Take out the comment that ends right above a header, with the blank lines before it."""
    cut = ""
    for kind in (Comment, Whitespace):
        while above and isinstance(_entry(above[-1]), kind):
            body, place = above.pop()
            cut = body[place][1].as_string() + cut
            body[place] = (None, Null())
    return cut


def _entry(line: tuple[_Body, int]) -> Item:
    body, place = line
    return body[place][1]


def _change(table: MutableMapping[str, Any], old: Tables, new: Tables, depth: int) -> None:
    """Change a table that said `old` to say `new`; `depth` is that of its entries."""
    for key in old:
        if key not in new and key in table:
            del table[key]
    for key in sorted(new, key=lambda key: _has_header(new[key], depth)):
        is_same = key in old and old[key] == new[key]
        if not is_same:
            _change_entry(table, key, old.get(key), new[key], depth)
    if isinstance(new, Ordered) and list(table) != list(new):
        _reorder(table, new)


def _has_header(value: Any, depth: int) -> bool:
    """Whether a value stands in the file as a table, or tables, with headers."""
    return depth <= BLOCKS and (isinstance(value, dict) or _are_tables(value))


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _change_entry(table: MutableMapping[str, Any], key: str, old: Any, value: Any, depth: int) -> None:
    """Change what stands under a key, or put it there."""
    current = table.get(key)
    if isinstance(current, MutableMapping) and isinstance(value, dict):
        said = old if isinstance(old, dict) else dict(current)
        _change(current, said, value, depth + 1)
    elif isinstance(current, AoT) and _are_tables(value) and isinstance(old, list):
        _change_tables(current, old, value, depth)
    elif isinstance(current, Array) and isinstance(value, list) and _are_alike(current, old):
        _change_array(current, old, value, depth)
    elif _has_header(value, depth):
        table.pop(key, None)
        table[key] = _item(value, depth)
    else:
        table[key] = _item(value, depth)


def _reorder(table: MutableMapping[str, Any], names: Sequence[str] | Tables) -> None:
    """Put the entries of a table in the order of names."""
    entries = {name: table[name] for name in names}
    for name, entry in entries.items():
        del table[name]
        table[name] = entry


def _change_tables(current: AoT, old: list[Tables], new: list[Tables], depth: int) -> None:
    """Change a list of tables, each with a header; a table of the same name is changed, not replaced."""
    places = _origins(current.unwrap(), old)
    tables = []
    for entry, origin in zip(new, _origins(old, new), strict=True):
        place = None if origin is None else places[origin]
        if origin is None or place is None:
            tables.append(_item(entry, depth))
            continue
        table = current[place]
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
            likes = [place for place in free if origins[k] is None and is_same(old[place], entry)]
            if likes:
                origins[k] = likes[0]
                free.remove(likes[0])
    return origins


def _are_equal(one: Tables, other: Tables) -> bool:
    return one == other


def _are_namesakes(one: Tables, other: Tables) -> bool:
    return _name(one) == _name(other)


def _name(entry: Any) -> str:
    """What an entry of a list is known by: the first value of a table, which is its name, or the value."""
    named = next(iter(entry.values()), None) if isinstance(entry, dict) else entry
    return repr(named)


def _names(entries: list[Any]) -> list[str]:
    return [_name(entry) for entry in entries]


def _are_alike(current: Array, old: Any) -> bool:
    """Whether the entries of a list stand in the file as they are said to."""
    return isinstance(old, list) and _names(current.unwrap()) == _names(old)


def _change_array(current: Array, old: list[Any], new: list[Any], depth: int) -> None:
    """Change a list between brackets, from its end, entry by entry: the comments between the others stay."""
    matcher = SequenceMatcher(a=_names(old), b=_names(new), autojunk=False)
    for _, old_start, old_end, new_start, new_end in reversed(matcher.get_opcodes()):
        both = min(old_end - old_start, new_end - new_start)
        for place in reversed(range(old_start + both, old_end)):
            del current[place]
        for k in range(new_start + both, new_end):
            current.insert(old_start + k - new_start, _item(new[k], depth + 1))
        for k in range(both):
            before, after = old[old_start + k], new[new_start + k]
            if before != after:
                _change_item(current, old_start + k, before, after, depth)


def _change_item(current: Array, place: int, old: Any, value: Any, depth: int) -> None:
    """Change one entry of a list between brackets."""
    entry = current[place]
    if isinstance(entry, InlineTable) and isinstance(old, dict) and isinstance(value, dict):
        _change(entry, old, value, depth + 2)
    else:
        current[place] = _item(value, depth + 1)


def _item(value: Any, depth: int) -> Any:
    """A value as it stands in a file at some depth."""
    if isinstance(value, dict):
        table = tomlkit.table() if depth <= BLOCKS else tomlkit.inline_table()
        if isinstance(table, Table):
            table.trivia.indent = "\n"
        _change(table, {}, value, depth + 1)
        return table
    if _has_header(value, depth):
        tables = tomlkit.aot()
        for entry in value:
            tables.append(_item(entry, depth))
        return tables
    if isinstance(value, list):
        return _array(value, depth)
    return tomlkit.item(value)


def _array(values: list[Any], depth: int) -> Array:
    array = tomlkit.array()
    for value in values:
        array.append(_item(value, max(depth, BLOCKS) + 1))
    array.multiline(len(array.as_string()) > WIDE)
    return array
