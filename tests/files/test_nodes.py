"""TOML values know where they stand, and say so when they are refused."""

from __future__ import annotations

import pytest

from cxlens.errors import FileError
from cxlens.files.nodes import Node, read_nodes

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
        "[survey] file (line 2): expected a list, found 'answers.csv'.": survey.child("file").list,
        "[survey] (line 1): expected a list, found a table.": survey.list,
        "[touchpoint] (line 5): expected a table, found a list.": nodes.child("touchpoint").table,
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
