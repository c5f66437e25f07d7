"""Cells that hold several choices: lists, or texts that join the same choices in another order.

How the choices are counted is for who makes columns of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlens.errors import ValuesError

SEVERAL = (list, tuple, set, dict, np.ndarray)
JOINTS = (",", ";", "|")
MANY = 10_000  # distinct texts: a column of more is no choice


def check_choices(frame: pd.DataFrame, jobs: Mapping[str, str]) -> None:
    """Refuse columns whose cells hold several choices; ``jobs`` has what each is wanted for.

    Raises
    ------
    ValuesError
        When a cell holds a list, or two texts differ by the order of their choices only.
    """
    for column, job in jobs.items():
        entries = frame[column]
        if not _may_hold_text(entries):
            continue
        _check_lists(entries, column, job)
        if job in ("segment", "channel"):
            _check_order(entries, column, job)


def _may_hold_text(entries: pd.Series[Any]) -> bool:
    """Whether a column is one of objects or text, or of categories of them."""
    dtype = entries.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    return pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(dtype)


def _check_lists(entries: pd.Series[Any], column: str, job: str) -> None:
    """Refuse cells that hold more than one thing."""
    if not pd.api.types.is_object_dtype(entries.dtype):
        return
    is_several = entries.map(lambda entry: isinstance(entry, SEVERAL))
    if is_several.any():
        first = entries[is_several].iloc[0]
        shown = first.tolist() if isinstance(first, np.ndarray) else list(first)
        raise ValuesError(
            f"{job} column {column!r} holds several choices in a cell, such as {shown!r}. Give each choice a column of "
            f"its own: frame[{column!r}].str.join('|').str.get_dummies()."
        )


def _check_order(entries: pd.Series[Any], column: str, job: str) -> None:
    """Refuse texts that are the same choices in another order: they would be taken for two groups."""
    distinct = [entry for entry in entries.dropna().unique().tolist() if isinstance(entry, str)]
    if len(distinct) > MANY:
        return
    for joint in JOINTS:
        twins = _twins(distinct, joint)
        if twins:
            one, other = twins
            raise ValuesError(
                f"{job} column {column!r} holds several choices in a cell: {one!r} and {other!r} are the same in "
                f"another order. Give each choice a column of its own: frame[{column!r}].str.get_dummies({joint!r})."
            )


def _twins(texts: list[str], joint: str) -> tuple[str, str] | None:
    """The first two texts that join the same parts in another order."""
    known: dict[tuple[str, ...], tuple[list[str], str]] = {}
    for text in texts:
        parts = [part.strip() for part in text.split(joint)]
        if len(parts) < 2:
            continue
        key = tuple(sorted(parts))
        in_order, first = known.setdefault(key, (parts, text))
        if in_order != parts:
            return first, text
    return None
