"""The order that a table says its categories have, whatever it comes in.

What the categories mean does not belong here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.engine.parquet import ParquetFiles
from cxlens.errors import FileError
from cxlens.files.places import files_of, kind_of

THING = "survey file"


def in_order(data: Any) -> Any:
    """A frame without rows, in which the ordered categories of Parquet files are such; other data as they are.

    Files that cannot be read are told where the answers are read.
    """
    if not isinstance(data, (str, Path)):
        return data
    try:
        paths = files_of(data, THING)
        if kind_of(paths, THING) != "parquet":
            return data
        orders = ParquetFiles.at(paths, THING).orders()
    except FileError:
        return data
    columns = {column: pd.Categorical([], list(values), ordered=True) for column, values in orders.items()}
    return pd.DataFrame(columns)
