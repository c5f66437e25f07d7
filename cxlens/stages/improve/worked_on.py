"""What is already known of the touchpoints that an initiative works on: the verdict on each, and whether it is forced.

Verdicts are made by :mod:`cxlens.stages.baseline.verdicts`; what an initiative brings is the business of
:mod:`cxlens.stages.improve.candidates`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from cxlens.common.values import count
from cxlens.errors import listing
from cxlens.stages.baseline.record import scorecard
from cxlens.stages.baseline.verdicts import verdicts_table
from cxlens.stages.drivers.ask import ask
from cxlens.stages.drivers.drivers import drivers_of
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.record import fit as fit_of
from cxlens.study.ranges import in_money
from cxlens.study.touchpoints import TouchpointMap

Row = Mapping[Hashable, Any]  # of the table of quick wins
TOO_MUCH = "above standard"
NOT_JUDGED = "not judged"
WHOLE = "all answers together"  # what a record by segment keeps that of all as


def with_verdicts(
    table: pd.DataFrame, plan: pd.DataFrame, fit: Fit, touchpoint_map: TouchpointMap | None
) -> pd.DataFrame:
    """The table of quick wins, with ``verdicts`` in the order of ``touchpoints`` where there is a map.

    ``forced``, where the list has must-dos, says which initiatives are done whatever they bring.
    """
    told = table.copy()
    if touchpoint_map is not None:
        known = verdicts_on(fit, touchpoint_map)
        of_each = [tuple(known.get(name, NOT_JUDGED) for name in names) for names in table["touchpoints"]]
        place = table.columns.tolist().index("touchpoints") + 1
        told.insert(place, "verdicts", pd.Series(of_each, index=table.index, dtype=object))
    if plan["must_do"].any():
        forced = set(plan.loc[plan["must_do"], "name"])
        told["forced"] = table["initiative"].isin(forced)
    return told


def verdicts_on(fit: Fit, touchpoint_map: TouchpointMap) -> dict[str, str]:
    """The verdict on each touchpoint, of all answers together."""
    whole = fit
    if fit.by is not None:
        whole = fit.once(WHOLE, lambda: _of_all(fit))
    performance = scorecard(fit.survey, touchpoint_map, level=fit.level)
    table = verdicts_table(performance, touchpoint_map, drivers_of(whole))
    of_touchpoints = table[table["touchpoint"] != ""]
    return dict(zip(of_touchpoints["touchpoint"], of_touchpoints["verdict"], strict=True))


def share_verdicts(whole: Fit, by: Fit) -> None:
    """Let the record of the same question by segment find its verdicts in that of all answers together."""
    by.once(WHOLE, lambda: whole)


def _of_all(fit: Fit) -> Fit:
    """The same question to all answers together, by the same resamples of the same people."""
    options = {**fit.options, "by": None, "method": "relative weights"}
    drawn = {"n_boot", "level", "seed"}
    asked = ask(fit.survey, **{name: value for name, value in options.items() if name not in drawn})
    return fit_of(fit.survey, asked, options, fit.n_boot, fit.level, fit.seed, resamples=fit.resamples)


def verdict_words(row: Row) -> str:
    """``Security: fix; Signs: keep``; "" where there is no map."""
    pairs = zip(row["touchpoints"], row.get("verdicts", ()), strict=False)
    return "; ".join(f"{name}: {verdict}" for name, verdict in pairs)


def is_forced(row: Row) -> bool:
    """Whether an initiative is done whatever it brings."""
    return bool(row.get("forced", False))


def money_above_standard(rows: Sequence[Row], currency: str) -> str:
    """Which initiatives spend on what is above its standard; "" where none does."""
    said = []
    for row in rows:
        pairs = zip(row["touchpoints"], row.get("verdicts", ()), strict=False)
        above = [name for name, verdict in pairs if verdict == TOO_MUCH]
        if above:
            cost = row.get("cost")
            money = ""
            if cost is not None and pd.notna(cost):
                money = f", {in_money(cost, currency)}" if currency else f", {count(cost)}, currency not stated"
            said.append(f'"{row["initiative"]}" ({listing(above, 30)}{money})')
    if not said:
        return ""
    return f"Look again, since this goes to what is above its standard and matters little: {listing(said, 30)}."
