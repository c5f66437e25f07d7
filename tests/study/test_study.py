"""The study: what comes out of it, how it shows itself, and what it refuses."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, CxlensError, FileError, OptionError, ValuesError
from cxlens.study.lifecycle import Lifecycle
from cxlens.study.parts import EventsPlan, Persona, SurveyPlan, Target, Unit
from cxlens.study.segments import Segment
from cxlens.study.study import Study
from cxlens.study.touchpoints import Touchpoint, TouchpointMap


def message(make) -> str:
    with pytest.raises(CxlensError) as error:
        make()
    return str(error.value)


def test_the_nouns_come_out_of_it(folder) -> None:
    study = Study.from_toml(folder / "study.toml")
    survey = study.survey()
    assert (survey.n, survey.touchpoints, survey.outcome) == (4, ("Security", "Wi-Fi"), "recommend")
    assert study.initiatives()["touchpoints"].tolist() == [("Security",)]
    assert study.map().names == ("Security", "Wi-Fi")


def test_journeys_get_every_argument(folder, monkeypatch) -> None:
    journeys = pytest.importorskip("cxlens.study.journeys", reason="journeys are not there")
    monkeypatch.setattr(journeys, "JourneyLog", lambda events, **roles: (events, roles))
    assert Study.from_toml(folder / "study.toml").journeys() == (
        (folder / "events.csv").resolve(),
        {
            "customer": "id", "touchpoint": "place", "time": "at", "order": None, "unknown": (), "ends_at": (),
            "gap": None, "lifecycle": None, "outcome": None, "value": None, "score": None, "segments": (),
        },
    )  # fmt: skip


def test_how_a_study_shows_itself(folder) -> None:
    study = Study.from_toml(folder / "study.toml")
    assert (
        str(study)
        == repr(study)
        == (
            'Study "Airport" for Example Airport, simulated data: 2 objectives, 1 persona, 1 unit, 1 system, 1 method, '
            "1 target, 2 segments, 2 changes, survey, map, initiatives, roadmap, events, purchases, promises."
        )
    )
    assert study.table.to_dict("list") == {
        "part": [
            "objectives", "personas", "units", "systems", "methods", "targets", "segments", "changes", "survey", "map",
            "initiatives", "roadmap", "events", "purchases", "promises",
        ],
        "entries": [
            "2: More recommendation, Shorter queues", "1: Frequent flyer", "1: Operations", "1: Survey tool",
            "1: Exit survey", "1: mean", "2: Business, Others", "2: Faster Wi-Fi, Shorter queues",
            "2 touchpoints; outcome recommend (nps), overall (interval); file answers.csv", "2: Security, Wi-Fi",
            "file initiatives.csv",
            "2 periods; budget 250, 300.5; capacity of 2 teams; kept with a probability of 0.9", "file events.csv",
            "file events.csv", "file initiatives.csv",
        ],
    }  # fmt: skip
    assert "&quot;Airport&quot;" in study._repr_html_()
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.name = "other"  # type: ignore[misc]


def test_a_study_has_one_currency(tmp_path) -> None:
    row = {"name": "Queue", "touchpoints": "Security", "lift": 0.2, "effort": 4, "cost": 5}
    places = TouchpointMap([Touchpoint("Security", stage="go")], Lifecycle(["go"]))
    study = Study("Airport", currency="usd", initiatives_data=pd.DataFrame([row]), touchpoint_map=places)
    assert study.currency == "USD"
    assert study.initiatives()["currency"].tolist() == ["USD"]
    study.to_toml(tmp_path / "study.toml")
    assert 'currency = "USD"' in (tmp_path / "study.toml").read_text(encoding="utf-8")
    assert Study.from_toml(tmp_path / "study.toml").currency == "USD"
    with pytest.raises(ValuesError) as error:
        Study("Airport", currency="money")
    assert str(error.value) == "study 'Airport': currency is 'money'. Write its code or sign, such as EUR or $."


def test_a_fault_in_the_data_is_told_with_its_place() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2]})
    plan, events = SurveyPlan(frame, touchpoints=["a"], outcome="c"), EventsPlan("e.csv", customer="a", touchpoint="b")
    study = Study("Airport", survey_plan=plan, events_plan=events, initiatives_data="i.csv")
    with pytest.raises(ColumnError) as error:
        study.survey()
    assert str(error.value) == ("[survey] of study 'Airport': outcome column 'c' is not in the data. Columns: a, b.")
    with pytest.raises(FileError) as fault:
        study.initiatives()
    assert str(fault.value) == "[initiatives] of study 'Airport' (i.csv): i.csv is not there. Check the path."
    assert message(study.journeys) == (
        "[events] of study 'Airport' (e.csv): a journey log needs to know what came first. Give time, a column of "
        "dates and times, or order, a column of numbers."
    )


def test_names_are_free_where_nothing_says_which_there_are() -> None:
    study = Study("a", personas=[Persona("Ann", segment="Work")], targets=[Target("waiting time", 10, segment="Work")])
    assert study.targets[0].segment == study.personas[0].segment == "Work"


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (
            "survey",
            "this study has no survey. Add [survey] to its TOML file, or Study(..., survey_plan=SurveyPlan(...)).",
        ),
        (
            "map",
            'this study has no touchpoint map. Add [map] with touchpoints = "touchpoints.csv", a table with stage and '
            "touchpoint, to its TOML file, or Study(..., touchpoint_map=TouchpointMap(...)).",
        ),
        (
            "initiatives",
            "this study has no initiatives. Add [initiatives] to its TOML file, or Study(..., initiatives_data=...).",
        ),
        (
            "journeys",
            "this study has no events. Add [events] to its TOML file, or Study(..., events_plan=EventsPlan(...)).",
        ),
    ],
)
def test_asking_for_what_is_not_there(ask, expected) -> None:
    assert message(getattr(Study("empty"), ask)) == expected


def test_initiatives_need_touchpoints_to_be_checked_against() -> None:
    assert message(Study("a", initiatives_data="i.csv").initiatives) == (
        "this study has no touchpoints to check the initiatives against. Add [map] or [survey] to its TOML file, or "
        "Study(..., touchpoint_map=...)."
    )


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: Study("a", units=[Unit("Ops"), Unit("Ops")]),
            "unit 'Ops' is there twice. Give each a name of its own.",
        ),
        (
            lambda: Study("a", personas=[Persona("Ann", segment="Wrok")], segments=[Segment("Work", {"a": 1})]),
            "persona 'Ann': segment 'Wrok' is not known here. Did you mean 'Work'? Segments: Work.",
        ),
        (
            lambda: Study("a", targets=[Target("mean", 4, segment="Play")], segments=[Segment("Work", {"a": 1})]),
            "target 'mean': segment 'Play' is not known here. Segments: Work.",
        ),
        (
            lambda: Study(
                "a", targets=[Target("nsp", 4)], survey_plan=SurveyPlan("a.csv", touchpoints=["a"], outcome="b")
            ),
            "target: metric 'nsp' is not known here. Did you mean 'NPS'? Metrics: mean, top_box, NPS, b.",
        ),
    ],
)
def test_what_is_refused(make, expected) -> None:
    with pytest.raises(OptionError) as error:
        make()
    assert str(error.value) == expected


def test_planned_journeys_go_to_a_file_and_back(tmp_path) -> None:
    plan = cx.Journey("Departure", ["Security", "Wi-Fi", "Security"])
    study = cx.Study("Airport", planned_journeys=[plan])
    study.to_toml(tmp_path / "study.toml")
    assert "[[planned_journeys]]" in (tmp_path / "study.toml").read_text(encoding="utf-8")
    (again,) = cx.Study.from_toml(tmp_path / "study.toml").planned_journeys
    assert (again.name, again.touchpoints) == ("Departure", ("Security", "Wi-Fi", "Security"))
    assert str(study) == 'Study "Airport": 1 planned journey.'


def test_a_planned_journey_names_touchpoints_of_the_map() -> None:
    touchpoints = [cx.Touchpoint(name, stage="satisfaction") for name in ("Security", "Wi-Fi")]
    places = cx.TouchpointMap(touchpoints, cx.Lifecycle.seven_stages())
    with pytest.raises(CxlensError) as error:
        cx.Study("Airport", touchpoint_map=places, planned_journeys=[cx.Journey("Departure", ["Securty", "Wi-Fi"])])
    assert str(error.value) == (
        "planned journey 'Departure': touchpoint 'Securty' is not known here. Did you mean 'Security'? "
        "Touchpoints: Security, Wi-Fi."
    )
