"""The sections of a report, one for each stage of the loop: what the verbs say, in words, tables and pictures.

The order of the sections, the first screen and the file are the business of ``report``. No figure about answers is
computed here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

import pandas as pd

from cxlens.common import pictures as charts
from cxlens.common import style as _style
from cxlens.common.values import count, number, percent, probability, signed, wave_words
from cxlens.errors import CxlensError, ValuesError, listing
from cxlens.publish import page as html
from cxlens.stages.baseline.baseline import Baseline, baseline
from cxlens.stages.baseline.map_chart import standing
from cxlens.stages.drivers.drivers import Drivers, drivers
from cxlens.stages.impact.designs import Impact, before_after, difference_in_differences
from cxlens.stages.impact.monitor import Monitor, find_metric, monitor
from cxlens.stages.improve.quick_wins import QuickWins, quick_wins
from cxlens.stages.improve.roadmap import Roadmap, roadmap
from cxlens.stages.journeys.paths import paths
from cxlens.study.initiatives import some_initiatives
from cxlens.study.journeys import JourneyLog
from cxlens.study.parts import Change, Target
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.segments import Segment, check_columns
from cxlens.study.study import Study
from cxlens.study.survey import Survey

LATEST_NEEDS = 500  # answers with the outcome; a smaller latest wave does not stand alone
MOST_TOUCHPOINTS = 15  # in drivers: importance takes twice as long with each one more
MOST_SEGMENTS = 6  # so many panels a picture has
EACH_NEEDS = 10  # answers for each touchpoint, or a segment gets no drivers of its own
FEW = 5  # smaller counts of journeys are not shown
PLAN = {
    "objectives": {"name": "Objective", "goal": "Goal", "kpi": "Measured by", "target": "Target", "date": "Until"},
    "personas": {"name": "Persona", "about": "Who it is", "segment": "Segment"},
    "units": {"name": "Business unit", "role": "Role"},
    "systems": {"name": "Data system", "holds": "Holds", "condition": "Condition", "upgrade": "Upgrade needed"},
    "methods": {"name": "Research method", "kind": "Kind", "touchpoints": "Touchpoints", "cadence": "How often"},
}
FIGURE = ["measure", "value", "low", "high"]
SAY: dict[str, Callable[[float], str]] = {"NPS": partial(signed, digits=0), "top box": percent, "share": percent}


class Desk:
    """What is on the table while a report is made: the parts a study has, and results, made when first asked for.

    ``survey``, ``initiatives``, ``frame`` (of the road map) and ``events`` are there where the study has them. They are
    read at once, so that what is wrong with one is told before any work.
    """

    survey: Survey
    initiatives: pd.DataFrame
    frame: RoadmapPlan
    events: JourneyLog

    def __init__(self, study: Study) -> None:
        self.study = study
        if study.survey_plan is not None:
            self.survey = survey = study.survey()
            labels = [name for name in (*survey.segments, survey.time, survey.channel, survey.cluster) if name]
            for segment in study.segments:
                check_columns(segment, labels)
        if study.initiatives_data is not None:
            self.initiatives = study.initiatives()
        if study.roadmap_plan is not None:
            self.frame = study.roadmap_plan
        if study.events_plan is not None:
            self.events = study.journeys()

    @cached_property
    def waves(self) -> list[Any]:
        """The waves of the survey."""
        return self.survey.source.distinct(self.survey.time) if self.survey.time else []

    @cached_property
    def now(self) -> Baseline:
        """Where we stand: in the latest wave where it has answers enough, else in all of them."""
        if self.survey.time and len(self.waves) > 1:
            latest = Segment(wave_words(self.waves[-1]), {self.survey.time: self.waves[-1]})
            now = baseline(self.survey.where(latest), self.study.touchpoint_map)
            if _explained(now)[1] >= LATEST_NEEDS:
                return now
        return baseline(self.survey, self.study.touchpoint_map)

    @property
    def period(self) -> str:
        """Which answers figures of today rest on."""
        return "all answers" if self.now.survey is self.survey else f"{wave_words(self.waves[-1])} only"

    @cached_property
    def rated(self) -> Survey:
        """The answers of today about the touchpoints that most people rated."""
        survey, table = self.now.survey, self.now.table.dropna(subset="n")
        often = table.nlargest(MOST_TOUCHPOINTS, "n", keep="first")["touchpoint"].tolist()
        few = len(survey.touchpoints) <= MOST_TOUCHPOINTS
        return survey if few else survey.only([name for name in survey.touchpoints if name in often])

    @cached_property
    def drivers(self) -> Drivers:
        """What goes with the outcome that is to be explained."""
        return drivers(self.rated, outcome=_explained(self.now)[0])

    @cached_property
    def wins(self) -> QuickWins:
        """The initiatives whose touchpoints and segments all have drivers."""
        found, asked = self._apart or self.drivers, self._named
        known = set(found.touchpoints) - set(found.unusable["touchpoint"])
        fits = [
            known.issuperset(names) and set(found.segments).issuperset(segments)
            for names, segments in asked[["touchpoints", "segments"]].itertuples(index=False, name=None)
        ]
        return quick_wins(found, some_initiatives(asked, fits), touchpoint_map=self.study.touchpoint_map)

    @property
    def _named(self) -> pd.DataFrame:
        """The initiatives, with the study's segments of one value named by that value, as drivers name them."""
        values = {one.name: str(*one.where.values()) for one in self.study.segments if len(one.where) == 1}
        segments = [tuple(values.get(name, name) for name in own) for own in self.initiatives["segments"]]
        return self.initiatives.assign(segments=pd.Series(segments, index=self.initiatives.index, dtype=object))

    @property
    def _apart(self) -> Drivers | None:
        """Drivers by the first column that has a segment the initiatives name; None where they name none."""
        named = {segment for own in self._named["segments"] for segment in own}
        for column in self.rated.segments if named else ():
            if named & {str(value) for value in self.rated.source.distinct(column)}:
                return drivers(self.rated, outcome=_explained(self.now)[0], by=column)
        return None

    @cached_property
    def plan(self) -> Roadmap:
        """The road map within the study's limits."""
        return roadmap(self.wins, **self.frame.options)

    @cached_property
    def series(self) -> Monitor:
        """The first outcome over the waves."""
        return monitor(self.survey)

    def basis(self, n: int) -> str:
        """What a figure of drivers rests on, for a caption."""
        left = [name for name in self.now.survey.touchpoints if name not in self.rated.touchpoints]
        most = f" The {MOST_TOUCHPOINTS} touchpoints that most people rated; not among them: {listing(left, 30)}."
        return f"{capital(self.period)}: n = {count(n)}.{most if left else ''}"


def _explained(now: Baseline) -> tuple[str | None, int]:
    """The outcome to explain and how many gave it: an NPS where one was asked, else the first of kind interval."""
    asked = now.outcomes.dropna(subset="value").to_dict("records")
    for wanted in ("nps", "interval"):
        for row in asked:
            if now.survey.outcomes[row["outcome"]] == wanted:
                return row["outcome"], row["n"]
    return None, 0


def capital(name: str) -> str:
    """A column's name, or a sentence, with a capital in front and blanks between words."""
    return name[:1].upper() + name[1:].replace("_", " ")


def span(value: float, low: float, high: float, say: Callable[[float], str] = number) -> str:
    """A figure with its interval, without a line break: ``+2.3 [1.2, 3.4]``; without one where there is none."""
    ends = "" if pd.isna(low) else f" [{say(low).lstrip('+')}, {say(high).lstrip('+')}]"
    return f"{say(value)}{ends}".replace(" ", "\N{NO-BREAK SPACE}")


def spans(table: pd.DataFrame, name: str, say: Callable[[float], str] = number) -> list[str]:
    """A column of figures with their intervals."""
    ends = [f"{name}_low", f"{name}_high"] if f"{name}_low" in table else ["low", "high"]
    return [span(value, low, high, say) for value, low, high in table[[name, *ends]].to_numpy(float)]


def add(what: str, table: str) -> str:
    """The line that stands where a part is absent: what to add."""
    return html.element("p", f"No {what} here yet: add {table} to the study's TOML file.", "note")


def simulated(study: Study) -> str:
    """What stands before figures of a study whose data are made up."""
    return "Simulated data. " if study.simulated else ""


def shown(desk: Desk, result: Any, caption: str, how: str, heading: str = "", width: float = _style.WIDTH) -> str:
    """A result as a picture; its finding, in words that can be copied, begins the caption."""
    drawn = charts.picture(result, width=width)
    above = html.element("h3", heading) if heading else ""
    return above + html.picture(*drawn, f"{simulated(desk.study)}{result} {caption}".strip(), how)


def plan_section(desk: Desk) -> list[str]:
    """Objectives, personas, units, systems, methods, and the targets against where we stand."""
    parts = []
    for part, heads in PLAN.items():
        entries = getattr(desk.study, part)
        rows = [{head: _plain(getattr(entry, name)) for name, head in heads.items()} for entry in entries]
        parts.append(html.table(capital(part), rows) if rows else add(part, f"[[{part}]]"))
    rows = [_target(desk, target) for target in desk.study.targets]
    return [*parts, html.table("Targets, and where we stand", rows) if rows else add("targets", "[[targets]]")]


def _plain(value: Any) -> Any:
    """A figure as it was given."""
    return f"{value:g}" if isinstance(value, (int, float)) else value


def _target(desk: Desk, target: Target) -> dict[str, str]:
    """A target against where we stand."""
    metric = target.metric.replace("_", " ")
    what = f"{target.touchpoint}: {metric}" if target.touchpoint else capital(metric)
    row = {
        "Target": what,
        "Who": target.segment or {"customers": "all"}.get(target.of, target.of),
        "To reach": f"{target.target:g}",
        "By": target.date,
    }
    try:
        found = _standing(desk, target)
    except ValuesError as error:  # nobody answered who is of the segment
        return row | {"Now": str(error), "Verdict": "not known"}
    if found.dropna().empty:
        return row | {"Now": "not in the survey", "Verdict": "not known"}
    measure, value, low, high = found.iloc[0]
    verdict = "reached" if low >= target.target else "not reached" if high < target.target else "too close to call"
    return row | {"Now": span(value, low, high, SAY.get(measure, number)), "Verdict": verdict}


def _standing(desk: Desk, target: Target) -> pd.DataFrame:
    """Where a target stands now, in the first row: measure, value and interval; empty where the survey is silent."""
    people = {segment.name: segment for segment in desk.study.segments}
    if not hasattr(desk, "survey") or target.of != "customers" or (target.segment and target.segment not in people):
        return pd.DataFrame()
    now = baseline(desk.now.survey.where(people[target.segment])) if target.segment else desk.now
    if target.touchpoint:
        ends = {"mean": ["mean", "low", "high"], "top_box": ["top_box", "top_box_low", "top_box_high"]}
        own = now.table[now.table["touchpoint"] == target.touchpoint].reindex(columns=ends.get(target.metric, []))
        own.insert(0, "measure", target.metric.replace("_", " "))
        return own
    named = now.outcomes[["outcome", "measure"]].isin([target.metric]).any(axis=1)
    return now.outcomes.loc[named, FIGURE]


def baseline_section(desk: Desk) -> list[str]:
    """How well each touchpoint serves, and the outcomes."""
    now = desk.now
    how = "each dot is the mean rating by those who used the touchpoint, the line its interval; the mark its standard."
    waves = baseline(desk.survey, by=desk.survey.time) if len(desk.waves) > 1 else now
    figures = waves.outcomes.dropna(subset="value")
    outcomes: dict[str, Any] = {"Wave": figures["segment"]} if waves is not now else {}
    outcomes |= {
        "Outcome": figures["outcome"].map(capital),
        "Figure": [span(v, low, high, SAY.get(name, number)) for name, v, low, high in figures[FIGURE].to_numpy()],
        "Measure": figures["measure"].replace("top box", "share of high scores"),
        "Answers": figures["n"],
    }
    return [
        shown(desk, now, f"{capital(desk.period)}: n = {count(now.survey.n)}. {now.note}", how),
        html.table("Outcomes", outcomes),
        _scorecard(desk),
    ]


def _scorecard(desk: Desk) -> str:
    """Every touchpoint with all that its answers and the map tell; columns of which nothing is known are left out."""
    now = desk.now
    table = now.table.dropna(subset="mean").sort_values("mean", kind="stable")
    whole = baseline(desk.survey, desk.study.touchpoint_map).table if len(desk.waves) > 1 else now.table
    trend = whole.set_index("touchpoint").reindex(table["touchpoint"])
    scores = {
        "Touchpoint": table["touchpoint"],
        "Mean rating": spans(table, "mean"),
        "Against its standard": [standing(row, now.level)[-1] for row in table.to_dict("records")],
        "Probability that it is met": [probability(p) if pd.notna(p) else "" for p in table["p_met"]],
        "High scores": table["top_box"].map(percent),
        "Low scores": table["unhappy"].map(percent),
        "Used by": table["reach"].map(percent),
        "Answers": table["n"],
        "Stage": table["stage"],
    }
    if "trend" in trend:
        scores["Change a wave"] = spans(trend, "trend", signed)
    if table["bad_moments"].notna().any():
        scores["Bad moments a month"] = spans(table, "bad_moments", count)
    if table["cost_per_good"].notna().any():
        scores["Cost of a good contact"] = spans(table, "cost_per_good")
    return html.table("Scorecard: every touchpoint, the lowest rated first", scores)


def verdicts_section(desk: Desk) -> list[str]:
    """What to do with each touchpoint, by rule."""
    if desk.study.touchpoint_map is None:
        return [add("map", "[map]")]
    found = desk.now.verdicts(desk.drivers)
    how = "the upright line is the standard; marks say the verdict: ▼ fix, ▲ over-delivers, ● keep, ◆ others."
    table = found.table
    need = table["need"].where(table["need"] != "", table["stage"])
    names = table["touchpoint"].where(table["touchpoint"] != "", need)
    columns = {
        "Touchpoint, need or stage": names,
        "Verdict": table["verdict"],
        "Because": table["rule"],
        "Evidence": table["evidence"],
        "Certainty": [probability(p) if pd.notna(p) else "" for p in table["certainty"]],
    }
    caption = f"{desk.basis(desk.drivers.n)} {found.note}"
    return [shown(desk, found, caption, how), html.table("Verdicts, with rule and evidence", columns)]


def drivers_section(desk: Desk) -> list[str]:
    """What goes with the outcome: overall, and by the first segment column."""
    found, table = desk.drivers, desk.drivers.table
    how = "the further right, the more the ratings go with the verdict; grey and open: coefficient not told from zero."
    caption = f"What is explained: {found.outcome}. {desk.basis(found.n)} {found.note}"
    effect = f"One rating point more goes with, {found.unit}"
    columns = {
        "Touchpoint": table["touchpoint"],
        "Answers": table["n"],
        "Mean rating": table["mean"].map(number),
        "Importance, points of 100": spans(table, "importance", lambda share: number(100 * share, 1)),
        effect: spans(table, "coef", partial(signed, digits=found.digits)),
        "Verdict": ["clear" if q < 0.05 else "not clear" for q in table["q_value"]],
    }
    return [shown(desk, found, caption, how), html.table(f"What goes with {found.outcome}", columns), _by_segment(desk)]


def _by_segment(desk: Desk) -> str:
    """The drivers in each large segment of the first segment column."""
    rated, outcome = desk.rated, desk.drivers.outcome
    if not rated.segments:
        return add("drivers by segment", "segments = [...] under [survey]")
    column, needed = rated.segments[0], EACH_NEEDS * len(rated.touchpoints)
    figures = baseline(rated, by=column).outcomes
    sizes = figures[figures["outcome"] == outcome].drop_duplicates("segment").set_index("segment")["n"]
    large = sizes[sizes >= needed].nlargest(MOST_SEGMENTS).index
    kept = [value for value in rated.source.distinct(column) if wave_words(value) in large]
    if len(kept) < 2:
        return html.element("p", f"By {column}: fewer than two groups have {needed} answers.", "note")
    found = drivers(rated.where(Segment(column, {column: kept})), outcome=outcome, by=column)
    small = listing(name for name in sizes.index if name not in large)
    rest = f" Too small for drivers of their own (under {needed} answers): {small}." if small else ""
    how = "one panel a group, touchpoints in the same order; the group's most important one stands out."
    return shown(desk, found, f"{desk.basis(found.n)}{rest} {found.note}", how, f"By {column}")


def impact_section(desk: Desk) -> list[str]:
    """What came of each change, and the first outcome over the waves."""
    parts = [_change(desk, change) for change in desk.study.changes] or [add("change to measure", "[[changes]]")]
    if len(desk.waves) < 2:
        return [*parts, add("development over time", "time = ... under [survey], with two waves or more")]
    caption = f"{capital(desk.series.metric)} by wave; 95 % intervals."
    how = "each dot is a wave, the line its interval; intervals that overlap widely tell of no clear change."
    return [*parts, shown(desk, desk.series, caption, how, "How it developed")]


def _change(desk: Desk, change: Change) -> str:
    """What came of a change: picture and table."""
    survey = desk.survey
    try:
        found = _measured(survey, change)
    except CxlensError as error:
        raise CxlensError(f"change {change.name!r}: {error}") from error
    how = "dots are means, lines their intervals."
    if found.treated is not None:
        how += " Treated: where it was done; control: elsewhere."
    if found.adjust:
        how += " Adjusted: had the same kinds of customers answered both times; who answered: the rest of the change."
    columns = {
        "Quantity": found.table["quantity"].map(capital),
        "Answers": found.table["n"],
        "Figure": spans(found.table, "estimate", partial(find_metric(survey, found.metric).steps, sign=True)),
    }
    unit = "percentage points" if found.unit == "share" else found.unit
    kinds = f"Kinds of customers: {listing(found.adjust, 20)}. " if found.adjust else ""
    done = f"Done {change.done}. " if change.done else ""
    caption = f"{done}{kinds}{found.note}"
    return shown(desk, found, caption, how, change.name) + html.table(f"{change.name}, in {unit}", columns)


def _measured(survey: Survey, change: Change) -> Impact:
    """The change where it was done against elsewhere; or before and after, with the same kinds of customers."""
    metric = change.touchpoint or survey.outcome
    before, after = (list(v) if isinstance(v, tuple) else [v] for v in (change.before, change.after))
    if change.treated is not None:
        names = Segment(change.name, change.treated).table["condition"].str.removeprefix("= ")
        treated = Segment(listing(names), change.treated)
        return difference_in_differences(survey, metric=metric, before=before, after=after, treated=treated)
    found = before_after(survey, metric=metric, before=before, after=after)
    periods = [survey.where(Segment(change.name, {str(survey.time): waves})) for waves in (before, after)]
    kinds = [name for name in survey.segments if all(len(period.source.distinct(name)) > 1 for period in periods)]
    return before_after(survey, metric=metric, before=before, after=after, adjust=kinds) if kinds else found


def journeys_section(desk: Desk) -> list[str]:
    """The ways people take, and where they end; small counts are hidden."""
    found, outcome = paths(desk.events), desk.events.outcome
    how = "columns are steps of the journey, rows touchpoints; the darker a cell, the more journeys are there."
    lost = "dropped_out" if outcome else "ended"
    ends = found.drop_off.sort_values(lost, ascending=False, kind="stable")
    ends = ends[(ends["reached"] >= FEW) & ~ends[lost].between(1, FEW - 1)]
    columns = {
        "Touchpoint": ends["touchpoint"],
        "Journeys that met it": ends["reached"],
        "Ended there without success" if outcome else "Ended there": ends[lost],
        "Share": spans(ends, "share", partial(percent, digits=1)),
    }
    caption = f"Intervals: 95 %. Counts of 1 to {FEW - 1} are hidden."
    common = found.variants[found.variants["n"] >= FEW]
    ways = {"Way": common["path"], "Journeys": common["n"], "Share": common["share"].map(partial(percent, digits=1))}
    return [
        shown(desk, found, caption, how),
        html.table("Where journeys end, of those that met the touchpoint", columns),
        html.table("The commonest ways, share of all journeys", ways),
    ]


def blind_section(desk: Desk) -> list[str]:
    """Needs, stages, touchpoints and segments of which too little is known, and how many answers that takes."""
    places = desk.study.touchpoint_map
    lacking = [] if places is not None else [add("map", "[map]")]
    if not hasattr(desk, "survey"):
        rows = [] if places is None else places.gaps().to_dict("records")
        gaps = [f'no touchpoint meets the need "{row["need"]}"' if row["need"] else "no touchpoint" for row in rows]
        lines = [f"{row['stage']}: {gap}." for row, gap in zip(rows, gaps, strict=True)]
        return [html.items(lines), *lacking]
    found = desk.now.blind_spots(segments=desk.study.segments)
    how = "bars are scores still needed; where there is none, words say what is lacking."
    table = found.table
    columns = {
        "Blind spot": table["kind"].map(capital),
        "Where": table["what"],
        "Stage": table["stage"],
        "Answers": table["n"],
        "More needed": table["more_answers"],
        "Why": table["why"],
        "What to do": table["next"],
    }
    drawn = [shown(desk, found, found.note, how)] if len(table) else [html.element("p", str(found))]
    return [*drawn, html.table("Blind spots, the worst first", columns), *lacking] if len(table) else [*drawn, *lacking]
