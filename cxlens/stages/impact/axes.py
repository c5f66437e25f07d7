"""What charts of time have in common: what values are counted in, which way is better, the names of waves.

The charts are in :mod:`cxlens.stages.impact.charts` and its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from cxlens.common import style
from cxlens.study.aggregates import Aggregates
from cxlens.study.metrics import UNITS, Metric
from cxlens.study.survey import Survey

NAMED = 8  # waves whose names fit below a series
NAMED_NARROW = 4  # and on a phone


def put_best_on_top(ax: Axes, metric: Metric) -> None:
    """Let the axis fall where the lowest score is the best; panels share it, so that it may fall already."""
    if metric.lowest_is_best and not ax.yaxis_inverted():
        ax.invert_yaxis()


def wave_axis(survey: Survey) -> str:
    """What the waves are, for the label of their axis."""
    time = survey.named(str(survey.time))
    return "Wave" if time.lower() == "wave" else f"Wave ({time})"


def value_axis(ax: Axes, metric: Metric, survey: Survey) -> str:
    """What the values are counted in, for the label of their axis; shares read as per cent."""
    if metric.kind == "nps":
        whose = "" if metric.shown == "NPS" else f"{metric.shown}, "
        return f"{whose}NPS points (-100 to 100)"
    if metric.kind == "binary":
        ax.yaxis.set_major_formatter(PercentFormatter(1, 0))
        of_whom = "customers" if isinstance(survey, Aggregates) and survey.holds_customers else "answers"
        return f"{metric.label if metric.box else metric.shown}, % of {of_whom}"
    if metric.name in UNITS:
        return f"{metric.label}, mean, in {metric.unit}"
    scale = survey.outcome_scales.get(metric.name)
    if metric.kind == "touchpoint":
        scale = survey.scale
    ends = f" ({scale.ends})" if scale else ""
    return f"{metric.label}, mean score{ends}"


def name_waves(ax: Axes, names: Sequence[str], most: int = NAMED) -> None:
    """Names of waves below a series, as many as fit."""
    every = -(-len(names) // most)
    places = range(0, len(names), every)
    words = [style.wrap(names[place], 10) for place in places]
    ax.set_xticks(places, words, parse_math=False)
    ax.set_xlim(-0.5, len(names) - 0.5)
