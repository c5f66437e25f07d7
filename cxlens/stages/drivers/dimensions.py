"""Dimensions: which of a touchpoint's scores, such as speed or courtesy, carries what the touchpoint explains.

The verb :func:`dimensions`. Touchpoints play as groups of their dimensions, and the share of each is split by Owen
values (:func:`cxlens.stats.dominance.owen`). Drivers of touchpoints as wholes are in
:mod:`cxlens.stages.drivers.drivers`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from cxlens.common.finding import Finding, Item
from cxlens.common.many import named_of, where_compared
from cxlens.common.result import View
from cxlens.common.values import count, interval, number
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers import tables as driver_tables
from cxlens.stages.drivers.ask import Asked, ask
from cxlens.stages.drivers.record import Again, Fit, fit
from cxlens.stages.drivers.words import note
from cxlens.stats.dominance import owen
from cxlens.stats.games import Game
from cxlens.study.asked import asked

Floats = NDArray[np.float64]
WORK = 2**26  # submodels over all touchpoints and resamples, beyond which fewer resamples are split
SLICES = 16  # parts of that work, beyond which a progress bar is shown
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


class Place(NamedTuple):
    """Where a column belongs: its touchpoint (or group), and its dimension there; "" where it is the only one."""

    touchpoint: str
    dimension: str


def dimensions(record: Fit) -> View:
    """Split the importance of each touchpoint among its dimensions, and tell the effect of each.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.dimensions`.
    """
    places = _places(record)
    asked = _asked(record, places)
    options = {
        "n_boot": record.n_boot,
        "level": record.level,
        "seed": record.seed,
    }
    survey = record.survey.by_dimension()
    split = fit(
        survey,
        asked,
        options,
        record.n_boot,
        record.level,
        record.seed,
        resamples=record.resamples,
    )
    shares = np.stack([_owen_values(game) for game in split.games], axis=1)
    whole = driver_tables.drivers_table(split)
    table = _table(split, whole, places, shares)
    return View(
        chart="drivers/dimensions",
        table=table,
        finding=_finding(split, table),
        note=note(_with_fewer_draws(split, len(shares) - 1)),
        record=record,
        parts={"touchpoints": whole, "fit": driver_tables.fit_table(split)},
        again=Again(dimensions, record),
    )


def _with_fewer_draws(split: Fit, n_boot: int) -> Fit:
    """The same record with the first resamples alone, those that were split."""
    return replace(
        split,
        resamples=replace(split.resamples, counts=split.resamples.counts[:n_boot]),
    )


def _places(record: Fit) -> dict[str, Place]:
    """Where each column belongs; refuses drivers that cannot be split."""
    options = record.options
    if record.asked.fitted or options["factors"] or len(options["interactions"]):
        raise OptionError(
            "dimensions explains outcomes of kind interval and nps, without factors and interactions. "
            "Ask drivers(...) so; factors may be covariates."
        )
    dimensions_of, groups = (
        record.survey.dimensions,
        options["groups"] or {},
    )
    places: dict[str, Place] = {}
    for player in record.touchpoints:
        for member in groups.get(player, [player]):
            for column, dimension in dimensions_of[member].items():
                places[column] = Place(player, column if player in groups else dimension)
    if all(column in dimensions_of for column in places):
        raise ValuesError(
            "no touchpoint among these drivers has several dimensions. Name their columns: "
            "Survey(..., touchpoints={'Desk': {'speed': 'column 1', 'courtesy': 'column 2'}})."
        )
    return places


def _asked(record: Fit, places: Mapping[str, Place]) -> Asked:
    """The question of the drivers with each touchpoint (or group) as a group of columns."""
    options = record.options
    dimensions_of = record.survey.dimensions
    groups: dict[str, list[str]] = {player: [] for player in record.touchpoints}
    for column, place in places.items():
        groups[place.touchpoint].append(column)
    covariates = options["covariates"]
    if isinstance(covariates, str):
        covariates = [covariates]
    return ask(
        record.survey.by_dimension(),
        outcome=options["outcome"],
        by=options["by"],
        groups=groups,
        covariates=[column for covariate in covariates for column in dimensions_of.get(covariate, [covariate])],
        method="lmg",
        missing=options["missing"],
        blanks=options["blanks"],
    )


def _table(
    split: Fit,
    whole: pd.DataFrame,
    places: Mapping[str, Place],
    shares: Floats,
) -> pd.DataFrame:
    """One row a dimension, touchpoints in the order of the whole ones; ``shares`` (1 + d, c, k) by column."""
    flat = _flat(split, tuple(places))
    n = flat.n_shown
    mean = asked(driver_tables.user_means(flat), split.survey.scale)
    segments = [_rows(split, flat.asked, s, shares[:, s], n[s], mean[s]) for s in range(len(split.segments))]
    table = pd.concat(segments, ignore_index=True)
    columns = table["touchpoint"]
    table["dimension"] = [places[column].dimension for column in columns]
    table["touchpoint"] = [places[column].touchpoint for column in columns]
    keys = ["segment", "touchpoint"] if split.by else ["touchpoint"]
    of_touchpoint = table.groupby(keys, sort=False)["importance"].transform("sum")
    table["share"] = table["importance"] / of_touchpoint.where(of_touchpoint > 0)
    return whole[keys].merge(table, on=keys)[[*keys, *COLUMNS]]


def _rows(
    split: Fit,
    asked: Asked,
    s: int,
    shares: Floats,
    n: pd.Series[int],
    mean: Floats,
) -> pd.DataFrame:
    """The k columns of one segment, the most important first; ``shares`` (1 + d, k), estimate first."""
    regression = split.estimates.fits[s]
    rows = driver_tables.driver_rows(
        asked,
        regression,
        regression.coef,
        shares,
        driver_tables.ends_of(split, s, shares),
        split.level,
    )
    rows.insert(0, "segment", split.segments[s])
    rows["n"] = n
    rows["mean"] = mean
    return rows.sort_values("rank", kind="stable")


def _flat(split: Fit, names: tuple[str, ...]) -> Fit:
    """The same with every column as a player."""
    columns = split.asked.design.player_columns
    design = split.asked.design._replace(players=tuple((column,) for column in columns))
    asked = split.asked._replace(design=design, names=names, single=tuple(range(len(columns))))
    return replace(split, asked=asked)


def _owen_values(game: Game) -> Floats:
    """(1 + draws, k) Owen values, of fewer resamples than there are where a resample costs much."""
    widths = game.widths
    submodels = sum(2 ** (len(widths) - 1 + width) for width in widths if width > 1)
    drawn = min(len(game.total), 1 + max(FEWEST, WORK // submodels))
    at_a_time = max(1, WORK // submodels // SLICES)
    slices = [slice(start, min(start + at_a_time, drawn)) for start in range(0, drawn, at_a_time)]
    bar = tqdm(
        slices,
        desc="dimensions",
        leave=False,
        disable=len(slices) <= SLICES or None,
    )
    values = [owen(game.cov[:, :, draws], widths, game.total[draws]) for draws in bar]
    shares = np.concatenate(values, axis=1).T
    return np.asarray(np.maximum(shares, 0.0) + 0.0)  # rounding may leave a zero just below, or negative


def _finding(split: Fit, table: pd.DataFrame) -> Finding:
    """Which dimension carries most of the leading touchpoint that has several; by segment where there are some."""
    keys = ["segment", "touchpoint"] if split.by else ["touchpoint"]
    several = table[table.groupby(keys)["n"].transform("size") > 1]
    if split.by is None:
        top, total = _largest(several)
        explained = f"{number(100 * total, 1)} points of R² that {top['touchpoint']} explains"
        return Finding(
            lead=f"Of the {explained}, {top['dimension']} carries",
            figure=number(100 * top["importance"], 1),
            interval=_span(split, top),
            n=count(split.n),
        )
    items = [_item(split, segment, rows) for segment, rows in several.groupby("segment", sort=False)]
    lead = f"What the dimensions of touchpoints carry, by {split.by_words}"
    more = where_compared(len(items), split.by, split.survey.time)
    return Finding(lead, items=items, named=named_of(len(items)), more=more, n=count(split.n))


def _item(split: Fit, segment: Hashable, rows: pd.DataFrame) -> Item:
    """The largest dimension of a segment."""
    top, total = _largest(rows)
    carried = f"{number(100 * top['importance'], 1)} of {number(100 * total, 1)} points of R²"
    return Item(
        f"{top['dimension']} of {top['touchpoint']} for {segment}",
        carried,
        _span(split, top),
    )


def _largest(rows: pd.DataFrame) -> tuple[pd.Series[Any], float]:
    """The row of the largest dimension of the first touchpoint, and what all its dimensions explain."""
    leading = rows[rows["touchpoint"] == rows["touchpoint"].iloc[0]]
    return leading.loc[leading["importance"].idxmax()], float(leading["importance"].sum())


def _span(split: Fit, top: pd.Series[Any]) -> str:
    if split.n_boot:
        return interval(100 * top["importance_low"], 100 * top["importance_high"], 1)
    return ""
