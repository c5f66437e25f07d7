"""Damaged files of every kind: read, or refused in one sentence; never an error of a library."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError

FRAME = pd.DataFrame({"web": [1, 2, 3, 4, 5] * 6, "nps": [9, 8, 7, 1, 0] * 6, "area": list("abcde") * 6})
WHOLE = (
    b"", b"\n", b"\0" * 50, b"\xff\xfe", b'"', b",,,\n,,,", b"a", b"web,nps,area\n", b"\xef\xbb\xbf",
    b"web;nps;area\n1;2", b'web,nps,area\n"1', b"PK\x03\x04", b"web\tnps\tarea\n1\t2\t3\n", b"PAR1", b"$FL2",
    b'"web,nps\n1,2\n',
)  # fmt: skip
WRITTEN: dict[str, Callable[[Path], object]] = {
    ".csv": lambda path: FRAME.to_csv(path, index=False),
    ".parquet": lambda path: FRAME.to_parquet(path),
    ".xlsx": lambda path: FRAME.to_excel(path, index=False),
    ".sav": lambda path: spss().write_sav(FRAME, path),
    ".dta": lambda path: spss().write_dta(FRAME, path),
    ".xpt": lambda path: spss().write_xport(FRAME, path),
}
READERS: dict[str, Callable[[Path], object]] = {
    "survey": lambda path: cx.Survey(path, touchpoints=["web"], outcome="nps", segments=["area"]).n,
    "suggest": cx.suggest,
    "log": lambda path: cx.JourneyLog(path, customer="area", touchpoint="web", order="nps"),
    "map": cx.TouchpointMap.from_csv,
    "initiatives": lambda path: cx.read_initiatives(path, ["web"]),
}


def spss():
    return pytest.importorskip("pyreadstat", reason="the extra 'spss' is not installed")


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """The same with some bytes cut off, changed, put in or taken out."""
    place = int(rng.integers(len(data)))
    some = rng.integers(0, 256, int(rng.integers(1, 30))).astype(np.uint8).tobytes()
    kind = rng.integers(4)
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + some + data[place + len(some) :]
    if kind == 2:
        return data[:place] + some + data[place:]
    return data[:place] + data[place + len(some) :]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("ending", WRITTEN)
def test_damaged_files_are_read_or_refused_in_a_sentence(ending: str, reader: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    WRITTEN[ending](path)
    data = path.read_bytes()
    rng = np.random.default_rng(5)
    told = []
    for content in (*WHOLE, *(damaged(data, rng) for _ in range(15))):
        path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # libraries warn of what they read all the same
            try:
                READERS[reader](path)
            except CxlensError as error:
                told.append(str(error))
    assert told
    assert [message for message in told if "\n" in message or not message.endswith(".")] == []
