"""Which places changed between two waves more or less than the others, with luck taken off.

The poorest of a wave are in part those who were unlucky, and luck does not last: they rise without any improvement. How
much comes back by itself is told beside what came.
"""

from __future__ import annotations

import difflib
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import count, percent, wave_words
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.baseline.place_record import ABOVE, BELOW, NOT_CLEAR, Compared, check_enough
from cxlens.stages.baseline.place_scores import PlaceScores, read_places
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.random_intercepts import Groups, Spread, shrink, spread_between
from cxlens.study.asked import as_asked
from cxlens.study.metrics import MIN_N, Metric
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
QUARTER = 4
NOT_KNOWN = Spread(np.nan, np.nan, np.nan, np.nan)  # how far changes differ, before that was looked at
ALIKE = 0.8  # how alike two names are from which on they may be one place


class TwoWaves(NamedTuple):
    """Places told in both waves: names, and their scores before and after; who is there once only; how changes differ.

    ``at_before`` and ``at_after``: where each place stands in the scores of a wave.
    """

    names: list[str]
    before: PlaceScores
    after: PlaceScores
    at_before: NDArray[np.int64]
    at_after: NDArray[np.int64]
    once: int
    spread: Spread


def raw_changes(two: TwoWaves) -> Groups:
    """The change of each place as it is."""
    first = two.before.mean[two.at_before]
    second = two.after.mean[two.at_after]
    variance = two.before.variance[two.at_before] + two.after.variance[two.at_after]
    return Groups(second - first, variance, min(two.before.df, two.after.df))


def changes(record: Compared, before: Any, after: Any) -> TwoWaves:
    """The first metric of places in two waves.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        See :meth:`cxlens.stages.baseline.places.Places.change`.
    """
    if wave_words(before) == wave_words(after):
        raise OptionError(f"before and after are both {wave_words(before)!r}. Name two waves.")
    if record.wave is not None:
        raise OptionError("a change needs answers of two waves. Compare without wave=: cx.compare_places(survey, by).")
    two = _two_waves(
        record,
        record.measured,
        before,
        after,
    )
    return two._replace(spread=spread_between(raw_changes(two), record.level))


def change(record: Compared, before: Any, after: Any) -> View:
    """Changes by place: see :meth:`cxlens.stages.baseline.places.Places.change`."""
    metric = record.measured
    two = changes(record, before, after)
    groups = raw_changes(two)
    spread = two.spread
    table = _table(record, two, groups, spread)
    poorest = _poorest(record, two, groups, spread.centre)
    words = (wave_words(before), wave_words(after))
    finding = _finding(
        record,
        metric,
        table,
        poorest,
        words,
    )
    note = (
        f"Changes from {words[0]} to {words[1]}; intervals {percent(record.level)}. Drawn towards the usual change, "
        f"the more the fewer answers a place has. Missing: {reason(MIN_N)}."
    )
    if two.once:
        note += f" Left out: {two.once} that cannot be told in both waves."
    parts = {"poorest": pd.DataFrame([poorest])}

    def again(survey: Survey) -> View:
        return change(record.again(survey), before, after)

    return View(
        "baseline/change by place",
        table,
        finding,
        note,
        record,
        parts,
        again=again,
        level=record.level,
    )


def _two_waves(record: Compared, metric: Metric, before: Any, after: Any) -> TwoWaves:
    """The places of both waves."""
    by = record.by
    first_names, first = read_places(
        record.survey,
        by,
        [metric],
        record.adjust,
        before,
    )
    second_names, second = read_places(
        record.survey,
        by,
        [metric],
        record.adjust,
        after,
    )
    _check_names(by, first_names, second_names, (wave_words(before), wave_words(after)))
    told_before = {name for name, shown in zip(first_names, first[0].shown, strict=True) if shown}
    told_after = {name for name, shown in zip(second_names, second[0].shown, strict=True) if shown}
    both = [name for name in first_names if name in told_before & told_after]
    everywhere = list(dict.fromkeys([*first_names, *second_names]))
    check_enough(by, everywhere, [metric.shown], [len(both)])
    return TwoWaves(
        both,
        first[0],
        second[0],
        np.array([first_names.index(name) for name in both]),
        np.array([second_names.index(name) for name in both]),
        len(everywhere) - len(both),
        NOT_KNOWN,
    )


def _check_names(by: str, first: list[str], second: list[str], waves: tuple[str, str]) -> None:
    """Refuse names that look like those of a place of the other wave: it may be one that changed its name."""
    gone = [name for name in first if name not in second]
    come = [name for name in second if name not in first]
    pairs = []
    for name in gone:
        near = difflib.get_close_matches(name, come, 1, ALIKE)
        pairs += [f"{name!r} and {other!r}" for other in near]
    if pairs:
        raise ValuesError(
            f"by={by!r}: places may have changed their names between {waves[0]} and {waves[1]}: {listing(pairs, 5)}. "
            "Write them alike, or, where they are two places, name them so that this can be seen."
        )


def _table(record: Compared, two: TwoWaves, groups: Groups, spread: Spread) -> pd.DataFrame:
    """One row a place, the largest change for the better on top."""
    shrunk = shrink(groups, spread, record.level)
    p_value = wald_p(groups.mean - spread.centre, np.sqrt(groups.variance), groups.df)
    table = pd.DataFrame(
        {
            "place": two.names,
            "n_before": two.before.n[two.at_before],
            "n_after": two.after.n[two.at_after],
            "before": two.before.raw[two.at_before],
            "after": two.after.raw[two.at_after],
            "raw": groups.mean,
            "value": shrunk.value,
            "low": shrunk.low,
            "high": shrunk.high,
            "p_value": p_value,
            "q_value": benjamini_hochberg(np.asarray(p_value)),
        }
    ).astype({"n_before": "Int64", "n_after": "Int64"})
    is_clear = table["q_value"] < 1 - record.level
    above = is_clear & (table["low"] > spread.centre)
    below = is_clear & (table["high"] < spread.centre)
    table["position"] = np.select([above, below], [ABOVE, BELOW], NOT_CLEAR)
    table = as_asked(table, record.measured.scale, ("before",), ("after",))
    return table.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _poorest(record: Compared, two: TwoWaves, groups: Groups, usual: float) -> dict[str, float]:
    """The quarter that was lowest before: how much it changed, and how much of that comes by itself."""
    raw = two.before.mean[two.at_before]
    before = Groups(raw, two.before.variance[two.at_before], two.before.df)
    likely = shrink(before, spread_between(before, record.level), record.level).value
    places = max(len(raw) // QUARTER, 1)
    lowest = np.argsort(raw, kind="stable")[:places]
    return {
        "places": places,
        "raw": float(groups.mean[lowest].mean()),
        "by_itself": float((likely - raw)[lowest].mean()),
        "usual": usual,
    }


def _finding(
    record: Compared, metric: Metric, table: pd.DataFrame, poorest: dict[str, float], waves: tuple[str, str]
) -> Finding:
    """Which places changed by clearly more or less than the others; what the poorest would have gained anyway."""
    n = count(table[["n_before", "n_after"]].sum().sum())
    name = record.survey.named(record.by)
    clear = table[table["position"] != NOT_CLEAR]
    rose = "rose" if poorest["raw"] >= 0 else "fell"
    change = metric.steps(poorest["raw"], sign=True)
    by_itself = metric.steps(poorest["by_itself"], sign=True)
    usual = metric.steps(poorest["usual"], sign=True)
    more = [
        f"The {poorest['places']} lowest of {waves[0]} {rose} by {change}{metric.better}; {by_itself} comes back by "
        f"itself, since some were low by luck, and the usual change is {usual}"
    ]
    lead = f"{metric.label} did not clearly change in any {name} otherwise than usual"
    if clear.empty:
        return Finding(lead, more=more, n=n)
    items = []
    for row in clear.to_dict("records"):
        ends = f"[{metric.steps(row['low'])}, {metric.steps(row['high'])}]"
        items.append(Item(str(row["place"]), f"{metric.steps(row['value'], sign=True)}{metric.better}", ends))
    lead = f"{metric.label} changed otherwise than usual, clearly in {len(clear)} of {len(table)}"
    return Finding(lead, items=items, more=more, n=n)
