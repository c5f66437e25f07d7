"""The widget of a touchpoint map: lists to narrow it, a grid of buttons, the card of the touchpoint that is clicked.

What is known of touchpoints comes from :mod:`cxlens.stages.baseline.map_states`, how a widget redraws itself is in
:mod:`cxlens.common.explorer`; figures and pictures do not belong here.
"""

from __future__ import annotations

import html
from collections.abc import Collection
from typing import Any, get_args

import pandas as pd
from ipywidgets import (
    HTML,
    Button,
    Checkbox,
    GridBox,
    Layout,
    VBox,
    Widget,
)

from cxlens.common.explorer import ALL, Explorer, dropdown
from cxlens.common.html import card
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, probability
from cxlens.errors import ValuesError, listing
from cxlens.stages.baseline.baseline import Baseline, baseline
from cxlens.stages.baseline.map_chart import LOOKS, NEEDS, Sight, states_of
from cxlens.stages.baseline.record import Per, Scorecard
from cxlens.stages.drivers.drivers import Drivers, drivers
from cxlens.study.controls import groupings, part_of, survey_segments
from cxlens.study.lifecycle import Lifecycle
from cxlens.study.touchpoints import Lanes, Touchpoint, TouchpointMap

SIGNS = {"below": "▼", "about": "○", "meets": "●", "no standard": "■", "no data": "□", None: ""}
SHADES = {"below": "#FBDFCB", "about": "#FFFFFF", "meets": "#CFE5F3"}  # pale: their text has a contrast over 12 to 1
OTHER = "#EDEDED"
GAP = '<i style="color:#A34700">{}</i>'
CSS = (
    "<style>.cxlens-map button{white-space:normal;height:auto;min-height:28px;line-height:1.25;text-align:left;"
    "color:#222;border:1px solid #888;padding:3px 6px}.cxlens-map button:focus{outline:3px solid #0072B2}</style>"
)


class MapExplorer(Explorer):
    """The widget of a map: an :class:`~cxlens.common.explorer.Explorer` with a grid of buttons.

    Attributes
    ----------
    buttons : dict
        The button of each touchpoint, by its name; a click shows its card.
    grid : ipywidgets.GridBox
        The buttons that the controls let through, in lanes and stages.
    details : ipywidgets.HTML
        The card of the touchpoint clicked last.
    """

    def __init__(self, sight: Sight, controls: dict[str, Widget]) -> None:
        whole, self.sight = sight.touchpoint_map, sight
        states = states_of(whole, sight.performance, sight.importance)
        self.rows = {row["touchpoint"]: row for row in states.to_dict("records")}
        self.buttons = {name: _button(row) for name, row in self.rows.items()}
        for name, button in self.buttons.items():
            button.on_click(lambda _, name=name: self.choose(name))
        self.grid, self.details = GridBox(), HTML()
        pain = tuple(states.loc[states["pain_point"], "touchpoint"])
        super().__init__(
            part_of_map,
            whole,
            controls,
            data=lambda _: whole,
            params=lambda said: {
                **{name: said[name] or None for name in ("stage", "channel", "owner")},
                "only": pain if said["pain"] else None,
            },
            seen=lambda part, said: Sight(part, sight.performance, sight.importance, said["lanes"]),
            redraw=["lanes"],
        )
        self.observe(lambda _: self.arrange(), "result")
        controls["lanes"].observe(lambda _: self.arrange(), "value")
        self.arrange()
        self.choose(whole.names[0])
        signs = [
            f"{SIGNS[state]} {LOOKS[state].words}" for state in LOOKS if state and (states["state"] == state).any()
        ]
        signs += ["! pain point that matters"] if (states["pain_point"] & states["matters"]).any() else []
        signs += ["★ moment of truth"] if states["moment_of_truth"].any() else []
        self.children = [*self.children[:-1], self.grid, HTML("; ".join(signs)), self.details, self.children[-1]]

    def choose(self, name: str) -> None:
        """Show the card of a touchpoint."""
        self.details.value = touchpoint_card(self.sight, self.rows[name])

    def arrange(self) -> None:
        """Put the buttons of the touchpoints shown in their lanes and stages, and say where none is."""
        shown, lane = self.result, self.controls["lanes"].value
        stages, gaps = shown.lifecycle.names, shown.gaps()
        lanes = list(dict.fromkeys(self.rows[name][lane] for name in shown.names))
        unmet = gaps[gaps["gap"] == "need"].groupby("stage", sort=False)["need"].agg(list)
        cells: list[Widget] = [HTML(CSS), *(HTML(f"<b>{html.escape(stage)}</b>") for stage in stages)]
        for entry in lanes:
            cells.append(HTML(f"<b>{html.escape(entry or f'no {lane}')}</b>"))
            for stage in stages:
                here = [name for name in shown.names if (self.rows[name][lane], shown.stage_of(name)) == (entry, stage)]
                cells.append(VBox([self.buttons[name] for name in here]))
        bare = set(gaps.loc[gaps["gap"] == "stage", "stage"])
        if len(gaps):
            cells.append(HTML(f"<b>{NEEDS}</b>"))
            words = [[*(["no touchpoint"] if one in bare else []), *unmet.get(one, [])] for one in stages]
            cells += [HTML("".join(f"<div>{GAP.format(html.escape(word))}</div>" for word in own)) for own in words]
        self.grid.children = cells
        columns = f"7em repeat({len(stages)}, minmax(7.5em, 1fr))"
        self.grid.layout = Layout(grid_template_columns=columns, grid_gap="2px 4px", overflow="auto")


def explore_map(
    result: TouchpointMap, performance: Baseline | None = None, importance: Drivers | None = None
) -> MapExplorer:
    """The map to filter, as buttons and as a picture, and all that is known of the touchpoint that is clicked.

    Parameters
    ----------
    result
        The map.
    performance, importance
        How touchpoints score and what matters, neither by segment.

    Returns
    -------
    MapExplorer
        Controls ``stage``, ``channel``, ``owner`` and ``pain`` (only pain points), which ask :func:`part_of_map`, and
        ``lanes``, which changes the picture alone.

    Raises
    ------
    OptionError
        As :func:`cxlens.stages.baseline.map_states.map_states`.
    """
    channels, owners = (dict.fromkeys(filter(None, result.table[name])) for name in ("channel", "owner"))
    controls = {
        "stage": dropdown("Stage", [("All stages", ALL), *((name, name) for name in result.lifecycle.names)], ALL),
        "channel": dropdown("Channel", [("All channels", ALL), *((name, name) for name in channels)], ALL),
        "owner": dropdown("Owner", [("All owners", ALL), *((name, name) for name in owners)], ALL),
        "lanes": dropdown("Lanes", [(f"by {word}", word) for word in get_args(Lanes)], "channel"),
        "pain": Checkbox(False, description="Only pain points", indent=False, layout=Layout(width="auto")),
    }
    explorer = MapExplorer(Sight(result, performance, importance), controls)
    explorer.grid.add_class("cxlens-map")
    return explorer


def part_of_map(
    touchpoint_map: TouchpointMap,
    *,
    stage: str | None = None,
    channel: str | None = None,
    owner: str | None = None,
    only: Collection[str] | None = None,
) -> TouchpointMap:
    """The part of a map on one stage, through one channel, of one owner.

    Parameters
    ----------
    touchpoint_map
        The map. It is not changed.
    stage
        Keep this stage only; all without it.
    channel, owner
        Keep the touchpoints of this channel and owner; all without them. Gaps are then the gaps of what is kept.
    only
        Keep touchpoints of these names, such as the pain points; all without it.

    Returns
    -------
    TouchpointMap

    Raises
    ------
    ValuesError
        When no touchpoint is left.

    Examples
    --------
    >>> import cxlens as cx
    >>> from cxlens.stages.baseline.explore import part_of_map
    >>> whole = cx.TouchpointMap([cx.Touchpoint("Signs", stage="arrive", channel="site"),
    ...                           cx.Touchpoint("Gate", stage="board")], cx.Lifecycle(["arrive", "board"]))
    >>> part_of_map(whole, stage="board").names
    ('Gate',)
    """
    stages = [one for one in touchpoint_map.lifecycle if stage in (None, one.name)]
    here = [one for one in touchpoint_map if stage in (None, one.stage) and (only is None or one.name in only)]
    kept = [one for one in here if channel in (None, one.channel) and owner in (None, one.owner)]
    if not kept:
        which = "touchpoint" if only is None else "pain point"
        where = f"on stage {stage!r}" if stage is not None else "on the map"
        asked = [f"uses channel {channel!r}"] if channel is not None else []
        asked += [f"belongs to {owner!r}"] if owner is not None else []
        there = [
            f"{one.name} ({', '.join(filter(None, (one.channel, one.owner))) or 'no channel, no owner'})"
            for one in here
        ]
        raise ValuesError(
            f"no {which} {where} {' and '.join(asked)}".strip() + f". There: {listing(there, 5) or 'none'}."
        )
    return TouchpointMap(kept, Lifecycle(stages))


def touchpoint_card(sight: Sight, row: dict[Any, Any]) -> str:
    """All that is known of a touchpoint, as HTML; what is not known is left out.

    Parameters
    ----------
    sight
        The map, with scores and importance.
    row
        The touchpoint's row of :func:`cxlens.stages.baseline.map_states.map_states`, by column.

    Returns
    -------
    str
        HTML, its texts escaped.
    """
    touchpoint: Touchpoint = sight.touchpoint_map[row["touchpoint"]]
    known = {
        "state": LOOKS[row["state"]].words,
        "score": _score(row, sight),
        "standard met": "" if pd.isna(row["p_met"]) else f"with probability {probability(row['p_met'])}",
        "importance": _importance(row, sight),
        "channel": touchpoint.channel,
        "kind": touchpoint.kind,
        "process": touchpoint.process,
        "owner": touchpoint.owner,
        "needs": "; ".join(map(str, touchpoint.needs)),
        "standards": "; ".join(map(str, touchpoint.standards)),
        "contacts a year": None if touchpoint.volume is None else count(touchpoint.volume),
        "cost per contact": None if touchpoint.cost_per_contact is None else number(touchpoint.cost_per_contact),
        "can be changed": "yes" if touchpoint.controllable else "no",
    }
    table = pd.DataFrame([(what, entry) for what, entry in known.items() if entry], columns=["about", "entry"])
    return f'<div role="status">{card(f"{touchpoint.name}, on stage {touchpoint.stage}.", table)}</div>'


def _score(row: dict[Any, Any], sight: Sight) -> str:
    if sight.performance is None or pd.isna(row["mean"]):
        return ""
    level = percent(sight.performance.level)
    top = "" if pd.isna(row["top_box"]) else f"; top box {percent(row['top_box'])}"
    return f"{number(row['mean'])} {interval(row['low'], row['high'])} ({level} interval), n = {count(row['n'])}{top}"


def _importance(row: dict[Any, Any], sight: Sight) -> str:
    if sight.importance is None or pd.isna(row["importance"]):
        return ""
    ends = [100 * row[f"importance_{end}"] for end in ("low", "high")]
    span = "" if pd.isna(ends[0]) else f" {interval(*ends)}"
    told = "" if row["matters"] else "; not told apart from none"
    moment = "; a moment of truth" if row["moment_of_truth"] else ""
    return (
        f"{number(100 * row['importance'])}{span} points of the differences in {sight.importance.outcome}{told}{moment}"
    )


def _button(row: dict[Any, Any]) -> Button:
    """A touchpoint as a button, its state a sign and a shade."""
    score = "" if pd.isna(row["mean"]) else number(row["mean"])
    signs = f"{'!' if row['pain_point'] and row['matters'] else ''}{'★' if row['moment_of_truth'] else ''}"
    words = " ".join(filter(None, (SIGNS[row["state"]], row["touchpoint"], score, signs)))
    told = [LOOKS[row["state"]].words, *(["matters"] if row["matters"] else [])]
    told += ["moment of truth"] if row["moment_of_truth"] else []
    button = Button(
        description=words, tooltip=f"{row['touchpoint']}: {', '.join(filter(None, told)) or 'show its card'}",
        layout=Layout(width="auto", height="auto"),
    )  # fmt: skip
    button.style.button_color = SHADES.get(row["state"], OTHER)
    return button


def explore_baseline(result: Baseline) -> Explorer:
    """The scorecard, for everyone or by group.

    Parameters
    ----------
    result
        From :func:`cxlens.baseline`.

    Returns
    -------
    Explorer
        Controls ``by`` and, with a map, ``per``. Asks ``baseline(explorer.data, **explorer.params)``.
    """
    fixed: dict[str, Any] = {"touchpoint_map": result.touchpoint_map, "min_n": result.min_n, "level": result.level}
    fixed |= {"competitors": result.record.rivals, "employees": result.record.staff}
    asked = [] if result.by is None or isinstance(result.by, str) else [(" and ".join(result.by), result.by)]
    controls = {"by": dropdown("By", [*groupings(result.survey), *asked], result.by or ALL)}
    if result.touchpoint_map is not None:
        there = [word for word in get_args(Per) if any(getattr(one, word, one.name) for one in result.touchpoint_map)]
        controls["per"] = dropdown("Rows", [(f"{word}s".replace("ss", "sses"), word) for word in there], result.per)
    return Explorer(
        baseline,
        result,
        controls,
        data=lambda _: result.survey,
        params=lambda said: {**fixed, "by": said["by"] or None, "per": said.get("per", result.per)},
    )


def explore_view(view: View) -> Explorer:
    """One side of the drivers, or of a baseline for everyone or one segment.

    Parameters
    ----------
    view
        From a method of :class:`cxlens.stages.drivers.drivers.Drivers` or
        :class:`cxlens.stages.baseline.baseline.Baseline`.

    Returns
    -------
    Explorer
        Control ``segment``; asks ``explorer.data``, the baseline of
        the segment's answers, for the same side with the same options; drivers among them are asked anew.
    """
    about = Baseline(view.record) if isinstance(view.record, Scorecard) else view.record
    name = view.kind.replace(" ", "_")

    def _again(asked: Baseline, **options: Any) -> View:
        if (found := options.get("drivers")) and asked.survey is not about.survey:
            options["drivers"] = drivers(asked.survey, **found.options)
        side: View = getattr(asked, name)(**options)
        return side

    controls = {"segment": dropdown("Segment", survey_segments(about.survey), ALL)}
    return Explorer(
        _again,
        view,
        controls,
        data=lambda said: part_of(about, said["segment"]),
        params=lambda _: dict(view.options),
    )


SIDES_OF_BASELINE = (
    "blind spots",
    "verdicts",
    "pitfalls",
    "consistency",
    "competitors",
    "employees",
    "response bias",
    "emotion",
    "comments",
    "standards",
)
EXPLORERS = {
    "Baseline": explore_baseline,
    "TouchpointMap": explore_map,
    **dict.fromkeys(SIDES_OF_BASELINE, explore_view),
}
