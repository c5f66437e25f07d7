"""Stage 4: which initiatives to do, and when, under a budget, the teams there are and the order things need.

The verb :func:`roadmap` and its result. What an initiative brings is forecast by
:mod:`cxlens.stages.improve.quick_wins`, the best plan found by :mod:`cxlens.stats.schedule`, what keeps one out put
into words by :mod:`cxlens.stages.improve.why_out`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, interval, percent, plural, signed
from cxlens.errors import ValuesError, check_kind, check_known, listing
from cxlens.stages.improve.forecasts import write_forecasts
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.stages.improve.response import Response, effect
from cxlens.stages.improve.why_out import clash, left_out
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.schedule import Problem, Schedule, Shared, clashes, concave, loads, schedule
from cxlens.stats.triangle import triangles
from cxlens.study.initiatives import ENDS
from cxlens.study.roadmap_plan import RoadmapPlan

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

    from cxlens.common.result import View

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
KNOTS = 9  # total lifts at which a shared gain is looked up; between them it is a straight line
CLOSE = 0.01  # how near to the best a plan has to be that only tells whether an initiative is in it
SOONER = 5  # times less time such a plan gets


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Roadmap:
    """What to do and when: the result of :func:`roadmap`.

    Attributes
    ----------
    table
        One row an initiative, those chosen first, by start: ``initiative``, ``owner``, ``start`` and ``end`` (names of
        periods, "" if left out), ``duration`` (periods), ``cost`` (likely), ``benefit`` alone (median, as in the quick
        wins) with ``benefit_low`` and ``benefit_high``, ``selected``, ``p_selected`` (how often it is chosen when
        benefits and costs are drawn anew), ``why`` it is left out.
    periods_table
        One row a period: ``period``, ``starts`` and ``ends`` (tuples of initiatives), ``cost``, ``budget``, and
        ``benefit`` with ``benefit_low`` and ``benefit_high``: what all that has ended by then brings together.
    teams_table
        One row a team and period: ``team``, ``period``, ``load``, ``capacity`` (infinite where not limited).
    objective, gap
        What the plan is worth, decay counted; no plan is worth more by over this share of the best.
    resolves
        How many times plans were made of drawn benefits and costs.
    options
        What was asked: ``roadmap(wins, **options)`` gives the same again.
    """

    table: pd.DataFrame
    periods_table: pd.DataFrame
    teams_table: pd.DataFrame
    wins: QuickWins
    objective: float
    gap: float
    resolves: int
    options: Mapping[str, Any]

    @property
    def headline(self) -> str:
        """What the first sentence begins with, for the title of a picture."""
        chosen = self.table[self.table["selected"]]
        if chosen.empty:
            return f"None of {plural(len(self.table), 'initiative')} is chosen within these limits"
        last, digits = self.periods_table.iloc[-1], self.wins.digits
        bring = "brings" if len(chosen) == 1 else "bring"
        return (
            f"{len(chosen)} of {plural(len(self.table), 'initiative')} {bring} {signed(last['benefit'], digits)} "
            f"{self.wins.unit} {interval(last['benefit_low'], last['benefit_high'], digits)} by the end of "
            f"{last['period']}"
        )

    def __str__(self) -> str:
        chosen = self.table[self.table["selected"]]
        money = f" for {count(chosen['cost'].sum())}" if chosen["cost"].sum() > 0 else ""
        first = f' First: "{chosen["initiative"].iloc[0]}" in {chosen["start"].iloc[0]}.' if len(chosen) else ""
        return f"{self.headline}{money}.{first} An association, not yet an effect. n = {count(self.wins.drivers.n)}."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.note)

    @property
    def note(self) -> str:
        """How near to the best the plan is, and what the probability is."""
        more = self.gap / (1 - self.gap) if self.gap < 1 else np.inf
        near = "No plan is worth more" if self.gap < 1e-4 else f"No plan is worth over {percent(more, 1)} more"
        often = f"Chosen again: in how many of {plural(self.resolves, 'plan')} made of drawn benefits and costs. "
        return (
            f"{near}, by the median forecasts, initiatives on one touchpoint sharing its headroom. "
            f"{often if self.resolves else ''}Intervals {percent(self.wins.drivers.level)}."
        )

    def often(self, p_selected: float) -> str:
        """A share of so few plans in words that claim no more than they can: ``11 of 12``."""
        return "" if np.isnan(p_selected) else f"{round(p_selected * self.resolves)} of {self.resolves}"

    def buy_in(self) -> View:
        """Who has to agree, and what each is asked for: see :func:`cxlens.stages.improve.buy_in.buy_in`."""
        from cxlens.stages.improve.buy_in import buy_in

        return buy_in(self)

    def forecasts(self, name: str = "road map") -> pd.DataFrame:
        """What the plan of this name promises, by period: see :func:`cxlens.stages.improve.promises.promises`."""
        from cxlens.stages.improve.promises import promises

        return promises(self, name)

    def to_forecasts(self, path: str | Path, *, name: str = "road map") -> None:
        """Write what is promised to a CSV file, whole or not at all; :func:`cxlens.read_forecasts` reads it back."""
        write_forecasts(self.forecasts(name), path)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """What runs when, by owner; below it the cumulated forecast, and the costs against the budget."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """The same with controls for budget, periods, short term, decay and the capacity of teams."""
        return port.widget_of(self)


def roadmap(
    wins: QuickWins,
    *,
    periods: int | Sequence[str],
    budget: float | Sequence[float] | None = None,
    capacity: Mapping[str, float | Sequence[float]] | None = None,
    short_term: tuple[float, int] | None = None,
    decay: float = 1.0,
    resolves: int = 20,
    time_limit: float = 10.0,
) -> Roadmap:
    """Choose initiatives and their starts so that they bring most, within what there is.

    Each adds its median forecast in the period in which it ends; those that work on the same touchpoint share its
    headroom. Prerequisites end before what needs them starts, at most one of two that exclude each other is chosen, and
    must-dos are. All chosen end within the periods. Two that lift the same touchpoint to its standard, or of which one
    removes what the other works on, exclude each other without being told to.

    Parameters
    ----------
    wins
        From :func:`cxlens.quick_wins`: forecasts, costs, durations, teams, prerequisites, exclusions, must-dos.
    periods
        How many, or their names in order, such as ``["2026-Q1", "2026-Q2"]``.
    budget
        Money for each period, in the unit of the costs: a number, or one a period; what is not spent is not carried
        over. The likely cost is spent evenly over the duration. None: money is no limit.
    capacity
        ``{team: capacity a period}``, in the unit of the initiatives' teams: a number, or one a period. Teams that are
        not named are not limited.
    short_term
        (share, periods): of what the chosen bring, each alone and harm left out, at least this share is there after so
        many periods.
    decay
        What a benefit is worth for each period that it comes later, as a share of the period before.
    resolves
        How many times the plan is made again, each with the benefits of one resample and costs drawn between low and
        high, for ``p_selected``; 0 for none. Draws of which no plan keeps the limits do not count.
    time_limit
        Seconds for the plan, and a fifth of that for each time it is made again. Large plans may not be proved best by
        then: ``gap`` tells.

    Returns
    -------
    Roadmap

    Raises
    ------
    ValuesError, OptionError
        When a number is none or out of its range, a team is unknown, costs are missing, or the limits contradict each
        other; the message names those that do.

    Notes
    -----
    A mixed-integer program, see :func:`cxlens.stats.schedule.schedule`; limits hold to a millionth. What initiatives on
    one touchpoint bring together is the median forecast at nine total lifts, and the least concave line above it
    between them. In choosing, lifts to a standard add to others on the same touchpoint; the forecasts shown do not.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> found = cx.drivers(study.survey(), n_boot=100)
    >>> wins = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
    >>> plan = cx.roadmap(wins, periods=["2026-Q1", "2026-Q2", "2026-Q3"], budget=300_000, resolves=0)
    >>> bool((plan.periods_table["cost"] <= 300_000).all())
    True
    """
    check_kind("roadmap", wins, QuickWins, "cx.quick_wins(drivers, initiatives)")
    frame = _frame(wins, periods, budget, capacity, short_term, decay, resolves, time_limit)
    teams = tuple(dict.fromkeys(team for own in wins.initiatives["teams"] for team in own))
    names = tuple(wins.initiatives["name"])
    problem = _problem(wins, frame, teams)
    found = schedule(problem, time_limit=time_limit)
    if found is None:
        raise ValuesError(
            f"no road map keeps all of these at once: {clash(problem, clashes(problem), names, teams)}. "
            "Give up or loosen one of them."
        )
    chosen = _resolved(wins, problem, resolves, time_limit)
    why = left_out(problem, found.starts, names, teams)
    options = {
        "periods": periods, "budget": budget, "capacity": capacity, "short_term": short_term, "decay": decay,
        "resolves": resolves, "time_limit": time_limit,
    }  # fmt: skip
    return Roadmap(
        _table(wins, frame, found, chosen, why),
        _periods_table(wins, frame, problem, found),
        _teams_table(frame, problem, found, teams),
        wins,
        found.objective,
        found.gap,
        len(chosen),
        options,
    )


def _frame(
    wins: QuickWins,
    periods: Any,
    budget: Any,
    capacity: Any,
    short_term: Any,
    decay: float,
    resolves: int,
    limit: float,
) -> RoadmapPlan:
    """The limits, checked."""
    if short_term is not None and not (isinstance(short_term, (tuple, list)) and len(short_term) == 2):
        raise ValuesError(f"short_term is {short_term!r}. Give a share and a number of periods, such as (0.3, 2).")
    share, soon = short_term or (None, None)
    frame = RoadmapPlan(
        budget=budget,
        periods=periods,
        capacity=capacity,
        short_term_share=share,
        short_term_periods=soon,
        decay=decay,
    )
    teams = sorted({team for own in wins.initiatives["teams"] for team in own})
    if capacity and not teams:
        raise ValuesError(
            "capacity names teams, and no initiative says which teams it needs. Add a column teams to the list, such "
            "as 'IT: 2; Service: 1', or leave capacity out."
        )
    check_known("capacity: team", frame.capacity, teams, "Teams of the initiatives")
    missing = wins.initiatives.loc[wins.initiatives["cost_likely"].isna(), "name"]
    if budget is not None and len(missing):
        raise ValuesError(
            f"a budget needs the cost of each initiative, and there is none for {listing(missing)}. "
            "Give cost_low, cost_likely and cost_high, or no budget."
        )
    if type(resolves) is not int or resolves < 0:
        raise ValuesError(f"resolves is {resolves!r}. Give a whole number, or 0 for no p_selected.")
    if not isinstance(limit, (int, float)) or not limit > 0:
        raise ValuesError(f"time_limit is {limit!r}. Give seconds, more than 0, such as 10.")
    return frame


def _problem(wins: QuickWins, frame: RoadmapPlan, teams: Sequence[str]) -> Problem:
    """What is to be chosen from, by the median forecasts and the likely costs."""
    plan, t = wins.initiatives, len(frame.names)
    place = {name: i for i, name in enumerate(plan["name"])}
    pairs = {frozenset((i, place[name])) for i, own in enumerate(plan["exclusions"]) for name in own} | _either(plan)
    soon = frame.short_term_share, frame.short_term_periods
    every = np.arange(1, 1 + len(wins.benefits))
    return Problem(
        values=np.median(wins.benefits, axis=0),
        costs=np.nan_to_num(plan["cost_likely"].to_numpy(float)),
        durations=plan["duration"].to_numpy(np.intp),
        budget=np.broadcast_to(np.asarray(np.inf if frame.budget is None else frame.budget, float), t),
        needs=np.array([[own.get(team, 0.0) for team in teams] for own in plan["teams"]]).reshape(len(plan), -1),
        capacity=np.array([np.broadcast_to(frame.capacity.get(team, np.inf), t) for team in teams], float).reshape(
            -1, t
        ),
        prerequisites=[(i, place[name]) for i, own in enumerate(plan["prerequisites"]) for name in own],
        exclusions=sorted((min(pair), max(pair)) for pair in pairs),
        must=plan["must_do"].to_numpy(bool),
        short_term=None if soon[0] is None or soon[1] is None else (soon[0], soon[1]),
        decay=frame.decay,
        shared=_shared(wins, every),
    )


def _either(plan: pd.DataFrame) -> set[frozenset[int]]:
    """Pairs that cannot both be done: one removes what the other works on, or both lift the same to its standard."""
    rows = plan[["touchpoints", "segments", "kind", "to_standard"]].to_dict("records")
    found = set()
    for (i, one), (j, other) in combinations(enumerate(rows), 2):
        same = set(one["touchpoints"]) & set(other["touchpoints"])
        apart = one["segments"] and other["segments"] and not set(one["segments"]) & set(other["segments"])
        removed = "remove" in (one["kind"], other["kind"])
        if same and not apart and (removed or (one["to_standard"] and other["to_standard"])):
            found.add(frozenset((i, j)))
    return found


def _shared(wins: QuickWins, rows: Ints) -> list[Shared]:
    """What initiatives on the same touchpoint bring together: the median over these rows of the response.

    An initiative that shares any touchpoint adds to the gain of each of its touchpoints.
    """
    on: dict[str, list[int]] = {}
    for i, own in enumerate(wins.shifts):
        for name in own:
            on.setdefault(name, []).append(i)
    sharing = {i for own in on.values() if len(own) > 1 for i in own}
    response, worth, found = _some(wins.response, rows), wins.worth[rows], []
    for name, members in on.items():
        if sharing.isdisjoint(members):
            continue
        lifts = np.stack([np.median(wins.shifts[i][name][rows], axis=0) for i in members])
        kinds, kind = np.unique(lifts, axis=1, return_inverse=True)
        for k, own in enumerate(kinds.T):  # segments that get the same lifts have one gain together
            if own.any():
                reached = kind.ravel() == k
                totals = np.union1d(np.linspace(own[own < 0].sum(), own[own > 0].sum(), KNOTS), [0.0])
                gains = [_gain(response, worth, name, total * reached) for total in totals]
                found.append(Shared(np.array(members), own, *concave(totals, np.array(gains))))
    return found


def _some(response: Response, rows: Ints) -> Response:
    """The response in some of its draws."""
    return response._replace(
        **{part: getattr(response, part)[rows] for part in ("below", "above", "knot", "shares", "outcome")}
    )


def _gain(response: Response, worth: Floats, name: str, shift: Floats) -> float:
    """Median benefit if the scores of a touchpoint move by ``shift`` (c,) points."""
    moved = np.nan_to_num(effect(response, name, shift * np.ones_like(response.outcome)))
    return float(np.median((moved * worth).sum(axis=1)))


def _resolved(wins: QuickWins, problem: Problem, resolves: int, limit: float) -> NDArray[np.bool_]:
    """(plans, m) what is chosen when benefits and costs are drawn anew, if any plan fits."""
    rng = np.random.default_rng([wins.seed, len(problem.values)])
    draws = rng.permutation(len(wins.benefits))[:resolves]
    low, likely, high = (wins.initiatives[f"cost_{end}"].to_numpy(float) for end in ENDS)
    costs = np.nan_to_num(triangles(low, likely, high, len(draws), rng))
    chosen = []
    for d, own in zip(draws, costs, strict=True):
        drawn = problem._replace(values=wins.benefits[d], costs=own, shared=_shared(wins, np.array([1 + d])))
        try:
            found = schedule(drawn, time_limit=limit / SOONER, gap=CLOSE)
        except ValuesError:  # no time to find any
            continue
        if found is not None:
            chosen.append(found.starts >= 0)
    return np.array(chosen, bool).reshape(-1, len(problem.values))


def _table(
    wins: QuickWins, frame: RoadmapPlan, found: Schedule, chosen: NDArray[np.bool_], why: Sequence[str]
) -> pd.DataFrame:
    plan, names = wins.initiatives, frame.names
    ends = found.starts + plan["duration"].to_numpy() - 1
    selected = found.starts >= 0
    table = pd.DataFrame({"initiative": plan["name"], "owner": plan["owner"]})
    table["start"] = [names[s] if s >= 0 else "" for s in found.starts]
    table["end"] = [names[e] if s >= 0 else "" for s, e in zip(found.starts, ends, strict=True)]
    table["duration"], table["cost"] = plan["duration"], plan["cost_likely"]
    table["benefit"] = np.median(wins.benefits, axis=0)
    table["benefit_low"], table["benefit_high"] = percentile_interval(wins.benefits, wins.drivers.level)
    table["selected"] = selected
    table["p_selected"] = chosen.mean(axis=0) if len(chosen) else np.nan
    table["why"] = why
    order = np.lexsort([-table["benefit"].to_numpy(), np.where(selected, found.starts, len(names))])
    return table.iloc[order].reset_index(drop=True)


def _periods_table(wins: QuickWins, frame: RoadmapPlan, problem: Problem, found: Schedule) -> pd.DataFrame:
    names, last = wins.initiatives["name"].to_numpy(), found.starts + problem.durations - 1
    selected = found.starts >= 0
    rows = [
        {
            "period": period,
            "starts": tuple(names[found.starts == a]),
            "ends": tuple(names[selected & (last == a)]),
            "cost": loads(problem, found.starts)[0, a],
            "budget": problem.budget[a],
        }
        for a, period in enumerate(frame.names)
    ]
    table = pd.DataFrame(rows)
    draws = np.stack([wins.benefit_of(np.flatnonzero(selected & (last <= a))) for a in range(len(rows))], axis=1)
    table["benefit"] = np.median(draws, axis=0)
    table["benefit_low"], table["benefit_high"] = percentile_interval(draws, wins.drivers.level)
    return table


def _teams_table(frame: RoadmapPlan, problem: Problem, found: Schedule, teams: Sequence[str]) -> pd.DataFrame:
    load = loads(problem, found.starts)[1:]
    return pd.DataFrame(
        {
            "team": np.repeat(np.array(teams, object), len(frame.names)),
            "period": np.tile(np.array(frame.names, object), len(teams)),
            "load": load.ravel(),
            "capacity": problem.capacity.ravel(),
        }
    )
