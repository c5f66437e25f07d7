"""A track record shrinks lifts to what came of earlier ones, widens them and says so; too little is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.improve.track_record import realised_lifts, told_realised
from cxlens.stats.realised import realised


def record(share: float = 0.5, many: int = 8, seed: int = 0, **changes: object) -> pd.DataFrame:
    """Promises of mean ratings, of which so much was measured."""
    rng = np.random.default_rng(seed)
    promised = rng.uniform(0.2, 0.5, many)
    table = pd.DataFrame({"metric": [f"old {k}" for k in range(many)], "measure": "mean", "segment": ""})
    table = table.assign(date="2025", now=3.5, forecast=3.5 + promised, level=0.95)
    table = table.assign(low=table["forecast"] - 0.1, high=table["forecast"] + 0.1)
    return table.assign(measured=3.5 + share * promised + rng.normal(0, 0.04, many), **changes)


@pytest.fixture(scope="module")
def drivers():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(1, 6, (400, 3)), columns=list("abc"))
    frame["y"] = frame["a"] + 0.5 * frame["b"] + rng.normal(size=400)
    survey = cx.Survey(frame, touchpoints=list("abc"), outcome={"y": "interval"}, scale=cx.Scale(1, 5))
    return cx.drivers(survey, n_boot=300)


PLAN = pd.DataFrame(
    {"name": ["A", "B", "C"], "touchpoints": ["a", "b", "c"], "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
     "effort_low": 1, "effort_likely": 2, "effort_high": 3, "owner": "Operations"}
)  # fmt: skip


def test_lifts_count_as_much_as_earlier_ones_came_out(drivers):
    before = cx.quick_wins(drivers, PLAN)
    after = cx.quick_wins(drivers, PLAN, track_record=record())
    found = realised_lifts(record(), "y")
    table = [one.table.set_index("initiative").loc["A"] for one in (before, after)]
    assert table[1]["benefit"] / table[0]["benefit"] == pytest.approx(found.share, abs=0.06)
    relative = [(row["benefit_high"] - row["benefit_low"]) / row["benefit"] for row in table]
    assert relative[1] > relative[0]
    assert np.array_equal(before.efforts, after.efforts)
    low, high = found.interval(0.95)
    said = f"Lifts count {found.share:.2f} [{low:.2f}, {high:.2f}] of what is promised, as 8 earlier promises came out."
    assert said in after.sentence
    assert "Lifts count" not in before.sentence
    assert told_realised(None, 0.95) == ""


def test_a_record_of_promises_kept_leaves_the_middle(drivers):
    before = cx.quick_wins(drivers, PLAN).table.set_index("initiative")
    after = cx.quick_wins(drivers, PLAN, track_record=record(1.0)).table.set_index("initiative")
    found = realised_lifts(record(1.0), "y")
    low, high = found.interval(0.95)
    assert low < 1 < high
    assert after.loc["A", "benefit"] / before.loc["A", "benefit"] == pytest.approx(found.share, abs=0.06)


def test_the_rest_of_the_plan_reads_it_too(drivers):
    wins = cx.quick_wins(drivers, PLAN, track_record=record())
    again = cx.quick_wins(drivers, PLAN, **wins.options)
    assert again.table.equals(wins.table)
    assert set(wins.resolve_first()["initiative"]) == set("ABC")
    plain = cx.roadmap(cx.quick_wins(drivers, PLAN), periods=1).forecasts()
    shrunk = cx.roadmap(wins, periods=1).forecasts()
    gain = [(table["forecast"] - table["now"]).iloc[0] for table in (plain, shrunk)]
    assert gain[1] < 0.75 * gain[0]


def test_each_rating_counts_once_as_measured_last_and_no_outcome():
    table = record()
    earlier = table.assign(date="2024", measured=9.0)
    outcome = table.head(1).assign(metric="y", measured=99.0)
    segment = table.head(1).assign(segment="business", measured=99.0)
    nps = table.head(1).assign(measure="NPS", measured=99.0)
    untold = table.head(1).assign(metric="new", measured=np.nan)
    flat = table.head(1).assign(metric="flat", forecast=3.5, measured=99.0)
    whole = pd.concat([earlier, table, outcome, segment, nps, untold, flat])
    assert realised_lifts(whole, "y").interval(0.9) == realised_lifts(table, "y").interval(0.9)
    promised = (table["forecast"] - 3.5).to_numpy()
    known = realised(promised, (table["measured"] - 3.5).to_numpy(), np.full(8, 0.1 / 1.959964))
    assert realised_lifts(table, "y").interval(0.9) == pytest.approx(known.interval(0.9), rel=1e-6)


def test_what_kept_gives_is_such_a_table():
    names = [f"t{k}" for k in range(6)]
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(2, 6, (200, 6)), columns=names).assign(y=4, year=2026)
    survey = cx.Survey(frame, touchpoints=names, outcome="y", scale=cx.Scale(1, 5), time="year")
    promised = pd.DataFrame(
        {"metric": names, "measure": "mean", "segment": "", "date": "2026", "now": 3.2, "forecast": 3.6, "low": 3.4,
         "high": 3.8, "level": 0.95, "plan": "A"}
    )  # fmt: skip
    assert realised_lifts(cx.kept(promised, survey).table, "y").promises == 6


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "record.csv",
            "track_record must be a table of promises and what was measured; you gave str. Give cx.kept(forecasts, "
            "survey).table.",
        ),
        (
            record().drop(columns=["now", "measured"]),
            "track_record has no column now, measured. Give cx.kept(forecasts, survey).table.",
        ),
        (
            record(many=4),
            "track_record tells the gains of 4 mean ratings of everyone, and it takes 5 to know how lifts come out. "
            "Add earlier promises, or leave it out.",
        ),
        (
            record(low=4.0, high=4.0),
            "track_record: the promise of 'old 0' at '2025' goes from 4 to 4 at level 0.95. Give low below high, and a "
            "level such as 0.95.",
        ),
        (
            record(level=95),
            "track_record: the promise of 'old 0' at '2025' goes from 3.79109 to 3.99109 at level 95. Give low below "
            "high, and a level such as 0.95.",
        ),
    ],
)
def test_a_table_that_tells_too_little_is_refused(drivers, given, message):
    with pytest.raises(cx.CxlensError) as error:
        cx.quick_wins(drivers, PLAN, track_record=given)
    assert str(error.value) == message
