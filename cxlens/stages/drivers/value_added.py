"""Value added: what each touchpoint adds to the outcome by scoring above a reference, or takes from it.

Coefficients and their resamples belong to :mod:`cxlens.stages.drivers.record`, means of a competitor's survey to
:mod:`cxlens.stages.drivers.other_answers`; the waterfall is in :mod:`cxlens.stages.drivers.charts`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import LINK, Finding, Item
from cxlens.common.result import View
from cxlens.common.values import signed
from cxlens.errors import OptionError, ValuesError, check_single_answers, listing, unknown_name
from cxlens.stages.drivers.ask import TOGETHER
from cxlens.stages.drivers.fit import Figures
from cxlens.stages.drivers.looks import (
    average_of_users,
    check_levels,
    finding_of,
    interval_columns,
    left_out_without,
    note_of,
    reach_of,
    rows_of,
    scale_of,
    span,
)
from cxlens.stages.drivers.other_answers import (
    Means,
    exactly,
    means_elsewhere,
    without_interval,
)
from cxlens.stages.drivers.predicted import predicted
from cxlens.stages.drivers.record import Again, Fit
from cxlens.study.asked import asked, lowest_is_best
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]
Reference = Mapping[str, float] | TouchpointMap | Survey | None
CLEARLY = 0.975  # of the redraws: of two of the same value, one is ahead in so many of them in 5 of 100 studies
RARE = 0.05  # share of the users at a reference or beyond below which it lies outside of the answers


def value_added(record: Fit, reference: Reference = None) -> View:
    """What each touchpoint adds to the outcome, or takes from it, by scoring above or below a reference.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.value_added`.
    """
    check_levels(record)
    scores, what = _reference(record, reference)
    mean = average_of_users(record, record.estimate, record.levels)[0]
    known = ~np.isnan(record.estimate.coef[0] + mean + scores.by_touchpoint)
    value, drawn = _valued(record, scores, known)
    table = _table(record, scores, mean, known, interval_columns("value", value, drawn, record.level))
    without = left_out_without(record, scores.by_touchpoint, "a reference")
    sentences = ["Value: coefficient x (mean - reference) x reach.", without, without_interval(record, scores)]
    if record.asked.fitted:
        sentences[0] = (
            "Value: predicted now, less predicted were all who used it at the reference. Chances do not add up: all "
            "together is predicted for all at once."
        )
    elif lowest_is_best(record.survey.scale):
        sentences[0] = "Value: coefficient x points better than the reference x reach."
    how = " ".join(filter(None, sentences))
    outside = _outside(record, scores, mean, table)
    return View(
        chart="drivers/value added",
        table=table,
        finding=_finding(record, table, what, outside, _clear_ends(value, drawn)),
        note=note_of(record, known | np.isnan(scores.by_touchpoint), how),
        record=record,
        again=Again(value_added, record, {"reference": _copied(reference)}),
    )


def _copied(reference: Reference) -> Reference:
    """The scores given, whatever becomes of the mapping that was handed over."""
    return dict(reference) if isinstance(reference, Mapping) else reference


def _valued(record: Fit, scores: Means, known: NDArray[np.bool_]) -> tuple[Floats, Floats | None]:
    """(1, c, p + 1) the value of each touchpoint and of all, and the same in each redraw, where there are some."""
    if record.asked.fitted:
        predicted_values = _predicted_values(record, scores, known)
        return predicted_values[:1], predicted_values[1:] if record.draws else None
    value = _values(record, record.estimate, scores.estimate, known)
    return value, _values(record, record.draws, scores.draws, known) if record.draws else None


def _clear_ends(value: Floats, drawn: Floats | None) -> tuple[bool, bool]:
    """Whether the most and the least of all answers is clearly beyond each other one; not without redraws."""
    of_each = value[0, 0, :-1]
    places = np.flatnonzero(~np.isnan(of_each))
    if drawn is None or len(places) < 2:
        return False, False
    redrawn = drawn[:, 0, places]
    most, least = np.argmax(of_each[places]), np.argmin(of_each[places])
    below_most = np.delete(redrawn[:, [most]] > redrawn, most, axis=1)
    above_least = np.delete(redrawn[:, [least]] < redrawn, least, axis=1)
    is_most, is_least = (float(beyond.mean(axis=0).min()) >= CLEARLY for beyond in (below_most, above_least))
    return is_most, is_least


def _table(
    record: Fit, scores: Means, mean: Floats, known: NDArray[np.bool_], values: dict[str, Floats]
) -> pd.DataFrame:
    """One row a touchpoint, the total last; ``mean`` and ``known`` (c, p) say what users gave, and who has a value."""
    scale = record.survey.scale
    columns = {
        "mean": asked(mean, scale),
        "reference": asked(np.where(known, scores.by_touchpoint, np.nan), scale),
        "reach": reach_of(record.estimate)[0],
        "coef": record.estimate.coef[0],
        **values,
    }
    return rows_of(record, columns, "value")


def _values(
    record: Fit,
    figures: Figures,
    reference: Floats,
    known: NDArray[np.bool_],
) -> Floats:
    """(d, c, p + 1) the value of each touchpoint, and last of all that have one in the data."""
    gap = average_of_users(record, figures, record.levels) - reference
    value = figures.coef * gap * reach_of(figures)
    total = np.where(known, value, 0.0).sum(axis=-1)
    total = np.where(known.any(axis=-1), total, np.nan)
    return np.concatenate([value, total[..., None]], axis=-1)


def _predicted_values(record: Fit, scores: Means, known: NDArray[np.bool_]) -> Floats:
    """(1 + d, c, p + 1) the same for a yes/no or ordered outcome, by averaged predictions, in percentage points."""
    draws, segments, players = record.estimates.figures.coef.shape
    references = np.broadcast_to(scores.estimate, (draws, segments, players)).copy()
    references[1:] = scores.draws
    prediction = predicted(record)
    values = np.full((draws, segments, players + 1), np.nan)
    at_reference = {}
    for player in np.flatnonzero(known.any(axis=0)):
        with_levels = (draws, segments, len(record.levels))
        where = np.where(known[:, player], references[..., player], np.nan)
        here = np.isnan(where)[..., None]
        target = np.where(here, record.levels, where[..., None])
        at_reference[int(player)] = np.broadcast_to(target, with_levels)
        alone = -prediction.change({int(player): at_reference[int(player)]})
        values[..., player] = np.where(np.isnan(where), np.nan, alone)
    together = -prediction.change(at_reference)
    values[..., -1] = np.where(known.any(axis=-1), together, np.nan)
    return values


def _outside(record: Fit, scores: Means, mean: Floats, table: pd.DataFrame) -> list[str]:
    """Where a reference, or the outcome at all references, lies outside of what was answered; nothing where none is."""
    sentences = []
    shares = np.nan_to_num(record.estimate.shares[0])
    reference = scores.by_touchpoint
    is_below = (reference < mean)[..., None]
    beyond = np.where(is_below, record.levels <= reference[:, None], record.levels >= reference[:, None])
    users = shares.sum(axis=-1)
    is_rare = (shares * beyond).sum(axis=-1) < RARE * users
    rare = is_rare & ~np.isnan(mean + reference)
    names = [record.touchpoints[place] for place in np.flatnonzero(rare.any(axis=0))]
    if names:
        sentences.append(f"Outside of the answers: hardly any user rated {listing(names)} at the reference or beyond")
    low, high = _outcome_ends(record)
    total = table.loc[table["touchpoint"] == TOGETHER, "value"].to_numpy()
    at_reference = record.estimate.outcome[0] - total
    if ((at_reference < low) | (at_reference > high)).any():
        words = f"{record.outcome_words} would leave its range of {low:g} to {high:g}"
        sentences.append(f"Outside of the answers: with all at the reference {words}")
    return sentences


def _outcome_ends(record: Fit) -> tuple[float, float]:
    """The lowest and highest the outcome can be; no limits where its scale is not known."""
    if record.asked.fitted:  # a predicted chance leaves no range
        return -np.inf, np.inf
    if record.asked.kind == "nps":
        return -100.0, 100.0
    scale = record.survey.outcome_scales.get(record.outcome)
    if scale:
        return (scale.low, scale.high)
    return (-np.inf, np.inf)


def _finding(record: Fit, table: pd.DataFrame, what: str, outside: list[str], are_clear: tuple[bool, bool]) -> Finding:
    """What all add together; without segments also who adds most and who takes most."""
    unit = record.change_unit
    digits = record.change_digits
    lead = f"Value for {record.outcome_words} against {what}, in {unit}"
    rows = table.dropna(subset="value")
    most_and_least = (0, -2)
    shown = 0 if record.by else max(len(rows) - 1, 0)
    ends = [rows.iloc[end] for end in most_and_least[:shown]]
    rows = rows[rows["touchpoint"] == TOGETHER]

    def item(row: Any) -> Item:
        return Item(
            row["touchpoint"],
            signed(row["value"], digits),
            span(row, "value", digits),
        )

    finding = finding_of(record, lead, rows, item, f"{lead}: none is known")
    told = _ends_told(list(map(item, ends)), are_clear)
    return replace(finding, caution=LINK, more=[*told, *outside, *finding.more])


def _ends_told(ends: list[Item], are_clear: tuple[bool, bool]) -> list[str]:
    """``Clearly most: web (+0.31 [0.20, 0.42]); least, with no clear last: desk (-0.10 [-0.21, 0.01])``.

    One touchpoint is all there is.
    """
    if len(ends) < 2:
        return [f"Most: {end.whole}" for end in ends]
    most, least = ends
    is_most, is_least = are_clear
    first = "Clearly most" if is_most else "Most, with no clear first"
    last = "clearly least" if is_least else "least, with no clear last"
    return [f"{first}: {most.whole}; {last}: {least.whole}"]


def _reference(record: Fit, reference: Any) -> tuple[Means, str]:
    """The reference scores, and what they are in words."""
    if isinstance(reference, Survey):
        check_single_answers("value_added", reference)
        _warn_of_other_scale(record.survey.scale, reference.scale)
        return means_elsewhere(record, reference, lambda scores: scores), "the means of the other survey"
    scores, what = _given_scores(record, reference)
    is_asked = reference is not None  # the middle is one of the scores as they are read
    scale = record.survey.scale
    if not scores:
        raise ValuesError(
            "the reference has no score for any touchpoint here. Give {touchpoint: score}, or a map with "
            "Touchpoint(..., standards=[cx.Standard('mean', 4)])."
        )
    for name, score in scores.items():
        if name not in record.touchpoints:
            raise unknown_name("touchpoint", name, record.touchpoints, "Touchpoints")
        _check_score(name, score, record.survey.scales.get(name, record.survey.scale) if is_asked else scale)
    as_read = record.survey.as_read if is_asked else _as_it_is
    by_touchpoint = [as_read(name, scores[name]) if name in scores else np.nan for name in record.touchpoints]
    return exactly(np.array(by_touchpoint, float)), what


def _as_it_is(_: str, score: float) -> float:
    return score


def _warn_of_other_scale(ours: Scale | None, theirs: Scale | None) -> None:
    """Say so where two surveys have different scales."""
    if ours and theirs and (ours.low, ours.high) != (theirs.low, theirs.high):
        warnings.warn(
            f"scores here are from {ours.low:g} to {ours.high:g}, those of the reference survey from "
            f"{theirs.low:g} to {theirs.high:g}; the means are compared as they are. Bring both to one scale first.",
            stacklevel=6,  # where Drivers.value_added is called
        )


def _given_scores(record: Fit, reference: Any) -> tuple[Mapping[str, Any], str]:
    """The score of each touchpoint that has one, and what they are in words."""
    if reference is None:
        scale = scale_of(
            record.survey,
            "the middle, as reference,",
            ", or reference={touchpoint: score}",
        )
        middle = scale.middle
        return dict.fromkeys(record.touchpoints, middle), f"the middle of the scale ({middle:g})"
    if isinstance(reference, TouchpointMap):
        standards = _mean_standards(reference)
        return {name: standards[name] for name in record.touchpoints if name in standards}, "the standards"
    if isinstance(reference, Mapping):
        return reference, "the scores given"
    kind = type(reference).__name__
    raise OptionError(f"reference takes {{touchpoint: score}}, a TouchpointMap or a Survey, not a {kind}.")


def _mean_standards(touchpoint_map: TouchpointMap) -> dict[str, float]:
    """The standard of each touchpoint for its mean; the first of several counts."""
    standards: dict[str, float] = {}
    for touchpoint in touchpoint_map:
        for standard in touchpoint.standards:
            if standard.metric == "mean":
                standards.setdefault(touchpoint.name, standard.target)
    return standards


def _check_score(name: str, score: Any, scale: Scale | None) -> None:
    """Refuse what is no score of the scale."""
    is_number = isinstance(score, (int, float, np.number)) and np.isfinite(score)
    if is_number and (scale is None or scale.low <= score <= scale.high):
        return
    allowed = ", such as 4"
    if scale:
        allowed = f" from {scale.low:g} to {scale.high:g}"
    raise ValuesError(f"the reference of {name!r} is {score!r}. Give a score{allowed}.")
