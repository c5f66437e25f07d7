"""Longest silences of events in memory and in DuckDB, beside all silences one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from cxlens.engine import journeys as engine
from cxlens.engine import stored_journeys as stored
from cxlens.engine.journey_silences import longest_waits
from cxlens.stats import silence


def both(customer: np.ndarray, code: np.ndarray, second: np.ndarray, cuts: Any = engine.NO_CUTS) -> Any:
    """The same events in memory and in DuckDB."""
    events = engine.sort_events(customer, code, ticks=second * 1000, per_second=1000, cuts=cuts)[0]
    connection = stored.opened()
    columns = {"who": customer, "code": code, "moment": second * 1000, "row": np.arange(len(code))}
    connection.register("given", pa.table(columns))
    rows = stored.Rows("SELECT * FROM given", int(code.max()) + 1, 1000)
    return events, stored.store(connection, rows, cuts).events


def some_events(seed: int, n: int, spread: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    customer = pd.factorize(rng.integers(0, n // 8, n))[0]
    code = np.unique(rng.integers(0, 4, n) * (rng.random(n) < 0.7), return_inverse=True)[1]
    waits = {
        "exponential": rng.exponential(5_000, n),
        "far apart": 10 ** rng.uniform(0, 7, n),
        "tied": rng.integers(0, 5, n) * 1_000,
    }[spread]
    begins = rng.uniform(0, 500_000, n)[customer]
    order = np.argsort(customer, kind="stable")
    in_all = np.cumsum(waits[order])
    starts = np.flatnonzero(np.diff(customer[order], prepend=-1))
    seconds = np.empty(n)
    seconds[order] = in_all - np.repeat(in_all[starts], np.diff(np.append(starts, n))) + begins[order]
    return customer, code, seconds.astype(np.int64)


@pytest.mark.parametrize("spread", ["exponential", "far apart", "tied"])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("gap", [None, 6_000.0])
def test_both_engines_find_the_same(spread: str, seed: int, gap: float | None) -> None:
    events, kept = both(*some_events(seed, 1_500, spread), engine.Cuts(None, gap))
    is_over = np.random.default_rng(seed).random(events.n_journeys) < 0.3
    longest = longest_waits(events, is_over)
    assert_array_equal(longest_waits(kept, is_over), longest)
    codes = np.arange(events.n_touchpoints)[::-1].copy()
    renamed = engine.rename(kept, codes)
    assert_array_equal(longest_waits(renamed, is_over), longest[codes])


def test_the_same_is_some_number_of_seconds() -> None:
    events, _ = both(*some_events(0, 1_500, "exponential"))
    assert np.isfinite(longest_waits(events, np.zeros(events.n_journeys, bool))).any()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 60)), min_size=1, max_size=60),
    st.integers(0, 2**16),
)
def test_both_engines_find_the_same_of_a_few(rows: list[tuple[int, int, int]], flags: int) -> None:
    who, met, second = (np.array(column) for column in zip(*rows))
    dense = [pd.factorize(column)[0] for column in (who, met)]
    events, kept = both(*dense, second)
    is_over = np.random.default_rng(flags).random(events.n_journeys) < 0.3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(silence, "FEWEST", 1)
        assert_array_equal(longest_waits(kept, is_over), longest_waits(events, is_over))
