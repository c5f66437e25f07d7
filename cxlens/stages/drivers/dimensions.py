"""Dimensions: which of a touchpoint's scores, such as speed or courtesy, carries what the touchpoint explains.

The verb :func:`dimensions`. Touchpoints play as groups of their dimensions, and the share of each is split by Owen
values (:func:`cxlens.stats.dominance.owen`). Drivers of touchpoints as wholes are in
:mod:`cxlens.stages.drivers.drivers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, interval, number
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers import tables as driver_tables
from cxlens.stages.drivers.ask import Asked, ask
from cxlens.stages.drivers.record import Fit, fit
from cxlens.stages.drivers.words import note
from cxlens.stats.dominance import owen
from cxlens.stats.games import Game

Floats = NDArray[np.float64]
WORK = 2**26  # submodels over all touchpoints and resamples, beyond which fewer resamples are split
FEWEST = 50  # resamples that are split whatever it takes
COLUMNS = [
    "dimension",
    "n",
    "mean",
    "coef",
    "coef_low",
    "coef_high",
    "importance",
    "importance_low",
    "importance_high",
    "share",
    "p_value",
    "q_value",
]


def dimensions(record: Fit) -> View:
    """Split the importance of each touchpoint among its dimensions, and tell the effect of each.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.dimensions`.
    """
    asked, columns = _asked(record)
    options = {"n_boot": record.n_boot, "level": record.level, "seed": record.seed}
    survey = record.survey.by_dimension()
    split = fit(survey, asked, options, record.n_boot, record.level, record.seed, resamples=record.resamples)
    whole = driver_tables.drivers_table(split)
    shares = np.stack([_split(game) for game in split.games], axis=1)
    table = _table(split, whole, columns, shares)
    finding = _finding(split, table)
    drawn_less = replace(split, resamples=replace(split.resamples, counts=split.resamples.counts[: len(shares) - 1]))
    parts = {"touchpoints": whole, "fit": driver_tables.fit_table(split)}
    return View("drivers/dimensions", table, finding, note(drawn_less), record, parts)


def _table(split: Fit, whole: pd.DataFrame, columns: Mapping[str, tuple[str, str]], shares: Floats) -> pd.DataFrame:
    """One row a dimension, touchpoints in the order of the whole ones; ``shares`` (1 + d, c, k) by column."""
    flat = _flat(split, tuple(columns))
    n, mean = driver_tables.scored(flat), driver_tables.user_means(flat)
    segments = []
    for s, segment in enumerate(split.segments):
        regression = split.estimates.fits[s]
        rows = driver_tables.driver_rows(flat.asked, regression, regression.coef, shares[:, s], split.level)
        rows.insert(0, "segment", segment)
        rows["n"], rows["mean"] = n[s], mean[s]
        segments.append(rows.sort_values("rank", kind="stable"))
    table = pd.concat(segments, ignore_index=True)
    table["dimension"] = [columns[name][1] for name in table["touchpoint"]]
    table["touchpoint"] = [columns[name][0] for name in table["touchpoint"]]
    keys = ["segment", "touchpoint"] if split.by else ["touchpoint"]
    of_touchpoint = table.groupby(keys, sort=False)["importance"].transform("sum")
    table["share"] = table["importance"] / of_touchpoint.where(of_touchpoint > 0)
    return whole[keys].merge(table, on=keys)[[*keys, *COLUMNS]]


def _asked(record: Fit) -> tuple[Asked, dict[str, tuple[str, str]]]:
    """The question with each touchpoint (or group) as a group of columns; of each its touchpoint and dimension."""
    own, options = record.survey.dimensions, record.options
    if record.asked.fitted or options["factors"] or len(options["interactions"]):
        raise OptionError(
            "dimensions explains outcomes of kind interval and nps, without factors and interactions. "
            "Ask drivers(...) so; factors may be covariates."
        )
    given, groups = options["groups"] or {}, {}
    named: dict[str, tuple[str, str]] = {}
    for player in record.touchpoints:
        columns = {name: words for member in given.get(player, [player]) for name, words in own[member].items()}
        groups[player] = list(columns)
        named |= {name: (player, name if player in given else words) for name, words in columns.items()}
    if all(name in own for name in named):
        raise ValuesError(
            "no touchpoint among these drivers has several dimensions. Name their columns: "
            "Survey(..., touchpoints={'Desk': {'speed': 'column 1', 'courtesy': 'column 2'}})."
        )
    always = options["covariates"]
    always = [always] if isinstance(always, str) else always
    asked = ask(
        record.survey.by_dimension(),
        outcome=options["outcome"],
        by=options["by"],
        groups=groups,
        covariates=[name for column in always for name in own.get(column, [column])],
        missing=options["missing"],
        blanks=options["blanks"],
    )
    return asked, named


def _flat(split: Fit, names: tuple[str, ...]) -> Fit:
    """The same with every column as a player."""
    columns = split.asked.design.player_columns
    design = split.asked.design._replace(players=tuple((column,) for column in columns))
    asked = split.asked._replace(design=design, names=names, single=tuple(range(len(columns))))
    return replace(split, asked=asked)


def _split(game: Game) -> Floats:
    """(1 + draws, k) Owen values, of fewer resamples than there are where a resample costs much."""
    cost = sum(2 ** (len(game.widths) - 1 + width) for width in game.widths if width > 1)
    drawn, size = min(len(game.total), 1 + max(FEWEST, WORK // cost)), max(1, WORK // cost // 16)
    parts = [slice(start, min(start + size, drawn)) for start in range(0, drawn, size)]
    bar = tqdm(parts, desc="dimensions", leave=False, disable=len(parts) <= 16)
    shares = np.concatenate([owen(game.cov[:, :, part], game.widths, game.total[part]) for part in bar], axis=1)
    return np.asarray(np.maximum(shares, 0.0).T + 0.0)  # rounding may leave a zero just below, or negative


def _finding(split: Fit, table: pd.DataFrame) -> Finding:
    """Which dimension carries most of the leading touchpoint that has several; by segment where there are some."""
    keys = ["segment", "touchpoint"] if split.by else ["touchpoint"]
    several = table[table.groupby(keys)["n"].transform("size") > 1]
    if split.by is None:
        top, total = _largest(several)
        lead = f"Of the {number(100 * total, 1)} points of R² that {top['touchpoint']} explains, {top['dimension']} carries"
        return Finding(lead, number(100 * top["importance"], 1), _span(split, top), n=count(split.n))
    items = []
    for segment, rows in several.groupby("segment", sort=False):
        top, total = _largest(rows)
        carried = f"{number(100 * top['importance'], 1)} of {number(100 * total, 1)} points of R²"
        items.append(Item(f"{top['dimension']} of {top['touchpoint']} for {segment}", carried, _span(split, top)))
    lead = f"What the dimensions of touchpoints carry, by {split.by}"
    return Finding(lead, items=items, named=len(items), n=count(split.n))


def _largest(rows: pd.DataFrame) -> tuple[pd.Series[Any], float]:
    """The row of the largest dimension of the first touchpoint, and what all its dimensions explain."""
    leading = rows[rows["touchpoint"] == rows["touchpoint"].iloc[0]]
    return leading.loc[leading["importance"].idxmax()], float(leading["importance"].sum())


def _span(split: Fit, top: pd.Series[Any]) -> str:
    return interval(100 * top["importance_low"], 100 * top["importance_high"], 1) if split.n_boot else ""
