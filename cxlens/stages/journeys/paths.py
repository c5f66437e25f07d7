"""The ways customers take: what follows what, which paths are common, where journeys end.

Counting events is done in :mod:`cxlens.engine.journeys`; credit for an outcome (attribution) and pictures
do not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.small_cells import hidden_counts, reason
from cxlens.common.values import count, percent, plural
from cxlens.engine import journeys as engine
from cxlens.errors import ValuesError, check_kind, check_min_n
from cxlens.stats.intervals import wilson
from cxlens.study.journeys import END, START, JourneyLog

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
ARROW = " > "  # between the touchpoints of a path
STEPS = 20  # what a step matrix shows: later steps are rare and do not fit a page


@misfits_told
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
    log, top, min_n
        The inputs. Counts of fewer than ``min_n`` journeys are hidden, and as many more as protect them; rare paths
        are among the others.
    """

    table: pd.DataFrame
    variants: pd.DataFrame
    drop_off: pd.DataFrame
    steps: pd.DataFrame
    n_variants: int
    log: JourneyLog
    top: int
    min_n: int

    @property
    def finding(self) -> Finding:
        """Where most journeys end, and how many take the commonest path."""
        outcome = self.log.outcome
        if outcome is None:
            return self._most("ended", "ended there")
        if self.drop_off["dropped_out"].eq(0).all():
            return Finding(f"No journey ended without {outcome!r}", more=(self._commonest(),))
        return self._most("dropped_out", f"ended there without {outcome!r}")

    def _most(self, column: str, what: str) -> Finding:
        """The touchpoint where most journeys end; ties: the one with the larger share."""
        known = self.drop_off.dropna(subset=["share", column])
        if known.empty:
            return Finding(f"Fewer than {self.min_n} journeys each {what}", more=(self._commonest(),))
        descending = known.sort_values([column, "share"], ascending=False, kind="stable")
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
        if len(self.variants) == 1:
            return f"No path is that of {self.min_n} journeys or more: {count(self.n_variants)} paths, {journeys}"
        first = self.variants["share"].iloc[0]
        share = percent(first) if first >= 0.005 else "less than 1 %"
        return f"The commonest of {count(self.n_variants)} paths covers {share} of {journeys}"

    @property
    def note(self) -> str:
        """What shares are of, how the interval was made, and where the rest is."""
        return (
            "share: of all departures from the touchpoint, ends included; in the rows of (start), of all journeys. "
            "The interval above is a 95 % Wilson interval. See also .variants, .drop_off and .steps. "
            f"Missing: {reason(self.min_n, of='journeys')}."
        )


@misfits_told
def paths(log: JourneyLog, *, top: int = 10, min_n: int = 5) -> Paths:
    """Count transitions, paths and ends of journeys.

    Parameters
    ----------
    log
        The events; each customer has one journey.
    top
        How many of the commonest paths to list, 1 or more; the rest is one row.
    min_n
        Counts of fewer journeys are hidden, and as many more as keep them from being worked out; 1 hides nothing.

    Returns
    -------
    Paths
        Its ``table`` holds the transitions; ``variants``, ``drop_off`` and ``steps`` the rest.

    Raises
    ------
    OptionError, ValuesError
        When ``log`` is no journey log, ``top`` or ``min_n`` is no whole number of 1 or more, or the log holds fewer
        than ``min_n`` journeys.

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
    >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    >>> result = cx.paths(log, min_n=1)
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
    check_min_n(min_n)
    if log.n < min_n:
        raise ValuesError(
            f"The log holds fewer than {min_n} journeys, which are hidden to protect people: nothing is left to show. "
            "Where you may look at single customers, say min_n=1."
        )
    variants = engine.variants(log.rows())
    transitions = engine.transitions(log.rows())
    hidden = _hidden_transitions(transitions, min_n)
    return Paths(
        table=_transitions(log, transitions, hidden),
        variants=_variants(log, variants, top, min_n),
        drop_off=_drop_off(log, transitions.origin[hidden & (transitions.target == engine.EDGE)], min_n),
        steps=_steps(log, min_n),
        n_variants=len(variants.n),
        log=log,
        top=top,
        min_n=min_n,
    )


def _hidden_transitions(transitions: engine.Transitions, min_n: int) -> Flags:
    """Which transitions to hide: departures and arrivals of each touchpoint are known."""
    origin = transitions.origin - engine.EDGE
    target = transitions.target - engine.EDGE
    shape = (origin.max() + 1, target.max() + 1)
    counts = np.zeros(shape, np.int64)
    counts[origin, target] = transitions.n
    hidden = hidden_counts(counts, min_n)
    return hidden[origin, target]


def _transitions(log: JourneyLog, transitions: engine.Transitions, hidden: Flags) -> pd.DataFrame:
    """Transitions in the order of the touchpoints, the commonest next one first, those hidden last."""
    table = pd.DataFrame(transitions._asdict())
    table = table.rename(columns={"median_gap": "median_gap_seconds"})
    departures = table.groupby("origin")["n"].transform("sum")
    table["share"] = (table["n"] / departures).mask(hidden)
    table["median_gap_seconds"] = table["median_gap_seconds"].mask(hidden)
    table["n"] = table["n"].astype("Int64").mask(hidden)
    origins = np.array([*log.touchpoints, START], object)  # EDGE, -1, is the last entry
    targets = np.array([*log.touchpoints, END], object)
    table["touchpoint"] = origins[table["origin"]]
    table["next"] = targets[table["target"]]
    table = table.sort_values(["origin", "n"], ascending=[True, False], kind="stable", ignore_index=True)
    return table[["touchpoint", "next", "n", "share", "median_gap_seconds"]]


def _variants(log: JourneyLog, variants: engine.Variants, top: int, min_n: int) -> pd.DataFrame:
    """The commonest paths, each told by an example of a customer who took it; the others as one row."""
    names = np.array([_in_path(name) for name in log.touchpoints], object)
    rows = log.rows()
    examples = [engine.codes_of(rows, customer) for customer in variants.example[:top].tolist()]
    listed = _number_listed(variants.n[:top], examples, log, min_n)
    paths = [ARROW.join(names[codes]) for codes in examples[:listed]]
    n = variants.n[:listed].tolist()
    others = len(variants.n) - listed
    if others > 0:
        paths.append(f"other ({plural(others, 'variant')})")
        n.append(log.n - sum(n))
    table = pd.DataFrame({"path": paths})
    table["n"] = pd.array(n, "Int64")
    table["share"] = (table["n"] / log.n).astype(float)
    table["cumulated"] = (table["n"].cumsum() / log.n).astype(float)
    return table


def _in_path(name: str) -> str:
    """A touchpoint as paths have it: in quotes where it has the arrow of paths, or begins like one in quotes."""
    return repr(name) if ARROW.strip() in name or name.startswith(("'", '"')) else name


def _number_listed(n: Counts, examples: list[NDArray[np.int32]], log: JourneyLog, min_n: int) -> int:
    """How many of the commonest paths to list: none that few took, and not so many that few are left for the others.

    Neither of all journeys, nor of those that reached a touchpoint, which are known as well.
    """
    ends = engine.drop_off(log.rows(), log.converted)
    left = np.append(ends.reached, log.n)
    met = [[*np.unique(codes), -1] for codes in examples]  # the last counts all journeys
    listed = int((n >= min_n).sum())
    for path in range(listed):
        left[met[path]] -= n[path]
    while listed and ((left > 0) & (left < min_n)).any():
        listed -= 1
        left[met[listed]] += n[listed]
    return listed


def _drop_off(log: JourneyLog, hidden_ends: Counts, min_n: int) -> pd.DataFrame:
    """How many journeys reach each touchpoint, and how many end there; NA where that is hidden."""
    ends = engine.drop_off(log.rows(), log.converted)
    reached_hidden = (ends.reached > 0) & (ends.reached < min_n)
    touchpoints = np.arange(len(ends.reached))
    ended_hidden = reached_hidden | np.isin(touchpoints, hidden_ends)
    table = pd.DataFrame({"touchpoint": list(log.touchpoints)})
    table["reached"] = _masked(ends.reached, reached_hidden)
    table["ended"] = _masked(ends.ended, ended_hidden)
    share_hidden = ended_hidden
    if log.outcome is not None:
        completed = ends.ended - ends.dropped
        split = hidden_counts(np.column_stack([ends.dropped, completed]), min_n)
        share_hidden = ended_hidden | split.any(axis=1)
        table["dropped_out"] = _masked(ends.dropped, share_hidden)
        table["completed"] = _masked(completed, share_hidden)
    low, high = wilson(ends.dropped, ends.reached)
    share = ends.dropped / ends.reached
    for name, values in {"share": share, "low": low, "high": high}.items():
        table[name] = np.where(share_hidden, np.nan, values)
    return table


def _masked(n: Counts, hidden: Flags) -> pd.Series[int]:
    """Counts, missing where hidden."""
    return pd.Series(n, dtype="Int64").mask(hidden)


def _steps(log: JourneyLog, min_n: int) -> pd.DataFrame:
    """Share of all journeys at each touchpoint, step by step; NaN where that is hidden."""
    counts = engine.step_matrix(log.rows(), STEPS)
    hidden = hidden_counts(counts.astype(np.int64), min_n)
    shares = np.where(hidden, np.nan, counts / log.n)
    all_names = [*log.touchpoints, END]
    names = pd.Index(all_names, name="touchpoint")
    _, last = counts.shape
    steps = pd.RangeIndex(1, last + 1, name="step")
    return pd.DataFrame(shares, index=names, columns=steps)
