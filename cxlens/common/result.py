"""What all results share: a finding in parts, a table, a note, a picture and a widget; nothing is computed here.

A :class:`Result` has no state; each verb gives one of its own. A :class:`View` is one side of a result, such as a map,
a waterfall or a list of verdicts, made by the function named after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlens.common import port
from cxlens.common.arguments import misfits_told
from cxlens.common.excel import write_result
from cxlens.common.finding import Finding
from cxlens.common.html import card

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes


@misfits_told
class Result:
    """How every result speaks and is shown.

    Each has a ``table``, a ``finding`` in parts, and a ``note``: what is to be known about it.
    """

    __slots__ = ()

    if TYPE_CHECKING:  # attributes or properties, as each result has them

        @property
        def table(self) -> pd.DataFrame:
            """What was found, a row for each thing."""

        @property
        def finding(self) -> Finding:
            """What was found, in parts."""

        @property
        def note(self) -> str:
            """What is to be known about it."""

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of it, by what it is about; the first is ``table``."""
        return {"table": self.table}

    @property
    def sentence(self) -> str:
        """The finding, all parts of it."""
        return self.finding.sentence

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return card(self.sentence, self.table, self.note)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The picture, on the Axes given or on new ones."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """Controls, the finding and the picture."""
        return port.widget_of(self)

    def to_excel(self, path: str | Path) -> None:
        """Write every table, and a sheet on how to read them, as an Excel workbook.

        Heads are words, numbers stay numbers and text stays text: nothing in the file is a formula. What is hidden to
        protect people is an empty cell. Needs the extra ``office``.

        Parameters
        ----------
        path
            The file to write, such as ``result.xlsx``. It appears whole or not at all.

        Raises
        ------
        FileError, CxlensError
            When the file cannot be written there, or XlsxWriter is not installed.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import cxlens as cx
        >>> drivers = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     drivers.to_excel(Path(folder, "drivers.xlsx"))
        """
        write_result(path, self)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class View(Result):
    """One side of what was found, such as the importance-performance map of drivers.

    Attributes
    ----------
    chart
        Where its picture and its widget are listed: stage and name, such as ``"drivers/dominance"``.
    table
        One row a touchpoint (and segment) or pair of them; the function that made it describes the columns.
    finding, note
        What was found, in parts, and what is to be known about it.
    record
        What was looked at: the record of the drivers or of the baseline, the survey, the map or the plan.
    parts
        Further tables, by name.
    again
        The same side of other answers: a function from a :class:`~cxlens.study.survey.Survey` to a view.
    level
        Of the intervals, where the record may be a survey or a map, which do not tell it.
    """

    chart: str
    table: pd.DataFrame
    finding: Finding
    note: str
    record: Any
    parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    again: Callable[[Any], View] | None = None
    level: float | None = None

    @property
    def stage(self) -> str:
        """The stage whose pictures and widgets show this side."""
        return self.chart.partition("/")[0]

    @property
    def kind(self) -> str:
        """Which side, in words: ``"value added"``."""
        return self.chart.partition("/")[2]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The table, called as the side is, and the parts."""
        return {self.kind: self.table, **self.parts}

    @property
    def survey(self) -> Any:
        """The answers looked at."""
        return getattr(self.record, "survey", self.record)
