"""The widget of lifetime value: which controls it has, and what each means for the verb. Nothing is computed here."""

from __future__ import annotations

from typing import Any

from cxlens.common.explorer import ALL, Explorer, Options, dropdown
from cxlens.errors import OptionError
from cxlens.stages.impact.lifetime_value import LifetimeValue, lifetime_value
from cxlens.study.purchases import Purchases

HORIZONS = (30, 90, 182, 365, 730)
HOLDOUTS = (14, 30, 60, 90, 180)


def explore_value(result: LifetimeValue) -> Explorer:
    """What purchases are to come, how far ahead and by whom, and how wrong the forecast was.

    Parameters
    ----------
    result
        From :func:`cxlens.lifetime_value` of purchases.

    Returns
    -------
    Explorer
        Controls ``by``, ``horizon`` and ``holdout`` (days). Asks ``lifetime_value(explorer.data, **explorer.params)``.

    Raises
    ------
    OptionError
        When the result is of a retention rate, of which nothing can be asked again.
    """
    purchases = result.data
    if not isinstance(purchases, Purchases):
        raise OptionError("lifetime_value of a retention rate has no widget; ask again with another margin=.")
    columns: Options = [("Everyone", ALL), *((str(name), name) for name in purchases.bought.segments)]
    days = purchases.counts.last - purchases.counts.first + 1
    possible = tuple(held for held in HOLDOUTS if 3 * held <= days)
    controls = {
        "by": dropdown("By", columns, result.by or ALL),
        "horizon": dropdown("Days ahead", _days(HORIZONS, result.horizon), result.horizon),
        "holdout": dropdown("Days held out", _days(possible, result.held_out), result.held_out),
    }
    return Explorer(
        lifetime_value,
        result,
        controls,
        data=lambda _: purchases,
        params=lambda said: _params(result, said),
    )


def _days(usual: tuple[int, ...], given: int) -> Options:
    """Spans of days, and the one that was asked for."""
    return [(str(days), days) for days in sorted({*usual, given})]


def _params(result: LifetimeValue, said: dict[str, Any]) -> dict[str, Any]:
    """What the controls ask the verb."""
    return {
        "by": said["by"] or None,
        "horizon": said["horizon"],
        "holdout": said["holdout"],
        "level": result.level,
    }
