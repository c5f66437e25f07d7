"""Aggregated tables: means or shares with their numbers of answers, a row a unit and wave, without the answers.

The noun alone: how a table is read and checked belongs to :mod:`cxlens.study.aggregate_files`, what stands in for its
answers to :mod:`cxlens.study.stand_ins`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.html import card
from cxlens.common.values import plural
from cxlens.engine.tables import InMemory
from cxlens.errors import OptionError, listing
from cxlens.study.aggregate_checks import check_lines
from cxlens.study.aggregate_files import TOUCHPOINT, Measure, measures_of, read_lines
from cxlens.study.door import Labels, checked_labels
from cxlens.study.scale import OutcomeKind, Scale, check_scale
from cxlens.study.segments import as_names
from cxlens.study.stand_ins import stand_ins, told_by
from cxlens.study.survey import Survey
from cxlens.study.waves import Period
from cxlens.study.words import Words


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Aggregates(Survey):
    """A table of means or shares, one row for each unit (a shop, a region), wave and touchpoint.

    Goes into :func:`cxlens.baseline`, :func:`cxlens.monitor`, :func:`cxlens.before_after`,
    :func:`cxlens.difference_in_differences` and :func:`cxlens.interrupted_time_series`, whose figures are those of the
    answers behind it. What only single answers tell, such as drivers, is refused; figures that the table does not hold
    are missing.

    Parameters
    ----------
    data
        A table or the path of a file, as :class:`cxlens.Survey` takes them.
    n
        The column with the number of answers behind each row.
    mean, sd
        The columns with the mean and the standard deviation of the answers (that of a sample, with n - 1). Without
        ``sd`` intervals can come from ``cluster`` alone.
    shares
        Instead of means: ``{"promoters": column, "detractors": column}``, which is the NPS, or ``{"top box": column}``,
        with ``"bottom box"`` if known, or ``{"customers": column}``: the share of a market, of those who stayed or the
        like, ``n`` being how many customers it was counted among; it is followed, and no rating. Shares from 0 to 1, or
        percentages; taken to the nearest whole answer.
    touchpoint
        The column that names the touchpoint of a row. Where each touchpoint has columns of its own, give them instead:
        ``mean={"web": "web mean", "call": "call mean"}``, and so for ``sd``, ``n`` or a share.
    unit
        The column, or columns, that name the shop, region or the like: segments, as verbs call them.
    cluster
        The column whose values were drawn as a whole: shops, when they and not single guests stand for others.
    time, period
        The wave, as in :class:`cxlens.Survey`.
    scale
        The :class:`Scale` of the means: intervals end where it ends, and what cannot be is refused.

    Attributes
    ----------
    cells
        The table as it was read: units, wave, ``touchpoint``, ``n``, then ``mean`` and ``sd``, or shares (0 to 1).
    figures
        Which figures of a baseline it holds: "mean"; "nps", "top_box" and "unhappy"; "top_box" (and "unhappy"); none of
        shares of customers.

    Raises
    ------
    ColumnError, FileError, OptionError, ValuesError
        When a column is missing, the spread is not known, two rows are about the same, a row is the total of others, or
        figures are not what they can be.

    Notes
    -----
    Sums over answers and their squares are kept exactly, so means, their standard errors (HC3 and by cluster, too),
    intervals of Student and Welch, shares and the NPS are those of the answers: to the last digits, as far as the
    table tells them. How touchpoints go together is not known, so nothing that rests on it is given.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> shops = pd.DataFrame({"shop": ["A", "A", "B", "B"], "year": [2024, 2025] * 2, "n": [80, 90, 70, 75],
    ...                       "rating": [3.4, 3.9, 3.5, 3.5], "sd": [1.1, 1.0, 1.2, 1.1]})
    >>> table = cx.Aggregates(shops, n="n", mean="rating", sd="sd", unit="shop", time="year")
    >>> table
    315 answers in 4 rows about 1 touchpoint (rating), of which mean is known.
    >>> result = cx.difference_in_differences(table, metric="rating", before=2024, after=2025, treated={"shop": "A"})
    >>> round(result.estimate, 2)
    0.5
    """

    figures: frozenset[str]
    cells: pd.DataFrame

    only_in = ("baseline", "monitor", "before_after", "difference_in_differences", "interrupted_time_series")

    def __init__(
        self,
        data: Any,
        *,
        n: Measure,
        mean: Measure | None = None,
        sd: Measure | None = None,
        shares: Mapping[str, Measure] | None = None,
        touchpoint: str | None = None,
        unit: str | Sequence[str] = (),
        cluster: str | None = None,
        time: str | None = None,
        period: Period | None = None,
        scale: Scale | None = None,
    ) -> None:
        check_scale("scale", scale)
        measures = measures_of(n, mean, sd, shares, cluster)
        told = told_by(measures, scale)
        units = as_names(unit)
        labels = Labels.of(_jobs(units, cluster, time), time, period, ())
        lines, notes = read_lines(data, measures, touchpoint, labels)
        check_lines(lines, list(labels.jobs), time, scale)
        rows = stand_ins(lines, list(labels.jobs), told)
        self._set(
            segments=units,
            cluster=cluster,
            time=time,
            period=labels.period,
            source=checked_labels(InMemory(rows), labels),
            notes=notes,
            scale=told.scale,
            figures=told.figures,
            cells=lines.rename(columns={TOUCHPOINT: "touchpoint"}),
        )
        self._set_nouns(told.kind)

    def _set_nouns(self, kind: OutcomeKind | None) -> None:
        """The touchpoints, which are outcomes, too, where shares are told; and all that there is not."""
        names = self.cells["touchpoint"].unique().tolist()
        outcomes = names if kind else []
        self._set(
            touchpoints=tuple(names),
            columns={name: {"": name} for name in names},
            outcomes=dict.fromkeys(outcomes, kind),
            outcome_scales=dict.fromkeys(outcomes, self.scale),
            **dict.fromkeys(("respondent", "weight", "count", "channel", "beside")),
            unknown=(),
            chosen=(),
            declared=(),
            margins={},
            calibration=None,
            words=Words({}, {}, {}),
            scales={},
            comments={},
            emotion={},
            _doors={},
        )

    @property
    def holds_customers(self) -> bool:
        """Whether its shares are of customers, and tell nothing of ratings."""
        return not self.figures

    @property
    def outcome(self) -> str:
        """What verbs look at unless told otherwise: the first touchpoint."""
        return self.touchpoints[0]

    @property
    def table(self) -> pd.DataFrame:
        """The same as ``cells``: there are no single answers."""
        return self.cells

    def made_with(self, argument: str) -> str:
        """What is typed to give an argument: ``Aggregates(..., unit=[...])``, as segments are called here."""
        return f"Aggregates(..., {argument.replace('segments', 'unit')})"

    def grouped(self, groups: Mapping[str, Sequence[str]]) -> Survey:
        """Refused: how the touchpoints of a group go together is not known.

        Raises
        ------
        OptionError
            ``per= takes the mean of each answer over several touchpoints, which ... cannot tell.``
        """
        raise OptionError(
            "per= takes the mean of each answer over several touchpoints, which an aggregated table cannot tell. "
            f"Leave per= out ({plural(len(groups), 'group')} asked for), or give single answers: cx.Survey(...)."
        )

    def __repr__(self) -> str:
        if self.holds_customers:
            return f"{plural(self.n, 'customer')} in {plural(len(self.cells), 'row')}: {listing(self.touchpoints, 8)}."
        return (
            f"{plural(self.n, 'answer')} in {plural(len(self.cells), 'row')} about "
            f"{plural(len(self.touchpoints), 'touchpoint')} ({listing(self.touchpoints, 8)}), of which "
            f"{listing(sorted(self.figures))} {'is' if len(self.figures) == 1 else 'are'} known."
        )

    def _repr_html_(self) -> str:
        units = [f"Units: {listing(self.segments)}."] if self.segments else []
        return card(repr(self), None, " ".join([*units, *self.notes]))


def knows(survey: Survey, figure: str) -> bool:
    """Whether answers tell a figure of a baseline: single ones do, an aggregated table tells what it holds."""
    return not isinstance(survey, Aggregates) or figure in survey.figures


def _jobs(units: tuple[str, ...], cluster: str | None, time: str | None) -> dict[str, str]:
    """The columns that tell rows apart, each with its job."""
    jobs = dict.fromkeys(units, "segment")
    for column, job in ((time, "time"), (cluster, "cluster")):
        if column is not None:
            jobs.setdefault(column, job)
    return jobs
