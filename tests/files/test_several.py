"""Answers in several files."""

import pandas as pd
import pytest

import cxlens as cx

ASKED = {"touchpoints": ["web"], "outcome": {"nps": "nps"}}


def _files(folder, **more):
    paths = {}
    for wave, score in (("2024", "4"), ("2025", "5")):
        path = folder / f"{wave}.csv"
        frame = pd.DataFrame({"web": [score, "3"], "nps": [9, 2], "area": ["02134", "North"], **more})
        frame.to_csv(path, index=False, sep=";")
        paths[wave] = path
    return paths


def test_files_of_a_list_stand_below_each_other(tmp_path):
    paths = list(_files(tmp_path).values())
    survey = cx.Survey(list(map(str, paths)), segments=["area"], **ASKED)
    assert survey.table["web"].tolist() == [4, 3, 5, 3]
    assert survey.source.distinct("area") == ["02134", "North"]


def test_a_file_for_each_wave(tmp_path):
    survey = cx.Survey(_files(tmp_path), time="year", **ASKED)
    assert survey.waves == ["2024", "2025"]
    assert survey.where(cx.Segment("now", {"year": "2025"})).table["web"].tolist() == [5, 3]


def test_files_by_wave_that_cannot_be(tmp_path):
    paths = _files(tmp_path, year=[1, 2])
    for data, more, message in (
        (
            paths,
            {"time": "year"},
            f"survey file '{paths['2024']}' is given for wave '2024' and has a column 'year' as well. Give the files "
            "as a list, or another time column.",
        ),
        (
            paths,
            {},
            "data is given by wave, but the survey names no time column. Name the column to make: "
            "Survey(..., time='wave').",
        ),
        (
            {},
            {"time": "year"},
            "data is given by wave, and has none. Give {'2024': 'a.csv', '2025': 'b.csv'}.",
        ),
    ):
        with pytest.raises(cx.errors.ValuesError) as refused:
            cx.Survey(data, **ASKED, **more)
        assert str(refused.value) == message


def test_a_list_of_something_else_is_no_table():
    with pytest.raises(cx.errors.CxlensError, match="data of type 'list' is not a table"):
        cx.Survey([{"web": 1}], **ASKED)
