"""Findings: sentence and title are joins of the parts, and no part is ever taken apart."""

from __future__ import annotations

import pytest

from cxlens.common.finding import Finding, Item

NAMES = ["St. Mary's desk", "Call: hold; wait", "No. 3 > 4", "Price ($) 50% of $20", "a, b and [c]"]
WHOLE = Finding(
    lead="Security explains",
    figure="8",
    interval="[6, 10]",
    unit="points of 39 %",
    certainty="it ranks first in 98 % of resamples",
    n="4,819",
    caution="An association",
    more=["Shops explain 3", "The rest explains 5"],
)


def test_the_sentence_has_all_parts_in_order():
    assert WHOLE.sentence == str(WHOLE) == (
        "Security explains 8 [6, 10] points of 39 %; it ranks first in 98 % of resamples. "
        "Shops explain 3. The rest explains 5. An association. n = 4,819."
    )  # fmt: skip


def test_the_title_has_lead_figure_and_unit_only():
    assert WHOLE.title == "Security explains 8 points of 39 %"


def test_what_is_not_there_leaves_no_gap():
    assert Finding("Nothing was found").sentence == "Nothing was found."
    assert Finding("Nothing was found", n="12").sentence == "Nothing was found. n = 12."
    assert Finding("Nothing was found", certainty="p 0.5").sentence == "Nothing was found; p 0.5."


def test_who_was_asked_may_be_said_in_words():
    assert Finding("Best", n="8 stores of 9 answers each").sentence == "Best. n = 8 stores of 9 answers each."
    assert Finding("Best", n="all stores").sentence == "Best. all stores."


def test_items_are_named_up_to_a_number_and_the_rest_is_counted():
    items = [Item("a", "1.0", "[0, 2]", "p 0.03"), Item("b", "2.0"), Item("c")]
    finding = Finding("Lowest", items=items, named=3)
    assert finding.sentence == "Lowest: a (1.0 [0, 2], p 0.03), b (2.0), c."
    assert finding.title == "Lowest: a (1.0), b (2.0), c"
    fewer = Finding("Lowest", items=items, named=2)
    assert fewer.title == "Lowest: a (1.0), b (2.0) and 1 more"


def test_an_item_says_what_it_has():
    assert Item("Desk", interval="[1, 2]").whole == "Desk ([1, 2])"
    assert Item("Desk", certainty="p 0.03").whole == "Desk (p 0.03)"
    assert Item("Desk", certainty="p 0.03").brief == "Desk"


@pytest.mark.parametrize("name", NAMES)
def test_names_come_out_whole(name):
    finding = Finding(f"{name} explains", "8", "[6, 10]", items=[Item(name, "1.0")], n="4")
    assert finding.title == f"{name} explains 8: {name} (1.0)"
    assert finding.sentence == f"{name} explains 8 [6, 10]: {name} (1.0). n = 4."


LONG = "Long-term parking shuttle friendliness"


def test_a_title_of_two_lines_names_as_many_as_there_is_room_for():
    items = [Item(f"{LONG} for {who}", "rated 3.4", "[3, 4]") for who in ("work", "fun", "both")]
    finding = Finding("Concentrate here", items=items)
    assert finding.title == f"Concentrate here: {LONG} for work (rated 3.4) and 2 more"
    assert all(item.whole in finding.sentence for item in items)
    with_none = Finding("Concentrate here", items=[*items[:2], Item("none for both")])
    assert with_none.title == f"Concentrate here: {LONG} for work (rated 3.4) and 1 more"
    longer = [Item(f"{LONG} for people who travel with children", "rated 3.4"), items[0]]
    assert Finding("Concentrate here", items=longer).title == f"Concentrate here: {longer[0].name} and 1 more"
    assert Finding("Lowest", items=items[:1]).title == f"Lowest: {LONG} for work (rated 3.4)"


def test_a_title_takes_the_short_form_only_where_the_other_is_too_long():
    assert Finding(LONG, "is ahead", short="Ahead").title == f"{LONG} is ahead"
    assert Finding(LONG, f"is ahead of {LONG} and {LONG}", short="Ahead").title == "Ahead"
    assert str(Finding(LONG, f"is ahead of {LONG}", short="Ahead")) == f"{LONG} is ahead of {LONG}."
