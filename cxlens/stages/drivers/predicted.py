"""Averaged predictions of yes/no and ordered outcomes: what the outcome would be, were scores otherwise.

In each draw and segment the scores of those who used a touchpoint move, all others stay as they are, and the mean
predicted outcome is compared: in percentage points, exact for moves of several touchpoints at once. The formula is in
:mod:`cxlens.stats.predictions`; what a forecast makes of it in :mod:`cxlens.stages.improve.response`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.answers import segment_rows
from cxlens.stages.drivers.fit import fitted_rows
from cxlens.stages.drivers.posterior import (
    Posterior,
    Raw,
    gains,
    lifted,
    ratios,
    shrunken_effects,
)
from cxlens.stages.drivers.record import Fit
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.likelihood_draws import Params
from cxlens.stats.predictions import mean_predicted

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Measure = Literal["share", "mean"]
Moves = Mapping[int, Floats]  # by player: (e, l) what each level adds to the log odds
MOST_ROWS = 4_000  # of a segment, that are predicted in each resample; of the answers themselves all are


class _Rows(NamedTuple):
    """Some rows of a segment: (e, n) log odds without thresholds and weights, (n, p) level of each score, -1 unused."""

    linear: Floats
    weights: Floats
    places: Places

    def mean(self, thresholds: Floats, values: Floats, moves: Moves) -> Floats:
        """(e,) mean predicted outcome, were the log odds moved."""
        linear = self.linear
        for player, by_level in moves.items():
            of_unused = np.zeros((len(by_level), 1))
            with_unused = np.hstack([by_level, of_unused])
            level = self.places[:, player]
            linear = linear + with_unused[:, level]
        return mean_predicted(linear, thresholds, values, self.weights)


class _Segment(NamedTuple):
    """A segment: its rows that each draw reads, parameters, what each answer counts, and the mean outcome (e,).

    ``answers``: all rows, where draws read a sample of them; the first draw is then told by all.
    """

    rows: _Rows
    answers: _Rows | None
    params: Params
    values: Floats
    outcome: Floats

    def change(self, moves: Moves) -> Floats:
        """(e,) change of the mean predicted outcome."""
        thresholds = self.params.thresholds
        changes = self._changes(self.rows, thresholds, moves)
        if self.answers is None:
            return changes
        of_first = {player: by_level[:1] for player, by_level in moves.items()}
        first = self._changes(self.answers, thresholds[:1], of_first)
        return np.asarray(changes - changes[0] + first)

    def in_draws(self, draws: NDArray[np.intp]) -> _Segment:
        """The same in some of the draws; without the answers themselves, these read what draws read."""
        rows = self.rows._replace(
            linear=self.rows.linear[draws],
            weights=self.rows.weights[draws],
        )
        params = Params(
            self.params.thresholds[draws],
            self.params.coef[draws],
        )
        return _Segment(
            rows=rows,
            answers=self.answers if draws[0] == 0 else None,
            params=params,
            values=self.values,
            outcome=self.outcome[draws],
        )

    def _changes(self, rows: _Rows, thresholds: Floats, moves: Moves) -> Floats:
        before = rows.mean(thresholds, self.values, {})
        after = rows.mean(thresholds, self.values, moves)
        return np.asarray(after - before)


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """The rows of each segment, ready for predictions: e draws, the answers first, c segments, p touchpoints, l levels.

    Attributes
    ----------
    levels
        (l,) the different scores.
    coef
        (e, c, p) log odds of one score point; NaN where a touchpoint has none.
    use
        (e, c, p) log odds of use; NaN where everybody used it, or too few did not.
    outcome
        (e, c) mean outcome as it was answered, counted alike.
    spread
        (c,) its standard deviation.
    """

    levels: Floats
    coef: Floats
    use: Floats
    outcome: Floats
    spread: Floats
    _segments: tuple[_Segment, ...]

    def change(self, moved: Mapping[int, Floats], ratio: Floats | None = None) -> Floats:
        """(e, c) change of the outcome if scores came to lie elsewhere.

        Parameters
        ----------
        moved
            By touchpoint, its number: (e, c, l) where those at each level come to lie. A touchpoint without a
            coefficient changes nothing.
        ratio
            (e, c, p) what is left of each coefficient once chance is allowed for; all of it without.
        """
        coef = self.coef if ratio is None else self.coef * ratio
        coef = np.nan_to_num(coef)
        changes = []
        for s, segment in enumerate(self._segments):
            moves = {}
            for player, scores in moved.items():
                by_points = scores[:, s] - self.levels
                moves[player] = coef[:, s, player, None] * by_points
            changes.append(segment.change(moves))
        return np.stack(changes, axis=1)

    def in_draws(self, draws: NDArray[np.intp]) -> Predicted:
        """The same in some of the draws, by place."""
        return Predicted(
            self.levels,
            self.coef[draws],
            self.use[draws],
            self.outcome[draws],
            self.spread,
            tuple(segment.in_draws(draws) for segment in self._segments),
        )

    def removal(self, player: int) -> Floats:
        """(e, c) change of the outcome if those who used a touchpoint were like those who went without it."""
        changes = []
        for s, segment in enumerate(self._segments):
            use = self.use[:, s, player, None]
            by_score = self.coef[:, s, player, None] * self.levels
            owed = np.nan_to_num(use + by_score)
            changes.append(segment.change({player: -owed}))
        use_of_answers = self.use[0, :, player]
        coef_of_answers = self.coef[0, :, player]
        is_unknown = np.isnan(use_of_answers + coef_of_answers)
        return np.where(is_unknown, np.nan, np.stack(changes, axis=1))


def predicted(record: Fit, measure: Measure = "share") -> Predicted:
    """Predictions of the drivers of a yes/no or ordered outcome, made once.

    Parameters
    ----------
    record
        The drivers.
    measure
        "share": of a yes, or of the top box of ordered answers (the highest where no scale says which), in percentage
        points; "mean": of the answers as they are numbered.
    """

    def made() -> Predicted:
        places = range(len(record.kept))
        segments = tuple(_segment(record, s, measure) for s in places)
        uses = []
        outcomes = []
        spreads = []
        for s, segment in enumerate(segments):
            uses.append(_uses(record, segment.params))
            outcomes.append(segment.outcome)
            spreads.append(_spread(record, s, segment.values))
        return Predicted(
            levels=record.levels,
            coef=record.estimates.figures.coef,
            use=np.stack(uses, axis=1),
            outcome=np.stack(outcomes, axis=1),
            spread=np.array(spreads),
            _segments=segments,
        )

    return record.once(f"predicted, {measure}", made)


def fitted_posterior(record: Fit, measure: Measure = "share") -> Posterior:
    """What is left of averaged predictions once chance is allowed for: see :mod:`cxlens.stages.drivers.posterior`."""

    def made() -> Posterior:
        predictions = predicted(record, measure)
        raw = _raw(record, predictions)
        effects, removal = shrunken_effects(record, raw)
        ratio = ratios(effects, raw.effect)
        left = ratio[..., None]
        coef = predictions.coef[..., None]
        straight = left * coef * record.levels
        return Posterior(straight, ratio, removal, predictions.outcome)

    return record.once(f"posterior of predictions, {measure}", made)


def in_points(record: Fit, table: pd.DataFrame) -> pd.DataFrame:
    """A table of drivers without segments, with ``coef`` and its interval in units of the outcome.

    Of a yes/no or ordered outcome, whose coefficients are log odds: the percentage points that go with one point of the
    mean score, as averaged predictions say of a lift by an eighth of the range; the interval from the resamples.
    """
    if not record.asked.fitted or not len(record.levels):
        return table
    effect = _raw(record, predicted(record)).effect[:, 0]
    gained = gains(record)[:, 0]
    slopes = effect / np.where(gained > 0, gained, np.nan)
    low, high = np.full((2, slopes.shape[1]), np.nan)
    if record.n_boot:
        low, high = percentile_interval(slopes[1:], record.level)
    places = [record.touchpoints.index(name) for name in table["touchpoint"]]
    is_hidden = table["coef"].isna().to_numpy()
    return table.assign(
        coef=np.where(is_hidden, np.nan, slopes[0, places]),
        coef_low=np.where(is_hidden, np.nan, low[places]),
        coef_high=np.where(is_hidden, np.nan, high[places]),
    )


def _raw(record: Fit, predictions: Predicted) -> Raw:
    """Effects of a lift by an eighth of the range, and removals, as predicted."""
    shape = predictions.coef.shape
    effect = np.full(shape, np.nan)
    removal = np.full(shape, np.nan)
    target = np.broadcast_to(lifted(record), (*shape[:2], len(record.levels)))
    for player, single in enumerate(record.asked.single):
        if single >= 0:
            effect[..., player] = predictions.change({player: target})
            removal[..., player] = predictions.removal(player)
    known = ~np.isnan(predictions.coef)
    return Raw(
        np.where(known, effect, np.nan),
        gains(record),
        np.where(known, removal, np.nan),
        predictions.spread,
    )


def _segment(record: Fit, s: int, measure: Measure) -> _Segment:
    """A segment with all rows for the answers, and a seeded sample of them for resamples where they are many."""
    cell = record.kept[s]
    sample, _ = fitted_rows(record.asked, record.data, cell, record.resamples)
    rows, _ = segment_rows(record.data, cell)
    params = record.estimates.params[s]
    values = answers_count(record, np.unique(rows.z[:, -1]), measure)
    x = np.hstack([sample.controls, sample.columns])
    coef = np.nan_to_num(params.coef)
    places = _places(record, rows.scores)
    chosen: Places | slice = slice(None)
    answers = None
    if len(x) > MOST_ROWS:
        rng = np.random.default_rng([record.seed, s])
        chosen = np.sort(rng.choice(len(x), MOST_ROWS, replace=False))
        answers = _Rows(coef[:1] @ x.T, sample.weights[:1], places)
    whole = sample.weights.sum(axis=1)
    counted = sample.weights @ values[sample.y]
    for_draws = _Rows(
        linear=coef @ x[chosen].T,
        weights=sample.weights[:, chosen],
        places=places[chosen],
    )
    return _Segment(
        rows=for_draws,
        answers=answers,
        params=params,
        values=values,
        outcome=counted / np.where(whole > 0, whole, np.nan),
    )


def _places(record: Fit, scores: Floats) -> Places:
    """(n, p) the place of each player's score among the levels; -1 where it has none."""
    places = np.full((len(scores), len(record.touchpoints)), -1)
    for player, single in enumerate(record.asked.single):
        if single < 0:
            continue
        is_used = ~np.isnan(scores[:, single])
        at = np.searchsorted(record.levels, scores[is_used, single])
        places[is_used, player] = at
    return places


def _uses(record: Fit, params: Params) -> Floats:
    """(e, p) log odds of the use of each player; NaN where they are not known."""
    design = record.asked.design
    uses = np.full((len(params.coef), len(record.touchpoints)), np.nan)
    for player, single in enumerate(record.asked.single):
        place = design.scored[single] if single >= 0 else -1
        if place in design.flags:
            uses[:, player] = params.coef[:, design.flags.index(place)]
    return uses


def _spread(record: Fit, s: int, values: Floats) -> float:
    """Standard deviation of what the answers of a segment count."""
    rows, _ = segment_rows(record.data, record.kept[s])
    _, categories = np.unique(rows.z[:, -1], return_inverse=True)
    counts = np.bincount(categories, rows.weights)
    mean = np.average(values, weights=counts)
    variance = np.average((values - mean) ** 2, weights=counts)
    return float(np.sqrt(variance))


def answers_count(record: Fit, answers: Floats, measure: Measure) -> Floats:
    """(m,) what each answer counts: 100 for a yes or a top answer and 0 for another, or its number."""
    if measure == "mean":
        return answers
    return np.where(answers >= top_of(record), 100.0, 0.0)


def top_of(record: Fit) -> float:
    """The lowest answer that counts as a yes, or as one of the top."""
    scale = record.survey.outcome_scales.get(record.outcome)
    if record.asked.kind == "ordinal" and scale is not None and scale.has_box:
        return float(scale.top_from)
    outcomes = record.data.rows_at_hand.z[:, -1]
    return float(outcomes.max())
