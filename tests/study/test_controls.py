"""What the controls of a widget offer: everyone first, each grouping once, and the part of the data that is chosen."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlens.common.explorer import ALL
from cxlens.study.controls import groupings, metrics, part_of, segment_options, survey_segments
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

EVERYONE = ("Everyone", ALL)


@pytest.fixture
def survey() -> Survey:
    answers = pd.DataFrame(
        {
            "desk": [1, 2, 3, 4],
            "gate": [5, 4, 3, 2],
            "overall": [1, 2, 3, 5],
            "purpose": ["work", "play", "work", "play"],
            "year": [2013, 2013, 2014, 2014],
        }
    )
    return Survey(
        answers,
        touchpoints=["desk", "gate"],
        outcome="overall",
        scale=Scale(1, 5),
        segments=["purpose", "year"],
        time="year",
    )


def test_groupings_name_each_column_once(survey):
    assert groupings(survey) == [EVERYONE, ("purpose", "purpose"), ("year", "year")]


def test_metrics_are_touchpoints_and_outcomes(survey):
    assert metrics(survey) == [("desk", "desk"), ("gate", "gate"), ("overall", "overall")]


def test_segments_are_every_value_of_every_grouping(survey):
    labels = [label for label, _ in survey_segments(survey)]
    assert labels == ["Everyone", "purpose: play", "purpose: work", "year: 2013", "year: 2014"]


def test_values_of_segments_read_as_in_results():
    values = {"year": [2013.0], "day": [pd.Timestamp("2014-05-01")]}
    assert segment_options(values) == [
        EVERYONE,
        ("year: 2013", ("year", 2013.0)),
        ("day: 2014-05-01", ("day", pd.Timestamp("2014-05-01"))),
    ]


def test_the_part_chosen_is_the_segment_of_that_name(survey):
    assert part_of(survey, ALL) is survey
    options = dict(survey_segments(survey))
    work = part_of(survey, options["purpose: work"])
    assert work.n == 2
    assert set(work.table["purpose"]) == {"work"}
