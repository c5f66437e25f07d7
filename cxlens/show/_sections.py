"""The sections of a report, one for each stage of the loop: what the verbs say, in words, tables and pictures.

The order of the sections, the first screen and the file are the business of ``report``. No figure about answers is
computed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cxlens.analysis.baseline import Baseline, baseline
from cxlens.analysis.drivers import Drivers, drivers
from cxlens.analysis.impact import Impact, before_after, difference_in_differences
from cxlens.analysis.improve import QuickWins, quick_wins
from cxlens.analysis.monitor import monitor, wave_words
from cxlens.analysis.paths import paths
from cxlens.errors import CxlensError, ValuesError, listing
from cxlens.model.journeys import JourneyLog
from cxlens.model.segments import Segment
from cxlens.model.study import Change, Study, Target
from cxlens.model.survey import Survey
from cxlens.model.text import count, interval, number, percent, probability, signed
from cxlens.show import _page as html
from cxlens.show import _words as words
from cxlens.show import charts
from cxlens.show.journey_charts import standing

TOUCHPOINTS_NEED = 10  # answers for each touchpoint, or a segment gets no drivers of its own
MOST_SEGMENTS = 6  # so many fit a page
FAST = 15  # touchpoints up to which every segment is resampled; above, a segment takes minutes
QUANTITIES = {
    "change": "Change",
    "change, adjusted": "Change, had the same kinds of customers answered both times",
    "who answered": "Part that comes from who answered",
    "treated change": "Change where it was done",
    "control change": "Change elsewhere",
    "effect": "Effect: the first less the second",
    "before the change (should be near 0)": "Check: the same comparison before the change (should be near 0)",
}


@dataclass(slots=True)
class Desk:
    """What is on the table while a report is made: the study's parts, and the results as they come in."""

    study: Study
    n_boot: int | None
    survey: Survey | None = None
    log: JourneyLog | None = None
    initiatives: pd.DataFrame | None = None
    rows: Survey | None = None  # the answers that figures of today rest on
    period: str = ""
    now: Baseline | None = None
    outcome: str | None = None
    drivers: Drivers | None = None
    wins: QuickWins | None = None
    left: list[str] = field(default_factory=list)  # initiatives without a forecast


def shown(result: Any, finding: str, caption: str, how: str) -> str:
    """A result as its finding above its picture."""
    png, alt = charts.picture(result)
    return html.heading(3, finding) + html.picture(png, alt, caption, how)


def add(what: str, table: str) -> str:
    """The line that stands where a part is absent: what to add."""
    return html.note(f"No {what} in this study. To have them here, add {table} to its TOML file.")


def plan_section(desk: Desk) -> list[str]:
    """Objectives, personas, units, systems, methods, and the targets against where we stand."""
    study, parts = desk.study, []
    lists: list[tuple[str, str, list[str], list[list[str]]]] = [
        ("Objectives", "[[objectives]]", ["Objective", "Serves the goal", "Measured by", "Target", "Until"],
         [[o.name, o.goal, o.kpi, words.target(o.target), o.date] for o in study.objectives]),
        ("Personas", "[[personas]]", ["Persona", "Who it is", "Segment"],
         [[p.name, p.about, p.segment] for p in study.personas]),
        ("Business units", "[[units]]", ["Unit", "Role"], [[u.name, u.role] for u in study.units]),
        ("Data systems", "[[systems]]", ["System", "Holds", "Condition", "Upgrade needed"],
         [[s.name, s.holds, s.condition, s.upgrade] for s in study.systems]),
        ("Research methods", "[[methods]]", ["Method", "Kind", "Touchpoints", "How often"],
         [[m.name, m.kind, listing(m.touchpoints, 30), m.cadence] for m in study.methods]),
        ("Targets, and where we stand", "[[targets]]", ["Target", "Who", "To reach", "By", "Now", "Verdict"],
         [_target_row(desk, target) for target in study.targets]),
    ]  # fmt: skip
    for caption, table, head, rows in lists:
        parts.append(html.table(caption, head, rows, stack=True) if rows else add(caption.split(",")[0].lower(), table))
    return parts


def _target_row(desk: Desk, target: Target) -> list[str]:
    what = (
        f"{target.touchpoint}: {words.metric_words(target.metric)}"
        if target.touchpoint
        else words.metric_words(target.metric)
    )
    row = [what, target.segment or "all", words.target(target.target), target.date]
    found = _standing(desk, target)
    if found is None:
        return [*row, "not in the survey", "not known"]
    measure, value, low, high = found
    verdict = "reached" if low >= target.target else "not reached" if high < target.target else "too close to call"
    return [*row, words.figure(measure, value, low, high), verdict]


def _standing(desk: Desk, target: Target) -> tuple[str, float, float, float] | None:
    """Where a target stands now: measure, value and interval; None where the survey does not say."""
    now = desk.now
    if target.segment and desk.rows is not None:
        known = {segment.name: segment for segment in desk.study.segments}
        if target.segment not in known:
            return None
        now = baseline(desk.rows.where(known[target.segment]), desk.study.touchpoint_map)
    if now is None:
        return None
    metric = target.metric.casefold().replace("_", " ")
    if target.touchpoint:
        own = now.table[now.table["touchpoint"] == target.touchpoint]
        ends = {"mean": ("mean", "low", "high"), "top box": ("top_box", "top_box_low", "top_box_high")}.get(metric)
        if own.empty or ends is None or pd.isna(own["mean"].iloc[0]):
            return None
        return (metric, *(float(own[name].iloc[0]) for name in ends))
    shown = now.outcomes.dropna(subset="value")
    names, measures = shown["outcome"].str.casefold().str.replace("_", " "), shown["measure"].str.casefold()
    own = shown[(names == metric) | (measures == metric)]
    if own.empty:
        return None
    first = next(words.each(own))
    return first.measure, first.value, first.low, first.high


def baseline_section(desk: Desk) -> list[str]:
    """How well each touchpoint serves, and the outcomes."""
    if desk.now is None or desk.rows is None or desk.survey is None:
        return [add("baseline", "[survey]")]
    now = desk.now
    caption = f"{words.capital(desk.period)}: n = {count(desk.rows.n)} answers. {now.note}"
    how = (
        "each dot is the mean rating by those who used the touchpoint, the line its interval; "
        "the small mark is its standard."
    )
    parts = [shown(now, str(now), caption, how)]
    if desk.survey.time and len(desk.survey.source.distinct(desk.survey.time)) > 1:
        waves = baseline(desk.survey, by=desk.survey.time).outcomes.dropna(subset="value")
        rows = [[row.segment, *_outcome_row(row)] for row in words.each(waves)]
        parts.append(html.table("Outcomes by wave", ["Wave", *_OUTCOME_HEAD], rows))
    else:
        rows = [_outcome_row(row) for row in words.each(now.outcomes.dropna(subset="value"))]
        parts.append(html.table("Outcomes", _OUTCOME_HEAD, rows))
    return [*parts, _scorecard(now)]


_OUTCOME_HEAD = ["Outcome", "Measure", "Answers", "Figure, with its interval"]


def _outcome_row(row: Any) -> list[str]:
    measure = "share of high scores" if row.measure == "top box" else str(row.measure)
    return [
        words.capital(words.plain(row.outcome)),
        measure,
        count(row.n),
        words.figure(row.measure, row.value, row.low, row.high),
    ]


def _scorecard(now: Baseline) -> str:
    shown = now.table.dropna(subset="mean").sort_values("mean", kind="stable")
    head = ["Touchpoint", "Stage", "Answers", "Used by", "Mean rating", "High scores", "Against its standard"]
    rows = [
        [row.touchpoint, row.stage if isinstance(row.stage, str) else "–", count(row.n), percent(row.reach),
         words.figure("mean", row.mean, row.low, row.high), percent(row.top_box) if pd.notna(row.top_box) else "–",
         standing(row._asdict(), now.level)[-1] or "no standard"]
        for row in words.each(shown)
    ]  # fmt: skip
    return html.table("Every touchpoint, the lowest rated first", head, rows)


def drivers_section(desk: Desk) -> list[str]:
    """What goes with the outcome: overall, and by the first segment column."""
    if desk.rows is None:
        return [add("drivers", "[survey]")]
    if desk.outcome is None:
        return [html.para("No outcome of kind interval or nps has enough answers, so nothing can be explained.")]
    try:
        desk.drivers = found = drivers(desk.rows, outcome=desk.outcome, n_boot=desk.n_boot)
    except ValuesError as error:
        return [html.para(f"Drivers could not be found: {error}")]
    how = (
        "the further right a dot, the more the touchpoint's ratings go with the verdict; lines are intervals, grey "
        "means that it cannot be told from nothing."
    )
    what = f"What is explained: {words.plain(desk.outcome)}"
    caption = f"{what}. {words.capital(desk.period)}: n = {count(found.n)}. {found.note}"
    return [shown(found, str(found), caption, how), _driver_table(found), *_by_segment(desk, desk.outcome)]


def _driver_table(found: Drivers) -> str:
    digits = 1 if found.unit == "NPS points" else 2
    head = [
        "Touchpoint",
        "Answers",
        "Mean rating",
        "Importance, points of 100",
        "One rating point more goes with",
        "Verdict",
    ]
    rows = [
        [row.touchpoint, count(row.n), number(row.mean),
         f"{number(100 * row.importance, 1)}{words.between(100 * row.importance_low, 100 * row.importance_high)}",
         f"{signed(row.coef, digits)} {interval(row.coef_low, row.coef_high, digits)}",
         "clear" if row.q_value < 0.05 else "not clear"]
        for row in words.each(found.of(found.segments[0]))
    ]  # fmt: skip
    return html.table(f"What goes with {words.plain(found.outcome)}, in {found.unit}", head, rows)


def _by_segment(desk: Desk, outcome: str) -> list[str]:
    """The drivers in each large segment of the first segment column."""
    rows = desk.rows
    if rows is None or not rows.segments:
        return [add("drivers by segment", "segments = [...] under [survey]")]
    column, needed = rows.segments[0], TOUCHPOINTS_NEED * len(rows.touchpoints)
    figures = baseline(rows, by=column).outcomes
    sizes = figures[figures["outcome"] == outcome].groupby("segment")["n"].max().dropna().sort_values(ascending=False)
    large = list(sizes[sizes >= needed].index[:MOST_SEGMENTS])
    kept = [value for value in rows.source.distinct(column) if wave_words(value) in large]
    rest = [name for name in sizes.index if name not in large]
    left = f" Too small for drivers of their own (under {needed} answers): {listing(rest)}." if rest else ""
    if len(kept) < 2:
        return [html.note(f"By {words.plain(column)}: fewer than two groups have {needed} answers.")]
    n_boot = desk.n_boot if len(rows.touchpoints) <= FAST else 0
    try:
        found = drivers(rows.where(Segment(column, {column: kept})), outcome=outcome, by=column, n_boot=n_boot)
    except ValuesError as error:
        return [html.para(f"By {words.plain(column)}: {error}")]
    plain = "" if found.n_boot else " Without intervals: resampling so many touchpoints in every group takes too long."
    how = "one panel a group, touchpoints in the same order; the group's most important one stands out."
    caption = f"By {words.plain(column)}, {desk.period}: n = {count(found.n)}.{plain}{left} {found.note}"
    return [shown(found, str(found), caption, how)]


def improve_section(desk: Desk) -> list[str]:
    """What is easy and big, and for the first three all that is needed to act."""
    if desk.initiatives is None:
        return [add("initiatives", "[initiatives]")]
    if desk.drivers is None:
        return [html.para("Initiatives cannot be forecast without drivers.")]
    known = set(desk.drivers.touchpoints) - set(desk.drivers.unusable["touchpoint"])
    fits = [set(names) <= known for names in desk.initiatives["touchpoints"]]
    desk.left = [name for name, fit in zip(desk.initiatives["name"], fits, strict=True) if not fit]
    if not any(fits):
        return [html.para("No initiative works on a touchpoint that the survey rates, so none can be forecast.")]
    try:
        desk.wins = wins = quick_wins(desk.drivers, desk.initiatives[fits].reset_index(drop=True))
    except ValuesError as error:
        return [html.para(f"Initiatives cannot be forecast: {error}")]
    how = (
        "upper left is best: much benefit for little effort. The area around a name is where it comes out most of "
        "the time."
    )
    caption = f"{words.capital(desk.period)}: n = {count(wins.drivers.n)}. {wins.note}"
    parts = [shown(wins, str(wins), caption, how)]
    for row in words.each(wins.table.head(3)):
        parts += [html.inside("div", _card(desk, wins, row), "box")]
    return [*parts, _all_initiatives(wins)]


def _card(desk: Desk, wins: QuickWins, row: Any) -> list[str]:
    """All that is needed to act on one initiative."""
    plan = wins.initiatives.set_index("name").loc[row.initiative]
    cost = f"; cost {plan['cost_low']:,g} to {plan['cost_high']:,g} (unit as in the list of initiatives)"
    pairs = [
        ("What", f"{row.initiative}, for {listing(row.touchpoints)}: the rating is to rise by {plan['lift_low']:g} to "
         f"{plan['lift_high']:g} points."),
        ("Who", row.owner or "No owner is named yet: name one."),
        ("Forecast", f"{words.forecast(row, wins)} {words.unit(wins)}, if the touchpoint rises as planned."),
        ("Effort", f"{words.effort(row, wins)}{cost if pd.notna(plan['cost_low']) else ''}."),
        ("How sure", f"A quick win with probability {probability(row.p_quick_win)}; among the three largest benefits "
         f"with probability {probability(row.p_top3)}."),
        ("How we will know", " ".join(_signs(desk, wins, row))),
    ]  # fmt: skip
    return [html.heading(3, f"{row.rank}. {row.initiative}"), html.terms(pairs)]


def _signs(desk: Desk, wins: QuickWins, row: Any) -> Iterator[str]:
    """What to watch: the mean rating of each touchpoint, its target or standard, and the outcome."""
    for name in row.touchpoints:
        now = desk.now.table.set_index("touchpoint").loc[name] if desk.now else None
        if now is None or pd.isna(now["mean"]):
            continue
        targets = [t for t in desk.study.targets if t.touchpoint == name and t.metric == "mean"]
        goals = [f"target {words.target(t.target)}{f' among {t.segment}' if t.segment else ''}"
                 f"{f' by {t.date}' if t.date else ''}" for t in targets]  # fmt: skip
        goals += [f"standard {words.target(now['standard'])}"] if not goals and now["metric"] == "mean" else []
        yield (
            f"The mean rating of {name}, now {words.figure('mean', now['mean'], now['low'], now['high'])}, rises"
            f"{f' ({listing(goals)})' if goals else ''}."
        )
    yield (
        f"{words.capital(words.plain(wins.drivers.outcome))} rises with it. Compare the next wave with this one; where "
        "only some customers get it first, compare them with the others."
    )


def _all_initiatives(wins: QuickWins) -> str:
    cost = "cost" in wins.table
    head = ["Initiative", "Touchpoints", "Owner", f"Forecast, {words.unit(wins)}", "Effort",
            *["Cost, unit of the list"] * cost, "Probability of a quick win", "Kind"]  # fmt: skip
    rows = [
        [row.initiative, listing(row.touchpoints), row.owner or "not named", words.forecast(row, wins),
         words.effort(row, wins), *([number(row.cost, 0)] if cost else []), probability(row.p_quick_win), row.quadrant]
        for row in words.each(wins.table)
    ]  # fmt: skip
    return html.table("All initiatives", head, rows)


def impact_section(desk: Desk) -> list[str]:
    """What came of each change, and the first outcome over the waves."""
    survey, parts = desk.survey, []
    if survey is None:
        return [add("impact", "[survey]")]
    for change in desk.study.changes:
        try:
            found = _measured(survey, change)
        except CxlensError as error:
            raise type(error)(f"change {change.name!r}: {error}") from error
        parts += _change(change, found)
    if not desk.study.changes:
        parts.append(add("changes to measure", "[[changes]]"))
    if not survey.time or len(survey.source.distinct(survey.time)) < 2:
        return [*parts, add("development over time", "time = ... under [survey], with two waves or more")]
    try:
        series = monitor(survey)
    except ValuesError as error:
        return [*parts, html.para(f"Development over time: {error}")]
    caption = f"{words.plain(series.metric)} by wave, n = {count(series.table['n'].sum())}; 95 % intervals."
    how = "each dot is a wave, the line its interval; intervals that overlap widely tell of no clear change."
    return [*parts, shown(series, str(series), words.capital(caption), how)]


def _measured(survey: Survey, change: Change) -> Impact:
    metric = change.touchpoint or survey.outcome
    before, after = (list(v) if isinstance(v, tuple) else [v] for v in (change.before, change.after))
    if change.treated is not None:
        treated = Segment(change.name, change.treated)
        named = Segment(listing(treated.table["condition"].str.removeprefix("= ")), change.treated)
        return difference_in_differences(survey, metric=metric, before=before, after=after, treated=named)
    plain = before_after(survey, metric=metric, before=before, after=after)
    periods = [survey.where(Segment(change.name, {survey.time: waves})) for waves in (before, after)]  # type: ignore[dict-item]
    adjust = [name for name in survey.segments if all(len(period.source.distinct(name)) > 1 for period in periods)]
    return before_after(survey, metric=metric, before=before, after=after, adjust=adjust) if adjust else plain


def _change(change: Change, found: Impact) -> list[str]:
    done = f", done {change.done}" if change.done else ""
    like = (
        f" Kinds of customers are told apart by {listing(map(words.plain, found.adjust), 20)}." if found.adjust else ""
    )
    n = count(found.cells["n"].sum())
    caption = f"{change.name}{done}. n = {n}; intervals {percent(found.level)}.{like} {found.note}".strip()
    how = (
        "dots are means before and after, lines their intervals."
        if found.treated is None
        else "the change where it was done is held against the change elsewhere (dashed: what that would have given)."
    )
    rows = [
        [QUANTITIES.get(row.quantity, row.quantity), count(row.n), words.step(row.estimate, found.unit),
         "–" if pd.isna(row.low) else f"[{words.step(row.low, found.unit)}, {words.step(row.high, found.unit)}]"]
        for row in words.each(found.table)
    ]  # fmt: skip
    table = html.table(
        f"{change.name}, in {found.unit}", ["Quantity", "Answers", "Figure", "Interval"], rows, stack=True
    )
    return [shown(found, str(found), caption, how), table]


def journeys_section(desk: Desk) -> list[str]:
    """The ways people take, and where they end; small counts are hidden."""
    if desk.log is None:
        return [add("journeys", "[events]")]
    found = paths(desk.log)
    how = "columns are steps of the journey, rows touchpoints; the darker a cell, the more journeys are there."
    parts = [shown(found, str(found), f"n = {count(desk.log.n)} journeys; 95 % intervals.", how)]
    lost = "dropped_out" if desk.log.outcome else "ended"
    head = ["Touchpoint", "Journeys that met it", "Ended there" + " without success" * bool(desk.log.outcome), "Share"]
    ends = found.drop_off[found.drop_off["reached"] >= words.FEW].sort_values(lost, ascending=False, kind="stable")
    rows = [
        [row.touchpoint, count(row.reached), *words.small(getattr(row, lost), f"{percent(row.share, 1)} "
         f"[{percent(max(row.low, 0), 1)}, {percent(row.high, 1)}]")]
        for row in words.each(ends)
    ]  # fmt: skip
    parts.append(html.table("Where journeys end, of those that met the touchpoint", head, rows))
    common = found.variants[found.variants["n"] >= words.FEW]
    rows = [[row.path, count(row.n), percent(row.share, 1)] for row in words.each(common)]
    return [*parts, html.table("The commonest ways, share of all journeys", ["Way", "Journeys", "Share"], rows)]


def blind_section(desk: Desk) -> list[str]:
    """What the map lacks, what is not asked, and where answers are few."""
    places, now, lines = desk.study.touchpoint_map, desk.now, []
    if places is not None:
        for gap in words.each(places.gaps()):
            what = "the stage has no touchpoint" if gap.gap == "stage" else f'no touchpoint meets the need "{gap.need}"'
            lines.append(f"{gap.stage}: {what}{' (it would move customers on)' if gap.lever else ''}.")
    if now is not None:
        silent = now.table[now.table["note"] != ""]
        lines += [f"{row.touchpoint}: {row.note}." for row in words.each(silent)]
        if places is not None:
            lost = [name for name in now.survey.touchpoints if name not in places]
            lines += [f"In the survey and not on the map: {listing(lost, 30)}."] if lost else []
    lines += [f'"{name}" has no forecast: the survey does not rate its touchpoint.' for name in desk.left]
    if not lines and places is None:
        return [add("map", "[map]")]
    return [html.items(lines) if lines else html.para("No gap found: every stage and need has a touchpoint with data.")]
