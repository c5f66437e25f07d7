"""What the comparison of figures lets pass, and what it reports."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "same_figures.py"


@pytest.fixture(scope="module")
def same_figures():
    spec = importlib.util.spec_from_file_location("same_figures", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folders(tmp_path):
    table = pd.DataFrame(
        {"touchpoint": ["Wi-Fi", "Shops"], "coef": [1 / 3, 0.0], "low": [None, 2.5], "p_first": [0.251, 0.749]}
    )
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
        table.to_csv(tmp_path / name / "drivers__table.csv", index=False)
        (tmp_path / name / "drivers.txt").write_text("Wi-Fi leads. n = 5.\n")
    return tmp_path / "before", tmp_path / "after"


def change(folder, column, row, value):
    path = folder / "drivers__table.csv"
    table = pd.read_csv(path)
    table.loc[row, column] = value
    table.to_csv(path, index=False)


def test_equal_folders(same_figures, folders):
    assert same_figures.compare(*folders) == []
    assert same_figures.compare_words(*folders) == []


@pytest.mark.parametrize(
    ("column", "value", "differs"),
    [
        ("coef", 1 / 3 * (1 + 1e-8), True),
        ("coef", 1 / 3 * (1 + 1e-10), False),
        ("low", 1.0, True),
        ("touchpoint", "WiFi", True),
        ("p_first", 0.253, False),
        ("p_first", 0.254, True),
    ],
)
def test_one_cell_off(same_figures, folders, column, value, differs):
    change(folders[1], column, 0, value)
    lines = same_figures.compare(*folders)
    assert [line.split(":")[0] for line in lines] == [f"drivers__table, {column}"] * differs


def test_a_zero_by_rounding(same_figures, folders):
    change(folders[1], "coef", 1, 1e-15)
    assert same_figures.compare(*folders) == []


def test_missing_table_column_and_rows(same_figures, folders):
    before, after = folders
    path = after / "drivers__table.csv"
    table = pd.read_csv(path)
    table.drop(columns="low").to_csv(path, index=False)
    assert same_figures.compare(before, after) == ["drivers__table, low: column gone"]
    table.head(1).to_csv(path, index=False)
    assert same_figures.compare(before, after) == ["drivers__table: 2 rows before, 1 after"]
    path.unlink()
    assert same_figures.compare(before, after) == [f"drivers__table.csv: only in {before}"]
    assert same_figures.compare(after, before) == [f"drivers__table.csv: only in {before}"]


def test_an_error_on_one_side_fails_and_words_do_not(same_figures, folders):
    before, after = folders
    (after / "drivers.txt").write_text("Shops lead. n = 5.\n")
    assert same_figures.compare(before, after) == []
    assert same_figures.compare_words(before, after) == ["drivers.txt: - Wi-Fi leads.", "drivers.txt: + Shops lead."]
    (after / "paths__error.txt").write_text("ValueError: no\n")
    assert same_figures.compare(before, after) == [f"paths__error.txt: only in {after}"]
