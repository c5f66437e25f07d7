"""Answers and events of up to 100 million rows from partitioned Parquet, with at most 2 GB for DuckDB.

``python benchmarks/partitioned.py [answers|events] [PARTS ...]`` writes parts of ten million simulated rows under
build/partitioned the first time, measures each size in a process of its own, prints a table, and draws
partitioned.png when both kinds are measured. Nothing is asserted, since seconds are the machine's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import journeys
import scale

PART = 10_000_000  # rows
PARTS = [1, 3, 10]
LIMIT = "2GB"  # of DuckDB for answers, before it uses the disk; that of events is 2 GB anyway
FOLDER = Path(__file__).parent.parent / "build" / "partitioned"
PICTURE = Path(__file__).with_suffix(".png")
COLOURS = {"answers": "#0072b2", "events": "#d55e00"}
ROLES = {"customer": "customer", "touchpoint": "touchpoint", "time": "time", "outcome": "outcome"}


def parts(kind: str, number: int) -> str:
    """A pattern of the files of so many parts, which are written where they are not there yet."""
    folder = FOLDER / kind / str(number * PART // 1_000_000)
    for part in range(number):
        whole = FOLDER / kind / "parts" / f"{part}.parquet"
        if not whole.exists():
            write = scale.write_answers if kind == "answers" else write_events
            write(whole.with_suffix(".part"), PART, seed=part).rename(whole)
        here = folder / f"part={part}" / "rows.parquet"
        here.parent.mkdir(parents=True, exist_ok=True)
        if not here.exists():
            os.link(whole, here)
    return str(folder / "*" / "*.parquet")


def write_events(path: Path, events: int, seed: int) -> Path:
    """Events of a part: customers of its own, whose numbers go on from those of the part before."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    first = int(seed * journeys.EACH * events)
    journeys.write_events(path.with_suffix(".own"), events, seed)
    own = pq.ParquetFile(path.with_suffix(".own"))
    with pq.ParquetWriter(path, own.schema_arrow) as file:
        for batch in own.iter_batches():
            numbered = pc.add(batch.column("customer"), pa.scalar(first))
            place = batch.schema.get_field_index("customer")
            file.write_batch(batch.set_column(place, batch.schema.field(place), numbered))
    path.with_suffix(".own").unlink()
    return path


def of_answers(pattern: str, clock: journeys.Clock) -> None:
    """Open, score, and explain answers."""
    import cxlens as cx
    from cxlens.engine import parquet

    settings = parquet.settings
    parquet.settings = lambda: settings() | {"memory_limit": LIMIT}
    opened = clock.time("`cx.Survey`", lambda: scale.survey(Path(pattern)))
    clock.time("`cx.baseline`", lambda: cx.baseline(opened))
    clock.time("`cx.drivers`, 12 touchpoints", lambda: cx.drivers(opened.only(scale.TOUCHPOINTS[:12])))


def of_events(pattern: str, clock: journeys.Clock) -> None:
    """Open and count events."""
    import cxlens as cx

    log = clock.time("`cx.JourneyLog`", lambda: cx.JourneyLog(pattern, **ROLES))
    found = clock.time("`cx.paths`", lambda: cx.paths(log))
    clock.time("`.flow()`", found.flow)


def measure(kind: str, number: int) -> list[dict[str, Any]]:
    """Each step, in a process of its own."""
    command = [sys.executable, __file__, "--in", kind, parts(kind, number)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    steps: list[dict[str, Any]] = json.loads(done.stdout)
    return steps


def table_of(kind: str, found: dict[int, list[dict[str, Any]]]) -> str:
    """Processor seconds of each step, and the peak memory, by size."""
    heads = " | ".join(f"{rows // 1_000_000} million: s | processor s" for rows in found)
    lines = [f"| {kind} | {heads} |", "| --- |" + " --: | --: |" * len(found)]
    for steps in zip(*found.values(), strict=True):
        cells = " | ".join(f"{step['seconds']:.1f} | {step['processors']:.1f}" for step in steps)
        lines.append(f"| {steps[0]['step']} | {cells} |")
    peaks = " | ".join(f"{steps[-1]['gigabytes']:.2f} GB |" for steps in found.values())
    lines.append(f"| peak memory of the process | {peaks} |")
    return "\n".join(lines)


def draw(found: dict[str, dict[int, list[dict[str, Any]]]]) -> None:
    """Processor seconds of all steps against rows, both on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for kind, sizes in found.items():
        rows = list(sizes)
        seconds = [sum(step["processors"] for step in steps) for steps in sizes.values()]
        ax.loglog(rows, seconds, marker="o", color=COLOURS[kind], label=kind)
        ax.annotate(f"{seconds[-1]:.0f} s", (rows[-1], seconds[-1]), (6, 0), textcoords="offset points", va="center")
    ax.set(xlabel="rows", ylabel="processor seconds", xticks=rows, xticklabels=[f"{size:,}" for size in rows])
    ax.set_yticks([10, 30, 100], ["10", "30", "100"])
    ax.minorticks_off()
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title("Time grows about as rows do (simulated)", loc="left")
    ax.legend(frameon=False)
    figure.savefig(PICTURE, dpi=80)


def main(*given: str) -> None:
    """Print the tables, and draw the picture."""
    kinds = [word for word in given if word in COLOURS] or list(COLOURS)
    sizes = [int(word) for word in given if word.isdigit()] or PARTS
    found = {}
    for kind in kinds:
        found[kind] = {number * PART: measure(kind, number) for number in sizes}
        print(table_of(kind, found[kind]), flush=True)
    if len(found) == len(COLOURS):
        draw(found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in"]:
        clock = journeys.Clock()
        {"answers": of_answers, "events": of_events}[sys.argv[2]](sys.argv[3], clock)
        print(json.dumps(clock.steps))
    else:
        main(*sys.argv[1:])
