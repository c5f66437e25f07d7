"""The customer base: shares by value in words; what is refused is tested where it is asked, in test_bias.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError
from cxlens.study.margins import checked_shares, margin_of


@pytest.fixture
def survey() -> cx.Survey:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"desk": rng.integers(1, 6, 60), "y": rng.integers(0, 11, 60), "floor": rng.integers(1, 3, 60)}
    )
    return cx.Survey(frame, touchpoints=["desk"], outcome="y", segments=["floor"])


def test_numbers_of_customers_become_shares_and_values_become_words(survey):
    assert checked_shares(survey.keys, {"floor": {1: 300, 2.0: 100}}, "margins=") == {"floor": {"1": 0.75, "2": 0.25}}
    assert checked_shares(survey.keys, {"floor": {"1": 0.2, "2": 0.8}}, "margins=") == {"floor": {"1": 0.2, "2": 0.8}}


def test_a_share_of_one_is_a_share_and_no_customer(survey):
    assert checked_shares(survey.keys, {"floor": {1: 1, 2: 0}}, "margins=") == {"floor": {"1": 1.0, "2": 0.0}}


def test_only_segments_have_a_base(survey):
    with pytest.raises(ColumnError) as error:
        checked_shares(survey.keys, {"flor": {1: 1}}, "margins=")
    assert str(error.value) == (
        "margins: 'flor' is not a segment of this survey. Did you mean 'floor'? Segments: floor. "
        "Name the column in Survey(..., segments=[...])."
    )


def test_values_that_nobody_gave_are_silent_and_answers_without_weight_are_not_heard():
    words = np.array(["north", "south", "south", "west"], object)
    margin = margin_of("side", words, {"north": 0.5, "south": 0.3, "east": 0.2, "west": 0.0}, words != "west")
    assert margin.heard == ["north", "south"]
    assert margin.silent == {"east": 0.2}
    assert margin.codes.tolist() == [0, 1, 1, -1]


MARGINS = {"side": {"north": 0.5, "south": 0.3, "west": 0.2}}


def sides(n: int = 600, seed: int = 0, **roles) -> cx.Survey:
    """The north answers most, and what people say goes with where they are."""
    rng = np.random.default_rng(seed)
    side = rng.choice(["north", "south", "west"], n, p=[0.7, 0.2, 0.1])
    score = 2 + (side == "south") + 2 * (side == "west") + rng.integers(0, 2, n)
    frame = pd.DataFrame({"desk": score, "y": score, "side": side, "kind": rng.choice(["a", "b"], n)})
    return cx.Survey(frame, touchpoints=["desk"], outcome="y", segments=["side", "kind"], **roles)


def test_a_survey_with_margins_is_weighted_and_says_so():
    survey = sides(margins=MARGINS)
    weights = pd.Series(survey.rows().weights).groupby(survey.table["side"].to_numpy()).sum() / survey.n
    assert weights.to_dict() == pytest.approx(MARGINS["side"])
    result = cx.baseline(survey)
    assert result.table["mean"].iloc[0] == pytest.approx(
        np.average(survey.table["desk"], weights=survey.rows().weights)
    )
    assert "Figures are weighted, n is not." in result.note
    assert survey.notes[-1].startswith("Raked to 1 margin: worth ")
    assert "(margins)" not in survey.table
    assert "weight" in survey.table
    assert not sides().margins


def test_intervals_know_what_the_margins_tell():
    raked = sides(margins=MARGINS)
    weighted = cx.Survey(raked.table, touchpoints=["desk"], outcome="y", segments=["side", "kind"], weight="weight")
    width = []
    for survey in (raked, weighted):
        row = cx.baseline(survey).table.iloc[0]
        width.append(row["high"] - row["low"])
    assert width[0] < 0.7 * width[1]
    by = cx.baseline(raked, by="kind").table
    assert (by["high"] - by["low"]).between(0.05, 0.4).all()
    part = raked.where({"kind": "a"})
    assert part.calibration is None
    mean = by.loc[by["segment"] == "a", "mean"].iloc[0]
    assert cx.baseline(part).table["mean"].iloc[0] == pytest.approx(mean)


def test_raked_intervals_hold_the_truth():
    truth = 0.5 * 2.5 + 0.3 * 3.5 + 0.2 * 4.5
    inside = []
    for seed in range(12):
        row = cx.baseline(sides(seed=seed, margins=MARGINS)).table.iloc[0]
        inside.append(row["low"] < truth < row["high"])
    assert sum(inside) >= 10


def test_margins_start_from_the_weights_and_change_nothing_that_meets_them():
    once = sides(margins=MARGINS)
    roles = {"touchpoints": ["desk"], "outcome": "y", "segments": ["side", "kind"]}
    again = cx.Survey(once.table, weight="weight", margins=MARGINS, **roles)
    np.testing.assert_allclose(again.rows().weights, once.rows().weights)


@pytest.mark.parametrize(
    ("margins", "text"),
    [
        (
            {},
            "margins= needs the customer base. Give margins={'purpose': {'business': 0.3, 'leisure': 0.7}}.",
        ),
        (
            {"sid": {"north": 1}},
            "margins: 'sid' is not a segment of this survey. Did you mean 'side'? Segments: side, kind. "
            "Name the column in Survey(..., segments=[...]).",
        ),
    ],
)
def test_margins_that_cannot_be_used_are_refused(margins, text):
    with pytest.raises(cx.CxlensError) as error:
        sides(margins=margins)
    assert str(error.value) == text


def test_answers_on_disk_are_not_raked(tmp_path, monkeypatch):
    monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", 100)
    path = tmp_path / "answers.parquet"
    sides().table.to_parquet(path)
    with pytest.raises(cx.CxlensError) as error:
        cx.Survey(path, touchpoints=["desk"], outcome="y", segments=["side"], margins=MARGINS)
    assert str(error.value) == (
        "margins= needs the answers in memory, and these are on disk. Rake them before, and give weight=."
    )
