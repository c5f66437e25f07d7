"""The shape of the package: who may import whom, how long things are, what the lock file may say."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cxlens"
ROOMS = ["stats", "engine", "model", "datasets", "analysis", "show", "cli"]  # each may import those before it
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
QUIET = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def walk(node: ast.AST, inside: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node with the name of the method or function it stands in; blocks for type checkers aside."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child, inside
        yield from walk(child, child.name if isinstance(child, FUNCTIONS) else inside)


def imported(node: ast.AST, path: Path) -> list[str]:
    """Full names of the modules, or names in modules, that one import statement asks for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        here = ["cxlens", *path.relative_to(PACKAGE).with_suffix("").parts]
        base = [*(here[: -node.level] if node.level else []), *([node.module] if node.module else [])]
        return [".".join([*base, alias.name]) for alias in node.names]
    return []


def wrong_imports(path: Path) -> list[str]:
    """Imports that go against the one way; plot, explore and save alone may reach for the pictures."""
    room, wrong = room_of(path), []
    for node, inside in walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in imported(node, path):
            parts = name.split(".")
            if parts[0] != "cxlens" or parts[1:2] in (["errors"], ["__version__"]):
                continue
            target = parts[1] if len(parts) > 1 else ""
            if target == "show" and inside in {"plot", "explore", "save"}:
                continue
            if room not in ROOMS or target not in ROOMS or ROOMS.index(target) > ROOMS.index(room):
                wrong.append(f"{name_of(path)}:{node.lineno}: {room} imports {name}")
    return wrong


def code_lines(text: str) -> int:
    """Lines that hold code: no blanks, comments or docstrings."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in QUIET:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Length of a function without its docstring."""
    size = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node):
        size -= node.body[0].end_lineno - node.body[0].lineno + 1
    return size


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, FUNCTIONS)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path):
    assert path == PACKAGE / "__init__.py" or wrong_imports(path) == []


@pytest.mark.parametrize(
    ("room", "code", "found"),
    [
        ("stats/a.py", "from cxlens.study.survey import Survey", 1),
        ("stats/a.py", "from cxlens.errors import CxlensError", 0),
        ("stats/a.py", "from ..engine import tables", 1),
        ("engine/a.py", "from cxlens.stats.moments import add", 0),
        ("model/a.py", "def f():\n    from cxlens import analysis", 1),
        ("model/a.py", "from cxlens import Survey", 1),
        ("model/a.py", "import cxlens", 1),
        ("analysis/a.py", "class A:\n    def plot(self):\n        from cxlens.show import charts", 0),
        ("analysis/a.py", "class A:\n    def draw(self):\n        from cxlens.show import charts", 1),
        ("analysis/a.py", "if TYPE_CHECKING:\n    from cxlens.show import charts", 0),
        ("show/a.py", "from cxlens import __version__, errors, analysis", 0),
        ("errors.py", "from cxlens.model import text", 1),
    ],
)
def test_the_check_of_imports_sees_what_it_should(room, code, found, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    path = tmp_path / room
    path.parent.mkdir(exist_ok=True)
    path.write_text(code, encoding="utf-8")
    assert len(wrong_imports(path)) == found


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) == "stats"], ids=name_of)
def test_stats_is_numpy_in_numpy_out(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    roots = {name.split(".")[0] for node in nodes for name in imported(node, path)}
    assert roots.isdisjoint({"pandas", "polars", "pyarrow", "ibis", "duckdb", "matplotlib", "seaborn", "ipywidgets"})


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_functions_name_their_arguments(path):
    assert [node.name for node in functions(path) if not node.name.startswith("_") and node.args.kwarg] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_do_one_thing(path):
    assert {node.name: function_lines(node) for node in functions(path) if function_lines(node) > 50} == {}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_do_one_thing(path):
    assert code_lines(path.read_text(encoding="utf-8")) < 400


def test_the_package_is_small():
    assert sum(code_lines(path.read_text(encoding="utf-8")) for path in MODULES) < 15500


def test_code_lines_leaves_out_words():
    text = '"""Words."""\n\n# why\nx = 1\n\n\ndef f():\n    """More."""\n    return (\n        x\n    )\n'
    assert code_lines(text) == 5


def test_the_lock_has_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9].*(?:\n .*)*", text, flags=re.MULTILINE)
    assert "://" not in text
    assert len(packages) > 100
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
