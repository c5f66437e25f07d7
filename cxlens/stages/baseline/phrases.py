"""Words that several people wrote in a row, so that they can be quoted and single nobody out.

A comment is one person's; a phrase of it that five others wrote as well is not. Which comments are asked about, and
with which scores they came, is the business of :mod:`cxlens.stages.baseline.comments`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.baseline.wording import STOPWORDS, is_coded, mask, plain

Ids = NDArray[np.int64]
Start = tuple[int, int]  # the comment, and the place of a word in it
Phrased = tuple[str, ...]
Written = Sequence[Sequence[str]]  # the words of each comment
SHORTEST, LONGEST = 3, 9  # words
NEARLY_ALL = 0.8  # of those who wrote a phrase: if so many wrote a longer one, that one is quoted
QUOTED = 2  # phrases of one side
BREAK = ""  # stands where punctuation parts two words
COLUMNS = ["touchpoint", "side", "phrase", "n"]
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\S")


class Phrase(NamedTuple):
    """Words in a row, and in how many comments they stand."""

    words: Phrased
    n: int

    def __str__(self) -> str:
        return " ".join(self.words)


def phrases(texts: Sequence[str], people: Ids, least: int) -> list[Phrase]:
    """The phrases to quote: each in comments of so many people or more, the most frequent first.

    Parameters
    ----------
    texts
        Comments. Codes are no words; addresses, links and digits are masked, and part their neighbours.
    people
        (n,) who wrote each: two comments of one person count as one person.
    least
        How many people a phrase needs. Each of its words has as many.

    Returns
    -------
    list of Phrase
        At most two. A phrase begins and ends with a word that says something, or where a comment, or a part of it
        between two signs, does.

    Examples
    --------
    >>> import numpy as np
    >>> said = ["An endless queue!", "endless queue at the gate", *["endless queue at gate"] * 5]
    >>> [str(phrase) for phrase in phrases(said, np.arange(7), least=5)]
    ['endless queue at gate']
    """
    written = []
    for text in texts:
        words = [] if is_coded(text) else _words(text)
        written.append(words)
    starts = _starts(written)
    shared: list[Phrase] = []
    for size in range(2, LONGEST + 1):
        by_phrase = _shared(starts, written, people, size, least)
        starts = list(chain.from_iterable(by_phrase.values()))
        if size >= SHORTEST:
            longer = _telling(by_phrase, written)
            shared = [phrase for phrase in shared if not _is_part(phrase, longer)]
            shared += longer
    shared.sort(key=_most_frequent_first)
    return _different(shared)


def _telling(by_phrase: Mapping[Phrased, Sequence[Start]], written: Written) -> list[Phrase]:
    """Those of the phrases that say something from end to end, with the number of their comments."""
    found = []
    for words, places in by_phrase.items():
        if _stands_alone(words, places, written):
            comments = {text for text, _ in places}
            found.append(Phrase(words, len(comments)))
    return found


def _most_frequent_first(phrase: Phrase) -> tuple[int, int, Phrased]:
    """The key that sorts phrases; of two as frequent the longer comes first."""
    return -phrase.n, -len(phrase.words), phrase.words


def _words(text: str) -> list[str]:
    """The words of a comment in lower case, with a break for each sign between them, in front and at the end."""
    found = _WORD.findall(plain(mask(text)).lower())
    words = [word if word[0].isalpha() else BREAK for word in found]
    return [BREAK, *words, BREAK]


def _starts(written: Written) -> list[Start]:
    """Every place of a word."""
    starts = []
    for text, words in enumerate(written):
        for place, word in enumerate(words):
            if word != BREAK:
                starts.append((text, place))
    return starts


def _shared(
    starts: Sequence[Start],
    written: Written,
    people: Ids,
    size: int,
    least: int,
) -> dict[Phrased, list[Start]]:
    """Phrases of so many words that enough people wrote, with where they stand; a longer one begins at a shorter."""
    places = defaultdict[Phrased, list[Start]](list)
    for text, place in starts:
        ahead = written[text][place : place + size]
        words = tuple(ahead)
        if len(words) == size and BREAK not in words:
            places[words].append((text, place))
    shared = {}
    for words, found in places.items():
        if _n_people(found, people) >= least:
            shared[words] = found
    return shared


def _n_people(places: Sequence[Start], people: Ids) -> int:
    """How many people wrote there."""
    who = {int(people[text]) for text, _ in places}
    return len(who)


def _stands_alone(words: Phrased, places: Sequence[Start], written: Written) -> bool:
    """Whether a phrase says something from its first word to its last, wherever most wrote it."""
    telling = set(words) - STOPWORDS
    if len(telling) < 2:
        return False
    text, place = places[0]
    before = written[text][place - 1]
    behind = written[text][place + len(words)]
    begins = words[0] in telling or before == BREAK
    ends = words[-1] in telling or behind == BREAK
    return begins and ends


def _is_part(phrase: Phrase, longer: Sequence[Phrase]) -> bool:
    """Whether nearly all who wrote a phrase wrote a longer one that holds it."""
    for other in longer:
        is_as_frequent = other.n >= NEARLY_ALL * phrase.n
        if is_as_frequent and _holds(other.words, phrase):
            return True
    return False


def _different(in_order: Sequence[Phrase]) -> list[Phrase]:
    """The first phrases that share no more than one telling word with one before."""
    chosen: list[Phrase] = []
    for phrase in in_order:
        telling = set(phrase.words) - STOPWORDS
        shared = [telling.intersection(other.words) for other in chosen]
        most = max(map(len, shared), default=0)
        if most < 2:
            chosen.append(phrase)
    return chosen[:QUOTED]


def phrases_by_side(
    touchpoint: str,
    texts: Sequence[str],
    people: Ids,
    sides: dict[str, NDArray[np.bool_]],
    least: int,
) -> pd.DataFrame:
    """Phrases of low and of high scores.

    Columns ``touchpoint``, ``side``, ``phrase``, and ``n``, in how many comments of the side it stands: missing where
    fewer than ``least`` comments of another side have it, for their number would follow from others.
    """
    lines = []
    for side, is_on_side in sides.items():
        of_side = np.flatnonzero(is_on_side).tolist()
        said = [texts[place] for place in of_side]
        elsewhere = np.flatnonzero(~is_on_side).tolist()
        for phrase in phrases(said, people[of_side], least):
            others = sum(_holds(_words(texts[place]), phrase) for place in elsewhere)
            n = pd.NA if 0 < others < least else phrase.n
            lines.append((touchpoint, side, str(phrase), n))
    return pd.DataFrame(lines, columns=COLUMNS).astype({"n": "Int64"})


def _holds(words: Sequence[str], phrase: Phrase) -> bool:
    """Whether a comment has a phrase."""
    text = " ".join(words)
    return f" {phrase} " in f" {text} "
