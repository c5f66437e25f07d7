"""Touchpoint analysis for customer experience: from survey answers and event logs to measured impact.

The public names, each loaded when it is first used, and nothing else: no class, no function that computes
and no option belongs here.

Examples
--------
>>> import cxlens as cx
>>> "drivers" in dir(cx)
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # editors and mypy read these lines, Python does not
    from cxlens import datasets
    from cxlens.analysis.baseline import baseline
    from cxlens.analysis.drivers import drivers
    from cxlens.analysis.estimator import ValueDriverRegressor
    from cxlens.analysis.find_segments import find_segments
    from cxlens.analysis.impact import before_after, difference_in_differences
    from cxlens.analysis.improve import quick_wins
    from cxlens.analysis.monitor import monitor
    from cxlens.analysis.paths import paths
    from cxlens.analysis.plan import sample_size
    from cxlens.analysis.roadmap import roadmap
    from cxlens.analysis.what_if import what_if
    from cxlens.errors import CxlensError
    from cxlens.model.forecasts import read_forecasts
    from cxlens.model.initiatives import read_initiatives, write_initiatives
    from cxlens.model.journeys import Journey, JourneyLog
    from cxlens.model.lifecycle import Lifecycle, Stage
    from cxlens.model.segments import Segment
    from cxlens.model.study import Study
    from cxlens.model.survey import Scale, Survey
    from cxlens.model.touchpoints import Need, Standard, Touchpoint, TouchpointMap
    from cxlens.model.worth import RetentionLink
    from cxlens.show.report import report
    from cxlens.show.widgets.matrix import ImpactEffortMatrix

__version__ = "0.1.0"

__all__ = [
    "CxlensError", "ImpactEffortMatrix", "Journey", "JourneyLog", "Lifecycle", "Need", "RetentionLink", "Scale",
    "Segment", "Stage", "Standard", "Study", "Survey", "Touchpoint", "TouchpointMap", "ValueDriverRegressor",
    "__version__", "baseline", "before_after", "datasets", "difference_in_differences", "drivers", "find_segments",
    "monitor", "paths", "quick_wins", "read_forecasts", "read_initiatives", "report", "roadmap", "sample_size",
    "what_if", "write_initiatives",
]  # fmt: skip

_MODULES = {
    "analysis.baseline": ["baseline"],
    "analysis.drivers": ["drivers"],
    "analysis.estimator": ["ValueDriverRegressor"],
    "analysis.find_segments": ["find_segments"],
    "analysis.impact": ["before_after", "difference_in_differences"],
    "analysis.improve": ["quick_wins"],
    "analysis.monitor": ["monitor"],
    "analysis.paths": ["paths"],
    "analysis.plan": ["sample_size"],
    "analysis.roadmap": ["roadmap"],
    "analysis.what_if": ["what_if"],
    "errors": ["CxlensError"],
    "model.forecasts": ["read_forecasts"],
    "model.initiatives": ["read_initiatives", "write_initiatives"],
    "model.journeys": ["Journey", "JourneyLog"],
    "model.lifecycle": ["Lifecycle", "Stage"],
    "model.segments": ["Segment"],
    "model.study": ["Study"],
    "model.survey": ["Scale", "Survey"],
    "model.touchpoints": ["Need", "Standard", "Touchpoint", "TouchpointMap"],
    "model.worth": ["RetentionLink"],
    "show.report": ["report"],
    "show.widgets.matrix": ["ImpactEffortMatrix"],
}
_HOMES = {name: f"cxlens.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its home on first use (PEP 562), and keep it."""
    if name == "datasets":
        return import_module("cxlens.datasets")
    if name not in _HOMES:
        raise AttributeError(f"module 'cxlens' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
