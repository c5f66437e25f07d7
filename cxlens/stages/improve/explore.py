"""The widgets of a road map and of a forecast: limits as fields, changes of scores as sliders.

How a widget redraws itself is in :mod:`cxlens.common.explorer`; the plan is made by :func:`cxlens.roadmap`, and its
picture by :mod:`cxlens.stages.improve.roadmap_chart`. No arithmetic on a plan belongs here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from ipywidgets import BoundedIntText, FloatText, Widget

from cxlens.common.explorer import Explorer, Said, text_style
from cxlens.common.result import View
from cxlens.common.slide import Slide
from cxlens.stages.improve.board import ImpactEffortMatrix
from cxlens.stages.improve.forecast_chart import forecast_svg
from cxlens.stages.improve.goals import Change
from cxlens.stages.improve.response import headroom, single_touchpoints
from cxlens.stages.improve.roadmap import Roadmap, roadmap, roadmap_of
from cxlens.stages.improve.what_if import WhatIf, what_if

STEP = 0.05  # points by which an arrow key moves a slider
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
        (the short term; a share of 0 for none), ``certainty`` (with which budget and short term are to be kept; 0 for
        on average), ``decay``, and ``capacity of`` each team that is limited. Limits that
        differ by period show their mean, and stay as they are until that is changed; the same number is then asked for
        each period. Asks ``roadmap(explorer.data, **explorer.params)``: first for the plan alone, then with
        ``p_selected``.
    """
    asked = result.options
    controls = _controls(result)
    first = {name: control.value for name, control in controls.items()}
    return Explorer(
        roadmap,
        result,
        controls,
        data=lambda _: result.wins,
        params=lambda said: _limits(asked, first, said),
        seen=lambda plan, _: seen(plan),
        first=(lambda limits: {**limits, "resolves": 0}) if asked["resolves"] else None,
    )


def _controls(result: Roadmap) -> dict[str, Widget]:
    """A control for each limit."""
    asked = result.options
    share, soon = asked["short_term"] or (0.0, 1)
    most = len(result.periods_table)
    longest = most
    if isinstance(asked["periods"], int):
        longest = max(most, MOST)
    controls: dict[str, Widget] = {}
    if asked["budget"] is not None:
        controls["budget"] = _field("Budget a period", asked["budget"], 1000)
    controls["periods"] = _whole(most, "Periods", longest)
    controls["share"] = _field("Share of the benefit that is there soon", share, 0.05)
    controls["soon"] = _whole(soon, "Soon: after periods")
    controls["certainty"] = _field("Certainty of these limits (0: on average)", asked["certainty"] or 0.0, 0.05)
    controls["decay"] = _field("Worth a period later, as a share", asked["decay"], 0.01)
    for team, capacity in (asked["capacity"] or {}).items():
        controls[_of_team(team)] = _field(f"Capacity of {team}", capacity, 0.5)
    return controls


def _limits(asked: Mapping[str, Any], first: Said, said: Said) -> dict[str, Any]:
    """What was asked, but for the controls that were touched; lists as long as there are periods."""
    periods = said["periods"]

    def limit(control: str, was: Any) -> Any:
        if said[control] != first[control]:
            return said[control]
        return _first(was, periods)

    limits = {**asked, "decay": said["decay"], "certainty": said["certainty"] or None}
    if periods != first["periods"]:
        named = not isinstance(asked["periods"], int)
        limits["periods"] = asked["periods"][:periods] if named else periods
    if "budget" in said:
        limits["budget"] = limit("budget", asked["budget"])
    limits["short_term"] = _short_term(asked["short_term"], first, said)
    if asked["capacity"]:
        limits["capacity"] = {}
        for team, was in asked["capacity"].items():
            limits["capacity"][team] = limit(_of_team(team), was)
    return limits


def _short_term(asked: tuple[float, int] | None, first: Said, said: Said) -> tuple[float, int] | None:
    """How much is there how soon; not later than the end."""
    now = (said["share"], said["soon"])
    if now != (first["share"], first["soon"]):
        asked = now if said["share"] else None
    if not asked:
        return asked
    share, soon = asked
    return share, min(soon, said["periods"])


def _of_team(team: str) -> str:
    """The name of the control for a team."""
    return f"capacity of {team}"


def _whole(value: int, description: str, most: int = 100) -> Widget:
    """A whole number from 1 on."""
    return BoundedIntText(value, min=1, max=most, description=description, **text_style())


def _field(description: str, value: Any, step: float) -> Widget:
    """A number; of several the mean."""
    mean = float(np.mean(value))
    return FloatText(mean, step=step, description=description, **text_style())


def _first(limit: Any, periods: int) -> Any:
    """A limit for the first periods: a number as it is, of a list the beginning."""
    if np.ndim(limit) == 0:
        return limit
    return limit[:periods]


def explore_what_if(result: WhatIf) -> Explorer:
    """A slider for each touchpoint: by how many points its score would change, as far as its scale goes.

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
    raised = result.table.groupby("touchpoint", sort=False)["raised_by"].mean()
    shown = {name: round(float(raised[name]), 2) for name in result.changes}
    controls = {}
    for name in dict.fromkeys([*result.changes, *single_touchpoints(result.drivers.record)]):
        value = shown.get(name, 0.0)
        low, high = _range(headroom(result.response, name), value)
        controls[name] = Slide(value, low, high, name, STEP)
    first = {name: control.value for name, control in controls.items()}
    return Explorer(
        what_if,
        result,
        controls,
        data=lambda _: result.drivers,
        params=lambda said: {"changes": _changes(result.changes, first, said), **result.options},
        drawn=forecast_svg,
    )


def _range(room: tuple[float, float], value: float) -> tuple[float, float]:
    """The ends of a slider in whole steps: what its scale leaves, and further where more was asked."""
    down, up = room
    low = STEP * np.ceil(round(down / STEP, 6))
    high = STEP * np.floor(round(up / STEP, 6))
    return float(round(min(low, value), 2)), float(round(max(high, value), 2))


def _changes(asked: Mapping[str, Change], first: Said, said: Said) -> dict[str, Any]:
    """What the sliders say; one that was not touched stands for what was asked, to the last digit."""
    changes: dict[str, Any] = {}
    for name, by in said.items():
        if name in asked and by == first[name]:
            changes[name] = asked[name]
        elif by:
            changes[name] = by
    return changes


def explore_buy_in(view: View) -> Explorer:
    """The widget of the road map, with the load of its owners as the picture."""
    return explore_roadmap(roadmap_of(view.record), lambda plan: plan.buy_in())


def explore_outlook(view: View) -> Explorer:
    """The widget of the road map, with where the outcome would stand as the picture."""
    return explore_roadmap(roadmap_of(view.record), lambda plan: _outlook_again(view, plan))


def _outlook_again(view: View, plan: Roadmap) -> View:
    """The same outlook of another plan; of one that ends before the target is due, at its end."""
    row = view.table[view.table["due"]].iloc[0]
    target = None if pd.isna(row["target"]) else row["target"]
    is_there = row["period"] in set(plan.periods_table["period"])
    by = row["period"] if target is not None and is_there else None
    return plan.outlook(target, by, waves=view.parts.get("waves"))


def explore_decisions(view: View) -> Explorer:
    """The widget of the road map, with who decides what as the picture."""
    return explore_roadmap(roadmap_of(view.record), lambda plan: plan.decisions())


EXPLORERS = {
    "WhatIf": explore_what_if,
    "QuickWins": ImpactEffortMatrix,
    "Roadmap": explore_roadmap,
    "buy-in": explore_buy_in,
    "outlook": explore_outlook,
    "decisions": explore_decisions,
}
