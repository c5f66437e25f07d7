"""The story of the README runs from top to bottom and says what stands there; all other snippets can be read."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cxlens import cli

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
STORY = "## From a messy export to a plan"


class Block(NamedTuple):
    """A fenced block: its language, and what stands in it."""

    kind: str
    body: str


def blocks(text: str) -> list[Block]:
    return [Block(found["kind"], found["body"]) for found in BLOCK.finditer(text)]


def story() -> list[Block]:
    text = README.read_text(encoding="utf-8")
    _, _, rest = text.partition(f"{STORY}\n")
    return blocks(rest.partition("\n## ")[0])


def said_by(code: str, names: dict[str, Any]) -> str:
    """What a cell prints, and what its last expression shows."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "README", "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "README", "eval"), names)  # noqa: S307  our own text
            if value is not None:
                out.write(f"{value!r}\n")
    return out.getvalue()


def words(text: str) -> list[str]:
    """A text without its line breaks, which the README sets as it needs them."""
    return text.split()


def test_the_story_runs_and_says_what_stands_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    said = ""
    told = 0
    for kind, body in story():
        if kind == "python":
            said = said_by(body, names)
        elif kind == "sh":
            said = "".join(_run(line, capsys) for line in body.splitlines() if line)
        elif kind == "toml":
            _answer(tmp_path / "study.toml", body)
        elif kind == "text":
            assert words(body) == words(said)
            told += 1
    assert told >= 5
    assert (tmp_path / "report.html").is_file()


def _answer(study: Path, line: str) -> None:
    """Put a line in the place of the question that it answers."""
    key = line.partition(" = ")[0]
    text = study.read_text(encoding="utf-8")
    answered, times = re.subn(rf"^{key} = \"answer the question above\"$", line.strip(), text, flags=re.MULTILINE)
    assert times == 1
    study.write_text(answered, encoding="utf-8")


def _run(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command of ours prints."""
    command, *arguments = shlex.split(line)
    assert command == ".venv/bin/cxlens"
    arguments = [str(README.parent / word) if word.startswith("data/") else word for word in arguments]
    assert cli.main(arguments) == 0, line
    return capsys.readouterr().out


@pytest.mark.parametrize("block", blocks(README.read_text(encoding="utf-8")))
def test_every_snippet_can_be_read(block):
    if block.kind == "python":
        ast.parse(block.body)
