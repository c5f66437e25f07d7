"""What study.toml says of words, waves in several files, competitors, employees and personas reaches the verbs."""

import pandas as pd
import pytest

from cxlens.errors import CxlensError, FileError, OptionError
from cxlens.study.others import OtherPlan
from cxlens.study.parts import SurveyPlan
from cxlens.study.study import Study

STUDY = """
[study]
name = "Shop"

[[personas]]
name = "Nina"
segment = "Business"

[[personas]]
name = "Nobody"

[survey]
data = {"2024" = "2024.csv", "2025" = "2025.csv"}
touchpoints = ["q1", "q2"]
segments = ["p"]

[survey.outcomes]
happy = "binary"

[survey.positive]
happy = "yes"

[survey.names]
q1 = "Website"
happy = "Satisfaction"
p = "Purpose of visit"

[survey.labels.p]
2 = "Business"
1 = "Leisure"

[[segments]]
name = "Business"
where = {p = "Business"}

[competitors]
Rival = "rival.csv"

[competitors."The other"]
data = ["rival.csv", "2025.csv"]
segments = ["p"]

[employees]
data = "staff.csv"
outcomes = {happy = "binary"}

[[changes]]
name = "New site"
metrics = ["Satisfaction"]
when = "2025"
"""


def _folder(folder, text=STUDY):
    frame = pd.DataFrame({"q1": [1, 5, 3], "q2": [2, 2, 4], "happy": ["yes", "no", "yes"], "p": [1, 2, 2]})
    for name in ("2024", "2025", "rival", "staff"):
        frame.to_csv(folder / f"{name}.csv", index=False)
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_that_the_file_says_reaches_the_survey(tmp_path):
    study = Study.from_toml(_folder(tmp_path))
    survey = study.survey()
    assert survey.touchpoints == study.touchpoint_names == ("Website", "q2")
    assert survey.waves == ["2024", "2025"]
    assert survey.source.distinct("p") == ["Business", "Leisure"]
    assert (survey.named("happy"), survey.named("p")) == ('Satisfaction "yes"', "Purpose of visit")
    assert survey.rows().outcomes[:3, 0].tolist() == [1, 0, 1]


def test_others_are_read_as_our_survey(tmp_path):
    others = Study.from_toml(_folder(tmp_path)).others()
    assert list(others) == ["Rival", "The other", "employees"]
    assert [others[name].n for name in others] == [3, 6, 3]
    assert others["Rival"].touchpoints == ("Website", "q2")
    assert others["The other"].source.distinct("p") == ["Business", "Leisure"]
    assert others["employees"].segments == ()
    assert Study("a").others() == {}
    with pytest.raises(CxlensError) as refused:
        Study("a", employees=OtherPlan("staff.csv")).others()
    assert str(refused.value) == (
        "this study has no survey to compare others with. Add [survey] to its TOML file, or "
        "Study(..., survey_plan=SurveyPlan(...))."
    )


def test_a_persona_is_asked_for_as_its_segment(tmp_path):
    study = Study.from_toml(_folder(tmp_path))
    assert study.survey().where(study.persona("Nina")).n == 4
    assert list(study.people) == ["Nina", "Business"]
    with pytest.raises(OptionError) as refused:
        study.persona("Nino")
    assert str(refused.value) == "persona 'Nino' is not known here. Did you mean 'Nina'? Personas: Nina, Nobody."
    with pytest.raises(CxlensError) as unnamed:
        study.persona("Nobody")
    assert str(unnamed.value) == (
        "persona 'Nobody' names no segment of the study. Add segment = '...' to it, and the segment to [[segments]]."
    )


def test_it_is_written_as_it_was_read(tmp_path):
    path = _folder(tmp_path)
    study = Study.from_toml(path)
    study.to_toml(path)
    assert path.read_text(encoding="utf-8") == STUDY
    anew = tmp_path / "anew.toml"
    study.to_toml(anew)
    again = Study.from_toml(anew)
    assert again.survey_plan.labels == study.survey_plan.labels
    assert again.survey_plan.data == study.survey_plan.data
    assert again.competitors["The other"].data == study.competitors["The other"].data
    assert again.employees.outcome == {"happy": "binary"}
    assert [(made.name, made.when, made.metrics) for made in again.changes] == [("New site", "2025", ("Satisfaction",))]


def test_the_key_of_old_is_named(tmp_path):
    path = _folder(tmp_path, STUDY.replace('metrics = ["Satisfaction"]', 'touchpoint = "q2"'))
    with pytest.raises(FileError) as refused:
        Study.from_toml(path)
    line = STUDY.splitlines().index('metrics = ["Satisfaction"]') + 1
    assert str(refused.value) == (
        f"{path}: [changes] 1.touchpoint (line {line}): this key is called metrics, since there may be "
        'several, of outcomes, too: metrics = ["q2"].'
    )


COMMENTS = """
[comments]
data = "written.csv"
touchpoints = {Website = "q1"}
outcomes = {happy = "binary"}
comments = {Website = "said"}
emotion = {Website = "felt"}
"""


def test_comments_asked_elsewhere_are_read_as_our_survey(tmp_path):
    path = _folder(tmp_path, STUDY + COMMENTS)
    frame = pd.DataFrame({"q1": [1, 5], "happy": ["yes", "no"], "said": ["slow", "fine"], "felt": [3, 4]})
    frame.to_csv(tmp_path / "written.csv", index=False)
    study = Study.from_toml(path)
    written = study.commented()
    assert (written.n, dict(written.comments), dict(written.emotion)) == (2, {"Website": "said"}, {"Website": "felt"})
    assert written.touchpoints == ("Website",)
    assert "employees" in study.others()
    assert "comments" not in study.others()
    assert study.table.set_index("part").loc["comments", "entries"] == "file written.csv"
    study.to_toml(path)
    assert path.read_text(encoding="utf-8") == STUDY + COMMENTS
    study.to_toml(tmp_path / "anew.toml")
    assert Study.from_toml(tmp_path / "anew.toml").comments.emotion == {"Website": "felt"}


def test_comments_of_the_survey_itself_are_asked_where_there_are_no_others(tmp_path):
    frame = pd.DataFrame({"desk": [1, 5], "y": [1, 2], "said": ["slow", "fine"]})
    silent = SurveyPlan(frame, touchpoints=["desk"], outcome="y")
    assert Study("a").commented() is None
    assert Study("a", survey_plan=silent).commented() is None
    plan = SurveyPlan(frame, touchpoints=["desk"], outcome="y", comments={"desk": "said"})
    assert dict(Study("a", survey_plan=plan).commented().comments) == {"desk": "said"}
    frame.drop(columns="said").to_csv(tmp_path / "written.csv", index=False)
    asked = OtherPlan(tmp_path / "written.csv", comments={"desk": "said"})
    with pytest.raises(CxlensError) as refused:
        Study("a", survey_plan=plan, comments=asked).commented()
    assert str(refused.value) == (
        "[comments] of study 'a' (written.csv): comments column 'said' is not in the data. Columns: desk, y."
    )
