"""Before a change: how large an effect its design would find, by simulation on the waves and places there are.

The draws are made in :mod:`cxlens.stats.design_power`. How many answers a figure needs is the question of
:mod:`cxlens.stages.plan.sample_size`; measuring a change that came belongs to the impact stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, plural
from cxlens.engine.labels import in_words
from cxlens.errors import OptionError, ValuesError, check_kind, check_level, check_option, check_seed
from cxlens.stats.design_power import found, needed_of_places, needed_of_series, swing_of_places
from cxlens.stats.places import FEWEST_PLACES, FEWEST_WAVES
from cxlens.stats.series import FEWEST
from cxlens.study.metrics import MIN_N, Figure, Metric, Sample, find_metric, read_sample, waves_of
from cxlens.study.segments import Segment, as_segment, check_columns
from cxlens.study.spacing import wave_numbers
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Design = Literal["difference in differences", "interrupted time series"]
DIFFERENCES: Design = "difference in differences"
OFTEN, SELDOM = 0.8, 0.2  # found four times in five; missed four times in five
POINTS = 25  # of the curve
COMES = "an effect that comes at once and stays"
UNITS = {"nps": " NPS points", "binary": " percentage points"}


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Power(Result):
    """How large an effect a design would find; made by :func:`power`.

    Attributes
    ----------
    table : DataFrame
        One row an effect: ``effect`` (in ``unit``), ``power``, the share of draws that find it, and ``error``, the
        Monte Carlo error of that share. No rows where the design tells nothing, however large.
    found, missed : float
        The effect that is found in four of five draws, and the one that is missed in four of five; NaN where none is.
    design, metric, unit, survey, treated, waves, figure, level, draws, seed
        The inputs; ``unit`` as in :class:`cxlens.stages.impact.measured.Impact`.
    basis : str
        Which places and waves, in words.
    note : str
        What is supposed.
    """

    table: pd.DataFrame
    found: float
    missed: float
    design: Design
    metric: str
    unit: str
    survey: Survey
    treated: Segment | None
    waves: int
    figure: Figure
    level: float
    draws: int
    seed: int
    basis: str
    note: str

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"power": self.table}

    @property
    def measured(self) -> Metric:
        """The metric."""
        return find_metric(self.survey, self.metric, self.figure)

    @property
    def finding(self) -> Finding:
        """The effect found four times in five, and the one missed as often."""
        metric = self.measured
        if np.isnan(self.found):
            return Finding(
                f"{self.basis}: no effect on {metric.shown} could be told, however large",
                more=[f"{FEWEST_PLACES} places are needed, or {FEWEST_WAVES} waves on each side"],
            )
        unit = UNITS.get(metric.kind, " points")
        missed = []
        if self.missed > 0:
            missed.append(f"One under {metric.steps(self.missed)}{unit} would be missed four times in five")
        return Finding(
            f"{self.basis}: an effect on {metric.shown} would be found four times in five from",
            metric.steps(self.found),
            unit=f"{unit.strip()} on",
            more=missed,
            n=f"{count(self.draws)} draws",
        )


@misfits_told
def power(
    design: Design,
    survey: Survey,
    *,
    metric: str | None = None,
    waves: int,
    treated: Segment | Mapping[str, Any] | None = None,
    figure: Figure = "mean",
    level: float = 0.95,
    draws: int = 2_000,
    seed: int = 0,
) -> Power:
    """Say how large an effect a design would find, before the change is made.

    Parameters
    ----------
    design
        "difference in differences" or "interrupted time series".
    survey
        Answers with a ``time`` column, all from before the change.
    metric
        A touchpoint or an outcome; the first outcome by default.
    waves
        How many waves there will be with the change.
    treated
        For a difference in differences: who is to get it, a :class:`~cxlens.Segment` or ``{column: condition}``.
    figure
        "mean", or "top box": the share of the best scores, as the scale has them.
    level
        Confidence level of the interval that has to lie above 0.
    draws, seed
        How many futures are drawn, and the seed: the same seed gives the same figures again.

    Returns
    -------
    Power

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, nobody would be treated or everybody, or a series has fewer than 8 waves on a
        side.

    Notes
    -----
    Places are the clusters named, where each is treated or not, else the values of the columns of ``treated``. How they
    swing from wave to wave, beyond sampling, is told by their means less what is common to a place and to a wave; each
    draw takes another swing that these means allow (scaled inverse chi-square), places and waves without an effect, and
    asks what the design would say, by the rules of :func:`cxlens.difference_in_differences` and
    :func:`cxlens.interrupted_time_series`. The effect comes at once and stays.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> rows = [(hall, year, score) for hall in "ABCDEF" for year in (2023, 2024) for score in (2, 3, 4) * 20]
    >>> answers = pd.DataFrame(rows, columns=["hall", "year", "wifi"]).assign(overall=4)
    >>> survey = cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="year", segments=["hall"])
    >>> asked = {"metric": "wifi", "treated": {"hall": "A"}, "waves": 1}
    >>> print(cx.power("difference in differences", survey, **asked))  # doctest: +NORMALIZE_WHITESPACE
    1 of 6 places, 2 waves before and 1 after: an effect on wifi would be found four times in five from 0.54 points on.
    One under 0.23 points would be missed four times in five. n = 2,000 draws.
    """
    check_option("design", design, Design)
    check_kind("power", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    check_level(level)
    check_seed(seed)
    _check_whole("waves", waves, 1)
    _check_whole("draws", draws, 100)
    asked = find_metric(survey, metric, figure)
    group = as_segment(treated, "treated") if treated is not None else None
    rng = np.random.default_rng(seed)
    drawn = _of_places if design == DIFFERENCES else _of_series
    future = drawn(survey, asked, group, int(waves), level, int(draws), rng)
    table = _table(future.needed)
    ends = (np.nan, np.nan)
    if future.needed is not None:
        ends = (float(np.quantile(future.needed, OFTEN)), float(np.quantile(future.needed, SELDOM)))
    return Power(
        table,
        *ends,
        design,
        asked.name,
        asked.unit,
        survey,
        group,
        int(waves),
        figure,
        level,
        int(draws),
        seed,
        future.basis,
        future.note,
    )


class _Future(NamedTuple):
    """What an effect would take in each draw (draws,), or None; and in words of what, and what is supposed."""

    needed: Floats | None
    basis: str
    note: str


def _check_whole(name: str, value: Any, least: int) -> None:
    """A number of things is whole, and large enough."""
    is_whole = isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least
    if not is_whole:
        raise ValuesError(f"{name} must be a whole number of {least} or more; you gave {value!r}.")


def _table(needed: Floats | None) -> pd.DataFrame:
    """The chance that effects are found, up to well above the one found four times in five."""
    columns = ["effect", "power", "error"]
    if needed is None:
        return pd.DataFrame(columns=columns)
    largest = 1.5 * max(float(np.quantile(needed, OFTEN)), 0.0)
    effects = np.linspace(0, largest, POINTS).round(3)
    power = found(needed, effects)
    error = np.sqrt(power * (1 - power) / len(needed))
    return pd.DataFrame(dict(zip(columns, (effects, power, error), strict=True)))


def _of_places(
    survey: Survey,
    metric: Metric,
    group: Segment | None,
    waves: int,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> _Future:
    """What an effect on some places would take."""
    if group is None:
        raise OptionError("power of a difference in differences needs treated=, who is to get it: {column: value}.")
    past, waves_before = _history(survey, metric, group)
    swing = swing_of_places(past.cells.mean, past.cells.variance, draws, rng)
    variance = past.cells.variance.mean(axis=1)
    needed = needed_of_places(variance, past.treated, (waves_before, waves), swing, level, rng)
    places = plural(len(past.treated), "place")
    basis = f"{int(past.treated.sum())} of {places}, {plural(waves_before, 'wave')} before and {waves} after"
    told = f"a swing of {metric.steps(swing.sd)} a place and wave, told by {swing.df} degrees of freedom"
    if not swing.df:
        told = "no swing of places, since one wave tells none: in truth effects are found less often"
        basis = f"{basis}, at best"
    return _Future(needed, basis, f"Supposes {told}; as many answers a place and wave as so far; {COMES}.")


class _Cells(NamedTuple):
    """(places, waves) answers, means and sampling variances; 0 without answers."""

    n: Floats
    mean: Floats
    variance: Floats


class _Past(NamedTuple):
    """What places with answers enough in every wave say, and which of them are to be treated."""

    cells: _Cells
    treated: Bools


def _history(survey: Survey, metric: Metric, group: Segment) -> tuple[_Past, int]:
    """Places so far, and how many waves there were."""
    names = (*survey.segments, survey.channel, survey.cluster)
    check_columns(group, names)
    waves = waves_of(survey)
    sample = read_sample(survey, metric, list(group.where))
    inside = group.mask(sample.labels)
    if inside.all() or not inside.any():
        share = "all" if inside.any() else "none"
        raise ValuesError(f"treated {group.name!r} holds {share} of the answers; both treated and others are needed.")
    place = _places(survey, sample, group, inside)
    wave = np.asarray(sample.labels[survey.time].map(waves.index), np.int64)
    cells = _cells(sample, place, wave, len(waves))
    treated = np.bincount(place, inside) > 0
    whole = (cells.n >= MIN_N).all(axis=1)
    if not (whole & treated).any() or not (whole & ~treated).any():
        raise ValuesError(
            f"treated {group.name!r}: no place on one side has {MIN_N} answers or more in every wave, so how places "
            "swing is not known. Join waves, or name wider places."
        )
    kept = _Cells(*(figure[whole] for figure in cells))
    return _Past(kept, treated[whole]), len(waves)


def _places(survey: Survey, sample: Sample, group: Segment, inside: Bools) -> NDArray[np.int64]:
    """(n,) the number of the place of each answer: its cluster where each is treated or not, else its values."""
    if survey.cluster and sample.unit is not None:
        sides = pd.Series(inside).groupby(sample.unit).nunique()
        if (sides == 1).all():
            return np.asarray(pd.factorize(sample.unit)[0], np.int64)
    columns = list(group.where)
    words = sample.labels[columns].apply(in_words)
    return np.asarray(words.groupby(columns, sort=False).ngroup(), np.int64)


def _cells(sample: Sample, place: NDArray[np.int64], wave: NDArray[np.int64], waves: int) -> _Cells:
    """What each place says in each wave."""
    places = int(place.max()) + 1
    cell = place * waves + wave
    size = places * waves
    n = np.bincount(cell, minlength=size)
    weight = np.maximum(np.bincount(cell, sample.w, size), 1e-12)
    mean = np.bincount(cell, sample.w * sample.value, size) / weight
    share = sample.w / weight[cell]
    away = sample.value - mean[cell]
    variance = np.bincount(cell, share**2 * away**2 / np.maximum(1 - share, 0.5), size)
    shaped = [figure.reshape(places, waves).astype(float) for figure in (n, mean, variance)]
    return _Cells(*shaped)


def _of_series(
    survey: Survey,
    metric: Metric,
    group: Segment | None,
    waves: int,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> _Future:
    """What a step of a series would take."""
    if group is not None:
        raise OptionError(
            "treated= goes with a difference in differences. Ask a series of those who are to get it: "
            "survey.where(cx.Segment(...))."
        )
    past = waves_of(survey)
    sample = read_sample(survey, metric)
    wave = np.asarray(sample.labels[survey.time].map(past.index), np.int64)
    cells = _cells(sample, np.zeros(sample.size, np.int64), wave, len(past))
    told = np.flatnonzero(cells.n[0] >= MIN_N)
    if min(len(told), waves) < FEWEST:
        raise ValuesError(
            f"an interrupted time series needs {FEWEST} waves on each side of the change; there are {len(told)} before "
            f"it, and waves={waves} after. cx.power('difference in differences', ...) needs fewer."
        )
    sampling = float(cells.variance[0, told].mean())
    needed, sd = needed_of_series(cells.mean[0, told], wave_numbers(past)[told], waves, sampling, level, draws, rng)
    basis = f"{plural(len(told), 'wave')} before and {waves} after"
    told_swing = f"waves that swing by {metric.steps(sd)} around their line, sampling included"
    note = f"Supposes {told_swing}, and carry over as this series allows; as many answers a wave as so far; {COMES}."
    return _Future(needed, basis, note)
