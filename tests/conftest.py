"""What every test may lean on: the reference data, a quiet backend for pictures, examples that repeat."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib: no window opens, whatever the machine

# The same examples every time, and no time limit on each: a slow machine is not a failed test.
settings.register_profile("cxlens", deadline=None, derandomize=True)
settings.load_profile("cxlens")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the reference data, or a skip with its reason; a failure where CI is set."""
    folder = Path(os.environ.get("CXLENS_TEST_DATA") or ROOT.parent / "shared")
    if not folder.is_dir():
        reason = "the reference data are not here: set CXLENS_TEST_DATA to the folder that holds reference/ and sfo/"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


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
