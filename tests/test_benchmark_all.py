"""All benchmarks one after the other: what each prints is kept, and so is why it failed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def everything(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("all_benchmarks", FOLDER / "all.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "OUT", tmp_path / "out")
    return module


def test_what_one_prints_stands_under_the_load(everything, tmp_path, capsys):
    tmp_path.joinpath("quick.py").write_text("print('| step | 1 s |')")
    assert everything.main("quick") == 0
    head, _, table = (tmp_path / "out" / "quick.md").read_text().split("\n")[:3]
    assert "load" in head
    assert table == "| step | 1 s |"
    assert capsys.readouterr().out.endswith("quick.md\n")


def test_an_error_stands_where_figures_would(everything, tmp_path, capsys):
    tmp_path.joinpath("broken.py").write_text("raise SystemExit('no such file')")
    tmp_path.joinpath("quick.py").write_text("print('| step | 1 s |')")
    assert everything.main("broken", "quick") == 1
    broken, quick = capsys.readouterr().out.splitlines()
    assert broken.endswith("broken.md  failed")
    assert quick.endswith("quick.md")
    assert "Failed:\n\nno such file" in (tmp_path / "out" / "broken.md").read_text()


def test_each_that_is_named_is_there(everything):
    assert all((FOLDER / f"{name}.py").exists() for name in everything.NAMES)
