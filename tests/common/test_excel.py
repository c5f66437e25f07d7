"""Every result is a workbook: known heads, numbers as numbers, nothing that runs."""

from __future__ import annotations

from collections import Counter

import openpyxl
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.excel import units_of
from cxlens.common.heads import columns_of, is_known
from cxlens.publish.desk import Desk


@pytest.fixture(scope="module")
def results():
    study = cx.datasets.load_airport()
    desk = Desk(study)
    drivers, plan, ways = desk.drivers, desk.plan, cx.paths(desk.events)
    found = [desk.now, desk.by_wave, drivers, desk.wins, plan, plan.buy_in(), desk.kept, desk.series, desk.earned, ways]
    found += [desk.now.verdicts(drivers), desk.now.competitors(), desk.now.employees(), desk.now.standards()]
    found += [desk.now.blind_spots(), desk.now.pitfalls(), desk.series.alerts(), drivers.performance()]
    found += [drivers.shape(), drivers.dominance(), drivers.value_added(), drivers.moments_of_truth()]
    found += [drivers.opportunity(), drivers.diagnosis(), ways.times(), ways.rework(), ways.felt(), ways.flow()]
    found += [cx.paths(desk.events, plan=study.planned_journeys[0]).planned(), cx.lifetime_value(desk.purchases)]
    found += [cx.retention(desk.purchases, by="NPS class", silent=120), cx.what_if(drivers, {"Security": 0.3})]
    found += [cx.which_design(desk.survey, study.changes[0]), cx.sample_size(desk.survey, margin=5)]
    found += [cx.before_after(desk.survey, metric="Wi-Fi", before=[2022], after=[2025])]
    found += [plan.outlook(35, "2026-12-31"), plan.decisions()]
    found += [desk.now.not_covered(drivers, study.initiatives(), plan.table)]
    found += [cx.funnel(desk.events, ["Check-in", "Security", "Boarding"])]
    return found


def test_every_column_has_a_head_of_its_own(results):
    for result in results:
        for name, table in result.tables.items():
            assert [column for column in map(str, table.columns) if not is_known(column)] == [], name
            heads = Counter(column.head for column in columns_of(table, units_of(result), name))
            assert max(heads.values()) == 1, (name, heads)


def test_every_result_is_a_workbook(results, tmp_path):
    for result in results:
        result.to_excel(tmp_path / "a.xlsx")
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        assert [name.casefold() for name in book.sheetnames] == [*map(str.casefold, result.tables), "how to read"]
        for page, table in zip(book, result.tables.values(), strict=False):
            assert (page.max_row, page.max_column) == (len(table) + 1, len(table.columns))
            assert page.freeze_panes == "B2"
            cells = [cell for row in page.iter_rows(min_row=2) for cell in row]
            assert not any(cell.data_type in {"f", "e"} for cell in cells)


def test_numbers_are_numbers_and_what_is_hidden_is_empty(tmp_path):
    frame = pd.DataFrame({"t": [1, 2, 3, 4, 5] * 4 + [3] * 3, "y": 1, "who": ["many"] * 20 + ["few"] * 3})
    survey = cx.Survey(frame, touchpoints=["t"], outcome="y", scale=cx.Scale(1, 5), segments=["who"])
    cx.baseline(survey, by="who").to_excel(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    rows = [dict(zip(next(book["scorecard"].values), row, strict=True)) for row in book["scorecard"].values]
    ratings = {row["Group"]: row["Rating"] for row in rows[1:]}
    assert ratings["few"] is None
    assert "hidden to protect people" in str(list(book["how to read"].values))


def test_units_are_those_of_what_a_result_was_made_from(results):
    plan = next(result for result in results if type(result).__name__ == "Roadmap")
    assert units_of(plan)[:3] == ("NPS points", "weeks", "$")
    assert units_of(plan.buy_in())[:3] == ("NPS points", "weeks", "$")
    assert units_of(object())[:3] == ("points of the outcome", "as listed", "currency not stated")
