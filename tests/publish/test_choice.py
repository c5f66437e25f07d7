"""What a dashboard lets choose, and that what is known of a choice is what the verbs say about those answers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.publish.choice import Choice, Choices, _first_to_fix
from cxlens.publish.desk import Desk

ODD = "<b>Shops</b> & more"


@pytest.fixture(scope="module")
def choices(small_study):
    return Choices(small_study())


@pytest.fixture(scope="module")
def business(airport_choices):
    return airport_choices.of(airport_choices.usual._replace(segment="purpose: business"))


def test_the_usual_choice_shows_the_figures_of_the_report(airport_choices):
    usual = airport_choices.usual
    assert usual == Choice("Everyone", "2025", "recommend", "Security")
    known, desk = airport_choices.of(usual), airport_choices.desk
    assert known.scores is desk.now
    assert known.importance is desk.drivers


def test_a_segment_and_wave_are_those_of_the_verbs(airport_choices, business):
    whole = airport_choices.desk.survey
    answers = whole.where(cx.Segment("those", {"purpose": "business", "wave": 2025}))
    study = airport_choices.desk.study
    pd.testing.assert_frame_equal(business.scores.table, cx.baseline(answers, study.touchpoint_map).table)
    expected = cx.drivers(answers, outcome="recommend")
    pd.testing.assert_frame_equal(business.importance.table, expected.table)


def test_one_wave_of_everyone_is_not_all_waves(choices):
    survey = choices.desk.survey
    places = choices.desk.study.touchpoint_map
    for wave, answers in (("2024", survey.where({"year": 2024})), ("All waves", survey)):
        known = choices.of(choices.usual._replace(wave=wave))
        pd.testing.assert_frame_equal(known.scores.table, cx.baseline(answers, places).table)
        pd.testing.assert_frame_equal(known.importance.table, cx.drivers(answers).table)


def test_another_outcome_is_explained_by_drivers_of_its_own(small_study):
    study = small_study()
    plan = study.survey_plan
    both = {"overall": "interval", "again": "interval"}
    frame = plan.data.assign(again=plan.data["wifi"])
    choices = Choices(replace(study, survey_plan=replace(plan, data=frame, outcome=both)))
    first, second = (choices.of(choices.usual._replace(outcome=outcome)).importance for outcome in both)
    assert first is choices.desk.drivers
    assert second.record.outcome == "again"
    assert second.table.set_index("touchpoint")["importance"].idxmax() == "Wi-Fi"


def test_what_was_asked_is_kept(airport_choices, business):
    again = airport_choices.of(airport_choices.usual._replace(segment="purpose: business", touchpoint="Wi-Fi"))
    assert again is business


def test_time_follows_the_segment_and_not_the_wave(airport_choices, business):
    whole = airport_choices.desk.survey.where(cx.Segment("those", {"purpose": "business"}))
    expected = cx.monitor(whole, metric="Wi-Fi").table
    pd.testing.assert_frame_equal(business.course("Wi-Fi").table, expected)


def test_touchpoints_of_the_map_and_of_the_survey_can_be_chosen(choices):
    names = [name for _, name in choices.offered["touchpoint"]]
    assert names == ["Signs", ODD, "Desk", "Wi-Fi"]
    states = choices.of(choices.usual).states
    assert states.loc["Desk", "state"] == "no data"
    assert states.loc["Wi-Fi", "stage"] == ""
    assert pd.notna(states.loc["Wi-Fi", "mean"])


def test_waves_are_no_segments(choices):
    assert [name for _, name in choices.offered["segment"]] == ["Everyone", "who: leisure", "who: work"]
    assert [name for _, name in choices.offered["wave"]] == ["All waves", "2024", "2025"]


def test_what_the_study_does_not_have_is_refused(choices):
    with pytest.raises(OptionError) as refused:
        choices.checked({"segment": "who: wrok"})
    assert str(refused.value) == (
        "segment 'who: wrok' is not known here. Did you mean 'who: work'? Segments: Everyone, who: leisure, who: work."
    )


def test_a_study_without_a_survey_is_refused(small_study):
    with pytest.raises(ValuesError) as refused:
        Choices(replace(small_study(), survey_plan=None))
    assert str(refused.value) == (
        "this study has no survey, and a dashboard shows its answers. Add [survey] to the study."
    )


def test_without_a_map_the_touchpoint_rated_worst_comes_first(small_study):
    choices = Choices(replace(small_study(), touchpoint_map=None))
    table = choices.desk.now.table
    assert choices.usual.touchpoint == table.loc[table["mean"].idxmin(), "touchpoint"]
    assert choices.of(choices.usual).verdicts == {}


def test_what_is_to_be_fixed_comes_first_else_what_is_rated_worst():
    table = pd.DataFrame({"touchpoint": ["a", "b", "c"], "mean": [4.0, 3.0, 2.0]})
    scores = SimpleNamespace(record=SimpleNamespace(table=table))
    for verdicts, first in (({"a": "keep", "b": "fix", "c": "fix"}, "b"), ({"a": "keep"}, "c")):
        assert _first_to_fix(SimpleNamespace(verdicts=verdicts, scores=scores)) == first


def test_too_few_answers_for_drivers_say_so(small_study):
    choices = Choices(small_study(40, latest=3))
    known = choices.of(choices.usual._replace(wave="2025"))
    assert known.importance is None
    assert known.unexplained


def test_a_desk_is_opened_once(choices):
    assert isinstance(choices.desk, Desk)
    assert choices.of(choices.usual) is choices.of(choices.usual)


def test_nothing_of_a_small_group_follows_from_what_is_shown(small_study):
    study = small_study()
    plan = study.survey_plan
    frame = plan.data.copy()
    frame.loc[:2, "who"] = "crew"  # three people
    choices = Choices(replace(study, survey_plan=replace(plan, data=frame)))
    for wave in ("All waves", "2024", "2025"):
        shown = []
        for segment in ("who: crew", "who: leisure", "who: work"):
            known = choices.of(choices.checked({"segment": segment, "wave": wave}))
            shown.append(known.scores.table["mean"].notna().any())
            if not shown[-1]:
                assert known.importance is None
                assert known.unexplained == "fewer than 5 answers, or hidden to protect people."
                assert known.scores.outcomes["value"].isna().all()
                assert known.course("Signs") is None
        assert sum(shown) < 2  # everyone is shown, too: of two groups the third would follow


def test_nothing_of_a_small_wave_follows_from_what_is_shown(small_study):
    study = small_study()
    plan = study.survey_plan
    frame = plan.data.copy()
    frame.loc[:2, "year"] = 2023  # three people
    choices = Choices(replace(study, survey_plan=replace(plan, data=frame)))
    usual = choices.usual
    told = {wave: choices.of(usual._replace(wave=wave)).scores.table["mean"] for wave in ("2023", "2024", "2025")}
    assert told["2023"].isna().all()
    assert sum(means.notna().any() for means in told.values()) < 2


def test_verdicts_are_those_on_touchpoints(choices):
    assert set(choices.of(choices.usual).verdicts) == {"Signs", ODD, "Desk", "Wi-Fi"}  # and none on a need
