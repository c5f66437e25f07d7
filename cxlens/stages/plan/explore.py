"""The widget of sample sizes: which controls it has, and what each means for the verb.

How many answers are needed is computed in :mod:`cxlens.stages.plan.sample_size`; nothing is computed here.
"""

from __future__ import annotations

from typing import Any

from ipywidgets import BoundedIntText, FloatText

from cxlens.common.explorer import Explorer, dropdown, text_style
from cxlens.stages.plan.ask import TAKES, WORST
from cxlens.stages.plan.power import Power, power
from cxlens.stages.plan.sample_size import SampleSize, sample_size
from cxlens.study.controls import metrics

GOALS = ("margin", "difference", "effect")
UNSET = {"response_rate": 1.0, "population": 0.0, "design_effect": 1.0}  # what a field says where nothing is given
STEPS = {"population": 1000, "drivers": 1, "effect": 0.005, "level": 0.01}
MOST_WAVES = 60  # with the change, that a field of power takes
STEP = 0.05  # of any other field


def explore_sample_size(result: SampleSize) -> Explorer:
    """How many answers other wishes, or other guesses, would take.

    Parameters
    ----------
    result
        From :func:`cxlens.sample_size`; segments, reach and what is read from a survey stay as they were.

    Returns
    -------
    Explorer
        Controls: what is wanted (``margin``, ``difference`` or ``effect``, then ``power``), what answers are like
        where it was given, ``level``, ``response_rate``, ``population`` (0: not known) and ``design_effect``. Asks
        ``sample_size(explorer.data, **explorer.params)``.
    """
    defaults = _defaults(result)
    controls = {}
    for name in _fields(result):
        given = result.options[name]
        value = given
        if given is None:
            value = defaults.get(name)
        if value is not None:
            controls[name] = _field(name, value)

    def params(said: dict[str, Any]) -> dict[str, Any]:
        return _params(result, defaults, said)

    return Explorer(
        sample_size,
        result,
        controls,
        data=lambda _: result.survey,
        params=params,
    )


def _defaults(result: SampleSize) -> dict[str, float]:
    """What a field says where nothing is given; with a survey, that tells what answers are like."""
    if result.survey is None:
        return {**UNSET, **WORST}
    return UNSET


def _fields(result: SampleSize) -> list[str]:
    """The options that may have a field, in order: those of the goal first."""
    fields = [name for name in GOALS if result.options[name] is not None]
    if result.options["margin"] is None:
        fields.append("power")
    return [*fields, *TAKES[result.measure], "level", *UNSET]


def _field(name: str, value: float) -> FloatText:
    return FloatText(
        value,
        step=STEPS.get(name, STEP),
        description=name.replace("_", " ").capitalize(),
        **text_style(),
    )


def _params(result: SampleSize, defaults: dict[str, float], said: dict[str, Any]) -> dict[str, Any]:
    """The options as the fields say them; one that was not given and still says its default stays so."""
    untouched = set()
    for name, default in defaults.items():
        not_given = result.options[name] is None
        if name in said and not_given and said[name] == default:
            untouched.add(name)
    takes = set(TAKES[result.measure])
    if not takes <= untouched:
        untouched -= set(WORST)  # shares are given together, or none of them
    params = dict(result.options)
    for name, value in said.items():
        params[name] = None if name in untouched else value
    return params


def explore_power(result: Power) -> Explorer:
    """How large an effect is found, for any metric and any number of waves with the change.

    Parameters
    ----------
    result
        From :func:`cxlens.power`; design, who is to get it, figure, level, draws and seed stay as they were.

    Returns
    -------
    Explorer
        Controls ``metric`` and ``waves``. Asks ``power(design, explorer.data, **explorer.params)``.
    """
    survey = result.survey
    fixed: dict[str, Any] = {name: getattr(result, name) for name in ("treated", "figure", "level", "draws", "seed")}
    controls = {
        "metric": dropdown("Measure", metrics(survey), result.metric),
        "waves": BoundedIntText(result.waves, min=1, max=MOST_WAVES, description="Waves after", **text_style()),
    }
    return Explorer(
        lambda asked, **params: power(result.design, asked, **params),
        result,
        controls,
        data=lambda _: survey,
        params=lambda said: {**said, **fixed},
    )


EXPLORERS = {"SampleSize": explore_sample_size, "Power": explore_power}
