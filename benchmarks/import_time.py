"""How long does ``import cxlens`` take, beside ``import pandas``?

Whole processes are timed, one of each in turn, so that what else the machine does falls on both alike.
Usage: python benchmarks/import_time.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

PAIRS = 15
STATEMENTS = ("import cxlens", "import pandas")
# Where bytecode is not kept, every run would compile pandas anew, and that is what would be measured.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def seconds(statement: str) -> float:
    """Wall-clock time of one fresh interpreter that runs the statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=ENVIRONMENT)
    return time.perf_counter() - start


def main() -> None:
    """Time the pairs and print them as a table."""
    for statement in STATEMENTS:
        seconds(statement)  # the first run compiles and fills the disk cache: not counted
    runs: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for _ in range(PAIRS):
        for statement in STATEMENTS:
            runs[statement].append(seconds(statement))
    pandas = statistics.median(runs["import pandas"])
    print("| statement | median, s | fastest, s | slowest, s | median over pandas |")
    print("|---|---|---|---|---|")
    for statement, times in runs.items():
        middle = statistics.median(times)
        print(f"| `{statement}` | {middle:.3f} | {min(times):.3f} | {max(times):.3f} | {middle / pandas:.2f} |")


if __name__ == "__main__":
    main()
