"""What an effect is judged by: the changes of places, the swings of waves, clusters that both are in, or answers alone.

More answers do not make one place steadier, so that the error of answers alone is the least of it. Which answers are
compared is said in :mod:`cxlens.stages.impact.periods`; the errors come from :mod:`cxlens.stats.places`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import count, number, plural
from cxlens.stats.inference import wider
from cxlens.stats.intervals import normal_quantile
from cxlens.stats.places import FEWEST_PLACES, FEWEST_WAVES, Effect, PlaceRows, by_places, by_waves, swing_that_explains
from cxlens.stats.reassigned import Reassigned, reassign
from cxlens.study.metrics import BLANK, MIN_N, Estimate, Sample, clustered_coefficient

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
SEED = 1935  # of choices of places that are drawn: the same answers have the same p-value
JudgedBy = Literal["places", "waves", "clusters", "answers", ""]


class Places(NamedTuple):
    """The place of each answer (n,), and what places are.

    They are clusters of which each is treated or not, else the values of the columns that say who is treated; "crossed"
    where treatment differs within clusters. ``hidden`` (n,) marks answers of places that other tables hide: their
    changes are not told apart.
    """

    of_answer: Ints
    kind: Literal["clusters", "values", "crossed"]
    hidden: Bools


class Judged(NamedTuple):
    """An effect, what it is judged by, and of how many treated and other places and waves after and before.

    ``df``: degrees of freedom of the estimate. ``swing``: where only answers judge a clear difference, the sd of a
    place in a wave that would explain it; else NaN. ``some_left``: whether places without answers enough took no part.
    ``reassigned``: where places judge, how often other places in the place of the treated would show as much.
    """

    estimate: Estimate
    df: float
    by: JudgedBy
    cells: tuple[int, int, int, int]
    swing: float = np.nan
    some_left: bool = False
    reassigned: Reassigned | None = None

    @property
    def basis(self) -> str:
        """``Judged by the changes of 1 place where it was done and 5 others.``; nothing where clusters are told."""
        treated, others, after, before = self.cells
        if self.by == "places":
            told = f"Judged by the changes of {_sides(treated, others)}"
            left = " Places with no or few answers in a period are left out." if self.some_left else ""
            return f"{told}, {number(self.df, 0)} degrees of freedom.{self._by_choice}{left}"
        if self.by == "waves":
            return f"Judged by the {after + before} waves; assumes that waves swing independently."
        if self.by == "answers":
            return (
                f"The interval is of sampling alone: {_sides(treated, others)} cannot tell an effect from the ordinary "
                "swings of places, so there is no p-value."
            )
        return ""

    @property
    def _by_choice(self) -> str:
        """`` Of all 28 ways to choose 2 of these 8 places, 1 shows as much: p = 0.036.``; "" where none are tried."""
        if self.reassigned is None:
            return ""
        treated, others, _, _ = self.cells
        ways, as_large, is_all = self.reassigned
        which = f"all {count(ways)}" if is_all else f"{count(ways)} drawn"
        shows = "shows" if as_large == 1 else "show"
        chosen = f"Of {which} ways to choose {treated} of these {treated + others} places"
        return f" {chosen}, {count(as_large)} {shows} as much: p = {number(self.reassigned.p_value, 3)}."


def _sides(treated: int, others: int) -> str:
    """``1 place where it was done and 1 other``."""
    return f"{plural(treated, 'place')} where it was done and {plural(others, 'other')}"


class Sides(NamedTuple):
    """Answers; (n,) the wave of each, which are after, which are treated; the places."""

    sample: Sample
    when: pd.Series[Any]
    late: Bools
    inside: Bools
    places: Places


def judged(sides: Sides, level: float) -> Judged:
    """The effect by the highest rung that holds."""
    if sides.places.kind == "crossed":
        return _within_clusters(sides, level)
    shared = _shared(sides)
    cells = _numbers(shared)
    steady = _places_to_judge(shared)
    cells_of_places = _numbers(steady)
    if sum(cells_of_places[:2]) >= FEWEST_PLACES:
        some_left = steady.sample.size < shared.sample.size
        rows = _rows(steady)
        effect = by_places(rows)
        told = _told(effect, "places", cells_of_places, level, some_left)
        return told._replace(reassigned=_reassigned(effect, rows))
    if min(cells[2:]) >= FEWEST_WAVES:
        return _told(by_waves(_rows(shared)), "waves", cells, level)
    return _by_answers(sides, cells, level)


def _told(
    effect: Effect, by: JudgedBy, cells: tuple[int, int, int, int], level: float, some_left: bool = False
) -> Judged:
    """An effect with the wider of its intervals."""
    errors = (effect.between, effect.sampling)
    low, high, p_value = wider(effect.estimate, errors, (effect.df, effect.sampling_df), level)
    return Judged((effect.estimate, low, high, p_value), effect.df, by, cells, some_left=some_left)


def _reassigned(effect: Effect, rows: PlaceRows) -> Reassigned | None:
    """How often other places in the place of the treated would show as much."""
    if effect.changes is None:
        return None
    return reassign(effect.changes, rows.treated, np.random.default_rng(SEED))


def _by_answers(sides: Sides, cells: tuple[int, int, int, int], level: float) -> Judged:
    """Sampling error alone, without p-value; and the swing of a place that would explain what there is."""
    sample = sides.sample
    if sides.places.kind == "clusters":  # they are the places that are too few
        sample = sample._replace(unit=None)
    estimate, df = _of_answers(sides, sample, level)
    value, low, high, _ = estimate
    swing = np.nan
    if np.isfinite(high) and min(cells):
        z = normal_quantile(level)
        swing = swing_that_explains(value, (high - low) / 2 / z, z, cells) or np.nan
    return Judged((value, low, high, np.nan), df, "answers", cells, swing)


def _within_clusters(sides: Sides, level: float) -> Judged:
    """Each cluster left out in turn, or sampling alone where that is wider."""
    by_cluster, df = _of_answers(sides, sides.sample, level)
    alone, _ = _of_answers(sides, sides.sample._replace(unit=None), level)
    value, low, high, p_value = by_cluster
    if np.isnan(low):
        return Judged((value, *BLANK[1:]), df, "clusters", (0, 0, 0, 0))
    wide = (value, min(low, alone[1]), max(high, alone[2]), float(np.maximum(p_value, alone[3])))
    return Judged(wide, df, "clusters", (0, 0, 0, 0))


def _of_answers(sides: Sides, sample: Sample, level: float) -> tuple[Estimate, float]:
    """Coefficient of treated-and-after beside a dummy for each wave, and its degrees of freedom."""
    waves = pd.get_dummies(sides.when)
    treated_and_after = sides.inside & sides.late
    return clustered_coefficient([waves, sides.inside, treated_and_after], sample, level)


def _shared(sides: Sides) -> Sides:
    """The answers of waves in which both treated and others answered: others tell nothing of a difference."""
    wave = pd.factorize(sides.when)[0]
    has_treated = np.bincount(wave, sides.inside) > 0
    has_others = np.bincount(wave, ~sides.inside) > 0
    return only_some(sides, (has_treated & has_others)[wave])


def only_some(sides: Sides, which: Bools) -> Sides:
    """The answers that a mask selects."""
    places = sides.places
    return Sides(
        sides.sample.take(which),
        sides.when[which],
        sides.late[which],
        sides.inside[which],
        Places(places.of_answer[which], places.kind, places.hidden[which]),
    )


def _places_to_judge(shared: Sides) -> Sides:
    """The answers of places whose changes may be told from each other, in waves that treated and others share."""
    kept = _fit_to_judge(shared)
    while not kept.all():  # without a place a wave may be left to one side, and without that wave another place
        shared = _shared(only_some(shared, kept))
        kept = _fit_to_judge(shared)
    return shared


def _fit_to_judge(sides: Sides) -> Bools:
    """(n,) the answers of places with answers in both periods, and none that their change would give away."""
    places = sides.places
    if not len(places.of_answer):
        return np.zeros(0, bool)
    codes = pd.factorize(places.of_answer)[0]
    early = np.bincount(codes, ~sides.late)
    late = np.bincount(codes, sides.late)
    inside = np.bincount(codes, sides.inside) > 0
    kept = (early > 0) & (late > 0)
    kept &= np.bincount(codes, places.hidden) == 0
    is_small = np.minimum(early, late) < MIN_N
    for side in (inside, ~inside):  # what all of a side say is told elsewhere: less the large, the small would be told
        small = side & is_small & kept
        if min(early[small].sum(), late[small].sum()) < MIN_N:
            kept &= ~small
    if not (kept & inside).any() or not (kept & ~inside).any():
        return np.zeros(len(codes), bool)
    return np.asarray(kept[codes])


def _numbers(sides: Sides) -> tuple[int, int, int, int]:
    """Treated places, other places, waves after, waves before."""
    places = sides.places
    treated = len(np.unique(places.of_answer[sides.inside]))
    others = len(np.unique(places.of_answer[~sides.inside]))
    after = sides.when[sides.late].nunique()
    before = sides.when[~sides.late].nunique()
    return treated, others, after, before


def _rows(sides: Sides) -> PlaceRows:
    """The answers as numbers."""
    places = sides.places
    place, first_of_place = np.unique(places.of_answer, return_index=True)[:2]
    wave, _ = pd.factorize(sides.when)
    late_waves = pd.Series(sides.late).groupby(wave).first().to_numpy(bool)
    return PlaceRows(
        y=sides.sample.value,
        w=sides.sample.w,
        place=np.searchsorted(place, places.of_answer),
        wave=wave,
        treated=sides.inside[first_of_place],
        late=late_waves,
        unit=None if places.kind == "clusters" else sides.sample.unit,
    )
