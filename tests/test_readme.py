"""The story of the README runs from top to bottom and says what stands there; all other snippets can be read."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens import cli
from cxlens.errors import CxlensError

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


RNG = np.random.default_rng(1)
GOOD = RNG.integers(1, 6, (40, 2))
ANSWERS = pd.DataFrame(GOOD, columns=["web", "call"]).assign(
    nps=GOOD.sum(axis=1),
    region=["N", "S"] * 20,
    day=["02/03/2026", "03/02/2026"] * 20,
)
WEB, CALL = (digits + 1 for digits in np.divmod(np.arange(25), 5))
CELLS = pd.DataFrame({"web": WEB, "call": CALL, "nps": WEB + CALL, "n": np.arange(25) % 7 + 1})


def _survey(frame: pd.DataFrame = ANSWERS, **roles: Any) -> cx.Survey:
    asked = {"touchpoints": ["web", "call"], "outcome": {"nps": "nps"}, "scale": cx.Scale(1, 5)}
    return cx.Survey(frame, **asked | roles)


def _with_first(entry: Any) -> pd.DataFrame:
    return ANSWERS.assign(web=[entry, *ANSWERS["web"].iloc[1:]])


def _noted() -> None:
    """Pass a note on as a warning: it is told with the survey, not raised."""
    eaten = _with_first(np.nan)
    for note in _survey(eaten, scale=cx.Scale(1, 5, not_used=["N/A"])).notes:
        warnings.warn(note, UserWarning, stacklevel=2)


SAYING: dict[str, Callable[[], Any]] = {
    "Only you can tell:": lambda: cx.suggest(_with_first("N/A")).survey(),
    "touchpoint column 'web' holds text where scores are expected:": lambda: _survey(_with_first("N/A")),
    "2 columns hold what their scale does not have.": lambda: _survey(_with_first("N/A").assign(call="N/A")),
    "touchpoint column 'web' has scores outside the scale 1 to 5:": lambda: _survey(_with_first(6)),
    "'N/A', named as not used, occurs in no touchpoint:": _noted,
    "segment column 'region' holds entries that look alike:": lambda: _survey(
        ANSWERS.assign(region=["N", "n"] * 20), segments=["region"]
    ),
    "column 'n' is not used, and looks like the number of answers that a row stands for:": lambda: _survey(CELLS),
    "the higher the scores, the lower 'nps'": lambda: _survey(ANSWERS.assign(web=6 - GOOD[:, 0], call=6 - GOOD[:, 1])),
    "the dates of 'day' can be read in two ways:": lambda: cx.monitor(_survey(time="day"), metric="nps"),
    "by='region' is not a segment of this survey.": lambda: cx.baseline(_survey(), by="region"),
}


def quoted() -> list[str]:
    """The beginnings of messages that the README quotes."""
    _, _, rest = README.read_text(encoding="utf-8").partition("## If it says ...\n")
    return re.findall(r"^\| `(.*?)` \|", rest.partition("\n## ")[0], re.MULTILINE)


def test_the_messages_are_those_of_small_inputs():
    assert quoted() == list(SAYING)


@pytest.mark.parametrize("beginning", SAYING)
def test_a_message_begins_as_the_readme_says(beginning):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            SAYING[beginning]()
            said = [str(warning.message) for warning in caught]
        except CxlensError as error:
            said = [str(error)]
    assert [text[: len(beginning)] for text in said] == [beginning]
