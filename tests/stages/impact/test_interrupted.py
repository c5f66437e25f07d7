"""A series before a change, drawn on, against the waves after it: against statsmodels, known truth, and in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.stages.impact.interrupted import interrupted_time_series


def waves(before: int = 10, after: int = 8, n: int = 60, seed: int = 1, **effect: float) -> pd.DataFrame:
    """Answers of quarters, of which wi-fi rises by a step and a slope."""
    rng = np.random.default_rng(seed)
    wave = np.repeat(np.arange(before + after), n)
    late = wave >= before
    swings = rng.normal(0, effect.get("swing", 0.05), before + after)
    lift = late * (effect.get("step", 0.0) + effect.get("slope", 0.0) * (wave - before))
    lift = lift + effect.get("season", 0.0) * (wave % 4 == 3)
    return pd.DataFrame(
        {
            "Wi-Fi": 3 + 0.01 * wave + swings[wave] + lift + rng.normal(0, 0.8, len(wave)),
            "nps": np.clip(np.round(7 + lift + rng.normal(0, 2, len(wave))), 0, 10),
            "spend": rng.gamma(2, 20, len(wave)) + 10 * late,
            "stayed": rng.random(len(wave)) < 0.6,
            "wave": [f"{2019 + w // 4} Q{1 + w % 4}" for w in wave],
        }
    ).astype({"stayed": int})


def survey(frame: pd.DataFrame, **roles: object) -> cx.Survey:
    outcome = {"nps": "nps", "spend": "interval", "stayed": "binary"}
    return cx.Survey(frame, touchpoints=["Wi-Fi"], outcome=outcome, **{"time": "wave", **roles})


def row(result: object, quantity: str) -> pd.Series:
    return result.table.set_index("quantity").loc[quantity]


def test_without_swings_that_carry_over_figures_are_near_least_squares() -> None:
    frame = waves(24, 24, step=0.5, slope=0.02)
    result = interrupted_time_series(survey(frame), metric="Wi-Fi", started="2025 Q1")
    means = frame.groupby("wave")["Wi-Fi"].mean().to_numpy()
    t = np.arange(48.0)
    late = t >= 24
    design = np.column_stack([np.ones(48), t, late, late * (t - 24)])
    fit = sm.OLS(means, design).fit()
    found = [row(result, name)["estimate"] for name in ("level change", "slope change", "slope before")]
    assert found == pytest.approx([fit.params[2], fit.params[3], fit.params[1]], abs=0.05)
    assert row(result, "mean effect")["estimate"] == pytest.approx(found[0] + found[1] * 11.5)
    assert result.low < 0.5 < result.high
    assert result.q_value < 0.001
    effects = result.by_wave[result.by_wave["period"] == "after"]
    assert effects["effect"].tolist() == pytest.approx([found[0] + found[1] * k for k in range(24)])
    assert (effects["without_low"] < effects["counterfactual"]).all()


def test_the_sentence_says_the_step_and_the_slope(faults) -> None:
    result = interrupted_time_series(survey(waves(step=0.6)), metric="Wi-Fi", started="2021 Q3")
    assert str(result).startswith("Wi-Fi satisfaction rose by 0.")
    assert "with the change in 2021 Q3; clearly, if nothing else came then and the line would have gone on." in str(
        result
    )
    assert "Its slope did not clearly change: " in str(result)
    assert str(result).endswith("n = 600 before and 480 after.")
    assert faults(str(result)) == []
    assert result.finding.title.endswith(" with the change in 2021 Q3")
    assert result.before == tuple(f"{2019 + w // 4} Q{1 + w % 4}" for w in range(10))
    assert result.note.startswith("Judged by 18 waves, 14 degrees of freedom. How much of a swing carries over")
    assert "before the change (should be near 0)" in result.table["quantity"].tolist()


def test_a_season_is_no_effect() -> None:
    frame = waves(11, 9, season=0.8)
    plain = interrupted_time_series(survey(frame), metric="Wi-Fi", started="2021 Q4")
    result = interrupted_time_series(survey(frame), metric="Wi-Fi", started="2021 Q4", season=4)
    assert (result.season, plain.season) == (4, None)
    assert result.high - result.low < plain.high - plain.low
    assert "The same season comes every 4 waves." in result.note


def test_several_metrics_share_one_error_rate() -> None:
    from cxlens.stats.inference import benjamini_hochberg

    metrics = ["Wi-Fi", "nps", "spend", "stayed"]
    result = interrupted_time_series(survey(waves(step=0.6)), metric=metrics, started="2021 Q3")
    assert result.metrics == tuple(metrics)
    assert result.table["metric"].unique().tolist() == metrics
    claims = result.table[result.table["quantity"].isin(["level change", "slope change"])]
    assert claims["q_value"].tolist() == pytest.approx(benjamini_hochberg(claims["p_value"]))
    others = result.table.drop(claims.index)
    assert others["q_value"].isna().all()
    assert str(result).startswith("1 of 4 measures changed level clearly with the change in 2021 Q3: ")
    assert "; allowing for 8 comparisons. n = 600 before and 480 after." in str(result)
    assert result.only("spend").metric == "spend"
    assert result.only("spend").table["q_value"].dropna().tolist() == claims["q_value"].tolist()[4:6]


def test_top_box_and_shares_are_in_percentage_points() -> None:
    frame = waves(step=0.9).assign(**{"Wi-Fi": lambda f: f["Wi-Fi"].round().clip(1, 5)})
    result = interrupted_time_series(
        survey(frame, scale=cx.Scale(1, 5)), metric="Wi-Fi", figure="top box", started="2021 Q3"
    )
    assert (result.unit, result.figure, result.measured.label) == ("share", "top box", "Wi-Fi rated 4 or 5")
    assert "percentage points" in str(result)
    assert result.by_wave["without_high"].max() <= 1


def test_waves_of_few_answers_are_left_out_with_their_place() -> None:
    frame = waves(12, 10, step=0.6)
    few = frame["wave"] == "2020 Q1"
    thin = pd.concat([frame[~few], frame[few].head(3)])
    result = interrupted_time_series(survey(thin), metric="Wi-Fi", started="2022 Q1")
    assert "2020 Q1" not in result.by_wave["wave"].tolist()
    assert "Left out: " in result.note


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"started": "2019 Q1"},
            "an interrupted time series needs 8 waves on each side of the change. Waves of 'Wi-Fi' that can be told: 0 "
            "before 2019 Q1 and 18 from then on (2019 Q1, 2019 Q2, 2019 Q3, 2019 Q4, 2020 Q1, 2020 Q2, 2020 Q3, 2020 "
            "Q4, 2021 Q1, 2021 Q2, 2021 Q3, 2021 Q4 and 6 more). cx.which_design(survey, change) says which design "
            "these answers allow.",
        ),
        (
            {"started": "2018 Q1"},
            "started='2018 Q1' is no wave of this survey. Waves in 'wave': 2019 Q1, 2019 Q2, 2019 Q3, 2019 Q4, 2020 "
            "Q1, 2020 Q2, 2020 Q3, 2020 Q4, 2021 Q1, 2021 Q2, 2021 Q3, 2021 Q4 and 6 more.",
        ),
        (
            {"season": 12},
            "season=12 needs two whole cycles, 24 waves; there are 18. Leave season out, and what seasons do counts as "
            "swings.",
        ),
        (
            {"season": 1},
            "season must be a whole number of 2 or more; you gave 1. It is after how many waves the same season comes "
            "again: 4 for quarters, 12 for months.",
        ),
        ({"started": ["2021 Q3", "2021 Q4"]}, "started names 2 waves. Give the first wave with the change."),
    ],
)
def test_what_cannot_be_told_is_refused(options: dict, message: str) -> None:
    with pytest.raises(cx.CxlensError) as error:
        interrupted_time_series(survey(waves()), **{"metric": "Wi-Fi", "started": "2021 Q3", **options})
    assert str(error.value) == message


def test_one_wave_is_no_series() -> None:
    frame = waves().query("wave == '2019 Q1'")
    with pytest.raises(cx.CxlensError) as error:
        interrupted_time_series(survey(frame), metric="Wi-Fi", started="2019 Q1")
    assert str(error.value) == (
        "an interrupted time series needs 8 waves on each side of the change. Waves of 'Wi-Fi' that can be told: 0 "
        "before 2019 Q1 and 1 from then on (2019 Q1). cx.which_design(survey, change) says which design these answers "
        "allow."
    )


def test_the_airport_has_too_few_waves(shared) -> None:
    airport = cx.datasets.load_sfo(range(2013, 2018), data_home=shared / "sfo")
    with pytest.raises(cx.CxlensError) as error:
        interrupted_time_series(airport.survey(), metric="Wi-Fi", started=2015)
    assert "needs 8 waves on each side of the change. Waves of 'Wi-Fi' that can be told: 2 before 2015 and 3" in str(
        error.value
    )


def test_a_season_never_seen_before_the_change_is_refused() -> None:
    with pytest.raises(cx.CxlensError) as error:
        interrupted_time_series(survey(waves(9, 20)), metric="Wi-Fi", started="2021 Q2", season=10)
    assert str(error.value) == (
        "season=10: before 2021 Q2 only 9 of 10 seasons were seen, so the others cannot be parted from the change. "
        "Leave season out."
    )


def line_with_a_gap(missing: range, n: int = 40) -> pd.DataFrame:
    """Months on a straight line, apart from some that were never asked."""
    rng = np.random.default_rng(7)
    months = [month for month in range(26) if month not in missing]
    wave = np.repeat(months, n)
    return pd.DataFrame(
        {
            "Wi-Fi": 2 + 0.05 * wave + rng.normal(0, 0.05, len(wave)),
            "nps": 9,
            "spend": 1.0,
            "stayed": 1,
            "wave": [f"{2022 + month // 12}-{1 + month % 12:02d}" for month in wave],
        }
    )


def test_months_that_were_not_asked_are_time_all_the_same() -> None:
    frame = line_with_a_gap(range(10, 15))
    result = interrupted_time_series(survey(frame), metric="Wi-Fi", started="2023-04")
    assert result.estimate == pytest.approx(0, abs=0.05)
    assert result.low < 0 < result.high
    assert row(result, "slope before")["estimate"] == pytest.approx(0.05, abs=0.005)
    assert "Missing between these: 5 waves, which count as time." in result.note


def test_a_season_needs_waves_at_equal_distances() -> None:
    frame = line_with_a_gap(range(0))
    frame["wave"] = frame["wave"].replace({"2024-01": "2024-01-01", "2024-02": "2024-02-12"})
    frame["wave"] = [wave if len(wave) > 7 else f"{wave}-01" for wave in frame["wave"]]
    with pytest.raises(ValuesError) as told:
        interrupted_time_series(survey(frame), metric="Wi-Fi", started="2023-02-01", season=4)
    assert str(told.value) == (
        "season=4 counts waves, and these are not equally far apart. Leave season out, and what seasons do counts as "
        "swings."
    )
