"""What a notebook saves of a widget; that it shows it when opened again, and exported: tests/test_browser.py."""

from __future__ import annotations

import base64
import re

import IPython.display
import pytest
from ipywidgets import HTML

from cxlens.common.described import SVG, image
from cxlens.common.saved import HOW, LIVE, NO_SHELL, Saved, svg_image

WIDGET = "application/vnd.jupyter.widget-view+json"


class Weather(Saved, HTML):
    sky = "blue"

    def said(self):
        return f"The sky is {self.sky}."

    def still(self):
        return f"<img alt='{self.sky}'>"

    def turned(self):
        return "" if self.sky == "blue" else f"Chosen: {self.sky}."


class Page:
    """What a notebook shows, output by output."""

    def __init__(self):
        self.outputs = []

    def display(self, bundle, *, raw, display_id=False):
        assert raw
        self.outputs.append(bundle)
        return Place(self.outputs, len(self.outputs) - 1) if display_id else None


class Place:
    def __init__(self, outputs, at):
        self.outputs = outputs
        self.at = at

    def update(self, bundle, *, raw):
        assert raw
        self.outputs[self.at] = bundle


@pytest.fixture
def page(monkeypatch):
    shown = Page()
    monkeypatch.setattr(IPython.display, "display", shown.display)
    return shown


def test_a_picture_is_shown_before_the_widget_that_hides_it(page):
    Weather()._ipython_display_()
    picture, live = page.outputs
    assert picture["text/plain"] == "The sky is blue."
    mark = picture["text/html"].split('class="')[1].split('"')[0].split()[-1]
    assert picture["text/html"] == (
        f"<div class=\"cxlens-saved tex2jax_ignore mathjax_ignore {mark}\"><img alt='blue'>"
        f"<p><small>{HOW}</small></p></div>{NO_SHELL}"
    )
    assert WIDGET in live
    assert (live["text/plain"], live["text/html"]) == ("", LIVE)


def test_a_widget_hides_its_own_picture_and_no_other(page):
    class Drawn(Weather):
        shape = "round"

        def still(self):
            return f"<img alt='{self.shape}'>"

    other = Drawn()
    other.shape = "flat"
    for widget in (Drawn(), other):
        widget._ipython_display_()
    marks = {re.search(r"cxlens-saved-[0-9a-f]{12}", picture["text/html"])[0] for picture in page.outputs[::2]}
    assert len(marks) == 2


def test_the_picture_that_is_saved_is_the_last_one(page):
    weather = Weather()
    weather.keep()
    assert page.outputs == []
    weather._ipython_display_()
    weather._ipython_display_()
    weather.sky = "grey"
    weather.keep()
    first, _, second, _ = page.outputs
    assert first == second
    assert first["text/plain"] == "The sky is grey."
    assert f"<p><small>Chosen: grey. {HOW}</small></p>" in first["text/html"]


def test_a_drawing_becomes_a_picture_of_its_own_size():
    drawing = '<svg role="img" viewBox="0 0 760 120"><g/></svg>'
    whole = drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg" width="760" height="120"')
    assert svg_image("A <g>", drawing) == image("A <g>", base64.b64encode(whole.encode()).decode(), SVG)


def test_a_drawing_is_enlarged_where_no_style_would_do_it():
    assert 'width="40" height="30"' in _decoded(svg_image("alt", '<svg viewBox="0 0 40 30"></svg>'))
    assert 'width="64" height="48"' in _decoded(svg_image("alt", '<svg viewBox="0 0 40 30"></svg>', enlarged=1.6))


def _decoded(picture: str) -> str:
    """The code of a drawing that stands in an image."""
    code = picture.split("base64,", 1)[1].split('"', 1)[0]
    return base64.b64decode(code).decode()
