"""The section of a report on stage 5: promises, changes, what customers bring, and how the first outcome developed.

A change is measured by the design that it asks for, or else by the best that its answers allow; where they do not allow
it, the ladder of designs says why. No figure about answers is made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from cxlens.common.values import count, percent
from cxlens.errors import CxlensError, listing
from cxlens.publish.blocks import Block, Heading, Missing, Table
from cxlens.publish.desk import Desk
from cxlens.publish.words import COUNT, Form, column_words, joined, or_blank, shown, spans
from cxlens.stages.impact.designs import before_after, difference_in_differences
from cxlens.stages.impact.interrupted import interrupted_time_series
from cxlens.stages.impact.measured import Impact
from cxlens.stages.impact.monitor import monitor
from cxlens.stages.impact.which_design import (
    BEFORE_AFTER,
    CONTROL_CHART,
    INTERRUPTED,
    MEASURED,
    STAGGERED,
    WhichDesign,
    which_design,
)
from cxlens.study.changes import Change
from cxlens.study.metrics import metrics_asked
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
    """What came of promises and of each change, what customers bring, and the first outcome over the waves."""
    blocks: list[Block] = _promises(desk)
    for change in desk.study.changes:
        blocks += _change(desk, change)
    if not desk.study.changes:
        blocks.append(Missing("change to measure", "[[changes]]"))
    blocks += _customers(desk)
    blocks += _profit(desk)
    if len(desk.waves) < 2:
        return [*blocks, Missing("development over time", "time = ... under [survey], with two waves or more")]
    caption = f"{desk.named(desk.series.metric)} by wave; 95 % intervals."
    how = "a dot is a wave, the line its interval; where intervals overlap widely, no change is clear."
    return [*blocks, *shown(desk.series, caption, how, simulated=desk.simulated, heading="How it developed")]


def _promises(desk: Desk) -> list[Block]:
    """What was promised beside what was measured."""
    if desk.kept is None:
        return []
    how = "the shaded band is what was promised, a mark with its line what the survey measured."
    return shown(desk.kept, desk.kept.note, how, simulated=desk.simulated, heading="What came of earlier promises")


def _customers(desk: Desk) -> list[Block]:
    """Who buys again, how long they stay, and what they will buy."""
    if not desk.has("purchases"):
        return []
    blocks: list[Block] = []
    if desk.stays is not None:
        cohorts = desk.stays.cohort_view()
        how = "the curve is the share still there, the band its interval; below, how many customers it rests on."
        blocks += shown(
            desk.stays, desk.stays.note, how, simulated=desk.simulated, heading="How long customers go on buying"
        )
        how = "a row is those who first bought in one month, a column how many months later; the darker, the more."
        blocks += shown(cohorts, cohorts.note, how, simulated=desk.simulated)
    if desk.worth is not None:
        how = "the dashed line is what would have been forecast, the other what came."
        blocks += shown(desk.worth, desk.worth.note, how, simulated=desk.simulated, heading="What customers will buy")
    return blocks


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
    """What came of a change: picture and table of each metric; or why these answers cannot tell."""
    blocks: list[Block] = [Heading(change.name)]
    try:
        survey = desk.survey_of(change)
        ladder = which_design(survey, change)
        design = _design_of(change, ladder)
        if not design:
            how = "the strongest design stands on top; a filled dot is one that these answers allow."
            return [*blocks, *shown(ladder, "", how, simulated=desk.simulated)]
        for metric in metrics_asked(survey, change.metrics or None):
            if design == CONTROL_CHART:
                blocks += _followed(desk, change, survey, metric.name)
                continue
            impact = _measured(survey, change, design, metric.name, ladder.when)
            blocks += _shown(desk, change, survey, impact)
    except CxlensError as error:
        raise CxlensError(f"change {change.name!r}: {error}") from error
    return blocks


def _followed(desk: Desk, change: Change, survey: Survey, metric: str) -> list[Block]:
    """A metric over the waves, among those who got the change."""
    treated = _treated(change)
    series = monitor(survey if treated is None else survey.where(treated), metric=metric)
    how = "a dot is a wave, the line its interval."
    return shown(series, series.note, how, simulated=desk.simulated)


def _treated(change: Change) -> Segment | None:
    """Who got a change, named in words; None where all did."""
    if change.where is None:
        return None
    return Segment(listing(_names_of(change.where)), change.where)


def _design_of(change: Change, ladder: WhichDesign) -> str:
    """The design that a change asks for, else the strongest that measures; "" where the answers do not allow it."""
    wanted = [change.design] if change.design else [STAGGERED, *MEASURED]
    possible = [design for design in wanted if design in ladder.possible]
    return next(iter(possible), "")


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
    if not impact.is_series:
        how = "dots are means, lines their intervals."
        return f"{how} The dashed line: had it changed as elsewhere." if impact.treated is not None else how
    without = (
        "had the line before the change gone on" if impact.design == INTERRUPTED else "had it changed as elsewhere"
    )
    return f"above, what was measured; dashed, {without}. Below, the difference in each wave, hollow before the change."


def _measured(survey: Survey, change: Change, design: str, metric: str, when: Any) -> Impact:
    """What came of a change by its design; before and after, with the same kinds of customers."""
    if design == STAGGERED:
        return difference_in_differences(survey, metric=metric, started=change.started)
    treated = _treated(change)
    inside = survey if treated is None else survey.where(treated)
    if design == INTERRUPTED:
        return interrupted_time_series(inside, metric=metric, started=when)
    before, after = _sides(survey, when)
    asked: dict[str, Any] = {"metric": metric, "before": before, "after": after}
    if design == BEFORE_AFTER:
        return _before_after(inside, change.name, asked)
    return difference_in_differences(survey, **asked, treated=treated, started=change.started)


def _before_after(survey: Survey, name: str, asked: dict[str, Any]) -> Impact:
    """Before and after, with as many columns held as leave kinds with answers enough."""
    impact = before_after(survey, **asked)
    kinds = _kinds_in_both(survey, name, asked["before"], asked["after"])
    while kinds:  # many columns cross to kinds of few answers, which tell nothing of who answered
        adjusted = before_after(survey, **asked, adjust=kinds)
        if adjusted.table["estimate"].notna().all():
            return adjusted
        kinds = kinds[: len(kinds) // 2]
    return impact


def _sides(survey: Survey, when: Any) -> tuple[list[Any], list[Any]]:
    """The waves before a change, and those from its first on."""
    place = survey.waves.index(when)
    return survey.waves[:place], survey.waves[place:]


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
