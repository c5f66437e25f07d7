"""Texts as words: terms, codebooks, and masks for what may tell who wrote.

Which words matter does not belong here.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.errors import FileError, ValuesError
from cxlens.files.tables import read_text

Codebook = Mapping[str, Sequence[str | int]]
STOPWORDS = frozenset(Path(__file__).with_name("stopwords.txt").read_text(encoding="utf-8").split())
ANY = r"\w{0,40}"  # what * stands for: longer is no word, and would take long to look through
_WORD = re.compile(r"\w+(?:['-]\w+)*")
_BREAK = re.compile(r"[^\w\s'-]+")  # a pair of words does not reach over punctuation
_CODES = re.compile(r"[\d;\s]+")
# Each looks from the beginning of a word, and not far: long texts take no long time.
_ADDRESS = re.compile(r"(?<!\S)\S*@\S+")
_LINK = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.(?:com|org|net|edu|gov|io)\b\S*", re.I
)
_NUMBER = re.compile(r"\+?\d(?:[\s().,:/+-]*\d)*")


class Theme(NamedTuple):
    """What a theme of a codebook is known by: an expression for its words, and its codes."""

    words: re.Pattern[str] | None
    codes: frozenset[str]


def plain(text: str) -> str:
    """A text with one form of each letter, and of the apostrophe."""
    return unicodedata.normalize("NFC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def mask(text: str) -> str:
    """A text with e-mail addresses, links and all digits (telephone numbers, ids) masked; names stay.

    Examples
    --------
    >>> mask("Call +1 (415) 555-0100 or write to jo@example.org, see www.example.org/x")
    'Call # or write to [address] see [link]'
    """
    text = _ADDRESS.sub("[address]", text)
    text = _LINK.sub("[link]", text)
    return _NUMBER.sub("#", text)


def terms(text: str, stopwords: frozenset[str] = STOPWORDS) -> list[str]:
    """Words of a text in lower case, and pairs of neighbours joined by a space, as often as they are used.

    Stop words, single letters and words with digits are left out, and part their neighbours, as punctuation does.

    Examples
    --------
    >>> sorted(terms("The line was LONG, slow line at gate 5"))
    ['gate', 'line', 'line', 'long', 'slow', 'slow line']
    """
    found: list[str] = []
    for part in _BREAK.split(plain(_without_addresses(text)).lower()):
        words = [word if _says_something(word, stopwords) else "" for word in _WORD.findall(part)]
        found += filter(None, words)
        found += [f"{first} {second}" for first, second in pairwise(words) if first and second]
    return found


def _without_addresses(text: str) -> str:
    """A text with a full stop for each e-mail address and link, so that they part their neighbours."""
    return _LINK.sub(".", _ADDRESS.sub(".", text))


def _says_something(word: str, stopwords: frozenset[str]) -> bool:
    """Whether a word counts: no stop word, no single letter, and without digits."""
    if len(word) == 1 or word in stopwords:
        return False
    return word.isalpha() or not any(map(str.isdigit, word))  # most words need no look at each letter


def read_codebook(codebook: Codebook | str | Path) -> dict[str, Theme]:
    """A codebook, or the TOML file with it, ready to look for its themes.

    Raises
    ------
    FileError, ValuesError
        When the file cannot be read, and for no themes, a theme without a list, and a pattern without a letter.
    """
    if isinstance(codebook, (str, Path)):
        try:
            codebook = tomllib.loads(read_text(codebook, "codebook.toml"))
        except tomllib.TOMLDecodeError as error:
            raise FileError(f"{codebook} is not valid TOML: {error}.") from error
    if not isinstance(codebook, Mapping) or not codebook:
        raise ValuesError(
            "the codebook has no themes. Give {theme: [patterns]}, such as {'waiting': ['queue*', 'wait*']}."
        )
    return {theme: _theme(theme, patterns) for theme, patterns in codebook.items()}


def _theme(theme: str, patterns: Sequence[str | int]) -> Theme:
    if isinstance(patterns, (str, Mapping)) or not isinstance(patterns, Sequence) or not patterns:
        raise ValuesError(
            f"codebook: theme {theme!r} has no list of patterns. "
            "Give words, such as ['queue*'], or codes, such as [41, 63]."
        )
    words = []
    codes = set()
    for pattern in patterns:
        if isinstance(pattern, int) and not isinstance(pattern, bool):
            codes.add(str(pattern))
        elif isinstance(pattern, str) and re.search(r"\w", pattern):
            words.append(_expression(pattern))
        else:
            raise ValuesError(
                f"codebook: theme {theme!r} has the pattern {pattern!r}. A pattern is a text with a letter in it, in "
                "which * stands for any letters, or a code, such as 41."
            )
    whole = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else None
    return Theme(whole, frozenset(codes))


def _expression(pattern: str) -> str:
    """A word or phrase in which ``*`` stands for any letters, as a regular expression."""
    spaced = " ".join(plain(pattern).split())
    text = re.escape(re.sub(r"\*+", "*", spaced))
    return text.replace(r"\*", ANY).replace(r"\ ", r"\s+")


def matches(texts: Sequence[str], theme: Theme) -> NDArray[np.bool_]:
    """(n,) whether each text has a theme: one of its words, or its codes where the text is nothing but codes."""
    return np.fromiter((_has(text, theme) for text in texts), bool, len(texts))


def _has(text: str, theme: Theme) -> bool:
    if is_coded(text) and not theme.codes.isdisjoint(_codes(text)):
        return True
    return bool(theme.words and theme.words.search(plain(text)))


def _codes(text: str) -> Iterator[str]:
    return (code.strip() for code in text.split(";"))


def is_coded(text: str) -> bool:
    """Whether a text is nothing but codes, such as ``"41;63"``."""
    return bool(_CODES.fullmatch(text))
