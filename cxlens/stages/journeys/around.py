"""Where journeys are before and after one touchpoint: the step matrix around an anchor.

The side :func:`around`. The step matrix from the start is a matter of :mod:`cxlens.stages.journeys.paths`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.small_cells import hidden_counts
from cxlens.common.values import closest_percent, count
from cxlens.engine import journey_around as engine
from cxlens.engine.journey_shares import Members, share_sums
from cxlens.engine.journeys import SortedEvents
from cxlens.errors import ValuesError, check_known
from cxlens.stages.journeys.groups import (
    LEVEL,
    Compared,
    Counted,
    Counting,
    Flags,
    Question,
    both_ends,
    clear_differences,
    clearly_first,
    clearly_so,
    not_clear,
    parts_of,
    share_columns,
    span,
)
from cxlens.stats.shares_by_customer import ShareSums
from cxlens.study.journeys import END, START, JourneyLog

OPEN = "(open)"
IN_WORDS = {START: "the start", END: "the end", OPEN: "nothing yet"}
PLACE = ["position", "touchpoint"]
HITS = "journeys"
MOST = 10  # steps: earlier and later ones do not fit a page


class Steps(NamedTuple):
    """How far to look before and after a touchpoint."""

    anchor: str
    before: int
    after: int


def around(question: Question, steps: Steps) -> View:
    """Where journeys are so many steps before and after they first meet a touchpoint.

    See :meth:`cxlens.stages.journeys.paths.Paths.around`.
    """
    log = question.log
    _check_steps("before", steps.before)
    _check_steps("after", steps.after)
    check_known("anchor: touchpoint", [steps.anchor], log.touchpoints, "Touchpoints")
    if OPEN in log.touchpoints:
        raise ValuesError(
            f"around: a touchpoint is called {OPEN!r}, which stands for journeys that may still go on. Give it another "
            "name."
        )
    names = [*log.touchpoints, START, END, OPEN]
    places = _places(steps, names)
    counting = _counting(log, steps)
    counted = question.counted(counting)
    hidden = _hidden(counted, len(names), question.min_n)
    table = places.assign(**share_columns(counted.sums, hidden, HITS))
    compared = question.compared(places, counting, HITS)
    finding = _beside(table, steps.anchor)
    if compared is not None:
        finding = _difference(table, steps.anchor, compared, question)
    return View(
        chart="journeys/around",
        table=table,
        finding=finding,
        note=(
            f"share: of the journeys that meet {steps.anchor}, by where they are so many steps before and after its "
            f"first time; each position sums to 1. {START}: not begun yet; {END}: over by then; {OPEN}: may still go "
            f"on. 95 % Wilson intervals. {question.missing}"
        ),
        record=log,
        parts={"matrix": _matrix(table, names), **parts_of(compared)},
        again=lambda part: around(question.of(part), steps),
        level=LEVEL,
    )


def _places(steps: Steps, names: Sequence[str]) -> pd.DataFrame:
    """A row for each position and place, as the engine numbers them."""
    positions = range(-steps.before, steps.after + 1)
    return pd.DataFrame(product(positions, names), columns=PLACE)


def _counting(log: JourneyLog, steps: Steps) -> Counting:
    """What counts journeys by position and place."""
    code = log.touchpoints.index(steps.anchor)

    def counting(events: SortedEvents, over: Flags) -> ShareSums:
        counted = engine.around(events, code, steps.before, steps.after, ~over)
        of_all = np.zeros(len(counted.anchored), np.int64)
        places = counted.places * (steps.before + steps.after + 1)
        return share_sums(
            events,
            hits=counted.at,
            whole=Members(of_all, counted.anchored),
            base=np.zeros(places, np.int64),
        )

    return counting


def _check_steps(option: str, steps: object) -> None:
    """Refuse a number of steps that is none, or more than a page holds."""
    is_whole = isinstance(steps, Integral) and not isinstance(steps, bool)
    if not is_whole or not 0 <= int(steps) <= MOST:  # type: ignore[call-overload]
        raise ValuesError(f"{option} must be a whole number of steps from 0 to {MOST}; you gave {steps!r}.")


def _hidden(counted: Counted, places: int, min_n: int) -> Flags:
    """What to hide, where all that meet the anchor are counted at each position."""
    shape = (-1, places)
    hidden = hidden_counts(counted.sums.part.reshape(shape), min_n, counted.people.part.reshape(shape))
    few = counted.people.whole < min_n
    return np.asarray(hidden.ravel() | few)


def _matrix(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Shares with a row a place and a column a position."""
    return table.pivot(index="touchpoint", columns="position", values="share").loc[list(names)]


def _meeting(table: pd.DataFrame, anchor: str) -> str:
    """``1,463 journeys that meet Security``, unless that is hidden."""
    n = table["n"].max()
    return f"journeys that meet {anchor} are hidden" if pd.isna(n) else f"{count(n)} journeys that meet {anchor}"


def _beside(table: pd.DataFrame, anchor: str) -> Finding:
    """Where most journeys are right before and right after."""
    items = []
    for position in (-1, 1):
        is_here = table["position"] == position
        level, is_clear = clearly_first(table[is_here & (table["share"] != 0)])
        if level.empty:
            continue
        first = level.iloc[0]
        items.append(
            Item(
                name=_beside_it(first["touchpoint"], position),
                figure=closest_percent(first["share"]),
                interval=span(first),
                certainty="clearly most" if is_clear else f"{count(len(level))} places may be first",
            )
        )
    n = _meeting(table, anchor)
    if not items:
        return Finding(f"Nothing may be told of what lies around {anchor}", n=n)
    return Finding(f"Around {anchor} most journeys are at", items=items, n=n)


def _beside_it(place: str, position: int) -> str:
    """``Check-in right before``, ``the end right after``."""
    side = "before" if position < 0 else "after"
    return f"{IN_WORDS.get(place, place)} right {side}"


def _difference(table: pd.DataFrame, anchor: str, compared: Compared, question: Question) -> Finding:
    """Where segments differ most clearly; that they do not, else."""
    clear = clear_differences(compared)
    n = _meeting(table, anchor)
    if clear.empty:
        return Finding(not_clear(f"what lies around {anchor}", question.by, compared.tests, compared.segments), n=n)
    test = clear.iloc[0]
    when = _when(int(test["position"]), anchor)
    place = IN_WORDS.get(test["touchpoint"], test["touchpoint"])
    return Finding(
        f"{when}, {place} is more usual for some",
        items=both_ends(compared, test, PLACE),
        more=(clearly_so(compared),),
        n=n,
    )


def _when(position: int, anchor: str) -> str:
    """``2 steps after Security``."""
    side = "before" if position < 0 else "after"
    steps = "1 step" if abs(position) == 1 else f"{abs(position)} steps"
    return f"{steps} {side} {anchor}"
