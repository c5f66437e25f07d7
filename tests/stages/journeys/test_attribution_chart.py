"""The picture of credit: what it marks, in which colours, and that it can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE
from cxlens.stages.journeys.attribution import attribution
from cxlens.stages.journeys.attribution_chart import MARKS, attribution_chart
from tests.stages.journeys.logs import log_of
from tests.stages.texts import texts_of

WORDS = [*["ab!"] * 30, *["cb!"] * 20, *["a"] * 9]


@pytest.fixture(scope="module")
def log() -> object:
    return log_of(*WORDS, kind=["x", "y"] * 29 + ["x"])


def test_all_rules_have_a_mark_each(log: object) -> None:
    result = attribution(log, n_boot=20)
    ax = attribution_chart(result, Figure(figsize=(8, 4)).subplots())
    marked = {line.get_marker(): line for line in ax.lines if line.get_marker() not in ("None", "", None)}
    assert set(marked) == {marker for marker, *_ in MARKS.values()}
    for rule, (marker, *_) in MARKS.items():
        wanted = 100 * result.table.loc[result.table["rule"] == rule, "share"]
        assert list(marked[marker].get_xdata()) == pytest.approx(wanted.tolist())
    bars = [line for line in ax.lines if line.get_marker() in ("None", "", None)]
    assert [list(bar.get_xdata()) for bar in bars] == (
        100 * result.agreement[["lowest", "highest"]]
    ).to_numpy().tolist()
    assert "◁ first touch" in ax.get_xlabel()
    assert ax.get_title(loc="left").startswith("Which touchpoint gets most credit")


def test_one_rule_has_intervals(log: object) -> None:
    result = attribution(log, rule="shapley", n_boot=20)
    ax = attribution_chart(result, Figure(figsize=(8, 4)).subplots())
    wanted = (100 * result.table[["low", "share", "high"]]).to_numpy().tolist()
    assert [list(line.get_xdata()) for line in ax.lines] == wanted
    assert {line.get_color() for line in ax.lines} == {BLUE}
    assert [label.get_text() for label in ax.get_yticklabels()] == result.table["touchpoint"].tolist()


def test_groups_have_a_panel_each(log: object) -> None:
    ax = attribution_chart(attribution(log, by="kind", n_boot=20), Figure(figsize=(8, 4)).subplots())
    assert [panel.get_title("left") for panel in ax.child_axes] == ["x", "y"]
    assert ax.get_xlabel() == "% of conversions credited"


def test_forty_of_many_are_shown_and_it_is_said() -> None:
    rng = np.random.default_rng(3)
    words = ["".join(chr(0x2801 + k) for k in rng.integers(0, 50, 8)) + "!" for _ in range(200)]
    ax = attribution_chart(attribution(log_of(*words), order=1, n_boot=20))
    assert len(ax.get_yticks()) == 40
    assert any("40 of 50 touchpoints" in text.get_text() for text in ax.texts)
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    plt.close(ax.get_figure())
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_alternative_text(log: object) -> None:
    text = alt_text(attribution(log, rule="first", n_boot=20))
    assert text.startswith("Credit for conversions by touchpoint. By first touch most credit goes to a: 60 %")
