"""How long a silence has to last until hardly anybody comes back from it, and how long customers stay until one.

What is waited for, and what a silence means, does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Days = NDArray[np.int32]
Bools = NDArray[np.bool_]

RARE = 0.05  # chance to come back below which a silence is an end
FEWEST = 20  # silences that lasted twice as long: fewer do not tell that none of them ends later


def longest_wait(silences: Floats, returned: Bools) -> float:
    """The silence after which fewer than 5 in 100 come back; NaN where the silences do not tell.

    Parameters
    ----------
    silences
        (n,) how long each was silent, 0 or more.
    returned
        (n,) whether they came back then; the others were still silent when the record ended.

    Notes
    -----
    The chance to come back after a silence of t is ``1 - S(end) / S(t)``, with S of Kaplan and Meier (1958). It says
    something only where silences went on well beyond t without an end (Maller and Zhou 1992, Biometrika 79): here at
    least twenty of them were twice as long. Otherwise who was last heard of shortly before the record ended would count
    as gone for good.

    Examples
    --------
    >>> import numpy as np
    >>> silences = np.append(np.arange(1.0, 11.0), np.full(50, 90.0))
    >>> longest_wait(silences, silences < 90)
    8.0
    """
    ended, times_ended = np.unique(silences[returned], return_counts=True)
    went_on, times_went_on = np.unique(silences[~returned], return_counts=True)
    lengths = np.union1d(ended, went_on)
    return longest_wait_of_counts(
        lengths,
        _at(lengths, ended, times_ended),
        _at(lengths, went_on, times_went_on),
    )


def _at(lengths: Floats, some: Floats, times: Ints) -> Ints:
    """How often each length happened, of some of them, all in order."""
    counts = np.zeros(len(lengths), np.int64)
    counts[np.searchsorted(lengths, some)] = times
    return counts


def longest_wait_in_days(waits: Days, to_the_end: Days) -> float:
    """The same of whole days, of which millions are counted and not sorted.

    Parameters
    ----------
    waits
        (n,) days of the silences from which somebody came back, 0 or more.
    to_the_end
        (m,) days of those that lasted when the record ended.

    Examples
    --------
    >>> import numpy as np
    >>> longest_wait_in_days(np.arange(1, 11), np.full(50, 90))
    8.0
    """
    longest_ended = waits.max(initial=0)
    longest_to_the_end = to_the_end.max(initial=0)
    days = 1 + max(longest_ended, longest_to_the_end)
    ended = np.bincount(waits, minlength=days)
    went_on = np.bincount(to_the_end, minlength=days)
    happened = np.flatnonzero(ended + went_on)
    return longest_wait_of_counts(
        happened.astype(float),
        ended[happened],
        went_on[happened],
    )


def longest_wait_of_counts(lengths: Floats, ended: Ints, went_on: Ints) -> float:
    """The same of how many silences of each of (k,) lengths, in order, ended then and how many went on.

    The shortest may be left out: the longest from :func:`first_to_count` on tell as much as all.
    """
    rare = np.flatnonzero(_comes_back(ended, went_on) < RARE)
    if not len(rare) or not ended.any():
        return float("nan")
    longest = float(lengths[rare[0]])
    is_twice_as_long = lengths > 2 * longest
    silences = ended + went_on
    outlasted = silences[is_twice_as_long].sum()
    return longest if outlasted >= FEWEST else float("nan")


def _comes_back(ended: Ints, went_on: Ints) -> Floats:
    """The chance to come back after silences of each of (k,) lengths, in order."""
    silences = ended + went_on
    waiting = silences[::-1].cumsum()
    share_ending = ended / np.maximum(waiting[::-1], 1)
    with np.errstate(divide="ignore"):  # the last of all came back, too
        stays = np.log1p(-share_ending)
    until_the_last = stays[::-1].cumsum()
    from_here_on = until_the_last[::-1]
    later = np.append(from_here_on[1:], 0.0)
    return np.asarray(-np.expm1(later))


def first_to_count(ended: Ints, went_on: Ints) -> int:
    """The first of (k,) classes of lengths, in order, from which on silences tell what the longest wait is.

    All that ended in a class are taken to do so before any other leaves, so that the chance to come back is rather too
    low: where it is not rare, no length of that class is the longest wait. Twice as much as rare stays clear of errors
    of rounding.
    """
    is_common = _comes_back(ended, went_on) >= 2 * RARE
    known = np.flatnonzero(is_common & (ended + went_on > 0))
    return int(known.max(initial=0))


class Spells(NamedTuple):
    """How long each of n customers stayed, whether they then fell silent, and who of those came back: (n,) each.

    ``time`` is from the first purchase to the last one before the silence, or as far as it is known that there was
    none; NaN of who came too late to tell.
    """

    time: Floats
    left: Bools
    came_back: Bools


def waits_between(customer: Days, day: Days) -> Days:
    """Days between two purchases of a customer next to each other; ``customer`` and ``day`` (k,) are sorted."""
    goes_on = customer[1:] == customer[:-1]
    return np.asarray(np.diff(day)[goes_on])


def waits_to_the_end(customer: Days, day: Days, end: int) -> Days:
    """Days from the last purchase of each customer to the end of the record; sorted as for :func:`waits_between`."""
    is_last = np.diff(customer, append=-1) != 0
    return np.asarray(end - day[is_last])


def until_silence(
    customer: Days,
    day: Days,
    end: int,
    silent: float,
) -> Spells:
    """The time until the first silence of over ``silent`` days, from purchases (k,) sorted by customer and day.

    Whether a silence begins at a time is known only if the record goes on for longer than ``silent`` after it: who had
    none until then is censored there, the same for all who came on one day.
    """
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    is_last = np.append(starts[1:], len(day)) - 1
    following = np.append(day[1:], end)
    following[is_last] = end
    silence = following - day
    breaks = np.flatnonzero(silence > silent)
    breaking, place = np.unique(customer[breaks], return_index=True)
    begins = breaks[place]
    first = day[starts].astype(float)
    last_to_tell = np.ceil(end - silent) - 1
    known = last_to_tell - first
    time = np.where(known < 0, np.nan, known)
    left = np.zeros(len(starts), bool)
    left[breaking] = True
    time[breaking] = day[begins] - first[breaking]
    came_back = np.zeros(len(starts), bool)
    last = is_last[breaking]
    came_back[breaking] = begins < last
    return Spells(time, left, came_back)
