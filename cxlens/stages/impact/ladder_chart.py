"""The picture of the ladder: which design is possible, and why not.

Nothing is computed here: rungs come from :mod:`cxlens.stages.impact.which_design`.
"""

from __future__ import annotations

from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, GREY, INK
from cxlens.stages.impact.which_design import WhichDesign

HIGH = 50  # points a rung
LETTERS, LETTERS_NARROW = 96, 46  # of a line of reasons


def ladder_chart(result: WhichDesign, ax: Axes | None = None) -> Axes:
    """Draw the rungs, the strongest on top: a blue dot where it is possible, a hollow one where not, and why.

    Parameters
    ----------
    result
        From :func:`cxlens.which_design`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on.
    """
    ax = ax or style.new_axes()
    narrow = style.is_narrow(ax)
    rows = result.table.to_dict("records")
    style.set_height(ax, (HIGH + 10 * narrow) * len(rows))
    ax.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(len(rows) - 0.4, -0.6))
    ax.spines[:].set_visible(False)
    ax.plot([0.02, 0.02], [0, len(rows) - 1], color=GREY, linewidth=0.9, zorder=1)
    for place, row in enumerate(rows):
        is_possible = bool(row["possible"])
        ax.plot(
            [0.02],
            [place],
            marker="o",
            markersize=9,
            color=BLUE if is_possible else GREY,
            markerfacecolor=BLUE if is_possible else "white",
        )
        colour = INK if is_possible else GREY
        name = f"{row['design'][:1].upper()}{row['design'][1:]}: {'possible' if is_possible else 'not possible'}"
        style.say(ax, name, (0.02, place), (14, 0), color=colour, va="bottom", size=style.TEXT)
        why = style.wrap(row["why"], LETTERS_NARROW if narrow else LETTERS)
        style.say(ax, why, (0.02, place), (14, -3), va="top")
    style.finish(ax, result.finding.title, "The strongest design on top; each supposes what stands below it.", "")
    return ax
