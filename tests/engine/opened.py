"""Small tables to open, and the words of their faults: for tests of what reads rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlens.engine.roles import Codes, Roles
from cxlens.engine.tables import InMemory, OnDisk, Rows, Source
from cxlens.errors import CxlensError, ValuesError
from cxlens.files.answers import open_answers

ONE = Roles((("web",),), Codes(1, 5, (6,), (0,)), (("nps", None),), None, {})


def open_table(data: Any, roles: Roles) -> Source:
    return open_answers(data, roles).source


def to_csv(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "answers.csv", index=False)
    return folder / "answers.csv"


def to_parquet(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_parquet(folder / "answers.parquet", index=False)
    return folder / "answers.parquet"


def all_rows(source: InMemory | OnDisk) -> Rows:
    parts = list(source.batches())
    arrays = (np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__slots__[:4])
    return Rows(*arrays, pd.concat([part.labels for part in parts], ignore_index=True))


def fault(data: Any, roles: Roles = ONE, kind: type[CxlensError] = ValuesError) -> str:
    with pytest.raises(kind) as error:
        open_table(data, roles)
    assert type(error.value) is kind
    return str(error.value)


def frame_of(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"web": [1, 2, 3], "nps": [9, 8, 7]} | columns)
