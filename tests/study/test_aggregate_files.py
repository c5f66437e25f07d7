"""How an aggregated table is read: its forms, and what it is refused for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.study.aggregate_files import TOUCHPOINT, measures_of, read_lines
from cxlens.study.door import Labels

TABLE = pd.DataFrame(
    {
        "shop": ["A", "B", "C"],
        "n": [20, 0, 30],
        "m": [3.0, None, 4.0],
        "sd": [1.0, None, 1.1],
        "p": [40, 50, 60],
        "d": 2,
    }
)
LABELS = Labels.of({"shop": "segment"}, None, None, ())


def lines(frame: pd.DataFrame = TABLE, touchpoint: str | None = None, **measures: Any) -> pd.DataFrame:
    asked = {"n": "n", "mean": "m", "sd": "sd"} | measures
    return read_lines(frame, asked, touchpoint, LABELS)[0]


def test_rows_without_answers_are_left_out() -> None:
    read = lines()
    assert read["shop"].tolist() == ["A", "C"]
    assert read["n"].tolist() == [20, 30]
    assert read[TOUCHPOINT].tolist() == ["m", "m"]


def test_percentages_and_shares_and_texts_are_shares() -> None:
    shares = {"n": "n", "promoters": "p", "detractors": "d"}
    for frame in (
        TABLE,
        TABLE.assign(p=[0.4, 0.5, 0.6], d=0.02),
        TABLE.assign(p=["40 %", "50%", " 60 "], d="2 %"),
        TABLE.assign(d=[2, 2, 2.0]),
    ):
        read, _ = read_lines(frame, shares, None, LABELS)
        assert read["promoters"].tolist() == pytest.approx([0.4, 0.6])
        assert read["detractors"].tolist() == pytest.approx([0.02, 0.02])
        assert read[TOUCHPOINT].unique().tolist() == ["NPS"]


def test_each_touchpoint_may_have_columns_of_its_own() -> None:
    read = lines(mean={"web": "m", "call": "p"}, sd="sd")
    assert read[TOUCHPOINT].tolist() == ["web", "web", "call", "call"]
    assert read["mean"].tolist() == [3, 4, 40, 60]
    top = read_lines(TABLE, {"n": "n", "top box": "p"}, None, LABELS)[0]
    assert top[TOUCHPOINT].unique().tolist() == ["p"]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"n": [20, 2.5, -3]}, "n column 'n' holds 2.5, -3. Numbers of answers are whole, and 0 or more."),
    ({"m": [3, "none", 4]}, "mean column 'm' holds 'none' where numbers are expected. Correct these rows."),
    ({"n": [0, 0, None]}, "the aggregated table has no answers: n is 0 or empty in every row. Check the column of n."),
    (
        {"sd": pd.to_timedelta([1, 1, 1], unit="s")},
        "sd column 'sd' holds durations, whose unit is not said. Turn them into numbers, minutes for instance: "
        "data['sd'].dt.total_seconds() / 60.",
    ),
]


@pytest.mark.parametrize(("columns", "message"), FAULTS)
def test_entries_that_are_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ValuesError) as error:
        lines(TABLE.assign(**columns))
    assert str(error.value) == message


def test_shares_of_two_kinds_are_asked_about() -> None:
    with pytest.raises(ValuesError) as error:
        read_lines(TABLE.assign(d=0.2), {"n": "n", "promoters": "p", "detractors": "d"}, None, LABELS)
    assert str(error.value) == (
        "shares of promoters go up to 60, those of detractors to 0.2: are both percentages? "
        "Write all of them from 0 to 1."
    )


def test_columns_that_do_not_fit() -> None:
    with pytest.raises(OptionError) as twice:
        lines(touchpoint="shop", mean={"web": "m"})
    assert str(twice.value) == (
        "touchpoint='shop' names the touchpoint of each row, so mean takes one column. Leave touchpoint= out where "
        "each touchpoint has columns of its own."
    )
    with pytest.raises(OptionError) as lacking:
        lines(mean={"web": "m", "call": "p"}, sd={"web": "sd"})
    assert str(lacking.value) == "sd has no column for 'call'. Name one for each touchpoint."
    with pytest.raises(ColumnError) as missing:
        lines(sd="std")
    assert str(missing.value) == (
        "sd column 'std' is not in the data. Did you mean 'sd'? Columns: shop, n, m, sd, p, d."
    )


ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    (
        {},
        "Aggregates hold means or shares: give mean= with sd=, or shares={'promoters': column, 'detractors': column}"
        ", {'top box': column} or {'customers': column}. A table with both makes two Aggregates.",
    ),
    (
        {"mean": "m", "shares": {"top box": "p"}},
        "Aggregates hold means or shares: give mean= with sd=, or shares={'promoters': column, 'detractors': column}"
        ", {'top box': column} or {'customers': column}. A table with both makes two Aggregates.",
    ),
    (
        {"mean": "m"},
        "without sd= nobody knows how far single answers lie apart, so no interval can be given. Give sd=, or cluster= "
        "with the column of units, such as shops, whose differences then make the intervals.",
    ),
    (
        {"shares": {"promoters": "p"}},
        "shares=['promoters'] tells no figure. Give {'promoters': column, 'detractors': column}, {'top box': column}, "
        "with 'bottom box' if known, or {'customers': column}.",
    ),
    (
        {"shares": {"top box": "p"}, "sd": "sd"},
        "sd= goes with mean=: shares tell their spread themselves. Leave it out.",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), ARGUMENTS)
def test_arguments_that_tell_no_figure(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as error:
        cx.Aggregates(TABLE, n="n", unit="shop", **arguments)
    assert str(error.value) == message


def test_measures_by_name() -> None:
    assert measures_of("n", "m", "sd", None, None) == {"n": "n", "mean": "m", "sd": "sd"}
    assert measures_of("n", "m", None, None, "shop") == {"n": "n", "mean": "m"}
    assert measures_of("n", None, None, {"top box": "p"}, None) == {"n": "n", "top box": "p"}
