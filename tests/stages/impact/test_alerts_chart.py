"""The monitor wall: a panel a series, alerts first and marked, limits drawn, widgets that ask for other metrics."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common import pictures
from cxlens.common.style import ORANGE
from cxlens.stages.impact.alerts_chart import MOST, alerts_chart

NAMES = ["Wi-Fi", "Desk", "Gate"]


def survey(waves: int = 24, n: int = 250) -> cx.Survey:
    """Answers over quarters; Wi-Fi falls in the last two."""
    rng = np.random.default_rng(1)
    parts = []
    for wave in range(waves):
        level = [3.6 - 0.6 * (wave >= waves - 2), 3.6, 3.6]
        part = pd.DataFrame(np.clip(np.round(rng.normal(level, 0.9, (n, 3))), 1, 5), columns=NAMES)
        part["rec"] = np.clip(np.round(8 + rng.normal(0, 2, n)), 0, 10)
        part["back"] = (rng.random(n) < 0.6).astype(int)
        part["when"] = f"{2018 + wave // 4} Q{wave % 4 + 1}"
        part["who"] = rng.choice(["business", "leisure"], n)
        parts.append(part)
    outcome = {"rec": "nps", "back": "binary"}
    frame = pd.concat(parts, ignore_index=True)
    return cx.Survey(frame, touchpoints=NAMES, outcome=outcome, scale=cx.Scale(1, 5), segments=["who"], time="when")


@pytest.fixture(scope="module")
def view():
    return cx.monitor(survey(), metric=[*NAMES, "rec"]).alerts()


def draw(view, width: float = 8.0):
    ax = Figure(figsize=(width, 6), dpi=110).subplots()
    assert alerts_chart(view, ax) is ax
    return ax


def test_alerts_come_first_and_are_marked(view):
    ax = draw(view)
    panels = ax.child_axes
    assert len(panels) == 4
    assert panels[0].get_title(loc="left") == "Wi-Fi satisfaction"
    marks = [line for line in panels[0].lines if line.get_marker() == "v"]
    assert [line.get_xdata()[0] for line in marks] == [22, 23]
    assert {line.get_markerfacecolor() for line in marks} == {ORANGE}
    assert [line for panel in panels[1:] for line in panel.lines if line.get_marker() == "v"] == []
    assert ax.get_title(loc="left").replace("\n", " ").startswith("1 of 4 series stands off earlier waves: Wi-Fi")


def test_limits_are_those_of_the_table(view):
    panel = draw(view).child_axes[0]
    rows = view.parts["waves"].query("metric == 'Wi-Fi'").dropna(subset="usual")
    ys = panel.collections[0].get_paths()[0].vertices[:, 1]
    assert [ys.min(), ys.max()] == pytest.approx([rows["limit_low"].min(), rows["limit_high"].max()])


def test_a_phone_sees_panels_below_one_another_and_how_many_are_left(view):
    several = cx.monitor(survey(7, 220), metric=[*NAMES, "rec", "back"], by="who").alerts()
    ax = draw(several, 3.5)
    assert len(ax.child_axes) == 6
    tops = [panel.get_position().y0 for panel in ax.child_axes]
    assert all(above > below for above, below in pairwise(tops))
    words = " ".join(text.get_text() for text in ax.texts).replace("\n", " ")
    assert "10 series, and 4 more in the table" in words
    assert MOST == 12


def test_where_no_alert_is_offered_the_panel_says_so():
    view = cx.monitor(survey(7, 40), metric=NAMES).alerts()
    for panel in draw(view).child_axes:
        assert "no alert offered" in [text.get_text() for text in panel.texts]


def test_a_series_without_a_wave_is_an_empty_panel():
    view = cx.monitor(survey(6, 20), metric="Wi-Fi").alerts()
    assert len(draw(view).child_axes[0].texts) == 0
    assert "not judged" in set(view.table["alert"])


def test_the_widget_asks_for_all_or_one_metric(view, monkeypatch):
    monkeypatch.setattr(pictures, "picture", lambda result: (b"", f"of {result}"))
    explorer = view.explore()
    alone = {"level": 0.95, "employees": None, "competitors": None}
    assert explorer.params == {"metric": [*NAMES, "rec"], "by": None, **alone}
    explorer.controls["metric"].value = ("Desk",)
    explorer.controls["by"].value = "who"
    assert explorer.params == {"metric": ["Desk"], "by": "who", **alone}
    assert explorer.result.table["metric"].unique().tolist() == ["Desk"]
    same = cx.monitor(explorer.data, **explorer.params).alerts()
    assert np.array_equal(same.table["p_adjusted"], explorer.result.table["p_adjusted"])


def test_the_alternative_text_tells_the_alert_and_the_first_shifts(view):
    text = pictures.alt_text(view)
    assert text.startswith("Small control charts. 1 of 4 series stands off")
    assert "Wi-Fi -0." in text
