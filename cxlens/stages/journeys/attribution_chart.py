"""The picture of credit: how far rules disagree on each touchpoint, or one rule with its intervals.

Nothing is computed here: figures come from :mod:`cxlens.stages.journeys.attribution`.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, GREY, INK, LIGHT, ORANGE, Dot
from cxlens.common.values import percent
from cxlens.stages.journeys.attribution import MAIN, WORDS, Attribution

ROWS = 40  # touchpoints that are shown
EDGE = 0.02  # of the axis left of 0, where marks of nothing stand
MARKS = {
    "first": ("<", "◁", GREY, False),
    "last": (">", "▷", GREY, False),
    "linear": ("s", "■", ORANGE, True),
    "shapley": ("D", "◇", INK, False),
    "markov": ("o", "●", BLUE, True),
}  # by rule: marker, the sign for it in a text, colour, whether it is filled


def attribution_chart(result: Attribution, ax: Axes | None = None) -> Axes:
    """Draw the credit of each touchpoint: of all rules side by side, of one rule with its intervals.

    Parameters
    ----------
    result
        From :func:`cxlens.attribution`; at most forty touchpoints are shown, those of most credit by any rule. By
        groups each has a panel, by one rule.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        A row a touchpoint, in the order in which they are met; per cent of all conversions.
    """
    ax = ax or style.new_axes()
    names = _shown(result)
    said = [result.totals_in_words]
    all_names = result.table["touchpoint"].nunique()
    if len(names) < all_names:
        said.append(f"{len(names)} of {all_names} touchpoints")
    if result.by is None and len(result.rules) > 1:
        _draw_rules(ax, result.table, names)
        key = ", ".join(f"{sign} {WORDS[rule]}" for rule, (_, sign, _, _) in MARKS.items())
        x = f"% of conversions credited; {key}"
    else:
        rule = MAIN if MAIN in result.rules else result.rules[0]
        words = _draw_rule(ax, result, rule, names)
        said += [f"by {WORDS[rule]}{words}", f"intervals {percent(result.level)}"]
        x = "% of conversions credited"
    style.finish(ax, result.finding.title, ", ".join(said), x)
    return ax


def _shown(result: Attribution) -> list[str]:
    """The touchpoints of most credit by any rule, in the order they have."""
    highest = result.table.groupby("touchpoint", sort=False)["share"].max().fillna(0.0)
    most = set(highest.nlargest(ROWS).index)
    return [str(name) for name in highest.index if name in most]


def _draw_rules(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    """A row a touchpoint: a pale bar from the lowest rule to the highest, and a mark for each rule."""
    style.tidy(ax)
    wide = table.pivot(index="touchpoint", columns="rule", values="share")
    wide = 100 * wide.reindex(names)
    ends = zip(wide.min(axis=1), wide.max(axis=1), strict=True)
    for y, (lowest, highest) in enumerate(ends):
        ax.plot(
            [lowest, highest],
            [y, y],
            color=LIGHT,
            linewidth=5,
            solid_capstyle="butt",
            zorder=1,
        )
    for rule, (marker, _, colour, filled) in MARKS.items():
        ax.plot(
            wide[rule],
            range(len(names)),
            marker,
            color=colour,
            markerfacecolor=colour if filled else "white",
            markersize=5.5,
            clip_on=False,
            zorder=3,
        )
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(left=-EDGE * ax.get_xlim()[1])
    style.name_rows(ax, names, ax)


def _draw_rule(ax: Axes, result: Attribution, rule: str, names: list[str]) -> str:
    """A row a touchpoint, with its interval; a panel a group. Gives back words on the groups."""
    table = result.table[result.table["rule"] == rule]
    segments, words = style.parts(table, result.by)
    dots = {}
    for segment, rows in segments.items():
        of_names = rows.set_index("touchpoint").reindex(names)
        figures = (100 * of_names[["share", "low", "high"]]).to_numpy(float)
        dots[segment] = [Dot(value, low, high, note="hidden") for value, low, high in figures]
    panels = style.draw_rows(ax, names, dots, {})
    for panel in panels:
        panel.set_xlim(left=-EDGE * panel.get_xlim()[1])
    return words
