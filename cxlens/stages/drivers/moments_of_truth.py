"""Moments of truth: where many customers meet what they feel strongly about and what moves the outcome.

Reach and effect belong to :mod:`cxlens.stages.drivers.record`; who feels what is looked at by
:mod:`cxlens.stages.baseline.emotion`; the picture is in :mod:`cxlens.stages.drivers.charts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import interval, number, percent
from cxlens.engine.batches import added
from cxlens.engine.labels import segment_of
from cxlens.engine.tables import Rows
from cxlens.errors import ValuesError, listing
from cxlens.stages.drivers.fit import Figures
from cxlens.stages.drivers.looks import (
    NOTHING,
    average_of_users,
    check_levels,
    figure_columns,
    finding_of,
    first_of_segments,
    note_of,
    q_values,
    reach_of,
    rows_of,
    scale_of,
)
from cxlens.stages.drivers.other_answers import (
    weighted_means,
    weighted_sums,
)
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stages.drivers.tables import coef_ends
from cxlens.stats.clusters import FEWEST
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.regression import Fit as Regression
from cxlens.study.scale import Scale

Floats = NDArray[np.float64]
Reach = Mapping[str, float] | pd.DataFrame
OBSERVED = "Reach: as observed and given, taken as exact; a touchpoint without it has no index."
BORDER = 9  # decimals of reach and emotion that count: rounding errors would part those whom everyone meets
DRAWS = 4_000  # of all effects at once, by which the error of an effect less the median is told
NOT_ASKED = "Feeling was not asked: how far ratings lie from the middle of the scale stands in for it"


class Feeling(NamedTuple):
    """How strongly customers feel: (l,) of each score, or (c, p) of each touchpoint; and how it was read.

    ``reach`` (c, p) is how many meet each touchpoint, where that was observed apart from the answers.
    """

    strength: Floats
    of_scores: bool
    how: str
    reach: Floats | None = None


class Ingredients(NamedTuple):
    """(d, c, p) reach, emotion and size of the effect of the touchpoints that have all three; NaN for the others."""

    reach: Floats
    emotion: Floats
    effect: Floats


def moments_of_truth(record: Fit, *, reach: Reach | None = None) -> View:
    """Where many customers meet what they feel strongly about and what moves the outcome.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.moments_of_truth`.
    """
    check_levels(record)
    feeling = _feeling(record)
    if reach is not None:
        feeling = feeling._replace(reach=_observed(record, reach), how=f"{feeling.how} {OBSERVED}")
    ingredients = _ingredients(record, record.estimate, feeling)
    table = _table(record, feeling)
    how = f"Index (ours): geometric mean of the percentile ranks of reach, emotion and effect, times 100. {feeling.how}"
    how += (
        " A moment of truth is met by at least the median share, felt at least as strongly as the median, and its "
        f"effect is clear and clearly above the median, both with q under {number(1 - record.level)}."
    )
    how += " Effects have the intervals of the drivers."
    return View(
        chart="drivers/moments of truth",
        table=table,
        finding=_finding(record, table, feeling),
        note=note_of(
            record,
            ~np.isnan(ingredients.effect[0]),
            how,
            not record.asked.fitted,
        ),
        record=record,
        again=Again(moments_of_truth, record, {"reach": reach}),
    )


def _observed(record: Fit, reach: Reach) -> Floats:
    """(c, p) the observed reach of each touchpoint, in each segment where it is told by segment; NaN where unknown."""
    table = reach
    if isinstance(reach, Mapping):
        table = pd.DataFrame({"touchpoint": list(reach), "reach": list(reach.values())})
    if not isinstance(table, pd.DataFrame) or not {"touchpoint", "reach"} <= set(table):
        raise ValuesError(
            "reach: give {touchpoint: share of customers who meet it}, or a table with the columns touchpoint and "
            "reach, such as paths(log).felt().table."
        )
    shares = pd.to_numeric(table["reach"], errors="coerce")
    wrong = table["reach"].notna() & ~shares.between(0, 1)
    if wrong.any():
        name, share = table.loc[wrong, ["touchpoint", "reach"]].astype(object).to_numpy()[0]
        raise ValuesError(f"reach of {name!r} is {share!r}. Give a share from 0 to 1.")
    known = table.assign(reach=shares)
    of_segments = [known] * len(record.segments)
    if "segment" in known:
        of_segments = [known[known["segment"].astype(str) == str(name)] for name in record.segments]
    rows = [part.drop_duplicates("touchpoint").set_index("touchpoint")["reach"] for part in of_segments]
    observed = np.stack([row.reindex(record.touchpoints).to_numpy(float) for row in rows])
    if np.isnan(observed).all():
        raise ValuesError(
            f"reach names none of the touchpoints of the drivers: {listing(map(repr, record.touchpoints))}. "
            "Call them alike in both."
        )
    return observed


def _ingredients(record: Fit, figures: Figures, feeling: Feeling) -> Ingredients:
    """What the index is made of, in the estimate or in each resample."""
    if feeling.of_scores:
        emotion = average_of_users(record, figures, feeling.strength)
    else:
        emotion = feeling.strength + 0 * figures.coef
    emotion = emotion.round(BORDER)
    reach = reach_of(figures).round(BORDER)
    if feeling.reach is not None:
        reach = feeling.reach + 0 * reach
    whole = np.stack([reach, emotion, np.abs(figures.coef)])
    return Ingredients(*np.where(np.isnan(whole).any(axis=0), np.nan, whole))


def _index(ingredients: Ingredients) -> Floats:
    """(d, c, p) the geometric mean of the percentile ranks, times 100."""
    return np.asarray(100 * np.cbrt(_percentile_ranks(np.stack(ingredients)).prod(axis=0)))


def _percentile_ranks(values: Floats) -> Floats:
    """Share of the last axis that is below each, ties counted half; NaN stay out."""
    each = values[..., None]
    other = values[..., None, :]
    ranks = (other < each).sum(axis=-1) + 0.5 * (other == each).sum(axis=-1)
    known = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    return np.asarray(ranks / np.maximum(known, 1) + 0 * values)


def _table(record: Fit, feeling: Feeling) -> pd.DataFrame:
    """One row a touchpoint: what the index is made of, the index, and whether the effect is clearly a large one."""
    ingredients = _ingredients(record, record.estimate, feeling)
    effect = ingredients.effect[0]
    nearest_zero, farthest = _sizes(record, effect)
    q_value = q_values(record) + 0 * effect
    q_above = _q_above_median(record, effect)
    passes = _at_least_median(ingredients.reach[0]) & _at_least_median(ingredients.emotion[0])
    clear = 1 - record.level
    passes &= (q_value < clear) & (q_above < clear) & _at_least_median(effect)
    columns = {
        "reach": ingredients.reach[0],
        "emotion": ingredients.emotion[0],
        "effect": effect,
        "effect_low": nearest_zero,
        "effect_high": farthest,
        "q_value": q_value,
        "q_above": q_above,
        **figure_columns(
            record,
            "index",
            lambda figures: _index(_ingredients(record, figures, feeling)),
        ),
        "moment_of_truth": np.where(np.isnan(q_above), NOTHING, passes),
    }
    return rows_of(record, columns, "index")


def _at_least_median(values: Floats) -> NDArray[np.bool_]:
    """Which of (c, p) are at least the median of those known in their segment."""
    median = pd.DataFrame(values).median(axis=1).to_numpy()[:, None]
    return np.asarray(values >= median)


def _q_above_median(record: Fit, effect: Floats) -> Floats:
    """(c, p) q-values of "its effect is not the median one"; NaN where an effect has no error.

    The median is estimated, too, from the same answers: the error of a difference to it is the spread of that
    difference over draws of all coefficients at once, by their covariance.
    """
    widths = np.array(record.asked.design.widths)
    starts = np.cumsum([0, *widths[:-1]])
    q_above = np.full(effect.shape, np.nan)
    for s, fit in enumerate(record.estimates.fits):
        known = np.flatnonzero(~np.isnan(effect[s]) & (widths == 1))
        columns = starts[known]
        cov = fit.cov[np.ix_(columns, columns)]
        if not len(known) or np.isnan(cov).any():
            continue
        rng = np.random.default_rng(record.seed)
        half = rng.multivariate_normal(np.zeros(len(columns)), cov, DRAWS // 2, check_valid="ignore")
        errors = np.concatenate([half, -half])  # whether all effects are up or down changes nothing
        sizes = effect[s, known]
        drawn = np.abs(sizes + np.sign(fit.coef[columns]) * errors)
        apart = drawn - np.median(drawn, axis=1, keepdims=True)
        difference = sizes - np.median(sizes)
        p_values = wald_p(difference, apart.std(axis=0), fit.df[columns])
        q_above[s, known] = benjamini_hochberg(np.where(_too_few(fit)[columns], np.nan, p_values))
    return q_above


def _too_few(fit: Regression) -> NDArray[np.bool_]:
    """(k,) of which coefficients clusters are too few to tell."""
    return (fit.clusters is not None) & ~(fit.df >= FEWEST)


def _sizes(record: Fit, effect: Floats) -> tuple[Floats, Floats]:
    """(c, p) the smallest and the largest size that the interval of an effect allows; 0 where it may be zero."""
    ends = np.array(coef_ends(record))
    nearest_zero, farthest = np.sort(np.abs(ends), axis=0) + 0 * effect
    may_be_zero = ends.prod(axis=0) <= 0
    nearest_zero[may_be_zero] *= 0
    return nearest_zero, farthest


def _finding(record: Fit, table: pd.DataFrame, feeling: Feeling) -> Finding:
    """The moments of truth; the highest index where no effect has an error."""
    stands_in = [NOT_ASKED] if feeling.of_scores else []
    if table["moment_of_truth"].isna().all():
        first = first_of_segments(record, table.dropna(subset="index"))
        lead = "Highest index of reach, emotion and effect"
        found = finding_of(record, lead, first, _of_index, "No index is known")
        return replace(found, more=[*stands_in, *found.more] if len(first) else [])

    def item(row: Any) -> Item:
        met = percent(row["reach"])
        felt = number(row["emotion"])
        effect = number(row["effect"], record.digits)
        ends = interval(row["effect_low"], row["effect_high"], record.digits)
        return Item(row["touchpoint"], f"met by {met}, felt {felt}, effect {effect}", ends)

    clear = table[table["moment_of_truth"].eq(True)]
    none = "No touchpoint is clearly a moment of truth"
    found = finding_of(record, "Moments of truth", clear, item, none)
    return replace(found, more=[*stands_in, *found.more])


def _of_index(row: Any) -> Item:
    return Item(row["touchpoint"], f"index {number(row['index'], 0)}")


def _feeling(record: Fit) -> Feeling:
    """Strength of feeling: means of the emotion columns where each touchpoint has one, else that of each score."""
    columns = record.survey.emotion
    alone = [name for name, place in zip(record.touchpoints, record.asked.single, strict=True) if place >= 0]
    without = [name for name in alone if name not in columns]
    if without or not alone:
        return _feeling_of_scores(record, without if columns else [])
    strength = _means_of_columns(record, columns)
    return Feeling(
        strength,
        False,
        "Emotion: mean size of the survey's emotion columns, taken as exact.",
    )


def _feeling_of_scores(record: Fit, without: list[str]) -> Feeling:
    """How far scores lie from the middle; ``without`` names who lacks a column where others have one."""
    wish = ", or its columns: Survey(..., emotion={touchpoint: column})"
    scale = scale_of(record.survey, "strength of feeling, read from scores,", wish)
    strength = np.abs(record.levels - scale.middle) / (scale.high - scale.middle)
    verb = "lack" if len(without) > 1 else "lacks"
    why = ""
    if without:
        why = f"; {listing(without)} {verb} a column of it"
    return Feeling(
        strength,
        True,
        f"Emotion: how far scores lie from the middle of the scale{why}.",
    )


def _means_of_columns(record: Fit, columns: Mapping[str, str]) -> Floats:
    """(c, p) mean strength in the emotion column of each touchpoint; NaN for groups, factors and products."""
    survey = record.survey
    by = record.by
    segments = np.array(record.segments, object)
    asked = [(columns.get(name), survey.scales.get(name, survey.scale)) for name in record.touchpoints]

    def summed(rows: Rows) -> Floats:
        felt = _felt(rows, asked)
        in_segment = segment_of(rows, by)[:, None] == segments
        return np.asarray(in_segment.T.astype(float) @ weighted_sums(felt, felt, rows.weights))

    return weighted_means(survey.source.folded(summed, added))


def _felt(rows: Rows, asked: Sequence[tuple[str | None, Scale | None]]) -> Floats:
    """(n, p) strength of feeling of each row; NaN where a touchpoint has no column."""
    nothing = pd.Series(np.nan, rows.labels.index)
    strengths = []
    for name, scale in asked:
        column = nothing if name is None else rows.labels[name]
        strengths.append(strength_of(column, scale))
    return np.column_stack(strengths)


def strength_of(column: pd.Series[Any], scale: Scale | None = None) -> Floats:
    """The size of each value, sign aside; codes that the scale calls blank or not used are so here, too.

    Where strengths below 0 are given, 0 is a strength, whatever the scale says.
    """
    numbers = pd.to_numeric(column, errors="coerce")
    text = column[numbers.isna() & column.notna() & (column != "")]
    if len(text):
        raise ValuesError(
            f"emotion column {column.name!r} holds {text.iloc[0]!r}. "
            "How strong a feeling is takes numbers, such as 1 (calm) to 5."
        )
    if scale and not (numbers < 0).any():
        codes = [code for code in (*scale.blank, *scale.not_used) if isinstance(code, (int, float))]
        numbers = numbers.mask(numbers.isin(codes))
    return numbers.abs().to_numpy(float, na_value=np.nan)
