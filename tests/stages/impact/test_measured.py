"""Several metrics at one error rate, and figures of the top box, through every design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stats.inference import benjamini_hochberg

METRICS = ["Wi-Fi", "nps", "effort", "spend", "stayed"]


def halls(seed: int = 1, lift: float = 0.5) -> cx.Survey:
    """Six halls over four years; two of them get better wi-fi in the last two."""
    rng = np.random.default_rng(seed)
    n = 6 * 4 * 80
    hall = np.tile(np.arange(6), n // 6)
    year = np.repeat(np.arange(2021, 2025), n // 4)
    better = lift * ((hall < 2) & (year >= 2023))
    frame = pd.DataFrame(
        {
            "Wi-Fi": np.clip(np.round(3.4 + better + rng.normal(0, 1, n)), 1, 5),
            "nps": np.clip(np.round(7 + better + rng.normal(0, 2, n)), 0, 10),
            "effort": np.clip(np.round(4 - better + rng.normal(0, 1.5, n)), 1, 7),
            "spend": rng.gamma(2, 20, n),
            "stayed": (rng.random(n) < 0.6).astype(int),
            "hall": np.array(list("ABCDEF"))[hall],
            "year": year,
        }
    )
    return cx.Survey(
        frame,
        touchpoints=["Wi-Fi"],
        outcome={"nps": "nps", "effort": "interval", "spend": "interval", "stayed": "binary"},
        scale=cx.Scale(1, 5),
        outcome_scale={"effort": cx.Scale(1, 7, best="low")},
        segments=["hall"],
        time="year",
    )


def did(survey: cx.Survey, **options: object) -> object:
    asked = {"metric": "Wi-Fi", "before": [2021, 2022], "after": [2023, 2024], "treated": {"hall": ["A", "B"]}}
    return cx.difference_in_differences(survey, **{**asked, **options})


def test_several_metrics_are_what_each_is_alone_but_for_q(faults) -> None:
    survey = halls()
    result = did(survey, metric=METRICS)
    effects = result.table[result.table["quantity"] == "effect"]
    assert effects["q_value"].tolist() == pytest.approx(benjamini_hochberg(effects["p_value"]))
    assert result.table["q_value"].count() == len(METRICS)
    for name in METRICS:
        alone = did(survey, metric=name)
        part = result.only(name)
        pd.testing.assert_frame_equal(part.table.drop(columns="q_value"), alone.table.drop(columns="q_value"))
        assert alone.q_value == alone.p_value
    assert (result.metric, result.estimate) == ("Wi-Fi", did(survey).estimate)
    assert (effects["q_value"] >= 0.05).all()
    assert str(result).startswith("Not one of 5 measures gained clearly more or less than elsewhere from 2021 and 2022")
    assert str(result).endswith("; allowing for 5 comparisons. n = 640 where done and 1,280 elsewhere.")
    assert faults(str(result)) == []
    assert [next(iter(table)) for table in (result.table, result.cells, result.by_wave)] == ["metric"] * 3


def test_nothing_is_said_of_metrics_that_stand_still() -> None:
    result = did(halls(lift=0.0), metric=["Wi-Fi", "spend"])
    assert str(result).startswith(
        "Not one of 2 measures gained clearly more or less than elsewhere from 2021 and 2022 to "
    )


def test_a_top_box_gains_what_shares_gain() -> None:
    survey = halls()
    result = did(survey, figure="top box")
    frame = survey.table.assign(top=lambda f: (f["Wi-Fi"] >= 4).astype(int))
    shares = cx.Survey(frame, touchpoints=["nps"], outcome={"top": "binary"}, segments=["hall"], time="year")
    expected = did(shares, metric="top")
    assert [result.estimate, result.low, result.high, result.p_value] == pytest.approx(
        [expected.estimate, expected.low, expected.high, expected.p_value]
    )
    assert result.unit == "share"
    assert str(result).startswith("Wi-Fi rated 4 or 5 among hall = A, B did not clearly gain more than elsewhere: +1")
    before = cx.before_after(survey, metric="Wi-Fi", figure="top box", before=2021, after=2024)
    assert before.cells["mean"].between(0, 1).all()


def test_effort_where_the_lowest_is_the_best_gains_above_0() -> None:
    result = did(halls(), metric="effort")
    assert result.estimate > 0
    told = result.by_wave[result.by_wave["period"] == "after"]
    assert (told["counterfactual"] > told["mean"]).all()


def test_by_wave_each_effect_is_that_of_the_wave_alone() -> None:
    survey = halls()
    result = did(survey)
    for wave in (2023, 2024):
        alone = did(survey, after=wave)
        line = result.by_wave.set_index("wave").loc[wave]
        assert [line["effect"], line["low"], line["high"]] == pytest.approx([alone.estimate, alone.low, alone.high])
        assert line["mean"] - line["counterfactual"] == pytest.approx(alone.estimate)
    assert result.by_wave["period"].tolist() == ["before", "before", "after", "after"]
    swapped = did(survey, before=2021, after=2022)
    assert result.by_wave["effect"].tolist()[:2] == pytest.approx([-swapped.estimate, swapped.estimate])


def test_metrics_are_named_once() -> None:
    for metric, message in (
        (["Wi-Fi", "Wi-Fi"], "metric: 'Wi-Fi' is there twice. Name each metric once."),
        ([], "metric=[] names nothing to follow. Name a touchpoint or an outcome, or leave metric out."),
    ):
        with pytest.raises(cx.CxlensError) as error:
            did(halls(), metric=metric)
        assert str(error.value) == message
    with pytest.raises(cx.CxlensError) as error:
        did(halls(), metric=["Wi-Fi", "nps"]).only("stayed")
    assert str(error.value) == "metric 'stayed' is not known here. Metrics: Wi-Fi, nps."


def test_of_measures_of_which_none_can_be_tested_it_is_not_said_that_none_changed():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"region": ["n", "s", "w"] * 80, "year": [2024] * 120 + [2025] * 120})
    frame["call"] = rng.integers(1, 6, 240)
    frame["overall"] = rng.integers(1, 6, 240)
    survey = cx.Survey(
        frame, touchpoints=["call"], outcome={"overall": "interval"}, segments=["region"], time="year",
        scale=cx.Scale(1, 5),
    )  # fmt: skip
    result = cx.difference_in_differences(
        survey, metric=["call", "overall"], before=2024, after=2025, treated={"region": "n"}
    )  # fmt: skip
    assert result.finding.lead == (
        "Too little is known to tell whether any of 2 measures gained clearly more or less than elsewhere "
        "from 2024 to 2025"
    )
    assert "0 comparisons" not in str(result)
