"""The widget of sample sizes: which controls it has, and what each means for the verb."""

from __future__ import annotations

from typing import Any

from ipywidgets import FloatText

from cxlens.common.explorer import Explorer, text_style
from cxlens.stages.plan.sample_size import TAKES, WORST, SampleSize, sample_size

UNSET = {"response_rate": 1.0, "population": 0.0, "design_effect": 1.0}  # what a field says where nothing is given


STEPS = {"population": 1000, "drivers": 1, "effect": 0.005, "level": 0.01}


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
    asked = dict(result.options)
    goal = next(name for name in ("margin", "difference", "effect") if asked[name] is not None)
    shown = [goal, *(["power"] if goal != "margin" else []), *TAKES[result.measure], "level", *UNSET]
    unset = {**UNSET, **(WORST if result.survey is None else {})}
    given = {name: unset.get(name) if asked[name] is None else asked[name] for name in shown}
    controls = {
        name: FloatText(value, step=STEPS.get(name, 0.05), description=name.replace("_", " ").capitalize(),
                        **text_style())
        for name, value in given.items()
        if value is not None
    }  # fmt: skip

    def params(said: dict[str, Any]) -> dict[str, Any]:
        silent = {name for name, value in unset.items() if name in said and asked[name] is None and said[name] == value}
        silent = silent if set(TAKES[result.measure]) <= silent else silent - set(WORST)  # both shares, or none
        return {**asked, **{name: None if name in silent else value for name, value in said.items()}}

    return Explorer(sample_size, result, controls, data=lambda _: result.survey, params=params)


EXPLORERS = {"SampleSize": explore_sample_size}
