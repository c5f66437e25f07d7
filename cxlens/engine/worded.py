"""Answers in words that stand for numbers: "10 - Extremely likely", A1 to A5, "very satisfied".

What is found is a proposal: nothing is turned into numbers unless somebody asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

BEFORE = re.compile(r"[\[(]?(-?\d{1,3})[\])]?\s*(?:[-–—:=.)(]\s*|\s)(?=[^\W\d_])")  # "10 - Extremely likely", "5 good"
AFTER = re.compile(r"[^\W\d_].*(?:[\[(]|\s[-–—:=]\s)(-?\d{1,3})[\])]?$")  # "Excellent (5)", "Excellent - 5"
PLAIN = re.compile(r"-?\d{1,3}")
LETTERS = re.compile(r"([^\W\d_]{1,3})(\d{1,2})")  # A1, AO03
WIDEST = 11  # points: the numbers of labels are on a scale of at most so many
NEITHER = ("neither", "neutral", "neither nor", "undecided", "no opinion", "teils/teils", "weder noch", "mittel")
SCALES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("very dissatisfied",), ("dissatisfied", "somewhat dissatisfied"),
     ("neither satisfied nor dissatisfied", *NEITHER), ("satisfied", "somewhat satisfied"), ("very satisfied",)),
    (("strongly disagree",), ("disagree", "somewhat disagree"),
     ("neither agree nor disagree", *NEITHER), ("agree", "somewhat agree"), ("strongly agree",)),
    (("very unlikely",), ("unlikely",), ("neither likely nor unlikely", *NEITHER), ("likely",), ("very likely",)),
    (("very difficult",), ("difficult",), ("neither easy nor difficult", *NEITHER), ("easy",), ("very easy",)),
    (("very poor", "very bad"), ("poor", "bad"), ("fair", "average", "ok", "okay", *NEITHER), ("good",),
     ("very good",)),
    (("poor",), ("fair",), ("good",), ("very good",), ("excellent",)),
    (("never",), ("rarely", "seldom"), ("sometimes",), ("often",), ("always",)),
    (("sehr unzufrieden",), ("unzufrieden", "eher unzufrieden"), NEITHER, ("zufrieden", "eher zufrieden"),
     ("sehr zufrieden",)),
    (("stimme überhaupt nicht zu", "trifft überhaupt nicht zu"), ("stimme nicht zu", "stimme eher nicht zu"), NEITHER,
     ("stimme zu", "stimme eher zu"), ("stimme voll und ganz zu", "trifft voll und ganz zu")),
    (("sehr schlecht",), ("schlecht",), NEITHER, ("gut",), ("sehr gut",)),
)  # fmt: skip


class Worded(NamedTuple):
    """The number that each text stands for; texts that stand for none; how that is told; the ends of the scale.

    ``sure``: whether the texts themselves say which end is the best.
    """

    numbers: Mapping[str, int]
    others: tuple[str, ...]
    how: str
    low: int
    high: int
    sure: bool = True


def worded(texts: Iterable[str]) -> Worded | None:
    """What distinct answers stand for; None where they are no scale in words."""
    distinct = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    for reading in (_numbered, _lettered, _in_order):
        found = reading(distinct)
        if found is not None:
            return found
    return None


def says_its_number(text: str) -> bool:
    """Whether a text is a label with its number: "5 - Excellent"."""
    return bool(BEFORE.match(text) or AFTER.fullmatch(text))


def _numbered(texts: Sequence[str]) -> Worded | None:
    """Labels that say their number, some of them at least."""
    numbers = {}
    labelled = 0
    for text in texts:
        match = BEFORE.match(text) or AFTER.fullmatch(text)
        if match:
            numbers[text] = int(match[1])
            labelled += 1
        elif PLAIN.fullmatch(text):
            numbers[text] = int(text)
    if not labelled or len(set(numbers.values())) < 2:
        return None
    spread = max(numbers.values()) - min(numbers.values())
    if spread >= WIDEST:
        return None
    return _made(numbers, texts, "the numbers stand in the labels")


def _lettered(texts: Sequence[str]) -> Worded | None:
    """Codes of one letter and a number."""
    numbers = {}
    letters = set()
    for text in texts:
        match = LETTERS.fullmatch(text)
        if match:
            letters.add(match[1])
            numbers[text] = int(match[2])
    if len(letters) != 1 or len(numbers) < 3 or max(numbers.values()) > WIDEST:
        return None
    letter = letters.pop()
    found = _made(numbers, texts, f"the numbers stand behind the letter {letter}")
    return found._replace(sure=False)


def _in_order(texts: Sequence[str]) -> Worded | None:
    """Words of the scale that has most of them, at least two and half of all."""
    best: dict[str, int] = {}
    points = 0
    for scale in SCALES:
        places = {word: place for place, words in enumerate(scale, 1) for word in words}
        numbers = {text: places[text.lower()] for text in texts if text.lower() in places}
        if len(numbers) > len(best):
            best = numbers
            points = len(scale)
    if len(set(best.values())) < 2 or 2 * len(best) < len(texts):
        return None
    found = _made(best, texts, "words in order, the worst is 1")
    return found._replace(low=1, high=points)


def _made(numbers: Mapping[str, int], texts: Sequence[str], how: str) -> Worded:
    """What texts stand for, those aside that stand for nothing."""
    others = tuple(text for text in texts if text not in numbers)
    return Worded(
        numbers,
        others,
        how,
        min(numbers.values()),
        max(numbers.values()),
    )
