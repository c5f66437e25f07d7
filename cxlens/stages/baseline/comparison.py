"""Differences between two samples, cell by cell: what comparisons with competitors and employees share.

Which samples, and what a difference means, is the business of the modules that ask.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.small_cells import reason
from cxlens.common.values import count, interval, number
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.baseline.score import scored_rows, table_of_means
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import normal_quantile, t_quantile
from cxlens.stats.permutation import Moved, Scores, is_small, two_samples
from cxlens.stats.ranks import rank_correlation
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
BLANKS = ["n", "mean", "low", "high", "error", "df"]
TESTED = "small samples are judged by permutation, others by Welch's test"
INTERVAL = ["difference_low", "difference_high", "p_value"]
FEWEST = 8  # touchpoints from which on a rank correlation has an interval; below, it held 71 to 92 of 100


def grouping(record: Scorecard) -> str | None:
    """The column by which a baseline tells segments apart; the time column only where it is the only one."""
    by = record.by
    if by is None or isinstance(by, str):
        return by
    return next((name for name in by if name != record.survey.time), by[0])


def warn_of_scales(ours: Survey, other: Survey, name: str) -> bool:
    """Warn where two surveys have different scales: their means cannot be compared. Whether they have."""
    our_ends = _ends(ours.scale)
    other_ends = _ends(other.scale)
    if our_ends == other_ends:
        return False
    warnings.warn(
        f"the scale of {name} is {other_ends}, ours {our_ends}: differences of means say nothing. "
        "Compare questions with one wording and scale.",
        stacklevel=3,
    )
    return True


def _ends(scale: Scale | None) -> str:
    if scale:
        return f"{scale.low:g} to {scale.high:g}"
    return "no scale"


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


def means_to_compare(survey: Survey, by: str | None, level: float, least: int) -> pd.DataFrame:
    """:func:`score_means` with small cells blank, and ``scores``: how often each occurs, for the test of few answers.

    ``scores`` is None where errors are those of clusters, which do not change places one answer at a time.
    """
    rows, segments = scored_rows(survey, by)
    table = table_of_means(survey, rows, segments, level)
    of_clusters = rows.clustered(rows.x).grouped
    order = np.argsort(rows.cell, kind="stable")
    ends = np.searchsorted(rows.cell[order], np.arange(1, rows.m))
    scores = np.full(rows.m, None, dtype=object)
    for cell, places in enumerate(np.split(order, ends)):
        if of_clusters[cell] or not len(places):
            continue
        scores[cell] = Scores.of(
            rows.x[places],
            rows.w[places],
            rows.w2[places],
        )
    return blank_small(
        table.assign(scores=scores),
        survey,
        by,
        least,
    )


def differences(table: pd.DataFrame, other: str, level: float) -> pd.DataFrame:
    """``difference`` of ``mean`` and the column ``mean_<other>``, its interval, ``p_value`` and ``q_value``.

    Where one side has fewer than 100 answers, or than 300 beside more than twice as many, and neither has clusters,
    people change places between the two (:func:`cxlens.stats.permutation.two_samples`): scores pile up at the top, and
    a small sample without a low one would by Welch's test be told apart from a large one. Else it is Welch's. q after
    Benjamini and Hochberg over the table.

    Parameters
    ----------
    table
        Two of :func:`means_to_compare` side by side, of which the second has the suffix ``_<other>``.
    other
        The suffix.
    level
        The confidence level.
    """
    found = welch(table, other, level)
    errors = table[["error", f"error_{other}"]].to_numpy(float)
    error = np.hypot(*np.nan_to_num(errors).T)  # a side that is all alike has none; what that is worth, draws tell
    difference = found["difference"].to_numpy(float)
    columns = {name: found[name].to_numpy(float, copy=True) for name in INTERVAL}
    ours = table["scores"].to_numpy()
    theirs = table[f"scores_{other}"].to_numpy()
    for place in np.flatnonzero(~np.isnan(difference) & (error > 0)):
        moved = _moved(ours[place], theirs[place], difference[place] / error[place], level)
        if moved is None:
            continue
        columns["difference_low"][place] = difference[place] - moved.high * error[place]
        columns["difference_high"][place] = difference[place] - moved.low * error[place]
        columns["p_value"][place] = moved.p_value
    q_value = benjamini_hochberg(columns["p_value"])
    return found.assign(**columns, q_value=q_value)


def _moved(ours: Scores | None, theirs: Scores | None, statistic: float, level: float) -> Moved | None:
    """What a difference is worth, by people who change places between the two; None for Welch's test."""
    if ours is None or theirs is None:
        return None
    if not is_small(ours.n, theirs.n):
        return None
    return two_samples(
        *ours.beside(theirs),
        statistic,
        level=level,
    )


def welch(table: pd.DataFrame, other: str, level: float) -> pd.DataFrame:
    """``difference`` of ``mean`` and the column ``mean_<other>``, its interval and ``p_value``, for many answers.

    Welch (1947): errors added in squares, degrees of freedom after Satterthwaite. Where clusters of either sample are
    too few to tell there is no p-value.
    """
    errors = [table["error"], table[f"error_{other}"]]
    squares = np.array(errors, float) ** 2
    dfs = np.array([table["df"], table[f"df_{other}"]], float)
    dfs[dfs <= 0] = np.nan  # one answer has all the weight: nothing is known of the others
    variance = squares.sum(axis=0)
    by_df = squares**2 / dfs
    df = variance**2 / by_df.sum(axis=0)
    error = np.sqrt(variance)
    difference = (table["mean"] - table[f"mean_{other}"]).to_numpy(float)
    half = t_quantile(level, df) * error
    too_few = table["too_few"].eq(True) | table[f"too_few_{other}"].eq(True)
    p_value = wald_p(difference, error, df)
    columns = {
        "difference": difference,
        "difference_low": difference - half,
        "difference_high": difference + half,
        "p_value": np.where(too_few, np.nan, p_value),
    }
    return pd.DataFrame(columns, index=table.index)


def rank_agreement(x: Floats, y: Floats, level: float) -> tuple[float, float, float]:
    """Spearman's rank correlation of two figures with its interval (Fisher's z, error after Bonett and Wright 2000).

    The figures are taken as exact: of two samples see :func:`cxlens.stats.ranks.true_correlation`.
    """
    known = ~np.isnan(x + y)
    n = int(known.sum())
    r = rank_correlation(x, y)
    if n < FEWEST or np.isnan(r):
        return r, np.nan, np.nan
    variance = (1 + r**2 / 2) / (n - 3)
    half = normal_quantile(level) * np.sqrt(variance)
    inside = np.clip(r, -1 + 1e-12, 1 - 1e-12)
    z = np.arctanh(inside)
    low = np.tanh(z - half)
    high = np.tanh(z + half)
    return r, float(low), float(high)


def finding_of_difference(lead: str, row: Any, sides: tuple[str, str]) -> Finding:
    """How far apart two sides are: ``... by 0.67 (3.26 against 3.93)``.

    ``sides``: how the columns of each end, in a row with ``difference``, and for each side ``mean`` and ``n``.
    """
    ends = sorted((abs(row["difference_low"]), abs(row["difference_high"])))
    apart = f"by {number(abs(row['difference']))}"
    mean, other_mean = (number(row[f"mean{side}"]) for side in sides)
    n, other_n = (count(row[f"n{side}"]) for side in sides)
    return Finding(
        lead,
        f"{apart} ({mean} against {other_mean})",
        interval(*ends),
        n=f"{n} and {other_n}",
        short=f"{lead} {apart}",
    )
