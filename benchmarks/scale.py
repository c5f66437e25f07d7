"""From 0.1 to 10 million answers: what one pass over a Parquet file costs, and what the drivers cost after it.

``python benchmarks/scale.py`` writes the files under build/scale the first time, measures each figure in a process of
its own several times, prints the table, and draws scale.png. ``python benchmarks/scale.py sums 1000000`` measures one.
Targets stand beside and are not asserted, since seconds are the machine's.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SIZES = [100_000, 1_000_000, 10_000_000]
TOUCHPOINTS = [f"t{j + 1}" for j in range(20)]
NOT_USED = 6  # in the columns of even number, about 3 answers in 10
REGIONS = pa.array(["North", "South", "West"])
CHUNK = 100_000  # rows made at once
FOLDER = Path(__file__).parent.parent / "build" / "scale"
PICTURE = Path(__file__).with_suffix(".png")
LABELS = {
    "sums": "DuckDB's plain sums",
    "door": "`cx.Survey` checks the file",
    "pass": "one pass to Moments",
    "12": "drivers of 12 touchpoints, 1,000 resamples",
    "20": "drivers of 20 touchpoints, 200 resamples",
}
COLOURS = {"sums": "#888888", "door": "#e69f00", "pass": "#0072b2", "12": "#009e73", "20": "#cc79a7"}


def write_answers(path: Path, n: int, seed: int = 0) -> Path:
    """Write n simulated answers, a chunk at a time: scores 1 to 5 that correlate, an NPS question, three regions.

    There is no column of ids: every row is another respondent. Each chunk has a seed of its own, so a file begins like
    a longer one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [*TOUCHPOINTS, "nps", "region"]
    kinds = [(name, pa.string() if name == "region" else pa.int8()) for name in names]
    effects = np.linspace(0.4, 0.02, len(TOUCHPOINTS))
    with pq.ParquetWriter(path, pa.schema(kinds)) as file:
        for start in range(0, n, CHUNK):
            rng = np.random.default_rng([seed, start])
            m = min(CHUNK, n - start)
            mood = rng.standard_normal((m, 1), np.float32)
            latent = 0.6 * mood + 0.8 * rng.standard_normal((m, len(TOUCHPOINTS)), np.float32)
            scores = np.clip(np.rint(3.4 + latent), 1, 5)
            used = np.ones(scores.shape, bool)
            used[:, 1::2] = rng.random((m, len(TOUCHPOINTS) // 2), np.float32) < 0.7
            noise = rng.standard_normal(m, np.float32)
            nps = np.clip(np.rint(7 + np.where(used, scores - 3.4, 0) @ effects + 1.5 * noise), 0, 10)
            region = REGIONS.take(pa.array(rng.choice(len(REGIONS), m, p=[0.5, 0.3, 0.2])))
            whole = [*np.where(used, scores, NOT_USED).T, nps]
            file.write_table(pa.table([*(pa.array(column.astype(np.int8)) for column in whole), region], names))
    return path


def answers(n: int) -> Path:
    """The file of n answers, written where it is not there yet."""
    path = FOLDER / f"{n}.parquet"
    if not path.exists():
        write_answers(path.with_suffix(".part"), n).rename(path)
    return path


def sums(path: Path) -> Callable[[], object]:
    """The plain sums of the 21 columns by region, as DuckDB alone does them."""
    import duckdb

    table = duckdb.connect().read_parquet(str(path))
    return lambda: table.aggregate(
        ", ".join(["region", *(f"sum({name})" for name in [*TOUCHPOINTS, "nps"])])
    ).fetchall()


def survey(path: Path, touchpoints: int = 20) -> Any:
    """The survey of a file; one of at most 100,000 answers is read into memory."""
    import cxlens as cx

    scale = cx.Scale(1, 5, not_used=[NOT_USED])
    names = TOUCHPOINTS[:touchpoints]
    return cx.Survey(path, touchpoints=names, outcome={"nps": "nps"}, scale=scale, segments=["region"])


def one_pass(path: Path) -> Callable[[], object]:
    """The pass alone, by region; the survey is checked beforehand."""
    from cxlens.engine.moments import moments
    from cxlens.stages.drivers.ask import ask

    checked = survey(path)
    return lambda: moments(checked.source, ask(checked, by="region").design, checked.touchpoints, "region")


def on_moments(path: Path, touchpoints: int) -> Callable[[], object]:
    """``cx.drivers`` by region with every table it has, where the Moments have been made beforehand.

    Of 100,000 answers, too, Moments of blocks are taken, though these would be resampled one by one.
    """
    import cxlens as cx
    from cxlens.engine.answers import Data
    from cxlens.engine.moments import moments
    from cxlens.stages.drivers import record
    from cxlens.stages.drivers.ask import ask

    checked = survey(path, touchpoints)
    data = Data(*moments(checked.source, ask(checked, by="region").design, checked.touchpoints, "region"), None)

    def run() -> object:
        with mock.patch.object(record, "collect", return_value=data):
            return cx.drivers(checked, by="region", n_boot=1000 if touchpoints == 12 else 200)

    return run


def measure(what: str, n: int) -> dict[str, float]:
    """Fastest of several calls in this process: seconds, seconds of CPU, and the peak memory of the process in GB."""
    path = answers(n)
    if what == "door":
        survey(answers(SIZES[0]))  # the libraries are loaded
        job: Callable[[], object] = partial(survey, path)
    elif what == "pass":
        job = one_pass(path)
    else:
        job = sums(path) if what == "sums" else on_moments(path, int(what))
    took = []
    for _ in range(1 if what == "20" else 3):
        start, cpu = time.perf_counter(), time.process_time()
        job()
        took.append((time.perf_counter() - start, time.process_time() - cpu))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e9 / 1024)
    return {"seconds": min(s for s, _ in took), "cpu": min(c for _, c in took), "memory": peak}


def in_a_process(what: str, n: int, times: int) -> dict[str, float]:
    """The least of each figure over several processes; memory is the most."""
    found = []
    for _ in range(times):
        command = [sys.executable, __file__, what, str(n)]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        found.append(json.loads(out))
    least = {key: min(one[key] for one in found) for key in ("seconds", "cpu")}
    return least | {"memory": max(one["memory"] for one in found)}


def draw(found: dict[tuple[str, int], dict[str, float]]) -> None:
    """Seconds against answers, both on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for what, label in LABELS.items():
        seconds = [found[what, n]["seconds"] for n in SIZES]
        line, label = "--" if what == "sums" else "-", label.replace("`", "")
        axes.loglog(SIZES, seconds, line, marker="o", color=COLOURS[what], label=label)
    axes.set(xlabel="answers", ylabel="seconds", xticks=SIZES, xticklabels=[f"{n:,}" for n in SIZES])
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("Reading grows with the answers, drivers do not (simulated answers)", loc="left")
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    figure.savefig(PICTURE, dpi=80)


def main(times: int = 3) -> None:
    """Print the tables and draw the picture."""
    found = {(what, n): in_a_process(what, n, 1 if what == "20" else times) for n in SIZES for what in LABELS}
    print("| what | " + " | ".join(f"{n:,} answers" for n in SIZES) + " | CPU, s | peak memory |")
    print("|---|---|---|---|---|---|")
    for what, label in LABELS.items():
        seconds = " | ".join(f"{found[what, n]['seconds']:.3g} s" for n in SIZES)
        last = found[what, SIZES[-1]]
        print(f"| {label} | {seconds} | {last['cpu']:.3g} | {last['memory']:.2f} GB |")
    last = {what: found[what, SIZES[-1]] for what in LABELS}
    ratio = last["pass"]["seconds"] / last["sums"]["seconds"]
    rows = [
        ("pass over 10 million, times the plain sums", f"{ratio:.1f}", "6", ratio <= 6),
        ("the same by CPU", f"{last['pass']['cpu'] / last['sums']['cpu']:.1f}", "", None),
        ("peak memory of the pass", f"{last['pass']['memory']:.2f} GB", "1.5 GB", last["pass"]["memory"] < 1.5),
        (LABELS["12"], f"{last['12']['seconds']:.2f} s", "2 s", last["12"]["seconds"] < 2),
        (LABELS["20"], f"{last['20']['seconds']:.1f} s", "60 s", last["20"]["seconds"] < 60),
    ]
    print("\n| figure | is | target | met |\n|---|---|---|---|")
    for what, value, target, met in rows:
        print(f"| {what} | {value} | {target} | {'' if met is None else 'yes' if met else 'no'} |")
    draw(found)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
