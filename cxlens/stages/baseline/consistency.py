"""Consistency: is the same thing rated alike in several channels?

The verb :func:`consistency`. The figures come from :mod:`cxlens.stats.agreement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent
from cxlens.engine.tallies import SCORED
from cxlens.errors import OptionError, check_known
from cxlens.stages.baseline.comparison import CLEAR
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.baseline.score import counted
from cxlens.stats.agreement import dunn, icc, kruskal_wallis
from cxlens.stats.inference import benjamini_hochberg
from cxlens.study.asked import asked, lowest_is_best
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Line = dict[str, Any]  # a row of a table, by column
GROUPS = ["group", "touchpoints", "n", "icc", "low", "high", "note"]
SAMPLES = ["touchpoint", "n", "channels", "h", "df", "p_value", "q_value", "epsilon2", "lowest", "highest", "note"]
PAIRS = ["touchpoint", "channel", "other", "z", "p_value"]


def consistency(record: Scorecard, groups: Mapping[str, Sequence[str]] | None = None) -> View:
    """Compare channels: by what the same people say of each, or by separate samples.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.consistency`.
    """

    def again(answers: Survey | Scorecard) -> View:
        return consistency(rescore(record, answers), groups)

    if groups:
        table, means = _same_people(record, groups)
        parts = {"means": means}
        finding = _finding_of_groups(table, record.min_n)
        note = (
            f"ICC(2,1), intervals {percent(record.level)}: 1 where people rate channels alike and differ from each "
            "other. It is low, too, where all people think alike. Unweighted."
        )
    elif record.survey.channel is None:
        raise OptionError(
            "consistency: no column of the survey tells the channel of an answer (the map tells none). "
            "Name it in Survey(..., channel='column'), or give groups={'errand': ['touchpoint', 'touchpoint']} that "
            "the same people rated."
        )
    else:
        samples = _samples(record)
        table = _separate_samples(record, samples)
        parts = {"means": _means(samples), "pairs": _pairs(samples)}
        finding = _finding_of_samples(table, record.survey.scale)
        channel = record.survey.named(str(record.survey.channel))
        note = (
            f"Kruskal-Wallis over {channel}, unweighted; each channel has customers of its own, who may "
            "differ. epsilon2: 0 alike, 1 as apart as can be."
        )
    return View("baseline/consistency", table, finding, note, record, parts, again=again)


def _same_people(record: Scorecard, groups: Mapping[str, Sequence[str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Intraclass correlation over those who rated every touchpoint of a group, and the means among them."""
    survey = record.survey
    scores = asked(survey.rows().scores, survey.scale)
    lines, means = [], []
    for group, names in groups.items():
        _check_group(group, names, survey.touchpoints)
        rated = scores[:, [survey.touchpoints.index(name) for name in names]]
        rated = rated[~np.isnan(rated).any(axis=1)]
        line: Line = {"group": group, "touchpoints": ", ".join(names)}
        if len(rated) < record.min_n:
            lines.append(line | {"n": pd.NA, "note": f"fewer than {record.min_n} rated all"})
            continue
        agreement = icc(rated, record.level)
        figures = {"icc": agreement.icc2, "low": agreement.low, "high": agreement.high}
        lines.append(line | {"n": len(rated), **figures, "note": ""})
        for name, mean in zip(names, rated.mean(axis=0), strict=True):
            means.append((group, name, len(rated), mean))
    table = pd.DataFrame(lines, columns=GROUPS)
    table = table.astype({"n": "Int64", "icc": float, "low": float, "high": float})
    return table, pd.DataFrame(means, columns=["group", "touchpoint", "n", "mean"])


def _check_group(group: str, names: Sequence[str], touchpoints: Sequence[str]) -> None:
    """Refuse a group that is no list of several touchpoints."""
    if isinstance(names, str) or len(set(names)) < 2:
        raise OptionError(f"group {group!r} needs two touchpoints or more to compare. Name them in a list.")
    check_known(f"group {group!r}: touchpoint", names, touchpoints, "Touchpoints")


def _finding_of_groups(table: pd.DataFrame, min_n: int) -> Finding:
    """The group whose touchpoints are rated least alike."""
    known = table.dropna(subset="icc")
    if known.empty:
        return Finding(f"No group was rated as a whole by {min_n} people or more")
    row = known.sort_values("icc", kind="stable").iloc[0]
    least = Item(
        name=row["group"],
        figure=f"ICC {number(row['icc'])}",
        interval=interval(row["low"], row["high"]),
        certainty=f"over {row['touchpoints']}",
    )
    return Finding("Least alike", items=[least], n=f"{count(row['n'])} who rated all")


class _Samples(NamedTuple):
    """Scores counted by touchpoint (p), channel (c) and value (v); ``few`` (p, c) channels take no part."""

    touchpoints: tuple[str, ...]
    channels: list[str]
    values: Floats
    counts: Floats
    few: Flags

    @property
    def sizes(self) -> Floats:
        """(p, c) scores."""
        sizes: Floats = self.counts.sum(axis=-1)
        return sizes

    @property
    def means(self) -> Floats:
        """(p, c) means; NaN for channels that take no part."""
        sizes = np.where(self.sizes > 0, self.sizes, 1)
        return np.where(self.few, np.nan, self.counts @ self.values / sizes)


def _samples(record: Scorecard) -> _Samples:
    """The scores of each touchpoint by channel."""
    survey = record.survey
    p = len(survey.touchpoints)
    tally = counted(survey, [str(survey.channel)])
    channels = tally.cells.iloc[:, 0].tolist()
    scored = tally.table[(tally.table["state"] == SCORED) & (tally.table["item"] < p)]
    values, place = np.unique(scored["value"].to_numpy(), return_inverse=True)
    counts = np.zeros((p, len(channels), len(values)))
    at = (scored["item"].to_numpy(), scored["cell"].to_numpy(), place)
    np.add.at(counts, at, scored["n"].to_numpy())
    few = _few(survey, channels, counts.sum(axis=-1), record.min_n)
    counts[few] = 0  # a channel of few answers takes no part, nor one that would give it away
    return _Samples(survey.touchpoints, channels, asked(values, survey.scale), counts, few)


def _few(survey: Survey, channels: list[str], sizes: Floats, least: int) -> Flags:
    """Which channels of each touchpoint (p, channels) to leave out; those without answers, too."""
    cells = pd.DataFrame({survey.channel: channels})
    n = sizes.astype(np.int64)
    hidden = survey.hidden(cells, n.T, range(len(n)), least)
    return np.asarray(hidden.T | (n == 0))


def _separate_samples(record: Scorecard, samples: _Samples) -> pd.DataFrame:
    """Kruskal-Wallis of each touchpoint over the channels, the widest difference on top."""
    test = kruskal_wallis(samples.counts)
    means, sizes = samples.means, samples.sizes
    lines = []
    for place, name in enumerate(samples.touchpoints):
        n_channels = int((~samples.few[place]).sum())
        line: Line = {"touchpoint": name, "n": int(sizes[place].sum()), "channels": n_channels}
        if n_channels < 2:
            line["note"] = f"fewer than two channels of {record.min_n} answers"
        else:
            line |= {
                "h": test.h[place],
                "df": test.df[place],
                "p_value": test.p[place],
                "epsilon2": test.epsilon2[place],
                "lowest": samples.channels[np.nanargmin(means[place])],
                "highest": samples.channels[np.nanargmax(means[place])],
                "note": "",
            }
        lines.append(line)
    table = pd.DataFrame(lines, columns=SAMPLES)
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy(float))
    return table.sort_values("epsilon2", ascending=False, kind="stable", ignore_index=True)


def _compared(samples: _Samples) -> list[int]:
    """The places of touchpoints with two channels or more."""
    return np.flatnonzero((~samples.few).sum(axis=1) >= 2).tolist()


def _means(samples: _Samples) -> pd.DataFrame:
    """The mean of each touchpoint in each channel."""
    means, sizes = samples.means, samples.sizes
    lines = []
    for place in _compared(samples):
        for channel in np.flatnonzero(~samples.few[place]):
            name = samples.touchpoints[place]
            lines.append((name, samples.channels[channel], int(sizes[place, channel]), means[place, channel]))
    return pd.DataFrame(lines, columns=["touchpoint", "channel", "n", "mean"])


def _pairs(samples: _Samples) -> pd.DataFrame:
    """Which channels of a touchpoint differ (Dunn)."""
    lines = []
    for place in _compared(samples):
        tests = dunn(samples.counts[place])
        for first, second, z, p_value in zip(tests.first, tests.second, tests.z, tests.p, strict=True):
            if not samples.few[place, [first, second]].any():
                names = (samples.channels[first], samples.channels[second])
                lines.append((samples.touchpoints[place], *names, z, p_value))
    pairs = pd.DataFrame(lines, columns=PAIRS)
    return pairs.assign(q_value=benjamini_hochberg(pairs["p_value"].to_numpy(float)))


def _finding_of_samples(table: pd.DataFrame, scale: Scale | None) -> Finding:
    """How many touchpoints differ by channel, and which of them most."""
    if table["q_value"].isna().all():
        return Finding("No touchpoint has two channels with enough answers to compare")
    clear = table[table["q_value"] < CLEAR]
    if clear.empty:
        n = count(table["n"].max())
        return Finding("No touchpoint is rated differently by channel, as far as can be told", n=n)
    row = clear.iloc[0]
    verb = "differs" if len(clear) == 1 else "differ"
    ends = f"lowest in {row['lowest']}, highest in {row['highest']}"
    if lowest_is_best(scale):
        ends = f"worst in {row['highest']}, best in {row['lowest']}"
    most = Item(
        name=row["touchpoint"],
        figure=ends,
        certainty=f"epsilon squared {number(row['epsilon2'])}",
    )
    lead = f"{len(clear)} of {len(table)} touchpoints {verb} by channel, most of all"
    return Finding(lead, items=[most], n=count(row["n"]))
