"""Dimensions: which of a touchpoint's scores, such as speed or courtesy, carries what the touchpoint explains.

The verb :func:`dimensions`. Touchpoints play as groups of their dimensions, and the share of each is split by Owen
values (:func:`cxlens.stats.dominance.owen`). Drivers of touchpoints as wholes are in
:mod:`cxlens.stages.drivers.drivers`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from cxlens.common.result import View
from cxlens.common.values import count, interval, number
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers import tables as driver_tables
from cxlens.stages.drivers.ask import Asked, ask
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.fit import Game, collect, estimate
from cxlens.stats.dominance import owen

Floats = NDArray[np.float64]
WORK = 2**26  # submodels over all touchpoints and resamples, beyond which fewer resamples are split
FEWEST = 50  # resamples that are split whatever it takes


def dimensions(drivers: Drivers) -> View:
    """Split the importance of each touchpoint among its dimensions, and tell the effect of each.

    Parameters
    ----------
    drivers
        From :func:`cxlens.drivers`, of a survey whose touchpoints have dimensions:
        ``Survey(touchpoints={name: {dimension: column}})``.

    Returns
    -------
    View
        ``table`` has one row a dimension (and segment), the most important touchpoint first: ``segment`` (with
        ``by``), ``touchpoint`` (or group), ``dimension`` ("" where it has one column), ``n`` scores, ``mean`` of
        them, ``coef`` of the dimension in the model of all dimensions with ``coef_low`` and ``coef_high``,
        ``importance`` (its Owen value, in R2) with ``importance_low`` and ``importance_high``, ``share`` of what the
        touchpoint explains, ``p_value``, ``q_value``. ``parts["touchpoints"]`` is the same by touchpoint, with the
        columns of :attr:`cxlens.stages.drivers.drivers.Drivers.table`; each explains the sum of its dimensions.
        ``parts["fit"]`` is that of the drivers for the model of all dimensions.

    Raises
    ------
    OptionError
        For binary and ordinal outcomes, and drivers with factors or interactions.
    ValuesError
        When no touchpoint has several dimensions, there are too many of them, or too few complete answers.

    Notes
    -----
    Owen (1977): Shapley values among the touchpoints as wholes, and within each among its dimensions. Unlike in the
    drivers, where a touchpoint scores the mean of the dimensions rated, each dimension has a coefficient of its own, so
    a row with a blank dimension is left out. Importance is exact whatever the method of the drivers.

    Examples
    --------
    >>> import cxlens as cx
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> answers = pd.DataFrame(rng.integers(1, 6, (200, 3)), columns=["speed", "courtesy", "web"])
    >>> answers["overall"] = 2 * answers["speed"] + answers["web"] + rng.normal(size=200)
    >>> desk = {"speed": "speed", "courtesy": "courtesy"}
    >>> survey = cx.Survey(answers, touchpoints={"Desk": desk, "Web": "web"}, outcome="overall")
    >>> from cxlens.stages.drivers.dimensions import dimensions
    >>> dimensions(cx.drivers(survey, n_boot=0)).table["dimension"].tolist()
    ['speed', 'courtesy', '']
    """
    survey, asked, named = drivers.survey.by_dimension(), *_asked(drivers)
    data = collect(survey, asked)
    kept, unusable = driver_tables.usable(survey, asked, data)
    if not kept:
        raise ValuesError(driver_tables.nothing_left(survey, asked, data, unusable))
    made = estimate(survey, asked, data, kept, drivers.n_boot, drivers.seed)
    whole = driver_tables.drivers_table(asked, data, kept, made, drivers.level)
    fit = driver_tables.fit_table(asked, data, kept, made.figures)
    shares = np.stack([_split(game) for game in made.games], axis=1)
    flat = _flat(asked, tuple(named))
    figures = made.figures._replace(coef=np.stack([own.coef for own in made.fits])[None], importance=shares)
    table = driver_tables.drivers_table(flat, data, kept, made._replace(figures=figures), drivers.level)
    table["dimension"] = [named[name][1] for name in table["touchpoint"]]
    table["touchpoint"] = [named[name][0] for name in table["touchpoint"]]
    keys = ["segment", "touchpoint"] if drivers.by else ["touchpoint"]
    sums = table.groupby(keys, sort=False)["importance"].transform("sum")
    table["share"] = table["importance"] / sums.where(sums > 0)
    table = whole[keys].merge(table, on=keys)  # in the order of the touchpoints as wholes
    columns = ["n", "mean", "coef", "coef_low", "coef_high", "importance", "importance_low", "importance_high"]
    table = table[[*keys, "dimension", *columns, "share", "p_value", "q_value"]]
    sentence = _sentence(drivers, table, int(fit["n"].sum()))
    told = replace(drivers, dropped=dict(data.dropped), unusable=unusable, asked=asked, n_boot=len(shares) - 1)
    return View("dimensions", table, sentence, told.note, drivers, {"touchpoints": whole, "fit": fit})


def _asked(drivers: Drivers) -> tuple[Asked, dict[str, tuple[str, str]]]:
    """The question with each touchpoint (or group) as a group of columns; of each its touchpoint and dimension."""
    own, options = drivers.survey.dimensions, drivers.options
    if drivers.asked.fitted or options["factors"] or len(options["interactions"]):
        raise OptionError(
            "dimensions explains outcomes of kind interval and nps, without factors and interactions. "
            "Ask drivers(...) so; factors may be covariates."
        )
    given, groups = options["groups"] or {}, {}
    named: dict[str, tuple[str, str]] = {}
    for player in drivers.touchpoints:
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
        drivers.survey.by_dimension(),
        outcome=options["outcome"],
        by=options["by"],
        groups=groups,
        covariates=[name for column in always for name in own.get(column, [column])],
        missing=options["missing"],
        blanks=options["blanks"],
    )
    return asked, named


def _flat(asked: Asked, names: tuple[str, ...]) -> Asked:
    """The same with every column as a player."""
    columns = [column for player in asked.design.players for column in player]
    design = asked.design._replace(players=tuple((column,) for column in columns))
    return asked._replace(design=design, names=names, single=tuple(range(len(columns))))


def _split(game: Game) -> Floats:
    """(1 + draws, k) Owen values, of fewer resamples than there are where a resample costs much."""
    cost = sum(2 ** (len(game.widths) - 1 + width) for width in game.widths if width > 1)
    drawn, size = min(len(game.total), 1 + max(FEWEST, WORK // cost)), max(1, WORK // cost // 16)
    parts = [slice(start, min(start + size, drawn)) for start in range(0, drawn, size)]
    bar = tqdm(parts, desc="dimensions", leave=False, disable=len(parts) <= 16)
    shares = np.concatenate([owen(game.cov[:, :, part], game.widths, game.total[part]) for part in bar], axis=1)
    return np.asarray(np.maximum(shares, 0.0).T + 0.0)  # rounding may leave a zero just below, or negative


def _sentence(drivers: Drivers, table: pd.DataFrame, n: int) -> str:
    """Which dimension carries most of the leading touchpoint that has several; by segment where there are some."""
    keys = ["segment", "touchpoint"] if drivers.by else ["touchpoint"]
    several = table[table.groupby(keys)["n"].transform("size") > 1]
    words = []
    for segment, own in several.groupby("segment", sort=False) if drivers.by else [("", several)]:
        own = own[own["touchpoint"] == own["touchpoint"].iloc[0]]
        top, total = own.loc[own["importance"].idxmax()], own["importance"].sum()
        span = f" {interval(100 * top['importance_low'], 100 * top['importance_high'], 1)}" if drivers.n_boot else ""
        words.append(
            f"{f'{segment}: of' if drivers.by else 'Of'} the {number(100 * total, 1)} points of R² that "
            f"{top['touchpoint']} explains, {top['dimension']} carries {number(100 * top['importance'], 1)}{span}"
        )
    return f"{'; '.join(words)}. n = {count(n)}."
