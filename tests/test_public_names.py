"""The public names are a promise: this list changes only on purpose."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cxlens as cx

ROOT = Path(__file__).parents[1]

NOUNS = [
    "Aggregates",
    "CxlensError",
    "ImpactEffortMatrix",
    "Journey",
    "JourneyLog",
    "Lifecycle",
    "Need",
    "RetentionLink",
    "Scale",
    "Segment",
    "Stage",
    "Standard",
    "Study",
    "Survey",
    "Touchpoint",
    "TouchpointMap",
    "ValueDriverRegressor",
]
VERBS = [
    "attribution",
    "baseline",
    "before_after",
    "compare_places",
    "dashboard",
    "difference_in_differences",
    "drivers",
    "find_segments",
    "funnel",
    "interrupted_time_series",
    "journey_map",
    "kept",
    "lifetime_value",
    "monitor",
    "paths",
    "power",
    "profit",
    "quick_wins",
    "read_answers",
    "read_forecasts",
    "read_initiatives",
    "read_interviews",
    "report",
    "retention",
    "retention_link",
    "roadmap",
    "sample_size",
    "slides",
    "suggest",
    "templates",
    "what_if",
    "which_design",
    "workbook",
    "write_initiatives",
]
NAMES = sorted([*NOUNS, *VERBS, "datasets", "__version__"])


def test_the_list_of_public_names():
    assert sorted(cx.__all__) == NAMES
    assert dir(cx) == NAMES


@pytest.mark.parametrize("name", NOUNS)
def test_a_noun_is_a_documented_class(name):
    assert inspect.isclass(getattr(cx, name))
    assert inspect.getdoc(getattr(cx, name))


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_a_documented_function(name):
    assert inspect.isfunction(getattr(cx, name))
    assert inspect.getdoc(getattr(cx, name))


def test_datasets_is_a_documented_module():
    assert inspect.ismodule(cx.datasets)
    assert inspect.getdoc(cx.datasets)


def test_the_names_editors_see_are_the_names_python_loads():
    source = (ROOT / "cxlens" / "__init__.py").read_text(encoding="utf-8")
    block = next(node for node in ast.parse(source).body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen.pop("datasets") == "cxlens"
    assert seen == cx._HOMES
    assert sorted([*seen, "datasets", "__version__"]) == NAMES


def test_no_module_beside_the_rooms_can_shadow_a_verb():
    modules = {path.stem for path in (ROOT / "cxlens").iterdir()}
    assert modules.isdisjoint([*NOUNS, *VERBS])


def test_a_verb_stays_a_verb_after_its_module_is_imported():
    code = (
        "import cxlens.stages.baseline.baseline, cxlens.datasets, cxlens.publish.report, cxlens as cx\n"
        "print(callable(cx.baseline), callable(cx.report), cx.datasets.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "cxlens.datasets"]


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError) as error:
        cx.driver  # noqa: B018  (reading the attribute is what is tested)
    assert str(error.value) == "module 'cxlens' has no attribute 'driver'"


def test_the_version_is_the_one_in_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cx.__version__ == project["version"]
