"""What a point is worth: what is kept of it, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.study.segments import Segment
from cxlens.study.worth import EVERYONE, RetentionLink

GOOD = {"customers": {"a": 100, "b": 50}, "value": {"a": 200, "b": -5}, "per_point": (0.01, 0.02, 0.04)}


def test_it_keeps_numbers_by_segment() -> None:
    link = RetentionLink(**GOOD)
    assert link.customers == {"a": 100.0, "b": 50.0}
    assert link.value == {"a": 200.0, "b": -5.0}
    assert link.per_point == (0.01, 0.02, 0.04)
    assert RetentionLink({"a": 1}, {"a": 1}, 0.02).per_point == (0.02, 0.02, 0.02)
    with pytest.raises(dataclasses.FrozenInstanceError):
        link.value = {}  # type: ignore[misc]


def test_a_number_alone_is_for_the_segment_of_results_without_by() -> None:
    link = RetentionLink(12_000, 250, 0.01)
    assert (link.customers, link.value) == ({EVERYONE: 12_000.0}, {EVERYONE: 250.0})
    assert cx.drivers(cx.datasets.load_airport().survey(), n_boot=0).segments == (EVERYONE,)


def test_segments_give_their_value_less_what_serving_costs() -> None:
    segments = [Segment("A", {"x": 1}, value=310, cost_to_serve=62), Segment("B", {"x": 2}, value=95)]
    link = RetentionLink.from_segments(segments, {"A": 10, "B": 20}, 0.01)
    assert link == RetentionLink({"A": 10, "B": 20}, {"A": 248, "B": 95}, 0.01)
    with pytest.raises(CxlensError) as error:
        RetentionLink.from_segments([Segment("C", {"x": 1})], {"C": 10}, 0.01)
    assert str(error.value) == "segment 'C' has no value. Give it: Segment(..., value=...)."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"value": {"a": 1, "c": 2}},
            "value: segment 'c' is not known here. Segments of customers: a, b.",
        ),
        ({"value": {"a": 1}}, "value is missing for 'b'. Give what a customer is worth there."),
        ({"customers": {"a": -1, "b": 2}}, "customers of 'a' are -1. Give a number of 0 or more."),
        (
            {"customers": {"a": "many", "b": 2}},
            "customers of 'a' must be a number, found 'many'. Write figures only, with a decimal point.",
        ),
        (
            {"value": {"a": float("nan"), "b": 2}},
            "value of 'a' must be a number, found nan. Write figures only, with a decimal point.",
        ),
        (
            {"customers": {"a": "100", "b": 2}},
            "customers of 'a' must be a number, found the text '100'. Give 100, without quotes.",
        ),
        ({"per_point": "0.1"}, "per_point must be a number, found the text '0.1'. Give 0.1, without quotes."),
        ({"customers": {}}, "customers names no segment. Give {segment: number}, or a number for all together."),
        ({"per_point": (0.1, 0.2)}, "per_point has 2 numbers. Give one, or low, likely and high."),
        ({"per_point": None}, "per_point must be a number, found None. Write figures only, with a decimal point."),
        (
            {"per_point": (0.3, 0.2, 0.4)},
            "per_point is out of order: low 0.3, likely 0.2, high 0.4. It is a share of customers: "
            "give 0 <= low <= likely <= high <= 1.",
        ),
        (
            {"per_point": 2},
            "per_point is out of order: low 2, likely 2, high 2. It is a share of customers: "
            "give 0 <= low <= likely <= high <= 1.",
        ),
    ],
)
def test_what_is_refused(changes, message) -> None:
    with pytest.raises(CxlensError) as error:
        RetentionLink(**{**GOOD, **changes})
    assert str(error.value) == message


def test_one_value_counts_for_all_segments():
    link = RetentionLink({"a": 1, "b": 2}, 30, 0.1)
    assert link.value == {"a": 30.0, "b": 30.0}
