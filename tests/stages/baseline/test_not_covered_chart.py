"""The picture of what is not covered: its marks."""

from __future__ import annotations

from cxlens.common.style import ORANGE
from tests.stages.baseline.test_not_covered import DRIVERS, NOW, listed


def test_touchpoints_have_a_diamond_and_the_rest_words():
    view = NOW.not_covered(DRIVERS, listed(Faster={"touchpoints": "Gate"}))
    ax = view.plot()
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert [line.get_color() for line in diamonds] == [ORANGE]
    assert diamonds[0].get_xdata()[1] == view.table["mean"].iloc[0]
    words = [text.get_text() for text in ax.texts]
    assert words.count("– no initiative") == 3
    assert "stage" in words


def test_where_nothing_is_left():
    initiatives = listed(Both={"touchpoints": "Gate; Desk", "need": "be missed; be welcome", "stage": "back"})
    ax = NOW.not_covered(DRIVERS, initiatives).plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Nothing is left"]
