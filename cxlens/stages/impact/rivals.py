"""Competitors beside a change of ours: who of them asks for the metric, and what is told of them.

A change that rivals have, too, is not the organisation's own. What they did between the same waves is told in
:mod:`cxlens.stages.impact.against_periods`, what their series did in :mod:`cxlens.stages.impact.against_series`; how
the result speaks of it belongs to :mod:`cxlens.stages.impact.measured`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.errors import CxlensError, ValuesError
from cxlens.stages.impact.followed import OURS, RIVALS, checked_others, found_in
from cxlens.study.metrics import Estimate, Metric, find_metric
from cxlens.study.survey import Survey

WhoseLine = tuple[Any, ...]  # whose it is, and a line of a table
OF_RIVAL, OF_RIVALS, MORE = "rival's change", "rivals' change", "more than rivals"
CELLS = ["whose", "period", "waves", "n", "mean", "low", "high"]
BY_WAVE = ["whose", "wave", "n", "mean"]


class Rival(NamedTuple):
    """A competitor who asks for the metric, too: the name, the answers, the metric as it is there."""

    name: str
    survey: Survey
    metric: Metric


class Change(NamedTuple):
    """By how much a competitor changed, of how many answers, and the interval of ours less that."""

    name: str
    change: Estimate
    n: int
    less: tuple[float, float]


class Against(NamedTuple):
    """What rivals say of a change.

    ``each`` of them, and their ``change``, the mean of several; ``more``: ours less theirs, of ``n`` answers of ours;
    ``swing``: where only sampling error tells these apart, how much organisations would have to swing to explain it,
    else NaN. Their means in ``cells`` and ``by_wave``; what to ``note``.
    """

    each: list[Change]
    change: Estimate
    more: Estimate
    n: int
    cells: pd.DataFrame
    by_wave: pd.DataFrame
    note: str
    swing: float = np.nan

    @property
    def lines(self) -> list[WhoseLine]:
        """The lines of a table."""
        n = sum(rival.n for rival in self.each)
        lines: list[WhoseLine] = [(rival.name, OF_RIVAL, rival.n, *rival.change) for rival in self.each]
        if len(self.each) > 1:
            lines.append((RIVALS, OF_RIVALS, n, *self.change))
        return [*lines, (OURS, MORE, n + self.n, *self.more)]

    def as_much(self, sign: int) -> Change | None:
        """The rival of whom it is not clear that ours is more, the one that moved most; None where it is of each."""
        moved = [rival for rival in self.each if not is_beyond(rival.less, sign)]
        return max(moved, key=lambda rival: sign * rival.change[0], default=None)

    def is_exceeded(self, sign: int) -> bool:
        """Whether a change of ours, on that side of 0, is clearly more than theirs together, and than that of each."""
        return is_beyond(self.more[1:3], sign) and self.as_much(sign) is None


def is_beyond(ends: tuple[float, float], sign: int) -> bool:
    """Whether an interval lies on that side of 0."""
    low, high = ends
    return low > 0 if sign > 0 else high < 0


def checked_rivals(competitors: Mapping[str, Survey] | None, metrics: Sequence[Metric]) -> dict[str, Survey]:
    """Competitors by name, each a survey with waves and one of the metrics at least."""
    surveys = checked_others(None, competitors, None)
    for name, answers in surveys.items():
        if not any(found_in(answers, metric.name) for metric in metrics):
            with with_name(name):
                find_metric(answers, metrics[0].name)  # says what there is
    return surveys


def rivals_of(competitors: Mapping[str, Survey], metric: Metric) -> list[Rival]:
    """The competitors who ask for a metric, too, in the same way."""
    rivals = []
    for name, answers in competitors.items():
        theirs = found_in(answers, metric.name, metric.figure)
        if theirs is not None:
            _check_alike(name, metric, theirs)
            rivals.append(Rival(name, answers, theirs))
    return rivals


@contextmanager
def with_name(name: str) -> Iterator[None]:
    """What is refused of a competitor's answers, with whose they are."""
    try:
        yield
    except CxlensError as error:
        raise type(error)(f"competitors: {name!r}: {error}") from error


def _check_alike(name: str, ours: Metric, theirs: Metric) -> None:
    """Refuse to hold a share against a mean, or scores of one scale against those of another."""
    is_known = np.isfinite([*ours.ends, *theirs.ends]).all()
    same_scale = not is_known or (ours.ends == theirs.ends and ours.lowest_is_best == theirs.lowest_is_best)
    if ours.unit != theirs.unit or not same_scale:
        raise ValuesError(
            f"competitors: {name!r} asks {ours.shown!r} otherwise: {_way_of(theirs)}; ours: {_way_of(ours)}. Changes "
            "of the two cannot be held against each other. Read both alike, or leave it out."
        )


def _way_of(metric: Metric) -> str:
    """``scale points of 1 to 5, the highest is best``."""
    low, high = metric.ends
    if np.isinf(high - low):
        return metric.unit
    best = "lowest" if metric.lowest_is_best else "highest"
    return f"{metric.unit} of {low:g} to {high:g}, the {best} is best"
