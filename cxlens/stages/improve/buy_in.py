"""Who has to agree to a road map, and what each is asked for.

Counting what the plan and its list of initiatives say; what comes when is the business of
:mod:`cxlens.stages.improve.roadmap`, pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, number, percent, plural
from cxlens.errors import ValuesError, listing
from cxlens.stages.improve.roadmap import Roadmap
from cxlens.stats.bootstrap import percentile_interval

ROLES = ("accountable", "responsible", "consulted", "informed")
NOBODY = "no owner named"


def buy_in(plan: Roadmap) -> View:
    """Load of owners, functions and teams, and the part of everyone who is named.

    Parameters
    ----------
    plan
        From :func:`cxlens.roadmap`.

    Returns
    -------
    View
        Of kind "buy-in". Columns of the table, one row an owner, the one with most work first: ``owner``;
        ``accountable`` (who answers for its initiatives); ``initiatives`` (names), ``n`` of them; ``effort`` (likely,
        in the unit of the list) and ``cost`` (likely); ``busiest`` (the period with most of its effort); ``benefit`` of
        its initiatives together, with ``benefit_low`` and ``benefit_high``. Parts: ``load`` (``owner``, ``period``,
        ``n`` initiatives running, ``effort``, ``cost``, both spread evenly over the duration); ``people`` (``who`` and
        how many initiatives each is ``accountable``, ``responsible``, ``consulted`` and ``informed`` for);
        ``functions`` (``function``, ``n``, ``effort``, ``cost``); ``teams`` (``team``, ``n``, ``load`` over all
        periods, ``used`` of its capacity, ``tightest`` period and ``peak``, the share used in it).

    Raises
    ------
    ValuesError
        When the plan chooses no initiative.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> wins = cx.quick_wins(cx.drivers(study.survey(), n_boot=100), study.initiatives(), touchpoint_map=study.map())
    >>> plan = cx.roadmap(wins, periods=4, budget=250_000, resolves=0)
    >>> sorted(plan.buy_in().parts)
    ['functions', 'load', 'people', 'teams']
    """
    if not plan.table["selected"].any():
        raise ValuesError("the plan chooses no initiative, so there is nobody to ask. Loosen its limits.")
    chosen = _chosen(plan)
    load = _load(plan, chosen)
    table = _owners(plan, chosen, load)
    parts = {
        "load": load,
        "people": _people(chosen),
        "functions": _sums(chosen, "function"),
        "teams": _teams(plan, chosen),
    }
    note = "Effort and cost as listed, spread evenly over each duration. Whoever is named may be a person or a group."
    return View(
        chart="improve/buy-in",
        table=table,
        finding=in_one(_sentence(plan, table, parts)),
        note=note,
        record=plan,
        parts=parts,
    )


def _chosen(plan: Roadmap) -> pd.DataFrame:
    """The initiatives chosen, with their place in the list and their start and end as numbers."""
    names = plan.periods_table["period"].tolist()
    selected = plan.table[plan.table["selected"]]
    when = selected[["initiative", "start", "end"]]
    initiatives = plan.wins.initiatives
    listed = initiatives.assign(place=np.arange(len(initiatives)))
    listed = listed.rename(columns={"name": "initiative"})
    chosen: pd.DataFrame = when.merge(listed, on="initiative")
    for end in ("start", "end"):
        chosen[end] = chosen[end].map(names.index)
    chosen["owner"] = chosen["owner"].replace("", NOBODY)
    chosen["function"] = chosen["function"].replace("", "no function named")
    return chosen.rename(columns={"effort_likely": "effort", "cost_likely": "cost"})


def _load(plan: Roadmap, chosen: pd.DataFrame) -> pd.DataFrame:
    """What each owner has in hand in each period."""
    rows = []
    for owner, initiatives in chosen.groupby("owner", sort=False):
        for k, period in enumerate(plan.periods_table["period"]):
            started = initiatives["start"] <= k
            not_ended = k <= initiatives["end"]
            running = initiatives[started & not_ended]
            effort = (running["effort"] / running["duration"]).sum()
            cost = (running["cost"] / running["duration"]).sum()
            rows.append((owner, period, len(running), effort, cost))
    return pd.DataFrame(rows, columns=["owner", "period", "n", "effort", "cost"])


def _owners(plan: Roadmap, chosen: pd.DataFrame, load: pd.DataFrame) -> pd.DataFrame:
    """A row an owner, the one with most work first."""
    rows = []
    for owner, initiatives in chosen.groupby("owner", sort=False):
        accountable = initiatives["accountable"].drop_duplicates()
        of_owner = load[load["owner"] == owner]
        effort = of_owner.set_index("period")["effort"]
        benefit = plan.wins.benefit_of(initiatives["place"])
        low, high = percentile_interval(benefit, plan.wins.drivers.level)
        rows.append(
            {
                "owner": owner,
                "accountable": ", ".join(filter(None, accountable)),
                "initiatives": tuple(initiatives["initiative"]),
                "n": len(initiatives),
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
        for entry in chosen[role]:
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
    sums.insert(0, "n", groups.size())
    return sums.sort_values("effort", ascending=False, kind="stable").reset_index()


def _teams(plan: Roadmap, chosen: pd.DataFrame) -> pd.DataFrame:
    """A row a team: its load, and the period in which it is tightest, or busiest where it is not limited."""
    rows = []
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
                "n": sum(team in needs for needs in chosen["teams"]),
                "load": load.sum(),
                "used": load.sum() / capacity.sum() if limited.all() else np.nan,
                "tightest": periods["period"].iloc[tightest],
                "peak": used[tightest],
            }
        )
    return pd.DataFrame(rows, columns=["team", "n", "load", "used", "tightest", "peak"])


def _sentence(plan: Roadmap, table: pd.DataFrame, parts: dict[str, pd.DataFrame]) -> str:
    """Who is asked for most, which teams are tightest, and how many are to be consulted."""
    first = table.iloc[0]
    owners = plural(len(table), "owner")
    verb = "is" if len(table) == 1 else "are"
    initiatives = plural(int(table["n"].sum()), "initiative")
    effort = f"{number(first['effort'], 0)} {plan.wins.effort_unit}"
    cost = ""
    if not pd.isna(first["cost"]):
        cost = f" at a cost of {count(first['cost'])}"
    asked = f"{owners} {verb} asked for {initiatives}; most of {first['owner']}: {effort} of work{cost}."
    return f"{asked}{_tightest(parts['teams'])}{_consulted(parts['people'])}"


def _tightest(teams: pd.DataFrame) -> str:
    """The teams that have least room, as a sentence; "" where no capacity is limited."""
    limited = teams.dropna(subset="peak")
    if limited.empty:
        return ""
    peak = limited["peak"]
    tightest = limited[np.isclose(peak, peak.max())]
    first = tightest.iloc[0]
    share = percent(first["peak"])
    if len(tightest) == 1:
        return f" {first['team']} is the tightest team: {share} of its capacity in {first['tightest']}."
    return f" {listing(tightest['team'])} are the tightest teams: {share} of their capacity at times."


def _consulted(people: pd.DataFrame) -> str:
    """How many are consulted who do none of the work, as a sentence; "" where nobody is."""
    doing = people[["accountable", "responsible"]].any(axis=1)
    consulted = people["consulted"].gt(0) & ~doing
    others = int(consulted.sum())
    if not others:
        return ""
    return f" {plural(others, 'other')} to be consulted."
