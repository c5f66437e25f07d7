"""What the first screen says: will the target be reached, seven answers, and who decides what by when.

Figures come from the road map, the verdicts and the drivers; none is made here, and what a study does not hold is a
dash with words. What it is made of stands in :mod:`cxlens.publish.first_screen`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from cxlens.common.finding import LINK
from cxlens.common.values import CLEAR, count, in_hundred, interval, number, plural, signed, wave_words
from cxlens.errors import listing
from cxlens.publish.desk import Desk
from cxlens.publish.first_figures import TOO_THIN, Told, or_none
from cxlens.publish.first_screen import NONE, Answer, Decision, Decisions, FirstScreen
from cxlens.publish.sections import standing_of
from cxlens.publish.words import FORMS, PLAIN, date_words, joined, sentence
from cxlens.stages.baseline.not_covered import DEAR, FIX, NEED, STAGE
from cxlens.stages.drivers.predicted import in_points
from cxlens.stages.improve.outlook import LIKELY, NOW, OPEN, REACHED, span_in_words, target_in_words
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.study.asked import lowest_is_best
from cxlens.study.ranges import short_money, three_digits

HEAD = "Head of "
OPEN_VERDICTS = ("undecided", "not judged")
UNSAID = "currency not stated"
HEADLINES = {
    REACHED: "{outcome} is forecast to be clearly at the target of {target} by {when}",
    LIKELY: "The {outcome} target of {target} is likely reached by {when}",
    OPEN: "The {outcome} target of {target} is in reach by {when}, not safe",
}
AT_TARGET = "{outcome} is clearly at the target of {target} today, and forecast to be so by {when}"
SHORT = "{outcome} is forecast to {rise} from {now} to {then} by {when}, towards the target of {target}"
CLEARLY = 0.975  # of the redraws: of two that add the same, one is ahead in so many of them in 5 of 100 studies
TOGETHER = "Together is forecast jointly; the rows need not add up to it."


def first_screen(desk: Desk) -> FirstScreen:
    """What a manager reads first of a study."""
    told = Told(desk)
    answers = [_state(told), _fix(told), _plan(told), _cost(told), _yes(told), _gaps(told), _promises(told)]
    return FirstScreen(
        headline=_headline(told),
        basis=_basis(desk),
        answers=answers,
        chart=told.outlook,
        how=_how(told),
        decisions=_decisions(told),
    )


def _basis(desk: Desk) -> str:
    """What all rests on."""
    if not desk.has("survey"):
        return "There are no answers yet."
    n = count(desk.now.survey.n)
    answers = f"n = {n}, all answers."
    if desk.now.survey is not desk.survey:
        answers = f"n = {n} answers of {wave_words(desk.waves[-1])}."
    return joined([answers, "[ ]: 95 % intervals.", f"{LINK}."])


def _level(told: Told, value: float) -> str:
    """A level of the outcome as it stands in text."""
    measure = told.now.get("measure", "mean")
    return number(value, 0) if measure == "NPS" else FORMS.get(measure, PLAIN).end(value)


def _goal(told: Told, target: float) -> str:
    """A target as it stands in text."""
    return target_in_words(told.now.get("measure", "mean"), target)


def _when(row: Mapping[Any, Any]) -> str:
    """The end of a period: its day where that is known."""
    if pd.isna(row["date"]):
        return f"the end of {row['period']}"
    return date_words(row["date"].date())


def _by(told: Told) -> str:
    """By when the target is due; the end of a period where the periods do not know that day."""
    if told.target and told.is_dated:
        day = date_words(told.target.date)
        if day != str(told.target.date):
            return day
    return _when(told.due)


def _headline(told: Told) -> str:
    """Whether the target will be reached, or the nearest to it that can be told."""
    if told.outlook is None:
        return _headline_today(told)
    due = told.due
    counted = due if told.target else told.last
    if due["period"] == NOW or not counted["change_low"] > 0:
        return _headline_today(told)
    today = told.outlook.table.iloc[0]
    words = {
        "outcome": told.name,
        "target": _goal(told, due["target"]),
        "when": _by(told),
        "rise": "fall" if told.lowest_is_best else "rise",
        "now": _level(told, today["outcome"]),
        "then": _level(told, due["outcome"]),
    }
    if due["verdict"] == REACHED == today["verdict"]:
        return AT_TARGET.format(**words)
    if due["verdict"] in HEADLINES:
        return HEADLINES[due["verdict"]].format(**words)
    if due["verdict"]:
        return SHORT.format(**words)
    unit = told.plan.record.candidates.response.unit if told.plan else ""
    return f"The plan is forecast to add {number(told.last['change'], told.digits)} {unit} by {_when(told.last)}"


def _headline_today(told: Told) -> str:
    """Where the outcome stands, against its target where there is one."""
    if not told.now:
        return told.desk.study.name
    figure = FORMS.get(told.now["measure"], PLAIN).figure(told.now["value"])
    if told.target is None:
        return f"{told.name} is {figure}"
    target = f"the target is {_goal(told, told.target.target)}"
    when = f" by {date_words(told.target.date)}" if told.target.date else ""
    return f"{told.name} is {figure}; {target}{when}"


def _state(told: Told) -> Answer:
    """Where the outcome stands against its target, and whether it changed."""
    if not told.now:
        return Answer("state", "State", NONE, text="No answers about an outcome are here yet.")
    form = FORMS.get(told.now["measure"], PLAIN)
    lead = f"No target is set for {told.name}."
    if told.target:
        when = f" by {date_words(told.target.date)}" if told.target.date else ""
        lead = f"Target {_goal(told, told.target.target)}{when}."
    return Answer(
        "state",
        f"State: {told.name}",
        form.figure(told.now["value"]),
        f"[{form.end(told.now['low'])}, {form.end(told.now['high'])}]" if pd.notna(told.now["low"]) else "",
        lead,
        joined([_since(told), _other_target(told)]),
    )


def _other_target(told: Told) -> str:
    """Where another outcome stands against its target, where this one has none; "" without such a target."""
    if told.target:
        return ""
    desk = told.desk
    for target in desk.study.targets:
        if target.metric in desk.survey.outcomes and not target.touchpoint and not target.segment:
            now, verdict = standing_of(desk, target)
            when = f" by {date_words(target.date)}" if target.date else ""
            goal = target_in_words(_measure_of(desk, target.metric), target.target)
            return f"{desk.named(target.metric)} is {now}, target {goal}{when}: {verdict}; no forecast of it."
    return ""


def _measure_of(desk: Desk, outcome: str) -> str:
    """How an outcome is told first."""
    outcomes = desk.now.outcomes
    return str(outcomes.loc[outcomes["outcome"] == outcome, "measure"].iloc[0])


def _since(told: Told) -> str:
    """Whether the outcome changed clearly over the waves; "" where that is not known."""
    if told.series is None:
        return ""
    row = told.series.overall.iloc[0]
    if pd.isna(row["change_low"]):
        return ""
    first = wave_words(row["first"])
    if row["change_low"] <= 0 <= row["change_high"]:
        return f"No clear change since {first}."
    is_up = (row["change"] > 0) != told.lowest_is_best  # a change above 0 is for the better
    verb = "Up" if is_up else "Down"
    values = told.series.table["value"].dropna()
    return f"{verb} clearly since {first}, then {_level(told, values.iloc[0])}."


def _fix(told: Told) -> Answer:
    """The one touchpoint to fix, and why."""
    label = "Fix first: rating"
    if told.verdicts is None:
        return _lowest(told)
    first = told.verdicts.iloc[0]
    if first["verdict"] != "fix":
        return Answer("fix", label, NONE, lead="No touchpoint clearly needs fixing.", text=_left_open(told.verdicts))
    standard = f"clearly below its standard of {first['standard']:g}"
    figure, low, high = first[["mean", "low", "high"]]
    if first["metric"] == "top_box":
        standard = f"clearly fewer high ratings than its standard of {first['standard']:.0%}"
    return Answer(
        "fix",
        label,
        number(figure),
        interval(low, high),
        first["touchpoint"],
        joined([f"is {standard}.", _link(told, first["touchpoint"]), _as_much(told, first["touchpoint"])]),
        warns=True,
    )


def _left_open(judged: pd.DataFrame) -> str:
    """How many touchpoints are undecided or not judged; "" of none."""
    counts = judged["verdict"].value_counts()
    left = [f"{plural(int(counts[word]), 'touchpoint')} {word}" for word in OPEN_VERDICTS if word in counts]
    return f"{', '.join(left)}." if left else ""


def _lowest(told: Told) -> Answer:
    """What is important and rated low, or else rated lowest, where no map says what the standards are."""
    if not told.has_survey:
        return Answer("fix", "Fix first", NONE, text="No ratings are here yet.")
    table = told.to_concentrate
    if len(table):
        return _important_and_low(told, table)
    reason = "Without standards on a map it cannot be told what to fix."
    return Answer("fix", "Fix first", NONE, lead=f"{told.desk.now.finding.title}.", text=reason)


def _important_and_low(told: Told, table: pd.DataFrame) -> Answer:
    """What is clearly important and rated low beside the other touchpoints."""
    names = table["touchpoint"].tolist()
    verb = "is" if len(names) == 1 else "are"
    ratings = told.desk.now.table.set_index("touchpoint").loc[names]
    lowest, highest = ratings["mean"].min(), ratings["mean"].max()
    to_highest = f" to {number(highest)}" if len(names) > 1 else ""
    worse = "above" if lowest_is_best(told.desk.survey.scale) else "below"
    rule = f"{verb} clearly more important than the average touchpoint, and clearly rated {worse} it."
    reason = "Whether that is too low, standards on a map would say."
    return Answer(
        "fix",
        "Fix first: rating",
        f"{number(lowest)}{to_highest}",
        "",
        listing(names, 3),
        joined([rule, reason]),
        warns=True,
    )


def _link(told: Told, touchpoint: str) -> str:
    """What a rating point of a touchpoint goes with; "" where the link is not clear."""
    record = told.desk.drivers.record
    table = in_points(record, told.desk.drivers.table)
    row = table[table["touchpoint"] == touchpoint].iloc[0]
    if pd.isna(row["coef"]) or not row["q_value"] < CLEAR:
        return ""
    digits = 0 if told.now["measure"] == "NPS" else record.change_digits
    slope, low, high = row[["coef", "coef_low", "coef_high"]]
    is_higher = (slope > 0) != told.lowest_is_best  # a slope above 0 is for the better
    if slope < 0:
        low, high = -high, -low
    size = f"{number(abs(slope), digits)} {record.change_unit.removeprefix('NPS ')}"
    which = "higher" if is_higher else "lower"
    point = "point better" if lowest_is_best(record.survey.scale) else "rating point"
    return f"{told.name} is {size} {which} {interval(low, high, digits)} per {point}."


def _as_much(told: Told, touchpoint: str) -> str:
    """Which other touchpoints to fix may matter as much; "" of none."""
    table = told.desk.drivers.table.set_index("touchpoint")
    if "rank_low" not in table or told.verdicts is None:
        return ""
    judged = told.verdicts
    others = judged.loc[(judged["verdict"] == "fix") & (judged["touchpoint"] != touchpoint), "touchpoint"]
    as_much = [name for name in others if table["rank_low"].get(name, 99) <= table["rank"][touchpoint]]
    if not as_much:
        return ""
    verb = "matters" if len(as_much) == 1 else "matter"
    return f"{listing(as_much, 2)} may {verb.removesuffix('s')} as much."


def _plan(told: Told) -> Answer:
    """What the initiatives done by then are forecast to add, and where that leads."""
    if told.outlook is None:
        return _without_plan(told)
    due, last = told.due, told.last
    unit = told.plan.record.candidates.response.unit if told.plan else ""
    ends = partial(interval, digits=told.digits)
    lead = f"{plural(int(due['n_done']), 'initiative')} done by {_by(told)}"
    of_all = f", of {int(last['n_done'])} in the plan" if last["n_done"] > due["n_done"] else ""
    level = f"{told.name} about {_level(told, due['outcome'])} {_span(told, due)}"
    later = ""
    if of_all:
        more = f"{signed(last['change'], told.digits)} {ends(last['change_low'], last['change_high'])}"
        later = f"All {int(last['n_done'])} by {_when(last)}: {more}."
    return Answer(
        "plan",
        f"Plan: {unit}",
        signed(due["change"], told.digits),
        ends(due["change_low"], due["change_high"]),
        f"{lead}{of_all}:",
        joined([f"{level}{_against_target(due)}.", later]),
    )


def _span(told: Told, row: Mapping[Any, Any]) -> str:
    """The interval of a level."""
    return span_in_words(told.measure, row["low"], row["high"])


def _against_target(due: Mapping[Any, Any]) -> str:
    """What that is for the target: ``, target in reach, not safe (47 of 100 redraws)``."""
    if not due["verdict"]:
        return ""
    return f", target {due['verdict']} ({in_hundred(due['p_target'])} of 100 redraws)"


def _without_plan(told: Told) -> Answer:
    """What is known of initiatives where no road map is made of them."""
    desk = told.desk
    if not desk.has("initiatives"):
        return Answer("plan", "Plan", NONE, text="No initiatives are listed yet.")
    if told.drivers is None:
        text = "What goes with the outcome is not known, so what initiatives add is not either."
        return Answer("plan", "Plan", NONE, text=text)
    try:
        if desk.has("frame"):
            return Answer("plan", "Plan", NONE, lead=f"{desk.plan.finding.title}.")
        return _without_road_map(desk.wins)
    except TOO_THIN as error:
        return Answer("plan", "Plan", NONE, lead="There is no forecast:", text=str(error))


def _without_road_map(wins: QuickWins) -> Answer:
    """The initiatives that are forecast to add most."""
    in_order = wins.table.sort_values("benefit", ascending=False, kind="stable")
    first, *others = in_order["initiative"].tolist()
    best = in_order.iloc[0]
    if not best["benefit_low"] > 0:
        return Answer("plan", "Plan", NONE, lead=f"{wins.finding.title}.")
    size = f"{number(best['benefit'], wins.digits)} {wins.record.unit}"
    may_too = _may_add_as_much(wins, first, others)
    said = f"is forecast to add {size}"
    if may_too:
        said = f"{said}; {listing(may_too, 3)} may add as much"
    elif others:
        said = f"is forecast to add most, {size}"
    text = f"{said}; no road map says yet what is done when."
    return Answer("plan", "Plan", NONE, lead=first, text=text)


def _may_add_as_much(wins: QuickWins, first: str, others: Sequence[str]) -> list[str]:
    """Which others are not clearly behind the first."""
    benefits = pd.DataFrame(wins.benefits, columns=wins.initiatives["name"])
    is_behind = benefits.lt(benefits[first], axis=0)
    often_behind = is_behind.mean()
    return [name for name in others if often_behind[name] < CLEARLY]


def _cost(told: Told) -> Answer:
    """What is spent by then, on what is done and what has begun, and all of it with the range of the estimates."""
    if told.outlook is None:
        return Answer("cost", "Cost", NONE, text="Told as soon as a road map says what is done when.")
    due, last = told.due, told.last
    if pd.isna(last["cost"]):
        return Answer("cost", "Cost", NONE, text=_without_cost(told))
    money = partial(short_money, currency=told.currency)
    label = f"Cost by {_by(told)}"
    unsaid = "" if told.currency else f"{sentence(UNSAID)}."
    ends = f"(estimates {money(last['cost_low'])} to {money(last['cost_high'])})"
    if due["cost"] == last["cost"]:
        return Answer("cost", label, money(due["cost"]), "", f"All of it {ends}.", unsaid)
    begun = f", {money(due['cost_begun'])} for what has begun" if due["n_begun"] else ""
    whole = f"{money(last['cost'])} in all by {_when(last)} {ends}."
    lead = f"{money(due['cost_done'])} for what is done by then{begun};"
    return Answer("cost", label, money(due["cost"]), "", lead, joined([whole, unsaid]))


def _without_cost(told: Told) -> str:
    """Of how many initiatives of the plan no cost is listed."""
    plan = told.table
    lacks = plan.loc[plan["selected"], "cost"].isna()
    if lacks.all():
        return "No costs are listed."
    verb = "has" if lacks.sum() == 1 else "have"
    return f"{lacks.sum()} of {plural(len(lacks), 'initiative')} of the plan {verb} no cost, so the sum is not known."


def _yes(told: Told) -> Answer:
    """Who has to say yes by when, and who is asked first."""
    if told.plan is None:
        return Answer("yes", "Yes needed", NONE, text="Told as soon as a road map says what starts when.")
    rounds = told.plan.decisions().parts["rounds"].to_dict("records")
    first = rounds[0]
    others = [name for name in first["ask_first"] if name not in first["who"]]
    asked = f"Asked first: {people(others, len(others))}." if others else ""
    later = [f"{_yes_by(row)}: {_inside(people(row['who'], 3))}" for row in rounds[1:3]]
    if len(rounds) > 3:
        later.append(f"{len(rounds) - 3} more later")
    figure = _yes_by(first)
    return Answer(
        "yes",
        "Yes needed by" if figure.startswith("by ") else "Yes needed",
        figure.removeprefix("by "),
        "",
        f"{people(first['who'], 4)}.",
        joined([asked, f"{sentence('; '.join(later))}." if later else ""]),
    )


def _inside(words: str) -> str:
    """Offices inside a sentence; names of others stay as they are written."""
    return words.replace(words[0], words[0].lower(), 1) if words.startswith("Head") else words


def _yes_by(row: Mapping[Any, Any]) -> str:
    """By which day; before which period where the names of periods tell no day."""
    if pd.isna(row["yes_by"]):
        return f"before {row['start']}"
    return f"by {date_words(row['yes_by'].date())}"


def people(names: Sequence[str], most: int) -> str:
    """Names in a sentence; ``Heads of A, B`` where all are heads of something."""
    offices = [name.removeprefix(HEAD) for name in names]
    if len(names) > 1 and all(name.startswith(HEAD) for name in names):
        return f"Heads of {listing(offices, most)}"
    return sentence(listing(names, most))


def _gaps(told: Told) -> Answer:
    """What no initiative takes care of."""
    label = "Not covered"
    if told.gaps is None:
        return Answer("gaps", label, NONE, text="Told as soon as a map has needs and standards, and enough answers.")
    table = told.gaps.table
    counts = told.gaps.parts["counts"].set_index("kind")
    left, of = (int(counts[name][FIX]) for name in ("n", "of"))
    if left:
        figure = f"{left} of {of} to fix"
        text = f"{'; '.join(_left_to_fix(table))}."
    else:
        figure = _first_gap(counts["n"])
        text = f"{plural(of, 'touchpoint')} to fix: all have an initiative." if of else ""
    if told.verdicts is None:
        figure = figure if len(table) else NONE
        text = "What to fix is not known: no touchpoint has a standard and enough answers."
    lead, *others = [part for part in [text, *_other_gaps(told, table)] if part] or ["Nothing is left."]
    return Answer("gaps", label, figure, "", lead, joined(others), warns=left > 0)


def _left_to_fix(table: pd.DataFrame) -> list[str]:
    """Touchpoints to fix that are not covered, those together of which the reason is the same."""
    rows = table[table["kind"] == FIX]
    return [f"{listing(names, 3)}: below standard, {why}" for why, names in rows.groupby("why", sort=False)["what"]]


def _first_gap(counts: pd.Series[int]) -> str:
    """How many needs, or else stages, are not covered."""
    for kind in (NEED, STAGE):
        if counts[kind]:
            return plural(int(counts[kind]), kind)
    return "Nothing"


def _other_gaps(told: Told, table: pd.DataFrame) -> list[str]:
    """Stages without a touchpoint, needs unmet, what is too dear."""
    said = []
    stages = table.loc[table["kind"] == STAGE, "what"].tolist()
    needs = int((table["kind"] == NEED).sum())
    unmet = f"{plural(needs, 'need')} unmet" if needs else ""
    if stages:
        said.append("; ".join(filter(None, [f"No touchpoint at: {listing(stages, 2)}", unmet])) + ".")
    elif unmet:
        said.append(f"{unmet}.")
    dear = table.loc[table["kind"] == DEAR, "what"].tolist()
    if dear:
        costs = told.table.groupby("listed_as")["cost"].sum()
        named = [f"{name} ({short_money(costs[name], told.currency)})" for name in dear]
        verb = "exceeds" if len(dear) == 1 else "exceed"
        said.append(f"{listing(named, 2)} {verb} the budget.")
    return said


def _promises(told: Told) -> Answer:
    """What came of earlier forecasts."""
    label = "Earlier promises"
    kept = or_none(lambda: told.desk.kept) if told.has_survey else None
    if kept is None:
        text = "No forecast of an earlier plan is on file; those of this one can be kept and checked."
        return Answer("promises", label, NONE, text=text)
    found = kept.calibration
    if not found.told:
        return Answer("promises", label, NONE, text=f"{kept.finding.title}.")
    missed = [f"{line}." for line in kept.finding.more if line.startswith("Missed")]
    return Answer("promises", label, f"{count(found.held)} of {count(found.told)} kept", "", "", joined(missed))


def _how(told: Told) -> str:
    """How the picture is read."""
    if told.outlook is None:
        return ""
    earlier = "grey dots are earlier waves, " if "waves" in told.outlook.parts else ""
    target = "; the thick bar is the target" if told.target else ""
    return f"{earlier}the dashed line and its band are the forecast as initiatives end{target}. Lines and band: 95 %."


def _decisions(told: Told) -> Decisions | None:
    """The table of who decides what."""
    if told.plan is None or told.outlook is None:
        return None
    view = told.plan.decisions()
    rows = view.table.to_dict("records")
    unit = told.plan.record.candidates.unit
    widest = max(view.table["benefit_high"].max(), told.last["change_high"])
    last = told.last
    together = {"benefit": last["change"], "benefit_low": last["change_low"], "benefit_high": last["change_high"]}
    return Decisions(
        title=view.finding.lead,
        cost_head=f"Cost, {told.currency or UNSAID}",
        forecast_head=f"Forecast alone, {unit}",
        rows=[_decision(told, row, widest) for row in rows],
        together=_decision(told, {**together, "cost": last["cost"]}, widest),
        note=TOGETHER,
    )


def _decision(told: Told, row: Mapping[Any, Any], widest: float) -> Decision:
    """A row of the table; of all together where it names no initiative."""
    low, at, high = (max(0.0, row[name]) / widest for name in ("benefit_low", "benefit", "benefit_high"))
    named = "initiative" in row
    return Decision(
        initiative=row["initiative"] if named else "Together",
        who=row["who"] if named else "",
        yes_by=_yes_by(row).removeprefix("by ") if named else "",
        done=_done(row) if named else "",
        cost="" if pd.isna(row["cost"]) else count(three_digits(row["cost"])),
        forecast=signed(row["benefit"], told.digits),
        interval=interval(row["benefit_low"], row["benefit_high"], told.digits),
        ends=(low, at, high),
    )


def _done(row: Mapping[Any, Any]) -> str:
    """When an initiative is done."""
    if pd.isna(row["done_by"]):
        return str(row["end"])
    return date_words(row["done_by"].date())
