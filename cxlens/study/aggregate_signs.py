"""An aggregated table given as if its rows were answers: how it is known, and the door it is shown.

What an aggregated table may hold belongs to :mod:`cxlens.study.aggregates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from cxlens.engine.roles import Roles
from cxlens.engine.tables import InMemory, Source
from cxlens.errors import ValuesError
from cxlens.study.row_counts import CALLED, ROWS, SmallTable, refuse_fractions

WORD = r"(?:^|[ _.-]){}(?:$|[ _.-])"  # a word of a name
SIGNS = {
    "mean": WORD.format("(?:mean|avg|average|mittelwert)"),
    "promoters": r"promoter",
    "detractors": r"detractor",
    "top box": r"top[ _-]?\d?[ _-]?box|" + WORD.format(r"t[23]b|top[ _-]?[23]"),
    "bottom box": r"bottom[ _-]?\d?[ _-]?box|" + WORD.format(r"b[23]b|bottom[ _-]?[23]"),
    "sd": WORD.format("(?:sd|std|stdev|stddev|std_dev)"),
    "n": CALLED,
}  # fmt: skip
FIGURES = ("mean", "promoters", "detractors", "top box", "bottom box")


def refuse_named_figures(small: SmallTable, roles: Roles, respondent: str | None) -> None:
    """Refuse scores called by a figure, such as "mean", in a table that also has a column called "n" or "sd".

    Raises
    ------
    ValuesError
        ``column 'mean' beside 'n' looks like a figure of many answers, not like one answer. ...``
    """
    figures = _figures(roles)
    if not figures or respondent is not None:
        return
    table = small()
    signs = _signs(()) if table is None else _signs(map(str, table.columns))
    beside = signs.get("n") or signs.get("sd")
    if beside:
        raise _no_answers(figures[0], f"beside {beside!r}", signs, roles.labels)


def refuse_figures(frame: pd.DataFrame) -> None:
    """Refuse a table, not yet read as answers, that has figures of many answers beside their number.

    Raises
    ------
    ValuesError
        ``column 'mean' beside 'n' looks like a figure of many answers, not like one answer. ...``
    """
    signs = _signs(map(str, frame.columns))
    figures = [signs[figure] for figure in FIGURES if figure in signs]
    if figures and "n" in signs and len(frame) < ROWS:
        raise _no_answers(figures[0], f"beside {signs['n']!r}", signs, {})
    refuse_fractions(frame)


def refuse_one_row_a_unit(source: Source, roles: Roles, respondent: str | None) -> None:
    """Refuse scores called by a figure where each segment and wave has one row.

    Raises
    ------
    ValuesError
        ``column 'top2' with one row for each 'shop' looks like a figure of many answers, not like one answer. ...``
    """
    figures = _figures(roles)
    labels = [column for column, job in roles.labels.items() if job in ("segment", "time", "channel")]
    if not figures or not labels or respondent is not None or not isinstance(source, InMemory):
        return
    frame = source.rows.labels[labels]
    if 1 < len(frame) < ROWS and not frame.duplicated().any():
        each = " and ".join(map(repr, labels))
        raise _no_answers(figures[0], f"with one row for each {each}", _signs(roles.columns), roles.labels)


def _figures(roles: Roles) -> list[str]:
    """The columns of touchpoints and outcomes that are called by a figure."""
    columns = [column for column, _ in roles.answers]
    return [column for column in columns if any(_is_called(column, figure) for figure in FIGURES)]


def _is_called(column: str, sign: str) -> bool:
    """Whether a name says what a column holds."""
    return re.search(SIGNS[sign], column, re.IGNORECASE) is not None


def _signs(columns: Iterable[str]) -> dict[str, str]:
    """By sign the first column called by it."""
    signs: dict[str, str] = {}
    for column in columns:
        for sign in SIGNS:
            if _is_called(column, sign):
                signs.setdefault(sign, column)
    return signs


def _no_answers(column: str, why: str, signs: dict[str, str], labels: Mapping[str, str]) -> ValuesError:
    """What the column looks like, and the call for such a table."""
    return ValuesError(
        f"column {column!r} {why} looks like a figure of many answers, not like one answer. For a table of means or "
        f"shares: {_call(signs, labels)}. If each row is one answer, give the column another name."
    )


def _call(signs: dict[str, str], labels: Mapping[str, str]) -> str:
    """The call for an aggregated table, as far as names tell it."""
    arguments = [f"n={signs.get('n', '...')!r}"]
    if "mean" in signs:
        arguments += [f"mean={signs['mean']!r}", f"sd={signs.get('sd', '...')!r}"]
    else:
        names = ("promoters", "detractors") if "promoters" in signs or "detractors" in signs else ("top box",)
        shares = {name: signs.get(name, "...") for name in names}
        arguments.append(f"shares={shares!r}")
    for job, role in (("segment", "unit"), ("time", "time")):
        named = [column for column, job_of_column in labels.items() if job_of_column == job]
        named.append("...")
        arguments.append(f"{role}={named[0]!r}")
    return f"cx.Aggregates(data, {', '.join(arguments)})"
