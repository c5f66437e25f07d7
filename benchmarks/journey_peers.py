"""What follows what, and which ways are common, beside pm4py: the same simulated events, each tool by itself.

``python benchmarks/journey_peers.py PYTHON [EVENTS]`` takes the interpreter of an environment with pm4py and pyarrow
(``uv venv peer; uv pip install --python peer/bin/python pm4py pyarrow``). Each tool reads the Parquet file in a process
of its own, imports before the clock starts; the figures that both have are printed beside what they took.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVENTS = 1_000_000


def cxlens(path: str) -> Callable[[], dict[str, int]]:
    """The log with the checks of its door, then transitions and variants."""
    import duckdb  # noqa: F401 - before the clock starts

    from cxlens.engine import journeys as engine
    from cxlens.study.journeys import JourneyLog

    def job() -> dict[str, int]:
        events = JourneyLog(path, customer="customer", touchpoint="touchpoint", time="time").rows()
        moves = engine.transitions(events)
        between = (moves.origin != engine.EDGE) & (moves.target != engine.EDGE)
        return {"transitions": int(moves.n[between].sum()), "variants": len(engine.variants(events).n)}

    return job


def pm4py(path: str) -> Callable[[], dict[str, int]]:
    """The directly-follows graph and the variants of a formatted frame."""
    import pandas as pd
    import pm4py as peer

    def job() -> dict[str, int]:
        frame = peer.format_dataframe(pd.read_parquet(path), "customer", "touchpoint", "time")
        follows, _, _ = peer.discover_dfg(frame)
        return {"transitions": sum(follows.values()), "variants": len(peer.get_variants(frame))}

    return job


TOOLS = {"cxlens": cxlens, "pm4py": pm4py}


def timed(tool: str, path: str) -> dict[str, Any]:
    """What a tool finds, and what it takes."""
    job = TOOLS[tool](path)
    began, worked = time.perf_counter(), time.process_time()
    found = job()
    return {"seconds": time.perf_counter() - began, "processors": time.process_time() - worked, **found}


def main(python: str, events: int = EVENTS) -> None:
    """Write the file if it is not there, and print the table."""
    from journeys import FOLDER, write_events

    path = FOLDER / f"{events}.parquet"
    if not path.exists():
        write_events(path, events)
    print("| tool | seconds | processor seconds | transitions | variants |\n| --- | --: | --: | --: | --: |")
    for tool, interpreter in (("cxlens", sys.executable), ("pm4py", python)):
        command = [interpreter, str(Path(__file__)), "--tool", tool, str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        row = json.loads(answer.splitlines()[-1])
        took = f"{row['seconds']:.1f} | {row['processors']:.1f}"
        print(f"| {tool} | {took} | {row['transitions']:,} | {row['variants']:,} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--tool":
        print(json.dumps(timed(sys.argv[2], sys.argv[3])))
    else:
        main(sys.argv[1], *[int(given) for given in sys.argv[2:]])
