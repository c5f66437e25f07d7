"""The section on journeys: where people go and stop, how long it takes, what was planned, and what they feel.

No figure is made here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pandas as pd

from cxlens.common.result import Result
from cxlens.common.small_cells import reason
from cxlens.common.values import closest_percent
from cxlens.errors import OptionError, ValuesError
from cxlens.publish.blocks import Block, Fold, Items, Note, Table
from cxlens.publish.desk import Desk
from cxlens.publish.words import Form, headline, shown, spans
from cxlens.stages.journeys.paths import Paths, paths

STEP_BY_STEP = "bars are touchpoints, step by step from the left; bands the journeys that go from one to the next."
PLANNED = "dots are the shares of journeys that meet each planned step, with their intervals."
FELT = "dots are mean scores of each touchpoint in the order in which they are met, with their intervals."


def journeys_section(desk: Desk) -> list[Block]:
    """The routes people take, and where they end; small counts are hidden."""
    ways = paths(desk.events)
    share = partial(closest_percent, digits=1)
    common = ways.variants.dropna(subset="n")
    variants = {"Route": common["path"], "Journeys": common["n"], "Share": common["share"].map(share)}
    return [
        headline(ways),
        *_from_step_to_step(ways),
        *_felt(desk, ways),
        *_planned(desk),
        *_takes(ways),
        _ends(ways.drop_off, share, with_success=bool(desk.events.outcome)),
        Table("The commonest routes, share of all journeys", variants, is_folded=True),
        Note(f"Missing: {reason(ways.min_n, of='journeys')}."),
    ]


def _from_step_to_step(ways: Paths) -> list[Block]:
    """Where people go from step to step."""
    flow = ways.flow()
    if flow.table.empty:
        return []
    return [shown(flow, flow.note, STEP_BY_STEP, about="From step to step")]


def _takes(ways: Paths) -> list[Block]:
    """How long a journey is, and what is met again."""
    said = [_told(ways.times), _told(ways.rework)]
    sentences = [str(side) for side in said if side is not None]
    return [Fold("What a journey takes", [Items(sentences)])] if sentences else []


def _planned(desk: Desk) -> list[Block]:
    """The ways that the study plans, held against those that people took."""
    blocks: list[Block] = []
    for journey in desk.study.planned_journeys:
        held = _told(paths(desk.events, plan=journey).planned)
        if held is not None:
            blocks.append(shown(held, held.note, PLANNED, about=f"Planned: {journey.name}"))
    return blocks


def _felt(desk: Desk, ways: Paths) -> list[Block]:
    """What people feel on their way, where events have scores."""
    felt = _told(ways.felt) if desk.events.score else None
    if felt is None:
        return []
    return [shown(felt, felt.note, FELT, about="What people feel on their way")]


def _told(side: Callable[[], Result]) -> Any:
    """A side of the journeys; None where too little is known for it."""
    with suppress(ValuesError, OptionError):
        return side()
    return None


def _ends(drop_off: pd.DataFrame, share: Any, *, with_success: bool) -> Table:
    """Where journeys end, those without success where it is known."""
    lost = "dropped_out" if with_success else "ended"
    ends = drop_off.sort_values(lost, ascending=False, kind="stable")
    ends = ends.dropna(subset=[lost, "share"])
    columns = {
        "Touchpoint": ends["touchpoint"],
        "Journeys that met it": ends["reached"],
        "Ended there without success" if with_success else "Ended there": ends[lost],
        "Share": spans(ends, "share", Form(share, share)),
    }
    return Table("Where journeys end, of those that met the touchpoint", columns, is_folded=True)
