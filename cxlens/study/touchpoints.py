"""Touchpoints: the moments in which a customer meets the organisation, and the map they make up.

Scores given to touchpoints, and anything computed from them, do not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.pictures import picture
from cxlens.common.values import plural
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
from cxlens.files.tables import Row, as_number, figure, read_rows, read_sheet, write_sheets, write_whole
from cxlens.study.lifecycle import Lifecycle, Need, Needs, Stage, as_needs, checked_name, refuse_doubles, settle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cxlens.stages.baseline.baseline import Baseline
    from cxlens.stages.drivers.drivers import Drivers

__all__ = ["Need", "Standard", "Touchpoint", "TouchpointMap"]

Kind = Literal["communication", "human", "physical", "sensory"]
Better = Literal["higher", "lower"]
Lanes = Literal["channel", "owner", "process"]
SURVEY_METRICS = ("mean", "top_box")
NEEDED = ("stage", "touchpoint")
SHARE = "share"  # the unit of a standard that is a proportion, from 0 to 1
COLUMNS = (
    "stage", "touchpoint", "channel", "kind", "process", "owner", "needs", "standards", "volume", "cost_per_contact",
    "controllable",
)  # fmt: skip
# metric <= target unit [source] by measured
_STANDARD = re.compile(r"([^=]+?)\s*(<=|>=|(?<![<>])=)\s*([^\s\[]+)([^\[]*?)(?:\[(.*?)\]\s*)?(?:(?<=[\s\]])by\s+(.+))?")
_SIGNS: dict[str, Better | None] = {"=": None, ">=": "higher", "<=": "lower"}


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
        The unit of `target`. Needed for any metric other than the two from the survey. ``"share"``: a proportion
        from 0 to 1, such as an accuracy.
    source
        Who set the standard, or where it is written.
    measured
        How it is measured, such as ``"stopwatch"``.
    better
        ``"higher"`` (at least the target) or ``"lower"`` (at most). Scores of the survey are better when higher. Of
        other metrics nothing is taken for granted: a standard that does not say it is kept, but never judged.

    Raises
    ------
    ValuesError
        When the unit is missing or has the word "by" in it, a text holds one of ``; [ ] =``, the target is no number
        or a share above 1, or a score of the survey is said to be better when lower.
    OptionError
        When `better` is neither of the two.

    Examples
    --------
    >>> import cxlens as cx
    >>> str(cx.Standard("waiting time", 10, unit="minutes", source="charter", measured="stopwatch", better="lower"))
    'waiting time <= 10 minutes [charter] by stopwatch'
    """

    metric: str
    target: float
    _: KW_ONLY
    unit: str | None = None
    source: str | None = None
    measured: str | None = None
    better: Better | None = None

    def __post_init__(self) -> None:
        metric, target = checked_name("standard", self.metric), as_number(f"standard {self.metric!r}", self.target)
        texts = {name: " ".join((getattr(self, name) or "").split()) for name in ("unit", "source", "measured")}
        if any(sign in "".join([metric, *texts.values()]) for sign in ";[]="):
            raise ValuesError(f"standard {metric!r} holds one of ; [ ] = in a text. They separate its parts in files.")
        if "by" in texts["unit"].split():
            raise ValuesError(
                f"standard {metric!r} has the word 'by' in its unit {texts['unit']!r}. In files it begins how the "
                "standard is measured: use another word, or measured=."
            )
        if metric not in SURVEY_METRICS and not texts["unit"]:
            raise ValuesError(
                f"standard {metric!r} has no unit. Give unit=, such as unit='minutes'; "
                "only 'mean' and 'top_box', which come from the survey, need none."
            )
        better = self.better or ("higher" if metric in SURVEY_METRICS else None)
        if better is not None:
            check_option("better", better, Better)
        if metric in SURVEY_METRICS and better == "lower":
            raise ValuesError(
                f"standard {metric!r} is a score of the survey, where higher is better. Leave out better=."
            )
        settle(self, {"metric": metric, "target": target, "better": better, **{k: v or None for k, v in texts.items()}})
        if self.share and not 0 <= target <= 1:
            raise ValuesError(f"standard {metric!r} is a share from 0 to 1, found {target:g}. Give 0.8 for 80 %.")

    @property
    def share(self) -> bool:
        """Whether it is a proportion, from 0 to 1."""
        return self.metric == "top_box" or self.unit == SHARE

    def __str__(self) -> str:
        better = None if self.metric in SURVEY_METRICS else self.better
        sign = next(sign for sign, meaning in _SIGNS.items() if meaning == better)
        unit, source = f" {self.unit}" if self.unit else "", f" [{self.source}]" if self.source else ""
        return (
            f"{self.metric} {sign} {figure(self.target)}{unit}{source}{f' by {self.measured}' if self.measured else ''}"
        )


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
        for what in ("volume", "cost_per_contact"):
            value = getattr(self, what)
            if value is not None and as_number(f"touchpoint {self.name!r}: {what}", value) < 0:
                raise ValuesError(f"touchpoint {self.name!r}: {what} is {value:g}. Give a number of 0 or more.")
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
            ``feel safe; be quick (lever)`` and ``mean = 4; waiting time <= 10 minutes [service charter] by stopwatch``:
            ``<=`` at most, ``>=`` at least, the source in square brackets, then how it is measured. `controllable` is
            yes or no, blank means yes.
        lifecycle
            The stages. Without it: those in the file, in the order in which they first come, with the needs that their
            touchpoints serve: needs that nothing serves are then not seen.

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
        return _from_rows(path, read_rows(path, NEEDED, COLUMNS), "line", lifecycle)

    @classmethod
    def from_excel(cls, path: str | Path, lifecycle: Lifecycle | None = None) -> TouchpointMap:
        """Read a map from the first sheet of an Excel workbook (.xlsx).

        Parameters
        ----------
        path
            The workbook; the columns are those of :meth:`from_csv`, their names in the first row.
        lifecycle
            The stages, as there.

        Returns
        -------
        TouchpointMap
            The touchpoints in the order of the sheet.

        Raises
        ------
        CxlensError, FileError, ColumnError
            As :meth:`from_csv`; and when openpyxl is not installed, cells are merged, a header cell is blank, or a cell
            holds a formula: nothing is computed.
        """
        return _from_rows(path, read_sheet(path, NEEDED, COLUMNS), "row", lifecycle)

    def to_excel(self, path: str | Path) -> None:
        """Write the map as an Excel workbook; `from_excel` with the same lifecycle gives back the same map.

        Volumes and costs keep 16 digits, as sheets do.

        Parameters
        ----------
        path
            The file to write. It appears whole or not at all, and holds no formula, whatever the texts say.

        Raises
        ------
        CxlensError, FileError
            When xlsxwriter is not installed, or the folder is not there or cannot be written to.
        """
        write_sheets(path, {"touchpoints": self.table})

    def to_csv(self, path: str | Path) -> None:
        """Write the map as CSV; `from_csv` with the same lifecycle gives back the same map.

        Parameters
        ----------
        path
            The file to write. It appears whole or not at all. Texts are written as they are; for a spreadsheet, which
            takes a text that begins with ``=`` for a formula, use :meth:`to_excel`.

        Raises
        ------
        FileError
            When the folder is not there or cannot be written to.
        """
        table = self.table.assign(controllable=["yes" if one.controllable else "no" for one in self])
        write_whole(path, table.to_csv(index=False, float_format=figure, lineterminator="\n").encode("utf-8"))

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

    def refuse_gaps(self) -> None:
        """Refuse a map that is not complete: for those who want a script to stop there. A map may well have gaps.

        Raises
        ------
        ValuesError
            When a stage has no touchpoint, or a need of a stage is served by none of its touchpoints; all are named.
        """
        found = [
            f"stage {gap.stage!r} has no touchpoint"
            if gap.gap == "stage"
            else f"need {gap.need!r} of stage {gap.stage!r} is served by nothing"
            for gap in self.gaps().itertuples()
        ]
        if found:
            raise ValuesError(
                f"the map is not complete: {'; '.join(found)}. Add a touchpoint to the stage, name the need among the "
                "needs of a touchpoint there, or take it out of the lifecycle."
            )

    def coverage(self) -> pd.DataFrame:
        """Which touchpoint serves which need of its stage.

        Returns
        -------
        pandas.DataFrame
            One row a need of the lifecycle, indexed by ``stage`` and ``need``; a column a touchpoint, True where it
            lies on that stage and names the need; ``served``: by how many; ``lever``: whether the need moves customers
            on. Needs are compared by name, capitals aside.
        """
        wanted = [(stage, need) for stage in self.lifecycle for need in stage.needs]
        index = pd.MultiIndex.from_tuples([(stage.name, need.name) for stage, need in wanted], names=["stage", "need"])
        serves = {one.name: {need.name.casefold() for need in one.needs} for one in self}
        table = pd.DataFrame(
            [[one.stage == stage.name and need.name.casefold() in serves[one.name] for one in self]
             for stage, need in wanted],
            index=index, columns=list(self.names), dtype=bool,
        )  # fmt: skip
        return table.assign(served=table.sum(axis=1), lever=[need.lever for _, need in wanted])

    def levers(self) -> pd.DataFrame:
        """What moves customers on from each stage, and what works at it.

        Returns
        -------
        pandas.DataFrame
            One row a lever: ``stage``, ``need``, ``next_stage`` (``""`` after the last), ``touchpoints`` that serve it
            (joined by ``"; "``; ``""``: nothing does). A stage, other than the last, without any lever has a row with
            ``need`` ``""``.
        """
        rows, names = [], self.lifecycle.names
        for stage, following in zip(self.lifecycle, [*names[1:], ""], strict=True):
            levers = {need.name: need.name.casefold() for need in stage.needs if need.lever}
            for name, key in levers.items() or ([("", "")] if following else []):
                here = [one for one in self if one.stage == stage.name]
                serving = [one.name for one in here if key in {need.name.casefold() for need in one.needs}]
                rows.append((stage.name, name, following, "; ".join(serving)))
        return pd.DataFrame(rows, columns=["stage", "need", "next_stage", "touchpoints"])

    def processes(self) -> pd.DataFrame:
        """The processes: groups of touchpoints that make one errand.

        Returns
        -------
        pandas.DataFrame
            One row a process, in the order of the map: ``process`` (``""`` for touchpoints that name none), ``n``
            touchpoints, ``stages``, ``touchpoints``, ``channels`` and ``owners`` (joined by ``"; "``), ``volume``
            (contacts a year), ``cost_per_year`` (volume times cost per contact), ``note``: whose volume or cost is not
            known, and therefore not in the sum. NaN where none is.
        """
        table = self.table.assign(cost_per_year=lambda table: table["volume"] * table["cost_per_contact"])
        rows = []
        for process, own in table.groupby("process", sort=False):
            texts = [
                "; ".join(dict.fromkeys(filter(None, own[name])))
                for name in ("stage", "touchpoint", "channel", "owner")
            ]
            notes = [] if process else ["no process is named"]
            for column, words in (("volume", "volume"), ("cost_per_year", "cost a year")):
                unknown = own.loc[own[column].isna(), "touchpoint"]
                notes += [f"{words} not known: {listing(unknown)}"] if len(unknown) else []
            sums = own[["volume", "cost_per_year"]].sum(min_count=1)
            rows.append((process, len(own), *texts, *sums, "; ".join(notes)))
        names = ["process", "n", "stages", "touchpoints", "channels", "owners", "volume", "cost_per_year", "note"]
        return pd.DataFrame(rows, columns=names)

    def plot(
        self,
        *,
        ax: Axes | None = None,
        performance: Baseline | None = None,
        importance: Drivers | None = None,
        lanes: Lanes = "channel",
    ) -> Axes:
        """Draw the map: stages from left to right, touchpoints in lanes, gaps marked.

        Parameters
        ----------
        ax
            The Axes to draw on; a new one without it.
        performance
            How touchpoints score against their standards, from :func:`cxlens.baseline` without ``by``.
        importance
            What matters, from :func:`cxlens.drivers` without ``by``: rings, moments of truth, and which pain points
            matter.
        lanes
            What the lanes stand for: ``"channel"``, ``"owner"`` or ``"process"``.

        Returns
        -------
        matplotlib.axes.Axes
            The Axes drawn on.

        Raises
        ------
        OptionError
            When `lanes` is none of the three, or `performance` or `importance` is by segment or another thing.
        """
        return port.draw(self, ax, performance, importance, lanes)

    def save(
        self,
        path: str | Path,
        *,
        performance: Baseline | None = None,
        importance: Drivers | None = None,
        lanes: Lanes = "channel",
    ) -> None:
        """Write the picture of the map to a file, with its title and a description for those who cannot see it.

        Parameters
        ----------
        path
            Ends in ``.svg`` (its words stay text, to be searched and edited) or ``.png``. Whole or not at all.
        performance, importance, lanes
            As for :meth:`plot`.

        Raises
        ------
        OptionError, FileError
            As :meth:`plot`; and when the ending is another, or the file cannot be written.
        """
        form = Path(path).suffix.lower().removeprefix(".")
        check_option("form", form, Literal["svg", "png"])
        image, _ = picture(port.sight_of(self, performance, importance, lanes), form=form)
        write_whole(path, image)

    def explore(self, performance: Baseline | None = None, importance: Drivers | None = None) -> Any:
        """The map as a widget: filter it, and click a touchpoint for all that is known of it.

        Parameters
        ----------
        performance, importance
            As for :meth:`plot`.

        Returns
        -------
        ipywidgets.Widget
            The widget; its buttons and lists are used with mouse or keyboard.

        Raises
        ------
        OptionError
            As :meth:`plot`.
        """
        return port.widget_of(self, performance, importance)

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


def _from_rows(path: str | Path, rows: list[Row], label: str, lifecycle: Lifecycle | None) -> TouchpointMap:
    """The map that the rows of a file describe; a fault is told with the row."""
    found: dict[str, tuple[int, Touchpoint]] = {}
    for line, row in rows:
        try:
            one = _from_row(row)
            if one.name in found:
                raise OptionError(
                    f"touchpoint {one.name!r} is there twice, first in {label} {found[one.name][0]}. "
                    "Give each touchpoint one name of its own."
                )
            TouchpointMap([one], lifecycle or Lifecycle([one.stage]))
        except CxlensError as error:
            raise FileError(f"{path}, {label} {line}: {error}") from error
        found[one.name] = line, one
    touchpoints = [one for _, one in found.values()]
    needs: dict[str, dict[str, Any]] = {}  # of each stage what its touchpoints serve; once a lever, always a lever
    for one in touchpoints:
        held = needs.setdefault(one.stage, {})
        for need in one.needs:
            held[need.name.casefold()] = need if need.lever else held.get(need.name.casefold(), need)
    own = [Stage(stage, list(held.values())) for stage, held in needs.items()]
    return TouchpointMap(touchpoints, lifecycle or Lifecycle(own))


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
            "'waiting time <= 10 minutes [source] by stopwatch'."
        )
    metric, sign, target, unit, source, measured = match.groups()
    value = as_number(f"{thing}: standard {text!r}", target)
    return Standard(metric, value, unit=unit, source=source, measured=measured, better=_SIGNS[sign])
