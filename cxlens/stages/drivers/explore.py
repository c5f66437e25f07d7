"""One widget a result: which controls it has, and what each means for the verb.

Each function takes a result and gives back an :class:`~cxlens.common.explorer.Explorer`, for which
``verb(explorer.data, **explorer.params)`` is ``explorer.result``. How a widget redraws itself, figures and pictures do
not belong here; quick wins have a widget of their own in :mod:`cxlens.stages.improve.board`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from ipywidgets import BoundedFloatText, BoundedIntText

from cxlens.common.explorer import ALL, Explorer, Options, dropdown, text_style
from cxlens.common.result import View
from cxlens.stages.drivers.drivers import Drivers, drivers, drivers_of
from cxlens.stages.drivers.segments import SegmentTree, find_segments
from cxlens.stats.games import Method
from cxlens.study.controls import part_of, survey_segments

MISSING: Options = [
    ("stay in the model, flagged", "indicator"),
    ("are left out", "drop"),
]
SIDES_OF_DRIVERS = (
    "dominance",
    "shape",
    "performance",
    "value added",
    "opportunity",
    "moments of truth",
    "dimensions",
    "diagnosis",
)
SIDES: Options = [("importance", "importance"), *((kind, kind) for kind in SIDES_OF_DRIVERS)]
AT_ONCE = 10  # touchpoints up to which a whole answer takes a moment


def explore_drivers(result: Drivers, kind: str | None = None) -> Explorer:
    """What matters most: for which outcome and segment, by which method; and the other sides of it.

    Parameters
    ----------
    result
        From :func:`cxlens.drivers`; what has no control stays as it was.
    kind
        The side that is shown first; importance without it.

    Returns
    -------
    Explorer
        Controls ``outcome``, ``segment``, ``method`` and ``missing``, which ask ``drivers(explorer.survey,
        **explorer.params)``, where ``survey`` holds the answers of the segment; ``most`` (touchpoints shown) and
        ``side`` (importance, a map, a matrix) change the picture alone. Up to ten touchpoints answers are made ahead;
        above, figures come first and their intervals follow.
    """
    survey, fixed = result.survey, dict(result.options)
    p = len(result.touchpoints)
    most = [(f"first {k}", k) for k in (5, 10, 15, 20) if k < p]
    controls = {
        "outcome": dropdown("Outcome", [(name, name) for name in survey.outcomes], result.outcome),
        "segment": dropdown("Segment", survey_segments(survey), ALL),
        "method": dropdown("Method", [(word, word) for word in get_args(Method)], result.options["method"]),
        "missing": dropdown("Who did not use a touchpoint", MISSING, result.options["missing"]),
        "most": dropdown("Shown", [("all", p), *most], p),
        "side": dropdown("Picture", SIDES, kind or "importance"),
    }
    asked = ("outcome", "method", "missing")
    return Explorer(
        drivers,
        result,
        controls,
        data=lambda said: part_of(survey, said["segment"]),
        params=lambda said: {**fixed, **{name: said[name] for name in asked}},
        seen=_side,
        redraw=("most", "side"),
        first=(lambda params: {**params, "n_boot": 0}) if p > AT_ONCE else None,
        ahead=p <= AT_ONCE,
    )


def _side(result: Drivers, said: dict[str, Any]) -> Any:
    """The side of the drivers that is asked for, with so many touchpoints."""
    if said["side"] != "importance":
        return getattr(result, said["side"].replace(" ", "_"))()
    first = result.table["touchpoint"].drop_duplicates().head(said["most"])
    return replace(result, table=result.table[result.table["touchpoint"].isin(first)])


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
    outcomes = [(name, name) for name, kind in result.survey.outcomes.items() if kind in {"interval", "nps"}]
    controls = {
        "outcome": dropdown("Outcome", outcomes, result.outcome),
        "alpha": BoundedFloatText(result.alpha, min=0.001, max=0.5, step=0.01, description="Level of significance",
                                  **text_style()),
        "max_depth": BoundedIntText(result.max_depth, min=1, max=6, description="Splits after one another",
                                    **text_style()),
    }  # fmt: skip
    fixed = {"columns": result.columns, "min_n": result.min_n, "missing": result.missing}
    return Explorer(
        find_segments, result, controls, data=lambda _: result.survey, params=lambda said: {**said, **fixed}
    )


def explore_side(view: View) -> Explorer:
    """The widget of the drivers, opened at the side given."""
    return explore_drivers(drivers_of(view.record), view.kind)


EXPLORERS = {
    "Drivers": explore_drivers,
    "SegmentTree": explore_segments,
    **dict.fromkeys(SIDES_OF_DRIVERS, explore_side),
}
