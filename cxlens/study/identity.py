"""Who is who: labels and ids that look alike, ids that stand for nobody, and one that stands for too many.

What is not told apart is joined by its owner, never here: ``North`` and ``north`` may be one region or two. What an id
is counted by belongs to :mod:`cxlens.engine.labels`.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import count, plural
from cxlens.engine.labels import in_word, in_words
from cxlens.errors import ValuesError, listing

ROWS_OF_MANY = 20  # rows of one id, from which on it may be a word for nobody
TIMES_THE_NEXT = 5  # and so many times the rows of the next
IDS = 10  # of fewer ids one may well hold most rows
ODD = r"^\s|\s$|\s\s|[^\x20-\x7e]"  # what may make a text look like another: blanks at its ends, letters not of ASCII
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
QUOTES = "\u2018\u2019\u00b4"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # signs without a look
LOOKS = {**dict.fromkeys(DASHES, "-"), **dict.fromkeys(QUOTES, "'"), **dict.fromkeys(UNSEEN, "")}
SAME_LOOK = str.maketrans(LOOKS)
SHOWN = 3  # groups of look-alikes in a message


def check_look_alikes(role: str, column: str, values: Iterable[Any], *, is_id: bool = False) -> None:
    """Refuse labels that differ by blanks, capitals, or by number and text alone; name ids that differ by capitals.

    Parameters
    ----------
    role, column
        What the labels are, and where they stand.
    values
        The labels, each once; empty ones aside.
    is_id
        Ids may differ by capitals alone and be two people, as those of some programs do: they are told, not refused.

    Raises
    ------
    ValuesError
        When two labels look alike.

    Warns
    -----
    UserWarning
        When ids look alike but for capitals.
    """
    if isinstance(values, pd.Index) and (pd.api.types.is_numeric_dtype(values) or _are_texts_apart(values)):
        return
    labels = np.asarray(values, dtype=object).tolist() if isinstance(values, pd.Index) else list(values)
    if not any(isinstance(label, str) for label in labels) or _differ_clearly(labels):
        return
    alike = _groups(labels, is_id=is_id)
    if alike:
        raise ValuesError(f"{_told(role, column, alike)} {_advice(column, alike)}")
    if is_id:
        alike = _groups(labels, is_id=False)
        if alike:
            _warn(
                role,
                f"{_told(role, column, alike)} They count as several. If they are one, write them alike: "
                f"data[{column!r}].str.lower().",
            )


def _differ_clearly(labels: list[Any]) -> bool:
    """Whether all labels are plain texts that differ by more than capitals; quick, since ids may be millions."""
    import pyarrow

    if not all(isinstance(label, str) for label in labels):
        return False
    try:
        texts = pyarrow.array(labels, pyarrow.large_string())
    except UnicodeEncodeError:  # half of a sign that takes two
        return False
    return _differ_by_more_than_capitals(texts)


def _are_texts_apart(labels: pd.Index[Any]) -> bool:
    """The same of an index that holds texts alone, which are not looked at one by one."""
    import pyarrow

    if labels.dtype == object or not pd.api.types.is_string_dtype(labels.dtype):
        return False
    return _differ_by_more_than_capitals(pyarrow.array(labels))


def _differ_by_more_than_capitals(texts: Any) -> bool:
    """Whether plain texts of Arrow do."""
    from pyarrow import compute

    if compute.any(compute.match_substring_regex(texts, ODD)).as_py():
        return False
    return bool(compute.count_distinct(compute.utf8_lower(texts)).as_py() == len(texts))


def _groups(labels: list[Any], *, is_id: bool) -> list[list[Any]]:
    """Labels that look alike, a list for each look."""
    looks = list(map(_look, labels))
    if not is_id:
        looks = [look.casefold() for look in looks]
    if len(set(looks)) == len(looks):
        return []
    groups: dict[str, list[Any]] = {}
    for look, label in zip(looks, labels, strict=True):
        groups.setdefault(look, []).append(label)
    return [alike for alike in groups.values() if len(alike) > 1]


def _look(label: Any) -> str:
    """How a label looks: without blanks at its ends, one of several, and the ways to write one sign."""
    text = label if isinstance(label, str) else in_word(label)
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text.translate(SAME_LOOK))
    return " ".join(plain.split())


def _told(role: str, column: str, alike: Sequence[Sequence[Any]]) -> str:
    """Which labels look alike."""
    groups = [" and ".join(map(repr, labels)) for labels in alike]
    return f"{role} column {column!r} holds entries that look alike: {listing(groups, SHOWN)}."


def _advice(column: str, alike: Sequence[Sequence[Any]]) -> str:
    """How to make one of them, or to say that they are several."""
    labels = [label for group in alike for label in group]
    texts = [label for label in labels if isinstance(label, str)]
    entries = f"data[{column!r}]"
    if len(texts) < len(labels):
        return f"Make all of them text: {entries}.astype(str)."
    looks = {_look(text) for text in texts}
    change = _signs_replaced(texts)
    texts = [text.translate(SAME_LOOK) for text in texts]
    if any(text not in looks for text in texts):
        stripped = {text.strip() for text in texts}
        change += ".str.strip()" if stripped == looks else ".str.normalize('NFKC').str.split().str.join(' ')"
    cased = {look.casefold() for look in looks}
    change += ".str.capitalize()" if len(cased) < len(looks) else ""
    return (
        f"If they are one, write them alike, such as by {entries} = {entries}{change} "
        "(a file is read by data = cx.read_answers(path)); if not, give them names that differ."
    )


def _signs_replaced(texts: Sequence[str]) -> str:
    """The line that writes dashes, quotes and signs without a look as one sign of the keyboard, or none."""
    signs = sorted(set("".join(texts)) & set(LOOKS))
    return "".join(f".str.replace({sign!a}, {LOOKS[sign]!r})" for sign in signs)


def check_unknown(unknown: Iterable[Any]) -> tuple[str, ...]:
    """Ids that stand for nobody, in words; a lone one is refused, since a text would fall apart into its letters.

    Raises
    ------
    ValuesError
        ``unknown='NA' is one value. Give a list: unknown=['NA'].``
    """
    if isinstance(unknown, str) or not isinstance(unknown, Iterable):
        raise ValuesError(f"unknown={unknown!r} is one value. Give a list: unknown=[{unknown!r}].")
    given = list(unknown)
    if not all(isinstance(entry, Hashable) for entry in given):
        raise ValuesError(f"unknown={unknown!r} has a list among its ids. Give them one by one: unknown=['NA', 0].")
    ids = pd.Series(given, dtype=object)
    return tuple(str(word) for word in in_words(ids))


def are_nobody(ids: pd.Series[Any], unknown: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) which ids stand for nobody."""
    if not unknown:
        return np.zeros(len(ids), bool)
    words = pd.Series(in_words(ids))
    return words.isin(unknown).to_numpy(bool)


def one_for_many(role: str, column: str, largest: Sequence[tuple[Any, int]], ids: int) -> str:
    """What to say of an id that holds far more rows than the next: it may stand for nobody.

    Parameters
    ----------
    role, column
        What the ids are, and where they stand.
    largest
        The two ids of most rows, with their numbers of rows.
    ids
        How many ids there are.

    Returns
    -------
    str
        Empty unless the first has at least 20 rows and five times those of the second, of ten ids or more.
    """
    if ids < IDS or len(largest) < 2:
        return ""
    (name, rows), (_, rows_of_next) = largest
    if rows < max(ROWS_OF_MANY, TIMES_THE_NEXT * rows_of_next):
        return ""
    if isinstance(name, np.generic):
        name = name.item()  # reads as it is typed
    return (
        f"{role} column {column!r}: {name!r} stands in {count(rows)} rows, the next id in {count(rows_of_next)}. "
        f"If it stands for nobody, say so: unknown=[{name!r}]."
    )


def warn_of_one_for_many(role: str, column: str, largest: Sequence[tuple[Any, int]], ids: int) -> None:
    """Warn of an id that holds far more rows than the next, as :func:`one_for_many` says it.

    Warns
    -----
    UserWarning
        When the first has at least 20 rows and five times those of the second, of ten ids or more.
    """
    text = one_for_many(role, column, largest, ids)
    if text:
        _warn(role, text)


def _warn(role: str, text: str) -> None:
    """Warn at the line that makes the survey or the log."""
    warnings.warn(text, UserWarning, stacklevel=7 if role == "customer" else 8)


def without_nobody(n: int, thing: str, least: int) -> str:
    """How many rows stand for nobody, in words; a few are not counted: ``fewer than 5 events``."""
    if n < least:
        return f"fewer than {least} {thing}s"
    return plural(n, thing)
