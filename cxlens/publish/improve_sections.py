"""The sections of a report about what to do: initiatives, the road map, and one part for each owner.

What the verbs say, in words, tables and pictures; the other sections are in ``sections``. No figure about answers is
computed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from cxlens.common.values import count, percent, plural, probability, signed
from cxlens.errors import listing
from cxlens.publish import page as html
from cxlens.publish.sections import Desk, add, capital, shown, simulated, span, spans
from cxlens.stages.improve.matrix_chart import HOW, matrix_svg
from cxlens.stages.improve.quick_wins import QuickWins


def improve_section(desk: Desk) -> list[str]:
    """What is easy and big, and for the first three all that is needed to act."""
    wins = desk.wins
    caption = f"{simulated(desk.study)}{wins} {desk.basis(wins.drivers.n)} {wins.note}"
    parts = [html.figure(matrix_svg(wins), caption, HOW[0].lower() + HOW[1:])]
    for finding, row in zip(wins.findings(3), wins.first(3).to_dict("records"), strict=True):
        card = {
            "Who": row["owner"] or "No owner is named yet: name one.",
            "Forecast": finding,
            "How we will know": f"{' '.join(_signs(desk, row))} {capital(wins.drivers.outcome)} rises with it: compare "
            "the next wave with this one or, where only some customers get it first, them with the others.",
        }
        heading = html.element("h3", f"{row['rank']}. {row['initiative']}")
        parts.append(html.inside("div", [heading, html.terms(card)], "box"))
    parts.append(initiative_table("All initiatives", wins, wins.table))
    left = [name for name in desk.initiatives["name"] if name not in wins.initiatives["name"].tolist()]
    if left:
        rest = f"Without a forecast, since not all of their touchpoints or segments have drivers: {listing(left, 30)}."
        parts.append(html.element("p", rest, "note"))
    return parts


def _signs(desk: Desk, initiative: dict[Any, Any]) -> Iterator[str]:
    """What to watch: the mean rating of each touchpoint, with its lift, and its targets or else its standard."""
    plan = desk.wins.initiatives
    asked = plan[plan["name"] == initiative["initiative"]].iloc[0]
    way = f"up by {asked['lift_low']:g} to {asked['lift_high']:g}"
    way = "no longer there" if asked["kind"] == "remove" else "up to its standard" if asked["to_standard"] else way
    for row in desk.now.table[desk.now.table["touchpoint"].isin(initiative["touchpoints"])].to_dict("records"):
        targets = [t for t in desk.study.targets if (t.touchpoint, t.metric) == (row["touchpoint"], "mean")]
        goals = [f"target {t.target:g} for {t.segment or 'all'}{t.date and f' by {t.date}'}" for t in targets]
        goals = goals or [f"standard {row['standard']:g}"] * (row["metric"] == "mean")
        now = span(row["mean"], row["low"], row["high"])
        yield f"{row['touchpoint']}: mean rating, now {now}, {way} ({listing(goals) or 'no target'})."


def initiative_table(caption: str, wins: QuickWins, table: pd.DataFrame) -> str:
    """Initiatives: what, where, who, how surely, how much for how much."""
    columns = {
        "Initiative": table["initiative"],
        "Probability of a quick win": table["p_quick_win"].map(probability),
        f"Forecast, {wins.unit}": spans(table, "benefit", partial(signed, digits=wins.digits)),
        f"Effort, {wins.effort_unit}": ranges(table, "effort"),
        "Owner": table["owner"].fillna(""),
        "Touchpoints": table["touchpoints"],
        "Where it stands": table["quadrant"],
    }
    if "cost" in table:
        columns["Cost (as listed)"] = ["" if pd.isna(cost) else count(cost) for cost in table["cost"]]
    if "saving" in table:
        columns["Saves a year"] = ["" if pd.isna(saved) else count(saved) for saved in table["saving"]]
    return html.table(caption, columns)


def ranges(table: pd.DataFrame, what: str) -> list[str]:
    """A column of ranges as they were given."""
    return [f"{low:g} to {high:g}" for low, high in zip(table[f"{what}_low"], table[f"{what}_high"], strict=True)]


def roadmap_section(desk: Desk) -> list[str]:
    """What comes when within the limits, what is left out and why, who is asked for what."""
    if not hasattr(desk, "frame"):
        return [add("road map", "[roadmap]")]
    plan, wins = desk.plan, desk.wins
    how = (
        "each bar is an initiative from start to end; below it what all that has ended brings, with its interval, and "
        "what each period costs against its budget."
    )
    chosen, out = plan.table[plan.table["selected"]], plan.table[~plan.table["selected"]]
    columns = {
        "Initiative": chosen["initiative"],
        "Owner": chosen["owner"],
        "Starts": chosen["start"],
        "Ends": chosen["end"],
        "Cost (as listed)": ["" if pd.isna(cost) else count(cost) for cost in chosen["cost"]],
        f"Forecast alone, {wins.unit}": spans(chosen, "benefit", partial(signed, digits=wins.digits)),
        "Chosen again": [plan.often(p) for p in chosen["p_selected"]],
    }
    parts = [shown(desk, plan, plan.note, how), html.table("What comes when", columns)]
    if len(out):
        reasons = {"Initiative": out["initiative"], "Why": out["why"].map(capital)}
        parts.append(html.table("What is left out, and why", reasons))
    return [*parts, *_buy_in(desk)] if len(chosen) else parts


def _buy_in(desk: Desk) -> Iterator[str]:
    """Load of owners, roles of everyone named, use of teams; then a part for each owner."""
    found, unit = desk.plan.buy_in(), desk.wins.effort_unit
    how = f"a row an owner, a column a period: {unit} of work; the darker, the more."
    yield shown(desk, found, found.note, how, "Who is asked for what")
    people, teams, functions = (found.parts[part] for part in ("people", "teams", "functions"))
    roles = {capital(role): people[role].map(lambda n: str(n) if n else "") for role in people.columns[1:]}
    yield html.table("Who has which part: number of initiatives", {"Who": people["who"], **roles})
    columns = {
        "Function": functions["function"].map(capital),
        "Initiatives": functions["n"],
        f"Work, {unit}": functions["effort"].map(count),
        "Cost (as listed)": ["" if pd.isna(cost) else count(cost) for cost in functions["cost"]],
    }
    yield html.table("Functions", columns)
    if len(teams):
        columns = {
            "Team": teams["team"],
            "Initiatives": teams["n"],
            "Of its capacity": teams["used"].map(percent),
            "Most in": teams["tightest"],
            "Then": teams["peak"].map(percent),
        }
        yield html.table("Teams", columns)
    promised = desk.plan.forecasts()
    ends = promised[(promised["segment"] == "") & (promised["date"] == promised["date"].iloc[-1])]
    last = {row["metric"]: row for row in ends.to_dict("records")}
    for owner in found.table.to_dict("records"):
        yield html.inside("div", [html.element("h3", owner["owner"]), html.terms(_asked(desk, owner, last))], "box")


def _asked(desk: Desk, owner: dict[Any, Any], last: dict[str, dict[Any, Any]]) -> dict[str, str]:
    """What an owner is asked for, why, on what evidence, and what is promised for it."""
    wins, when = (
        desk.wins,
        {name: dict.fromkeys(own) for name, *own in desk.plan.table[["initiative", "start", "end"]].to_numpy()},
    )
    listed = wins.initiatives[wins.initiatives["name"].isin(owner["initiatives"])]
    asked = []
    for row in listed.to_dict("records"):
        cost = "" if pd.isna(row["cost_likely"]) else f", cost {count(row['cost_low'])} to {count(row['cost_high'])}"
        teams = listing(f"{team} ({need:g})" for team, need in row["teams"].items())
        effort = f"{row['effort_low']:g} to {row['effort_high']:g} {wins.effort_unit} of work"
        using = f", with {teams}" if teams else ""
        asked.append(f"{row['name']}: {' to '.join(when[row['name']])}, {effort}{cost}{using}.")
    names = list(dict.fromkeys(name for own in listed["touchpoints"] for name in own))
    agree = listing(dict.fromkeys(who for own in listed["consulted"] for who in own), 30)
    digits, end = wins.digits, desk.plan.periods_table["period"].iloc[-1]
    gains = [
        f"{name} {span(row['forecast'] - row['now'], row['low'] - row['now'], row['high'] - row['now'], signed)}"
        for name, row in last.items()
        if name in names
    ]
    whole = f" With the whole plan mean ratings change by {end}: {listing(gains, 30)}." if gains else ""
    promise = span(owner["benefit"], owner["benefit_low"], owner["benefit_high"], partial(signed, digits=digits))
    part = {
        "What is asked": f"{plural(owner['n'], 'initiative')}. {' '.join(asked)}",
        "Who answers": owner["accountable"] or "Nobody is named yet: name one.",
        "To be consulted": agree,
        "Why": " ".join(_why(desk, name) for name in names),
        "Evidence": " ".join(_evidence(desk, name) for name in names),
        "Forecast": f"{promise} {wins.unit} from these alone.{whole} An association, not yet an effect.",
    }
    return {term: text for term, text in part.items() if text}


def _why(desk: Desk, name: str) -> str:
    """Where a touchpoint stands, against its standard, and how much it matters."""
    now, driver = _row(desk.now.table, name), _row(desk.drivers.table, name)
    standard = f", standard {now['standard']:g}" if now["metric"] == "mean" else ""
    mean, rank = span(now["mean"], now["low"], now["high"]), _ordinal(int(driver["rank"]))
    return f"{name} is rated {mean}{standard}; it matters {rank} of {len(desk.drivers.touchpoints)}."


def _evidence(desk: Desk, name: str) -> str:
    """How many answers say so, and how surely."""
    row = _row(desk.drivers.table, name)
    effect = span(row["coef"], row["coef_low"], row["coef_high"], partial(signed, digits=desk.drivers.digits))
    clear = "told from zero" if row["q_value"] < 0.05 else "not told from zero"
    return f"{name}: n = {count(row['n'])}; one rating point more goes with {effect} {desk.drivers.unit}, {clear}."


def _row(table: pd.DataFrame, touchpoint: str) -> dict[Any, Any]:
    """The row of a touchpoint."""
    return table[table["touchpoint"] == touchpoint].to_dict("records")[0]


def _ordinal(k: int) -> str:
    ending = "th" if 10 < k % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(k % 10, "th")
    return f"{k}{ending}"
