"""Messages that show a line of Python, for those who write TOML: the same line as it stands in their file.

``outcome_scale={'y': cx.Scale(0, 1)}`` becomes ``outcome_scales = {y = {low = 0, high = 1}}``. What a message says
otherwise is not touched.
"""

from __future__ import annotations

import ast
import json
import re

SCALE = r"(?:cx\.)?Scale"
START = re.compile(rf"(?<![\w.])(?:(?P<key>[a-z_]+)=(?!=)|(?={SCALE}[(.]))")
PLAIN = re.compile(r"-?\d+(?:\.\d+)?\b|True\b|False\b|\.\.\.")
CALL = re.compile(r"\w\([^()]*$")  # an open bracket of a call: what stands in it is no line of a file
BARE = re.compile(r"[A-Za-z0-9_-]+")
PAIRS = {"(": ")", "[": "]", "{": "}"}
ENDS = ("low", "high")
CALLED = {"outcome": "outcomes", "outcome_scale": "outcome_scales"}  # keys that a file calls otherwise
NEW = {"cx.suggest(data)": "`cxlens new other.toml --from FILE`"}


def in_toml(message: str) -> str:
    """A message with its lines of Python as lines of TOML."""
    for python, words in NEW.items():
        message = message.replace(python, words)
    message = re.sub(r"\boutcome_scale\b(?!=)", CALLED["outcome_scale"], message)
    told = ""
    at = 0
    while found := START.search(message, at):
        told += message[at : found.start()]
        at = _end_of_value(message, found.end())
        line = message[found.start() : at]
        is_inside = CALL.search(message[: found.start()])
        told += line if is_inside else _line(found["key"], line)
        if at == found.start():  # nothing that can be read begins here
            told += message[at]
            at += 1
    return told + message[at:]


def _end_of_value(message: str, start: int) -> int:
    """Where a value ends that begins here; the beginning where there is none."""
    scale = re.compile(rf"{SCALE}(?:\.nps)?(?=\()").match(message, start)
    opening = scale.end() if scale else start
    first = message[opening : opening + 1]
    if first in PAIRS:
        return _closing(message, opening)
    if first in {"'", '"'}:
        return message.find(first, start + 1) + 1 or start
    plain = PLAIN.match(message, start)
    return plain.end() if plain else start


def _closing(message: str, start: int) -> int:
    """Behind the bracket that closes the one here; the beginning where none does."""
    depth = 0
    quote = ""
    for place in range(start, len(message)):
        sign = message[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in {"'", '"'}:
            quote = sign
        elif sign in PAIRS:
            depth += 1
        elif sign in PAIRS.values():
            depth -= 1
            if depth == 0:
                return place + 1
    return start


def _line(key: str | None, line: str) -> str:
    """A key with its value, or a scale alone, as in a file; as it was where it is no Python."""
    if key is None:
        return _value(line, alone=True)
    name = CALLED.get(key, key)
    value = line.removeprefix(f"{key}=")
    return f"{name} = {_value(value)}" if value else name


def _value(python: str, *, alone: bool = False) -> str:
    """A value as in a file; as it was where it is no Python."""
    try:
        node = ast.parse(python, mode="eval").body
    except SyntaxError:
        return python
    if alone and isinstance(node, ast.Call):
        return ", ".join(_entries_of_scale(node))
    return _written(node)


def _written(node: ast.expr) -> str:
    """A part of a value as in a file."""
    if isinstance(node, ast.Call):
        return f"{{{', '.join(_entries_of_scale(node))}}}"
    if isinstance(node, (ast.List, ast.Tuple)):
        items = ", ".join(map(_written, node.elts))
        return f"[{items}]"
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        entries = ", ".join(f"{_key(key)} = {_written(value)}" for key, value in pairs if key)
        return f"{{{entries}}}"
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bool)):
        return json.dumps(node.value, ensure_ascii=False)
    return ast.unparse(node)


def _key(node: ast.expr) -> str:
    """A key, in quotes where it needs them."""
    name = str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)
    return name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _entries_of_scale(call: ast.Call) -> list[str]:
    """``low = 1``, ``high = 5`` and what else a scale is given."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "nps":
        return ["low = 0", "high = 10"]
    entries = []
    for name, node in zip(ENDS, call.args, strict=False):
        if isinstance(node, ast.Name):
            entries.append(name)
        elif not _is_left_open(node):
            entries.append(f"{name} = {_written(node)}")
    keywords = [f"{keyword.arg} = {_written(keyword.value)}" for keyword in call.keywords]
    return entries + keywords


def _is_left_open(node: ast.expr) -> bool:
    """Whether dots stand there."""
    return isinstance(node, ast.Constant) and node.value is ...
