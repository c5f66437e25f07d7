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

NAMED = 8  # waves whose names may stand below a series
WRAPPED = 10  # letters of a name in a line
LETTER = 5.1  # points of width of a digit of a name
GAP = 1  # letters that two names stand apart


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


def name_waves(ax: Axes, names: Sequence[str]) -> None:
    """Names of waves below a series, as many as stand beside one another without touching."""
    words = [style.wrap(name, WRAPPED) for name in names]
    every = -(-len(words) // _fitting(ax, words))
    places = range(0, len(words), every)
    ax.set_xticks(places, words[::every], parse_math=False)
    ax.set_xlim(-0.5, len(words) - 0.5)


def _fitting(ax: Axes, words: Sequence[str]) -> int:
    """How many of these names find room below an Axes."""
    longest = max(len(line) for name in words for line in name.split("\n"))
    room = style.points(ax, ax.get_window_extent().width)
    fit = int(room / (LETTER * (longest + GAP)))
    return min(max(fit, 1), NAMED)
