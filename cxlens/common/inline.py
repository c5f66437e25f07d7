"""A result as an SVG inside a page: its letters and colours are those of the page, its heading is text beside it.

The page sets the colours as CSS variables, so that one drawing serves light, dark and paper. Which chart draws a
result, its stage says in ``CHARTS``; nothing is computed here.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure

from cxlens.common import port, style
from cxlens.common.pictures import alt_text

PHONE = 3.1  # inches: 358 pixels of a phone then show small letters at 12 pixels
DOTS = 72  # an inch: letters of a drawing are measured as they are written
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
TAG = re.compile(r"<[^>]+>")
LONG = re.compile(r"(\d\.\d\d)\d+")  # a hundredth of a point is not seen
FONT = re.compile(r"font-family: [^;\"]*;? ?")
UNTURNED = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
SHAPES = re.compile(r'\bid="([^"]+)"')
USES = re.compile(r"(?<=url\(#)[^)]+|(?<=xlink:href=\"#)[^\"]+")
ROOT = '<svg viewBox="{box}" role="img" aria-label="{alt}"{kind} xmlns:xlink="http://www.w3.org/1999/xlink">'


class Measuring(FigureCanvasSVG):
    """A canvas with one renderer to measure texts with: by itself it makes a new one each time, which knows no size."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(figure)
        width, height = figure.get_size_inches() * DOTS
        self._renderer = RendererSVG(width, height, io.StringIO(), image_dpi=DOTS)  # type: ignore[no-untyped-call]

    def get_renderer(self) -> RendererSVG:
        """What measures texts before they are drawn."""
        return self._renderer


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
    Measuring(figure)
    port.draw(result, figure.subplots())
    style.hold_still(figure)
    figure.patch.set_visible(False)
    out = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cxlens"}):
        figure.savefig(out, format="svg")
    return Inline(_for_page(out.getvalue(), alt_text(result)), figure.title, figure.subtitle)


def _for_page(drawn: str, alt: str) -> str:
    """What stands between the tags of an SVG file, for a page: no style, no font and no name that others may have."""
    _, _, inside = drawn.partition("</metadata>")
    box = re.search(r'viewBox="([^"]+)"', drawn)
    inside = inside[inside.index("</defs>") + len("</defs>") : inside.rindex("</svg>")]
    inside = TAG.sub(_shorter, inside)
    colours = set(COLOUR.findall("".join(TAG.findall(inside))))
    kind = "" if colours <= set(VARIABLES) else ' class="lit"'
    root = ROOT.format(box=box[1] if box else "", alt=html.escape(alt), kind=kind)
    return f"{root}{_own_names(inside)}</svg>"


def _shorter(found: re.Match[str]) -> str:
    """A tag without what the page says better: fonts, and colours where it has a variable for them."""
    tag = FONT.sub("", UNTURNED.sub("", LONG.sub(r"\1", found[0])))
    return COLOUR.sub(_of_page, " ".join(tag.split()))


def _of_page(found: re.Match[str]) -> str:
    """A colour as the page has it."""
    return VARIABLES.get(found[0], found[0])


def _own_names(inside: str) -> str:
    """The same where only shapes that are used have names, which are those of no other drawing."""
    drawing = hashlib.sha256(inside.encode()).hexdigest()[:8]
    used = set(USES.findall(inside))

    def named(found: re.Match[str]) -> str:
        return f'id="{drawing}-{found[1]}"' if found[1] in used else ""

    inside = TAG.sub(lambda tag: SHAPES.sub(named, tag[0]).replace(" >", ">").replace(" />", "/>"), inside)
    inside = USES.sub(lambda found: f"{drawing}-{found[0]}", inside)
    return re.sub(r"<g/>|>\s+<", lambda found: "" if found[0] == "<g/>" else "><", inside)
