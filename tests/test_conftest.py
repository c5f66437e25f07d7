"""Reference data that are absent: a test that needs them is skipped and says why, and fails where CI is set."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NEEDS_LINES = "def test_lines(online_retail):\n    assert len(online_retail)\n"
REASON = "UCI Online Retail is not here: put onlineretail.csv.gz into data/ of the reference data"


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_lines_of_a_retailer_that_are_absent(ci: str, outcome: str, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_lines.py").write_text(NEEDS_LINES)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "CXLENS_TEST_DATA": str(tmp_path), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in run.stdout
    assert REASON in " ".join(run.stdout.split())
