"""The charts of blind spots, a list with the answers still needed, and of verdicts, scores by what is to be done.

Nothing is computed here: figures come from :mod:`cxlens.stages.baseline.blind_spots` and
:mod:`cxlens.stages.baseline.verdicts`. Charts of other sides of a baseline do not belong here.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, LIGHT, ORANGE, Dot
from cxlens.common.values import count, probability
from cxlens.stages.baseline.verdicts import BELOW

MOST = 40  # rows drawn; the table has them all
LONGEST = 60  # characters of a name; the table has all of it
SPACE = "\N{NO-BREAK SPACE}"
NOTHING = Dot(float("nan"), 0, 0)
# How the score of each verdict is marked: colour, marker, filled.
MARKS = {"fix": (ORANGE, "v", True), "merge or retire": (DARK, "X", True), "over-delivers": (BLUE, "^", True),
         "not known": (GREY, "s", False), "keep": (GREY, "o", True)}  # fmt: skip


def blind_spots_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what is not known, grouped by kind, with a bar for the answers still needed.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.blind_spots.blind_spots`. The first 40 rows are drawn.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Bars: scores still needed, answers of a segment; where answers do not help, what to do.
        A diamond marks what moves customers on.
    """
    ax = ax or style.new_axes()
    shown = view.table.head(MOST)
    rows = _grouped(shown, "kind")
    _draw(ax, rows, [NOTHING] * len(rows), {})
    for y, (_, row) in enumerate(rows):
        if row is None:
            continue
        if pd.isna(row["more"]):
            style.say(ax, row["next"], (0, y), (4, 0), ax.get_yaxis_transform()).set_fontstyle("italic")
        else:
            ax.barh(y, row["more"], 0.5, color=BLUE if row["n"] == 0 else GREY, hatch="" if row["n"] == 0 else "//",
                    edgecolor="white", linewidth=0, zorder=2)  # fmt: skip
            answers = row["more_answers"]
            more = pd.notna(answers) and answers > row["more"]  # not every answer has a score
            words = count(row["more"]) + (f", from {count(answers)} answers" if more else "")
            style.say(ax, words, (row["more"], y), (4, 0), color=DARK)
    most = shown["more"].max()
    ax.set_xlim(0, 1.3 * most if pd.notna(most) else 1)
    if pd.isna(most):
        ax.set_xticks([])
    words = (
        f"◆{SPACE}moves customers on"
        if pd.isna(most)
        else f"Scores still needed. Filled: there are none yet; hatched: there are some. ◆{SPACE}moves customers on"
    )
    more = f", first {MOST} of {len(view.table)}" if len(view.table) > MOST else ""
    title = view.sentence.rsplit("; n = ", 1)[0].removesuffix(".")
    about = style.about(view.record.survey.n, view.record.level)
    style.finish(ax, title, f"Blind spots{more}, {about}", x=words)
    return ax


def verdicts_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the score of each touchpoint with its interval and standard, grouped by verdict.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.verdicts.verdicts`. The first 40 rows are drawn.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. A small upright line is the standard, where that is a mean. Each verdict has its own mark.
    """
    ax = ax or style.new_axes()
    shown = view.table.head(MOST)
    rows = _grouped(shown, "verdict")
    sure = ["" if row is None or pd.isna(row["certainty"]) else probability(row["certainty"]) for _, row in rows]
    n = ["" if row is None or pd.isna(row["n"]) else count(row["n"]) for _, row in rows]
    _draw(ax, rows, [_verdict_dot(row) for _, row in rows], {"certainty": sure, "n": n})
    scale = view.record.survey.scale
    words = (
        "Mean score of users" + (f" ({scale.low:g} to {scale.high:g})" if scale else "") + ". Upright line: standard"
    )
    more = f", first {MOST} of {len(view.table)}" if len(view.table) > MOST else ""
    about = style.about(view.record.survey.n, view.record.level)
    known = "" if view.options["drivers"] else ". Importance is not known"
    style.finish(ax, view.sentence.rsplit(" n = ", 1)[0].removesuffix("."), f"Verdicts{more}, {about}{known}", x=words)
    return ax


def _grouped(table: pd.DataFrame, by: str) -> list[tuple[str, Any]]:
    """The rows of each group in the order of the table, each group after a row of its own that has its name."""
    rows: list[tuple[str, Any]] = []
    for name, own in table.groupby(by, sort=False):
        rows += [(str(name), None), *((str(name), row) for row in own.to_dict("records"))]
    return rows or [("none", None)]


def _draw(ax: Axes, rows: list[tuple[str, Any]], dots: list[Dot], columns: dict[str, list[str]]) -> None:
    """Rows by name, those of a group below its name in bold."""
    style.draw_rows(ax, [group.capitalize() if row is None else _name(row) for group, row in rows], {"": dots}, columns)
    for text in [text for text in ax.texts if text.get_text() == "–"]:  # the mark of a row without a figure
        text.remove()
    for y, (label, (_, row)) in enumerate(zip(ax.get_yticklabels(), rows, strict=True)):
        if row is None:
            label.set_fontweight("bold")
            ax.axhline(y - 0.45, color=LIGHT, linewidth=0.8)


def _name(row: dict[str, Any]) -> str:
    """What a row is about, with the stage of a need; a diamond before what moves customers on."""
    name = row.get("what") or row.get("touchpoint") or row.get("need") or row["stage"]
    name = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    where = f" ({row['stage']})" if row.get("kind") == "need without touchpoint" or row.get("need") else ""
    return f"◆{SPACE}{name}{where}" if row.get("lever") else f"{name}{where}"


def _verdict_dot(row: dict[str, Any] | None) -> Dot:
    """The mean with its interval; what has none says why."""
    if row is None:
        return NOTHING
    if pd.isna(row["mean"]):
        return Dot(float("nan"), 0, 0, note=row["rule"] if row["verdict"] == "add" else row["evidence"])
    standard = row["standard"] if row["metric"] == "mean" else float("nan")
    flag = f"with {row['partner']}" if row["verdict"] == "merge or retire" else ""
    if row["verdict"] == "keep" and row["rule"].startswith(BELOW):
        flag = row["rule"].removeprefix(BELOW)
    return Dot(row["mean"], row["low"], row["high"], *MARKS[row["verdict"]], standard=standard, flag=flag)
