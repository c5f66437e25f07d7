"""Looks at drivers that people act on: the importance-performance map, value added, opportunity, moments of truth.

Each takes a :class:`~cxlens.stages.drivers.drivers.Drivers` and gives back a :class:`~cxlens.common.result.View`. What
the figures rest on, the regression and its resamples, belongs to drivers; pictures are in
:mod:`cxlens.stages.drivers.charts`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, signed
from cxlens.engine.labels import segment_of, units_of
from cxlens.engine.tables import IN_MEMORY
from cxlens.errors import OptionError, ValuesError, check_kind, check_option, listing, unknown_name
from cxlens.stages.drivers.fit import SMALLEST, Figures
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.tables import coef_ends, scored
from cxlens.stats.bootstrap import multiplicities, percentile_interval, resample
from cxlens.study.survey import Scale, Survey
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]
Named = Callable[[Any], Item]  # of a row
Cross = Literal["means", "middle"]
NOTHING = np.array(None, object)  # in a column of words
TOGETHER = "all together"  # the row of a total
CONCENTRATE = "concentrate here"
QUADRANTS = ("low priority", "possible overkill", CONCENTRATE, "keep up the good work")  # 2 x important + well rated
BANDS = {10: "under-served", 12: "strongly under-served", 15: "extremely under-served"}  # scores above these
ASSOCIATION = "An association, not yet an effect"


def performance(record: Fit, *, cross: Cross = "means") -> View:
    """Importance-performance map: what matters and is rated low.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.performance`.
    """
    _check(record)
    check_option("cross", cross, Cross)
    middle = _scale(record.survey, "cross='middle'", ", or cross='means'").middle if cross == "middle" else None

    def place(figures: Figures) -> tuple[Floats, Floats, Floats]:
        """(d, c, p) mean and importance of what has both; (2, d, c, 1) the cross-hairs."""
        mean = _average(record, figures, record.levels) + 0 * figures.importance
        size = figures.importance + 0 * mean
        across = _mean_of_known(mean) if middle is None else np.full((*mean.shape[:2], 1), middle)
        return mean, size, np.stack([across, _mean_of_known(size)])

    mean, size, (across, up) = place(record.draws or record.estimate)
    at = 2 * (size > up) + (mean >= across)
    hits = (at[..., None] == np.arange(4)) & ~np.isnan(mean)[..., None]
    shares = hits.sum(axis=0) / np.maximum(hits.sum(axis=(0, -1)), 1)[..., None]
    point, _, lines = place(record.estimate)
    known = ~np.isnan(point[0])
    columns = _spread(record, "mean", lambda figures: place(figures)[0])
    columns |= _spread(record, "importance", lambda figures: figures.importance)
    columns["quadrant"] = np.where(known, np.array(QUADRANTS, object)[shares.argmax(axis=-1)], NOTHING)
    drawn = np.where(known[..., None] & bool(record.draws), shares, np.nan)
    table = _table(record, columns | {"p_quadrant": drawn.max(axis=-1), "p_concentrate": drawn[..., 2]}, "importance")
    hairs = pd.DataFrame({"segment": record.segments, "mean": lines[0, 0, :, 0], "importance": lines[1, 0, :, 0]})

    def item(row: Any) -> Item:
        often = f"in {percent(row['p_concentrate'])} of resamples" if record.draws else ""
        return Item(row["touchpoint"], f"rated {number(row['mean'])}", _span(row, "mean", 2), often)

    found = table[table["quadrant"] == CONCENTRATE].sort_values("p_concentrate", ascending=False, kind="stable")
    none = "No touchpoint is both important and rated low"
    where = "the mean of the means" if middle is None else f"the middle of the scale, {middle:g}"
    note = _note(record, known, f"Ratings are parted at {where}; importance at its mean.")
    finding = _finding(record, "Concentrate here", found, item, none)
    return View("drivers/performance", table, finding, note, record, {"cross-hairs": hairs})


def value_added(record: Fit, reference: Mapping[str, float] | TouchpointMap | Survey | None = None) -> View:
    """What each touchpoint adds to the outcome, or takes from it, by scoring above or below a reference.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.value_added`.
    """
    _check(record)
    if record.asked.fitted:
        raise ValuesError(
            f"value_added needs coefficients in points; those of {record.asked.kind} outcome {record.outcome!r} are "
            "log odds. Explain an outcome of kind interval or nps: cx.drivers(survey, outcome=...)."
        )
    point, drawn, what = _reference(record, reference)
    coef, reach = record.estimate.coef[0], record.estimate.shares.sum(axis=-1)[0]
    mean = _average(record, record.estimate, record.levels)[0]
    known = ~np.isnan(coef + mean + point[0])

    def added(figures: Figures) -> Floats:
        """(d, c, p + 1) the value of each touchpoint, and last of all that have one in the data."""
        gap = _average(record, figures, record.levels) - (drawn if figures is record.draws else point)
        value = figures.coef * gap * figures.shares.sum(axis=-1)
        total = np.where(known.any(axis=-1), np.where(known, value, 0.0).sum(axis=-1), np.nan)
        return np.concatenate([value, total[..., None]], axis=-1)

    columns = {"mean": mean, "reference": np.where(known, point[0], np.nan), "reach": reach, "coef": coef}
    table = _table(record, columns | _spread(record, "value", added), "value")
    found = table.dropna(subset="value")
    found = found[found["touchpoint"] == TOGETHER] if record.by else found.iloc[[-1, 0, -2][: len(found)]]
    lead = f"Value for {record.outcome} against {what}, in {record.unit}"

    def item(row: Any) -> Item:
        return Item(row["touchpoint"], signed(row["value"], record.digits), _span(row, "value", record.digits))

    how = f"Value: coefficient x (mean - reference) x reach. {_without(record, point, 'a reference')}"
    note = _note(record, known | np.isnan(point[0]), how)
    finding = replace(_finding(record, lead, found, item, f"{lead}: none is known"), caution=ASSOCIATION)
    return View("drivers/value added", table, finding, note, record)


def opportunity_score(importance: ArrayLike, satisfaction: ArrayLike) -> Floats:
    """Ulwick's opportunity score I + max(I - S, 0), from importance and satisfaction of 0 to 10; 0 to 20.

    Ulwick (2002), Harvard Business Review 80(1).

    Examples
    --------
    >>> float(opportunity_score(9, 3))
    15.0
    """
    importance = np.asarray(importance, float)
    return np.asarray(importance + np.maximum(importance - np.asarray(satisfaction, float), 0))


def opportunity(record: Fit, stated: Survey | None = None) -> View:
    """Opportunity scores: what matters to customers and does not satisfy them.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.opportunity`.
    """
    _check(record)
    top = _scale(record.survey, "the top box").top_from
    point = drawn = np.zeros((1, 1, len(record.touchpoints)))
    kind, how = "derived", "Importance is derived, the largest set to 10: read scores as a ranking, classes with care."
    if stated is not None:
        check_kind("stated importance", stated, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
        theirs = _scale(stated, "the top box of stated importance").top_from
        point, drawn = _other(record, stated, lambda scores: 10.0 * (scores >= theirs))
        kind, how = "stated", f"So is stated importance. {_without(record, point, 'stated importance')}"

    def matters(figures: Figures) -> Floats:
        if stated is not None:
            return (drawn if figures is record.draws else point) + np.zeros(figures.importance.shape)
        most = np.fmax.reduce(figures.importance, axis=-1)[..., None]
        return np.asarray(10 * figures.importance / np.where(most > 0, most, np.nan))

    def pleases(figures: Figures) -> Floats:
        return _average(record, figures, np.where(record.levels >= top, 10.0, 0.0))

    importance, satisfaction = matters(record.estimate)[0], pleases(record.estimate)[0]
    scores = _spread(record, "score", lambda figures: opportunity_score(matters(figures), pleases(figures)))
    known = ~np.isnan(scores["score"])
    others = np.where(satisfaction > importance, "over-served", "served right")
    classes = np.where(known, others if stated is not None else "not under-served", NOTHING)
    for least, name in BANDS.items():
        classes[scores["score"] > least] = name
    columns = {"importance": importance, "satisfaction": satisfaction, **scores, "class": classes}
    table = _table(record, columns, "score")
    found = _first(record, table.dropna(subset="score"))

    def item(row: Any) -> Item:
        return Item(row["touchpoint"], f"{row['class']}, score {number(row['score'], 1)}", _span(row, "score", 1))

    how = f"Satisfaction is ten times the share of users in the top box. {how}"
    lead = f"Largest opportunity, by {kind} importance"
    finding = _finding(record, lead, found, item, "No opportunity is known")
    return View("drivers/opportunity", table, finding, _note(record, known | np.isnan(point[0]), how), record)


def moments_of_truth(record: Fit) -> View:
    """Where many customers meet what they feel strongly about and what moves the outcome.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.moments_of_truth`.
    """
    _check(record)
    felt, how = _felt(record)

    def inputs(figures: Figures) -> Floats:
        """(3, d, c, p) reach, emotion, effect of what has all three."""
        feeling = _average(record, figures, felt) if felt.ndim == 1 else felt + 0 * figures.coef
        reach = figures.shares.sum(axis=-1).round(9)  # rounding errors would part those whom everyone meets
        found = np.stack([reach, feeling, np.abs(figures.coef)])
        return np.where(np.isnan(found).any(axis=0), np.nan, found)

    def index(figures: Figures) -> Floats:
        return np.asarray(100 * np.cbrt(_percentile_ranks(inputs(figures)).prod(axis=0)))

    reach, emotion, effect = inputs(record.estimate)[:, 0]
    ends = np.array(coef_ends(record))
    near, far = np.sort(np.abs(ends), axis=0) + 0 * effect
    near[ends.prod(axis=0) <= 0] *= 0
    clear = near > pd.DataFrame(effect).median(axis=1).to_numpy()[:, None]
    columns = {"reach": reach, "emotion": emotion, "effect": effect, "effect_low": near, "effect_high": far}
    columns |= _spread(record, "index", index)
    table = _table(record, columns | {"moment_of_truth": np.where(np.isnan(near), NOTHING, clear)}, "index")
    told = table["moment_of_truth"].notna().any()
    found = table[table["moment_of_truth"].eq(True)] if told else _first(record, table.dropna(subset="index"))
    lead = "Moments of truth" if told else "Highest index of reach, emotion and effect"
    none = "No touchpoint has an effect clearly above the median" if told else "No index is known"
    how = f"Index (ours): geometric mean of the percentile ranks of reach, emotion and effect, times 100. {how}"
    how += " Effects have the intervals of the drivers" + ("; the index has none." if record.asked.fitted else ".")

    def item(row: Any) -> Item:
        return Item(row["touchpoint"], f"index {number(row['index'], 0)}", _span(row, "index", 0))

    note = _note(record, ~np.isnan(effect), how, not record.asked.fitted)
    return View("drivers/moments of truth", table, _finding(record, lead, found, item, none), note, record)


def _check(record: Fit) -> None:
    """Refuse scores of which it is not known how many gave each."""
    if not len(record.levels):
        raise ValuesError(
            "the scores take more than 1,000 different values, so how many gave each is not known. "
            "Round them to the steps of a scale."
        )


def _scale(survey: Survey, what: str, instead: str = "") -> Scale:
    if survey.scale is None:
        raise ValuesError(
            f"{what} needs the scale of the scores, and the survey names none. "
            f"Give Survey(..., scale=cx.Scale(1, 5)){instead}."
        )
    return survey.scale


def _average(record: Fit, figures: Figures, values: Floats) -> Floats:
    """(d, c, p) mean among users of a value (l,) that each score has; NaN for fewer than 5 scores."""
    reach = figures.shares.sum(axis=-1)
    shown = (reach > 0) & (scored(record) >= SMALLEST)
    return np.asarray(np.divide(figures.shares @ values, reach, out=np.full(reach.shape, np.nan), where=shown))


def _spread(record: Fit, name: str, compute: Callable[[Figures], Floats]) -> dict[str, Any]:
    """A figure (c, p) and the ends of its interval over the resamples, as columns; NaN where there are none."""
    point = compute(record.estimate)[0]
    draws = compute(record.draws) if record.draws else np.full((1, *point.shape), np.nan)
    low, high = percentile_interval(np.where(np.isnan(point), np.nan, draws), record.level)
    return {name: point, f"{name}_low": low, f"{name}_high": high}


def _mean_of_known(values: Floats) -> Floats:
    """Mean along the last axis, which is kept; NaN are left out."""
    known = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    return np.asarray(np.nansum(values, axis=-1, keepdims=True) / np.where(known, known, np.nan))


def _percentile_ranks(values: Floats) -> Floats:
    """Share of the last axis that is below each, ties counted half; NaN stay out."""
    other, own = values[..., None, :], values[..., None]
    ranks = (other < own).sum(axis=-1) + 0.5 * (other == own).sum(axis=-1)
    return np.asarray(ranks / np.maximum((~np.isnan(values)).sum(axis=-1, keepdims=True), 1) + 0 * values)


def _table(record: Fit, columns: dict[str, Any], order: str) -> pd.DataFrame:
    """The rows of each segment from arrays (c, p), the largest first; an array (c, p + 1) ends with all together."""
    p, parts, n_scores = len(record.touchpoints), [], scored(record)
    names = [*record.touchpoints, TOGETHER][: columns[order].shape[1]]
    for s, (segment, n) in enumerate(zip(record.segments, record.segment_n, strict=True)):
        own = pd.DataFrame({"segment": segment, "touchpoint": names, "n": [*n_scores[s], n][: len(names)]})
        own = own.assign(**{name: pd.Series(values[s]) for name, values in columns.items()})
        parts += [own[:p].sort_values(order, ascending=False, kind="stable"), own[p:]]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return table if record.by else table.drop(columns="segment")


def _finding(record: Fit, lead: str, found: pd.DataFrame, item: Named, none: str) -> Finding:
    """What was found, the first of each segment, or the first three; ``none`` where it is nothing."""
    n = count(record.n)
    if found.empty:
        return Finding(none, n=n)
    if not record.by:
        return Finding(lead, items=[item(row) for row in found.to_dict("records")], n=n)
    items = []
    for segment in record.segments:
        in_segment = found[found["segment"] == segment].to_dict("records")
        items += [_for_segment(item(row), segment) for row in in_segment[:1]] or [Item(f"none for {segment}")]
    return Finding(lead, items=items, named=len(items), n=n)


def _for_segment(item: Item, segment: str) -> Item:
    """The same item, with the segment it is of."""
    return replace(item, name=f"{item.name} for {segment}")


def _first(record: Fit, table: pd.DataFrame) -> pd.DataFrame:
    """The first row of each segment."""
    return table.groupby("segment", sort=False).head(1) if record.by else table.head(1)


def _span(row: Any, name: str, digits: int) -> str:
    """``[3.1, 4.2]``, or nothing where there is no interval."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if pd.isna(low) else interval(low, high, digits)


def _note(record: Fit, known: NDArray[np.bool_], how: str, resampled: bool = True) -> str:
    """What was done, how intervals were made, and which touchpoints have no figure here."""
    spans = f"Intervals: {percent(record.level)}, from {count(record.n_boot)} resamples."
    spans = spans if record.draws else "No resamples, so no intervals from them."
    where = [f" in {segment}" if record.by else "" for segment in record.segments]
    out = [f"{record.touchpoints[j]}{where[s]}" for s, j in np.argwhere(~known)]
    left = f"Without a figure, or fewer than {SMALLEST} scores: {listing(out)}." if out else ""
    return " ".join(filter(None, [how.strip(), spans if resampled else "", left]))


def _without(record: Fit, point: Floats, what: str) -> str:
    names = [name for name, score in zip(record.touchpoints, point[0, 0], strict=True) if np.isnan(score)]
    return f"Left out, without {what}: {listing(names)}." if names else ""


def _reference(record: Fit, reference: Any) -> tuple[Floats, Floats, str]:
    """(1, 1, p) the reference scores, their (d, 1, p) draws, and what they are in words; NaN where there is none."""
    scale = record.survey.scale
    if isinstance(reference, Survey):
        other = reference.scale
        if scale and other and (scale.low, scale.high) != (other.low, other.high):
            warnings.warn(
                f"scores here are from {scale.low:g} to {scale.high:g}, those of the reference survey from "
                f"{other.low:g} to {other.high:g}; the means are compared as they are. Bring both to one scale first.",
                stacklevel=3,
            )
        return *_other(record, reference, lambda scores: scores), "the means of the other survey"
    scores: Mapping[str, Any]
    if reference is None:
        middle = _scale(record.survey, "the middle, as reference,", ", or reference={touchpoint: score}").middle
        scores, what = dict.fromkeys(record.touchpoints, middle), f"the middle of the scale ({middle:g})"
    elif isinstance(reference, TouchpointMap):
        # reversed, so that the first of several counts
        standards = {one.name: s.target for one in reference for s in reversed(one.standards) if s.metric == "mean"}
        scores, what = {name: standards[name] for name in record.touchpoints if name in standards}, "the standards"
    elif isinstance(reference, Mapping):
        scores, what = reference, "the scores given"
    else:
        kind = type(reference).__name__
        raise OptionError(f"reference takes {{touchpoint: score}}, a TouchpointMap or a Survey, not a {kind}.")
    if not scores:
        raise ValuesError(
            "the reference has no score for any touchpoint here. Give {touchpoint: score}, or a map with "
            "Touchpoint(..., standards=[cx.Standard('mean', 4)])."
        )
    for name, score in scores.items():
        if name not in record.touchpoints:
            raise unknown_name("touchpoint", name, record.touchpoints, "Touchpoints")
        low, high = (scale.low, scale.high) if scale else (-np.inf, np.inf)
        if not isinstance(score, (int, float, np.number)) or not np.isfinite(score) or not low <= score <= high:
            allowed = f" from {low:g} to {high:g}" if scale else ", such as 4"
            raise ValuesError(f"the reference of {name!r} is {score!r}. Give a score{allowed}.")
    point = np.array([[[scores.get(name, np.nan) for name in record.touchpoints]]], float)
    return point, point, what


def _other(record: Fit, survey: Survey, value: Callable[[Any], Any]) -> tuple[Floats, Floats]:
    """(1, 1, p) means, in another sample, of what each score is worth, and (d, 1, p) draws of them.

    Beyond 100,000 answers they are taken as exact. NaN where it has fewer than 5 scores.
    """
    shared = [name for name in record.touchpoints if name in survey.touchpoints]
    if not shared:
        raise ValuesError(
            f"the other survey has none of the touchpoints {listing(record.touchpoints, 30)}. "
            f"It has: {listing(survey.touchpoints, 30)}. Name its columns alike: touchpoints={{name: column}}."
        )
    survey, at = survey.only(shared), [record.touchpoints.index(name) for name in shared]
    point = np.full((1, 1, len(record.touchpoints)), np.nan)
    totals = [_sums(value(r.scores), r.scores, r.weights).sum(axis=0) for r in survey.source.batches()]
    point[..., at] = _means(np.sum(totals, axis=0))
    if record.draws is None or survey.n > IN_MEMORY:
        return point, point
    rows, unit = survey.rows(), survey.cluster or survey.respondent
    units = np.unique(units_of(rows, unit), return_inverse=True)[1] if unit else np.arange(len(rows))
    rng = np.random.default_rng([record.seed, 1])  # not the draws of the drivers again: another sample
    sums = iter([(slice(None), _sums(value(rows.scores), rows.scores, rows.weights))])
    draws = np.full((record.n_boot, 1, len(record.touchpoints)), np.nan)
    draws[:, 0, at] = _means(resample(multiplicities(units.max() + 1, record.n_boot, rng), units, sums), 1)
    return point, draws


def _felt(record: Fit) -> tuple[Floats, str]:
    """Strength of feeling: (c, p) means of the emotion columns, else (l,) of each score; and how it was read."""
    columns = record.survey.emotion
    alone = [name for name, at in zip(record.touchpoints, record.asked.single, strict=True) if at >= 0]
    without = [name for name in alone if name not in columns]
    if without or not alone:
        wish = ", or its columns: Survey(..., emotion={touchpoint: column})"
        scale = _scale(record.survey, "strength of feeling, read from scores,", wish)
        why = f"; {listing(without)} lack{'' if without[1:] else 's'} a column of it" if columns else ""
        strength = np.abs(record.levels - scale.middle) / (scale.high - scale.middle)
        return strength, f"Emotion: how far scores lie from the middle of the scale{why}."
    total = np.zeros((len(record.segments), 3 * len(record.touchpoints)))
    for rows in record.survey.source.batches():
        none = pd.Series(np.nan, rows.labels.index)  # groups, factors and products
        own = [rows.labels[columns[name]] if name in columns else none for name in record.touchpoints]
        felt = np.column_stack([strength_of(column, record.survey.scale) for column in own])
        inside = segment_of(rows, record.by)[:, None] == np.array(record.segments, object)
        total += inside.T.astype(float) @ _sums(felt, felt, rows.weights)
    return _means(total), "Emotion: mean size of the survey's emotion columns, taken as exact."


def strength_of(column: pd.Series[Any], scale: Scale | None = None) -> Floats:
    """The size of each value, sign aside; codes that the scale calls blank or not used are so here, too.

    Where strengths below 0 are given, 0 is a strength, whatever the scale says.
    """
    numbers = pd.to_numeric(column, errors="coerce")
    odd = column[numbers.isna() & column.notna() & (column != "")]
    if len(odd):
        raise ValuesError(
            f"emotion column {column.name!r} holds {odd.iloc[0]!r}. "
            "How strong a feeling is takes numbers, such as 1 (calm) to 5."
        )
    codes = [code for code in (*scale.blank, *scale.not_used) if isinstance(code, (int, float))] if scale else []
    kept = numbers if (numbers < 0).any() else numbers.mask(numbers.isin(codes))
    return kept.abs().to_numpy(float, na_value=np.nan)


def _sums(values: Floats, scores: Floats, weights: Floats) -> Floats:
    """(m, 3 p) for each row: whether there is a score, its weight, weight times value; to be summed."""
    w = np.where(np.isnan(scores), 0.0, weights[:, None])
    return np.hstack([w > 0, w, w * np.nan_to_num(values)])


def _means(sums: Floats, least: float = SMALLEST) -> Floats:
    """(..., p) weighted means from such sums; NaN for fewer scores than ``least``."""
    n, weight, total = np.split(sums, 3, axis=-1)
    return np.asarray(np.divide(total, weight, out=np.full(n.shape, np.nan), where=n >= least))
