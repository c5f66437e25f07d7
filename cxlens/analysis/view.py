"""One side of the drivers, such as a map, a waterfall or a matrix: a table, a sentence, a picture.

What each side says is made by the function named after it, in a module of its own; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cxlens.analysis.drivers import Drivers
from cxlens.model.text import card

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

Kind = Literal[
    "dominance", "shape", "performance", "value added", "opportunity", "moments of truth", "dimensions", "diagnosis"
]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class View:
    """One side of the drivers.

    Attributes
    ----------
    kind
        Which side: the name of the method of :class:`cxlens.analysis.drivers.Drivers` that made it, in words.
    table
        One row a touchpoint (and segment) or pair of them; the function that made it describes the columns.
    sentence, note
        The finding, and what is to be known about it.
    drivers
        What was looked at.
    parts
        Further tables, by name.
    """

    kind: Kind
    table: pd.DataFrame
    sentence: str
    note: str
    drivers: Drivers
    parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(self.sentence, self.table, self.note)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The picture of this side."""
        from cxlens.show.view_charts import view_chart

        return view_chart(self, ax)

    def explore(self) -> Widget:
        """The controls of the drivers, with their picture on this side."""
        from cxlens.show.widgets.explore import explore_drivers

        return explore_drivers(self.drivers, self.kind)
