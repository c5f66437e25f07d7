"""What a point of the outcome is worth in money: the link from satisfaction to customers who stay.

A link is an assumption, or was measured by :func:`cxlens.retention_link`; it is named here and checked. What a plan
earns by it is computed by the verbs, and does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.errors import ValuesError, check_known, listing
from cxlens.files.tables import given_number
from cxlens.study.lifecycle import settle
from cxlens.study.segments import Segment

EVERYONE = ""  # the segment of results that tell none apart


@misfits_told
@dataclass(frozen=True, slots=True)
class RetentionLink:
    """What one point of the outcome is worth a year: customers x value x share kept more for a point.

    Parameters
    ----------
    customers
        ``{segment: number of customers}``, segments named as in the results they are for. A number alone is for all
        customers together, whose segment is ``""``.
    value
        ``{segment: money a customer is worth a year, after cost to serve}`` for the same segments, or a number for all.
    per_point
        The share of customers, from 0 to 1, that is kept more for one point of the outcome: a number, or ``(low,
        likely, high)``. Kept as three numbers.
    estimate, finding, caution
        Of a link that was measured, as :func:`cxlens.retention_link` does: the share with its interval and p-value, the
        finding in words, and what it does not say. A link that is typed in has none: it is assumed, and called so in
        every sentence that uses it.

    Raises
    ------
    ValuesError, OptionError
        When a number is none or out of its range, or the two name different segments.

    Notes
    -----
    The chain from satisfaction to retention to profit: Rust, R. T., Zahorik, A. J. and Keiningham, T. L. (1995),
    Return on quality, Journal of Marketing 59(2), 58-70.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.RetentionLink({"business": 40_000}, {"business": 248}, per_point=(0.01, 0.02, 0.04)).per_point
    (0.01, 0.02, 0.04)
    """

    customers: Any
    value: Any
    per_point: Any
    _: KW_ONLY
    estimate: tuple[float, float, float, float] | None = None
    finding: Finding | None = field(default=None, repr=False)
    caution: str = ""

    def __post_init__(self) -> None:
        customers = _by_segment("customers", self.customers)
        value = self.value
        if isinstance(self.customers, Mapping) and not isinstance(value, Mapping):
            value = dict.fromkeys(customers, value)
        value = _by_segment("value", value)
        _check_same_segments(customers, value)
        for segment, number in customers.items():
            if number < 0:
                raise ValuesError(f"customers of {segment!r} are {number:g}. Give a number of 0 or more.")
        per_point = _share_kept(self.per_point)
        settle(self, {"customers": customers, "value": value, "per_point": per_point})

    @property
    def is_measured(self) -> bool:
        """Whether the link comes from answers; else it is assumed."""
        return self.finding is not None

    @property
    def called(self) -> str:
        """What sentences that use it call it: ``the assumed link``."""
        return "the measured link" if self.is_measured else "the assumed link"

    def __str__(self) -> str:
        if self.finding is not None:
            return self.finding.sentence
        low, likely, high = self.per_point
        ends = "" if low == high else f" ({100 * low:g} to {100 * high:g})"
        return f"Assumed, not measured: a point more of the outcome keeps {100 * likely:g} % of customers more{ends}."

    @classmethod
    def from_segments(cls, segments: Iterable[Segment], customers: Any, per_point: Any) -> RetentionLink:
        """A link whose values are those of segments, less their cost to serve.

        Parameters
        ----------
        segments
            `Segment` objects with a ``value``. One without ``cost_to_serve`` is taken to cost nothing.
        customers, per_point
            As for `RetentionLink`; customers by the names of the segments.

        Returns
        -------
        RetentionLink
            With the names of the segments as keys.

        Raises
        ------
        ValuesError, OptionError
            When a segment has no value, and as `RetentionLink`.

        Examples
        --------
        >>> import cxlens as cx
        >>> business = cx.Segment("Business", {"purpose": "business"}, value=310, cost_to_serve=62)
        >>> cx.RetentionLink.from_segments([business], {"Business": 40_000}, 0.02).value
        {'Business': 248.0}
        """
        value = {}
        for segment in segments:
            if segment.value is None:
                raise ValuesError(f"segment {segment.name!r} has no value. Give it: Segment(..., value=...).")
            cost_to_serve = segment.cost_to_serve or 0
            value[segment.name] = segment.value - cost_to_serve
        return cls(customers, value, per_point)


def _by_segment(thing: str, given: Any) -> dict[str, float]:
    """Numbers by segment; a number alone is everyone's."""
    numbers = given if isinstance(given, Mapping) else {EVERYONE: given}
    if not numbers:
        raise ValuesError(f"{thing} names no segment. Give {{segment: number}}, or a number for all together.")
    checked = {}
    for segment, number in numbers.items():
        checked[segment] = given_number(f"{thing} of {segment!r}", number)
    return checked


def _check_same_segments(customers: Mapping[str, float], value: Mapping[str, float]) -> None:
    """Refuse segments that have customers and no value, or the other way round."""
    check_known("value: segment", value, tuple(customers), "Segments of customers")
    missing = [repr(segment) for segment in customers if segment not in value]
    if missing:
        raise ValuesError(f"value is missing for {listing(missing)}. Give what a customer is worth there.")


def _share_kept(per_point: Any) -> tuple[float, float, float]:
    """The share kept more for a point: low, likely and high."""
    ends = list(per_point) if isinstance(per_point, (list, tuple)) else [per_point] * 3
    if len(ends) != 3:
        raise ValuesError(f"per_point has {len(ends)} numbers. Give one, or low, likely and high.")
    low, likely, high = (given_number("per_point", end) for end in ends)
    if not 0 <= low <= likely <= high <= 1:
        raise ValuesError(
            f"per_point is out of order: low {low:g}, likely {likely:g}, high {high:g}. It is a share of customers: "
            "give 0 <= low <= likely <= high <= 1."
        )
    return low, likely, high
