"""Differences between two samples, cell by cell: what comparisons with competitors and employees share.

Which samples, and what a difference means, is the business of the modules that ask.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.small_cells import reason
from cxlens.stages.baseline.record import Scorecard
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import t_quantile
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
CLEAR = 0.05  # q-value below which a difference is told apart from chance
BLANKS = ["n", "mean", "low", "high", "error", "df"]
FEWEST = 4  # touchpoints from which on a rank correlation has an interval


def grouping(record: Scorecard) -> str | None:
    """The column by which a baseline tells segments apart; the time column only where it is the only one."""
    by = record.by
    if by is None or isinstance(by, str):
        return by
    return next((name for name in by if name != record.survey.time), by[0])


def warn_of_scales(ours: Survey, other: Survey, name: str) -> bool:
    """Warn where two surveys have different scales: their means cannot be compared. Whether they have."""
    our_ends, other_ends = _ends(ours.scale), _ends(other.scale)
    if our_ends == other_ends:
        return False
    warnings.warn(
        f"the scale of {name} is {other_ends}, ours {our_ends}: differences of means say nothing. "
        "Compare questions with one wording and scale.",
        stacklevel=3,
    )
    return True


def _ends(scale: Scale | None) -> str:
    return f"{scale.low:g} to {scale.high:g}" if scale else "no scale"


def blank_small(table: pd.DataFrame, survey: Survey, by: str | None, least: int) -> pd.DataFrame:
    """Figures of :func:`score_means` without those of few answers, and of as many more as protect them; a ``note``."""
    p = len(survey.touchpoints)
    n = table["n"].to_numpy(np.int64).reshape(-1, p)
    cells = pd.DataFrame(index=[0])
    if by:
        segments = table["segment"].iloc[::p]
        cells = pd.DataFrame({by: segments})
    hidden = survey.hidden(cells, n, range(p), least).ravel()
    nobody = n.ravel() == 0
    why = reason(least, of_total=by is None)
    notes = np.select([nobody, hidden], ["no answers", why], "")
    blank = nobody | hidden
    columns = {name: table[name].astype(float).mask(blank) for name in BLANKS}
    return table.assign(note=notes, **columns)


def welch(table: pd.DataFrame, other: str, level: float) -> pd.DataFrame:
    """``difference`` of ``mean`` and the column ``mean_<other>``, its interval, ``p_value`` and ``q_value``.

    Welch (1947): errors added in squares, degrees of freedom after Satterthwaite; q after Benjamini and Hochberg over
    the table. Where clusters of either sample are too few to tell there is no p-value.
    """
    squares = np.array([table["error"], table[f"error_{other}"]], float) ** 2
    dfs = np.array([table["df"], table[f"df_{other}"]], float)
    df = squares.sum(axis=0) ** 2 / (squares**2 / dfs).sum(axis=0)
    error = np.sqrt(squares.sum(axis=0))
    difference = (table["mean"] - table[f"mean_{other}"]).to_numpy(float)
    half = t_quantile(level, df) * error
    too_few = table["too_few"].eq(True) | table[f"too_few_{other}"].eq(True)
    p_value = np.where(too_few, np.nan, wald_p(difference, error, df))
    return pd.DataFrame(
        {
            "difference": difference,
            "difference_low": difference - half,
            "difference_high": difference + half,
            "p_value": p_value,
            "q_value": benjamini_hochberg(p_value),
        },
        index=table.index,
    )


def rank_agreement(x: Floats, y: Floats, level: float) -> tuple[float, float, float]:
    """Spearman's rank correlation of two figures with its interval (Fisher's z, error after Bonett and Wright 2000)."""
    known = ~np.isnan(x + y)
    n = known.sum()
    if n < FEWEST:
        return np.nan, np.nan, np.nan
    ranks = [pd.Series(values[known]).rank().to_numpy() for values in (x, y)]
    if min(np.ptp(values) for values in ranks) == 0:
        return np.nan, np.nan, np.nan
    r = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    error = np.sqrt((1 + r**2 / 2) / (n - 3))
    half = special.ndtri((1 + level) / 2) * error
    inside = np.clip(r, -1 + 1e-12, 1 - 1e-12)
    z = np.arctanh(inside)
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))
