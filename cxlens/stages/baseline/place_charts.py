"""Pictures of places: caterpillar, funnel, map of places and touchpoints, changes. Nothing is computed here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, INK, ORANGE, PALE
from cxlens.common.values import count, plural
from cxlens.errors import listing
from cxlens.stages.baseline.place_record import ABOVE, BELOW, NOT_CLEAR, Compared
from cxlens.stages.baseline.place_sides import INNER, OUTER, label_of
from cxlens.stages.baseline.places import Places
from cxlens.study.metrics import Metric

COLOURS = {ABOVE: BLUE, BELOW: ORANGE, NOT_CLEAR: GREY}
MARKERS = {ABOVE: "o", BELOW: "D", NOT_CLEAR: "o"}
ROW = 13.0  # points of height of a named place
ALL_NAMED = 60  # places up to which each has its name; of more, those that are clearly off
KEY = "◆ clearly below, ● above the mean of all, ○ the plain mean"
FUNNEL_KEY = f"○ inside, ● outside 95 % limits, ◆ outside {OUTER} (dashed)"
EDGE = 0.02
MOST_OF_MAP = 60  # rows of the map: more cannot be read
SHADES = LinearSegmentedColormap.from_list("below and above", [ORANGE, "#FFFFFF", BLUE])


def places_chart(result: Places, ax: Axes | None = None) -> Axes:
    """Draw all places, sorted by their value: its interval, the plain mean as a hollow dot, the mean of all as a line.

    Parameters
    ----------
    result
        From :func:`cxlens.compare_places`; of several metrics the first is drawn.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Orange diamonds: clearly below the mean of all; blue dots: clearly above.
    """
    ax = ax or style.new_axes()
    shown = result.only(result.metrics[0])
    rows = shown.table.dropna(subset=["value"])
    metric = shown.record.measured
    _caterpillar(ax, rows, named=len(rows) <= ALL_NAMED)
    centre = shown.shares["mean"].iloc[0]
    mean, _, _ = metric.asked(centre, centre, centre)
    ax.axvline(mean, color=DARK, linewidth=0.9, linestyle="--", zorder=0)
    _plain(ax, rows["raw"])
    _as_shares(ax, metric)
    who = _by(shown.record)
    n = rows["n"].sum()
    about = style.about(n, result.level)
    style.finish(
        ax,
        shown.finding.title,
        f"{metric.label} by {who}, with luck taken off; {about}. Dashed: mean of all",
        f"{_unit(metric)}. {KEY}",
    )
    return ax


def _caterpillar(ax: Axes, rows: pd.DataFrame, *, named: bool) -> None:
    """A row a place with its interval and mark, the best on top; names of all, or of those clearly off."""
    style.tidy(ax)
    if named:
        style.set_height(ax, ROW * len(rows))
        ax.set_yticks(range(len(rows)), rows["place"].tolist(), color=INK, parse_math=False)
    else:
        style.set_height(ax, min(3 * len(rows), 900))
    width, size = (1.4, 5.0) if named else (0.8, 2.5)
    for position, colour in COLOURS.items():
        of_position = (rows["position"] == position).to_numpy()
        at = np.flatnonzero(of_position)
        part = rows[of_position]
        ax.hlines(at, part["low"], part["high"], color=colour, linewidth=width)
        ax.plot(part["value"], at, MARKERS[position], color=colour, markersize=size)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    if not named:
        clear = np.flatnonzero(rows["position"] != NOT_CLEAR)
        ax.set_yticks([])
        _name_ends(ax, rows, clear)


def _name_ends(ax: Axes, rows: pd.DataFrame, clear: Any) -> None:
    """Names of the outermost places that are clearly off, beside their intervals."""
    for place in [*clear[:3], *clear[-3:]]:
        row = rows.iloc[place]
        style.say(ax, str(row["place"]), (row["high"], float(place)), (4, 0), color=INK)


def _plain(ax: Axes, values: pd.Series[float]) -> None:
    """A hollow dot a row for what is told without taking luck off."""
    rows = range(len(values))
    ax.plot(
        values,
        rows,
        "o",
        color=GREY,
        markersize=3.5,
        markerfacecolor="none",
        zorder=2,
    )


def _unit(metric: Metric) -> str:
    """What values are counted in."""
    units = {"nps": "NPS points (-100 to 100)", "binary": "% of answers"}
    ends = f" ({metric.scale.ends})" if metric.scale else ""
    return units.get(metric.kind, f"Mean score{ends}")


def _by(record: Compared) -> str:
    """``hotel``, and which mix of customers is taken to be the same everywhere."""
    name = record.survey.named(record.by)
    if not record.adjust:
        return name
    mix = listing([record.survey.named(column) for column in record.adjust], 2)
    return f"{name} for the same mix of {mix}"


def _as_shares(ax: Axes, metric: Metric) -> None:
    """Shares read as per cent."""
    if metric.kind == "binary":
        ax.xaxis.set_major_formatter(PercentFormatter(1, 0))


def funnel_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw means of places against their numbers of answers, between the limits of chance.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.baseline.places.Places.funnel`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Lines: 95 % limits, dashed those of 99.8 %; places outside the latter are named.
    """
    metric = view.record.measured
    centre = view.record.shares["mean"].iloc[0]
    level, _, _ = metric.asked(centre, centre, centre)
    ax = _draw_funnel(ax, view, "n", "mean", level)
    _keep_possible(ax, metric)
    if metric.lowest_is_best:
        ax.invert_yaxis()
    _finish_funnel(ax, view, "n", "mean", ("Answers of a place", _unit(metric)))
    return ax


def change_funnel_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw changes of places against their numbers of answers, between the limits of chance.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.baseline.places.Places.change_funnel`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Lines: 95 % limits, dashed those of 99.8 %; places outside the latter are named.
    """
    metric = view.record.measured
    ax = _draw_funnel(ax, view, "worth", "change", view.table["usual"].iloc[0], " pp")
    _finish_funnel(
        ax,
        view,
        "worth",
        "change",
        ("Answers of a place, as many in both waves", f"Change{metric.better}"),
    )
    return ax


def _draw_funnel(
    ax: Axes | None,
    view: View,
    across: str,
    up: str,
    centre: float,
    unit: str = "%",
) -> Axes:
    """The limits of chance, the places between them, and where all lie together."""
    ax = ax or style.new_axes()
    style.set_height(ax, 280)
    style.tidy(ax, grid="y")
    _limits(ax, view.table, across)
    _dots(ax, view.table, across, up)
    ax.axhline(centre, color=DARK, linewidth=0.9)
    _count_answers(ax)
    if view.record.measured.kind == "binary":
        ax.yaxis.set_major_formatter(PercentFormatter(1, 0, unit))
    return ax


def _finish_funnel(ax: Axes, view: View, across: str, up: str, labels: tuple[str, str]) -> None:
    """Its words, and the names of the places far outside."""
    table = view.table
    about = style.about(table["n"].sum(), None)
    subtitle = f"{view.record.measured.label} by {_by(view.record)}, {about}. {FUNNEL_KEY}"
    style.finish(ax, view.finding.title, subtitle, *labels)
    for row in table[table["outside"] == OUTER].to_dict("records"):
        style.say(ax, str(row["place"]), (float(row[across]), row[up]), (5, 0), color=INK)


def _limits(ax: Axes, table: pd.DataFrame, across: str) -> None:
    """The limits for each number of answers."""
    n = table[across].to_numpy(float)
    for ends, line in ((("limit_low", "limit_high"), "-"), (("far_low", "far_high"), "--")):
        for end in ends:
            ax.plot(n, table[end], color=GREY, linewidth=0.9, linestyle=line)


def _keep_possible(ax: Axes, metric: Metric) -> None:
    """Leave out of the picture what no mean can be: limits of few answers would run far beyond it."""
    ends = {"nps": (-100.0, 100.0), "binary": (0.0, 1.0)}
    if metric.kind in ends:
        lowest, highest = ends[metric.kind]
    elif metric.scale:
        lowest, highest = metric.scale.low, metric.scale.high
    else:
        return
    room = EDGE * (highest - lowest)  # a mark on the end stays whole
    bottom, top = ax.get_ylim()
    ax.set_ylim(max(bottom, lowest - room), min(top, highest + room))


def _dots(
    ax: Axes,
    table: pd.DataFrame,
    across: str,
    up: str,
) -> None:
    """A mark for each place: hollow inside the limits."""
    for outside, colour, marker in (("", GREY, "o"), (INNER, BLUE, "o"), (OUTER, ORANGE, "D")):
        part = table[table["outside"] == outside]
        face = colour if outside else "none"
        n = part[across].to_numpy(float)
        ax.plot(
            n,
            part[up],
            marker,
            color=colour,
            markerfacecolor=face,
            markersize=4.5,
        )


def _count_answers(ax: Axes) -> None:
    """Numbers of answers across, by ratio."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: count(value))


def heat_map_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw places against metrics; what is clearly off the mean of all is coloured.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.baseline.places.Places.heat_map`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on: a row a place, those clearly below most often on top; pale: not clear. With over 60 places
        those that are clearly off somewhere.
    """
    import seaborn as sns

    ax = ax or style.new_axes()
    away = _clear_only(view)
    left = view.table["place"].nunique() - len(away)
    style.set_height(ax, max(len(away), 1) * 13 + 40)
    furthest = np.abs(away.to_numpy()).max(initial=0.0)
    reach = max(float(furthest), 0.1)
    if len(away):
        sns.heatmap(
            away,
            ax=ax,
            cmap=SHADES,
            vmin=-reach,
            vmax=reach,
            cbar=False,
            linewidths=0.6,
            linecolor=PALE,
        )
    _name_cells(ax, view, away)
    about = style.about(view.record.table.groupby("metric")["n"].sum().max(), view.level)
    rest = f" Left out: {plural(left, 'place')}, nowhere clearly off" if left else ""
    key = f"Orange: clearly below the mean of all, blue: above, white: not clear; full colour: {reach:.1f} standard"
    style.finish(
        ax,
        view.finding.title,
        f"By {_by(view.record)}, {about}.{rest}",
        f"{key} deviations of an answer",
    )
    return ax


def _clear_only(view: View) -> pd.DataFrame:
    """Places by metrics: how far each lies off where that is clear, else 0; places that are clearly off somewhere."""
    table = view.table
    is_clear = table["position"].isin([ABOVE, BELOW])
    clear = table.assign(away=table["away"].where(is_clear, 0.0))
    away = clear.pivot(index="place", columns="metric", values="away").fillna(0.0)
    away = away[[name for name in view.record.metrics if name in away]]
    off = away[(away != 0).any(axis=1)]
    lowest_first = off.sum(axis=1).sort_values(kind="stable").index
    return off.loc[lowest_first].head(MOST_OF_MAP)


def _name_cells(ax: Axes, view: View, away: pd.DataFrame) -> None:
    """Names of places and metrics."""
    names = []
    for name in away:
        label = label_of(view.record, str(name))
        names.append(style.wrap(label, 12))
    upright = 0 if len(names) <= 8 else 90
    ax.set_xticks(np.arange(len(names)) + 0.5, names, rotation=upright)
    ax.set_yticks(np.arange(len(away)) + 0.5, list(map(str, away.index)), rotation=0)
    ax.tick_params(labelsize=style.SMALL, labelcolor=DARK, length=0)
    ax.set(xlabel="", ylabel="")


def change_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the change of each place with luck taken off, the plain change as a hollow dot, and the usual one.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.baseline.places.Places.change`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Orange diamonds: clearly less than usual; blue dots: clearly more.
    """
    ax = ax or style.new_axes()
    rows = view.table
    metric = view.record.measured
    _caterpillar(ax, rows, named=len(rows) <= ALL_NAMED)
    ax.axvline(view.parts["poorest"]["usual"].iloc[0], color=DARK, linewidth=0.9, linestyle="--", zorder=0)
    _plain(ax, rows["raw"])
    if metric.kind == "binary":
        ax.xaxis.set_major_formatter(PercentFormatter(1, 0, " pp"))
    who = _by(view.record)
    about = style.about(rows[["n_before", "n_after"]].sum().sum(), view.level)
    style.finish(
        ax,
        view.finding.title,
        f"{metric.label} by {who}, with luck taken off; {about}. Dashed: the usual change",
        f"Change{metric.better}. ◆ clearly less than usual, ● more, ○ the plain change",
    )
    return ax


def best_practice_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the places to visit first, and how far better they are than the mean of all.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.baseline.places.Places.best_practice`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on: a row a measure and place, the best of each measure first; none where none is clearly better.
    """
    ax = ax or style.new_axes()
    rows = view.table.head(ALL_NAMED)
    left = len(view.table) - len(rows)
    _rows_to_visit(ax, view, rows)
    ax.axvline(0, color=DARK, linewidth=0.9, linestyle="--", zorder=0)
    more = f", and {left} more in the table" if left else ""
    n = view.record.table.groupby("metric")["n"].sum().max()
    style.finish(
        ax,
        view.finding.title,
        f"By {view.survey.named(view.record.by)}, luck taken off{more}; {style.about(n, view.level)}",
        "Better than the mean of all (dashed), in standard deviations of an answer",
    )
    return ax


def _rows_to_visit(ax: Axes, view: View, rows: pd.DataFrame) -> None:
    """A row a measure and place, with its interval."""
    k = max(len(rows), 1)
    style.tidy(ax)
    style.set_height(ax, max(ROW * k, 40))
    names = []
    for row in rows.to_dict("records"):
        measure = label_of(view.record, row["metric"])
        names.append(f"{measure}: {row['place']}")
    at = range(len(rows))
    ax.set_yticks(at, names, color=INK, parse_math=False)
    ax.hlines(
        at,
        rows["away_low"],
        rows["away_high"],
        color=BLUE,
        linewidth=1.4,
    )
    ax.plot(
        rows["away"],
        at,
        "o",
        color=BLUE,
        markersize=5,
    )
    ax.set_ylim(k - 0.5, -0.5)
