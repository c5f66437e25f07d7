"""The panels of a dashboard, as data: what each says about a choice; templates say what it looks like.

Figures are those of the verbs. What follows the choice says whose it is; what does not, says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.inline import Inline, inline
from cxlens.common.result import Result
from cxlens.common.values import CLEAR, closest_percent, count, interval, number, percent, plural, signed, wave_words
from cxlens.errors import CxlensError
from cxlens.publish.choice import ALL_WAVES, EVERYONE, HIDDEN, Choice, Choices, Known
from cxlens.publish.words import FORMS, PLAIN, Form, change, joined, sentence, span
from cxlens.stages.baseline.baseline import baseline
from cxlens.stages.impact.monitor import monitor
from cxlens.stages.journeys.paths import Paths
from cxlens.study.shown import tells_use

STOPS = 8  # touchpoints at which journeys stop
WHOLE = "Of all customers, whatever is chosen above."
IMPORTANCE = ("importance", "importance_low", "importance_high")
POINTS = Form(partial(number, digits=1), partial(number, digits=1))


class Spot(NamedTuple):
    """A touchpoint on the map: how it stands, its rating in words, its importance beside the largest, 0 to 1."""

    name: str
    state: str
    rating: str
    weight: float
    weight_words: str


class Column(NamedTuple):
    """A stage of the map: its touchpoints, and the needs that none of them serves; ``is_bare`` without any."""

    stage: str
    spots: Sequence[Spot]
    needs: Sequence[str]
    is_bare: bool


class Fact(NamedTuple):
    """A line of the card of a touchpoint: what it is about, and what is known."""

    about: str
    text: str


class Card(NamedTuple):
    """All that is known of the chosen touchpoint."""

    name: str
    state: str
    verdict: str
    rating: str
    interval: str
    beside: str
    facts: Sequence[Fact]


class Stop(NamedTuple):
    """A touchpoint at which journeys stop: how many in 100 of those that met it."""

    name: str
    share: float
    words: str


class Bar(NamedTuple):
    """An initiative of the plan: the places of its first and last period, counted from 1, and its forecast."""

    name: str
    first: int
    last: int
    forecast: str


class Panel(NamedTuple):
    """A panel: what was found, whose it is, and what it shows; ``lacking`` says what would fill an empty one."""

    title: str
    about: str
    pictures: Sequence[Inline] = ()
    columns: Sequence[Column] = ()
    stops: Sequence[Stop] = ()
    periods: Sequence[str] = ()
    bars: Sequence[Bar] = ()
    lacking: str = ""


def head(choices: Choices, choice: Choice) -> Panel:
    """What stands above all panels: how many touchpoints are below their standard, and whose answers these are."""
    known = choices.of(choice)
    states = known.states["state"]
    measured = int(states.isin(["below", "about", "meets"]).sum())
    below = int((states == "below").sum())
    title = _of_outcome(known).rstrip(".") or f"{_whose(known, choice)} {sentence(HIDDEN)}"
    if measured:
        title = f"{below} of {plural(measured, 'touchpoint')} {_below(below)}"
    if measured and not below:
        title = "No touchpoint is clearly below its standard"
    about = [_whose(known, choice), _of_outcome(known), "[ ]: 95 %. A link is not yet a proven effect."]
    return Panel(title, joined(about))


def _below(n: int) -> str:
    """How many touchpoints stand so."""
    return "is clearly below its standard" if n == 1 else "are clearly below their standard"


def _of_outcome(known: Known) -> str:
    """The outcome with its interval and n: ``NPS +25 [20, 29], n = 1,250.``"""
    rows = known.scores.outcomes
    rows = rows[rows["outcome"] == known.outcome]
    if rows.empty or rows["value"].isna().all():
        return ""
    row = rows.iloc[0]
    form = FORMS.get(row["measure"], PLAIN)
    figure = span(row["value"], row["low"], row["high"], form)
    name = sentence(known.answers.named(known.outcome))
    return f"{name} {figure}, n = {count(row['n'])}."


def _whose(known: Known, choice: Choice) -> str:
    """Whose answers: ``Everyone, 2025.``"""
    wave = "all waves" if choice.wave == ALL_WAVES else choice.wave
    return f"{choice.segment}, {wave}." if known.over_time.time else f"{choice.segment}."


def alerts(choices: Choices, choice: Choice) -> Panel:
    """What stands off earlier waves, and what changed over all of them."""
    known = choices.of(choice)
    survey = known.over_time
    if len(survey.waves) < 2:
        return Panel("One wave only: nothing can be held against it yet", "")
    try:
        followed = monitor(survey, metric=list(survey.touchpoints))
    except CxlensError as error:
        return Panel("No alert can be given", str(error).rstrip("."))
    return Panel(followed.alerts().finding.title, followed.finding.title)


def map_panel(choices: Choices, choice: Choice) -> Panel:
    """Where it hurts, along the journey: each touchpoint against its standard, with what it weighs."""
    known = choices.of(choice)
    states = known.states
    weights = _weights(known)
    largest = max(weights.values(), default=0.0)
    spots = {str(row["touchpoint"]): _spot(row, weights, largest) for row in states.to_dict("records")}
    touchpoint_map = known.touchpoint_map
    stages = touchpoint_map.lifecycle.names if touchpoint_map else ()
    gaps = touchpoint_map.gaps() if touchpoint_map else None
    columns = []
    for stage in (*stages, ""):
        of_stage = [spots[name] for name in states.loc[states["stage"] == stage, "touchpoint"]]
        needs = _unmet(gaps, stage)
        if of_stage or stage:
            columns.append(Column(stage or _elsewhere(known), of_stage, needs, not of_stage))
    return Panel("Where it hurts, along the journey", _about_map(known), columns=columns)


def _unmet(gaps: pd.DataFrame | None, stage: str) -> list[str]:
    """The needs of a stage that no touchpoint serves."""
    if gaps is None:
        return []
    is_need = (gaps["stage"] == stage) & (gaps["gap"] == "need")
    return [str(need) for need in gaps.loc[is_need, "need"]]


def _elsewhere(known: Known) -> str:
    """What touchpoints without a stage stand under."""
    return "Touchpoints" if known.touchpoint_map is None else "Not on the map"


def _about_map(known: Known) -> str:
    """What the marks of the map are."""
    if known.importance is None:
        return f"Mark: against its standard. No importance: {known.unexplained}"
    outcome = known.answers.named(known.outcome)
    return f"Mark: against its standard; bar: importance for {outcome}. A click chooses a touchpoint in all panels."


def _weights(known: Known) -> dict[str, float]:
    """The importance of each touchpoint that is clearly not without any."""
    if known.importance is None:
        return {}
    table = known.importance.table
    return dict(zip(table["touchpoint"], table["importance"].fillna(0.0).clip(lower=0), strict=True))


def _spot(row: dict[Any, Any], weights: dict[str, float], largest: float) -> Spot:
    """A touchpoint of the map."""
    name = str(row["touchpoint"])
    weight = weights.get(name, 0.0)
    rating = "no rating" if pd.isna(row["mean"]) else number(row["mean"])
    words = f"importance {100 * weight:.1f} of 100 points" if name in weights else ""
    return Spot(name, row["state"] or "no standard", rating, weight / largest if largest else 0.0, words)


def card(choices: Choices, choice: Choice) -> Card:
    """All that is known of the chosen touchpoint, from every stage."""
    known = choices.of(choice)
    states = known.states
    row = states[states.index == choice.touchpoint].iloc[0]
    rating, ends = _rating(row)
    about = {
        "Matters": _matters,
        "Used by": _used,
        "Competitors": _rivals,
        _segments_head(choices): _by_segment,
        "Journeys": _journeys,
        "Planned": _planned,
    }
    facts = [Fact(what, told(choices, choice) or "–") for what, told in about.items()]
    verdict = known.verdicts.get(choice.touchpoint, "")
    return Card(choice.touchpoint, row["state"] or "no standard", verdict, rating, ends, _beside(row), facts)


def _rating(row: pd.Series[Any]) -> tuple[str, str]:
    """A rating and its interval."""
    if pd.isna(row["mean"]):
        return "–", ""
    return number(row["mean"]), interval(row["low"], row["high"])


def _beside(row: pd.Series[Any]) -> str:
    """The standard that a rating is held against."""
    if pd.isna(row.get("standard")):
        return "no standard"
    if row["metric"] == "top_box":
        return f"standard {percent(row['standard'])} rated high"
    return f"standard {row['standard']:g}"


def _matters(choices: Choices, choice: Choice) -> str:
    """Its importance and slope."""
    known = choices.of(choice)
    if known.importance is None:
        return f"not told: {known.unexplained}"
    table = known.importance.table
    rows = table[table["touchpoint"] == choice.touchpoint].dropna(subset=["importance"])
    if rows.empty:
        return ""
    row = rows.iloc[0]
    points, low, high = (100 * float(row[name]) for name in IMPORTANCE)
    clear = "" if row["q_value"] < CLEAR else "; no clear link"
    slope = span(row["coef"], row["coef_low"], row["coef_high"], change(known.importance.digits))
    return f"{span(points, low, high, POINTS)} of 100 points; {slope} {known.importance.unit} per rating point{clear}"


def _used(choices: Choices, choice: Choice) -> str:
    """How many used it, and how many of them are unhappy."""
    known = choices.of(choice)
    if choice.touchpoint not in known.answers.touchpoints:
        return "nobody was asked about it"
    table = known.scores.table
    row = table[table["touchpoint"] == choice.touchpoint].iloc[0]
    texts = []
    if tells_use(known.answers) and pd.notna(row["reach"]):
        texts.append(percent(row["reach"]))
    if pd.notna(row["n"]):
        texts.append(f"n = {count(row['n'])}")
    if pd.notna(row["unhappy"]):
        texts.append(f"{percent(row['unhappy'])} gave a low rating")
    return ", ".join(texts)


def _rivals(choices: Choices, choice: Choice) -> str:
    """How competitors stand beside all customers of ours."""
    known = choices.of(choice)
    if not known.is_everyone:
        return f"told for {EVERYONE.lower()} only"
    try:
        table = known.scores.competitors().table
    except CxlensError:
        return ""
    rows = table[table["touchpoint"] == choice.touchpoint].dropna(subset=["difference"])
    texts = []
    for row in rows.to_dict("records"):
        difference = span(row["difference"], row["difference_low"], row["difference_high"], change(2))
        texts.append(f"{row['competitor']}: {difference}, {row['position']}")
    return "; ".join(texts)


def _segments_head(choices: Choices) -> str:
    """By which column the card tells customers apart."""
    column = choices.desk.told_by
    return f"By {choices.desk.named(column).lower()}" if column else "By segment"


def _by_segment(choices: Choices, choice: Choice) -> str:
    """Its rating in each segment."""
    column = choices.desk.told_by
    if column is None:
        return ""
    known = choices.of(choice)
    if choice.touchpoint not in known.answers.touchpoints:
        return ""
    asked = known.answers.only([choice.touchpoint])
    try:
        table = baseline(asked, by=column).table
    except CxlensError:
        return ""
    told = table.dropna(subset=["mean"])
    return ", ".join(f"{wave_words(row['segment'])} {number(row['mean'])}" for row in told.to_dict("records"))


def _journeys(choices: Choices, choice: Choice) -> str:
    """How many journeys stop there."""
    if choices.ways is None:
        return ""
    words = {stop.name: stop.words for stop in _stops(choices.ways)}
    return f"{words[choice.touchpoint]} of those that met it stop there" if choice.touchpoint in words else ""


def _stops(ways: Paths) -> list[Stop]:
    """Where journeys stop, the largest share first; what is hidden is not among them."""
    told = ways.drop_off.dropna(subset=["share"]).sort_values("share", ascending=False, kind="stable")
    percents = Form(partial(closest_percent, digits=1), partial(closest_percent, digits=1))
    stops = []
    for row in told.to_dict("records"):
        words = span(row["share"], row["low"], row["high"], percents)
        stops.append(Stop(row["touchpoint"], row["share"], words))
    return stops


def _planned(choices: Choices, choice: Choice) -> str:
    """Which initiatives of the plan are for it, and when they start."""
    plan = choices.plan
    if plan is None:
        return ""
    named = choices.initiatives_for(choice.touchpoint)
    texts = []
    for row in plan.table[plan.table["initiative"].isin(named)].to_dict("records"):
        texts.append(f"{row['initiative']}, from {row['start']}, {signed(row['benefit'], plan.wins.digits)}")
    return "; ".join(texts) or "nothing"


def scorecard(choices: Choices, choice: Choice) -> Panel:
    """How each touchpoint is rated."""
    known = choices.of(choice)
    return _pictured(known.scores, _whose(known, choice))


def importance(choices: Choices, choice: Choice) -> Panel:
    """What goes with the outcome."""
    known = choices.of(choice)
    if known.importance is None:
        return Panel("What goes with the outcome is not known", _whose(known, choice), lacking=known.unexplained)
    return _pictured(known.importance, _whose(known, choice))


def course(choices: Choices, choice: Choice) -> Panel:
    """The chosen touchpoint over the waves."""
    known = choices.of(choice)
    course = known.course(choice.touchpoint)
    if course is None:
        lacking = "Answers about it in two waves or more would show how it develops."
        return Panel(f"{choice.touchpoint} over time", f"{choice.segment}.", lacking=lacking)
    return _pictured(course, f"{choice.segment}, all waves.")


def plan(choices: Choices, _choice: Choice) -> Panel:
    """What comes when."""
    if choices.plan is None:
        return Panel("No plan yet", "", lacking="Initiatives with effort and cost would make a plan.")
    periods = choices.plan.periods_table["period"].tolist()
    wins = choices.plan.wins
    bars = []
    for row in choices.plan.table[choices.plan.table["selected"]].to_dict("records"):
        first, last = (periods.index(row[end]) + 1 for end in ("start", "end"))
        bars.append(Bar(row["initiative"], first, last, signed(row["benefit"], wins.digits)))
    about = f"Beside each bar: forecast of it alone, {wins.unit}. {WHOLE}"
    return Panel(choices.plan.finding.title, about, periods=periods, bars=bars)


def impact(choices: Choices, _choice: Choice) -> Panel:
    """What came of changes."""
    if not choices.impacts:
        return Panel("No change has been measured yet", "", lacking="Changes that were made would be measured here.")
    return Panel("What came of changes", WHOLE, [inline(found) for found in choices.impacts])


def journeys(choices: Choices, _choice: Choice) -> Panel:
    """Where journeys stop."""
    if choices.ways is None:
        return Panel("No journeys yet", "", lacking="A log of events would show where journeys stop.")
    about = f"Share of the journeys that met a touchpoint and ended there. {WHOLE}"
    return Panel(choices.ways.finding.title, about, stops=_stops(choices.ways)[:STOPS])


def _pictured(result: Result, about: str) -> Panel:
    """A result as a panel: its finding above its picture."""
    drawn = inline(result)
    return Panel(drawn.title, f"{drawn.subtitle.rstrip('.')}. {about}", [drawn])
