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
    return View("improve/buy-in", table, in_one(_sentence(plan, table, parts)), note, plan, parts)


def _chosen(plan: Roadmap) -> pd.DataFrame:
    """The initiatives chosen, with their place in the list and their start and end as numbers."""
    names = plan.periods_table["period"].tolist()
    when = plan.table.loc[plan.table["selected"], ["initiative", "start", "end"]]
    listed = plan.wins.initiatives.assign(place=np.arange(len(plan.wins.initiatives)))
    chosen: pd.DataFrame = when.merge(listed, left_on="initiative", right_on="name").drop(columns="name")
    for end in ("start", "end"):
        chosen[end] = chosen[end].map(names.index)
    chosen["owner"] = chosen["owner"].replace("", NOBODY)
    chosen["function"] = chosen["function"].replace("", "no function named")
    return chosen.rename(columns={"effort_likely": "effort", "cost_likely": "cost"})


def _load(plan: Roadmap, chosen: pd.DataFrame) -> pd.DataFrame:
    """What each owner has in hand in each period."""
    rows = []
    for owner, own in chosen.groupby("owner", sort=False):
        for k, period in enumerate(plan.periods_table["period"]):
            runs = own[(own["start"] <= k) & (k <= own["end"])]
            effort, cost = ((runs[what] / runs["duration"]).sum() for what in ("effort", "cost"))
            rows.append((owner, period, len(runs), effort, cost))
    return pd.DataFrame(rows, columns=["owner", "period", "n", "effort", "cost"])


def _owners(plan: Roadmap, chosen: pd.DataFrame, load: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for owner, own in chosen.groupby("owner", sort=False):
        draws = plan.wins.benefit_of(own["place"])
        busiest = load[load["owner"] == owner].set_index("period")["effort"].idxmax()
        rows.append(
            {
                "owner": owner,
                "accountable": ", ".join(filter(None, dict.fromkeys(own["accountable"]))),
                "initiatives": tuple(own["initiative"]),
                "n": len(own),
                "effort": own["effort"].sum(),
                "cost": own["cost"].sum(min_count=1),
                "busiest": busiest,
                "benefit": np.median(draws),
                **dict(zip(("benefit_low", "benefit_high"), percentile_interval(draws, plan.wins.drivers.level))),
            }
        )
    return pd.DataFrame(rows).sort_values("effort", ascending=False, kind="stable", ignore_index=True)


def _people(chosen: pd.DataFrame) -> pd.DataFrame:
    """Everyone who is named, with the number of initiatives in each role; who answers for most first."""
    named = [(who, role) for role in ROLES for entry in chosen[role] for who in _names(entry)]
    found = pd.DataFrame(named, columns=["who", "role"])
    table = pd.crosstab(found["who"], found["role"]).reindex(columns=list(ROLES), fill_value=0)
    table = table.sort_values(list(ROLES), ascending=False, kind="stable")
    return table.rename_axis(columns=None).reset_index()


def _names(entry: str | Iterable[str]) -> list[str]:
    return [entry] if isinstance(entry, str) and entry else list(entry)


def _sums(chosen: pd.DataFrame, column: str) -> pd.DataFrame:
    sums: pd.DataFrame = chosen.groupby(column)[["effort", "cost"]].sum(min_count=1)
    sums.insert(0, "n", chosen.groupby(column).size())
    return sums.sort_values("effort", ascending=False, kind="stable").reset_index()


def _teams(plan: Roadmap, chosen: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for team, own in plan.teams_table.groupby("team", sort=False):
        load, capacity = own["load"].to_numpy(float), own["capacity"].to_numpy(float)
        limited = np.isfinite(capacity) & (capacity > 0)
        used = np.divide(load, capacity, out=np.full(len(own), np.nan), where=limited)
        at = int(np.nanargmax(used)) if limited.any() else int(load.argmax())
        share = load.sum() / capacity.sum() if limited.all() else np.nan
        n = sum(team in needs for needs in chosen["teams"])
        rows.append((team, n, load.sum(), share, own["period"].iloc[at], used[at]))
    return pd.DataFrame(rows, columns=["team", "n", "load", "used", "tightest", "peak"])


def _sentence(plan: Roadmap, table: pd.DataFrame, parts: dict[str, pd.DataFrame]) -> str:
    first, unit, people = table.iloc[0], plan.wins.effort_unit, parts["people"]
    cost = "" if pd.isna(first["cost"]) else f" at a cost of {count(first['cost'])}"
    asked = (
        f"{plural(len(table), 'owner')} {'is' if len(table) == 1 else 'are'} asked for "
        f"{plural(int(table['n'].sum()), 'initiative')}; most of {first['owner']}: "
        f"{number(first['effort'], 0)} {unit} of work{cost}."
    )
    teams = parts["teams"].dropna(subset="peak")
    tight = teams[np.isclose(teams["peak"], teams["peak"].max())] if len(teams) else teams
    if len(tight):
        is_are = "is the tightest team" if len(tight) == 1 else "are the tightest teams"
        when = f" in {tight['tightest'].iloc[0]}" if len(tight) == 1 else " at times"
        share = percent(tight["peak"].iloc[0])
        asked += (
            f" {listing(tight['team'])} {is_are}: {share} of {'its' if len(tight) == 1 else 'their'} capacity{when}."
        )
    doing = people[["accountable", "responsible"]].any(axis=1)
    heard = int((people["consulted"].gt(0) & ~doing).sum())
    return f"{asked} {plural(heard, 'other')} to be consulted." if heard else asked
