"""What charts of time have in common."""

from __future__ import annotations

from matplotlib.figure import Figure

from cxlens.stages.impact.axes import name_waves, put_best_on_top
from cxlens.study.metrics import Metric
from cxlens.study.scale import Scale


def test_as_many_waves_are_named_as_fit() -> None:
    ax = Figure().subplots()
    name_waves(ax, [str(wave) for wave in range(20)], 5)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "4", "8", "12", "16"]


def test_the_lowest_score_stands_on_top_where_it_is_the_best() -> None:
    ax = Figure().subplots()
    put_best_on_top(ax, Metric("effort", "interval", 0, scale=Scale(1, 7)))
    assert not ax.yaxis_inverted()
    put_best_on_top(ax, Metric("effort", "interval", 0, scale=Scale(1, 7, best="low")))
    assert ax.yaxis_inverted()
