"""The commonest routes, step by step: a side of the ways customers take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import closest_percent, plural
from cxlens.engine import journeys as engine
from cxlens.study.journeys import JourneyLog


def routes(
    log: JourneyLog,
    variants: pd.DataFrame,
    listed: int,
    *,
    min_n: int,
    who: str,
    again: Callable[[Any], View],
) -> View:
    """The commonest routes, of which ``listed`` are told apart, with what is met at each step.

    See :meth:`cxlens.stages.journeys.paths.Paths.routes`.
    """
    table = variants.rename(columns={"path": "route"})
    events = log.rows()
    names = np.array(log.touchpoints, object)
    examples = engine.variants(events).example[:listed].tolist()
    steps = [
        (row, step, touchpoint)
        for row, example in enumerate(examples)
        for step, touchpoint in enumerate(names[engine.codes_of(events, example)], start=1)
    ]
    parts = {"steps": pd.DataFrame(steps, columns=["row", "step", "touchpoint"])}
    note = (
        "share: of all journeys; the last row sums up all other routes. "
        f"Missing: {reason(min_n, of=who)}; routes of so few are among the others."
    )
    return View("journeys/routes", table, _finding(table, listed, log.n), note, log, parts, again=again)


def _finding(table: pd.DataFrame, told: int, journeys: int) -> Finding:
    """How much of all the commonest routes cover."""
    if not told:
        return Finding(f"No route is that of enough people to be told, of {plural(journeys, 'journey')}")
    covered = table["cumulated"].iloc[told - 1]
    routes_told = "The commonest route covers" if told == 1 else f"The {told} commonest routes cover"
    return Finding(routes_told, closest_percent(covered), unit=f"of {plural(journeys, 'journey')}")
