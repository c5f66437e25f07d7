"""From blocks to a page: one HTML file without requests, made by the templates beside this module.

Every text is plain text and is escaped by the templates; tables and their style are those of notebooks, all other style
is in ``templates/report.css``. What a page says does not belong here.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cxlens.common.html import STYLE, html_table
from cxlens.common.inline import inline
from cxlens.common.pictures import picture
from cxlens.publish.blocks import Block, Box, Drawn, Page, Picture, Section, Terms

TEMPLATES = Path(__file__).with_name("templates")
SHEETS = ("report.css", "first_screen.css")


def render(page: Page) -> str:
    """The page as HTML, with all that is not drawn yet."""
    style = "".join((TEMPLATES / sheet).read_text(encoding="utf-8") for sheet in SHEETS)
    chart = page.screen.chart if page.screen else None
    template = _templates().get_template("report.html")
    return template.render(
        page=page,
        outlook=inline(chart) if chart else None,
        words=Terms(page.words),
        table_style=Markup(STYLE),
        style=Markup(style),
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
    templates.filters["as_table"] = _as_table
    templates.filters["as_drawn"] = Markup
    templates.filters["drawn"] = _drawn
    return templates


def _as_table(table: pd.DataFrame) -> Markup:
    """A table, whose texts are escaped where it is made."""
    return Markup(html_table(table, labelled=True))


def drawn(section: Section) -> Section:
    """A section with its pictures drawn: of texts, tables and images alone."""
    return replace(section, blocks=[_with_pictures(block) for block in section.blocks])


def _with_pictures(block: Block) -> Block:
    """A block with its pictures drawn."""
    if isinstance(block, Box):
        return replace(block, blocks=[_with_pictures(inner) for inner in block.blocks])
    if isinstance(block, Picture):
        return replace(block, result=_drawn(block))
    return block


def _drawn(block: Picture) -> Drawn:
    """A picture in the file itself: sharp at any size and on paper, since its words stay text."""
    if isinstance(block.result, Drawn):
        return block.result
    svg, alt = picture(block.result, width=block.width, form="svg")
    return Drawn(base64.b64encode(svg).decode("ascii"), alt)
