"""The widget of a road map: its limits as controls.

How a widget redraws itself is in :mod:`cxlens.common.explorer`; the plan is made by :func:`cxlens.roadmap`, and its
picture by :mod:`cxlens.stages.improve.roadmap_chart`. No arithmetic on a plan belongs here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ipywidgets import BoundedIntText, FloatSlider, FloatText, Widget

from cxlens.common.explorer import Explorer, Said, text_style
from cxlens.common.result import View
from cxlens.stages.improve.board import ImpactEffortMatrix
from cxlens.stages.improve.forecast_chart import forecast_svg
from cxlens.stages.improve.response import score_ends
from cxlens.stages.improve.roadmap import Roadmap, roadmap
from cxlens.stages.improve.what_if import WhatIf, what_if

MOST = 60  # periods that can be asked for where they have no names


def explore_roadmap(result: Roadmap, seen: Callable[[Roadmap], Any] = lambda plan: plan) -> Explorer:
    """What to do and when, with more or less money, time or hands.

    Parameters
    ----------
    result
        From :func:`cxlens.roadmap`; what has no control stays as it was.
    seen
        What is drawn of a plan; the plan itself by default.

    Returns
    -------
    Explorer
        Controls ``budget`` (if there is one), ``periods`` (how many; of named ones the first), ``share`` and ``soon``
        (the short term; a share of 0 for none), ``decay``, and ``capacity of`` each team that is limited. Limits that
        differ by period show their mean, and stay as they are until that is changed; the same number is then asked for
        each period. Asks ``roadmap(explorer.data, **explorer.params)``: first for the plan alone, then with
        ``p_selected``.
    """
    asked = dict(result.options)
    named, capacity = not isinstance(asked["periods"], int), asked["capacity"] or {}
    share, soon = asked["short_term"] or (0.0, 1)
    most = len(result.periods_table)
    controls: dict[str, Widget] = {}
    if asked["budget"] is not None:
        controls["budget"] = _field("Budget a period", asked["budget"], 1000)
    controls["periods"] = BoundedIntText(most, min=1, max=most if named else max(most, MOST), description="Periods",
                                         **text_style())  # fmt: skip
    controls["share"] = _field("Share of the benefit that is there soon", share, 0.05)
    controls["soon"] = BoundedIntText(soon, min=1, description="Soon: after periods", **text_style())
    controls["decay"] = _field("Worth a period later, as a share", asked["decay"], 0.01)
    controls |= {f"capacity of {team}": _field(f"Capacity of {team}", own, 0.5) for team, own in capacity.items()}
    first = {name: control.value for name, control in controls.items()}

    def params(said: Said) -> dict[str, Any]:
        """What was asked, but for the controls that were touched; lists as long as there are periods."""
        t = said["periods"]

        def kept(name: str, was: Any) -> Any:
            return _first(was, t) if said[name] == first[name] else said[name]

        new = dict(asked)
        if t != first["periods"]:
            new["periods"] = asked["periods"][:t] if named else t
        if "budget" in said:
            new["budget"] = kept("budget", asked["budget"])
        if (said["share"], said["soon"]) != (first["share"], first["soon"]):
            new["short_term"] = (said["share"], said["soon"]) if said["share"] else None
        if new["short_term"]:
            new["short_term"] = (new["short_term"][0], min(new["short_term"][1], t))
        new["decay"] = said["decay"]
        if capacity:
            new["capacity"] = {team: kept(f"capacity of {team}", own) for team, own in capacity.items()}
        return new

    return Explorer(
        roadmap,
        result,
        controls,
        data=lambda _: result.wins,
        params=params,
        seen=lambda plan, _: seen(plan),
        first=(lambda new: {**new, "resolves": 0}) if asked["resolves"] else None,
    )


def _field(description: str, value: Any, step: float) -> Widget:
    """A number; of several the mean."""
    return FloatText(float(np.mean(value)), step=step, description=description, **text_style())


def _first(limit: Any, t: int) -> Any:
    """A limit for the first periods: a number as it is, of a list the beginning."""
    return limit if np.ndim(limit) == 0 else limit[:t]


def explore_what_if(result: WhatIf) -> Explorer:
    """A slider for each touchpoint: by how many points its score would change.

    Parameters
    ----------
    result
        From :func:`cxlens.what_if`.

    Returns
    -------
    Explorer
        A control for each touchpoint, by its name, those of the result first; 0 is no change. A goal, such as the
        standard, is asked for as long as its control stands where it lies. Asks ``what_if(explorer.data,
        **explorer.params)``.
    """
    record = result.drivers.record
    single = [name for name, at in zip(record.touchpoints, record.asked.single, strict=True) if at >= 0]
    raised = result.table.groupby("touchpoint", sort=False)["raised_by"].mean()
    shown = {name: round(float(raised[name]), 2) for name in result.changes}
    low, high = score_ends(record)
    room = max((high - low) / 2, *map(abs, shown.values()))
    controls = {
        name: FloatSlider(shown.get(name, 0.0), min=-room, max=room, step=0.05, description=name, **text_style())
        for name in dict.fromkeys([*result.changes, *single])
    }

    first = {name: control.value for name, control in controls.items()}

    def changes(said: dict[str, Any]) -> dict[str, Any]:
        # A control that was not touched stands for what was asked, to the last digit.
        kept = {name: by for name, by in result.changes.items() if said[name] == first[name]}
        return {name: kept.get(name, by) for name, by in said.items() if by or name in kept}

    return Explorer(
        what_if,
        result,
        controls,
        data=lambda _: result.drivers,
        params=lambda said: {"changes": changes(said), **result.options},
        drawn=forecast_svg,
    )


def explore_buy_in(view: View) -> Explorer:
    """The widget of the road map, with the load of its owners as the picture."""
    return explore_roadmap(view.record, lambda plan: plan.buy_in())


EXPLORERS = {
    "WhatIf": explore_what_if,
    "QuickWins": ImpactEffortMatrix,
    "Roadmap": explore_roadmap,
    "buy-in": explore_buy_in,
}
