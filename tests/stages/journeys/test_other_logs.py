"""What is hidden beside small counts: a log by hand, ends with an outcome, and where there is nothing to do."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.journeys import other_logs
from tests.stages.journeys.test_flow import log_of, random_routes


def test_a_transition_is_not_what_steps_leave() -> None:
    """``BC`` comes at the second step alone, so the step matrix told how often (seed 16)."""
    ways = cx.paths(log_of(random_routes(16)))
    whole = cx.paths(ways.log, min_n=1)
    both = whole.table.merge(ways.table, on=["touchpoint", "next"], suffixes=("", "_told"))
    is_told = both["n_told"].notna()
    assert (both.loc[is_told, "n"] == both.loc[is_told, "n_told"]).all()
    assert np.nanmax(np.abs((ways.steps - whole.steps).to_numpy())) == 0


def test_outcomes_are_guarded_with_the_rest() -> None:
    routes = ["ab"] * 40 + ["acb"] * 20 + ["cb"] * 12 + ["ac"] * 9
    bought = [who % 3 != 0 for who in range(len(routes) - 9)] + [True] * 3 + [False] * 6
    rows = [(who, met, nr, bought[who]) for who, route in enumerate(routes) for nr, met in enumerate(route)]
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "got"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="got")
    ends = cx.paths(log).drop_off.set_index("touchpoint")
    assert pd.isna(ends.loc["c", "completed"])
    assert ends.loc[["a", "b"], "reached"].notna().all()


def test_of_too_many_small_counts_each_table_is_guarded_alone(monkeypatch) -> None:
    monkeypatch.setattr(other_logs, "MOST_SMALL", 0)
    ways = cx.paths(log_of(random_routes(16)))
    counts = (cx.paths(ways.log, min_n=1).steps * ways.log.n).round().to_numpy()
    assert ways.steps.isna().to_numpy()[(counts > 0) & (counts < 5)].all()


def test_it_is_found_once_a_log(monkeypatch) -> None:
    log = log_of(random_routes(16))
    first = cx.paths(log)
    monkeypatch.setattr(other_logs, "hidden_in_all_worlds", None)
    pd.testing.assert_frame_equal(cx.paths(log).table, first.table)
