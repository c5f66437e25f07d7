"""From a result to its picture and its widget: the one place that imports by name at run time.

A stage lists its pictures in ``CHARTS`` of its ``charts.py`` and its widgets in ``EXPLORERS`` of its ``explore.py``,
each by the name of the result's class, or of the side that a :class:`~cxlens.common.result.View` shows. So a result
reaches its picture without importing it, and a picture may import its result. Nothing is drawn here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cxlens.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HOME = "cxlens.stages"
MAP = "baseline"  # the stage that draws what belongs to none: the map of touchpoints


def chart_of(result: Any) -> Any:
    """The :class:`cxlens.common.pictures.Chart` of a result.

    Raises
    ------
    OptionError
        When there is no chart of such a thing.
    """
    return _listed(result, "charts", "CHARTS")


def draw(result: Any, ax: Axes | None = None, *shown: Any) -> Axes:
    """The Axes on which a result is drawn; a map takes what is to be seen on it, too.

    Raises
    ------
    OptionError
        When there is no chart of such a thing.
    """
    axes: Axes = chart_of(result).plot(result, ax, *shown)
    return axes


def widget_of(result: Any, *shown: Any) -> Any:
    """The widget of a result, made; a map takes what is to be seen on it, too.

    Raises
    ------
    OptionError
        When there is no widget of such a thing.
    """
    return _listed(result, "explore", "EXPLORERS")(result, *shown)


def sight_of(touchpoint_map: Any, *shown: Any) -> Any:
    """A map and what is to be seen on it: a :class:`cxlens.stages.baseline.map_chart.Sight`."""
    return import_module(f"{HOME}.{MAP}.map_chart").Sight(touchpoint_map, *shown)


def journey_of(touchpoint_map: Any, *known: Any) -> Any:
    """The journey map of what is known: a :class:`cxlens.stages.baseline.journey_map.JourneyMap`."""
    return import_module(f"{HOME}.{MAP}.journey_chart").journey_of_results(touchpoint_map, *known)


def _listed(result: Any, module: str, registry: str) -> Any:
    """What a stage lists for a result in one of its modules."""
    stage, name = _place(result)
    entries = {}
    if stage:
        pictures = import_module(f"{HOME}.{stage}.{module}")
        entries = getattr(pictures, registry)
    if name not in entries:
        raise OptionError(
            f"there is no picture or widget of an object of type {name}. "
            "Results of the verbs, their sides and maps have both."
        )
    return entries[name]


def _place(result: Any) -> tuple[str, str]:
    """The stage of a result, and the name of its picture there; no stage where it is no result."""
    if hasattr(result, "stage") and hasattr(result, "kind"):
        return str(result.stage), str(result.kind)
    name = type(result).__name__
    if name == "TouchpointMap":
        return MAP, name
    return _stage_of(type(result).__module__), name


def _stage_of(module: str) -> str:
    """The stage that a module belongs to; "" where it belongs to none."""
    inside = module.removeprefix(f"{HOME}.")
    if inside == module:
        return ""
    stage, _, _ = inside.partition(".")
    return stage
