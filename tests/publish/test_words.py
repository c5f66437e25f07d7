"""How figures and names are written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.common.finding import LINK, Finding
from cxlens.publish import words
from cxlens.publish.blocks import Heading, Note, Picture
from cxlens.publish.words import COUNT, FORMS, PLAIN, SHARE, change


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


@pytest.mark.parametrize(
    ("simulated", "caption", "expected"),
    [(True, "n = 5.", "Simulated data. Found."), (False, "", "Found.")],
)
def test_a_caption_is_what_was_found(simulated, caption, expected):
    (picture,) = words.shown("Found.", caption, "so", simulated=simulated)
    assert (picture.caption, picture.how, picture.note) == (expected, "so", caption)


def test_the_link_is_told_once_a_page_and_further_sentences_below_the_picture():
    class Found:  # as a result, what was found in parts
        finding = Finding("Signs lead", caution=LINK, more=["More of it", "And more"], n="5")

    picture, more = words.shown(Found(), f"Made so. {LINK}.", "so", simulated=False)
    assert picture.caption == "Signs lead. n = 5."
    assert picture.note == "Made so."
    assert more == Note("More of it. And more.")
    Found.finding = Finding("It rose", caution="Other causes are not excluded")
    assert words.captioned(Found(), simulated=False) == "It rose. Other causes are not excluded."


@pytest.mark.parametrize(
    ("date", "said"), [("2026-12-31", "31 Dec 2026"), ("2027", "2027"), ("next survey", "next survey"), ("", "")]
)
def test_a_day_is_written_as_people_write_it(date, said):
    assert words.date_words(date) == said


def test_a_heading_stands_above_its_picture():
    heading, picture = words.shown("Found.", "", "so", simulated=False, heading="By who")
    assert heading == Heading("By who")
    assert isinstance(picture, Picture)
