"""One reader: small lists are read from every kind of file that answers are read from."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError

KNOWN = ("Security", "Wi-Fi")
MAP = pd.DataFrame({"stage": ["Gate", "Wait"], "touchpoint": ["Security", "Wi-Fi"], "volume": [1.25, 250000.0]})
PLAN = pd.DataFrame(
    {"name": ["Queue", "Renew"], "touchpoints": ["Security", "Security; Wi-Fi"], "lift": [0.25, 1.5], "effort": [2, 3]}
)


def write(frame, folder, kind):
    """A frame as a file of some kind, or as several; the path to give."""
    path = folder / f"list.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "xlsx":
        pytest.importorskip("openpyxl")
        frame.to_excel(path, index=False)
    elif kind in ("sav", "zsav", "dta"):
        pyreadstat = pytest.importorskip("pyreadstat")
        if kind == "dta":
            pyreadstat.write_dta(frame, path)
        else:
            pyreadstat.write_sav(frame, path, compress=kind == "zsav")
    elif kind in ("folder", "pattern"):
        path = folder / "lists"
        path.mkdir()
        for row in range(len(frame)):
            frame.iloc[[row]].to_csv(path / f"{row}.csv", index=False)
        return path if kind == "folder" else path / "*.csv"
    else:
        path = folder / "list.csv"
        frame.to_csv(path, index=False, sep=kind, decimal="," if kind == ";" else ".")
    return path


KINDS = [",", ";", "\t", "xlsx", "parquet", "sav", "zsav", "dta", "folder", "pattern"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_initiatives(kind, tmp_path) -> None:
    path = write(PLAN, tmp_path, kind)
    pd.testing.assert_frame_equal(cx.read_initiatives(path, KNOWN), cx.read_initiatives(PLAN, KNOWN))


@pytest.mark.parametrize("kind", KINDS)
def test_a_map(kind, tmp_path) -> None:
    path = write(MAP, tmp_path, kind)
    read = cx.TouchpointMap.from_csv(path)
    assert read.names == KNOWN
    assert [touchpoint.volume for touchpoint in read] == [1.25, 250000.0]


@pytest.mark.parametrize("kind", ["parquet", "sav"])
def test_a_fault_is_told_with_its_row(kind, tmp_path) -> None:
    path = write(PLAN.assign(effort=[2, -1]), tmp_path, kind)
    with pytest.raises(CxlensError) as error:
        cx.read_initiatives(path, KNOWN)
    assert str(error.value) == (
        f"{path}, line 2: initiative 'Renew': effort is out of order: low -1.5, likely -1, high -0.5. "
        "Give 0 <= low <= likely <= high."
    )


def test_a_volume_that_may_be_two_numbers_is_asked_about(tmp_path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("stage;touchpoint;volume\nGate;Security;120.000\n", encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        cx.TouchpointMap.from_csv(path)
    assert str(error.value) == (
        f"{path}, line 2: touchpoint 'Security': volume is '120.000', which may be 120 or 120,000. Write 120000 or 120."
    )
