"""Empty sheets: what a team fills in is what the nouns read."""

from __future__ import annotations

import re

import pytest

import cxlens as cx
from cxlens.errors import FileError
from cxlens.stages.plan.templates import FORMS
from cxlens.study.initiative_files import CELLS
from cxlens.study.interviews import COLUMNS
from cxlens.study.ranges import RANGES
from cxlens.study.touchpoints import COLUMNS as MAP_COLUMNS

FILES = [
    "touchpoints.csv", "touchpoints.xlsx", "interviews.csv", "interviews.xlsx", "initiatives.csv", "initiatives.xlsx",
    "canvas.html",
]  # fmt: skip


def filled(path, *rows):
    """A sheet with rows typed into it."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    sheet = book.active
    names = [cell.value for cell in sheet[1]]
    for row in rows:
        sheet.append([row.get(name) for name in names])
    book.save(path)
    return path


def test_files_are_written_once(tmp_path) -> None:
    folder = tmp_path / "new" / "plan"
    paths = cx.templates(folder)
    assert [path.name for path in paths] == FILES
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    with pytest.raises(FileError) as error:
        cx.templates(folder)
    assert str(error.value) == (
        f"{folder / 'touchpoints.csv'} is there already, and is not replaced. Give another folder, or move it away."
    )


def test_nothing_is_written_where_one_is_there(tmp_path) -> None:
    (tmp_path / "canvas.html").write_text("mine", encoding="utf-8")
    with pytest.raises(FileError):
        cx.templates(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["canvas.html"]


def test_a_folder_that_cannot_be_made(tmp_path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FileError) as error:
        cx.templates(tmp_path / "file" / "plan")
    assert str(error.value) == f"{tmp_path / 'file' / 'plan'} cannot be made: Not a directory. Give another folder."


def test_columns_are_those_that_are_read() -> None:
    names = {form: [column.name for column in columns] for form, columns in FORMS.items()}
    assert names["touchpoints"] == list(MAP_COLUMNS)
    assert names["interviews"] == list(COLUMNS)
    assert set(names["initiatives"]) <= {*CELLS, *RANGES}
    assert all(len(column.about) <= 255 for columns in FORMS.values() for column in columns)


def test_filled_sheets_are_read(tmp_path) -> None:
    cx.templates(tmp_path)
    places = [
        {"stage": "To the gate", "touchpoint": "Security", "kind": "human", "volume": 250_000, "controllable": "yes"},
        {"stage": "Waiting", "touchpoint": "Wi-Fi", "needs": "stay connected (lever)"},
    ]
    read = cx.TouchpointMap.from_csv(filled(tmp_path / "touchpoints.xlsx", *places))
    assert read.names == ("Security", "Wi-Fi")
    assert read["Security"].volume == 250_000
    ideas = [
        {"name": "Second queue", "touchpoints": "Security", "lift": 0.3, "effort": 5, "cost": "120.000 EUR"},
        {
            "name": "Renew",
            "touchpoints": "Security; Wi-Fi",
            "lift": 0.1,
            "effort": 2,
            "cost": "€ 8,000",
            "must_do": "yes",
        },
    ]
    initiatives = cx.read_initiatives(filled(tmp_path / "initiatives.xlsx", *ideas), read.names)
    assert initiatives["cost_likely"].tolist() == [120_000, 8_000]
    assert initiatives["currency"].tolist() == ["EUR", "EUR"]
    assert initiatives["lift_high"].tolist() == pytest.approx([0.45, 0.15])
    said = [{"touchpoint": "Wi-Fi", "quote": "It dropped twice", "feeling": "bad", "persona": "Family"}]
    interviews = cx.read_interviews(filled(tmp_path / "interviews.xlsx", *said))
    assert interviews.iloc[0].tolist() == ["Wi-Fi", "", "It dropped twice", -1, "Family"]


def test_csv_forms_are_read(tmp_path) -> None:
    cx.templates(tmp_path)
    with (tmp_path / "interviews.csv").open("a", encoding="utf-8") as file:
        file.write("Security,be quick,Too long,very bad,\n")
    assert cx.read_interviews(tmp_path / "interviews.csv").loc[0, "feeling"] == -2


def test_the_canvas_asks_nothing_of_the_internet(tmp_path) -> None:
    cx.templates(tmp_path)
    text = (tmp_path / "canvas.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href|url\(|@import|<script)", text)
    assert text.count("<td></td>") == 7 * 7
    assert "@page { size: landscape" in text


@pytest.mark.browser
@pytest.mark.parametrize("paper", ["A3", "A4"])
def test_the_canvas_prints_on_one_page(paper, tmp_path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    cx.templates(tmp_path)
    with sync_api.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((tmp_path / "canvas.html").as_uri())
        printed = page.pdf(format=paper, landscape=True)
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
