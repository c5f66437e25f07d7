"""Lists of initiatives, from CSV and from frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.errors import ColumnError, CxlensError, ValuesError
from cxlens.model.initiatives import COLUMNS, read_initiatives

KNOWN = ("Security", "Wi-Fi", "Signs")
FULL = {
    "name": "Second queue", "touchpoints": "Security; Signs", "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
    "effort_low": 3, "effort_likely": 4, "effort_high": 5, "owner": "Operations",
}  # fmt: skip
HEADER = "name,touchpoints,lift_low,lift_likely,lift_high,effort_low,effort_likely,effort_high,owner\n"


def frame(**changes) -> pd.DataFrame:
    return pd.DataFrame([{**FULL, **changes}])


def test_a_frame_is_read_and_left_alone() -> None:
    given = pd.DataFrame([FULL, {**FULL, "name": "NA", "touchpoints": ("Wi-Fi",), "owner": None, "lift_low": -0.1}])
    before = given.copy()
    read = read_initiatives(given, KNOWN)
    pd.testing.assert_frame_equal(given, before)
    assert tuple(read.columns) == COLUMNS
    assert read["name"].tolist() == ["Second queue", "NA"]
    assert read["touchpoints"].tolist() == [("Security", "Signs"), ("Wi-Fi",)]
    assert read["effort_unit"].tolist() == ["weeks", "weeks"]
    assert read["owner"].tolist() == ["Operations", ""]
    assert read["lift_low"].tolist() == [0.1, -0.1]
    assert read["cost_low"].isna().all()
    assert {str(read[column].dtype) for column in COLUMNS if column.endswith(("low", "likely", "high"))} == {"float64"}


def test_what_was_read_reads_again_the_same() -> None:
    read = read_initiatives(frame(), KNOWN)
    pd.testing.assert_frame_equal(read_initiatives(read, KNOWN), read)


def test_a_file_gives_what_the_frame_gives(tmp_path) -> None:
    path = tmp_path / "initiatives.csv"
    given = frame(effort_unit="days", cost_low=1000, cost_likely=2000, cost_high=2500.5)
    given.to_csv(path, index=False)
    read = read_initiatives(path, KNOWN)
    pd.testing.assert_frame_equal(read, read_initiatives(given, KNOWN))
    assert read.loc[0, ["effort_unit", "cost_high"]].tolist() == ["days", 2500.5]


def test_cost_may_be_given_for_some() -> None:
    costly = {"cost_low": 1, "cost_likely": 1, "cost_high": 1}
    read = read_initiatives(pd.DataFrame([FULL, {**FULL, **costly, "name": "b"}]), KNOWN)
    assert read["cost_low"].tolist()[1] == 1
    assert np.isnan(read.loc[0, "cost_low"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"touchpoints": "Securty"},
            "initiative 'Second queue': touchpoint 'Securty' is not known here. Did you mean 'Security'? "
            "Touchpoints: Security, Wi-Fi, Signs.",
        ),
        (
            {"touchpoints": ""},
            "initiative 'Second queue': touchpoint '' is not known here. Touchpoints: Security, Wi-Fi, Signs.",
        ),
        (
            {"lift_low": 0.3},
            "initiative 'Second queue': lift is out of order: low 0.3, likely 0.2, high 0.4. "
            "Give low <= likely <= high.",
        ),
        (
            {"effort_low": -1},
            "initiative 'Second queue': effort is out of order: low -1, likely 4, high 5. "
            "Give 0 <= low <= likely <= high.",
        ),
        (
            {"cost_low": 5},
            "initiative 'Second queue': cost_likely must be a number, found None. "
            "Write figures only, with a decimal point.",
        ),
        (
            {"lift_high": None},
            "initiative 'Second queue': lift_high must be a number, found ''. "
            "Write figures only, with a decimal point.",
        ),
        (
            {"lift_high": "much"},
            "initiative 'Second queue': lift_high must be a number, found 'much'. "
            "Write figures only, with a decimal point.",
        ),
        (
            {"name": " "},
            "initiative name ' ' is not a name. Give it as text, such as 'Security', without a semicolon, "
            "which separates names in files.",
        ),
    ],
)
def test_a_row_that_is_not_right(changes, message) -> None:
    with pytest.raises(CxlensError) as error:
        read_initiatives(frame(**changes), KNOWN)
    assert str(error.value) == message


def test_rows_that_do_not_go_together() -> None:
    with pytest.raises(ValuesError) as error:
        read_initiatives(pd.DataFrame([FULL, FULL]), KNOWN)
    assert str(error.value) == "initiative 'Second queue' is there twice. Give each initiative a name of its own."
    other = {**FULL, "name": "b", "effort_unit": "days"}
    with pytest.raises(ValuesError) as error:
        read_initiatives(pd.DataFrame([FULL, other]), KNOWN)
    assert str(error.value) == (
        "initiative 'b': effort_unit is 'days' where it was 'weeks' before. Give all efforts in one unit."
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            frame().drop(columns="lift_low"),
            "initiatives: column 'lift_low' is missing. Columns found: name, touchpoints, "
            "lift_likely, lift_high, effort_low, effort_likely, effort_high, owner.",
        ),
        (
            frame(ownr="x"),
            f"initiatives: column 'ownr' is not known here. Did you mean 'owner'? Columns: {', '.join(COLUMNS)}.",
        ),
    ],
)
def test_columns_that_are_not_right(data, message) -> None:
    with pytest.raises(ColumnError) as error:
        read_initiatives(data, KNOWN)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEADER + "a,Wi-Fi,0,0,0,1,1,1,\n\nb,Wifi,0,0,0,1,1,1,\n",
            ", line 4: initiative 'b': touchpoint 'Wifi' is not known here. Did you mean 'Wi-Fi'? "
            "Touchpoints: Security, Wi-Fi, Signs.",
        ),
        (
            HEADER + 'a,Wi-Fi,0,0,"0,5",1,1,1,\n',
            ", line 2: initiative 'a': lift_high must be a number, found '0,5'. "
            "Write figures only, with a decimal point.",
        ),
        (
            HEADER.replace(",", ";"),
            ", line 1: semicolons stand between the columns where commas are needed. Save it with commas: LibreOffice "
            "asks for the field separator, Excel takes the list separator of the region settings.",
        ),
        (
            HEADER.replace("effort_low,", "") + "a,Wi-Fi,0,0,0,1,1,me\n",
            ", line 1: column 'effort_low' is missing. Columns found: name, touchpoints, lift_low, lift_likely, "
            "lift_high, effort_likely, effort_high, owner.",
        ),
    ],
)
def test_a_file_that_is_not_right(text, message, tmp_path) -> None:
    path = tmp_path / "initiatives.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        read_initiatives(path, KNOWN)
    assert str(error.value) == f"{path}{message}"


def test_a_file_that_is_not_there(tmp_path) -> None:
    path = tmp_path / "none.csv"
    with pytest.raises(CxlensError) as error:
        read_initiatives(str(path), KNOWN)
    assert str(error.value) == f"{path} is not there. Check the path."
