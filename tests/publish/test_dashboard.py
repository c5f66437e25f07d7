"""The dashboard: one choice for all panels, only what depends on it is drawn anew, and every text is escaped."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import cxlens as cx
from cxlens.errors import CxlensError, OptionError
from cxlens.publish import dashboard as dashboard_module
from cxlens.publish.dashboard import PANELS, Dashboard

ODD = "<b>Shops</b> & more"


@pytest.fixture(scope="module")
def page(airport_choices):
    return Dashboard(airport_choices, airport_choices.usual)


@pytest.fixture
def small(small_study):
    return cx.dashboard(small_study())


def html_of(page):
    return {name: getattr(page, name) for name in PANELS}


def test_every_panel_is_there(page):
    assert all(html_of(page).values())


def test_what_is_printed_says_what_is_shown(page):
    assert repr(page) == (
        "Dashboard of 'Airport touchpoints'. 6 of 12 touchpoints are clearly below their standard. Shown: Everyone, "
        "2025, recommend, Security."
    )


def test_a_view_is_opened_by_its_words(small_study):
    page = cx.dashboard(small_study(), segment="who: work", wave="2024", touchpoint="Wi-Fi")
    assert page.params == {"segment": "who: work", "wave": "2024", "outcome": "overall", "touchpoint": "Wi-Fi"}
    assert page.query == "segment=who%3A+work&wave=2024&outcome=overall&touchpoint=Wi-Fi"
    given = "segment='who: work', wave='2024', outcome='overall', touchpoint='Wi-Fi'"
    assert page.call == f"cx.dashboard(study, {given})"


def test_a_touchpoint_changes_its_card_and_its_course_alone(small):
    before = html_of(small)
    small.choose(touchpoint="Wi-Fi")
    changed = {name for name, html in html_of(small).items() if html != before[name]}
    assert changed == {"card", "course"}


def test_a_segment_changes_what_is_told_of_answers(small):
    before = html_of(small)
    small.choose(segment="who: work")
    changed = {name for name, html in html_of(small).items() if html != before[name]}
    assert {"head", "map", "card", "scorecard", "drivers", "course"} <= changed
    assert not changed & {"plan", "impact", "journeys"}


TURNS = [
    {"wave": "2024"},
    {"outcome": "wifi"},
    {"segment": "who: work"},
    {"touchpoint": ODD},
]


def test_a_view_turned_to_is_the_view_that_is_opened(small_study):
    study = small_study()
    plan = study.survey_plan
    is_late = plan.data["year"] == 2025
    ends = np.where(plan.data["who"] == "work", 5, 1)  # one segment rises, the other falls: alerts differ
    asked = {
        "data": plan.data.assign(signs=plan.data["signs"].mask(is_late, ends)),
        "touchpoints": dict(list(plan.touchpoints.items())[:2]),
        "outcome": {**plan.outcome, "wifi": "interval"},
    }
    page = cx.dashboard(replace(study, survey_plan=replace(plan, **asked)))
    for number, turn in enumerate(TURNS, 1):
        page.choose(**turn)
        opened = Dashboard(page._choices, page._shown)
        assert html_of(page) == html_of(opened), turn
        assert (page.query, page.call, page.marked) == (opened.query, opened.call, opened.marked)
        assert page.answered == 1 + number  # by which the browser knows that an answer is there
    assert page.params == {part: value for turn in TURNS for part, value in turn.items()}


def test_what_the_browser_chooses_is_answered(small):
    small.choice = {**small.params, "touchpoint": "Wi-Fi"}
    assert small.params["touchpoint"] == "Wi-Fi"
    assert "Wi-Fi" in small.card
    assert small.message == ""


def test_what_cannot_be_is_said_and_the_view_stays(small):
    before = small.params
    small.choice = {**small.params, "wave": "1999"}
    assert small.message == "Not possible: wave '1999' is not known here. Waves: All waves, 2024, 2025."
    assert small.params == before
    assert dict(small.choice) == before
    small.choice = {**small.params, "wave": "2024"}
    assert small.message == ""


def test_marked_are_the_touchpoint_and_its_initiatives(page):
    assert page.marked[0] == "Security"
    assert "Second security queue at peak hours" in page.marked


def test_names_are_escaped(small):
    small.choose(touchpoint=ODD)
    for name, html in html_of(small).items():
        assert "<b>Shops" not in html, name
    assert "&lt;b&gt;Shops&lt;/b&gt; &amp; more" in small.card


def test_nothing_is_loaded_from_anywhere(page):
    for html in html_of(page).values():
        assert not re.search(r'(src|href)="http', html)


def test_what_is_saved_shows_all_panels_as_pictures_with_words(page):
    still = page.still()
    assert still.count('<section class="cx-panel') == len(PANELS) - 2
    images = re.findall(r'<img alt="([^"]+)"', still)
    assert any(alt.startswith("Scorecard of touchpoints. Security") for alt in images)
    assert "<figure><svg" not in still
    assert "<button" not in still
    assert "aria-pressed" not in still
    assert "<style>" in still
    assert page.alerts in still
    assert still.index('<p class="cx-simulated">Simulated data</p>') < still.index(page.head)
    drawings = [b64decode(code).decode() for code in re.findall(r"svg\+xml;base64,([^\"]+)", still)]
    for drawing in drawings:
        width, units = re.search(r' width="([0-9.]+)" .*viewBox="0 0 ([0-9.]+) ', drawing).groups()
        assert float(width) == pytest.approx(1.6 * float(units))  # so that its small letters are 12 pixels high
    assert len(drawings) == len(images) > 1
    assert page.said() == "6 of 12 touchpoints are clearly below their standard"
    assert page.turned() == f"This view: <code>{page.call.replace(chr(39), '&#x27;')}</code>."


def test_what_is_saved_follows_the_choice_and_escapes_names_once(small):
    kept = []
    small._pictures = (("mark", SimpleNamespace(update=lambda shown, **_: kept.append(shown["text/html"]))),)
    small.choose(touchpoint=ODD)
    (saved,) = kept
    assert "cx.dashboard(study, segment=&#x27;Everyone&#x27;" in saved
    assert "&lt;b&gt;Shops&lt;/b&gt; &amp; more" in saved
    assert "&amp;lt;b" not in saved
    assert 'cx-simulated">' not in saved


def test_a_panel_that_cannot_be_prepared_stops_no_others(small, monkeypatch):
    def refuses(*_):
        raise CxlensError("too few")

    later = []
    monkeypatch.setattr(small, "_asked", 0.0)
    monkeypatch.setattr(small, "_panel", refuses)
    monkeypatch.setattr(small, "_prepare_later", later.append)
    small._prepare()
    assert later == [dashboard_module.BETWEEN]


def test_what_is_no_study_is_refused():
    with pytest.raises(OptionError) as refused:
        cx.dashboard("study.toml")
    assert str(refused.value) == (
        'dashboard works on a Study, not on a str. Make one: cx.Study.from_toml("study.toml").'
    )


def test_other_segments_are_prepared_while_nobody_asks(small, monkeypatch):
    choices = small._choices
    monkeypatch.setattr(dashboard_module, "IDLE", 0.01)
    monkeypatch.setattr(dashboard_module, "BETWEEN", 0.0)

    async def opened():
        page = Dashboard(choices, choices.usual)
        at_once = {key[1] for key in page._drawn if key[0] == "scorecard"}
        for _ in range(500):
            await asyncio.sleep(0.01)
            if len({key[1] for key in page._drawn if key[0] == "scorecard"}) == len(page.offered["segment"]):
                break
        return page, at_once

    page, at_once = asyncio.run(opened())
    assert at_once == {"Everyone"}
    segments = [name for _, name in page.offered["segment"]]
    for name, (_, parts) in PANELS.items():
        if "segment" in parts:
            assert {key[1] for key in page._drawn if key[0] == name} >= set(segments[:-1])
    assert page.params["segment"] == "Everyone"


def test_a_question_is_answered_before_more_is_prepared(small, monkeypatch):
    page = small
    drawn = len(page._drawn)
    later = []
    monkeypatch.setattr(page, "_prepare_later", later.append)
    page.choose(touchpoint="Wi-Fi")
    asked = len(page._drawn)
    page._prepare()
    assert asked > drawn
    assert len(page._drawn) == asked
    assert 0 < later[0] <= dashboard_module.IDLE


def test_nothing_is_prepared_of_answers_that_are_read_from_a_file(small, monkeypatch):
    later = []
    monkeypatch.setattr(Dashboard, "_prepare_later", lambda _, seconds: later.append(seconds))
    choices = small._choices
    for held, expected in ((True, [dashboard_module.IDLE]), (False, [])):
        monkeypatch.setattr(type(choices.desk), "in_memory", held)
        Dashboard(choices, choices.usual)
        assert later == expected
        later.clear()
