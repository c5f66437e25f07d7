"""Differences between two samples, cell by cell: what comparisons with competitors and employees share.

Which samples, and what a difference means, is the business of the modules that ask.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from cxlens.stages.baseline.record import Scorecard
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import t_quantile
from cxlens.stats.suppression import NOBODY, hidden_cells
from cxlens.study.survey import Survey

CLEAR = 0.05  # q-value below which a difference is told apart from chance
BLANKS = ["n", "mean", "low", "high", "error", "df"]


def grouping(record: Scorecard) -> str | None:
    """The column by which a baseline tells segments apart; the time column only where it is the only one."""
    by = record.by
    if by is None or isinstance(by, str):
        return by
    return next((name for name in by if name != record.survey.time), by[0])


def warn_of_scales(own: Survey, other: Survey, name: str) -> bool:
    """Warn where two surveys have different scales: their means cannot be compared. Whether they have."""
    ends = [(one.scale.low, one.scale.high) if one.scale else None for one in (own, other)]
    if ends[0] != ends[1]:
        words = ["no scale" if one is None else f"{one[0]:g} to {one[1]:g}" for one in ends]
        warnings.warn(
            f"the scale of {name} is {words[1]}, ours {words[0]}: differences of means say nothing. "
            "Compare questions with one wording and scale.",
            stacklevel=3,
        )
    return ends[0] != ends[1]


def blank_small(table: pd.DataFrame, least: int, keys: Sequence[str]) -> pd.DataFrame:
    """Figures of few answers left blank, with a ``note``; and as many more as keep them from being worked out."""
    n = table["n"].to_numpy()
    small, also = n < least, np.zeros(len(table), bool)
    for places in table.reset_index(drop=True).groupby(list(keys), sort=False).indices.values():
        own = n[places]
        also[places] = hidden_cells(np.where(own > 0, own, NOBODY)[:, None], least)[:, 0]
    table = table.assign(
        note=np.select([n == 0, small, also], ["no answers", f"fewer than {least} answers", "hidden"], "")
    )
    blank = pd.Series(small | also, index=table.index)
    return table.assign(**{name: table[name].astype(float).mask(blank) for name in BLANKS})


def welch(table: pd.DataFrame, other: str, level: float) -> pd.DataFrame:
    """``difference`` of ``mean`` and the column ``mean_<other>``, its interval, ``p_value`` and ``q_value``.

    Welch (1947): errors added in squares, degrees of freedom after Satterthwaite; q after Benjamini and Hochberg over
    the table.
    """
    parts = np.array([table["error"], table[f"error_{other}"]], float) ** 2
    df = parts.sum(axis=0) ** 2 / (parts**2 / np.array([table["df"], table[f"df_{other}"]], float)).sum(axis=0)
    difference, error = (table["mean"] - table[f"mean_{other}"]).to_numpy(float), np.sqrt(parts.sum(axis=0))
    half, p = t_quantile(level, df) * error, wald_p(difference, error, df)
    columns = {"difference": difference, "difference_low": difference - half, "difference_high": difference + half}
    return pd.DataFrame({**columns, "p_value": p, "q_value": benjamini_hochberg(p)}, index=table.index)


def rank_agreement(x: np.ndarray, y: np.ndarray, level: float) -> tuple[float, float, float]:
    """Spearman's rank correlation of two figures with its interval (Fisher's z, error after Bonett and Wright 2000)."""
    known = ~np.isnan(x + y)
    if known.sum() < 4:
        return np.nan, np.nan, np.nan
    ranks = [pd.Series(values[known]).rank().to_numpy() for values in (x, y)]
    if min(np.ptp(own) for own in ranks) == 0:
        return np.nan, np.nan, np.nan
    r = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    half = special.ndtri((1 + level) / 2) * np.sqrt((1 + r**2 / 2) / (known.sum() - 3))
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))
