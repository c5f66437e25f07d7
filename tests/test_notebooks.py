"""What every notebook has, and what the teacher's kit gives to whom."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
NAMES = [
    "00_plan",
    "01_baseline",
    "02_drivers",
    "03_quick_wins",
    "04_impact",
    "05_journeys",
    "06_case_study",
    "07_places",
]
EXERCISES = {
    "00_plan": 4,
    "01_baseline": 6,
    "02_drivers": 7,
    "03_quick_wins": 6,
    "04_impact": 6,
    "05_journeys": 6,
    "06_case_study": 5,
    "07_places": 4,
}


def module_of(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit")
    module_of("make_exercises").main(folder)
    return folder


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def sources(path, kind):
    return ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == kind]


def is_check(cell):
    return "check" in cell["metadata"].get("tags", [])


def test_the_notebooks_are_the_eight():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_its_parts(name):
    text = "\n".join(sources(FOLDER / f"{name}.ipynb", "markdown"))
    for part in ("After this notebook you can", "**Time:**", "**A manager asks:**", "What it does not mean"):
        assert part in text
    assert text.count("**Exercise ") == EXERCISES[name]
    code = "\n".join(sources(FOLDER / f"{name}.ipynb", "code"))
    assert code.count("### BEGIN SOLUTION") == code.count("### END SOLUTION") == EXERCISES[name]
    assert ".explore()" in code
    assert "simulated" in text.lower()


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_takes_40_minutes_at_most_or_has_parts_that_do(name):
    text = "\n".join(sources(FOLDER / f"{name}.ipynb", "markdown"))
    time = re.search(r"\*\*Time:\*\*(.*?)\*\*You need", text)[1]
    minutes = [int(number) for number in re.findall(r"(\d+) minutes", time)]
    assert max(minutes) <= 40
    parts = re.findall(r"^## Part ([b-z]):", text, flags=re.MULTILINE)
    assert len(parts) == len(minutes) - 1
    assert all(f"part {part} (" in time and f"After part {part} you can" in text for part in parts)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_keeps_its_checks_out_of_sight(name):
    for cell in cells(FOLDER / f"{name}.ipynb"):
        source = "".join(cell["source"])
        if is_check(cell):
            assert cell["metadata"]["jupyter"] == {"source_hidden": True}
            assert "remove-cell" in cell["metadata"]["tags"]  # the site leaves it out
            assert "assert" in source
        elif cell["cell_type"] == "code" and "### BEGIN SOLUTION" not in source:
            assert "assert" not in source


@pytest.mark.parametrize("name", NAMES)
def test_students_get_the_questions_without_solutions_and_without_our_checks(kit, name):
    theirs = cells(kit / "students" / f"{name}.ipynb")
    code = ["".join(cell["source"]) for cell in theirs if cell["cell_type"] == "code"]
    assert not any(is_check(cell) for cell in theirs)
    assert not any("SOLUTION" in cell for cell in code)
    asked = [cell for cell in code if "...  # your answer" in cell]
    assert len(asked) == EXERCISES[name]
    assert sum("from answers import check_answer" in cell for cell in code) == 1
    assert all("assert" in cell or "check_answer(" in cell for cell in asked)
    for cell in code:
        ast.parse(re.sub(r"^%.*", "", cell, flags=re.MULTILINE))


def test_the_case_study_checks_figures_where_the_survey_is_read_alone():
    for cell in cells(FOLDER / "06_case_study.ipynb"):
        source = "".join(cell["source"])
        if is_check(cell):
            assert source.startswith("if real:\n")
        elif cell["cell_type"] == "code":
            assert "if here" not in source
            assert source.count("if real:") == source.count("else:")  # exercises are checked on the stand-in, too
            assert "to_string" not in source


def figures_held(source):
    """Every number, text and list of them that a cell's checks compare something with."""
    held = []
    for check in ast.walk(ast.parse(source)):
        if not isinstance(check, ast.Assert):
            continue
        for node in ast.walk(check.test):
            if isinstance(node, ast.Compare):
                held += literals([node.left, *node.comparators])
    return held


def literals(nodes):
    found = []
    for node in nodes:
        try:
            found.append(ast.literal_eval(node))
        except ValueError:
            continue
    return found


@pytest.mark.parametrize("name", NAMES)
def test_no_check_of_the_students_holds_an_answer(kit, name):
    question = ""
    for cell in cells(kit / "students" / f"{name}.ipynb"):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            question = source
        elif "...  # your answer" in source:
            # A limit that the question states, such as a number of words, is no answer.
            held = [one for one in figures_held(source) if one not in (0, 1, "*")]
            assert [one for one in held if str(one) not in question] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_last_exercise_asks_for_a_decision_and_has_a_marking_sheet(kit, name):
    question = [text for text in sources(FOLDER / f"{name}.ipynb", "markdown") if "**Exercise " in text][-1]
    assert f"**Exercise {EXERCISES[name]}.** Decide." in question
    assert "your teacher has a sheet for it" in question
    sheet = (kit / "marking" / f"{name}.md").read_text(encoding="utf-8")
    for part in (f"exercise {EXERCISES[name]}", "good", "passable", "poor", "**An answer.**"):
        assert part.lower() in sheet.lower()
    # The answer that the solutions hold is the one on the sheet, so that its figures are those the notebook checks.
    answer = [code for code in sources(FOLDER / f"{name}.ipynb", "code") if "### BEGIN SOLUTION" in code][-1]
    words = "".join(re.findall(r'^    "(.*)"$', answer, flags=re.MULTILINE))
    assert " ".join(words.split()) in " ".join(sheet.split())


def test_the_kit_has_its_folders(kit):
    assert sorted(path.name for path in kit.iterdir()) == ["marking", "solutions", "students", "templates"]
    assert sorted(path.stem for path in (kit / "students").glob("*.ipynb")) == NAMES
    assert (kit / "students" / "answers.py").is_file()
    for folder in ("students", "solutions"):
        assert (kit / folder / "case_study" / "make_study.py").is_file()
    for name in NAMES:
        ours, theirs = (folder / f"{name}.ipynb" for folder in (FOLDER, kit / "solutions"))
        assert ours.read_text(encoding="utf-8") == theirs.read_text(encoding="utf-8")
    assert (kit / "templates" / "canvas.html").is_file()
    assert not (kit / "students" / "marking").exists()


def test_the_kit_can_be_made_again_and_leaves_filled_sheets(kit):
    sheet = kit / "templates" / "touchpoints.csv"
    sheet.write_text("filled in", encoding="utf-8")
    module_of("make_exercises").main(kit)
    assert sheet.read_text(encoding="utf-8") == "filled in"


def test_a_right_answer_is_told_from_a_wrong_one_in_whatever_form(capsys):
    answers = module_of("answers")
    for right, same in [(2, 2.0), ({"a", "b"}, {"b", "a"}), ((2, 0), [2, 0]), ({"a": 1}, {"a": 1.0}), ("x", "x")]:
        answers.check_answer(same, answers.fingerprint(right, "00_plan-1"))
        assert capsys.readouterr().out == "Right.\n"
    answers.check_answer("y", answers.fingerprint("x", "00_plan-1"))
    assert capsys.readouterr().out == (
        "Not yet. Read the question once more: what is counted, among whom, and in which unit?\n"
    )


def test_a_fingerprint_is_salted_with_its_exercise():
    fingerprint = module_of("answers").fingerprint
    first, second = fingerprint(2, "00_plan-1"), fingerprint(2, "00_plan-2")
    assert first.split(":")[0] == "00_plan-1"
    assert first.split(":")[1] != second.split(":")[1]


def test_the_checks_of_an_exercise_hold_its_answer_in_the_solutions_alone():
    source = "### BEGIN SOLUTION\nneeded = 3\n### END SOLUTION\nprint(needed)\n"
    source += "assert needed == 3  # three\nassert needed > 0"
    module = module_of("make_exercises")
    expected = module.fingerprint(3, "00_plan-1-1")
    notebook = {"cells": [{"cell_type": "code", "metadata": {}, "source": source}]}
    first, exercise = module.for_students(notebook, "00_plan")["cells"]
    assert first["source"] == [module.IMPORT]
    assert "".join(exercise["source"]) == (
        f'...  # your answer\nprint(needed)\ncheck_answer(needed, "{expected}")\nassert needed > 0'
    )


def test_each_check_has_a_fingerprint_of_its_own_and_each_answer_keeps_its_place():
    source = "if True:\n    ### BEGIN SOLUTION\n    a = 1\n    ### END SOLUTION\n    print(a)\n"
    source += "assert a == 1\nassert (a, 2) == (\n    1,\n    2,\n)"
    module = module_of("make_exercises")
    notebook = {"cells": [{"cell_type": "code", "metadata": {}, "source": source}]}
    _, exercise = module.for_students(notebook, "00_plan")["cells"]
    first, second = module.fingerprint(1, "00_plan-1-1"), module.fingerprint((1, 2), "00_plan-1-2")
    assert "".join(exercise["source"]) == (
        f'if True:\n    ...  # your answer\n    print(a)\ncheck_answer(a, "{first}")\ncheck_answer((a, 2), "{second}")'
    )
