"""Every benchmark of speed, one after the other on one machine that does nothing else: about 40 minutes.

``python benchmarks/all.py [NAME ...]`` runs the scripts named, or all, each in a process of its own, and writes what
they print to ``build/benchmarks/NAME.md``, under the date and the load of the machine before and after. What they
simulate they write under ``build`` the first time, some 4 GB. What needs another checkout, an environment of other
tools, or hours is run by its own script: ``report_speed.py``, ``journey_peers.py``, ``spark.py``, ``roadmap.py``, and
the simulations of ``make simulate``.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "benchmarks"
NAMES = (
    "import_time",
    "importance",
    "plan_flow",
    "peers",
    "scale",
    "scorecard",
    "purchases",
    "journeys",
    "journey_sides",
    "flow_widget",
    "partitioned",
)


def run(name: str) -> tuple[float, bool]:
    """Run one, write what it prints, and say its seconds and whether it failed; the error stands under its figures."""
    before = _load()
    start = perf_counter()
    done = subprocess.run([sys.executable, HERE / f"{name}.py"], capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    told = f"{dt.date.today()}, load {before} before and {_load()} after, {seconds:.0f} s"
    has_failed = done.returncode != 0
    failed = f"\n\nFailed:\n\n{done.stderr}" if has_failed else ""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.md").write_text(f"{told}\n\n{done.stdout}{failed}", encoding="utf-8")
    return seconds, has_failed


def _load() -> str:
    """How many processes waited for the processors, the mean of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def main(*names: str) -> int:
    """Run them, and say where each stands; how many failed."""
    failures = 0
    for name in names or NAMES:
        seconds, has_failed = run(name)
        failures += has_failed
        print(f"{seconds:5.0f} s  {OUT / name}.md{'  failed' if has_failed else ''}", flush=True)
    return failures


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
