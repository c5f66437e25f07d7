"""Several choices in a cell are refused where they would be groups of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxlens.files.choices import check_choices
from tests.engine.opened import ONE, fault, frame_of, to_parquet

USED = ONE._replace(labels={"used": "segment"})


@pytest.mark.parametrize("joint", [",", ", ", ";", "|"])
def test_texts_that_differ_by_order_only(joint: str) -> None:
    one, other = f"Web{joint}Shop", f"Shop{joint}Web"
    assert fault(frame_of(used=[one, other, "Web"]), USED) == (
        f"segment column 'used' holds several choices in a cell: {one!r} and {other!r} are the same in another order. "
        f"Give each choice a column of its own: frame['used'].str.get_dummies({joint.strip()!r})."
    )


@pytest.mark.parametrize("kind", ["category", "string", "object"])
def test_whatever_the_type(kind: str) -> None:
    assert "in another order" in fault(frame_of(used=pd.Series(["a,b,c", "c,a,b", "a"], dtype=kind)), USED)


@pytest.mark.parametrize("used", [["Web, Shop", "Web", "Shop"], ["Smith, John", "Doe, Ann", "1,5"], ["a", None, "b"]])
def test_combinations_in_one_order_are_groups(used: list[Any]) -> None:
    check_choices(frame_of(used=used), {"used": "segment"})


def test_comments_may_say_the_same_in_another_order() -> None:
    check_choices(frame_of(used=["good, fast", "fast, good", ""]), {"used": "comments"})


@pytest.mark.parametrize(
    "cell", [["Web", "Shop"], ("Web", "Shop"), np.array(["Web", "Shop"])], ids=["list", "tuple", "array"]
)
def test_lists(cell: Any) -> None:
    assert fault(frame_of(used=pd.Series([cell, None, cell], dtype=object)), USED) == (
        "segment column 'used' holds several choices in a cell, such as ['Web', 'Shop']. Give each choice a column of "
        "its own: frame['used'].str.join('|').str.get_dummies()."
    )


@pytest.mark.parametrize("most", [0, 100])
def test_parquet_files(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", most)
    path = to_parquet(frame_of(used=["b,a", "a,b", None]), tmp_path)
    assert "are the same in another order" in fault(path, USED)


def test_lists_of_polars_and_the_advice() -> None:
    frame = pl.DataFrame({"web": [1, 2], "nps": [9, 8], "used": [["Web", "Shop"], ["Shop"]]})
    assert "such as ['Web', 'Shop']" in fault(frame, USED)
    lists = pd.DataFrame({"used": [["Web", "Shop"], ["Shop", "Web"], ["Shop"]]})
    assert lists["used"].str.join("|").str.get_dummies()["Web"].tolist() == [1, 1, 0]


def test_ids_may_be_no_lists_either() -> None:
    frame = frame_of(id=[["a"], ["b"], ["c"]])
    assert fault(frame, ONE._replace(labels={"id": "respondent"})) == (
        "respondent column 'id' holds several choices in a cell, such as ['a']. Give each choice a column of "
        "its own: frame['id'].str.join('|').str.get_dummies()."
    )
