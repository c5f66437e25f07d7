"""The shape of the package: who may import whom, how long things are, what the lock file may say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cxlens"
# A package of the house: what it may import beside itself and all that these may import.
HOUSE = {
    "errors": "",
    "stats": "errors",
    "engine": "stats",
    "files": "engine",
    "common": "files",
    "study": "common",
    "stages.plan": "study",
    "stages.journeys": "study",
    "stages.drivers": "study",
    "stages.baseline": "stages.drivers",
    "stages.improve": "stages.baseline",
    "stages.impact": "stages.improve stages.journeys",
    "datasets": "stages.plan stages.impact",
    "publish": "datasets",
    "cli": "publish",
}
# The face of a stage: the verbs and their results. Its sides lie below it, its pictures above.
FACES = {"sample_size", "baseline", "drivers", "segments", "estimator", "what_if", "quick_wins", "roadmap"}
PICTURES = re.compile(r"(\w+_)?charts?|explore|board")
# Sizes in nodes of the syntax tree: of a line in the mean, of a line of any module, of a function, of a module.
MEAN, DENSE, LONG, LARGE = 10, 12, 350, 5_000
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (ast.Module, ast.ClassDef, *FUNCTIONS)
TEXTS = (ast.Constant, ast.JoinedStr)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_of(path: Path) -> str:
    """``stages.drivers.fit``: the dotted name below the package."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The package of the house a module stands in: ``stages.drivers``."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "stages" else parts[0]


@cache
def may_import(room: str) -> set[str]:
    """A room and all that lies below it."""
    below = [may_import(lower) for lower in HOUSE[room].split()]
    return {room}.union(*below)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node; blocks for type checkers aside."""
    ahead = [node]
    while ahead:
        for child in ast.iter_child_nodes(ahead.pop()):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            yield child
            ahead.append(child)


def imported(node: ast.AST, path: Path) -> list[str]:
    """Full names of the modules, or names in modules, that one import statement asks for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        here = ["cxlens", *path.relative_to(PACKAGE).with_suffix("").parts]
        base = [*(here[: -node.level] if node.level else []), *([node.module] if node.module else [])]
        return [".".join([*base, alias.name]) for alias in node.names]
    return []


@cache
def imports_of(path: Path) -> list[tuple[int, str]]:
    """Line and full name of each thing a file imports, also inside functions."""
    return [(node.lineno, name) for node in walk(tree_of(path)) for name in imported(node, path)]


def wrong_imports(path: Path) -> list[str]:
    """Imports that go against the one way, also those inside functions."""
    module, wrong = module_of(path), []
    room = room_of(module)
    for line, name in imports_of(path):
        if name.split(".")[0] != "cxlens" or name.split(".")[1:2] in (["errors"], ["__version__"]):
            continue
        target = room_of(name.removeprefix("cxlens").removeprefix("."))
        if room not in HOUSE or target not in may_import(room):
            wrong.append(f"{name_of(path)}:{line}: {room} imports {name}")
    return wrong


def all_imports() -> dict[Path, list[str]]:
    """What each file of the package imports; asked for by tests alone, since it takes seconds."""
    return {path: [name for _, name in imports_of(path)] for path in MODULES}


def circles() -> list[set[str]]:
    """Groups of files that import each other."""
    modules = {module_of(path): path for path in MODULES}
    graph = {module: set() for module in modules}
    for module, path in modules.items():
        for name in all_imports()[path]:
            wanted = name.removeprefix("cxlens.")
            while wanted and wanted not in modules:
                wanted = wanted.rpartition(".")[0]
            graph[module] |= {wanted} - {"", module}
    reach = {module: reached_from(module, graph) for module in graph}
    groups = {frozenset(other for other in reach[module] if module in reach[other]) for module in graph}
    return [set(group) for group in groups if group]


def reached_from(start: str, graph: dict[str, set[str]]) -> set[str]:
    """All modules that a module leads to, itself only where there is a circle."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph[ahead.pop()] - reached
        reached |= new
        ahead += new
    return reached


def code_lines(text: str, tree: ast.AST) -> int:
    """Lines that hold code: no blanks, comments or docstrings; all lines of other texts."""
    stripped = [line.strip() for line in text.splitlines()]
    lines = {number for number, line in enumerate(stripped, 1) if line and not line.startswith("#")}
    docstrings: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, TEXTS):
            lines.update(range(node.lineno, node.end_lineno + 1))
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False):
            docstrings.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines - docstrings)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes_of(tree: ast.AST) -> int:
    """Syntax nodes; the docstrings of modules, classes and functions aside."""
    nodes = list(ast.walk(tree))
    documented = [node for node in nodes if isinstance(node, DOCUMENTED)]
    words = [node for node in documented if ast.get_docstring(node, clean=False) is not None]
    return len(nodes) - 2 * len(words)  # a docstring is an expression and its constant


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, FUNCTIONS)]


def test_imports_go_one_way():
    assert [wrong for path in MODULES if path != PACKAGE / "__init__.py" for wrong in wrong_imports(path)] == []


@pytest.mark.parametrize(
    ("room", "code", "found"),
    [
        ("stats/a.py", "from cxlens.study.survey import Survey", 1),
        ("stats/a.py", "from cxlens.errors import CxlensError", 0),
        ("stats/a.py", "from ..engine import tables", 1),
        ("engine/a.py", "from cxlens.stats.moments import add", 0),
        ("study/a.py", "def f():\n    from cxlens import publish", 1),
        ("study/a.py", "from cxlens import Survey", 1),
        ("study/a.py", "import cxlens", 1),
        ("stages/drivers/a.py", "from cxlens.stages.baseline import score", 1),
        ("stages/baseline/a.py", "from cxlens.stages.drivers import fit", 0),
        ("stages/baseline/a.py", "if TYPE_CHECKING:\n    from cxlens.publish import report", 0),
        ("publish/a.py", "from cxlens import __version__, errors, cli", 1),
        ("publish/a.py", "from cxlens.stages.plan import sample_size", 0),
        ("errors.py", "from cxlens.common import values", 1),
    ],
)
def test_the_check_of_imports_sees_what_it_should(room, code, found, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    path = tmp_path / room
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")
    assert len(wrong_imports(path)) == found


def test_no_files_import_each_other_in_a_circle():
    assert circles() == []


def sides_that_import_the_face() -> dict[str, str]:
    """By stage, the modules below the face that import from it, in words."""
    wrong: dict[str, set[str]] = {}
    for path in MODULES:
        module, leaf = module_of(path), path.stem
        room = room_of(module)
        if not room.startswith("stages.") or leaf in FACES or PICTURES.fullmatch(leaf):
            continue
        faces = [
            name for name in all_imports()[path] if name.startswith(f"cxlens.{room}.") and name.split(".")[3] in FACES
        ]
        if faces:
            wrong.setdefault(room, set()).add(leaf)
    return {room: " ".join(sorted(leaves)) for room, leaves in wrong.items()}


def test_no_side_imports_the_face():
    assert sides_that_import_the_face() == {}


def test_results_reach_their_pictures_through_the_port_alone():
    pictures = {f"cxlens.{module_of(path)}" for path in MODULES if PICTURES.fullmatch(path.stem)}
    wrong = [
        f"{name_of(path)} imports {name}"
        for path, names in all_imports().items()
        if room_of(module_of(path)).startswith("stages.") and not PICTURES.fullmatch(path.stem)
        for name in names
        if name in pictures or name.rpartition(".")[0] in pictures
    ]
    assert len(pictures) > 20
    assert wrong == []


def test_one_module_alone_imports_by_name_at_run_time():
    doors = {"__init__.py", "common/port.py", "datasets/__init__.py"}
    assert {name_of(path) for path in MODULES if "import_module(" in path.read_text(encoding="utf-8")} == doors


def test_stats_is_numpy_in_numpy_out():
    others = {"pandas", "polars", "pyarrow", "ibis", "duckdb", "matplotlib", "seaborn", "ipywidgets"}
    paths = [path for path in MODULES if module_of(path).startswith("stats")]
    assert len(paths) > 20
    for path in paths:
        nodes = ast.walk(tree_of(path))
        roots = {name.split(".")[0] for node in nodes for name in imported(node, path)}
        assert roots.isdisjoint(others), name_of(path)


def test_public_functions_name_their_arguments():
    public = [(path, node) for path in MODULES for node in functions(path) if not node.name.startswith("_")]
    assert [f"{name_of(path)}: {node.name}" for path, node in public if node.args.kwarg] == []


def test_lines_are_not_packed():
    sizes = {name_of(path): nodes_of(tree_of(path)) for path in MODULES}
    lines = {name_of(path): code_lines(path.read_text(encoding="utf-8"), tree_of(path)) for path in MODULES}
    assert [name for name in sizes if sizes[name] > DENSE * max(lines[name], 1)] == []
    assert [name for name in sizes if sizes[name] > LARGE] == []
    assert sum(sizes.values()) / sum(lines.values()) <= MEAN


def test_functions_are_short():
    sizes = {f"{name_of(path)}: {node.name}": nodes_of(node) for path in MODULES for node in functions(path)}
    assert {name: size for name, size in sizes.items() if size > LONG} == {}


def levels_of(node: ast.AST) -> int:
    """How deep comprehensions nest in a node: its own clauses, and the deepest of those inside it."""
    inside = max((levels_of(child) for child in ast.iter_child_nodes(node)), default=0)
    return inside + (len(node.generators) if isinstance(node, COMPREHENSIONS) else 0)


@pytest.mark.parametrize(("code", "levels"), [("[i for i in x]", 1), ("[[i for i in j] for j in k]", 2), ("x", 0)])
def test_levels_count_comprehensions(code, levels):
    assert levels_of(ast.parse(code)) == levels


def test_comprehensions_nest_at_most_twice():
    assert [name_of(path) for path in MODULES if levels_of(tree_of(path)) > 2] == []


def test_the_formatter_is_off_at_tables_of_constants_only():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        constants = {
            line
            for node in tree_of(path).body
            if isinstance(node, (ast.Assign, ast.AnnAssign))
            for line in range(node.lineno, node.end_lineno + 1)
        }
        off = {number for number, line in enumerate(text.splitlines(), 1) if "# fmt:" in line}
        assert off <= constants, name_of(path)


def test_each_module_has_a_test_file():
    modules = [path.relative_to(PACKAGE) for path in MODULES if not path.stem.startswith("__")]
    beside = [ROOT / "tests" / module.parent / f"test_{module.stem}.py" for module in modules]
    assert [path.name for path in beside if not path.is_file()] == []


def test_nodes_leave_out_words():
    text = '"""Words."""\n\ndef f():\n    """More."""\n    return 1\n'
    assert nodes_of(ast.parse(text)) == nodes_of(ast.parse("def f():\n    return 1\n"))


def test_code_lines_leaves_out_words():
    text = '"""Words."""\n\n# why\nx = 1\n\n\ndef f():\n    """More."""\n    return (\n        x\n    )\n'
    assert code_lines(text, ast.parse(text)) == 5


def test_the_lock_has_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9].*(?:\n .*)*", text, flags=re.MULTILINE)
    assert "://" not in text
    assert len(packages) > 100
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
