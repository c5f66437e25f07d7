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
from cxlens.common.values import plural, signed
from cxlens.errors import ValuesError, check_known, check_seed
from cxlens.stats.importance import lmg
from cxlens.stats.intervals import nps_points
from cxlens.stats.regression import sweep_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOT_USED, BLANK = 6, 0
SPREAD = 1.1  # standard deviation of a score before it is rounded and clipped
RECOMMEND, OVERALL = 8.2, 4.0  # outcomes of someone to whom every touchpoint was average
OVERALL_STEP = 0.4  # points of `overall` (1 to 5) that go with a point of `recommend` (0 to 10)
POPULATION = 200_000  # answers from which the true importance is taken
TAKEN = {"respondent", "wave", "segment", "group", "weight", "overall", "recommend"}  # columns beside the touchpoints
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
        self._check_names()
        self._check_spread()
        self._check_segments()
        self._check_reach()
        _check_shares("group", self.groups)
        _check_shares("segment", {segment.name: segment.share for segment in self.segments})
        if self.intervention is not None:
            self._check_intervention(self.intervention)
        self._check_means()

    def _check_names(self) -> None:
        """Every list names something, each once, and no touchpoint is called like another column."""
        _check_once("touchpoint", self.names)
        _check_once("segment", self.segment_names)
        _check_once("wave", self.waves)
        _check_once("group", list(self.groups))
        for name in self.names:
            if name in TAKEN:
                raise ValuesError(f"touchpoint {name!r} has the name of another column of the answers. Rename it.")

    def _check_spread(self) -> None:
        """The halo is a share, the noise a standard deviation."""
        _check_share("halo", self.halo)
        if self.noise < 0:
            raise ValuesError(f"noise={self.noise:g} is negative. Give a standard deviation, 0 or more.")

    def _check_segments(self) -> None:
        """Segments name touchpoints that there are, and answer at all."""
        for segment in self.segments:
            named = (*segment.effects, *segment.reach)
            check_known(
                f"segment {segment.name!r}: touchpoint",
                named,
                self.names,
                "Touchpoints",
            )
            if segment.response <= 0:
                raise ValuesError(f"segment {segment.name!r}: response is {segment.response:g}. Give a number above 0.")

    def _check_reach(self) -> None:
        """Every reach is a share."""
        no_share = (self.reach < 0) | (self.reach > 1)
        for s, j in np.argwhere(no_share):
            raise ValuesError(
                f"segment {self.segment_names[s]!r}: reach of {self.names[j]!r} is {self.reach[s, j]:g}. "
                "Give a share from 0 to 1."
            )

    def _check_intervention(self, intervention: Intervention) -> None:
        """The intervention is about a touchpoint, a wave and a group that there are."""
        check_known(
            "intervention: touchpoint",
            [intervention.touchpoint],
            self.names,
            "Touchpoints",
        )
        check_known(
            "intervention: wave",
            [intervention.wave],
            self.waves,
            "Waves",
        )
        if intervention.group is not None:
            check_known(
                "intervention: group",
                [intervention.group],
                list(self.groups),
                "Groups",
            )

    def _check_means(self) -> None:
        """No touchpoint is so good or so bad that nearly all its scores are equal."""
        extreme = (self.means < _LOWEST) | (self.means > _HIGHEST)
        for *_, j in np.argwhere(extreme):
            means = self.means[..., j]
            raise ValuesError(
                f"touchpoint {self.names[j]!r}: its mean runs from {means.min():g} to {means.max():g} with shift, "
                f"trend and lift. Keep it from {_LOWEST:g} to {_HIGHEST:g}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """(p,) names of the touchpoints."""
        return tuple(touchpoint.name for touchpoint in self.touchpoints)

    @property
    def segment_names(self) -> list[str]:
        """(s,) names of the segments."""
        return [segment.name for segment in self.segments]

    @property
    def shares(self) -> Floats:
        """(s,) shares of the customers."""
        return _to_one([segment.share for segment in self.segments])

    @property
    def average(self) -> Floats:
        """(p,) the touchpoints' own mean scores."""
        return np.array([touchpoint.mean for touchpoint in self.touchpoints], dtype=float)

    @cached_property
    def effects(self) -> Floats:
        """(s, p) points of `recommend` for one point of the score."""
        effects = []
        for segment in self.segments:
            effects.append([segment.effects.get(point.name, point.effect) for point in self.touchpoints])
        return np.array(effects)

    @cached_property
    def reach(self) -> Floats:
        """(s, p) shares of users."""
        reach = []
        for segment in self.segments:
            reach.append([segment.reach.get(point.name, point.reach) for point in self.touchpoints])
        return np.array(reach)

    @cached_property
    def means(self) -> Floats:
        """(s, t, g, p) mean scores as answered."""
        shifts = np.array([segment.shift for segment in self.segments], dtype=float)
        rises = self.trend * np.arange(len(self.waves))
        by_segment = self.average + shifts[:, None]
        by_wave = by_segment[:, None, None] + rises[:, None, None]
        means = np.repeat(by_wave, len(self.groups), axis=2)
        if self.intervention is not None:
            improved = self.names.index(self.intervention.touchpoint)
            means[..., improved] += self._lift(self.intervention)
        return np.asarray(means)

    def _lift(self, intervention: Intervention) -> Floats:
        """(t, g) by how much the intervention raises the mean score."""
        waves = np.arange(len(self.waves))
        first_wave = self.waves.index(intervention.wave)
        in_time = waves >= first_wave
        treated = [intervention.group in (None, group) for group in self.groups]
        return np.asarray(np.outer(in_time, treated) * intervention.lift)


class _Answers(NamedTuple):
    """What n people experienced: positions of segment, wave and group, then scores (n, p), use (n, p), outcomes."""

    segment: Ints
    wave: Ints
    group: Ints
    scores: Ints
    used: Flags
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
        touchpoints = plural(len(self._plan.touchpoints), "touchpoint")
        segments = plural(len(self._plan.segments), "segment")
        text = f"Simulated: known effects of {touchpoints} in {segments}"
        intervention = self._plan.intervention
        if intervention is not None:
            where = f" in {intervention.group}" if intervention.group else ""
            lift = signed(intervention.lift)
            text += f"; {intervention.touchpoint} {lift} from {intervention.wave}{where}"
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
    plan = _Plan(
        touchpoints=tuple(touchpoints),
        segments=tuple(segments),
        waves=tuple(waves),
        groups={"A": 0.5, "B": 0.5} if groups is None else dict(groups),
        intervention=intervention,
        trend=trend,
        halo=halo,
        noise=noise,
    )
    check_seed(seed)
    rng = np.random.default_rng(seed)
    answers = _draw(plan, n, _response_rates(plan), rng)
    codes = _codes(answers, blank, rng)
    truth = Truth(_effects_table(plan), _lift_table(plan), plan)
    return _frame(plan, answers, codes), truth


def _response_rates(plan: _Plan) -> Floats:
    """(s,) shares of the segments among those who answer."""
    readiness = np.array([segment.response for segment in plan.segments])
    rates = plan.shares * readiness
    return np.asarray(rates / rates.sum())


def _draw(plan: _Plan, n: int, rates: Floats, rng: np.random.Generator) -> _Answers:
    """What n people of the recipe experience and answer; ``rates`` (s,) are the shares of the segments."""
    segment, wave, group = _draw_places(plan, n, rates, rng)
    means = np.interp(plan.means, _MEANS, _GRID)  # before rounding
    deviations = _draw_deviations(plan, n, rng)
    felt = means[segment, wave, group] + SPREAD * deviations
    scores = _rounded(felt, 1, 5)
    used = rng.random(scores.shape) < plan.reach[segment]
    effects = plan.effects[segment] * used
    pleased = (effects * (scores - plan.average)).sum(axis=1)
    noise_overall, noise_recommend = plan.noise * _draw_noise(n, rng) / np.sqrt(2)
    overall = OVERALL + OVERALL_STEP * (pleased + noise_overall)
    recommend = RECOMMEND + (pleased + noise_recommend)
    return _Answers(
        segment=segment,
        wave=wave,
        group=group,
        scores=scores,
        used=used,
        overall=_rounded(overall, 1, 5),
        recommend=_rounded(recommend, 0, 10),
    )


def _draw_places(
    plan: _Plan,
    n: int,
    rates: Floats,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Ints]:
    """(n,) positions of segment, wave and group of each."""
    segment = rng.choice(len(rates), n, p=rates)
    even = np.arange(n) % len(plan.waves)
    wave = rng.permutation(even)
    group_shares = _to_one(list(plan.groups.values()))
    group = rng.choice(len(group_shares), n, p=group_shares)
    return segment, wave, group


def _draw_deviations(plan: _Plan, n: int, rng: np.random.Generator) -> Floats:
    """(n, p) how a person's scores differ from the mean, in standard deviations: alone, and all together."""
    alone = rng.normal(size=(n, len(plan.touchpoints)))
    together = rng.normal(size=(n, 1))
    of_alone = np.sqrt(1 - plan.halo)
    of_together = np.sqrt(plan.halo)
    return np.asarray(alone * of_alone + together * of_together)


def _draw_noise(n: int, rng: np.random.Generator) -> Floats:
    """(2, n) what the touchpoints do not explain of `overall` and `recommend`, of variance 2.

    Half of it is shared: people who recommend more than their scores say are also happier overall.
    """
    shared = rng.normal(size=n)
    alone = rng.normal(size=(2, n))
    return shared + alone


def _rounded(values: Floats, low: int, high: int) -> Ints:
    """Whole numbers within the scale."""
    whole = np.floor(values + 0.5)
    return np.clip(whole, low, high).astype(np.int64)


def _codes(answers: _Answers, blank: float, rng: np.random.Generator) -> Ints:
    """(n, p) scores as a file holds them: with codes for what was not used and for what was left blank."""
    codes = np.where(answers.used, answers.scores, NOT_USED)
    people, touchpoints = codes.shape
    lazy = np.flatnonzero(rng.random(people) < blank)
    left_out = rng.integers(0, touchpoints, len(lazy))
    codes[lazy, left_out] = BLANK
    return codes


def _frame(plan: _Plan, answers: _Answers, codes: Ints) -> pd.DataFrame:
    """The answers as a table, a row for each person."""
    n = len(codes)
    waves = np.array(plan.waves)
    segments = np.array(plan.segment_names)
    groups = np.array(list(plan.groups))
    columns = {
        "respondent": np.arange(1, n + 1),
        "wave": waves[answers.wave],
        "segment": segments[answers.segment],
        "group": groups[answers.group],
        "weight": _weights(plan, answers),
    }
    for j, name in enumerate(plan.names):
        columns[name] = codes[:, j]
    columns["overall"] = answers.overall
    columns["recommend"] = answers.recommend
    return pd.DataFrame(columns)


def _weights(plan: _Plan, answers: _Answers) -> Floats:
    """(n,) weights with mean 1 that give each segment its share."""
    n = len(answers.segment)
    heads = np.bincount(answers.segment, minlength=len(plan.segments))
    present = plan.shares * (heads > 0)
    wanted = n * present / present.sum()
    weights = np.divide(
        wanted,
        heads,
        out=np.zeros(len(heads)),
        where=heads > 0,
    )
    return np.asarray(weights[answers.segment])


def _effects_table(plan: _Plan) -> pd.DataFrame:
    """The effects and the reach that were put in."""
    rows = []
    for s, segment in enumerate(plan.segments):
        for j, point in enumerate(plan.touchpoints):
            rows.append(
                {
                    "segment": segment.name,
                    "stage": point.stage,
                    "touchpoint": point.name,
                    "effect": plan.effects[s, j],
                    "reach": plan.reach[s, j],
                }
            )
    return pd.DataFrame(rows)


def _lift_table(plan: _Plan) -> pd.DataFrame:
    """The intervention that was put in: one row, or none."""
    rows = []
    done = plan.intervention
    if done is not None:
        rows.append((done.touchpoint, done.wave, done.group or "", done.lift))
    return pd.DataFrame(rows, columns=["touchpoint", "wave", "group", "lift"])


@lru_cache(maxsize=16)
def _importance(plan: _Plan) -> pd.DataFrame:
    """LMG in a large simulated population, by segment and in all."""
    rng = np.random.default_rng(0)
    answers = _draw(plan, POPULATION, plan.shares, rng)
    tables = []
    for name, products in _cross_products(plan, answers).items():
        table = pd.DataFrame({"segment": name, "touchpoint": plan.names})
        table["importance"] = _lmg(_without_column(products, -1))
        table["importance_overall"] = _lmg(_without_column(products, -2))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _cross_products(plan: _Plan, answers: _Answers) -> dict[str, Floats]:
    """By segment and in all, (q, q) cross-products of 1, p usage flags, p scores, recommendation and satisfaction."""
    used = answers.used.astype(float)
    columns = np.column_stack(
        [
            np.ones(len(used)),
            used,
            used * answers.scores,
            nps_points(answers.recommend),
            answers.overall,
        ]
    )
    products = {}
    for s, name in enumerate(plan.segment_names):
        people = columns[answers.segment == s]
        products[name] = people.T @ people
    products["All"] = np.sum(list(products.values()), axis=0)
    return products


def _without_column(products: Floats, column: int) -> Floats:
    """Cross-products without one column."""
    fewer_rows = np.delete(products, column, axis=0)
    return np.delete(fewer_rows, column, axis=1)


def _lmg(products: Floats) -> Floats:
    """(p,) importance from cross-products of 1, p usage flags, p scores and the outcome; the flags are controls."""
    stack = products[:, :, None]
    controls = len(products) // 2
    given_controls = sweep_out(stack, controls)
    total = sweep_out(stack, 1)[-1, -1]
    importance: Floats = lmg(given_controls, total)[:, 0]
    return importance


def _check_once(thing: str, names: Sequence[int | str]) -> None:
    """Names, at least one and each once."""
    if not names:
        raise ValuesError(f"there is no {thing}. Give at least one.")
    for name in names:
        if names.count(name) > 1:
            raise ValuesError(f"{thing} {name!r} is there twice. Name each {thing} once.")


def _check_shares(thing: str, shares: Mapping[str, float]) -> None:
    """Shares above 0."""
    for name, share in shares.items():
        if not share > 0:
            raise ValuesError(f"{thing} {name!r}: share is {share:g}. Give a number above 0.")


def _to_one(shares: Sequence[float]) -> Floats:
    """Shares that sum to 1."""
    total = float(np.sum(shares, dtype=float))
    return np.array(shares, dtype=float) / total


def _check_share(option: str, value: float) -> None:
    """A share from 0 to 1."""
    if not 0 <= value <= 1:
        raise ValuesError(f"{option}={value:g} is not a share. Give a number from 0 to 1.")
