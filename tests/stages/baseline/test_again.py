"""Drivers that a side was given are asked again of other answers, with the same question."""

from __future__ import annotations

import pytest

import cxlens as cx
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.record import rescore


@pytest.fixture(scope="module")
def asked():
    survey = cx.datasets.load_airport().survey().only(["Security", "Check-in", "Boarding"])
    return cx.drivers(survey, n_boot=20, method="relative weights"), cx.baseline(survey).record


def test_without_drivers_there_are_none(asked):
    _, record = asked
    assert same_drivers(None, record, record) is None


def test_the_same_answers_keep_their_drivers(asked):
    drivers, record = asked
    assert same_drivers(drivers, record, record) is drivers


def test_other_answers_get_drivers_of_their_own(asked):
    drivers, record = asked
    business = record.survey.where(cx.Segment("business", {"purpose": "business"}))
    again = same_drivers(drivers, record, rescore(record, business))
    assert again.options == drivers.options
    assert again.survey is business
    assert again.table.equals(cx.drivers(business, **drivers.options).table)
