from __future__ import annotations

import pytest

import cxlens as cx
from cxlens.study.changes import Change, as_change


def test_a_change_is_a_record_of_when_where_and_what():
    change = Change("New wi-fi", when=[2024], where={"hall": "A"}, metrics="Wi-Fi")
    assert (change.when, dict(change.where), change.metrics) == (2024, {"hall": "A"}, ("Wi-Fi",))
    assert change.segment.name == "hall = A"
    assert Change("For all", when=2024).segment is None


def test_a_mapping_is_a_change_without_a_name():
    change = as_change({"when": 2024, "where": {"hall": ["A", "B"]}})
    assert change.name == "the change"
    assert as_change(change) is change


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {},
            "change 'x' does not say when it came. Give when=, the first wave with it, or started=, the column with "
            "the wave in which each place started.",
        ),
        ({"when": [1, 2]}, "change 'x': when names 2 waves. Give the first wave with the change."),
        (
            {"when": 1, "design": "randomized"},
            "change 'x': design='randomized' is not an option. Did you mean 'randomised'? Options: 'randomised', "
            "'staggered', 'difference in differences', 'interrupted time series', 'control chart', 'before and after'.",
        ),
        (
            {"when": 1, "were": {"hall": "A"}},
            "key of a change 'were' is not known here. Did you mean 'where'? Keys: name, when, where, metrics, design, "
            "started.",
        ),
    ],
)
def test_what_is_no_change_is_refused(fields, message):
    with pytest.raises(cx.CxlensError) as error:
        as_change({"name": "x", **fields})
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("given", "shown", "wave"),
    [
        ("2026-Q1", "'2026-Q1'", "'2026-Q1'"),
        (2026, "2026", "2026"),
        (None, "None", "first wave"),
        (["when", 2026], "['when', 2026]", "first wave"),
    ],
)
def test_what_is_no_dict_is_no_change(given, shown, wave):
    with pytest.raises(cx.CxlensError) as error:
        as_change(given)
    assert str(error.value) == (
        f"a change is told by a dict; you gave {shown}. Write {{'when': {wave}}}, the first wave with it."
    )
