"""Stage 4: which initiatives are easy and big, with what probability.

The verb :func:`quick_wins` and its result. How the outcome answers to scores is the business of
:mod:`cxlens.stages.improve.response`; reading a list of initiatives that of :mod:`cxlens.study.initiatives`; what comes
when that of :mod:`cxlens.stages.improve.roadmap`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
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
        further = sum((self.removals[i] for i in chosen), np.zeros_like(self.response.outcome))
        return change(self.response, self.joined(chosen), further)

    def benefit_of(self, chosen: Iterable[int]) -> Floats:
        """(draws,) benefit of several initiatives together, by place in ``initiatives``; in money, with savings."""
        chosen = list(chosen)
        gain = (self.together(chosen) * self.worth).sum(axis=1)[1:]
        return np.asarray(gain + (np.nansum(self.savings[chosen]) if self.options["money"] is not None else 0.0))

    def joined(self, chosen: Iterable[int]) -> dict[str, Floats]:
        """``{touchpoint: (1 + draws, segments) score points}`` that several initiatives add up to.

        One that lifts to a standard adds only what the others leave to be lifted.
        """
        total: dict[str, Floats] = {}
        goals: dict[str, Floats] = {}
        for i in chosen:
            for name, shift in self.shifts[i].items():
                if self.initiatives["to_standard"].iloc[i]:
                    goals[name] = np.maximum(goals.get(name, 0.0), shift)
                else:
                    total[name] = total.get(name, 0.0) + shift
        return total | {name: np.maximum(total.get(name, 0.0), goal) for name, goal in goals.items()}

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
        return (good if len(good) else self.table).head(top)

    def findings(self, top: int = 3) -> list[str]:
        """A sentence for each of the first initiatives."""
        digits = self.digits
        return [
            f"{self._verdict(row)}: {signed(row['benefit'], digits)} {self.unit} "
            f"{interval(row['benefit_low'], row['benefit_high'], digits)} "
            f"for {self._effort(row['effort_low'], row['effort_high'])} of work."
            for row in self.first(top).to_dict("records")
        ]

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
        return f"{span} {self.effort_unit.removesuffix('s') if span == '1' else self.effort_unit}"

    def __str__(self) -> str:
        return f"{self.findings(1)[0]} An association, not yet an effect. n = {count(self.drivers.n)}."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.note)

    @property
    def note(self) -> str:
        """What counts as easy and big, and what the probability is."""
        means = (np.median(self.benefits, axis=0).mean(), self.initiatives["effort_likely"].mean())
        relative = np.isclose([self.benefit_cut, self.effort_cut], means).any()
        alone = (~np.isnan(self.response.below[0])).sum(axis=1).max() < FEWEST
        return (
            f"Big: {signed(self.benefit_cut, self.digits)} {self.unit} or more; "
            f"easy: {self._effort(round(self.effort_cut, 1), round(self.effort_cut, 1))} or less"
            f"{' (means of this list: with other initiatives in it, probabilities change)' if relative else ''}. "
            f"Probabilities are shares of {len(self.benefits):,} resamples of the answers, "
            "with lift and effort drawn between low and high"
            f"{'' if alone else ', and effects drawn together by as much as chance may have driven them apart'}; "
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
    check_kind("quick_wins", drivers, Drivers, "cx.drivers(survey)")
    if drivers.draws is None:
        raise ValuesError(
            "quick_wins needs the resamples of the drivers, and these have none. Call drivers(..., n_boot=1000)."
        )
    check_forecast(drivers.record)
    check_given(touchpoint_map, money)
    for name, cut in (("benefit_cut", benefit_cut), ("effort_cut", effort_cut)):
        if cut is not None and not (isinstance(cut, (int, float, np.number)) and np.isfinite(cut)):
            raise ValuesError(f"{name} is {cut!r}. Give a number, or leave it out for the mean of the list.")
    plan = read_initiatives(initiatives, drivers.touchpoints)
    _check_plan(drivers, plan, touchpoint_map)
    rng = np.random.default_rng(seed)
    found = shrunk(response(drivers.record), seed)
    u = rng.random((2, drivers.n_boot, len(plan)))
    efforts, lifts = _range(plan, "effort", u[0]), np.vstack([plan["lift_likely"], _range(plan, "lift", u[1])])
    rows = plan.to_dict("records")
    shifts = tuple(_shifts(drivers, found, row, lifts[:, i], touchpoint_map) for i, row in enumerate(rows))
    nothing = np.zeros_like(found.outcome)
    removals = tuple(
        sum((_mask(drivers, row) * removal(drivers.record, name) for name in row["touchpoints"]), nothing)
        if row["kind"] == "remove"
        else nothing
        for row in rows
    )
    savings = np.array([_saving(row, touchpoint_map) for row in rows])
    shares = np.tile(found.weights, (len(nothing), 1))
    worth = shares if money is None else money_per_point(drivers, money, len(nothing), rng)
    alone = [(change(found, *own) * worth).sum(axis=1)[1:] for own in zip(shifts, removals, strict=True)]
    benefits = np.stack(alone, axis=1) + (0.0 if money is None else np.nan_to_num(savings))
    cuts = (
        float(np.median(benefits, axis=0).mean()) if benefit_cut is None else benefit_cut,
        float(plan["effort_likely"].mean()) if effort_cut is None else effort_cut,
    )
    table = _table(plan, benefits, efforts, savings, *cuts, drivers.level)
    options: dict[str, Any] = {"benefit_cut": benefit_cut, "effort_cut": effort_cut, "seed": seed}
    options |= {"touchpoint_map": touchpoint_map, "money": money}
    return QuickWins(table, drivers, plan, *cuts, benefits, efforts, found, shifts, removals, worth, savings, options)


def _check_plan(drivers: Drivers, plan: pd.DataFrame, touchpoint_map: TouchpointMap | None) -> None:
    """Refuse initiatives for which nothing can be forecast."""
    if plan.empty:
        raise ValuesError("the list of initiatives is empty. Give at least one row.")
    for row in plan.to_dict("records"):
        for name in row["touchpoints"]:
            check_touchpoint(drivers.record, name)
            parts = [part for part in drivers.survey.columns[touchpoint_of(drivers.record, name)] if part]
            if row["dimension"] and row["dimension"] not in parts:
                raise OptionError(
                    f"initiative {row['name']!r}: {name!r} has no dimension {row['dimension']!r}. "
                    f"Dimensions: {listing(parts) or 'none'}."
                )
            if row["to_standard"]:
                standard_of(drivers, name, touchpoint_map)
        for segment in row["segments"]:
            if segment not in drivers.segments:
                there = listing(filter(None, drivers.segments), 30) or "none"
                raise OptionError(
                    f"initiative {row['name']!r} reaches segment {segment!r}, which the drivers do not tell apart. "
                    f"Segments: {there}. Call drivers(survey, by=column), or reach everyone."
                )


def _mask(drivers: Drivers, row: Mapping[Hashable, Any]) -> Floats:
    """(c,) 1 for the segments an initiative reaches, 0 for the others."""
    return np.array([float(not row["segments"] or name in row["segments"]) for name in drivers.segments])


def _parts(drivers: Drivers, row: Mapping[Hashable, Any]) -> Shifts:
    """(c,) score points by touchpoint for one point of lift, where it reaches; its part if one dimension is lifted."""
    reached = _mask(drivers, row)
    if not row["dimension"]:
        return dict.fromkeys(row["touchpoints"], reached)
    return {
        name: reached / len(drivers.survey.columns[touchpoint_of(drivers.record, name)]) for name in row["touchpoints"]
    }


def _shifts(
    drivers: Drivers, found: Response, row: Mapping[Hashable, Any], points: Floats, where: TouchpointMap | None
) -> Shifts:
    """What an initiative does to the scores of users: (e, c) points by touchpoint, the likely case first."""
    if row["kind"] == "remove":
        return {}
    parts = _parts(drivers, row)
    if not row["to_standard"]:
        return {name: points[:, None] * part for name, part in parts.items()}
    size = np.ones_like(found.outcome)
    return {
        name: shift_to(found, name, standard_of(drivers, name, where) * size) * _mask(drivers, row) for name in parts
    }


def _saving(row: Mapping[Hashable, Any], touchpoint_map: TouchpointMap | None) -> float:
    """Money a year that the touchpoints an initiative removes have cost; NaN where that is not known."""
    if row["kind"] != "remove" or touchpoint_map is None:
        return np.nan
    known = {one.name: (one.volume, one.cost_per_contact) for one in touchpoint_map}
    return sum(
        float("nan") if volume is None or cost is None else volume * cost
        for volume, cost in (known.get(name, (None, None)) for name in row["touchpoints"])
    )


def _range(plan: pd.DataFrame, what: str, u: Floats) -> Floats:
    """(draws, initiatives) quantiles ``u`` of a range; NaN where none was given."""
    low, likely, high = (plan[f"{what}_{end}"].to_numpy(float) for end in ENDS)
    return quantiles(low, likely, high, u)


def _p_top(benefits: Floats, k: int) -> Floats:
    place = np.argsort(np.argsort(-benefits, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((place < k).mean(axis=0))


def quadrants(benefits: Floats, efforts: Floats, benefit_cut: float, effort_cut: float) -> NDArray[np.bool_]:
    """(4, d, m) which of the quadrants, in their order, an initiative is in; harm is never big."""
    big, easy = (benefits >= benefit_cut) & (benefits > 0), efforts <= effort_cut
    return np.stack([big & easy, big & ~easy, ~big & easy, ~big & ~easy])


def pareto(benefits: Floats, efforts: Floats) -> NDArray[np.bool_]:
    """(d, m) whether no other initiative brings as much for as little, one of both being better; harm never is."""
    better = (benefits[:, :, None] <= benefits[:, None]) & (efforts[:, :, None] >= efforts[:, None])
    strictly = (benefits[:, :, None] < benefits[:, None]) | (efforts[:, :, None] > efforts[:, None])
    return np.asarray(~(better & strictly).any(axis=2) & (benefits > 0))


def _table(
    plan: pd.DataFrame,
    benefits: Floats,
    efforts: Floats,
    savings: Floats,
    benefit_cut: float,
    effort_cut: float,
    level: float,
) -> pd.DataFrame:
    inside = quadrants(benefits, efforts, benefit_cut, effort_cut)
    table = pd.DataFrame({"initiative": plan["name"], "touchpoints": plan["touchpoints"], "owner": plan["owner"]})
    table["benefit"] = np.median(benefits, axis=0)
    table["benefit_low"], table["benefit_high"] = percentile_interval(benefits, level)
    table["effort"] = plan["effort_likely"]
    table["effort_low"], table["effort_high"] = plan["effort_low"], plan["effort_high"]
    if plan["cost_likely"].notna().any():
        table["cost"] = plan["cost_likely"]
    if (plan["kind"] == "remove").any():
        table["saving"] = savings
    table["p_quick_win"] = inside[0].mean(axis=0)
    table["p_top3"] = _p_top(benefits, 3)
    table["p_pareto"] = pareto(benefits, efforts).mean(axis=0)
    table["pareto"] = pareto(table[["benefit"]].to_numpy().T, table[["effort"]].to_numpy().T)[0]
    table["quadrant"] = [QUADRANTS[i] for i in inside.mean(axis=1).argmax(axis=0)]
    table = table.sort_values(["p_quick_win", "benefit"], ascending=False, kind="stable", ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table


def _resolve_first(result: QuickWins) -> pd.DataFrame:
    """The table of :meth:`QuickWins.resolve_first`."""
    plan, rows = result.initiatives, []
    at = np.repeat((np.arange(STEPS)[:, None] + 0.5) / STEPS, len(plan), axis=1)
    points = _range(plan, "lift", at)
    for i, row in enumerate(plan.to_dict("records")):
        gains = result.benefits[:, [i]]
        if row["kind"] != "remove" and not row["to_standard"]:
            gains = np.stack([_benefit(result, row, lift) for lift in points[:, i]], axis=1)
        big = (gains >= result.benefit_cut) & (gains > 0)
        easy = float((result.efforts[:, i] <= result.effort_cut).mean())
        now = _right(easy * big.mean(keepdims=True))
        known = {
            "effect": _right(easy * big.mean(axis=1)),
            "lift": _right(easy * big.mean(axis=0)),
            "effort": easy * _right(big.mean(keepdims=True)) + 1 - easy,
        }
        best = max(known, key=lambda word: known[word])
        helps = known[best] - now > WORTH_KNOWING
        rows.append([row["name"], now, *known.values(), best * helps, NEXT[best] * helps])
    columns = ["initiative", "p_right", *NEXT, "resolve", "how"]
    table = pd.DataFrame(rows, columns=columns)
    gained = table[list(NEXT)].max(axis=1) - table["p_right"]
    return table.loc[gained.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _benefit(result: QuickWins, row: Mapping[Hashable, Any], lift: float) -> Floats:
    """(draws,) benefit of an initiative that lifts exactly so much."""
    size = np.ones_like(result.response.outcome)
    shifts = {name: lift * part * size for name, part in _parts(result.drivers, row).items()}
    return np.asarray((change(result.response, shifts) * result.worth).sum(axis=1)[1:])


def _right(p: Floats) -> float:
    """The chance to be right if the likelier of two is called each time."""
    return float(np.maximum(p, 1 - p).mean())
