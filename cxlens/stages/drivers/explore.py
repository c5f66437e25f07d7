"""One widget a result: which controls it has, and what each means for the verb.

Each function takes a result and gives back an :class:`~cxlens.common.explorer.Explorer`, for which
``verb(explorer.data, **explorer.params)`` is ``explorer.result``. How a widget redraws itself, figures and pictures do
not belong here; quick wins have a widget of their own in :mod:`cxlens.stages.improve.board`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from ipywidgets import BoundedFloatText, BoundedIntText, Widget

from cxlens.common.explorer import (
    ALL,
    Explorer,
    Options,
    dropdown,
    text_style,
)
from cxlens.common.result import Result, View
from cxlens.stages.drivers.diagnosis import diagnosis
from cxlens.stages.drivers.dimensions import dimensions
from cxlens.stages.drivers.dominance import dominance
from cxlens.stages.drivers.drivers import Drivers, drivers, drivers_of
from cxlens.stages.drivers.moments_of_truth import moments_of_truth
from cxlens.stages.drivers.opportunity import opportunity
from cxlens.stages.drivers.performance import performance
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stages.drivers.segments import SegmentTree, find_segments
from cxlens.stages.drivers.shape import shape
from cxlens.stages.drivers.value_added import value_added
from cxlens.stats.games import Method
from cxlens.study.controls import part_of, survey_segments

MISSING: Options = [
    ("stay in the model, flagged", "indicator"),
    ("are left out", "drop"),
]
METHODS = {  # in words of those who read the menu
    "lmg": "all orders of entry",
    "relative weights": "relative weights",
    "sampling": "a sample of orders",
}
IMPORTANCE = "importance"  # what is shown first: no side, the drivers themselves
SIDES: dict[str, Callable[[Fit], View]] = {
    "dominance": dominance,
    "shape": shape,
    "performance": performance,
    "value added": value_added,
    "opportunity": opportunity,
    "moments of truth": moments_of_truth,
    "dimensions": dimensions,
    "diagnosis": diagnosis,
}
WITHIN = "within places"  # a side that needs the column of the place, so that it is shown only where it was opened
BESIDE = "beside"  # a side that needs one more rating, shown likewise
SIDES_OF_DRIVERS = tuple(SIDES)
ASKED = (
    "outcome",
    "method",
    "missing",
)  # controls that are keyword arguments of the verb
LENGTHS = (5, 10, 15, 20)  # how many touchpoints may be shown
AT_ONCE = 10  # touchpoints up to which a whole answer takes a moment


def explore_drivers(result: Drivers, opened: View | None = None) -> Explorer:
    """What matters most: for which outcome and segment, by which method; and the other sides of it.

    Parameters
    ----------
    result
        From :func:`cxlens.drivers`; what has no control stays as it was.
    opened
        The side that is shown first, with its own options whenever it is chosen; importance without it.

    Returns
    -------
    Explorer
        Controls ``outcome``, ``segment``, ``method`` and ``missing``, which ask ``drivers(explorer.survey,
        **explorer.params)``, where ``survey`` holds the answers of the segment; ``most`` (touchpoints shown) and
        ``side`` (importance, a map, a matrix) change the picture alone. Up to ten touchpoints answers are made ahead;
        above, figures come first and their intervals follow.
    """
    survey = result.survey
    fixed = dict(result.options)
    sides = dict(SIDES)
    if opened is not None and isinstance(opened.again, Again):
        sides[opened.kind] = opened.again.of
    many = len(result.touchpoints) > AT_ONCE
    return Explorer(
        drivers,
        result,
        _controls(result, IMPORTANCE if opened is None else opened.kind),
        data=lambda said: part_of(survey, said["segment"]),
        params=lambda said: {
            **fixed,
            **{name: said[name] for name in ASKED},
        },
        seen=lambda found, said: _seen(found, said, sides),
        redraw=("most", "side"),
        first=_without_resamples if many else None,
        ahead=not many,
    )


def _controls(result: Drivers, side: str) -> dict[str, Widget]:
    """The controls as they stand for a result."""
    p = len(result.touchpoints)
    shown: Options = [
        ("all", p),
        *((f"first {k}", k) for k in LENGTHS if k < p),
    ]
    kinds = [IMPORTANCE, *(kind for kind in SIDES if kind != "dimensions" or side == kind or _has_dimensions(result))]
    if side not in kinds:
        kinds.append(side)
    return {
        "outcome": dropdown(
            "Outcome",
            [(result.survey.named(name), name) for name in result.survey.outcomes],
            result.outcome,
        ),
        "segment": dropdown("Segment", survey_segments(result.survey), ALL),
        "method": dropdown(
            "Method",
            [(METHODS[word], word) for word in get_args(Method)],
            result.record.asked.method,
        ),
        "missing": dropdown(
            "Who did not use a touchpoint",
            MISSING,
            result.options["missing"],
        ),
        "most": dropdown("Shown", shown, p),
        "side": dropdown("Picture", [(kind, kind) for kind in kinds], side),
    }


def _has_dimensions(result: Drivers) -> bool:
    """Whether a touchpoint, or a group of them, has several columns to be told apart."""
    dimensions_of = result.survey.dimensions
    several = any(len(columns) > 1 for columns in dimensions_of.values())
    return several or bool(result.options["groups"])


def _without_resamples(params: dict[str, Any]) -> dict[str, Any]:
    return {**params, "n_boot": 0}


def _seen(
    result: Drivers,
    said: dict[str, Any],
    sides: dict[str, Callable[[Fit], View]],
) -> Result:
    """The side of the drivers that is asked for, or so many of their touchpoints."""
    if said["side"] != IMPORTANCE:
        return sides[said["side"]](result.record)
    first = result.table["touchpoint"].drop_duplicates().head(said["most"])
    return replace(result, table=result.table[result.table["touchpoint"].isin(first)])


def explore_side(view: View) -> Explorer:
    """The widget of the drivers, opened at the side given."""
    return explore_drivers(drivers_of(view.record), view)


def explore_segments(result: SegmentTree) -> Explorer:
    """Which groups have different drivers, for another outcome, or with more or less caution.

    Parameters
    ----------
    result
        From :func:`cxlens.find_segments`; columns, smallest group and treatment of "not used" stay as they were.

    Returns
    -------
    Explorer
        Controls ``outcome``, ``alpha`` and ``max_depth``. Asks ``find_segments(explorer.data, **explorer.params)``.
    """
    survey = result.survey
    outcomes = [(survey.named(name), name) for name in survey.outcomes]
    alpha = BoundedFloatText(
        result.alpha,
        min=0.001,
        max=0.5,
        step=0.01,
        description="Level of significance",
        **text_style(),
    )
    depth = BoundedIntText(
        result.max_depth,
        min=1,
        max=6,
        description="Splits after one another",
        **text_style(),
    )
    controls = {
        "outcome": dropdown("Outcome", outcomes, result.outcome),
        "alpha": alpha,
        "max_depth": depth,
    }
    fixed = {
        "columns": result.columns,
        "min_n": result.min_n,
        "missing": result.missing,
    }
    return Explorer(
        find_segments,
        result,
        controls,
        data=lambda _: result.survey,
        params=lambda said: {**said, **fixed},
    )


EXPLORERS = {
    "Drivers": explore_drivers,
    "SegmentTree": explore_segments,
    **dict.fromkeys(SIDES, explore_side),
    WITHIN: explore_side,
    BESIDE: explore_side,
}
