"""The ways customers take: what follows what, which paths are common, where journeys end.

Counting events is done in :mod:`cxlens.engine.journeys`; credit for an outcome (attribution) and pictures
do not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, percent, plural
from cxlens.engine import journeys as engine
from cxlens.errors import ValuesError, check_kind
from cxlens.stats.intervals import wilson
from cxlens.study.journeys import END, START, JourneyLog

ARROW = " > "  # between the touchpoints of a path
STEPS = 20  # what a step matrix shows: later steps are rare and do not fit a page


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Paths(Result):
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

    @property
    def finding(self) -> Finding:
        """Where most journeys end, and how many take the commonest path."""
        outcome = self.log.outcome
        if outcome is None:
            return self._most("ended", "ended there")
        if not self.drop_off["dropped_out"].any():
            return Finding(f"No journey ended without {outcome!r}", more=(self._commonest(),))
        return self._most("dropped_out", f"ended there without {outcome!r}")

    def _most(self, column: str, what: str) -> Finding:
        """The touchpoint where most journeys end; ties: the one with the larger share."""
        descending = self.drop_off.sort_values([column, "share"], ascending=False, kind="stable")
        row = descending.iloc[0]
        return Finding(
            lead="",
            figure=percent(row["share"]),
            interval=f"[{percent(row['low'])}, {percent(row['high'])}]",
            unit=f"of the {plural(row['reached'], 'journey')} that reached {row['touchpoint']} {what}",
            more=(f"That is {plural(row[column], 'journey')}", self._commonest()),
        )

    def _commonest(self) -> str:
        """How many paths there are, and how many journeys the commonest covers."""
        journeys = plural(self.log.n, "journey")
        if self.n_variants == 1:
            same = "There is one" if self.log.n == 1 else "All took the same"
            return f"{same} path ({journeys})"
        first = self.variants["share"].iloc[0]
        share = percent(first) if first >= 0.005 else "less than 1 %"
        return f"The commonest of {count(self.n_variants)} paths covers {share} of {journeys}"

    @property
    def note(self) -> str:
        """What shares are of, how the interval was made, and where the rest is."""
        return (
            "share: of all departures from the touchpoint, ends included; in the rows of (start), of all journeys. "
            "The interval above is a 95 % Wilson interval. See also .variants, .drop_off and .steps."
        )


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
    100 % [34 %, 100 %] of the 2 journeys that reached Call ended there. That is 2 journeys.
    The commonest of 2 paths covers 50 % of 2 journeys.
    >>> result.variants[["path", "n"]]
                    path  n
    0         Web > Call  1
    1  Web > Shop > Call  1
    """
    check_kind("paths", log, JourneyLog, "cx.JourneyLog(events, customer=..., touchpoint=..., time=...)")
    if not isinstance(top, int | np.integer) or top < 1:
        raise ValuesError(f"top={top!r} is not a number of paths. Give a whole number of 1 or more.")
    variants = engine.variants(log.rows())
    return Paths(
        table=_transitions(log),
        variants=_variants(log, variants, top),
        drop_off=_drop_off(log),
        steps=_steps(log),
        n_variants=len(variants.n),
        log=log,
        top=top,
    )


def _transitions(log: JourneyLog) -> pd.DataFrame:
    """Transitions in the order of the touchpoints, the commonest next one first."""
    transitions = engine.transitions(log.rows())
    table = pd.DataFrame(transitions._asdict())
    table = table.rename(columns={"median_gap": "median_gap_seconds"})
    departures = table.groupby("origin")["n"].transform("sum")
    table["share"] = table["n"] / departures
    origins = np.array([*log.touchpoints, START], object)  # EDGE, -1, is the last entry
    targets = np.array([*log.touchpoints, END], object)
    table["touchpoint"] = origins[table["origin"]]
    table["next"] = targets[table["target"]]
    table = table.sort_values(["origin", "n"], ascending=[True, False], kind="stable", ignore_index=True)
    return table[["touchpoint", "next", "n", "share", "median_gap_seconds"]]


def _variants(log: JourneyLog, variants: engine.Variants, top: int) -> pd.DataFrame:
    """The commonest paths, each told by an example of a customer who took it; the others as one row."""
    names = np.array([_in_path(name) for name in log.touchpoints], object)
    rows = log.rows()
    paths = []
    for customer in variants.example[:top].tolist():
        codes = engine.codes_of(rows, customer)
        paths.append(ARROW.join(names[codes]))
    n = variants.n[:top].tolist()
    others = len(variants.n) - top
    if others > 0:
        paths.append(f"other ({plural(others, 'variant')})")
        n.append(log.n - sum(n))
    table = pd.DataFrame({"path": paths, "n": n})
    table["share"] = table["n"] / log.n
    table["cumulated"] = table["n"].cumsum() / log.n
    return table


def _in_path(name: str) -> str:
    """A touchpoint as paths have it: in quotes where it has the arrow of paths, or begins like one in quotes."""
    return repr(name) if ARROW.strip() in name or name.startswith(("'", '"')) else name


def _drop_off(log: JourneyLog) -> pd.DataFrame:
    """How many journeys reach each touchpoint, and how many end there."""
    ends = engine.drop_off(log.rows(), log.converted)
    table = pd.DataFrame(
        {
            "touchpoint": list(log.touchpoints),
            "reached": ends.reached,
            "ended": ends.ended,
        }
    )
    if log.outcome is not None:
        table["dropped_out"] = ends.dropped
        table["completed"] = ends.ended - ends.dropped
    table["share"] = ends.dropped / ends.reached
    low, high = wilson(ends.dropped, ends.reached)
    table["low"] = low
    table["high"] = high
    return table


def _steps(log: JourneyLog) -> pd.DataFrame:
    """Share of all journeys at each touchpoint, step by step."""
    counts = engine.step_matrix(log.rows(), STEPS)
    names = pd.Index([*log.touchpoints, END], name="touchpoint")
    _, last = counts.shape
    steps = pd.RangeIndex(1, last + 1, name="step")
    return pd.DataFrame(counts / log.n, index=names, columns=steps)
