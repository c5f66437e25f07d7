"""Control charts as the handbooks have them, limits that count waves, alerts as rare and as sharp as said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.control import (
    SLACK,
    course,
    cusum,
    ewma,
    ewma_weights,
    laney,
    swing_of,
)
from cxlens.stats.waves import next_wave


@pytest.fixture(scope="module")
def handbooks(shared: Path) -> dict[str, dict[str, object]]:
    """The entries of NIST and Montgomery."""
    entries = json.loads((shared / "reference" / "measures.json").read_text(encoding="utf-8"))
    return {name: entry["value"] for name, entry in entries.items() if name.startswith("spc_")}


def test_the_moving_average_is_that_of_the_handbook(handbooks):
    entry = handbooks["spc_ewma_nist"]
    data = np.array(entry["data"])
    found = ewma(data, entry["ewma0"], entry["lam"])
    assert found == pytest.approx(entry["ewma"], abs=6e-5)
    weights = ewma_weights(np.arange(len(data)), entry["lam"])
    assert weights @ (data - entry["ewma0"]) + entry["ewma0"] == pytest.approx(found[-1])
    of_many = ewma_weights(np.arange(200), entry["lam"])
    half = 3 * entry["s"] * np.sqrt(of_many @ of_many)
    assert [50 - half, 50 + half] == pytest.approx([entry["lcl"], entry["ucl"]])


def test_the_cumulative_sum_is_that_of_the_handbook(handbooks):
    entry = handbooks["spc_cusum_nist"]
    above, below = cusum(np.array(entry["data"]), entry["target"], entry["k"])
    assert above == pytest.approx(entry["shi"], abs=1e-9)
    assert below == pytest.approx(entry["slo"], abs=1e-9)
    assert np.argmax(above > entry["h"]) + 1 == entry["first_signal"]


def test_without_swings_laneys_chart_is_the_p_chart_of_the_handbook(handbooks):
    entry = handbooks["spc_p_chart"]
    shares = np.array(entry["counts"]) / entry["n"]
    centre = shares.mean()
    low, high = laney(centre, centre * (1 - centre) / entry["n"], 1.0, 3)
    assert [centre, low, high] == pytest.approx([entry["pbar"], entry["lcl"], entry["ucl"]])
    assert (np.flatnonzero((shares < low) | (shares > high)) + 1).tolist() == entry["out"]


def test_laneys_swing_is_the_mean_range_over_that_of_chance():
    rng = np.random.default_rng(0)
    mean = rng.normal(3, 0.2, 4_000)
    assert swing_of(mean, 3.0, np.full(4_000, 0.01)) == pytest.approx(2, abs=0.1)


def flat(waves: int = 12, seed: int = 0) -> np.ndarray:
    return 3.5 + np.random.default_rng(seed).normal(0, 0.03, waves)


def judged(mean: np.ndarray, *, rate: float = 0.05, worth_seeing: float = 0.5):
    return course(mean, np.full(len(mean), 0.0004), rate=rate, worth_seeing=worth_seeing)


def test_missing_waves_leave_their_place_in_the_moving_average():
    assert ewma_weights(np.array([0.0, 1, 4]), 0.5) == pytest.approx([0.5 * 0.5**4, 0.5 * 0.5**3, 0.5])
    mean = flat(26)
    mean[-6:] += 0.05  # within the limits of a wave; the moving average adds it up
    asked = {"rate": 0.05, "worth_seeing": 0.5}
    one_by_one = course(mean, np.full(26, 0.0004), **asked)
    spaced = course(mean, np.full(26, 0.0004), **asked, when=np.arange(26.0))
    assert one_by_one.waves == spaced.waves
    gap = np.arange(26.0)
    gap[-1] += 50  # nothing of the earlier waves is left in the average: it tells no more than the last wave
    later = course(mean, np.full(26, 0.0004), **asked, when=gap)
    assert later.waves[:-1] == spaced.waves[:-1]
    assert (spaced.waves[-1].lasting, later.waves[-1].lasting) == (True, False)


def test_limits_are_those_of_the_next_wave_at_the_rate_asked_for():
    mean = flat()
    last = judged(mean, rate=0.01).waves[-1]
    assert (last.low, last.high) == pytest.approx(next_wave(mean[:-1], np.full(11, 0.0004), 0.0004, 0.99))


def test_no_wave_is_judged_before_five_others():
    states = [np.isnan(wave.centre) for wave in judged(flat(8)).waves]
    assert states == [True] * 5 + [False] * 3


def test_what_is_said_to_be_seen_has_the_power_of_four_in_five():
    last = judged(flat(), rate=0.01).waves[-1]
    half = (last.high - last.low) / 2
    cut = stats.t.ppf(0.995, 10)
    error = half / cut
    assert stats.nct.sf(cut, 10, last.seen / error) == pytest.approx(0.8, abs=1e-6)


def test_a_wave_that_stands_off_does_not_widen_the_limits_of_the_next():
    mean = np.r_[flat(10), 4.2, 4.2, 3.5]
    found = judged(mean)
    assert [wave.state for wave in found.waves[-3:]] == ["alert", "alert", "none"]
    assert found.waves[-1].high == pytest.approx(found.waves[-2].high)
    assert found.past == (1, 0)
    assert judged(np.r_[flat(10), 4.2, 3.5, 4.2, 3.5]).past == (2, 2)


def test_five_alerts_in_a_row_on_one_side_are_the_new_level():
    mean = np.r_[flat(10), 4.2 + flat(7, 1) - 3.5]
    states = [wave.state for wave in judged(mean).waves]
    assert states[10:] == ["alert"] * 5 + ["none"] * 2
    assert judged(mean).waves[-1].centre == pytest.approx(4.2, abs=0.05)


def test_a_shift_lies_since_its_first_wave_with_an_interval_that_holds_it():
    found = judged(np.r_[flat(10), 3.9 + flat(3, 2) - 3.5]).shift(0.95)
    assert found.since == 10
    assert found.low < 0.4 < found.high


def test_the_moving_average_adds_up_what_lasts_and_dates_it():
    mean = np.r_[flat(30), 3.44 + (flat(9, 3) - 3.5) / 3]
    found = judged(mean, rate=0.05 / 23)
    alerts = [k for k, wave in enumerate(found.waves) if wave.is_alert]
    assert alerts
    assert found.waves[alerts[0]].lasting
    assert alerts[0] >= 33
    assert found.waves[-1].is_alert
    assert abs(found.shift(0.95).since - 30) <= 2
    assert SLACK == 0.5


def test_where_half_a_point_would_be_missed_no_alert_is_offered():
    mean = np.r_[3.2, 3.9, 3.4, 3.8, 3.1, 3.6, 5.0]
    last = judged(mean, rate=0.05 / 23).waves[-1]
    assert last.seen > 0.5
    assert last.state == "not offered"


def test_waves_of_answers_all_alike_have_no_limits():
    found = course(np.full(8, 5.0), np.zeros(8), rate=0.05, worth_seeing=0.5)
    assert all(np.isnan(wave.centre) and not wave.is_alert for wave in found.waves)


def test_no_waves_are_no_alert():
    assert course(np.empty(0), np.empty(0), rate=0.05, worth_seeing=0.5).past == (0, 0)
