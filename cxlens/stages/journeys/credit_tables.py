"""Tables of credit: by touchpoint and rule, how far rules disagree, how groups differ; small counts hidden.

Credit is counted in :mod:`cxlens.stages.journeys.credit`, what is said of it in
:mod:`cxlens.stages.journeys.attribution`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.small_cells import hidden_counts
from cxlens.stages.journeys.credit import Credit, Part, Rule
from cxlens.stats.bootstrap import bootstrap_error
from cxlens.stats.chain_order import Gain
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import normal_quantile, wilson_by_error
from cxlens.stats.unit_means import welch_difference

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Parts = Mapping[str, Part]  # by segment; "" stands for all
Hidden = Mapping[Rule, Flags]  # (p + 1, segments)
DIFFERENCES = ["rule", "touchpoint", "first", "second", "difference", "low", "high", "p_value", "q_value"]
ORDERS = ["order", "states", "log_likelihood", "gain", "low", "high", "chosen"]


class Top(NamedTuple):
    """The touchpoint of most credit by a rule, its interval, and whether it has clearly more than the next."""

    rule: Rule
    touchpoint: str
    share: float
    low: float
    high: float
    is_clear: bool


def hidden_credit(parts: Parts, rule: Rule, min_n: int) -> Flags:
    """(p + 1, segments) which credit of a rule to hide: all touchpoints of a group, and all groups of one, sum up."""
    by_segment = [part.credits[rule] for part in parts.values()]
    shares = np.column_stack([credit.share[0] for credit in by_segment])
    people = np.column_stack([credit.people for credit in by_segment])
    has_credit = np.nan_to_num(shares) > 0
    counts = has_credit.astype(np.int64)
    return hidden_counts(counts, min_n, people)


def credit_table(parts: Parts, names: Sequence[str], hidden: Hidden, level: float, min_n: int) -> pd.DataFrame:
    """The rows of each segment, rule and touchpoint; ``(no touchpoint)`` only where anything converted without.

    Without groups there is no column ``segment``; touchpoints that are the outcome itself are left out.
    """
    met = _met(parts, min_n)
    frames = []
    for place, (segment, part) in enumerate(parts.items()):
        for rule, credit in part.credits.items():
            head = {
                "segment": segment,
                "rule": rule,
                "touchpoint": list(names),
                "n": pd.array(met[:, place], "Int64"),
            }
            mask = hidden[rule][:, place]
            figures = _credited(credit, part, level, mask)
            frames.append(pd.DataFrame(head | figures))
    table = pd.concat(frames, ignore_index=True)
    left_out = [names[code] for code in _left_out(parts)]
    is_left_out = table["touchpoint"].isin(left_out)
    table = table[~is_left_out].reset_index(drop=True)
    if list(parts) == [""]:
        table = table.drop(columns="segment")
    return table


def _left_out(parts: Parts) -> list[int]:
    """Touchpoints that are the outcome itself, and none at all where nothing converted without any."""
    first, *_ = parts.values()
    left_out: list[int] = first.ways.outcome_at.tolist()
    if not any(part.any_bare for part in parts.values()):
        left_out.append(first.ways.n_touchpoints)
    return left_out


def _credited(credit: Credit, part: Part, level: float, mask: Flags) -> dict[str, Any]:
    """Columns of what a rule gives each touchpoint: conversions, then what they are worth."""
    columns = _figures(credit.share, part.customers, part.conversions, ("credit", "share", "low", "high"), level, mask)
    if credit.value_share is not None:
        names = ("value", "value_share", "value_low", "value_high")
        columns |= _figures(credit.value_share, part.customers, part.value, names, level, mask)
    return columns


def _figures(
    shares: Floats,
    customers: int,
    total: float,
    names: tuple[str, ...],
    level: float,
    mask: Flags,
) -> dict[str, Floats]:
    """What is credited, its share and the interval of that; NaN where hidden."""
    estimate = shares[0]
    low, high = wilson_by_error(estimate, bootstrap_error(shares[1:]), customers, level)
    figures = [
        estimate * total,
        estimate,
        low,
        high,
    ]
    return {name: np.where(mask, np.nan, values) for name, values in zip(names, figures, strict=True)}


def _met(parts: Parts, min_n: int) -> Any:
    """(p + 1, segments) converted journeys that met each touchpoint; NA where these or the others are few."""
    segments = list(parts.values())
    met = np.column_stack([part.met for part in segments])
    people = np.column_stack([part.met_people for part in segments])
    conversions = np.array([part.conversions for part in segments])
    others = conversions - met
    few_others = (others > 0) & (others < min_n)
    hidden = few_others | hidden_counts(met, min_n, people)
    counts = np.full((len(met) + 1, len(parts)), pd.NA, object)
    counts[:-1] = met
    counts[:-1][hidden] = pd.NA
    return counts


def totals_table(parts: Parts, by: str | None, has_value: bool, min_n: int) -> pd.DataFrame:
    """Journeys, open ones, conversions and their value; NA where these or the others of a group are few."""
    rows = [_fates(part) for part in parts.values()]
    fates = np.array(rows, np.int64)
    hidden = hidden_counts(fates, min_n)
    journeys = fates.sum(axis=1)
    is_few: Flags = np.less(journeys, min_n)
    table = pd.DataFrame({"segment": list(parts)})
    table["journeys"] = pd.Series(journeys, dtype="Int64").mask(is_few)
    table["open"] = pd.Series(fates[:, 1], dtype="Int64").mask(np.asarray(hidden.any(axis=1)))
    table["conversions"] = pd.Series(fates[:, 0], dtype="Int64").mask(hidden[:, 0])
    if has_value:
        table["value"] = np.where(hidden[:, 0], np.nan, [part.value for part in parts.values()])
    return table if by else table.drop(columns="segment")


def _fates(part: Part) -> list[int]:
    """Journeys that converted, that may go on, and that did not convert."""
    converted = int(part.ways.converted.sum())
    is_open = int(part.ways.is_open.sum())
    lost = len(part.ways.owner) - converted - is_open
    return [converted, is_open, lost]


def agreement_table(table: pd.DataFrame) -> pd.DataFrame:
    """The lowest and the highest share that any rule gives each touchpoint."""
    keys = [column for column in ("segment", "touchpoint") if column in table]
    known = table.groupby(keys)["share"].transform("count")
    told = table[known == table["rule"].nunique()]
    by_touchpoint = told.groupby(keys, sort=False)["share"]
    lowest = told.loc[by_touchpoint.idxmin()]
    highest = told.loc[by_touchpoint.idxmax()]
    agreement = lowest[keys].reset_index(drop=True)
    agreement["lowest"] = lowest["share"].to_numpy()
    agreement["highest"] = highest["share"].to_numpy()
    agreement["lowest_rule"] = lowest["rule"].to_numpy()
    agreement["highest_rule"] = highest["rule"].to_numpy()
    agreement["gap"] = agreement["highest"] - agreement["lowest"]
    return agreement


def orders_table(orders: Sequence[int], states: Sequence[int], gain: Gain) -> pd.DataFrame:
    """How well each order tells customers who were held out, and which one was chosen."""
    return pd.DataFrame(
        {
            "order": list(orders),
            "states": list(states),
            "log_likelihood": gain.per_unit,
            "gain": gain.gain,
            "low": gain.low,
            "high": gain.high,
            "chosen": np.arange(len(orders)) == gain.chosen,
        },
        columns=ORDERS,
    )


def no_orders() -> pd.DataFrame:
    """The same where no orders were compared."""
    return pd.DataFrame(columns=ORDERS)


def differences_table(parts: Parts, names: Sequence[str], hidden: Hidden, level: float) -> pd.DataFrame:
    """Differences of shares between pairs of segments, tested; q-values within each rule."""
    frames = []
    for rule, mask in hidden.items():
        of_rule = [
            _pair(rule, names, (first, second), parts, mask[:, i] | mask[:, j], level)
            for (i, first), (j, second) in combinations(enumerate(parts), 2)
        ]
        if of_rule:
            pairs = pd.concat(of_rule, ignore_index=True).dropna(subset="p_value")
            frames.append(pairs.assign(q_value=benjamini_hochberg(pairs["p_value"])))
    if not frames:
        return pd.DataFrame(columns=DIFFERENCES)
    return pd.concat(frames, ignore_index=True)[DIFFERENCES]


def _pair(
    rule: Rule,
    names: Sequence[str],
    segments: tuple[str, str],
    parts: Parts,
    mask: Flags,
    level: float,
) -> pd.DataFrame:
    """The difference of two groups in each touchpoint, by the standard errors of both."""
    first, second = (parts[segment] for segment in segments)
    shares = [part.credits[rule].share for part in (first, second)]
    customers = (first.customers, second.customers)
    errors = np.stack([_error(of_part, n) for of_part, n in zip(shares, customers, strict=True)])
    is_nowhere = (shares[0][0] <= 0) & (shares[1][0] <= 0)
    errors[:, mask | is_nowhere] = np.nan
    test = welch_difference((shares[0][0], shares[1][0]), (errors[0], errors[1]), customers, level)
    return pd.DataFrame(
        {
            "rule": rule,
            "touchpoint": list(names),
            "first": segments[0],
            "second": segments[1],
            "difference": test.value,
            "low": test.low,
            "high": test.high,
            "p_value": test.p_value,
        }
    )


def _error(shares: Floats, customers: int) -> Floats:
    """(p + 1,) standard error of each share; where all or none get credit, that of one customer more on either side."""
    estimate = shares[0]
    spread = bootstrap_error(shares[1:])
    few = np.sqrt(customers / max(customers - 1, 1))  # resamples of n spread by n - 1
    least = np.sqrt(customers + 1) / (customers + 2) ** 1.5
    is_pure = (estimate <= 0) | (estimate >= 1)
    return np.asarray(np.where(is_pure, least, spread * few))


def tops(part: Part, names: Sequence[str], hidden: Hidden, level: float) -> Iterator[Top]:
    """Of each rule the touchpoint of most credit, and whether it is clearly more than that of the next."""
    for rule, credit in part.credits.items():
        is_hidden = hidden[rule][:-1, 0]
        shares = np.where(is_hidden, 0.0, credit.share[0, :-1])
        if not shares.any():
            continue
        first, *others = np.argsort(-shares, kind="stable").tolist()
        error = bootstrap_error(credit.share[1:, [first]])
        low, high = wilson_by_error(shares[[first]], error, part.customers, level)
        is_clear = not np.isnan(low).any() and not (is_hidden & (credit.share[0, :-1] > 0)).any()
        if others and is_clear:
            ahead = credit.share[:, [first]] - credit.share[:, [others[0]]]
            error = bootstrap_error(ahead[1:])
            is_clear = bool((ahead[0] > normal_quantile(level) * error).all())
        yield Top(
            rule=rule,
            touchpoint=names[first],
            share=float(shares[first]),
            low=low.item(),
            high=high.item(),
            is_clear=is_clear,
        )
