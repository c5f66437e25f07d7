from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle

import cxlens as cx
from cxlens.common import pictures
from cxlens.stages.impact.retention_chart import LOOKS, cohort_chart, retention_chart
from tests.stages.impact.test_retention import MONTHS, bought
from tests.stages.texts import said


@pytest.fixture(scope="module")
def purchases() -> object:
    return cx.retention(bought(customers=900), customer="who", time="day", silent=60)


def test_a_curve_and_a_band_each_and_numbers_at_risk() -> None:
    result = cx.retention(MONTHS, tenure="months", left="left", by="plan")
    ax = retention_chart(result)
    curves = dict(list(result.curves.groupby("segment")))
    for line, (group, (colour, style)) in zip(ax.lines, zip(curves, LOOKS, strict=False), strict=True):
        assert line.get_ydata().tolist() == curves[group]["share"].tolist()
        assert (line.get_color(), line.get_linestyle()) == (colour, style)
    assert len(ax.collections) == 2
    words = said(ax)
    assert all(text in words for text in ("a 12 %", "b 12 %", "40", result.finding.title))
    plt.close(ax.figure)


def test_who_has_no_entry_is_not_drawn() -> None:
    blank = MONTHS.assign(plan=None, months=90)
    ax = retention_chart(cx.retention(pd.concat([MONTHS, blank]), tenure="months", left="left", by="plan"))
    words = said(ax)
    assert len(ax.lines) == 2
    assert "n = 80" in words.replace("\N{NO-BREAK SPACE}", " ")
    assert "not stated" not in words
    plt.close(ax.figure)


def test_no_number_is_told_after_the_curve_of_a_group_ends() -> None:
    late = pd.concat([MONTHS[:40], MONTHS[40:].assign(months=range(101, 141))])
    ax = retention_chart(cx.retention(late, tenure="months", left="left", by="plan"))
    below = [text.get_text() for text in ax.texts if text.get_color() == LOOKS[0][0]]
    assert len(below) == 1 + 2  # the label, and numbers at the first two ticks
    plt.close(ax.figure)


def test_cells_are_shares_and_partial_ones_hatched(purchases: cx.retention) -> None:
    view = purchases.cohort_view()
    ax = cohort_chart(view)
    shown = view.table[view.table["share"].notna() & (view.table["after"] > 0)]
    cells = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(cells) == len(shown)
    assert sum(bool(cell.get_hatch()) for cell in cells) == shown["partial"].sum() > 0
    figures = [f"{100 * share:.0f}" for share in shown["share"]]
    drawn = [text.get_text() for text in ax.texts if text.get_text().isdecimal()]
    assert sorted(figures) == sorted(drawn)
    plt.close(ax.figure)


@pytest.mark.parametrize("width", [3.5, 8.0])
def test_pictures_have_alternative_texts(purchases: cx.retention, width: float) -> None:
    _, alt = pictures.picture(purchases, width=width)
    assert alt.startswith("Curves of the share still there. ")
    _, alt = pictures.picture(purchases.cohort_view(), width=width)
    assert alt.startswith("Heat map of cohorts by period. In the month after their first")
    assert np.isfinite(purchases.until)
