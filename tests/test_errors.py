"""The words errors are made of, and the messages that several rooms share."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from cxlens.errors import (
    ColumnError,
    CxlensError,
    FileError,
    OptionError,
    ValuesError,
    as_share,
    check_count,
    check_kind,
    check_known,
    check_level,
    check_option,
    did_you_mean,
    listing,
    not_installed,
    unknown_column,
    unknown_name,
)

Word = Literal["indicator", "drop"]


@pytest.mark.parametrize("child", [ColumnError, FileError, OptionError, ValuesError])
def test_every_error_is_a_cxlens_error_and_a_value_error(child):
    assert issubclass(child, CxlensError)
    assert issubclass(child, ValueError)


@pytest.mark.parametrize(
    ("items", "most", "words"),
    [
        ([], 12, ""),
        (["a"], 12, "a"),
        (["a", 2], 2, "a, 2"),
        (["a", "b", "c", "d"], 2, "a, b and 2 more"),
        (iter("abc"), 2, "a, b and 1 more"),
    ],
)
def test_listing_counts_what_does_not_fit(items, most, words):
    assert listing(items, most) == words


def test_listing_shows_twelve_unless_told_otherwise():
    assert listing(range(1, 14)) == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 1 more"


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("npz", ["web", "nps"], " Did you mean 'nps'?"),
        ("SECURITY", ["Security"], " Did you mean 'Security'?"),
        ("zzz", ["web", "nps"], ""),
        ("web", [], ""),
        (2013, [2014, "web"], " Did you mean '2014'?"),
    ],
)
def test_did_you_mean_names_the_nearest_or_nothing(name, known, words):
    assert did_you_mean(name, known) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(80, ", such as 0.8 for 80 %"), (2.5, ", such as 0.025 for 2.5 %"), (1.5, ""), (101, ""), (-3, "")],
)
def test_a_share_given_in_percent_is_shown_as_one(value, words):
    assert as_share(value) == words


def test_unknown_column():
    error = unknown_column("outcome", "npz", ["web", "call", "bill", "nps"])
    assert isinstance(error, ColumnError)
    assert str(error) == "outcome column 'npz' is not in the data. Did you mean 'nps'? Columns: web, call, bill, nps."


def test_unknown_column_shows_thirty_columns_at_most():
    message = str(unknown_column("weight", "w", [f"q{i}" for i in range(40)]))
    shown = ", ".join(f"q{i}" for i in range(30))
    assert message == f"weight column 'w' is not in the data. Columns: {shown} and 10 more."


def test_unknown_name():
    error = unknown_name("touchpoint", "web", ["Web", "Call"], "Touchpoints")
    assert isinstance(error, OptionError)
    assert str(error) == "touchpoint 'web' is not known here. Did you mean 'Web'? Touchpoints: Web, Call."


def test_check_option_lists_the_words_of_the_literal():
    check_option("missing", "drop", Word)
    with pytest.raises(OptionError) as error:
        check_option("missing", "drp", Word)
    assert str(error.value) == "missing='drp' is not an option. Did you mean 'drop'? Options: 'indicator', 'drop'."


@pytest.mark.parametrize(
    ("level", "shown"),
    [(95, "95"), (0, "0"), (1, "1"), (1.0, "1.0"), (-0.5, "-0.5"), (float("nan"), "nan"), ("0.9", "'0.9'")],
)
def test_check_level(level, shown):
    check_level(0.9)
    with pytest.raises(ValuesError) as error:
        check_level(level)
    assert str(error.value) == f"level={shown} is not a confidence level. Give a share between 0 and 1, such as 0.95."


def test_a_name_that_is_not_known_is_refused():
    check_known("touchpoint", ["Web"], ("Web", "Call"), "Touchpoints")
    with pytest.raises(OptionError) as error:
        check_known("touchpoint", ["Call", "web"], ("Web", "Call"), "Touchpoints")
    assert str(error.value) == "touchpoint 'web' is not known here. Did you mean 'Web'? Touchpoints: Web, Call."


@pytest.mark.parametrize("number", [0, -1, 1.5, "3", True, None, 2**80])
def test_a_number_of_things_is_whole_and_one_or_more(number):
    check_count("top", 1, "paths")
    check_count("top", np.int64(7), "paths")
    with pytest.raises(ValuesError) as error:
        check_count("top", number, "paths")
    assert str(error.value) == f"top={number!r} is not a number of paths. Give a whole number of 1 or more."


def test_a_package_that_is_missing_is_named_with_its_extra():
    error = not_installed("Slides need", "python-pptx", "office")
    assert type(error) is CxlensError
    assert str(error) == (
        "Slides need the package 'python-pptx', which is not installed. Install it: pip install \"cxlens[office]\""
    )


class Held:
    def survey(self):
        return self


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Held().survey, "drivers works on a Held, not on a method. Call it with brackets: survey()."),
        ("a.csv", "drivers works on a Held, not on a str. Make one: Held()."),
    ],
)
def test_what_a_verb_does_not_work_on_is_said_with_what_to_type(given, said):
    with pytest.raises(OptionError) as error:
        check_kind("drivers", given, Held, "Held()")
    assert str(error.value) == said
