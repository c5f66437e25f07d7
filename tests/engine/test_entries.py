"""What entries mean: scores, codes and weights, and the words for those that are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine.entries import read_scores
from cxlens.engine.roles import Codes
from cxlens.errors import ValuesError
from tests.engine.opened import ONE, all_rows, fault, frame_of, open_table, to_csv, to_parquet


def test_codes_become_facts() -> None:
    words = ["not used", " not used ", "n/a", "", "  ", None, "4", 5, 6]
    frame = pd.DataFrame({"web": words, "nps": range(9)})
    rows = open_table(frame, ONE._replace(codes=Codes(1, 5, ("not used", 6), ("n/a",)))).rows
    assert_array_equal(rows.unused[:, 0], [True, True, False, False, False, False, False, False, True])
    assert_array_equal(rows.scores[:, 0], [np.nan] * 6 + [4, 5, np.nan])


def test_a_code_may_be_a_long_sentence() -> None:
    code = "I have not used this service in the past twelve months, so I cannot say how it was"
    rows = open_table(frame_of(web=[1, code, 3]), ONE._replace(codes=Codes(1, 5, (code,)))).rows
    assert_array_equal(rows.unused[:, 0], [False, True, False])


def test_none_among_the_codes_makes_empty_cells_not_used(on_disk: None, tmp_path: Path) -> None:
    frame, roles = frame_of(web=[1, np.nan, 3], nps=[1, np.nan, 3]), ONE._replace(codes=Codes(1, 5, (None,)))
    numbered = frame.assign(id=[1, 2, 3])  # an empty line of a CSV file is nobody's
    for data in (frame, to_parquet(frame, tmp_path), to_csv(numbered, tmp_path)):
        rows = all_rows(open_table(data, roles))
        assert_array_equal(rows.unused[:, 0], [False, True, False])
        assert_array_equal(rows.outcomes[:, 0], [1, np.nan, 3])


def test_dimensions_score_the_mean_of_those_rated() -> None:
    frame = pd.DataFrame({"a": [1, 2, 6, 6, 0, 6], "b": [4, 6, 6, 0, 0, 3], "nps": 5})
    rows = open_table(frame, ONE._replace(touchpoints=(("a", "b"),))).rows
    assert_array_equal(rows.scores[:, 0], [2.5, 2, np.nan, np.nan, np.nan, 3])
    assert_array_equal(rows.unused[:, 0], [False, False, True, True, False, False])


def test_weights_are_one_without_a_column() -> None:
    assert_array_equal(open_table(frame_of(), ONE).rows.weights, [1, 1, 1])


def test_many_faulty_values_are_counted() -> None:
    assert fault(frame_of(web=range(10, 1244), nps=1)) == (
        "touchpoint column 'web' has scores outside the scale 1 to 5: 10, 11, 12, 13, 14 and 1229 more (1,234 rows). "
        "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
    )


def test_faulty_outcomes() -> None:
    roles = ONE._replace(outcomes=(("nps", Codes(0, 10)),))
    assert fault(frame_of(nps=[9, 11, 7]), roles) == (
        "outcome column 'nps' has scores outside the scale 0 to 10: 11 (1 row). "
        "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
    )
    assert fault(frame_of(nps=[9, np.inf, 7]), roles) == (
        "outcome column 'nps' has scores outside the scale 0 to 10: inf (1 row). "
        "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
    )
    assert fault(frame_of(nps=["9", "Blank", None]), roles) == (
        "outcome column 'nps' holds text where scores are expected: 'Blank' (1 row). "
        "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
    )


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values(value: float, on_disk: None, tmp_path: Path) -> None:
    frame = frame_of(nps=[9.0, value, 7.0])
    for data in (frame, to_csv(frame, tmp_path), to_parquet(frame, tmp_path)):
        assert fault(data) == (
            "outcome column 'nps' holds infinite values. Replace them by numbers or leave them empty."
        )


def test_dates_are_no_scores() -> None:
    assert fault(frame_of(nps=pd.to_datetime(["2024-01-31", None, "2024-01-31"]))) == (
        "outcome column 'nps' holds text where scores are expected: '2024-01-31' (2 rows). "
        "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
    )


STEP = "Weights are numbers of 0 or more: correct them, or drop those rows."
WEIGHTS = {
    "negative": ([1, -2, -0.5], f"weight column 'w' has negative weights: -2, -0.5 (2 rows). {STEP}"),
    "infinite": ([1, np.inf, np.inf], f"weight column 'w' has infinite weights: inf (2 rows). {STEP}"),
    "text": (["1", "heavy", "2"], f"weight column 'w' has entries that are no numbers: 'heavy' (1 row). {STEP}"),
    "empty": ([1, np.nan, np.nan], f"weight column 'w' has entries that are no numbers: 'empty' (2 rows). {STEP}"),
    "all zero": ([0, 0.0, 0], "weight column 'w' is zero in every row. Give weights, or leave weight=None."),
}


@pytest.mark.parametrize("fault_of", WEIGHTS)
@pytest.mark.parametrize("write", [lambda frame, _: frame, to_csv, to_parquet], ids=["pandas", "CSV", "on disk"])
def test_faulty_weights(
    fault_of: str, write: Callable[[pd.DataFrame, Path], Any], on_disk: None, tmp_path: Path
) -> None:
    values, message = WEIGHTS[fault_of]
    assert fault(write(frame_of(w=values), tmp_path), ONE._replace(weight="w")) == message


MINUTES = [1, 2, 4]
DURATIONS = {
    "numpy": pd.to_timedelta(MINUTES, unit="min"),
    "objects": pd.Series(pd.to_timedelta(MINUTES, unit="min"), dtype=object),
    "Arrow": pd.Series(pd.to_timedelta(MINUTES, unit="min")).astype("duration[us][pyarrow]"),
    "categories": pd.Categorical(pd.to_timedelta(MINUTES, unit="min")),
}


@pytest.mark.parametrize("durations", DURATIONS.values(), ids=list(DURATIONS))
@pytest.mark.parametrize("column", ["web", "nps"])
def test_durations_are_no_scores(durations: Any, column: str, on_disk: None, tmp_path: Path) -> None:
    frame = frame_of(**{column: durations})
    job = "touchpoint" if column == "web" else "outcome"
    said = (
        f"{job} column '{column}' holds durations, whose unit is not said. Turn them into numbers, "
        f"minutes for instance: data['{column}'].dt.total_seconds() / 60."
    )
    assert fault(frame) == said
    if not isinstance(durations, pd.Categorical):
        assert fault(to_parquet(frame, tmp_path)) == said


def test_periods_are_no_scores() -> None:
    for periods in (pd.period_range("2024-01", periods=3, freq="M"), pd.period_range("2023", periods=3, freq="Y")):
        assert fault(frame_of(nps=periods)) == (
            "outcome column 'nps' holds periods of time, which are no numbers. "
            "A column that says when goes to time=, as dates."
        )


def test_durations_are_no_weights() -> None:
    frame = frame_of().assign(w=pd.to_timedelta(MINUTES, unit="min"))
    assert fault(frame, ONE._replace(weight="w")) == (
        "weight column 'w' holds durations, whose unit is not said. Turn them into numbers, "
        "minutes for instance: data['w'].dt.total_seconds() / 60."
    )


@pytest.mark.parametrize("job", ["touchpoint", "outcome"])
def test_differences_that_are_lost_beside_the_size_are_refused(job):
    scores = pd.Series([1.0, 5.0, 3.0] * 20) + 300_000
    with pytest.raises(ValuesError) as error:
        read_scores(scores, job, "web", None)
    assert str(error.value) == (
        f"{job} column 'web' differs by 4 at most around 300003, too little beside its size to compute with. "
        "Subtract its lowest value: data['web'] - data['web'].min()."
    )
    read_scores(scores - 230_000, job, "web", None)
    read_scores(pd.Series([7.0, 7.0]), job, "web", None)
    read_scores(pd.Series([np.nan, np.nan]), job, "web", None)
