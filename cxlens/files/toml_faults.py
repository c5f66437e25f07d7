"""What is wrong with a text that is no TOML, or with a value of it, and what to write: for those who wrote the file.

Where a fault is, says :mod:`cxlens.files.nodes`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

LONGEST = 60  # letters of a line that are shown
LINE = re.compile(r"at line (\d+)")
TWICE = re.compile(r"Cannot declare \((.+?),?\) twice")
SLASH = r"Write a path with / instead of \."
RULES = {  # how a message of tomllib begins, and what holds instead
    "Invalid value": 'A value is "text" in straight quotation marks, a number, true, false, [a list] or {a = "table"}.',
    "Invalid hex value": SLASH,
    "Unescaped": SLASH,
    "Expected '='": 'A line is key = value; a key of several words stands in quotation marks: "Bag drop" = "q2".',
    "Cannot overwrite": "Write each key once.",
    "Expected newline": "Nothing stands behind a value, no comma and no unit; a number has no comma inside: 120000.",
    "Unclosed array": 'A list has commas between its entries and ends with a bracket: ["a", "b"].',
    "Illegal character '\\n'": "Close the quotation marks on the same line.",
    "Invalid initial character": "Write a table in braces on one line: {a = 1, b = 2}.",
    "Expected ']'": "The head of a table stands in brackets: [survey].",
}


def syntax_fault(message: str, text: str) -> str:
    """What tomllib says of a text, the line it speaks of, and the rule."""
    told = TWICE.sub(_declared_twice, message)
    place = LINE.search(message)
    line = text.split("\n")[int(place[1]) - 1].strip() if place else ""
    shown = f" in `{_shortened(line)}`" if line else ""
    rules = [f" {rule}" for start, rule in RULES.items() if message.startswith(start)]
    return "".join([told, shown, ".", *rules])


def _declared_twice(found: re.Match[str]) -> str:
    """``[survey.scale] stands there twice``."""
    names = re.findall(r"'([^']*)'", found[1])
    return f"[{'.'.join(names)}] stands there twice"


def _shortened(line: str) -> str:
    """A line of a file, the end of a long one left out."""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."


def found(value: Any) -> str:
    """A value as a message names it."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, dt.date):
        return str(value)
    return repr(value)


def advice(key: str, value: Any, expected: str, *, is_head: bool) -> str:
    """What to write for a value of another kind than expected; nothing where it does not tell.

    ``is_head``: the key is a table of its own, or a list of tables.
    """
    if is_head and expected == "a list":
        return f" Write [[{key}]], in double brackets, above each."
    if is_head and expected == "a table":
        return f" Write [{key}], in single brackets, above its keys."
    if expected == "a list" and isinstance(value, str):
        return f" Write {key} = [{_quoted(value)}]."
    if expected == "text" and type(value) in (int, float):
        return f" Write it in quotation marks: {_quoted(str(value))}."
    if expected in ("a number", "a whole number") and _is_figure(value):
        return f" Write it without quotation marks: {value}."
    return ""


def _quoted(text: str) -> str:
    """Text as it stands in a file."""
    return json.dumps(text, ensure_ascii=False)


def _is_figure(value: Any) -> bool:
    """Whether a text is a plain number."""
    return isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
