"""Places compared: the record that the verb and its sides read.

How a metric's answers are read by place belongs to :mod:`cxlens.stages.baseline.place_scores`; words belong to
:mod:`cxlens.stages.baseline.places`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.errors import ValuesError
from cxlens.stages.baseline.place_scores import PlaceScores, of_wave, read_places
from cxlens.stats.funnel import usual_spread
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import normal_quantile
from cxlens.stats.random_intercepts import Spread, differ_p, draw, ranks, shrink, spread_between
from cxlens.study.asked import as_asked
from cxlens.study.metrics import MIN_N, Metric, find_metric, metrics_asked
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
FEWEST = 5  # places; of fewer, how far they differ cannot be told
DRAWS = 2_000
SEED = 20_261  # of the draws of ranks: the same answers have the same ranks
ABOVE, BELOW, NOT_CLEAR, HIDDEN = "above", "below", "not clear", "hidden"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What was compared, and what was found: see :class:`cxlens.stages.baseline.places.Places`.

    ``scores``: the figures of each metric by place, before luck was taken off; ``names`` of the places.
    """

    table: pd.DataFrame
    shares: pd.DataFrame
    survey: Survey
    by: str
    metrics: tuple[str, ...]
    adjust: tuple[str, ...]
    wave: Any
    level: float
    names: list[str]
    scores: list[PlaceScores]

    @property
    def measured(self) -> Metric:
        """The first metric, with its unit and words."""
        return find_metric(self.survey, self.metrics[0])

    def again(self, survey: Survey) -> Compared:
        """The same of other answers."""
        metrics = metrics_asked(survey, list(self.metrics))
        return compare(
            survey,
            self.by,
            metrics,
            self.adjust,
            None,
            self.level,
        )


def compare(
    survey: Survey, by: str, metrics: Sequence[Metric], adjust: tuple[str, ...], wave: Any, level: float
) -> Compared:
    """Compare places by each metric."""
    answers = survey if wave is None else of_wave(survey, wave)
    names, scores = read_places(
        survey,
        by,
        metrics,
        adjust,
        wave,
    )
    check_enough(by, names, [one.metric.shown for one in scores], [int(one.shown.sum()) for one in scores])
    tables = []
    shares = []
    for one in scores:
        spread = spread_between(one.groups, level)
        tables.append(_table(names, one, spread, level))
        shares.append(_share(one, spread))
    table = pd.concat(tables, ignore_index=True)
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy(float))
    share_table = pd.DataFrame(shares)
    share_table["q_value"] = benjamini_hochberg(share_table["p_value"].to_numpy(float))
    table["position"] = _positions(table, share_table, level)
    metric_names = tuple(one.name for one in metrics)
    shown = _as_asked(survey, table)
    return Compared(
        shown,
        share_table,
        answers,
        by,
        metric_names,
        adjust,
        wave,
        level,
        names,
        scores,
    )


def check_enough(by: str, names: Sequence[str], metrics: Sequence[str], told: Sequence[int]) -> None:
    """Refuse so few places that how far they differ cannot be told."""
    for metric, places in zip(metrics, told, strict=True):
        if places < FEWEST:
            are = "is" if places == 1 else "are"
            raise ValuesError(
                f"compare_places needs {FEWEST} places or more with {MIN_N} answers each about {metric!r}; there {are} "
                f"{places} of {len(names)} in {by!r}. Compare so few with cx.baseline(survey, by={by!r})."
            )


def _table(names: list[str], scores: PlaceScores, spread: Spread, level: float) -> pd.DataFrame:
    """One row a place, the best on top; places that may not be told are blank, below all others."""
    groups = scores.groups
    shrunk = shrink(groups, spread, level)
    drawn = draw(groups, DRAWS, np.random.default_rng(SEED))
    standing = ranks(drawn, level)
    shown = scores.shown
    ends = scores.metric.ends
    everyone = np.array(names, object)
    name = scores.metric.name
    table = pd.DataFrame(
        {
            "metric": name,
            "place": everyone[shown],
            "n": scores.n[shown],
            "raw": scores.raw[shown],
            "value": shrunk.value,
            "low": np.clip(shrunk.low, *ends),
            "high": np.clip(shrunk.high, *ends),
            "rank": standing.middle,
            "rank_low": standing.low,
            "rank_high": standing.high,
            "p_lowest_quarter": standing.in_lowest_quarter,
            "alike": _alike(shrunk.value, drawn.std(axis=0), level),
            "p_value": _off_the_mean(scores),
        }
    )
    table = table.sort_values(["value", "place"], ascending=[False, True], kind="stable")
    blank = pd.DataFrame({"metric": name, "place": everyone[~shown]})
    return pd.concat([table, blank], ignore_index=True).astype({"n": "Int64"})


def _off_the_mean(scores: PlaceScores) -> Floats:
    """(told,) how often so many answers drawn from all lie as far off the mean of all."""
    shown = scores.shown
    found = []
    for mean, worth in zip(scores.mean[shown], scores.worth[shown], strict=True):
        found.append(scores.all_scores.extreme(mean, max(round(worth), 1)))
    return np.array(found)


def _alike(value: Floats, error: Floats, level: float) -> NDArray[np.int64]:
    """(k,) how many others each cannot be told apart from."""
    apart = np.abs(value[:, None] - value)
    half = normal_quantile(level) * np.hypot(error[:, None], error)
    others = (apart <= half).sum(axis=1) - 1
    return np.asarray(others, np.int64)


def _share(scores: PlaceScores, spread: Spread) -> dict[str, Any]:
    """How much of the differences between answers is between places."""
    within = scores.within
    share, low, high = (part / (part + within) if part + within > 0 else 0.0 for part in spread[:3])
    groups = scores.groups
    answers = scores.worth[scores.shown]
    tails = scores.all_scores.kurtosis * (1 / answers).sum()
    return {
        "metric": scores.metric.name,
        "share": share,
        "low": low,
        "high": high,
        "between": spread.between,
        "within": within,
        "usual": usual_spread(groups.mean, groups.variance, scores.centre),
        "p_value": differ_p(groups, tails),
        "mean": scores.centre,
        "places": len(groups.mean),
    }


def _positions(table: pd.DataFrame, shares: pd.DataFrame, level: float) -> pd.Series[Any]:
    """On which side of the mean of all each place clearly lies."""
    mean = table["metric"].map(shares.set_index("metric")["mean"])
    is_clear = table["q_value"] < 1 - level
    above = is_clear & (table["low"] > mean)
    below = is_clear & (table["high"] < mean)
    position = np.select([above, below, table["value"].notna()], [ABOVE, BELOW, NOT_CLEAR], HIDDEN)
    return pd.Series(position, table.index, dtype=object)


def _as_asked(survey: Survey, table: pd.DataFrame) -> pd.DataFrame:
    """Values as the questions were asked, where the lowest score is the best."""
    turned = []
    for name, rows in table.groupby("metric", sort=False):
        scale = find_metric(survey, str(name)).scale
        turned.append(as_asked(rows, scale, ("value", "low", "high"), ("raw",)))
    return pd.concat(turned)
