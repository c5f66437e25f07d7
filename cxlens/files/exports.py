"""What survey platforms put into their exports beside answers: rows of question text, rows in which nothing stands.

Only what is sure is taken away, and told. What answers mean does not belong here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

IMPORT_ID = '{"ImportId"'  # Qualtrics writes a row of these below the question texts
TOP_ROWS = 3  # it stands in one of the first so many
BEGINS = {"start", "started", "begin", "schedule", "assign", "enter", "entered"}
ENDS = {"complete", "completed", "end", "ended", "finish", "finished", "exit", "exited"}
BETWEEN = {"suspend", "resume"}
PHASES = 10  # a column of phases has at most so many values


class Answers(NamedTuple):
    """Rows of text that are answers; the question text of each column, where the file has it; what there is to tell."""

    frame: pd.DataFrame
    questions: dict[str, str]
    notes: tuple[str, ...]


def answers_of(frame: pd.DataFrame, name: str) -> Answers:
    """A table of text without its rows of question text and its empty rows; ``name`` is that of the file."""
    notes = []
    questions: dict[str, str] = {}
    below = _rows_of_header(frame)
    if below:
        questions = _questions(frame)
        frame = frame.iloc[below:]
        rows = "row 2 is" if below == 1 else f"rows 2 to {below + 1} are"
        notes.append(f"{name}: {rows} question text, and left out.")
    is_empty = _empty_rows(frame)
    if is_empty.any():
        frame = frame[~is_empty]
        n = int(is_empty.sum())
        rows = "1 empty row is" if n == 1 else f"{n:,} empty rows are"
        notes.append(f"{name}: {rows} left out.")
    return Answers(frame.reset_index(drop=True), questions, tuple(notes))


def _rows_of_header(frame: pd.DataFrame) -> int:
    """How many rows below the names are question text, by the row of import ids that ends them."""
    for place in range(min(TOP_ROWS, len(frame))):
        cells = frame.iloc[place].astype(str)
        if cells.str.startswith(IMPORT_ID).any():
            return place + 1
    return 0


def _questions(frame: pd.DataFrame) -> dict[str, str]:
    """The question text of each column that has one: the row below the names."""
    questions = {}
    for column, text in zip(frame.columns, frame.iloc[0], strict=True):
        if str(text).strip() and not str(text).startswith(IMPORT_ID):
            questions[str(column)] = " ".join(str(text).split())
    return questions


def _empty_rows(frame: pd.DataFrame) -> np.ndarray:
    """Rows without anything in any cell; each column is looked at in the rows only that are still empty."""
    rows = np.arange(len(frame))
    for place in range(frame.shape[1]):
        cells = frame.iloc[rows, place]
        has_nothing = cells.isna() | (cells.astype(str).str.strip() == "")
        rows = rows[has_nothing.to_numpy(bool)]
    is_empty = np.zeros(len(frame), bool)
    is_empty[rows] = True
    return is_empty


def column_of_phases(frame: pd.DataFrame, asked: Collection[str]) -> tuple[str, str] | None:
    """A column beside those asked for that parts events into starts and ends, and its word for an end."""
    for column in frame.columns:
        entries = frame[column]
        if column in asked or not isinstance(entries, pd.Series):
            continue
        if not (pd.api.types.is_string_dtype(entries.dtype) or pd.api.types.is_object_dtype(entries.dtype)):
            continue
        if entries.head(1000).astype(str).nunique() > PHASES:
            continue
        words = {str(word).strip().lower(): str(word) for word in entries.dropna().unique().tolist()}
        ends = ENDS.intersection(words)
        if ends and BEGINS.intersection(words) and set(words) <= BEGINS | ENDS | BETWEEN:
            return str(column), words[min(ends)]
    return None
