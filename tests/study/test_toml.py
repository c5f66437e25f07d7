"""The TOML of a study, both ways, and what is said of a file that is not right."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.errors import CxlensError, FileError
from cxlens.study.changes import Change
from cxlens.study.lifecycle import Lifecycle, Need, Stage
from cxlens.study.parts import (
    DataSystem,
    EventsPlan,
    Objective,
    Persona,
    ResearchMethod,
    SurveyPlan,
    Target,
    Unit,
)
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.scale import Scale
from cxlens.study.segments import Segment
from cxlens.study.study import Study
from cxlens.study.touchpoints import Standard, Touchpoint, TouchpointMap

FULL = Path(__file__).with_name("full_study.toml").read_text(encoding="utf-8")
KEYS = (
    "data, touchpoints, outcomes, scale, outcome_scales, segments, respondent, unknown, weight, count, cluster, time, "
    "period, channel, comments, emotion, names, labels, positive, place, reading"
)
TABLES = (
    "study, objectives, personas, units, systems, methods, targets, survey, map, segments, initiatives, roadmap, "
    "events, planned_journeys, competitors, employees, comments, purchases, promises, changes"
)


def facts(thing):
    """Anything in a study as plain values that can be compared."""
    if isinstance(thing, pd.DataFrame):
        return thing.to_dict("list")
    if isinstance(thing, Segment):
        return (thing.name, dict(thing.where), thing.value, thing.cost_to_serve)
    if isinstance(thing, Mapping):
        return {name: facts(value) for name, value in thing.items()}
    if isinstance(thing, (tuple, list)):
        return [facts(item) for item in thing]
    if dataclasses.is_dataclass(thing):
        return {field.name: facts(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
    return thing


def message(make) -> str:
    with pytest.raises(CxlensError) as error:
        make()
    return str(error.value)


def changed(old: str, new: str, *, count: int = 1) -> str:
    assert old in FULL
    return FULL.replace(old, new, count)


def test_every_part_is_read(folder) -> None:
    study = Study.from_toml(folder / "study.toml")
    assert (study.name, study.organisation, study.simulated) == ("Airport", "Example Airport", True)
    assert study.about == "Where do we\nstart = 1?"
    assert study.objectives[0] == Objective("More recommendation", "Grow", "NPS", 45.0, "2027-12-31")
    assert study.objectives[1].target is None
    assert study.personas == (Persona("Frequent flyer", segment="Business"),)
    assert study.units == (Unit("Operations", "owner"),)
    assert study.systems == (DataSystem("Survey tool", "answers", "usable"),)
    assert study.methods == (ResearchMethod("Exit survey", "survey", ("Security", "Wi-Fi")),)
    assert study.targets == (Target("mean", 4.2, "Wi-Fi"),)
    assert facts(study.changes) == [
        facts(Change("Faster Wi-Fi", when=2014, where={"purpose": "business"}, metrics=["Wi-Fi"], started="trips")),
        facts(Change("Shorter queues", when=2013, metrics=["Security", "NPS"], design="before and after")),
    ]
    assert study.change_answers["Faster Wi-Fi"].segments == ("purpose", "trips")
    assert (study.purchases_plan.customer, study.purchases_plan.value) == ("id", "paid")
    assert study.promises.name == "initiatives.csv"
    assert facts(study.segments) == [
        ("Business", {"purpose": "business", "trips": (4, None)}, 100.0, None),
        ("Others", {"purpose": ["leisure", "other"], "trips": (1, 3)}, None, None),
    ]
    plan = study.survey_plan
    assert plan.scale == Scale(1, 5, not_used=[6, None], blank=[0, "none"])
    assert plan.outcome == {"recommend": "nps", "overall": "interval"}
    assert plan.outcome_scale == {"overall": Scale(1, 5, top=1)}
    assert plan.touchpoints == {"Security": "q1", "Wi-Fi": {"speed": "q2", "ease": "q3"}}
    assert plan.segments == ("purpose", "trips")
    assert plan.comments == {"Wi-Fi": "words"}
    assert study.map()["Security"].standards == (Standard("mean", 4),)
    assert study.map().lifecycle == Lifecycle(
        [Stage("arrive", [Need("be quick", lever=True), Need("feel safe")], "before the flight"), "wait"]
    )
    assert study.events_plan.customer == "id"


def test_round_trip_from_file_to_another_folder(folder) -> None:
    study = Study.from_toml(folder / "study.toml")
    other = folder / "copy"
    other.mkdir()
    study.to_toml(other / "study.toml")
    again = Study.from_toml(other / "study.toml")
    assert facts(again) == facts(study)
    assert sorted(path.name for path in other.iterdir()) == ["study.toml", "touchpoints.csv"]
    assert 'data = "../answers.csv"' in (other / "study.toml").read_text(encoding="utf-8")
    first = (other / "study.toml").read_bytes()
    again.to_toml(other / "study.toml")
    assert (other / "study.toml").read_bytes() == first


def test_what_is_in_memory_is_written_beside_the_study(answers, tmp_path) -> None:
    initiatives = pd.DataFrame(
        [
            {
                "name": "NA", "touchpoints": ("q1", "q2"), "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 1 / 3,
                "effort_low": 1, "effort_likely": 2, "effort_high": 3, "owner": None,
            }
        ]
    )  # fmt: skip
    events = pd.DataFrame({"id": ["NA", "b"], "place": ["q1", "q2"], "step": [1, 2]})
    study = Study(
        "Memory",
        survey_plan=SurveyPlan(answers, touchpoints=["q1", "q2"], outcome="overall", scale=Scale(1, 5, not_used=[6])),
        touchpoint_map=TouchpointMap([Touchpoint("q1", stage="loyalty")], Lifecycle.seven_stages()),
        initiatives_data=initiatives,
        events_plan=EventsPlan(events, customer="id", touchpoint="place", order="step"),
    )
    study.to_toml(tmp_path / "study.toml")
    files = ["events.parquet", "initiatives.csv", "study.toml", "survey.parquet", "touchpoints.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == files
    again = Study.from_toml(tmp_path / "study.toml")
    pd.testing.assert_frame_equal(pd.read_parquet(again.survey_plan.data), answers)
    pd.testing.assert_frame_equal(pd.read_parquet(again.events_plan.data), events)
    pd.testing.assert_frame_equal(again.initiatives(), study.initiatives())
    pd.testing.assert_frame_equal(again.survey().table, study.survey().table)
    assert again.map() == study.map()
    assert 'lifecycle = "seven_stages"' in (tmp_path / "study.toml").read_text(encoding="utf-8")


def test_numpy_values_are_written(tmp_path) -> None:
    year = np.array([2013, 2014])
    study = Study(
        "Numbers",
        segments=[Segment("a", {"year": (year[0], None), "trips": list(year), "day": dt.date(2020, 1, 1)})],
        changes=[Change("c", when=year[0])],
    )
    study.to_toml(tmp_path / "study.toml")
    again = Study.from_toml(tmp_path / "study.toml")
    assert facts(again.segments) == [
        ("a", {"year": (2013, None), "trips": [2013, 2014], "day": dt.date(2020, 1, 1)}, None, None)
    ]
    assert facts(again.changes) == facts(study.changes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            changed('respondent = "id"', "respondent = "),
            " is not valid TOML: Invalid value (at line 45, column 14) in `respondent =`. A value is "
            '"text" in straight quotation marks, a number, true, false, [a list] or {a = "table"}.',
        ),
        ("[study]\nname = 'x", ' is not valid TOML: Expected "\'" (at end of document).'),
        (
            changed('respondent = "id"', 'respondant = "id"'),
            f": [survey] respondant (line 45): unknown key. Did you mean 'respondent'? Keys: {KEYS}.",
        ),
        (
            changed("[events]", "[event]"),
            f": [event] (line 109): unknown key. Did you mean 'events'? Keys: {TABLES}.",
        ),
        (
            changed('respondent = "id"', "respondent = 3"),
            ': [survey] respondent (line 45): expected text, found 3. Write it in quotation marks: "3".',
        ),
        (
            changed('  "trips",', "  4,"),
            ': [survey] segments.2 (line 48): expected text, found 4. Write it in quotation marks: "4".',
        ),
        (
            changed("simulated = true", "simulated = 1"),
            ": [study] simulated (line 8): expected true or false, found 1.",
        ),
        (
            changed("target = 45", 'target = "45"'),
            ": [objectives] 1.target (line 14): expected a number, found '45'. Write it without quotation marks: 45.",
        ),
        (changed("target = 45", "target = true"), ": [objectives] 1.target (line 14): expected a number, found true."),
        (
            changed("date = 2027-12-31", "date = 2027"),
            ": [objectives] 1.date (line 15): expected a date or text, found 2027.",
        ),
        (
            changed('name = "Shorter queues"', 'kpi = ""'),
            ": [objectives] 2 (line 17): key 'name' is missing. Add it.",
        ),
        (changed('data = "answers.csv"\n', ""), ": [survey] (line 43): key 'data' is missing. Add it."),
        (
            changed('data = "answers.csv"', 'data = "answer.csv"'),
            ": [survey] data (line 44): the file 'answer.csv' is not there. "
            "It is looked for from the folder of the study.",
        ),
        (
            changed('condition = "usable"', 'condition = "bad"'),
            ': [systems] 1.condition (line 31): condition = "bad" is not an option. '
            "Options: 'good', 'usable', 'poor'.",
        ),
        (
            changed('"Security" = "q1"', '"Security" = 1'),
            ': [survey] touchpoints.Security (line 69): expected text, found 1. Write it in quotation marks: "1".',
        ),
        (
            changed('recommend = "nps"', 'recommend = "npz"'),
            ": [survey] (line 43): outcome 'recommend': kind = \"npz\" is not an option. "
            "Did you mean 'nps'? Options: 'interval', 'nps', 'binary', 'ordinal'.",
        ),
        (
            '[study]\nname = "x"\n[survey]\ndata = "answers.csv"\ntouchpoints = ["q1"]\noutcomes = {}\nscale = "1-5"\n',
            ": [survey] scale (line 7): expected a scale such as {low = 1, high = 5}, found '1-5'.",
        ),
        (
            changed('time = "year"', 'time = "year"\nperiod = "quarterly"'),
            ': [survey] period (line 48): period = "quarterly" is not an option. '
            "Did you mean 'quarter'? Options: 'month', 'quarter', 'year'.",
        ),
        (
            changed("low = 1", 'low = "1"'),
            ": [survey] scale.low (line 54): expected a number, found '1'. Write it without quotation marks: 1.",
        ),
        (
            changed("top = 1", "top = 1.5"),
            ": [survey] outcome_scales.overall.top (line 66): expected a whole number, found 1.5.",
        ),
        (
            changed("high = 5", "high = 0"),
            ": [survey] scale (line 53): low = 1, high = 0 has no room: low has to be below high. "
            'If 0 is the best score, say low = 0, high = 1, best = "low".',
        ),
        (
            changed('[survey.outcomes]\nrecommend = "nps"\noverall = "interval"\n', ""),
            ": [survey] (line 43): key 'outcomes' is missing. Add it.",
        ),
        (
            changed("{from = 4}", "{form = 4}"),
            ": [segments] 1.where.trips.form (line 91): unknown key. Did you mean 'from'? Keys: from, to.",
        ),
        (
            changed("lever = true", 'lever = "yes"'),
            ": [map] stages.1.needs.1.lever (line 81): expected true or false, found 'yes'.",
        ),
        (
            '[study]\nname = "x"\n[map]\ntouchpoints = "touchpoints.csv"\nlifecycle = "seven_stage"\n',
            ": [map] lifecycle (line 5): lifecycle 'seven_stage' is not known here. Did you mean 'seven_stages'? "
            "Lifecycles: seven_stages, three_phases.",
        ),
        (
            changed("[[units]]", "[units]"),
            ": [units] (line 24): expected a list, found a table. Write [[units]], in double brackets, above each.",
        ),
        (
            '[study]\nname = "x"\n[[initiatives]]\nname = "a"\n',
            ": [initiatives] (line 3): expected a table, found a list. "
            "Write [initiatives], in single brackets, above its keys.",
        ),
        (
            '[study]\nname = "x"\n[initiatives]\ndata = "initiatives.csv"\nname = "a"\n',
            ": [initiatives] name (line 5): unknown key. Keys: data.",
        ),
        (
            "survey = 3\n[study]\nname = 'x'",
            ": [survey] (line 1): expected a table, found 3. Write [survey], in single brackets, above its keys.",
        ),
        ("", " is empty. Check the path, or save the file again."),
        (
            changed('name = "Shorter queues"', 'name = "More recommendation"'),
            ": objective 'More recommendation' is there twice. Give each a name of its own.",
        ),
        (changed("[250, 300.5]", "-5"), ": [roadmap] (line 100): budget is -5. Give a number of 0 or more."),
        (
            changed("[1, 1.5]", "[1, 1.5, 2]"),
            ": [roadmap] (line 100): capacity of team 'Security' has 3 numbers for 2 periods. Give one number, or one "
            "for each period.",
        ),
        (
            changed("short_term_periods = 1\n", ""),
            ": [roadmap] (line 100): short_term_share is given without short_term_periods. Give both, or neither.",
        ),
        (changed("decay = 0.95", 'decay = "slow"'), ": [roadmap] decay (line 106): expected a number, found 'slow'."),
        (
            changed('periods = ["2026-Q1", "2026-Q2"]\n', ""),
            ": [roadmap] (line 100): key 'periods' is missing. Add it.",
        ),
        (
            changed("when = 2014", "before = 2013"),
            ": [changes] 1.before (line 126): this key is called when, the first wave with the change. "
            "The waves before it are those it is compared with.",
        ),
        (
            changed('metrics = ["Wi-Fi"]', 'metric = "Wi-Fi"'),
            ": [changes] 1.metric (line 127): this key is called metrics, since there may be several: "
            'metrics = ["Wi-Fi"].',
        ),
        (
            changed('where = { purpose = "business" }', 'treated = { purpose = "business" }'),
            ': [changes] 1.treated (line 128): this key is called where: where = {column = "value"}.',
        ),
        (
            changed('metrics = ["Wi-Fi"]', 'metriks = ["Wi-Fi"]'),
            ": [changes] 1.metriks (line 127): unknown key. Did you mean 'metrics'? "
            "Keys: name, when, where, metrics, design, started, answers.",
        ),
        (
            changed('metrics = ["Wi-Fi"]', 'metrics = ["Wi-fi"]'),
            ": change 'Faster Wi-Fi': metric 'Wi-fi' is not known here. Did you mean 'Wi-Fi'? "
            "Touchpoints and outcomes: Security, Wi-Fi, overall.",
        ),
        (
            changed('where = { purpose = "business" }', 'where = { porpose = "business" }'),
            ": change 'Faster Wi-Fi': column 'porpose' is not known here. Did you mean 'purpose'? "
            "Columns: purpose, trips.",
        ),
        (
            changed('started = "trips"', 'started = "trip"'),
            ": change 'Faster Wi-Fi': started 'trip' is not known here. Did you mean 'trips'? "
            "Segments: purpose, trips.",
        ),
        (
            changed('design = "before and after"', 'design = "before and afer"'),
            ': [changes] 2.design (line 139): design = "before and afer" is not an option. '
            "Did you mean 'before and after'? Options: 'randomised', 'staggered', 'difference in differences', "
            "'interrupted time series', 'control chart', 'before and after'.",
        ),
        (
            changed("when = 2013\n", ""),
            ": [changes] 2 (line 135): change 'Shorter queues' does not say when it came. Give when, the first "
            "wave with it, or started, the column with the wave in which each place started.",
        ),
        (
            changed('customer = "id"\ntime = "at"\nvalue', 'customer = "id"\nvalue'),
            ": [purchases] (line 115): key 'time' is missing. Add it.",
        ),
        (
            changed('value = "paid"', 'amount = "paid"'),
            ": [purchases] amount (line 119): unknown key. "
            "Keys: data, customer, time, value, unknown, segments, silent, reading.",
        ),
        (
            changed('[promises]\ndata = "initiatives.csv"', '[promises]\ndata = "promises.csv"'),
            ": [promises] data (line 122): the file 'promises.csv' is not there. "
            "It is looked for from the folder of the study.",
        ),
        (
            changed('value = "paid"', 'value = "paid"\nsilent = 0'),
            ": [purchases] (line 115): purchases: silent is 0. Give a number of days above 0.",
        ),
        (
            changed('[promises]\ndata = "initiatives.csv"', "[promises]"),
            ": [promises] (line 121): key 'data' is missing. Add it.",
        ),
        (
            changed('touchpoints = ["Security", "Wi-Fi"]', 'touchpoints = ["Securty"]'),
            ": method 'Exit survey': touchpoint 'Securty' is not known here. Did you mean 'Security'? "
            "Touchpoints: Security, Wi-Fi.",
        ),
    ],
)
def test_a_file_that_is_not_right(text, expected, folder) -> None:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as error:
        Study.from_toml(path)
    assert str(error.value) == f"{path}{expected}"
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    with pytest.raises(FileError) as error:
        Study.from_toml(path)
    assert str(error.value) == f"{path}{expected}"


def test_a_file_that_cannot_be_read(tmp_path) -> None:
    path = tmp_path / "study.toml"
    assert message(lambda: Study.from_toml(path)) == f"{path} is not there. Check the path."
    path.write_bytes('[study]\nname = "Café"\n'.encode("latin-1"))
    assert message(lambda: Study.from_toml(path)) == f"{path}, line 2: not UTF-8 text. Save the file as UTF-8."
    assert message(lambda: Study.from_toml(tmp_path)) == (f"{tmp_path} is a folder. Give the file, such as {path}.")


COMMENTED = FULL.replace("\n\n", "\n# a note of mine\n\n").replace("= 45", "= 45  # by the board")


def written_again(folder, text=COMMENTED, **changes) -> str:
    """The text of a file whose study was changed and written to the same place."""
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8", newline="")
    study = dataclasses.replace(Study.from_toml(path), **changes)
    study.to_toml(path)
    assert facts(Study.from_toml(path)) == facts(study)
    return path.read_bytes().decode("utf-8")


@pytest.mark.parametrize("text", [FULL, COMMENTED, COMMENTED.replace("\n", "\r\n")])
def test_a_file_stays_as_it_is_where_the_study_says_the_same(text, folder) -> None:
    assert written_again(folder, text) == text


def test_what_is_said_in_another_way_stays_so(folder) -> None:
    """Defaults in full, a date without quotes, a number as 4.20 and a path with a dot say what the study says."""
    text = FULL.replace("target = 4.2", 'target = 4.20\nof = "customers"').replace('"answers.csv"', '"./answers.csv"')
    assert written_again(folder, text) == text


def test_comments_survive_a_change(folder) -> None:
    board = Objective("More recommendation", "Grow", "NPS", 50, "2027-12-31")
    shorter = Objective("Shorter queues", date="2028")
    text = written_again(folder, objectives=[board, shorter], about="anew", units=[Unit("Retail")])
    expected = COMMENTED
    for old, new in (
        ("target = 45  # by the board", "target = 50  # by the board"),
        ('"""\nWhere do we\nstart = 1?"""', '"anew"'),
        ('"Shorter queues"\n# a note of mine\n', '"Shorter queues"\n# a note of mine\ndate = "2028"\n'),
        ('name = "Operations"\nrole = "owner"\n# a note of mine\n', 'name = "Retail"\n'),
    ):
        assert expected.count(old) == 1
        expected = expected.replace(old, new)
    assert text == expected


def test_the_order_of_outcomes_is_kept_in_the_file(folder) -> None:
    study = Study.from_toml(folder / "study.toml")
    overall_first = dict(reversed(study.survey_plan.outcome.items()))
    plan = dataclasses.replace(study.survey_plan, outcome=overall_first)
    text = written_again(folder, survey_plan=plan)
    assert 'overall = "interval"\nrecommend = "nps"\n' in text
    assert list(Study.from_toml(folder / "study.toml").survey_plan.outcome) == ["overall", "recommend"]


def test_a_map_of_another_name_is_written_beside_and_named(folder) -> None:
    (folder / "touchpoints.csv").rename(folder / "places.csv")
    text = COMMENTED.replace('"touchpoints.csv"', '"places.csv"')
    assert written_again(folder, text) == COMMENTED


def test_comments_survive_in_a_file_whose_data_are_gone(folder) -> None:
    study = Study.from_toml(folder / "study.toml")
    path = folder / "study.toml"
    path.write_text(COMMENTED.replace('"answers.csv"', '"lost.csv"'), encoding="utf-8")
    study.to_toml(path)
    assert facts(Study.from_toml(path)) == facts(study)
    assert path.read_text(encoding="utf-8").count("# a note of mine") == COMMENTED.count("# a note of mine")


def test_a_file_that_cannot_be_changed_in_place_is_kept_beside(tmp_path) -> None:
    path = tmp_path / "study.toml"
    text = 'study = {name = "x"}\nunits = [{name = "a"}, {name = "b"}]  # by the board\n'
    (tmp_path / "study.old.toml").write_text("# an older one\n", encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    study = dataclasses.replace(Study.from_toml(path), units=[Unit("z"), Unit("a")])
    with pytest.warns(UserWarning, match="laid out") as warned:
        study.to_toml(path)
    (warning,) = warned
    assert str(warning.message) == (
        f"{path} is laid out in a way that cannot be changed in place, so it was written anew, without its comments. "
        "As it was, it is kept in study.old.old.toml."
    )
    assert warning.filename == __file__
    assert facts(Study.from_toml(path)) == facts(study)
    assert (tmp_path / "study.old.old.toml").read_text(encoding="utf-8") == text
    assert (tmp_path / "study.old.toml").read_text(encoding="utf-8") == "# an older one\n"
    study.to_toml(path)  # what was written anew can be changed in place


@pytest.mark.parametrize("text", ["", "[study\n", "# mine\n[other]\n", "# mine\nstudy = 1\n"])
def test_a_file_of_something_else_is_replaced(text, tmp_path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    Study("a").to_toml(path)
    assert path.read_text(encoding="utf-8") == '[study]\nname = "a"\n'


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
NUMBERS = st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False)
UNITS = st.lists(st.builds(Unit, WORDS, WORDS), max_size=3, unique_by=lambda unit: unit.name)
TARGETS = st.lists(st.builds(Target, WORDS, NUMBERS, date=WORDS), max_size=3)
CONDITIONS = st.dictionaries(WORDS, WORDS | st.lists(WORDS | NUMBERS) | st.tuples(NUMBERS, st.none()), min_size=1)
SEGMENTS = st.lists(
    st.builds(Segment, WORDS, CONDITIONS, value=NUMBERS), max_size=2, unique_by=lambda segment: segment.name
)
STUDIES = st.builds(Study, WORDS, about=WORDS, units=UNITS, targets=TARGETS, segments=SEGMENTS)


@settings(max_examples=25)
@given(first=STUDIES, second=STUDIES)
def test_round_trips(first, second) -> None:
    """Into a new file, and over one that holds another study and a comment of its owner."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "study.toml")
        first.to_toml(path)
        assert facts(Study.from_toml(path)) == facts(first)
        path.write_bytes(b"# mine\n" + path.read_bytes())
        second.to_toml(path)
        assert facts(Study.from_toml(path)) == facts(second)
        assert path.read_bytes().startswith(b"# mine\n")


def test_a_study_that_cannot_be_written(folder) -> None:
    lost = folder / "none" / "study.toml"
    assert message(lambda: Study("a").to_toml(lost)) == (
        f"{lost} cannot be written: No such file or directory. Check that its folder is there."
    )


def test_a_study_reads_initiatives_from_the_file_it_names_and_holds_a_roadmap(folder) -> None:
    (folder / "plan.csv").write_text(
        "name,touchpoints,lift_low,lift_likely,lift_high,effort_low,effort_likely,effort_high\n"
        "a,Security,,to standard,,1,2,3\n",
        encoding="utf-8",
    )
    (folder / "study.toml").write_text(changed("initiatives.csv", "plan.csv"), encoding="utf-8")
    study = Study.from_toml(folder / "study.toml")
    assert study.initiatives()["to_standard"].tolist() == [True]
    assert study.roadmap_plan == RoadmapPlan(
        budget=(250, 300.5), periods=("2026-Q1", "2026-Q2"), capacity={"IT": 2, "Security": [1, 1.5]},
        short_term_share=0.3, short_term_periods=1, decay=0.95, certainty=0.9,
    )  # fmt: skip
    study.to_toml(folder / "study.toml")
    assert Study.from_toml(folder / "study.toml").roadmap_plan == study.roadmap_plan
    Study("b", roadmap_plan=RoadmapPlan(budget=0, periods=4)).to_toml(folder / "b.toml")
    assert (folder / "b.toml").read_text(encoding="utf-8") == (
        '[study]\nname = "b"\n\n[roadmap]\nbudget = 0.0\nperiods = 4\n'
    )


def test_internal_users_are_asked_apart_from_the_survey(folder) -> None:
    """Their satisfaction is no metric of the customer survey, and who is asked goes into the file only where it says
    more than the default."""
    plan = SurveyPlan(folder / "answers.csv", touchpoints=["q1"], outcome="overall")
    users, customers = Target("satisfaction of managers", 4, of="internal users"), Target("mean", 4)
    study = Study("a", targets=[users, customers], survey_plan=plan)
    study.to_toml(folder / "study.toml")
    assert (folder / "study.toml").read_text(encoding="utf-8").count("of = ") == 1
    assert Study.from_toml(folder / "study.toml").targets == (users, customers)


def scales_read(text: str, folder) -> object:
    (folder / "scales.toml").write_text(text, encoding="utf-8")
    return Study.from_toml(folder / "scales.toml").survey_plan.scale


def test_each_touchpoint_may_have_a_scale_of_its_own(folder) -> None:
    one = '[survey.scale]\nlow = 1\nhigh = 5\nnot_used = [6, nan]\nblank = [0, "none"]\n'
    each = (
        '[survey.scale."Wi-Fi"]\nlow = 1\nhigh = 5\nbest = "low"\n\n[survey.scale.Security]\nwords = ["poor", "good"]\n'
    )
    assert scales_read(changed(one, each), folder) == {
        "Wi-Fi": Scale(1, 5, best="low"),
        "Security": Scale(words=["poor", "good"]),
    }
    turned = changed("high = 5\nnot_used", 'high = 5\nbest = "low"\nnot_used')
    assert scales_read(turned, folder) == Scale(1, 5, best="low", not_used=[6, None], blank=[0, "none"])


def test_where_journeys_end_is_said_in_the_file_and_written_again(tmp_path) -> None:
    rows = "who,met,at\na,Web,2026-01-01\na,Order,2026-01-02\na,Web,2026-01-03\na,Web,2026-03-03\n"
    (tmp_path / "events.csv").write_text(rows, encoding="utf-8")
    roles = 'data = "events.csv"\ncustomer = "who"\ntouchpoint = "met"\ntime = "at"\n'
    text = f'[study]\nname = "A"\n\n[events]\n{roles}ends_at = ["Order"]\ngap = "30 days"\n'
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    study = Study.from_toml(tmp_path / "study.toml")
    assert study.journeys().table["episode"].tolist() == [1, 1, 2, 3]
    study.to_toml(tmp_path / "again.toml")
    assert (tmp_path / "again.toml").read_text(encoding="utf-8") == text
