"""Lift, effort and costs of an initiative: three numbers each, or one figure whose range is then half of it around it.

Also the currency of the cost. The rest of an initiative belongs to :mod:`cxlens.study.initiatives`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from cxlens.common.values import count, plural
from cxlens.errors import ColumnError, ValuesError, listing
from cxlens.files.currencies import CODES, SIGNS, SYMBOLS
from cxlens.files.money import amount_of, money_number, plain_number
from cxlens.files.tables import as_number

COSTS = ("cost", "cost_per_place")
RANGES = ("lift", "effort", *COSTS)
ENDS = ("low", "likely", "high")
TO_STANDARD = "to standard"
BLANK_LIFT = {"lift_low": math.nan, "lift_likely": math.nan, "lift_high": math.nan}
MILLION = 1_000_000
Cells = Mapping[str, Any]


def check_range_columns(place: str, header: Collection[str]) -> None:
    """Refuse a list that has no column for the lift or the effort."""
    for what in ("lift", "effort"):
        columns = [f"{what}_{end}" for end in ENDS]
        if what in header or f"{what}_likely" in header:
            continue
        raise ColumnError(
            f"{place}: column {what!r} is missing. Give {what} as one figure, or {listing(columns)}. "
            f"Columns found: {listing(header, 30)}."
        )


def with_single_figures(thing: str, row: Cells) -> dict[str, Any]:
    """The cells of a row, one figure under ``lift``, ``effort`` or a cost in the place of the likely one."""
    cells = dict(row)
    for what in RANGES:
        single = cells.pop(what, "")
        if single == "":
            continue
        given = [f"{what}_{end}" for end in ends_given(what, row)]
        if given:
            raise ValuesError(f"{thing} gives both {what} and {listing(given)}. Keep one of them.")
        cells[f"{what}_likely"] = single
    return cells


def lift_of(thing: str, kind: str, row: Cells, *, to_standard: bool) -> dict[str, Any]:
    """The three numbers, or NaN where a standard or nothing says how far it goes."""
    is_word = str(row["lift_likely"]).strip().lower() == TO_STANDARD
    to_standard = to_standard or is_word
    given = ends_given("lift", row)
    if is_word:
        given.remove("likely")
    _check_lift(thing, kind, to_standard, given)
    if to_standard or kind == "remove":
        return {**BLANK_LIFT, "to_standard": to_standard}
    lift = range_of(thing, "lift", row)
    return {**lift, "to_standard": False}


def _check_lift(thing: str, kind: str, to_standard: bool, given: list[str]) -> None:
    """Refuse a lift too many or none."""
    if kind == "remove":
        if given or to_standard:
            raise ValuesError(f"{thing} removes its touchpoints and has a lift. Leave the lift blank.")
        return
    if to_standard and given:
        raise ValuesError(
            f"{thing} goes to standard and has a lift in points too. Leave the points blank, or take "
            f"'{TO_STANDARD}' back."
        )
    if not to_standard and not given:
        raise ValuesError(
            f"{thing} has no lift. Give low, likely and high in points of the score, one figure, or '{TO_STANDARD}' as "
            "the likely one."
        )


def ends_given(what: str, row: Cells) -> list[str]:
    """Which of low, likely and high are not blank."""
    return [end for end in ENDS if row.get(f"{what}_{end}", "") != ""]


def range_of(thing: str, what: str, row: Cells, currency: str = "") -> dict[str, float]:
    """The three numbers of a range, in order; of one figure half of it to one and a half times."""
    columns = [f"{what}_{end}" for end in ENDS]
    given = ends_given(what, row)
    if given == ["likely"]:
        likely = _number(f"{thing}: {what}", what, row[f"{what}_likely"], currency)
        values = half_around(likely)
    elif len(given) < len(ENDS):
        lacking = "figure"
        if given:
            lacking = " and no ".join(end for end in ENDS if end not in given)
        raise ValuesError(
            f"{thing}: {what} has no {lacking}. Give low, likely and high, or one figure alone: half of it to one "
            "and a half times is then taken."
        )
    else:
        low, likely, high = (_number(f"{thing}: {column}", what, row[column], currency) for column in columns)
        values = (low, likely, high)
    _check_order(thing, what, values)
    return dict(zip(columns, values, strict=True))


def half_around(likely: float) -> tuple[float, float, float]:
    """The range that is taken where one figure is given: it is what is expected on average, too."""
    low, high = sorted((likely / 2, 1.5 * likely))
    return low, likely, high


def _number(thing: str, what: str, value: Any, currency: str) -> float:
    """A number of a range. Points of a score have no thousands, so that 1.250 is told."""
    if what == "lift":
        return _points(thing, value)
    if what == "effort":
        return plain_number(thing, value)
    return money_number(thing, amount_of(value), currency)


def _points(thing: str, value: Any) -> float:
    """A lift in points of the score; where it may be a word, the word is named."""
    try:
        return as_number(thing, value)
    except ValuesError:
        if thing.endswith("lift"):
            raise ValuesError(f"{thing} is {value!r}. Write points of the score, or '{TO_STANDARD}'.") from None
        raise


def _check_order(thing: str, what: str, values: tuple[float, float, float]) -> None:
    """Refuse a range out of order; effort and cost are never below 0."""
    low, likely, high = values
    may_be_negative = what == "lift"
    is_ordered = low <= likely <= high
    if not is_ordered or (low < 0 and not may_be_negative):
        least = "" if may_be_negative else "0 <= "
        raise ValuesError(
            f"{thing}: {what} is out of order: low {low:g}, likely {likely:g}, high {high:g}. "
            f"Give {least}low <= likely <= high."
        )


def currency_of(thing: str, row: Cells) -> str:
    """The currency of the costs of a row, from its cells or its column ``currency``; "" where none is named."""
    amounts = [amount_of(row[f"{what}_{end}"]) for what in COSTS for end in ENDS]
    named = {amount.currency for amount in amounts} | {checked_currency(thing, row["currency"])}
    named.discard("")
    if len(named) > 1:
        raise ValuesError(f"{thing}: its cost is in {listing(sorted(named))}. Give it in one currency.")
    return named.pop() if named else ""


def checked_currency(thing: str, value: Any) -> str:
    """A currency by its code or sign; "" where none is named."""
    text = str(value).strip()
    currency = SYMBOLS.get(text, text.upper() if text.upper() in CODES else text)
    if currency and currency not in CODES and currency not in SIGNS:
        raise ValuesError(f"{thing}: currency is {value!r}. Write its code or sign, such as EUR or $.")
    return currency


def check_one_currency(entry: Cells, before: Mapping[str, Cells]) -> None:
    """Refuse a cost in another currency than those before, or in none where those have one."""
    if not _costs_something(entry):
        return
    thing = f"initiative {entry['name']!r}"
    for name, other in before.items():
        if not _costs_something(other) or entry["currency"] == other["currency"]:
            continue
        ours, theirs = (cells["currency"] or "no currency" for cells in (entry, other))
        raise ValuesError(
            f"{thing}: its cost is in {ours}, that of {name!r} in {theirs}. Give all costs in one currency, such as in "
            "a column currency."
        )


def _costs_something(entry: Cells) -> bool:
    """Whether an initiative has a cost, in all or for each place."""
    return any(not math.isnan(entry.get(f"{what}_likely", math.nan)) for what in COSTS)


def assumed_of(row: Cells, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of lift, effort and costs have a range that was taken from one figure, also by an earlier reading."""
    earlier = row["assumed"] if isinstance(row["assumed"], (tuple, list)) else ()
    assumed = []
    for what in RANGES:
        values = tuple(entry.get(f"{what}_{end}", math.nan) for end in ENDS)
        is_given_once = ends_given(what, row) == ["likely"] and not math.isnan(values[1])
        is_still_so = what in earlier and values == half_around(values[1])
        if is_given_once or is_still_so:
            assumed.append(what)
    return tuple(assumed)


def told_assumed(initiatives: pd.DataFrame) -> str:
    """What is to be said of ranges that were taken from one figure; "" where there are none."""
    if "assumed" not in initiatives:
        return ""
    counts = {what: sum(what in names for names in initiatives["assumed"]) for what in RANGES}
    parts = [f"{what.replace('_', ' ')} of {plural(n, 'initiative')}" for what, n in counts.items() if n]
    if not parts:
        return ""
    return f"One figure was given for {listing(parts)}: half of it to one and a half times is its range."


def currency_in(initiatives: pd.DataFrame) -> str:
    """The currency of the costs of a list; "" where none is named."""
    if "currency" not in initiatives:
        return ""
    return next(filter(None, initiatives["currency"]), "")


def with_currency(initiatives: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A list whose costs are in the currency of the study, where it names none itself."""
    own = currency_in(initiatives)
    if own and currency and own != currency:
        raise ValuesError(f"costs are in {own}, and the study is in {currency}. Give all money in one currency.")
    if own or not currency:
        return initiatives
    costs = initiatives[[f"{what}_likely" for what in COSTS]]
    named = costs.notna().any(axis=1).map({True: currency, False: ""})
    return initiatives.assign(currency=named)


def in_money(value: float, currency: str) -> str:
    """An amount with its currency: ``120,000 EUR``, ``$120,000``."""
    if not currency:
        return count(value)
    if currency in CODES:
        return f"{count(value)} {currency}"
    gap = " " if currency.isalpha() else ""
    return f"{currency}{gap}{count(value)}"


def money_range(low: float, high: float, currency: str) -> str:
    """A range of amounts: ``1,000 to 3,000 EUR``, ``$1,000 to $3,000``."""
    most = in_money(high, currency)
    least = in_money(low, currency) if currency and currency not in CODES else count(low)
    return f"{least} to {most}"


def three_digits(value: float) -> float:
    """An amount to three digits: what is estimated is known no better."""
    if not value:
        return 0.0
    return round(value, 2 - math.floor(math.log10(abs(value))))


def short_money(value: float, currency: str) -> str:
    """The same to three digits, as people say it: ``$1.49 million``, ``956,000 EUR``."""
    rounded = three_digits(value)
    if abs(rounded) < MILLION:
        return in_money(rounded, currency)
    in_full = in_money(MILLION, currency)
    return in_full.replace(count(MILLION), f"{rounded / MILLION:,.3g} million")
