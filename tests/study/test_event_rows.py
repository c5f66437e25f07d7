"""Which columns events stand in; faults of entries are tested where they are told, in test_journeys.py."""

from __future__ import annotations

import pytest

from cxlens.errors import OptionError
from cxlens.study.event_rows import names_of_columns


def test_names_given_stay() -> None:
    given = {"customer": "who", "touchpoint": "met", "time": None, "order": "nr", "value": None}
    assert names_of_columns(given) == {"customer": "who", "touchpoint": "met", "order": "nr"}


def test_a_column_without_a_name_is_asked_for() -> None:
    given = {"customer": "who", "touchpoint": "met", "time": "at", "outcome": ""}
    assert names_of_columns(given) == given


def test_names_of_xes_where_none_is_given() -> None:
    assert names_of_columns({"customer": "", "touchpoint": "", "value": "paid"}) == {
        "customer": "case:concept:name",
        "touchpoint": "concept:name",
        "time": "time:timestamp",
        "lifecycle": "lifecycle:transition",
        "value": "paid",
    }
    assert names_of_columns({"customer": "", "order": "nr", "lifecycle": None}) == {
        "customer": "case:concept:name",
        "touchpoint": "concept:name",
        "lifecycle": "lifecycle:transition",
        "order": "nr",
    }


def test_one_of_two_names_is_not_enough() -> None:
    with pytest.raises(OptionError, match=r"^a journey log needs to know who met what"):
        names_of_columns({"customer": "who", "time": "at"})
