"""Initiatives: what could be done, for which touchpoints, with what lift, effort and cost, and who answers for it.

Reading, checking and writing only. Which initiative comes first, and when, is a verb's business and does not belong
here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cxlens.errors import CxlensError, ValuesError, check_known, check_option, listing
from cxlens.files.tables import as_number, check_header
from cxlens.study.initiative_files import CELLS, DEFAULTS, ENDS, NEEDED, RANGES, TO_STANDARD, read_file, write_file
from cxlens.study.lifecycle import checked_name

__all__ = ["COLUMNS", "ENDS", "RANGES", "read_initiatives", "some_initiatives", "write_initiatives"]

InitiativeKind = Literal["fix", "add", "remove"]
_AFTER_LIFT = CELLS.index("effort_low")
COLUMNS = (*CELLS[:_AFTER_LIFT], "to_standard", *CELLS[_AFTER_LIFT:])
TEXTS = ("dimension", "effort_unit", "owner", "function")
ROLES = ("responsible", "consulted", "informed")
LINKS = ("prerequisites", "exclusions")
Place = Callable[[str], CxlensError] | None  # tells a fault with the place in its file
YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False, "": False}


def read_initiatives(data: str | Path | pd.DataFrame, touchpoints: Iterable[str]) -> pd.DataFrame:
    """Read a list of initiatives and check it.

    Parameters
    ----------
    data
        A path to a CSV file, or a pandas frame, one row an initiative. Needed:

        - ``name``; ``touchpoints`` that it works on;
        - ``lift_low``, ``lift_likely``, ``lift_high``: points of the score scale. Or ``to standard`` in
          ``lift_likely``, the others blank: as far as the standard of its touchpoints;
        - ``effort_low``, ``effort_likely``, ``effort_high``.

        Optional:

        - ``dimension`` of the touchpoints that it lifts; ``segments`` whose customers meet it (blank: all);
        - ``kind``: ``fix`` (blank means it), ``add`` or ``remove``. A touchpoint that nobody has met yet has no driver:
          for ``add``, ``touchpoints`` names the existing ones that the new one lifts. ``remove`` closes its
          touchpoints, and its lift is blank;
        - ``effort_unit`` (the same for all; blank means weeks); ``cost_low``, ``cost_likely``, ``cost_high`` (money);
        - ``duration``: whole periods of a road map until it is done (blank means 1);
        - ``owner``; ``function`` that carries it out; ``accountable``, exactly one name (blank means the owner);
          ``responsible``, ``consulted``, ``informed``: names;
        - ``teams``: capacity that each gives a period while it runs, ``IT: 2; Security: 1.5``;
        - ``prerequisites``: initiatives done before it; ``exclusions``: initiatives not done if it is, said by either;
        - ``must_do``: yes or no (blank means no).

        Lists are joined by semicolons. A frame may hold lists, dicts and booleans as well, and what this function
        gives reads again the same. The input is never changed.
    touchpoints
        The names that an initiative may work on.

    Returns
    -------
    pandas.DataFrame
        One row an initiative, all the columns above and ``to_standard`` (bool). Lists are tuples of names, ranges
        floats (NaN where not given), ``duration`` an integer, ``teams`` a dict of floats, ``must_do`` a bool; text
        that was not given is ``""``.

    Raises
    ------
    FileError, ColumnError, OptionError, ValuesError
        When the file cannot be read, a column is missing or unknown, or an initiative does not say what it should:
        a name that is unknown or there twice, a range out of order, a lift too many or none, nobody or several
        accountable. And when no plan could hold them: prerequisites in a circle, an initiative that excludes what it
        needs, must-dos that exclude each other. The message names the initiative, and for a file the place.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> row = {"name": "Second queue", "touchpoints": "Security", "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
    ...        "effort_low": 3, "effort_likely": 4, "effort_high": 5, "owner": "Operations", "teams": "IT: 2"}
    >>> read = cx.read_initiatives(pd.DataFrame([row]), ["Security", "Wi-Fi"])
    >>> read.loc[0, ["touchpoints", "effort_unit", "accountable", "teams"]].tolist()
    [('Security',), 'weeks', 'Operations', {'IT': 2.0}]
    """
    return _checked(data, tuple(touchpoints))


def write_initiatives(initiatives: pd.DataFrame, path: str | Path) -> None:
    """Write a list of initiatives; :func:`read_initiatives` gives back the same.

    Parameters
    ----------
    initiatives
        As for :func:`read_initiatives`, and checked as there, except for the names of touchpoints.
    path
        Ends in ``.csv``. Whole or not at all. What says nothing beyond the default is left out.

    Raises
    ------
    FileError, ColumnError, OptionError, ValuesError
        When the ending is another, the folder is not there, or the list is empty or not right.

    Examples
    --------
    >>> import cxlens as cx
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> study = cx.datasets.load_airport()
    >>> with TemporaryDirectory() as folder:
    ...     cx.write_initiatives(study.initiatives(), Path(folder, "plan.csv"))
    ...     again = cx.read_initiatives(Path(folder, "plan.csv"), study.touchpoint_names)
    >>> again.equals(study.initiatives())
    True
    """
    checked = _checked(initiatives, None)
    if checked.empty:
        raise ValuesError("there are no initiatives to write. Give a frame with a row for each.")
    write_file(checked, Path(path))


def some_initiatives(initiatives: pd.DataFrame, chosen: Sequence[bool]) -> pd.DataFrame:
    """Some of the initiatives that were read; names of those left out leave prerequisites and exclusions too.

    For a ranking, which asks for neither. A plan needs the whole list.
    """
    some = initiatives[list(chosen)].reset_index(drop=True)
    kept = set(some["name"])
    for link in LINKS:
        some[link] = [tuple(name for name in names if name in kept) for names in some[link]]
    return some


def _checked(data: str | Path | pd.DataFrame, known: tuple[str, ...] | None) -> pd.DataFrame:
    """The frame of all initiatives; where `known` is None, any touchpoint may be named."""
    rows: Sequence[tuple[Place, Mapping[str, Any]]] = (
        _rows(data) if isinstance(data, pd.DataFrame) else read_file(Path(data))
    )
    found: dict[str, dict[str, Any]] = {}
    places: dict[str, Place] = {}
    for place, row in rows:
        with _told(place):
            entry = _entry({column: row.get(column, "") for column in COLUMNS}, known)
            _check_beside(entry, found)
        found[entry["name"]], places[entry["name"]] = entry, place
    _check_links(found, places)
    kinds = {f"{what}_{end}": float for what in RANGES for end in ENDS}
    return pd.DataFrame(list(found.values()), columns=list(COLUMNS)).astype(
        {**kinds, "duration": int, "to_standard": bool, "must_do": bool}
    )


def _rows(data: pd.DataFrame) -> list[tuple[Place, Mapping[str, Any]]]:
    check_header("initiatives", list(data.columns), NEEDED, COLUMNS)
    cells = data.astype(object).where(data.notna(), "")
    return [(None, dict(zip(data.columns, row, strict=True))) for row in cells.itertuples(index=False, name=None)]


@contextmanager
def _told(place: Place) -> Iterator[None]:
    """Tell a fault with its place; a frame has none."""
    try:
        yield
    except CxlensError as error:
        raise (place(str(error)) if place else error) from None


def _entry(row: Mapping[str, Any], known: tuple[str, ...] | None) -> dict[str, Any]:
    name = checked_name("initiative", row["name"])
    thing, kind = f"initiative {name!r}", row["kind"] or DEFAULTS["kind"]
    entry: dict[str, Any] = {"name": name, "touchpoints": _touchpoints(thing, row["touchpoints"], known), "kind": kind}
    check_option(f"{thing}: kind", kind, InitiativeKind)
    entry |= _lift(thing, kind, row) | _range(thing, "effort", row)
    if any(row[f"cost_{end}"] != "" for end in ENDS):
        entry |= _range(thing, "cost", row)
    entry |= {column: _text(f"{thing}: {column}", row[column]) or DEFAULTS.get(column, "") for column in TEXTS}
    entry |= {column: _names(f"{thing}: {column}", row[column]) for column in ("segments", *ROLES, *LINKS)}
    entry |= {"accountable": _accountable(thing, row, entry), "teams": _teams(thing, row["teams"])}
    return entry | {
        "duration": _duration(thing, row["duration"]),
        "must_do": _yes(f"{thing}: must_do", row["must_do"]),
    }


def _touchpoints(thing: str, value: Any, known: tuple[str, ...] | None) -> tuple[str, ...]:
    names = _split(f"{thing}: touchpoints", value)
    if not names:
        raise ValuesError(f"{thing} names no touchpoint. Name those it works on.")
    check_known(f"{thing}: touchpoint", names, names if known is None else known, "Touchpoints")
    return tuple(dict.fromkeys(names))


def _names(thing: str, value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(checked_name(thing, name) for name in _split(thing, value)))


def _split(thing: str, value: Any) -> list[str]:
    """Names of a list, or of a text that joins them by semicolons."""
    names = value.split(";") if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise ValuesError(f"{thing} is {value!r}. Give names, as a list or as text with semicolons between them.")
    return [name.strip() for name in names if name.strip()]


def _text(thing: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValuesError(f"{thing} is {value!r}. Give it as text.")
    return " ".join(value.split())


def _lift(thing: str, kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The three numbers, or NaN where a standard or nothing says how far it goes."""
    said = str(row["lift_likely"]).strip().lower() == TO_STANDARD
    to_standard = said or _yes(f"{thing}: to_standard", row["to_standard"])
    given = [end for end in ENDS if row[f"lift_{end}"] != "" and not (said and end == "likely")]
    if kind == "remove" and (given or to_standard):
        raise ValuesError(f"{thing} removes its touchpoints and has a lift. Leave the lift blank.")
    if to_standard and given:
        raise ValuesError(
            f"{thing} goes to standard and has a lift in points too. Leave the points blank, or take "
            f"'{TO_STANDARD}' back."
        )
    if to_standard or kind == "remove":
        return {**{f"lift_{end}": math.nan for end in ENDS}, "to_standard": to_standard}
    if given in ([], ["likely"]):
        raise ValuesError(
            f"{thing} has no range of lift. Give low, likely and high in points of the score, or '{TO_STANDARD}' as "
            "the likely one."
        )
    return {**_range(thing, "lift", row), "to_standard": False}


def _range(thing: str, what: str, row: Mapping[str, Any]) -> dict[str, float]:
    """The three numbers of a range, in order."""
    values = {f"{what}_{end}": as_number(f"{thing}: {what}_{end}", row[f"{what}_{end}"]) for end in ENDS}
    low, likely, high = values.values()
    if not low <= likely <= high or (what != "lift" and low < 0):
        least = "" if what == "lift" else "0 <= "
        raise ValuesError(
            f"{thing}: {what} is out of order: low {low:g}, likely {likely:g}, high {high:g}. "
            f"Give {least}low <= likely <= high."
        )
    return values


def _accountable(thing: str, row: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """The one who answers for it: the owner, where nobody else is named."""
    named = _names(f"{thing}: accountable", row["accountable"]) or _names(f"{thing}: owner", entry["owner"])
    if len(named) > 1:
        raise ValuesError(
            f"{thing} has {len(named)} accountable: {listing(named)}. Name exactly one; others may be responsible, "
            "consulted or informed."
        )
    helpers = [role for role in ROLES if entry[role]]
    if helpers and not named:
        raise ValuesError(
            f"{thing} has names under {listing(helpers)} and nobody accountable. Name exactly one, or an owner."
        )
    return named[0] if named else ""


def _teams(thing: str, value: Any) -> dict[str, float]:
    """What each team gives a period while it runs."""
    pairs = value.items() if isinstance(value, Mapping) else [part.rpartition(":")[::2] for part in _parts(value)]
    teams: dict[str, float] = {}
    for team, amount in pairs:
        if not team:
            raise ValuesError(
                f"{thing}: teams is {value!r}. Write each team with its capacity a period: 'IT: 2; Security: 1.5'."
            )
        name = checked_name(f"{thing}: team", team)
        if name in teams:
            raise ValuesError(f"{thing}: team {name!r} is there twice. Give each team one capacity.")
        teams[name] = as_number(f"{thing}: capacity of team {name!r}", amount)
        if teams[name] < 0:
            raise ValuesError(f"{thing}: capacity of team {name!r} is {teams[name]:g}. Give a number of 0 or more.")
    return teams


def _parts(value: Any) -> list[str]:
    return [part for part in str(value).split(";") if part.strip()]


def _duration(thing: str, value: Any) -> int:
    periods = as_number(f"{thing}: duration", DEFAULTS["duration"] if value == "" else value)
    if periods < 1 or periods % 1:
        raise ValuesError(f"{thing}: duration is {periods:g}. Give whole periods of the road map, 1 or more.")
    return int(periods)


def _yes(thing: str, value: Any) -> bool:
    word = YES_OR_NO.get(str(value).strip().lower())
    if word is None:
        raise ValuesError(f"{thing} is {value!r}. Write yes or no; blank means no.")
    return word


def _check_beside(entry: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> None:
    """A name of its own, effort in the unit of the others, and not named by itself."""
    thing = f"initiative {entry['name']!r}"
    if entry["name"] in before:
        raise ValuesError(f"{thing} is there twice. Give each initiative a name of its own.")
    unit = next((other["effort_unit"] for other in before.values()), entry["effort_unit"])
    if entry["effort_unit"] != unit:
        raise ValuesError(
            f"{thing}: effort_unit is {entry['effort_unit']!r} where it was {unit!r} before. "
            "Give all efforts in one unit."
        )
    for link in LINKS:
        if entry["name"] in entry[link]:
            raise ValuesError(f"{thing} is among its own {link}. Take it out there.")


def _check_links(found: Mapping[str, Mapping[str, Any]], places: Mapping[str, Place]) -> None:
    """Refuse what no plan could hold: unknown names, circles, and exclusions among what is needed together."""
    for name, entry in found.items():
        with _told(places[name]):
            for link in LINKS:
                check_known(f"initiative {name!r}: {link[:-1]}", entry[link], tuple(found), "Initiatives")
    needed = _needed(found, places)
    apart = [(name, other) for name, entry in found.items() for other in entry["exclusions"]]
    for name in found:
        for pair in apart:
            if needed[name].issuperset(pair):
                words = " and ".join(repr(one) for one in pair if one != name)
                with _told(places[name]):
                    raise ValuesError(
                        f"initiative {name!r} needs {words}, and they exclude each other. "
                        "Take the prerequisite or the exclusion back."
                    )
    musts = {one for name, entry in found.items() if entry["must_do"] for one in needed[name]}
    for name, other in apart:
        if musts.issuperset((name, other)):
            with _told(places[name]):
                raise ValuesError(
                    f"initiatives {name!r} and {other!r} must both be done, as must-do or for one, and exclude each "
                    "other. Take the exclusion or a must-do back."
                )


def _needed(found: Mapping[str, Mapping[str, Any]], places: Mapping[str, Place]) -> dict[str, set[str]]:
    """Each initiative with all that has to be done for it, itself among them."""
    needed: dict[str, set[str]] = {}
    try:
        for name in TopologicalSorter({name: entry["prerequisites"] for name, entry in found.items()}).static_order():
            needed[name] = {name}.union(*(needed[before] for before in found[name]["prerequisites"]))
    except CycleError as error:
        circle = error.args[1][::-1]
        with _told(places[circle[0]]):
            raise ValuesError(
                f"initiatives need each other in a circle: {' needs '.join(map(repr, circle))}. "
                "Take one of these prerequisites back."
            ) from None
    return needed
