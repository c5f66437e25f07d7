"""Direction and shape: do low scores cost more than high scores bring, and does the effect bend?

Penalty-reward contrasts and the curvature test of the touchpoints of :class:`cxlens.stages.drivers.drivers.Drivers`.
Sums over rows and resamples are made in :mod:`cxlens.stages.drivers.fit`; pictures do not belong here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.many import named_of, where_compared
from cxlens.common.result import View
from cxlens.common.values import count, percent, plural
from cxlens.engine.answers import without_columns
from cxlens.errors import ValuesError, listing
from cxlens.stages.drivers.fit import regressions
from cxlens.stages.drivers.predicted_bands import predicted_bands
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stages.drivers.score import ASYMMETRY, CONTRASTS, class_of, contrast_ends, with_squares
from cxlens.stages.drivers.words import ASSOCIATION
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.regression import Fit as Regression
from cxlens.stats.regression import coefficients, sweep_out

Floats = NDArray[np.float64]
SAID = {
    "basic": "matters most when rated low (basic)",
    "excitement": "matters most when rated high (excitement)",
}
COUNTED = {  # of one, of several
    "performance": (
        "counts both ways (performance)",
        "count both ways (performance)",
    ),
    "undecided": ("is undecided", "are undecided"),
}


def shape(record: Fit) -> View:
    """Penalty and reward of each touchpoint, what class it belongs to, and whether its effect bends.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.shape`.
    """
    if record.bands is None:
        raise ValuesError(
            "shape cannot tell low scores from high ones: there are too many different scores, and no scale. "
            "Name the scale: cx.Survey(..., scale=cx.Scale(low, high))."
        )
    table = pd.concat(_rows_of_segments(record), ignore_index=True)
    bands = pd.DataFrame({"touchpoint": _single(record)})
    bands["low_below"] = record.bands.low
    bands["high_above"] = record.bands.high
    return View(
        chart="drivers/shape",
        table=table if record.by else table.drop(columns="segment"),
        finding=_finding(record, _clear_among_all(table, record.level)),
        note=_note(record, table),
        record=record,
        parts={"bands": bands},
        again=Again(shape, record),
    )


def _rows_of_segments(record: Fit) -> list[pd.DataFrame]:
    """Contrasts and curvature of each segment."""
    fits = _fits_with_squares(record)
    return [pd.concat([_contrasts(record, s), _curvature(record, fit)], axis=1) for s, fit in enumerate(fits)]


def _single(record: Fit) -> list[str]:
    """The players that are one touchpoint."""
    return [name for name, single in zip(record.touchpoints, record.asked.single, strict=True) if single >= 0]


def _contrasts(record: Fit, s: int) -> pd.DataFrame:
    """Penalty, reward, asymmetry and class of one segment, a row for each player."""
    n = record.n_shown[s]
    figures = predicted_bands(record) if record.asked.fitted else record.band_figures
    rows = []
    for j, (touchpoint, single) in enumerate(zip(record.touchpoints, record.asked.single, strict=True)):
        row: dict[str, Any] = {
            "segment": record.segments[s],
            "touchpoint": touchpoint,
            "n": n[j],
        }
        rows.append(
            row
            | _contrasts_of_one(
                figures[:, s, j],
                record.level,
                is_touchpoint=single >= 0,
            )
        )
    return pd.DataFrame(rows)


def _contrasts_of_one(figures: Floats, level: float, *, is_touchpoint: bool) -> dict[str, Any]:
    """What the figures (1 + d, 3) of a player say; groups, factors and products have no class."""
    ends = contrast_ends(figures, level)
    row: dict[str, Any] = {}
    for k, contrast in enumerate(CONTRASTS):
        row[contrast] = figures[0, k]
        row[f"{contrast}_low"], row[f"{contrast}_high"] = ends[:, k]
    row["class"] = class_of(ends) if is_touchpoint else None
    row["p_basic"], row["p_excitement"] = _shares_of_sides(figures[1:, ASYMMETRY])
    return row


def _shares_of_sides(asymmetry: Floats) -> tuple[float, float]:
    """How often the asymmetry is above and below 0 in the resamples (d,); NaN without any."""
    known = asymmetry[~np.isnan(asymmetry)]
    if not len(known):
        return np.nan, np.nan
    return float((known > 0).mean()), float((known < 0).mean())


def _curvature(record: Fit, fit: Regression | None) -> pd.DataFrame:
    """Coefficient of the squared score with p- and q-value in one segment, a row for each player."""
    single = np.array(record.asked.single) >= 0
    table = pd.DataFrame(
        np.nan,
        range(len(single)),
        ["curvature", "curvature_p", "curvature_q"],
    )
    if fit is not None:
        squares = slice(len(fit.coef) - int(single.sum()), None)
        p_values = fit.p_values[squares]
        table.loc[single] = np.column_stack([fit.coef[squares], p_values, benjamini_hochberg(p_values)])
    return table


def _fits_with_squares(record: Fit) -> list[Regression | None]:
    """The regression of each segment on scores and squares of its touchpoints; None where answers are too few."""
    in_groups = _squares_in_groups(record)
    data = without_columns(record.squared, in_groups)
    columns = data.sums.products.shape[-1] - 1
    n = data.sums.rows.sum(axis=1)
    enough = [cell for cell in record.kept if n[cell] >= columns + 2]
    draws = []
    if record.asked.blanks == "impute":  # no formula serves, so errors come from the resamples
        stacks = record.squared_stacks()
        draws = [_coefficients_without(stacks[cell], in_groups, record.asked.design.k) for cell in enough]
    fits = dict(
        zip(
            enough,
            regressions(record.asked, data, enough, draws),
            strict=True,
        )
    )
    return [fits.get(cell) for cell in record.kept]


def _coefficients_without(stack: Floats, columns: list[int], controls: int) -> Floats:
    """(k, 1 + d) coefficients from cross-products (q, q, 1 + d) without some columns."""
    kept_columns = np.delete(np.arange(len(stack)), columns)
    return coefficients(sweep_out(stack[np.ix_(kept_columns, kept_columns)], controls))


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


def _clear_among_all(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The table with what bends by itself alone as undecided: each interval has an error rate of its own."""
    p_value = 2 * table[["p_basic", "p_excitement"]].min(axis=1)
    is_unclear = benjamini_hochberg(p_value) >= 1 - level
    is_bent = table["class"].isin(list(SAID))
    return table.assign(**{"class": table["class"].mask(is_bent & is_unclear, "undecided")})


def _finding(record: Fit, table: pd.DataFrame) -> Finding:
    """What is more than performance is named; the rest is counted, by segment."""
    n = count(record.n)
    if not record.by:
        lead, *others = _classes_in_words(table)
        return Finding(lead, certainty=", ".join(others), n=n)
    groups = len(record.segments)
    said = []
    for segment in record.segments[: named_of(groups)]:
        classes = _classes_in_words(table[table["segment"] == segment])
        said.append(f"for {segment} {', '.join(classes)}")
    left = groups - len(said)
    if left:
        said.append(f"{plural(left, 'further group')} in the table")
    return Finding("; ".join(said), more=where_compared(groups, record.by, record.survey.time), n=n)


def _classes_in_words(rows: pd.DataFrame) -> list[str]:
    """The touchpoints of the classes that are told, and how many there are of the others."""
    clauses = []
    for word, verb in SAID.items():
        touchpoints = rows.loc[rows["class"] == word, "touchpoint"].tolist()
        if touchpoints:
            clauses.append(f"{listing(touchpoints)} {verb}")
    for word, (of_one, of_several) in COUNTED.items():
        number = int((rows["class"] == word).sum())
        if number:
            clauses.append(f"{count(number)} {of_several if number > 1 else of_one}")
    return clauses or ["no class is known"]


def _note(record: Fit, table: pd.DataFrame) -> str:
    """How classes were made, what bends, and what has no figures."""
    sentences = ["Without redraws no class is decided."]
    if record.n_boot:
        resamples = f"{percent(record.level)} intervals from {count(record.n_boot)} redraws"
        sentences = [
            f"Classes follow from {resamples} of |penalty| - reward by score point; the finding tells those that are "
            "clear, allowing for all."
        ]
    if record.asked.fitted:
        sentences.append("Penalty and reward are averaged predictions in percentage points, curvature is in log odds.")
    tested = table["curvature_q"].dropna()
    if len(tested):
        bent = (tested < 1 - record.level).sum()
        sentences.append(f"The effect bends (curvature) in {count(bent)} of {count(len(tested))} tests.")
    single = _single(record)
    several = [name for name in record.touchpoints if name not in single]
    if several:
        sentences.append(f"No touchpoint of its own, so without figures: {listing(several)}.")
    few = _with_too_few_scores(record, table)
    if few:
        sentences.append(f"Too few low, middle or high scores: {listing(few)}.")
    return " ".join([*sentences, ASSOCIATION])


def _with_too_few_scores(record: Fit, table: pd.DataFrame) -> list[str]:
    """The touchpoints without figures, with their segment where there are some."""
    few = table.loc[
        table["penalty"].isna() & table["class"].notna(),
        ["touchpoint", "segment"],
    ].astype(str)
    return [f"{name} in {segment}" if record.by else name for name, segment in few.to_numpy()]
