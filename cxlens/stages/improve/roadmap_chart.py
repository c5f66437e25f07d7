"""The picture of a road map: what runs when and who owns it, what it brings by then, what it costs.

Nothing is computed here: figures come from :mod:`cxlens.stages.improve.timetable`. Effort against benefit does not
belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from matplotlib.transforms import ScaledTranslation, blended_transform_factory
from numpy.typing import NDArray

from cxlens.common import style
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, LINE, SMALL, TEXT
from cxlens.common.values import in_hundred, interval, plural, signed
from cxlens.stages.improve.roadmap import Roadmap

Floats = NDArray[np.float64]
NAMES, COLUMNS = 34, 120  # characters of a name in a line; points of width that the columns on the right take
GUTTER = 50  # points of width beside the bars on a phone, where names stand above them
LETTER = 0.52  # how wide a letter is, in sizes of its font
COLUMN = 54  # points of width of one of these columns
FEW = 8  # initiatives left out up to which each is named with its reason
ARROWS = 12  # from what has to end first, up to which they can be told apart
TALL = (66.0, 46.0)  # points of height of the forecast and of the costs
BETWEEN = 30.0  # points between the parts, with the heading of the one below
GAP = 0.012  # share of the width between a bar and the start or end of its period
NUMBERS = 16  # periods up to which a number fits above each
OUT = "left out"
NO_OWNER = "no owner"


class Row(NamedTuple):
    """A row of the Gantt: a heading, or an initiative with its colour and what is said instead of a bar."""

    name: str
    note: str = ""
    colour: str = INK
    initiative: dict[Any, Any] | None = None
    stacked: bool = False

    @property
    def lines(self) -> float:
        """Its height, in lines of text; stacked, the name stands above bar or note."""
        name = style.lines(self.name)
        note = style.lines(self.note)
        if not self.initiative:
            return max(name, note) + 0.3
        return 0.6 + (name + note if self.stacked else max(name, note))


class Bar(NamedTuple):
    """Where a bar lies: its start and end in periods, and its row."""

    start: float
    end: float
    y: float


Places = Mapping[float, Row]  # rows by the place of their middle


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
        The Axes of the Gantt; forecast and costs are its ``child_axes``, on the same periods. Each owner has a
        heading; an arrow runs from what has to end first. Without costs and budget there is no part for them. On a
        phone names stand above their bars, with the benefit and how often they are chosen again.
    """
    ax = ax or style.new_axes()
    rows = _fitting_rows(ax, result)
    edges = np.cumsum([0.0, *(row.lines for row in rows)])
    middles = (edges[1:] + edges[:-1]) / 2
    has_money = _has_money(result.periods_table)
    parts = TALL if has_money else TALL[:1]
    size, shrunk, below = _sizes(ax, len(rows), edges[-1], parts)
    _gantt(
        ax,
        result,
        dict(zip(middles, rows, strict=True)),
        size,
    )
    ax.set_ylim(edges[-1], 0)
    panels = _panels(
        ax,
        [shrunk * points for points in parts],
        shrunk * BETWEEN,
    )
    _forecast(panels[0], result)
    if has_money:
        _costs(panels[1], result)
    _periods(
        ax,
        panels,
        result.periods_table["period"].astype(str).tolist(),
    )
    ax.xaxis.labelpad = below + 3 * SMALL
    arrows = "; arrow: has to end before the other starts" if _arrows(result) else ""
    style.finish(
        ax,
        result.finding.title,
        _about(result),
        f"Period, from its start to its end{arrows}",
    )
    return ax


def _fitting_rows(ax: Axes, result: Roadmap) -> list[Row]:
    """The rows in the form that the width asks for."""
    width = style.points(ax, style.cell(ax).width)
    if style.is_narrow(ax):
        return _stacked(result, _rows(result, width - GUTTER), width - GUTTER)
    return _rows(result, width - 4.5 * NAMES - COLUMNS)


def _has_money(periods: pd.DataFrame) -> bool:
    """Whether anything costs something, or there is a budget."""
    return bool(periods["cost"].any() or np.isfinite(periods["budget"]).any())


def _sizes(ax: Axes, rows: int, lines: float, parts: Sequence[float]) -> tuple[float, float, float]:
    """Size of the words of the Gantt, what the parts below are shrunk by, and points of height that these take."""
    font = TEXT if rows <= style.MANY else SMALL
    wanted = sum(parts) + len(parts) * BETWEEN
    style.set_height(ax, lines * font * LINE + wanted)
    room = style.content_height(ax)
    left = max(0.5 * room, room - lines * font * LINE)
    shrunk = min(1, left / wanted)  # in a figure that is given
    below = shrunk * wanted
    size = min(font, (room - below) / lines / LINE)
    return size, shrunk, below


def _about(result: Roadmap) -> str:
    """What was measured, of how many, how sure."""
    drivers = result.wins.drivers
    drawn = ""
    if result.resolves:
        redrawn = f"{plural(result.resolves, 'plan')} made of drawn benefits and costs"
        drawn = f" Chosen again (a must-do: worth doing): in how many of {redrawn}."
    what = f"Benefit: forecast change of {drivers.record.outcome_words}, {result.wins.unit}, of each alone"
    return f"{what}; {style.about(drivers.n, drivers.level)}.{drawn}"


def _rows(result: Roadmap, room: float) -> list[Row]:
    """Headings and initiatives, by owner in the order of the first starts; then what is left out."""
    selected = result.table["selected"]
    chosen = result.table[selected]
    rows = []
    for owner, initiatives in chosen.groupby("owner", sort=False):
        if chosen["owner"].any():
            rows.append(Row(style.wrap(owner or NO_OWNER, NAMES)))
        for initiative in initiatives.to_dict("records"):
            forced = " (forced)" if initiative["forced"] else ""
            name = style.wrap(f"{initiative['initiative']}{forced}", NAMES)
            rows.append(Row(name, "", BLUE, initiative))
    return rows + _rows_left_out(result.table[~selected], room)


def _rows_left_out(left: pd.DataFrame, room: float) -> list[Row]:
    """What is left out: each with its reason, or how many where they are many."""
    if left.empty:
        return []
    if len(left) > FEW:
        return [Row(OUT, f"{plural(len(left), 'initiative')}; the table says why", GREY)]
    rows = [Row(OUT, colour=GREY)]
    most = max(int(room / SMALL / 0.5), 20)
    for initiative in left.to_dict("records"):
        name = style.wrap(initiative["initiative"], NAMES)
        rows.append(
            Row(
                name,
                style.wrap(initiative["why"], most),
                GREY,
                initiative,
            )
        )
    return rows


def _stacked(result: Roadmap, rows: Sequence[Row], width: float) -> list[Row]:
    """The same rows with names above bars, in lines of so many points, each with its figures."""
    letters = int(width / SMALL / LETTER)
    stacked = []
    for row in rows:
        name = " ".join(row.name.split("\n"))
        if row.initiative:
            name = f"{name}: {', '.join(_said(result, row.initiative))}"
        stacked.append(row._replace(name=style.wrap(name, letters), stacked=True))
    return stacked


def _said(result: Roadmap, initiative: Mapping[Any, Any]) -> list[str]:
    """What an initiative brings alone, and how surely it is chosen."""
    words = [signed(initiative["benefit"], result.wins.digits)]
    if result.resolves:
        words.append(result.often(initiative["p_selected"]))
    return words


def _gantt(ax: Axes, result: Roadmap, places: Places, size: float) -> None:
    """Bars with names on the left and figures on the right, headings, arrows from what has to end first."""
    style.tidy(ax)
    gap = _gap(result)
    bars = {}
    for y, row in places.items():
        if row.initiative is None:
            ax.axhline(
                y - row.lines / 2,
                color=LIGHT,
                linewidth=0.8,
            )
        elif row.initiative["selected"]:
            bar = _bar(result, row.initiative, y + _below_name(row))
            bars[row.initiative["initiative"]] = bar
            ax.barh(
                bar.y,
                bar.end - bar.start,
                0.9,
                left=bar.start,
                color=row.colour,
                zorder=3,
            )
        if row.note:
            note = style.say(
                ax,
                row.note,
                (0, y + _below_name(row)),
                (4, 0),
                ax.get_yaxis_transform(),
                size=min(size, SMALL),
            )
            note.set_fontstyle("italic")
    stacked = any(row.stacked for row in places.values())
    if not stacked:
        _figures(ax, result, places, min(size, SMALL))
    for before, after in _arrows(result):
        _arrow(ax, bars[before], bars[after], gap)
    if stacked:
        _name_above(ax, places, min(size, SMALL))
    else:
        _name_rows(ax, places, size)


def _below_name(row: Row) -> float:
    """How far below the middle of a row its bar or note lies, in lines."""
    if not (row.stacked and row.initiative):
        return 0.0
    return style.lines(row.name) / 2


def _name_above(ax: Axes, places: Places, size: float) -> None:
    """Names at the left of the bars, above them: headings bold, what is left out in grey."""
    ax.set_yticks([])
    for y, row in places.items():
        words = style.say(
            ax,
            row.name,
            (0, y - row.lines / 2 + 0.2),
            (2, 0),
            ax.get_yaxis_transform(),
            color=GREY if row.colour == GREY else INK,
            va="top",
            size=size,
        )
        words.set_fontweight("normal" if row.initiative else "bold")
        words.set_in_layout(False)


def _bar(result: Roadmap, initiative: Mapping[Any, Any], y: float) -> Bar:
    """From the start of the first period to the end of the last."""
    periods = result.periods_table["period"].tolist()
    gap = _gap(result)
    start = periods.index(initiative["start"]) + gap
    end = periods.index(initiative["end"]) + 1 - gap
    return Bar(start, end, y)


def _name_rows(ax: Axes, places: Places, size: float) -> None:
    """Names on the left: headings bold, what is left out in grey."""
    names = [row.name for row in places.values()]
    ax.set_yticks(list(places), names, fontsize=size, parse_math=False)
    for label, row in zip(ax.get_yticklabels(), places.values(), strict=True):
        label.set_color(GREY if row.colour == GREY else INK)
        label.set_fontweight("normal" if row.initiative else "bold")


def _figures(ax: Axes, result: Roadmap, places: Places, size: float) -> None:
    """Columns right of the bars: how surely each initiative is chosen, and what it brings alone."""
    initiatives = {y: row.initiative for y, row in places.items() if row.initiative}
    digits = result.wins.digits
    columns = {}
    if result.resolves:
        columns["chosen again"] = [result.often(row["p_selected"]) for row in initiatives.values()]
    columns["benefit"] = [signed(row["benefit"], digits) for row in initiatives.values()]
    colours = [DARK if row["selected"] else GREY for row in initiatives.values()]
    for k, (header, words) in enumerate(columns.items()):
        right = 8 + COLUMN * k
        style.say(
            ax,
            header,
            (1, 1),
            (right, 4),
            "axes fraction",
            va="bottom",
        )
        longest = max(words, key=len, default="")
        for y, text, colour in zip(initiatives, words, colours, strict=True):
            said = style.say(
                ax,
                text,
                (1, y),
                (right, 0),
                ax.get_yaxis_transform(),
                size=size,
                color=colour,
            )
            said.set_in_layout(text == longest)  # to measure all is slow


def _gap(result: Roadmap) -> float:
    """Periods between a bar and the start or end of its period: some pixels, however many periods there are."""
    return min(GAP * len(result.periods_table), 0.2)


def _arrows(result: Roadmap) -> list[tuple[str, str]]:
    """Which of the chosen has to end before which; none where they are too many to be told apart."""
    initiatives = result.record.candidates.initiatives
    chosen = set(result.table.loc[result.table["selected"], "initiative"])
    pairs = []
    for after, needed in zip(initiatives["name"], initiatives["prerequisites"], strict=True):
        if after in chosen:
            pairs += [(before, after) for before in needed]
    return pairs if len(pairs) <= ARROWS else []


def _arrow(ax: Axes, before: Bar, after: Bar, gap: float) -> None:
    """From the end of a bar down, or up, between the periods, and on to the start of another; behind other bars."""
    turn = before.end + gap
    ax.plot(
        [before.end, turn, turn],
        [before.y, before.y, after.y],
        color=DARK,
        linewidth=0.8,
        zorder=2,
    )
    looks = {
        "arrowstyle": "-|>,head_width=0.15,head_length=0.25",
        "color": DARK,
        "linewidth": 0.8,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    ax.annotate(
        "",
        (after.start, after.y),
        (turn, after.y),
        zorder=2,
        arrowprops=looks,
        parse_math=False,
    )


def _panels(ax: Axes, tall: Sequence[float], between: float) -> list[Axes]:
    """Axes below another, as wide and so many points tall, each with room for its heading."""
    down = ax.figure.dpi_scale_trans + ScaledTranslation(0, 0, ax.transAxes)  # type: ignore[arg-type]
    place = blended_transform_factory(ax.transAxes, down)
    bottoms = -np.cumsum([height + between for height in tall]) / 72
    panels = []
    for bottom, height in zip(bottoms, tall, strict=True):
        panel = ax.inset_axes(
            (0, bottom, 1, height / 72),
            transform=place,
            sharex=ax,
        )
        style.tidy(panel)
        panel.set_axisbelow(True)
        panel.yaxis.set_major_locator(MaxNLocator(3))
        panel.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
        panels.append(panel)
    return panels


def _head(ax: Axes, words: str) -> None:
    """The heading of a part, no wider than the part is."""
    letters = int(style.points(ax, ax.bbox.width) / TEXT / LETTER)
    style.head_panel(ax, style.wrap(words, max(letters, NAMES)))


def _forecast(ax: Axes, result: Roadmap) -> None:
    """What all that has ended by then brings, a step a period, with its interval and the last in words."""
    table = result.periods_table
    unit = result.wins.unit
    digits = result.wins.digits
    edges = np.arange(len(table) + 1)
    low, middle, high = (table[name].to_numpy(float) for name in ("benefit_low", "benefit", "benefit_high"))
    ax.stairs(
        high,
        edges,
        baseline=low,
        fill=True,
        color=BLUE,
        alpha=0.2,
        linewidth=0,
    )
    ax.stairs(middle, edges, baseline=None, color=BLUE, linewidth=1.8)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.set_ylim(min(0, 1.05 * low.min()), max(1.1 * high.max(), 1e-9))
    _head(ax, f"Forecast of all that has ended by the end of the period, {unit}")
    words = [signed(middle[-1], digits), interval(low[-1], high[-1], digits)]
    if style.is_narrow(ax):
        ax.set_ylim(top=1.5 * ax.get_ylim()[1])  # room for them
        _say_at_end(ax, " ".join(words), max(high[-1], 0), BLUE)
        return
    style.say(
        ax,
        "\n".join([*words, style.wrap(unit, 22)]),
        (1, middle[-1]),
        (8, 0),
        ax.get_yaxis_transform(),
        color=BLUE,
    )


def _say_at_end(ax: Axes, words: str, y: float, colour: str) -> None:
    """Words above a line at its right end, where there is no room beside it."""
    style.say(ax, words, (1, y), (-2, 3), ax.get_yaxis_transform(), color=colour, ha="right", va="bottom")


def _costs(ax: Axes, result: Roadmap) -> None:
    """What each period is expected to cost, how far that may go, and how surely it is within what there is."""
    table = result.periods_table
    edges = np.arange(len(table) + 1)
    cost = table["cost"].to_numpy(float)
    budget = table["budget"].to_numpy(float)
    is_limited = bool(np.isfinite(budget).all())
    currency = result.wins.currency
    in_money = f" in {currency}" if currency else ""
    title = f"Expected cost{in_money}, interval of redraws"
    if style.is_narrow(ax):
        title = f"Cost{in_money}, interval"
    ax.bar(
        edges[:-1] + 0.5,
        cost,
        1 - 2 * _gap(result),
        color=LIGHT,
        zorder=3,
    )
    low = table["cost_low"].to_numpy(float)
    high = table["cost_high"].to_numpy(float)
    ax.vlines(edges[:-1] + 0.5, low, high, color=DARK, linewidth=1.2, zorder=5)
    largest = max(high.max(), budget.max() if is_limited else 0, 1e-9)
    ax.set_ylim(0, 1.35 * largest)
    if not is_limited:
        _head(ax, f"{title}; no budget was set")
        return
    _head(ax, f"{title}; dashed: budget; above: of 100 redraws within it")
    _how_surely(ax, table, np.maximum(high, budget))
    _budget(ax, budget, 1.3 * largest)


def _budget(ax: Axes, budget: Floats, above: float) -> None:
    """What there is for each period; in words beside the last, or above the numbers where there is no room beside."""
    ax.stairs(budget, baseline=None, color=DARK, linewidth=1.2, linestyle="--", zorder=4)
    amount = f"{budget[-1]:,.10g}"
    if style.is_narrow(ax):
        ax.set_ylim(top=1.25 * above)
        _say_at_end(ax, f"budget {amount}", above, DARK)
        return
    style.say(
        ax,
        f"budget\n{amount}",
        (1, budget[-1]),
        (8, 0),
        ax.get_yaxis_transform(),
        color=DARK,
    )


def _how_surely(ax: Axes, table: pd.DataFrame, tops: Floats) -> None:
    """In how many of 100 draws each period that costs something is within its budget, where there is room for it."""
    if len(table) > NUMBERS:
        return
    costly = table["cost"] > 0
    for k in np.flatnonzero(costly):
        words = in_hundred(table["p_within_budget"].iloc[k])
        brief = words.replace("over ", ">").replace("under ", "<")
        style.say(ax, brief, (k + 0.5, tops[k]), (0, 2), color=DARK, ha="center", va="bottom")


def _periods(ax: Axes, panels: Iterable[Axes], names: Sequence[str]) -> None:
    """Names of the periods above the first and below the last part, lines between them through all."""
    parts = [ax, *panels]
    for part in parts:
        part.set_xlim(0, len(names))
        part.set_xticks(range(len(names) + 1), [""] * (len(names) + 1))
    column = style.points(ax, style.settle(ax).width) / len(names)
    every = max(round(5 * 0.62 * SMALL / column + 0.5), 1)
    width = max(int((every * column - 4) / SMALL / 0.62), 5)
    shown = range(0, len(names), every)
    words = [style.wrap(names[k], width) for k in shown]
    for part in parts:
        part.set_xticks(
            [k + 0.5 for k in shown],
            words,
            minor=True,
            parse_math=False,
        )
        part.tick_params(which="minor", labelsize=SMALL, labelcolor=DARK, length=0)
        part.tick_params(which="minor", labelbottom=part is parts[-1])
    ax.tick_params(which="minor", labeltop=True)
