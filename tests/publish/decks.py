"""What any file of slides has to keep to: nothing outside its box, letters of 14 points, pictures told in words."""

from __future__ import annotations

import io

from PIL import Image

from cxlens.publish.slide_deck import HEIGHT, LINE, LONGEST_TITLE, PADDING, WIDTH, lines_of

EMU = 914_400


def paragraphs_of(shape):
    """Texts, sizes and widths of all that stands in a shape, with the height that there is for it, in inches."""
    if shape.has_table:
        for row in shape.table.rows:
            for cell, column in zip(row.cells, shape.table.columns, strict=True):
                yield [cell.text_frame.paragraphs[0]], column.width / EMU, row.height / EMU
    elif shape.has_text_frame:
        yield shape.text_frame.paragraphs, shape.width / EMU, shape.height / EMU


def check_deck(deck):
    """Nothing leaves its slide or its box, no letter is smaller than 14 points, every picture is told in words."""
    for slide in deck.slides:
        assert len(slide.shapes.title.text) <= LONGEST_TITLE
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= WIDTH * EMU
            assert shape.top + shape.height <= HEIGHT * EMU
            if shape.shape_type == 13:
                assert shape._element.nvPicPr.cNvPr.get("descr")
                image = Image.open(io.BytesIO(shape.image.blob))
                assert image.width / (shape.width / EMU) >= 190
            for paragraphs, width, height in paragraphs_of(shape):
                check_room(paragraphs, width, height)


def check_room(paragraphs, width, height):
    """Letters of 14 points or more, which take no more room than there is."""
    needed = PADDING
    for paragraph in paragraphs:
        sizes = {run.font.size.pt for run in paragraph.runs}
        assert all(size >= 14 for size in sizes)
        size = max(sizes, default=14)
        bold = any(run.font.bold for run in paragraph.runs)
        needed += lines_of(paragraph.text, width - 2 * PADDING, size, bold=bold) * LINE * size / 72
        needed += paragraph.space_after.inches if paragraph.space_after else 0
    assert needed <= height + 0.01
