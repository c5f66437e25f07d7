"""The bricks of a report: HTML of headings, tables, pictures and boxes, in one file without requests.

Every text given is plain text and is escaped here; tables and their style are those of notebooks. What the report
says does not belong here.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import pandas as pd

from cxlens.model.text import STYLE, html_table

CSS = """
body.cxlens{margin:0 auto;max-width:70rem;padding:1.2rem 1rem 3rem;color:#1a1a1a;font-size:1rem;line-height:1.5}
h1{line-height:1.2;margin:0 0 .3rem}
h2{margin:2.6rem 0 .6rem;padding-top:.8rem;border-top:3px solid #0072b2}
h3{font-size:1.08rem;line-height:1.35;margin:1.6rem 0 .5rem}
.top h2,.box h2,.box h3{border:0;padding:0;margin:.8rem 0 .4rem}
p,ul,ol,figcaption{max-width:52rem}
ol{font-size:1.12rem;padding-left:1.6rem}
li{margin:.35rem 0}
.cxlens .note,figcaption{color:#595959;font-size:.9rem}
.flag{display:inline-block;padding:.25rem .7rem;border:2px solid #d55e00;border-radius:4px;font-weight:600}
nav a{display:inline-block;margin-right:1.2rem;color:#0072b2}
figure{margin:.4rem 0 1rem}
img{display:block;max-width:100%}
.wide{overflow-x:auto;margin:1rem 0}
.cxlens table{font-size:.9rem}
.cxlens th,.cxlens td{min-width:5rem;vertical-align:top;padding:.3rem 1.2rem .3rem 0}
td:first-child,dt{font-weight:600}
td.num{white-space:nowrap}
.box{background:#f4f6f8;border-left:4px solid #0072b2;padding:.6rem 1.1rem;margin:1.2rem 0}
dl{display:grid;grid-template-columns:8rem 1fr;gap:0 1.2rem;margin:.5rem 0}
dd{margin:0 0 .3rem}
@media (max-width:600px){dl{display:block} .wide img{max-width:none;width:46rem} .cxlens td{min-width:6.5rem}}
@media print{
@page{size:A4;margin:15mm}
html{font-size:10pt}
body.cxlens{max-width:none;padding:0}
nav{display:none}
h2,h3{break-after:avoid}
figure,.box,tr{break-inside:avoid}
.wide{overflow:visible}
.cxlens table{font-size:8pt}
.cxlens th,.cxlens td{min-width:0;padding-right:.5rem}
img{max-height:22cm}
}
"""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{STYLE}\n<style>{CSS}</style>\n</head>\n"
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
    image = _wide(f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">', "picture")
    words = f"{escape(caption)} <strong>How to read this:</strong> {escape(how)}"
    return inside("figure", [image, inside("figcaption", [words])])


def _wide(content: str, label: str) -> str:
    """A box that scrolls sideways, also by keyboard."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">{content}</div>'
