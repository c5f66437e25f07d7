"""Lines of Python in messages, as lines of TOML that can be read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.files.toml_words import in_toml
from cxlens.study.parts import SurveyPlan


@pytest.mark.parametrize(
    ("python", "toml"),
    [
        ("Say outcome={'y': 'nps'}.", 'Say outcomes = {y = "nps"}.'),
        ("Say period='month'.", 'Say period = "month".'),
        ("positive={'w': 'no'}, or 'yes'.", "positive = {w = \"no\"}, or 'yes'."),
        ("positive={'would you?': 1}, or 2.", 'positive = {"would you?" = 1}, or 2.'),
        ("not_used=[...] or blank=[...].", "not_used = [...] or blank = [...]."),
        ("Scale(5, 1) has no room", "low = 5, high = 1 has no room"),
        ("say Scale(1, 5, best='low').", 'say low = 1, high = 5, best = "low".'),
        ("Scale(1, 5): code 3 is", "low = 1, high = 5: code 3 is"),
        ("Give Scale(low, high) the", "Give low, high the"),
        ("in Scale(..., blank=[...]).", "in blank = [...]."),
        ("scale=cx.Scale(1, 4, not_used=['-', 9])", 'scale = {low = 1, high = 4, not_used = ["-", 9]}'),
        ("outcome_scale={'y': cx.Scale.nps()}.", "outcome_scales = {y = {low = 0, high = 10}}."),
        ("outcome_scale names 'q'", "outcome_scales names 'q'"),
        ("Scale(words=[..., 'it''s', 'b (c)'])", 'words = [..., "its", "b (c)"]'),
        ("name them in comments=, not", "name them in comments, not"),
        ("call drivers(survey, n_boot=5).", "call drivers(survey, n_boot=5)."),
        ("add 'mean = 4' to the map", "add 'mean = 4' to the map"),
        ("a == 3, x<=4, scale={'", "a == 3, x<=4, scale{'"),
        ("cx.suggest(data) makes", "`cxlens new other.toml --from FILE` makes"),
        ("says so. Scale(1, 5", "says so. Scale(1, 5"),
    ],
)
def test_lines_of_python_become_lines_of_toml(python: str, toml: str) -> None:
    assert in_toml(python) == toml


def test_they_can_be_read() -> None:
    line = in_toml("outcome_scale={'it is': cx.Scale(0, 1, blank=[9, 'n/a'], best='low')}")
    assert tomllib.loads(line) == {
        "outcome_scales": {"it is": {"low": 0, "high": 1, "blank": [9, "n/a"], "best": "low"}}
    }


STUDY = """
[study]
name = "Small"

[survey]
data = "answers.csv"
touchpoints = {Web = "web"}
outcomes = {overall = "binary"}

[survey.scale]
low = 1
high = 5
"""


def refusal(folder: Path, old: str, new: str) -> str:
    """What is said of a study with a fault, without its folder."""
    (folder / "answers.csv").write_text("web,overall\n1,0\n5,7\n3,10\n4,2\n", encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.replace(old, new), encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        cx.Study.from_toml(folder / "study.toml").survey()
    return str(error.value).replace(f"{folder}/", "")


def test_a_fault_of_a_study_is_told_as_its_file_is_written(tmp_path: Path) -> None:
    assert refusal(tmp_path, "low = 1\nhigh = 5", "low = 5\nhigh = 1") == (
        "study.toml: [survey] scale (line 10): low = 5, high = 1 has no room: low has to be below high. "
        'If 1 is the best score, say low = 1, high = 5, best = "low".'
    )
    assert refusal(tmp_path, "", "") == (
        "[survey] of study 'Small' (answers.csv): outcome 'overall' is of kind binary, but holds other values than 0 "
        "and 1: 7, 10, 2 (3 rows). If it asks from 0 to 10 whether people would recommend you: "
        'outcomes = {overall = "nps"}. If it is another scale: outcomes = {overall = "interval"}.'
    )


def test_one_who_writes_python_is_told_in_python() -> None:
    frame = pd.DataFrame({"web": [1, 5, 3, 4], "overall": [0, 7, 10, 2]})
    plan = SurveyPlan(frame, touchpoints={"Web": "web"}, outcome={"overall": "binary"})
    with pytest.raises(CxlensError) as error:
        cx.Study("Small", survey_plan=plan).survey()
    assert "outcome={'overall': 'nps'}" in str(error.value)
