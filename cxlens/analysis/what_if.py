"""Forecasts from drivers: what the outcome would be if touchpoints scored higher.

An association read as a forecast, and said to be one. Initiatives, costs and effort belong to
:mod:`cxlens.analysis.improve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.analysis.drivers import Drivers
from cxlens.analysis.estimates import Figures
from cxlens.errors import ValuesError, check_kind, listing, unknown_name
from cxlens.model.text import card, count, interval, signed
from cxlens.stats.bootstrap import percentile_interval

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
TOGETHER = "all together"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WhatIf:
    """A forecast: the result of :func:`what_if`.

    Attributes
    ----------
    table
        One row a touchpoint (and segment), last all of them together: ``segment`` (with ``by``), ``touchpoint``,
        ``raised_by`` score points, ``lift`` (what the mean score of all respondents gains, ceiling and reach
        respected), ``change`` of the outcome with ``low`` and ``high``. A touchpoint without a coefficient in a
        segment has no change there and adds nothing to the total.
    """

    table: pd.DataFrame
    drivers: Drivers
    changes: dict[str, float]

    def __str__(self) -> str:
        last = self.table[self.table["touchpoint"] == TOGETHER]
        names = ", ".join(f"{name} {by:+g}" for name, by in self.changes.items())
        found: list[str] = []
        digits = self.drivers.digits
        for row in last.to_dict("records"):
            span = "" if np.isnan(row["low"]) else f" {interval(row['low'], row['high'], digits)}"
            where = f" for {row['segment']}" if "segment" in row else ""
            unit = "" if found else f" {self.drivers.unit}"
            found.append(f"{signed(row['change'], digits)}{span}{unit}{where}")
        return (
            f"With {names}, {self.drivers.outcome} would change by {', '.join(found)}. "
            f"An association, not yet an effect. n = {count(self.drivers.n)}."
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The change of the outcome by touchpoint, with intervals."""
        from cxlens.show.charts import what_if_chart

        return what_if_chart(self, ax)

    def explore(self) -> Widget:
        """A control for each touchpoint; the forecast follows."""
        from cxlens.show.widgets.explore import explore_what_if

        return explore_what_if(self)


def what_if(drivers: Drivers, changes: Mapping[str, float]) -> WhatIf:
    """Forecast the outcome if the scores of touchpoints changed.

    For each respondent who met the touchpoint, the score moves by the change, but not beyond the scale; those who
    did not meet it stay as they are. The mean gain, over all respondents, times the coefficient.

    Parameters
    ----------
    drivers
        From :func:`cxlens.drivers`; its resamples give the interval.
    changes
        ``{touchpoint: score points}``, up or down.

    Returns
    -------
    WhatIf

    Raises
    ------
    OptionError, ValuesError
        When a touchpoint is unknown or has no coefficient, there is no change, a change is no number, or the
        scores are measurements without levels.

    Examples
    --------
    >>> import cxlens as cx
    >>> found = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
    >>> forecast = cx.what_if(found, {"Security": 0.5})
    >>> forecast.table["touchpoint"].tolist()
    ['Security', 'all together']
    """
    check_kind("what_if", drivers, Drivers, "cx.drivers(survey)")
    check_changes(drivers, changes)
    changes = {name: float(by) for name, by in changes.items()}
    estimate = np.stack([gain(drivers, drivers.estimate, name, np.array([by])) for name, by in changes.items()])
    lifts = np.stack([_lift(drivers, drivers.estimate, name, np.array([by])) for name, by in changes.items()])
    draws = None
    if drivers.draws is not None:
        size = np.ones(drivers.n_boot)
        draws = np.stack([gain(drivers, drivers.draws, name, by * size) for name, by in changes.items()])
    parts = []
    for s, segment in enumerate(drivers.segments):
        own = pd.DataFrame({"segment": segment, "touchpoint": [*changes, TOGETHER]})
        own["raised_by"] = [*changes.values(), np.nan]
        own["lift"] = [*lifts[:, 0, s], np.nan]
        known = ~np.isnan(estimate[:, 0, s])
        own["change"] = [*estimate[:, 0, s], estimate[known, 0, s].sum()]
        own["low"] = own["high"] = np.nan
        if draws is not None:
            single = np.where(known[:, None], draws[:, :, s], np.nan)
            whole = np.vstack([single, draws[known, :, s].sum(axis=0)])
            own["low"], own["high"] = percentile_interval(whole.T, drivers.level)
        parts.append(own)
    table = pd.concat(parts, ignore_index=True)
    return WhatIf(table if drivers.by else table.drop(columns="segment"), drivers, changes)


def check_changes(drivers: Drivers, changes: Mapping[str, float]) -> None:
    """Refuse changes that cannot be forecast."""
    if not changes:
        raise ValuesError("no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.")
    if drivers.asked.fitted:
        raise ValuesError(
            f"what_if and quick_wins forecast outcomes of kind interval and nps; {drivers.outcome!r} is "
            f"{drivers.asked.kind}. Call drivers with another outcome."
        )
    single = [name for name, place in zip(drivers.touchpoints, drivers.asked.single, strict=True) if place >= 0]
    for name, by in changes.items():
        if name not in single and name in drivers.touchpoints:
            raise ValuesError(
                f"{name!r} is a group, factor or product, and only touchpoints can be forecast: "
                f"{listing(single, 30) or 'none'}. Name one of them, or call drivers without it."
            )
        if name not in single:
            raise unknown_name("touchpoint", name, single, "Touchpoints")
        if not isinstance(by, (int, float, np.number)) or not np.isfinite(by):
            raise ValuesError(f"the change of {name!r} is {by!r}. Give score points, such as 0.5.")
        if np.isnan(drivers.estimate.coef[:, :, drivers.touchpoints.index(name)]).all():
            why = listing(drivers.unusable.loc[drivers.unusable["touchpoint"] == name, "reason"].unique())
            raise ValuesError(
                f"touchpoint {name!r} has no coefficient: {why}. Nothing can be forecast for it: leave it out."
            )
    if not len(drivers.levels):
        raise ValuesError(
            "the scores take more than 1,000 different values, so their room to the ceiling is not known. "
            "Round them to the steps of a scale."
        )


def gain(drivers: Drivers, figures: Figures, touchpoint: str, raised_by: Floats) -> Floats:
    """(d, c) change of the outcome in each draw and segment when a touchpoint is raised, by (d,) points a draw.

    NaN where there is no coefficient.
    """
    j = drivers.touchpoints.index(touchpoint)
    return np.asarray(_lift(drivers, figures, touchpoint, raised_by) * figures.coef[:, :, j])


def _lift(drivers: Drivers, figures: Figures, touchpoint: str, raised_by: Floats) -> Floats:
    """(d, c) what the mean score over all respondents gains: reach times room to the end of the scale."""
    scale = drivers.survey.scale
    low, high = (scale.low, scale.high) if scale else (drivers.levels[0], drivers.levels[-1])
    moved = np.clip(drivers.levels + raised_by[:, None], low, high) - drivers.levels
    shares = figures.shares[:, :, drivers.touchpoints.index(touchpoint)]
    return np.asarray(np.einsum("dcl,dl->dc", shares, moved))
