"""Direction and shape: do low scores cost more than high scores bring, and does the effect bend?

Penalty-reward contrasts and the curvature test of the touchpoints of :class:`cxlens.stages.drivers.drivers.Drivers`.
Sums over rows and resamples are made in :mod:`cxlens.stages.drivers.fit`; pictures do not belong here.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.result import View
from cxlens.common.values import count, percent
from cxlens.engine.design import Column
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.fit import Data, coefficient_draws, collect
from cxlens.stages.drivers.tables import SMALLEST
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.regression import Fit

Floats = NDArray[np.float64]
CONTRASTS = ["penalty", "reward", "asymmetry"]
SAID = {"basic": "mostly costs when it is bad (basic)", "excitement": "mostly brings when it is good (excitement)"}
COUNTED = {  # of one, of several
    "performance": ("counts both ways (performance)", "count both ways (performance)"),
    "undecided": ("is undecided", "are undecided"),
}
CLASSES = (*SAID, *COUNTED)


def shape(drivers: Drivers) -> View:
    """Penalty and reward of each touchpoint, what class it belongs to, and whether its effect bends.

    Parameters
    ----------
    drivers
        Of an outcome of kind interval or nps. Usage, covariates, weights, clusters, segments, resamples, level and seed
        are taken over.

    Returns
    -------
    View
        Of kind "shape". Columns of the table: ``segment`` (with ``by``); ``touchpoint``; ``n`` scores; ``penalty``, the
        outcome of those with a low score less that of those with a middle one, all else equal, in outcome points, with
        ``penalty_low`` and ``penalty_high``; ``reward``, the same of a high score; ``asymmetry``, what a score point
        below the middle costs less what one above it brings, with its interval; ``class``; ``p_basic`` and
        ``p_excitement``, how often the asymmetry is above and below 0 in the resamples; ``curvature``, the coefficient
        of the squared score, with ``curvature_p`` and ``curvature_q``. Part ``bands``: below which score, and above
        which, a score is low or high.

    Raises
    ------
    OptionError
        For binary and ordinal outcomes.
    ValuesError
        When the survey has no scale and too many different scores to see one in them.

    Notes
    -----
    Penalty-reward contrasts: Brandt (1987). The middle third of the scale is the reference, scores below it are low,
    scores above it high (1-5: up to 2, from 4; 0-10: up to 3, from 7; 1-7: up to 2, from 6); without a scale, the
    thirds between a touchpoint's lowest and highest score. Beside its two dummies, each touchpoint keeps its score as a
    column: dummies alone take differences within the bands for asymmetry, and call a touchpoint whose effect is a
    straight line "excitement" in 11 to 45 % of simulated surveys of 2,000 with skewed scores. Penalty and reward are
    contrasts of band means in this model. They span different distances, so they are compared by score point.

    A class needs the interval of the asymmetry, not its estimate: "basic" lies above 0 (and the penalty is surely one),
    "excitement" below 0 (and the reward is surely one), "performance" has a sure penalty and a sure reward of which
    neither is clearly greater; all else is "undecided", as is everything without resamples. A band of fewer than 5
    scores gives no figures.

    Curvature is tested in a model of the scores and squares of all touchpoints, with the robust errors of the drivers;
    q-values are Benjamini and Hochberg's over the touchpoints of a segment.

    Examples
    --------
    >>> import cxlens as cx
    >>> from cxlens.stages.drivers.shape import shape
    >>> result = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
    >>> print(shape(result).parts["bands"].round(2).head(1).to_string(index=False))
         touchpoint  low_below  high_above
    Booking website       2.33        3.67
    """
    asked = drivers.asked
    if asked.fitted:
        raise OptionError(
            f"shape takes outcomes of kind interval and nps; {drivers.outcome!r} is {asked.kind}. "
            "Choose another outcome."
        )
    low, high = _bands(drivers)
    bends = _asked(asked, [[("score",), ("square", middle)] for middle in (low + high) / 2])
    contrasts = _contrasts(drivers, _contrast_figures(drivers, low, high))
    rows = pd.concat([contrasts, _curvature(drivers, bends)], axis=1)
    table = pd.concat([_players(drivers), rows], axis=1)
    bands = pd.DataFrame({"touchpoint": _single(drivers), "low_below": low, "high_above": high})
    view = View("shape", table, _sentence(drivers, table), _note(drivers, table), drivers, {"bands": bands})
    return view if drivers.by else replace(view, table=table.drop(columns="segment"))


def _bands(drivers: Drivers) -> tuple[Floats, Floats]:
    """Where the middle third begins and ends, for each player that is one touchpoint."""
    places = [single for single in drivers.asked.single if single >= 0]
    scale, levels = drivers.survey.scale, drivers.levels
    if scale:
        ends = np.tile([scale.low, scale.high], (len(places), 1)).astype(float)
    elif not len(levels):
        raise ValuesError(
            "shape cannot tell low scores from high ones: there are too many different scores, and no scale. "
            "Name the scale: cx.Survey(..., scale=cx.Scale(low, high))."
        )
    else:
        given = drivers.data.sums.counts.sum(axis=(0, 1))[places] > 0
        ends = np.array([[levels[own].min(), levels[own].max()] if own.any() else [np.nan] * 2 for own in given])
    third = (ends[:, 1] - ends[:, 0]) / 3
    return ends[:, 0] + third, ends[:, 1] - third


def _asked(asked: Asked, columns: list[list[tuple[Any, ...]]]) -> Asked:
    """The same question with other columns, by kind and what is given, for each player that is one touchpoint."""
    own, players = iter(columns), []
    for player, single in zip(asked.design.players, asked.single, strict=True):
        at = player[0].at
        players.append(player if single < 0 else tuple(Column(kind, at, tuple(given)) for kind, *given in next(own)))
    return asked._replace(design=asked.design._replace(players=tuple(players)))


def _single(drivers: Drivers) -> list[str]:
    """The players that are one touchpoint."""
    return [name for name, single in zip(drivers.touchpoints, drivers.asked.single, strict=True) if single >= 0]


def _players(drivers: Drivers) -> pd.DataFrame:
    """``segment``, ``touchpoint`` and ``n`` of each player, in their order."""
    parts = []
    for segment in drivers.segments:
        own = drivers.of(segment).set_index("touchpoint").loc[list(drivers.touchpoints), ["n"]].reset_index()
        own.insert(0, "segment", segment)
        parts.append(own)
    return pd.concat(parts, ignore_index=True)


def _estimates(drivers: Drivers, asked: Asked) -> list[tuple[Data, int, Floats, Floats, Fit] | None]:
    """Data, cell, cross-products, coefficients and fit of each segment; None where it has too few answers."""
    data = collect(drivers.survey, asked)
    cells = [data.sums.cells.index(segment) for segment in drivers.segments]
    enough = data.sums.rows.sum(axis=1) >= asked.design.k + sum(asked.design.widths) + 2
    kept = [cell for cell in cells if enough[cell]]
    found = coefficient_draws(drivers.survey, asked, data, kept, drivers.n_boot, drivers.seed)
    made = {cell: (data, cell, *own) for cell, own in zip(kept, zip(*found, strict=True), strict=True)}
    return [made.get(cell) for cell in cells]


def slopes(drivers: Drivers) -> Floats:
    """What a score point is worth on either side of the middle, where the contrasts of :func:`shape` say it differs.

    Parameters
    ----------
    drivers
        With resamples, of an outcome of kind interval or nps.

    Returns
    -------
    numpy.ndarray
        (1 + d, c, p, 3), estimate first: outcome points for one score point below the middle, for one above it, and the
        mean of the middle scores, where the two meet. NaN for touchpoints that are neither "basic" nor "excitement"
        in the segment, and in resamples without scores of all three kinds.
    """
    found = np.full((1 + drivers.n_boot, len(drivers.segments), len(drivers.touchpoints), 3), np.nan)
    for s, own in enumerate(_contrast_figures(drivers, *_bands(drivers))):
        for j, figures in enumerate(own):
            if figures is not None and _class(_ends(figures, drivers.level)) in SAID:
                found[:, s, j] = figures[:, 3:]
    return found


def _contrasts(drivers: Drivers, figures: list[list[Floats | None]]) -> pd.DataFrame:
    """Penalty, reward, asymmetry and class, a row for each segment and player."""
    rows = []
    for own, single in zip(chain(*figures), drivers.asked.single * len(figures), strict=True):
        if own is None:
            rows.append([np.nan] * 9 + ["undecided" if single >= 0 else None] + [np.nan] * 2)
            continue
        ends = _ends(own, drivers.level)
        known = own[1:, 2][~np.isnan(own[1:, 2])]
        shares = [(known > 0).mean(), (known < 0).mean()] if len(known) else [np.nan, np.nan]
        rows.append([*np.vstack([own[:1, :3], ends]).T.ravel(), _class(ends), *shares])
    columns = [f"{name}{end}" for name in CONTRASTS for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*columns, "class", "p_basic", "p_excitement"])


def _ends(figures: Floats, level: float) -> Floats:
    """(2, 3) interval of penalty, reward and asymmetry; NaN without resamples."""
    return np.stack(percentile_interval(figures[1:, :3], level)) if len(figures) > 1 else np.full((2, 3), np.nan)


def _contrast_figures(drivers: Drivers, low: Floats, high: Floats) -> list[list[Floats | None]]:
    """The figures of :func:`_contrast` by segment and player; None where there are none to have."""
    near = 1e-9 * (high - low)  # a score on the border is a middle one
    columns = [[("low", a), ("high", b), ("score",)] for a, b in zip(low - near, high + near, strict=True)]
    asked = _asked(drivers.asked, columns)
    found, starts = [], np.cumsum([0, *asked.design.widths[:-1]]).tolist()
    for made in _estimates(drivers, asked):
        own: list[Floats | None] = []
        for start, single in zip(starts, asked.single, strict=True):
            if single < 0 or made is None:
                own.append(None)
                continue
            data, cell, stack, coef, _ = made
            own.append(_contrast(data, asked, cell, single, stack, coef[start : start + 3], start))
        found.append(own)
    return found


def _contrast(data: Data, asked: Asked, cell: int, single: int, stack: Floats, coef: Floats, start: int) -> Floats:
    """(d, 6) penalty, reward and asymmetry of one touchpoint, then its slopes and middle; estimate first.

    NaN where a band has too few scores.
    """
    place, at = asked.design.scored[single], asked.design.k + start
    used = stack[0, 1 + asked.design.flags.index(place) if place in asked.design.flags else 0]
    low, high = stack[0, at], stack[0, at + 1]
    weights = np.stack([low, used - low - high, high])
    n = data.sums.scored[cell].sum(axis=0)[single]
    if not used[0] > 0 or n * weights[:, 0].min() / used[0] < SMALLEST - 0.5:
        return np.full((len(used), 6), np.nan)
    sums = np.stack(
        [stack[at, at + 2], stack[0, at + 2] - stack[at : at + 2, at + 2].sum(axis=0), stack[at + 1, at + 2]]
    )
    means = sums / np.where(weights > 1e-9 * used, weights, np.nan)
    below, above = np.diff(means, axis=0)
    slope = np.nan_to_num(coef[2])  # of three different scores, the two dummies say all
    penalty, reward = coef[0] - slope * below, coef[1] + slope * above
    fall, rise = -penalty / below, reward / above
    return np.column_stack([penalty, reward, fall - rise, fall, rise, means[1]])


def _class(ends: Floats) -> str:
    """What the (2, 3) intervals of penalty, reward and asymmetry allow to say."""
    (_, reward, least), (penalty, _, most) = ends
    if least > 0 and penalty < 0:
        return "basic"
    if most < 0 and reward > 0:
        return "excitement"
    return "performance" if penalty < 0 < reward else "undecided"


def _curvature(drivers: Drivers, asked: Asked) -> pd.DataFrame:
    """Coefficient of the squared score with p- and q-value, a row for each segment and player."""
    parts, single = [], np.array(asked.single) >= 0
    at = np.cumsum(asked.design.widths)[single] - 1
    for made in _estimates(drivers, asked):
        own = pd.DataFrame(np.nan, range(len(single)), ["curvature", "curvature_p", "curvature_q"])
        if made is not None:
            fit = made[-1]
            p = wald_p(fit.coef[at], np.sqrt(np.diag(fit.cov)[at]), fit.df)
            own.loc[single] = np.column_stack([fit.coef[at], p, benjamini_hochberg(p)])
        parts.append(own)
    return pd.concat(parts, ignore_index=True)


def _sentence(drivers: Drivers, table: pd.DataFrame) -> str:
    """What is more than performance is named; the rest is counted, by segment."""
    said = []
    for segment in drivers.segments:
        own = table[table["segment"] == segment]
        of = {word: own.loc[own["class"] == word, "touchpoint"].tolist() for word in CLASSES}
        parts = [f"{listing(of[word])} {words}" for word, words in SAID.items() if of[word]]
        parts += [f"{count(len(of[word]))} {words[len(of[word]) > 1]}" for word, words in COUNTED.items() if of[word]]
        said.append((f"for {segment} " if drivers.by else "") + (", ".join(parts) or "nothing can be told"))
    return f"{'; '.join(said)}. n = {count(drivers.n)}."


def _note(drivers: Drivers, table: pd.DataFrame) -> str:
    """How classes were made, what bends, and what has no figures."""
    if drivers.n_boot:
        resamples = f"{percent(drivers.level)} intervals from {count(drivers.n_boot)} resamples"
        parts = [f"Classes follow from {resamples} of |penalty| - reward by score point."]
    else:
        parts = ["Without resamples no class is decided."]
    bent = (table["curvature_q"] < 1 - drivers.level).sum()
    tested = table["curvature_q"].notna().sum()
    if tested:
        parts.append(f"The effect bends (curvature) in {count(bent)} of {count(tested)} tests.")
    several = [name for name in drivers.touchpoints if name not in _single(drivers)]
    if several:
        parts.append(f"No touchpoint of its own, so without figures: {listing(several)}.")
    few = table.loc[table["penalty"].isna() & table["class"].notna(), ["touchpoint", "segment"]].astype(str)
    if len(few):
        names = [f"{name} in {segment}" if drivers.by else name for name, segment in few.to_numpy()]
        parts.append(f"Too few low, middle or high scores: {listing(names)}.")
    return " ".join([*parts, "Association, not effect."])
