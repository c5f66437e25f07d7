"""What stands in for the answers behind an aggregated table: as many values, with the very mean and spread, or shares.

Which verbs may take them is said by :class:`cxlens.study.aggregates.Aggregates`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.tables import Rows
from cxlens.study.aggregate_files import BOTTOM, CUSTOMERS, DETRACTORS, PROMOTERS, TOP, TOUCHPOINT, Measure
from cxlens.study.scale import OutcomeKind, Scale

Floats = NDArray[np.float64]


class Told(NamedTuple):
    """What a table tells.

    ``figures`` of a baseline; the ``scale`` of its stand-ins; the ``kind`` of outcome that its shares make, the names
    of the high and the low ``shares``, and the ``values`` of stand-ins in the high one, in none, in the low one.
    """

    figures: frozenset[str]
    scale: Scale | None
    kind: OutcomeKind | None = None
    shares: tuple[str, str] = ("", "")
    values: tuple[float, float, float] = (0, 0, 0)


def told_by(measures: Mapping[str, Measure], scale: Scale | None) -> Told:
    """What these measures tell; ``scale`` is that of means."""
    if PROMOTERS in measures:
        return Told(
            figures=frozenset({"nps", "top_box", "unhappy"}),
            scale=Scale.nps(),
            kind="nps",
            shares=(PROMOTERS, DETRACTORS),
            values=(10, 8, 0),
        )
    if TOP in measures:
        figures = {"top_box", "unhappy"} if BOTTOM in measures else {"top_box"}
        return Told(
            figures=frozenset(figures),
            scale=Scale(-1, 1, top=1),
            kind="binary",
            shares=(TOP, BOTTOM),
            values=(1, 0, -1),
        )
    if CUSTOMERS in measures:
        return Told(
            figures=frozenset(),
            scale=Scale(0, 1),
            kind="binary",
            shares=(CUSTOMERS, ""),
            values=(1, 0, 0),
        )
    return Told(frozenset({"mean"}), scale)


def stand_ins(lines: pd.DataFrame, keys: list[str], told: Told) -> Rows:
    """Answers with the figures of each line; the touchpoints of a unit and wave stand side by side.

    Parameters
    ----------
    lines
        One row a unit, wave and touchpoint, as :func:`cxlens.study.aggregate_files.read_lines` reads them.
    keys
        The columns of units and wave.
    told
        What the table tells.
    """
    group: NDArray[Any] = np.zeros(len(lines), np.int64)
    if keys:
        group = lines.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    place, names = pd.factorize(lines[TOUCHPOINT])
    sizes = lines.groupby(group)["n"].max().to_numpy()
    starts = np.concatenate([[0], np.cumsum(sizes)])
    scores = np.full((starts[-1], len(names)), np.nan)
    for start, at, line in zip(starts[group], place, lines.to_dict("records"), strict=True):
        values = _values(line, told)
        scores[start : start + len(values), at] = values
    _, first = np.unique(group, return_index=True)
    first_of_group = lines[keys].iloc[first]
    each = np.repeat(np.arange(len(sizes)), sizes)
    return Rows(
        scores=scores,
        unused=np.zeros(scores.shape, bool),
        outcomes=_outcomes(scores, told.kind),
        weights=np.ones(len(scores)),
        labels=first_of_group.iloc[each].reset_index(drop=True),
    )


def _outcomes(scores: Floats, kind: OutcomeKind | None) -> Floats:
    """The stand-ins as answers to an outcome for each touchpoint; none of means."""
    if kind is None:
        return scores[:, :0]
    if kind == "nps":
        return scores
    return np.where(np.isnan(scores), np.nan, scores == 1)


def _values(line: Mapping[Hashable, Any], told: Told) -> Floats:
    """The stand-ins of a line."""
    n = line["n"]
    if told.kind is None:
        spread = line.get("sd", 0.0)
        mean = told.scale.turned(line["mean"]) if told.scale else line["mean"]
        return _of_mean(n, mean, spread)
    high, low = told.shares
    n_high = round(n * line[high])
    n_low = round(n * line.get(low, 0.0))
    n_low = min(n_low, n - n_high)  # both may have been rounded up
    n_middle = n - n_high - n_low
    return np.repeat(np.array(told.values, float), (n_high, n_middle, n_low))


def _of_mean(n: int, mean: float, sd: float) -> Floats:
    """Two values, of which n have this mean and this standard deviation of a sample."""
    if n < 2 or not sd > 0:
        return np.full(n, mean)
    above = n // 2
    below = n - above
    away = sd * np.sqrt((n - 1) / n)
    higher = mean + away * np.sqrt(below / above)
    lower = mean - away * np.sqrt(above / below)
    return np.repeat([higher, lower], (above, below))
