"""Records from TOML, and the place of every fault."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from cxlens.errors import FileError, ValuesError
from cxlens.files.nodes import (
    Node,
    Number,
    parse_nodes,
    read_by,
    read_columns,
    read_conditions,
    read_date,
    read_nodes,
    read_path,
    read_texts,
    read_values,
)

FILE = Path(__file__)


@dataclass(frozen=True)
class Point:
    x: Number
    y: Number = 0

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValuesError("x is under 0.")


@dataclass(frozen=True)
class Record:
    name: str = field(metadata={"key": "title"})
    points: tuple[Point, ...] = ()
    best: Point | None = None
    size: int | None = None
    is_new: bool = False
    kind: Literal["small", "large"] = "small"
    when: Annotated[str, read_by(read_date)] = ""
    where: Annotated[Any, read_by(read_conditions)] = None
    columns: Annotated[Any, read_by(read_columns)] = None
    texts: Annotated[Any, read_by(read_texts)] = None
    values: Annotated[Any, read_by(read_values)] = None
    source: Annotated[Any, read_by(read_path)] = None


def build(text: str) -> Record:
    return parse_nodes(FILE, text).child("record").build(Record)


def test_a_record_is_built_with_those_inside_it() -> None:
    text = """
    [record]
    title = "a"
    points = [{x = 1}, {x = 2.0, y = 3}]
    best = {x = 4}
    kind = "large"
    when = 2027-12-31
    where = {trips = {from = 4}, purpose = ["a", "b"], day = 2020-01-01}
    columns = {Wi-Fi = {speed = "q1"}, Signs = "q2"}
    texts = {a = "b"}
    values = [1, nan, "none"]
    source = "test_nodes.py"
    """
    record = build(text)
    assert record == Record(
        "a",
        points=(Point(1), Point(2, 3)),
        best=Point(4),
        kind="large",
        when="2027-12-31",
        where={"trips": (4, None), "purpose": ["a", "b"], "day": dt.date(2020, 1, 1)},
        columns={"Wi-Fi": {"speed": "q1"}, "Signs": "q2"},
        texts={"a": "b"},
        values=(1, None, "none"),
        source=FILE,
    )
    assert [type(point.x) for point in record.points] == [int, float]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("", " (line 1): key 'title' is missing. Add it."),
        ("name = 'a'", " name (line 2): unknown key. Keys: title, points, best, size, is_new, kind, when, where, "
         "columns, texts, values, source."),
        ("title = 1", " title (line 2): expected text, found 1. Write it in quotation marks: \"1\"."),
        ("points = 1", " points (line 2): expected a list, found 1."),
        ("points = [{x = 1}, {x = '1'}]", " points.2.x (line 2): expected a number, found '1'. Write it without "
            "quotation marks: 1."),
        ("points = [{x = 1}, {x = -1}]", " points.2 (line 2): x is under 0."),
        ("points = [{x = 1, z = 2}]", " points.1.z (line 2): unknown key. Keys: x, y."),
        ("best = {}", " best (line 2): key 'x' is missing. Add it."),
        ("best = [1]", " best (line 2): expected a table, found a list."),
        ("size = 1.0", " size (line 2): expected a whole number, found 1.0."),
        ("is_new = 0", " is_new (line 2): expected true or false, found 0."),
        ("kind = 'larg'", " kind (line 2): kind = \"larg\" is not an option. Did you mean 'large'? Options: 'small', "
         "'large'."),
        ("kind = [1]", " kind (line 2): kind = [1] is not an option. Options: 'small', 'large'."),
        ("when = 2027-12-31T10:00:00", " when (line 2): expected a date or text, found 2027-12-31 10:00:00."),
        ("where = {a = {too = 1}}", " where.a.too (line 2): unknown key. Did you mean 'to'? Keys: from, to."),
        ("where = 'a'", " where (line 2): expected a table, found 'a'."),
        ("columns = {a = {b = 1}}", " columns.a.b (line 2): expected text, found 1. Write it in quotation "
            "marks: \"1\"."),
        ("texts = {a = []}", " texts.a (line 2): expected text, found a list."),
        ("source = 'none.csv'", " source (line 2): the file 'none.csv' is not there. It is looked for from the folder "
         "of the study."),
    ],
)  # fmt: skip
def test_a_fault_has_its_place(line, fault) -> None:
    title = "" if line.startswith(("title", "name")) or not line else "\ntitle = 'a'"
    with pytest.raises(FileError) as error:
        build(f"[record]\n{line}{title}")
    assert str(error.value) == f"{FILE}: [record]{fault}"


TEXT = """\
[survey]
file = "answers.csv"
scale.low = 1

[[touchpoint]]
name = "web"

[[touchpoint]]  # the second
name = "call"
columns = ["quick", "kind"]

[touchpoint.cost]
"per month" = 12
"""


@pytest.fixture
def nodes(tmp_path) -> Node:
    path = tmp_path / "study.toml"
    path.write_text(TEXT, encoding="utf-8")
    return read_nodes(path)


def test_values_by_key_and_by_place(nodes) -> None:
    assert nodes.child("survey").child("file").value == "answers.csv"
    web, call = nodes.child("touchpoint").list()
    assert list(web.table()) == ["name"]
    assert [column.value for column in call.child("columns").list()] == ["quick", "kind"]


def test_a_fault_has_a_place(nodes) -> None:
    survey = nodes.child("survey")
    web, call = nodes.child("touchpoint").list()
    places = {
        "": nodes,
        "[survey] (line 1): ": survey,
        "[survey] file (line 2): ": survey.child("file"),
        "[touchpoint] 1 (line 5): ": web,
        "[touchpoint] 2.name (line 9): ": call.child("name"),
        "[touchpoint] 2.columns.2 (line 10): ": call.child("columns").list()[1],
        "[touchpoint] 2.cost.per month (line 13): ": call.child("cost").child("per month"),
    }
    for place, node in places.items():
        assert str(node.fail("no")) == f"{nodes.file}: {place}no"


def test_what_is_refused(nodes) -> None:
    survey = nodes.child("survey")
    refused = {
        "[survey] (line 1): key 'outcome' is missing. Add it.": lambda: survey.child("outcome"),
        "[survey] file (line 2): expected a list, found 'answers.csv'. Write file = [\"answers.csv\"].": survey.child(
            "file"
        ).list,
        "[survey] (line 1): expected a list, found a table. Write [[survey]], in double brackets, above "
        "each.": survey.list,
        "[touchpoint] (line 5): expected a table, found a list. Write [touchpoint], in single brackets, above its "
        "keys.": nodes.child("touchpoint").table,
        "[survey] file (line 2): unknown key. Did you mean 'files'? Keys: files, scale.": lambda: survey.only(
            ["files", "scale"]
        ),
    }
    for message, ask in refused.items():
        with pytest.raises(FileError) as error:
            ask()
        assert str(error.value) == f"{nodes.file}: {message}"
    survey.only(["file", "scale"])


def test_what_is_no_toml(tmp_path) -> None:
    path = tmp_path / "study.toml"
    path.write_text("[survey\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"is not valid TOML: .+\.$"):
        read_nodes(path)
