"""The planned journey held against those that customers make: reached, in order, left, and what is met beside.

The side :func:`planned`. What deviating goes with is told in :mod:`cxlens.stages.journeys.deviations`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.small_cells import hidden_counts
from cxlens.common.values import closest_percent, count
from cxlens.engine.journey_plan import NEVER, Held, hold
from cxlens.engine.journey_rework import of_touchpoints
from cxlens.engine.journey_shares import Members, members, share_sums
from cxlens.engine.journeys import SortedEvents, is_counted, take_journeys
from cxlens.stages.journeys.deviations import costs, deviations, in_words
from cxlens.stages.journeys.groups import (
    LEVEL,
    Compared,
    Counted,
    Counting,
    Counts,
    Flags,
    Question,
    both_ends,
    clear_differences,
    clearly_first,
    clearly_so,
    not_clear,
    parts_of,
    share_columns,
    span,
    summed,
    tells_of_few,
)
from cxlens.stages.journeys.lengths import median_in
from cxlens.stats.shares_by_customer import ShareSums
from cxlens.study.journeys import Journey, JourneyLog

STEP = ["step", "touchpoint"]
CAUTION = "Who deviates differs in more than that: it goes with it, which is no effect"


def planned(question: Question, plan: Journey) -> View:
    """How far journeys go as planned, and what deviating goes with.

    See :meth:`cxlens.stages.journeys.paths.Paths.planned`.
    """
    log = question.log
    question.check_any_over("planned")
    codes = _codes(log, plan)
    events = take_journeys(log.rows(), question.over)
    held = hold(log.rows(), codes).take(question.over)
    one_each = is_counted(events, question.min_n)
    table = plan.table
    table = table.assign(**_steps(question, events, held, one_each))
    kinds = deviations(held)
    parts = {
        "journeys": _journeys(events, kinds, one_each, question.min_n),
        "beside": _beside(question, codes, one_each),
        "costs": costs(question, events, kinds, one_each),
    }
    counting = _counting(codes)
    compared = question.compared(plan.table, counting, "reached")
    finding = _finding(plan, table, parts, question)
    if compared is not None:
        finding = _difference(plan, compared, question)
    return View(
        chart="journeys/planned",
        table=table,
        finding=finding,
        note=(
            f"Of the journeys that are over. share: those that meet the step of {plan.name}. in_order: of those, after "
            "all earlier steps that they meet. left: of those, meet no later step and have no outcome. median: time "
            f"from the planned step met before. 95 % Wilson intervals. {CAUTION}. {question.missing}"
        ),
        record=log,
        parts={**parts, **parts_of(compared)},
        again=lambda part: planned(question.of(part), plan),
        level=LEVEL,
    )


def _codes(log: JourneyLog, plan: Journey) -> Counts:
    """(steps,) the touchpoint of each; negative where nobody of these journeys met it."""
    code = {name: place for place, name in enumerate(log.touchpoints)}
    return np.array([code.get(name, NEVER) for name in plan.touchpoints])


def _counting(codes: Counts) -> Counting:
    """What counts the journeys that reach each step."""

    def counting(events: SortedEvents, over: Flags) -> ShareSums:
        some = take_journeys(events, over)
        reached = hold(some, codes).reached
        return _sums(some, reached, np.ones_like(reached))

    return counting


def _sums(events: SortedEvents, hits: Flags, whole: Flags) -> ShareSums:
    """Sums of shares of flags (items, journeys)."""
    return share_sums(
        events,
        members(hits),
        members(whole),
        np.arange(len(hits)),
    )


def _counted(events: SortedEvents, hits: Flags, whole: Flags, one_each: Flags) -> Counted:
    """Shares of flags (items, journeys), and of one journey of each customer."""
    sums = _sums(events, hits, whole)
    if one_each.all():
        return Counted(sums, sums)
    return Counted(sums, _sums(events, hits & one_each, whole & one_each))


def _steps(question: Question, events: SortedEvents, held: Held, one_each: Flags) -> dict[str, Any]:
    """The columns of the table, a row a planned step."""
    reached = held.reached
    of_all = _counted(events, reached, np.ones_like(reached), one_each)
    ordered = _counted(events, held.in_order, reached, one_each)
    left = _left(question, held)
    leaving = _counted(events, left, reached, one_each)
    hidden = tells_of_few(of_all, question.min_n)
    hidden_left = hidden | tells_of_few(leaving, question.min_n) | _few_left(left, one_each, question.min_n)
    hidden_order = hidden | tells_of_few(ordered, question.min_n)
    return {
        **share_columns(of_all.sums, hidden, "reached"),
        **_prefixed("in_order", share_columns(ordered.sums, hidden_order, "in_order")),
        **_prefixed("left", share_columns(leaving.sums, hidden_left, "left")),
        **_times(question, events.owner, held, hidden),
    }


def _left(question: Question, held: Held) -> Flags:
    """(steps, journeys) whether a journey meets no later step, and has no outcome; never of the last step."""
    steps = np.arange(len(held.at))[:, None]
    left = held.furthest == steps
    left[-1] = False
    converted = question.log.converted
    if converted is not None:
        left &= ~converted[question.over]
    return np.asarray(left)


def _few_left(left: Flags, one_each: Flags, min_n: int) -> Flags:
    """(steps,) where to hide how many left, so that none of a few follows from the others."""
    elsewhere = ~left.any(axis=0)
    classes = np.vstack([left, elsewhere])
    n = classes.sum(axis=1)[:, None]
    people = (classes & one_each).sum(axis=1)[:, None]
    return np.asarray(hidden_counts(n, min_n, people)[:-1, 0])


def _prefixed(name: str, columns: dict[str, Any]) -> dict[str, Any]:
    """A count and its share, named after it; what it is a share of stands there already."""
    return {
        name: columns[name],
        f"{name}_share": columns["share"],
        f"{name}_low": columns["low"],
        f"{name}_high": columns["high"],
    }


def _times(question: Question, owner: Counts, held: Held, hidden: Flags) -> dict[str, Any]:
    """Columns ``median`` time from the planned step met before, of those in order, and its ``unit``."""
    is_met_before = np.logical_or.accumulate(held.reached, axis=0)
    latest = np.fmax.accumulate(held.since, axis=0)
    told = [("", np.nan)]
    for step in range(1, len(held.at)):
        goes_on = held.in_order[step] & is_met_before[step - 1]
        seconds = np.zeros(0)
        if not hidden[step]:
            seconds = held.since[step][goes_on] - latest[step - 1][goes_on]
        told.append(median_in(seconds, owner[goes_on][: len(seconds)], question.min_n))
    return {"median": [median for _, median in told], "unit": [unit for unit, _ in told]}


def _journeys(events: SortedEvents, kinds: dict[str, Flags], one_each: Flags, min_n: int) -> pd.DataFrame:
    """How many journeys deviate, by kind."""
    hits = np.stack(list(kinds.values()))
    counted = _counted(events, hits, np.ones_like(hits), one_each)
    hidden = tells_of_few(counted, min_n)
    return pd.DataFrame({"kind": list(kinds), **share_columns(counted.sums, hidden, "journeys")})


def _beside(question: Question, codes: Counts, one_each: Flags) -> pd.DataFrame:
    """Touchpoints that are not planned, those met by most first."""
    log = question.log
    is_beside = ~np.isin(np.arange(len(log.touchpoints)), codes)
    people = question.over.copy()
    people[people] = one_each
    sums = summed(log.rows(), question.over, [question.over, people], _met_of_all)
    counted = Counted(*(ShareSums(*(figure[is_beside] for figure in of_all)) for of_all in sums))
    hidden = tells_of_few(counted, question.min_n)
    names = np.array(log.touchpoints, object)[is_beside]
    table = pd.DataFrame({"touchpoint": names, **share_columns(counted.sums, hidden, "journeys")})
    return table.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def _met_of_all(events: SortedEvents, _over: Flags) -> ShareSums:
    """(touchpoints,) journeys that meet each, of all."""
    met = of_touchpoints(events, events.first)
    everyone = np.arange(events.n_journeys)
    return share_sums(
        events,
        hits=met,
        whole=Members(np.zeros_like(everyone), everyone),
        base=np.zeros(events.n_touchpoints, np.int64),
    )


def _finding(plan: Journey, table: pd.DataFrame, parts: dict[str, pd.DataFrame], question: Question) -> Finding:
    """How many journeys meet all steps in order, what is missed most, and what deviating goes with."""
    kinds = parts["journeys"].set_index("kind")
    row = kinds.loc["all steps in order"]
    more = [*_missed(table), *in_words(parts["costs"]), *question.aside]
    lead = f"{plan.name} goes as planned, all steps in order, in"
    if pd.isna(row["share"]):
        return Finding(
            f"How many journeys go as planned ({plan.name}) is hidden to protect people",
            more=more,
            n=question.n_over,
        )
    has_costs = bool(in_words(parts["costs"]))
    return Finding(
        lead,
        closest_percent(row["share"]),
        span(row),
        more=more,
        caution=CAUTION if has_costs else "",
        n=question.n_over,
    )


def _missed(table: pd.DataFrame) -> list[str]:
    """The step that most journeys miss."""
    misses = pd.DataFrame(
        {
            "touchpoint": table["touchpoint"],
            "share": 1 - table["share"],
            "low": 1 - table["high"],
            "high": 1 - table["low"],
            "n": table["n"],
        }
    )
    level, is_clear = clearly_first(misses[misses["share"] != 0])
    if level.empty:
        return []
    first = level.iloc[0]
    item = Item(first["touchpoint"], closest_percent(first["share"]), span(first), f"of {count(first['n'])}")
    clearly = "clearly most" if is_clear else "with no clear first"
    return [f"Missed: {item.whole}, {clearly}"]


def _difference(plan: Journey, compared: Compared, question: Question) -> Finding:
    """The step at which segments differ most clearly; that they do not, else."""
    clear = clear_differences(compared)
    if clear.empty:
        return Finding(
            not_clear(f"how far {plan.name} goes as planned", question.by, compared.tests, compared.segments),
            more=question.aside,
            n=question.n_over,
        )
    test = clear.iloc[0]
    return Finding(
        f"{test['touchpoint']} is reached more often by some",
        items=both_ends(compared, test, STEP),
        more=(clearly_so(compared), *question.aside),
        n=question.n_over,
    )
