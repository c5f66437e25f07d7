"""The section of a report on stage 5: what came of each change and of promises, who stays, what customers bring.

A change is measured by the design that it asks for, or else by the best that its answers allow; where none can measure
it, the ladder of designs says why. No figure about answers is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from cxlens.common.result import View
from cxlens.common.values import count, number, percent, wave_words
from cxlens.errors import CxlensError, OptionError, ValuesError, listing
from cxlens.publish.blocks import Block, Fold, Missing, Note, Picture, Table
from cxlens.publish.desk import Desk
from cxlens.publish.words import COUNT, Form, column_words, headline, joined, or_blank, sentence, shown, spans, title_of
from cxlens.stages.impact.designs import before_after, difference_in_differences
from cxlens.stages.impact.followed import found_in
from cxlens.stages.impact.interrupted import interrupted_time_series
from cxlens.stages.impact.lifetime_value import lifetime_value
from cxlens.stages.impact.measured import Impact, together
from cxlens.stages.impact.monitor import monitor
from cxlens.stages.impact.retention import retention
from cxlens.stages.impact.rivals import OF_RIVAL
from cxlens.stages.impact.which_design import (
    BEFORE_AFTER,
    CONTROL_CHART,
    INTERRUPTED,
    MEASURED,
    STAGGERED,
    WhichDesign,
    chosen_design,
    which_design,
)
from cxlens.study.buyers import NPS_CLASS
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
    "rivals' change": "Change of competitors, their mean",
    "more than rivals": "More than competitors",
}
LARGE = 20  # figures from which on promises are told without decimals, such as NPS points


def impact_section(desk: Desk) -> list[Block]:
    """What came of promises and of each change, who stays, what customers bring, and how the outcome developed."""
    changes: list[Block] = []
    for change in desk.study.changes:
        changes += _change(desk, change)
    if not changes:
        changes.append(Missing("change to measure", "[[changes]]"))
    blocks = [*_promises(desk), *changes, *_development(desk), *_staying(desk), *_profit(desk)]
    tables = [block for block in blocks if isinstance(block, Table | Fold)]
    return _led([block for block in blocks if not isinstance(block, Table | Fold)]) + tables


def _led(blocks: list[Block]) -> list[Block]:
    """The blocks under the finding of their first picture, which then says what it is about only."""
    for place, block in enumerate(blocks):
        if isinstance(block, Picture):
            quiet = replace(block, title=block.about, about="", beside="")
            return [headline(block.result), *blocks[:place], quiet, *blocks[place + 1 :]]
    return blocks


def _development(desk: Desk) -> list[Block]:
    """How the outcome developed."""
    if len(desk.waves) < 2:
        return [Missing("development over time", "time = ... under [survey], with two waves or more")]
    note = f"{desk.named(desk.series.metric)} by wave; 95 % intervals."
    how = "a dot is a wave, the line its interval; where intervals overlap widely, no change is clear."
    return [shown(desk.series, note, how, about="How it developed")]


def _profit(desk: Desk) -> list[Block]:
    """What the customers of each segment bring, where the study says it."""
    earned = desk.earned
    if earned is None and desk.lacks_clock:
        return [Missing("profit by segment", "time = ..., a clock, under [events]")]
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
    seen = shown(earned, earned.note, how, title="What customers bring")
    return [Fold(title_of(earned), [seen, Table("What a customer brings a year, by segment", columns)])]


def _promises(desk: Desk) -> list[Block]:
    """What came of what an earlier plan promised."""
    held = desk.kept
    if held is None:
        return []
    table = held.table
    form = Form(_plain, _plain)
    columns = {
        "Promise": [_promise(desk, row) for row in table.to_dict("records")],
        "By": table["date"],
        "Promised": spans(table, "forecast", form),
        "Measured": spans(table, "measured", form),
        "Answers": or_blank(table["n"], count),
        "Kept": table["kept"],
        "Why": table["why"],
    }
    how = "the shaded band is what was promised, a mark with its line what the survey measured."
    return [
        shown(held, held.note, how, about="What came of earlier promises"),
        Table("Promises beside what was measured", columns, is_folded=True),
    ]


def _plain(value: float) -> str:
    """A figure with two decimals, or with none where it is large."""
    return number(value, 0 if abs(value) >= LARGE else 2)


def _promise(desk: Desk, row: Mapping[Any, Any]) -> str:
    """What was promised: the metric, and whose."""
    whose = f", {row['segment']}" if row["segment"] else ""
    return f"{desk.named(row['metric'])}: {row['measure']}{whose}"


def _staying(desk: Desk) -> list[Block]:
    """How long customers stay by what they answered, and what they are worth, where the study has purchases."""
    if not desk.has("purchases"):
        return []
    plan = desk.study.purchases_plan
    silent = plan.silent if plan else None
    by = NPS_CLASS if NPS_CLASS in desk.purchases.segments else None
    blocks: list[Block] = []
    with suppress(ValuesError, OptionError):
        stay = retention(desk.purchases, by=by, silent=silent)
        how = "a curve is the share still there, the band its interval; below, how many customers it rests on."
        blocks.append(shown(stay, stay.note, how, about="Who stays"))
    with suppress(ValuesError, OptionError):
        worth = lifetime_value(desk.purchases)
        how = "the dashed line is what would have been forecast, the other what came."
        blocks.append(Fold(title_of(worth), [shown(worth, worth.note, how, title="What customers are worth")]))
    return blocks


def _change(desk: Desk, change: Change) -> list[Block]:
    """What came of a change, a picture and a table for each metric; else why no design can measure it."""
    blocks: list[Block] = []
    try:
        survey = desk.survey_of(change)
        for design, measured in _designs(survey, change).items():
            blocks += _by_design(desk, survey, replace(change, metrics=tuple(measured)), design, measured)
    except CxlensError as error:
        raise CxlensError(f"change {change.name!r}: {error}") from error
    return blocks


def _designs(survey: Survey, change: Change) -> dict[str, dict[str, Impact | None]]:
    """The metrics of a change by the design that measures them: the one it asks for, or the best they allow.

    Each with its difference in differences, where there is one.
    """
    metrics: dict[str, dict[str, Impact | None]] = {}
    for metric in change.metrics or [str(survey.outcome)]:
        chosen = chosen_design(survey, change, metric)
        metrics.setdefault(chosen.design, {})[metric] = chosen.impact
    return metrics


def _by_design(
    desk: Desk,
    survey: Survey,
    change: Change,
    design: str,
    apart: Mapping[str, Impact | None],
) -> list[Block]:
    """What came of a change for the metrics of one design; the ladder where it is not the one asked for, or none is."""
    blocks: list[Block] = []
    results, lacking = _results(desk, survey, change, design, apart)
    for result in results:
        if isinstance(result, Impact):
            blocks += _shown(change, survey, result)
        elif isinstance(result, WhichDesign):
            blocks += _ladder(change, result)
        else:
            how = "a dot is a wave, the band where it lies if nothing changed; a filled mark outside is an alert."
            blocks.append(shown(result, result.note, how, about=change.name))
    if lacking:
        blocks.append(Note(f"Competitors do not stand beside: {lacking.removeprefix('competitors: ')}"))
    return blocks


def results_of(desk: Desk, change: Change) -> list[Impact | View | WhichDesign]:
    """What came of a change: an impact for each metric, alerts where a chart watches it, the ladder where needed."""
    survey = desk.survey_of(change)
    results: list[Impact | View | WhichDesign] = []
    for design, measured in _designs(survey, change).items():
        of_design = replace(change, metrics=tuple(measured))
        results += _results(desk, survey, of_design, design, measured)[0]
    return results


def _results(
    desk: Desk,
    survey: Survey,
    change: Change,
    design: str,
    apart: Mapping[str, Impact | None],
) -> tuple[list[Impact | View | WhichDesign], str]:
    """What came of a change for the metrics of one design, and why competitors do not stand beside."""
    results: list[Impact | View | WhichDesign] = []
    lacking = ""
    if design in (STAGGERED, *MEASURED):
        rivals = _who_ask(desk.rivals, change.metrics)
        impacts, lacking = _beside_rivals(rivals, partial(_measured, survey, change, design, apart))
        results += impacts
    if design == CONTROL_CHART:
        results.append(monitor(_of_those(survey, change), metric=list(change.metrics)).alerts())
    if not results or (change.design and change.design != design):
        results.append(which_design(survey, change))
    return results, lacking


def _who_ask(rivals: Mapping[str, Survey], metrics: Sequence[str]) -> dict[str, Survey]:
    """The competitors who have one of the metrics."""
    return {name: answers for name, answers in rivals.items() if any(found_in(answers, metric) for metric in metrics)}


def _beside_rivals(
    rivals: Mapping[str, Survey], measure: Callable[[Mapping[str, Survey]], list[Impact]]
) -> tuple[list[Impact], str]:
    """What came of a change beside competitors; without them where they cannot be held against it, and why not."""
    lacking = ""
    if rivals:
        try:
            return measure(rivals), lacking
        except CxlensError as error:
            lacking = str(error)
    return measure({}), lacking


def _of_those(survey: Survey, change: Change) -> Survey:
    """The answers of those who got a change."""
    return survey if change.segment is None else survey.where(change.segment)


def _ladder(change: Change, ladder: WhichDesign) -> list[Block]:
    """Which designs can measure a change, and what the others lack."""
    table = ladder.table
    columns = {
        "Design": table["design"].map(sentence),
        "Possible": ["yes" if possible else "no" for possible in table["possible"]],
        "Why": table["why"].map(sentence),
    }
    how = "the strongest design stands on top; a filled mark says that these answers allow it."
    return [
        shown(ladder, "", how, about=change.name),
        Table(f"{change.name}: the ladder of designs", columns, is_folded=True),
    ]


def _shown(change: Change, survey: Survey, impact: Impact) -> list[Block]:
    """What came of a change for one metric."""
    metric = impact.measured
    columns = {
        "Figure of": [_quantity(row) for row in impact.table.to_dict("records")],
        "Answers": impact.table["n"],
        "Figure": spans(impact.table, "estimate", Form(partial(metric.steps, sign=True), metric.steps)),
    }
    unit = "percentage points" if impact.unit == "share" else impact.unit
    named = [survey.named(column).replace("_", " ") for column in impact.adjust]
    kinds = f"Kinds of customers: {listing(named, 20)}." if named else ""
    caption = joined([kinds, impact.note])
    return [
        shown(impact, caption, _how_of(impact), about=change.name, with_more=True),
        Table(f"{change.name}: {survey.named(impact.metric)}, in {unit}", columns, is_folded=True),
    ]


def _quantity(row: Mapping[Any, Any]) -> str:
    """What a line of a table is a figure of: ``Change of Neighbour``."""
    name = row["quantity"]
    return f"Change of {row['whose']}" if name == OF_RIVAL else CHANGES.get(name, column_words(name))


def _how_of(impact: Impact) -> str:
    """How to read the picture of a change: the words that its table has."""
    rivals = " In grey: competitors." if impact.against is not None else ""
    return f"{_marks_of(impact)}{rivals}"


def _marks_of(impact: Impact) -> str:
    """What the marks of the picture are."""
    if not impact.is_series:
        how = "dots are means, lines their intervals."
        return f"{how} The dashed line: had it changed as elsewhere." if impact.treated is not None else how
    without = (
        "had the line before the change gone on" if impact.design == INTERRUPTED else "had it changed as elsewhere"
    )
    return f"above, what was measured; dashed, {without}. Below, the difference in each wave, hollow before the change."


def _measured(
    survey: Survey,
    change: Change,
    design: str,
    apart: Mapping[str, Impact | None],
    rivals: Mapping[str, Survey],
) -> list[Impact]:
    """What came of a change for each metric, all at one error rate, beside competitors.

    ``apart`` has each difference in differences without them.
    """
    metrics = list(change.metrics)
    if design == STAGGERED:
        impact = difference_in_differences(survey, metric=metrics, started=change.started)
    elif design == INTERRUPTED:
        series = _of_those(survey, change)
        impact = interrupted_time_series(series, metric=metrics, started=change.when, competitors=rivals)
    elif design == BEFORE_AFTER:
        return [_before_and_after(survey, change, metric, rivals) for metric in metrics]
    else:
        treated = Segment(listing(_names_of(change.where or {})), change.where or {})
        if rivals:
            before, after = _sides(survey, change)
            impact = difference_in_differences(
                survey,
                metric=metrics,
                before=before,
                after=after,
                treated=treated,
                started=change.started,
                competitors=rivals,
            )
        else:
            impact = together([replace(found, treated=treated) for found in apart.values() if found is not None])
    return [impact.only(metric) for metric in metrics] if len(metrics) > 1 else [impact]


def _before_and_after(survey: Survey, change: Change, metric: str, rivals: Mapping[str, Survey]) -> Impact:
    """Before and after, with the same kinds of customers, beside competitors who ask for the metric."""
    whose = _of_those(survey, change)
    before, after = _sides(survey, change)
    asked = _who_ask(rivals, [metric])
    compared = partial(before_after, whose, metric=metric, before=before, after=after, competitors=asked)
    impact = compared()
    kinds = _kinds_in_both(whose, change.name, before, after)
    while kinds:  # many columns cross to kinds of few answers, which tell nothing of who answered
        adjusted = compared(adjust=kinds)
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
