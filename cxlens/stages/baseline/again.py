"""What a side of a baseline needs to be asked again of other answers. How a record is, stands in ``record.rescore``."""

from __future__ import annotations

from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.drivers.drivers import Drivers, drivers_of
from cxlens.stages.drivers.record import refit


def same_drivers(drivers: Drivers | None, before: Scorecard, now: Scorecard) -> Drivers | None:
    """The drivers that a side was given, asked again where the answers are others than before."""
    if drivers is None or now.survey is before.survey:
        return drivers
    return drivers_of(refit(drivers.record, now.survey))
