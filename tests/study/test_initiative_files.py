"""Lists of initiatives as CSV: how they look, and what is said of a file that is not right."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.study.initiatives import read_initiatives, write_initiatives

KNOWN = ("Security", "Wi-Fi")
CSV = """\
name,touchpoints,lift_low,lift_likely,lift_high,effort_low,effort_likely,effort_high,cost_low,cost_likely,cost_high,\
owner,teams,prerequisites,must_do
Second queue,Security,0.1,0.2,0.4,3,4,5,,,,Operations,IT: 2,,yes
Renew it,Wi-Fi,,to standard,,1,2,3,10,20,30,,,Second queue,no
"""


@pytest.fixture
def plan(tmp_path) -> pd.DataFrame:
    path = tmp_path / "given.csv"
    path.write_text(CSV, encoding="utf-8")
    return read_initiatives(path, KNOWN)


def test_a_file_says_what_its_cells_mean(plan) -> None:
    assert plan["to_standard"].tolist() == [False, True]
    assert plan.loc[0, ["teams", "must_do", "accountable"]].tolist() == [{"IT": 2.0}, True, "Operations"]
    assert plan.loc[1, ["touchpoints", "cost_high", "prerequisites"]].tolist() == [("Wi-Fi",), 30, ("Second queue",)]


def test_a_csv_file_has_only_the_columns_that_say_something(plan, tmp_path) -> None:
    path = tmp_path / "plan.csv"
    write_initiatives(plan, path)
    assert path.read_text(encoding="utf-8") == CSV
    short = plan[["name", "touchpoints", *[name for name in plan if name.startswith(("lift", "effort"))]]].head(1)
    write_initiatives(short, path)
    assert path.read_text(encoding="utf-8").splitlines()[0] == CSV.split(",cost_low")[0]
    other = plan.assign(accountable=["Head", ""], effort_unit="days", duration=[1, 2])
    write_initiatives(other, path)
    assert path.read_text(encoding="utf-8").splitlines()[0] == (
        CSV.split(",cost_low")[0] + ",effort_unit,cost_low,cost_likely,cost_high,duration,owner,accountable,teams,"
        "prerequisites,must_do"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to standard", "much",
         ", line 3: initiative 'Renew it': lift is 'much'. Write points of the score, or 'to standard'."),
        ("Renew it,Wi-Fi", "Renew it,Wifi",
         ", line 3: initiative 'Renew it': touchpoint 'Wifi' is not known here. Did you mean 'Wi-Fi'? "
         "Touchpoints: Security, Wi-Fi."),
        (",Second queue,no", ",Second,no",
         ", line 3: initiative 'Renew it': prerequisite 'Second' is not known here. Did you mean 'Second queue'? "
         "Initiatives: Second queue, Renew it."),
        ("IT: 2", "IT: -2",
         ", line 2: initiative 'Second queue': capacity of team 'IT' is -2. Give a number of 0 or more."),
        ("10,20,30", "30,20,10",
         ", line 3: initiative 'Renew it': cost is out of order: low 30, likely 20, high 10. "
         "Give 0 <= low <= likely <= high."),
    ],
)  # fmt: skip
def test_a_file_that_is_not_right(old, new, message, tmp_path) -> None:
    assert old in CSV
    path = tmp_path / "plan.csv"
    path.write_text(CSV.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        read_initiatives(path, KNOWN)
    assert str(error.value) == f"{path}{message}"


@pytest.mark.parametrize("name", ["plan.toml", "plan.TOML"])
def test_a_list_is_not_read_from_toml(name, tmp_path) -> None:
    path = tmp_path / name
    path.write_text('[[initiatives]]\nname = "a"\n', encoding="utf-8")
    with pytest.raises(FileError) as error:
        read_initiatives(path, KNOWN)
    assert str(error.value) == (
        f"{path} is a TOML file, which holds no list of initiatives. Write initiatives as CSV, a row each: plan.csv."
    )


@pytest.mark.parametrize("name", ["plan.toml", "plan.xlsx"])
def test_a_list_is_written_as_csv_only(name, plan, tmp_path) -> None:
    with pytest.raises(FileError) as error:
        write_initiatives(plan, tmp_path / name)
    assert str(error.value) == (
        f"{tmp_path / name} does not end in .csv. Write initiatives as CSV, a row each: plan.csv."
    )
    assert not (tmp_path / name).exists()


def test_files_that_hold_no_list(plan, tmp_path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileError) as error:
        read_initiatives(empty, KNOWN)
    assert str(error.value) == (
        f"file '{empty}' is a folder without a table. Give the file, such as '{empty / 'answers.csv'}'."
    )
    with pytest.raises(FileError) as error:
        write_initiatives(plan, tmp_path / "none" / "plan.csv")
    assert str(error.value) == (
        f"{tmp_path / 'none' / 'plan.csv'} cannot be written: No such file or directory. "
        "Check that its folder is there."
    )


def test_names_with_semicolons_are_not_written(tmp_path) -> None:
    row = {"name": "Repaint", "touchpoints": [["Shops; kiosks"]], "owner": ""}
    ranges = {f"{what}_{end}": 1.0 for what in ("lift", "effort") for end in ("low", "likely", "high")}
    plan = read_initiatives(pd.DataFrame(row | ranges), ["Shops; kiosks"])
    with pytest.raises(ValuesError) as error:
        write_initiatives(plan, tmp_path / "plan.csv")
    assert str(error.value) == (
        "initiative 'Repaint': touchpoint 'Shops; kiosks' has a semicolon, which separates names in a CSV file. "
        "Rename the touchpoint."
    )
    assert not (tmp_path / "plan.csv").exists()
