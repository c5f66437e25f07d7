"""Who has to say yes to what a road map starts, by when, and who is asked before that.

Dates follow from the names of the periods. How much work each has is told by :mod:`cxlens.stages.improve.buy_in`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import date_words, plural
from cxlens.errors import ValuesError, listing
from cxlens.stages.improve.timetable import Timetable, timetable_again
from cxlens.study.period_days import ONE_DAY, period_days

NOBODY = "nobody named"
FIGURES = ["initiative", "start", "end", "cost", "benefit", "benefit_low", "benefit_high"]


def decisions(plan: Timetable) -> View:
    """A row an initiative: see :meth:`cxlens.stages.improve.roadmap.Roadmap.decisions`."""
    if plan.chosen.empty:
        raise ValuesError("the plan chooses no initiative, so there is nothing to decide. Loosen its limits.")
    table = _table(plan)
    rounds = _rounds(table)
    return View(
        chart="improve/decisions",
        table=table,
        finding=_finding(plan, rounds),
        note=_note(table),
        record=plan,
        parts={"rounds": rounds},
        again=lambda survey: decisions(timetable_again(plan, survey)),
        level=plan.candidates.fit.level,
    )


def _table(plan: Timetable) -> pd.DataFrame:
    """The initiatives chosen, with who decides each and the day before it starts."""
    periods = plan.periods_table["period"].tolist()
    spans = period_days(periods)
    asked = plan.candidates.initiatives[["name", "accountable", "consulted"]]
    table: pd.DataFrame = plan.chosen[FIGURES].merge(asked, left_on="initiative", right_on="name")
    table = table.drop(columns="name").rename(columns={"accountable": "who", "consulted": "ask_first"})
    table["who"] = table["who"].replace("", NOBODY)
    starts = table["start"].map(periods.index)
    yes_by: list[Any] = [pd.NaT] * len(table)
    done_by: list[Any] = [pd.NaT] * len(table)
    if spans is not None:
        yes_by = [spans[place][0] - ONE_DAY for place in starts]
        done_by = [spans[periods.index(period)][1] for period in table["end"]]
    table.insert(0, "yes_by", pd.to_datetime(pd.Series(yes_by)))
    table["done_by"] = pd.to_datetime(pd.Series(done_by))
    first = ["yes_by", "who", "initiative", "ask_first", "start", "end", "done_by"]
    figures = [name for name in FIGURES if name not in first]
    in_order: pd.DataFrame = table.iloc[starts.argsort(kind="stable")].reset_index(drop=True)
    return in_order[[*first, *figures]]


def _rounds(table: pd.DataFrame) -> pd.DataFrame:
    """The same by start: who says yes together, to what, and who is asked before."""
    rows = []
    for start, group in table.groupby("start", sort=False):
        rows.append(
            {
                "yes_by": group["yes_by"].iloc[0],
                "start": start,
                "who": _each_once(group["who"]),
                "initiatives": tuple(group["initiative"]),
                "ask_first": _each_once(name for names in group["ask_first"] for name in names),
            }
        )
    return pd.DataFrame(rows)


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    """Names in order, each once."""
    return tuple(dict.fromkeys(names))


def _finding(plan: Timetable, rounds: pd.DataFrame) -> Finding:
    """How many decisions are needed first, by when, and of whom; waves of one initiative count once."""
    first = rounds.iloc[0]
    listed = plan.chosen.set_index("initiative")["listed_as"]
    n = listed[list(first["initiatives"])].nunique()
    verb = "needs" if n == 1 else "need"
    return Finding(
        lead=f"{n} of {plural(listed.nunique(), 'initiative')} {verb} a yes {when(first)}",
        more=[
            f"It is given by: {listing(first['who'], 5)}",
            *_asked_first(first),
            *(_later(row) for _, row in rounds.iloc[1:].iterrows()),
        ],
    )


def when(row: Mapping[Any, Any] | pd.Series[Any]) -> str:
    """By which day; before which period where the names of periods tell no day."""
    if pd.isna(row["yes_by"]):
        return f"before {row['start']}"
    return f"by {date_words(row['yes_by'].date())}"


def _asked_first(row: pd.Series[Any]) -> list[str]:
    """Who is asked before."""
    if not row["ask_first"]:
        return []
    return [f"Asked first: {listing(row['ask_first'], 8)}"]


def _later(row: pd.Series[Any]) -> str:
    """Who decides later, and by when."""
    said = f"{when(row)}: {listing(row['who'], 5)}"
    return said[:1].upper() + said[1:]


def _note(table: pd.DataFrame) -> str:
    """What the days are."""
    said = "A yes is needed by the day before the period in which an initiative starts."
    if table["yes_by"].isna().any():
        said = "A yes is needed before the period in which an initiative starts; the names of periods tell no days."
    return f"{said} Who decides is who is accountable, else the owner; asked first is who is to be consulted."
