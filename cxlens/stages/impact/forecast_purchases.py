"""How many purchases will come from customers so far, and what the same model would have forecast of the last days.

The models are in :mod:`cxlens.stats.repeat_purchases`; what is said of a forecast is the question of
:mod:`cxlens.stages.impact.lifetime_value`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stats.intervals import normal_quantile, t_quantile
from cxlens.stats.repeat_purchases import (
    BuyingRates,
    Histories,
    Spending,
    fit_buying,
    fit_spending,
    histories,
    pull_of_each,
    purchases_to_come,
    simulated_purchases,
    value_of_a_purchase,
)
from cxlens.study.purchases import Purchases

Floats = NDArray[np.float64]
STEPS = 13  # points of the picture of a holdout
HARDLY = 0.01  # a below which hardly anybody ever stops
CLOSE = 0.05  # share of a forecast by which it may be wrong; no model is right to the last purchase
FUTURES = 20  # that are simulated, to tell how far what comes varies around what is expected; also their seed
EXTREME = 1e4  # parameters beyond which customers are all alike, or nothing of them is known


class Known(NamedTuple):
    """What n customers did until a day: histories of one customer each, and the mean spend of a repeat purchase."""

    histories: Histories
    spent: Floats
    customer: NDArray[np.int32]


class Fitted(NamedTuple):
    """The two models; spending is None without values or where nobody bought twice."""

    buying: BuyingRates
    spending: Spending | None


class Holdout(NamedTuple):
    """Of the last days: purchases forecast and come by customer (n,), and all of them from step to step.

    ``customer`` (n,) says who, of all customers; ``pull`` (n,) by how much each moved the forecast of all.
    """

    customer: NDArray[np.int32]
    forecast: Floats
    came: Floats
    pull: Floats
    steps: pd.DataFrame


def known_until(purchases: Purchases, day: int) -> Known:
    """The histories of customers until a day."""
    until = purchases.bought.day <= day
    customer = purchases.bought.customer[until]
    days = purchases.bought.day[until]
    spent = purchases.bought.spent[until]
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    ends = np.append(starts[1:], len(days)) - 1
    repeats = (ends - starts).astype(float)
    first = days[starts]
    total = np.add.reduceat(spent, starts) - spent[starts]
    mean = np.divide(total, repeats, out=np.zeros(len(total)), where=repeats > 0)
    done = Histories(
        repeats,
        (days[ends] - first).astype(float),
        (day - first).astype(float),
        np.ones(len(starts)),
    )
    return Known(done, mean, customer[starts])


def fit(known: Known, *, valued: bool) -> Fitted:
    """Both models of customers as they are known."""
    done = known.histories
    buying = fit_buying(histories(done.repeats, done.last, done.followed))
    again = done.repeats > 0
    if not valued or not again.any():
        return Fitted(buying, None)
    return Fitted(buying, fit_spending(done.repeats[again], known.spent[again]))


def hold_out(purchases: Purchases, days: int) -> Holdout:
    """Fit on all but the last days, and forecast these.

    Customers who first bought in them are in neither figure.
    """
    end = purchases.counts.last
    known = known_until(purchases, end - days)
    buying = fit(known, valued=False).buying
    later = purchases.bought.day > end - days
    who = purchases.bought.customer[later]
    place = np.minimum(np.searchsorted(known.customer, who), len(known.customer) - 1)
    is_known = known.customer[place] == who
    came = np.bincount(place[is_known], minlength=len(known.customer)).astype(float)
    since = purchases.bought.day[later][is_known] - (end - days)
    spans = np.unique(np.linspace(0, days, STEPS + 1).round().astype(int))
    steps = {
        "day": spans,
        "forecast": [float(purchases_to_come(buying, known.histories, span).sum()) for span in spans],
        "came": [int((since <= span).sum()) for span in spans],
    }
    expected = purchases_to_come(buying, known.histories, days)
    pull = pull_of_each(buying, known.histories, days)
    return Holdout(known.customer, expected, came, pull, pd.DataFrame(steps))


class Forecast(NamedTuple):
    """Purchases to come of each customer (n,), how far each moved the sum of all, and the variance around them."""

    expected: Floats
    pull: Floats
    variance: Floats

    def ends(self, inside: NDArray[np.bool_], level: float) -> tuple[float, float]:
        """Between which the purchases of some customers will lie; the rates are learnt from a sample, too."""
        total = self.expected[inside].sum()
        share = total / self.expected.sum()
        variance = share**2 * (self.pull**2).sum() + self.variance[inside].sum()
        half = float(normal_quantile(level) * np.sqrt(variance))
        return max(float(total) - half, 0.0), float(total) + half


def forecast(buying: BuyingRates, known: Known, span: int) -> Forecast:
    """What customers will buy within a span, with its errors: of the rates, and of what each of them will do."""
    done = known.histories
    expected = purchases_to_come(buying, done, span)
    if not np.isfinite(expected).all():  # parameters ran to an edge
        return Forecast(expected, np.full_like(expected, np.nan), np.full_like(expected, np.nan))
    rng = np.random.default_rng(FUTURES)
    squares = np.zeros(len(expected))
    for _ in range(FUTURES):
        squares += (simulated_purchases(buying, done, span, rng) - expected) ** 2
    return Forecast(expected, pull_of_each(buying, done, span), squares / FUTURES)


def is_off(past: Holdout, inside: NDArray[np.bool_], level: float) -> bool:
    """Whether more or fewer purchases of some customers came than forecast, clearly by more than a twentieth.

    That the rates are learnt from a sample counts: each customer moves the forecast of all.
    """
    n = int(inside.sum())
    if n < 2:
        return False
    forecast = np.where(inside, past.forecast, 0.0)
    surplus = np.where(inside, past.came, 0.0) - forecast
    share = forecast.sum() / past.forecast.sum()
    errors = surplus - share * past.pull
    centred = errors[inside] - surplus[inside].mean()
    spread = (centred**2).sum() + (errors[~inside] ** 2).sum()
    error = np.sqrt(spread * n / (n - 1))
    off = abs(surplus.sum())
    least = off - t_quantile(level, n - 1) * error
    return bool(least > CLOSE * forecast.sum())


def degenerate(fitted: Fitted) -> str:
    """What is wrong with parameters at an edge, in a sentence; "" where nothing is."""
    r, alpha, a, b, _ = fitted.buying
    if a < HARDLY or a / (a + b) < HARDLY / 100:
        return (
            f"The fit is degenerate (a = {a:.2g}): by it hardly anybody ever stops buying, which so short a record "
            "cannot tell."
        )
    if max(r, a, b) > EXTREME or min(r, alpha, b) < 1 / EXTREME:
        return "The fit is degenerate: a parameter lies at an edge, so these purchases do not tell customers apart."
    if fitted.spending and fitted.spending.q <= 1:
        return f"The fit of spending is degenerate (q = {fitted.spending.q:.2g}): it has no mean."
    return ""


def mean_spend(known: Known, spending: Spending) -> Floats:
    """(n,) what each customer is expected to spend a purchase; the plain mean where the model has none."""
    values = value_of_a_purchase(spending, known.histories.repeats, known.spent)
    again = known.histories.repeats > 0
    plain = float(np.average(known.spent[again], weights=known.histories.repeats[again]))
    return np.where(np.isfinite(values) & (spending.q > 1), values, plain)
