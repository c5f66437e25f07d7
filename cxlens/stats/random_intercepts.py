"""Many groups of one kind around a common level: how far they differ, and each group's value with luck taken off.

A group of few answers has an extreme mean more often by luck than by merit. Values are drawn towards the common level,
the more the fewer answers a group has and the more alike the groups are (empirical Bayes). How far groups differ is not
known exactly, so intervals average over it. What a group is, and which of them are clearly different, is not decided
here.

Sources: Laird and Ware (1982), Biometrics 38, for the random intercept; Viechtbauer (2007), Statistics in Medicine 26,
for the interval of the variance between groups; Goldstein and Spiegelhalter (1996), JRSS A 159, for ranks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
GRID = 80  # spreads between groups that are tried
WIDEST = 4.0  # times the spread of the means, or their typical error: the widest spread that is tried
HALVINGS = 26  # of an interval: far finer than any figure shown
MANY = 300  # degrees of freedom from which Student's distribution is taken for the normal one
EXACT = 1e-10  # of the widest variance that is tried


class Groups(NamedTuple):
    """Means of k groups and their sampling variances (k,), above 0; ``df`` of the variance within groups."""

    mean: Floats
    variance: Floats
    df: float


class Spread(NamedTuple):
    """The variance between groups, with its interval, and the common level of the groups."""

    between: float
    low: float
    high: float
    centre: float


class Shrunk(NamedTuple):
    """By group (k,): its value, and between which it lies."""

    value: Floats
    low: Floats
    high: Floats


class _Tried(NamedTuple):
    """Spreads between groups that are tried (g,), their chances, and what each says of the common level (g,)."""

    spread: Floats
    chance: Floats
    centre: Floats
    precision: Floats


def spread_between(groups: Groups, level: float) -> Spread:
    """The variance between groups by restricted maximum likelihood, its interval by profiles of Cochran's Q.

    Examples
    --------
    >>> groups = Groups(np.array([3.0, 3.5, 4.0, 4.5]), np.full(4, 0.04), 100)
    >>> found = spread_between(groups, 0.95)
    >>> round(found.between, 3), round(found.centre, 2)
    (0.377, 3.75)
    """
    k = len(groups.mean)
    widest = _widest(groups) ** 2

    def loss(between: float) -> float:
        tried = np.array([between])
        return -float(_log_likelihoods(groups, tried)[0])

    found = optimize.minimize_scalar(
        loss,
        bounds=(0.0, widest),
        method="bounded",
        options={"xatol": EXACT * widest},
    )
    between = float(found.x)
    if loss(0.0) <= loss(between):
        between = 0.0
    below = (1 - level) / 2
    most_q = float(special.chdtri(k - 1, below))
    least_q = float(special.chdtri(k - 1, 1 - below))
    low = _between_of_q(groups, most_q, widest)
    high = _between_of_q(groups, least_q, widest)
    centres, _ = _centres(groups, np.array([between]))
    return Spread(between, min(low, between), max(high, between), float(centres[0]))


def _widest(groups: Groups) -> float:
    """The widest spread between groups that is tried."""
    typical_error = np.sqrt(groups.variance.mean())
    return float(WIDEST * max(groups.mean.std(ddof=1), typical_error))


def _centres(groups: Groups, between: Floats) -> tuple[Floats, Floats]:
    """(g,) the common level and its precision under each variance between groups (g,)."""
    weight = 1 / (groups.variance + between[:, None])
    precision = weight.sum(axis=1)
    centre = weight @ groups.mean / precision
    return centre, precision


def _log_likelihoods(groups: Groups, between: Floats) -> Floats:
    """(g,) restricted log-likelihoods of variances between groups (g,)."""
    centre, precision = _centres(groups, between)
    total = groups.variance + between[:, None]
    away = groups.mean - centre[:, None]
    misfit = (away**2 / total).sum(axis=1)
    volume = np.log(total).sum(axis=1) + np.log(precision)
    return np.asarray(-(volume + misfit) / 2)


def _between_of_q(groups: Groups, q: float, widest: float) -> float:
    """The variance between groups under which Cochran's Q has this value; 0 where it is below it from the start."""

    def apart(between: float) -> float:
        centres, _ = _centres(groups, np.array([between]))
        away = groups.mean - centres[0]
        total = groups.variance + between
        return float((away**2 / total).sum()) - q

    if apart(0.0) <= 0:
        return 0.0
    most = widest
    while apart(most) > 0:
        most *= 4
    return float(optimize.brentq(apart, 0.0, most))


def differ_p(groups: Groups, worth: Floats, kurtosis: float) -> float:
    """The p-value of all groups being alike: Cochran's Q over its degrees of freedom, by F.

    ``worth`` (k,) answers of each group. Where answers pile up at an end of a scale, their excess ``kurtosis`` makes Q
    vary more than normal answers do: it has then fewer degrees of freedom (Box and Andersen 1955, JRSS B 17).
    """
    k = len(groups.mean)
    centres, _ = _centres(groups, np.zeros(1))
    away = groups.mean - centres[0]
    q = (away**2 / groups.variance).sum()
    of_tails = max(kurtosis, 0.0) * (1 / worth).sum()
    df = (k - 1) / (1 + of_tails / (2 * (k - 1)))
    return float(special.fdtrc(df, groups.df, q / (k - 1)))


def shrink(groups: Groups, spread: Spread, level: float) -> Shrunk:
    """The value of each group given how far groups differ, and its interval, which knows that this is not known.

    The value is the best linear unbiased prediction under the spread given. The interval is that of the values under
    all spreads, by their restricted likelihood and a flat prior of the spread (Gelman et al., Bayesian Data Analysis,
    5.4).
    """
    between = np.array([spread.between])
    values, _ = _given(groups, between, *_centres(groups, between))
    value = values[0]
    tried = _tried(groups)
    means, errors = _given(groups, tried.spread**2, tried.centre, tried.precision)
    below = (1 - level) / 2
    low = _quantiles(means, errors, tried.chance, groups.df, below)
    high = _quantiles(means, errors, tried.chance, groups.df, 1 - below)
    return Shrunk(value, np.minimum(low, value), np.maximum(high, value))


def _tried(groups: Groups) -> _Tried:
    """The spreads between groups that are tried, and how likely each is."""
    spread = np.linspace(0, _widest(groups), GRID)
    centre, precision = _centres(groups, spread**2)
    likelihood = _log_likelihoods(groups, spread**2)
    chance = np.exp(likelihood - likelihood.max())
    return _Tried(spread, chance / chance.sum(), centre, precision)


def _given(groups: Groups, between: Floats, centre: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """(g, k) values of groups and their errors under each variance between groups."""
    kept = between[:, None] / (groups.variance + between[:, None])
    apart = groups.mean - centre[:, None]
    value = centre[:, None] + kept * apart
    of_group = kept * groups.variance
    of_centre = (1 - kept) ** 2 / precision[:, None]
    return value, np.sqrt(of_group + of_centre)


def _quantiles(means: Floats, errors: Floats, chance: Floats, df: float, share: float) -> Floats:
    """(k,) values below which a group lies with this probability, over the spreads tried, by halving."""
    reach = special.stdtrit(df, max(share, 1 - share)) * errors
    low = (means - reach).min(axis=0)
    high = (means + reach).max(axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = chance @ _below((middle - means) / errors, df)
        is_too_high = below > share
        high = np.where(is_too_high, middle, high)
        low = np.where(is_too_high, low, middle)
    return np.asarray((low + high) / 2)


def _below(t: Floats, df: float) -> Floats:
    """Probabilities to lie below, by Student's distribution; of many degrees of freedom by the normal one."""
    if df > MANY:
        return np.asarray(special.ndtr(t))
    return np.asarray(special.stdtr(df, t))


def draw(groups: Groups, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, k) values of groups as they may be, drawn over the spreads tried."""
    tried = _tried(groups)
    which = rng.choice(len(tried.spread), draws, p=tried.chance)
    between = tried.spread[which, None] ** 2
    error_of_centre = 1 / np.sqrt(tried.precision[which])
    centre = tried.centre[which] + error_of_centre * rng.standard_normal(draws)
    kept = between / (groups.variance + between)
    apart = groups.mean - centre[:, None]
    value = centre[:, None] + kept * apart
    error = np.sqrt(kept * groups.variance)
    return np.asarray(value + error * rng.standard_normal(value.shape))


class Ranks(NamedTuple):
    """By group (k,): its middle rank, 1 the highest, between which it lies, and the chance of the lowest quarter."""

    middle: Floats
    low: Floats
    high: Floats
    in_lowest_quarter: Floats


def ranks(drawn: Floats, level: float) -> Ranks:
    """Ranks of groups drawn (draws, k)."""
    draws, k = drawn.shape
    order = np.argsort(-drawn, axis=1)
    rank = np.empty((draws, k))
    np.put_along_axis(rank, order, np.arange(1.0, k + 1), axis=1)
    below = (1 - level) / 2
    low, middle, high = np.quantile(
        rank,
        [below, 0.5, 1 - below],
        axis=0,
        method="inverted_cdf",
    )
    from_below = k + 1 - rank
    is_low = from_below <= k / 4
    return Ranks(middle, low, high, is_low.mean(axis=0))
