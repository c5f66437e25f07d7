"""The forecast as SVG: well formed, every figure in words, intervals where they belong."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.stages.improve.forecast_chart import LEFT, RIGHT, forecast_svg, look_of

SVG = "{http://www.w3.org/2000/svg}"


def forecast(n_boot: int = 60, by: str | None = None) -> cx.what_if:
    """Simulated: the first touchpoint matters, the second does harm, the third nothing."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: rng.integers(1, 6, 300) for name in ("<Web> & more", "Desk", "Gate")})
    frame["y"] = frame["<Web> & more"] - 0.5 * frame["Desk"] + rng.normal(size=300)
    frame["group"] = rng.choice(["a", "b"], 300)
    survey = cx.Survey(
        frame, touchpoints=list(frame.columns[:3]), outcome="y", scale=cx.Scale(1, 5), segments=["group"]
    )
    changes = {"<Web> & more": 0.5, "Desk": 0.5, "Gate": 0.5}
    return cx.what_if(cx.drivers(survey, n_boot=n_boot, by=by), changes)


def parsed(result) -> ET.Element:
    return ET.fromstring(forecast_svg(result).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_every_row_is_named_and_told_in_words():
    result = forecast()
    drawn = parsed(result)
    words = [text.text for text in drawn.iter(f"{SVG}text")]
    assert drawn.get("aria-label") == str(result)
    assert words[::2][:4] == ["<Web> & more", "Desk", "Gate", "all together"]
    for row, said in zip(result.table.to_dict("records"), words[1::2], strict=False):
        assert said == f"{row['change']:+.2f} [{row['low']:.2f}, {row['high']:.2f}]".replace("+0.00", "0.00")
    assert words[-1] == "Forecast change of y, points; open: may be zero"


def test_dots_and_intervals_lie_where_the_figures_are():
    result = forecast()
    drawn = parsed(result)
    lines = [line for line in drawn.iter(f"{SVG}line") if line.get("stroke-width") == "2.5"]
    dots = list(drawn.iter(f"{SVG}circle"))
    assert [dot.get("stroke") for dot in dots] == [BLUE, ORANGE, GREY, BLUE]
    assert dots[2].get("fill") == "#fff"
    table = result.table
    low, high = table[["low", "change"]].min(axis=None), table[["high", "change"]].max(axis=None)
    scale = (RIGHT - LEFT) / (high - low)
    for row, line, dot in zip(table.to_dict("records"), lines, dots, strict=True):
        assert float(line.get("x1")) == pytest.approx(LEFT + scale * (row["low"] - low), abs=0.1)
        assert float(line.get("x2")) == pytest.approx(LEFT + scale * (row["high"] - low), abs=0.1)
        assert float(dot.get("cx")) == pytest.approx(LEFT + scale * (row["change"] - low), abs=0.1)


def test_without_resamples_there_is_no_interval_and_segments_are_named():
    drawn = parsed(forecast(n_boot=0, by="group"))
    assert not [line for line in drawn.iter(f"{SVG}line") if line.get("stroke-width") == "2.5"]
    words = [text.text for text in drawn.iter(f"{SVG}text")]
    assert words[0] == "a: <Web> & more"
    assert "[" not in words[1]


def test_a_dot_is_open_where_it_may_be_zero_and_the_whole_is_bold():
    drawn = parsed(forecast())
    dots = list(drawn.iter(f"{SVG}circle"))
    assert [dot.get("fill") for dot in dots] == [BLUE, ORANGE, "#fff", BLUE]
    lines = [line for line in drawn.iter(f"{SVG}line") if line.get("stroke-width") == "2.5"]
    assert [line.get("stroke") for line in lines] == [BLUE, ORANGE, GREY, BLUE]
    heights = [float(dot.get("cy")) for dot in dots]
    assert heights == sorted(heights) == [float(line.get("y1")) for line in lines]
    bold = [text.text for text in drawn.iter(f"{SVG}text") if text.get("font-weight") == "bold"]
    assert bold[0] == "all together"
    assert len(bold) == 2
    zero = next(line for line in drawn.iter(f"{SVG}line") if line.get("stroke") == GREY)
    ends = forecast().table[["low", "change", "high"]].to_numpy()
    assert float(zero.get("x1")) == pytest.approx(LEFT - (RIGHT - LEFT) * ends.min() / np.ptp(ends), abs=0.1)


def test_what_is_not_known_is_said():
    result = forecast()
    table = result.table.assign(change=[np.nan, *result.table["change"][1:]])
    drawn = parsed(replace(result, table=table))
    assert len(list(drawn.iter(f"{SVG}circle"))) == 3
    words = [text.text for text in drawn.iter(f"{SVG}text")]
    assert words[1] == "no figure"


def test_long_names_come_out_whole_on_several_lines_around_their_dots():
    result = forecast()
    long = "Reception: asking for a late check-out, by phone (after 22:00)"
    table = result.table.assign(touchpoint=["Desk", long, "Gate", "all together"])
    drawn = parsed(replace(result, table=table))
    names = [text for text in drawn.iter(f"{SVG}text") if text.get("text-anchor") == "end"]
    assert " ".join(text.text for text in names) == f"Desk {long} Gate all together"
    heights = [float(text.get("y")) for text in names]
    assert np.diff(heights).min() >= 14
    dots = [float(dot.get("cy")) for dot in drawn.iter(f"{SVG}circle")]
    assert dots[1] == pytest.approx(np.mean(heights[1:-2]) - 4)
    assert float(drawn.get("viewBox").split()[-1]) > max(dots) + 26


@pytest.mark.parametrize(
    ("change", "low", "high", "look"),
    [
        (1, 0.5, 2, (BLUE, True)),
        (-1, -2, -0.5, (ORANGE, True)),
        (1, -0.5, 2, (GREY, False)),
        (-1, -2, 0.5, (GREY, False)),
        (1, 0, 2, (GREY, False)),
        (1, np.nan, np.nan, (GREY, False)),
    ],
)
def test_looks(change, low, high, look):
    assert look_of({"change": change, "low": low, "high": high}) == look
