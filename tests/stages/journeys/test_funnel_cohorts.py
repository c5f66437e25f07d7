from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError


@pytest.fixture(scope="module")
def bought() -> pd.DataFrame:
    """Simulated purchases, at most one a customer and day."""
    rng = np.random.default_rng(2)
    customer = rng.integers(0, 400, 1_500)
    day = rng.integers(0, 300, 1_500)
    frame = pd.DataFrame({"who": customer, "at": pd.Timestamp("2025-01-15") + pd.to_timedelta(day, unit="D")})
    return frame.drop_duplicates().assign(met="Order", paid=20.0)


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_they_are_those_of_retention(bought: pd.DataFrame, period: str) -> None:
    log = cx.JourneyLog(bought, customer="who", touchpoint="met", time="at", value="paid", ends_at="Order")
    of_funnel = cx.funnel(log, ["Order", "Order"], counting="customers").cohorts(period)  # type: ignore[arg-type]
    of_retention = cx.retention(log, period=period).cohorts  # type: ignore[arg-type]
    assert of_retention is not None
    first = of_retention[of_retention["after"] == 0].set_index("cohort")["customers"]
    entered = of_funnel.set_index("cohort")["entered"]
    both = first.index.intersection(entered.index)
    shown = entered[both].notna() & first[both].notna()
    assert shown.any()
    assert entered[both][shown].astype(int).tolist() == first[both][shown].astype(int).tolist()
    assert set(of_retention["cohort"]) == set(of_funnel["cohort"])


def test_who_orders_again_within_a_window_adds_up(bought: pd.DataFrame) -> None:
    log = cx.JourneyLog(bought, customer="who", touchpoint="met", time="at", value="paid", ends_at="Order")
    result = cx.funnel(log, ["Order", "Order"], window="60 days", counting="customers", min_n=1)
    cohorts = result.cohorts()
    assert cohorts["entered"].sum() == result.table["reached"][0] + result.too_late == bought["who"].nunique()
    days = bought.sort_values("at").groupby("who")["at"].apply(list)
    end = bought["at"].max()
    in_time = [dates for dates in days if dates[0] + pd.Timedelta(days=60) <= end]
    again = [dates for dates in in_time if len(dates) > 1 and dates[1] - dates[0] <= pd.Timedelta(days=60)]
    assert result.table["reached"].tolist() == [len(in_time), len(again)]
    last = cohorts["cohort"].max()
    assert cohorts.set_index("cohort").loc[last, "partial"]


def test_a_period_that_is_none(bought: pd.DataFrame) -> None:
    log = cx.JourneyLog(bought, customer="who", touchpoint="met", time="at")
    with pytest.raises(OptionError) as error:
        cx.funnel(log, ["Order", "Order"]).cohorts("week")  # type: ignore[arg-type]
    assert str(error.value) == "period='week' is not an option. Options: 'month', 'quarter', 'year'."
