"""A funnel by when customers entered it: counts that add up to it, and to the cohorts of retention.

The stages are counted in :mod:`cxlens.stages.journeys.funnel_steps`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlens.common.small_cells import hidden_counts
from cxlens.stages.journeys.funnel_steps import Ask, Followed, follow
from cxlens.stages.journeys.groups import Counts, Flags, masked
from cxlens.study.waves import Period

FREQUENCIES = {"month": "M", "quarter": "Q", "year": "Y"}


def cohorts(ask: Ask, period: Period) -> pd.DataFrame:
    """One row a cohort: ``cohort``, ``entered``, ``reached`` the last stage, ``share``, ``partial``.

    Of all who entered, those too late to be followed for the window included: there ``partial`` is true, as where some
    may still go on.
    """
    followed = follow(ask)
    has_last = followed.reached[-1]
    codes, found = _cohort_of(ask, followed, period)
    n = _by_cohort(codes, has_last)
    people = _by_cohort(codes[followed.counts_for_people], has_last[followed.counts_for_people])
    people = np.pad(people, [(0, len(n) - len(people)), (0, 0)])
    hidden = np.asarray(hidden_counts(n, ask.min_n, people).any(axis=1))
    size = n.sum(axis=1)
    is_partial = ~followed.in_time | (followed.open & ~has_last)
    return pd.DataFrame(
        {
            "cohort": [_in_words(cohort, period) for cohort in found],
            "entered": masked(size, hidden),
            "reached": masked(n[:, 0], hidden),
            "share": np.where(hidden, np.nan, n[:, 0] / size),
            "partial": np.bincount(codes[is_partial], minlength=len(found)) > 0,
        }
    )


def _cohort_of(ask: Ask, followed: Followed, period: Period) -> tuple[Counts, pd.PeriodIndex]:
    """(units,) the number of the cohort of each, and the cohorts in order."""
    moments = ask.log.detail("time").array[followed.at[0]]
    times = pd.DatetimeIndex(moments).tz_localize(None)
    codes, found = pd.factorize(times.to_period(FREQUENCIES[period]), sort=True)
    return codes, pd.PeriodIndex(found)


def _by_cohort(codes: Counts, has_last: Flags) -> Counts:
    """(cohorts, 2) how many of each reached the last stage, and how many did not."""
    cohorts_seen = int(codes.max(initial=-1)) + 1
    return np.column_stack(
        [
            np.bincount(codes[has_last], minlength=cohorts_seen),
            np.bincount(codes[~has_last], minlength=cohorts_seen),
        ]
    )


def _in_words(cohort: pd.Period, period: Period) -> str:
    """``2010-12``, ``2010 Q4``, ``2010``: as cohorts of retention are called."""
    if period == "quarter":
        return f"{cohort.year} Q{cohort.quarter}"
    return str(cohort)
