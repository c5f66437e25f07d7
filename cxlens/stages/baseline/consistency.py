"""Consistency: is the same thing rated alike in several channels?

The verb :func:`consistency`. The figures come from :mod:`cxlens.stats.agreement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent
from cxlens.engine.tallies import SCORED
from cxlens.errors import OptionError, check_known
from cxlens.stages.baseline.comparison import CLEAR
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.baseline.score import counted
from cxlens.stats.agreement import dunn, icc, kruskal_wallis
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.suppression import NOBODY, hidden_cells


def consistency(record: Scorecard, groups: Mapping[str, Sequence[str]] | None = None) -> View:
    """Compare channels: by what the same people say of each, or by separate samples.

    Parameters
    ----------
    baseline
        From :func:`cxlens.baseline`.
    groups
        ``{"Opening an account": ["branch", "web"]}``: touchpoints that are one thing in several channels, rated by the
        same respondents. Without it the survey's ``channel`` column tells who answered about which channel.

    Returns
    -------
    View
        With ``groups``, ``table`` has one row a group: ``group``, ``touchpoints``, ``n`` (respondents who rated all),
        ``icc`` with ``low`` and ``high``, ``note``; ``parts["means"]``: the mean of each touchpoint among them.
        Without, one row a touchpoint: ``touchpoint``, ``n``, ``channels``, ``h``, ``df``, ``p_value``, ``q_value``,
        ``epsilon2`` (0: alike, 1: as apart as can be), ``lowest`` and ``highest`` (channel), ``note``;
        ``parts["means"]``: by channel; ``parts["pairs"]``: which channels differ.

    Raises
    ------
    OptionError
        When there is neither a group nor a channel column, or a group has fewer than two touchpoints.

    Notes
    -----
    ICC(2,1): two-way random effects, absolute agreement, a single rating (Shrout and Fleiss 1979), interval of McGraw
    and Wong (1996). Separate samples: Kruskal and Wallis (1952) with epsilon squared, Benjamini and Hochberg over
    touchpoints; pairs after Dunn (1964). Both take answers as they are: without weights, without clusters.

    Examples
    --------
    >>> import cxlens as cx
    >>> view = cx.baseline(cx.datasets.load_airport().survey()).consistency({"Bags": ["Bag drop", "Baggage claim"]})
    >>> view.table.columns[:4].tolist()
    ['group', 'touchpoints', 'n', 'icc']
    """
    if groups:
        return _same_people(record, groups)
    if record.survey.channel is None:
        raise OptionError(
            "consistency: no column of the survey tells the channel of an answer (the map tells none). "
            "Name it in Survey(..., channel='column'), or give groups={'errand': ['touchpoint', 'touchpoint']} that "
            "the same people rated."
        )
    return _separate_samples(record)


def _same_people(record: Scorecard, groups: Mapping[str, Sequence[str]]) -> View:
    """Intraclass correlation over those who rated every touchpoint of a group."""
    survey, rows, means = record.survey, [], []
    scores = survey.rows().scores
    for group, names in groups.items():
        if isinstance(names, str) or len(set(names)) < 2:
            raise OptionError(f"group {group!r} needs two touchpoints or more to compare. Name them in a list.")
        check_known(f"group {group!r}: touchpoint", names, survey.touchpoints, "Touchpoints")
        own = scores[:, [survey.touchpoints.index(name) for name in names]]
        own = own[~np.isnan(own).any(axis=1)]
        line: dict[str, Any] = {"group": group, "touchpoints": ", ".join(names), "n": len(own)}
        if len(own) < record.min_n:
            rows.append(line | {"n": pd.NA, "note": f"fewer than {record.min_n} rated all"})
            continue
        found = icc(own, record.level)
        rows.append(line | {"icc": found.icc2, "low": found.low, "high": found.high, "note": ""})
        means += [(group, name, len(own), mean) for name, mean in zip(names, own.mean(axis=0), strict=True)]
    columns = ["group", "touchpoints", "n", "icc", "low", "high", "note"]
    table = pd.DataFrame(rows, columns=columns).astype({"n": "Int64", "icc": float, "low": float, "high": float})
    parts = {"means": pd.DataFrame(means, columns=["group", "touchpoint", "n", "mean"])}
    shown = table.dropna(subset="icc")
    if shown.empty:
        sentence = f"No group was rated as a whole by {record.min_n} people or more."
    else:
        row = shown.sort_values("icc", kind="stable").iloc[0]
        sentence = (
            f"Least alike: {row['group']}, ICC {number(row['icc'])} {interval(row['low'], row['high'])} over "
            f"{row['touchpoints']}, n = {count(row['n'])} who rated all."
        )
    note = (
        f"ICC(2,1), intervals {percent(record.level)}: 1 where people rate channels alike and differ from each "
        "other. It is low, too, where all people think alike. Unweighted."
    )
    return View("baseline/consistency", table, in_one(sentence), note, record, parts, {"groups": groups})


def _separate_samples(record: Scorecard) -> View:
    """Kruskal-Wallis of each touchpoint over the channels."""
    survey, p = record.survey, len(record.survey.touchpoints)
    found = counted(survey, [str(survey.channel)])
    channels = found.cells.iloc[:, 0].tolist()
    scored = found.table[(found.table["state"] == SCORED) & (found.table["item"] < p)]
    values, level = np.unique(scored["value"].to_numpy(), return_inverse=True)
    counts = np.zeros((p, len(channels), len(values)))
    np.add.at(counts, (scored["item"].to_numpy(), scored["cell"].to_numpy(), level), scored["n"].to_numpy())
    few = _few(counts.sum(axis=-1), record.min_n)
    counts[few] = 0  # a channel of few answers takes no part, nor one that would give it away
    test, sizes = kruskal_wallis(counts), counts.sum(axis=-1)
    means = np.where(few, np.nan, counts @ values / np.where(sizes > 0, sizes, 1))
    rows, each, pairs = [], [], []
    for j, name in enumerate(survey.touchpoints):
        there = np.flatnonzero(~few[j])
        line: dict[str, Any] = {"touchpoint": name, "n": int(sizes[j].sum()), "channels": len(there)}
        if len(there) < 2:
            rows.append(line | {"note": f"fewer than two channels of {record.min_n} answers"})
            continue
        line |= {"h": test.h[j], "df": test.df[j], "p_value": test.p[j], "epsilon2": test.epsilon2[j], "note": ""}
        rows.append(line | {"lowest": channels[np.nanargmin(means[j])], "highest": channels[np.nanargmax(means[j])]})
        each += [(name, channels[c], int(sizes[j, c]), means[j, c]) for c in there]
        two = dunn(counts[j])
        tested = zip(two.first, two.second, two.z, two.p, strict=True)
        pairs += [
            (name, channels[a], channels[b], z, p_value) for a, b, z, p_value in tested if not few[j, [a, b]].any()
        ]
    columns = ["touchpoint", "n", "channels", "h", "df", "p_value", "q_value", "epsilon2", "lowest", "highest", "note"]
    table = pd.DataFrame(rows, columns=columns)
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy(float))
    table = table.sort_values("epsilon2", ascending=False, kind="stable", ignore_index=True)
    apart = pd.DataFrame(pairs, columns=["touchpoint", "channel", "other", "z", "p_value"])
    apart["q_value"] = benjamini_hochberg(apart["p_value"].to_numpy(float))
    parts = {"means": pd.DataFrame(each, columns=["touchpoint", "channel", "n", "mean"]), "pairs": apart}
    note = (
        f"Kruskal-Wallis over {survey.channel}, unweighted; each channel has customers of its own, who may differ. "
        "epsilon2: 0 alike, 1 as apart as can be."
    )
    return View("baseline/consistency", table, in_one(_separate_sentence(table)), note, record, parts, {"groups": None})


def _few(sizes: NDArray[np.float64], least: int) -> NDArray[np.bool_]:
    """Which channels of each touchpoint (p, channels) to leave out; one without answers is no secret."""
    known = np.where(sizes > 0, sizes, NOBODY).astype(np.int64)
    hidden = [hidden_cells(own[:, None], least)[:, 0] for own in known]
    return np.asarray(np.stack(hidden) | (sizes == 0))


def _separate_sentence(table: pd.DataFrame) -> str:
    clear = table[table["q_value"] < CLEAR]
    if clear.empty:
        return f"No touchpoint is rated differently by channel, as far as can be told. n = {count(table['n'].max())}."
    row, verb = clear.iloc[0], "differs" if len(clear) == 1 else "differ"
    return (
        f"{len(clear)} of {len(table)} touchpoints {verb} by channel, most of all {row['touchpoint']}: lowest in "
        f"{row['lowest']}, highest in {row['highest']} (epsilon squared {number(row['epsilon2'])}), "
        f"n = {count(row['n'])}."
    )
