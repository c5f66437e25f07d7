"""The picture of a road map: bars, forecast and costs say what the tables say, and texts keep apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common import style
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT
from cxlens.common.values import in_hundred, interval, signed
from cxlens.stages.improve.roadmap_chart import ARROWS, FEW, NUMBERS, roadmap_chart
from cxlens.stages.improve.roll_out import RollOut
from tests.stages.improve.changed import changed

QUARTERS = ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
RANGES = ["lift_low", "lift_likely", "lift_high", "effort_low", "effort_likely", "effort_high"]
COSTS = ["cost_low", "cost_likely", "cost_high"]
LONG = "An initiative with a long name that has to go on several lines"


@pytest.fixture(scope="module")
def wins():
    """Simulated: three touchpoints that drive the outcome alike, six initiatives."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.integers(1, 6, 400) for name in ("Web", "Desk", "Gate")})
    frame["y"] = np.clip(frame.sum(axis=1) / 2 + rng.normal(2, 1, 400), 0, 10).round()
    survey = cx.Survey(frame, touchpoints=["Web", "Desk", "Gate"], outcome={"y": "nps"}, scale=cx.Scale(1, 5))
    rows = [
        ("New gates", "Gate", 0.2, 0.4, 0.6, 4, 8, 12, 80, 100, 120, 2, "Operations", "Signs"),
        ("Signs", "Gate", 0.1, 0.2, 0.4, 1, 2, 3, 30, 40, 50, 1, "Digital", ""),
        ("Second desk", "Desk", 0.2, 0.3, 0.4, 2, 3, 5, 50, 60, 70, 1, "Operations", ""),
        ("Faster site", "Web", 0.2, 0.3, 0.4, 2, 3, 5, 70, 80, 90, 1, "Digital", ""),
        ("Gold taps", "Desk", 0.1, 0.2, 0.3, 2, 3, 5, 900, 999, 1200, 1, "", ""),
        (LONG, "Web", 0.1, 0.2, 0.3, 2, 3, 5, 10, 20, 30, 2, "", ""),
    ]
    columns = ["name", "touchpoints", *RANGES, *COSTS, "duration", "owner", "prerequisites"]
    return cx.quick_wins(cx.drivers(survey, n_boot=40), pd.DataFrame(rows, columns=columns))


@pytest.fixture(scope="module")
def plan(wins):
    return cx.roadmap(wins, periods=QUARTERS, budget=[150, 100, 100, 50], resolves=3)


@pytest.fixture(scope="module")
def picture(plan):
    """The plan as it is drawn: looked at by many, changed by none."""
    return drawn(plan)


def sized(plan, chosen: int, left: int, periods: int, owners: int = 5):
    """Simulated: so many initiatives in so many periods, each third waiting for one before it."""
    names = [f"{LONG if k % 3 == 0 else 'Initiative'} {k}" for k in range(chosen + left)]
    words = [f"20{26 + k // 4}-Q{k % 4 + 1}" for k in range(periods)]
    starts = sorted(k * 7 % periods for k in range(chosen)) + [0] * left
    ends = [min(start + k % 3, periods - 1) for k, start in enumerate(starts)]
    table = pd.DataFrame(
        {"initiative": names, "owner": [f"Owner of many things {k % owners}" for k in range(len(names))]}
    )
    table["selected"] = np.arange(len(names)) < chosen
    for place, at in (("start", starts), ("end", ends)):
        table[place] = [words[k] if kept else "" for k, kept in zip(at, table["selected"], strict=True)]
    table["benefit"], table["p_selected"], table["cost"], table["forced"] = 1.5, 0.999, 100.0, False
    why = "what it needs (the budget and the capacity of the team) goes to initiatives that are chosen"
    table["why"] = np.where(table["selected"], "", why)
    done = np.linspace(0, 20, periods)
    steps = pd.DataFrame({"period": words, "cost": 240_000.0, "budget": 250_000.0, "benefit": done})
    steps["cost_low"], steps["cost_high"], steps["p_within_budget"] = 200_000.0, 290_000.0, 0.995
    steps["benefit_low"], steps["benefit_high"] = 0.8 * done, 1.2 * done
    before = [(names[0],) if k % 3 == 2 and k < chosen and starts[k] > ends[0] else () for k in range(len(names))]
    frame = pd.DataFrame({"name": names, "prerequisites": before})
    wins = changed(plan.wins, initiatives=frame)
    whole = np.arange(len(wins.record.initiatives))
    rolled_out = RollOut(wins.record, whole, np.ones(len(whole)), ())
    told = changed(plan, table=table, periods_table=steps, rolled_out=rolled_out, wins=wins.record)
    return replace(told, wins=wins)


def drawn(result, width: float = 800 / 110):
    return roadmap_chart(result, Figure(figsize=(width, style.FLAT), dpi=110).subplots())


def texts(ax) -> list[Text]:
    ax.figure.draw_without_rendering()
    return [text for text in ax.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def said(ax) -> list[str]:
    return [" ".join(text.get_text().split()) for text in texts(ax)]


def overlaps(ax) -> list[tuple[str, str]]:
    boxes = [(text.get_text(), Text.get_window_extent(text).padded(-1)) for text in texts(ax)]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def outside(ax) -> list[str]:
    frame = ax.figure.bbox.padded(1)
    boxes = {text.get_text(): Text.get_window_extent(text) for text in texts(ax)}
    return [words for words, box in boxes.items() if not (frame.contains(*box.min) and frame.contains(*box.max))]


def bars(ax) -> list[tuple[float, float, float, str]]:
    """Left, right, middle, colour."""
    found = [patch for patch in ax.patches if type(patch) is Rectangle]
    return [
        (bar.get_x(), bar.get_x() + bar.get_width(), bar.get_y() + bar.get_height() / 2, to_hex(bar.get_facecolor()))
        for bar in found
    ]


def rows(ax) -> dict[str, float]:
    names = [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]
    return dict(zip(names, ax.get_yticks(), strict=True))


def nearest(found: dict[float, object], y: float) -> float:
    """The bar in a row."""
    at = min(found, key=lambda place: abs(place - y))
    assert at == pytest.approx(y)
    return at


def test_bars_run_from_start_to_end_in_their_rows(plan, picture):
    ax = picture
    chosen, at = plan.table[plan.table["selected"]].set_index("initiative"), rows(ax)
    found = {y: (left, right) for left, right, y, _ in bars(ax)}
    assert len(found) == len(chosen) >= 4
    for name, row in chosen.iterrows():
        left, right = found[nearest(found, at[name])]
        assert QUARTERS.index(row["start"]) < left < QUARTERS.index(row["start"]) + 0.1
        assert QUARTERS.index(row["end"]) + 0.9 < right < QUARTERS.index(row["end"]) + 1
    assert ax.get_xlim() == (0, 4)


def test_initiatives_stand_below_their_owner_and_no_owner_has_a_colour(plan, picture):
    ax = picture
    chosen = plan.table[plan.table["selected"]]
    order = list(chosen["owner"].drop_duplicates())
    wanted = []
    for owner in order:
        wanted += [owner or "no owner", *chosen.loc[chosen["owner"] == owner, "initiative"]]
    assert list(rows(ax))[: len(wanted)] == wanted
    colours = {y: colour for *_, y, colour in bars(ax)}
    for owner in order:
        own = [rows(ax)[name] for name in chosen.loc[chosen["owner"] == owner, "initiative"]]
        assert {colours[nearest(colours, place)] for place in own} == {BLUE.lower()}
    weights = {label.get_text(): label.get_fontweight() for label in ax.get_yticklabels()}
    assert weights["Operations"] == "bold"
    assert weights["Signs"] == "normal"


@pytest.mark.parametrize("left", [0, 3])
def test_on_a_phone_names_stand_above_their_bars_and_nothing_is_cut(plan, left):
    result = sized(plan, 7, left, 4)
    ax = drawn(result, 390 / 110)
    assert overlaps(ax) == []
    assert outside(ax) == []
    places = {" ".join(text.get_text().split()): text.xy[1] for text in ax.texts}
    chosen = result.table[result.table["selected"]]
    found = sorted(y for *_, y, _ in bars(ax))
    assert len(found) == len(chosen)
    order = []
    for row in chosen.to_dict("records"):
        words = f"{row['initiative']}: +1.5, {result.often(row['p_selected'])}"
        order.append((places[words], words))  # the name with its figures
    for (top, _), y in zip(sorted(order), found, strict=True):
        assert top < y
    assert set(places) >= {f"Owner of many things {k}" for k in range(5)}
    assert list(ax.get_yticks()) == []


def test_without_owners_there_are_no_headings(plan):
    ax = drawn(changed(plan, table=plan.table.assign(owner="")))
    assert "no owner" not in rows(ax)
    assert {colour for *_, colour in bars(ax)} == {BLUE.lower()}


def test_what_is_left_out_is_told_with_its_reason_or_counted(plan, picture):
    left = plan.table[~plan.table["selected"]]
    found = said(picture)
    assert len(left) >= 1
    for row in left.itertuples():
        assert row.initiative in found
        assert row.why in found
    assert "left out" in found
    many = said(drawn(sized(plan, 1, FEW + 1, 1)))
    assert f"{FEW + 1} initiatives; the table says why" in many
    assert "left out" not in said(drawn(sized(plan, 1, 0, 1)))


def test_an_arrow_runs_from_what_has_to_end_first(plan, picture):
    ax = picture
    assert {"New gates", "Signs"} <= set(plan.table.loc[plan.table["selected"], "initiative"])
    heads = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(heads) == 1
    assert isinstance(heads[0].arrow_patch, FancyArrowPatch)
    left = {y: start for start, _, y, _ in bars(ax)}
    (start, y), at = heads[0].xy, rows(ax)
    assert y == pytest.approx(at["New gates"])
    assert start == pytest.approx(left[nearest(left, y)])
    (stem,) = [line for line in ax.lines if len(line.get_xdata()) == 3]
    assert stem.get_ydata()[0] == pytest.approx(at["Signs"])
    assert ax.get_xlabel().endswith("arrow: has to end before the other starts")
    tangled = sized(plan, 50, 0, 8)
    assert len([1 for own in tangled.wins.initiatives["prerequisites"] if own]) > ARROWS
    assert "arrow" not in drawn(tangled).get_xlabel()


def test_forecast_and_costs_are_those_of_the_table(plan, picture):
    ax = picture
    forecast, costs = ax.child_axes
    table, digits = plan.periods_table, plan.wins.digits
    band, line = (patch.get_data() for patch in forecast.patches)
    np.testing.assert_array_equal(line.values, table["benefit"])
    np.testing.assert_array_equal(band.values, table["benefit_high"])
    np.testing.assert_array_equal(band.baseline, table["benefit_low"])
    np.testing.assert_array_equal(line.edges, range(5))
    last = table.iloc[-1]
    span = interval(last["benefit_low"], last["benefit_high"], digits)
    assert f"{signed(last['benefit'], digits)} {span} NPS points" in said(ax)
    *tall, budget = costs.patches
    assert [bar.get_height() for bar in tall] == table["cost"].tolist()
    (lines,) = costs.collections
    ends = [(start[1], end[1]) for start, end in lines.get_segments()]
    assert ends == list(table[["cost_low", "cost_high"]].itertuples(index=False, name=None))
    np.testing.assert_array_equal(budget.get_data().values, [150, 100, 100, 50])
    assert "budget 50" in said(ax)
    assert forecast.get_xlim() == costs.get_xlim() == (0, 4)
    assert "Expected cost, interval of redraws; dashed: budget; above: of 100 redraws within it" in said(ax)
    above = {round(text.xy[0] - 0.5): text.get_text() for text in costs.texts if text.get_ha() == "center"}
    assert above == {
        k: in_hundred(p).replace("over ", ">") for k, p in enumerate(table["p_within_budget"]) if table["cost"][k]
    }


def test_a_probability_above_a_period_is_brief_and_left_out_where_there_is_no_room(plan):
    assert ">99" in said(drawn(sized(plan, 1, 0, NUMBERS)))
    assert ">99" not in said(drawn(sized(plan, 1, 0, NUMBERS + 1)))


def test_a_must_do_is_called_forced(plan):
    is_first = plan.table.index == 0
    ax = drawn(changed(plan, table=plan.table.assign(forced=is_first)))
    assert [name for name in rows(ax) if "forced" in name] == [f"{plan.table['initiative'][0]} (forced)"]


def test_parts_stand_below_each_other_on_one_axis_of_time(plan, picture):
    ax = picture
    texts(ax)
    boxes = [part.get_window_extent() for part in (ax, *ax.child_axes)]
    assert all(upper.y0 > lower.y1 for upper, lower in pairwise(boxes))
    assert {(round(box.x0), round(box.x1)) for box in boxes} == {(round(boxes[0].x0), round(boxes[0].x1))}
    assert [words for words in said(ax) if words in QUARTERS] == 2 * QUARTERS


def test_words(plan, picture):
    ax = picture
    assert " ".join(ax.get_title(loc="left").split()) == plan.finding.title
    assert (
        "Benefit: forecast change of NPS, NPS points, of each alone; n = 400, intervals 95 %. Chosen again (a must-do: "
        "worth doing): in how many of 3 plans made of drawn benefits and costs."
    ) in said(ax)
    alone = said(drawn(changed(plan, resolves=0)))
    assert not any("hosen again" in words for words in alone)


def test_without_money_there_is_no_part_for_it(wins, plan):
    free = cx.roadmap(wins, periods=3, resolves=0)
    ax = drawn(free)
    assert "Expected cost, interval of redraws; no budget was set" in said(ax)
    assert overlaps(ax) == []
    bare = drawn(changed(free, periods_table=free.periods_table.assign(cost=0.0)))
    assert len(bare.child_axes) == 1
    assert overlaps(bare) == []


def test_nothing_worth_doing_is_drawn_as_well(plan):
    none = sized(plan, 0, 3, 4)
    steps = none.periods_table.assign(cost=0.0, benefit=0.0, benefit_low=0.0, benefit_high=0.0)
    ax = drawn(changed(none, periods_table=steps))
    assert bars(ax) == []
    assert ax.get_title(loc="left").startswith("Nothing fits; most would be added by")
    assert overlaps(ax) == []


@pytest.mark.parametrize(("chosen", "left", "periods"), [(1, 0, 1), (9, 8, 8), (12, 30, 12), (50, 10, 12), (6, 2, 24)])
def test_texts_keep_apart_and_inside_at_800_pixels(plan, chosen, left, periods):
    ax = drawn(sized(plan, chosen, left, periods, owners=9))
    assert overlaps(ax) == []
    assert outside(ax) == []


def test_texts_keep_apart_in_the_figure_given(plan):
    ax = roadmap_chart(sized(plan, 6, 2, 8), Figure(figsize=(8, 6)).subplots())
    assert overlaps(ax) == []


def test_a_road_map_is_drawn_by_itself_and_told(plan):
    ax = plan.plot()
    plt.close(ax.get_figure())
    assert ax.get_title(loc="left").startswith(f"{plan.table['selected'].sum()} of 6 initiatives")
    image, text = charts.picture(plan)
    assert image.startswith(b"\x89PNG")
    first = plan.table.iloc[0]
    assert text.startswith(f"What runs when, what it brings and costs; starts. {plan} {first['initiative']} 2026-Q1; ")


def test_the_figures_beside_a_row_are_its_own(plan, picture):
    ax = picture
    at = rows(ax)
    headers = {text.get_text(): text.xyann[0] for text in ax.texts if text.get_text() in ("chosen again", "benefit")}
    assert headers["chosen again"] < headers["benefit"]
    digits = plan.wins.digits
    for row in plan.table.to_dict("records"):
        colour = DARK if row["selected"] else GREY
        for header, words in {
            "chosen again": plan.often(row["p_selected"]),
            "benefit": signed(row["benefit"], digits),
        }.items():
            (text,) = [
                text
                for text in ax.texts
                if text.xyann == (headers[header], 0) and text.xy[1] == at[" ".join(row["initiative"].split())]
            ]
            assert (text.get_text(), text.get_color()) == (words, colour)


def test_what_is_left_out_is_grey_and_a_heading_bold(plan, picture):
    ax = picture
    left = set(plan.table.loc[~plan.table["selected"], "initiative"])
    looks = {" ".join(label.get_text().split()): label for label in ax.get_yticklabels()}
    for name in left | {"left out"}:
        assert looks[name].get_color() == GREY
    for name in ("Signs", "Operations"):
        assert looks[name].get_color() == INK
    assert looks["left out"].get_fontweight() == "bold"
    assert {looks[name].get_fontweight() for name in left} == {"normal"}
    reasons = {" ".join(text.get_text().split()): text for text in ax.texts}
    for row in plan.table[~plan.table["selected"]].itertuples():
        assert reasons[row.why].xy[1] == rows(ax)[row.initiative]


def test_an_owner_called_left_out_is_an_owner(plan):
    ax = drawn(changed(plan, table=plan.table.assign(owner="left out")))
    assert ax.get_yticklabels()[0].get_text() == "left out"
    assert ax.get_yticklabels()[0].get_color() == INK


def test_an_arrow_turns_between_the_periods(picture):
    ax = picture
    right = {y: end for _, end, y, _ in bars(ax)}
    (stem,) = [line for line in ax.lines if len(line.get_xdata()) == 3]
    at = rows(ax)
    end = right[nearest(right, at["Signs"])]
    assert stem.get_xdata()[0] == pytest.approx(end)
    assert stem.get_xdata()[1] == stem.get_xdata()[2] > end
    assert stem.get_xdata()[1] == pytest.approx(round(end))  # where one period ends and the next starts
    assert stem.get_ydata()[2] == pytest.approx(at["New gates"])


def test_forecast_and_costs_have_their_colours_and_places(plan, picture):
    forecast, costs = picture.child_axes
    band, line = forecast.patches
    assert to_hex(band.get_facecolor()) == to_hex(line.get_edgecolor()) == BLUE.lower()
    assert band.get_alpha() == 0.2
    *tall, budget = costs.patches
    assert {to_hex(bar.get_facecolor()) for bar in tall} == {LIGHT.lower()}
    assert [bar.get_x() + bar.get_width() / 2 for bar in tall] == pytest.approx([0.5, 1.5, 2.5, 3.5])
    assert budget.get_linestyle() == "--"
    for part, colour in ((forecast, BLUE), (costs, DARK)):
        (last,) = [text for text in part.texts if text.get_ha() != "center"]
        assert last.get_color() == colour
        assert last.xy[1] == (plan.periods_table["benefit"].iloc[-1] if part is forecast else 50)
    assert forecast.get_ylim()[1] > plan.periods_table["benefit_high"].max()
    assert costs.get_ylim()[1] > 150
