"""The record of quick wins: initiatives, and the draws of what each brings and takes.

Each resample of the drivers gives one forecast of each initiative, with a lift and an effort drawn for it. How the
outcome answers to scores is the business of :mod:`cxlens.stages.improve.response`; reading a list of initiatives that
of :mod:`cxlens.study.initiatives`. What is said of it belongs to :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.errors import OptionError, ValuesError, check_seed, listing
from cxlens.stages.baseline.places import Places
from cxlens.stages.drivers.posterior import score_ends
from cxlens.stages.drivers.record import Fit, refit
from cxlens.stages.improve.at_places import Site, places_again, priced, where
from cxlens.stages.improve.goals import standard_of
from cxlens.stages.improve.response import (
    Response,
    change,
    check_forecast,
    check_touchpoint,
    point_of,
    removal,
    response,
    shift_to,
    spread_of_outcome,
    touchpoint_of,
)
from cxlens.stages.improve.track_record import realised_lifts
from cxlens.stages.improve.weigh import by_profit, check_weigh
from cxlens.stages.improve.worked_on import with_verdicts
from cxlens.stages.improve.worth import check_given, money_per_point
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.realised import Realised
from cxlens.stats.triangle import quantiles
from cxlens.study.initiatives import ENDS, check_commas, read_initiatives
from cxlens.study.ranges import currency_in
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap
from cxlens.study.worth import RetentionLink

Floats = NDArray[np.float64]
Shifts = Mapping[str, Floats]
Row = Mapping[Hashable, Any]  # an initiative
OF_SPREAD, OF_ERROR = 0.01, 0.25  # of the outcome's standard deviation, and of the standard error of its mean
QUADRANTS = ("quick win", "big project", "fill-in", "leave")  # easy and big, big, easy, neither


class Drawn(NamedTuple):
    """Of each draw and initiative: effort (draws, m), lift and how much of it comes out (1 + draws, m), likely first.

    The share that comes out is in the lift, and all of it without a track record.
    """

    efforts: Floats
    lifts: Floats
    shares: Floats
    realised: Realised | None


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Initiatives that could be done: what :func:`cxlens.quick_wins` makes of a list.

    Its attributes are those of :class:`cxlens.stages.improve.quick_wins.QuickWins`; ``fit`` is the drivers' record.
    ``floor``: the smallest benefit worth having. ``benefit_cuts`` (draws,): from what benefit on an initiative is big
    in each draw; ``benefit_cut`` is their median. ``beyond``: touchpoints of the list that nobody can control.
    ``drawn``: efforts, lifts, and how much of these comes out by the track record. ``sites``: where each initiative is
    done, None of those that are not done place by place.
    """

    table: pd.DataFrame
    fit: Fit
    initiatives: pd.DataFrame
    floor: float
    benefit_cuts: Floats
    effort_cut: float
    beyond: tuple[str, ...]
    benefits: Floats
    efforts: Floats
    response: Response
    shifts: tuple[Shifts, ...]
    removals: tuple[Floats, ...]
    worth: Floats
    savings: Floats
    options: Mapping[str, Any]
    drawn: Drawn
    sites: tuple[Site | None, ...]

    @property
    def priced(self) -> pd.DataFrame:
        """The initiatives with what each costs in all, the cost of each place among it."""
        return priced(self.initiatives, self.sites)

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.fit.survey

    @property
    def benefit_cut(self) -> float:
        """From what benefit on an initiative is big, in the median draw."""
        return float(np.median(self.benefit_cuts))

    @property
    def in_money(self) -> bool:
        """Whether benefits are counted in money a year."""
        return self.options["money"] is not None

    @property
    def effort_unit(self) -> str:
        """What effort is counted in, such as weeks."""
        return str(self.initiatives["effort_unit"].iloc[0])

    @property
    def currency(self) -> str:
        """What costs are counted in, such as EUR; "" where the list does not say it."""
        return currency_in(self.initiatives)

    @property
    def unit(self) -> str:
        """What benefit is counted in."""
        if self.in_money:
            return f"money a year by {self.options['money'].called}"
        unit = self.response.unit
        if unit == "NPS points":
            return f"{unit}{self._by_profit}"
        joint = "in" if unit == "points better" else "of"
        return f"{unit} {joint} {self.fit.outcome_words}{self._by_profit}"

    @property
    def _by_profit(self) -> str:
        """What is said of a benefit where segments count by their profit."""
        return ", by profit" if self.options.get("weigh") is not None else ""

    @property
    def caution(self) -> str:
        """What a measured link does not say; "" without one."""
        link = self.options["money"]
        return link.caution if link else ""

    @property
    def digits(self) -> int:
        """With how many decimals a benefit is written."""
        return 0 if self.in_money else self.response.digits

    def together(self, chosen: Iterable[int]) -> Floats:
        """Change of the outcome by several: see :meth:`cxlens.stages.improve.quick_wins.QuickWins.together`."""
        chosen = list(chosen)
        removed = np.zeros_like(self.response.outcome)
        for i in chosen:
            removed = removed + self.removals[i]
        return change(self.response, self.joined(chosen), removed)

    def benefit_of(self, chosen: Iterable[int]) -> Floats:
        """Benefit of several together: see :meth:`cxlens.stages.improve.quick_wins.QuickWins.benefit_of`."""
        chosen = list(chosen)
        worth = (self.together(chosen) * self.worth).sum(axis=1)
        draws = worth[1:]
        if not self.in_money:
            return np.asarray(draws)
        return np.asarray(draws + np.nansum(self.savings[chosen]))

    def joined(self, chosen: Iterable[int]) -> dict[str, Floats]:
        """Score points that several add up to: see :meth:`cxlens.stages.improve.quick_wins.QuickWins.joined`."""
        total: dict[str, Floats] = {}
        goals: dict[str, Floats] = {}
        for i in chosen:
            to_standard = self.initiatives["to_standard"].iloc[i] and self.sites[i] is None  # other places add up
            for name, shift in self.shifts[i].items():
                if to_standard:
                    goals[name] = np.maximum(goals.get(name, 0.0), shift)
                else:
                    total[name] = total.get(name, 0.0) + shift
        for name, goal in goals.items():
            total[name] = np.maximum(total.get(name, 0.0), goal)
        return total


def candidates(
    fit: Fit,
    initiatives: str | Path | pd.DataFrame,
    *,
    benefit_cut: float | None,
    effort_cut: float | None,
    touchpoint_map: TouchpointMap | None,
    money: RetentionLink | None,
    track_record: pd.DataFrame | None,
    seed: int,
    places: Places | None,
) -> Candidates:
    """Draw lifts and efforts, and forecast each initiative: see :func:`cxlens.quick_wins`."""
    options = {
        "benefit_cut": benefit_cut,
        "effort_cut": effort_cut,
        "seed": seed,
        "touchpoint_map": touchpoint_map,
        "money": money,
        "track_record": track_record,
        "places": places,
    }
    plan = _checked(fit, initiatives, options)
    sites = where(plan, places, fit, seed)
    return _forecast(fit, plan, sites, options)


def _forecast(fit: Fit, plan: pd.DataFrame, sites: tuple[Site | None, ...], options: Mapping[str, Any]) -> Candidates:
    """The record of a list that was checked."""
    touchpoint_map = options["touchpoint_map"]
    money = options["money"]
    rng = np.random.default_rng(options["seed"])
    answer = response(fit)
    beyond = _beyond_control(plan, touchpoint_map)
    drawn = _drawn(plan, fit, options, rng)
    rows = within_control(plan, beyond)
    shifts, removals = effects(fit, answer, rows, drawn, sites, touchpoint_map)
    savings = _savings(plan, touchpoint_map)
    worth = _worth(fit, answer, money, rng)
    saved = _saved(savings, money)
    benefits = saved + benefits_of(answer, shifts, removals, worth)
    likely = saved + benefits_of(answer, _at_likely_lift(rows, shifts), removals, worth)
    floor = _smallest(fit, answer, worth, options["benefit_cut"])
    cuts = _big_from(likely, floor)
    easy = _usual_effort(plan, options["effort_cut"])
    return Candidates(
        table=_table(priced(plan, sites), benefits, drawn.efforts, savings, cuts, easy, fit, touchpoint_map),
        fit=fit,
        initiatives=plan,
        floor=floor,
        benefit_cuts=cuts,
        effort_cut=easy,
        beyond=beyond,
        benefits=benefits,
        efforts=drawn.efforts,
        response=answer,
        shifts=shifts,
        removals=removals,
        worth=worth,
        savings=savings,
        options=options,
        drawn=drawn,
        sites=sites,
    )


def _checked(fit: Fit, initiatives: str | Path | pd.DataFrame, options: Mapping[str, Any]) -> pd.DataFrame:
    """The list of initiatives, where something can be forecast for each, and what else is asked makes sense."""
    _check_fit(fit)
    where = options["touchpoint_map"]
    check_given(where, options["money"])
    check_seed(options["seed"])
    for name in ("benefit_cut", "effort_cut"):
        _check_cut(name, options[name])
    plan = read_initiatives(initiatives, fit.touchpoints)
    _check_plan(fit, plan, where)
    return plan


def candidates_again(record: Candidates, survey: Survey) -> Candidates:
    """The same initiatives by other answers."""
    options = {name: option for name, option in record.options.items() if name != "weigh"}
    options["places"] = places_again(options["places"], survey)
    again = candidates(refit(record.fit, survey), record.initiatives, **options)
    return weighed(again, record.options.get("weigh"))


def _check_fit(fit: Fit) -> None:
    """Something can be forecast from the drivers, with probabilities."""
    if fit.draws is None:
        raise ValuesError(
            "quick_wins needs the resamples of the drivers, and these have none. Call drivers(..., n_boot=1000)."
        )
    check_forecast(fit)


def _check_cut(name: str, cut: Any) -> None:
    """A cut is a number, where it is given."""
    if cut is None:
        return
    is_number = isinstance(cut, (int, float, np.number)) and math.isfinite(cut)
    if not is_number:
        raise ValuesError(f"{name} is {cut!r}. Give a number, or leave it out for the mean of the list.")


def _check_plan(fit: Fit, plan: pd.DataFrame, touchpoint_map: TouchpointMap | None) -> None:
    """Refuse initiatives for which nothing can be forecast."""
    if plan.empty:
        raise ValuesError("the list of initiatives is empty. Give at least one row.")
    for row in plan.to_dict("records"):
        for name in row["touchpoints"]:
            check_touchpoint(fit, name)
            _check_dimension(fit, row, name)
            _check_lift(fit, row, name)
            if row["to_standard"]:
                standard_of(fit, name, touchpoint_map)
        check_commas(f"initiative {row['name']!r}: segments", row["segments"], fit.segments)
        for segment in row["segments"]:
            if segment not in fit.segments:
                known = listing(filter(None, fit.segments), 30) or "none"
                raise OptionError(
                    f"initiative {row['name']!r} reaches segment {segment!r}, which the drivers do not tell apart. "
                    f"Segments: {known}. Call drivers(survey, by=column), or reach everyone."
                )


def _check_dimension(fit: Fit, row: Row, name: str) -> None:
    """A dimension that an initiative lifts is one of its touchpoint's."""
    dimensions = [dimension for dimension in _columns(fit, name) if dimension]
    if row["dimension"] and row["dimension"] not in dimensions:
        raise OptionError(
            f"initiative {row['name']!r}: {name!r} has no dimension {row['dimension']!r}. "
            f"Dimensions: {listing(dimensions) or 'none'}."
        )


def _check_lift(fit: Fit, row: Row, name: str) -> None:
    """No score is asked to rise by more than its scale is long."""
    lowest, highest = score_ends(fit)
    length = (highest - lowest) / point_of(fit, name)
    lift = row["lift_likely"]
    if lift > length:
        raise ValuesError(
            f"initiative {row['name']!r} lifts {name!r} by {lift:g}, and its scale is {length:g} points long. "
            "Give the points by which its mean will rise, such as 0.3, or 'to standard'."
        )


def _columns(fit: Fit, name: str) -> Mapping[str, str]:
    """The columns of a touchpoint, by dimension; one without a name where it has none."""
    return fit.survey.columns[touchpoint_of(fit, name)]


def _mask(fit: Fit, row: Row) -> Floats:
    """(c,) 1 for the segments an initiative reaches, 0 for the others."""
    reached = row["segments"]
    return np.array([float(not reached or segment in reached) for segment in fit.segments])


def per_point(fit: Fit, row: Row) -> Shifts:
    """(c,) what one point of lift, of a touchpoint's own scale, does to its scores as they are read, where it reaches.

    It is divided among the dimensions if one of them is lifted.
    """
    reached = _mask(fit, row)
    points = {}
    for name in row["touchpoints"]:
        dimensions = 1
        if row["dimension"]:
            dimensions = len(_columns(fit, name))
        points[name] = reached / dimensions * point_of(fit, name)
    return points


def _drawn(plan: pd.DataFrame, fit: Fit, options: Mapping[str, Any], rng: np.random.Generator) -> Drawn:
    """Draws of efforts and lifts from their ranges, and of what comes out by the track record."""
    of_effort, of_lift = rng.random((2, fit.n_boot, len(plan)))
    efforts = quantiles_of(plan, "effort", of_effort)
    lifts = np.vstack([plan["lift_likely"], quantiles_of(plan, "lift", of_lift)])
    if options["track_record"] is None:
        return Drawn(efforts, lifts, np.ones_like(lifts), None)
    found = realised_lifts(options["track_record"], fit.outcome)
    of_its_own = np.random.default_rng([options["seed"], 1])  # lifts and efforts are drawn as without a record
    drawn = found.draws(fit.n_boot, len(plan), of_its_own)
    likely = np.full((1, len(plan)), found.share)
    shares = np.vstack([likely, drawn])
    return Drawn(efforts, lifts * shares, shares, found)


def _beyond_control(plan: pd.DataFrame, touchpoint_map: TouchpointMap | None) -> tuple[str, ...]:
    """The touchpoints of a list that nobody can control, by the map: nothing that is done there counts."""
    if touchpoint_map is None:
        return ()
    controlled = {place.name for place in touchpoint_map if place.controllable}
    others = {place.name for place in touchpoint_map} - controlled
    named = dict.fromkeys(name for names in plan["touchpoints"] for name in names)
    return tuple(name for name in named if name in others)


def within_control(plan: pd.DataFrame, beyond: Sequence[str]) -> Sequence[Row]:
    """The initiatives, without the touchpoints that nobody can control."""
    rows = []
    for row in plan.to_dict("records"):
        names = tuple(name for name in row["touchpoints"] if name not in beyond)
        rows.append({**row, "touchpoints": names})
    return rows


def _at_likely_lift(rows: Sequence[Row], shifts: Sequence[Shifts]) -> list[Shifts]:
    """The same with the likely lift in each draw; the way to a standard is what it is in each."""
    likely = []
    for row, of_one in zip(rows, shifts, strict=True):
        is_drawn = not row["to_standard"]
        steady = {name: np.broadcast_to(shift[:1], shift.shape) for name, shift in of_one.items()}
        likely.append(steady if is_drawn else of_one)
    return likely


def _big_from(likely: Floats, floor: float) -> Floats:
    """(draws,) from what benefit on an initiative is big: the mean of the list at likely lifts, but worth having."""
    return np.asarray(np.maximum(likely.mean(axis=1), floor))


def _usual_effort(plan: pd.DataFrame, effort_cut: float | None) -> float:
    """Up to what effort an initiative is easy: as given, or the mean of the likely efforts."""
    if effort_cut is not None:
        return effort_cut
    return float(plan["effort_likely"].mean())


def _smallest(fit: Fit, answer: Response, worth: Floats, benefit_cut: float | None) -> float:
    """The smallest benefit worth having: as given, 1 % of the outcome's spread, or a quarter of its mean's error."""
    if benefit_cut is not None:
        return benefit_cut
    means = (answer.outcome[1:] * answer.weights).sum(axis=1)
    error = float(np.nanstd(means))
    least = max(OF_SPREAD * spread_of_outcome(fit), OF_ERROR * error)
    return least * float(np.nansum(worth[0]))


def effects(
    fit: Fit,
    answer: Response,
    rows: Sequence[Row],
    drawn: Drawn,
    sites: Sequence[Site | None],
    touchpoint_map: TouchpointMap | None,
) -> tuple[tuple[Shifts, ...], tuple[Floats, ...]]:
    """What each initiative does to scores, and what it changes by what it removes."""
    shifts = []
    for row, site, points, share in zip(rows, sites, drawn.lifts.T, drawn.shares.T, strict=True):
        shifts.append(shifts_of(fit, answer, row, site, points, share, touchpoint_map))
    removals = [removal_of(fit, answer, row, site) for row, site in zip(rows, sites, strict=True)]
    return tuple(shifts), tuple(removals)


def shifts_of(
    fit: Fit,
    answer: Response,
    row: Row,
    site: Site | None,
    points: Floats,
    share: Floats,
    touchpoint_map: TouchpointMap | None,
) -> Shifts:
    """What an initiative does to the scores of users: (e, c) points by touchpoint, the likely case first."""
    if row["kind"] == "remove":
        return {}
    shifts = {}
    for name, points_of_one in per_point(fit, row).items():
        if row["to_standard"]:
            standard = standard_of(fit, name, touchpoint_map)
            shifts[name] = _to_standard(answer, name, site, standard) * _mask(fit, row) * share[:, None]
        else:
            shifts[name] = points[:, None] * points_of_one
            if site is not None:
                shifts[name] = shifts[name] * site.reach(answer, name, shifts[name])
    return shifts


def _to_standard(answer: Response, name: str, site: Site | None, standard: float) -> Floats:
    """(e, c) or (e, 1) the way to a standard: of all together, or of each place."""
    if site is not None:
        return site.to_standard(answer, name, standard)
    return shift_to(answer, name, np.full_like(answer.outcome, standard))


def removal_of(fit: Fit, answer: Response, row: Row, site: Site | None) -> Floats:
    """(e, c) change of the outcome by the touchpoints that an initiative removes, where it reaches."""
    total = np.zeros_like(answer.outcome)
    if row["kind"] == "remove":
        for name in row["touchpoints"]:
            share = 1.0 if site is None else site.share(name)
            total = total + _mask(fit, row) * removal(fit, name) * share
    return total


def _savings(plan: pd.DataFrame, touchpoint_map: TouchpointMap | None) -> Floats:
    """(m,) money a year that each initiative saves."""
    return np.array([_saving(row, touchpoint_map) for row in plan.to_dict("records")])


def _saved(savings: Floats, money: RetentionLink | None) -> Floats:
    """(m,) what is saved, where benefits are money, too."""
    return np.asarray(np.nan_to_num(savings) * (money is not None))


def _saving(row: Row, touchpoint_map: TouchpointMap | None) -> float:
    """Money a year that the touchpoints an initiative removes have cost; NaN where that is not known."""
    if row["kind"] != "remove" or touchpoint_map is None:
        return np.nan
    costs = {}
    for touchpoint in touchpoint_map:
        if touchpoint.volume is not None and touchpoint.cost_per_contact is not None:
            costs[touchpoint.name] = touchpoint.volume * touchpoint.cost_per_contact
    return sum(costs.get(name, np.nan) for name in row["touchpoints"])


def _worth(fit: Fit, answer: Response, money: RetentionLink | None, rng: np.random.Generator) -> Floats:
    """(e, c) what a point of a segment's outcome counts: its share of the respondents, or money a year."""
    e = len(answer.outcome)
    if money is None:
        return np.tile(answer.weights, (e, 1))
    return money_per_point(fit, money, e, rng)


def benefits_of(answer: Response, shifts: Sequence[Shifts], removals: Sequence[Floats], worth: Floats) -> Floats:
    """(draws, initiatives) what each brings alone."""
    benefits = []
    for shift, removed in zip(shifts, removals, strict=True):
        gain = change(answer, shift, removed) * worth
        benefits.append(gain.sum(axis=1)[1:])
    return np.stack(benefits, axis=1)


def quantiles_of(plan: pd.DataFrame, what: str, u: Floats) -> Floats:
    """(draws, initiatives) quantiles ``u`` of a range; NaN where none was given."""
    low, likely, high = (plan[f"{what}_{end}"].to_numpy(float) for end in ENDS)
    return quantiles(low, likely, high, u)


def p_top(benefits: Floats, k: int) -> Floats:
    """(initiatives,) how often each is among the ``k`` largest."""
    order = np.argsort(-benefits, axis=1, kind="stable")
    place = np.argsort(order, axis=1, kind="stable")
    return np.asarray((place < k).mean(axis=0))


def quadrants(benefits: Floats, efforts: Floats, benefit_cuts: Floats, effort_cut: float) -> NDArray[np.bool_]:
    """(4, d, m) which of the quadrants, in their order, an initiative is in; harm is never big.

    Benefits and efforts are (d, m), the cuts of the benefit (d,).
    """
    reaches = benefits >= benefit_cuts[:, None]
    big = reaches & (benefits > 0)
    easy = efforts <= effort_cut
    return np.stack(
        [
            big & easy,
            big & ~easy,
            ~big & easy,
            ~big & ~easy,
        ]
    )


def pareto(benefits: Floats, efforts: Floats) -> NDArray[np.bool_]:
    """(d, m) whether no other initiative brings as much for as little, one of both being better; harm never is."""
    benefit = benefits[:, :, None]
    effort = efforts[:, :, None]
    other_benefit = benefits[:, None]
    other_effort = efforts[:, None]
    no_worse = (other_benefit >= benefit) & (other_effort <= effort)
    better = (other_benefit > benefit) | (other_effort < effort)
    dominated = (no_worse & better).any(axis=2)
    return np.asarray(~dominated & (benefits > 0))


def _table(
    plan: pd.DataFrame,
    benefits: Floats,
    efforts: Floats,
    savings: Floats,
    benefit_cuts: Floats,
    effort_cut: float,
    fit: Fit,
    touchpoint_map: TouchpointMap | None,
) -> pd.DataFrame:
    """A row an initiative, the likeliest quick win first."""
    inside = quadrants(benefits, efforts, benefit_cuts, effort_cut)
    benefit = np.median(benefits, axis=0)
    low, high = percentile_interval(benefits, fit.level)
    effort = plan["effort_likely"]
    table = pd.DataFrame(
        {
            "initiative": plan["name"],
            "touchpoints": plan["touchpoints"],
            "owner": plan["owner"],
            "benefit": benefit,
            "benefit_low": low,
            "benefit_high": high,
            "effort": effort,
            "effort_low": plan["effort_low"],
            "effort_high": plan["effort_high"],
        }
    )
    table = _with_costs(table, plan, savings)
    table["p_quick_win"] = inside[0].mean(axis=0)
    table["p_top3"] = p_top(benefits, 3)
    table["p_pareto"] = pareto(benefits, efforts).mean(axis=0)
    table["pareto"] = pareto(benefit[None], effort.to_numpy()[None])[0]
    likeliest = inside.mean(axis=1).argmax(axis=0)
    table["quadrant"] = [QUADRANTS[quadrant] for quadrant in likeliest]
    table = table.sort_values(["p_quick_win", "benefit"], ascending=False, kind="stable", ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return with_verdicts(table, plan, fit, touchpoint_map)


def _with_costs(table: pd.DataFrame, plan: pd.DataFrame, savings: Floats) -> pd.DataFrame:
    """The table with what the list has of places, costs and savings."""
    columns = {}
    if plan["n_places"].any():
        columns["places"] = plan["n_places"]
    if plan["cost_likely"].notna().any():
        columns["cost"] = plan["cost_likely"]
    if (plan["kind"] == "remove").any():
        columns["saving"] = pd.Series(savings)
    return table.assign(**columns)


def weighed(record: Candidates, weigh: Any) -> Candidates:
    """The same where each segment counts by what its customers bring, with the rank by people beside."""
    if weigh is None:
        return record
    check_weigh(record.fit, weigh, record.options["money"])
    answer = record.response
    worth = by_profit(record.fit, answer.weights, weigh, len(record.worth) - 1, record.options["seed"])
    benefits = benefits_of(answer, record.shifts, record.removals, worth)
    at_likely_lift = _at_likely_lift(record.initiatives.to_dict("records"), record.shifts)
    cuts = _big_from(benefits_of(answer, at_likely_lift, record.removals, worth), record.floor)
    table = _table(
        record.priced,
        benefits,
        record.efforts,
        record.savings,
        cuts,
        record.effort_cut,
        record.fit,
        record.options["touchpoint_map"],
    )
    by_people = record.table.set_index("initiative")["rank"]
    return replace(
        record,
        table=table.assign(rank_people=by_people.loc[table["initiative"]].to_numpy()),
        benefits=benefits,
        benefit_cuts=cuts,
        worth=worth,
        options={**record.options, "weigh": weigh},
    )
