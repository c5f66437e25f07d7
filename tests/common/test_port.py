from importlib import import_module

import pytest

from cxlens.common import port
from cxlens.common.finding import Finding
from cxlens.common.pictures import Chart
from cxlens.common.result import View
from cxlens.errors import OptionError
from cxlens.stages.baseline.explore import SIDES_OF_BASELINE, SIDES_OF_PLACES
from cxlens.stages.drivers.explore import SIDES_OF_DRIVERS, WITHIN

RESULTS = {
    "baseline": ["Baseline", "JourneyMap", "TouchpointMap", "Places", *SIDES_OF_BASELINE, *SIDES_OF_PLACES],
    "drivers": ["Drivers", "SegmentTree", *SIDES_OF_DRIVERS, WITHIN, "beside"],
    "impact": [
        "Impact",
        "WhichDesign",
        "Monitor",
        "alerts",
        "Kept",
        "Retention",
        "cohorts",
        "LifetimeValue",
        "Profit",
    ],
    "improve": ["WhatIf", "QuickWins", "Roadmap", "buy-in", "outlook", "decisions"],
    "journeys": [
        "Attribution",
        "Funnel",
        "Paths",
        "around",
        "cost",
        "felt",
        "flow",
        "follows",
        "graph",
        "planned",
        "rework",
        "routes",
        "times",
    ],
    "plan": ["SampleSize", "Power"],
}


@pytest.mark.parametrize("stage", RESULTS)
def test_every_result_of_a_stage_has_a_picture_and_a_widget(stage):
    charts = import_module(f"cxlens.stages.{stage}.charts").CHARTS
    widgets = import_module(f"cxlens.stages.{stage}.explore").EXPLORERS
    assert set(charts) - {"Sight"} == set(RESULTS[stage])  # a sight is a map on its way to its picture
    assert set(widgets) == set(RESULTS[stage])
    assert all(isinstance(chart, Chart) for chart in charts.values())


@pytest.mark.parametrize(("kind", "stage"), [("verdicts", "baseline"), ("shape", "drivers"), ("buy-in", "improve")])
def test_a_side_finds_its_stage(kind, stage):
    view = View(f"{stage}/{kind}", None, Finding("Nothing"), "", None)
    assert (view.stage, view.kind) == (stage, kind)
    assert port.chart_of(view) is import_module(f"cxlens.stages.{stage}.charts").CHARTS[kind]


@pytest.mark.parametrize("find", [port.chart_of, port.widget_of])
def test_what_is_no_result_has_no_picture(find):
    with pytest.raises(OptionError) as error:
        find(3)
    assert str(error.value) == (
        "there is no picture or widget of an object of type int. Results of the verbs, their sides and maps have both."
    )
