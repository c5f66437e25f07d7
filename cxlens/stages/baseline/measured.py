"""Figures that somebody measured for the standards of a map, read and checked.

What they say about a standard is said by :mod:`cxlens.stages.baseline.standards`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.values import wave_words
from cxlens.errors import FileError, OptionError, ValuesError, listing, unknown_name
from cxlens.files.tables import check_header, read_rows
from cxlens.study.touchpoints import SURVEY_METRICS, TouchpointMap

COLUMNS = ("touchpoint", "metric", "wave", "n", "value", "sd")
NEEDED = ("touchpoint", "metric", "value")
NUMBERS = ("n", "value", "sd")
FRAME = "measurements"  # what the rows of a frame are called
Measured = dict[tuple[str, str], dict[str, pd.DataFrame]]  # cases by touchpoint and metric, then by wave


def read_measurements(data: Any, touchpoint_map: TouchpointMap) -> Measured:
    """The figures of each standard by wave, checked.

    Parameters
    ----------
    data
        A path to a CSV file, or a frame: see :meth:`cxlens.stages.baseline.baseline.Baseline.standards`.
    touchpoint_map
        The map; its touchpoints have the standards.

    Raises
    ------
    FileError, ColumnError, OptionError, ValuesError
        When the figures cannot be read, name what the map does not have, or cannot be.
    """
    frame = _with_numbers(_read(data), in_file=not isinstance(data, pd.DataFrame))
    measured: Measured = {}
    groups: Any = frame.groupby(["touchpoint", "metric", "wave"], dropna=False)
    for (name, metric, wave), cases in groups:
        _check_standard(cases, name, metric, touchpoint_map)
        shares = {standard.metric: standard.share for standard in touchpoint_map[name].standards}
        _check_cases(cases, share=shares[metric])
        measured.setdefault((name, metric), {})[wave] = cases.drop(columns=["line", "where", "in_file"])
    return measured


def _read(data: Any) -> pd.DataFrame:
    """The rows as they were written, each with its line and where that is."""
    if isinstance(data, (str, Path)):
        rows = read_rows(data, NEEDED, COLUMNS)
        lines = [f"line {line}" for line, _ in rows]
        frame = pd.DataFrame([row for _, row in rows])
        used = [name in NEEDED or bool((frame[name] != "").any()) for name in frame]
        return frame.loc[:, used].assign(line=lines, where=str(data))
    if isinstance(data, pd.DataFrame):
        check_header(FRAME, list(data.columns), NEEDED, COLUMNS)
        lines = [f"row {row}" for row in range(1, len(data) + 1)]
        return data.reset_index(drop=True).assign(line=lines, where=FRAME)
    raise OptionError(f"measurements takes a path or a pandas DataFrame, not a {type(data).__name__}.")


def _with_numbers(frame: pd.DataFrame, in_file: bool) -> pd.DataFrame:
    """The same with waves in words and figures as numbers; a figure that is none is refused."""
    frame = frame.assign(in_file=in_file)
    numbers = {name: pd.to_numeric(frame[name], "coerce") for name in NUMBERS if name in frame}
    for name, values in numbers.items():
        wrong = ~np.isfinite(values.astype(float))
        if name == "sd":  # it need not be given
            wrong &= frame[name].notna() & (frame[name].astype(str) != "")
        _refuse(frame, wrong, name, "must be a number", "Write figures only.")
    waves = frame["wave"].map(_wave) if "wave" in frame else ""
    return frame.assign(wave=waves, **numbers)


def _wave(wave: Any) -> str:
    return "" if pd.isna(wave) else wave_words(wave)


def _place(row: pd.Series[Any]) -> str:
    """``measurements.csv, line 3: ``."""
    return f"{row['where']}, {row['line']}: "


def _refuse(frame: pd.DataFrame, wrong: Any, name: str, fault: str, advice: str) -> None:
    """Refuse the first row that is wrong."""
    odd = frame[np.asarray(wrong, bool)]
    if odd.empty:
        return
    row = odd.iloc[0]
    error = FileError if row["in_file"] else ValuesError
    raise error(f"{_place(row)}{name} {fault}, found {str(row[name]) or 'nothing'}. {advice}")


def _check_standard(cases: pd.DataFrame, name: str, metric: str, touchpoint_map: TouchpointMap) -> None:
    """Refuse figures that belong to no standard."""
    place = _place(cases.iloc[0])
    if name not in touchpoint_map:
        raise OptionError(f"{place}{unknown_name('touchpoint', name, touchpoint_map.names, 'Touchpoints')}")
    metrics = [standard.metric for standard in touchpoint_map[name].standards]
    if metric not in metrics:
        raise OptionError(
            f"{place}touchpoint {name!r} has no standard {metric!r}. Standards: {listing(metrics) or 'none'}."
        )
    if metric in SURVEY_METRICS:
        raise OptionError(f"{place}{metric!r} comes from the survey. Leave the row out, and give survey=.")


def _check_cases(cases: pd.DataFrame, share: bool) -> None:
    """Refuse figures that cannot be."""
    summed_up = "n" in cases
    if summed_up:
        wrong = (cases["n"] < 1) | (cases["n"] % 1 != 0)
        _refuse(
            cases,
            wrong,
            "n",
            "must be a whole number from 1",
            "Give cases counted.",
        )
        _check_once(cases)
    if "sd" in cases:
        _refuse(
            cases,
            cases["sd"] < 0,
            "sd",
            "must not be negative",
            "Give the standard deviation of the cases.",
        )
    if share:
        wrong = (cases["value"] < 0) | (cases["value"] > 1)
        _refuse(
            cases,
            wrong,
            "value",
            "must be a share from 0 to 1",
            "Give 0.98 for 98 %.",
        )
        if not summed_up:
            neither = ~cases["value"].isin([0, 1])
            _refuse(
                cases,
                neither,
                "value",
                "must be 1 (right) or 0 (wrong)",
                "Or add a column n.",
            )


def _check_once(cases: pd.DataFrame) -> None:
    """Refuse a second row that sums up the same wave."""
    if len(cases) > 1:
        first = cases.iloc[0]
        second = cases.iloc[1]
        raise ValuesError(
            f"{_place(second)}{second['metric']!r} of {second['touchpoint']!r} is there twice for wave "
            f"{second['wave']!r}, first in {first['line']}. Keep one row, or leave out column n and give cases."
        )
