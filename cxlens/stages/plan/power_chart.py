"""The chart of power: which effects a design would find, and which it would miss.

Nothing is computed here: figures come from :mod:`cxlens.stages.plan.power`.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from cxlens.common import style
from cxlens.common.style import BLUE, DARK, GREY, ORANGE
from cxlens.stages.plan.power import OFTEN, SELDOM, UNITS, Power


def power_chart(result: Power, ax: Axes | None = None) -> Axes:
    """Draw the chance of finding an effect by its size; dots mark what is found, and missed, four times in five.

    Parameters
    ----------
    result
        From :func:`cxlens.power`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Where no effect could be told, that stands in place of the line.
    """
    ax = ax or style.new_axes()
    style.set_height(ax, 230)
    style.tidy(ax, grid="y")
    metric = result.measured
    if result.table.empty:
        style.say(ax, "No effect could be told, however large", (0.5, 0.5), at="axes fraction", ha="center")
        ax.set(xticks=[], yticks=[])
    else:
        scale = 100 if metric.kind == "binary" else 1
        ax.plot(scale * result.table["effect"], result.table["power"], color=DARK, linewidth=1.6)
        for effect, share, colour, marker in ((result.found, OFTEN, BLUE, "o"), (result.missed, SELDOM, ORANGE, "D")):
            _mark(ax, scale * effect, share, (colour, marker), metric.steps(effect))
        ax.set_ylim(0, 1.02)
        ax.set_xlim(0, None)
        ax.yaxis.set_major_formatter(PercentFormatter(1))
    unit = UNITS.get(metric.kind, " points of the scale")
    style.finish(
        ax,
        result.finding.title,
        f"{result.note} Level {100 * result.level:g} %.",
        f"Effect on {metric.shown}, in{unit}",
        "Chance to find it",
    )
    return ax


def _mark(ax: Axes, effect: float, share: float, look: tuple[str, str], words: str) -> None:
    """A mark on the curve with its effect, and a dashed line at its share; nothing below 0."""
    if not effect > 0:
        return
    colour, marker = look
    ax.axhline(share, color=GREY, linewidth=0.9, linestyle="--", zorder=1)
    ax.plot([effect], [share], color=colour, marker=marker, markersize=7, linestyle="none", zorder=3)
    told = "found" if share == OFTEN else "missed"
    style.say(ax, f"{words}: {told} 4 times in 5", (effect, share), (8, -9), color=colour)
