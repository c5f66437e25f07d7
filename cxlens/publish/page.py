"""From blocks to a page: one HTML file without requests, made by the templates beside this module.

Every text is plain text and is escaped by the templates; tables and their style are those of notebooks, all other style
is in ``templates/report.css``. What a page says does not belong here.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cxlens.common.html import STYLE, html_table
from cxlens.common.pictures import picture
from cxlens.publish.blocks import Page, Picture, Terms

TEMPLATES = Path(__file__).with_name("templates")


class Drawn(NamedTuple):
    """A picture as a page holds it: the SVG file in base 64, and its alternative text."""

    svg: str
    alt: str


def render(page: Page) -> str:
    """The page as HTML. Its pictures are drawn here."""
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    template = _templates().get_template("report.html")
    return template.render(
        page=page,
        words=Terms(page.words),
        table_style=Markup(STYLE),
        style=Markup(style),
    )


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


def _drawn(block: Picture) -> Drawn:
    """A picture in the file itself: sharp at any size and on paper, since its words stay text."""
    svg, alt = picture(block.result, width=block.width, form="svg")
    return Drawn(base64.b64encode(svg).decode("ascii"), alt)
