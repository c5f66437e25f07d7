"""What a baseline says of an aggregated table without means.

How its figures are made is the business of :mod:`cxlens.stages.baseline.score`, as for answers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.small_cells import reason
from cxlens.common.values import count, number, percent, plural, signed
from cxlens.errors import OptionError
from cxlens.study.aggregates import Aggregates, knows
from cxlens.study.asked import lowest_is_best
from cxlens.study.survey import Survey


class Leading(NamedTuple):
    """The figure of a table that sentences and pictures are about: its columns, its word, what an axis calls it."""

    column: str
    low: str
    high: str
    word: str
    axis: str
    ascending: bool = True  # from the worst to the best


MEAN = Leading("mean", "low", "high", "Mean", "Mean score of users")
NPS = Leading("nps", "nps_low", "nps_high", "NPS", "NPS, in points")
TOP_BOX = Leading("top_box", "top_box_low", "top_box_high", "Top box", "Top box, a share from 0 to 1")


def check_ratings(survey: Survey) -> None:
    """Refuse shares of customers, which rate nothing.

    Raises
    ------
    OptionError
        ``baseline tells how touchpoints are rated, and this table holds shares of customers. Follow them: ...``
    """
    if isinstance(survey, Aggregates) and survey.holds_customers:
        raise OptionError(
            "baseline tells how touchpoints are rated, and this table holds shares of customers. Follow them: "
            "cx.monitor(table); measure a change of them: cx.before_after or cx.interrupted_time_series."
        )


def leading(survey: Survey) -> Leading:
    """The mean, where answers or an aggregated table tell it; else the NPS or the top box."""
    if knows(survey, "mean"):
        return MEAN._replace(ascending=not lowest_is_best(survey.scale))
    return NPS if knows(survey, "nps") else TOP_BOX


def nothing_shown(survey: Survey, per: str, least: int) -> Finding:
    """What is said of a table of which nothing is shown; with how many answers there are, where that may be told."""
    n = survey.n
    everyone = pd.DataFrame(index=[0])
    if survey.hidden(everyone, np.array([[n]]), [-1], least).any():
        return Finding(f"No {per} is told: {reason(least)}")
    return Finding(f"No {per} has {least} answers or more: {plural(n, 'answer')} in all")


def finding_of_shares(table: pd.DataFrame, shares: Aggregates, min_n: int) -> Finding:
    """``Lowest NPS: web (+12 [8, 16]). n = 900.``; of a table of boxes the lowest top box."""
    lead = leading(shares)
    shown = table.dropna(subset=lead.column)
    if shown.empty:
        return nothing_shown(shares, "touchpoint", min_n)
    in_order = shown.sort_values(lead.column, kind="stable")
    row = in_order.iloc[0]
    level = in_order[in_order.index.isin([row.name]) | (in_order[lead.low] <= row[lead.high])]
    items = [_item(one, lead) for _, one in level.iterrows()]
    name = "NPS" if lead is NPS else "top box"
    numbers = sorted({level["n"].min(), level["n"].max()})
    n = " to ".join(map(count, numbers))
    if len(items) > 1:
        return Finding(f"Lowest {name}, with no clear last", items=items, n=n)
    return Finding(f"Lowest {name}", items=items, n=n)


def _item(row: pd.Series[Any], lead: Leading) -> Item:
    """``web in B (-10 [-26, 6])``."""
    where = [row["touchpoint"]]
    where += [f"in {row[head]}" for head in ("segment", "wave") if head in row]
    ends = [row[lead.low], row[lead.high]]
    words = [number(end, 0) if lead is NPS else percent(end) for end in ends]
    value = row[lead.column]
    return Item(
        name=" ".join(where),
        figure=signed(value, 0) if lead is NPS else percent(value),
        interval=f"[{', '.join(words)}]",
    )
