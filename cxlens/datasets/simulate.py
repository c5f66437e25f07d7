"""Survey answers made up from known effects, with the truth that an analysis should find.

Every frame made here is simulated. Reading data, the airport's own recipe, and anything that estimates from a
sample do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from cxlens.common.html import card
from cxlens.common.values import signed
from cxlens.errors import ValuesError, check_known
from cxlens.stats.importance import lmg
from cxlens.stats.intervals import nps_points
from cxlens.stats.regression import sweep_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOT_USED, BLANK = 6, 0
SPREAD = 1.1  # standard deviation of a score before it is rounded and clipped
RECOMMEND, OVERALL = 8.2, 4.0  # outcomes of someone to whom every touchpoint was average
OVERALL_STEP = 0.4  # points of `overall` (1 to 5) that go with a point of `recommend` (0 to 10)
POPULATION = 200_000  # answers from which the true importance is taken
_CUTS = np.array([1.5, 2.5, 3.5, 4.5])
_GRID = np.linspace(-4.0, 10.0, 14_001)
_MEANS = 1 + ndtr((_GRID[:, None] - _CUTS) / SPREAD).sum(axis=1)  # mean score by the mean before rounding
_LOWEST, _HIGHEST = 1.2, 4.8  # means a touchpoint may have: nearer to the ends nearly all scores are equal


@dataclass(frozen=True, slots=True)
class TouchpointSpec:
    """A touchpoint to simulate.

    Parameters
    ----------
    name, stage
        Its name, which becomes a column, and the stage of the journey it lies on.
    mean
        Mean score (1 to 5) of those who use it, from 1.2 to 4.8.
    effect
        Points of `recommend` (0 to 10) that one point of its score is worth among its users.
    reach
        Share of customers who use it, 0 to 1.
    """

    name: str
    stage: str = ""
    mean: float = 3.9
    effect: float = 0.2
    reach: float = 1.0


@dataclass(frozen=True, slots=True)
class SegmentSpec:
    """A group of customers to simulate, and how it differs from the touchpoints' own figures.

    Parameters
    ----------
    name, share
        Its name and its share of the customers; shares are made to sum to 1.
    effects, reach
        ``{touchpoint: figure}`` where the group has an effect or a reach of its own.
    shift
        Points added to the mean of all its scores.
    response
        How readily it answers, against the others: 0.5 is half as readily. Weights make up for it.
    """

    name: str
    share: float = 1.0
    effects: Mapping[str, float] = field(default_factory=dict)
    reach: Mapping[str, float] = field(default_factory=dict)
    shift: float = 0.0
    response: float = 1.0


@dataclass(frozen=True, slots=True)
class Intervention:
    """Something that lifts the scores of a touchpoint.

    Parameters
    ----------
    touchpoint
        What is improved.
    wave
        The first wave in which it shows.
    lift
        Points of the mean score among users, as answered: rounding and the ceiling are allowed for.
    group
        The group that gets it, so that the others can serve as controls; None: everyone.
    """

    touchpoint: str
    wave: int | str
    lift: float
    group: str | None = None


@dataclass(frozen=True, eq=False)
class _Plan:
    """A recipe over s segments, p touchpoints, t waves and g groups, checked; a cache tells plans apart by identity."""

    touchpoints: tuple[TouchpointSpec, ...]
    segments: tuple[SegmentSpec, ...]
    waves: tuple[int | str, ...]
    groups: Mapping[str, float]
    intervention: Intervention | None
    trend: float
    halo: float
    noise: float

    def __post_init__(self) -> None:
        parts = {"touchpoint": self.names, "segment": [spec.name for spec in self.segments]}
        for thing, names in (parts | {"wave": self.waves, "group": list(self.groups)}).items():
            _check_names(thing, names)
        for name in self.names:
            if name in {"respondent", "wave", "segment", "group", "weight", "overall", "recommend"}:
                raise ValuesError(f"touchpoint {name!r} has the name of another column of the answers. Rename it.")
        _check_share("halo", self.halo)
        if self.noise < 0:
            raise ValuesError(f"noise={self.noise:g} is negative. Give a standard deviation, 0 or more.")
        for spec in self.segments:
            named = (*spec.effects, *spec.reach)
            check_known(f"segment {spec.name!r}: touchpoint", named, self.names, "Touchpoints")
            if spec.response <= 0:
                raise ValuesError(f"segment {spec.name!r}: response is {spec.response:g}. Give a number above 0.")
        for s, j in np.argwhere((self.reach < 0) | (self.reach > 1)):
            raise ValuesError(
                f"segment {self.segments[s].name!r}: reach of {self.names[j]!r} is {self.reach[s, j]:g}. "
                "Give a share from 0 to 1."
            )
        _check_shares("group", self.groups)
        _check_shares("segment", {spec.name: spec.share for spec in self.segments})
        if (done := self.intervention) is not None:
            check_known("intervention: touchpoint", [done.touchpoint], self.names, "Touchpoints")
            check_known("intervention: wave", [done.wave], self.waves, "Waves")
            if done.group is not None:
                check_known("intervention: group", [done.group], list(self.groups), "Groups")
        for *_, j in np.argwhere((self.means < _LOWEST) | (self.means > _HIGHEST)):
            own = self.means[..., j]
            raise ValuesError(
                f"touchpoint {self.names[j]!r}: its mean runs from {own.min():g} to {own.max():g} with shift, trend "
                f"and lift. Keep it from {_LOWEST:g} to {_HIGHEST:g}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """(p,) names of the touchpoints."""
        return tuple(point.name for point in self.touchpoints)

    @property
    def shares(self) -> Floats:
        """(s,) shares of the customers."""
        return _to_one([spec.share for spec in self.segments])

    @cached_property
    def effects(self) -> Floats:
        """(s, p) points of `recommend` for one point of the score."""
        return np.array([[spec.effects.get(p.name, p.effect) for p in self.touchpoints] for spec in self.segments])

    @cached_property
    def reach(self) -> Floats:
        """(s, p) shares of users."""
        return np.array([[spec.reach.get(p.name, p.reach) for p in self.touchpoints] for spec in self.segments])

    @cached_property
    def means(self) -> Floats:
        """(s, t, g, p) mean scores as answered."""
        waves = np.arange(len(self.waves))
        means = np.array([[p.mean + spec.shift for p in self.touchpoints] for spec in self.segments], dtype=float)
        means = means[:, None, None] + self.trend * waves[:, None, None] + np.zeros((len(self.groups), 1))
        if (done := self.intervention) is not None:
            got = [done.group in (None, group) for group in self.groups]
            lift = np.multiply.outer(waves >= self.waves.index(done.wave), got) * done.lift
            means[..., self.names.index(done.touchpoint)] += lift
        return np.asarray(means)


class _Answers(NamedTuple):
    """What n people experienced: positions of segment, wave and group, then scores (n, p), use (n, p), outcomes."""

    segment: Ints
    wave: Ints
    group: Ints
    scores: Ints
    used: NDArray[np.bool_]
    overall: Ints
    recommend: Ints


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truth:
    """What was put into simulated answers: the second result of :func:`simulate_survey`.

    Attributes
    ----------
    effects
        ``segment``, ``stage``, ``touchpoint``, ``effect`` (points of `recommend` before rounding for one point of
        the score, among users), ``reach`` (share of the segment that uses it).
    intervention
        ``touchpoint``, ``wave`` (the first with it), ``group`` (who got it; "" for all), ``lift`` (points of the
        mean score among users); no row when there was none.
    """

    effects: pd.DataFrame
    intervention: pd.DataFrame
    _plan: _Plan

    @property
    def importance(self) -> pd.DataFrame:
        """The true importance, from 200,000 simulated customers of the same recipe; computed on first use.

        Columns ``segment`` ("All" for all customers together), ``touchpoint``, ``importance`` (LMG: points of the R2
        of `recommend` in NPS coding, -100, 0, 100, with the use of touchpoints as controls) and
        ``importance_overall`` (the same for `overall`). Its own error is about 0.001.
        """
        return _importance(self._plan).copy()

    @property
    def table(self) -> pd.DataFrame:
        """The effects: the same as ``effects``."""
        return self.effects

    def __repr__(self) -> str:
        plan = self._plan
        counts = [(len(plan.touchpoints), "touchpoint"), (len(plan.segments), "segment")]
        text = "Simulated: known effects of " + " in ".join(f"{k} {word}{'s' * (k > 1)}" for k, word in counts)
        if (done := plan.intervention) is not None:
            where = f" in {done.group}" if done.group else ""
            text += f"; {done.touchpoint} {signed(done.lift)} from {done.wave}{where}"
        return f"{text}."

    def _repr_html_(self) -> str:
        return card(repr(self), self.effects)


TOUCHPOINTS = (
    TouchpointSpec("Website", "consider", 3.9, 0.30, 0.85),
    TouchpointSpec("Shop", "buy", 4.1, 0.15, 0.60),
    TouchpointSpec("Delivery", "buy", 3.7, 0.60, 0.90),
    TouchpointSpec("Product", "use", 4.2, 0.90, 1.0),
    TouchpointSpec("Help line", "use", 3.4, 0.40, 0.45),
    TouchpointSpec("Bill", "use", 3.8, 0.05, 0.95),
)
SEGMENTS = (SegmentSpec("new", 0.4, {"Website": 0.9, "Product": 0.4}), SegmentSpec("loyal", 0.6))


def simulate_survey(
    *,
    n: int = 2000,
    touchpoints: Sequence[TouchpointSpec] = TOUCHPOINTS,
    segments: Sequence[SegmentSpec] = SEGMENTS,
    waves: Sequence[int | str] = (1, 2, 3, 4),
    groups: Mapping[str, float] | None = None,
    intervention: Intervention | None = None,
    trend: float = 0.0,
    halo: float = 0.4,
    blank: float = 0.04,
    noise: float = 1.2,
    seed: int = 0,
) -> tuple[pd.DataFrame, Truth]:
    """Make up survey answers from known effects.

    Someone's score is the mean of the touchpoint, plus a satisfaction of that person with everything (the halo),
    plus chance, rounded to 1 to 5. The outcomes are linear in these scores among users, plus noise, rounded.

    Parameters
    ----------
    n
        Number of answers.
    touchpoints, segments
        :class:`TouchpointSpec` and :class:`SegmentSpec` in order. A segment answers as often as its share times its
        `response` says.
    waves
        Values of the time column, in order; answers spread evenly over them.
    groups
        ``{name: share}`` of places or branches; ``{"A": 0.5, "B": 0.5}`` by default.
    intervention
        An :class:`Intervention` with known lift.
    trend
        Points by which all mean scores rise from wave to wave.
    halo
        Share of the variance of a score, before rounding, that the common satisfaction makes; so the correlation
        of two scores.
    blank
        Share of respondents who leave one touchpoint, any, without an answer.
    noise
        Standard deviation of what the touchpoints do not explain, in points of `recommend`.
    seed
        Of the random numbers: the same seed, the same answers.

    Returns
    -------
    frame : pandas.DataFrame
        ``respondent``, ``wave``, ``segment``, ``group``, ``weight`` (mean 1; repairs the shares of the segments), a
        column for each touchpoint (1 to 5, 6 not used, 0 blank), ``overall`` (1 to 5), ``recommend`` (0 to 10).
    truth : Truth
        What was put in.

    Raises
    ------
    ValuesError
        When a number is out of its range or a name comes twice.
    OptionError
        When a segment or the intervention names what is not there.

    Examples
    --------
    >>> from cxlens.datasets import simulate_survey
    >>> frame, truth = simulate_survey(n=500, seed=1)
    >>> frame.shape
    (500, 13)
    >>> truth
    Simulated: known effects of 6 touchpoints in 2 segments.
    """
    if n < 1:
        raise ValuesError(f"n={n} is no number of answers. Give 1 or more.")
    _check_share("blank", blank)
    groups = {"A": 0.5, "B": 0.5} if groups is None else dict(groups)
    plan = _Plan(tuple(touchpoints), tuple(segments), tuple(waves), groups, intervention, trend, halo, noise)
    rng = np.random.default_rng(seed)
    rates = plan.shares * np.array([segment.response for segment in plan.segments])
    answers = _draw(plan, n, rates / rates.sum(), rng)
    scores = np.where(answers.used, answers.scores, NOT_USED)
    lazy = np.flatnonzero(rng.random(n) < blank)
    scores[lazy, rng.integers(0, scores.shape[1], len(lazy))] = BLANK
    heads = np.bincount(answers.segment, minlength=len(plan.segments))
    present = plan.shares * (heads > 0)
    weight = np.divide(n * present / present.sum(), heads, out=np.zeros(len(heads)), where=heads > 0)
    frame = pd.DataFrame(
        {
            "respondent": np.arange(1, n + 1),
            "wave": np.array(plan.waves)[answers.wave],
            "segment": np.array([segment.name for segment in plan.segments])[answers.segment],
            "group": np.array(list(plan.groups))[answers.group],
            "weight": weight[answers.segment],
            **{touchpoint.name: scores[:, j] for j, touchpoint in enumerate(plan.touchpoints)},
            "overall": answers.overall,
            "recommend": answers.recommend,
        }
    )
    return frame, Truth(_effects(plan), _lift(plan), plan)


def _draw(plan: _Plan, n: int, rates: Floats, rng: np.random.Generator) -> _Answers:
    """What n people of the recipe experience and answer."""
    p = len(plan.touchpoints)
    segment = rng.choice(len(rates), n, p=rates)
    wave = rng.permutation(np.arange(n) % len(plan.waves))
    group = rng.choice(len(plan.groups), n, p=_to_one(list(plan.groups.values())))
    own = rng.normal(size=(n, p)) * np.sqrt(1 - plan.halo) + rng.normal(size=(n, 1)) * np.sqrt(plan.halo)
    means = np.interp(plan.means, _MEANS, _GRID)  # before rounding
    scores = _rounded(means[segment, wave, group] + SPREAD * own, 1, 5)
    used = rng.random((n, p)) < plan.reach[segment]
    average = np.array([point.mean for point in plan.touchpoints])
    pleased = (plan.effects[segment] * used * (scores - average)).sum(axis=1)
    # Half of the noise is shared: people who recommend more than their scores say are also happier overall.
    shared, alone = rng.normal(size=n), rng.normal(size=(2, n))
    felt = pleased + plan.noise * (shared + alone) / np.sqrt(2)
    overall, recommend = OVERALL + OVERALL_STEP * felt[0], RECOMMEND + felt[1]
    return _Answers(segment, wave, group, scores, used, _rounded(overall, 1, 5), _rounded(recommend, 0, 10))


def _rounded(values: Floats, low: int, high: int) -> Ints:
    return np.clip(np.floor(values + 0.5), low, high).astype(np.int64)


def _effects(plan: _Plan) -> pd.DataFrame:
    rows = [
        (spec.name, point.stage, point.name, plan.effects[s, j], plan.reach[s, j])
        for s, spec in enumerate(plan.segments)
        for j, point in enumerate(plan.touchpoints)
    ]
    return pd.DataFrame(rows, columns=["segment", "stage", "touchpoint", "effect", "reach"])


def _lift(plan: _Plan) -> pd.DataFrame:
    done = plan.intervention
    rows = [] if done is None else [(done.touchpoint, done.wave, done.group or "", done.lift)]
    return pd.DataFrame(rows, columns=["touchpoint", "wave", "group", "lift"])


@lru_cache(maxsize=16)
def _importance(plan: _Plan) -> pd.DataFrame:
    """LMG in a large simulated population, by segment and in all."""
    answers = _draw(plan, POPULATION, plan.shares, np.random.default_rng(0))
    used = answers.used.astype(float)
    outcomes = [nps_points(answers.recommend), answers.overall]
    z = np.column_stack([np.ones(POPULATION), used, used * answers.scores, *outcomes])
    people = {spec.name: z[answers.segment == s] for s, spec in enumerate(plan.segments)}
    sums = {name: own.T @ own for name, own in people.items()}
    sums["All"] = np.sum(list(sums.values()), axis=0)
    parts = []
    for name, products in sums.items():
        part = pd.DataFrame({"segment": name, "touchpoint": plan.names})
        part["importance"] = _lmg(np.delete(np.delete(products, -1, 0), -1, 1))
        part["importance_overall"] = _lmg(np.delete(np.delete(products, -2, 0), -2, 1))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _lmg(products: Floats) -> Floats:
    """(p,) importance from cross-products of 1, p usage flags, p scores and the outcome; the flags are controls."""
    stack = products[:, :, None]
    importance: Floats = lmg(sweep_out(stack, len(products) // 2), sweep_out(stack, 1)[-1, -1])[:, 0]
    return importance


def _check_names(thing: str, names: Sequence[int | str]) -> None:
    """Names, at least one and each once."""
    if not names:
        raise ValuesError(f"there is no {thing}. Give at least one.")
    for name in names:
        if names.count(name) > 1:
            raise ValuesError(f"{thing} {name!r} is there twice. Name each {thing} once.")


def _check_shares(thing: str, shares: Mapping[str, float]) -> None:
    for name, share in shares.items():
        if not share > 0:
            raise ValuesError(f"{thing} {name!r}: share is {share:g}. Give a number above 0.")


def _to_one(shares: Sequence[float]) -> Floats:
    """Shares that sum to 1."""
    return np.array(shares, dtype=float) / float(np.sum(shares, dtype=float))


def _check_share(option: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValuesError(f"{option}={value:g} is not a share. Give a number from 0 to 1.")
