"""What a baseline says of an aggregated table without means.

How its figures are made is the business of :mod:`cxlens.stages.baseline.score`, as for answers.
"""

from __future__ import annotations

import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.values import count, number, percent, plural, signed
from cxlens.study.aggregates import Aggregates


def finding_of_shares(table: pd.DataFrame, shares: Aggregates, min_n: int) -> Finding:
    """``Lowest NPS: web (+12 [8, 16]). n = 900.``; of a table of boxes the lowest top box."""
    if "nps" in shares.figures:
        return _lowest("NPS", "nps", table, shares, min_n)
    return _lowest("top box", "top_box", table, shares, min_n)


def _lowest(name: str, figure: str, table: pd.DataFrame, shares: Aggregates, min_n: int) -> Finding:
    """Where a figure is lowest."""
    shown = table.dropna(subset=figure)
    if shown.empty:
        everyone = plural(shares.n, "answer")
        return Finding(f"No touchpoint has {min_n} answers or more: {everyone} in all")
    row = shown.sort_values(figure, kind="stable").iloc[0]
    where = [row["touchpoint"]]
    where += [f"in {row[head]}" for head in ("segment", "wave") if head in row]
    value = row[figure]
    ends = [row[f"{figure}_low"], row[f"{figure}_high"]]
    words = [percent(end) for end in ends]
    if figure == "nps":
        words = [number(end, 0) for end in ends]
    lowest = Item(
        name=" ".join(where),
        figure=signed(value, 0) if figure == "nps" else percent(value),
        interval=f"[{', '.join(words)}]",
    )
    return Finding(f"Lowest {name}", items=[lowest], n=count(row["n"]))
