"""Alerts: what stands off, since when, at one rate over all series; wave by wave from means; said as far as it goes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cxlens as cx
from cxlens.stats.control import course

NAMES = ["Wi-Fi", "Desk", "Gate"]
LAST = "2023 Q4"


def answers(waves: int = 24, n: int = 250, seed: int = 1, drop: float = 0.6) -> pd.DataFrame:
    """Answers over quarters; Wi-Fi falls in the last two, food was better once."""
    rng = np.random.default_rng(seed)
    parts = []
    for wave in range(waves):
        level = np.full(3, 3.6)
        level[0] -= drop * (wave >= waves - 2)
        level[2] += 0.6 * (wave == waves // 2)
        scores = np.clip(np.round(level + rng.normal(0, 0.9, (n, 3))), 1, 5)
        part = pd.DataFrame(scores, columns=NAMES)
        part["rec"] = np.clip(np.round(8 + rng.normal(0, 2, n)), 0, 10)
        part["back"] = (rng.random(n) < 0.6).astype(int)
        part["when"] = f"{2018 + wave // 4} Q{wave % 4 + 1}"
        part["who"] = rng.choice(["business", "leisure"], n)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def survey(frame: pd.DataFrame, scale: cx.Scale | None = cx.Scale(1, 5)) -> cx.Survey:  # noqa: B008
    return cx.Survey(
        frame,
        touchpoints=NAMES,
        outcome={"rec": "nps", "back": "binary"},
        scale=scale,
        segments=["who"],
        time="when",
    )


@pytest.fixture(scope="module")
def view():
    return cx.monitor(survey(answers()), metric=[*NAMES, "rec"]).alerts()


def test_every_sentence_is_plain(view, faults):
    thin = cx.monitor(survey(answers(1)), metric="Wi-Fi").alerts()
    assert [fault for one in (view, thin) for fault in faults(str(one))] == []


def test_what_stands_off_is_named_with_its_size_since_when_and_how_sure(view):
    table = view.table.set_index("metric")
    assert table["alert"].to_dict() == {**dict.fromkeys([*NAMES, "rec"], "none"), "Wi-Fi": "alert"}
    wifi = table.loc["Wi-Fi"]
    assert wifi["since"] == "2023 Q3"
    assert wifi["shift_low"] < -0.55 < wifi["shift_high"] < 0
    assert wifi["p_adjusted"] < 0.05
    assert table.loc["Gate", ["past", "returned"]].tolist() == [1, 1]
    low, high = (f"{wifi[name]:.2f}" for name in ("shift_low", "shift_high"))
    assert view.finding.sentence.startswith(
        f"1 of 4 series stands off earlier waves: Wi-Fi satisfaction ({wifi['shift']:.2f} points [{low}, {high}], "
        "since 2023 Q3); a wave in which nothing changes has any alert in 5 of 100. Seen four times in five: "
    )
    assert "Of 2 earlier alerts 1 was followed by a return in the next wave" in view.finding.more


def test_the_shift_that_would_be_seen_is_told_by_unit(view):
    table = view.table.set_index("metric")
    seen = table["seen"]
    least, most = seen[NAMES].min(), seen[NAMES].max()
    told = f"{least:.2f} to {most:.2f} points, {seen['rec']:.1f} NPS points"
    assert f"Seen four times in five: a shift of {told}" in view.finding.more
    assert table["half_a_point"].to_dict() == {**dict.fromkeys(NAMES, 0.5), "rec": 25}


def test_another_wave_added_to_aggregates_gives_the_alerts_of_all_answers():
    frame = answers()
    keys = ["when"]
    parts = []
    for name in NAMES:
        part = frame.groupby(keys)[name].agg(n="count", mean="mean", sd="std").reset_index()
        parts.append(part.assign(touchpoint=name))
    means = pd.concat(parts)
    roles = {"n": "n", "mean": "mean", "sd": "sd", "touchpoint": "touchpoint", "time": "when", "scale": cx.Scale(1, 5)}
    before = means[means["when"] != LAST]
    added = pd.concat([before, means[means["when"] == LAST]])
    found = cx.monitor(cx.Aggregates(added, **roles), metric=NAMES).alerts()
    whole = cx.monitor(survey(frame), metric=NAMES).alerts()
    assert_frame_equal(found.table, whole.table)
    assert_frame_equal(found.parts["waves"], whole.parts["waves"])
    assert found.finding == whole.finding
    earlier = cx.monitor(cx.Aggregates(before, **roles), metric=NAMES).alerts()
    known = whole.parts["waves"].query("wave != @LAST").reset_index(drop=True)
    assert_frame_equal(earlier.parts["waves"], known)  # what was an alert stays one


def test_alerts_are_made_of_means_alone(monkeypatch):
    result = cx.monitor(survey(answers(8)), metric=NAMES)

    def read(_: object) -> None:
        raise AssertionError("answers are read again")

    monkeypatch.setattr(type(result.survey.source), "batches", read)
    assert len(result.alerts().table) == 3


def test_missing_waves_leave_their_place():
    quarters = [f"{2018 + wave // 4} Q{wave % 4 + 1}" for wave in range(26)]
    noise = np.random.default_rng(0).normal(0, 0.03, 26)
    mean = 3.5 + noise + 0.05 * (np.arange(26) >= 20)  # what the moving average adds up

    def last(names: list[str]) -> pd.Series:
        table = pd.DataFrame({"when": names, "n": 400, "mean": mean, "sd": 0.4})
        waves = cx.Aggregates(table, n="n", mean={"Wi-Fi": "mean"}, sd={"Wi-Fi": "sd"}, time="when")
        return cx.monitor(waves, metric="Wi-Fi").alerts().table.iloc[0]

    together, apart = last(quarters), last([*quarters[:-1], "2036 Q4"])
    assert together["limit_low"] == apart["limit_low"]  # of the earlier waves, as they are
    assert [together["alert"], apart["alert"]] == ["alert", "none"]


def test_what_a_log_tells_is_worded_in_its_own_unit():
    money = answers(7).assign(spend_after=lambda frame: frame["rec"] * 10)
    told = cx.Survey(money, touchpoints=NAMES, outcome={"spend_after": "interval"}, time="when")
    view = cx.monitor(told, metric="spend_after").alerts()
    assert view.record.series[0].words(1.5) == "1.50 money"


def test_the_rate_is_shared_by_all_series():
    result = cx.monitor(survey(answers(9)), metric=NAMES, by="who", level=0.9)
    view = result.alerts()
    followed = view.record.series
    assert [(one.metric.name, one.segment) for one in followed[:2]] == [("Wi-Fi", "business"), ("Wi-Fi", "leisure")]
    means = followed[0].means
    alone = course(np.array(means.mean), np.array(means.variance), rate=0.1 / 6, worth_seeing=0.5).waves[-1]
    row = view.table.iloc[0]
    assert [row["limit_low"], row["limit_high"]] == pytest.approx([alone.low, alone.high])
    assert row["p_adjusted"] == pytest.approx(min(1, 6 * alone.p_value))


def test_where_half_a_point_would_be_missed_that_is_said():
    view = cx.monitor(survey(answers(7, 60)), metric=["Desk", "back"]).alerts()
    assert set(view.table["alert"]) == {"not offered"}
    seen = view.table["seen"]
    assert view.table["why"].iloc[0] == f"only a shift of {seen[0]:.2f} points would be seen, more than 0.50 points"
    assert view.finding.sentence.startswith("No alerts yet for 2 series; only a shift of ")
    assert view.table["half_a_point"].tolist() == [0.5, 0.125]
    some = cx.monitor(survey(answers(12, 200)), metric=["Desk", "back"]).alerts()
    assert some.table["alert"].tolist() == ["none", "not offered"]
    assert "For 1 no alert is offered: a shift of half a point would be missed" in some.finding.more


def test_one_wave_tells_nothing_and_says_why():
    view = cx.monitor(survey(answers(1)), metric="Wi-Fi").alerts()
    assert view.table.loc[0, ["alert", "why"]].tolist() == [
        "not judged",
        "fewer than 5 earlier waves of 30 answers, or all alike",
    ]
    assert view.finding.sentence == (
        "No alerts yet for 1 series; fewer than 5 earlier waves of 30 answers, or all alike. n = 250."
    )
    assert view.table[["value", "usual", "seen", "p_adjusted"]].isna().all(axis=None)


def test_an_old_alert_is_not_told_as_of_now():
    frame = answers()
    thin = frame.drop(frame.index[(frame["when"] == LAST)][20:])
    row = cx.monitor(survey(thin), metric="Wi-Fi").alerts().table.iloc[0]
    assert row[["alert", "why"]].tolist() == ["not judged", "fewer than 30 answers in 2023 Q4"]
    assert pd.isna(row["since"])


def test_where_the_lowest_is_best_a_fall_is_for_the_better():
    frame = answers()
    turned = survey(frame, cx.Scale(1, 5, best="low"))
    row = cx.monitor(turned, metric="Wi-Fi").alerts().table.iloc[0]
    assert row["alert"] == "alert"
    assert row["shift"] > 0
    assert row["value"] < row["limit_low"] < row["usual"] < row["limit_high"]
    assert "points better" in str(cx.monitor(turned, metric="Wi-Fi").alerts())


def test_without_a_scale_half_a_point_is_half_a_standard_deviation():
    frame = answers(8)
    row = cx.monitor(survey(frame, None), metric="Desk").alerts().table.iloc[0]
    known = survey(frame, None).scale
    expected = 0.5 * frame["Desk"].std(ddof=0) if known is None else 0.5
    assert row["half_a_point"] == pytest.approx(expected)


def test_the_same_is_asked_of_other_answers(view):
    data = survey(answers(9, seed=2, drop=0))
    other = view.again(data)
    assert other.table["metric"].tolist() == view.table["metric"].tolist()
    assert str(other).startswith("No alert in 4 series; a wave in which nothing changes has any alert in 5 of 100.")
