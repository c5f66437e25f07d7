"""A drawing inside a page: colours are the page's, letters stay text, nothing reaches out of it or is shared."""

from __future__ import annotations

import html
import io
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_svg import RendererSVG

import cxlens as cx
from cxlens.common import style
from cxlens.common.inline import DOTS, PHONE, TOKENS, PageCanvas, inline
from cxlens.common.pictures import alt_text
from cxlens.errors import OptionError

RATINGS = {"Signs": [1, 2, 3, 4, 5, 5] * 4, "$ & <b>Shops</b> $": [5, 4, 3, 3, 2, 1] * 4}


@pytest.fixture(scope="module")
def scored():
    answers = pd.DataFrame({**RATINGS, "liked": [1, 2, 3, 4, 5, 4] * 4})
    return cx.baseline(
        cx.Survey(answers, touchpoints=list(RATINGS), outcome={"liked": "interval"}, scale=cx.Scale(1, 5))
    )


def test_its_heading_stands_beside_it_and_its_words_are_text(scored):
    drawn = inline(scored)
    assert drawn.title == scored.finding.title
    assert drawn.subtitle == "Mean, n = 24, intervals 95 %"
    assert drawn.title not in re.sub("<[^>]*>", "", drawn.svg)
    assert ">Signs</text>" in drawn.svg
    assert "&lt;b&gt;Shops&lt;/b&gt; $" in drawn.svg
    assert 'role="img" aria-label="Scorecard' in drawn.svg
    assert html.escape(alt_text(scored)) in drawn.svg


def test_it_takes_letters_and_colours_of_the_page(scored):
    drawn = inline(scored).svg
    assert drawn.startswith('<svg viewBox="0 0 223.2 ')
    assert re.findall(r": #[0-9a-f]{6}\b", drawn) == []
    assert {token for token in TOKENS.values() if f"var(--{token}," in drawn} >= {"ink", "muted", "rule"}
    for outside in ("<style", "<metadata", "font-family", "http://www.w3.org/2000", "lit", "rotate("):
        assert outside not in drawn
    drawn_at = " ".join(re.findall(r' (?:d|x|y)="([^"]+)"', drawn))
    assert max(map(len, re.findall(r"\d\.(\d+)", drawn_at))) == 2


def test_each_colour_of_a_chart_is_one_of_the_page(monkeypatch):
    tokens = {
        style.BLUE: "blue",
        style.ORANGE: "orange",
        style.INK: "ink",
        style.DARK: "muted",
        style.GREY: "muted",
        style.LIGHT: "rule",
        style.PALE: "rule",
        "#ffffff": "paper",
        "#000000": "ink",
    }

    def coloured(_result, ax):
        ax.axis("off")
        for colour in tokens:
            ax.plot([0, 1], color=colour)

    monkeypatch.setattr("cxlens.common.inline.port.draw", coloured)
    monkeypatch.setattr("cxlens.common.inline.alt_text", str)
    assert re.findall(r"stroke: var\(--(\w+),", inline("").svg) == list(tokens.values())


def test_names_in_it_are_used_and_those_of_no_other_drawing(scored):
    drawings = [inline(scored).svg, inline(scored, width=4).svg]
    names = [set(re.findall(r' id="([^"]+)"', drawing)) for drawing in drawings]
    for drawing, own in zip(drawings, names, strict=True):
        assert own == set(re.findall(r"url\(#([^)]+)", drawing)) | set(re.findall(r'xlink:href="#([^"]+)', drawing))
    assert names[0].isdisjoint(names[1])
    assert inline(scored).svg == drawings[0]


def test_colours_of_its_own_are_said(scored, monkeypatch):
    def shaded(_result, ax):
        ax.set_facecolor("#a1b2c3")
        style.finish(ax, "A finding", "What was measured", "")

    assert ' class="lit"' not in inline(scored).svg
    monkeypatch.setattr("cxlens.common.inline.port.draw", shaded)
    drawn = inline(scored).svg
    assert ' class="lit"' in drawn
    assert "fill: #a1b2c3" in drawn


def test_up_to_three_panels_stand_beside_one_another(scored):
    figure = style.Headless(figsize=(3.1, 4))
    names = ["Signs", "Shops"]
    dots = [style.Dot(1.0, 0.0, 2.0)] * 2
    for panels, beside in ((3, True), (4, False)):
        ax = figure.subplots()
        drawn = style.draw_rows(ax, names, {f"G{n}": dots for n in range(panels)}, {})
        style.finish(ax, "A finding", "", "")
        places = [panel.get_window_extent() for panel in drawn]
        assert bool(places[0].y0 == pytest.approx(places[-1].y0)) is beside
        figure.clear()


def test_only_results_have_one():
    with pytest.raises(OptionError, match=r"^there is no picture or widget of an object of type int\. "):
        inline(3)


def test_texts_are_measured_by_one_renderer_as_they_are_drawn():
    canvases = []
    for _ in range(2):
        figure = style.Headless(figsize=(PHONE, 2), dpi=DOTS)
        canvases.append(PageCanvas(figure))
        label = figure.text(0.5, 0.5, "Security")
    one, other = canvases
    assert one.get_renderer() is other.get_renderer()
    before = label.get_window_extent()
    other.written()
    drawn = label.get_window_extent()
    assert (before.x0, before.width, before.height) == (drawn.x0, drawn.width, drawn.height)
    assert figure.dpi == DOTS


def test_what_a_page_measures_is_what_svg_takes():
    figure = style.Headless(figsize=(PHONE, 2), dpi=DOTS)
    label = figure.text(0.5, 0.5, "Security, $ and $", size=8.5, weight="bold", parse_math=False)
    renderers = (RendererSVG(1, 1, io.StringIO()), PageCanvas(figure).get_renderer())
    one, other = (label.get_window_extent(renderer).get_points() for renderer in renderers)
    np.testing.assert_array_equal(one, other)
    label.set_size(9)  # a size of its own, not the one that is known
    assert label.get_window_extent().width > one[1, 0] - one[0, 0]


def test_words_that_look_like_a_drawing_stay_as_they_are(monkeypatch):
    said = 'id="p1" 0.12345 #222222 font-family: x; url(#p1)   two spaces'

    def words(_result, ax):
        ax.axis("off")
        ax.text(0.1, 0.2, said, parse_math=False)

    monkeypatch.setattr("cxlens.common.inline.port.draw", words)
    monkeypatch.setattr("cxlens.common.inline.alt_text", str)
    drawn = inline("").svg
    assert re.findall(r">([^<]+)</text>", drawn) == [said]
    assert "<g/>" not in drawn
    assert "\n" not in drawn
