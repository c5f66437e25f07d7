"""Consistency: is the same thing rated alike in several channels?

The verb :func:`consistency`. The figures come from :mod:`cxlens.stats.agreement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import CLEAR, TOO_FEW, count, interval, number, percent, plural
from cxlens.engine.tallies import SCORED
from cxlens.errors import OptionError, check_known
from cxlens.stages.baseline.cells import units_of_answers
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.baseline.score import Answers, answers, counted, means
from cxlens.stats.agreement import Icc, dunn, icc, kruskal_wallis, welch
from cxlens.stats.inference import benjamini_hochberg
from cxlens.study.asked import asked, lowest_is_best
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Line = dict[str, Any]  # a row of a table, by column
GROUPS = ["group", "touchpoints", "n", "icc", "low", "high", "note"]
TYPES: dict[str, Any] = {"n": "Int64", "icc": float, "low": float, "high": float}
ALL_ALIKE = "all answers alike: nothing to compare"
ONE_ALIKE = "a channel whose answers are all alike has no error: not tested with weights or clusters"
SAMPLES = ["touchpoint", "n", "channels", "h", "df", "p_value", "q_value", "epsilon2", "lowest", "highest", "note"]
MEANS = ["touchpoint", "channel", "n", "mean", "low", "high", "rank"]
PAIRS = ["touchpoint", "channel", "other", "z", "p_value"]


def consistency(record: Scorecard, groups: Mapping[str, Sequence[str]] | None = None) -> View:
    """Compare channels: by what the same people say of each, or by separate samples.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.consistency`.
    """

    def again(others: Survey | Scorecard) -> View:
        return consistency(rescore(record, others), groups)

    if groups:
        table, of_groups = _same_people(record, groups)
        parts = {"means": of_groups}
        finding = _finding_of_groups(table, record.min_n)
        note = (
            f"ICC(A,1) of these channels, intervals {percent(record.level)}: 1 where people rate channels alike and "
            "differ from each other. It is low, too, where all people think alike."
        )
    elif record.survey.channel is None:
        raise OptionError(
            "consistency: no column of the survey tells the channel of an answer (the map tells none). "
            "Name it in Survey(..., channel='column'), or give groups={'errand': ['touchpoint', 'touchpoint']} that "
            "the same people rated."
        )
    else:
        samples = _samples(record)
        figures = _Figures.of(record, samples)
        table = _separate_samples(record, samples, figures)
        parts = {"means": _means(samples, figures), "pairs": _pairs(samples, figures)}
        finding = _finding_of_samples(table, parts["means"], record.survey.scale)
        channel = record.survey.named(str(record.survey.channel))
        test = "Welch's test of weighted mean ranks" if samples.is_weighted else "Kruskal-Wallis"
        note = (
            f"{test} over {channel}{samples.clusters}; each channel has customers of its own, who may differ. Lowest "
            "and highest by the mean rank that is tested. epsilon2: 0 alike, 1 as apart as can be. Intervals of means: "
            f"{percent(record.level)}."
        )
    return View("baseline/consistency", table, finding, note, record, parts, again=again)


def _same_people(record: Scorecard, groups: Mapping[str, Sequence[str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Intraclass correlation over those who rated every touchpoint of a group, and the means among them."""
    survey = record.survey
    rows = survey.rows()
    scores = asked(rows.scores, survey.scale)
    all_units = units_of_answers(survey)
    lines = []
    by_touchpoint = []
    for group, names in groups.items():
        _check_group(group, names, survey.touchpoints)
        rated = scores[:, [survey.touchpoints.index(name) for name in names]]
        whole = ~np.isnan(rated).any(axis=1) & (rows.weights > 0)
        rated, weights = rated[whole], rows.weights[whole]
        line: Line = {"group": group, "touchpoints": ", ".join(names)}
        if len(rated) < record.min_n:
            lines.append(line | {"note": f"fewer than {record.min_n} rated all"})
            continue
        agreement = icc(rated, record.level, weights, all_units[whole])
        lines.append(line | _of_agreement(agreement, rated))
        for name, mean in zip(names, np.average(rated, axis=0, weights=weights), strict=True):
            by_touchpoint.append((group, name, len(rated), mean))
    table = pd.DataFrame(lines, columns=GROUPS).astype(TYPES)
    return table, pd.DataFrame(by_touchpoint, columns=["group", "touchpoint", "n", "mean"])


def _of_agreement(agreement: Icc, rated: Floats) -> Line:
    """The figures of a group that people rated."""
    is_alike = np.ptp(rated) == 0
    return {
        "n": agreement.n,
        "icc": agreement.icc2,
        "low": agreement.low,
        "high": agreement.high,
        "note": ALL_ALIKE if is_alike else "",
    }


def _check_group(group: str, names: Sequence[str], touchpoints: Sequence[str]) -> None:
    """Refuse a group that is no list of several touchpoints."""
    if isinstance(names, str) or len(set(names)) < 2:
        raise OptionError(f"group {group!r} needs two touchpoints or more to compare. Name them in a list.")
    check_known(f"group {group!r}: touchpoint", names, touchpoints, "Touchpoints")


def _finding_of_groups(table: pd.DataFrame, min_n: int) -> Finding:
    """The group whose touchpoints are rated least alike."""
    known = table.dropna(subset="icc")
    if known.empty and table["n"].isna().all():
        return Finding(f"No group was rated as a whole by {min_n} people or more")
    if known.empty:
        return Finding("Answers of no group differ: how far people agree cannot be told", n=count(table["n"].max()))
    known = known.sort_values("icc", kind="stable")
    row = known.iloc[0]
    least = Item(
        name=row["group"],
        figure=f"ICC {number(row['icc'])}",
        interval=interval(row["low"], row["high"]),
        certainty=f"over {row['touchpoints']}",
    )
    return Finding(_least_alike(known), items=[least], n=f"{count(row['n'])} who rated all")


def _least_alike(known: pd.DataFrame) -> str:
    """Whether the first of the groups is clearly the least alike: its interval lies below those of all others."""
    if len(known) == 1:
        return "How alike"
    is_clear = known["high"].iloc[0] < known["low"].iloc[1:].min()
    return "Least alike" if is_clear else "No group is clearly the least alike; lowest"


class _Samples(NamedTuple):
    """Scores counted by touchpoint (p), channel (c) and value (v); ``few`` (p, c) channels take no part.

    ``rows`` are the same scores with their weights and clusters, numbered by touchpoint and channel (p x c), and
    ``places`` (rows,) says which value each has.
    """

    touchpoints: tuple[str, ...]
    channels: list[str]
    values: Floats
    counts: Floats
    few: Flags
    rows: Answers
    places: NDArray[np.intp]

    @property
    def sizes(self) -> Floats:
        """(p, c) scores."""
        sizes: Floats = self.counts.sum(axis=-1)
        return sizes

    @property
    def is_weighted(self) -> bool:
        """Whether answers weigh differently, or come in clusters."""
        return self.rows.unit is not None or not np.allclose(self.rows.w, self.rows.n)

    @property
    def clusters(self) -> str:
        """``, by cluster``: what stands beside the name of the test."""
        return "" if self.rows.unit is None else ", each cluster left out in turn"

    def ranks(self) -> Answers:
        """The rows with their rank among all scores of the touchpoint, from 0 to 1, ties in the middle."""
        p, c, v = self.counts.shape
        item = self.rows.cell // c
        weights = np.bincount(item * v + self.places, self.rows.w, p * v).reshape(p, v)
        up_to = np.cumsum(weights, axis=1)
        middle = (up_to - weights / 2) / np.where(up_to[:, -1:] > 0, up_to[:, -1:], 1)
        return replace(self.rows, x=middle[item, self.places])


class _Figures(NamedTuple):
    """By touchpoint and channel (p, c): the mean with its interval, the mean rank, its error and degrees of freedom.

    Channels that take no part are NaN. ``too_few`` (p,): some channel has too few clusters to tell.
    """

    mean: Floats
    low: Floats
    high: Floats
    rank: Floats
    error: Floats
    df: Floats
    epsilon2: Floats
    too_few: Flags

    @classmethod
    def of(cls, record: Scorecard, samples: _Samples) -> _Figures:
        """The figures of all samples."""
        ranks = samples.ranks()
        of_scores = means(samples.rows, record.survey.scale, record.level)
        of_ranks = means(ranks, None, record.level)
        shape = samples.few.shape
        few = samples.few

        def laid_out(values: Floats) -> Floats:
            return np.where(few, np.nan, values.reshape(shape))

        return cls(
            mean=laid_out(of_scores.value),
            low=laid_out(of_scores.low),
            high=laid_out(of_scores.high),
            rank=laid_out(of_ranks.value),
            error=laid_out(of_ranks.error),
            df=laid_out(of_ranks.df),
            epsilon2=_epsilon2(ranks, of_ranks.value, shape),
            too_few=np.any(of_ranks.too_few.reshape(shape) & ~few, axis=1),
        )


def _epsilon2(ranks: Answers, mean: Floats, shape: tuple[int, ...]) -> Floats:
    """(p,) share of the spread of all ranks that is between channels."""
    away = ranks.x - 0.5  # the middle of all ranks
    between = ranks.total(ranks.w).reshape(shape) * (mean.reshape(shape) - 0.5) ** 2
    spread = ranks.total(ranks.w * away**2).reshape(shape).sum(axis=1)
    return np.asarray(np.nansum(between, axis=1) / np.where(spread > 0, spread, np.nan))


def _samples(record: Scorecard) -> _Samples:
    """The scores of each touchpoint by channel."""
    survey = record.survey
    p = len(survey.touchpoints)
    tally = counted(survey, [str(survey.channel)])
    channels = tally.cells.iloc[:, 0].tolist()
    is_score = (tally.table["state"] == SCORED) & (tally.table["item"] < p)
    scored = tally.table[is_score]
    raw = asked(scored["value"].to_numpy(), survey.scale)
    values, places = np.unique(raw, return_inverse=True)
    counts = np.zeros((p, len(channels), len(values)))
    item = scored["item"].to_numpy()
    channel = scored["cell"].to_numpy()
    np.add.at(counts, (item, channel, places), scored["n"].to_numpy())
    few = _few(survey, channels, counts.sum(axis=-1), record.min_n)
    counts[few] = 0  # a channel of few answers takes no part, nor one that would give it away
    takes_part = ~few[item, channel]
    numbers = np.full(len(tally.table), -1)
    numbers[is_score] = np.where(takes_part, item * len(channels) + channel, -1)
    rows = replace(answers(tally, numbers, few.size), x=raw[takes_part])
    return _Samples(survey.touchpoints, channels, values, counts, few, rows, places[takes_part])


def _few(survey: Survey, channels: list[str], sizes: Floats, least: int) -> Flags:
    """Which channels of each touchpoint (p, channels) to leave out; those without answers, too."""
    cells = pd.DataFrame({survey.channel: channels})
    n = sizes.astype(np.int64)
    hidden = survey.hidden(cells, n.T, range(len(n)), least)
    return np.asarray(hidden.T | (n == 0))


def _separate_samples(record: Scorecard, samples: _Samples, figures: _Figures) -> pd.DataFrame:
    """The test of each touchpoint over the channels, the widest difference on top."""
    plain = kruskal_wallis(samples.counts)
    statistic = plain.h
    p_values = plain.p
    if samples.is_weighted:
        weighted = welch(figures.rank, figures.error, figures.df)
        statistic = weighted.f
        p_values = np.where(figures.too_few, np.nan, weighted.p)
    sizes = samples.sizes.sum(axis=1)
    lines = []
    for place, name in enumerate(samples.touchpoints):
        n_channels = int((~samples.few[place]).sum())
        line: Line = {
            "touchpoint": name,
            "n": int(sizes[place]),
            "channels": n_channels,
            "note": f"fewer than two channels of {record.min_n} answers",
        }
        if n_channels > 1:
            line |= {
                "h": statistic[place],
                "df": n_channels - 1.0,
                "p_value": p_values[place],
                "epsilon2": figures.epsilon2[place],
                **_ends(samples.channels, figures.rank[place]),
                "note": _why_untested(figures.too_few[place], p_values[place]),
            }
        lines.append(line)
    table = pd.DataFrame(lines, columns=SAMPLES)
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy(float))
    return table.sort_values("epsilon2", ascending=False, kind="stable", ignore_index=True)


def _why_untested(too_few: bool, p_value: float) -> str:
    """Why there is no p-value, where there is none."""
    if too_few:
        return TOO_FEW.lower()
    return ONE_ALIKE if np.isnan(p_value) else ""


def _ends(channels: list[str], ranks: Floats) -> dict[str, str]:
    """The channels with the lowest and the highest mean rank."""
    lowest = int(np.nanargmin(ranks))
    highest = int(np.nanargmax(ranks))
    return {
        "lowest": channels[lowest],
        "highest": channels[highest],
    }


def _compared(samples: _Samples) -> list[int]:
    """The places of touchpoints with two channels or more."""
    return np.flatnonzero((~samples.few).sum(axis=1) >= 2).tolist()


def _means(samples: _Samples, figures: _Figures) -> pd.DataFrame:
    """The mean of each touchpoint in each channel, and the mean rank that is tested."""
    sizes = samples.sizes
    lines = []
    for place in _compared(samples):
        for channel in np.flatnonzero(~samples.few[place]):
            at = (place, channel)
            name = samples.touchpoints[place]
            mean = (figures.mean[at], figures.low[at], figures.high[at])
            lines.append((name, samples.channels[channel], int(sizes[at]), *mean, figures.rank[at]))
    return pd.DataFrame(lines, columns=MEANS)


def _pairs(samples: _Samples, figures: _Figures) -> pd.DataFrame:
    """Which channels of a touchpoint differ: Dunn, with weights or clusters Welch's t of the mean ranks."""
    weighted = welch(figures.rank, figures.error, figures.df)
    lines = []
    for place in _compared(samples):
        tests = dunn(samples.counts[place])
        z = tests.z
        p = tests.p
        if samples.is_weighted:
            z = weighted.t[place, tests.first, tests.second]
            p = weighted.pair_p[place, tests.first, tests.second]
            p = np.where(figures.too_few[place], np.nan, p)
        for first, second, its_z, its_p in zip(tests.first, tests.second, z, p, strict=True):
            if not samples.few[place, [first, second]].any():
                names = (samples.channels[first], samples.channels[second])
                lines.append((samples.touchpoints[place], *names, its_z, its_p))
    pairs = pd.DataFrame(lines, columns=PAIRS)
    return pairs.assign(q_value=benjamini_hochberg(pairs["p_value"].to_numpy(float)))


def _finding_of_samples(table: pd.DataFrame, by_channel: pd.DataFrame, scale: Scale | None) -> Finding:
    """How many touchpoints differ by channel, and which of them most."""
    if table["q_value"].isna().all():
        compared = table["channels"] > 1
        why = TOO_FEW if compared.any() else "No touchpoint has two channels with enough answers to compare"
        return Finding(why)
    clear = table[table["q_value"] < CLEAR]
    tested = int(table["q_value"].notna().sum())
    among = plural(tested, "touchpoint" if tested == len(table) else "tested touchpoint")
    if clear.empty:
        n = count(table["n"].max())
        none = "No touchpoint" if tested == len(table) else f"None of {among}"
        return Finding(f"{none} clearly differs by channel", n=n)
    verb = "differs" if len(clear) == 1 else "differ"
    items = [_by_channel(row, by_channel, scale) for _, row in clear.iterrows()]
    lead = f"{len(clear)} of {among} clearly {verb} by channel"
    return Finding(lead, items=items, named=1, n=count(clear["n"].iloc[0]))


def _by_channel(row: pd.Series[Any], by_channel: pd.DataFrame, scale: Scale | None) -> Item:
    """``web (lowest in branch, highest in site; by rank; means ...)``."""
    ends = [row["lowest"], row["highest"]]
    words = ["lowest", "highest"]
    if lowest_is_best(scale):
        ends = ends[::-1]
        words = ["worst", "best"]
    return Item(
        name=row["touchpoint"],
        figure=f"{words[0]} in {ends[0]}, {words[1]} in {ends[1]}",
        certainty=f"by rank; means {_mean_of(row, ends[0], by_channel)} and {_mean_of(row, ends[1], by_channel)}",
    )


def _mean_of(row: pd.Series[Any], channel: str, by_channel: pd.DataFrame) -> str:
    """``3.51 [3.45, 3.57]``."""
    is_it = (by_channel["touchpoint"] == row["touchpoint"]) & (by_channel["channel"] == channel)
    cell = by_channel[is_it].iloc[0]
    return f"{number(cell['mean'])} {interval(cell['low'], cell['high'])}"
