"""A scorecard of 60 touchpoints by 50 segments by 24 waves on 5 million answers: seconds and memory.

``python benchmarks/scorecard.py`` writes the simulated answers under build/scorecard the first time, and runs each part
in a process of its own, three times. ``python benchmarks/scorecard.py scorecard 5000000`` runs one. Seconds are the
machine's, so nothing is asserted; DuckDB's plain counts stand beside.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N, TOUCHPOINTS, SEGMENTS, WAVES, NOT_USED = 5_000_000, [f"t{j + 1}" for j in range(60)], 50, 24, 6
CHUNK = 100_000  # rows made at once
FOLDER = Path(__file__).parent.parent / "build" / "scorecard"
LABELS = {
    "counts": "DuckDB's plain counts, a GROUP BY a touchpoint",
    "door": "`cx.Survey` checks the file",
    "scorecard": "`cx.Survey` and `cx.baseline(by=[segment, wave])`",
}


def write_answers(path: Path, n: int, seed: int = 0) -> Path:
    """Write n simulated answers, a chunk at a time: 60 scores from 1 to 5, a third not used, an NPS question."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = [(name, pa.int8()) for name in [*TOUCHPOINTS, "nps"]] + [("segment", pa.string()), ("wave", pa.int16())]
    groups = pa.array([f"segment {k + 1}" for k in range(SEGMENTS)])
    with pq.ParquetWriter(path, pa.schema(kinds)) as file:
        for start in range(0, n, CHUNK):
            rng = np.random.default_rng([seed, start])
            m = min(CHUNK, n - start)
            mood = rng.standard_normal((m, 1), np.float32)
            noise = rng.standard_normal((m, len(TOUCHPOINTS)), np.float32)
            scores = np.clip(np.rint(3.6 + 0.6 * mood + 0.8 * noise), 1, 5)
            used = rng.random(scores.shape, np.float32) < 0.67
            nps = np.clip(np.rint(7.5 + 1.5 * mood[:, 0] + rng.standard_normal(m)), 0, 10)
            columns = [pa.array(own.astype(np.int8)) for own in [*np.where(used, scores, NOT_USED).T, nps]]
            columns += [
                groups.take(pa.array(rng.integers(0, SEGMENTS, m))),
                pa.array(rng.integers(1, WAVES + 1, m), pa.int16()),
            ]
            file.write_table(pa.table(columns, [name for name, _ in kinds]))
    return path


def answers(n: int) -> Path:
    """The file of n answers, written where it is not there yet."""
    path = FOLDER / f"{n}.parquet"
    if not path.exists():
        write_answers(path.with_suffix(".part"), n).rename(path)
    return path


def plain_counts(path: Path) -> Callable[[], object]:
    """The counts behind the scorecard, as DuckDB alone makes them."""
    import duckdb

    base = duckdb.connect()

    def count() -> object:
        table = base.read_parquet(str(path))
        return [table.aggregate(f"segment, wave, {name}, count(*)").arrow() for name in [*TOUCHPOINTS, "nps"]]

    return count


def door(path: Path) -> Callable[[], object]:
    """Open the survey."""
    import cxlens as cx

    return lambda: cx.Survey(
        path,
        touchpoints=TOUCHPOINTS,
        outcome={"nps": "nps"},
        scale=cx.Scale(1, 5, not_used=[NOT_USED]),
        segments=["segment"],
        time="wave",
    )


def scorecard(path: Path) -> Callable[[], object]:
    """Open the survey, and score every touchpoint in each segment and wave."""
    import cxlens as cx

    return lambda: cx.baseline(door(path)(), by=["segment", "wave"])


PARTS = {"counts": plain_counts, "door": door, "scorecard": scorecard}


def measure(part: str, n: int) -> dict[str, float]:
    """Seconds, and gigabytes of memory at the highest, of one part in this process."""
    job = PARTS[part](answers(n))
    start = time.perf_counter()
    job()
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def main() -> None:
    """Measure one part, or print the table."""
    if sys.argv[1:]:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
        return
    answers(N)
    print("| part | seconds, median of 3 | over DuckDB's counts | memory, GB |\n|---|---|---|---|")
    base = None
    for part, label in LABELS.items():
        runs = [
            json.loads(subprocess.run([sys.executable, __file__, part, str(N)], capture_output=True, check=True).stdout)
            for _ in range(3)
        ]
        seconds = float(np.median([run["seconds"] for run in runs]))
        base = base or seconds
        print(f"| {label} | {seconds:.2f} | {seconds / base:.2f} | {max(run['memory'] for run in runs):.2f} |")


if __name__ == "__main__":
    main()
