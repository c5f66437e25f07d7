"""Touchpoints: the moments in which a customer meets the organisation, and the map they make up.

Scores given to touchpoints, and anything computed from them, do not belong here.
"""

from __future__ import annotations

import csv
import io
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cxlens.errors import (
    CxlensError,
    FileError,
    OptionError,
    ValuesError,
    check_option,
    did_you_mean,
    listing,
    unknown_name,
)
from cxlens.model.lifecycle import (
    Lifecycle,
    Need,
    as_needs,
    checked_name,
    checked_truth,
    needs_from_text,
    needs_text,
    optional_text,
    refuse_doubles,
)
from cxlens.model.text import card

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Need", "Standard", "Touchpoint", "TouchpointMap"]

Kind = Literal["communication", "human", "physical", "sensory"]
SURVEY_METRICS = ("mean", "top_box")
COLUMNS = (
    "stage", "touchpoint", "channel", "kind", "process", "owner", "needs", "standards", "volume", "cost_per_contact",
    "controllable",
)  # fmt: skip
_STANDARD = re.compile(
    r"(?P<metric>[^=\[\];]+)(?<![<>])=\s*(?P<target>[^\s\[\];]+)(?P<unit>[^\[\];]*)(?:\[(?P<source>[^\[\];]*)\])?\s*"
)


@dataclass(frozen=True, slots=True)
class Standard:
    """What a touchpoint is meant to reach.

    Parameters
    ----------
    metric
        ``"mean"`` (the mean score on the survey's scale), ``"top_box"`` (a share from 0 to 1), or any other
        figure in your words, such as ``"waiting time"``.
    target
        The figure to reach.
    unit
        The unit of `target`. Needed for any metric other than the two from the survey.
    source
        Who set the standard, or where it is written.

    Raises
    ------
    ValuesError
        When the unit is missing, the target is no number, or a text holds one of ``; [ ]`` (in a metric also ``=``).

    Examples
    --------
    >>> import cxlens as cx
    >>> str(cx.Standard("waiting time", 10, unit="minutes", source="service charter"))
    'waiting time = 10 minutes [service charter]'
    """

    metric: str
    target: float
    unit: str | None = None
    source: str | None = None

    def __init__(self, metric: str, target: float, *, unit: str | None = None, source: str | None = None) -> None:
        metric = checked_name("standard", metric)
        thing = f"standard {metric!r}"
        unit, source = optional_text(f"{thing}: unit", unit), optional_text(f"{thing}: source", source)
        for text, signs in ((metric, ";[]="), (unit, ";[]"), (source, ";[]")):
            if text and any(sign in text for sign in signs):
                raise ValuesError(f"{thing}: {text!r} has one of {' '.join(signs)}, which separate the parts in files.")
        target = checked_number(f"{thing}: target", target)
        if metric not in SURVEY_METRICS and unit is None:
            raise ValuesError(
                f"{thing} has no unit. Give unit=, such as unit='minutes'; "
                "only 'mean' and 'top_box', which come from the survey, need none."
            )
        if metric == "top_box" and not 0 <= target <= 1:
            raise ValuesError(
                f"{thing}: target {_figure(target)} is not a share. Give a number from 0 to 1, such as 0.8."
            )
        for name, value in (("metric", metric), ("target", target), ("unit", unit), ("source", source)):
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.metric} = {_figure(self.target)}{unit}{f' [{self.source}]' if self.source else ''}"


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A moment in which a customer meets the organisation.

    Parameters
    ----------
    name
        What people call it.
    stage
        The stage of the lifecycle on which it lies.
    channel, process, owner
        Where it happens, what it is part of, and who answers for it.
    kind
        ``"communication"``, ``"human"``, ``"physical"`` or ``"sensory"``.
    needs
        The customers' needs it serves: `Need` objects or names.
    standards
        What it is meant to reach: `Standard` objects.
    volume
        Contacts a year.
    cost_per_contact
        In money.
    controllable
        False where the organisation cannot change it.

    Raises
    ------
    ValuesError
        When a name is blank, or a number is none or negative.
    OptionError
        When the kind is none of the four, or a need comes twice.

    Examples
    --------
    >>> import cxlens as cx
    >>> desk = cx.Touchpoint("Check-in desk", stage="check-in", kind="human", standards=[cx.Standard("mean", 4)])
    >>> desk.standards[0].target
    4.0
    """

    name: str
    stage: str
    channel: str | None = None
    kind: Kind | None = None
    process: str | None = None
    owner: str | None = None
    needs: tuple[Need, ...] = ()
    standards: tuple[Standard, ...] = ()
    volume: float | None = None
    cost_per_contact: float | None = None
    controllable: bool = True

    def __init__(
        self,
        name: str,
        *,
        stage: str,
        channel: str | None = None,
        kind: Kind | None = None,
        process: str | None = None,
        owner: str | None = None,
        needs: Iterable[Need | str] = (),
        standards: Iterable[Standard] = (),
        volume: float | None = None,
        cost_per_contact: float | None = None,
        controllable: bool = True,
    ) -> None:
        name = checked_name("touchpoint", name)
        thing = f"touchpoint {name!r}"
        if kind is not None:
            try:
                check_option("kind", kind, Kind)
            except OptionError as error:
                raise OptionError(f"{thing}: {error}") from None
        kept: dict[str, object] = {
            "name": name,
            "stage": checked_name(f"{thing}: stage", stage),
            "channel": optional_text(f"{thing}: channel", channel),
            "kind": kind,
            "process": optional_text(f"{thing}: process", process),
            "owner": optional_text(f"{thing}: owner", owner),
            "needs": as_needs(thing, needs),
            "standards": _as_standards(thing, standards),
            "volume": _positive(f"{thing}: volume", volume),
            "cost_per_contact": _positive(f"{thing}: cost_per_contact", cost_per_contact),
            "controllable": checked_truth(f"{thing}: controllable", controllable),
        }
        for key, value in kept.items():
            object.__setattr__(self, key, value)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, repr=False)
class TouchpointMap:
    """All touchpoints, each on its stage of the lifecycle.

    Parameters
    ----------
    touchpoints
        `Touchpoint` objects. Their order is kept.
    lifecycle
        The stages they lie on.

    Raises
    ------
    OptionError
        When a touchpoint comes twice, or its stage is not in the lifecycle.
    ValuesError
        When there is no touchpoint, or something else is given in its place.

    Examples
    --------
    >>> import cxlens as cx
    >>> stages = cx.Lifecycle(["arrive", cx.Stage("wait", ["know how long it takes"])])
    >>> cx.TouchpointMap([cx.Touchpoint("Signs", stage="arrive")], stages)
    Map of 1 touchpoint on 2 stages; 1 stage has no touchpoint, 1 need is met nowhere.
    """

    touchpoints: tuple[Touchpoint, ...]
    lifecycle: Lifecycle

    def __init__(self, touchpoints: Iterable[Touchpoint], lifecycle: Lifecycle) -> None:
        if not isinstance(lifecycle, Lifecycle):
            raise ValuesError(f"lifecycle must be a Lifecycle, found {lifecycle!r}. Write Lifecycle([...]).")
        kept = tuple(touchpoints)
        for touchpoint in kept:
            if not isinstance(touchpoint, Touchpoint):
                raise ValuesError(
                    f"a map takes Touchpoint objects, found {touchpoint!r}. Write Touchpoint(name, stage=...)."
                )
        if not kept:
            raise ValuesError("a map needs at least one touchpoint. Give Touchpoint(name, stage=...).")
        refuse_doubles(
            "touchpoint", [touchpoint.name for touchpoint in kept], "Give each touchpoint one name of its own."
        )
        for touchpoint in kept:
            _check_stage(touchpoint, lifecycle)
        object.__setattr__(self, "touchpoints", kept)
        object.__setattr__(self, "lifecycle", lifecycle)

    @classmethod
    def from_csv(cls, path: str | Path, lifecycle: Lifecycle | None = None) -> TouchpointMap:
        """Read a map that `to_csv` wrote, or one typed in a spreadsheet.

        Parameters
        ----------
        path
            A comma-separated file in UTF-8 with the columns of `table`. ``stage`` and ``touchpoint`` are needed,
            the others may be left out. `needs` and `standards` hold several entries with semicolons between them:
            ``feel safe; be quick (lever)`` and ``mean = 4; waiting time = 10 minutes [service charter]``, a source
            in square brackets. `controllable` is yes or no, blank means yes.
        lifecycle
            The stages. Without it: those in the file, in the order in which they first come.

        Returns
        -------
        TouchpointMap
            The touchpoints in the order of the file.

        Raises
        ------
        FileError
            When the file cannot be read, or a line does not hold a touchpoint; the message has the line number.
        """
        found: list[Touchpoint] = []
        lines: dict[str, int] = {}
        for line, row in read_rows(path, ("stage", "touchpoint"), COLUMNS):
            try:
                touchpoint = _from_row(row)
                if lifecycle is not None:
                    _check_stage(touchpoint, lifecycle)
            except CxlensError as error:
                raise FileError(f"{path}, line {line}: {error}") from error
            if touchpoint.name in lines:
                raise FileError(
                    f"{path}, line {line}: touchpoint {touchpoint.name!r} is there already, on line "
                    f"{lines[touchpoint.name]}. Give each touchpoint one name of its own."
                )
            lines[touchpoint.name] = line
            found.append(touchpoint)
        return cls(found, lifecycle or Lifecycle(dict.fromkeys(touchpoint.stage for touchpoint in found)))

    def to_csv(self, path: str | Path) -> None:
        """Write the map as CSV; `from_csv` with the same lifecycle gives back the same map.

        Parameters
        ----------
        path
            The file to write. It appears whole or not at all.

        Raises
        ------
        FileError
            When the folder is not there or cannot be written to.
        """
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for touchpoint in self.touchpoints:
            writer.writerow(_as_row(touchpoint).values())
        write_whole(path, out.getvalue().encode("utf-8"))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the touchpoints, in order."""
        return tuple(touchpoint.name for touchpoint in self.touchpoints)

    @property
    def table(self) -> pd.DataFrame:
        """One row a touchpoint, in order.

        Columns ``stage``, ``touchpoint``, ``channel``, ``kind``, ``process``, ``owner``, ``needs`` (joined by
        ``"; "``, levers marked), ``standards`` (``"mean = 4; waiting time = 10 minutes [source]"``), ``volume``
        (contacts a year), ``cost_per_contact`` (money), ``controllable``. Text that was not given is ``""``,
        a number NaN.
        """
        frame = pd.DataFrame([_as_row(touchpoint) for touchpoint in self.touchpoints], columns=list(COLUMNS))
        for column in ("volume", "cost_per_contact"):
            frame[column] = pd.Series([getattr(touchpoint, column) for touchpoint in self.touchpoints], dtype="float64")
        frame["controllable"] = [touchpoint.controllable for touchpoint in self.touchpoints]
        return frame

    def stage_of(self, name: str) -> str:
        """The stage on which a touchpoint lies."""
        return self[name].stage

    def gaps(self) -> pd.DataFrame:
        """Where no touchpoint is: stages without one, and needs of a stage that none of its touchpoints serves.

        Returns
        -------
        pandas.DataFrame
            Columns ``stage``, ``need`` (``""`` where the whole stage is meant), ``lever`` (True where the need moves
            customers on) and ``gap`` (``"stage"`` or ``"need"``). Needs are compared by name, capitals aside.
        """
        rows: list[tuple[str, str, bool, str]] = []
        for stage in self.lifecycle:
            here = [touchpoint for touchpoint in self.touchpoints if touchpoint.stage == stage.name]
            if not here:
                rows.append((stage.name, "", False, "stage"))
            served = {need.name.casefold() for touchpoint in here for need in touchpoint.needs}
            rows += [(stage.name, n.name, n.lever, "need") for n in stage.needs if n.name.casefold() not in served]
        return pd.DataFrame(rows, columns=["stage", "need", "lever", "gap"]).astype({"lever": bool})

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the map: stages by lanes.

        Parameters
        ----------
        ax
            The Axes to draw on; a new one without it.

        Returns
        -------
        matplotlib.axes.Axes
            The Axes drawn on.
        """
        from cxlens.show.charts import map_chart

        return map_chart(self, ax)

    def explore(self) -> Any:
        """The map as a widget, to filter and to read.

        Returns
        -------
        ipywidgets.Widget
            The widget.
        """
        from cxlens.show.widgets.explore import explore_map

        return explore_map(self)

    def __getitem__(self, name: str) -> Touchpoint:
        for touchpoint in self.touchpoints:
            if touchpoint.name == name:
                return touchpoint
        raise unknown_name("touchpoint", name, self.names, "Touchpoints")

    def __iter__(self) -> Iterator[Touchpoint]:
        return iter(self.touchpoints)

    def __len__(self) -> int:
        return len(self.touchpoints)

    def __contains__(self, name: object) -> bool:
        return name in self.names or name in self.touchpoints

    def __str__(self) -> str:
        gaps = self.gaps()["gap"]
        bare, unmet = int((gaps == "stage").sum()), int((gaps == "need").sum())
        parts = [f"{bare} {'stage has' if bare == 1 else 'stages have'} no touchpoint"] if bare else []
        parts += [f"{unmet} {'need is' if unmet == 1 else 'needs are'} met nowhere"] if unmet else []
        touchpoints = "1 touchpoint" if len(self) == 1 else f"{len(self)} touchpoints"
        stages = "1 stage" if len(self.lifecycle) == 1 else f"{len(self.lifecycle)} stages"
        return f"Map of {touchpoints} on {stages}{'; ' if parts else ''}{', '.join(parts)}."

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return card(str(self), self.table)


def checked_number(thing: str, value: object) -> float:
    """A finite number as float; text, True, NaN and infinity are refused."""
    try:
        if isinstance(value, (bool, str)):
            raise TypeError
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValuesError(f"{thing} must be a number, found {value!r}.")
    return number


def read_rows(path: str | Path, needed: Sequence[str], allowed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a small CSV file that people write: line number and ``{column: text}``, blank lines left out.

    Columns of `allowed` that the file lacks are ``""``. Texts are kept as they are ("NA" is a name), blanks around
    them aside.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, needed, allowed)
        rows, line = [], reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    raise FileError(
                        f"{path}, line {line}: {len(cells)} cells where the header has {len(header)}. "
                        "Put text that has a comma in double quotes."
                    )
                given = dict(zip(header, (cell.strip() for cell in cells), strict=True))
                rows.append((line, {name: given.get(name, "") for name in allowed}))
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileError(f"{path}, line {reader.line_num}: not readable as CSV ({error}). Check the quotes.") from error
    if not rows:
        raise FileError(f"{path} has a header and no rows. Add a line for each entry.")
    return rows


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file; a file that is not there, not readable or not UTF-8 is refused."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path} is not there. Check the path.") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path}, line {line}: not UTF-8 text. Save the file as UTF-8.") from error


def write_whole(path: str | Path, data: bytes | Callable[[Path], None]) -> None:
    """Write a file under a temporary name in its folder, then move it: whole or not at all.

    `data` is the bytes, or a function that writes to the path it is given.
    """
    target = Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".cxlens-") as folder:
            draft = Path(folder, target.name)
            if callable(data):
                data(draft)
            else:
                draft.write_bytes(data)
            draft.replace(target)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}. Check that its folder is there.") from error


def _check_header(path: str | Path, header: list[str], needed: Sequence[str], allowed: Sequence[str]) -> None:
    if not any(header):
        raise FileError(f"{path} is empty. Its first line must name the columns: {listing(allowed, 30)}.")
    if len(header) == 1:
        for sign, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if sign in header[0]:
                raise FileError(f"{path}, line 1: the columns are separated by {word}. Save the file with commas.")
    for name in header:
        if name not in allowed:
            raise FileError(
                f"{path}, line 1: column {name!r} is not known.{did_you_mean(name, allowed)} "
                f"Columns: {listing(allowed, 30)}."
            )
        if header.count(name) > 1:
            raise FileError(f"{path}, line 1: column {name!r} is there twice. Name each column once.")
    missing = [name for name in needed if name not in header]
    if missing:
        raise FileError(f"{path}, line 1: column {missing[0]!r} is missing. Columns found: {listing(header, 30)}.")


def _check_stage(touchpoint: Touchpoint, lifecycle: Lifecycle) -> None:
    if touchpoint.stage not in lifecycle.names:
        raise OptionError(
            f"touchpoint {touchpoint.name!r} lies on stage {touchpoint.stage!r}, which is not in the lifecycle."
            f"{did_you_mean(touchpoint.stage, lifecycle.names)} Stages: {listing(lifecycle.names, 30)}."
        )


def _as_standards(thing: str, standards: Iterable[Standard]) -> tuple[Standard, ...]:
    if isinstance(standards, (str, Standard)):
        raise ValuesError(f"{thing}: standards must be a list, found one alone. Write [Standard(...)].")
    kept = tuple(standards)
    for standard in kept:
        if not isinstance(standard, Standard):
            raise ValuesError(f"{thing}: standards must be Standard objects, found {standard!r}. Write Standard(...).")
    refuse_doubles("standard", [standard.metric for standard in kept], f"Give {thing} one standard a metric.")
    return kept


def _positive(thing: str, value: object) -> float | None:
    if value is None:
        return None
    number = checked_number(thing, value)
    if number < 0:
        raise ValuesError(f"{thing} must be 0 or more, found {_figure(number)}.")
    return number


def _figure(value: float) -> str:
    """A number as text that reads back as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _as_row(touchpoint: Touchpoint) -> dict[str, str]:
    """A touchpoint as texts, one a column of `COLUMNS`."""
    row: dict[str, str] = {"touchpoint": touchpoint.name}
    for name in ("stage", "channel", "kind", "process", "owner"):
        row[name] = getattr(touchpoint, name) or ""
    row["needs"] = needs_text(touchpoint.needs)
    row["standards"] = "; ".join(str(standard) for standard in touchpoint.standards)
    for name in ("volume", "cost_per_contact"):
        value = getattr(touchpoint, name)
        row[name] = "" if value is None else _figure(value)
    row["controllable"] = "yes" if touchpoint.controllable else "no"
    return {name: row[name] for name in COLUMNS}


def _from_row(row: dict[str, str]) -> Touchpoint:
    """The touchpoint that a row of texts describes."""
    name = checked_name("touchpoint", row["touchpoint"])
    thing = f"touchpoint {name!r}"
    truth = {"yes": True, "true": True, "": True, "no": False, "false": False}
    if row["controllable"].lower() not in truth:
        raise ValuesError(f"{thing}: controllable must be yes or no, found {row['controllable']!r}.")
    kind: Any = row["kind"] or None
    return Touchpoint(
        name,
        stage=row["stage"],
        channel=row["channel"],
        kind=kind,
        process=row["process"],
        owner=row["owner"],
        needs=needs_from_text(row["needs"]),
        standards=_standards_from_text(thing, row["standards"]),
        volume=_number_from_text(f"{thing}: volume", row["volume"]),
        cost_per_contact=_number_from_text(f"{thing}: cost_per_contact", row["cost_per_contact"]),
        controllable=truth[row["controllable"].lower()],
    )


def _number_from_text(thing: str, text: str) -> float | None:
    if not text:
        return None
    try:
        return checked_number(thing, float(text))
    except ValueError:
        raise ValuesError(
            f"{thing} must be a number, found {text!r}. Write figures only, with a decimal point."
        ) from None


def _standards_from_text(thing: str, text: str) -> tuple[Standard, ...]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _STANDARD.fullmatch(part)
        target = None if match is None else _number_from_text(f"{thing}: standard {part!r}: target", match["target"])
        if match is None or target is None:
            raise ValuesError(
                f"{thing}: standard {part!r} is not readable. Write it as 'mean = 4' or "
                "'waiting time = 10 minutes [source]'."
            )
        found.append(Standard(match["metric"], target, unit=match["unit"], source=match["source"]))
    return tuple(found)
