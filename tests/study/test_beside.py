"""Parts of a survey that are shown beside the whole: what the whole hides of them, they hide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.publish.desk import Desk
from cxlens.publish.journey_map import collected
from cxlens.publish.sections import standing_of
from cxlens.study.beside import part_of
from cxlens.study.parts import Persona, SurveyPlan, Target

GROUPS = {"a": 40, "b": 30, "c": 3}


def answers(groups=GROUPS, waves=(2024, 2025)):
    """A survey whose smallest group has so few answers; each group in each wave."""
    rng = np.random.default_rng(2)
    group = np.repeat(list(groups), list(groups.values()))
    frame = pd.DataFrame({"web": rng.integers(1, 6, len(group)), "call": rng.integers(1, 6, len(group)), "who": group})
    frame["y"] = frame["web"] + rng.normal(size=len(group))
    frame["year"] = np.resize(waves, len(group))
    return cx.Survey(frame, touchpoints=["web", "call"], outcome="y", segments=["who"], time="year")


SURVEY = answers()


def shown(survey, by=None):
    """Which means are shown of a touchpoint."""
    return cx.baseline(survey, by=by).table.query("touchpoint == 'web'")["mean"].notna().tolist()


def test_a_group_is_shown_where_the_table_of_all_shows_it():
    of_all = cx.baseline(SURVEY, by="who").table.query("touchpoint == 'web'").set_index("segment")["mean"]
    for name in GROUPS:
        assert shown(part_of(SURVEY, {"who": name})) == [pd.notna(of_all[name])]
    assert of_all.notna().sum() == 1  # the smallest, and one more that keeps it from being worked out
    assert [shown(SURVEY.where({"who": name})) for name in "ab"] == [[True], [True]]  # each by itself alone


def test_waves_of_a_group_are_those_of_the_table_of_all_by_both():
    few = answers({"a": 60, "b": 9, "c": 50})  # of b, 4 and 5 in a wave
    of_all = cx.baseline(few, by=["who", "year"]).table.query("touchpoint == 'web'")
    names = [name for name in ("who", "year", "segment", "wave") if name in of_all]
    told = {tuple(map(str, row[:-1])): bool(pd.notna(row[-1])) for row in of_all[[*names, "mean"]].to_numpy()}
    for (*key, _), _ in zip(of_all[[*names, "mean"]].to_numpy().tolist(), range(99), strict=False):
        part = part_of(part_of(few, {"who": key[0]}), {"year": int(key[1])})
        assert shown(part) == [told[tuple(map(str, key))]]


@pytest.mark.parametrize("as_day", [pd.Timestamp, lambda day: pd.Timestamp(day).date()], ids=["moment", "day"])
def test_a_wave_that_is_a_day_is_guarded_as_one_that_is_a_word(as_day):
    few = answers({"a": 60, "b": 9, "c": 50}, waves=["2024-01-01", "2025-01-01"])  # of b, 4 and 5 in a wave
    frame = few.source.rows.labels.assign(web=3, y=np.resize([2, 3, 5], few.n))
    frame["year"] = [as_day(day) for day in frame["year"]]
    survey = cx.Survey(frame, touchpoints=["web"], outcome="y", segments=["who"], time="year")
    wave = as_day("2025-01-01")
    part = part_of(part_of(survey, {"who": "b"}), {"year": wave})
    assert part.beside is not None
    assert part.beside.values == {"who": "b", "year": "2025-01-01"}
    of_all = cx.baseline(survey, by=["who", "year"]).table["mean"].notna()
    assert not of_all.all()
    assert shown(part_of(part_of(survey, {"year": wave}), {"who": "b"})) == shown(part) == [False]


def test_a_part_asks_about_fewer_touchpoints_and_hides_the_same():
    hidden = part_of(SURVEY, {"who": "c"}).only(["call"])
    assert cx.baseline(hidden).table["mean"].isna().all()
    assert cx.baseline(hidden).outcomes["value"].isna().all()


def test_a_part_of_a_part_is_shown_beside_the_whole():
    beside = part_of(part_of(SURVEY, {"who": "a"}), {"year": 2025}).beside
    assert beside.whole is SURVEY
    assert beside.values == {"who": "a", "year": "2025"}


def test_what_one_question_hides_another_need_not():
    group = np.repeat(["a", "b", "c"], 30)
    frame = pd.DataFrame({"web": 3.0, "call": 4, "y": np.resize([2, 3, 5], 90), "who": group})
    frame.loc[63:, "web"] = np.nan  # 3 answers of c
    survey = cx.Survey(frame, touchpoints=["web", "call"], outcome="y", segments=["who"])
    of_all = cx.baseline(survey, by="who").table
    for name in "abc":
        told = cx.baseline(part_of(survey, {"who": name})).table["mean"].notna()
        assert told.tolist() == of_all[of_all["segment"] == name]["mean"].notna().tolist()
    assert of_all["mean"].notna().sum() == 1 + 3


def test_a_part_hides_by_the_least_number_that_is_asked_for():
    survey = answers({"a": 40, "b": 30, "c": 8}, waves=[2025])
    of_all = cx.baseline(survey, by="who", min_n=10).table.query("touchpoint == 'web'").set_index("segment")["mean"]
    for name in "abc":
        part = cx.baseline(part_of(survey, {"who": name}), min_n=10).table
        assert pd.notna(part["mean"][0]) == pd.notna(of_all[name])
    assert of_all.notna().sum() == 1


@pytest.mark.parametrize("name", GROUPS)
def test_no_sentence_tells_how_many_are_hidden(name):
    found = cx.baseline(part_of(SURVEY, {"who": name}))
    if found.table["mean"].isna().all():
        assert str(found).startswith("No touchpoint is told: fewer than 5 answers, or hidden to protect people.")


def test_the_input_is_not_changed():
    part_of(SURVEY, {"who": "c"})
    assert SURVEY.beside is None


def test_a_segment_of_several_values_is_guarded_by_itself_alone():
    part = part_of(SURVEY, cx.Segment("most", {"who": ["a", "b"]}))
    assert part.beside is None
    assert shown(part) == [True]
    assert part_of(SURVEY, {"who": ["a", "b"], "year": 2025}).beside is None


def test_neither_targets_nor_personas_tell_what_the_table_of_all_hides():
    group = np.repeat(list(GROUPS), list(GROUPS.values()))
    frame = pd.DataFrame(
        {"web": np.resize([2, 3, 5], len(group)), "y": np.resize([2, 3, 4, 5], len(group)), "who": group}
    )
    segments = [cx.Segment(name, {"who": name}) for name in GROUPS]
    stages = cx.Lifecycle(["use"])
    study = cx.Study(
        "Small",
        survey_plan=SurveyPlan(frame, touchpoints={"web": "web"}, outcome={"y": "interval"}, segments=("who",)),
        touchpoint_map=cx.TouchpointMap([cx.Touchpoint("web", stage="use")], stages),
        segments=segments,
        personas=[Persona(f"P {name}", segment=name) for name in GROUPS],
        targets=[Target("y", 4, segment=name) for name in GROUPS],
    )
    desk = Desk(study)
    of_targets = [standing_of(desk, target)[1] != "not known" for target in study.targets]
    of_personas = [bool(person.told) for person in collected(study)[0].personas]
    assert sum(of_targets) == sum(of_personas) == 1
