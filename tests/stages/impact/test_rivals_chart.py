"""Grey lines of competitors: where they are, whose they are, and rows called by name."""

from __future__ import annotations

import pytest

from cxlens.common.pictures import alt_text
from cxlens.common.style import GREY
from cxlens.stages.impact.rivals_chart import named_lines
from tests.stages.impact.test_against_periods import before_after, company, several
from tests.stages.impact.test_against_series import interrupted, series


def grey_lines(ax: object) -> list:
    return [line for line in ax.lines if line.get_color() == GREY and line.get_marker() in {"s", "D", "^", "v"}]


def test_each_rival_is_a_grey_line_with_its_name_at_the_end():
    result = before_after(company(1, 0.5), several(count=2))
    ax = result.plot()
    lines = grey_lines(ax)
    assert [line.get_marker() for line in lines] == ["s", "D"]
    means = result.against.cells.groupby("whose")["mean"].apply(list)
    assert [list(line.get_ydata()) for line in lines] == [pytest.approx(means["V"]), pytest.approx(means["W"])]
    assert f"V: {means['V'][1]:.2f}" in [text.get_text() for text in ax.texts]


def test_a_series_has_them_in_its_upper_panel_at_their_waves():
    result = interrupted(series(1, 0.6), {"Late": series(2, waves=17, first=2002)})
    upper, lower = result.plot().child_axes
    [line] = grey_lines(upper)
    assert list(line.get_xdata()) == list(range(1, 18))
    assert grey_lines(lower) == []
    assert [text.get_text() for text in upper.texts if text.get_text().startswith("Late: ")]


def test_without_rivals_there_is_none():
    result = before_after(company(1, 0.5), None)
    assert grey_lines(result.plot()) == []
    assert named_lines(result) is result.table


def test_rows_say_whose_they_are():
    result = before_after(company(1, 0.5), several(count=2))
    assert named_lines(result)["quantity"].tolist() == [
        "change",
        "rival's change: V",
        "rival's change: W",
        "rivals' change",
        "more than rivals",
    ]
    assert "rival's change: V " in alt_text(result)
