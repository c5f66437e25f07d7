"""Years that do not come with cxlens: a made-up 2019, by a code file. All of its answers are made up."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.datasets.questionnaires import CODES, SCORES, SEGMENT_COLUMNS, YEARS, built_in, with_code_files
from cxlens.datasets.sfo import NOT_ASKED, read_year
from cxlens.errors import CxlensError

BASE = built_in()[2017]
LIKE = """\
year = 2019
like = 2017

[columns]
security = "Q12PASS"
age = "Q20AGE"
parking = ""
first_time = ""

[codes.age]
"65-74" = [7]
"75 and over" = [8]

[codes.scores]
6 = [7, "DK"]

[comments]
said_safety = ["Q10COM1"]
"""
ANSWERS = {
    "Q7ALL": ["5", "4", "3"], "Q12PASS": ["1", "DK", "7"], "Q20AGE": ["7", "8", "2"], "NETPRO": ["10", "0", "11"],
    "WEIGHT": ["0.5", "1", "1.5"], "Q10COM1": ["4", "0", "12"], "BAREA": ["A", "B", "C"],
}  # fmt: skip


@pytest.fixture
def home(tmp_path):
    """A folder with a made-up survey of 2019 and its code file."""
    columns = [name for ours, name in BASE.columns.items() if ours not in ("parking", "first_time", "security", "age")]
    raw = pd.DataFrame(dict.fromkeys([*columns, *ANSWERS], "1"), index=range(3))
    raw.assign(**ANSWERS).to_csv(tmp_path / "2019_SFO.csv", index=False)
    (tmp_path / "2019.toml").write_text(LIKE, encoding="utf-8")
    return tmp_path


def fault(path) -> str:
    with pytest.raises(CxlensError) as error:
        with_code_files(path)
    return str(error.value)


def test_a_year_of_ones_own_is_read(home) -> None:
    frame = read_year(home / "2019_SFO.csv", 2019, codes=home / "2019.toml")
    assert frame["year"].unique().tolist() == [2019]
    assert frame["security"].tolist() == [1, 6, 6]
    assert frame["age"].tolist() == ["65-74", "75 and over", "18-24"]
    assert frame["recommend"].tolist() == [10, 0, 11]
    assert frame["said_safety"].tolist() == ["4", "", "12"]
    assert set(frame["first_time"]) == {NOT_ASKED}
    assert set(frame["said_general"]) == {""}
    assert frame["parking"].tolist() == [0, 0, 0]


def test_a_year_of_ones_own_is_a_study(home) -> None:
    study = cx.datasets.load_sfo(2019, data_home=home, codes=str(home))
    assert study.name == "San Francisco airport survey, 2019"
    survey = study.survey()
    assert survey.n == 3
    assert "Parking" not in survey.touchpoints
    assert len(survey.touchpoints) == 22
    assert dict(survey.outcomes) == {"recommend": "nps", "overall": "interval"}
    assert "first_time" not in survey.segments
    assert dict(survey.comments) == {"Feeling safe": "said_safety"}
    assert f"{survey.table['overall'].mean():g}" == "4"


def test_it_goes_with_the_years_that_come_with_cxlens(home, shared) -> None:
    real = next((shared / "sfo").glob("2017*SFO*.csv"))
    (home / real.name).symlink_to(real)
    study = cx.datasets.load_sfo([2017, 2019], data_home=home, codes=[home / "2019.toml"])
    assert study.name == "San Francisco airport survey, 2017, 2019"
    frame = study.survey_plan.data
    assert frame.groupby("year").size().to_dict() == {2017: 2831, 2019: 3}
    alone = read_year(real, 2017)
    pd.testing.assert_frame_equal(frame[frame["year"] == 2017][list(alone.columns)], alone)


def test_a_year_can_be_written_out(tmp_path) -> None:
    columns = {name: f"X{place}" for place, name in enumerate((*SCORES, *SEGMENT_COLUMNS))}
    lines = ["year = 2020", 'dataset_id = "abcd-1234"', "[columns]", 'overall = "ALL"', 'weight = "W"']
    lines += [f'{name} = "{column}"' for name, column in columns.items()]
    for name in CODES:
        lines += [f"[codes.{name}]", '"One" = [1]', '"Two" = [2, "two"]']
    path = tmp_path / "2020.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    known = with_code_files(path)
    assert tuple(known) == (*YEARS, 2020)
    assert known[2020].codes["age"] == {"1": "One", "2": "Two", "two": "Two"}
    assert known[2020].dataset_id == "abcd-1234"
    raw = pd.DataFrame(dict.fromkeys([*columns.values(), "ALL", "W"], "2"), index=range(2))
    raw.to_csv(tmp_path / "2020_SFO.csv", index=False)
    frame = read_year(tmp_path / "2020_SFO.csv", 2020, codes=path)
    assert frame.loc[0, ["wifi", "purpose", "overall"]].tolist() == [2, "Two", 2]
    assert frame["recommend"].isna().all()


def test_files_may_be_like_one_another_in_any_order(tmp_path) -> None:
    (tmp_path / "a.toml").write_text("year = 2020\nlike = 2019\n", encoding="utf-8")
    (tmp_path / "b.toml").write_text(LIKE, encoding="utf-8")
    known = with_code_files(tmp_path)
    assert known[2020].columns == known[2019].columns
    assert known[2020].comments == {}


def test_a_year_that_comes_with_cxlens_can_be_mended(tmp_path) -> None:
    path = tmp_path / "2017.toml"
    path.write_text('year = 2017\nlike = 2017\n[codes.gender]\n"Not given" = [9]\n', encoding="utf-8")
    mended = with_code_files(path)[2017]
    assert mended.codes["gender"] == {**BASE.codes["gender"], "9": "Not given"}
    assert built_in()[2017] == BASE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("like = 2017\n", ": key 'year' is missing. Add it."),
        ("year = 2019\nlike = 2018\n",
         ": [like]  (line 2): the questionnaire of 2018 is not known. Years: 2013, 2014, 2015, 2016, 2017."),
        ("year = 2019\nlike = 2017\n[columns]\nsecurty = \"X\"\n", ": [columns] securty (line 4): unknown key."),
        ("year = 2019\n", ": the columns of overall, weight are not said. Add them to [columns], or like = 2017."),
        ('year = 2019\n[columns]\noverall = "A"\nweight = "W"\n',
         ": no column of a score is said. Add them to [columns], or like = 2017."),
        ('year = 2019\n[columns]\noverall = "A"\nweight = "W"\nwifi = "X"\nage = "Y"\n',
         ": the codes of age are not said. Add [codes.age], or like = 2017."),
        ('year = 2019\nlike = 2017\n[codes.age]\n"a" = [1]\n"b" = [1]\n',
         ": [codes] age.b (line 5): the code 1 stands under two words. Keep one of them."),
        ('year = 2019\nlike = 2017\n[codes.scores]\nbad = [1]\n',
         ": [codes] scores.bad (line 4): codes of scores stand under a number: 0 blank, 6 not used, 11 blank in "
         "recommend."),
    ],
)  # fmt: skip
def test_a_code_file_that_is_not_right(text, message, tmp_path) -> None:
    path = tmp_path / "2019.toml"
    path.write_text(text, encoding="utf-8")
    assert fault(path).startswith(f"{path}{message}".replace("]  (", "] ("))


def test_code_files_that_do_not_go_together(tmp_path) -> None:
    (tmp_path / "a.toml").write_text(LIKE, encoding="utf-8")
    (tmp_path / "b.toml").write_text(LIKE, encoding="utf-8")
    assert fault(tmp_path) == (
        f"{tmp_path / 'a.toml'}: [year] (line 1): the year 2019 has 2 code files. Give one of them."
    )
    (tmp_path / "a.toml").write_text("year = 2018\nlike = 2020\n", encoding="utf-8")
    (tmp_path / "b.toml").write_text("year = 2020\nlike = 2018\n", encoding="utf-8")
    assert fault(tmp_path) == (
        f"{tmp_path / 'a.toml'}: [like] (line 2): the code files are like one another in a circle. Write one out."
    )


def test_a_folder_without_code_files(tmp_path) -> None:
    assert fault(tmp_path) == f"codes {str(tmp_path)!r} is a folder without a code file. Give one such as 2019.toml."
