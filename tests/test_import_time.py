"""``import cxlens`` loads nothing heavy. Seconds are measured in benchmarks/import_time.py, not here."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "anywidget",
    "duckdb",
    "ibis",
    "ipywidgets",
    "matplotlib",
    "pandas",
    "scipy",
    "seaborn",
    "sklearn",
    "statsmodels",
}


def loaded(code):
    """Names in sys.modules after a fresh interpreter has run the code."""
    code = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_import_cxlens_loads_nothing_heavy():
    assert loaded("import cxlens") & HEAVY == set()


def test_import_cxlens_loads_no_room():
    assert {name for name in loaded("import cxlens") if name.startswith("cxlens.")} == set()


def test_looking_at_the_names_loads_nothing_heavy():
    assert loaded("import cxlens; dir(cxlens); cxlens.__version__; cxlens.CxlensError") & HEAVY == set()
