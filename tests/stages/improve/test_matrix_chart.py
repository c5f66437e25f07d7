"""The drawing of the impact-effort matrix: what stands where, what is said, and that nothing breaks out of it."""

from __future__ import annotations

import re
from html import escape
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.style import BLUE, GREY, SPACE
from cxlens.stages.improve import matrix_chart as matrix_svg
from cxlens.stages.improve.matrix import areas, quadrant_sizes
from cxlens.stages.improve.matrix_chart import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Frame,
    _name_shapes,
    frame_of,
    matrix_html,
    matrix_rows,
    plain,
    spot_text,
    text_width,
)
from tests.stages.improve.changed import changed

ODD = '<b>Signs</b> & "more"'


@pytest.fixture(scope="module")
def many(found):
    """Twenty-five initiatives, efforts close together, one with an odd name."""
    size = np.arange(25)
    frame = pd.DataFrame({"name": [f"Initiative number {k}" for k in size], "owner": ""})
    frame.loc[3, "name"] = ODD
    frame["touchpoints"] = [found.touchpoints[k % len(found.touchpoints)] for k in size]
    for end, factor in (("low", 0.7), ("likely", 1.0), ("high", 1.4)):
        frame[f"lift_{end}"], frame[f"effort_{end}"] = 0.4 * factor, (4 + size * 7 % 23) * factor
    return cx.quick_wins(found, frame)


def tree(result, *given) -> ElementTree.Element:
    return ElementTree.fromstring(matrix_svg.matrix_svg(result, *given))


def spots(drawn) -> dict[str, ElementTree.Element]:
    return {one.get("data-name"): one for one in drawn.iter("g")}


def boxes(drawn) -> list[tuple[str, float, float, float, float]]:
    """Every upright text with the box it fills, about."""
    found = []
    for text in drawn.iter("text"):
        lines = list(text.iter("tspan"))
        width = max(text_width(line.text) for line in lines)
        x, top, low = float(lines[0].get("x")), float(lines[0].get("y")) - 11, float(lines[-1].get("y")) + 3
        left = x - {"start": 0, "middle": width / 2, "end": width}[text.get("text-anchor")]
        if text.get("transform") is None:
            found.append((" ".join(line.text for line in lines), left, top, left + width, low))
    return found


@pytest.mark.parametrize("log", [True, False])
def test_places_and_figures_lead_to_one_another(log):
    frame = Frame(log, 0.5, 2.0, -1.0, 9.0)
    assert frame.place(0.5, -1) == (LEFT, BOTTOM)
    assert frame.place(2.0, 9) == (RIGHT, TOP)
    effort, benefit = frame.read(*frame.place(frame.axis(8.0), 3.0))
    assert (effort, benefit) == (pytest.approx(8), pytest.approx(3))
    assert Frame(True, 0.5, 2, 0, 1).axis(0.0) == 0.5


def test_the_axes_hold_all_ellipses_and_what_they_held_before(plan):
    frame = frame_of(plan)
    for ellipse in tree(plan).iter("ellipse"):
        x, y, rx, ry = (float(ellipse.get(name)) for name in ("cx", "cy", "rx", "ry"))
        assert LEFT < x - rx < x + rx < RIGHT
        assert TOP < y - ry < y + ry < BOTTOM
    held = Frame(frame.log, frame.left - 1, frame.right - 0.5, frame.bottom - 1, frame.top + 5)
    assert frame_of(plan, held) == Frame(frame.log, held.left, frame.right, held.bottom, held.top)
    far = changed(plan, benefit_cuts=np.array([50.0]), effort_cut=0.0)
    assert frame_of(far).top > 50
    assert frame_of(far)[:3] == frame[:3]


def test_every_initiative_is_there_in_order_and_says_all_about_itself(plan):
    found = spots(tree(plan))
    assert list(found) == plan.table["initiative"].tolist()
    first = plan.table.iloc[0]
    label = found[first["initiative"]].get("aria-label")
    assert label == found[first["initiative"]].find("title").text
    assert label == (
        f"Second security queue at peak hours: effort 5 weeks, +{first['benefit']:.1f} NPS points "
        f"[{first['benefit_low']:.1f}, {first['benefit_high']:.1f}], big and easy in "
        f"{100 * first['p_quick_win']:.0f} of 100 redraws, on the Pareto front; Security: fix"
    )
    for row in plan.table.to_dict("records"):
        drawn, wins = found[row["initiative"]], row["quadrant"] == "quick win"
        frame = frame_of(plan)
        assert float(drawn.get("data-x")) == pytest.approx(frame.place(np.log10(row["effort"]), 0)[0], abs=0.06)
        assert float(drawn.get("data-y")) == pytest.approx(frame.place(0, row["benefit"])[1], abs=0.06)
        assert ("win" in drawn.get("class"), drawn.find("rect") is None) == (wins, wins)  # a shape, not colour alone


def test_the_front_and_the_quadrants_are_drawn_and_named(plan):
    drawn = tree(plan)
    places = [point.split(",") for point in drawn.find("polyline").get("points").split()]
    kept = plan.table[plan.table["pareto"]].sort_values("effort")["initiative"]
    found = spots(drawn)
    assert places == [[found[name].get("data-x"), found[name].get("data-y")] for name in kept]
    words = [text for text, *_ in boxes(drawn)]
    sizes = quadrant_sizes(plan.record)
    assert "Pareto front" in words
    names = {
        "quick win": "Quick wins: easy and big", "big project": "Big projects", "fill-in": "Fill-ins: easy and small",
        "leave": "Leave",
    }  # fmt: skip
    assert {f"{name}, {sizes[quadrant]:.1f} of {len(plan.table)}" for quadrant, name in names.items()} <= set(words)
    assert f"Effort, weeks, log scale (easy: up to {plain(plan.effort_cut)})" in words


@pytest.mark.parametrize("which", ["plan", "many"])
def test_labels_keep_apart_and_inside(which, request):
    found = boxes(tree(request.getfixturevalue(which)))
    assert [text for text, left, top, right, low in found if left < 0 or right > 820 or top < 0 or low > 520] == []
    over = [
        (one[0], other[0])
        for one, other in combinations(found, 2)
        if one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]
    ]
    assert over == []
    assert sum(bool(re.search(r", (?:under |over )?\d+$", text)) for text, *_ in found) >= 10


def test_long_names_come_out_whole(found):
    rows = []
    for k, effort in enumerate((5.0, 12.0, 20.0, 8.0, 30.0)):
        name = f"Programme {k}: what is behind asking for a late check-out in all houses"
        row = {"name": name, "touchpoints": found.touchpoints[k], "owner": ""}
        for end, factor in (("low", 0.7), ("likely", 1.0), ("high", 1.4)):
            row |= {f"lift_{end}": 0.4 * factor, f"effort_{end}": effort * factor}
        rows.append(row)
    drawn = tree(cx.quick_wins(found, pd.DataFrame(rows)))
    for name, spot in spots(drawn).items():
        assert " ".join(line.text for line in spot.iter("tspan")).startswith(f"{name}, ")


def test_words_beside_the_benefit_axis_keep_clear_of_its_figures(many):
    figures = [text for text in tree(many).iter("text") if text.get("text-anchor") == "end"]
    for text in figures:
        (line,) = text.iter("tspan")
        assert float(line.get("x")) - text_width(line.text) > 15 + 4


def test_efforts_close_together_have_a_straight_axis(many):
    words = [text for text, *_ in boxes(tree(many))]
    assert not frame_of(many).log
    assert f"Effort, weeks (easy: up to {plain(many.effort_cut)})" in words


def test_one_initiative_without_spread_can_be_drawn(found):
    row = {"name": "x", "touchpoints": "Security", "owner": ""}
    row |= {f"{what}_{end}": 0.0 for what in ("lift", "effort") for end in ("low", "likely", "high")}
    drawn = tree(cx.quick_wins(found, pd.DataFrame([row])))
    assert list(spots(drawn)) == ["x"]
    assert "Pareto front" not in [text for text, *_ in boxes(drawn)]


def test_names_cannot_break_out(many):
    page = matrix_html(many)
    assert "<b>" not in page
    assert ODD in spots(tree(many))
    escaped = "&lt;b&gt;Signs&lt;/b&gt; &amp; &quot;more&quot;"
    assert escaped in page
    assert matrix_svg.matrix_svg(many).count(escaped) >= 3  # name, label, title


def test_the_still_figure_needs_nothing_and_runs_nothing(plan):
    page = matrix_html(plan)
    assert re.findall(r"""<script|\bon\w+=|https?:|url\(|@import|href=|src="[^;]*;""", page) == [
        'src="data:image/svg+xml;'
    ]
    assert page.count("<img") == page.count("<table") == 1
    assert escape(str(plan)) in page
    assert f'alt="Effort and benefit of initiatives. {escape(str(plan))}"' in page
    rules = re.sub(r"\s+", " ", matrix_svg.CSS).split("}")
    assert all(
        "cxlens-matrix" in selector for rule in rules if rule.strip() for selector in rule.split("{")[0].split(",")
    )


def test_the_table_says_what_the_drawing_shows(plan):
    rows = matrix_rows(plan)
    first = plan.table.iloc[0]
    assert [row["Initiative"] for row in rows] == plan.table["initiative"].tolist()
    assert rows[0] == {
        "Initiative": "Second security queue at peak hours",
        "Quick win in 100 redraws": f"{100 * first['p_quick_win']:.0f}",
        "Forecast, NPS points": f"+{first['benefit']:.1f} [{first['benefit_low']:.1f}, {first['benefit_high']:.1f}]",
        "Effort, weeks": "5 (3 to 7)",
        "Most likely a": "quick win",
        "Pareto front": "yes",
        "Owner": "Security operations",
        "Verdicts": "Security: fix",
        "Forced": "no",
    }
    forced = plan.table.loc[plan.table["forced"], "initiative"].tolist()
    assert [row["Initiative"] for row in rows if row["Forced"] == "yes"] == forced
    assert len(forced) == 1
    (row,) = plan.table[plan.table["forced"]].to_dict("records")
    assert spot_text(row, plan).startswith(f"{forced[0]} (forced): effort ")
    assert f"{SPACE}(forced), " in " ".join(_name_shapes(row)[1])


def test_efforts_read_as_one_would_write_them():
    assert [plain(value) for value in (5, 6.5, 0.25, 14.7, 52.04, 1200)] == ["5", "6.5", "0.25", "14.7", "52", "1,200"]


def test_benefits_in_money_have_short_figures_at_the_axis(found):
    study = cx.datasets.load_airport()
    link = cx.RetentionLink(value=40, customers=2_000_000, per_point=0.001)
    rich = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map(), money=link)
    words = [text for text, *_ in boxes(tree(rich))]
    assert any(re.fullmatch(r"\+[\d.]+[kM]", text) for text in words)
    assert "money a year" in matrix_rows(rich)[0].keys().__str__()
    assert any(
        text.text.startswith("Benefit, money a year by the assumed link (big: +") for text in tree(rich).iter("tspan")
    )


def test_where_all_do_harm_there_is_no_front(plan):
    worse = plan.table.assign(pareto=False)
    drawn = tree(changed(plan, table=worse))
    assert drawn.find("polyline").get("points") == ""
    assert "Pareto front" not in [text for text, *_ in boxes(drawn)]


def test_quick_wins_are_blue_circles_and_all_others_grey_squares(plan):
    found = spots(tree(plan))
    kinds = set()
    for row in plan.table.to_dict("records"):
        spot = found[row["initiative"]]
        is_win = row["quadrant"] == "quick win"
        kinds.add(is_win)
        (mark,) = [part for part in spot if part.get("class") == "dot"]
        assert (mark.tag, mark.get("fill")) == (("circle", BLUE) if is_win else ("rect", GREY))
        assert spot.find("ellipse").get("fill") == mark.get("fill")
        x, y = float(spot.get("data-x")), float(spot.get("data-y"))
        if is_win:
            assert (float(mark.get("cx")), float(mark.get("cy"))) == (x, y)
        else:
            assert (float(mark.get("x")) + 5, float(mark.get("y")) + 5) == pytest.approx((x, y))
        assert spot.get("class") == ("spot win" if is_win else "spot other")
    assert kinds == {True, False}


def test_quadrants_are_named_in_their_corners(plan):
    middle_x, middle_y = (LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2
    sides = {}
    for text in tree(plan).iter("text"):
        if text.get("font-weight") == "bold":
            line = text.find("tspan")
            right, low = float(line.get("x")) > middle_x, float(line.get("y")) > middle_y
            sides[line.text.split(",")[0]] = (right, low, text.get("text-anchor"), text.get("fill"))
    assert sides == {
        "Quick wins: easy and big": (False, False, "start", BLUE),
        "Big projects": (True, False, "end", GREY),
        "Fill-ins: easy and small": (False, True, "start", GREY),
        "Leave": (True, True, "end", GREY),
    }


def test_the_cuts_lie_where_they_are(plan):
    frame = frame_of(plan)
    x, y = frame.place(np.log10(plan.effort_cut), plan.benefit_cut)
    (cut,) = [path for path in tree(plan).iter("path") if path.get("class") == "cut"]
    assert cut.get("d") == f"M{x:.1f} {TOP}V{BOTTOM}M{LEFT} {y:.1f}H{RIGHT}"


def test_figures_at_the_axes_stand_at_their_places(plan):
    frame = frame_of(plan)
    figures = {}
    for text in tree(plan).iter("text"):
        if text.get("class") == "quiet" and text.get("font-weight") is None:
            line = text.find("tspan")
            figures.setdefault(text.get("text-anchor"), {})[line.text] = (float(line.get("x")), float(line.get("y")))
    assert len(figures["end"]) >= 3
    for words, (_, y) in figures["end"].items():
        assert y == pytest.approx(frame.place(0, float(words))[1] + 4, abs=0.1)
    assert sum(float(words) > 0 for words in figures["end"]) >= 2
    assert figures["middle"]["10"][0] == pytest.approx(frame.place(1, 0)[0], abs=0.1)


def test_ellipses_are_as_wide_as_their_areas(plan):
    frame = frame_of(plan)
    for spot, area in zip(tree(plan).iter("ellipse"), areas(plan.record, True), strict=True):
        left, _ = frame.place(area.x - area.width, 0)
        _, top = frame.place(0, area.y + area.height)
        assert float(spot.get("cx")) - float(spot.get("rx")) == pytest.approx(left, abs=0.11)
        assert float(spot.get("cy")) - float(spot.get("ry")) == pytest.approx(top, abs=0.11)


def test_a_line_leads_to_a_label_that_stands_far_off(many):
    far = 0
    for spot in tree(many).iter("g"):
        lines = [path for path in spot.iter("path") if path.get("class") == "tick"]
        label = spot.find("text")
        if label is None:
            assert lines == []
        elif lines:
            far += 1
            assert lines[0].get("d").startswith(f"M{spot.get('data-x')} {spot.get('data-y')}L")
            assert lines[0].get("d").split("L")[1].split()[0] == label.find("tspan").get("x")
    assert far > 0


@pytest.mark.parametrize(("quadrant", "words"), [("leave", "case to leave"), ("fill-in", "fill-in")])
def test_the_table_says_where_an_initiative_stands(plan, quadrant, words):
    table = plan.table.assign(quadrant=quadrant, pareto=False)
    rows = matrix_rows(changed(plan, table=table))
    assert {row["Most likely a"] for row in rows} == {words}
    assert {row["Pareto front"] for row in rows} == {"no"}
