"""Answers in Spark beside the same in a Parquet file: seconds, and how many bytes come back.

``python benchmarks/spark.py [ANSWERS ...]`` reads the files of benchmarks/scale.py, which it writes the first time,
measures each figure once in a process of its own, and prints the table. ``python benchmarks/spark.py spark drivers
1000000 8`` measures one, here of Spark with its table in eight partitions. Needs pyspark and Java 17:
``build/spark/bin/python`` once ``make spark`` has run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import scale

SIZES = (1_000_000, 10_000_000, 100_000_000)
ONCE = 100_000_000  # answers from which on a call takes so long that the start of workers is nothing beside it
PARTITIONS = (4, 16, 128)
JOBS = ("open", "baseline", "drivers")
ENGINES = ("duckdb", "spark")


def session(cores: int = 2) -> Any:
    """Spark on this machine, as quiet as it gets."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": "3g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{cores}]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    started.sparkContext.setLogLevel("OFF")
    return started


def weighed(brought: list[int]) -> None:
    """Note the bytes of each answer of Spark that comes back."""
    from pyspark.sql.classic.dataframe import DataFrame

    collect = DataFrame.toArrow

    @wraps(collect)
    def noted(self: Any) -> Any:
        table = collect(self)
        brought.append(table.nbytes)
        return table

    DataFrame.toArrow = noted


def answers_in(engine: str, n: int, partitions: int) -> Any:
    """The answers in a file, or a table of Spark that reads it."""
    path = scale.answers(n)
    if engine == "duckdb":
        return path
    started = session()
    started.conf.set("spark.sql.files.maxPartitionBytes", str(path.stat().st_size // partitions + 1))
    return started.read.parquet(str(path))


def job_of(what: str, data: Any) -> Callable[[], object]:
    """What is measured; the survey is checked beforehand, but where that itself is measured."""
    import cxlens as cx

    if what == "open":
        return lambda: scale.survey(data)
    survey = scale.survey(data)
    if what == "baseline":
        return lambda: cx.baseline(survey, by="region")
    return lambda: cx.drivers(survey, by="region", n_boot=20)


def measure(engine: str, what: str, n: int, partitions: int) -> dict[str, float]:
    """Seconds of a call, the second one, when Spark has started its workers; and bytes that came back in it."""
    brought: list[int] = []
    data = answers_in(engine, n, partitions)
    if engine == "spark":
        weighed(brought)
    job = job_of(what, data)
    if n < ONCE:
        job()
        brought.clear()
    start = time.perf_counter()
    job()
    return {"seconds": time.perf_counter() - start, "bytes": sum(brought), "answers": len(brought)}


def in_a_process(engine: str, what: str, n: int, partitions: int) -> dict[str, float]:
    """The same, in a process of its own."""
    command = [sys.executable, __file__, engine, what, str(n), str(partitions)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return dict(json.loads(out.splitlines()[-1]))


def main(*sizes: int) -> None:
    """Print the tables: of answers and, of all sizes, of partitions."""
    print("| answers | what | DuckDB, s | Spark, s | bytes that come back |")
    print("|---|---|---|---|---|")
    for n in sizes or SIZES:
        for what in JOBS:
            in_file, there = (in_a_process(engine, what, n, PARTITIONS[0]) for engine in ENGINES)
            told = f"{in_file['seconds']:.1f} | {there['seconds']:.1f} | {there['bytes']:,.0f}"
            print(f"| {n:,} | {what} | {told} |", flush=True)
    if sizes:
        return
    print("\n| partitions | drivers, s | bytes that come back |\n|---|---|---|")
    for partitions in PARTITIONS:
        there = in_a_process("spark", "drivers", SIZES[0], partitions)
        print(f"| {partitions} | {there['seconds']:.1f} | {there['bytes']:,.0f} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ENGINES:
        engine, what, n, partitions = sys.argv[1:]
        print(json.dumps(measure(engine, what, int(n), int(partitions))))
    else:
        main(*map(int, sys.argv[1:]))
