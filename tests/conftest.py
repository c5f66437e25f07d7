"""What every test may lean on: the reference data, a quiet backend for pictures, examples that repeat."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib: no window opens, whatever the machine

# The same examples every time, and no time limit on each: a slow machine is not a failed test.
settings.register_profile("cxlens", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("cxlens")

ROOT = Path(__file__).parents[1]
YOUNG_OBJECTS = 20_000  # that are there before memory is looked through: by default 700


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: a sixth of all time went by in looking through it for waste."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the reference data, or a skip with its reason; a failure where CI is set."""
    folder = Path(os.environ.get("CXLENS_TEST_DATA") or ROOT.parent / "shared")
    if not folder.is_dir():
        _not_here("the reference data are not here: set CXLENS_TEST_DATA to the folder that holds reference/ and sfo/")
    return folder


@pytest.fixture(scope="session")
def online_retail(shared: Path) -> pd.DataFrame:
    """The 541,909 lines of invoices of UCI Online Retail, read once, and what was ``paid``: no test changes them."""
    path = shared / "data" / "onlineretail.csv.gz"
    if not path.is_file():
        _not_here("UCI Online Retail is not here: put onlineretail.csv.gz into data/ of the reference data")
    used = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    lines = pd.read_csv(path, usecols=used, dtype={"CustomerID": "str", "InvoiceNo": "str"})
    return lines.assign(paid=lines["Quantity"] * lines["UnitPrice"])


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session of Spark on two cores, in UTC; a skip where there is no pyspark, which `make spark` installs apart."""
    reason = "pyspark is not here: make spark installs it into an environment of its own and runs these tests"
    sql = pytest.importorskip("pyspark.sql", reason=reason)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.files.maxPartitionBytes": "1MB",  # several partitions of a small file
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def _not_here(reason: str) -> NoReturn:
    """Skip the test with its reason; fail it where CI is set."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


FORBIDDEN = re.compile(
    r"\btold from\b|\btold apart\b|\bresamples?\b|\blevers?\b|\bsurely\b|\bover-delivers?\b|\bheadroom\b|"
    r"scores? verdict|\bquick win with probability\b|\b(?:100|0) % of (?:resamples|redraws|draws)\b|"
    r"\bNone\b|\bnan\b|\bNaT\b|\bTrue\b|\bFalse\b|\barray\(|\bdtype\b|<cxlens|\bTimestamp\b|"
    r"\b[a-z]+(?:_[a-z]+)+\b|\b[a-z]+='"  # a column, an argument
)
LONGEST, MOST_BRACKETS = 30, 2  # words of a sentence; intervals, and as many remarks in brackets
_END = re.compile(r"(?<=[.;:])\s+(?=\S)|(?<=\)),\s+")  # of a sentence, or of one of several things it lists


@pytest.fixture(scope="session")
def faults() -> Callable[[str], list[str]]:
    """What keeps a text from being plain: words that claim more than a test or name code, long sentences, brackets."""
    return _faults


def _faults(text: str) -> list[str]:
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    found = [f"{match[0]!r} in: {text}" for match in FORBIDDEN.finditer(text)]
    for sentence in _END.split(text):
        figures_aside = re.sub(r"\[[^\]]*\]", "[]", sentence)
        if len(figures_aside.split()) > LONGEST:
            found.append(f"{len(figures_aside.split())} words: {sentence}")
        if max(sentence.count("("), sentence.count("[")) > MOST_BRACKETS:
            found.append(f"brackets: {sentence}")
    return found


class _Idle:
    """A thread that does nothing: widgets ask ahead in the background, which must not run into the next test."""

    def __init__(self, target: object, daemon: bool) -> None:
        """Take what a thread takes."""

    def start(self) -> None:
        """Do nothing."""


@pytest.fixture(scope="session", autouse=True)
def _nothing_in_the_background() -> Iterator[None]:
    from cxlens.common import explorer as _explorer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_explorer, "Thread", _Idle)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_database() -> Iterator[None]:
    """Ibis asks one database in memory: a new one starts threads, for ten milliseconds at each question to a file.

    Who connects without Ibis gets a database of its own, as settings and named types belong to all of it.
    """
    import duckdb

    new = duckdb.connect
    database = new()

    def connect(path: str = ":memory:", **options: Any) -> duckdb.DuckDBPyConnection:
        is_of_ibis = path == ":memory:" and options == {"config": {}, "read_only": False}
        return database.cursor() if is_of_ibis else new(path, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", connect)
        yield


@pytest.fixture(autouse=True)
def _no_figure_stays_open() -> Iterator[None]:
    """Whichever tests share a process: pyplot keeps what nobody closes, and warns above twenty."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
