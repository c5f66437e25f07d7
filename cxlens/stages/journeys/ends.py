"""Where journeys end: which are open, which ends are intended, and how many of each may be told.

What is said of it belongs to :mod:`cxlens.stages.journeys.paths`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.small_cells import hidden_counts
from cxlens.common.values import CLEAR
from cxlens.engine import journeys as engine
from cxlens.stages.journeys.by_customer import Pairs, ends_by_customer, more_and_fewer, pairs_of, spans
from cxlens.stats.intervals import wilson
from cxlens.study.journeys import JourneyLog

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


class HiddenEnds(NamedTuple):
    """(touchpoints,) of which not to tell how many reached it, ended there, with what fate, and have the outcome."""

    reached: Flags
    ended: Flags
    fates: Flags
    converted: Flags


class Ends(NamedTuple):
    """How journeys end, of all and of one of each customer; ``counted`` flags these, ``is_open`` those that may go on.

    ``named`` are the intended ends that somebody named.
    """

    named: tuple[str, ...]
    is_open: Flags | None
    counted: Flags
    ends: engine.DropOff
    people: engine.DropOff

    @classmethod
    def of(cls, log: JourneyLog, named: tuple[str, ...], min_n: int) -> Ends:
        """Count where the journeys of a log end."""
        is_open = log.open_journeys(named)
        counted = engine.is_counted(log.rows(), min_n, is_open)
        return cls(
            named=named,
            is_open=is_open,
            counted=counted,
            ends=engine.drop_off(log.rows(), log.converted, is_open),
            people=_of_people(log, is_open, counted),
        )

    @property
    def fates(self) -> Counts:
        """(touchpoints, 3) journeys that ended there without the outcome, with it, and that may go on."""
        return _fates(self.ends)

    def small_fates(self, min_n: int) -> Flags:
        """(touchpoints, 3) which of them are those of fewer customers than may be told."""
        return np.asarray((self.fates > 0) & (_fates(self.people) < min_n))

    def hidden(self, log: JourneyLog, reached: Flags, last: Flags, min_n: int) -> HiddenEnds:
        """What tells of a few, and what else to hide so that it does not follow.

        ``reached`` and ``last`` flag touchpoints of which it is not told how many reach them, and how often they come
        last.
        """
        few = reached | ((self.ends.reached > 0) & (self.people.reached < min_n))
        last = few | last
        fates = hidden_counts(self.fates, min_n, _fates(self.people))
        converted = few
        if log.converted is not None:
            converted = few | _few_outcomes(log, self.ends, self.counted, min_n)
        return HiddenEnds(
            reached=few,
            ended=last | fates[:, 2],
            fates=last | fates.any(axis=1),
            converted=converted,
        )


def drop_off(log: JourneyLog, counted: Ends, hidden: HiddenEnds) -> pd.DataFrame:
    """How many journeys reach each touchpoint, and how many end there; NA where that is hidden.

    The columns are those of :class:`cxlens.stages.journeys.paths.Paths`.
    """
    ends, named = counted.ends, counted.named
    lost = _Share(
        part=ends.dropped,
        whole=ends.reached - ends.under_way,
        by_customer=_lost_by_customer(log, counted.is_open),
    )
    columns: dict[str, Any] = {
        "touchpoint": list(log.touchpoints),
        "reached": _masked(ends.reached, hidden.reached),
        "ended": _masked(ends.ended, hidden.ended),
        "open": _masked(ends.under_way, hidden.fates),
        "intended": _meant(log, named, ends),
    }
    if log.converted is None:
        columns |= _shares("share", "", lost, hidden.fates)
        return pd.DataFrame(columns)
    completed = ends.ended - ends.dropped
    columns["intended"] |= (completed > ends.dropped) & ~hidden.fates
    columns["dropped_out"] = _masked(ends.dropped, hidden.fates)
    columns["completed"] = _masked(completed, hidden.fates)
    columns |= _shares("share", "", lost, hidden.fates)
    columns |= _conversions(log, ends, hidden.converted)
    return pd.DataFrame(columns)


def _conversions(log: JourneyLog, ends: engine.DropOff, hidden: Flags) -> dict[str, Any]:
    """How many of those that reached each touchpoint have the outcome so far; NA where it tells of a few."""
    shares = _Share(
        part=ends.converted,
        whole=ends.reached,
        by_customer=_converted_by_customer(log),
    )
    converted = {"converted": _masked(ends.converted, hidden)}
    return converted | _shares("conversion", "conversion_", shares, hidden)


def _meant(log: JourneyLog, named: tuple[str, ...], ends: engine.DropOff) -> Flags:
    """(touchpoints,) whether it is an intended end: named, or where most that end there end as ``ends_at`` says."""
    events = log.rows()
    over = np.bincount(events.last_code[events.over], minlength=events.n_touchpoints)
    is_named = np.isin(np.array(log.touchpoints, object), named)
    return np.asarray(is_named | (2 * over > ends.ended))


def _lost_by_customer(log: JourneyLog, is_open: Flags | None) -> Pairs | None:
    """Journeys that ended without the outcome, by touchpoint and customer; None where each customer has one."""
    if log.n == log.n_customers:
        return None
    goes_on = np.zeros(log.n, bool)
    if is_open is not None:
        goes_on = is_open
    dropped = ~goes_on
    if log.converted is not None:
        dropped = dropped & ~log.converted
    return ends_by_customer(log.rows(), dropped, goes_on)


def _converted_by_customer(log: JourneyLog) -> Pairs | None:
    """Journeys that have the outcome, by touchpoint and customer; None where each customer has one."""
    if log.n == log.n_customers:
        return None
    has_outcome = np.asarray(log.converted, bool)
    return pairs_of(
        log.rows(),
        part=lambda met: has_outcome[met.journey],
        whole=lambda met: np.ones(len(met.journey), bool),
    )


def clearly_more(
    log: JourneyLog, ends: tuple[str, ...], touchpoints: Sequence[str], numbers: Counts
) -> tuple[Flags, bool]:
    """Whether clearly more journeys stop at the first of some touchpoints than at each, and than at none at all.

    Of journeys, where each customer has one; else of customers: by which of the two more of their own journeys stop at.
    """
    lost = _lost_by_customer(log, log.open_journeys(ends))
    if lost is None:
        return is_clearly_more(numbers[0], numbers), bool(is_clearly_more(numbers[0], 0))
    codes = [log.touchpoints.index(name) for name in touchpoints]
    more, fewer, any_at_all = more_and_fewer(lost, codes[0], len(log.touchpoints))
    return is_clearly_more(more[codes], fewer[codes]), bool(is_clearly_more(any_at_all, 0))


def _few_outcomes(log: JourneyLog, ends: engine.DropOff, counted: Flags, min_n: int) -> Flags:
    """(touchpoints,) whether the outcomes of those that reached it, or of all others, tell of a few."""
    converted = np.asarray(log.converted, bool)
    people = _of_people(log, None, counted)
    is_some = _outcomes(ends, converted) > 0
    are_few = _outcomes(people, converted[counted]) < min_n
    few = is_some & are_few
    return np.asarray(few.any(axis=0))


def _of_people(log: JourneyLog, is_open: Flags | None, counted: Flags) -> engine.DropOff:
    """The same counts of one journey of each customer: of at least so many people each count is."""
    converted = log.converted
    if converted is not None:
        converted = converted[counted]
    if is_open is not None:
        is_open = is_open[counted]
    return engine.drop_off(engine.take_journeys(log.rows(), counted), converted, is_open)


def _fates(ends: engine.DropOff) -> Counts:
    """(touchpoints, 3) journeys that ended there without the outcome, with it, and that may go on."""
    return np.column_stack([ends.dropped, ends.ended - ends.dropped, ends.under_way])


def _outcomes(ends: engine.DropOff, converted: Flags) -> Counts:
    """(4, touchpoints) journeys that reached it with the outcome and without, then the others with it and without."""
    without = ends.reached - ends.converted
    elsewhere = converted.sum() - ends.converted
    others = (~converted).sum() - without
    return np.stack([ends.converted, without, elsewhere, others])


class _Share(NamedTuple):
    """Shares of journeys: one number, of another, and where customers have several journeys both by customer."""

    part: Counts
    whole: Counts
    by_customer: Pairs | None

    @property
    def span(self) -> tuple[Any, Any]:
        """The interval of each."""
        if self.by_customer is None:
            return wilson(self.part, self.whole)
        return spans(self.by_customer, len(self.whole))


def _shares(name: str, prefix: str, shares: _Share, hidden: Flags) -> dict[str, Any]:
    """A share with its interval; NaN where it is hidden, or of nobody."""
    low, high = shares.span
    with np.errstate(invalid="ignore"):
        share = shares.part / shares.whole
    return {
        name: np.where(hidden, np.nan, share),
        f"{prefix}low": np.where(hidden, np.nan, low),
        f"{prefix}high": np.where(hidden, np.nan, high),
    }


def _masked(n: Counts, hidden: Flags) -> pd.Series[int]:
    """Counts, missing where hidden."""
    return pd.Series(n, dtype="Int64").mask(hidden)


def is_clearly_more(most: Any, others: Any) -> Any:
    """Whether so many more than others are unlikely by chance, were both as likely (sign test, two-sided)."""
    tail = special.bdtr(others, most + others, 0.5)
    return 2 * tail < CLEAR
