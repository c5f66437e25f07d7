"""How a file is to be read where that is said, not found: sheet, header, separator, decimal sign, encoding.

The files themselves are read by :mod:`cxlens.files.csv_text` and :mod:`cxlens.files.excel`.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from cxlens.errors import OptionError


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a file; None: it is found. ``header`` is a line of the file, the first is 1.

    Raises
    ------
    OptionError
        ``header=0 is no line of a file. The first line is 1.``
    """

    sheet: str | None = None
    header: int | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.header is not None and (type(self.header) is not int or self.header < 1):
            raise OptionError(f"header={self.header!r} is no line of a file. The first line is 1.")
        if self.separator is not None and (not isinstance(self.separator, str) or len(self.separator) != 1):
            raise OptionError(f"separator={self.separator!r} is not one sign. Give it as it stands, such as ';'.")
        if self.decimal not in (None, ".", ","):
            raise OptionError(f"decimal={self.decimal!r} is neither '.' nor ','. Give one of them.")
        if self.encoding is not None:
            _check_encoding(self.encoding)

    def refuse_for_csv(self, place: str) -> None:
        """Refuse what says nothing of a text file."""
        if self.sheet is not None:
            raise OptionError(f"{place} is text, and has no sheets. Leave sheet= out.")

    def refuse_for_excel(self, place: str) -> None:
        """Refuse what says nothing of a workbook."""
        for name in ("separator", "encoding"):
            if getattr(self, name) is not None:
                raise OptionError(f"{place} is a workbook, and has no {name}. Leave {name}= out.")


FOUND = Given()


def _check_encoding(name: object) -> None:
    """Refuse an encoding that is not known."""
    try:
        codecs.lookup(str(name))
    except LookupError:
        raise OptionError(f"encoding={name!r} is not known. Give one such as 'utf-8', 'cp1252' or 'utf-16'.") from None
