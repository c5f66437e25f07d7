"""What is known of each touchpoint of a map: place, score against its standard, importance; and what that makes of it.

Scores come from a baseline and importance from drivers; nothing is estimated here, and nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.values import CLEAR, plural
from cxlens.errors import ValuesError
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.asked import MEAN, as_asked, standards_as_asked
from cxlens.study.touchpoints import TouchpointMap

State = Literal["below", "about", "meets", "no standard", "no data"]
NAMED = 3  # touchpoints that a title names
PLACES = ["stage", "touchpoint", "channel", "owner", "process", "volume"]
SCORES = ["n", "mean", "low", "high", "top_box", "metric", "standard", "gap", "p_met"]
WEIGHTS = ["importance", "importance_low", "importance_high", "q_value"]


def state_of(row: Mapping[Any, Any], level: float) -> State:
    """Where a row of a baseline's table stands against its standard.

    "below": clearly off it and below, q of the gap under 1 - `level`, so that all touchpoints with a standard are
    allowed for; "meets": as clearly above; "about": neither.
    """
    if pd.isna(row.get("mean")):
        return "no data"
    if pd.isna(row.get("standard")):
        return "no standard"
    if not row["q_value"] < 1 - level:
        return "about"
    return "below" if row["gap"] < 0 else "meets"


def map_states(
    touchpoint_map: TouchpointMap, performance: Scorecard | None = None, importance: Drivers | None = None
) -> pd.DataFrame:
    """What is known of each touchpoint, one row each, in the order of the map.

    Parameters
    ----------
    touchpoint_map
        The map.
    performance
        How touchpoints score: the record of :func:`cxlens.baseline` without ``by``.
    importance
        What matters, from :func:`cxlens.drivers` without ``by``.

    Returns
    -------
    pandas.DataFrame
        ``stage``, ``touchpoint``, ``channel``, ``owner``, ``process`` (text, ``""`` where not given), ``volume``; from
        the baseline ``n``, ``mean``, ``low``, ``high``, ``top_box``, ``metric``, ``standard``, ``gap``, ``p_met``;
        from the drivers ``importance`` with its interval and ``q_value``; ``state`` (None without a baseline, else as
        :func:`state_of`); ``pain_point`` (clearly below the standard); ``matters`` (q of the importance below 0.05);
        ``moment_of_truth`` (as in :meth:`cxlens.stages.drivers.drivers.Drivers.moments_of_truth`; False where that is
        not known).

    Examples
    --------
    >>> import cxlens as cx
    >>> from cxlens.stages.baseline.map_states import map_states
    >>> study = cx.datasets.load_airport()
    >>> map_states(study.map(), cx.baseline(study.survey(), study.map()).record)["state"].value_counts().index[0]
    'below'
    """
    places = touchpoint_map.table[PLACES]
    known = places.merge(_known(performance, SCORES), "left", "touchpoint")
    known = known.merge(_known(importance, WEIGHTS), "left", "touchpoint")
    states = [None] * len(known) if performance is None else _states(performance, known["touchpoint"])
    scale = performance.survey.scale if performance else None
    return standards_as_asked(as_asked(known, scale, MEAN), scale).assign(
        state=pd.Series(states, dtype=object),
        pain_point=[state == "below" for state in states],
        matters=[bool(q_value < CLEAR) for q_value in known["q_value"]],
        moment_of_truth=known["touchpoint"].isin(_moments(importance)),
    )


def _states(performance: Scorecard, touchpoints: Iterable[str]) -> list[State]:
    """Where these touchpoints stand against their standards; one that nobody was asked about has no data."""
    told = performance.table.to_dict("records")
    states = {row["touchpoint"]: state_of(row, performance.level) for row in told}
    return [states.get(name, "no data") for name in touchpoints]


def _known(result: Scorecard | Drivers | None, columns: list[str]) -> pd.DataFrame:
    """These columns of a result by touchpoint; no rows without it."""
    named = ["touchpoint", *columns]
    if result is None:
        return pd.DataFrame(columns=named)
    return result.table[named]


def _moments(importance: Drivers | None) -> set[str]:
    """The moments of truth, where scores say how strongly people feel."""
    if importance is None:
        return set()
    try:
        table = importance.moments_of_truth().table
    except ValuesError:  # no scale, or no count of the scores: how strongly people feel is not known
        return set()
    return set(table.loc[table["moment_of_truth"].eq(True), "touchpoint"])


def finding_of(touchpoint_map: TouchpointMap, states: pd.DataFrame) -> Finding:
    """What stands out on a map: pain points that matter, else all of them, else what the map is."""
    whole = _size_in_words(touchpoint_map)
    pain = states[states["pain_point"]]
    if pain.empty:
        return Finding(whole)
    lead = "Clearly below their standard"
    if pain["matters"].any():
        lead = "Below standard where it matters"
        pain = pain[pain["matters"]].sort_values("importance", ascending=False, kind="stable")
    items = [Item(name) for name in pain["touchpoint"]]
    return Finding(lead, items=items, named=NAMED, more=[whole])


def _size_in_words(touchpoint_map: TouchpointMap) -> str:
    """``Map of 4 touchpoints on 2 stages; 1 need has no touchpoint at its stage``."""
    touchpoints = plural(len(touchpoint_map), "touchpoint")
    stages = plural(len(touchpoint_map.lifecycle), "stage")
    kinds = touchpoint_map.gaps()["gap"]
    bare = int((kinds == "stage").sum())
    unmet = int((kinds == "need").sum())
    gaps = []
    if bare:
        gaps.append(f"{plural(bare, 'stage')} {'has' if bare == 1 else 'have'} no touchpoint")
    if unmet:
        whose = "has no touchpoint at its" if unmet == 1 else "have no touchpoint at their"
        gaps.append(f"{plural(unmet, 'need')} {whose} stage")
    size = f"Map of {touchpoints} on {stages}"
    if gaps:
        return f"{size}; {', '.join(gaps)}"
    return size
