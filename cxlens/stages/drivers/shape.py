"""Direction and shape: do low scores cost more than high scores bring, and does the effect bend?

Penalty-reward contrasts and the curvature test of the touchpoints of :class:`cxlens.stages.drivers.drivers.Drivers`.
Sums over rows and resamples are made in :mod:`cxlens.stages.drivers.fit`; pictures do not belong here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import count, percent
from cxlens.engine.answers import without_columns
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.drivers.fit import regressions
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.score import ASYMMETRY, SLOPES, with_squares
from cxlens.stages.drivers.tables import scored
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.regression import Fit as Regression
from cxlens.stats.regression import coefficients, sweep_out

Floats = NDArray[np.float64]
CONTRASTS = ["penalty", "reward", "asymmetry"]
SAID = {"basic": "mostly costs when it is bad (basic)", "excitement": "mostly brings when it is good (excitement)"}
COUNTED = {  # of one, of several
    "performance": ("counts both ways (performance)", "count both ways (performance)"),
    "undecided": ("is undecided", "are undecided"),
}
CLASSES = (*SAID, *COUNTED)


def shape(record: Fit) -> View:
    """Penalty and reward of each touchpoint, what class it belongs to, and whether its effect bends.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.shape`.
    """
    asked = record.asked
    if asked.fitted:
        raise OptionError(
            f"shape takes outcomes of kind interval and nps; {record.outcome!r} is {asked.kind}. "
            "Choose another outcome."
        )
    if record.bands is None:
        raise ValuesError(
            "shape cannot tell low scores from high ones: there are too many different scores, and no scale. "
            "Name the scale: cx.Survey(..., scale=cx.Scale(low, high))."
        )
    segments = [
        pd.concat([_contrasts(record, s), _curvature(record, fit)], axis=1)
        for s, fit in enumerate(_fits_with_squares(record))
    ]
    table = pd.concat(segments, ignore_index=True)
    bands = pd.DataFrame(
        {"touchpoint": _single(record), "low_below": record.bands.low, "high_above": record.bands.high}
    )
    view = View("drivers/shape", table, _finding(record, table), _note(record, table), record, {"bands": bands})
    return view if record.by else replace(view, table=table.drop(columns="segment"))


def _single(record: Fit) -> list[str]:
    """The players that are one touchpoint."""
    return [name for name, single in zip(record.touchpoints, record.asked.single, strict=True) if single >= 0]


def slopes(record: Fit) -> Floats:
    """What a score point is worth on either side of the middle, where the contrasts of :func:`shape` say it differs.

    Parameters
    ----------
    record
        With resamples, of an outcome of kind interval or nps.

    Returns
    -------
    numpy.ndarray
        (1 + d, c, p, 3), estimate first: outcome points for one score point below the middle, for one above it, and the
        mean of the middle scores, where the two meet. NaN for touchpoints that are neither "basic" nor "excitement"
        in the segment, and in resamples without scores of all three kinds.
    """
    known = np.full((*record.band_figures.shape[:-1], 3), np.nan)
    for s in range(len(record.segments)):
        for j in range(len(record.touchpoints)):
            figures = record.band_figures[:, s, j]
            if _class(_ends(figures, record.level)) in SAID:
                known[:, s, j] = figures[:, SLOPES]
    return known


def _contrasts(record: Fit, s: int) -> pd.DataFrame:
    """Penalty, reward, asymmetry and class of one segment, a row for each player."""
    n = scored(record)[s]
    rows = []
    for j, (name, single) in enumerate(zip(record.touchpoints, record.asked.single, strict=True)):
        figures = record.band_figures[:, s, j]
        ends = _ends(figures, record.level)
        row: dict[str, Any] = {"segment": record.segments[s], "touchpoint": name, "n": n[j]}
        for k, contrast in enumerate(CONTRASTS):
            row[contrast] = figures[0, k]
            row[f"{contrast}_low"], row[f"{contrast}_high"] = ends[:, k]
        row["class"] = _class(ends) if single >= 0 else None
        row["p_basic"], row["p_excitement"] = _shares_of_sides(figures[1:, ASYMMETRY])
        rows.append(row)
    return pd.DataFrame(rows)


def _shares_of_sides(asymmetry: Floats) -> tuple[float, float]:
    """How often the asymmetry is above and below 0 in the resamples (d,); NaN without any."""
    known = asymmetry[~np.isnan(asymmetry)]
    if not len(known):
        return np.nan, np.nan
    return float((known > 0).mean()), float((known < 0).mean())


def _ends(figures: Floats, level: float) -> Floats:
    """(2, 3) interval of penalty, reward and asymmetry; NaN without resamples."""
    draws = figures[1:, : len(CONTRASTS)]
    return np.stack(percentile_interval(draws, level)) if len(draws) else np.full((2, len(CONTRASTS)), np.nan)


def _class(ends: Floats) -> str:
    """What the (2, 3) intervals of penalty, reward and asymmetry allow to say."""
    (_, least_reward, least_asymmetry), (most_penalty, _, most_asymmetry) = ends
    if least_asymmetry > 0 and most_penalty < 0:
        return "basic"
    if most_asymmetry < 0 and least_reward > 0:
        return "excitement"
    return "performance" if most_penalty < 0 < least_reward else "undecided"


def _curvature(record: Fit, fit: Regression | None) -> pd.DataFrame:
    """Coefficient of the squared score with p- and q-value in one segment, a row for each player."""
    single = np.array(record.asked.single) >= 0
    table = pd.DataFrame(np.nan, range(len(single)), ["curvature", "curvature_p", "curvature_q"])
    if fit is not None:
        squares = slice(len(fit.coef) - int(single.sum()), None)
        p_values = wald_p(fit.coef[squares], np.sqrt(np.diag(fit.cov)[squares]), fit.df)
        table.loc[single] = np.column_stack([fit.coef[squares], p_values, benjamini_hochberg(p_values)])
    return table


def _fits_with_squares(record: Fit) -> list[Regression | None]:
    """The regression of each segment on scores and squares of its touchpoints; None where answers are too few."""
    design = record.asked.design
    in_groups = _squares_in_groups(record)
    data = without_columns(record.squared, in_groups)
    columns = data.sums.products.shape[-1] - 1
    n = data.sums.rows.sum(axis=1)
    enough = [cell for cell in record.kept if n[cell] >= columns + 2]
    draws = []
    if record.asked.blanks == "impute":  # no formula serves, so errors come from the resamples
        stacks = record.squared_stacks()
        kept_columns = np.delete(np.arange(len(stacks[0])), in_groups)
        draws = [coefficients(sweep_out(stacks[cell][np.ix_(kept_columns, kept_columns)], design.k)) for cell in enough]
    fits = dict(zip(enough, regressions(record.asked, data, enough, draws), strict=True))
    return [fits.get(cell) for cell in record.kept]


def _squares_in_groups(record: Fit) -> list[int]:
    """The columns with squares of touchpoints that are no players of their own."""
    design = record.asked.design
    alone = {design.scored[single] for single in record.asked.single if single >= 0}
    squared = with_squares(record.asked).design.player_columns
    return [
        number
        for number, column in enumerate(squared, design.k)
        if column.kind == "square" and column.at[0] not in alone
    ]


def _finding(record: Fit, table: pd.DataFrame) -> Finding:
    """What is more than performance is named; the rest is counted, by segment."""
    words = [
        (f"for {segment} " if record.by else "") + _classes_in_words(table[table["segment"] == segment])
        for segment in record.segments
    ]
    return Finding("; ".join(words), n=count(record.n))


def _classes_in_words(rows: pd.DataFrame) -> str:
    """The touchpoints of the classes that are told, and how many there are of the others."""
    of_class = {word: rows.loc[rows["class"] == word, "touchpoint"].tolist() for word in CLASSES}
    named = [f"{listing(of_class[word])} {words}" for word, words in SAID.items() if of_class[word]]
    counted = [
        f"{count(len(of_class[word]))} {words[len(of_class[word]) > 1]}"
        for word, words in COUNTED.items()
        if of_class[word]
    ]
    return ", ".join(named + counted) or "nothing can be told"


def _note(record: Fit, table: pd.DataFrame) -> str:
    """How classes were made, what bends, and what has no figures."""
    if record.n_boot:
        resamples = f"{percent(record.level)} intervals from {count(record.n_boot)} resamples"
        parts = [f"Classes follow from {resamples} of |penalty| - reward by score point."]
    else:
        parts = ["Without resamples no class is decided."]
    bent = (table["curvature_q"] < 1 - record.level).sum()
    tested = table["curvature_q"].notna().sum()
    if tested:
        parts.append(f"The effect bends (curvature) in {count(bent)} of {count(tested)} tests.")
    several = [name for name in record.touchpoints if name not in _single(record)]
    if several:
        parts.append(f"No touchpoint of its own, so without figures: {listing(several)}.")
    few = table.loc[table["penalty"].isna() & table["class"].notna(), ["touchpoint", "segment"]].astype(str)
    if len(few):
        names = [f"{name} in {segment}" if record.by else name for name, segment in few.to_numpy()]
        parts.append(f"Too few low, middle or high scores: {listing(names)}.")
    return " ".join([*parts, "Association, not effect."])
