"""Dominance: which touchpoint is ahead of which other, in how many submodels and how surely.

The verb :func:`dominance` and the words it is told in; the numbers come from :mod:`cxlens.stats.dominance`. How much
each touchpoint explains on its own is said by :mod:`cxlens.stages.drivers.drivers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, plural
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.words import note
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.dominance import complete_shares, conditional_shares, dominance_shares
from cxlens.stats.games import Game
from cxlens.stats.importance import gains_of_values

Floats = NDArray[np.float64]
MOST = 20  # players up to which every submodel is looked at
MOST_DRAWN = 15  # players up to which that is done in resamples, too
ALL_DRAWN, SOME = 10, 200  # above so many players, in so many resamples only


def dominance(record: Fit) -> View:
    """Compare every touchpoint with every other: by importance, by size of the model, and in every submodel.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.dominance`.
    """
    tables, gains = zip(*(_pairs(record, s) for s in range(len(record.segments))), strict=True)
    made, by_size = (pd.concat(parts, ignore_index=True) for parts in (tables, gains))
    finding = _finding(record, tables)
    if record.by is None:
        made, by_size = made.drop(columns="segment"), by_size.drop(columns="segment")
    return View("drivers/dominance", made, finding, _note(record), record, {"conditional": by_size})


def _pairs(record: Fit, s: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of one segment, and the mean gains by size of the model."""
    p, size = len(record.touchpoints), record.estimate.importance[0, s]
    complete, conditional, gains = _shares(record, record.games[s])
    order = np.argsort(-size, kind="stable")
    i, j = (places[~np.eye(p, dtype=bool)] for places in np.meshgrid(order, order, indexing="ij"))
    names = np.array(record.touchpoints, dtype=object)
    table = pd.DataFrame({"segment": record.segments[s], "touchpoint": names[i], "over": names[j]})
    table["difference"] = size[i] - size[j]
    table["low"], table["high"], table["p_general"] = np.nan, np.nan, np.nan
    if record.draws is not None:
        sizes = record.draws.importance[:, s]
        gaps = sizes[:, i] - sizes[:, j]
        table["low"], table["high"] = percentile_interval(gaps, record.level)
        table["p_general"] = (gaps > 0).sum(axis=0) / max((~np.isnan(sizes[:, 0])).sum(), 1)
    table["complete"], table["conditional"] = complete[i, j, 0], conditional[i, j, 0]
    for column, shares in (("p_complete", complete), ("p_conditional", conditional)):
        drawn = shares[i, j, 1:]
        known = (~np.isnan(drawn)).sum(axis=1)
        table[column] = (drawn == 1).sum(axis=1) / np.where(known > 0, known, np.nan)
    by_size = pd.DataFrame({"segment": record.segments[s], "touchpoint": np.repeat(names[order], gains.shape[1])})
    by_size["size"], by_size["gain"] = np.tile(np.arange(gains.shape[1]), p), gains[order, :, 0].ravel()
    return table, by_size


def _shares(record: Fit, game: Game) -> tuple[Floats, Floats, Floats]:
    """Complete and conditional shares (p, p, 1 + draws) and gains by size (p, p, 1 + draws); none where too many."""
    p, drawn = len(game.widths), 1 + _drawn(record)
    if game.values is not None:
        complete, gains = complete_shares(game.values), gains_of_values(game.values)
    elif record.asked.fitted or p > MOST:
        return np.full((p, p, 1), np.nan), np.full((p, p, 1), np.nan), np.empty((p, 0, 1))
    else:
        complete, gains = dominance_shares(game.cov[:, :, :drawn], game.total[:drawn], game.widths)
    return complete, conditional_shares(gains), gains


def _drawn(record: Fit) -> int:
    """In how many of the resamples every submodel is looked at."""
    p = len(record.touchpoints)
    if record.asked.fitted or p <= ALL_DRAWN:
        return record.n_boot
    return min(record.n_boot, SOME) if p <= MOST_DRAWN else 0


def _finding(record: Fit, tables: Sequence[pd.DataFrame]) -> Finding:
    """How many others the first one dominates, and how far it is ahead of the next; by segment where there are some."""
    n = count(record.n)
    if len(record.touchpoints) == 1:
        return Finding(f"{record.touchpoints[0]} is alone: there is no other to dominate", n=n)
    if record.by is None:
        top = tables[0].iloc[0]
        won = _won(record, tables[0])
        lead = f"{top['touchpoint']} completely dominates {won}; it is" if won else f"{top['touchpoint']} is"
        unit = f"points of R² ahead of {top['over']}, the next"
        return Finding(lead, number(100 * top["difference"], 1), _span(record, top), unit, _often(record, top), n)
    items = [_item(record, segment, table) for segment, table in zip(record.segments, tables, strict=True)]
    return Finding(f"Which touchpoint dominates which, by {record.by}", items=items, named=len(items), n=n)


def _item(record: Fit, segment: str, table: pd.DataFrame) -> Item:
    """The first touchpoint of a segment, and how far it is ahead."""
    top = table.iloc[0]
    ahead = f"{number(100 * top['difference'], 1)} points of R² ahead"
    return Item(f"{top['touchpoint']} for {segment}", ahead, _span(record, top), _often(record, top))


def _won(record: Fit, table: pd.DataFrame) -> str:
    """How many others the first touchpoint completely dominates, in words; nothing where it was not looked at."""
    if table["complete"].isna().all():
        return ""
    others = len(record.touchpoints) - 1
    won = int((table["complete"].iloc[:others] == 1).sum())
    return f"all {others} others" if won == others > 1 else f"{won} of {plural(others, 'other')}"


def _span(record: Fit, top: Any) -> str:
    return interval(100 * top["low"], 100 * top["high"], 1) if record.n_boot else ""


def _often(record: Fit, top: Any) -> str:
    return f"in {percent(top['p_general'])} of resamples" if record.n_boot else ""


def _note(record: Fit) -> str:
    """What the figures mean, and what was not looked at."""
    p, drawn = len(record.touchpoints), _drawn(record)
    parts = ["Complete dominance: adding more R² to every set of the others."]
    if record.asked.fitted and record.asked.method != "lmg":
        parts = ["Relative weights of a fitted outcome: importance is compared, submodels are not."]
    elif not record.asked.fitted and p > MOST:
        parts = [f"Importance alone is compared: {p} players have too many submodels ({MOST} is the most)."]
    elif drawn < record.n_boot:
        where = f"{count(drawn)} resamples" if drawn else f"no resample, as there are more than {MOST_DRAWN} players"
        parts.append(f"Submodels were looked at in {where}.")
    return " ".join([*parts, note(record)])
