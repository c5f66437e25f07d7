"""Answers as ordered categories: pandas knows their order, so that nobody has to say it again.

What a scale in words is belongs to :mod:`cxlens.study.scale`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from cxlens.errors import listing
from cxlens.files.orders import in_order
from cxlens.study.scale import Columns, Scale

Given = Scale | Mapping[str, Scale] | None


def in_own_order(data: Any, columns: Columns, given: Given) -> Given:
    """The scales of columns, those of ordered categories in words with the words in their own order.

    Parameters
    ----------
    data
        The answers; a pandas frame and Parquet files have ordered categories.
    columns
        By touchpoint or outcome, its columns.
    given
        The scale that was given for them, or one for each. Categories that it names as codes are no answers.
    """
    data = in_order(data)
    scales: dict[str, Any] = {}
    is_new = False
    for name, dimensions in columns.items():
        said = given
        if isinstance(given, Mapping):
            said = given.get(name)
        found = _with_words(_words_of(data, dimensions.values()), said)
        is_new = is_new or found is not said
        if found is not None:
            scales[name] = found
    return scales if is_new else given


def told_of_categories(data: Any, columns: Columns) -> list[str]:
    """How ordered categories in words are numbered."""
    data = in_order(data)
    by_words: dict[tuple[str, ...], list[str]] = {}
    for name, dimensions in columns.items():
        words = _words_of(data, dimensions.values())
        if words:
            by_words.setdefault(words, []).append(name)
    return [
        f"Answers to {listing(names)} count in the order of their categories, from low to high: {listing(words)}."
        for words, names in by_words.items()
    ]


def _with_words(words: tuple[str, ...], said: Any) -> Any:
    """A scale with the words in order; as it was said where there are none, or it has its own."""
    if not words or not isinstance(said, Scale | None) or (said and said.words):
        return said
    if said is None:
        return Scale(words=words)
    codes = [code.strip() for code in (*said.not_used, *said.blank) if isinstance(code, str)]
    answers = [word for word in words if word.strip() not in codes]
    return replace(said, words=tuple(answers))


def _words_of(data: Any, columns: Iterable[str]) -> tuple[str, ...]:
    """The ordered categories that columns share; none where they are numbers, or have no order."""
    found = {_ordered_words(data, column) for column in columns}
    return found.pop() if len(found) == 1 else ()


def _ordered_words(data: Any, column: str) -> tuple[str, ...]:
    """The ordered categories of one column."""
    if not isinstance(data, pd.DataFrame) or list(data.columns).count(column) != 1:
        return ()
    kind = data[column].dtype
    if not isinstance(kind, pd.CategoricalDtype) or not kind.ordered:
        return ()
    categories = kind.categories.tolist()
    is_text = all(isinstance(category, str) for category in categories)
    if not is_text or len(categories) < 2:
        return ()
    numbers = pd.to_numeric(pd.Series(categories, dtype=object), errors="coerce")
    return tuple(categories) if numbers.isna().any() else ()
