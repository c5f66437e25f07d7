"""The alternative text of pictures in notebooks; that a saved and exported notebook has it: tests/test_browser.py."""

from __future__ import annotations

from types import SimpleNamespace

import IPython
import pytest
from matplotlib import pyplot as plt

import cxlens as cx
from cxlens.common.described import PNG, SVG, DescribedFigure, describe, image
from cxlens.common.pictures import alt_text

TEXT = 'Gate "A" < B'


@pytest.fixture
def set_to(monkeypatch):
    """A notebook that is set to make these pictures of a figure."""

    def notebook(**made):
        formatters = {form: lambda _, form=form: made.get(form.partition("/")[2][:3]) for form in (PNG, SVG)}
        shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters=formatters))
        monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    return notebook


def figure(alt=TEXT):
    described = DescribedFigure()
    described.alt = alt
    return described


def test_a_picture_is_shown_with_its_text(set_to):
    set_to(png="iVBO\n")
    shown, said = figure()._repr_mimebundle_()
    assert shown == {"text/plain": TEXT, PNG: "iVBO\n", "text/html": image(TEXT, "iVBO")}
    assert said == {PNG: {"alt": TEXT}}
    assert shown["text/html"] == (
        '<img alt="Gate &quot;A&quot; &lt; B" style="max-width:100%;height:auto;border-radius:6px" '
        'src="data:image/png;base64,iVBO">'
    )


def test_the_settings_of_the_notebook_stay(set_to):
    set_to(png=("iVBO", {"width": 400, "height": 300}), svg="<svg/>")
    shown, said = figure()._repr_mimebundle_()
    assert (shown[SVG], shown["text/html"]) == ("<svg/>", image(TEXT, "iVBO"))
    assert said == {SVG: {"alt": TEXT}, PNG: {"width": 400, "height": 300, "alt": TEXT}}
    set_to(svg="<svg/>")
    shown, _ = figure()._repr_mimebundle_()
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in shown["text/html"]


def test_without_a_text_or_a_notebook_it_is_a_figure_as_any(set_to):
    set_to(png="iVBO")
    assert figure("")._repr_mimebundle_() == ({}, {})


def test_outside_a_notebook_its_text_is_told():
    assert figure()._repr_mimebundle_() == ({"text/plain": TEXT}, {})


def test_a_plot_describes_the_figure_it_makes_and_no_other():
    study = cx.datasets.load_airport()
    for result in (cx.baseline(study.survey()), study.map()):
        assert result.plot().figure.alt == alt_text(result)
    given, ax = plt.subplots()
    study.map().plot(ax=ax)
    describe(ax, TEXT)
    assert not hasattr(given, "alt")
    plt.close("all")
