"""Errors of cxlens, and the sentences they are made of.

An error names the thing, the fault, what is allowed and the next step. Messages that several rooms
need are built here; a message that one place needs stays in that place. No checks of data live here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from numbers import Integral
from types import MethodType
from typing import Any, get_args


class CxlensError(ValueError):
    """Anything cxlens refuses. Catch this one to catch them all."""


class ColumnError(CxlensError):
    """A column that is missing, doubled or named for two jobs."""


class ValuesError(CxlensError):
    """Values in a column, or numbers in an argument, that cannot be what they are said to be."""


class FileError(CxlensError):
    """A file that cannot be read, or does not hold what it should."""


class OptionError(CxlensError):
    """A word or name given as an argument that is none of those allowed."""


def listing(items: Iterable[Any], most: int = 12) -> str:
    """Join items with commas; what does not fit is counted: ``a, b and 3 more``."""
    words = [str(item) for item in items]
    if len(words) <= most:
        return ", ".join(words)
    shown = ", ".join(words[:most])
    left = len(words) - most
    return f"{shown} and {left} more"


def as_share(value: float) -> str:
    """``, such as 0.8 for 80 %`` to one who gave 80 for a share; nothing where it is no such number."""
    if not 2 <= value <= 100:
        return ""
    return f", such as {value / 100:g} for {value:g} %"


def did_you_mean(name: object, known: Sequence[Any]) -> str:
    """`` Did you mean 'nps'?`` with a leading space, or nothing where no name is near."""
    by_lower = {}
    for item in known:
        word = str(item)
        by_lower[word.lower()] = word
    near = difflib.get_close_matches(
        str(name).lower(),
        by_lower,
        n=1,
        cutoff=0.6,
    )
    if not near:
        return ""
    nearest = by_lower[near[0]]
    return f" Did you mean {nearest!r}?"


def unknown_column(role: str, name: object, columns: Sequence[Any]) -> ColumnError:
    """``outcome column 'npz' is not in the data. Did you mean 'nps'? Columns: web, call, nps.``"""
    hint = did_you_mean(name, columns)
    shown = listing(columns, 30)
    return ColumnError(f"{role} column {name!r} is not in the data.{hint} Columns: {shown}.")


def unknown_name(thing: str, name: object, known: Sequence[Any], plural: str) -> OptionError:
    """``touchpoint 'web' is not known here. Did you mean 'Web'? Touchpoints: Web, Call.``"""
    hint = did_you_mean(name, known)
    shown = listing(known, 30)
    return OptionError(f"{thing} {name!r} is not known here.{hint} {plural}: {shown}.")


def not_installed(needing: str, package: str, extra: str) -> CxlensError:
    """``Slides need the package 'python-pptx', which is not installed. Install it: pip install "cxlens[office]"``.

    pip finds cxlens installed and adds what the extra lists, however cxlens came: from an index, a wheel or a clone.
    """
    advice = f'Install it: pip install "cxlens[{extra}]"'
    return CxlensError(f"{needing} the package {package!r}, which is not installed. {advice}")


def check_known(thing: str, names: Iterable[Any], known: Sequence[Any], plural: str) -> None:
    """Refuse a name that is none of those known.

    Raises
    ------
    OptionError
        As :func:`unknown_name` says it.
    """
    for name in names:
        if name not in known:
            raise unknown_name(thing, name, known, plural)


def check_option(option: str, value: object, words: Any) -> None:
    """Refuse a value that is none of the words of a ``Literal`` type.

    Raises
    ------
    OptionError
        ``missing='drp' is not an option. Did you mean 'drop'? Options: 'indicator', 'drop'.``
    """
    allowed = get_args(words)
    if isinstance(value, str) and value in allowed:
        return
    hint = did_you_mean(value, allowed)
    options = listing(map(repr, allowed))
    raise OptionError(f"{option}={value!r} is not an option.{hint} Options: {options}.")


def check_kind(verb: str, value: object, kind: type, make: str) -> None:
    """Refuse an argument of another kind than the verb works on.

    Raises
    ------
    OptionError
        ``drivers works on a Survey, not on a DataFrame. Make one: cx.Survey(data, touchpoints=[...], outcome=...).``
    """
    if isinstance(value, kind):
        check_single_answers(verb, value)
        return
    wanted = kind.__name__
    given = type(value).__name__
    if isinstance(value, MethodType):
        call = f"{value.__name__}()"
        raise OptionError(f"{verb} works on a {wanted}, not on a method. Call it with brackets: {call}.")
    raise OptionError(f"{verb} works on a {wanted}, not on a {given}. Make one: {make}.")


def check_single_answers(verb: str, value: object) -> None:
    """Refuse an aggregated table where single answers are needed; it says itself which verbs take it.

    Raises
    ------
    OptionError
        ``drivers needs single answers, which Aggregates do not hold. Give them: cx.Survey(...). ...``
    """
    verbs = getattr(value, "only_in", (verb,))
    if verb not in verbs:
        raise OptionError(
            f"{verb} needs single answers, which {type(value).__name__} do not hold. Give them: cx.Survey(...). "
            f"Aggregates go into {listing(verbs)}."
        )


def check_level(level: float) -> None:
    """Refuse a confidence level that is not between 0 and 1.

    Raises
    ------
    ValuesError
        ``level=95 is not a confidence level. Give a share between 0 and 1, such as 0.95.``
    """
    is_number = isinstance(level, (int, float))
    if not is_number or not 0 < level < 1:
        raise ValuesError(f"level={level!r} is not a confidence level. Give a share between 0 and 1, such as 0.95.")


def check_seed(seed: object) -> None:
    """Refuse a seed that gives no figures that come out the same each time.

    Raises
    ------
    ValuesError
        ``seed must be a whole number of 0 or more; you gave -1. The same seed gives the same figures again.``
    """
    if not _is_whole(seed, 0):
        raise ValuesError(
            f"seed must be a whole number of 0 or more; you gave {seed!r}. The same seed gives the same figures again."
        )


def check_min_n(min_n: object) -> None:
    """Refuse a number of people that hides no small cell.

    Raises
    ------
    ValuesError
        ``min_n must be a whole number of 1 or more; you gave 0. 5 is usual, 1 hides nothing.``
    """
    if not _is_whole(min_n, 1):
        raise ValuesError(
            f"min_n must be a whole number of 1 or more; you gave {min_n!r}. 5 is usual, 1 hides nothing."
        )


def check_count(option: str, number: object, things: str) -> None:
    """Refuse what is no number of things to show.

    Raises
    ------
    ValuesError
        ``top=0 is not a number of paths. Give a whole number of 1 or more.``
    """
    if not _is_whole(number, 1):
        raise ValuesError(f"{option}={number!r} is not a number of {things}. Give a whole number of 1 or more.")


def _is_whole(value: object, least: int) -> bool:
    """Whether a value is a whole number of `least` or more, and one that an array can hold; True is none."""
    return isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) < 2**63
