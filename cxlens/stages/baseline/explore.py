"""The widgets of a baseline, of its sides, of sides of compared places and of a touchpoint map.

A baseline is asked by group, a side for a segment; a map has lists to narrow it, a grid of buttons, and the card of the
touchpoint that is clicked. What is known of touchpoints comes from :mod:`cxlens.stages.baseline.map_states`, how a
widget redraws itself is in :mod:`cxlens.common.explorer`; figures and pictures do not belong here.
"""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any, get_args

import pandas as pd
from ipywidgets import HTML, Button, Checkbox, GridBox, Layout, VBox, Widget

from cxlens.common.explorer import ALL, Explorer, Options, dropdown
from cxlens.common.html import card
from cxlens.common.in_sight import InSight
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, probability
from cxlens.errors import OptionError
from cxlens.stages.baseline.baseline import Baseline, baseline
from cxlens.stages.baseline.journey_explore import explore_journey
from cxlens.stages.baseline.map_chart import LOOKS, NEEDS, Sight, states_of
from cxlens.stages.baseline.map_part import MapPart, names_of, part_of_map
from cxlens.stages.baseline.place_explore import explore_places, segments_of_side
from cxlens.stages.baseline.place_record import Compared
from cxlens.stages.baseline.record import Per, Scorecard
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.controls import groupings, part_of, survey_segments
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import Lanes, Touchpoint, TouchpointMap

Row = dict[Any, Any]  # of the states of a map, by column
SIGNS = {"below": "▼", "about": "○", "meets": "●", "no standard": "■", "no data": "□", None: ""}
SHADES = {"below": "#FBDFCB", "about": "#FFFFFF", "meets": "#CFE5F3"}  # pale: their text has a contrast over 12 to 1
OTHER = "#EDEDED"
PAIN, TRUTH = "!", "★"  # a pain point that matters, a moment of truth
GAP = '<div><i class="cxlens-gap">{}</i></div>'
COLUMNS = "7em repeat({}, minmax(7.5em, 1fr))"
BELOW = 3  # rows of the grid start at 1; the first has the stages, and a card stands after its lane
CSS = (
    "<style>.cxlens-map button{white-space:normal;height:auto;min-height:28px;line-height:1.25;text-align:left;"
    "color:#222;border:1px solid #888;padding:3px 6px}.cxlens-map button:focus{outline:3px solid #0072B2}"
    ".cxlens-map .cxlens-pale{opacity:.3}"
    ".cxlens-gap{color:#A34700}[data-jp-theme-light='false'] .cxlens-gap{color:#FFA96B}"
    ".cxlens-opened{position:sticky;left:0;justify-self:start;border-left:4px solid #0072B2;padding-left:10px}</style>"
)
PALE = "cxlens-pale"  # touchpoints that the controls do not ask for
OPENED = "cxlens-opened"
CLICK = "Press a touchpoint for all that is known of it."
PER = {"touchpoint": "touchpoints", "stage": "stages", "process": "processes", "channel": "channels"}
FILTERS = ("stage", "channel", "owner")


class MapExplorer(Explorer):
    """The widget of a map: an :class:`~cxlens.common.explorer.Explorer` with a grid of buttons.

    Attributes
    ----------
    buttons : dict
        The button of each touchpoint, by its name; a click shows its card.
    grid : ipywidgets.GridBox
        The buttons in lanes and stages; those that the controls do not ask for are pale.
    details : cxlens.common.in_sight.InSight
        The card of the touchpoint clicked last, below its lane.
    """

    def __init__(self, sight: Sight, controls: dict[str, Widget]) -> None:
        self.sight = sight
        states = states_of(sight.touchpoint_map, sight.performance, sight.importance)
        self.rows = {row["touchpoint"]: row for row in states.to_dict("records")}
        self.pain_points = tuple(states.loc[states["pain_point"], "touchpoint"])
        self.buttons = {name: self._button(name) for name in self.rows}
        self.grid = GridBox()
        self.details = InSight()
        self.details.add_class(OPENED)
        self.chosen = ""
        super().__init__(
            part_of_map,
            MapPart(sight.touchpoint_map, sight.touchpoint_map.names),
            controls,
            data=lambda _: sight.touchpoint_map,
            params=self._filters,
            seen=self._sight_of,
            redraw=["lanes"],
        )
        self.observe(self._arrange_again, "result")
        controls["lanes"].observe(self._arrange_again, "value")
        self.arrange()
        *above, picture = self.children
        self.children = [*above, self.grid, HTML(f"{_key(states)}<p>{CLICK}</p>"), picture]

    def _button(self, name: str) -> Button:
        button = _button(self.rows[name])
        button.on_click(lambda _: self.choose(name))
        return button

    def _filters(self, said: dict[str, Any]) -> dict[str, Any]:
        """What the controls ask for."""
        filters = {name: said[name] or None for name in FILTERS}
        return {**filters, "only": self.pain_points if said["pain"] else None}

    def _sight_of(self, part: MapPart, said: dict[str, Any]) -> Sight:
        """The map with the part that is asked for, and with what is to be seen on it."""
        return replace(self.sight, lanes=said["lanes"], shown=part.names)

    @property
    def of_answer(self) -> list[Widget]:
        """All that shows the answer."""
        return [*super().of_answer, self.grid]

    def _arrange_again(self, _change: object) -> None:
        self.arrange()

    def choose(self, name: str) -> None:
        """Show the card of a touchpoint below its lane; without a name none."""
        self.chosen = name
        place = self.details.layout
        if not name:
            place.display = "none"
            self.details.value = ""
            return
        row = self.rows[name]
        lane = self._lanes().index(row[self.controls["lanes"].value])
        place.grid_area = f"{lane + BELOW} / 1 / auto / -1"
        place.display = None
        self.details.value = touchpoint_card(self.sight, row)

    def _lanes(self) -> list[Any]:
        """The lanes, from above."""
        lane = self.controls["lanes"].value
        return list(dict.fromkeys(self.rows[name][lane] for name in self.sight.touchpoint_map.names))

    def arrange(self) -> None:
        """Put the buttons of the touchpoints shown in their lanes and stages, and say where none is."""
        whole = self.sight.touchpoint_map
        lane = self.controls["lanes"].value
        stages = whole.lifecycle.names
        cells: list[Widget] = [HTML(CSS), *map(_head, stages)]
        for entry in self._lanes():
            cells.append(_head(entry or f"no {lane}"))
            cells += [self._cell(lane, entry, stage) for stage in stages]
        if len(whole.gaps()):
            cells.append(_head(NEEDS))
            cells += _gaps(whole)
        for name, button in self.buttons.items():
            mark = button.remove_class if name in self.result.names else button.add_class
            mark(PALE)
        self.grid.children = [*cells, self.details]
        columns = COLUMNS.format(len(stages))
        self.grid.layout = Layout(grid_template_columns=columns, grid_gap="2px 4px", overflow="auto")
        self.choose(self.chosen if self.chosen in self.result.names else "")

    def _cell(self, lane: str, entry: str, stage: str) -> VBox:
        """The buttons of a lane on a stage."""
        whole = self.sight.touchpoint_map
        in_lane = [name for name in whole.names if self.rows[name][lane] == entry]
        return VBox([self.buttons[name] for name in in_lane if whole.stage_of(name) == stage])


def _head(words: str) -> HTML:
    """The name of a stage or a lane."""
    return HTML(f"<b>{html.escape(words)}</b>")


def _gaps(whole: TouchpointMap) -> list[HTML]:
    """What each stage lacks: touchpoints, or one that serves a need."""
    gaps = whole.gaps()
    cells = []
    for stage in whole.lifecycle.names:
        lacking = [gap["need"] or "no touchpoint" for gap in gaps[gaps["stage"] == stage].to_dict("records")]
        cells.append(HTML("".join(GAP.format(html.escape(words)) for words in lacking)))
    return cells


def _key(states: pd.DataFrame) -> str:
    """What the signs on the buttons mean."""
    there = set(states["state"]) - {None}
    signs = [f"{SIGNS[state]} {look.words}" for state, look in LOOKS.items() if state in there]
    if (states["pain_point"] & states["matters"]).any():
        signs.append(f"{PAIN} pain point that matters")
    if states["moment_of_truth"].any():
        signs.append(f"{TRUTH} moment of truth")
    return "; ".join(signs)


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
    table = result.table
    controls = {
        "stage": names_of("Stage", result.lifecycle.names),
        "channel": names_of("Channel", table["channel"]),
        "owner": names_of("Owner", table["owner"]),
        "lanes": dropdown("Lanes", [(f"by {word}", word) for word in get_args(Lanes)], "channel"),
        "pain": Checkbox(False, description="Only pain points", indent=False, layout=Layout(width="auto")),
    }
    explorer = MapExplorer(Sight(result, performance, importance), controls)
    explorer.grid.add_class("cxlens-map")
    return explorer


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
    place: Touchpoint = sight.touchpoint_map[row["touchpoint"]]
    met = "" if pd.isna(row["p_met"]) else f"with probability {probability(row['p_met'])}"
    entries = {
        "state": LOOKS[row["state"]].words,
        "score": _score(row, sight),
        "standard met": met,
        "importance": _importance(row, sight),
        "channel": place.channel,
        "kind": place.kind,
        "process": place.process,
        "owner": place.owner,
        "needs": "; ".join(map(str, place.needs)),
        "standards": "; ".join(map(str, place.standards)),
        "contacts a year": None if place.volume is None else count(place.volume),
        "cost per contact": None if place.cost_per_contact is None else number(place.cost_per_contact),
        "can be changed": "yes" if place.controllable else "no",
    }
    known = [(about, entry) for about, entry in entries.items() if entry]
    table = pd.DataFrame(known, columns=["about", "entry"])
    return f'<div role="status">{card(f"{place.name}, on stage {place.stage}.", table)}</div>'


def _score(row: Row, sight: Sight) -> str:
    """``3.56 [3.27, 3.84] (95 % interval), n = 90; top box 56 %``."""
    if sight.performance is None or pd.isna(row["mean"]):
        return ""
    level = percent(sight.performance.level)
    score = f"{number(row['mean'])} {interval(row['low'], row['high'])} ({level} interval), n = {count(row['n'])}"
    if pd.isna(row["top_box"]):
        return score
    return f"{score}; top box {percent(row['top_box'])}"


def _importance(row: Row, sight: Sight) -> str:
    """``8.10 [6.02, 10.3] points of the differences in nps; a moment of truth``."""
    if sight.importance is None or pd.isna(row["importance"]):
        return ""
    points = number(100 * row["importance"])
    if pd.notna(row["importance_low"]):
        points = f"{points} {interval(100 * row['importance_low'], 100 * row['importance_high'])}"
    said = [f"{points} points of the differences in {sight.importance.record.outcome_words}"]
    if not row["matters"]:
        said.append("no clear link")
    if row["moment_of_truth"]:
        said.append("a moment of truth")
    return "; ".join(said)


def _button(row: Row) -> Button:
    """A touchpoint as a button, its state a sign and a shade."""
    told = [LOOKS[row["state"]].words]
    signs = ""
    if row["matters"]:
        told.append("matters")
        signs += PAIN if row["pain_point"] else ""
    if row["moment_of_truth"]:
        told.append("moment of truth")
        signs += TRUTH
    score: str = "" if pd.isna(row["mean"]) else number(row["mean"])
    words = [SIGNS[row["state"]], row["touchpoint"], score, signs]
    button = Button(
        description=" ".join(filter(None, words)),
        tooltip=f"{row['touchpoint']}: {', '.join(filter(None, told)) or 'show its card'}",
        layout=Layout(width="auto", height="auto"),
    )
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
    fixed = {
        "touchpoint_map": result.touchpoint_map,
        "competitors": result.rivals,
        "employees": result.staff,
        "min_n": result.min_n,
        "level": result.level,
    }
    controls = {"by": dropdown("By", _groupings(result), result.by or ALL)}
    if result.touchpoint_map is not None:
        controls["per"] = dropdown("Rows", _rows_of(result.touchpoint_map), result.per)

    def params(said: dict[str, Any]) -> dict[str, Any]:
        return {**fixed, "by": said["by"] or None, "per": said.get("per", result.per)}

    return Explorer(baseline, result, controls, data=lambda _: result.survey, params=params)


def _groupings(result: Baseline) -> Options:
    """Each column that tells answers apart, and the columns asked for where they are several."""
    options = groupings(result.survey)
    if isinstance(result.by, tuple):
        options = [*options, (" and ".join(map(result.survey.named, result.by)), result.by)]
    return options


def _rows_of(touchpoint_map: TouchpointMap) -> Options:
    """What may have a row: touchpoints, and what the map tells of any of them."""
    options: Options = []
    for word in get_args(Per):
        if any(getattr(place, word, place.name) for place in touchpoint_map):
            options.append((PER[word], word))
    return options


def explore_view(view: View) -> Explorer:
    """One side of a baseline or of compared places, for everyone or one segment.

    Parameters
    ----------
    view
        From a method of :class:`cxlens.stages.baseline.baseline.Baseline` or
        :class:`cxlens.stages.baseline.places.Places`, or from the function behind it.

    Returns
    -------
    Explorer
        Control ``segment``. Asks ``view.again(explorer.data)``: the same side, with the same options, of the answers of
        the segment, also of competitors; drivers among the options are asked anew. What rests on no survey has no
        segments to choose from.

    Raises
    ------
    OptionError
        When the view cannot be asked again.
    """
    if view.again is None:
        raise OptionError(f"this view of kind {view.kind!r} cannot be asked again. Make it by cx.baseline(...).")
    answers = _answers_of(view.record)
    return Explorer(
        view.again,
        view,
        {"segment": dropdown("Segment", _segments_of(view), ALL)},
        data=lambda said: part_of(answers, said["segment"]),
        params=lambda _: {},
    )


def _answers_of(record: Any) -> Any:
    """What a side is asked about: a survey, or a scorecard with all that stands beside it; nothing if it has none."""
    if isinstance(record, Compared):
        return record.survey
    return record if isinstance(record, (Survey, Scorecard)) else None


def _segments_of(view: View) -> Options:
    """The segments that a side can be asked about."""
    if isinstance(view.record, Compared):
        return segments_of_side(view.record, view.kind)
    if _answers_of(view.record) is None:
        return [("Everyone", ALL)]
    return survey_segments(view.survey)


SIDES_OF_BASELINE = (
    "blind spots",
    "verdicts",
    "not covered",
    "pitfalls",
    "consistency",
    "competitors",
    "employees",
    "response bias",
    "emotion",
    "comments",
    "standards",
)
SIDES_OF_PLACES = ("funnel", "heat map", "best practice", "change by place", "funnel of changes")
EXPLORERS = {
    "Baseline": explore_baseline,
    "JourneyMap": explore_journey,
    "Places": explore_places,
    "TouchpointMap": explore_map,
    **dict.fromkeys((*SIDES_OF_BASELINE, *SIDES_OF_PLACES), explore_view),
}
