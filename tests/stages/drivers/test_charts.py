"""The picture of the drivers: which mark a touchpoint gets; and that every result of the stage has a picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common.style import BLUE, DARK, GREY, ORANGE
from cxlens.stages.drivers.charts import CHARTS, driver_dots, drivers_chart
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.explore import EXPLORERS


@pytest.fixture(scope="module")
def result() -> Drivers:
    """Drivers of simulated answers: one touchpoint that helps, one that harms, one that does nothing."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(1, 6, (300, 3)), columns=["helps", "harms", "nothing"])
    frame["y"] = frame["helps"] - 0.6 * frame["harms"] + rng.normal(size=300)
    return cx.drivers(cx.Survey(frame, touchpoints=["helps", "harms", "nothing"], outcome="y"), n_boot=40)


@pytest.fixture(scope="module")
def apart() -> Drivers:
    """Drivers of two simulated kinds of customers: each is moved by another touchpoint."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.integers(1, 6, (600, 2)), columns=["web", "call"])
    frame["kind"] = rng.choice(["new", "old"], 600)
    frame["y"] = np.where(frame["kind"] == "new", frame["web"], frame["call"]) + rng.normal(size=600)
    return cx.drivers(
        cx.Survey(frame, touchpoints=["web", "call"], outcome="y", segments=["kind"]), by="kind", n_boot=40
    )


def test_every_side_has_a_picture_and_a_widget():
    assert list(CHARTS) == ["Drivers", "SegmentTree", *[kind for kind in EXPLORERS if kind[0].islower()]]
    assert set(CHARTS) == set(EXPLORERS)


def test_the_alternative_text_tells_the_figure_that_is_drawn():
    values = {name: chart.value for name, chart in CHARTS.items()}
    assert values == {
        "Drivers": "importance", "SegmentTree": "importance", "dominance": "difference", "shape": "reward",
        "performance": "mean", "value added": "value", "opportunity": "score", "moments of truth": "index",
        "dimensions": "importance", "diagnosis": "vif", "within places": "within",
        "beside": "share",
    }  # fmt: skip


def test_a_mark_is_importance_in_points_with_its_interval_from_low_to_high(result):
    for row, dot in zip(result.table.to_dict("records"), driver_dots(result)[""], strict=True):
        want = [100 * row[name] for name in ("importance_low", "importance", "importance_high")]
        assert [dot.low, dot.value, dot.high] == want
        assert dot.low < dot.value < dot.high


def test_the_coefficient_says_how_it_is_marked(result):
    looks = dict(zip(result.table["touchpoint"], driver_dots(result)[""], strict=True))
    assert looks["helps"][3:7] == (BLUE, "o", True, "")
    assert looks["harms"][3:7] == (ORANGE, "v", True, "higher score, lower outcome")
    assert (looks["nothing"].colour, looks["nothing"].filled) == (GREY, False)
    assert looks["nothing"].note == "no clear link"


def test_what_is_below_zero_and_not_clear_is_a_grey_triangle(result):
    table = result.table.assign(coef=-1.0, q_value=[0.049, 0.05, np.nan])
    looks = driver_dots(dataclasses.replace(result, table=table))[""]
    assert [(dot.colour, dot.marker, dot.filled) for dot in looks] == [
        (ORANGE, "v", True), (GREY, "v", False), (GREY, "v", False),
    ]  # fmt: skip


def test_what_has_no_importance_says_so(result):
    table = result.table.assign(importance=[np.nan, 0.1, 0.1])
    assert driver_dots(dataclasses.replace(result, table=table))[""][0].note == "no figure"


def test_segments_have_their_leader_in_blue_and_say_where_it_matters_more(apart):
    dots = driver_dots(apart)
    assert list(dots) == ["new", "old"]
    order = apart.of("new")["touchpoint"].tolist()
    assert order == ["web", "call"]
    assert [dot.colour for dot in dots["new"]] == [BLUE, GREY]
    assert [dot.colour for dot in dots["old"]] == [GREY, BLUE]
    assert [dot.flag for dot in dots["new"]] == ["▲", "▼"]
    assert [dot.flag for dot in dots["old"]] == ["▼", "▲"]
    for segment, marks in dots.items():
        importance = apart.of(segment).set_index("touchpoint")["importance"]
        assert [dot.value for dot in marks] == pytest.approx([100 * importance[name] for name in order])


def test_one_that_is_clear_and_not_first_is_dark(apart):
    everything = apart.table.assign(q_value=0.0)
    dots = driver_dots(dataclasses.replace(apart, table=everything))
    assert [dot.colour for dot in dots["old"]] == [DARK, BLUE]


def test_the_panels_say_how_many_answers_they_show(apart):
    ax = drivers_chart(apart, Figure(figsize=(8, 4)).subplots())
    sizes = apart.fit.set_index("segment")["n"]
    heads = [panel.get_title("left") for panel in ax.child_axes]
    size = "n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
    assert heads == [f"{segment} ({size}{sizes[segment]})" for segment in ("new", "old")]
    assert "▲▼\N{NO-BREAK SPACE}a point goes with more or less than for the others" in " ".join(
        ax.get_xlabel().split(" ")
    )


def test_the_number_of_scores_and_the_reading_stand_beside_the_rows(result):
    ax = drivers_chart(result, Figure(figsize=(8, 4)).subplots())
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("300") == 3
    assert "higher score, lower outcome" in texts
    assert " ".join(ax.get_title("left").split()) == result.finding.title
    assert ax.get_xlim()[0] == 0
