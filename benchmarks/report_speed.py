"""How long a report takes in two checkouts: whole processes, in turns on one machine.

``python benchmarks/report_speed.py BEFORE AFTER [--pairs 3]`` writes the report of the simulated airport and, where
``CXLENS_TEST_DATA`` (by default ``../shared``) holds ``sfo/``, that of the real San Francisco survey of 2013 to 2017,
with the code of either folder. Beside it, within one process each, ``quick_wins`` and ``verdicts`` after ``drivers``.
It prints the medians of processor time, which other work on the machine hardly changes, and of wall time.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

# Where bytecode is not kept, every run would compile the package anew, and that would be measured.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
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
TIMED = """
import time
import cxlens as cx
study = cx.datasets.load_airport()
drivers = cx.drivers(study.survey())
card = cx.baseline(study.survey(), study.map())
initiatives = study.initiatives()
wall, processor = time.perf_counter(), time.process_time()
{call}
print(time.process_time() - processor, time.perf_counter() - wall)
"""
CALLS = {
    "quick_wins after drivers": "cx.quick_wins(drivers, initiatives, touchpoint_map=study.map())",
    "verdicts after drivers": "card.verdicts(drivers)",
}


class Seconds(NamedTuple):
    """What one run took: of the processor, and by the clock."""

    processor: float
    wall: float


def run(code: Path, script: str, data: Path) -> Seconds:
    """One process that runs a script with the package of a folder; what the script prints is what it took."""
    with tempfile.TemporaryDirectory() as folder:
        given = f"code, data, out = {str(code)!r}, {str(data)!r}, {str(Path(folder, 'report.html'))!r}\n"
        head = f"import sys\nsys.path.insert(0, {str(code)!r})\n"
        start = perf_counter()
        used = _used()
        done = subprocess.run(
            [sys.executable, "-c", head + given + script],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
            env=ENVIRONMENT,
        )
        whole = Seconds(_used() - used, perf_counter() - start)
    return Seconds(*map(float, done.stdout.split())) if done.stdout else whole


def _used() -> float:
    """Processor seconds of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compare(name: str, runs: dict[Path, list[Seconds]]) -> None:
    """Print the medians of both folders, and their ratios."""
    for kind in Seconds._fields:
        before, after = (median(getattr(one, kind) for one in measured) for measured in runs.values())
        print(f"{name}, {kind}: {before:.2f} s before, {after:.2f} s after, ratio {after / before:.2f}", flush=True)


def main() -> None:
    """Time the pairs and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    data = Path(os.environ.get("CXLENS_TEST_DATA", "../shared")).resolve()
    scripts = {name: TIMED.format(call=call) for name, call in CALLS.items()}
    scripts["report of the airport"] = AIRPORT
    if (data / "sfo").is_dir():
        scripts["report of San Francisco"] = SAN_FRANCISCO
    for name, script in scripts.items():
        runs: dict[Path, list[Seconds]] = {asked.before.resolve(): [], asked.after.resolve(): []}
        for code in runs:
            run(code, script, data)  # the first run compiles and fills the disk cache: not counted
        for _ in range(asked.pairs):
            for code, measured in runs.items():
                measured.append(run(code, script, data))
        compare(name, runs)


if __name__ == "__main__":
    main()
