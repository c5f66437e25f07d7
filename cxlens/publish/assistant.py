"""A door for an assistant on the same machine: what a study tells, listed, described and read as tables.

It speaks the Model Context Protocol over the standard streams of its process, by the official SDK. It only reads; no
port is opened and nothing is sent. What can be asked is what stands in the workbook, so whatever is hidden there to
protect people is hidden here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from cxlens.common.values import plural
from cxlens.errors import CxlensError, check_known, not_installed
from cxlens.publish.desk import Desk
from cxlens.publish.words import joined, sentence
from cxlens.publish.workbook import TOO_THIN, Left, Told, asked, told_of
from cxlens.publish.workbook_sheets import TOPICS, Named, Topic
from cxlens.study.study import Study

ROWS = 50  # that are read at once
READING = (
    "Findings of a customer survey and what goes with it. Call list_findings first. Say figures with their interval "
    "and n, and pass on each caution: a link in answers is no effect. Empty cells are hidden to protect people, or not "
    "known; never work them out."
)


class Door:
    """What an assistant may ask of a study; each finding is made when it is first asked for, and kept."""

    def __init__(self, study: Study) -> None:
        self._desk = Desk(study)
        self._left: list[Left] = []
        self._named = dict(self._all_named())
        self._told: dict[str, list[Told]] = {}
        self._lock = Lock()  # the protocol may ask from several threads

    def list_findings(self) -> str:
        """Every finding of the study by name, a line each with what it tells, and what cannot be told and why."""
        study = self._desk.study
        whose = f"{study.name}, {study.organisation}." if study.organisation else f"{study.name}."
        lines = [joined([whose, self._simulated(), study.about])]
        for name, (topic, named) in self._named.items():
            lines.append(f"{name} ({topic.stage}): {named.about}; {topic.basis(self._desk)}.")
        lines += [f"Not told: {entry.name}. {entry.why}" for entry in self._left]
        return "\n".join(lines)

    def describe_finding(self, name: str) -> str:
        """What a finding says, with its interval, its n, and the caution that goes with it; and its tables."""
        told = self._tables(name)
        topic, named = self._named[name]
        first = told[0]
        tables = ", ".join(f"{table.table!r} ({len(table.frame):,} rows)" for table in told)
        said = [
            self._simulated(),
            first.finding or f"{named.about}.",
            f"Rests on: {topic.basis(self._desk)}.",
            f"Caution: {sentence(first.note)}" if first.note else "",
            f"Tables: {tables}.",
        ]
        return "\n".join(filter(None, said))

    def read_table(self, name: str, table: str = "", first_row: int = 0) -> str:
        """A table of a finding as CSV, fifty rows at once; its first table unless another is named."""
        told = {entry.table: entry for entry in self._tables(name)}
        if table:
            check_known("table", [table], list(told), f"Tables of {name!r}")
        entry = told[table or next(iter(told))]
        if first_row < 0:
            raise CxlensError(f"first_row={first_row} is before the first row. Give 0 or more.")
        rows = entry.frame.iloc[first_row : first_row + ROWS]
        more = len(entry.frame) - first_row - len(rows)
        rest = f"\n{plural(more, 'more row')} from first_row={first_row + ROWS} on." if more > 0 else ""
        return rows.to_csv(index=False, float_format="%.6g") + rest

    def _all_named(self) -> list[tuple[str, tuple[Topic, Named]]]:
        """All findings that the parts of the study allow, with their topics."""
        found = []
        for topic in TOPICS:
            if all(self._desk.has(part) for part in topic.needs):
                for named in asked(self._desk, topic, self._left):
                    found.append((named.name, (topic, named)))
        return found

    def _tables(self, name: str) -> list[Told]:
        """The tables of a finding."""
        check_known("finding", [name], list(self._named), "Findings")
        with self._lock:
            if name not in self._told:
                self._told[name] = self._made(name)
            return self._told[name]

    def _made(self, name: str) -> list[Told]:
        """The tables of a finding that is asked for the first time."""
        topic, named = self._named[name]
        try:
            told = told_of(self._desk, topic, named)
        except TOO_THIN as error:
            raise CxlensError(f"{name} cannot be told: {error}") from error
        if not told:
            raise CxlensError(f"{name} cannot be told: there is nothing to show.")
        return told

    def _simulated(self) -> str:
        """That figures are made up, where they are."""
        return "Simulated data: all figures are made up." if self._desk.simulated else ""


def open_door(path: str | Path) -> None:
    """Answer an assistant about a study over the standard streams, until it hangs up.

    Parameters
    ----------
    path
        The study's TOML file.

    Raises
    ------
    CxlensError
        When the study cannot be read, or the package ``mcp`` is not installed.
    """
    if importlib.util.find_spec("mcp") is None:
        raise not_installed("cxlens mcp needs", "mcp", "mcp")
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations

    door = Door(Study.from_toml(path))

    def list_findings() -> str:
        with _refusals_as(ToolError):
            return door.list_findings()

    def describe_finding(name: str) -> str:
        with _refusals_as(ToolError):
            return door.describe_finding(name)

    def read_table(name: str, table: str = "", first_row: int = 0) -> str:
        with _refusals_as(ToolError):
            return door.read_table(name, table, first_row)

    server = MCPServer("cxlens", instructions=READING, version=version("cxlens"), log_level="ERROR")
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for tool in (list_findings, describe_finding, read_table):
        about = getattr(Door, tool.__name__).__doc__
        server.add_tool(tool, description=about, annotations=reads, structured_output=False)
    server.run("stdio")


@contextmanager
def _refusals_as(kind: type[Exception]) -> Iterator[None]:
    """What cxlens refuses, in the same words, as the error that an assistant is told of."""
    try:
        yield
    except CxlensError as error:
        raise kind(str(error)) from error
