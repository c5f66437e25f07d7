"""A new study file: the template reads, and so does a proposal whose questions are answered."""

from __future__ import annotations

import re
import shutil
from glob import escape
from pathlib import Path

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError, FileError
from cxlens.study.new import TEMPLATE, write_new_study

AIRPORT = Path(__file__).parents[2] / "data" / "samples" / "airport"
WORDS = ["Very poor", "Poor", "Fair", "Good", "Very good"]


def answers(**more):
    """Answers that leave nothing open."""
    columns = {"web": [1, 5, 3, 4], "call": [2, 5, 5, 1], "nps": [0, 10, 7, 9]}
    return pd.DataFrame({**columns, **more})


def test_the_template_reads_as_it_is(tmp_path):
    new = write_new_study(tmp_path / "study.toml")
    assert new.files == (tmp_path / "study.toml",)
    assert repr(cx.Study.from_toml(tmp_path / "study.toml")) == 'Study "My touchpoints": nothing in it yet.'


def test_all_examples_of_the_template_work_on_the_airport(tmp_path):
    for name in ("survey", "touchpoints", "events", "halls", "purchases"):
        shutil.copy(AIRPORT / f"{name}.csv", tmp_path)
    initiatives = pd.read_csv(AIRPORT / "initiatives.csv", dtype=str)
    initiatives.drop(columns=["need", "stage"]).to_csv(tmp_path / "initiatives.csv", index=False)
    shutil.copy(AIRPORT / "promises.csv", tmp_path / "forecasts.csv")
    switched_on = re.sub(r"^#: ", "", TEMPLATE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path = tmp_path / "study.toml"
    path.write_text(switched_on, encoding="utf-8")
    study = cx.Study.from_toml(path)
    assert str(study.survey()).startswith("5,000 answers about 6 touchpoints")
    assert len(study.map()) == 12
    assert len(study.initiatives()) == 12
    assert study.journeys() is not None
    assert list(study.table["part"]) == [
        "objectives", "personas", "units", "systems", "methods", "targets", "segments", "changes",
        "planned_journeys", "survey", "map", "initiatives", "roadmap", "events", "purchases", "promises",
    ]  # fmt: skip


def test_every_line_of_the_template_is_a_table_a_comment_or_an_example():
    lines = TEMPLATE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["[study]", 'name = "My touchpoints"']


def test_a_proposal_without_questions_is_a_study(tmp_path):
    answers().to_csv(tmp_path / "answers.csv", index=False)
    new = write_new_study(tmp_path / "study.toml", tmp_path / "answers.csv")
    assert new.questions == ()
    survey = cx.Study.from_toml(tmp_path / "study.toml").survey()
    suggested = cx.suggest(tmp_path / "answers.csv").survey()
    assert repr(survey) == repr(suggested)
    assert (survey.scale, survey.outcome) == (suggested.scale, suggested.outcome)


def test_a_question_is_refused_until_it_is_answered(tmp_path):
    frame = answers(web=[1, 5, 3, 99])
    frame.to_csv(tmp_path / "answers.csv", index=False)
    path = tmp_path / "study.toml"
    new = write_new_study(path, tmp_path / "answers.csv")
    assert len(new.questions) == 1
    text = path.read_text(encoding="utf-8")
    line = text.split("\n").index('scale = "answer the question above"') + 1
    with pytest.raises(FileError) as refusal:
        cx.Study.from_toml(path)
    assert str(refusal.value) == (
        f"{path}: [survey] scale (line {line}): the question above this line is not answered yet. "
        "An answer to copy stands there, too."
    )
    path.write_text(text.replace('"answer the question above"', "{low = 1, high = 5, not_used = [99]}"), "utf-8")
    assert cx.Study.from_toml(path).survey().scale == cx.Scale(1, 5, not_used=[99])


def test_the_answer_that_is_shown_can_be_copied(tmp_path):
    frame = answers(web=[1, 5, 3, 99])
    frame.to_csv(tmp_path / "answers.csv", index=False)
    path = tmp_path / "study.toml"
    write_new_study(path, tmp_path / "answers.csv")
    text = path.read_text(encoding="utf-8")
    (example,) = re.findall(r"^# Answer such as: (.*)$", text, flags=re.MULTILINE)
    path.write_text(text.replace('scale = "answer the question above"', example), encoding="utf-8")
    scale = cx.Study.from_toml(path).survey().scale
    assert scale == cx.suggest(tmp_path / "answers.csv").arguments["scale"]


def test_nothing_found_is_asked_with_an_example(tmp_path):
    pd.DataFrame({"a": ["x", "y", "z"], "b": ["u", "v", "w"]}).to_csv(tmp_path / "answers.csv", index=False)
    path = tmp_path / "study.toml"
    write_new_study(path, tmp_path / "answers.csv")
    text = path.read_text(encoding="utf-8")
    assert '# Answer such as: touchpoints = {"Check-in" = "check_in"}\ntouchpoints = "answer' in text
    assert '# Answer such as: outcomes = {recommend = "nps"}\noutcomes = "answer' in text


def test_words_are_written_beside_as_numbers(tmp_path):
    n = 60
    words = pd.DataFrame({"web": [WORDS[k % 5] for k in range(n)], "nps": [k % 11 for k in range(n)]})
    words["desk"] = [WORDS[(k + 2) % 5] for k in range(n)]
    words.to_csv(tmp_path / "form.csv", index=False)
    path = tmp_path / "study.toml"
    new = write_new_study(path, tmp_path / "form.csv")
    assert new.files == (path, tmp_path / "survey.parquet")
    survey = cx.Study.from_toml(path).survey()
    assert repr(survey) == repr(cx.suggest(tmp_path / "form.csv").survey())


@pytest.mark.parametrize("codes", [["N/A"], ["N/A", "-"]])
@pytest.mark.parametrize("best", ["5 - Excellent", "5 (very good)"])
def test_codes_beside_labels_are_written_beside_as_text(codes, best, tmp_path):
    web = [best, "4", "1", *codes] * 10
    frame = pd.DataFrame({"web": web, "call": ([1, 5, 2, 3] * 20)[: len(web)], "nps": ([0, 10, 7] * 20)[: len(web)]})
    frame.to_csv(tmp_path / "answers.csv", index=False)
    path = tmp_path / "study.toml"
    assert write_new_study(path, tmp_path / "answers.csv").questions
    answer = f"scale = {{ low = 1, high = 5, not_used = {codes} }}".replace("'", '"')
    text = re.sub(r"^scale = .*$", answer, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    table = cx.baseline(cx.Study.from_toml(path).survey()).table.set_index("touchpoint")
    assert table.loc["web", ["n", "mean"]].tolist() == [30, pytest.approx(10 / 3)]
    assert table.loc["web", "reach"] == pytest.approx(30 / len(web))


def test_an_spss_file_becomes_a_study(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = answers(weight=[1.0, 0.5, 2.0, 1.0])
    frame.loc[0, "web"] = 9
    labels = {"web": {9: "not used"}}
    pyreadstat.write_sav(frame, tmp_path / "answers.sav", variable_value_labels=labels, missing_ranges={"web": [9]})
    path = tmp_path / "study.toml"
    new = write_new_study(path, tmp_path / "answers.sav")
    assert new.questions == ()
    survey = cx.Study.from_toml(path).survey()
    assert survey.scale == cx.Scale(1, 5, not_used=[9])
    assert cx.baseline(survey, min_n=1).table["n"].tolist() == [3, 4]
    assert "# Why: 9 means not used: the file calls it 'not used'.\n" in path.read_text(encoding="utf-8")


def test_a_study_in_another_folder_finds_the_answers(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "studies").mkdir()
    answers().to_csv(tmp_path / "data" / "answers.csv", index=False)
    path = tmp_path / "studies" / "study.toml"
    write_new_study(path, tmp_path / "data" / "answers.csv")
    assert 'data = "../data/answers.csv"\n' in path.read_text(encoding="utf-8")
    assert str(cx.Study.from_toml(path).survey()).startswith("4 answers")


def test_no_file_is_replaced(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(FileError) as refusal:
        write_new_study(path)
    assert str(refusal.value) == f"{path} is there already, and is not replaced. Give another name, or move it away."
    assert path.read_text(encoding="utf-8") == "mine"


def test_no_file_of_answers_is_replaced(tmp_path):
    frame = pd.DataFrame({"web": WORDS * 12, "desk": WORDS[::-1] * 12, "nps": list(range(10)) * 6})
    frame.to_csv(tmp_path / "form.csv", index=False)
    beside = tmp_path / "survey.parquet"
    beside.write_text("mine", encoding="utf-8")
    with pytest.raises(FileError) as refusal:
        write_new_study(tmp_path / "study.toml", tmp_path / "form.csv")
    assert str(refusal.value) == f"{beside} is there already, and is not replaced. Give another name, or move it away."
    assert not (tmp_path / "study.toml").exists()


def test_the_name_ends_in_toml(tmp_path):
    with pytest.raises(FileError) as refusal:
        write_new_study(tmp_path / "study")
    assert str(refusal.value) == f"{tmp_path / 'study'} does not end in .toml. Give a name such as study.toml."


def test_a_pattern_of_files_stays_one_in_the_study(tmp_path):
    folder = tmp_path / "waves [1]"
    folder.mkdir()
    answers().to_csv(folder / "w1.csv", index=False)
    answers().to_csv(folder / "w2.csv", index=False)
    path = folder / "study.toml"
    write_new_study(path, Path(escape(str(folder)), "w*.csv"))
    text = path.read_text(encoding="utf-8")
    assert 'data = "w*.csv"' in text
    assert cx.Study.from_toml(path).survey().n == 8
    answers().head(3).to_csv(folder / "w3.csv", index=False)
    assert cx.Study.from_toml(path).survey().n == 11


def test_counts_are_asked_for_in_the_study(tmp_path):
    pairs = pd.MultiIndex.from_product([range(1, 6), range(1, 6)], names=["web", "call"]).to_frame(index=False)
    table = pairs.assign(nps=pairs["web"] * 2, n=pairs["call"] + 2)
    table.to_csv(tmp_path / "counts.csv", index=False)
    path = tmp_path / "study.toml"
    new = write_new_study(path, tmp_path / "counts.csv")
    assert new.questions == ("Does 'n' say how many answers a row stands for? If not: count=False.",)
    text = path.read_text(encoding="utf-8")
    assert (
        "# Question: Does 'n' say how many answers a row stands for? If not: count=False.\n"
        '# Answer such as: count = "n" (or take the line out)\n'
        'count = "answer the question above"\n'
    ) in text
    with pytest.raises(CxlensError):
        cx.Study.from_toml(path).survey()
    path.write_text(text.replace('"answer the question above"', '"n"'), encoding="utf-8")
    assert cx.Study.from_toml(path).survey().n == table["n"].sum()


def test_an_aggregated_table_makes_no_study_of_answers(tmp_path):
    table = pd.DataFrame({"hotel": ["a", "b"], "mean": [4.1, 3.9], "sd": [0.9, 1.0], "n": [100, 120]})
    table.to_csv(tmp_path / "means.csv", index=False)
    path = tmp_path / "study.toml"
    with pytest.raises(CxlensError) as error:
        write_new_study(path, tmp_path / "means.csv")
    assert str(error.value) == (
        "column 'mean' beside 'n' looks like a figure of many answers, not like one answer. For a table of means or "
        "shares: cx.Aggregates(data, n='n', mean='mean', sd='sd', unit='...', time='...'). If each row is one answer, "
        "give the column another name."
    )
    assert not path.exists()
