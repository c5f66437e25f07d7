"""Which uncertainty is worth resolving first: the one that is planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.improve.resolve_first import resolve_first
from tests.stages.improve.test_quick_wins import DRIVERS, initiative, places


def test_what_to_resolve_first():
    sure = {"lift": (0.3, 0.3, 0.3), "effort": (2, 2, 2)}
    rows = [
        initiative("effort open", "a", sure["lift"], (1, 2, 9)),
        initiative("lift open", "a", (0.0, 0.2, 0.4), sure["effort"]),
        initiative("effect open", "b", (0.2,) * 3, sure["effort"]),
        initiative("known", "a", (1.0,) * 3, sure["effort"]),
    ]
    # Small ones, so that the mean of the list lies below the benefit that is worth having.
    rows += [initiative(f"small {k}", "a", (0.0,) * 3, sure["effort"]) for k in range(40)]
    base = cx.quick_wins(DRIVERS, pd.DataFrame(rows), benefit_cut=1.0, effort_cut=4.0)
    cut = float(np.median(base.benefits[:, 2]))
    plan = cx.quick_wins(DRIVERS, pd.DataFrame(rows), benefit_cut=cut, effort_cut=4.0)
    assert (plan.record.benefit_cuts == cut).all()
    table = plan.resolve_first().set_index("initiative")
    table = table[~table.index.str.startswith("small")]
    assert table.columns.tolist() == ["p_right", "effect", "lift", "effort", "resolve", "how"]
    assert table["resolve"].to_dict() == {
        "effort open": "effort",
        "lift open": "lift",
        "effect open": "effect",
        "known": "",
    }
    np.testing.assert_allclose(
        [table.loc["effort open", "effort"], table.loc["lift open", "lift"], table.loc["effect open", "effect"]],
        1.0,
        atol=0.1,
    )
    assert (table[["effect", "lift", "effort"]].min(axis=1) >= table["p_right"] - 1e-12).all()
    p = plan.table.set_index("initiative")["p_quick_win"]
    np.testing.assert_allclose(table["p_right"], np.maximum(p, 1 - p).loc[table.index], atol=0.05)
    gains = table[["effect", "lift", "effort"]].max(axis=1) - table["p_right"]
    assert gains.is_monotonic_decreasing
    assert table.loc["lift open", "how"] == "a pilot that measures what it lifts"


def test_what_has_no_range_of_lifts_is_resolved_by_its_effect_or_effort():
    rows = [
        initiative("Close b", "b", ("", "", ""), kind="remove"),
        initiative("Standard", "a", ("", "to standard", "")),
    ]
    plan = cx.quick_wins(DRIVERS, pd.DataFrame(rows), touchpoint_map=places(), benefit_cut=1.0, effort_cut=3.0)
    table = resolve_first(plan.record)
    assert set(table["initiative"]) == {"Close b", "Standard"}
    np.testing.assert_allclose(table["lift"], table["p_right"])  # nothing is learnt where nothing is open
