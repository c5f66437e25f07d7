"""How figures of cells and items become rows of the scorecard, and how each stands against its standard.

The figures themselves are made in :mod:`cxlens.stages.baseline.score`; which answers belong to which row is said in
:mod:`cxlens.stages.baseline.record`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.baseline.score import Figures
from cxlens.stats.inference import benjamini_hochberg
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import SURVEY_METRICS, Standard, Touchpoint

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Layout(NamedTuple):
    """How figures of cells and scored items become rows of the table, which also lists items that were not asked."""

    cells: int
    p: int
    items: int
    blank: Flags

    def spread(self, values: Floats) -> Floats:
        """A figure for every row; NaN where it is to be blank or there is none."""
        full = np.full((self.cells, self.items), np.nan)
        full[:, : self.p] = np.where(self.blank, np.nan, values).reshape(self.cells, self.p)
        return full.ravel()

    def counts(self, n: NDArray[np.int64]) -> pd.Series[int]:
        """A number for every row; missing where it is to be blank."""
        numbers = pd.Series(self.spread(n.astype(float)))
        return numbers.astype("Int64")

    def spread_words(self, words: NDArray[Any]) -> NDArray[Any]:
        """The note of every row."""
        full = np.full((self.cells, self.items), "not in the survey", object)
        full[:, : self.p] = words.reshape(self.cells, self.p)
        return full.ravel()

    def columns(self, name: str, figure: Figures) -> pd.DataFrame:
        """A figure and its interval."""
        low, high = ("low", "high") if name == "mean" else (f"{name}_low", f"{name}_high")
        return pd.DataFrame(
            {
                name: self.spread(figure.value),
                low: self.spread(figure.low),
                high: self.spread(figure.high),
            }
        )


def standards_table(
    survey: Survey,
    places: Mapping[str, Touchpoint],
    items: Sequence[str],
    figures: Mapping[str, Figures],
    layout: Layout,
) -> pd.DataFrame:
    """Each figure against the first standard of its touchpoint; only the gap where clusters are too few to tell."""
    chosen = [_score_standard(places.get(name)) for name in items]
    targets = _targets(survey, items, chosen)
    goal = np.array(targets[: layout.p] * layout.cells)  # of the touchpoints that were asked about
    metrics = [standard.metric if standard else None for standard in chosen]
    table = pd.DataFrame(
        {
            "metric": np.array(metrics * layout.cells, object),
            "standard": np.array(targets * layout.cells),
            "gap": np.nan,
            "p_met": np.nan,
            "p_value": np.nan,
        }
    )
    for name in SURVEY_METRICS:
        held = table["metric"] == name
        table.loc[held, ["gap", "p_met", "p_value"]] = _against(figures[name], goal, layout)[held]
    table["gap"] -= table["standard"]
    return table.assign(q_value=benjamini_hochberg(table["p_value"]))


def _against(figure: Figures, goal: Floats, layout: Layout) -> Floats:
    """(rows, 3) a figure, the probability that it reaches its goal, and the p-value of being at it."""
    p_met = 1 - figure.below(goal)
    p_met = np.where(figure.too_few, np.nan, p_met)
    p_value = 2 * np.minimum(p_met, 1 - p_met)
    return np.column_stack([layout.spread(values) for values in (figure.value, p_met, p_value)])


def _targets(survey: Survey, items: Sequence[str], chosen: Sequence[Standard | None]) -> list[float]:
    """What the standard of each item asks for; NaN without."""
    pairs = zip(items, chosen, strict=True)
    return [_target(survey, name, standard) if standard else np.nan for name, standard in pairs]


def _target(survey: Survey, name: str, standard: Standard) -> float:
    """What a standard asks for, on the scale that scores are read on."""
    if standard.metric == "mean":
        return survey.as_read(name, standard.target)
    return standard.target


def _score_standard(place: Touchpoint | None) -> Standard | None:
    """The first standard of a touchpoint that a survey can measure."""
    standards = place.standards if place else ()
    return next(
        (standard for standard in standards if standard.metric in SURVEY_METRICS),
        None,
    )
