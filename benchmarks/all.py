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


def run(name: str) -> float:
    """Run one, write what it prints, and give back its seconds; an error stands where its figures would."""
    before = _load()
    start = perf_counter()
    done = subprocess.run([sys.executable, HERE / f"{name}.py"], capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    told = f"{dt.date.today()}, load {before} before and {_load()} after, {seconds:.0f} s"
    failed = "" if done.returncode == 0 else f"\n\nFailed:\n\n{done.stderr}"
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.md").write_text(f"{told}\n\n{done.stdout}{failed}", encoding="utf-8")
    return seconds


def _load() -> str:
    """How many processes waited for the processors, the mean of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def main(*names: str) -> None:
    """Run them, and say where each stands."""
    for name in names or NAMES:
        seconds = run(name)
        print(f"{seconds:5.0f} s  {OUT / name}.md", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
