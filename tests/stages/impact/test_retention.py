from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose

import cxlens as cx
from cxlens.stages.impact.retention import Retention

MONTHS = pd.DataFrame({"months": [*range(1, 41), *range(21, 61)], "plan": ["a"] * 40 + ["b"] * 40, "left": 1})


def stayed(frame: pd.DataFrame = MONTHS, **options: object) -> Retention:
    return cx.retention(frame, **{"tenure": "months", "left": "left", **options})


def bought(seed: int = 3, customers: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(customers):
        day, rate = float(rng.integers(0, 200)), rng.uniform(0.02, 0.2)
        while day < 400:
            rows.append((who, pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(day)), who % 2))
            day += rng.exponential(1 / rate)
            if rng.random() < 0.1:
                break
    return pd.DataFrame(rows, columns=["who", "day", "kind"])


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    return bought()


def refusal(**asked: object) -> str:
    with pytest.raises(cx.CxlensError) as refused:
        stayed(**asked)
    return str(refused.value)


def test_reference_figures(shared: Path) -> None:
    folder = shared / "reference"
    waltons = pd.read_csv(folder / "waltons_dataset.csv").rename(columns={"T": "days"})
    found = cx.retention(waltons, tenure="days", left="E", by="group")
    assert found.table.set_index("segment")["median"].to_dict() == {"control": 58, "miR-137": 26}
    assert found.test.chi2 == pytest.approx(122.24912557300637, rel=1e-10)
    assert str(found) == (
        "Customers stay longer among control than among miR-137, by 29.3 [24.6, 34.0] days of the first 62; clearly, "
        "log-rank q < 0.01. n = 163."
    )
    leukemia = pd.read_csv(folder / "leukemia.csv").rename(columns={"t": "weeks"})
    found = cx.retention(leukemia, tenure="weeks", left="status", by="Rx")
    assert found.table["median"].tolist() == [23, 8]
    assert found.test.chi2 == pytest.approx(16.792940989216547, rel=1e-10)
    assert found.sentence.startswith(
        "Customers stay longer among Rx 0 than among Rx 1, by 9.2 [5.2, 13.3] weeks of the first 23; clearly"
    )


def test_no_clear_difference_is_claimed_of_none() -> None:
    same = MONTHS.assign(plan=["a", "b"] * 40)
    assert str(stayed(same, by="plan")) == (
        "How long customers stay does not clearly differ by plan; log-rank p = 0.70. n = 80."
    )


def test_one_group_tells_its_median_or_the_share_still_there() -> None:
    assert str(stayed()) == "Half of customers leave within 30 [26, 35] months. n = 80."
    few_leave = MONTHS.assign(left=[1] * 10 + [0] * 70)
    assert str(stayed(few_leave)) == "After 10 months customers still there: 88 % [78 %, 93 %]. n = 80."


def test_a_median_is_not_told_by_the_last_few_who_were_followed() -> None:
    early = pd.DataFrame({"months": range(1, 41), "left": [1] * 10 + [0] * 30})
    late = pd.DataFrame({"months": [50] * 6, "left": [1, 1, 1, 1, 0, 0]})  # two of the six are still followed
    few = stayed(pd.concat([early, late]))
    assert few.table[["median", "median_low", "median_high"]].isna().all(axis=None)
    assert str(few) == "After 10 months customers still there: 78 % [63 %, 88 %]. n = 46."
    picture = few.plot()
    assert picture.get_title(loc="left") == "After 10 months customers still there: 78 %"
    plt.close(picture.figure)
    enough = stayed(pd.concat([early, late, late, late]))
    assert enough.table["median"].tolist() == [50]


def test_the_end_of_a_median_is_not_told_by_the_last_few_either() -> None:
    months = [*range(1, 14), *[14] * 9, 30, 40, 50]
    row = stayed(pd.DataFrame({"months": months, "left": [1] * 13 + [0] * 9 + [1] * 3})).table.iloc[0]
    assert row["median"] == 13
    assert row["median_low"] < 13
    assert np.isnan(row["median_high"])


def test_rate_is_that_of_a_constant_chance_to_leave() -> None:
    rng = np.random.default_rng(1)
    months = rng.exponential(20, 4000)
    found = stayed(pd.DataFrame({"months": np.minimum(months, 30), "left": (months < 30).astype(int)}))
    row = found.table.iloc[0]
    assert row["rate_low"] < np.exp(-1 / 20) < row["rate_high"]
    assert row["rate"] == pytest.approx(np.exp(-1 / 20), abs=0.002)


def test_curves_step_over_five_leavers_each() -> None:
    curves = stayed(by="plan").curves
    for _, curve in curves.groupby("segment"):
        fallen = -np.diff(curve["share"]) * 40
        assert (fallen >= 5 - 1e-9).all()
        assert curve["at_risk"].min() >= 5
    assert_allclose(curves["share"].iloc[:3], [1, 35 / 40, 30 / 40])


def test_small_groups_are_blank() -> None:
    frame = pd.concat([MONTHS, MONTHS[:3].assign(plan="c"), MONTHS[:7].assign(plan="d")])
    found = stayed(frame, by="plan")
    blank = found.table[found.table["n"].isna()]
    assert set(blank["segment"]) == {"c", "d"}
    assert blank.drop(columns="segment").isna().all(axis=None)
    assert set(found.curves["segment"]) == {"a", "b"}
    assert stayed(MONTHS.assign(left=[0, 0] + [1] * 78)).table["left"].isna().all()


def test_several_groups_are_compared_pair_by_pair() -> None:
    frame = pd.concat([MONTHS, MONTHS[:40].assign(plan="c")])
    found = stayed(frame, by="plan")
    assert found.differences[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert found.differences.loc[1, "difference"] == 0
    assert (found.differences["q_value"] >= found.differences["p_value"]).all()
    assert found.sentence.startswith("Customers stay longer among b than among")


def test_purchases_tell_of_silence_and_not_of_leaving(purchases: pd.DataFrame) -> None:
    found = cx.retention(purchases, customer="who", time="day", by="kind", silent=60)
    assert str(found).startswith("How long customers keep buying does not clearly differ by kind; ")
    assert "Silent: no purchase for over 60 days, after which 9 % of customers came back." in str(found)
    assert "A silence is no proof of having left." in found.note
    assert found.verb == "fall silent"
    again = cx.retention(found.purchases, by="kind", silent=60)
    pd.testing.assert_frame_equal(again.table, found.table)
    assert found.cohorts["active"].notna().any()


def test_a_log_is_read_with_its_own_columns() -> None:
    log = cx.JourneyLog(bought(customers=30).assign(met="x"), customer="who", touchpoint="met", time="day")
    with pytest.raises(cx.CxlensError, match="retention"):
        cx.retention(log)


def test_cohorts_have_a_view(purchases: pd.DataFrame) -> None:
    view = cx.retention(purchases, customer="who", time="day").cohort_view()
    assert str(view).startswith("In the month after their first, customers who bought again: ")
    with pytest.raises(cx.CxlensError) as refused:
        stayed().cohort_view()
    assert str(refused.value) == "cohorts need purchases; a table of tenures says nothing of single periods."


def test_sentences_are_plain(faults: Callable[[str], list[str]], purchases: pd.DataFrame) -> None:
    results = [stayed(), stayed(by="plan"), cx.retention(purchases, customer="who", time="day", by="kind")]
    for result in [*results, results[-1].cohort_view()]:
        assert faults(str(result)) == []
        assert faults(result.note) == []


def test_refusals() -> None:
    assert refusal(frame=MONTHS.assign(left=0)) == (
        "nobody left in the time followed (80 customers), so there is nothing to tell of how long they stay. "
        "Follow them for longer."
    )
    assert refusal(by="plan", frame=MONTHS.assign(plan="one")) == (
        "by='plan' has fewer than two groups of 5 customers or more that may be shown. Choose another column, or leave "
        "by= out."
    )
    assert refusal(frame=MONTHS[:4]) == "retention needs 5 customers or more who were followed; there are fewer."
    assert refusal(left=None) == "retention of a table needs tenure= and left=. Name the column: left=."
    assert refusal(customer="who") == (
        "retention takes purchases (customer=, time=) or a table (tenure=, left=), not both."
    )
    with pytest.raises(cx.CxlensError) as refused:
        cx.retention(bought(), customer="who", time="day", unknown="NA")
    assert str(refused.value) == "unknown='NA' is one value. Give a list: unknown=['NA']."
    assert refusal(silent=0.5) == "silent must be 1 day or more; you gave 0.5."
    assert refusal(period="week").startswith("period='week' is not an option.")


def test_silence_that_nobody_keeps_is_refused(purchases: pd.DataFrame) -> None:
    days = pd.date_range("2024-01-01", periods=50)
    daily = pd.DataFrame({"who": np.tile(range(9), 50), "day": days.repeat(9)})
    with pytest.raises(cx.CxlensError, match="nobody fell silent in the time followed"):
        cx.retention(daily, customer="who", time="day", silent=20)
    read = cx.retention(purchases, customer="who", time="day").purchases
    with pytest.raises(cx.CxlensError) as refused:
        cx.retention(read, by="kind")
    assert str(refused.value) == (
        "by='kind' is no segment of these purchases. Name it when they are read: segments=['kind']."
    )


def test_who_has_no_entry_is_no_group_to_compare() -> None:
    months = pd.DataFrame({"months": [*range(1, 41), *range(21, 61)] * 2, "left": 1})
    months["plan"] = ["a"] * 40 + ["b"] * 40 + [None] * 80
    found = cx.retention(months, tenure="months", left="left", by="plan")
    assert found.differences[["first", "second"]].to_numpy().tolist() == [["a", "b"]]
    assert "not stated" in found.table["segment"].tolist()
    assert str(found).endswith("Customers whose plan is not stated are no group. n = 80.")
    few_days = months.assign(months=months["months"].where(months["plan"].notna(), 3))
    unchanged = cx.retention(few_days, tenure="months", left="left", by="plan")
    assert unchanged.until == found.until == 40
    assert unchanged.table.set_index("segment").loc["not stated", ["mean", "low", "high"]].isna().all()


def test_time_of_purchases_is_said_to_count_from_the_first(purchases: pd.DataFrame) -> None:
    columns = {"customer": "who", "time": "day"}
    said = "Time counts from the first purchase, not from when the kind became known."
    assert said in str(cx.retention(purchases, by="kind", **columns))
    assert "counts from" not in str(cx.retention(purchases, **columns))
    assert "counts from" not in str(stayed(by="plan"))
    slow = purchases[(purchases["kind"] == 0) | (purchases["day"] < "2023-04-01")]
    clear = str(cx.retention(slow, by="kind", silent=60, **columns))
    assert "clearly" in clear
    assert said in clear


def test_a_hidden_number_of_leavers_is_not_told_by_their_rate() -> None:
    few = pd.DataFrame({"months": [1, 2, 3] + [30] * 17, "left": [1] * 3 + [0] * 17})
    found = cx.retention(few, tenure="months", left="left")
    assert found.table[["left", "rate", "rate_low", "rate_high"]].isna().all(axis=None)
    assert str(found) == "Fewer than 5 customers left while they were followed. n = 20."
