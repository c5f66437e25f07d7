"""Words on lines: none too wide, none lost."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from cxlens.stages.baseline.set_type import LEADING, set_type

texts = st.lists(st.text("abcXYZ-$%<&", min_size=1, max_size=20), min_size=1, max_size=8).map(" ".join)


@given(texts, st.floats(30, 300), st.booleans())
def test_no_line_is_wider_than_there_is_room_and_no_letter_is_lost(text, width, bold):
    words = set_type(text, width, size=9, bold=bold)
    assert words.width <= width
    lines = words.text.split("\n")
    assert words.height == len(lines) * 9 * LEADING
    assert re.sub(r"[-\s]", "", words.text) == re.sub(r"[-\s]", "", text)


def test_words_are_as_wide_as_they_are_drawn():
    words = set_type("Getting there and parking", 60, size=9)
    figure = Figure(figsize=(4, 4), dpi=72)
    drawn = figure.text(0, 0.5, words.text, size=9, parse_math=False)
    figure.draw_without_rendering()
    assert abs(drawn.get_window_extent().width - words.width) < 3


def test_a_word_with_a_hyphen_is_parted_there():
    assert set_type("Check-in", 38, size=9, bold=True).text == "Check-\nin"
