"""Scores of places: what each place's answers say of a metric, and how sure that is, for the same mix of customers.

Figures by place come from tallies, so that answers on disk are read once. What they amount to is the question of
:mod:`cxlens.stages.baseline.places`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import wave_words
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.engine.tallies import SCORED, Tally
from cxlens.errors import ValuesError
from cxlens.stages.baseline.score import counted
from cxlens.stats.intervals import effective_n, nps_points
from cxlens.stats.random_intercepts import Groups
from cxlens.stats.sums import Scores
from cxlens.study.metrics import MIN_N, Metric, waves_of
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey
from cxlens.study.waves import wave_called

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class PlaceScores(NamedTuple):
    """A metric by place (k,): answers, weight, how many equal ones they are worth, raw and adjusted means, variances.

    ``within``: the variance of one answer within places; ``df``: its degrees of freedom; ``centre``: the mean of all
    answers; ``all_scores``: how often each score occurs; ``shown`` (k,): which places may be told.
    """

    metric: Metric
    n: Ints
    weight: Floats
    worth: Floats
    raw: Floats
    mean: Floats
    variance: Floats
    within: float
    df: float
    centre: float
    all_scores: Scores
    shown: Bools

    @property
    def groups(self) -> Groups:
        """The places that may be told."""
        return Groups(self.mean[self.shown], self.variance[self.shown], self.df)


class _Rows(NamedTuple):
    """Rows of a tally of one metric: value, answers, weight and its square, place, kind of customer, cluster."""

    x: Floats
    n: Ints
    w: Floats
    w2: Floats
    place: Ints
    kind: Ints
    unit: Ints | None

    def where(self, mask: Bools) -> _Rows:
        """The rows that a mask selects."""
        return _Rows(
            self.x[mask],
            self.n[mask],
            self.w[mask],
            self.w2[mask],
            self.place[mask],
            self.kind[mask],
            None if self.unit is None else self.unit[mask],
        )

    def by_place(self, values: Floats, k: int) -> Floats:
        """(k,) sums of a column."""
        return np.bincount(self.place, values, k).astype(np.float64)


class _Means(NamedTuple):
    """By place (k,): weight, number of equal answers, mean; and how far each row lies from what is expected of it."""

    weight: Floats
    worth: Floats
    mean: Floats
    away: Floats


def read_places(
    survey: Survey,
    by: str,
    metrics: Sequence[Metric],
    adjust: Sequence[str],
    wave: Any = None,
) -> tuple[list[str], list[PlaceScores]]:
    """The names of places, and their scores of each metric; of one wave, or of all answers.

    What may be told of a place in a wave is judged by the whole survey, so that no wave follows from the others.

    Raises
    ------
    ValuesError
        When a column to adjust for never varies within a place.
    """
    answers = survey if wave is None else of_wave(survey, wave)
    tally = counted(answers, [by, *adjust])
    place, names = _places(tally, by)
    kinds = tally.cells[list(adjust)].drop_duplicates(ignore_index=True)
    kind_of_cell = _kind_of_cell(tally, kinds)
    _check_mix(tally, place, by, adjust)
    design = _design(kinds)
    found = []
    for metric in metrics:
        rows = _rows_of(
            tally,
            metric,
            survey,
            place,
            kind_of_cell,
        )
        n = np.bincount(rows.place, rows.n, len(names)).astype(np.int64)
        shown = _shown(
            survey,
            metric,
            by,
            names,
            n,
            wave,
        )
        found.append(
            _scores(
                metric,
                n,
                shown,
                rows,
                design,
            )
        )
    return names, found


def of_wave(survey: Survey, wave: Any) -> Survey:
    """The answers of one wave."""
    return survey.where(Segment(wave_words(wave), {str(survey.time): [_called(survey, wave)]}))


def _called(survey: Survey, wave: Any) -> Any:
    """The wave of a survey that is called so."""
    return wave_called("wave", wave, waves_of(survey), survey.time)


def _places(tally: Tally, by: str) -> tuple[Ints, list[str]]:
    """(cells,) the number of the place of each cell, -1 where it is not stated, and the names of places in order."""
    words = tally.cells[by]
    names = [name for name in dict.fromkeys(words) if name != NOT_STATED]
    number = words.map({name: place for place, name in enumerate(names)})
    return number.fillna(-1).to_numpy(np.int64), names


def _kind_of_cell(tally: Tally, kinds: pd.DataFrame) -> Ints:
    """(cells,) the number of the kind of customer."""
    if not kinds.shape[1]:
        return np.zeros(len(tally.cells), np.int64)
    in_order_met = tally.cells.groupby(list(kinds), sort=False, dropna=False)
    return np.asarray(in_order_met.ngroup(), np.int64)


def _check_mix(tally: Tally, place: Ints, by: str, adjust: Sequence[str]) -> None:
    """Refuse what goes with the place: its effect cannot be told from that of the place."""
    for column in adjust:
        values = tally.cells[column].groupby(place).nunique()
        if (values[values.index >= 0] < 2).all():
            raise ValuesError(
                f"adjust={column!r}: each place of {by!r} has one value of it only, so what it does cannot be told "
                "from what the place does. Leave it out, or compare places of one kind: survey.where(...)."
            )


def _design(kinds: pd.DataFrame) -> Floats:
    """(kinds, q) what each kind of customer is, by dummies; the first value of a column is what others differ from."""
    columns = [pd.get_dummies(kinds[name]).to_numpy(float)[:, 1:] for name in kinds]
    return np.concatenate([np.empty((len(kinds) or 1, 0)), *columns], axis=1)


def _rows_of(
    tally: Tally,
    metric: Metric,
    survey: Survey,
    place: Ints,
    kind_of_cell: Ints,
) -> _Rows:
    """The rows of a tally that score a metric at a place."""
    table = tally.table
    cell = table["cell"].to_numpy()
    is_scored = (table["item"] == metric.item(survey)) & (table["state"] == SCORED)
    used = is_scored.to_numpy() & (place[cell] >= 0)
    rows = table[used]
    value = rows["value"].to_numpy()
    unit = None
    if "unit" in rows:
        unit = pd.factorize(rows["unit"])[0]
    return _Rows(
        nps_points(value) if metric.kind == "nps" else value,
        rows["n"].to_numpy(),
        rows["w"].to_numpy(),
        rows["w2"].to_numpy(),
        place[cell[used]],
        kind_of_cell[cell[used]],
        unit,
    )


def _scores(
    metric: Metric,
    n: Ints,
    shown: Bools,
    rows: _Rows,
    design: Floats,
) -> PlaceScores:
    """The figures of one metric, of those places (k,) that may be told."""
    k = len(n)
    told = rows.where(shown[rows.place])
    means = _means(told, k)
    shift = _shifts(told, means, design)
    spare = means.worth.sum() - shown.sum() - design.shape[1]
    within = _within(told, means, shift.away, float(max(spare, 1.0)))
    design_effect, clusters = _design_effect(told, means, shift.away, within)
    worth = means.worth / design_effect
    everybody = _everybody(told)
    return PlaceScores(
        metric=metric,
        n=n,
        weight=means.weight,
        worth=worth,
        raw=means.mean,
        mean=means.mean - shift.lift,
        variance=within / _positive(worth) + within * shift.variance,
        within=within,
        df=float(max(min(spare, clusters), 1.0)),
        centre=everybody.mean,
        all_scores=everybody,
        shown=shown,
    )


def _shown(
    survey: Survey,
    metric: Metric,
    by: str,
    names: list[str],
    n: Ints,
    wave: Any,
) -> Bools:
    """(k,) which places may be told."""
    cells = pd.DataFrame({by: names})
    if wave is not None and survey.time != by:
        cells[survey.time] = in_words(pd.Series([_called(survey, wave)], dtype=object))[0]
    hidden = survey.hidden(cells, n[:, None], [metric.item(survey)], MIN_N)
    return np.asarray((n >= MIN_N) & ~hidden[:, 0])


def _within(rows: _Rows, means: _Means, away: Floats, spare: float) -> float:
    """The variance of one answer within places, each place counting for what its answers are worth."""
    squares = np.bincount(rows.place, rows.w * away**2, len(means.weight))
    of_place = squares / _positive(means.weight)
    return float(means.worth @ of_place / spare)


def _everybody(rows: _Rows) -> Scores:
    """How often each score occurs, by weight."""
    values, place = np.unique(rows.x, return_inverse=True)
    weight = np.bincount(place, rows.w)
    return Scores(values, weight.astype(np.float64))


def _positive(values: Floats) -> Floats:
    """The same, 1 where there is nothing: what is divided there is not shown."""
    return np.where(values > 0, values, 1.0)


def _means(rows: _Rows, k: int) -> _Means:
    """Means of places as they are."""
    weight = rows.by_place(rows.w, k)
    squares = rows.by_place(rows.w2, k)
    worth = np.where(weight > 0, effective_n(weight, _positive(squares)), 0.0)
    mean = rows.by_place(rows.w * rows.x, k) / _positive(weight)
    return _Means(weight, worth, mean, rows.x - mean[rows.place])


class _Shifts(NamedTuple):
    """What the mix of customers lifts each place by (k,), its variance in those of one answer; the rest of each row."""

    lift: Floats
    variance: Floats
    away: Floats


def _shifts(rows: _Rows, means: _Means, design: Floats) -> _Shifts:
    """What the mix of customers does to each place.

    What kinds of customers differ by is told within places (least squares with a level for each place), so that good
    places with many happy customers do not make these look happy.
    """
    k = len(means.weight)
    if not design.shape[1]:
        nothing = np.zeros(k)
        return _Shifts(nothing, nothing, means.away)
    x = design[rows.kind]
    weighted = rows.w[:, None] * x
    sums = np.column_stack([rows.by_place(column, k) for column in weighted.T])
    at_place = sums / _positive(means.weight)[:, None]
    of_all = weighted.sum(axis=0) / rows.w.sum()
    inside = x - at_place[rows.place]
    weighted_inside = rows.w[:, None] * inside
    inverse = np.linalg.pinv(inside.T @ weighted_inside, hermitian=True)
    slope = inverse @ (weighted_inside.T @ means.away)
    mix = at_place - of_all
    a_weight = rows.w.sum() / means.worth.sum()  # of one equal answer
    variance = a_weight * ((mix @ inverse) * mix).sum(axis=1)
    return _Shifts(mix @ slope, variance, means.away - inside @ slope)


def _design_effect(rows: _Rows, means: _Means, away: Floats, within: float) -> tuple[float, float]:
    """How much more means vary than by single answers, since those of one cluster go together: 1 or more.

    And the degrees of freedom of that, clusters less places; infinite without clusters. Each place counts for its
    clusters less one: of two clusters hardly anything is known.
    """
    if rows.unit is None or not within > 0:
        return 1.0, np.inf
    k = len(means.weight)
    keys = rows.place * (rows.unit.max() + 1) + rows.unit
    pairs, pair = np.unique(keys, return_inverse=True)
    place_of_pair = pairs // (rows.unit.max() + 1)
    sums = np.bincount(pair, rows.w * away)
    clusters = np.bincount(place_of_pair, minlength=k)
    several = clusters > 1
    if not several.any():
        return 1.0, np.inf
    squares = np.bincount(place_of_pair, sums**2, k)
    of_means = squares[several] / means.weight[several] ** 2
    spare = clusters[several] - 1.0
    jackknife = clusters[several] / spare
    of_answers = jackknife * of_means * means.worth[several]
    pooled = float(spare @ of_answers / spare.sum())
    return max(pooled / within, 1.0), float(spare.sum())
