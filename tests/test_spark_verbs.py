"""Verbs over answers that Spark holds: what they find is what they find in a file of the same answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cxlens as cx
from cxlens.datasets import simulate_survey
from cxlens.errors import ValuesError
from cxlens.study.parts import SurveyPlan

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # pyspark's to its workers
N = 101_000  # a file of fewer answers is read into memory
TOUCHPOINTS = ("Website", "Shop", "Delivery", "Product", "Help line", "Bill")
PLANS = pd.DataFrame(
    {
        "name": ["Parcel lockers", "Second shift", "New bills"],
        "touchpoints": ["Delivery", "Help line", "Bill"],
        "lift_low": [0.1, 0.2, 0.1],
        "lift_likely": [0.3, 0.4, 0.2],
        "lift_high": [0.5, 0.6, 0.3],
        "effort_low": [2, 6, 1],
        "effort_likely": [3, 9, 2],
        "effort_high": [5, 15, 4],
    }
)
Two = tuple[cx.Survey, cx.Survey]


@pytest.fixture(scope="module")
def data(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A file of answers, and the same in Spark, in several partitions."""
    frame, _ = simulate_survey(n=N, seed=4)
    path = tmp_path_factory.mktemp("verbs") / "answers.parquet"
    frame.to_parquet(path, index=False)
    return path, spark.read.parquet(str(path)).repartition(3, "respondent")


@pytest.fixture(scope="module")
def two(data: tuple[Path, Any]) -> Two:
    in_file, there = (survey_of(source) for source in data)
    assert there.notes == in_file.notes
    return in_file, there


def survey_of(source: Any) -> cx.Survey:
    return cx.Survey(
        source,
        touchpoints=list(TOUCHPOINTS),
        outcome={"recommend": "nps", "overall": "interval"},
        scale=cx.Scale(1, 5, not_used=[6], blank=[0]),
        segments=["segment", "group"],
        respondent="respondent",
        weight="weight",
        time="wave",
    )


def assert_same(two: Two, verb: Callable[[cx.Survey], Any]) -> None:
    expected, found = map(verb, two)
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-10, atol=1e-10)
    assert str(found) == str(expected)


def test_a_baseline_is_that_of_the_file(two: Two) -> None:
    assert_same(two, cx.baseline)


def test_drivers_are_those_of_the_file(two: Two) -> None:
    assert_same(two, lambda survey: cx.drivers(survey, by="segment", n_boot=50))


def test_quick_wins_are_those_of_the_file(two: Two) -> None:
    assert_same(two, lambda survey: cx.quick_wins(cx.drivers(survey, n_boot=50), PLANS))


def test_monitors_are_those_of_the_file(two: Two) -> None:
    assert_same(two, lambda survey: cx.monitor(survey, metric=["Delivery", "recommend"], by="segment"))


def test_pitfalls_are_those_of_the_file(two: Two) -> None:
    plans = cx.read_initiatives(PLANS, TOUCHPOINTS)
    assert_same(two, lambda survey: cx.baseline(survey).pitfalls(initiatives=plans, base={"promoters": 0.2}))


def test_a_segment_is_a_survey_of_its_own(two: Two) -> None:
    new = {"segment": "new", "wave": 2}
    in_file, there = (survey.where(new) for survey in two)
    assert there.n == in_file.n
    assert_same((in_file, there), lambda survey: cx.drivers(survey, n_boot=50))


def test_what_needs_each_answer_says_so_and_a_sample_serves(two: Two) -> None:
    _, there = two
    with pytest.raises(ValuesError) as error:
        cx.baseline(there).response_bias({"segment": {"new": 0.5, "loyal": 0.5}})
    assert str(error.value) == (
        "this needs every answer by itself, and there are more than 100,000 in Spark. Take a sample: "
        "survey.sampled(100_000, seed=1); or a segment: survey.where(...)."
    )
    sample = there.sampled(2000, seed=1)
    bias = cx.baseline(sample).response_bias({"segment": {"new": 0.5, "loyal": 0.5}})
    assert set(bias.table["value"]) == {"new", "loyal"}
    with pytest.raises(ValuesError) as error:
        cx.drivers(there, blanks="impute")
    assert str(error.value) == (
        "blanks='impute' needs the rows in memory, and this survey is on disk. Take a sample of it, or a segment."
    )


def test_a_report_says_what_that_of_the_file_says(data: tuple[Path, Any], tmp_path: Path) -> None:
    texts = []
    for name, source in zip(("file", "spark"), data, strict=True):
        plan = SurveyPlan(
            source,
            touchpoints=list(TOUCHPOINTS),
            outcome={"recommend": "nps"},
            scale=cx.Scale(1, 5, not_used=[6], blank=[0]),
            segments=["segment"],
            respondent="respondent",
            time="wave",
        )
        study = cx.Study("Shop", survey_plan=plan, initiatives_data=PLANS)
        page = cx.report(study, tmp_path / f"{name}.html")
        texts.append(re.sub(r"<svg.*?</svg>", "", Path(page).read_text(), flags=re.DOTALL))
    expected, found = texts
    assert found == expected


def test_a_study_in_spark_is_not_written_as_toml(data: tuple[Path, Any], tmp_path: Path) -> None:
    plan = SurveyPlan(data[1], touchpoints=list(TOUCHPOINTS), outcome={"recommend": "nps"})
    with pytest.raises(ValuesError) as error:
        cx.Study("Shop", survey_plan=plan).to_toml(tmp_path / "study.toml")
    assert str(error.value) == (
        "a study whose data are in Spark cannot be written: survey has no path. Give the files that Spark reads, or "
        "write them: spark_df.write.parquet(...)."
    )
