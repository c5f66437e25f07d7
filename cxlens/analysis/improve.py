"""Stage 4: which initiatives are easy and big, with what probability.

The verb :func:`quick_wins` and its result. Single forecasts belong to :mod:`cxlens.analysis.what_if`; reading a
list of initiatives to :mod:`cxlens.model.initiatives`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.analysis.drivers import Drivers
from cxlens.analysis.estimates import Figures
from cxlens.analysis.what_if import check_changes, gain
from cxlens.errors import ValuesError, check_kind
from cxlens.model.initiatives import read_initiatives
from cxlens.model.text import card, count, interval, percent, probability, signed
from cxlens.stats.bootstrap import percentile_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cxlens.show.widgets.matrix import ImpactEffortMatrix

Floats = NDArray[np.float64]
QUADRANTS = ("quick win", "big project", "fill-in", "leave")  # easy and big, big, easy, neither


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuickWins:
    """What is easy and big: the result of :func:`quick_wins`.

    Attributes
    ----------
    table
        One row an initiative, the likeliest quick win first: ``initiative``, ``touchpoints``, ``owner``,
        ``benefit`` (median, in points of the outcome over all respondents) with ``benefit_low`` and
        ``benefit_high``, ``effort`` (likely) with ``effort_low`` and ``effort_high``, ``cost`` (likely),
        ``p_quick_win``, ``p_top3`` (among the three largest benefits), ``quadrant`` (the likeliest of quick win,
        big project, fill-in, leave), ``rank``.
    benefit_cut, effort_cut
        From what benefit on an initiative is big, up to what effort it is easy.
    benefits, efforts
        (draws, initiatives) the draws behind the table, in the order of ``initiatives``.
    """

    table: pd.DataFrame
    drivers: Drivers
    initiatives: pd.DataFrame
    benefit_cut: float
    effort_cut: float
    benefits: Floats
    efforts: Floats
    seed: int

    @property
    def effort_unit(self) -> str:
        """What effort is counted in, such as weeks."""
        return str(self.initiatives["effort_unit"].iloc[0])

    def findings(self, top: int = 3) -> list[str]:
        """A sentence for each of the first initiatives."""
        digits = self.drivers.digits
        return [
            f"{self._verdict(row)}: {signed(row['benefit'], digits)} {self._unit} "
            f"{interval(row['benefit_low'], row['benefit_high'], digits)} "
            f"for {self._effort(row['effort_low'], row['effort_high'])} of work."
            for row in self.table.head(top).to_dict("records")
        ]

    @property
    def headline(self) -> str:
        """What the first sentence begins with, for the title of a picture."""
        return self._verdict(self.table.iloc[0].to_dict())

    def _verdict(self, row: dict[Hashable, Any]) -> str:
        chance = probability(row["p_quick_win"])
        if row["p_quick_win"] < 0.5:
            return f'"{row["initiative"]}" is not likely a quick win (probability {chance})'
        return f'"{row["initiative"]}" is a quick win with probability {chance}'

    def _effort(self, low: float, high: float) -> str:
        """``3 to 5 weeks``; one figure where the range has no width, and one week, not weeks."""
        span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"{span} {self.effort_unit.removesuffix('s') if span == '1' else self.effort_unit}"

    @property
    def _unit(self) -> str:
        unit = self.drivers.unit
        return unit if unit == "NPS points" else f"{unit} of {self.drivers.outcome}"

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
        return (
            f"Big: {signed(self.benefit_cut, self.drivers.digits)} {self._unit} or more; "
            f"easy: {round(self.effort_cut, 1):g} {self.effort_unit} or less"
            f"{' (means of this list: with other initiatives in it, probabilities change)' if relative else ''}. "
            f"Probabilities are shares of {len(self.benefits):,} resamples of the answers, "
            f"with lift and effort drawn between low and high; intervals {percent(self.drivers.level)}."
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Effort across, benefit up, each initiative with the area its draws cover."""
        from cxlens.show.charts import quick_wins_chart

        return quick_wins_chart(self, ax)

    def explore(self) -> ImpactEffortMatrix:
        """The same to be moved: drag an initiative or press arrow keys on it, set the cuts; probabilities follow."""
        from cxlens.show.widgets.matrix import ImpactEffortMatrix

        return ImpactEffortMatrix(self)


def quick_wins(
    drivers: Drivers,
    initiatives: str | Path | pd.DataFrame,
    *,
    benefit_cut: float | None = None,
    effort_cut: float | None = None,
    seed: int = 0,
) -> QuickWins:
    """Tell which initiatives are easy and big, and how surely.

    Each resample of the drivers gives one forecast of each initiative: its touchpoints raised by a lift drawn from
    the triangle (low, likely, high), ceiling and reach respected, averaged over all respondents. Effort is drawn
    from its own triangle.

    Parameters
    ----------
    drivers
        From :func:`cxlens.drivers`, with resamples. With ``by=``, segments count by their size.
    initiatives
        A path to a CSV file or a frame: ``name``, ``touchpoints`` (joined by ";"), ``lift_low``, ``lift_likely``,
        ``lift_high`` in score points, ``effort_low``, ``effort_likely``, ``effort_high``, ``owner``, and if wished
        ``effort_unit``, ``cost_low``, ``cost_likely``, ``cost_high``.
    benefit_cut
        From what benefit on an initiative is big; by default the mean benefit of the list.
    effort_cut
        Up to what effort it is easy; by default the mean of the likely efforts.
    seed
        Of the draws of lift and effort.

    Returns
    -------
    QuickWins

    Raises
    ------
    ValuesError, ColumnError, FileError
        When the drivers have no resamples, the list of initiatives cannot be read, or one of its touchpoints has
        no coefficient.

    Notes
    -----
    A probability here is a share of resamples. It is not shrunk: where effects are small against their errors, the
    first of many is flattered.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> plan = cx.quick_wins(cx.drivers(study.survey(), n_boot=100), study.initiatives())
    >>> plan.table.columns[:3].tolist()
    ['initiative', 'touchpoints', 'owner']
    """
    check_kind("quick_wins", drivers, Drivers, "cx.drivers(survey)")
    if drivers.draws is None:
        raise ValuesError(
            "quick_wins needs the resamples of the drivers, and these have none. Call drivers(..., n_boot=1000)."
        )
    plan = read_initiatives(initiatives, drivers.touchpoints)
    if plan.empty:
        raise ValuesError("the list of initiatives is empty. Give at least one row.")
    check_changes(drivers, {name: 0.0 for names in plan["touchpoints"] for name in names})
    rng = np.random.default_rng(seed)
    lifts = _triangles(plan, "lift", drivers.n_boot, rng)
    efforts = _triangles(plan, "effort", drivers.n_boot, rng)
    benefits = np.stack(
        [_benefit(drivers, drivers.draws, names, lifts[:, i]) for i, names in enumerate(plan["touchpoints"])], axis=1
    )
    if benefit_cut is None:
        benefit_cut = float(np.median(benefits, axis=0).mean())
    if effort_cut is None:
        effort_cut = float(plan["effort_likely"].mean())
    table = _table(plan, benefits, efforts, benefit_cut, effort_cut, drivers.level)
    return QuickWins(table, drivers, plan, benefit_cut, effort_cut, benefits, efforts, seed)


def _benefit(drivers: Drivers, draws: Figures, touchpoints: tuple[str, ...], lift: Floats) -> Floats:
    """(draws,) change of the outcome over all respondents; segments weigh what their answers weigh.

    A segment in which a touchpoint has no coefficient adds nothing.
    """
    total = np.sum([np.nan_to_num(gain(drivers, draws, name, lift)) for name in touchpoints], axis=0)
    return np.asarray(total @ (drivers.weights / drivers.weights.sum()))


def _triangles(plan: pd.DataFrame, what: str, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, initiatives) triangular draws; a range without width stays a point."""
    low, likely, high = (plan[f"{what}_{end}"].to_numpy(float) for end in ("low", "likely", "high"))
    u = rng.random((draws, len(plan)))
    width = np.where(high > low, high - low, 1.0)
    turn = (likely - low) / width
    rising = low + np.sqrt(u * width * (likely - low))
    falling = high - np.sqrt((1 - u) * width * (high - likely))
    return np.where(high > low, np.where(u < turn, rising, falling), likely)


def _table(
    plan: pd.DataFrame, benefits: Floats, efforts: Floats, benefit_cut: float, effort_cut: float, level: float
) -> pd.DataFrame:
    big, easy = (benefits >= benefit_cut) & (benefits > 0), efforts <= effort_cut  # harm is never big
    table = pd.DataFrame({"initiative": plan["name"], "touchpoints": plan["touchpoints"], "owner": plan["owner"]})
    table["benefit"] = np.median(benefits, axis=0)
    table["benefit_low"], table["benefit_high"] = percentile_interval(benefits, level)
    table["effort"] = plan["effort_likely"]
    table["effort_low"], table["effort_high"] = plan["effort_low"], plan["effort_high"]
    if plan["cost_likely"].notna().any():
        table["cost"] = plan["cost_likely"]
    table["p_quick_win"] = (big & easy).mean(axis=0)
    place = np.argsort(np.argsort(-benefits, axis=1, kind="stable"), axis=1, kind="stable")
    table["p_top3"] = (place < 3).mean(axis=0)
    shares = np.stack([big & easy, big & ~easy, ~big & easy, ~big & ~easy]).mean(axis=1)
    table["quadrant"] = [QUADRANTS[i] for i in shares.argmax(axis=0)]
    table = table.sort_values(["p_quick_win", "benefit"], ascending=False, kind="stable", ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table
