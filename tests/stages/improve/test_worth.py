"""What a point of the outcome is worth: money by segment, the likely figure first."""

from __future__ import annotations

import numpy as np
import pytest

import cxlens as cx
from cxlens.errors import OptionError
from cxlens.stages.improve.worth import check_given, money_per_point
from tests.stages.improve.test_response import DRIVERS


def test_a_point_is_worth_customers_times_value_times_what_it_changes():
    link = cx.RetentionLink(
        customers={"one": 100, "two": 300}, value={"one": 20, "two": 10}, per_point=(0.01, 0.02, 0.05)
    )
    money = money_per_point(DRIVERS.record, link, 500, np.random.default_rng(0))
    assert money[0].tolist() == pytest.approx([100 * 20 * 0.02, 300 * 10 * 0.02])
    per_point = money / [2000, 3000]
    np.testing.assert_allclose(per_point[:, 0], per_point[:, 1])  # one link for all segments
    assert per_point.min() >= 0.01
    assert per_point.max() <= 0.05
    assert np.unique(per_point[1:, 0]).size == 499


def test_a_map_and_a_link_are_what_they_are_said_to_be():
    check_given(None, None)
    with pytest.raises(OptionError, match="touchpoint_map works on a TouchpointMap, not on a str"):
        check_given("map.csv", None)
    with pytest.raises(OptionError, match="money works on a RetentionLink, not on a int"):
        check_given(None, 3)
