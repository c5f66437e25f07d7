"""The record of a road map: what is chosen, when it runs, what it costs, and how loaded the teams are.

What an initiative brings is drawn by :mod:`cxlens.stages.improve.candidates`, the best plan found by
:mod:`cxlens.stats.schedule`, what keeps one out put into words by :mod:`cxlens.stages.improve.why_out`. What is said
of the plan belongs to :mod:`cxlens.stages.improve.roadmap`.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import count, number
from cxlens.errors import ValuesError, check_known, listing
from cxlens.stages.improve.at_places import Site
from cxlens.stages.improve.candidates import Candidates, candidates_again
from cxlens.stages.improve.plan_costs import chances_of, expected_costs, over_budget, spending
from cxlens.stages.improve.response import Response, effect, in_draws
from cxlens.stages.improve.roll_out import RollOut, in_parts, in_waves, places_in_words, places_table
from cxlens.stages.improve.why_out import clash, left_out
from cxlens.stages.improve.worth_doing import Gain, gain_of, only_forced, only_worth
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.chance import Chances, p_soon, schedule_surely
from cxlens.stats.schedule import Problem, Schedule, Shared, clashes, concave, loads, schedule
from cxlens.stats.triangle import triangles
from cxlens.study.initiatives import ENDS
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
KNOTS = 9  # total lifts at which a shared gain is looked up; between them it is a straight line
CLOSE = 0.01  # how near to the best a plan has to be that only tells whether an initiative is in it
SOONER = 5  # times less time such a plan gets


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """What is done and when: what :func:`cxlens.roadmap` makes of quick wins.

    Attributes
    ----------
    table, periods_table, teams_table
        See :class:`cxlens.stages.improve.roadmap.Roadmap`.
    wins
        The initiatives as they were asked about.
    places_table
        A row an initiative and place, of those that are done place by place: see
        :class:`cxlens.stages.improve.roadmap.Roadmap`.
    rolled_out
        What was chosen from: ``candidates``, a row an initiative, or a wave of one that goes from place to place.
    objective, gap
        What the plan is worth, decay counted; no plan is worth more by over this share of the best.
    resolves
        How many times plans were made of drawn benefits and costs.
    p_within_budget
        How surely the budget of every period is kept; NaN without one.
    p_short_term
        How surely the short-term share is there; NaN where none is asked for.
    least
        The smallest benefit that is worth having.
    unclear
        What the best plan would add that was not clearly worth doing; None where it was, and is chosen.
    options
        What was asked.
    """

    table: pd.DataFrame
    periods_table: pd.DataFrame
    teams_table: pd.DataFrame
    wins: Candidates
    rolled_out: RollOut
    places_table: pd.DataFrame
    objective: float
    gap: float
    resolves: int
    p_within_budget: float
    p_short_term: float
    least: float
    unclear: Gain | None
    options: Mapping[str, Any]

    @property
    def candidates(self) -> Candidates:
        """What was chosen from, a row an initiative or a wave of one."""
        return self.rolled_out.rows

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.wins.survey

    @property
    def initiatives_chosen(self) -> list[str]:
        """The initiatives of which something is chosen, each once."""
        places = self.places
        names = self.wins.initiatives["name"]
        chosen = {self.rolled_out.whole[places[name]] for name in self.chosen["initiative"]}
        return [name for i, name in enumerate(names) if i in chosen]

    @property
    def is_worth_having(self) -> pd.Series[bool]:
        """Of each row of the table, whether it adds as much as is worth having: a wave its share of that."""
        shares = self.rolled_out.share[self.table["initiative"].map(self.places)]
        return self.table["benefit"] >= self.least * shares

    @property
    def chosen(self) -> pd.DataFrame:
        """The rows of the table that are chosen."""
        return self.table[self.table["selected"]]

    @property
    def places(self) -> dict[str, int]:
        """The place of each initiative in the list."""
        return {name: place for place, name in enumerate(self.candidates.initiatives["name"])}


def timetable(
    wins: Candidates,
    *,
    periods: int | Sequence[str],
    budget: float | Sequence[float] | None,
    capacity: Mapping[str, float | Sequence[float]] | None,
    short_term: tuple[float, int] | None,
    decay: float,
    certainty: float | None,
    resolves: int,
    time_limit: float,
) -> Timetable:
    """Choose initiatives and their starts: see :func:`cxlens.roadmap`."""
    options = {
        "periods": periods,
        "budget": budget,
        "capacity": capacity,
        "short_term": short_term,
        "decay": decay,
        "certainty": certainty,
        "resolves": resolves,
        "time_limit": time_limit,
    }
    limits = _limits(periods, budget, capacity, short_term, decay, certainty)
    _check_teams(limits, _teams(wins))
    _check_costs(wins, budget)
    _check_effort(resolves, time_limit)
    return _planned(wins, limits, options)


def _planned(wins: Candidates, limits: RoadmapPlan, options: Mapping[str, Any]) -> Timetable:
    """The best plan within the limits, and what is to be known about it."""
    teams = _teams(wins)
    parts = in_parts(wins)
    problem = _problem(parts, limits, teams)
    floor = max(wins.floor, 0.0)
    least = floor * parts.share
    names = wins.initiatives["name"].iloc[parts.whole].tolist()
    choice = _choice(
        parts,
        names,
        limits,
        problem,
        least,
        teams,
        options["time_limit"],
    )
    chosen = _resolved(parts.rows, problem, least, options["resolves"], options["time_limit"])
    waves, members = in_waves(wins, parts, choice.best.starts)
    problem_of_waves = _problem(waves, limits, teams)
    reasons = left_out(
        problem,
        choice.sought.starts,
        names,
        teams,
        choice.chances,
        [places_in_words(parts, row) for row in range(len(names))],
    )
    plan = _Plan(
        waves,
        problem_of_waves,
        choice.best._replace(starts=_of_waves(choice.best.starts, members)),
        np.stack([chosen[:, rows].mean(axis=1) for rows in members], axis=1),
        _why(
            reasons,
            parts,
            _Forecasts(problem.values, least),
            _Forecasts(problem_of_waves.values, floor * waves.share),
            choice,
            members,
        ),
    )
    return _told(wins, limits, plan, floor, choice.unclear, options)


class _Plan(NamedTuple):
    """Rows as they are told, their limits, when each starts, how often it is chosen again, why it is left out."""

    rolled_out: RollOut
    problem: Problem
    best: Schedule
    chosen: Floats
    why: list[str]


def _of_waves(starts: Ints, members: Sequence[Ints]) -> Ints:
    """(m,) when each wave starts, which is when its parts do."""
    return np.array([starts[rows[0]] for rows in members], np.intp)


def _told(
    wins: Candidates,
    limits: RoadmapPlan,
    plan: _Plan,
    floor: float,
    unclear: Gain | None,
    options: Mapping[str, Any],
) -> Timetable:
    """The record of a plan."""
    rows = plan.rolled_out.rows
    problem = plan.problem
    best = plan.best
    teams = _teams(wins)
    chances = chances_of(rows, limits.certainty or 0.0)
    costs, p_within_budget = spending(problem, chances, best.starts, wins.fit.level)
    table = _table(rows, limits, best, plan.chosen, plan.why)
    places = table["initiative"].map({name: i for i, name in enumerate(rows.initiatives["name"])})
    table["over_budget"] = over_budget(problem)[places]
    table["listed_as"] = wins.initiatives["name"].to_numpy()[plan.rolled_out.whole[places]]
    return Timetable(
        table=table,
        periods_table=_periods_table(rows, limits, problem, best, costs),
        teams_table=_teams_table(limits, problem, best, teams),
        wins=wins,
        rolled_out=plan.rolled_out,
        places_table=places_table(wins, plan.rolled_out, table),
        objective=best.objective,
        gap=best.gap,
        resolves=len(plan.chosen),
        p_within_budget=p_within_budget,
        p_short_term=p_soon(problem, best.starts, chances.gains),
        least=floor,
        unclear=unclear,
        options=options,
    )


def timetable_again(record: Timetable, survey: Survey) -> Timetable:
    """The same limits for the same initiatives, by other answers."""
    return timetable(candidates_again(record.wins, survey), **record.options)


class _Choice(NamedTuple):
    """The plan; the best one if that was not clearly worth doing, and what that would have added."""

    best: Schedule
    sought: Schedule
    unclear: Gain | None
    chances: Chances | None


def _choice(
    parts: RollOut,
    names: Sequence[str],
    limits: RoadmapPlan,
    problem: Problem,
    least: Floats,
    teams: Sequence[str],
    time_limit: float,
) -> _Choice:
    """The best plan of what is worth having; nothing but must-dos where it is not clear that it adds anything.

    ``names`` are those of the initiatives that the rows are parts of.
    """
    wins = parts.rows
    chances = None if limits.certainty is None else chances_of(wins, limits.certainty)
    sought = _best(only_worth(problem, least), chances, time_limit)
    if sought is None:
        raise ValuesError(
            _contradiction(
                parts,
                problem,
                chances,
                names,
                teams,
            )
        )
    gain = gain_of(wins, problem, sought.starts)
    is_optional = (sought.starts >= 0) & ~problem.must
    if gain.low > 0 or not is_optional.any():
        return _Choice(sought, sought, None, chances)
    forced = _best(only_forced(problem), chances, time_limit)
    if forced is None:  # no time to find what is there
        return _Choice(sought, sought, None, chances)
    return _Choice(forced, sought, gain, chances)


def _best(problem: Problem, chances: Chances | None, time_limit: float) -> Schedule | None:
    """The best schedule, kept as surely as asked; None where there is none."""
    if chances is None:
        return schedule(problem, time_limit=time_limit)
    return schedule_surely(problem, chances, time_limit=time_limit)


def _contradiction(
    parts: RollOut,
    problem: Problem,
    chances: Chances | None,
    names: Sequence[str],
    teams: Sequence[str],
) -> str:
    """Which limits contradict each other, in words."""
    clashing = clashes(problem)
    unpaid = [k for kind, k in clashing if kind == "must"]
    if sorted(kind for kind, _ in clashing) == ["budget", "must"]:
        return _unpaid(parts, problem, names, unpaid[0])
    if chances is None or clashing:
        return (
            f"no road map keeps all of these at once: {clash(problem, clashing, names, teams)}. "
            "Give up or loosen one of them."
        )
    return (
        f"some road map keeps all limits, but none does so with a probability of {chances.certainty:g}. "
        "Lower certainty=, or loosen the budget or the short term."
    )


def _unpaid(parts: RollOut, problem: Problem, names: Sequence[str], must: int) -> str:
    """That the budget cannot pay for a must-do; of one in parts for the one that costs most."""
    rows = parts.members(parts.whole[must])
    dearest = int(rows[problem.costs[rows].argmax()])
    cost = f"{count(problem.costs[dearest])}{places_in_words(parts, dearest)}"
    return (
        f'a budget of {count(problem.budget.max())} a period cannot pay for "{names[must]}" ({cost}), a must-do. Raise '
        "budget=, or mark it as no must-do."
    )


class _Forecasts(NamedTuple):
    """The forecast of each row, and the least of it that is worth having."""

    values: Floats
    least: Floats

    def is_low(self, row: int) -> bool:
        """Whether something is forecast, and too little."""
        return bool(0 < self.values[row] < self.least[row])

    def in_words(self, row: int, digits: int) -> tuple[str, str]:
        """Both figures of a row."""
        return number(self.values[row], digits), number(self.least[row], digits)


def _why(
    reasons: Sequence[str],
    parts: RollOut,
    of_parts: _Forecasts,
    of_waves: _Forecasts,
    choice: _Choice,
    members: Sequence[Ints],
) -> list[str]:
    """Why each wave is left out, which is what keeps out its first part; "" of those that are not."""
    digits = parts.rows.digits + 1
    why = []
    for wave, rows in enumerate(members):
        first = int(rows[0])
        reason = reasons[first] or "the best plan, with it, is not clearly worth doing"
        if of_parts.is_low(first) and of_waves.is_low(wave):
            forecast, least = of_waves.in_words(wave, digits)
            reason = f"its forecast of {forecast} is below {least}, the least worth having"
        elif of_parts.is_low(first):
            forecast, least = of_parts.in_words(first, digits)
            there = places_in_words(parts, first)
            reason = f"its forecast of {forecast}{there} is below {least}, the least worth having there"
        why.append(reason if choice.best.starts[first] < 0 else "")
    return why


def _limits(
    periods: Any,
    budget: Any,
    capacity: Any,
    short_term: Any,
    decay: float,
    certainty: float | None,
) -> RoadmapPlan:
    """What the plan has to keep to, checked."""
    share = None
    soon = None
    if short_term is not None:
        if not isinstance(short_term, (tuple, list)) or len(short_term) != 2:
            raise ValuesError(f"short_term is {short_term!r}. Give a share and a number of periods, such as (0.3, 2).")
        share, soon = short_term
    return RoadmapPlan(
        budget=budget,
        periods=periods,
        capacity=capacity,
        short_term_share=share,
        short_term_periods=soon,
        decay=decay,
        certainty=certainty,
    )


def _teams(wins: Candidates) -> tuple[str, ...]:
    """The teams that initiatives need, in order of appearance."""
    teams: dict[str, None] = {}
    for needs in wins.initiatives["teams"]:
        teams.update(dict.fromkeys(needs))
    return tuple(teams)


def _check_teams(limits: RoadmapPlan, teams: Sequence[str]) -> None:
    """Capacities are those of teams that some initiative needs."""
    if limits.capacity and not teams:
        raise ValuesError(
            "capacity names teams, and no initiative says which teams it needs. Add a column teams to the list, such "
            "as 'IT: 2; Service: 1', or leave capacity out."
        )
    check_known("capacity: team", limits.capacity, sorted(teams), "Teams of the initiatives")


def _check_costs(wins: Candidates, budget: Any) -> None:
    """Costs are known where money is a limit."""
    missing = wins.initiatives.loc[wins.priced["cost_likely"].isna(), "name"]
    if budget is not None and len(missing):
        raise ValuesError(
            f"a budget needs the cost of each initiative, and there is none for {listing(missing)}. "
            "Give cost_low, cost_likely and cost_high, or no budget."
        )


def _check_effort(resolves: Any, time_limit: Any) -> None:
    """What computing may take is told in numbers."""
    if type(resolves) is not int or resolves < 0:
        raise ValuesError(f"resolves is {resolves!r}. Give a whole number, or 0 for no p_selected.")
    if not isinstance(time_limit, (int, float)) or not time_limit > 0:
        raise ValuesError(f"time_limit is {time_limit!r}. Give seconds, more than 0, such as 10.")


def _problem(rolled_out: RollOut, limits: RoadmapPlan, teams: Sequence[str]) -> Problem:
    """What is to be chosen from, by the median forecasts and the expected costs."""
    wins = rolled_out.rows
    plan = wins.priced
    periods = len(limits.names)
    draws = np.arange(1, 1 + len(wins.benefits))
    budget = np.full(periods, np.inf)
    if limits.budget is not None:
        budget[:] = limits.budget
    return Problem(
        values=np.median(wins.benefits, axis=0),
        costs=np.nan_to_num(expected_costs(plan)),
        durations=plan["duration"].to_numpy(np.intp),
        budget=budget,
        needs=_needs(plan, teams),
        capacity=_capacity(limits, teams),
        prerequisites=_pairs(plan, "prerequisites"),
        exclusions=_exclusions(plan, wins.sites),
        must=plan["must_do"].to_numpy(bool),
        short_term=_short_term(limits),
        decay=limits.decay,
        shared=_shared(wins, draws),
        follows=rolled_out.follows,
    )


def _needs(plan: pd.DataFrame, teams: Sequence[str]) -> Floats:
    """(m, k) what each initiative takes of each team."""
    needs = np.zeros((len(plan), len(teams)))
    for i, of_initiative in enumerate(plan["teams"]):
        for k, team in enumerate(teams):
            needs[i, k] = of_initiative.get(team, 0.0)
    return needs


def _capacity(limits: RoadmapPlan, teams: Sequence[str]) -> Floats:
    """(k, t) what there is of each team in each period; infinite where it is not limited."""
    capacity = np.full((len(teams), len(limits.names)), np.inf)
    for k, team in enumerate(teams):
        if team in limits.capacity:
            capacity[k] = limits.capacity[team]
    return capacity


def _short_term(limits: RoadmapPlan) -> tuple[float, int] | None:
    if limits.short_term_share is None or limits.short_term_periods is None:
        return None
    return limits.short_term_share, limits.short_term_periods


def _pairs(plan: pd.DataFrame, column: str) -> list[tuple[int, int]]:
    """Each initiative with each that it names in a column, by place in the list."""
    place = {name: i for i, name in enumerate(plan["name"])}
    pairs = []
    for i, names in enumerate(plan[column]):
        for name in names:
            pairs.append((i, place[name]))
    return pairs


def _exclusions(plan: pd.DataFrame, sites: Sequence[Site | None]) -> list[tuple[int, int]]:
    """Pairs of which at most one is chosen, each once: those that are told, and those that cannot both be done."""
    told = {(min(pair), max(pair)) for pair in _pairs(plan, "exclusions")}
    return sorted(told | _impossible(plan, sites))


def _impossible(plan: pd.DataFrame, sites: Sequence[Site | None]) -> set[tuple[int, int]]:
    """Pairs that cannot both be done: one removes what the other works on, or both lift the same to its standard."""
    rows = plan[["touchpoints", "segments", "kind", "to_standard"]].to_dict("records")
    pairs = set()
    for (i, first), (j, second) in combinations(enumerate(rows), 2):
        removed = "remove" in (first["kind"], second["kind"])
        both_to_standard = first["to_standard"] and second["to_standard"]
        if (removed or both_to_standard) and _meet(first, second) and _overlap(sites[i], sites[j]):
            pairs.add((i, j))
    return pairs


def _overlap(first: Site | None, second: Site | None) -> bool:
    """Whether two initiatives are done at the same place, where both are done place by place."""
    if first is None or second is None:
        return True
    return not set(first.names).isdisjoint(second.names)


def _meet(first: Mapping[Hashable, Any], second: Mapping[Hashable, Any]) -> bool:
    """Whether two initiatives work on the same touchpoint for some of the same people."""
    if set(first["touchpoints"]).isdisjoint(second["touchpoints"]):
        return False
    for_everyone = not first["segments"] or not second["segments"]
    return for_everyone or not set(first["segments"]).isdisjoint(second["segments"])


def _shared(wins: Candidates, rows: Ints) -> list[Shared]:
    """What initiatives on the same touchpoint bring together: the median over these rows of the response.

    An initiative that shares any touchpoint adds to the gain of each of its touchpoints.
    """
    members_of = _members(wins)
    sharing = set()
    for members in members_of.values():
        if len(members) > 1:
            sharing.update(members)
    response = in_draws(wins.response, rows)
    worth = wins.worth[rows]
    shared = []
    for name, members in members_of.items():
        if sharing.isdisjoint(members):
            continue
        lifts = np.stack([np.median(wins.shifts[i][name][rows], axis=0) for i in members])
        # Segments that get the same lifts have one gain together.
        kinds, kind_of = np.unique(lifts, axis=1, return_inverse=True)
        for kind, lift in enumerate(kinds.T):
            if lift.any():
                reached = kind_of.ravel() == kind
                totals = _totals(lift)
                gains = [_gain(response, worth, name, total * reached) for total in totals]
                shared.append(Shared(np.array(members), lift, *concave(totals, np.array(gains))))
    return shared


def _members(wins: Candidates) -> dict[str, list[int]]:
    """The initiatives that lift each touchpoint, by place in the list."""
    members: dict[str, list[int]] = {}
    for i, shifts in enumerate(wins.shifts):
        for name in shifts:
            members.setdefault(name, []).append(i)
    return members


def _totals(lifts: Floats) -> Floats:
    """Total lifts at which a gain is looked up: from all that lower to all that raise, nothing among them."""
    lowest = lifts[lifts < 0].sum()
    highest = lifts[lifts > 0].sum()
    return np.union1d(np.linspace(lowest, highest, KNOTS), [0.0])


def _gain(response: Response, worth: Floats, name: str, shift: Floats) -> float:
    """Median benefit if the scores of a touchpoint move by ``shift`` (c,) points."""
    points = shift * np.ones_like(response.outcome)
    moved = np.nan_to_num(effect(response, name, points))
    return float(np.median((moved * worth).sum(axis=1)))


def _resolved(
    wins: Candidates,
    problem: Problem,
    least: Floats,
    resolves: int,
    time_limit: float,
) -> NDArray[np.bool_]:
    """(plans, m) what is chosen when benefits and costs are drawn anew, if any plan fits; a core for each plan.

    A must-do, which is in every plan, counts where it is worth doing.
    """
    rng = np.random.default_rng([wins.options["seed"], len(problem.values)])
    draws = rng.permutation(len(wins.benefits))[:resolves]
    low, likely, high = (wins.priced[f"cost_{end}"].to_numpy(float) for end in ENDS)
    costs = np.nan_to_num(triangles(low, likely, high, len(draws), rng))
    redrawn = []
    for draw, cost in zip(draws, costs, strict=True):
        drawn = problem._replace(
            values=wins.benefits[draw],
            costs=cost,
            shared=_shared(wins, np.array([1 + draw])),
        )
        redrawn.append(drawn)
    seconds = time_limit / SOONER
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # HiGHS computes without the interpreter's lock
        plans = pool.map(lambda drawn: _chosen(drawn, least, seconds), redrawn)
        chosen = [choice for choice in plans if choice is not None]
    return np.array(chosen, bool).reshape(-1, len(problem.values))


def _chosen(problem: Problem, least: Floats, seconds: float) -> NDArray[np.bool_] | None:
    """(m,) what the best plan that is found in time chooses; None where there is none."""
    try:
        best = schedule(only_worth(problem, least), time_limit=seconds, gap=CLOSE)
    except ValuesError:  # no time to find any
        return None
    if best is None:
        return None
    worth_it = (problem.values > 0) & (problem.values >= least)
    return np.asarray((best.starts >= 0) & (worth_it | ~problem.must))


def _table(
    wins: Candidates,
    limits: RoadmapPlan,
    best: Schedule,
    chosen: Floats,
    why: Sequence[str],
) -> pd.DataFrame:
    """A row an initiative, those chosen first, by start and then by benefit."""
    plan = wins.priced
    selected = best.starts >= 0
    ends = best.starts + plan["duration"].to_numpy() - 1
    benefit = np.median(wins.benefits, axis=0)
    low, high = percentile_interval(wins.benefits, wins.fit.level)
    table = pd.DataFrame(
        {
            "initiative": plan["name"],
            "owner": plan["owner"],
            "start": _period_names(limits, best.starts, selected),
            "end": _period_names(limits, ends, selected),
            "duration": plan["duration"],
            "cost": expected_costs(plan),
            "benefit": benefit,
            "benefit_low": low,
            "benefit_high": high,
            "selected": selected,
            "forced": plan["must_do"],
            "p_selected": chosen.mean(axis=0) if len(chosen) else np.nan,
            "why": why,
        }
    )
    if "rank_people" in wins.table:
        ranks = wins.table.set_index("initiative")[["rank", "rank_people"]]
        table = table.join(ranks, on="initiative")
    start = np.where(selected, best.starts, len(limits.names))
    order = np.lexsort([-benefit, start])
    return table.iloc[order].reset_index(drop=True)


def _period_names(limits: RoadmapPlan, periods: Ints, selected: NDArray[np.bool_]) -> list[str]:
    """Periods by name, "" for what is left out."""
    return [limits.names[period] if is_in else "" for period, is_in in zip(periods, selected, strict=True)]


def _periods_table(
    wins: Candidates,
    limits: RoadmapPlan,
    problem: Problem,
    best: Schedule,
    spent: pd.DataFrame,
) -> pd.DataFrame:
    """A row a period: what starts, ends and costs, and what all that has ended by then brings together."""
    names = wins.initiatives["name"].to_numpy()
    selected = best.starts >= 0
    last = best.starts + problem.durations - 1
    costs = loads(problem, best.starts)[0]
    rows = []
    draws = []
    for a, period in enumerate(limits.names):
        rows.append(
            {
                "period": period,
                "starts": tuple(names[best.starts == a]),
                "ends": tuple(names[selected & (last == a)]),
                "cost": costs[a],
                "cost_low": spent["cost_low"].iloc[a],
                "cost_high": spent["cost_high"].iloc[a],
                "budget": problem.budget[a],
                "p_within_budget": spent["p_within_budget"].iloc[a],
            }
        )
        done = np.flatnonzero(selected & (last <= a))
        draws.append(wins.benefit_of(done))
    benefits = np.stack(draws, axis=1)
    low, high = percentile_interval(benefits, wins.fit.level)
    table = pd.DataFrame(rows)
    table["benefit"] = np.median(benefits, axis=0)
    table["benefit_low"] = low
    table["benefit_high"] = high
    return table


def _teams_table(limits: RoadmapPlan, problem: Problem, best: Schedule, teams: Sequence[str]) -> pd.DataFrame:
    """A row a team and period."""
    load = loads(problem, best.starts)[1:]
    return pd.DataFrame(
        {
            "team": np.repeat(np.array(teams, object), len(limits.names)),
            "period": np.tile(np.array(limits.names, object), len(teams)),
            "load": load.ravel(),
            "capacity": problem.capacity.ravel(),
        }
    )
