"""Lines of employees and competitors beside ours, for the picture of a monitor. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, GREY
from cxlens.common.values import wave_words
from cxlens.stages.impact.followed import OURS
from cxlens.study.metrics import Metric
from cxlens.study.waves import words_in_order

MARKS = (("s", "--"), ("D", ":"), ("^", "-."), ("v", "-"))  # of those beside us, in turn


def draw_beside(
    ax: Axes,
    table: pd.DataFrame,
    metric: Metric,
    draw_series: Callable[[Axes, pd.DataFrame, Metric], None],
) -> list[tuple[float, str, str]]:
    """Draw our series and the others' lines, all waves in the order of time; gives back the labels of where each ends.

    Parameters
    ----------
    ax
        The Axes to draw on.
    table
        Of one metric of a monitor, with ``whose``.
    metric
        The metric.
    draw_series
        Draws a series that is ours.
    """
    table = table.assign(words=table["wave"].map(wave_words))
    words = list(dict.fromkeys(table["words"]))
    places = {word: place for place, word in enumerate(words_in_order(words, "these surveys"))}
    ours = table[table["whose"] == OURS].set_index("words").reindex(list(places))
    ours["wave"] = list(places)
    draw_series(ax, ours, metric)
    labels = _end_of(ours, metric, OURS, BLUE)
    rest = table[table["whose"] != OURS]
    for (whose, rows), (marker, line) in zip(rest.groupby("whose", sort=False), cycle(MARKS), strict=False):
        shown = rows.dropna(subset="value")
        ax.plot(
            [places[word] for word in shown["words"]],
            shown["value"].to_list(),
            color=GREY,
            linewidth=1.2,
            linestyle=line,
            marker=marker,
            markersize=4,
        )
        labels += _end_of(rows, metric, str(whose), GREY)
    return labels


def _end_of(rows: pd.DataFrame, metric: Metric, whose: str, colour: str) -> list[tuple[float, str, str]]:
    """The last value of a line, and whose it is."""
    shown = rows.dropna(subset="value")
    if shown.empty:
        return []
    value = float(shown["value"].iloc[-1])
    return [(value, f"{style.wrap(whose, 24)}: {metric.words(value)}", colour)]
