"""The pictures of places: which mark stands where, and that what is clear has its colour."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.stages.baseline.place_charts import ALL_NAMED
from tests.stages.baseline.test_place_change import changed, two_waves
from tests.stages.baseline.test_places import chain, survey


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def places():
    return cx.compare_places(survey(chain(20, 0.5)), "hotel", metric=["room", "food"])


def dots(ax, colour: str, marker: str) -> list[tuple[float, float]]:
    """Places of the marks of a colour."""
    found = []
    for line in ax.lines:
        if line.get_marker() == marker and to_hex(line.get_color()).upper() == colour.upper():
            found += list(zip(map(float, line.get_xdata()), map(float, line.get_ydata()), strict=True))
    return found


def test_clear_places_have_their_colour_and_the_best_is_on_top(places) -> None:
    ax = places.plot()
    table = places.only("room").table.reset_index(drop=True)
    for position, colour, marker in (("above", BLUE, "o"), ("below", ORANGE, "D")):
        rows = table[table["position"] == position]
        assert dots(ax, colour, marker) == [(value, float(at)) for at, value in rows["value"].items()]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == table["place"].tolist()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    raw = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
    assert raw[0].get_xdata().tolist() == table["raw"].tolist()
    centre = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert centre == [pytest.approx(places.shares["mean"].iloc[0])]


def test_hundreds_of_places_fit_and_the_outermost_are_named() -> None:
    many = cx.compare_places(survey(chain(ALL_NAMED + 10, 0.6)), "hotel", metric="room")
    ax = many.plot()
    clear = many.table[many.table["position"] != "not clear"]["place"].tolist()
    named = [text.get_text() for text in ax.texts if text.get_text().startswith("Hotel")]
    assert set(named) == {*clear[:3], *clear[-3:]}
    assert not ax.get_yticks().size


def test_a_funnel_marks_who_lies_outside(places) -> None:
    view = places.only("room").funnel()
    ax = view.plot()
    outside = view.table[view.table["outside"] == "99.8 %"]
    found = dots(ax, ORANGE, "D")
    assert found == list(zip(outside["n"].astype(float), outside["mean"], strict=True))
    inside = view.table[view.table["outside"] == ""]
    assert len(dots(ax, GREY, "o")) == len(inside)
    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.texts][1:] == outside["place"].tolist()


def test_a_map_shows_what_is_clear_and_leaves_out_the_rest(places) -> None:
    view = places.heat_map()
    ax = view.plot()
    clear = view.table[view.table["position"].isin(["above", "below"])]
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert set(shown) == set(clear["place"])
    mesh = ax.collections[0].get_array()
    away = clear.pivot(index="place", columns="metric", values="away").reindex(shown)
    assert np.asarray(mesh).reshape(len(shown), -1)[:, 0].tolist() == pytest.approx(away["room"].fillna(0).tolist())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["room", "food"]


def test_changes_are_drawn_beside_the_change_of_all() -> None:
    view = changed(two_waves(1.2))
    ax = view.plot()
    assert [x for x, _ in dots(ax, BLUE, "o")] == view.table.loc[view.table["position"] == "above", "value"].tolist()
    centre = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert centre == [pytest.approx(view.parts["poorest"]["usual"].iloc[0])]


def test_each_picture_is_told_in_words(places) -> None:
    told = [alt_text(made) for made in (places, places.only("room").funnel(), places.heat_map())]
    assert [text.partition(".")[0] for text in told] == [
        "Places, the best on top",
        "Funnel of places",
        "Map of places and measures",
    ]


def test_shares_are_drawn_in_per_cent() -> None:
    ax = cx.compare_places(survey(chain(10, 0.3)), "hotel", metric="again").plot()
    assert ax.xaxis.get_major_formatter()(0.5) == "50%"


@pytest.mark.parametrize(("metric", "lowest", "highest"), [("recommend", -104, 104), ("Cleanliness", 0.92, 5.08)])
def test_a_funnel_shows_no_mean_that_cannot_be(metric, lowest, highest) -> None:
    view = cx.compare_places(cx.datasets.load_chain().survey(), "hotel", metric=metric, wave=2025).funnel()
    assert view.table["far_high"].max() > highest  # of 5 answers
    bottom, top = view.plot().get_ylim()
    assert lowest <= bottom < top
    assert top == pytest.approx(highest)


def test_the_same_mix_everywhere_is_said_below_the_title() -> None:
    plain = cx.datasets.load_chain().survey()
    adjusted = cx.compare_places(plain, "hotel", metric=["recommend", "Spa"], adjust=["purpose"])
    pictures = (
        adjusted.only("recommend").plot(),
        adjusted.funnel().plot(),
        adjusted.heat_map().plot(),
        adjusted.change(before=2024, after=2025).plot(),
    )
    for ax in pictures:
        words = " ".join(text.get_text().replace("\n", " ") for text in ax.texts)
        assert "hotel for the same mix of purpose" in words
