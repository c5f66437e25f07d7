"""Interviews: what people said about touchpoints, what they needed there, how it felt; read from the sheet of a team.

What is said in surveys belongs to :class:`~cxlens.study.survey.Survey`; nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.engine.readers import as_frame
from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.files.tables import check_header, read_rows

COLUMNS = ("touchpoint", "need", "quote", "feeling", "persona")
NEEDED = ("touchpoint", "quote")
FEELINGS = ("very bad", "bad", "neither", "good", "very good")  # -2 to 2
STRONGEST = 2
Place = Callable[[str], CxlensError]


@misfits_told
def read_interviews(data: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Read what interviews brought, from the sheet that :func:`cxlens.templates` writes.

    Parameters
    ----------
    data
        The path of a CSV file, of an Excel workbook (its first sheet) or of another file that
        :class:`~cxlens.study.survey.Survey` reads, or a frame; one row a quote or a need. Columns: ``touchpoint``
        (blank: none served the need), ``quote``; and, if wanted, ``need``, ``feeling`` ("very bad", "bad", "neither",
        "good", "very good", or -2 to 2) and ``persona``. Names of people do not belong in it.

    Returns
    -------
    pandas.DataFrame
        Columns ``touchpoint``, ``need``, ``quote``, ``feeling`` (-2 to 2, missing where blank) and ``persona``; text
        that was not given is ``""``.

    Raises
    ------
    FileError, ColumnError, ValuesError
        When the file cannot be read, a column is missing or unknown, a row says nothing, or a feeling is none of the
        words. The message has the line.

    See Also
    --------
    cxlens.stages.baseline.baseline.Baseline.comments : shows them beside the comments of the survey.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> said = pd.DataFrame({"touchpoint": ["Security"], "quote": ["I nearly missed it"], "feeling": ["very bad"]})
    >>> cx.read_interviews(said)["feeling"].tolist()
    [-2]
    """
    entries = []
    for place, row in _rows(data):
        try:
            entries.append(_entry(row))
        except CxlensError as error:
            raise place(str(error)) from None
    frame = pd.DataFrame(entries, columns=list(COLUMNS))
    return frame.astype({"feeling": "Int64"})


def _rows(data: Any) -> Sequence[tuple[Place, Mapping[str, Any]]]:
    """What each row says, and how a fault is told with its place."""
    if isinstance(data, (str, Path)):
        rows = read_rows(data, NEEDED, COLUMNS)
        return [(_in_file(data, line), row) for line, row in rows]
    frame = as_frame(data)
    check_header("interviews", list(frame.columns), NEEDED, COLUMNS)
    filled = frame.astype(object).where(frame.notna(), "")
    records: list[dict[Any, Any]] = filled.to_dict("records")
    return [(_in_frame(number), row) for number, row in enumerate(records, 1)]


def _in_file(path: str | Path, line: int) -> Place:
    return lambda text: FileError(f"{path}, line {line}: {text}")


def _in_frame(number: int) -> Place:
    return lambda text: ValuesError(f"interviews, row {number}: {text}")


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """One quote or need, checked."""
    entry: dict[str, Any] = {name: " ".join(str(row.get(name, "")).split()) for name in COLUMNS}
    if not entry["quote"] and not entry["need"]:
        raise ValuesError("neither a quote nor a need. Write one of them, or delete the row.")
    if not entry["touchpoint"] and not entry["need"]:
        raise ValuesError("no touchpoint and no need. Say what the quote is about.")
    entry["feeling"] = _feeling(row.get("feeling", ""))
    return entry


def _feeling(value: Any) -> int | None:
    """A feeling as a number from -2 to 2; None where it is blank."""
    text = str(value).strip().lower()
    if not text:
        return None
    if text in FEELINGS:
        return FEELINGS.index(text) - STRONGEST
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not number.is_integer() or abs(number) > STRONGEST:
        raise ValuesError(f"feeling is {value!r}. Write very bad, bad, neither, good or very good, or -2 to 2.")
    return int(number)
