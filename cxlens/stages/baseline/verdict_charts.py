"""The charts of blind spots, a list with the answers still needed, and of verdicts, scores by what is to be done.

Nothing is computed here: figures come from :mod:`cxlens.stages.baseline.blind_spots` and
:mod:`cxlens.stages.baseline.verdicts`. Charts of other sides of a baseline do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, LIGHT, ORANGE, SMALL, SPACE, Dot
from cxlens.common.values import count, probability
from cxlens.stages.baseline.verdict_rules import LITTLE, NOT_CONTROLLED

LONGEST = 24  # letters of a name beside a mark
MOST = 40  # rows drawn; the table has them all
LOOKED_FOR = (
    "Looked for: stages and needs without a touchpoint, touchpoints that are off the map, not asked about or rated too "
    "seldom, and segments that are not heard."
)
NOTHING = Dot(np.nan, np.nan, np.nan)
DASH = "–"  # stands where a row has neither figure nor note
Row = dict[Any, Any]
# How the score of each verdict is marked: colour, marker, filled.
MARKS = {"fix": (ORANGE, "v", True), "check overlap": (DARK, "X", True), "above standard": (BLUE, "^", True),
         "undecided": (DARK, "D", False), "not judged": (GREY, "s", False), "keep": (GREY, "o", True)}  # fmt: skip
# Why what is below its standard is kept nevertheless, by the rule it was judged by.
KEPT_THOUGH_BELOW = {LITTLE: "it matters little", NOT_CONTROLLED: "nobody can control it"}


class Line(NamedTuple):
    """A line of the list: a group's own, with its name, or a row of the table."""

    name: str
    row: Row | None = None

    def words(self, column: str, form: Callable[[Any], str]) -> str:
        """What the row has in a column; nothing where it has none."""
        if self.row is None or pd.isna(self.row[column]):
            return ""
        return form(self.row[column])


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
        The Axes drawn on. Bars: scores still needed, answers of a segment, filled where there are none yet, hatched
        where there are some; where answers do not help, what to do. A diamond marks what moves customers on. Without a
        blind spot nothing is drawn: words say what was looked for.
    """
    ax = ax or style.new_axes()
    if view.table.empty:
        return _say_none(view, ax)
    shown = view.table.head(MOST)
    lines = _grouped(shown, "kind", _spot_name)
    _draw(ax, lines, [NOTHING] * len(lines), {})
    for y, line in enumerate(lines):
        if line.row is not None:
            _draw_need(ax, line.row, y)
    words = f"◆{SPACE}moves customers on" if shown["lever"].any() else ""
    if shown["more"].notna().any():
        ax.set_xlim(0, 1.3 * shown["more"].max())
        words = f"Scores still needed. Filled: there are none yet; hatched: there are some. {words}".strip()
    else:
        ax.set(xlim=(0, 1), xticks=[])
        ax.spines[:].set_visible(False)
    style.finish(
        ax,
        view.finding.title,
        f"Blind spots{_about(view)}",
        x=words,
    )
    return ax


def _say_none(view: View, ax: Axes) -> Axes:
    """No chart where there is nothing to show: what was looked for, in words."""
    ax.set_axis_off()
    letters = 52 if style.is_narrow(ax) else 110
    looked_for = style.wrap(f"{LOOKED_FOR} {view.note}", letters)
    style.set_height(ax, style.lines(looked_for) * SMALL * style.LINE)
    style.say(ax, looked_for, (0, 1), at="axes fraction", va="top", color=DARK)
    style.finish(
        ax,
        view.finding.title,
        f"Blind spots{_about(view)}",
        x="",
    )
    return ax


def _about(view: View) -> str:
    """How many rows are left out, how many answers there are, and the level."""
    left_out = len(view.table) > MOST
    more = ""
    if left_out:
        more = f", first {MOST} of {len(view.table)}"
    return f"{more}, {style.about(view.record.survey.n, view.record.level)}"


def _what_to_do(row: Row, *, narrow: bool) -> str:
    """What is to be done where answers do not help; the first way only where there is no room for both."""
    both = str(row["next"])
    first, _, _ = both.partition(", or ")
    return first if narrow else both


def _draw_need(ax: Axes, row: Row, y: int) -> None:
    """A bar of the scores still needed, or what else is to be done."""
    if pd.isna(row["more"]):
        text = style.say(
            ax,
            _what_to_do(row, narrow=style.is_narrow(ax)),
            (0, y),
            (4, 0),
            ax.get_yaxis_transform(),
        )
        text.set_fontstyle("italic")
        return
    nobody = row["n"] == 0 if pd.notna(row["n"]) else False  # a number that is hidden is not none
    ax.barh(
        y,
        row["more"],
        0.5,
        color=BLUE if nobody else GREY,
        hatch="" if nobody else "//",
        edgecolor="white",
        linewidth=0,
        zorder=2,
    )
    words = count(row["more"])
    if pd.notna(row["more_answers"]) and row["more_answers"] > row["more"]:  # not every answer has a score
        words += f", from {count(row['more_answers'])} answers"
    style.say(
        ax,
        words,
        (row["more"], y),
        (4, 0),
        color=DARK,
    )


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
    lines = _grouped(view.table.head(MOST), "verdict", _verdict_name)
    dots = [NOTHING if line.row is None else _verdict_dot(line.row) for line in lines]
    columns = {
        "certainty": [line.words("certainty", probability) for line in lines],
        "n": [line.words("n", count) for line in lines],
    }
    _draw(ax, lines, dots, columns)
    scale = view.record.survey.scale
    ends = f" ({scale.ends})" if scale else ""
    unknown = ""
    if view.table["importance"].isna().all():
        unknown = ". Importance is not known"
    words = f"Mean score of users{ends}. Upright line: standard"
    style.finish(
        ax,
        view.finding.title,
        f"Verdicts{_about(view)}{unknown}",
        x=words,
    )
    return ax


def _grouped(table: pd.DataFrame, by: str, name_of: Callable[[Row], str]) -> list[Line]:
    """The rows of each group in the order of the table, each group after a line of its own that has its name."""
    lines: list[Line] = []
    for group, rows in table.groupby(by, sort=False):
        lines.append(Line(str(group).capitalize()))
        lines += [Line(name_of(row), row) for row in rows.to_dict("records")]
    return lines or [Line("None")]


def _draw(ax: Axes, lines: Sequence[Line], dots: Sequence[Dot], columns: Mapping[str, Sequence[str]]) -> None:
    """Lines by name, those of a group below its name in bold."""
    names = [line.name for line in lines]
    style.draw_rows(ax, names, {"": dots}, columns)
    for text in list(ax.texts):
        if text.get_text() == DASH:
            text.remove()
    for y, (label, line) in enumerate(zip(ax.get_yticklabels(), lines, strict=True)):
        if line.row is None:
            label.set_fontweight("bold")
            ax.axhline(y - 0.45, color=LIGHT, linewidth=0.8)


def _spot_name(row: Row) -> str:
    """What a blind spot is about, with the stage of a need; a diamond before what moves customers on."""
    lever = f"◆{SPACE}" if row["lever"] else ""
    stage = ""
    if row["kind"] == "need without touchpoint":
        stage = f" ({row['stage']})"
    return f"{lever}{row['what']}{stage}"


def _verdict_name(row: Row) -> str:
    """The touchpoint; or the need, with its stage, or the stage, that has none."""
    if row["touchpoint"]:
        return str(row["touchpoint"])
    if row["need"]:
        return f"{row['need']} ({row['stage']})"
    return str(row["stage"])


def named_rows(view: View) -> pd.DataFrame:
    """The rows of verdicts, each by what it is about: where no touchpoint serves a need or stage, by that."""
    table = view.table
    names = [_verdict_name(row) for row in table.to_dict("records")]
    return table.assign(touchpoint=names)


def _verdict_dot(row: Row) -> Dot:
    """The mean with its interval; what has none says why."""
    if pd.isna(row["mean"]):
        why = row["rule"] if row["verdict"] == "add" else row["evidence"]
        return NOTHING._replace(note=why)
    return Dot(
        row["mean"],
        row["low"],
        row["high"],
        *MARKS[row["verdict"]],
        standard=row["standard"] if row["metric"] == "mean" else np.nan,
        flag=_flag(row),
    )


def _flag(row: Row) -> str:
    """What else is to be known: beside which other to look at it, why to keep what is below its standard."""
    if row["verdict"] == "check overlap":
        partner = str(row["partner"])
        if len(partner) > LONGEST:  # it would run into the columns; the table has it whole
            partner = f"{partner[: LONGEST - 1].rstrip()}…"
        return f"with {partner}"
    if row["verdict"] == "keep":
        return KEPT_THOUGH_BELOW.get(row["rule"], "")
    return ""
