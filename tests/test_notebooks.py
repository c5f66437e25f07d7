"""What every notebook has, and what the student's version of it leaves out."""

import importlib.util
import json
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
EXERCISES = dict.fromkeys(NAMES, 2) | {
    "00_plan": 3,
    "01_baseline": 5,
    "02_drivers": 6,
    "03_quick_wins": 5,
    "04_impact": 6,
    "05_journeys": 6,
    "06_case_study": 4,
    "07_places": 3,
}


@pytest.fixture(scope="module")
def exercises(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("make_exercises", FOLDER / "make_exercises.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("exercises")
    module.main(folder)
    return folder


def sources(path, kind):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


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
    if name != "06_case_study":
        assert "simulated" in text.lower()


@pytest.mark.parametrize("name", NAMES)
def test_the_students_version_has_the_checks_but_not_the_solutions(exercises, name):
    ours, theirs = (sources(folder / f"{name}.ipynb", "code") for folder in (FOLDER, exercises))
    assert len(ours) == len(theirs)
    assert not any("SOLUTION" in cell for cell in theirs)
    asked = [cell for cell in theirs if "...  # your answer" in cell]
    assert len(asked) == EXERCISES[name]
    assert all("assert" in cell for cell in asked)
