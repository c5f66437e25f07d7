"""What employees, or a workshop, think beside what customers say; and stated beside derived importance.

The verb :func:`employees`. How a difference is tested is said in :mod:`cxlens.stages.baseline.comparison`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, signed
from cxlens.errors import OptionError, ValuesError, check_kind, listing
from cxlens.files.tables import as_number
from cxlens.stages.baseline.comparison import CLEAR, blank_small, rank_agreement, warn_of_scales, welch
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.baseline.score import score_means
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stats.ranks import chance_of_sharing, p_of_correlation
from cxlens.study.survey import Survey

TABLE = ["touchpoint", "n", "mean", "low", "high", "n_employees", "mean_employees", "low_employees", "high_employees",
         "difference", "difference_low", "difference_high", "p_value", "q_value", "rank", "rank_employees",
         "note"]  # fmt: skip


def employees(
    record: Scorecard,
    *,
    drivers: Drivers | None = None,
    stated: Survey | Mapping[str, float] | None = None,
    k: int = 5,
) -> View:
    """Compare customers' scores with what employees or other stakeholders think they are.

    Parameters
    ----------
    baseline
        From ``cx.baseline(survey, employees=staff_survey)``; its segments are left aside.
    drivers, stated
        Derived importance, from :func:`cxlens.drivers` without ``by``, and importance as people state it: a survey of
        importances (of customers or a workshop) or ``{touchpoint: importance}``. Give both or neither.
    k
        How many touchpoints the lists of the lowest rated, and of the most important, have.

    Returns
    -------
    View
        ``table``, one row a touchpoint: ``n``, ``mean`` with ``low`` and ``high`` of customers, the same ending in
        ``_employees``, ``difference`` (customers less employees: below 0, employees think too well of it) with its
        interval, ``p_value``, ``q_value``, ``rank`` and ``rank_employees`` (1: lowest rated), ``note``; with stated
        importance also ``derived``, ``stated`` and their ranks (1: most important).
        ``parts["agreement"]``: a row for scores and one for importance: ``correlation`` (Spearman) with its interval,
        ``p_value``, ``k``, ``shared`` (touchpoints on both lists), ``expected`` (by chance) and ``p_shared``
        (probability of so many or more by chance).

    Raises
    ------
    OptionError, ValuesError
        When there are no employees, drivers come without stated importance or the other way round, drivers are by
        segment, or fewer than two touchpoints are shared.

    Notes
    -----
    Welch (1947), Benjamini and Hochberg (1995) over the table. Interval of the correlation: Fisher's z with the error
    of Bonett and Wright (2000), over touchpoints; its p-value: Student's t. Shared touchpoints: hypergeometric.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> plan = study.survey_plan
    >>> staff = cx.Survey(cx.datasets.sample_folder() / "airport" / "employees.csv", touchpoints=plan.touchpoints,
    ...                   outcome="overall", scale=plan.scale)
    >>> view = cx.baseline(study.survey(), employees=staff).employees()
    >>> view.table["touchpoint"].head(2).tolist()
    ['Security', 'Restrooms']
    """
    staff, level = record.staff, record.level
    if staff is None:
        raise OptionError("no employees here. Give cx.baseline(..., employees=staff_survey).")
    if (drivers is None) != (stated is None):
        raise OptionError("employees: derived importance (drivers) and stated go together. Give both or neither.")
    if not isinstance(k, int) or k < 1:
        raise ValuesError(f"k={k!r} lists nothing. Give a whole number of 1 or more; 5 is usual.")
    warn_of_scales(record.survey, staff, "employees")
    ours, theirs = (
        blank_small(score_means(one, level=level), record.min_n, ["touchpoint"]) for one in (record.survey, staff)
    )
    table = ours.merge(theirs, "inner", "touchpoint", suffixes=("", "_employees"))
    if table[["mean", "mean_employees"]].notna().all(axis=1).sum() < 2:
        raise ValuesError(
            f"employees and customers share fewer than two touchpoints of {record.min_n} answers. Ours: "
            f"{listing(record.survey.touchpoints)}; theirs: {listing(staff.touchpoints)}. Name them alike."
        )
    table = pd.concat([table, welch(table, "employees", level)], axis="columns")
    known = table["difference"].notna()
    for name in ("", "_employees"):
        table[f"rank{name}"] = table[f"mean{name}"].where(known).rank()
    sides = [[f"{who}: {said}" if said else "" for said in table[name]]
             for who, name in (("customers", "note"), ("employees", "note_employees"))]  # fmt: skip
    table["note"] = ["; ".join(filter(None, both)) for both in zip(*sides, strict=True)]
    agreement = [_agreement("scores, lowest first", table["mean"], table["mean_employees"], k, level)]
    columns = list(TABLE)
    if drivers is not None and stated is not None:
        weights = _importance(drivers, stated)
        table = table.merge(weights, "left", "touchpoint")
        agreement.append(_agreement("importance, highest first", -table["derived"], -table["stated"], k, level))
        columns[-1:-1] = list(weights.columns[1:])
    table = table.sort_values("difference", kind="stable", ignore_index=True)
    shown = table[columns].astype({"n": "Int64", "n_employees": "Int64"})
    note = f"Differences: customers less employees, Welch intervals {percent(level)}. Ranks: 1 is the lowest rated."
    parts = {"agreement": pd.DataFrame(agreement)}
    return View(
        "baseline/employees",
        shown,
        in_one(_sentence(table, agreement[0])),
        note,
        record,
        parts,
        {"drivers": drivers, "stated": stated, "k": k},
    )


def _importance(drivers: Drivers, stated: Survey | Mapping[str, float]) -> pd.DataFrame:
    """Derived and stated importance of each touchpoint, with their ranks."""
    check_kind("employees: drivers", drivers, Drivers, "cx.drivers(survey)")
    if drivers.by is not None:
        raise OptionError(f"employees: drivers are by {drivers.by!r}. Give cx.drivers(survey) without by=.")
    if isinstance(stated, Survey):
        found = score_means(stated)
        stated = dict(zip(found["touchpoint"], found["mean"], strict=True))
    table = drivers.table[["touchpoint", "importance"]].rename(columns={"importance": "derived"})
    numbers = {name: as_number(f"stated importance of {name!r}", value) for name, value in stated.items()}
    table["stated"] = table["touchpoint"].map(numbers).astype(float)
    if table["stated"].notna().sum() < 2:
        raise ValuesError(
            f"stated importance names fewer than two touchpoints of the drivers: {listing(stated)}. "
            f"Touchpoints: {listing(drivers.touchpoints, 30)}."
        )
    both = table["stated"].notna() & table["derived"].notna()
    ranks = {f"rank_{name}": table[name].where(both).rank(ascending=False) for name in ("derived", "stated")}
    return table.assign(**ranks)


def _agreement(what: str, x: Any, y: Any, k: int, level: float) -> dict[str, Any]:
    """Rank correlation and shared touchpoints of two lists, each lowest first."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    known = np.flatnonzero(~np.isnan(x + y))
    m, most = len(known), min(k, len(known))
    first = [set(known[np.argsort(values[known], kind="stable")[:most]].tolist()) for values in (x, y)]
    shared = len(first[0] & first[1])
    r, low, high = rank_agreement(x, y, level)
    return {
        "what": what,
        "touchpoints": m,
        "correlation": r,
        "low": low,
        "high": high,
        "p_value": p_of_correlation(r, m),
        "k": most,
        "shared": shared,
        "expected": most * most / m,
        "p_shared": chance_of_sharing(shared, most, m),
    }


def _sentence(table: pd.DataFrame, agreement: Mapping[str, Any]) -> str:
    """The largest misjudgement, and how far the two lists agree."""
    lists = f"{agreement['shared']} of the {agreement['k']} lowest rated are on both lists"
    clear = table[table["q_value"] < CLEAR]
    if clear.empty:
        return f"Employees and customers differ clearly nowhere; {lists}. n = {count(table['n'].max())} customers."
    row = clear.loc[clear["difference"].abs().sort_values(ascending=False, kind="stable").index[0]]
    think = "better" if row["difference"] < 0 else "worse"
    figures = f"{signed(row['difference'])} {interval(row['difference_low'], row['difference_high'])}"
    theirs, ours = number(row["mean_employees"]), number(row["mean"])
    return (
        f"Employees think {row['touchpoint']} is rated {think} than it is: {theirs}, customers say {ours} ({figures}), "
        f"n = {count(row['n_employees'])} and {count(row['n'])}; {lists}."
    )
