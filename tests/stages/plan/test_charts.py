"""The picture of a sample size: what it shows, and that it can be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.style import BLUE, DARK, GREY, ORANGE
from cxlens.stages.plan.charts import sample_size_chart
from cxlens.stages.plan.sample_size import sample_size

LONG = "A touchpoint with a very long name that is seldom met by anybody at all"


def words(ax) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in ax.figure.findobj(Text) if text.get_text().strip()]


def overlaps(ax) -> list[tuple[str, str]]:
    ax.figure.canvas.draw()
    unseen = [
        label for tick, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True) if tick > ax.get_ylim()[1]
    ]
    boxes = [
        (text.get_text(), text.get_window_extent().padded(-1))
        for text in ax.figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text not in unseen
    ]
    return [(a, b) for i, (a, box) in enumerate(boxes) for b, other in boxes[i + 1 :] if box.overlaps(other)]


def marks(ax) -> dict[str, list[float]]:
    return {line.get_color(): line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() in {"o", "D"}}


def survey(n: int = 900) -> cx.Survey:
    """Simulated scores."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({LONG: rng.integers(1, 6, n), "y": rng.integers(0, 11, n)})
    return cx.Survey(frame, touchpoints=[LONG], outcome={"y": "nps"}, scale=cx.Scale(1, 5))


@pytest.mark.parametrize(
    ("data", "options", "wanted", "label"),
    [
        (None, {"margin": 0.1, "sd": 1}, 0.1, "±0.1"),
        (None, {"measure": "csat", "margin": 0.05, "reach": {LONG: 0.3}, "segments": {"Work": 0.2}}, 5, "±5"),
        (None, {"measure": "nps", "margin": 5, "population": 9000}, 5, "±5"),
        (None, {"measure": "csat", "difference": 0.1}, 0.8, "0.8"),
        (None, {"measure": "driver", "effect": 0.02, "drivers": 9, "r2": 0.4, "power": 0.9}, 0.9, "0.9"),
        (survey(), {"margin": 0.03}, 0.03, "±0.03"),
        (survey(), {"measure": "nps", "difference": 30}, 0.8, "0.8"),
    ],
)
def test_what_is_wanted_needed_and_there(data, options, wanted, label):
    result = sample_size(data, **options)
    ax = sample_size_chart(result)
    said, row = words(ax), result.hardest
    who = f" for {row['name']}" if row["name"] else ""
    assert ax.get_title(loc="left").replace("\n", " ") == result.finding.title
    assert f"wanted: {label}" in said
    assert f"{row['scores']:,} ratings needed" in said
    n, value = marks(ax)[BLUE]
    assert n == row["scores"]
    assert value == pytest.approx(wanted, rel=0.03)
    assert value <= wanted if "margin" in options else value >= wanted
    assert (ORANGE in marks(ax)) == (data is not None)
    if data is not None:
        assert marks(ax)[ORANGE][0] == 900
        assert "900 there are" in said
    assert any(text.startswith(f"Scores{who}, log scale") for text in said)
    assert overlaps(ax) == []
    assert ax.get_figure().get_size_inches()[0] == 8


def test_nothing_to_draw_is_said():
    result = sample_size(measure="csat", margin=0.05, response_rate=0.2, population=1000)
    ax = result.plot()
    assert "not enough customers: 1,905 would have to be invited, 1,000 there are" in words(ax)
    assert marks(ax) == {}
    assert overlaps(ax) == []


def test_it_draws_on_the_axes_it_is_given():
    _, ax = plt.subplots()
    assert sample_size(margin=0.1, sd=1).plot(ax=ax) is ax


def curve_of(ax):
    return next(line for line in ax.lines if len(line.get_xdata()) > 2)


def dashed(ax):
    return next(line for line in ax.lines if line.get_linestyle() == "--")


def test_a_margin_is_a_dark_curve_over_a_log_scale_from_zero():
    result = sample_size(survey(), measure="csat", margin=0.05)
    ax = sample_size_chart(result)
    line = curve_of(ax)
    assert list(line.get_xdata()) == result.curve["n"].tolist()
    assert list(line.get_ydata()) == pytest.approx((100 * result.curve["value"]).tolist())
    assert (line.get_color(), ax.get_xscale(), ax.get_yscale()) == (DARK, "log", "linear")
    assert ax.get_xlim() == (result.curve["n"].iloc[0], result.curve["n"].iloc[-1])
    assert ax.get_ylim()[0] == 0
    assert (list(dashed(ax).get_ydata()), dashed(ax).get_color()) == ([5, 5], GREY)
    assert " ".join(ax.get_ylabel().split()) == "Margin of the share of high scores, ± percentage points"
    assert " ".join(ax.texts[-1].get_text().split()) == result.note


def test_power_goes_up_to_one():
    result = sample_size(measure="csat", difference=0.1, power=0.7)
    ax = sample_size_chart(result)
    assert list(curve_of(ax).get_ydata()) == result.curve["value"].tolist()
    assert ax.get_ylim() == (0, 1.02)
    assert list(dashed(ax).get_ydata()) == [0.7, 0.7]
    assert ax.get_ylabel() == "Probability to find it"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"margin": 0.1, "sd": 1}, "Margin of the mean score, ± points of the scale"),
        ({"measure": "nps", "margin": 5}, "Margin of the NPS, ± points"),
    ],
)
def test_a_margin_is_in_the_unit_of_its_measure(options, words):
    assert " ".join(sample_size_chart(sample_size(**options)).get_ylabel().split()) == words


def test_needed_is_a_blue_dot_there_are_an_orange_diamond_on_the_curve():
    result = sample_size(survey(), margin=0.03)
    ax = sample_size_chart(result)
    curve = result.curve.set_index("n")["value"]
    found = {line.get_color(): line for line in ax.lines if line.get_marker() in {"o", "D"}}
    assert {colour: line.get_marker() for colour, line in found.items()} == {BLUE: "o", ORANGE: "D"}
    for n, colour in ((result.hardest["scores"], BLUE), (900, ORANGE)):
        assert found[colour].get_xydata()[0].tolist() == [n, curve[n]]
    places = {text.get_text(): text.xy for text in ax.texts}
    assert places["900 there are"] == (900, curve[900])
    assert places[f"{result.hardest['scores']:,} ratings needed"][0] == result.hardest["scores"]


@pytest.mark.parametrize(
    ("options", "above"), [({"margin": 0.1, "sd": 1}, True), ({"difference": 0.5, "sd": 1}, False)]
)
def test_words_stand_on_the_empty_side_of_the_curve(options, above):
    ax = sample_size_chart(sample_size(**options))
    words = next(text for text in ax.texts if "ratings needed" in text.get_text())
    assert (words.get_position()[1] > 0) is above


@pytest.mark.parametrize("margin", [4.6, 4.9, 5.2, 5.5])
@pytest.mark.parametrize("width", [3.5, 8])
def test_scores_needed_and_those_there_are_keep_apart_also_where_they_are_close(margin, width):
    result = sample_size(survey(), measure="nps", margin=margin)
    ax = sample_size_chart(result, Figure(figsize=(width, 0.5)).subplots())
    ax.figure.draw_without_rendering()
    needed, there = (next(text for text in ax.texts if words in text.get_text()) for words in ("needed", "there are"))
    assert not Text.get_window_extent(needed).overlaps(Text.get_window_extent(there))
