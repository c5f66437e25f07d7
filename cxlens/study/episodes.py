"""Where a customer's journey ends and the next begins, and which journeys still go on.

Events are read in :mod:`cxlens.study.journeys`; how often journeys end where is counted by the stages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine import journeys as engine
from cxlens.engine.journey_silences import longest_waits
from cxlens.errors import OptionError, check_known
from cxlens.study.moments import read_span

Flags = NDArray[np.bool_]


def read_gap(gap: Any, time: str | None) -> pd.Timedelta | None:
    """The longest silence within a journey; refused where no clock tells how long one is.

    Raises
    ------
    OptionError, ValuesError
        ``gap='30 days' needs a clock. Name the column of dates and times: JourneyLog(..., time='column').`` Or when
        it is no span of time, or not longer than 0.
    """
    return read_span_by_clock("gap", gap, time)


def read_span_by_clock(argument: str, span: Any, time: str | None) -> pd.Timedelta | None:
    """A span of time within a log, None where none is given; refused where no clock tells how long one is.

    Raises
    ------
    OptionError, ValuesError
        As :func:`read_gap` says, of this argument.
    """
    if span is None:
        return None
    if time is None:
        raise OptionError(
            f"{argument}={span!r} needs a clock. Name the column of dates and times: JourneyLog(..., time='column')."
        )
    return read_span(argument, span)


def cuts_of(ends_at: tuple[str, ...], gap: pd.Timedelta | None, names: pd.Index[Any]) -> engine.Cuts:
    """Where journeys end, for the engine; a touchpoint that nobody met is refused, with the nearest that is known.

    Raises
    ------
    OptionError
        ``ends_at: touchpoint 'ordr' is not known here. Did you mean 'order'? Touchpoints: order, web.``
    """
    check_known("ends_at: touchpoint", ends_at, sorted(names), "Touchpoints")
    ends = names.isin(ends_at) if ends_at else None
    seconds = None if gap is None else gap.total_seconds()
    return engine.Cuts(ends, seconds)


def under_way(
    events: engine.SortedEvents,
    converted: Flags | None,
    gap: pd.Timedelta | None,
    ends: NDArray[np.int64],
) -> Flags | None:
    """Which journeys may go on: at no end, and silent for less long than others were who came back.

    Only the last journey of a customer can; and none after a silence longer than ``gap``. ``ends`` are codes of more
    touchpoints that journeys end at, beside those that part them. None where no times are known.
    """
    if np.isnan(events.silence).any():
        return None
    last_code = events.last_code
    is_over = events.over | np.isin(last_code, ends)
    if converted is not None:
        is_over |= converted
    longest = longest_waits(events, is_over)
    most = np.inf if gap is None else gap.total_seconds()
    is_silent = events.silence > np.minimum(longest[last_code], most)
    return np.asarray(events.is_latest & ~is_over & ~is_silent)
