"""What tables of credit hide, and that nothing hidden follows from the rest."""

from __future__ import annotations

import numpy as np

from cxlens.stages.journeys.attribution import attribution
from tests.stages.journeys.logs import log_of


def test_credit_of_a_few_is_hidden_with_another() -> None:
    words = [*["a!"] * 20, *["b!"] * 12, *["c!"] * 3]
    table = attribution(log_of(*words), rule="last", n_boot=20).table.set_index("touchpoint")
    assert table["credit"].isna().to_dict() == {"a": False, "b": True, "c": True}
    assert table["n"].isna().tolist() == table["credit"].isna().tolist()
    assert table.loc["a", "credit"] == 20


def test_removal_gives_credit_where_nobody_converted_and_shows_it() -> None:
    words = [*["ab!"] * 20, *["b!"] * 20, *["ca"] * 9, *["da"] * 3]
    table = attribution(log_of(*words), rule="markov", order=1, n_boot=20).table.set_index("touchpoint")
    assert table["credit"].isna().to_dict() == {"c": True, "d": True, "a": False, "b": False}
    assert table.loc["b", "n"] == 40
    shown = attribution(log_of(*words), rule="markov", order=1, n_boot=20, min_n=1).table.set_index("touchpoint")
    assert shown.loc["c", "credit"] > 0
    assert shown.loc["c", "n"] == 0


def test_groups_do_not_tell_it_either() -> None:
    words = [*["a!"] * 40, *["b!"] * 40]
    kinds = ["x"] * 37 + ["y"] * 3 + ["x"] * 20 + ["y"] * 20
    table = attribution(log_of(*words, kind=kinds), rule="first", by="kind", n_boot=20).table
    assert table["credit"].isna().all()


def test_how_many_met_it_is_hidden_where_few_did_not() -> None:
    words = [*["ab!"] * 38, *["b!"] * 2]
    table = attribution(log_of(*words), rule="linear", n_boot=20).table.set_index("touchpoint")
    assert table["n"].isna().to_dict() == {"a": True, "b": False}
    assert table.loc["b", "n"] == 40


def test_totals_hide_few_conversions() -> None:
    words = [*["a!"] * 30, *["a"] * 30]
    kinds = ["x"] * 28 + ["y"] * 2 + ["x"] * 15 + ["y"] * 15
    result = attribution(log_of(*words, kind=kinds), by="kind", n_boot=20)
    assert result.totals["conversions"].isna().all()
    assert list(result.totals.columns) == ["segment", "journeys", "open", "conversions"]
    whole = attribution(log_of(*words, kind=kinds), n_boot=20)
    assert whole.totals.iloc[0].tolist() == [60, 0, 30]


def test_columns() -> None:
    log = log_of(*["ab!"] * 9, *["b!"] * 9, value=[5.0] * 18, kind=["x", "y"] * 9)
    result = attribution(log, by="kind", n_boot=20)
    figures = ["n", "credit", "share", "low", "high", "value", "value_share", "value_low", "value_high"]
    assert list(result.table.columns) == ["segment", "rule", "touchpoint", *figures]
    assert list(result.orders.columns) == ["order", "states", "log_likelihood", "gain", "low", "high", "chosen"]
    assert result.orders["chosen"].sum() == 1
    assert list(attribution(log, rule="last", n_boot=20).orders.columns) == list(result.orders.columns)
    assert set(result.differences["rule"]) <= set(result.rules)
    differences = result.differences
    assert np.allclose(differences["difference"] * 2, differences["low"] + differences["high"])
    assert list(result.agreement.columns) == [
        "segment", "touchpoint", "lowest", "highest", "lowest_rule", "highest_rule", "gap",
    ]  # fmt: skip
