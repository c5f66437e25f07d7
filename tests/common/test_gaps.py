"""Those who did not state a factor or covariate are not had from two questions, with it and without."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.gaps import gaps_that_tell
from cxlens.engine import tables
from cxlens.stages.drivers.ask import ask

HIDDEN = "fewer than 5 answers, or hidden to protect people"
TOO_TELLING = (
    "'region': without those who did not state it, this would tell what fewer than 5 answers say, since the same "
    "question without it counts them. Make the gap a value of its own, data['region'].fillna('not stated'), or leave "
    "them out first: survey.where(cx.Segment(...))."
)


def answers(gaps: Mapping[str, Any], n: int = 300) -> pd.DataFrame:
    """Simulated answers, with gaps in some columns at the places named."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 2)), columns=["a", "b"])
    frame["y"] = (frame["a"] + rng.integers(0, 2, n)).astype(float)
    frame["region"] = rng.choice(["N", "S"], n)
    frame["age"] = rng.choice(["-39", "40-"], n)
    frame["purpose"] = np.repeat(["P", "Q", "R"], n // 3)
    for name, rows in gaps.items():
        frame.loc[rows, name] = None
    return frame


def survey(data: Any) -> cx.Survey:
    return cx.Survey(data, touchpoints=["a", "b"], outcome="y", segments=["region", "age", "purpose"])


def used(made: cx.Survey, **options: Any) -> dict[str, int]:
    """How many answers each segment has that is shown; none where the question is refused."""
    with suppress(cx.CxlensError):
        record = cx.drivers(made, n_boot=0, **options).record
        return dict(zip(record.segments, record.segment_n, strict=True))
    return {}


@pytest.mark.parametrize("job", ["factors", "covariates"])
@pytest.mark.parametrize("on_disk", [False, True])
def test_few_gaps_are_not_had_by_subtraction(job: str, on_disk: bool, tmp_path: Path, monkeypatch) -> None:
    """All 300 less 297 with a region."""
    data: Any = answers({"region": range(3)})
    if on_disk:
        data.to_parquet(tmp_path / "answers.parquet")
        data = tmp_path / "answers.parquet"
        monkeypatch.setattr(tables, "IN_MEMORY", 0)
    made = survey(data)
    assert cx.drivers(made, n_boot=0).n == 300
    with pytest.raises(cx.CxlensError) as error:
        cx.drivers(made, n_boot=0, **{job: ["region"]})
    assert str(error.value) == TOO_TELLING


def test_gaps_that_are_enough_or_a_value_of_their_own_are_no_secret() -> None:
    enough = survey(answers({"region": range(5)}))
    assert cx.drivers(enough, covariates=["region"], n_boot=0).dropped == {"a covariate left blank": 5}
    frame = answers({"region": range(3)})
    named = survey(frame.assign(region=frame["region"].fillna("not stated")))
    assert cx.drivers(named, covariates=["region"], n_boot=0).n == 300


def test_gaps_that_guard_a_small_region_are_not_had_either() -> None:
    """Twelve gaps are hidden beside three of a region: less them all others would leave three."""
    frame = answers({"region": range(12)})
    frame.loc[range(12, 15), "region"] = "tiny"
    with pytest.raises(cx.CxlensError) as error:
        cx.drivers(survey(frame), covariates=["region"], n_boot=0)
    assert str(error.value) == TOO_TELLING


def test_gaps_of_a_segment_hide_it_and_another() -> None:
    """3 of purpose P have no region, 17 of Q: 20 in all are no secret."""
    made = survey(answers({"region": [*range(3), *range(100, 117)]}))
    assert used(made, covariates=["region"]) == {"": 280}
    without = used(made, by="purpose")
    assert without == {"P": 100, "Q": 100, "R": 100}
    split = cx.drivers(made, covariates=["region"], by="purpose", n_boot=0)
    assert split.segments == ("R",)
    assert split.unusable.to_dict("records") == [
        {"segment": "P", "touchpoint": "all", "reason": HIDDEN},
        {"segment": "Q", "touchpoint": "all", "reason": HIDDEN},
    ]
    enough = survey(answers({"region": [*range(6), *range(100, 117)]}))
    assert used(enough, covariates=["region"], by="purpose") == {"P": 94, "Q": 83, "R": 100}


def test_where_every_segment_tells_the_question_is_refused() -> None:
    made = survey(answers({"region": [*range(3), *range(100, 103), *range(200, 203)]}))
    with pytest.raises(cx.CxlensError) as error:
        cx.drivers(made, covariates=["region"], by="purpose", n_boot=0)
    assert str(error.value) == TOO_TELLING


@pytest.mark.parametrize(("both", "is_told"), [(3, False), (6, True), (0, True)])
def test_gaps_in_two_columns_are_not_had_from_four_questions(both: int, is_told: bool) -> None:
    """Who stated neither: all less those with a region, less those with an age, and those with both added."""
    made = survey(answers({"region": range(20), "age": range(20 - both, 40 - both)}))
    of_each = [used(made, covariates=columns) for columns in ([], ["region"], ["age"])]
    assert of_each == [{"": 300}, {"": 280}, {"": 280}]
    of_both = used(made, covariates=["region", "age"])
    assert of_both == ({"": 260 + both} if is_told else {})


def test_columns_whose_gaps_tell_are_named() -> None:
    made = survey(answers({"region": range(20), "age": range(17, 37), "purpose": range(50, 70)}))
    asked = ask(made, covariates=["purpose", "age"], factors=["region"])
    telling = gaps_that_tell(asked.reading(made), made.keys, [""], 5)
    assert {name: segments.tolist() for name, segments in telling.items()} == {
        "purpose": [False],
        "age": [True],
        "region": [True],
    }
    with pytest.raises(cx.CxlensError) as error:
        cx.drivers(made, covariates=["purpose", "age"], factors=["region"], n_boot=0)
    assert str(error.value) == (
        "'age', 'region': without those who did not state them, this would tell what fewer than 5 answers say, since "
        "the same question without one of them counts them. Make the gap a value of its own, "
        "data['age'].fillna('not stated'), or leave them out first: survey.where(cx.Segment(...))."
    )
    own_value = made.table.assign(age=lambda frame: frame["age"].fillna("not stated"))
    named = survey(own_value[["a", "b", "y", "region", "age", "purpose"]])
    assert used(named, covariates=["purpose", "age"], factors=["region"]) == {"": 260}
