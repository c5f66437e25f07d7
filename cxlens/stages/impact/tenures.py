"""How long each customer was followed, and whether they left by then: from a table of tenures, or from purchases.

What is said of groups of them is the question of :mod:`cxlens.stages.impact.retention`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import LEAST, count, few, percent, plural
from cxlens.engine.entries import refuse_spans
from cxlens.engine.labels import in_words
from cxlens.engine.roles import check_jobs
from cxlens.errors import OptionError, ValuesError
from cxlens.files.answers import EMPTY_WORDS, read_table
from cxlens.files.cells import Column
from cxlens.stats.silence import Spells, longest_wait_in_days, until_silence, waits_between, waits_to_the_end
from cxlens.study.purchases import Purchases

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
UNITS = ("days", "weeks", "months", "quarters", "years")
USUAL = 0.9  # share of the waits between two purchases that are no silence in any case
SHOWN = 5  # entries of a message


class Tenures(NamedTuple):
    """Customers followed: (n,) ``time`` 0 or more, whether they ``left`` at its end, and the ``group`` in words.

    ``unit`` counts the time, ``verb`` says what leaving is, ``rule`` and ``left_out`` what was decided and left out, in
    sentences.
    """

    time: Floats
    left: Bools
    group: NDArray[np.object_]
    unit: str
    verb: str
    rule: str
    left_out: str


def of_table(data: Any, tenure: str, left: str, by: str | None) -> Tenures:
    """The tenures of a table with a row a customer.

    Raises
    ------
    ColumnError, OptionError, ValuesError, FileError
        When a column is missing, a tenure is no number or below 0, or ``left`` is not 0 or 1.
    """
    wanted = {tenure: Column("number", EMPTY_WORDS), left: Column("number", EMPTY_WORDS)}
    roles = [("tenure", tenure), ("left", left)]
    if by:
        wanted.setdefault(by, Column("label"))
        roles.append(("by", by))
    frame = read_table(data, wanted, "table of tenures").frame
    check_jobs(roles, list(frame.columns))
    frame = frame.reset_index(drop=True)
    time = _numbers(frame[tenure], "tenure")
    flags = _numbers(frame[left], "left")
    _refuse(frame[tenure], time < 0, "tenure", "is below 0", "Nobody leaves before arriving: correct the dates.")
    is_flag = flags.isna() | flags.isin([0, 1])
    _refuse(frame[left], ~is_flag, "left", "is neither 0 nor 1", "Write 1 for who left, 0 for who is still there.")
    told = time.notna() & flags.notna()
    blank = int((~told).sum())
    group = in_words(frame[by]) if by else np.full(len(frame), "all", object)
    return Tenures(
        np.asarray(time[told], np.float64),
        np.asarray(flags[told] == 1, bool),
        group[told.to_numpy(bool)],
        tenure if tenure in UNITS else f"units of {tenure!r}",
        "leave",
        "",
        f"Left out: {few(blank)} of {plural(len(frame), 'customer')} without a tenure or {left!r}." if blank else "",
    )


def of_purchases(purchases: Purchases, by: str | None, silent: float | None) -> Tenures:
    """From the first purchase to the last one before a silence; ``silent`` in days, as waits go by default."""
    customer, day, _, segments = purchases.bought
    why = ""
    if silent is None:
        silent, why = _usual_silence(purchases)
    spells = until_silence(customer, day, purchases.counts.last, silent)
    known = ~np.isnan(spells.time)
    if not known.any():
        raise ValuesError(
            f"every customer first bought within the last {silent:g} days, so nobody can be silent for longer. "
            "Give silent= fewer days, or a longer record."
        )
    too_late = int((~known).sum())
    group = np.full(len(known), "all", object)
    if by:
        group = segments[by].astype(object).to_numpy()
    first, _ = purchases.span
    sentences = [
        why,
        "A silence is no proof of having left.",
        f"Who bought before {first}, when the record begins, counts as new.",
        f"Not counted: {few(too_late)} who came too late to tell." if too_late else "",
        purchases.left_out,
    ]
    return Tenures(
        spells.time[known],
        spells.left[known],
        group[known],
        "days",
        "fall silent",
        f"silent: no purchase for over {silent:g} days, after which {_came_back(spells)} came back",
        " ".join(filter(None, sentences)),
    )


def _came_back(spells: Spells) -> str:
    """How many of those who fell silent bought again, in words that tell of none too few."""
    back = spells.came_back.sum()
    fell_silent = spells.left.sum()
    if back < LEAST:
        return f"fewer than {LEAST} customers"
    return f"{percent(back / fell_silent)} of customers"


def _usual_silence(purchases: Purchases) -> tuple[float, str]:
    """The days after which hardly anybody comes back, nine of ten waits where those are more; and which it is."""
    customer, day, *_ = purchases.bought
    waits = waits_between(customer, day)
    if not len(waits):
        raise ValuesError(
            f"nobody of {count(purchases.n)} customers bought on two days, so the purchases do not tell what a long "
            "silence is. Give it: silent=90 (days)."
        )
    most_waits = float(np.ceil(np.quantile(waits, USUAL)))
    rare_beyond = longest_wait_in_days(waits, waits_to_the_end(customer, day, purchases.counts.last))
    if rare_beyond >= most_waits:
        return rare_beyond, f"Of all waits of over {rare_beyond:g} days fewer than 5 in 100 end."
    return most_waits, f"Of waits between two purchases nine of ten are no longer than {most_waits:g} days."


def check_silent(silent: float | None) -> None:
    """Refuse a silence that is none."""
    if silent is not None and not silent >= 1:
        raise OptionError(f"silent must be 1 day or more; you gave {silent:g}.")


def _numbers(values: pd.Series[Any], role: str) -> pd.Series[float]:
    """Numbers, NaN where blank; text is refused."""
    refuse_spans(values, role, str(values.name))
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = values.notna() & ~np.isfinite(numbers)
    _refuse(values, wrong, role, "is no plain number", "Correct them, or leave the cells empty.")
    return numbers


def _refuse(values: pd.Series[Any], wrong: pd.Series[bool], role: str, fault: str, advice: str) -> None:
    """Refuse a column for the entries that a mask marks."""
    places = np.flatnonzero(wrong)
    if not len(places):
        return
    entries = ", ".join(f"row {place + 1:,} ({values.iloc[place]})" for place in places[:SHOWN])
    more = len(places) - SHOWN
    rest = f" and {more:,} more" if more > 0 else ""
    raise ValuesError(
        f"{role} column {values.name!r} {fault} in {len(places):,} of {plural(len(values), 'row')}: {entries}{rest}. "
        f"Rows are counted from 1, a header aside. {advice}"
    )
