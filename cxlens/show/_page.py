"""The bricks of a report: HTML of headings, tables, pictures and boxes, in one file without requests.

Every text given is plain text and is escaped here. What the report says does not belong here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape

CSS = """
:root{--ink:#1a1a1a;--soft:#595959;--line:#d0d0d0;--pale:#f4f6f8;--blue:#0072b2;--orange:#d55e00}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:70rem;padding:1.5rem 1.25rem 3rem;color:var(--ink);background:#fff;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}
h2{font-size:1.4rem;line-height:1.25;margin:2.8rem 0 .6rem;padding-top:.8rem;border-top:3px solid var(--blue)}
h3{font-size:1.08rem;line-height:1.35;margin:1.8rem 0 .5rem}
.top h2{border:0;padding:0;margin:1.4rem 0 .4rem}
p,ul,ol,dl{margin:.5rem 0;max-width:52rem}
li{margin:.25rem 0}
.findings{font-size:1.12rem;padding-left:1.6rem;max-width:58rem}
.findings li{margin:.45rem 0}
.note{color:var(--soft);font-size:.9rem}
.flag{display:inline-block;margin:.4rem 0;padding:.25rem .7rem;border:2px solid var(--orange);border-radius:4px;
font-weight:600}
header p{max-width:none}
nav ul{max-width:none;list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;margin:.8rem 0}
a{color:var(--blue)}
figure{margin:.4rem 0 1rem}
img{display:block;max-width:100%;height:auto}
figcaption{color:var(--soft);font-size:.9rem;max-width:48rem;margin-top:.3rem}
.wide,.pic{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-size:.92rem;min-width:min(100%,34rem)}
caption{text-align:left;font-weight:600;padding:.2rem 0}
th,td{text-align:left;vertical-align:top;padding:.32rem .9rem .32rem 0;border-bottom:1px solid var(--line)}
thead th{border-bottom:2px solid var(--ink);vertical-align:bottom}
tbody th{font-weight:600}
.num{text-align:right;font-variant-numeric:tabular-nums}
td.num{white-space:nowrap}
.box{background:var(--pale);border-left:4px solid var(--blue);padding:.7rem 1.1rem;margin:1.2rem 0}
.box h2,.box h3{border:0;padding:0;margin:.2rem 0 .5rem}
.box dl,.box p{max-width:none}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.3rem 1.2rem}
dt{font-weight:600}
dd{margin:0}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.6rem}
@media (max-width:600px){
body{padding:1rem .85rem 2rem}
h1{font-size:1.5rem}
dl{display:block}
dd{margin:0 0 .5rem}
.stack,.stack caption,.stack tbody,.stack tr,.stack th,.stack td{display:block;width:100%;border:0;text-align:left}
.stack thead{display:none}
.stack tr{border-bottom:1px solid var(--line);padding:.5rem 0}
.stack th,.stack td{padding:.1rem 0}
.stack td::before{content:attr(data-label) ": ";color:var(--soft)}
.pic img{max-width:none;width:46rem}
}
@media print{
@page{size:A4;margin:16mm 14mm}
html{font-size:10.5pt}
body{font-size:1rem;max-width:none;padding:0}
nav{display:none}
h2{break-after:avoid;margin-top:1.4rem}
h3,caption{break-after:avoid}
figure,.box,tr,li{break-inside:avoid}
.wide,.pic{overflow:visible}
table{font-size:8pt;min-width:0}
th,td{padding-right:.45rem}
td.num{white-space:normal}
thead{display:table-header-group}
img{max-height:22cm;width:auto}
}
"""
_FIGURE = re.compile(r"(?!\d{4}-\d\d)(?:over |under )?[-+−–<>\[\]\d.,%\s]*")


def page(title: str, parts: Iterable[str]) -> str:
    """A whole file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n{chr(10).join(parts)}\n</body>\n</html>\n"
    )


def element(name: str, text: str, kind: str = "") -> str:
    """One element with text in it: ``<p class="note">...</p>``."""
    return f"<{name}{_class(kind)}>{escape(text)}</{name}>"


def heading(level: int, text: str, anchor: str = "") -> str:
    """A heading; with an anchor, one that the list of contents leads to."""
    return f"<h{level}{f' id={chr(34)}{escape(anchor)}{chr(34)}' if anchor else ''}>{escape(text)}</h{level}>"


def para(text: str) -> str:
    """A paragraph."""
    return element("p", text)


def note(text: str) -> str:
    """A paragraph in small print."""
    return element("p", text, "note")


def items(texts: Iterable[str], *, ordered: bool = False, kind: str = "") -> str:
    """A list."""
    name = "ol" if ordered else "ul"
    return f"<{name}{_class(kind)}>{''.join(element('li', text) for text in texts)}</{name}>"


def contents(entries: Iterable[tuple[str, str]]) -> str:
    """Links to headings of the same file: pairs of anchor and text."""
    links = "".join(f'<li><a href="#{escape(anchor)}">{escape(text)}</a></li>' for anchor, text in entries)
    return f'<nav aria-label="Sections"><ul>{links}</ul></nav>'


def inside(name: str, parts: Iterable[str], kind: str = "") -> str:
    """An element with other elements, already HTML, in it."""
    return f"<{name}{_class(kind)}>{''.join(parts)}</{name}>"


def terms(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of terms and what they mean."""
    return inside("dl", [element("dt", term) + element("dd", text) for term, text in pairs])


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, stack: bool = False) -> str:
    """A table of texts; columns of figures to the right.

    ``stack``: on a narrow screen each row becomes a block of labelled lines; otherwise the table scrolls sideways.
    """
    rows = [list(row) for row in rows]
    right = [bool(rows) and all(_FIGURE.fullmatch(row[j]) for row in rows) for j in range(len(head))]
    kinds = ["num" if figures else "" for figures in right]
    top = "".join(f'<th scope="col"{_class(kind)}>{escape(name)}</th>' for name, kind in zip(head, kinds, strict=True))
    body = []
    for row in rows:
        cells = [f'<th scope="row">{escape(row[0])}</th>']
        for name, kind, text in list(zip(head, kinds, row, strict=True))[1:]:
            cells.append(f'<td{_class(kind)} data-label="{escape(name)}">{escape(text)}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    inner = (
        f"<table{_class('stack' if stack else '')}><caption>{escape(caption)}</caption>"
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">{inner}</div>'


def picture(png: bytes, alt: str, caption: str, how: str) -> str:
    """A picture in the file itself, with its caption and a line on how to read it."""
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<figure><div class="pic"><img alt="{escape(alt)}" src="data:image/png;base64,{data}"></div>'
        f"<figcaption>{escape(caption)} <strong>How to read this:</strong> {escape(how)}</figcaption></figure>"
    )


def _class(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""
