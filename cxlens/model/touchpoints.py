"""Touchpoints: the moments in which a customer meets the organisation, and the map they make up.

Scores given to touchpoints, and anything computed from them, do not belong here.
"""

from __future__ import annotations

import csv
import io
import math
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cxlens.errors import (
    ColumnError,
    CxlensError,
    FileError,
    OptionError,
    ValuesError,
    check_option,
    did_you_mean,
    listing,
    unknown_name,
)
from cxlens.model.lifecycle import Lifecycle, Need, Needs, as_needs, checked_name, refuse_doubles, settle
from cxlens.model.text import card, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Need", "Standard", "Touchpoint", "TouchpointMap"]

Kind = Literal["communication", "human", "physical", "sensory"]
SURVEY_METRICS = ("mean", "top_box")
COLUMNS = (
    "stage", "touchpoint", "channel", "kind", "process", "owner", "needs", "standards", "volume", "cost_per_contact",
    "controllable",
)  # fmt: skip
_STANDARD = re.compile(r"([^=]+)(?<![<>])=\s*([^\s\[]+)([^\[]*)(?:\[(.*)\])?")  # metric = target unit [source]


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
        When the unit is missing, or a text holds one of ``; [ ] =``.

    Examples
    --------
    >>> import cxlens as cx
    >>> str(cx.Standard("waiting time", 10, unit="minutes", source="service charter"))
    'waiting time = 10 minutes [service charter]'
    """

    metric: str
    target: float
    _: KW_ONLY
    unit: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        metric = checked_name("standard", self.metric)
        if any(sign in f"{metric}{self.unit}{self.source}" for sign in ";[]="):
            raise ValuesError(f"standard {metric!r} holds one of ; [ ] = in a text. They separate its parts in files.")
        if metric not in SURVEY_METRICS and not self.unit:
            raise ValuesError(
                f"standard {metric!r} has no unit. Give unit=, such as unit='minutes'; "
                "only 'mean' and 'top_box', which come from the survey, need none."
            )
        settle(self, {"metric": metric, "target": float(self.target)})

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
        When a name is blank or has a semicolon.
    OptionError
        When the kind is none of the four.

    Examples
    --------
    >>> import cxlens as cx
    >>> desk = cx.Touchpoint("Check-in desk", stage="check-in", kind="human", standards=[cx.Standard("mean", 4)])
    >>> desk.standards[0].target
    4.0
    """

    name: str
    _: KW_ONLY
    stage: str
    channel: str | None = None
    kind: Kind | None = None
    process: str | None = None
    owner: str | None = None
    needs: Needs = ()
    standards: Sequence[Standard] = ()
    volume: float | None = None
    cost_per_contact: float | None = None
    controllable: bool = True

    def __post_init__(self) -> None:
        if self.kind is not None:
            check_option("kind", self.kind, Kind)
        names = {"name": checked_name("touchpoint", self.name), "stage": checked_name("stage", self.stage)}
        settle(self, {**names, "needs": as_needs(self.needs), "standards": tuple(self.standards)})

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

    Examples
    --------
    >>> import cxlens as cx
    >>> stages = cx.Lifecycle(["arrive", cx.Stage("wait", ["know how long it takes"])])
    >>> cx.TouchpointMap([cx.Touchpoint("Signs", stage="arrive")], stages)
    Map of 1 touchpoint on 2 stages; 1 stage has no touchpoint, 1 need is met nowhere.
    """

    touchpoints: Sequence[Touchpoint]
    lifecycle: Lifecycle

    def __post_init__(self) -> None:
        settle(self, {"touchpoints": tuple(self.touchpoints)})
        refuse_doubles("touchpoint", self.names, "Give each touchpoint one name of its own.")
        stages = self.lifecycle.names
        for touchpoint in self.touchpoints:
            if touchpoint.stage not in stages:
                raise OptionError(
                    f"touchpoint {touchpoint.name!r} lies on stage {touchpoint.stage!r}, which is not in the "
                    f"lifecycle.{did_you_mean(touchpoint.stage, stages)} Stages: {listing(stages, 30)}."
                )

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
        FileError, ColumnError
            When the file cannot be read, lacks a column or has one that is not known, or a line does not hold a
            touchpoint; the message has the line number.
        """
        found: list[Touchpoint] = []
        for line, row in read_rows(path, ("stage", "touchpoint"), COLUMNS):
            try:
                found.append(_from_row(row))
                made = cls(found, lifecycle or Lifecycle(list(dict.fromkeys(one.stage for one in found))))
            except CxlensError as error:
                raise FileError(f"{path}, line {line}: {error}") from error
        return made

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
        table = self.table.assign(controllable=["yes" if one.controllable else "no" for one in self])
        write_whole(path, table.to_csv(index=False, float_format=_figure, lineterminator="\n").encode("utf-8"))

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
        rows = []
        for one in self:
            texts = [one.stage, one.name, one.channel or "", one.kind or "", one.process or "", one.owner or ""]
            lists = ["; ".join(map(str, entries)) for entries in (one.needs, one.standards)]
            rows.append((*texts, *lists, one.volume, one.cost_per_contact, one.controllable))
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"volume": float, "cost_per_contact": float})

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
        return name in self.names

    def __repr__(self) -> str:
        gaps = self.gaps()["gap"]
        bare, unmet = int((gaps == "stage").sum()), int((gaps == "need").sum())
        parts = [f"{bare} {'stage has' if bare == 1 else 'stages have'} no touchpoint"] if bare else []
        parts += [f"{unmet} {'need is' if unmet == 1 else 'needs are'} met nowhere"] if unmet else []
        what = f"Map of {plural(len(self), 'touchpoint')} on {plural(len(self.lifecycle), 'stage')}"
        return f"{what}{'; ' if parts else ''}{', '.join(parts)}."

    def _repr_html_(self) -> str:
        return card(str(self), self.table)


def as_number(thing: str, value: Any) -> float:
    """A finite number, from a number or from text."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValuesError(f"{thing} must be a number, found {value!r}. Write figures only, with a decimal point.")
    return number


def read_rows(path: str | Path, needed: Sequence[str], allowed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a small CSV file that people write: line number and ``{column: text}``, blank lines left out.

    Columns of `allowed` that the file lacks are ``""``. Texts are kept as they are ("NA" is a name), blanks around
    them aside.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), skipinitialspace=True)
    header = list(reader.fieldnames or ())
    check_header(f"{path}, line 1", header, needed, allowed)
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise FileError(
                f"{path}, line {reader.line_num}: more or fewer than the {len(header)} cells of the header. "
                "Put text that has a comma in double quotes."
            )
        if any(row.values()):
            rows.append((reader.line_num, {name: row.get(name, "").strip() for name in allowed}))
    if not rows:
        raise FileError(f"{path} has a header and no rows. Add a line for each entry.")
    return rows


def check_header(place: str, header: Sequence[str], needed: Sequence[str], allowed: Sequence[str]) -> None:
    """Refuse a table that lacks a column, or has one that is not known."""
    if len(header) < 2:
        raise ColumnError(f"{place}: one column or none is found. Separate the columns with commas.")
    for name in header:
        if name not in allowed:
            raise ColumnError(f"{place}: {unknown_name('column', name, allowed, 'Columns')}")
    for name in needed:
        if name not in header:
            raise ColumnError(f"{place}: column {name!r} is missing. Columns found: {listing(header, 30)}.")


def read_text(path: str | Path, such: str = "touchpoints.csv") -> str:
    """The text of a UTF-8 file; one that is not there, a folder (which may hold `such`) or not UTF-8 is refused."""
    if Path(path).is_dir():
        raise FileError(f"{path} is a folder. Give the file, such as {Path(path, such)}.")
    try:
        data = Path(path).read_bytes()
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"{path} is not there. Check the path.") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path}, line {line}: not UTF-8 text. Save the file as UTF-8.") from error


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file under a temporary name in its folder, then move it: whole or not at all."""
    target = Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".cxlens-") as folder:
            draft = Path(folder, target.name)
            draft.write_bytes(data)
            draft.replace(target)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}. Check that its folder is there.") from error


def _figure(value: Any) -> str:
    """A number as text that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")


def _from_row(row: dict[str, str]) -> Touchpoint:
    """The touchpoint that a row of texts describes."""
    check_option("controllable", row["controllable"], Literal["yes", "no", ""])
    thing = f"touchpoint {row['touchpoint']!r}"
    given: dict[str, Any] = {name: row[name] or None for name in ("channel", "kind", "process", "owner")}
    for name in ("volume", "cost_per_contact"):
        given[name] = as_number(f"{thing}: {name}", row[name]) if row[name] else None
    return Touchpoint(
        row["touchpoint"],
        stage=row["stage"],
        needs=_entries(row["needs"]),
        standards=[_standard(thing, text) for text in _entries(row["standards"])],
        controllable=row["controllable"] != "no",
        **given,
    )


def _entries(cell: str) -> list[str]:
    """The entries of a cell, with semicolons between them."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def _standard(thing: str, text: str) -> Standard:
    match = _STANDARD.fullmatch(text)
    if match is None:
        raise ValuesError(
            f"{thing}: standard {text!r} is not readable. Write it as 'mean = 4' or "
            "'waiting time = 10 minutes [source]'."
        )
    metric, target, unit, source = match.groups()
    return Standard(metric, as_number(f"{thing}: standard {text!r}", target), unit=unit.strip() or None, source=source)
