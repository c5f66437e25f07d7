"""A result as an SVG inside a page: its letters and colours are those of the page, its heading is text beside it.

The page sets the colours as CSS variables, so that one drawing serves light, dark and paper. Which chart draws a
result, its stage says in ``CHARTS``; nothing is computed here.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from cxlens.common import port, style
from cxlens.common.pictures import alt_text

PHONE = 3.1  # inches: 358 pixels of a phone then show small letters at 12 pixels
DOTS = 72  # an inch: letters of a drawing are measured as they are written
TEXTS = 4096  # that are kept once they are measured
TOKENS = {  # colours of charts, and the variables of a page that stand for them
    style.BLUE: "blue",
    style.ORANGE: "orange",
    style.INK: "ink",
    style.DARK: "muted",
    style.GREY: "muted",
    style.LIGHT: "rule",
    style.PALE: "rule",
    "#ffffff": "paper",
    "#000000": "ink",
}
VARIABLES = {colour.lower(): f"var(--{token},{colour.lower()})" for colour, token in TOKENS.items()}
COLOUR = re.compile(r"#[0-9a-f]{6}\b")
LONG = re.compile(r"(\d\.\d\d)\d+")  # a hundredth of a point is not seen
FONT = re.compile(r"font-family: [^;\"]*;? ?")
UNTURNED = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
SHAPES = re.compile(r' \bid="([^"]+)"')
USES = re.compile(r"(?<=url\(#)[^)]+|(?<=xlink:href=\"#)[^\"]+")
ROOT = '<svg viewBox="{box}" role="img" aria-label="{alt}"{kind} xmlns:xlink="http://www.w3.org/1999/xlink">'


class PageRenderer(RendererSVG):
    """Writes SVG, and measures a text once, whichever pictures it stands in."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        """Points that a text takes; how many of them stand below its line."""
        return _measured(s, prop, ismath)


@lru_cache(maxsize=TEXTS)
def _measured(text: str, font: FontProperties, ismath: Any) -> tuple[float, float, float]:
    """The same: `font` is one that nobody changes, as a text gives a copy of its own."""
    width, height, descent = text_to_path.get_text_width_height_descent(text, font, ismath)
    return width, height, descent


@cache
def _ruler() -> PageRenderer:
    """What measures the texts of all pictures: its size plays no part in that."""
    return PageRenderer(0, 0, io.StringIO(), image_dpi=DOTS)  # type: ignore[no-untyped-call]


class PageCanvas(FigureCanvasSVG):
    """A canvas that measures texts as they are written: by itself it makes something new each time to do so."""

    def get_renderer(self) -> PageRenderer:
        """What measures texts before they are drawn."""
        return _ruler()

    def written(self) -> str:
        """The figure as SVG, of texts that stay text, the same each time."""
        out = io.StringIO()
        width, height = self.figure.get_size_inches() * DOTS
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cxlens"}):
            renderer = PageRenderer(width, height, out, image_dpi=DOTS)  # type: ignore[no-untyped-call]
            self.figure.draw(renderer)
            renderer.finalize()  # type: ignore[no-untyped-call]
        return out.getvalue()


class Inline(NamedTuple):
    """A drawing for a page, and the words that stand beside it.

    Attributes
    ----------
    svg
        The drawing, which tells its alternative text.
    title, subtitle
        What was found, and what was measured, as the chart says them.
    """

    svg: str
    title: str
    subtitle: str


def inline(result: Any, *, width: float = PHONE) -> Inline:
    """Draw a result for a page.

    Parameters
    ----------
    result
        Any result of an analysis, a touchpoint map, or a :class:`cxlens.stages.baseline.map_chart.Sight` of one.
    width
        Inches. The page may show it wider or narrower; the height follows from what there is to draw.

    Returns
    -------
    Inline
        The drawing with its heading. Where it has colours of its own, such as the shades of a heat map, its class is
        ``lit``: the page then shows it on a light ground.

    Raises
    ------
    OptionError
        When there is no chart of such a thing.
    """
    figure = style.Headless(figsize=(width, style.FLAT), dpi=DOTS)
    canvas = PageCanvas(figure)
    port.draw(result, figure.subplots())
    style.hold_still(figure)
    figure.patch.set_visible(False)
    return Inline(_for_page(canvas.written(), alt_text(result)), figure.title, figure.subtitle)


def _for_page(drawn: str, alt: str) -> str:
    """What stands between the tags of an SVG file, for a page: no style, no font and no name that others may have."""
    _, _, inside = drawn.partition("</metadata>")
    box = re.search(r'viewBox="([^"]+)"', drawn)
    inside = inside[inside.index("</defs>") + len("</defs>") : inside.rindex("</svg>")]
    tags, words = _apart(inside)
    tags = _shorter(tags)
    kind = "" if set(COLOUR.findall(tags)) <= set(VARIABLES) else ' class="lit"'
    tags = COLOUR.sub(lambda found: VARIABLES.get(found[0], found[0]), tags)
    root = ROOT.format(box=box[1] if box else "", alt=html.escape(alt), kind=kind)
    inside = _together(_own_names(tags, words), words)
    return f"{root}{inside}</svg>"


def _apart(inside: str) -> tuple[str, list[str]]:
    """The tags in one text, each on a line, and the words after each of them: none where there is only space."""
    tags, words = [], []
    for part in inside.split("<")[1:]:
        tag, _, after = part.partition(">")
        tags.append(" ".join(tag.split()))
        words.append(after if after.strip() else "")
    return "\n".join(tags), words


def _together(tags: str, words: list[str]) -> str:
    """Tags and words as one text; a group of nothing is left out."""
    whole = "".join(f"<{tag}>{after}" for tag, after in zip(tags.split("\n"), words, strict=True))
    return whole.replace("<g/>", "")


def _shorter(tags: str) -> str:
    """Tags without what the page says better, or nobody sees: fonts, turns by nothing, small parts of a point."""
    return FONT.sub("", UNTURNED.sub("", LONG.sub(r"\1", tags)))


def _own_names(tags: str, words: list[str]) -> str:
    """The same where only shapes that are used have names, which are those of no other drawing."""
    drawing = hashlib.sha256(f"{tags}{words}".encode()).hexdigest()[:8]
    used = set(USES.findall(tags))

    def named(found: re.Match[str]) -> str:
        return f' id="{drawing}-{found[1]}"' if found[1] in used else ""

    tags = SHAPES.sub(named, tags)
    return USES.sub(lambda found: f"{drawing}-{found[0]}", tags)
