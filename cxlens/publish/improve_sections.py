"""The sections of a report about what to do: initiatives, the road map, and one part for each owner.

What the verbs say, as blocks; the other sections are in ``sections``. No figure about answers is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.values import count, number, percent, plural, probability
from cxlens.errors import listing
from cxlens.publish.blocks import Block, Box, Drawing, Heading, Missing, Note, Table, Terms
from cxlens.publish.desk import Desk
from cxlens.publish.words import COUNT, captioned, change, column_words, or_blank, ranges, sentence, shown, span, spans
from cxlens.stages.drivers.predicted import in_points
from cxlens.stages.improve.matrix_chart import HOW, matrix_svg
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.stages.improve.roadmap import in_hundred
from cxlens.stages.improve.worked_on import is_forced, money_above_standard, verdict_words
from cxlens.study.asked import lowest_is_best
from cxlens.study.parts import Target
from cxlens.study.ranges import in_money
from cxlens.study.scale import Scale

Row = Mapping[Any, Any]
CARDS = 3  # initiatives of which all is told that is needed to act


def improve_section(desk: Desk) -> list[Block]:
    """What is easy and big, and for the first three all that is needed to act."""
    wins = desk.wins
    caption = captioned(wins, f"{desk.basis(wins.drivers.n)} {wins.note}", simulated=desk.simulated)
    blocks: list[Block] = [Drawing(matrix_svg(wins), caption, HOW)]
    for finding, row in zip(wins.findings(CARDS), wins.first(CARDS).to_dict("records"), strict=True):
        blocks.append(_card(desk, finding, row))
    blocks.append(initiative_table("All initiatives", wins, wins.table))
    blocks += _above_standard(wins, wins.table)
    forecast = set(wins.initiatives["name"])
    left_out = [name for name in desk.initiatives["name"] if name not in forecast]
    if left_out:
        why = "Without a forecast, since not all of their touchpoints or segments have drivers"
        blocks.append(Note(f"{why}: {listing(left_out, 30)}."))
    return blocks


def _above_standard(wins: QuickWins, table: pd.DataFrame) -> list[Block]:
    """Where money goes to what is above its standard; nothing where it does not."""
    words = money_above_standard(table.to_dict("records"), wins.currency)
    return [Note(words)] if words else []


def _named(table: pd.DataFrame) -> list[str]:
    """The initiatives of a table, a must-do called forced."""
    return [
        f"{row['initiative']} (forced)" if is_forced(row) else row["initiative"] for row in table.to_dict("records")
    ]


def _card(desk: Desk, finding: str, row: Row) -> Box:
    """All that is needed to act on an initiative."""
    outcome = desk.named(desk.wins.drivers.outcome)
    compare = (
        f"{outcome} rises with it: compare the next wave with this one or, where only some customers get it first, "
        "them with the others."
    )
    terms = {
        "Who": row["owner"] or "No owner is named yet: name one.",
        "Forecast": finding,
        "How we will know": " ".join([*_signs(desk, row), compare]),
    }
    return Box([Heading(f"{row['rank']}. {row['initiative']}"), Terms(terms)])


def _signs(desk: Desk, initiative: Row) -> Iterator[str]:
    """What to watch: the mean rating of each touchpoint, with its lift, and its targets or else its standard."""
    plan = desk.wins.initiatives
    asked = plan[plan["name"] == initiative["initiative"]].iloc[0]
    way = _way(asked, desk.survey.scale)
    touched = desk.now.table[desk.now.table["touchpoint"].isin(initiative["touchpoints"])]
    for row in touched.to_dict("records"):
        now = _mean_of(row)
        goals = listing(_goals(desk, row)) or "no target"
        yield f"{row['touchpoint']}: mean rating, now {now}, {way} ({goals})."


def _mean_of(row: Row) -> str:
    """The mean rating of a touchpoint with its interval."""
    return span(row["mean"], row["low"], row["high"])


def _goals(desk: Desk, row: Row) -> list[str]:
    """The targets for the mean rating of a touchpoint, or else its standard."""
    touchpoint = row["touchpoint"]
    goals = [_goal(target) for target in desk.study.targets if _is_mean_of(target, touchpoint)]
    if not goals and row["metric"] == "mean":
        return [f"standard {row['standard']:g}"]
    return goals


def _way(initiative: Row, scale: Scale | None = None) -> str:
    """Where the ratings go with an initiative."""
    if initiative["kind"] == "remove":
        return "no longer there"
    if initiative["to_standard"]:
        return "up to its standard"
    up = "better" if lowest_is_best(scale) else "up"
    return f"{up} by {initiative['lift_low']:g} to {initiative['lift_high']:g}"


def _is_mean_of(target: Target, touchpoint: str) -> bool:
    """Whether a target is about the mean rating of a touchpoint."""
    return target.touchpoint == touchpoint and target.metric == "mean"


def _goal(target: Target) -> str:
    """A target in words: ``target 4.2 for Business by 2027``."""
    by = f" by {target.date}" if target.date else ""
    return f"target {target.target:g} for {target.segment or 'all'}{by}"


def initiative_table(caption: str, wins: QuickWins, table: pd.DataFrame) -> Table:
    """Initiatives: what, where, who, how surely, how much for how much."""
    columns = {
        "Initiative": _named(table),
        "Probability of a quick win": table["p_quick_win"].map(probability),
        f"Forecast, {wins.unit}": spans(table, "benefit", change(wins.digits)),
        f"Effort, {wins.effort_unit}": ranges(table, "effort"),
        "Owner": table["owner"].fillna(""),
        "Touchpoints": table["touchpoints"].map(", ".join),
        "Where it stands": table["quadrant"],
    }
    if "verdicts" in table:
        columns["Verdicts"] = [verdict_words(row) for row in table.to_dict("records")]
    if "cost" in table:
        columns[_cost_title(wins)] = or_blank(table["cost"], count)
    if "saving" in table:
        columns["Saves a year"] = or_blank(table["saving"], count)
    return Table(caption, columns)


def _cost_title(wins: QuickWins) -> str:
    """The head of a column of costs, with their currency where the list says it."""
    return f"Cost, {wins.currency}" if wins.currency else "Cost (as listed)"


def _expected_title(wins: QuickWins) -> str:
    """The head of a column of means of ranges of costs."""
    return f"Expected cost, {wins.currency}" if wins.currency else "Expected cost"


def roadmap_section(desk: Desk) -> list[Block]:
    """What comes when within the limits, what is left out and why, who is asked for what."""
    if not desk.has("frame"):
        return [Missing("road map", "[roadmap]")]
    plan = desk.plan
    how = (
        "each bar is an initiative from start to end; below it what all that has ended brings, with its interval, and "
        "what each period is expected to cost, with the interval of draws, against its budget."
    )
    known = desk.wins.table.set_index("initiative")
    of_touchpoints = known[known.columns.intersection(["touchpoints", "verdicts"])]
    planned = plan.table.drop(columns=of_touchpoints.columns, errors="ignore").join(of_touchpoints, on="initiative")
    chosen = planned[planned["selected"]]
    left_out = plan.table[~plan.table["selected"]]
    blocks = shown(plan, plan.note, how, simulated=desk.simulated)
    blocks.append(_timetable(desk, chosen))
    blocks += _above_standard(desk.wins, chosen)
    if len(chosen) and plan.periods_table["cost"].any():
        blocks.append(_spending(desk))
    if len(left_out):
        reasons = {"Initiative": left_out["initiative"], "Why": left_out["why"].map(sentence)}
        blocks.append(Table("What is left out, and why", reasons))
    if len(chosen):
        blocks += _buy_in(desk)
    return blocks


def _timetable(desk: Desk, chosen: pd.DataFrame) -> Table:
    """What comes when."""
    wins = desk.wins
    columns = {
        "Initiative": _named(chosen),
        "Owner": chosen["owner"],
        "Starts": chosen["start"],
        "Ends": chosen["end"],
        _expected_title(wins): or_blank(chosen["cost"], count),
        f"Forecast alone, {wins.unit}": spans(chosen, "benefit", change(wins.digits)),
        "Chosen again": [desk.plan.often(p) for p in chosen["p_selected"]],
    }
    return Table("What comes when", columns)


def _spending(desk: Desk) -> Table:
    """What each period costs, and how surely that is within its budget."""
    periods = desk.plan.periods_table
    columns = {
        "Period": periods["period"],
        _expected_title(desk.wins): spans(periods, "cost", COUNT),
    }
    if periods["p_within_budget"].notna().any():
        columns["Budget"] = or_blank(periods["budget"].replace(np.inf, np.nan), count)
        columns["Within budget, of 100 draws"] = or_blank(periods["p_within_budget"], in_hundred)
    return Table("What each period costs", columns)


def _buy_in(desk: Desk) -> list[Block]:
    """Load of owners, roles of everyone named, use of teams; then a part for each owner."""
    buy_in = desk.plan.buy_in()
    unit = desk.wins.effort_unit
    how = f"a row an owner, a column a period: {unit} of work; the darker, the more."
    heading = "Who is asked for what"
    blocks = shown(buy_in, buy_in.note, how, simulated=desk.simulated, heading=heading)
    blocks.append(_people(buy_in.parts["people"]))
    blocks.append(_functions(buy_in.parts["functions"], desk.wins))
    teams = buy_in.parts["teams"]
    if len(teams):
        blocks.append(_teams(teams))
    last = _last_forecasts(desk)
    for owner in buy_in.table.to_dict("records"):
        blocks.append(Box([Heading(owner["owner"]), Terms(_asked(desk, owner, last))]))
    return blocks


def _people(people: pd.DataFrame) -> Table:
    """Everyone named, with the number of initiatives in each role."""
    columns: dict[str, Any] = {"Who": people["who"]}
    for role in people.columns[1:]:
        columns[column_words(role)] = [str(n) if n else "" for n in people[role]]
    return Table("Who has which part: number of initiatives", columns)


def _functions(functions: pd.DataFrame, wins: QuickWins) -> Table:
    """What is asked of each function."""
    columns = {
        "Function": functions["function"].map(sentence),
        "Initiatives": functions["n"],
        f"Work, {wins.effort_unit}": functions["effort"].map(count),
        _expected_title(wins): or_blank(functions["cost"], count),
    }
    return Table("Functions", columns)


def _teams(teams: pd.DataFrame) -> Table:
    """How far the capacity of each team is used."""
    columns = {
        "Team": teams["team"],
        "Initiatives": teams["n"],
        "Of its capacity": teams["used"].map(percent),
        "Most in": teams["tightest"],
        "Then": teams["peak"].map(percent),
    }
    return Table("Teams", columns)


def _last_forecasts(desk: Desk) -> dict[str, Row]:
    """What the plan promises for everyone at its end, by metric."""
    promised = desk.plan.forecasts()
    at_the_end = promised["date"] == promised["date"].iloc[-1]
    for_everyone = promised["segment"] == ""
    return {row["metric"]: row for row in promised[at_the_end & for_everyone].to_dict("records")}


def _asked(desk: Desk, owner: Row, last: Mapping[str, Row]) -> dict[str, str]:
    """What an owner is asked for, why, on what evidence, and what is promised for it."""
    wins = desk.wins
    listed = wins.initiatives[wins.initiatives["name"].isin(owner["initiatives"])]
    initiatives = listed.to_dict("records")
    times = {row["initiative"]: row for row in desk.plan.table.to_dict("records")}
    asked = [_work(row, times[row["name"]], wins) for row in initiatives]
    touchpoints = _each_once(listed["touchpoints"])
    terms = {
        "What is asked": " ".join([f"{plural(owner['n'], 'initiative')}.", *asked]),
        "Who answers": owner["accountable"] or "Nobody is named yet: name one.",
        "To be consulted": listing(_each_once(listed["consulted"]), 30),
        "Why": " ".join(_why(desk, name) for name in touchpoints),
        "Evidence": " ".join(_evidence(desk, name) for name in touchpoints),
        "Forecast": _promise(desk, owner, [last[name] for name in last if name in touchpoints]),
    }
    return {term: text for term, text in terms.items() if text}


def _each_once(lists: pd.Series[Any]) -> list[str]:
    """The names in several lists, each once, in order of appearance."""
    return list(dict.fromkeys(name for names in lists for name in names))


def _work(initiative: Row, times: Row, wins: QuickWins) -> str:
    """An initiative with what it takes: when, work, cost, teams."""
    when = " to ".join(dict.fromkeys([times["start"], times["end"]]))
    low, high = initiative["effort_low"], initiative["effort_high"]
    takes = [when, f"{low:g} to {high:g} {wins.effort_unit} of work"]
    if pd.notna(initiative["cost_likely"]):
        cheapest = count(initiative["cost_low"])
        dearest = in_money(initiative["cost_high"], wins.currency)
        takes.append(f"cost {cheapest} to {dearest}")
    teams = listing(f"{team} ({need:g})" for team, need in initiative["teams"].items())
    if teams:
        takes.append(f"with {teams}")
    forced = " (forced)" if initiative["must_do"] else ""
    return f"{initiative['name']}{forced}: {', '.join(takes)}."


def _promise(desk: Desk, owner: Row, forecasts: list[Row]) -> str:
    """What the initiatives of an owner bring alone, and where the whole plan takes the ratings they lift."""
    wins = desk.wins
    alone = span(owner["benefit"], owner["benefit_low"], owner["benefit_high"], change(wins.digits))
    sentences = [f"{alone} {wins.unit} from these alone."]
    ratings = []
    for row in forecasts:
        then = span(row["forecast"], row["low"], row["high"])
        ratings.append(f"{row['metric']} {then} ({number(row['now'])} now)")
    if ratings:
        end = desk.plan.periods_table["period"].iloc[-1]
        answers = plural(int(forecasts[0]["n"]), "answer")
        sentences.append(
            f"With the whole plan a survey of {answers} is forecast to measure by {end}: {listing(ratings, 30)}."
        )
    return " ".join([*sentences, "An association, not yet an effect."])


def _why(desk: Desk, touchpoint: str) -> str:
    """Where a touchpoint stands, against its standard, and how much it matters."""
    now = _row(desk.now.table, touchpoint)
    driver = _row(desk.drivers.table, touchpoint)
    standard = f", standard {now['standard']:g}" if now["metric"] == "mean" else ""
    rank = _ordinal(int(driver["rank"]))
    of_all = len(desk.drivers.touchpoints)
    return f"{touchpoint} is rated {_mean_of(now)}{standard}; it matters {rank} of {of_all}."


def _evidence(desk: Desk, touchpoint: str) -> str:
    """How many answers say so, and how surely."""
    record = desk.drivers.record
    driver = _row(in_points(record, desk.drivers.table), touchpoint)
    n = count(driver["n"])
    form = change(record.change_digits)
    effect = span(driver["coef"], driver["coef_low"], driver["coef_high"], form)
    told = "told from zero" if driver["q_value"] < 0.05 else "not told from zero"
    more = f"one rating point more goes with {effect} {record.change_unit}, {told}"
    return f"{touchpoint}: n = {n}; {more}."


def _row(table: pd.DataFrame, touchpoint: str) -> Row:
    """The row of a touchpoint."""
    return table[table["touchpoint"] == touchpoint].iloc[0].to_dict()


def _ordinal(k: int) -> str:
    """A place in order: ``2nd``."""
    if 10 < k % 100 < 14:
        return f"{k}th"
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{k}{endings.get(k % 10, 'th')}"
