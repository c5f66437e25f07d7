"""Who has to agree to a road map, and what each is asked for.

Counting what the plan and its list of initiatives say; what comes when is the business of
:mod:`cxlens.stages.improve.timetable`, pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import count, number, percent, plural
from cxlens.errors import ValuesError, listing
from cxlens.stages.improve.plan_costs import expected_costs
from cxlens.stages.improve.timetable import Timetable, timetable_again
from cxlens.stats.bootstrap import percentile_interval
from cxlens.study.ranges import in_money

ROLES = ("accountable", "responsible", "consulted", "informed")
NOBODY = "no owner named"
NOTE = (
    "Effort is the likely one, cost the mean of low, likely and high; both are spread evenly over each duration. "
    "Who is named may be a person or a group."
)


def buy_in(plan: Timetable) -> View:
    """Load of owners, functions and teams: see :meth:`cxlens.stages.improve.roadmap.Roadmap.buy_in`."""
    if plan.chosen.empty:
        raise ValuesError("the plan chooses no initiative, so there is nobody to ask. Loosen its limits.")
    chosen = _chosen(plan)
    load = _load(plan, chosen)
    table = _owners(plan, chosen, load)
    people = _people(chosen)
    teams = _teams(plan, chosen)
    return View(
        chart="improve/buy-in",
        table=table,
        finding=_finding(plan, table, people, teams),
        note=f"{NOTE} Intervals of benefit: {percent(plan.candidates.fit.level)}.",
        record=plan,
        parts={"load": load, "people": people, "functions": _sums(chosen, "function"), "teams": teams},
        again=lambda survey: buy_in(timetable_again(plan, survey)),
    )


def _chosen(plan: Timetable) -> pd.DataFrame:
    """The initiatives chosen, with their place in the list and their start and end as numbers.

    Waves of one initiative are rows of their own, with the same ``whole``.
    """
    names = plan.periods_table["period"].tolist()
    when = plan.chosen[["initiative", "start", "end"]]
    initiatives = plan.candidates.priced
    listed = initiatives.assign(place=np.arange(len(initiatives)), whole=plan.rolled_out.whole)
    listed = listed.rename(columns={"name": "initiative"})
    chosen: pd.DataFrame = when.merge(listed, on="initiative")
    for end in ("start", "end"):
        chosen[end] = chosen[end].map(names.index)
    chosen["owner"] = chosen["owner"].replace("", NOBODY)
    chosen["function"] = chosen["function"].replace("", "no function named")
    chosen["cost"] = expected_costs(chosen)
    return chosen.rename(columns={"effort_likely": "effort"})


def _load(plan: Timetable, chosen: pd.DataFrame) -> pd.DataFrame:
    """What each owner has in hand in each period."""
    rows = []
    for owner, initiatives in chosen.groupby("owner", sort=False):
        for k, period in enumerate(plan.periods_table["period"]):
            started = initiatives["start"] <= k
            not_ended = k <= initiatives["end"]
            running = initiatives[started & not_ended]
            effort = (running["effort"] / running["duration"]).sum()
            cost = (running["cost"] / running["duration"]).sum()
            rows.append((owner, period, running["whole"].nunique(), effort, cost))
    return pd.DataFrame(rows, columns=["owner", "period", "n", "effort", "cost"])


def _owners(plan: Timetable, chosen: pd.DataFrame, load: pd.DataFrame) -> pd.DataFrame:
    """A row an owner, the one with most work first."""
    rows = []
    for owner, initiatives in chosen.groupby("owner", sort=False):
        accountable = initiatives["accountable"].drop_duplicates()
        of_owner = load[load["owner"] == owner]
        effort = of_owner.set_index("period")["effort"]
        benefit = plan.candidates.benefit_of(initiatives["place"])
        low, high = percentile_interval(benefit, plan.candidates.fit.level)
        rows.append(
            {
                "owner": owner,
                "accountable": ", ".join(filter(None, accountable)),
                "initiatives": tuple(initiatives["initiative"]),
                "n": initiatives["whole"].nunique(),
                "effort": initiatives["effort"].sum(),
                "cost": initiatives["cost"].sum(min_count=1),
                "busiest": effort.idxmax(),
                "benefit": np.median(benefit),
                "benefit_low": low,
                "benefit_high": high,
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("effort", ascending=False, kind="stable", ignore_index=True)


def _people(chosen: pd.DataFrame) -> pd.DataFrame:
    """Everyone who is named, with the number of initiatives in each role; who answers for most first."""
    named = []
    for role in ROLES:
        for entry in chosen.drop_duplicates("whole")[role]:
            named += [(who, role) for who in _names(entry)]
    people = pd.DataFrame(named, columns=["who", "role"])
    table = pd.crosstab(people["who"], people["role"])
    table = table.reindex(columns=list(ROLES), fill_value=0)
    table = table.sort_values(list(ROLES), ascending=False, kind="stable")
    return table.rename_axis(columns=None).reset_index()


def _names(entry: str | Iterable[str]) -> list[str]:
    """One name, or several; none of an empty text."""
    if isinstance(entry, str) and entry:
        return [entry]
    return list(entry)


def _sums(chosen: pd.DataFrame, column: str) -> pd.DataFrame:
    """How many initiatives each value of a column has, and their effort and cost."""
    groups = chosen.groupby(column)
    sums: pd.DataFrame = groups[["effort", "cost"]].sum(min_count=1)
    sums.insert(0, "n", groups["whole"].nunique())
    return sums.sort_values("effort", ascending=False, kind="stable").reset_index()


def _teams(plan: Timetable, chosen: pd.DataFrame) -> pd.DataFrame:
    """A row a team: its load, and the period in which it is tightest, or busiest where it is not limited."""
    rows = []
    initiatives = chosen.drop_duplicates("whole")
    for team, periods in plan.teams_table.groupby("team", sort=False):
        load = periods["load"].to_numpy(float)
        capacity = periods["capacity"].to_numpy(float)
        limited = np.isfinite(capacity) & (capacity > 0)
        used = np.full(len(periods), np.nan)
        used[limited] = load[limited] / capacity[limited]
        tightest = int(np.nanargmax(used)) if limited.any() else int(load.argmax())
        rows.append(
            {
                "team": team,
                "n": sum(team in needs for needs in initiatives["teams"]),
                "load": load.sum(),
                "used": load.sum() / capacity.sum() if limited.all() else np.nan,
                "tightest": periods["period"].iloc[tightest],
                "peak": used[tightest],
            }
        )
    return pd.DataFrame(rows, columns=["team", "n", "load", "used", "tightest", "peak"])


def _finding(plan: Timetable, table: pd.DataFrame, people: pd.DataFrame, teams: pd.DataFrame) -> Finding:
    """How much is asked of how many, who is asked for most, which teams are tightest, how many are to be consulted."""
    owners = plural(len(table), "owner")
    verb = "is" if len(table) == 1 else "are"
    total = int(table["n"].sum())
    more = [_most(plan, table.iloc[0]), _tightest(teams), _consulted(people)]
    return Finding(
        lead=f"{owners} {verb} asked for",
        figure=count(total),
        unit="initiative" if total == 1 else "initiatives",
        more=[sentence for sentence in more if sentence],
    )


def _most(plan: Timetable, first: pd.Series[Any]) -> str:
    """What is asked of the owner with most work."""
    effort = f"{number(first['effort'], 0)} {plan.candidates.effort_unit}"
    cost = "" if pd.isna(first["cost"]) else f" at a cost of {in_money(first['cost'], plan.candidates.currency)}"
    return f"Most is asked of {first['owner']}: {effort} of work{cost}"


def _tightest(teams: pd.DataFrame) -> str:
    """The teams that have least room; "" where no capacity is limited."""
    limited = teams.dropna(subset="peak")
    if limited.empty:
        return ""
    peak = limited["peak"]
    tightest = limited[np.isclose(peak, peak.max())]
    first = tightest.iloc[0]
    share = percent(first["peak"])
    if len(tightest) == 1:
        return f"{first['team']} is the tightest team: {share} of its capacity in {first['tightest']}"
    return f"{listing(tightest['team'])} are the tightest teams: {share} of their capacity in their fullest period"


def _consulted(people: pd.DataFrame) -> str:
    """How many are consulted who do none of the work; "" where nobody is."""
    doing = people[["accountable", "responsible"]].any(axis=1)
    consulted = people["consulted"].gt(0) & ~doing
    others = int(consulted.sum())
    return f"{plural(others, 'other')} to be asked first" if others else ""
