"""What customers are worth: a margin for as long as they stay, or purchases to come from what they bought so far.

The first is the multiple of Gupta and Lehmann on a retention rate; the second a forecast that always stands beside what
it would have forecast of days that are past. How long customers stay is the question of
:mod:`cxlens.stages.impact.retention`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result
from cxlens.common.small_cells import hidden_values, reason
from cxlens.common.values import LEAST, count, interval, number, percent
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.purchases import Columns
from cxlens.errors import OptionError, ValuesError, check_level, listing
from cxlens.files.tables import given_number
from cxlens.stages.impact.forecast_purchases import (
    Fitted,
    Forecast,
    Holdout,
    Known,
    degenerate,
    fit,
    forecast,
    hold_out,
    is_off,
    known_until,
    mean_spend,
)
from cxlens.stages.impact.retention import Retention, with_tenures
from cxlens.stats.ranks import rank_correlation
from cxlens.stats.repeat_purchases import margin_multiple
from cxlens.study.identity import check_unknown
from cxlens.study.purchases import Purchases, as_purchases

A_YEAR = {"days": 365.25, "weeks": 52.18, "months": 12, "quarters": 4, "years": 1}
PERIOD = "periods"  # the unit of a rate that is given
TIMES = 2  # a record is to be at least so many times as long as its holdout before it
RATE, TENURES, PURCHASES = "a retention rate", "a table of tenures", "purchases"
USED = {  # options that change something, by what is asked about
    RATE: {"discount"},
    TENURES: {"discount", "level"},
    PURCHASES: {"customer", "time", "value", "unknown", "by", "horizon", "holdout", "level"},
}


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LifetimeValue(Result):
    """What customers are worth; made by :func:`lifetime_value`.

    Attributes
    ----------
    method : str
        "margin for as long as they stay" or "purchases to come".
    table : DataFrame
        One row a segment ("all" without ``by``). Of a retention rate: ``n`` customers (missing of a rate given),
        ``retention`` a unit of time with ``retention_low`` and ``retention_high``, ``multiple`` of the margin,
        ``value`` of a customer with ``low`` and ``high``. Of purchases: ``n`` customers; ``purchases`` to come within
        ``horizon`` days, between ``purchases_low`` and ``purchases_high``, and what a purchase is worth, ``spend``
        (missing without values), of all of them ``total``, and ``value`` a customer; ``forecast`` and ``came``,
        purchases of the holdout, and ``holds``, False where they clearly differ by more than a twentieth.
        Segments of fewer than 5 customers are blank.
    holdout : DataFrame or None
        Of purchases: ``day`` of the holdout, purchases ``forecast`` and ``came`` until then, of customers known before.
    fitted : Fitted or None
        The parameters of BG/NBD and Gamma-Gamma, from all days.
    degenerate : str
        What is wrong with the fit, in a sentence; "" where nothing is.
    horizon, held_out : int
        Days that are forecast; days at the end of the record that were held out. 0 of a retention rate.
    unit : str
        What the rate is by: "months"; of purchases "days".
    note : str
        What the figures suppose, and what was left out.
    by, level
        The inputs.
    holds : bool
        Whether the holdout of all customers was met: False where the sentence says so. True of a retention rate.
    ends : tuple of float
        Between which the purchases of all customers will lie; NaN of a retention rate.
    data : Purchases or Retention or None
        What was asked about.
    """

    method: str
    table: pd.DataFrame
    holdout: pd.DataFrame | None
    fitted: Fitted | None
    degenerate: str
    horizon: int
    held_out: int
    unit: str
    note: str
    by: str | None
    level: float
    holds: bool = True
    ends: tuple[float, float] = (np.nan, np.nan)
    data: Purchases | Retention | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        tables = {
            "lifetime value": self.table,
            "check": self.holdout,
        }
        return {name: table for name, table in tables.items() if table is not None}

    @property
    def finding(self) -> Finding:
        """What a customer is worth; of purchases with the holdout, first of all where that fails."""
        if self.holdout is None:
            return self._of_margin()
        last = self.holdout.iloc[-1]
        n = count(self.table["n"].sum())
        past = f"in the last {self.held_out} days it would have forecast"
        expected, came = count(last["forecast"]), count(last["came"])
        more = [self.degenerate.rstrip(".")] if self.degenerate else []
        if not self.holds:
            lead = f"The forecast of purchases cannot be relied on: {past}"
            return Finding(lead, expected, unit=f"purchases; {came} came", more=more, n=n)
        worth = ""
        if self.table["total"].notna().any():
            worth = f"purchases, worth {count(self.table['total'].sum())}"
        return Finding(
            f"In the next {self.horizon} days customers so far are forecast to make",
            count(self.table["purchases"].sum()),
            f"[{count(self.ends[0])}, {count(self.ends[1])}]",
            unit=worth or "purchases",
            certainty=f"{past} {expected} purchases; {came} came",
            more=more,
            n=n,
        )

    def _of_margin(self) -> Finding:
        """What a customer is worth; of several segments from what to what, since no difference is tested."""
        shown = _known_groups(self.table).dropna(subset="value").sort_values("value", kind="stable")
        least, most = shown.iloc[0], shown.iloc[-1]
        to_come = f"over all {self.unit} to come"
        stay = f"stay from one of the {self.unit} to the next"
        if len(shown) == 1:
            ends = "" if pd.isna(least["low"]) else interval(least["low"], least["high"], 0)
            return Finding(
                f"A customer of {least['segment']} is worth" if self.by else "A customer is worth",
                number(least["value"], 0),
                ends,
                f"{to_come}, {number(least['multiple'])} times the margin",
                f"if {percent(least['retention'], 1)} {stay}",
                n="" if pd.isna(least["n"]) else count(least["n"]),
            )
        return Finding(
            "A customer is worth",
            f"from {number(least['value'], 0)} to {number(most['value'], 0)}",
            unit=to_come,
            items=[_worth_of(least), _worth_of(most)],
            certainty=f"if {percent(least['retention'], 1)} to {percent(most['retention'], 1)} {stay}",
            more=[f"Whether groups by {self.by} differ is not tested here"],
        )


def _known_groups(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of groups, without who was never asked: they are no kind of customer."""
    return table[table["segment"] != NOT_STATED]


def _worth_of(row: Mapping[Any, Any] | pd.Series[Any]) -> Item:
    """``b (442 [330, 590], n = 40)``."""
    return Item(
        str(row["segment"]),
        number(row["value"], 0),
        interval(row["low"], row["high"], 0),
        f"n = {count(row['n'])}",
    )


@misfits_told
def lifetime_value(
    data: Any,
    *,
    customer: str = "",
    time: str = "",
    value: str | None = None,
    unknown: Sequence[Any] = (),
    by: str | None = None,
    margin: float | None = None,
    discount: float | None = None,
    horizon: int | None = None,
    holdout: int | None = None,
    level: float | None = None,
) -> LifetimeValue:
    """Tell what customers are worth: a margin for as long as they stay, or the purchases that will come.

    Parameters
    ----------
    data
        With ``margin``: a :class:`~cxlens.stages.impact.retention.Retention` of a table of tenures, or the share that
        stays from one period to the next, a number or ``(low, likely, high)``. Without: purchases, as
        :func:`cxlens.retention` takes them, or those of its result.
    customer, time, value, unknown, by
        Of purchases: as :func:`cxlens.retention`. A retention has its own groups.
    margin
        Money a customer earns each unit of time, after cost to serve; above 0.
    discount
        With ``margin``: interest a year (of a rate that is given: a period), 0.1 by default. What will be spent is not
        discounted.
    horizon
        Of purchases: days to forecast, 365 by default.
    holdout
        Of purchases: days at the end of the record that are forecast from those before, to see how wrong the forecast
        is; 90 by default.
    level
        Confidence level; by default that of the retention, else 0.95. The ends of a rate that is given stay as given.

    Raises
    ------
    ColumnError, OptionError, ValuesError, FileError
        When columns are missing or not what they should be, a rate is none, the margin is not above 0, the record is
        too short, or an option is given that does nothing for what is asked about.

    Notes
    -----
    With a margin m, a share r that stays and interest i, the value is m r / (1 + i - r), the first margin after the
    first period (Gupta and Lehmann 2003, Journal of Interactive Marketing 17). Its interval is that of r alone: margin
    and interest are taken as sure, and the chance to leave as always the same, which makes long lives too long where
    those who stay are ever surer to stay. Of several groups the range is told; whether they differ in how long they
    stay is tested by :func:`cxlens.retention`.

    Purchases to come: BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24), by the method of maximum likelihood
    on purchase days, and what a purchase is worth by Gamma-Gamma (Fader and Hardie 2013). The interval of purchases has
    two errors: of the rates (delta method, from the scores of customers), and of what each customer will do, as 20
    simulated futures vary around what is expected. Both models suppose that nobody's
    habits change, and no season. So the forecast is always made of the last days, too, from those before: where what
    came differs clearly by more than a twentieth (the sum of customers' differences less its interval, in which the
    rates are learnt, too), the sentence says first that it cannot be relied on.

    Examples
    --------
    >>> import cxlens as cx
    >>> print(cx.lifetime_value((0.75, 0.8, 0.85), margin=100, discount=0.1))  # doctest: +NORMALIZE_WHITESPACE
    A customer is worth 267 [214, 340] over all periods to come, 2.67 times the margin; if 80.0 % stay from one of the
    periods to the next.
    """
    way = _way(data)
    _check_margin(data, way, margin)
    _refuse_idle(
        way,
        {
            "customer": bool(customer),
            "time": bool(time),
            "value": value is not None,
            "unknown": len(unknown) > 0,
            "by": by is not None,
            "discount": discount is not None,
            "horizon": horizon is not None,
            "holdout": holdout is not None,
            "level": level is not None,
        },
    )
    level = _level(data, level)
    if margin is not None:
        return _by_margin(data, margin, 0.1 if discount is None else discount, level)
    if isinstance(data, Retention):
        by = by or data.by
        data = data.purchases
    columns = Columns(customer, time, value, (by,) if by and customer else (), check_unknown(unknown))
    purchases = as_purchases(data, "lifetime_value", columns)
    days = (365 if horizon is None else horizon, 90 if holdout is None else holdout)
    _check_days(purchases, *days)
    return _by_purchases(purchases, by, *days, level)


def _way(data: Any) -> str:
    """What is asked about: a rate, tenures or purchases."""
    if isinstance(data, (int, float, list, tuple)):
        return RATE
    if isinstance(data, Retention) and data.purchases is None:
        return TENURES
    return PURCHASES


def _check_margin(data: Any, way: str, margin: float | None) -> None:
    """A retention rate has a margin above 0, purchases have none."""
    if way == RATE and margin is None:
        raise OptionError("lifetime_value of a retention rate needs margin=, the money a customer earns a period.")
    if way == TENURES and margin is None:
        raise OptionError("lifetime_value of a table of tenures needs margin=, the money a customer earns a unit.")
    if margin is None:
        return
    if isinstance(data, Retention) and way == PURCHASES:
        raise OptionError(
            "lifetime_value: who falls silent has not left for certain, so purchases have no retention rate. "
            "Leave margin= out: purchases to come are forecast instead."
        )
    if way == PURCHASES:
        raise OptionError("margin= goes with a retention rate. Leave it out: of purchases it is known what was paid.")
    if not given_number("margin", margin) > 0:
        raise ValuesError(f"margin must be above 0; you gave {margin:g}. It is what a customer earns, cost taken off.")


def _refuse_idle(way: str, given: Mapping[str, bool]) -> None:
    """Refuse options that would do nothing for what is asked about."""
    idle = [f"{name}=" for name, is_given in given.items() if is_given and name not in USED[way]]
    if not idle:
        return
    them = "it" if len(idle) == 1 else "them"
    groups = " Its groups are those of cx.retention(..., by=)." if way == TENURES and "by=" in idle else ""
    raise OptionError(f"lifetime_value of {way} has no use for {listing(idle)}. Leave {them} out.{groups}")


def _level(data: Any, level: float | None) -> float:
    """The confidence level asked for; else that of the retention, or 0.95."""
    if level is not None:
        check_level(level)
        return level
    return data.level if isinstance(data, Retention) else 0.95


def _by_margin(data: Any, margin: float, discount: float, level: float) -> LifetimeValue:
    """The multiple of a margin, by segment where retention is known by segment."""
    if not given_number("discount", discount) >= 0:
        raise ValuesError(f"discount must be 0 or more a year; you gave {discount:g}. 0.1 is 10 %.")
    source = with_tenures(data, level=level) if isinstance(data, Retention) else None
    if source is None:
        rates = _rates_given(data)
        unit, interest = PERIOD, discount
    else:
        rates = _rates_measured(source)
        unit = source.unit
        interest = _interest(source, discount)
        _check_ends(rates, interest)
    ends = rates[RATES[2:]].to_numpy(float)
    multiples = margin_multiple(ends, interest)
    figures = {"multiple": multiples[:, 0]}
    for place, name in enumerate(("value", "low", "high")):
        figures[name] = margin * multiples[:, place]
    sentences = [
        f"Value: margin of {margin:g} a unit, {percent(discount, 1)} interest, the chance to leave always the same.",
        f"Intervals: {100 * level:g} %, of retention alone." if source else "Ends: those of the rate as given.",
        source.note if source else "",
    ]
    return LifetimeValue(
        method="margin for as long as they stay",
        table=pd.concat([rates, pd.DataFrame(figures)], axis=1),
        holdout=None,
        fitted=None,
        degenerate="",
        horizon=0,
        held_out=0,
        unit=unit,
        note=" ".join(filter(None, sentences)),
        by=source.by if source else None,
        level=level,
        data=source,
    )


RATES = ["segment", "n", "retention", "retention_low", "retention_high"]


def _rates_given(data: Any) -> pd.DataFrame:
    """A rate, or low, likely and high, as a table."""
    numbers = list(data) if isinstance(data, (list, tuple)) else [data]
    if len(numbers) not in (1, 3):
        raise ValuesError(f"the retention rate has {len(numbers)} numbers. Give one, or low, likely and high.")
    checked = [given_number("retention rate", rate) for rate in numbers]
    if sorted(checked) != checked or not 0 <= checked[0] <= checked[-1] < 1:
        words = ", ".join(f"{rate:g}" for rate in checked)
        raise ValuesError(
            f"a retention rate is a share from 0 to below 1, or low, likely and high in turn; you gave {words}."
        )
    low, likely, high = checked if len(checked) == 3 else (np.nan, checked[0], np.nan)
    rates = pd.DataFrame([("all", pd.NA, likely, low, high)], columns=RATES)
    return rates.astype({"n": "Int64"})


def _rates_measured(source: Retention) -> pd.DataFrame:
    """The rate of each group of a retention, which may be shown of one at least."""
    rates = source.table[["segment", "n", "rate", "rate_low", "rate_high"]]
    if _known_groups(rates)["rate"].isna().all():
        raise ValuesError(
            f"in every group fewer than {LEAST} customers left, or fewer than {LEAST} stayed, so no retention rate may "
            "be shown. Follow more customers, or for longer."
        )
    return rates.set_axis(RATES, axis=1)


def _interest(source: Retention, discount: float) -> float:
    """The interest a unit of time of a retention."""
    if source.unit not in A_YEAR:
        raise OptionError(
            f"lifetime_value cannot tell how long {source.unit} are. Name the column of tenures days, weeks, months, "
            "quarters or years."
        )
    return float((1 + discount) ** (1 / A_YEAR[source.unit]) - 1)


def _check_ends(rates: pd.DataFrame, interest: float) -> None:
    """Where nobody left and there is no interest, what a customer is worth has no end."""
    all_stay = rates.loc[(rates["retention"] == 1) & (interest == 0), "segment"]
    if len(all_stay):
        raise ValuesError(
            f"nobody of {listing(map(repr, all_stay))} left in the time followed, so without interest a customer's "
            "value has no end. Give discount= above 0, such as 0.1, or follow them for longer."
        )


def _check_days(purchases: Purchases, horizon: int, holdout: int) -> None:
    """Refuse spans that are none, and a holdout that leaves too little to learn from."""
    for name, days in (("horizon", horizon), ("holdout", holdout)):
        if days < 1:
            raise OptionError(f"{name} must be 1 day or more; you gave {days}.")
    if purchases.n < LEAST:
        raise ValuesError(f"lifetime_value needs {LEAST} customers or more; there are fewer.")
    days = purchases.counts.last - purchases.counts.first + 1
    if days < (TIMES + 1) * holdout:
        raise ValuesError(
            f"a holdout of {holdout} days needs a record of {(TIMES + 1) * holdout} days; this one has {days}. "
            f"Give holdout={days // (TIMES + 1)} or fewer, or a longer record."
        )


def _by_purchases(purchases: Purchases, by: str | None, horizon: int, holdout: int, level: float) -> LifetimeValue:
    """The purchases to come, by segment, with their holdout."""
    known = known_until(purchases, purchases.counts.last)
    if not (known.histories.repeats > 0).any():
        raise ValuesError(
            f"nobody of {count(purchases.n)} customers bought on two days, so there is nothing to forecast from. "
            "Give a longer record."
        )
    fitted = fit(known, valued=purchases.value is not None)
    past = hold_out(purchases, holdout)
    to_come = forecast(fitted.buying, known, horizon)
    table = _table(purchases, by, known, fitted, past, to_come, level)
    begin, _ = purchases.span
    sentences = [
        f"Purchases are days; the last {holdout} were forecast from those before, of customers known then.",
        f"Interval of purchases: {percent(level)}, if nobody's habits change; what a purchase is worth has none.",
        f"Who bought before {begin}, when the record begins, counts as new. Not discounted.",
        _goes_with_frequency(known) if fitted.spending else "",
        f"Missing: {reason(LEAST, of='customers')}." if by else "",
        purchases.left_out,
    ]
    return LifetimeValue(
        method="purchases to come",
        table=table,
        holdout=past.steps,
        fitted=fitted,
        degenerate=degenerate(fitted),
        horizon=horizon,
        held_out=holdout,
        unit="days",
        note=" ".join(filter(None, sentences)),
        by=by,
        level=level,
        holds=not is_off(past, np.ones(len(past.came), bool), level),
        ends=to_come.ends(np.ones(len(to_come.expected), bool), level),
        data=purchases,
    )


def _goes_with_frequency(known: Known) -> str:
    """Whether those who buy often spend as much a purchase as others, as Gamma-Gamma supposes."""
    again = known.histories.repeats > 0
    correlation = rank_correlation(known.histories.repeats[again], known.spent[again])
    if np.isnan(correlation):  # of too few, or all alike
        return ""
    return (
        "Spend a purchase is taken not to go with how often one buys; here their rank correlation is "
        f"{number(correlation)}."
    )


def _table(
    purchases: Purchases,
    by: str | None,
    known: Known,
    fitted: Fitted,
    past: Holdout,
    to_come: Forecast,
    level: float,
) -> pd.DataFrame:
    """Purchases to come and the holdout of each segment."""
    codes, names = _segments(purchases, by)
    sizes = np.bincount(codes, minlength=len(names))
    _check_finite(to_come.expected, past.forecast)
    table = pd.DataFrame({"segment": names, "n": sizes})
    table = pd.concat([table, _to_come(codes, len(names), known, fitted, to_come, level)], axis=1)
    table["value"] = table["total"] / sizes
    table = pd.concat([table, _past(codes[past.customer], len(names), past, level)], axis=1)
    hidden = hidden_values(sizes, LEAST)
    shown = table.astype({"n": "Int64", "holds": "boolean"})
    shown.loc[hidden, shown.columns[1:]] = pd.NA
    few_known = hidden_values(np.bincount(codes[past.customer], minlength=len(names)), LEAST)
    shown.loc[few_known, ["forecast", "came", "holds"]] = pd.NA
    return shown


def _to_come(codes: Any, segments: int, known: Known, fitted: Fitted, to_come: Forecast, level: float) -> pd.DataFrame:
    """Purchases to come of each segment with their ends, and what they are worth."""
    expected = to_come.expected
    money = np.full(len(expected), np.nan)
    if fitted.spending:
        money = expected * mean_spend(known, fitted.spending)
    ends = [to_come.ends(codes == place, level) for place in range(segments)]
    table = pd.DataFrame(ends, columns=["purchases_low", "purchases_high"])
    table.insert(0, "purchases", np.bincount(codes, expected, segments))
    table["total"] = np.bincount(codes, money, segments)
    table["spend"] = table["total"] / table["purchases"]
    return table


def _check_finite(to_come: Any, forecast: Any) -> None:
    """Refuse a model whose parameters ran to an edge, where it forecasts nothing."""
    if np.isfinite(to_come).all() and np.isfinite(forecast).all():
        return
    raise ValuesError(
        "the model of purchases has no forecast here: customers buy so regularly, or so much alike, that its "
        "parameters run to an edge. Count what they bought instead: retention(...).cohort_view()."
    )


def _past(codes: Any, segments: int, past: Holdout, level: float) -> pd.DataFrame:
    """What was forecast and what came of each segment."""
    expected = np.bincount(codes, past.forecast, segments)
    came = np.bincount(codes, past.came, segments)
    holds = []
    for place in range(segments):
        inside = codes == place
        holds.append(not is_off(past, inside, level))
    return pd.DataFrame({"forecast": expected, "came": came, "holds": holds})


def _segments(purchases: Purchases, by: str | None) -> tuple[Any, list[str]]:
    """The number of each customer's segment, and their names."""
    if by is None:
        return np.zeros(purchases.n, int), ["all"]
    if by not in purchases.bought.segments:
        raise OptionError(f"by={by!r} is no segment of these purchases. Name it when they are read: segments=[{by!r}].")
    column = purchases.bought.segments[by].astype("category").cat.remove_unused_categories()
    return column.cat.codes.to_numpy(int), [str(name) for name in column.cat.categories]
