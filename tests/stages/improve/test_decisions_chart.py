"""The picture of decisions: its marks."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from cxlens.common.style import BLUE, GREY
from cxlens.stages.improve.decisions_chart import MOST
from tests.stages.improve.drawn import spans, words
from tests.stages.improve.test_decisions import VIEW
from tests.stages.improve.test_outlook_chart import marks


def test_what_is_decided_first_is_blue():
    table = VIEW.table
    first = table["start"] == table["start"].iloc[0]
    found = marks(VIEW.plot())
    assert [value for value, *_ in found] == table["benefit"].tolist()
    assert [colour for *_, colour, _ in found] == [BLUE if is_first else GREY for is_first in first]


def test_lines_are_the_intervals_of_the_forecasts():
    table = VIEW.table
    found = [(span.low, span.high) for span in spans(VIEW.plot())]
    assert found == list(zip(table["benefit_low"], table["benefit_high"], strict=True))


def test_that_some_are_left_out_is_said_where_some_are():
    for n, more in ((MOST, ""), (MOST + 1, f" First {MOST} of {MOST + 1}.")):
        table = pd.concat([VIEW.table] * 7).iloc[:n].reset_index(drop=True)
        said = words(replace(VIEW, table=table).plot().texts)
        assert len([text for text in said if text.endswith(f"Blue: to be decided first.{more}")]) == 1


def test_days_and_names_stand_beside():
    words = [text.get_text() for text in VIEW.plot().texts]
    assert {"by 31 Dec 2026", "by 30 Jun 2027", "Head of halls", "nobody named"} <= set(words)
