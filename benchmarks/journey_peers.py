"""What follows what, which ways are common, and who gets credit, beside pm4py and ChannelAttribution: the same events.

``python benchmarks/journey_peers.py PYTHON [EVENTS]`` takes the interpreter of an environment with the peers and
pyarrow (``uv venv peer; uv pip install --python peer/bin/python pm4py ChannelAttribution pyarrow matplotlib``). Each
tool reads the Parquet file in a process of its own, imports before the clock starts; what both find is printed beside
what they took.
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


def cxlens_credit(path: str) -> Callable[[], dict[str, float]]:
    """The log with the checks of its door, then credit by five rules, with two resamples of customers."""
    import duckdb  # noqa: F401 - before the clock starts

    import cxlens as cx

    roles = {"customer": "customer", "touchpoint": "touchpoint", "time": "time", "outcome": "outcome"}

    def job() -> dict[str, float]:
        log = cx.JourneyLog(path, **roles)
        credit = cx.attribution(log, order=1, n_boot=2).table.set_index(["rule", "touchpoint"])["credit"]
        return {rule: float(credit[rule, "Web"]) for rule in CREDIT}

    return job


def channel_attribution(path: str) -> Callable[[], dict[str, float]]:
    """Ways until the first conversion as texts, counted; three heuristics and a simulated chain of order 1."""
    import ChannelAttribution
    import pandas as pd

    def job() -> dict[str, float]:
        events = pd.read_parquet(path).sort_values(["customer", "time"], kind="stable")
        later = events.groupby("customer")["outcome"].cumsum() - events["outcome"] > 0
        until = events[~later].groupby("customer", sort=False)
        ways = pd.DataFrame({"way": until["touchpoint"].agg(" > ".join), "won": until["outcome"].max()})
        counted = ways.groupby("way")["won"].agg(["sum", "size"]).reset_index()
        counted["lost"] = counted["size"] - counted["sum"]
        rules = ChannelAttribution.heuristic_models(counted, "way", "sum", flg_pro=False).set_index("channel_name")
        chain = ChannelAttribution.markov_model(counted, "way", "sum", var_null="lost", verbose=False, flg_pro=False)
        by_removal = chain.set_index("channel_name")["total_conversions"]
        credit = {rule: float(rules.loc["Web", column]) for rule, column in HEURISTICS.items()}
        return credit | {"markov": float(by_removal["Web"])}

    return job


HEURISTICS = {"first": "first_touch", "last": "last_touch", "linear": "linear_touch"}
CREDIT = (*HEURISTICS, "markov")
JOBS = {
    "cxlens, ways": cxlens,
    "pm4py": pm4py,
    "cxlens, credit": cxlens_credit,
    "ChannelAttribution": channel_attribution,
}


def timed(tool: str, path: str) -> dict[str, Any]:
    """What a tool takes, and finds."""
    job = JOBS[tool](path)
    began, worked = time.perf_counter(), time.process_time()
    found = job()
    return {"seconds": time.perf_counter() - began, "processors": time.process_time() - worked, **found}


def main(python: str, events: int = EVENTS) -> None:
    """Write the file if it is not there, and print a row a tool."""
    from journeys import FOLDER, write_events

    path = FOLDER / f"{events}.parquet"
    if not path.exists():
        write_events(path, events)
    print("| tool | seconds | processor seconds | found |\n| --- | --: | --: | --- |")
    for tool in JOBS:
        interpreter = sys.executable if tool.startswith("cxlens") else python
        command = [interpreter, str(Path(__file__)), "--tool", tool, str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        row = json.loads(answer.splitlines()[-1])
        took = f"{row.pop('seconds'):.1f} | {row.pop('processors'):.1f}"
        found = ", ".join(f"{name} {figure:,.0f}" for name, figure in row.items())
        print(f"| {tool} | {took} | {found} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--tool":
        print(json.dumps(timed(sys.argv[2], sys.argv[3])))
    else:
        main(sys.argv[1], *[int(given) for given in sys.argv[2:]])
