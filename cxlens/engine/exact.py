"""Nothing lost on the way in: whole numbers of 64 bits beside gaps, and codes that only look like numbers.

pandas holds whole numbers with gaps as fractions of 53 bits, and reads ``02134`` as 2134. Which column does which job
belongs to :mod:`cxlens.engine.roles`, where a table comes from to :mod:`cxlens.engine.readers`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxlens.errors import ValuesError

if TYPE_CHECKING:
    from pyarrow import RecordBatch, Table

EXACT = 2**53  # whole numbers below it are exact as fractions (float64)
WHOLE = re.compile(r"-?[1-9][0-9]{0,17}|0")  # 18 digits always fit 64 bits
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,9})\.([0-9]{0,4}[1-9]|0)")  # so short that a number is written back alike
FLAGS = {"true": True, "false": False}
NULLABLE = {"int64": "Int64", "uint64": "UInt64"}


def exact_frame(table: Table | RecordBatch) -> pd.DataFrame:
    """The pandas frame of an Arrow table, in which large whole numbers beside gaps keep all their digits."""
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return with_exact_numbers(frame, table)


def with_exact_numbers(frame: pd.DataFrame, table: Table | RecordBatch) -> pd.DataFrame:
    """The frame with those columns of whole numbers that it could not hold exactly taken from the table again."""
    exact: dict[str, Any] = {}
    for name in table.schema.names:
        if name in frame and _lost_digits(frame[name], str(table.schema.field(name).type)):
            numbers = table.column(name).to_pandas(integer_object_nulls=True)
            kind = NULLABLE[str(table.schema.field(name).type)]
            exact[name] = pd.array(numbers, dtype=kind)
    return frame.assign(**exact)


def _lost_digits(values: Any, kind: str) -> bool:
    """Whether whole numbers of this kind became fractions that cannot hold them."""
    if kind not in NULLABLE or not isinstance(values, pd.Series) or values.dtype != np.float64:
        return False
    return bool((values.abs() >= EXACT).any())


def as_written(texts: pd.Series[Any]) -> pd.Series[Any]:
    """A label column read as text: numbers, or true and false, only where each reads back as it was written.

    One ``02134``, ``1E5`` or ``1.50`` makes all of them text, since the numbers would be other words, or one word for
    two codes.

    Examples
    --------
    >>> import pandas as pd
    >>> as_written(pd.Series(["2023", "2024"])).tolist(), as_written(pd.Series(["02134", "10001"])).tolist()
    ([2023, 2024], ['02134', '10001'])
    """
    words = texts.dropna().unique().tolist()
    if not words:
        return texts
    if all(word.lower() in FLAGS for word in words):
        return texts.str.lower().map(FLAGS)
    if all(map(WHOLE.fullmatch, words)):
        return _as_whole(texts, max(abs(int(word)) for word in words))
    if all(WHOLE.fullmatch(word) or DECIMAL.fullmatch(word) for word in words):
        numbers = {float(word) for word in words}
        if len(numbers) == len(words):  # "2" and "2.0" are two codes
            return texts.astype("object").astype(float)
    return texts


def _as_whole(texts: pd.Series[Any], largest: int) -> pd.Series[Any]:
    """Whole numbers, held as pandas does where it can hold them exactly."""
    if not texts.isna().any():
        return texts.astype("int64")
    if largest < EXACT:
        return texts.astype("object").astype(float)
    numbers = [pd.NA if pd.isna(text) else int(text) for text in texts]
    return pd.Series(pd.array(numbers, dtype="Int64"), texts.index, name=texts.name)


def check_digits(role: str, column: str, values: pd.Series[Any]) -> None:
    """Refuse labels that were whole numbers of more digits than their fractions can hold.

    Raises
    ------
    ValuesError
        When a column of fractions holds a number of 2**53 or more.
    """
    if not pd.api.types.is_float_dtype(values):
        return
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    if (np.abs(numbers[np.isfinite(numbers)]) >= EXACT).any():
        raise ValuesError(
            f"{role} column {column!r} holds numbers of 16 digits or more as fractions, which have lost their last "
            f"digits. Read the column as text: pd.read_csv(path, dtype={{{column!r}: str}})."
        )
