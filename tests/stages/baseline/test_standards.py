"""Standards against what was measured: by hand, against SciPy, as an invariant, and on simulated cases."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxlens as cx
from cxlens.stages.baseline.standards import standards
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.mid_p import mid_p_interval
from cxlens.stats.skewed import below, skewed_mean_interval

WAIT = cx.Standard("waiting time", 10, unit="minutes", better="lower", measured="stopwatch")
RIGHT = cx.Standard("accuracy", 0.95, unit="share", better="higher")
STAGES = cx.Lifecycle(["arrive", "board"])


def map_of(*held: cx.Standard, name: str = "Desk") -> cx.TouchpointMap:
    return cx.TouchpointMap([cx.Touchpoint(name, stage="arrive", standards=held)], STAGES)


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame({"touchpoint": "Desk", "metric": "waiting time", **columns})


def test_a_mean_of_cases_that_are_not_skewed_is_tested_as_scipy_does() -> None:
    """Temperatures, say: half of them below 0, and as many above the mean as below it."""
    half = np.random.default_rng(3).gamma(9, 1.2, 30)
    values = np.concatenate([half, -half]) + 0.3
    cold = cx.Standard("waiting time", 2, unit="degrees", better="lower")
    row = standards(map_of(cold), frame(value=values)).table.iloc[0]
    theirs = stats.ttest_1samp(values, 2, alternative="greater")
    span = stats.ttest_1samp(values, 2).confidence_interval(0.95)
    assert row["p_value"] == pytest.approx(stats.ttest_1samp(values, 2).pvalue, rel=1e-9)
    assert row["p_met"] == pytest.approx(theirs.pvalue, rel=1e-9)  # as a probability of the true mean, flat prior
    assert (row["low"], row["high"]) == pytest.approx((span.low, span.high), rel=1e-9)
    assert row["gap"] == pytest.approx(2 - values.mean())


def test_skewed_cases_have_the_more_careful_of_two_means_and_their_share_within() -> None:
    values = np.random.default_rng(3).gamma(9, 1.2, 60)
    row = standards(map_of(WAIT), frame(value=values)).table.iloc[0]
    assert row["p_met"] == below(values, 10)
    assert row["p_value"] == pytest.approx(2 * min(row["p_met"], 1 - row["p_met"]))
    assert (row["low"], row["high"]) == skewed_mean_interval(values)
    kept = int((values <= 10).sum())
    assert row["share_met"] == kept / 60
    assert (row["share_met_low"], row["share_met_high"]) == pytest.approx(tuple(map(float, mid_p_interval(kept, 60))))


def test_sums_of_cases_have_students_mean() -> None:
    values = np.random.default_rng(4).gamma(9, 1.2, 40)
    summed = standards(map_of(WAIT), frame(n=[40], value=values.mean(), sd=values.std(ddof=1))).table.iloc[0]
    theirs = stats.ttest_1samp(values, 10)
    assert summed["p_value"] == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (summed["low"], summed["high"]) == pytest.approx(tuple(theirs.confidence_interval(0.95)), rel=1e-9)
    assert math.isnan(summed["share_met"])


def test_a_sum_of_skewed_cases_is_not_judged() -> None:
    """Twenty waits of 6 minutes with an sd of 9: Student's t would call a desk good that is not."""
    row = standards(map_of(WAIT), frame(n=[20], value=6.0, sd=9.0)).table.iloc[0]
    assert row["note"] == "fewer than 30 cases; so wide a spread is skewed: not judged without the cases"
    assert row[["p_met", "p_value", "q_value"]].isna().all()
    assert row[["value", "low", "high", "gap"]].notna().all()


def test_a_share_has_mid_p() -> None:
    made = pd.DataFrame({"touchpoint": "Desk", "metric": "accuracy", "value": [1] * 180 + [0] * 20})
    row = standards(map_of(RIGHT), made).table.iloc[0]
    fewer = stats.binom.cdf(179, 200, 0.95) + stats.binom.pmf(180, 200, 0.95) / 2
    assert row["p_value"] == pytest.approx(2 * fewer)
    assert row["p_met"] == pytest.approx(fewer)
    assert (row["low"], row["high"]) == pytest.approx(tuple(map(float, mid_p_interval(180, 200))))
    summed = made.head(1).assign(value=0.9, n=200)
    assert standards(map_of(RIGHT), summed).table.iloc[0]["p_value"] == pytest.approx(row["p_value"])


@settings(max_examples=40)
@given(st.integers(1, 400), st.floats(0, 1), st.floats(0.01, 0.99))
def test_a_target_outside_the_interval_is_where_p_is_small(n, share, target) -> None:
    held = cx.Standard("accuracy", target, unit="share", better="higher")
    hits = round(share * n)
    row = standards(map_of(held), frame(metric="accuracy", n=[n], value=hits / n)).table.iloc[0]
    if abs(row["p_value"] - 0.05) > 1e-9:
        assert (row["p_value"] < 0.05) == (not row["low"] <= target <= row["high"])
    assert 0 <= row["p_met"] <= 1


@settings(max_examples=25)
@given(st.floats(1, 50), st.floats(0.1, 20), st.integers(2, 300), st.floats(1, 50))
def test_lower_is_better_mirrors_higher_is_better(value, sd, n, target) -> None:
    rows = [
        standards(map_of(cx.Standard("waiting time", target, unit="min", better=better)),
                  frame(n=[n], value=value, sd=sd)).table.iloc[0]
        for better in ("higher", "lower")
    ]  # fmt: skip
    if sd > value / 2:  # not judged
        assert rows[0]["note"] == rows[1]["note"] != ""
    else:
        assert rows[0]["p_met"] + rows[1]["p_met"] == pytest.approx(1)
        assert rows[0]["p_value"] == pytest.approx(rows[1]["p_value"])
    assert rows[0]["gap"] == -rows[1]["gap"]


@pytest.mark.simulation
def test_intervals_and_calls_hold_on_simulated_cases() -> None:
    rng = np.random.default_rng(8)
    waves = [f"{k:03}" for k in range(400)]
    cases = [frame(wave=wave, value=rng.gamma(9, 10 / 9, 50)) for wave in waves]  # the true mean is the target
    table = standards(map_of(WAIT), pd.concat(cases, ignore_index=True)).table
    inside = ((table["low"] <= 10) & (table["high"] >= 10)).mean()
    assert 0.92 <= inside <= 0.975
    assert table["p_met"].mean() == pytest.approx(0.5, abs=0.05)
    assert (table["q_value"] < 0.05).sum() <= 4
    assert table["q_value"].tolist() == pytest.approx(benjamini_hochberg(table["p_value"]).tolist())


@pytest.fixture(scope="module")
def survey() -> cx.Survey:
    rng = np.random.default_rng(1)
    made = pd.DataFrame(
        {"Desk": rng.integers(1, 6, 600), "y": rng.integers(0, 11, 600), "year": rng.integers(2024, 2026, 600)}
    )
    return cx.Survey(made, touchpoints=["Desk"], outcome="y", scale=cx.Scale(1, 5), time="year")


def test_scores_come_from_the_survey_by_wave(survey) -> None:
    held = [cx.Standard("mean", 3.5), WAIT, cx.Standard("top_box", 0.2), RIGHT, cx.Standard("mean", 2)]
    view = standards(map_of(*held), frame(wave=[2025], n=[80], value=[8], sd=[3]), survey=survey)
    table = view.table
    assert table[["metric", "target", "wave"]].to_numpy().tolist() == [
        ["mean", 3.5, "2024"], ["mean", 3.5, "2025"], ["top_box", 0.2, "2024"], ["top_box", 0.2, "2025"],
        ["mean", 2, "2024"], ["mean", 2, "2025"], ["waiting time", 10, "2025"], ["accuracy", 0.95, ""],
    ]  # fmt: skip
    for metric, target in (("mean", 3.5), ("top_box", 0.2), ("mean", 2)):
        theirs = cx.baseline(survey, map_of(cx.Standard(metric, target)), by="year").table
        own = table[(table["metric"] == metric) & (table["target"] == target)]
        assert own["value"].tolist() == theirs[metric].tolist()
        assert own["low"].tolist() == theirs["low" if metric == "mean" else "top_box_low"].tolist()
        assert own["p_met"].tolist() == theirs["p_met"].tolist()
        assert own["gap"].tolist() == theirs["gap"].tolist()
    assert table["note"].tolist()[-1] == "not measured"
    assert view.parts["latest"][["metric", "wave"]].to_numpy().tolist() == [
        ["mean", "2025"], ["top_box", "2025"], ["mean", "2025"], ["waiting time", "2025"], ["accuracy", ""],
    ]  # fmt: skip
    first = table.iloc[1]
    (missed,) = view.finding.items
    assert view.finding.title == f"1 of 4 measured standards clearly missed: mean of Desk ({first['value']:.2f})"
    assert missed.interval == f"[{first['low']:.2f}, {first['high']:.2f}]"
    assert missed.certainty == f"in 2025, at least 3.5, n = {first['n']}"
    assert view.finding.more == ["Clearly met: 3", "Not measured: 1"]


def test_a_standard_without_a_side_is_kept_and_not_judged() -> None:
    held = cx.Standard("waiting time", 10, unit="minutes")
    row = standards(map_of(held), frame(n=[40], value=[8], sd=[2])).table.iloc[0]
    assert row["note"] == "which side is better is not said: write <= or >= in the standard"
    assert row["low"] < 8 < row["high"]
    assert row[["gap", "p_met", "p_value", "q_value"]].isna().all()


def test_what_cannot_be_told_is_said() -> None:
    made = frame(wave=["W1", "W2", "W3", "W4"], n=[1, 9, 50, 50], value=[8.0] * 4, sd=[np.nan, 0, np.nan, 2])
    table = standards(map_of(WAIT), made).table
    assert table["note"].tolist() == [
        "fewer than 30 cases; no spread is known: no interval",
        "fewer than 30 cases; no spread is known: no interval",
        "no spread is known: no interval",
        "",
    ]
    assert table["low"].isna().tolist() == [True, True, True, False]
    assert table["p_value"].isna().tolist() == [True, True, True, False]


@pytest.mark.parametrize("held", [cx.Standard("mean", 4.9), cx.Standard("top_box", 0.99)])
def test_too_few_clusters_give_an_interval_but_no_probability(held) -> None:
    rng = np.random.default_rng(5)
    place = np.arange(120) % 4
    scores = np.clip(np.round(3 + 0.3 * rng.normal(size=4)[place] + rng.normal(size=120)), 1, 5)
    made = cx.Survey(
        pd.DataFrame({"Desk": scores, "y": scores, "place": place}),
        touchpoints=["Desk"],
        outcome="y",
        scale=cx.Scale(1, 5),
        cluster="place",
    )
    view = standards(map_of(held), survey=made)
    row = view.table.iloc[0]
    assert row[["value", "low", "high", "gap"]].notna().all()
    assert row[["p_met", "p_value", "q_value"]].isna().all()
    assert row["note"] == "too few clusters to tell"
    assert view.finding.title == "No clear miss among 1 measured standard"
    judged = cx.baseline(made, map_of(held)).verdicts().table.set_index("touchpoint").loc["Desk"]
    assert judged["verdict"] == "not judged"
    assert judged["rule"] == "too few clusters to tell whether it meets its standard"


def test_a_target_of_all_is_missed_by_one_in_many() -> None:
    held = cx.Standard("accuracy", 1, unit="share", better="higher")
    made = frame(metric="accuracy", wave=["W1", "W2"], n=[1000, 1000], value=[0.98, 1])
    assert standards(map_of(held), made).table["p_met"].tolist() == [pytest.approx(0, abs=1e-9), 0.5]


def test_nothing_to_judge() -> None:
    assert str(standards(map_of(), None)) == "The map has no standards."
    assert str(standards(map_of(WAIT))) == "Nothing is measured for 1 standard."
    good = frame(n=[40], value=[10.1], sd=[4])
    assert str(standards(map_of(WAIT), good)) == "No clear miss among 1 measured standard. Undecided: 1."


def test_waiting_times_lead_with_the_share_within() -> None:
    values = np.random.default_rng(5).gamma(9, 14 / 9, 60)
    view = standards(map_of(WAIT), frame(value=values))
    row = view.table.iloc[0]
    kept, least, most = (f"{100 * row[name]:.0f} %" for name in ("share_met", "share_met_low", "share_met_high"))
    assert str(view) == (
        f"1 of 1 measured standard clearly missed: waiting time of Desk ({kept} of cases at most 10 minutes "
        f"[{least}, {most}], mean {row['value']:.2f} minutes [{row['low']:.2f}, {row['high']:.2f}], n = 60)."
    )


@pytest.mark.parametrize("name", ["St. Mary's desk", "No. 3 > 4", "Price ($) 50% of $20"])
def test_any_name_comes_out_whole(name) -> None:
    made = frame(n=[50], value=[12], sd=[4]).assign(touchpoint=name)
    view = standards(map_of(WAIT, name=name), made)
    assert view.finding.title == f"1 of 1 measured standard clearly missed: waiting time of {name} (12 minutes)"
    assert str(view) == (
        f"1 of 1 measured standard clearly missed: waiting time of {name} (12 minutes [10.86, 13.14], at most 10, "
        "n = 50)."
    )


def test_of_many_missed_the_surest_are_named() -> None:
    held = [cx.Touchpoint(f"d{k}", stage="arrive", standards=[WAIT]) for k in range(5)]
    made = pd.DataFrame({"touchpoint": [f"d{k}" for k in range(5)], "metric": "waiting time", "n": 50, "sd": 4.0})
    view = standards(cx.TouchpointMap(held, STAGES), made.assign(value=[13.0, 14, 15, 12.5, 16]))
    assert [item.name for item in view.finding.items][:3] == [f"waiting time of d{k}" for k in (4, 2, 1)]
    assert view.finding.title == "5 of 5 measured standards clearly missed: waiting time of d4 (16 minutes) and 4 more"


def test_the_same_is_asked_of_other_answers(survey) -> None:
    places, part = map_of(cx.Standard("mean", 3.5), WAIT), survey.where(cx.Segment("2025", {"year": 2025}))
    made = frame(n=[50], value=[12], sd=[4])
    direct, of_baseline = standards(places, made, survey=survey), cx.baseline(survey, places).standards(made)
    own = standards(places, made, survey=part).table
    for view in (direct, of_baseline):
        pd.testing.assert_frame_equal(view.again(part).table, own)
    assert direct.record is survey
    assert of_baseline.record.survey is survey
    assert standards(places, made).record is places


def test_a_file_reads_as_the_frame_does(tmp_path) -> None:
    made = frame(wave=["2024", "2024", "2025"], value=[8, 9.5, 12])
    made.to_csv(tmp_path / "m.csv", index=False)
    summed = frame(wave=[2025, 2024], n=[50, 40], value=[9, 12], sd=[3, 4])
    summed.to_csv(tmp_path / "s.csv", index=False)
    for name, own in (("m.csv", made), ("s.csv", summed)):
        one, other = standards(map_of(WAIT), tmp_path / name), standards(map_of(WAIT), own)
        pd.testing.assert_frame_equal(one.table, other.table)
        assert one.table["wave"].tolist() == ["2024", "2025"]


def whole(make) -> str:
    with pytest.raises(cx.CxlensError) as error:
        make()
    return str(error.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("touchpoint,metric,value\nDest,waiting time,3",
         ", line 2: touchpoint 'Dest' is not known here. Did you mean 'Desk'? Touchpoints: Desk."),
        ("touchpoint,metric,value\nDesk,wait,3",
         ", line 2: touchpoint 'Desk' has no standard 'wait'. Standards: waiting time, accuracy, mean."),
        ("touchpoint,metric,value\nDesk,mean,3",
         ", line 2: 'mean' comes from the survey. Leave the row out, and give survey=."),
        ("touchpoint,metric,value\nDesk,waiting time,3\nDesk,waiting time,x",
         ", line 3: value must be a number, found x. Write figures only."),
        ("touchpoint,metric,n,value\nDesk,waiting time,9,3\nDesk,waiting time,,3",
         ", line 3: n must be a number, found nothing. Write figures only."),
        ("touchpoint,metric,n,value\nDesk,waiting time,1.5,3",
         ", line 2: n must be a whole number from 1, found 1.5. Give cases counted."),
        ("touchpoint,metric,n,value,sd\nDesk,waiting time,9,3,-1",
         ", line 2: sd must not be negative, found -1. Give the standard deviation of the cases."),
        ("touchpoint,metric,n,value\nDesk,accuracy,9,98",
         ", line 2: value must be a share from 0 to 1, found 98. Give 0.98 for 98 %."),
        ("touchpoint,metric,value\nDesk,accuracy,1\nDesk,accuracy,0.5",
         ", line 3: value must be 1 (right) or 0 (wrong), found 0.5. Or add a column n."),
        ("touchpoint,metric,n,value\nDesk,accuracy,9,1\nDesk,accuracy,8,1",
         ", line 3: 'accuracy' of 'Desk' is there twice for wave '', first in line 2. Keep one row, or leave out "
         "column n and give cases."),
    ],
)  # fmt: skip
def test_a_file_that_is_not_right(lines, message, tmp_path) -> None:
    path = tmp_path / "measurements.csv"
    path.write_text(f"{lines}\n", encoding="utf-8")
    held = map_of(WAIT, RIGHT, cx.Standard("mean", 4))
    assert whole(lambda: standards(held, path)) == f"{path}{message}"


def test_a_frame_or_an_argument_that_is_not_right() -> None:
    held = map_of(WAIT)
    assert whole(lambda: standards(held, frame(value=["x"]))) == (
        "measurements, row 1: value must be a number, found x. Write figures only."
    )
    missing = frame(value=[1.0, 2.0]).assign(touchpoint=["Desk", np.nan])
    assert whole(lambda: standards(held, missing)) == (
        "measurements, row 2: touchpoint nan is not known here. Touchpoints: Desk."
    )
    assert whole(lambda: standards(held, [1])) == "measurements takes a path or a pandas DataFrame, not a list."
    assert whole(lambda: standards(held, frame(value=[1]), level=95)) == (
        "level=95 is not a confidence level. Give a share between 0 and 1, such as 0.95."
    )


def test_few_answers_are_blank_as_in_the_baseline(survey) -> None:
    base = cx.baseline(survey, map_of(cx.Standard("mean", 3.5)), min_n=400)
    assert base.standards().table[["n", "value", "low", "p_met"]].isna().all(axis=None)
    assert base.standards().table["note"].tolist() == ["fewer than 400 answers, or hidden to protect people"] * 2


def test_the_last_of_twelve_waves_is_the_twelfth() -> None:
    view = standards(map_of(WAIT), frame(wave=[*range(12, 0, -1)], n=[50] * 12, value=[8] * 12, sd=[3] * 12))
    assert view.table["wave"].tolist() == [str(wave) for wave in range(1, 13)]
    assert view.parts["latest"]["wave"].tolist() == ["12"]


def test_answers_without_a_wave_are_not_the_last_wave(survey) -> None:
    made = survey.table.assign(year=lambda own: own["year"].where(own.index > 20))
    late = cx.Survey(made, touchpoints=["Desk"], outcome="y", scale=cx.Scale(1, 5), time="year")
    view = standards(map_of(cx.Standard("mean", 3.5)), survey=late)
    assert view.table["wave"].tolist() == ["2024", "2025", "not stated"]
    assert view.parts["latest"]["wave"].tolist() == ["2025"]
