"""How figures are written, and that nothing from data reaches the page unescaped."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.values import (
    chance_in_hundred,
    clusters_in_words,
    count,
    few,
    in_hundred,
    interval,
    left_out_in_words,
    number,
    percent,
    plural,
    probability,
    signed,
    tabled,
    told_counts,
)


@pytest.mark.parametrize(("n", "words"), [(0, "0"), (2746, "2,746"), (999.6, "1,000"), (np.int64(12345), "12,345")])
def test_count(n, words):
    assert count(n) == words


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (3.62, 2, "3.62"),
        (-0.001, 2, "0.00"),
        (-0.01, 2, "-0.01"),
        (-1234.5, 1, "-1,234.5"),
        (-0.4, 0, "0"),
        (float("nan"), 2, "–"),
        (None, 2, "–"),
        (pd.NA, 2, "–"),
    ],
)
def test_number_has_no_negative_zero_and_a_dash_where_there_is_none(value, digits, words):
    assert number(value, digits) == words


@pytest.mark.parametrize(
    ("share", "digits", "words"),
    [(0.394, 0, "39 %"), (0.3944, 1, "39.4 %"), (1, 0, "100 %"), (-0.001, 0, "0 %"), (np.nan, 0, "–")],
)
def test_percent(share, digits, words):
    assert percent(share, digits) == words


def test_interval():
    assert interval(3.5714, 3.68) == "[3.57, 3.68]"
    assert interval(-0.2, np.nan, 0) == "[0, –]"


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [(2.06, 1, "+2.1"), (-2.06, 1, "-2.1"), (0.001, 2, "0.00"), (-0.001, 2, "0.00"), (0, 2, "0.00"), (np.nan, 2, "–")],
)
def test_signed(value, digits, words):
    assert signed(value, digits) == words


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.81, "0.81"), (1.0, "over 0.99"), (0.995, "over 0.99"), (0.99, "0.99"), (0.0, "under 0.01"), (np.nan, "–")],
)
def test_probability_never_claims_certainty(p, words):
    assert probability(p) == words


def test_plural():
    assert plural(1, "touchpoint") == "1 touchpoint"
    assert plural(0, "answer") == "0 answers"
    assert plural(1200, "answer") == "1,200 answers"


def test_a_few_people_are_not_counted_out():
    assert [few(n) for n in (0, 1, 4, 5, 2746)] == ["0", "fewer than 5", "fewer than 5", "5", "2,746"]
    assert few(9, 10) == "fewer than 10"


def test_numbers_of_a_few_people_are_told_as_such_and_of_nobody_not_at_all():
    told = told_counts({"blank": 4, "no outcome": 5, "weight 0": 0, "not used": 1})
    assert told == {"blank": "fewer than 5", "no outcome": 5, "not used": "fewer than 5"}
    assert told_counts({"blank": 9}, least=10) == {"blank": "fewer than 10"}


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (90, " (left out: 7 with no outcome, fewer than 5 with weight 0)"),
        (5, " (left out: 7 with no outcome, fewer than 5 with weight 0)"),
        (4, " (left out: no outcome, weight 0)"),  # all less those left out would be the few
        (0, " (left out: 7 with no outcome, fewer than 5 with weight 0)"),
    ],
)
def test_those_left_out_do_not_tell_how_few_are_left(left, words):
    assert left_out_in_words({"no outcome": 7, "blank": 0, "weight 0": 3}, left) == words
    assert left_out_in_words({"blank": 0}, left) == ""


def test_clusters_are_told_with_what_they_can_tell():
    assert clusters_in_words(8, 5.74) == "8 clusters, 5.7 degrees of freedom"
    assert clusters_in_words(5, 3.2) == "5 clusters, 3.2 degrees of freedom: too few clusters to tell"
    assert clusters_in_words(9, [3.2, 7.0, 5.0]) == (
        "9 clusters, 3.2 degrees of freedom: where they are below 4, too few clusters to tell"
    )
    assert clusters_in_words(3, np.nan, "respondent") == (
        "fewer than 5 respondents, 0.0 degrees of freedom: too few respondents to tell"
    )


@pytest.mark.parametrize(
    ("p", "counted", "worked_out"),
    [(0.0, "0", "under 1"), (1.0, "100", "over 99"), (0.004, "under 1", "under 1"), (0.874, "87", "87")],
)
def test_only_what_is_counted_is_0_or_100_of_100(p, counted, worked_out):
    assert (in_hundred(p), chance_in_hundred(p)) == (counted, worked_out)


def test_a_figure_in_a_table_is_not_written_as_0_where_it_is_above():
    figures = [0.0, 0.00049, 0.0005, -0.0001, 0.25, 999.5, 1000.25, float("nan")]
    assert list(map(tabled, figures)) == ["0.000", "< 0.001", "0.001", "0.000", "0.250", "999.500", "1,000", "–"]


def test_what_is_clear_is_said_in_one_place():
    package = Path(cx.__file__).parent
    said = re.compile(r"^CLEAR\b.*= 0\.05|q_value\W*\] *<=? *0\.05", re.MULTILINE)
    places = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if said.search(path.read_text(encoding="utf-8"))
    ]
    assert places == ["common/values.py"]
