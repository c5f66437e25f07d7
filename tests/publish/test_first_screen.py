"""What the first screen is made of."""

from __future__ import annotations

from cxlens.publish.first_screen import NONE, Answer, FirstScreen

STATE = Answer("state", "State: NPS", "+25", "[20, 29]", "Target 35.", "No clear change since 2022.")


def test_an_answer_as_text():
    assert STATE.line == "State: NPS +25 [20, 29]. Target 35. No clear change since 2022."
    assert STATE.said == "Target 35. No clear change since 2022."
    assert not STATE.is_blank
    assert Answer("plan", "Plan", NONE, text="No initiatives are listed yet.").is_blank


def test_lines_are_the_headline_and_what_has_a_figure():
    blank = Answer("plan", "Plan", NONE, text="No initiatives are listed yet.")
    screen = FirstScreen("NPS is +25", "n = 5.", [STATE, blank], None, "", None)
    assert screen.lines == ["NPS is +25.", STATE.line]
