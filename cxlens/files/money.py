"""Amounts of money as people write them: ``120.000 EUR``, ``€ 120,000``, ``1'200 CHF``; and numbers that may be two.

A point or a comma before three figures is a sign of thousands where a currency stands beside it, since money has two
decimals; without one nobody can tell, and it is refused. No thousands begin with a nought: ``0.125 EUR`` is an eighth.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from cxlens.errors import ValuesError
from cxlens.files.currencies import CODES, SIGNS, SYMBOLS
from cxlens.files.tables import EITHER, as_number, unmistakable

THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}  # of these 120.500 may be 120 and a half
_BLANKS = re.compile(r"[\s\u00a0\u202f'’]")
_BLANK_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([\s\u00a0\u202f'’]\d{3})+([.,]\d{1,2})?")
_POINT_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")  # 1.200.000 and 1.200,50
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")  # 1,200,000 and 1,200.50


class Amount(NamedTuple):
    """What a cell says of money: the figures as text (or a number), and the currency, "" where none is named."""

    figures: Any
    currency: str


def amount_of(value: Any) -> Amount:
    """The figures and the currency of a cell; what is no text has no currency."""
    if not isinstance(value, str):
        return Amount(value, "")
    text = value.strip()
    for sign in (*SIGNS, *CODES):
        inner = _without(text, sign)
        if inner is not None:
            return Amount(inner, SYMBOLS.get(sign, sign))
    return Amount(text, "")


def _without(text: str, sign: str) -> str | None:
    """The text without a currency before or behind its figures; None where it does not stand there."""
    folded = text.upper()
    for inner in (folded.removeprefix(sign.upper()), folded.removesuffix(sign.upper())):
        if inner != folded and re.search(r"\d", inner) and not re.search(r"[^\W\d_]", inner):
            return inner.strip()
    return None


def money_number(thing: str, amount: Amount, currency: str) -> float:
    """The number of an amount, in a currency that its cell, or another of its row, names.

    Raises
    ------
    ValuesError
        ``cost is '120.000', which may be 120 or 120,000. Write 120000 or 120, or name the currency: '120.000 EUR'.``
    """
    is_told = bool(currency) and currency not in THREE_DECIMALS
    way = "" if currency else f", or name the currency: '{amount.figures} EUR'"
    return plain_number(thing, amount.figures, thousands=is_told, way=way)


def plain_number(thing: str, value: Any, *, thousands: bool = False, way: str = "") -> float:
    """A finite number; text that may be two numbers is refused, unless three figures are known to be thousands.

    ``way``: what else can be done than to write the number in full.
    """
    if not isinstance(value, str):
        return as_number(thing, value)
    text = value.strip()
    if EITHER.fullmatch(text) and not thousands:
        small = float(text.replace(",", "."))
        large = float(text.replace(",", "").replace(".", ""))
        ways = f"{large:.0f} or {unmistakable(small)}{way}"
        raise ValuesError(f"{thing} is {text!r}, which may be {small:g} or {large:,.0f}. Write {ways}.")
    return as_number(thing, _with_point(text, thousands=thousands))


def _with_point(text: str, *, thousands: bool) -> str:
    """A number without signs of thousands, its decimals behind a point."""
    if _BLANK_THOUSANDS.fullmatch(text):
        return _BLANKS.sub("", text).replace(",", ".")
    if _POINT_THOUSANDS.fullmatch(text) and (thousands or text.count(".") > 1 or "," in text):
        return text.replace(".", "").replace(",", ".")
    if _COMMA_THOUSANDS.fullmatch(text) and (thousands or text.count(",") > 1 or "." in text):
        return text.replace(",", "")
    return text
