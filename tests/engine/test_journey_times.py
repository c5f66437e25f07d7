from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_array_equal

from cxlens.engine.journey_times import durations, gaps_after, since_start, to_the_end, until_outcome
from tests.stages.journeys.lived import Small, frame_of, log_of, small_logs, words


@given(small_logs())
def test_time_to_the_end_is_that_of_the_clock(small: Small) -> None:
    log = log_of(small)
    end = frame_of(small)["at"].max()
    left = (end - log.details()["time"]).dt.total_seconds()
    assert_array_equal(to_the_end(log.rows()), (left * 1e6).astype(np.int64))
    time = log.details()["time"]
    first = time.groupby(log.rows().journey).transform("first")
    assert_array_equal(since_start(log.rows()), (time - first).dt.total_seconds())


@given(small_logs())
def test_until_the_outcome_and_in_all(small: Small) -> None:
    log = log_of(small)
    table = log.table.assign(reached=log.details()["reached"].to_numpy())
    wanted = []
    lasted = []
    flags = [journey["reached"] for _, journey in table.groupby(["customer", "episode"])]
    converted = [journey for journey in flags if journey.any()]
    whole = all(journey.all() for journey in converted) and any(len(journey) > 1 for journey in converted)
    for _, journey in table.groupby(["customer", "episode"], sort=False):
        lasted.append((journey["time"].iloc[-1] - journey["time"].iloc[0]).total_seconds())
        if journey["reached"].any():
            place = len(journey) - 1 if whole else int(journey["reached"].to_numpy().argmax())
            passed = journey["time"].iloc[place] - journey["time"].iloc[0]
            wanted.append((place + 1, passed.total_seconds()))
    until = until_outcome(log.rows(), lambda: table["reached"].to_numpy())
    assert list(zip(until.touches.tolist(), until.seconds.tolist(), strict=True)) == wanted
    assert until.is_of_journey == (whole and bool(wanted))
    assert durations(log.rows()).tolist() == lasted


def test_without_a_clock_there_are_no_times() -> None:
    log = words("ab", "a", bought=[1, 0])
    assert to_the_end(log.rows()) is None
    assert np.isnan(durations(log.rows())).all()


def test_sums_of_a_long_log_stay_exact() -> None:
    events = [(who, who % 2, 10**7 * nr, False) for who in range(200) for nr in range(2)]
    log = log_of(Small(events, False))
    assert durations(log.rows()).tolist() == pytest.approx([6e8] * 200, abs=0)


@pytest.mark.parametrize("most", [10**6, 1], ids=["in memory", "in DuckDB"])
def test_waits_of_a_customer_come_in_a_row_so_that_people_can_be_counted(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxlens.study.event_store.LARGE", most)
    monkeypatch.setattr("cxlens.study.journeys.LARGE", most)
    rng = np.random.default_rng(2)
    rows = [(int(who), int(met), int(minute), False) for who, met, minute in rng.integers(0, [9, 3, 5000], (400, 3))]
    log = log_of(Small(rows, False), gap="1 hour")
    owner, seconds = gaps_after(log.rows(), 0)
    assert len(seconds) == len(owner) > 2 * 9
    assert np.count_nonzero(np.diff(owner)) + 1 == len(np.unique(owner)) == 9
