"""The picture of costs: what it marks, and that it can be read."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from cxlens.common.pictures import alt_text
from cxlens.stages.journeys.cost_chart import cost_chart
from tests.stages.journeys.logs import log_of
from tests.stages.journeys.test_cost import cost

WORDS = ["a", "ab", "abb"] * 8


def test_a_bar_a_touchpoint() -> None:
    view = cost(log_of(*WORDS))
    ax = cost_chart(view, Figure(figsize=(8, 4)).subplots())
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(view.parts["touchpoints"]["cost"].tolist())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a"]
    assert ax.get_xlim()[1] > view.parts["touchpoints"]["cost"].max() * 1.1
    assert alt_text(view).endswith("b 10.00; a 1.00.")


def test_a_dot_a_group() -> None:
    view = cost(log_of(*WORDS, kind=["x", "y"] * 12), by="kind")
    ax = cost_chart(view, Figure(figsize=(8, 4)).subplots())
    assert [list(line.get_xdata()) for line in ax.lines] == view.table[["low", "mean", "high"]].to_numpy().tolist()
    assert alt_text(view).endswith(
        f"x {view.table['mean'][0]:.2f} [{view.table['low'][0]:.2f}, "
        f"{view.table['high'][0]:.2f}]; y {view.table['mean'][1]:.2f} "
        f"[{view.table['low'][1]:.2f}, {view.table['high'][1]:.2f}]."
    )
