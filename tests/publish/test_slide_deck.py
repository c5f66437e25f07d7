"""The file of slides: native parts, sharp pictures that are told in words, nothing outside its box."""

from __future__ import annotations

import io
import sys
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.publish import slide_deck
from cxlens.publish.slide_deck import (
    BOTTOM,
    HEIGHT,
    LINE,
    LONGEST_TITLE,
    TEXT_SIZES,
    Line,
    Picture,
    Slide,
    Table,
    Text,
    short_title,
    write_deck,
)
from tests.publish.decks import check_deck

pptx = pytest.importorskip("pptx")
LONG = "A touchpoint with a long name that goes on and on"
LINES = [Line("Security", "is clearly below its standard of 3.8. " * 4), Line("", "More words. " * 30)]
TABLE = Table(["What", "n"], [[f"{LONG} {number}", "1,234"] for number in range(40)], [3, 1], "Many rows", right=[1])


def opened(*slides, tag="Simulated data"):
    return pptx.Presentation(io.BytesIO(write_deck(slides, "A study", tag)))


def test_a_slide_has_native_parts_that_fit():
    result = cx.baseline(cx.datasets.load_airport().survey())
    first = Slide("A finding", [(0.6, Picture(result)), (0.4, TABLE)], "n = 1,250.", "Say this.")
    second = Slide("Another", [(1, Text(LINES))], "n = 1,250.")
    deck = opened(first, second)
    check_deck(deck)
    assert [slide.shapes.title.text for slide in deck.slides] == ["A finding", "Another"]
    assert deck.slides[0].notes_slide.notes_text_frame.text == "Say this."
    assert not deck.slides[1].has_notes_slide
    kinds = [shape.shape_type for shape in deck.slides[0].shapes]
    assert kinds.count(13) == kinds.count(19) == 1
    assert deck.core_properties.title == "A study"
    for slide in deck.slides:
        texts = [shape.text for shape in slide.shapes if shape.has_text_frame]
        assert "n = 1,250." in texts
        assert any(text.startswith("Simulated data") for text in texts)


def test_the_same_slides_are_the_same_bytes_whenever_they_are_written():
    slide = Slide("A finding", [(1, Text(LINES))], "n = 1,250.", "Say this.")
    first = write_deck([slide], "A study", "")
    time.sleep(2.1)  # a file tells every other second
    assert write_deck([slide], "A study", "") == first


def test_rows_without_room_are_counted():
    deck = opened(Slide("Rows", [(1, TABLE)], ""))
    table = next(shape.table for shape in deck.slides[0].shapes if shape.has_table)
    shown = len(table.rows) - 2
    assert table.cell(len(table.rows) - 1, 0).text == f"and {40 - shown} more"
    check_deck(deck)


def test_a_last_row_in_bold_stays():
    rows = [*TABLE.rows, ["Together", "9"]]
    deck = opened(Slide("Rows", [(1, Table(TABLE.heads, rows, [3, 1], "", strong=True))], ""))
    table = next(shape.table for shape in deck.slides[0].shapes if shape.has_table)
    last = len(table.rows) - 1
    assert table.cell(last, 0).text == "Together"
    assert table.cell(last, 0).text_frame.paragraphs[0].runs[0].font.bold
    check_deck(deck)


def test_few_words_are_large_and_many_are_small():
    few = opened(Slide("Few", [(1, Text([Line("", "Few words.")]))], ""))
    many = opened(Slide("Many", [(0.4, Text([Line("", "word " * 150)])), (0.6, TABLE)], ""))
    sizes = []
    for deck in (few, many):
        frames = [shape.text_frame for shape in deck.slides[0].shapes if shape.has_text_frame]
        sizes.append(max(run.font.size.pt for frame in frames[1:2] for run in frame.paragraphs[0].runs))
    assert sizes[0] == TEXT_SIZES[0] > sizes[1] >= 14


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_titles_have_90_characters_at_most(title):
    short = short_title(title)
    assert len(short) <= LONGEST_TITLE
    assert title.startswith(short.removesuffix("…"))


def test_a_long_title_is_cut_between_words():
    assert short_title("word " * 30) == "word " * 16 + "word…"
    assert short_title("x" * 91) == "x" * 89 + "…"


def test_what_stands_on_slides_ends_above_the_footer():
    assert BOTTOM < HEIGHT - slide_deck.FOOT_SIZE * LINE / 72


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(cx.CxlensError) as error:
        write_deck([], "", "")
    assert str(error.value) == (
        "Slides need the package 'python-pptx', which is not installed. Install it: pip install \"cxlens[office]\""
    )
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "python-pptx" in project["optional-dependencies"]["office"]
