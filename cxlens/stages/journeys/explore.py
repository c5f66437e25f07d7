"""The widget of journeys: which controls it has, and what each means for the verb.

Nothing is counted here: figures come from :mod:`cxlens.stages.journeys.paths`.
"""

from __future__ import annotations

from typing import Any

from ipywidgets import BoundedIntText

from cxlens.common.explorer import ALL, Explorer, dropdown, text_style
from cxlens.stages.journeys.paths import Paths, paths
from cxlens.study.controls import part_of, segment_options, sorted_values


def explore_paths(result: Paths) -> Explorer:
    """The ways customers take, for everyone or one segment.

    Parameters
    ----------
    result
        From :func:`cxlens.paths`.

    Returns
    -------
    Explorer
        Controls ``top`` (how many paths are listed) and ``segment``. Asks ``paths(explorer.data,
        **explorer.params)``, where ``data`` holds the journeys of the segment.
    """
    log = result.log
    values = {}
    for column in log.segments:
        distinct = log.customers[column].dropna().unique()
        values[column] = sorted_values(distinct.tolist())
    top = BoundedIntText(
        result.top,
        min=1,
        max=max(result.top, result.n_variants),
        description="Paths listed",
        **text_style(),
    )
    controls = {
        "top": top,
        "segment": dropdown("Segment", segment_options(values), ALL),
    }
    return Explorer(
        paths,
        result,
        controls,
        data=lambda said: part_of(log, said["segment"]),
        params=lambda said: {"ends": _met(result, said["segment"]), "top": said["top"], "min_n": result.min_n},
    )


def _met(result: Paths, segment: Any) -> tuple[str, ...]:
    """The named ends that anybody of the segment met."""
    if not result.ends:
        return ()
    met = part_of(result.log, segment).touchpoints
    return tuple(name for name in result.ends if name in met)


EXPLORERS = {"Paths": explore_paths}
