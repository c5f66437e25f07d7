"""Where the outcome will stand when the plan is done, whether that reaches the target, and what it will have cost.

Level and forecast of each period come from the same redraws, those of :mod:`cxlens.stages.improve.promises`. Who has to
agree, and by when, is told by :mod:`cxlens.stages.improve.decisions`.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import count, in_hundred, interval, number, percent, plural
from cxlens.errors import ColumnError, ValuesError, as_share, check_known, listing
from cxlens.files.tables import given_number
from cxlens.stages.improve.plan_costs import expected_costs
from cxlens.stages.improve.promises import Outcome, outcome_scale, outcomes
from cxlens.stages.improve.response import CAUTION
from cxlens.stages.improve.timetable import Timetable, timetable_again
from cxlens.stats.bootstrap import percentile_interval
from cxlens.study.asked import asked, span_asked
from cxlens.study.period_days import period_days
from cxlens.study.ranges import in_money

Floats = NDArray[np.float64]
NOW = "now"  # the first row
SHARES = ("top box", "share")  # measures that are told in percent
FINEST = 6  # decimals of a target at most
DECIDED = 0.8  # a chance from which on, and from one less which down, something is said of a target
REACHED, LIKELY, OPEN = "clearly reached", "likely reached", "in reach, not safe"
UNLIKELY, MISSED = "likely missed", "clearly missed"
WAVES = ("wave", "value", "low", "high")  # columns of what was measured earlier
COSTS = ("cost_done", "cost_begun", "cost", "cost_low", "cost_high")


def outlook(
    plan: Timetable,
    target: float | None = None,
    by: str | dt.date | None = None,
    waves: pd.DataFrame | None = None,
) -> View:
    """The outcome by period: see :meth:`cxlens.stages.improve.roadmap.Roadmap.outlook`."""
    _check_target(plan, target, by)
    days = _last_days(plan)
    due = _due(plan, by, days)
    table = _levels(plan, target)
    table.insert(1, "date", [pd.NaT, *days])
    table["due"] = np.arange(len(table)) == due
    for name, figures in _done(plan).items():
        table[name] = figures
    return View(
        chart="improve/outlook",
        table=table,
        finding=_finding(plan, table, by),
        note=_note(plan, target),
        record=plan,
        parts={} if waves is None else {"waves": _measured(waves)},
        again=lambda survey: outlook(timetable_again(plan, survey), target, by, waves),
        level=plan.candidates.fit.level,
    )


def _check_target(plan: Timetable, target: Any, by: Any) -> None:
    """A target is a level that the outcome can have, and only a target is due by a date."""
    if target is not None:
        _check_level(plan, given_number("target", target))
    elif by is not None:
        raise ValuesError(
            f"by={by!r} says when a target is due, and no target is given. Give target=, or leave by out."
        )


def _check_level(plan: Timetable, target: float) -> None:
    """Refuse what the outcome can never be, such as 80 of a share."""
    response = plan.candidates.response
    size = 100 if response.measure == "top box" else 1
    low, high = (end / size for end in response.ends)
    if not low <= target <= high:
        what = {"top box": "a share", "NPS": "an NPS"}.get(response.measure, "a mean")
        hint = as_share(target) if what == "a share" else ""
        raise ValuesError(
            f"target={target:g} is out of reach: {plan.candidates.fit.outcome_words} is told as {what}, from {low:g} "
            f"to {high:g}. Give a number between these{hint}."
        )


def _last_days(plan: Timetable) -> list[Any]:
    """The last day of each period; NaT where the names of periods do not tell it."""
    names = plan.periods_table["period"].tolist()
    spans = period_days(names)
    if spans is None:
        return [pd.NaT] * len(names)
    return [pd.Timestamp(last) for _, last in spans]


def _due(plan: Timetable, by: str | dt.date | None, days: list[Any]) -> int:
    """The row that a target is held against: the last period that has ended when it is due; 0 where none has."""
    names = plan.periods_table["period"].tolist()
    if by is None:
        return len(names)
    if by in names:
        return names.index(by) + 1
    day = _day(by)
    if day is None or pd.isna(days[0]):
        check_known("by: period", [str(by)], names, "Periods")
    return sum(end <= day for end in days)


def _day(by: str | dt.date) -> pd.Timestamp | None:
    """The day that is meant; None where the text is none."""
    try:
        return pd.Timestamp(dt.date.fromisoformat(str(by)))
    except ValueError:
        return None


def _levels(plan: Timetable, target: float | None) -> pd.DataFrame:
    """A row for now and each period: the outcome, its change, and how sure the target is."""
    wins = plan.candidates
    scale = outcome_scale(wins)
    size = 100 if wins.response.measure == "top box" else 1  # changes of a share are counted in percentage points
    periods = [NOW, *plan.periods_table["period"]]
    rows = []
    for period, found in zip(periods, outcomes(plan), strict=True):
        outcome, low, high = span_asked(found.level.forecast, found.low, found.high, scale)
        change, change_low, change_high = size * _change(found, wins.fit.level)
        row = {
            "period": period,
            "outcome": outcome,
            "low": low,
            "high": high,
            "change": change,
            "change_low": change_low,
            "change_high": change_high,
            "target": np.nan,
            "p_target": np.nan,
            "verdict": "",
        }
        rows.append(row if target is None else row | _against(found, target, asked(float(target), scale)))
    return pd.DataFrame(rows)


def _change(found: Outcome, level: float) -> Floats:
    """(3,) the change that is forecast, and the ends of its interval."""
    drawn = found.level.change[1:]
    low, high = percentile_interval(drawn, level)
    return np.array([np.median(drawn), low, high])


def _against(found: Outcome, target: float, goal: float) -> dict[str, Any]:
    """How sure a target is: ``goal`` is the target as the outcome is read, where more is always better."""
    chance = float((found.level.then >= goal).mean())
    return {"target": float(target), "p_target": chance, "verdict": verdict(found.low, found.high, goal, chance)}


def verdict(low: float, high: float, goal: float, chance: float) -> str:
    """What is said of a target: clearly, by the whole interval; likely, from 80 of 100 redraws on."""
    if low >= goal:
        return REACHED
    if high < goal:
        return MISSED
    if chance >= DECIDED:
        return LIKELY
    if 1 - chance >= DECIDED:
        return UNLIKELY
    return OPEN


def _done(plan: Timetable) -> dict[str, Any]:
    """By row: how many initiatives have ended and begun, what the first cost in all, and what was spent on the others.

    An initiative costs evenly over its duration, and one in several waves has ended when the last of them has.
    ``cost_low`` and ``cost_high`` add up the ends of the estimates.
    """
    chosen = _chosen(plan)
    start, end = (chosen[name].to_numpy() for name in ("start", "end"))
    first_start, last_end = _span_of_whole(chosen)
    likely, lowest, highest = (chosen[name].to_numpy() for name in ("expected", "cost_low", "cost_high"))
    counts, costs = [], []
    for k in range(len(plan.periods_table) + 1):
        spent = np.clip((k - start) / (end + 1 - start), 0, 1)
        has_ended = last_end < k
        has_begun = (first_start < k) & ~has_ended
        done = likely[has_ended].sum()
        whole = likely @ spent
        counts.append([chosen["whole"][has_ended].nunique(), chosen["whole"][has_begun].nunique()])
        costs.append([done, whole - done, whole, lowest @ spent, highest @ spent])
    figures = dict(zip(("n_done", "n_begun"), np.transpose(counts), strict=True))
    if chosen["expected"].isna().any():
        costs = [[np.nan] * len(COSTS)] * len(costs)
    return {**figures, **dict(zip(COSTS, np.transpose(costs), strict=True))}


def _span_of_whole(chosen: pd.DataFrame) -> tuple[Floats, Floats]:
    """By row: when the first wave of its initiative starts, and the last one ends."""
    of_whole = chosen.groupby("whole")
    first = of_whole["start"].transform("min")
    last = of_whole["end"].transform("max")
    return first.to_numpy(float), last.to_numpy(float)


def _chosen(plan: Timetable) -> pd.DataFrame:
    """The initiatives chosen, with the places of their periods and what they are expected to cost."""
    names = plan.periods_table["period"].tolist()
    priced = plan.candidates.priced
    listed = priced[["name", "cost_low", "cost_high"]].rename(columns={"name": "initiative"})
    listed["whole"] = plan.rolled_out.whole
    listed["expected"] = expected_costs(priced)
    chosen: pd.DataFrame = plan.chosen[["initiative", "start", "end"]].merge(listed, on="initiative")
    for end in ("start", "end"):
        chosen[end] = chosen[end].map(names.index)
    return chosen


def _measured(waves: pd.DataFrame) -> pd.DataFrame:
    """What was measured earlier, for the picture."""
    missing = [name for name in WAVES if name not in waves]
    if missing:
        raise ColumnError(
            f"waves has no column {listing(map(repr, missing))}. Give a table with {listing(WAVES)}, such as "
            "cx.monitor(survey).table."
        )
    return waves[list(WAVES)].reset_index(drop=True)


def level_in_words(measure: str, value: float) -> str:
    """A level of the outcome: ``36``, ``81 %``, ``3.41``."""
    if measure == "top box":
        return percent(value)
    return number(value, 0 if measure == "NPS" else 2)


def target_in_words(measure: str, target: float) -> str:
    """A target as levels are written, and no digit of it lost: ``35``, ``35.4``, ``80 %``, ``3.50``."""
    is_share = measure in SHARES
    goal = 100 * target if is_share else target
    digits = 0 if is_share or measure == "NPS" else 2
    while digits < FINEST and round(goal, digits) != round(goal, FINEST):
        digits += 1
    words = number(goal, digits)
    return f"{words} %" if is_share else words


def span_in_words(measure: str, low: float, high: float) -> str:
    """The ends of its interval: ``[30, 41]``."""
    write = partial(level_in_words, measure)
    return f"[{write(low)}, {write(high)}]"


def _finding(plan: Timetable, table: pd.DataFrame, by: str | dt.date | None) -> Finding:
    """Where the outcome is forecast to stand when the target is due, and how sure that is of it."""
    wins = plan.candidates
    measure = wins.response.measure
    row = table[table["due"]].iloc[0]
    last = table.iloc[-1]
    n = count(wins.fit.n)
    when = f"by the end of {row['period']}"
    if row["period"] == NOW:
        when = f"by {by}, before any initiative has ended"
    more = [_all_of_it(plan, last) if row["period"] != last["period"] else "", _cost(plan, row, last)]
    return Finding(
        lead=f"{wins.fit.outcome_words} is forecast at",
        figure=level_in_words(measure, row["outcome"]),
        interval=span_in_words(measure, row["low"], row["high"]),
        unit=when,
        certainty=_certainty(measure, row),
        n=n,
        caution=CAUTION,
        more=[sentence for sentence in more if sentence],
    )


def _certainty(measure: str, row: pd.Series[Any]) -> str:
    """How sure the target is; "" without one."""
    if pd.isna(row["target"]):
        return ""
    target = target_in_words(measure, row["target"])
    return f"target {target}: {row['verdict']} ({in_hundred(row['p_target'])} of 100 redraws)"


def _all_of_it(plan: Timetable, last: pd.Series[Any]) -> str:
    """What the whole plan adds by its end."""
    wins = plan.candidates
    change = number(last["change"], wins.response.digits)
    ends = interval(last["change_low"], last["change_high"], wins.response.digits)
    together = plural(int(last["n_done"]), "initiative")
    return f"All {together} by the end of {last['period']} are forecast to add {change} {ends} {wins.response.unit}"


def _cost(plan: Timetable, row: pd.Series[Any], last: pd.Series[Any]) -> str:
    """What is spent by then, what of it on the unfinished, and all of it; "" where costs are not known."""
    if pd.isna(last["cost"]) or not last["cost"] > 0:
        return ""
    currency = plan.candidates.currency
    done, begun, whole, low, high = (
        in_money(value, currency)
        for value in (*row[["cost_done", "cost_begun"]], *last[["cost", "cost_low", "cost_high"]])
    )
    unknown = "" if currency else ", currency not stated"
    estimates = f"(estimates: {low} to {high}{unknown})"
    if row["cost_done"] == last["cost"]:
        return f"All of it costs {whole} {estimates}"
    on_begun = f", {begun} on what has begun" if row["cost_begun"] else ""
    return f"By then {done} is spent on what is done{on_begun}; all of it costs {whole} {estimates}"


def _note(plan: Timetable, target: float | None) -> str:
    """How level and change are put together, and what the words about a target mean."""
    sentences = [
        "The outcome of today and the forecast change come from the same redraws of the answers, so that what they "
        "have in common counts; what else changes in the meantime is not in them.",
        "An initiative counts from the end of its last period on, and costs evenly over its duration.",
    ]
    if target is not None:
        sentences.append(
            f"Clearly: the whole {percent(plan.candidates.fit.level)} interval lies on that side of the target. "
            f"Likely: {in_hundred(DECIDED)} of 100 redraws or more do. Else it is in reach, not safe."
        )
    return " ".join([*sentences, f"Intervals: {percent(plan.candidates.fit.level)}."])
