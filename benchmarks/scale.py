"""Drivers of millions of answers from a Parquet file, beside DuckDB's plain sums of the same columns.

`python benchmarks/scale.py` makes the files under build/scale (simulated, seeded; 0.3 GB), runs every step in a process
of its own, prints a Markdown table and writes
benchmarks/scale.png.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FOLDER = Path("build/scale")
SIZES = (100_000, 1_000_000, 10_000_000)
TOUCHPOINTS = [f"t{j:02d}" for j in range(20)]
SEGMENTS = np.array(["business", "leisure", "visiting"])
CHUNK = 500_000


def answers(n: int, start: int = 0) -> dict[str, np.ndarray]:
    """Simulated answers: 20 scores of 1 to 5 with a halo, 6 for not used in every fourth, an NPS, three segments."""
    rng = np.random.default_rng([7, start])
    halo, scores = rng.normal(size=n) * 0.5, {}
    felt, segment = np.zeros(n), rng.choice(3, n, p=[0.3, 0.4, 0.3])
    for j, name in enumerate(TOUCHPOINTS):
        score = np.clip(np.floor(3.9 + halo + rng.normal(size=n) * 0.8), 1, 5)
        felt += 0.04 * (1 + j % 5) * (score - 3.4) * np.where(segment == j % 3, 2, 1)
        scores[name] = np.where((rng.random(n) < 0.3) & (j % 4 == 3), 6, score).astype(np.int8)
    recommend = np.clip(np.round(7.8 + felt + rng.normal(size=n) * 1.5), 0, 10).astype(np.int8)
    return {**scores, "recommend": recommend, "purpose": SEGMENTS[segment]}


def write(n: int) -> Path:
    """The file of so many answers, made in parts so that memory stays small."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = FOLDER / f"answers_{n}.parquet"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        half_done = path.with_suffix(".part")
        writer = None
        for start in range(0, n, CHUNK):
            table = pa.table(answers(min(CHUNK, n - start), start))
            writer = writer or pq.ParquetWriter(half_done, table.schema)
            writer.write_table(table)
        writer.close()
        half_done.rename(path)
    return path


def plain_sums(path: Path) -> None:
    """What DuckDB needs for the sums of the same columns by segment."""
    import duckdb

    columns = [duckdb.FunctionExpression("sum", duckdb.ColumnExpression(c)) for c in [*TOUCHPOINTS, "recommend"]]
    duckdb.read_parquet(str(path)).aggregate([*columns, duckdb.ColumnExpression("purpose")]).fetchall()


def survey(path: Path, touchpoints: int = 20):
    """The file as a survey; its values are checked at the door."""
    import cxlens as cx

    scale = cx.Scale(1, 5, not_used=[6])
    names = TOUCHPOINTS[:touchpoints]
    return cx.Survey(path, touchpoints=names, outcome={"recommend": "nps"}, scale=scale, segments=["purpose"])


def measure(step: str, path: Path) -> dict[str, float]:
    """Seconds of one step, without imports, and the peak memory of its process in GB."""
    import cxlens as cx
    from cxlens.analysis.design import ask
    from cxlens.analysis.estimates import collect

    cx.drivers  # noqa: B018  # loaded before the clock runs
    if step == "plain sums":
        plain_sums(path)  # once to open DuckDB and warm the file up
        seconds = _time(lambda: plain_sums(path))
    elif step == "at the door":
        seconds = _time(lambda: survey(path))
    elif step == "one pass":
        opened = survey(path)
        question = ask(opened, by="purpose")
        seconds = _time(lambda: collect(opened, question))
    else:
        touchpoints, draws = map(int, step.split(" x "))
        opened = survey(path, touchpoints)
        whole = _time(lambda: cx.drivers(opened, by="purpose", n_boot=draws))
        question = ask(opened, by="purpose")
        seconds = whole - _time(lambda: collect(opened, question))  # what comes after the pass
    return {"seconds": seconds, "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def _time(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def run(step: str, n: int, times: int = 3) -> dict[str, float]:
    """The fastest of some runs, each in a process of its own."""
    command = [sys.executable, __file__, step, str(write(n))]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(times)
    ]
    return min(runs, key=lambda one: one["seconds"])


def picture(passes: dict[int, float], sums: dict[int, float]) -> None:
    """Cost against n, both axes by powers of ten."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    ax = figure.subplots()
    for seconds, words, colour in ((passes, "cxlens: one pass", "#0072B2"), (sums, "DuckDB: plain sums", "#6B6B6B")):
        ax.loglog(list(seconds), list(seconds.values()), "o-", color=colour)
        ax.annotate(words, (max(seconds), seconds[max(seconds)]), (-8, 8), textcoords="offset points", ha="right",
                    color=colour)  # fmt: skip
    ax.set(xlabel="Answers (20 touchpoints, an NPS, three segments)", ylabel="Seconds")
    ax.set_title("The pass over the answers grows with their number, in step with plain sums", loc="left", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(__file__).with_name("scale.png"), dpi=80)


def main() -> None:
    """Print the table and draw the picture."""
    sums = {n: run("plain sums", n)["seconds"] for n in SIZES}
    passes = {n: run("one pass", n) for n in SIZES}
    door = {n: run("at the door", n)["seconds"] for n in SIZES}
    print("| answers | DuckDB, plain sums | at the door | one pass | pass / sums | peak memory |")
    print("|---|---|---|---|---|---|")
    for n in SIZES:
        seconds, memory = passes[n]["seconds"], passes[n]["gb"]
        ratio = seconds / sums[n]
        print(f"| {n:,} | {sums[n]:.2f} s | {door[n]:.2f} s | {seconds:.2f} s | {ratio:.1f} | {memory:.2f} GB |")
    for step, target in (("12 x 1000", "2 s"), ("20 x 200", "60 s")):
        touchpoints, draws = step.split(" x ")
        seconds = run(step, SIZES[-1], times=1 if touchpoints == "20" else 3)["seconds"]
        print(f"\n{touchpoints} touchpoints, {draws} draws, three segments, after the pass: {seconds:.1f} s ({target})")
    picture({n: one["seconds"] for n, one in passes.items()}, sums)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
