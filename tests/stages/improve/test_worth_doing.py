"""What is worth doing: problems in which some add nothing, and what a plan adds to what is forced."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stages.improve.worth_doing import gain_of, only_forced, only_worth
from cxlens.stats.schedule import Problem, Shared, schedule
from tests.stages.improve.test_timetable import WINS

PAIR = Shared(np.array([0, 2]), np.array([1.0, 2.0]), np.array([1.0, 0.5]), np.array([0.0, 1.0]))


def problem(**more) -> Problem:
    """Three initiatives of one period, the first two of which share a gain with the third."""
    parts = {
        "values": np.array([1.0, 0.02, 2.0]),
        "costs": np.ones(3),
        "durations": np.ones(3, int),
        "budget": np.array([9.0]),
        "needs": np.zeros((3, 0)),
        "prerequisites": [],
        "exclusions": [],
        "must": np.zeros(3, bool),
        "shared": [PAIR],
    }
    wanted = parts | more
    return Problem(**wanted | {"capacity": np.zeros((0, len(wanted["budget"])))})


def test_what_is_too_small_is_done_only_if_it_is_needed():
    case = problem()
    assert schedule(case).starts.tolist() == [0, 0, 0]
    assert schedule(only_worth(case, 0.1)).starts.tolist() == [0, -1, 0]
    needed = problem(prerequisites=[(2, 1)], budget=np.array([9.0, 9.0]))
    assert schedule(only_worth(needed, 0.1)).starts.tolist() == [0, 0, 1]


def test_what_is_too_small_leaves_the_gain_it_shares():
    small = problem(values=np.array([0.02, 1.0, 2.0]))
    (group,) = only_worth(small, 0.1).shared
    assert group.members.tolist() == [2]
    assert group.lifts.tolist() == [2.0]
    assert only_worth(problem(values=np.full(3, 0.01)), 0.1).shared == []
    harm = only_worth(problem(values=np.array([-1.0, 1.0, 2.0])), 0.1)
    assert harm.values.tolist() == [-1, 1, 2]
    assert harm.shared[0].members.tolist() == [0, 2]


def test_only_what_is_forced_is_done():
    case = problem(must=np.array([False, True, False]))
    assert schedule(only_forced(case)).starts.tolist() == [-1, 0, -1]
    needs = problem(must=np.array([True, False, False]), prerequisites=[(0, 1)], budget=np.array([9.0, 9.0]))
    assert schedule(only_forced(needs)).starts.tolist() == [1, 0, -1]


def test_a_plan_is_judged_by_what_it_adds_to_what_is_forced():
    record = WINS.record
    forced = problem(must=np.array([False, True, False]))
    starts = np.array([0, 0, -1])
    gain = gain_of(record, forced, starts)
    added = record.benefit_of([0, 1]) - record.benefit_of([1])
    assert gain.benefit == pytest.approx(np.median(added), rel=1e-12)
    assert (gain.low, gain.high) == pytest.approx(tuple(np.quantile(added, [0.025, 0.975])), rel=1e-12)
