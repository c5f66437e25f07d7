"""Initiatives: what could be done, for which touchpoints, with what lift, effort and cost, and who answers for it.

Reading, checking and writing only. Which initiative comes first, and when, is a verb's business and does not belong
here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.engine.readers import as_frame
from cxlens.errors import CxlensError, ValuesError, check_known, check_option, listing
from cxlens.files.tables import as_number, check_header
from cxlens.files.writing import target_of
from cxlens.study.initiative_files import CELLS, DEFAULTS, NEEDED, read_file, write_file
from cxlens.study.lifecycle import Lifecycle, Need, checked_name
from cxlens.study.ranges import (
    COSTS,
    ENDS,
    RANGES,
    assumed_of,
    check_one_currency,
    check_range_columns,
    currency_of,
    ends_given,
    lift_of,
    range_of,
    with_single_figures,
)

__all__ = ["COLUMNS", "ENDS", "RANGES", "read_initiatives", "some_initiatives", "write_initiatives"]

InitiativeKind = Literal["fix", "add", "remove"]
EVERYWHERE, WHERE_LOW = "all", "below mean"  # in the place of the names of places
_AFTER_LIFT = CELLS.index("effort_low")
COLUMNS = (*CELLS[:_AFTER_LIFT], "to_standard", *CELLS[_AFTER_LIFT:], "assumed")
TEXTS = ("dimension", "effort_unit", "owner", "function")
ROLES = ("responsible", "consulted", "informed")
LINKS = ("prerequisites", "exclusions")
SERVED = ("need", "stage")  # of the map, which an initiative serves beside its touchpoints
Source = str | Path | pd.DataFrame
Names = tuple[str, ...]
Pairs = list[tuple[str, str]]
Cells = Mapping[str, Any]  # what a row says, by column
Entry = dict[str, Any]  # an initiative that was checked, by column
Entries = Mapping[str, Entry]  # all of them by name
Place = Callable[[str], CxlensError] | None  # tells a fault with the place in its file
Places = Mapping[str, Place]  # by the name of the initiative
JOINED_BY_COMMA = re.compile(r":\s*[\d.]+\s*,")  # IT: 2, Security
GIVEN = (*NEEDED, *RANGES, *CELLS[len(NEEDED) :], "to_standard", "assumed")  # what a frame may hold
YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False, "": False}


@misfits_told
def read_initiatives(
    data: str | Path | pd.DataFrame,
    touchpoints: Iterable[str],
    *,
    lifecycle: Lifecycle | None = None,
) -> pd.DataFrame:
    """Read a list of initiatives and check it.

    Parameters
    ----------
    data
        The path of a CSV file, of an Excel workbook (its first sheet) or of another file that
        :class:`~cxlens.study.survey.Survey` reads, or a frame, one row an initiative. Needed:

        - ``name``; ``touchpoints`` that it works on;
        - ``lift_low``, ``lift_likely``, ``lift_high``: points of the score scale. Or ``to standard`` in
          ``lift_likely``, the others blank: as far as the standard of its touchpoints;
        - ``effort_low``, ``effort_likely``, ``effort_high``.

        One figure is enough, under ``lift``, ``effort``, ``cost`` or ``cost_per_place``, or as the likely one alone:
        its range is then half of it to one and a half times, and whoever reads the list is told so.

        Optional:

        - ``dimension`` of the touchpoints that it lifts; ``segments`` whose customers meet it (blank: all);
        - ``places`` where it is done, such as hotels or shops: their names, or ``all``, or ``below mean`` for those
          whose customers rate its touchpoints below the mean of all (blank: it is not done place by place);
          ``cost_per_place_low``, ``cost_per_place_likely``, ``cost_per_place_high``, money for each, beside the
          ``cost`` that comes once;
        - ``need`` and ``stage`` of the map that it serves, such as a need that no touchpoint meets yet;
        - ``kind``: ``fix`` (blank means it), ``add`` or ``remove``. A touchpoint that nobody has met yet has no driver:
          for ``add``, ``touchpoints`` names the existing ones that the new one lifts. ``remove`` closes its
          touchpoints, and its lift is blank;
        - ``effort_unit`` (the same for all; blank means weeks); ``cost_low``, ``cost_likely``, ``cost_high`` (money),
          which may be written "120.000 EUR" or "€ 120,000", and ``currency``: one for the whole list. Without a
          currency "120.000" may be two numbers, and is refused;
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
    lifecycle
        The stages with their needs, such as ``study.map().lifecycle``; without it any ``need`` and ``stage`` may be
        named.

    Returns
    -------
    pandas.DataFrame
        One row an initiative, all the columns above but those of single figures, ``to_standard`` (bool) and ``assumed``
        (which of lift, effort and costs have a range that was taken from one figure). Lists are tuples of names, ranges
        floats (NaN where not given), ``duration`` an integer, ``teams`` a dict of floats, ``must_do`` a bool; text
        that was not given is ``""``.

    Raises
    ------
    FileError, ColumnError, OptionError, ValuesError
        When the file cannot be read, a column is missing or unknown, or an initiative does not say what it should:
        a name that is unknown or there twice, a range out of order, a number that may be two, several currencies, a
        lift too many or none, a cost per place and no places, nobody or several accountable. And when no plan could
        hold them: prerequisites in a circle, an initiative that excludes what it needs, must-dos that exclude each
        other. The message names the initiative, and for a file the place.

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
    read = _checked(data, tuple(touchpoints))
    if lifecycle is not None:
        _check_served(read, lifecycle)
    return read


def _check_served(initiatives: pd.DataFrame, lifecycle: Lifecycle) -> None:
    """Refuse a need or a stage that the map does not have."""
    needs = [need.name for stage in lifecycle for need in stage.needs]
    known = {"need": list(dict.fromkeys(needs)), "stage": list(lifecycle.names)}
    for row in initiatives.to_dict("records"):
        for what, names in known.items():
            check_known(f"initiative {row['name']!r}: {what}", row[what], names, f"{what.capitalize()}s of the map")


@misfits_told
def write_initiatives(initiatives: pd.DataFrame, path: str | Path) -> None:
    """Write a list of initiatives; :func:`read_initiatives` gives back the same.

    Parameters
    ----------
    initiatives
        As for :func:`read_initiatives`, and checked as there, except for the names of touchpoints.
    path
        Ends in ``.csv``. Whole or not at all. What says nothing beyond the default is left out. A text that a
        spreadsheet would take for a formula, such as ``=A1``, has an apostrophe before it, which
        :func:`read_initiatives` takes away.

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
    write_file(checked, target_of(path))


def read_at_places(data: Source, touchpoints: Iterable[str], places: Sequence[str]) -> pd.DataFrame:
    """The same as :func:`read_initiatives` where places are known: an initiative is done at no other."""
    return _checked(data, tuple(touchpoints), tuple(places))


def some_initiatives(initiatives: pd.DataFrame, chosen: Sequence[bool]) -> pd.DataFrame:
    """Some of the initiatives that were read; names of those left out leave prerequisites and exclusions too.

    For a ranking, which asks for neither. A plan needs the whole list.
    """
    some = initiatives[list(chosen)].reset_index(drop=True)
    left = set(some["name"])
    for link in LINKS:
        some[link] = [_among(names, left) for names in some[link]]
    return some


def _among(names: Names, left: set[str]) -> Names:
    return tuple(name for name in names if name in left)


def _checked(data: Source, known: Names | None, known_places: Names | None = None) -> pd.DataFrame:
    """The frame of all initiatives; where ``known`` is None, any touchpoint may be named, and so it is of places."""
    entries: dict[str, Entry] = {}
    places: dict[str, Place] = {}
    for place, row in _rows(data):
        cells = {column: row.get(column, "") for column in (*COLUMNS, *RANGES)}
        with _faults_told_at(place):
            entry = _entry(cells, known)
            if known_places is not None:
                check_places(f"initiative {entry['name']!r}", entry["places"], known_places)
            _check_beside(entry, entries)
        name = entry["name"]
        entries[name] = entry
        places[name] = place
    _check_links(entries, places)
    return _frame(entries)


def _rows(data: Source) -> Sequence[tuple[Place, Cells]]:
    """What is said of each initiative, and where; a frame has no places."""
    if isinstance(data, (str, Path)):
        return read_file(Path(data))
    frame = as_frame(data)
    header = list(frame.columns)
    check_header("initiatives", header, NEEDED, GIVEN)
    check_range_columns("initiatives", header)
    filled = frame.astype(object).where(frame.notna(), "")
    rows = []
    for values in filled.itertuples(index=False, name=None):
        row = dict(zip(header, values, strict=True))
        rows.append((None, row))
    return rows


@contextmanager
def _faults_told_at(place: Place) -> Iterator[None]:
    """Tell a fault with its place; a frame has none."""
    try:
        yield
    except CxlensError as error:
        raise (place(str(error)) if place else error) from None


def _frame(entries: Entries) -> pd.DataFrame:
    """One row an initiative, each column of its kind."""
    rows = list(entries.values())
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for what in RANGES:
        for end in ENDS:
            column = f"{what}_{end}"
            frame[column] = frame[column].astype(float)
    frame["duration"] = frame["duration"].astype(int)
    frame["to_standard"] = frame["to_standard"].astype(bool)
    frame["must_do"] = frame["must_do"].astype(bool)
    return frame


def _entry(given: Cells, known: Names | None) -> Entry:
    """One initiative, checked by itself."""
    name = checked_name("initiative", given["name"])
    thing = f"initiative {name!r}"
    row = with_single_figures(thing, given)
    touchpoints = _touchpoints(thing, row["touchpoints"], known)
    kind = _kind(thing, row["kind"])
    ranges = _ranges(thing, kind, row)
    texts = _texts(thing, row)
    lists = _lists(thing, row)
    _check_places(thing, lists["places"], ranges)
    accountable = _accountable(thing, row["accountable"], texts["owner"], lists)
    return {
        "name": name,
        "touchpoints": touchpoints,
        "kind": kind,
        **ranges,
        **texts,
        **lists,
        "accountable": accountable,
        "teams": _teams(thing, row["teams"]),
        "duration": _duration(thing, row["duration"]),
        "must_do": _yes(f"{thing}: must_do", row["must_do"]),
    }


def _ranges(thing: str, kind: str, row: Cells) -> Entry:
    """How far it lifts, what it takes and costs, and of which of these one figure alone was given."""
    to_standard = _yes(f"{thing}: to_standard", row["to_standard"])
    ranges = lift_of(thing, kind, row, to_standard=to_standard)
    ranges |= range_of(thing, "effort", row)
    ranges["currency"] = ""
    costs = [what for what in COSTS if ends_given(what, row)]
    if costs:
        ranges["currency"] = currency_of(thing, row)
    for what in costs:
        ranges |= range_of(thing, what, row, ranges["currency"])
    ranges["assumed"] = assumed_of(row, ranges)
    return ranges


def _touchpoints(thing: str, value: Any, known: Names | None) -> Names:
    """The touchpoints it works on, each once."""
    names = _split(f"{thing}: touchpoints", value)
    if not names:
        raise ValuesError(f"{thing} names no touchpoint. Name those it works on.")
    if known is not None:
        check_commas(f"{thing}: touchpoints", names, known)
        check_known(f"{thing}: touchpoint", names, known, "Touchpoints")
    return tuple(dict.fromkeys(names))


def check_commas(thing: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Tell a list that is joined by commas: each part is known, and the whole is not."""
    for name in names:
        parts = [part.strip() for part in name.split(",")]
        if name not in known and len(parts) > 1 and set(parts) <= set(known):
            raise ValuesError(f"{thing} is {name!r}. Lists are joined by semicolons: {'; '.join(parts)!r}.")


def _kind(thing: str, value: Any) -> Any:
    """Whether it fixes, adds or removes."""
    kind = value or DEFAULTS["kind"]
    check_option(f"{thing}: kind", kind, InitiativeKind)
    return kind


def check_places(thing: str, places: Names, known: Sequence[str]) -> None:
    """Refuse a place that is not known, and is no word for several of them.

    Raises
    ------
    OptionError, ValuesError
        ``initiative 'Rooms': place 'Hotl 2' is not known here. Did you mean 'Hotel 2'? Places: all, below mean, ...``
    """
    allowed = (EVERYWHERE, WHERE_LOW, *known)
    check_commas(f"{thing}: places", places, allowed)
    check_known(f"{thing}: place", places, allowed, "Places")


def _texts(thing: str, row: Cells) -> dict[str, str]:
    """What is said in words; the default where nothing is."""
    texts = {}
    for column in TEXTS:
        text = _text(f"{thing}: {column}", row[column])
        if not text:
            text = DEFAULTS.get(column, "")
        texts[column] = text
    return texts


def _text(thing: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValuesError(f"{thing} is {value!r}. Give it as text.")
    return " ".join(value.split())


def _lists(thing: str, row: Cells) -> dict[str, Names]:
    """What is said by names."""
    lists = {}
    for column in ("segments", "places", *SERVED, *ROLES, *LINKS):
        lists[column] = _names(f"{thing}: {column}", row[column])
    lists["places"] = tuple(map(_place, lists["places"]))
    lists["need"] = tuple(Need(name).name for name in lists["need"])  # without the mark that a map gives a lever
    return lists


def _place(name: str) -> str:
    """The name of a place, or one of the words that mean several, however it is written."""
    word = name.lower()
    return word if word in (EVERYWHERE, WHERE_LOW) else name


def _check_places(thing: str, places: Names, ranges: Entry) -> None:
    """Refuse a word beside names of places, and a cost for each place where no place is named."""
    for word in (EVERYWHERE, WHERE_LOW):
        if word in places and len(places) > 1:
            raise ValuesError(f"{thing}: places is {'; '.join(places)!r}. Write {word!r} alone, or name the places.")
    if "cost_per_place_likely" in ranges and not places:
        raise ValuesError(
            f"{thing} has a cost per place and no places. Name them under places, joined by semicolons, or write "
            f"'{EVERYWHERE}' or '{WHERE_LOW}'."
        )


def _names(thing: str, value: Any) -> Names:
    """Names, each once."""
    names = [checked_name(thing, name) for name in _split(thing, value)]
    return tuple(dict.fromkeys(names))


def _split(thing: str, value: Any) -> list[str]:
    """Names of a list, or of a text that joins them by semicolons."""
    names = value
    if isinstance(value, str):
        names = value.split(";")
    are_names = isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)
    if not are_names:
        raise ValuesError(f"{thing} is {value!r}. Give names, as a list or as text with semicolons between them.")
    stripped = map(str.strip, names)
    return list(filter(None, stripped))


def _accountable(thing: str, value: Any, owner: str, lists: Mapping[str, Names]) -> str:
    """The one who answers for it: the owner, where nobody else is named."""
    named = _names(f"{thing}: accountable", value)
    if not named:
        named = _names(f"{thing}: owner", owner)
    if len(named) > 1:
        raise ValuesError(
            f"{thing} has {len(named)} accountable: {listing(named)}. Name exactly one; others may be responsible, "
            "consulted or informed."
        )
    helpers = [role for role in ROLES if lists[role]]
    if helpers and not named:
        raise ValuesError(
            f"{thing} has names under {listing(helpers)} and nobody accountable. Name exactly one, or an owner."
        )
    return named[0] if named else ""


def _teams(thing: str, value: Any) -> dict[str, float]:
    """What each team gives a period while it runs."""
    teams: dict[str, float] = {}
    for team, amount in _team_pairs(value):
        is_two = isinstance(value, str) and JOINED_BY_COMMA.search(team)
        if not team or is_two:
            raise ValuesError(
                f"{thing}: teams is {value!r}. Write each team with its capacity a period: 'IT: 2; Security: 1.5'."
            )
        name = checked_name(f"{thing}: team", team)
        if name in teams:
            raise ValuesError(f"{thing}: team {name!r} is there twice. Give each team one capacity.")
        capacity = as_number(f"{thing}: capacity of team {name!r}", amount)
        if capacity < 0:
            raise ValuesError(f"{thing}: capacity of team {name!r} is {capacity:g}. Give a number of 0 or more.")
        teams[name] = capacity
    return teams


def _team_pairs(value: Any) -> list[tuple[Any, Any]]:
    """Team and capacity, from a dict or from a text such as ``IT: 2; Security: 1.5``."""
    if isinstance(value, Mapping):
        return list(value.items())
    pairs = []
    for part in str(value).split(";"):
        if part.strip():
            team, _, amount = part.rpartition(":")
            pairs.append((team, amount))
    return pairs


def _duration(thing: str, value: Any) -> int:
    """Whole periods, 1 or more."""
    given = DEFAULTS["duration"] if value == "" else value
    periods = as_number(f"{thing}: duration", given)
    if periods < 1 or periods % 1:
        raise ValuesError(f"{thing}: duration is {periods:g}. Give whole periods of the road map, 1 or more.")
    return int(periods)


def _yes(thing: str, value: Any) -> bool:
    """Whether a cell says yes."""
    word = str(value).strip().lower()
    if word not in YES_OR_NO:
        raise ValuesError(f"{thing} is {value!r}. Write yes or no; blank means no.")
    return YES_OR_NO[word]


def _check_beside(entry: Entry, before: Entries) -> None:
    """A name of its own, effort in the unit of the others, and not named by itself."""
    name = entry["name"]
    thing = f"initiative {name!r}"
    check_one_currency(entry, before)
    if name in before:
        raise ValuesError(f"{thing} is there twice. Give each initiative a name of its own.")
    unit = entry["effort_unit"]
    for other in before.values():
        if unit != other["effort_unit"]:
            raise ValuesError(
                f"{thing}: effort_unit is {unit!r} where it was {other['effort_unit']!r} before. "
                "Give all efforts in one unit."
            )
    for link in LINKS:
        if name in entry[link]:
            raise ValuesError(f"{thing} is among its own {link}. Take it out there.")


def _check_links(entries: Entries, places: Places) -> None:
    """Refuse what no plan could hold: unknown names, circles, and exclusions among what is needed together."""
    for name, entry in entries.items():
        with _faults_told_at(places[name]):
            _check_link_names(entry, tuple(entries))
    needed = _needed(entries, places)
    exclusions = _exclusions(entries)
    for name in entries:
        with _faults_told_at(places[name]):
            _check_can_be_done(name, needed[name], exclusions)
    done: set[str] = set()
    for name, entry in entries.items():
        if entry["must_do"]:
            done.update(needed[name])
    for name, other in exclusions:
        with _faults_told_at(places[name]):
            _check_not_both_done(name, other, done)


def _exclusions(entries: Entries) -> Pairs:
    """Who excludes whom."""
    pairs: Pairs = []
    for name, entry in entries.items():
        for other in entry["exclusions"]:
            pairs.append((name, other))
    return pairs


def _check_link_names(entry: Entry, names: Names) -> None:
    """Refuse a prerequisite or an exclusion that is no initiative."""
    for link in LINKS:
        singular = link.removesuffix("s")
        thing = f"initiative {entry['name']!r}: {singular}"
        check_commas(f"initiative {entry['name']!r}: {link}", entry[link], names)
        check_known(thing, entry[link], names, "Initiatives")


def _check_can_be_done(name: str, needed: set[str], exclusions: Pairs) -> None:
    """Refuse an initiative that needs two which exclude each other, itself among them."""
    for pair in exclusions:
        if needed.issuperset(pair):
            others = [repr(member) for member in pair if member != name]
            raise ValuesError(
                f"initiative {name!r} needs {' and '.join(others)}, and they exclude each other. "
                "Take the prerequisite or the exclusion back."
            )


def _check_not_both_done(name: str, other: str, done: set[str]) -> None:
    """Refuse two that exclude each other where both have to be done."""
    if done.issuperset((name, other)):
        raise ValuesError(
            f"initiatives {name!r} and {other!r} must both be done, as must-do or for one, and exclude each "
            "other. Take the exclusion or a must-do back."
        )


def _needed(entries: Entries, places: Places) -> dict[str, set[str]]:
    """Each initiative with all that has to be done for it, itself among them."""
    needed: dict[str, set[str]] = {}
    for name in _in_order(entries, places):
        needed[name] = {name}
        for prerequisite in entries[name]["prerequisites"]:
            needed[name].update(needed[prerequisite])
    return needed


def _in_order(entries: Entries, places: Places) -> list[str]:
    """The names, each behind its prerequisites; a circle is refused."""
    prerequisites = {name: entry["prerequisites"] for name, entry in entries.items()}
    try:
        return list(TopologicalSorter(prerequisites).static_order())
    except CycleError as error:
        circle = error.args[1][::-1]
    with _faults_told_at(places[circle[0]]):
        chain = " needs ".join(map(repr, circle))
        raise ValuesError(f"initiatives need each other in a circle: {chain}. Take one of these prerequisites back.")
