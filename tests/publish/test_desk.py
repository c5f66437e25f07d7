"""The desk: which answers figures rest on, and that each question is asked once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.publish.desk import Desk
from cxlens.publish.improve_sections import improve_section
from cxlens.publish.report import page_of
from cxlens.publish.sections import drivers_section
from cxlens.publish.words import told_beside, without_link
from cxlens.study.parts import SurveyPlan, Target


def each_once(questions):
    return len(questions) == len(set(questions))


def test_a_report_draws_one_matrix_for_each_question_to_the_drivers(airport):
    desk, _, asked = airport
    assert each_once(asked.drivers)
    assert [by for *_, by in asked.drivers] == [None, "purpose"]
    assert len(asked.matrices) == 2
    assert asked.matrices[0] == (desk.drivers.n, desk.drivers.n_boot)


def test_a_report_makes_each_table_once(airport):
    desk, _, asked = airport
    assert each_once(asked.baselines)
    # The latest wave, all waves together, wave by wave, by purpose; then the segments that targets name.
    named = {target.segment for target in desk.study.targets if target.segment}
    assert len(asked.baselines) == 4 + len(named)


def test_a_segment_that_two_targets_name_is_looked_at_once(small_study, questions):
    targets = [
        Target("mean", 3.0, touchpoint="Signs", segment="Work"),
        Target("top_box", 0.5, touchpoint="Wi-Fi", segment="Work"),
    ]
    desk = Desk(small_study(targets=targets, segments=[cx.Segment("Work", {"who": "work"})]))
    page_of(desk)
    assert each_once(questions.baselines)
    assert each_once(questions.drivers)
    assert len(questions.matrices) == len(questions.drivers) == 2


def test_one_wave_needs_one_baseline_beside_that_by_segment(small_study, questions):
    page_of(Desk(small_study(waves=(2025,))))
    assert [by for *_, by in questions.baselines] == [None, "who"]


def test_initiatives_by_segment_share_the_drivers_of_their_column(small_study, initiatives, questions):
    plan = initiatives(("New signs", "Signs")).assign(segments="work")
    desk = Desk(small_study(1200, initiatives_data=plan))
    improve_section(desk)
    drivers_section(desk)
    assert [by for *_, by in questions.drivers] == ["who", None]
    assert len(questions.matrices) == 2
    assert desk.wins.drivers is desk.drivers_by("who", ["work", "leisure"])


def test_places_of_the_last_wave_are_judged_by_the_whole_survey(chain):
    desk = Desk(chain(n=2500))
    assert desk.now.survey is not desk.survey
    whole = cx.compare_places(desk.survey, "hotel", metric=list(desk.places.metrics), wave=2025)
    pd.testing.assert_frame_equal(desk.places.table, whole.table)
    assert desk.places.record.wave == 2025


def test_initiatives_at_places_have_a_forecast_where_places_are_compared(chain, small_study, initiatives):
    plan = initiatives(("New walls", "Room"), ("New desk", "Desk")).assign(
        places=["below mean", ""], cost_per_place=[50, None]
    )
    wins = Desk(chain(initiatives_data=plan)).wins
    assert wins.table.set_index("initiative")["places"].gt(0).to_dict() == {"New walls": True, "New desk": False}
    elsewhere = initiatives(("New signs", "Signs"), ("More shops", "Wi-Fi")).assign(places=["all", ""])
    assert Desk(small_study(initiatives_data=elsewhere)).wins.table["initiative"].tolist() == ["More shops"]


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        ("Hotel 3; Hotl 4", "place 'Hotl 4' is not known here. Did you mean 'Hotel 4'? Places: all, below mean, "
         "Hotel 1, Hotel 10, Hotel 2, Hotel 3, Hotel 4, Hotel 5, Hotel 6, Hotel 7, Hotel 8, Hotel 9."),
        ("Hotel 1, Hotel 2", "places is 'Hotel 1, Hotel 2'. Lists are joined by semicolons: 'Hotel 1; Hotel 2'."),
    ],
)  # fmt: skip
def test_an_unknown_place_is_refused_before_any_work(chain, tmp_path, places, fault):
    file = tmp_path / "plan.csv"
    file.write_text(f'name,touchpoints,lift,effort,places\nDesk,Desk,0.2,3,all\nWalls,Room,0.2,3,"{places}"\n')
    study = chain(initiatives_data=file)
    said = f"[initiatives] of study 'Chain' (plan.csv): {file}, line 3: initiative 'Walls': {fault}"
    for read in (study.initiatives, lambda: Desk(study), lambda: cx.report(study, tmp_path / "report.html")):
        with pytest.raises(cx.CxlensError) as error:
            read()
        assert str(error.value) == said
    assert not (tmp_path / "report.html").exists()


def test_a_place_without_answers_in_the_last_wave_leaves_the_others_their_forecasts(chain, initiatives):
    study = chain(n=2500)
    frame = study.survey_plan.data
    is_gone = (frame["hotel"] == "Hotel 3") & (frame["year"] == 2025)
    old = frame.assign(hotel=frame["hotel"].mask(is_gone, "Hotel 4"))
    plan = initiatives(("New walls", "Room"), ("New desk", "Desk")).assign(places=["Hotel 3", "all"])
    desk = Desk(replace(study, survey_plan=replace(study.survey_plan, data=old), initiatives_data=plan))
    assert desk.wins.table["initiative"].tolist() == ["New desk"]


def test_a_group_that_is_left_out_makes_another_question(small_study, questions):
    desk = Desk(small_study())
    some = desk.drivers_by("who", ["work"])
    assert some.segments == ("work",)
    assert some is not desk.drivers_by("who")
    assert desk.drivers_by("who") is desk.drivers_by("who")
    assert len(questions.matrices) == 2


def test_drivers_use_all_touchpoints_that_anybody_rated():
    names = [f"t{k:02}" for k in range(17)]
    frame = pd.DataFrame(np.arange(170).reshape(10, 17) % 5 + 1.0, columns=names).assign(overall=3)
    frame.loc[:4, "t03"] = np.nan
    study = cx.Study("Many", survey_plan=SurveyPlan(frame, touchpoints=names, outcome="overall"))
    desk = Desk(study)
    assert desk.rated is desk.now.survey
    assert desk.rated.touchpoints == tuple(names)
    assert desk.basis(10) == "All answers: n = 10."
    frame["t01"] = np.nan
    desk = Desk(cx.Study("Many", survey_plan=SurveyPlan(frame, touchpoints=names, outcome="overall")))
    assert desk.rated.touchpoints == ("t00", *names[2:])
    assert desk.basis(10) == "All answers: n = 10. Rated by nobody: t01."


def wide_study(touchpoints: int) -> cx.Study:
    """A study of many touchpoints, some of them with standards that they miss."""
    rng = np.random.default_rng(7)
    names = [f"t{k:02}" for k in range(touchpoints)]
    scores = np.clip(np.round(3.6 + 0.6 * rng.normal(size=(600, 1)) + 0.9 * rng.normal(size=(600, touchpoints))), 1, 5)
    outcome = scores[:, :6] @ np.array([0.5, 0.4, 0.3, 0.2, 0.2, 0.1]) + rng.normal(size=600)
    frame = pd.DataFrame(scores, columns=names).assign(overall=outcome)
    places = [cx.Touchpoint(name, stage="Way", standards=[cx.Standard("mean", 3.8)]) for name in names]
    return cx.Study(
        "Wide",
        survey_plan=SurveyPlan(frame, touchpoints=names, outcome="overall", scale=cx.Scale(1, 5)),
        touchpoint_map=cx.TouchpointMap(places, cx.Lifecycle([cx.Stage("Way", ["go"])])),
        initiatives_data=pd.DataFrame({
            "name": ["Train", "Sign"], "touchpoints": ["t00", "t16"], "lift_low": 0.1, "lift_likely": 0.2,
            "lift_high": 0.4, "effort_low": 2, "effort_likely": [3, 4], "effort_high": 9, "owner": "Operations",
        }),
    )  # fmt: skip


def test_figures_of_the_report_are_those_of_the_verbs(read):
    study = wide_study(26)
    desk = Desk(study)
    survey, initiatives, places = study.survey(), study.initiatives(), study.touchpoint_map
    found = cx.drivers(survey)
    pd.testing.assert_frame_equal(desk.drivers.table, found.table, check_exact=True)
    assert len(desk.drivers.table) == 26
    verdicts = cx.baseline(survey, places).verdicts(found)
    pd.testing.assert_frame_equal(desk.now.verdicts(desk.drivers).table, verdicts.table, check_exact=True)
    wins = cx.quick_wins(found, initiatives, touchpoint_map=places)
    pd.testing.assert_frame_equal(desk.wins.table, wins.table, check_exact=True)
    text = read(drivers_section(desk)).text
    assert told_beside(found, with_more=False) in text
    assert all(more in text for more in found.finding.more)
    assert without_link(found.note) in text
    assert "Importance by relative weights: 26 touchpoints" in text


def test_importance_of_fewer_touchpoints_is_that_of_drivers(read):
    desk = Desk(wide_study(17))
    found = cx.drivers(desk.study.survey())
    pd.testing.assert_frame_equal(desk.drivers.table, found.table, check_exact=True)
    assert len(desk.drivers.table) == 17
    assert "Importance by relative weights" not in read(drivers_section(desk)).text


@pytest.mark.parametrize(
    ("n", "latest", "period"),
    [
        (1100, 500, "2025 only"),
        (1100, 499, "all answers"),
    ],
)
def test_the_latest_wave_stands_alone_from_500_answers(small_study, n, latest, period):
    desk = Desk(small_study(n, latest=latest))
    assert desk.period == period
    assert (desk.now is desk.whole) is (period == "all answers")


def test_the_outcome_is_the_first_with_answers_in_the_rows_used(small_study):
    study = small_study(1200, latest=600)
    frame = study.survey_plan.data.copy()
    frame["nps"] = np.where(frame["year"] == 2024, np.arange(len(frame)) % 11, np.nan)
    plan = replace(study.survey_plan, data=frame, outcome={"nps": "nps", "overall": "interval"})
    found = Desk(replace(study, survey_plan=plan)).drivers
    assert (found.outcome, found.n) == ("overall", 600)


def test_an_nps_that_was_asked_goes_first(small_study):
    study = small_study(1200, latest=600)
    frame = study.survey_plan.data.copy()
    frame["nps"] = np.arange(len(frame)) % 11
    plan = replace(study.survey_plan, data=frame, outcome={"overall": "interval", "nps": "nps"})
    assert Desk(replace(study, survey_plan=plan)).drivers.outcome == "nps"


def test_a_segment_whose_column_is_not_there_is_refused(small_study):
    with pytest.raises(CxlensError) as error:
        Desk(small_study(segments=[cx.Segment("Work", {"wo": "work"})]))
    assert str(error.value) == (
        "segment 'Work' asks for column 'wo', which is not among the survey's segments. Did you mean 'who'? "
        "Segments: who, year. Name the column in Survey(..., segments=[...])."
    )


def test_a_study_without_parts_has_none():
    desk = Desk(cx.Study("Empty"))
    assert [desk.has(part) for part in ("survey", "initiatives", "frame", "events")] == [False] * 4
