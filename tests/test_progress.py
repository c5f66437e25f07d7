"""Progress is shown where there is a terminal, and nowhere else: a notebook would save it as errors."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

from cxlens.stats.importance import SLOW_IN_ORDER, sampled_lmg

PACKAGE = Path(__file__).parent.parent / "cxlens"


def bars():
    """Every progress bar in the package: file, line, and its ``disable``."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tqdm":
                options = {option.arg: option.value for option in node.keywords}
                yield f"{path.name}:{node.lineno}", ast.unparse(options["disable"]) if "disable" in options else ""


def test_every_bar_asks_whether_there_is_a_terminal():
    found = dict(bars())
    assert len(found) >= 4
    assert [place for place, disable in found.items() if "None" not in disable] == []


def test_without_a_terminal_nothing_is_shown(capfd):
    assert SLOW_IN_ORDER <= 40
    cov = np.identity(41)[:, :, None]
    sampled_lmg(cov, np.ones(1), (1,) * 40, orders=3, seed=1)
    assert capfd.readouterr().err == ""
