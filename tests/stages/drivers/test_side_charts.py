"""Pictures of sides of the drivers: one mark a touchpoint, the finding on top, words that keep apart."""

from __future__ import annotations

import dataclasses
import io
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, ORANGE
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.side_charts import (
    bar_starts,
    diagnosis_ranking,
    moments_ranking,
    opportunity_ranking,
    penalty_ranking,
    reward_dots,
    value_added_ranking,
)
from tests.stages.drivers.long_names import survey_of

KINDS = ["performance", "value added", "opportunity", "moments of truth"]
SIZES = ["10", "10 bare", "24", "by", "grouped"]


@pytest.fixture(scope="module")
def views() -> dict[str, View]:
    few, many = survey_of(10), survey_of(24)
    found = {
        "10": cx.drivers(few, n_boot=50),
        "10 bare": cx.drivers(few, n_boot=0),
        "24": cx.drivers(many, n_boot=20, method="relative weights"),
        "by": cx.drivers(few, by="who", n_boot=20),
        "grouped": cx.drivers(few, groups={"Desks": few.touchpoints[1::2]}, n_boot=20),
    }
    makers = {kind: kind.replace(" ", "_") for kind in KINDS}
    return {f"{kind} {size}": getattr(found[size], makers[kind])() for kind in KINDS for size in SIZES}


@pytest.fixture(scope="module")
def drawn(views) -> dict[str, Axes]:
    """Each view on the figure that it chooses, drawn: looked at by many, changed by none."""
    axes = {name: view.plot() for name, view in views.items()}
    for ax in axes.values():
        ax.get_figure().draw_without_rendering()
        plt.close(ax.get_figure())
    return axes


def figure_of(view: View) -> str:
    return {"performance": "mean", "value added": "value", "opportunity": "score"}.get(view.kind, "index")


def panels_of(ax: Axes) -> list[Axes]:
    return ax.child_axes or [ax]


def marks(ax: Axes) -> list[tuple[float, float, str, str]]:
    """(x, y, marker, colour) of each mark; that of a row is the middle of its interval's three points."""
    found = []
    for line in ax.lines:
        if line.get_marker() not in {"None", None, ""}:
            x, y, colour = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float), line.get_color()
            places = line.get_markevery() or range(len(x))
            found += [(x[k], y[k], line.get_marker(), to_hex(colour).upper()) for k in places]
    return found


def words(ax: Axes) -> list[Text]:
    """The texts one sees, panels included; tick labels beyond the ends of an axis are not drawn."""
    found = []
    for own in [ax, *ax.child_axes]:
        found += [child for child in own.get_children() if isinstance(child, Text)]
        found += [own.xaxis.label, own.yaxis.label]
        box = own.get_window_extent().padded(3)
        for label in own.get_xticklabels():
            size = label.get_window_extent()
            found += [label] if box.x0 <= (size.x0 + size.x1) / 2 <= box.x1 else []
        for label in own.get_yticklabels():
            size = label.get_window_extent()
            found += [label] if box.y0 <= (size.y0 + size.y1) / 2 <= box.y1 else []
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def said(ax: Axes) -> str:
    return " | ".join(" ".join(text.get_text().split()) for text in words(ax))


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_draws_on_the_axes_it_is_given(kind, views):
    before, view = plt.get_fignums(), views[f"{kind} 10"]
    ax = Figure(figsize=(8, 5), layout="constrained").subplots()
    assert view.plot(ax=ax) is ax
    assert ax.get_title("left")
    assert plt.get_fignums() == before
    assert len(ax.get_xlabel()) > 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_words_keep_apart_and_inside(kind, size, drawn):
    ax = drawn[f"{kind} {size}"]
    figure = ax.get_figure()
    frame = figure.bbox.padded(2)
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in words(ax)]
    assert figure.get_figwidth() == 8
    pairs = combinations([(text, box.padded(-1)) for text, box in boxes], 2)
    assert [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)] == []
    assert [text for text, box in boxes if not (frame.x0 <= box.x0 and box.x1 <= frame.x1)] == []
    assert [text for text, box in boxes if not (frame.y0 <= box.y0 and box.y1 <= frame.y1)] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_there_is_a_mark_for_each_figure_and_none_else(kind, size, views, drawn):
    view, ax = views[f"{kind} {size}"], drawn[f"{kind} {size}"]
    tables = [own for _, own in view.table.groupby("segment", sort=False)] if size == "by" else [view.table]
    assert len(panels_of(ax)) == len(tables)
    order = tables[0]["touchpoint"]
    for panel, own in zip(panels_of(ax), tables, strict=True):
        rows = own.set_index("touchpoint").loc[order].dropna(subset=figure_of(view))
        found = marks(panel)
        if kind == "performance":
            want = [(row["mean"], 100 * row["importance"]) for row in rows.to_dict("records")]
            np.testing.assert_allclose(sorted((x, y) for x, y, *_ in found), sorted(want))
        else:
            places = [k for k, name in enumerate(order) if name in rows.index]
            assert [y for _, y, *_ in found] == places
            if kind != "value added":
                assert [x for x, *_ in found] == pytest.approx(rows[figure_of(view)].tolist())
        low, high = sorted(panel.get_xlim())
        assert all(low <= x <= high for x, *_ in found)


@pytest.mark.parametrize("kind", KINDS)
def test_the_finding_is_the_title_and_the_subtitle_says_of_how_many(kind, views, drawn):
    for size, about in (("10", "n = 300, intervals 95 %"), ("10 bare", "n = 300"), ("by", "n = 300, intervals 95 %")):
        view, ax = views[f"{kind} {size}"], drawn[f"{kind} {size}"]
        title = " ".join(ax.get_title("left").split())
        assert title == view.finding.title
        by = " by who" if size == "by" else ""
        assert f"{kind.capitalize()}{by}, {about}." in said(ax)


def test_brackets_in_a_name_stay_in_the_title(views):
    view = views["opportunity 10"]
    finding = Finding("Largest opportunity", items=[Item("Wi-Fi [new]", "score 12.1", "[9.0, 14.2]")], n="300")
    ax = dataclasses.replace(view, finding=finding).plot(ax=Figure(figsize=(8, 5)).subplots())
    assert ax.get_title("left") == "Largest opportunity: Wi-Fi [new] (score 12.1)"


def test_bars_of_the_waterfall_begin_where_the_last_ended(views, drawn):
    view, ax = views["value added 10"], drawn["value added 10"]
    values = view.table["value"].to_numpy()
    bars = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches]
    ends = values[:-1].cumsum()
    want = [*zip([0, *ends[:-1]], ends, strict=True), (0, values[-1])]
    assert [sorted(bar) for bar in bars] == [pytest.approx(sorted(pair)) for pair in want]
    assert [x for x, *_ in marks(ax)] == pytest.approx([*ends, values[-1]])
    assert ends[-1] == pytest.approx(values[-1])


def test_steps_of_the_waterfall_show_their_sign_and_whether_they_may_be_zero(views, drawn):
    ax = drawn["value added 10"]
    rows = views["value added 10"].table.to_dict("records")
    for row, (_, _, marker, colour) in zip(rows, marks(ax), strict=True):
        clear = row["value_low"] > 0 or row["value_high"] < 0
        shape = "D" if row["touchpoint"] == "all together" else ">" if row["value"] > 0 else "<"
        assert (marker, colour) == (shape, "#6B6B6B" if not clear else "#0072B2" if row["value"] > 0 else "#D55E00")
    assert {colour for *_, colour in marks(drawn["value added 10 bare"])} == {"#6B6B6B"}


@pytest.mark.parametrize("kind", ["opportunity", "moments of truth"])
def test_diamonds_mark_what_the_words_below_say(kind, views):
    view = views[f"{kind} 10"]
    if kind == "opportunity":
        lifted = view.table.assign(score_low=view.table["score_low"] + 10 * (view.table.index == 0))
        view = dataclasses.replace(view, table=lifted)
    ax = view.plot(ax=Figure(figsize=(8, 5)).subplots())
    table = view.table
    want = table["score_low"] > 10 if kind == "opportunity" else table["moment_of_truth"].eq(True)
    assert [(marker, colour) == ("D", BLUE) for _, _, marker, colour in marks(ax)] == want.tolist()
    assert want.any()
    assert not want.all()
    assert ax.get_xlim() == ((0, 20) if kind == "opportunity" else (0, 100))
    words = {
        "opportunity": "◆ with its whole interval under-served above 10, strongly under-served above 12, extremely "
        "under-served above 15; ◇ undecided",
        "moments of truth": "◆ moment of truth: clearly passes all three",
    }
    assert words[kind] in " ".join(ax.get_xlabel().split())


def test_figures_stand_beside_the_rows_and_none_where_there_is_none(drawn):
    for kind, heads in (
        ("value added", ["score", "against", "reach", "value"]),
        ("opportunity", ["importance", "satisfaction"]),
        ("moments of truth", ["reach", "emotion", "effect"]),
    ):
        texts = [text.get_text() for text in drawn[f"{kind} grouped"].texts]
        assert set(heads) <= set(texts)
        assert texts.count("– no figure") == 1
        assert not {"nan", "None", "<NA>"} & set(texts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", ["10", "by"])
def test_a_picture_is_a_png_with_alternative_text(kind, size, views):
    before, view = plt.get_fignums(), views[f"{kind} {size}"]
    data, text = charts.picture(view, width=6.0)
    assert imread(io.BytesIO(data)).shape[1] == 660
    assert text.startswith(f"Side of the drivers. {view.sentence} ")
    first = view.table.iloc[0]
    who = f"{first['segment']}: " if size == "by" else ""
    figure = {"performance": "mean", "value added": "value", "opportunity": "score", "moments of truth": "index"}[kind]
    low, high = first[f"{figure}_low"], first[f"{figure}_high"]
    assert f" {who}{first['touchpoint']} {first[figure]:,.2f} [{low:,.2f}, {high:,.2f}];" in text
    assert "\n" not in text
    assert plt.get_fignums() == before


# Marks: which column, which colour, which marker


def row(**figures) -> dict:
    return {"touchpoint": "Desk", **figures}


def view_of(kind: str, rows: list[dict], views) -> View:
    """A side with rows that are made up."""
    return dataclasses.replace(views[f"{kind} 10"], table=pd.DataFrame(rows))


def test_a_step_lies_where_its_bar_ends_with_the_interval_around_it(views):
    rows = [
        row(touchpoint="Up", mean=4.0, reference=3.0, reach=0.5, value=2.0, value_low=1.0, value_high=3.0),
        row(touchpoint="Open", mean=3.5, reference=3.0, reach=0.4, value=0.5, value_low=-1.0, value_high=2.0),
        row(touchpoint="Down", mean=2.0, reference=3.0, reach=0.3, value=-1.0, value_low=-1.5, value_high=-0.5),
        row(touchpoint="all together", mean=np.nan, reference=np.nan, reach=np.nan,
            value=1.5, value_low=0.5, value_high=2.5),
    ]  # fmt: skip
    ranked = value_added_ranking(view_of("value added", rows, views))
    assert ranked.names == ["Up", "Open", "Down", "all together"]
    assert [dot[:6] for dot in ranked.dots[""]] == [
        (2.0, 1.0, 3.0, BLUE, ">", True),
        (2.5, 1.0, 4.0, GREY, ">", False),
        (1.5, 1.0, 2.0, ORANGE, "<", True),
        (1.5, 0.5, 2.5, BLUE, "D", True),
    ]
    assert bar_starts(pd.DataFrame(rows)).tolist() == [0, 2, 2.5, 0]
    assert ranked.columns == {
        "score": ["4.00", "3.50", "2.00", ""],
        "against": ["3.00", "3.00", "3.00", ""],
        "reach": ["50 %", "40 %", "30 %", ""],
        "value": ["+2.0", "+0.5", "-1.0", "+1.5"],
    }


def test_opportunities_are_marked_where_the_whole_interval_is_above_ten(views):
    rows = [
        row(touchpoint=name, importance=8.0, satisfaction=6.0, score=low + 1, score_low=low, score_high=low + 2)
        | {"class": words}
        for name, low, words in (
            ("a", 10.1, "under-served"),
            ("b", 9.0, "undecided"),
            ("c", 11.0, "undecided"),
            ("d", 5.0, "not under-served"),
            ("e", np.nan, None),
        )
    ]
    ranked = opportunity_ranking(view_of("opportunity", rows, views))
    assert [dot[3:6] for dot in ranked.dots[""][:4]] == [
        (BLUE, "D", True), (DARK, "D", False), (BLUE, "D", True), (GREY, "o", False),
    ]  # fmt: skip
    assert ranked.dots[""][1][:3] == (10.0, 9.0, 11.0)
    assert [dot.note for dot in ranked.dots[""]] == ["no figure"] * 5
    assert ranked.columns["importance"] == ["8.0"] * 5
    assert ranked.columns["satisfaction"] == ["6.0"] * 5
    assert ranked.columns[""] == ["under-served", "undecided", "undecided", "not under-served", ""]


def test_moments_of_truth_are_marked_where_the_effect_is_clear(views):
    rows = [
        row(touchpoint=name, index=60.0, index_low=50.0, index_high=70.0, reach=0.5, emotion=0.25, effect=1.25)
        | {"moment_of_truth": mark}
        for name, mark in (("a", True), ("b", False), ("c", None))
    ]
    ranked = moments_ranking(view_of("moments of truth", rows, views))
    blue, grey = (60.0, 50.0, 70.0, BLUE, "D", True), (60.0, 50.0, 70.0, GREY, "o", False)
    assert [dot[:6] for dot in ranked.dots[""]] == [blue, grey, grey]
    assert ranked.columns == {"reach": ["50 %"] * 3, "emotion": ["0.25"] * 3, "effect": ["1.2"] * 3}


@pytest.fixture(scope="module")
def airport_drivers() -> Drivers:
    return cx.drivers(cx.datasets.load_airport().survey(), n_boot=20)


def test_low_scores_cost_in_orange_and_high_ones_bring_in_blue(airport_drivers):
    view = airport_drivers.shape()
    ranked = penalty_ranking(view)
    rows = view.table.to_dict("records")
    assert [dot[:6] for dot in ranked.dots[""]] == [
        (r["penalty"], r["penalty_low"], r["penalty_high"], ORANGE, "<", True) for r in rows
    ]
    assert [dot[:6] for dot in reward_dots(view.table)] == [
        (r["reward"], r["reward_low"], r["reward_high"], BLUE, ">", True) for r in rows
    ]
    assert ranked.columns[""] == view.table["class"].tolist()
    ax = view.plot(ax=Figure(figsize=(8, 6)).subplots())
    drawn = marks(ax)
    assert [(x, y) for x, y, marker, _ in drawn if marker == "<"] == [(r["penalty"], k) for k, r in enumerate(rows)]
    assert [(x, y) for x, y, marker, _ in drawn if marker == ">"] == [
        (r["reward"], k + 0.18) for k, r in enumerate(rows)
    ]
    assert "◀ low scores (penalty), ▶ high scores (reward)" in said(ax)


def test_a_vif_above_five_is_marked_and_has_no_interval(airport_drivers):
    view = airport_drivers.diagnosis()
    table = view.table.assign(vif=np.where(np.arange(len(view.table)) == 2, 5.1, 5.0))
    ranked = diagnosis_ranking(dataclasses.replace(view, table=table))
    assert [dot.colour for dot in ranked.dots[""]][:4] == [GREY, GREY, BLUE, GREY]
    assert [dot.marker for dot in ranked.dots[""]][:4] == ["o", "o", "D", "o"]
    assert [dot.value for dot in ranked.dots[""]] == table["vif"].tolist()
    assert np.isnan([dot.low for dot in ranked.dots[""]] + [dot.high for dot in ranked.dots[""]]).all()
    ax = view.plot(ax=Figure(figsize=(8, 6)).subplots())
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [5]
    low, high = ax.get_xlim()
    assert low == 1  # it cannot be less
    assert high > view.table["vif"].max()
    assert "intervals" not in said(ax)


def test_bands_of_opportunity_are_dashed_lines(drawn):
    ax = drawn["opportunity 10"]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [10, 12, 15]


def test_rows_of_every_segment_follow_the_first(views):
    view = views["value added by"]
    ranked = value_added_ranking(view)
    for segment, table in view.table.groupby("segment"):
        values = table.set_index("touchpoint")["value"].loc[ranked.names]
        starts = np.array([0, *values.iloc[:-2].cumsum(), 0])
        np.testing.assert_allclose([dot.value for dot in ranked.dots[segment]], starts + values)


NAMES = ["St. Mary's desk", "Call: hold; wait", "No. 3 > 4", "Price ($) 50% of $20"]


@pytest.fixture(scope="module")
def odd() -> Drivers:
    """Drivers of touchpoints whose names have signs that end, part or bracket a sentence."""
    survey = survey_of(4)
    frame = survey.table.rename(columns=dict(zip(survey.touchpoints, NAMES, strict=True)))
    return cx.drivers(cx.Survey(frame, touchpoints=NAMES, outcome={"rec": "nps"}, scale=cx.Scale(1, 5)), n_boot=10)


@pytest.mark.parametrize(
    "side", ["shape", "performance", "value_added", "opportunity", "moments_of_truth", "diagnosis"]
)
def test_names_come_out_whole_and_never_as_mathematics(odd, side):
    view = getattr(odd, side)()
    ax = view.plot()
    texts = [text for text in ax.figure.findobj(Text) if text.get_text().strip()]
    assert not any(text.get_parse_math() for text in texts if "$" in text.get_text())
    words = [" ".join(text.get_text().split()) for text in texts]
    for name in NAMES:
        assert any(name in text for text in words), name
    assert " ".join(ax.get_title("left").split()) == view.finding.title
    assert view.finding.sentence in charts.alt_text(view)
