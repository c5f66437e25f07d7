"""The widget of compared places, and which segments a side of them can be asked about.

How a widget redraws itself is in :mod:`cxlens.common.explorer`; figures come from
:mod:`cxlens.stages.baseline.places`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cxlens.common.explorer import ALL, Explorer, Options, dropdown
from cxlens.stages.baseline.place_record import Compared
from cxlens.stages.baseline.places import Places, compare_places
from cxlens.study.controls import metrics, part_of, survey_segments
from cxlens.study.survey import Survey

AS_THEY_ARE = ()  # no mix is adjusted for


def explore_places(result: Places) -> Explorer:
    """Places by any measure, for the same mix of customers or as they are, for everyone, one segment or one wave.

    Parameters
    ----------
    result
        From :func:`cxlens.compare_places`; of several metrics the first is shown. Place, wave and level stay as they
        were.

    Returns
    -------
    Explorer
        Controls ``metric``, ``adjust`` and ``segment``. Asks ``compare_places(explorer.data, **explorer.params)``. In a
        segment nothing is adjusted for that is the same for all of it.
    """
    record = result.record
    survey = result.survey
    controls = {
        "metric": dropdown("Measure", metrics(survey), result.metrics[0]),
        "adjust": dropdown("Mix of customers", _mixes(record), record.adjust),
        "segment": dropdown("Segment", segments_beside(survey, {record.by}), ALL),
    }

    def params(said: dict[str, Any]) -> dict[str, Any]:
        chosen = said["segment"][0] if said["segment"] != ALL else None
        adjust = tuple(column for column in said["adjust"] if column != chosen)
        fixed = {"by": record.by, "wave": record.wave, "level": record.level}
        return {"metric": said["metric"], "adjust": adjust, **fixed}

    def data(said: dict[str, Any]) -> Any:
        return part_of(survey, said["segment"])

    first = result.only(result.metrics[0])
    return Explorer(compare_places, first, controls, data=data, params=params)


def _mixes(record: Compared) -> Options:
    """As they are, each segment of customers, and the columns that were asked for where they are several."""
    survey = record.survey
    options: Options = [("as it is", AS_THEY_ARE)]
    of_customers = [column for column in survey.segments if column != record.by]
    for column in of_customers:
        options.append((f"same {survey.named(column)}", (column,)))
    if len(record.adjust) > 1:
        names = " and ".join(map(survey.named, record.adjust))
        options.append((f"same {names}", record.adjust))
    return options


def segments_beside(survey: Survey, columns: Collection[str]) -> Options:
    """Everyone, and each value of each grouping but those of some columns."""
    options: Options = []
    for name, value in survey_segments(survey):
        if value == ALL or value[0] not in columns:
            options.append((name, value))
    return options


def segments_of_side(record: Compared, kind: str) -> Options:
    """The segments that a side of compared places can be asked about: what it adjusts for or compares is none."""
    taken = {record.by, *record.adjust}
    if kind in ("change by place", "funnel of changes"):
        taken.add(str(record.survey.time))
    return segments_beside(record.survey, taken)
