"""What is wrong in a file that is no TOML, or whose values are of another kind, and what to write."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import pytest

from cxlens.files.toml_faults import advice, found, syntax_fault

VALUE = 'A value is "text" in straight quotation marks, a number, true, false, [a list] or {a = "table"}.'
BEHIND = "Nothing stands behind a value, no comma and no unit; a number has no comma inside: 120000."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("data = answers.csv", f"Invalid value (at line 1, column 8) in `data = answers.csv`. {VALUE}"),
        ("simulated = True", f"Invalid value (at line 1, column 13) in `simulated = True`. {VALUE}"),
        ("time = “day”", f"Invalid value (at line 1, column 8) in `time = “day”`. {VALUE}"),
        (
            r'data = "C:\Users\me.csv"',
            r'Invalid hex value (at line 1, column 13) in `data = "C:\Users\me.csv"`. Write a path with / '
            r'instead of \.',
        ),
        (
            r'data = "D:\me.csv"',
            r"Unescaped '\' in a string (at line 1, column 13) in "
            r'`data = "D:\me.csv"`. Write a path with / instead of \.',
        ),
        (
            '[survey.touchpoints]\n  Bag drop = "q2"',
            "Expected '=' after a key in a key/value pair (at line 2, column 7) in `Bag drop = \"q2\"`. "
            'A line is key = value; a key of several words stands in quotation marks: "Bag drop" = "q2".',
        ),
        ("[survey.scale]\n[survey.scale]", "[survey.scale] stands there twice (at line 2, column 14) in "
         "`[survey.scale]`."),
        ("a = 1\na = 2", "Cannot overwrite a value (at end of document). Write each key once."),
        (
            'time = "day",\n',
            f"Expected newline or end of document after a statement (at line 1, column 13) in `time = "
            f"\"day\",`. {BEHIND}",
        ),
        (
            "budget = 120,000\n",
            f"Expected newline or end of document after a statement (at line 1, column 13) in `budget = "
            f"120,000`. {BEHIND}",
        ),
        (
            "segments = [1 2]\n",
            "Unclosed array (at line 1, column 15) in `segments = [1 2]`. A list has commas between its entries "
            "and ends "
            'with a bracket: ["a", "b"].',
        ),
        (
            "scale = {low = 1,\nhigh = 5}",
            "Invalid initial character for a key part (at line 1, column 18) in `scale = {low = 1,`. Write a table in "
            "braces on one line: {a = 1, b = 2}.",
        ),
        ("[survey\n", "Expected ']' at the end of a table declaration (at line 1, column 8) in `[survey`. "
         "The head of a table stands in brackets: [survey]."),
        ("name = 'x", 'Expected "\'" (at end of document).'),
        (f"about = {'long ' * 20}", f"Invalid value (at line 1, column 9) in `about = {'long ' * 10}lo ...`. {VALUE}"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_toml(text: str, told: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as error:
        tomllib.loads(text)
    assert syntax_fault(str(error.value), text) == told


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"a": 1}, "a table"),
        ([1], "a list"),
        (True, "true"),
        (dt.date(2027, 12, 31), "2027-12-31"),
        (1.5, "1.5"),
        ("a", "'a'"),
    ],
)
def test_a_value_is_named_as_in_a_file(value: Any, name: str) -> None:
    assert found(value) == name


@pytest.mark.parametrize(
    ("value", "expected", "is_head", "told"),
    [
        ({"metric": "NPS"}, "a list", True, " Write [[key]], in double brackets, above each."),
        ([1], "a table", True, " Write [key], in single brackets, above its keys."),
        ("Hotel", "a list", False, ' Write key = ["Hotel"].'),
        ('the "Ritz"', "a list", False, ' Write key = ["the \\"Ritz\\""].'),
        (3, "text", False, ' Write it in quotation marks: "3".'),
        ("45", "a number", False, " Write it without quotation marks: 45."),
        ("-4.5", "a number", False, " Write it without quotation marks: -4.5."),
        ("4,5", "a number", False, ""),
        (True, "text", False, ""),
        ("yes", "true or false", False, ""),
    ],
)
def test_what_to_write_instead(value: Any, expected: str, is_head: bool, told: str) -> None:
    assert advice("key", value, expected, is_head=is_head) == told


def test_a_line_that_is_shown_is_toml() -> None:
    line = advice("segments", 'the "Ritz"', "a list", is_head=False).removeprefix(" Write ").removesuffix(".")
    assert tomllib.loads(line) == {"segments": ['the "Ritz"']}
