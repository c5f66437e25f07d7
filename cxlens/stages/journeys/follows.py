"""What comes some time after what, whatever lies between: shares of journeys by pair of touchpoints.

The side :func:`follows`. What comes next is a matter of :mod:`cxlens.stages.journeys.paths`.
"""

from __future__ import annotations

from itertools import product

import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import closest_percent, count
from cxlens.engine.journey_follows import eventually_follows
from cxlens.engine.journeys import SortedEvents, take_journeys
from cxlens.errors import ValuesError
from cxlens.stages.journeys.groups import (
    LEVEL,
    NAMED,
    Compared,
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
    tells_of_few,
)
from cxlens.stats.shares_by_customer import ShareSums
from cxlens.study.journeys import JourneyLog

PAIR = ["touchpoint", "later"]
HITS = "followed"
MOST = 500  # touchpoints: of more, pairs are too many to look at


def follows(question: Question) -> View:
    """Which touchpoints are met some time after which.

    See :meth:`cxlens.stages.journeys.paths.Paths.follows`.
    """
    log = question.log
    _check_touchpoints(log)
    question.check_any_over("follows")
    pairs = pd.DataFrame(product(log.touchpoints, repeat=2), columns=PAIR)
    counted = question.counted(_of_pairs)
    hidden = tells_of_few(counted, question.min_n)
    table = pairs.assign(**share_columns(counted.sums, hidden, HITS))
    compared = question.compared(pairs, _of_pairs, HITS)
    finding = _commonest(table, question)
    if compared is not None:
        finding = _difference(compared, question)
    return View(
        chart="journeys/follows",
        table=table,
        finding=finding,
        note=(
            "share: of the journeys that meet the touchpoint and are over, those that meet the other one after the "
            "first time; of a touchpoint and itself, those that meet it again. 95 % Wilson intervals. What comes later "
            f"need not come because of it. {question.missing}"
        ),
        record=log,
        parts=parts_of(compared),
        again=lambda part: follows(question.of(part)),
        level=LEVEL,
    )


def _check_touchpoints(log: JourneyLog) -> None:
    """Refuse a log of so many touchpoints that nobody can look at all pairs."""
    n = len(log.touchpoints)
    if n > MOST:
        raise ValuesError(
            f"the log has {count(n)} touchpoints, whose pairs nobody can look at; at most {MOST} are taken. Put them "
            "together: log.by(touchpoint_map, 'stage'), or 'channel'."
        )


def _of_pairs(events: SortedEvents, over: Flags) -> ShareSums:
    """Of all pairs of touchpoints, one row of the table after the other."""
    sums = eventually_follows(take_journeys(events, over))
    return ShareSums(*(figure.ravel() for figure in sums))


def _commonest(table: pd.DataFrame, question: Question) -> Finding:
    """The pair that comes in that order most often."""
    is_pair = table["touchpoint"] != table["later"]
    level, is_clear = clearly_first(table[is_pair & (table["share"] != 0)])
    if level.empty:
        return Finding(
            "No touchpoint is known to come after another",
            more=question.aside,
            n=question.n_over,
        )
    items = [
        Item(
            name=f"{row['later']} after {row['touchpoint']}",
            figure=closest_percent(row["share"]),
            interval=span(row),
            certainty=f"of {count(row['n'])}",
        )
        for _, row in level.head(NAMED).iterrows()
    ]
    lead = "Most often met some time later"
    certainty = ("Clearly more often than any other",)
    if not is_clear:
        lead = f"{lead}, with no clear first"
        certainty = (f"{count(len(level))} pairs may be first",)
    return Finding(
        lead,
        items=items,
        more=(*certainty, *question.aside),
        n=question.n_over,
    )


def _difference(compared: Compared, question: Question) -> Finding:
    """In what segments differ most clearly; that they do not, else."""
    clear = clear_differences(compared)
    clear = clear[clear["touchpoint"] != clear["later"]]
    if clear.empty:
        return Finding(
            not_clear("what comes later", question.by, compared.tests, compared.segments),
            more=question.aside,
            n=question.n_over,
        )
    test = clear.iloc[0]
    return Finding(
        f"{test['later']} comes some time after {test['touchpoint']}, more often for some",
        items=both_ends(compared, test, PAIR),
        more=(clearly_so(compared), *question.aside),
        n=question.n_over,
    )
