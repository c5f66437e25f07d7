"""The picture of the map: what is marked, what it says, and that nothing overlaps."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.finding import Item
from cxlens.common.style import BLUE, DARK, GREY, INK, ORANGE
from cxlens.stages.baseline.map_chart import LOOKS, MARK, Sight, map_chart, standing
from cxlens.stages.baseline.map_chart import said as touchpoint_in_words
from cxlens.stages.baseline.map_states import finding_of
from tests.stages.baseline.marks import on_one_line, read_as_mathematics, said_at

AWKWARD = ["St. Mary's desk", "Call: hold", "No. 3 > 4", "Price ($) 50% of $20"]  # a map has no semicolons in names
NAMES = ["Waiting at the desk of the hall", "Web page", "Telecommunications", "Letter", "Shop", "Leaflet"]


def map_of(k: int) -> cx.TouchpointMap:
    """Simulated: so many touchpoints on six of seven stages in up to five lanes."""
    return cx.TouchpointMap(
        [
            cx.Touchpoint(
                f"{NAMES[i % 6]} {i}",
                stage=cx.Lifecycle.seven_stages().names[i % 6],
                channel=["web", "phone", "desk in the shop", None, "post"][i // 6 % 5],
                owner="Sales" if i % 2 else None,
                volume=float(i),
                standards=[cx.Standard("mean", 3)] if i % 5 else [],
            )
            for i in range(k)
        ],
        cx.Lifecycle.seven_stages(),
    )


def survey_of(names, n: int = 500) -> cx.Survey:
    """Simulated: the first two drive the outcome; means run from 2.2 to 3.8."""
    rng = np.random.default_rng(2)
    means = np.linspace(2.2, 3.8, len(names))
    frame = pd.DataFrame(
        {name: np.clip(np.round(rng.normal(m, 1, n)), 1, 5) for name, m in zip(names, means, strict=True)}
    )
    frame["y"] = frame[names[0]] + frame[names[1]] + rng.normal(0, 1, n)
    return cx.Survey(frame, touchpoints=list(names), outcome="y", scale=cx.Scale(1, 5))


@pytest.fixture(scope="module")
def small():
    """Four touchpoints: a pain point that matters, one that is about there, one that is fine, one without a score."""
    names = ["Gate", "Desk", "Shop", "Bar"]
    places = [cx.Touchpoint(name, stage="wait", channel="hall", standards=[cx.Standard("mean", target)])
              for name, target in zip(names, [3, 3, 3, 3], strict=True)]  # fmt: skip
    whole = cx.TouchpointMap(places, cx.Lifecycle([cx.Stage("wait", ["sit"]), "board"]))
    survey = survey_of(names[:3])
    return whole, cx.baseline(survey, whole), cx.drivers(survey, n_boot=20)


@pytest.fixture(scope="module")
def large():
    whole = map_of(60)
    survey = survey_of(whole.names[:40])
    return whole, cx.baseline(survey, whole), cx.drivers(survey, n_boot=0, method="relative weights")


def texts_of(ax) -> list[Text]:
    found = [child for child in ax.get_children() if isinstance(child, Text)]
    found += [ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def said(ax) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in texts_of(ax))


def axes(width: float = 8):
    return Figure(figsize=(width, 7)).subplots()


def overlaps(ax) -> list[tuple[str, str]]:
    ax.get_figure().draw_without_rendering()
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts_of(ax)]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


@pytest.mark.parametrize("count", [1, 12, 60])
def test_labels_keep_apart(count) -> None:
    ax = map_chart(map_of(count))
    found = overlaps(ax)
    plt.close(ax.get_figure())
    assert found == []


def phone():
    """Axes as wide as a phone."""
    return Figure(figsize=(390 / 110, 0.5), dpi=110).subplots()


@pytest.mark.parametrize("count", [1, 12, 60])
def test_on_a_phone_stages_stand_below_one_another_and_nothing_is_cut(count) -> None:
    whole = map_of(count)
    ax = map_chart(whole, phone())
    assert overlaps(ax) == []
    frame = ax.get_figure().bbox.padded(1)
    inside = [frame.contains(*corner) for text in texts_of(ax) for corner in Text.get_window_extent(text).get_points()]
    assert all(inside)
    bold = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold" and text.get_color() == INK]
    assert bold == list(whole.lifecycle.names)
    told = said(ax)
    for touchpoint in whole:
        assert touchpoint.name in told
        assert (touchpoint.channel or "no channel") in told


def test_a_list_has_the_marks_of_the_map(small) -> None:
    def marks(ax):
        return [(line.get_marker(), line.get_color(), line.get_markerfacecolor()) for line in ax.lines
                if line.get_marker() in {look.marker for look in LOOKS.values()} | {"X"}]  # fmt: skip

    wide, narrow = map_chart(small[0], axes(), *small[1:]), phone()
    map_chart(small[0], narrow, *small[1:])
    assert len(marks(wide)) > 4
    listed = [mark for mark in marks(narrow) if mark[0] != "None"]
    assert sorted(map(str, listed)) == sorted(map(str, marks(wide)))
    assert "no touchpoint" in said(narrow)


def test_signs_are_never_alone_on_a_line(large) -> None:
    ax = map_chart(large[0], Figure(figsize=(7, 0.5)).subplots(), large[1], large[2])
    lines = [line for text in texts_of(ax) for line in text.get_text().split("\n")]
    assert not {"!", "★", "!★"} & {line.strip() for line in lines}


@pytest.mark.parametrize("width", [3.5, 8])
def test_what_is_not_asked_for_is_pale_and_what_is_missing_is_not(small, width) -> None:
    whole = small[0]
    ax = map_chart(whole, Figure(figsize=(width, 0.5)).subplots(), *small[1:], shown=["Desk"])
    alphas = {" ".join(text.get_text().split()): text.get_alpha() for text in ax.texts}
    pale = {name for name, alpha in alphas.items() if alpha is not None and alpha < 0.5}
    for name in whole.names:
        assert any(words.startswith(name) for words in pale) is (name != "Desk")
    assert "sit" not in pale
    assert "3 of 4 pale: not asked for" in said(ax)
    crosses = [line for line in ax.lines if line.get_marker() == "X"]
    assert {line.get_alpha() for line in crosses} == {None}


@pytest.mark.parametrize("lanes", ["channel", "owner", "process"])
def test_labels_of_sixty_with_scores_keep_apart_and_inside(large, lanes) -> None:
    before = plt.get_fignums()
    figure = Figure(figsize=(800 / 110, 0.5), dpi=110)
    ax = map_chart(large[0], figure.subplots(), large[1], large[2], lanes)
    assert overlaps(ax) == []
    assert plt.get_fignums() == before
    frame = figure.bbox.padded(1)
    outside = [text.get_text() for text in texts_of(ax) if not frame.contains(*Text.get_window_extent(text).max)]
    assert outside == []
    assert figure.get_figheight() > 7


def test_the_map_marks_gaps() -> None:
    ax = map_chart(map_of(12), axes())
    assert "touchpoint" in said(ax)
    assert "needs without a touchpoint" in said(ax)
    assert "be heard" in said(ax)
    assert "no channel" not in said(ax)
    assert ax.get_ylabel() == "Channel"
    assert map_chart(map_of(12), axes(), lanes="owner").get_ylabel() == "Owner"
    assert "no owner" in said(map_chart(map_of(12), axes(), lanes="owner"))


def marks(ax) -> list[tuple[str, str, bool]]:
    """Marker, colour, filled, from the first touchpoint to the last; rings and needs aside."""
    lines = [line for line in ax.lines if line.get_marker() not in {"None", "X"} and line.get_color() != DARK]
    return [(line.get_marker(), line.get_color(), line.get_markerfacecolor() != "white") for line in lines]


def test_states_differ_in_shape_and_in_colour(small) -> None:
    whole, scores, weights = small
    ax = map_chart(whole, axes(), scores, weights)
    assert marks(ax) == [("D", ORANGE, True), ("o", BLUE, False), ("o", BLUE, True), ("s", GREY, False)]
    shapes = [(look.marker, look.filled) for state, look in LOOKS.items() if state]
    assert len(set(shapes)) == len(shapes)  # told apart in print, too


def test_rings_stars_and_pain_points_that_matter(small) -> None:
    whole, scores, weights = small
    ax = map_chart(whole, axes(), scores, weights)
    rings = [line for line in ax.lines if line.get_color() == DARK]
    matter = weights.table[weights.table["q_value"] < 0.05]
    assert len(rings) == len(matter) == 2
    widths = [ring.get_markeredgewidth() for ring in rings]
    assert max(widths) == pytest.approx(2.6)
    assert min(widths) == pytest.approx(0.4 + 2.2 * matter["importance"].min() / matter["importance"].max())
    bold = [
        text.get_text() for text in ax.texts if text.get_fontweight() == "bold" and "touchpoint" not in text.get_text()
    ]
    assert len(bold) == 1
    assert bold[0].startswith("Gate")
    assert "!" in bold[0]
    assert ax.get_title(loc="left") == "Below standard where it matters: Gate"
    assert "ring: matters, the wider the more" in " ".join(ax.get_xlabel().split())


def test_the_map_without_importance_names_pain_points(small) -> None:
    whole, scores, _ = small
    ax = map_chart(whole, axes(), scores)
    assert ax.get_title(loc="left") == "Clearly below their standard: Gate"
    assert f"Gate {scores.table['mean'].iloc[0]:.1f}" in said(ax)
    assert "!" not in said(ax)
    image, text = charts.picture(Sight(whole, scores))
    assert image.startswith(b"\x89PNG")
    assert text == (
        "Map of touchpoints by stage and lane. Clearly below their standard: Gate. Map of 4 touchpoints on 2 stages; "
        "1 stage has no touchpoint, 1 need has no touchpoint at its stage. wait: Gate, Desk, Shop, Bar; board: no "
        "touchpoint."
    )


def test_a_map_alone_says_what_it_is() -> None:
    whole = cx.TouchpointMap([cx.Touchpoint("Gate", stage="wait")], cx.Lifecycle(["wait"]))
    ax = map_chart(whole, axes())
    assert ax.get_title(loc="left") == "Map of 1 touchpoint on 1 stage"
    assert ax.get_xlabel() == "Stage of the lifecycle"
    assert (
        charts.alt_text(whole) == "Map of touchpoints by stage and channel. Map of 1 touchpoint on 1 stage. wait: Gate."
    )
    assert str(Sight(whole)) == "Map of 1 touchpoint on 1 stage."


def test_the_size_of_a_mark_is_the_volume() -> None:
    places = [cx.Touchpoint(str(v), stage="s", volume=v) for v in (0, 50, 100, None)]
    ax = map_chart(cx.TouchpointMap(places, cx.Lifecycle(["s"])), axes())
    areas = [line.get_markersize() ** 2 for line in ax.lines if line.get_marker() == "o"]
    assert areas == pytest.approx([10, 37, 64, 10])
    assert "size of a mark: contacts a year" in ax.get_xlabel()


def test_long_words_are_parted_with_hyphens() -> None:
    places = [cx.Touchpoint("Kraftfahrzeughaftpflichtversicherung", stage="awareness")]
    ax = map_chart(cx.TouchpointMap(places, cx.Lifecycle.seven_stages()), axes())
    words = next(text.get_text() for text in ax.texts if text.get_text().startswith("Kraft"))
    assert all(line.endswith("-") for line in words.split("\n")[:-1])
    assert words.replace("-\n", "") == "Kraftfahrzeughaftpflichtversicherung"


def states(**columns):
    """A map of four touchpoints of awkward names on two stages, and what is known of each."""
    stages = ["0: in. Out ($) $", "1: in. Out ($) $"]
    places = [cx.Touchpoint(name, stage=stages[k % 2], channel="St. Mary's: $ ($)") for k, name in enumerate(AWKWARD)]
    whole = cx.TouchpointMap(places, cx.Lifecycle(stages))
    known = pd.DataFrame({"touchpoint": AWKWARD, "pain_point": True, "matters": False, "importance": 0.1})
    return whole, known.assign(**columns)


def test_the_finding_names_pain_points_that_matter_the_most_important_first() -> None:
    whole, known = states(matters=[True, False, True, True], importance=[0.1, 0.9, 0.3, 0.2])
    found = finding_of(whole, known)
    assert found.lead == "Below standard where it matters"
    assert found.items == [Item(AWKWARD[2]), Item(AWKWARD[3]), Item(AWKWARD[0])]
    assert found.more == ["Map of 4 touchpoints on 2 stages"]
    assert found.title == f"Below standard where it matters: {AWKWARD[2]}, {AWKWARD[3]}, {AWKWARD[0]}"


def test_the_finding_names_all_pain_points_where_none_is_told_to_matter() -> None:
    whole, known = states(pain_point=[False, True, True, False])
    found = finding_of(whole, known)
    assert (found.lead, found.items) == ("Clearly below their standard", [Item(AWKWARD[1]), Item(AWKWARD[2])])
    assert found.sentence == (
        f"Clearly below their standard: {AWKWARD[1]}, {AWKWARD[2]}. Map of 4 touchpoints on 2 stages."
    )


def test_without_a_pain_point_the_finding_is_the_map_and_more_than_three_are_counted() -> None:
    whole, known = states(pain_point=False, matters=True)
    assert finding_of(whole, known).sentence == str(whole)
    five = pd.concat([known, known.head(1)]).assign(pain_point=True)
    assert finding_of(whole, five).title.endswith(f"{AWKWARD[2]} and 2 more")


def test_a_map_with_gaps_says_so_as_the_noun_does() -> None:
    for count in (1, 12):
        assert Sight(map_of(count)).finding.sentence == str(map_of(count))


def test_names_come_out_whole_and_are_no_mathematics() -> None:
    whole, _ = states()
    ax = map_chart(whole, axes())
    assert read_as_mathematics(ax) == []
    assert [on_one_line(label.get_text()) for label in ax.get_xticklabels()] == list(whole.lifecycle.names)
    assert [on_one_line(label.get_text()) for label in ax.get_yticklabels()] == ["St. Mary's: $ ($)"]
    assert {on_one_line(text) for text in said_at(ax)} >= set(AWKWARD)


def test_a_touchpoint_stands_on_its_stage_and_in_its_lane() -> None:
    places = [cx.Touchpoint(name, stage=stage, channel=lane) for name, stage, lane in
              [("a", "s", "x"), ("b", "t", "y"), ("c", "t", "x"), ("d", "t", "x")]]  # fmt: skip
    ax = map_chart(cx.TouchpointMap(places, cx.Lifecycle(["s", "t"])), axes())
    where = said_at(ax)
    assert [where[name][0] for name in "abcd"] == [-0.5, 0.5, 0.5, 0.5]
    assert where["a"][1] == where["c"][1] < where["d"][1] < where["b"][1]
    lanes = dict(zip([label.get_text() for label in ax.get_yticklabels()], ax.get_yticks(), strict=True))
    borders = [0, *[lines.get_segments()[0][0][1] for lines in ax.collections[:1]], ax.get_ylim()[0]]
    assert list(lanes) == ["x", "y"]
    assert borders[0] < where["d"][1] < borders[1] < where["b"][1] < borders[2]
    at = [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in ax.lines]
    assert [y for _, y in at] == [where[name][1] + 0.5 for name in "abcd"]  # beside the first line of the name
    assert all(0 < x - where[name][0] < 0.5 for (x, _), name in zip(at, "abcd", strict=True))
    assert {text.xyann for text in ax.texts if text.get_text() in "abcd"} == {(MARK, 0)}


def test_a_need_that_nothing_serves_is_an_orange_cross_in_a_lane_of_its_own(small) -> None:
    ax = map_chart(small[0], axes())
    (cross,) = [line for line in ax.lines if line.get_marker() == "X"]
    assert cross.get_color() == ORANGE
    assert ax.get_yticklabels()[-1].get_text().replace("\n", " ") == "needs without a touchpoint"
    assert cross.get_ydata()[0] == said_at(ax)["sit"][1] + 0.5
    (hatched,) = ax.patches
    assert (hatched.get_x(), hatched.get_width()) == (0.5, 1)  # the second stage
    assert hatched.get_height() == ax.collections[0].get_segments()[-1][0][1]  # down to the lane of needs


def test_words_tell_scores_pain_points_that_matter_and_moments_of_truth() -> None:
    row = {"touchpoint": "Call: hold; wait", "mean": 3.44, "pain_point": True, "matters": True, "moment_of_truth": True}
    assert touchpoint_in_words(row) == "Call: hold; wait 3.4\N{NO-BREAK SPACE}!★"
    assert touchpoint_in_words({**row, "matters": False}) == "Call: hold; wait 3.4\N{NO-BREAK SPACE}★"
    assert touchpoint_in_words({**row, "pain_point": False, "moment_of_truth": False}) == "Call: hold; wait 3.4"
    unrated = {**row, "mean": np.nan, "moment_of_truth": False}
    assert touchpoint_in_words(unrated) == "Call: hold; wait\N{NO-BREAK SPACE}!"


def test_the_key_and_the_subtitle_say_what_is_there(small) -> None:
    whole, scores, weights = small
    ax = map_chart(whole, axes(), scores, weights)
    key = on_one_line(ax.get_xlabel())
    assert key.startswith("◆ clearly below its standard; ○ not clearly off it; ● meets it; □ no score; ring: matters")
    assert "bold !: pain point that matters" in key
    assert key.endswith("✖ need that no touchpoint of its stage serves")
    assert "size of a mark" not in key
    whole_words = "Map of 4 touchpoints on 2 stages; 1 stage has no touchpoint, 1 need has no touchpoint at its stage. "
    figures = "Figure: mean score (1 to 5), n = 500, intervals 95 %. Importance: association with y"
    assert on_one_line(whole_words + figures) in said(ax)
    alone = map_chart(whole, axes())
    assert "n = 4 touchpoints" in said(alone)
    assert on_one_line(alone.get_xlabel()) == "✖ need that no touchpoint of its stage serves"


def test_standing_words() -> None:
    row = {"mean": 3.0, "standard": 4.0, "metric": "mean", "q_value": 0.02, "gap": -1.0}
    assert standing(row, 0.95) == (ORANGE, "D", True, "below 4")
    assert standing({**row, "q_value": 0.06, "metric": "top_box", "standard": 0.4}, 0.95)[3] == "about 40 % top box"
    assert standing({**row, "gap": 0.1}, 0.95) == (BLUE, "o", True, "meets 4")
    assert standing({**row, "standard": np.nan}, 0.95) == (GREY, "o", True, "")


def test_the_map_refuses_other_lanes(small) -> None:
    with pytest.raises(cx.CxlensError) as error:
        map_chart(small[0], lanes="owners")
    assert str(error.value) == (
        "lanes='owners' is not an option. Did you mean 'owner'? Options: 'channel', 'owner', 'process'."
    )
