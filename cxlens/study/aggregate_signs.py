"""An aggregated table given as if its rows were answers: how it is known, and the door it is shown.

What an aggregated table may hold belongs to :mod:`cxlens.study.aggregates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cxlens.engine.roles import Roles
from cxlens.engine.tables import InMemory, Source
from cxlens.errors import ValuesError

WORD = r"(?:^|[ _.-]){}(?:$|[ _.-])"  # a word of a name
SIGNS = {
    "mean": WORD.format("(?:mean|avg|average|mittelwert)"),
    "promoters": r"promoter",
    "detractors": r"detractor",
    "top box": r"top[ _-]?\d?[ _-]?box|" + WORD.format(r"t[23]b|top[ _-]?[23]"),
    "bottom box": r"bottom[ _-]?\d?[ _-]?box|" + WORD.format(r"b[23]b|bottom[ _-]?[23]"),
    "sd": WORD.format("(?:sd|std|stdev|stddev|std_dev)"),
    "n": r"^(?:n|base|counts?|answers|responses|respondents|interviews|sample[ _]size|anzahl)$",
}  # fmt: skip
FIGURES = ("mean", "promoters", "detractors", "top box", "bottom box")
ROWS = 5_000  # an aggregated table has fewer


def refuse_named_figures(data: Any, roles: Roles, respondent: str | None) -> None:
    """Refuse scores called by a figure, such as "mean", in a table that also has a column called "n" or "sd".

    Raises
    ------
    ValuesError
        ``column 'mean' beside 'n' looks like a figure of many answers, not like one answer. ...``
    """
    if not hasattr(data, "__len__"):  # a lazy table has no rows yet; its values are looked at when they are read
        return
    columns = [column for column in getattr(data, "columns", ()) if isinstance(column, str)]
    signs = _signs(columns)
    figures = _figures(roles)
    beside = signs.get("n") or signs.get("sd")
    if figures and beside and respondent is None and len(data) < ROWS:
        raise _no_answers(figures[0], f"beside {beside!r}", signs, roles)


def door_of(columns: Iterable[str]) -> str:
    """What to say of a table with columns called by a figure and by a number of answers; blank where it has none."""
    signs = _signs(columns)
    figures = [signs[figure] for figure in FIGURES if figure in signs]
    if not figures or "n" not in signs:
        return ""
    roles = Roles((), None, (), None, {})
    return (
        f"{figures[0]!r} beside {signs['n']!r} looks like a figure of many answers. "
        f"For a table of means or shares: {_call(signs, roles)}."
    )


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
        raise _no_answers(figures[0], f"with one row for each {each}", _signs(roles.columns), roles)


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


def _no_answers(column: str, why: str, signs: dict[str, str], roles: Roles) -> ValuesError:
    """What the column looks like, and the call for such a table."""
    return ValuesError(
        f"column {column!r} {why} looks like a figure of many answers, not like one answer. For a table of means or "
        f"shares: {_call(signs, roles)}. If each row is one answer, give the column another name."
    )


def _call(signs: dict[str, str], roles: Roles) -> str:
    """The call for an aggregated table, as far as names tell it."""
    arguments = [f"n={signs.get('n', '...')!r}"]
    if "mean" in signs:
        arguments += [f"mean={signs['mean']!r}", f"sd={signs.get('sd', '...')!r}"]
    else:
        names = ("promoters", "detractors") if "promoters" in signs or "detractors" in signs else ("top box",)
        shares = {name: signs.get(name, "...") for name in names}
        arguments.append(f"shares={shares!r}")
    for job, role in (("segment", "unit"), ("time", "time")):
        named = [column for column, job_of_column in roles.labels.items() if job_of_column == job]
        named.append("...")
        arguments.append(f"{role}={named[0]!r}")
    return f"cx.Aggregates(data, {', '.join(arguments)})"
