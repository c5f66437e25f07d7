"""What serving a journey costs, by its contacts: a side of the ways customers take.

What a contact costs is said by the map of touchpoints. What customers of a segment cost a year, and bring, is the
question of the stage ``impact``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.small_cells import hidden_counts
from cxlens.common.values import CLEAR, interval, number, percent, plural
from cxlens.errors import ValuesError, check_kind, listing
from cxlens.stages.journeys.groups import LEVEL, Group, Question, everybody, masked
from cxlens.stats.group_means import compare_groups
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.quantiles import NOTHING, quantiles_of
from cxlens.stats.skewed import skewed_mean_interval
from cxlens.stats.unit_means import UnitSums
from cxlens.study.contact_costs import contact_costs, costs_of_events
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FIGURES = ("median", "median_low", "median_high", "mean", "low", "high")
DIFFERENCES = ["first", "second", "difference", "low", "high", "p_value", "q_value"]


class _Costs(NamedTuple):
    """What each journey of a group costs that is over, and whose it is."""

    name: str
    cost: Floats
    owner: Ints

    @property
    def customers(self) -> int:
        """How many customers these are of."""
        return len(np.unique(self.owner))

    def sums(self) -> UnitSums:
        """Their sums by customer."""
        _, unit = np.unique(self.owner, return_inverse=True)
        return UnitSums(np.zeros(len(unit), np.int64), unit, self.cost, 1, self.customers)


def cost(question: Question, touchpoint_map: TouchpointMap) -> View:
    """What serving a journey costs.

    See :meth:`cxlens.stages.journeys.paths.Paths.cost`.
    """
    check_kind("cost", touchpoint_map, TouchpointMap, "cx.TouchpointMap(touchpoints, lifecycle)")
    costs = _known_costs(question, touchpoint_map)
    question.check_any_over("cost")
    groups = [everybody(question.log)] if question.by is None else question.groups()
    of_events = costs_of_events(question.log, costs)
    measured = [_of_group(question, group, of_events) for group in groups]
    hidden = _hidden(measured, question.min_n)
    table = _table(measured, hidden, question.min_n)
    parts = {"touchpoints": _touchpoints(question, costs)}
    finding = _finding(table, parts["touchpoints"], question)
    if question.by is not None:
        shown = [costs_of for costs_of, is_hidden in zip(measured, hidden, strict=True) if not is_hidden]
        parts["differences"] = _differences(shown)
        finding = _of_groups(parts["differences"], question)
    return View(
        chart="journeys/cost",
        table=table,
        finding=finding,
        note=_note(question, costs),
        record=question.log,
        parts=parts,
        again=lambda part: cost(question.of(part), touchpoint_map),
        level=LEVEL,
    )


def _known_costs(question: Question, touchpoint_map: TouchpointMap) -> dict[str, float]:
    """What a contact costs at the touchpoints of the log; refused where none is known."""
    costs = contact_costs(touchpoint_map, "cost")
    names = question.log.touchpoints
    known = {name: costs[name] for name in names if name in costs}
    if not known:
        raise ValuesError(
            f"cost: the map says of no touchpoint of the log what a contact costs. It knows: {listing(costs)}. "
            f"The log has: {listing(names)}."
        )
    return known


def _of_group(question: Question, group: Group, of_events: Floats) -> _Costs:
    """What each journey of a group costs that is over."""
    events = question.log.rows()
    of_journeys = np.bincount(events.journey, of_events, events.n_journeys)
    keep = group.journeys & question.over
    return _Costs(group.name, of_journeys[keep].astype(np.float64), events.owner[keep])


def _hidden(measured: Sequence[_Costs], min_n: int) -> NDArray[np.bool_]:
    """(groups,) which have journeys of too few customers."""
    n = np.array([len(costs.cost) for costs in measured])
    people = np.array([costs.customers for costs in measured])
    return hidden_counts(n[:, None], min_n, people[:, None])[:, 0]


def _table(measured: Sequence[_Costs], hidden: NDArray[np.bool_], min_n: int) -> pd.DataFrame:
    """A row a group."""
    rows: list[dict[str, Any]] = []
    for costs, is_hidden in zip(measured, hidden, strict=True):
        figures = dict.fromkeys(FIGURES, np.nan)
        if not is_hidden and len(costs.cost):
            figures = _figures(costs, min_n)
        rows.append({"segment": costs.name, **figures})
    table = pd.DataFrame(rows)
    n = np.array([len(costs.cost) for costs in measured])
    customers = np.array([costs.customers for costs in measured])
    table.insert(1, "n", masked(n, hidden))
    table.insert(2, "customers", masked(customers, hidden))
    return table


def _figures(costs: _Costs, min_n: int) -> dict[str, float]:
    """Median and mean with their intervals; costs are skewed, so that their mean is no middle of its interval.

    A median with fewer than ``min_n`` customers on one side is not told.
    """
    has_several = costs.customers < len(costs.cost)
    _, unit = np.unique(costs.owner, return_inverse=True)
    (middle,) = quantiles_of(costs.cost, [0.5], LEVEL, unit if has_several else None)
    if costs.customers < 2 * min_n:
        middle = NOTHING
    mean = float(costs.cost.mean())
    low, high = (mean, mean) if costs.customers > 1 else (np.nan, np.nan)
    if has_several:
        ends = costs.sums().means().interval(LEVEL)
        low, high = (float(end[0]) for end in ends)
    elif np.ptp(costs.cost) > 0:
        low, high = skewed_mean_interval(costs.cost, LEVEL)
    return dict(zip(FIGURES, (*middle, mean, low, high), strict=True))


def _touchpoints(question: Question, costs: dict[str, float]) -> pd.DataFrame:
    """How often a journey that is over meets each touchpoint, and what of its cost that is; the dearest first."""
    log = question.log
    events = log.rows()
    is_over = question.over[events.journey]
    code = events.code[is_over]
    owner = events.owner[events.journey[is_over]]
    n = np.bincount(code, minlength=len(log.touchpoints))
    pairs = pd.unique(owner * len(log.touchpoints) + code)
    people = np.bincount(pairs % len(log.touchpoints), minlength=len(log.touchpoints))
    hidden = hidden_counts(n[:, None], question.min_n, people[:, None])[:, 0]
    contacts = n / question.over.sum()
    of_contact = np.array([costs.get(name, np.nan) for name in log.touchpoints])
    of_journey = contacts * np.nan_to_num(of_contact)
    table = pd.DataFrame(
        {
            "touchpoint": list(log.touchpoints),
            "contacts": np.where(hidden, np.nan, contacts),
            "cost_per_contact": of_contact,
            "cost": np.where(hidden, np.nan, of_journey),
            "share": np.where(hidden, np.nan, of_journey / max(of_journey.sum(), np.finfo(float).tiny)),
        }
    )
    return table.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def _differences(measured: Sequence[_Costs]) -> pd.DataFrame:
    """Mean costs of pairs of groups, compared by customers."""
    rows = []
    for first, second in combinations(measured, 2):
        test = compare_groups(first.sums(), second.sums(), LEVEL)
        figures = [first.name, second.name, *(float(figure[0]) for figure in test)]
        rows.append(dict(zip(DIFFERENCES, figures, strict=False)))
    table = pd.DataFrame(rows, columns=DIFFERENCES)
    return table.assign(q_value=benjamini_hochberg(table["p_value"].astype(float)))


def _finding(table: pd.DataFrame, touchpoints: pd.DataFrame, question: Question) -> Finding:
    """What a journey costs, and which touchpoint most of it."""
    row = table.iloc[0]
    if pd.isna(row["mean"]):
        return Finding(f"Journeys that are over are those of fewer than {question.min_n} customers")
    dearest = touchpoints.dropna(subset="cost").iloc[:1]
    more = []
    without = int(touchpoints["cost_per_contact"].isna().sum())
    if without:
        more.append(f"Without a cost, so counted as 0: {plural(without, 'touchpoint')}")
    if pd.notna(row["median"]):
        more.append(f"Half of them cost at most {number(row['median'])} {_span_of_median(row)}".strip())
    for most in dearest.to_dict("records"):
        more.append(f"{most['touchpoint']} takes {percent(most['share'])} of the cost")
    return Finding(
        "Serving a journey costs",
        number(row["mean"]),
        interval(row["low"], row["high"]),
        "on average",
        more=[*more, *question.aside],
        n=question.n_over,
    )


def _span_of_median(row: pd.Series[Any]) -> str:
    """The interval of the median, where one is known."""
    if pd.isna(row["median_low"]):
        return ""
    return interval(row["median_low"], row["median_high"])


def _of_groups(differences: pd.DataFrame, question: Question) -> Finding:
    """The clearest difference between two groups."""
    known = differences.dropna(subset="p_value").sort_values("p_value", kind="stable")
    if known.empty:
        return Finding(f"Too few journeys to tell whether their cost differs by {question.by}")
    first = known.iloc[0]
    many = f"allowing for {plural(len(known), 'comparison')}"
    if not first["q_value"] < CLEAR:
        certainty = f"smallest q = {number(first['q_value'])}, {many}"
        return Finding(f"The cost of serving a journey does not clearly differ by {question.by}", certainty=certainty)
    dearer, cheaper = first["first"], first["second"]
    away, low, high = first["difference"], first["low"], first["high"]
    if away < 0:
        dearer, cheaper = cheaper, dearer
        away, low, high = -away, -high, -low
    return Finding(
        f"Serving a journey costs more among {dearer} than among {cheaper}, by",
        number(away),
        interval(low, high),
        certainty=f"clearly, {many}",
        more=question.aside,
    )


def _note(question: Question, costs: dict[str, float]) -> str:
    """What is counted, and what costs nothing because nobody said what it costs."""
    unknown = [name for name in question.log.touchpoints if name not in costs]
    silent = f" The map says no cost of {listing(unknown)}: they count as 0." if unknown else ""
    return (
        f"Contacts of journeys that are over, at the map's cost per contact, in its money.{silent} Intervals "
        f"{percent(LEVEL)}, by customers. {question.missing}"
    )
