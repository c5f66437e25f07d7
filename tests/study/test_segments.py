"""Segments: conditions as data, whole messages, nothing changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.study.segments import as_names, sorted_values

FRAME = pd.DataFrame(
    {
        "purpose": ["business", "leisure", "business", None, "visit"],
        "trips": [1, 4, 9, 5, np.nan],
        "day": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", None]),
    }
)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"purpose": "business"}, [1, 0, 1, 0, 0]),
        ({"purpose": ["leisure", "visit"]}, [0, 1, 0, 0, 1]),
        ({"purpose": {"leisure"}}, [0, 1, 0, 0, 0]),
        ({"trips": (4, 9)}, [0, 1, 1, 1, 0]),
        ({"trips": (None, 4)}, [1, 1, 0, 0, 0]),
        ({"trips": (5, None)}, [0, 0, 1, 1, 0]),
        ({"trips": 4}, [0, 1, 0, 0, 0]),
        ({"purpose": "business", "trips": (4, None)}, [0, 0, 1, 0, 0]),
        ({"purpose": []}, [0, 0, 0, 0, 0]),
        ({"day": (pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03"))}, [0, 1, 1, 0, 0]),
    ],
)
def test_mask(where, expected):
    before = FRAME.copy(deep=True)
    mask = cx.Segment("x", where).mask(FRAME)
    assert mask.dtype == bool
    assert mask.tolist() == [bool(value) for value in expected]
    pd.testing.assert_frame_equal(FRAME, before)


def test_mask_of_nullable_columns():
    frame = FRAME.convert_dtypes()
    assert cx.Segment("x", {"trips": (4, None)}).mask(frame).tolist() == [False, True, True, True, False]
    assert cx.Segment("x", {"purpose": "business"}).mask(frame).tolist() == [True, False, True, False, False]


def test_what_is_said_of_a_segment():
    segment = cx.Segment("Business", {"purpose": "business", "trips": (4, None)}, value=900, cost_to_serve=120)
    assert repr(segment) == str(segment) == "Business: purpose = business, trips from 4"
    assert (segment.name, segment.value, segment.cost_to_serve) == ("Business", 900, 120)
    pd.testing.assert_frame_equal(
        segment.table, pd.DataFrame({"column": ["purpose", "trips"], "condition": ["= business", "from 4"]})
    )


@pytest.mark.parametrize(
    ("what", "words"),
    [((None, 3), "trips up to 3"), ((1, 3), "trips from 1 to 3"), ([1, 2], "trips = 1, 2"), ("a", "trips = a")],
)
def test_conditions_in_words(what, words):
    assert repr(cx.Segment("x", {"trips": what})) == f"x: {words}"


def test_html_is_escaped():
    page = cx.Segment("<b>x</b>", {"<i>": "<u>"})._repr_html_()
    assert "<p>&lt;b&gt;x&lt;/b&gt;: &lt;i&gt; = &lt;u&gt;</p>" in page
    assert "<b>" not in page


def test_a_segment_is_frozen_and_keeps_its_own_conditions():
    chosen = ["leisure"]
    where = {"purpose": chosen}
    segment = cx.Segment("x", where)
    chosen.append("business")
    where["trips"] = 4
    assert repr(segment) == "x: purpose = leisure"
    with pytest.raises(dataclasses.FrozenInstanceError):
        segment.name = "y"
    with pytest.raises(TypeError):
        segment.where["trips"] = 4


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            {},
            "segment 'x' has no condition. Give where={column: value}, {column: [values]} or {column: (low, high)}.",
        ),
        (
            {"trips": (1, 2, 3)},
            "segment 'x': the condition on 'trips' is a tuple of 3. A range is (low, high), with None for an open "
            "end; a choice of values is a list.",
        ),
        (
            {"trips": (None, None)},
            "segment 'x': the range of 'trips' is open at both ends, so it holds for everyone. Give one end.",
        ),
    ],
)
def test_conditions_that_are_refused(where, message):
    with pytest.raises(ValuesError) as error:
        cx.Segment("x", where)
    assert str(error.value) == message


@pytest.mark.parametrize("what", ["value", "cost_to_serve"])
def test_money_is_no_text(what):
    with pytest.raises(ValuesError) as error:
        cx.Segment("Business", {"trips": 4}, **{what: "310"})
    assert str(error.value) == (
        f"segment 'Business': {what} must be a number, found the text '310'. Give 310, without quotes."
    )


def test_a_condition_on_a_missing_column():
    with pytest.raises(ValuesError) as error:
        cx.Segment("Business", {"purpos": "business"}).mask(FRAME)
    assert str(error.value) == (
        "segment 'Business' asks for column 'purpos', which is not among the survey's segments. "
        "Did you mean 'purpose'? Segments: purpose, trips, day. Name the column in Survey(..., segments=[...])."
    )
    with pytest.raises(ValuesError) as error:
        cx.Segment("Business", {"zzz": 1}).mask(pd.DataFrame())
    assert str(error.value) == (
        "segment 'Business' asks for column 'zzz', which is not among the survey's segments. Segments: none. "
        "Name the column in Survey(..., segments=[...])."
    )


def test_a_range_of_numbers_on_text():
    with pytest.raises(ValuesError) as error:
        cx.Segment("Some", {"purpose": (1, 3)}).mask(FRAME)
    assert str(error.value) == (
        "segment 'Some' (purpose from 1 to 3) compares numbers with text. "
        "A range needs ends of the column's own kind; a choice among words is a list."
    )


def test_names_may_be_one_text():
    assert as_names("region") == ("region",)
    assert as_names(["region", "age"]) == ("region", "age")
    assert as_names(()) == ()


def test_numbers_stand_before_texts():
    assert sorted_values(["b", 10, "a", 9]) == [9, 10, "a", "b"]
