"""How long a report takes in two checkouts: whole processes, in turns on one machine.

``python benchmarks/report_speed.py BEFORE AFTER [--pairs 3]`` writes the report of the simulated airport and, where
``CXLENS_TEST_DATA`` (by default ``../shared``) holds ``sfo/``, that of the real San Francisco survey of 2013 to 2017,
with the code of either folder, and prints the median seconds and their ratio. Beside it, ``quick_wins`` after
``drivers`` within one process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

AIRPORT = """
import cxlens as cx
cx.report(cx.datasets.load_airport(), out)
"""
SAN_FRANCISCO = """
import importlib.util
import pathlib
import cxlens as cx
spec = importlib.util.spec_from_file_location("make_study", pathlib.Path(code, "notebooks/case_study/make_study.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
cx.report(cx.Study.from_toml(module.make(pathlib.Path(data, "sfo"), pathlib.Path(out).parent)), out)
"""
QUICK_WINS = """
import time
import cxlens as cx
study = cx.datasets.load_airport()
drivers = cx.drivers(study.survey())
start = time.perf_counter()
cx.quick_wins(drivers, study.initiatives(), touchpoint_map=study.map())
print(time.perf_counter() - start)
"""


def seconds(code: Path, script: str, data: Path, *, inside: bool) -> float:
    """Wall time of one process that runs a script with the package of a folder, or the time that it prints."""
    with tempfile.TemporaryDirectory() as folder:
        given = f"code, data, out = {str(code)!r}, {str(data)!r}, {str(Path(folder, 'report.html'))!r}\n"
        head = f"import sys\nsys.path.insert(0, {str(code)!r})\n"
        start = perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", head + given + script], check=True, capture_output=True, text=True, cwd=folder
        )
        whole = perf_counter() - start
    return float(done.stdout) if inside else whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    data = Path(os.environ.get("CXLENS_TEST_DATA", "../shared")).resolve()
    scripts = {"report of the airport": AIRPORT, "quick_wins after drivers": QUICK_WINS}
    if (data / "sfo").is_dir():
        scripts["report of San Francisco"] = SAN_FRANCISCO
    for name, script in scripts.items():
        inside = script is QUICK_WINS
        times: dict[Path, list[float]] = {asked.before.resolve(): [], asked.after.resolve(): []}
        for _ in range(asked.pairs):
            for code, measured in times.items():
                measured.append(seconds(code, script, data, inside=inside))
        before, after = (median(measured) for measured in times.values())
        print(f"{name}: {before:.1f} s before, {after:.1f} s after, ratio {after / before:.2f}", flush=True)


if __name__ == "__main__":
    main()
