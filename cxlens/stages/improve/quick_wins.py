"""Stage 4: which initiatives are easy and big, with what probability.

The verb :func:`quick_wins` and its result. How the outcome answers to scores is the business of
:mod:`cxlens.stages.improve.response`; reading a list of initiatives that of :mod:`cxlens.study.initiatives`; what comes
when that of :mod:`cxlens.stages.improve.roadmap`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, interval, percent, probability, signed
from cxlens.errors import OptionError, ValuesError, check_kind, listing
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.improve.response import (
    Response,
    change,
    check_forecast,
    check_touchpoint,
    removal,
    response,
    shift_to,
    shrunk,
    touchpoint_of,
)
from cxlens.stages.improve.what_if import check_given, money_per_point, standard_of
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.shrinkage import FEWEST
from cxlens.stats.triangle import quantiles
from cxlens.study.initiatives import ENDS, read_initiatives
from cxlens.study.touchpoints import TouchpointMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cxlens.stages.improve.board import ImpactEffortMatrix
    from cxlens.study.worth import RetentionLink

Floats = NDArray[np.float64]
Shifts = Mapping[str, Floats]
Row = Mapping[Hashable, Any]  # an initiative
QUADRANTS = ("quick win", "big project", "fill-in", "leave")  # easy and big, big, easy, neither
STEPS = 21  # quantiles of a lift that stand for the whole range
WORTH_KNOWING = 0.01  # a smaller gain in the chance to be right is none
NEXT = {
    "effect": "more answers about its touchpoints, or a trial with a comparison group",
    "lift": "a pilot that measures what it lifts",
    "effort": "a closer estimate by those who would do the work",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuickWins:
    """What is easy and big: the result of :func:`quick_wins`.

    Attributes
    ----------
    table
        One row an initiative, the likeliest quick win first: ``initiative``, ``touchpoints``, ``owner``,
        ``benefit`` (median, in points of the outcome over all respondents, or in money a year) with ``benefit_low`` and
        ``benefit_high``, ``effort`` (likely) with ``effort_low`` and ``effort_high``, ``cost`` (likely), ``saving``
        (money a year that a removed touchpoint cost), ``p_quick_win``, ``p_top3`` (among the three largest benefits),
        ``p_pareto`` (no other brings as much for as little effort), ``pareto`` (the same of the medians), ``quadrant``
        (the likeliest of quick win, big project, fill-in, leave), ``rank``.
    benefit_cut, effort_cut
        From what benefit on an initiative is big, up to what effort it is easy.
    benefits, efforts
        (draws, initiatives) the draws behind the table, in the order of ``initiatives``.
    response
        How the outcome answers to scores, effects shrunk.
    shifts, removals
        What each initiative does: ``{touchpoint: (1 + draws, segments) score points}``, and (1 + draws, segments)
        change of the outcome by what it removes; the likely case first.
    worth
        (1 + draws, segments) what a point of a segment's outcome counts in the benefit.
    savings
        (initiatives,) money a year that is no longer spent on what is removed; NaN where that is not known.
    options
        What else was asked: ``quick_wins(drivers, initiatives, **options)`` gives the same again.
    """

    table: pd.DataFrame
    drivers: Drivers
    initiatives: pd.DataFrame
    benefit_cut: float
    effort_cut: float
    benefits: Floats
    efforts: Floats
    response: Response
    shifts: tuple[Shifts, ...]
    removals: tuple[Floats, ...]
    worth: Floats
    savings: Floats
    options: Mapping[str, Any]

    @property
    def seed(self) -> int:
        """Of the draws of lift and effort."""
        return int(self.options["seed"])

    @property
    def effort_unit(self) -> str:
        """What effort is counted in, such as weeks."""
        return str(self.initiatives["effort_unit"].iloc[0])

    @property
    def unit(self) -> str:
        """What benefit is counted in."""
        if self.options["money"] is not None:
            return "money a year"
        unit = self.response.unit
        return unit if unit == "NPS points" else f"{unit} of {self.drivers.outcome}"

    @property
    def digits(self) -> int:
        """With how many decimals a benefit is written."""
        return 0 if self.options["money"] is not None else self.response.digits

    def together(self, chosen: Iterable[int]) -> Floats:
        """(1 + draws, segments) change of the outcome if several initiatives are done, by place in ``initiatives``.

        What they do for the same touchpoint is added before the ceiling is looked at, so they share its headroom.
        """
        chosen = list(chosen)
        removed = np.zeros_like(self.response.outcome)
        for i in chosen:
            removed = removed + self.removals[i]
        return change(self.response, self.joined(chosen), removed)

    def benefit_of(self, chosen: Iterable[int]) -> Floats:
        """(draws,) benefit of several initiatives together, by place in ``initiatives``; in money, with savings."""
        chosen = list(chosen)
        worth = (self.together(chosen) * self.worth).sum(axis=1)
        draws = worth[1:]
        if self.options["money"] is None:
            return np.asarray(draws)
        return np.asarray(draws + np.nansum(self.savings[chosen]))

    def joined(self, chosen: Iterable[int]) -> dict[str, Floats]:
        """``{touchpoint: (1 + draws, segments) score points}`` that several initiatives add up to.

        One that lifts to a standard adds only what the others leave to be lifted.
        """
        total: dict[str, Floats] = {}
        goals: dict[str, Floats] = {}
        for i in chosen:
            to_standard = self.initiatives["to_standard"].iloc[i]
            for name, shift in self.shifts[i].items():
                if to_standard:
                    goals[name] = np.maximum(goals.get(name, 0.0), shift)
                else:
                    total[name] = total.get(name, 0.0) + shift
        for name, goal in goals.items():
            total[name] = np.maximum(total.get(name, 0.0), goal)
        return total

    def p_top(self, k: int = 3) -> pd.Series[float]:
        """How often each initiative is among the ``k`` largest benefits, by name."""
        return pd.Series(_p_top(self.benefits, k), index=self.initiatives["name"], name="p_top")

    def resolve_first(self) -> pd.DataFrame:
        """Which uncertainty keeps us from knowing whether an initiative is a quick win.

        Returns
        -------
        pandas.DataFrame
            One row an initiative, where most is to be gained first: ``initiative``; ``p_right``, the
            chance to be right if it is called by what is known today; ``effect``, ``lift`` and ``effort``, that chance
            once this is known exactly; ``resolve`` (which of them, "" where none helps) and ``how``.

        Notes
        -----
        The expected value of partial perfect information (Howard 1966) for the call "quick win or not", a wrong call
        costing the same either way. Effect, lift and effort are independent, so nothing has to be simulated anew: 21
        quantiles of the lift stand for its range, in each resample of the effect.
        """
        return _resolve_first(self)

    def first(self, top: int) -> pd.DataFrame:
        """The first rows of the table that do no harm; all that there are where none does good."""
        good = self.table[self.table["benefit"] > 0]
        if good.empty:
            return self.table.head(top)
        return good.head(top)

    def findings(self, top: int = 3) -> list[str]:
        """A sentence for each of the first initiatives."""
        digits = self.digits
        findings = []
        for row in self.first(top).to_dict("records"):
            benefit = f"{signed(row['benefit'], digits)} {self.unit}"
            span = interval(row["benefit_low"], row["benefit_high"], digits)
            effort = self._effort(row["effort_low"], row["effort_high"])
            findings.append(f"{self._verdict(row)}: {benefit} {span} for {effort} of work.")
        return findings

    @property
    def headline(self) -> str:
        """What the first sentence begins with, for the title of a picture."""
        return self._verdict(self.first(1).iloc[0].to_dict())

    def _verdict(self, row: dict[Hashable, Any]) -> str:
        chance = probability(row["p_quick_win"])
        if row["p_quick_win"] < 0.5:
            return f'"{row["initiative"]}" is not likely a quick win (probability {chance})'
        return f'"{row["initiative"]}" is a quick win with probability {chance}'

    def _effort(self, low: float, high: float) -> str:
        """``3 to 5 weeks``; one figure where the range has no width, and one week, not weeks."""
        span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        unit = self.effort_unit
        if span == "1":
            unit = unit.removesuffix("s")
        return f"{span} {unit}"

    def __str__(self) -> str:
        return f"{self.findings(1)[0]} An association, not yet an effect. n = {count(self.drivers.n)}."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.note)

    @property
    def note(self) -> str:
        """What counts as easy and big, and what the probability is."""
        cuts = [self.benefit_cut, self.effort_cut]
        means = [np.median(self.benefits, axis=0).mean(), self.initiatives["effort_likely"].mean()]
        relative = ""
        if np.isclose(cuts, means).any():
            relative = " (means of this list: with other initiatives in it, probabilities change)"
        known = ~np.isnan(self.response.below[0])
        shrunken = ""
        if known.sum(axis=1).max() >= FEWEST:
            shrunken = ", and effects drawn together by as much as chance may have driven them apart"
        easy = round(self.effort_cut, 1)
        return (
            f"Big: {signed(self.benefit_cut, self.digits)} {self.unit} or more; "
            f"easy: {self._effort(easy, easy)} or less{relative}. "
            f"Probabilities are shares of {len(self.benefits):,} resamples of the answers, "
            f"with lift and effort drawn between low and high{shrunken}; "
            f"intervals {percent(self.drivers.level)}."
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Effort across, benefit up, each initiative with the area its draws cover."""
        return port.draw(self, ax)

    def explore(self) -> ImpactEffortMatrix:
        """The same to be moved: drag an initiative or press arrow keys on it, set the cuts; probabilities follow."""
        board: ImpactEffortMatrix = port.widget_of(self)
        return board


def quick_wins(
    drivers: Drivers,
    initiatives: str | Path | pd.DataFrame,
    *,
    benefit_cut: float | None = None,
    effort_cut: float | None = None,
    touchpoint_map: TouchpointMap | None = None,
    money: RetentionLink | None = None,
    seed: int = 0,
) -> QuickWins:
    """Tell which initiatives are easy and big, and how surely.

    Each resample of the drivers gives one forecast of each initiative: its touchpoints raised by a lift drawn from
    the triangle (low, likely, high), ceiling and reach respected, averaged over all respondents. Effort is drawn
    from its own triangle.

    Parameters
    ----------
    drivers
        From :func:`cxlens.drivers`, with resamples. With ``by=``, segments count by their size, and an initiative can
        reach some of them only.
    initiatives
        A path to a CSV file, or a frame: see :func:`cxlens.read_initiatives`. A lift of one dimension moves the
        touchpoint by its part: one of three dimensions a third (the ceiling looked at is the touchpoint's, and so is a
        standard). An initiative that removes a touchpoint makes its
        users like those who went without it.
    benefit_cut
        From what benefit on an initiative is big; by default the mean benefit of the list.
    effort_cut
        Up to what effort it is easy; by default the mean of the likely efforts.
    touchpoint_map
        Where standards stand, for lifts "to standard", and volume and cost per contact, for what is removed.
    money
        What a point of the outcome is worth: benefits are then money a year, savings included.
    seed
        Of the draws of lift and effort, and of the shrinkage.

    Returns
    -------
    QuickWins

    Raises
    ------
    ValuesError, OptionError, ColumnError, FileError
        When the drivers have no resamples, the list of initiatives cannot be read, one of its touchpoints has no
        coefficient, a segment or dimension is not there, or a standard is missing.

    Notes
    -----
    A probability is a share of resamples in which effects are shrunk towards the mean of all touchpoints, so that the
    first of many is not flattered (:func:`cxlens.stats.shrinkage.shrink`). In simulated studies whose true effects
    spread by 0.5, 1 and 3 of their standard errors, the initiatives given 0.6 to 0.8 were quick wins about as often as
    said: benchmarks/README.md has the table.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> plan = cx.quick_wins(cx.drivers(study.survey(), n_boot=100), study.initiatives(), touchpoint_map=study.map())
    >>> plan.table.columns[:3].tolist()
    ['initiative', 'touchpoints', 'owner']
    """
    _check_drivers(drivers)
    check_given(touchpoint_map, money)
    _check_cut("benefit_cut", benefit_cut)
    _check_cut("effort_cut", effort_cut)
    plan = read_initiatives(initiatives, drivers.touchpoints)
    _check_plan(drivers, plan, touchpoint_map)
    rng = np.random.default_rng(seed)
    answer = shrunk(response(drivers.record), seed)
    efforts, lifts = _drawn(plan, drivers.n_boot, rng)
    shifts, removals = _effects(drivers, answer, plan, lifts, touchpoint_map)
    savings = _savings(plan, touchpoint_map)
    worth = _worth(drivers, answer, money, rng)
    benefits = _benefits(answer, shifts, removals, worth)
    if money is not None:
        benefits = benefits + np.nan_to_num(savings)
    big = float(np.median(benefits, axis=0).mean()) if benefit_cut is None else benefit_cut
    easy = float(plan["effort_likely"].mean()) if effort_cut is None else effort_cut
    return QuickWins(
        table=_table(plan, benefits, efforts, savings, big, easy, drivers.level),
        drivers=drivers,
        initiatives=plan,
        benefit_cut=big,
        effort_cut=easy,
        benefits=benefits,
        efforts=efforts,
        response=answer,
        shifts=shifts,
        removals=removals,
        worth=worth,
        savings=savings,
        options={
            "benefit_cut": benefit_cut,
            "effort_cut": effort_cut,
            "seed": seed,
            "touchpoint_map": touchpoint_map,
            "money": money,
        },
    )


def _check_drivers(drivers: Drivers) -> None:
    """Something can be forecast from the drivers, with probabilities."""
    check_kind("quick_wins", drivers, Drivers, "cx.drivers(survey)")
    if drivers.draws is None:
        raise ValuesError(
            "quick_wins needs the resamples of the drivers, and these have none. Call drivers(..., n_boot=1000)."
        )
    check_forecast(drivers.record)


def _check_cut(name: str, cut: Any) -> None:
    """A cut is a number, where it is given."""
    if cut is None:
        return
    is_number = isinstance(cut, (int, float, np.number)) and np.isfinite(cut)
    if not is_number:
        raise ValuesError(f"{name} is {cut!r}. Give a number, or leave it out for the mean of the list.")


def _check_plan(drivers: Drivers, plan: pd.DataFrame, touchpoint_map: TouchpointMap | None) -> None:
    """Refuse initiatives for which nothing can be forecast."""
    if plan.empty:
        raise ValuesError("the list of initiatives is empty. Give at least one row.")
    for row in plan.to_dict("records"):
        for name in row["touchpoints"]:
            check_touchpoint(drivers.record, name)
            _check_dimension(drivers, row, name)
            if row["to_standard"]:
                standard_of(drivers, name, touchpoint_map)
        for segment in row["segments"]:
            if segment not in drivers.segments:
                known = listing(filter(None, drivers.segments), 30) or "none"
                raise OptionError(
                    f"initiative {row['name']!r} reaches segment {segment!r}, which the drivers do not tell apart. "
                    f"Segments: {known}. Call drivers(survey, by=column), or reach everyone."
                )


def _check_dimension(drivers: Drivers, row: Row, name: str) -> None:
    """A dimension that an initiative lifts is one of its touchpoint's."""
    dimensions = [dimension for dimension in _columns(drivers, name) if dimension]
    if row["dimension"] and row["dimension"] not in dimensions:
        raise OptionError(
            f"initiative {row['name']!r}: {name!r} has no dimension {row['dimension']!r}. "
            f"Dimensions: {listing(dimensions) or 'none'}."
        )


def _columns(drivers: Drivers, name: str) -> Mapping[str, str]:
    """The columns of a touchpoint, by dimension; one without a name where it has none."""
    return drivers.survey.columns[touchpoint_of(drivers.record, name)]


def _mask(drivers: Drivers, row: Row) -> Floats:
    """(c,) 1 for the segments an initiative reaches, 0 for the others."""
    reached = row["segments"]
    return np.array([float(not reached or segment in reached) for segment in drivers.segments])


def _per_point(drivers: Drivers, row: Row) -> Shifts:
    """(c,) score points by touchpoint for one point of lift, where it reaches; its part if one dimension is lifted."""
    reached = _mask(drivers, row)
    per_point = {}
    for name in row["touchpoints"]:
        dimensions = len(_columns(drivers, name)) if row["dimension"] else 1
        per_point[name] = reached / dimensions
    return per_point


def _drawn(plan: pd.DataFrame, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(draws, m) effort, and (1 + draws, m) lift, the likely one first."""
    of_effort, of_lift = rng.random((2, draws, len(plan)))
    efforts = _range(plan, "effort", of_effort)
    lifts = np.vstack([plan["lift_likely"], _range(plan, "lift", of_lift)])
    return efforts, lifts


def _effects(
    drivers: Drivers,
    answer: Response,
    plan: pd.DataFrame,
    lifts: Floats,
    touchpoint_map: TouchpointMap | None,
) -> tuple[tuple[Shifts, ...], tuple[Floats, ...]]:
    """What each initiative does to scores, and what it changes by what it removes."""
    rows = plan.to_dict("records")
    shifts = []
    for row, points in zip(rows, lifts.T, strict=True):
        shifts.append(_shifts(drivers, answer, row, points, touchpoint_map))
    removals = [_removal(drivers, answer, row) for row in rows]
    return tuple(shifts), tuple(removals)


def _shifts(drivers: Drivers, answer: Response, row: Row, points: Floats, where: TouchpointMap | None) -> Shifts:
    """What an initiative does to the scores of users: (e, c) points by touchpoint, the likely case first."""
    if row["kind"] == "remove":
        return {}
    shifts = {}
    for name, per_point in _per_point(drivers, row).items():
        if row["to_standard"]:
            standard = np.full_like(answer.outcome, standard_of(drivers, name, where))
            shifts[name] = shift_to(answer, name, standard) * _mask(drivers, row)
        else:
            shifts[name] = points[:, None] * per_point
    return shifts


def _removal(drivers: Drivers, answer: Response, row: Row) -> Floats:
    """(e, c) change of the outcome by the touchpoints that an initiative removes, where it reaches."""
    total = np.zeros_like(answer.outcome)
    if row["kind"] == "remove":
        for name in row["touchpoints"]:
            total = total + _mask(drivers, row) * removal(drivers.record, name)
    return total


def _savings(plan: pd.DataFrame, touchpoint_map: TouchpointMap | None) -> Floats:
    """(m,) money a year that each initiative saves."""
    return np.array([_saving(row, touchpoint_map) for row in plan.to_dict("records")])


def _saving(row: Row, touchpoint_map: TouchpointMap | None) -> float:
    """Money a year that the touchpoints an initiative removes have cost; NaN where that is not known."""
    if row["kind"] != "remove" or touchpoint_map is None:
        return np.nan
    costs = {}
    for touchpoint in touchpoint_map:
        if touchpoint.volume is not None and touchpoint.cost_per_contact is not None:
            costs[touchpoint.name] = touchpoint.volume * touchpoint.cost_per_contact
    return sum(costs.get(name, np.nan) for name in row["touchpoints"])


def _worth(drivers: Drivers, answer: Response, money: RetentionLink | None, rng: np.random.Generator) -> Floats:
    """(e, c) what a point of a segment's outcome counts: its share of the respondents, or money a year."""
    e = len(answer.outcome)
    if money is None:
        return np.tile(answer.weights, (e, 1))
    return money_per_point(drivers, money, e, rng)


def _benefits(answer: Response, shifts: Sequence[Shifts], removals: Sequence[Floats], worth: Floats) -> Floats:
    """(draws, initiatives) what each brings alone."""
    benefits = []
    for shift, removed in zip(shifts, removals, strict=True):
        gain = change(answer, shift, removed) * worth
        benefits.append(gain.sum(axis=1)[1:])
    return np.stack(benefits, axis=1)


def _range(plan: pd.DataFrame, what: str, u: Floats) -> Floats:
    """(draws, initiatives) quantiles ``u`` of a range; NaN where none was given."""
    low, likely, high = (plan[f"{what}_{end}"].to_numpy(float) for end in ENDS)
    return quantiles(low, likely, high, u)


def _p_top(benefits: Floats, k: int) -> Floats:
    """(initiatives,) how often each is among the ``k`` largest."""
    order = np.argsort(-benefits, axis=1, kind="stable")
    place = np.argsort(order, axis=1, kind="stable")
    return np.asarray((place < k).mean(axis=0))


def quadrants(benefits: Floats, efforts: Floats, benefit_cut: float, effort_cut: float) -> NDArray[np.bool_]:
    """(4, d, m) which of the quadrants, in their order, an initiative is in; harm is never big."""
    big = (benefits >= benefit_cut) & (benefits > 0)
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
    benefit_cut: float,
    effort_cut: float,
    level: float,
) -> pd.DataFrame:
    """A row an initiative, the likeliest quick win first."""
    inside = quadrants(benefits, efforts, benefit_cut, effort_cut)
    benefit = np.median(benefits, axis=0)
    low, high = percentile_interval(benefits, level)
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
    if plan["cost_likely"].notna().any():
        table["cost"] = plan["cost_likely"]
    if (plan["kind"] == "remove").any():
        table["saving"] = savings
    table["p_quick_win"] = inside[0].mean(axis=0)
    table["p_top3"] = _p_top(benefits, 3)
    table["p_pareto"] = pareto(benefits, efforts).mean(axis=0)
    table["pareto"] = pareto(benefit[None], effort.to_numpy()[None])[0]
    likeliest = inside.mean(axis=1).argmax(axis=0)
    table["quadrant"] = [QUADRANTS[quadrant] for quadrant in likeliest]
    table = table.sort_values(["p_quick_win", "benefit"], ascending=False, kind="stable", ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table


def _resolve_first(result: QuickWins) -> pd.DataFrame:
    """The table of :meth:`QuickWins.resolve_first`."""
    plan = result.initiatives
    steps = (np.arange(STEPS) + 0.5) / STEPS
    lifts = _range(plan, "lift", np.repeat(steps[:, None], len(plan), axis=1))
    rows = []
    for i, row in enumerate(plan.to_dict("records")):
        easy = float((result.efforts[:, i] <= result.effort_cut).mean())
        big = _big(result, i, row, lifts[:, i])
        now, known = _chances(easy, big)
        best = max(known, key=lambda word: known[word])
        if known[best] - now > WORTH_KNOWING:
            rows.append([row["name"], now, *known.values(), best, NEXT[best]])
        else:
            rows.append([row["name"], now, *known.values(), "", ""])
    table = pd.DataFrame(rows, columns=["initiative", "p_right", *NEXT, "resolve", "how"])
    gained = table[list(NEXT)].max(axis=1) - table["p_right"]
    order = gained.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _big(result: QuickWins, i: int, row: Row, lifts: Floats) -> NDArray[np.bool_]:
    """(draws, lifts) whether an initiative is big in a resample of the effect, if it lifts exactly so much.

    What is removed, or lifted to a standard, has no range of lifts: one column.
    """
    if row["kind"] == "remove" or row["to_standard"]:
        benefits = result.benefits[:, [i]]
    else:
        benefits = np.stack([_benefit(result, row, lift) for lift in lifts], axis=1)
    return (benefits >= result.benefit_cut) & (benefits > 0)


def _chances(easy: float, big: NDArray[np.bool_]) -> tuple[float, dict[str, float]]:
    """The chance to be right today, and once the effect, the lift or the effort is known exactly."""
    now = _right(easy * big.mean(keepdims=True))
    known = {
        "effect": _right(easy * big.mean(axis=1)),
        "lift": _right(easy * big.mean(axis=0)),
        "effort": easy * _right(big.mean(keepdims=True)) + 1 - easy,  # what is not easy is no quick win, surely
    }
    return now, known


def _benefit(result: QuickWins, row: Row, lift: float) -> Floats:
    """(draws,) benefit of an initiative that lifts exactly so much."""
    points = np.full_like(result.response.outcome, lift)
    shifts = {}
    for name, per_point in _per_point(result.drivers, row).items():
        shifts[name] = points * per_point
    worth = change(result.response, shifts) * result.worth
    return np.asarray(worth.sum(axis=1)[1:])


def _right(p: Floats) -> float:
    """The chance to be right if the likelier of two is called each time."""
    return float(np.maximum(p, 1 - p).mean())
