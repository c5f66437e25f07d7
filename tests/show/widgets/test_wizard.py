"""The form for a study: what it says is what it writes, and what it writes reads back."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.show.widgets.wizard import FORMS, STEPS, study_wizard
from cxlens.study.study import Objective, Persona, ResearchMethod, Target, Unit

FULL = {
    "name": "Hall", "organisation": "Example", "about": "Where do we\nstart?", "simulated": True,
    "objectives": "More regulars | Grow | NPS | 40 | 2027-12-31\n\nShorter queues",
    "targets": "mean | 4 | Desk | Work | 2027-12-31\nsatisfaction | 4.5 | | | | internal users",
    "segments": "Work | purpose = work; trips = 4.. | 300 | 60\nOthers | purpose = play, other; trips = ..3",
    "personas": "Ann | Always late | Work\nBob",
    "units": "Ops | leads", "systems": "Inbox | complaints | poor | Record the touchpoint",
    "touchpoints": "Desk | arrive | hall | Ops | be quick; feel safe | 4\nLounge | wait",
    "methods": "Exit survey | survey | Desk; Lounge | yearly\nLog | event log",
    "data": "answers.csv", "scale": "1 | 5 | 6 | 0", "columns": "Desk | q1\nLounge | q2",
    "outcomes": "recommend | nps\noverall | interval | 1 | 5",
    "roles": "segments | purpose; trips\nweight | w\ntime | year",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    frame = pd.DataFrame(
        {"q1": [4, 5, 6], "q2": [1, 0, 3], "recommend": [9, 10, 3], "overall": [4, 5, 3], "purpose": ["work", "play",
         "other"], "trips": [5, 1, 2], "w": [1.0, 2, 1], "year": [2013, 2014, 2014]}
    )  # fmt: skip
    frame.to_csv(tmp_path / "answers.csv", index=False)
    return tmp_path


def filled(folder, **said):
    wizard = study_wizard(folder / "study.toml")
    for name, value in said.items():
        wizard.controls[name].value = value
    return wizard


def told(wizard) -> str:
    return html.unescape(re.sub("<[^>]*>", "", wizard.message.value))


def test_the_fields_make_a_study(folder):
    study = filled(folder, **FULL).study
    assert (study.name, study.organisation, study.about, study.simulated) == (
        "Hall", "Example", "Where do we\nstart?", True,
    )  # fmt: skip
    assert study.objectives == (
        Objective("More regulars", "Grow", "NPS", 40, "2027-12-31"),
        Objective("Shorter queues"),
    )
    assert study.targets == (
        Target("mean", 4, "Desk", "Work", "2027-12-31"), Target("satisfaction", 4.5, of="internal users"),
    )  # fmt: skip
    assert [(one.name, dict(one.where), one.value, one.cost_to_serve) for one in study.segments] == [
        ("Work", {"purpose": "work", "trips": (4, None)}, 300, 60),
        ("Others", {"purpose": ["play", "other"], "trips": (None, 3)}, None, None),
    ]
    assert study.personas == (Persona("Ann", "Always late", "Work"), Persona("Bob"))
    assert study.units == (Unit("Ops", "leads"),)
    assert study.methods == (
        ResearchMethod("Exit survey", "survey", ("Desk", "Lounge"), "yearly"), ResearchMethod("Log", "event log"),
    )  # fmt: skip
    assert study.map().lifecycle.names == ("arrive", "wait")
    assert str(study.map()["Desk"].standards[0]) == "mean = 4"
    survey = study.survey()
    assert (survey.n, survey.weight, survey.time, survey.segments) == (3, "w", "year", ("purpose", "trips"))
    assert survey.scale == cx.Scale(1, 5, not_used=[6], blank=[0])
    assert survey.outcomes == {"recommend": "nps", "overall": "interval"}


def test_the_button_writes_what_reads_back(folder):
    wizard = filled(folder, **FULL)
    wizard.button.click()
    path = folder / "study.toml"
    assert wizard.message.value == f'<p role="status">Written: {path.resolve()}</p>'
    again = cx.Study.from_toml(path)
    pd.testing.assert_frame_equal(again.table, wizard.study.table)
    assert again.objectives == wizard.study.objectives
    assert again.targets == wizard.study.targets
    assert again.map() == wizard.study.map()
    pd.testing.assert_frame_equal(again.survey().table, wizard.study.survey().table)
    assert sorted(file.name for file in folder.iterdir()) == ["answers.csv", "study.toml", "touchpoints.csv"]


def test_a_file_is_replaced_only_when_told_to(folder):
    wizard = filled(folder, name="One")
    (folder / "touchpoints.csv").write_text("mine", encoding="utf-8")
    wizard.button.click()
    before = (folder / "study.toml").read_bytes()
    wizard.controls["name"].value = "Two"
    wizard.controls["touchpoints"].value = "Desk | arrive"
    wizard.button.click()
    assert 'role="alert"' in wizard.message.value
    assert told(wizard) == (
        "Not possible: there already: study.toml, touchpoints.csv. Tick 'Replace files that are there', or move them."
    )
    assert (folder / "study.toml").read_bytes() == before
    assert (folder / "touchpoints.csv").read_text(encoding="utf-8") == "mine"
    wizard.controls["replace"].value = True
    wizard.button.click()
    assert 'role="status"' in wizard.message.value
    assert cx.Study.from_toml(folder / "study.toml").name == "Two"


def test_the_list_of_what_is_missing_follows(folder):
    wizard = filled(folder)
    assert "Begin with the name of the study." in wizard.missing.value
    wizard.controls["name"].value = "Hall"
    assert "Without an objective nobody" in wizard.missing.value
    wizard.controls["objectives"].value = FULL["objectives"]
    assert "Without an objective nobody" not in wizard.missing.value
    assert "Nothing measures Shorter queues" in wizard.missing.value
    assert wizard.message.value == ""


def test_every_field_is_shown_at_its_step_and_says_what_it_is(folder):
    wizard = filled(folder)
    assert list(wizard.step.options) == list(STEPS)
    seen = []
    for step in STEPS:
        wizard.step.value = step
        shown = list(wizard.children[1].children)
        assert shown == [wizard.controls[name] for name in STEPS[step]]
        seen += shown
    for name, control in wizard.controls.items():
        assert control.description
        assert control.tooltip
        assert control in seen or name == "replace"
    assert wizard.button.description == "Write study.toml"
    for name, (form, example) in FORMS.items():
        assert form in wizard.controls[name].placeholder
        wizard.controls[name].value = example
    wizard.controls["name"].value = "Examples"
    assert told(wizard).startswith("Not possible: data: the file '' is not there. It is looked for from ")


ALONE = {
    "no name": ({"name": " "}, "name: the study has none. Give it one."),
    "no number": (
        {"targets": "mean | 4\nmean | four"},
        "targets, line 2: target must be a number, found 'four'. Write figures only, with a decimal point.",
    ),
    "too little": (
        {"targets": "\nmean"},
        "targets, line 2: 'mean' is not of the form metric* | target* | touchpoint | segment | date | of (* is "
        "needed).",
    ),
    "too much": ({"units": "a | b | c"}, "units, line 1: 'a | b | c' is not of the form name* | role (* is needed)."),
    "no kind": (
        {"methods": "Exit | interviw"},
        "methods, line 1: kind='interviw' is not an option. Did you mean 'interview'? Options: 'survey', 'interview', "
        "'event log', 'mystery visit', 'employee survey', 'workshop'.",
    ),
    "no condition": (
        {"segments": "Work | purpose"},
        "segments, line 1: 'purpose' is no condition. Write column = value, or column = low..high.",
    ),
    "twice": ({"units": "Ops\nOps"}, "unit 'Ops' is there twice. Give each a name of its own."),
    "unknown": (
        {"segments": "Work | a = 1", "personas": "Ann | | Wrok"},
        "persona 'Ann': segment 'Wrok' is not known here. Did you mean 'Work'? Segments: Work.",
    ),
    "scale": ({"scale": "5 | 1", "data": "answers.csv"},
              "scale, line 1: Scale(5, 1) has no room: low has to be below high."),
    "half a scale": ({"outcomes": "overall | interval | 1", "data": "answers.csv"},
                     "outcomes, line 1: a scale has two ends. Give low and high, or neither."),
    "role": (
        {"roles": "wieght | w", "data": "answers.csv"},
        "roles: role 'wieght' is not known here. Did you mean 'weight'? Roles: segments, respondent, weight, cluster, "
        "time, channel.",
    ),
    "column twice": (
        {"columns": "Desk | q1\nDesk | q2", "data": "answers.csv"},
        "columns: touchpoint 'Desk' is there twice. Give it one line.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ALONE)
def test_what_is_not_right_is_said_with_field_and_line(case, folder):
    said, message = ALONE[case]
    wizard = filled(folder, name="Hall", **{key: value for key, value in said.items() if key != "name"})
    wizard.controls["name"].value = said.get("name", "Hall")
    assert told(wizard) == f"Not possible: {message}"
    assert 'role="alert"' in wizard.message.value
    with pytest.raises(CxlensError) as error:
        _ = wizard.study
    assert str(error.value) == message
    wizard.button.click()
    assert told(wizard) == f"Not possible: {message}"
    assert not (folder / "study.toml").exists()


def test_data_that_do_not_fit_are_not_written_about(folder):
    said = {"name": "Hall", "data": "answers.csv", "columns": "Desk | q9", "outcomes": "overall | interval"}
    wizard = filled(folder, **said)
    assert wizard.message.value == ""
    wizard.button.click()
    assert told(wizard).startswith(
        "Not possible: [survey] of study 'Hall' (answers.csv): touchpoint column 'q9' is not"
    )
    wizard.controls["columns"].value = "Desk | q1"
    wizard.controls["segments"].value = "Work | purpose = work"
    wizard.button.click()
    assert "asks for column 'purpose', which is not among the survey's segments" in told(wizard)
    wizard.controls["data"].value = "answer.csv"
    assert told(wizard) == (
        f"Not possible: data: the file 'answer.csv' is not there. It is looked for from {folder.resolve()}."
    )
    assert not (folder / "study.toml").exists()


def test_a_folder_that_is_not_there(tmp_path):
    wizard = study_wizard(tmp_path / "none" / "study.toml")
    wizard.controls["name"].value = "Hall"
    wizard.button.click()
    assert told(wizard).endswith("cannot be written: No such file or directory. Check that its folder is there.")


def test_stages_of_the_general_lifecycle_bring_its_needs(folder):
    wizard = filled(folder, name="Hall", touchpoints="Poster | awareness")
    assert wizard.study.map().lifecycle == cx.Lifecycle.seven_stages()


TEXT = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|;"), min_size=1, max_size=12)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4, unique_by=lambda pair: pair[0]))
def test_whatever_is_typed_reads_back(folder, pairs):
    lines = "\n".join(f"{name} | {more}" for name, more in pairs)
    wizard = filled(folder, name=pairs[0][0], units=lines, personas=lines, objectives=lines, about=lines, replace=True)
    wizard.button.click()
    assert 'role="status"' in wizard.message.value
    again = cx.Study.from_toml(folder / "study.toml")
    assert (again.units, again.personas, again.objectives) == (
        wizard.study.units, wizard.study.personas, wizard.study.objectives,
    )  # fmt: skip
    assert [(one.name, one.role) for one in again.units] == pairs
