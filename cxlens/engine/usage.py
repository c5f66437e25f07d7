"""Answers that would tell the use of a touchpoint from a yes/no or ordered outcome without error, and are left out.

Where those who did not use a touchpoint gave one of the answers fewer than 5 times, the coefficient of its usage flag
has no limit, in the answers or in resamples. It is not asked for: to leave these rows out *is* the limit of maximum
likelihood, so nothing changes for the touchpoints. What is fitted to the others does not belong here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.answers import Data, with_rows
from cxlens.engine.design import Design, DesignRows

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FEWEST = 5  # times that each of two answers is given by those who did not use a touchpoint
LARGE = 1 / 20  # share of the answers from which they are kept by one flag for all such touchpoints
NOBODY = -1


class _Left(NamedTuple):
    """Of n rows of a segment: who stays, and for which touchpoint's lack of use, or use, each other one goes."""

    staying: Flags
    lack: Ints
    use: Ints


def with_enough_use(
    design: Design,
    data: Data,
    touchpoints: Sequence[str],
) -> Data:
    """The answers without those that usage flags would tell without error, counted in ``dropped`` by touchpoint.

    In each segment: where leaving out would cost more than a twentieth of the answers, one flag for all touchpoints
    concerned, "used all of them", keeps them; if even that has too few, only what is told without error goes. So do
    those few users of a touchpoint whose use tells their answer.
    """
    part = data.rows_at_hand
    names = [touchpoints[place] for place in design.flags]
    if not names:
        return data
    z = part.z.copy()
    flags = slice(1, 1 + len(names))
    n = len(z)
    left = _Left(
        np.ones(n, bool),
        np.full(n, NOBODY),
        np.full(n, NOBODY),
    )
    for cell in data.sums.cells:
        rows = np.flatnonzero(part.segments == cell)
        used, of_cell = _settled(z[rows, flags] > 0, z[rows, -1])
        z[rows, flags] = used
        for whole, own in zip(left, of_cell, strict=True):
            whole[rows] = own
    dropped = Counter(part.dropped)
    dropped += _counted(left.lack, names, "not used")
    dropped += _counted(left.use, names, "used")
    others = replace(part, z=z, dropped=dropped)
    return with_rows(data, others.take(left.staying))._replace(staying=left.staying)


def _counted(
    culprit: Ints,
    names: Sequence[str],
    what: str,
) -> Counter[str]:
    """How many are left out for the use of each touchpoint."""
    marked = culprit[culprit != NOBODY]
    number = np.bincount(marked, minlength=len(names))
    counted = Counter[str]()
    for name, n in zip(names, number.tolist(), strict=True):
        if n:
            counted[f"{name!r} {what}, and too few different answers"] = n
    return counted


def _settled(used: Flags, answers: Floats) -> tuple[Flags, _Left]:
    """Flags (n, f) of a segment, pooled where that serves, and which of its rows are left out."""
    n = len(answers)
    used = used.copy()
    left = _Left(
        np.ones(n, bool),
        np.full(n, NOBODY),
        np.full(n, NOBODY),
    )
    while np.unique(answers[left.staying]).size > 1:
        lacking = ~used & left.staying[:, None]
        using = used & left.staying[:, None]
        leave = _lack_to_leave_out(used, lacking, answers, left.staying)
        leave_users = _use_to_leave_out(using, answers, left.staying)
        if leave.any():
            _leave_out(left.staying, left.lack, lacking, leave)
        elif leave_users.any():
            _leave_out(left.staying, left.use, using, leave_users)
        else:
            break
    return used, left


def _lack_to_leave_out(
    used: Flags,
    lacking: Flags,
    answers: Floats,
    staying: Flags,
) -> Flags:
    """(f,) the touchpoints whose non-users are left out; ``used`` (n, f) is pooled, in place, where that serves."""
    rarer = _rarer(lacking, answers, staying)
    rare = np.asarray(lacking.any(axis=0) & (rarer < FEWEST))
    concerned = np.asarray(lacking[:, rare].any(axis=1))
    if concerned.sum() <= LARGE * staying.sum():
        return rare
    of_pool = _rarer(concerned[:, None], answers, staying)
    if of_pool[0] < FEWEST:
        return np.asarray(rare & (rarer == 0))
    used[:, rare] = ~concerned[:, None]
    return np.zeros_like(rare)


def _use_to_leave_out(
    using: Flags,
    answers: Floats,
    staying: Flags,
) -> Flags:
    """(f,) the touchpoints of so few users, all of one answer, that they are left out, and the touchpoint with them."""
    users = using.sum(axis=0)
    few = (users > 0) & (users <= LARGE * staying.sum())
    told = _rarer(using, answers, staying) == 0
    return np.asarray(few & told)


def _leave_out(
    staying: Flags,
    culprit: Ints,
    rows: Flags,
    chosen: Flags,
) -> None:
    """Take the rows (n, f) of chosen touchpoints from those that stay; ``culprit`` gets the first of each, in place."""
    places = np.flatnonzero(chosen)
    of_chosen = rows[:, places]
    concerned = of_chosen.any(axis=1)
    first = of_chosen[concerned].argmax(axis=1)
    culprit[concerned] = places[first]
    staying &= ~concerned


def _rarer(
    rows: Flags,
    answers: Floats,
    staying: Flags,
) -> Ints:
    """(f,) how often rows (n, f) gave the rarer answer: another than the lowest, or than the highest, of those there.

    Of a yes/no outcome these are the two answers; of an ordered one, what a flag would need for a limit.
    """
    present = answers[staying]
    above = staying & (answers > present.min())
    below = staying & (answers < present.max())
    times_above = above.astype(np.int64) @ rows
    times_below = below.astype(np.int64) @ rows
    return np.asarray(np.minimum(times_above, times_below))


def weights_in_draws(
    design: Design,
    rows: DesignRows,
    times_drawn: NDArray[np.uint16],
) -> Floats:
    """(d, n) weight of each row in each resample; 0 for those whose lack of use a flag would tell without error."""
    times = times_drawn.astype(float)
    flags = rows.z[:, 1 : 1 + len(design.flags)]
    unused = flags == 0
    answers = rows.z[:, -1]
    above = unused & (answers > answers.min())[:, None]
    below = unused & (answers < answers.max())[:, None]
    rarer = np.minimum(times @ above, times @ below)
    alike = (rarer == 0) & (times @ unused > 0)
    for flag in np.flatnonzero(alike.any(axis=0)):
        gone = np.ix_(alike[:, flag], unused[:, flag])
        times[gone] = 0
    return np.asarray(times * rows.weights)


def with_one_flag(
    design: Design,
    data: Data,
    touchpoints: Sequence[str],
) -> list[str]:
    """The touchpoints that share a usage flag in some segment."""
    part = data.rows_at_hand
    pooled = []
    for number, place in enumerate(design.flags, 1):
        if place not in design.scored:
            continue
        scores = part.scores[:, design.scored.index(place)]
        is_flagged = part.z[:, number] > 0
        if (is_flagged == np.isnan(scores)).any():
            pooled.append(touchpoints[place])
    return pooled
