"""What stands in the workbook of a study: each result of its verbs once, by stage, with what it is.

Results come from the desk; heads and forms of columns are known by :mod:`cxlens.common.heads`, and how sheets are put
together by :mod:`cxlens.publish.workbook`. No figure about answers is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.result import Result, View
from cxlens.errors import CxlensError, ValuesError
from cxlens.publish.desk import Desk
from cxlens.publish.impact_sections import results_of
from cxlens.publish.sections import standing_figures, standing_of
from cxlens.stages.baseline.baseline import baseline
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.impact.lifetime_value import lifetime_value
from cxlens.stages.impact.measured import Impact
from cxlens.stages.impact.retention import retention
from cxlens.stages.journeys.paths import paths
from cxlens.study.buyers import NPS_CLASS
from cxlens.study.changes import Change
from cxlens.study.parts import Target


@dataclass(frozen=True, slots=True)
class Given:
    """Tables that are no result of a verb, with what results say of theirs."""

    tables: dict[str, pd.DataFrame]
    sentence: str = ""
    note: str = ""
    unit: str = ""


class Named(NamedTuple):
    """What the sheets of a result are called, what they are, and what makes it."""

    name: str
    about: str
    ask: Callable[[], Result | Given]


class Topic(NamedTuple):
    """What is told of a stage: parts of the study it needs, the answers it rests on, and what it asks for."""

    stage: str
    needs: tuple[str, ...]
    basis: Callable[[Desk], str]
    named: Callable[[Desk], Iterator[Named]]


def _today(desk: Desk) -> str:
    """The answers that figures of today rest on."""
    return desk.period


def _all_waves(desk: Desk) -> str:
    """Answers of several waves."""
    return f"all answers, {len(desk.waves)} waves" if len(desk.waves) > 1 else "all answers"


def _always(words: str) -> Callable[[Desk], str]:
    """What other figures rest on."""

    def basis(_: Desk) -> str:
        return words

    return basis


def _plan(desk: Desk) -> Iterator[Named]:
    """What the study says itself."""
    study = desk.study
    if study.targets:
        yield Named("Targets", "Each target, and where it stands now", partial(_targets, desk))
    if study.touchpoint_map is not None:
        on_map = Given({"map": study.touchpoint_map.table})
        yield Named("Map", "The touchpoints by stage, with needs, standards and owners", partial(_same, on_map))
    if desk.has("initiatives"):
        listed = Given({"initiatives": desk.initiatives})
        about = "The initiatives as they were listed, with ranges of lift, work and cost"
        yield Named("Initiatives", about, partial(_same, listed))


def _same(given: Given) -> Given:
    return given


def _targets(desk: Desk) -> Given:
    """One row a target: of what, for whom, by when, and where it stands."""
    rows = []
    for target in desk.study.targets:
        _, standing = standing_of(desk, target)
        row = {
            "touchpoint": target.touchpoint,
            "metric": target.metric.replace("_", " "),
            "who": target.segment or target.of,
            "target": target.target,
            "date": target.date,
            "measure": "",
            "now": None,
            "now_low": None,
            "now_high": None,
            "standing": standing,
        }
        rows.append({**row, **_now(desk, target)})
    return Given({"targets": pd.DataFrame(rows)})


def _now(desk: Desk, target: Target) -> dict[str, Any]:
    """Where a target stands, with the ends of the interval; nothing where the survey is silent."""
    with suppress(ValuesError):
        found = standing_figures(desk, target)
        if not found.dropna().empty:
            measure, value, low, high = found.iloc[0]
            return {"measure": measure, "now": value, "now_low": low, "now_high": high}
    return {}


def _baseline(desk: Desk) -> Iterator[Named]:
    """Where we stand, by group and against others."""
    now = desk.now
    yield Named("Baseline", "How each touchpoint is rated, by how many, against its standard", partial(_now_of, desk))
    for column in now.survey.segments:
        if column != desk.place:
            named = now.survey.named(column).replace("_", " ")
            yield Named(f"By {named}", f"The baseline by {named}", partial(baseline, now.survey, by=column))
    if now.rivals:
        yield Named("Competitors", "Ours against competitors, by their customers", now.competitors)
    if now.staff is not None:
        yield Named("Employees", "What employees think customers say, and what they say", now.employees)
    if desk.survey.channel:
        yield Named("Channels", "Whether channels serve alike", now.consistency)
    if desk.study.touchpoint_map is not None:
        yield Named("Standards", "Every standard of the map, and whether it is met", now.standards)
    blind = partial(now.blind_spots, segments=desk.study.segments)
    yield Named("Blind spots", "Where too little is known, and how many answers that takes", blind)


def _now_of(desk: Desk) -> Result:
    return desk.now


def _waves(desk: Desk) -> Iterator[Named]:
    """How it developed."""
    if len(desk.waves) > 1:
        yield Named("By wave", "The baseline in each wave", lambda: desk.by_wave)
        yield Named("Development", "The outcome from wave to wave", lambda: desk.series)
        yield Named("Alerts", "What stands off its earlier waves", lambda: desk.series.alerts())


def _places(desk: Desk) -> Iterator[Named]:
    """Places beside each other."""
    if desk.place is not None:
        yield Named("Places", "Places beside each other, luck taken off", lambda: desk.places)
        yield Named("Best places", "Whom to visit first for what", lambda: desk.places.best_practice())


def _drivers(desk: Desk) -> Iterator[Named]:
    """What matters, and each side of it."""
    yield Named("Drivers", "What goes with the outcome, and how surely", lambda: desk.drivers)
    column = desk.told_by
    if column is not None:
        named = desk.rated.named(column).replace("_", " ")
        yield Named(f"Drivers by {named}", f"The same by {named}", partial(desk.drivers_by, column))
    for name, about, side in SIDES:
        yield Named(name, about, partial(_side, desk, side))


def _side(desk: Desk, side: Callable[[Drivers], View]) -> Result:
    return side(desk.drivers)


def _verdicts(desk: Desk) -> Iterator[Named]:
    """What to do with each touchpoint, and what may mislead."""
    if desk.study.touchpoint_map is not None:
        about = "What to do with each touchpoint, and by which rule"
        yield Named("Verdicts", about, lambda: desk.now.verdicts(desk.drivers))
    initiatives = desk.initiatives if desk.has("initiatives") else None
    about = "Whether figures may mislead"
    yield Named("Pitfalls", about, lambda: desk.now.pitfalls(drivers=desk.drivers, initiatives=initiatives))


def _improve(desk: Desk) -> Iterator[Named]:
    """What goes first, when, and who is asked."""
    yield Named("Quick wins", "What is big and easy among the initiatives", lambda: desk.wins)
    by_profit = desk.wins_by_profit
    if by_profit is not None:
        about = "The same where each group counts by what its customers bring"
        yield Named("Quick wins by profit", about, lambda: by_profit)
    if desk.has("frame"):
        yield Named("Road map", "What comes when within the limits, and what is left out", lambda: desk.plan)
        yield Named("Forecasts", "What a later survey is forecast to measure", partial(_forecasts, desk))
        yield Named("Buy-in", "Who is asked for what", lambda: desk.plan.buy_in())


def _forecasts(desk: Desk) -> Given:
    return Given({"forecasts": desk.plan.forecasts()}, unit=desk.wins.unit)


def _impact(desk: Desk) -> Iterator[Named]:
    """What came of promises and changes."""
    kept = desk.kept
    if kept is not None:
        yield Named("Promises", "What came of earlier promises", lambda: kept)
    for number, change in enumerate(desk.study.changes, 1):
        yield from _change(desk, change, number)
    earned = desk.earned
    if earned is not None:
        yield Named("Profit", "What a customer brings a year, by group", lambda: earned)


def _change(desk: Desk, change: Change, number: int) -> Iterator[Named]:
    """What came of a change, for each metric."""
    try:
        results = results_of(desk, change)
    except CxlensError as error:
        raise CxlensError(f"change {change.name!r}: {error}") from error
    survey = desk.survey_of(change)
    for result in results:
        what = survey.named(result.metric) if isinstance(result, Impact) else "designs"
        yield Named(f"Impact {number} {what}", f"{change.name}: {what}", partial(_as_is, result))


def _as_is(result: Result) -> Result:
    return result


def _staying(desk: Desk) -> Iterator[Named]:
    """Who stays, and what customers are worth."""
    plan = desk.study.purchases_plan
    by = NPS_CLASS if NPS_CLASS in desk.purchases.segments else None
    stay = partial(retention, desk.purchases, by=by, silent=plan.silent if plan else None)
    yield Named("Retention", "How long customers go on buying", stay)
    yield Named("Lifetime value", "What a customer is worth", partial(lifetime_value, desk.purchases))


def _journeys(desk: Desk) -> Iterator[Named]:
    """The routes people take."""
    ways = paths(desk.events)
    yield Named("Journeys", "Where people go, and where they stop", partial(_as_is, ways))
    yield Named("Journey times", "How long it takes", ways.times)
    yield Named("Met again", "What is met more than once", ways.rework)
    if desk.events.score:
        yield Named("Felt", "What people feel on their way", ways.felt)
    for number, journey in enumerate(desk.study.planned_journeys, 1):
        held = paths(desk.events, plan=journey)
        yield Named(f"Planned way {number}", f"{journey.name}: the way that was planned, and those taken", held.planned)


SIDES: tuple[tuple[str, str, Callable[[Drivers], View]], ...] = (
    ("Performance", "What is important and rated low", Drivers.performance),
    ("Value added", "What ratings above the middle go with", Drivers.value_added),
    ("Good and bad", "Whether bad ratings cost more than good ones bring", Drivers.shape),
    ("Moments of truth", "What many meet, feel and count", Drivers.moments_of_truth),
    ("Opportunity", "What matters and does not satisfy", Drivers.opportunity),
    ("Pairs", "Which of two touchpoints goes with the outcome more", Drivers.dominance),
    ("Checks", "How far the drivers can be relied on", Drivers.diagnosis),
)
TOPICS = (
    Topic("Plan", (), _always("the study itself"), _plan),
    Topic("Baseline", ("survey",), _today, _baseline),
    Topic("Baseline", ("survey",), _all_waves, _waves),
    Topic("Baseline", ("survey",), _today, _places),
    Topic("Drivers", ("survey",), _today, _drivers),
    Topic("Drivers", ("survey",), _today, _verdicts),
    Topic("Improve", ("survey", "initiatives"), _today, _improve),
    Topic("Impact", ("survey",), _all_waves, _impact),
    Topic("Impact", ("purchases",), _always("all purchases"), _staying),
    Topic("Journeys", ("events",), _always("all events of the log"), _journeys),
)
