"""The sections of a report about what to do: initiatives, the road map, and one part for each owner.

What the verbs say, as blocks; the other sections are in ``sections``. No figure about answers is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.inline import inline
from cxlens.common.values import CLEAR, chance_in_hundred, count, in_hundred, number, percent, plural, signed
from cxlens.errors import listing
from cxlens.publish.blocks import Block, Box, Drawing, Fold, Heading, Missing, Note, Table, Terms
from cxlens.publish.desk import Desk
from cxlens.publish.sections import standing_of
from cxlens.publish.words import (
    COUNT,
    Form,
    change,
    date_words,
    headline,
    or_blank,
    ranges,
    sentence,
    shown,
    span,
    spans,
    without_link,
)
from cxlens.stages.drivers.predicted import in_points
from cxlens.stages.improve.matrix_chart import matrix_svg
from cxlens.stages.improve.promises import ratings_alone
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.stages.improve.worked_on import is_forced, money_above_standard, verdict_words
from cxlens.study.parts import Target
from cxlens.study.ranges import money_range

Row = Mapping[Any, Any]
ROLES = {"accountable": "Must say yes", "responsible": "Does it", "consulted": "Asked first", "informed": "Told"}
MATRIX = (
    "upper left is best. A mark is the likely effort and the median forecast, its ellipse holds 80 % of the redraws. "
    "The number beside a name: big and easy in so many of 100; the line joins those that no other beats."
)
NO_CURRENCY = "currency not stated"
TOP = 5  # initiatives told in short
WIDE = 8.0  # inches of the road map
CARDS = 3  # initiatives of which all is told that is needed to act


def by_profit(desk: Desk) -> list[Block]:
    """The ranks of initiatives by people and by profit, where the study says what customers bring."""
    wins = desk.wins_by_profit
    earned = desk.earned
    if wins is None or earned is None:
        return []
    table = wins.table
    columns = {
        "Initiative": _named(table),
        "Rank by profit": table["rank"],
        "Rank by people": table["rank_people"],
        f"Forecast, {wins.unit}": spans(table, "benefit", change(wins.digits)),
        "Quick win in 100, by profit": table["p_quick_win"].map(in_hundred),
    }
    known = earned.table.dropna(subset="profit").to_dict("records")
    each = listing([f"{row['segment']} {count(row['profit'])}" for row in known], 30)
    why = f"By profit a segment counts by what its customers bring (a customer a year: {each}), not by their number."
    return [Fold("Initiatives by profit and by people", [Note(why), Table("Ranks by profit and by people", columns)])]


def improve_section(desk: Desk, by_profit: Callable[[Desk], list[Block]] = by_profit) -> list[Block]:
    """What is easy and big, and for the first three all that is needed to act; ``by_profit`` tells ranks by profit."""
    wins = desk.wins
    note = without_link(f"{desk.basis(wins.drivers.n)} {wins.note}")
    cards: list[Block] = []
    for finding, row in zip(wins.findings(CARDS), wins.first(CARDS).to_dict("records"), strict=True):
        cards.append(_card(desk, finding, row))
    blocks: list[Block] = [
        headline(wins),
        Drawing(matrix_svg(wins), inline(wins).svg, "What is easy, and what is big", MATRIX, note),
        Table("The first initiatives", _in_short(wins.first(TOP), wins)),
        Fold("The first three, and how to know whether they worked", [*cards, Note(_how_to_know(desk))]),
        initiative_table("All initiatives", wins, wins.table),
    ]
    blocks += by_profit(desk)
    blocks += _above_standard(wins, wins.table)
    forecast = set(wins.initiatives["name"])
    left_out = [name for name in desk.initiatives["name"] if name not in forecast]
    if left_out:
        why = "Without a forecast, since not all of their touchpoints or segments have drivers"
        if any(desk.initiatives.set_index("name").loc[left_out, "places"]):
            why += ", or places cannot be compared"
        blocks.append(Note(f"{why}: {listing(left_out, 30)}."))
    return blocks


def _in_short(table: pd.DataFrame, wins: QuickWins) -> dict[str, Any]:
    """The columns that a reader needs first."""
    columns = {
        "Initiative": _named(table),
        f"Forecast, {wins.unit}": spans(table, "benefit", change(wins.digits)),
        f"Effort, {wins.effort_unit}": ranges(table, "effort"),
        "Quick win in 100": table["p_quick_win"].map(in_hundred),
    }
    if "cost" in table:
        columns[_cost_title(wins)] = or_blank(table["cost"], count)
    return columns


def _how_to_know(desk: Desk) -> str:
    """How to find out whether an initiative worked, for all of them."""
    outcome = desk.named(desk.wins.drivers.outcome)
    return (
        f"To know whether it worked, compare {outcome} and these ratings in the next survey with this one; "
        "where only some customers get it first, theirs with those of the others."
    )


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
    terms = {
        "Who": row["owner"] or "No owner is named yet: name one.",
        "Forecast": finding,
        "What to watch": " ".join(_signs(desk, row)),
    }
    return Box([Heading(f"{row['rank']}. {row['initiative']}"), Terms(terms)])


def _signs(desk: Desk, initiative: Row) -> Iterator[str]:
    """What to watch: each touchpoint's mean rating now, its standard and targets, and what is forecast of it."""
    alone = ratings_alone(desk.wins.record, initiative["initiative"])
    touched = desk.now.table[desk.now.table["touchpoint"].isin(initiative["touchpoints"])]
    for row in touched.to_dict("records"):
        yield _rated(row)
        yield from _goals(desk, row["touchpoint"])
        if row["touchpoint"] in alone:
            forecast = alone[row["touchpoint"]]
            yield f"With this alone a later survey is forecast to measure {_measured(forecast)}."
        else:
            yield "It would no longer be there."


def _rated(row: Row) -> str:
    """``Security is rated 3.51 [3.45, 3.57], standard 3.8.``"""
    standard = ""
    if row["metric"] == "mean":
        standard = f", standard {row['standard']:g}"
    return f"{row['touchpoint']} is rated {_mean_of(row)}{standard}."


def _measured(forecast: Row) -> str:
    """What a later survey is forecast to measure, and how much that is more: ``3.83 [3.71, 3.96], +0.33``."""
    then = span(forecast["forecast"], forecast["low"], forecast["high"])
    return f"{then}, {signed(forecast['forecast'] - forecast['now'])}"


def _mean_of(row: Row) -> str:
    """The mean rating of a touchpoint with its interval."""
    return span(row["mean"], row["low"], row["high"])


def _goals(desk: Desk, touchpoint: str) -> Iterator[str]:
    """The targets for the mean rating of a touchpoint; one for a segment beside the rating by that segment."""
    for target in desk.study.targets:
        if _is_mean_of(target, touchpoint):
            yield _goal(desk, target)


def _is_mean_of(target: Target, touchpoint: str) -> bool:
    """Whether a target is about the mean rating of a touchpoint."""
    return target.touchpoint == touchpoint and target.metric == "mean"


def _goal(desk: Desk, target: Target) -> str:
    """``Target 3.8 by 31 Dec 2026, for Business, who rate it 3.40 [3.29, 3.50].``"""
    by = ""
    if target.date:
        by = f" by {date_words(target.date)}"
    goal = f"Target {target.target:g}{by}"
    if not target.segment:
        return f"{goal}."
    now, _ = standing_of(desk, target)
    return f"{goal}, for {target.segment}, now {now}."


def initiative_table(caption: str, wins: QuickWins, table: pd.DataFrame) -> Table:
    """Initiatives: what, where, who, how surely, how much for how much."""
    columns = {
        "Initiative": _named(table),
        "Quick win in 100": table["p_quick_win"].map(in_hundred),
        f"Forecast, {wins.unit}": spans(table, "benefit", change(wins.digits)),
        f"Effort, {wins.effort_unit}": ranges(table, "effort"),
        "Owner": table["owner"].fillna(""),
        "Touchpoints": table["touchpoints"].map(", ".join),
        "Where it stands": table["quadrant"],
    }
    if "verdicts" in table:
        columns["Verdicts"] = [verdict_words(row) for row in table.to_dict("records")]
    if "places" in table:
        columns["Places"] = [str(places or "") for places in table["places"]]
    if "cost" in table:
        columns[_cost_title(wins)] = or_blank(table["cost"], count)
    if "saving" in table and table["saving"].notna().any():
        columns["Saves a year"] = or_blank(table["saving"], count)
    return Table(caption, columns, is_folded=True)


def _cost_title(wins: QuickWins) -> str:
    """The head of a column of costs, with their currency where the list says it."""
    return f"Cost, {wins.currency or NO_CURRENCY}"


def _expected_title(wins: QuickWins) -> str:
    """The head of a column of means of ranges of costs."""
    return f"Expected cost, {wins.currency or NO_CURRENCY}"


def roadmap_section(desk: Desk) -> list[Block]:
    """What comes when within the limits, what is left out and why, who is asked for what."""
    if not desk.has("frame"):
        return [Missing("road map", "[roadmap]")]
    plan = desk.plan
    how = (
        "a bar is an initiative from start to end; below, what all that has ended is forecast to add, and what each "
        "period is expected to cost, against its budget."
    )
    known = plan.record.candidates.table.set_index("initiative")
    of_touchpoints = known[known.columns.intersection(["touchpoints", "verdicts"])]
    planned = plan.table.drop(columns=of_touchpoints.columns, errors="ignore").join(of_touchpoints, on="initiative")
    chosen = planned[planned["selected"]]
    left_out = plan.table[~plan.table["selected"]]
    picture = replace(shown(plan, plan.note, how, title="What starts and ends when"), width=WIDE)
    blocks: list[Block] = [headline(plan), picture, _timetable(desk, chosen)]
    blocks += _above_standard(desk.wins, chosen)
    if len(chosen) and plan.periods_table["cost"].any():
        blocks.append(_spending(desk))
    if len(plan.places_table):
        blocks.append(_turns(desk))
    if len(left_out):
        reasons = {"Initiative": left_out["initiative"], "Why": left_out["why"].map(sentence)}
        blocks.append(Table("What is left out, and why", reasons, is_folded=True))
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
    return Table("What comes when", columns, is_folded=True)


def _turns(desk: Desk) -> Table:
    """Which places have their turn when, those of which most is expected first."""
    turns = desk.plan.places_table
    columns = {
        "Initiative": turns["initiative"],
        "Place": turns["place"],
        "Starts": turns["start"].replace("", "not planned"),
        f"Expected there, {desk.wins.unit}": or_blank(turns["benefit"], change(desk.wins.digits + 1).figure),
        "Below the mean of all, in 100": or_blank(turns["p_below_mean"], chance_in_hundred),
    }
    return Table("What is done where, and when", columns, is_folded=True)


def _spending(desk: Desk) -> Table:
    """What each period costs, and in how many redraws that is within its budget."""
    periods = desk.plan.periods_table
    columns = {
        "Period": periods["period"],
        _expected_title(desk.wins): spans(periods, "cost", COUNT),
    }
    if periods["p_within_budget"].notna().any():
        columns["Budget"] = or_blank(periods["budget"].replace(np.inf, np.nan), count)
        columns["Within budget, in 100 redraws"] = or_blank(periods["p_within_budget"], in_hundred)
    return Table("What each period costs", columns, is_folded=True)


def _buy_in(desk: Desk) -> list[Block]:
    """A part for each owner, roles of everyone named, functions, use of teams."""
    buy_in = desk.plan.buy_in()
    last = _last_forecasts(desk)
    owners = [
        Box([Heading(owner["owner"]), Terms(_asked(desk, owner, last))]) for owner in buy_in.table.to_dict("records")
    ]
    blocks: list[Block] = [
        Fold("What each owner is asked for, and why", owners),
        _people(buy_in.parts["people"]),
        _functions(buy_in.parts["functions"], desk.wins),
    ]
    teams = buy_in.parts["teams"]
    if len(teams):
        blocks.append(_teams(teams))
    return blocks


def _people(people: pd.DataFrame) -> Table:
    """Everyone named, with the number of initiatives in each role."""
    columns: dict[str, Any] = {"Who": people["who"]}
    for role in people.columns[1:]:
        columns[ROLES[role]] = [str(n) if n else "" for n in people[role]]
    return Table("Who has which part: number of initiatives", columns, is_folded=True)


def _functions(functions: pd.DataFrame, wins: QuickWins) -> Table:
    """What is asked of each function."""
    columns = {
        "Function": functions["function"].map(sentence),
        "Initiatives": functions["n"],
        f"Work, {wins.effort_unit}": functions["effort"].map(count),
        _expected_title(wins): or_blank(functions["cost"], count),
    }
    return Table("Functions", columns, is_folded=True)


def _teams(teams: pd.DataFrame) -> Table:
    """How far the capacity of each team is used."""
    is_used = teams["peak"] > 0
    columns = {
        "Team": teams["team"],
        "Initiatives": teams["n"],
        "Capacity used": teams["used"].map(percent),
        "Fullest in": teams["tightest"].where(is_used, ""),
        "Used then": or_blank(teams["peak"].where(is_used), percent),
    }
    return Table("Teams", columns, is_folded=True)


def _last_forecasts(desk: Desk) -> dict[str, Row]:
    """What the plan promises for everyone at its end, by metric."""
    promised = desk.plan.forecasts()
    at_the_end = promised["date"] == promised["date"].iloc[-1]
    for_everyone = promised["segment"] == ""
    return {row["metric"]: row for row in promised[at_the_end & for_everyone].to_dict("records")}


def _asked(desk: Desk, owner: Row, last: Mapping[str, Row]) -> dict[str, str]:
    """What an owner is asked for, why, on what evidence, and what is promised for it."""
    wins = desk.wins
    priced = desk.plan.record.candidates.priced
    listed = priced[priced["name"].isin(owner["initiatives"])]
    initiatives = listed.to_dict("records")
    times = {row["initiative"]: row for row in desk.plan.table.to_dict("records")}
    asked = [_work(row, times[row["name"]], wins) for row in initiatives]
    touchpoints = _each_once(listed["touchpoints"])
    terms = {
        "What is asked": " ".join([f"{plural(owner['n'], 'initiative')}.", *asked]),
        "Who must say yes": owner["accountable"] or "Nobody is named yet: name one.",
        "Ask first": listing(_each_once(listed["consulted"]), 30),
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
    low = initiative["effort_low"]
    high = initiative["effort_high"]
    takes = [when, f"{low:g} to {high:g} {wins.effort_unit} of work"]
    if pd.notna(initiative["cost_likely"]):
        takes.append(f"cost {money_range(initiative['cost_low'], initiative['cost_high'], wins.currency)}")
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
    if forecasts:
        end = desk.plan.periods_table["period"].iloc[-1]
        answers = plural(int(forecasts[0]["n"]), "answer")
        sentences.append(f"With the whole plan a survey of {answers} by the end of {end} is forecast to measure:")
    ratings = [f"{row['metric']} {_measured(row)}" for row in forecasts]
    if ratings:
        sentences.append(f"{'; '.join(ratings)}.")
    return " ".join(sentences)


def _why(desk: Desk, touchpoint: str) -> str:
    """Where a touchpoint stands, against its standard, and how much it matters."""
    driver = _row(desk.drivers.table, touchpoint)
    ends = (100 * driver["importance"], 100 * driver["importance_low"], 100 * driver["importance_high"])
    points = span(*ends, Form(_one_decimal, _one_decimal))
    return f"{_rated(_row(desk.now.table, touchpoint))} Importance: {points} of 100 points."


def _one_decimal(value: float) -> str:
    """A figure with one decimal."""
    return number(value, 1)


def _evidence(desk: Desk, touchpoint: str) -> str:
    """How many answers say so, and how surely."""
    record = desk.drivers.record
    driver = _row(in_points(record, desk.drivers.table), touchpoint)
    n = count(driver["n"])
    form = change(record.change_digits)
    effect = span(driver["coef"], driver["coef_low"], driver["coef_high"], form)
    link = "a clear link" if driver["q_value"] < CLEAR else "no clear link"
    return f"{touchpoint}: {effect} {record.change_unit} per rating point, {link}, n = {n}."


def _row(table: pd.DataFrame, touchpoint: str) -> Row:
    """The row of a touchpoint."""
    return table[table["touchpoint"] == touchpoint].iloc[0].to_dict()
