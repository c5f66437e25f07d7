"""From slides as data to a .pptx file: native titles, tables and text, sharp pictures, nothing outside its box.

What slides say belongs to :mod:`cxlens.publish.slides`. How much room a text takes is estimated with a font that is
wider than those of office programs, so that what fits here fits there.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import ImageFont

from cxlens.common import port, style
from cxlens.common.pictures import alt_text
from cxlens.errors import not_installed
from cxlens.files.writing import NO_DAY, dateless

WIDTH, HEIGHT = 13.333, 7.5  # inches of a slide
MARGIN = 0.6
TOP, BOTTOM = 1.75, 6.75  # of what stands between title and footer
GAP = 0.4
TITLE_SIZES = (30, 28, 26, 24)  # points, the first that fits
TEXT_SIZES = (20, 18, 16, 14)
TABLE_SIZES = (18, 16, 14)
FOOT_SIZE = 14
LINE = 1.2  # height of a line, in sizes of its font
PADDING = 0.08  # inches between text and the edge of its box
ENLARGED = 1.9  # small letters of charts, of 7.5 points, are 14 on the slide
DOTS = 200  # an inch of the slide
FONT = "Arial"
HEAD, PAPER = "E8EEF4", "FFFFFF"
LONGEST_TITLE = 90
MORE = "…"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A result to be drawn."""

    result: Any


@dataclass(frozen=True, slots=True)
class Table:
    """A native table: heads, rows of words, which part of the width each column has, and what it is.

    ``right``: the places of columns that stand to the right; ``strong``: whether the last row is in bold.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    about: str
    right: Sequence[int] = ()
    strong: bool = False


class Line(NamedTuple):
    """A paragraph: words in bold, and what follows them."""

    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs."""

    lines: Sequence[Line]


Part = Picture | Table | Text


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide: a finding as its title, parts side by side with their shares of the width, a footer, notes to speak."""

    title: str
    parts: Sequence[tuple[float, Part]]
    foot: str
    notes: str = ""


class Box(NamedTuple):
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float


def pptx_or_refuse() -> Any:
    """The package that writes slides, of the extra ``office``."""
    try:
        import pptx
    except ImportError:
        raise not_installed("Slides need", "python-pptx", "office") from None
    return pptx


def write_deck(slides: Sequence[Slide], name: str, tag: str) -> bytes:
    """The slides as a file; ``tag`` stands on each of them, such as that data are simulated."""
    deck = pptx_or_refuse().Presentation()
    _widen(deck)
    deck.core_properties.title = name
    deck.core_properties.author = "cxlens"
    deck.core_properties.created = deck.core_properties.modified = NO_DAY
    layout = next(layout for layout in deck.slide_layouts if layout.name == "Title Only")
    for number, slide in enumerate(slides, 1):
        page = deck.slides.add_slide(layout)
        _write_title(page, slide.title)
        _write_parts(page, slide.parts)
        _write_foot(page, slide.foot, tag, f"{number}")
        if slide.notes:
            page.notes_slide.notes_text_frame.text = slide.notes
    out = io.BytesIO()
    deck.save(out)
    return dateless(out.getvalue())


def _widen(deck: Any) -> None:
    """Make the slides of the template wide, with their layouts."""
    before = deck.slide_width
    deck.slide_width, deck.slide_height = _emu(WIDTH), _emu(HEIGHT)
    master = deck.slide_master
    for shape in [*master.placeholders, *(shape for layout in master.slide_layouts for shape in layout.placeholders)]:
        left, width = shape.left, shape.width
        shape.left = int(left * deck.slide_width / before)
        shape.width = int(width * deck.slide_width / before)


def _emu(inches: float) -> int:
    """Inches in the units of the file."""
    return int(inches * 914_400)


def short_title(title: str) -> str:
    """A title of at most 90 characters, cut between words where it is longer."""
    if len(title) <= LONGEST_TITLE:
        return title
    kept, _, _ = title[: LONGEST_TITLE - 1].rpartition(" ")
    return (kept or title[: LONGEST_TITLE - 1]) + MORE


def _write_title(page: Any, title: str) -> None:
    """The title, as the placeholder that readers of slides look for."""
    from pptx.enum.text import MSO_ANCHOR

    shape = page.shapes.title
    box = Box(MARGIN, 0.4, WIDTH - 2 * MARGIN, TOP - 0.55)
    _place(shape, box)
    frame = shape.text_frame
    frame.vertical_anchor = MSO_ANCHOR.TOP
    line = Line(short_title(title), "")
    _write(frame, [line], size_that_fits([line], box, TITLE_SIZES))


def _place(shape: Any, box: Box) -> None:
    """Put a shape into its box."""
    shape.left, shape.top, shape.width, shape.height = map(_emu, box)


def _write_parts(page: Any, parts: Sequence[tuple[float, Part]]) -> None:
    """What stands side by side."""
    room = WIDTH - 2 * MARGIN - GAP * (len(parts) - 1)
    whole = sum(share for share, _ in parts)
    left = MARGIN
    for share, part in parts:
        box = Box(left, TOP, room * share / whole, BOTTOM - TOP)
        if isinstance(part, Picture):
            _draw(page, part, box)
        elif isinstance(part, Table):
            _tabulate(page, part, box)
        else:
            _tell(page, part, box)
        left += box.width + GAP


def _draw(page: Any, part: Picture, box: Box) -> None:
    """A picture that fills its box, with its alternative text."""
    figure = style.Headless(figsize=(box.width / ENLARGED, box.height / ENLARGED), dpi=DOTS * ENLARGED)
    canvas = FigureCanvasAgg(figure)
    port.draw(part.result, figure.subplots())
    style.hold_still(figure)
    out = io.BytesIO()
    canvas.print_png(out)  # type: ignore[no-untyped-call]
    out.seek(0)
    wide, high = figure.get_size_inches() * ENLARGED
    scale = min(box.width / wide, box.height / high)
    drawn = page.shapes.add_picture(out, _emu(box.left), _emu(box.top), _emu(wide * scale), _emu(high * scale))
    drawn._element.nvPicPr.cNvPr.set("descr", alt_text(part.result))


def _tell(page: Any, part: Text, box: Box) -> None:
    """Paragraphs, as large as they can be."""
    size = size_that_fits(part.lines, box, TEXT_SIZES)
    lines = list(part.lines)
    while len(lines) > 1 and text_height(lines, box.width, size) > box.height:
        lines.pop()
    shape = page.shapes.add_textbox(*map(_emu, box))
    _write(shape.text_frame, lines, size)


def _write(frame: Any, lines: Sequence[Line], size: float) -> None:
    """Paragraphs into a frame, which does not change its size."""
    from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = _emu(PADDING)
    frame.margin_top = frame.margin_bottom = _emu(PADDING / 2)
    for place, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(0 if place == len(lines) - 1 else size / 2)
        _add_run(paragraph, line.lead, size, bold=True)
        _add_run(paragraph, f" {line.text}" if line.lead and line.text else line.text, size, bold=False)


def _add_run(paragraph: Any, text: str, size: float, *, bold: bool, colour: str = style.INK) -> None:
    """Some words of a paragraph."""
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    if not text:
        return
    run = paragraph.add_run()
    run.text = text
    run.font.size = Pt(size)
    run.font.bold = bold
    run.font.name = FONT
    run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#").upper())  # type: ignore[no-untyped-call]


def _tabulate(page: Any, part: Table, box: Box) -> None:
    """A native table; rows for which there is no room are counted in the last one."""
    whole = sum(part.widths)
    widths = [box.width * width / whole for width in part.widths]
    size = table_size(part, widths, box.height)
    rows = rows_that_fit(part, widths, box.height, size)
    heights = heights_of(part, rows, widths, size)
    place = Box(box.left, box.top, box.width, sum(heights))
    frame = page.shapes.add_table(len(rows) + 1, len(widths), *map(_emu, place))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", part.about)
    table = frame.table
    table.horz_banding = False
    for column, width in enumerate(widths):
        table.columns[column].width = _emu(width)
    for number, (row, height) in enumerate(zip([part.heads, *rows], heights, strict=True)):
        table.rows[number].height = _emu(height)
        is_strong = number == 0 or (part.strong and number == len(rows))
        for column, text in enumerate(row):
            cell = table.cell(number, column)
            _write_cell(cell, text, size, to_right=column in part.right, bold=is_strong)
            _dress(cell, shaded=number == 0)


def _write_cell(cell: Any, text: str, size: float, *, to_right: bool, bold: bool) -> None:
    """The words of a cell."""
    from pptx.enum.text import PP_ALIGN

    cell.margin_left = cell.margin_right = _emu(PADDING)
    cell.margin_top = cell.margin_bottom = _emu(PADDING / 2)
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if to_right else PP_ALIGN.LEFT
    _add_run(paragraph, text, size, bold=bold)


def _dress(cell: Any, *, shaded: bool) -> None:
    """The ground of a cell, with thin lines above and below; a head is shaded."""
    from pptx.dml.color import RGBColor
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string(HEAD if shaded else PAPER)  # type: ignore[no-untyped-call]
    rule = style.LIGHT.removeprefix("#")
    for place, side in enumerate(("lnT", "lnB")):
        line = f'<a:{side} w="9525" {nsdecls("a")}><a:solidFill><a:srgbClr val="{rule}"/></a:solidFill></a:{side}>'
        cell._tc.get_or_add_tcPr().insert(place, parse_xml(line))


def _write_foot(page: Any, foot: str, tag: str, number: str) -> None:
    """What figures rest on, the tag, and the number of the slide."""
    height = HEIGHT - BOTTOM - 0.2
    right = 2.2
    shape = page.shapes.add_textbox(*map(_emu, Box(MARGIN, BOTTOM + 0.15, WIDTH - 2 * MARGIN - right, height)))
    _write(shape.text_frame, [Line("", foot)], FOOT_SIZE)
    from pptx.enum.text import PP_ALIGN

    shape = page.shapes.add_textbox(*map(_emu, Box(WIDTH - MARGIN - right, BOTTOM + 0.15, right, height)))
    _write(shape.text_frame, [Line(tag, number)], FOOT_SIZE)
    shape.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT


def size_that_fits(lines: Sequence[Line], box: Box, sizes: Sequence[float]) -> float:
    """The first size in which paragraphs fit into a box; the last where none does."""
    for size in sizes:
        if text_height(lines, box.width, size) <= box.height:
            return size
    return sizes[-1]


def text_height(lines: Sequence[Line], width: float, size: float) -> float:
    """Inches that paragraphs take in a box of so many inches, half a line between them."""
    inside = width - 2 * PADDING
    rows = sum(lines_of(" ".join(filter(None, line)), inside, size, bold=bool(line.lead)) for line in lines)
    between = (len(lines) - 1) / 2
    return (rows * LINE + between) * size / 72 + PADDING


def heights_of(part: Table, rows: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> list[float]:
    """Inches that the heads and each of these rows take; heads and a strong last row are in bold."""
    last = len(rows) - 1 if part.strong else -1
    heights = [_row_height(part.heads, widths, size, bold=True)]
    return heights + [_row_height(row, widths, size, bold=place == last) for place, row in enumerate(rows)]


def _row_height(row: Sequence[str], widths: Sequence[float], size: float, *, bold: bool) -> float:
    """Inches that a row of a table takes."""
    lines = [lines_of(text, width - 2 * PADDING, size, bold=bold) for text, width in zip(row, widths, strict=True)]
    return max(lines) * LINE * size / 72 + PADDING


def table_size(part: Table, widths: Sequence[float], height: float) -> float:
    """The largest size of letters in which all rows fit and no word is broken; the smallest where none does."""
    for size in TABLE_SIZES:
        if not _breaks_words(part, widths, size) and sum(heights_of(part, part.rows, widths, size)) <= height:
            return size
    return TABLE_SIZES[-1]


def _breaks_words(part: Table, widths: Sequence[float], size: float) -> bool:
    """Whether some word is longer than its column is wide; heads are in bold."""
    for row in [part.heads, *part.rows]:
        for text, width in zip(row, widths, strict=True):
            longest = max((_length(word, size, bold=row is part.heads) for word in text.split()), default=0)
            if longest > width - 2 * PADDING:
                return True
    return False


def rows_that_fit(part: Table, widths: Sequence[float], height: float, size: float) -> list[Sequence[str]]:
    """The rows for which there is room, the last but a strong one saying how many are not shown."""
    rows = list(part.rows)
    last = [rows.pop()] if part.strong and rows else []
    left_out = 0
    while True:
        more = [[f"and {left_out} more", *[""] * (len(widths) - 1)]] if left_out else []
        shown = [*rows, *more, *last]
        if not rows or sum(heights_of(part, shown, widths, size)) <= height:
            return shown
        rows.pop()
        left_out += 1


def lines_of(text: str, width: float, size: float, *, bold: bool) -> int:
    """How many lines a text takes in so many inches."""
    lines, used = 1, 0.0
    blank = _length(" ", size, bold=bold)
    for word in text.split():
        length = _length(word, size, bold=bold)
        if used and used + blank + length > width:
            lines += 1
            used = 0.0
        used += (blank if used else 0.0) + length
        lines += int(used // width)  # a word longer than a line is broken
        used %= width
    return lines


def _length(text: str, size: float, *, bold: bool) -> float:
    """Inches that a text takes on one line."""
    return float(_font(bold=bold).getlength(text)) * size / 100 / 72


@cache
def _font(*, bold: bool) -> ImageFont.FreeTypeFont:
    """The font that comes with Matplotlib, of 100 points."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), 100)
