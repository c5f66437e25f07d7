"""The pages of the site that are made: gallery, reference, methods, notebooks; all others are copied.

``python docs/make_pages.py FOLDER`` writes sources for Sphinx into a folder. Pictures of the gallery are drawn by
running the lines that stand above them; notebooks are run from top to bottom, unless ``--without-notebooks`` is given.
"""

from __future__ import annotations

import ast
import io
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib import rc_context

import cxlens as cx
from cxlens.common.described import DescribedFigure

DOCS = Path(__file__).parent
ROOT = DOCS.parent
STAGES = {
    "plan": "Plan",
    "baseline": "Baseline",
    "drivers": "Drivers",
    "improve": "Improve",
    "impact": "Impact",
    "journeys": "Journeys",
}
NOT_OURS = "get_metadata_routing, set_fit_request, set_score_request"  # what scikit-learn adds to its estimators
MADE = {"make_pages.py", "check_site.py", "gallery.toml", "reference.toml", "methods.toml", "__pycache__"}


def read(name: str) -> dict[str, Any]:
    """One of the lists that pages are made from."""
    return tomllib.loads((DOCS / name).read_text(encoding="utf-8"))


def main(folder: Path, *, with_notebooks: bool) -> None:
    """Write the sources of the site into a folder, which is emptied before."""
    plt.switch_backend("Agg")  # no window opens
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns(*MADE)
    shutil.copytree(DOCS, folder, ignore=ignored)
    write_gallery(folder / "gallery")
    write_reference(folder / "reference")
    write_methods(folder / "methods.md")
    shutil.copy(ROOT / "CHANGELOG.md", folder / "changelog.md")
    write_notebooks(folder / "notebooks", with_notebooks=with_notebooks)


def write_gallery(folder: Path) -> None:
    """A page for each stage, with its pictures."""
    folder.mkdir(parents=True)
    pictures = read("gallery.toml")["picture"]
    for stage, title in STAGES.items():
        entries = [entry for entry in pictures if entry["chart"].startswith(f"{stage}/")]
        parts = [f"# Pictures: {title}", *(gallery_entry(entry, folder) for entry in entries)]
        (folder / f"{stage}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    names = "\n".join(STAGES)
    about = (DOCS / "gallery.md").read_text(encoding="utf-8")
    (folder / "index.md").write_text(f"{about}\n```{{toctree}}\n:maxdepth: 2\n{names}\n```\n", encoding="utf-8")


def gallery_entry(entry: dict[str, str], folder: Path) -> str:
    """A picture with its code, its words for those who do not see it, and how it is read."""
    name = entry["chart"].replace("/", "-").replace(" ", "-").lower()
    alt = draw(entry["code"], folder / f"{name}.svg")
    code = f"```python\nimport cxlens as cx\n\n{entry['code']}```"
    picture = f"```{{image}} {name}.svg\n:alt: {alt}\n```"
    return f"## {entry['title']}\n\n{code}\n\n{picture}\n\n**How to read it:** {entry['how']}"


def draw(code: str, path: Path) -> str:
    """Run lines that end in a picture, and save it; its alternative text."""
    tree = ast.parse(code)
    last = tree.body.pop()
    names: dict[str, Any] = {"cx": cx}
    exec(compile(tree, "gallery", "exec"), names)
    ax = eval(compile(ast.Expression(last.value), "gallery", "eval"), names)  # noqa: S307  our own lines
    figure = ax.get_figure(root=True)
    out = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cxlens"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    path.write_text(out.getvalue(), encoding="utf-8")
    plt.close(figure)
    return figure.alt if isinstance(figure, DescribedFigure) else ""


def write_reference(folder: Path) -> None:
    """A page for each public name, with the result that it gives."""
    folder.mkdir(parents=True)
    groups = read("reference.toml")["group"]
    parts = ["# Reference", (DOCS / "reference.md").read_text(encoding="utf-8")]
    for group in groups:
        parts.append(f"## {group['title']}\n\n{group['about']}")
        names = [entry["name"] for entry in group["entry"]]
        parts.append("```{toctree}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```")
        for entry in group["entry"]:
            (folder / f"{entry['name']}.rst").write_text("\n".join(reference_page(entry)), encoding="utf-8")
    (folder / "index.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def reference_page(entry: dict[str, Any]) -> Iterator[str]:
    """What stands on the page of a name: itself, then the results that it gives."""
    name, kind = entry["name"], entry["kind"]
    yield from [name, "=" * len(name), ""]
    if kind == "module":
        module = getattr(cx, name)
        yield from [f".. py:module:: cxlens.{name}", "", module.__doc__ or "", ""]
        for member in dir(module):
            word = "class" if isinstance(getattr(module, member), type) else "function"
            yield from [f".. auto{word}:: cxlens.{name}.{member}", ""]
        return
    yield from [".. currentmodule:: cxlens", "", f".. auto{kind}:: {name}"]
    if kind == "class":
        yield from ["   :members:", f"   :exclude-members: {NOT_OURS}"]
    for result in entry.get("results", []):
        title = result.rpartition(".")[2]
        yield from ["", title, "-" * len(title), "", f".. autoclass:: cxlens.{result}", "   :members:"]
    yield ""


def write_methods(path: Path) -> None:
    """What each figure is, and how often it errs."""
    parts = [(DOCS / "methods.md").read_text(encoding="utf-8")]
    for group in read("methods.toml")["group"]:
        rows = ["| claim | promise | measured |", "|---|---|---|"]
        rows += [f"| {row['claim']} | {row['promise']} | {row['measured']} |" for row in group["row"]]
        parts.append(f"### {group['title']}\n\n{group['about']}\n\n" + "\n".join(rows))
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def write_notebooks(folder: Path, *, with_notebooks: bool) -> None:
    """The notebooks, run from top to bottom."""
    folder.mkdir(parents=True, exist_ok=True)
    source = ROOT / "notebooks"
    for path in sorted(source.glob("*.ipynb")):
        if not with_notebooks:
            shutil.copy(path, folder / path.name)
            continue
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
        options = [f"--output={folder.resolve() / path.name}", "--log-level=ERROR", "--ExecutePreprocessor.timeout=600"]
        subprocess.run([*command, *options, str(path)], check=True, cwd=source)


if __name__ == "__main__":
    main(Path(sys.argv[1]), with_notebooks="--without-notebooks" not in sys.argv)
