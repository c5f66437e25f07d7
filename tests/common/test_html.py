"""How figures are written, and that nothing from data reaches the page unescaped."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.common.html import STYLE, card, html_table
from cxlens.common.values import count, interval, number, percent, plural, probability, signed


@pytest.mark.parametrize(("n", "words"), [(0, "0"), (2746, "2,746"), (999.6, "1,000"), (np.int64(12345), "12,345")])
def test_count(n, words):
    assert count(n) == words


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (3.62, 2, "3.62"),
        (-0.001, 2, "0.00"),
        (-0.01, 2, "-0.01"),
        (-1234.5, 1, "-1,234.5"),
        (-0.4, 0, "0"),
        (float("nan"), 2, "–"),
        (None, 2, "–"),
        (pd.NA, 2, "–"),
    ],
)
def test_number_has_no_negative_zero_and_a_dash_where_there_is_none(value, digits, words):
    assert number(value, digits) == words


@pytest.mark.parametrize(
    ("share", "digits", "words"),
    [(0.394, 0, "39 %"), (0.3944, 1, "39.4 %"), (1, 0, "100 %"), (-0.001, 0, "0 %"), (np.nan, 0, "–")],
)
def test_percent(share, digits, words):
    assert percent(share, digits) == words


def test_interval():
    assert interval(3.5714, 3.68) == "[3.57, 3.68]"
    assert interval(-0.2, np.nan, 0) == "[0, –]"


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [(2.06, 1, "+2.1"), (-2.06, 1, "-2.1"), (0.001, 2, "0.00"), (-0.001, 2, "0.00"), (0, 2, "0.00"), (np.nan, 2, "–")],
)
def test_signed(value, digits, words):
    assert signed(value, digits) == words


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.81, "0.81"), (1.0, "over 0.99"), (0.995, "over 0.99"), (0.99, "0.99"), (0.0, "under 0.01"), (np.nan, "–")],
)
def test_probability_never_claims_certainty(p, words):
    assert probability(p) == words


def test_plural():
    assert plural(1, "touchpoint") == "1 touchpoint"
    assert plural(0, "answer") == "0 answers"
    assert plural(1200, "answer") == "1,200 answers"


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
        '<table><thead><tr><th>wave</th><th class="num">n</th></tr></thead><tbody>'
        '<tr><td>2022</td><td class="num">1,250</td></tr><tr><td>2023</td><td class="num">2</td></tr></tbody></table>'
    )
    assert table["wave"].tolist() == waves


def test_a_card_is_escaped():
    assert card("5 < 6 & <script>", note="<b>") == (
        f'{STYLE}<div class="cxlens"><p>5 &lt; 6 &amp; &lt;script&gt;</p><p class="note">&lt;b&gt;</p></div>'
    )


def test_a_card_counts_the_rows_it_does_not_show():
    table = pd.DataFrame({"a": range(5)})
    page = card("Five.", table, rows=2)
    assert page.count("<tr>") == 3
    assert '<p class="note">3 more rows in <code>.table</code>.</p>' in page
    assert "more rows" not in card("Five.", table, rows=5)
    assert "<table>" not in card("None.", pd.DataFrame())
    assert table.equals(pd.DataFrame({"a": range(5)}))
