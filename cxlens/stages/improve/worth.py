"""What a point of the outcome is worth in money a year, for forecasts that are told in money.

How much the outcome changes is the business of :mod:`cxlens.stages.improve.response`; the link itself is a noun,
:class:`cxlens.RetentionLink`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.errors import ValuesError, check_kind, listing
from cxlens.stages.drivers.record import Fit
from cxlens.stats.triangle import triangles
from cxlens.study.touchpoints import TouchpointMap
from cxlens.study.worth import RetentionLink

Floats = NDArray[np.float64]


def check_given(touchpoint_map: object, money: object) -> None:
    """Refuse a map or a retention link that is none."""
    if touchpoint_map is not None:
        check_kind("touchpoint_map", touchpoint_map, TouchpointMap, "cx.TouchpointMap.from_csv(path)")
    if money is not None:
        check_kind("money", money, RetentionLink, "cx.RetentionLink(customers, value, per_point)")


def money_per_point(record: Fit, money: RetentionLink, e: int, rng: np.random.Generator) -> Floats:
    """(e, c) money a year for one point of the outcome by segment, the likely figure first, the others drawn."""
    _check_segments(record, money)
    low, likely, high = money.per_point
    per_point = triangles(np.array([low]), np.array([likely]), np.array([high]), e, rng)
    per_point[0] = likely
    values = [money.customers[segment] * money.value[segment] for segment in record.segments]
    return np.asarray(per_point * np.array(values))


def _check_segments(record: Fit, money: RetentionLink) -> None:
    """The retention link names the segments of the drivers, and no others."""
    if record.by is None and set(money.customers) != {""}:
        raise ValuesError(
            "money is told by segment, and the drivers hold everyone together. Give numbers alone, "
            "RetentionLink(customers=40_000, value=250, ...), or call drivers(..., by=column)."
        )
    lacking = [segment for segment in record.segments if segment not in money.customers]
    unknown = [segment for segment in money.customers if segment not in record.segments]
    if not lacking and not unknown:
        return
    what = f"nothing is said of {lacking[0]!r}" if lacking else f"the drivers have no segment {unknown[0]!r}"
    raise ValuesError(
        f"money: {what}. The retention link has to name the segments of the drivers: {listing(record.segments, 30)}."
    )
