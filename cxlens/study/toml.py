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
TABLES = ("study", *list(PARTS)[:6], "survey", "map", "segments", "initiatives", "roadmap", "events", "changes")
LIFECYCLES = {"seven_stages": Lifecycle.seven_stages, "three_phases": Lifecycle.three_phases}
_T = TypeVar("_T")


def read_study(path: Path, kind: type[Study]) -> Study:
    """What a TOML file describes, as a study: `kind` is :class:`cxlens.study.study.Study`."""
    root = read_nodes(path)
    root.only(TABLES)
    data = root.value
    given = {part: root.child(part).list() for part in PARTS if part in data}
    parts: dict[str, Any] = {part: [_entry(node, PARTS[part]) for node in nodes] for part, nodes in given.items()}
    single: dict[str, tuple[str, Callable[[Node], Any]]] = {
        "survey": ("survey_plan", lambda node: _entry(node, SurveyPlan)),
        "map": ("touchpoint_map", _map),
        "initiatives": ("initiatives_data", _initiatives),
        "roadmap": ("roadmap_plan", lambda node: _entry(node, RoadmapPlan)),
        "events": ("events_plan", lambda node: _entry(node, EventsPlan)),
    }
    parts |= {part: read(root.child(key)) for key, (part, read) in single.items() if key in data}
    head = _options(root.child("study"), [field for field in fields(kind) if field.name in STUDY])
    return _make(root, kind, head | parts)


def write_study(study: Study, path: Path) -> None:
    """Write the study's TOML, and beside it what is only in memory."""
    folder = path.parent
    tables = {part: _plain(getattr(study, part)) for part in PARTS}
    tables["study"] = {key: value for key in STUDY if (value := getattr(study, key))}
    for key, plan in (("survey", study.survey_plan), ("events", study.events_plan)):
        if plan:
            tables[key] = {"data": _beside(plan.data, folder / f"{key}.parquet"), **_plain(plan)}
    if study.initiatives_data is not None:
        tables["initiatives"] = {"data": _beside(study.initiatives_data, folder / "initiatives.csv")}
    if study.roadmap_plan:
        tables["roadmap"] = _plain(study.roadmap_plan)
    if study.touchpoint_map:
        study.touchpoint_map.to_csv(folder / "touchpoints.csv")
        lifecycle = study.touchpoint_map.lifecycle
        words = [word for word, make in LIFECYCLES.items() if make() == lifecycle]
        stages = {"lifecycle": words[0]} if words else {"stages": _plain(lifecycle.stages)}
        tables["map"] = {"touchpoints": "touchpoints.csv", **stages}
    text = tomli_w.dumps({key: tables[key] for key in TABLES if tables.get(key)})
    write_whole(path, text.encode("utf-8"))


def _options(node: Node, declared: Iterable[Field[Any]]) -> dict[str, Any]:
    """What a table says of the fields of a noun; those it leaves out keep their default."""
    keys = {field.metadata.get("key", field.name): field for field in declared}
    node.only(keys)
    options = {}
    for key, field in keys.items():
        kind = str(field.type)
        if key in node.value or (field.default is MISSING and not kind.endswith("| None")):
            options[field.name] = READERS.get(kind.removesuffix(" | None"), _anything)(node.child(key))
    return options


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
        word = node.child("lifecycle")
        if word.value not in LIFECYCLES:
            raise word.fail(str(unknown_name("lifecycle", word.value, tuple(LIFECYCLES), "Lifecycles")))
        lifecycle = LIFECYCLES[word.value]()
    elif "stages" in node.value:
        stages = node.child("stages")
        lifecycle = _make(stages, Lifecycle, {"stages": [_entry(stage, Stage) for stage in stages.list()]})
    return TouchpointMap.from_csv(_file(node.child("touchpoints")), lifecycle)


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
    return {key: _texts(one) if isinstance(one.value, dict) else _text(one) for key, one in node.table().items()}


def _anything(node: Node) -> Any:
    """A value or a tuple of values; NaN stands for an empty cell."""
    if isinstance(node.value, list):
        return tuple(None if item != item else item for item in node.value)
    return node.value


def _condition(node: Node) -> Any:
    """A value, a list of values, or a range: a table of from and to, either may be left out."""
    if isinstance(node.value, dict):
        node.only(("from", "to"))
        return (node.value.get("from"), node.value.get("to"))
    return node.value


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
    "Mapping[str, Any]": lambda node: {column: _condition(child) for column, child in node.table().items()},
    "Needs": lambda node: [_entry(need, Need) for need in node.list()],
    "Scale": lambda node: _entry(node, Scale),
    "Scales": lambda node: {column: _entry(scale, Scale) for column, scale in node.table().items()},
}


def _plain(value: Any) -> Any:
    """Anything in a study as TOML knows it; fields that say nothing, and where the data are, are left out."""
    if is_dataclass(value):
        kept = {item: _plain(getattr(value, item.name)) for item in fields(value)}
        said = {item: one for item, one in kept.items() if one != item.default and one not in (None, "", [], {})}
        return {item.metadata.get("key", item.name): one for item, one in said.items()}
    if isinstance(value, Mapping):
        return {key: _range(item) if isinstance(item, tuple) else _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [math.nan if item is None else _plain(item) for item in value]
    if isinstance(value, (Path, pd.DataFrame)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _range(ends: tuple[Any, Any]) -> dict[str, Any]:
    return {key: _plain(end) for key, end in zip(("from", "to"), ends, strict=True) if end is not None}


def _beside(data: Path | pd.DataFrame, target: Path) -> str:
    """How the study names its data: a path from its own folder; a frame is written there first."""
    if isinstance(data, Path):
        return Path(os.path.relpath(data.resolve(), target.parent.resolve())).as_posix()
    if target.suffix == ".csv":
        write_initiatives(data, target)
    else:
        write_whole(target, data.to_parquet(index=False))
    return target.name
