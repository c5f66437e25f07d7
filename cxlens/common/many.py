"""Words on more groups than anybody reads beside each other: the first few are named, and where to compare all."""

from __future__ import annotations

MANY = 8  # groups that a finding names one by one
FEW = 3  # of more groups, so many are named and the others counted


def named_of(groups: int) -> int:
    """How many of so many groups a finding names.

    Examples
    --------
    >>> named_of(8), named_of(40)
    (8, 3)
    """
    return FEW if groups > MANY else groups


def where_compared(groups: int, by: str | None, time: str | None = None) -> list[str]:
    """A sentence on what compares so many groups of a column; none of few groups, or of waves.

    Examples
    --------
    >>> where_compared(40, "hotel")
    ["cx.compare_places(survey, 'hotel') compares so many"]
    >>> where_compared(8, "hotel")
    []
    """
    if groups <= MANY or not by or by == time:
        return []
    return [f"cx.compare_places(survey, {by!r}) compares so many"]
