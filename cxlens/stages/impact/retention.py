"""How long customers stay, by group, and whether groups differ; who buys again, by cohort.

Who left is read in :mod:`cxlens.stages.impact.tenures`, cohorts are counted in :mod:`cxlens.stages.impact.cohorts`.
What a customer is worth is the question of :mod:`cxlens.stages.impact.lifetime_value`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result, View
from cxlens.common.small_cells import hidden_values, reason
from cxlens.common.values import LEAST, count, interval, number, percent
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.purchases import Columns
from cxlens.errors import OptionError, ValuesError, check_level, check_option
from cxlens.stages.impact.cohorts import cohort_table
from cxlens.stages.impact.tenures import Tenures, check_silent, of_purchases, of_table
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import normal_quantile
from cxlens.stats.survival import (
    Curve,
    LifeTable,
    LogRank,
    RestrictedMean,
    kaplan_meier,
    life_table,
    log_rank,
    median_time,
    restricted_mean,
    share_at,
)
from cxlens.study.identity import check_unknown
from cxlens.study.purchases import Purchases, as_purchases
from cxlens.study.waves import Period

NOBODY = LogRank(np.nan, 0, np.nan)


class _Group(NamedTuple):
    """The customers of a group: who was there and left when, and the times followed."""

    name: str
    life: LifeTable
    time: NDArray[np.float64]
    left: NDArray[np.bool_]


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Retention(Result):
    """How long customers stay; made by :func:`retention`.

    Attributes
    ----------
    table : DataFrame
        One row a group: ``segment`` ("all" without ``by``), ``n`` customers, ``left`` of them; ``mean`` time stayed
        until ``until``, with ``low`` and ``high``; ``median``, by when half have left, with ``median_low`` and
        ``median_high`` (missing where it was not reached, all three where fewer than 5 were still followed after it);
        ``rate``, the share that stays on for one unit of time if the chance to leave were always the same, with
        ``rate_low`` and ``rate_high``. Groups of fewer than 5 customers are blank; so are ``left`` and ``rate`` where
        fewer than 5 left or stayed.
    curves : DataFrame
        The curve of Kaplan and Meier: ``segment``, ``time``, ``at_risk`` (still there just before), ``share`` still
        there after it, with ``low`` and ``high``. Each step is of 5 customers or more who left; the first row of a
        group is time 0, before anybody left.
    differences : DataFrame
        One row a pair of groups: ``first`` and ``second``, ``difference`` of their means, ``low``, ``high``,
        ``p_value`` of the log-rank test, ``q_value`` (Benjamini-Hochberg). Empty without ``by``.
    cohorts : DataFrame or None
        Of purchases, as :func:`cxlens.stages.impact.cohorts.cohort_table` says; None of a table of tenures.
    test : LogRank
        Do all groups stay equally long: ``chi2``, ``df``, ``p``; NaN of one group.
    until : float
        The time up to which means are compared: as long as every group was followed. Who has no entry in ``by`` is no
        group, and has no mean if followed for less.
    unit, verb, rule : str
        What time is counted in; what leaving is called; by what rule it was decided, of purchases.
    note : str
        How sure the intervals are, what was decided and what was left out.
    by, period, silent, level
        The inputs.
    purchases : Purchases or None
        What was bought, to ask again; None of a table of tenures.
    tenures : Tenures
        How long each customer was followed.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    differences: pd.DataFrame
    cohorts: pd.DataFrame | None
    test: LogRank
    until: float
    unit: str
    verb: str
    rule: str
    note: str
    by: str | None
    period: Period
    silent: float | None
    level: float
    tenures: Tenures = field(repr=False)
    purchases: Purchases | None = field(default=None, repr=False)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        tables = {
            "retention": self.table,
            "differences": self.differences,
            "curves": self.curves,
            "cohorts": self.cohorts,
        }
        return {name: table for name, table in tables.items() if table is not None and len(table)}

    @property
    def finding(self) -> Finding:
        """Who stays longer, by how much and how surely; of one group when half have left, or how many stay."""
        if self.by is None:
            return self._of_all()
        n = count(self.compared["n"].sum())
        clear = self._clear()
        if clear is None:
            p = f"log-rank p = {number(self.test.p)}"
            return Finding(
                f"How long customers {self._stay} does not clearly differ by {self.by}",
                certainty=p,
                more=[*self._rule, *self._since, *self._no_group],
                n=n,
            )
        longer, shorter = self._called(clear["first"]), self._called(clear["second"])
        low, high, difference = clear["low"], clear["high"], clear["difference"]
        if difference < 0:
            longer, shorter = shorter, longer
            low, high, difference = -high, -low, -difference
        q = "q < 0.01" if clear["q_value"] < 0.01 else f"q = {number(clear['q_value'])}"
        return Finding(
            f"Customers {self._stay} longer among {longer} than among {shorter}, by",
            number(difference, 1),
            interval(low, high, 1),
            f"{self.unit} of the first {self.until:g}",
            f"clearly, log-rank {q}",
            more=[*self._rule, *self._since, *self._no_group],
            n=n,
        )

    @property
    def _stay(self) -> str:
        """What customers do until they leave."""
        return "stay" if self.verb == "leave" else "keep buying"

    @property
    def _left(self) -> str:
        """What customers did in the end."""
        return "left" if self.verb == "leave" else "fell silent"

    @property
    def compared(self) -> pd.DataFrame:
        """The rows of the table that are groups: who has no entry in ``by`` is none."""
        is_group = self.table["segment"] != NOT_STATED
        return self.table[is_group]

    @property
    def still(self) -> str:
        """What customers are who did not leave."""
        return "still there" if self.verb == "leave" else "not yet silent"

    def _called(self, group: str) -> str:
        """A group in a sentence; a number says nothing without its column."""
        is_number = group.replace(".", "", 1).isdecimal()
        return f"{self.by} {group}" if is_number else group

    @property
    def _rule(self) -> list[str]:
        """What counts as a silence."""
        return [self.rule[:1].upper() + self.rule[1:]] if self.rule else []

    @property
    def _since(self) -> list[str]:
        """What the time of purchases does not count from: what tells groups apart may be known only later."""
        if self.purchases is None:
            return []
        return [f"Time counts from the first purchase, not from when the {self.by} became known"]

    @property
    def _no_group(self) -> list[str]:
        """Who is compared with nobody."""
        has_blanks = len(self.compared) < len(self.table)
        return [f"Customers whose {self.by} is not stated are no group"] if has_blanks else []

    def _clear(self) -> pd.Series[Any] | None:
        """The pair that differs most clearly: by the test of all, its own q and its interval; None where none does."""
        is_clear = self.differences["q_value"] < 1 - self.level
        is_clear &= (self.differences["low"] > 0) | (self.differences["high"] < 0)
        if not self.test.p < 1 - self.level or not is_clear.any():
            return None
        clear = self.differences[is_clear].sort_values("p_value", kind="stable")
        return clear.iloc[0]

    def _of_all(self) -> Finding:
        """When half have left, or how many had not."""
        row = self.table.iloc[0]
        n = count(row["n"])
        at_once = self.curves["share"][self.curves["time"] == 0].min()
        if at_once <= 0.5:
            silent = 1 - self.curves[self.curves["share"] == at_once].iloc[0]
            return Finding(
                f"After their first purchase day customers {self.verb}:",
                percent(silent["share"]),
                f"[{percent(silent['high'])}, {percent(silent['low'])}]",
                more=self._rule,
                n=n,
            )
        if pd.notna(row["median"]):
            ends = [f"{end:g}" if pd.notna(end) else "not reached" for end in row[["median_low", "median_high"]]]
            return Finding(
                f"Half of customers {self.verb} within",
                f"{row['median']:g}",
                f"[{ends[0]}, {ends[1]}]",
                self.unit,
                more=self._rule,
                n=n,
            )
        last = self.curves.iloc[-1]
        if len(self.curves) == 1:
            return Finding(f"Fewer than {LEAST} customers {self._left} while they were followed", more=self._rule, n=n)
        return Finding(
            f"After {last['time']:g} {self.unit} customers {self.still}:",
            percent(last["share"]),
            f"[{percent(last['low'])}, {percent(last['high'])}]",
            more=self._rule,
            n=n,
        )

    def cohort_view(self) -> View:
        """Who bought again, by when they first bought: a heat map, periods that the record covers in part marked.

        Raises
        ------
        OptionError
            When the result is of a table of tenures, which says nothing of single periods.
        """
        if self.cohorts is None:
            raise OptionError("cohorts need purchases; a table of tenures says nothing of single periods.")
        return View("impact/cohorts", self.cohorts, self._of_cohorts(self.cohorts), self.note, self)

    def _of_cohorts(self, cohorts: pd.DataFrame) -> Finding:
        """How many of all cohorts together came back in the first period after their own, whole periods alone."""
        whole = cohorts[(cohorts["after"] == 1) & ~cohorts["partial"]].dropna(subset="share")
        n = count(cohorts.loc[cohorts["after"] == 0, "customers"].sum())
        if whole.empty:
            return Finding(f"No {self.period} after the first is covered whole", n=n)
        again = whole["active"].sum() / whole["customers"].sum()
        lowest = whole["share"].min()
        highest = whole["share"].max()
        return Finding(
            f"In the {self.period} after their first, customers who bought again:",
            percent(again),
            unit=f"({percent(lowest)} to {percent(highest)} by cohort)",
            n=n,
        )


@misfits_told
def retention(
    data: Any,
    *,
    customer: str = "",
    time: str = "",
    value: str | None = None,
    unknown: Sequence[Any] = (),
    tenure: str | None = None,
    left: str | None = None,
    by: str | None = None,
    period: Period = "month",
    silent: float | None = None,
    level: float = 0.95,
) -> Retention:
    """Tell how long customers stay, and whether groups of them differ.

    Parameters
    ----------
    data
        Purchases (a path, a table of any library, or a :class:`cxlens.JourneyLog` with values or an outcome), or a
        table with a row a customer, of which ``tenure`` and ``left`` are named.
    customer, time, value, unknown
        Columns of purchases, and ids that stand for nobody; a log knows its own. All rows of a customer on a day are
        one purchase. Rows of unknown customers, and of a value of 0 or less, are left out and told.
    tenure, left
        Columns of a table: how long each customer has been there, a number of 0 or more, and 1 for those who left then,
        0 for those still there.
    by
        A column that describes the customer: a plan, an NPS class, a touchpoint met. Of purchases the first one counts.
    period
        What cohorts are told by: "month", "quarter" or "year".
    silent
        Days without a purchase that count as having fallen silent, for purchases. By default as many as hardly anybody
        comes back from: fewer than 5 in 100, see :func:`cxlens.stats.silence.longest_wait`. Where the record does not
        tell it, or it is less, as many as nine of ten waits between two purchases took at most; the note says which.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError, FileError
        When columns are missing or not what they should be, a tenure is below 0, nobody left, or there are no two
        groups of 5 customers.

    Notes
    -----
    The share still there is that of Kaplan and Meier (1958), with log-log intervals (Kalbfleisch and Prentice 2002).
    Groups are compared by the log-rank test (Mantel 1966) and by the difference of mean times within a span that all
    were followed (Royston and Parmar 2013); who has no entry in ``by`` is in the tables, but no group to compare, to
    draw or to count. "Longer" is said of a pair only if the test of all groups, its own with Benjamini and Hochberg's q
    over all pairs, and the interval of the difference agree.

    Who buys without a contract never says that they have left. Of purchases it is told how long they buy until the
    first silence of over ``silent`` days; whether one began is known only if the record goes on for longer than that,
    so every customer is followed until so many days before its end. The finding says how many of those who fell silent
    came back. Groups that buy seldom fall silent sooner: that is no proof that they leave sooner. Time counts from the
    first purchase, which the finding says of groups: what became known of customers later, such as an answer, is known
    only of those who were still there. A difference between groups is no effect of what tells them apart.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> months = pd.DataFrame({"months": [*range(1, 41), *range(21, 61)], "plan": ["a"] * 40 + ["b"] * 40, "left": 1})
    >>> stayed = cx.retention(months, tenure="months", left="left", by="plan")
    >>> print(stayed)  # doctest: +NORMALIZE_WHITESPACE
    Customers stay longer among b than among a, by 14.8 [10.7, 18.8] months of the first 40; clearly, log-rank
    q < 0.01. n = 80.
    >>> stayed.table[["segment", "n", "left", "median"]]
      segment   n  left  median
    0       a  40    40    20.0
    1       b  40    40    40.0
    """
    check_level(level)
    check_silent(silent)
    check_option("period", period, Period)
    purchases = None
    if tenure or left:
        tenures = of_table(data, *_both(tenure, left, customer or time), by)
    else:
        columns = Columns(customer, time, value, (), check_unknown(unknown))
        if by and not isinstance(data, Purchases) and customer:
            columns = columns._replace(segments=(by,))
        purchases = as_purchases(data, "retention", columns)
        tenures = of_purchases(purchases, _known(purchases, by), silent)
    return _retention(tenures, purchases, by, period, silent, level)


def with_tenures(result: Retention, *, level: float) -> Retention:
    """The same customers at another confidence level."""
    check_level(level)
    return _retention(result.tenures, result.purchases, result.by, result.period, result.silent, level)


def _both(tenure: str | None, left: str | None, others: str) -> tuple[str, str]:
    """The columns of a table of tenures, which go together and alone."""
    if others:
        raise OptionError("retention takes purchases (customer=, time=) or a table (tenure=, left=), not both.")
    if not tenure or not left:
        missing = "left" if tenure else "tenure"
        raise OptionError(f"retention of a table needs tenure= and left=. Name the column: {missing}=.")
    return tenure, left


def _known(purchases: Purchases, by: str | None) -> str | None:
    """A column that the purchases have."""
    if by and by not in purchases.bought.segments:
        raise OptionError(f"by={by!r} is no segment of these purchases. Name it when they are read: segments=[{by!r}].")
    return by


def _retention(
    tenures: Tenures,
    purchases: Purchases | None,
    by: str | None,
    period: Period,
    silent: float | None,
    level: float,
) -> Retention:
    """The result of customers followed."""
    _check_anybody(tenures)
    groups, table = _groups(tenures)
    compared = [group for group in groups if group.name != NOT_STATED]  # who was never asked is no kind of customer
    if by and len(compared) < 2:
        raise ValuesError(
            f"by={by!r} has fewer than two groups of {LEAST} customers or more that may be shown. "
            "Choose another column, or leave by= out."
        )
    until = min(float(group.time.max()) for group in compared)
    means = {group.name: _mean(group, until) for group in groups}
    rows = table.merge(_figures(groups, means, level), on="segment", how="left")
    curves = pd.concat([_curve(group, level) for group in groups], ignore_index=True)
    test = _test(compared) if by else NOBODY
    sentences = [
        f"Intervals: {100 * level:g} %. Means: of the first {until:g} {tenures.unit}.",
        f"Missing: {reason(LEAST, of='customers')}.",
        tenures.left_out,
    ]
    return Retention(
        table=rows,
        curves=curves,
        differences=_differences(compared, means, level),
        cohorts=None if purchases is None else cohort_table(purchases, period),
        test=test,
        until=until,
        unit=tenures.unit,
        verb=tenures.verb,
        rule=tenures.rule,
        note=" ".join(filter(None, sentences)),
        by=by,
        period=period,
        silent=silent,
        level=level,
        tenures=tenures,
        purchases=purchases,
    )


def _check_anybody(tenures: Tenures) -> None:
    """Refuse customers of whom too few are there, or nobody left."""
    if len(tenures.time) < LEAST:
        raise ValuesError(f"retention needs {LEAST} customers or more who were followed; there are fewer.")
    if not tenures.left.any():
        words = "fell silent" if tenures.verb != "leave" else "left"
        raise ValuesError(
            f"nobody {words} in the time followed ({count(len(tenures.time))} customers), so there is nothing to tell "
            "of how long they stay. Follow them for longer."
        )


def _groups(tenures: Tenures) -> tuple[list[_Group], pd.DataFrame]:
    """The groups that may be shown, and a table of all with their sizes."""
    codes, names = pd.factorize(tenures.group, sort=True)
    sizes = np.bincount(codes)
    hidden = hidden_values(sizes, LEAST)
    groups = []
    for place in np.flatnonzero(~hidden):
        inside = codes == place
        time, left = tenures.time[inside], tenures.left[inside]
        groups.append(_Group(str(names[place]), life_table(time, left), time, left))
    n = pd.array(np.where(hidden, 0, sizes), "Int64")
    n[hidden] = pd.NA
    return groups, pd.DataFrame({"segment": names.astype(object), "n": n})


def _figures(groups: Sequence[_Group], means: dict[str, RestrictedMean], level: float) -> pd.DataFrame:
    """Mean, median and rate of each group."""
    half = normal_quantile(level)
    rows = []
    for group in groups:
        mean, error = means[group.name]
        leavers = int(group.left.sum())
        stayers = len(group.left) - leavers
        is_small = 0 < leavers < LEAST or 0 < stayers < LEAST
        median = _median(group.life, level)
        rate = _rate(leavers, float(group.time.sum()), level)
        left_shown = np.nan if is_small else leavers
        if is_small:  # its interval would tell how many
            rate = (np.nan, np.nan, np.nan)
        rows.append((group.name, left_shown, mean, mean - half * error, mean + half * error, *median, *rate))
    names = ["mean", "low", "high", "median", "median_low", "median_high", "rate", "rate_low", "rate_high"]
    return pd.DataFrame(rows, columns=["segment", "left", *names])


def _mean(group: _Group, until: float) -> RestrictedMean:
    """The mean time stayed until then; NaN of those who were not followed so long."""
    if group.time.max() < until:
        return RestrictedMean(np.nan, np.nan)
    return restricted_mean(group.life, until)


def _median(life: LifeTable, level: float) -> tuple[float, float, float]:
    """The time by which half have left, with its interval; NaN where it rests on the last few who were followed."""
    median, low, high = median_time(kaplan_meier(life, level))
    followed_on = life.at_risk - life.left
    too_late = life.time[followed_on < LEAST]
    if median in too_late:
        return np.nan, np.nan, np.nan
    return median, low, np.nan if high in too_late else high


def _rate(leavers: int, followed: float, level: float) -> tuple[float, float, float]:
    """The share that stays on for one unit of time, with its exact interval (Poisson; Garwood 1936)."""
    if not followed:
        return np.nan, np.nan, np.nan
    tail = (1 - level) / 2
    least = special.gammaincinv(leavers, tail) if leavers else 0.0
    most = special.gammaincinv(leavers + 1, 1 - tail)
    hazards = np.array([leavers, most, least]) / followed
    rate, low, high = np.exp(-hazards).tolist()
    return rate, low, high


def _curve(group: _Group, level: float) -> pd.DataFrame:
    """The curve read at times between which 5 customers or more left."""
    life = group.life
    steps = life.left.cumsum() // LEAST
    is_read = np.diff(steps, prepend=0) > 0
    may_be_told = is_read & (life.at_risk - life.left >= LEAST)
    times = life.time[may_be_told]
    read: Curve = share_at(kaplan_meier(life, level), times)
    figures = {
        "segment": group.name,
        "time": np.append(0.0, times),
        "at_risk": np.append(len(group.time), life.at_risk[may_be_told]),
        "share": np.append(1.0, read.share),
        "low": np.append(1.0, read.low),
        "high": np.append(1.0, read.high),
    }
    return pd.DataFrame(figures)


def _differences(groups: Sequence[_Group], means: dict[str, RestrictedMean], level: float) -> pd.DataFrame:
    """Each pair of groups: the difference of their means and the log-rank test."""
    half = normal_quantile(level)
    rows = []
    for first, second in combinations(groups, 2):
        difference = means[first.name].mean - means[second.name].mean
        error = np.hypot(means[first.name].error, means[second.name].error)
        p = _test([first, second]).p
        rows.append((first.name, second.name, difference, difference - half * error, difference + half * error, p))
    table = pd.DataFrame(rows, columns=["first", "second", "difference", "low", "high", "p_value"])
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy(float)) if len(table) else table["p_value"]
    return table


def _test(groups: Sequence[_Group]) -> LogRank:
    """The log-rank test of groups."""
    time = np.concatenate([group.time for group in groups])
    left = np.concatenate([group.left for group in groups])
    codes = np.repeat(np.arange(len(groups)), [len(group.time) for group in groups])
    return log_rank(time, left, codes)
