"""Names and texts as they stand in a query of SQL."""

from __future__ import annotations


def quoted(name: str | None) -> str:
    """A name of a column.

    Examples
    --------
    >>> print(quoted('the "best" one'))
    "the ""best"" one"
    """
    inside = str(name).replace('"', '""')
    return f'"{inside}"'


def literal(word: str) -> str:
    """A text.

    Examples
    --------
    >>> print(literal("Ben's"))
    'Ben''s'
    """
    inside = word.replace("'", "''")
    return f"'{inside}'"
