"""What the first screen is told from, and what it does without."""

from __future__ import annotations

from dataclasses import replace

import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.publish.desk import Desk
from cxlens.publish.first_figures import Told, or_none
from cxlens.study.parts import Target


def refused():
    raise ValuesError("too few")


def test_what_answers_do_not_suffice_for_is_none():
    assert or_none(refused) is None
    assert or_none(lambda: 3) == 3


def test_nothing_is_told_of_an_empty_study():
    told = Told(Desk(cx.Study("Empty")))
    assert (told.outcome, told.target, told.plan, told.outlook, told.gaps, told.series) == (None,) * 6
    assert told.now == {}
    assert told.name == ""


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        ([], None),
        ([Target("mean", 4, touchpoint="Signs")], None),
        ([Target("overall", 4, of="internal users")], None),
        ([Target("overall", 4, segment="leisure"), Target("overall", 4.1)], 4.1),
        ([Target("mean", 4, touchpoint="Signs"), Target("overall", 4.2)], 4.2),
    ],
)
def test_the_target_is_that_of_the_whole_outcome(small_study, targets, found):
    told = Told(Desk(replace(small_study(), targets=targets)))
    assert (told.target.target if told.target else None) == found
    assert told.plan is None
