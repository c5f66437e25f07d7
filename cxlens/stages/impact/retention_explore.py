"""Widgets of retention and cohorts: which controls they have, and what each means for the verb.

Nothing is computed here: figures come from :mod:`cxlens.stages.impact.retention`.
"""

from __future__ import annotations

from typing import Any, get_args

from cxlens.common.explorer import ALL, Explorer, Options, Said, dropdown
from cxlens.common.result import View
from cxlens.stages.impact.retention import Retention, retention, with_tenures
from cxlens.study.waves import Period

CURVES, COHORTS = "curves", "cohorts"


def explore_retention(result: Retention) -> Explorer:
    """How long customers stay, by any column that describes them; of purchases the cohorts, too.

    Parameters
    ----------
    result
        From :func:`cxlens.retention`; what counts as a silence and the level stay as they were.

    Returns
    -------
    Explorer
        Of purchases controls ``by``, ``period`` and ``shown`` ("curves" or "cohorts"); asks
        ``retention(explorer.data, **explorer.params)``. Of a table of tenures ``level`` alone.
    """
    return _explorer(result, CURVES)


def explore_cohorts(view: View) -> Explorer:
    """The same, cohorts first."""
    return _explorer(view.record, COHORTS)


def _explorer(result: Retention, shown: str) -> Explorer:
    """The widget of purchases, or of tenures."""
    purchases = result.purchases
    if purchases is None:
        levels = sorted({0.8, 0.9, 0.95, 0.99, result.level})
        control = dropdown("Level", [(f"{100 * level:g} %", level) for level in levels], result.level)
        return Explorer(
            with_tenures,
            result,
            {"level": control},
            data=lambda _: result,
            params=lambda said: {"level": said["level"]},
        )
    columns: Options = [("Everyone", ALL), *((str(name), name) for name in purchases.bought.segments)]
    periods = [(period.capitalize(), period) for period in get_args(Period)]
    controls = {
        "shown": dropdown("Show", [("Cohorts", COHORTS), ("How long", CURVES)], shown),
        "by": dropdown("By", columns, result.by or ALL),
        "period": dropdown("Cohorts by", periods, result.period),
    }
    return Explorer(
        retention,
        result,
        controls,
        data=lambda _: purchases,
        params=lambda said: _params(result, said),
        seen=_seen,
        redraw=["shown"],
    )


def _params(result: Retention, said: Said) -> dict[str, Any]:
    """What the controls ask the verb."""
    return {
        "by": said["by"] or None,
        "period": said["period"],
        "silent": result.silent,
        "level": result.level,
    }


def _seen(result: Retention, said: Said) -> Any:
    """The curves, or the cohorts."""
    return result.cohort_view() if said["shown"] == COHORTS else result
