"""Millions of events from a Parquet file: reading, sorting and counting, beside bare SQL in DuckDB.

``python benchmarks/journeys.py [EVENTS] [MEMORY]`` writes the file under build/journeys the first time, counts in
processes of their own, and prints a table. MEMORY, such as 1GB, is what DuckDB may use before it uses the disk. The
target, at most 1.5 times bare SQL, stands beside and is not asserted, since seconds are the machine's.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

EVENTS = 10_000_000
CHUNK = 500_000  # events made at once
EACH = 0.12  # customers an event
FOLDER = Path(__file__).parent.parent / "build" / "journeys"
START = np.datetime64("2025-01-01T00:00:00", "s")
YEAR = 365 * 86_400
NAMES = ["Advert", "Web", "App", "Shop", "Call", "Chat", "Order", "Delivery", "Invoice", "Return", "Survey", "Advice"]
SHARES = np.array([16, 20, 14, 10, 7, 5, 9, 8, 5, 2, 2, 2]) / 100
KINDS = {"customer": pa.int64(), "touchpoint": pa.string(), "time": pa.timestamp("us"), "outcome": pa.int8()}


def write_events(path: Path, events: int, seed: int = 0) -> Path:
    """Write simulated events in order of time, a chunk at a time; each customer prefers one touchpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema(list(KINDS.items()))
    customers = max(int(EACH * events), 1)
    with pq.ParquetWriter(path, schema) as file:
        for start in range(0, events, CHUNK):
            rng = np.random.default_rng([seed, start])
            m = min(CHUNK, events - start)
            who = (customers * rng.random(m) ** 1.3).astype(np.int64)  # some meet far more than others
            favourite = (who * 0.6180339887) % 1
            draw = np.where(rng.random(m) < 0.5, favourite, rng.random(m))
            which = np.minimum(np.searchsorted(np.cumsum(SHARES), draw), len(NAMES) - 1)
            seconds = ((start + np.sort(rng.random(m)) * m) / events * YEAR).astype("m8[s]")
            converted = (which == NAMES.index("Order")) & (rng.random(m) < 0.4)
            columns = [
                pa.array(who),
                pa.array(NAMES).take(pa.array(which)),
                pa.array((START + seconds).astype("M8[us]")),
                pa.array(converted.astype(np.int8)),
            ]
            file.write_table(pa.Table.from_arrays(columns, schema=schema))
    return path


class Clock:
    """Seconds on the clock and of processors, and the most memory so far, of each step."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []

    def time(self, step: str, work: Callable[[], Any]) -> Any:
        """Do some work, and write down what it took."""
        began, worked = time.perf_counter(), time.process_time()
        made = work()
        self.steps.append(
            {
                "step": step,
                "seconds": time.perf_counter() - began,
                "processors": time.process_time() - worked,
                "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            }
        )
        return made


def bare(path: str, memory: str) -> list[dict[str, Any]]:
    """The figures by bare SQL: one sorted table, and a GROUP BY each."""
    import duckdb

    connection = duckdb.connect()
    if memory:
        connection.execute(f"SET memory_limit = '{memory}'")
        connection.execute(f"SET temp_directory = '{tempfile.mkdtemp()}'")
    clock = Clock()
    ask = connection.execute
    events = f"read_parquet('{path}')"

    def sort() -> None:
        ask(f"CREATE TYPE names AS ENUM (SELECT DISTINCT touchpoint FROM {events} ORDER BY 1)")  # noqa: S608 - our path
        ask(
            "CREATE TABLE o AS SELECT customer c, touchpoint::names t, outcome, row_number() OVER w s, "  # noqa: S608
            "lead(touchpoint::names) OVER w n, epoch_us(lead(time) OVER w) - epoch_us(time) g "
            f"FROM {events} WINDOW w AS (PARTITION BY customer ORDER BY time)"
        )

    clock.time("read and sort", sort)
    pairs = "SELECT t, n, count(*), median(g) FROM o GROUP BY ALL"
    clock.time("transitions, median gaps", lambda: ask(pairs).fetchall())
    ways = (
        "SELECT count(*), max(k) FROM (SELECT count(*) k FROM (SELECT sum(hash(s, t)) h FROM o GROUP BY c) GROUP BY h)"
    )
    clock.time("variants", lambda: ask(ways).fetchall())
    clock.time("step matrix", lambda: ask("SELECT s, t, count(*) FROM o WHERE s <= 20 GROUP BY ALL").fetchall())
    moves = (
        "SELECT t, n, v, count(*), count(*) FILTER (s = 1) FROM o JOIN (SELECT c, max(outcome) v FROM o GROUP BY c) "
        "USING (c) GROUP BY ALL"
    )
    clock.time("Markov removal", lambda: removal_of(ask(moves).fetchall()))
    return clock.steps


def removal_of(moves: list[tuple[Any, ...]]) -> np.ndarray:
    """The removal effect of each touchpoint, of moves (touchpoint, next, converted, n, starts)."""
    names = sorted({row[0] for row in moves})
    origins, targets, counts = [], [], []
    for name, following, converted, n, starts in moves:
        here = names.index(name)
        origins += [-1, here]
        targets += [here, len(names) + int(converted) if following is None else names.index(following)]
        counts += [starts, n]
    return removal(np.array(origins), np.array(targets), np.array(counts), len(names))


def removal(origins: np.ndarray, targets: np.ndarray, counts: np.ndarray, k: int) -> np.ndarray:
    """In closed form: ``targets`` of k and k + 1 are ends without and with the outcome, -1 as origin is the start."""
    table = np.zeros((k + 1, k + 2))
    np.add.at(table, (origins + 1, targets), counts)
    chances = table / np.maximum(table.sum(axis=1, keepdims=True), 1)

    def converted(without: int | None = None) -> float:
        among = np.zeros((k + 1, k + 1))
        among[:, 1:] = chances[:, :k]
        if without is not None:
            among[:, without + 1] = 0
        return float(np.linalg.solve(np.eye(k + 1) - among, chances[:, k + 1])[0])

    return 1 - np.array([converted(touchpoint) for touchpoint in range(k)]) / converted()


def ours(path: str, memory: str) -> list[dict[str, Any]]:
    """The same figures by cxlens, with the checks of its door."""
    import duckdb  # noqa: F401 - before the clock starts, as for bare SQL

    from cxlens.engine import journeys as engine
    from cxlens.engine import stored_journeys
    from cxlens.study.journeys import JourneyLog

    if memory:
        stored_journeys.MEMORY = memory
    clock = Clock()
    roles = {"customer": "customer", "touchpoint": "touchpoint", "time": "time", "outcome": "outcome"}
    log = clock.time("read and sort", lambda: JourneyLog(path, **roles))
    events = log.rows()
    clock.time("transitions, median gaps", lambda: engine.transitions(events))
    clock.time("variants", lambda: engine.variants(events))
    clock.time("step matrix", lambda: engine.step_matrix(events, 20))

    def markov() -> np.ndarray:
        moves = engine.moves_by(events, log.converted.astype(np.int64))
        targets = np.where(moves.target == engine.EDGE, events.n_touchpoints + moves.group, moves.target)
        return removal(moves.origin, targets, moves.n, events.n_touchpoints)

    clock.time("Markov removal", markov)
    return clock.steps


def measure(path: Path, how: str, memory: str) -> list[dict[str, Any]]:
    """Each step, in a process of its own."""
    command = [sys.executable, __file__, how, str(path), memory]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    steps: list[dict[str, Any]] = json.loads(done.stdout)
    return steps


def figures_of(step: dict[str, Any]) -> str:
    """The cells of a step."""
    return f"{step['seconds']:.1f} | {step['processors']:.1f} | {step['gigabytes']:.2f}"


def main(events: int = EVENTS, memory: str = "") -> None:
    """Write the file if it is not there, and print the table."""
    path = FOLDER / f"{events}.parquet"
    if not path.exists():
        write_events(path, events)
    both = measure(path, "bare", memory), measure(path, "ours", memory)
    print("| step | bare SQL: s | processor s | GB | cxlens: s | processor s | GB |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for one, two in zip(*both):
        figures = " | ".join(
            f"{step['seconds']:.1f} | {step['processors']:.1f} | {step['gigabytes']:.2f}" for step in (one, two)
        )
        print(f"| {one['step']} | {figures} |")
    totals = [sum(step[unit] for step in steps) for steps in both for unit in ("seconds", "processors")]
    print(f"| all | {totals[0]:.1f} | {totals[1]:.1f} | | {totals[2]:.1f} | {totals[3]:.1f} | |")
    print(f"cxlens over bare SQL: {totals[2] / totals[0]:.2f} by the clock, {totals[3] / totals[1]:.2f} of processors")


if __name__ == "__main__":
    if sys.argv[1:2] in (["bare"], ["ours"]):
        print(json.dumps({"bare": bare, "ours": ours}[sys.argv[1]](sys.argv[2], sys.argv[3])))
    else:
        main(*[int(given) if given.isdigit() else given for given in sys.argv[1:]])
