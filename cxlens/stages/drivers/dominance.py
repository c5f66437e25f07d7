"""Dominance: which touchpoint is ahead of which other, in how many submodels and how surely.

The verb :func:`dominance` and the words it is told in; the numbers come from :mod:`cxlens.stats.dominance`. How much
each touchpoint explains on its own is said by :mod:`cxlens.stages.drivers.drivers`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent
from cxlens.stages.drivers.fit import Fit
from cxlens.stages.drivers.games import Game
from cxlens.stages.drivers.words import note
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.dominance import complete_shares, conditional_shares, dominance_shares
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
    words = [_finding(record, table) for table in tables]
    if record.by is None:
        made, by_size = made.drop(columns="segment"), by_size.drop(columns="segment")
    else:
        words = [f"{segment}: {finding}" for segment, finding in zip(record.segments, words, strict=True)]
    sentence = f"{'; '.join(words)}. n = {count(record.n)}."
    return View("drivers/dominance", made, in_one(sentence), _note(record), record, {"conditional": by_size})


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


def _finding(record: Fit, table: pd.DataFrame) -> str:
    """How many others the first one dominates, and how far it is ahead of the next."""
    if table.empty:
        return f"{record.touchpoints[0]} is alone: there is no other to dominate"
    top, others = table.iloc[0], len(record.touchpoints) - 1
    won = int((table["complete"].iloc[:others] == 1).sum())
    span = f" {interval(100 * top['low'], 100 * top['high'], 1)}" if record.n_boot else ""
    drawn = f", in {percent(top['p_general'])} of resamples" if record.n_boot else ""
    lead = f"{number(100 * top['difference'], 1)}{span} points of R² ahead of {top['over']}, the next{drawn}"
    if table["complete"].isna().all():
        return f"{top['touchpoint']} is {lead}"
    what = f"all {others} others" if won == others > 1 else f"{won} of {others} other{'s' if others > 1 else ''}"
    return f"{top['touchpoint']} completely dominates {what}; it is {lead}"


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
