"""The funnel of changes: how much each place changed between two waves, against the answers that says so.

How changes are told with luck taken off belongs to :mod:`cxlens.stages.baseline.place_change`; the picture is in
:mod:`cxlens.stages.baseline.place_charts`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, plural, wave_words
from cxlens.stages.baseline.place_change import changes, raw_changes
from cxlens.stages.baseline.place_record import Compared
from cxlens.stages.baseline.place_sides import INNER, OUTER, outside_of
from cxlens.stats.funnel import LEVELS, limits, usual_spread
from cxlens.study.metrics import Metric
from cxlens.study.survey import Survey


def change_funnel(record: Compared, before: Any, after: Any) -> View:
    """Changes beside limits: see :meth:`cxlens.stages.baseline.places.Places.change_funnel`."""
    two = changes(record, before, after)
    groups = raw_changes(two)
    usual = usual_spread(groups.mean, groups.variance, two.spread.centre)
    inner, outer = (limits(two.spread.centre, groups.variance, usual, level) for level in LEVELS)
    of_one = two.before.within + two.after.within
    columns = {
        "place": two.names,
        "n": two.before.n[two.at_before] + two.after.n[two.at_after],
        "worth": 2 * of_one / groups.variance,
        "change": groups.mean,
        "limit_low": inner[0],
        "limit_high": inner[1],
        "far_low": outer[0],
        "far_high": outer[1],
        "outside": outside_of(groups.mean, inner, outer),
        "usual": two.spread.centre,
    }
    table = pd.DataFrame(columns).astype({"n": "Int64"}).sort_values("worth", kind="stable", ignore_index=True)
    words = (wave_words(before), wave_words(after))
    note = (
        f"Limits are {INNER} and {OUTER} around the usual change from {words[0]} to {words[1]}. They allow for how "
        "changes usually differ beyond chance (additive over-dispersion); one place in 20 lies outside the inner ones "
        "by chance alone. Above 0 is for the better."
    )

    def again(survey: Survey) -> View:
        return change_funnel(record.again(survey), before, after)

    return View(
        "baseline/funnel of changes",
        table,
        _finding(record.measured, table, words),
        note,
        record,
        again=again,
        level=record.level,
    )


def _finding(metric: Metric, table: pd.DataFrame, waves: tuple[str, str]) -> Finding:
    """Which changes lie outside the outer limits, and what the usual change is."""
    outside = table[table["outside"] == OUTER]
    n = count(table["n"].sum())
    among = plural(len(table), "place")
    usual = metric.steps(float(np.mean(table["usual"])), sign=True)
    when = f"from {waves[0]} to {waves[1]}"
    more = [f"The usual change is {usual}{metric.better}"]
    if outside.empty:
        lead = f"No change of {metric.label} in {among} {when} lies outside the {OUTER} limits"
        return Finding(lead, more=more, n=n)
    items = []
    for row in outside.to_dict("records"):
        items.append(Item(str(row["place"]), f"{metric.steps(row['change'], sign=True)}{metric.better}"))
    verb = "lies" if len(items) == 1 else "lie"
    lead = f"{metric.label} {when}: {len(items)} of {among} {verb} outside the {OUTER} limits of a change"
    return Finding(
        lead,
        items=items,
        more=more,
        n=n,
    )
