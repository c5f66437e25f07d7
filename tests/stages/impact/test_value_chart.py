from __future__ import annotations

from matplotlib import pyplot as plt

import cxlens as cx
from cxlens.common import pictures
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.stages.impact.value_chart import value_chart
from tests.stages.impact.test_lifetime_value import COLUMNS, MONTHS, shop
from tests.stages.texts import said


def test_forecast_is_dashed_beside_what_came() -> None:
    for growth, colour in ((1.0, BLUE), (4.0, ORANGE)):
        result = cx.lifetime_value(shop(growth=growth), horizon=90, **COLUMNS)
        ax = value_chart(result)
        forecast, came = ax.lines
        assert (forecast.get_linestyle(), forecast.get_color(), came.get_color()) == ("--", GREY, colour)
        assert forecast.get_ydata().tolist() == result.holdout["forecast"].tolist()
        assert came.get_ydata().tolist() == result.holdout["came"].tolist()
        assert f"came {result.holdout['came'].iloc[-1]:,}" in said(ax)
        plt.close(ax.figure)


def test_values_of_segments_are_dots_with_intervals() -> None:
    stayed = cx.retention(MONTHS, tenure="months", left="left", by="plan")
    result = cx.lifetime_value(stayed, margin=10)
    _, alt = pictures.picture(result)
    assert alt.startswith("What customers are worth. A customer is worth from 171 to 301 ")
    ax = value_chart(result)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["a", "b"]
    assert "Value" in said(ax)
    plt.close(ax.figure)
