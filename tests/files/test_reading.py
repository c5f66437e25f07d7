"""Answers read as their owner says: where what is found would be wrong, or nothing is found."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError

ROLES = {"touchpoints": ["web"], "outcome": "spent", "scale": cx.Scale(1, 5)}


def write(folder, text, encoding="utf-8"):
    path = folder / "answers.csv"
    path.write_text(text, encoding=encoding)
    return path


def refusal(call) -> str:
    with pytest.raises(CxlensError) as error:
        call()
    return str(error.value)


def test_what_is_found_without_options_is_what_the_survey_finds(tmp_path) -> None:
    path = write(tmp_path, "web;spent;area\n5;1,94;02134\n4;2,50;10001\n;3,00;\n")
    frame = cx.read_answers(path)
    assert frame["spent"].tolist() == [1.94, 2.5, 3.0]
    assert frame["area"].tolist()[:2] == ["02134", "10001"]
    by_frame = cx.Survey(frame, **ROLES, segments=["area"])
    by_path = cx.Survey(path, **ROLES, segments=["area"])
    pd.testing.assert_frame_equal(cx.baseline(by_frame, min_n=1).table, cx.baseline(by_path, min_n=1).table)
    assert by_frame.notes == by_path.notes == ("answers.csv: columns are separated by semicolons.",)


def test_a_separator_that_is_not_looked_for(tmp_path) -> None:
    path = write(tmp_path, "web~spent\n5~1\n4~2\n")
    assert cx.read_answers(path, separator="~").to_dict("list") == {"web": [5, 4], "spent": [1, 2]}


def test_thousands_and_decimals_as_said(tmp_path) -> None:
    path = write(tmp_path, "web;spent\n5;1.234\n4;2.345\n")
    assert cx.read_answers(path, decimal=",")["spent"].tolist() == [1234, 2345]
    assert cx.read_answers(path)["spent"].tolist() == [1.234, 2.345]
    path = write(tmp_path, "web;spent\n5;1,234\n4;2,345\n")
    assert cx.read_answers(path, decimal=".")["spent"].tolist() == [1234, 2345]
    assert cx.read_answers(path, decimal=",")["spent"].tolist() == [1.234, 2.345]
    assert cx.read_answers(path)["spent"].tolist() == ["1,234", "2,345"]


def test_an_encoding_that_is_not_looked_for(tmp_path) -> None:
    path = write(tmp_path, "web,area\n5,東京\n4,大阪\n", "shift_jis")
    assert cx.read_answers(path, encoding="shift_jis")["area"].tolist() == ["東京", "大阪"]
    assert refusal(lambda: cx.read_answers(path, encoding="utf-8")) == (
        f"survey file '{path}' is no text in utf-8. Give another encoding=."
    )


def test_the_line_of_the_header(tmp_path) -> None:
    path = write(tmp_path, "web,spent\n5,1\nweb2,spent2\n4,2\n")
    assert cx.read_answers(path, header=3).to_dict("list") == {"web2": [4], "spent2": [2]}
    assert refusal(lambda: cx.read_answers(path, header=9)) == (
        f"survey file '{path}': nothing begins in line 9, so it cannot be the header. Check header=."
    )


def test_sheet_and_row_of_a_workbook(tmp_path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "answers.xlsx"
    with pd.ExcelWriter(path) as book:
        for title, factor in (("2024", 1), ("2025", 2)):
            pd.DataFrame({"web": [1, 2], "spent": [factor, 2 * factor]}).to_excel(book, sheet_name=title, index=False)
    assert "cx.read_answers(path, sheet='2024')" in refusal(lambda: cx.Survey(path, **ROLES))
    assert cx.read_answers(path, sheet="2025")["spent"].tolist() == [2, 4]
    assert list(cx.read_answers(path, sheet="2025", header=2).columns) == ["1", "2"]
    assert refusal(lambda: cx.read_answers(path, sheet="2026")) == (
        f"survey file '{path}' has no sheet '2026' in which something stands. Sheets: '2024', '2025'."
    )
    assert refusal(lambda: cx.read_answers(path, sheet="2025", header=8)) == (
        f"survey file '{path}': nothing stands in row 8, so it cannot be the header. Check header=."
    )
    assert refusal(lambda: cx.read_answers(path, separator=";")) == (
        f"survey file '{path}' is a workbook, and has no separator. Leave separator= out."
    )


def test_what_says_nothing_of_a_file(tmp_path) -> None:
    path = write(tmp_path, "web,spent\n5,1\n")
    assert refusal(lambda: cx.read_answers(path, sheet="a")) == (
        f"survey file '{path}' is text, and has no sheets. Leave sheet= out."
    )
    pd.DataFrame({"web": [1]}).to_parquet(tmp_path / "a.parquet")
    assert refusal(lambda: cx.read_answers(tmp_path / "a.parquet")) == (
        f"survey file '{tmp_path / 'a.parquet'}' says itself how it is read. Give its path: "
        f"cx.Survey({str(tmp_path / 'a.parquet')!r}, ...)."
    )


def test_words_beside_numbers_are_asked_about_and_never_lost(tmp_path) -> None:
    path = write(tmp_path, "web,spent\n5,1\nN/A,2\n4,3\n")
    frame = cx.read_answers(path)
    survey = cx.Survey(frame, **{**ROLES, "scale": cx.Scale(1, 5, not_used=["N/A"])})
    assert cx.baseline(survey, min_n=1).table["n"].tolist() == [2]
    assert "'N/A'" in refusal(lambda: cx.Survey(frame, **ROLES))


def test_events_are_read_so_too(tmp_path) -> None:
    path = write(tmp_path, "who~what~when\na~Web~2026-01-01\na~Shop~2026-01-02\n")
    log = cx.JourneyLog(cx.read_answers(path, separator="~"), customer="who", touchpoint="what", time="when")
    assert "1 " in str(log)


def test_a_study_says_how_its_files_are_read(tmp_path) -> None:
    write(tmp_path, "made by Ann\nweb~spent\n5~1,5\n4~2,5\n")
    (tmp_path / "events.csv").write_text("who~what~when\na~Web~2026-01-01\na~Shop~2026-01-02\n", encoding="utf-8")
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\nname = "Shop"\n[survey]\ndata = "answers.csv"\n'
        '[survey.reading]\nseparator = "~"\nheader = 2\ndecimal = ","\n'
        '[survey.touchpoints]\nWeb = "web"\n[survey.outcomes]\nspent = "interval"\n[survey.scale]\nlow = 1\nhigh = 5\n'
        '[events]\ndata = "events.csv"\ncustomer = "who"\ntouchpoint = "what"\ntime = "when"\n'
        '[events.reading]\nseparator = "~"\n',
        encoding="utf-8",
    )
    study = cx.Study.from_toml(path)
    assert study.survey().table["spent"].tolist() == [1.5, 2.5]
    assert study.journeys() is not None
    study.to_toml(tmp_path / "again.toml")
    assert cx.Study.from_toml(tmp_path / "again.toml").survey_plan.reading == study.survey_plan.reading
    path.write_text(path.read_text(encoding="utf-8").replace("header = 2", "header = 0"), encoding="utf-8")
    assert refusal(lambda: cx.Study.from_toml(path)) == (
        f"{path}: [survey] reading (line 5): header = 0 is no line of a file. The first line is 1."
    )


def test_a_frame_is_read_already() -> None:
    assert refusal(lambda: cx.read_answers(pd.DataFrame())) == (
        "read_answers takes the path of a file, and was given a DataFrame."
    )


TOML = """[study]
name = "Shop"
[survey]
data = DATA
time = "wave"
[survey.reading]
separator = "~"
[survey.touchpoints]
Web = "web"
[survey.outcomes]
spent = "interval"
[survey.scale]
low = 1
high = 5
"""


def waves(folder, header="web~spent~area", wave=""):
    (folder / "a.csv").write_text(f"{header}\n5~1,5~02134{wave}\n4~2,5~02135{wave}\n", encoding="utf-8")
    (folder / "b.csv").write_text(f"{header}\n3~3,5~North{wave}\n", encoding="utf-8")


def study(folder, data):
    path = folder / "study.toml"
    path.write_text(TOML.replace("DATA", data), encoding="utf-8")
    return cx.Study.from_toml(path)


@pytest.mark.parametrize("data", ['{2025 = "a.csv", 2026 = "b.csv"}', '{"2025" = "a.csv", "2026" = "b.csv"}'])
def test_the_file_of_each_wave_is_read_as_said(tmp_path, data: str) -> None:
    waves(tmp_path)
    survey = study(tmp_path, data).survey()
    assert survey.waves == ["2025", "2026"]
    assert survey.table["spent"].tolist() == [1.5, 2.5, 3.5]
    assert survey.where(cx.Segment("then", {"wave": "2025"})).table["spent"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("data", ['["a.csv", "b.csv"]', '"*.csv"'])
def test_several_files_are_read_as_said(tmp_path, data: str) -> None:
    waves(tmp_path, "web~spent~area~wave", "~2025")
    plan = study(tmp_path, data)
    assert plan.survey().table["spent"].tolist() == [1.5, 2.5, 3.5]
    plan.to_toml(tmp_path / "again.toml")
    assert cx.Study.from_toml(tmp_path / "again.toml").survey().n == 3


def test_files_read_as_said_that_cannot_be(tmp_path) -> None:
    waves(tmp_path, "web~spent~area~wave", "~2025")
    assert refusal(study(tmp_path, '{2025 = "a.csv", 2026 = "b.csv"}').survey) == (
        f"[survey] of study 'Shop': survey file '{tmp_path / 'a.csv'}' is given for wave '2025' and has a column "
        "'wave' as well. Give the files as a list, or another time column."
    )
    (tmp_path / "b.csv").write_text("web~wave\n3~2026\n", encoding="utf-8")
    assert refusal(study(tmp_path, '["a.csv", "b.csv"]').survey) == (
        f"[survey] of study 'Shop': survey files '{tmp_path / 'a.csv'}' and '{tmp_path / 'b.csv'}' have other columns: "
        "'area', 'spent' only one of them has. Give files with the same columns."
    )
