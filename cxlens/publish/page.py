"""The bricks of a report: HTML of headings, tables, pictures and boxes, in one file without requests.

Every text given is plain text and is escaped here; tables and their style are those of notebooks, all other style is
in ``report.css``. What the report says does not belong here.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.common.html import STYLE, html_table

CSS = Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def page(title: str, parts: Iterable[str]) -> str:
    """A whole file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{STYLE}\n<style>\n{CSS}</style>\n</head>\n"
        f'<body class="cxlens">\n{chr(10).join(parts)}\n</body>\n</html>\n'
    )


def element(name: str, text: str, kind: str = "") -> str:
    """An element with text in it: ``<p class="note">...</p>``."""
    return inside(name, [escape(text)], kind)


def inside(name: str, parts: Iterable[str], kind: str = "", anchor: str = "") -> str:
    """An element with others, already HTML, in it; the list of contents leads to its anchor."""
    given = "".join(f' {key}="{value}"' for key, value in (("class", kind), ("id", anchor)) if value)
    return f"<{name}{given}>{''.join(parts)}</{name}>"


def items(texts: Iterable[str], name: str = "ul") -> str:
    """A list of texts."""
    return inside(name, [element("li", text) for text in texts])


def terms(meanings: Mapping[str, str]) -> str:
    """A list of terms and what they mean."""
    return inside("dl", [element("dt", term) + element("dd", text) for term, text in meanings.items()])


def table(caption: str, columns: Any) -> str:
    """A table of columns, or of rows as dictionaries; a narrow screen scrolls it sideways."""
    return _wide(element("strong", caption) + html_table(pd.DataFrame(columns)), caption)


def picture(png: bytes, alt: str, caption: str, how: str) -> str:
    """A picture in the file itself, with its caption and a line on how to read it."""
    data = base64.b64encode(png).decode("ascii")
    return figure(f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">', caption, how)


def figure(drawn: str, caption: str, how: str, kind: str = "") -> str:
    """What is drawn, already HTML, with its caption and a line on how to read it."""
    words = f"{escape(caption)} <strong>How to read this:</strong> {escape(how)}"
    return inside("figure", [_wide(drawn, "picture"), inside("figcaption", [words])], kind)


def _wide(content: str, label: str) -> str:
    """A box that scrolls sideways, also by keyboard."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">{content}</div>'
