"""Attribution: which touchpoints get credit for conversions, by rules that are told apart from effects.

Credit is counted in :mod:`cxlens.stages.journeys.credit`. What a touchpoint really brings is the question of the stage
``impact``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations
from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result
from cxlens.common.small_cells import reason
from cxlens.common.values import closest_percent, in_hundred, number, plural
from cxlens.engine.journey_credit import Ways
from cxlens.errors import (
    OptionError,
    ValuesError,
    check_level,
    check_min_n,
    check_option,
    check_seed,
    listing,
)
from cxlens.stages.journeys.credit import ORDERS, RULES, Part, Rule, check_states, order_by_likelihood, part_of, ways_in
from cxlens.stages.journeys.credit_tables import (
    Top,
    agreement_table,
    credit_table,
    differences_table,
    hidden_credit,
    no_orders,
    orders_table,
    tops,
    totals_table,
)
from cxlens.stages.journeys.groups import journeys_by
from cxlens.study.episodes import read_span_by_clock
from cxlens.study.journeys import JourneyLog, check_log
from cxlens.study.moments import span_in_words

Flags = NDArray[np.bool_]
NONE = "(no touchpoint)"  # what converted without any, within the lookback
WORDS: dict[str, str] = {
    "first": "first touch",
    "last": "last touch",
    "linear": "equal shares of touches",
    "markov": "removal",
    "shapley": "equal shares of touchpoints",
}
CAUTION = "Credit by a rule is no effect: what a touchpoint brings, only a comparison such as a trial tells"
NOT_CLEAR = "not clearly more than the next"
ROUNDING = 1e-9  # a share of conversions that sums of floats make
MAIN: Rule = "markov"  # the rule that groups are compared by where all are asked for


class Asked(NamedTuple):
    """The options of :func:`attribution`, to ask again."""

    rule: Rule | None
    order: int | None
    lookback: str | timedelta | None
    by: str | None
    level: float
    n_boot: int
    seed: int
    min_n: int


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Attribution(Result):
    """Credit for conversions by touchpoint; made by :func:`attribution`.

    Attributes
    ----------
    table : DataFrame
        One row a touchpoint and rule: ``segment`` (with ``by``), ``rule``, ``touchpoint``, ``n`` (converted journeys
        that met it on their way), ``credit`` (conversions), ``share`` of all conversions with ``low`` and ``high``;
        with a value ``value``, ``value_share``, ``value_low`` and ``value_high``. ``credit`` and ``value`` of a rule
        sum to all conversions and all their value; ``(no touchpoint)`` is what converted without any.
    totals : DataFrame
        What there is to share out: ``segment`` (with ``by``), ``journeys``, ``open``, ``conversions``, ``value``.
    agreement : DataFrame
        One row a touchpoint (and segment): ``lowest`` and ``highest`` share of all rules, ``lowest_rule``,
        ``highest_rule``, and ``gap`` between them.
    orders : DataFrame
        Of the rule "markov": ``order``, ``states``, ``log_likelihood`` of a held-out customer, ``gain`` over the order
        it was held against, ``low``, ``high``, ``chosen``. Empty for other rules, and where ``order`` was given.
    differences : DataFrame
        With ``by``, one row a rule, touchpoint and pair of segments: ``rule``, ``touchpoint``, ``first``, ``second``,
        ``difference`` of their shares, ``low``, ``high``, ``p_value``, ``q_value`` (Benjamini-Hochberg, within the
        rule).
    tops : list of Top
        Of each rule the touchpoint of most credit, of the whole log; empty with ``by``.
    note : str
        What a way is, how the rules work, what is hidden.
    rules, order
        The rules shown, and how far the chain looks back; None without the rule "markov".
    asked : Asked
        The options: ``rule``, ``order``, ``lookback``, ``by``, ``level``, ``n_boot``, ``seed``, ``min_n``.
    log
        The events.
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    agreement: pd.DataFrame
    orders: pd.DataFrame
    differences: pd.DataFrame
    tops: list[Top]
    note: str
    rules: tuple[Rule, ...]
    order: int | None
    asked: Asked
    log: JourneyLog = field(repr=False)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        tables = {
            "credit": self.table,
            "totals": self.totals,
            "agreement": self.agreement,
            "orders": self.orders,
            "differences": self.differences,
        }
        return {name: table for name, table in tables.items() if len(table)}

    @property
    def by(self) -> str | None:
        """The column that groups were told apart by."""
        return self.asked.by

    @property
    def level(self) -> float:
        """The confidence level."""
        return self.asked.level

    @property
    def finding(self) -> Finding:
        """Who gets most credit, by which rule, and how far the rules disagree; with ``by``, where groups differ."""
        if self.by is not None:
            return self._of_groups()
        finding = self._of_tops()
        more = (*self._apart(), *self._under_way())
        return replace(finding, more=more, caution=CAUTION)

    def _of_tops(self) -> Finding:
        """Which touchpoint gets most credit, by each rule."""
        if not self.tops:
            return Finding(f"Each touchpoint has credit of fewer than {self.asked.min_n} customers, or hidden")
        first, *others = self.tops
        if not others:
            return Finding(
                f"By {WORDS[first.rule]} most credit goes to {first.touchpoint}:",
                closest_percent(first.share),
                _span(first),
                f"of {self.totals_in_words}",
                "clearly most" if first.is_clear else NOT_CLEAR,
            )
        if all(top.touchpoint == first.touchpoint for top in others):
            clear = sum(top.is_clear for top in self.tops)
            return Finding(
                f"By each of {len(self.tops)} rules most credit goes to {first.touchpoint}:",
                _range(self.tops),
                unit=f"of {self.totals_in_words}",
                certainty=f"clearly most by {clear} of {len(self.tops)}",
            )
        return Finding(
            f"Which touchpoint gets most credit for {self.totals_in_words} depends on the rule",
            items=list(_by_touchpoint(self.tops)),
            named=len(self.tops),
        )

    @property
    def totals_in_words(self) -> str:
        """``1,370 conversions``."""
        return plural(int(self.totals["conversions"].sum()), "conversion")

    def _apart(self) -> list[str]:
        """How many of 100 conversions two rules give to other touchpoints, of the two that differ most."""
        shares = self.table.pivot(index="touchpoint", columns="rule", values="share")
        pairs = list(combinations(self.rules, 2))
        if not pairs or shares.isna().to_numpy().any():
            return []
        moved = [float((shares[first] - shares[second]).abs().sum() / 2) for first, second in pairs]
        most = int(np.argmax(moved))
        if moved[most] < ROUNDING:
            return []
        first, second = pairs[most]
        away = in_hundred(round(moved[most], 9))
        return [f"{away} of 100 conversions change hands between {WORDS[first]} and {WORDS[second]}"]

    def _under_way(self) -> list[str]:
        """How many journeys may still convert."""
        is_open = self.totals["open"]
        if is_open.isna().any():
            return ["Some journeys may still convert"]
        return [f"{plural(int(is_open.sum()), 'journey')} may still convert"] if is_open.any() else []

    def _of_groups(self) -> Finding:
        """The clearest difference between groups, by one rule."""
        rule = MAIN if MAIN in self.rules else self.rules[0]
        compared = self.differences[self.differences["rule"] == rule].dropna(subset="q_value")
        n = self.totals_in_words
        if compared.empty:
            return Finding(f"Too few conversions to compare credit by {self.by}", n=n, caution=CAUTION)
        clearest = compared.sort_values("p_value", kind="stable").iloc[0]
        of_many = f"allowing for {plural(len(compared), 'comparison')}"
        if not clearest["q_value"] < 1 - self.level:
            return Finding(
                f"Credit by {WORDS[rule]} does not clearly differ by {self.by}",
                certainty=f"smallest q = {number(clearest['q_value'])}, {of_many}",
                n=n,
                caution=CAUTION,
            )
        high, low = clearest["first"], clearest["second"]
        points = clearest[["difference", "low", "high"]].to_numpy(float) * 100
        if points[0] < 0:
            high, low = low, high
            points = -points[[0, 2, 1]]
        return Finding(
            f"By {WORDS[rule]} {clearest['touchpoint']} gets more credit among {high} than among {low}, by",
            number(points[0], 0),
            f"[{number(points[1], 0)}, {number(points[2], 0)}]",
            "of 100 conversions",
            f"clearly, {of_many}",
            n=n,
            caution=CAUTION,
        )


@misfits_told
def attribution(
    log: JourneyLog,
    *,
    rule: Rule | None = None,
    order: int | None = None,
    lookback: str | timedelta | None = None,
    by: str | None = None,
    level: float = 0.95,
    n_boot: int = 500,
    seed: int = 0,
    min_n: int = 5,
) -> Attribution:
    """Share out conversions, and what they are worth, among the touchpoints on the way to them.

    Credit is a convention, no effect: by each rule something else, and by none what would be lost without a touchpoint.
    Hold several rules side by side, and ask :func:`cxlens.which_design` how to measure the effect.

    Parameters
    ----------
    log
        The events, with an outcome; with ``value`` their sum until the conversion is shared out, too.
    rule
        One of five, or None for all of them:

        - ``"first"`` and ``"last"``: all to the first or the last touchpoint on the way;
        - ``"linear"``: the same to each touch, so that a touchpoint met twice counts twice;
        - ``"shapley"``: the same to each touchpoint met, however often: the Shapley value of sets of touchpoints, where
          a set is worth the conversions of the journeys that met no other; exact for any number of touchpoints;
        - ``"markov"``: by removal, in proportion to the share of conversions that a chain of all journeys, converted or
          not, loses where whoever comes to a touchpoint is lost.
    order
        How many touchpoints back the chain looks, 1 to 3. By default as few as are enough: a longer memory is taken
        only where it tells held-out customers clearly better, of more than 20,000 so many.
    lookback
        How long before the conversion a touchpoint may lie, such as "30 days" or a Timedelta. Needs a clock. Ways that
        did not convert are cut as long before their last event.
    by
        A segment column of the log: credit in each group of ``min_n`` customers and more, and tested differences.
    level
        Confidence level of the intervals.
    n_boot
        How many resamples of customers, 2 or more.
    seed
        The same seed gives the same intervals, in whatever order the rows come.
    min_n
        Credit of fewer customers is hidden, and as much more as keeps it from being worked out; 1 hides nothing.

    Returns
    -------
    Attribution
        Its ``table`` has a row a touchpoint and rule.

    Raises
    ------
    OptionError, ValuesError
        When ``log`` is no journey log, has no outcome or more than 2,000 touchpoints, nobody converted or fewer than
        ``min_n`` customers did, ``rule``, ``order`` or ``by`` is none of those there are, ``order`` goes with another
        rule, ``lookback`` is no span or has no clock, the chain is too large, or conversions are worth less than 0.

    Notes
    -----
    A way ends with the first event that has the outcome; where all events of converted journeys have it, the record
    does not tell when they converted, and journeys are taken whole. A touchpoint that is the outcome itself, such as an
    order at which every journey converts and which nobody meets otherwise, gets no credit. Without times no journey is
    known to be open; with them open journeys count as far as they got, and not as lost.

    The chain is absorbing, its removal effects are exact (Kemeny and Snell 1960; Anderl, Becker, von Wangenheim and
    Schumann 2016), not simulated. The Shapley value is that of Zhao, Mahboobi and Bagheri (2018). Intervals are
    Wilson's (1927), of as many conversions as the share is worth by its spread over resamples of customers (bootstrap),
    with the order of the chain held fixed; differences between groups are held against the standard errors of both. Of
    more than 10,000 customers 1,000 random blocks are drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> met = ["Web", "Shop", "Buy", "Web", "Mail", "Web", "Buy"]
    >>> events = pd.DataFrame({"who": list("aaabccc"), "met": met, "nr": range(7), "bought": [0, 0, 1, 0, 0, 0, 1]})
    >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="bought")
    >>> result = cx.attribution(log, rule="linear", n_boot=50, min_n=1)
    >>> result.table[["touchpoint", "n", "credit", "share"]]
      touchpoint  n  credit  share
    0       Mail  1     0.5   0.25
    1        Web  2     1.0   0.50
    2       Shop  1     0.5   0.25
    """
    check_log("attribution", log, column="outcome")
    asked = Asked(
        rule=rule,
        order=order,
        lookback=lookback,
        by=by,
        level=level,
        n_boot=n_boot,
        seed=seed,
        min_n=min_n,
    )
    return _attributed(log, asked)


def _attributed(log: JourneyLog, asked: Asked) -> Attribution:
    """Check what was asked, count, and hide what is small."""
    rules = _rules(asked.rule, asked.order)
    window = read_span_by_clock("lookback", asked.lookback, log.time)
    _check_numbers(asked)
    groups = journeys_by(log, asked.by, asked.min_n)
    _check_conversions(log, asked.min_n)
    ways = ways_in(log, window)
    order, orders = _order(ways, rules, asked)
    parts = _parts(ways, groups, rules, order or 1, asked)
    hidden = {rule: hidden_credit(parts, rule, asked.min_n) for rule in rules}
    names = [*log.touchpoints, NONE]
    table = credit_table(parts, names, hidden, asked.level, asked.min_n)
    way = _way(log, ways, window)
    return Attribution(
        table=table,
        totals=totals_table(parts, asked.by, bool(log.value), asked.min_n),
        agreement=agreement_table(table),
        orders=orders,
        differences=differences_table(parts, names, hidden, asked.level),
        tops=list(tops(parts[""], names, hidden, asked.level)) if asked.by is None else [],
        note=" ".join([way, *_how(rules, order), _whole(log, asked.min_n)]),
        rules=rules,
        order=order,
        asked=asked,
        log=log,
    )


def _order(ways: Ways, rules: tuple[Rule, ...], asked: Asked) -> tuple[int | None, pd.DataFrame]:
    """How far the chain looks back, as given or as chosen, and how orders compare; none where there is no chain."""
    order = asked.order
    if order is not None:
        check_states(ways, order)
    if order is not None or MAIN not in rules:
        return order, no_orders()
    compared, states, gain = order_by_likelihood(ways, asked.level)
    return compared[gain.chosen], orders_table(compared, states, gain)


def _by_touchpoint(tops: list[Top]) -> Iterator[Item]:
    """The touchpoints that any rule gives most credit, each with its rules."""
    for touchpoint in dict.fromkeys(top.touchpoint for top in tops):
        first, *others = [top for top in tops if top.touchpoint == touchpoint]
        if others:
            yield Item(touchpoint, f"{_range([first, *others])} by {1 + len(others)} rules")
            continue
        certainty = "clearly" if first.is_clear else NOT_CLEAR
        yield Item(touchpoint, f"{closest_percent(first.share)} by {WORDS[first.rule]}", _span(first), certainty)


def _range(tops: list[Top]) -> str:
    """``19 % to 20 %``: the lowest and the highest share."""
    shares = [top.share for top in tops]
    ends = closest_percent(min(shares)), closest_percent(max(shares))
    return " to ".join(dict.fromkeys(ends))


def _span(top: Top) -> str:
    """``[30 %, 38 %]``"""
    return f"[{closest_percent(top.low)}, {closest_percent(top.high)}]"


def _rules(rule: Rule | None, order: int | None) -> tuple[Rule, ...]:
    """The rules asked for; an order belongs to the chain alone."""
    if rule is not None:
        check_option("rule", rule, Rule)
    if order is None:
        return RULES if rule is None else (rule,)
    if rule not in (None, MAIN):
        raise OptionError(f"order={order!r} belongs to rule='markov'; you gave rule={rule!r}. Leave out order=.")
    is_whole = isinstance(order, Integral) and not isinstance(order, bool)
    if not is_whole or order not in ORDERS:
        raise ValuesError(f"order must be 1, 2 or 3, or left out to be chosen; you gave {order!r}.")
    return RULES if rule is None else (rule,)


def _parts(
    ways: Ways,
    groups: dict[str, Flags],
    rules: tuple[Rule, ...],
    order: int,
    asked: Asked,
) -> dict[str, Part]:
    """The credit of each group, each with resamples of its own."""
    parts = {}
    for place, (group, keep) in enumerate(groups.items()):
        rng = np.random.default_rng([asked.seed, place])
        of_group = ways.take(keep)
        parts[group] = part_of(of_group, rules, order, asked.n_boot, rng)
    return parts


def _check_numbers(asked: Asked) -> None:
    """Refuse numbers that are none of their kind, and a number of resamples that has no spread."""
    check_level(asked.level)
    check_seed(asked.seed)
    check_min_n(asked.min_n)
    n_boot = asked.n_boot
    is_whole = isinstance(n_boot, Integral) and not isinstance(n_boot, bool)
    if not is_whole or n_boot < 2:
        raise ValuesError(f"n_boot must be a whole number of 2 or more; you gave {n_boot!r}. 500 is usual.")


def _check_conversions(log: JourneyLog, min_n: int) -> None:
    """Refuse a log that has no conversions to share out, or too few people who made them."""
    if log.converted is None:
        raise OptionError(
            "attribution needs to know which journeys converted. Name the column of 0 and 1: "
            "JourneyLog(..., outcome='column')."
        )
    customers = int(log.customers["outcome"].sum())
    if customers == 0:
        raise ValuesError(
            f"attribution shares out conversions, and no journey reached the outcome, {log.outcome!r}: "
            "its column holds no 1."
        )
    if customers < min_n:
        raise ValuesError(
            f"Fewer than {min_n} customers reached the outcome, {log.outcome!r}, and are hidden to protect people: "
            "nothing is left to share out. Where you may look at single customers, say min_n=1."
        )


def _way(log: JourneyLog, ways: Ways, window: pd.Timedelta | None) -> str:
    """What counts as the way to a conversion."""
    said = f"A way ends with the first event that has the outcome, {log.outcome}."
    if not ways.moment_known:
        said = (
            f"All events of journeys that converted have the outcome, {log.outcome}, so that it is not known when they "
            "did: they are taken whole."
        )
    if len(ways.outcome_at):
        itself = listing(log.touchpoints[code] for code in ways.outcome_at)
        said = f"{said} The outcome itself, {itself}, gets no credit."
    if window is not None:
        said = f"{said} Touchpoints count up to {span_in_words(window)} before."
    return said


def _how(rules: tuple[Rule, ...], order: int | None) -> list[str]:
    """How the rules work that say nothing by their name."""
    said = ["Linear: a touchpoint met twice counts twice."] if "linear" in rules else []
    if "shapley" in rules:
        said.append("Shapley: all touchpoints that a converted journey met share alike, exact for any number of them.")
    if MAIN in rules:
        said.append(
            "Markov: by the conversions that a chain of all journeys loses without a touchpoint, exact; it looks back "
            f"{plural(order or 1, 'touchpoint')}."
        )
    return said


def _whole(log: JourneyLog, min_n: int) -> str:
    """What is open, hidden, and where effects are measured."""
    clock = "Open journeys count as far as they got."
    if log.time is None:
        clock = "Without times no journey is known to be open."
    return (
        f"{clock} Credit is a convention, not an effect: cx.which_design(survey, change) says how to measure one. "
        f"Missing: {reason(min_n, of='customers')}."
    )
