"""Columns of small whole numbers as DuckDB hands them over: what their entries mean, and their states batch by batch.

An entry is a score, "not used" or blank; each has a number, its state. What is summed of them belongs to
:mod:`cxlens.engine.stream` and :mod:`cxlens.engine.entry_counts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.entries import read_scores
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.engine.roles import Codes
from cxlens.engine.tables import OnDisk

if TYPE_CHECKING:
    from pyarrow import RecordBatch

_T = TypeVar("_T")
Array = NDArray[Any]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
States = NDArray[np.uint8]
BATCH = 500_000  # rows a batch: hundreds for each segment and block; no power of two, which would crowd the cache
MOST_STATES = 2**8 - 2  # scores of all columns together that the quick way numbers
EMPTY = -(2**15)  # stands for an empty cell among the entries


class Meaning(NamedTuple):
    """What the entries of a column mean, the empty cell first: a score, NaN where there is none, or "not used"."""

    entries: Floats
    scores: Floats
    unused: Bools


def are_small_and_whole(source: OnDisk, groups: Iterable[tuple[str, ...]]) -> bool:
    """Whether every group of columns is one column whose entries are known to be few small whole numbers.

    Scores are numbered over all columns together, in eight bits, beside the states "not used" and "blank".
    """
    groups = list(groups)
    if not all(len(group) == 1 and group[0] in source.entries for group in groups):
        return False
    if source.roles.own:  # the same entry may be another score in another column
        return sum(len(source.entries[group[0]]) for group in groups) <= MOST_STATES
    entries = {entry for group in groups for entry in source.entries[group[0]]}
    return len(entries) <= MOST_STATES


def meaning_of(source: OnDisk, column: str, codes: Codes | None) -> Meaning:
    """What each entry that the file was found to hold in a column means."""
    entries = np.array([np.nan, *source.entries[column]])
    scores, unused = read_scores(pd.Series(entries), "score", column, codes)
    return Meaning(entries, scores, unused)


def distinct_scores(meanings: Sequence[Meaning]) -> Floats:
    """The scores that columns hold, in order."""
    scores = np.concatenate([meaning.scores for meaning in meanings])
    is_blank = np.isnan(scores)
    return np.unique(scores[~is_blank])


def lookup_of(meaning: Meaning, known: Floats) -> States:
    """(2**16,) the state of each entry; of one that came after the file was checked, blank."""
    unused = len(known)
    blank = unused + 1
    has_score = ~np.isnan(meaning.scores)
    places = np.searchsorted(known, np.nan_to_num(meaning.scores))
    states = np.where(has_score, places, blank)
    states = np.where(meaning.unused, unused, states)
    entries = np.nan_to_num(meaning.entries, nan=EMPTY)
    entries_as_places = entries.astype(np.int16).view(np.uint16)
    lookup = np.full(2**16, blank, np.uint8)
    lookup[entries_as_places] = states
    return lookup


def folded(
    source: OnDisk,
    columns: Sequence[str],
    labels: Mapping[str, str | None],
    job: Callable[[RecordBatch, int], _T],
    fold: Callable[[Iterable[_T]], _T],
) -> _T:
    """What a job makes of each batch of the columns needed and the number of its first row, folded into one.

    The columns are called by number, or as ``labels`` does; scores are whole numbers of 16 bits.
    """
    table = source.table()
    weight = source.roles.weight
    chosen: dict[str, Any] = {}
    for number, name in enumerate(columns):
        entries = table[name]
        if entries.type().is_floating():
            entries = entries.isnan().ifelse(None, entries)
        chosen[str(number)] = entries.cast("int16")
    if weight:
        chosen["weight"] = table[weight].cast("float64")
    for name, label in labels.items():
        if label:
            chosen[name] = table[label]
    return source.files.folded(table.select(**chosen), BATCH, job, fold)


def weights_in(batch: RecordBatch) -> Floats | None:
    """(n,) the weights of a batch; None without weights."""
    if "weight" not in batch.schema.names:
        return None
    weights = batch.column("weight")
    return np.asarray(weights.to_numpy())


def states_in(batch: RecordBatch, number: int, lookup: States) -> States:
    """(n,) the state of each entry of a column."""
    entries = batch.column(str(number))
    whole = entries.fill_null(EMPTY).to_numpy()
    states = np.take(lookup, whole.view(np.uint16))
    return np.asarray(states)


def label_in(batch: RecordBatch, job: str) -> tuple[Array, Array]:
    """The number of each row's word, and the words, sorted, of a label column."""
    labels = batch.column(job).dictionary_encode()
    stated = in_words(labels.dictionary.to_pandas())
    words = np.array([*stated, NOT_STATED], object)
    distinct, places = np.unique(words, return_inverse=True)
    codes = labels.indices.fill_null(len(stated))
    return places[codes.to_numpy()], distinct
