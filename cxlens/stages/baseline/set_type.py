"""Words set in a width: which of them stand on which line, how high and wide they are, before anything is drawn.

Every size is one of a picture at its natural width, in points. What is written does not belong here.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from cxlens.common.style import INK

LEAST, BODY, HEAD = 9.0, 9.75, 11.0  # points: 12, 13 and 15 px
LEADING = 1.28  # height of a line, in sizes of its type
BLANK = 0.35  # how wide a blank is, in sizes of its type
SAMPLE = 100.0  # the size of type that words are measured at


class Words(NamedTuple):
    """Words on lines.

    Attributes
    ----------
    text
        With a line break where a line ends.
    width, height
        Of all lines, in points.
    size, bold, italic, colour
        The type.
    """

    text: str
    width: float
    height: float
    size: float
    bold: bool
    italic: bool
    colour: str


def set_type(
    text: str,
    width: float,
    *,
    size: float,
    bold: bool = False,
    italic: bool = False,
    colour: str = INK,
) -> Words:
    """Words on lines of so many points; a word that is longer than a line is parted.

    Examples
    --------
    >>> words = set_type("Getting there and parking", 60, size=9)
    >>> words.text.splitlines()
    ['Getting', 'there and', 'parking']
    """
    lines = [""]
    for word in str(text).split(" "):
        for piece in _pieces(word, width, size, bold=bold):
            longer = f"{lines[-1]} {piece}".strip()
            if not lines[-1] or _width(longer, bold=bold) * size <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
    widest = max(_width(line, bold=bold) for line in lines) * size
    height = len(lines) * size * LEADING
    return Words("\n".join(lines), widest, height, size, bold, italic, colour)


def _pieces(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    """A word, or parts of it that fit in a line, a hyphen behind each but the last."""
    pieces = []
    while len(word) > 2 and _width(word, bold=bold) * size > width:
        letters = len(word) - 1
        while letters > 2 and _width(f"{word[:letters]}-", bold=bold) * size > width:
            letters -= 1
        letters = word[:letters].rfind("-") + 1 or letters  # behind a hyphen that is there
        head = word[:letters]
        pieces.append(head if head.endswith("-") else f"{head}-")
        word = word[letters:]
    return [*pieces, word]


def _width(text: str, *, bold: bool) -> float:
    """How wide a line is, in sizes of its type: its words with a blank between two."""
    words = text.split(" ")
    return sum(_word_width(word, bold=bold) for word in words) + BLANK * (len(words) - 1)


@cache
def _word_width(text: str, *, bold: bool) -> float:
    """How wide a word is, in sizes of its type."""
    properties = FontProperties(weight="bold" if bold else "normal", size=SAMPLE)
    width, _, _ = TextToPath().get_text_width_height_descent(text, properties, ismath=False)
    return float(width) / SAMPLE
