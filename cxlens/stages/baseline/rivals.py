"""Our scores against those of competitors, touchpoint by touchpoint, and whether we are behind where it matters.

The verb :func:`competitors`. How a difference is tested is said in :mod:`cxlens.stages.baseline.comparison`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import CLEAR, count, percent, plural
from cxlens.errors import ColumnError, OptionError, check_kind, listing
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.comparison import (
    TESTED,
    differences,
    finding_of_difference,
    grouping,
    means_to_compare,
    rank_agreement,
    warn_of_scales,
)
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.asked import MEAN, as_asked, difference_of
from cxlens.study.survey import Survey

TABLE = ["segment", "touchpoint", "competitor", "n", "mean", "low", "high", "n_competitor", "mean_competitor",
         "low_competitor", "high_competitor", "difference",
         "difference_low", "difference_high", "p_value", "q_value", "position", "note"]  # fmt: skip
POSITION = ["segment", "touchpoint", "competitor", "mean", "mean_competitor", "difference", "difference_low",
            "difference_high", "q_value"]  # fmt: skip
OVERLAP = [
    "segment",
    "touchpoints",
    "correlation",
    "low",
    "high",
    "behind_where_it_matters",
]


def competitors(record: Scorecard, *, drivers: Drivers | None = None) -> View:
    """Compare our scores with those that customers of others give the same touchpoints.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.competitors`.
    """
    if not record.rivals:
        raise OptionError("no competitors here. Give cx.baseline(..., competitors={'name': survey}).")
    if drivers is not None:
        check_kind("competitors: drivers", drivers, Drivers, "cx.drivers(survey)")
        if drivers.by is not None:
            raise OptionError(f"competitors: drivers are by {drivers.by!r}. Give cx.drivers(survey) without by=.")
    by = grouping(record)
    compared = _compared(record, by)
    scale = record.survey.scale
    if compared["difference"].isna().all():
        raise _nothing_in_common(record)
    position = _position(compared, drivers, record.level)
    parts = {
        "position": as_asked(position, scale, ("mean",), ("mean_best",)),
        "overlap": _overlap(position, drivers, record.level),
    }
    compared = as_asked(compared, scale, MEAN, ("mean_competitor", "low_competitor", "high_competitor"))
    columns = [name for name in TABLE if by or name != "segment"]
    table = compared[columns].astype({"n": "Int64", "n_competitor": "Int64"})

    def again(answers: Survey | Scorecard) -> View:
        other = rescore(record, answers)
        return competitors(other, drivers=same_drivers(drivers, record, other))

    note = (
        f"Differences: {difference_of('ours', 'theirs', scale)}, intervals {percent(record.level)}; {TESTED}; "
        f"ahead or behind at q below {CLEAR:g}. Other customers were asked: what differs may be they, not the service."
    )
    finding = _finding(compared, record, by)
    return View("baseline/competitors", table, finding, note, record, parts, again=again)


def _compared(record: Scorecard, by: str | None) -> pd.DataFrame:
    """Every touchpoint (and segment) of ours beside that of every competitor, with the difference and its test."""
    ours = _means(record.survey, record, by)
    beside = [_beside(ours, name, rival, record, by) for name, rival in record.rivals.items()]
    table = _ordered(pd.concat(beside, ignore_index=True), record)
    table = pd.concat([table, differences(table, "competitor", record.level)], axis="columns")
    clear = table["q_value"] < CLEAR
    conditions = [table["p_value"].isna(), clear & (table["difference"] > 0), clear]
    positions = np.select(conditions, ["", "ahead", "behind"], "level")
    notes = zip(table["competitor"], table["note"], table["note_competitor"], strict=True)
    return table.assign(position=positions, note=[_note(*row) for row in notes])


def _means(survey: Survey, record: Scorecard, by: str | None) -> pd.DataFrame:
    """The mean of each touchpoint (and segment), small ones blank."""
    return means_to_compare(survey, by, record.level, record.min_n)


def _beside(ours: pd.DataFrame, name: str, rival: Survey, record: Scorecard, by: str | None) -> pd.DataFrame:
    """Our means beside those of one competitor."""
    if by is not None and by not in rival.keys:
        raise ColumnError(
            f"competitor {name!r} has no segment {by!r}. Give its Survey segments=[{by!r}], or a baseline without by=."
        )
    theirs = _means(rival, record, by)
    if warn_of_scales(record.survey, rival, name):  # nothing is told apart
        theirs = theirs.assign(error=np.nan, scores=None, note="another scale")
    both = ours.merge(theirs, "outer", ["segment", "touchpoint"], suffixes=("", "_competitor"))
    return both.assign(competitor=name)


def _ordered(table: pd.DataFrame, record: Scorecard) -> pd.DataFrame:
    """Segments and touchpoints in the order of our survey; those that only others ask about come last."""
    touchpoints = {name: place for place, name in enumerate(record.survey.touchpoints)}
    segments = {name: place for place, name in enumerate(table["segment"].unique())}
    rivals = {name: place for place, name in enumerate(record.rivals)}
    keys = [
        table["competitor"].map(rivals),
        table["touchpoint"].map(touchpoints).fillna(len(touchpoints)),
        table["segment"].map(segments),
    ]
    return table.iloc[np.lexsort(keys)].reset_index(drop=True)


def _note(competitor: str, ours: Any, theirs: Any) -> str:
    """What is lacking on either side."""
    said = []
    for who, note in (("ours", ours), (competitor, theirs)):
        if pd.isna(note):
            said.append(f"{who}: not asked")
        elif note:
            said.append(f"{who}: {note}")
    return "; ".join(said)


def _position(table: pd.DataFrame, drivers: Drivers | None, level: float) -> pd.DataFrame:
    """The best competitor of each touchpoint (and segment), and what the touchpoint weighs."""
    known = table.dropna(subset="difference")
    bonferroni = 1 - (1 - level) / known["competitor"].nunique()  # the best is picked from all of them
    wider = differences(known, "competitor", bonferroni)
    known = known.assign(
        difference_low=wider["difference_low"],
        difference_high=wider["difference_high"],
    )
    best = known.groupby(["segment", "touchpoint"], sort=False)["mean_competitor"].idxmax()
    position = known.loc[best, POSITION].reset_index(drop=True)
    position = position.rename(columns={"competitor": "best", "mean_competitor": "mean_best"})
    if drivers is None:
        return position
    weights = drivers.table[["touchpoint", "importance", "importance_low", "importance_high"]]
    weights = weights.assign(matters=drivers.table["q_value"] < CLEAR)
    return position.merge(weights, "left", "touchpoint")


def _overlap(position: pd.DataFrame, drivers: Drivers | None, level: float) -> pd.DataFrame:
    """Do our weak spots coincide with what matters?"""
    rows = []
    for segment, spots in position.groupby("segment", sort=False) if drivers else ():
        importance = spots["importance"].to_numpy(float)
        correlation, low, high = rank_agreement(spots["difference"].to_numpy(), importance, level)
        behind = (spots["q_value"] < CLEAR) & (spots["difference"] < 0)
        weak = spots[behind & spots["matters"].eq(True)].sort_values("importance", ascending=False)
        rows.append(
            (
                segment,
                len(spots),
                correlation,
                low,
                high,
                ", ".join(weak["touchpoint"]),
            )
        )
    return pd.DataFrame(rows, columns=OVERLAP)


def _nothing_in_common(record: Scorecard) -> OptionError:
    """What to say where no touchpoint of ours is one of theirs."""
    ours = listing(record.survey.touchpoints)
    theirs = [f"{name}: {listing(rival.touchpoints)}" for name, rival in record.rivals.items()]
    return OptionError(
        f"no touchpoint can be compared. Ours: {ours}; {'; '.join(theirs)}. "
        f"Name them alike, and give each {record.min_n} answers or more."
    )


def _finding(table: pd.DataFrame, record: Scorecard, by: str | None) -> Finding:
    """Where we trail a competitor, else lead one, the furthest first; and how many differences are clear."""
    positions = table["position"].value_counts()
    behind = int(positions.get("behind", 0))
    ahead = int(positions.get("ahead", 0))
    comparisons = plural(int(table["difference"].notna().sum()), "comparison")
    certainty = f"clearly behind in {behind}, ahead in {ahead} of {comparisons}"
    if not behind + ahead:
        answers = [record.survey.n, *(rival.n for rival in record.rivals.values())]
        return Finding(
            lead=f"No clear difference from {listing(record.rivals)}",
            certainty=f"0 of {comparisons} clear",
            n=listing(map(count, answers)),
        )
    clear = table[table["position"] == ("behind" if behind else "ahead")]
    row = clear.sort_values("difference", key=abs, ascending=False, kind="stable").iloc[0]
    where = f" in {row['segment']}" if by else ""
    most = " most" if _is_furthest(row, table) else ""
    lead = f"We {'trail' if behind else 'lead'} {row['competitor']}{most} at {row['touchpoint']}{where}"
    apart = finding_of_difference(lead, row, ("", "_competitor"))
    return replace(apart, certainty=certainty)


def _is_furthest(row: pd.Series[Any], table: pd.DataFrame) -> bool:
    """Whether the interval of a difference lies beyond those of all others on its side."""
    others = table.drop(index=row.name)
    if row["difference"] < 0:
        return bool((others["difference_low"].dropna() > row["difference_high"]).all())
    return bool((others["difference_high"].dropna() < row["difference_low"]).all())
