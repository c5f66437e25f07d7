"""Files that stay on disk, for tests of what reads rows."""

from __future__ import annotations

import pytest

from cxlens.engine import tables


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet files stay on disk, however small, and are read two rows at a time."""
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 2)
