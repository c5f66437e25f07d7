"""What an aggregated table cannot say is refused by the row that says it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from cxlens.engine import counts
from cxlens.errors import ValuesError
from cxlens.study import aggregate_checks
from cxlens.study.aggregate_checks import check_lines
from cxlens.study.aggregate_files import TOUCHPOINT
from cxlens.study.survey import Scale

MEANS = pd.DataFrame(
    {"shop": ["A", "B", "C"], "year": 2024, TOUCHPOINT: "web", "n": [10, 20, 40], "mean": [2.0, 3.0, 4.0], "sd": 1.0}
)
SHARES = MEANS.drop(columns=["mean", "sd"]).assign(promoters=0.4, detractors=0.3)
SCALE = Scale(1, 5)


def fault(lines: pd.DataFrame, scale: Scale | None = None) -> str:
    with pytest.raises(ValuesError) as error:
        check_lines(lines, ["shop", "year"], "year", scale)
    return str(error.value)


def test_what_can_be_passes() -> None:
    for scale in (None, SCALE):
        check_lines(MEANS, ["shop", "year"], "year", scale)
    check_lines(SHARES, ["shop", "year"], "year", None)
    check_lines(MEANS.assign(n=[1, 20, 40], sd=[None, 1.0, 1.0]), ["shop", "year"], "year", SCALE)
    check_lines(MEANS.head(1), [], None, SCALE)
    widest = MEANS.head(1).assign(n=2, mean=3.0, sd=8**0.5)  # one answer of 1 and one of 5
    check_lines(widest, ["shop", "year"], "year", SCALE)


FAULTS: list[tuple[dict[str, Any], Scale | None, str]] = [
    ({"mean": [2, None, 4]}, None, "(shop B, year 2024) has answers but no mean. Fill it in, or leave n empty there."),
    ({"sd": [1, None, 1]}, None, "(shop B, year 2024) has answers but no sd. Fill it in, or leave n empty there."),
    ({"sd": [1, 1, -1]}, None, "(shop C, year 2024) has an sd below 0. An sd is 0 or more."),
    (
        {"mean": [2, 3, 40]},
        SCALE,
        "(shop C, year 2024) has a mean outside the scale 1 to 5. Correct it or scale=.",
    ),
    (
        {"sd": [1, 1, 3]},
        SCALE,
        "(shop C, year 2024) has an sd that no answers on this scale with this mean can have. Correct it.",
    ),
    (
        {"shop": ["A", "B", "B"]},
        None,
        "(shop B, year 2024) is there twice. Name what tells such rows apart: unit=, time= or touchpoint=.",
    ),
]


@pytest.mark.parametrize(("columns", "scale", "message"), FAULTS)
def test_rows_that_cannot_be(columns: dict[str, Any], scale: Scale | None, message: str) -> None:
    assert fault(MEANS.assign(**columns), scale) == f"the row of 'web' {message}"


def test_shares_that_cannot_be() -> None:
    message = "the row of 'web' (shop B, year 2024) has shares below 0, or above 100 % together. Correct them."
    assert fault(SHARES.assign(promoters=[0.4, 0.8, 0.4])) == message
    assert fault(SHARES.assign(detractors=[0.4, -0.1, 0.4])) == message
    assert fault(SHARES, SCALE) == "scale= goes with mean=: shares have their scale themselves. Leave it out."


def test_a_row_without_labels_is_named_by_its_touchpoint() -> None:
    with pytest.raises(ValuesError) as error:
        check_lines(MEANS.head(1).assign(sd=-1.0), [], None, None)
    assert str(error.value) == "the row of 'web' has an sd below 0. An sd is 0 or more."


def test_a_row_of_totals_counts_nobody_twice() -> None:
    total = pd.DataFrame({"shop": ["All"], "n": [70], "mean": [24 / 7], "sd": [1.2]})
    with_total = pd.concat([MEANS, total.assign(year=2024, **{TOUCHPOINT: "web"})], ignore_index=True)
    both_years = pd.concat([with_total, with_total.assign(year=2025)], ignore_index=True)
    message = (
        "the rows of 'All' sum up the others: their answers would count twice. Leave them out: "
        "data[data['shop'] != 'All']."
    )
    assert fault(with_total) == message
    assert fault(both_years.round(2)) == message
    check_lines(pd.concat([with_total, MEANS.assign(year=2025)]), ["shop", "year"], "year", None)  # one year by chance
    other_mean = with_total.assign(mean=[2, 3, 4, 3])
    check_lines(other_mean, ["shop", "year"], "year", None)


def test_a_wave_of_totals_counts_nobody_twice() -> None:
    quarters = MEANS.assign(shop="A", year=["Q1", "Q2", "Q3"])
    year = quarters.head(1).assign(year="whole year", n=70, mean=3.43)
    assert fault(pd.concat([quarters, year], ignore_index=True)) == (
        "the rows of 'whole year' sum up the others: their answers would count twice. Leave them out: "
        "data[data['year'] != 'whole year']."
    )


def test_too_many_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert aggregate_checks.MOST == counts.MOST
    monkeypatch.setattr(aggregate_checks, "MOST", 69)
    assert fault(MEANS) == (
        "the aggregated table stands for 70 answers; it may stand for 69. Take fewer units or waves at a time."
    )
