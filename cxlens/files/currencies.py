"""Currencies: their codes and signs, and the one with which a sheet shows a number.

Amounts of money as people write them belong to :mod:`cxlens.files.money`.
"""

from __future__ import annotations

import re

SYMBOLS = {"€": "EUR", "£": "GBP", "US$": "USD"}  # signs of one currency; others, such as $, stay as they are
SIGNS = ("US$", "€", "£", "$", "¥", "₹", "₽", "₺", "₩", "₪", "zł", "Kč", "kr", "Ft", "Fr.")
_ISO_4217 = (
    "AED ARS AUD BAM BGN BHD BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GEL GHS HKD HUF IDR ILS INR IQD ISK "
    "JOD JPY KES KRW KWD KZT LKR LYD MAD MDL MKD MUR MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RSD RUB SAR "
    "SEK SGD THB TND TRY TWD TZS UAH UGX USD UYU VND XAF XOF ZAR ZMW"
)
CODES = frozenset(_ISO_4217.split())
_FORMAT = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|\"([^\"]+)\"|([€£$¥₹])")  # how a sheet says a currency


def currency_of_format(number_format: str) -> str:
    """The currency with which a sheet shows a number; "" where it shows none."""
    for found in _FORMAT.finditer(number_format or ""):
        sign: str = next(filter(None, found.groups())).strip()
        if sign in SIGNS or sign in CODES:
            return SYMBOLS.get(sign, sign)
    return ""
