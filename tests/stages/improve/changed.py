"""A result of which something is put another way, for tests of what is said and drawn of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any


def changed(result: Any, **fields: Any) -> Any:
    """The same result with other fields of its record."""
    return replace(result, record=replace(result.record, **fields))
