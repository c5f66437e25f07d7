"""From blocks to HTML: escaped, in order, and asking for nothing."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote

import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.inline import inline
from cxlens.common.pictures import alt_text
from cxlens.publish.blocks import (
    Box,
    Drawing,
    Fold,
    Heading,
    Headline,
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
from cxlens.publish.page import drawn, grid, render, rows
from cxlens.publish.words import change, span

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
        (Headline(ODD, ODD, "here"), [("h3", ODD), ("p", ODD)]),
        (Paragraph(ODD), [("p", ODD)]),
        (Note(ODD), [("p", ODD)]),
        (Missing(ODD, "[map]"), [("p", f"No {ODD} here yet: add [map] to the study's TOML file.")]),
        (Items([ODD, "two"]), [("li", ODD), ("li", "two")]),
        (Items([ODD], numbered=True), [("li", ODD)]),
        (Terms({ODD: ODD}), [("dt", ODD), ("dd", ODD)]),
        (Fold(ODD, [Note(ODD)]), [("summary", ODD), ("p", ODD)]),
        (
            Table(ODD, {ODD: [ODD], "n": [1200]}),
            [
                ("caption", ODD), ("th", ODD), ("th", "n"), ("th", ODD), ("td", "1,200"),
                ("a", "Get the data"), ("span", f": {ODD}"), ("span", "(CSV)"),
            ],
        ),
        (Box([Heading(ODD), Note("aside")]), [("h3", ODD), ("p", "aside")]),
    ],
)  # fmt: skip
def test_every_text_comes_out_whole(block, expected):
    texts = Tags(page(block)).texts
    assert ("title", ODD) in texts
    start = texts.index(("h2", ODD))
    end = texts.index(("summary", "Words used here"))
    assert texts[start + 1 : end] == expected
    assert texts[end + 1 : end + 4] == [("dt", ODD), ("dd", ODD), ("p", ODD)]


def test_kinds_look_as_their_style_expects():
    tags = Tags(page(Note("n"), Items(["a"], numbered=True), Items(["b"]), Box([]), Missing("map", "[map]"))).tags
    names = [tag for tag, _ in tags]
    assert names.count("ol") == 1
    assert [given.get("class") for tag, given in tags if tag == "p"].count("note") == 3  # and what the study is about
    assert [given.get("class") for tag, given in tags if tag == "div"] == ["box", None, None]


def test_a_table_has_heads_of_rows_and_columns_and_a_caption():
    columns = {"name": ["x", "y"], "n": [1, 2], "words": ["a", "of several words"], "none": ["", ""]}
    tags = Tags(page(Table(ODD, columns))).tags
    assert [given["scope"] for tag, given in tags if tag == "th"] == ["col"] * 3 + ["row"] * 2
    assert [given["data-label"] for tag, given in tags if tag == "td"] == ["n", "words"] * 2
    assert [given.get("class") for tag, given in tags if tag == "td"] == ["num short", None] * 2
    assert [given["class"] for tag, given in tags if tag == "table"] == ["cards"]
    (folded,) = [given for tag, given in Tags(page(Table(ODD, columns, is_folded=True))).tags if tag == "caption"]
    assert folded == {"class": "vh"}  # the line that opens it says the same


def test_an_interval_stands_beside_its_figure_and_has_columns_in_the_file():
    figures = [span(2.3, 1.2, 3.4, change(1)), span(1.0, float("nan"), float("nan"), change(1))]
    table = Table("Who & what", {"name": ["=SUM(A1)", "-5"], "gain": figures, "n": [1, pd.NA]})
    told = grid(table)
    assert told.rows[0] == [("=SUM(A1)", ""), ("+2.3", "[1.2,\N{NO-BREAK SPACE}3.4]"), ("1", "")]
    assert (told.name, told.kinds[1:]) == ("who-what.csv", ["num short", "num short"])
    kind, _, data = told.file.partition(",")
    assert kind == "data:text/csv;charset=utf-8"
    assert unquote(data).splitlines() == [
        'name,gain,"gain, low","gain, high",n',
        "'=SUM(A1),+2.3,1.2,3.4,1",
        "-5,+1.0,,,",
    ]


def file_of(**columns):
    """A table as its file has it, line by line."""
    return unquote(grid(Table("t", columns)).file).partition(",")[2].splitlines()


def test_figures_of_which_no_interval_is_known_have_no_columns_for_it():
    assert file_of(gain=[span(1.0, float("nan"), float("nan"), change(1))]) == ["gain", "+1.0"]


@pytest.mark.parametrize("text", ["+2.3", "-5", "1,200", "12 %", "+3 %", "1.5"])
def test_figures_stay_figures_in_a_file(text):
    shown = text.replace("-", "\N{MINUS SIGN}").replace(" ", "\N{NO-BREAK SPACE}")
    (_, written) = file_of(a=[shown])
    assert written.strip('"') == text


def test_a_column_of_which_nothing_is_known_is_left_out():
    found = grid(Table("t", {"a": ["x", "y"], "hidden": [None, float("nan")], "some": [None, 1.0]}))
    assert found.heads == ["a", "some"]
    assert found.rows[0] == [("x", ""), ("–", "")]


@pytest.mark.parametrize(("columns", "is_broad"), [(7, False), (8, True)])
def test_more_than_seven_columns_are_broad(columns, is_broad):
    assert grid(Table("t", {f"c{k}": ["x"] for k in range(columns)})).is_broad is is_broad


def test_kinds_of_columns():
    columns = {"long": ["x" * 15], "short": ["x" * 14], "figures": [1.5], "some": [pd.NA], "mixed": ["a"], "none": [""]}
    found = grid(Table("t", {name: [*values, 1] for name, values in columns.items()}))
    assert dict(zip(found.heads, found.kinds, strict=True)) == {
        "long": "",
        "short": "short",
        "figures": "num short",
        "some": "num short",
        "mixed": "short",
        "none": "num short",
    }


def test_figures_of_thousands_have_no_decimals():
    assert [row[0].text for row in grid(Table("t", {"a": [999.5, 1000.25, -1200.25, 1200, True]})).rows] == [
        "999.500",
        "1,000",
        "-1,200",
        "1,200",
        "yes",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@a", "\tx", "\rx"])
def test_no_text_of_a_file_is_a_formula(text):
    data = unquote(grid(Table("t", {"a": [text], text: ["b"]})).file)
    assert data.count(f"'{text}") == 2


def test_pictures_stand_beside_one_another_where_they_follow_one_another():
    small, wide = Picture(None, "", ""), Picture(None, "", "", width=8.0)
    found = rows([small, small, Note("n"), wide, small, small, small])
    assert [(row.is_pictures, len(row.blocks)) for row in found] == [(True, 2), (False, 2), (True, 3)]
    assert [row.across for row in found if row.is_pictures] == ["two", "three"]
    across = {n: rows([small] * n)[0].across for n in range(1, 10)}
    assert [n for n, words in across.items() if words == "three"] == [3, 5, 6, 9]  # no picture is alone in its row


@pytest.fixture(scope="module")
def spots():
    return cx.TouchpointMap([cx.Touchpoint(ODD, stage="Way")], cx.Lifecycle([cx.Stage("Way")]))


def test_a_picture_is_in_the_page_with_its_words(spots):
    parsed = Tags(page(Picture(spots, ODD, "so", about=ODD, note="made so")))
    (image,) = [given for tag, given in parsed.tags if tag == "svg"]
    assert image["role"] == "img"
    assert image["aria-label"] == alt_text(spots)
    assert not [tag for tag, _ in parsed.tags if tag == "img"]
    said = [text for _, text in parsed.texts]
    title = inline(spots).title
    assert said.index(title) == said.index(ODD, said.index(ODD, said.index(title) - 1)) + 1  # what it is about first
    place = said.index("How to read this:")
    assert (said[place - 1], said[place + 1]) == (ODD, "so")
    assert said[place + 2 : place + 4] == ["How these figures were made", "made so"]


def test_a_picture_may_be_drawn_before_its_page_is_made(spots):
    section = Section("one", ODD, ODD, [Box([Picture(spots, ODD, "so")]), Fold(ODD, [Picture(spots, "", "")])])
    before = drawn(section)
    assert before.blocks[0].blocks[0].result.title == before.blocks[1].blocks[0].result.title == inline(spots).title
    assert page(*before.blocks) == page(*section.blocks)


def test_a_drawing_goes_in_as_it_is():
    made = page(Drawing("<svg><text>1 &lt; 2</text></svg>", "<svg><text>1 &gt; 0</text></svg>", "caption", "so"))
    assert "<svg><text>1 &lt; 2</text></svg>" in made
    assert [text for tag, text in Tags(made).texts if tag == "text"] == ["1 < 2", "1 > 0"]  # the second on phones


def test_a_wide_picture_has_another_form_for_phones(spots):
    wide, narrow = inline(spots, width=8.0).svg, inline(spots).svg
    made = page(Picture(spots, "", "so", width=8.0))
    assert made.index(wide) < made.index('<div class="phone-form">') < made.index(narrow)
    assert "phone-form" not in page(Picture(spots, "", "so")).partition("<body")[2]


def test_contents_lead_to_sections_and_made_up_data_are_flagged():
    parsed = Tags(page(simulated=True))
    assert [given["href"] for tag, given in parsed.tags if tag == "a"] == ["#main", "#one", "#words", "#main"]
    assert [given["id"] for tag, given in parsed.tags if "id" in given] == ["main", "one", "words"]
    in_body = parsed.texts[[text for _, text in parsed.texts].index("Skip to content") :]
    assert in_body[1] == ("p", "Simulated data")
    assert [given["class"] for tag, given in parsed.tags if given.get("class") == "flag"] == ["flag"]
    assert not any(given.get("class") == "flag" for _, given in Tags(page()).tags)


def test_what_is_lacking_is_the_last_line():
    assert [text for _, text in Tags(page(lacking="It lacks events.")).texts][-3] == "It lacks events."


def test_what_the_templates_do_not_know_is_an_error():
    with pytest.raises(Exception, match="has no attribute 'kind'"):
        page("a text is no block")


def test_figures_in_words_stand_to_the_right_and_years_do_not():
    columns = {
        "What": ["a", "b"],
        "Now": ["+53", "\N{MINUS SIGN}3"],
        "Rated high": ["45\N{NO-BREAK SPACE}%", "–"],
        "Cost": ["1,200", ""],
        "Wave": ["2024", "2025"],
        "Rank": ["1 to 3", "2"],
    }
    kinds = dict(zip(columns, grid(Table("Who", columns)).kinds, strict=True))
    assert [head for head, kind in kinds.items() if "num" in kind] == ["Now", "Rated high", "Cost"]


def test_a_figure_just_above_0_is_not_told_as_0():
    told = grid(Table("Who", {"What": ["a", "b", "c"], "p": [0.0004, 0.0005, 0.0]}))
    assert [row[1].text for row in told.rows] == ["< 0.001", "0.001", "0.000"]
