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
    from cxlens.errors import CxlensError
    from cxlens.files.reading import read_answers
    from cxlens.publish.dashboard import dashboard
    from cxlens.publish.journey_map import journey_map
    from cxlens.publish.report import report
    from cxlens.publish.slides import slides
    from cxlens.publish.workbook import workbook
    from cxlens.stages.baseline.baseline import baseline
    from cxlens.stages.baseline.places import compare_places
    from cxlens.stages.drivers.drivers import drivers
    from cxlens.stages.drivers.estimator import ValueDriverRegressor
    from cxlens.stages.drivers.segments import find_segments
    from cxlens.stages.impact.designs import before_after, difference_in_differences
    from cxlens.stages.impact.interrupted import interrupted_time_series
    from cxlens.stages.impact.kept import kept
    from cxlens.stages.impact.lifetime_value import lifetime_value
    from cxlens.stages.impact.link import retention_link
    from cxlens.stages.impact.monitor import monitor
    from cxlens.stages.impact.profit import profit
    from cxlens.stages.impact.retention import retention
    from cxlens.stages.impact.which_design import which_design
    from cxlens.stages.improve.board import ImpactEffortMatrix
    from cxlens.stages.improve.forecasts import read_forecasts
    from cxlens.stages.improve.quick_wins import quick_wins
    from cxlens.stages.improve.roadmap import roadmap
    from cxlens.stages.improve.what_if import what_if
    from cxlens.stages.journeys.attribution import attribution
    from cxlens.stages.journeys.funnel import funnel
    from cxlens.stages.journeys.paths import paths
    from cxlens.stages.plan.power import power
    from cxlens.stages.plan.sample_size import sample_size
    from cxlens.stages.plan.templates import templates
    from cxlens.study.aggregates import Aggregates
    from cxlens.study.initiatives import read_initiatives, write_initiatives
    from cxlens.study.interviews import read_interviews
    from cxlens.study.journeys import Journey, JourneyLog
    from cxlens.study.lifecycle import Lifecycle, Stage
    from cxlens.study.scale import Scale
    from cxlens.study.segments import Segment
    from cxlens.study.study import Study
    from cxlens.study.suggest import suggest
    from cxlens.study.survey import Survey
    from cxlens.study.touchpoints import Need, Standard, Touchpoint, TouchpointMap
    from cxlens.study.worth import RetentionLink

__version__ = "0.2.0"

__all__ = [
    "Aggregates", "CxlensError", "ImpactEffortMatrix", "Journey", "JourneyLog", "Lifecycle", "Need", "RetentionLink",
    "Scale", "Segment", "Stage", "Standard", "Study", "Survey", "Touchpoint", "TouchpointMap", "ValueDriverRegressor",
    "__version__", "attribution", "baseline", "before_after", "compare_places", "dashboard", "datasets",
    "difference_in_differences", "drivers", "find_segments", "funnel", "interrupted_time_series",
    "journey_map", "kept",
    "lifetime_value", "monitor", "paths", "power", "profit", "quick_wins", "read_answers", "read_forecasts",
    "read_initiatives", "read_interviews", "report", "retention", "retention_link", "roadmap", "sample_size", "slides",
    "suggest", "templates", "what_if", "which_design", "workbook", "write_initiatives",
]  # fmt: skip

_MODULES = {
    "stages.baseline.baseline": ["baseline"],
    "stages.baseline.places": ["compare_places"],
    "stages.drivers.drivers": ["drivers"],
    "stages.drivers.estimator": ["ValueDriverRegressor"],
    "stages.drivers.segments": ["find_segments"],
    "stages.impact.designs": ["before_after", "difference_in_differences"],
    "stages.impact.interrupted": ["interrupted_time_series"],
    "stages.impact.which_design": ["which_design"],
    "stages.improve.quick_wins": ["quick_wins"],
    "stages.impact.kept": ["kept"],
    "stages.impact.lifetime_value": ["lifetime_value"],
    "stages.impact.link": ["retention_link"],
    "stages.impact.monitor": ["monitor"],
    "stages.impact.retention": ["retention"],
    "stages.impact.profit": ["profit"],
    "stages.journeys.attribution": ["attribution"],
    "stages.journeys.funnel": ["funnel"],
    "stages.journeys.paths": ["paths"],
    "stages.plan.power": ["power"],
    "stages.plan.sample_size": ["sample_size"],
    "stages.plan.templates": ["templates"],
    "stages.improve.roadmap": ["roadmap"],
    "stages.improve.what_if": ["what_if"],
    "errors": ["CxlensError"],
    "files.reading": ["read_answers"],
    "stages.improve.forecasts": ["read_forecasts"],
    "study.aggregates": ["Aggregates"],
    "study.initiatives": ["read_initiatives", "write_initiatives"],
    "study.interviews": ["read_interviews"],
    "study.journeys": ["Journey", "JourneyLog"],
    "study.lifecycle": ["Lifecycle", "Stage"],
    "study.segments": ["Segment"],
    "study.study": ["Study"],
    "study.suggest": ["suggest"],
    "study.scale": ["Scale"],
    "study.survey": ["Survey"],
    "study.touchpoints": ["Need", "Standard", "Touchpoint", "TouchpointMap"],
    "study.worth": ["RetentionLink"],
    "publish.dashboard": ["dashboard"],
    "publish.journey_map": ["journey_map"],
    "publish.report": ["report"],
    "publish.slides": ["slides"],
    "publish.workbook": ["workbook"],
    "stages.improve.board": ["ImpactEffortMatrix"],
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
