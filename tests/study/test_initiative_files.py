"""Lists of initiatives as CSV and TOML: how they look, and what is said of a file that is not right."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.study.initiatives import read_initiatives, write_initiatives

KNOWN = ("Security", "Wi-Fi")
TOML = """\
# what could be done
[[initiatives]]
name = "Second queue"
touchpoints = ["Security"]
lift = [0.1, 0.2, 0.4]
effort = [3, 4, 5]
owner = "Operations"
teams = { IT = 2 }
must_do = true

[[initiatives]]
name = "Renew it"
touchpoints = "Wi-Fi"
lift = "to standard"
effort = [1, 2, 3]
cost = [10, 20, 30]
prerequisites = ["Second queue"]
"""
CSV = """\
name,touchpoints,lift_low,lift_likely,lift_high,effort_low,effort_likely,effort_high,cost_low,cost_likely,cost_high,\
owner,teams,prerequisites,must_do
Second queue,Security,0.1,0.2,0.4,3,4,5,,,,Operations,IT: 2,,yes
Renew it,Wi-Fi,,to standard,,1,2,3,10,20,30,,,Second queue,no
"""


@pytest.fixture
def plan(tmp_path) -> pd.DataFrame:
    path = tmp_path / "plan.toml"
    path.write_text(TOML, encoding="utf-8")
    return read_initiatives(path, KNOWN)


def test_both_forms_say_the_same(plan, tmp_path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(CSV, encoding="utf-8")
    pd.testing.assert_frame_equal(read_initiatives(path, KNOWN), plan)
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


def test_a_toml_file_is_written_without_the_defaults(plan, tmp_path) -> None:
    path = tmp_path / "again.TOML"
    write_initiatives(plan, path)
    pd.testing.assert_frame_equal(read_initiatives(path, KNOWN), plan)
    said = [line.split(" =")[0] for line in path.read_text(encoding="utf-8").splitlines() if " = " in line]
    assert said == [
        "name", "touchpoints", "lift", "effort", "owner", "must_do", "IT",
        "name", "touchpoints", "lift", "effort", "cost", "prerequisites",
    ]  # fmt: skip


KEYS = (
    "name, touchpoints, dimension, segments, kind, lift, effort, effort_unit, cost, duration, owner, function, "
    "accountable, responsible, consulted, informed, teams, prerequisites, exclusions, must_do"
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lift = [0.1, 0.2, 0.4]", "lift = [0.1, 0.2]",
         ": [initiatives] 1.lift (line 5): expected three numbers, low, likely and high, or 'to standard', "
         "found [0.1, 0.2]."),
        ('lift = "to standard"', 'lift = "much"',
         ": [initiatives] 2.lift (line 14): expected three numbers, low, likely and high, or 'to standard', "
         "found 'much'."),
        ("cost = [10, 20, 30]", "cost = 20",
         ": [initiatives] 2.cost (line 16): expected three numbers, low, likely and high, found 20."),
        ("lift = [0.1, 0.2, 0.4]", "lift_low = 0.1",
         f": [initiatives] 1.lift_low (line 5): unknown key. Did you mean 'lift'? Keys: {KEYS}."),
        ("effort = [1, 2, 3]\n", "", ": [initiatives] 2 (line 11): key 'effort' is missing. Add it."),
        ("[[initiatives]]", "[[initiatives]", " is not valid TOML: Expected ']]' at the end of an array declaration "
         "(at line 2, column 14)."),
        ('touchpoints = "Wi-Fi"', 'touchpoints = ["Wifi"]',
         ": [initiatives] 2 (line 11): initiative 'Renew it': touchpoint 'Wifi' is not known here. Did you mean "
         "'Wi-Fi'? Touchpoints: Security, Wi-Fi."),
        ('["Second queue"]', '["Second"]',
         ": [initiatives] 2 (line 11): initiative 'Renew it': prerequisite 'Second' is not known here. Did you mean "
         "'Second queue'? Initiatives: Second queue, Renew it."),
        ("{ IT = 2 }", "{ IT = -2 }",
         ": [initiatives] 1 (line 2): initiative 'Second queue': capacity of team 'IT' is -2. "
         "Give a number of 0 or more."),
        ("[10, 20, 30]", "[30, 20, 10]",
         ": [initiatives] 2 (line 11): initiative 'Renew it': cost is out of order: low 30, likely 20, high 10. "
         "Give 0 <= low <= likely <= high."),
    ],
)  # fmt: skip
def test_a_toml_file_that_is_not_right(old, new, message, tmp_path) -> None:
    assert old in TOML
    path = tmp_path / "plan.toml"
    path.write_text(TOML.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        read_initiatives(path, KNOWN)
    assert str(error.value) == f"{path}{message}"


def test_files_that_hold_no_list(plan, tmp_path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("# nothing yet\n", encoding="utf-8")
    with pytest.raises(FileError) as error:
        read_initiatives(path, KNOWN)
    assert str(error.value) == f"{path}: key 'initiatives' is missing. Add it."
    path.write_text(TOML.replace("[[initiatives]]", "[[initiative]]"), encoding="utf-8")
    with pytest.raises(FileError) as error:
        read_initiatives(path, KNOWN)
    assert str(error.value) == (
        f"{path}: [initiative] (line 2): unknown key. Did you mean 'initiatives'? Keys: initiatives."
    )
    with pytest.raises(FileError) as error:
        read_initiatives(tmp_path, KNOWN)
    assert str(error.value) == f"{tmp_path} is a folder. Give the file, such as {tmp_path / 'touchpoints.csv'}."
    with pytest.raises(FileError) as error:
        write_initiatives(plan, tmp_path / "plan.xlsx")
    assert str(error.value) == (
        f"{tmp_path / 'plan.xlsx'} ends in neither .csv nor .toml. Give a list of initiatives one of these endings."
    )
    with pytest.raises(FileError) as error:
        write_initiatives(plan, tmp_path / "none" / "plan.csv")
    assert str(error.value) == (
        f"{tmp_path / 'none' / 'plan.csv'} cannot be written: No such file or directory. "
        "Check that its folder is there."
    )


def test_names_with_semicolons_are_written_as_toml_only(tmp_path) -> None:
    row = {"name": "Repaint", "touchpoints": [["Shops; kiosks"]], "owner": ""}
    ranges = {f"{what}_{end}": 1.0 for what in ("lift", "effort") for end in ("low", "likely", "high")}
    plan = read_initiatives(pd.DataFrame(row | ranges), ["Shops; kiosks"])
    with pytest.raises(ValuesError) as error:
        write_initiatives(plan, tmp_path / "plan.csv")
    assert str(error.value) == (
        "initiative 'Repaint': touchpoint 'Shops; kiosks' has a semicolon, which separates names in a CSV file. "
        "Write a TOML file, or rename the touchpoint."
    )
    assert not (tmp_path / "plan.csv").exists()
    write_initiatives(plan, tmp_path / "plan.toml")
    assert read_initiatives(tmp_path / "plan.toml", ["Shops; kiosks"]).equals(plan)
