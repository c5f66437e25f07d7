"""Grey lines of competitors in the pictures of a change. Nothing is computed here."""

from __future__ import annotations

from itertools import cycle

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import GREY
from cxlens.common.values import wave_words
from cxlens.stages.impact.beside_chart import MARKS
from cxlens.stages.impact.measured import WHOSE, Impact
from cxlens.study.metrics import Metric

Label = tuple[float, str, str]  # where it stands, its words, its colour
SIZE = 4  # of a mark


def named_lines(result: Impact) -> pd.DataFrame:
    """The lines of a table, those of competitors with whose they are."""
    table = result.table
    if WHOSE not in table:
        return table
    is_rival = table[WHOSE].isin([rival.name for rival in result.against.each] if result.against else [])
    return table.assign(quantity=table["quantity"].mask(is_rival, table["quantity"] + ": " + table[WHOSE]))


def draw_periods(ax: Axes, result: Impact, metric: Metric) -> list[Label]:
    """The means of each competitor before and after, by a grey line; gives back the labels of where they end."""
    if result.against is None:
        return []
    cells = result.against.cells
    after = cells["period"] == "after"
    return _draw_lines(ax, cells.assign(place=after.astype(int)), metric)


def draw_waves(panel: Axes, result: Impact) -> list[Label]:
    """The means of each competitor by wave, by a grey line; gives back the labels of where they end."""
    if result.against is None:
        return []
    places = {wave_words(wave): place for place, wave in enumerate(result.by_wave["wave"])}
    by_wave = result.against.by_wave
    shown = by_wave[by_wave["wave"].isin(list(places))]
    return _draw_lines(panel, shown.assign(place=shown["wave"].map(places)), result.measured)


def _draw_lines(ax: Axes, table: pd.DataFrame, metric: Metric) -> list[Label]:
    """A grey line of each competitor, and the labels of where they end."""
    labels = []
    for (whose, rows), (marker, line) in zip(table.groupby(WHOSE, sort=False), cycle(MARKS), strict=False):
        in_order = rows.sort_values("place")
        means = in_order["mean"].to_list()
        ax.plot(
            in_order["place"].to_list(),
            means,
            color=GREY,
            linewidth=1.2,
            linestyle=line,
            marker=marker,
            markersize=SIZE,
        )
        name = style.wrap(str(whose), 24)
        labels.append((float(means[-1]), f"{name}: {metric.words(means[-1])}", GREY))
    return labels
