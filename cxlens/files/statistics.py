"""Files of SPSS, Stata and SAS: values, and what the file says of them: words, missing codes, weight.

Which codes mean "not used" is for the owner of the file to say; nothing is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cxlens.errors import FileError, ValuesError, listing, not_installed
from cxlens.files.cells import Column

READERS = {
    ".sav": "read_sav", ".zsav": "read_sav", ".por": "read_por",
    ".dta": "read_dta", ".sas7bdat": "read_sas7bdat", ".xpt": "read_xport",
}  # fmt: skip
HAS_USER_MISSING = {".sav", ".zsav", ".dta", ".sas7bdat"}
NOT_USED = re.compile(
    r"not (?:us|appl|relev|visit|exper)|n/?a\b|never|did ?n.t|does ?n.t apply|no contact|"
    r"nicht (?:genutzt|benutzt|zutreffend)|trifft nicht zu|nie\b",
    re.IGNORECASE,
)  # how people call "not used"

Span = tuple[Any, Any]  # the lowest and the highest code of a range that the file calls missing


class Said(NamedTuple):
    """What a file says of its columns, each by the name of the column.

    ``missing``: ranges of codes that are no answers; ``words``: the word of each code; ``questions``: the long name;
    ``measures``: "scale", "ordinal" or "nominal"; ``differing``: of several files, the two words of codes that they do
    not call the same.
    """

    missing: Mapping[str, Sequence[Span]]
    words: Mapping[str, Mapping[Any, str]]
    questions: Mapping[str, str]
    measures: Mapping[str, str]
    differing: Mapping[str, Mapping[Any, tuple[str, str]]] = {}


NOTHING = Said({}, {}, {}, {})


def read_statistics(path: Path, thing: str) -> tuple[pd.DataFrame, Said]:
    """The values of a file as codes, those called missing too, and what the file says of them."""
    ending = path.suffix.lower()
    package = _pyreadstat()
    read = getattr(package, READERS[ending])
    options = {"user_missing": True} if ending in HAS_USER_MISSING else {}
    try:
        frame, meta = read(str(path), **options)
    except (package.ReadstatError, OSError, ValueError, UnicodeDecodeError) as error:
        reason = str(error).strip().rstrip(".")
        raise FileError(
            f"{thing} '{path}' cannot be read as {ending}: {reason}. Save it again, or give it as .csv."
        ) from error
    return frame, _said(meta)


def said_of_all(parts: Sequence[Said]) -> Said:
    """What several files say: the words of each code that any of them has, and those of which two say otherwise."""
    words: dict[str, dict[Any, str]] = {}
    differing: dict[str, dict[Any, tuple[str, str]]] = {}
    for part in parts:
        for column, of_codes in part.words.items():
            known = words.setdefault(column, {})
            for code, word in of_codes.items():
                first = known.setdefault(code, word)
                if first != word:
                    differing.setdefault(column, {})[code] = (first, word)
    return parts[0]._replace(words=words, differing=differing)


def check_missing_told(path: Path, names: Collection[str], said: Said, thing: str) -> None:
    """Refuse columns with codes called missing in a format whose reader gives them as empty cells.

    Raises
    ------
    FileError
        ``survey file 'a.por': codes of web are called missing, and look like empty cells in this format ...``
    """
    ending = path.suffix.lower()
    lost = [name for name in names if said.missing.get(name)]
    if lost and ending not in HAS_USER_MISSING:
        raise FileError(
            f"{thing} '{path}': codes of {listing(lost)} are called missing, and look like empty cells when a {ending} "
            "file is read. Save it as .sav, so that they can be told apart."
        )


def _pyreadstat() -> Any:
    """The package that reads such files, of the extra ``spss``."""
    try:
        import pyreadstat
    except ImportError:
        raise not_installed("SPSS, Stata and SAS files need", "pyreadstat", "spss") from None
    return pyreadstat


def _said(meta: Any) -> Said:
    """What pyreadstat found in a file beside its values."""
    missing: dict[str, list[Span]] = {}
    for column, ranges in (meta.missing_ranges or {}).items():
        missing[column] = [(part["lo"], part["hi"]) for part in ranges]
    for column, codes in (meta.missing_user_values or {}).items():
        missing.setdefault(column, []).extend((code, code) for code in codes)
    questions = {name: label for name, label in meta.column_names_to_labels.items() if label}
    return Said(missing, meta.variable_value_labels or {}, questions, meta.variable_measure or {})


def settled_codes(
    values: pd.Series[Any],
    name: str,
    column: Column,
    said: Said,
    place: str,
) -> pd.Series[Any]:
    """A column as it is wanted: numbers as codes, labels in the file's own words, in the order of their codes.

    ``place`` is how messages begin: "survey file 'a.sav'".

    Raises
    ------
    ValuesError
        When a column of numbers holds codes that the file calls missing and that have been given no meaning.
    """
    is_missing = missing_in(values, said.missing.get(name, ()))
    words = said.words.get(name, {})
    if column.kind == "number":
        codes = [_plain(code) for code in values[is_missing].dropna().unique().tolist()]
        unsaid = sorted((code for code in codes if code not in column.named), key=str)
        if unsaid:
            raise _without_meaning(place, name, unsaid, words)
        return values
    stated = values.mask(is_missing)
    occurring = set(stated.dropna().unique().tolist())
    if column.kind == "code" or not occurring or not occurring <= set(words):
        return stated
    in_order = [words[code] for code in sorted(words) if code in occurring]
    if len(set(in_order)) < len(in_order):
        return stated
    in_words = stated.map(dict(words)).astype(object)
    if column.kind == "text":
        return in_words
    return in_words.astype(pd.CategoricalDtype(in_order, ordered=True))


def missing_in(values: pd.Series[Any], ranges: Sequence[Span]) -> pd.Series[bool]:
    """Which values lie in one of some ranges of codes."""
    is_missing = pd.Series(False, index=values.index)
    is_text = values.map(lambda value: isinstance(value, str))
    for low, high in ranges:
        if isinstance(low, str):
            is_missing |= values == low
        else:
            numbers = pd.to_numeric(values.mask(is_text), errors="coerce")
            is_missing |= (numbers >= low) & (numbers <= high)
    return is_missing


def proposed(codes: Sequence[Any], words: Mapping[Any, str]) -> tuple[list[Any], list[Any]]:
    """Codes that are no answers, parted by their words: not used, and blank."""
    not_used = [code for code in codes if NOT_USED.search(words.get(code, ""))]
    blank = [code for code in codes if code not in not_used]
    return not_used, blank


def _without_meaning(place: str, name: str, codes: Sequence[Any], words: Mapping[Any, str]) -> ValuesError:
    """Codes that the file calls missing, with the meaning that their words suggest."""
    shown = ", ".join(f"{code!r} ({words[code]!r})" if words.get(code) else repr(code) for code in codes)
    not_used, blank = proposed(codes, words)
    roles = {"not_used": not_used, "blank": blank}
    given = ", ".join(f"{role}={meant!r}" for role, meant in roles.items() if meant)
    return ValuesError(
        f"{place}: column {name!r} holds codes that the file calls missing: {shown}. Say what they mean in its scale: "
        f"Scale(low, high, {given})."
    )


def _plain(code: Any) -> Any:
    """A code as people write it."""
    if isinstance(code, float) and code.is_integer():
        return int(code)
    return code
