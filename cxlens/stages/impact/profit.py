"""Stage 5: what the customers of each segment bring, what serving them costs, and what is left.

Money is measured where there are purchases or a log, else as the study states it. How much longer satisfied customers
stay is the question of retention, and what an initiative brings that of stage 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.small_cells import hidden_values, reason
from cxlens.common.values import count, interval, number, percent
from cxlens.errors import OptionError, ValuesError, check_kind, check_known, check_level, check_option, listing
from cxlens.stats.skewed import skewed_mean_interval
from cxlens.study.contact_costs import contact_costs, costs_of_events
from cxlens.study.journeys import JourneyLog
from cxlens.study.purchases import Purchases
from cxlens.study.segments import Segment
from cxlens.study.study import Study
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
ValueFrom = Literal["purchases", "log", "given"]
CostFrom = Literal["log", "given"]
LEAST = 5  # people of whom a figure may be shown
YEAR = 365  # days
ENDS = ("", "_low", "_high")
FIGURES = ("value", "cost", "profit")
WHERE_FROM = {
    "value": {
        "purchases": "Value: what those who were customers a year ago have spent since, those who left included.",
        "log": "Value: what the events of the log brought.",
        "given": "Value: as the study states it, not measured.",
    },
    "cost": {
        "log": "Cost to serve: contacts of the log, at the map's cost per contact.",
        "given": "Cost to serve: as the study states it, not measured.",
    },
}


class Span(NamedTuple):
    """A figure with its interval; both ends are the figure where it is stated, not measured."""

    value: float
    low: float
    high: float

    def less(self, other: Span) -> Span:
        """Less another that was measured on other people: the ends vary independently (Zou and Donner 2008)."""
        value = self.value - other.value
        down = np.hypot(self.value - self.low, other.high - other.value)
        up = np.hypot(self.high - self.value, other.value - other.low)
        return Span(value, value - down, value + up)


class Measured(NamedTuple):
    """Money of each customer a year: (n,) amounts, n rows of labels, and the part of the study it is from.

    ``years``: how many the record covers that the amounts are from.
    """

    amounts: Floats
    labels: pd.DataFrame
    where: str
    years: float = 1.0


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Profit(Result):
    """Profit by segment: the result of :func:`profit`.

    Attributes
    ----------
    table
        One row a segment, the most profitable first; money is that of a customer a year. ``segment``; ``n`` (customers
        measured; NaN where all is stated); ``share`` (of the answers of the survey, weighted; NaN without one);
        ``value``, ``cost`` and ``profit``, each with ``_low`` and ``_high``; ``profit_share`` (of the profit of all
        segments; NaN where the sizes are not known or one loses money); ``unexploited``, how much less value than a
        customer of the benchmark, and ``lost``, how much more a customer costs to serve: both together are the gap in
        profit. Figures of fewer than 5 people are NaN.
    study
        What was asked about.
    benchmark
        The segment the others are held against.
    value_from, cost_from
        Where money is from: "purchases", "log" or "given" (stated in the study).
    first_clear
        Whether the first clearly brings more than the second; None where neither is measured.
    log_years
        How many years the log covers, by its own clock or as given; NaN where no money is from it.
    options
        What else was asked: ``profit(study, **options)`` gives the same again.
    """

    table: pd.DataFrame
    study: Study
    benchmark: str
    value_from: str
    cost_from: str
    first_clear: bool | None
    log_years: float
    options: Mapping[str, Any]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"profit": self.table}

    @property
    def level(self) -> float:
        """Of the intervals."""
        return float(self.options["level"])

    @property
    def weights(self) -> pd.DataFrame:
        """Columns ``segment``, ``profit``, ``low``, ``high`` and ``level``, for ``quick_wins(weigh=)``.

        Segments are named as drivers name them: by value of the column.
        """
        names = {segment.name: _value_of(segment) for segment in self.study.segments}
        known = self.table.dropna(subset="profit")
        columns = {"segment": known["segment"].map(names), "profit": known["profit"]}
        ends = {"low": known["profit_low"], "high": known["profit_high"]}
        return pd.DataFrame({**columns, **ends, "level": self.level}).reset_index(drop=True)

    @property
    def finding(self) -> Finding:
        """Which segment brings the most, how much, and whether that is clear."""
        return _finding(self)

    @property
    def note(self) -> str:
        """Where the money is from, and what the gaps to the benchmark are."""
        return _note(self)


@misfits_told
def profit(
    study: Study,
    *,
    benchmark: str | None = None,
    value: ValueFrom | None = None,
    cost: CostFrom | None = None,
    log_years: float | None = None,
    level: float = 0.95,
) -> Profit:
    """Tell what the customers of each segment of a study bring, cost to serve, and leave.

    Parameters
    ----------
    study
        With segments. Their columns have to be known of customers: the survey tells them by the respondent's id, else
        ``segments`` of the purchases or of the log.
    benchmark
        The segment the others are held against; by default the most profitable.
    value
        Where the value of a customer is from: ``"purchases"`` (all that was spent in the last 365 days by those who
        bought before them), ``"log"`` (the values of its events) or ``"given"`` (``value`` of each segment). By default
        the first of them that the study has.
    cost
        Where the cost to serve is from: ``"given"`` (``cost_to_serve`` of each segment) or ``"log"`` (contacts in the
        log, at the cost per contact of the map; a touchpoint without costs nothing). By default the first of them that
        the study has.
    log_years
        How many years the log covers: what it tells is divided by them. By default those from the day of its first
        event to that of its last; a log that has an order and no clock cannot tell them.
    level
        Confidence level.

    Returns
    -------
    Profit

    Raises
    ------
    OptionError, ValuesError
        When there are no segments, the benchmark is none of them, the study does not hold where money is from, the
        log does not tell how many years it covers, or ``log_years`` is given and no money is from the log.

    Notes
    -----
    Means of skewed amounts have the intervals of :func:`cxlens.stats.skewed.skewed_mean_interval` (Hall 1992). Value
    and cost of the same log are taken customer by customer; where value and cost are of other people their errors are
    joined as independent (Zou and Donner 2008, Statistics in Medicine 27). The first segment is clearly first where the
    interval of its lead over the second leaves out 0.

    A log of less than a year is scaled up as though all who are in it went on like that: where many come once, a
    customer's year is less than it says.

    Examples
    --------
    >>> import cxlens as cx
    >>> found = cx.profit(cx.datasets.load_airport(), value="given")
    >>> found.table[["segment", "value", "cost", "profit"]]
                segment  value  cost  profit
    0          Business  310.0  62.0   248.0
    1           Leisure  140.0  48.0    92.0
    2  Visiting friends   95.0  45.0    50.0
    """
    check_kind("profit", study, Study, "cx.Study.from_toml(path)")
    options: dict[str, Any] = {
        "benchmark": benchmark,
        "value": value,
        "cost": cost,
        "log_years": log_years,
        "level": level,
    }
    return profit_of(study, study.survey, study.purchases, **options)


def profit_of(
    study: Study,
    survey: Callable[[], Survey],
    purchases: Callable[[], Purchases],
    *,
    benchmark: str | None = None,
    value: ValueFrom | None = None,
    cost: CostFrom | None = None,
    log_years: float | None = None,
    level: float = 0.95,
) -> Profit:
    """What :func:`profit` tells, from what gives survey and purchases: who has read them need not read them again."""
    check_level(level)
    _check_asked(study, benchmark, value, cost, log_years)
    options = {"benchmark": benchmark, "value": value, "cost": cost, "log_years": log_years, "level": level}
    value_from = value or _first_value(study)
    cost_from = cost or _first_cost(study)
    _check_log_asked(log_years, value_from, cost_from)
    values = _values(study, value_from, log_years, purchases)
    costs = _costs(study, cost_from, log_years)
    rows = [_row(segment, values, costs, level) for segment in study.segments]
    table = _hidden(pd.DataFrame(rows)).assign(share=_shares(study, survey))
    table = table.sort_values("profit", ascending=False, kind="stable", ignore_index=True, na_position="last")
    measured = value_from != "given" or cost_from != "given"
    chosen = benchmark or str(table["segment"].iloc[0])
    return Profit(
        table=_against(table, chosen),
        study=study,
        benchmark=chosen,
        value_from=value_from,
        cost_from=cost_from,
        first_clear=_leads(table) if measured else None,
        log_years=_years_covered(values, costs),
        options=options,
    )


def _check_asked(study: Study, benchmark: str | None, value: Any, cost: Any, log_years: float | None) -> None:
    """What was asked for is a segment and a source there is a word for."""
    if not study.segments:
        raise ValuesError("profit is told by segment, and this study has none. Add [[segments]] with name and where.")
    if benchmark is not None:
        check_known("benchmark", [benchmark], [segment.name for segment in study.segments], "Segments")
    if value is not None:
        check_option("value", value, ValueFrom)
    if cost is not None:
        check_option("cost", cost, CostFrom)
    if log_years is not None and not (np.isfinite(log_years) and log_years > 0):
        raise ValuesError(f"log_years must be above 0; you gave {log_years:g}.")


def _check_log_asked(log_years: float | None, value_from: str, cost_from: str) -> None:
    """How long a log is changes nothing where no money is from it."""
    if log_years is not None and "log" not in (value_from, cost_from):
        raise OptionError(
            f"log_years={log_years:g} says how long the log is, and no money is from it: value is from {value_from!r}, "
            f"cost from {cost_from!r}. Leave log_years out, or give value='log' or cost='log'."
        )


def _first_value(study: Study) -> ValueFrom:
    """The first of purchases, a log with values and what is stated that the study has."""
    if study.purchases_plan is not None and study.purchases_plan.value:
        return "purchases"
    if study.events_plan is not None and study.events_plan.value:
        return "log"
    return "given"


def _first_cost(study: Study) -> CostFrom:
    """What is stated where any is, else the log."""
    is_stated = any(segment.cost_to_serve is not None for segment in study.segments)
    return "given" if is_stated or study.events_plan is None else "log"


def _values(
    study: Study, source: ValueFrom, log_years: float | None, purchases: Callable[[], Purchases]
) -> Measured | None:
    """What each customer brings a year; None where it is stated."""
    if source == "given":
        _check_stated(study, "value")
        return None
    if source == "log":
        if study.events_plan is not None and not study.events_plan.value:
            raise OptionError("value='log': the events have no values. Add value = ..., their column, under [events].")
        return _of_log(study, "value", log_years)
    if study.purchases_plan is not None and not study.purchases_plan.value:
        raise OptionError(
            "value='purchases': what was paid is not known. Add value = ..., its column, under [purchases]."
        )
    return _of_purchases(purchases())


def _costs(study: Study, source: CostFrom, log_years: float | None) -> Measured | None:
    """What each customer costs to serve a year; None where it is stated."""
    if source == "given":
        _check_stated(study, "cost_to_serve")
        return None
    return _of_log(study, "cost", log_years)


def _check_stated(study: Study, what: str) -> None:
    """Each segment states what a customer is worth, or costs."""
    silent = [segment.name for segment in study.segments if getattr(segment, what) is None]
    if silent:
        raise ValuesError(f"{what} is not known of {listing(silent)}. Add {what} = ... to each of [[segments]].")


def _of_purchases(purchases: Purchases) -> Measured:
    """What was spent in the last year by those who had bought before it."""
    customer, day, spent, segments = purchases.bought
    since = purchases.counts.last - YEAR + 1
    first = day[np.flatnonzero(np.diff(customer, prepend=-1))]
    is_old = first < since
    if not is_old.any():
        days = purchases.counts.last - purchases.counts.first + 1
        raise ValuesError(
            f"value='purchases': they cover {count(days)} days, so nobody was a customer a year before their end. "
            "Give a longer record, or value='given'."
        )
    amounts = np.asarray(np.bincount(customer, spent * (day >= since), len(segments)), float)
    return Measured(amounts[is_old], segments[is_old].reset_index(drop=True), "purchases")


def _of_log(study: Study, what: Literal["value", "cost"], log_years: float | None) -> Measured:
    """What the events of each customer brought, or cost, a year."""
    log = study.journeys()
    events = log.table
    amounts: Any = events["value"]
    if what == "cost":
        amounts = pd.Series(costs_of_events(log, contact_costs(study.map(), "cost='log'")))
    by_customer = events.assign(amount=amounts.fillna(0.0)).groupby("customer", sort=False)
    labels = by_customer[list(log.segments)].first()
    totals = by_customer["amount"].sum().to_numpy(float)
    years = _years_by_clock(log) if log_years is None else log_years
    return Measured(totals / years, labels.reset_index(drop=True), "events", years)


def _years_by_clock(log: JourneyLog) -> float:
    """How many years a log covers, the days of its first and of its last event counted."""
    if log.time is None:
        raise OptionError(
            "the events have an order and no clock, so how many years they cover is not known. Say it: log_years=0.5 "
            "is half a year. Or name their times: time = ... under [events]."
        )
    time = log.detail("time")
    days = (time.max().normalize() - time.min().normalize()).days + 1
    if days == 1:
        raise ValuesError(
            "the events are all of one day, from which no year can be told. Say how many years they stand for, such as "
            "log_years=0.5, or give a longer log."
        )
    return float(days / YEAR)


def _years_covered(*money: Measured | None) -> float:
    """How many years the log covers; NaN where no money is from it."""
    of_log = [measured.years for measured in money if measured is not None and measured.where == "events"]
    return of_log[0] if of_log else np.nan


def _row(segment: Segment, values: Measured | None, costs: Measured | None, level: float) -> dict[str, Any]:
    """Value, cost and profit of a segment, and how many customers they were measured on."""
    value, n_value = _mean_of(segment, segment.value, values, level)
    cost, n_cost = _mean_of(segment, segment.cost_to_serve, costs, level)
    left = value.less(cost)
    if values is not None and costs is not None and values.where == costs.where:
        together = values._replace(amounts=values.amounts - costs.amounts)
        left, _ = _mean_of(segment, None, together, level)
    row: dict[str, Any] = {"segment": segment.name, "n": np.nanmin([n_value, n_cost, np.inf])}
    for name, span in zip(FIGURES, (value, cost, left), strict=True):
        for end, figure in zip(ENDS, span, strict=True):
            row[f"{name}{end}"] = figure
    return row


def _mean_of(segment: Segment, stated: float | None, measured: Measured | None, level: float) -> tuple[Span, float]:
    """A mean with its interval and how many customers it is of; what is stated, of NaN customers."""
    if measured is None:
        figure = float(stated or 0.0)
        return Span(figure, figure, figure), np.nan
    cases = measured.amounts[_are_of(segment, measured)]
    n = len(cases)
    if n < LEAST:
        return Span(np.nan, np.nan, np.nan), n
    mean = float(cases.mean())
    if np.ptp(cases) == 0:
        return Span(mean, mean, mean), n
    low, high = skewed_mean_interval(cases, level)
    return Span(mean, low, high), n


def _are_of(segment: Segment, measured: Measured) -> NDArray[np.bool_]:
    """Which customers belong to a segment."""
    labels = measured.labels
    for column in segment.where:
        if column not in labels:
            raise OptionError(
                f"segment {segment.name!r} is told by {column!r}, which is not known of customers in the "
                f"{measured.where}. Add it to segments under [{measured.where}]."
            )
    return segment.mask(labels[list(segment.where)].apply(_as_numbers))


def _as_numbers(labels: pd.Series[Any]) -> pd.Series[Any]:
    """Labels as numbers where all are such, since purchases hold them as text and a segment may ask for a range."""
    numbers = pd.to_numeric(labels, errors="coerce")
    return numbers if bool(numbers.notna().all()) else labels


def _hidden(table: pd.DataFrame) -> pd.DataFrame:
    """The table without figures of fewer than 5 people, and of those that would give them away."""
    n = table["n"].replace(np.inf, np.nan)
    counts = n.fillna(LEAST).to_numpy(np.int64)
    is_hidden = hidden_values(counts, LEAST) | (counts < LEAST)
    figures = [f"{name}{end}" for name in FIGURES for end in ENDS]
    shown = table.assign(n=n)
    shown.loc[is_hidden, ["n", *figures]] = np.nan
    return shown


def _shares(study: Study, read_survey: Callable[[], Survey]) -> Floats:
    """(segments,) the share of each among the answers, weighted; NaN without a survey."""
    if study.survey_plan is None:
        return np.full(len(study.segments), np.nan)
    survey = read_survey()
    answers = survey.table
    weights = answers[survey.weight or "weight"] if survey.weight or survey.margins else pd.Series(1.0, answers.index)
    return np.array([float(weights[segment.mask(answers)].sum() / weights.sum()) for segment in study.segments])


def _against(table: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    """The table with shares of the profit, and the gaps of each segment to the benchmark."""
    held = table[table["segment"] == benchmark].iloc[0]
    whole = table["share"] * table["profit"]
    is_known = whole.notna().all() and bool((whole >= 0).all()) and whole.sum() > 0
    columns = {
        "profit_share": whole / whole.sum() if is_known else np.nan,
        "unexploited": held["value"] - table["value"],
        "lost": table["cost"] - held["cost"],
    }
    ordered = ["segment", "n", "share", *(f"{name}{end}" for name in FIGURES for end in ENDS)]
    return table[ordered].assign(**columns)


def _span_of(row: pd.Series[Any]) -> Span:
    return Span(row["profit"], row["profit_low"], row["profit_high"])


def _leads(table: pd.DataFrame) -> bool:
    """Whether the interval of the lead of the first over the second leaves out 0."""
    known = table.dropna(subset="profit")
    if len(known) < 2:
        return False
    lead = _span_of(known.iloc[0]).less(_span_of(known.iloc[1]))
    return bool(lead.low > 0)


def _value_of(segment: Segment) -> str:
    """What drivers call a segment: the value of its one condition, else its name."""
    conditions = list(segment.where.values())
    if len(conditions) == 1 and not isinstance(conditions[0], (tuple, list, set, frozenset)):
        return str(conditions[0])
    return segment.name


def _digits(table: pd.DataFrame) -> int:
    """No decimals from a hundred on."""
    return 0 if table["profit"].abs().max() >= 100 else 2


def _finding(result: Profit) -> Finding:
    """``Business brings the most profit, 191 [170, 215] a customer a year; clearly more than Leisure.``"""
    known = result.table.dropna(subset="profit")
    if known.empty:
        return Finding(lead="No segment has customers enough to tell its profit")
    digits = _digits(known)
    first = known.iloc[0]
    is_clear = result.first_clear
    second = known["segment"].iloc[1] if len(known) > 1 else ""
    verdict = {
        True: f"clearly more than {second}",
        False: f"not clearly more than {second}",
        None: "as the study states",
    }
    measured = interval(first["profit_low"], first["profit_high"], digits) if is_clear is not None else ""
    more = []
    if pd.notna(first["profit_share"]):
        more.append(f"{percent(first['share'])} of customers, {percent(first['profit_share'])} of the profit")
    n = known["n"].sum()
    return Finding(
        lead=f"{first['segment']} brings the most profit," if second else f"{first['segment']} brings",
        figure=number(first["profit"], digits),
        interval=measured,
        unit="a customer a year",
        certainty=verdict[is_clear] if second else "",
        n=count(n) if n else "",
        more=more,
    )


def _note(result: Profit) -> str:
    """Where the money is from, and what the gaps are."""
    is_measured = result.first_clear is not None
    hidden = result.table["profit"].isna().any()
    sentences = [
        WHERE_FROM["value"][result.value_from],
        WHERE_FROM["cost"][result.cost_from],
        _about_log(result),
        f"Unexploited: how much less a customer brings than one of {result.benchmark}; lost: how much more it costs to "
        "serve one.",
        f"Intervals: {percent(result.level)}." if is_measured else "",
        f"Blank: {reason(LEAST, of='customers')}." if hidden else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _about_log(result: Profit) -> str:
    """``Years the log covers: 0.59, by its own clock; a year is taken to go on like it.``; nothing without a log."""
    years = result.log_years
    if np.isnan(years):
        return ""
    known = "by its own clock" if result.options["log_years"] is None else "as given"
    rest = "; a year is taken to go on like it" if years < 1 else ""
    return f"Years the log covers: {years:.3g}, {known}{rest}."
