"""The widget of journeys: which controls it has, and what each means for the verb."""

from __future__ import annotations

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
    log, most = result.log, max(result.top, result.n_variants)
    customers = log.customers
    values = {column: sorted_values(customers[column].dropna().unique().tolist()) for column in log.segments}
    controls = {
        "top": BoundedIntText(result.top, min=1, max=most, description="Paths listed", **text_style()),
        "segment": dropdown("Segment", segment_options(values), ALL),
    }
    return Explorer(
        paths,
        result,
        controls,
        data=lambda said: part_of(log, said["segment"]),
        params=lambda said: {"top": said["top"]},
    )


EXPLORERS = {"Paths": explore_paths}
