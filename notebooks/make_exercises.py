"""Write the notebooks without their solutions: ``python notebooks/make_exercises.py build/exercises``.

What stands between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` gives way to a line for the student's answer; the
checks below it stay, so that students see at once whether they are right.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOLUTION = re.compile(r"^([ ]*)### BEGIN SOLUTION\n.*?^[ ]*### END SOLUTION$", re.DOTALL | re.MULTILINE)


def without_solutions(notebook: dict) -> dict:
    """A copy of a notebook in which every solution is a line to be filled in."""
    cells = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            source = SOLUTION.sub(r"\1...  # your answer", source)
        cells.append(cell | {"source": source.splitlines(keepends=True)})
    return notebook | {"cells": cells}


def main(folder: Path) -> None:
    """Write every notebook, and the files of the case study beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(HERE.glob("*.ipynb")):
        notebook = without_solutions(json.loads(path.read_text(encoding="utf-8")))
        (folder / path.name).write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.copytree(HERE / "case_study", folder / "case_study", dirs_exist_ok=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python notebooks/make_exercises.py FOLDER")
    main(Path(sys.argv[1]))
