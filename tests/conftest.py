"""What every test may lean on: the reference data, a quiet backend for pictures, examples that repeat."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib: no window opens, whatever the machine

# The same examples every time, and no time limit on each: a slow machine is not a failed test.
settings.register_profile("cxlens", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("cxlens")

ROOT = Path(__file__).parents[1]


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


@pytest.fixture(autouse=True)
def _no_figure_stays_open() -> Iterator[None]:
    """Whichever tests share a process: pyplot keeps what nobody closes, and warns above twenty."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
