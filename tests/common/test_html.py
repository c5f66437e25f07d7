"""How figures are written, and that nothing from data reaches the page unescaped."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from cxlens.common.html import PLAIN, STYLE, card, html_table


def test_a_table_is_escaped_and_its_numbers_stand_right():
    table = pd.DataFrame(
        {
            "<i>name</i>": ["<b>x</b>", "Food & drink"],
            "n": pd.array([1234, pd.NA], dtype="Int64"),
            "mean": [3.62049, np.nan],
            "ok": [True, False],
            "who": [("a", "<b>"), ["c"]],
            "big": [1234.56, -0.0001],
        }
    )
    assert html_table(table) == (
        '<table><thead><tr><th>&lt;i&gt;name&lt;/i&gt;</th><th class="num">n</th><th class="num">mean</th>'
        '<th class="num">ok</th><th>who</th><th class="num">big</th></tr></thead><tbody>'
        '<tr><td>&lt;b&gt;x&lt;/b&gt;</td><td class="num">1,234</td><td class="num">3.620</td>'
        '<td class="num">yes</td><td>a, &lt;b&gt;</td><td class="num">1,235</td></tr>'
        '<tr><td>Food &amp; drink</td><td class="num">–</td><td class="num">–</td>'
        '<td class="num">no</td><td>c</td><td class="num">0.000</td></tr></tbody></table>'
    )


@pytest.mark.parametrize("waves", [[2022, 2023], [2022.0, 2023.0], ["2022", "2023"]])
def test_a_year_is_a_name_not_a_number(waves):
    table = pd.DataFrame({"wave": waves, "n": [1250, 2]})
    assert html_table(table) == (
        '<table><thead><tr><th class="short">wave</th><th class="num">n</th></tr></thead><tbody>'
        '<tr><td class="short">2022</td><td class="num">1,250</td></tr>'
        '<tr><td class="short">2023</td><td class="num">2</td></tr></tbody></table>'
    )
    assert table["wave"].tolist() == waves


def test_a_card_is_escaped():
    assert card("5 < 6 & <script>", note="<b>") == (
        f'{STYLE}<div class="cxlens {PLAIN}"><p>5 &lt; 6 &amp; &lt;script&gt;</p><p class="note">&lt;b&gt;</p></div>'
    )


def test_a_notebook_does_not_typeset_a_card():
    table = pd.DataFrame({"touchpoint": ["Price ($) 50% of $20"]})
    page = card("Price ($) 50% of $20 is rated low.", table, "Not: Price ($) 50% of $20.")
    inside = page.removeprefix(STYLE)
    assert inside.startswith('<div class="cxlens tex2jax_ignore mathjax_ignore">')
    assert inside.endswith("</div>")
    assert inside.count("<div") == 1  # all of it stands in the one block
    assert inside.count("Price ($) 50% of $20") == 3


def test_a_card_counts_the_rows_it_does_not_show():
    table = pd.DataFrame({"a": range(5)})
    page = card("Five.", table, rows=2)
    assert page.count("<tr>") == 3
    assert '<p class="note">3 more rows in <code>.table</code>.</p>' in page
    assert "more rows" not in card("Five.", table, rows=5)
    assert "<table>" not in card("None.", pd.DataFrame())
    assert table.equals(pd.DataFrame({"a": range(5)}))


def test_long_texts_and_figures_just_above_0_can_be_read():
    table = pd.DataFrame({"why": ["what it needs goes to initiatives that are chosen", ""], "p_value": [0.0004, 0.0]})
    assert html_table(table) == (
        '<table><thead><tr><th class="long">why</th><th class="num">p_value</th></tr></thead><tbody>'
        '<tr><td class="long">what it needs goes to initiatives that are chosen</td>'
        '<td class="num">&lt; 0.001</td></tr>'
        '<tr><td class="long"></td><td class="num">0.000</td></tr></tbody></table>'
    )


def test_columns_of_short_and_of_long_texts_have_room_for_them():
    table = pd.DataFrame({name: ["x" * letters] for name, letters in zip("abcd", (10, 11, 32, 33), strict=True)})
    assert '<th class="short">a</th><th>b</th><th>c</th><th class="long">d</th>' in html_table(table)


def test_days_have_no_time():
    table = pd.DataFrame({"yes_by": pd.to_datetime(["2025-12-31", None])})
    assert re.findall("<td[^>]*>(.*?)</td>", html_table(table)) == ["2025-12-31", "–"]


def test_a_figure_that_three_digits_tell_from_0_is_rounded():
    table = pd.DataFrame({"x": [0.0005, 0.00049, -0.0001, 1000.4]})
    cells = re.findall("<td[^>]*>(.*?)</td>", html_table(table))
    assert cells == ["0.001", "&lt; 0.001", "0.000", "1,000"]
