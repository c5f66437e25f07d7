"""What employees, or a workshop, think beside what customers say; and stated beside derived importance.

The verb :func:`employees`. How a difference is tested is said in :mod:`cxlens.stages.baseline.comparison`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import CLEAR, count, percent, plural
from cxlens.errors import OptionError, ValuesError, check_kind, check_single_answers, listing
from cxlens.files.tables import given_number
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.comparison import (
    FEWEST,
    TESTED,
    differences,
    finding_of_difference,
    means_to_compare,
    rank_agreement,
    warn_of_scales,
)
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.baseline.score import score_means
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stats.ranks import chance_of_sharing, p_of_correlation, true_correlation
from cxlens.study.asked import MEAN, as_asked, difference_of, worst
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Stated = Survey | Mapping[str, float]
TABLE = ["touchpoint", "n", "mean", "low", "high", "n_employees", "mean_employees", "low_employees", "high_employees",
         "difference", "difference_low", "difference_high", "p_value", "q_value", "rank", "rank_employees"]  # fmt: skip
WEIGHTS = ["derived", "stated", "rank_derived", "rank_stated"]
SHOWN = 30  # touchpoints that a message names


def employees(record: Scorecard, *, drivers: Drivers | None = None, stated: Stated | None = None, k: int = 5) -> View:
    """Compare customers' scores with what employees or other stakeholders think they are.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.employees`.
    """
    staff = _checked_staff(record, drivers, stated, k)
    warn_of_scales(record.survey, staff, "employees")
    compared = _compared(record, staff)
    worst_rated = worst(record.survey.scale)
    agreement = [_agreement_of_scores(compared, k, record.level, worst_rated)]
    columns = [*TABLE, "note"]
    if drivers is not None and stated is not None:
        compared = compared.merge(_importance(drivers, stated), "left", "touchpoint")
        derived, given = (-compared[name].to_numpy(float) for name in ("derived", "stated"))
        agreement.append(_agreement("importance, highest first", derived, given, k, record.level))
        columns = [*TABLE, *WEIGHTS, "note"]
    compared = compared.sort_values("difference", kind="stable", ignore_index=True)
    table = _shown(compared[columns], record.survey)

    def again(answers: Survey | Scorecard) -> View:
        other = rescore(record, answers)
        return employees(other, drivers=same_drivers(drivers, record, other), stated=stated, k=k)

    finding = _finding(table, agreement[0], worst_rated)
    parts = {"agreement": pd.DataFrame(agreement)}
    return View("baseline/employees", table, finding, _how_to_read(record), record, parts, again=again)


def _shown(table: pd.DataFrame, survey: Survey) -> pd.DataFrame:
    """The table with means as they were asked."""
    shown = as_asked(table, survey.scale, MEAN, ("mean_employees", "low_employees", "high_employees"))
    return shown.astype({"n": "Int64", "n_employees": "Int64"})


def _how_to_read(record: Scorecard) -> str:
    """What differences and ranks are."""
    scale = record.survey.scale
    difference = difference_of("customers", "employees", scale)
    return (
        f"Differences: {difference}, intervals {percent(record.level)}; {TESTED}. Ranks: 1 is the {worst(scale)} rated."
    )


def _checked_staff(record: Scorecard, drivers: Drivers | None, stated: Stated | None, k: int) -> Survey:
    """The survey of employees; refuses what does not go together."""
    if record.staff is None:
        raise OptionError("no employees here. Give cx.baseline(..., employees=staff_survey).")
    if (drivers is None) != (stated is None):
        raise OptionError("employees: derived importance (drivers) and stated go together. Give both or neither.")
    if not isinstance(k, int) or k < 1:
        raise ValuesError(f"k={k!r} lists nothing. Give a whole number of 1 or more; 5 is usual.")
    return record.staff


def _compared(record: Scorecard, staff: Survey) -> pd.DataFrame:
    """The touchpoints that both were asked about, with difference, test, ranks and notes."""
    ours = _means(record.survey, record)
    theirs = _means(staff, record)
    table = ours.merge(theirs, "inner", "touchpoint", suffixes=("", "_employees"))
    if table[["mean", "mean_employees"]].notna().all(axis=1).sum() < 2:
        raise ValuesError(
            f"employees and customers share fewer than two touchpoints of {record.min_n} answers. Ours: "
            f"{listing(record.survey.touchpoints)}; theirs: {listing(staff.touchpoints)}. Name them alike."
        )
    table = pd.concat([table, differences(table, "employees", record.level)], axis="columns")
    known = table["difference"].notna()
    notes = zip(table["note"], table["note_employees"], strict=True)
    return table.assign(
        rank=table["mean"].where(known).rank(),
        rank_employees=table["mean_employees"].where(known).rank(),
        note=[_note(*row) for row in notes],
    )


def _means(survey: Survey, record: Scorecard) -> pd.DataFrame:
    """The mean of each touchpoint, small ones blank."""
    return means_to_compare(survey, None, record.level, record.min_n)


def _note(customers: str, staff: str) -> str:
    """What is lacking on either side."""
    said = []
    if customers:
        said.append(f"customers: {customers}")
    if staff:
        said.append(f"employees: {staff}")
    return "; ".join(said)


def _importance(drivers: Drivers, stated: Stated) -> pd.DataFrame:
    """Derived and stated importance of each touchpoint, with their ranks."""
    check_kind("employees: drivers", drivers, Drivers, "cx.drivers(survey)")
    if drivers.by is not None:
        raise OptionError(f"employees: drivers are by {drivers.by!r}. Give cx.drivers(survey) without by=.")
    given = _as_mapping(stated)
    numbers = {name: given_number(f"stated importance of {name!r}", value) for name, value in given.items()}
    table = drivers.table[["touchpoint", "importance"]].rename(columns={"importance": "derived"})
    table = table.assign(stated=table["touchpoint"].map(numbers).astype(float))
    if table["stated"].notna().sum() < 2:
        raise ValuesError(
            f"stated importance names fewer than two touchpoints of the drivers: {listing(given)}. "
            f"Touchpoints: {listing(drivers.touchpoints, SHOWN)}."
        )
    both = table["stated"].notna() & table["derived"].notna()
    return table.assign(
        rank_derived=table["derived"].where(both).rank(ascending=False),
        rank_stated=table["stated"].where(both).rank(ascending=False),
    )


def _as_mapping(stated: Stated) -> Mapping[str, float]:
    """Stated importance by touchpoint; of a survey the means."""
    if not isinstance(stated, Survey):
        return stated
    check_single_answers("employees: stated", stated)
    means = score_means(stated)
    return dict(zip(means["touchpoint"], means["mean"], strict=True))


def _agreement(what: str, x: Floats, y: Floats, k: int, level: float) -> dict[str, Any]:
    """Rank correlation and shared touchpoints of two lists, each lowest first."""
    known = ~np.isnan(x + y)
    m = int(known.sum())
    most = min(k, m)
    first, second = (set(np.argsort(values[known], kind="stable")[:most].tolist()) for values in (x, y))
    shared = len(first & second)
    correlation, low, high = rank_agreement(x, y, level)
    return {
        "what": what,
        "touchpoints": m,
        "correlation": correlation,
        "low": low,
        "high": high,
        "p_value": p_of_correlation(correlation, m),
        "k": most,
        "shared": shared,
        "expected": most * most / m,
        "p_shared": chance_of_sharing(shared, most, m),
    }


def _agreement_of_scores(compared: pd.DataFrame, k: int, level: float, worst_rated: str) -> dict[str, Any]:
    """How far the two are in the same order; the interval allows for chance on both sides."""
    means = compared["mean"].to_numpy(float)
    means_employees = compared["mean_employees"].to_numpy(float)
    of_means = _agreement(f"scores, {worst_rated} first", means, means_employees, k, level)
    return of_means | _of_truths(compared, level)


def _of_truths(compared: pd.DataFrame, level: float) -> dict[str, float]:
    """The interval of the rank correlation without the sampling errors of either side; none of few touchpoints."""
    known = compared.dropna(subset=["difference", "error", "error_employees"])
    means, means_employees = (known[name].to_numpy(float) for name in ("mean", "mean_employees"))
    if len(known) < FEWEST or min(np.ptp(means), np.ptp(means_employees)) == 0:
        return {"low": np.nan, "high": np.nan}
    errors, errors_employees = (known[name].to_numpy(float) for name in ("error", "error_employees"))
    low, high = true_correlation(means, means_employees, errors, errors_employees, level)
    return {"low": low, "high": high}


def _finding(table: pd.DataFrame, agreement: Mapping[str, Any], worst_rated: str) -> Finding:
    """Where staff and customers are furthest apart, and how far the two lists agree."""
    lists = f"{agreement['shared']} of the {agreement['k']} {worst_rated} rated are on both lists"
    known = table[table["difference"].notna()]
    clear = known[known["q_value"] < CLEAR]
    certainty = f"clear in {len(clear)} of {plural(len(known), 'comparison')}"
    n = f"{count(known['n_employees'].max())} and {count(known['n'].max())}"
    if clear.empty:
        lead = "No clear difference between staff and customers"
        return Finding(lead, certainty=certainty, more=[lists], n=n)
    row = clear.sort_values("difference", key=abs, ascending=False, kind="stable").iloc[0]
    better = row["difference"] < 0
    words = ("higher", "lower") if worst_rated == "lowest" else ("better", "worse")
    lead = f"Staff rate {row['touchpoint']} {words[0] if better else words[1]} than customers"
    apart = finding_of_difference(lead, row, ("_employees", ""))
    return replace(apart, certainty=certainty, more=[lists])
