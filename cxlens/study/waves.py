"""The order of time: which wave comes before which, and the months, quarters or years that dates fall in.

What a column holds is sorted here and nowhere else, for every verb and every chart. How dates are written belongs to
:mod:`cxlens.study.dates`; what changed from wave to wave is the question of the stages.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import wave_words
from cxlens.engine.entries import span_in
from cxlens.engine.labels import in_words
from cxlens.errors import OptionError, ValuesError, check_option, did_you_mean, listing
from cxlens.study.dates import Dates, has_zone, read_dates

Period = Literal["month", "quarter", "year"]
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
ORDINAL = re.compile(r"(?<=[0-9])(?:st|nd|rd|th)\b")
TIME = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}:[0-9]{2}")  # a part of a date, or of a time of day
ZONED = re.compile(
    r":[0-9]{2}(?:[.,][0-9]+)?(?: ?[ap]\.?m\.?)? ?(?:z|utc|gmt|(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?)$",
    re.IGNORECASE,
)  # a time of day that ends with its zone
SPAN = re.compile(r"(?P<year>[12][0-9]{3})[ /_-]+(?P<next>[0-9]{2}|[0-9]{4})")  # 2023/24
MOMENT = "(moment)"  # the label column with the dates themselves, where waves are their periods
FORMATS = {"month": "%Y-%m", "year": "%Y"}
LONGER = {"month": ("day", "month"), "quarter": ("day", "month", "quarter"), "year": ("day", "month", "quarter")}


def in_order_of_time(values: Sequence[Any], column: str, categories: Sequence[Any] = ()) -> list[Any]:
    """Waves in the order of time.

    Parameters
    ----------
    values
        The waves, each once, in any order: dates, numbers, or texts that mean dates or count up.
    column
        Where they stand, for messages.
    categories
        The order that the data say, as an ordered Categorical does; it comes before all else.

    Raises
    ------
    ValuesError
        When their order cannot be told, or can be told in two ways.

    Examples
    --------
    >>> in_order_of_time(["W10", "W9", "W1"], "wave"), in_order_of_time(["Q1 2024", "Q4 2023"], "wave")
    (['W1', 'W9', 'W10'], ['Q4 2023', 'Q1 2024'])
    """
    waves = list(values)
    if categories:
        return [wave for wave in categories if wave in waves]
    if len(waves) < 2:
        return waves
    if all(isinstance(wave, Real) for wave in waves):
        return sorted(waves)
    if all(isinstance(wave, dt.date) for wave in waves):
        moments = [pd.Timestamp(wave) for wave in waves]
        return _sorted_by(moments, waves, column)
    labels = pd.Series(waves, dtype=object)
    words = [str(word) for word in in_words(labels)]
    say_it = (
        f", or say their order: data[{column!r}] = pd.Categorical(data[{column!r}], [first, ..., last], ordered=True)"
    )
    places = _places(words, repr(column), say_it)
    return [waves[place] for place in places]


def wave_called(name: str, value: Any, waves: Sequence[Any], column: Any) -> Any:
    """The wave that is given by its value or in words.

    Raises
    ------
    ValuesError
        When it is none: ``name`` is what it was given as, ``column`` where waves stand.
    """
    if value is not pd.NA and value in waves:
        return value
    by_word = {wave_words(wave): wave for wave in waves}
    word = wave_words(value)
    if word in by_word:
        return by_word[word]
    hint = _written_otherwise(word, list(by_word))
    raise ValuesError(f"{name}={word!r} is no wave of this survey.{hint} Waves in {column!r}: {listing(by_word)}.")


def _written_otherwise(word: str, waves: Sequence[str]) -> str:
    """`` Did you mean '2025 Q1'?`` of ``2025-Q1``; nothing of another wave, however near."""
    signs = _signs_of(word)
    same = [wave for wave in waves if _signs_of(wave) == signs]
    return did_you_mean(word, same)


def _signs_of(word: str) -> str:
    """The letters and digits of a text, whatever stands between them."""
    letters = filter(str.isalnum, word.casefold())
    return "".join(letters)


def words_in_order(words: Sequence[str], whose: str) -> list[str]:
    """The same for waves in words that stand in a file or a table; ``whose`` they are, for messages."""
    if len(words) < 2:
        return list(words)
    return [words[place] for place in _places(list(words), whose, "")]


def _sorted_by(moments: list[pd.Timestamp], waves: list[Any], column: str) -> list[Any]:
    """Dates and times by when they are; some with a time zone and some without cannot be sorted."""
    zoned = [moment for moment in moments if moment.tzinfo]
    naive = [moment for moment in moments if not moment.tzinfo]
    if zoned and naive:
        raise mixed_zones(f"time column {column!r}", zoned[0], naive[0])
    order = sorted(range(len(waves)), key=moments.__getitem__)
    return [waves[place] for place in order]


def mixed_zones(where: str, zoned: object, naive: object) -> ValuesError:
    """What to say of times of which some have a time zone and some have none."""
    return ValuesError(
        f"{where} mixes times with a time zone ({zoned}) and without ({naive}), so their order is not "
        "known. Give all of them a zone, or none."
    )


def _keys(words: list[str], whose: str) -> list[Any] | None:
    """What texts are sorted by: their numbers, the dates they mean, or the number that counts them."""
    are_numbers = all(NUMBER.fullmatch(word.strip()) for word in words)
    numbers = _counted(words) if are_numbers else None
    return numbers or _dated(words, whose) or _spans(words) or _counted(words)


def _places(words: list[str], whose: str, say_it: str) -> list[int]:
    """The places of texts in the order of time; an order that is not known, and two words for one time, are refused."""
    keys = _keys(words, whose)
    if keys is None:
        raise ValuesError(
            f"the waves of {whose} cannot be put in order of time: {listing(words)}. Write them as dates, as "
            f'numbers or counted ("W1", "Q1 2024", "Jan 2024"){say_it}.'
        )
    seen: dict[Any, str] = {}
    for key, word in zip(keys, words, strict=True):
        if key in seen:
            raise ValuesError(
                f"the waves {seen[key]!r} and {word!r} of {whose} are one and the same time. Write them alike."
            )
        seen[key] = word
    return sorted(range(len(keys)), key=keys.__getitem__)


def _dated(words: list[str], whose: str) -> list[Any] | None:
    """The moments that texts mean, where the order is sure."""
    dates = read_dates(words)
    if dates is None:
        return None
    check_zones(words, dates, whose)
    if dates.others is not None:
        places = range(len(words))
        day_first = sorted(places, key=dates.moments.__getitem__)
        if day_first != sorted(places, key=dates.others.__getitem__):
            raise two_readings(words, dates, whose)
    return list(dates.moments)


def check_zones(words: Sequence[str], dates: Dates, whose: str) -> None:
    """Refuse dates in words of which some name a time zone and some do not."""
    zoned = [word for word in words if has_zone(word)]
    if zoned and len(zoned) < len(dates.moments):
        naive = next(word for word in words if not has_zone(word))
        raise mixed_zones(f"time column {whose}", zoned[0], naive)


def two_readings(words: Sequence[str], dates: Dates, whose: str) -> ValuesError:
    """What to say of 05/12/2023, where no other date of the column tells the day from the month."""
    others = dates.others or dates.moments
    triples = zip(words, dates.moments, others, strict=True)
    word, day_first, month_first = next(triple for triple in triples if triple[1] != triple[2])
    return ValuesError(
        f"the dates of {whose} can be read in two ways: {word!r} is {day_first.date()} with the day first, "
        f"{month_first.date()} with the month first. Write them as {day_first.date()}."
    )


def counted(words: list[str]) -> NDArray[np.float64] | None:
    """(w,) the numbers that texts count, where they are alike but for one number; None where they are not.

    Spans such as 2023/24 count by their first year.
    """
    keys = _spans(words) or _counted(words)
    if keys is None or any(isinstance(key, tuple) for key in keys):
        return None
    return np.array(keys, float)


def _spans(words: list[str]) -> list[Any] | None:
    """The first year of texts such as 2023/24."""
    years = []
    for word in words:
        found = SPAN.fullmatch(word.strip())
        if not found:
            return None
        year = int(found["year"])
        following = int(found["next"])
        if following % 100 != (year + 1) % 100:
            return None
        years.append(year)
    return years


def _counted(words: list[str]) -> list[Any] | None:
    """The numbers in texts that are alike but for them; a year comes before what it holds.

    Which of two numbers comes first is not known unless one of them is a year.
    """
    plain = [_plain(word) for word in words]
    frames = {NUMBER.sub("#", word).replace(" ", "") for word in plain}
    if len(frames) != 1 or "#" not in frames.pop():
        return None
    columns = []
    for numbers in zip(*map(_numbers_in, plain), strict=True):
        if len(set(numbers)) > 1:
            columns.append(numbers)
    if len(columns) < 2:
        if columns:
            return list(columns[0])
        return [0.0] * len(words)
    columns.sort(key=_are_years, reverse=True)
    years, *rest = columns
    if len(rest) > 1 or not _are_years(years) or _are_years(rest[0]):
        return None
    return list(zip(years, rest[0], strict=True))


def _plain(word: str) -> str:
    """A text without what people write in several ways: capitals, blanks, the endings of 1st and 2nd."""
    lower = word.casefold()
    without_endings = ORDINAL.sub("", lower)
    return " ".join(without_endings.split())


def _numbers_in(text: str) -> list[float]:
    """The numbers of a text, in turn."""
    return [float(number) for number in NUMBER.findall(text)]


def _are_years(numbers: tuple[float, ...]) -> bool:
    """Whether numbers are years, and not the counts of something."""
    return all(1900 <= number < 2100 and number.is_integer() for number in numbers)


def check_times(values: pd.Series[Any], column: str) -> None:
    """Refuse durations, periods, and times of which some have a time zone and some have none.

    Raises
    ------
    ValuesError
        When the column holds durations or periods, or mixes time zones with none.
    """
    check_moments(values, column)
    is_number = pd.api.types.is_numeric_dtype(values)
    if not is_number and not pd.api.types.is_datetime64_any_dtype(values):
        _check_zones_of(values.dropna().unique().tolist(), column)


def check_moments(values: pd.Series[Any], column: str) -> None:
    """Refuse what says how long and not when, and periods, which say both.

    Raises
    ------
    ValuesError
        When the column holds durations or periods.
    """
    spans = span_in(values)
    if spans == "durations":
        raise ValuesError(f"time column {column!r} holds durations: they say how long, not when. Give dates or waves.")
    if spans == "periods":
        raise ValuesError(
            f"time column {column!r} holds periods of time. Turn them into dates: data[{column!r}].dt.to_timestamp()."
        )


def _check_zones_of(values: list[Any], column: str) -> None:
    """Refuse times and texts of which some name a time zone and some do not; what is no time has none to name."""
    times = [value for value in values if isinstance(value, dt.datetime) or TIME.search(str(value))]
    zoned = [value for value in times if _is_zoned(value)]
    if zoned and len(zoned) < len(times):
        naive = next(value for value in times if not _is_zoned(value))
        raise mixed_zones(f"time column {column!r}", zoned[0], naive)


def _is_zoned(value: Any) -> bool:
    """Whether a time, or a text that means one, names its time zone."""
    if isinstance(value, dt.datetime):
        return value.tzinfo is not None
    return bool(ZONED.search(str(value)))


def check_period(period: str | None, time: str | None) -> None:
    """Refuse a word that is no period, and a period without a column of dates.

    Raises
    ------
    OptionError
        ``period='month' needs the column of dates. Name it: time='column'.``
    """
    if period is None:
        return
    check_option("period", period, Period)
    if time is None:
        raise OptionError(f"period={period!r} needs the column of dates. Name it: time='column'.")


def in_periods(values: pd.Series[Any], period: Period, column: str) -> pd.Series[Any]:
    """The month (``2024-05``), quarter (``2024 Q2``) or year (``2024``) of each date, as text; empty where none is.

    Raises
    ------
    ValuesError
        When an entry is no date, or can be read as two.
    """
    codes, entries = pd.factorize(values)
    moments = _moments_of(list(entries), period, column)
    names: list[str | None] = [_in_period(moment, period) for moment in moments]
    names.append(None)  # an empty cell has the code -1
    words = np.array(names, dtype=object)
    return pd.Series(words[codes], values.index, dtype="object", name=values.name)


def _moments_of(entries: list[Any], period: Period, column: str) -> list[dt.datetime]:
    """The moment of each entry, on the clock of its own zone."""
    if all(isinstance(entry, dt.date) for entry in entries):
        moments = [pd.Timestamp(entry) for entry in entries]
        _sorted_by(moments, entries, column)  # refuses mixed zones
        return list(moments)
    words = [str(entry) for entry in entries]
    are_numbers = any(isinstance(entry, Real) for entry in entries)
    dates = None if are_numbers else read_dates(words)
    if dates is None or dates.grain not in LONGER[period]:
        raise _no_dates(words, period, column)
    check_zones(words, dates, repr(column))
    if dates.others is not None:
        day_first = [_in_period(moment, period) for moment in dates.moments]
        month_first = [_in_period(moment, period) for moment in dates.others]
        if day_first != month_first:
            raise two_readings(words, dates, repr(column))
    return dates.moments


def _no_dates(words: list[str], period: Period, column: str) -> ValuesError:
    """What to say of a column that is to be told by month and holds no dates."""
    odd = [word for word in words if not read_dates([word])] or words
    return ValuesError(
        f"period={period!r} needs dates in {column!r}, which holds {listing(map(repr, odd), 5)}. "
        "Write dates as 2024-05-31, empty the other cells, or leave period out."
    )


def _in_period(moment: dt.datetime, period: Period) -> str:
    """The month, quarter or year of a moment, in words that sort by time."""
    if period == "quarter":
        return f"{moment.year} Q{(moment.month + 2) // 3}"
    return moment.strftime(FORMATS[period])
