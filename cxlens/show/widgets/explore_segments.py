"""The widget of a tree of segments. How a widget redraws itself, figures and pictures do not belong here."""

from __future__ import annotations

from ipywidgets import BoundedFloatText, BoundedIntText

from cxlens.analysis.find_segments import SegmentTree, find_segments
from cxlens.show.widgets._explorer import Explorer
from cxlens.show.widgets.explore import _dropdown, _text_style


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
        "outcome": _dropdown("Outcome", outcomes, result.outcome),
        "alpha": BoundedFloatText(result.alpha, min=0.001, max=0.5, step=0.01, description="Level of significance",
                                  **_text_style()),
        "max_depth": BoundedIntText(result.max_depth, min=1, max=6, description="Splits after one another",
                                    **_text_style()),
    }  # fmt: skip
    fixed = {"columns": result.columns, "min_n": result.min_n, "missing": result.missing}
    return Explorer(
        find_segments, result, controls, data=lambda _: result.survey, params=lambda said: {**said, **fixed}
    )
