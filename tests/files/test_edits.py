"""TOML texts that change only where what they say changes."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.files.edits import Ordered, edited, fresh

TEXT = """\
# the head of the file

[study]
name = "Airport"  # as on the door

# those we ask
[[units]]
name = "Bags"

# those who ask
[[units]]
name = "Gates" # all of them
role = 'owner'
# the last word on gates

[survey]
codes = [
    1,  # one
    2,  # two
    # the third
    3,
]
  time = "year"

# five points
[survey.scale]
low = 1
high = 0x05
"""
SAID = {
    "study": {"name": "Airport"},
    "units": [{"name": "Bags"}, {"name": "Gates", "role": "owner"}],
    "survey": {"codes": [1, 2, 3], "time": "year", "scale": {"low": 1, "high": 5}},
}


def change(**parts) -> str:
    return edited(TEXT, SAID, {**SAID, **parts})


def test_nothing_changes_where_the_same_is_said() -> None:
    assert change() == TEXT
    assert change(survey={"scale": {"high": 5.0, "low": 1}, "time": "year", "codes": [1, 2, 3]}) == TEXT
    in_windows = TEXT.replace("\n", "\r\n")
    assert edited(in_windows, SAID, SAID) == in_windows


@pytest.mark.parametrize(
    ("parts", "old", "new"),
    [
        ({"study": {"name": "Port"}}, '"Airport"', '"Port"'),
        ({"units": [SAID["units"][0], {"name": "Gates"}]}, "role = 'owner'\n", ""),
        ({"units": [{"name": "Bags", "role": "none"}, SAID["units"][1]]}, '"Bags"\n', '"Bags"\nrole = "none"\n'),
        ({"units": SAID["units"][1:]}, '# those we ask\n[[units]]\nname = "Bags"\n\n', ""),
        ({"units": SAID["units"][:1]}, TEXT[TEXT.index("\n# those who") : TEXT.index("\n[survey]")], ""),
        ({"survey": {**SAID["survey"], "codes": [1, 3]}}, "    2,  # two\n", ""),
        ({"survey": {**SAID["survey"], "codes": [1, 2, 4]}}, "    3,\n", "    4,\n"),
        ({"survey": {**SAID["survey"], "scale": {"low": 0, "high": 5}}}, "low = 1", "low = 0"),
        ({"survey": {**SAID["survey"], "weight": "w"}}, '"year"\n', '"year"\nweight = "w"\n'),
        ({"survey": {"codes": [1, 2, 3], "time": "year"}}, TEXT[TEXT.index("\n# five") :], ""),
        ({"roadmap": {"periods": 4}}, "0x05\n", "0x05\n\n[roadmap]\nperiods = 4\n"),
    ],
)
def test_only_what_is_said_anew_changes(parts, old, new) -> None:
    assert TEXT.count(old) == 1
    assert change(**parts) == TEXT.replace(old, new)


def test_a_comment_goes_with_the_table_below_it() -> None:
    text = change(units=SAID["units"][::-1])
    assert text.index("# those who ask") < text.index("Gates") < text.index("# those we ask") < text.index("Bags")
    assert sorted(text.split("\n")) == sorted(TEXT.split("\n"))


def test_order_counts_where_it_is_said_to() -> None:
    text = '[outcomes]\n# first\na = "nps"  # mine\nb = "binary"\n'
    old = {"outcomes": Ordered(a="nps", b="binary")}
    assert edited(text, old, {"outcomes": Ordered(b="binary", a="nps")}).endswith('b = "binary"\na = "nps"  # mine\n')
    assert Ordered(a=1, b=2) != Ordered(b=2, a=1)
    assert {"a": 1, "b": 2} == {"b": 2, "a": 1}


def test_a_new_file_has_headers_down_to_the_second_level() -> None:
    tables = {
        "study": {"name": "a\n\\b"},
        "survey": {"scale": {"low": 1}, "data": "a.csv", "touchpoints": {"Wi-Fi": {"speed": "q 1"}}},
        "map": {"from": "a", "stages": [{"name": "s", "needs": [{"name": "n"}]}]},
    }
    assert fresh(tables) == (
        '[study]\nname = "a\\n\\\\b"\n\n[survey]\ndata = "a.csv"\n\n[survey.scale]\nlow = 1\n\n[survey.touchpoints]\n'
        'Wi-Fi = {speed = "q 1"}\n\n[map]\nfrom = "a"\n\n[[map.stages]]\nname = "s"\nneeds = [{name = "n"}]\n'
    )


NAMES = st.sampled_from(["a", "b", "c d", "é.f", '"', ""]) | st.text(max_size=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = TEXTS | st.integers(-9, 9) | st.floats(allow_nan=False) | st.booleans() | st.dates(dt.date(1900, 1, 1))
LEAVES = VALUES | st.lists(VALUES, max_size=4)
INLINE = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
ENTRIES = st.dictionaries(NAMES, INLINE, min_size=1, max_size=3)
BLOCKS = st.dictionaries(NAMES, INLINE | ENTRIES.map(Ordered), min_size=1, max_size=4)
FILES = st.dictionaries(NAMES, BLOCKS | st.lists(BLOCKS, min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=20)
@given(old=FILES, new=FILES)
def test_a_text_says_what_it_is_to_say(old, new) -> None:
    assert tomllib.loads(fresh(old)) == old
    assert edited(fresh(old), old, old) == fresh(old)
    assert tomllib.loads(edited(fresh(old), old, new)) == new
