"""What is handed out: every file that the package reads, and advice that is true of a wheel."""

from __future__ import annotations

import ast
import importlib.util
import re
import tarfile
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

import cxlens as cx
from cxlens import cli

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cxlens"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
READ = re.compile(r"[\w.-]+\.(?:css|csv|html|js|toml|txt)")
SOURCES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
BESIDE = sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"})
PROSE = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "notebooks").glob("*.ipynb"))]


@pytest.fixture(scope="module")
def check_dist():
    spec = importlib.util.spec_from_file_location("check_dist", ROOT / ".ci" / "check_dist.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(tree: ast.AST) -> list[str]:
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def named_beside(tree: ast.AST) -> list[str]:
    """What a module names with ``with_name``: a file or a folder beside it."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="with_name"), args=[ast.Constant(value=name)]):
                found.append(name)
    return found


def test_the_wheel_takes_the_whole_package_and_its_samples():
    assert WHEEL == {"packages": ["cxlens"], "force-include": {"data/samples": "cxlens/datasets/samples"}}
    assert cx.datasets.sample_folder() in (ROOT / "data" / "samples", PACKAGE / "datasets" / "samples")


def test_what_git_ignores_and_a_build_leaves_out_is_nothing_that_is_read():
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    anywhere = [line.strip("/") for line in lines if line and not line.startswith("/")]
    assert anywhere
    names = {part for path in BESIDE for part in path.relative_to(ROOT).parts}
    assert [name for name in names for pattern in anywhere if fnmatch(name, pattern)] == []
    assert not any(line.startswith(("/cxlens", "/data")) for line in lines)
    assert PACKAGE / "py.typed" in BESIDE


def test_each_file_that_a_module_reads_is_beside_it():
    named = [path.with_name(name) for path, tree in SOURCES.items() for name in named_beside(tree)]
    assert len(named) > 15
    assert [path for path in named if not path.exists()] == []


def test_no_file_is_handed_out_that_nothing_reads():
    said = {text for tree in SOURCES.values() for text in texts(tree)}
    pages = [path.read_text(encoding="utf-8") for path in BESIDE if path.suffix == ".html"]
    said |= {name for page in pages for name in READ.findall(page)}
    names = {path.name for path in BESIDE} - {"py.typed"}
    assert sorted(names - said) == []


def test_what_the_studies_of_the_samples_name_comes_along():
    folder = cx.datasets.sample_folder()
    for study in folder.rglob("*.toml"):
        named = re.findall(r'"([\w.-]+\.(?:csv|xlsx|sav))"', study.read_text(encoding="utf-8"))
        assert named
        assert [name for name in named if not (study.parent / name).is_file()] == []
    assert {"README.md", "airport", "cdnow", "hotels"} <= {path.name for path in folder.iterdir()}
    assert (folder / "cdnow" / "LICENSE-lifetimes.txt").is_file()


def test_each_package_that_may_be_missing_is_in_the_extra_that_is_advised():
    calls = [
        [argument.value for argument in node.args]
        for tree in SOURCES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "not_installed"
    ]
    assert len(calls) == 7
    for _, package, extra in calls:
        assert package in [re.match(r"[\w-]+", need)[0] for need in EXTRAS[extra]]


def test_advice_to_install_is_said_in_one_way():
    """An extra of what is installed, a wheel, or the clone; in quotes that each shell understands."""
    allowed = re.compile(r'pip install (?:\\?"(?:cxlens|\.)\[([\w,]+)\]\\?"|cxlens-([\d.]+)-py3-none-any\.whl)')
    files = [PACKAGE / "errors.py", *PROSE]
    for path in files:
        text = path.read_text(encoding="utf-8").replace("{extra}", "office")
        for found in re.finditer("pip install", text):
            advice = allowed.match(text, found.start())
            assert advice, f"{path.name}: {text[found.start() :][:60]}"
            extras, version = advice.groups()
            assert version in (None, cx.__version__)
            assert set((extras or "lab").split(",")) <= set(EXTRAS)
    others = [path.name for path, tree in SOURCES.items() if any("pip install" in text for text in texts(tree))]
    assert others == ["errors.py"]


def test_the_version_is_told_the_same_everywhere(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"cxlens {cx.__version__}\n"
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {cx.__version__}\n" in cited
    newest = re.search(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest[1] == cx.__version__


def pack(folder: Path, check_dist, *, left: str = "", added: str = "") -> None:
    """A wheel and an sdist that hold what they should, but for one file left out and one added."""
    files = check_dist.sources()
    about = f"cxlens-{cx.__version__}.dist-info"
    with zipfile.ZipFile(folder / "a.whl", "w") as wheel:
        for name in sorted((check_dist.of_wheel(files, about) - {left}) | ({added} - {""})):
            wheel.writestr(name, f"Version: {cx.__version__}\n" if name.endswith("METADATA") else "")
    with tarfile.open(folder / "a.tar.gz", "w:gz") as sdist:
        for name in check_dist.of_sdist(files, "a"):
            sdist.addfile(tarfile.TarInfo(name))


def test_a_wheel_and_an_sdist_that_hold_what_they_should(tmp_path, check_dist):
    pack(tmp_path, check_dist)
    assert check_dist.faults(tmp_path) == []


def test_what_is_missing_or_too_much_is_named(tmp_path, check_dist):
    pack(tmp_path, check_dist, left="cxlens/py.typed", added="tests/test_cli.py")
    assert check_dist.faults(tmp_path) == ["a.whl: cxlens/py.typed is missing", "a.whl: tests/test_cli.py is too much"]


def test_there_is_one_of_each(tmp_path, check_dist):
    assert check_dist.faults(tmp_path) == [f"{tmp_path} must hold one wheel and one sdist, found 0 and 0"]


def test_nothing_is_handed_out_that_only_developers_need(check_dist):
    held = check_dist.of_wheel(check_dist.sources(), "about") | check_dist.of_sdist(check_dist.sources(), "a")
    assert [name for name in held if re.search(r"\.ipynb$|(^|/)tests?/|(^|/)test_|\.pyc$|(^|/)benchmarks/", name)] == []
