"""The picture of a road map: what runs when and who owns it, what it brings by then, what it costs.

Nothing is computed here: figures come from :mod:`cxlens.stages.improve.roadmap`. Effort against benefit does not belong
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from cxlens.common import style
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, LINE, SMALL, TEXT
from cxlens.common.values import interval, plural, signed
from cxlens.stages.improve.roadmap import Roadmap

OWNERS = (BLUE, "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6D31")  # Okabe and Ito, and a brown
NAMES, COLUMNS = 34, 120  # characters of a name in a line; points of width that the columns on the right take
FEW = 8  # initiatives left out up to which each is named with its reason
ARROWS = 12  # from what has to end first, up to which they can be told apart
TALL = (66.0, 46.0)  # points of height of the forecast and of the costs
BETWEEN = 30.0  # points between the parts, with the heading of the one below
GAP = 0.012  # share of the width between a bar and the start or end of its period
OUT = "left out"


class Row(NamedTuple):
    """A row of the Gantt: a heading, or an initiative with its colour and what is said instead of a bar."""

    name: str
    note: str = ""
    colour: str = ""
    initiative: dict[Any, Any] | None = None

    @property
    def lines(self) -> float:
        """Its height, in lines of text."""
        return max(style.lines(self.name), style.lines(self.note)) + (0.6 if self.initiative else 0.3)


def roadmap_chart(result: Roadmap, ax: Axes | None = None) -> Axes:
    """Draw what runs when, by owner; below it the cumulated forecast, and the costs against the budget.

    Parameters
    ----------
    result
        From :func:`cxlens.roadmap`. Up to eight initiatives that are left out are named with the reason.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes of the Gantt; forecast and costs are its ``child_axes``, on the same periods. Each owner has a heading
        and a colour; an arrow runs from what has to end first. Without costs and budget there is no part for them.
    """
    ax = ax or style.new_axes()
    rows = _rows(result, style.points(ax, style.cell(ax).width) - 4.5 * NAMES - COLUMNS)
    edges = np.cumsum([0.0, *(row.lines for row in rows)])
    places = dict(zip((edges[1:] + edges[:-1]) / 2, rows, strict=True))
    money = bool(result.periods_table["cost"].any() or np.isfinite(result.periods_table["budget"]).any())
    tall = TALL[: 1 + money]
    font = TEXT if len(rows) <= style.MANY else SMALL
    below = sum(tall) + len(tall) * BETWEEN
    style.set_height(ax, edges[-1] * font * LINE + below)
    room = style.content_height(ax)
    shrunk = min(1, max(0.5 * room, room - edges[-1] * font * LINE) / below)  # in a figure that is given
    size = min(font, (room - shrunk * below) / edges[-1] / LINE)
    _gantt(ax, result, places, size)
    ax.set_ylim(edges[-1], 0)
    panels = _panels(ax, [shrunk * points for points in tall], shrunk * BETWEEN)
    _forecast(panels[0], result)
    if money:
        _costs(panels[1], result)
    _periods(ax, panels, list(map(str, result.periods_table["period"])))
    ax.xaxis.labelpad = shrunk * below + 3 * SMALL
    key = "Period, from its start to its end"
    key += "; arrow: has to end before the other starts" if 0 < len(_needs(result)) <= ARROWS else ""
    style.finish(ax, result.headline, _about(result), key)
    return ax


def _about(result: Roadmap) -> str:
    """What was measured, of how many, how sure."""
    drivers, plans = result.wins.drivers, plural(result.resolves, "plan")
    drawn = f" Chosen again: in how many of {plans} made of drawn benefits and costs." if result.resolves else ""
    what = f"Benefit: forecast change of {drivers.outcome}, {result.wins.unit}, of each alone"
    return f"{what}; {style.about(drivers.n, drivers.level)}.{drawn} Association, not yet effect."


def _rows(result: Roadmap, room: float) -> list[Row]:
    """Headings and initiatives, by owner in the order of the first starts; then what is left out."""
    chosen, left = (result.table[result.table["selected"] == which] for which in (True, False))
    rows, shown = [], chosen["owner"].any()
    for (owner, own), colour in zip(chosen.groupby("owner", sort=False), cycle(OWNERS)):
        rows += [Row(style.wrap(owner or "no owner", NAMES))] if shown else []
        rows += [Row(style.wrap(one["initiative"], NAMES), "", colour, one) for one in own.to_dict("records")]
    if len(left) > FEW:
        rows.append(Row(OUT, f"{plural(len(left), 'initiative')}; the table says why"))
    elif len(left):
        most = max(int(room / SMALL / 0.5), 20)
        rows.append(Row(OUT))
        rows += [
            Row(style.wrap(one["initiative"], NAMES), style.wrap(one["why"], most), GREY, one)
            for one in left.to_dict("records")
        ]
    return rows


def _gantt(ax: Axes, result: Roadmap, places: dict[float, Row], size: float) -> None:
    """Bars with names on the left and figures on the right, headings, arrows from what has to end first."""
    style.tidy(ax)
    periods, gap, spans = list(result.periods_table["period"]), _gap(result), {}
    for y, row in places.items():
        one = row.initiative
        if not one:
            ax.axhline(y - row.lines / 2, color=LIGHT, linewidth=0.8)
        elif one["selected"]:
            start, end = periods.index(one["start"]) + gap, periods.index(one["end"]) + 1 - gap
            spans[one["initiative"]] = (start, end, y)
            ax.barh(y, end - start, 0.9, left=start, color=row.colour, zorder=3)
        if row.note:
            note = style.say(ax, row.note, (0, y), (4, 0), ax.get_yaxis_transform(), size=min(size, SMALL))
            note.set_fontstyle("italic")
    _figures(ax, result, places, min(size, SMALL))
    needs = _needs(result)
    for before, after in needs if len(needs) <= ARROWS else ():
        _arrow(ax, spans[before], spans[after], gap)
    ax.set_yticks(list(places), [row.name for row in places.values()], fontsize=size)
    for label, row in zip(ax.get_yticklabels(), places.values(), strict=True):
        grey = row.colour == GREY or row.name == OUT
        label.set(color=GREY if grey else INK, fontweight="normal" if row.initiative else "bold")


def _figures(ax: Axes, result: Roadmap, places: dict[float, Row], size: float) -> None:
    """Columns right of the bars: how surely each initiative is chosen, and what it brings alone."""
    digits, shown = result.wins.digits, {y: row.initiative for y, row in places.items() if row.initiative}
    columns = {"benefit": {y: signed(one["benefit"], digits) for y, one in shown.items()}}
    if result.resolves:
        columns = {"chosen again": {y: result.often(one["p_selected"]) for y, one in shown.items()}, **columns}
    for k, (header, words) in enumerate(columns.items()):
        style.say(ax, header, (1, 1), (8 + 54 * k, 4), "axes fraction", va="bottom")
        longest = max(words.values(), key=len, default="")
        for y, text in words.items():
            colour = DARK if shown[y]["selected"] else GREY
            said = style.say(ax, text, (1, y), (8 + 54 * k, 0), ax.get_yaxis_transform(), size=size, color=colour)
            said.set_in_layout(text == longest)  # to measure all is slow


def _gap(result: Roadmap) -> float:
    """Periods between a bar and the start or end of its period: some pixels, however many periods there are."""
    return min(GAP * len(result.periods_table), 0.2)


def _needs(result: Roadmap) -> list[tuple[str, str]]:
    """Which of the chosen has to end before which."""
    plan, chosen = result.wins.initiatives, set(result.table.loc[result.table["selected"], "initiative"])
    pairs = zip(plan["name"], plan["prerequisites"], strict=True)
    return [(before, after) for after, own in pairs if after in chosen for before in own]


def _arrow(ax: Axes, before: tuple[float, float, float], after: tuple[float, float, float], gap: float) -> None:
    """From the end of a bar down, or up, between the periods, and on to the start of another; behind other bars."""
    (_, end, y), (start, _, to) = before, after
    ax.plot([end, end + gap, end + gap], [y, y, to], color=DARK, linewidth=0.8, zorder=2)
    ax.annotate("", (start, to), (end + gap, to), zorder=2,
                arrowprops={"arrowstyle": "-|>,head_width=0.15,head_length=0.25", "color": DARK, "linewidth": 0.8,
                            "shrinkA": 0, "shrinkB": 0})  # fmt: skip


def _panels(ax: Axes, tall: Sequence[float], between: float) -> list[Axes]:
    """Axes below another, as wide and so many points tall, each with room for its heading."""
    down = ax.figure.dpi_scale_trans + ScaledTranslation(0, 0, ax.transAxes)  # type: ignore[arg-type]
    place = blended_transform_factory(ax.transAxes, down)
    bottoms = -np.cumsum([height + between for height in tall]) / 72
    panels = [
        ax.inset_axes((0, bottom, 1, height / 72), transform=place, sharex=ax)
        for bottom, height in zip(bottoms, tall, strict=True)
    ]
    for panel in panels:
        style.tidy(panel)
        panel.set_axisbelow(True)
        panel.yaxis.set_major_locator(MaxNLocator(3))
    return panels


def _forecast(ax: Axes, result: Roadmap) -> None:
    """What all that has ended by then brings, a step a period, with its interval and the last in words."""
    table, digits, unit = result.periods_table, result.wins.digits, result.wins.unit
    edges = np.arange(len(table) + 1)
    low, middle, high = (table[name].to_numpy(float) for name in ("benefit_low", "benefit", "benefit_high"))
    ax.stairs(high, edges, baseline=low, fill=True, color=BLUE, alpha=0.2, linewidth=0)
    ax.stairs(middle, edges, baseline=None, color=BLUE, linewidth=1.8)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.set_ylim(min(0, 1.05 * low.min()), max(1.1 * high.max(), 1e-9))
    ax.set_title(
        f"Forecast of all that has ended by the end of the period, {unit}", loc="left", fontsize=TEXT, color=INK, pad=4
    )
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    words = f"{signed(middle[-1], digits)}\n{interval(low[-1], high[-1], digits)}\n{style.wrap(unit, 22)}"
    style.say(ax, words, (1, middle[-1]), (8, 0), ax.get_yaxis_transform(), color=BLUE)


def _costs(ax: Axes, result: Roadmap) -> None:
    """What each period costs, and what there is for it."""
    table = result.periods_table
    cost, budget = table["cost"].to_numpy(float), table["budget"].to_numpy(float)
    limited = bool(np.isfinite(budget).all())
    ax.bar(np.arange(len(table)) + 0.5, cost, 1 - 2 * _gap(result), color=LIGHT, zorder=3)
    ax.set_ylim(0, 1.15 * max(cost.max(), budget.max() if limited else 0, 1e-9))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    heading = "Likely cost a period; dashed: the budget" if limited else "Likely cost a period; no budget was set"
    ax.set_title(heading, loc="left", fontsize=TEXT, color=INK, pad=4)
    if limited:
        ax.stairs(budget, np.arange(len(table) + 1), baseline=None, color=DARK, linewidth=1.2, linestyle="--", zorder=4)
        words = f"budget\n{budget[-1]:,.10g}"
        style.say(ax, words, (1, budget[-1]), (8, 0), ax.get_yaxis_transform(), color=DARK)


def _periods(ax: Axes, panels: Sequence[Axes], names: Sequence[str]) -> None:
    """Names of the periods above the first and below the last part, lines between them through all."""
    t = len(names)
    column = style.points(ax, style.settle(ax).width) / t
    every = max(round(5 * 0.62 * SMALL / column + 0.5), 1)
    words = [style.wrap(name, max(int((every * column - 4) / SMALL / 0.62), 5)) for name in names]
    for part in (ax, *panels):
        part.set_xlim(0, t)
        part.set_xticks(range(t + 1), [""] * (t + 1))
        part.set_xticks(np.arange(0, t, every) + 0.5, words[::every], minor=True)
        part.tick_params(which="minor", labelsize=SMALL, labelcolor=DARK, length=0)
        part.tick_params(which="minor", labelbottom=part is panels[-1])
    ax.tick_params(which="minor", labeltop=True)
