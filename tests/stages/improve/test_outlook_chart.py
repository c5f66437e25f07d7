"""The picture of an outlook: its marks."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlens.common.style import BLUE, GREY, INK
from tests.stages.improve.test_buy_in import made

WAVES = pd.DataFrame({"wave": [2025, 2026], "value": [5.1, 5.2], "low": [5.0, 5.1], "high": [5.2, 5.3]})
DATED = made(periods=["2027-Q1", "2027-Q2", "2027-Q3"])
VIEW = DATED.outlook(5.5, "2027-Q2", waves=WAVES)


def marks(ax, marker="o"):
    """Place and colour of the dots, and whether they are filled."""
    found = []
    for line in ax.lines:
        if line.get_marker() == marker:
            filled = line.get_markerfacecolor() == line.get_color()
            found.append((line.get_xdata()[1], line.get_ydata()[1], line.get_color(), filled))
    return found


def test_waves_are_grey_today_is_filled_and_forecasts_are_open():
    table = VIEW.table
    assert marks(VIEW.plot()) == [
        (-4, 5.1, GREY, True),
        (-2, 5.2, GREY, True),
        (0, table["outcome"][0], BLUE, True),
        (2, table["outcome"][2], BLUE, False),
        (3, table["outcome"][3], BLUE, False),
    ]


def test_the_line_is_dashed_and_its_band_the_interval():
    ax = VIEW.plot()
    (line,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert line.get_ydata().tolist() == VIEW.table["outcome"].tolist()
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(VIEW.table["low"].min())
    assert band.max() == pytest.approx(VIEW.table["high"].max())


def test_the_target_is_a_bar_where_it_is_due():
    ax = VIEW.plot()
    (bar,) = [line for line in ax.lines if line.get_color() == INK]
    assert bar.get_ydata().tolist() == [5.5, 5.5]
    assert sum(bar.get_xdata()) / 2 == 2
    assert "Target 5.50" in [text.get_text() for text in ax.texts]


def test_without_target_and_waves():
    ax = DATED.outlook().plot()
    assert [line for line in ax.lines if line.get_color() == INK] == []
    assert [label.get_text() for label in ax.get_xticklabels()] == ["now", "2027-Q3"]


def test_figures_stand_in_the_colour_of_their_mark():
    colours = {text.get_text(): text.get_color() for text in VIEW.plot().texts}
    today = f"{VIEW.table['outcome'][0]:.2f}"
    assert (colours["5.10"], colours["5.20"], colours[today], colours["Target 5.50"]) == (GREY, GREY, BLUE, INK)


def test_a_wave_of_which_nothing_is_told_keeps_its_place_and_has_no_mark():
    hidden = WAVES.assign(value=[float("nan"), 5.2], low=[float("nan"), 5.1], high=[float("nan"), 5.3])
    ax = DATED.outlook(5.5, "2027-Q2", waves=hidden).plot()
    assert marks(ax)[0] == (-2, 5.2, GREY, True)
    assert len(marks(ax)) == 4
    assert "nan" not in [text.get_text() for text in ax.texts]
    assert [label.get_text() for label in ax.get_xticklabels()][:2] == ["2025", "2026"]
