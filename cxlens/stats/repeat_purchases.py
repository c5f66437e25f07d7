"""How often customers will buy again, and for how much, from how often they have: BG/NBD and Gamma-Gamma.

BG/NBD: a customer buys at a rate of their own (gamma over customers) until, after some purchase, they stop for good
(with a chance of their own, beta over customers). Gamma-Gamma: what a customer spends a purchase varies around a mean
of their own. Time may be in any unit. Whether the forecast is to be believed is seen on a holdout only, and does not
belong here.

Sources: Fader, Hardie and Lee (2005), Marketing Science 24(2), for BG/NBD; Fader and Hardie (2013), "The gamma-gamma
model of monetary value"; Gupta and Lehmann (2003), Journal of Interactive Marketing 17, for the multiple.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
WIDEST = 12.0  # logs of parameters stay within: what lies beyond changes no forecast
STEP = 1e-4  # of the log of a parameter, for slopes
FLAT = 1e-10  # of the largest information: a direction with less is not learnt at all
NEVER, MOST = 1e-12, 1e9  # a chance to stop that is none; purchases that nobody makes
NEAR_ONE = 1e-6  # the forecast has a removable pole where a = 1


class Histories(NamedTuple):
    """What k kinds of customers have done, and how many customers did so: (k,) each.

    ``repeats``: purchases after the first; ``last``: time from the first to the last; ``followed``: time from the
    first to the end of counting.
    """

    repeats: Floats
    last: Floats
    followed: Floats
    customers: Floats


class BuyingRates(NamedTuple):
    """BG/NBD: shape ``r`` and rate ``alpha`` of buying, ``a`` and ``b`` of stopping, and the log-likelihood."""

    r: float
    alpha: float
    a: float
    b: float
    loglik: float


class Spending(NamedTuple):
    """Gamma-Gamma: ``p``, ``q``, ``v``, and the log-likelihood."""

    p: float
    q: float
    v: float
    loglik: float


def histories(repeats: ArrayLike, last: ArrayLike, followed: ArrayLike) -> Histories:
    """Customers with the same history counted together."""
    columns = (
        np.asarray(repeats, float),
        np.asarray(last, float),
        np.asarray(followed, float),
    )
    rows = np.column_stack(columns)
    kinds, customers = np.unique(rows, axis=0, return_counts=True)
    return Histories(
        kinds[:, 0],
        kinds[:, 1],
        kinds[:, 2],
        customers.astype(float),
    )


def fit_buying(of: Histories) -> BuyingRates:
    """The parameters under which these histories are likeliest."""
    unit = float(of.followed.max())
    scaled = of._replace(
        last=of.last / unit,
        followed=of.followed / unit,
    )
    share = of.customers / of.customers.sum()

    def loss(logs: Floats) -> float:
        chances = _log_chance(scaled, *np.exp(logs))
        return -float(share @ chances)

    start = np.zeros(4)
    r, alpha, a, b = _likeliest(loss, start)
    alpha *= unit
    chances = _log_chance(of, r, alpha, a, b)
    loglik = float(of.customers @ chances)
    return BuyingRates(r, alpha, a, b, loglik)


def _log_chance(of: Histories, r: float, alpha: float, a: float, b: float) -> Floats:
    """(k,) log of the chance of each history: the customer is still buying, or stopped after the last purchase."""
    x = of.repeats
    bought = special.gammaln(r + x) - special.gammaln(r)
    bought += r * np.log(alpha)
    went_on = special.betaln(a, b + x) - special.betaln(a, b)
    still = -(r + x) * np.log(alpha + of.followed)
    again = np.maximum(x, 1.0)
    stops_there = np.log(a) - np.log(b + again - 1)
    stopped = stops_there - (r + x) * np.log(alpha + of.last)
    either = np.logaddexp(still, stopped)
    ways = np.where(x > 0, either, still)
    return np.asarray(bought + went_on + ways)


def _likeliest(loss: Callable[[Floats], float], start: Floats) -> tuple[float, ...]:
    """The parameters, all above 0, of the smallest loss of their logs."""
    found = optimize.minimize(
        loss,
        start,
        method="L-BFGS-B",
        bounds=[(-WIDEST, WIDEST)] * len(start),
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 2000},
    )
    parameters: list[float] = np.exp(found.x).tolist()
    return tuple(parameters)


def chance_alive(rates: BuyingRates, of: Histories) -> Floats:
    """(k,) chance that a customer with each history is still buying; 1 for who has not bought again."""
    r, alpha, a, b, _ = rates
    x = of.repeats
    again = np.maximum(x, 1.0)
    longer = (alpha + of.followed) / (alpha + of.last)
    silence = longer ** (r + x)
    stopped = a / (b + again - 1) * silence
    return np.where(x > 0, 1 / (1 + stopped), 1.0)


def purchases_to_come(rates: BuyingRates, of: Histories, span: float) -> Floats:
    """(k,) purchases to be expected within a span from now, from a customer with each history."""
    r, alpha, a, b, _ = rates
    if abs(a - 1) < NEAR_ONE:
        a = 1 + NEAR_ONE
    x = of.repeats
    until = alpha + of.followed + span
    series = special.hyp2f1(
        r + x,
        b + x,
        a + b + x - 1,
        span / until,
    )
    so_far = (alpha + of.followed) / until
    share = so_far ** (r + x)
    most = (a + b + x - 1) / (a - 1)
    if_alive = most * (1 - share * series)
    return np.asarray(if_alive * chance_alive(rates, of))


def _rates(parameters: Floats) -> BuyingRates:
    """Parameters as rates, whose likelihood nobody asks for."""
    r, alpha, a, b = parameters.tolist()
    return BuyingRates(r, alpha, a, b, 0.0)


def pull_of_each(rates: BuyingRates, of: Histories, span: float) -> Floats:
    """(k,) by how much each customer moved the forecast of all together, since the rates were learnt from them.

    To first order (delta method): the slope of the forecast along the logs of the parameters, times the information,
    from the outer products of scores, times the score of each. ``of`` has a customer a row.
    """
    at = np.log(rates[:4])
    scores = np.empty((len(of.repeats), len(at)))
    slopes = np.empty(len(at))
    for place in range(len(at)):
        step = np.zeros(len(at))
        step[place] = STEP
        above = np.exp(at + step)
        below = np.exp(at - step)
        chances = _log_chance(of, *above) - _log_chance(of, *below)
        scores[:, place] = chances / (2 * STEP)
        more = purchases_to_come(_rates(above), of, span)
        less = purchases_to_come(_rates(below), of, span)
        slopes[place] = (more - less).sum() / (2 * STEP)
    information = scores.T @ scores
    inverse = np.linalg.pinv(information, rcond=FLAT, hermitian=True)
    return np.asarray(scores @ (inverse @ slopes))


def simulated_purchases(rates: BuyingRates, of: Histories, span: float, rng: np.random.Generator) -> Floats:
    """(k,) purchases of one future of customers with each history, at their own rates as far as these are known.

    Who is still buying buys at a rate drawn from its gamma, until the purchase after which they stop.
    """
    r, alpha, a, b, _ = rates
    x = of.repeats
    is_alive = rng.random(len(x)) < chance_alive(rates, of)
    rate = rng.gamma(r + x) / (alpha + of.followed)
    stops = np.clip(rng.beta(a, b + x), NEVER, 1 - NEVER)
    bought = rng.poisson(np.minimum(rate * span, MOST))
    until = np.ceil(np.log(1 - rng.random(len(x))) / np.log1p(-stops))  # the number of the purchase that is the last
    return np.where(is_alive, np.minimum(bought, np.maximum(until, 1.0)), 0.0)


def purchases_of_a_newcomer(rates: BuyingRates, span: float) -> float:
    """Purchases after the first to be expected within a span from a customer who has just come."""
    nothing_yet = np.zeros(1)
    newcomer = Histories(
        nothing_yet,
        nothing_yet,
        nothing_yet,
        np.ones(1),
    )
    to_come = purchases_to_come(rates, newcomer, span)
    return float(to_come[0])


def fit_spending(repeats: ArrayLike, spent: ArrayLike) -> Spending:
    """Gamma-Gamma from the repeat purchases (n,) of each customer and their mean value (n,), both above 0."""
    x = np.asarray(repeats, float)
    z = np.asarray(spent, float)
    unit = float(z.mean())

    def loss(logs: Floats) -> float:
        densities = _log_density(x, z / unit, *np.exp(logs))
        return -float(densities.mean())

    start = np.log([1.0, 2.0, 1.0])
    p, q, v = _likeliest(loss, start)
    v *= unit
    densities = _log_density(x, z, p, q, v)
    return Spending(p, q, v, float(densities.sum()))


def _log_density(x: Floats, z: Floats, p: float, q: float, v: float) -> Floats:
    """(n,) log of the density of mean values z of x purchases."""
    constant = special.gammaln(p * x + q) - special.gammaln(p * x)
    constant += q * np.log(v) - special.gammaln(q)
    of_purchases = (p * x - 1) * np.log(z)
    of_purchases += p * x * np.log(x)
    of_total = (p * x + q) * np.log(v + x * z)
    return np.asarray(constant + of_purchases - of_total)


def value_of_a_purchase(spending: Spending, repeats: ArrayLike, spent: ArrayLike) -> Floats:
    """Mean value of a purchase to be expected of customers who spent so much on average in so many.

    Infinite, or NaN, where q is 1 or less and nothing was bought: the model then has no mean.
    """
    p, q, v, _ = spending
    x = np.asarray(repeats, float)
    total = x * np.asarray(spent, float)
    below = p * x + q - 1
    no_mean = np.full(below.shape, np.inf)
    values = np.divide(
        p * (v + total),
        below,
        out=no_mean,
        where=below > 0,
    )
    return np.asarray(values)


def margin_multiple(retention: ArrayLike, discount: ArrayLike) -> Floats:
    """By what a period's margin is to be multiplied for the lifetime value: r / (1 + i - r).

    ``retention``: share that stays from period to period; ``discount``: interest a period. The first margin comes
    after the first period.
    """
    r = np.asarray(retention, float)
    i = np.asarray(discount, float)
    return np.asarray(r / (1 + i - r))
