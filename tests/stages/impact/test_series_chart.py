"""The picture of a change over several waves: marks and words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.style import BLUE, GREY


def series(before: int = 9, after: int = 8) -> cx.Survey:
    rng = np.random.default_rng(2)
    wave = np.repeat(np.arange(before + after), 40)
    frame = pd.DataFrame({"Wi-Fi": 3 + 0.7 * (wave >= before) + rng.normal(0, 0.5, len(wave)), "overall": 4})
    frame["wave"] = wave + 2000
    frame["hall"] = np.tile(list("ABCDEFGH"), len(frame) // 8)
    return cx.Survey(frame, touchpoints=["Wi-Fi"], outcome="overall", time="wave", segments=["hall"])


def test_a_series_its_counterfactual_and_the_effects_are_drawn() -> None:
    result = cx.interrupted_time_series(series(), metric="Wi-Fi", started=2009)
    ax = result.plot()
    upper, lower = ax.child_axes
    without, measured, change = upper.lines
    assert measured.get_ydata().tolist() == pytest.approx(result.by_wave["mean"].tolist())
    assert without.get_ydata().tolist() == pytest.approx(result.by_wave["counterfactual"].tolist())
    assert without.get_linestyle() == "--"
    assert len(upper.collections) == 1  # the band
    assert change.get_xdata()[0] == 8.5
    dots = [line for line in lower.lines if line.get_marker() == "o"]
    assert [dot.get_color() for dot in dots] == [GREY] * 9 + [BLUE] * 8
    assert [dot.get_markerfacecolor() for dot in dots[:9]] == ["white"] * 9
    assert ax.get_title(loc="left").replace("\n", " ") == result.finding.title
    assert "Assumes that the line would have gone on." in " ".join(text.get_text() for text in ax.texts)


def test_a_blank_wave_has_no_mark_and_several_metrics_show_the_first() -> None:
    result = cx.difference_in_differences(
        series(2, 2), metric=["Wi-Fi", "overall"], before=[2000, 2001], after=[2002, 2003], treated={"hall": ["A", "B"]}
    )
    ax = result.plot()
    assert ax.get_title(loc="left").replace("\n", " ") == result.only("Wi-Fi").finding.title
    _, lower = ax.child_axes
    assert [text.get_text() for text in lower.texts][:1] == [f"{result.by_wave['effect'].iloc[3]:+.2f}"]
