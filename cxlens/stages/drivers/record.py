"""The record of the drivers: what was asked, the answers, their resamples, and every figure that follows from them.

Resamples are drawn once. All sides of the drivers, verdicts and forecasts read this record, and none of them draws
anew. What the figures are called and how they are shown belongs to the modules above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.gaps import gaps_that_tell, too_telling
from cxlens.common.result import View
from cxlens.common.small_cells import SmallCells
from cxlens.engine.answers import Data, collect, with_small_cells
from cxlens.engine.resamples import Products, Resamples, draw, products
from cxlens.engine.tables import IN_MEMORY
from cxlens.engine.usage import with_enough_use
from cxlens.errors import ValuesError
from cxlens.stages.drivers.ask import Asked, ask, usual_draws
from cxlens.stages.drivers.fit import (
    SMALLEST,
    Estimates,
    Figures,
    by_least_squares,
    by_likelihood,
    check_told,
    door_of,
    hidden_players,
    hidden_segments,
    nothing_left,
    scored_by,
    usable,
    without_hidden,
)
from cxlens.stages.drivers.score import (
    CONTRASTS,
    Bands,
    band_figures,
    bands_of,
    correlations,
    with_bands,
    with_squares,
)
from cxlens.stats.games import Game
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
T = TypeVar("T")
CORRELATIONS = "correlations"  # what they are kept as


@dataclass(frozen=True, eq=False)
class Fit:
    """A question to a survey, and all figures that answer it.

    Attributes
    ----------
    survey, asked
        The answers, and the question as a design.
    options
        The question in words: ``drivers(survey, **options)`` asks it again.
    data
        Sums over the answers, and the rows where they are held.
    kept
        The cells of ``data`` that can be analysed: c segments.
    unusable
        ``segment``, ``touchpoint``, ``reason``: what has no figure.
    door
        What to hide in tables of the rows used; None where there are no segments.
    resamples
        How often each respondent, cluster or block was drawn: d resamples.
    products
        Cross-products of every cell, in the answers and in each resample.
    estimates
        Regressions, games and figures of the c segments.
    level, seed
        Of intervals and of the resampling.
    everyone
        Answers there are: more than the survey holds where a yes/no or ordered outcome is explained by a sample of it.
    """

    survey: Survey
    asked: Asked
    options: Mapping[str, Any]
    data: Data
    kept: tuple[int, ...]
    unusable: pd.DataFrame
    door: SmallCells | None
    resamples: Resamples
    products: Products
    estimates: Estimates
    level: float
    seed: int
    everyone: int
    _made: dict[str, Any] = field(init=False, default_factory=dict, repr=False)

    @property
    def n_boot(self) -> int:
        """The number of resamples, d."""
        return len(self.resamples.counts)

    @property
    def segments(self) -> tuple[str, ...]:
        """The c segments."""
        return tuple(self.data.sums.cells[cell] for cell in self.kept)

    @property
    def touchpoints(self) -> tuple[str, ...]:
        """The p touchpoints, or other players."""
        return self.asked.names

    @property
    def levels(self) -> Floats:
        """(l,) the different scores."""
        return self.data.sums.levels

    @property
    def weights(self) -> Floats:
        """(c,) the weight of the respondents of each segment."""
        totals: Floats = self.data.sums.totals()[0, 0, list(self.kept)]
        return totals

    @property
    def dropped(self) -> dict[str, int]:
        """How many rows were left out, by reason."""
        return {reason: n for reason, n in self.data.dropped.items() if n}

    @property
    def segment_n(self) -> list[int]:
        """(c,) rows used of each segment."""
        rows = self.data.sums.rows.sum(axis=1)
        return [int(rows[cell]) for cell in self.kept]

    @cached_property
    def scored(self) -> NDArray[np.int64]:
        """(c, p) how many scored each player: :attr:`n_shown` in tables."""
        return scored_by(self.asked, self.data)[list(self.kept)]

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """(c, p) whether that number, and what goes with the scores, may be shown."""
        hidden = hidden_players(self.asked, self.data, self.door)
        return ~hidden[list(self.kept)]

    @property
    def n_shown(self) -> list[pd.Series[int]]:
        """(c, p) rows that scored each player, for tables; missing where that is hidden."""
        numbers = [pd.Series(n, dtype="Int64") for n in self.scored]
        return [n.mask(~shown) for n, shown in zip(numbers, self.shown, strict=True)]

    @property
    def enough(self) -> NDArray[np.bool_]:
        """(c, p) whether a figure of those who scored a player can be shown."""
        return self.shown & (self.scored > 0)

    @property
    def n(self) -> int:
        """Rows used, all segments together."""
        return sum(self.segment_n)

    @property
    def outcome(self) -> str:
        """The outcome explained."""
        return self.asked.outcome

    @property
    def by(self) -> str | None:
        """The column that tells the segments apart."""
        return self.asked.by

    @property
    def outcome_words(self) -> str:
        """What people call the outcome."""
        return self.survey.named(self.outcome)

    @property
    def by_words(self) -> str:
        """What people call the column that tells the segments apart."""
        return self.survey.named(self.by or "")

    @property
    def unit(self) -> str:
        """What a coefficient is counted in: "NPS points", "points" or, for a fitted outcome, "log odds"."""
        if self.asked.fitted:
            return "log odds"
        return "NPS points" if self.asked.kind == "nps" else "points"

    @property
    def change_unit(self) -> str:
        """What a change of the outcome is counted in: of a fitted outcome, percentage points of predicted shares."""
        return "percentage points" if self.asked.fitted else self.unit

    @property
    def change_digits(self) -> int:
        """With how many decimals that is written."""
        return 1 if self.asked.fitted else self.digits

    @property
    def digits(self) -> int:
        """With how many decimals a change of the outcome is written: 1 for NPS points, else 2."""
        return 1 if self.unit == "NPS points" else 2

    @property
    def games(self) -> list[Game]:
        """What the players of each segment share out, estimate first."""
        return self.estimates.games

    @cached_property
    def estimate(self) -> Figures:
        """The figures of the answers themselves; d = 1."""
        return Figures(*(figure[:1] for figure in self.estimates.figures))

    @cached_property
    def draws(self) -> Figures | None:
        """The figures of each resample; None without resamples."""
        if self.n_boot:
            return Figures(*(figure[1:] for figure in self.estimates.figures))
        return None

    @cached_property
    def bands(self) -> Bands | None:
        """Where low scores end and high ones begin; None where that cannot be told."""
        return bands_of(self.survey, self.asked, self.data)

    @cached_property
    def band_figures(self) -> Floats:
        """(1 + d, c, p, 3) what low and high scores cost and bring: see :mod:`cxlens.stages.drivers.score`."""
        if self.bands is None:
            return np.full(
                (
                    1 + self.n_boot,
                    len(self.kept),
                    len(self.touchpoints),
                    len(CONTRASTS),
                ),
                np.nan,
            )
        banded = with_bands(self.asked, self.bands)
        data = answered(self.survey, banded)
        stacks = self._stacks_with(banded, data, ("low", "high"))
        return np.stack(
            [band_figures(banded, data, cell, stacks[cell]) for cell in self.kept],
            axis=1,
        )

    @cached_property
    def squared(self) -> Data:
        """The answers with the square of each score beside it."""
        return answered(self.survey, with_squares(self.asked))

    @property
    def correlations(self) -> Floats:
        """(p, p, 1 + d) how alike two touchpoints are rated by those who used both, all segments together."""
        if CORRELATIONS not in self._made:
            self.squared_stacks()
        alike: Floats = self._made[CORRELATIONS]
        return alike

    def squared_stacks(self) -> list[Floats]:
        """Cross-products (q, q, 1 + d) of each cell read, the square of each score beside it.

        They are large and not kept; the correlations that follow from them are.
        """
        stacks = self._stacks_with(with_squares(self.asked), self.squared, ("square",))
        self.once(CORRELATIONS, lambda: correlations(np.sum(stacks, axis=0), self.asked.design))
        return stacks

    def _stacks_with(self, asked: Asked, data: Data, new: tuple[str, ...]) -> list[Floats]:
        """Cross-products (q, q, 1 + d) of each cell read for the same question with columns of new kinds.

        Only products with a new column are resampled; the others are there.
        """
        reading = asked.reading(self.survey)
        kinds = [column.kind in new for column in asked.design.player_columns]
        is_new = np.array([False] * asked.design.k + kinds + [False])
        if not is_new.any():
            return self.products.stacks
        row, column = np.triu_indices(len(is_new))
        wanted = is_new[row] | is_new[column]
        stacks = products(reading, data, self.resamples, levels=False, pairs=(row[wanted], column[wanted])).stacks
        if not reading.impute:
            known = np.ix_(~is_new, ~is_new)
            for stack, before in zip(stacks, self.products.stacks, strict=True):
                stack[known] = before
        return stacks

    def once(self, name: str, make: Callable[[], T]) -> T:
        """A figure that follows from the record, made on first use and kept."""
        if name not in self._made:
            self._made[name] = make()
        figure: T = self._made[name]
        return figure


def fit(
    survey: Survey,
    asked: Asked,
    options: Mapping[str, Any],
    n_boot: int,
    level: float,
    seed: int,
    resamples: Resamples | None = None,
) -> Fit:
    """Read the answers, resample them and estimate; ``resamples`` of the same respondents are not drawn again.

    Raises
    ------
    ValuesError
        When no segment can be analysed.
    """
    everyone = survey.n
    if asked.fitted:
        survey = survey.sampled(IN_MEMORY, seed)
    reading = asked.reading(survey)
    data = answered(survey, asked)
    door = door_of(survey, asked, data)
    players_hidden = hidden_players(asked, data, door)
    kept, unusable = _kept(survey, asked, data, door, players_hidden)
    if asked.fitted:
        check_told(survey, asked, data, kept)
    if resamples is None:
        resamples = draw(reading, data, n_boot, seed)
    drawn = products(reading, data, resamples)
    if asked.fitted:
        estimates = by_likelihood(asked, data, kept, drawn, resamples)
    else:
        estimates = by_least_squares(asked, data, kept, drawn, seed)
    estimates = without_hidden(estimates, players_hidden[kept], asked.design.widths)
    return Fit(
        survey,
        asked,
        options,
        data,
        tuple(kept),
        unusable,
        door,
        resamples,
        drawn,
        estimates,
        level,
        seed,
        everyone,
    )


def _kept(
    survey: Survey,
    asked: Asked,
    data: Data,
    door: SmallCells | None,
    players_hidden: NDArray[np.bool_],
) -> tuple[list[int], pd.DataFrame]:
    """The cells that can be analysed and shown, and what has no figure; refused where there are none."""
    telling = {}
    if data.dropped["a covariate left blank"]:
        telling = gaps_that_tell(asked.reading(survey), survey.keys, data.sums.cells, SMALLEST)
    telling = {name: segments for name, segments in telling.items() if segments.any()}
    any_tells = np.any(list(telling.values()), axis=0) if telling else None
    segments_hidden = hidden_segments(asked, data, door, any_tells)
    kept, unusable = usable(survey, asked, data, segments_hidden, players_hidden)
    if kept:
        return kept, unusable
    if telling:
        raise too_telling(telling, SMALLEST)
    raise ValuesError(nothing_left(survey, asked, data, unusable))


def answered(survey: Survey, asked: Asked) -> Data:
    """What was answered, for a fitted outcome without answers that usage flags would tell without error."""
    reading = asked.reading(survey)
    data = collect(reading)
    if asked.fitted:
        return with_enough_use(asked.design, data, survey.touchpoints)
    return with_small_cells(data, reading)


def refit(record: Fit, survey: Survey) -> Fit:
    """The same question to other answers: what a side's ``again`` starts from."""
    options = dict(record.options)
    n_boot, level, seed = (options.pop(name) for name in ("n_boot", "level", "seed"))
    asked = ask(survey, **options)
    return fit(
        survey,
        asked,
        record.options,
        usual_draws(asked) if n_boot is None else n_boot,
        level,
        seed,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Again:
    """A side of the drivers that can be asked again, with the same options.

    Attributes
    ----------
    side
        The function that makes it of a record.
    record
        The record that it was made of.
    options
        Its keyword arguments.
    """

    side: Callable[..., View]
    record: Fit
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, survey: Survey) -> View:
        """The same side of other answers."""
        return self.of(refit(self.record, survey))

    def of(self, record: Fit) -> View:
        """The same side of another record."""
        return self.side(record, **self.options)
