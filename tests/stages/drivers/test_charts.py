"""Pictures of looks at drivers: one mark a touchpoint, the finding on top, words that keep apart."""

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
from cxlens.stages.drivers.charts import view_chart

KINDS = ["performance", "value added", "opportunity", "moments of truth"]
SIZES = ["10", "10 bare", "24", "by", "grouped"]


def survey_of(p: int, n: int = 300) -> cx.Survey:
    """Simulated answers about touchpoints, half of them with long names."""
    rng = np.random.default_rng(1)
    names = [
        f"Waiting for the service desk number {i} in the main hall" if i % 2 else f"Touchpoint {i}" for i in range(p)
    ]
    base = 3.6 + 0.6 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, p)) + 0.5 * np.sin(np.arange(p))
    frame = pd.DataFrame(np.clip(np.round(base), 1, 5), columns=names)
    frame["rec"] = np.clip(np.round(7.5 + 1.5 * (base[:, :3].mean(axis=1) - 3.6) + rng.normal(size=n)), 0, 10)
    frame["who"] = rng.choice(["business", "leisure", "crew"], n)
    return cx.Survey(frame, touchpoints=names, outcome={"rec": "nps"}, scale=cx.Scale(1, 5), segments=["who"])


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
    assert view_chart(view, ax) is ax
    assert view.plot(ax=Figure().subplots()).get_title("left")
    assert plt.get_fignums() == before
    assert len(ax.get_xlabel()) > 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_words_keep_apart_and_inside(kind, size, views):
    ax = view_chart(views[f"{kind} {size}"])
    figure = ax.get_figure()
    figure.draw_without_rendering()
    frame = figure.bbox.padded(2)
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in words(ax)]
    plt.close(figure)
    assert figure.get_figwidth() == 8
    pairs = combinations([(text, box.padded(-1)) for text, box in boxes], 2)
    assert [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)] == []
    assert [text for text, box in boxes if not (frame.x0 <= box.x0 and box.x1 <= frame.x1)] == []
    assert [text for text, box in boxes if not (frame.y0 <= box.y0 and box.y1 <= frame.y1)] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_there_is_a_mark_for_each_figure_and_none_else(kind, size, views):
    view = views[f"{kind} {size}"]
    ax = view_chart(view, Figure(figsize=(8, 6)).subplots())
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
def test_the_finding_is_the_title_and_the_subtitle_says_of_how_many(kind, views):
    for size, about in (("10", "n = 300, intervals 95 %"), ("10 bare", "n = 300"), ("by", "n = 300, intervals 95 %")):
        view = views[f"{kind} {size}"]
        ax = view_chart(view, Figure(figsize=(8, 5)).subplots())
        title = " ".join(ax.get_title("left").split())
        assert title.split(":")[0] == view.sentence.split(":")[0].removesuffix(". n = 300.")
        assert not {"[", "]"} & set(title)
        assert "n = 300" not in title
        by = " by who" if size == "by" else ""
        assert f"{kind.capitalize()}{by}, {about}. Association, not yet effect." in said(ax)


def test_brackets_in_a_name_stay_in_the_title(views):
    view = views["opportunity 10"]
    finding = Finding("Largest opportunity", items=[Item("Wi-Fi [new]", "score 12.1", "[9.0, 14.2]")], n="300")
    ax = view_chart(dataclasses.replace(view, finding=finding), Figure(figsize=(8, 5)).subplots())
    assert ax.get_title("left") == "Largest opportunity: Wi-Fi [new] (score 12.1)"


def test_the_map_marks_what_to_concentrate_on_and_shows_the_cross_hairs(views):
    view = views["performance 10"]
    ax = view_chart(view, Figure(figsize=(8, 6)).subplots())
    here = view.table[view.table["quadrant"] == "concentrate here"]
    blue = sorted((x, y) for x, y, marker, colour in marks(ax) if (marker, colour) == ("D", "#0072B2"))
    np.testing.assert_allclose(blue, sorted(zip(here["mean"], 100 * here["importance"], strict=True)))
    cut = view.parts["cross-hairs"].iloc[0]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [dashed[0].get_xdata()[0], dashed[1].get_ydata()[0]] == pytest.approx([cut["mean"], 100 * cut["importance"]])
    text = said(ax)
    for quadrant in ("Concentrate here", "Keep up the good work", "Low priority", "Possible overkill"):
        assert quadrant in text
    for row in here[here["p_concentrate"] > 0.5].to_dict("records"):
        assert f"{row['touchpoint']}, {100 * row['p_concentrate']:.0f} %" in text


def test_a_map_with_more_dots_than_names_says_so(views):
    view = views["performance 24"]
    again = view.table.assign(touchpoint=view.table["touchpoint"] + " again")
    many = dataclasses.replace(view, table=pd.concat([view.table, again], ignore_index=True))
    texts = [said(view_chart(one, Figure(figsize=(8, 6)).subplots())) for one in (view, many)]
    assert ["the first 25 are named, where there is room" in text for text in texts] == [False, True]


def test_a_map_without_a_dot_can_be_drawn():
    few = survey_of(4)
    view = cx.drivers(few, groups={"All": few.touchpoints}, n_boot=0).performance()
    ax = view_chart(view, Figure(figsize=(8, 5)).subplots())
    assert marks(ax) == []
    assert ax.get_title("left") == "No touchpoint is both important and rated low"


def test_bars_of_the_waterfall_begin_where_the_last_ended(views):
    view = views["value added 10"]
    ax = view_chart(view, Figure(figsize=(8, 5)).subplots())
    values = view.table["value"].to_numpy()
    bars = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches]
    ends = values[:-1].cumsum()
    want = [*zip([0, *ends[:-1]], ends, strict=True), (0, values[-1])]
    assert [sorted(bar) for bar in bars] == [pytest.approx(sorted(pair)) for pair in want]
    assert [x for x, *_ in marks(ax)] == pytest.approx([*ends, values[-1]])
    assert ends[-1] == pytest.approx(values[-1])


def test_steps_of_the_waterfall_show_their_sign_and_whether_they_may_be_zero(views):
    ax = view_chart(views["value added 10"], Figure(figsize=(8, 5)).subplots())
    rows = views["value added 10"].table.to_dict("records")
    for row, (_, _, marker, colour) in zip(rows, marks(ax), strict=True):
        clear = row["value_low"] > 0 or row["value_high"] < 0
        shape = "D" if row["touchpoint"] == "all together" else ">" if row["value"] > 0 else "<"
        assert (marker, colour) == (shape, "#6B6B6B" if not clear else "#0072B2" if row["value"] > 0 else "#D55E00")
    bare = view_chart(views["value added 10 bare"], Figure(figsize=(8, 5)).subplots())
    assert {colour for *_, colour in marks(bare)} == {"#6B6B6B"}


@pytest.mark.parametrize("kind", ["opportunity", "moments of truth"])
def test_diamonds_mark_what_the_words_below_say(kind, views):
    view = views[f"{kind} 10"]
    ax = view_chart(view, Figure(figsize=(8, 5)).subplots())
    table = view.table
    want = table["score"] > 10 if kind == "opportunity" else table["moment_of_truth"].eq(True)
    assert [marker == "D" for _, _, marker, _ in marks(ax)] == want.tolist()
    assert want.any()
    assert not want.all()
    assert ax.get_xlim() == ((0, 20) if kind == "opportunity" else (0, 100))
    words = {
        "opportunity": "◆ under-served above 10, strongly under-served above 12, extremely under-served above 15",
        "moments of truth": "◆ effect clearly above the median",
    }
    assert words[kind] in " ".join(ax.get_xlabel().split())


def test_figures_stand_beside_the_rows_and_none_where_there_is_none(views):
    for kind, heads in (
        ("value added", ["score", "against", "reach", "value"]),
        ("opportunity", ["importance", "satisfaction"]),
        ("moments of truth", ["reach", "emotion", "effect"]),
    ):
        ax = view_chart(views[f"{kind} grouped"], Figure(figsize=(8, 5)).subplots())
        texts = [text.get_text() for text in ax.texts]
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
