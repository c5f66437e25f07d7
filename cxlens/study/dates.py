"""Dates as people write them: what a column of texts means, if it means dates at all.

What order they come in, and which of them make a wave, belongs to :mod:`cxlens.study.waves`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import NamedTuple

# English, German, French and Spanish; a name may be cut off after three letters, or as far as it stays clear.
MONTHS = (
    ("january", "januar", "jänner", "janvier", "enero", "ene"),
    ("february", "februar", "février", "fevrier", "fév", "febrero"),
    ("march", "märz", "maerz", "mär", "mrz", "mars", "marzo"),
    ("april", "avril", "abril", "avr", "abr"),
    ("may", "mai", "mayo"),
    ("june", "juni", "juin", "junio"),
    ("july", "juli", "juillet", "juil", "julio"),
    ("august", "août", "aout", "agosto", "ago"),
    ("september", "sept", "septembre", "septiembre"),
    ("october", "oktober", "okt", "octobre", "octubre"),
    ("november", "novembre", "noviembre"),
    ("december", "dezember", "dez", "décembre", "decembre", "déc", "diciembre", "dic"),
)
Y4 = r"(?P<year>[12][0-9]{3})"
YEAR = r"(?P<year>[12][0-9]{3}|[0-9]{2})"
NAME = r"(?P<name>[^\W\d_]{3,})\.?"
DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
CLOCK = (
    r"(?:[ t,]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r" ?(?P<half>[ap]\.?m\.?)? ?(?P<zone>z|(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?|utc|gmt)?)?"
)
FORMS = {
    "quarter": (
        rf"q(?P<quarter>[1-4])[ ,_/'-]*{YEAR}",
        rf"{Y4}[ ,_/-]*q(?P<quarter>[1-4])",
        rf"(?P<quarter>[1-4])q[ ,_/'-]*{YEAR}",
        rf"(?P<quarter>[1-4])\. ?quartal {Y4}",
    ),
    "day": (
        rf"{Y4}([-/.])(?P<month>[0-9]{{1,2}})\2(?P<day>[0-9]{{1,2}}){CLOCK}",
        rf"(?P<first>[0-9]{{1,2}})(?P<sign>[-/.])(?P<second_part>[0-9]{{1,2}})(?P=sign){YEAR}{CLOCK}",
        rf"{DAY}[ -]*{NAME}[ ,-]*{Y4}{CLOCK}",
        rf"{NAME} *{DAY}[ ,]+{Y4}{CLOCK}",
    ),
    "month": (
        rf"{Y4}[-/.](?P<month>[0-9]{{1,2}})",
        rf"(?P<month>[0-9]{{1,2}})[-/.]{Y4}",
        rf"{NAME}[ ,_/-]*{Y4}",
        rf"{NAME} *[-'’/] *(?P<year>[0-9]{{2}})",
        rf"{Y4}[ ,_/-]*{NAME}",
    ),
}
PATTERNS = [(grain, re.compile(form)) for grain, forms in FORMS.items() for form in forms]


class Dates(NamedTuple):
    """What texts mean: the first moment of each, how long each lasts, and the other reading of day/month texts.

    ``moments`` is as the clock on the wall showed it, with its zone where the text names one. ``others`` reads the
    month first where nothing in the column says which comes first; it is None where there is no doubt.
    """

    moments: list[dt.datetime]
    grain: str
    others: list[dt.datetime] | None


def read_dates(texts: Sequence[str]) -> Dates | None:
    """What texts mean, if each is a date of the same grain: a day, a month or a quarter; else None."""
    matches = [_match(text) for text in texts]
    grains = {grain for grain, _ in matches}
    if len(grains) != 1 or "" in grains:
        return None
    parts = [found for _, found in matches]
    day_first = _moments(parts, day_first=True)
    month_first = _moments(parts, day_first=False)
    moments = day_first or month_first
    if moments is None:
        return None
    in_doubt = day_first and month_first and day_first != month_first and not _dotted(parts)
    return Dates(moments, grains.pop(), month_first if in_doubt else None)


def has_zone(text: str) -> bool:
    """Whether a date in words names its time zone."""
    _, parts = _match(text)
    return bool(parts.get("zone"))


def _match(text: str) -> tuple[str, dict[str, str]]:
    """How long the time of a text lasts, and its parts; nothing where it is none of the forms."""
    words = text.strip().casefold()
    for grain, pattern in PATTERNS:
        found = pattern.fullmatch(words)
        if found:
            return grain, {name: part for name, part in found.groupdict().items() if part}
    return "", {}


def _dotted(parts: Sequence[dict[str, str]]) -> bool:
    """Whether the dates are written 5.12.2023: where dots are used, the day comes first."""
    return all(found.get("sign", ".") == "." for found in parts)


def _moments(parts: Sequence[dict[str, str]], *, day_first: bool) -> list[dt.datetime] | None:
    """The moment of each text; None where one of them is no date when read so."""
    try:
        return [_moment(found, day_first=day_first) for found in parts]
    except ValueError:
        return None


def _moment(parts: dict[str, str], *, day_first: bool) -> dt.datetime:
    """The moment that parts of a text name; a ValueError where there is none such."""
    year = int(parts["year"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    if "first" in parts:
        pair = int(parts["first"]), int(parts["second_part"])
        day, month = pair if day_first else pair[::-1]
    else:
        day = int(parts.get("day", 1))
        month = _month(parts)
    date = dt.datetime(year, month, day)
    return _at_the_hour(date, parts) if "hour" in parts else date


def _month(parts: dict[str, str]) -> int:
    """The month, or the first one of the quarter."""
    if "quarter" in parts:
        return 3 * int(parts["quarter"]) - 2
    if "name" in parts:
        return _named_month(parts["name"])
    return int(parts["month"])


def _named_month(name: str) -> int:
    """The number of a month; a ValueError where a word names none, or the beginning of two."""
    named = set()
    for number, names in enumerate(MONTHS, 1):
        if any(full.startswith(name) for full in names):
            named.add(number)
    if len(named) != 1:
        raise ValueError(name)
    return named.pop()


def _at_the_hour(date: dt.datetime, parts: dict[str, str]) -> dt.datetime:
    """The same day with its time and zone."""
    hour = int(parts["hour"])
    half = parts.get("half", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    fraction = parts.get("fraction", "0")[:6].ljust(6, "0")
    return date.replace(
        hour=hour,
        minute=int(parts["minute"]),
        second=int(parts.get("second", 0)),
        microsecond=int(fraction),
        tzinfo=_zone(parts.get("zone", "")),
    )


def _zone(text: str) -> dt.timezone | None:
    """The time zone that a text names: ``z``, ``+01:00`` or ``gmt+2``."""
    if not text:
        return None
    offset = re.sub("^(z|utc|gmt)", "", text)
    if not offset:
        return dt.UTC
    hours = offset[1:].replace(":", "")
    minutes = "0"
    if len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    ahead = dt.timedelta(hours=int(hours), minutes=int(minutes))
    return dt.timezone(-ahead if offset.startswith("-") else ahead)
