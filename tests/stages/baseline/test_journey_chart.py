"""The picture of a journey: which mark stands where, in which colour; that words keep apart, and files open."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

import cxlens as cx
from cxlens.common.pictures import picture
from cxlens.common.style import BLUE, GREY, INK, ORANGE
from cxlens.errors import ColumnError, OptionError
from cxlens.stages.baseline.journey_blocks import PALE
from cxlens.stages.baseline.journey_chart import journey_chart, journey_of_results
from cxlens.stages.baseline.journey_lanes import FEELS, MISSING
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, UNASKED
from tests.stages.baseline.marks import read_as_mathematics


def axes(width: float = 13.3, height: float = 0.5):
    return Figure(figsize=(width, height), dpi=96).subplots()


def drawn(made=None, width: float = 13.3):
    return journey_chart(made or journeys.journey(), axes(width))


def texts_of(ax) -> dict[str, Text]:
    return {" ".join(text.get_text().split()): text for text in ax.texts}


def marks(ax):
    """Colour, marker and whether it is filled, of marks on the line of ratings, from left to right."""
    spots = [line for line in ax.lines if len(line.get_xdata()) == 1 and line.get_markersize() == 7.5]
    spots.sort(key=lambda line: line.get_xdata()[0])
    return [(line.get_color(), line.get_marker(), line.get_markerfacecolor() != "white") for line in spots]


def overlaps(ax):
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1.5)) for text in [*ax.texts, ax.title]]
    return [
        (a, b) for (a, one), (b, other) in combinations(boxes, 2) if a.strip() and b.strip() and one.overlaps(other)
    ]


def test_marks_say_how_each_touchpoint_stands_in_the_order_of_the_map():
    assert marks(drawn()) == [(ORANGE, "D", True), (BLUE, "o", False), (BLUE, "o", True)]


def test_the_line_breaks_where_nothing_is_measured():
    ax = drawn()
    line = max((line for line in ax.lines if line.get_color() == BLUE), key=lambda line: len(line.get_xdata()))
    assert np.isnan(line.get_ydata()).tolist() == [False, False, False, True, True]
    hatched = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_hatch()]
    assert len(hatched) >= 4
    assert "nothing measured" in texts_of(ax)
    assert "no touchpoint" in texts_of(ax)


def levels(ax) -> dict[float, float]:
    """How far down each rating of the axis stands: its words are in the middle of their line."""
    said = texts_of(ax)
    numbers = {float(words): said[words] for words in ("2", "3", "4", "5")}
    heights = {rating: text.xy[1] + 12 / 2 for rating, text in numbers.items()}
    lines = [line.get_ydata()[0] for line in ax.lines]
    return {rating: min(lines, key=lambda y: abs(y - about)) for rating, about in heights.items()}


def test_the_line_its_band_and_the_competitor_stand_at_their_figures():
    made = journeys.journey()
    ax = drawn(made)
    at = levels(ax)
    ratings = made.table[(made.table["lane"] == FEELS) & (made.table["state"] != MISSING)]

    def down(figures):
        return np.interp(figures, list(at), list(at.values()))

    assert at[2] > at[3] > at[4] > at[5]
    line, rival = [line for line in ax.lines if len(line.get_xdata()) == 5]
    assert (line.get_linestyle(), rival.get_linestyle()) == ("-", ":")
    assert line.get_ydata()[:3] == pytest.approx(down(ratings["mean"]))
    assert (rival.get_color(), rival.get_ydata()[:3]) == (GREY, pytest.approx(down(ratings["rival"])))
    (band,) = ax.collections
    edges = {round(y, 6) for y in band.get_paths()[0].vertices[:, 1]}
    assert edges >= {round(y, 6) for end in ("low", "high") for y in down(ratings[end])}
    standards = [line for line in ax.lines if line.get_linewidth() == 1.6]
    assert [line.get_ydata()[0] for line in standards] == pytest.approx(down(ratings["standard"]))
    assert {line.get_color() for line in standards} == {INK}


def test_a_figure_stands_on_the_side_of_its_mark_where_no_standard_is():
    ax = drawn()
    said = texts_of(ax)
    spots = {line.get_xdata()[0]: line.get_ydata()[0] for line in ax.lines if line.get_markersize() == 7.5}
    for words, is_under in (("2.67", True), ("3.04", False), ("4.15", False)):  # the first is below its standard
        x, y = said[words].xy
        assert bool(y > spots[x]) is is_under
    assert [said[words].get_color() for words in ("2.67", "3.04", "4.15")] == [ORANGE, INK, INK]
    assert said["feeling 2.9"].xy[1] > said["2.67"].xy[1]


def test_without_a_competitor_there_is_no_dotted_line():
    card = cx.baseline(journeys.survey(), journeys.places())
    ax = drawn(journey_of_results(journeys.places(), performance=card))
    assert all(line.get_linestyle() != ":" for line in ax.lines)


def test_the_key_says_what_is_there_and_nothing_else():
    assert list(texts_of(drawn()))[-1] == (
        "◆ clearly below its standard; ○ not clearly off it; ● meets it; short line: standard; dotted: customers of "
        "Rival; hatched: not known, or not there; behind, ahead: clearly, allowing for all comparisons"
    )
    bare = cx.TouchpointMap([cx.Touchpoint("Desk", stage="Wait")], cx.Lifecycle(["Wait"]))
    assert list(texts_of(drawn(journey_of_results(bare))))[-1] == "Lanes by stage"
    gap = cx.TouchpointMap(bare, cx.Lifecycle(["Wait", "Leave"]))
    assert list(texts_of(drawn(journey_of_results(gap))))[-1] == "hatched: not known, or not there"


def test_above_the_stages_stand_what_the_map_rests_on_personas_and_phases():
    made = journeys.journey()
    said = texts_of(drawn(made))
    assert f'Nothing serves "When plans change". {made.note}' in " ".join(said)
    assert said["Nina"].xy[0] < said["Nobody"].xy[0]
    assert said["before"].xy[0] < said["there"].xy[0]
    assert "Simulated data" not in said
    tag = texts_of(drawn(replace(made, given=made.given._replace(simulated=True))))["Simulated data"]
    assert (tag.get_color(), tag.xy[1]) == (ORANGE, 0)


def test_words_on_a_hatch_have_a_white_ground():
    ax = drawn()
    white = [patch for patch in ax.patches if patch.get_facecolor()[:3] == (1, 1, 1) and patch.get_fill()]
    for words in ("no touchpoint", "nothing measured", "not asked"):
        x, y = texts_of(ax)[words].xy
        assert any(patch.get_bbox().padded(1).contains(x, y) for patch in white), words


def test_words_stand_over_their_column_and_pains_are_orange():
    said = texts_of(drawn())
    x = {name: said[name].xy[0] for name in ("Arrive", "Wait", "When plans change")}
    assert x["Arrive"] < x["Wait"] < x["When plans change"]
    pain = next(text for words, text in said.items() if "under its standard" in words)
    assert pain.get_color() == ORANGE
    assert x["Arrive"] <= pain.xy[0] < x["Wait"]
    assert any("leave at once" in words for words in said)


def test_what_is_not_asked_for_is_pale():
    ax = drawn(replace(journeys.journey(), shown=(GOOD,)))
    said = texts_of(ax)
    assert said[GOOD].get_alpha() == 1
    assert said[UNASKED].get_alpha() == PALE
    rated = [line.get_alpha() for line in ax.lines if line.get_markersize() == 7.5]
    assert rated == [PALE, PALE, 1]
    pains = [line.get_alpha() for line in ax.lines if line.get_marker() == "D" and line.get_markersize() == 6]
    assert pains == [PALE]


@pytest.mark.parametrize("width", [13.3, 9.5, 4.0625])
def test_words_keep_apart_and_are_no_mathematics(width):
    ax = drawn(width=width)
    assert overlaps(ax) == []
    assert read_as_mathematics(ax) == []


@pytest.mark.parametrize("width", [13.3, 4.0625])
def test_no_word_is_smaller_than_twelve_pixels_and_none_leaves_the_picture(width):
    ax = drawn(width=width)
    figure = ax.get_figure()
    figure.draw_without_rendering()
    assert min(text.get_size() for text in ax.texts) * 96 / 72 >= 12
    frame = figure.bbox.padded(1)
    corners = [corner for text in ax.texts for corner in Text.get_window_extent(text).get_points()]
    assert all(frame.contains(*corner) for corner in corners)


def many(k: int = 40) -> cx.TouchpointMap:
    """Long names on eight stages."""
    stages = cx.Lifecycle([f"Stage {chr(65 + number)} of the journey" for number in range(8)])
    touchpoints = [
        cx.Touchpoint(f"Long-term parking shuttle frequency and signs {number}", stage=stages.names[number % 8])
        for number in range(k)
    ]
    return cx.TouchpointMap(touchpoints, stages)


def test_forty_touchpoints_of_long_names_go_on_below_and_all_are_read():
    ax = drawn(journey_of_results(many()))
    assert overlaps(ax) == []
    said = " ".join(texts_of(ax))
    assert all(f"signs {number}" in said for number in range(40))
    assert ax.get_figure().get_figheight() > 8


def test_axes_of_a_given_height_get_smaller_words():
    ax = journey_chart(journeys.journey(), axes(13.3, 5))
    assert ax.get_figure().get_figheight() == 5
    assert max(text.get_size() for text in ax.texts) < 9


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_files_have_the_title_and_tell_what_is_seen(form):
    image, alt = picture(journeys.journey(), form=form)
    assert alt.startswith("Journey map by stage, with what people do, feel, say and need. Below standard")
    assert image[:4] == {"svg": b"<?xm", "png": b"\x89PNG", "pdf": b"%PDF"}[form]
    if form == "svg":
        text = image.decode()
        assert "no touchpoint" in text
        assert "Price ($) 50% of $20" in text


def test_the_map_draws_and_saves_its_journey(tmp_path):
    whole = journeys.places()
    ax = whole.plot(kind="journey", ax=axes(), initiatives=journeys.initiatives())
    assert "A sign" in texts_of(ax)
    for form in ("svg", "png"):
        whole.save(tmp_path / f"map.{form}", kind="journey", personas=journeys.results()["personas"])
        ax.get_figure().savefig(tmp_path / f"own.{form}")
        assert (tmp_path / f"own.{form}").stat().st_size > 1000
        assert (tmp_path / f"map.{form}").stat().st_size > 1000


def test_a_map_refuses_what_only_a_journey_shows():
    with pytest.raises(OptionError) as refused:
        journeys.places().plot(initiatives=journeys.initiatives())
    assert str(refused.value) == "initiatives= is shown by a journey map alone. Add kind='journey'."
    with pytest.raises(OptionError) as refused:
        journeys.places().plot(kind="jurney")
    assert str(refused.value) == "kind='jurney' is not an option. Did you mean 'journey'? Options: 'map', 'journey'."


WRONG = [
    ({"performance": 3}, "performance takes a Baseline, not a int. Make one: cx.baseline(survey, touchpoint_map)."),
    ({"comments": 3}, "comments takes a view of comments, not a int. Make one: cx.baseline(survey).comments()."),
    ({"initiatives": []}, "initiatives take a DataFrame, not a list. Make one: study.initiatives()."),
    ({"initiatives": pd.DataFrame({"name": []})}, "initiatives lack the column touchpoints, owner. Give "
     "study.initiatives()."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_results_of_another_kind_are_refused(given, message):
    with pytest.raises((OptionError, ColumnError)) as refused:
        journey_of_results(journeys.places(), **given)
    assert str(refused.value) == message


def test_a_view_of_something_else_is_refused():
    with pytest.raises(OptionError) as refused:
        journey_of_results(journeys.places(), comments=journeys.results()["emotion"])
    assert str(refused.value) == (
        "comments takes a view of comments, not one of emotion. Make one: cx.baseline(survey).comments()."
    )


def test_a_view_by_segment_is_refused():
    by = cx.baseline(journeys.survey(), journeys.places(), by="who").emotion()
    with pytest.raises(OptionError) as refused:
        journey_of_results(journeys.places(), emotion=by)
    assert str(refused.value) == (
        "emotion is by segment, and a map shows one figure a touchpoint. Give cx.baseline(survey).emotion()."
    )
