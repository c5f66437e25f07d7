"""What the section on journeys says, looked at as blocks."""

from __future__ import annotations

import pandas as pd

import cxlens as cx
from cxlens.publish.blocks import Note
from cxlens.publish.desk import Desk
from cxlens.publish.journeys_section import journeys_section
from cxlens.study.parts import EventsPlan

FELT = "What people feel on their way"


def kinds(blocks):
    return [block.kind for block in blocks]


def abouts(blocks):
    return [block.about for block in blocks if block.kind == "picture"]


def test_small_counts_of_journeys_are_hidden(read):
    way = ["Web", "Desk", "Gate"]
    lost = [{"who": f"lost {k}", "met": met, "nr": nr, "ok": 0} for k in range(3) for nr, met in enumerate(way[:2])]
    ok = [{"who": f"ok {k}", "met": met, "nr": nr, "ok": 1} for k in range(9) for nr, met in enumerate(way)]
    left = [{"who": f"left {k}", "met": "Web", "nr": 0, "ok": 0} for k in range(6)]
    events = EventsPlan(pd.DataFrame(lost + ok + left), customer="who", touchpoint="met", order="nr", outcome="ok")
    blocks = journeys_section(Desk(cx.Study("Ways", events_plan=events)))
    assert kinds(blocks) == ["headline", "picture", "fold", "table", "table", "note"]
    assert blocks[-1] == Note("Missing: fewer than 5 journeys, or hidden to protect people.")
    found = read(blocks)
    assert not any(row[0] in {"Desk", "Web"} for row in found.rows)  # one would follow from the other and the rest
    assert found.row("Gate")[:3] == ["Gate", "9", "0"]
    assert found.row("other (3 routes)")[1] == "18"  # the common way would leave the desk with 3
    assert not any(row[0].startswith("Web >") for row in found.rows)
    head = found.tables["Where journeys end, of those that met the touchpoint"].columns[2]
    assert head == "Ended there without success"


def test_without_an_outcome_journeys_just_end(read):
    rows = [{"who": k, "met": met, "nr": nr} for k in range(9) for nr, met in enumerate(["Web", "Gate"])]
    events = EventsPlan(pd.DataFrame(rows), customer="who", touchpoint="met", order="nr")
    found = read(journeys_section(Desk(cx.Study("Ways", events_plan=events))))
    ends = found.tables["Where journeys end, of those that met the touchpoint"]
    assert ends.columns[2] == "Ended there"
    assert found.row("Gate")[:3] == ["Gate", "9", "9"]


def test_what_people_feel_is_told_where_events_have_scores(read):
    rows = [
        {"who": k, "met": met, "nr": nr, "felt": 1 + (k + nr) % 5} for k in range(20) for nr, met in enumerate("AB")
    ]
    plan = EventsPlan(pd.DataFrame(rows), customer="who", touchpoint="met", order="nr", score="felt")
    blocks = journeys_section(Desk(cx.Study("Ways", events_plan=plan)))
    assert FELT in abouts(blocks)
    without = journeys_section(Desk(cx.Study("Ways", events_plan=EventsPlan(
        pd.DataFrame(rows), customer="who", touchpoint="met", order="nr",
    ))))  # fmt: skip
    assert FELT not in abouts(without)


def test_where_nothing_is_known_to_be_over_it_is_not_told_how_long_a_journey_takes():
    day = pd.Timestamp("2026-01-01")
    rows = [{"who": k, "met": met, "at": day + pd.Timedelta(days=k)} for k in range(9) for met in ("A", "B")]
    plan = EventsPlan(pd.DataFrame(rows), customer="who", touchpoint="met", time="at")
    blocks = journeys_section(Desk(cx.Study("Ways", events_plan=plan)))
    assert "fold" not in kinds(blocks)


def test_a_planned_journey_is_held_against_those_people_took(read):
    rows = [{"who": k, "met": met, "nr": nr} for k in range(20) for nr, met in enumerate(("Web", "Desk", "Gate"))]
    plan = EventsPlan(pd.DataFrame(rows), customer="who", touchpoint="met", order="nr")
    study = cx.Study("Ways", events_plan=plan, planned_journeys=[cx.Journey("Visit", ["Web", "Gate"])])
    blocks = journeys_section(Desk(study))
    (held,) = [block for block in blocks if getattr(block, "about", "") == "Planned: Visit"]
    assert held.result.finding.title == "Visit goes as planned, all steps in order, in 100 %"
    assert held.beside.startswith("100 % [")
