"""Our scores against those of competitors, touchpoint by touchpoint, and whether we are behind where it matters.

The verb :func:`competitors`. How a difference is tested is said in :mod:`cxlens.stages.baseline.comparison`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, plural, signed
from cxlens.errors import ColumnError, OptionError, check_kind, listing
from cxlens.stages.baseline.comparison import CLEAR, blank_small, grouping, rank_agreement, warn_of_scales, welch
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.baseline.score import score_means
from cxlens.stages.drivers.drivers import Drivers

TABLE = ["segment", "touchpoint", "competitor", "n", "mean", "low", "high", "n_competitor", "mean_competitor",
         "low_competitor", "high_competitor", "difference",
         "difference_low", "difference_high", "p_value", "q_value", "position", "note"]  # fmt: skip


def competitors(record: Scorecard, *, drivers: Drivers | None = None) -> View:
    """Compare our scores with those that customers of others give the same touchpoints.

    Parameters
    ----------
    baseline
        From ``cx.baseline(survey, competitors={"name": survey})``. Where it is by a segment, competitors' surveys need
        that column too; of several columns the first that is not the time counts.
    drivers
        From :func:`cxlens.drivers` of our survey, without ``by``: are we behind where it matters?

    Returns
    -------
    View
        ``table``, one row a touchpoint and competitor (and ``segment``): ``n``, ``mean`` with ``low`` and ``high``, the
        same ending in ``_competitor``, ``difference`` (ours less theirs, in points of the score) with its interval,
        ``p_value``, ``q_value`` (over the table), ``position`` ("ahead", "behind", "level": told apart at q below
        0.05), ``note``.
        ``parts["position"]``: a row a touchpoint (and segment): ``best`` (the best competitor), ``mean``,
        ``mean_best``, ``difference`` to it with its interval (Bonferroni over the competitors, as the best is picked),
        ``importance`` with its interval and ``matters`` where
        drivers are given. ``parts["overlap"]``: ``correlation`` (Spearman) of importance with the difference to the
        best, its interval, and ``behind_where_it_matters`` (names): below 0, we are weak where it matters.

    Raises
    ------
    OptionError, ColumnError
        When there are no competitors, none of their touchpoints is ours, a column is lacking, or drivers are by
        segment.

    Warns
    -----
    UserWarning
        When scales differ.

    Notes
    -----
    Welch's interval and test (1947) on the errors of the scorecard, Benjamini and Hochberg (1995) over the table. The
    interval of the correlation (Bonett and Wright 2000) is over touchpoints, taken as a sample of those there could be.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> plan = study.survey_plan
    >>> other = cx.Survey(cx.datasets.sample_folder() / "airport" / "neighbour.csv", touchpoints=plan.touchpoints,
    ...                   outcome="overall", scale=plan.scale, segments=["purpose"])
    >>> view = cx.baseline(study.survey(), competitors={"Neighbour": other}).competitors()
    >>> view.table.loc[view.table["position"] == "behind", "touchpoint"].tolist()
    ['Security', 'Restaurants']
    """
    if not record.rivals:
        raise OptionError("no competitors here. Give cx.baseline(..., competitors={'name': survey}).")
    if drivers is not None:
        check_kind("competitors: drivers", drivers, Drivers, "cx.drivers(survey)")
        if drivers.by is not None:
            raise OptionError(f"competitors: drivers are by {drivers.by!r}. Give cx.drivers(survey) without by=.")
    by, level = grouping(record), record.level
    ours = blank_small(score_means(record.survey, by, level=level), record.min_n, ["touchpoint"])
    parts = []
    for name, rival in record.rivals.items():
        if by is not None and by not in (*rival.segments, rival.time, rival.channel):
            raise ColumnError(
                f"competitor {name!r} has no segment {by!r}. Give its Survey segments=[{by!r}], "
                "or a baseline without by=."
            )
        theirs = blank_small(score_means(rival, by, level=level), record.min_n, ["touchpoint"])
        if warn_of_scales(record.survey, rival, name):  # nothing is told apart
            theirs = theirs.assign(error=np.nan, note="another scale")
        parts.append(ours.merge(theirs, "outer", ["segment", "touchpoint"], suffixes=("", "_competitor")))
        parts[-1]["competitor"] = name
    table = _ordered(pd.concat(parts, ignore_index=True), record)
    table = pd.concat([table, welch(table, "competitor", level)], axis="columns")
    clear = (table["q_value"] < CLEAR).to_numpy()
    table["position"] = np.select(
        [table["p_value"].isna(), clear & (table["difference"] > 0), clear], ["", "ahead", "behind"], "level"
    )
    notes = zip(table["competitor"], table["note"], table["note_competitor"], strict=True)
    table["note"] = [_note_of(name, ours, theirs) for name, ours, theirs in notes]
    if table["difference"].isna().all():
        raise OptionError(
            f"no touchpoint can be compared: ours are {listing(record.survey.touchpoints)}. "
            f"Name those of competitors alike, and give each {record.min_n} answers or more."
        )
    position = _position(table, drivers, level)
    overlap = _overlap(position, drivers, level)
    shown = table[[name for name in TABLE if by or name != "segment"]].astype({"n": "Int64", "n_competitor": "Int64"})
    note = (
        f"Differences: ours less theirs, Welch intervals {percent(level)}; ahead or behind at q below {CLEAR:g}. "
        "Other customers were asked: what differs may be they, not the service."
    )
    options = {"drivers": drivers}
    return View(
        "baseline/competitors",
        shown,
        in_one(_sentence(table, record, by)),
        note,
        record,
        {"position": position, "overlap": overlap},
        options,
    )


def _ordered(table: pd.DataFrame, record: Scorecard) -> pd.DataFrame:
    """Segments and touchpoints in the order of our survey; those that only others ask about come last."""
    order = {name: k for k, name in enumerate(record.survey.touchpoints)}
    place = table["touchpoint"].map(order).fillna(len(order))
    segments = {name: k for k, name in enumerate(dict.fromkeys(table["segment"]))}
    names = {name: k for k, name in enumerate(record.rivals)}
    keys = [table["competitor"].map(names), place, table["segment"].map(segments)]
    return table.iloc[np.lexsort(keys)].reset_index(drop=True)


def _note_of(name: str, ours: Any, theirs: Any) -> str:
    """What is lacking on either side."""
    said = [f"ours: {'not asked' if pd.isna(ours) else ours}"] if pd.isna(ours) or ours else []
    said += [f"{name}: {'not asked' if pd.isna(theirs) else theirs}"] if pd.isna(theirs) or theirs else []
    return "; ".join(said)


def _position(table: pd.DataFrame, drivers: Drivers | None, level: float) -> pd.DataFrame:
    """The best competitor of each touchpoint (and segment), and what the touchpoint weighs."""
    known = table.dropna(subset="difference")
    all_told = welch(known, "competitor", 1 - (1 - level) / known["competitor"].nunique())
    known = known.assign(**{name: all_told[name] for name in ("difference_low", "difference_high")})
    best = known.loc[known.groupby(["segment", "touchpoint"], sort=False)["mean_competitor"].idxmax()]
    columns = ["segment", "touchpoint", "competitor", "mean", "mean_competitor", "difference", "difference_low",
               "difference_high", "q_value"]  # fmt: skip
    best = best[columns].rename(columns={"competitor": "best", "mean_competitor": "mean_best"}).reset_index(drop=True)
    if drivers is None:
        return best
    weights = drivers.table[["touchpoint", "importance", "importance_low", "importance_high", "q_value"]]
    weights = weights.assign(matters=weights["q_value"] < CLEAR).drop(columns="q_value")
    return best.merge(weights, "left", "touchpoint")


def _overlap(position: pd.DataFrame, drivers: Drivers | None, level: float) -> pd.DataFrame:
    """Do our weak spots coincide with what matters?"""
    rows = []
    for segment, own in position.groupby("segment", sort=False) if drivers else ():
        r, low, high = rank_agreement(own["difference"].to_numpy(), own["importance"].to_numpy(float), level)
        weak = own[(own["q_value"] < CLEAR) & (own["difference"] < 0) & own["matters"].eq(True)]
        names = ", ".join(weak.sort_values("importance", ascending=False)["touchpoint"])
        rows.append((segment, len(own), r, low, high, names))
    columns = ["segment", "touchpoints", "correlation", "low", "high", "behind_where_it_matters"]
    return pd.DataFrame(rows, columns=columns)


def _sentence(table: pd.DataFrame, record: Scorecard, by: str | None) -> str:
    """How often we are ahead and behind, and the largest gap."""
    counts = table["position"].value_counts()
    all_told = plural(int(table["difference"].notna().sum()), "comparison")
    said = f"Ahead in {counts.get('ahead', 0)}, behind in {counts.get('behind', 0)} of {all_told}"
    behind = table[table["position"] == "behind"]
    if behind.empty:
        return f"{said}; nowhere clearly behind. n = {count(record.survey.n)}."
    row = behind.sort_values("difference", kind="stable").iloc[0]
    where = f" in {row['segment']}" if by else ""
    figures = f"{signed(row['difference'])} {interval(row['difference_low'], row['difference_high'])}"
    against = f"{number(row['mean'])} against {number(row['mean_competitor'])} of {row['competitor']}"
    n = f"n = {count(row['n'])} and {count(row['n_competitor'])}"
    return f"{said}. Furthest behind: {row['touchpoint']}{where}, {against} ({figures}), {n}."
