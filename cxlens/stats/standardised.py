"""A change told apart: the same kinds of customers both times, and who answered (direct standardisation).

The change of each kind times the share that the kind has of one fixed mix is the change of the same kinds; what is left
of the whole change is who answered. Kitagawa (1955), Journal of the American Statistical Association 50. Which kinds
take part, and in which words it is told, does not belong here.

Notes
-----
Errors come from influence values: what each answer adds to a kind's means, and what it adds to the mix, which is known
from answers, too. Degrees of freedom follow Satterthwaite over kinds and periods. With clusters the influence values of
each are added up and divided by the weight that is left without it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.clusters import one_mean
from cxlens.stats.intervals import effective_n

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
TINY = 1e-9  # of a weight, or of a degree of freedom: keeps what is divided by it finite


class Kinds(NamedTuple):
    """Answers of kinds in two periods.

    ``y``, ``w`` (n,) values and weights; ``late`` (n,) whether after; ``kind`` (n,) the number of the kind, -1 for one
    that takes no part; ``unit`` (n,) the cluster, or None.
    """

    y: Floats
    w: Floats
    late: Bools
    kind: Ints
    unit: Ints | None = None

    def by_cell(self, values: Floats) -> Floats:
        """(2, kinds) sums over the answers that take part."""
        used = self.kind >= 0
        kinds = int(self.kind.max()) + 1
        cell = self.late[used] * kinds + self.kind[used]
        sums = np.bincount(cell, values[used], 2 * kinds)
        return sums.reshape(2, kinds).astype(np.float64)


class Part(NamedTuple):
    """A part of a change, its error, and the degrees of freedom of that."""

    value: float
    error: float
    df: float


def standardise(answers: Kinds, *, after: bool = False) -> tuple[Part, Part]:
    """The change of the same kinds, and the rest of the whole change.

    Parameters
    ----------
    answers
        All answers of both periods; each kind that takes part has some in both.
    after
        Whether the mix that is held is that of the later period; by default it is that before.
    """
    weight = answers.by_cell(answers.w)
    total = answers.by_cell(answers.w * answers.y)
    mean = total / weight
    held = weight[int(after)]
    mix = held / held.sum()
    steps = mean[1] - mean[0]
    change = float(mix @ steps)
    residual, further = _residuals(answers, weight, mean)
    within = _of_kind(answers, mix / weight) * residual
    of_mix = _of_mix(answers, held.sum(), steps - change, after)
    whole, of_whole, shares = _whole(answers)
    of_residual = shares * residual - within
    rest = of_whole - within - of_mix + of_residual * (further - 1)
    within = within * further
    if answers.unit is None:
        error, df = _by_kind(
            answers,
            within,
            of_mix,
        )
        error_of_rest = float(np.linalg.norm(rest))
        df_of_rest = float(len(rest) - 2)
    else:
        error, df = _by_cluster(answers, within + of_mix)
        error_of_rest, df_of_rest = _by_cluster(answers, rest)
    same_kinds = Part(
        change,
        error,
        df,
    )
    who_answered = Part(
        whole - change,
        error_of_rest,
        df_of_rest,
    )
    return same_kinds, who_answered


def _residuals(
    answers: Kinds,
    weight: Floats,
    mean: Floats,
) -> tuple[Floats, Floats]:
    """(n,) how far each answer is from the mean of its kind, and how much further had that been made without it.

    0 and 1 for those that take no part.
    """
    used = answers.kind >= 0
    late = answers.late[used].astype(int)
    kind = answers.kind[used]
    share = answers.w[used] / weight[late, kind]
    residual = np.zeros_like(answers.y)
    residual[used] = answers.y[used] - mean[late, kind]
    further = np.ones_like(answers.y)
    further[used] = 1 / np.sqrt(np.maximum(1 - share, TINY))
    return residual, further


def _of_kind(answers: Kinds, by_cell: Floats) -> Floats:
    """(n,) weight x a figure of the answer's cell, below 0 before; 0 for those that take no part."""
    used = answers.kind >= 0
    late = answers.late[used].astype(int)
    sign = np.where(late == 1, 1.0, -1.0)
    figure = by_cell[late, answers.kind[used]]
    lever = np.zeros_like(answers.y)
    lever[used] = sign * answers.w[used] * figure
    return lever


def _of_mix(
    answers: Kinds,
    total: float,
    away: Floats,
    after: bool,
) -> Floats:
    """(n,) what each answer adds to the change by the share of its kind; ``away`` (kinds,) from the mean step.

    ``total`` is the weight of all answers in the mix that is held.
    """
    used = answers.kind >= 0
    in_mix = used & (answers.late == after)
    share = answers.w[in_mix] / total
    added = np.zeros_like(answers.y)
    added[in_mix] = share * away[answers.kind[in_mix]]
    return added


def _whole(answers: Kinds) -> tuple[float, Floats, Floats]:
    """The change of the weighted means of all answers, (n,) what each adds to it, and its share, below 0 before."""
    means = []
    added = np.zeros_like(answers.y)
    shares = np.zeros_like(answers.y)
    for late, sign in ((False, -1.0), (True, 1.0)):
        here = answers.late == late
        w = answers.w[here]
        y = answers.y[here]
        share = w / w.sum()
        mean = float(share @ y)
        shares[here] = sign * share
        added[here] = shares[here] * (y - mean)
        means.append(mean)
    return means[1] - means[0], added, shares


def _by_kind(
    answers: Kinds,
    within: Floats,
    of_mix: Floats,
) -> tuple[float, float]:
    """Error and degrees of freedom where answers are independent."""
    of_kinds = answers.by_cell(within**2)
    squares = answers.by_cell(answers.w**2)
    fourths = answers.by_cell(answers.w**4)
    freedom = effective_n(squares, fourths) - 1
    n_of_mix = int(np.count_nonzero(of_mix))
    variances = np.append(of_kinds, float(of_mix @ of_mix))
    degrees = np.append(freedom, float(max(n_of_mix, 1)))
    squared = variances**2 / np.maximum(degrees, TINY)
    parts = float(squared.sum())
    variance = float(variances.sum())
    df = variance**2 / parts if parts > 0 else np.nan
    return float(np.sqrt(variance)), df


def _by_cluster(answers: Kinds, influence: Floats) -> tuple[float, float]:
    """Error of leaving each cluster out, and its degrees of freedom."""
    units, unit = np.unique(np.asarray(answers.unit), return_inverse=True)
    g = len(units)
    weight = np.bincount(unit, answers.w)
    share = weight / weight.sum()
    left = np.maximum(1 - share, TINY)
    moves = np.bincount(unit, influence) / left
    ratio = share / left
    sums = []
    for power in (1, 2, 4):
        sums.append(np.asarray((ratio**power).sum()))
    df = one_mean(np.asarray(float(g)), *sums)
    jackknife = (g - 1) / g
    error = np.sqrt(jackknife * (moves @ moves))
    return float(error), float(df)
