"""One side of a result, such as a map, a waterfall or a list of verdicts: a table, a sentence, a picture.

What each side says is made by the function named after it, in a module of its own; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from cxlens.common import port
from cxlens.common.html import card

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

DriversKind = Literal[
    "dominance", "shape", "performance", "value added", "opportunity", "moments of truth", "dimensions", "diagnosis"
]
BaselineKind = Literal[
    "blind spots",
    "verdicts",
    "pitfalls",
    "consistency",
    "competitors",
    "employees",
    "response bias",
    "emotion",
    "comments",
    "standards",
]
PlanKind = Literal["buy-in"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class View:
    """One side of the drivers, of a baseline or of a road map.

    Attributes
    ----------
    kind
        Which side: the name of the method of :class:`cxlens.stages.drivers.drivers.Drivers`,
        :class:`cxlens.stages.baseline.baseline.Baseline` or :class:`cxlens.stages.improve.roadmap.Roadmap` that made
        it, in words.
    table
        One row a touchpoint (and segment) or pair of them; the function that made it describes the columns.
    sentence, note
        The finding, and what is to be known about it.
    about
        What was looked at: the drivers, the baseline, the survey, the map or the plan.
    parts
        Further tables, by name.
    options
        What else was asked: the keyword arguments of the function that made it.
    """

    kind: DriversKind | BaselineKind | PlanKind
    table: pd.DataFrame
    sentence: str
    note: str
    about: Any
    parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(self.sentence, self.table, self.note)

    @property
    def stage(self) -> str:
        """The stage whose pictures and widgets show this side."""
        if self.kind in get_args(PlanKind):
            return "improve"
        return "drivers" if self.kind in get_args(DriversKind) else "baseline"

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The picture of this side."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """Controls and the picture: those of the drivers or the plan, or the segment whose answers are looked at."""
        return port.widget_of(self)
