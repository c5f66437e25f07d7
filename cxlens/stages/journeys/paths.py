"""The ways customers take: what follows what, which paths are common, where journeys end.

Counting events is done in :mod:`cxlens.engine.journeys`; credit for an outcome (attribution) and pictures
do not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, percent, plural
from cxlens.engine import journeys as engine
from cxlens.errors import ValuesError, check_kind
from cxlens.stats.intervals import wilson
from cxlens.study.journeys import END, START, JourneyLog

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = 20  # what a step matrix shows: later steps are rare and do not fit a page


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Paths:
    """What customers did, counted; made by :func:`paths`.

    Attributes
    ----------
    table : DataFrame
        Transitions: ``touchpoint`` (``(start)`` for the start of a journey), ``next`` (``(end)`` for its end),
        ``n``, ``share``, ``median_gap_seconds`` (missing at starts and ends, or without times). ``share`` is of
        all departures from ``touchpoint``, ends included; in the rows of ``(start)`` it is of all journeys.
    variants : DataFrame
        The commonest paths: ``path`` ("A > B > C"), ``n``, ``share`` of all journeys, ``cumulated`` share.
        All other paths are summed up in a last row ``other (k variants)``, so that ``n`` sums to all journeys.
    drop_off : DataFrame
        One row a touchpoint: ``touchpoint``, ``reached`` (journeys that met it), ``ended`` (journeys whose last
        event it is), ``share`` of those that reached it, ``low``, ``high`` (95 % Wilson interval). With an
        outcome ``dropped_out`` and ``completed`` split ``ended`` into journeys without and with it, and
        ``share``, ``low``, ``high`` are those of ``dropped_out``.
    steps : DataFrame
        Step matrix: a row a touchpoint, a column a step (at most 20), the share of all journeys that are there
        at that step; the row ``(end)`` holds those that ended before, so that every column sums to 1.
    n_variants : int
        Number of different paths.
    log, top
        The inputs.
    """

    table: pd.DataFrame
    variants: pd.DataFrame
    drop_off: pd.DataFrame
    steps: pd.DataFrame
    n_variants: int
    log: JourneyLog
    top: int

    def __repr__(self) -> str:
        first, journeys = self.variants["share"].iloc[0], plural(self.log.n, "journey")
        share = percent(first) if first >= 0.005 else "less than 1 %"
        commonest = f"the commonest of {count(self.n_variants)} paths covers {share} of {journeys}."
        if self.n_variants == 1:
            commonest = f"{'there is one' if self.log.n == 1 else 'all took the same'} path ({journeys})."
        if self.log.outcome is None:
            return f"{self._most('ended', 'ended there')}; {commonest}"
        if not self.drop_off["dropped_out"].any():
            return f"No journey ended without {self.log.outcome!r}; {commonest}"
        return f"{self._most('dropped_out', f'ended there without {self.log.outcome!r}')}; {commonest}"

    def _most(self, column: str, what: str) -> str:
        """The touchpoint where most journeys end, as words; ties: the one with the larger share."""
        row = self.drop_off.sort_values([column, "share"], ascending=False, kind="stable").iloc[0]
        reached = f"the {plural(row['reached'], 'journey')} that reached {row['touchpoint']}"
        span = f"[{percent(row['low'])}, {percent(row['high'])}]"
        return f"{percent(row['share'])} of {reached} {what}: {count(row[column])} {span}"

    def _repr_html_(self) -> str:
        note = (
            "share: of all departures from the touchpoint, ends included; in the rows of (start), of all journeys. "
            "The interval above is a 95 % Wilson interval. See also .variants, .drop_off and .steps."
        )
        return card(str(self), self.table, note)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the paths on an Axes, and return it."""
        return port.draw(self, ax)

    def explore(self) -> Any:
        """The widget: the same figures with controls."""
        return port.widget_of(self)


def paths(log: JourneyLog, *, top: int = 10) -> Paths:
    """Count transitions, paths and ends of journeys.

    Parameters
    ----------
    log
        The events; each customer has one journey.
    top
        How many of the commonest paths to list, 1 or more; the rest is one row.

    Returns
    -------
    Paths
        Its ``table`` holds the transitions; ``variants``, ``drop_off`` and ``steps`` the rest.

    Raises
    ------
    OptionError, ValuesError
        When ``log`` is no journey log, or ``top`` no whole number of 1 or more.

    Notes
    -----
    Transitions are those of a directly-follows graph (van der Aalst 2016, Process Mining, chapter 2). The
    intervals are Wilson's (1927). Paths are told apart by a 64-bit number, see
    :func:`cxlens.engine.journeys.variants`; equally common paths stand in order of length.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> met = ["Web", "Shop", "Call", "Web", "Call"]
    >>> events = pd.DataFrame({"who": list("aaabb"), "met": met, "nr": [1, 2, 3, 1, 2]})
    >>> result = cx.paths(cx.JourneyLog(events, customer="who", touchpoint="met", order="nr"))
    >>> print(result)  # doctest: +NORMALIZE_WHITESPACE
    100 % of the 2 journeys that reached Call ended there: 2 [34 %, 100 %];
    the commonest of 2 paths covers 50 % of 2 journeys.
    >>> result.variants[["path", "n"]]
                    path  n
    0         Web > Call  1
    1  Web > Shop > Call  1
    """
    check_kind("paths", log, JourneyLog, "cx.JourneyLog(events, customer=..., touchpoint=..., time=...)")
    if not isinstance(top, int | np.integer) or top < 1:
        raise ValuesError(f"top={top!r} is not a number of paths. Give a whole number of 1 or more.")
    found = engine.variants(log.rows())
    return Paths(_transitions(log), _variants(log, found, top), _drop_off(log), _steps(log), len(found.n), log, top)


def _transitions(log: JourneyLog) -> pd.DataFrame:
    """Transitions in the order of the touchpoints, the commonest next one first."""
    table = pd.DataFrame(engine.transitions(log.rows())._asdict()).rename(columns={"median_gap": "median_gap_seconds"})
    table["share"] = table["n"] / table.groupby("origin")["n"].transform("sum")
    table["touchpoint"] = np.array([*log.touchpoints, START], object)[table["origin"]]  # EDGE, -1, is the last entry
    table["next"] = np.array([*log.touchpoints, END], object)[table["target"]]
    table = table.sort_values(["origin", "n"], ascending=[True, False], kind="stable", ignore_index=True)
    return table[["touchpoint", "next", "n", "share", "median_gap_seconds"]]


def _variants(log: JourneyLog, found: engine.Variants, top: int) -> pd.DataFrame:
    names, rows = np.array(log.touchpoints, object), log.rows()
    path = [" > ".join(names[engine.codes_of(rows, who)]) for who in found.example[:top].tolist()]
    n = found.n[:top].tolist()
    if len(found.n) > top:
        rest = len(found.n) - top
        path.append(f"other ({plural(rest, 'variant')})")
        n.append(log.n - sum(n))
    table = pd.DataFrame({"path": path, "n": n})
    return table.assign(share=table["n"] / log.n, cumulated=table["n"].cumsum() / log.n)


def _drop_off(log: JourneyLog) -> pd.DataFrame:
    ends = engine.drop_off(log.rows(), log.converted)
    table = pd.DataFrame({"touchpoint": list(log.touchpoints), "reached": ends.reached, "ended": ends.ended})
    if log.outcome is not None:
        table = table.assign(dropped_out=ends.dropped, completed=ends.ended - ends.dropped)
    low, high = wilson(ends.dropped, ends.reached)
    return table.assign(share=ends.dropped / ends.reached, low=low, high=high)


def _steps(log: JourneyLog) -> pd.DataFrame:
    counts = engine.step_matrix(log.rows(), STEPS)
    names = pd.Index([*log.touchpoints, END], name="touchpoint")
    return pd.DataFrame(counts / log.n, index=names, columns=pd.RangeIndex(1, counts.shape[1] + 1, name="step"))
