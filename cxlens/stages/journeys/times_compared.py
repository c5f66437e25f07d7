"""Do groups of customers take differently long? By ranks of customers, who may have several journeys.

What is measured is said in :mod:`cxlens.stages.journeys.times`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.values import CLEAR, count
from cxlens.stages.journeys.groups import Counts, Group, Question, not_clear, p_in_words
from cxlens.stages.journeys.lengths import Measure, in_words, interval_in_words
from cxlens.stats.agreement import dunn, kruskal_wallis
from cxlens.stats.inference import benjamini_hochberg

PAIRS = ["measure", "unit", "first", "second", "difference", "higher", "p_value", "q_value"]


class TimesCompared(NamedTuple):
    """Tests of what journeys take.

    ``tests`` has a row a measure: ``measure``, ``h`` and ``df`` of Kruskal and Wallis, ``p_value``, ``q_value`` over
    the measures; ``differences`` one a pair of segments: ``measure``, ``unit``, ``first``, ``second``, the
    ``difference`` of their medians, which one ranks ``higher``, ``p_value`` by Dunn, ``q_value`` over the pairs.
    """

    tests: pd.DataFrame
    differences: pd.DataFrame


def compare_times(
    question: Question,
    measures: Sequence[Measure],
    groups: Sequence[Group],
    table: pd.DataFrame,
) -> TimesCompared:
    """Test each measure over the groups whose figures are shown."""
    tests = []
    pairs = [pd.DataFrame(columns=PAIRS)]
    for measure in measures:
        is_shown = (table["measure"] == measure.name) & table["n"].notna()
        medians = table[is_shown].set_index("segment")["median"]
        compared = [group for group in groups if group.name in medians.index]
        line = (measure.name, np.nan, np.nan, np.nan)
        if len(compared) > 1:
            customers = _customers(question, measure, compared)
            test = kruskal_wallis(customers)
            line = (measure.name, float(test.h), float(test.df), float(test.p))
            pairs.append(_pairs(measure, customers, medians))
        tests.append(line)
    of_all = pd.DataFrame(tests, columns=["measure", "h", "df", "p_value"])
    of_all["q_value"] = benjamini_hochberg(of_all["p_value"].to_numpy(float))
    known = [frame for frame in pairs if len(frame)]
    of_pairs = pd.concat(known, ignore_index=True) if known else pairs[0]
    return TimesCompared(of_all, of_pairs)


def _customers(question: Question, measure: Measure, groups: Sequence[Group]) -> Counts:
    """(groups, levels) customers of each group at each level: the mean of their journeys, in order."""
    events = question.log.rows()
    owner = events.owner[measure.journey]
    journeys = np.bincount(owner, minlength=events.n_customers)
    sums = np.bincount(owner, measure.values, events.n_customers)
    has_any = journeys > 0
    means = sums[has_any] / journeys[has_any]
    levels, level = np.unique(means, return_inverse=True)
    is_first = events.episode == 1
    counts = []
    for group in groups:
        is_in = group.journeys[is_first][has_any]
        counts.append(np.bincount(level[is_in], minlength=len(levels)))
    return np.stack(counts)


def _pairs(measure: Measure, customers: Counts, medians: pd.Series[float]) -> pd.DataFrame:
    """Each pair of groups: the difference of their medians, and whether the one tends to take more."""
    tested = dunn(customers)
    names = medians.index.to_numpy()
    first = names[tested.first]
    second = names[tested.second]
    figures = medians.to_numpy(float)
    table = {
        "measure": measure.name,
        "unit": measure.unit,
        "first": first,
        "second": second,
        "difference": figures[tested.first] - figures[tested.second],
        "higher": np.where(tested.difference > 0, first, second),
        "p_value": tested.p,
        "q_value": tested.q,
    }
    return pd.DataFrame(table)


def difference(compared: TimesCompared, table: pd.DataFrame, question: Question) -> Finding:
    """The clearest difference: by the test of all groups and that of the pair, where medians and ranks agree."""
    n = f"{count(table.groupby('measure')['n'].sum().max())} journeys"
    pairs = _clear(compared)
    if pairs.empty:
        return Finding(
            not_clear("what journeys take", question.by, compared.tests),
            more=question.aside,
            n=n,
        )
    pair = pairs.iloc[0]
    both = [pair["first"], pair["second"]]
    if pair["higher"] == pair["second"]:
        both.reverse()
    is_measure = table["measure"] == pair["measure"]
    rows = table[is_measure].set_index("segment")
    items = []
    for name in both:
        row = rows.loc[name]
        items.append(
            Item(
                name,
                in_words(row["median"], row["unit"]),
                interval_in_words(row),
            )
        )
    by_ranks = f"Medians; clearly, by ranks of customers, {p_in_words(pair['p_value'])}"
    return Finding(
        f"More {pair['measure']} for some than for others",
        items=items,
        more=(by_ranks, *question.aside),
        n=n,
    )


def _clear(compared: TimesCompared) -> pd.DataFrame:
    """Pairs that clearly differ, the clearest first."""
    tests, pairs = compared
    clear_measures = tests.loc[tests["q_value"] < CLEAR, "measure"]
    by_medians = np.where(pairs["difference"] > 0, pairs["first"], pairs["second"])
    is_clear = pairs["measure"].isin(clear_measures) & (pairs["q_value"] < CLEAR)
    is_clear &= pairs["difference"].fillna(0) != 0
    is_clear &= pairs["higher"] == by_medians
    return pairs[is_clear].sort_values("p_value", kind="stable")
