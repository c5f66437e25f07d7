"""The widget of a journey: a segment asks again, filters make pale, and neither invents a gap."""

from __future__ import annotations

import html

import pytest

from cxlens.common import pictures
from cxlens.stages.baseline.journey_lanes import FEELS
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, LOW


@pytest.fixture
def explorer(monkeypatch):
    """The widget with what would be drawn in place of the picture, which has tests of its own."""
    monkeypatch.setattr(pictures, "picture", lambda seen: (b"", f"{seen.shown}: {seen}"))
    return journeys.places().explore(kind="journey", **journeys.results())


def test_it_opens_with_everyone(explorer):
    assert list(explorer.controls) == ["segment", "channel", "owner", "pain"]
    assert explorer.message.value == ""
    assert "None: Below standard" in explorer.picture.value


def test_a_segment_asks_again(explorer):
    before = explorer.result
    explorer.controls["segment"].value = ("who", "new")
    assert explorer.message.value == ""
    assert explorer.result.given.performance.survey.n == 200
    assert explorer.survey.n == 200
    assert not explorer.result.table.equals(before.table)
    felt = explorer.result.table[explorer.result.table["lane"] == FEELS]
    assert felt["mean"].tolist() != before.table[before.table["lane"] == FEELS]["mean"].tolist()


@pytest.mark.parametrize(
    ("control", "value", "shown"),
    [("channel", "site", f"('{LOW}', '{GOOD}')"), ("pain", True, f"('{LOW}',)"), ("owner", "Sales", f"('{LOW}',)")],
)
def test_filters_make_pale_and_change_no_gap(explorer, control, value, shown):
    before = explorer.result
    explorer.controls[control].value = value
    assert explorer.result is before  # nothing is asked anew
    assert shown in html.unescape(explorer.picture.value)
    assert "1 stage has no touchpoint" in explorer.sentence.value


def test_what_leaves_nothing_is_told(explorer):
    explorer.controls["owner"].value = "Care"
    explorer.controls["pain"].value = True
    assert "Not possible: no pain point on the map" in explorer.message.value


def test_without_answers_there_are_no_segments(monkeypatch):
    monkeypatch.setattr(pictures, "picture", lambda seen: (b"", str(seen.shown)))
    bare = journeys.places().explore(kind="journey")
    assert list(bare.controls) == ["channel", "owner", "pain"]
    bare.controls["channel"].value = "site"
    assert bare.message.value == ""
