"""From blocks to a page: one HTML file without requests, made by the templates beside this module.

Every text is plain text and is escaped by the templates; all style is in ``templates/report.css``. What a page says
does not belong here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cxlens.common.inline import inline
from cxlens.common.values import count, tabled
from cxlens.publish.blocks import Block, Box, Drawn, Fold, Page, Picture, Section, Table, Terms
from cxlens.publish.words import Span

TEMPLATES = Path(__file__).with_name("templates")
SHEETS = ("report.css", "first_screen.css")
MANY = 7  # columns up to which a table fits a small screen that is no phone
SHORT = 14  # letters up to which a text is kept on one line
THREES = (3, 5, 6, 9)  # numbers of pictures that three in a row hold well
FIGURE = re.compile(r"[+\-\N{MINUS SIGN}]?\d[\d,]*(\.\d+)?(\s%)?")
YEAR = re.compile(r"(19|20)\d\d")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how texts begin that a spreadsheet would compute


def render(page: Page) -> str:
    """The page as HTML, with all that is not drawn yet."""
    chart = page.screen.chart if page.screen else None
    template = _templates().get_template("report.html")
    return template.render(
        page=page,
        outlook=inline(chart) if chart else None,
        words=Terms(page.words),
        style=Markup("".join(map(style_of, SHEETS))),
    )


def render_part(template: str, macro: str, part: object) -> str:
    """A part of a page that stands by itself: what a macro of a template makes of it."""
    drawn = getattr(_templates().get_template(template).module, macro)(part)
    return str(drawn)


def style_of(name: str) -> str:
    """A style sheet of the templates."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    """The templates, with what turns tables and pictures into HTML."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters["grid"] = grid
    templates.filters["as_drawn"] = Markup
    templates.filters["drawn"] = _drawn
    templates.filters["rows"] = rows
    return templates


def drawn(section: Section) -> Section:
    """A section with its pictures drawn: of texts, tables and drawings alone."""
    return replace(section, blocks=[_with_pictures(block) for block in section.blocks])


def _with_pictures(block: Block) -> Block:
    """A block with its pictures drawn."""
    if isinstance(block, Box | Fold):
        return replace(block, blocks=[_with_pictures(inner) for inner in block.blocks])
    if isinstance(block, Picture):
        return replace(block, result=_drawn(block))
    return block


def _drawn(block: Picture) -> Drawn:
    """A picture in the file itself, in the letters and colours of the page."""
    if isinstance(block.result, Drawn):
        return block.result
    whole = inline(block.result, width=block.width)
    narrow = ""
    if block.is_wide:
        narrow = inline(block.result).svg
    return Drawn(*whole, narrow)


class Row(NamedTuple):
    """Blocks of one kind in a row: pictures stand beside one another."""

    is_pictures: bool
    blocks: list[Block]

    @property
    def across(self) -> str:
        """How many stand beside one another where there is room, so that none is alone."""
        return "three" if len(self.blocks) in THREES else "two"


def rows(blocks: Sequence[Block]) -> list[Row]:
    """Blocks as they stand below one another, small pictures that follow one another in one row."""
    kinds = groupby(blocks, lambda block: isinstance(block, Picture) and not block.is_wide)
    return [Row(is_pictures, list(members)) for is_pictures, members in kinds]


class Cell(NamedTuple):
    """A figure or text of a table, and its interval beside it."""

    text: str
    interval: str = ""


class Grid(NamedTuple):
    """A table for a page.

    Attributes
    ----------
    heads
        The heads of its columns.
    kinds
        The classes of each column: ``num`` where figures stand to the right, ``short`` where no line is broken.
    rows
        The cells, row by row; the first of each names its row.
    is_broad
        Whether it has too many columns for a small screen.
    file
        The same as a file, for a link: values separated by commas, intervals in columns of their own.
    name
        Of that file.
    """

    heads: list[str]
    kinds: list[str]
    rows: list[list[Cell]]
    is_broad: bool
    file: str
    name: str


def grid(table: Table) -> Grid:
    """A table for a page: columns of which nothing is known are left out."""
    columns = {head: list(values) for head, values in table.columns.items()}
    cells = {head: [_cell(value) for value in values] for head, values in columns.items()}
    known = [head for head in columns if any(cell.text not in {"", "–"} for cell in cells[head])]
    told = [list(row) for row in zip(*(cells[head] for head in known), strict=True)]
    kinds = [_kind(columns[head], cells[head]) for head in known]
    data = quote(_as_csv({head: columns[head] for head in known}))
    name = re.sub(r"\W+", "-", table.caption.lower()).strip("-")
    return Grid(known, kinds, told, len(known) > MANY, f"data:text/csv;charset=utf-8,{data}", f"{name}.csv")


def _kind(values: Sequence[object], cells: Sequence[Cell]) -> str:
    """The classes of a column."""
    kinds = []
    if all(_is_number(value) for value in values):
        kinds.append("num")
    if all(len(cell.text) <= SHORT for cell in cells):
        kinds.append("short")
    return " ".join(kinds)


def _cell(value: object) -> Cell:
    """A value for reading."""
    if isinstance(value, Span):
        return Cell(value.figure, value.interval)
    if isinstance(value, (list, tuple)):
        return Cell(", ".join(map(str, value)))
    if pd.isna(value):  # type: ignore[call-overload]
        return Cell("–")
    if isinstance(value, (bool, np.bool_)):
        return Cell("yes" if value else "no")
    if isinstance(value, float):
        return Cell(tabled(value))
    if isinstance(value, (int, np.integer)):
        return Cell(count(int(value)))
    return Cell(str(value))


def _is_number(value: object) -> bool:
    """Whether a value is read as a figure; a year is not."""
    if isinstance(value, str) and not isinstance(value, Span):
        return value in {"", "–"} or bool(FIGURE.fullmatch(value) and not YEAR.fullmatch(value))
    return isinstance(value, (Span, int, float, np.integer, np.floating)) or value is pd.NA


def _as_csv(columns: dict[str, list[Any]]) -> str:
    """Columns as a file, an interval in two columns of its own; no text of it is a formula."""
    written = dict(_split(columns))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_harmless, written))
    for row in zip(*written.values(), strict=True):
        writer.writerow(map(_harmless, row))
    return out.getvalue()


def _split(columns: dict[str, list[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Columns, those of figures with an interval in three."""
    for head, values in columns.items():
        spans = [value for value in values if isinstance(value, Span)]
        yield head, [value.figure if isinstance(value, Span) else value for value in values]
        if any(span.ends for span in spans):
            for place, end in enumerate(("low", "high")):
                yield f"{head}, {end}", [_end(value, place) for value in values]


def _end(value: object, place: int) -> str:
    """One end of an interval; "" where there is none."""
    return value.ends[place] if isinstance(value, Span) and value.ends else ""


def _harmless(value: Any) -> Any:
    """A value for a spreadsheet: a text that it would take for a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return "" if not isinstance(value, (list, tuple)) and pd.isna(value) else value
    plain = value.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")
    is_figure = plain.lstrip("+-").replace(",", "").replace(".", "").removesuffix(" %").isdigit()
    return plain if is_figure or not plain.startswith(FORMULA) else f"'{plain}"
