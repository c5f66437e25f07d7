"""The sections of a report, one for each stage of the loop: what the verbs say, in words, tables and pictures.

Each gives blocks, which templates turn into a page. The order of the sections, the first screen and the file are the
business of ``report``; initiatives, the road map and what came of changes have modules of their own. No figure about
answers is made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlens.common.values import CLEAR, chance_in_hundred, count, number, percent, plural, wave_words
from cxlens.errors import ValuesError, listing
from cxlens.publish.blocks import Block, Fold, Headline, Items, Missing, Note, Paragraph, Table, Terms
from cxlens.publish.desk import EACH_NEEDS, MOST_SEGMENTS, Desk
from cxlens.publish.others_sections import compared
from cxlens.publish.words import (
    COUNT,
    FORMS,
    PLAIN,
    Form,
    as_given,
    change,
    column_words,
    date_words,
    headline,
    joined,
    or_blank,
    sentence,
    shown,
    span,
    spans,
    without_link,
)
from cxlens.stages.baseline.baseline import Baseline
from cxlens.stages.baseline.map_chart import Sight, standing
from cxlens.stages.drivers.predicted import in_points
from cxlens.study.asked import lowest_is_best, worst
from cxlens.study.parts import Target
from cxlens.study.scale import Scale
from cxlens.study.shown import tells_use
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

PLAN = {  # heads of the tables of the plan
    "objectives": {"name": "Objective", "goal": "Goal", "kpi": "Measured by", "target": "Target", "date": "By"},
    "personas": {"name": "Persona", "about": "Who it is", "segment": "Segment"},
    "units": {"name": "Business unit", "role": "Role"},
    "systems": {"name": "Data system", "holds": "Holds", "condition": "Condition", "upgrade": "Upgrade needed"},
    "methods": {"name": "Research method", "kind": "Kind", "touchpoints": "Touchpoints", "cadence": "How often"},
}
MANY = 8  # names of a verdict that are listed
MEASURES = {"mean": "mean rating", "top_box": "share of high ratings"}
ENDS = {"mean": ["mean", "low", "high"], "top_box": ["top_box", "top_box_low", "top_box_high"]}


def plan_section(desk: Desk) -> list[Block]:
    """The targets against where we stand; objectives, personas, units, systems and methods."""
    parts: list[Block] = []
    for part, heads in PLAN.items():
        entries = getattr(desk.study, part)
        if entries:
            parts.append(Table(column_words(part), _columns_of(entries, heads), is_folded=True))
        else:
            parts.append(Missing(part, f"[[{part}]]"))
    if not desk.study.targets:
        return [*parts, Missing("targets", "[[targets]]")]
    rows = [_target(desk, target) for target in desk.study.targets]
    targets = {head: [row[head] for row in rows] for head in rows[0]}
    return [
        Headline(_reached([row["Where it stands"] for row in rows]), _not_forecast(desk)),
        Table("Targets, and where we stand", targets),
        *parts,
    ]


def _reached(verdicts: Sequence[str]) -> str:
    """``1 of 4 targets is clearly reached``."""
    reached = verdicts.count("reached")
    if not reached:
        return "No target is clearly reached yet"
    return f"{reached} of {plural(len(verdicts), 'target')} {'is' if reached == 1 else 'are'} clearly reached"


def _not_forecast(desk: Desk) -> str:
    """Which outcomes have a target and no forecast, since another one is explained."""
    if not desk.has("survey") or desk.outcome is None:
        return ""
    others = {target.metric for target in desk.study.targets if target.metric in desk.survey.outcomes}
    named = [desk.named(metric) for metric in desk.survey.outcomes if metric in others - {desk.outcome}]
    if not named:
        return ""
    return f"Drivers and forecasts below are of {desk.named(desk.outcome)}; of {listing(named)} there is no forecast."


def _columns_of(entries: Sequence[Any], heads: Mapping[str, str]) -> dict[str, list[Any]]:
    """Parts of a study as columns."""
    columns = {head: [as_given(getattr(entry, name)) for entry in entries] for name, head in heads.items()}
    if "By" in columns:
        columns["By"] = [date_words(date) for date in columns["By"]]
    return columns


def _target(desk: Desk, target: Target) -> dict[str, str]:
    """A target against where we stand."""
    metric = _metric_words(target)
    if desk.has("survey") and target.metric in desk.survey.outcomes:
        metric = desk.named(target.metric)
    what = f"{target.touchpoint}: {metric}" if target.touchpoint else sentence(metric)
    everyone = "all" if target.of == "customers" else target.of
    now, verdict = standing_of(desk, target)
    return {
        "Target": what,
        "Who": target.segment or everyone,
        "To reach": f"{target.target:g}",
        "By": date_words(target.date),
        "Now": now,
        "Where it stands": verdict,
    }


def _metric_words(target: Target) -> str:
    """What a target is about: ``share of high ratings``."""
    return MEASURES.get(target.metric, target.metric.replace("_", " "))


def standing_of(desk: Desk, target: Target) -> tuple[str, str]:
    """Where a target stands now, in words, and whether it is reached."""
    try:
        found = standing_figures(desk, target)
    except ValuesError as error:  # nobody answered who is of the segment
        return str(error), "not known"
    if found.dropna().empty:
        return "not in the survey", "not known"
    measure, value, low, high = found.iloc[0]
    now = span(value, low, high, FORMS.get(measure, PLAIN))
    goal = target.target
    if measure == "mean" and lowest_is_best(_scale_of(desk.survey, target)):
        low, high, goal = -high, -low, -goal
    if low >= goal:
        return now, "reached"
    return now, "not reached" if high < goal else "too close to call"


def _scale_of(survey: Survey, target: Target) -> Scale | None:
    """The scale of what a target is about."""
    if target.touchpoint:
        return survey.scale
    return survey.outcome_scales.get(target.metric)


def standing_figures(desk: Desk, target: Target) -> pd.DataFrame:
    """Where a target stands now, in the first row: measure, value and interval; empty where the survey is silent."""
    people = desk.study.people
    unknown = target.segment and target.segment not in people
    if not desk.has("survey") or target.of != "customers" or unknown:
        return pd.DataFrame()
    now = desk.now_of(people[target.segment]) if target.segment else desk.now
    if target.touchpoint:
        of_touchpoint = now.table[now.table["touchpoint"] == target.touchpoint]
        figures = of_touchpoint.reindex(columns=ENDS.get(target.metric, []))
        figures.insert(0, "measure", target.metric.replace("_", " "))
        return figures
    asked = now.outcomes[["outcome", "measure"]].isin([target.metric]).any(axis=1)
    return now.outcomes.loc[asked, ["measure", "value", "low", "high"]]


def baseline_section(desk: Desk) -> list[Block]:
    """How well each touchpoint serves, and the outcomes."""
    now = desk.now
    title = "Every touchpoint against its standard"
    if now.table["standard"].isna().all():
        title = "How every touchpoint is rated"
    caption = f"{sentence(desk.period)}: n = {count(now.survey.n)}. {now.note}"
    return [
        headline(now),
        shown(now, caption, how_rated(now), title=title),
        *compared(desk),
        _scorecard(desk),
        *_map(desk),
        _outcomes(desk),
    ]


def how_rated(rated: Baseline, where: str = "") -> str:
    """How the picture of ratings is read."""
    standard = "" if rated.table["standard"].isna().all() else "; the upright mark is the standard"
    return f"a dot is the mean rating by users{where}, the line its interval{standard}."


def _map(desk: Desk) -> list[Block]:
    """The map of touchpoints, coloured by where they stand."""
    places = desk.study.touchpoint_map
    if places is None:
        return [Missing("map", "[map]")]
    sight = Sight(places, desk.now, desk.drivers_where_told)
    how = "from stage to stage; a mark says whether the rating meets its standard, a ring that it clearly matters."
    return [Fold("The touchpoint map", [shown(sight, "", how)])]


def _outcomes(desk: Desk) -> Table:
    """The outcomes, by wave where there are several."""
    several = len(desk.waves) > 1
    figures = (desk.by_wave if several else desk.now).outcomes.dropna(subset="value")
    in_words = []
    for row in figures.to_dict("records"):
        form = FORMS.get(row["measure"], PLAIN)
        in_words.append(span(row["value"], row["low"], row["high"], form))
    columns: dict[str, Any] = {"Wave": figures["segment"]} if several else {}
    columns["Outcome"] = figures["outcome"].map(desk.named)
    columns["Figure"] = in_words
    columns["Measure"] = figures["measure"].replace("top box", "share of high answers")
    columns["Answers"] = figures["n"]
    return Table("Outcomes by wave" if several else "Outcomes", columns, is_folded=True)


def _scorecard(desk: Desk) -> Table:
    """Every touchpoint with all that its answers and the map tell; columns of which nothing is known are left out."""
    now = desk.now
    scale = now.survey.scale
    ascending = not lowest_is_best(scale)
    scores = now.table.dropna(subset="mean").sort_values("mean", ascending=ascending, kind="stable")
    columns = {
        "Touchpoint": scores["touchpoint"],
        "Mean rating": spans(scores, "mean"),
        "Against its standard": [_against_standard(row, now.level) for row in scores.to_dict("records")],
        "Standard met, chance in 100": or_blank(scores["p_met"], chance_in_hundred),
        "Rated high": scores["top_box"].map(percent),
        "Rated low": scores["unhappy"].map(percent),
        "Used by": scores["reach"].map(percent),
        "Answers": scores["n"],
        "Stage": scores["stage"],
    }
    if not tells_use(now.survey):
        del columns["Used by"]
    over_time = now
    if len(desk.waves) > 1:
        over_time = desk.whole
    if "trend" in over_time.table and over_time.table["trend"].notna().any():
        trends = over_time.table.set_index("touchpoint").reindex(scores["touchpoint"])
        columns["Change a wave"] = spans(trends, "trend", change())
    if scores["bad_moments"].notna().any():
        columns["Bad moments a month"] = spans(scores, "bad_moments", COUNT)
    if scores["cost_per_good"].notna().any():
        columns["Cost of a good contact"] = spans(scores, "cost_per_good")
    caption = f"Scorecard: every touchpoint, the {worst(scale)} rated first"
    return Table(caption, columns, is_folded=True)


def _against_standard(row: Mapping[Any, Any], level: float) -> str:
    """``below 3.8``, ``meets 3.8``, ``not clearly off 3.8``."""
    words = standing(dict(row), level)[-1]
    if words.startswith("about "):
        return f"not clearly off {words.removeprefix('about ')}"
    return words


def verdicts_section(desk: Desk) -> list[Block]:
    """What to do with each touchpoint, by rule."""
    if desk.study.touchpoint_map is None:
        return [Missing("map", "[map]")]
    verdicts = desk.now.verdicts(desk.drivers)
    table = verdicts.table
    need_or_stage = table["need"].where(table["need"] != "", table["stage"])
    named = table["touchpoint"].where(table["touchpoint"] != "", need_or_stage)
    columns = {
        "Touchpoint, need or stage": named,
        "Verdict": table["verdict"],
        "Because": table["rule"],
        "Evidence": table["evidence"],
        "Certainty in 100": or_blank(table["certainty"], chance_in_hundred),
    }
    by_verdict = named.groupby(table["verdict"], sort=False)
    grouped = {sentence(str(verdict)): listing(names, MANY) for verdict, names in by_verdict}
    return [
        headline(verdicts),
        Terms(grouped),
        Table("Verdicts, with rule and evidence", columns, is_folded=True),
        Fold("How verdicts are made", [Paragraph(without_link(f"{desk.basis(desk.drivers.n)} {verdicts.note}"))]),
    ]


def drivers_section(desk: Desk) -> list[Block]:
    """What goes with the outcome: overall, and by the first segment column."""
    drivers = desk.drivers
    record = drivers.record
    table = in_points(record, drivers.table)
    outcome = record.outcome_words
    how = f"the further right, the more the ratings go with {outcome}; grey and open: no clear link."
    caption = f"Explained: {outcome}. {desk.basis(drivers.n)} {drivers.note}"
    columns = {
        "Touchpoint": table["touchpoint"],
        "Answers": table["n"],
        "Mean rating": table["mean"].map(number),
        "Importance, points of 100": spans(table, "importance", Form(_points, _points)),
        f"{sentence(record.change_unit)} per rating point": spans(table, "coef", change(record.change_digits)),
        "Link": ["clear" if q < CLEAR else "not clear" for q in table["q_value"]],
    }
    return [
        headline(drivers),
        shown(drivers, caption, how, title=f"How much goes with {outcome}"),
        *_by_segment(desk),
        Table(f"What goes with {outcome}", columns),
    ]


def _points(share: float) -> str:
    """A share as points of 100."""
    return number(100 * share, 1)


def _by_segment(desk: Desk) -> list[Block]:
    """The drivers in each large segment of the first segment column that names no places."""
    rated = desk.rated
    column = desk.told_by
    if column is None:
        return [Missing("drivers by segment", "segments = [...] under [survey]")]
    needed = EACH_NEEDS * len(rated.touchpoints)
    sizes = desk.sizes
    large = sizes[sizes >= needed].nlargest(MOST_SEGMENTS).index
    values = [value for value in rated.source.distinct(column) if wave_words(value) in large]
    if len(values) < 2:
        return [Note(f"By {rated.named(column)}: fewer than two groups have {needed} answers.")]
    drivers = desk.drivers_by(column, values)
    small = listing(name for name in sizes.index if name not in large)
    rest = f"Too small for drivers of their own (under {needed} answers): {small}." if small else ""
    how = "one panel a group, touchpoints in the same order; the group's most important one is blue."
    caption = joined([desk.basis(drivers.n), rest, drivers.note])
    return [shown(drivers, caption, how, about=f"By {rated.named(column)}")]


def blind_section(desk: Desk) -> list[Block]:
    """Needs, stages, touchpoints and segments of which too little is known, and how many answers that takes."""
    places = desk.study.touchpoint_map
    lacking: list[Block] = [] if places is not None else [Missing("map", "[map]")]
    if not desk.has("survey"):
        return [Items(_gaps(places)), *lacking]
    spots = desk.now.blind_spots(segments=desk.study.segments)
    table = spots.table
    if table.empty:
        return [Paragraph(str(spots)), *lacking]
    columns = {
        "Blind spot": table["kind"].map(column_words),
        "Where": table["what"],
        "Stage": table["stage"],
        "Answers": or_blank(table["n"], count),
        "More needed": or_blank(table["more_answers"], count),
        "Why": table["why"],
        "What to do": table["next"],
    }
    how = "bars are ratings still needed; where there is none, words say what is lacking."
    has_bars = table["more"].notna().any()
    drawn = [shown(spots, spots.note, how, title="Ratings still needed")] if has_bars else []
    return [
        headline(spots),
        *drawn,
        Table("Blind spots, the worst first", columns, is_folded=True),
        *([] if drawn else [Fold("How blind spots are found", [Paragraph(spots.note)])]),
        *lacking,
    ]


def _gaps(places: TouchpointMap | None) -> list[str]:
    """What a map lacks by itself, a sentence each."""
    if places is None:
        return []
    gaps = []
    for row in places.gaps().to_dict("records"):
        gap = "no touchpoint"
        if row["need"]:
            gap = f'no touchpoint meets the need "{row["need"]}"'
        gaps.append(f"{row['stage']}: {gap}.")
    return gaps
