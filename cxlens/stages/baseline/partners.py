"""Touchpoints beside each other: what is lost without one, and which other has the same users and is felt alike.

The plain model of all touchpoints behind the drivers. What is to be done about a redundant touchpoint is said by
:mod:`cxlens.stages.baseline.verdicts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stages.drivers.record import Fit, refit
from cxlens.stages.drivers.score import score_columns, usage_columns
from cxlens.stats.bootstrap import bootstrap_error, percentile_interval
from cxlens.stats.inference import wald_p
from cxlens.stats.regression import sweep_out
from cxlens.stats.shrinkage import shrink
from cxlens.study.touchpoints import Touchpoint

Floats = NDArray[np.float64]
Fact = dict[str, Any]  # the figures of a touchpoint, by column
MATTERS = 0.05  # standard deviations of the outcome that go with one of the score: from here on an effect matters
LOSS = 0.01  # R2 lost below which a touchpoint can be spared: the square of 0.1, Cohen's small effect
OVERLAP = 0.6  # users of both, of the users of either, from which on two touchpoints have the same users
ALIKE = 0.7  # correlation of scores from which on two touchpoints are felt as one
DRAWS = 200  # resamples where the drivers have none
RIDGE = 1e-10  # share of a variance that keeps collinear columns from having no inverse


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Least squares on p touchpoints with usage held, in the answers (draw 0) and d resamples.

    ``cov`` (1 + d, p + 1, p + 1) cross-products with usage swept out, the outcome last; ``total`` (1 + d,) what R2 is
    a share of; ``spread`` (1 + d, p) standard deviation of the scores of users, ``scale`` (1 + d, p) that over the
    one of the outcome; ``jaccard`` and ``correlation`` (p, p, 1 + d). ``seed`` of what the resamples leave open.
    """

    names: tuple[str, ...]
    cov: Floats
    total: Floats
    spread: Floats
    scale: Floats
    jaccard: Floats
    correlation: Floats
    seed: int

    def fit(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Coefficients and the R2 lost without each, (1 + d, k), in the model of these touchpoints alone.

        What a column adds to all others is its squared coefficient over its diagonal entry of the inverse. With the
        ridge, collinear columns lose nothing.
        """
        places = self._places(names)
        gram = self.cov[:, places][:, :, places]
        cross = self.cov[:, places, -1]
        variances = np.einsum("dii->di", gram)
        ridge = np.where(variances > 0, RIDGE * variances, 1.0)
        inverse = np.linalg.inv(gram + ridge[:, :, None] * np.eye(len(places)))
        coef = np.einsum("dij,dj->di", inverse, cross)
        lost = coef**2 / np.einsum("dii->di", inverse) / self.total[:, None]
        return coef, lost

    def figures(self, names: Sequence[str], level: float) -> dict[str, Fact]:
        """Effect of each touchpoint, shrunk, and R2 lost without it, their intervals, and how often it matters.

        Effects are drawn together (:func:`cxlens.stats.shrinkage.shrink`): the share of draws in which one is at least
        what matters is a probability, which one minus a p-value is not.
        """
        names = sorted(names)  # chance shall not go by the order of columns
        coef, lost = self.fit(names)
        raw = coef * self.scale[:, self._places(names)]
        expected, effect = shrink(raw[0], raw[1:], np.random.default_rng(self.seed), scale=1.0)
        columns: dict[str, Floats] = {
            "p_matters": (effect >= MATTERS).mean(axis=0),
            "spread": self.spread[0, self._places(names)],
        }
        for column, estimate, drawn in (("effect", expected, effect), ("r2_lost", lost[0], lost[1:])):
            low, high = percentile_interval(drawn, level)
            columns |= {
                column: estimate,
                f"{column}_low": low,
                f"{column}_high": high,
            }
        figures = {}
        for place, name in enumerate(names):
            figures[name] = {column: float(values[place]) for column, values in columns.items()}
        return figures

    def _places(self, names: Sequence[str]) -> list[int]:
        return [self.names.index(name) for name in names]


def model_of(record: Fit) -> Model:
    """The plain model of all touchpoints behind the drivers, whatever they were grouped or shared out by."""
    record = _with_resamples_and_usage(record)
    design = record.asked.design
    flags = usage_columns(design)
    scores = np.array(list(score_columns(design).values()))
    stack = np.sum(record.products.stacks, axis=0)
    both = stack[np.ix_(flags, flags)]
    users = np.einsum("iid->id", both)
    total = sweep_out(stack, 1)[-1, -1]
    total = np.where(total > 0, total, np.nan)
    variances = _variances_of_users(stack, scores, flags, users)
    spread = np.sqrt(variances).T
    scale = spread / np.sqrt(total / stack[0, 0])[:, None]
    in_model = [*range(design.k), *scores, len(stack) - 1]
    cov = sweep_out(stack[np.ix_(in_model, in_model)], design.k)
    return Model(
        names=tuple(record.survey.touchpoints[place] for place in score_columns(design)),
        cov=np.moveaxis(cov, -1, 0),
        total=total,
        spread=spread,
        scale=scale,
        jaccard=_jaccard(both, users),
        correlation=record.correlations,
        seed=record.seed,
    )


def _jaccard(both: Floats, users: Floats) -> Floats:
    """(p, p, 1 + d) users of both, of the users of either."""
    either = users[:, None] + users[None] - both
    return np.asarray(both / np.where(either > 0, either, np.nan))


def _variances_of_users(
    stack: Floats,
    scores: NDArray[np.int64],
    flags: NDArray[np.int64],
    users: Floats,
) -> Floats:
    """(p, 1 + d) variances of the scores among those who used the touchpoint; 0 where nobody did."""
    known_users = np.where(users > 0, users, np.nan)
    means = stack[scores, flags] / known_users
    variances = np.nan_to_num(stack[scores, scores] / known_users - means**2)
    return np.maximum(variances, 0.0)


def _with_resamples_and_usage(record: Fit) -> Fit:
    """The record itself; asked again where it has no resamples, or leaves out who did not use a touchpoint."""
    options = dict(record.options)
    if record.n_boot and options["missing"] == "indicator":
        return record
    changed = {
        "missing": "indicator",
        "n_boot": record.n_boot or DRAWS,
        "method": "relative weights",
    }
    return refit(replace(record, options=options | changed), record.survey)


class Pair(NamedTuple):
    """Two touchpoints of a stage that serve the same need; overlap and correlation (1 + d,)."""

    first: str
    second: str
    jaccard: Floats
    correlation: Floats


def find_partners(
    facts: dict[str, Fact],
    model: Model,
    known: Mapping[str, Touchpoint],
    level: float,
) -> None:
    """Say which touchpoint of a stage that serves the same need is nearest to each, and which pairs are redundant.

    What is kept of a redundant pair is judged in the model without the other.
    """
    _, losses = model.fit(model.names)
    lost = dict(zip(model.names, losses.T, strict=True))
    paired: set[str] = set()
    for pair in _pairs(model, known):
        _name_partners(facts, pair)
        spared, kept = _spared_and_kept(facts, lost, pair, level)
        holds = (pair.jaccard >= OVERLAP) & (pair.correlation >= ALIKE) & (lost[spared] < LOSS)
        redundant = holds[0] and facts[spared]["r2_lost_high"] < LOSS
        if redundant and paired.isdisjoint((spared, kept)):
            paired |= {spared, kept}
            facts[spared]["p_redundant"] = float(holds[1:].mean())
            _judge_without(facts, model, spared, kept, level)


def _pairs(model: Model, known: Mapping[str, Touchpoint]) -> list[Pair]:
    """Pairs of a stage that serve the same need, the most alike first."""
    pairs = []
    for (i, first), (j, second) in combinations(enumerate(model.names), 2):
        if _compete(known.get(first), known.get(second)):
            pairs.append(
                Pair(
                    first,
                    second,
                    model.jaccard[i, j],
                    model.correlation[i, j],
                )
            )
    return sorted(pairs, key=_alike)


def _alike(pair: Pair) -> float:
    """The key that sorts pairs, the most alike first."""
    return -float(pair.correlation[0])


def _compete(one: Touchpoint | None, other: Touchpoint | None) -> bool:
    """Whether two touchpoints are on one stage and serve one need."""
    if one is None or other is None or one.stage != other.stage:
        return False
    return not _needs(one).isdisjoint(_needs(other))


def _needs(place: Touchpoint) -> set[str]:
    return {need.name.casefold() for need in place.needs}


def _name_partners(facts: dict[str, Fact], pair: Pair) -> None:
    """Say of either that the other is nearest to it, unless a nearer one is said already."""
    for name, partner in (
        (pair.first, pair.second),
        (pair.second, pair.first),
    ):
        if "partner" not in facts[name]:
            facts[name]["partner"] = partner
            facts[name]["jaccard"] = float(pair.jaccard[0])
            facts[name]["correlation"] = float(pair.correlation[0])


def _spared_and_kept(
    facts: dict[str, Fact],
    lost: Mapping[str, Floats],
    pair: Pair,
    level: float,
) -> tuple[str, str]:
    """Which of a pair carries less; the dearer one, where resamples do not tell and both costs are known."""
    spared = pair.first
    kept = pair.second
    if not lost[spared][0] <= lost[kept][0]:
        spared, kept = kept, spared
    cheap = facts[spared]["cost_per_contact"]
    dear = facts[kept]["cost_per_contact"]
    undecided = (lost[spared][1:] <= lost[kept][1:]).mean() < level and facts[kept]["r2_lost_high"] < LOSS
    if undecided and cheap is not None and dear is not None and dear > cheap:
        return kept, spared
    return spared, kept


def _judge_without(
    facts: dict[str, Fact],
    model: Model,
    spared: str,
    kept: str,
    level: float,
) -> None:
    """Figures of what is kept in the model without its partner."""
    rest = [name for name in model.names if name != spared]
    coefs, _ = model.fit(rest)
    coef = coefs[:, rest.index(kept)]
    p_value = float(wald_p(coef[0], bootstrap_error(coef[1:]), len(coef) - 2))
    fact = facts[kept]
    fact.update(model.figures(rest, level)[kept])
    fact["without"] = spared
    if "p_value" in fact:
        fact.update(coef=float(coef[0]), p_value=p_value)
