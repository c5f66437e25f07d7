"""A change with the same kinds of customers both times, and how much of it is who answered.

The errors come from :mod:`cxlens.stats.standardised`; which answers are compared is said in
:mod:`cxlens.stages.impact.periods`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.common.values import percent
from cxlens.engine.labels import in_words
from cxlens.stages.impact.periods import Compared, Line, Question, is_hidden, join_waves
from cxlens.stats.clusters import FEWEST
from cxlens.stats.inference import wider
from cxlens.stats.standardised import Kinds, Part, standardise
from cxlens.study.metrics import BLANK, MIN_N, Estimate, Sample

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
ADJUSTED, WHO_ANSWERED = "change, adjusted", "who answered"
ADJUSTED_AFTER = "change, adjusted to the mix after"
NO_KIND = "no kind"  # of customer has answers enough both times
COVERED = 0.95  # of those before at least are of kinds that answered both times, or who answered cannot be told


def adjusted_lines(question: Question, compared: Compared) -> tuple[list[Line], str]:
    """Lines of the change of the same kinds and of who answered, and whose mix of kinds is held, in words."""
    sample = compared.sample
    kind = _kinds(question, compared)
    used = kind >= 0
    if not used.any():
        blank: Estimate = BLANK
        return [(ADJUSTED, sample.size, *blank), (WHO_ANSWERED, sample.size, *blank)], NO_KIND
    answers = Kinds(
        sample.value,
        sample.w,
        compared.late,
        kind,
        sample.unit,
    )
    change, rest = standardise(answers)
    of_after, _ = standardise(answers, after=True)
    covered = _covered(compared, used)
    n = _told_n(used)
    lines: list[Line] = [(ADJUSTED, n, *_part(change, sample, question.level))]
    if of_after.value * change.value < 0:
        lines.append((ADJUSTED_AFTER, n, *_part(of_after, sample, question.level)))
    who_answered = BLANK
    if covered >= COVERED:
        who_answered = _part(rest, sample, question.level)
    lines.append((WHO_ANSWERED, sample.size, *who_answered))
    left_out = ~used & ~compared.late
    return lines, _mix(question, covered, int(left_out.sum()))


def _covered(compared: Compared, used: Bools) -> float:
    """The share of those before, by weight, who are of kinds that answered both times."""
    early = ~compared.late
    weight = compared.sample.w
    of_both = weight[used & early].sum()
    return float(of_both / weight[early].sum())


def _told_n(used: Bools) -> int:
    """How many answers take part; all, where less all answers that would tell of few."""
    left = int((~used).sum())
    if left >= MIN_N:
        return len(used) - left
    return len(used)


def _kinds(question: Question, compared: Compared) -> Ints:
    """(n,) the number of each answer's kind; -1 where few answered, or where that would tell what few say."""
    columns = list(question.adjust)
    words = compared.sample.labels[columns].apply(in_words)
    number = words.groupby(columns, sort=False).ngroup().to_numpy(np.int64)
    early = np.bincount(number, ~compared.late)
    late = np.bincount(number, compared.late)
    hidden = np.bincount(number, is_hidden(question, compared.sample, columns))
    takes_part = (np.minimum(early, late) >= MIN_N) & (hidden == 0)
    place = np.cumsum(takes_part) - 1
    return np.where(takes_part, place, -1)[number]


def _part(part: Part, sample: Sample, level: float) -> Estimate:
    """A part of the change with its interval, blank where nothing varies; too few clusters have no p."""
    low, high, p_value = wider(part.value, [part.error], [part.df], level)
    few = sample.unit is not None and not part.df >= FEWEST
    return (part.value, low, high, np.nan if few else p_value)


def _mix(
    question: Question,
    covered: float,
    left_out: int,
) -> str:
    """Whose mix of kinds is held; a share of fewer than five people is not told."""
    when = join_waves(question.before)
    if covered >= COVERED:
        return f"with the mix of {when}"
    if left_out < MIN_N:
        return "among the kinds that answered both times"
    return f"among the kinds that answered both times, {percent(covered)} of those of {when}"
