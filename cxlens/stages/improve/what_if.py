"""Forecasts from drivers: what the outcome would be if touchpoints scored higher.

An association read as a forecast, and said to be one. How the outcome answers to scores is the business of
:mod:`cxlens.stages.improve.response`, where scores are to go that of :mod:`cxlens.stages.improve.goals`; initiatives,
costs and effort belong to :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.many import named_of, where_compared
from cxlens.common.result import Result
from cxlens.common.values import count, interval, number, percent, signed
from cxlens.errors import check_kind, check_option, listing
from cxlens.stages.baseline.places import Places
from cxlens.stages.drivers.ask import TOGETHER
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.mood import about_mood
from cxlens.stages.drivers.predicted import top_of
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.words import about_left_out
from cxlens.stages.improve.goals import Change, Mark, check_changes, check_room, in_words, is_goal, marks, points
from cxlens.stages.improve.response import (
    CAUTION,
    Measure,
    Response,
    about_points,
    change,
    effect,
    in_draws,
    inside,
    lift,
    own_points,
    response,
)
from cxlens.stages.improve.worth import check_given, money_per_point
from cxlens.stats.bootstrap import percentile_interval
from cxlens.study.asked import asked
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap
from cxlens.study.worth import RetentionLink

Floats = NDArray[np.float64]


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WhatIf(Result):
    """A forecast: the result of :func:`what_if`.

    Attributes
    ----------
    table
        One row a touchpoint (and segment), last all of them together: ``segment`` (with ``by``), ``touchpoint``,
        ``raised_by`` points of its own scale, ``lift`` (what the mean score of all respondents gains, ceiling and reach
        respected), ``change`` of the outcome with ``low`` and ``high``; in the last row ``now`` and ``then``, its level
        before and after among the answers used. With ``money``: ``money`` a year with its interval. A touchpoint
        without a coefficient in a segment has no change there and adds nothing to the total.
    response
        How the outcome answers to scores, in each resample.
    money
        With a retention link: money a year of all segments together, with the ends of its interval.
    marks
        Goals that lie outside the answers, by touchpoint: a mean score and its standard error, NaN where that is not
        known.
    options
        What else was asked: ``what_if(drivers, changes, **options)`` gives the same again.
    """

    table: pd.DataFrame
    drivers: Drivers
    changes: dict[str, Change]
    response: Response
    money: tuple[float, float, float] | None
    marks: Mapping[str, Mark]
    options: Mapping[str, Any]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"what if": self.table}

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.drivers.survey

    @property
    def measured(self) -> str:
        """What is forecast: the outcome, or the way it is counted where that was asked for."""
        record = self.drivers.record
        if record.asked.kind == "binary":
            yes = self.survey.words.positive.get(self.drivers.outcome, "yes")
            return f"the share of {yes} in {record.outcome_words}"
        if self.options["measure"] is None and record.asked.kind != "ordinal":
            return record.outcome_words
        outcome = self.drivers.outcome  # counted otherwise than as an NPS, it is called by its name
        return f"the {self.response.measure} of {self.survey.words.names.get(outcome, outcome)}"

    @property
    def earned(self) -> str:
        """What that is in money, in words; "" without a retention link."""
        if self.money is None:
            return ""
        value, low, high = self.money
        span = "" if np.isnan(low) else f" {interval(low, high, 0)}"
        link: RetentionLink = self.options["money"]
        caution = f". {link.caution}".rstrip(".") if link.caution else ""
        return f"By {link.called} to retention that is {signed(value, 0)}{span} in money a year{caution}"

    @property
    def finding(self) -> Finding:
        """By how much the outcome would change, in each segment where there are some."""
        return _finding(self)

    @property
    def note(self) -> str:
        """How the forecast was made."""
        sentences = ["Without redraws there are no intervals."]
        if self.drivers.n_boot:
            sentences = [f"Intervals: {percent(self.drivers.level)}, from the redraws of the drivers."]
            sentences += _without_interval(_unsure(self.marks))
        sentences.append("No score and no forecast leaves its scale, so means move by less: see lift.")
        sentences += _about_predictions(self.drivers.record, self.response)
        if self.drivers.dropped:
            sentences.append(f"Now is the figure of the {count(self.drivers.n)} answers used.")
        sentences.append(about_mood(self.drivers.record))
        sentences += [*self.survey.about_scales(), *about_points(self.drivers.record)]
        return " ".join(filter(None, sentences))


@misfits_told
def what_if(
    drivers: Drivers,
    changes: Mapping[str, Change],
    *,
    touchpoint_map: TouchpointMap | None = None,
    competitors: Mapping[str, Survey] | None = None,
    places: Places | None = None,
    measure: Measure | None = None,
    money: RetentionLink | None = None,
) -> WhatIf:
    """Forecast the outcome if the scores of touchpoints changed.

    For each respondent who met the touchpoint, the score moves by the change, but not beyond the scale; those who
    did not meet it stay as they are. What that is worth follows from the drivers.

    Parameters
    ----------
    drivers
        From :func:`cxlens.drivers`; its resamples give the interval.
    changes
        ``{touchpoint: change}``. A number moves every score by so many points of the touchpoint's own scale, up or
        down, and no further than the mean of those who used it can go (of several segments the furthest). A word lifts
        the mean of those who used it to a goal, and never lowers it: ``"standard"`` (of the map), ``"best segment"``
        (with ``by``), ``"best competitor"``, ``"best quarter of places"``, ``"ceiling"`` (the end of the scale).
        ``(word, share)`` goes that share of the way: ``("standard", 0.5)``. ``("competitor", "B")`` names the
        competitor, ``("competitor", "B", 0.5)`` with a share. Which is the best is picked anew in each resample, from
        means drawn together: the best of several is lucky, too. Of places, those picked in one draw are read off
        another one.
    touchpoint_map
        Where standards of kind "mean" stand.
    competitors
        ``{name: Survey}`` with touchpoints of the same names on the same scale. Their means are uncertain, too, and
        their errors are part of the interval. Where all answers of the best one are alike (or from one cluster) its
        error is not known: then its touchpoint has no interval, nor have all together.
    places
        From :func:`cxlens.compare_places`, by the touchpoint: their best quarter may be a goal.
    measure
        How the outcome is counted: "mean", "top box" (percentage points of high answers) or "NPS"; by default as the
        drivers count it.
    money
        What a point of the outcome is worth: :class:`cxlens.RetentionLink`.

    Returns
    -------
    WhatIf

    Raises
    ------
    OptionError, ValuesError
        When a touchpoint is unknown or has no coefficient, a change is neither a number nor a goal that is there, a
        mean has no room for it, the scores are measurements without levels, or the measure does not go with the
        outcome.

    Notes
    -----
    What each level of a touchpoint is worth is told by a column of its own in a model with score and square of all
    other touchpoints, in each resample; no shape is assumed and none is tested (:mod:`cxlens.stages.drivers.levels`).
    Effects are drawn together: most are of a kind and are pulled to their mean by as much as chance may have driven
    them apart; a few may stand out and are left alone (:mod:`cxlens.stages.drivers.posterior`).
    :func:`cxlens.quick_wins` reads the same draws. Without resamples effects are as estimated.

    Examples
    --------
    >>> import cxlens as cx
    >>> found = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
    >>> forecast = cx.what_if(found, {"Security": 0.5})
    >>> forecast.table["touchpoint"].tolist()
    ['Security', 'all together']
    """
    check_kind("what_if", drivers, Drivers, "cx.drivers(survey)")
    record = drivers.record
    check_changes(record, changes)
    check_given(touchpoint_map, money)
    _check_others(competitors or {}, places)
    if measure is not None:
        check_option("measure", measure, Measure)
    outside = marks(
        record,
        changes,
        touchpoint_map,
        competitors or {},
        places,
    )
    answer = response(record, measure)
    check_room(answer, changes)
    rng = np.random.default_rng(record.seed)
    shifts = {}
    for name, by in changes.items():
        shifts[name] = points(
            answer,
            name,
            by,
            outside.get(name),
            rng,
        )
    outcome = _outcome_changes(answer, shifts, _unsure(outside))
    together = outcome[-1]
    worth = None if money is None else money_per_point(record, money, len(together), rng)
    return WhatIf(
        table=_table(
            drivers,
            changes,
            answer,
            shifts,
            outcome,
            worth,
        ),
        drivers=drivers,
        changes=dict(changes),
        response=answer,
        money=None if worth is None else _earned(together * worth, record.level),
        marks=outside,
        options={
            "touchpoint_map": touchpoint_map,
            "competitors": competitors,
            "places": places,
            "measure": measure,
            "money": money,
        },
    )


def _check_others(competitors: Mapping[str, Survey], places: Places | None) -> None:
    """Those to be as good as are surveys, and compared places."""
    for who, survey in competitors.items():
        check_kind(f"competitor {who!r}", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    if places is not None:
        check_kind("places=", places, Places, "cx.compare_places(survey, column)")


def _about_predictions(record: Fit, answer: Response) -> list[str]:
    """How a yes/no or ordered outcome is forecast, and which of its answers count."""
    if answer.predicted is None:
        return []
    how = "Averaged predictions of the model: the others stay as they are."
    if record.asked.kind == "binary" or answer.measure == "mean":
        return [how]
    best = asked(top_of(record), record.survey.outcome_scales.get(record.outcome))
    return [how, f"Top box: the share of answers from {number(float(best), 0)} on."]


def _unsure(outside: Mapping[str, Mark]) -> list[str]:
    """The touchpoints whose goal has an error that is not known."""
    return [name for name, mark in outside.items() if np.isnan(mark.error)]


def _without_interval(names: list[str]) -> list[str]:
    """What to say of touchpoints whose goal has an error that is not known; nothing where there are none."""
    if not names:
        return []
    why = "scores of the best competitor are all alike, or from one cluster, so the error of their mean is not known"
    return [f"No interval for {listing(names, 30)}, and for {TOGETHER}: {why}."]


def _outcome_changes(answer: Response, shifts: Mapping[str, Floats], unsure: list[str]) -> Floats:
    """(m + 1, e, c) change of the outcome by each of m touchpoints alone, last by all of them together.

    A touchpoint without a coefficient adds nothing to the total, in any resample. Where it is not known how far off
    the goal of a touchpoint lies, no resample tells its change, nor that of all together.
    """
    effects = np.stack([effect(answer, name, shift) for name, shift in shifts.items()])
    alone = [inside(answer, by_one) for by_one in effects]
    if answer.predicted is not None:
        together = change(answer, shifts)
    else:
        has_coefficient = ~np.isnan(effects[:, 0])
        added = np.where(has_coefficient[:, None], np.nan_to_num(effects), 0.0)
        together = inside(answer, added.sum(axis=0))
    changes = np.stack([*alone, together])
    if unsure:
        blank = [name in unsure for name in shifts]
        changes[[*blank, True], 1:] = np.nan
    return changes


def _table(
    drivers: Drivers,
    changes: Mapping[str, Change],
    answer: Response,
    shifts: Mapping[str, Floats],
    outcome: Floats,
    worth: Floats | None,
) -> pd.DataFrame:
    """Rows of each segment: the touchpoints, then all of them together."""
    names = [*changes, TOGETHER]
    columns: dict[str, Any] = {}
    if drivers.by:
        columns["segment"] = [segment for segment in drivers.segments for _ in names]
    columns["touchpoint"] = names * len(drivers.segments)
    figures = _scores(changes, answer, shifts)
    figures |= _spans(("change", "low", "high"), outcome, drivers.level)
    is_mean = answer.measure == "mean"
    figures |= _levels(answer, outcome, drivers.survey.outcome_scales.get(drivers.outcome) if is_mean else None)
    if worth is not None:
        money = outcome * worth
        figures |= _spans(("money", "money_low", "money_high"), money, drivers.level)
    for name, of_segments in figures.items():
        columns[name] = of_segments.ravel(order="F")
    return pd.DataFrame(columns)


def _scores(changes: Mapping[str, Change], answer: Response, shifts: Mapping[str, Floats]) -> dict[str, Floats]:
    """(m + 1, c) by how much scores move, and what their mean over all respondents gains; blank for all together."""
    estimate = in_draws(answer, np.array([0]))
    moved = np.concatenate([shift[:1] for shift in shifts.values()])
    lifted = np.concatenate([lift(estimate, name, shift[:1]) for name, shift in shifts.items()])
    own = np.array([[answer.point_of(name)] for name in shifts])
    moved, lifted = moved / own, lifted / own
    raised = _raised(changes, moved, lifted)
    blank = np.full_like(estimate.outcome, np.nan)
    return {
        "raised_by": np.vstack([raised, blank]),
        "lift": np.vstack([lifted, blank]),
    }


def _levels(answer: Response, outcome: Floats, scale: Scale | None) -> dict[str, Floats]:
    """(m + 1, c) the outcome before and after, as it was asked; blank but for all together."""
    now = answer.outcome[0]
    then = now + outcome[-1, 0]
    blank = np.full((len(outcome) - 1, len(now)), np.nan)
    return {
        "now": np.vstack([blank, asked(now, scale)]),
        "then": np.vstack([blank, asked(then, scale)]),
    }


def _raised(changes: Mapping[str, Change], moved: Floats, lifted: Floats) -> Floats:
    """(m, c) by how much scores move; not told of a goal where so few scored that their mean would show."""
    goals = np.array([is_goal(by) for by in changes.values()])
    return np.where(goals[:, None] & np.isnan(lifted), np.nan, moved)


def _spans(names: tuple[str, str, str], figures: Floats, level: float) -> dict[str, Floats]:
    """Estimate and interval (m, c) of (m, e, c) figures, by the names of their columns."""
    spans = []
    for s in range(figures.shape[2]):
        estimate, low, high = _span(figures[:, :, s], level)
        spans.append(np.stack([estimate, low, high]))
    columns = np.stack(spans, axis=2)
    return dict(zip(names, columns, strict=True))


def _span(figures: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Estimate and interval of (m, e) figures, estimate first; no interval without resamples or estimate."""
    estimate = figures[:, 0]
    if figures.shape[1] < 2:
        blank = np.full(len(figures), np.nan)
        return estimate, blank, blank
    is_blank = np.isnan(estimate)[:, None]
    draws = np.where(is_blank, np.nan, figures[:, 1:])
    low, high = percentile_interval(draws.T, level)
    return estimate, low, high


def _earned(money: Floats, level: float) -> tuple[float, float, float]:
    """Money of all segments together, with the ends of its interval; ``money`` (e, c), the estimate first."""
    total = money.sum(axis=1)
    value, low, high = _span(total[None], level)
    return float(value[0]), float(low[0]), float(high[0])


def with_changes_counted(result: WhatIf) -> Finding:
    """``With 5 touchpoints changed, NPS is forecast to rise by ...``, for a title without room to name them."""
    return _finding_if(result, f"With {len(result.changes)} touchpoints changed")


def _finding(result: WhatIf) -> Finding:
    """``If Security rose by 0.5, NPS is forecast to rise by 2.1 [1.4, 2.9] NPS points``."""
    wished = [_wish(result, name, by) for name, by in result.changes.items()]
    *others, last = wished
    return _finding_if(result, f"If {', '.join(others)} and {last}" if others else f"If {last}")


def _finding_if(result: WhatIf, condition: str) -> Finding:
    """What is forecast on a condition."""
    unit = result.response.unit
    is_whole = result.table["touchpoint"] == TOGETHER
    rows = result.table[is_whole].to_dict("records")
    about: dict[str, Any] = {
        "more": [*filter(None, [result.earned]), *_beyond(result), *about_left_out(result.drivers.record)],
        "caution": CAUTION,
        "n": count(result.drivers.n),
    }
    if result.drivers.by is None:
        return replace(_forecast(result, condition, rows[0]), **about)
    changes = [_change(result, row) for row in rows]
    lead = f"{condition}, {result.measured} is forecast to change, in {unit}"
    record = result.drivers.record
    about["more"] += where_compared(len(changes), record.by, record.survey.time)
    return Finding(lead, items=changes, named=named_of(len(changes)), **about)


def _forecast(result: WhatIf, condition: str, row: Mapping[Any, Any]) -> Finding:
    """By how much the outcome is forecast to rise or fall; that the change is not clear where its interval holds 0."""
    change = _change(result, row)
    lead = f"{condition}, {result.measured} is forecast to change by"
    unit = result.response.unit
    low = row["low"]
    high = row["high"]
    if np.isnan(low) or "better" in unit:
        return Finding(lead, change.figure, change.interval, unit)
    if low <= 0 <= high:
        return Finding(
            lead,
            change.figure,
            change.interval,
            unit,
            "not clear",
        )
    digits = result.response.digits
    verb = "rise" if low > 0 else "fall"
    least, most = sorted((abs(low), abs(high)))
    return Finding(
        lead=f"{condition}, {result.measured} is forecast to {verb} by",
        figure=number(abs(row["change"]), digits),
        interval=interval(least, most, digits),
        unit=unit,
    )


def _wish(result: WhatIf, name: str, by: Change) -> str:
    """``Security rose by 0.5``; of touchpoints with different scales ``web rose by 0.5 points of its 1 to 5``."""
    if is_goal(by):
        return f"{name} rose {in_words(by)}"
    points = float(by)  # type: ignore[arg-type]
    own = own_points(result.drivers.record, name)
    if own == " points better":
        return f"{name} were rated {abs(points):g} points {'better' if points > 0 else 'worse'}"
    verb = "fell" if points < 0 else "rose"
    return f"{name} {verb} by {abs(points):g}{own}"


def _change(result: WhatIf, row: Mapping[Any, Any]) -> Item:
    """The change of a segment with its interval, in words."""
    digits = result.response.digits
    span = "" if np.isnan(row["low"]) else interval(row["low"], row["high"], digits)
    return Item(row.get("segment", ""), signed(row["change"], digits), span)


def _beyond(result: WhatIf) -> list[str]:
    """Where scores are moved to where hardly anybody scored: nothing but the line tells what happens there."""
    told = []
    answer = result.response
    for name in result.changes:
        is_row = result.table["touchpoint"] == name
        moved = result.table.loc[is_row, "raised_by"].to_numpy() * answer.point_of(name)
        low, high = _reached(result.drivers.record, name)
        start = answer.levels[:, None]
        end = np.clip(start + np.nan_to_num(moved), *answer.scale)
        is_given = (start >= low) & (start <= high)
        if (is_given & ((end > high) | (end < low))).any():
            own = " on its own scale turned to ours" if answer.point_of(name) != 1 else ""
            told.append(f"Beyond the answers: hardly anybody scored {name} outside {low:g} to {high:g}{own}")
    return told


def _reached(record: Fit, name: str) -> tuple[float, float]:
    """The lowest and the highest score of a touchpoint that at least five gave."""
    player = record.touchpoints.index(name)
    single = record.asked.single[player]
    counts = record.data.sums.counts[list(record.kept), :, single].sum(axis=(0, 1))
    per_answer = record.weights.sum() / record.n
    given = record.levels[counts >= SMALLEST * per_answer]
    return float(given.min()), float(given.max())
