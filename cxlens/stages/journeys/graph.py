"""What follows what, as a graph: a side of the ways customers take, of the transitions that are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import closest_percent, count
from cxlens.study.journeys import END, START, JourneyLog


def graph(
    log: JourneyLog,
    transitions: pd.DataFrame,
    *,
    min_n: int,
    who: str,
    again: Callable[[Any], View],
) -> View:
    """The transitions from one touchpoint to another or itself, the commonest first.

    See :meth:`cxlens.stages.journeys.paths.Paths.graph`.
    """
    between = transitions[(transitions["touchpoint"] != START) & (transitions["next"] != END)]
    table = between.dropna(subset="n").sort_values("n", ascending=False, kind="stable", ignore_index=True)
    missing = reason(min_n, of=who)
    note = f"share: of all departures from the touchpoint, ends included; 95 % Wilson intervals. Missing: {missing}."
    return View("journeys/graph", table, _finding(table), note, log, again=again)


def _finding(table: pd.DataFrame) -> Finding:
    """What follows what most often."""
    if table.empty:
        return Finding("No transition from one touchpoint to another is that of enough people to be told")
    most = table.iloc[0]
    before, after = most["touchpoint"], most["next"]
    then = f"{before} comes again" if before == after else f"{after} comes next"
    return Finding(
        lead=f"The commonest transition: after {before}, {then}",
        figure=f"{count(most['n'])} times",
        unit=f"({closest_percent(most['share'])} of its departures)",
    )
