"""Labels in words, cells from several labels, and their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.engine.labels import combined, natural, segment_of
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.tables import open_table

ROLES = Roles(
    (("web",), ("call",)), Codes(1, 5, (6,), (0,)), (("nps", None),), "weight", {"area": "segment", "code": "segment"}
)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["NA", None, "", "b"], ["NA", "not stated", "not stated", "b"]),
        ([1.0, np.nan, 2.5, 3.0], ["1", "not stated", "2.5", "3"]),
        ([2016, 2017, 2016, 2017], ["2016", "2017", "2016", "2017"]),
        (pd.array([1, None, 3, 1], dtype="Int64"), ["1", "not stated", "3", "1"]),
        ([True, False, True, True], ["True", "False", "True", "True"]),
        (pd.Categorical(["x", None, "y", "x"]), ["x", "not stated", "y", "x"]),
    ],
    ids=["text", "floats", "whole", "nullable", "flags", "categories"],
)
def test_segments_in_words(values: object, words: list[str]) -> None:
    frame = pd.DataFrame({"web": 1, "call": 1, "nps": 1, "weight": 1, "area": values, "code": 1}, index=range(4))
    rows = open_table(frame, ROLES).rows
    assert segment_of(rows, "area").tolist() == words
    assert [segment_of(rows.take(slice(i, i + 1)), "area")[0] for i in range(4)] == words
    assert segment_of(rows.take(slice(4, 4)), "area").tolist() == []
    assert segment_of(rows, None).tolist() == [""] * 4


def test_cells_are_the_combinations_that_occur() -> None:
    area = (np.array([0, 1, 1, 0]), np.array(["north", "south"], object))
    wave = (np.array([0, 2, 0, 0]), np.array(["9", "10", "11"], object))
    cell, names = combined([area, wave], 4)
    assert names == [("north", "9"), ("south", "11"), ("south", "9")]
    assert cell.tolist() == [0, 1, 2, 0]
    assert combined([], 3)[1] == [()]


def test_labels_sort_as_people_count() -> None:
    words = ["10", "9", "b", "2.5", "a", "-1", "1.2.3", "not stated"]
    assert sorted(words, key=natural) == ["-1", "2.5", "9", "10", "1.2.3", "a", "b", "not stated"]
