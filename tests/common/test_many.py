"""Many groups: how many are named, and what compares so many."""

from __future__ import annotations

import pytest

from cxlens.common.many import named_of, where_compared


@pytest.mark.parametrize(("groups", "named"), [(1, 1), (8, 8), (9, 3), (400, 3)])
def test_a_few_of_many_are_named(groups, named):
    assert named_of(groups) == named


def test_many_groups_of_a_column_are_compared_elsewhere():
    assert where_compared(9, "hotel") == ["cx.compare_places(survey, 'hotel') compares so many"]


@pytest.mark.parametrize(("groups", "by", "time"), [(8, "hotel", None), (9, None, None), (9, "year", "year")])
def test_few_groups_several_columns_and_waves_are_no_places(groups, by, time):
    assert where_compared(groups, by, time) == []
