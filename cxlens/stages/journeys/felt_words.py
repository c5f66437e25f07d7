"""What is asked of feelings on the way, and what is said of them; figures are made in :mod:`.felt`."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.values import count, interval, number, plural
from cxlens.study.survey import Survey

Flags = NDArray[np.bool_]
Along = Literal["touchpoint", "step"]
Row = dict[str, Any]


class Felt(NamedTuple):
    """What a view of feelings is asked: its options, to ask again."""

    along: Along
    by: str | None
    answers: Survey | None
    level: float
    min_n: int

    @property
    def options(self) -> dict[str, Any]:
        """What the side is called with."""
        options = self._asdict()
        del options["min_n"]
        return options


class Apart(NamedTuple):
    """(items,) which have clearly higher scores than the lowest, and which clearly lower ones than the highest."""

    from_lowest: Flags
    from_highest: Flags


def finding_of(table: pd.DataFrame, apart: Apart, peak: pd.DataFrame, asked: Felt) -> Finding:
    """Where scores are lowest and where highest, whether clearly so, and how a journey ends."""
    rows = _rows(table.assign(behind=apart.from_lowest, below=apart.from_highest))
    told = [row for row in rows if not np.isnan(row["mean"])]
    known = sorted(told, key=_mean)
    if not known:
        return Finding(f"No {asked.along} has scores of {asked.min_n} customers or more that may be shown")
    first, *others = known
    is_whole = not table["n"].isna().any()
    more = [*_ending(peak, asked)]
    if others:
        more.insert(0, _highest(known, is_whole))
    n = f"{count(table['n'].sum())} scores" if is_whole else ""
    level = [first, *(row for row in others if not row["behind"])]
    if len(level) > 1:
        items = [Item(_called(row), number(row["mean"]), _span(row)) for row in level]
        return Finding("The lowest scores, with no clear last", items=items, more=more, n=n)
    return Finding(
        f"Scores are lowest at {_called(first)}:",
        number(first["mean"]),
        _span(first),
        certainty="clearly lowest" if others and is_whole else "",
        more=more,
        n=n,
    )


def _highest(known: list[Row], is_whole: bool) -> str:
    """Where scores are highest, and whether clearly so; not where some are hidden, which may be higher."""
    *others, highest = known
    told = f"{_called(highest)}, {_figure(highest)}"
    if is_whole and all(row["below"] for row in others):
        return f"They are clearly highest at {told}"
    return f"They are highest at {told}, with no clear first"


def _mean(row: Row) -> float:
    return float(row["mean"])


def _rows(table: pd.DataFrame) -> list[Row]:
    """The rows of a table."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _called(row: Row) -> str:
    """``Security``, or ``step 3``."""
    return f"step {row['step']}" if "step" in row else str(row["touchpoint"])


def _figure(row: Row) -> str:
    """``2.90 [2.81, 3.02]``."""
    return f"{number(row['mean'])} {_span(row)}"


def _span(row: Row) -> str:
    return interval(row["low"], row["high"])


def _ending(peak: pd.DataFrame, asked: Felt) -> list[str]:
    """How the last score of a journey differs from its average."""
    row = _rows(peak)[-1]
    if np.isnan(row["p_value"]):
        return []
    if row["p_value"] >= 1 - asked.level:
        return ["The last score of a journey is not clearly off its average"]
    side = "above" if row["mean"] > 0 else "below"
    low, high = sorted([abs(row["low"]), abs(row["high"])])
    away = f"{number(abs(row['mean']))} {interval(low, high)}"
    return [f"The last score of a journey is clearly {side} its average, by {away}"]


def finding_of_groups(differences: pd.DataFrame, asked: Felt) -> Finding:
    """The clearest difference between two groups."""
    if differences.empty:
        return Finding(f"Too few scores to compare by {asked.by}")
    clearest = _rows(differences.sort_values("p_value", kind="stable"))[0]
    many = f"allowing for {plural(len(differences), 'comparison')}"
    if not clearest["q_value"] < 1 - asked.level:
        smallest = number(clearest["q_value"])
        return Finding(f"Scores do not clearly differ by {asked.by}", certainty=f"smallest q = {smallest}, {many}")
    first, second = clearest["first"], clearest["second"]
    figures = [clearest["difference"], clearest["low"], clearest["high"]]
    if figures[0] < 0:
        first, second = second, first
        figures = [-figures[0], -figures[2], -figures[1]]
    away, low, high = figures
    return Finding(
        f"At {_called(clearest)} scores are higher among {first} than among {second}, by",
        number(away),
        interval(low, high),
        certainty=f"clearly, {many}",
    )
