"""Arguments of another kind than their annotation says: told in one sentence, where they made a call fail.

What a value of the right kind may be is checked by the noun or verb that takes it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar
from functools import wraps
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from cxlens.errors import CxlensError, ValuesError

Thing = TypeVar("Thing")  # a function, or a class
RAW = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # what Python says of a value it cannot use
LONGEST = 60  # characters of a value that a message shows
WORDS = {
    str: "text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    Path: "a path",
    NoneType: "None",
    dict: "a dict",
    list: "a list",
}
SEVERAL = {str: "texts", int: "whole numbers", float: "numbers"}
ABSTRACT: dict[type, Any] = {bool: (bool, np.bool_), int: Integral, float: Real, Path: PathLike}


def misfits_told(thing: Thing) -> Thing:
    """A function, or all that is public in a class, with arguments of a wrong kind told in our words.

    They are looked at only when the call has failed with an error of Python's own: whatever works goes on working, a
    NumPy array for a list, a whole number as the name of a column. An error that no argument explains is ours and stays
    as it is.

    Raises
    ------
    ValuesError
        ``drivers: covariates must be a list of texts; you gave None. Leave it out where there is none.``
    """
    if not isinstance(thing, type):
        told: Any = _told(thing)
        return told  # type: ignore[no-any-return]
    for name, member in list(vars(thing).items()):
        if isinstance(member, (classmethod, staticmethod)):
            setattr(thing, name, type(member)(_told(member.__func__)))
        elif inspect.isfunction(member) and (name == "__init__" or not name.startswith("_")):
            setattr(thing, name, _told(member))
    return thing


def _told(function: Any) -> Any:
    """The function, with its failures looked into."""

    @wraps(function)
    def _call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except CxlensError:
            raise
        except RAW as error:
            misfit = _misfit(function, args, kwargs)
            if misfit is None:
                raise
            raise misfit from error

    return _call


def _misfit(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> ValuesError | None:
    """What to say of the first argument that is not of its kind; None where all are, or one is missing or unknown."""
    signature = inspect.signature(function)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return None
    hints = _hints(function)
    for name, value in given.items():
        hint = hints.get(name, Any)
        if _fits(value, hint):
            continue
        verb = function.__qualname__.removesuffix(".__init__")
        advice = ""
        if value is None and signature.parameters[name].default is not inspect.Parameter.empty:
            advice = " Leave it out where there is none."
        return ValuesError(f"{verb}: {name} must be {_wanted(hint)}; you gave {shown(value)}.{advice}")
    return None


def check_fields(record: Any, names: Iterable[str]) -> None:
    """Refuse fields of a record that are not of their kind, for what nothing else would look at before it is shown.

    Raises
    ------
    ValuesError
        ``Study: about must be text; you gave 5.``
    """
    kind = type(record)
    for name in names:
        check_fits(f"{kind.__name__}: {name}", getattr(record, name), _hints(kind.__init__)[name])


def check_fits(thing: str, value: Any, hint: Any) -> None:
    """Refuse a value that is not of the kind that an annotation says.

    Raises
    ------
    ValuesError
        ``SurveyPlan: comments must be a dict of {text: text} or None; you gave 'col'.``
    """
    if not _fits(value, hint):
        raise ValuesError(f"{thing} must be {_wanted(hint)}; you gave {shown(value)}.")


def check_in_order(thing: str, names: Any) -> None:
    """Refuse a set, and a dict, where the order of names counts.

    Raises
    ------
    ValuesError
        ``funnel: stages is a set, which has no order. Give a list.``
    """
    if isinstance(names, (set, frozenset)):
        raise ValuesError(f"{thing} is a set, which has no order. Give a list.")
    if isinstance(names, Mapping):
        raise ValuesError(f"{thing} is a dict, and holds more than names. Give a list.")


def shown(value: Any) -> str:
    """A value as a message shows it: as it is written where that is short, else its type."""
    if value is None or isinstance(value, (str, bytes, bool, int, float, complex, list, tuple, dict, set)):
        written = repr(value)
        if len(written) <= LONGEST and "\n" not in written:
            return written
    return _with_article(type(value).__name__)


def _with_article(name: str) -> str:
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    return f"{article} {name}"


def _hints(function: Any) -> dict[str, Any]:
    """The annotations of a function; a name that only type checkers import has a class of that name in its place."""
    hints = {}
    for name, annotation in function.__annotations__.items():
        if name != "return":
            hints[name] = _hint(annotation, inspect.unwrap(function).__globals__)
    return hints


def _hint(annotation: Any, names: dict[str, Any]) -> Any:
    """What an annotation stands for; anything where it is a type that Python itself does not have."""
    known: dict[str, Any] = {}
    alone = SimpleNamespace(__annotations__={"it": annotation})
    while True:
        try:
            return get_type_hints(alone, names, known)["it"]
        except NameError as error:
            name = str(error.name)
            known[name] = type(name, (), {})
        except (AttributeError, TypeError):
            return Any


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the kind that an annotation says."""
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if isinstance(hint, InitVar):
        return _fits(value, hint.type)
    origin = get_origin(hint)
    inner = get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in inner)
    if origin is Annotated:
        return _fits(value, inner[0])
    if origin is Literal:
        return any(isinstance(value, type(entry)) and value == entry for entry in inner)
    if origin is None:
        return _is_of(value, hint)
    return _holds(value, origin, inner)


def _is_of(value: Any, kind: type) -> bool:
    """Whether a value is of a class, known by its name; True is no number."""
    if kind in ABSTRACT:
        is_bool = isinstance(value, (bool, np.bool_))
        return isinstance(value, ABSTRACT[kind]) and (kind is bool or not is_bool)
    return any(base.__name__ == kind.__name__ for base in type(value).__mro__)


def _holds(value: Any, origin: type, inner: tuple[Any, ...]) -> bool:
    """Whether a value is a container of the kind, and what it holds fits; a lone text is a list of one name."""
    if not issubclass(origin, Iterable):
        if origin.__name__ == "Callable":
            return callable(value)
        return _is_of(value, origin)
    if issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            return False
        keys, values = inner
        return all(_fits(key, keys) and _fits(entry, values) for key, entry in value.items())
    if isinstance(value, str):
        return _fits(value, inner[0])
    if isinstance(value, (bytes, Mapping, pd.DataFrame)) or not isinstance(value, Iterable):
        return False
    if issubclass(origin, Sequence) and not hasattr(value, "__len__"):
        return False
    if origin is tuple and Ellipsis not in inner:
        entries = list(value)
        return len(entries) == len(inner) and all(map(_fits, entries, inner))
    return all(_fits(entry, inner[0]) for entry in value)


def _wanted(hint: Any) -> str:
    """The kind that an annotation says, in words."""
    kinds = []
    for part in _parts(hint):
        if (part is int and float in _parts(hint)) or (part is str and Path in _parts(hint)):
            continue
        kinds.append(_kind_in_words(part))
    return " or ".join(dict.fromkeys(kinds))


def _parts(hint: Any) -> list[Any]:
    """The kinds that a union allows, None last."""
    if isinstance(hint, InitVar):
        return _parts(hint.type)
    origin = get_origin(hint)
    if origin is Annotated:
        return _parts(get_args(hint)[0])
    if origin not in (Union, UnionType):
        return [hint]
    parts = [part for inner in get_args(hint) for part in _parts(inner)]
    return sorted(parts, key=lambda part: part is NoneType)


def _kind_in_words(kind: Any) -> str:
    origin = get_origin(kind)
    inner = get_args(kind)
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin is None or not isinstance(origin, type):
        return WORDS.get(kind) or _with_article(getattr(kind, "__name__", "function"))
    if issubclass(origin, Mapping):
        keys, values = (_wanted(part).removeprefix("a ") for part in inner)
        return f"a dict of {{{keys}: {values}}}"
    if origin is tuple and Ellipsis not in inner:
        return "a tuple of " + " and ".join(map(_wanted, inner))
    if not issubclass(origin, Iterable) or inner[0] is Any:
        return WORDS[list]
    entry = get_args(inner[0])[0] if get_origin(inner[0]) is Annotated else inner[0]
    return f"a list of {_several(entry)}"


def _several(entry: Any) -> str:
    """What a list holds, in the plural."""
    if entry in SEVERAL:
        return SEVERAL[entry]
    if get_origin(entry) is tuple:
        return f"pairs ({', '.join(map(_wanted, get_args(entry)))})"
    name = getattr(entry, "__name__", "")
    return f"{name} objects" if name else _wanted(entry)
