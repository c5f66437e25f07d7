"""What a page for readers is made of: sections of blocks, as data.

A section says what is told, in which order; templates say what it looks like (see :mod:`cxlens.publish.page`). No block
holds HTML, and no picture is drawn before its page is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import pandas as pd

from cxlens.common.inline import PHONE
from cxlens.publish.first_screen import FirstScreen


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Headline:
    """What a chapter found, as a heading, and in a sentence or two how sure that is.

    The first of a section is its title. ``anchor``: what links to the chapter lead to.
    """

    kind: ClassVar[str] = "headline"
    text: str
    lead: str = ""
    anchor: str = ""


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
    """A table with a caption; columns by name, of which the first names the rows. Folded, it opens at its caption."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Mapping[str, Any]
    is_folded: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """The table as pandas has it."""
        return pd.DataFrame(dict(self.columns))


class Drawn(NamedTuple):
    """A picture as a page holds it: the SVG, the words above it, and its form for phones where that is another."""

    svg: str
    title: str
    subtitle: str
    narrow: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A result as a picture: what it is about, what was found, how sure that is, how to read it, and how it was made.

    Attributes
    ----------
    result
        What is drawn; once it is, what was :class:`Drawn`.
    beside
        Figures with their intervals, how sure, and the further sentences of the finding.
    how
        How to read it, after these words.
    note
        How it was made.
    about
        What it is a picture of, above its title; "" where the section says it.
    title
        Where its finding is told already: what is seen instead.
    width
        Inches; a wide one has another form on phones.
    """

    kind: ClassVar[str] = "picture"
    result: Any
    beside: str
    how: str
    note: str = ""
    about: str = ""
    title: str = ""
    width: float = PHONE

    @property
    def is_wide(self) -> bool:
        """Whether its words are too small on a phone."""
        return self.width > PHONE


@dataclass(frozen=True, slots=True)
class Drawing:
    """A wide SVG that its stage has made and escaped, with the same words as a picture; phones show ``narrow``."""

    kind: ClassVar[str] = "drawing"
    svg: str
    narrow: str
    title: str
    how: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are seen when a reader opens them by their heading."""

    kind: ClassVar[str] = "fold"
    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Box:
    """A few blocks that belong together, such as all about one initiative."""

    kind: ClassVar[str] = "box"
    blocks: Sequence[Block]


Block = Heading | Headline | Paragraph | Note | Missing | Items | Terms | Table | Picture | Drawing | Fold | Box


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
    about
        What it is about, above its heading.
    lead
        How sure its heading is, and what else begins it.
    """

    anchor: str
    link: str
    title: str
    blocks: Sequence[Block]
    about: str = ""
    lead: str = ""

    @property
    def notes(self) -> list[str]:
        """How its pictures were made, each once."""
        opened = [inner for block in self.blocks for inner in (block.blocks if isinstance(block, Fold) else [block])]
        notes = [getattr(block, "note", "") for block in opened]
        return list(dict.fromkeys(note for note in notes if note))


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page says: what it is about, what is found first, the words it uses, its sections.

    ``screen``: what a manager reads before all of that; a page for one place has what is found ``first`` instead.
    ``simulated`` tells that the data are made up; ``made`` by what the page was made, and when; ``lacking`` what it
    would tell if the study held more.
    """

    title: str
    about: str
    simulated: bool
    first: Section
    words: Mapping[str, str]
    sections: Sequence[Section]
    made: str
    screen: FirstScreen | None = None
    lacking: str = ""
