"""The picture of decisions: its marks."""

from __future__ import annotations

from cxlens.common.style import BLUE, GREY
from tests.stages.improve.test_decisions import VIEW
from tests.stages.improve.test_outlook_chart import marks


def test_what_is_decided_first_is_blue():
    table = VIEW.table
    first = table["start"] == table["start"].iloc[0]
    found = marks(VIEW.plot())
    assert [value for value, *_ in found] == table["benefit"].tolist()
    assert [colour for *_, colour, _ in found] == [BLUE if is_first else GREY for is_first in first]


def test_days_and_names_stand_beside():
    words = [text.get_text() for text in VIEW.plot().texts]
    assert {"by 31 Dec 2026", "by 30 Jun 2027", "Head of halls", "nobody named"} <= set(words)
