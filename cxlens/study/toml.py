"""A study as TOML: reading it with a place for every fault, and writing it whole.

What a study may hold is said by the nouns themselves; nothing is checked here that they can check.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import tomli_w

from cxlens.errors import CxlensError, unknown_name
from cxlens.files.nodes import Node, read_nodes
from cxlens.files.tables import write_whole
from cxlens.study.initiatives import write_initiatives
from cxlens.study.lifecycle import Lifecycle, Need, Stage
from cxlens.study.parts import PARTS, EventsPlan, SurveyPlan
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.survey import Scale
from cxlens.study.touchpoints import TouchpointMap

if TYPE_CHECKING:
    from cxlens.study.study import Study

STUDY = ("name", "organisation", "about", "simulated")
TABLES = (
    "study", "objectives", "personas", "units", "systems", "methods", "targets", "survey", "map", "segments",
    "initiatives", "roadmap", "events", "changes",
)  # fmt: skip
LIFECYCLES = {
    "seven_stages": Lifecycle.seven_stages,
    "three_phases": Lifecycle.three_phases,
}
OR_NONE = " | None"  # how the annotation of a field ends that may be left out
_T = TypeVar("_T")


def read_study(path: Path, kind: type[Study]) -> Study:
    """What a TOML file describes, as a study: `kind` is :class:`cxlens.study.study.Study`."""
    root = read_nodes(path)
    root.only(TABLES)
    about = [field for field in fields(kind) if field.name in STUDY]
    several = _read_several(root)
    single = _read_single(root)
    head = _options(root.child("study"), about)
    return _make(root, kind, {**head, **several, **single})


def _read_several(root: Node) -> dict[str, Any]:
    """The parts of which there may be several, each a list."""
    lists = {part: root.child(part).list() for part in PARTS if part in root.value}
    parts = {}
    for part, nodes in lists.items():
        noun = PARTS[part]
        parts[part] = [_entry(node, noun) for node in nodes]
    return parts


def _read_single(root: Node) -> dict[str, Any]:
    """The parts of which there is one, by the field of the study that holds it."""
    parts = {}
    for key, (field_name, read) in SINGLE.items():
        if key in root.value:
            parts[field_name] = read(root.child(key))
    return parts


def write_study(study: Study, path: Path) -> None:
    """Write the study's TOML, and beside it what is only in memory."""
    folder = path.parent
    tables: dict[str, Any] = {part: _plain(getattr(study, part)) for part in PARTS}
    tables["study"] = {key: getattr(study, key) for key in STUDY if getattr(study, key)}
    if study.survey_plan:
        tables["survey"] = _plan_table(study.survey_plan, folder / "survey.parquet")
    if study.events_plan:
        tables["events"] = _plan_table(study.events_plan, folder / "events.parquet")
    if study.initiatives_data is not None:
        source = _beside(study.initiatives_data, folder / "initiatives.csv")
        tables["initiatives"] = {"data": source}
    if study.roadmap_plan:
        tables["roadmap"] = _plain(study.roadmap_plan)
    if study.touchpoint_map:
        tables["map"] = _write_map(study.touchpoint_map, folder)
    in_order = {key: tables[key] for key in TABLES if tables.get(key)}
    text = tomli_w.dumps(in_order)
    write_whole(path, text.encode("utf-8"))


def _plan_table(plan: SurveyPlan | EventsPlan, target: Path) -> dict[str, Any]:
    """Where the data are, first, and what their columns mean."""
    table = {"data": _beside(plan.data, target)}
    table.update(_plain(plan))
    return table


def _write_map(touchpoint_map: TouchpointMap, folder: Path) -> dict[str, Any]:
    """The table of the map, whose touchpoints are written to a file; a lifecycle that comes with cxlens is one word."""
    touchpoint_map.to_csv(folder / "touchpoints.csv")
    table: dict[str, Any] = {"touchpoints": "touchpoints.csv"}
    lifecycle = touchpoint_map.lifecycle
    for word, make in LIFECYCLES.items():
        if make() == lifecycle:
            table["lifecycle"] = word
            return table
    table["stages"] = _plain(lifecycle.stages)
    return table


def _options(node: Node, declared: Iterable[Field[Any]]) -> dict[str, Any]:
    """What a table says of the fields of a noun; those it leaves out keep their default."""
    by_key = {_key(field): field for field in declared}
    node.only(by_key)
    options = {}
    for key, field in by_key.items():
        kind = str(field.type)
        is_needed = field.default is MISSING and not kind.endswith(OR_NONE)
        if key in node.value or is_needed:
            read = READERS.get(kind.removesuffix(OR_NONE), _anything)
            options[field.name] = read(node.child(key))
    return options


def _key(field: Field[Any]) -> str:
    """The key under which a field stands in the file."""
    key: str = field.metadata.get("key", field.name)
    return key


def _make(node: Node, kind: Callable[..., _T], options: Mapping[str, Any]) -> _T:
    """A noun; what it refuses is told with the place."""
    try:
        return kind(**options)
    except CxlensError as error:
        raise node.fail(str(error)) from error


def _entry(node: Node, kind: type) -> Any:
    """A noun whose fields are the keys of a table."""
    return _make(node, kind, _options(node, fields(kind)))


def _map(node: Node) -> TouchpointMap:
    node.only(("touchpoints", "lifecycle", "stages"))
    lifecycle = None
    if "lifecycle" in node.value:
        lifecycle = _stock_lifecycle(node.child("lifecycle"))
    elif "stages" in node.value:
        lifecycle = _own_lifecycle(node.child("stages"))
    path = _file(node.child("touchpoints"))
    return TouchpointMap.from_csv(path, lifecycle)


def _stock_lifecycle(node: Node) -> Lifecycle:
    """A lifecycle that comes with cxlens, by its word."""
    word = node.value
    if word not in LIFECYCLES:
        fault = unknown_name("lifecycle", word, tuple(LIFECYCLES), "Lifecycles")
        raise node.fail(str(fault))
    return LIFECYCLES[word]()


def _own_lifecycle(node: Node) -> Lifecycle:
    """A lifecycle whose stages the file lists."""
    stages = [_entry(stage, Stage) for stage in node.list()]
    return _make(node, Lifecycle, {"stages": stages})


def _initiatives(node: Node) -> Path:
    """Where the list is; it has a file of its own."""
    node.only(("data",))
    return _file(node.child("data"))


def _file(node: Node) -> Path:
    """A file, looked for from the folder of the study."""
    path = (node.file.parent / _text(node)).resolve()
    if not path.exists():
        raise node.fail(f"the file {node.value!r} is not there. It is looked for from the folder of the study.")
    return path


def _text(node: Node) -> str:
    return str(node.expect("text", str))


def _texts(node: Node) -> dict[str, str]:
    return {key: _text(child) for key, child in node.table().items()}


def _columns(node: Node) -> dict[str, Any]:
    """For each touchpoint a column, or a table of dimension = column."""
    columns: dict[str, Any] = {}
    for name, column in node.table().items():
        has_dimensions = isinstance(column.value, dict)
        columns[name] = _texts(column) if has_dimensions else _text(column)
    return columns


def _anything(node: Node) -> Any:
    """A value or a tuple of values; NaN stands for an empty cell."""
    if isinstance(node.value, list):
        return tuple(None if item != item else item for item in node.value)
    return node.value


def _conditions(node: Node) -> dict[str, Any]:
    """What each column has to hold."""
    return {column: _condition(child) for column, child in node.table().items()}


def _condition(node: Node) -> Any:
    """A value, a list of values, or a range: a table of from and to, either may be left out."""
    if isinstance(node.value, dict):
        node.only(("from", "to"))
        low = node.value.get("from")
        high = node.value.get("to")
        return low, high
    return node.value


def _scales(node: Node) -> dict[str, Scale]:
    return {column: _entry(scale, Scale) for column, scale in node.table().items()}


READERS: dict[str, Callable[[Node], Any]] = {  # by the annotation of the field; any other kind is taken as it is
    "str": _text,
    "Date": lambda node: str(node.expect("a date or text", str, dt.date)),
    "float": lambda node: node.expect("a number", int, float),
    "int": lambda node: node.expect("a whole number", int),
    "bool": lambda node: node.expect("true or false", bool),
    "tuple[str, ...]": lambda node: tuple(_text(item) for item in node.list()),
    "Data": _file,
    "Columns": _columns,
    "Texts": _texts,
    "Mapping[str, Any]": _conditions,
    "Needs": lambda node: [_entry(need, Need) for need in node.list()],
    "Scale": lambda node: _entry(node, Scale),
    "Scales": _scales,
}
SINGLE: dict[str, tuple[str, Callable[[Node], Any]]] = {  # by table: the field of the study, and what reads it
    "survey": ("survey_plan", lambda node: _entry(node, SurveyPlan)),
    "map": ("touchpoint_map", _map),
    "initiatives": ("initiatives_data", _initiatives),
    "roadmap": ("roadmap_plan", lambda node: _entry(node, RoadmapPlan)),
    "events": ("events_plan", lambda node: _entry(node, EventsPlan)),
}


def _plain(value: Any) -> Any:
    """Anything in a study as TOML knows it; where the data are is left out."""
    if is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, Mapping):
        return {key: _plain_entry(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [math.nan if item is None else _plain(item) for item in value]
    if isinstance(value, (Path, pd.DataFrame)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value


def _plain_fields(noun: Any) -> dict[str, Any]:
    """The fields of a noun, those that say nothing beyond their default left out."""
    table = {}
    for field in fields(noun):
        value = _plain(getattr(noun, field.name))
        is_default = value == field.default
        is_empty = value in (None, "", [], {})
        if not is_default and not is_empty:
            table[_key(field)] = value
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


def _beside(data: Path | pd.DataFrame, target: Path) -> str:
    """How the study names its data: a path from its own folder; a frame is written there first."""
    if isinstance(data, Path):
        folder = target.parent.resolve()
        relative = os.path.relpath(data.resolve(), folder)
        return Path(relative).as_posix()
    if target.suffix == ".csv":
        write_initiatives(data, target)
    else:
        write_whole(target, data.to_parquet(index=False))
    return target.name
