"""From blocks to HTML: escaped, in order, and asking for nothing."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

import pytest

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.publish.blocks import (
    Box,
    Drawing,
    Heading,
    Items,
    Missing,
    Note,
    Page,
    Paragraph,
    Picture,
    Section,
    Table,
    Terms,
)
from cxlens.publish.page import drawn, render

ODD = '<b>"Price" ($) & 50% of $20</b>'


class Tags(HTMLParser):
    """Tags with their attributes, and texts with the tags that they stand in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.tags[-1][0], data.strip()))


def page(*blocks, **parts):
    given = {"title": ODD, "about": ODD, "simulated": False, "words": {ODD: ODD}, "made": ODD}
    sections = [Section("one", ODD, ODD, blocks)]
    return render(Page(**{**given, "first": Section("top", "", ODD, []), "sections": sections, **parts}))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading(ODD), [("h3", ODD)]),
        (Paragraph(ODD), [("p", ODD)]),
        (Note(ODD), [("p", ODD)]),
        (Missing(ODD, "[map]"), [("p", f"No {ODD} here yet: add [map] to the study's TOML file.")]),
        (Items([ODD, "two"]), [("li", ODD), ("li", "two")]),
        (Items([ODD], numbered=True), [("li", ODD)]),
        (Terms({ODD: ODD}), [("dt", ODD), ("dd", ODD)]),
        (
            Table(ODD, {ODD: [ODD], "n": [1200]}),
            [("strong", ODD), ("th", ODD), ("th", "n"), ("td", ODD), ("td", "1,200")],
        ),
        (Box([Heading(ODD), Note("aside")]), [("h3", ODD), ("p", "aside")]),
    ],
)
def test_every_text_comes_out_whole(block, expected):
    texts = Tags(page(block)).texts
    start = texts.index(("h2", "Words used here"))
    assert ("title", ODD) in texts
    assert texts[start + 1 : start + 3] == [("dt", ODD), ("dd", ODD)]
    after_glossary = texts[start + 3 :]
    assert after_glossary == [("h2", ODD), *expected, ("footer", ODD)]


def test_kinds_look_as_their_style_expects():
    tags = Tags(page(Note("n"), Items(["a"], numbered=True), Items(["b"]), Box([]), Missing("map", "[map]"))).tags
    names = [tag for tag, _ in tags]
    assert [names.count(name) for name in ("ol", "ul")] == [1, 1]
    assert [given.get("class") for tag, given in tags if tag == "p"] == [None, "note", "note"]
    assert [given.get("class") for tag, given in tags if tag == "div"] == ["box"]


def test_a_table_scrolls_by_keyboard_and_numbers_stand_right():
    tags = Tags(page(Table(ODD, {"name": ["x"], "n": [1]}))).tags
    (box,) = [given for tag, given in tags if tag == "div"]
    assert box == {"class": "wide", "role": "region", "tabindex": "0", "aria-label": ODD}
    assert [given.get("class") for tag, given in tags if tag == "td"] == [None, "num"]


def test_a_picture_is_in_the_file_with_its_words():
    spots = cx.TouchpointMap([cx.Touchpoint(ODD, stage="Way")], cx.Lifecycle([cx.Stage("Way")]))
    made = page(Picture(spots, ODD, "so"))
    parsed = Tags(made)
    (image,) = [given for tag, given in parsed.tags if tag == "img"]
    kind, _, data = image["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b'<svg role="img"' in base64.b64decode(data)
    assert ODD in image["alt"]
    assert parsed.texts[-4:-1] == [("figcaption", ODD), ("strong", "How to read this:"), ("strong", "so")]


def test_a_picture_may_be_drawn_before_its_page_is_made():
    spots = cx.TouchpointMap([cx.Touchpoint(ODD, stage="Way")], cx.Lifecycle([cx.Stage("Way")]))
    section = Section("one", ODD, ODD, [Box([Picture(spots, ODD, "so")]), Note(ODD)])
    before = drawn(section)
    assert before.blocks[0].blocks[0].result.alt == alt_text(spots)
    assert before.blocks[1] == Note(ODD)
    assert page(*before.blocks) == page(*section.blocks)


def test_a_drawing_goes_in_as_it_is():
    made = page(Drawing("<svg><text>1 &lt; 2</text></svg>", "caption", "so"))
    assert "<svg><text>1 &lt; 2</text></svg>" in made
    assert ("text", "1 < 2") in Tags(made).texts


def test_contents_lead_to_sections_and_made_up_data_are_flagged():
    parsed = Tags(page(simulated=True))
    assert [given["href"] for tag, given in parsed.tags if tag == "a"] == ["#one"]
    assert [given["id"] for tag, given in parsed.tags if "id" in given] == ["one"]
    assert ("p", "Simulated data: no real customers, no real organisation.") in parsed.texts
    assert [given["class"] for tag, given in parsed.tags if given.get("class") == "flag"] == ["flag"]
    assert not any(given.get("class") == "flag" for _, given in Tags(page()).tags)


def test_what_the_templates_do_not_know_is_an_error():
    with pytest.raises(Exception, match="has no attribute 'kind'"):
        page("a text is no block")
