"""The load of owners: every figure of the table stands in its field, and no text lies on another."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE, INK
from cxlens.stages.improve.buy_in_chart import MOST, buy_in_chart
from tests.stages.improve.test_buy_in import LIST, initiative, made


def test_each_field_says_what_is_in_hand():
    view = made().buy_in()
    ax = buy_in_chart(view)
    said = [text.get_text() for text in ax.texts]
    load = view.parts["load"]
    for row in load[load["n"] > 0].itertuples():
        assert f"{row.effort:.1f}\n({row.n})" in said
    assert sum("\n(" in text for text in said) == (load["n"] > 0).sum()
    assert [label.get_text() for label in ax.get_yticklabels()] == view.table["owner"].tolist()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Q1", "Q2", "Q3"]
    assert "2 in all: 9 weeks, 40" in said
    assert ax.get_title(loc="left") == view.finding.title == "3 owners are asked for 4 initiatives"
    assert alt_text(view).startswith(f"Load of owners by period. {view}")
    plt.close(ax.figure)


def test_many_owners_are_cut_off_and_nothing_overlaps():
    rows = [initiative(f"Do {k}", "abc"[k % 3], f"Owner of a long name, number {k}") for k in range(MOST + 3)]
    view = made(rows, periods=[f"2027-Q{k}" for k in range(1, 9)], budget=None, capacity=None).buy_in()
    assert len(view.table) > MOST
    ax = view.plot()
    ax.figure.canvas.draw()
    assert len(ax.get_yticklabels()) == MOST
    boxes = [text.get_window_extent() for text in (*ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels())]
    for k, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[k + 1 :])
    plt.close(ax.figure)


def test_costs_that_are_not_known_are_not_drawn():
    rows = [row | {"cost_low": "", "cost_likely": "", "cost_high": ""} for row in LIST]
    ax = buy_in_chart(made(rows, budget=None).buy_in())
    assert "2 in all: 9 weeks" in [text.get_text() for text in ax.texts]
    assert not any(pd.isna(text.get_text()) or "nan" in text.get_text() for text in ax.texts)
    plt.close(ax.figure)


def test_each_field_lies_in_the_row_of_its_owner_and_the_column_of_its_period():
    view = made().buy_in()
    ax = buy_in_chart(view)
    load = view.parts["load"]
    owners, periods = view.table["owner"].tolist(), ["Q1", "Q2", "Q3"]
    in_hand = {(periods.index(row.period), owners.index(row.owner)): row for row in load.itertuples()}
    fields = {
        (round(box.get_x() + box.get_width() / 2), round(box.get_y() + box.get_height() / 2)): box.get_facecolor()
        for box in ax.patches
    }
    assert len(fields) == len(in_hand) == 9
    most = load["effort"].max()
    for (x, y), (*colour, opacity) in fields.items():
        row = in_hand[x, y]
        assert opacity == pytest.approx(0.1 + 0.9 * row.effort / most if row.n else 0)
        if row.n:
            assert to_hex(colour) == BLUE.lower()
    figures = {text.get_position(): text for text in ax.texts if "\n(" in text.get_text()}
    for at, text in figures.items():
        assert text.get_text() == f"{in_hand[at].effort:.1f}\n({in_hand[at].n})"
        assert text.get_color() == ("white" if in_hand[at].effort > 0.75 * most else INK)
    assert {text.get_color() for text in figures.values()} == {"white", INK}
    totals = {text.get_text(): text.xy[1] for text in ax.texts if "in all" in text.get_text()}
    assert totals == {"2 in all: 9 weeks, 40": 0, "1 in all: 4 weeks, 20": 1, "1 in all: 4 weeks, 22": 2}
    low, high = ax.get_ylim()
    assert low > high  # the first owner on top


def test_much_work_has_no_decimals():
    rows = [row | {"effort_low": 20, "effort_likely": 25, "effort_high": 30} for row in LIST[1:2]]
    ax = buy_in_chart(made(rows, budget=None, capacity=None).buy_in())
    assert "25\n(1)" in [text.get_text() for text in ax.texts]


def test_on_a_phone_totals_stand_below_the_names():
    view = made().buy_in()
    ax = buy_in_chart(view, Figure(figsize=(3.5, 0.5)).subplots())
    names = [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]
    totals = ["2 in all: 9 weeks, 40", "1 in all: 4 weeks, 20", "1 in all: 4 weeks, 22"]
    assert names == [f"{owner} {total}" for owner, total in zip(view.table["owner"], totals, strict=True)]
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in (*ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels())]
    assert not any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[k + 1 :])
