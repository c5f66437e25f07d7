"""The widget of credit: which controls it has, and what each means for the verb.

Nothing is counted here: figures come from :mod:`cxlens.stages.journeys.attribution`.
"""

from __future__ import annotations

from typing import Any

from cxlens.common.explorer import ALL, Explorer, Options, Said, dropdown
from cxlens.stages.journeys.attribution import MAIN, WORDS, Attribution, attribution


def explore_attribution(result: Attribution) -> Explorer:
    """Credit for conversions by any rule, for everyone or one segment.

    Parameters
    ----------
    result
        From :func:`cxlens.attribution`; order, lookback, level and seed stay as they were.

    Returns
    -------
    Explorer
        Controls ``rule`` (all of them or one) and ``by``. Asks ``attribution(explorer.data, **explorer.params)``.
    """
    rules: Options = [("All rules", ALL), *((words.capitalize(), rule) for rule, words in WORDS.items())]
    columns: Options = [("Everyone", ALL), *((str(name), name) for name in result.log.segments)]
    controls = {
        "rule": dropdown("Rule", rules, result.rules[0] if len(result.rules) == 1 else ALL),
        "by": dropdown("By", columns, result.by or ALL),
    }
    return Explorer(
        attribution,
        result,
        controls,
        data=lambda _: result.log,
        params=lambda said: _params(result, said),
    )


def _params(result: Attribution, said: Said) -> dict[str, Any]:
    """What the controls ask the verb."""
    has_chain = said["rule"] in (ALL, MAIN)
    return {
        **result.asked._asdict(),
        "rule": said["rule"] or None,
        "order": result.order if has_chain else None,
        "by": said["by"] or None,
    }
