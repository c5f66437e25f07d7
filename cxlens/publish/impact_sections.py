"""The section of a report on stage 5: what came of each change, and how the first outcome developed.

A change is measured by the design that it asks for, or else by the best that its answers allow. No figure about
answers is made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from cxlens.common.values import count, percent, wave_words
from cxlens.errors import CxlensError, OptionError, ValuesError, listing
from cxlens.publish.blocks import Block, Heading, Missing, Table
from cxlens.publish.desk import Desk
from cxlens.publish.words import COUNT, Form, column_words, joined, or_blank, shown, spans
from cxlens.stages.impact.designs import before_after, difference_in_differences
from cxlens.stages.impact.measured import Impact
from cxlens.study.changes import Change
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey

CHANGES = {  # quantities of a change, as readers know them
    "treated change": "Change where it was done",
    "control change": "Change elsewhere",
    "effect": "Where it was done, more than elsewhere",
    "before the change (should be near 0)": "The same before the change (should be near 0)",
    "change, adjusted": "Change among the same kinds of customers",
    "who answered": "Rest, from who answered",
}


def impact_section(desk: Desk) -> list[Block]:
    """What came of each change, and the first outcome over the waves."""
    blocks: list[Block] = []
    for change in desk.study.changes:
        blocks += _change(desk, change)
    if not blocks:
        blocks.append(Missing("change to measure", "[[changes]]"))
    blocks += _profit(desk)
    if len(desk.waves) < 2:
        return [*blocks, Missing("development over time", "time = ... under [survey], with two waves or more")]
    caption = f"{desk.named(desk.series.metric)} by wave; 95 % intervals."
    how = "a dot is a wave, the line its interval; where intervals overlap widely, no change is clear."
    return [*blocks, *shown(desk.series, caption, how, simulated=desk.simulated, heading="How it developed")]


def _profit(desk: Desk) -> list[Block]:
    """What the customers of each segment bring, where the study says it."""
    earned = desk.earned
    if earned is None:
        return []
    table = earned.table
    columns = {
        "Segment": table["segment"],
        "Customers measured": or_blank(table["n"], count),
        "Value": or_blank(table["value"], count),
        "Cost to serve": or_blank(table["cost"], count),
        "Profit": spans(table, "profit", COUNT),
        "Share of profit": or_blank(table["profit_share"], percent),
        "Unexploited": or_blank(table["unexploited"], count),
        "Lost": or_blank(table["lost"], count),
    }
    how = "a dot is a segment, the line its interval, the upright line the benchmark."
    return [
        *shown(earned, earned.note, how, simulated=desk.simulated, heading="What customers bring"),
        Table("What a customer brings a year, by segment", columns),
    ]


def _change(desk: Desk, change: Change) -> list[Block]:
    """What came of a change: picture and table of each metric."""
    blocks: list[Block] = [Heading(change.name)]
    try:
        survey = desk.survey_of(change)
        for metric in change.metrics or (survey.outcome,):
            impact = _measured(survey, change, metric)
            blocks += _shown(desk, change, survey, impact)
    except CxlensError as error:
        raise CxlensError(f"change {change.name!r}: {error}") from error
    return blocks


def _shown(desk: Desk, change: Change, survey: Survey, impact: Impact) -> list[Block]:
    """What came of a change for one metric."""
    metric = impact.measured
    columns = {
        "Figure of": [CHANGES.get(name, column_words(name)) for name in impact.table["quantity"]],
        "Answers": impact.table["n"],
        "Figure": spans(impact.table, "estimate", Form(partial(metric.steps, sign=True), metric.steps)),
    }
    unit = "percentage points" if impact.unit == "share" else impact.unit
    named = [survey.named(column).replace("_", " ") for column in impact.adjust]
    kinds = f"Kinds of customers: {listing(named, 20)}." if named else ""
    caption = joined([kinds, impact.note])
    return [
        *shown(impact, caption, _how_of(impact), simulated=desk.simulated),
        Table(f"{change.name}: {survey.named(impact.metric)}, in {unit}", columns),
    ]


def _how_of(impact: Impact) -> str:
    """How to read the picture of a change: the words that its table has."""
    how = "dots are means, lines their intervals."
    return f"{how} The dashed line: had it changed as elsewhere." if impact.treated is not None else how


def _measured(survey: Survey, change: Change, metric: str | None) -> Impact:
    """The change where it was done against elsewhere; or before and after, with the same kinds of customers."""
    before, after = _sides(survey, change)
    asked: dict[str, Any] = {"metric": metric, "before": before, "after": after}
    if change.where is not None:
        treated = Segment(listing(_names_of(change.where)), change.where)
        return difference_in_differences(survey, **asked, treated=treated, started=change.started)
    impact = before_after(survey, **asked)
    kinds = _kinds_in_both(survey, change.name, before, after)
    while kinds:  # many columns cross to kinds of few answers, which tell nothing of who answered
        adjusted = before_after(survey, **asked, adjust=kinds)
        if adjusted.table["estimate"].notna().all():
            return adjusted
        kinds = kinds[: len(kinds) // 2]
    return impact


def _sides(survey: Survey, change: Change) -> tuple[list[Any], list[Any]]:
    """The waves before a change, and those from its first on."""
    if not survey.time:
        raise ValuesError("the answers have no time. Add time = ..., the column with their waves.")
    waves = survey.waves
    words = [wave_words(wave) for wave in waves]
    first = wave_words(change.when)
    if first not in words:
        raise OptionError(
            f"when={first!r} is no wave of this survey. Waves in {survey.named(survey.time)!r}: {listing(words, 30)}."
        )
    place = words.index(first)
    if place == 0:
        raise ValuesError(
            f"there is no wave before {first!r}, so nothing to hold the waves since against. "
            f"Waves in {survey.named(survey.time)!r}: {listing(words, 30)}."
        )
    return waves[:place], waves[place:]


def _names_of(where: Mapping[str, Any]) -> list[str]:
    """Who got it, in words: the values of a condition, or its range."""
    names = []
    for column, condition in where.items():
        if isinstance(condition, tuple):
            names += Segment(column, {column: condition}).table["condition"].tolist()
        elif isinstance(condition, (list, set, frozenset)):
            names.append(listing(condition))
        else:
            names.append(str(condition))
    return names


def _kinds_in_both(survey: Survey, name: str, before: list[Any], after: list[Any]) -> list[str]:
    """The segment columns that tell customers apart both before and after."""
    periods = [survey.where(Segment(name, {str(survey.time): waves})) for waves in (before, after)]
    kinds = []
    for column in survey.segments:
        if all(len(period.source.distinct(column)) > 1 for period in periods):
            kinds.append(column)
    return kinds
