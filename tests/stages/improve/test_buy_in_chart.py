"""The load of owners: every figure of the table stands in its field, and no text lies on another."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt

from cxlens.common.pictures import alt_text
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
    assert ax.get_title(loc="left") == "3 owners are asked for 4 initiatives"
    assert alt_text(view).startswith(f"Load of owners by period. {view}")
    plt.close(ax.figure)


def test_many_owners_are_cut_off_and_nothing_overlaps():
    rows = [initiative(f"Do {k}", "abcd"[k % 4], f"Owner of a long name, number {k}") for k in range(MOST + 3)]
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
