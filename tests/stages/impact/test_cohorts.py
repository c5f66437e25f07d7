from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.stages.impact.cohorts import cohort_table
from cxlens.study.purchases import Purchases


def bought(n: int = 4000, seed: int = 1, customers: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2023-02-01") + pd.to_timedelta(rng.integers(0, 350, n), unit="D")
    return pd.DataFrame({"who": rng.integers(0, customers, n), "day": day, "paid": rng.integers(1, 90, n)})


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_cohorts_reconcile_with_totals(period: str) -> None:
    rows = bought()
    purchases = Purchases(rows, customer="who", time="day", value="paid")
    table = cohort_table(purchases, period)
    when = rows["day"].dt.to_period({"month": "M", "quarter": "Q", "year": "Y"}[period])
    words = when.astype(str).str.replace("Q", " Q")
    first = words.groupby(rows["who"]).transform("min")
    shown = table["active"].notna()
    expected = rows.groupby([first.rename("cohort"), words.rename("period")])
    for name, figures in (("active", expected["who"].nunique()), ("spent", expected["paid"].sum())):
        found = table[shown].set_index(["cohort", "period"])[name]
        assert found.to_dict() == {key: figures.get(key, 0) for key in found.index}
    if shown.all():
        by_period = table.groupby("period")["active"].sum()
        assert by_period.to_dict() == rows.groupby(words)["who"].nunique().to_dict()
        assert table["spent"].sum() == rows["paid"].sum()
        assert table.loc[table["after"] == 0, "customers"].sum() == rows["who"].nunique()


def test_whole_months_of_many_customers_are_all_shown() -> None:
    purchases = Purchases(bought(60_000, customers=20_000), customer="who", time="day")
    table = cohort_table(purchases, "quarter")
    assert table["active"].notna().all()


def test_partial_periods_are_marked() -> None:
    table = cohort_table(Purchases(bought(), customer="who", time="day"), "month")
    partial = table.drop_duplicates("period").set_index("period")["partial"]
    assert partial[partial].index.tolist() == ["2024-01"]
    by_quarter = cohort_table(Purchases(bought(), customer="who", time="day"), "quarter")
    assert by_quarter.loc[by_quarter["partial"], "period"].unique().tolist() == ["2023 Q1", "2024 Q1"]


def test_small_cells_are_blank_and_not_worked_out() -> None:
    rows = bought(600, customers=200)
    table = cohort_table(Purchases(rows, customer="who", time="day", value="paid"), "month")
    assert not table["active"].between(1, 4).any()
    hidden = table["active"].isna()
    assert hidden.any()
    assert table.loc[hidden, ["share", "spent"]].isna().all(axis=None)
    assert (table[hidden].groupby("period").size() > 1).all()  # one alone would follow from the total


def test_cohort_without_newcomers_is_left_out() -> None:
    rows = pd.DataFrame({"who": [*range(9)] * 2, "day": ["2024-01-05"] * 9 + ["2024-03-05"] * 9})
    table = cohort_table(Purchases(rows, customer="who", time="day"), "month")
    assert table["cohort"].unique().tolist() == ["2024-01"]
    assert table["active"].tolist() == [9, 0, 9]


def test_uci_online_retail(online_retail: pd.DataFrame) -> None:
    purchases = Purchases(online_retail, customer="CustomerID", time="InvoiceDate", value="paid")
    table = cohort_table(purchases, "month")
    assert table["active"].head(2).tolist() == [885, 324]
    assert table.loc[table["partial"], "period"].unique().tolist() == ["2011-12"]
    assert table.loc[table["after"] == 0, "customers"].sum() == 4338
