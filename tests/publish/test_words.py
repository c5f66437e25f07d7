"""How figures and names are written."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from cxlens.common.finding import LINK, Finding, Item
from cxlens.publish import words
from cxlens.publish.blocks import Headline
from cxlens.publish.words import COUNT, FORMS, PLAIN, SHARE, change, spans


@pytest.mark.parametrize(
    ("form", "figures", "text"),
    [
        (PLAIN, (3.5, 3.25, 3.75), "3.50 [3.25, 3.75]"),
        (change(), (2.3, 1.2, 3.4), "+2.30 [1.20, 3.40]"),
        (change(1), (-2.3, -3.4, 1.2), "-2.3 [-3.4, 1.2]"),
        (FORMS["NPS"], (40, 37, 43), "+40 [37, 43]"),
        (SHARE, (0.4, 0.3, 0.5), "40 % [30 %, 50 %]"),
        (COUNT, (1234.4, 1000, 2000), "1,234 [1,000, 2,000]"),
        (PLAIN, (3.5, np.nan, np.nan), "3.50"),
    ],
)
def test_a_figure_stands_with_its_interval(form, figures, text):
    assert words.span(*figures, form) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_the_ends_of_a_column_are_its_own_or_those_of_the_row():
    table = pd.DataFrame(
        {"mean": [3.0], "low": [1.0], "high": [4.0], "coef": [0.5], "coef_low": [0.2], "coef_high": [0.7]}
    )
    assert words.spans(table, "mean") == ["3.00\N{NO-BREAK SPACE}[1.00,\N{NO-BREAK SPACE}4.00]"]
    assert words.spans(table, "coef", change(1)) == ["+0.5\N{NO-BREAK SPACE}[0.2,\N{NO-BREAK SPACE}0.7]"]


def test_ranges_and_blanks():
    assert words.ranges(pd.DataFrame({"effort_low": [2.0], "effort_high": [3.5]}), "effort") == ["2 to 3.5"]
    assert words.or_blank([1000.0, np.nan], lambda n: f"{n:,.0f}") == ["1,000", ""]
    assert [words.as_given(value) for value in (4.20, "soon", 3)] == ["4.2", "soon", "3"]


def test_a_capital_leaves_the_rest_of_a_sentence_alone():
    assert words.sentence('it excludes "new_signs; St. Mary\'s"') == 'It excludes "new_signs; St. Mary\'s"'
    assert words.column_words("overall_satisfaction") == "Overall satisfaction"
    assert words.sentence("") == ""


class Found:
    """As a result: what was found, in parts."""

    def __init__(self, *parts, **more):
        self.finding = Finding(*parts, **more)


RISE = {"figure": "0.4", "interval": "[0.2, 0.6]", "certainty": "clearly", "n": "5", "more": ["more of it", "And more"]}


def test_a_picture_stands_under_its_finding_with_its_interval_below():
    picture = words.shown(Found("Signs lead by", **RISE, caution=LINK), f"Made so. {LINK}.", "so", about="Signs")
    assert (picture.about, picture.title, picture.how) == ("Signs", "", "so")
    assert picture.beside == "0.4 [0.2, 0.6]; clearly."
    assert picture.note == "Signs: More of it. And more. Made so."
    whole = words.shown(Found("Signs lead by", **RISE), "", "so", with_more=True)
    assert whole.beside == "0.4 [0.2, 0.6]; clearly. More of it. And more."
    assert whole.note == ""


def test_what_the_page_has_told_is_not_told_again():
    picture = words.shown(Found("Signs lead by", **RISE), "Made so.", "so", title="Every touchpoint")
    assert (picture.title, picture.beside, picture.note) == ("Every touchpoint", "", "Every touchpoint: Made so.")


def test_a_chapter_begins_with_what_was_found_and_how_sure_that_is():
    found = Found("Signs lead by", **RISE, caution="Other causes are not excluded")
    assert words.headline(found) == Headline(
        "Signs lead by 0.4",
        "0.4 [0.2, 0.6]; clearly. More of it. And more. Other causes are not excluded. n = 5.",
    )
    assert words.headline("No verb said this") == Headline("No verb said this")


def test_what_a_short_title_leaves_out_stands_beside_it():
    none = "No initiative is clearly a quick win"
    lead = f'{none}; closest: "A sign that names every gate and how far it is" is forecast to add'
    found = Found(lead, unit="NPS points", short=none, **RISE)
    assert words.headline(found) == Headline(
        none,
        'Closest: "A sign that names every gate and how far it is" is forecast to add 0.4 [0.2, 0.6] NPS points; '
        "clearly. More of it. And more. n = 5.",
    )


def test_things_that_are_named_keep_their_intervals():
    items = [Item("Signs", "3.5", "[3.4, 3.6]"), Item("Shops", "3.6", "[3.5, 3.7]")]
    assert words.told_beside(Found("Lowest", items=items)) == "Signs (3.5 [3.4, 3.6]), Shops (3.6 [3.5, 3.7])."


def test_a_figure_is_known_apart_from_its_interval_also_in_another_process():
    figure = words.span(2.3, 1.2, 3.4, change(1))
    for same in (figure, pickle.loads(pickle.dumps(figure))):
        assert (same.figure, same.ends) == ("+2.3", ["1.2", "3.4"])
        assert same.interval == "[1.2,\N{NO-BREAK SPACE}3.4]"
        assert same == figure
    assert (words.span(3.5, np.nan, np.nan).interval, words.span(3.5, np.nan, np.nan).ends) == ("", [])


@pytest.mark.parametrize(
    ("date", "said"), [("2026-12-31", "31 Dec 2026"), ("2027", "2027"), ("next survey", "next survey"), ("", "")]
)
def test_a_day_is_written_as_people_write_it(date, said):
    assert words.date_words(date) == said


@pytest.mark.parametrize("form", [PLAIN, SHARE, COUNT, change()])
def test_where_there_is_no_figure_stands_a_dash(form):
    table = pd.DataFrame({"profit": [np.nan], "profit_low": [np.nan], "profit_high": [np.nan]})
    assert spans(table, "profit", form) == ["–"]
