"""What a page for readers is made of: sections of blocks, as data.

A section says what is told, in which order; templates say what it looks like (see :mod:`cxlens.publish.page`). No block
holds HTML, and no picture is drawn before its page is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import pandas as pd

from cxlens.common import style
from cxlens.publish.first_screen import FirstScreen


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A text aside, in smaller letters."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The line that stands where the study holds nothing: what, and the part of its TOML file to add."""

    kind: ClassVar[str] = "missing"
    what: str
    part: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of texts, numbered where their order counts."""

    kind: ClassVar[str] = "items"
    texts: Sequence[str]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms, and what is said of each."""

    kind: ClassVar[str] = "terms"
    meanings: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table with a caption; columns by name."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Mapping[str, Any]

    @property
    def frame(self) -> pd.DataFrame:
        """The table as pandas has it."""
        return pd.DataFrame(dict(self.columns))


class Drawn(NamedTuple):
    """A picture as a page holds it: the SVG file in base 64, and its alternative text."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A result as a picture, so many inches wide: what was found, how to read it, and how it was made.

    Once it is drawn, what was :class:`Drawn` stands in for the result.
    """

    kind: ClassVar[str] = "picture"
    result: Any
    caption: str
    how: str
    width: float = style.WIDTH
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG that its stage has made and escaped, with the same words as a picture."""

    kind: ClassVar[str] = "drawing"
    svg: str
    caption: str
    how: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A few blocks that belong together, such as all about one initiative."""

    kind: ClassVar[str] = "box"
    blocks: Sequence[Block]


Block = Heading | Paragraph | Note | Missing | Items | Terms | Table | Picture | Drawing | Box


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Attributes
    ----------
    anchor
        What links lead to.
    link
        Its name in the list of contents.
    title
        Its heading.
    blocks
        What it tells, in order.
    """

    anchor: str
    link: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page says: what it is about, what is found first, the words it uses, its sections.

    ``screen``: what a manager reads before all of that; a page for one place has none. ``simulated`` tells that the
    data are made up; ``made`` by what the page was made, and when.
    """

    title: str
    about: str
    simulated: bool
    first: Section
    words: Mapping[str, str]
    sections: Sequence[Section]
    made: str
    screen: FirstScreen | None = None
