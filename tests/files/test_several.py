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


def _spss(path, words, codes=(1, 2)):
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame({"web": [1.0, 4, 5] * 4, "nps": [2.0, 8, 9] * 4, "purpose": [*codes, *codes] * 3})
    pyreadstat.write_sav(frame.astype(float), str(path), variable_value_labels={"purpose": words})
    return path


def _purposes(paths, **options):
    survey = cx.Survey(list(paths), touchpoints=["web"], outcome="nps", segments=["purpose"], **options)
    return survey.source.rows.labels["purpose"].astype(str).tolist()


def test_each_file_has_its_own_words_for_codes(tmp_path):
    first = _spss(tmp_path / "a.sav", {1: "Business", 2: "Leisure"})
    turned = _spss(tmp_path / "b.sav", {1: "Leisure", 2: "Business"})
    assert _purposes([first, turned]) == ["Business", "Leisure"] * 6 + ["Leisure", "Business"] * 6


def test_codes_that_two_files_call_differently_are_not_called_as_the_first_does(tmp_path):
    first = _spss(tmp_path / "a.sav", {1: "Business", 2: "Leisure"})
    turned = _spss(tmp_path / "b.sav", {1: "Leisure", 2: "Business"})
    with pytest.raises(cx.CxlensError) as refused:
        _purposes([first, turned], labels={"purpose": {3: "Crew"}})
    assert str(refused.value) == (
        "'purpose': code 1 is 'Business' in one file and 'Leisure' in another. Let each code mean the same in all "
        "files."
    )


def test_words_that_only_the_second_file_has_are_taken(tmp_path):
    first = _spss(tmp_path / "a.sav", {1: "Business"}, codes=(1, 1))
    second = _spss(tmp_path / "b.sav", {1: "Business", 2: "Leisure"})
    said = _purposes([first, second], labels={"purpose": {3: "Crew"}})
    assert said == ["Business"] * 12 + ["Business", "Leisure"] * 6


def test_a_column_that_one_file_has_twice(tmp_path):
    once = tmp_path / "a.csv"
    twice = tmp_path / "b.csv"
    once.write_text("web,nps,x\n5,9,1\n", encoding="utf-8")
    twice.write_text("web,nps,x,x\n5,9,1,1\n", encoding="utf-8")
    with pytest.raises(cx.CxlensError) as refused:
        cx.Survey([once, twice], touchpoints=["web"], outcome="nps")
    assert str(refused.value) == (
        f"survey files '{once}' and '{twice}' have other columns: 'x' one of them has more often. Give files with "
        "the same columns."
    )
