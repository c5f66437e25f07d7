"""Write the teacher's kit: ``python notebooks/make_exercises.py build/exercises``.

| folder | for | what |
|---|---|---|
| ``students`` | students | the notebooks without solutions; checks that do not hold the answer |
| ``solutions`` | the teacher | the notebooks as they are |
| ``marking`` | the teacher | what a good, a passable and a poor decision holds, a sheet a notebook |
| ``templates`` | all | an empty map, an interview sheet, a list of initiatives, a canvas to print |

What stands between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` gives way to a line for the student's answer. A
check such as ``assert needed == 12`` becomes one against the fingerprint of 12. Cells tagged ``check`` hold the text
against its figures: they are for us, and students get none of them.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from answers import fingerprint

SOLUTION = re.compile(r"^([ ]*)### BEGIN SOLUTION\n.*?^[ ]*### END SOLUTION$", re.DOTALL | re.MULTILINE)
IMPORT = "from answers import check_answer  # tells whether an answer is right, and does not hold it"


def main(folder: Path) -> None:
    """Write the four folders."""
    students = folder / "students"
    solutions = folder / "solutions"
    for target in (students, solutions):
        target.mkdir(parents=True, exist_ok=True)
        shutil.copytree(HERE / "case_study", target / "case_study", dirs_exist_ok=True)
    shutil.copy(HERE / "answers.py", students)
    for path in sorted(HERE.glob("*.ipynb")):
        shutil.copy(path, solutions)
        notebook = for_students(json.loads(path.read_text(encoding="utf-8")), path.stem)
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        (students / path.name).write_text(text + "\n", encoding="utf-8")
    shutil.copytree(HERE / "marking", folder / "marking", dirs_exist_ok=True)
    write_templates(folder / "templates")


def write_templates(folder: Path) -> None:
    """Empty sheets; those of an earlier kit may be filled in by now, so they stay."""
    import cxlens as cx

    if not folder.exists():
        cx.templates(folder)


def for_students(notebook: dict, name: str) -> dict:
    """A copy of a notebook in which every solution is a line to be filled in."""
    cells = []
    asked = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if "check" in cell["metadata"].get("tags", []):
            continue
        if "### BEGIN SOLUTION" in source:
            asked += 1
            source = SOLUTION.sub(r"\1...  # your answer", with_fingerprints(source, f"{name}-{asked}"))
            if asked == 1:
                cells.append(cell | {"id": "answers", "source": [IMPORT]})
        cells.append(cell | {"source": source.splitlines(keepends=True)})
    return notebook | {"cells": cells}


def with_fingerprints(source: str, exercise: str) -> str:
    """The cell of an exercise in which checks against a known answer hold its fingerprint alone."""
    lines = source.splitlines()
    checks = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    checks.sort(key=lambda node: node.lineno, reverse=True)
    for number, node in enumerate(checks):
        known = known_answer(node.test)
        if known is None:
            continue
        left, answer = known
        expected = fingerprint(answer, f"{exercise}-{len(checks) - number}")
        indent = " " * node.col_offset
        lines[node.lineno - 1 : node.end_lineno] = [f'{indent}check_answer({ast.unparse(left)}, "{expected}")']
    return "\n".join(lines)


def known_answer(test: ast.expr) -> tuple[ast.expr, object] | None:
    """Both sides of ``what == answer`` where the answer is written out."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return None
    try:
        return test.left, ast.literal_eval(test.comparators[0])
    except ValueError:
        return None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python notebooks/make_exercises.py FOLDER")
    main(Path(sys.argv[1]))
