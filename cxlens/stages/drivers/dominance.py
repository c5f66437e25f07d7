"""Dominance: which touchpoint is ahead of which other, in how many submodels and how surely.

The verb :func:`dominance` and the words it is told in; the numbers come from :mod:`cxlens.stats.dominance`. How much
each touchpoint explains on its own is said by :mod:`cxlens.stages.drivers.drivers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.many import named_of, where_compared
from cxlens.common.result import View
from cxlens.common.values import count, in_hundred, interval, number, plural
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stages.drivers.words import note
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.dominance import (
    clear_leads,
    complete_shares,
    conditional_shares,
    dominance_shares,
)
from cxlens.stats.games import Game
from cxlens.stats.importance import gains_of_values
from cxlens.stats.likelihood_games import ALL_DRAWN as FITTED_DRAWN

Floats = NDArray[np.float64]
MOST = 20  # players up to which every submodel is looked at
MOST_DRAWN = 15  # players up to which that is done in resamples, too
SURE = 0.95  # share of the resamples from which on dominance is clear
# Part of the chance to be wrong that is used: with all of it, 6.7 % of 1,000 studies claimed what was not there.
ALLOWED = 0.5
ALL_DRAWN, SOME = 10, 200  # above so many players, in so many resamples only


def dominance(record: Fit) -> View:
    """Compare every touchpoint with every other: by importance, by size of the model, and in every submodel.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.dominance`.
    """
    tables = []
    gains_by_size = []
    for s in range(len(record.segments)):
        shares = _shares(record, record.games[s])
        tables.append(_pairs(record, s, shares))
        gains_by_size.append(_gains_by_size(record, s, shares.gains))
    table = pd.concat(tables, ignore_index=True)
    by_size = pd.concat(gains_by_size, ignore_index=True)
    if record.by is None:
        table = table.drop(columns="segment")
        by_size = by_size.drop(columns="segment")
    return View(
        chart="drivers/dominance",
        table=table,
        finding=_finding(record, tables),
        note=_note(record),
        record=record,
        parts={"conditional": by_size},
        again=Again(dominance, record),
    )


class Shares(NamedTuple):
    """How often each of p players adds more than each other, and what it adds to so many others; estimate first.

    ``complete`` and ``conditional`` (p, p, 1 + d) of the sets of others, and of their sizes; ``gains`` (p, p, 1 + d) by
    player and size. NaN, and no gains, where submodels are not looked at.
    """

    complete: Floats
    conditional: Floats
    gains: Floats


def _shares(record: Fit, game: Game) -> Shares:
    """Dominance in the answers and in the resamples that are looked at."""
    p = len(game.widths)
    if game.values is not None:
        gains = gains_of_values(game.values)
        return Shares(complete_shares(game.values), conditional_shares(gains), gains)
    if record.asked.fitted or p > MOST:
        unknown = np.full((p, p, 1), np.nan)
        return Shares(unknown, unknown, np.empty((p, 0, 1)))
    drawn = 1 + _drawn(record)
    complete, gains = dominance_shares(game.cov[:, :, :drawn], game.total[:drawn], game.widths)
    return Shares(complete, conditional_shares(gains), gains)


def _by_importance(record: Fit, s: int) -> NDArray[np.intp]:
    """(p,) the players of a segment, the most important first."""
    return np.argsort(-record.estimate.importance[0, s], kind="stable")


def _pairs(record: Fit, s: int, shares: Shares) -> pd.DataFrame:
    """The table of one segment: a row for each ordered pair."""
    first, second = _ordered_pairs(_by_importance(record, s))
    names = np.array(record.touchpoints, dtype=object)
    importance = record.estimate.importance[0, s]
    table = pd.DataFrame(
        {
            "segment": record.segments[s],
            "touchpoint": names[first],
            "over": names[second],
        }
    )
    table["difference"] = importance[first] - importance[second]
    table["low"], table["high"], table["p_general"] = _general(record, s, first, second)
    table["complete"] = shares.complete[first, second, 0]
    table["conditional"] = shares.conditional[first, second, 0]
    table["p_complete"] = _share_that_dominate(shares.complete[first, second, 1:])
    table["p_conditional"] = _share_that_dominate(shares.conditional[first, second, 1:])
    return table


def _ordered_pairs(
    order: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pairs of different players, those of the first player first."""
    first, second = np.meshgrid(order, order, indexing="ij")
    different = first != second
    return first[different], second[different]


def _general(record: Fit, s: int, first: NDArray[np.intp], second: NDArray[np.intp]) -> tuple[Any, Any, Any]:
    """The interval of the difference in importance of each pair, and how often it is above 0; NaN without resamples."""
    if record.draws is None:
        return np.nan, np.nan, np.nan
    drawn = record.draws.importance[:, s]
    differences = drawn[:, first] - drawn[:, second]
    low, high = percentile_interval(differences, record.level)
    known = (~np.isnan(drawn[:, 0])).sum()
    return low, high, (differences > 0).sum(axis=0) / max(known, 1)


def _share_that_dominate(shares: Floats) -> Floats:
    """Of (m, d) shares in resamples, how many are all: (m,), NaN where none is known."""
    known = (~np.isnan(shares)).sum(axis=1)
    return np.asarray((shares == 1).sum(axis=1) / np.where(known > 0, known, np.nan))


def _gains_by_size(record: Fit, s: int, gains: Floats) -> pd.DataFrame:
    """What each player adds on average to so many others, in one segment."""
    order = _by_importance(record, s)
    names = np.array(record.touchpoints, dtype=object)
    sizes = gains.shape[1]
    table = pd.DataFrame(
        {
            "segment": record.segments[s],
            "touchpoint": np.repeat(names[order], sizes),
        }
    )
    table["size"] = np.tile(np.arange(sizes), len(order))
    table["gain"] = gains[order, :, 0].ravel()
    return table


def _drawn(record: Fit) -> int:
    """In how many of the resamples every submodel is looked at."""
    p = len(record.touchpoints)
    if record.asked.fitted:
        return record.n_boot if p <= FITTED_DRAWN else 0
    if p <= ALL_DRAWN:
        return record.n_boot
    if p <= MOST_DRAWN:
        return min(record.n_boot, SOME)
    return 0


def _finding(record: Fit, tables: Sequence[pd.DataFrame]) -> Finding:
    """How many others the first one dominates, and how far it is ahead of the next; by segment where there are some."""
    n = count(record.n)
    if len(record.touchpoints) == 1:
        return Finding(
            f"{record.touchpoints[0]} is the only touchpoint, so nothing is compared",
            n=n,
        )
    if record.by is None:
        return _finding_of_all(record, tables[0])
    items = [_item(record, segment, table) for segment, table in zip(record.segments, tables, strict=True)]
    return Finding(
        f"Which touchpoint dominates which, by {record.by_words}",
        items=items,
        named=named_of(len(items)),
        more=where_compared(len(items), record.by, record.survey.time),
        n=n,
    )


def _finding_of_all(record: Fit, table: pd.DataFrame) -> Finding:
    """The first one, whom it dominates, and how far it is ahead of the next."""
    top = table.iloc[0]
    said = _dominates(record, table)
    return Finding(
        lead=f"{said}; it is" if said else f"{top['touchpoint']} is",
        figure=number(100 * top["difference"], 1),
        interval=_span(record, top),
        unit=f"points of R² ahead of {top['over']}, the next",
        certainty=_often(record, top),
        n=count(record.n),
        short=said,
    )


def _item(record: Fit, segment: str, table: pd.DataFrame) -> Item:
    """The first touchpoint of a segment, and how far it is ahead."""
    top = table.iloc[0]
    ahead = f"{number(100 * top['difference'], 1)} points of R² ahead"
    return Item(
        f"{top['touchpoint']} for {segment}",
        ahead,
        _span(record, top),
        _often(record, top),
    )


def _dominates(record: Fit, table: pd.DataFrame) -> str:
    """How many others the first touchpoint completely dominates, clearly where that was drawn; "" if not looked at.

    The first one was chosen, and so were those it dominates: how far it is ahead has to be clear among all pairs, too.
    """
    if table["complete"].isna().all():
        return ""
    others = len(record.touchpoints) - 1
    pairs = table.iloc[:others]
    is_drawn = pairs["p_complete"].notna().all()
    is_sure = pairs["p_complete"] >= SURE if is_drawn else True
    is_winner = (pairs["complete"] == 1) & is_sure & _is_ahead(record)
    won = int(is_winner.sum())
    how = "clearly and completely" if is_drawn else "completely"
    whom = f"{won or 'none'} of {plural(others, 'other')}"
    if won == others > 1:
        whom = f"all {others} others"
    return f"{table['touchpoint'].iloc[0]} {how} dominates {whom}"


def _is_ahead(record: Fit) -> NDArray[np.bool_]:
    """(p - 1,) of whom the first touchpoint is clearly ahead, by importance; of all where nothing was drawn."""
    first, *others = _by_importance(record, 0)
    if record.draws is None:
        return np.ones(len(others), bool)
    level = 1 - (1 - SURE) * ALLOWED
    leads = clear_leads(record.estimate.importance[0, 0], record.draws.importance[:, 0], level)
    return leads[first, others]


def _span(record: Fit, top: Any) -> str:
    if record.n_boot:
        return interval(100 * top["low"], 100 * top["high"], 1)
    return ""


def _often(record: Fit, top: Any) -> str:
    if record.n_boot:
        return f"in {in_hundred(top['p_general'])} of 100 redraws"
    return ""


def _note(record: Fit) -> str:
    """What the figures mean, and what was not looked at."""
    return f"{_compared(record)} {note(record)}"


def _compared(record: Fit) -> str:
    """What is compared, and when dominance is clear."""
    p = len(record.touchpoints)
    drawn = _drawn(record)
    if record.asked.fitted and record.asked.method != "lmg":
        return "Relative weights of a fitted outcome: importance is compared, submodels are not."
    if not record.asked.fitted and p > MOST:
        return f"Importance alone is compared: {p} players have too many submodels ({MOST} is the most)."
    sentences = ["Complete dominance: adding more R² to every set of the others."]
    if drawn < record.n_boot:
        most = FITTED_DRAWN if record.asked.fitted else MOST_DRAWN
        where = f"{count(drawn)} redraws" if drawn else f"no redraw, as there are more than {most} players"
        sentences.append(f"Submodels were looked at in {where}.")
    if record.by is None and drawn:
        sentences.append("Clearly: in 95 of 100 redraws, and further ahead than chance brings any of all pairs.")
    return " ".join(sentences)
