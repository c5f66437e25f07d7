"""A study as TOML: reading it with a place for every fault, and writing it whole.

What a study may hold is said by the nouns themselves; nothing is checked here that they can check.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import tomli_w

from cxlens.errors import CxlensError, FileError, check_option, did_you_mean, listing
from cxlens.model.lifecycle import Lifecycle, Need, Stage
from cxlens.model.segments import Segment
from cxlens.model.study import PARTS, WORDS, Change, EventsPlan, Study, SurveyPlan, conform, found
from cxlens.model.survey import Scale
from cxlens.model.touchpoints import TouchpointMap, read_text, write_whole

STUDY = ("name", "organisation", "about", "simulated")
TABLES = ("study", *list(PARTS)[:6], "survey", "map", "segments", "initiatives", "events", "changes")
SURVEY_TABLES = ("scale", "outcomes", "outcome_scales", "touchpoints", "comments", "emotion")
LIFECYCLES = {"seven_stages": Lifecycle.seven_stages, "three_phases": Lifecycle.three_phases}
_KEY = re.compile(r"""\s*(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*'))*\s*""")
_T = TypeVar("_T")
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One table of the file, and where it stands in it."""

    file: Path
    lines: Mapping[_Path, int]
    at: _Path
    data: dict[str, Any]

    def place(self, key: str | None = None) -> str:
        """``study.toml: [survey] respondent (line 12)``."""
        path = self.at if key is None else (*self.at, key)
        names = ".".join(str(part) for part in self.at if isinstance(part, str))
        numbers = ".".join(str(part + 1) for part in self.at if isinstance(part, int))
        label = f"[[{names}]] {numbers}" if numbers else f"[{names}]" if names else ""
        if key is not None:
            label = f"{label} {key}" if label else f"[{key}]"
        line = self.lines.get(path) or self.lines.get(self.at)
        return f"{self.file}: {label}{f' (line {line})' if line else ''}"

    def fail(self, text: str, key: str | None = None) -> FileError:
        """The error that says where, and then the text."""
        return FileError(f"{self.place(key)}: {text}")

    def only(self, allowed: Iterable[str], word: str = "key") -> None:
        """Refuse a key that is not among those allowed."""
        allowed = tuple(allowed)
        for key in self.data:
            if key not in allowed:
                raise self.fail(
                    f"unknown {word}.{did_you_mean(key, allowed)} {word.capitalize()}s: {listing(allowed, 30)}.", key
                )

    def get(self, key: str, kind: str, default: Any = MISSING) -> Any:
        """The value of a key, as its kind; the default where the key is absent."""
        if key not in self.data:
            if default is MISSING:
                raise self.fail(f"key {key!r} is missing. Add a line '{key} = ...' to it.")
            return default
        try:
            value = conform(kind.removesuffix(" | None"), self.data[key])
            if kind in WORDS:
                check_option(key, value, WORDS[kind])
            return value
        except CxlensError as error:
            raise self.fail(str(error), key) from None

    def table(self, key: str) -> Node | None:
        """The table under a key, or None."""
        if key not in self.data:
            return None
        if not isinstance(self.data[key], dict):
            raise self.fail(f"expected a table, found {found(self.data[key])}.", key)
        return Node(self.file, self.lines, (*self.at, key), self.data[key])

    def tables(self, key: str) -> list[Node]:
        """The tables in the list under a key; none where it is absent."""
        many = self.data.get(key, [])
        if not isinstance(many, list):
            raise self.fail(f"expected a list of tables, found {found(many)}. Write [[{key}]].", key)
        for item in many:
            if not isinstance(item, dict):
                raise self.fail(f"expected a list of tables, found {found(item)} in it. Write [[{key}]].", key)
        return [Node(self.file, self.lines, (*self.at, key, k), item) for k, item in enumerate(many)]

    def each(self, key: str, kind: str) -> dict[str, Any]:
        """The table under a key as {name: value of the kind}; empty where it is absent."""
        table = self.table(key)
        return {} if table is None else {name: table.get(name, kind) for name in table.data}

    def build(self, make: Callable[[], _T]) -> _T:
        """What `make` returns; what a noun refuses is told with the place."""
        try:
            return make()
        except CxlensError as error:
            raise self.fail(str(error)) from error

    def file_at(self, key: str) -> Path:
        """The file that a key names, looked for from the folder of the study."""
        name: str = self.get(key, "Name")
        path = (self.file.parent / name).resolve()
        if not path.exists():
            raise self.fail(f"the file {name!r} is not there. It is looked for from the folder of the study.", key)
        return path


def read_study(path: Path) -> Study:
    """The study that a TOML file describes."""
    root = _parse(path)
    root.only(TABLES, "table")
    head = root.table("study")
    if head is None:
        raise FileError(f"{path}: [study] is missing. Add it, with a line 'name = ...'.")
    head.only(STUDY)
    parts: dict[str, Any] = {
        part: tuple(_entry(node, kind) for node in root.tables(part)) for part, kind in PARTS.items()
    }
    for key, part, read in (
        ("survey", "survey_plan", _survey),
        ("map", "touchpoint_map", _map),
        ("events", "events_plan", _events),
        ("initiatives", "initiatives_data", _initiatives),
    ):
        node = root.table(key)
        parts[part] = None if node is None else read(node)
    options = {f.name: head.get(f.name, str(f.type), f.default) for f in fields(Study) if f.name in STUDY}
    return _whole(path, lambda: Study(**options, **parts))


def write_study(study: Study, path: Path) -> None:
    """Write the study's TOML, and beside it what is only in memory."""
    folder = path.parent
    tables: dict[str, Any] = {"study": {key: getattr(study, key) for key in STUDY if getattr(study, key)}}
    drafts: dict[str, Callable[[], None]] = {}
    for part in PARTS:
        entries = [_entry_table(entry) for entry in getattr(study, part)]
        tables |= {part: entries} if entries else {}

    def refer(data: Path | pd.DataFrame, name: str) -> str:
        if isinstance(data, Path):
            return Path(os.path.relpath(data.resolve(), folder.resolve())).as_posix()
        write = _write_csv if name.endswith(".csv") else _write_parquet
        drafts[name] = lambda: write(data, folder / name)
        return name

    if study.survey_plan:
        tables["survey"] = _survey_table(study.survey_plan, refer)
    if study.touchpoint_map:
        mapped = study.touchpoint_map
        drafts["touchpoints.csv"] = lambda: mapped.to_csv(folder / "touchpoints.csv")
        tables["map"] = {"touchpoints": "touchpoints.csv", **_lifecycle_table(mapped.lifecycle)}
    if study.initiatives_data is not None:
        tables["initiatives"] = {"data": refer(study.initiatives_data, "initiatives.csv")}
    if study.events_plan:
        tables["events"] = {**_entry_table(study.events_plan), "data": refer(study.events_plan.data, "events.parquet")}
    ordered = {key: tables[key] for key in TABLES if key in tables}
    try:
        text = tomli_w.dumps(ordered)
    except (TypeError, ValueError) as error:
        raise FileError(f"{path} cannot be written: {error}. Use text, numbers, dates, True and False.") from error
    _refuse_overwriting(study, [folder / name for name in drafts])
    for write in drafts.values():
        write()
    write_whole(path, text.encode("utf-8"))


def _parse(path: Path) -> Node:
    text = read_text(path)
    rows = text.replace("\r\n", "\n").split("\n")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, line = str(error), len(text.rstrip().split("\n"))
        match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", what)
        if match:
            what, line = f"{match[1]}, column {match[3]}", int(match[2])
        raise FileError(f"{path}, line {line}: {rows[line - 1].strip()!r} is not valid TOML ({what}).") from error
    return Node(path, _line_numbers(rows), (), data)


def _line_numbers(rows: list[str]) -> dict[_Path, int]:
    """The line of each table and key of a text that is valid TOML."""
    lines: dict[_Path, int] = {}
    counts: dict[_Path, int] = {}
    here: _Path = ()
    k = 0
    while k < len(rows):
        row, start = rows[k].strip(), k
        k += 1
        if row.startswith("["):
            many = row.startswith("[[")
            key = _KEY.match(row, 2 if many else 1)
            here = _header(_parts(key[0]) if key else (), many, counts)
            for size in range(1, len(here) + 1):
                lines.setdefault(here[:size], start + 1)
        elif _KEY.match(row):
            statement = rows[start]
            while (parsed := _loads(statement)) is None and k < len(rows):
                statement, k = f"{statement}\n{rows[k]}", k + 1
            _note(lines, here, parsed, start + 1)
    return lines


def _header(parts: tuple[str, ...], many: bool, counts: dict[_Path, int]) -> _Path:
    """The path a header opens: the last entry of each list of tables on the way."""
    path: _Path = ()
    for k, part in enumerate(parts):
        path = (*path, part)
        if many and k == len(parts) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _parts(key: str) -> tuple[str, ...]:
    value, parts = _loads(f"{key} = 0"), []
    while isinstance(value, dict):
        name = next(iter(value))
        parts.append(name)
        value = value[name]
    return tuple(parts)


def _loads(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _note(lines: dict[_Path, int], path: _Path, value: Any, line: int) -> None:
    """Give every key inside a value the line of its statement."""
    lines.setdefault(path, line)
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        _note(lines, (*path, key), item, line)


def _entry(node: Node, kind: type) -> Any:
    """An entry of a list of tables: its fields are the keys."""
    if kind is Segment:
        return _segment(node)
    declared = {field.name: field for field in fields(kind)}
    node.only(declared)
    values = {name: node.get(name, str(f.type), f.default) for name, f in declared.items() if name != "treated"}
    if kind is Change:
        values["treated"] = _conditions(node, "treated")
    return node.build(lambda: kind(**values))


def _segment(node: Node) -> Segment:
    node.only(("name", "where", "value", "cost_to_serve"))
    name, where = node.get("name", "Name"), _conditions(node, "where")
    if where is None:
        raise node.fail("key 'where' is missing. Add a line 'where = {column = value}' to it.")
    value, cost = node.get("value", "float", None), node.get("cost_to_serve", "float", None)
    return node.build(lambda: Segment(name, where, value=value, cost_to_serve=cost))


def _conditions(node: Node, key: str) -> dict[str, Any] | None:
    """Conditions by column: a value, a list of values, or a (low, high) pair."""
    table = node.table(key)
    if table is None:
        return None
    kept: dict[str, Any] = {}
    for column, value in table.data.items():
        if isinstance(value, dict):
            ends = Node(node.file, node.lines, (*table.at, column), value)
            ends.only(("from", "to"))
            kept[column] = (ends.get("from", "Scalar", None), ends.get("to", "Scalar", None))
        else:
            values = table.get(column, "Values")
            kept[column] = list(values) if isinstance(values, tuple) else values
    return kept


def _survey(node: Node) -> SurveyPlan:
    plain = {f.name: str(f.type) for f in fields(SurveyPlan) if str(f.type) in ("str | None", "tuple[str, ...]")}
    node.only(("data", *plain, *SURVEY_TABLES))
    values: dict[str, Any] = {
        name: node.get(name, kind, () if kind.startswith("tuple") else None) for name, kind in plain.items()
    }
    for key in ("outcomes", "touchpoints"):
        if not node.data.get(key):
            raise node.fail(f"table [survey.{key}] is missing. Add it, with a line for each.")
    scales, scale = node.table("outcome_scales"), node.table("scale")
    values["touchpoints"] = node.each("touchpoints", "Columns")
    values["outcome"] = node.each("outcomes", "OutcomeKind")
    values["comments"], values["emotion"] = node.each("comments", "str"), node.each("emotion", "str")
    values["scale"] = _scale(scale) if scale else None
    tables = {column: scales.table(column) for column in scales.data} if scales else {}
    values["outcome_scale"] = {column: _scale(table) for column, table in tables.items() if table}
    values["data"] = node.file_at("data")
    return node.build(lambda: SurveyPlan(**values))


def _scale(node: Node) -> Scale:
    node.only(("low", "high", "not_used", "blank", "top"))
    low, high, top = node.get("low", "float"), node.get("high", "float"), node.get("top", "int", None)
    not_used, blank = node.get("not_used", "codes", ()), node.get("blank", "codes", ())
    return node.build(lambda: Scale(low, high, not_used=not_used, blank=blank, top=top))


def _map(node: Node) -> TouchpointMap:
    node.only(("touchpoints", "lifecycle", "stages"))
    word, stages = node.get("lifecycle", "str", None), node.tables("stages")
    if word is not None and stages:
        raise node.fail("both 'lifecycle' and [[map.stages]] are given. Keep one of them.", "lifecycle")
    if word is not None and word not in LIFECYCLES:
        near = did_you_mean(word, list(LIFECYCLES))
        known = f"Lifecycles: {listing(LIFECYCLES)}; or list your own as [[map.stages]]."
        raise node.fail(f"{word!r} is not a lifecycle.{near} {known}", "lifecycle")
    own = [_stage(stage) for stage in stages]
    lifecycle = LIFECYCLES[word]() if word else node.build(lambda: Lifecycle(own)) if own else None
    return TouchpointMap.from_csv(node.file_at("touchpoints"), lifecycle)


def _stage(node: Node) -> Stage:
    node.only(("name", "phase", "needs"))
    name, phase, needs = node.get("name", "Name"), node.get("phase", "str", None), []
    for need in node.tables("needs"):
        need.only(("name", "lever"))
        word, lever = need.get("name", "Name"), need.get("lever", "bool", False)
        needs.append(need.build(lambda word=word, lever=lever: Need(word, lever=lever)))  # type: ignore[misc]
    return node.build(lambda: Stage(name, needs, phase))


def _events(node: Node) -> EventsPlan:
    declared = {field.name: field for field in fields(EventsPlan)}
    node.only(declared)
    values = {name: node.get(name, str(f.type), f.default) for name, f in declared.items() if name != "data"}
    data = node.file_at("data")
    return node.build(lambda: EventsPlan(data, **values))


def _initiatives(node: Node) -> Path:
    node.only(("data",))
    return node.file_at("data")


def _whole(path: Path, make: Callable[[], Study]) -> Study:
    try:
        return make()
    except CxlensError as error:
        raise FileError(f"{path}: {error}") from error


def _entry_table(entry: Any) -> dict[str, Any]:
    """An entry as a table, without the fields that say nothing."""
    if isinstance(entry, Segment):
        values = {"name": entry.name, "value": entry.value, "cost_to_serve": entry.cost_to_serve, "where": entry.where}
        defaults: dict[str, Any] = {}
    else:
        defaults = {field.name: field.default for field in fields(entry)}
        values = {name: getattr(entry, name) for name in defaults if name != "data"}
    return {
        name: _condition_table(value) if isinstance(value, Mapping) else _plain(value)
        for name, value in values.items()
        if value is not None and value != defaults.get(name, MISSING)
    }


def _condition_table(where: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    for column, what in where.items():
        if isinstance(what, tuple):
            ends = zip(("from", "to"), what, strict=True)
            kept[column] = {end: _plain(value) for end, value in ends if value is not None}
        else:
            kept[column] = _plain(what)
    return kept


def _plain(value: Any) -> Any:
    """A value as TOML knows it: no NumPy scalars, NaN for an empty cell."""
    if isinstance(value, (list, tuple)):
        return [float("nan") if item is None else _plain(item) for item in value]
    return value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value


def _survey_table(plan: SurveyPlan, refer: Callable[[Path | pd.DataFrame, str], str]) -> dict[str, Any]:
    table: dict[str, Any] = {"data": refer(plan.data, "survey.parquet")}
    for name in ("respondent", "weight", "cluster", "time", "channel", "segments"):
        table |= {name: getattr(plan, name)} if getattr(plan, name) else {}
    named = {
        "scale": _scale_table(plan.scale) if plan.scale else {},
        "outcomes": plan.outcome,
        "outcome_scales": {column: _scale_table(scale) for column, scale in plan.outcome_scale.items()},
        "touchpoints": plan.touchpoints,
        "comments": plan.comments,
        "emotion": plan.emotion,
    }
    return table | {name: value for name, value in named.items() if value}


def _scale_table(scale: Scale) -> dict[str, Any]:
    return {name: _plain(getattr(scale, name)) for name in ("low", "high", "not_used", "blank", "top")}


def _lifecycle_table(lifecycle: Lifecycle) -> dict[str, Any]:
    for word, make in LIFECYCLES.items():
        if lifecycle == make():
            return {"lifecycle": word}
    stages = []
    for stage in lifecycle:
        needs = [{"name": need.name, **({"lever": True} if need.lever else {})} for need in stage.needs]
        phase = {"phase": stage.phase} if stage.phase else {}
        stages.append({"name": stage.name, **phase, **({"needs": needs} if needs else {})})
    return {"stages": stages}


def _refuse_overwriting(study: Study, targets: list[Path]) -> None:
    """A frame must not land on a file that the study reads."""
    plans = (study.survey_plan and study.survey_plan.data, study.initiatives_data)
    data = [*plans, study.events_plan and study.events_plan.data]
    kept = {item.resolve() for item in data if isinstance(item, Path)}
    for target in targets:
        if target.resolve() in kept:
            raise FileError(f"{target} would be replaced, and the study reads it. Write the study to another folder.")


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    flat = frame.copy()
    if "touchpoints" in flat:
        flat["touchpoints"] = [";".join(v) if isinstance(v, (list, tuple)) else v for v in flat["touchpoints"]]
    write_whole(path, flat.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    try:
        write_whole(path, lambda draft: frame.to_parquet(draft, index=False))
    except (TypeError, ValueError) as error:
        if isinstance(error, CxlensError):
            raise
        raise FileError(f"{path} cannot be written: {error}") from error
