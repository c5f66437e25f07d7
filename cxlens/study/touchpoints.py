"""Touchpoints: the moments in which a customer meets the organisation, and the map they make up.

Scores given to touchpoints, and anything computed from them, do not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cxlens.common import port
from cxlens.common.arguments import misfits_told
from cxlens.common.html import card
from cxlens.common.pictures import picture
from cxlens.common.values import plural
from cxlens.errors import (
    CxlensError,
    FileError,
    OptionError,
    ValuesError,
    as_share,
    check_option,
    did_you_mean,
    listing,
    unknown_name,
)
from cxlens.files.money import plain_number
from cxlens.files.tables import (
    Row,
    as_number,
    figure,
    given_number,
    read_rows,
    read_sheet,
    unmistakable,
    write_sheets,
)
from cxlens.files.writing import target_of, write_csv, write_whole
from cxlens.study import mermaid
from cxlens.study.lifecycle import Lifecycle, Need, Needs, Stage, as_needs, checked_name, refuse_doubles, settle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cxlens.common.result import View
    from cxlens.stages.baseline.baseline import Baseline
    from cxlens.stages.drivers.drivers import Drivers
    from cxlens.study.parts import Persona

__all__ = ["Need", "Standard", "Touchpoint", "TouchpointMap"]

Kind = Literal["communication", "human", "physical", "sensory"]
Better = Literal["higher", "lower"]
Lanes = Literal["channel", "owner", "process"]
MapKind = Literal["map", "journey"]
OF_JOURNEY = ("comments", "emotion", "initiatives", "personas")  # what a journey shows and a map does not
WIDE = 13.3  # inches of a journey map in a file: 1,280 px
SURVEY_METRICS = ("mean", "top_box")
NEEDED = ("stage", "touchpoint")
SHARE = "share"  # the unit of a standard that is a proportion, from 0 to 1
COLUMNS = (
    "stage", "touchpoint", "channel", "kind", "process", "owner", "needs", "standards", "volume", "cost_per_contact",
    "controllable",
)  # fmt: skip
PROCESS_COLUMNS = (
    "process", "n", "stages", "touchpoints", "channels", "owners", "volume", "cost_per_year", "note",
)  # fmt: skip
# metric <= target unit [source] by measured
_STANDARD = re.compile(r"([^=]+?)\s*(<=|>=|(?<![<>])=)\s*([^\s\[]+)([^\[]*?)(?:\[(.*?)\]\s*)?(?:(?<=[\s\]])by\s+(.+))?")
_SIGNS: dict[str, Better | None] = {"=": None, ">=": "higher", "<=": "lower"}


@misfits_told
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
        (a text such as ``"10"`` is none) or a share above 1, or a score of the survey is said to be better when lower.
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
        metric = checked_name("standard", self.metric)
        target = given_number(f"standard {self.metric!r}", self.target)
        texts = {name: _single_blanks(getattr(self, name)) for name in ("unit", "source", "measured")}
        _check_texts(metric, texts)
        better = _checked_better(metric, self.better)
        settle(self, {"metric": metric, "target": target, "better": better})
        for name, text in texts.items():
            settle(self, {name: text or None})
        if self.share and not 0 <= target <= 1:
            raise ValuesError(
                f"standard {metric!r} is a share from 0 to 1, found {target:g}. "
                f"Give a number between these{as_share(target)}."
            )

    @property
    def share(self) -> bool:
        """Whether it is a proportion, from 0 to 1."""
        return self.metric == "top_box" or self.unit == SHARE

    def __str__(self) -> str:
        better = None if self.metric in SURVEY_METRICS else self.better
        sign = next(sign for sign, meaning in _SIGNS.items() if meaning == better)
        words = [self.metric, sign, figure(self.target)]
        if self.unit:
            words.append(self.unit)
        if self.source:
            words.append(f"[{self.source}]")
        if self.measured:
            words.append(f"by {self.measured}")
        return " ".join(words)


@misfits_told
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
        When a name is blank or has a semicolon, or a volume or cost is below 0, or no number: a text such as ``"10"``
        is none.
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
        name = checked_name("touchpoint", self.name)
        stage = checked_name("stage", self.stage)
        self._check_number("volume", self.volume)
        self._check_number("cost_per_contact", self.cost_per_contact)
        settle(
            self,
            {
                "name": name,
                "stage": stage,
                "needs": as_needs(self.needs),
                "standards": tuple(self.standards),
            },
        )

    def _check_number(self, what: str, value: float | None) -> None:
        """Refuse what is no number, or one below 0."""
        if value is None:
            return
        if given_number(f"touchpoint {self.name!r}: {what}", value) < 0:
            raise ValuesError(f"touchpoint {self.name!r}: {what} is {value:g}. Give a number of 0 or more.")

    def __str__(self) -> str:
        return self.name


@misfits_told
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
    Map of 1 touchpoint on 2 stages; 1 stage has no touchpoint, 1 need has no touchpoint at its stage.
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
            A CSV file, or the first sheet of a workbook, with the columns of `table`. ``stage`` and ``touchpoint`` are
            needed, the others may be left out. `needs` and `standards` hold several entries with semicolons between
            them: ``feel safe; be quick (lever)`` and
            ``mean = 4; waiting time <= 10 minutes [service charter] by stopwatch``: ``<=`` at most, ``>=`` at least,
            the source in square brackets, then how it is measured. `controllable` is yes or no, blank means yes.
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
            The file to write. It appears whole or not at all. A text that a spreadsheet would take for a formula, such
            as ``=A1``, has an apostrophe before it, which :meth:`from_csv` takes away.

        Raises
        ------
        FileError
            When the folder is not there or cannot be written to.
        """
        table = self.table
        table["controllable"] = ["yes" if touchpoint.controllable else "no" for touchpoint in self]
        write_csv(path, table, unmistakable)

    def to_mermaid(self) -> str:
        """The map as a flowchart in Mermaid's text, which GitHub and others draw in a block of Mermaid.

        Stages stand from left to right, their touchpoints in them; a stage without any has a dashed box.

        Examples
        --------
        >>> import cxlens as cx
        >>> stages = cx.Lifecycle(["before", "there"])
        >>> print(cx.TouchpointMap([cx.Touchpoint("Web", stage="before")], stages).to_mermaid())
        flowchart LR
          subgraph stage1["before"]
            direction TB
            touchpoint1_1["Web"]
          end
          subgraph stage2["there"]
            direction TB
            gap2["no touchpoint"]
          end
          stage1 --> stage2
          style gap2 stroke-dasharray: 4
        <BLANKLINE>
        """
        return mermaid.flowchart(self)

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
        rows = [_table_row(touchpoint) for touchpoint in self]
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        return table.astype({"volume": float, "cost_per_contact": float})

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
            touchpoints = self._on(stage)
            if not touchpoints:
                rows.append((stage.name, "", False, "stage"))
            served = {key for touchpoint in touchpoints for key in _served(touchpoint)}
            for need in stage.needs:
                if _key(need) not in served:
                    rows.append((stage.name, need.name, need.lever, "need"))
        table = pd.DataFrame(rows, columns=["stage", "need", "lever", "gap"])
        return table.astype({"lever": bool})

    def _on(self, stage: Stage) -> list[Touchpoint]:
        """The touchpoints on a stage."""
        return [touchpoint for touchpoint in self if touchpoint.stage == stage.name]

    def refuse_gaps(self) -> None:
        """Refuse a map that is not complete: for those who want a script to stop there. A map may well have gaps.

        Raises
        ------
        ValuesError
            When a stage has no touchpoint, or a need of a stage is served by none of its touchpoints; all are named.
        """
        faults = []
        for gap in self.gaps().itertuples():
            if gap.gap == "stage":
                faults.append(f"stage {gap.stage!r} has no touchpoint")
            else:
                faults.append(f"need {gap.need!r} of stage {gap.stage!r} is served by nothing")
        if faults:
            raise ValuesError(
                f"the map is not complete: {'; '.join(faults)}. Add a touchpoint to the stage, name the need among the "
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
        needs = [(stage.name, need) for stage in self.lifecycle for need in stage.needs]
        index = pd.MultiIndex.from_tuples(
            [(stage, need.name) for stage, need in needs],
            names=["stage", "need"],
        )
        serves = {}
        for touchpoint in self:
            served = _served(touchpoint)
            serves[touchpoint.name] = [stage == touchpoint.stage and _key(need) in served for stage, need in needs]
        table = pd.DataFrame(serves, index=index, columns=list(self.names), dtype=bool)
        return table.assign(
            served=table.sum(axis=1),
            lever=[need.lever for _, need in needs],
        )

    def levers(self) -> pd.DataFrame:
        """What moves customers on from each stage, and what works at it.

        Returns
        -------
        pandas.DataFrame
            One row a lever: ``stage``, ``need``, ``next_stage`` (``""`` after the last), ``touchpoints`` that serve it
            (joined by ``"; "``; ``""``: nothing does). A stage, other than the last, without any lever has a row with
            ``need`` ``""``.
        """
        rows = []
        next_stages = [*self.lifecycle.names[1:], ""]
        for stage, next_stage in zip(self.lifecycle, next_stages, strict=True):
            levers = {need.name: _key(need) for need in stage.needs if need.lever}
            for name, key in levers.items():
                serving = [touchpoint.name for touchpoint in self._on(stage) if key in _served(touchpoint)]
                rows.append((stage.name, name, next_stage, "; ".join(serving)))
            if next_stage and not levers:
                rows.append((stage.name, "", next_stage, ""))
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
        table = self.table
        table["cost_per_year"] = table["volume"] * table["cost_per_contact"]
        groups = table.groupby("process", sort=False)
        rows = [_process_row(process, touchpoints) for process, touchpoints in groups]
        return pd.DataFrame(rows, columns=list(PROCESS_COLUMNS))

    def plot(
        self,
        *,
        ax: Axes | None = None,
        kind: MapKind = "map",
        performance: Baseline | None = None,
        importance: Drivers | None = None,
        lanes: Lanes = "channel",
        comments: View | None = None,
        emotion: View | None = None,
        initiatives: pd.DataFrame | None = None,
        personas: Sequence[Persona] | None = None,
    ) -> Axes:
        """Draw the map: stages from left to right, touchpoints in lanes, gaps marked; or the journey map.

        Parameters
        ----------
        ax
            The Axes to draw on; a new one without it.
        kind
            ``"map"``, or ``"journey"``: personas on top, phases and stages as columns, and below them lanes of what
            people do and feel (ratings as a line with its band), where it hurts, what they say, needs that nothing
            serves, what is planned, and where we stand against competitors. A lane is there if what it needs is given.
        performance
            How touchpoints score against their standards, from :func:`cxlens.baseline` without ``by``.
        importance
            What matters, from :func:`cxlens.drivers` without ``by``: rings, moments of truth, and which pain points
            matter.
        lanes
            What the lanes of a map stand for: ``"channel"``, ``"owner"`` or ``"process"``.
        comments, emotion
            For a journey: what people say, and how strongly they feel, from ``cx.baseline(survey).comments()`` and
            ``.emotion()``. A quote is what ``min_n`` people or more wrote alike.
        initiatives
            For a journey: what could be done, as :func:`cxlens.read_initiatives` gives it; columns ``when`` and
            ``forecast`` (words) are shown where they are there.
        personas
            For a journey: `Persona` objects of the study, with the outcome of their segments.

        Returns
        -------
        matplotlib.axes.Axes
            The Axes drawn on.

        Raises
        ------
        OptionError, ColumnError
            When `kind` or `lanes` is none of these, `performance` or `importance` is by segment or another thing, a
            map is given what only a journey shows, or initiatives lack a column.
        """
        of_journey = (comments, emotion, initiatives, personas)
        _check_kind(kind, of_journey)
        if kind == "journey":
            return port.draw(port.journey_of(self, performance, importance, *of_journey), ax)
        return port.draw(self, ax, performance, importance, lanes)

    def save(
        self,
        path: str | Path,
        *,
        kind: MapKind = "map",
        performance: Baseline | None = None,
        importance: Drivers | None = None,
        lanes: Lanes = "channel",
        comments: View | None = None,
        emotion: View | None = None,
        initiatives: pd.DataFrame | None = None,
        personas: Sequence[Persona] | None = None,
    ) -> None:
        """Write the picture of the map to a file, with its title and a description for those who cannot see it.

        Parameters
        ----------
        path
            Ends in ``.svg`` (its words stay text, to be searched and edited), ``.png`` or ``.pdf``. Whole or not at
            all.
        kind, performance, importance, lanes, comments, emotion, initiatives, personas
            As for :meth:`plot`.

        Raises
        ------
        OptionError, ColumnError, FileError
            As :meth:`plot`; and when the ending is another, or the file cannot be written.
        """
        form = target_of(path).suffix.lower().removeprefix(".")
        check_option("form", form, Literal["svg", "png", "pdf"])
        of_journey = (comments, emotion, initiatives, personas)
        _check_kind(kind, of_journey)
        if kind == "journey":
            journey = port.journey_of(self, performance, importance, *of_journey)
            image, _ = picture(journey, width=WIDE, form=form)
        else:
            image, _ = picture(port.sight_of(self, performance, importance, lanes), form=form)
        write_whole(path, image)

    def explore(
        self,
        performance: Baseline | None = None,
        importance: Drivers | None = None,
        *,
        kind: MapKind = "map",
        comments: View | None = None,
        emotion: View | None = None,
        initiatives: pd.DataFrame | None = None,
        personas: Sequence[Persona] | None = None,
    ) -> Any:
        """The map as a widget: filter it, and click a touchpoint for all that is known of it; or the journey map.

        Parameters
        ----------
        performance, importance, kind, comments, emotion, initiatives, personas
            As for :meth:`plot`.

        Returns
        -------
        ipywidgets.Widget
            The widget; its buttons and lists are used with mouse or keyboard.

        Raises
        ------
        OptionError, ColumnError
            As :meth:`plot`.
        """
        of_journey = (comments, emotion, initiatives, personas)
        _check_kind(kind, of_journey)
        if kind == "journey":
            return port.widget_of(port.journey_of(self, performance, importance, *of_journey))
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
        touchpoints = plural(len(self), "touchpoint")
        stages = plural(len(self.lifecycle), "stage")
        size = f"Map of {touchpoints} on {stages}"
        gaps = self._gaps_in_words()
        if gaps:
            return f"{size}; {', '.join(gaps)}."
        return f"{size}."

    def _gaps_in_words(self) -> list[str]:
        """How many stages and how many needs nothing serves."""
        gaps = self.gaps()["gap"]
        bare = int((gaps == "stage").sum())
        unmet = int((gaps == "need").sum())
        words = []
        if bare:
            stages_have = "stage has" if bare == 1 else "stages have"
            words.append(f"{bare} {stages_have} no touchpoint")
        if unmet:
            have_none = (
                "need has no touchpoint at its stage" if unmet == 1 else "needs have no touchpoint at their stage"
            )
            words.append(f"{unmet} {have_none}")
        return words

    def _repr_html_(self) -> str:
        return card(str(self), self.table)


def _check_kind(kind: str, of_journey: tuple[Any, ...]) -> None:
    """Refuse an unknown kind of picture, and what only a journey shows where that is not asked for."""
    check_option("kind", kind, MapKind)
    for name, value in zip(OF_JOURNEY, of_journey, strict=True):
        if value is not None and kind != "journey":
            raise OptionError(f"{name}= is shown by a journey map alone. Add kind='journey'.")


def _single_blanks(text: str | None) -> str:
    """A text with single blanks and none around it; empty where there is none."""
    return " ".join((text or "").split())


def _check_texts(metric: str, texts: Mapping[str, str]) -> None:
    """Refuse texts of a standard that a file could not hold, and a missing unit."""
    written = "".join([metric, *texts.values()])
    if any(sign in written for sign in ";[]="):
        raise ValuesError(f"standard {metric!r} holds one of ; [ ] = in a text. They separate its parts in files.")
    unit = texts["unit"]
    if "by" in unit.split():
        raise ValuesError(
            f"standard {metric!r} has the word 'by' in its unit {unit!r}. In files it begins how the "
            "standard is measured: use another word, or measured=."
        )
    if metric not in SURVEY_METRICS and not unit:
        raise ValuesError(
            f"standard {metric!r} has no unit. Give unit=, such as unit='minutes'; "
            "only 'mean' and 'top_box', which come from the survey, need none."
        )


def _checked_better(metric: str, better: Better | None) -> Better | None:
    """Whether higher or lower is better; scores of the survey are better when higher."""
    if better:
        check_option("better", better, Better)
    if metric not in SURVEY_METRICS:
        return better or None
    if better == "lower":
        raise ValuesError(f"standard {metric!r} is a score of the survey, where higher is better. Leave out better=.")
    return "higher"


def _key(need: Need) -> str:
    """What needs are compared by: the name, capitals aside."""
    return need.name.casefold()


def _served(touchpoint: Touchpoint) -> set[str]:
    """The keys of the needs that a touchpoint serves."""
    return {_key(need) for need in touchpoint.needs}


def _table_row(touchpoint: Touchpoint) -> dict[str, Any]:
    """A touchpoint as a row of the map's table."""
    return {
        "stage": touchpoint.stage,
        "touchpoint": touchpoint.name,
        "channel": touchpoint.channel or "",
        "kind": touchpoint.kind or "",
        "process": touchpoint.process or "",
        "owner": touchpoint.owner or "",
        "needs": "; ".join(map(str, touchpoint.needs)),
        "standards": "; ".join(map(str, touchpoint.standards)),
        "volume": touchpoint.volume,
        "cost_per_contact": touchpoint.cost_per_contact,
        "controllable": touchpoint.controllable,
    }


def _process_row(process: Any, touchpoints: pd.DataFrame) -> dict[str, Any]:
    """One process, from the rows of its touchpoints."""
    sums = touchpoints[["volume", "cost_per_year"]].sum(min_count=1)
    return {
        "process": process,
        "n": len(touchpoints),
        "stages": _distinct(touchpoints["stage"]),
        "touchpoints": _distinct(touchpoints["touchpoint"]),
        "channels": _distinct(touchpoints["channel"]),
        "owners": _distinct(touchpoints["owner"]),
        "volume": sums["volume"],
        "cost_per_year": sums["cost_per_year"],
        "note": "; ".join(_process_notes(process, touchpoints)),
    }


def _distinct(texts: pd.Series[Any]) -> str:
    """Texts in order, each once, blanks left out."""
    given = filter(None, texts)
    return "; ".join(dict.fromkeys(given))


def _process_notes(process: Any, touchpoints: pd.DataFrame) -> list[str]:
    """What is not known of a process, and of which touchpoints."""
    notes = []
    if not process:
        notes.append("no process is named")
    for column, words in (("volume", "volume"), ("cost_per_year", "cost a year")):
        is_unknown = touchpoints[column].isna()
        unknown = touchpoints.loc[is_unknown, "touchpoint"]
        if len(unknown):
            notes.append(f"{words} not known: {listing(unknown)}")
    return notes


def _from_rows(path: str | Path, rows: list[Row], label: str, lifecycle: Lifecycle | None) -> TouchpointMap:
    """The map that the rows of a file describe; a fault is told with the row."""
    lines: dict[str, int] = {}
    touchpoints: list[Touchpoint] = []
    for line, row in rows:
        try:
            touchpoint = _from_row(row)
            name = touchpoint.name
            if name in lines:
                raise OptionError(
                    f"touchpoint {name!r} is there twice, first in {label} {lines[name]}. "
                    "Give each touchpoint one name of its own."
                )
            TouchpointMap([touchpoint], lifecycle or Lifecycle([touchpoint.stage]))
        except CxlensError as error:
            raise FileError(f"{path}, {label} {line}: {error}") from error
        lines[name] = line
        touchpoints.append(touchpoint)
    return TouchpointMap(touchpoints, lifecycle or _lifecycle_of(touchpoints))


def _lifecycle_of(touchpoints: Sequence[Touchpoint]) -> Lifecycle:
    """The stages of touchpoints in order of appearance, with the needs that are served on each."""
    needs_by_stage: dict[str, dict[str, Need]] = {}
    for touchpoint in touchpoints:
        needs = needs_by_stage.setdefault(touchpoint.stage, {})
        for need in touchpoint.needs:
            key = _key(need)
            if need.lever or key not in needs:  # once a lever, always a lever
                needs[key] = need
    stages = [Stage(name, list(needs.values())) for name, needs in needs_by_stage.items()]
    return Lifecycle(stages)


def _from_row(row: dict[str, str]) -> Touchpoint:
    """The touchpoint that a row of texts describes."""
    check_option("controllable", row["controllable"], Literal["yes", "no", ""])
    thing = f"touchpoint {row['touchpoint']!r}"
    volume = _number_in(row, "volume", thing)
    cost_per_contact = _number_in(row, "cost_per_contact", thing)
    standards = [_standard(thing, text) for text in _entries(row["standards"])]
    kind: Any = row["kind"] or None  # checked by the touchpoint
    return Touchpoint(
        row["touchpoint"],
        stage=row["stage"],
        channel=row["channel"] or None,
        kind=kind,
        process=row["process"] or None,
        owner=row["owner"] or None,
        needs=_entries(row["needs"]),
        standards=standards,
        volume=volume,
        cost_per_contact=cost_per_contact,
        controllable=row["controllable"] != "no",
    )


def _number_in(row: dict[str, str], column: str, thing: str) -> float | None:
    """The number in a cell; None where it is blank."""
    if not row[column]:
        return None
    return plain_number(f"{thing}: {column}", row[column])


def _entries(cell: str) -> list[str]:
    """The entries of a cell, with semicolons between them."""
    texts = [text.strip() for text in cell.split(";")]
    return [text for text in texts if text]


def _standard(thing: str, text: str) -> Standard:
    """The standard that a text such as ``waiting time <= 10 minutes [charter]`` describes."""
    match = _STANDARD.fullmatch(text)
    if match is None:
        raise ValuesError(
            f"{thing}: standard {text!r} is not readable. Write it as 'mean = 4' or "
            "'waiting time <= 10 minutes [source] by stopwatch'."
        )
    metric, sign, target, unit, source, measured = match.groups()
    return Standard(
        metric,
        as_number(f"{thing}: standard {text!r}", target),
        unit=unit,
        source=source,
        measured=measured,
        better=_SIGNS[sign],
    )
