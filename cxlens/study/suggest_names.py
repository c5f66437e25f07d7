"""What touchpoints are called where a file holds the questions: by what differs in them.

What a column is for is proposed by :mod:`cxlens.study.suggest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

LONGEST = 60  # characters of a question that serves as a name
FEWEST = 3  # questions in which common words are the wording of the survey


def names_of(questions: Sequence[str]) -> list[str] | None:
    """Names for questions: what differs in them, or they themselves; None where these are long or not all different.

    Examples
    --------
    >>> names_of(["How was the check-in?", "How was the room?", "How was the Wi-Fi?"])
    ['Check-in', 'Room', 'Wi-Fi']
    """
    if not all(questions):
        return None
    for names in (_differing(questions), list(questions)):
        if all(names) and len(set(names)) == len(names) and max(map(len, names)) <= LONGEST:
            return names
    return None


def _differing(questions: Sequence[str]) -> list[str]:
    """The questions without the words at their beginning and end that all of them share."""
    words = [question.rstrip(" ?.:").split() for question in questions]
    if len(words) < FEWEST:
        return [""]
    first = _shared(words)
    last = _shared([row[first:][::-1] for row in words])
    if first == last == 0:
        return list(questions)
    names = []
    for row in words:
        name = " ".join(row[first : len(row) - last]).strip(" -:?.")
        names.append(name[:1].upper() + name[1:])
    return names


def _shared(words: Sequence[Sequence[str]]) -> int:
    """How many first words all rows share."""
    alike = (len(set(column)) == 1 for column in zip(*words, strict=False))
    return sum(takewhile(bool, alike))
