"""A study as TOML: reading it with a place for every fault, and writing it so that comments of its owner stay.

What a study may hold is said by the nouns themselves; nothing is checked here that they can check.
"""

from __future__ import annotations

import glob
import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
from tomlkit.exceptions import TOMLKitError

from cxlens.engine.spark import is_spark
from cxlens.errors import CxlensError, ValuesError, unknown_name
from cxlens.files.edits import Ordered, Tables, edited, fresh
from cxlens.files.nodes import Node, key_of, parse_nodes, read_by, read_nodes, read_path
from cxlens.files.places import is_pattern
from cxlens.files.tables import figure, read_text
from cxlens.files.writing import write_csv, write_whole
from cxlens.study.changes import KEYS, Change
from cxlens.study.initiatives import write_initiatives
from cxlens.study.journeys import Journey
from cxlens.study.lifecycle import Lifecycle, Stage
from cxlens.study.others import OtherPlan, read_other, read_others
from cxlens.study.parts import (
    PARTS,
    Data,
    DataSystem,
    EventsPlan,
    Objective,
    Persona,
    PurchasesPlan,
    ResearchMethod,
    SurveyPlan,
    Target,
    Unit,
)
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.segments import Segment
from cxlens.study.touchpoints import TouchpointMap

if TYPE_CHECKING:
    from cxlens.study.study import Study

LIFECYCLES = {
    "seven_stages": Lifecycle.seven_stages,
    "three_phases": Lifecycle.three_phases,
}
MAP_FILE = "touchpoints.csv"
ANSWERS = "answers"  # key of a change that was asked about in a survey of its own
FIRST_WAVE = "when, the first wave with the change. The waves before it are those it is compared with."
OLD_KEYS = {
    "touchpoint": 'metrics, since there may be several, of outcomes, too: metrics = ["..."].',
    "metric": 'metrics, since there may be several: metrics = ["..."].',
    "before": FIRST_WAVE,
    "after": FIRST_WAVE,
    "done": FIRST_WAVE,
    "treated": 'where: where = {column = "value"}.',
}  # of a change


@dataclass(frozen=True, slots=True)
class Head:
    """The table ``[study]``."""

    name: str
    organisation: str = ""
    about: str = ""
    simulated: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class MapTable:
    """The table ``[map]``: the file of the touchpoints; a lifecycle that comes with cxlens, or stages of its own."""

    touchpoints: Data
    lifecycle: str | None = None
    stages: tuple[Stage, ...] | None = None


@dataclass(frozen=True, slots=True)
class InitiativesTable:
    """The table ``[initiatives]``: the list has a file of its own."""

    data: Data


def _read_promises(node: Node) -> Path:
    """A file, or a table with its file."""
    return read_path(node.child("data") if isinstance(node.value, dict) else node)


def _read_changes(node: Node) -> tuple[MeasuredChange, ...]:
    """The changes; each may have a table of answers of its own."""
    changes = []
    for child in node.list():
        _refuse_old_keys(child)
        child.only([*KEYS, ANSWERS])
        said = {key: value for key, value in child.value.items() if key != ANSWERS}
        answers = read_other(child.child(ANSWERS)) if ANSWERS in child.value else None
        changes.append(MeasuredChange(replace(child, value=said).build(Change), answers))
    return tuple(changes)


def _refuse_old_keys(node: Node) -> None:
    """Name the key that a key of old has become."""
    for key, child in node.table().items():
        if key in OLD_KEYS:
            example = child.value if isinstance(child.value, str) else "..."
            raise child.fail(f"this key is called {OLD_KEYS[key].replace('...', example)}")


class MeasuredChange(NamedTuple):
    """A change, and where the answers are that tell of it, if not in the survey of the study."""

    change: Change
    answers: OtherPlan | None


Promises = Annotated[Any, read_by(_read_promises)]  # a path, or a pandas frame
Changes = Annotated[Any, read_by(_read_changes)]  # a tuple of MeasuredChange
Others = Annotated[Any, read_by(read_others)]  # {name: OtherPlan}
Other = Annotated[Any, read_by(read_other)]  # OtherPlan or None


@dataclass(frozen=True, slots=True)
class StudyTables:
    """All that a file may hold, in the order in which it is written."""

    study: Head
    objectives: tuple[Objective, ...] = ()
    personas: tuple[Persona, ...] = ()
    units: tuple[Unit, ...] = ()
    systems: tuple[DataSystem, ...] = ()
    methods: tuple[ResearchMethod, ...] = ()
    targets: tuple[Target, ...] = ()
    survey: SurveyPlan | None = None
    map: MapTable | None = None
    segments: tuple[Segment, ...] = ()
    initiatives: InitiativesTable | None = None
    roadmap: RoadmapPlan | None = None
    events: EventsPlan | None = None
    planned_journeys: tuple[Journey, ...] = ()
    competitors: Others = field(default_factory=dict)
    employees: Other = None
    comments: Other = None
    purchases: PurchasesPlan | None = None
    promises: Promises = None
    changes: Changes = ()


def read_study(path: Path, kind: type[Study]) -> Study:
    """What a TOML file describes, as a study: `kind` is :class:`cxlens.study.study.Study`."""
    return _as_study(read_nodes(path), kind)


def write_study(study: Study, path: Path) -> None:
    """Write the study's TOML, and beside it what is only in memory."""
    kept = _kept(path, type(study))
    tables = _tables(study, path.parent)
    _write_beside(study, path.parent)
    text = _edited(path, kept, tables, type(study)) if kept else fresh(tables)
    if text is None:
        _put_aside(path)
        text = fresh(tables)
    write_whole(path, text.encode("utf-8"))


def _put_aside(path: Path) -> None:
    """Copy a file that has to be written anew, so that no comment of its owner is lost, and say so."""
    copy = path
    while copy.exists():
        copy = copy.with_name(f"{copy.stem}.old{copy.suffix}")
    write_whole(copy, path.read_bytes())
    warnings.warn(
        f"{path} is laid out in a way that cannot be changed in place, so it was written anew, without its comments. "
        f"As it was, it is kept in {copy.name}.",
        stacklevel=5,
    )


def _as_study(root: Node, kind: type[Study]) -> Study:
    """The study that a file describes; what it refuses is told with the file."""
    tables = root.build(StudyTables)
    head = {item.name: getattr(tables.study, item.name) for item in fields(Head)}
    several = {part: getattr(tables, part) for part in PARTS if part != "changes"}
    touchpoint_map = _as_map(root.child("map"), tables.map) if tables.map else None
    try:
        return kind(
            **head,
            **several,
            survey_plan=tables.survey,
            touchpoint_map=touchpoint_map,
            initiatives_data=tables.initiatives.data if tables.initiatives else None,
            roadmap_plan=tables.roadmap,
            events_plan=tables.events,
            competitors=tables.competitors,
            employees=tables.employees,
            comments=tables.comments,
            purchases_plan=tables.purchases,
            promises=tables.promises,
            changes=tuple(measured.change for measured in tables.changes),
            change_answers={change.name: answers for change, answers in tables.changes if answers},
        )
    except CxlensError as error:
        raise root.fail(str(error)) from error


def _as_map(node: Node, table: MapTable) -> TouchpointMap:
    """The map that a file describes."""
    lifecycle = None
    if table.lifecycle is not None:
        lifecycle = _stock_lifecycle(node.child("lifecycle"), table.lifecycle)
    elif table.stages is not None:
        lifecycle = _own_lifecycle(node.child("stages"), table.stages)
    return TouchpointMap.from_csv(table.touchpoints, lifecycle)


def _stock_lifecycle(node: Node, word: str) -> Lifecycle:
    """A lifecycle that comes with cxlens, by its word."""
    if word not in LIFECYCLES:
        fault = unknown_name("lifecycle", word, tuple(LIFECYCLES), "Lifecycles")
        raise node.fail(str(fault))
    return LIFECYCLES[word]()


def _own_lifecycle(node: Node, stages: tuple[Stage, ...]) -> Lifecycle:
    """A lifecycle whose stages the file lists."""
    try:
        return Lifecycle(stages)
    except CxlensError as error:
        raise node.fail(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that is there already: its text, and what it says as `_tables` would say it."""

    text: str
    tables: Tables


def _kept(path: Path, kind: type[Study]) -> _Kept | None:
    """The file that is to be written anew, where it is TOML of a study, though perhaps of one with a fault."""
    if not path.is_file():
        return None
    try:
        text = read_text(path)
        root = parse_nodes(path, text)
    except CxlensError:
        return None
    if not isinstance(root.value.get("study"), dict):
        return None
    return _Kept(text, _said(root, kind) or root.value)


def _said(root: Node, kind: type[Study]) -> Tables | None:
    """What a file says as `_tables` would say it, but for the file of its map, which may have any name."""
    try:
        study = _as_study(root, kind)
    except CxlensError:
        return None
    tables = _tables(study, root.file.parent)
    if study.touchpoint_map:
        map_file = root.child("map").child("touchpoints").value
        tables["map"]["touchpoints"] = Path(map_file).as_posix()
    return tables


def _edited(path: Path, kept: _Kept, tables: Tables, kind: type[Study]) -> str | None:
    """The text of a file with the changes in it; None where its layout is one that tomlkit cannot change rightly."""
    try:
        text = edited(kept.text, kept.tables, tables)
        said = _said(parse_nodes(path, text), kind)
    except (CxlensError, TOMLKitError):
        return None
    return text if said == tables else None


def _tables(study: Study, folder: Path) -> Tables:
    """All that a study says, by table of its file."""
    tables: Tables = {part: _plain(getattr(study, part)) for part in PARTS}
    head = {item.name: getattr(study, item.name) for item in fields(Head)}
    tables["study"] = {key: value for key, value in head.items() if value}
    if study.survey_plan:
        tables["survey"] = survey_table(study.survey_plan, folder)
    if study.events_plan:
        tables["events"] = _plan_table(study.events_plan, folder / "events.parquet")
    if study.competitors:
        tables["competitors"] = _competitors(study, folder)
    _add_others(tables, study, folder)
    if study.purchases_plan:
        tables["purchases"] = _plan_table(study.purchases_plan, folder / "purchases.parquet")
    if study.promises is not None:
        tables["promises"] = {"data": _name_of(study.promises, folder / "promises.csv")}
    _add_answers_of_changes(tables, study, folder)
    if study.initiatives_data is not None:
        source = _name_of(study.initiatives_data, folder / "initiatives.csv")
        tables["initiatives"] = {"data": source}
    if study.roadmap_plan:
        tables["roadmap"] = _plain(study.roadmap_plan)
    if study.touchpoint_map:
        tables["map"] = _map_table(study.touchpoint_map)
    in_order = [item.name for item in fields(StudyTables)]
    return {key: tables[key] for key in in_order if tables.get(key)}


def _add_others(tables: Tables, study: Study, folder: Path) -> None:
    """The tables of employees, and of those who wrote comments elsewhere."""
    for others in ("employees", "comments"):
        plan = getattr(study, others)
        if plan:
            tables[others] = _plan_table(plan, folder / f"{others}.parquet")


def _add_answers_of_changes(tables: Tables, study: Study, folder: Path) -> None:
    """The table of its own answers below each change that has them."""
    for place, change in enumerate(study.changes):
        answers = study.change_answers.get(change.name)
        if answers:
            target = folder / f"change_{place + 1}.parquet"
            tables["changes"][place][ANSWERS] = _plan_table(answers, target)


def survey_table(plan: SurveyPlan, folder: Path) -> Tables:
    """The table ``[survey]`` of a study file in a folder."""
    return _plan_table(plan, folder / "survey.parquet")


def _plan_table(plan: SurveyPlan | EventsPlan | OtherPlan | PurchasesPlan, target: Path) -> Tables:
    """Where the data are, first, and what their columns mean."""
    columns = {key: value for key, value in _plain(plan).items() if key != "data"}
    return {"data": _names_of(plan.data, target), **columns}


def _competitors(study: Study, folder: Path) -> Tables:
    """The table of each competitor, by name."""
    tables = {}
    for place, (name, plan) in enumerate(study.competitors.items(), 1):
        tables[name] = _plan_table(plan, folder / f"competitor_{place}.parquet")
    return tables


def _map_table(touchpoint_map: TouchpointMap) -> Tables:
    """The table of the map, whose touchpoints have a file; a lifecycle that comes with cxlens is one word."""
    table: Tables = {"touchpoints": MAP_FILE}
    lifecycle = touchpoint_map.lifecycle
    for word, make in LIFECYCLES.items():
        if make() == lifecycle:
            table["lifecycle"] = word
            return table
    table["stages"] = _plain(lifecycle.stages)
    return table


def _names_of(data: Any, target: Path) -> Any:
    """The same of several files."""
    if isinstance(data, tuple):
        return [_name_of(path, target) for path in data]
    if isinstance(data, dict):
        return Ordered({wave: _name_of(path, target) for wave, path in data.items()})
    return _name_of(data, target)


def _name_of(data: Path | pd.DataFrame, target: Path) -> str:
    """How the study names its data: a path from its own folder; a frame has the file it is written to."""
    if isinstance(data, pd.DataFrame):
        return target.name
    if is_spark(data):
        raise ValuesError(
            f"a study whose data are in Spark cannot be written: {target.stem} has no path. Give the files that Spark "
            "reads, or write them: spark_df.write.parquet(...)."
        )
    folder = target.parent.resolve()
    path = data.resolve()
    if is_pattern(path) and not path.is_relative_to(folder):
        folder = Path(glob.escape(str(folder)))  # as the pattern names it
    return Path(os.path.relpath(path, folder)).as_posix()


def _write_beside(study: Study, folder: Path) -> None:
    """Write the files of what is only in memory."""
    plans: dict[str, Any] = {
        "survey": study.survey_plan,
        "events": study.events_plan,
        "employees": study.employees,
        "comments": study.comments,
        "purchases": study.purchases_plan,
    }
    for place, other in enumerate(study.competitors.values(), 1):
        plans[f"competitor_{place}"] = other
    for place, change in enumerate(study.changes, 1):
        plans[f"change_{place}"] = study.change_answers.get(change.name)
    for name, plan in plans.items():
        if plan and isinstance(plan.data, pd.DataFrame):
            write_whole(folder / f"{name}.parquet", plan.data.to_parquet(index=False))
    if isinstance(study.initiatives_data, pd.DataFrame):
        write_initiatives(study.initiatives_data, folder / "initiatives.csv")
    if isinstance(study.promises, pd.DataFrame):
        write_csv(folder / "promises.csv", study.promises, figure)
    if study.touchpoint_map:
        study.touchpoint_map.to_csv(folder / MAP_FILE)


def _plain(value: Any) -> Any:
    """Anything in a study as TOML knows it; where the data are is left out."""
    if is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, Mapping):
        return Ordered({key: _plain_entry(entry) for key, entry in value.items()})
    if isinstance(value, (list, tuple)):
        return [math.nan if item is None else _plain(item) for item in value]
    if isinstance(value, (Path, pd.DataFrame)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value


def _plain_fields(noun: Any) -> Tables:
    """The fields of a noun, those that say nothing beyond their default left out."""
    table = {}
    for item in fields(noun):
        value = _plain(getattr(noun, item.name))
        is_default = value == item.default
        is_empty = value in (None, "", [], {})
        if not is_default and not is_empty:
            table[key_of(item)] = value
    return table


def _plain_entry(value: Any) -> Any:
    """An entry of a mapping, where a tuple is a range and becomes a table of from and to."""
    if not isinstance(value, tuple):
        return _plain(value)
    low, high = value
    table = {}
    if low is not None:
        table["from"] = _plain(low)
    if high is not None:
        table["to"] = _plain(high)
    return table
