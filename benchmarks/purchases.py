"""Ten million purchases from a Parquet file: what reading, cohorts and Kaplan-Meier take.

``python benchmarks/purchases.py [ROWS]`` writes the file under build/purchases the first time, reads it in a process of
its own, and prints a table. The targets, 10 seconds on two cores and 1.5 GB, stand beside and are not asserted, since
seconds are the machine's.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 10_000_000
CHUNK = 500_000  # rows made at once
DAYS = 730
FOLDER = Path(__file__).parent.parent / "build" / "purchases"
START = np.datetime64("2023-01-01T00:00:00", "s")
PLANS = pa.array(["basic", "gold", "silver"])


def write_purchases(path: Path, rows: int, seed: int = 0) -> Path:
    """Write simulated purchases, a chunk at a time: a tenth as many customers, text ids, times within two years."""
    path.parent.mkdir(parents=True, exist_ok=True)
    customers = max(rows // 10, 1)
    kinds = {"customer": pa.string(), "time": pa.timestamp("s"), "value": pa.float64(), "plan": pa.string()}
    schema = pa.schema(list(kinds.items()))
    with pq.ParquetWriter(path, schema) as file:
        for start in range(0, rows, CHUNK):
            rng = np.random.default_rng([seed, start])
            m = min(CHUNK, rows - start)
            who = (customers * rng.random(m) ** 1.5).astype(int)  # some buy far more often than others
            seconds = (86_400 * DAYS * rng.random(m) ** (1 + who % 3 / 3)).astype(int)  # a third stops sooner
            columns = [
                pa.array(who.astype(str)),
                pa.array(START + seconds.astype("m8[s]")),
                pa.array(rng.gamma(2, 20, m).round(2)),
                PLANS.take(pa.array(who % 3)),
            ]
            file.write_table(pa.Table.from_arrays(columns, schema=schema))
    return path


def measure(path: Path, by: str) -> dict[str, float]:
    """Seconds on the clock and of processors, and the most memory, of one call in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "measure", str(path), by], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measure_here(path: str, by: str) -> None:
    """Print the figures of one call."""
    import cxlens as cx

    began, worked = time.perf_counter(), time.process_time()
    result = cx.retention(path, customer="customer", time="time", value="value", by=by or None)
    figures = {
        "seconds": time.perf_counter() - began,
        "processors": time.process_time() - worked,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "customers": int(result.table["n"].sum()),
    }
    print(json.dumps(figures))


def main(rows: int = ROWS) -> None:
    """Write the file if it is not there, and print the table."""
    path = FOLDER / f"{rows}.parquet"
    if not path.exists():
        write_purchases(path, rows)
    print("| `cx.retention` | seconds | processor seconds | MB at most |")
    print("| --- | --: | --: | --: |")
    for by, name in (("", "cohorts and Kaplan-Meier"), ("plan", "the same by plan")):
        figures = measure(path, by)
        print(f"| {name} | {figures['seconds']:.1f} | {figures['processors']:.1f} | {figures['megabytes']:,.0f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure_here(*sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:]))
